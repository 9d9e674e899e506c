//! Every name is decided here: of objects, of namespaces, of ports, before anything else is evaluated.

use super::Planned;
use super::evaluate::Evaluator;
use super::expand::{Expander, Extent};
use super::index::{AppEntry, Index, PortEntry, TierEntry};
use super::model::{Controller, Peer, Str, Variant, Waypoint};
use super::namespaces::Declared;
use super::network::Addresses;
use super::root::{AppTask, Top, app_node};
use super::workload::port_of;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::source::{Sources, Span};
use crate::tape::Origin;
use crate::vocabulary::blocks::{External, Workload};
use crate::vocabulary::value::{Node, TierRef};
use crate::vocabulary::{Block as _, Labelled};
use crate::workers::Workers;
use rustc_hash::FxHashMap;

/// The index of all tiers.
pub fn collect<'p>(top: &Top<'p>, namespaces: &[Declared], evaluator: &mut Evaluator<'p>, workers: &Workers) -> Index {
    let mut index = Index::default();
    index.top.extend(externals(&top.node).iter().map(external));
    let mut in_cluster = FxHashMap::with_capacity_and_hasher(namespaces.len(), Default::default());
    for d in namespaces {
        in_cluster.entry(&d.label).or_insert(&d.namespace.name.value);
    }
    let ahead = &*evaluator;
    let parts = workers.chunks(&top.apps, super::APPS_A_THREAD, |first, tasks| {
        let mut evaluator = ahead.sibling();
        (entries_of(tasks, first, &in_cluster, &mut evaluator), evaluator)
    });
    for (entries, sibling) in parts {
        index.apps.extend(entries);
        evaluator.rejoin(sibling);
    }
    index.by_name = (0u32..).zip(&index.apps).map(|(number, app)| (app.name.clone(), number)).collect();
    index
}

/// The entries of some apps; `first` is the number of the first of them.
fn entries_of<'p>(tasks: &[AppTask<'p>], first: usize, in_cluster: &FxHashMap<&Str, &Str>, evaluator: &mut Evaluator<'p>) -> Vec<AppEntry> {
    let entry = |(number, task): (usize, &AppTask<'p>)| {
        evaluator.refuel();
        let before = std::mem::take(&mut evaluator.diagnostics);
        let mut expander = Expander::new(evaluator, Extent::Names, number as u32);
        let node = app_node(task, &mut expander);
        // What is wrong is said when the app is expanded in full; only what reads a tier too early is said here.
        let found = std::mem::replace(&mut evaluator.diagnostics, before);
        for d in found.iter().filter(|d| d.code == codes::TOO_EARLY) {
            evaluator.diagnostics.push(d.clone());
        }
        let within = task.layers.iter().find_map(|(b, ..)| b.within.as_deref());
        let label = within.map_or(&task.label.value, |(n, _)| n);
        let namespace = (*in_cluster.get(label).unwrap_or(&label)).clone();
        AppEntry { name: task.label.value.clone(), namespace, tiers: node.as_ref().map(tiers).unwrap_or_default() }
    };
    (first..).zip(tasks).map(entry).collect()
}

/// Is this child of an app a workload or an external?
pub fn is_tier(node: &Node) -> bool {
    std::ptr::eq(node.info.members, Workload::tier().members) || std::ptr::eq(node.info, External::info())
}

fn tiers(node: &Node) -> Vec<TierEntry> {
    let prefix = node.attributes.iter().find(|(m, ..)| node.info.members.get(usize::from(*m)).is_some_and(|m| m.is("prefix")));
    let prefix = prefix.and_then(|(.., v)| v.value.as_str()).unwrap_or("");
    let mut all = Vec::with_capacity(node.children.len());
    for (_, child) in node.children.iter().filter(|(_, c)| is_tier(c)) {
        if std::ptr::eq(child.info, External::info()) {
            all.push(external(&External::decode(child)));
            continue;
        }
        let Some(name) = &child.label else { continue };
        let object: Str = if prefix.is_empty() { name.value.clone() } else { format!("{prefix}{}", name.value).into() };
        let mut ports = Vec::new();
        port_entries(child, &mut ports);
        all.push(TierEntry { name: name.value.clone(), object, external: false, ports, origin: child.origin });
    }
    all
}

/// Ports of the block itself and of its sidecars.
fn port_entries(node: &Node, into: &mut Vec<PortEntry>) {
    use crate::vocabulary::Field as _;
    let Some(member) = node.info.find("port").first() else { return };
    let declared: Labelled<crate::vocabulary::words::PortSpec> = Labelled::decode(node, member.number);
    entries(&declared, into);
    for (_, child) in &node.children {
        if std::ptr::eq(child.info, Workload::container()) {
            port_entries(child, into);
        }
    }
}

fn entries(declared: &Labelled<crate::vocabulary::words::PortSpec>, into: &mut Vec<PortEntry>) {
    into.reserve_exact(declared.0.len());
    for (name, spec) in declared.iter() {
        let (number, service, protocol, application) = port_of(&name.value, &spec.value);
        // Numbers out of range are said where the tier is lowered.
        let number = u16::try_from(number).unwrap_or(0);
        let service = service.and_then(|s| u16::try_from(s).ok()).filter(|s| *s > 0).unwrap_or(number);
        into.push(PortEntry { name: name.value.clone(), number, service, protocol, application, origin: spec.origin });
    }
}

fn external(e: &External) -> TierEntry {
    let mut ports = Vec::new();
    entries(&e.port, &mut ports);
    let host = e.hosts.as_ref().and_then(|h| h.value.first()).map_or_else(|| "".into(), |h| h.value.as_str().into());
    TierEntry {
        name: e.label.as_ref().map_or_else(|| "".into(), |l| l.value.clone()),
        object: host,
        external: true,
        ports,
        origin: e.origin,
    }
}

/// The externals of the top level.
fn externals(top: &Node) -> Vec<External> {
    top.children.iter().filter(|(_, c)| std::ptr::eq(c.info, External::info())).map(|(_, c)| External::decode(c)).collect()
}

/// The addresses of externals.
pub struct AddressBook(FxHashMap<TierRef, Vec<Peer>>);

impl AddressBook {
    /// Of one; all public ones where it gives names alone.
    pub fn of(&self, tier: TierRef) -> Addresses {
        self.0.get(&tier).map_or_else(Addresses::public, |a| Addresses(a.clone()))
    }
}

/// The addresses of all externals of the top level; those of apps are added when they are lowered.
pub fn addresses(top: &Node) -> AddressBook {
    let known =
        externals(top).into_iter().zip(0u32..).filter_map(|(e, tier)| Some((TierRef { app: TierRef::TOP, tier }, Addresses::of(&e)?.0)));
    AddressBook(known.collect())
}

/// What the mesh knows of the externals of the top level.
pub fn outside(top: &Node) -> FxHashMap<TierRef, super::model::mesh::Outside> {
    let known =
        (0u32..).zip(externals(top)).filter_map(|(tier, e)| Some((TierRef { app: TierRef::TOP, tier }, super::mesh::outside(&e, "")?)));
    known.collect()
}

impl AddressBook {
    /// Adds an app's own external.
    pub fn add(&mut self, tier: TierRef, addresses: Addresses) {
        self.0.insert(tier, addresses.0);
    }
}

/// Two objects of one kind and name in a namespace are an error with both places (row 15).
pub fn refuse_collisions(planned: &Planned, sources: &Sources, diagnostics: &mut Diagnostics) {
    let own = |s: Span| !sources.get(s.file).is_some_and(|f| f.library);
    let place = |o: Origin| planned.origins.trace(o, own).map_or_else(Span::default, |t| t.0);
    // Names meet in a namespace: a map of one, used again, stays in the processor's cache (half a millisecond of a thousand apps).
    let mut apps: Vec<_> = planned.plan.apps.iter().collect();
    apps.sort_by_key(|app| &*app.namespace.value);
    let mut seen: FxHashMap<(&str, &str), Origin> = FxHashMap::default();
    let mut last = "";
    for app in apps {
        let ns: &str = &app.namespace.value;
        if std::mem::replace(&mut last, ns) != ns {
            seen.clear();
        }
        for w in &app.workloads {
            let mut clash = |kind: &'static str, name: &'_ str, origin: Origin, first: Origin| {
                diagnostics.push(
                    Diagnostic::error(codes::COLLISION, format!("two objects of namespace `{ns}` would be the {kind} `{name}`"))
                        .at(place(origin), "this one")
                        .at(place(first), "and this one")
                        .help("rename one, or set `prefix` in one of the apps"),
                );
            };
            let other = seen.insert(("workload", &w.object.value), w.object.origin);
            if let Some(first) = other {
                clash("workload", &w.object.value, w.object.origin, first);
            }
            // Two workloads of one name have Services of one name: that is one mistake.
            if w.service.is_some()
                && let Some(first) = seen.insert(("Service", &w.object.value), w.object.origin)
                && first != w.object.origin
                && other.is_none()
            {
                clash("Service", &w.object.value, w.object.origin, first);
            }
            if let Controller::StatefulSet { headless, .. } = &w.controller
                && let Some(first) = seen.insert(("Service", headless), w.object.origin)
            {
                clash("Service", headless, w.object.origin, first);
            }
            let origin = w.object.origin;
            let more: Vec<(&'static str, &str)> = match &w.controller {
                Controller::Rollout { release, .. } if w.service.is_some() => {
                    let others = release.services().into_iter().filter(|name| **name != w.object.value);
                    others.map(|name| ("Service", &**name)).collect()
                }
                Controller::Versions(all) => {
                    let kinds = |v: &Variant| [Some("workload"), v.service.then_some("Service")].into_iter().flatten();
                    all.iter().flat_map(|v| kinds(v).map(|kind| (kind, &*v.workload.runs_as().value))).collect()
                }
                _ => Vec::new(),
            };
            let member = w.mesh.as_ref().filter(|m| m.waypoint.is_some() || !m.allow.is_empty());
            let policies = member.into_iter().flat_map(|m| [Some(&*w.object.value), m.waypoint.as_ref().map(|b| &*b.policy)]).flatten();
            let policies = policies.map(|name| ("AuthorizationPolicy", name)).filter(|_| other.is_none());
            for (kind, name) in more.into_iter().chain(policies).chain(w.analyses.iter().map(|a| ("AnalysisTemplate", &*a.name.value))) {
                if let Some(first) = seen.insert((kind, name), origin) {
                    clash(kind, name, origin, first);
                }
            }
            if &*w.object.value == Waypoint::NAME && planned.plan.waypoints.iter().any(|p| *p.namespace == *ns) {
                diagnostics.push(
                    Diagnostic::error(codes::COLLISION, format!("`{}` is the name of the proxy that reads the requests of `{ns}`", Waypoint::NAME))
                        .at(place(w.object.origin), "its Service, account and policy would have that name")
                        .why("In ambient mode `traffic`, the shares of a release and those of versions are carried out by a waypoint, which Istio makes.")
                        .help("choose another name"),
                );
            }
            if &*w.object.value == "default-deny" {
                diagnostics.push(
                    Diagnostic::error(codes::COLLISION, "`default-deny` is the name of the namespace's own policy")
                        .at(place(w.object.origin), "its policy would have that name")
                        .help("choose another name"),
                );
            }
        }
        for s in &app.external_secrets {
            if let Some(first) = seen.insert(("ExternalSecret", &s.name.value), s.name.origin) {
                diagnostics.push(
                    Diagnostic::error(codes::COLLISION, format!("two secrets of namespace `{ns}` are named `{}`", s.name.value))
                        .at(place(s.name.origin), "this one")
                        .at(place(first), "and this one")
                        .help("give one another `name`, or move it to the app so that its tiers share it"),
                );
            }
        }
    }
}
