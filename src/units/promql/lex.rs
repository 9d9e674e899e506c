//! Text to tokens, each with its place.

use super::{Fault, fault};
use std::ops::Range;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A number as written, with what it is: `0x1f`, `1e3`, `Inf`.
    Number,
    /// A duration in milliseconds: `1h30m`.
    Duration(u64),
    /// Text without its quotes.
    Text(String),
    /// A name or a keyword.
    Word,
    /// A sign: `(`, `=~`, `==` …
    Sign(&'static str),
    End,
}

/// The longer first.
const SIGNS: [&str; 26] = [
    "==", "!=", "=~", "!~", "<=", ">=", "(", ")", "{", "}", "[", "]", ",", ":", "=", "<", ">", "+", "-", "*", "/", "%", "^", "@", "!", ".",
];

/// The tokens of a text; the last is [`Token::End`].
pub(super) fn lex(text: &str) -> Result<Vec<(Token, Range<usize>)>, Fault> {
    let mut tokens = Vec::new();
    let mut at = 0;
    // Inside brackets `:` parts range and step, outside it is part of a name.
    let mut brackets = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let skipped = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
        if skipped > 0 {
            at += skipped;
            continue;
        }
        if rest.starts_with('#') {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        let first = rest.chars().next().unwrap_or(' ');
        let is_number =
            first.is_ascii_digit() || first == '.' && rest.get(1..2).is_some_and(|c| c.starts_with(|c: char| c.is_ascii_digit()));
        let (token, length) = if is_number {
            number(rest, at)?
        } else if first.is_ascii_alphabetic() || first == '_' || first == ':' && brackets == 0 {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':' && brackets == 0)).unwrap_or(rest.len());
            (Token::Word, end)
        } else if matches!(first, '"' | '\'' | '`') {
            string(rest, first, at)?
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            match *sign {
                "[" => brackets += 1,
                "]" => brackets -= 1,
                _ => {}
            }
            (Token::Sign(sign), sign.len())
        } else {
            return fault(at..at + first.len_utf8(), format!("`{}` means nothing in PromQL", first.escape_debug()));
        };
        tokens.push((token, at..at + length));
        at += length;
    }
    tokens.push((Token::End, text.len()..text.len()));
    Ok(tokens)
}

/// The units of durations in milliseconds, in the order in which they must stand.
const UNITS: [(&str, u64); 7] =
    [("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

fn number(rest: &str, at: usize) -> Result<(Token, usize), Fault> {
    let digits = |from: usize| rest.get(from..).map_or(0, |r| r.len() - r.trim_start_matches(|c: char| c.is_ascii_digit()).len());
    let letters = |from: usize| rest.get(from..).map_or(0, |r| r.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(r.len()));
    if rest.starts_with("0x") || rest.starts_with("0X") {
        let length = 2 + letters(2);
        let is_hex = length > 2 && rest.get(2..length).is_some_and(|r| r.bytes().all(|b| b.is_ascii_hexdigit()));
        return if is_hex { Ok((Token::Number, length)) } else { fault(at..at + length, "this is no number") };
    }
    let whole = digits(0);
    let unit = rest.get(whole..).and_then(|r| r.chars().next()).unwrap_or(' ');
    if whole > 0 && unit.is_ascii_alphabetic() && !matches!(unit, 'e' | 'E') {
        return duration(rest, at, letters(0));
    }
    let mut end = whole;
    if rest.get(end..).is_some_and(|r| r.starts_with('.')) {
        end += 1 + digits(end + 1);
    }
    if rest.get(end..).is_some_and(|r| r.starts_with(['e', 'E'])) {
        let sign = usize::from(rest.get(end + 1..).is_some_and(|r| r.starts_with(['+', '-'])));
        let exponent = digits(end + 1 + sign);
        if exponent == 0 {
            return fault(at..at + end + 1 + letters(end + 1), "this is no number: its exponent has no digits");
        }
        end += 1 + sign + exponent;
    }
    let odd = letters(end);
    if odd > 0 {
        return fault(at..at + end + odd, format!("`{}` is no number and no duration", rest.get(..end + odd).unwrap_or("")));
    }
    Ok((Token::Number, end))
}

fn duration(rest: &str, at: usize, length: usize) -> Result<(Token, usize), Fault> {
    let text = rest.get(..length).unwrap_or("");
    let wrong = |why: &str| fault(at..at + length, format!("`{text}` is no duration of Prometheus: {why}"));
    let (mut total, mut last, mut left) = (0u64, None, text);
    while !left.is_empty() {
        let (digits, after) = left.split_at(left.find(|c: char| !c.is_ascii_digit()).unwrap_or(left.len()));
        let (unit, after) = after.split_at(after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len()));
        let Some((place, (_, factor))) = UNITS.iter().enumerate().find(|(_, (known, _))| *known == unit) else {
            return wrong("its units are `y w d h m s ms`");
        };
        if last.is_some_and(|last| place <= last) {
            return wrong("the longer unit comes first, and each once");
        }
        last = Some(place);
        let part = digits.parse::<u64>().ok().and_then(|n| n.checked_mul(*factor)).and_then(|n| total.checked_add(n));
        match part {
            Some(sum) => total = sum,
            None => return wrong("it is too long"),
        }
        left = after;
    }
    Ok((Token::Duration(total), length))
}

fn string(rest: &str, quote: char, at: usize) -> Result<(Token, usize), Fault> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((place, c)) = chars.next() {
        if c == quote {
            return Ok((Token::Text(text), place + 1));
        }
        if c == '\n' && quote != '`' {
            break;
        }
        if c != '\\' || quote == '`' {
            text.push(c);
            continue;
        }
        let Some((_, escape)) = chars.next() else { break };
        let mut code = |count: usize, radix: u32| {
            let digits: String = (0..count).filter_map(|_| chars.next()).map(|(_, c)| c).collect();
            u32::from_str_radix(&digits, radix).ok().filter(|_| digits.len() == count).and_then(char::from_u32)
        };
        let read = match escape {
            'a' => Some('\x07'),
            'b' => Some('\x08'),
            'f' => Some('\x0c'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\x0b'),
            '\\' => Some('\\'),
            c if c == quote => Some(c),
            'x' => code(2, 16),
            'u' => code(4, 16),
            'U' => code(8, 16),
            '0'..='7' => code(2, 8).map(|_| '0'),
            _ => None,
        };
        match read {
            Some(c) => text.push(c),
            None => {
                return Err(Fault {
                    at: at + place..at + place + 1 + escape.len_utf8(),
                    message: format!("`\\{escape}` is no escape in a string of PromQL"),
                    help: Some(format!("write the backslash twice: `\\\\{escape}`")),
                    among: Vec::new(),
                });
            }
        }
    }
    fault(at..at + 1, "this string has no end")
}
