//! What changes a workload while it runs: HorizontalPodAutoscaler its number of pods, VerticalPodAutoscaler what each asks for.

use super::{inherited, labels, or, workload};
use crate::kinds::autoscaling::{self as v2, HorizontalPodAutoscaler};
use crate::kinds::vpa::VerticalPodAutoscaler;
use crate::plan::model::{App, Autoscaler, Autosize, Behavior, Metric, Plan, Workload};
use crate::tape::Tape;

/// Writes the autoscalers of an app.
pub(super) fn emit(app: &App, _: &Plan, out: &mut Tape) {
    for workload in app.workloads.iter().flat_map(Workload::deployed) {
        if let Some(autoscaler) = &workload.autoscaler {
            horizontal(app, workload, autoscaler, out);
        }
        if let Some(autosize) = &workload.autosize {
            vertical(app, workload, autosize, out);
        }
    }
}

fn horizontal(app: &App, workload: &Workload, autoscaler: &Autoscaler, out: &mut Tape) {
    HorizontalPodAutoscaler::write(out, or(autoscaler.origin, workload.origin), |o| {
        o.metadata(|m| labels::workload(m, app, workload, workload.runs_as()));
        o.spec(|s| {
            s.scale_target_ref(|r| target(r, workload)).min_replicas(&autoscaler.min).max_replicas(&autoscaler.max);
            s.metrics(&autoscaler.metrics, inherited, metric);
            s.behavior(|b| {
                b.scale_up(autoscaler.up.origin, |r| rules(r, &autoscaler.up))
                    .scale_down(autoscaler.down.origin, |r| rules(r, &autoscaler.down));
            });
        });
    });
}

/// A container's metric and not the pod's (H4): a sidecar's use is not the app's.
fn metric(m: &mut v2::Metric<'_>, metric: &Metric) {
    match metric {
        Metric::Container { resource, container, utilization } => m.kind("ContainerResource").container_resource(|r| {
            r.name(resource).container(container).target(|t| {
                t.kind("Utilization").average_utilization(utilization);
            });
        }),
        Metric::Pods { name, average } => m.kind("Pods").pods(|p| {
            p.metric(|m| {
                m.name(name);
            });
            p.target(|t| {
                t.kind("AverageValue").average_value(average);
            });
        }),
    };
}

fn rules(r: &mut v2::ScalingRules<'_>, behavior: &Behavior) {
    r.stabilization_window_seconds(&behavior.window).select_policy(&behavior.select);
    r.policies(
        &behavior.policies,
        |(_, value, _)| value.origin,
        |p, (kind, value, period)| {
            p.kind(kind).value(value).period_seconds(period);
        },
    );
}

fn vertical(app: &App, workload: &Workload, autosize: &Autosize, out: &mut Tape) {
    VerticalPodAutoscaler::write(out, or(autosize.origin, workload.origin), |o| {
        o.metadata(|m| labels::workload(m, app, workload, workload.runs_as()));
        o.spec(|s| {
            s.target_ref(|r| target(r, workload)).update_policy(|p| {
                p.update_mode(&autosize.mode);
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

fn target(r: &mut v2::TargetReference<'_>, of: &Workload) {
    let (api_version, kind) = workload::kind(&of.controller);
    r.api_version(api_version).kind(kind).name(of.runs_as());
}
