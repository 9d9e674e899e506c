//! Proofs: each reads the objects that were emitted, not what was meant by them, and holds them against the plan.
//!
//! What `emit` does is not known here: a mistake in one room is caught by the other. Proofs are pure; each is a line of a list below.

mod callers;
mod capacity;
mod chains;
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
use scene::{Group, Scene};
use schema::Shapes;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Looks at the scene and pushes what is wrong with it.
type Proof = fn(scene: &Scene<'_>, diagnostics: &mut Diagnostics);

/// Proofs that look at no more than a namespace at a time, after that of [`violation`].
const OF_NAMESPACES: &[Proof] = &[capacity::bounds, pod_security::prove, hardening::prove, objects::prove];

/// Those of them that need every object of it: what is missing because its block has a mistake would be taken for a second mistake.
const OF_WHOLE_NAMESPACES: &[Proof] = &[monitoring::prove, capacity::quota, conflicts::prove];

/// Proofs that look at all of what is there, be it all that is meant or not.
const OF_WHAT_IS_THERE: &[Proof] = &[objects::node_ports];

/// Proofs of all that need every object. The longest stands last, and is begun first.
const OF_THE_WHOLE: &[Proof] = &[callers::prove, waypoints::prove, routing::prove, rollout::prove, reachability::prove];

/// Proves one environment. The proofs are independent of each other: several threads take them in turn, and what they say is joined in the
/// order of the lists. The order of the bundle is not asked for. `meanwhile` is done once, by one of the threads.
pub fn prove(
    planned: &Planned,
    bundle: &Bundle,
    sources: &Sources,
    workers: &Workers,
    meanwhile: &(dyn Fn() + Sync),
    diagnostics: &mut Diagnostics,
) {
    let scene = Scene::new(planned, bundle, sources, workers);
    let groups = scene.groups();
    let is_whole = planned.poisoned.is_empty();
    let only_whole = |proofs: &'static [Proof]| if is_whole { proofs } else { &[] };
    let all = OF_WHAT_IS_THERE.iter().chain(only_whole(OF_THE_WHOLE)).map(|proof| Task::Whole(*proof));
    let proofs: Vec<_> = OF_NAMESPACES.iter().chain(only_whole(OF_WHOLE_NAMESPACES)).copied().collect();
    let of_groups = groups.iter().flat_map(|group| {
        // A large namespace is proven by several threads, one proof each.
        let tasks = proofs.chunks(if group.is_large() { 1 } else { proofs.len() });
        tasks.enumerate().map(move |(number, proofs)| Task::Group { group, proofs, shapes: number == 0 })
    });
    let mut tasks: Vec<_> = of_groups.collect();
    let in_groups = tasks.len();
    tasks.extend([Task::Meanwhile].into_iter().chain(all));
    let turns = Turns::new(tasks.len(), in_groups, workers.worth(bundle.tapes.len(), TAPES_A_THREAD));
    let said: Vec<_> = tasks.iter().map(|_| OnceLock::new()).collect();
    let work = |thread| {
        // What a thread learnt of one group it knows of the next.
        let mut known = Shapes::new(scene.minor());
        while let Some((task, said)) = turns.next(thread).and_then(|number| tasks.get(number).zip(said.get(number))) {
            let mut own = Diagnostics::default();
            match task {
                Task::Group { group, proofs, shapes } => {
                    let scene = scene.only(group);
                    if *shapes {
                        violation::prove(&scene, &mut known, &mut own);
                    }
                    proofs.iter().for_each(|proof| proof(&scene, &mut own));
                }
                Task::Whole(proof) => proof(&scene, &mut own),
                Task::Meanwhile => meanwhile(),
            }
            // Each task is taken once.
            let _ = said.set(own);
        }
    };
    workers.each((0..turns.shares.len()).collect(), work);
    said.into_iter().filter_map(OnceLock::into_inner).for_each(|said| diagnostics.append(said));
}

/// Fewer tapes than this are proven sooner than a thread wakes.
const TAPES_A_THREAD: usize = 20;

/// Which task a thread takes next. Those of the whole come first, the last of them before the others. Then a thread takes groups at its own place,
/// whose objects it has written itself and still has in its processor's cache; and when it has no more, those of others.
struct Turns {
    /// How many tasks are left until none but those of groups is.
    left: AtomicUsize,
    in_groups: usize,
    /// For each thread the next group of its share, and where the share ends.
    shares: Vec<(AtomicUsize, usize)>,
}

impl Turns {
    /// For so many tasks, the first of which are those of groups.
    fn new(tasks: usize, in_groups: usize, threads: usize) -> Self {
        let bound = |share: usize| share * in_groups / threads;
        let shares = (0..threads).map(|share| (AtomicUsize::new(bound(share)), bound(share + 1))).collect();
        Turns { left: AtomicUsize::new(tasks), in_groups, shares }
    }
    fn next(&self, thread: usize) -> Option<usize> {
        let of_whole = self.left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1).filter(|left| *left >= self.in_groups));
        of_whole.map(|left| left - 1).ok().or_else(|| {
            let from_own = self.shares.iter().cycle().skip(thread).take(self.shares.len());
            from_own.map(|(next, end)| (next.fetch_add(1, Relaxed), end)).find(|(next, end)| next < end).map(|(next, _)| next)
        })
    }
}

enum Task<'t> {
    Group {
        group: &'t Group,
        proofs: &'t [Proof],
        /// Are the shapes of its objects looked at too?
        shapes: bool,
    },
    Whole(Proof),
    /// What is no proof.
    Meanwhile,
}
