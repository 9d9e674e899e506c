//! The command line: one file per verb. Each reads its arguments, calls the library and prints; it decides nothing about programs.

mod arguments;
mod build;
mod check;
mod completions;
mod docs;
mod explain;
mod man;
mod new;
mod program;
mod progress;
mod system;
mod timeline;

use arguments::{Cli, Colour, Verb};
use clap::{CommandFactory, Parser};
use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::process::ExitCode;

/// What a run ends with; the number is the process's exit code. An interrupt (SIGINT) ends the process at once, which a shell reports as 130.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// All was done.
    Done = 0,
    /// The program has errors.
    Errors = 1,
    /// Wrong use, or a file or stream of this machine that cannot be used.
    Usage = 2,
    /// A safety rule stopped it, and nothing was written.
    Refused = 5,
}

/// Why a verb ended early.
#[derive(Debug)]
enum Failure {
    /// A sentence without a full stop, and the exit code.
    Said(Exit, String),
    /// Standard output could not be written.
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Output(error)
    }
}

/// Where a run writes, and what the reader's terminal can do.
pub struct Streams<'a> {
    /// Results.
    pub out: &'a mut dyn Write,
    /// Messages.
    pub err: &'a mut dyn Write,
    /// May messages have colours when `--color` is `auto`?
    pub colour: bool,
    /// Columns for messages.
    pub width: usize,
    /// May a line of progress be drawn on this process's standard error?
    pub progress: bool,
}

/// The whole program: the process's arguments, streams and environment.
pub fn main() -> ExitCode {
    system::prepare();
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let terminal = io::stderr().is_terminal();
    let dumb = variable("TERM").is_some_and(|term| term == "dumb");
    // Manifests come in pieces larger than this, and are not copied.
    let mut out = BufWriter::with_capacity(1 << 15, io::stdout().lock());
    // Not locked for the whole run: a line of progress is drawn by another thread.
    let mut err = io::stderr();
    let mut streams = Streams {
        out: &mut out,
        err: &mut err,
        colour: terminal && !dumb && variable("NO_COLOR").is_none(),
        width: variable("COLUMNS").and_then(|c| c.to_str()?.parse().ok()).unwrap_or(140),
        progress: terminal && !dumb,
    };
    ExitCode::from(run(std::env::args_os(), &mut streams) as u8)
}

/// Runs one command line; the first argument is the program's name.
pub fn run(arguments: impl IntoIterator<Item = OsString>, streams: &mut Streams) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments).and_then(|cli| arguments::checked(cli, &arguments)) {
        Ok(cli) => cli,
        Err(error) => {
            let text = error.render().to_string();
            if error.use_stderr() {
                let _ = write!(streams.err, "{}", lines(&text));
                return Exit::Usage;
            }
            let written = write!(streams.out, "{text}").and_then(|()| streams.out.flush());
            return written.map_or_else(|error| failed(&Failure::Output(error), streams), |()| Exit::Done);
        }
    };
    match cli.global.color {
        Colour::Always => streams.colour = true,
        Colour::Never => streams.colour = false,
        Colour::Auto => {}
    }
    streams.progress &= !cli.global.quiet;
    let global = &cli.global;
    let result = match &cli.verb {
        Verb::Build(arguments) => build::run(arguments, global, streams),
        Verb::Check(arguments) => check::run(arguments, global, streams),
        Verb::Timeline(arguments) => timeline::run(arguments, global, streams),
        Verb::Explain(arguments) => explain::run(arguments, streams),
        Verb::New(arguments) => new::run(arguments, global, streams),
        Verb::Docs(arguments) => docs::run(arguments, streams),
        Verb::Completions(arguments) => completions::run(arguments, Cli::command(), streams),
        Verb::Man(arguments) => man::run(arguments, Cli::command(), streams),
    };
    let result = result.and_then(|exit| {
        streams.out.flush()?;
        Ok(exit)
    });
    result.unwrap_or_else(|failure| failed(&failure, streams))
}

fn failed(failure: &Failure, streams: &mut Streams) -> Exit {
    match failure {
        // The reader has seen enough (`| head`): not a mistake of anyone.
        Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
        Failure::Output(error) => {
            let _ = writeln!(streams.err, "error: the output could not be written: {error}");
            Exit::Usage
        }
        Failure::Said(exit, text) => {
            let _ = writeln!(streams.err, "error: {}", lines(text));
            *exit
        }
    }
}

/// Text that may hold what a user or a file said, line by line safe to print.
fn lines(text: &str) -> String {
    text.split('\n').map(crate::diagnostic::render::escape).collect::<Vec<_>>().join("\n")
}

/// Prints a JSON value on a line of its own.
fn json_line(out: &mut dyn Write, value: &serde_json::Value) -> Result<(), Failure> {
    writeln!(out, "{value}")?;
    Ok(())
}

#[cfg(test)]
mod tests;
