//! PromQL, as Prometheus' own parser reads it: rules, releases and autoscalers share it (M9).
//!
//! It is a parser of our own because a message must point at the character: a program is read by people, and "invalid query" helps none of
//! them. It reads PromQL of Prometheus 3 without what only a feature flag switches on; the tests hold it against Prometheus' own rule checker.

mod functions;
mod lex;
mod parse;
mod regex;

use super::UnitError;
use std::fmt;
use std::ops::Range;

/// A legal expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromQl {
    text: Box<str>,
    kind: Kind,
    selectors: Vec<Selector>,
    plain: bool,
    single: bool,
}

/// What an expression gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One number.
    Scalar,
    /// A number for each series: an instant vector.
    Vector,
    /// Numbers over a time for each series: a range vector.
    Matrix,
    /// Text.
    String,
}

impl Kind {
    /// With its article.
    pub fn a(self) -> &'static str {
        match self {
            Kind::Scalar => "a single number",
            Kind::Vector => "an instant vector",
            Kind::Matrix => "a range vector",
            Kind::String => "a string",
        }
    }
}

/// A place that reads series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// The metric's name, where it is said.
    pub metric: Option<String>,
    /// How far back it reads, in milliseconds; none for an instant vector.
    pub range: Option<u64>,
    /// The function that it stands in, where it is the argument of one.
    pub function: Option<&'static str>,
    /// Its place in the text, in bytes.
    pub at: Range<usize>,
}

impl PromQl {
    /// Reads an expression.
    ///
    /// # Errors
    /// When Prometheus would refuse it; [`UnitError::at`] says where.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        parse::parse(text).map_err(|fault| {
            let mut error = UnitError::new(fault.message).at(fault.at);
            (error.help, error.among) = (fault.help, fault.among);
            error
        })
    }
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
    /// What it gives.
    pub fn kind(&self) -> Kind {
        self.kind
    }
    /// What it reads, in the order of the text.
    pub fn selectors(&self) -> &[Selector] {
        &self.selectors
    }
    /// Does its form alone show that it gives one series at most? A selector may well give one too, and nobody knows.
    pub fn is_single(&self) -> bool {
        self.single
    }
    /// Is it nothing but the name of a metric and matchers of labels, so that `rate(…[5m])` may be put around it?
    pub fn is_plain(&self) -> bool {
        self.plain
    }
}

impl fmt::Display for PromQl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Is this the name of a metric, as every version of Prometheus takes it?
pub fn is_metric_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b':')
}

/// What is wrong, and where.
#[derive(Debug, PartialEq, Eq)]
struct Fault {
    at: Range<usize>,
    message: String,
    help: Option<String>,
    /// Words of which one was perhaps meant.
    among: Vec<&'static str>,
}

fn fault<T>(at: Range<usize>, message: impl Into<String>) -> Result<T, Fault> {
    Err(Fault { at, message: message.into(), help: None, among: Vec::new() })
}

#[cfg(test)]
mod tests;
