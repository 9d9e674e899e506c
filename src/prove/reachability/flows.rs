//! Which flows the policies let through between the program's own pods: the evaluator.
//!
//! A flow passes where the source's policies let it out *and* the destination's let it in (row 18); a side without an isolating policy lets
//! everything pass, and the rules of several policies add up (row 17). Pairs are found through the labels that peers name, not by trying all.

use super::policy::{Direction, Peer, Policies, Policy, Port, Rule, Selector};
use super::ports::{self, Ports};
use crate::prove::chains::{Chains, Lists};
use crate::prove::scene::{NAMESPACE_NAME, Object, Workload};
use crate::tape::{Key, View, key};
use rustc_hash::FxHashMap;

const PORTS: Key = key("ports");
const NAME: Key = key("name");
const CONTAINER_PORT: Key = key("containerPort");
const PROTOCOL: Key = key("protocol");

/// The pods of the program and the policies on them.
pub(super) struct Flows<'s, 'b> {
    /// Policies of all namespaces.
    pub policies: Policies<'b>,
    /// The program's own pods, by their workloads.
    pub workloads: &'s [Workload<'b>],
    /// Labels of the namespaces that were emitted.
    namespaces: FxHashMap<&'b str, Option<View<'b>>>,
    by_instance: Chains<(&'b str, &'b str)>,
    by_namespace: Chains<&'b str>,
    /// The policies on each workload, by number.
    selecting: Lists<u32>,
}

/// The workloads among which a peer's are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reach<'b> {
    /// Those of one instance in a namespace.
    Instance(&'b str, &'b str),
    /// Those of a namespace.
    Namespace(&'b str),
    /// All.
    Everywhere,
}

impl<'s, 'b> Flows<'s, 'b> {
    /// Reads the policies, and finds whom each selects. A pod on its node's network is selected by none, and no selector means it (row 23).
    pub fn new(objects: &[Object<'b>], workloads: &'s [Workload<'b>]) -> Self {
        let is_policy = |object: &&Object<'_>| object.kind == "NetworkPolicy" && object.api_version() == "networking.k8s.io/v1";
        let written: Vec<_> = objects.iter().filter(is_policy).collect();
        let policies = Policies::read(&written);
        let namespaces = objects.iter().filter(|object| object.kind == "Namespace").map(|object| (object.name, object.labels())).collect();
        let mut flows = Flows {
            policies,
            workloads,
            namespaces,
            by_instance: Chains::of(workloads.iter().map(|workload| (workload.object.namespace, workload.instance))),
            by_namespace: Chains::of(workloads.iter().map(|workload| workload.object.namespace)),
            selecting: Lists::default(),
        };
        let mut pairs: Vec<(u32, u32)> = Vec::with_capacity(workloads.len() * 2);
        for (number, policy) in flows.policies.list.iter().enumerate() {
            let reach = flows.reach(None, &policy.pods, policy.object.namespace);
            flows.each(reach, |at, workload| {
                if flows.holds_labels(&policy.pods, workload) {
                    pairs.push((at, number as u32));
                }
            });
        }
        flows.selecting = Lists::of(workloads.len(), &pairs);
        flows
    }
    /// A workload by its number.
    pub fn workload(&self, at: u32) -> Option<&'s Workload<'b>> {
        self.workloads.get(at as usize)
    }
    /// The workloads of an instance.
    pub fn instances<'k>(&'k self, namespace: &'k str, instance: &'k str) -> impl Iterator<Item = u32> + 'k {
        self.by_instance.get(&(namespace, instance))
    }
    /// Is there a workload of this instance?
    pub fn owns(&self, namespace: &str, instance: &str) -> bool {
        self.by_instance.has(&(namespace, instance))
    }
    /// The policies that select a workload.
    pub fn selecting(&self, at: u32) -> impl Iterator<Item = &Policy<'b>> {
        self.selecting.get(at).iter().filter_map(|number| self.policies.list.get(*number as usize))
    }
    /// The rules that count for a workload in a direction, each with its policy.
    pub fn rules(&self, at: u32, direction: Direction) -> impl Iterator<Item = (&Policy<'b>, &Rule<'b>)> {
        self.selecting(at).flat_map(move |policy| self.policies.rules(policy, direction).iter().map(move |rule| (policy, rule)))
    }
    /// Does some policy isolate a workload in a direction?
    pub fn is_isolated(&self, at: u32, direction: Direction) -> bool {
        self.selecting(at).any(|policy| policy.isolates(direction))
    }

    /// The ports at which one workload's pods reach another's. Of one workload, its replicas are meant: a pod reaches itself in any case
    /// (row 21).
    pub fn allowed(&self, from: u32, to: u32) -> Ports {
        let out = self.side(from, Direction::Egress, to);
        if out.is_empty() {
            return out;
        }
        out.and(&self.side(to, Direction::Ingress, from))
    }
    /// The ports that one side alone lets through: `at` sends to `other`, or receives from it. Ports are always those of the destination.
    pub fn side(&self, at: u32, direction: Direction, other: u32) -> Ports {
        if !self.is_isolated(at, direction) {
            return Ports::all();
        }
        let mut found = Vec::new();
        for (policy, rule) in self.rules(at, direction) {
            if self.admits(policy, rule, other) {
                self.ports(rule, if direction == Direction::Ingress { at } else { other }, |ports| found.push(ports));
            }
        }
        Ports::of(found)
    }
    /// Does a rule mean this workload?
    pub fn admits(&self, policy: &Policy<'b>, rule: &Rule<'_>, other: u32) -> bool {
        let Some(other) = self.workload(other) else { return false };
        let Some(peers) = self.policies.peers(rule) else { return true };
        peers.iter().any(|peer| self.means(policy, peer, other))
    }
    fn means(&self, policy: &Policy<'b>, peer: &Peer<'b>, other: &Workload<'b>) -> bool {
        let Peer::Pods { namespaces, pods } = peer else { return false };
        if other.host_network {
            return false;
        }
        let there = match namespaces {
            None => policy.object.namespace == other.object.namespace,
            Some(selector) => self.holds_namespace(selector, other.object.namespace),
        };
        there && self.holds_labels(pods, other)
    }
    /// Calls with the numbers of a rule's ports at a destination: a name is that of the port in its pod (row 13).
    pub fn ports(&self, rule: &Rule<'_>, destination: u32, mut with: impl FnMut(ports::Range)) {
        let Some(list) = self.policies.ports(rule) else { return ports::ALL.into_iter().for_each(with) };
        for port in list {
            match *port {
                Port::Numbers(protocol, first, last) => with((protocol, first, last)),
                Port::Named(protocol, name) => {
                    let own = self
                        .workload(destination)
                        .into_iter()
                        .flat_map(Workload::containers)
                        .flat_map(|(_, container)| container.get_key(PORTS).into_iter().flat_map(View::children));
                    let named = own.filter(|port| {
                        let of = port.get_key(PROTOCOL).and_then(View::str).unwrap_or("TCP");
                        port.get_key(NAME).and_then(View::str) == Some(name) && of == protocol.as_str()
                    });
                    let numbers = named.filter_map(|port| u16::try_from(port.get_key(CONTAINER_PORT)?.int()?).ok());
                    numbers.for_each(|number| with((protocol, number, number)));
                }
            }
        }
    }

    /// Among which workloads a selector's are, seen from a namespace.
    pub fn reach(&self, namespaces: Option<&Selector>, pods: &Selector, own: &'b str) -> Reach<'b> {
        let namespace = match namespaces {
            None => Some(own),
            Some(selector) => self.policies.namespace(selector),
        };
        match (namespace, self.policies.instance(pods)) {
            (Some(namespace), Some(instance)) => Reach::Instance(namespace, instance),
            (Some(namespace), None) => Reach::Namespace(namespace),
            (None, _) => Reach::Everywhere,
        }
    }
    /// Calls with each workload there that is not on its node's network.
    pub fn each(&self, reach: Reach<'b>, mut with: impl FnMut(u32, &'s Workload<'b>)) {
        let mut call = |at| {
            if let Some(workload) = self.workload(at).filter(|workload| !workload.host_network) {
                with(at, workload);
            }
        };
        match reach {
            Reach::Instance(namespace, instance) => self.by_instance.get(&(namespace, instance)).for_each(call),
            Reach::Namespace(namespace) => self.by_namespace.get(&namespace).for_each(call),
            Reach::Everywhere => (0..self.workloads.len() as u32).for_each(&mut call),
        }
    }
    fn holds_labels(&self, selector: &Selector, workload: &Workload<'b>) -> bool {
        self.policies.wants(selector).iter().all(|want| want.holds(want.value_of(workload)))
    }
    /// The API server gives every namespace its name as a label (row 30). Of one that is not the program's own, nothing else is known.
    fn holds_namespace(&self, selector: &Selector, name: &str) -> bool {
        self.policies.wants(selector).iter().all(|want| {
            if want.key == NAMESPACE_NAME {
                return want.holds(Some(name));
            }
            want.holds(self.namespaces.get(name).copied().flatten().and_then(|labels| want.value_in(labels)))
        })
    }

    /// Every pair of workloads between which something may pass, in no order, and perhaps some between which nothing does. Of two that no policy isolates
    /// there are all pairs, so those are left out: that they are not isolated is said anyway.
    pub fn pairs(&self) -> Vec<(u32, u32)> {
        let mut pairs = Vec::with_capacity(self.workloads.len() * 2);
        let out = self.narrow(Direction::Egress, |_| true, &mut pairs);
        if !out.is_empty() {
            let into = {
                let mut turned = Vec::new();
                let into = self.narrow(Direction::Ingress, |from| out.binary_search(&from).is_ok(), &mut turned);
                pairs.extend(turned.into_iter().map(|(to, from)| (from, to)));
                into
            };
            let isolated = |list: &[u32], direction| list.iter().copied().filter(|at| self.is_isolated(*at, direction)).collect::<Vec<_>>();
            let into = isolated(&into, Direction::Ingress);
            for from in isolated(&out, Direction::Egress) {
                pairs.extend(into.iter().map(|to| (from, *to)));
            }
        }
        pairs
    }
    /// Adds (workload, other) for each other that the workload's rules name narrowly and that is wanted; returns the workloads, in order, whose
    /// rules (or want of any) mean others everywhere.
    fn narrow(&self, direction: Direction, wanted: impl Fn(u32) -> bool, pairs: &mut Vec<(u32, u32)>) -> Vec<u32> {
        let mut broad = Vec::new();
        for (at, workload) in (0..).zip(self.workloads) {
            if workload.host_network {
                continue;
            }
            let mut everywhere = !self.is_isolated(at, direction);
            for (policy, rule) in self.rules(at, direction) {
                let Some(peers) = self.policies.peers(rule) else {
                    everywhere = true;
                    continue;
                };
                for peer in peers {
                    let Peer::Pods { namespaces, pods } = peer else { continue };
                    match self.reach(namespaces.as_ref(), pods, policy.object.namespace) {
                        Reach::Everywhere => everywhere = true,
                        reach => self.each(reach, |other, found| {
                            if wanted(other) && self.means(policy, peer, found) {
                                pairs.push((at, other));
                            }
                        }),
                    }
                }
            }
            if everywhere {
                broad.push(at);
            }
        }
        broad
    }
}
