//! What watches: monitors, and the rules of Prometheus (M1 to M10).
//!
//! Not known here, and so not proven: that the app exports the metrics that rules name (M8), and that the Prometheus of the target takes
//! EndpointSlices for discovery (M5). No monitor names a Secret or a scrape class (M4).

mod dashboard;
mod slo;
mod template;

use super::external::Remark;
use super::lower::Lower;
use super::model::mesh::ControlPlane;
use super::model::{self, At, ContainerPort, Monitoring, PrometheusRule, Protocol, RuleGroup, Rules, Service, Str, Target};
use crate::check::suggest;
use crate::diagnostic::{Diagnostic, codes};
use crate::tape::Origin;
use crate::units::promql::{self, Kind};
use crate::units::{Duration, PromQl};
use crate::vocabulary::blocks::{Alert, Monitor, Slo, Workload};
use crate::vocabulary::value::Node;
use crate::vocabulary::{Block, Labelled, Map};

/// The rules that a block asks for.
pub struct Asked<'a> {
    pub alerts: &'a [Alert],
    pub records: &'a Labelled<PromQl>,
    pub slos: &'a [Slo],
}

impl Asked<'_> {
    /// Nothing?
    pub fn is_empty(&self) -> bool {
        self.alerts.is_empty() && self.records.0.is_empty() && self.slos.is_empty()
    }
}

/// Whose rules they are.
pub struct Place {
    /// The PrometheusRule's name.
    object: At<Str>,
    /// The group's name, and the start of those of objectives.
    group: String,
    /// Labels of what an objective records.
    labels: Vec<(Str, At<Str>)>,
    /// How often the tier's own metrics are read, in milliseconds; `None` where nobody says.
    interval: Option<i64>,
    origin: Origin,
}

impl Place {
    /// Of a namespace.
    pub fn of_namespace(name: &At<Str>, origin: Origin) -> Self {
        Place {
            object: name.map(|n| format!("{n}-namespace").into()),
            group: format!("namespace.{}", name.value),
            labels: Vec::new(),
            interval: None,
            origin,
        }
    }
    /// Of an app as a whole.
    pub fn of_app(name: &At<Str>, prefix: &str, origin: Origin) -> Self {
        Place {
            object: name.map(|n| format!("{prefix}{n}-app").into()),
            group: name.value.to_string(),
            labels: Vec::new(),
            interval: None,
            origin,
        }
    }
    /// Of a tier.
    pub fn of_tier(
        tier: &At<Str>,
        object: &Str,
        app: &str,
        namespace: Str,
        monitor: Option<&Monitor>,
        target: &Target,
        origin: Origin,
    ) -> Self {
        let label = |key: &str, value: Str| (key.into(), At::default_of(value));
        let interval = monitor.and_then(|m| m.interval.clone().or_else(|| Some(target.monitoring.as_ref()?.interval.clone())));
        Place {
            object: At::new(object.clone(), tier.origin),
            group: format!("{app}.{}", tier.value),
            labels: vec![label("app", app.into()), label("namespace", namespace), label("tier", tier.value.clone())],
            interval: interval.map(|i| i.value.nanos() / 1_000_000),
            origin,
        }
    }
}

/// The largest PrometheusRule that the operator takes (M7).
const LARGEST: usize = 512 << 10;

/// The PrometheusRule of a block, and what is to be said of it.
pub fn rules(asked: &Asked<'_>, place: &Place, stack: Option<&Monitoring>, say: &mut Vec<Remark>) -> Option<Rules> {
    let first = asked.alerts.first().map(|a| ("alert", a.origin));
    let first = first.or_else(|| asked.records.iter().next().map(|(l, _)| ("record", l.origin)));
    let (word, origin) = first.or_else(|| asked.slos.first().map(|s| ("slo", s.origin)))?;
    if stack.is_none() {
        say.push(no_stack(word, origin));
        return None;
    }
    let mut own = Vec::new();
    for (name, query) in asked.records.iter() {
        own.extend(record(name, query, say));
        watch_ranges(&query.value, query.origin, place, say);
    }
    for block in asked.alerts {
        own.extend(alert(block, say));
        if let Some(when) = &block.when {
            watch_ranges(&when.value, when.origin, place, say);
        }
    }
    let mut groups = Vec::new();
    if !own.is_empty() {
        groups.push(RuleGroup { name: place.group.as_str().into(), rules: own });
    }
    groups.extend(asked.slos.iter().filter_map(|s| slo::group(s, place, say)));
    let text = |rule: &PrometheusRule| {
        let pairs = rule.labels.iter().chain(&rule.annotations).map(|(k, v)| k.len() + v.value.len() + 16).sum::<usize>();
        rule.name.value.len() + rule.query.value.len() + pairs + 128
    };
    let size: usize = groups.iter().flat_map(|g| &g.rules).map(text).sum();
    if size > LARGEST {
        let d = Diagnostic::error(codes::TOO_LARGE, format!("these rules take some {} KiB", size >> 10))
            .why("The operator puts a PrometheusRule into a ConfigMap, and takes at most 512 KiB (M7).")
            .help("divide them among the tiers that they are about");
        say.push(Remark { diagnostic: d, origin, label: "the first of them" });
    }
    Some(Rules { name: place.object.clone(), groups, origin: place.origin })
}

/// The blocks of a kind in a node, but for those in which something is wrong: what is missing there may be just that.
pub fn sound<B: Block>(node: &Node) -> Vec<B> {
    let blocks = node.children.iter().map(|(_, child)| child);
    blocks.filter(|child| std::ptr::eq(child.info, B::info()) && !child.is_poisoned()).map(B::decode).collect()
}

/// A word that only a monitoring stack makes something of.
fn no_stack(word: &str, origin: Origin) -> Remark {
    let diagnostic = Diagnostic::error(codes::MISSING, format!("`{word}` needs a monitoring stack, and the target has none"))
        .why("Without one nobody would read it.")
        .help("say what the cluster has: `target { monitoring = prometheus-operator }`");
    Remark { diagnostic, origin, label: "for which Prometheus?" }
}

fn refuse(say: &mut Vec<Remark>, d: Diagnostic, origin: Origin, label: &'static str) {
    say.push(Remark { diagnostic: d, origin, label });
}

/// A recording rule: a legal name, and no more than an expression and labels (M7).
fn record(name: &At<Str>, query: &At<PromQl>, say: &mut Vec<Remark>) -> Option<PrometheusRule> {
    if !promql::is_metric_name(&name.value) {
        let d = Diagnostic::error(codes::BAD_NAME, format!("`{}` is no name of a metric", name.value))
            .why("It begins with a letter, `_` or `:`, and goes on with letters, digits, `_` and `:`.")
            .help("by custom it says level, metric and operation: `\"shop:requests:rate5m\"`");
        refuse(say, d, name.origin, "the name of what is kept");
        return None;
    }
    let query = of_samples(query, "record", say)?;
    Some(PrometheusRule {
        is_alert: false,
        name: name.clone(),
        query,
        pending: None,
        keep: None,
        labels: Vec::new(),
        annotations: Vec::new(),
        origin: name.origin,
    })
}

/// The query of a rule: it gives samples of one instant.
fn of_samples(query: &At<PromQl>, word: &str, say: &mut Vec<Remark>) -> Option<At<Str>> {
    if !matches!(query.value.kind(), Kind::Vector | Kind::Scalar) {
        let d = Diagnostic::error(codes::SENSELESS, format!("the query of `{word}` gives {}", query.value.kind().a()))
            .why("A rule is about the values of one instant.");
        let d = if query.value.kind() == Kind::Matrix { d.help("put a function over the range: `rate(…[5m])`") } else { d };
        refuse(say, d, query.origin, "no values of one instant");
        return None;
    }
    Some(query.map(|q| q.as_str().into()))
}

fn alert(block: &Alert, say: &mut Vec<Remark>) -> Option<PrometheusRule> {
    let name = block.label.clone()?;
    if name.value.trim().is_empty() {
        refuse(say, Diagnostic::error(codes::BAD_NAME, "an alert needs a name"), name.origin, "empty");
        return None;
    }
    let Some(when) = &block.when else {
        let d = Diagnostic::error(codes::MISSING, format!("alert `{}` has no `when`", name.value));
        refuse(say, d.help("say when it fires: `` when = `up == 0` ``"), block.origin, "when does it fire?");
        return None;
    };
    let query = of_samples(when, "when", say)?;
    let severity = block.severity.as_ref().map_or_else(|| At::default_of("warning".into()), |s| s.map(|s| s.word().into()));
    let mut labels = vec![("severity".into(), severity)];
    add(&mut labels, block.labels.as_ref(), "label", say);
    let mut annotations = Vec::new();
    for (key, text) in [("description", &block.description), ("runbook_url", &block.runbook), ("summary", &block.summary)] {
        annotations.extend(text.as_ref().map(|t| (key.into(), t.clone())));
    }
    add(&mut annotations, block.annotations.as_ref(), "annotation", say);
    for (key, text) in labels.iter().chain(&annotations) {
        if let Err(fault) = template::check(&text.value) {
            let d = Diagnostic::error(codes::TEMPLATE, format!("the template of `{key}` is wrong: {}", fault.message));
            let d = match fault.near {
                Some(near) => d.help(format!("did you mean `{near}`?")),
                None => d,
            };
            refuse(say, d.why("Prometheus reads it as a template of Go, and refuses the rule with it."), text.origin, "this text");
        }
    }
    Some(PrometheusRule {
        is_alert: true,
        name,
        query,
        pending: block.r#for.as_ref().and_then(|d| duration(d, "`for`", say)),
        keep: block.keep.as_ref().and_then(|d| duration(d, "`keep`", say)),
        labels,
        annotations,
        origin: block.origin,
    })
}

/// Adds the program's own labels or annotations, in the order of their names.
fn add(all: &mut Vec<(Str, At<Str>)>, more: Option<&At<Map<Str>>>, what: &str, say: &mut Vec<Remark>) {
    for (key, value) in more.iter().flat_map(|m| &m.value.0) {
        if all.iter().any(|(k, _)| *k == key.value) {
            let word = if &*key.value == "runbook_url" { "runbook" } else { &*key.value };
            let d = Diagnostic::error(codes::SAID_TWICE, format!("the {what} `{}` is said twice", key.value));
            refuse(say, d.help(format!("keep `{word} = …` of the alert, or this")), key.origin, "said again here");
            continue;
        }
        // Names beyond these are taken since Prometheus 3 alone (M7).
        let legal = promql::is_metric_name(&key.value) && !key.value.contains(':') && &*key.value != "__name__";
        if !legal || what == "label" && &*key.value == "alertname" {
            let d = Diagnostic::error(
                codes::BAD_NAME,
                format!("`{}` cannot be the name of a {what} of Prometheus", key.value).replace("a annotation", "an annotation"),
            )
            .why("It is made of letters, digits and `_`, begins with no digit, and is neither `__name__` nor `alertname`.");
            refuse(say, d, key.origin, "its name");
            continue;
        }
        all.push((key.value.clone(), value.clone()));
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
}

/// A duration as Prometheus writes it: whole milliseconds, some of them.
fn duration(d: &At<Duration>, what: &str, say: &mut Vec<Remark>) -> Option<At<Str>> {
    if d.value == Duration::ZERO {
        let e = Diagnostic::error(codes::SENSELESS, format!("{what} cannot be {}", d.value));
        refuse(say, e.help("leave it out, or say how long"), d.origin, "no time at all");
        return None;
    }
    if d.value.millis().is_none() {
        let e = Diagnostic::error(codes::SENSELESS, format!("{what} is a time of whole milliseconds, and this is {}", d.value));
        refuse(say, e, d.origin, "no such time");
        return None;
    }
    Some(d.map(|d| d.to_string().into()))
}

/// `rate` and its like want several samples: a range of at least four scrapes, or a missed one leaves a gap (M8).
fn watch_ranges(query: &PromQl, origin: Origin, place: &Place, say: &mut Vec<Remark>) {
    let Some(interval) = place.interval.filter(|i| *i > 0) else { return };
    for selector in query.selectors() {
        let (Some(range), Some(function)) = (selector.range, selector.function) else { continue };
        let counts = ["rate", "irate", "increase", "delta", "idelta", "deriv", "changes", "resets"];
        if counts.contains(&function) && i64::try_from(range).is_ok_and(|range| range < 4 * interval) {
            let text = |millis: i64| Duration::from_nanos(millis.saturating_mul(1_000_000)).unwrap_or(Duration::ZERO);
            let d =
                Diagnostic::warning(codes::NO_EFFECT, format!("`{function}` looks back {}, less than four scrapes", text(range as i64)))
                    .why(format!(
                        "The tier is read every {}: one scrape that fails leaves too few samples, and the result is missing just then.",
                        text(interval)
                    ))
                    .help(format!("look back {} or more", text(4 * interval)));
            refuse(say, d, origin, "in this query");
            return;
        }
    }
}

impl Lower<'_> {
    /// The name of the app at hand.
    pub fn app_name(&self) -> &str {
        self.index.apps.get(self.app as usize).map_or("", |a| &a.name)
    }

    /// The PrometheusRule of a block of this app.
    pub fn rules(&mut self, asked: &Asked<'_>, place: &Place) -> Option<Rules> {
        let mut remarks = Vec::new();
        let rules = rules(asked, place, self.target.monitoring.as_deref(), &mut remarks);
        for remark in remarks {
            self.refused |= remark.is_error();
            let d = self.place(remark.diagnostic, remark.origin, remark.label);
            self.push(d);
        }
        rules
    }

    /// What the proxy's agent reads of the app, so that Prometheus, which has no certificate of the mesh, may read it there (M6, I26).
    pub fn merge_metrics(monitor: &model::Monitor, ports: &[ContainerPort], pod: &mut Vec<(Str, At<Str>)>) {
        let number = ports.iter().find(|p| p.name.value == monitor.port.value).map(|p| p.number.map(|n| n.to_string().into()));
        let said = [
            ("prometheus.io/path", Some(monitor.path.clone())),
            ("prometheus.io/port", number),
            ("prometheus.io/scrape", Some(At::new("true".into(), monitor.origin))),
        ];
        for (key, value) in said {
            if let Some(value) = value.filter(|_| !pod.iter().any(|(k, _)| &**k == key)) {
                pod.push((key.into(), value));
            }
        }
    }

    /// The monitor of a tier. `one`: does its Service stand for all of its pods, and no other of the same labels? `merged`: is it read at the
    /// agent of its proxy?
    pub fn monitor(
        &mut self,
        block: &Workload,
        object: &Str,
        service: Option<&Service>,
        one: bool,
        ports: &[ContainerPort],
        merged: bool,
    ) -> Option<model::Monitor> {
        let said = block.monitor.as_deref()?;
        let Some(stack) = self.target.monitoring.clone() else {
            let remark = no_stack("monitor", said.origin);
            self.refused = true;
            let d = self.place(remark.diagnostic, remark.origin, remark.label);
            self.push(d);
            return None;
        };
        let tcp: Vec<&ContainerPort> = ports.iter().filter(|p| p.protocol == Protocol::Tcp).collect();
        let found = match &said.port {
            Some(name) => tcp.iter().find(|p| p.name.value == name.value),
            None => tcp.iter().find(|p| &*p.name.value == "metrics").or(tcp.first()),
        };
        let Some(port) = found else {
            let names: Vec<&str> = tcp.iter().map(|p| &*p.name.value).collect();
            let d = match &said.port {
                Some(name) if !names.is_empty() => self
                    .error(codes::UNKNOWN_NAME, format!("this tier has no port `{}`", name.value), name.origin, "no such port")
                    .help(format!("its ports are {}", suggest::list(names, "and"))),
                _ => self
                    .error(codes::MISSING, "there is no port to read metrics from", said.origin, "needs a TCP port of the tier")
                    .help("declare one: `port metrics = 9090`"),
            };
            self.push(d);
            return None;
        };
        let interval = said.interval.clone().unwrap_or_else(|| stack.interval.clone());
        let mut remarks = Vec::new();
        let text = duration(&interval, "an interval", &mut remarks);
        let timeout = match &said.timeout {
            Some(t) if t.value > interval.value => {
                // M3: the operator would leave the whole monitor out, and say so in an event alone.
                let d = Diagnostic::error(
                    codes::SENSELESS,
                    format!("an answer may take {}, longer than the interval of {}", t.value, interval.value),
                )
                .why("The operator drops such a monitor, and says so in an event that nobody reads.")
                .help(format!("at most `timeout = {}`", interval.value));
                refuse(&mut remarks, d, t.origin, "longer than the interval");
                None
            }
            Some(t) => duration(t, "a timeout", &mut remarks),
            // Prometheus' own timeout is 10 s, and the same rule holds of it.
            None => Duration::from_seconds(10).filter(|ten| interval.value < *ten).and(text.clone()),
        };
        for remark in remarks {
            self.refused = true;
            let d = self.place(remark.diagnostic, remark.origin, remark.label);
            self.push(d);
        }
        let speaks = |protocol: &str| {
            service.iter().flat_map(|s| &s.ports).any(|p| p.name.value == port.name.value && p.app_protocol.as_deref() == Some(protocol))
        };
        let has = |protocol: &str| service.iter().flat_map(|s| &s.ports).any(|p| p.app_protocol.as_deref() == Some(protocol));
        let dashboard = said.dashboard.as_ref().is_some_and(|d| d.value).then(|| {
            let subject =
                dashboard::Subject { app: self.app_name(), namespace: &self.namespace(), object, grpc: has("grpc") && !has("http") };
            dashboard::json(&subject).into()
        });
        Some(model::Monitor {
            by_service: one && service.is_some_and(|s| s.ports.iter().any(|p| p.name.value == port.name.value)),
            port: port.name.clone(),
            number: if merged { ControlPlane::METRICS } else { port.number.value },
            merged,
            path: said.path.as_ref().map_or_else(|| At::default_of("/metrics".into()), |p| p.map(|p| p.as_str().into())),
            interval: text?,
            timeout,
            scheme: speaks("https").then_some("https"),
            dashboard,
            origin: said.origin,
        })
    }
}
