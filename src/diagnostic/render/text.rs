//! Text of others made safe to print, and the part of a source that a message shows.

use crate::source::Span;
use std::fmt::Write;

/// Could this character move the cursor, hide itself or turn the direction of what follows? Line ends and tabs are not meant here.
/// C0, DEL and C1 carry terminal sequences (CVE-2021-25743); bidirectional controls make a line read as another (CVE-2021-42574).
pub(super) fn is_unsafe(c: char) -> bool {
    matches!(c,
        '\0'..='\x08' | '\x0b'..='\x1f' | '\x7f'..='\u{9f}'
        | '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// One line that is safe to print: what [`is_unsafe`] names becomes `\u{1b}`, line ends and tabs become `\n`, `\r`, `\t`.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_unsafe(c) => {
                let _ = write!(out, "\\u{{{:x}}}", c as u32);
            }
            c => out.push(c),
        }
    }
    out
}

/// [`escape`] for a text of several lines, which stay lines.
pub(super) fn escape_lines(text: &str) -> String {
    text.lines().map(escape).collect::<Vec<_>>().join("\n")
}

/// The same text with one visible character for each that is not safe, so that columns stay what they are.
pub(super) fn visible(text: &str) -> String {
    text.chars()
        .map(|c| if is_unsafe(c) && c != '\r' { '\u{fffd}' } else { c })
        .collect::<String>()
        .replace("\r\n", "\n")
        .replace('\r', "\u{fffd}")
}

/// The part of a JSON text outside ASCII that is not safe to print, as `\u` escapes: other bytes, the same value.
pub(super) fn escape_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        // A JSON writer has escaped C0 already. What is left stands inside a string, the only place where it may.
        if c >= '\x7f' && is_unsafe(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// A span's ends, brought inside the text, in order and onto character boundaries; an end between CR and LF moves before the CR.
pub(super) fn clamp(text: &str, span: Span) -> (usize, usize) {
    let inside = |at: u32| {
        let mut at = (at as usize).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let bytes = text.as_bytes();
        if at > 0 && bytes.get(at) == Some(&b'\n') && bytes.get(at - 1) == Some(&b'\r') { at - 1 } else { at }
    };
    let (start, end) = (inside(span.start), inside(span.end));
    (start, end.max(start))
}

/// Where the line that holds this byte ends, before its line end.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or("");
    let line = rest.split('\n').next().unwrap_or("");
    at + line.strip_suffix('\r').unwrap_or(line).len()
}

/// Whole lines of a source, safe to print, with the way from the source's offsets to theirs.
pub(super) struct Excerpt {
    /// The lines.
    pub text: String,
    /// Where they begin in the source.
    pub start: usize,
    /// Offsets in the source after which the excerpt is this much longer or shorter.
    shifts: Vec<(usize, isize)>,
}

/// A line longer than this is not shown: it is data, and nobody finds a mark below it.
const LONG: usize = 4096;

impl Excerpt {
    /// The lines that hold these ranges (clamped ones) and all between. None where a line is too long to be shown.
    pub fn around(source: &str, ranges: impl Iterator<Item = (usize, usize)>) -> Option<Self> {
        let (first, last) = ranges.fold((usize::MAX, 0), |(a, b), (start, end)| (a.min(start), b.max(end)));
        let start = source.get(..first)?.rfind('\n').map_or(0, |i| i + 1);
        let lines = source.get(start..line_end(source, last))?;
        if lines.split('\n').any(|l| l.len() > LONG) {
            return None;
        }
        let mut text = String::with_capacity(lines.len());
        let mut shifts = Vec::new();
        for (i, c) in lines.char_indices() {
            // The carriage return of a line end is dropped; alone it is one more unsafe character.
            let line_end = c == '\r' && lines.as_bytes().get(i + 1) == Some(&b'\n');
            let before = text.len();
            match c {
                _ if line_end => {}
                c if is_unsafe(c) => text.push('\u{fffd}'),
                c => text.push(c),
            }
            let shift = (text.len() - before) as isize - c.len_utf8() as isize;
            if shift != 0 {
                shifts.push((i, shift));
            }
        }
        Some(Excerpt { text, start, shifts })
    }

    /// The excerpt's offset of a source's offset.
    pub fn at(&self, offset: usize) -> usize {
        let offset = offset.saturating_sub(self.start);
        let shift: isize = self.shifts.iter().take_while(|(at, _)| *at < offset).map(|(_, by)| by).sum();
        offset.saturating_add_signed(shift).min(self.text.len())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;
    use crate::source::FileId;

    #[test]
    fn terminal_sequences_and_direction_marks_become_escapes() {
        assert_eq!(escape("a\x1b[31mb\u{9b}c\u{202e}d\u{200b}e\u{feff}f\ng\th"), r"a\u{1b}[31mb\u{9b}c\u{202e}d\u{200b}e\u{feff}f\ng\th");
        assert_eq!(escape("größe 日本 🚢"), "größe 日本 🚢");
        assert_eq!(escape_lines("a\n\x1bb"), "a\n\\u{1b}b");
    }

    #[test]
    fn json_keeps_its_value() {
        let value = serde_json::json!("a\u{202e}\u{9b}\u{e0041}\x1b\"é");
        let written = escape_json(&value.to_string());
        assert!(written.chars().all(|c| !is_unsafe(c)), "{written}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&written).unwrap(), value);
    }

    #[test]
    fn an_excerpt_maps_offsets_over_what_it_replaced() {
        let source = "x\r\na\u{9b}\u{202e}b\r\nc";
        let b = source.find('b').unwrap();
        let c = source.find('c').unwrap();
        let excerpt = Excerpt::around(source, [(b, b + 1), (c, c + 1)].into_iter()).unwrap();
        assert_eq!((excerpt.text.as_str(), excerpt.start), ("a\u{fffd}\u{fffd}b\nc", 3));
        assert_eq!(excerpt.text.get(excerpt.at(b)..excerpt.at(b + 1)), Some("b"));
        assert_eq!(excerpt.text.get(excerpt.at(c)..excerpt.at(c + 1)), Some("c"));
    }

    #[test]
    fn spans_are_brought_inside() {
        let at = |start, end| clamp("aé\r\n", Span { file: FileId(0), start, end });
        assert_eq!(at(0, 2), (0, 1));
        assert_eq!(at(4, 99), (3, 5));
        assert_eq!(at(9, 1), (5, 5));
    }
}
