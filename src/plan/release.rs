//! Releases: a `rollout canary` or `rollout blue-green` to what a controller of releases is told.

use super::lower::Lower;
use super::model::release::{Analysis, BlueGreen, CANARY, Canary, MARKED, MIRRORED, Promote, Release, Router, STABLE, Step};
use super::model::{At, ContainerPort, IngressKind, IntOrPercent, Mesh, Rollouts, Str};
use super::scaling::Count;
use super::verify::analysis_name;
use crate::diagnostic::{Diagnostic, codes};
use crate::tape::Origin;
use crate::units::{Decimal, Duration};
use crate::vocabulary::blocks::{self, Rollout, Workload};
use crate::vocabulary::words::{self, RequestMatch, StepWord, Verification};

/// How long the old pods stay: what it takes until every node has heard of the switch (A10).
const KEEP_OLD: i64 = 30;

/// Who splits the requests to a tier.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Split {
    /// The mesh, wherever they come from.
    Mesh,
    /// The way in from outside, `target.ingress`: requests of other tiers are not looked at.
    Entrance,
}

impl Lower<'_> {
    /// The release of a tier, its `minReadySeconds` and its `progressDeadlineSeconds`; `None` where its rollout is another, or was refused.
    #[allow(clippy::too_many_arguments, reason = "each is another part of the tier around")]
    pub fn release(
        &mut self,
        block: &Workload,
        kind: &str,
        stateful: bool,
        member: bool,
        count: &Count,
        object: &Str,
        ports: &[ContainerPort],
        analyses: &mut Vec<Analysis>,
    ) -> Option<(Release, Option<At<i64>>, At<i64>)> {
        let (name, origin, verifies, min_ready, deadline) = match block.rollout.as_ref()? {
            Rollout::Canary(c) => ("canary", c.origin, &c.verify, &c.min_ready, &c.deadline),
            Rollout::BlueGreen(b) => ("blue-green", b.origin, &b.verify, &b.min_ready, &b.deadline),
            _ => return None,
        };
        if stateful || kind != "tier" {
            let d = self
                .error(
                    codes::ROLLOUT,
                    format!("only a tier without volumes of its own can have a `rollout {name}`"),
                    origin,
                    "this has none",
                )
                .why("Two versions run side by side, and a claim or a node has room for one of them.")
                .help("write `rollout rolling {}`");
            self.push(d);
            return None;
        }
        if self.target.rollouts != Rollouts::Argo {
            let d = self
                .error(
                    codes::PLATFORM,
                    format!("nothing in the cluster would carry out `rollout {name}`"),
                    origin,
                    "needs a controller of releases",
                )
                .why("A Deployment knows two ways: new pods come before old ones go, or old ones go first.")
                .help("where Argo Rollouts runs in the cluster, say so: `target { rollouts = argo }`")
                .help("else write `rollout rolling {}`, or `rollout recreate {}`");
            self.push(d);
            return None;
        }
        let (min_ready, deadline) = self.pace(min_ready.as_ref(), deadline.as_ref());
        let release = match block.rollout.as_ref()? {
            Rollout::Canary(c) => Release::Canary(self.canary(block, c, member, count, object, ports, analyses)?),
            Rollout::BlueGreen(b) => Release::BlueGreen(self.blue_green(b, count, object, ports, analyses)?),
            _ => return None,
        };
        for v in verifies.iter().filter(|v| v.label.is_none()) {
            let d = self.error(codes::MISSING, "this `verify` needs a name", v.origin, "which one?");
            self.push(d);
        }
        Some((release, min_ready, deadline))
    }

    #[allow(clippy::too_many_arguments, reason = "each is another part of the tier around")]
    fn canary(
        &mut self,
        block: &Workload,
        c: &blocks::Canary,
        member: bool,
        count: &Count,
        object: &Str,
        ports: &[ContainerPort],
        analyses: &mut Vec<Analysis>,
    ) -> Option<Canary> {
        let (surge, unavailable) = self.room(c.surge.as_ref(), c.unavailable.as_ref(), c.origin);
        let Some(said) = c.steps.as_ref().filter(|s| !s.value.is_empty()) else {
            let at = c.steps.as_ref().map_or(c.origin, |s| s.origin);
            let d = self
                .error(codes::MISSING, "this canary has no steps", at, "needs `steps = […]`")
                .why("Without a step the new version would take everything at once.")
                .help("for example `steps = [10%, 5m, 50%, manual]`");
            self.push(d);
            return None;
        };
        let split = self.splits(block, ports, member);
        let mut steps: Vec<At<Step>> = Vec::new();
        let mut walk = Walk { weight: 0, pods: 0, held: None, managed: Vec::new() };
        for (number, step) in said.value.iter().enumerate() {
            // What marks or copies requests needs a pod of the new version to send them to.
            let begins = matches!(&step.value, words::Step::Weight(_) | words::Step::Word(StepWord::Scale { .. }));
            if number == 0
                && !begins
                && let (Some(w), true) = (&c.when, split.is_some())
            {
                steps.push(At::new(Step::Scale(1), w.origin));
                walk.scale(1);
            }
            self.step(step, said.value.len() == number + 1, split, count, &surge, object, &mut walk, &mut steps);
            if number == 0
                && let Some(w) = &c.when
            {
                self.marked(w, split, ports, &mut walk, &mut steps);
            }
        }
        let mut background = Vec::new();
        let names = self.used(&c.verify, said.value.iter().filter_map(verify_of));
        for v in &c.verify {
            let Some(label) = &v.label else { continue };
            let step = names.contains(&label.value);
            if let Some(analysis) = self.analysis(v, object, step) {
                if !step {
                    background.push(At::new(analysis.name.value.clone(), label.origin));
                }
                analyses.push(analysis);
            }
        }
        let keep_old = match (&c.keep_old, &split) {
            (Some(k), None) => {
                let d = self
                    .error(codes::SENSELESS, "the pods of the old version cannot be kept here", k.origin, "needs a router")
                    .why("Without a mesh the share of the requests is that of the pods: pods that are kept would go on serving.")
                    .help("take `keep-old` away, or let something split the requests: `target { mesh = istio }`, or an ingress that the tier is exposed at");
                self.push(d);
                None
            }
            (Some(k), Some(_)) => Some(self.seconds(k, 0, "the time that old pods are kept")),
            (None, Some(_)) => Some(At::default_of(KEEP_OLD)),
            (None, None) => None,
        };
        // Where the way in alone splits, the tier's own Service is that of the stable version: other tiers stay with it until the release is over.
        let stable = if split == Some(Split::Entrance) { object.clone() } else { format!("{object}-{STABLE}").into() };
        let services = (!ports.is_empty()).then(|| (stable, format!("{object}-{CANARY}").into()));
        let marked = c.when.as_ref().filter(|_| self.target.ingress == IngressKind::Nginx && !block.expose.is_empty());
        let header = |RequestMatch::Header { name, value }: &RequestMatch| (Str::from(name.value.to_lowercase()), value.value.clone());
        let router = split.map(|_| Box::new(Router { managed: walk.managed, marked: marked.map(|w| w.map(header)), ..Router::default() }));
        Some(Canary { services, router, surge, unavailable, steps, background, keep_old, origin: c.origin })
    }

    /// Can something split the requests to these ports? The mesh can, where it reads the requests, and so can the way in of a tier that is exposed.
    fn splits(&self, block: &Workload, ports: &[ContainerPort], member: bool) -> Option<Split> {
        // A waypoint stands before tiers of the mesh alone.
        if self.target.mesh == Mesh::Istio || self.target.mesh == Mesh::Ambient && member {
            return ports.iter().any(|p| self.reads(p)).then_some(Split::Mesh);
        }
        let of = |e: &blocks::Expose| match &e.port {
            Some(name) => ports.iter().find(|p| p.name.value == name.value),
            None => ports.first(),
        };
        let comes_in = self.target.ingress != IngressKind::None && block.expose.iter().filter_map(of).any(|p| self.reads(p));
        comes_in.then_some(Split::Entrance)
    }

    /// Do proxies read the requests to this port?
    fn reads(&self, port: &ContainerPort) -> bool {
        let entry = self.tier.and_then(|t| self.index.tier(t)).and_then(|t| t.ports.iter().find(|e| e.name == port.name.value));
        entry.is_some_and(|e| matches!(e.application, Some("http" | "grpc")))
    }

    #[allow(clippy::too_many_arguments, reason = "each is another part of the rollout around")]
    fn step(
        &mut self,
        step: &At<words::Step>,
        last: bool,
        split: Option<Split>,
        count: &Count,
        surge: &At<IntOrPercent>,
        object: &Str,
        walk: &mut Walk,
        out: &mut Vec<At<Step>>,
    ) {
        let origin = step.origin;
        match &step.value {
            words::Step::Weight(share) => {
                let Some(weight) = share.whole().filter(|w| (1..=100).contains(w)) else {
                    let d = self
                        .error(codes::SENSELESS, format!("{share} is no step of a canary"), origin, "a whole percentage, 1% to 100%")
                        .why("The controller counts in whole percents.");
                    self.push(d);
                    return;
                };
                if weight <= walk.weight {
                    let d = self
                        .error(
                            codes::ROLLOUT,
                            format!("the new version's share goes from {}% to {weight}%", walk.weight),
                            origin,
                            "not more than before",
                        )
                        .why("A canary grows from step to step; what goes wrong takes it back to 0 by itself.")
                        .help("write the shares in rising order, or take this one away");
                    self.push(d);
                    return;
                }
                if weight == 100 && !last {
                    let d = self
                        .error(codes::ROLLOUT, "the new version has everything before the last step", origin, "nothing is left to be tried")
                        .help("let this be the last step, or lower it");
                    self.push(d);
                }
                walk.weight = weight;
                match split {
                    // Pods that a `scale` holds serve a weight only as far as they go (A24).
                    Some(_) => {
                        let needs = share_of(count.most.value, weight);
                        walk.pods = walk.pods.max(1);
                        if walk.held.is_some_and(|held| held < needs) {
                            // The pods come before the requests, and follow the shares from there on.
                            walk.held = None;
                            out.extend([Step::ScaleTo(weight), Step::Weight(weight), Step::Match].map(|step| At::new(step, origin)));
                            return;
                        }
                    }
                    None => self.expressible(weight, count, surge, origin),
                }
                out.push(At::new(Step::Weight(weight), origin));
            }
            words::Step::Pause(time) => {
                let seconds = self.seconds(&At::new(*time, origin), 1, "a pause");
                out.push(At::new(Step::Pause(Duration::from_seconds(seconds.value)), origin));
            }
            words::Step::Word(StepWord::Manual) => out.push(At::new(Step::Pause(None), origin)),
            words::Step::Word(StepWord::Scale { pods }) => {
                if split.is_none() {
                    return self.needs_router("`scale`", origin);
                }
                if !(1..=count.most.value.max(1)).contains(&pods.value) {
                    let d = self.error(
                        codes::SENSELESS,
                        format!("the new version cannot have {} pods", pods.value),
                        pods.origin,
                        format!("1 to {}, as many as the tier has at most", count.most.value.max(1)),
                    );
                    self.push(d);
                }
                walk.scale(pods.value);
                out.push(At::new(Step::Scale(pods.value), origin));
            }
            words::Step::Word(StepWord::Mirror { share }) => {
                match split {
                    None => return self.needs_router("`mirror`", origin),
                    Some(by) if !self.copies(by) => return self.copies_nothing(origin),
                    Some(_) => {}
                }
                let Some(percent) = share.value.whole().filter(|p| *p <= 100) else {
                    let d = self.error(
                        codes::SENSELESS,
                        format!("{} of the requests cannot be copied", share.value),
                        share.origin,
                        "a whole percentage up to 100%",
                    );
                    return self.push(d);
                };
                if walk.pods == 0 && percent > 0 {
                    out.push(At::new(Step::Scale(1), origin));
                    walk.scale(1);
                }
                walk.manage(MIRRORED);
                out.push(At::new(Step::Mirror(percent), origin));
            }
            words::Step::Word(StepWord::Verify { name }) => out.push(At::new(Step::Verify(analysis_name(object, &name.value.0)), origin)),
        }
    }

    /// The rule for marked requests comes right behind the step that brings the first pods, and before the rule that copies (A27).
    fn marked(&mut self, when: &At<RequestMatch>, split: Option<Split>, ports: &[ContainerPort], walk: &mut Walk, out: &mut Vec<At<Step>>) {
        if split.is_none() {
            return self.needs_router("`when`", when.origin);
        }
        // Rules of the Gateway API are made of those that are there, port and all, and an Ingress of the one that is there.
        let by_rule = self.target.mesh == Mesh::Istio || split == Some(Split::Entrance) && self.target.ingress == IngressKind::Istio;
        let several: Vec<&ContainerPort> = ports.iter().filter(|p| by_rule && self.reads(p)).collect();
        if let [_, second, ..] = several.as_slice() {
            let (at, names) = (second.name.origin, several.iter().map(|p| &*p.name.value).collect::<Vec<_>>());
            let d = self
                .error(codes::ROLLOUT, "`when` would send the requests of two ports to one of them", when.origin, "for every port")
                .why("The controller's rule for marked requests leads to the first port, whatever port a request came to.");
            let d = self.place(d, at, format!("the ports are {}", crate::check::suggest::list(names, "and")));
            self.push(d.help("give the second port a tier of its own, or take `when` away"));
        }
        let RequestMatch::Header { name, value } = &when.value;
        let legal = !name.value.is_empty() && name.value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if !legal {
            let d = self.error(codes::BAD_NAME, format!("`{}` is no name of a header", name.value), name.origin, "letters, digits and `-`");
            self.push(d);
        }
        // ingress-nginx has no step for it: the Ingress that the controller makes is told of the header from the start (A25).
        if split == Some(Split::Entrance) && self.target.ingress == IngressKind::Nginx {
            return;
        }
        walk.managed.insert(0, MARKED.into());
        out.push(At::new(Step::Header { name: name.value.to_lowercase().into(), value: value.value.clone() }, when.origin));
    }

    fn needs_router(&mut self, what: &str, origin: Origin) {
        let d = self
            .error(codes::PLATFORM, format!("{what} needs something that routes requests one by one"), origin, "nothing here does")
            .why("Without one a share of the requests is a share of the pods: who asks, and what for, is not looked at.")
            .help("where Istio runs in the cluster, say so: `target { mesh = istio }`, and give the tier a port that is `http` or `grpc`")
            .help("or let the way in do it: `expose` the tier, with `target { ingress = gateway-api }`, `istio` or `nginx`")
            .help("or take it away");
        self.push(d);
    }

    /// Can requests be copied where they are split? The controller's plugin for the Gateway API has no word for it, and ingress-nginx neither (A26).
    fn copies(&self, by: Split) -> bool {
        match by {
            Split::Mesh => self.target.mesh == Mesh::Istio,
            Split::Entrance => self.target.ingress == IngressKind::Istio,
        }
    }

    fn copies_nothing(&mut self, origin: Origin) {
        let (who, why) = match (&self.target.mesh, &self.target.ingress) {
            (Mesh::None, IngressKind::Nginx) => {
                ("ingress-nginx", "Argo Rollouts tells ingress-nginx weights and a header, and nothing else.")
            }
            _ => (
                "a route of the Gateway API",
                "Argo Rollouts changes these routes through a plugin, and that one leaves out copies of requests.",
            ),
        };
        let d = self
            .error(codes::PLATFORM, format!("{who} copies no requests for a release"), origin, "would be passed over")
            .why(why)
            .help("take it away, and try the new version by `when`: requests with a header go to it before all others")
            .help("or let Istio's proxies route the requests: `target { mesh = istio }`, or `target { ingress = istio }`");
        self.push(d);
    }

    /// Without a router a weight is a number of pods, and the controller takes the nearest that there is (A33).
    fn expressible(&mut self, weight: i64, count: &Count, surge: &At<IntOrPercent>, origin: Origin) {
        let replicas = count.least.value;
        let more = pods_of(surge.value, replicas, true);
        let (canary, stable) = pods_by_weight(replicas, weight, more);
        if says(canary, canary + stable, weight) {
            return;
        }
        let total = canary + stable;
        let shares: Vec<String> = (1..100)
            .filter(|w| {
                let (canary, stable) = pods_by_weight(replicas, *w, more);
                canary * 100 == w * (canary + stable)
            })
            .map(|w| format!("{w}%"))
            .collect();
        let exact = Decimal::new(i128::from(replicas * weight), 2).map_or_else(String::new, |d| d.to_string());
        let exact = exact.trim_end_matches('0').trim_end_matches('.');
        let pods = |n: i64| format!("{n} pod{}", if n == 1 { "" } else { "s" });
        let took = match (total, canary) {
            (0, _) => "there are no pods".to_owned(),
            _ => format!("the nearest is {canary} of {total}, {}%", (canary * 100 + total / 2) / total),
        };
        let of = if count.scaled { format!("{} (the autoscaler's least)", pods(replicas)) } else { pods(replicas) };
        let d = self
            .error(codes::ROLLOUT, format!("{weight}% of {of} is {exact} pods"), origin, took)
            .why("Nothing here splits requests, so a share of them is a share of the pods, and pods are whole.")
            .help("let a mesh split the requests, in any share: `target { mesh = istio }`")
            .help("or the way in, where the tier is exposed: `target { ingress = gateway-api }`");
        let d = if count.least.origin == Origin::NONE { d } else { self.place(d, count.least.origin, format!("{replicas} here")) };
        let d = if shares.is_empty() || shares.len() > 12 {
            d
        } else {
            d.help(format!("or take a share that {} can be: {}", pods(replicas), shares.join(", ")))
        };
        self.push(d.help(format!("or run {} replicas", next_multiple(100 / gcd(100, weight), replicas))));
    }

    fn blue_green(
        &mut self,
        b: &blocks::BlueGreen,
        count: &Count,
        object: &Str,
        ports: &[ContainerPort],
        analyses: &mut Vec<Analysis>,
    ) -> Option<BlueGreen> {
        if ports.is_empty() {
            let d = self
                .error(codes::ROLLOUT, "a blue-green rollout switches a Service, and this tier has none", b.origin, "needs a port")
                .help("declare one, `port http = 8080`, or write `rollout rolling {}`");
            self.push(d);
            return None;
        }
        let promote = match &b.promote {
            None => At::default_of(Promote::After(0)),
            Some(At { value: words::Promote::After(time), origin }) => {
                let seconds = self.seconds(&At::new(*time, *origin), 0, "the time until the switch");
                At::new(Promote::After(seconds.value), *origin)
            }
            Some(At { value: words::Promote::Person(_), origin }) => At::new(Promote::ByHand, *origin),
        };
        let keep_old = match &b.keep_old {
            None => At::default_of(KEEP_OLD),
            Some(k) => {
                let keep = self.seconds(k, 0, "the time that old pods are kept");
                if keep.value < KEEP_OLD {
                    let d = Diagnostic::warning(codes::ROLLOUT, format!("old pods go {}s after the switch", keep.value));
                    let d = self.place(d, keep.origin, format!("less than {KEEP_OLD}s"));
                    self.push(
                        d.why("Nodes hear of the switch one after the other, and until then they send requests to pods that are gone.")
                            .help(format!("write `keep-old = {KEEP_OLD}s` or more")),
                    );
                }
                keep
            }
        };
        if let Some(p) = &b.preview
            && !(1..=count.least.value.max(1)).contains(&p.value)
        {
            let d = self.error(
                codes::SENSELESS,
                format!("the new colour cannot have {} pods before the switch", p.value),
                p.origin,
                format!("1 to {}, as many as the tier has at least", count.least.value.max(1)),
            );
            self.push(d);
        }
        let name = |v: &Option<At<Verification>>| v.as_ref().map(|v| v.map(|Verification::Verify { name }| name.clone()));
        let (before, after) = (name(&b.before_promotion), name(&b.after_promotion));
        let used = self.used(&b.verify, [&before, &after].into_iter().flatten().map(|n| At::new(n.value.value.0.clone(), n.value.origin)));
        for v in &b.verify {
            let Some(label) = &v.label else { continue };
            if !used.contains(&label.value) {
                let d = self
                    .error(codes::NO_EFFECT, format!("nothing waits for `verify {}`", label.value), label.origin, "never measured")
                    .help(format!("name it: `before-promotion = verify({0})`, or `after-promotion = verify({0})`", label.value));
                self.push(d);
                continue;
            }
            analyses.extend(self.analysis(v, object, true));
        }
        let of =
            |n: Option<At<At<crate::vocabulary::VerifyName>>>| n.map(|n| At::new(analysis_name(object, &n.value.value.0), n.value.origin));
        Some(BlueGreen {
            preview: format!("{object}-preview").into(),
            promote,
            keep_old,
            preview_pods: b.preview.clone(),
            before: of(before),
            after: of(after),
            origin: b.origin,
        })
    }
}

/// Where the walk through the steps is.
struct Walk {
    /// The share of the new version.
    weight: i64,
    /// Pods of the new version, at least.
    pods: i64,
    /// Pods that a `scale` holds, whatever the weight.
    held: Option<i64>,
    /// Rules that the controller puts in.
    managed: Vec<Str>,
}

impl Walk {
    fn scale(&mut self, pods: i64) {
        self.pods = pods;
        self.held = Some(pods);
    }
    fn manage(&mut self, name: &str) {
        if !self.managed.iter().any(|m| &**m == name) {
            self.managed.push(name.into());
        }
    }
}

fn verify_of(step: &At<words::Step>) -> Option<At<Str>> {
    match &step.value {
        words::Step::Word(StepWord::Verify { name }) => Some(At::new(name.value.0.clone(), name.origin)),
        _ => None,
    }
}

/// A share of pods, rounded up.
pub fn share_of(pods: i64, percent: i64) -> i64 {
    (pods.saturating_mul(percent) + 99) / 100
}

/// A count, or a share of one: a surge is rounded up, what may be missing is rounded down.
pub fn pods_of(amount: IntOrPercent, of: i64, up: bool) -> i64 {
    match amount {
        IntOrPercent::Int(n) => n,
        IntOrPercent::Percent(p) => (of.saturating_mul(p) + if up { 99 } else { 0 }) / 100,
    }
}

/// Pods of the new and of the old version at a weight, as Argo Rollouts chooses them where nothing splits requests: the whole numbers whose
/// ratio is nearest, with one pod more where the surge admits it, and one of each at least (A33).
pub fn pods_by_weight(replicas: i64, weight: i64, surge: i64) -> (i64, i64) {
    if replicas == 0 {
        return (0, 0);
    }
    let (up, down) = (share_of(replicas, weight), replicas * weight / 100);
    let none_allowed = weight == 100 || weight == 0 || (replicas == 1 && surge == 0);
    let tied = |total: i64| (total * weight) % 100 == 50;
    let mut options = Vec::new();
    if up < replicas || none_allowed {
        options.push((up, replicas));
    }
    if !tied(replicas) && (down != 0 || none_allowed) {
        options.push((down, replicas));
    }
    if surge > 0 {
        options.push((up, replicas + 1));
        if !tied(replicas + 1) && (down != 0 || none_allowed) {
            options.push((down, replicas + 1));
        }
    }
    // Distances as fractions over a common denominator, so that none is rounded.
    let distance = |(canary, total): &(i64, i64)| ((canary * 100 - weight * total).abs() * (replicas * (replicas + 1))) / total;
    let mut best = (0, replicas);
    let mut nearest = None;
    for option in options {
        let d = distance(&option);
        if nearest.is_none_or(|n| d < n) {
            (best, nearest) = (option, Some(d));
        }
    }
    (best.0, best.1 - best.0)
}

/// Is so much of so many this share, to the whole percent?
fn says(canary: i64, total: i64, weight: i64) -> bool {
    total > 0 && (canary * 100 - weight * total).abs() < total
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The least multiple above a number.
fn next_multiple(of: i64, above: i64) -> i64 {
    (above / of + 1) * of
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each is one of the controller's own examples, or was counted by hand after its rule.
    #[test]
    fn pods_stand_for_shares() {
        for (replicas, weight, surge, expected) in [
            (10, 10, 1, (1, 9)),
            (10, 30, 3, (3, 7)),
            (10, 5, 1, (1, 10)),
            (10, 5, 0, (1, 9)),
            (1, 5, 1, (1, 1)),
            (1, 95, 1, (1, 1)),
            (1, 50, 0, (1, 0)),
            (3, 50, 1, (2, 2)),
            (3, 50, 0, (2, 1)),
            (10, 25, 1, (3, 8)),
            (10, 25, 0, (3, 7)),
            (3, 10, 1, (1, 3)),
            (4, 0, 1, (0, 4)),
            (4, 100, 1, (4, 0)),
            (0, 50, 1, (0, 0)),
        ] {
            assert_eq!(pods_by_weight(replicas, weight, surge), expected, "{weight}% of {replicas} with a surge of {surge}");
        }
        assert!(says(1, 10, 10) && says(1, 3, 33) && !says(1, 4, 10) && !says(3, 11, 25) && !says(0, 0, 0));
    }

    #[test]
    fn amounts_are_rounded_as_the_controller_does() {
        assert_eq!((pods_of(IntOrPercent::Percent(25), 10, true), pods_of(IntOrPercent::Percent(25), 10, false)), (3, 2));
        assert_eq!((share_of(3, 10), share_of(10, 10), share_of(4, 0)), (1, 1, 0));
    }
}
