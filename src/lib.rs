//! x
pub mod diagnostic;
pub mod emit;
pub mod kinds;
pub mod plan;
pub mod source;
pub mod syntax;
pub mod tape;
pub mod units;
