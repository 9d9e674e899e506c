//! What the compiler has to say: errors and warnings as values, with places and the edits that mend them.

pub mod codes;
pub mod render;
pub mod suggest;

use crate::source::{Sources, Span};
pub use codes::Code;

/// How bad it is. Only an error keeps output from being written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// The program is wrong.
    Error,
    /// The program is legal, but does something that few people want.
    Warning,
    /// Something that the reader should know: an assumption, a thing left out.
    Note,
}

/// A place with a few words under it. The first label of a diagnostic is its primary one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is to be seen there, in a few words without a full stop; may be empty.
    pub text: String,
}

/// A change of the source that would mend the mistake.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// What it does, as an imperative: "write `4Gi`".
    pub text: String,
    /// Replacements, none overlapping; an empty list is advice that no edit can express.
    pub edits: Vec<Edit>,
}

/// One replacement of a span's text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// By what.
    pub with: String,
}

/// One message: what, where, why, and the edit that fixes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Its code, whose explanation `bayplan explain` prints.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence without a full stop, with the names and numbers of this very case.
    pub title: String,
    /// Places; the first is where the mistake is, the others why it is one.
    pub labels: Vec<Label>,
    /// Whole sentences: why.
    pub notes: Vec<String>,
    /// Ways out, the likeliest first.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// An error of this code.
    pub fn error(code: Code, title: impl Into<String>) -> Self {
        Diagnostic { code, severity: Severity::Error, title: title.into(), labels: Vec::new(), notes: Vec::new(), fixes: Vec::new() }
    }
    /// A warning of this code.
    pub fn warning(code: Code, title: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, title) }
    }
    /// A note of this code.
    pub fn note_of(code: Code, title: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Note, ..Diagnostic::error(code, title) }
    }
    /// Adds a place. The first one is the primary.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }
    /// Adds a sentence that says why.
    #[must_use]
    pub fn why(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
    /// Adds advice that is no single edit.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.fixes.push(Fix { text: text.into(), edits: Vec::new() });
        self
    }
    /// Adds an edit that mends it.
    #[must_use]
    pub fn fix(mut self, text: impl Into<String>, span: Span, with: impl Into<String>) -> Self {
        self.fixes.push(Fix { text: text.into(), edits: vec![Edit { span, with: with.into() }] });
        self
    }
    /// The place of the mistake, where there is one.
    pub fn primary(&self) -> Option<Span> {
        self.labels.first().map(|l| l.span)
    }
}

/// The most messages that one run shows; the rest are counted.
pub const SHOWN_AT_MOST: usize = 100;

/// The messages of one compilation.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    /// Those that were counted only.
    dropped: usize,
    errors: usize,
    /// How many errors the list has had room for, and how many of the rest.
    kept_errors: usize,
    kept_others: usize,
}

impl Diagnostics {
    /// Adds one. Past ten times [`SHOWN_AT_MOST`] errors, or as many warnings and notes, it is counted only, so that a broken file of any size
    /// stays cheap; the one never takes the room of the other.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let kept = if diagnostic.severity == Severity::Error {
            self.errors += 1;
            &mut self.kept_errors
        } else {
            &mut self.kept_others
        };
        if *kept < SHOWN_AT_MOST * 10 {
            *kept += 1;
            self.list.push(diagnostic);
        } else {
            self.dropped += 1;
        }
    }
    /// Adds those of another run or thread.
    pub fn append(&mut self, other: Diagnostics) {
        self.errors += other.errors.saturating_sub(other.kept_errors);
        self.dropped += other.dropped;
        other.list.into_iter().for_each(|d| self.push(d));
    }
    /// Takes back the errors of which this holds: echoes of another error. What was only counted is forgotten too.
    pub fn forget(&mut self, echo: impl Fn(&Diagnostic) -> bool) {
        let before = self.list.len();
        self.list.retain(|d| d.severity != Severity::Error || !echo(d));
        if self.list.len() < before {
            self.dropped = 0;
            self.errors = self.list.iter().filter(|d| d.severity == Severity::Error).count();
        }
    }
    /// Is there no error?
    pub fn is_ok(&self) -> bool {
        self.errors == 0
    }
    /// How many errors.
    pub fn errors(&self) -> usize {
        self.errors
    }
    /// How many were counted but not kept.
    pub fn dropped(&self) -> usize {
        self.dropped
    }
    /// All that were kept, in the order in which they were pushed.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }
    /// Orders by source, place and code, and drops repetitions, so that the same input gives the same messages on any number of threads.
    pub fn sort(&mut self, sources: &Sources) {
        let user = |d: &Diagnostic| d.primary().is_some_and(|s| sources.get(s.file).is_some_and(|f| f.library));
        self.list.sort_by(|a, b| {
            (user(a), a.primary(), a.severity, a.code, &a.title).cmp(&(user(b), b.primary(), b.severity, b.code, &b.title))
        });
        let before = self.list.iter().filter(|d| d.severity == Severity::Error).count();
        // What two stages found at one place is said once, in the words of the first code.
        let mut said = rustc_hash::FxHashSet::default();
        self.list.retain(|d| said.insert((d.primary(), d.severity as u8, d.title.clone())));
        self.errors -= before - self.list.iter().filter(|d| d.severity == Severity::Error).count();
    }
}
