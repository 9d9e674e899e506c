//! `bayplan timeline`.

use super::arguments::{Global, Timeline};
use super::{Exit, Failure, Streams, program};
use crate::world::World;
use crate::{Compiled, Request, timeline};

pub fn run(arguments: &Timeline, global: &Global, streams: &mut Streams) -> Result<Exit, Failure> {
    let compiled = program::run(&arguments.program, arguments.env.as_deref(), global, streams, whole)?;
    let Some(planned) = compiled.plan else { return Ok(Exit::Errors) };
    let all = timeline::timelines(&planned.plan, &arguments.tier, arguments.replicas);
    let missing = |name: &&String| !all.iter().any(|t| ***name == *t.tier || ***name == format!("{}.{}", t.app, t.tier));
    if let Some(name) = arguments.tier.iter().find(missing) {
        return Err(Failure::Said(Exit::Usage, format!("--tier {name}: the program has no tier of this name that is rolled out")));
    }
    if all.is_empty() {
        return Err(Failure::Said(Exit::Usage, "the program has no tier that is rolled out".to_owned()));
    }
    if let Some(file) = &arguments.svg {
        let failed = |error: std::io::Error| Failure::Said(Exit::Usage, format!("--svg {file}: {error}"));
        std::fs::write(file, timeline::svg(&all)).map_err(failed)?;
    }
    if arguments.form.is_json() {
        super::json_line(streams.out, &timeline::json(&all))?;
    } else {
        streams.out.write_all(timeline::text(&all).as_bytes())?;
    }
    Ok(Exit::Done)
}

/// A compilation whose plan keeps its apps: they are what is foretold.
fn whole(world: &dyn World, request: &Request) -> Compiled {
    crate::compile(world, &Request { keep_apps: true, ..request.clone() })
}
