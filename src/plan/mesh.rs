//! The mesh: which workloads are in it, who may call whom by which account, and what each proxy needs to know.

use super::hosts::slug;
use super::index::Index;
use super::lower::Lower;
use super::model::mesh::{Allow, Before, Callers, Outside};
use super::model::routing::Entrance;
use super::model::{App, At, IngressKind, Mesh, Peer, Protocol, Str, Target};
use super::traffic::{Names, speaks_http};
use super::workload::{Lowered, Opening};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::source::Span;
use crate::tape::Origin;
use crate::vocabulary::blocks::{External, Workload};
use crate::vocabulary::value::{Node, PortRef, TierRef};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

impl Lower<'_> {
    /// Do the pods of this block get a proxy? Not those on their node's network, where it could not take their traffic.
    pub fn is_member(&self, node: &Node) -> bool {
        self.target.mesh != Mesh::None && !self.allows(node, "no-mesh") && !self.allows(node, "host-network")
    }

    /// Says what a pod of the mesh cannot have.
    pub fn check_member(&mut self, block: &Workload) {
        self.beside_the_proxy(block);
        for inner in block.container.iter().map(|c| &c.0).chain(block.init.iter().map(|c| &c.0)) {
            self.beside_the_proxy(inner);
        }
    }
}

/// What requests to a port lead to besides: a client of the port is a client of these, too.
pub fn follow_leads(leads: &FxHashMap<TierRef, Vec<At<PortRef>>>, lowered: &mut [Vec<Lowered>], target: &Target, index: &Index) {
    if leads.is_empty() {
        return;
    }
    let mut from_outside = Vec::new();
    for l in lowered.iter_mut().flatten() {
        // Without a mesh nobody leads the requests of pods elsewhere.
        if target.mesh != Mesh::None && l.workload.mesh.is_some() {
            let http = |p: &PortRef| index.port(*p).is_some_and(|e| speaks_http(e.application));
            let more: Vec<_> = l.uses.iter().filter(|(p, _)| http(p)).filter_map(|(p, _)| leads.get(&p.tier)).flatten().cloned().collect();
            l.uses.extend(more.into_iter().filter(|to| to.value.tier != l.tier).map(|to| (to.value, to.origin)));
        }
        if target.ingress != IngressKind::None && !l.exposures.is_empty() {
            from_outside.extend(leads.get(&l.tier).into_iter().flatten().cloned());
        }
    }
    for to in from_outside {
        let Some(entry) = index.port(to.value) else { continue };
        if let Some(l) = lowered.iter_mut().flatten().find(|l| l.tier == to.value.tier) {
            l.openings.push((entry.number, entry.protocol, to.origin, Opening::Gateway));
        }
    }
}

/// What joining the mesh looks things up in.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// All tiers.
    pub index: &'a Index,
    /// The platform.
    pub target: &'a Target,
    /// What the mesh knows of a system outside the cluster.
    pub externals: &'a dyn Fn(TierRef) -> Option<Outside>,
    /// Is a namespace the program's own?
    pub managed: &'a dyn Fn(&str) -> bool,
    /// The place of an origin.
    pub place: &'a dyn Fn(Origin) -> Span,
}

/// Fills in what every workload of the mesh is to it.
pub fn join(apps: &mut [App], lowered: &mut [Vec<Lowered>], around: Around<'_>, diagnostics: &mut Diagnostics) {
    let Around { index, target, externals, managed, place } = around;
    if target.mesh == Mesh::None {
        return;
    }
    // Who is there: account, and whether it has a certificate.
    let accounts: FxHashMap<TierRef, (Str, Str, bool)> = lowered
        .iter()
        .flatten()
        .filter_map(|l| {
            let namespace = index.namespace(l.tier)?.clone();
            Some((l.tier, (namespace, l.workload.account.name.value.clone(), l.workload.mesh.is_some())))
        })
        .collect();
    let led = led_to(apps);
    let names = Names { index, target };
    let waypoints = super::waypoint::before(lowered, names);
    let mut callers: FxHashMap<TierRef, BTreeMap<u16, Vec<(TierRef, Origin)>>> = FxHashMap::default();
    let mut written: BTreeSet<(Str, Str)> = BTreeSet::new();
    for (app, workloads) in apps.iter_mut().zip(lowered.iter_mut()) {
        for l in workloads {
            let namespace = app.namespace.value.clone();
            let mut reach: BTreeSet<Str> = BTreeSet::new();
            let mut passes = false;
            for (port, origin) in &l.uses {
                let (Some(tier), Some(entry)) = (index.tier(port.tier), index.port(*port)) else { continue };
                if tier.external {
                    let Some(outside) = externals(port.tier) else { continue };
                    if let Some(namespace) = &outside.cluster {
                        reach.insert(format!("{namespace}/*").into());
                        continue;
                    }
                    passes |= !outside.ports.iter().any(|(_, number, _)| number.value == entry.number);
                    if !outside.ports.is_empty() && l.workload.mesh.is_some() && target.mesh == Mesh::Istio {
                        reach.extend(outside.hosts.iter().map(|h| Str::from(format!("./{h}"))));
                        if written.insert((namespace.clone(), outside.name.value.clone())) {
                            app.outside.push(outside);
                        }
                    }
                    continue;
                }
                if entry.protocol != Protocol::Tcp {
                    continue;
                }
                let Some(there) = index.namespace(port.tier) else { continue };
                let here = if *there == namespace { "." } else { &**there };
                let host = target.host(&tier.object, there);
                reach.insert(format!("{here}/{host}").into());
                // A release or a version has Services of its own.
                for more in led.get(&tier.object).into_iter().flatten().filter(|more| more.contains(&*format!(".{there}.svc."))) {
                    reach.insert(format!("{here}/{more}").into());
                }
                callers.entry(port.tier).or_default().entry(entry.number).or_default().push((l.tier, *origin));
            }
            if l.api {
                reach.insert(format!("default/kubernetes.default.svc.{}", target.domain).into());
            }
            let ambient = target.mesh == Mesh::Ambient;
            let (label, inside, outside) =
                if ambient { ("istio.io/dataplane-mode", "ambient", "none") } else { ("sidecar.istio.io/inject", "true", "false") };
            let inject = |labels: &mut Vec<(Str, At<Str>)>, word: &str| labels.push((label.into(), At::default_of(word.into())));
            if l.workload.mesh.is_none() && l.workload.pod.host_network.is_none() {
                inject(&mut l.workload.pod.labels, outside);
            }
            if let Some(member) = &mut l.workload.mesh {
                // The label of the namespace asks for proxies where the program writes it.
                member.alone = !managed(&namespace);
                if member.alone {
                    inject(&mut l.workload.pod.labels, inside);
                }
                if ambient {
                    continue;
                }
                member.reach = reach.into_iter().collect();
                // DNS is asked over TCP too, and what the mesh itself reports to lies beside its control plane.
                member.reach.extend(name_servers(target).map(|namespace| format!("{namespace}/*").into()));
                member.reach.push(format!("{}/*", target.control.namespace).into());
                member.reach.sort();
                member.reach.dedup();
                member.passes = passes;
            }
        }
    }
    for l in lowered.iter_mut().flatten() {
        let by_port = callers.remove(&l.tier).unwrap_or_default();
        if l.workload.mesh.is_none() {
            continue;
        }
        let mut allow: Vec<Allow> = Vec::new();
        for (port, from) in by_port {
            let mut names = Vec::new();
            for (caller, origin) in &from {
                let Some((namespace, account, member)) = accounts.get(caller) else { continue };
                if *member {
                    names.push((namespace.clone(), account.clone()));
                } else {
                    diagnostics.push(refused(index, *caller, l.tier, port, *origin, place));
                }
            }
            names.sort();
            names.dedup();
            let origin = from.first().map_or(Origin::NONE, |f| f.1);
            if !names.is_empty() {
                permit(&mut allow, Callers::Accounts(names), port, origin);
            }
        }
        let mut plain: Vec<At<u16>> = Vec::new();
        for (port, protocol, origin, opening) in &l.openings {
            if *protocol != Protocol::Tcp {
                continue;
            }
            let from = match opening {
                Opening::Gateway => match &target.gateway.account {
                    Some(account) => Callers::Accounts(vec![(target.gateway.namespace.clone(), account.clone())]),
                    None if target.ingress == IngressKind::Nginx => Callers::Anybody,
                    None => Callers::Namespace(target.gateway.namespace.clone()),
                },
                Opening::Cluster | Opening::Outside | Opening::Keda => Callers::Anybody,
            };
            // Clients without a proxy show no certificate (I26).
            let is_plain = match opening {
                Opening::Outside | Opening::Cluster | Opening::Keda => true,
                Opening::Gateway => target.ingress == IngressKind::Nginx && target.gateway.account.is_none(),
            };
            if is_plain && plain.iter().all(|p| p.value != *port) {
                plain.push(At::new(*port, *origin));
            }
            permit(&mut allow, from, *port, *origin);
        }
        // What scrapes has no certificate of the mesh; without a proxy in the pod there is no port beside the application's to ask (M6).
        if target.mesh == Mesh::Ambient
            && let Some((port, origin)) = l.scraped
        {
            if plain.iter().all(|p| p.value != port) {
                plain.push(At::new(port, origin));
            }
            permit(&mut allow, Callers::Anybody, port, origin);
        }
        plain.sort_by_key(|p| p.value);
        let before = behind_a_waypoint(l, &mut allow, waypoints.get(&l.tier), names);
        if let Some(member) = &mut l.workload.mesh {
            member.allow = allow;
            member.plain = plain;
            member.waypoint = before;
        }
    }
}

/// What the waypoint before a tier asks of callers; the pods then ask for the waypoint's own account. One that leads requests of other tiers
/// there asks the pods too.
fn behind_a_waypoint(l: &Lowered, allow: &mut Vec<Allow>, waypoints: Option<&BTreeSet<Str>>, names: Names<'_>) -> Option<Before> {
    let waypoints = waypoints?;
    let accounts = || waypoints.iter().map(|n| (n.clone(), super::waypoint::NAME.into())).collect::<Vec<_>>();
    let ports = names.index.tier(l.tier).map_or(&[][..], |t| &t.ports);
    let own = super::waypoint::is_needed(l, names.target);
    let asked = if own { super::waypoint::divide(allow, l, names) } else { Vec::new() };
    for port in ports.iter().filter(|p| p.protocol == Protocol::Tcp) {
        permit(allow, Callers::Accounts(accounts()), port.number, l.workload.origin);
    }
    own.then(|| Before {
        policy: format!("{}-requests", l.workload.object.value).into(),
        services: super::waypoint::services(l),
        allow: asked,
    })
}

/// The namespaces of the cluster's DNS.
fn name_servers(target: &Target) -> impl Iterator<Item = &Str> {
    target.dns.iter().filter_map(|peer| match peer {
        Peer::Selected { namespace, .. } => namespace.iter().find(|(key, _)| &**key == "kubernetes.io/metadata.name").map(|(_, name)| name),
        _ => None,
    })
}

/// The Services that requests for a workload are led to, by the workload's object name.
fn led_to(apps: &[App]) -> FxHashMap<Str, BTreeSet<Str>> {
    let mut led: FxHashMap<Str, BTreeSet<Str>> = FxHashMap::default();
    // What comes in from outside follows routes of its own, at the gateway.
    for rule in apps.iter().flat_map(|a| &a.routes).filter(|r| r.from == Entrance::Mesh).flat_map(|r| &r.rules) {
        let hosts = rule.destinations.iter().map(|d| &d.host).chain(rule.mirror.iter().map(|m| &m.destination.host));
        led.entry(rule.workload.clone()).or_default().extend(hosts.cloned());
    }
    led
}

/// Adds a port to those that the same callers have already.
fn permit(allow: &mut Vec<Allow>, from: Callers, port: u16, origin: Origin) {
    match allow.iter_mut().find(|a| a.from == from) {
        Some(a) if a.ports.contains(&port) => {}
        Some(a) => a.ports.push(port),
        None => allow.push(Allow { from, ports: vec![port], origin }),
    }
}

/// A client without a certificate gets no answer from a tier of the mesh (I26).
fn refused(index: &Index, caller: TierRef, tier: TierRef, port: u16, origin: Origin, place: &dyn Fn(Origin) -> Span) -> Diagnostic {
    let name = |t: TierRef| index.tier(t).map_or("", |t| &t.name).to_owned();
    let (a, b) = (name(caller), name(tier));
    Diagnostic::error(codes::PLATFORM, format!("`{a}` is outside the mesh and connects to `{b}`, which is in it"))
        .at(place(origin), format!("port {port} takes encrypted connections alone"))
        .why("Pods of the mesh ask every client for a certificate (PeerAuthentication `STRICT`), and a pod without a proxy has none.")
        .help(format!("let `{a}` into the mesh, or take `{b}` out of it as well: `allow no-mesh because \"…\"`"))
}

/// What the mesh knows of a system outside the cluster. What is told by nothing but a name, and speaks neither HTTP nor TLS, is left out:
/// such a connection holds no name (IST0134).
pub fn outside(external: &External, prefix: &str) -> Option<Outside> {
    let label = external.label.as_ref()?;
    let addresses: Vec<Str> = external.cidrs.iter().flat_map(|c| &c.value).map(|c| c.value.to_string().into()).collect();
    let mut hosts: Vec<Str> = external.hosts.iter().flat_map(|h| &h.value).map(|h| h.value.as_str().into()).collect();
    let named = !hosts.is_empty();
    if !named {
        hosts.push(format!("{}.external", slug(&label.value)).into());
    }
    let mut ports = Vec::new();
    for (name, spec) in external.port.iter() {
        let (number, _, protocol, application) = super::workload::port_of(&name.value, &spec.value);
        let (Ok(number), Protocol::Tcp) = (u16::try_from(number), protocol) else { continue };
        let spoken = match application {
            Some("http") if named => "HTTP",
            Some("grpc") if named => "GRPC",
            Some("https" | "tls") if named => "TLS",
            _ if addresses.is_empty() => continue,
            _ => "TCP",
        };
        ports.push((name.clone(), At::new(number, spec.origin), spoken));
    }
    Some(Outside {
        cluster: external.namespace.as_ref().map(|n| n.value.clone()),
        name: At::new(format!("{prefix}{}", label.value).into(), label.origin),
        hosts,
        addresses,
        ports,
        origin: external.origin,
    })
}
