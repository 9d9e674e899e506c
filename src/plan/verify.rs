//! Measurements of a release: a `verify` to an AnalysisTemplate.

use super::lower::Lower;
use super::model::release::{Analysis, Provider};
use super::model::{At, Controller, Str};
use super::workload::Lowered;
use crate::diagnostic::{Diagnostic, codes};
use crate::tape::Origin;
use crate::units::PromQl;
use crate::units::promql::Kind;
use crate::units::{Decimal, Duration};
use crate::vocabulary::blocks::Verify;
use crate::vocabulary::words::{NoData, Threshold};

/// How often a measurement in the background is made.
const BACKGROUND: i64 = 60;

impl Lower<'_> {
    /// The names that are declared among those used; what is not is said.
    pub(super) fn used(&mut self, declared: &[Verify], names: impl Iterator<Item = At<Str>>) -> Vec<Str> {
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
    pub(super) fn analysis(&mut self, v: &Verify, object: &Str, step: bool) -> Option<Analysis> {
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
                let text = self.instant(q)?;
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

    /// A query as it is asked for one value at one moment.
    pub(super) fn instant(&mut self, q: &At<PromQl>) -> Option<Str> {
        // A number by itself would come without the list around it that every other answer has.
        match q.value.kind() {
            Kind::Vector => Some(q.value.as_str().trim().into()),
            Kind::Scalar => Some(format!("vector({})", q.value.as_str().trim()).into()),
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
                None
            }
        }
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

/// The name of its AnalysisTemplate.
pub fn analysis_name(object: &str, label: &str) -> Str {
    format!("{object}-{label}").into()
}

/// `1%` is 0.01.
fn number(threshold: &Threshold) -> Decimal {
    match threshold {
        Threshold::Share(p) => p.ratio_of_one(),
        Threshold::Number(n) => *n,
    }
}
