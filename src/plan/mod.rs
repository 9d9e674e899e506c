//! Checked program to plan: one environment, every value known, every default applied, every object named.
//!
//! Names and ports of all tiers come first ([`index`]), and read no other tier; then every app is expanded and lowered on its own, in
//! parallel; then what they reach of each other is joined ([`network`]).

mod apps;
mod arithmetic;
mod autosize;
mod cluster;
mod container;
pub mod environments;
pub mod evaluate;
pub mod expand;
mod external;
mod hosts;
pub mod index;
pub mod inputs;
mod keda;
mod lower;
mod mesh;
pub mod model;
mod monitoring;
mod names;
mod namespaces;
mod network;
mod objects;
pub mod origins;
mod refused;
mod release;
mod resources;
mod root;
mod scaling;
mod split;
mod template;
mod tracing;
mod traffic;
mod verify;
mod versions;
mod waypoint;
mod workload;

pub use release::{pods_by_weight, pods_of, share_of};

use crate::assets::Assets;
use crate::check::program::Program;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::source::{Sources, Span};
use crate::vocabulary::value::{TierRef, Value};
use crate::workers::Workers;
use evaluate::Evaluator;
use origins::{OriginWriter, Origins};
use rustc_hash::FxHashMap;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU32;

/// Fewer apps than this are not worth a thread.
pub const APPS_A_THREAD: usize = 8;

/// One environment, planned.
#[derive(Debug, Default)]
pub struct Planned {
    /// What it becomes.
    pub plan: model::Plan,
    /// Where its values come from.
    pub origins: Origins,
    /// Blocks that were not planned because something in them is wrong; proofs of the whole program wait until there are none.
    pub poisoned: Vec<String>,
    /// Were two blocks refused because their objects would have one name? Proofs do not say it again of each object.
    pub collided: bool,
}

/// What a plan is made with, besides the program.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// The environment; the program itself where none.
    pub environment: Option<&'a str>,
    /// A minor version of Kubernetes in place of the target's.
    pub kubernetes: Option<&'a str>,
    /// Inputs from outside, by the number of their global.
    pub inputs: &'a FxHashMap<usize, Value>,
    /// Files that the program names.
    pub assets: &'a Assets,
    /// Texts.
    pub sources: &'a Sources,
    /// Who does it.
    pub workers: &'a Workers,
}

/// Plans one environment. What is wrong is left out and named in [`Planned::poisoned`]; [`refuse_collisions`] is the last step.
pub fn plan(program: &Program, setting: &Setting<'_>, diagnostics: &mut Diagnostics) -> Planned {
    let mut planned = Planned::default();
    let environment = match setting.environment {
        None => None,
        Some(name) => match program.environments.iter().find(|e| *e.name == *name) {
            Some(e) => Some(&e.body),
            None => {
                let names: Vec<&str> = program.environments.iter().map(|e| &*e.name).collect();
                let d = Diagnostic::error(codes::NO_ENVIRONMENT, format!("the program has no environment `{name}`"));
                diagnostics.push(match crate::check::suggest::nearest(name, names.iter().copied()) {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    None if names.is_empty() => d.help(format!("declare it: `environment {name} {{ … }}`")),
                    None => d.help(format!("it has {}", crate::check::suggest::list(names, "and"))),
                });
                return planned;
            }
        },
    };
    let globals: Vec<OnceLock<Value>> = program.globals.iter().map(|_| OnceLock::new()).collect();
    let next = AtomicU32::new(1);
    let mut evaluator = Evaluator::new(program, &globals, setting.inputs, None, OriginWriter::new(&next));
    let top = root::expand(program, environment, &mut evaluator, setting.workers);
    let (target, namespaces) = namespaces::decode(&top, setting, &mut evaluator);
    let mut platform = cluster::decode(&top, &target, setting, &mut evaluator, &mut planned.poisoned);
    let index = names::collect(&top, &namespaces, &mut evaluator, setting.workers);
    planned.poisoned.extend(external::of_the_top(&top, &mut evaluator));
    // What waits at the top level may read every tier.
    evaluator.index = Some(&index);
    let mut waiting = expand::Expander::new(&mut evaluator, expand::Extent::Full, TierRef::TOP);
    waiting.requirements = top.requirements;
    waiting.check_requirements(&top.node);
    diagnostics.append(std::mem::take(&mut evaluator.diagnostics));
    planned.origins.take(evaluator.origins);
    let is_empty =
        top.apps.is_empty() && platform.cluster.is_none() && platform.storage_classes.is_empty() && platform.priority_classes.is_empty();
    if is_empty && diagnostics.is_ok() {
        let file = setting.sources.iter().find(|(_, s)| !s.library).map_or_else(Default::default, |(id, _)| id);
        diagnostics.push(
            Diagnostic::error(codes::EMPTY, "the program declares no app")
                .at(Span::new(file, 0, 0), "nothing to build")
                .why("Comments, lets and components alone become nothing.")
                .help("declare one: `app hello { tier web { image = \"ghcr.io/acme/web:1.0\" } }`"),
        );
    }
    let defaults = namespaces.iter().filter_map(|d| Some((d.namespace.name.value.clone(), d.default.as_deref()?))).collect();
    let shared = apps::Shared { program, globals: &globals, setting, index: &index, target: &target, defaults: &defaults, next: &next };
    let results = apps::lower_all(&shared, &top.apps, &planned.origins);
    let mut lowered = Vec::new();
    let mut seen = apps::Seen::default();
    for result in results {
        if lowered.is_empty() {
            (planned.plan.apps, lowered) = (result.apps, result.lowered);
        } else {
            planned.plan.apps.extend(result.apps);
            lowered.extend(result.lowered);
        }
        seen.append(result.seen);
        planned.origins.take(result.origins);
        planned.poisoned.extend(result.poisoned);
        diagnostics.append(result.diagnostics);
    }
    planned.plan.target = target.clone();
    let mut addresses = names::addresses(&top.node);
    seen.addresses.into_iter().for_each(|(tier, found)| addresses.add(tier, found));
    let mut outside = names::outside(&top.node);
    outside.extend(seen.outside);
    platform.backups.extend(seen.backups);
    {
        let own = |s: Span| !setting.sources.get(s.file).is_some_and(|f| f.library);
        let (plan, origins) = (&mut planned.plan, &planned.origins);
        let place = |o| origins.trace(o, own).map_or_else(Span::default, |t| t.0);
        let managed = |name: &str| namespaces.iter().any(|d| *d.namespace.name.value == *name && d.namespace.managed);
        let names = traffic::Names { index: &index, target: &target };
        keda::let_in(seen.watched, &mut lowered, &index);
        mesh::follow_leads(&seen.leads.into_iter().collect(), &mut lowered, &target, &index);
        hosts::assemble(&mut plan.apps, &lowered, names, setting.workers, &place, diagnostics);
        if seen.splits {
            split::split(&mut plan.apps, &mut lowered, names, &place, diagnostics);
        }
        let externals = |t: TierRef| outside.get(&t).cloned();
        let around = mesh::Around { index: &index, target: &target, externals: &externals, managed: &managed, place: &place };
        mesh::join(&mut plan.apps, &mut lowered, around, diagnostics);
    }
    network::connect(&mut planned.plan, &index, &|t| addresses.of(t), lowered, setting.workers);
    if let Some(cluster) = &platform.cluster {
        planned.plan.connections.extend(cluster::connections(cluster, &target));
    }
    {
        let own = |s: Span| !setting.sources.get(s.file).is_some_and(|f| f.library);
        let place = |o| planned.origins.trace(o, own).map_or_else(Span::default, |t| t.0);
        cluster::refuse_collisions(&platform.backups, &place, diagnostics);
        cluster::refuse_unknown(&platform, &planned.plan.apps, &place, diagnostics);
        if let Some(cluster) = &platform.cluster {
            cluster::of_apps(cluster, &planned.plan.apps, &place, diagnostics);
        }
    }
    planned.plan.platform = platform;
    planned.plan.namespaces = namespaces::used(namespaces, &planned.plan.apps);
    planned
}

/// Refuses objects of one name: what is left to do when the program is not needed any more.
pub fn refuse_collisions(planned: &mut Planned, sources: &Sources, diagnostics: &mut Diagnostics) {
    names::refuse_collisions(planned, sources, diagnostics);
    planned.collided = diagnostics.iter().any(|d| d.code == codes::COLLISION);
}
