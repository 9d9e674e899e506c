//! What `build` and `check` share: arguments to a request, and messages to standard error.

use super::arguments::{Global, Messages, Program};
use super::{Exit, Failure, Streams, progress, system};
use crate::diagnostic::render::{self, Options};
use crate::world::{DiskWorld, World, WorldError};
use crate::{Compiled, Request};
use std::path::Path;

/// A compilation function of the library.
type Compile = fn(&dyn World, &Request) -> Compiled;

/// Runs it on these arguments and prints its messages.
pub fn run(
    program: &Program,
    environment: Option<&str>,
    global: &Global,
    streams: &mut Streams,
    compile: Compile,
) -> Result<Compiled, Failure> {
    let wrong = |e: WorldError| Failure::Said(Exit::Usage, e.to_string());
    let (world, paths) = DiskWorld::open(&program.paths).map_err(wrong)?;
    let request = Request {
        paths,
        environment: environment.map(str::to_owned),
        set: program.set.clone(),
        inputs: program.inputs.as_deref().map(|i| world.path_of(i)).transpose().map_err(wrong)?,
        kubernetes: program.kubernetes.clone(),
        threads: threads(program),
        keep_apps: false,
        before: Some(system::before),
        placement: system::PLACEMENT,
    };
    let compiled = progress::shown(streams.progress, "compiling", || compile(&world, &request));
    let here = std::env::current_dir().and_then(std::fs::canonicalize).unwrap_or_default();
    let prefix = prefix(world.root(), &here);
    let options = Options {
        colour: streams.colour,
        width: streams.width,
        prefix: &prefix,
        summary: compiled.summary.as_deref(),
        quiet: global.quiet,
    };
    let write = match global.diagnostics {
        Messages::Human => render::human,
        Messages::Json => render::json,
        Messages::Sarif => render::sarif,
        Messages::Github => render::github,
    };
    // Nobody can be told that standard error is gone.
    let _ = streams.err.write_all(write(&compiled.diagnostics, &compiled.sources, &options).as_bytes());
    Ok(compiled)
}

/// How many threads: as many as were asked for, or as the machine has, up to [`THREADS`].
fn threads(program: &Program) -> usize {
    let available = || std::thread::available_parallelism().map_or(1, |all| usize::from(all).min(THREADS));
    program.threads.map_or_else(available, usize::from)
}

/// The most threads that are not asked for: each takes two megabytes and 50 µs to start, and a thousand apps are 90 ms of work.
const THREADS: usize = 8;

/// What leads from this folder to the root, with a slash at its end where it is not empty. Both are absolute, links resolved.
fn prefix(root: &Path, here: &Path) -> String {
    if let Ok(down) = root.strip_prefix(here) {
        let down = down.to_string_lossy();
        return if down.is_empty() { String::new() } else { format!("{down}/") };
    }
    match here.strip_prefix(root) {
        Ok(up) => "../".repeat(up.components().count()),
        Err(_) => format!("{}/", root.to_string_lossy().trim_end_matches('/')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_from_the_readers_folder() {
        let at = |root: &str, here: &str| prefix(Path::new(root), Path::new(here));
        assert_eq!(at("/p", "/p"), "");
        assert_eq!(at("/p/examples/shop", "/p"), "examples/shop/");
        assert_eq!(at("/p", "/p/a/b"), "../../");
        assert_eq!(at("/q", "/p"), "/q/");
        assert_eq!(at("/", "/p"), "../");
    }
}
