//! One binary for the tests that look at the whole crate from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that fails may panic")]

mod bad_inputs;
mod build_script;
mod cli;
mod documents;
mod examples;
mod k8s_openapi;
mod layering;
mod online_boutique;
mod pages;
mod programs;
mod timelines;
