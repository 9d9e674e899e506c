//! Plans to emit, and objects shown as text.

use crate::plan::model::*;
use crate::tape::{Bundle, Origin, Value, View};
use crate::units::{Bytes, Cpu, Version};
use crate::workers::Workers;
use std::fmt::Write;

/// The objects in order.
pub fn emit(plan: &Plan, workers: &Workers) -> Bundle {
    let emitted = super::super::emit(plan, workers);
    let order = emitted.order();
    emitted.ordered(order)
}

pub fn s(text: &str) -> Str {
    Str::from(text)
}
/// A value that somebody wrote, there.
pub fn at<T>(value: T, origin: u32) -> At<T> {
    At::new(value, Origin(origin))
}
/// A value that nobody wrote.
pub fn d<T>(value: T) -> At<T> {
    At::default_of(value)
}
/// Text that nobody wrote.
pub fn t(text: &str) -> At<Str> {
    d(s(text))
}
pub fn pairs(of: &[(&str, &str)]) -> Vec<(Str, At<Str>)> {
    of.iter().map(|(name, value)| (s(name), t(value))).collect()
}

pub fn container(name: &str) -> Container {
    Container {
        name: t(name),
        image: t("example/image:1.0"),
        pull: At::default_of("Always"),
        command: vec![],
        args: vec![],
        working_dir: None,
        ports: vec![],
        env: vec![],
        env_from: vec![],
        requests: vec![],
        limits: vec![],
        cpu: (Cpu::ZERO, None),
        memory: (Bytes::ZERO, None),
        startup: None,
        liveness: None,
        readiness: None,
        post_start: None,
        pre_stop: None,
        mounts: vec![],
        capabilities: vec![],
        read_only_root: d(true),
        privileged: None,
        privilege_escalation: d(false),
        user: None,
        restart_always: false,
        origin: Origin::NONE,
    }
}

pub fn pod(name: &str) -> Pod {
    Pod {
        labels: vec![],
        annotations: vec![],
        containers: vec![container(name)],
        init: vec![],
        volumes: vec![],
        token: d(false),
        run_as_non_root: d(true),
        user: Some(d(10001)),
        group: None,
        fs_group: None,
        grace: d(30),
        priority: None,
        pull_secrets: vec![],
        node_selector: vec![],
        tolerations: vec![],
        spread: vec![],
        affinity: vec![],
        node_affinity: vec![],
        dns: None,
        restart: t("Always"),
        host_network: None,
    }
}

pub fn deployment() -> Controller {
    Controller::Deployment {
        replicas: Some(d(2)),
        strategy: Strategy::Rolling { surge: d(IntOrPercent::Percent(25)), unavailable: d(IntOrPercent::Int(0)), origin: Origin::NONE },
        min_ready: None,
        progress_deadline: d(600),
        history: d(5),
    }
}

pub fn stateful_set(headless: &str) -> Controller {
    Controller::StatefulSet {
        replicas: Some(d(1)),
        claims: vec![Claim {
            label: "data".into(),
            name: t("data"),
            size: t("10Gi"),
            bytes: Bytes::ZERO,
            class: Some(t("fast")),
            access: t("ReadWriteOnce"),
        }],
        pod_management: t("OrderedReady"),
        headless: s(headless),
        min_ready: None,
        history: d(5),
        retention: Some((s("Retain"), s("Retain"))),
    }
}

pub fn job() -> Job {
    Job { backoff_limit: d(3), deadline: Some(d(900)), ttl: Some(d(3600)), completions: None, parallelism: None, restart: t("Never") }
}

pub fn cron_job() -> Controller {
    Controller::CronJob {
        schedule: t("0 3 * * *"),
        time_zone: Some(t("Europe/Berlin")),
        concurrency: t("Forbid"),
        starting_deadline: d(300),
        keep_succeeded: d(3),
        keep_failed: d(1),
        suspend: None,
        job: Box::new(Job { ttl: None, ..job() }),
    }
}

/// A workload of this name whose objects are called the same.
pub fn workload(name: &str, controller: Controller) -> Workload {
    Workload {
        name: s(name),
        object: t(name),
        controller,
        labels: vec![],
        annotations: vec![],
        version: None,
        pod: pod(name),
        account: Account { name: t(name), create: true },
        permissions: vec![],
        service: None,
        ingress: vec![],
        egress: vec![],
        mesh: None,
        destination: None,
        autoscaler: None,
        analyses: vec![],
        variant: None,
        autosize: None,
        budget: None,
        monitor: None,
        telemetry: None,
        instrumentation: None,
        rules: None,
        origin: Origin::NONE,
    }
}

pub fn service(ports: &[(&str, u16, u16)]) -> Service {
    let port = |(name, number, target): &(&str, u16, u16)| ServicePort {
        name: t(name),
        number: d(*number),
        target: d(*target),
        protocol: Protocol::Tcp,
        app_protocol: None,
        node_port: None,
    };
    Service { kind: t("ClusterIP"), ports: ports.iter().map(port).collect(), affinity: None, annotations: vec![], origin: Origin::NONE }
}

pub fn probe(action: Action) -> Probe {
    Probe { action, initial_delay: d(0), period: d(10), timeout: d(2), failures: d(3), successes: d(1), origin: Origin::NONE }
}

pub fn app(name: &str, namespace: &str, workloads: Vec<Workload>) -> App {
    App {
        claims: Vec::new(),
        name: t(name),
        owner: None,
        namespace: t(namespace),
        labels: vec![],
        annotations: vec![],
        workloads,
        configs: vec![],
        external_secrets: vec![],
        rules: None,
        routes: vec![],
        gateway: None,
        certificates: vec![],
        outside: vec![],
        origin: Origin::NONE,
    }
}

pub fn namespace(name: &str) -> Namespace {
    Namespace {
        name: t(name),
        managed: true,
        security: t("restricted"),
        quota: vec![],
        limits: None,
        labels: vec![],
        annotations: vec![],
        rules: None,
        origin: Origin::NONE,
    }
}

pub fn plan(namespaces: Vec<Namespace>, apps: Vec<App>) -> Plan {
    Plan { target: Target { kubernetes: Version::new(1, 34), ..Target::default() }, namespaces, apps, ..Plan::default() }
}

/// A plan of these workloads, in an app `shop`.
pub fn of(workloads: Vec<Workload>) -> Plan {
    plan(vec![], vec![app("shop", "production", workloads)])
}

/// Something of everything that a plan can say.
pub fn everything() -> Plan {
    let mut frontend = workload("frontend", deployment());
    frontend.version = Some(s("1.0"));
    frontend.permissions = vec![Rule {
        groups: vec![t("")],
        resources: vec![t("configmaps")],
        names: vec![],
        verbs: vec![t("get"), t("list")],
        origin: Origin(31),
    }];
    frontend.service = Some(service(&[("http", 80, 8080), ("grpc", 81, 8081)]));
    frontend.budget = Some(Budget { rule: BudgetRule::MaxUnavailable(d(IntOrPercent::Int(1))), origin: Origin::NONE });
    frontend.autoscaler = Some(Box::new(autoscaler()));
    frontend.ingress = vec![flow(Peer::Selected { namespace: vec![], pods: vec![] }, 8080)];
    frontend.egress = vec![flow(Peer::Workload { instance: s("database"), namespace: None }, 5432)];
    frontend.pod.volumes = vec![
        Volume { name: t("tmp"), source: VolumeSource::EmptyDir { memory: true, size: t("64Mi") } },
        Volume { name: t("conf"), source: VolumeSource::Config { name: t("conf-abc"), items: vec![], mode: 0o444, optional: false } },
        Volume { name: t("keys"), source: VolumeSource::Secret { name: t("keys"), items: vec![], mode: 0o440, optional: true } },
    ];
    frontend.pod.spread =
        vec![Spread { key: t("topology.kubernetes.io/zone"), skew: d(1), unsatisfiable: t("ScheduleAnyway"), by_revision: true }];
    frontend.pod.affinity = vec![AffinityTerm {
        anti: true,
        weight: Some(100),
        instance: s("frontend"),
        namespace: None,
        key: t("kubernetes.io/hostname"),
        origin: Origin::NONE,
    }];
    let main = &mut frontend.pod.containers[0];
    main.ports = vec![
        ContainerPort { name: t("http"), number: d(8080), protocol: Protocol::Tcp },
        ContainerPort { name: t("grpc"), number: d(8081), protocol: Protocol::Tcp },
    ];
    main.env = vec![
        EnvVar { name: t("A"), value: d(EnvValue::Text(s(""))) },
        EnvVar { name: t("B"), value: d(EnvValue::Secret(Box::new(KeyOf { name: s("keys"), key: s("b"), optional: false }))) },
        EnvVar { name: t("C"), value: d(EnvValue::Field(s("status.podIP"))) },
    ];
    main.requests = pairs(&[("cpu", "100m"), ("memory", "128Mi")]);
    main.limits = pairs(&[("memory", "256Mi")]);
    main.readiness = Some(probe(Action::Http(Box::new(HttpGet {
        path: t("/health"),
        port: d(8080),
        scheme: s("HTTP"),
        headers: pairs(&[("X", "y")]),
    }))));
    main.liveness = Some(probe(Action::Tcp { port: d(8080) }));
    main.startup = Some(probe(Action::Grpc { port: d(8081), service: None }));
    main.pre_stop = Some(Box::new(Action::Sleep(d(5))));
    main.mounts = vec![
        Mount { volume: s("tmp"), path: t("/tmp"), read_only: false },
        Mount { volume: s("conf"), path: t("/etc/conf"), read_only: true },
    ];
    frontend.pod.init = vec![Container { restart_always: true, ..container("sidecar") }];

    let mut database = workload("database", stateful_set("database-headless"));
    database.service = Some(service(&[("sql", 5432, 5432)]));
    database.autosize = Some(Box::new(Autosize {
        mode: t("Initial"),
        min: pairs(&[("cpu", "100m")]),
        max: pairs(&[("cpu", "2")]),
        min_replicas: None,
        resources: vec![s("cpu"), s("memory")],
        values: t("RequestsOnly"),
        origin: Origin::NONE,
    }));
    let agent = workload("agent", Controller::DaemonSet { max_unavailable: d(IntOrPercent::Percent(10)), min_ready: None, history: d(5) });

    let mut shop = app("shop", "production", vec![frontend, database, agent]);
    shop.owner = Some(t("checkout"));
    shop.labels = pairs(&[("team", "checkout")]);
    shop.configs =
        vec![ConfigMap { name: t("conf-abc"), owner: s("frontend"), data: pairs(&[("a.conf", "x = 1\n")]), origin: Origin::NONE }];
    shop.external_secrets = vec![ExternalSecret {
        name: t("keys"),
        owner: s("shop"),
        store: (s("ClusterSecretStore"), t("vault")),
        refresh: t("1h0m0s"),
        data: vec![(s("b"), t("shop/keys"), Some(t("b")))],
        origin: Origin::NONE,
    }];
    let batch = app("batch", "jobs", vec![workload("migrate", Controller::Job(job())), workload("report", cron_job())]);

    let mut production = namespace("production");
    production.quota = pairs(&[("limits.memory", "400Gi"), ("requests.cpu", "100")]);
    production.limits = Some(LimitRange {
        default: pairs(&[("cpu", "500m")]),
        default_request: pairs(&[("cpu", "100m")]),
        min: pairs(&[("cpu", "50m")]),
        max: pairs(&[("cpu", "2")]),
        origin: Origin::NONE,
    });
    plan(vec![namespace("jobs"), production], vec![shop, batch])
}

pub fn autoscaler() -> Autoscaler {
    let behavior = |window, kind, value| Behavior {
        window: d(window),
        policies: vec![(s(kind), d(value), d(60))],
        select: d("Max".into()),
        tolerance: None,
        origin: Origin::NONE,
    };
    Autoscaler {
        min: d(2),
        max: d(20),
        metrics: vec![
            Metric::Resource { resource: s("cpu"), container: Some(s("frontend")), aim: Aim::Utilization(d(70)) },
            Metric::Pods { name: s("requests_per_second"), average: t("100") },
        ],
        up: behavior(0, "Percent", 100),
        down: behavior(300, "Pods", 1),
        keda: None,
        origin: Origin::NONE,
    }
}

pub fn flow(peer: Peer, port: u16) -> Flow {
    Flow { peers: [peer].into(), ports: [(Protocol::Tcp, port, port)].into(), origin: Origin::NONE }
}

/// The one object of this kind and name.
pub fn object<'t>(bundle: &'t Bundle, kind: &str, name: &str) -> View<'t> {
    let is = |view: &View<'_>| {
        view.get("kind").and_then(View::str) == Some(kind) && view.path(&["metadata", "name"]).and_then(View::str) == Some(name)
    };
    let found: Vec<_> = bundle.objects().filter(is).collect();
    assert_eq!(found.len(), 1, "objects {kind} {name}");
    found[0]
}

/// What lies at this path of names and numbers, as text; `-` where nothing does.
pub fn shown(view: View<'_>, path: &str) -> String {
    let parts: Vec<_> = if path.is_empty() { vec![] } else { path.split('.').collect() };
    view.path(&parts).map_or("-".into(), flow_style)
}

/// A node in YAML's flow style, in the order of the tape.
pub fn flow_style(view: View<'_>) -> String {
    let mut out = String::new();
    match view.value() {
        Value::Null => out.push_str("null"),
        Value::Bool(v) => write!(out, "{v}").unwrap(),
        Value::Int(v) => write!(out, "{v}").unwrap(),
        Value::Float(v) => write!(out, "{v}").unwrap(),
        Value::Str(v) if v.is_empty() || v.parse::<f64>().is_ok() || v.contains([',', '{', '[', '\n']) => write!(out, "{v:?}").unwrap(),
        Value::Str(v) => out.push_str(v),
        Value::Seq(items) => write!(out, "[{}]", items.map(flow_style).collect::<Vec<_>>().join(", ")).unwrap(),
        Value::Map(fields) => {
            let fields = fields.map(|field| format!("{}: {}", field.key(), flow_style(field)));
            write!(out, "{{{}}}", fields.collect::<Vec<_>>().join(", ")).unwrap();
        }
    }
    out
}

/// The names of a map's fields, in order.
pub fn fields(view: View<'_>, path: &str) -> String {
    let parts: Vec<_> = path.split('.').filter(|part| !part.is_empty()).collect();
    view.path(&parts).map_or("-".into(), |view| view.children().map(View::key).collect::<Vec<_>>().join(" "))
}
