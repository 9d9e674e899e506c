//! How many pods: replicas, autoscalers, disruption budgets, and how they are replaced.

use super::lower::{Lower, text_of};
use super::model::{At, Autoscaler, Autosize, Behavior, Budget, BudgetRule, Container, Controller, IntOrPercent, Metric, Str, Strategy};
use crate::diagnostic::{Diagnostic, codes};
use crate::tape::Origin;
use crate::units::{Amount as RateAmount, Duration, Rate};
use crate::vocabulary::blocks::{self, Rollout, Workload};
use crate::vocabulary::value::Node;
use crate::vocabulary::words::{Amount, Replicas};

/// How many pods a workload may have: (least, most), and whether an autoscaler decides.
pub struct Count {
    pub least: At<i64>,
    pub most: At<i64>,
    pub scaled: bool,
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
                // HPAScaleToZero is off in every minor but the newest, and needs external metrics (H1).
                if r.min.value < 1 {
                    let d = self
                        .error(
                            codes::SENSELESS,
                            format!("an autoscaler cannot start from {} replicas", r.min.value),
                            r.min.origin,
                            "at least 1",
                        )
                        .why("Without a pod nothing measures the load that would bring the first one.");
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

    /// The HorizontalPodAutoscaler of a range of replicas.
    pub fn autoscaler(&mut self, block: &Workload, count: &Count, container: &Container) -> Option<Autoscaler> {
        let scale = block.scale.as_deref();
        if !count.scaled {
            if let Some(s) = scale {
                let d = self.place(Diagnostic::note_of(codes::NO_EFFECT, "`scale` does nothing here"), s.origin, "no autoscaler");
                self.push(d.why("The number of replicas is fixed; a range, `replicas = 2..10`, makes an autoscaler."));
            }
            return None;
        }
        let mut metrics = Vec::new();
        let name: Str = container.name.value.clone();
        let whole = |l: &mut Self, p: &At<crate::units::Percent>| match p.value.whole() {
            Some(n) if n >= 1 => Some(At::new(n, p.origin)),
            _ => {
                let d = l.error(
                    codes::SENSELESS,
                    format!("the use to aim at cannot be {}", p.value),
                    p.origin,
                    "a whole percentage from 1% on",
                );
                l.push(d);
                None
            }
        };
        // Without a word of it, CPU at 70%.
        let silent = scale.is_none_or(|s| s.cpu.is_none() && s.memory.is_none() && s.metric.0.is_empty());
        if silent {
            metrics.push(Metric::Container { resource: "cpu".into(), container: name.clone(), utilization: At::default_of(70) });
        }
        for (resource, target) in [("cpu", scale.and_then(|s| s.cpu.as_ref())), ("memory", scale.and_then(|s| s.memory.as_ref()))] {
            if let Some(utilization) = target.and_then(|p| whole(self, p)) {
                metrics.push(Metric::Container { resource: resource.into(), container: name.clone(), utilization });
            }
        }
        let mut pods: Vec<_> = scale.iter().flat_map(|s| s.metric.iter()).collect();
        pods.sort_by(|a, b| a.0.value.cmp(&b.0.value));
        for (metric, average) in pods {
            self.pods_metric(metric, average);
            metrics.push(Metric::Pods { name: metric.value.clone(), average: average.map(text_of) });
        }
        let up = scale.and_then(|s| s.up.as_deref());
        let down = scale.and_then(|s| s.down.as_deref());
        Some(Autoscaler {
            min: count.least.clone(),
            max: count.most.clone(),
            metrics,
            up: self.behavior(up.map(|u| (u.origin, u.window.as_ref(), u.at_most.as_ref())), 0, (100, 15)),
            down: self.behavior(down.map(|d| (d.origin, d.window.as_ref(), d.at_most.as_ref())), 300, (10, 60)),
            origin: scale.map_or_else(|| block.replicas.as_ref().map_or(Origin::NONE, |r| r.origin), |s| s.origin),
        })
    }

    /// One direction of an autoscaler's behavior (H5).
    #[allow(clippy::type_complexity, reason = "the parts of two blocks of the same shape")]
    fn behavior(&mut self, said: Option<(Origin, Option<&At<Duration>>, Option<&At<Rate>>)>, window: i64, rate: (i64, i64)) -> Behavior {
        let (origin, own_window, own_rate) = said.unwrap_or((Origin::NONE, None, None));
        let window = match own_window {
            Some(w) => {
                let s = self.seconds(w, 0, "a window");
                if s.value > 3600 {
                    let d = self.error(codes::SENSELESS, format!("a window cannot be {}", w.value), w.origin, "at most 1h");
                    self.push(d);
                }
                s
            }
            None => At::default_of(window),
        };
        let policy = match own_rate {
            None => ("Percent".into(), At::default_of(rate.0), At::default_of(rate.1)),
            Some(r) => {
                let (kind, value): (Str, Option<i64>) = match r.value.amount() {
                    RateAmount::Count(n) => ("Pods".into(), Some(n)),
                    RateAmount::Percent(p) => ("Percent".into(), p.whole()),
                };
                let period = r.value.per().seconds();
                match (value, period) {
                    (Some(v), Some(p)) if v > 0 && (1..=1800).contains(&p) => (kind, At::new(v, r.origin), At::new(p, r.origin)),
                    _ => {
                        let d = self
                            .error(
                                codes::SENSELESS,
                                format!("{} is no pace of an autoscaler", r.value),
                                r.origin,
                                "whole pods or whole percents, in 1s to 30m",
                            )
                            .help("for example `10% per 60s` or `4 per 30s`");
                        self.push(d);
                        (kind, At::default_of(1), At::default_of(60))
                    }
                }
            }
        };
        Behavior { window, policies: vec![policy], select: "Max".into(), origin }
    }

    /// The VerticalPodAutoscaler of `autosize`.
    pub fn autosize(&mut self, block: &Workload, autoscaler: Option<&Autoscaler>, container: &Container) -> Option<Autosize> {
        let a = block.autosize.as_deref()?;
        let mut resources: Vec<Str> = Vec::new();
        let both = a.cpu.is_none() && a.memory.is_none();
        for (name, said) in [("cpu", a.cpu.is_some()), ("memory", a.memory.is_some())] {
            if said || both {
                resources.push(name.into());
            }
        }
        for metric in autoscaler.iter().flat_map(|h| &h.metrics) {
            if let Metric::Container { resource, utilization, .. } = metric
                && resources.contains(resource)
            {
                let d = self
                    .error(codes::CONFLICT, format!("two autoscalers change {resource}"), a.origin, format!("sets the request of {resource}"))
                    .why("One adds pods because use is high against the request, the other raises the request because use is high: they fight.")
                    .help(format!("let `scale` go by another metric, or say `autosize {{ {} = … }}` alone", if &**resource == "cpu" { "memory" } else { "cpu" }));
                let d = if utilization.origin == Origin::NONE {
                    let r = block.replicas.as_ref().map_or(Origin::NONE, |r| r.origin);
                    self.place(d, r, "a range of replicas: an autoscaler, by CPU where nothing else is said")
                } else {
                    self.place(d, utilization.origin, format!("an autoscaler by {resource}"))
                };
                self.push(d);
            }
        }
        let (mut min, mut max) = (Vec::new(), Vec::new());
        if let Some(r) = &a.cpu {
            min.push(("cpu".into(), r.value.min.map(text_of)));
            max.push(("cpu".into(), r.value.max.map(text_of)));
            if let Some(limit) = container.cpu.1
                && r.value.max.value > limit
            {
                self.above_limit("cpu", &r.value.max.map(text_of), &text_of(&limit), block.cpu.as_ref().map_or(Origin::NONE, |c| c.origin));
            }
        }
        if let Some(r) = &a.memory {
            min.push(("memory".into(), r.value.min.map(text_of)));
            max.push(("memory".into(), r.value.max.map(text_of)));
            if let Some(limit) = container.memory.1
                && r.value.max.value > limit
            {
                self.above_limit(
                    "memory",
                    &r.value.max.map(text_of),
                    &text_of(&limit),
                    block.memory.as_ref().map_or(Origin::NONE, |c| c.origin),
                );
            }
        }
        let mode = a.mode.as_ref().map_or_else(
            || At::default_of("Initial".into()),
            |m| {
                m.map(|m| match m {
                    crate::vocabulary::words::AutosizeMode::Off => "Off".into(),
                    crate::vocabulary::words::AutosizeMode::Initial => "Initial".into(),
                    crate::vocabulary::words::AutosizeMode::Recreate => "Recreate".into(),
                    crate::vocabulary::words::AutosizeMode::InPlaceOrRecreate => "InPlaceOrRecreate".into(),
                })
            },
        );
        let values = a.values.as_ref().map_or_else(
            || At::default_of("RequestsOnly".into()),
            |v| {
                v.map(|v| match v {
                    crate::vocabulary::words::ControlledValues::RequestsOnly => "RequestsOnly".into(),
                    crate::vocabulary::words::ControlledValues::RequestsAndLimits => "RequestsAndLimits".into(),
                })
            },
        );
        let max_numbers = (a.cpu.as_ref().map(|r| r.value.max.value), a.memory.as_ref().map(|r| r.value.max.value));
        Some(Autosize { mode, min, max, max_numbers, resources, values, origin: a.origin })
    }

    fn above_limit(&mut self, resource: &str, most: &At<Str>, limit: &Str, limit_origin: Origin) {
        let d = self
            .error(
                codes::SENSELESS,
                format!("`autosize` may ask for more {resource} than the container's limit"),
                most.origin,
                format!("up to {}", most.value),
            )
            .why(format!("The limit is {limit}, and a request over it makes a pod that no server admits."))
            .help(format!("raise the limit, `{resource} = …..{}`, or lower this bound", most.value));
        let d = if limit_origin == Origin::NONE { d } else { self.place(d, limit_origin, format!("the limit is {limit}")) };
        self.push(d);
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

    /// How long a pod must be ready before it counts, in seconds, and after how many without progress a rollout has failed: not sooner.
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

    /// The disruption budget, where there is more than one pod (checks 56 to 58).
    pub fn budget(&mut self, block: &Workload, count: &Count) -> Option<Budget> {
        let said: Option<&blocks::Disruption> = block.disruption.as_deref();
        if count.least.value < 2 {
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
            .help(format!("leave at least one: `unavailable = 1`, or `available = {}`", least - 1));
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
