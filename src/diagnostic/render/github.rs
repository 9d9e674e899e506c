//! Workflow commands of GitHub Actions: annotations on the lines of a pull request.

use super::{Options, path, shown, summary, text};
use crate::diagnostic::{Diagnostics, Severity};
use crate::source::Sources;
use std::fmt::Write;

/// One command a message, `::error file=…,line=…,col=…,title=E0203::…`, whose text holds title, label, notes and ways out; then one that counts
/// where some were not shown.
pub fn github(diagnostics: &Diagnostics, sources: &Sources, options: &Options) -> String {
    let mut out = String::new();
    for one in shown(diagnostics, options.quiet) {
        let d = one.diagnostic;
        let command = match d.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let _ = write!(out, "::{command} ");
        if let Some((source, span)) = super::primary(d, sources) {
            let (from, to) = (sources.position(span.file, span.start), sources.position(span.file, span.end));
            let _ = write!(out, "file={},line={},col={},", property(&path(source, options.prefix)), from.line, from.column);
            // The runner takes an end column on the same line only, and both ends as inclusive.
            if from.line == to.line {
                let _ = write!(out, "endColumn={},", to.column.saturating_sub(1).max(from.column));
            } else {
                let _ = write!(out, "endLine={},", to.line);
            }
        }
        let mut message = vec![text::escape(&d.title)];
        message.extend(d.labels.first().filter(|l| !l.text.is_empty()).map(|l| text::escape(&l.text)));
        message.extend(d.notes.iter().map(|n| format!("note: {}", text::escape_lines(n))));
        message.extend(one.remark().map(|n| format!("note: {n}")));
        message.extend(d.fixes.iter().map(|f| format!("help: {}", text::escape_lines(&f.text))));
        let _ = writeln!(out, "title={}::{}", property(&d.code.to_string()), data(&message.join("\n")));
    }
    if super::hidden(diagnostics) > 0
        && !options.quiet
        && let Some(line) = summary(diagnostics, options)
    {
        let _ = writeln!(out, "::notice title=Bayplan::{}", data(&line));
    }
    out
}

/// The runner's escapes for what stands after `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The runner's escapes for a property, which also ends at a comma or colon.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
