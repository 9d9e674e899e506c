//! Versions side by side: several workloads behind one Service, with the requests split between them.

use super::lower::Lower;
use super::model::routing::{Destination, DestinationPolicy, HeaderMatch, RouteMatch, Rule, Subset, TextMatch};
use super::model::{At, Budget, BudgetRule, Controller, IngressKind, IntOrPercent, Mesh, Str, Variant};
use super::split::By;
use super::traffic::speaks_http;
use super::workload::Lowered;
use crate::diagnostic::codes;
use crate::tape::Origin;
use crate::units::names;
use crate::vocabulary::blocks::{LimitDefault, Rollout, Workload};
use crate::vocabulary::value::{Node, TierRef};
use crate::vocabulary::words::RequestMatch;

/// Members of a tier that stand once for all its versions; the first of them is lowered with these, the others without.
const SHARED: [&str; 8] = ["expose", "traffic", "service", "disruption", "permissions", "labels", "annotations", "affinity"];

impl Lower<'_> {
    /// A tier with versions. `None` where it was refused.
    pub fn versions(&mut self, node: &Node, block: &Workload, tier: TierRef, defaults: Option<&LimitDefault>) -> Option<Lowered> {
        let first = block.version.first().map_or(node.origin, |v| v.0.origin);
        let entry = self.index.tier(tier)?;
        if let Some(Rollout::Canary(_) | Rollout::BlueGreen(_)) = &block.rollout {
            let origin = match &block.rollout {
                Some(Rollout::Canary(c)) => c.origin,
                Some(Rollout::BlueGreen(b)) => b.origin,
                _ => Origin::NONE,
            };
            let d = self.error(codes::ROLLOUT, "a tier with versions has no release in steps", origin, "moves the weights itself");
            let d = self.place(d, first, "these have weights, too");
            self.push(
                d.why("Both would set the shares of the requests.")
                    .help("keep one of the two: `rollout rolling {}` replaces the pods of each version"),
            );
            return None;
        }
        // An Ingress has one Service a path, and only a release's controller writes a second.
        let by_routes = !block.expose.is_empty() && matches!(self.target.ingress, IngressKind::GatewayApi | IngressKind::Istio);
        let by_mesh = self.target.mesh == Mesh::Istio || self.target.mesh == Mesh::Ambient && self.is_member(node);
        if !by_mesh && !by_routes {
            let d = self
                .error(codes::PLATFORM, "versions side by side need something that splits requests", first, "nothing here does")
                .why("One Service leads to all of them, and without a mesh each pod gets the same share.")
                .help("where Istio runs in the cluster, say so: `target { mesh = istio }`")
                .help("or `expose` the tier through routes that have weights: `target { ingress = gateway-api }`");
            self.push(d);
            return None;
        }
        if !entry.ports.iter().any(|p| speaks_http(p.application)) {
            let d = self
                .error(codes::SENSELESS, "requests can be split, and no port of this tier has any", first, "which requests?")
                .why("What is not HTTP or gRPC is a stream of bytes to a proxy.")
                .help("say what the port speaks: `port http = 8080`, or `port api = grpc(9000)`");
            self.push(d);
            return None;
        }
        let weights = self.weights(block)?;
        let blocks = node.children.iter().map(|(_, c)| c).filter(|c| std::ptr::eq(c.info, Workload::version()));
        let mut whole: Option<Lowered> = None;
        let mut versions: Vec<Variant> = Vec::new();
        for ((own, said), weight) in blocks.zip(&block.version).zip(weights) {
            let Some(label) = own.label.clone() else { continue };
            let merged = merged(node, own, whole.is_none());
            let Some(mut lowered) = self.workload(&merged, &super::workload::decode(&merged), tier, defaults) else { continue };
            if matches!(lowered.workload.controller, Controller::StatefulSet { .. }) {
                let d = self
                    .error(
                        codes::ROLLOUT,
                        "only a tier without volumes of its own can have versions",
                        label.origin,
                        "this one keeps something",
                    )
                    .help("take its claims and `identity` away, or make each version a tier");
                self.push(d);
                return None;
            }
            let w = &mut lowered.workload;
            let name: Str = format!("{}-{}", w.object.value, label.value).into();
            if let Err(e) = names::label_within(&name, 63, "workload") {
                let d = self.error(
                    codes::OBJECT_NAME,
                    e.message.trim_end_matches('.').to_string(),
                    label.origin,
                    format!("it runs as `{name}`"),
                );
                self.push(d);
            }
            w.variant = Some(Box::new((At::new(name, label.origin), label.value.clone())));
            w.pod.labels.push(("version".into(), label.clone()));
            let when = said
                .0
                .when
                .as_ref()
                .map(|when| when.map(|RequestMatch::Header { name, value }| (name.value.to_lowercase().into(), value.value.clone())));
            let (more, own) = match &mut whole {
                Some(first) => (std::mem::take(&mut lowered.uses), {
                    first.api |= lowered.api;
                    lowered.workload
                }),
                None => {
                    // What all share stays with the tier; the version has its pods.
                    let own = lowered.workload.clone();
                    lowered.workload.variant = None;
                    whole = Some(lowered);
                    (Vec::new(), own)
                }
            };
            if let Some(first) = &mut whole {
                first.uses.extend(more);
            }
            versions.push(Variant { name: label, workload: own, weight, when, service: false });
        }
        let mut lowered = whole?;
        let w = &mut lowered.workload;
        w.autoscaler = None;
        w.autosize = None;
        // The budget holds for the pods of all versions together.
        if w.budget.is_none() && versions.len() > 1 {
            w.budget = Some(Budget { rule: BudgetRule::MaxUnavailable(At::default_of(IntOrPercent::Int(1))), origin: Origin::NONE });
        }
        for v in &mut versions {
            v.workload.service = None;
            v.workload.budget = None;
            v.workload.permissions = Vec::new();
        }
        w.origin = node.origin;
        w.controller = Controller::Versions(versions);
        Some(lowered)
    }

    /// The weights in order, a hundred together. One version may leave its own out.
    fn weights(&mut self, block: &Workload) -> Option<Vec<At<i64>>> {
        let mut all: Vec<Option<At<i64>>> = Vec::new();
        for v in &block.version {
            let Some(weight) = &v.0.weight else {
                all.push(None);
                continue;
            };
            let Some(whole) = weight.value.whole().filter(|w| *w <= 100) else {
                let d =
                    self.error(codes::SENSELESS, format!("{} is no weight", weight.value), weight.origin, "a whole percentage up to 100%");
                self.push(d);
                return None;
            };
            all.push(Some(At::new(whole, weight.origin)));
        }
        let sum: i64 = all.iter().flatten().map(|w| w.value).sum();
        let silent = all.iter().filter(|w| w.is_none()).count();
        if sum > 100 || (silent == 0 && sum != 100) || silent > 1 {
            let list: Vec<String> = all.iter().map(|w| w.as_ref().map_or_else(|| "…".into(), |w| format!("{}%", w.value))).collect();
            let (title, help) = if silent > 1 {
                (format!("{silent} versions say no weight"), "give each its share, but for one at most")
            } else {
                (format!("the weights of the versions are {sum}% together"), "let them be 100% together")
            };
            let origins: Vec<Origin> = all.iter().flatten().map(|w| w.origin).collect();
            let first = block.version.first().map_or(Origin::NONE, |v| v.0.origin);
            let mut d = self.error(codes::SENSELESS, title, origins.last().copied().unwrap_or(first), list.join(" + "));
            for at in origins.iter().rev().skip(1) {
                d = self.place(d, *at, "");
            }
            self.push(d.help(help));
            return None;
        }
        Some(all.into_iter().map(|w| w.unwrap_or(At::default_of(100 - sum))).collect())
    }
}

/// The tier with what a version says instead; what stands once for all versions, only where it is wanted.
fn merged(tier: &Node, version: &Node, shared: bool) -> Node {
    let member = |m: u16| tier.info.members.get(usize::from(m));
    let once = |m: &u16| !shared && member(*m).is_some_and(|m| SHARED.iter().any(|name| m.is(name)));
    let own = |m: &u16| member(*m).is_some_and(|m| m.is("weight") || m.is("when"));
    let mut node = tier.clone();
    node.origin = version.origin;
    node.children.retain(|(m, c)| !std::ptr::eq(c.info, Workload::version()) && !once(m));
    node.attributes.retain(|(m, ..)| !once(m) || member(*m).is_some_and(|m| m.is("labels") || m.is("annotations")));
    for set in version.attributes.iter().filter(|(m, ..)| !own(m)) {
        node.attributes.retain(|(m, ..)| *m != set.0);
        // `health = …` takes the place of `health { … }`.
        node.children.retain(|(m, _)| !same_name(tier, *m, set.0));
        node.attributes.push(set.clone());
    }
    for set in &version.labelled {
        node.labelled.retain(|(m, _, label, _)| *m != set.0 || label.value != set.2.value);
        node.labelled.push(set.clone());
    }
    for (m, child) in &version.children {
        node.attributes.retain(|(other, ..)| !same_name(tier, *other, *m));
        node.children.retain(|(other, c)| {
            other != m || (child.label.is_some() && c.label.as_ref().map(|l| &l.value) != child.label.as_ref().map(|l| &l.value))
        });
        node.children.push((*m, child.clone()));
    }
    node.allows.extend(version.allows.iter().cloned());
    node
}

fn same_name(tier: &Node, a: u16, b: u16) -> bool {
    let name = |m: u16| tier.info.members.get(usize::from(m)).map(crate::vocabulary::Member::name);
    a != b && name(a) == name(b)
}

/// Splits the rules of a tier between its versions: those of `when` first, then the weights. Gives whether any rule led there; where versions are
/// told apart by Services, each has one from then on.
pub fn split(rules: &mut Vec<Rule>, versions: &mut [Variant], object: &str, host: &str, by: By, hosts: &dyn Fn(&str) -> Str) -> bool {
    let mut all = Vec::new();
    let mut any = false;
    for mut rule in rules.drain(..) {
        let own = *rule.workload == *object;
        let to = match rule.destinations.as_slice() {
            [to] if own && *to.host == *host && to.subset.is_none() => to.clone(),
            _ => {
                all.push(rule);
                continue;
            }
        };
        any = true;
        let part = |v: &Variant, weight: At<i64>| match by {
            By::Subsets => Destination { subset: Some(v.name.value.clone()), weight, ..to.clone() },
            _ => Destination { host: hosts(&v.workload.runs_as().value), weight, ..to.clone() },
        };
        for v in versions.iter() {
            let Some(when) = &v.when else { continue };
            let header = HeaderMatch {
                name: At::new(when.value.0.clone(), when.origin),
                value: TextMatch::Exact(At::new(when.value.1.clone(), when.origin)),
            };
            let mut marked = rule.clone();
            marked.name = format!("{}-{}", rule.name, v.name.value).into();
            if marked.matches.is_empty() {
                marked.matches.push(RouteMatch { origin: when.origin, ..RouteMatch::default() });
            }
            marked.matches.iter_mut().for_each(|m| m.headers.push(header.clone()));
            marked.destinations = vec![part(v, At::new(100, when.origin))];
            all.push(marked);
        }
        rule.destinations = versions.iter().map(|v| part(v, v.weight.clone())).collect();
        all.push(rule);
    }
    *rules = all;
    if any && by != By::Subsets {
        versions.iter_mut().for_each(|v| v.service = true);
    }
    any
}

/// The subsets of a tier's versions.
pub fn subsets(policy: &mut DestinationPolicy, versions: &[Variant]) {
    policy.subsets.extend(versions.iter().map(|v| Subset {
        name: v.name.value.clone(),
        labels: vec![("version".into(), v.name.value.clone())],
        origin: v.name.origin,
    }));
}
