//! Spans of time: `30s`, `1h30m`, `1d`.

use std::fmt;

use super::amount::{Noun, arithmetic};
use super::literal::{self, shown, split, wrong_unit};
use super::{Decimal, UnitError};

const NOUN: Noun = Noun { noun: "duration", smallest: "nanoseconds", largest: "about 292 years" };

const SECOND: i64 = 1_000_000_000;

/// The units, the longest first, each with its nanoseconds and its name. A day is 24 hours.
const UNITS: [(&str, i64, &str); 7] = [
    ("d", 24 * 3600 * SECOND, "day"),
    ("h", 3600 * SECOND, "hour"),
    ("m", 60 * SECOND, "minute"),
    ("s", SECOND, "second"),
    ("ms", 1_000_000, "millisecond"),
    ("us", 1000, "microsecond"),
    ("ns", 1, "nanosecond"),
];

/// A span of time in nanoseconds, zero or more.
///
/// Kubernetes, Argo and Istio read Go durations, which know no day: the text printed goes up to hours. It has no fractions
/// either, because the Gateway API's durations have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(i64);

arithmetic!(Duration, i64, NOUN, simple);

impl Duration {
    /// No time.
    pub const ZERO: Self = Self(0);

    /// A span in nanoseconds; None below zero.
    pub fn from_nanos(nanos: i64) -> Option<Self> {
        (nanos >= 0).then_some(Self(nanos))
    }

    /// A span in seconds; None below zero and past what can be counted.
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        seconds.checked_mul(SECOND).and_then(Self::from_nanos)
    }

    /// The nanoseconds.
    pub fn nanos(self) -> i64 {
        self.0
    }

    /// The seconds, where they are whole.
    pub fn seconds(self) -> Option<i64> {
        (self.0 % SECOND == 0).then_some(self.0 / SECOND)
    }

    /// The milliseconds, where they are whole.
    pub fn millis(self) -> Option<i64> {
        (self.0 % 1_000_000 == 0).then_some(self.0 / 1_000_000)
    }

    /// Reads numbers with units, the longest unit first and each at most once: `30s`, `1h30m`, `1.5h`, `1d`.
    ///
    /// # Errors
    /// When the text is something else (a bare number among it), finer than a nanosecond, or more than can be counted.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        Self::read(text).map_err(|error| literal::settle(error, Self::read))
    }

    fn read(text: &str) -> Result<Self, UnitError> {
        let (mut value, mut rest) = split(text, NOUN.noun)?;
        if rest.is_empty() {
            return Err(no_unit(text));
        }
        let mut total = 0i64;
        let mut last = None;
        let mut ordered = true;
        loop {
            let end = rest.bytes().position(|b| !b.is_ascii_alphabetic()).unwrap_or(rest.len());
            let (unit, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
            let Some((index, (_, nanos, _))) = UNITS.iter().enumerate().find(|(_, (name, _, _))| *name == unit) else {
                return Err(bad_unit(text));
            };
            ordered &= last.is_none_or(|last| last < index);
            last = Some(index);
            let part = value.scaled(i128::from(*nanos)).map_err(|fault| NOUN.fault(&shown(text), fault))?;
            let part = Self::from_units(part, || shown(text))?;
            total = total.checked_add(part.0).ok_or_else(|| NOUN.fault(&shown(text), super::decimal::Fault::Overflow))?;
            if tail.is_empty() {
                break;
            }
            (value, rest) = split(tail, NOUN.noun).map_err(|_| bad_unit(text))?;
            if rest.is_empty() {
                return Err(UnitError::new(format!("{} ends in a number without a unit", shown(text)))
                    .help("every number of a duration has its unit: `1h30m`"));
            }
        }
        if ordered {
            Ok(Self(total))
        } else {
            let error = UnitError::new(format!("{} does not name each unit once, the longest first", shown(text)));
            Err(error.replace(Self(total).to_string()))
        }
    }

    /// Whether a literal's rest begins with a unit of time and may be a duration.
    pub(super) fn has_unit(rest: &str) -> bool {
        let end = rest.bytes().position(|b| !b.is_ascii_alphabetic()).unwrap_or(rest.len());
        rest.get(..end).is_some_and(|unit| UNITS.iter().any(|(name, _, _)| *name == unit))
    }

    /// The span in words: "1 hour 30 minutes".
    pub fn in_words(self) -> String {
        let mut out = String::new();
        let mut rest = self.0;
        for (_, nanos, name) in UNITS {
            let count = rest / nanos;
            rest %= nanos;
            if count > 0 || (self.0 == 0 && name == "second") {
                let (gap, plural) = (if out.is_empty() { "" } else { " " }, if count == 1 { "" } else { "s" });
                out.push_str(&format!("{gap}{count} {name}{plural}"));
            }
        }
        out
    }
}

fn no_unit(text: &str) -> UnitError {
    UnitError::new(format!("{} has no unit of time", shown(text)))
        .help(format!("write `{text}s` for seconds, `{text}m` for minutes, `{text}h` for hours"))
        .replace(format!("{text}s"))
}

fn bad_unit(text: &str) -> UnitError {
    let end = text.bytes().position(|b| !b.is_ascii_digit() && b != b'.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end).unwrap_or((text, ""));
    let error = UnitError::new(format!("{} is no duration", shown(text)));
    let short = match unit.to_lowercase().as_str() {
        "sec" | "secs" | "second" | "seconds" => "s",
        "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        "msec" | "millis" | "milliseconds" => "ms",
        "µs" | "μs" | "usec" | "micros" | "microseconds" => "us",
        "nsec" | "nanos" | "nanoseconds" => "ns",
        "s" => "s",
        "w" | "week" | "weeks" => {
            let days = Decimal::parse(number).ok().and_then(|weeks| weeks.checked_mul(Decimal::from(7)));
            return match days {
                Some(days) => error.help(format!("there is no week; write `{days}d`")).replace(format!("{days}d")),
                None => error,
            };
        }
        _ => {
            // A text that begins as a duration has no other meaning, and asking for one would parse it again.
            let error = if Duration::has_unit(unit) { error } else { wrong_unit(text, NOUN.noun, "a Duration") };
            return if error.help.is_some() {
                error
            } else {
                error.help("the units of time are ns, us, ms, s, m, h and d: `30s`, `1h30m`")
            };
        }
    };
    error.replace(format!("{number}{short}"))
}

impl fmt::Display for Duration {
    /// A Go duration of whole numbers: `24h`, `1m30s`, `500ms`, `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (unit, nanos, _) in UNITS.iter().skip(1) {
            let count = rest / nanos;
            rest %= nanos;
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn duration(text: &str) -> Duration {
        Duration::parse(text).unwrap()
    }

    #[test]
    fn reads_and_prints_canonically() {
        for (text, printed) in [
            ("0s", "0s"),
            ("30s", "30s"),
            ("90s", "1m30s"),
            ("1h30m", "1h30m"),
            ("1.5h", "1h30m"),
            ("1d", "24h"),
            ("1d12h", "36h"),
            ("500ms", "500ms"),
            ("1.5s", "1s500ms"),
            ("1us", "1us"),
            ("1ns", "1ns"),
            ("1h1ms", "1h1ms"),
            ("2562047h", "2562047h"),
            ("9223372036854775807ns", "2562047h47m16s854ms775us807ns"),
        ] {
            assert_eq!(duration(text).to_string(), printed, "{text}");
            assert_eq!(duration(printed), duration(text), "{text}");
        }
    }

    #[test]
    fn refuses_with_the_fix() {
        for (text, replacement) in [
            ("5", Some("5s")),
            ("0", Some("0s")),
            ("1h-1m", None),
            ("99999999h", None),
            ("2562048h", None),
            ("9223372036854775808ns", None),
            ("106751d24h", None),
            ("0.5ns", None),
            ("-1s", None),
            ("-0s", None),
            ("1h30", None),
            ("30m1h", Some("1h30m")),
            ("1m1m", Some("2m")),
            ("5min", Some("5m")),
            ("5sec", Some("5s")),
            ("5µs", Some("5us")),
            ("2w", Some("14d")),
            ("1M", None),
            ("5S", Some("5s")),
            ("1h 30m", Some("1h30m")),
            ("4Gi", None),
            ("70%", None),
            ("1e3s", None),
            ("h", None),
            ("", None),
        ] {
            let error = Duration::parse(text).unwrap_err();
            assert_eq!(error.replacement.as_deref(), replacement, "{text}: {error}");
        }
        assert_eq!(
            Duration::parse("5").unwrap_err().to_string(),
            "`5` has no unit of time; write `5s` for seconds, `5m` for minutes, `5h` for hours"
        );
    }

    #[test]
    fn whole_units_and_words() {
        assert_eq!(duration("1m30s").seconds(), Some(90));
        assert_eq!(duration("1500ms").seconds(), None);
        assert_eq!(duration("1500ms").millis(), Some(1500));
        assert_eq!(duration("5m").in_words(), "5 minutes");
        assert_eq!(duration("1d1h1m").in_words(), "1 day 1 hour 1 minute");
        assert_eq!(Duration::ZERO.in_words(), "0 seconds");
    }

    #[test]
    fn arithmetic() {
        let d = |text| Decimal::parse(text).unwrap();
        assert_eq!(duration("1m").checked_mul(d("1.5")).unwrap(), duration("90s"));
        assert!(duration("5m").checked_sub(duration("10m")).is_err());
        assert!(duration("1ns").checked_div(d("2")).is_err());
        assert!(duration("2562047h").checked_add(duration("1h")).is_err());
        assert_eq!(duration("2m").ratio(duration("30s")), Some(d("4")));
    }
}
