//! x
pub mod diagnostic;
pub mod source;
pub mod syntax;
pub mod tape;
pub mod units;
