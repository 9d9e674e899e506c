//! Addresses of pods, Services and nodes: disjoint from each other (B2), and wide enough.

use super::super::Say;
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::model::At;
use crate::plan::model::cluster::Tree;
use crate::tape::Origin;
use crate::units::Cidr;
use crate::vocabulary::blocks::Cluster;
use crate::vocabulary::words::Subnets;

/// Each node gets this much of the pods' addresses, unless the controllers are told otherwise: 256 of IPv4.
const OF_A_NODE: u8 = 24;
/// The API server keeps a table of Services' addresses: at most 2²⁰ of them.
const SERVICES: u32 = 20;

/// Subnets as kubeadm writes them.
pub(super) struct Networks {
    pub(super) pods: At<Tree>,
    pub(super) services: At<Tree>,
}

/// A subnet, and whose it is.
struct Subnet {
    whose: &'static str,
    name: &'static str,
    cidr: Cidr,
    origin: Origin,
}

pub(super) fn networks(block: &Cluster, say: &mut Say<'_, '_>) -> Networks {
    let read = |said: &Option<At<Subnets>>, unsaid: &str, whose, name| {
        let subnet = |cidr, origin| Subnet { whose, name, cidr, origin };
        match said {
            Some(At { value: Subnets::One(cidr), origin }) => vec![subnet(*cidr, *origin)],
            Some(At { value: Subnets::Several(all), .. }) => all.iter().map(|c| subnet(c.value, c.origin)).collect(),
            None => Cidr::parse(unsaid).into_iter().map(|cidr| subnet(cidr, Origin::NONE)).collect(),
        }
    };
    let pods = read(&block.pod_subnet, "10.244.0.0/16", "pods", "pod-subnet");
    let services = read(&block.service_subnet, "10.96.0.0/16", "Services", "service-subnet");
    let nodes = read(&block.node_subnet, "", "nodes", "node-subnet");
    let groups = [&pods, &services, &nodes];
    for (number, group) in groups.iter().enumerate() {
        for other in groups.iter().skip(number + 1) {
            for (a, b) in group.iter().flat_map(|a| other.iter().map(move |b| (a, b))).filter(|(a, b)| a.cidr.overlaps(&b.cidr)) {
                overlap(a, b, block, say);
            }
        }
        families(group, say);
    }
    for subnet in pods.iter().filter(|s| is_v4(&s.cidr) && s.cidr.bits() >= OF_A_NODE) {
        let title = format!("`{}` is too small for pods", subnet.cidr);
        say.error(codes::SENSELESS, title, subnet.origin, "one node alone gets a /24", "a /16 has room for 256 nodes");
    }
    for subnet in &services {
        let (all, least) = if is_v4(&subnet.cidr) { (32, 12) } else { (128, 108) };
        if u32::from(subnet.cidr.bits()) + SERVICES < all {
            let title = format!("`{}` is too large for Services", subnet.cidr);
            say.error(codes::SENSELESS, title, subnet.origin, "the API server refuses it", format!("at most a /{least}"));
        }
    }
    let written = |all: &[Subnet]| {
        let texts: Vec<String> = all.iter().map(|s| s.cidr.to_string()).collect();
        At::new(Tree::text(texts.join(",")), all.first().map_or(Origin::NONE, |s| s.origin))
    };
    Networks { pods: written(&pods), services: written(&services) }
}

fn is_v4(cidr: &Cidr) -> bool {
    cidr.family() == crate::units::Family::V4
}

/// Kubernetes takes one subnet of each family.
fn families(group: &[Subnet], say: &mut Say<'_, '_>) {
    for (number, subnet) in group.iter().enumerate().filter(|(_, s)| s.name != "node-subnet") {
        if group.iter().take(number).any(|other| other.cidr.family() == subnet.cidr.family()) {
            let title = format!("`{}` has two subnets of one family", subnet.name);
            say.error(codes::SENSELESS, title, subnet.origin, "a second one", "one of IPv4, one of IPv6, or one of the two");
        }
    }
    if group.is_empty() {
        return;
    }
    if let Some(more) = group.get(2).filter(|s| s.name != "node-subnet") {
        say.error(
            codes::SENSELESS,
            format!("`{}` has more than two subnets", more.name),
            more.origin,
            "one too many",
            "one of IPv4, one of IPv6",
        );
    }
}

fn overlap(a: &Subnet, b: &Subnet, block: &Cluster, say: &mut Say<'_, '_>) {
    let title = format!("{} and {} share addresses: {} and {}", a.whose, b.whose, a.cidr, b.cidr);
    let mut d = Diagnostic::error(codes::CONFLICT, title)
        .why("A packet to such an address goes to one of them, and never to the other; neither is changed in a cluster that runs.")
        .help(format!("give one of them other addresses: `{} = …`", b.name));
    let places = [(a, a.whose), (b, b.whose)].map(|(s, whose)| (s.origin, whose));
    for (origin, whose) in places.into_iter().filter(|(o, _)| *o != Origin::NONE) {
        d = d.at(say.place(origin), format!("addresses of {whose}"));
    }
    if places.iter().all(|(o, _)| *o == Origin::NONE) {
        d = d.at(say.place(block.origin), "by default");
    }
    say.evaluator.diagnostics.push(d);
}
