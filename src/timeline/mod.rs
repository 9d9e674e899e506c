//! What a rollout will do, foretold from the plan: time against the share of the requests, pods of each version, what of the quota is in
//! use, where a person is waited for, and when it ends at the earliest and at the latest. It is that of a change: the first version of all is
//! there at once, without steps (A32).
//!
//! The controller's own rules are those of rules.md §1 and §4.3. A cluster adds the time that pods take to start: the earliest end counts
//! none, the latest as long as the rollout's deadline admits, behind which it has failed and the old version takes everything again.

mod svg;
mod text;

pub use svg::svg;
pub use text::text;

use crate::plan::model::release::{Analysis, BlueGreen, Canary, Promote, Provider, Release, Step};
use crate::plan::model::{App, Controller, Mesh, Namespace, Plan, Str, Strategy, Waypoint, Workload};
use crate::plan::{pods_by_weight, pods_of, share_of};
use crate::units::Quantity;
use serde_json::{Value, json};

/// One tier's rollout.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// The app.
    pub app: Str,
    /// The tier.
    pub tier: Str,
    /// Its namespace in the cluster.
    pub namespace: Str,
    /// `canary`, `blue-green`, `rolling` or `recreate`.
    pub kind: &'static str,
    /// What a share is a share of: `requests`, `requests from outside` where the way in alone splits them, `pods`, or nothing that is foretold.
    pub split: Option<&'static str>,
    /// The replicas that it was computed with.
    pub replicas: i64,
    /// The autoscaler's bounds, where there is one.
    pub scaled: Option<(i64, i64)>,
    /// In order; each begins where the one before ends.
    pub phases: Vec<Phase>,
    /// What of the namespace's quota it needs.
    pub quota: Vec<Resource>,
    /// How many pods there may be for a moment, while some come and others go.
    pub peak: i64,
    /// How many at the autoscaler's most.
    pub peak_at_most: i64,
    /// Measurements in the background, by the names of their `verify`.
    pub background: Vec<Str>,
}

/// A part of a rollout in which nothing changes but the time.
#[derive(Clone, Debug)]
pub struct Phase {
    /// What begins.
    pub act: Act,
    /// The number of the controller's step, from 0; none before the first, behind the last and where there are no steps.
    pub step: Option<usize>,
    /// The new version's share, in whole percent.
    pub share: i64,
    /// Pods of the old version.
    pub old: i64,
    /// Pods of the new version.
    pub new: i64,
    /// Seconds at the earliest.
    pub shortest: i64,
    /// Seconds at the latest; none where a person decides.
    pub longest: Option<i64>,
}

/// What a phase begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Nothing has begun.
    Before,
    /// The new version's share is set.
    Share,
    /// A wait.
    Wait,
    /// A wait for a person.
    Person,
    /// A measurement, by its `verify`.
    Verify(Str),
    /// The new version's pods are set.
    Pods,
    /// Marked requests go to the new version.
    Marked,
    /// A share of the requests is copied to it.
    Mirror(i64),
    /// Copying ends.
    MirrorEnds,
    /// The new version comes up beside the old one.
    ComeUp,
    /// Old pods go, before new ones come.
    Down,
    /// The new version takes everything.
    Promote,
    /// The pods of the old version stay.
    Keep,
    /// It is over.
    Done,
}

/// An amount of a namespace's quota.
#[derive(Clone, Debug)]
pub struct Resource {
    /// As in the quota: `requests.cpu`.
    pub name: Str,
    /// The quota, in billionths.
    pub hard: i128,
    /// What everything else of the namespace takes.
    pub others: i128,
    /// What a pod of this tier takes.
    pub each: i128,
}

impl Resource {
    /// What is in use with so many pods of the tier, in billionths.
    pub fn used(&self, pods: i64) -> i128 {
        self.others + self.each * i128::from(pods)
    }
    /// An amount of it, for people: processors and pods in decimal, bytes in the largest unit that they are whole in, or else with one decimal.
    pub fn show(&self, nanos: i128) -> String {
        if !self.name.contains("memory") {
            return decimal(nanos, ONE, 3);
        }
        let bytes = nanos / ONE;
        let (unit, size) = if bytes >= 1 << 30 { ("Gi", 1_i128 << 30) } else { ("Mi", 1 << 20) };
        format!("{}{unit}", decimal(bytes, size, if bytes % size == 0 { 0 } else { 2 }))
    }
}

/// So much of so large a unit, with at most so many decimals.
fn decimal(amount: i128, unit: i128, digits: u32) -> String {
    let scale = 10_i128.pow(digits);
    let scaled = (amount * scale + unit / 2) / unit.max(1);
    let text = format!("{}.{:0width$}", scaled / scale, scaled % scale, width = digits as usize);
    if digits == 0 { (scaled / scale).to_string() } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

const ONE: i128 = 1_000_000_000;

impl Timeline {
    /// When a phase begins, in seconds from the start: at the earliest, and at the latest.
    pub fn begins(&self, phase: usize) -> (i64, Option<i64>) {
        self.phases
            .iter()
            .take(phase)
            .fold((0, Some(0)), |(early, late), p| (early + p.shortest, late.zip(p.longest).map(|(late, longest)| late + longest)))
    }
    /// When it ends: at the earliest, and at the latest.
    pub fn ends(&self) -> (i64, Option<i64>) {
        self.begins(self.phases.len())
    }
    /// How often a person is waited for.
    pub fn people(&self) -> usize {
        self.phases.iter().filter(|p| p.act == Act::Person).count()
    }
    /// How many people are waited for before a phase begins.
    pub fn people_before(&self, phase: usize) -> usize {
        self.phases.iter().take(phase).filter(|p| p.act == Act::Person).count()
    }
}

/// The timelines of a plan: of the tiers that are named, `app.tier` or `tier`; where none is, of those with a release in steps, or else of all.
/// `replicas` stands in for the number of a scaled tier.
pub fn timelines(plan: &Plan, named: &[String], replicas: Option<i64>) -> Vec<Timeline> {
    let is = |app: &App, w: &Workload| named.iter().any(|n| **n == *w.name || *n == format!("{}.{}", app.name.value, w.name));
    let all = || plan.apps.iter().flat_map(|app| app.workloads.iter().flat_map(Workload::deployed).map(move |w| (app, w)));
    let stepped = all().any(|(_, w)| matches!(w.controller, Controller::Rollout { .. }));
    let wanted = all().filter(|(app, w)| match (named, stepped) {
        ([], true) => matches!(w.controller, Controller::Rollout { .. }),
        ([], false) => true,
        _ => is(app, w),
    });
    wanted.filter_map(|(app, w)| timeline(plan, app, w, replicas)).collect()
}

/// The timeline of a workload; none of what runs to an end, or on each node.
fn timeline(plan: &Plan, app: &App, workload: &Workload, chosen: Option<i64>) -> Option<Timeline> {
    let (fixed, deadline, min_ready) = match &workload.controller {
        Controller::Rollout { replicas, progress_deadline, min_ready, .. }
        | Controller::Deployment { replicas, progress_deadline, min_ready, .. } => (replicas, progress_deadline.value, min_ready),
        Controller::StatefulSet { replicas, min_ready, .. } => (replicas, 600, min_ready),
        _ => return None,
    };
    let scaled = workload.autoscaler.as_ref().map(|a| (a.min.value, a.max.value));
    let replicas = match (scaled, fixed) {
        // Of a tier without pods a release does nothing that could be shown.
        (Some((least, _)), _) => chosen.unwrap_or(least.max(1)),
        (None, fixed) => fixed.as_ref().map_or(1, |r| r.value),
    };
    let most = scaled.map_or(replicas, |(_, most)| most.max(replicas));
    let mut walk =
        Walk { replicas, deadline, ready: min_ready.as_ref().map_or(0, |m| m.value), phases: Vec::new(), share: 0, old: replicas, new: 0 };
    walk.phases.push(Phase { act: Act::Before, step: None, share: 0, old: replicas, new: 0, shortest: 0, longest: Some(0) });
    let (kind, split) = match &workload.controller {
        Controller::Rollout { release, .. } => match &**release {
            Release::Canary(c) => {
                walk.canary(c, &workload.analyses, app);
                let of = match (&c.router, &plan.target.mesh) {
                    (None, _) => "pods",
                    (Some(_), Mesh::None) => "requests from outside",
                    (Some(_), _) => "requests",
                };
                ("canary", Some(of))
            }
            Release::BlueGreen(b) => {
                walk.blue_green(b, &workload.analyses, app);
                ("blue-green", Some("requests"))
            }
        },
        Controller::Deployment { strategy: Strategy::Recreate { .. }, .. } => {
            walk.recreate();
            ("recreate", None)
        }
        _ => {
            walk.rolling();
            ("rolling", None)
        }
    };
    let background = match &workload.controller {
        Controller::Rollout { release, .. } => match &**release {
            Release::Canary(c) => workload
                .analyses
                .iter()
                .filter(|a| c.background.iter().any(|b| b.value == a.name.value))
                .map(|a| a.metric.clone())
                .collect(),
            Release::BlueGreen(_) => Vec::new(),
        },
        _ => Vec::new(),
    };
    let settled = walk.phases.iter().map(|p| p.old + p.new).max().unwrap_or(0);
    let peak = |of: i64| peak(&workload.controller, of);
    let namespace = plan.namespaces.iter().find(|n| n.name.value == app.namespace.value);
    Some(Timeline {
        app: app.name.value.clone(),
        tier: workload.name.clone(),
        namespace: app.namespace.value.clone(),
        kind,
        split,
        replicas,
        scaled,
        quota: namespace.map(|n| quota(plan, n, workload)).unwrap_or_default(),
        peak: peak(replicas).max(settled),
        peak_at_most: peak(most).max(settled),
        background,
        phases: walk.phases,
    })
}

/// How many pods there may be at once (rules.md §4.3).
fn peak(controller: &Controller, replicas: i64) -> i64 {
    match controller {
        Controller::Rollout { release, .. } => match &**release {
            Release::Canary(Canary { router: None, surge, .. }) => replicas + pods_of(surge.value, replicas, true),
            _ => replicas * 2,
        },
        Controller::Deployment { strategy: Strategy::Rolling { surge, .. }, .. } => replicas + pods_of(surge.value, replicas, true),
        _ => replicas,
    }
}

/// What has happened so far.
struct Walk {
    replicas: i64,
    /// Seconds until no progress is a failure.
    deadline: i64,
    /// Seconds that a pod must be ready before it counts.
    ready: i64,
    phases: Vec<Phase>,
    share: i64,
    old: i64,
    new: i64,
}

impl Walk {
    /// A phase with the share and the pods as they are now.
    fn phase(&mut self, act: Act, step: Option<usize>, shortest: i64, longest: Option<i64>) {
        let Walk { share, old, new, .. } = *self;
        self.phases.push(Phase { act, step, share, old, new, shortest, longest });
    }
    /// A phase that begins with other pods: where some come, they take their time.
    fn pods(&mut self, act: Act, step: Option<usize>, old: i64, new: i64) {
        let come = new > self.new || old > self.old;
        (self.old, self.new) = (old, new);
        let (shortest, longest) = if come { (self.ready, self.deadline) } else { (0, 0) };
        self.phase(act, step, shortest, Some(longest));
    }
    fn verify(&mut self, template: &str, step: Option<usize>, analyses: &[Analysis], app: &App) {
        let Some(a) = analyses.iter().find(|a| *a.name.value == *template) else { return };
        let shortest = a.lasts();
        // A job may take as long as its own deadline, each time.
        let job = match &a.provider {
            Provider::Job(name) => app.workloads.iter().find(|w| w.object.value == name.value).and_then(|w| match &w.controller {
                Controller::Verification(j) | Controller::Job(j) => j.deadline.as_ref().map(|d| d.value),
                _ => None,
            }),
            _ => None,
        };
        let longest = shortest + job.map_or(0, |d| d.saturating_mul(a.count.unwrap_or(1)));
        self.phase(Act::Verify(a.metric.clone()), step, shortest, Some(longest));
    }

    fn canary(&mut self, c: &Canary, analyses: &[Analysis], app: &App) {
        let surge = pods_of(c.surge.value, self.replicas, true);
        let mut held = None;
        // ingress-nginx takes marked requests over as soon as there are pods, without a step of the controller's.
        let mut marked = c.router.as_ref().is_some_and(|r| r.marked.is_some() && r.managed.is_empty());
        for (number, step) in c.steps.iter().enumerate() {
            let at = Some(number);
            if marked && self.new > 0 {
                self.phase(Act::Marked, None, 0, Some(0));
                marked = false;
            }
            match &step.value {
                Step::Weight(weight) => {
                    self.share = *weight;
                    let (new, old) = match (&c.router, held) {
                        (Some(_), Some(held)) => (held, self.replicas),
                        (Some(_), None) => (share_of(self.replicas, *weight), self.replicas),
                        (None, _) => pods_by_weight(self.replicas, *weight, surge),
                    };
                    self.pods(Act::Share, at, old, new);
                }
                Step::Pause(Some(time)) => {
                    let seconds = time.nanos() / 1_000_000_000;
                    self.phase(Act::Wait, at, seconds, Some(seconds));
                }
                Step::Pause(None) => self.phase(Act::Person, at, 0, None),
                Step::Scale(pods) => {
                    held = Some(*pods);
                    self.pods(Act::Pods, at, self.replicas, *pods);
                }
                Step::ScaleTo(weight) => {
                    let pods = share_of(self.replicas, *weight);
                    held = Some(pods);
                    self.pods(Act::Pods, at, self.replicas, pods);
                }
                // A share that has its pods already: nothing changes but the rule for the next.
                Step::Match => held = None,
                Step::Header { .. } => self.phase(Act::Marked, at, 0, Some(0)),
                Step::Mirror(0) => self.phase(Act::MirrorEnds, at, 0, Some(0)),
                Step::Mirror(share) => self.phase(Act::Mirror(*share), at, 0, Some(0)),
                Step::Verify(template) => self.verify(template, at, analyses, app),
            }
        }
        self.share = 100;
        match (&c.router, &c.keep_old) {
            (Some(_), keep) => {
                self.pods(Act::Promote, None, self.replicas, self.replicas);
                let keep = keep.as_ref().map_or(0, |k| k.value);
                self.phase(Act::Keep, None, keep, Some(keep));
                self.pods(Act::Done, None, 0, self.replicas);
            }
            _ => {
                self.pods(Act::Promote, None, 0, self.replicas);
                self.phase(Act::Done, None, 0, Some(0));
            }
        }
    }

    fn blue_green(&mut self, b: &BlueGreen, analyses: &[Analysis], app: &App) {
        let preview = b.preview_pods.as_ref().map_or(self.replicas, |p| p.value.min(self.replicas));
        self.pods(Act::ComeUp, None, self.replicas, preview);
        if let Some(before) = &b.before {
            self.verify(&before.value, None, analyses, app);
        }
        match b.promote.value {
            Promote::After(0) => {}
            Promote::After(seconds) => self.phase(Act::Wait, None, seconds, Some(seconds)),
            Promote::ByHand => self.phase(Act::Person, None, 0, None),
        }
        if preview < self.replicas {
            self.pods(Act::Pods, None, self.replicas, self.replicas);
        }
        self.share = 100;
        self.phase(Act::Promote, None, 0, Some(0));
        if let Some(after) = &b.after {
            self.verify(&after.value, None, analyses, app);
        }
        self.phase(Act::Keep, None, b.keep_old.value, Some(b.keep_old.value));
        self.pods(Act::Done, None, 0, self.replicas);
    }

    fn recreate(&mut self) {
        self.pods(Act::Down, None, 0, 0);
        self.share = 100;
        self.pods(Act::ComeUp, None, 0, self.replicas);
        self.phase(Act::Done, None, 0, Some(0));
    }

    /// How the share grows in between is not foretold: it follows the pods as they become ready.
    fn rolling(&mut self) {
        self.share = 100;
        self.pods(Act::Promote, None, 0, self.replicas);
        self.phase(Act::Done, None, 0, Some(0));
    }
}

/// What of a namespace's quota the other workloads take at rest, and what a pod of this one does.
fn quota(plan: &Plan, namespace: &Namespace, own: &Workload) -> Vec<Resource> {
    let rest = |w: &Workload| match &w.controller {
        Controller::Deployment { replicas, .. } | Controller::StatefulSet { replicas, .. } | Controller::Rollout { replicas, .. } => {
            w.autoscaler.as_ref().map_or_else(|| replicas.as_ref().map_or(1, |r| r.value), |a| a.min.value)
        }
        Controller::DaemonSet { .. }
        | Controller::Job(_)
        | Controller::CronJob { .. }
        | Controller::Verification(_)
        | Controller::Versions(_) => 0,
    };
    let others = || {
        let apps = plan.apps.iter().filter(|a| a.namespace.value == namespace.name.value);
        apps.flat_map(|a| &a.workloads).flat_map(Workload::deployed).filter(|w| !std::ptr::eq(*w, own))
    };
    let known = ["pods", "requests.cpu", "limits.cpu", "requests.memory", "limits.memory"];
    namespace
        .quota
        .iter()
        .filter(|(name, _)| known.contains(&&**name))
        .filter_map(|(name, hard)| {
            let hard = Quantity::parse(&hard.value).ok()?.nanos();
            let waypoints =
                plan.waypoints.iter().filter(|w| *w.namespace == *namespace.name.value).count() as i128 * i128::from(Waypoint::PODS);
            let others = others().map(|w| of_pod(plan, w, name) * i128::from(rest(w))).sum::<i128>() + of_proxy(plan, name) * waypoints;
            Some(Resource { name: name.clone(), hard, others, each: of_pod(plan, own, name) })
        })
        .collect()
}

/// What a proxy of the mesh takes; a pod of a waypoint is nothing else.
fn of_proxy(plan: &Plan, resource: &str) -> i128 {
    let control = &plan.target.control;
    match resource {
        "pods" => ONE,
        "requests.cpu" => i128::from(control.cpu.0.nanos()),
        "limits.cpu" => i128::from(control.cpu.1.nanos()),
        "requests.memory" => i128::from(control.memory.0.bytes()) * ONE,
        _ => i128::from(control.memory.1.bytes()) * ONE,
    }
}

/// What one pod takes: all that run together, or what an init container needs with the sidecars before it.
fn of_pod(plan: &Plan, workload: &Workload, resource: &str) -> i128 {
    let of = |c: &crate::plan::model::Container| match resource {
        "requests.cpu" => i128::from(c.cpu.0.nanos()),
        "limits.cpu" => c.cpu.1.map_or(0, |c| i128::from(c.nanos())),
        "requests.memory" => i128::from(c.memory.0.bytes()) * ONE,
        "limits.memory" => c.memory.1.map_or(0, |m| i128::from(m.bytes()) * ONE),
        _ => 0,
    };
    if resource == "pods" {
        return ONE;
    }
    // The mesh's proxy starts before everything else and runs beside it; in ambient mode it is the node's.
    let proxy = if workload.mesh.is_some() && plan.target.mesh == Mesh::Istio { of_proxy(plan, resource) } else { 0 };
    let (mut sidecars, mut starting) = (proxy, 0);
    for c in &workload.pod.init {
        if c.restart_always {
            sidecars += of(c);
        } else {
            starting = starting.max(sidecars + of(c));
        }
    }
    let together: i128 = workload.pod.containers.iter().map(of).sum();
    (together + sidecars).max(starting)
}

impl Act {
    /// A word for machines.
    pub fn word(&self) -> &'static str {
        match self {
            Act::Before => "before",
            Act::Share => "share",
            Act::Wait => "wait",
            Act::Person => "person",
            Act::Verify(_) => "verify",
            Act::Pods => "pods",
            Act::Marked => "marked",
            Act::Mirror(_) => "mirror",
            Act::MirrorEnds => "mirror-ends",
            Act::ComeUp => "come-up",
            Act::Down => "down",
            Act::Promote => "promote",
            Act::Keep => "keep",
            Act::Done => "done",
        }
    }
}

impl Timeline {
    /// What a phase begins with, in words.
    pub fn says(&self, phase: &Phase) -> String {
        let pods = |n: i64| format!("{n} pod{}", if n == 1 { "" } else { "s" });
        match &phase.act {
            Act::Before => "before it begins".into(),
            Act::Share => format!("{}% to the new version", phase.share),
            Act::Wait => format!("wait {}", time(phase.shortest)),
            Act::Person => "wait for a person".into(),
            Act::Verify(name) => format!("verify {name}"),
            Act::Pods => format!("{} of the new version", pods(phase.new)),
            Act::Marked => "marked requests to the new version".into(),
            Act::Mirror(share) => format!("{share}% copied to the new version"),
            Act::MirrorEnds => "copying ends".into(),
            Act::ComeUp => "the new version comes up".into(),
            Act::Down => "the old version goes down".into(),
            Act::Promote if self.kind == "rolling" => "pods are replaced".into(),
            Act::Promote => "the new version takes everything".into(),
            Act::Keep => format!("the old pods stay {}", time(phase.shortest)),
            Act::Done => "done".into(),
        }
    }
    /// Where it was computed with another number than the tier's own, or may differ.
    pub fn counted(&self) -> String {
        match self.scaled {
            Some((least, most)) => format!("{} replicas (scaled {least} to {most})", self.replicas),
            None => format!("{} replica{}", self.replicas, if self.replicas == 1 { "" } else { "s" }),
        }
    }
    /// When it ends, as a sentence without its full stop.
    pub fn ending(&self) -> String {
        let (early, late) = self.ends();
        let people = match self.people() {
            0 => String::new(),
            1 => ", and waits for a person once".into(),
            n => format!(", and waits for a person {n} times"),
        };
        match late {
            Some(late) if late == early => format!("takes {}{people}", time(early)),
            Some(late) => format!("takes {} at the earliest and {} at the latest{people}", time(early), time(late)),
            None => format!("takes {} at the earliest{people}: there is no latest end", time(early)),
        }
    }
}

/// Seconds as a reader says them: `1h30m`, `45s`; `0s`.
pub fn time(seconds: i64) -> String {
    crate::units::Duration::from_seconds(seconds).map_or_else(|| "0s".into(), |d| d.to_string())
}

/// Timelines as JSON: an object each.
pub fn json(timelines: &[Timeline]) -> Value {
    let phases = |t: &Timeline| -> Vec<Value> {
        t.phases
            .iter()
            .enumerate()
            .map(|(number, p)| {
                let (earliest, latest) = t.begins(number);
                let quota: serde_json::Map<String, Value> =
                    t.quota.iter().map(|r| (r.name.to_string(), json!({ "used": r.show(r.used(p.old + p.new)), "hard": r.show(r.hard) }))).collect();
                json!({
                    "act": p.act.word(), "says": t.says(p), "step": p.step, "share": p.share, "old": p.old, "new": p.new,
                    "begins": { "earliest": earliest, "latest": latest }, "lasts": { "least": p.shortest, "most": p.longest }, "quota": quota,
                })
            })
            .collect()
    };
    let all = timelines.iter().map(|t| {
        let (earliest, latest) = t.ends();
        json!({
            "app": &*t.app, "tier": &*t.tier, "namespace": &*t.namespace, "kind": t.kind, "split": t.split, "replicas": t.replicas,
            "scaled": t.scaled.map(|(least, most)| json!({ "least": least, "most": most })),
            "ends": { "earliest": earliest, "latest": latest }, "people": t.people(), "peak": t.peak, "peakAtMost": t.peak_at_most,
            "background": t.background.iter().map(|b| &**b).collect::<Vec<_>>(), "phases": phases(t),
        })
    });
    Value::Array(all.collect())
}
