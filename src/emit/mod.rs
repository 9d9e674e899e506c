//! Plan to bundle: every object, field for field as the plan says it.
//!
//! There is no policy here. What a program or a default decides stands in the plan; the constants of these files are what nothing can change.
//! One file a concern, each with a `fn emit(&App, &Plan, &mut Tapes)` and a line in [`EMITTERS`].

mod access;
mod autoscaler;
mod cluster;
mod config;
mod disruption;
mod gateway;
mod ingress;
mod labels;
mod mesh;
mod monitoring;
mod namespace;
mod network_policy;
mod order;
mod pod;
mod probe;
mod release;
mod routing;
mod service;
#[cfg(test)]
mod tests;
mod waypoint;
mod workload;

use crate::plan::APPS_A_THREAD;
use crate::plan::model::{App, Namespace, Plan};
use crate::tape::{Bundle, Origin, Place, Tape, Tapes};
use crate::workers::Workers;
use order::Ranks;
use std::borrow::Borrow;

/// Writes the objects of one concern of an app.
pub type Emitter = fn(app: &App, plan: &Plan, out: &mut Tapes);

/// The concerns. Where an object stands in the output is [`order`]'s to say, not this list's.
pub const EMITTERS: &[Emitter] = &[
    access::emit,
    config::emit,
    network_policy::emit,
    mesh::emit,
    service::emit,
    routing::emit,
    disruption::emit,
    release::emit,
    workload::emit,
    autoscaler::emit,
    monitoring::emit,
];

/// Objects that are written, and whose order is not found yet: nothing needs it but their output, so that it can be found beside the proofs.
pub struct Unordered {
    /// The objects, without their order.
    pub bundle: Bundle,
    ranks: Vec<Ranks>,
}

impl Unordered {
    /// What [`Bundle::order`] is to be.
    pub fn order(&self) -> Vec<Place> {
        order::order(&self.bundle.tapes, &self.ranks)
    }
    /// The bundle, with [`Unordered::order`].
    pub fn ordered(self, order: Vec<Place>) -> Bundle {
        Bundle { order, ..self.bundle }
    }
}

/// Writes the whole plan. The bundle holds tapes with what lies in the namespaces for all apps, those with what belongs to none, then one or
/// more an app.
pub fn emit(plan: &Plan, workers: &Workers) -> Unordered {
    emit_chunks(plan, plan.apps.chunks(workers.share(plan.apps.len(), APPS_A_THREAD)).collect(), workers)
}

/// [`emit`] for a plan whose apps nobody asks for any more: each is dropped when it is written, so that plan and bundle never stand beside
/// each other whole. The plan has no apps afterwards.
pub fn emit_last(plan: &mut Plan, workers: &Workers) -> Unordered {
    let size = workers.share(plan.apps.len(), APPS_A_THREAD);
    let mut rest = std::mem::take(&mut plan.apps);
    let mut chunks = Vec::new();
    while !rest.is_empty() {
        let after = rest.split_off(size.min(rest.len()));
        chunks.push(std::mem::replace(&mut rest, after));
    }
    emit_chunks(plan, chunks, workers)
}

fn emit_chunks<C: IntoIterator<Item: Borrow<App>> + Send>(plan: &Plan, chunks: Vec<C>, workers: &Workers) -> Unordered {
    let mut namespaces = plan.namespaces.chunks(workers.share(plan.namespaces.len(), APPS_A_THREAD));
    let mut chunks = chunks.into_iter();
    // Both at once, so that what a thread has less of the one it may have more of the other.
    let parts = std::iter::from_fn(|| match (namespaces.next(), chunks.next()) {
        (None, None) => None,
        (namespaces, apps) => Some((namespaces.unwrap_or_default(), apps)),
    });
    let write = |(namespaces, apps): (&[Namespace], Option<C>)| {
        let mut tapes = Tapes::new();
        let apps: Vec<_> = apps.into_iter().flatten().map(|app| emit_app(app.borrow(), plan, &mut tapes)).collect();
        namespace::emit(namespaces, plan, &mut tapes);
        (taken(&mut tapes), apps)
    };
    let (mut all, apps): (Vec<_>, Vec<_>) = workers.each(parts.collect(), write).into_iter().unzip();
    let mut rest = Tapes::new();
    emit_rest(plan, &mut rest);
    all.push(taken(&mut rest));
    all.extend(apps.into_iter().flatten());
    let mut tapes = Vec::with_capacity(all.iter().map(|(own, _)| own.len()).sum());
    let mut ranks = Vec::with_capacity(all.len());
    for (own, rank) in all {
        tapes.extend(own);
        ranks.push(rank);
    }
    Unordered { bundle: Bundle { tapes, order: Vec::new(), files: cluster::files(&plan.platform) }, ranks }
}

type Written = (Vec<Tape>, Ranks);

fn taken(tapes: &mut Tapes) -> Written {
    let tapes = tapes.take();
    let ranks = Ranks::of(&tapes);
    (tapes, ranks)
}

/// What belongs to no app, beside what every namespace has.
fn emit_rest(plan: &Plan, out: &mut Tapes) {
    waypoint::emit(plan, out);
    monitoring::of_namespaces(plan, out);
    cluster::emit(plan, out);
}

fn emit_app(app: &App, plan: &Plan, tapes: &mut Tapes) -> Written {
    EMITTERS.iter().for_each(|emitter| emitter(app, plan, tapes));
    taken(tapes)
}

/// The origin of a list's item that has none of its own.
fn inherited<X>(_: &X) -> Origin {
    Origin::NONE
}

/// A block's origin, or that of what it stands in where nobody wrote the block.
fn or(block: Origin, parent: Origin) -> Origin {
    if block == Origin::NONE { parent } else { block }
}
