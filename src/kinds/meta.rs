//! meta/v1: what objects of all groups share.

shapes! {
    /// ObjectMeta.
    Meta { name "name" text, namespace "namespace" text, labels "labels" pairs, annotations "annotations" pairs }
    /// LabelSelector; an empty one selects everything.
    LabelSelector { match_labels "matchLabels" pairs, match_expressions "matchExpressions" [Requirement] }
    /// LabelSelectorRequirement, and a node selector's, which is written alike.
    Requirement { key "key" text, operator "operator" text, values "values" texts }
}

impl Meta<'_> {
    /// Writes what the closure writes, or, where it wrote under this number before, the same again ([`crate::tape::Tape::once`]).
    pub fn once(&mut self, number: usize, write: impl FnOnce(&mut Meta<'_>)) -> &mut Self {
        self.0.once(number, |tape| write(&mut Meta(tape)));
        self
    }
}
