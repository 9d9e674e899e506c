//! What changes a workload while it runs: HorizontalPodAutoscaler, or KEDA's ScaledObject, its number of pods, VerticalPodAutoscaler what
//! each asks for.

use super::{inherited, labels, or, workload};
use crate::kinds::autoscaling::{self as v2, HorizontalPodAutoscaler};
use crate::kinds::keda::{self, ScaledObject, TriggerAuthentication};
use crate::kinds::vpa::VerticalPodAutoscaler;
use crate::plan::model::{Aim, App, At, Autoscaler, Autosize, Behavior, Keda, Metric, Plan, Str, Trigger, Workload};
use crate::tape::{Origin, Tapes};

/// Writes the autoscalers of an app.
pub(super) fn emit(app: &App, _: &Plan, out: &mut Tapes) {
    for workload in app.workloads.iter().flat_map(Workload::deployed) {
        match workload.autoscaler.as_deref() {
            Some(autoscaler @ Autoscaler { keda: Some(keda), .. }) => scaled(app, workload, autoscaler, keda, out),
            Some(autoscaler) => horizontal(app, workload, autoscaler, out),
            None => {}
        }
        if let Some(autosize) = &workload.autosize {
            vertical(app, workload, autosize, out);
        }
    }
}

fn horizontal(app: &App, workload: &Workload, autoscaler: &Autoscaler, out: &mut Tapes) {
    HorizontalPodAutoscaler::write(out, or(autoscaler.origin, workload.origin), |o| {
        o.metadata(|m| labels::workload(m, app, workload, workload.runs_as()));
        o.spec(|s| {
            s.scale_target_ref(|r| target(r, workload)).min_replicas(&autoscaler.min).max_replicas(&autoscaler.max);
            s.metrics(&autoscaler.metrics, metric_origin, metric);
            s.behavior(|b| behavior(b, autoscaler));
        });
    });
}

fn metric_origin(metric: &&Metric) -> Origin {
    match metric {
        Metric::Object { origin, .. } | Metric::External { origin, .. } => *origin,
        Metric::Resource { .. } | Metric::Pods { .. } => Origin::NONE,
    }
}

/// A container's metric and not the pod's where it is not said (H4): a sidecar's use is not the app's.
fn metric(m: &mut v2::Metric<'_>, metric: &Metric) {
    match metric {
        Metric::Resource { resource, container: Some(container), aim: of } => {
            m.kind("ContainerResource").container_resource(of.origin(), |r| {
                r.name(resource).container(container).target(|t| aim(t, of));
            })
        }
        Metric::Resource { resource, container: None, aim: of } => m.kind("Resource").resource(of.origin(), |r| {
            r.name(resource).target(|t| aim(t, of));
        }),
        Metric::Pods { name, average } => m.kind("Pods").pods(|p| {
            p.metric(|m| named(m, name, &[]));
            p.target(|t| {
                t.kind("AverageValue").average_value(average);
            });
        }),
        Metric::Object { name, of: described, aim: of, labels, origin } => m.kind("Object").object(*origin, |o| {
            let (api, kind, object) = &**described;
            o.described_object(|d| {
                d.api_version(api).kind(kind).name(object);
            });
            o.metric(|m| named(m, name, labels)).target(|t| aim(t, of));
        }),
        Metric::External { name, aim: of, labels, origin } => m.kind("External").external(*origin, |e| {
            e.metric(|m| named(m, name, labels)).target(|t| aim(t, of));
        }),
    };
}

/// A metric's name, and which of its series.
fn named(m: &mut v2::MetricName<'_>, name: &Str, labels: &[(Str, At<Str>)]) {
    m.name(name);
    if !labels.is_empty() {
        m.selector(|s| {
            s.match_labels(labels);
        });
    }
}

fn aim(t: &mut v2::MetricTarget<'_>, aim: &Aim) {
    match aim {
        Aim::Utilization(share) => t.kind("Utilization").average_utilization(share),
        Aim::Average(value) => t.kind("AverageValue").average_value(value),
        Aim::Value(value) => t.kind("Value").value(value),
    };
}

fn behavior(b: &mut v2::Behavior<'_>, autoscaler: &Autoscaler) {
    b.scale_up(autoscaler.up.origin, |r| rules(r, &autoscaler.up)).scale_down(autoscaler.down.origin, |r| rules(r, &autoscaler.down));
}

fn rules(r: &mut v2::ScalingRules<'_>, behavior: &Behavior) {
    r.stabilization_window_seconds(&behavior.window).select_policy(&behavior.select).tolerance(behavior.tolerance.as_deref());
    r.policies(
        &behavior.policies,
        |(_, value, _)| value.origin,
        |p, (kind, value, period)| {
            p.kind(kind).value(value).period_seconds(period);
        },
    );
}

/// The longest name of the HorizontalPodAutoscaler that KEDA writes: the value of a label.
const LONGEST: usize = 63;
/// What KEDA puts before a name for it.
const BEFORE: &str = "keda-hpa-";

/// A ScaledObject in place of a HorizontalPodAutoscaler, with which KEDA writes one itself (K1), and who it is to what it asks.
fn scaled(app: &App, workload: &Workload, autoscaler: &Autoscaler, keda: &Keda, out: &mut Tapes) {
    let origin = or(autoscaler.origin, workload.origin);
    let name = |trigger: &Trigger| format!("{}-{}", workload.runs_as().value, trigger.name.value);
    for trigger in keda.triggers.iter().filter(|t| !t.secrets.is_empty()) {
        TriggerAuthentication::write(out, or(trigger.name.origin, origin), |o| {
            o.metadata(|m| labels::workload(m, app, workload, &*name(trigger)));
            o.spec(|s| {
                s.secret_target_ref(
                    &trigger.secrets,
                    |(_, secret, _)| secret.origin,
                    |t, (parameter, secret, key)| {
                        t.parameter(*parameter).name(secret).key(key);
                    },
                );
            });
        });
    }
    ScaledObject::write(out, origin, |o| {
        o.metadata(|m| labels::workload(m, app, workload, workload.runs_as()));
        o.spec(|s| {
            s.scale_target_ref(|r| target(r, workload)).polling_interval(&keda.poll).cooldown_period(&keda.cooldown);
            s.idle_replica_count(&keda.idle).min_replica_count(&autoscaler.min).max_replica_count(&autoscaler.max);
            s.advanced(|a| {
                a.horizontal(|h| {
                    let own = workload.runs_as();
                    h.name((BEFORE.len() + own.value.len() > LONGEST).then_some(own)).behavior(|b| behavior(b, autoscaler));
                });
            });
            let of_pods = autoscaler.metrics.iter().map(Ask::Pods);
            s.triggers(of_pods.chain(keda.triggers.iter().map(Ask::Trigger)), Ask::origin, |t, ask| match ask {
                Ask::Pods(metric) => pods_trigger(t, metric),
                Ask::Trigger(trigger) => {
                    t.kind(trigger.kind).name(&trigger.name).metadata(&trigger.metadata);
                    if !trigger.secrets.is_empty() {
                        t.authentication_ref(|a| {
                            a.name(&*name(trigger));
                        });
                    }
                }
            });
            if let Some(fallback) = &keda.fallback {
                s.fallback(fallback.origin, |f| {
                    f.failure_threshold(&fallback.failures).replicas(&fallback.replicas);
                });
            }
        });
    });
}

/// What a ScaledObject goes by.
enum Ask<'p> {
    Pods(&'p Metric),
    Trigger(&'p Trigger),
}

impl Ask<'_> {
    fn origin(&self) -> Origin {
        match self {
            Ask::Pods(Metric::Resource { aim, .. }) => aim.origin(),
            Ask::Pods(_) => Origin::NONE,
            Ask::Trigger(trigger) => trigger.name.origin,
        }
    }
}

/// CPU or memory as a trigger of KEDA's, named after the resource.
fn pods_trigger(t: &mut keda::Trigger<'_>, metric: &Metric) {
    let Metric::Resource { resource, container, aim } = metric else { return };
    t.kind(resource).name(resource);
    let container = container.as_ref().map(|c| (keda::CONTAINER, At::default_of(&**c)));
    let (kind, value) = match aim {
        Aim::Utilization(share) => ("Utilization", At::new(Str::from(share.value.to_string()), share.origin)),
        Aim::Average(value) | Aim::Value(value) => ("AverageValue", value.clone()),
    };
    t.metric_type(kind);
    t.metadata(std::iter::once((keda::VALUE, At::new(&*value.value, value.origin))).chain(container));
}

fn vertical(app: &App, workload: &Workload, autosize: &Autosize, out: &mut Tapes) {
    VerticalPodAutoscaler::write(out, or(autosize.origin, workload.origin), |o| {
        o.metadata(|m| labels::workload(m, app, workload, workload.runs_as()));
        o.spec(|s| {
            s.target_ref(|r| target(r, workload)).update_policy(|p| {
                p.update_mode(&autosize.mode).min_replicas(&autosize.min_replicas);
            });
            s.resource_policy(|p| {
                p.container_policies(workload.pod.containers.first(), inherited, |p, container| {
                    p.container_name(&container.name).min_allowed(&autosize.min).max_allowed(&autosize.max);
                    p.controlled_resources(&autosize.resources).controlled_values(&autosize.values);
                });
            });
        });
    });
}

/// The workload, with its API version (H7): a Rollout where one owns the pods (V6; rules.md §9, row 9).
fn target(r: &mut v2::TargetReference<'_>, of: &Workload) {
    let (api_version, kind) = workload::kind(&of.controller);
    r.api_version(api_version).kind(kind).name(of.runs_as());
}
