//! x
pub mod diagnostic;
pub mod output;
pub mod prove;
pub mod schema;
pub mod source;
pub mod syntax;
pub mod tape;
pub mod units;
pub mod vocabulary;
pub mod check;
pub mod plan;
