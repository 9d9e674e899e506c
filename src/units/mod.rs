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
pub mod promql;
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
pub use promql::PromQl;
pub use quantity::Quantity;
pub use rate::{Amount, Rate};
pub use version::Version;

/// What has one canonical text. Amounts are written by the ten thousand in a plan.
pub trait Written: std::fmt::Display {
    /// Makes something of the text that [`Display`](std::fmt::Display) writes.
    fn with_text<R>(&self, then: impl FnOnce(&str) -> R) -> R {
        then(&self.to_string())
    }
}

impl Written for i64 {
    fn with_text<R>(&self, then: impl FnOnce(&str) -> R) -> R {
        literal::counted(*self, "", then)
    }
}
impl Written for Decimal {}
impl Written for Quantity {}

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
    /// Where in the text, in bytes; all of it where that says nothing more.
    pub at: Option<std::ops::Range<usize>>,
    /// Words of which one was perhaps meant there.
    pub among: Vec<&'static str>,
}

impl UnitError {
    /// An error that says only what is wrong.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, replacement: None, at: None, among: Vec::new() }
    }

    /// Says where in the text it is wrong, in bytes.
    #[must_use]
    pub fn at(mut self, at: std::ops::Range<usize>) -> Self {
        self.at = Some(at);
        self
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
    use std::fmt::{Debug, Display};

    use super::*;

    /// Whatever a text is, reading it ends; what is read prints to a text that reads as equal, and a replacement is legal.
    fn holds<T: Display + Debug + PartialEq, E: Debug>(
        text: &str,
        read: impl Fn(&str) -> Result<T, E>,
        replacement: impl Fn(&E) -> Option<String>,
    ) -> bool {
        match read(text) {
            Ok(value) => {
                let printed = value.to_string();
                assert_eq!(read(&printed).unwrap(), value, "{text} prints as {printed}");
                true
            }
            Err(error) => {
                if let Some(fixed) = replacement(&error) {
                    assert!(read(&fixed).is_ok(), "{text} is replaced by {fixed}: {error:?}");
                }
                false
            }
        }
    }

    #[test]
    fn random_texts_are_read_or_refused_soundly() {
        let pieces = "0 1 9 5 00 10 1024 1000 9223372036854775807 . . - + _ % 70% m u n k K M G E Ki Mi Gi Ei gb ms s h d w min e e3 x * / /8 , \
                      : :: @ @sha256: latest a B a.b é \u{202e} TZ= .. = 1.34 10.0.0.0 10.0.0.0/ 10.1.2.3 v";
        let pieces: Vec<&str> = pieces.split_whitespace().chain([" ", "\n", "\0"]).collect();
        let unit = |error: &UnitError| error.replacement.clone();
        let mut seed = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = |below: u64| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed % below
        };
        let mut accepted = [0u32; 13];
        for _ in 0..10_000 {
            let mut text = String::new();
            for _ in 0..=next(5) {
                text.push_str(pieces.get(usize::try_from(next(pieces.len() as u64)).unwrap()).unwrap());
            }
            let text = text.as_str();
            let results = [
                holds(text, int, unit),
                holds(text, Decimal::parse, unit),
                holds(text, Cpu::parse, unit),
                holds(text, Bytes::parse, unit),
                holds(text, Duration::parse, unit),
                holds(text, Percent::parse, unit),
                holds(text, Quantity::parse, unit),
                holds(text, Version::parse, unit),
                holds(text, Image::parse, unit),
                holds(text, Host::parse_wildcard, unit),
                holds(text, Path::parse, unit),
                holds(text, Cidr::parse, unit),
                holds(&format!("{text} * * * *"), Cron::parse, unit),
            ];
            for (count, ok) in accepted.iter_mut().zip(results) {
                *count += u32::from(ok);
            }
            fits(text);
            type Check = fn(&str) -> Result<(), names::NameError>;
            let checks: [Check; 9] = [
                names::label,
                names::label_1035,
                names::subdomain,
                names::label_key,
                names::label_value,
                names::annotation_key,
                names::env_name,
                names::port_name,
                names::config_key,
            ];
            for check in checks {
                if let Err(error) = check(text)
                    && let Some(fixed) = error.suggestion
                {
                    assert_eq!(check(&fixed), Ok(()), "{text} is replaced by {fixed}");
                }
            }
        }
        // The texts must be such that each type accepts some, or the test shows nothing.
        assert!(accepted.iter().all(|&count| count > 0), "{accepted:?}");
    }
}
