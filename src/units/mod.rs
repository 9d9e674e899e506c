//! The units of the language: exact amounts, and texts with a grammar.
//!
//! A numeric literal in a program is text (`100m`, `4Gi`, `1h30m`, `70%`, `1.30`) until a type is expected. Each type here
//! reads that text without floating point, counts in the smallest unit it knows, and prints what Kubernetes calls canonical.
//! Arithmetic is checked: an amount that overflows, falls below zero or is not whole in its smallest unit is an error.

mod amount;
mod bytes;
mod cidr;
mod cpu;
mod cron;
mod decimal;
mod duration;
mod host;
mod image;
mod literal;
pub mod names;
mod path;
mod percent;
mod quantity;
mod rate;
mod version;

pub use bytes::Bytes;
pub use cidr::{Cidr, Family};
pub use cpu::Cpu;
pub use cron::Cron;
pub use decimal::Decimal;
pub use duration::Duration;
pub use host::Host;
pub use image::Image;
pub use literal::{fits, int, meanings, shown};
pub use path::Path;
pub use percent::Percent;
pub use quantity::Quantity;
pub use rate::{Amount, Rate};
pub use version::Version;

/// Why a text is not of the type expected, or an operation has no exact result.
///
/// The texts are parts of a diagnostic: no capital at the start, no full stop at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitError {
    /// What is wrong: "`1gb` is no memory size".
    pub message: String,
    /// What to write instead, and why: "write `1Gi` (1024³ bytes) or `1G` (1000³ bytes)".
    pub help: Option<String>,
    /// A text that may take the place of the wrong one as it stands.
    pub replacement: Option<String>,
}

impl UnitError {
    /// An error that says only what is wrong.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, replacement: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the text to put in place of the wrong one; with no help of its own, the help is to write it.
    #[must_use]
    pub fn replace(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        if self.help.is_none() {
            self.help = Some(format!("write `{text}`"));
        }
        self.replacement = Some(text);
        self
    }
}

impl std::fmt::Display for UnitError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for UnitError {}
