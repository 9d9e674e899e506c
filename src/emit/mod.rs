//! Plan to bundle: every object, field for field as the plan says it.
//!
//! There is no policy here. What a program or a default decides stands in the plan; the constants of these files are what nothing can change.
//! One file a concern, each with a `fn emit(&App, &Plan, &mut Tape)` and a line in [`EMITTERS`].

mod access;
mod autoscaler;
mod config;
mod disruption;
mod labels;
mod namespace;
mod network_policy;
mod order;
mod pod;
mod probe;
mod service;
#[cfg(test)]
mod tests;
mod workload;

use crate::plan::model::{App, Plan};
use crate::tape::{Bundle, Origin, Tape};
use std::panic::resume_unwind;
use std::thread;

/// Writes the objects of one concern of an app.
pub type Emitter = fn(app: &App, plan: &Plan, out: &mut Tape);

/// The concerns. Where an object stands in the output is [`order`]'s to say, not this list's.
pub const EMITTERS: &[Emitter] =
    &[access::emit, config::emit, network_policy::emit, service::emit, disruption::emit, workload::emit, autoscaler::emit];

/// Fewer apps than this are not worth a thread.
const APPS_A_THREAD: usize = 8;

/// Writes the whole plan, on at most so many threads (at least one). The bundle holds one tape with the namespaces and what lies in them for
/// all apps, then one tape an app, whatever the number of threads.
pub fn emit(plan: &Plan, threads: usize) -> Bundle {
    let mut tapes = Vec::with_capacity(plan.apps.len() + 1);
    let mut namespaces = Tape::new();
    namespace::emit(plan, &mut namespaces);
    tapes.push(namespaces);

    let threads = threads.min(plan.apps.len() / APPS_A_THREAD).max(1);
    let chunk = plan.apps.len().div_ceil(threads).max(1);
    if threads == 1 {
        tapes.extend(plan.apps.iter().map(|app| emit_app(app, plan)));
    } else {
        thread::scope(|scope| {
            let spawn = |apps| scope.spawn(move || -> Vec<Tape> { <[App]>::iter(apps).map(|app| emit_app(app, plan)).collect() });
            let running: Vec<_> = plan.apps.chunks(chunk).map(spawn).collect();
            for thread in running {
                match thread.join() {
                    Ok(done) => tapes.extend(done),
                    Err(panic) => resume_unwind(panic),
                }
            }
        });
    }
    let order = order::order(&tapes);
    Bundle { tapes, order }
}

/// Nodes and bytes of text that a workload takes, about.
const WORKLOAD: (usize, usize) = (512, 4096);

fn emit_app(app: &App, plan: &Plan) -> Tape {
    let mut tape = Tape::with_capacity(WORKLOAD.0 * app.workloads.len(), WORKLOAD.1 * app.workloads.len());
    for emitter in EMITTERS {
        emitter(app, plan, &mut tape);
    }
    tape
}

/// The origin of a list's item that has none of its own.
fn inherited<X>(_: &X) -> Origin {
    Origin::NONE
}

/// A block's origin, or that of what it stands in where nobody wrote the block.
fn or(block: Origin, parent: Origin) -> Origin {
    if block == Origin::NONE { parent } else { block }
}
