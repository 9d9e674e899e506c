//! A tier, job, cron or daemon, from its block to its workload.

use super::container::{Role, writable_paths};
use super::hosts::Exposure;
use super::lower::{Lower, Uses, text_of};
use super::model::{
    Account, AffinityTerm, At, Claim, Container, ContainerPort, Controller, Dns, End, IngressKind, Job, Mesh, Mount, Peer, Pod, Protocol,
    Rule, Service, ServicePort, Spread, Str, Toleration, Volume, VolumeSource, Workload as Plan,
};
use super::monitoring::{Asked, Place};
use super::traffic::Traffic;
use crate::diagnostic::{Diagnostic, codes};
use crate::tape::Origin;
use crate::units::names;
use crate::vocabulary::blocks::{self, LimitDefault, Workload};
use crate::vocabulary::value::{Node, TierRef};
use crate::vocabulary::words::{
    Access, Connection, DnsPolicy, Effect, Overlap, PortKind, PortSpec, Restart, ServiceKind, SessionAffinity, Topology, Verb, VolumeSpec,
};
use crate::vocabulary::{Block as _, Map, Object};
use std::sync::Arc;

/// A planned workload, and what it connects to.
pub struct Lowered {
    /// The workload, without its flows.
    pub workload: Plan,
    /// Its place in the index.
    pub tier: TierRef,
    /// Its pods, as connections name them.
    pub end: Arc<End>,
    /// The ports that it reaches.
    pub uses: Uses,
    /// The ports that KEDA asks for it.
    pub watched: Uses,
    /// Ports open to others than tiers of the program: port, what opened it, and to whom.
    pub openings: Openings,
    /// The hosts that it is exposed at.
    pub exposures: Vec<Exposure>,
    /// How its requests and connections are treated.
    pub traffic: Traffic,
    /// Does it speak to the API server?
    pub api: bool,
    /// The port that Prometheus reads, and what says so.
    pub scraped: Option<(u16, Origin)>,
}

/// Open ports: number, what opened each, and to whom.
pub type Openings = Vec<(u16, Protocol, Origin, Opening)>;

/// To whom a port is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// To every pod of the cluster.
    Cluster,
    /// To every pod of the cluster and to addresses outside it.
    Outside,
    /// To the gateway of the target.
    Gateway,
    /// To KEDA's operator.
    Keda,
}

/// The number, the Service's number and the protocol of a port.
pub fn port_of(label: &str, spec: &PortSpec) -> (i64, Option<i64>, Protocol, Option<&'static str>) {
    let (by_label, spoken) = super::index::protocol_of_label(label);
    match spec {
        PortSpec::Number(n) => (*n, None, by_label, spoken),
        PortSpec::Kind(kind) => {
            let (number, service, protocol, application) = match kind {
                PortKind::Http { number, service } => (number, service, Protocol::Tcp, Some("http")),
                PortKind::Https { number, service } => (number, service, Protocol::Tcp, Some("https")),
                PortKind::Grpc { number, service } => (number, service, Protocol::Tcp, Some("grpc")),
                PortKind::Tcp { number, service } => {
                    (number, service, Protocol::Tcp, spoken.filter(|s| !matches!(*s, "http" | "https" | "grpc")))
                }
                PortKind::Udp { number, service } => (number, service, Protocol::Udp, None),
                PortKind::Sctp { number, service } => (number, service, Protocol::Sctp, None),
            };
            (number.value, service.as_ref().map(|s| s.value), protocol, application)
        }
    }
}

impl<'a> Lower<'a> {
    /// A workload of a node. `None` where it was refused.
    pub fn workload(&mut self, node: &Node, block: &Workload, tier: TierRef, defaults: Option<&LimitDefault>) -> Option<Lowered> {
        let label = node.label.clone()?;
        let entry = self.index.tier(tier)?;
        let object: Str = entry.object.clone();
        let kind = node.info.name;
        let mut uses: Uses = Vec::new();
        let mut volumes: Vec<Volume> = Vec::with_capacity(writable_paths(block) + block.volume.0.len());
        let own_ports: Vec<ContainerPort> = self.container_ports(block);
        let role = if matches!(kind, "tier" | "daemon") { Role::Serving } else { Role::Running };

        let main_name = label.clone();
        let mut main = self.container(block, node, &main_name, role, &own_ports, defaults, &mut volumes, &mut uses);
        let mut claims = Vec::with_capacity(block.volume.0.len());
        for (name, spec) in block.volume.iter() {
            if let Some(c) = &mut main {
                self.volume(name, spec, c, &mut volumes, &mut claims, &mut uses);
            }
        }
        let mut init = Vec::new();
        let mut names_seen: Vec<At<Str>> = vec![main_name.clone()];
        let second = |l: &mut Self,
                      b: &Workload,
                      role: Role,
                      volumes: &mut Vec<Volume>,
                      uses: &mut Uses,
                      names_seen: &mut Vec<At<Str>>|
         -> Option<Container> {
            let inner = node.children.iter().map(|(_, c)| c).find(|c| c.origin == b.origin)?;
            let name = inner.label.clone()?;
            if let Some(other) = names_seen.iter().find(|n| n.value == name.value) {
                let first = other.origin;
                let d = l.error(
                    codes::COLLISION,
                    format!("two containers of one pod are named `{}`", name.value),
                    name.origin,
                    "named again here",
                );
                let d = l.place(d, first, "named first here");
                l.push(d);
                return None;
            }
            names_seen.push(name.clone());
            let ports = l.container_ports(b);
            let mut c = l.container(b, inner, &name, role, &ports, defaults, volumes, uses)?;
            for (volume, path) in b.mount.iter() {
                let known = block.volume.iter().any(|(n, _)| n.value == volume.value);
                if !known {
                    let all: Vec<&str> = block.volume.iter().map(|(n, _)| &*n.value).collect();
                    let d = l
                        .error(
                            codes::UNDECLARED,
                            format!("`{}` has no volume `{}`", label.value, volume.value),
                            volume.origin,
                            "no such volume",
                        )
                        .help(format!("its volumes are {}", crate::check::suggest::list(all, "and")));
                    l.push(d);
                    continue;
                }
                l.mount(&mut c, Mount { volume: volume.value.clone(), path: path.map(|p| p.as_str().into()), read_only: false });
            }
            Some(c)
        };
        for b in &block.init {
            init.extend(second(self, &b.0, Role::Init, &mut volumes, &mut uses, &mut names_seen));
        }
        for b in &block.container {
            init.extend(second(self, &b.0, Role::Sidecar, &mut volumes, &mut uses, &mut names_seen));
        }
        let mut main = main?;
        let super::tracing::Traced { telemetry, instrumentation } = self.trace(block, node, &mut main, &mut uses).unwrap_or_default();
        for c in block.connects.iter().flat_map(|c| &c.value) {
            match &c.value {
                Connection::Port(p) => uses.push((*p, c.origin)),
                Connection::Tier(t) => {
                    let ports = self.index.tier(*t).map_or(0, |t| t.ports.len());
                    // That an external has none is said of the external.
                    if ports == 0 && self.index.tier(*t).is_some_and(|t| !t.external) {
                        let name = self.index.tier(*t).map_or("", |t| &t.name).to_string();
                        let d = self
                            .error(codes::CONNECTION, format!("`{name}` has no port to connect to"), c.origin, "listens on nothing")
                            .help("give it one: `port http = 8080`");
                        self.push(d);
                    }
                    uses.extend((0..ports as u32).map(|port| (crate::vocabulary::value::PortRef { tier: *t, port }, c.origin)));
                }
            }
        }

        self.host_without_connection(&uses, tier);
        let count = self.count(block);
        let stateful = kind == "tier" && (!claims.is_empty() || block.identity.is_some());
        let released = matches!(block.rollout, Some(blocks::Rollout::Canary(_) | blocks::Rollout::BlueGreen(_)));
        // The Services of a release have the name with `-preview` behind it at the longest.
        let longest = if stateful || kind == "cron" { 52 } else { 63 - if released { "-preview".len() } else { 0 } };
        // The controllers put suffixes behind these names, and the result is a label's value (C11, C6 and finding 7 of the rules).
        let whose = if stateful {
            "StatefulSet"
        } else if kind == "cron" {
            "CronJob"
        } else if !own_ports.is_empty() {
            "Service"
        } else {
            "workload"
        };
        if names::label(&label.value).is_err() {
            // A name that is no label was refused where it stands.
            self.refused = true;
        } else if let Err(e) = names::label_within(&object, longest, whose) {
            let mut d = self.error(
                codes::OBJECT_NAME,
                e.message.trim_end_matches('.').to_string(),
                label.origin,
                format!("its objects are named `{object}`"),
            );
            if let Some(s) = e.suggestion.filter(|_| self.prefix.is_empty()) {
                d = d.help(format!("for example `{s}`"));
            }
            self.push(d);
        } else if !own_ports.is_empty()
            && let Err(e) = names::label_1035(&object)
        {
            let d = self.error(codes::OBJECT_NAME, e.message.trim_end_matches('.').to_string(), label.origin, "the name of its Service");
            self.push(d);
        }
        let mut watched = Uses::new();
        let autoscaler = if kind == "tier" { self.autoscaler(block, &count, &main, &mut watched) } else { None };
        let replicas = (!count.scaled).then(|| count.least.clone());
        let history = At::default_of(10);
        let (strategy, min_ready, progress_deadline) = self.strategy(block);
        let mut analyses = Vec::new();
        let member = self.is_member(node);
        let release = self.release(block, kind, stateful, member, &count, &object, &own_ports, &mut analyses);
        let mut restart: At<Str> = At::default_of("Always".into());
        let controller = match kind {
            "tier" if stateful => Controller::StatefulSet {
                replicas,
                retention: (!claims.is_empty()).then(|| ("Retain".into(), "Retain".into())),
                claims,
                pod_management: At::default_of("OrderedReady".into()),
                headless: format!("{object}-headless").into(),
                min_ready,
                history,
            },
            "tier" if release.is_some() => {
                let (release, min_ready, progress_deadline) = release?;
                Controller::Rollout { replicas, release: Box::new(release), min_ready, progress_deadline, history }
            }
            "tier" => Controller::Deployment { replicas, strategy, min_ready, progress_deadline, history },
            "daemon" => {
                let max_unavailable = match &strategy {
                    super::model::Strategy::Rolling { unavailable, origin, .. }
                        if *origin != Origin::NONE && unavailable.origin != Origin::NONE =>
                    {
                        unavailable.clone()
                    }
                    _ => At::default_of(super::model::IntOrPercent::Int(1)),
                };
                Controller::DaemonSet { max_unavailable, min_ready, history }
            }
            _ => {
                let job = self.job(block, kind == "job");
                restart = job.restart.clone();
                if kind == "cron" { self.cron(block, node, job)? } else { Controller::Job(job) }
            }
        };
        if !matches!(kind, "tier")
            && !block.volume.0.is_empty()
            && block.volume.iter().any(|(_, v)| matches!(v.value, VolumeSpec::Claim { .. }))
        {
            let at = block.volume.iter().find(|(_, v)| matches!(v.value, VolumeSpec::Claim { .. })).map_or(node.origin, |(_, v)| v.origin);
            let d = self
                .error(codes::SENSELESS, format!("a {kind} has no replicas to claim a volume each"), at, "a claim for each replica")
                .help("name one that exists: `existing(\"/data\", \"claim-name\")`");
            self.push(d);
        }
        self.inert_rollout(block, &controller, node);
        let autosize = self.autosize(block, autoscaler.as_ref(), &main);
        let budget = if kind == "tier" { self.budget(block, &count) } else { None };
        let (permissions, api) = self.permissions(block, node);
        let token = block.token.clone().unwrap_or(At::default_of(api));
        let version = image_version(block);
        let (openings, exposures) = self.exposed(block, &own_ports, tier);
        if member {
            self.check_member(block);
        }
        let traffic = self.traffic(block, node, tier, member);
        let ports_for_service: Vec<ContainerPort> =
            own_ports.iter().cloned().chain(init.iter().filter(|c| c.restart_always).flat_map(|c| c.ports.clone())).collect();
        let service = self.service(block, node, tier, &ports_for_service);
        let merged = member && self.target.mesh == Mesh::Istio;
        // A StatefulSet has a headless Service besides, a release one for each side: a pod behind two would be read twice.
        let one = !stateful && !released && !merged;
        let monitor = self.monitor(block, &object, service.as_ref(), one, &ports_for_service, merged);
        let scraped = monitor.as_ref().map(|m| (m.number, m.origin));
        let rules = self.rules(
            &Asked { alerts: &block.alert, records: &block.record, slos: &block.slo },
            &Place::of_tier(&label, &object, self.app_name(), self.namespace(), block.monitor.as_deref(), self.target, node.origin),
        );
        let labels = self.labels(block.labels.as_ref(), false);
        let annotations = self.labels(block.annotations.as_ref(), true);
        let runs_as_root = block.user.as_ref().is_some_and(|u| u.value == 0);
        if let Some(u) = &block.user {
            self.user(u, node);
        }
        let mut of_pods = annotations.clone();
        if let Some(instrumentation) = &instrumentation {
            let key = format!("{}{}", super::model::Instrumentation::ANNOTATION, instrumentation.language.value);
            of_pods.push((key.into(), At::new(object.clone(), instrumentation.language.origin)));
        }
        if let Some(monitor) = monitor.as_ref().filter(|m| m.merged) {
            Self::merge_metrics(monitor, &ports_for_service, &mut of_pods);
        }
        let pod = Pod {
            labels: Vec::new(),
            annotations: of_pods,
            token: token.clone(),
            run_as_non_root: At::default_of(!runs_as_root),
            user: Some(block.user.clone().unwrap_or(At::default_of(10001))),
            group: Some(block.group.clone().unwrap_or(At::default_of(10001))),
            fs_group: Some(block.fs_group.clone().unwrap_or(At::default_of(10001))),
            grace: self.grace(block, &main),
            priority: self.named(block.priority.as_ref(), "a priority class"),
            pull_secrets: self.pull_secrets(block),
            node_selector: self.labels(block.node.as_ref(), false),
            tolerations: self.tolerations(block),
            spread: self.spread(block, kind, &controller),
            affinity: self.affinity(block, kind, &object, count.most.value),
            node_affinity: Vec::new(),
            dns: self.dns(block).map(Box::new),
            restart,
            host_network: self.allows(node, "host-network").then(|| At::default_of(true)),
            containers: vec![main],
            init,
            volumes,
        };
        let account = match &block.account {
            Some(a) => {
                if let Err(e) = names::subdomain(&a.value) {
                    let d =
                        self.error(codes::BAD_NAME, e.message.trim_end_matches('.').to_string(), a.origin, "the name of a service account");
                    self.push(d);
                }
                Account { name: a.clone(), create: true }
            }
            None => Account { name: At::new(object.clone(), label.origin), create: true },
        };
        let workload = Plan {
            name: label.value.clone(),
            object: At::new(object, label.origin),
            variant: None,
            controller,
            labels,
            annotations,
            version,
            pod,
            account,
            permissions,
            service,
            ingress: Vec::new(),
            egress: Vec::new(),
            mesh: member.then(Box::default),
            destination: traffic.policy.clone(),
            autoscaler: autoscaler.map(Box::new),
            analyses,
            autosize: autosize.map(Box::new),
            budget,
            monitor: monitor.map(Box::new),
            telemetry: telemetry.map(Box::new),
            instrumentation: instrumentation.map(Box::new),
            rules: rules.map(Box::new),
            origin: node.origin,
        };
        let end = Arc::new(End::Workload { namespace: self.namespace(), instance: workload.object.value.clone() });
        Some(Lowered { workload, tier, end, uses, watched, openings, exposures, traffic, api: api || token.value, scraped })
    }

    /// The name of an object that exists in the cluster, where Kubernetes would take it.
    pub(super) fn named(&mut self, name: Option<&At<Str>>, whose: &str) -> Option<At<Str>> {
        let name = name?;
        match names::subdomain(&name.value) {
            Ok(()) => Some(name.clone()),
            Err(e) => {
                let d =
                    self.error(codes::BAD_NAME, e.message.trim_end_matches('.').to_string(), name.origin, format!("the name of {whose}"));
                self.push(d);
                None
            }
        }
    }

    /// A host that is told and never connected to: the pods would know a name that no policy lets them reach.
    fn host_without_connection(&mut self, uses: &Uses, own: TierRef) {
        use crate::vocabulary::value::PortRef;
        let mut told: Vec<TierRef> = Vec::new();
        for (host, origin) in uses.iter().filter(|(p, _)| p.port == PortRef::HOST && p.tier != own) {
            if told.contains(&host.tier) || uses.iter().any(|(p, _)| p.tier == host.tier && p.port != PortRef::HOST) {
                continue;
            }
            told.push(host.tier);
            let Some(entry) = self.index.tier(host.tier) else { continue };
            let (name, port) = (entry.name.clone(), entry.ports.first().map(|p| p.name.clone()));
            let mut d = self.place(
                Diagnostic::warning(codes::CONNECTION, format!("`{name}` is named by its host, and nothing connects to it")),
                *origin,
                "a host is no connection",
            );
            if let Some(port) = port {
                d = d.help(format!("read a port, `{name}.{port}.address`, or say that it connects: `connects = [{name}.{port}]`"));
            }
            self.push(d.why("The network policies open what is connected, by port; a name alone opens nothing."));
        }
    }

    fn grace(&mut self, block: &Workload, main: &Container) -> At<i64> {
        let grace = match &block.grace {
            Some(g) => self.seconds(g, 0, "the grace"),
            None => At::default_of(30),
        };
        // The hook runs within the grace, and what is left of it is the process's own (N10).
        if let Some(super::model::Action::Sleep(s)) = main.pre_stop.as_deref()
            && s.value >= grace.value
        {
            if s.origin == Origin::NONE {
                return grace;
            }
            let (at, pause) = (s.origin, s.value);
            let d = self
                .error(
                    codes::SENSELESS,
                    format!("the pause of {pause}s fills the whole grace of {}s", grace.value),
                    at,
                    "nothing is left for the process to end",
                )
                .help(format!("make `grace` longer: `grace = {}s`", pause + 30));
            self.push(d);
        }
        grace
    }

    /// The ports of a container, checked.
    fn container_ports(&mut self, block: &Workload) -> Vec<ContainerPort> {
        let mut ports: Vec<ContainerPort> = Vec::with_capacity(block.port.0.len());
        for (name, spec) in block.port.iter() {
            if let Err(e) = names::port_name(&name.value) {
                let mut d = self.error(codes::BAD_NAME, e.message.trim_end_matches('.').to_string(), name.origin, "the name of a port");
                if let Some(s) = e.suggestion {
                    d = d.help(format!("for example `{s}`"));
                }
                self.push(d);
                continue;
            }
            let (number, service, protocol, _) = port_of(&name.value, &spec.value);
            if let Some(Err(e)) = service.map(names::port_number) {
                let d = self.error(codes::BAD_LITERAL, e.message.trim_end_matches('.').to_string(), spec.origin, "the Service's port");
                self.push(d);
            }
            let number = match names::port_number(number) {
                Ok(n) => n,
                Err(e) => {
                    let d = self.error(codes::BAD_LITERAL, e.message.trim_end_matches('.').to_string(), spec.origin, "a port");
                    self.push(d);
                    continue;
                }
            };
            if let Some(other) = ports.iter().find(|p| p.number.value == number && p.protocol == protocol) {
                let (first, shown) = (other.name.origin, other.name.value.clone());
                let d = self.error(codes::SAID_TWICE, format!("two ports have the number {number}"), spec.origin, "taken already");
                let d = self.place(d, first, format!("port `{shown}` has it"));
                self.push(d);
                continue;
            }
            ports.push(ContainerPort { name: name.clone(), number: At::new(number, spec.origin), protocol });
        }
        ports
    }

    fn volume(
        &mut self,
        name: &At<Str>,
        spec: &At<VolumeSpec>,
        c: &mut Container,
        volumes: &mut Vec<Volume>,
        claims: &mut Vec<Claim>,
        uses: &mut Uses,
    ) {
        if let Err(e) = names::label(&name.value) {
            let d = self.error(codes::BAD_NAME, e.message.trim_end_matches('.').to_string(), name.origin, "the name of a volume");
            self.push(d);
            return;
        }
        let (source, path, read_only) = match &spec.value {
            VolumeSpec::Claim { at, size, class, access } => {
                let own = claim(name, name.clone(), size, class.as_ref(), access.as_ref());
                self.claim(&own);
                claims.push(own);
                self.mount(c, Mount { volume: name.value.clone(), path: at.map(|p| p.as_str().into()), read_only: false });
                return;
            }
            VolumeSpec::Mount { at, of, read_only } => {
                let Some(claim) = self.claims.iter().find(|c| c.label == of.value.0) else {
                    let known: Vec<String> = self.claims.iter().map(|c| c.label.to_string()).collect();
                    let d = self
                        .error(codes::UNDECLARED, format!("the app declares no volume `{}`", of.value.0), of.origin, "no such volume")
                        .help(match known.as_slice() {
                            [] => format!("declare it in the app: `volume {} = claim(size = 10Gi, access = read-write-many)`", of.value.0),
                            _ => format!("its volumes are {}", crate::check::suggest::list(known.iter().map(String::as_str), "and")),
                        });
                    self.push(d);
                    return;
                };
                let read_only = read_only.as_ref().is_some_and(|r| r.value);
                (VolumeSource::Claim { name: At::new(claim.name.value.clone(), of.origin), read_only }, at, read_only)
            }
            VolumeSpec::Existing { at, claim, read_only } => {
                let read_only = read_only.as_ref().is_some_and(|r| r.value);
                self.named(Some(claim), "a claim");
                self.assumed.push(("PersistentVolumeClaim", claim.value.clone(), None, claim.origin));
                (VolumeSource::Claim { name: claim.clone(), read_only }, at, read_only)
            }
            VolumeSpec::Scratch { at, size } => {
                let size = size.as_ref().map_or_else(|| At::default_of("1Gi".into()), |s| s.map(text_of));
                (VolumeSource::EmptyDir { memory: false, size }, at, false)
            }
            VolumeSpec::Memory { at, size } => (VolumeSource::EmptyDir { memory: true, size: size.map(text_of) }, at, false),
            VolumeSpec::Secret { at, name, keys, optional } => {
                let Some(object) = self.secret_name(&name.value.0, name.origin, None) else { return };
                for (key, _) in keys.iter().flat_map(|k| &k.value.0) {
                    self.secret_key(key);
                    if matches!(name.value.0, Object::Declared(_)) {
                        self.secret_name(&name.value.0, name.origin, Some(key));
                    }
                }
                let optional = optional.as_ref().is_some_and(|o| o.value);
                // Readable by the pod's own group alone (§5 rule 4): 0440.
                (
                    VolumeSource::Secret { name: At::new(object, name.origin), items: self.items(keys.as_ref()), mode: 0o440, optional },
                    at,
                    true,
                )
            }
            VolumeSpec::Config { at, name, keys, optional } => {
                let Some(object) = self.config_name(&name.value.0, name.origin, None, uses) else { return };
                for (key, _) in keys.iter().flat_map(|k| &k.value.0).filter(|_| matches!(name.value.0, Object::Declared(_))) {
                    self.config_name(&name.value.0, name.origin, Some(key), uses);
                }
                let optional = optional.as_ref().is_some_and(|o| o.value);
                (
                    VolumeSource::Config { name: At::new(object, name.origin), items: self.items(keys.as_ref()), mode: 0o444, optional },
                    at,
                    true,
                )
            }
        };
        if let Some(other) = volumes.iter().find(|v| v.name.value == name.value) {
            let first = other.name.origin;
            let d = self.error(codes::COLLISION, format!("two volumes are named `{}`", name.value), name.origin, "named again here");
            let d = self.place(d, first, "this path's scratch volume has that name");
            self.push(d);
            return;
        }
        volumes.push(Volume { name: name.clone(), source });
        self.mount(c, Mount { volume: name.value.clone(), path: path.map(|p| p.as_str().into()), read_only });
    }

    fn job(&mut self, block: &Workload, alone: bool) -> Job {
        let whole = |l: &mut Self, n: &Option<At<i64>>, least: i64, what: &str| {
            n.as_ref().map(|n| {
                if !(least..=100_000).contains(&n.value) {
                    let d =
                        l.error(codes::SENSELESS, format!("there cannot be {} {what}", n.value), n.origin, format!("{least} to 100000"));
                    l.push(d);
                }
                n.clone()
            })
        };
        Job {
            backoff_limit: whole(self, &block.retries, 0, "retries").unwrap_or(At::default_of(3)),
            deadline: Some(match &block.deadline {
                Some(d) => self.seconds(d, 1, "a deadline"),
                None => At::default_of(3600),
            }),
            ttl: alone.then(|| match &block.keep {
                Some(d) => self.seconds(d, 0, "the time a job is kept"),
                None => At::default_of(86_400),
            }),
            completions: whole(self, &block.completions, 1, "completions"),
            parallelism: whole(self, &block.parallelism, 1, "pods at once"),
            restart: match &block.restart {
                Some(r) => r.map(|r| if *r == Restart::Never { "Never".into() } else { "OnFailure".into() }),
                None => At::default_of("Never".into()),
            },
        }
    }

    fn cron(&mut self, block: &Workload, node: &Node, job: Job) -> Option<Controller> {
        let Some(schedule) = &block.schedule else {
            let d = self
                .error(codes::MISSING, "this cron has no schedule", node.origin, "needs `schedule = \"…\"`")
                .help("add it, for example each night at three: `schedule = \"0 3 * * *\"`");
            self.push(d);
            return None;
        };
        let mut kept = |n: &Option<At<i64>>, what: &str| {
            let n = n.clone().unwrap_or(At::default_of(3));
            if !(0..=1000).contains(&n.value) {
                let d = self.error(codes::SENSELESS, format!("there cannot be {} {what}", n.value), n.origin, "0 to 1000");
                self.push(d);
            }
            n
        };
        let (keep_succeeded, keep_failed) =
            (kept(&block.keep_succeeded, "succeeded runs to keep"), kept(&block.keep_failed, "failed runs to keep"));
        let time_zone = block.time_zone.clone().filter(|z| self.time_zone(z));
        Some(Controller::CronJob {
            schedule: schedule.map(|s| s.as_str().into()),
            time_zone,
            concurrency: match &block.overlap {
                Some(o) => o.map(|o| match o {
                    Overlap::Forbid => "Forbid".into(),
                    Overlap::Replace => "Replace".into(),
                    Overlap::Allow => "Allow".into(),
                }),
                None => At::default_of("Forbid".into()),
            },
            starting_deadline: match &block.start_within {
                Some(d) => self.seconds(d, 10, "a lateness"),
                None => At::default_of(300),
            },
            keep_succeeded,
            keep_failed,
            suspend: block.suspend.clone().filter(|s| s.value),
            job: Box::new(job),
        })
    }

    /// What a tier may do in the API: never everything, never by accident (checks 33 to 40).
    fn permissions(&mut self, block: &Workload, node: &Node) -> (Vec<Rule>, bool) {
        let Some(p) = block.permissions.as_deref() else { return (Vec::new(), false) };
        let mut rules = Vec::new();
        let named = p.some.iter().filter_map(|r| Some((r.label.as_ref()?, r.verbs.as_ref(), r.names.as_ref(), r.origin)));
        let all = p.resource.iter().map(|(l, v)| (l, Some(v), None, v.origin));
        for (resource, verbs, names, origin) in all.chain(named) {
            let Some(verbs) = verbs.filter(|v| !v.value.is_empty()) else {
                let d = self
                    .error(codes::MISSING, format!("resource `{}` says no verbs", resource.value), origin, "may do nothing with it")
                    .help("say what: `resource pods = [get, list]`, or in a block `verbs = [get]`");
                self.push(d);
                continue;
            };
            let (group, plural) = resource
                .value
                .rsplit_once('/')
                .filter(|(g, _)| !matches!(*g, "pods" | "services" | "nodes" | "deployments"))
                .unwrap_or(("", &resource.value));
            let legal = |s: &str| {
                !s.is_empty() && s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'/' | b'.' | b'-'))
            };
            if !legal(plural) || !(group.is_empty() || legal(group)) {
                let d = self
                    .error(codes::BAD_NAME, format!("`{}` is no resource", resource.value), resource.origin, "plural and in lower case")
                    .why("A wildcard would grant what nobody has thought of.")
                    .help("write it as the API does: `pods`, `configmaps`, `batch/jobs`");
                self.push(d);
                continue;
            }
            let has = |v: Verb| verbs.value.iter().any(|x| x.value == v);
            let reads = has(Verb::Get) || has(Verb::List) || has(Verb::Watch);
            if plural == "secrets" && reads && !self.allows(node, "read-secrets") {
                let d = self
                    .error(codes::NOT_ALLOWED, "this tier may read Secrets", resource.origin, "through the API")
                    .why("Whoever may list Secrets has all of the namespace's; a tier needs only its own, and gets them as files or variables.")
                    .help("mount what it needs: `volume x = secret(\"/run/x\", \"name\")`; or say why not: `allow read-secrets because \"…\"`");
                self.push(d);
            }
            if matches!(plural, "pods/exec" | "pods/attach" | "pods/portforward") && !self.allows(node, "exec-in-permissions") {
                let d = self
                    .error(
                        codes::NOT_ALLOWED,
                        "this tier may run commands in other pods",
                        resource.origin,
                        "a shell in every pod of the namespace",
                    )
                    .help("take it away, or say why: `allow exec-in-permissions because \"…\"`");
                self.push(d);
            }
            rules.push(Rule {
                groups: vec![At::new(group.into(), resource.origin)],
                resources: vec![At::new(plural.into(), resource.origin)],
                names: names.iter().flat_map(|n| n.value.clone()).collect(),
                verbs: verbs.value.iter().map(|v| v.map(|v| v.word().into())).collect(),
                origin,
            });
        }
        (rules, true)
    }

    fn exposed(&mut self, block: &Workload, ports: &[ContainerPort], tier: TierRef) -> (Openings, Vec<Exposure>) {
        let mut open = Vec::with_capacity(block.expose.len());
        let mut exposures = Vec::with_capacity(block.expose.len());
        let gateway = self.target.ingress != IngressKind::None;
        let preview: &[blocks::Expose] = match &block.rollout {
            Some(blocks::Rollout::BlueGreen(b)) => &b.expose,
            _ => &[],
        };
        if let Some(e) = preview.first().filter(|_| !gateway) {
            let d = self
                .error(
                    codes::PLATFORM,
                    "a host for the new version needs an ingress",
                    e.origin,
                    "nobody stands before the tier who could lead it",
                )
                .why("Inside the cluster the new version has a name already: the tier's, with `-preview` behind it.")
                .help("say which ingress the cluster has, `target { ingress = gateway-api }`, `istio` or `nginx`; or take it away");
            self.push(d);
            return (open, exposures);
        }
        let all = block.expose.iter().map(|e| (e, false)).chain(preview.iter().map(|e| (e, true)));
        for (e, preview) in all {
            let port = match &e.port {
                Some(name) => ports.iter().find(|p| p.name.value == name.value),
                None => ports.first(),
            };
            match port {
                Some(p) if gateway => {
                    open.push((p.number.value, p.protocol, e.origin, Opening::Gateway));
                    exposures.extend(self.exposure(e, p, tier).map(|found| Exposure { preview, ..found }));
                }
                Some(p) => {
                    open.push((p.number.value, p.protocol, e.origin, Opening::Cluster));
                    exposures.extend(self.exposure(e, p, tier));
                    let d = Diagnostic::note_of(codes::ASSUMED, format!("port `{}` is open to every pod of the cluster", p.name.value));
                    let d = self.place(d, e.origin, "exposed here");
                    self.push(d.why("Without an ingress in `target`, nothing says which gateway the requests come from."));
                }
                None => {
                    let names: Vec<&str> = ports.iter().map(|p| &*p.name.value).collect();
                    let d = match &e.port {
                        Some(p) if !names.is_empty() => self
                            .error(codes::UNKNOWN_NAME, format!("this tier has no port `{}`", p.value), p.origin, "no such port")
                            .help(format!("its ports are {}", crate::check::suggest::list(names, "and"))),
                        _ => self
                            .error(
                                codes::MISSING,
                                "there is no port to expose",
                                e.port.as_ref().map_or(e.origin, |p| p.origin),
                                "needs a port of the tier",
                            )
                            .help("declare one: `port http = 8080`"),
                    };
                    self.push(d);
                }
            }
        }
        if let Some(kind) = block.service.as_deref().and_then(|s| s.r#type.as_ref())
            && kind.value != ServiceKind::ClusterIp
        {
            open.extend(ports.iter().map(|p| (p.number.value, p.protocol, kind.origin, Opening::Outside)));
        }
        (open, exposures)
    }

    fn service(&mut self, block: &Workload, node: &Node, tier: TierRef, ports: &[ContainerPort]) -> Option<Service> {
        let said = block.service.as_deref();
        let entry = self.index.tier(tier)?;
        if ports.is_empty() {
            if let Some(s) = said {
                let d = self
                    .error(
                        codes::MISSING,
                        "a Service needs a port",
                        s.origin,
                        format!("`{}` has none", node.label.as_ref().map_or("", |l| &l.value)),
                    )
                    .help("declare one: `port http = 8080`");
                self.push(d);
            }
            return None;
        }
        let kind: At<Str> = match said.and_then(|s| s.r#type.as_ref()) {
            Some(k) => k.map(|k| match k {
                ServiceKind::ClusterIp => "ClusterIP".into(),
                ServiceKind::NodePort => "NodePort".into(),
                ServiceKind::LoadBalancer => "LoadBalancer".into(),
            }),
            None => At::default_of("ClusterIP".into()),
        };
        let mut all: Vec<ServicePort> = Vec::with_capacity(ports.len());
        for p in ports {
            let Some(e) = entry.ports.iter().find(|e| e.name == p.name.value) else { continue };
            if let Some(other) = all.iter().find(|o| o.number.value == e.service && o.protocol == p.protocol) {
                let (first, shown) = (other.name.origin, other.name.value.clone());
                let d = self.error(
                    codes::SAID_TWICE,
                    format!("two ports of the Service have the number {}", e.service),
                    e.origin,
                    "taken already",
                );
                let d = self.place(d, first, format!("port `{shown}` has it"));
                self.push(d);
                continue;
            }
            let node_port = said
                .and_then(|s| s.node_ports.as_ref())
                .and_then(|m| m.value.0.iter().find(|(k, _)| k.value == p.name.value))
                .map(|(_, v)| v.clone());
            let node_port = node_port.and_then(|n| {
                if (30_000..=32_767).contains(&n.value) && &*kind.value != "ClusterIP" {
                    return Some(At::new(n.value as u16, n.origin));
                }
                let d = self.error(
                    codes::SENSELESS,
                    format!("{} is no node port here", n.value),
                    n.origin,
                    "30000 to 32767, of a `node-port` or `load-balancer`",
                );
                self.push(d);
                None
            });
            all.push(ServicePort {
                name: p.name.clone(),
                number: At::new(e.service, e.origin),
                target: p.number.clone(),
                protocol: p.protocol,
                app_protocol: self.app_protocol(e.application, p.protocol),
                node_port,
            });
        }
        let sticky = matches!(said.and_then(|s| s.session_affinity.as_ref()).map(|a| &a.value), Some(SessionAffinity::ClientIp));
        let affinity = sticky.then(|| match said.and_then(|s| s.session_timeout.as_ref()) {
            Some(d) => self.session(d),
            None => At::default_of(10_800),
        });
        Some(Service {
            kind,
            ports: all,
            affinity,
            annotations: self.labels(said.and_then(|s| s.annotations.as_ref()), true),
            origin: said.map_or(Origin::NONE, |s| s.origin),
        })
    }

    /// What a port speaks (I36). In a mesh every port says it: a proxy that must guess waits for the client's first bytes, which never come
    /// where the server speaks first (I37).
    fn app_protocol(&self, application: Option<&str>, protocol: Protocol) -> Option<Str> {
        match application {
            Some(known @ ("http" | "https" | "grpc")) => Some(known.into()),
            _ if self.target.mesh == Mesh::None || protocol != Protocol::Tcp => None,
            Some("tls") => Some("tls".into()),
            _ => Some("tcp".into()),
        }
    }

    fn tolerations(&mut self, block: &Workload) -> Vec<Toleration> {
        let mut all = Vec::new();
        for t in &block.tolerate {
            let key = t.label.clone().filter(|l| !l.value.is_empty());
            if let Some(k) = &key
                && let Err(e) = names::label_key(&k.value)
            {
                let d = self.error(codes::BAD_NAME, e.message.trim_end_matches('.').to_string(), k.origin, "the key of a taint");
                self.push(d);
            }
            let no_execute = matches!(t.effect.as_ref().map(|e| &e.value), Some(Effect::NoExecute));
            if let Some(s) = &t.seconds
                && !no_execute
            {
                let d =
                    self.error(codes::SENSELESS, "only `no-execute` takes pods off after a time", s.origin, "needs `effect = no-execute`");
                self.push(d);
            }
            let effect = t.effect.as_ref().map(|e| {
                e.map(|e| match e {
                    Effect::NoSchedule => "NoSchedule".into(),
                    Effect::PreferNoSchedule => "PreferNoSchedule".into(),
                    Effect::NoExecute => "NoExecute".into(),
                })
            });
            let seconds = t.seconds.as_ref().map(|s| self.seconds(s, 0, "a time to stay"));
            all.push(Toleration { key, value: t.value.clone(), effect, seconds, origin: t.origin });
        }
        all
    }

    fn spread(&mut self, block: &Workload, kind: &str, controller: &Controller) -> Vec<Spread> {
        let by_revision = matches!(controller, Controller::Deployment { .. } | Controller::Rollout { .. });
        let mut all = Vec::with_capacity(block.spread.len().max(1));
        for s in &block.spread {
            let Some(label) = &s.label else { continue };
            let key = At::new(topology_key(&label.value).unwrap_or_else(|| label.value.clone()), label.origin);
            let skew = s.max_skew.clone().unwrap_or(At::default_of(1));
            if skew.value < 1 {
                let d = self.error(
                    codes::SENSELESS,
                    format!("the largest difference between two places cannot be {}", skew.value),
                    skew.origin,
                    "at least 1",
                );
                self.push(d);
            }
            let required = s.required.as_ref().is_some_and(|r| r.value);
            let at = s.required.as_ref().map_or(Origin::NONE, |r| r.origin);
            all.push(Spread {
                key,
                skew,
                unsatisfiable: At::new(if required { "DoNotSchedule" } else { "ScheduleAnyway" }.into(), at),
                by_revision,
            });
        }
        if all.is_empty() && kind == "tier" {
            let key = At::default_of("topology.kubernetes.io/zone".into());
            all.push(Spread { key, skew: At::default_of(1), unsatisfiable: At::default_of("ScheduleAnyway".into()), by_revision });
        }
        all
    }

    fn affinity(&mut self, block: &Workload, kind: &str, object: &Str, most: i64) -> Vec<AffinityTerm> {
        let mut all = Vec::with_capacity(block.affinity.len() + 1);
        let mut own = false;
        for a in &block.affinity {
            let Some(label) = &a.label else { continue };
            let anti = match &*label.value {
                "near" => false,
                "apart" => true,
                other => {
                    let d = self.error(
                        codes::UNKNOWN_NAME,
                        format!("`affinity {other}` is neither `near` nor `apart`"),
                        label.origin,
                        "which of the two?",
                    );
                    self.push(d);
                    continue;
                }
            };
            let topology = a.topology.as_ref().map_or(Topology::Host, |t| t.value.clone());
            let key = At::new(
                topology_key(topology.word()).unwrap_or_else(|| "kubernetes.io/hostname".into()),
                a.topology.as_ref().map_or(Origin::NONE, |t| t.origin),
            );
            let weight = (!a.required.as_ref().is_some_and(|r| r.value)).then_some(100);
            let tiers: Vec<(Str, Option<Str>)> = match &a.tiers {
                Some(t) => t.value.iter().filter_map(|t| self.affinity_target(t)).collect(),
                None => vec![(object.clone(), None)],
            };
            for (instance, namespace) in tiers {
                own |= instance == *object && anti;
                all.push(AffinityTerm { anti, weight, instance, namespace, key: key.clone(), origin: a.origin });
            }
        }
        // Replicas on different nodes, where there are nodes enough (check 59).
        if !own && kind == "tier" && most > 1 {
            let key = At::default_of("kubernetes.io/hostname".into());
            all.push(AffinityTerm { anti: true, weight: Some(100), instance: object.clone(), namespace: None, key, origin: Origin::NONE });
        }
        all
    }

    fn affinity_target(&mut self, tier: &At<TierRef>) -> Option<(Str, Option<Str>)> {
        let entry = self.index.tier(tier.value)?;
        if entry.external {
            let d = self.error(codes::SENSELESS, format!("`{}` is outside the cluster", entry.name), tier.origin, "runs on no node");
            self.push(d);
            return None;
        }
        let namespace = self.index.namespace(tier.value).filter(|n| **n != self.namespace()).cloned();
        Some((entry.object.clone(), namespace))
    }

    /// Has it the form of an IANA name? `Local` would be the controller's own, which nobody knows, and is refused by the API server.
    pub(super) fn time_zone(&mut self, zone: &At<Str>) -> bool {
        let part = |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'+' | b'-'));
        let right = zone.value.split('/').all(part) && !zone.value.eq_ignore_ascii_case("local");
        if !right {
            let d = self
                .error(codes::BAD_LITERAL, format!("`{}` is no time zone", zone.value), zone.origin, "a name of the IANA database")
                .help("for example `\"Europe/Berlin\"`");
            self.push(d);
        }
        right
    }

    fn nameserver(&mut self, n: &At<Str>) -> Option<At<Str>> {
        if n.value.parse::<std::net::IpAddr>().is_ok() {
            return Some(n.clone());
        }
        let d = self
            .error(codes::BAD_LITERAL, format!("`{}` is no address of a name server", n.value), n.origin, "an IP address")
            .help("for example `\"10.0.0.10\"`");
        self.push(d);
        None
    }

    fn dns(&mut self, block: &Workload) -> Option<Dns> {
        let d = block.dns.as_deref()?;
        let dns = Dns {
            policy: d.policy.as_ref().map(|p| {
                p.map(|p| match p {
                    DnsPolicy::ClusterFirst => "ClusterFirst".into(),
                    DnsPolicy::Default => "Default".into(),
                    DnsPolicy::None => "None".into(),
                })
            }),
            options: d
                .options
                .iter()
                .flat_map(|o| &o.value.0)
                .map(|(k, v)| (k.value.clone(), Some(v.clone()).filter(|v| !v.value.is_empty())))
                .collect(),
            searches: d.searches.iter().flat_map(|s| &s.value).map(|h| h.map(|h| h.as_str().into())).collect(),
            nameservers: d.nameservers.iter().flat_map(|n| &n.value).filter_map(|n| self.nameserver(n)).collect(),
        };
        // What was refused already counts: it is there to be corrected.
        if dns.nameservers.len() == d.nameservers.as_ref().map_or(0, |n| n.value.len()) {
            self.resolver(&dns.nameservers, &dns.searches, dns.policy.as_ref());
        }
        Some(dns)
    }
}

/// A claim, for each replica or for all.
pub fn claim(
    label: &At<Str>,
    name: At<Str>,
    size: &At<crate::units::Bytes>,
    class: Option<&At<Str>>,
    access: Option<&At<Access>>,
) -> Claim {
    let mode = match access.map(|a| &a.value) {
        Some(Access::OncePod) => "ReadWriteOncePod",
        Some(Access::Many) => "ReadWriteMany",
        Some(Access::ReadMany) => "ReadOnlyMany",
        _ => "ReadWriteOnce",
    };
    Claim {
        label: label.value.clone(),
        name,
        size: size.map(text_of),
        bytes: size.value,
        class: class.cloned(),
        access: At::new(mode.into(), access.map_or(Origin::NONE, |a| a.origin)),
    }
}

fn topology_key(word: &str) -> Option<Str> {
    Some(match word {
        "host" => "kubernetes.io/hostname".into(),
        "zone" => "topology.kubernetes.io/zone".into(),
        "region" => "topology.kubernetes.io/region".into(),
        _ => return None,
    })
}

/// The image's tag, where it is a legal label.
fn image_version(block: &Workload) -> Option<Str> {
    let tag = block.image.as_ref()?.value.tag()?;
    names::label_value(tag).is_ok().then(|| tag.into())
}

/// The decoded block of any kind of workload.
pub fn decode(node: &Node) -> Workload {
    Workload::decode(node)
}

/// The peers of DNS and the like as labels.
pub fn labels_of(map: &Map<Str>) -> Vec<(Str, Str)> {
    map.0.iter().map(|(k, v)| (k.value.clone(), v.value.clone())).collect()
}

/// The pods that answer DNS.
pub fn dns_peers(dns: Option<&blocks::TargetDns>) -> Arc<[Peer]> {
    let namespace: Str = dns.and_then(|d| d.namespace.as_ref()).map_or_else(|| "kube-system".into(), |n| n.value.clone());
    let pods = dns.and_then(|d| d.pods.as_ref()).map_or_else(|| vec![("k8s-app".into(), "kube-dns".into())], |p| labels_of(&p.value));
    let mut peers = vec![Peer::Selected { namespace: vec![("kubernetes.io/metadata.name".into(), namespace)], pods }];
    match dns.and_then(|d| d.node_local.as_ref()) {
        Some(addresses) => {
            peers.extend(addresses.value.iter().map(|a| Peer::Cidr { cidr: a.value.to_string().into(), except: Vec::new() }));
        }
        // Where the link-local address of NodeLocal DNSCache is not in use nothing answers there (row 24 of NetworkPolicy semantics).
        None => peers.push(Peer::Cidr { cidr: "169.254.20.10/32".into(), except: Vec::new() }),
    }
    peers.into()
}
