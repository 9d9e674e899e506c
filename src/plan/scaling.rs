//! How many pods: replicas, autoscalers, disruption budgets, and how they are replaced.

use super::lower::{Lower, Uses, text_of};
use super::model::{Aim, At, Autoscaler, Behavior, Budget, BudgetRule, Container, Controller, IntOrPercent, Metric, Str, Strategy};
use crate::diagnostic::{Diagnostic, codes};
use crate::schema::gates::{self, since};
use crate::tape::Origin;
use crate::units::{Amount as RateAmount, Duration, Percent, Quantity};
use crate::vocabulary::Map;
use crate::vocabulary::blocks::{self, Rollout, Scale, Workload};
use crate::vocabulary::value::Node;
use crate::vocabulary::words::{
    Amount, CpuAmount, CpuUse, MemoryAmount, MemoryUse, MetricSource, MetricSpec, PodCpu, PodMemory, Replicas, ScalePace,
};

/// How many pods a workload may have: (least, most), and whether an autoscaler decides.
pub struct Count {
    pub least: At<i64>,
    pub most: At<i64>,
    pub scaled: bool,
}

/// What a block says of one direction of an autoscaler, and what holds where it says nothing.
struct Direction<'a> {
    origin: Origin,
    window: Option<&'a At<Duration>>,
    pace: Option<&'a At<ScalePace>>,
    tolerance: Option<&'a At<Percent>>,
    seconds: i64,
    percent: i64,
    period: i64,
}

/// Is there a metric that is there without pods?
fn measures_outside(scale: &Scale) -> bool {
    scale.metric.iter().any(|(_, m)| matches!(m.value, MetricSpec::Source(_)))
}

impl Lower<'_> {
    /// The replicas of a tier; two where nothing is said (check 52).
    pub fn count(&mut self, block: &Workload) -> Count {
        let fixed = |n: At<i64>| Count { least: n.clone(), most: n, scaled: false };
        match &block.replicas {
            None => fixed(At::default_of(2)),
            Some(At { value: Replicas::Fixed(n), origin }) => {
                if !(0..=10_000).contains(n) {
                    let d = self.error(codes::SENSELESS, format!("a tier cannot have {n} replicas"), *origin, "0 to 10000");
                    self.push(d);
                }
                fixed(At::new(*n, *origin))
            }
            Some(At { value: Replicas::Range(r), origin }) => {
                if r.min.value < 1 && !(r.min.value == 0 && self.scales_to_zero(block.scale.as_deref())) {
                    let d = self
                        .error(
                            codes::SENSELESS,
                            format!("an autoscaler cannot start from {} replicas", r.min.value),
                            r.min.origin,
                            "at least 1",
                        )
                        .why("Without a pod nothing measures the load that would bring the first one.")
                        .help("begin with 1, or let KEDA ask what waits outside the pods: `scale { trigger … = kafka(…) }`");
                    let d = if r.min.value == 0 && block.scale.as_deref().is_some_and(measures_outside) {
                        d.help(format!(
                            "or write for Kubernetes 1.{}, which looks at metrics from outside without a pod",
                            since::HPA_SCALE_TO_ZERO
                        ))
                    } else {
                        d
                    };
                    self.push(d);
                }
                if r.max.value > 10_000 {
                    let d =
                        self.error(codes::SENSELESS, format!("a tier cannot have {} replicas", r.max.value), r.max.origin, "at most 10000");
                    self.push(d);
                }
                if r.min.value == r.max.value {
                    return fixed(At::new(r.min.value, *origin));
                }
                Count { least: r.min.clone(), most: r.max.clone(), scaled: true }
            }
        }
    }

    /// May the range of an autoscaler begin with 0? KEDA's may. A HorizontalPodAutoscaler needs a metric that is there without pods, and the
    /// gate HPAScaleToZero, which is on from 1.37 (H1).
    fn scales_to_zero(&self, scale: Option<&Scale>) -> bool {
        let Some(scale) = scale else { return false };
        !scale.trigger.0.is_empty() || (measures_outside(scale) && self.target.kubernetes.at_least(1, since::HPA_SCALE_TO_ZERO.into()))
    }

    /// The autoscaler of a range of replicas: a HorizontalPodAutoscaler, or KEDA's where there are triggers. `watched` gets the ports that
    /// KEDA asks.
    pub fn autoscaler(&mut self, block: &Workload, count: &Count, container: &Container, watched: &mut Uses) -> Option<Autoscaler> {
        let scale = block.scale.as_deref();
        if !count.scaled {
            if let Some(s) = scale {
                let d = self.place(Diagnostic::note_of(codes::NO_EFFECT, "`scale` does nothing here"), s.origin, "no autoscaler");
                self.push(d.why("The number of replicas is fixed; a range, `replicas = 2..10`, makes an autoscaler."));
            }
            return None;
        }
        let mut metrics = Vec::with_capacity(2 + scale.map_or(0, |s| s.metric.0.len()));
        let own = || Some(container.name.value.clone());
        // Without a word of it, CPU at 70%.
        let silent = |s: &Scale| s.cpu.is_none() && s.memory.is_none() && s.metric.0.is_empty() && s.trigger.0.is_empty();
        if scale.is_none_or(silent) {
            metrics.push(Metric::Resource {
                resource: Str::new_static("cpu"),
                container: own(),
                aim: Aim::Utilization(At::default_of(70)),
            });
        }
        if let Some(u) = scale.and_then(|s| s.cpu.as_ref()) {
            let (container, aim) = match &u.value {
                CpuUse::Share(p) => (own(), self.share_of_request(*p, u.origin)),
                CpuUse::Amount(c) => (own(), self.average_use(c.nanos(), text_of(c), "350m", u.origin)),
                CpuUse::Pod(PodCpu::Pod { r#use: At { value: CpuAmount::Share(p), origin } }) => (None, self.share_of_request(*p, *origin)),
                CpuUse::Pod(PodCpu::Pod { r#use: At { value: CpuAmount::Amount(c), origin } }) => {
                    (None, self.average_use(c.nanos(), text_of(c), "350m", *origin))
                }
            };
            metrics.extend(aim.map(|aim| Metric::Resource { resource: Str::new_static("cpu"), container, aim }));
        }
        if let Some(u) = scale.and_then(|s| s.memory.as_ref()) {
            let (container, aim) = match &u.value {
                MemoryUse::Share(p) => (own(), self.share_of_request(*p, u.origin)),
                MemoryUse::Amount(b) => (own(), self.average_use(b.bytes(), text_of(b), "300Mi", u.origin)),
                MemoryUse::Pod(PodMemory::Pod { r#use: At { value: MemoryAmount::Share(p), origin } }) => {
                    (None, self.share_of_request(*p, *origin))
                }
                MemoryUse::Pod(PodMemory::Pod { r#use: At { value: MemoryAmount::Amount(b), origin } }) => {
                    (None, self.average_use(b.bytes(), text_of(b), "300Mi", *origin))
                }
            };
            metrics.extend(aim.map(|aim| Metric::Resource { resource: Str::new_static("memory"), container, aim }));
        }
        let keda = scale.and_then(|s| self.keda(s, count, watched));
        let mut others: Vec<_> = scale.iter().flat_map(|s| s.metric.iter()).collect();
        others.sort_by(|a, b| a.0.value.cmp(&b.0.value));
        for (name, metric) in others {
            if keda.is_some() {
                self.metric_under_keda(name);
                continue;
            }
            let metric = self.metric(name, metric);
            metrics.extend(metric);
        }
        let up = scale.and_then(|s| s.up.as_deref());
        let down = scale.and_then(|s| s.down.as_deref());
        Some(Autoscaler {
            min: count.least.clone(),
            max: count.most.clone(),
            metrics,
            up: self.behavior(&Direction {
                origin: up.map_or(Origin::NONE, |u| u.origin),
                window: up.and_then(|u| u.window.as_ref()),
                pace: up.and_then(|u| u.at_most.as_ref()),
                tolerance: up.and_then(|u| u.tolerance.as_ref()),
                seconds: 0,
                percent: 100,
                period: 15,
            }),
            down: self.behavior(&Direction {
                origin: down.map_or(Origin::NONE, |d| d.origin),
                window: down.and_then(|d| d.window.as_ref()),
                pace: down.and_then(|d| d.at_most.as_ref()),
                tolerance: down.and_then(|d| d.tolerance.as_ref()),
                seconds: 300,
                percent: 10,
                period: 60,
            }),
            keda: keda.map(Box::new),
            origin: scale.map_or_else(|| block.replicas.as_ref().map_or(Origin::NONE, |r| r.origin), |s| s.origin),
        })
    }

    /// A share of the request: whole percents from one on (H3).
    fn share_of_request(&mut self, percent: Percent, origin: Origin) -> Option<Aim> {
        if let Some(n) = percent.whole().filter(|n| *n >= 1) {
            return Some(Aim::Utilization(At::new(n, origin)));
        }
        let title = format!("the use to aim at cannot be {percent}");
        let d = self.error(codes::SENSELESS, title, origin, "a whole percentage from 1% on");
        self.push(d);
        None
    }

    /// An amount for each pod, above nothing (H3).
    fn average_use(&mut self, units: i64, text: Str, example: &str, origin: Origin) -> Option<Aim> {
        if units > 0 {
            return Some(Aim::Average(At::new(text, origin)));
        }
        let d = self.error(codes::SENSELESS, format!("the use to aim at cannot be {text}"), origin, "must be more than 0");
        self.push(d.help(format!("say how much one pod should use, `{example}`, or a share of what it requests, `70%`")));
        None
    }

    /// A metric of the pods, of an object, or of something outside the cluster (H2).
    fn metric(&mut self, name: &At<Str>, metric: &At<MetricSpec>) -> Option<Metric> {
        self.metric_name(name);
        let (average, value, labels, of) = match &metric.value {
            MetricSpec::Average(average) => {
                let average = At::new(*average, metric.origin);
                self.metric_aim(&average);
                return Some(Metric::Pods { name: name.value.clone(), average: average.map(text_of) });
            }
            MetricSpec::Source(MetricSource::External { average, value, labels }) => (average, value, labels, None),
            MetricSpec::Source(MetricSource::Object { api, kind, name, average, value, labels }) => {
                (average, value, labels, Some((api.clone(), kind.clone(), name.clone())))
            }
        };
        let aim = match (average, value) {
            (Some(a), None) => (a, Aim::Average as fn(At<Str>) -> Aim),
            (None, Some(v)) => (v, Aim::Value as fn(At<Str>) -> Aim),
            (Some(_), Some(v)) => {
                let d = self.error(codes::SENSELESS, format!("metric `{}` aims at two things", name.value), v.origin, "one of the two");
                self.push(d.help("`average` is shared by the pods, `value` is the same however many there are: take one away"));
                return None;
            }
            (None, None) => {
                let title = format!("metric `{}` aims at nothing", name.value);
                let d = self.error(codes::MISSING, title, metric.origin, "needs `average` or `value`");
                self.push(d.help("for example `average = 30`: so much for each pod"));
                return None;
            }
        };
        self.metric_aim(aim.0);
        let aim = aim.1(aim.0.map(text_of));
        let labels = self.metric_labels(labels.as_ref());
        let (name, origin) = (name.value.clone(), metric.origin);
        let Some(of) = of else { return Some(Metric::External { name, aim, labels, origin }) };
        self.described(&of)?;
        Some(Metric::Object { name, of: Box::new(of), aim, labels, origin })
    }

    /// The labels that tell series of a metric apart: a selector's, so legal as labels of objects are.
    fn metric_labels(&mut self, labels: Option<&At<Map<Str>>>) -> Vec<(Str, At<Str>)> {
        let mut all = Vec::new();
        for (key, value) in labels.iter().flat_map(|m| &m.value.0) {
            match super::refused::label_fault(key, value, false) {
                Some(fault) => self.say(fault),
                None => all.push((key.value.clone(), value.clone())),
            }
        }
        all
    }

    /// The object that a metric is of: a version and a kind of the API, and a name.
    fn described(&mut self, (api, kind, name): &(At<Str>, At<Str>, At<Str>)) -> Option<()> {
        let known = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
        let parts: Vec<&str> = api.value.split('/').collect();
        if parts.len() > 2 || !parts.iter().all(|p| known(p)) {
            let d = self.error(codes::BAD_NAME, format!("`{}` is no API version", api.value), api.origin, "group and version");
            self.push(d.help("for example `\"networking.k8s.io/v1\"`, or `\"v1\"` for a Service"));
            return None;
        }
        if !known(&kind.value) {
            let d = self.error(codes::BAD_NAME, format!("`{}` is no kind of object", kind.value), kind.origin, "as in `kind:`");
            self.push(d.help("for example `\"Ingress\"`"));
            return None;
        }
        self.named(Some(name), "an object").map(|_| ())
    }

    /// One direction of an autoscaler's behavior (H5).
    fn behavior(&mut self, said: &Direction<'_>) -> Behavior {
        let window = match said.window {
            Some(w) => {
                let s = self.seconds(w, 0, "a window");
                if s.value > 3600 {
                    let d = self.error(codes::SENSELESS, format!("a window cannot be {}", w.value), w.origin, "at most 1h");
                    self.push(d);
                }
                s
            }
            None => At::default_of(said.seconds),
        };
        let usual: (Str, _, _) = (Str::new_static("Percent"), At::default_of(said.percent), At::default_of(said.period));
        let (policy, select) = match said.pace {
            None => (usual, At::default_of(Str::new_static("Max"))),
            // A policy must be there, although it is not looked at.
            Some(At { value: ScalePace::Never(_), origin }) => (usual, At::new(Str::new_static("Disabled"), *origin)),
            Some(At { value: ScalePace::Rate(r), origin }) => {
                let (kind, value): (Str, Option<i64>) = match r.amount() {
                    RateAmount::Count(n) => (Str::new_static("Pods"), Some(n)),
                    RateAmount::Percent(p) => (Str::new_static("Percent"), p.whole()),
                };
                let policy = match (value, r.per().seconds()) {
                    (Some(v), Some(p)) if v > 0 && (1..=1800).contains(&p) => (kind, At::new(v, *origin), At::new(p, *origin)),
                    _ => {
                        let d = self
                            .error(
                                codes::SENSELESS,
                                format!("{r} is no pace of an autoscaler"),
                                *origin,
                                "whole pods or whole percents, in 1s to 30m",
                            )
                            .help("for example `10% per 60s` or `4 per 30s`; `none` where nothing is to be done");
                        self.push(d);
                        usual
                    }
                };
                (policy, At::default_of(Str::new_static("Max")))
            }
        };
        let tolerance = said.tolerance.and_then(|t| self.tolerance(t)).map(Box::new);
        Behavior { window, policies: vec![policy], select, tolerance, origin: said.origin }
    }

    /// How far off its aim a metric may be: a field that the API server drops unless its gate is on (H6).
    fn tolerance(&mut self, tolerance: &At<Percent>) -> Option<At<Str>> {
        let since = gates::gate("HPAScalingRules", "tolerance").and_then(gates::Gate::on_since);
        if let Some(since) = since.filter(|since| !self.target.kubernetes.at_least(1, (*since).into())) {
            let title = format!("Kubernetes {} has no tolerance of its own for an autoscaler", self.target.kubernetes);
            let d = self
                .error(codes::TOO_OLD, title, tolerance.origin, format!("since 1.{since}"))
                .why("The API server would drop the field without a word, and the cluster's own 10% would hold.")
                .help(format!("write for a newer one, `target {{ kubernetes = 1.{since} }}`, or take `tolerance` away"));
            self.push(d);
            return None;
        }
        // A share of one, as a quantity is written.
        let quantity = Quantity::parse(&tolerance.value.ratio_of_one().to_string()).ok()?;
        Some(At::new(text_of(&quantity), tolerance.origin))
    }

    pub fn amount(&mut self, a: &At<Amount>, most: i64, what: &str) -> At<IntOrPercent> {
        match &a.value {
            Amount::Int(n) if (0..=most).contains(n) => At::new(IntOrPercent::Int(*n), a.origin),
            Amount::Percent(p) if p.whole().is_some_and(|p| p <= 100) => At::new(IntOrPercent::Percent(p.whole().unwrap_or(0)), a.origin),
            _ => {
                let d = self.error(codes::SENSELESS, format!("{what} is a count or a whole percentage up to 100%"), a.origin, "neither");
                self.push(d);
                At::new(IntOrPercent::Int(1), a.origin)
            }
        }
    }

    /// How a Deployment replaces pods (C2).
    pub fn strategy(&mut self, block: &Workload) -> (Strategy, Option<At<i64>>, At<i64>) {
        match &block.rollout {
            Some(Rollout::Recreate(r)) => {
                let (_, deadline) = self.pace(None, r.deadline.as_ref());
                (Strategy::Recreate { origin: r.origin }, None, deadline)
            }
            Some(Rollout::Rolling(r)) => {
                let (surge, unavailable) = self.room(r.surge.as_ref(), r.unavailable.as_ref(), r.origin);
                let (min_ready, deadline) = self.pace(r.min_ready.as_ref(), r.deadline.as_ref());
                (Strategy::Rolling { surge, unavailable, origin: r.origin }, min_ready, deadline)
            }
            // These are no strategies of a Deployment: see `release`.
            None | Some(Rollout::Canary(_) | Rollout::BlueGreen(_)) => {
                let (surge, unavailable) = self.room(None, None, Origin::NONE);
                (Strategy::Rolling { surge, unavailable, origin: Origin::NONE }, None, At::default_of(600))
            }
        }
    }

    /// How many pods there may be more while a rollout goes on, and how many fewer; not none of both.
    pub(super) fn room(
        &mut self,
        surge: Option<&At<Amount>>,
        unavailable: Option<&At<Amount>>,
        rollout: Origin,
    ) -> (At<IntOrPercent>, At<IntOrPercent>) {
        let surge = surge.map_or(At::default_of(IntOrPercent::Percent(25)), |s| self.amount(s, 1000, "the surge"));
        let unavailable =
            unavailable.map_or(At::default_of(IntOrPercent::Int(0)), |u| self.amount(u, 1000, "the share that may be missing"));
        let zero = |v: &IntOrPercent| matches!(v, IntOrPercent::Int(0) | IntOrPercent::Percent(0));
        if zero(&surge.value) && zero(&unavailable.value) {
            let d = self
                .error(codes::ROLLOUT, "this rollout can never begin", rollout, "no pod more, and no pod less")
                .why("With a surge of 0 no new pod may come before an old one goes, and with 0 unavailable none may go.")
                .help("let one of the two be 1 or more: `surge = 25%`");
            self.push(d);
        }
        (surge, unavailable)
    }

    /// How long a pod must be ready before it counts, in seconds, and after how many without progress a rollout has failed: not sooner (A1).
    pub(super) fn pace(&mut self, min_ready: Option<&At<Duration>>, deadline: Option<&At<Duration>>) -> (Option<At<i64>>, At<i64>) {
        let min_ready = min_ready.map(|m| self.seconds(m, 0, "a time to be ready")).filter(|m| m.value > 0);
        let deadline = deadline.map_or(At::default_of(600), |d| self.seconds(d, 1, "a deadline"));
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
        (min_ready, deadline)
    }

    /// The disruption budget, where there may be more than one pod (checks 56 to 58). One pod may go at a time, so that the only one of a
    /// range that begins with 1 may go too.
    pub fn budget(&mut self, block: &Workload, count: &Count) -> Option<Budget> {
        let said: Option<&blocks::Disruption> = block.disruption.as_deref();
        if count.least.value < 2 && !count.scaled {
            if let Some(d) = said {
                let n = self.place(Diagnostic::note_of(codes::NO_EFFECT, "`disruption` does nothing here"), d.origin, "one replica");
                self.push(n.why("A budget over one pod would block every drain of its node; none is written."));
            }
            return None;
        }
        let origin = said.map_or(Origin::NONE, |d| d.origin);
        let rule = match (said.and_then(|d| d.unavailable.as_ref()), said.and_then(|d| d.available.as_ref())) {
            (Some(u), Some(a)) => {
                let d = self.error(codes::SENSELESS, "`unavailable` and `available` say one thing in two ways", a.origin, "one of the two");
                let d = self.place(d, u.origin, "the other");
                self.push(d);
                return None;
            }
            (None, Some(a)) => {
                let a = self.amount(a, 10_000, "the number that stays");
                let blocks = match a.value {
                    IntOrPercent::Int(n) => n >= count.least.value,
                    IntOrPercent::Percent(p) => (count.least.value * p + 99) / 100 >= count.least.value,
                };
                if blocks {
                    self.blocks_drains(a.origin, count);
                }
                BudgetRule::MinAvailable(a)
            }
            (Some(u), None) => {
                let u = self.amount(u, 10_000, "the number that may be away");
                if matches!(u.value, IntOrPercent::Int(0) | IntOrPercent::Percent(0)) {
                    self.blocks_drains(u.origin, count);
                }
                BudgetRule::MaxUnavailable(u)
            }
            (None, None) => BudgetRule::MaxUnavailable(At::default_of(IntOrPercent::Int(1))),
        };
        Some(Budget { rule, origin })
    }

    /// A budget that lets no pod go makes every drain of a node wait for ever (P2).
    fn blocks_drains(&mut self, origin: Origin, count: &Count) {
        let least = count.least.value;
        let d = self
            .error(codes::ROLLOUT, "this budget lets no pod go", origin, format!("of {least} pod{}", if least == 1 { "" } else { "s" }))
            .why("A node that holds one of them could never be drained: the eviction is refused each time.")
            .help(match least {
                0 | 1 => "let one go: `unavailable = 1`".to_owned(),
                _ => format!("leave at least one: `unavailable = 1`, or `available = {}`", least - 1),
            });
        self.push(d);
    }

    /// What a rollout says that this controller cannot do.
    pub fn inert_rollout(&mut self, block: &Workload, controller: &Controller, _node: &Node) {
        if let (Some(Rollout::Rolling(r)), Controller::StatefulSet { .. }) = (&block.rollout, controller)
            && let Some(x) = r.surge.as_ref().or(r.unavailable.as_ref())
        {
            let d =
                self.place(Diagnostic::warning(codes::NO_EFFECT, "a StatefulSet replaces one pod at a time"), x.origin, "has no effect");
            self.push(d.why("Its pods keep their names, so that the old one must be gone before the new one can come."));
        }
        if let (Some(Rollout::Recreate(r)), Controller::StatefulSet { .. } | Controller::DaemonSet { .. }) = (&block.rollout, controller) {
            let d = self
                .error(codes::ROLLOUT, "only a Deployment can be recreated", r.origin, "this is none")
                .help("write `rollout rolling {}`, or leave it out");
            self.push(d);
        }
    }
}
