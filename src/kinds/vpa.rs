//! autoscaling.k8s.io/v1, the VerticalPodAutoscaler's CRD.

use super::autoscaling::TargetReference;
use super::meta::Meta;

objects! {
    VerticalPodAutoscaler "autoscaling.k8s.io/v1"
}

shapes! {
    /// VerticalPodAutoscaler.
    VerticalPodAutoscaler { metadata "metadata" {Meta}, spec "spec" {VerticalSpec} }
    /// Its spec.
    VerticalSpec {
        target_ref "targetRef" {TargetReference}, update_policy "updatePolicy" {UpdatePolicy}, resource_policy "resourcePolicy" {ResourcePolicy},
    }
    /// When it acts.
    UpdatePolicy { update_mode "updateMode" text, min_replicas "minReplicas" int }
    /// What it may do, by container.
    ResourcePolicy { container_policies "containerPolicies" [ContainerPolicy] }
    /// To one container.
    ContainerPolicy {
        container_name "containerName" text, min_allowed "minAllowed" pairs, max_allowed "maxAllowed" pairs,
        controlled_resources "controlledResources" texts, controlled_values "controlledValues" text,
    }
}
