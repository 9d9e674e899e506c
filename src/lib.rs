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
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that fails may panic"))]

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
pub mod units;
pub mod vocabulary;
pub mod world;

use diagnostic::Diagnostics;
use source::Sources;
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
}

/// What came of it.
#[derive(Debug)]
pub struct Compiled {
    /// The objects in order; `None` where there is an error.
    pub bundle: Option<tape::Bundle>,
    /// What the objects were made from; `None` where there is an error.
    pub plan: Option<plan::Planned>,
    /// Messages, in the order of the sources.
    pub diagnostics: Diagnostics,
    /// The texts that messages point into.
    pub sources: Sources,
    /// The files that were read, for `rerun-if-changed`.
    pub inputs: Vec<String>,
    /// What was not checked because of errors, as the second half of a sentence.
    pub summary: Option<String>,
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
    let threads = request.threads.max(1);
    let mut diagnostics = Diagnostics::default();
    let loaded = syntax::load::load(world, &request.paths, &mut diagnostics);
    let program = {
        let units = syntax::parse_all(&loaded, threads, &mut diagnostics);
        check::check(&units, threads, &mut diagnostics)
    };
    let sources = loaded.sources;
    let assets = assets::load(world, &program, &sources, &mut diagnostics);
    let inputs = plan::inputs::read(world, &program, &request.set, request.inputs.as_deref(), &mut diagnostics);
    let all: Vec<Option<&str>> = match environments {
        [] => std::iter::once(None).chain(program.environments.iter().map(|e| Some(&*e.name))).collect(),
        named => named.to_vec(),
    };
    let (mut bundle, mut kept, mut unchecked, mut footprints) = (None, None, Vec::new(), Vec::new());
    plan::environments::check(&program, &mut diagnostics);
    for environment in all {
        let planned = plan::plan(&program, &plan::Setting { environment, kubernetes: request.kubernetes.as_deref(), inputs: &inputs, assets: &assets, sources: &sources, threads }, &mut diagnostics);
        let emitted = emit::emit(&planned.plan, threads);
        prove::prove(&planned, &emitted, &sources, &mut diagnostics);
        unchecked.extend(planned.poisoned.iter().cloned());
        if let Some(e) = environment.and_then(|name| program.environments.iter().find(|e| *e.name == *name)) {
            footprints.push(plan::environments::Footprint::of(&e.name, e.span, &planned.plan));
        }
        (bundle, kept) = (Some(emitted), Some(planned));
    }
    plan::environments::compare(&footprints, &mut diagnostics);
    diagnostics.sort(&sources);
    unchecked.sort();
    unchecked.dedup();
    let summary = (!unchecked.is_empty()).then(|| format!("not planned because of them: {}", unchecked.join(", ")));
    let ok = diagnostics.is_ok();
    Compiled { bundle: bundle.filter(|_| ok), plan: kept.filter(|_| ok), diagnostics, sources, inputs: world.read_so_far(), summary }
}
