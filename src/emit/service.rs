//! Services, a StatefulSet's headless one among them.

use super::{labels, or};
use crate::kinds::core as v1;
use crate::plan::model::{App, At, Controller, Plan, Service, ServicePort, Str, Waypoint, Workload};
use crate::tape::{Tapes, key};

/// Writes the Services of an app.
pub(super) fn emit(app: &App, _: &Plan, out: &mut Tapes) {
    for workload in &app.workloads {
        if let Some(service) = &workload.service {
            reachable(app, workload, service, out);
        }
        match (&workload.controller, &workload.service) {
            (Controller::Rollout { release, .. }, Some(service)) => {
                for name in release.services().into_iter().filter(|name| **name != workload.object.value) {
                    version(app, workload, service, name, None, out);
                }
            }
            (Controller::Versions(all), Some(service)) => {
                for v in all.iter().filter(|v| v.service) {
                    version(app, workload, service, &v.workload.runs_as().value, Some(&v.name), out);
                }
            }
            _ => {}
        }
        if let Controller::StatefulSet { headless: name, .. } = &workload.controller {
            headless(app, workload, name, out);
        }
    }
}

/// However many Services lead to a workload, they have the same ports, with the same protocols and targets (I38).
fn reachable(app: &App, workload: &Workload, service: &Service, out: &mut Tapes) {
    v1::Service::write(out, or(service.origin, workload.origin), |o| {
        let found_by = before(workload, &workload.object.value);
        o.metadata(|m| labels::service(m, app, workload, &workload.object, (&found_by, &service.annotations)));
        o.spec(|s| {
            s.kind(&service.kind).selector(labels::matching(&workload.object.value));
            s.ports(
                &service.ports,
                |port| port.name.origin,
                |p, port| {
                    common(p, port);
                    p.node_port(&port.node_port);
                },
            );
            if let Some(timeout) = &service.affinity {
                s.session_affinity("ClientIP").session_affinity_config(|c| {
                    c.client_ip(|c| {
                        c.timeout_seconds(timeout);
                    });
                });
            }
        });
    });
}

/// The label that puts the waypoint of the namespace before a Service.
fn before(workload: &Workload, service: &str) -> Vec<(Str, At<Str>)> {
    let waypoint = workload.mesh.as_ref().and_then(|m| m.waypoint.as_ref());
    let is_before = waypoint.is_some_and(|w| w.services.iter().any(|s| **s == *service));
    is_before.then(|| ("istio.io/use-waypoint".into(), At::default_of(Waypoint::NAME.into()))).into_iter().collect()
}

/// Leads to one version. Of those that stand side by side it selects the label; of a release's the controller adds the version's hash to the
/// selector while it runs, and that is its own to change.
fn version(app: &App, workload: &Workload, service: &Service, name: &str, label: Option<&At<Str>>, out: &mut Tapes) {
    v1::Service::write(out, workload.origin, |o| {
        let found_by = before(workload, name);
        o.metadata(|m| labels::service(m, app, workload, name, (&found_by, &[])));
        o.spec(|s| {
            let own = labels::matching(&workload.object.value).into_iter().map(|(key, value)| (key, At::default_of(value)));
            let version = label.map(|v| (key("version"), At::new(&*v.value, v.origin)));
            s.kind("ClusterIP").selector(own.chain(version)).ports(&service.ports, |port| port.name.origin, common);
        });
    });
}

/// Gives each pod a name of its own. Peers must find each other to become ready, so it names pods that are not.
fn headless(app: &App, workload: &Workload, name: &str, out: &mut Tapes) {
    let ports = workload.service.iter().flat_map(|service| &service.ports);
    v1::Service::write(out, workload.origin, |o| {
        o.metadata(|m| labels::workload(m, app, workload, name));
        o.spec(|s| {
            s.kind("ClusterIP").cluster_ip("None").selector(labels::matching(&workload.object.value));
            s.ports(ports, |port| port.name.origin, common).publish_not_ready_addresses(true);
        });
    });
}

fn common(p: &mut v1::ServicePort<'_>, port: &ServicePort) {
    p.name(&port.name).port(&port.number).target_port(&port.target).protocol(port.protocol.as_str()).app_protocol(&port.app_protocol);
}
