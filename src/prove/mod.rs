//! Proofs: each reads the objects that were emitted, not what was meant by them, and holds them against the plan.
//!
//! What `emit` does is not known here: a mistake in one room is caught by the other. Proofs are pure; each is a line of a list below.

mod callers;
mod capacity;
mod conflicts;
mod forms;
mod hardening;
mod monitoring;
mod objects;
mod pod_security;
mod proxies;
mod reachability;
mod rollout;
mod routing;
mod scene;
pub mod schema;
#[cfg(test)]
mod support;
mod values;
mod violation;
mod waypoints;

use crate::diagnostic::Diagnostics;
use crate::plan::Planned;
use crate::source::Sources;
use crate::tape::Bundle;
use scene::Scene;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

/// Looks at the scene and pushes what is wrong with it.
type Proof = fn(scene: &Scene<'_>, diagnostics: &mut Diagnostics);

/// Proofs that look at each object by itself: they hold of a part of a program as of the whole.
const OF_EACH_OBJECT: &[Proof] = &[violation::prove, objects::prove, capacity::bounds, pod_security::prove, hardening::prove];

/// Proofs that need every object: what is missing because its block has a mistake would be taken for a second mistake.
const OF_THE_WHOLE: &[Proof] =
    &[reachability::prove, capacity::quota, conflicts::prove, callers::prove, waypoints::prove, routing::prove, rollout::prove, monitoring::prove];

/// Fewer objects than this are proven sooner than a thread starts.
const OBJECTS_A_THREAD: usize = 500;

/// Proves one environment. The proofs are independent of each other: several threads take them in turn, and what they say is joined in the
/// order of the lists.
pub fn prove(planned: &Planned, bundle: &Bundle, sources: &Sources, threads: usize, diagnostics: &mut Diagnostics) {
    let scene = Scene::new(planned, bundle, sources);
    let whole = if planned.poisoned.is_empty() { OF_THE_WHOLE } else { &[] };
    // The longest come last in the lists and are begun first.
    let proofs: Vec<(Proof, OnceLock<Diagnostics>)> = OF_EACH_OBJECT.iter().chain(whole).map(|proof| (*proof, OnceLock::new())).collect();
    let next = AtomicUsize::new(proofs.len());
    let work = || {
        while let Some((proof, said)) = next.fetch_update(Relaxed, Relaxed, |n| n.checked_sub(1)).ok().and_then(|n| proofs.get(n - 1)) {
            let mut own = Diagnostics::default();
            proof(&scene, &mut own);
            // Each proof is taken once.
            let _ = said.set(own);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(bundle.len() / OBJECTS_A_THREAD) {
            scope.spawn(work);
        }
        work();
    });
    proofs.into_iter().filter_map(|(_, said)| said.into_inner()).for_each(|said| diagnostics.append(said));
}
