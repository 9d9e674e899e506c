//! Emitted NetworkPolicies, read once into flat lists: who is selected, and what the rules of each direction let through.
//!
//! Semantics of security.md §3.1: rows 1 to 15 are read here, the others where flows are computed.

use super::ports;
use crate::plan::model::Protocol;
use crate::prove::scene::{INSTANCE, INSTANCE_KEY, NAMESPACE_NAME, Object, Workload, fields};
use crate::tape::{Key, Origin, Value, View, key};
use crate::units::Cidr;
use std::ops::Range;

const POD_SELECTOR: Key = key("podSelector");
const NAMESPACE_SELECTOR: Key = key("namespaceSelector");
const IP_BLOCK: Key = key("ipBlock");
const INGRESS: Key = key("ingress");
const EGRESS: Key = key("egress");
const POLICY_TYPES: Key = key("policyTypes");
const PORTS: Key = key("ports");
const MATCH_LABELS: Key = key("matchLabels");
const MATCH_EXPRESSIONS: Key = key("matchExpressions");
const PROTOCOL: Key = key("protocol");
const PORT: Key = key("port");
const END_PORT: Key = key("endPort");
const KEY: Key = key("key");
const OPERATOR: Key = key("operator");
const VALUES: Key = key("values");
const CIDR: Key = key("cidr");
const EXCEPT: Key = key("except");

/// Which way a flow goes, seen from the selected pod.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Direction {
    /// Into it.
    Ingress,
    /// Out of it.
    Egress,
}

/// One value for each direction.
#[derive(Clone, Debug, Default)]
pub(super) struct Both<T> {
    ingress: T,
    egress: T,
}

impl<T> Both<T> {
    /// The value of a direction.
    pub fn of(&self, direction: Direction) -> &T {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }
    /// The same, to change it.
    pub fn of_mut(&mut self, direction: Direction) -> &mut T {
        match direction {
            Direction::Ingress => &mut self.ingress,
            Direction::Egress => &mut self.egress,
        }
    }
    /// What becomes of both.
    pub fn map<U>(&self, change: impl Fn(&T) -> U) -> Both<U> {
        Both { ingress: change(&self.ingress), egress: change(&self.egress) }
    }
}

/// Both.
pub(super) const DIRECTIONS: [Direction; 2] = [Direction::Ingress, Direction::Egress];

impl Direction {
    /// The policy type, and the list of peers in its rules.
    fn names(self) -> (&'static str, Key) {
        match self {
            Direction::Ingress => ("Ingress", const { key("from") }),
            Direction::Egress => ("Egress", const { key("to") }),
        }
    }
}

/// A requirement of a label selector.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Want<'b> {
    /// The label.
    pub key: &'b str,
    /// The same as a number, where the schemas know it.
    known: Option<Key>,
    /// What must hold of it.
    pub test: Test<'b>,
}

/// What must hold of a label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Test<'b> {
    /// It is there with this value.
    Is(&'b str),
    /// It is there with one of these values.
    In(View<'b>),
    /// It is not there, or has none of these values (row 31).
    NotIn(View<'b>),
    /// It is there.
    Exists,
    /// It is not there.
    Absent,
}

impl<'b> Want<'b> {
    /// What a label must be.
    pub fn new(key: &'b str, test: Test<'b>) -> Self {
        Want { key, known: Key::find(key), test }
    }
    /// What the label of a selector must be.
    fn of_label(label: View<'b>) -> Self {
        let known = Some(label.key_id()).filter(|key| !key.is_foreign());
        Want { key: label.key(), known, test: Test::Is(label.str().unwrap_or("")) }
    }
    /// The value of its label among others.
    pub fn value_in<'l>(&self, labels: View<'l>) -> Option<&'l str> {
        match self.known {
            Some(key) => labels.get_key(key),
            None => labels.get(self.key),
        }
        .and_then(View::str)
    }
    /// The same of a workload's pods. The label that most selectors ask for was read with the workload.
    pub fn value_of(&self, workload: &Workload<'b>) -> Option<&'b str> {
        if self.known == Some(INSTANCE_KEY) && !workload.instance.is_empty() {
            return Some(workload.instance);
        }
        self.value_in(workload.labels?)
    }
    /// Does a label's value, or its absence, satisfy it?
    pub fn holds(&self, value: Option<&str>) -> bool {
        let among = |list: View<'_>, value: &str| list.children().any(|item| item.str() == Some(value));
        match (self.test, value) {
            (Test::Is(wanted), Some(value)) => wanted == value,
            (Test::In(list), Some(value)) => among(list, value),
            (Test::NotIn(list), Some(value)) => !among(list, value),
            (Test::Exists, Some(_)) | (Test::NotIn(_) | Test::Absent, None) => true,
            (Test::Is(_) | Test::In(_) | Test::Exists, None) | (Test::Absent, Some(_)) => false,
        }
    }
}

/// Requirements that must all hold; none is everything (rows 1, 11).
pub(super) type Selector = Range<u32>;

/// The other side of a rule.
#[derive(Clone, Debug)]
pub(super) enum Peer<'b> {
    /// Pods that match, in namespaces that match; without a namespace selector, in the policy's own (rows 8 to 11).
    Pods { namespaces: Option<Selector>, pods: Selector },
    /// Addresses outside the cluster (rows 15, 16).
    Block { cidr: &'b str, except: Option<View<'b>> },
}

/// Ports of a rule.
#[derive(Clone, Copy, Debug)]
pub(super) enum Port<'b> {
    /// Numbers, both ends included (row 12).
    Numbers(Protocol, u16, u16),
    /// Whatever number the destination's pod gives the name (row 13).
    Named(Protocol, &'b str),
}

/// A rule: one of its peers at one of its ports.
#[derive(Clone, Debug)]
pub(super) struct Rule<'b> {
    /// Itself.
    pub view: View<'b>,
    /// `None` is everybody, inside and outside of the cluster (row 6).
    pub peers: Option<Range<u32>>,
    /// `None` is every port of every protocol (row 7).
    pub ports: Option<Range<u32>>,
}

/// A policy.
#[derive(Clone, Debug)]
pub(super) struct Policy<'b> {
    /// The object.
    pub object: Object<'b>,
    /// Whom it selects, in its namespace.
    pub pods: Selector,
    /// Does it isolate in this direction?
    isolates: Both<bool>,
    rules: Both<Range<u32>>,
}

impl Policy<'_> {
    /// Does it isolate the pods it selects in this direction (row 2)?
    pub fn isolates(&self, direction: Direction) -> bool {
        *self.isolates.of(direction)
    }
    /// Does it let nothing through?
    pub fn is_empty(&self) -> bool {
        DIRECTIONS.iter().all(|direction| self.rules.of(*direction).is_empty())
    }
}

/// All policies.
pub(super) struct Policies<'b> {
    /// In the order of the bundle.
    pub list: Vec<Policy<'b>>,
    /// What the API server refuses or means otherwise than it reads: the object, where, and what.
    pub faults: Vec<(Object<'b>, Origin, String)>,
    rules: Vec<Rule<'b>>,
    peers: Vec<Peer<'b>>,
    ports: Vec<Port<'b>>,
    wants: Vec<Want<'b>>,
}

fn of<'l, T>(list: &'l [T], range: &Range<u32>) -> &'l [T] {
    list.get(range.start as usize..range.end as usize).unwrap_or(&[])
}

impl<'b> Policies<'b> {
    /// Reads every policy among the objects.
    pub fn read(objects: &[&Object<'b>]) -> Self {
        let room = objects.len();
        let mut all = Policies {
            list: Vec::with_capacity(room),
            rules: Vec::with_capacity(3 * room),
            peers: Vec::with_capacity(3 * room),
            ports: Vec::with_capacity(3 * room),
            wants: Vec::with_capacity(6 * room),
            faults: Vec::new(),
        };
        objects.iter().for_each(|object| all.policy(**object));
        all
    }
    /// The requirements of a selector.
    pub fn wants(&self, selector: &Selector) -> &[Want<'b>] {
        of(&self.wants, selector)
    }
    /// The rules of a policy, which count only in the directions that it isolates (row 3).
    pub fn rules(&self, policy: &Policy<'_>, direction: Direction) -> &[Rule<'b>] {
        if policy.isolates(direction) { of(&self.rules, policy.rules.of(direction)) } else { &[] }
    }
    /// The peers of a rule; `None` for everybody.
    pub fn peers(&self, rule: &Rule<'_>) -> Option<&[Peer<'b>]> {
        rule.peers.as_ref().map(|peers| of(&self.peers, peers))
    }
    /// The ports of a rule; `None` for all.
    pub fn ports(&self, rule: &Rule<'_>) -> Option<&[Port<'b>]> {
        rule.ports.as_ref().map(|ports| of(&self.ports, ports))
    }
    /// Does a rule name a port rather than number it?
    pub fn has_names(&self, rule: &Rule<'_>) -> bool {
        self.ports(rule).is_some_and(|ports| ports.iter().any(|port| matches!(port, Port::Named(..))))
    }
    /// The value that a selector gives the instance label by plain equality.
    pub fn instance(&self, selector: &Selector) -> Option<&'b str> {
        self.pinned(selector, INSTANCE)
    }
    /// The one namespace that a selector of namespaces names.
    pub fn namespace(&self, selector: &Selector) -> Option<&'b str> {
        self.pinned(selector, NAMESPACE_NAME)
    }
    fn pinned(&self, selector: &Selector, key: &str) -> Option<&'b str> {
        self.wants(selector).iter().find_map(|want| match want.test {
            Test::Is(value) if want.key == key => Some(value),
            _ => None,
        })
    }

    fn policy(&mut self, object: Object<'b>) {
        let Some(spec) = object.spec() else { return };
        let [pods, types, ingress, egress] = fields(spec, [POD_SELECTOR, POLICY_TYPES, INGRESS, EGRESS]);
        let pods = self.selector(object, pods);
        let types = types.filter(|types| types.children().next().is_some());
        let mut policy = Policy { object, pods, isolates: Both::default(), rules: Both::default() };
        for (direction, rules) in DIRECTIONS.into_iter().zip([ingress, egress]) {
            let (name, other) = direction.names();
            let written = rules.is_some_and(|rules| rules.children().next().is_some());
            let isolates = match types {
                Some(types) => types.children().any(|word| word.str() == Some(name)),
                None => direction == Direction::Ingress || written,
            };
            if written && !isolates {
                let origin = rules.map_or(object.view.origin(), View::origin);
                self.faults.push((
                    object,
                    origin,
                    format!("has {} rules that its `policyTypes` leave out, so that they mean nothing", name.to_lowercase()),
                ));
            }
            *policy.isolates.of_mut(direction) = isolates;
            // What a rule has is written to other lists, so that the rules of a policy stand together.
            let start = self.rules.len() as u32;
            for rule in rules.into_iter().flat_map(View::children) {
                let rule = self.rule(object, rule, other);
                self.rules.push(rule);
            }
            *policy.rules.of_mut(direction) = start..self.rules.len() as u32;
        }
        self.list.push(policy);
    }

    fn rule(&mut self, object: Object<'b>, rule: View<'b>, other: Key) -> Rule<'b> {
        let filled = |list: Option<View<'b>>| list.filter(|list| list.children().next().is_some());
        let [peers, ports] = fields(rule, [other, PORTS]);
        let peers = filled(peers).map(|list| {
            let start = self.peers.len() as u32;
            for peer in list.children() {
                let peer = self.peer(object, peer);
                self.peers.extend(peer);
            }
            start..self.peers.len() as u32
        });
        let ports = filled(ports).map(|list| {
            let start = self.ports.len() as u32;
            for port in list.children() {
                self.port(object, port);
            }
            start..self.ports.len() as u32
        });
        Rule { view: rule, peers, ports }
    }

    fn peer(&mut self, object: Object<'b>, peer: View<'b>) -> Option<Peer<'b>> {
        let [namespaces, pods, block] = fields(peer, [NAMESPACE_SELECTOR, POD_SELECTOR, IP_BLOCK]);
        let wrong = match (namespaces.is_some() || pods.is_some(), block) {
            (true, Some(_)) => "has a peer with both `ipBlock` and a selector, which the API server refuses",
            (false, None) => "has a peer that says nothing, which the API server refuses",
            (true, None) => {
                let namespaces = namespaces.map(|selector| self.selector(object, Some(selector)));
                return Some(Peer::Pods { namespaces, pods: self.selector(object, pods) });
            }
            (false, Some(block)) => {
                let cidr = block.get_key(CIDR).and_then(View::str).unwrap_or("");
                let except = block.get_key(EXCEPT).filter(|list| list.children().next().is_some());
                if except.is_none_or(|list| list.children().all(|hole| holds(cidr, hole.str().unwrap_or("")))) {
                    return Some(Peer::Block { cidr, except });
                }
                "has an exception outside its address range, which the API server refuses"
            }
        };
        self.faults.push((object, peer.origin(), wrong.to_owned()));
        None
    }

    fn port(&mut self, object: Object<'b>, port: View<'b>) {
        let [protocol, first, end] = fields(port, [PROTOCOL, PORT, END_PORT]);
        let protocol = match protocol.and_then(View::str) {
            None | Some("TCP") => Protocol::Tcp,
            Some("UDP") => Protocol::Udp,
            Some("SCTP") => Protocol::Sctp,
            Some(other) => {
                return self.faults.push((object, port.origin(), format!("has a port of the protocol `{other}`, which does not exist")));
            }
        };
        let end = end.and_then(View::int);
        let number = |value: i64| u16::try_from(value).ok().filter(|number| *number >= ports::FIRST);
        let read = match (first.map(View::value), end) {
            (None, None) => Some(Port::Numbers(protocol, ports::FIRST, ports::LAST)),
            (Some(Value::Int(first)), end) => match (number(first), number(end.unwrap_or(first))) {
                (Some(first), Some(last)) if first <= last => Some(Port::Numbers(protocol, first, last)),
                _ => None,
            },
            (Some(Value::Str(name)), None) => Some(Port::Named(protocol, name)),
            _ => None,
        };
        match read {
            Some(port) => self.ports.push(port),
            None => {
                self.faults.push((object, port.origin(), "has a range of ports without a first number, or from high to low".to_owned()));
            }
        }
    }

    fn selector(&mut self, object: Object<'b>, selector: Option<View<'b>>) -> Selector {
        let start = self.wants.len() as u32;
        let [labels, expressions] = selector.map_or([None; 2], |selector| fields(selector, [MATCH_LABELS, MATCH_EXPRESSIONS]));
        self.wants.extend(labels.into_iter().flat_map(View::children).map(Want::of_label));
        for expression in expressions.into_iter().flat_map(View::children) {
            let key = expression.get_key(KEY).and_then(View::str).unwrap_or("");
            let operator = expression.get_key(OPERATOR).and_then(View::str).unwrap_or("");
            let test = match (operator, expression.get_key(VALUES)) {
                ("In", Some(values)) => Test::In(values),
                ("NotIn", Some(values)) => Test::NotIn(values),
                ("Exists", _) => Test::Exists,
                ("DoesNotExist", _) => Test::Absent,
                _ => {
                    let wrong = format!("selects by `{key}` with the operator `{operator}`, which does not exist or lacks its values");
                    self.faults.push((object, expression.origin(), wrong));
                    continue;
                }
            };
            self.wants.push(Want::new(key, test));
        }
        start..self.wants.len() as u32
    }
}

/// Is one range of addresses a part of another (row 15)?
fn holds(cidr: &str, hole: &str) -> bool {
    match (Cidr::parse(cidr), Cidr::parse(hole)) {
        (Ok(cidr), Ok(hole)) => cidr.contains(&hole) && cidr != hole,
        _ => false,
    }
}
