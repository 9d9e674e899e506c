#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod bundle;
mod objects;
mod pods;
mod support;
