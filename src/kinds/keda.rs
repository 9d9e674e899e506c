//! keda.sh/v1alpha1, the CRDs of KEDA.

use super::autoscaling::{Behavior, TargetReference};
use super::meta::Meta;

/// Keys of the metadata of triggers by CPU and memory.
pub const VALUE: &str = "value";
/// Which container's use.
pub const CONTAINER: &str = "containerName";

objects! {
    ScaledObject "keda.sh/v1alpha1"
    TriggerAuthentication "keda.sh/v1alpha1"
}

shapes! {
    /// ScaledObject.
    ScaledObject { metadata "metadata" {Meta}, spec "spec" {ScaledObjectSpec} }
    /// Its spec.
    ScaledObjectSpec {
        scale_target_ref "scaleTargetRef" {TargetReference}, polling_interval "pollingInterval" int, cooldown_period "cooldownPeriod" int,
        idle_replica_count "idleReplicaCount" int, min_replica_count "minReplicaCount" int, max_replica_count "maxReplicaCount" int,
        advanced "advanced" {Advanced}, triggers "triggers" [Trigger], fallback "fallback" (Fallback),
    }
    /// AdvancedConfig.
    Advanced { horizontal "horizontalPodAutoscalerConfig" {Horizontal} }
    /// HorizontalPodAutoscalerConfig: of the HorizontalPodAutoscaler that KEDA writes itself.
    Horizontal { name "name" text, behavior "behavior" {Behavior} }
    /// ScaleTriggers.
    Trigger {
        kind "type" text, name "name" text, metric_type "metricType" text, metadata "metadata" pairs,
        authentication_ref "authenticationRef" {AuthenticationReference},
    }
    /// A TriggerAuthentication of the namespace.
    AuthenticationReference { name "name" text }
    /// What holds while a trigger cannot be asked.
    Fallback { failure_threshold "failureThreshold" int, replicas "replicas" int }
    /// TriggerAuthentication.
    TriggerAuthentication { metadata "metadata" {Meta}, spec "spec" {TriggerAuthenticationSpec} }
    /// Its spec.
    TriggerAuthenticationSpec { secret_target_ref "secretTargetRef" [SecretTarget] }
    /// A parameter of the trigger from a key of a Secret.
    SecretTarget { parameter "parameter" text, name "name" text, key "key" text }
}
