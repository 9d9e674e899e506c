//! scheduling.k8s.io/v1.

use super::meta::Meta;

objects! {
    PriorityClass "scheduling.k8s.io/v1"
}

shapes! {
    /// PriorityClass.
    PriorityClass {
        metadata "metadata" {Meta}, value "value" int, global_default "globalDefault" bool, preemption_policy "preemptionPolicy" text,
        description "description" text,
    }
}
