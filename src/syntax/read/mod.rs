//! Text to nodes: the grammar of `grammar/bayplan.pest`, one function a rule, in its order and under its names.
//!
//! A function says whether its rule holds here. If it does, the place has moved behind what it read; if not, place and nodes are as before.
//! So a sequence is `&&`, an ordered choice `||`, and a sequence that is one choice among others, or may be left out, stands in [`Reader::all`].
//! Where the first byte rules a rule out, its function says so at once. A test reads every program, whole and broken, by the grammar itself
//! too, and compares the nodes: the grammar is what counts.
//!
//! Functions call each other as deep as the text nests, which `scan` has bounded.

mod entries;
mod expressions;
mod recovery;
mod tokens;

use super::bytes::{BLANK, DASH, DIGIT, IN_STRING, LETTER, LINE_END, UNDERSCORE, WORD, is, run, run_to};
use super::nodes::{Node, Rule};

/// Where the text could not be read on, and what should have stood there.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) at: usize,
    pub(super) expected: Rule,
}

/// Reads a whole text. The first node is [`Rule::file`] and holds all others.
///
/// # Errors
/// A text whose brackets are not balanced or whose strings are not closed ends early.
pub(super) fn read(text: &str) -> Result<Vec<Node>, Refusal> {
    // As measured, a node stands for four to twelve bytes, and a list that grows is copied.
    let mut reader = Reader { text: text.as_bytes(), at: 0, nodes: Vec::with_capacity(text.len() / 4 + 8) };
    if reader.file() { Ok(reader.nodes) } else { Err(Refusal { at: reader.at, expected: Rule::EOI }) }
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    nodes: Vec<Node>,
}

/// What rules are made of.
impl Reader<'_> {
    /// The byte at an offset. Behind the end: 0, which no rule asks for.
    fn byte_at(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }
    fn byte(&self) -> u8 {
        self.byte_at(self.at)
    }
    fn next_byte(&self) -> u8 {
        self.byte_at(self.at + 1)
    }
    /// `"x"`
    fn take(&mut self, byte: u8) -> bool {
        let found = self.byte() == byte;
        self.at += usize::from(found);
        found
    }
    /// `"xyz"`
    fn text(&mut self, text: &[u8]) -> bool {
        let found = self.text.get(self.at..).is_some_and(|t| t.starts_with(text));
        self.at += if found { text.len() } else { 0 };
        found
    }
    /// `"xyz" ~ kw_end`
    fn word(&mut self, word: &[u8]) -> bool {
        let found = self.byte_is(word.first()) && self.text.get(self.at..).is_some_and(|t| t.starts_with(word));
        let found = found && !is(self.byte_at(self.at + word.len()), WORD | DASH);
        self.at += if found { word.len() } else { 0 };
        found
    }
    fn byte_is(&self, byte: Option<&u8>) -> bool {
        self.text.get(self.at) == byte
    }
    /// `ANY`
    fn any(&mut self) -> bool {
        let length = match self.text.get(self.at) {
            None => return false,
            Some(0..0x80) => 1,
            Some(0..0xe0) => 2,
            Some(0..0xf0) => 3,
            Some(_) => 4,
        };
        self.at += length;
        true
    }
    fn run(&self, at: usize, classes: u16) -> usize {
        run(self.text, at, classes)
    }
    fn run_to(&self, at: usize, classes: u16) -> usize {
        run_to(self.text, at, classes)
    }
    fn ended(&self) -> bool {
        self.at >= self.text.len()
    }

    /// A sequence, all of it or nothing.
    #[inline(always)]
    fn all(&mut self, sequence: impl FnOnce(&mut Self) -> bool) -> bool {
        let (at, nodes) = (self.at, self.nodes.len());
        let held = sequence(self);
        if !held {
            self.at = at;
            self.nodes.truncate(nodes);
        }
        held
    }
    /// `(…)?`
    #[inline(always)]
    fn maybe(&mut self, sequence: impl FnOnce(&mut Self) -> bool) -> bool {
        self.all(sequence);
        true
    }
    /// `(…)*`
    #[inline(always)]
    fn many(&mut self, sequence: impl Fn(&mut Self) -> bool) -> bool {
        while self.all(&sequence) {}
        true
    }
    /// `${ … }`: a sequence that makes a node.
    #[inline(always)]
    fn node(&mut self, rule: Rule, sequence: impl FnOnce(&mut Self) -> bool) -> bool {
        let (at, index) = (self.at, self.nodes.len());
        self.nodes.push(Node { rule, start: at as u32, end: at as u32, inner: 0 });
        let held = sequence(self);
        if held {
            let (end, inner) = (self.at as u32, self.nodes.len() - index - 1);
            if let Some(node) = self.nodes.get_mut(index) {
                (node.end, node.inner) = (end, inner as u32);
            }
        } else {
            self.at = at;
            self.nodes.truncate(index);
        }
        held
    }
    /// `@{ … }`: a node of the bytes up to `end`.
    fn leaf(&mut self, rule: Rule, end: usize) -> bool {
        self.nodes.push(Node { rule, start: self.at as u32, end: end as u32, inner: 0 });
        self.at = end;
        true
    }
    /// `${ "" }`
    fn missing(&mut self, rule: Rule) -> bool {
        self.leaf(rule, self.at)
    }
}
