//! x
#[cfg(feature = "cli")]
pub mod cli;
pub mod diagnostic;
pub mod output;
pub mod source;
pub mod syntax;
pub mod tape;
pub mod units;
pub mod vocabulary;
pub mod world;

use diagnostic::Diagnostics;
use source::Sources;
use world::World;

#[derive(Clone, Debug, Default)]
pub struct Request {
    pub paths: Vec<String>,
    pub environment: Option<String>,
    pub set: Vec<(String, String)>,
    pub inputs: Option<String>,
    pub kubernetes: Option<String>,
    pub threads: usize,
}
pub struct Compiled {
    pub bundle: Option<tape::Bundle>,
    pub diagnostics: Diagnostics,
    pub sources: Sources,
    pub inputs: Vec<String>,
    pub summary: Option<String>,
}
/// Stub.
pub fn compile(world: &dyn World, request: &Request) -> Compiled {
    let _ = request;
    Compiled {
        bundle: Some(tape::Bundle::default()),
        diagnostics: Diagnostics::default(),
        sources: Sources::default(),
        inputs: world.read_so_far(),
        summary: None,
    }
}
/// Stub.
pub fn check(world: &dyn World, request: &Request) -> Compiled {
    Compiled { bundle: None, ..compile(world, request) }
}
