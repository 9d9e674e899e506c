//! `bayplan completions`.

use super::arguments::Completions;
use super::{Exit, Failure, Streams};

pub fn run(arguments: &Completions, mut command: clap::Command, streams: &mut Streams) -> Result<Exit, Failure> {
    // Into memory first: the generator panics where its stream does not take what it writes.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "bayplan", &mut script);
    if arguments.form.is_json() {
        let script = String::from_utf8_lossy(&script);
        super::json_line(streams.out, &serde_json::json!({ "shell": arguments.shell.to_string(), "script": script }))?;
    } else {
        streams.out.write_all(&script)?;
    }
    Ok(Exit::Done)
}
