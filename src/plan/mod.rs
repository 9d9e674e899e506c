//! Program to plan: one environment, every value known.
pub mod model;
