//! Service level objectives: recording rules and alerts by several windows and burn rates, as chapter 5 of Google's SRE workbook defines them.

use super::{Place, duration, refuse};
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::external::Remark;
use crate::plan::model::{At, PrometheusRule, RuleGroup, Str};
use crate::units::{Decimal, Duration, Percent, PromQl};
use crate::vocabulary::blocks::Slo;

/// The windows over which errors are measured, with their seconds.
const WINDOWS: [(&str, i64); 7] = [("5m", 300), ("30m", 1800), ("1h", 3600), ("2h", 7200), ("6h", 21_600), ("1d", 86_400), ("3d", 259_200)];

/// An alert of the workbook: while errors use up so many percent of the whole budget in the long window, and still do in the short one.
struct Burn {
    long: &'static str,
    short: &'static str,
    percent: i64,
    severity: &'static str,
}
const BURNS: [Burn; 4] = [
    Burn { long: "1h", short: "5m", percent: 2, severity: "critical" },
    Burn { long: "6h", short: "30m", percent: 5, severity: "critical" },
    Burn { long: "1d", short: "2h", percent: 10, severity: "warning" },
    Burn { long: "3d", short: "6h", percent: 10, severity: "warning" },
];

/// The metric that the recording rules write, before its window.
const ERRORS: &str = "slo:errors:ratio_rate";

const MILLION: i64 = 1_000_000;

/// The rules of an objective.
pub(super) fn group(slo: &Slo, place: &Place, say: &mut Vec<Remark>) -> Option<RuleGroup> {
    let name = slo.label.clone()?;
    let before = say.len();
    let objective = match &slo.objective {
        Some(o) if (1..MILLION).contains(&o.value.parts_per_million()) => Some(o),
        Some(o) => {
            let d = Diagnostic::error(codes::SENSELESS, format!("an objective of {} leaves nothing to watch", o.value))
                .why("The alerts follow how fast the share that may be bad is used up.")
                .help("say a share below 100%: `slo availability = 99.9% { … }`");
            refuse(say, d, o.origin, "more than 0% and less than 100%");
            None
        }
        None => {
            let d = Diagnostic::error(codes::MISSING, format!("slo `{}` has no objective", name.value));
            refuse(say, d.help(format!("say it: `slo {} = 99.9% {{ … }}`", name.value)), slo.origin, "how much must be good?");
            None
        }
    };
    let good = counter(slo.good.as_ref(), "good", slo, say);
    let total = counter(slo.total.as_ref(), "total", slo, say);
    let window = slo.window.clone().or_else(|| Duration::from_seconds(30 * 86_400).map(At::default_of))?;
    let days = window.value.seconds().map_or(0, |s| s / 86_400);
    if !(28..=90).contains(&days) {
        let d = Diagnostic::error(codes::SENSELESS, format!("an objective over {} cannot be watched by these alerts", window.value))
            .why("The slowest looks at three days, which are to be a small part of the whole.")
            .help("for example `window = 30d`");
        refuse(say, d, window.origin, "28 to 90 days");
    }
    duration(&window, "a window", say)?;
    let (Some(objective), Some(good), Some(total)) = (objective, good, total) else { return None };
    if say.len() > before {
        return None;
    }
    let mut labels = place.labels.clone();
    labels.push(("slo".into(), name.clone()));
    labels.sort_by(|a, b| a.0.cmp(&b.0));
    let bad = MILLION - objective.value.parts_per_million();
    let budget = Decimal::new(i128::from(bad), 6)?;
    let mut rules: Vec<PrometheusRule> = WINDOWS.iter().map(|(window, _)| measured(window, good, total, &labels, slo)).collect();
    for burn in &BURNS {
        rules.extend(alert(burn, &window.value, &budget, &labels, &name, slo, say));
    }
    Some(RuleGroup { name: format!("{}.slo.{}", place.group, name.value).into(), rules })
}

/// A counter of events: nothing but a metric and its matchers, so that a rate can be taken over any window.
fn counter<'s>(query: Option<&'s At<PromQl>>, word: &str, slo: &Slo, say: &mut Vec<Remark>) -> Option<&'s At<PromQl>> {
    let Some(query) = query else {
        let d = Diagnostic::error(codes::MISSING, format!("slo `{}` has no `{word}`", slo.label.as_ref().map_or("", |l| &l.value)));
        let d = d.help(format!(
            "name the counter of {} events: `` {word} = `http_requests_total` ``",
            if word == "good" { "good" } else { "all" }
        ));
        refuse(say, d, slo.origin, "which events?");
        return None;
    };
    if !query.value.is_plain() {
        let d = Diagnostic::error(codes::SENSELESS, format!("`{word}` is a counter and its matchers, nothing around them"))
            .why("Its rate is taken over seven windows; what is written here is the same in each.")
            .help(format!("for example `` {word} = `http_requests_total{{code!~\"5..\"}}` ``"));
        refuse(say, d, query.origin, "more than a counter");
        return None;
    }
    Some(query)
}

/// The share of bad events in a window. Where no event is good the first counter may not exist at all: that is 0, not nothing.
fn measured(window: &str, good: &At<PromQl>, total: &At<PromQl>, labels: &[(Str, At<Str>)], slo: &Slo) -> PrometheusRule {
    let query = format!("1 - (sum(rate({}[{window}])) or vector(0)) / sum(rate({}[{window}]))", good.value, total.value);
    PrometheusRule {
        is_alert: false,
        name: At::default_of(format!("{ERRORS}{window}").into()),
        query: At::new(query.into(), good.origin),
        pending: None,
        keep: None,
        labels: labels.to_vec(),
        annotations: Vec::new(),
        origin: slo.origin,
    }
}

fn alert(
    burn: &Burn,
    window: &Duration,
    budget: &Decimal,
    labels: &[(Str, At<Str>)],
    name: &At<Str>,
    slo: &Slo,
    say: &mut Vec<Remark>,
) -> Option<PrometheusRule> {
    let seconds = |of: &str| WINDOWS.iter().find(|(text, _)| *text == of).map_or(1, |(_, s)| *s);
    // The rate at which so many percent of the budget go in the long window; 1 uses it up exactly. To four digits.
    let ten_thousandths = i128::from(burn.percent) * i128::from(window.seconds()?) * 100 / i128::from(seconds(burn.long));
    let rate = Decimal::new(ten_thousandths, 4)?;
    if rate.checked_mul(*budget)? >= Decimal::new(1, 0)? {
        let d = Diagnostic::note_of(codes::NO_EFFECT, format!("the alert of slo `{}` over {} is left out", name.value, burn.long))
            .why(format!("It would fire at {rate} times {budget} of all events, and there are no more than all of them."));
        refuse(say, d, slo.origin, "an objective this low");
        return None;
    }
    let of: Vec<String> = labels.iter().map(|(k, v)| format!("{k}={:?}", &*v.value)).collect();
    let over = |window: &str| format!("{ERRORS}{window}{{{}}} > {rate} * {budget}", of.join(","));
    let mut own = labels.to_vec();
    own.push(("severity".into(), At::default_of(burn.severity.into())));
    own.push(("window".into(), At::default_of(burn.long.into())));
    own.sort_by(|a, b| a.0.cmp(&b.0));
    let share = Percent::from_parts_per_million(MILLION - slo.objective.as_ref()?.value.parts_per_million())?;
    let days = window.seconds()? / 86_400;
    let summary = format!("{}: errors use up the budget {rate} times as fast as the objective allows", name.value);
    let description =
        format!("{{{{ $value | humanizePercentage }}}} of all events were bad in the last {}; over {days} days {share} may be.", burn.long);
    Some(PrometheusRule {
        is_alert: true,
        name: At::new("ErrorBudgetBurn".into(), name.origin),
        query: At::new(format!("{} and {}", over(burn.long), over(burn.short)).into(), slo.origin),
        pending: None,
        keep: None,
        labels: own,
        annotations: vec![("description".into(), At::default_of(description.into())), ("summary".into(), At::default_of(summary.into()))],
        origin: slo.origin,
    })
}
