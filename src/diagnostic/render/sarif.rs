//! SARIF 2.1.0, which code scanning services read.

use super::{Options, path, text};
use crate::diagnostic::codes::{self, Code};
use crate::diagnostic::{Diagnostics, Edit, Fix, Label, Severity};
use crate::source::{Sources, Span};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The whole document: one run, the rules that were broken with their pages, and a result for each message that was kept.
pub fn sarif(diagnostics: &Diagnostics, sources: &Sources, options: &Options) -> String {
    let told: Vec<_> = diagnostics.iter().filter(|d| !options.quiet || d.severity == Severity::Error).collect();
    let codes: Vec<Code> = told.iter().map(|d| d.code).collect::<BTreeSet<_>>().into_iter().collect();
    let results: Vec<Value> = told
        .iter()
        .map(|d| {
            let mut result = Map::new();
            result.insert("ruleId".into(), d.code.to_string().into());
            result.insert("ruleIndex".into(), codes.binary_search(&d.code).unwrap_or(0).into());
            result.insert("level".into(), super::severity(d.severity).into());
            let mut message = text::escape(&d.title);
            for note in &d.notes {
                let _ = write!(message, "\n\n{}", text::escape_lines(note));
            }
            for fix in d.fixes.iter().filter(|f| f.edits.is_empty()) {
                let _ = write!(message, "\n\n{}", text::escape_lines(&fix.text));
            }
            result.insert("message".into(), json!({ "text": message }));
            let mut labels = d.labels.iter();
            let primary: Vec<Value> = labels.next().and_then(|l| location(l, sources, options)).into_iter().collect();
            result.insert("locations".into(), primary.into());
            let related: Vec<Value> = labels.filter_map(|l| location(l, sources, options)).collect();
            if !related.is_empty() {
                result.insert("relatedLocations".into(), related.into());
            }
            let fixes: Vec<Value> = d.fixes.iter().filter(|f| !f.edits.is_empty()).map(|f| fix(f, sources, options)).collect();
            if !fixes.is_empty() {
                result.insert("fixes".into(), fixes.into());
            }
            result.into()
        })
        .collect();
    let document = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "bayplan",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut out = text::escape_json(&format!("{document:#}"));
    out.push('\n');
    out
}

fn rule(code: Code) -> Value {
    let id = code.to_string();
    match codes::explain(&id) {
        Some(page) => json!({
            "id": id,
            "shortDescription": { "text": page.title() },
            "help": { "text": page.page, "markdown": page.page },
        }),
        None => json!({ "id": id }),
    }
}

fn location(label: &Label, sources: &Sources, options: &Options) -> Option<Value> {
    let mut location = Map::new();
    location.insert(
        "physicalLocation".into(),
        json!({ "artifactLocation": artifact(label.span, sources, options)?, "region": region(label.span, sources) }),
    );
    if !label.text.is_empty() {
        location.insert("message".into(), json!({ "text": text::escape(&label.text) }));
    }
    Some(location.into())
}

fn fix(fix: &Fix, sources: &Sources, options: &Options) -> Value {
    let mut by_file: BTreeMap<_, Vec<&Edit>> = BTreeMap::new();
    for edit in &fix.edits {
        by_file.entry(edit.span.file).or_default().push(edit);
    }
    let changes: Vec<Value> = by_file
        .values()
        .filter_map(|edits| {
            Some(json!({
                "artifactLocation": artifact(edits.first()?.span, sources, options)?,
                "replacements": edits.iter().map(|e| json!({
                    "deletedRegion": region(e.span, sources),
                    "insertedContent": { "text": e.with },
                })).collect::<Vec<_>>(),
            }))
        })
        .collect();
    json!({ "description": { "text": text::escape_lines(&fix.text) }, "artifactChanges": changes })
}

fn artifact(span: Span, sources: &Sources, options: &Options) -> Option<Value> {
    Some(json!({ "uri": uri(&path(sources.get(span.file)?, options.prefix)) }))
}

/// Ends are exclusive, as SARIF has them; columns count code points, as the run says.
fn region(span: Span, sources: &Sources) -> Value {
    let (from, to) = (sources.position(span.file, span.start), sources.position(span.file, span.end));
    json!({ "startLine": from.line, "startColumn": from.column, "endLine": to.line, "endColumn": to.column })
}

/// A relative reference (RFC 3986): everything but unreserved characters and slashes is percent-encoded.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(byte.into());
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
