//! Proofs: each reads the objects that were emitted, not what was meant by them.

pub mod schema;
mod values;
