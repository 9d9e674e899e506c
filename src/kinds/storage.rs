//! storage.k8s.io/v1.

use super::meta::Meta;

objects! {
    StorageClass "storage.k8s.io/v1"
}

shapes! {
    /// StorageClass.
    StorageClass {
        metadata "metadata" {Meta}, provisioner "provisioner" text, parameters "parameters" pairs, reclaim_policy "reclaimPolicy" text,
        volume_binding_mode "volumeBindingMode" text, allow_volume_expansion "allowVolumeExpansion" bool, mount_options "mountOptions" texts,
        allowed_topologies "allowedTopologies" [TopologyTerm],
    }
    /// TopologySelectorTerm: all of the expressions.
    TopologyTerm { match_label_expressions "matchLabelExpressions" [TopologyExpression] }
    /// TopologySelectorLabelRequirement.
    TopologyExpression { key "key" text, values "values" texts }
}
