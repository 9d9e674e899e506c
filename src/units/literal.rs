//! What all numeric literals share: splitting number from unit, and saying what a literal could have meant.

use super::{Bytes, Cpu, Decimal, Duration, Percent, Quantity, UnitError, Version};

/// The longest part of a text that a message repeats.
const SHOWN: usize = 60;

/// A text from a program as a message quotes it: in backticks, invisible characters escaped, long texts cut.
pub fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(SHOWN) + 2);
    out.push('`');
    for (index, c) in text.chars().enumerate() {
        if index == SHOWN {
            out.push('…');
            break;
        }
        match c {
            // Quotes and backslashes are plain to see; escaping them would misquote the program.
            '"' | '\'' | '\\' => out.push(c),
            _ => out.extend(c.escape_debug()),
        }
    }
    out.push('`');
    out
}

/// Splits a literal into its number and its unit, which may be empty. `noun` is what the literal should be, for messages.
pub(super) fn split<'a>(text: &'a str, noun: &str) -> Result<(Decimal, &'a str), UnitError> {
    if let Some((number, unit)) = plain(text) {
        return Ok((Decimal::from(number), unit));
    }
    let end = text.bytes().position(|b| !b.is_ascii_digit() && b != b'.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end).unwrap_or((text, ""));
    let fault = if number.is_empty() || unit_is_odd(number, unit) {
        Some(not_a_number(text, unit, noun))
    } else {
        malformed(text, number, unit, noun)
    };
    if let Some(error) = fault {
        return Err(error);
    }
    let value = Decimal::from_digits(number).ok_or_else(|| UnitError::new(format!("{} has more than 30 digits", shown(text))))?;
    Ok((value, unit))
}

/// Nearly every literal: a whole number of few digits, and a unit of letters that no exponent and no base begins. What is anything else,
/// wrong or right, is for the whole of [`split`].
fn plain(text: &str) -> Option<(i64, &str)> {
    let mut number = 0;
    let mut digits = 0;
    for byte in text.bytes().take_while(u8::is_ascii_digit) {
        number = if digits < 18 { number * 10 + i64::from(byte - b'0') } else { return None };
        digits += 1;
    }
    let unit = text.get(digits..)?;
    let zeros = digits > 1 && text.starts_with('0');
    let odd = |byte: u8| !byte.is_ascii_alphabetic() || matches!(byte, b'e' | b'E' | b'x' | b'X' | b'o' | b'b');
    (digits > 0 && !zeros && (unit == "%" || !unit.bytes().any(odd))).then_some((number, unit))
}

/// A whole number and its unit as one text: every amount of every container is written so, and formatting takes thrice as long.
pub(super) fn counted<R>(number: i64, unit: &str, then: impl FnOnce(&str) -> R) -> R {
    let mut text = [0; 32];
    let mut places = text.iter_mut().rev();
    unit.bytes().rev().zip(&mut places).for_each(|(byte, place)| *place = byte);
    let mut rest = number.unsigned_abs();
    for place in &mut places {
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0
        && let Some(place) = places.next()
    {
        *place = b'-';
    }
    let from = places.len();
    then(text.get(from..).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default())
}

/// Follows an error's replacement until it is one that `read` takes: `+5` becomes `5`, and where a Duration is wanted `5s`.
///
/// A replacement that no reading accepts would fix one mistake with another, so it is dropped.
pub(super) fn settle<T>(mut error: UnitError, read: impl Fn(&str) -> Result<T, UnitError>) -> UnitError {
    let plain = |text: &str| format!("write `{text}`");
    // Each step removes one kind of mistake wholly; there are fewer kinds than steps.
    for _ in 0..6 {
        let Some(text) = error.replacement.take() else { break };
        let next = match read(&text) {
            Ok(_) => {
                error.replacement = Some(text);
                return error;
            }
            Err(next) => next.replacement,
        };
        if error.help.as_ref().is_some_and(|help| *help == plain(&text)) {
            error.help = next.as_deref().map(plain);
        }
        error.replacement = next;
    }
    error.replacement = None;
    error
}

/// True for a rest that no unit begins: an exponent, a base, a digit separator, a space.
fn unit_is_odd(number: &str, unit: &str) -> bool {
    if unit.contains(char::is_whitespace) {
        return true;
    }
    let mut rest = unit.chars();
    match rest.next() {
        None => false,
        Some('e' | 'E') => {
            let digits = rest.as_str().trim_start_matches(['+', '-']);
            digits.starts_with(|c: char| c.is_ascii_digit())
        }
        Some('x' | 'X' | 'o' | 'b') => number == "0",
        Some('%') => !rest.as_str().is_empty(),
        Some(c) => !c.is_alphabetic(),
    }
}

fn not_a_number(text: &str, unit: &str, noun: &str) -> UnitError {
    let quoted = shown(text);
    if text.is_empty() {
        return UnitError::new(format!("an empty text is no {noun}"));
    }
    if text.contains(char::is_whitespace) {
        let joined: String = text.split_whitespace().collect();
        return UnitError::new(format!("{quoted} has a space in it")).replace(joined).help("the unit follows its number without a space");
    }
    if text.starts_with('-') {
        return UnitError::new(format!("{quoted} is no {noun}: it has a minus sign, and a {noun} is zero or more"));
    }
    if let Some(rest) = text.strip_prefix('+').map(|rest| rest.trim_start_matches('+')) {
        return UnitError::new(format!("{quoted} has a plus sign, which no number here takes")).replace(rest);
    }
    if text.contains('_') {
        return UnitError::new(format!("{quoted} has a `_` among its digits")).replace(text.replace('_', ""));
    }
    if text.starts_with('0') && unit.starts_with(['x', 'X', 'o', 'b']) {
        return UnitError::new(format!("{quoted} is no {noun}: numbers are decimal"));
    }
    if unit.starts_with(['e', 'E']) {
        let error = UnitError::new(format!("{quoted} has an exponent, which no number here takes"));
        return match expanded(text, unit) {
            Some(digits) => error.replace(digits),
            None => error.help("write the number out, with a unit"),
        };
    }
    let error = UnitError::new(format!("{quoted} is no {noun}"));
    if text.contains(',') { error.replace(text.replacen(',', ".", 1)) } else { error }
}

/// The digits that an exponent stands for, where they are few: `1e3` is `1000`.
fn expanded(text: &str, unit: &str) -> Option<String> {
    let exponent: i32 = unit.get(1..)?.parse().ok()?;
    let number = Decimal::from_digits(text.get(..text.len() - unit.len())?)?;
    let power = 10i128.checked_pow(exponent.unsigned_abs())?;
    let value = if exponent < 0 { Decimal::new(1, exponent.unsigned_abs())? } else { Decimal::new(power, 0)? };
    let value = number.checked_mul(value)?;
    (exponent.abs() <= 18).then(|| value.to_string())
}

/// Faults of the digits themselves: stray points, leading zeros.
fn malformed(text: &str, number: &str, unit: &str, noun: &str) -> Option<UnitError> {
    // Nearly every literal is right, and nothing of it is quoted then.
    let quoted = || shown(text);
    if number.bytes().filter(|&b| b == b'.').count() > 1 {
        return Some(UnitError::new(format!("{} is no {noun}: it has more than one point", quoted())));
    }
    if number == "." {
        return Some(UnitError::new(format!("{} is no {noun}", quoted())));
    }
    if number.starts_with('.') {
        return Some(UnitError::new(format!("{} has no digit before its point", quoted())).replace(format!("0{text}")));
    }
    if let Some(whole) = number.strip_suffix('.') {
        return Some(UnitError::new(format!("{} has no digit after its point", quoted())).replace(format!("{whole}{unit}")));
    }
    let stripped = number.trim_start_matches('0');
    let short =
        if stripped.is_empty() || stripped.starts_with('.') { number.len() - stripped.len() - 1 } else { number.len() - stripped.len() };
    if short > 0 && number.starts_with('0') {
        let rest = text.get(short..).unwrap_or_default();
        return Some(UnitError::new(format!("{} starts with a zero that means nothing", quoted())).replace(rest));
    }
    None
}

/// Reads a whole number without sign or unit.
///
/// # Errors
/// When the text is no such number, or is larger than 2^63 - 1.
pub fn int(text: &str) -> Result<i64, UnitError> {
    read_int(text).map_err(|error| settle(error, read_int))
}

fn read_int(text: &str) -> Result<i64, UnitError> {
    let (value, unit) = split(text, "whole number")?;
    if !unit.is_empty() {
        return Err(wrong_unit(text, "whole number", "an Int"));
    }
    if value.scale() > 0 {
        return Err(UnitError::new(format!("{} is no whole number", shown(text))));
    }
    value.to_int().ok_or_else(|| UnitError::new(format!("{} is larger than the largest Int, {}", shown(text), i64::MAX)))
}

/// The error for a literal whose unit belongs to other types: it says which.
pub(super) fn wrong_unit(text: &str, noun: &str, wanted: &str) -> UnitError {
    let error = UnitError::new(format!("{} is no {noun}", shown(text)));
    let meanings = meanings(text);
    if meanings.is_empty() { error } else { error.help(format!("as it stands it is {}, and {wanted} is wanted", meanings.join(" or "))) }
}

/// The numeric types that a literal fits, as a message names them: `5m` fits "a Cpu", "a Duration" and "a Quantity".
pub fn fits(text: &str) -> Vec<&'static str> {
    let mut types = Vec::new();
    let mut add = |fits: bool, name| {
        if fits {
            types.push(name);
        }
    };
    add(int(text).is_ok(), "an Int");
    add(Decimal::parse(text).is_ok(), "a Float");
    add(Cpu::parse(text).is_ok(), "a Cpu");
    add(Bytes::parse(text).is_ok(), "a Bytes");
    add(Duration::parse(text).is_ok(), "a Duration");
    add(Percent::parse(text).is_ok(), "a Percent");
    add(Version::parse(text).is_ok(), "a Version");
    add(Quantity::parse(text).is_ok(), "a Quantity");
    types
}

/// The types with a unit that a literal fits, each with its meaning: `5m` is "a Cpu (5 milli-CPU)" or "a Duration (5 minutes)".
///
/// A Quantity is named only where nothing closer fits, since it reads every number.
pub fn meanings(text: &str) -> Vec<String> {
    let end = text.bytes().position(|b| !b.is_ascii_digit() && b != b'.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end).unwrap_or((text, ""));
    let mut all = Vec::new();
    // Only units that exist are tried: each parse that fails would ask for the meanings again.
    match unit {
        "" => {}
        "n" | "u" | "m" if Cpu::parse(text).is_ok() => {
            let name = match unit {
                "n" => "nano",
                "u" => "micro",
                _ => "milli",
            };
            all.push(format!("a Cpu ({number} {name}-CPU)"));
        }
        "%" if Percent::parse(text).is_ok() => all.push(format!("a Percent ({text})")),
        _ => {}
    }
    if let Some(factor) = super::bytes::factor_in_words(unit)
        && Bytes::parse(text).is_ok()
    {
        all.push(format!("a Bytes ({number} × {factor} bytes)"));
    }
    if Duration::has_unit(unit)
        && let Ok(duration) = Duration::parse(text)
    {
        all.push(format!("a Duration ({})", duration.in_words()));
    }
    if all.is_empty() && matches!(unit, "n" | "u" | "m") && Quantity::parse(text).is_ok() {
        all.push("a Quantity".to_owned());
    }
    all
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn messages_quote_hostile_texts_safely() {
        assert_eq!(shown("a\u{202e}b\n"), "`a\\u{202e}b\\n`");
        assert_eq!(shown("it's \"x\""), "`it's \"x\"`");
        assert_eq!(shown(&"x".repeat(1000)).chars().count(), 63);
    }

    #[test]
    fn ints() {
        assert_eq!(int("0"), Ok(0));
        assert_eq!(int("9223372036854775807"), Ok(i64::MAX));
        for (text, replacement) in [
            ("9223372036854775808", None),
            ("18446744073709551616", None),
            ("-0", None),
            ("1e999", None),
            ("0x10", None),
            ("", None),
            ("NaN", None),
            ("1.5", None),
            ("5m", None),
            (".", None),
            ("08", Some("8")),
            ("00", Some("0")),
            ("1_000", Some("1000")),
            ("1e3", Some("1000")),
            ("1.5e2", Some("150")),
            ("1.5e-2", None),
            ("++5", Some("5")),
            ("+5", Some("5")),
            (".5", None),
            ("5.", Some("5")),
            ("00.5", None),
            ("1 000", Some("1000")),
        ] {
            let error = int(text).unwrap_err();
            assert_eq!(error.replacement.as_deref(), replacement, "{text}: {error}");
        }
    }

    #[test]
    fn every_type_a_literal_fits_is_named() {
        assert_eq!(fits("5m"), ["a Cpu", "a Duration", "a Quantity"]);
        assert_eq!(fits("4Gi"), ["a Bytes", "a Quantity"]);
        assert_eq!(fits("1h30m"), ["a Duration"]);
        assert_eq!(fits("70%"), ["a Percent"]);
        assert_eq!(fits("1.34"), ["a Float", "a Cpu", "a Version", "a Quantity"]);
        assert_eq!(fits("3"), ["an Int", "a Float", "a Cpu", "a Bytes", "a Quantity"]);
        assert!(fits("5furlongs").is_empty());
        assert_eq!(meanings("5m"), ["a Cpu (5 milli-CPU)", "a Duration (5 minutes)"]);
        assert_eq!(meanings("4Gi"), ["a Bytes (4 × 1024³ bytes)"]);
        assert_eq!(meanings("1h30m"), ["a Duration (1 hour 30 minutes)"]);
        let error = int("5m").unwrap_err();
        assert_eq!(error.help.as_deref(), Some("as it stands it is a Cpu (5 milli-CPU) or a Duration (5 minutes), and an Int is wanted"));
    }
}
