//! Diagnostics as people and machines read them. This file alone knows the library that draws snippets; each machine format has a file beside it.

mod github;
mod json;
mod sarif;
mod text;

pub use github::github;
pub use json::json;
pub use sarif::sarif;
pub use text::escape;

use super::{Diagnostic, Diagnostics, Edit, Label, SHOWN_AT_MOST, Severity};
use crate::source::{FileId, Source, Sources, Span};
use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Patch, Renderer, Snippet};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::fmt::Write;
use text::Excerpt;

/// What the place of rendering decides: where the reader stands, and what their terminal can do.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// Colours and bold, by ANSI sequences. Only [`human`] reads it.
    pub colour: bool,
    /// Columns of the terminal; values under 40 are read as 40. Only [`human`] reads it.
    pub width: usize,
    /// What leads from the reader's folder to the project's root, with a slash at its end (`examples/shop/`), or nothing.
    pub prefix: &'a str,
    /// What the compiler adds to the count of errors: "2 apps were not checked further because of them".
    pub summary: Option<&'a str>,
    /// Leave out warnings, notes and the summary.
    pub quiet: bool,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options { colour: false, width: 140, prefix: "", summary: None, quiet: false }
    }
}

/// For people: each message with its excerpts, reasons and patches, then one line that counts them. Shows at most
/// [`SHOWN_AT_MOST`], errors before warnings, and counts the rest; notes of one code about one line are one.
pub fn human(diagnostics: &Diagnostics, sources: &Sources, options: &Options) -> String {
    let renderer = if options.colour { Renderer::styled().hyperlink(false) } else { Renderer::plain() }.term_width(options.width.max(40));
    let mut out = String::new();
    for one in shown(diagnostics, options.quiet) {
        out.push_str(&renderer.render(&report(&one, sources, options)));
        out.push_str("\n\n");
    }
    if !options.quiet
        && let Some(line) = summary(diagnostics, options)
    {
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// The line that counts: "3 errors, 1 warning; 2 apps were not checked further because of them". Nothing where there is nothing to say.
pub fn summary(diagnostics: &Diagnostics, options: &Options) -> Option<String> {
    let of = |severity| diagnostics.iter().filter(|d| d.severity == severity).count();
    let (warnings, notes) = (of(Severity::Warning), of(Severity::Note));
    let mut counts = Vec::new();
    for (n, word) in [(diagnostics.errors(), "error"), (warnings, "warning"), (notes, "note")] {
        if n > 0 {
            counts.push(format!("{n} {word}{}", s(n)));
        }
    }
    let mut line = counts.join(", ");
    let hidden = hidden(diagnostics);
    if hidden > 0 {
        let _ = write!(line, " ({hidden} not shown)");
    }
    if let Some(more) = options.summary {
        let _ = write!(line, "{}{}", if line.is_empty() { "" } else { "; " }, escape(more));
    }
    (!line.is_empty()).then_some(line)
}

/// A message that is shown.
struct Shown<'a> {
    diagnostic: &'a Diagnostic,
    /// How many more notes of this code there are about the same line, which are not shown: a component's body is used many times.
    more: usize,
}

impl Shown<'_> {
    /// What is said of those.
    fn remark(&self) -> Option<String> {
        (self.more > 0).then(|| format!("The same is said {} more time{} of this line, for its other uses.", self.more, s(self.more)))
    }
}

fn s(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// The messages that are shown, in their order. Where there are too many, warnings give way to errors.
fn shown<'a>(diagnostics: &'a Diagnostics, quiet: bool) -> Vec<Shown<'a>> {
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
    let mut room_for_errors = SHOWN_AT_MOST;
    let mut room_for_others = if quiet { 0 } else { SHOWN_AT_MOST.saturating_sub(errors) };
    let mut out: Vec<Shown<'a>> = Vec::new();
    let mut notes = FxHashMap::default();
    for diagnostic in diagnostics.iter() {
        let place = diagnostic.primary().filter(|_| diagnostic.severity == Severity::Note).map(|span| (diagnostic.code, span));
        if let Some(first) = place.and_then(|place| notes.get(&place)).and_then(|first: &usize| out.get_mut(*first)) {
            first.more += 1;
            continue;
        }
        let room = if diagnostic.severity == Severity::Error { &mut room_for_errors } else { &mut room_for_others };
        if *room > 0 {
            *room -= 1;
            notes.extend(place.map(|place| (place, out.len())));
            out.push(Shown { diagnostic, more: 0 });
        }
    }
    out
}

fn hidden(diagnostics: &Diagnostics) -> usize {
    let said: usize = shown(diagnostics, false).iter().map(|one| 1 + one.more).sum();
    diagnostics.iter().count().saturating_sub(said) + diagnostics.dropped()
}

/// The name of a source as the reader can open it.
fn path(source: &Source, prefix: &str) -> String {
    if source.library || source.name.starts_with('<') { escape(&source.name) } else { escape(&format!("{prefix}{}", source.name)) }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn report<'a>(one: &Shown<'_>, sources: &Sources, options: &Options) -> Vec<Group<'a>> {
    let diagnostic = one.diagnostic;
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut main = level.primary_title(escape(&diagnostic.title)).id(diagnostic.code.to_string()).elements(snippets(
        &diagnostic.labels,
        sources,
        options,
    ));
    for note in diagnostic.notes.iter().cloned().chain(one.remark()) {
        main = main.element(Level::NOTE.message(text::escape_lines(&note)));
    }
    // Advice that is no edit stands with the notes; an edit is a group of its own, which shows the lines as they would become.
    for fix in diagnostic.fixes.iter().filter(|f| f.edits.is_empty()) {
        main = main.element(Level::HELP.message(text::escape_lines(&fix.text)));
    }
    let patches = diagnostic
        .fixes
        .iter()
        .filter(|f| !f.edits.is_empty())
        .map(|fix| Level::HELP.secondary_title(escape(&fix.text)).elements(patches(&fix.edits, sources, options)));
    std::iter::once(main).chain(patches).collect()
}

/// Lines between two labels that are still drawn as one excerpt (with a gap marked in it). Further apart, each has its own, so that
/// a message costs little in a file of any size.
const ONE_EXCERPT: u32 = 200;
/// A label over more lines than this is drawn under its first line only.
const TALL: u32 = 40;

/// The excerpts of one message: that of the primary label first, the others by place.
fn snippets<'a>(labels: &[Label], sources: &Sources, options: &Options) -> Vec<Element<'a>> {
    let Some(primary) = labels.first() else { return Vec::new() };
    struct Placed<'l> {
        lines: (u32, u32),
        range: (usize, usize),
        label: &'l Label,
    }
    let mut by_file: BTreeMap<FileId, Vec<Placed>> = BTreeMap::new();
    for label in labels {
        let Some(source) = sources.get(label.span.file) else { continue };
        let (start, mut end) = text::clamp(&source.text, label.span);
        let first = sources.line(label.span.file, start);
        if sources.line(label.span.file, end) - first > TALL {
            end = text::line_end(&source.text, start);
        }
        let lines = (first, sources.line(label.span.file, end));
        by_file.entry(label.span.file).or_default().push(Placed { lines, range: (start, end), label });
    }
    let mut groups: Vec<(FileId, Vec<Placed>)> = Vec::new();
    for (file, mut placed) in by_file {
        placed.sort_by_key(|p| p.lines);
        for p in placed {
            match groups.last_mut() {
                Some((f, group)) if *f == file && group.last().is_some_and(|q| p.lines.0.saturating_sub(q.lines.1) <= ONE_EXCERPT) => {
                    group.push(p);
                }
                _ => groups.push((file, vec![p])),
            }
        }
    }
    groups.sort_by_key(|(file, group)| (!group.iter().any(|p| std::ptr::eq(p.label, primary)), *file, group.first().map(|p| p.lines)));
    let mut out: Vec<Element> = Vec::new();
    for (file, group) in groups {
        let Some(source) = sources.get(file) else { continue };
        let ranges = group.iter().map(|p| p.range);
        match Excerpt::around(&source.text, ranges) {
            Some(excerpt) => {
                let annotations = group.iter().map(|p| {
                    let kind = if std::ptr::eq(p.label, primary) { AnnotationKind::Primary } else { AnnotationKind::Context };
                    let words = (!p.label.text.is_empty()).then(|| escape(&p.label.text));
                    kind.span(excerpt.at(p.range.0)..excerpt.at(p.range.1)).label(words)
                });
                let snippet = Snippet::source(excerpt.text.clone())
                    .path(path(source, options.prefix))
                    .line_start(sources.line(file, excerpt.start) as usize);
                out.push(snippet.annotations(annotations.collect::<Vec<_>>()).into());
            }
            // Lines that nobody could read: the place and the words must do.
            None => {
                for p in group {
                    let at = sources.position(file, p.range.0 as u32);
                    out.push(Origin::path(path(source, options.prefix)).line(at.line as usize).char_column(at.column as usize).into());
                    if !p.label.text.is_empty() {
                        out.push(Level::INFO.message(escape(&p.label.text)).into());
                    }
                }
            }
        }
    }
    out
}

/// The lines that a fix touches, as they would become.
fn patches<'a>(edits: &[Edit], sources: &Sources, options: &Options) -> Vec<Element<'a>> {
    let mut by_file: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    for edit in edits {
        by_file.entry(edit.span.file).or_default().push(edit);
    }
    let mut out: Vec<Element> = Vec::new();
    for (file, mut edits) in by_file {
        let Some(source) = sources.get(file) else { continue };
        edits.sort_by_key(|e| (e.span.start, e.span.end));
        let placed: Vec<_> = edits.iter().map(|e| (text::clamp(&source.text, e.span), e)).collect();
        let path = path(source, options.prefix);
        match Excerpt::around(&source.text, placed.iter().map(|(range, _)| *range)) {
            Some(excerpt) => {
                let patches =
                    placed.iter().map(|((start, end), e)| Patch::new(excerpt.at(*start)..excerpt.at(*end), text::visible(&e.with)));
                let snippet = Snippet::source(excerpt.text.clone()).path(path).line_start(sources.line(file, excerpt.start) as usize);
                out.push(snippet.patches(patches.collect::<Vec<_>>()).into());
            }
            None => {
                let start = placed.first().map_or(0, |((start, _), _)| *start);
                let at = sources.position(file, start as u32);
                out.push(Origin::path(path).line(at.line as usize).char_column(at.column as usize).into());
            }
        }
    }
    out
}

/// First place of a diagnostic, for the formats that want one line of it.
fn primary<'s>(diagnostic: &Diagnostic, sources: &'s Sources) -> Option<(&'s Source, Span)> {
    let span = diagnostic.primary()?;
    Some((sources.get(span.file)?, span))
}

#[cfg(test)]
mod tests;
