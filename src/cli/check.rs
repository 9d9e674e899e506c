//! `bayplan check`.

use super::arguments::{Check, Global};
use super::{Exit, Failure, Streams, program};
use crate::diagnostic::Severity;

pub fn run(arguments: &Check, global: &Global, streams: &mut Streams) -> Result<Exit, Failure> {
    let compiled = program::run(&arguments.program, None, global, streams, crate::check)?;
    if arguments.form.is_json() {
        let count = |severity| compiled.diagnostics.iter().filter(|d| d.severity == severity).count();
        let report = serde_json::json!({
            "ok": compiled.diagnostics.is_ok(),
            "errors": compiled.diagnostics.errors(),
            "warnings": count(Severity::Warning),
            "notes": count(Severity::Note),
            "files": compiled.inputs,
        });
        super::json_line(streams.out, &report)?;
    }
    Ok(if compiled.diagnostics.is_ok() { Exit::Done } else { Exit::Errors })
}
