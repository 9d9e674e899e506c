//! Checked program to plan: one environment, every value known.

mod arithmetic;
pub mod evaluate;
pub mod expand;
pub mod index;
pub mod model;
pub mod origins;

/// One environment, planned.
#[derive(Debug, Default)]
pub struct Planned {
    /// What it becomes.
    pub plan: model::Plan,
    /// Where its values come from.
    pub origins: origins::Origins,
    /// Blocks that were not planned because something in them is wrong; proofs of the whole program wait until there are none.
    pub poisoned: Vec<String>,
}
