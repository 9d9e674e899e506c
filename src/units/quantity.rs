//! Any amount that Kubernetes' quantities can say: metric targets, devices, other resources.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::amount::{Noun, arithmetic};
use super::bytes::{BINARY, DECIMAL};
use super::literal::{self, shown, split, wrong_unit};
use super::{Bytes, Cpu, UnitError};

const NOUN: Noun = Noun { noun: "quantity", smallest: "billionths (`1n`), the finest that Kubernetes counts", largest: "2^63 - 1" };

const ONE: i128 = 1_000_000_000;
const MAX: i128 = i64::MAX as i128 * ONE;

/// A Kubernetes quantity, counted in billionths (`1n`), at most 2^63 - 1.
///
/// Like the API server's, it remembers whether it counts in powers of 1024, which decides its text and nothing else:
/// `1Ki` and `1024` are equal.
#[derive(Clone, Copy, Debug)]
#[repr(C, packed(8))]
pub struct Quantity {
    nanos: i128,
    binary: bool,
}

arithmetic!(Quantity, i128, NOUN);

impl Quantity {
    fn units(self) -> i128 {
        self.nanos
    }

    fn counted(units: i128) -> Option<Self> {
        (units <= MAX).then_some(Self { nanos: units, binary: false })
    }

    fn like(self, other: Self) -> Self {
        Self { binary: self.binary || other.binary, ..self }
    }

    /// The amount in billionths.
    pub fn nanos(self) -> i128 {
        self.nanos
    }

    /// The amount, where it is whole.
    pub fn whole(self) -> Option<i64> {
        (self.nanos % ONE == 0).then(|| i64::try_from(self.nanos / ONE).ok()).flatten()
    }

    /// Reads a number, alone or with `n u m k M G T P E` or `Ki Mi Gi Ti Pi Ei`.
    ///
    /// # Errors
    /// When the text is something else, finer than `1n` (the API server would round it up), or more than 2^63 - 1 (it would
    /// cut it). Exponents, which Kubernetes reads, are refused with the digits as replacement.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        Self::read(text).map_err(|error| literal::settle(error, Self::read))
    }

    /// A number of few digits with a suffix, as nearly all are, without the arithmetic that others need: a proof reads a dozen a container.
    fn short(text: &str) -> Option<Self> {
        let (mut number, mut rest) = (0_i64, text.as_bytes());
        // So few digits cannot overflow.
        if rest.len() > 11 {
            return None;
        }
        while let [digit @ b'0'..=b'9', after @ ..] = rest {
            number = number * 10 + i64::from(digit - b'0');
            rest = after;
        }
        let digits = text.len() - rest.len();
        if digits == 0 || digits > 1 && text.starts_with('0') {
            return None;
        }
        let (factor, binary) = factor(rest)?;
        Some(Self { binary, ..Self::counted(i128::from(number) * factor)? })
    }

    fn read(text: &str) -> Result<Self, UnitError> {
        if let Some(quantity) = Self::short(text) {
            return Ok(quantity);
        }
        let (value, unit) = split(text, NOUN.noun)?;
        let Some((factor, binary)) = factor(unit.as_bytes()) else { return Err(bad_unit(text, unit)) };
        let nanos = value.scaled(factor).map_err(|fault| NOUN.fault(&shown(text), fault))?;
        Ok(Self { binary, ..Self::from_units(nanos, || shown(text))? })
    }
}

/// How many billionths a suffix is, and whether it is a power of 1024.
fn factor(suffix: &[u8]) -> Option<(i128, bool)> {
    // Within each of the tables the first letter tells the suffixes apart.
    let of = |suffixes: &[(&str, i64); 6], letter: u8| {
        let found = suffixes.iter().find(|(known, _)| known.as_bytes().first() == Some(&letter));
        found.map(|(_, factor)| i128::from(*factor) * ONE)
    };
    Some(match *suffix {
        [] => (ONE, false),
        [b'm'] => (1_000_000, false),
        [b'u'] => (1000, false),
        [b'n'] => (1, false),
        [letter] => (of(&DECIMAL, letter)?, false),
        [letter, b'i'] => (of(&BINARY, letter)?, true),
        _ => return None,
    })
}

fn bad_unit(text: &str, unit: &str) -> UnitError {
    let number = text.get(..text.len() - unit.len()).unwrap_or_default();
    let error = wrong_unit(text, NOUN.noun, "a Quantity");
    match unit {
        "K" => error.replace(format!("{number}k")).help(format!("the suffix for 1000 is a small `k`: write `{number}k`")),
        _ if error.help.is_some() => error,
        _ => error.help("the suffixes are n, u, m, k, M, G, T, P, E and Ki, Mi, Gi, Ti, Pi, Ei"),
    }
}

impl From<i64> for Quantity {
    /// A whole number; one below zero counts as zero.
    fn from(value: i64) -> Self {
        Self { nanos: i128::from(value.max(0)) * ONE, binary: false }
    }
}

impl From<Cpu> for Quantity {
    fn from(cpu: Cpu) -> Self {
        Self { nanos: i128::from(cpu.nanos()), binary: false }
    }
}

impl From<Bytes> for Quantity {
    fn from(bytes: Bytes) -> Self {
        Self { nanos: i128::from(bytes.bytes()) * ONE, binary: true }
    }
}

impl fmt::Display for Quantity {
    /// The API server's canonical form: the largest suffix that leaves no fraction.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.nanos;
        if nanos == 0 {
            return f.write_str("0");
        }
        if nanos % ONE != 0 {
            return match nanos {
                _ if nanos % 1_000_000 == 0 => write!(f, "{}m", nanos / 1_000_000),
                _ if nanos % 1000 == 0 => write!(f, "{}u", nanos / 1000),
                _ => write!(f, "{nanos}n"),
            };
        }
        let whole = nanos / ONE;
        // Below 1024 the API server writes even a binary quantity in powers of 1000.
        let suffixes = if self.binary && whole >= 1024 { &BINARY } else { &DECIMAL };
        match suffixes.iter().find(|(_, factor)| whole % i128::from(*factor) == 0) {
            Some((suffix, factor)) => write!(f, "{}{suffix}", whole / i128::from(*factor)),
            None => write!(f, "{whole}"),
        }
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        { self.nanos }.cmp(&{ other.nanos })
    }
}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Quantity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        { self.nanos }.hash(state);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::super::Decimal;
    use super::*;

    fn quantity(text: &str) -> Quantity {
        Quantity::parse(text).unwrap()
    }

    #[test]
    fn reads_and_prints_canonically() {
        for (text, printed) in [
            ("0", "0"),
            ("100", "100"),
            ("1000", "1k"),
            ("1500", "1500"),
            ("1.5", "1500m"),
            ("0.1m", "100u"),
            ("1n", "1n"),
            ("1000m", "1"),
            ("1Ki", "1Ki"),
            ("1024", "1024"),
            ("1024Ki", "1Mi"),
            ("0.5Ki", "512"),
            ("0.5Gi", "512Mi"),
            ("1.5Ki", "1536"),
            ("7Ei", "7Ei"),
            ("0.0000000000000000001E", "100m"),
            ("9223372036854775807", "9223372036854775807"),
        ] {
            assert_eq!(quantity(text).to_string(), printed, "{text}");
            assert_eq!(quantity(printed), quantity(text), "{text}");
        }
    }

    #[test]
    fn refuses_with_the_fix() {
        for (text, replacement) in [
            ("1K", Some("1k")),
            ("1e3", Some("1000")),
            (".5", Some("0.5")),
            ("1.", Some("1")),
            ("0.1n", None),
            ("9223372036854775808", None),
            ("8Ei", None),
            ("10E", None),
            ("-1", None),
            ("1e999", None),
            ("1e3Mi", None),
            ("1000mx", None),
            ("30s", None),
            ("NaN", None),
            ("", None),
        ] {
            let error = Quantity::parse(text).unwrap_err();
            assert_eq!(error.replacement.as_deref(), replacement, "{text}: {error}");
        }
    }

    #[test]
    fn compares_by_value() {
        assert_eq!(quantity("1Ki"), quantity("1024"));
        assert!(quantity("1Ki") > quantity("1k"));
        assert_eq!(Quantity::from(Cpu::parse("500m").unwrap()).to_string(), "500m");
        assert_eq!(Quantity::from(Bytes::parse("2Gi").unwrap()).to_string(), "2Gi");
        assert_eq!(quantity("1Gi").checked_add(quantity("1Gi")).unwrap().to_string(), "2Gi");
        assert_eq!(quantity("1Gi").checked_mul(Decimal::from(2)).unwrap().to_string(), "2Gi");
        assert!(quantity("9223372036854775807").checked_add(quantity("1n")).is_err());
        assert_eq!(quantity("2500m").whole(), None);
        assert_eq!(quantity("9223372036854775807").whole(), Some(i64::MAX));
    }
}
