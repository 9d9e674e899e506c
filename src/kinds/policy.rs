//! policy/v1.

use super::meta::{LabelSelector, Meta};

objects! {
    PodDisruptionBudget "policy/v1"
}

shapes! {
    /// PodDisruptionBudget.
    PodDisruptionBudget { metadata "metadata" {Meta}, spec "spec" {DisruptionSpec} }
    /// Its spec.
    DisruptionSpec {
        min_available "minAvailable" count, max_unavailable "maxUnavailable" count, selector "selector" {LabelSelector},
        unhealthy_pod_eviction_policy "unhealthyPodEvictionPolicy" text,
    }
}
