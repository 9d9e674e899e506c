//! x
pub mod check;
pub mod diagnostic;
pub mod emit;
pub mod kinds;
pub mod output;
pub mod plan;
pub mod prove;
pub mod schema;
pub mod source;
pub mod syntax;
pub mod tape;
pub mod units;
pub mod vocabulary;
