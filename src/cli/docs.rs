//! `bayplan docs`.

use super::arguments::Docs;
use super::{Exit, Failure, Streams};
use crate::diagnostic::codes::EXPLANATIONS;

pub fn run(arguments: &Docs, streams: &mut Streams) -> Result<Exit, Failure> {
    let codes: Vec<(String, &str)> = EXPLANATIONS.iter().map(|e| (e.code.to_string(), e.title())).collect();
    let page = crate::vocabulary::reference::reference(&codes);
    if arguments.form.is_json() {
        super::json_line(streams.out, &serde_json::json!({ "reference": page }))?;
    } else {
        streams.out.write_all(page.as_bytes())?;
    }
    Ok(Exit::Done)
}
