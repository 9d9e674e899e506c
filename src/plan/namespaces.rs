//! The target and the namespaces.

use super::Setting;
use super::evaluate::Evaluator;
use super::lower::text_of;
use super::model::mesh::Doorway;
use super::model::{self, App, At, LimitRange, Namespace, Peer, Str, Target};
use super::monitoring::{self, Asked, Place};
use super::network::NAMESPACE_NAME;
use super::refused::label_fault;
use super::root::{NAMESPACES_A_THREAD, Top};
use super::workload::{dns_peers, labels_of};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::source::Span;
use crate::tape::Origin;
use crate::units::{Duration, Version, Written, names};
use crate::vocabulary::blocks::{self, Root};
use crate::vocabulary::value::Node;
use crate::vocabulary::words::{IngressKind, Managed, Mesh, Monitoring, Rollouts, Security};
use crate::vocabulary::{Block as _, Range};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// The minors that objects can be written for.
const MINORS: std::ops::RangeInclusive<u32> = 33..=37;

/// A namespace of the program, by its label.
pub struct Declared {
    /// Its label.
    pub label: Str,
    /// What it becomes.
    pub namespace: Namespace,
    /// What a container gets that says nothing.
    pub default: Option<Box<blocks::LimitDefault>>,
}

fn span(evaluator: &Evaluator<'_>, origin: Origin) -> Span {
    evaluator.origins.get(origin).map_or_else(Span::default, |s| s.span)
}

/// Decodes them, on all threads.
pub fn decode(top: &Top<'_>, setting: &Setting<'_>, evaluator: &mut Evaluator<'_>) -> (Target, Vec<Declared>) {
    let root = Root::decode(&top.node);
    let target = target(root.target.as_deref(), super::cluster::version(&root), setting, evaluator);
    let nodes: Vec<&Node> = top.node.children.iter().map(|(_, c)| c).filter(|c| std::ptr::eq(c.info, blocks::Namespace::info())).collect();
    let ahead = &*evaluator;
    let parts = setting.workers.chunks(&nodes, NAMESPACES_A_THREAD, |_, nodes| {
        let mut say = Say { ahead, diagnostics: Diagnostics::default() };
        let mut all = Vec::with_capacity(nodes.len());
        all.extend(nodes.iter().filter_map(|node| declared(node, &target, &mut say)));
        (all, say.diagnostics)
    });
    let mut say = Say { ahead, diagnostics: Diagnostics::default() };
    let mut all: Vec<Declared> = Vec::new();
    for (declared, diagnostics) in parts {
        if all.is_empty() {
            all = declared;
        } else {
            all.extend(declared);
        }
        say.diagnostics.append(diagnostics);
    }
    let mut labels: FxHashSet<Str> = FxHashSet::with_capacity_and_hasher(all.len(), Default::default());
    let mut named: FxHashMap<&Str, Origin> = FxHashMap::with_capacity_and_hasher(all.len(), Default::default());
    for Declared { label, namespace: Namespace { name, .. }, .. } in &all {
        if let Some(first) = named.get(&name.value) {
            let d = Diagnostic::error(codes::COLLISION, format!("two namespaces are named `{}`", name.value))
                .at(say.span(name.origin), "named again here")
                .at(say.span(*first), "named first here");
            say.diagnostics.push(d.help("give one another name"));
        }
        named.entry(&name.value).or_insert(name.origin);
        labels.insert(label.clone());
    }
    // An app that names no namespace has one of its own name.
    all.reserve_exact(top.apps.len().saturating_sub(all.len()));
    for app in &top.apps {
        let within = app.layers.iter().find_map(|(b, ..)| b.within.as_deref());
        let label = within.map_or_else(|| app.label.value.clone(), |(n, _)| n.clone());
        if !labels.insert(label.clone()) {
            continue;
        }
        if let Some((name, at)) = within {
            let known: Vec<&str> = all.iter().map(|d| &*d.label).collect();
            let mut d = Diagnostic::error(codes::UNDECLARED, format!("no namespace `{name}` is declared")).at(*at, "not declared");
            d = match crate::check::suggest::nearest(name, known.iter().copied()) {
                Some(near) => d.fix(format!("write `{near}`"), *at, near),
                None => d.help(format!(
                    "declare it, `namespace {name} {{}}`, or as somebody else's: `namespace {name} {{ managed = external }}`"
                )),
            };
            say.diagnostics.push(d);
        }
        let name = At::new(label.clone(), app.label.origin);
        // An app's own name was refused where it stands.
        if within.is_some() || names::label(&name.value).is_ok() {
            refuse_name(&name, &mut say);
        }
        let mut labels_of_the_mesh = Vec::new();
        injected(&target, &mut labels_of_the_mesh);
        all.push(Declared {
            label,
            namespace: Namespace {
                name,
                managed: within.is_none(),
                security: At::default_of(Str::new_static("restricted")),
                quota: Vec::new(),
                limits: None,
                labels: labels_of_the_mesh,
                annotations: Vec::new(),
                rules: None,
                origin: app.label.origin,
            },
            default: None,
        });
    }
    let Say { diagnostics, .. } = say;
    evaluator.diagnostics.append(diagnostics);
    (target, all)
}

/// Where messages about namespaces go, and what knows their places.
struct Say<'e, 'p> {
    ahead: &'e Evaluator<'p>,
    diagnostics: Diagnostics,
}

impl Say<'_, '_> {
    fn span(&self, origin: Origin) -> Span {
        span(self.ahead, origin)
    }
}

/// A namespace of the program.
fn declared(node: &Node, target: &Target, say: &mut Say<'_, '_>) -> Option<Declared> {
    let n = blocks::Namespace::decode(node);
    let label = n.label.clone()?;
    let name = n.name.clone().unwrap_or_else(|| label.clone());
    refuse_name(&name, say);
    let security = n.security.as_ref().map_or(At::default_of(Security::Restricted), Clone::clone);
    refuse_labels(&n, say);
    let mut own_labels: Vec<(Str, At<Str>)> =
        n.labels.as_ref().map(|m| m.value.0.iter().map(|(k, v)| (k.value.clone(), v.clone())).collect()).unwrap_or_default();
    let annotations =
        n.annotations.as_ref().map(|m| m.value.0.iter().map(|(k, v)| (k.value.clone(), v.clone())).collect()).unwrap_or_default();
    let alerts = monitoring::sound(node);
    let asked = Asked { alerts: &alerts, records: &n.record, slos: &[] };
    let mut remarks = Vec::new();
    let rules = monitoring::rules(&asked, &Place::of_namespace(&name, n.origin), target.monitoring.as_deref(), &mut remarks);
    for remark in remarks {
        let at = say.span(remark.origin);
        say.diagnostics.push(remark.diagnostic.at(at, remark.label));
    }
    injected(target, &mut own_labels);
    Some(Declared {
        label: label.value,
        namespace: Namespace {
            name,
            managed: !matches!(n.managed.as_ref().map(|m| &m.value), Some(Managed::External)),
            security: security.map(|s| s.word().into()),
            quota: n.quota.as_deref().map(|q| quota(q, say)).unwrap_or_default(),
            limits: limits(n.default.as_deref(), n.bounds.as_deref(), say),
            labels: own_labels,
            annotations,
            rules,
            origin: n.origin,
        },
        default: n.default,
    })
}

/// Asks for a proxy in each pod of a namespace, unless its labels say already by which revision of the mesh. Where Istio is the way in alone,
/// it is told that it stops at the gateway: some meshes put proxies everywhere else.
fn injected(target: &Target, labels: &mut Vec<(Str, At<Str>)>) {
    let (label, word) = match (&target.mesh, &target.ingress) {
        (Mesh::Istio, _) => ("istio-injection", "enabled"),
        (Mesh::Ambient, _) => ("istio.io/dataplane-mode", "ambient"),
        (Mesh::None, IngressKind::Istio) => ("istio-injection", "disabled"),
        _ => return,
    };
    if !labels.iter().any(|(k, _)| matches!(&**k, "istio-injection" | "istio.io/rev" | "istio.io/dataplane-mode")) {
        labels.push((label.into(), At::default_of(word.into())));
    }
}

/// The namespaces that an app stands in, or that the program declares.
pub fn used(all: Vec<Declared>, apps: &[App]) -> Vec<Namespace> {
    let stood_in: FxHashSet<&Str> = apps.iter().map(|a| &a.namespace.value).collect();
    all.into_iter().map(|d| d.namespace).filter(|n| n.managed || stood_in.contains(&n.name.value)).collect()
}

fn refuse_name(name: &At<Str>, say: &mut Say<'_, '_>) {
    let at = say.span(name.origin);
    if let Err(e) = names::label(&name.value) {
        let mut d = Diagnostic::error(codes::BAD_NAME, e.message.trim_end_matches('.').to_string()).at(at, "the name of a namespace");
        if let Some(s) = e.suggestion {
            d = d.help(format!("for example `{s}`"));
        }
        say.diagnostics.push(d);
    } else if matches!(&*name.value, "default" | "kube-system" | "kube-public" | "kube-node-lease") {
        // Check 87: these belong to the cluster.
        let d = Diagnostic::error(codes::SENSELESS, format!("namespace `{}` belongs to the cluster", name.value))
            .at(at, "taken")
            .help("choose a name of your own");
        say.diagnostics.push(d);
    }
}

/// Labels and annotations that the server refuses, or that are written from something else.
fn refuse_labels(n: &blocks::Namespace, say: &mut Say<'_, '_>) {
    for (map, annotations) in [(&n.labels, false), (&n.annotations, true)] {
        for (key, value) in map.iter().flat_map(|m| &m.value.0) {
            if let Some(fault) = label_fault(key, value, annotations) {
                let mut d = Diagnostic::error(fault.code, fault.title).at(say.span(fault.origin), fault.label);
                if let Some(help) = fault.help {
                    d = d.help(help);
                }
                say.diagnostics.push(d);
            }
            let own = match &*key.value {
                _ if annotations => None,
                "kubernetes.io/metadata.name" | "app.kubernetes.io/managed-by" => Some("leave it out"),
                key if key.starts_with("pod-security.kubernetes.io/") => Some("say the standard by its word: `security = baseline`"),
                _ => None,
            };
            if let Some(help) = own {
                let d = Diagnostic::error(codes::SENSELESS, format!("`{}` is not the program's to set", key.value));
                say.diagnostics.push(d.at(say.span(key.origin), "set already").help(help));
            }
        }
    }
}

fn target(said: Option<&blocks::Target>, cluster: Option<&At<Version>>, setting: &Setting<'_>, evaluator: &mut Evaluator<'_>) -> Target {
    let mut target = Target::default();
    let (version, at) = match (setting.kubernetes, said.and_then(|t| t.kubernetes.as_ref()).or(cluster)) {
        (Some(text), _) => match Version::parse(text) {
            Ok(v) => (v, None),
            Err(e) => {
                evaluator.diagnostics.push(
                    Diagnostic::error(codes::TOO_OLD, format!("`--kubernetes {text}`: {}", e.message.trim_end_matches('.')))
                        .help("give a minor version: `--kubernetes 1.34`"),
                );
                (target.kubernetes, None)
            }
        },
        (None, Some(v)) => (v.value, Some(v.origin)),
        (None, None) => (target.kubernetes, None),
    };
    if version.major != 1 || !MINORS.contains(&version.minor) {
        let mut d =
            Diagnostic::error(codes::TOO_OLD, format!("Kubernetes {version} is not among the versions that objects can be written for"));
        d = match at {
            Some(at) => d.at(span(evaluator, at), "1.33 to 1.37"),
            None => d.why("It was given by `--kubernetes`."),
        };
        evaluator.diagnostics.push(d.help("the versions are 1.33, 1.34, 1.35, 1.36 and 1.37"));
    } else {
        target.kubernetes = version;
    }
    if let Some(t) = said {
        let not_built = [t.rollouts.as_ref().filter(|v| v.value == Rollouts::Native).map(|v| ("rollouts", v.value.word(), v.origin))];
        for (name, word, origin) in not_built.into_iter().flatten() {
            let d = Diagnostic::error(codes::NOT_BUILT, format!("`{name} = {word}` is not built yet"))
                .at(span(evaluator, origin), "of a later version")
                .help(format!("for now only `{name} = none` can be written"));
            evaluator.diagnostics.push(d);
        }
        target.rollouts = t.rollouts.as_ref().map_or(Rollouts::None, |r| r.value.clone());
        target.monitoring = monitoring(t, evaluator);
        target.mesh = t.mesh.as_ref().map_or(Mesh::None, |m| m.value.clone());
        target.ingress = t.ingress.as_ref().map_or(IngressKind::None, |i| i.value.clone());
        if let Some(domain) = t.dns.as_deref().and_then(|d| d.domain.as_ref()) {
            target.domain = domain.value.clone();
        }
        control(t, &mut target, evaluator);
        gateway(t, &mut target, evaluator);
        keda(t, &mut target, evaluator);
        target.api_server = t.api_server.as_ref().map(|c| c.value);
        if let Some(p) = t.api_server_port.as_ref() {
            match names::port_number(p.value) {
                Ok(n) => target.api_server_port = n,
                Err(e) => {
                    let d = Diagnostic::error(codes::BAD_LITERAL, e.message.trim_end_matches('.').to_string())
                        .at(span(evaluator, p.origin), "the API server's port");
                    evaluator.diagnostics.push(d);
                }
            }
        }
        if let Some(p) = t.dns.as_deref().and_then(|d| d.port.as_ref()) {
            match names::port_number(p.value) {
                Ok(n) => target.dns_ports = vec![n],
                Err(e) => {
                    let d = Diagnostic::error(codes::BAD_LITERAL, e.message.trim_end_matches('.').to_string())
                        .at(span(evaluator, p.origin), "the port of DNS");
                    evaluator.diagnostics.push(d);
                }
            }
        }
    }
    target.dns = dns_peers(said.and_then(|t| t.dns.as_deref()));
    target
}

/// The monitoring stack and where it is.
fn monitoring(t: &blocks::Target, evaluator: &mut Evaluator<'_>) -> Option<Arc<model::Monitoring>> {
    let stack = t.monitoring_stack.as_deref();
    if t.monitoring.as_ref().is_none_or(|m| m.value == Monitoring::None) {
        if let Some(stack) = stack {
            let d = Diagnostic::error(codes::MISSING, "this says where Prometheus is, and the target has no monitoring stack")
                .at(span(evaluator, stack.origin), "of which stack?")
                .help("say which: `monitoring = prometheus-operator`");
            evaluator.diagnostics.push(d);
        }
        return None;
    }
    let namespace: Str = stack.and_then(|s| s.namespace.as_ref()).map_or_else(|| "monitoring".into(), |n| n.value.clone());
    if let Some(said) = stack.and_then(|s| s.namespace.as_ref()) {
        refuse_label(said, "the namespace of Prometheus", evaluator);
    }
    let pods = stack
        .and_then(|s| s.pods.as_ref())
        .map_or_else(|| vec![("app.kubernetes.io/name".into(), "prometheus".into())], |p| labels_of(&p.value));
    let mut labels: Vec<(Str, At<Str>)> = Vec::new();
    for (key, value) in stack.and_then(|s| s.labels.as_ref()).iter().flat_map(|m| &m.value.0) {
        let fault = names::label_key(&key.value)
            .map_err(|e| (e, key.origin))
            .and_then(|()| names::label_value(&value.value).map_err(|e| (e, value.origin)));
        match fault {
            Ok(()) => labels.push((key.value.clone(), value.clone())),
            Err((e, origin)) => {
                let d = Diagnostic::error(codes::BAD_NAME, e.message.trim_end_matches('.').to_string());
                evaluator.diagnostics.push(d.at(span(evaluator, origin), "a label of monitors and rules"));
            }
        }
    }
    labels.sort_by(|a, b| a.0.cmp(&b.0));
    let address = stack
        .and_then(|s| s.address.clone())
        .unwrap_or_else(|| At::default_of(format!("http://prometheus-operated.{namespace}.svc:9090").into()));
    if !address.value.starts_with("http://") && !address.value.starts_with("https://") {
        let d = Diagnostic::error(codes::BAD_LITERAL, format!("`{}` is no URL", address.value))
            .at(span(evaluator, address.origin), "the address of Prometheus' query API")
            .help("begin with the scheme: `http://prometheus.monitoring.svc:9090`");
        evaluator.diagnostics.push(d);
    }
    let interval =
        stack.and_then(|s| s.interval.clone()).unwrap_or_else(|| At::default_of(Duration::from_seconds(30).unwrap_or(Duration::ZERO)));
    let pods = Peer::Selected { namespace: vec![(NAMESPACE_NAME.into(), namespace)], pods };
    Some(Arc::new(model::Monitoring { pods, labels, address, interval }))
}

/// Where KEDA's operator is.
fn keda(t: &blocks::Target, target: &mut Target, evaluator: &mut Evaluator<'_>) {
    let Some(k) = t.keda.as_deref() else { return };
    if let Some(namespace) = &k.namespace {
        refuse_label(namespace, "the namespace of KEDA", evaluator);
    }
    let namespace = k.namespace.as_ref().map_or_else(|| "keda".into(), |n| n.value.clone());
    let pods = k.pods.as_ref().map_or_else(|| vec![("app".into(), "keda-operator".into())], |p| labels_of(&p.value));
    target.keda = model::named_pods(&namespace, pods);
}

/// The mesh's control plane, and what its proxies take.
fn control(t: &blocks::Target, target: &mut Target, evaluator: &mut Evaluator<'_>) {
    let Some(p) = t.proxy.as_deref() else { return };
    if target.mesh == Mesh::None {
        let d = Diagnostic::error(codes::NO_EFFECT, "`proxy` describes a mesh, and there is none")
            .at(span(evaluator, p.origin), "whose proxies?")
            .help("say which mesh the cluster has: `mesh = istio`; or take `proxy` away");
        evaluator.diagnostics.push(d);
    }
    let control = &mut target.control;
    if let Some(namespace) = &p.namespace {
        refuse_label(namespace, "the namespace of the control plane", evaluator);
        control.namespace = namespace.value.clone();
    }
    if let Some(pods) = &p.pods {
        control.pods = labels_of(&pods.value);
    }
    if let Some(cpu) = &p.cpu {
        control.cpu = (cpu.value.min.value, cpu.value.max.value);
    }
    if let Some(memory) = &p.memory {
        control.memory = (memory.value.min.value, memory.value.max.value);
    }
}

/// The gateway that requests come in at.
fn gateway(t: &blocks::Target, target: &mut Target, evaluator: &mut Evaluator<'_>) {
    match target.ingress {
        IngressKind::Nginx => {
            if let Some(said) = &t.ingress {
                let d = Diagnostic::note_of(codes::PLATFORM, "ingress-nginx is retired: since March 2026 nobody mends it")
                    .at(span(evaluator, said.origin), "the controller behind it");
                evaluator.diagnostics.push(d.help("the Gateway API took its place: `ingress = gateway-api`"));
            }
            let pods = [("app.kubernetes.io/name", "ingress-nginx"), ("app.kubernetes.io/component", "controller")];
            target.gateway = Doorway {
                namespace: "ingress-nginx".into(),
                pods: pods.map(|(k, v)| (k.into(), v.into())).into(),
                account: None,
                class: "nginx".into(),
            };
        }
        IngressKind::GatewayApi => target.gateway.pods = Vec::new(),
        IngressKind::Istio | IngressKind::None => {}
    }
    let Some(g) = t.gateway.as_deref() else { return };
    if target.ingress == IngressKind::None {
        let d = Diagnostic::error(codes::NO_EFFECT, "`gateway` describes an ingress, and there is none")
            .at(span(evaluator, g.origin), "whose gateway?")
            .help("say which ingress the cluster has: `ingress = istio`; or take `gateway` away");
        evaluator.diagnostics.push(d);
    }
    if let Some(namespace) = &g.namespace {
        refuse_label(namespace, "the namespace of the gateway", evaluator);
        target.gateway.namespace = namespace.value.clone();
    }
    if let Some(pods) = &g.pods {
        target.gateway.pods = labels_of(&pods.value);
    }
    if let Some(account) = &g.account {
        if let Err(e) = names::subdomain(&account.value) {
            let d = Diagnostic::error(codes::BAD_NAME, e.message.trim_end_matches('.').to_string());
            evaluator.diagnostics.push(d.at(span(evaluator, account.origin), "the name of a service account"));
        }
        target.gateway.account = Some(account.value.clone());
    }
    if let Some(class) = &g.class {
        if target.ingress == IngressKind::Istio {
            let d = Diagnostic::error(codes::NO_EFFECT, "Istio's own Gateway has no class")
                .at(span(evaluator, class.origin), "of a GatewayClass or an IngressClass")
                .help("its pods are named by `pods = { istio = \"ingressgateway\" }`");
            evaluator.diagnostics.push(d);
        }
        target.gateway.class = class.value.clone();
    }
}

fn refuse_label(name: &At<Str>, what: &str, evaluator: &mut Evaluator<'_>) {
    if let Err(e) = names::label(&name.value) {
        let mut d = Diagnostic::error(codes::BAD_NAME, e.message.trim_end_matches('.').to_string()).at(span(evaluator, name.origin), what);
        if let Some(s) = e.suggestion {
            d = d.help(format!("write `{s}`"));
        }
        evaluator.diagnostics.push(d);
    }
}

fn amount<T: Written>(out: &mut Vec<(Str, At<Str>)>, name: &'static str, value: &At<T>) {
    out.push((Str::new_static(name), value.map(text_of)));
}

fn quota(q: &blocks::Quota, say: &mut Say<'_, '_>) -> Vec<(Str, At<Str>)> {
    let mut hard = Vec::new();
    if let Some(r) = &q.cpu {
        amount(&mut hard, "requests.cpu", &r.value.min);
        amount(&mut hard, "limits.cpu", &r.value.max);
    }
    let ephemeral = ("requests.ephemeral-storage", "limits.ephemeral-storage", &q.ephemeral);
    for (request, limit, r) in [("requests.memory", "limits.memory", &q.memory), ephemeral] {
        if let Some(r) = r {
            amount(&mut hard, request, &r.value.min);
            amount(&mut hard, limit, &r.value.max);
        }
    }
    if let Some(s) = &q.storage {
        amount(&mut hard, "requests.storage", s);
    }
    let counts = [
        ("pods", &q.pods),
        ("services", &q.services),
        ("persistentvolumeclaims", &q.volumes),
        ("secrets", &q.secrets),
        ("configmaps", &q.configmaps),
    ];
    for (name, n) in counts {
        if let Some(n) = n {
            if n.value < 0 {
                let d = Diagnostic::error(codes::SENSELESS, format!("a quota cannot be {}", n.value)).at(say.span(n.origin), "at least 0");
                say.diagnostics.push(d);
            }
            amount(&mut hard, name, n);
        }
    }
    hard.sort_by(|a, b| a.0.cmp(&b.0));
    hard
}

fn limits(default: Option<&blocks::LimitDefault>, bounds: Option<&blocks::LimitBounds>, say: &mut Say<'_, '_>) -> Option<LimitRange> {
    let mut l = LimitRange { origin: default.map(|d| d.origin).or(bounds.map(|b| b.origin))?, ..LimitRange::default() };
    macro_rules! each {
        ($from:expr, $low:ident, $high:ident) => {
            if let Some(r) = &$from.cpu {
                amount(&mut l.$low, "cpu", &r.value.min);
                amount(&mut l.$high, "cpu", &r.value.max);
            }
            for (name, r) in [("ephemeral-storage", &$from.ephemeral), ("memory", &$from.memory)] {
                if let Some(r) = r {
                    amount(&mut l.$low, name, &r.value.min);
                    amount(&mut l.$high, name, &r.value.max);
                }
            }
        };
    }
    if let Some(d) = default {
        each!(d, default_request, default);
    }
    if let Some(b) = bounds {
        each!(b, min, max);
    }
    // Q1: min ≤ defaultRequest ≤ default ≤ max.
    if let (Some(d), Some(b)) = (default, bounds) {
        within("CPU", d.cpu.as_ref(), b.cpu.as_ref(), say);
        within("memory", d.memory.as_ref(), b.memory.as_ref(), say);
        within("local storage", d.ephemeral.as_ref(), b.ephemeral.as_ref(), say);
    }
    Some(l)
}

fn within<T: Ord + Copy + std::fmt::Display>(
    what: &str,
    default: Option<&At<Range<T>>>,
    bounds: Option<&At<Range<T>>>,
    say: &mut Say<'_, '_>,
) {
    let (Some(d), Some(b)) = (default, bounds) else { return };
    if d.value.min.value < b.value.min.value || d.value.max.value > b.value.max.value {
        let m = Diagnostic::error(
            codes::OUT_OF_BOUNDS,
            format!(
                "the default {what} of {}..{} is outside the bounds {}..{}",
                d.value.min.value, d.value.max.value, b.value.min.value, b.value.max.value
            ),
        )
        .at(say.span(d.origin), "the default")
        .at(say.span(b.origin), "the bounds");
        say.diagnostics.push(m.help("make one fit the other"));
    }
}
