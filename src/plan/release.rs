//! Releases: a `rollout canary` or `rollout blue-green` to what a controller of releases is told.

use super::lower::Lower;
use super::model::release::{Analysis, BlueGreen, CANARY, Canary, MARKED, MIRRORED, Promote, Provider, Release, Router, STABLE, Step};
use super::model::routing::{Destination, DestinationPolicy, Subset};
use super::model::{App, At, ContainerPort, Controller, IntOrPercent, Mesh, Rollouts, Str};
use super::scaling::Count;
use super::workload::Lowered;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::source::Span;
use crate::tape::Origin;
use crate::units::promql::Kind;
use crate::units::{Decimal, Duration};
use crate::vocabulary::blocks::{self, Rollout, Verify, Workload};
use crate::vocabulary::words::{self, NoData, RequestMatch, StepWord, Threshold, Verification};

/// How often a measurement in the background is made.
const BACKGROUND: i64 = 60;
/// How long the old pods stay: what it takes until every node has heard of the switch (A10).
const KEEP_OLD: i64 = 30;

impl Lower<'_> {
    /// The release of a tier, its `minReadySeconds` and its `progressDeadlineSeconds`; `None` where its rollout is another, or was refused.
    #[allow(clippy::too_many_arguments, reason = "each is another part of the tier around")]
    pub fn release(
        &mut self,
        block: &Workload,
        kind: &str,
        stateful: bool,
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
        let min_ready = min_ready.as_ref().map(|m| self.seconds(m, 0, "a time to be ready")).filter(|m| m.value > 0);
        let deadline = deadline.as_ref().map_or(At::default_of(600), |d| self.seconds(d, 1, "a deadline"));
        if let Some(m) = min_ready.as_ref().filter(|m| m.value >= deadline.value) {
            let d = self
                .error(
                    codes::ROLLOUT,
                    format!("pods must be ready for {}s, and the rollout fails after {}s", m.value, deadline.value),
                    m.origin,
                    "longer than the deadline",
                )
                .help("make `deadline` longer than `min-ready`");
            self.push(d);
        }
        let release = match block.rollout.as_ref()? {
            Rollout::Canary(c) => Release::Canary(self.canary(c, count, object, ports, analyses)?),
            Rollout::BlueGreen(b) => Release::BlueGreen(self.blue_green(b, count, object, ports, analyses)?),
            _ => return None,
        };
        for v in verifies.iter().filter(|v| v.label.is_none()) {
            let d = self.error(codes::MISSING, "this `verify` needs a name", v.origin, "which one?");
            self.push(d);
        }
        Some((release, min_ready, deadline))
    }

    fn canary(
        &mut self,
        c: &blocks::Canary,
        count: &Count,
        object: &Str,
        ports: &[ContainerPort],
        analyses: &mut Vec<Analysis>,
    ) -> Option<Canary> {
        let surge = c.surge.as_ref().map_or(At::default_of(IntOrPercent::Percent(25)), |s| self.amount(s, 1000, "the surge"));
        let unavailable =
            c.unavailable.as_ref().map_or(At::default_of(IntOrPercent::Int(0)), |u| self.amount(u, 1000, "the share that may be missing"));
        let zero = |v: &IntOrPercent| matches!(v, IntOrPercent::Int(0) | IntOrPercent::Percent(0));
        if zero(&surge.value) && zero(&unavailable.value) {
            let d = self
                .error(codes::ROLLOUT, "this rollout can never begin", c.origin, "no pod more, and no pod less")
                .why("With a surge of 0 no new pod may come before an old one goes, and with 0 unavailable none may go.")
                .help("let one of the two be 1 or more: `surge = 25%`");
            self.push(d);
        }
        let Some(said) = c.steps.as_ref().filter(|s| !s.value.is_empty()) else {
            let at = c.steps.as_ref().map_or(c.origin, |s| s.origin);
            let d = self
                .error(codes::MISSING, "this canary has no steps", at, "needs `steps = […]`")
                .why("Without a step the new version would take everything at once.")
                .help("for example `steps = [10%, 5m, 50%, manual]`");
            self.push(d);
            return None;
        };
        let split = self.splits(ports);
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
            self.step(step, said.value.len() == number + 1, &split, count, &surge, object, &mut walk, &mut steps);
            if number == 0
                && let Some(w) = &c.when
            {
                self.marked(w, &split, ports, &mut walk, &mut steps);
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
                    .help("take `keep-old` away, or let a mesh split the requests: `target { mesh = istio }`");
                self.push(d);
                None
            }
            (Some(k), Some(_)) => Some(self.seconds(k, 0, "the time that old pods are kept")),
            (None, Some(_)) => Some(At::default_of(KEEP_OLD)),
            (None, None) => None,
        };
        let services = (!ports.is_empty()).then(|| (format!("{object}-stable").into(), format!("{object}-canary").into()));
        let router = split.map(|()| Router { managed: walk.managed, routes: Vec::new(), destination: object.clone() });
        Some(Canary { services, router, surge, unavailable, steps, background, keep_old, origin: c.origin })
    }

    /// Can something split the requests to these ports? Istio's sidecars can, where they read the requests.
    fn splits(&self, ports: &[ContainerPort]) -> Option<()> {
        let reads = ports.iter().any(|p| self.reads(p));
        (self.target.mesh == Mesh::Istio && reads).then_some(())
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
        split: &Option<()>,
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
                    Some(()) => {
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
                if split.is_none() {
                    return self.needs_router("`mirror`", origin);
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
    fn marked(&mut self, when: &At<RequestMatch>, split: &Option<()>, ports: &[ContainerPort], walk: &mut Walk, out: &mut Vec<At<Step>>) {
        if split.is_none() {
            return self.needs_router("`when`", when.origin);
        }
        let several: Vec<&ContainerPort> = ports.iter().filter(|p| self.reads(p)).collect();
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
        walk.managed.insert(0, MARKED.into());
        out.push(At::new(Step::Header { name: name.value.to_lowercase().into(), value: value.value.clone() }, when.origin));
    }

    fn needs_router(&mut self, what: &str, origin: Origin) {
        let d = self
            .error(codes::PLATFORM, format!("{what} needs something that routes requests one by one"), origin, "nothing here does")
            .why("Without one a share of the requests is a share of the pods: who asks, and what for, is not looked at.")
            .help("where Istio runs in the cluster, say so: `target { mesh = istio }`, and give the tier a port that is `http` or `grpc`")
            .help("or take it away");
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
            .help("let a mesh split the requests, in any share: `target { mesh = istio }`");
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

    /// The names that are declared among those used; what is not is said.
    fn used(&mut self, declared: &[Verify], names: impl Iterator<Item = At<Str>>) -> Vec<Str> {
        let known: Vec<Str> = declared.iter().filter_map(|v| Some(v.label.as_ref()?.value.clone())).collect();
        let mut used = Vec::new();
        for name in names {
            if !known.contains(&name.value) {
                let d = self.error(codes::UNDECLARED, format!("this rollout has no `verify {}`", name.value), name.origin, "not declared");
                let d = match crate::check::suggest::nearest(&name.value, known.iter().map(|k| &**k)) {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    None => d.help(format!("declare it in the rollout: `verify {} {{ when-above = 1%, query = `…` }}`", name.value)),
                };
                self.push(d);
            }
            used.push(name.value);
        }
        used
    }

    /// The AnalysisTemplate of a `verify`. As a step it ends (A44); in the background it goes on.
    fn analysis(&mut self, v: &Verify, object: &Str, step: bool) -> Option<Analysis> {
        let label = v.label.as_ref()?;
        let given: Vec<(&str, Origin)> = [
            v.query.as_ref().map(|q| ("query", q.origin)),
            v.job.as_ref().map(|j| ("job", j.origin)),
            v.url.as_ref().map(|u| ("url", u.origin)),
        ]
        .into_iter()
        .flatten()
        .collect();
        match given.as_slice() {
            [_] => {}
            [] => {
                let d = self
                    .error(
                        codes::MISSING,
                        format!("`verify {}` measures nothing", label.value),
                        v.origin,
                        "needs one of `query`, `job` and `url`",
                    )
                    .help("for example ``query = `sum(rate(http_requests_total{code=~\"5..\"}[2m]))` ``");
                self.push(d);
                return None;
            }
            [(first, at), (second, origin), ..] => {
                let d =
                    self.error(codes::SENSELESS, format!("`verify {}` measures two things", label.value), *origin, format!("`{second}`"));
                let d = self.place(d, *at, format!("and `{first}`"));
                self.push(d.help("give each a `verify` of its own"));
                return None;
            }
        }
        let provider = match (&v.query, &v.job, &v.url) {
            (Some(q), ..) => {
                let Some(monitoring) = self.target.monitoring.clone() else {
                    let d = self
                        .error(codes::PLATFORM, "`query` asks Prometheus, and the target has none", q.origin, "who is asked?")
                        .help("say which one the cluster has: `target { monitoring = prometheus-operator }`")
                        .help("or measure by a `job`, or by a `url`");
                    self.push(d);
                    return None;
                };
                // A number by itself would come without the list around it that every other answer has.
                let text: Str = match q.value.kind() {
                    Kind::Vector => q.value.as_str().trim().into(),
                    Kind::Scalar => format!("vector({})", q.value.as_str().trim()).into(),
                    other => {
                        let d = self
                            .error(
                                codes::SENSELESS,
                                format!("this query gives {}, and one value is held against a bound", other.a()),
                                q.origin,
                                "not one value at one moment",
                            )
                            .help("take one of it: `max_over_time(…[5m])`, `rate(…[5m])`");
                        self.push(d);
                        return None;
                    }
                };
                Provider::Prometheus { address: monitoring.address.clone(), query: At::new(text, q.origin) }
            }
            (_, Some(j), _) => {
                let entry = self.index.tier(j.value)?;
                let same = j.value.app == self.app && !entry.external;
                let (name, there) = (entry.name.clone(), entry.object.clone());
                if !same {
                    let d = self
                        .error(codes::SENSELESS, format!("`{name}` is no job of this app"), j.origin, "runs elsewhere")
                        .help("declare it beside the tier: `job smoke { image = \"…\" }`");
                    self.push(d);
                    return None;
                }
                Provider::Job(At::new(there, j.origin))
            }
            (.., Some(u)) => {
                if !u.value.ports().is_empty() {
                    let d = self
                        .error(codes::CONNECTION, "the controller of releases would ask a tier, and no policy lets it in", u.origin, "asked from outside the app")
                        .why("A `url` is asked by the controller, in its own namespace; network policies open what tiers and jobs connect to.")
                        .help("let a job ask: `verify smoke { job = smoke }`, and in the app `job smoke { image = \"…\", connects = […] }`");
                    self.push(d);
                }
                if !u.value.text.starts_with("http://") && !u.value.text.starts_with("https://") {
                    let d = self.error(codes::BAD_LITERAL, format!("`{}` is no address", u.value.text), u.origin, "begins with `https://`");
                    self.push(d);
                }
                let path = v.value.clone().unwrap_or(At::default_of("{$}".into()));
                Provider::Web { url: u.map(|u| u.text.clone()), path }
            }
            _ => return None,
        };
        let judged =
            [v.when_above.as_ref().map(|t| t.origin), v.when_below.as_ref().map(|t| t.origin), v.no_data.as_ref().map(|n| n.origin)];
        if let (Provider::Job(_), Some(at)) = (&provider, judged.into_iter().flatten().next()) {
            let d = self.error(codes::NO_EFFECT, "a job gives no value to hold against a bound", at, "has no effect");
            self.push(d.why("It has passed when its pods end with 0.").help("take it away"));
        } else if !matches!(provider, Provider::Job(_)) && v.when_above.is_none() && v.when_below.is_none() {
            let d = self
                .error(
                    codes::MISSING,
                    format!("`verify {}` passes whatever is measured", label.value),
                    v.origin,
                    "needs `when-above` or `when-below`",
                )
                .help("say which values have failed: `when-above = 1%`");
            self.push(d);
            return None;
        }
        let every = v.every.as_ref().map(|e| self.seconds(e, 1, "the time between measurements"));
        let over = v.over.as_ref().map(|o| self.seconds(o, 1, "the time of the measurements"));
        let count = match (step, &over, &every) {
            // In the background it goes on until the rollout is over, however long it would take as a step.
            (false, ..) => None,
            (true, Some(over), Some(every)) => {
                if over.value < every.value {
                    let d = self.error(
                        codes::SENSELESS,
                        format!("nothing is measured within {}s", over.value),
                        over.origin,
                        "shorter than `every`",
                    );
                    let d = self.place(d, every.origin, format!("every {}s", every.value));
                    self.push(d);
                }
                Some((over.value / every.value.max(1)).max(1))
            }
            (true, Some(over), None) => {
                let d = self
                    .error(codes::MISSING, format!("`verify {}` does not say how often", label.value), over.origin, "needs `every`")
                    .help("for example `every = 30s`");
                self.push(d);
                Some(1)
            }
            (true, None, _) => Some(1),
        };
        let every = match (&every, count) {
            (Some(e), Some(1)) => {
                if over.is_none() {
                    let d = Diagnostic::note_of(codes::NO_EFFECT, format!("`every` does nothing in `verify {}`", label.value));
                    let d = self.place(d, e.origin, "it is measured once");
                    self.push(d.help("say how long: `over = 5m`"));
                }
                None
            }
            (Some(e), _) => Duration::from_seconds(e.value),
            (None, None) => Duration::from_seconds(BACKGROUND),
            (None, Some(_)) => None,
        };
        let failures = v.failures.clone().unwrap_or(At::default_of(0));
        if failures.value < 0 || count.is_some_and(|c| failures.value >= c && failures.origin != Origin::NONE) {
            let most = count.map_or_else(|| "at least 0".to_owned(), |c| format!("0 to {}", c - 1));
            let d = self
                .error(codes::SENSELESS, format!("{} measurements may not fail here", failures.value), failures.origin, most)
                .why("It is measured so many times alone: it would always pass.");
            self.push(d);
        }
        let name = At::new(analysis_name(object, &label.value), label.origin);
        let condition = self.condition(v, &provider);
        Some(Analysis { name, metric: label.value.clone(), provider, condition, every, count, failures, origin: v.origin })
    }

    /// When a measurement has passed. Prometheus answers with a list that may be empty, and a division of zero by zero gives no number: both
    /// are looked at before the value is (A47).
    fn condition(&mut self, v: &Verify, provider: &Provider) -> Option<Str> {
        if matches!(provider, Provider::Job(_)) {
            return None;
        }
        let above = v.when_above.as_ref().map(|t| number(&t.value));
        let below = v.when_below.as_ref().map(|t| number(&t.value));
        // What the value 0 means: not above anything, and below everything that is positive.
        let zero_passes = above.is_none_or(|a| Decimal::from(0) <= a) && below.is_none_or(|b| Decimal::from(0) >= b);
        let passes = v.no_data.as_ref().map_or(zero_passes, |n| n.value == NoData::Pass);
        let value = match provider {
            Provider::Web { .. } => "asFloat(result)",
            _ => "result[0]",
        };
        let bounds: Vec<String> =
            [above.map(|a| format!("{value} <= {a}")), below.map(|b| format!("{value} >= {b}"))].into_iter().flatten().collect();
        let bounds = bounds.join(" && ");
        Some(
            match (provider, passes) {
                (Provider::Web { .. }, _) => bounds,
                (_, true) if bounds.contains("&&") => format!("len(result) == 0 || isNaN(result[0]) || ({bounds})"),
                (_, true) => format!("len(result) == 0 || isNaN(result[0]) || {bounds}"),
                (_, false) => format!("len(result) > 0 && !isNaN(result[0]) && {bounds}"),
            }
            .into(),
        )
    }
}

/// Jobs that a `verify` names are run by it, and not by themselves.
pub fn verifications(l: &mut Lower<'_>, workloads: &mut [Lowered]) {
    let named: Vec<At<Str>> = workloads
        .iter()
        .flat_map(|w| &w.workload.analyses)
        .filter_map(|a| if let Provider::Job(name) = &a.provider { Some(name.clone()) } else { None })
        .collect();
    for name in named {
        let found = workloads.iter_mut().find(|w| w.workload.object.value == name.value);
        match found.map(|w| &mut w.workload.controller) {
            // What is wrong with it was said.
            None | Some(Controller::Verification(_)) => {}
            Some(controller) if matches!(controller, Controller::Job(_)) => {
                if let Controller::Job(job) = controller {
                    *controller = Controller::Verification(super::model::Job { ttl: None, ..job.clone() });
                }
            }
            Some(_) => {
                let d = l
                    .error(codes::SENSELESS, format!("`{}` is no job: it never ends", name.value), name.origin, "runs on and on")
                    .help("declare what is to be run: `job smoke { image = \"…\" }`");
                l.push(d);
            }
        }
    }
}

/// Gives the routes of tiers with a canary both versions, all on the stable one at first (A39, A51), and their DestinationRules the subsets.
///
/// Requests are told apart by subsets of the one Service that clients know, not by Services of the versions: so one DestinationRule holds for
/// both, whatever `traffic` says, and the account and the host that policies and metrics know stay one.
pub fn split(
    apps: &mut [App],
    lowered: &mut [Vec<Lowered>],
    names: super::traffic::Names<'_>,
    place: &dyn Fn(Origin) -> Span,
    diagnostics: &mut Diagnostics,
) {
    for (app, workloads) in apps.iter_mut().zip(lowered) {
        for l in workloads {
            let host = names.target.host(&l.workload.object.value, &app.namespace.value);
            if let Controller::Versions(all) = &l.workload.controller {
                let policy = l.workload.destination.get_or_insert_with(|| DestinationPolicy::of(host.clone(), l.workload.origin));
                super::versions::subsets(policy, all);
                for routes in &mut app.routes {
                    super::versions::split(&mut routes.rules, all, &l.workload.object.value, &host);
                }
                continue;
            }
            let Controller::Rollout { release, .. } = &mut l.workload.controller else { continue };
            let Release::Canary(canary) = &mut **release else { continue };
            let (object, marks, origin) = (l.workload.object.clone(), canary.when(), canary.origin);
            let Some(router) = &mut canary.router else { continue };
            let subset = |name: &str| Subset { name: name.into(), labels: Vec::new(), origin };
            let policy = l.workload.destination.get_or_insert_with(|| DestinationPolicy::of(host.clone(), origin));
            policy.subsets.extend([subset(STABLE), subset(CANARY)]);
            for routes in &mut app.routes {
                let mut own: Vec<Str> = Vec::new();
                let others = routes.rules.iter().any(|r| {
                    r.workload != object.value || r.rewrite.is_some() || r.matches.iter().any(|m| m.path.is_some() || m.port.is_some())
                });
                for rule in routes.rules.iter_mut().filter(|r| r.workload == object.value) {
                    let [to] = rule.destinations.as_slice() else { continue };
                    if to.host != host || to.subset.is_some() {
                        continue;
                    }
                    let part = |subset: &str, weight: i64| Destination {
                        subset: Some(subset.into()),
                        weight: At::new(weight, origin),
                        ..to.clone()
                    };
                    rule.destinations = vec![part(STABLE, 100), part(CANARY, 0)];
                    own.push(rule.name.clone());
                }
                if own.is_empty() {
                    continue;
                }
                if let Some((word, at)) = marks.filter(|_| others) {
                    let shown = routes.hosts.first().map_or("", |h| &h.value);
                    diagnostics.push(
                        Diagnostic::error(codes::ROLLOUT, format!("`{word}` would take requests to `{shown}` that other rules lead elsewhere"))
                            .at(place(at), "for every path")
                            .at(place(routes.origin), "these rules")
                            .why("While a release goes on the controller puts its own rule before all others of the host, and that one knows no path and no rewrite.")
                            .help(format!("give `{}` a host of its own, or take `{word}` away", l.workload.name)),
                    );
                }
                router.routes.push((routes.name.value.clone(), own));
            }
        }
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

fn analysis_name(object: &str, label: &str) -> Str {
    format!("{object}-{label}").into()
}

/// `1%` is 0.01.
fn number(threshold: &Threshold) -> Decimal {
    match threshold {
        Threshold::Share(p) => p.ratio_of_one(),
        Threshold::Number(n) => *n,
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
