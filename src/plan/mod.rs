//! Checked program to plan: one environment, every value known.

mod arithmetic;
pub mod evaluate;
pub mod expand;
pub mod index;
pub mod model;
pub mod origins;
