//! `bayplan docs`.

use super::arguments::Docs;
use super::{Exit, Failure, Streams};

pub fn run(arguments: &Docs, streams: &mut Streams) -> Result<Exit, Failure> {
    let page = crate::vocabulary::reference::reference();
    if arguments.form.is_json() {
        super::json_line(streams.out, &serde_json::json!({ "reference": page }))?;
    } else {
        streams.out.write_all(page.as_bytes())?;
    }
    Ok(Exit::Done)
}
