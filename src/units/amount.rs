//! Checked arithmetic, the same for every amount that is a whole number of smallest units.

use std::fmt::Display;

use super::decimal::Fault;
use super::{Decimal, UnitError};

/// How an amount is called in messages.
pub(super) struct Noun {
    /// "memory size".
    pub noun: &'static str,
    /// The smallest unit counted, in the plural: "bytes".
    pub smallest: &'static str,
    /// The largest amount that can be counted: "8Ei less a byte".
    pub largest: &'static str,
}

impl Noun {
    /// The error for a value that is not whole in the smallest unit, or too large to count. `what` quotes the expression.
    pub(super) fn fault(&self, what: &str, fault: Fault) -> UnitError {
        match fault {
            Fault::Inexact => UnitError::new(format!("{what} is no whole number of {}", self.smallest)),
            Fault::Overflow => UnitError::new(format!("{what} is more than the largest {}, {}", self.noun, self.largest)),
        }
    }

    /// The error for a difference below zero.
    pub(super) fn negative(&self, what: &str) -> UnitError {
        UnitError::new(format!("{what} is below zero, and a {} is zero or more", self.noun))
    }
}

/// An operation as a message quotes it.
pub(super) fn quoted(left: &dyn Display, op: &str, right: &dyn Display) -> String {
    format!("`{left} {op} {right}`")
}

/// The share `percent` (in parts per million) of a whole number of units.
pub(super) fn share(units: i128, parts_per_million: i64) -> Result<i128, Fault> {
    let product = units.checked_mul(i128::from(parts_per_million)).ok_or(Fault::Overflow)?;
    if product % 1_000_000 == 0 { Ok(product / 1_000_000) } else { Err(Fault::Inexact) }
}

/// A whole number of units divided by a plain number.
pub(super) fn divide(units: i128, by: Decimal) -> Result<i128, Fault> {
    let numerator = Decimal::new(units, 0).ok_or(Fault::Overflow)?;
    let quotient = numerator.checked_div(by).ok_or(Fault::Inexact)?;
    quotient.scaled(1)
}

/// Arithmetic of one amount: a tuple struct around `$inner` that is never negative.
macro_rules! arithmetic {
    ($type:ident, $inner:ty, $noun:expr) => {
        impl $type {
            fn from_units(units: i128, what: impl FnOnce() -> String) -> Result<Self, $crate::units::UnitError> {
                if units < 0 {
                    return Err($noun.negative(&what()));
                }
                Self::counted(units).ok_or_else(|| $noun.fault(&what(), $crate::units::decimal::Fault::Overflow))
            }

            /// The sum.
            ///
            /// # Errors
            /// When it is more than can be counted.
            pub fn checked_add(self, other: Self) -> Result<Self, $crate::units::UnitError> {
                let units = i128::from(self.units()) + i128::from(other.units());
                Self::from_units(units, || $crate::units::amount::quoted(&self, "+", &other)).map(|sum| sum.like(other))
            }

            /// The difference.
            ///
            /// # Errors
            /// When it is below zero.
            pub fn checked_sub(self, other: Self) -> Result<Self, $crate::units::UnitError> {
                let units = i128::from(self.units()) - i128::from(other.units());
                Self::from_units(units, || $crate::units::amount::quoted(&self, "-", &other)).map(|rest| rest.like(self))
            }

            /// The product with a plain number.
            ///
            /// # Errors
            /// When it is below zero, more than can be counted, or not whole in the smallest unit.
            pub fn checked_mul(self, by: $crate::units::Decimal) -> Result<Self, $crate::units::UnitError> {
                let what = || $crate::units::amount::quoted(&self, "*", &by);
                let units = by.scaled(i128::from(self.units())).map_err(|fault| $noun.fault(&what(), fault))?;
                Self::from_units(units, what).map(|product| product.like(self))
            }

            /// The quotient by a plain number.
            ///
            /// # Errors
            /// When the number is zero or negative, or the quotient is not whole in the smallest unit.
            pub fn checked_div(self, by: $crate::units::Decimal) -> Result<Self, $crate::units::UnitError> {
                let what = || $crate::units::amount::quoted(&self, "/", &by);
                if by.mantissa() == 0 {
                    return Err($crate::units::UnitError::new(format!("{} divides by zero", what())));
                }
                let units = $crate::units::amount::divide(i128::from(self.units()), by).map_err(|fault| $noun.fault(&what(), fault))?;
                Self::from_units(units, what).map(|quotient| quotient.like(self))
            }

            /// The share: `20% of 1Gi`.
            ///
            /// # Errors
            /// When it is more than can be counted, or not whole in the smallest unit.
            pub fn share(self, percent: $crate::units::Percent) -> Result<Self, $crate::units::UnitError> {
                let what = || $crate::units::amount::quoted(&percent, "of", &self);
                let units = $crate::units::amount::share(i128::from(self.units()), percent.parts_per_million());
                let units = units.map_err(|fault| $noun.fault(&what(), fault))?;
                Self::from_units(units, what).map(|share| share.like(self))
            }

            /// How many times `other` this is, where that has a decimal value: `1Gi / 512Mi` is 2. None for a zero divisor too.
            pub fn ratio(self, other: Self) -> Option<$crate::units::Decimal> {
                let whole = |units| $crate::units::Decimal::new(i128::from(units), 0);
                whole(self.units())?.checked_div(whole(other.units())?)
            }
        }
    };
    ($type:ident, i64, $noun:expr, simple) => {
        impl $type {
            fn units(self) -> i64 {
                self.0
            }

            fn counted(units: i128) -> Option<Self> {
                i64::try_from(units).ok().map(Self)
            }

            fn like(self, _: Self) -> Self {
                self
            }
        }
        $crate::units::amount::arithmetic!($type, i64, $noun);
    };
}
pub(super) use arithmetic;
