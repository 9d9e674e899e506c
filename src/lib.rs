//! x
pub mod diagnostic;
pub mod schema;
pub mod source;
pub mod syntax;
pub mod tape;
