//! Exact decimal numbers: the value of a numeric literal before its unit is applied, and of a Float.

use std::cmp::Ordering;
use std::fmt;

use super::literal::shown;
use super::{UnitError, literal};

/// Digits a number may have. Thirty keep every sum and every scaling below inside an i128.
const MAX_DIGITS: u32 = 30;

/// An exact decimal: `mantissa / 10^scale`, always in lowest terms, so that `1.50` and `1.5` are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
// Values lie by the million in a plan, and each would be aligned as its rarest form is: 48 bytes in place of 40.
#[repr(C, packed(8))]
pub struct Decimal {
    mantissa: i128,
    scale: u32,
}

/// Why a decimal has no whole value in some smallest unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The value lies between two multiples of the unit.
    Inexact,
    /// The value is larger than can be counted.
    Overflow,
}

/// 10^n, for n up to 38.
pub(super) fn pow10(n: u32) -> Option<i128> {
    10i128.checked_pow(n)
}

impl Decimal {
    /// One.
    pub const ONE: Self = Self { mantissa: 1, scale: 0 };

    /// `mantissa / 10^scale` in lowest terms; None past thirty digits on either side of the point.
    pub fn new(mut mantissa: i128, mut scale: u32) -> Option<Self> {
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        (scale <= MAX_DIGITS && mantissa.unsigned_abs() < 10u128.pow(MAX_DIGITS)).then_some(Self { mantissa, scale })
    }

    /// Reads `12` or `1.5`: digits, and a point only between digits. No sign, exponent or unit.
    ///
    /// # Errors
    /// When the text is anything else, or has more digits than thirty.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        Self::read(text).map_err(|error| literal::settle(error, Self::read))
    }

    fn read(text: &str) -> Result<Self, UnitError> {
        let (value, unit) = literal::split(text, "number")?;
        if unit.is_empty() {
            return Ok(value);
        }
        let digits = text.get(..text.len() - unit.len()).unwrap_or_default();
        Err(UnitError::new(format!("{} has the unit `{}`, where a plain number is wanted", shown(text), unit.escape_debug()))
            .replace(digits))
    }

    /// The value of digits with at most one point between them; the caller has checked the form. None past thirty digits.
    pub(super) fn from_digits(text: &str) -> Option<Self> {
        let mut mantissa = 0i128;
        let mut scale = 0;
        let mut fraction = false;
        // Zeros at the end of a fraction say nothing and must not use up the digits.
        let text = if text.contains('.') { text.trim_end_matches('0') } else { text };
        for byte in text.bytes() {
            if byte == b'.' {
                fraction = true;
                continue;
            }
            mantissa = mantissa.checked_mul(10)?.checked_add(i128::from(byte.wrapping_sub(b'0')))?;
            scale += u32::from(fraction);
        }
        Self::new(mantissa, scale)
    }

    /// The digits, as a whole number without the point.
    pub fn mantissa(&self) -> i128 {
        self.mantissa
    }

    /// How many of the digits stand after the point.
    pub fn scale(&self) -> u32 {
        self.scale
    }

    /// The value as a whole number, where it is one that an Int can hold.
    pub fn to_int(&self) -> Option<i64> {
        (self.scale == 0).then(|| i64::try_from(self.mantissa).ok()).flatten()
    }

    /// The value times a whole factor, where that is whole.
    pub(super) fn scaled(&self, mut factor: i128) -> Result<i128, Fault> {
        let mut scale = self.scale;
        // Nearly every amount: its product needs no look at overflow.
        if let (0, Ok(mantissa), Ok(factor)) = (scale, i64::try_from(self.mantissa), i64::try_from(factor)) {
            return Ok(i128::from(mantissa) * i128::from(factor));
        }
        // Cancelling tens first keeps the product small enough to be computed.
        while scale > 0 && factor != 0 && factor % 10 == 0 {
            factor /= 10;
            scale -= 1;
        }
        let product = self.mantissa.checked_mul(factor).ok_or(Fault::Overflow)?;
        if scale == 0 {
            return Ok(product);
        }
        let divisor = pow10(scale).ok_or(Fault::Inexact)?;
        if product % divisor == 0 { Ok(product / divisor) } else { Err(Fault::Inexact) }
    }

    /// The sum; None on overflow.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let a = self.mantissa.checked_mul(pow10(scale - self.scale)?)?;
        let b = other.mantissa.checked_mul(pow10(scale - other.scale)?)?;
        Self::new(a.checked_add(b)?, scale)
    }

    /// The difference; None on overflow.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(other.negated())
    }

    /// The product; None on overflow.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        Self::new(self.mantissa.checked_mul(other.mantissa)?, self.scale + other.scale)
    }

    /// The quotient, where it has an end: `1 / 8` is 0.125, `1 / 3` is None, and so is division by zero.
    pub fn checked_div(self, other: Self) -> Option<Self> {
        if other.mantissa == 0 {
            return None;
        }
        let mut numerator = self.mantissa.checked_mul(pow10(other.scale)?)?;
        let mut scale = self.scale;
        while numerator % other.mantissa != 0 {
            numerator = numerator.checked_mul(10)?;
            scale += 1;
        }
        Self::new(numerator / other.mantissa, scale)
    }

    /// The value with the other sign.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { mantissa: -self.mantissa, scale: self.scale }
    }

    /// True below zero.
    pub fn is_negative(&self) -> bool {
        self.mantissa < 0
    }
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Self {
        Self { mantissa: i128::from(value), scale: 0 }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        // Whole parts first: bringing both to one scale could overflow.
        let unit = |d: &Self| pow10(d.scale).unwrap_or(i128::MAX);
        let whole = |d: &Self| d.mantissa.div_euclid(unit(d));
        let scale = self.scale.max(other.scale);
        let rest = |d: &Self| d.mantissa.rem_euclid(unit(d)) * pow10(scale - d.scale).unwrap_or(1);
        whole(self).cmp(&whole(other)).then_with(|| rest(self).cmp(&rest(other)))
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scale == 0 {
            return write!(f, "{}", { self.mantissa });
        }
        let unit = 10u128.pow(self.scale);
        let size = self.mantissa.unsigned_abs();
        let sign = if self.mantissa < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:0width$}", size / unit, size % unit, width = self.scale as usize)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn d(text: &str) -> Decimal {
        match text.strip_prefix('-') {
            Some(rest) => Decimal::parse(rest).unwrap().negated(),
            None => Decimal::parse(text).unwrap(),
        }
    }

    #[test]
    fn reads_and_prints() {
        for (text, printed) in [("0", "0"), ("1.50", "1.5"), ("0.05", "0.05"), ("100", "100"), ("-0.5", "-0.5"), ("-12.25", "-12.25")] {
            assert_eq!(d(text).to_string(), printed);
        }
        assert_eq!(d("1.0000000000000000000000000000000000000000000000"), d("1"));
        for text in ["", "-1", "+1", ".5", "1.", "1e3", "0x10", "1_000", "1 000", "08", "NaN", "1.2.3", "5m"] {
            assert!(Decimal::parse(text).is_err(), "{text}");
        }
        assert!(Decimal::parse("1234567890123456789012345678901").is_err());
        assert_eq!(Decimal::parse("00.5").unwrap_err().replacement.as_deref(), Some("0.5"));
        assert_eq!(Decimal::parse("1.5e-2").unwrap_err().replacement.as_deref(), Some("0.015"));
    }

    #[test]
    fn arithmetic_is_exact() {
        assert_eq!(d("0.1").checked_add(d("0.2")), Some(d("0.3")));
        assert_eq!(d("0.1").checked_sub(d("0.2")), Some(d("-0.1")));
        assert_eq!(d("1.5").checked_mul(d("0.2")), Some(d("0.3")));
        assert_eq!(d("1").checked_div(d("8")), Some(d("0.125")));
        assert_eq!(d("-3").checked_div(d("0.5")), Some(d("-6")));
        assert_eq!(d("1").checked_div(d("3")), None);
        assert_eq!(d("1").checked_div(d("0")), None);
        let big = d("999999999999999999999999999999");
        assert_eq!(big.checked_add(Decimal::ONE), None);
        assert_eq!(big.checked_mul(big), None);
    }

    #[test]
    fn orders_by_value() {
        let sorted = [
            "-2",
            "-1.5",
            "-1",
            "-0.25",
            "0",
            "0.000000000000000000000000000001",
            "0.9",
            "1",
            "1.05",
            "1.5",
            "999999999999999999999999999999",
        ];
        for pair in sorted.windows(2) {
            if let [a, b] = pair {
                assert!(d(a) < d(b), "{a} < {b}");
            }
        }
    }

    #[test]
    fn scales_to_whole_units() {
        assert_eq!(d("1.5").scaled(1000), Ok(1500));
        assert_eq!(d("0.0005").scaled(1000), Err(Fault::Inexact));
        assert_eq!(d("0.5").scaled(3 << 30), Ok(3 << 29));
        assert_eq!(d("999999999999999999999999999999").scaled(1 << 60), Err(Fault::Overflow));
    }

    #[test]
    fn whole_values_are_ints() {
        assert_eq!(d("9223372036854775807").to_int(), Some(i64::MAX));
        assert_eq!(d("9223372036854775808").to_int(), None);
        assert_eq!(d("1.5").to_int(), None);
    }
}
