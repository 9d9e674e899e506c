//! Connections to flows: what each workload may reach and be reached by.

use super::index::Index;
use super::model::mesh::ControlPlane;
use super::model::{Action, Connection, End, Flow, Mesh, Peer, Plan, Protocol, Str, Target, named_pods};
use super::traffic::Names;
use super::waypoint;
use super::workload::{Lowered, Opening, labels_of};
use crate::tape::Origin;
use crate::units::Cidr;
use crate::vocabulary::blocks::External;
use crate::vocabulary::value::{PortRef, TierRef};
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
            Action::Http { port, .. } | Action::Tcp { port } | Action::Grpc { port, .. } => Some(port.value),
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

/// Prometheus reads each tier's metrics from its own namespace (M6).
fn scrape(lowered: &mut [Vec<Lowered>], ends: &BTreeMap<TierRef, Arc<End>>, target: &Target, connections: &mut Vec<Connection>) {
    let Some(stack) = &target.monitoring else { return };
    let from = Arc::new(end_of(&stack.pods));
    let peers: Arc<[Peer]> = Arc::new([stack.pods.clone()]);
    for l in lowered.iter_mut().flatten() {
        let (Some((port, origin)), Some(to)) = (l.scraped, ends.get(&l.tier)) else { continue };
        let (protocol, ports) = (Protocol::Tcp, (port, port));
        connections.push(Connection { from: from.clone(), to: to.clone(), protocol, ports, origin, because: "monitor" });
        l.workload.ingress.push(Flow { peers: peers.clone(), ports: Arc::new([(protocol, port, port)]), origin });
    }
}

/// Every pod of the cluster, and every address outside it.
fn everybody(outside: bool) -> Arc<[Peer]> {
    let mut peers = vec![Peer::Selected { namespace: Vec::new(), pods: Vec::new() }];
    if outside {
        peers.extend([Cidr::ALL_V4, Cidr::ALL_V6].map(|c| Peer::Cidr { cidr: c.to_string().into(), except: Vec::new() }));
    }
    peers.into()
}

/// Whom a workload reaches, on which ports, and what declared it.
type Outgoing = (Arc<[Peer]>, Vec<(Protocol, u16, u16)>, Origin);

/// Who may reach a port: peers by namespace and instance, and what declared it.
type Incoming = BTreeMap<(u16, Protocol), Vec<(Str, Str, Origin)>>;

/// Fills in the flows of all workloads, and lists every connection.
pub fn connect(plan: &mut Plan, index: &Index, addresses: &dyn Fn(TierRef) -> Addresses, mut lowered: Vec<Vec<Lowered>>, target: &Target) {
    let mut incoming: BTreeMap<TierRef, Incoming> = BTreeMap::new();
    let mut connections = Vec::new();
    // What every workload has in common is made once: at a thousand apps the list of connections is the largest part of the plan.
    let ends: BTreeMap<TierRef, Arc<End>> = lowered
        .iter()
        .flatten()
        .filter_map(|l| {
            let namespace = index.namespace(l.tier)?.clone();
            Some((l.tier, Arc::new(End::Workload { namespace, instance: l.workload.object.value.clone() })))
        })
        .collect();
    let dns_ends: Vec<Arc<End>> = target.dns.iter().map(|peer| Arc::new(end_of(peer))).collect();
    let dns_ports: Arc<[_]> = target.dns_ports.iter().flat_map(|p| [(Protocol::Udp, *p, *p), (Protocol::Tcp, *p, *p)]).collect();
    let control = named_pods(&target.control.namespace, target.control.pods.clone());
    let (control_end, control): (_, Arc<[Peer]>) = (Arc::new(end_of(&control)), Arc::new([control]));
    let control_ports: Arc<[_]> = Arc::new([(Protocol::Tcp, ControlPlane::PORT, ControlPlane::PORT)]);
    let gateway: Arc<[Peer]> = Arc::new([named_pods(&target.gateway.namespace, target.gateway.pods.clone())]);
    let keda: Arc<[Peer]> = Arc::new([target.keda.clone()]);
    let ambient = target.mesh == Mesh::Ambient;
    let members: BTreeSet<TierRef> = lowered.iter().flatten().filter(|l| ambient && l.workload.mesh.is_some()).map(|l| l.tier).collect();
    let tunnel = (Protocol::Tcp, ControlPlane::TUNNEL, ControlPlane::TUNNEL);
    let names = Names { index, target };
    let waypoints = waypoint::before(&lowered, names);
    let behind: BTreeSet<TierRef> = lowered.iter().flatten().filter(|l| waypoint::is_needed(l, target)).map(|l| l.tier).collect();
    let mut met = waypoint::Met::of(&mut lowered, &waypoints, names, &mut connections);
    for l in lowered.iter_mut().flatten() {
        let (Some(namespace), Some(from)) = (index.namespace(l.tier).cloned(), ends.get(&l.tier)) else { continue };
        let mut note = |to: Arc<End>, protocol: Protocol, port: u16, origin: Origin, because: &'static str| {
            connections.push(Connection { from: from.clone(), to, protocol, ports: (port, port), origin, because });
        };
        for end in &dns_ends {
            for (protocol, port, _) in &*dns_ports {
                note(end.clone(), *protocol, *port, l.workload.origin, "dns");
            }
        }
        l.workload.egress.push(Flow { peers: target.dns.clone(), ports: dns_ports.clone(), origin: Origin::NONE });

        // A proxy has its configuration and its certificate from the control plane (rules.md §2.4); probes need no rule: the node of a
        // pod may always reach it, and the proxy's agent answers them (I27).
        if l.workload.mesh.is_some() && !ambient {
            note(control_end.clone(), Protocol::Tcp, ControlPlane::PORT, l.workload.origin, "mesh");
            l.workload.egress.push(Flow { peers: control.clone(), ports: control_ports.clone(), origin: Origin::NONE });
        }
        let mut uses: BTreeMap<PortRef, Origin> = BTreeMap::new();
        for (port, origin) in &l.uses {
            uses.entry(*port).or_insert(*origin);
        }
        let mut by_tier: BTreeMap<TierRef, Outgoing> = BTreeMap::new();
        let mut asked: BTreeSet<Str> = BTreeSet::new();
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
                let by_port = incoming.entry(port.tier).or_default().entry((entry.number, entry.protocol)).or_default();
                by_port.push((namespace.clone(), l.workload.object.value.clone(), origin));
                Arc::new([Peer::Workload { instance: tier.object.clone(), namespace: Some(there.clone()).filter(|n| *n != namespace) }])
            };
            let all = &mut by_tier.entry(port.tier).or_insert_with(|| (peers, Vec::new(), origin)).1;
            all.push(ports);
            // Where requests are read, the connection is carried to the waypoint, and the waypoint opens another.
            if members.contains(&l.tier)
                && behind.contains(&port.tier)
                && let Some(there) = index.namespace(port.tier)
            {
                met.asks(there, (&namespace, &l.workload.object.value));
                if asked.insert(there.clone()) {
                    let peer = waypoint::pods(there);
                    note(Arc::new(end_of(&peer)), Protocol::Tcp, ControlPlane::TUNNEL, origin, "mesh");
                    l.workload.egress.push(Flow { peers: Arc::new([peer]), ports: Arc::new([tunnel]), origin });
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
                let by_port = incoming.entry(port.tier).or_default().entry((ControlPlane::TUNNEL, Protocol::Tcp)).or_default();
                by_port.push((namespace.clone(), l.workload.object.value.clone(), origin));
            }
        }
        l.workload.egress.extend(by_tier.into_values().map(|(peers, ports, origin)| Flow { peers, ports: ports.into(), origin }));
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
            l.workload.egress.push(Flow {
                peers: all.0.into(),
                ports: ports.iter().map(|p| (Protocol::Tcp, *p, *p)).collect(),
                origin: Origin::NONE,
            });
        }
    }
    for l in lowered.iter_mut().flatten() {
        let (Some(namespace), Some(own)) = (index.namespace(l.tier).cloned(), ends.get(&l.tier)) else { continue };
        for ((port, protocol), mut sources) in incoming.remove(&l.tier).unwrap_or_default() {
            sources.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
            let origin = sources.first().map_or(Origin::NONE, |s| s.2);
            let peers = sources
                .iter()
                .map(|(n, i, _)| Peer::Workload { instance: i.clone(), namespace: Some(n.clone()).filter(|n| *n != namespace) })
                .collect();
            l.workload.ingress.push(Flow { peers, ports: Arc::new([(protocol, port, port)]), origin });
        }
        let mut opened: Vec<(u16, Protocol, Opening)> = Vec::new();
        let mut openings = l.openings.clone();
        if members.contains(&l.tier) {
            let of_tcp = l.openings.iter().filter(|(_, protocol, ..)| *protocol == Protocol::Tcp);
            openings.extend(of_tcp.map(|(_, protocol, origin, opening)| (ControlPlane::TUNNEL, *protocol, *origin, *opening)));
            probes(l, own, &mut connections);
        }
        for (port, protocol, origin, opening) in &openings {
            if opened.contains(&(*port, *protocol, *opening)) {
                continue;
            }
            opened.push((*port, *protocol, *opening));
            let (peers, because) = match opening {
                Opening::Gateway if *port == ControlPlane::TUNNEL => (gateway.clone(), "mesh"),
                Opening::Keda if *port == ControlPlane::TUNNEL => (keda.clone(), "mesh"),
                Opening::Cluster if *port == ControlPlane::TUNNEL => (everybody(false), "mesh"),
                Opening::Outside if *port == ControlPlane::TUNNEL => (everybody(true), "mesh"),
                Opening::Gateway => (gateway.clone(), "gateway"),
                Opening::Keda => (keda.clone(), "keda"),
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
    }
    scrape(&mut lowered, &ends, target, &mut connections);
    for (app, workloads) in plan.apps.iter_mut().zip(lowered) {
        app.workloads = workloads.into_iter().map(|l| l.workload).collect();
    }
    plan.connections = connections;
    plan.waypoints = met.into_waypoints(target, &control);
}
