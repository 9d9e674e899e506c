//! Waypoints of ambient mode: the Gateway whose pods Istio makes, what they are told beside its own template, and their NetworkPolicy.

use super::{inherited, labels, network_policy};
use crate::kinds::core as v1;
use crate::kinds::gateway::Gateway;
use crate::kinds::meta::Meta;
use crate::kinds::networking::NetworkPolicy;
use crate::plan::model::mesh::ControlPlane;
use crate::plan::model::{At, Plan, Str, Waypoint};
use crate::tape::Tapes;

/// Writes all waypoints.
pub(super) fn emit(plan: &Plan, out: &mut Tapes) {
    for waypoint in &plan.waypoints {
        let overlay = overlay(&plan.target.control);
        v1::ConfigMap::write(out, waypoint.origin, |o| {
            o.metadata(|m| within(m, waypoint, false));
            o.data([("deployment", &*overlay), ("podDisruptionBudget", "spec:\n  maxUnavailable: 1\n")]);
        });
        NetworkPolicy::write(out, waypoint.origin, |o| {
            o.metadata(|m| within(m, waypoint, false)).spec(|s| {
                s.pod_selector(|s| {
                    s.match_labels([(Waypoint::LABEL, Waypoint::NAME)]);
                });
                s.policy_types(["Ingress", "Egress"]);
                network_policy::flows(s, &waypoint.ingress, &waypoint.egress);
            });
        });
        Gateway::write(out, waypoint.origin, |o| {
            o.metadata(|m| within(m, waypoint, true)).spec(|s| {
                s.gateway_class_name(Waypoint::CLASS);
                s.infrastructure(|i| {
                    i.parameters_ref(|p| {
                        p.group("").kind("ConfigMap").name(Waypoint::NAME);
                    });
                });
                s.listeners(["mesh"], inherited, |l, name| {
                    l.name(name).port(ControlPlane::TUNNEL).protocol("HBONE").allowed_routes(|a| {
                        a.namespaces(|n| {
                            n.from("Same");
                        });
                    });
                });
            });
        });
    }
}

fn within(m: &mut Meta<'_>, waypoint: &Waypoint, gateway: bool) {
    let found_by: Vec<(Str, At<Str>)> =
        gateway.then(|| ("istio.io/waypoint-for".into(), At::default_of("service".into()))).into_iter().collect();
    m.name(Waypoint::NAME).namespace(&waypoint.namespace).labels(labels::merged(labels::Own::Manager, &found_by));
}

/// What Istio's template of the pods leaves open: as many as survive the drain of a node, what one takes as the worst case counts it, and the
/// seccomp profile, without which a namespace of the standard `restricted` refuses them.
fn overlay(control: &ControlPlane) -> String {
    let (cpu, memory) = (&control.cpu, &control.memory);
    format!(
        "spec:\n  replicas: {}\n  strategy:\n    rollingUpdate:\n      maxSurge: 1\n      maxUnavailable: 0\n  template:\n    spec:\n      containers:\n      - name: istio-proxy\n        \
         resources:\n          requests:\n            cpu: {}\n            memory: {}\n          limits:\n            cpu: {}\n            memory: {}\n        \
         securityContext:\n          seccompProfile:\n            type: RuntimeDefault\n",
        Waypoint::PODS,
        cpu.0,
        memory.0,
        cpu.1,
        memory.1
    )
}
