//! Connections to flows: what each workload may reach and be reached by.

use super::index::Index;
use super::model::mesh::ControlPlane;
use super::model::{Action, Connection, End, Flow, Mesh, Monitoring, Peer, Plan, Protocol, Str, Target, named_pods};
use super::traffic::Names;
use super::waypoint;
use super::workload::{Lowered, Opening, labels_of};
use crate::tape::Origin;
use crate::units::Cidr;
use crate::vocabulary::blocks::External;
use crate::vocabulary::value::{PortRef, TierRef};
use crate::workers::Workers;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Where an external is: its addresses or pods, or every public address.
pub struct Addresses(pub Vec<Peer>);

impl Addresses {
    /// All addresses of the internet: a NetworkPolicy knows no names. Private ones and those of the machine's own link, where cloud
    /// metadata answer, are left out (check 104).
    pub fn public() -> Self {
        let all_but = |all: Cidr, but: &[Cidr]| Peer::Cidr {
            cidr: all.to_string().into(),
            except: but.iter().map(|c| c.to_string().into()).collect(),
        };
        Addresses(vec![all_but(Cidr::ALL_V4, &Cidr::PRIVATE_V4), all_but(Cidr::ALL_V6, &Cidr::PRIVATE_V6)])
    }
    fn private() -> Self {
        Addresses(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map(|c| Peer::Cidr { cidr: c.into(), except: Vec::new() }).into())
    }
    /// What an external says of itself; `None` where it gives names alone.
    pub fn of(external: &External) -> Option<Self> {
        let mut all: Vec<Peer> = Vec::new();
        for cidr in external.cidrs.iter().flat_map(|c| &c.value) {
            all.push(Peer::Cidr { cidr: cidr.value.to_string().into(), except: Vec::new() });
        }
        if let Some(namespace) = &external.namespace {
            let pods = external.pods.as_ref().map(|p| labels_of(&p.value)).unwrap_or_default();
            all.push(Peer::Selected { namespace: vec![(NAMESPACE_NAME.into(), namespace.value.clone())], pods });
        }
        (external.cidrs.is_some() || !all.is_empty()).then_some(Addresses(all))
    }
}

pub fn end_of(peer: &Peer) -> End {
    match peer {
        Peer::Workload { instance, namespace } => {
            End::Workload { namespace: namespace.clone().unwrap_or_else(|| "".into()), instance: instance.clone() }
        }
        Peer::Selected { namespace, pods } => End::Selected { namespace: namespace.clone(), pods: pods.clone() },
        Peer::Cidr { cidr, except } => End::Cidr { cidr: cidr.clone(), except: except.clone() },
    }
}

/// In ambient mode the kubelet's probes come from an address of their own, and not from the node's, which may always reach its pods.
fn probes(l: &mut Lowered, own: &Arc<End>, connections: &mut Vec<Connection>) {
    let containers = l.workload.pod.containers.iter().chain(&l.workload.pod.init);
    let probes = containers.flat_map(|c| [&c.startup, &c.liveness, &c.readiness]).flatten();
    let mut ports: Vec<u16> = probes
        .filter_map(|p| match &p.action {
            Action::Http(get) => Some(get.port.value),
            Action::Tcp { port } | Action::Grpc { port, .. } => Some(port.value),
            Action::Exec(_) | Action::Sleep(_) => None,
        })
        .collect();
    ports.sort_unstable();
    ports.dedup();
    if ports.is_empty() {
        return;
    }
    let peer = Peer::Cidr { cidr: ControlPlane::PROBES.into(), except: Vec::new() };
    let (from, protocol, origin, because) = (Arc::new(end_of(&peer)), Protocol::Tcp, l.workload.origin, "mesh");
    for port in &ports {
        connections.push(Connection { from: from.clone(), to: own.clone(), protocol, ports: (*port, *port), origin, because });
    }
    let ports = ports.into_iter().map(|port| (Protocol::Tcp, port, port)).collect();
    l.workload.ingress.push(Flow { peers: Arc::new([peer]), ports, origin: Origin::NONE });
}

/// The label that the API server gives every namespace.
pub const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// Every pod of the cluster, and every address outside it.
fn everybody(outside: bool) -> Arc<[Peer]> {
    let mut peers = vec![Peer::Selected { namespace: Vec::new(), pods: Vec::new() }];
    if outside {
        peers.extend([Cidr::ALL_V4, Cidr::ALL_V6].map(|c| Peer::Cidr { cidr: c.to_string().into(), except: Vec::new() }));
    }
    peers.into()
}

/// Whom a workload reaches, on which ports, and what declared it.
type Reached = (Arc<[Peer]>, Vec<(Protocol, u16, u16)>, Origin);

/// Who reaches a port of a tier.
struct Call {
    to: TierRef,
    port: (u16, Protocol),
    /// Namespace and instance.
    from: (Str, Str),
    origin: Origin,
}

/// What holds for all workloads.
struct Around<'a> {
    names: Names<'a>,
    addresses: &'a (dyn Fn(TierRef) -> Addresses + Sync),
    /// The pods of every tier that is planned.
    ends: FxHashMap<TierRef, Arc<End>>,
    /// Tiers of the mesh, in ambient mode.
    members: FxHashSet<TierRef>,
    /// Tiers behind a waypoint.
    behind: FxHashSet<TierRef>,
}

/// Fills in the flows of all workloads, and lists every connection.
pub fn connect(
    plan: &mut Plan,
    index: &Index,
    addresses: &(dyn Fn(TierRef) -> Addresses + Sync),
    mut lowered: Vec<Vec<Lowered>>,
    workers: &Workers,
) {
    let Plan { target, apps, connections, waypoints, .. } = plan;
    let names = Names { index, target };
    let ambient = target.mesh == Mesh::Ambient;
    let is_member = |l: &&Lowered| ambient && l.workload.mesh.is_some();
    let before = waypoint::before(&lowered, names);
    let tiers = lowered.iter().map(Vec::len).sum();
    let mut ends = FxHashMap::with_capacity_and_hasher(tiers, Default::default());
    ends.extend(lowered.iter().flatten().map(|l| (l.tier, l.end.clone())));
    let around = Around {
        names,
        addresses,
        ends,
        members: lowered.iter().flatten().filter(is_member).map(|l| l.tier).collect(),
        behind: lowered.iter().flatten().filter(|l| waypoint::is_needed(l, target)).map(|l| l.tier).collect(),
    };
    let mut met = waypoint::Met::of(&mut lowered, &before, names, connections);
    let share = workers.share(apps.len(), super::APPS_A_THREAD);
    // The first list takes in the others, and those of what comes in.
    let room = apps.len() * CONNECTIONS;
    let parts = (0..).zip(lowered.chunks_mut(share)).collect();
    let found = workers.each(parts, |(number, lowered): (usize, &mut [Vec<Lowered>])| {
        let connections = Vec::with_capacity(if number == 0 { room } else { lowered.len() * CONNECTIONS });
        let mut outgoing = Outgoing { around: &around, common: Common::of(target), connections, calls: Vec::new(), asked: Vec::new() };
        lowered.iter_mut().flatten().for_each(|l| outgoing.connect(l));
        (outgoing.connections, outgoing.calls, outgoing.asked)
    });
    let mut calls = Vec::new();
    for (more, of_part, asked) in found {
        if connections.is_empty() {
            *connections = more;
        } else {
            connections.extend(more);
        }
        calls.extend(of_part);
        asked.iter().for_each(|(there, from)| met.asks(there, from));
    }
    // In the order in which the tiers stand in the program; callers by their names.
    calls.sort_by(|a, b| (a.to, a.port, &a.from).cmp(&(b.to, b.port, &b.from)));
    let mut parts = Vec::new();
    let mut rest = lowered.into_iter();
    for apps in apps.chunks_mut(share) {
        parts.push((rest.by_ref().take(apps.len()).collect::<Vec<_>>(), apps));
    }
    let found = workers.each(parts, |(lowered, apps)| {
        let mut incoming = Incoming { around: &around, common: Common::of(target), connections: Vec::new(), scrapes: Vec::new() };
        for (mut workloads, app) in lowered.into_iter().zip(apps) {
            workloads.iter_mut().for_each(|l| incoming.connect(l, calls_of(&calls, l.tier)));
            app.workloads = workloads.into_iter().map(|l| l.workload).collect();
        }
        (incoming.connections, incoming.scrapes)
    });
    let (opened, scrapes): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    connections.extend(opened.into_iter().chain(scrapes).flatten());
    *waypoints = met.into_waypoints(target, &Common::of(target).control);
}

/// The calls of a tier, of all in order.
fn calls_of(calls: &[Call], tier: TierRef) -> &[Call] {
    let calls = calls.get(calls.partition_point(|c| c.to < tier)..).unwrap_or(&[]);
    calls.get(..calls.partition_point(|c| c.to == tier)).unwrap_or(&[])
}

/// How many connections an app has, about.
const CONNECTIONS: usize = 20;

/// What the flows of all workloads have in common, made once a thread: a counter of users that threads share goes from one processor to the other
/// with every flow.
struct Common {
    dns: Arc<[Peer]>,
    dns_ends: Vec<Arc<End>>,
    dns_ports: Arc<[(Protocol, u16, u16)]>,
    control: Arc<[Peer]>,
    control_end: Arc<End>,
    control_ports: Arc<[(Protocol, u16, u16)]>,
    gateway: Arc<[Peer]>,
    keda: Arc<[Peer]>,
    /// Who scrapes: the end and the peers.
    scraper: Option<(Arc<End>, Arc<[Peer]>)>,
}

impl Common {
    fn of(target: &Target) -> Self {
        let control = named_pods(&target.control.namespace, target.control.pods.clone());
        let scraper = |stack: &Monitoring| (Arc::new(end_of(&stack.pods)), Arc::from([stack.pods.clone()]));
        Common {
            dns: target.dns.iter().cloned().collect(),
            dns_ends: target.dns.iter().map(|peer| Arc::new(end_of(peer))).collect(),
            dns_ports: target.dns_ports.iter().flat_map(|p| [(Protocol::Udp, *p, *p), (Protocol::Tcp, *p, *p)]).collect(),
            control_end: Arc::new(end_of(&control)),
            control: Arc::new([control]),
            control_ports: Arc::new([(Protocol::Tcp, ControlPlane::PORT, ControlPlane::PORT)]),
            gateway: Arc::new([named_pods(&target.gateway.namespace, target.gateway.pods.clone())]),
            keda: Arc::new([target.keda.clone()]),
            scraper: target.monitoring.as_deref().map(scraper),
        }
    }
}

/// Whom workloads reach.
struct Outgoing<'a> {
    around: &'a Around<'a>,
    common: Common,
    connections: Vec<Connection>,
    calls: Vec<Call>,
    /// Waypoints that are asked: their namespace, and who asks.
    asked: Vec<(Str, (Str, Str))>,
}

impl Outgoing<'_> {
    fn connect(&mut self, l: &mut Lowered) {
        let Around { names: Names { index, target }, addresses, ends, members, behind } = self.around;
        let (common, connections, calls) = (&self.common, &mut self.connections, &mut self.calls);
        let Some(namespace) = index.namespace(l.tier) else { return };
        let ambient = target.mesh == Mesh::Ambient;
        let tunnel = (Protocol::Tcp, ControlPlane::TUNNEL, ControlPlane::TUNNEL);
        let instance = &l.workload.object.value;
        let mut note = |to: Arc<End>, protocol: Protocol, port: u16, origin: Origin, because: &'static str| {
            connections.push(Connection { from: l.end.clone(), to, protocol, ports: (port, port), origin, because });
        };
        for end in &common.dns_ends {
            for (protocol, port, _) in &*common.dns_ports {
                note(end.clone(), *protocol, *port, l.workload.origin, "dns");
            }
        }
        let egress = &mut l.workload.egress;
        egress.reserve_exact(1 + usize::from(l.workload.mesh.is_some() && !ambient) + l.uses.len() + usize::from(l.api));
        egress.push(Flow { peers: common.dns.clone(), ports: common.dns_ports.clone(), origin: Origin::NONE });

        // A proxy has its configuration and its certificate from the control plane (rules.md §2.4); probes need no rule: the node of a
        // pod may always reach it, and the proxy's agent answers them (I27).
        if l.workload.mesh.is_some() && !ambient {
            note(common.control_end.clone(), Protocol::Tcp, ControlPlane::PORT, l.workload.origin, "mesh");
            egress.push(Flow { peers: common.control.clone(), ports: common.control_ports.clone(), origin: Origin::NONE });
        }
        let mut uses: BTreeMap<PortRef, Origin> = BTreeMap::new();
        for (port, origin) in &l.uses {
            uses.entry(*port).or_insert(*origin);
        }
        let mut by_tier: BTreeMap<TierRef, Reached> = BTreeMap::new();
        let mut asked: BTreeSet<Str> = BTreeSet::new();
        let call =
            |to: TierRef, port: (u16, Protocol), origin: Origin| Call { to, port, from: (namespace.clone(), instance.clone()), origin };
        for (port, origin) in uses {
            let (Some(tier), Some(entry)) = (index.tier(port.tier), index.port(port)) else { continue };
            let ports = (entry.protocol, entry.number, entry.number);
            let peers = if tier.external {
                let all = addresses(port.tier);
                for peer in &all.0 {
                    note(Arc::new(end_of(peer)), entry.protocol, entry.number, origin, "external");
                }
                Arc::<[Peer]>::from(all.0)
            } else {
                let Some(there) = index.namespace(port.tier) else { continue };
                let end = ends.get(&port.tier).cloned();
                let end = end.unwrap_or_else(|| Arc::new(End::Workload { namespace: there.clone(), instance: tier.object.clone() }));
                note(end, entry.protocol, entry.number, origin, "connects");
                calls.push(call(port.tier, (entry.number, entry.protocol), origin));
                Arc::new([Peer::Workload { instance: tier.object.clone(), namespace: Some(there.clone()).filter(|n| n != namespace) }])
            };
            let all = &mut by_tier.entry(port.tier).or_insert_with(|| (peers, Vec::new(), origin)).1;
            all.push(ports);
            // Where requests are read, the connection is carried to the waypoint, and the waypoint opens another.
            if members.contains(&l.tier)
                && behind.contains(&port.tier)
                && let Some(there) = index.namespace(port.tier)
            {
                self.asked.push((there.clone(), (namespace.clone(), instance.clone())));
                if asked.insert(there.clone()) {
                    let peer = waypoint::pods(there);
                    note(Arc::new(end_of(&peer)), Protocol::Tcp, ControlPlane::TUNNEL, origin, "mesh");
                    egress.push(Flow { peers: Arc::new([peer]), ports: Arc::new([tunnel]), origin });
                }
                continue;
            }
            // In ambient mode nodes carry a connection between two pods to the tunnel's port of the second.
            if members.contains(&l.tier)
                && members.contains(&port.tier)
                && !all.contains(&tunnel)
                && let Some(end) = ends.get(&port.tier)
            {
                all.push(tunnel);
                note(end.clone(), Protocol::Tcp, ControlPlane::TUNNEL, origin, "mesh");
                calls.push(call(port.tier, (ControlPlane::TUNNEL, Protocol::Tcp), origin));
            }
        }
        egress.extend(by_tier.into_values().map(|(peers, ports, origin)| Flow { peers, ports: ports.into(), origin }));
        if l.api {
            let all = match &target.api_server {
                Some(cidr) => Addresses(vec![Peer::Cidr { cidr: cidr.to_string().into(), except: Vec::new() }]),
                None => Addresses::private(),
            };
            let mut ports = vec![443u16, target.api_server_port];
            ports.sort_unstable();
            ports.dedup();
            for peer in &all.0 {
                let end = Arc::new(end_of(peer));
                for p in &ports {
                    note(end.clone(), Protocol::Tcp, *p, l.workload.origin, "api-server");
                }
            }
            egress.push(Flow { peers: all.0.into(), ports: ports.iter().map(|p| (Protocol::Tcp, *p, *p)).collect(), origin: Origin::NONE });
        }
    }
}

/// Who reaches workloads.
struct Incoming<'a> {
    around: &'a Around<'a>,
    common: Common,
    connections: Vec<Connection>,
    /// Those by Prometheus, which come last.
    scrapes: Vec<Connection>,
}

impl Incoming<'_> {
    fn connect(&mut self, l: &mut Lowered, calls: &[Call]) {
        let Some(namespace) = self.around.names.index.namespace(l.tier) else { return };
        let is_member = self.around.members.contains(&l.tier);
        let (common, connections, own) = (&self.common, &mut self.connections, l.end.clone());
        let by_port = calls.chunk_by(|a, b| a.port == b.port);
        l.workload.ingress.reserve_exact(by_port.clone().count() + l.openings.len() + usize::from(l.scraped.is_some()));
        for calls in by_port {
            let Some(Call { port: (port, protocol), origin, .. }) = calls.first() else { continue };
            let peer =
                |c: &Call| Peer::Workload { instance: c.from.1.clone(), namespace: Some(&c.from.0).filter(|n| *n != namespace).cloned() };
            let ports = Arc::new([(*protocol, *port, *port)]);
            l.workload.ingress.push(Flow { peers: calls.iter().map(peer).collect(), ports, origin: *origin });
        }
        let mut opened: Vec<(u16, Protocol, Opening)> = Vec::new();
        let mut openings = std::mem::take(&mut l.openings);
        if is_member {
            let of_tcp = openings.iter().filter(|(_, protocol, ..)| *protocol == Protocol::Tcp);
            let of_tcp: Vec<_> =
                of_tcp.map(|(_, protocol, origin, opening)| (ControlPlane::TUNNEL, *protocol, *origin, *opening)).collect();
            openings.extend(of_tcp);
            probes(l, &own, connections);
        }
        for (port, protocol, origin, opening) in &openings {
            if opened.contains(&(*port, *protocol, *opening)) {
                continue;
            }
            opened.push((*port, *protocol, *opening));
            let (peers, because) = match opening {
                Opening::Gateway if *port == ControlPlane::TUNNEL => (common.gateway.clone(), "mesh"),
                Opening::Keda if *port == ControlPlane::TUNNEL => (common.keda.clone(), "mesh"),
                Opening::Cluster if *port == ControlPlane::TUNNEL => (everybody(false), "mesh"),
                Opening::Outside if *port == ControlPlane::TUNNEL => (everybody(true), "mesh"),
                Opening::Gateway => (common.gateway.clone(), "gateway"),
                Opening::Keda => (common.keda.clone(), "keda"),
                Opening::Cluster => (everybody(false), "expose"),
                Opening::Outside => (everybody(true), "expose"),
            };
            for peer in &*peers {
                connections.push(Connection {
                    from: Arc::new(end_of(peer)),
                    to: own.clone(),
                    protocol: *protocol,
                    ports: (*port, *port),
                    origin: *origin,
                    because,
                });
            }
            l.workload.ingress.push(Flow { peers, ports: Arc::new([(*protocol, *port, *port)]), origin: *origin });
        }
        // Prometheus reads each tier's metrics from its own namespace (M6).
        if let (Some((from, peers)), Some((port, origin))) = (&common.scraper, l.scraped) {
            let (protocol, ports) = (Protocol::Tcp, (port, port));
            self.scrapes.push(Connection { from: from.clone(), to: own, protocol, ports, origin, because: "monitor" });
            l.workload.ingress.push(Flow { peers: peers.clone(), ports: Arc::new([(protocol, port, port)]), origin });
        }
    }
}
