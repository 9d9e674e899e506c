//! Proofs: each reads the objects that were emitted, not what was meant by them, and holds them against the plan.
//!
//! What `emit` does is not known here: a mistake in one room is caught by the other. Proofs are pure; each is a line of a list below.

mod capacity;
mod conflicts;
mod hardening;
mod objects;
mod pod_security;
mod reachability;
mod scene;
pub mod schema;
#[cfg(test)]
mod support;
mod values;
mod violation;

use crate::diagnostic::Diagnostics;
use crate::plan::Planned;
use crate::source::Sources;
use crate::tape::Bundle;
use scene::Scene;

/// Looks at the scene and pushes what is wrong with it.
type Proof = fn(scene: &Scene<'_>, diagnostics: &mut Diagnostics);

/// Proofs that look at each object by itself: they hold of a part of a program as of the whole.
const OF_EACH_OBJECT: &[Proof] = &[violation::prove, objects::prove, capacity::bounds, pod_security::prove, hardening::prove];

/// Proofs that need every object: what is missing because its block has a mistake would be taken for a second mistake.
const OF_THE_WHOLE: &[Proof] = &[reachability::prove, capacity::quota, conflicts::prove];

/// Proves one environment.
pub fn prove(planned: &Planned, bundle: &Bundle, sources: &Sources, diagnostics: &mut Diagnostics) {
    let scene = Scene::new(planned, bundle, sources);
    let whole = if planned.poisoned.is_empty() { OF_THE_WHOLE } else { &[] };
    for proof in OF_EACH_OBJECT.iter().chain(whole) {
        proof(&scene, diagnostics);
    }
}
