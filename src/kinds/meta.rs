//! meta/v1: what objects of all groups share.

shapes! {
    /// ObjectMeta.
    Meta { name "name" text, namespace "namespace" text, labels "labels" pairs, annotations "annotations" pairs }
    /// LabelSelector; an empty one selects everything.
    LabelSelector { match_labels "matchLabels" pairs, match_expressions "matchExpressions" [Requirement] }
    /// LabelSelectorRequirement, and a node selector's, which is written alike.
    Requirement { key "key" text, operator "operator" text, values "values" texts }
}
