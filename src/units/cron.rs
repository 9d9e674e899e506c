//! Cron schedules, as the CronJob controller reads them.

use std::fmt;

use super::UnitError;
use super::duration::Duration;
use super::literal::shown;

/// A legal schedule: five fields, or a macro such as `@daily`. It carries no time zone; a CronJob has a field for that.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cron(Box<str>);

struct Field {
    name: &'static str,
    min: u32,
    max: u32,
    /// Words that stand for numbers, from `min` on.
    words: &'static [&'static str],
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const FIELDS: [Field; 5] = [
    Field { name: "minute", min: 0, max: 59, words: &[] },
    Field { name: "hour", min: 0, max: 23, words: &[] },
    Field { name: "day of the month", min: 1, max: 31, words: &[] },
    Field { name: "month", min: 1, max: 12, words: &MONTHS },
    Field { name: "day of the week", min: 0, max: 6, words: &DAYS },
];
const MACROS: [&str; 7] = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// The days of each month, February's in a leap year.
const LENGTHS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

impl Cron {
    /// Reads a schedule.
    ///
    /// # Errors
    /// When a field is wrong, when a time zone stands inside (`C11`), or when no day exists on which it would run.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let error = |why: &str| UnitError::new(format!("{} is no schedule: {why}", shown(text)));
        if let Some(rest) = text.strip_prefix("CRON_TZ=").or_else(|| text.strip_prefix("TZ=")) {
            let error = UnitError::new(format!("{} has a time zone inside, which Kubernetes refuses", shown(text)));
            let help = "give the time zone beside the schedule: a CronJob has a field `timeZone` for it";
            return Err(match rest.split_once(' ') {
                Some((_, schedule)) if Self::parse(schedule).is_ok() => error.replace(schedule).help(help),
                _ => error.help(help),
            });
        }
        if text.chars().any(|c| c.is_whitespace() && c != ' ') || text.trim() != text {
            let error = error("its fields are joined by spaces, with none around them");
            let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
            return Err(if Self::parse(&joined).is_ok() { error.replace(joined) } else { error });
        }
        if text.starts_with('@') {
            return check_macro(text).map(|()| Self(text.into()));
        }
        let count = text.split_whitespace().count();
        if count != FIELDS.len() {
            let why = format!("it has {count} fields, and needs 5: minute, hour, day of the month, month, day of the week");
            let error = error(&why);
            return Err(if count == 6 { error.help("Kubernetes knows no seconds and no years: leave that field out") } else { error });
        }
        let mut sets = [0u64; 5];
        for ((field, part), set) in FIELDS.iter().zip(text.split_whitespace()).zip(&mut sets) {
            *set = field.parse(part).map_err(|fault| {
                let error = error(&fault.why);
                match fault.fixed {
                    Some(fixed) => error.help(format!("write `{fixed}` for the {}", field.name)),
                    None => error,
                }
            })?;
        }
        let [_, _, days, months, week] = sets;
        // With a day of the week too, either of the two suffices; alone, the day must exist in some month.
        let every_day = week.count_ones() == 7;
        let exists = LENGTHS.iter().zip(1..).any(|(&length, month)| months & (1u64 << month) != 0 && days.trailing_zeros() <= length);
        if every_day && !exists {
            return Err(UnitError::new(format!("{} never runs: none of its months has such a day", shown(text))));
        }
        Ok(Self(text.into()))
    }

    /// The schedule as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is wrong with a field, and what to write there.
struct Fault {
    why: String,
    fixed: Option<String>,
}

fn fault(why: String) -> Fault {
    Fault { why, fixed: None }
}

impl Field {
    /// The numbers that a field names, a bit each.
    fn parse(&self, text: &str) -> Result<u64, Fault> {
        let mut set = 0;
        for part in text.split(',') {
            set |= self.part(part)?;
        }
        Ok(set)
    }

    fn part(&self, text: &str) -> Result<u64, Fault> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (text, None),
        };
        let step = match step {
            None => 1,
            Some(step) => {
                let value = if step.bytes().all(|b| b.is_ascii_digit()) { step.parse::<usize>().ok() } else { None };
                value
                    .filter(|value| (1..=60).contains(value))
                    .ok_or_else(|| fault(format!("the step {} of the {} is 1 to 60", shown(step), self.name)))?
            }
        };
        let (low, high) = match range.split_once('-') {
            _ if matches!(range, "*" | "?") => (self.min, self.max),
            Some((low, high)) => (self.value(low)?, self.value(high)?),
            None => {
                let value = self.value(range)?;
                // `5/10` means from 5 on.
                (value, if text.contains('/') { self.max } else { value })
            }
        };
        if low > high {
            return Err(fault(format!("the range {} of the {} runs backwards", shown(range), self.name)));
        }
        Ok((low..=high).step_by(step).fold(0, |set, value| set | (1 << value)))
    }

    fn value(&self, text: &str) -> Result<u32, Fault> {
        if text.is_empty() {
            return Err(fault(format!("a part of the {} is empty", self.name)));
        }
        if let Some((_, value)) = self.words.iter().zip(self.min..).find(|(word, _)| word.eq_ignore_ascii_case(text)) {
            return Ok(value);
        }
        let value = if text.bytes().all(|b| b.is_ascii_digit()) { text.parse::<u32>().ok() } else { None };
        match value {
            Some(value) if (self.min..=self.max).contains(&value) => Ok(value),
            Some(7) if self.max == 6 => {
                Err(Fault { why: "the day of the week is 0 (Sunday) to 6 (Saturday), not 7".to_owned(), fixed: Some("0".to_owned()) })
            }
            _ => {
                // `monday` and `MONDAY` begin with the word that is meant.
                let lower = text.to_lowercase();
                let fixed = self.words.iter().find(|word| lower.starts_with(**word)).map(|word| (*word).to_owned());
                Err(Fault { why: format!("{} is no {}, which is {} to {}", shown(text), self.name, self.min, self.max), fixed })
            }
        }
    }
}

fn check_macro(text: &str) -> Result<(), UnitError> {
    let error = UnitError::new(format!("{} is no schedule", shown(text)));
    if MACROS.contains(&text) {
        return Ok(());
    }
    if text == "@reboot" {
        return Err(error.help("a cluster has no boot; a job that runs once is a `job`"));
    }
    if let Some(every) = text.strip_prefix("@every ") {
        let every = Duration::parse(every)?;
        if every.seconds().is_none_or(|seconds| seconds < 1) {
            return Err(error.help("the span is whole seconds, and at least one"));
        }
        // The controller reads a Go duration, which has no days.
        return if text.contains('d') { Err(error.replace(format!("@every {every}"))) } else { Ok(()) };
    }
    let lower = text.to_lowercase();
    if MACROS.contains(&lower.as_str()) {
        return Err(error.replace(lower));
    }
    Err(error.help(format!("the macros are {} and `@every 1h`", MACROS.map(|name| format!("`{name}`")).join(", "))))
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn accepts() {
        for text in [
            "* * * * *",
            "*/5 * * * *",
            "0 3 * * *",
            "59 23 31 12 6",
            "0 0 1,15 * MON-FRI",
            "5/10 0-6/2 ? jan-Mar,dec *",
            "0 0 29 2 *",
            "0 0 30 2 1",
            "0 0 31 2,3 *",
            "@daily",
            "@every 1h30m",
        ] {
            assert_eq!(Cron::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn refuses() {
        for (text, part) in [
            ("", "it has 0 fields"),
            ("* * * *", "it has 4 fields"),
            ("0 * * * * *", "no seconds"),
            ("60 * * * *", "`60` is no minute, which is 0 to 59"),
            ("* 24 * * *", "no hour"),
            ("* * 0 * *", "no day of the month"),
            ("* * 32 * *", "no day of the month"),
            ("* * * 13 *", "no month"),
            ("* * * 0 *", "no month"),
            ("* * * * 7", "write `0`"),
            ("* * * * monday", "write `mon`"),
            ("*/0 * * * *", "the step `0`"),
            ("*/x * * * *", "the step `x`"),
            ("*/-1 * * * *", "the step `-1`"),
            ("*/ * * * *", "the step ``"),
            ("30-10 * * * *", "runs backwards"),
            ("1,,2 * * * *", "is empty"),
            ("-5 * * * *", "is empty"),
            ("4294967296 * * * *", "no minute"),
            ("0 0 30 2 *", "never runs"),
            ("0 0 31 4,6 *", "never runs"),
            ("TZ=Europe/Berlin 0 3 * * *", "time zone inside"),
            ("CRON_TZ=UTC 0 3 * * *", "time zone inside"),
            ("@reboot", "no boot"),
            ("@Daily", "write `@daily`"),
            ("@noon", "the macros are"),
            ("@every 5", "no unit of time"),
            ("@every 1d", "write `@every 24h`"),
            ("@every 500ms", "at least one"),
            (" 0 3 * * *", "write `0 3 * * *`"),
            ("0\t3 * * *", "write `0 3 * * *`"),
        ] {
            let error = Cron::parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
        assert_eq!(Cron::parse("TZ=UTC 0 3 * * *").unwrap_err().replacement.as_deref(), Some("0 3 * * *"));
    }
}
