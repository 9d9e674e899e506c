//! Memory and storage: `512Mi`, `4Gi`, `1500M`.

use std::fmt;

use super::amount::{Noun, arithmetic};
use super::literal::{self, shown, split, wrong_unit};
use super::{Decimal, UnitError, Written};

const NOUN: Noun = Noun { noun: "memory size", smallest: "bytes", largest: "2^63 - 1 bytes (one byte short of `8Ei`)" };

/// Suffixes that count in powers of 1024, the largest first.
pub(super) const BINARY: [(&str, i64); 6] =
    [("Ei", 1 << 60), ("Pi", 1 << 50), ("Ti", 1 << 40), ("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)];

/// Suffixes that count in powers of 1000, the largest first. Kilo is a small `k`.
pub(super) const DECIMAL: [(&str, i64); 6] = [
    ("E", 1_000_000_000_000_000_000),
    ("P", 1_000_000_000_000_000),
    ("T", 1_000_000_000_000),
    ("G", 1_000_000_000),
    ("M", 1_000_000),
    ("k", 1000),
];

/// A size in bytes, at most 2^63 - 1: what Kubernetes can count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(i64);

arithmetic!(Bytes, i64, NOUN, simple);

/// What one of a suffix is, in words: `Gi` is "1024³". None where no such suffix exists.
pub(super) fn factor_in_words(unit: &str) -> Option<&'static str> {
    Some(match unit {
        "Ki" => "1024",
        "Mi" => "1024²",
        "Gi" => "1024³",
        "Ti" => "1024⁴",
        "Pi" => "1024⁵",
        "Ei" => "1024⁶",
        "k" => "1000",
        "M" => "1000²",
        "G" => "1000³",
        "T" => "1000⁴",
        "P" => "1000⁵",
        "E" => "1000⁶",
        _ => return None,
    })
}

impl Bytes {
    /// No bytes.
    pub const ZERO: Self = Self(0);

    /// A number of bytes; None below zero.
    pub fn new(bytes: i64) -> Option<Self> {
        (bytes >= 0).then_some(Self(bytes))
    }

    /// The number of bytes.
    pub fn bytes(self) -> i64 {
        self.0
    }

    /// Reads a number of bytes, or one with `Ki Mi Gi Ti Pi Ei` (powers of 1024) or `k M G T P E` (powers of 1000).
    ///
    /// # Errors
    /// When the text is something else, no whole number of bytes, or more than can be counted. A suffix that people write by
    /// mistake (`K`, `KB`, `gb`, `m`: rules.md §9 row 28) gets the right one as replacement.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        Self::read(text).map_err(|error| literal::settle(error, Self::read))
    }

    fn read(text: &str) -> Result<Self, UnitError> {
        let (value, unit) = split(text, NOUN.noun)?;
        let factor = if unit.is_empty() {
            Some(1)
        } else {
            BINARY.iter().chain(&DECIMAL).find(|(suffix, _)| *suffix == unit).map(|&(_, factor)| factor)
        };
        let Some(factor) = factor else { return Err(bad_unit(text, unit)) };
        let units = value.scaled(i128::from(factor)).map_err(|fault| NOUN.fault(&shown(text), fault))?;
        Self::from_units(units, || shown(text))
    }
}

fn bad_unit(text: &str, unit: &str) -> UnitError {
    let number = text.get(..text.len() - unit.len()).unwrap_or_default();
    let error = UnitError::new(format!("{} is no memory size", shown(text)));
    let lower = unit.to_ascii_lowercase();
    if unit == "m" {
        let fix = format!("{number}Mi");
        let meaning =
            format!("a small `m` is thousandths, of a byte here; write `{fix}` ({number} × 1024² bytes) or `{number}M` ({number} × 1000²)");
        return error.help(meaning).replace(fix);
    }
    if lower == "b" || lower == "bytes" || lower == "byte" {
        return error.help(format!("bytes have no unit: write `{number}`")).replace(number);
    }
    // `gb`, `GB`, `Gib`, `GiB`, `g`, `gi`: the letter says which power is meant.
    let letter = lower.chars().next().filter(|c| "kmgtpe".contains(*c) && matches!(lower.get(1..), Some("" | "b" | "i" | "ib")));
    let Some(letter) = letter else {
        let error = wrong_unit(text, NOUN.noun, "a Bytes");
        return if error.help.is_some() { error } else { error.help("write a size such as `512Mi` or `4Gi`") };
    };
    let binary = format!("{}i", letter.to_ascii_uppercase());
    let decimal = if letter == 'k' { "k".to_owned() } else { letter.to_ascii_uppercase().to_string() };
    let words = |suffix: &str| factor_in_words(suffix).unwrap_or_default();
    if lower.contains('i') {
        return error.replace(format!("{number}{binary}"));
    }
    let help =
        format!("write `{number}{binary}` ({number} × {} bytes) or `{number}{decimal}` ({number} × {})", words(&binary), words(&decimal));
    // The capital `K` alone can only be a slip for the small one; everywhere else memory is meant in powers of 1024.
    let fix = if unit == "K" { format!("{number}k") } else { format!("{number}{binary}") };
    error.help(help).replace(fix)
}

/// The shortest exact way to write a whole number: its mantissa and suffix.
///
/// The largest power of 1024 and the largest power of 1000 that divide it compete by length; 1024 wins a tie.
fn canonical(value: i64) -> (i64, &'static str) {
    if value == 0 {
        return (0, "");
    }
    // Powers of 1024 are counted by zeros, and one that 1000 does not divide is divided by no greater power of it: this is asked of each amount.
    let twos = value.trailing_zeros() as usize / 10;
    let binary = BINARY.iter().rev().take(twos).next_back().map_or((value, ""), |&(suffix, factor)| (value / factor, suffix));
    let mut decimal = (value, "");
    for &(suffix, _) in DECIMAL.iter().rev() {
        if decimal.0 % 1000 != 0 {
            break;
        }
        decimal = (decimal.0 / 1000, suffix);
    }
    if binary.1.is_empty() || (!decimal.1.is_empty() && decimal.0.ilog10() < binary.0.ilog10()) { decimal } else { binary }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.write_str(text))
    }
}

impl Written for Bytes {
    fn with_text<R>(&self, then: impl FnOnce(&str) -> R) -> R {
        let (mantissa, suffix) = canonical(self.0);
        literal::counted(mantissa, suffix, then)
    }
}

impl From<Bytes> for Decimal {
    fn from(bytes: Bytes) -> Self {
        Self::from(bytes.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn bytes(text: &str) -> Bytes {
        Bytes::parse(text).unwrap()
    }

    #[test]
    fn reads_and_prints_canonically() {
        for (text, value, printed) in [
            ("0", 0, "0"),
            ("0Gi", 0, "0"),
            ("1", 1, "1"),
            ("1000", 1000, "1k"),
            ("1024", 1024, "1Ki"),
            ("1024Mi", 1 << 30, "1Gi"),
            ("512Mi", 512 << 20, "512Mi"),
            ("0.5Gi", 512 << 20, "512Mi"),
            ("1500M", 1_500_000_000, "1500M"),
            ("1.5G", 1_500_000_000, "1500M"),
            ("16G", 16_000_000_000, "16G"),
            ("1000Gi", 1000 << 30, "1000Gi"),
            ("500Ki", 512_000, "500Ki"),
            ("100Gi", 100 << 30, "100Gi"),
            ("1.5Gi", 3 << 29, "1536Mi"),
            ("1E", 1_000_000_000_000_000_000, "1E"),
            ("1k", 1000, "1k"),
            ("7Ei", 7 << 60, "7Ei"),
            ("9223372036854775807", i64::MAX, "9223372036854775807"),
        ] {
            assert_eq!(bytes(text).bytes(), value, "{text}");
            assert_eq!(bytes(text).to_string(), printed, "{text}");
            assert_eq!(bytes(printed), bytes(text), "{text}");
        }
    }

    #[test]
    fn refuses_with_the_fix() {
        for (text, replacement) in [
            ("1gb", Some("1Gi")),
            ("1,5Gi", Some("1.5Gi")),
            ("1,2,3", None),
            ("1GB", Some("1Gi")),
            ("1g", Some("1Gi")),
            ("1GiB", Some("1Gi")),
            ("1gi", Some("1Gi")),
            ("512m", Some("512Mi")),
            ("512mb", Some("512Mi")),
            ("1K", Some("1k")),
            ("1KB", Some("1Ki")),
            ("1ki", Some("1Ki")),
            ("100b", Some("100")),
            ("1 Gi", Some("1Gi")),
            ("1e3", Some("1000")),
            ("1e3Mi", None),
            ("0.5", None),
            ("0.1Ki", None),
            ("8Ei", None),
            ("9223372036854775808", None),
            ("10E", None),
            ("-1Gi", None),
            ("-0", None),
            ("30s", None),
            ("1Gi5", None),
            ("1000mx", None),
            ("", None),
        ] {
            let error = Bytes::parse(text).unwrap_err();
            assert_eq!(error.replacement.as_deref(), replacement, "{text}: {error}");
        }
        assert_eq!(
            Bytes::parse("1gb").unwrap_err().to_string(),
            "`1gb` is no memory size; write `1Gi` (1 × 1024³ bytes) or `1G` (1 × 1000³)"
        );
        assert_eq!(
            Bytes::parse("8Ei").unwrap_err().message,
            "`8Ei` is more than the largest memory size, 2^63 - 1 bytes (one byte short of `8Ei`)"
        );
    }

    #[test]
    fn arithmetic() {
        let d = |text| Decimal::parse(text).unwrap();
        assert_eq!(bytes("1Gi").checked_add(bytes("512Mi")).unwrap().to_string(), "1536Mi");
        assert_eq!(bytes("1Gi").checked_mul(d("0.75")).unwrap().to_string(), "768Mi");
        assert!(bytes("1").checked_mul(d("0.5")).is_err());
        assert!(bytes("7Ei").checked_add(bytes("1Ei")).is_err());
        assert!(bytes("9223372036854775807").checked_mul(d("2")).is_err());
        assert!(bytes("1Gi").share(super::super::Percent::parse("10%").unwrap()).is_err());
        assert_eq!(bytes("1Gi").share(super::super::Percent::parse("25%").unwrap()).unwrap().to_string(), "256Mi");
        assert_eq!(bytes("1Gi").ratio(bytes("512Mi")), Some(d("2")));
        assert_eq!(bytes("1Gi").ratio(Bytes::ZERO), None);
    }
}
