//! Waypoints of ambient mode: the proxy of a namespace that reads requests, where something is said of them (I31).
//!
//! Nodes encrypt connections and know who opens them; they know no requests. What `traffic` says, the shares of a release and those of versions are
//! carried out by a waypoint, which stands before the Services that ask for it and before no other. Its routes are HTTPRoutes of the Gateway API
//! whose parent is the Service: Istio's own VirtualService is not finished there, and the two cannot be mixed.

use super::model::mesh::{Allow, Callers, ControlPlane};
use super::model::release::{PREVIEW, Release};
use super::model::{Connection, Controller, End, Flow, Mesh, Peer, Protocol, Str, Target, Waypoint};
use super::traffic::Names;
use super::workload::{Lowered, Opening};
use crate::tape::Origin;
use crate::vocabulary::value::TierRef;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The Gateway's name, and so that of its service account.
pub const NAME: &str = Waypoint::NAME;

/// Does something have to read the requests to a tier?
pub fn is_needed(l: &Lowered, target: &Target) -> bool {
    target.mesh == Mesh::Ambient
        && l.workload.mesh.is_some()
        && (l.traffic.of_requests || l.traffic.policy.is_some() || l.workload.splits())
}

/// The namespaces whose waypoints open connections to each tier: its own, and those before tiers whose requests are led on to it.
pub fn before(lowered: &[Vec<Lowered>], names: Names<'_>) -> FxHashMap<TierRef, BTreeSet<Str>> {
    let mut found: FxHashMap<TierRef, BTreeSet<Str>> = FxHashMap::default();
    for l in lowered.iter().flatten().filter(|l| is_needed(l, names.target)) {
        let Some(namespace) = names.index.namespace(l.tier) else { continue };
        for tier in std::iter::once(l.tier).chain(l.traffic.leads().map(|to| to.value.tier)) {
            found.entry(tier).or_default().insert(namespace.clone());
        }
    }
    found
}

/// The Services of a tier that a waypoint stands before: its own, and that of a new colour, which is asked by its own name. The Services of a
/// release's versions are the waypoint's to ask.
pub fn services(l: &Lowered) -> Vec<Str> {
    let object = &l.workload.object.value;
    let mut all = vec![object.clone()];
    if let Controller::Rollout { release, .. } = &l.workload.controller
        && matches!(**release, Release::BlueGreen(_))
    {
        all.push(format!("{object}-{PREVIEW}").into());
    }
    all
}

/// Who may call: tiers ask the waypoint, and the waypoint alone asks the pods. What a gateway lets in goes to the pods, past the waypoint.
///
/// Gives what the waypoint asks of callers, by the ports of the Service, and leaves in `allow` what the pods ask.
pub fn divide(allow: &mut Vec<Allow>, l: &Lowered, names: Names<'_>) -> Vec<Allow> {
    let service_port = |pod: u16| {
        let port = names.index.tier(l.tier).and_then(|t| t.ports.iter().find(|p| p.number == pod));
        port.map_or(pod, |p| p.service)
    };
    let (asked, rest): (Vec<Allow>, Vec<Allow>) =
        std::mem::take(allow).into_iter().partition(|a| matches!(a.from, Callers::Accounts(_)) && !is_gateway(a, names.target));
    *allow = rest;
    // Pods of the mesh elsewhere come through the waypoint too.
    let open = l.openings.iter().any(|(.., opening)| matches!(opening, Opening::Cluster | Opening::Outside));
    let everybody = allow.iter().filter(|a| open && a.from == Callers::Anybody).cloned();
    let asked = asked.into_iter().chain(everybody);
    asked.map(|a| Allow { ports: a.ports.iter().map(|p| service_port(*p)).collect(), ..a }).collect()
}

fn is_gateway(allow: &Allow, target: &Target) -> bool {
    match (&allow.from, &target.gateway.account) {
        (Callers::Accounts(all), Some(account)) => matches!(all.as_slice(), [(n, a)] if *n == target.gateway.namespace && a == account),
        _ => false,
    }
}

/// The pods of a namespace's waypoint.
pub fn pods(namespace: &Str) -> Peer {
    Peer::Selected {
        namespace: vec![(super::network::NAMESPACE_NAME.into(), namespace.clone())],
        pods: vec![(Waypoint::LABEL.into(), NAME.into())],
    }
}

/// Connections by waypoints, as they are found.
#[derive(Default)]
pub struct Met {
    /// By namespace.
    found: BTreeMap<Str, One>,
}

/// A waypoint's connections.
struct One {
    /// Who asks it.
    callers: BTreeSet<Pods>,
    /// May every pod of the cluster?
    open: bool,
    /// Whom it asks.
    tiers: BTreeSet<Pods>,
    /// What it was asked for by first.
    origin: Origin,
}

/// Namespace and instance.
pub type Pods = (Str, Str);

impl Met {
    /// A tier asks one behind the waypoint of `there`.
    pub fn asks(&mut self, there: &Str, from: &Pods) {
        if let Some(found) = self.found.get_mut(there) {
            found.callers.insert(from.clone());
        }
    }

    /// The waypoints that stand before tiers, and the connections that they open to them.
    pub fn of(
        lowered: &mut [Vec<Lowered>],
        before: &FxHashMap<TierRef, BTreeSet<Str>>,
        names: Names<'_>,
        connections: &mut Vec<Connection>,
    ) -> Met {
        let mut met = Met::default();
        for l in lowered.iter_mut().flatten() {
            let (Some(waypoints), Some(own)) = (before.get(&l.tier), names.index.namespace(l.tier)) else { continue };
            if l.workload.mesh.is_none() {
                continue;
            }
            let to = Arc::new(End::Workload { namespace: own.clone(), instance: l.workload.object.value.clone() });
            for namespace in waypoints {
                let fresh = || One { callers: BTreeSet::new(), open: false, tiers: BTreeSet::new(), origin: l.traffic.origin };
                let found = met.found.entry(namespace.clone()).or_insert_with(fresh);
                found.open |= l.openings.iter().any(|(.., opening)| matches!(opening, Opening::Cluster | Opening::Outside));
                found.tiers.insert((own.clone(), l.workload.object.value.clone()));
                let peer = pods(namespace);
                let tunnel = (Protocol::Tcp, ControlPlane::TUNNEL, ControlPlane::TUNNEL);
                connections.push(Connection {
                    from: Arc::new(super::network::end_of(&peer)),
                    to: to.clone(),
                    protocol: Protocol::Tcp,
                    ports: (tunnel.1, tunnel.2),
                    origin: l.workload.origin,
                    because: "mesh",
                });
                l.workload.ingress.push(Flow { peers: Arc::new([peer]), ports: Arc::new([tunnel]), origin: Origin::NONE });
            }
        }
        met
    }

    /// What is written of them.
    pub fn into_waypoints(self, target: &Target, control: &Arc<[Peer]>) -> Vec<Waypoint> {
        let tunnel: Arc<[_]> = Arc::new([(Protocol::Tcp, ControlPlane::TUNNEL, ControlPlane::TUNNEL)]);
        let one = |(namespace, One { callers, open, tiers, origin }): (Str, One)| {
            let peer = |(n, i): (Str, Str)| Peer::Workload { instance: i, namespace: Some(n).filter(|n| *n != namespace) };
            let flow = |peers: Vec<Peer>, ports: Arc<[_]>| Flow { peers: peers.into(), ports, origin };
            let dns: Arc<[_]> = target.dns_ports.iter().flat_map(|p| [(Protocol::Udp, *p, *p), (Protocol::Tcp, *p, *p)]).collect();
            let everybody = open.then(|| Peer::Selected { namespace: Vec::new(), pods: Vec::new() });
            let ingress = vec![flow(callers.into_iter().map(peer).chain(everybody).collect(), tunnel.clone())];
            let control_ports: Arc<[_]> = Arc::new([(Protocol::Tcp, ControlPlane::PORT, ControlPlane::PORT)]);
            let egress = vec![
                Flow { peers: target.dns.clone(), ports: dns, origin },
                Flow { peers: control.clone(), ports: control_ports, origin },
                flow(tiers.into_iter().map(peer).collect(), tunnel.clone()),
            ];
            Waypoint { namespace, ingress, egress, origin }
        };
        self.found.into_iter().map(one).collect()
    }
}
