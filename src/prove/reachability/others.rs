//! Flows between a workload and what the program does not own: pods by their labels, and addresses.
//!
//! Both sides, what the policies let through and what is declared, are sums of items. Where they are the same items nothing is left to prove;
//! else the pods are divided into classes by every label that an item mentions, and the addresses into ranges by every bound, so that within
//! each the answer is one (security.md §3.3).

use super::flows::Flows;
use super::policy::{Direction, Peer, Policy, Rule, Test, Want};
use super::ports::{Ports, Range};
use crate::plan::model::{Connection, Str};
use crate::prove::scene::{INSTANCE, NAMESPACE_NAME};
use crate::tape::View;
use crate::units::{Cidr, Family};
use std::fmt::Write;

/// Labels that are asked for.
#[derive(Clone, Copy)]
pub(super) enum Asked<'x> {
    /// By a policy's selector.
    Wants(&'x [Want<'x>]),
    /// By a declaration: each name with its value.
    Pairs(&'x [(Str, Str)]),
    /// The namespace of this name.
    Name(&'x str),
}

impl<'x> Asked<'x> {
    fn wants(self) -> impl Iterator<Item = Want<'x>> {
        self.tests().map(|(key, test)| Want::new(key, test))
    }
    /// Each label, and what must hold of it.
    fn tests(self) -> impl Iterator<Item = (&'x str, Test<'x>)> {
        (0..).map_while(move |number| match self {
            Asked::Wants(wants) => wants.get(number).map(|want: &Want<'x>| (want.key, want.test)),
            Asked::Pairs(pairs) => pairs.get(number).map(|(key, value)| (&**key, Test::Is(value))),
            Asked::Name(name) => (number == 0).then_some((NAMESPACE_NAME, Test::Is(name))),
        })
    }
    fn same(self, other: Asked<'_>) -> bool {
        let within = |a: Asked<'_>, b: Asked<'_>| a.tests().all(|test| b.tests().any(|other| other == test));
        // What is declared is mostly written in the order in which it was declared.
        self.tests().eq(other.tests()) || within(self, other) && within(other, self)
    }
}

/// What made an item.
#[derive(Clone, Copy)]
pub(super) enum Source<'x> {
    /// A policy's rule.
    Rule(&'x Policy<'x>, &'x Rule<'x>),
    /// A declaration.
    Declared(&'x Connection),
}

/// Pods at ports.
pub(super) struct Pods<'x> {
    pub namespaces: Asked<'x>,
    pub pods: Asked<'x>,
    pub ports: Range,
    pub source: Source<'x>,
}

/// Addresses at ports.
pub(super) struct Block<'x> {
    pub cidr: &'x str,
    pub except: Holes<'x>,
    pub ports: Range,
    pub source: Source<'x>,
}

/// Exceptions of a range of addresses.
#[derive(Clone, Copy)]
pub(super) enum Holes<'x> {
    /// As a policy has them.
    List(Option<View<'x>>),
    /// As a declaration has them.
    Texts(&'x [Str]),
}

impl<'x> Holes<'x> {
    fn texts(self) -> impl Iterator<Item = &'x str> {
        let (list, texts): (_, &[Str]) = match self {
            Holes::List(list) => (list, &[]),
            Holes::Texts(texts) => (None, texts),
        };
        list.into_iter().flat_map(View::children).filter_map(View::str).chain(texts.iter().map(|text| &**text))
    }
    fn same(self, other: Holes<'_>) -> bool {
        let within = |a: Holes<'_>, b: Holes<'_>| a.texts().all(|hole| b.texts().any(|other| other == hole));
        self.texts().eq(other.texts()) || within(self, other) && within(other, self)
    }
}

/// Items of one side.
#[derive(Default)]
pub(super) struct Items<'x> {
    pub pods: Vec<Pods<'x>>,
    pub blocks: Vec<Block<'x>>,
    /// Rules that name a port of pods that the program does not own: what number it is, nobody here can know.
    pub unknown: Vec<(&'x Policy<'x>, &'x Rule<'x>)>,
}

impl Items<'_> {
    /// None, with the room of those that were there.
    pub fn clear(&mut self) {
        self.pods.clear();
        self.blocks.clear();
        self.unknown.clear();
    }
}

/// Adds what the policies on a workload let through from or to others. `managed` says which namespaces are closed to all but the program's pods.
pub(super) fn let_through<'x>(
    flows: &'x Flows<'_, 'x>,
    at: u32,
    direction: Direction,
    managed: &dyn Fn(&str) -> Option<bool>,
    items: &mut Items<'x>,
) {
    for (policy, rule) in flows.rules(at, direction) {
        let source = Source::Rule(policy, rule);
        // Towards others there is no pod that could give a port's name a number.
        let destination = if direction == Direction::Ingress { at } else { u32::MAX };
        let named = direction == Direction::Egress && flows.policies.has_names(rule);
        let Some(peers) = flows.policies.peers(rule) else {
            flows.ports(rule, destination, |ports| {
                items.pods.push(Pods { namespaces: Asked::Wants(&[]), pods: Asked::Wants(&[]), ports, source });
                let everywhere = ["0.0.0.0/0", "::/0"].map(|cidr| Block { cidr, except: Holes::List(None), ports, source });
                items.blocks.extend(everywhere);
            });
            if named {
                items.unknown.push((policy, rule));
            }
            continue;
        };
        for peer in peers {
            match peer {
                Peer::Block { cidr, except } => {
                    let block = |ports| Block { cidr, except: Holes::List(*except), ports, source };
                    flows.ports(rule, destination, |ports| items.blocks.push(block(ports)));
                }
                Peer::Pods { namespaces, pods } => {
                    let name = namespaces.as_ref().map_or(Some(policy.object.namespace), |selector| flows.policies.namespace(selector));
                    let own = name.and_then(|name| Some((name, managed(name)?)));
                    let instance = flows.policies.instance(pods);
                    let is_ours = own.is_some_and(|(name, closed)| closed || instance.is_some_and(|instance| flows.owns(name, instance)));
                    if is_ours {
                        continue;
                    }
                    let namespaces = namespaces
                        .as_ref()
                        .map_or(Asked::Name(policy.object.namespace), |selector| Asked::Wants(flows.policies.wants(selector)));
                    let pods = Asked::Wants(flows.policies.wants(pods));
                    flows.ports(rule, destination, |ports| items.pods.push(Pods { namespaces, pods, ports, source }));
                    if named {
                        items.unknown.push((policy, rule));
                    }
                }
            }
        }
    }
}

/// A difference between two sides: ports that one has and the other has not, for these others.
pub(super) struct Difference<'x> {
    /// The others, in words.
    pub whom: String,
    /// The ports.
    pub ports: Ports,
    /// An item of the side that has them.
    pub source: Option<Source<'x>>,
}

/// What is allowed and not declared, and what is declared and not allowed; one of each at most.
#[derive(Default)]
pub(super) struct Found<'x> {
    pub extra: Option<Difference<'x>>,
    pub missing: Option<Difference<'x>>,
    /// There are more classes than can be told apart in reasonable time.
    pub too_many: bool,
}

impl<'x> Found<'x> {
    fn compare<I>(
        &mut self,
        allowed: &[I],
        declared: &[I],
        holds: impl Fn(&I) -> bool,
        part: impl Fn(&I) -> (Range, Source<'x>),
        whom: impl Fn() -> String,
    ) {
        let sum = |items: &[I]| Ports::of(items.iter().filter(|item| holds(item)).map(|item| part(item).0).collect());
        let (have, want) = (sum(allowed), sum(declared));
        let difference = |more: &Ports, less: &Ports, items: &[I]| {
            let ports = more.without(less);
            let (of, first, _) = ports.first()?;
            let has = |range: Range| range.0 == of && range.1 <= first && first <= range.2;
            let source = items.iter().filter(|item| holds(item)).map(&part).find(|(range, _)| has(*range)).map(|(_, source)| source);
            Some(Difference { whom: whom(), ports, source })
        };
        self.extra = self.extra.take().or_else(|| difference(&have, &want, allowed));
        self.missing = self.missing.take().or_else(|| difference(&want, &have, declared));
    }
    fn is_full(&self) -> bool {
        self.too_many || (self.extra.is_some() && self.missing.is_some())
    }
}

/// Compares the sides of a workload in one direction: pods and addresses, where they are not the same items.
pub(super) fn compare<'x>(
    flows: &Flows<'_, '_>,
    allowed: &Items<'x>,
    declared: &Items<'x>,
    managed: &dyn Fn(&str) -> Option<bool>,
) -> Vec<Found<'x>> {
    let same_pods = |a: &Pods<'_>, b: &Pods<'_>| a.ports == b.ports && a.namespaces.same(b.namespaces) && a.pods.same(b.pods);
    let same_block = |a: &Block<'_>, b: &Block<'_>| a.ports == b.ports && a.cidr == b.cidr && a.except.same(b.except);
    let mut all = Vec::new();
    if !are_same(&allowed.pods, &declared.pods, same_pods) {
        let mut found = Found::default();
        let classes = Classes { flows, managed, allowed: &allowed.pods, declared: &declared.pods };
        classes.divide(&mut Vec::new(), &mut 0, &mut found);
        all.push(found);
    }
    if !are_same(&allowed.blocks, &declared.blocks, same_block) {
        let mut found = Found::default();
        compare_blocks(&allowed.blocks, &declared.blocks, &mut found);
        all.push(found);
    }
    all
}

/// Are the lists the same sets?
fn are_same<I>(a: &[I], b: &[I], same: impl Fn(&I, &I) -> bool) -> bool {
    let in_order = a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b));
    in_order || a.iter().all(|a| b.iter().any(|b| same(a, b))) && b.iter().all(|b| a.iter().any(|a| same(a, b)))
}

/// A label of a class of pods.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Label<'x> {
    Is(&'x str),
    /// There, with a value that nobody mentions.
    Other,
    Absent,
}

impl<'x> Label<'x> {
    fn value(self) -> Option<&'x str> {
        match self {
            Label::Is(value) => Some(value),
            // No label can have this value, so that it is none of those mentioned.
            Label::Other => Some("\n"),
            Label::Absent => None,
        }
    }
}

/// A label of the namespace, or of the pod.
type Place<'x> = (bool, &'x str);
type Class<'x> = Vec<(Place<'x>, Label<'x>)>;

/// More classes than this are not tried.
const MOST_CLASSES: usize = 20_000;

struct Classes<'f, 'x> {
    flows: &'f Flows<'f, 'f>,
    managed: &'f dyn Fn(&str) -> Option<bool>,
    allowed: &'f [Pods<'x>],
    declared: &'f [Pods<'x>],
}

impl<'x> Classes<'_, 'x> {
    fn items(&self) -> impl Iterator<Item = &Pods<'x>> {
        self.allowed.iter().chain(self.declared)
    }
    /// Divides a class by one more label until each item holds for all of it or for none.
    fn divide(&self, class: &mut Class<'x>, tried: &mut usize, found: &mut Found<'x>) {
        if self.is_ours(class) || found.is_full() {
            return;
        }
        let Some(place) = self.items().find_map(|item| open(item, class)) else {
            *tried += 1;
            found.too_many = *tried > MOST_CLASSES;
            let part = |item: &Pods<'x>| (item.ports, item.source);
            return found.compare(self.allowed, self.declared, |item| matches(item, class) == Some(true), part, || words(class));
        };
        let mut labels = vec![Label::Other];
        for want in self.items().flat_map(all_wants).filter(|(at, _)| *at == place).map(|(_, want)| want) {
            let mentioned: Vec<&'x str> = match want.test {
                Test::Is(value) => vec![value],
                Test::In(values) | Test::NotIn(values) => values.children().filter_map(View::str).collect(),
                Test::Exists | Test::Absent => vec![],
            };
            labels.extend(mentioned.into_iter().map(Label::Is));
        }
        if place != (true, NAMESPACE_NAME) {
            labels.push(Label::Absent);
        }
        for (number, label) in labels.iter().enumerate() {
            if labels.iter().take(number).any(|before| before == label) {
                continue;
            }
            class.push((place, *label));
            self.divide(class, tried, found);
            class.pop();
        }
    }
    /// Are there only pods of the program in the class? In a closed namespace nothing passes for others. In an open one, a pod with the
    /// instance label of a workload is that workload's.
    fn is_ours(&self, class: &Class<'x>) -> bool {
        let label = |place: Place<'_>| class.iter().find(|(at, _)| *at == place).and_then(|(_, label)| label.value());
        let Some(namespace) = label((true, NAMESPACE_NAME)) else { return false };
        match (self.managed)(namespace) {
            None => false,
            Some(true) => true,
            Some(false) => label((false, INSTANCE)).is_some_and(|instance| self.flows.owns(namespace, instance)),
        }
    }
}

fn all_wants<'x>(item: &Pods<'x>) -> impl Iterator<Item = (Place<'x>, Want<'x>)> {
    let of = |is_namespace| move |want: Want<'x>| ((is_namespace, want.key), want);
    item.namespaces.wants().map(of(true)).chain(item.pods.wants().map(of(false)))
}

/// Does an item hold for all of a class (true), for none of it (false), or does it depend on more labels?
fn matches(item: &Pods<'_>, class: &Class<'_>) -> Option<bool> {
    let mut known = true;
    for (place, want) in all_wants(item) {
        match class.iter().find(|(at, _)| *at == place) {
            Some((_, label)) if !want.holds(label.value()) => return Some(false),
            Some(_) => {}
            None => known = false,
        }
    }
    known.then_some(true)
}

/// A label on which it depends whether the item holds, that of the namespace's name first.
fn open<'x>(item: &Pods<'x>, class: &Class<'x>) -> Option<Place<'x>> {
    if matches(item, class).is_some() {
        return None;
    }
    let mut places = all_wants(item).map(|(place, _)| place).filter(|place| class.iter().all(|(at, _)| at != place));
    let first = places.next()?;
    Some(if first.1 == NAMESPACE_NAME { first } else { places.find(|place| *place == (true, NAMESPACE_NAME)).unwrap_or(first) })
}

/// A class for people: the labels that it has.
fn words(class: &Class<'_>) -> String {
    let mut text = String::new();
    for (is_namespace, introduction) in [(false, "pods labelled "), (true, "in namespaces labelled ")] {
        let mut labels = class.iter().filter(|((of, _), _)| *of == is_namespace).filter_map(|((_, key), label)| match label {
            Label::Is(value) => Some(format!("`{key}={value}`")),
            Label::Other => None,
            Label::Absent => None,
        });
        let name = class.iter().find(|(at, _)| is_namespace && *at == (true, NAMESPACE_NAME));
        if let Some((_, Label::Is(name))) = name {
            // Writing to a String cannot fail.
            let _ = write!(text, " in the namespace `{name}`");
            continue;
        }
        if let Some(first) = labels.next() {
            let space = if text.is_empty() { "" } else { " " };
            let _ = write!(text, "{space}{introduction}{first}");
            for label in labels {
                let _ = write!(text, " and {label}");
            }
        }
    }
    if text.is_empty() {
        return "pods that the program does not own".to_owned();
    }
    if text.starts_with(" in") || text.starts_with("in ") {
        return format!("pods {}", text.trim_start());
    }
    text
}

/// Addresses of one family, both ends included.
struct Addresses {
    family: Family,
    first: u128,
    last: u128,
    holes: Vec<(u128, u128)>,
}

fn addresses(block: &Block<'_>) -> Option<Addresses> {
    let cidr = Cidr::parse(block.cidr).ok()?;
    let holes = block.except.texts().filter_map(|hole| Cidr::parse(hole).ok()).filter(|hole| hole.family() == cidr.family());
    Some(Addresses { family: cidr.family(), first: cidr.first(), last: cidr.last(), holes: holes.map(|h| (h.first(), h.last())).collect() })
}

fn compare_blocks<'x>(allowed: &[Block<'x>], declared: &[Block<'x>], found: &mut Found<'x>) {
    type Read<'x> = (Addresses, Range, Source<'x>);
    let read = |blocks: &[Block<'x>]| -> Vec<Read<'x>> {
        blocks.iter().filter_map(|block| Some((addresses(block)?, block.ports, block.source))).collect()
    };
    let (allowed, declared) = (read(allowed), read(declared));
    for family in [Family::V4, Family::V6] {
        let of_family = || allowed.iter().chain(&declared).map(|item| &item.0).filter(|addresses| addresses.family == family);
        let ends = of_family().flat_map(|a| std::iter::once((a.first, a.last)).chain(a.holes.iter().copied()));
        let mut bounds: Vec<u128> = ends.flat_map(|(first, last)| [Some(first), last.checked_add(1)]).flatten().collect();
        bounds.sort_unstable();
        bounds.dedup();
        // Between one bound and the next all addresses are treated alike, so the first stands for all.
        for (number, start) in bounds.iter().copied().enumerate() {
            let within = |range: (u128, u128)| range.0 <= start && start <= range.1;
            let holds = |(a, _, _): &Read<'x>| a.family == family && within((a.first, a.last)) && !a.holes.iter().any(|hole| within(*hole));
            let end = bounds.get(number + 1).map(|next| next - 1);
            let whom = || format!("the addresses {}", span(family, start, end));
            found.compare(&allowed, &declared, holds, |(_, ports, source)| (*ports, *source), whom);
            if found.is_full() {
                return;
            }
        }
    }
}

fn span(family: Family, first: u128, last: Option<u128>) -> String {
    let text = |number: u128| match family {
        Family::V4 => u32::try_from(number).map_or_else(|_| "255.255.255.255".to_owned(), |n| std::net::Ipv4Addr::from(n).to_string()),
        Family::V6 => std::net::Ipv6Addr::from(number).to_string(),
    };
    format!("{} to {}", text(first), text(last.unwrap_or(u128::MAX)))
}

/// Can a selector mean a pod in this namespace that is none of the program's? Its requirements are independent label by label.
pub(super) fn may_mean_a_stranger(flows: &Flows<'_, '_>, wants: &[Want<'_>], namespace: &str) -> bool {
    wants.iter().all(|want| {
        let of_key = || wants.iter().filter(|other| other.key == want.key);
        let holds = |value: Option<&str>| of_key().all(|other| other.holds(value));
        let may_be = |value: &str| holds(Some(value)) && (want.key != INSTANCE || !flows.owns(namespace, value));
        let of_test = |test: Test<'_>| match test {
            Test::Is(value) => may_be(value),
            Test::In(values) => values.children().filter_map(View::str).any(may_be),
            Test::NotIn(_) | Test::Exists | Test::Absent => false,
        };
        holds(None) || may_be("\n") || of_key().any(|other| of_test(other.test))
    })
}
