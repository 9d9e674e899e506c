//! One JSON object a line: each message, then one that counts.

use super::{Options, path, severity, summary, text};
use crate::diagnostic::{Diagnostics, Severity};
use crate::source::{Sources, Span};
use serde_json::{Value, json};

/// One object a line, `kind` first: a `diagnostic` each (all that were kept), then one `summary`. Lines and columns count from 1, columns in
/// characters; `start` and `end` of labels and edits are byte offsets, so that a fix can be applied as it stands.
pub fn json(diagnostics: &Diagnostics, sources: &Sources, options: &Options) -> String {
    let mut out = String::new();
    let mut line = |value: Value| {
        out.push_str(&text::escape_json(&value.to_string()));
        out.push('\n');
    };
    for d in diagnostics.iter().filter(|d| !options.quiet || d.severity == Severity::Error) {
        let (mut file, mut at, mut end) = (Value::Null, None, Value::Null);
        if let Some((source, span)) = super::primary(d, sources) {
            file = path(source, options.prefix).into();
            at = Some(sources.position(span.file, span.start));
            end = position(sources, span, span.end);
        }
        line(json!({
            "kind": "diagnostic",
            "code": d.code.to_string(),
            "severity": severity(d.severity),
            "title": d.title,
            "file": file,
            "line": at.map(|p| p.line),
            "column": at.map(|p| p.column),
            "end": end,
            "labels": d.labels.iter().map(|l| json!({
                "file": sources.get(l.span.file).map(|s| path(s, options.prefix)),
                "from": position(sources, l.span, l.span.start),
                "to": position(sources, l.span, l.span.end),
                "start": l.span.start,
                "end": l.span.end,
                "text": l.text,
            })).collect::<Vec<_>>(),
            "notes": d.notes,
            "fixes": d.fixes.iter().map(|f| json!({
                "text": f.text,
                "edits": f.edits.iter().map(|e| json!({
                    "file": sources.get(e.span.file).map(|s| path(s, options.prefix)),
                    "start": e.span.start,
                    "end": e.span.end,
                    "with": e.with,
                })).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
        }));
    }
    let count = |severity| diagnostics.iter().filter(|d| d.severity == severity).count();
    line(json!({
        "kind": "summary",
        "errors": diagnostics.errors(),
        "warnings": count(Severity::Warning),
        "notes": count(Severity::Note),
        "dropped": diagnostics.dropped(),
        "text": summary(diagnostics, options),
    }));
    out
}

fn position(sources: &Sources, span: Span, offset: u32) -> Value {
    let p = sources.position(span.file, offset);
    json!({ "line": p.line, "column": p.column })
}
