//! So much per time: `10% per 60s`, `5 per 1m`.

use std::fmt;

use super::literal::shown;
use super::{Duration, Percent, UnitError, int};

/// What a rate counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Amount {
    /// A number of things, such as pods.
    Count(i64),
    /// A share of them.
    Percent(Percent),
}

/// An amount per span of time. The span is longer than zero.
///
/// Rates have no order: `10% per 60s` and `5 per 60s` cannot be compared without knowing the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rate {
    amount: Amount,
    per: Duration,
}

impl Rate {
    /// A rate from its parts.
    ///
    /// # Errors
    /// When the amount is below zero or the span is zero.
    pub fn new(amount: Amount, per: Duration) -> Result<Self, UnitError> {
        if let Amount::Count(count) = amount
            && count < 0
        {
            return Err(UnitError::new(format!("`{count} per {per}` is below zero, and a rate is zero or more")));
        }
        if per == Duration::ZERO {
            return Err(
                UnitError::new(format!("`{amount} per {per}` divides by no time")).help("give a span longer than zero, such as `60s`")
            );
        }
        Ok(Self { amount, per })
    }

    /// What is counted.
    pub fn amount(self) -> Amount {
        self.amount
    }

    /// The span it is counted over.
    pub fn per(self) -> Duration {
        self.per
    }

    /// Reads `AMOUNT per DURATION`, as an input file states it; a program has an expression instead.
    ///
    /// # Errors
    /// When a part is not what it should be.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let Some((amount, per)) = text.split_once(" per ") else {
            return Err(UnitError::new(format!("{} is no rate", shown(text))).help("write an amount and a span: `10% per 60s`"));
        };
        let (amount, per) = (amount.trim(), per.trim());
        let amount = if amount.ends_with('%') { Amount::Percent(Percent::parse(amount)?) } else { Amount::Count(int(amount)?) };
        Self::new(amount, Duration::parse(per)?)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Percent(percent) => write!(f, "{percent}"),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} per {}", self.amount, self.per)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn reads_and_prints() {
        for (text, printed) in [("10% per 60s", "10% per 1m"), ("5 per 1m", "5 per 1m"), ("0 per 1s", "0 per 1s")] {
            assert_eq!(Rate::parse(text).unwrap().to_string(), printed);
        }
        let rate = Rate::parse("4 per 15s").unwrap();
        assert_eq!((rate.amount(), rate.per().seconds()), (Amount::Count(4), Some(15)));
    }

    #[test]
    fn refuses() {
        for text in ["", "10%", "10% per", "10% per 60", "5 per 0s", "-5 per 1s", "5m per 1s", "9223372036854775808 per 1s"] {
            assert!(Rate::parse(text).is_err(), "{text}");
        }
        assert!(Rate::new(Amount::Count(-1), Duration::parse("1s").unwrap()).is_err());
    }
}
