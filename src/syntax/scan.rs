//! One linear pass over the bytes of a source before the grammar runs. It refuses what is too large or too deep, finds the characters that
//! deceive a reader, and balances brackets and quotes: the grammar then sees a text in which each is closed, so that a forgotten `"` costs one
//! message and not a hundred. It also finds comments, and the places between top-level blocks where the text may be cut.
//!
//! Repairs never move a place by themselves: a [`Patch`] either overwrites bytes one for one or inserts between two bytes, and
//! [`Patched`] maps every offset back.

use super::bytes::{BACKTICK, BLANK, DASH, IN_STRING, LINE_END, ODD, WORD, is, run, run_to};
use super::characters::{self, Kind};
pub(super) use super::patched::{Patch, Patched};
use super::recover;
use super::text::Quote;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};

/// The largest source, in bytes.
pub(super) const MAX_BYTES: usize = 4 << 20;
/// The most tokens of a source.
pub(super) const MAX_TOKENS: usize = 1_000_000;
/// The deepest nesting of brackets, of prefix operators, and of `if` in `else`.
pub(super) const MAX_NESTING: usize = 64;
/// The most messages that one pass keeps: a file that is not in this language at all stays cheap.
const MAX_MESSAGES: usize = 2_000;

/// What the pass found.
#[derive(Default)]
pub(super) struct Scan {
    /// Offsets at which a top-level block has ended with its line: the text may be read in these pieces.
    pub(super) cuts: Vec<usize>,
    /// Comments in order, `//` and `///`.
    pub(super) comments: Vec<Comment>,
    /// Repairs in order.
    pub(super) patches: Vec<Patch>,
    /// Messages, in the order of their discovery.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Is it too large or too deep to be read at all?
    pub(super) refused: bool,
    /// How many tokens there are.
    pub(super) tokens: usize,
}

/// A comment, up to but without its line's end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Comment {
    /// Where, with its slashes.
    pub span: Span,
    /// Is it documentation (`///`)?
    pub documentation: bool,
    /// Does nothing but blanks stand before it on its line?
    pub alone: bool,
}

/// Looks at a whole source.
pub(super) fn scan(file: FileId, text: &str) -> Scan {
    if text.len() > MAX_BYTES {
        return Scan { diagnostics: vec![recover::too_large(file, text.len())], refused: true, ..Scan::default() };
    }
    let mut scanner = Scanner { file, text, bytes: text.as_bytes(), ..Scanner::default() };
    scanner.run();
    // A repair found late may lie before one found early: an unclosed `(` is repaired where its line ended.
    // What is inserted where another repair begins to overwrite stands before it.
    scanner.out.patches.sort_by_key(|p| (p.at, p.length > 0));
    scanner.out
}

/// Looks at the bytes `start..end` alone, where a top-level block seems to end at `start` and at `end`. `None` if there is a mistake in them, or
/// if they end within something: then only a look at the whole says what they are. If all pieces of a source are something, they are what
/// [`scan`] sees there: each begins where it was at rest.
pub(super) fn scan_piece(file: FileId, text: &str, start: usize, end: usize) -> Option<Scan> {
    let upto = text.get(..end)?;
    let mut scanner = Scanner { file, text: upto, bytes: upto.as_bytes(), at: start, line_start: start, ..Scanner::default() };
    scanner.run();
    let Scanner { out, stack, suspect, .. } = scanner;
    let sound = !out.refused && out.diagnostics.is_empty() && out.patches.is_empty() && stack.is_empty() && suspect.is_none();
    (sound && (end == text.len() || out.cuts.last() == Some(&end))).then_some(out)
}

/// May the text be cut here, behind the line that ends a top-level block? An `else` or a body that follows belongs to that block.
pub(super) fn is_cut(bytes: &[u8], at: usize) -> bool {
    let rest = bytes.get(at..).unwrap_or(&[]);
    let blanks = rest.iter().take_while(|b| b.is_ascii_whitespace()).take(200).count();
    !rest.get(blanks..).is_some_and(|r| r.starts_with(b"el") || r.starts_with(b"{"))
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Bracket {
    Paren,
    Square,
    Brace,
    /// `${` in a string of this kind that began there.
    Interpolation(Quote, usize),
}

impl Bracket {
    fn closer(self) -> &'static str {
        match self {
            Bracket::Paren => ")",
            Bracket::Square => "]",
            Bracket::Brace | Bracket::Interpolation(..) => "}",
        }
    }
}

#[derive(Clone, Copy)]
struct Open {
    bracket: Bracket,
    /// Its offset.
    at: usize,
    /// Number of its line.
    line: usize,
    /// Blanks before the first token of its line.
    indent: usize,
    /// For `(` and `[`: the end of the last token before a line that is indented no deeper than the opener's. If the bracket turns out to
    /// be unclosed, it was meant to close there.
    break_at: Option<usize>,
    /// [`Scanner::ifs`] where it was opened.
    ifs: usize,
}

#[derive(Default)]
struct Scanner<'s> {
    file: FileId,
    text: &'s str,
    bytes: &'s [u8],
    at: usize,
    out: Scan,
    stack: Vec<Open>,
    line: usize,
    line_start: usize,
    /// Has the line had a token, and how far was it indented?
    begun: bool,
    indent: usize,
    /// The end of the last token.
    last_end: usize,
    /// Prefix operators in a row.
    prefixes: usize,
    /// `if`, `match` and `?` since the entry began, and those before each bracket that is open: each may hold the next one.
    ifs: usize,
    /// Does the last token want something after it, even on the next line?
    continues: bool,
    /// Has a line ended since, so that the next token begins an entry unless it is a `then` or `else`?
    fresh: bool,
    /// The `{` whose `}` is probably missing: a later `}` stands further left.
    suspect: Option<usize>,
    /// The last top-level block ended here and nothing has followed on its line.
    block_ended: bool,
}

impl<'s> Scanner<'s> {
    fn run(&mut self) {
        while let Some(&b) = self.bytes.get(self.at) {
            match b {
                b' ' | b'\t' => self.at = run(self.bytes, self.at, BLANK),
                b'\n' | b'\r' => self.line_end(),
                b'/' if self.peek(1) == Some(b'/') => self.comment(2),
                b'#' => self.foreign_comment(),
                _ => {
                    self.token(b);
                    if self.out.refused {
                        return;
                    }
                }
            }
        }
        self.finish();
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }
    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }
    fn slice(&self, start: usize, end: usize) -> &'s str {
        self.text.get(start..end).unwrap_or("")
    }
    fn say(&mut self, diagnostic: Diagnostic) {
        if self.out.diagnostics.len() < MAX_MESSAGES {
            self.out.diagnostics.push(diagnostic);
        }
    }
    fn refuse(&mut self, diagnostic: Diagnostic) {
        self.out.diagnostics.push(diagnostic);
        self.out.refused = true;
    }
    fn insert(&mut self, at: usize, with: &str) {
        self.out.patches.push(Patch { at, length: 0, with: with.to_owned() });
    }
    /// Overwrites bytes by as many of `by`.
    fn overwrite(&mut self, start: usize, end: usize, by: &str) {
        self.out.patches.push(Patch { at: start, length: end - start, with: by.repeat(end - start) });
    }

    fn line_end(&mut self) {
        // Inside a `"…${` a line's end closes the string, however deep its brackets are.
        if let Some(open) = self.stack.iter().rposition(|o| matches!(o.bracket, Bracket::Interpolation(Quote::Single, _))) {
            self.interpolation_cut(open);
        }
        self.at += if self.bytes.get(self.at..self.at + 2) == Some(b"\r\n") { 2 } else { 1 };
        self.new_line();
        self.fresh = !self.continues;
        if self.block_ended && self.stack.is_empty() && is_cut(self.bytes, self.at) {
            self.out.cuts.push(self.at);
        }
        self.block_ended = false;
    }

    fn new_line(&mut self) {
        self.line += 1;
        self.line_start = self.at;
        self.begun = false;
    }

    /// From `skip` bytes after its beginning to the line's end.
    fn comment(&mut self, skip: usize) {
        let start = self.at;
        self.at += skip;
        self.skip_text(LINE_END);
        let text = self.slice(start, self.at);
        self.out.comments.push(Comment {
            span: self.span(start, self.at),
            documentation: text.starts_with("///") && !text.starts_with("////"),
            alone: !self.begun,
        });
    }

    /// Goes on to the first byte of such a class, and looks at every character on the way as one looks at text.
    fn skip_text(&mut self, stop: u16) {
        loop {
            self.at = run_to(self.bytes, self.at, stop | ODD);
            match self.bytes.get(self.at) {
                Some(b) if !is(*b, stop) => self.text_character(),
                _ => return,
            }
        }
    }

    /// A character of a string or comment that is not printable ASCII.
    fn text_character(&mut self) {
        let Some(c) = self.text.get(self.at..).and_then(|t| t.chars().next()) else {
            self.at += 1;
            return;
        };
        let end = self.at + c.len_utf8();
        if c == '\n' || c == '\r' {
            let cr_lf = c == '\r' && self.peek(1) == Some(b'\n');
            self.at = end + usize::from(cr_lf);
            self.new_line();
            self.begun = true;
            return;
        }
        if matches!(characters::kind(c), Kind::Bidirectional | Kind::Control) {
            self.say(recover::forbidden_character(self.span(self.at, end), c, true));
        }
        self.at = end;
    }

    fn foreign_comment(&mut self) {
        let start = self.at;
        self.skip_text(LINE_END);
        self.say(recover::hash_comment(self.span(start, start + 1)));
        self.overwrite(start, self.at, " ");
    }

    fn token(&mut self, b: u8) {
        self.out.tokens += 1;
        if self.out.tokens > MAX_TOKENS {
            return self.refuse(recover::too_many_tokens(self.span(self.at, self.at + 1)));
        }
        self.block_ended = false;
        if !self.begun {
            self.begun = true;
            self.indent = self.at - self.line_start;
            if !matches!(b, b')' | b']' | b'}') {
                self.note_breaks();
            }
        }
        let start = self.at;
        let mut prefix = false;
        let begins = std::mem::take(&mut self.fresh);
        if b == b','
            || begins && !self.bytes.get(start..).is_some_and(|r| r.starts_with(b"then") || r.starts_with(b"else") || r.starts_with(b":"))
        {
            self.ifs = self.stack.last().map_or(0, |o| o.ifs);
        }
        self.continues = matches!(b, b'!'..=b'/' | b':'..=b'?' | b'|') && !matches!(b, b'"' | b'\'' | b')' | b',' | b';');
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => prefix = self.word(),
            b'0'..=b'9' => self.at = run(self.bytes, self.at, WORD),
            b'(' => self.open(Bracket::Paren, 1),
            b'[' => self.open(Bracket::Square, 1),
            b'{' => self.open(Bracket::Brace, 1),
            b')' | b']' | b'}' => self.close(b),
            b'"' => self.string(),
            b'`' => self.raw(),
            b'\'' => self.single_quotes(),
            b';' => {
                self.say(recover::semicolon(self.file, self.text, start));
                self.overwrite(start, start + 1, ",");
                self.at += 1;
            }
            b'?' => {
                self.at += 1;
                self.holds(start);
            }
            b'-' | b'!' => {
                prefix = true;
                self.at += 1;
            }
            0..=0x1f | 0x7f => {
                self.say(recover::forbidden_character(self.span(start, start + 1), char::from(b), false));
                self.overwrite(start, start + 1, " ");
                self.at += 1;
            }
            _ => self.at += 1,
        }
        self.prefixes = if prefix { self.prefixes + 1 } else { 0 };
        if self.prefixes > MAX_NESTING {
            self.refuse(recover::too_deep(self.span(start, self.at), "prefix operators in a row"));
        }
        self.last_end = self.at;
    }

    /// A new line that stands no further right than the line of an open `(` or `[` may be where that was meant to close.
    fn note_breaks(&mut self) {
        let (indent, end) = (self.indent, self.last_end);
        for open in self.stack.iter_mut().rev().take_while(|o| matches!(o.bracket, Bracket::Paren | Bracket::Square)) {
            if indent <= open.indent && open.break_at.is_none() {
                open.break_at = Some(end);
            }
        }
    }

    /// A run of word characters. Is it `not`?
    fn word(&mut self) -> bool {
        let start = self.at;
        let rest = self.bytes.get(start..).unwrap_or(&[]);
        self.at = run(self.bytes, start, WORD | DASH);
        let plain = self.at - start;
        if self.peek(0).is_some_and(|b| b >= 0x80) {
            self.foreign_word(start);
            return false;
        }
        match rest.get(..plain) {
            Some(b"if" | b"match" | b"elif" | b"elsif" | b"elseif") => {
                self.holds(start);
                self.continues = true;
                false
            }
            Some(b"not") => {
                self.continues = true;
                true
            }
            Some(b"then" | b"else" | b"and" | b"or" | b"in" | b"of" | b"per") => {
                self.continues = true;
                false
            }
            _ => false,
        }
    }

    /// An `if`, `match` or `?`: it may hold another, without any bracket.
    fn holds(&mut self, start: usize) {
        self.ifs += 1;
        if self.ifs + self.stack.len() > MAX_NESTING {
            self.refuse(recover::too_deep(self.span(start, self.at), "`if`s and brackets inside each other"));
        }
    }

    /// A word with characters that no name may have, or a character that stands for nothing.
    fn foreign_word(&mut self, start: usize) {
        let mut first: Option<(usize, char)> = None;
        while let Some(c) = self.text.get(self.at..).and_then(|t| t.chars().next()) {
            let name_like = c.is_alphanumeric() || matches!(c, '_' | '-');
            if c.is_ascii() && !name_like {
                break;
            }
            let end = self.at + c.len_utf8();
            if !c.is_ascii() {
                let kind = characters::kind(c);
                if kind != Kind::Other {
                    self.say(recover::forbidden_character(self.span(self.at, end), c, false));
                } else if first.is_none() {
                    first = Some((self.at, c));
                }
                // What looks like a space separates, what looks like part of a name joins.
                let by = if kind == Kind::Space { " " } else { "_" };
                self.overwrite(self.at, end, by);
            }
            self.at = end;
        }
        if let Some((at, c)) = first {
            let word = self.slice(start, self.at);
            self.say(recover::foreign_name(self.span(start, self.at), word, self.span(at, at + c.len_utf8()), c));
        }
    }

    fn open(&mut self, bracket: Bracket, length: usize) {
        if self.stack.len() + self.ifs >= MAX_NESTING {
            return self.refuse(recover::too_deep(self.span(self.at, self.at + length), "brackets inside each other"));
        }
        self.stack.push(Open { bracket, at: self.at, line: self.line, indent: self.indent, break_at: None, ifs: self.ifs });
        self.at += length;
    }

    fn pop(&mut self) -> Option<Open> {
        let open = self.stack.pop()?;
        self.ifs = open.ifs;
        Some(open)
    }

    /// [`Scanner::pop`] of a bracket that is closed here. What stands around it was not meant to close within it.
    fn pop_closed(&mut self) {
        let Some(closed) = self.pop() else { return };
        for around in &mut self.stack {
            around.break_at = around.break_at.filter(|at| *at <= closed.at);
        }
    }

    fn close(&mut self, b: u8) {
        let at = self.at;
        let first_on_line = self.indent == at - self.line_start;
        let fits = |o: &Open| o.bracket.closer().as_bytes().first() == Some(&b);
        let Some(top) = self.stack.last().copied() else { return self.stray(b) };
        if fits(&top) {
            if top.bracket == Bracket::Brace && first_on_line && self.indent < top.indent && self.suspect.is_none() {
                self.suspect = Some(top.at);
            }
            self.pop_closed();
            self.at += 1;
            if let Bracket::Interpolation(quote, start) = top.bracket {
                return self.string_rest(quote, start);
            }
            self.block_ended = b == b'}' && self.stack.is_empty();
            return;
        }
        // Whose closer is it? No bracket of an interpolation closes one outside it.
        let floor = self.stack.iter().rposition(|o| matches!(o.bracket, Bracket::Interpolation(..))).unwrap_or(0);
        let owner = self.stack.iter().rposition(fits).filter(|i| *i >= floor);
        let unclosed = match owner.and_then(|i| self.stack.get(i).copied()) {
            // `[1, 2 }` in the middle of a line: the wrong closer, rather than none.
            Some(o) if b == b'}' && o.line != self.line && !first_on_line && top.line == self.line => false,
            Some(o) => b == b'}' || top.bracket != Bracket::Brace || (top.line == self.line && o.line == self.line),
            None => false,
        };
        if unclosed {
            while let Some(open) = self.stack.last().copied().filter(|o| !fits(o)) {
                self.unclosed(open, at);
                self.pop();
            }
            return self.close(b);
        }
        if top.bracket == Bracket::Brace || matches!(top.bracket, Bracket::Interpolation(..)) || b == b'}' && top.line != self.line {
            return self.stray(b);
        }
        self.say(recover::wrong_closer(self.span(at, at + 1), char::from(b), self.span(top.at, top.at + 1), top.bracket.closer()));
        self.overwrite(at, at + 1, top.bracket.closer());
        self.pop_closed();
        self.at += 1;
    }

    fn stray(&mut self, b: u8) {
        self.say(recover::stray_closer(self.span(self.at, self.at + 1), char::from(b)));
        self.overwrite(self.at, self.at + 1, " ");
        self.at += 1;
    }

    /// Reports a bracket that nothing closes, and closes it for the grammar: where its line seems to want it, else at `here`.
    fn unclosed(&mut self, open: Open, here: usize) {
        let place = if open.line == self.line { None } else { open.break_at }.unwrap_or(here);
        // Behind the last token, never at the end of a comment.
        let place = if place == here { self.last_end.max(open.at + 1) } else { place };
        let end = open.at + if matches!(open.bracket, Bracket::Interpolation(..)) { 2 } else { 1 };
        self.say(recover::unclosed_bracket(
            self.span(open.at, end),
            self.slice(open.at, end),
            open.bracket.closer(),
            self.span(place, place),
            0,
        ));
        self.insert(place, open.bracket.closer());
    }

    fn string(&mut self) {
        let start = self.at;
        let quote = if self.bytes.get(start..start + 3) == Some(b"\"\"\"") { Quote::Triple } else { Quote::Single };
        self.at += quote.length();
        self.string_rest(quote, start);
    }

    /// From inside a string to its end or its next `${`.
    fn string_rest(&mut self, quote: Quote, start: usize) {
        let stretch = self.at;
        loop {
            self.skip_text(if quote == Quote::Single { IN_STRING | LINE_END } else { IN_STRING });
            match self.peek(0) {
                Some(b'"') if quote == Quote::Single => {
                    self.at += 1;
                    break;
                }
                Some(b'"') if self.bytes.get(self.at..self.at + 3) == Some(b"\"\"\"") => {
                    self.at += 3;
                    break;
                }
                Some(b'$') if self.peek(1) == Some(b'{') => {
                    self.open(Bracket::Interpolation(quote, start), 2);
                    break;
                }
                Some(b'\\') => {
                    self.at += 1;
                    // The escaped character is passed over, unless it ends the line and with it the string.
                    if matches!(self.peek(0), Some(b'"' | b'\\' | b'$')) {
                        self.at += 1;
                    }
                }
                Some(b'\n' | b'\r') | None if quote == Quote::Single => return self.unclosed_string(start, stretch),
                None => return self.unclosed_long(start, "\"\"\""),
                _ => self.at += 1,
            }
        }
        self.last_end = self.at;
    }

    /// A `"` whose line ends first. It is closed before what can only have been meant as code: a trailing ` {`, and the closers of brackets
    /// that this line opened. The text behind its last interpolation begins at `stretch`: those before it stay whole.
    fn unclosed_string(&mut self, start: usize, stretch: usize) {
        if let Some(open) = self.stack.iter().rposition(|o| matches!(o.bracket, Bracket::Interpolation(Quote::Single, _))) {
            // A string inside `"…${` cannot be told from the end of the outer one.
            return self.interpolation_cut(open);
        }
        let line_end = self.at;
        let mut end = start + self.slice(start, line_end).trim_end().len();
        let mut owed: Vec<&str> = self.stack.iter().rev().take_while(|o| o.line == self.line).map(|o| o.bracket.closer()).collect();
        owed.reverse();
        loop {
            let rest = self.slice(stretch, end);
            let shorter = match rest.as_bytes().last() {
                Some(b',') => rest.len() - 1,
                Some(b'{') if rest.ends_with(" {") => rest.len() - 2,
                // The outermost bracket of the line closes last.
                Some(b')' | b']' | b'}') if owed.first().is_some_and(|c| rest.ends_with(c)) => {
                    owed.remove(0);
                    rest.len() - 1
                }
                _ => break,
            };
            let opener = rest.ends_with(" {");
            end = stretch + rest.get(..shorter).unwrap_or("").trim_end().len();
            if opener {
                break;
            }
        }
        let end = end.max(stretch);
        if self.slice(stretch, end).ends_with('\\') {
            // Else it would escape the quote that is put behind it.
            self.overwrite(end - 1, end, " ");
        }
        self.say(recover::unclosed_string(self.span(start, start + 1), "\"", self.span(end, end), "\""));
        self.insert(end, "\"");
        self.at = end;
        self.last_end = end;
    }

    /// A `"…${` that the line's end cuts short: one message at the `${`, and everything down to the string is closed.
    fn interpolation_cut(&mut self, open: usize) {
        let Some(outer) = self.stack.get(open).copied() else { return };
        let end = self.text.get(..self.at).map_or(self.at, |t| t.trim_end().len()).max(outer.at + 2);
        // A `"` at the end was meant to close the string.
        let place = if end > outer.at + 2 && self.slice(outer.at, end).ends_with('"') { end - 1 } else { end };
        self.say(recover::unclosed_bracket(self.span(outer.at, outer.at + 2), "${", "}", self.span(place, place), 0));
        // What stands after `${` is given up: its quotes may be the wrong way round.
        if let Bracket::Interpolation(_, start) =
            self.stack.iter().find(|o| matches!(o.bracket, Bracket::Interpolation(Quote::Single, _))).map_or(outer, |o| *o).bracket
        {
            let first = self.stack.iter().position(|o| o.bracket == Bracket::Interpolation(Quote::Single, start)).unwrap_or(open);
            let from = self.stack.get(first).map_or(outer.at, |o| o.at);
            self.out.patches.retain(|p| p.at < from);
            self.overwrite(from, end, " ");
            while self.stack.len() > first {
                self.pop();
            }
        }
        self.insert(end, "\"");
        self.last_end = end;
    }

    fn raw(&mut self) {
        let start = self.at;
        self.at += 1;
        self.skip_text(BACKTICK);
        if self.at >= self.bytes.len() {
            return self.unclosed_long(start, "`");
        }
        self.at += 1;
    }

    /// A `"""` or backtick string that nothing closes. It is taken to end with the line on which it began, or before the first line that
    /// stands further left, so that the rest of the file is still read.
    fn unclosed_long(&mut self, start: usize, quote: &'static str) {
        let line_start = self.text.get(..start).and_then(|t| t.rfind(['\n', '\r'])).map_or(0, |i| i + 1);
        let indent_of = |line: &str| line.len() - line.trim_start().len();
        let indent = indent_of(self.text.get(line_start..).unwrap_or(""));
        let mut end = self.text.len();
        let mut at = start;
        let mut first = true;
        for line in self.text.get(start..).unwrap_or("").split_inclusive(['\n', '\r']) {
            let beyond = !line.trim().is_empty() && indent_of(line) <= indent;
            if !first && beyond {
                end = at;
                break;
            }
            first = false;
            at += line.len();
        }
        let end = self.text.get(..end).map_or(end, |t| t.trim_end().len()).max(start + quote.len());
        let body = self.slice(start + quote.len(), end);
        // One or two of its closing quotes may stand there.
        let text = body.trim_end_matches('"');
        let escaped = (text.len() - text.trim_end_matches('\\').len()) % 2;
        let begun = if quote == "`" { 0 } else { (body.len() - text.len()).saturating_sub(escaped) };
        let missing = quote.get(begun..).unwrap_or(quote);
        self.say(recover::unclosed_string(self.span(start, start + quote.len()), quote, self.span(end, end), missing));
        // Whatever was opened inside it is part of it.
        while self.stack.last().is_some_and(|o| o.at > start) {
            self.pop();
        }
        self.out.patches.retain(|p| p.at < start);
        if body.contains(['$', '\\']) {
            self.overwrite(start + quote.len(), end, " ");
            self.insert(end, quote);
        } else {
            self.insert(end, missing);
        }
        // Lines were counted while looking for the end; only their order matters from here on.
        self.at = end;
        self.last_end = end;
    }

    fn single_quotes(&mut self) {
        let start = self.at;
        let rest = self.bytes.get(start + 1..).unwrap_or(&[]);
        let length = rest.iter().take_while(|b| !matches!(b, b'\'' | b'\n' | b'\r')).count();
        if rest.get(length) != Some(&b'\'') {
            self.say(recover::single_quote(self.span(start, start + 1), None));
            let end = self.text.get(..start + 1 + length).map_or(start + 1, |t| t.trim_end().len());
            self.overwrite(start, start + 1, "\"");
            self.overwrite(start + 1, end, " ");
            self.insert(end, "\"");
            self.at = end;
            return;
        }
        let content = self.slice(start + 1, start + 1 + length);
        self.say(recover::single_quote(self.span(start, start + length + 2), Some(content)));
        self.overwrite(start, start + 1, "\"");
        if content.contains(['"', '\\', '$']) {
            self.overwrite(start + 1, start + 1 + length, " ");
        }
        self.overwrite(start + 1 + length, start + 2 + length, "\"");
        self.at += length + 2;
    }

    /// The end of the text: what is still open stays so.
    fn finish(&mut self) {
        if let Some(open) = self.stack.iter().rposition(|o| matches!(o.bracket, Bracket::Interpolation(Quote::Single, _))) {
            self.interpolation_cut(open);
        }
        let end = self.text.len();
        if self.stack.is_empty() {
            return;
        }
        // One message, however many are open: at the `{` whose `}` is missing by the look of the lines, else at the innermost bracket.
        let innermost = self.stack.iter().rev().find(|o| matches!(o.bracket, Bracket::Interpolation(..))).or(self.stack.last()).copied();
        let Some(innermost) = innermost else { return };
        let closers: String = self.stack.iter().rev().map(|o| o.bracket.closer()).collect();
        let primary = match self.suspect {
            Some(at) if closers.len() == 1 && innermost.bracket == Bracket::Brace => at,
            _ => innermost.at,
        };
        let length = if matches!(innermost.bracket, Bracket::Interpolation(..)) && primary == innermost.at { 2 } else { 1 };
        let (span, text) = (self.span(primary, primary + length), self.slice(primary, primary + length));
        self.say(recover::unclosed_bracket(span, text, innermost.bracket.closer(), self.span(end, end), self.stack.len() - 1));
        while let Some(open) = self.pop() {
            // Behind the last token: the text may end in a comment.
            self.insert(open.break_at.unwrap_or(self.last_end), open.bracket.closer());
            if let Bracket::Interpolation(quote, _) = open.bracket {
                self.insert(self.last_end, quote.text());
            }
        }
    }
}
