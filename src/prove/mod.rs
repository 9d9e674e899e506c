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
use crate::workers::Workers;
use scene::{Part, Scene};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Looks at the scene and pushes what is wrong with it.
type Proof = fn(scene: &Scene<'_>, diagnostics: &mut Diagnostics);

/// Looks at some of the objects, each by itself, and pushes what is wrong with them.
type ProofOfEach = fn(part: &Part<'_, '_>, diagnostics: &mut Diagnostics);

/// Proofs that look at each object by itself: they hold of a part of a program as of the whole.
const OF_EACH_OBJECT: &[ProofOfEach] = &[violation::prove, capacity::bounds, pod_security::prove, hardening::prove];

/// Proofs of what is there, be it all or not.
const OF_WHAT_IS_THERE: &[Proof] = &[objects::prove];

/// Proofs that need every object: what is missing because its block has a mistake would be taken for a second mistake. The longest stand
/// last, and are begun first.
const OF_THE_WHOLE: &[Proof] = &[
    callers::prove,
    waypoints::prove,
    routing::prove,
    rollout::prove,
    monitoring::prove,
    capacity::quota,
    conflicts::prove,
    reachability::prove,
];

/// Proves one environment. The proofs are independent of each other: several threads take them in turn, and what they say is joined in the
/// order of the lists.
pub fn prove(planned: &Planned, bundle: &Bundle, sources: &Sources, workers: &Workers, diagnostics: &mut Diagnostics) {
    let scene = Scene::new(planned, bundle, sources, workers);
    let parts = scene.parts();
    let whole = if planned.poisoned.is_empty() { OF_THE_WHOLE } else { &[] };
    let of_each = OF_EACH_OBJECT.iter().flat_map(|proof| parts.iter().map(|part| Task::OfEach(*proof, part)));
    let tasks: Vec<_> = of_each.chain(OF_WHAT_IS_THERE.iter().chain(whole).map(|proof| Task::Whole(*proof))).collect();
    let said: Vec<_> = tasks.iter().map(|_| OnceLock::new()).collect();
    let next = AtomicUsize::new(tasks.len());
    let work = || {
        while let Ok(left) = next.fetch_update(Relaxed, Relaxed, |n| n.checked_sub(1)) {
            let Some((task, said)) = tasks.get(left - 1).zip(said.get(left - 1)) else { break };
            let mut own = Diagnostics::default();
            match task {
                Task::OfEach(proof, part) => proof(part, &mut own),
                Task::Whole(proof) => proof(&scene, &mut own),
            }
            // Each task is taken once.
            let _ = said.set(own);
        }
    };
    workers.each(vec![(); workers.threads().min(parts.len())], |()| work());
    said.into_iter().filter_map(OnceLock::into_inner).for_each(|said| diagnostics.append(said));
}

/// Fewer tapes than this are proven sooner than a thread wakes.
const TAPES_A_THREAD: usize = 20;

enum Task<'t, 's, 'a> {
    OfEach(ProofOfEach, &'t Part<'s, 'a>),
    Whole(Proof),
}
