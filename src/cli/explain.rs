//! `bayplan explain`.

use super::arguments::Explain;
use super::{Exit, Failure, Streams};
use crate::diagnostic::codes::{EXPLANATIONS, Explanation, explain};
use serde_json::{Value, json};

pub fn run(arguments: &Explain, streams: &mut Streams) -> Result<Exit, Failure> {
    let value = |e: &Explanation| json!({ "code": e.code.to_string(), "title": e.title(), "page": e.page });
    let is_json = arguments.form.is_json();
    match &arguments.code {
        None if is_json => super::json_line(streams.out, &Value::Array(EXPLANATIONS.iter().map(value).collect()))?,
        None => {
            for e in EXPLANATIONS {
                writeln!(streams.out, "{}  {}", e.code, e.title())?;
            }
        }
        Some(code) => {
            let unknown = || Failure::Said(Exit::Usage, format!("there is no code `{code}`; `bayplan explain` lists all of them"));
            let explanation = explain(code).ok_or_else(unknown)?;
            if is_json {
                super::json_line(streams.out, &value(explanation))?;
            } else {
                writeln!(streams.out, "{}: {}", explanation.code, explanation.page.trim_start_matches("# ").trim_end())?;
            }
        }
    }
    Ok(Exit::Done)
}
