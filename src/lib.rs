//! x
pub mod diagnostic;
pub mod output;
pub mod source;
pub mod syntax;
pub mod world;
