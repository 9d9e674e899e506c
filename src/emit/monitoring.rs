//! What watches: ServiceMonitor, PodMonitor, PrometheusRule, Grafana's dashboards; and in a mesh what its proxies do about traces.

use super::{labels, or};
use crate::kinds::core::ConfigMap;
use crate::kinds::core::Resources;
use crate::kinds::meta::Meta;
use crate::kinds::monitoring::{Endpoint, PodMonitor, PrometheusRule, ServiceMonitor};
use crate::kinds::opentelemetry::{Agent, Instrumentation as Instrumentations};
use crate::kinds::telemetry::Telemetry as Telemetries;
use crate::plan::model::mesh::ControlPlane;
use crate::plan::model::{App, At, Instrumentation, Monitor, Plan, Rules, Str, Telemetry, Workload};
use crate::tape::{Origin, Tapes};

/// The label whose value becomes `job`: the same of Services and pods, so that queries do not change with the kind of the monitor.
const JOB: &str = "app.kubernetes.io/instance";
/// The label by which Grafana's sidecar finds dashboards.
const DASHBOARD: &str = "grafana_dashboard";

/// Writes the monitors, rules and dashboards of an app.
pub(super) fn emit(app: &App, plan: &Plan, out: &mut Tapes) {
    for workload in &app.workloads {
        if let Some(telemetry) = &workload.telemetry {
            traced(app, workload, telemetry, out);
        }
        if let Some(instrumentation) = &workload.instrumentation {
            instrumented(app, workload, instrumentation, out);
        }
    }
    let Some(stack) = &plan.target.monitoring else { return };
    if let Some(rules) = &app.rules {
        let origin = or(rules.origin, app.origin);
        rule(rules, origin, out, |m| labels::selected(m, app, None, &rules.name, &stack.labels));
    }
    for workload in &app.workloads {
        if let Some(rules) = &workload.rules {
            let origin = or(rules.origin, workload.origin);
            rule(rules, origin, out, |m| labels::selected(m, app, Some(workload), &rules.name, &stack.labels));
        }
        if let Some(monitor) = &workload.monitor {
            scraped(app, workload, monitor, &stack.labels, out);
        }
    }
}

/// Writes the rules of namespaces.
pub(super) fn of_namespaces(plan: &Plan, out: &mut Tapes) {
    let Some(stack) = &plan.target.monitoring else { return };
    for namespace in &plan.namespaces {
        if let Some(rules) = &namespace.rules {
            rule(rules, or(rules.origin, namespace.origin), out, |m| {
                m.name(&rules.name).namespace(&namespace.name).labels(labels::merged(labels::Own::Manager, &stack.labels));
            });
        }
    }
}

fn rule(rules: &Rules, origin: Origin, out: &mut Tapes, metadata: impl FnOnce(&mut Meta<'_>)) {
    PrometheusRule::write(out, origin, |o| {
        o.metadata(metadata).spec(|s| {
            s.groups(
                &rules.groups,
                |_| Origin::NONE,
                |g, group| {
                    g.name(&group.name).rules(
                        &group.rules,
                        |rule| rule.origin,
                        |r, rule| {
                            let r = if rule.is_alert { r.alert(&rule.name) } else { r.record(&rule.name) };
                            r.expr(&rule.query).pending(&rule.pending).keep_firing_for(&rule.keep);
                            r.labels(&rule.labels).annotations(&rule.annotations);
                        },
                    );
                },
            );
        });
    });
}

fn scraped(app: &App, workload: &Workload, monitor: &Monitor, said: &[(Str, At<Str>)], out: &mut Tapes) {
    let origin = or(monitor.origin, workload.origin);
    let one = || [monitor].into_iter();
    if monitor.by_service {
        ServiceMonitor::write(out, origin, |o| {
            o.metadata(|m| labels::selected(m, app, Some(workload), &workload.object, said)).spec(|s| {
                s.job_label(JOB).selector(|s| labels::select(s, &workload.object.value)).endpoints(one(), |_| Origin::NONE, endpoint);
            });
        });
    } else {
        PodMonitor::write(out, origin, |o| {
            o.metadata(|m| labels::selected(m, app, Some(workload), &workload.object, said)).spec(|s| {
                s.job_label(JOB).selector(|s| labels::select(s, &workload.object.value)).endpoints(one(), |_| Origin::NONE, endpoint);
            });
        });
    }
    if let Some(dashboard) = &monitor.dashboard {
        let found: [(Str, At<Str>); 1] = [(DASHBOARD.into(), At::default_of("1".into()))];
        ConfigMap::write(out, origin, |o| {
            o.metadata(|m| labels::selected(m, app, Some(workload), format_args!("{}-dashboard", workload.object.value), &found));
            o.data([(format!("{}.json", workload.object.value).as_str(), dashboard)]);
        });
    }
}

/// The sampler is the variables' own: who calls decides. What the agent's container may take is written, so that the quota's proof can count it.
fn instrumented(app: &App, workload: &Workload, instrumentation: &Instrumentation, out: &mut Tapes) {
    Instrumentations::write(out, or(instrumentation.origin, workload.origin), |o| {
        o.metadata(|m| labels::workload(m, app, workload, &workload.object)).spec(|s| {
            s.exporter(|e| {
                e.endpoint(&instrumentation.endpoint);
            });
            s.propagators(&instrumentation.propagators).sampler(|s| {
                s.kind("parentbased_traceidratio").argument(&instrumentation.ratio);
            });
            let agent = |a: &mut Agent<'_>| {
                a.resources(small);
            };
            match instrumentation.language.value {
                "java" => s.java(|j| {
                    j.resources(small);
                }),
                "nodejs" => s.nodejs(agent),
                "python" => s.python(agent),
                "dotnet" => s.dotnet(agent),
                _ => s,
            };
        });
    });
}

/// It copies files and ends.
fn small(r: &mut Resources<'_>) {
    r.requests([("cpu", "50m"), ("memory", "128Mi")]).limits([("cpu", "500m"), ("memory", "128Mi")]);
}

fn traced(app: &App, workload: &Workload, telemetry: &Telemetry, out: &mut Tapes) {
    Telemetries::write(out, or(telemetry.origin, workload.origin), |o| {
        o.metadata(|m| labels::workload(m, app, workload, &workload.object)).spec(|s| {
            s.selector(|s| labels::select(s, &workload.object.value)).tracing(
                [telemetry],
                |_| Origin::NONE,
                |t, telemetry| {
                    t.providers(
                        &telemetry.provider,
                        |p| p.origin,
                        |p, provider| {
                            p.name(provider);
                        },
                    );
                    t.sampling(&telemetry.sample);
                },
            );
        });
    });
}

/// Where the agent of a proxy answers with the metrics of proxy and application.
const MERGED: &str = "/stats/prometheus";

fn endpoint(e: &mut Endpoint<'_>, monitor: &Monitor) {
    if monitor.merged {
        e.port_number(ControlPlane::METRICS).path(MERGED).interval(&monitor.interval).scrape_timeout(&monitor.timeout);
        return;
    }
    e.port(&monitor.port).path(&monitor.path).scheme(monitor.scheme).interval(&monitor.interval).scrape_timeout(&monitor.timeout);
}
