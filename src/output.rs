//! Writers of a bundle.
pub mod tree;
