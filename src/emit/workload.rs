//! What runs the pods: Deployment, StatefulSet, DaemonSet, Job, CronJob.

use super::{labels, pod, release};
use crate::kinds::{apps, argo, batch, core as v1};
use crate::plan::model::{App, At, Claim, Controller, IntOrPercent, Job, Plan, Str, Strategy, Workload};
use crate::tape::Tapes;

/// Writes the workloads of an app.
pub(super) fn emit(app: &App, _: &Plan, out: &mut Tapes) {
    for workload in app.workloads.iter().flat_map(Workload::deployed) {
        match &workload.controller {
            Controller::Deployment { .. } => deployment(app, workload, out),
            Controller::Rollout { .. } => release::rollout(app, workload, out),
            Controller::StatefulSet { .. } => stateful_set(app, workload, out),
            Controller::DaemonSet { .. } => daemon_set(app, workload, out),
            Controller::Job(own) => batch::Job::write(out, workload.origin, |o| {
                o.metadata(|m| labels::workload(m, app, workload, &workload.object)).spec(|s| job(s, app, workload, own));
            }),
            Controller::CronJob { .. } => cron_job(app, workload, out),
            // It stands in an AnalysisTemplate. Versions are written as those that have pods.
            Controller::Verification(_) | Controller::Versions(_) => {}
        }
    }
}

/// `apiVersion` and `kind` of the object that runs the pods, for those that refer to it: of a release the Rollout (A48).
pub(super) fn kind(controller: &Controller) -> (&'static str, &'static str) {
    match controller {
        Controller::Deployment { .. } | Controller::Versions(_) => (apps::Deployment::API_VERSION, apps::Deployment::KIND),
        Controller::StatefulSet { .. } => (apps::StatefulSet::API_VERSION, apps::StatefulSet::KIND),
        Controller::DaemonSet { .. } => (apps::DaemonSet::API_VERSION, apps::DaemonSet::KIND),
        Controller::Rollout { .. } => (argo::Rollout::API_VERSION, argo::Rollout::KIND),
        Controller::Job(_) | Controller::Verification(_) => (batch::Job::API_VERSION, batch::Job::KIND),
        Controller::CronJob { .. } => (batch::CronJob::API_VERSION, batch::CronJob::KIND),
    }
}

fn deployment(app: &App, workload: &Workload, out: &mut Tapes) {
    let Controller::Deployment { replicas, strategy, min_ready, progress_deadline, history } = &workload.controller else { return };
    apps::Deployment::write(out, workload.origin, |o| {
        o.metadata(|m| labels::workload(m, app, workload, workload.runs_as()));
        o.spec(|s| {
            s.replicas(replicas).revision_history_limit(history).progress_deadline_seconds(progress_deadline).min_ready_seconds(min_ready);
            s.selector(|s| labels::select_own(s, workload));
            match strategy {
                Strategy::Rolling { surge, unavailable, origin } => s.strategy(*origin, |s| rolling(s, Some(surge), unavailable)),
                Strategy::Recreate { origin } => s.strategy(*origin, |s| {
                    s.kind("Recreate");
                }),
            };
            s.template(|t| pod::template(t, app, workload));
        });
    });
}

fn rolling(s: &mut apps::Strategy<'_>, surge: Option<&At<IntOrPercent>>, unavailable: &At<IntOrPercent>) {
    s.kind("RollingUpdate").rolling_update(|r| {
        r.max_surge(surge).max_unavailable(unavailable);
    });
}

fn stateful_set(app: &App, workload: &Workload, out: &mut Tapes) {
    let Controller::StatefulSet { replicas, claims, pod_management, headless, min_ready, history, retention } = &workload.controller else {
        return;
    };
    apps::StatefulSet::write(out, workload.origin, |o| {
        o.metadata(|m| labels::workload(m, app, workload, &workload.object));
        o.spec(|s| {
            s.service_name(headless).replicas(replicas).pod_management_policy(pod_management);
            s.revision_history_limit(history).min_ready_seconds(min_ready);
            if let Some((deleted, scaled)) = retention {
                s.retention(|r| retain(r, deleted, scaled));
            }
            s.selector(|s| labels::select(s, &workload.object.value));
            s.update_strategy(|s| {
                s.kind("RollingUpdate");
            });
            s.template(|t| pod::template(t, app, workload)).volume_claim_templates(claims, |claim| claim.name.origin, claim);
        });
    });
}

fn retain(r: &mut apps::ClaimRetention<'_>, deleted: &Str, scaled: &Str) {
    r.when_deleted(deleted).when_scaled(scaled);
}

/// Without labels: a template cannot be changed once it is applied, and the controller gives each claim the selector's labels.
fn claim(c: &mut v1::ClaimTemplate<'_>, claim: &Claim) {
    c.metadata(|m| {
        m.name(&claim.name);
    });
    c.spec(|s| claim_spec(s, claim));
}

/// The spec of a claim, of a template or on its own.
pub(super) fn claim_spec(s: &mut v1::ClaimSpec<'_>, claim: &Claim) {
    s.access_modes([&claim.access]).storage_class_name(&claim.class).resources(|r| {
        r.requests([("storage", &claim.size)]);
    });
}

fn daemon_set(app: &App, workload: &Workload, out: &mut Tapes) {
    let Controller::DaemonSet { max_unavailable, min_ready, history } = &workload.controller else { return };
    apps::DaemonSet::write(out, workload.origin, |o| {
        o.metadata(|m| labels::workload(m, app, workload, &workload.object));
        o.spec(|s| {
            s.revision_history_limit(history).min_ready_seconds(min_ready).selector(|s| labels::select(s, &workload.object.value));
            s.update_strategy(|s| rolling(s, None, max_unavailable)).template(|t| pod::template(t, app, workload));
        });
    });
}

/// Without a selector: the API server makes one for each job.
pub(super) fn job(s: &mut batch::JobSpec<'_>, app: &App, workload: &Workload, job: &Job) {
    s.parallelism(&job.parallelism).completions(&job.completions).backoff_limit(&job.backoff_limit);
    s.active_deadline_seconds(&job.deadline).ttl_seconds_after_finished(&job.ttl).template(|t| pod::template(t, app, workload));
}

fn cron_job(app: &App, workload: &Workload, out: &mut Tapes) {
    let Controller::CronJob { schedule, time_zone, concurrency, starting_deadline, keep_succeeded, keep_failed, suspend, job: own } =
        &workload.controller
    else {
        return;
    };
    batch::CronJob::write(out, workload.origin, |o| {
        o.metadata(|m| labels::workload(m, app, workload, &workload.object));
        o.spec(|s| {
            s.schedule(schedule).time_zone(time_zone).concurrency_policy(concurrency).starting_deadline_seconds(starting_deadline);
            s.suspend(suspend).successful_jobs_history_limit(keep_succeeded).failed_jobs_history_limit(keep_failed);
            s.job_template(|t| {
                t.metadata(|m| {
                    m.labels(labels::of_workload(app, workload));
                });
                t.spec(|s| job(s, app, workload, own));
            });
        });
    });
}
