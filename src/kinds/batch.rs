//! batch/v1.

use super::core::PodTemplate;
use super::meta::Meta;

objects! {
    Job "batch/v1"
    CronJob "batch/v1"
}

shapes! {
    /// Job.
    Job { metadata "metadata" {Meta}, spec "spec" {JobSpec} }
    /// JobSpec.
    JobSpec {
        parallelism "parallelism" int, completions "completions" int, backoff_limit "backoffLimit" int,
        active_deadline_seconds "activeDeadlineSeconds" int, ttl_seconds_after_finished "ttlSecondsAfterFinished" int,
        template "template" {PodTemplate},
    }
    /// CronJob.
    CronJob { metadata "metadata" {Meta}, spec "spec" {CronJobSpec} }
    /// Its spec.
    CronJobSpec {
        schedule "schedule" text, time_zone "timeZone" text, concurrency_policy "concurrencyPolicy" text,
        starting_deadline_seconds "startingDeadlineSeconds" int, suspend "suspend" bool,
        successful_jobs_history_limit "successfulJobsHistoryLimit" int, failed_jobs_history_limit "failedJobsHistoryLimit" int,
        job_template "jobTemplate" {JobTemplate},
    }
    /// JobTemplateSpec.
    JobTemplate { metadata "metadata" {Meta}, spec "spec" {JobSpec} }
}
