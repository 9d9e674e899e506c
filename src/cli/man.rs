//! `bayplan man`.

use super::arguments::Man;
use super::{Exit, Failure, Streams};

pub fn run(arguments: &Man, mut command: clap::Command, streams: &mut Streams) -> Result<Exit, Failure> {
    // Building spreads the global flags to every verb.
    command.build();
    let command = match &arguments.verb {
        None => command,
        Some(verb) => {
            let unknown = || Failure::Said(Exit::Usage, format!("there is no verb `{verb}`; `bayplan --help` lists all of them"));
            command.find_subcommand(verb).cloned().ok_or_else(unknown)?
        }
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command).source(concat!("bayplan ", env!("CARGO_PKG_VERSION"))).manual("Bayplan").render(&mut page)?;
    if arguments.form.is_json() {
        super::json_line(streams.out, &serde_json::json!({ "page": String::from_utf8_lossy(&page) }))?;
    } else {
        streams.out.write_all(&page)?;
    }
    Ok(Exit::Done)
}
