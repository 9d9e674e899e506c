//! Processor time: `100m`, `0.5`, `2`.

use std::fmt;

use super::amount::{Noun, arithmetic};
use super::literal::{self, shown, split, wrong_unit};
use super::{Decimal, UnitError, Written};

const NANO: i64 = 1_000_000_000;
const MILLI: i64 = 1_000_000;
const NOUN: Noun = Noun { noun: "CPU amount", smallest: "nano-CPU", largest: "about 9.2 billion cores" };

/// An amount of CPU, counted in nano-CPU (a core is 10^9).
///
/// Kubernetes refuses `resources` finer than a milli-CPU, so a literal may not be finer; a result of arithmetic may, and
/// [`Cpu::check_kubernetes`] says whether it can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cpu(i64);

arithmetic!(Cpu, i64, NOUN, simple);

impl Cpu {
    /// No CPU.
    pub const ZERO: Self = Self(0);

    /// An amount in nano-CPU; None below zero.
    pub fn from_nanos(nanos: i64) -> Option<Self> {
        (nanos >= 0).then_some(Self(nanos))
    }

    /// An amount in milli-CPU; None below zero and past what can be counted.
    pub fn from_millis(millis: i64) -> Option<Self> {
        millis.checked_mul(MILLI).and_then(Self::from_nanos)
    }

    /// The amount in nano-CPU.
    pub fn nanos(self) -> i64 {
        self.0
    }

    /// The amount in milli-CPU, where it is whole.
    pub fn millis(self) -> Option<i64> {
        (self.0 % MILLI == 0).then_some(self.0 / MILLI)
    }

    /// Reads cores (`2`, `0.5`) or a number with `m`, `u` or `n`.
    ///
    /// # Errors
    /// When the text is something else, finer than a milli-CPU, or more than can be counted.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        Self::read(text).map_err(|error| literal::settle(error, Self::read))
    }

    fn read(text: &str) -> Result<Self, UnitError> {
        let (value, unit) = split(text, NOUN.noun)?;
        let factor = match unit {
            "" => NANO,
            "m" => MILLI,
            "u" => 1000,
            "n" => 1,
            _ => return Err(bad_unit(text, unit)),
        };
        let cpu = match value.scaled(i128::from(factor)) {
            Ok(units) => Self::from_units(units, || shown(text))?,
            Err(super::decimal::Fault::Inexact) => return Err(too_fine(text)),
            Err(fault) => return Err(NOUN.fault(&shown(text), fault)),
        };
        if cpu.0 % MILLI == 0 { Ok(cpu) } else { Err(too_fine(text)) }
    }

    /// Whether `resources` can hold this amount.
    ///
    /// # Errors
    /// When it is no whole number of milli-CPU; the replacement is the next that is.
    pub fn check_kubernetes(self) -> Result<(), UnitError> {
        if self.0 % MILLI == 0 {
            return Ok(());
        }
        let up = Self::from_millis(self.0 / MILLI + 1).unwrap_or(self);
        Err(too_fine(&self.to_string()).replace(up.to_string()))
    }

    /// The canonical text for `resources`.
    ///
    /// # Errors
    /// As [`Cpu::check_kubernetes`].
    pub fn kubernetes(self) -> Result<String, UnitError> {
        self.check_kubernetes().map(|()| self.to_string())
    }
}

fn too_fine(text: &str) -> UnitError {
    UnitError::new(format!("{} is finer than `1m`, the step in which Kubernetes counts CPU", shown(text)))
        .help("write a whole number of milli-CPU, such as `1m`")
}

fn bad_unit(text: &str, unit: &str) -> UnitError {
    let number = text.get(..text.len() - unit.len()).unwrap_or_default();
    let lower = unit.to_ascii_lowercase();
    match lower.as_str() {
        "m" | "mcpu" | "mc" | "milli" | "millicpu" | "millicores" => UnitError::new(format!("{} is no CPU amount", shown(text)))
            .replace(format!("{number}m"))
            .help(format!("write `{number}m` for {number} thousandths of a core")),
        "c" | "cpu" | "cpus" | "core" | "cores" | "vcpu" | "vcpus" => UnitError::new(format!("{} is no CPU amount", shown(text)))
            .replace(number)
            .help(format!("cores have no unit: write `{number}`")),
        "%" => UnitError::new(format!("{} is no CPU amount", shown(text)))
            .help("write cores (`0.5`) or thousandths of one (`500m`); `50% of x` is a share of an amount"),
        _ => {
            let error = wrong_unit(text, NOUN.noun, "a Cpu");
            if error.help.is_some() { error } else { error.help("write cores (`2`, `0.5`) or thousandths of one (`500m`)") }
        }
    }
}

impl fmt::Display for Cpu {
    /// Whole cores without a unit, else the largest of `m`, `u`, `n` that is exact.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.write_str(text))
    }
}

impl Written for Cpu {
    fn with_text<R>(&self, then: impl FnOnce(&str) -> R) -> R {
        let n = self.0;
        let (count, unit) = match n {
            _ if n % NANO == 0 => (n / NANO, ""),
            _ if n % MILLI == 0 => (n / MILLI, "m"),
            _ if n % 1000 == 0 => (n / 1000, "u"),
            _ => (n, "n"),
        };
        literal::counted(count, unit, then)
    }
}

impl Cpu {
    /// The amount in cores, as an exact number.
    pub fn cores(self) -> Decimal {
        Decimal::new(i128::from(self.0), 9).unwrap_or(Decimal::from(0))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn cpu(text: &str) -> Cpu {
        Cpu::parse(text).unwrap()
    }

    #[test]
    fn reads_and_prints_canonically() {
        for (text, printed) in [
            ("0", "0"),
            ("0m", "0"),
            ("1000m", "1"),
            ("1500m", "1500m"),
            ("1.5", "1500m"),
            ("0.5", "500m"),
            ("0.001", "1m"),
            ("1m", "1m"),
            ("2", "2"),
            ("1000u", "1m"),
            ("1000000n", "1m"),
            ("1.50", "1500m"),
            ("9223372036", "9223372036"),
        ] {
            assert_eq!(cpu(text).to_string(), printed, "{text}");
        }
    }

    #[test]
    fn refuses_with_the_fix() {
        for (text, replacement) in [
            ("0.1m", None),
            ("0.0005", None),
            ("1u", None),
            ("0.0000000001", None),
            ("9223372037", None),
            ("-1", None),
            ("-0", None),
            ("4Gi", None),
            ("30s", None),
            ("70%", None),
            ("1000mx", None),
            ("1Mi", None),
            ("", None),
            ("NaN", None),
            ("1e3", Some("1000")),
            ("500M", Some("500m")),
            ("500mcpu", Some("500m")),
            ("2cores", Some("2")),
            ("500 m", Some("500m")),
        ] {
            let error = Cpu::parse(text).unwrap_err();
            assert_eq!(error.replacement.as_deref(), replacement, "{text}: {error}");
        }
        assert_eq!(
            Cpu::parse("4Gi").unwrap_err().to_string(),
            "`4Gi` is no CPU amount; as it stands it is a Bytes (4 × 1024³ bytes), and a Cpu is wanted"
        );
    }

    #[test]
    fn arithmetic() {
        let d = |text| Decimal::parse(text).unwrap();
        assert_eq!(cpu("500m").checked_mul(d("2")).unwrap(), cpu("1"));
        assert_eq!(cpu("1").checked_add(cpu("250m")).unwrap().to_string(), "1250m");
        assert_eq!(cpu("1").checked_sub(cpu("250m")).unwrap().to_string(), "750m");
        assert_eq!(cpu("1").checked_sub(cpu("2")).unwrap_err().message, "`1 - 2` is below zero, and a CPU amount is zero or more");
        assert_eq!(cpu("1").checked_div(d("4")).unwrap(), cpu("250m"));
        assert!(cpu("1").checked_div(d("3")).is_err());
        assert!(cpu("1").checked_div(d("0")).is_err());
        assert_eq!(cpu("1").checked_mul(d("0.000000001")).unwrap().to_string(), "1n");
        assert!(cpu("1").checked_mul(d("0.0000000001")).is_err());
        assert!(cpu("1").checked_mul(d("1").negated()).is_err());
        assert!(cpu("9223372036").checked_add(cpu("1")).is_err());
        assert_eq!(cpu("1").ratio(cpu("250m")), Some(d("4")));
        assert_eq!(cpu("1").share(super::super::Percent::parse("12.5%").unwrap()).unwrap(), cpu("125m"));
        assert!(cpu("900m") < cpu("1"));
    }

    #[test]
    fn finer_results_are_not_for_kubernetes() {
        let fine = cpu("1").checked_mul(Decimal::parse("0.00025").unwrap()).unwrap();
        assert_eq!(fine.to_string(), "250u");
        assert_eq!(fine.kubernetes().unwrap_err().replacement.as_deref(), Some("1m"));
        assert_eq!(cpu("1500m").kubernetes().unwrap(), "1500m");
        assert_eq!(cpu("1500m").cores().to_string(), "1.5");
    }
}
