//! The emitted NetworkPolicies let through exactly the declared connections: nothing more, nothing less.
//!
//! An evaluator of its own ([`flows`], [`others`]) computes what the policies mean from the objects alone; here its answer is held against the
//! plan's connections, in both directions. What it cannot know is said: pods on their node's network are out of any policy's reach.

mod flows;
mod others;
mod policy;
mod ports;
#[cfg(test)]
mod tests;

use super::chains::Lists;
use super::scene::{OWN_FAULT, Object, Scene};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::plan::model::{Connection, End, Waypoint};
use crate::tape::Origin;
use flows::Flows;
use others::{Asked, Block, Difference, Found, Holes, Items, Pods, Source};
use policy::{Both, DIRECTIONS, Direction, Policy, Rule};
use ports::Ports;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Compares what the policies let through with what is declared.
pub(super) fn prove(scene: &Scene<'_>, diagnostics: &mut Diagnostics) {
    let flows = Flows::new(&scene.objects, &scene.workloads);
    let managed: FxHashMap<&str, bool> = scene.plan().namespaces.iter().map(|n| (&*n.name.value, n.managed)).collect();
    let proof = Proof { scene, flows, managed };
    proof.faults(diagnostics);
    proof.isolation(diagnostics);
    proof.strangers(diagnostics);
    let (between, outside) = proof.connections();
    proof.own_pods(&between, diagnostics);
    proof.others(&outside, diagnostics);
}

/// From one workload to another, by the number of a connection: in the order of the workloads.
type Between = Vec<(u32, u32, u32)>;
/// Between a workload and others: the numbers of the connections, by that of the workload, for each direction.
type Outside = Both<Lists<u32>>;

struct Proof<'s, 'b> {
    scene: &'s Scene<'b>,
    flows: Flows<'s, 'b>,
    /// The program's namespaces: is everything in them denied that no other policy allows?
    managed: FxHashMap<&'b str, bool>,
}

/// An end of a connection, and the numbers of the workloads that it means.
#[derive(Default)]
struct Ends<'b> {
    of: Option<&'b Arc<End>>,
    workloads: Vec<u32>,
}

impl<'b> Proof<'_, 'b> {
    fn error(title: String) -> Diagnostic {
        Diagnostic::error(codes::REACHABILITY, title)
    }
    fn name(&self, at: u32) -> String {
        self.flows.workload(at).map_or_else(String::new, |workload| name(&workload.object))
    }

    /// Policies that the API server refuses, or that mean otherwise than they read.
    fn faults(&self, diagnostics: &mut Diagnostics) {
        for (object, origin, wrong) in &self.flows.policies.faults {
            let said = Self::error(format!("NetworkPolicy {} {wrong}", name(object))).why(OWN_FAULT);
            diagnostics.push(self.scene.at(said, *origin, "written because of this"));
        }
    }

    /// Every pod of the program is isolated in both directions (check 84); what is on its node's network cannot be.
    fn isolation(&self, diagnostics: &mut Diagnostics) {
        for (at, workload) in (0..).zip(self.flows.workloads) {
            let open: Vec<_> = DIRECTIONS.into_iter().filter(|direction| !self.flows.is_isolated(at, *direction)).collect();
            let origin = || workload.object.view.origin();
            if workload.host_network {
                let said = Diagnostic::note_of(codes::REACHABILITY, format!("who reaches {} is not proven", name(&workload.object)))
                    .why("Its pods share their node's network, where NetworkPolicies neither hold nor see them.");
                diagnostics.push(self.scene.at(said, origin(), "shares the node's network"));
                continue;
            }
            let what = match *open {
                [] => continue,
                [Direction::Ingress] => "accepts connections from everybody",
                [Direction::Egress] => "may open connections to everybody",
                _ => "may talk to everybody, and everybody to it",
            };
            let said = Self::error(format!("{} {what}, which the program does not say", name(&workload.object)))
                .why("No NetworkPolicy selects its pods and isolates them in that direction.")
                .why(OWN_FAULT);
            diagnostics.push(self.scene.at(said, origin(), "its pods"));
        }
    }

    /// Pods that the program does not own: in its own namespaces nothing passes for them, in others its policies leave them alone.
    fn strangers(&self, diagnostics: &mut Diagnostics) {
        let mut denied: FxHashMap<&str, [bool; 2]> = FxHashMap::default();
        let waypoints = super::waypoints::gateways(self.scene);
        for policy in &self.flows.policies.list {
            let wants = self.flows.policies.wants(&policy.pods);
            if wants.is_empty() {
                let [ingress, egress] = denied.entry(policy.object.namespace).or_default();
                *ingress |= policy.isolates(Direction::Ingress);
                *egress |= policy.isolates(Direction::Egress);
            }
            // Istio makes the pods of a waypoint, for a Gateway of the program's own: who speaks with them is proven there.
            let of_waypoint = |w: &policy::Want<'_>| {
                w.key == Waypoint::LABEL && matches!(w.test, policy::Test::Is(name) if waypoints.contains(&(policy.object.namespace, name)))
            };
            if wants.iter().any(of_waypoint) {
                continue;
            }
            let closed = self.managed.get(policy.object.namespace).copied().unwrap_or(false);
            if closed && policy.is_empty() || !others::may_mean_a_stranger(&self.flows, wants, policy.object.namespace) {
                continue;
            }
            let said = Self::error(format!("NetworkPolicy {} applies to pods that the program does not own", name(&policy.object)));
            let said = if closed {
                said.why("It lets something through, and in a namespace of the program nothing may pass for other pods.")
            } else {
                said.why("The namespace is not the program's own: its policies may change what other pods there can do only by accident.")
            };
            diagnostics.push(self.scene.at(said.why(OWN_FAULT), policy.object.view.origin(), "written because of this"));
        }
        for namespace in self.scene.plan().namespaces.iter().filter(|namespace| namespace.managed) {
            if denied.get(&*namespace.name.value) != Some(&[true, true]) {
                let said = Self::error(format!("the namespace `{}` denies nothing by default", namespace.name.value))
                    .why("A namespace that the program manages has a NetworkPolicy that isolates every pod in both directions.")
                    .why(OWN_FAULT);
                diagnostics.push(self.scene.at(said, namespace.origin, "this namespace"));
            }
        }
    }

    /// What is declared, by the workloads that it is of.
    fn connections(&self) -> (Between, Outside) {
        let (mut between, mut outside) = (Between::new(), Both::<Vec<(u32, u32)>>::default());
        // Those of one workload stand together: it is looked up for the first.
        let (mut from, mut to) = (Ends::default(), Ends::default());
        for (number, connection) in (0..).zip(&self.scene.plan().connections) {
            match (self.ends(&connection.from, &mut from), self.ends(&connection.to, &mut to)) {
                (Some(from), Some(to)) => between.extend(from.iter().flat_map(|from| to.iter().map(move |to| (*from, *to, number)))),
                (Some(from), None) => outside.of_mut(Direction::Egress).extend(from.iter().map(|at| (*at, number))),
                (None, Some(to)) => outside.of_mut(Direction::Ingress).extend(to.iter().map(|at| (*at, number))),
                (None, None) => {}
            }
        }
        between.sort_unstable();
        (between, outside.map(|numbered| Lists::of(self.flows.workloads.len(), numbered)))
    }
    /// The numbers of the workloads that an end means, where it means such; those that were found before are those of the end before.
    fn ends<'k>(&self, end: &'b Arc<End>, found: &'k mut Ends<'b>) -> Option<&'k [u32]> {
        let End::Workload { namespace, instance } = &**end else { return None };
        if !found.of.is_some_and(|before| Arc::ptr_eq(before, end)) {
            found.of = Some(end);
            found.workloads.clear();
            found.workloads.extend(self.flows.instances(namespace, instance));
        }
        Some(&found.workloads)
    }

    /// Flows between the program's own pods.
    fn own_pods(&self, declared: &[(u32, u32, u32)], diagnostics: &mut Diagnostics) {
        let mut pairs = self.flows.pairs();
        pairs.extend(declared.iter().map(|(from, to, _)| (*from, *to)));
        pairs.sort_unstable();
        pairs.dedup();
        let mut rest = declared;
        for (from, to) in pairs {
            let count = rest.iter().take_while(|(f, t, _)| (*f, *t) == (from, to)).count();
            let (here, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            rest = after;
            let on_node = |at| self.flows.workload(at).is_some_and(|workload| workload.host_network);
            if on_node(from) || on_node(to) {
                continue;
            }
            let connections = || here.iter().filter_map(|(_, _, number)| self.scene.plan().connections.get(*number as usize));
            let want = Ports::of(connections().map(|c| (c.protocol, c.ports.0, c.ports.1)).collect());
            let have = self.flows.allowed(from, to);
            if want == have {
                continue;
            }
            let missing = want.without(&have);
            if !missing.is_empty() {
                let declared = connections().find(|c| !Ports::of(vec![(c.protocol, c.ports.0, c.ports.1)]).and(&missing).is_empty());
                diagnostics.push(self.blocked(from, to, &missing, declared));
            }
            let extra = have.without(&want);
            // A pod that nothing isolates is reported as such, once.
            if !extra.is_empty() && self.flows.is_isolated(from, Direction::Egress) && self.flows.is_isolated(to, Direction::Ingress) {
                diagnostics.push(self.undeclared(from, to, &extra));
            }
        }
    }

    fn blocked(&self, from: u32, to: u32, ports: &Ports, declared: Option<&Connection>) -> Diagnostic {
        let (source, target) = (self.name(from), self.name(to));
        let mut said = Self::error(format!("{source} cannot reach {target} on {ports}, though the program says that it may"));
        if let Some(connection) = declared {
            said = self.scene.at(said, connection.origin, &format!("declared here ({})", connection.because));
        }
        let lets = |direction, at, other| ports.without(&self.flows.side(at, direction, other)).is_empty();
        let policies = |at| {
            let names: Vec<_> = self.flows.selecting(at).map(|policy| name(&policy.object)).collect();
            names.join(" and ")
        };
        if !lets(Direction::Egress, from, to) {
            said = said.why(format!("NetworkPolicy {} does not let {source} out to it.", policies(from)));
        }
        if !lets(Direction::Ingress, to, from) {
            said = said.why(format!("NetworkPolicy {} does not let it in to {target}.", policies(to)));
        }
        said.why(OWN_FAULT)
    }

    fn undeclared(&self, from: u32, to: u32, ports: &Ports) -> Diagnostic {
        let said = Self::error(format!("{} can reach {} on {ports}, which the program does not say", self.name(from), self.name(to)));
        let said = self.rule_of(said, from, Direction::Egress, to, ports);
        self.rule_of(said, to, Direction::Ingress, from, ports).why(WHERE_FLOWS_COME_FROM).why(OWN_FAULT)
    }
    /// Points at the rule of one side that lets these ports through.
    fn rule_of(&self, said: Diagnostic, at: u32, direction: Direction, other: u32, ports: &Ports) -> Diagnostic {
        let found = self.flows.rules(at, direction).find(|(policy, rule)| {
            let mut numbers = Vec::new();
            self.flows.ports(rule, if direction == Direction::Ingress { at } else { other }, |ports| numbers.push(ports));
            self.flows.admits(policy, rule, other) && !Ports::of(numbers).and(ports).is_empty()
        });
        match found {
            Some((policy, rule)) => self.let_by(said, policy, rule, direction),
            None => said,
        }
    }
    fn let_by(&self, said: Diagnostic, policy: &Policy<'_>, rule: &Rule<'_>, direction: Direction) -> Diagnostic {
        let way = if direction == Direction::Ingress { "lets it in" } else { "lets it out" };
        let words = format!("NetworkPolicy {} {way} because of this", name(&policy.object));
        self.scene.at(said.why(format!("NetworkPolicy {} {way}.", name(&policy.object))), rule.view.origin(), &words)
    }

    /// Flows between the program's pods and everything else.
    fn others(&self, declared: &Outside, diagnostics: &mut Diagnostics) {
        let (mut have, mut want) = (Items::default(), Items::default());
        let managed = |name: &str| self.managed.get(name).copied();
        for (at, workload) in (0..).zip(self.flows.workloads) {
            for direction in DIRECTIONS {
                if workload.host_network || !self.flows.is_isolated(at, direction) {
                    continue;
                }
                let here = declared.of(direction).get(at).iter();
                let connections = here.filter_map(|number| self.scene.plan().connections.get(*number as usize));
                want.clear();
                declare(connections, direction, &mut want);
                have.clear();
                others::let_through(&self.flows, at, direction, &managed, &mut have);
                for (policy, rule) in &have.unknown {
                    let said =
                        Self::error(format!("NetworkPolicy {} names a port of pods that the program does not own", name(&policy.object)))
                            .why("Which number the name has there nobody can know here, so what it lets through cannot be proven.");
                    diagnostics.push(self.scene.at(said.help("write the port's number"), rule.view.origin(), "written because of this"));
                }
                for found in others::compare(&self.flows, &have, &want, &managed) {
                    self.report(at, direction, &found, diagnostics);
                }
            }
        }
    }
    fn report(&self, at: u32, direction: Direction, found: &Found<'_>, diagnostics: &mut Diagnostics) {
        let name = self.name(at);
        let flow = |whom: &str, can: &str| match direction {
            Direction::Ingress => format!("{whom} {can} reach {name}"),
            Direction::Egress => format!("{name} {can} reach {whom}"),
        };
        if let Some(Difference { whom, ports, source }) = &found.missing {
            let said = Self::error(format!("{} on {ports}, though the program says so", flow(whom, "cannot")));
            let said = match source {
                Some(Source::Declared(connection)) => {
                    self.scene.at(said, connection.origin, &format!("declared here ({})", connection.because))
                }
                _ => said,
            };
            let policies: Vec<_> = self.flows.selecting(at).map(|policy| self::name(&policy.object)).collect();
            diagnostics.push(said.why(format!("NetworkPolicy {} does not let it through.", policies.join(" and "))).why(OWN_FAULT));
        }
        if let Some(Difference { whom, ports, source }) = &found.extra {
            let said = Self::error(format!("{} on {ports}, which the program does not say", flow(whom, "can")));
            let said = match source {
                Some(Source::Rule(policy, rule)) => self.let_by(said, policy, rule, direction),
                _ => said,
            };
            diagnostics.push(said.why(WHERE_FLOWS_COME_FROM).why(OWN_FAULT));
        }
        if found.too_many {
            let said = Self::error(format!("what reaches {name}, and what it reaches, is not proven: its rules use too many labels"));
            let origin = self.flows.workload(at).map_or(Origin::NONE, |workload| workload.object.view.origin());
            diagnostics.push(self.scene.at(said, origin, "this workload").help("select fewer kinds of pods by fewer labels"));
        }
    }
}

/// Adds the other ends of connections.
fn declare<'x>(connections: impl Iterator<Item = &'x Connection>, direction: Direction, items: &mut Items<'x>) {
    for connection in connections {
        let ports = (connection.protocol, connection.ports.0, connection.ports.1);
        let source = Source::Declared(connection);
        match &**if direction == Direction::Ingress { &connection.from } else { &connection.to } {
            End::Workload { .. } => {}
            End::Selected { namespace, pods } => {
                items.pods.push(Pods { namespaces: Asked::Pairs(namespace), pods: Asked::Pairs(pods), ports, source });
            }
            End::Cidr { cidr, except } => items.blocks.push(Block { cidr, except: Holes::Texts(except), ports, source }),
        }
    }
}

const WHERE_FLOWS_COME_FROM: &str =
    "What may flow comes from `connects`, from a port's `url` or `address` that reaches a container, from `expose`, and from `target`.";

fn name(object: &Object<'_>) -> String {
    format!("`{}/{}`", object.namespace, object.name)
}
