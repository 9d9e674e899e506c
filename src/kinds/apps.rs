//! apps/v1.

use super::core::{ClaimTemplate, PodTemplate};
use super::meta::{LabelSelector, Meta};

objects! {
    Deployment "apps/v1"
    StatefulSet "apps/v1"
    DaemonSet "apps/v1"
}

shapes! {
    /// Deployment.
    Deployment { metadata "metadata" {Meta}, spec "spec" {DeploymentSpec} }
    /// Its spec.
    DeploymentSpec {
        replicas "replicas" int, revision_history_limit "revisionHistoryLimit" int, progress_deadline_seconds "progressDeadlineSeconds" int,
        min_ready_seconds "minReadySeconds" int, selector "selector" {LabelSelector}, strategy "strategy" (Strategy),
        template "template" {PodTemplate},
    }
    /// How pods are replaced; called `strategy` or `updateStrategy`.
    Strategy { kind "type" text, rolling_update "rollingUpdate" {RollingUpdate} }
    /// How many at once.
    RollingUpdate { max_surge "maxSurge" count, max_unavailable "maxUnavailable" count }

    /// StatefulSet.
    StatefulSet { metadata "metadata" {Meta}, spec "spec" {StatefulSetSpec} }
    /// Its spec.
    StatefulSetSpec {
        service_name "serviceName" text, replicas "replicas" int, pod_management_policy "podManagementPolicy" text,
        revision_history_limit "revisionHistoryLimit" int, min_ready_seconds "minReadySeconds" int,
        retention "persistentVolumeClaimRetentionPolicy" {ClaimRetention}, selector "selector" {LabelSelector},
        update_strategy "updateStrategy" {Strategy}, template "template" {PodTemplate},
        volume_claim_templates "volumeClaimTemplates" [ClaimTemplate],
    }
    /// What becomes of claims.
    ClaimRetention { when_deleted "whenDeleted" text, when_scaled "whenScaled" text }

    /// DaemonSet.
    DaemonSet { metadata "metadata" {Meta}, spec "spec" {DaemonSetSpec} }
    /// Its spec.
    DaemonSetSpec {
        revision_history_limit "revisionHistoryLimit" int, min_ready_seconds "minReadySeconds" int, selector "selector" {LabelSelector},
        update_strategy "updateStrategy" {Strategy}, template "template" {PodTemplate},
    }
}
