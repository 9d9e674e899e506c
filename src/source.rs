//! Source texts, and places in them.

use std::borrow::Cow;
use std::sync::OnceLock;

/// The number of a source in its [`Sources`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct FileId(pub u32);

/// A half-open range of bytes in one source. Both ends lie on character boundaries.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Span {
    /// The source.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes `start..end` of `file`. Sources are at most 16 MiB, so that a `u32` always suffices.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        Span { file, start: start as u32, end: end as u32 }
    }
    /// From the start of `self` to the end of `other`, which lies in the same source.
    pub fn to(self, other: Span) -> Self {
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
    /// The empty place before the first byte.
    pub fn before(self) -> Self {
        Span { end: self.start, ..self }
    }
    /// The empty place after the last byte.
    pub fn after(self) -> Self {
        Span { start: self.end, ..self }
    }
}

/// One source text: its name as a message shows it, its text (valid UTF-8, without a byte order mark, with the line ends it came with).
#[derive(Clone, Debug)]
pub struct Source {
    /// Path below the project's root with `/` between the parts; `<stdin>`; `std/postgres.bay` for the standard library.
    pub name: String,
    /// The whole text, as it was read; the standard library's lies in the program.
    pub text: Cow<'static, str>,
    /// Is it one of the standard library's, which the user cannot edit?
    pub library: bool,
}

/// A place for people: lines and columns count from 1, columns in characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// All sources of one compilation, by [`FileId`]; and where their lines begin, found when the first place in them is shown.
#[derive(Clone, Debug, Default)]
pub struct Sources(Vec<Source>, Vec<OnceLock<Vec<u32>>>);

impl Sources {
    /// Adds a source.
    pub fn add(&mut self, source: Source) -> FileId {
        self.0.push(source);
        self.1.push(OnceLock::new());
        FileId(self.0.len() as u32 - 1)
    }
    /// The source of this number, if there is one.
    pub fn get(&self, file: FileId) -> Option<&Source> {
        self.0.get(file.0 as usize)
    }
    /// The sources in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        self.0.iter().enumerate().map(|(i, s)| (FileId(i as u32), s))
    }
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// The text under a span; empty where the span lies outside its source.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.file).and_then(|s| s.text.get(span.start as usize..span.end as usize)).unwrap_or("")
    }
    /// The number of the line that holds this byte, from 1.
    pub fn line(&self, file: FileId, offset: usize) -> u32 {
        let (Some(source), Some(ends)) = (self.get(file), self.1.get(file.0 as usize)) else { return 1 };
        let ends = ends.get_or_init(|| (0u32..).zip(source.text.bytes()).filter(|(_, b)| *b == b'\n').map(|(at, _)| at).collect());
        ends.partition_point(|at| (*at as usize) < offset) as u32 + 1
    }
    /// Line and column of a byte offset.
    pub fn position(&self, file: FileId, offset: u32) -> Position {
        let Some(before) = self.get(file).and_then(|s| s.text.get(..offset as usize)) else {
            return Position { line: 1, column: 1 };
        };
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        Position { line: self.line(file, offset as usize), column: before.get(line_start..).map_or(0, |l| l.chars().count()) as u32 + 1 }
    }
}
