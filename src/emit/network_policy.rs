//! NetworkPolicies: one a workload, both directions, selecting its pods alone (check 84).

use super::{inherited, labels};
use crate::kinds::networking::{NetworkPolicy, NetworkPolicySpec, PolicyPeer, PolicyPort};
use crate::plan::model::{App, Flow, Peer, Plan, Protocol, Workload};
use crate::tape::{Key, Origin, Tapes, key};

/// The label that the API server gives every namespace: its name.
const NAMESPACE: Key = key("kubernetes.io/metadata.name");

/// Writes the policies of an app.
pub(super) fn emit(app: &App, _: &Plan, out: &mut Tapes) {
    for workload in &app.workloads {
        policy(app, workload, out);
    }
}

fn policy(app: &App, workload: &Workload, out: &mut Tapes) {
    NetworkPolicy::write(out, workload.origin, |o| {
        o.metadata(|m| labels::workload(m, app, workload, &workload.object));
        o.spec(|s| {
            s.pod_selector(|s| labels::select(s, &workload.object.value)).policy_types(["Ingress", "Egress"]);
            flows(s, &workload.ingress, &workload.egress);
        });
    });
}

/// Both directions of a policy.
pub(super) fn flows(s: &mut NetworkPolicySpec<'_>, ingress: &[Flow], egress: &[Flow]) {
    s.ingress(rules(ingress), origin, |r, flow| {
        r.from(&*flow.peers, inherited, peer).ports(&*flow.ports, inherited, port);
    });
    s.egress(rules(egress), origin, |r, flow| {
        r.to(&*flow.peers, inherited, peer).ports(&*flow.ports, inherited, port);
    });
}

/// Kubernetes reads a rule without peers as everybody and one without ports as every port. The plan means what it lists, so a flow that lists
/// none allows nothing and gives no rule.
fn rules(flows: &[Flow]) -> impl Iterator<Item = &Flow> {
    flows.iter().filter(|flow| !flow.peers.is_empty() && !flow.ports.is_empty())
}

pub(super) fn peer(p: &mut PolicyPeer<'_>, peer: &Peer) {
    match peer {
        Peer::Workload { instance, namespace } => {
            if let Some(namespace) = namespace {
                p.namespace_selector(|s| {
                    s.match_labels([(NAMESPACE, namespace)]);
                });
            }
            p.pod_selector(|s| labels::select(s, instance));
        }
        // Without a namespace selector the peer would mean this namespace alone, so it is written even where it is empty.
        Peer::Selected { namespace, pods } => {
            p.namespace_selector(|s| {
                s.match_labels(namespace);
            });
            if !pods.is_empty() {
                p.pod_selector(|s| {
                    s.match_labels(pods);
                });
            }
        }
        Peer::Cidr { cidr, except } => {
            p.ip_block(|b| {
                b.cidr(cidr).except(except);
            });
        }
    }
}

fn port(p: &mut PolicyPort<'_>, &(protocol, first, last): &(Protocol, u16, u16)) {
    p.protocol(protocol.as_str()).port(first).end_port((last > first).then_some(last));
}

fn origin(flow: &&Flow) -> Origin {
    flow.origin
}
