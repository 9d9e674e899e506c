//! Scalars: which text may stand in YAML without quotes, and how the rest is escaped.
//!
//! The rule was measured, not read (security.md §4.3, dependencies.md §1): kubectl reads YAML 1.1 booleans and octal numbers, PyYAML reads
//! dates and base-60 numbers besides, and what is written here must be the same text to all of them. So text stands plain only when it is made of
//! harmless characters, begins with a letter, digit or `/`, is no word of a boolean or null, and, if it begins with a digit, has a letter
//! that occurs in no number or date. Escapes are those of JSON, so that one function serves both.

/// May not stand in plain text.
const NO: u8 = 1;
/// Occurs in no number, date or time: a letter outside `a-f o t x z`.
const WORD: u8 = 2;
/// `:` or a blank: may stand inside, not everywhere.
const INSIDE: u8 = 4;
/// May begin plain text.
const FIRST: u8 = 8;
const DIGIT: u8 = 16;
/// Must be escaped or looked at as a character in quotes.
const ESCAPE: u8 = 32;

#[allow(clippy::indexing_slicing, reason = "runs in the compiler, over all 256 bytes")]
static CLASS: [u8; 256] = {
    let mut table = [NO; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'a'..=b'f' | b'A'..=b'F' | b'o' | b'O' | b't' | b'T' | b'x' | b'X' | b'z' | b'Z' | b'/' => FIRST,
            b'a'..=b'z' | b'A'..=b'Z' => FIRST | WORD,
            b'0'..=b'9' => FIRST | DIGIT,
            b'_' | b'.' | b'@' | b'%' | b'+' | b'$' | b'(' | b')' | b',' | b'-' => 0,
            b':' | b' ' => INSIDE,
            0..0x20 | 0x7f..=0xff | b'"' | b'\\' => NO | ESCAPE,
            _ => NO,
        };
        byte += 1;
    }
    table
};

#[inline]
fn class(byte: u8) -> u8 {
    CLASS.get(usize::from(byte)).copied().unwrap_or(NO)
}

/// May the text stand in YAML as it is, as a key or a value, and be read as this text by every reader?
#[inline]
pub fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(first) = bytes.first().map(|byte| class(*byte)) else { return false };
    let all = bytes.iter().fold(0, |all, byte| all | class(*byte));
    if all & NO != 0 || first & FIRST == 0 || first & DIGIT != 0 && all & WORD == 0 {
        return false;
    }
    if all & INSIDE != 0 && !stands_inside(bytes) {
        return false;
    }
    bytes.len() > 5 || !is_word(bytes)
}

/// How many bytes [`is_name`] looks at.
pub const NAME: usize = 32;

/// Is it a name, such as most texts are: letters, digits and `-./_` alone, a letter first? [`is_plain`] is so of each name. The text is the first
/// `length` bytes of these; all are looked at, since a loop whose length the compiler knows takes sixteen bytes at a time.
#[inline]
pub fn is_name(bytes: &[u8; NAME], length: u32) -> bool {
    /// A window of it that begins so many bytes before its middle says which bytes are of a text of this length.
    static OWN: [u8; 2 * NAME] = {
        let mut own = [0; 2 * NAME];
        own.split_at_mut(NAME).0.copy_from_slice(&[1; NAME]);
        own
    };
    let is_letter = |byte: u8| (byte | 0x20).wrapping_sub(b'a') < 26;
    let is_part = |byte: u8| is_letter(byte) | (byte.wrapping_sub(b'-') <= b'9' - b'-') | (byte == b'_');
    let length = length as usize;
    let own = NAME.checked_sub(length).and_then(|from| OWN.get(from..)?.first_chunk::<NAME>());
    let (Some(own), Some(text)) = (own, bytes.get(..length)) else { return false };
    let others = bytes.iter().zip(own).fold(0, |others, (byte, own)| others | own & u8::from(!is_part(*byte)));
    others == 0 && text.first().is_some_and(|byte| is_letter(*byte)) && (length > 5 || !is_word(text))
}

/// Is each blank and colon one that may stand: no blank after a colon, neither at the end?
fn stands_inside(bytes: &[u8]) -> bool {
    !matches!(bytes.last(), Some(b':' | b' ')) && bytes.iter().zip(bytes.iter().skip(1)).all(|pair| pair != (&b':', &b' '))
}

/// A boolean or null of some version of YAML, in any case of its letters.
fn is_word(bytes: &[u8]) -> bool {
    // Most short words begin otherwise: `http`, `cpu`, `TCP`.
    matches!(bytes.first(), Some(b'y' | b'n' | b'o' | b't' | b'f' | b'i' | b'Y' | b'N' | b'O' | b'T' | b'F' | b'I'))
        && ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "inf", "nan"]
            .iter()
            .any(|word| word.as_bytes().eq_ignore_ascii_case(bytes))
}

/// Is the character written as it is in quotes and blocks? Controls are not, nor what YAML takes for a line end, nor what cannot be seen or
/// turns the reading direction, so that a reviewer sees all that there is.
fn is_visible(c: char) -> bool {
    !matches!(c,
        '\0'..'\x20' | '\x7f'..='\u{9f}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{10ffff}')
}

/// Writes text in double quotes with the escapes of JSON.
pub fn quoted(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| class(byte) & ESCAPE != 0) {
        let (clean, special) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.extend_from_slice(clean.as_bytes());
        let mut characters = special.chars();
        if let Some(c) = characters.next() {
            escaped(c, out);
        }
        rest = characters.as_str();
    }
    out.extend_from_slice(rest.as_bytes());
    out.push(b'"');
}

fn escaped(c: char, out: &mut Vec<u8>) {
    match c {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\t' => out.extend_from_slice(b"\\t"),
        '\r' => out.extend_from_slice(b"\\r"),
        // Past the first plane an escape is a pair of surrogates in JSON, which YAML does not know: those stay as they are.
        _ if is_visible(c) || c > '\u{ffff}' => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        _ => out.extend_from_slice(format!("\\u{:04x}", u32::from(c)).as_bytes()),
    }
}

/// The mark after `|` of a literal block that holds this text, if one can: `""`, `"-"` or `"+"`.
///
/// It can when there is more than one line, all is visible (tabs are), the first line begins with neither blank nor tab nor is empty,
/// since it tells the indentation, and no line ends in a blank or tab, which editors strip.
pub fn block(text: &str) -> Option<&'static str> {
    if !text.as_bytes().contains(&b'\n') {
        return None;
    }
    let body = text.trim_end_matches('\n');
    let newlines = text.len() - body.len();
    if body.starts_with(['\n', ' ', '\t']) || body.is_empty() {
        return None;
    }
    if body.ends_with([' ', '\t']) || body.contains(" \n") || body.contains("\t\n") {
        return None;
    }
    let legal = body.bytes().all(|byte| class(byte) & ESCAPE == 0 || matches!(byte, b'\n' | b'\t' | b'"' | b'\\'))
        || body.chars().all(|c| is_visible(c) || matches!(c, '\n' | '\t'));
    legal.then_some(match newlines {
        0 => "-",
        1 => "",
        _ => "+",
    })
}

/// Writes a whole number.
#[inline]
pub fn int(value: i64, out: &mut Vec<u8>) {
    if value < 0 {
        out.push(b'-');
    }
    let mut digits = [0; 20];
    let mut rest = value.unsigned_abs();
    let mut used = 0;
    for slot in digits.iter_mut().rev() {
        *slot = b'0' + (rest % 10) as u8;
        rest /= 10;
        used += 1;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(digits.len() - used..).unwrap_or(&[]));
}

/// Writes a finite number with a point and without an exponent, which PyYAML would read as text.
pub fn float(value: f64, out: &mut Vec<u8>) {
    let text = value.to_string();
    out.extend_from_slice(text.as_bytes());
    if !text.contains('.') {
        out.extend_from_slice(b".0");
    }
}

#[cfg(test)]
mod tests;
