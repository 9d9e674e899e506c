//! Shares of a hundred: `70%`, `12.5%`.

use std::fmt;

use super::amount::{Noun, arithmetic, divide, quoted, share};
use super::literal::{self, shown, split, wrong_unit};
use super::{Decimal, UnitError};

const NOUN: Noun = Noun { noun: "percentage", smallest: "parts per million", largest: "about 9.2 × 10^14 percent" };

/// Parts per million in one percent.
const ONE: i64 = 10_000;

/// A share in parts per million, zero or more; it may be above a hundred (a surge of `200%`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(i64);

arithmetic!(Percent, i64, NOUN, simple);

impl Percent {
    /// Nothing of it.
    pub const ZERO: Self = Self(0);
    /// The whole.
    pub const ALL: Self = Self(100 * ONE);

    /// A share in parts per million; None below zero.
    pub fn from_parts_per_million(parts: i64) -> Option<Self> {
        (parts >= 0).then_some(Self(parts))
    }

    /// The parts per million: 10 000 for one percent.
    pub fn parts_per_million(self) -> i64 {
        self.0
    }

    /// The percent, where they are whole: what an integer field of Kubernetes can hold.
    pub fn whole(self) -> Option<i64> {
        (self.0 % ONE == 0).then_some(self.0 / ONE)
    }

    /// The share as a number: `12.5%` is 0.125.
    pub fn ratio_of_one(self) -> Decimal {
        Decimal::new(i128::from(self.0), 6).unwrap_or(Decimal::from(0))
    }

    /// The share of a count: `50% of 20` is 10.
    ///
    /// # Errors
    /// When it is no whole number; nothing is rounded here, unlike in a rollout's surge.
    pub fn of_int(self, count: i64) -> Result<i64, UnitError> {
        let what = || quoted(&self, "of", &count);
        let value = share(i128::from(count), self.0).map_err(|_| UnitError::new(format!("{} is no whole number", what())))?;
        i64::try_from(value).map_err(|_| UnitError::new(format!("{} is larger than the largest Int, {}", what(), i64::MAX)))
    }

    /// What part of `whole` a count is, where parts per million can say it.
    pub fn from_ratio(count: i64, whole: i64) -> Option<Self> {
        let parts = i128::from(count).checked_mul(1_000_000)?;
        let parts = divide(parts, Decimal::from(whole)).ok()?;
        i64::try_from(parts).ok().and_then(Self::from_parts_per_million)
    }

    /// Reads a number and `%`.
    ///
    /// # Errors
    /// When the text is something else, finer than a part per million, or more than can be counted.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        Self::read(text).map_err(|error| literal::settle(error, Self::read))
    }

    fn read(text: &str) -> Result<Self, UnitError> {
        let (value, unit) = split(text, NOUN.noun)?;
        match unit {
            "%" => {
                let parts = value.scaled(i128::from(ONE)).map_err(|fault| NOUN.fault(&shown(text), fault))?;
                Self::from_units(parts, || shown(text))
            }
            "" => Err(bare(text, value)),
            _ => {
                let error = wrong_unit(text, NOUN.noun, "a Percent");
                Err(if error.help.is_some() { error } else { error.help("write a number and `%`, such as `70%`") })
            }
        }
    }
}

/// `70` lacks its sign; `0.7` may be a share of one, so both readings are shown.
fn bare(text: &str, value: Decimal) -> UnitError {
    let error = UnitError::new(format!("{} has no `%`", shown(text)));
    let hundred = if value.scale() > 0 && value < Decimal::ONE { value.checked_mul(Decimal::from(100)) } else { None };
    match hundred {
        Some(hundred) => error.help(format!("write `{hundred}%`, or `{text}%` for less than one percent")).replace(format!("{hundred}%")),
        None => error.replace(format!("{text}%")),
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.whole() {
            Some(whole) => write!(f, "{whole}%"),
            None => write!(f, "{}%", Decimal::new(i128::from(self.0), 4).unwrap_or(Decimal::from(0))),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn percent(text: &str) -> Percent {
        Percent::parse(text).unwrap()
    }

    #[test]
    fn reads_and_prints() {
        for (text, parts, printed) in [
            ("0%", 0, "0%"),
            ("70%", 700_000, "70%"),
            ("12.5%", 125_000, "12.5%"),
            ("0.0001%", 1, "0.0001%"),
            ("200%", 2_000_000, "200%"),
            ("1.50%", 15_000, "1.5%"),
        ] {
            assert_eq!(percent(text).parts_per_million(), parts);
            assert_eq!(percent(text).to_string(), printed);
        }
        assert_eq!(percent("70%").whole(), Some(70));
        assert_eq!(percent("12.5%").whole(), None);
        assert_eq!(percent("12.5%").ratio_of_one().to_string(), "0.125");
        assert_eq!(percent("922337203685477.5807%").parts_per_million(), i64::MAX);
    }

    #[test]
    fn refuses_with_the_fix() {
        for (text, replacement) in [
            ("70", Some("70%")),
            ("0.7", Some("70%")),
            ("70 %", Some("70%")),
            ("0.00001%", None),
            ("922337203685477.5808%", None),
            ("-1%", None),
            ("-0%", None),
            ("5m", None),
            ("5%%", None),
            ("1e3", Some("1000%")),
            ("%", None),
            ("", None),
        ] {
            let error = Percent::parse(text).unwrap_err();
            assert_eq!(error.replacement.as_deref(), replacement, "{text}: {error}");
        }
    }

    #[test]
    fn shares_are_exact() {
        assert_eq!(percent("50%").of_int(20), Ok(10));
        assert_eq!(percent("25%").of_int(3).unwrap_err().message, "`25% of 3` is no whole number");
        assert!(percent("200%").of_int(i64::MAX).is_err());
        assert_eq!(Percent::from_ratio(1, 8), Some(percent("12.5%")));
        assert_eq!(Percent::from_ratio(1, 3), None);
        assert_eq!(Percent::from_ratio(1, 0), None);
        assert_eq!(percent("60%").checked_add(percent("40%")), Ok(Percent::ALL));
    }
}
