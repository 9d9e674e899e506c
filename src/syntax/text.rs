//! What stands between the quotes of a string: escapes, line ends, and the indentation of `"""`.
//!
//! The rule of `"""`: line ends become LF. A line end directly behind the opening quotes is dropped. Then the blanks that all lines begin with
//! are removed from each; blank lines do not count, the line of the closing quotes does. The text ends with a line end when the closing
//! quotes stand on a line of their own, else with its last character. Escapes are read last, so that `\u{20}` is a blank that stays.

use super::recover::{self, Found};
use crate::source::{FileId, Span};
use std::borrow::Cow;

/// The quotes that interpolate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Quote {
    /// `"`, on one line.
    Single,
    /// `"""`.
    Triple,
}

impl Quote {
    pub(super) fn text(self) -> &'static str {
        match self {
            Quote::Single => "\"",
            Quote::Triple => "\"\"\"",
        }
    }
    pub(super) fn length(self) -> usize {
        self.text().len()
    }
}

/// A stretch of a string in its source: `start..end`, and whether an interpolation follows.
#[derive(Clone, Copy)]
pub(super) struct Stretch<'s> {
    pub(super) text: &'s str,
    pub(super) start: usize,
}

/// The stretches between the interpolations of one string, as they are meant. There is always one more of them than of interpolations.
pub(super) fn literals<'s>(file: FileId, quote: Quote, stretches: &[Stretch<'s>], found: &mut Vec<Found>) -> Vec<Cow<'s, str>> {
    if quote == Quote::Single {
        return stretches.iter().map(|s| unescape(file, Cow::Borrowed(s.text), s, found)).collect();
    }
    let mut texts: Vec<Cow<'s, str>> = stretches.iter().map(|s| line_ends(s.text)).collect();
    let opens_line = texts.first().is_some_and(|t| t.starts_with('\n'));
    if opens_line && let Some(first) = texts.first_mut() {
        *first = first.get(1..).unwrap_or("").to_owned().into();
    }
    // Fewest blanks at the beginning of a line. A line is blank only if no interpolation stands in it.
    let mut common = usize::MAX;
    for (i, text) in texts.iter().enumerate() {
        for (j, line) in text.split('\n').enumerate() {
            let begins_line = j > 0 || (i == 0 && opens_line);
            let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
            let ends_stretch = j == text.matches('\n').count();
            if begins_line && (blanks < line.len() || ends_stretch) {
                common = common.min(blanks);
            }
        }
    }
    let last = texts.len() - 1;
    texts
        .into_iter()
        .zip(stretches)
        .enumerate()
        .map(|(i, (text, stretch))| {
            let cut = if common == usize::MAX { 0 } else { common };
            let text = if cut == 0 && !(i == last && text.ends_with([' ', '\t'])) {
                text
            } else {
                dedent(&text, cut, i == 0 && opens_line, i == last).into()
            };
            unescape(file, text, stretch, found)
        })
        .collect()
}

/// Removes `cut` blanks from each line's beginning; of the last line, the one with the closing quotes, all if it is blank.
fn dedent(text: &str, cut: usize, opens_line: bool, last: bool) -> String {
    let lines = text.matches('\n').count();
    let mut out = String::with_capacity(text.len());
    for (j, line) in text.split('\n').enumerate() {
        if j > 0 {
            out.push('\n');
        }
        let blank = line.trim_matches([' ', '\t']).is_empty();
        if last && j == lines && blank && (j > 0 || opens_line) {
            continue;
        }
        let begins_line = j > 0 || opens_line;
        let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
        out.push_str(if begins_line { line.get(cut.min(blanks)..).unwrap_or("") } else { line });
    }
    out
}

/// CR LF and CR become LF.
pub(super) fn line_ends(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text.into() }
}

/// Reads escapes. Offsets of mistakes are exact where no line of the stretch was changed before, else they fall on the stretch.
fn unescape<'s>(file: FileId, text: Cow<'s, str>, stretch: &Stretch<'s>, found: &mut Vec<Found>) -> Cow<'s, str> {
    if !text.contains('\\') {
        return text;
    }
    // The n-th backslash of the text is the n-th of the source: nothing that holds one was removed.
    let mut sources = stretch.text.match_indices('\\').map(|(i, _)| stretch.start + i);
    let mut out = String::with_capacity(text.len());
    let mut rest: &str = &text;
    while let Some(i) = rest.find('\\') {
        out.push_str(rest.get(..i).unwrap_or(""));
        rest = rest.get(i + 1..).unwrap_or("");
        let at = sources.next().unwrap_or(stretch.start);
        let Some(c) = rest.chars().next() else {
            found.push(Found::specific(recover::bad_escape(Span::new(file, at, at + 1), "\\")));
            break;
        };
        let mut length = c.len_utf8();
        match c {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            '"' | '$' => out.push(c),
            '\\' => {
                out.push('\\');
                sources.next();
            }
            'u' => {
                let digits = rest.strip_prefix("u{").and_then(|r| r.find('}').and_then(|end| r.get(..end)));
                match digits
                    .and_then(|d| u32::from_str_radix(d, 16).ok().filter(|_| !d.starts_with('+')))
                    .and_then(char::from_u32)
                    .filter(|c| *c != '\0')
                {
                    Some(c) => {
                        length = digits.map_or(1, |d| d.len() + 3);
                        out.push(c);
                    }
                    None => {
                        found.push(Found::specific(recover::bad_unicode(Span::new(file, at, at + 2 + digits.map_or(0, |d| d.len() + 2)))));
                    }
                }
            }
            _ => {
                let written = stretch.text.get(at - stretch.start..at - stretch.start + 1 + length).unwrap_or("\\");
                found.push(Found::specific(recover::bad_escape(Span::new(file, at, at + written.len()), written)));
                out.push(c);
            }
        }
        rest = rest.get(length..).unwrap_or("");
    }
    out.push_str(rest);
    out.into()
}
