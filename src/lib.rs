//! Bayplan: a small typed language that says what an application is, compiled to the whole Kubernetes manifest set, and proven.
//!
//! The compiler is a straight line of pure functions, and [`compile`] is that line:
//!
//! ```text
//! source → syntax → check → (assets) → plan → emit → prove → output
//!  text     ast     program   files     plan   bundle  bundle   files
//! ```
//!
//! Arrows point left to right: no room reads one to its right. Nothing but `world`, `output::tree` and `cli` touches the outside.
//! Every stage returns what it understood and pushes what it did not; errors are values with places, and wrong programs are ordinary input.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::needless_pass_by_value,
        reason = "a test that fails may panic"
    )
)]

pub mod assets;
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
pub mod diagnostic;
pub mod emit;
pub mod kinds;
pub mod output;
pub mod plan;
pub mod prove;
pub mod schema;
pub mod source;
pub mod syntax;
pub mod tape;
pub mod timeline;
pub mod units;
pub mod vocabulary;
pub mod workers;
pub mod world;

use diagnostic::Diagnostics;
use source::{Sources, Span};
use std::sync::{Mutex, OnceLock};
use workers::Workers;
use world::World;

/// What is to be compiled.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Files and folders below the project's root, all one program; `-` is standard input.
    pub paths: Vec<String>,
    /// The environment; the program itself where none.
    pub environment: Option<String>,
    /// Inputs as texts: name and value.
    pub set: Vec<(String, String)>,
    /// A YAML file of inputs.
    pub inputs: Option<String>,
    /// The minor version of Kubernetes, in place of `target.kubernetes`.
    pub kubernetes: Option<String>,
    /// How many threads; 0 is one.
    pub threads: usize,
    /// Is [`Compiled::plan`] wanted with its apps? Without them a large program takes a tenth less memory.
    pub keep_apps: bool,
    /// Is told of what comes next, and may see to where its memory is from.
    pub before: Option<fn(Stage)>,
    /// How its threads come to run on a processor each, where that is not left to the system.
    pub placement: Option<workers::Placement>,
}

/// What is about to be done, by how it takes memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// A program of so many bytes of text is parsed and checked, on threads that start with it.
    Read(usize),
    /// A program of so many bytes of text becomes a plan, and that becomes objects: much memory, most of which is filled.
    Make(usize),
    /// The objects are proven and written: lists that grow, and little else.
    Prove,
}

/// What came of it.
#[derive(Debug)]
pub struct Compiled {
    /// The objects in order; `None` where there is an error.
    pub bundle: Option<tape::Bundle>,
    /// What the objects were made from, without its apps where [`Request::keep_apps`] does not ask for them; `None` where there is an error.
    pub plan: Option<plan::Planned>,
    /// Messages, in the order of the sources.
    pub diagnostics: Diagnostics,
    /// The texts that messages point into.
    pub sources: Sources,
    /// The files that were read, for `rerun-if-changed`.
    pub inputs: Vec<String>,
    /// What was not checked because of errors, as the second half of a sentence.
    pub summary: Option<String>,
    /// The threads that it took: [`output::write_on`] takes them again.
    pub workers: Workers,
}

/// Compiles one environment of a program.
pub fn compile(world: &dyn World, request: &Request) -> Compiled {
    run(world, request, &[request.environment.as_deref()])
}

/// Checks every environment of a program: each is planned, emitted and proven, and nothing is kept.
pub fn check(world: &dyn World, request: &Request) -> Compiled {
    let compiled = run(world, request, &[]);
    Compiled { bundle: None, plan: None, ..compiled }
}

/// The line itself, for these environments; all of them where none is named.
fn run(world: &dyn World, request: &Request, environments: &[Option<&str>]) -> Compiled {
    let threads = Workers::placed(request.threads, request.placement);
    let workers = &threads;
    let mut diagnostics = Diagnostics::default();
    let loaded = syntax::load::load(world, &request.paths, &mut diagnostics);
    let bytes = loaded.sources.iter().map(|(_, source)| source.text.len()).sum();
    let before = request.before.unwrap_or(|_| ());
    before(Stage::Read(bytes));
    let adrift;
    let program = {
        let units = syntax::parse_all(&loaded, workers, &mut diagnostics);
        adrift = left_open(&diagnostics, &loaded.sources);
        check::check(units, workers, &mut diagnostics)
    };
    let sources = loaded.sources;
    let assets = assets::load(world, &program, &sources, &mut diagnostics);
    let inputs = plan::inputs::read(world, &program, &request.set, request.inputs.as_deref(), &mut diagnostics);
    // Names and places of the environments outlive the program, which is dropped as soon as the last of them is planned.
    let place = |name: &str| program.environments.iter().find(|e| *e.name == *name).map_or_else(Span::default, |e| e.span);
    let all: Vec<Option<(String, Span)>> = match environments {
        [] => std::iter::once(None).chain(program.environments.iter().map(|e| Some((e.name.to_string(), e.span)))).collect(),
        named => named.iter().map(|name| name.map(|n| (n.to_owned(), place(n)))).collect(),
    };
    let (mut bundle, mut kept, mut unchecked, mut footprints) = (None, None, Vec::new(), Vec::new());
    plan::environments::check(&program, &mut diagnostics);
    let mut program = Some(program);
    for (number, environment) in all.iter().enumerate() {
        // Those of the environment before.
        (bundle, kept) = (None, None);
        let Some(checked) = &program else { break };
        before(Stage::Make(bytes));
        let name = environment.as_ref().map(|(name, _)| name.as_str());
        let setting = plan::Setting {
            environment: name,
            kubernetes: request.kubernetes.as_deref(),
            inputs: &inputs,
            assets: &assets,
            sources: &sources,
            workers,
        };
        let mut planned = plan::plan(checked, &setting, &mut diagnostics);
        // Another thread drops the program meanwhile: a millisecond of a thousand apps.
        let done = Mutex::new(if number + 1 == all.len() { program.take() } else { None });
        let drop_it = |_| drop(done.lock().map(|mut done| done.take()));
        workers.beside_started(drop_it, |_| plan::refuse_collisions(&mut planned, &sources, &mut diagnostics));
        drop(done);
        let footprint = environment.as_ref().map(|(name, span)| plan::environments::Footprint::of(name, *span, &planned.plan));
        footprints.extend(footprint);
        let emitted = if request.keep_apps { emit::emit(&planned.plan, workers) } else { emit::emit_last(&mut planned.plan, workers) };
        before(Stage::Prove);
        let order = OnceLock::new();
        prove::prove(&planned, &emitted.bundle, &sources, workers, &|| drop(order.set(emitted.order())), &mut diagnostics);
        let emitted = emitted.ordered(order.into_inner().unwrap_or_default());
        unchecked.extend(planned.poisoned.iter().cloned());
        (bundle, kept) = (Some(emitted), Some(planned));
    }
    plan::environments::compare(&footprints, &mut diagnostics);
    diagnostics.forget(|d| {
        d.code.0 >= 200 && d.primary().is_some_and(|at| adrift.iter().any(|open| open.file == at.file && open.start < at.start))
    });
    diagnostics.sort(&sources);
    unchecked.sort();
    unchecked.dedup();
    let summary = (!unchecked.is_empty()).then(|| {
        let more = unchecked.len().saturating_sub(UNCHECKED_SHOWN);
        let shown = unchecked.get(..UNCHECKED_SHOWN).unwrap_or(&unchecked).join(", ");
        format!("not planned because of them: {shown}{}", if more > 0 { format!(" and {more} more") } else { String::new() })
    });
    let ok = diagnostics.is_ok();
    Compiled {
        bundle: bundle.filter(|_| ok),
        plan: kept.filter(|_| ok),
        diagnostics,
        sources,
        inputs: world.read_so_far(),
        summary,
        workers: threads,
    }
}

/// How many of the blocks that were not planned are named.
const UNCHECKED_SHOWN: usize = 6;

/// Where brackets stay open to the end of a file: behind them entries stand in blocks that they were not written for, and every message
/// about them would be an echo of that one (row 6).
fn left_open(diagnostics: &Diagnostics, sources: &Sources) -> Vec<Span> {
    let ends = |e: &diagnostic::Edit| sources.get(e.span.file).is_some_and(|s| s.text.trim_end().len() <= e.span.end as usize);
    let open =
        diagnostics.iter().filter(|d| d.code == diagnostic::codes::UNCLOSED_BRACKET && d.fixes.iter().flat_map(|f| &f.edits).all(ends));
    open.filter_map(diagnostic::Diagnostic::primary).collect()
}
