//! Every block of the language, each declared once.

mod cluster;
mod kubelet;
mod scaling;
mod traffic;

pub use cluster::{Audit, AuditRule, Backup, Cluster, Component, ControlPlane, Etcd, Pool, PriorityClass, StorageClass};
pub use kubelet::{Kubelet, ROWS, Row, Spelling};
pub use scaling::{Autosize, Scale, ScaleDown, ScaleFallback, ScaleUp, TargetKeda};
pub use traffic::{Cors, Eject, Expose, Fault, HeaderRules, Mirror, Retries, Route, TargetGateway, TargetProxy, Traffic};

use super::value::{At, Str, Text};
use super::words::*;
use super::{Apart, Labelled, Map, Range, block};
use crate::units::{Bytes, Cidr, Cpu, Cron, Duration, Host, Image, Path, Percent, PromQl};

block! {
    /// What stands at the top of a file.
    pub struct Root "file" None {
        /// Facts about the platform, once per project.
        target: Option<Box<Target>>,
        /// A namespace with its security, quota and limits.
        namespace: Apart<Vec<Namespace>>,
        /// An application.
        app: Apart<Vec<App>>,
        /// A system outside the cluster that every app may name.
        external: Apart<Vec<External>>,
        /// The cluster itself.
        cluster: Vec<Cluster>,
        /// What claims of a class get.
        storage_class: Vec<StorageClass>,
        /// Who waits for whom.
        priority_class: Vec<PriorityClass>,
    }
}

block! {
    /// Facts about the platform, once per project.
    pub struct Target "target" None {
        /// The minor version of Kubernetes that objects are written for, 1.33 to 1.37.
        kubernetes: Option<At<crate::units::Version>> = "1.34",
        /// Service mesh.
        mesh: Option<At<Mesh>> = "none",
        /// Controller of progressive releases.
        rollouts: Option<At<Rollouts>> = "none",
        /// How requests from outside come in.
        ingress: Option<At<IngressKind>> = "none",
        /// Monitoring stack.
        monitoring: Option<At<Monitoring>> = "none",
        /// Where Prometheus is, and by what it selects.
        monitoring_stack as monitoring: Option<Box<TargetMonitoring>>,
        /// The gateway that requests from outside come in at.
        gateway: Option<Box<TargetGateway>>,
        /// The control plane of the mesh, and what a proxy may take.
        proxy: Option<Box<TargetProxy>>,
        /// Where KEDA's operator is, for tiers with a `trigger`.
        keda: Option<Box<TargetKeda>>,
        /// The cluster's DNS.
        dns: Option<Box<TargetDns>>,
        /// The API server's addresses as pods see them, for tiers with `permissions`.
        api_server: Option<At<Cidr>>,
        /// The API server's port.
        api_server_port: Option<At<i64>> = "6443",
    }
}

block! {
    /// Where pods find DNS.
    pub struct TargetDns "dns" None {
        /// The namespace of its pods.
        namespace: Option<At<Str>> = "\"kube-system\"",
        /// The labels of its pods.
        pods: Option<At<Map<Str>>> = "{ \"k8s-app\" = \"kube-dns\" }",
        /// The port that its pods listen on; OpenShift's is 5353.
        port: Option<At<i64>> = "53",
        /// The domain that Services' full names end with.
        domain: Option<At<Str>> = "\"cluster.local\"",
        /// Addresses of DNS caches on the nodes.
        node_local: Option<At<Vec<At<Cidr>>>> = "[\"169.254.20.10/32\"]",
    }
}

block! {
    /// Where Prometheus is, and by what it selects.
    pub struct TargetMonitoring "monitoring" None {
        /// The namespace of its pods.
        namespace: Option<At<Str>> = "\"monitoring\"",
        /// The labels of its pods.
        pods: Option<At<Map<Str>>> = "{ \"app.kubernetes.io/name\" = \"prometheus\" }",
        /// Labels that monitors and rules must have for it to take them: `{ release = "kube-prometheus-stack" }`.
        labels: Option<At<Map<Str>>>,
        /// The address of its query API.
        address: Option<At<Str>> = "http://prometheus-operated.NAMESPACE.svc:9090",
        /// How often a tier is scraped that says nothing.
        interval: Option<At<Duration>> = "30s",
    }
}

block! {
    /// A namespace.
    pub struct Namespace "namespace" Name {
        /// Its name in the cluster.
        name: Option<At<Str>> = "the label",
        /// The Pod Security Standard: labels on the namespace, and checked in every pod.
        security: Option<At<Security>> = "restricted",
        /// Who writes the Namespace object.
        managed: Option<At<Managed>> = "bayplan",
        /// What all pods together may take: ResourceQuota.
        quota: Option<Box<Quota>>,
        /// What a container gets that says nothing: LimitRange.
        default: Option<Box<LimitDefault>>,
        /// The least and most that a container may take: LimitRange.
        bounds: Option<Box<LimitBounds>>,
        /// Labels of the Namespace.
        labels: Option<At<Map<Str>>>,
        /// Annotations of the Namespace.
        annotations: Option<At<Map<Str>>>,
        /// Backups of all that is in it.
        backup: Option<Box<Backup>>,
        /// A condition that somebody is told of.
        alert: Vec<Alert>,
        /// A query whose result is kept under a name: `record "team:requests:rate5m" = …`.
        record: Labelled<PromQl>,
    }
}

block! {
    /// What all pods of a namespace together may take: requests..limits, and counts.
    pub struct Quota "quota" None {
        /// `requests.cpu`..`limits.cpu`.
        cpu: Option<At<Range<Cpu>>>,
        /// `requests.memory`..`limits.memory`.
        memory: Option<At<Range<Bytes>>>,
        /// `requests.ephemeral-storage`..`limits.ephemeral-storage`.
        ephemeral: Option<At<Range<Bytes>>>,
        /// Storage of all claims.
        storage: Option<At<Bytes>>,
        /// Pods.
        pods: Option<At<i64>>,
        /// Services.
        services: Option<At<i64>>,
        /// Claims.
        volumes: Option<At<i64>>,
        /// Secrets.
        secrets: Option<At<i64>>,
        /// ConfigMaps.
        configmaps: Option<At<i64>>,
    }
}

block! {
    /// What a container gets that says nothing: request..limit.
    pub struct LimitDefault "default" None {
        /// CPU.
        cpu: Option<At<Range<Cpu>>>,
        /// Memory.
        memory: Option<At<Range<Bytes>>>,
        /// Local storage.
        ephemeral: Option<At<Range<Bytes>>>,
    }
}

block! {
    /// The least and most that a container may take: min..max.
    pub struct LimitBounds "bounds" None {
        /// CPU.
        cpu: Option<At<Range<Cpu>>>,
        /// Memory.
        memory: Option<At<Range<Bytes>>>,
        /// Local storage.
        ephemeral: Option<At<Range<Bytes>>>,
    }
}

block! {
    /// An application: tiers that belong together, in one namespace.
    pub struct App "app" Name {
        /// Who answers for it: annotation `bayplan.dev/owner` of its objects.
        owner: Option<At<Str>>,
        /// Put before the name of each of its objects.
        prefix: Option<At<Str>>,
        /// Labels of all its objects.
        labels: Option<At<Map<Str>>>,
        /// Annotations of all its objects.
        annotations: Option<At<Map<Str>>>,
        /// A tier: pods that run on and on behind one name.
        tier: Apart<Vec<Workload>>,
        /// Pods that run once, to an end.
        job: Apart<Vec<Job>>,
        /// Pods that run on a schedule.
        cron: Apart<Vec<CronJob>>,
        /// One pod on each node.
        daemon: Apart<Vec<Daemon>>,
        /// A Secret that its tiers name.
        secret: Vec<Secret>,
        /// A ConfigMap that its tiers name.
        config: Vec<Config>,
        /// A claim that its tiers share: `volume files = claim(size = 50Gi, access = read-write-many)`; a tier mounts it by `mount("/path", files)`.
        volume: Labelled<SharedVolume>,
        /// A system outside the cluster.
        external: Apart<Vec<External>>,
        /// A condition that somebody is told of.
        alert: Vec<Alert>,
        /// A query whose result is kept under a name: `record "shop:requests:rate5m" = …`.
        record: Labelled<PromQl>,
        /// Where all its tiers send their traces.
        tracing: Option<Box<Tracing>>,
        /// Backups of all that it is.
        backup: Option<Box<Backup>>,
    }
}

/// Bits of [`super::Member::kinds`]: a member of tiers.
pub const TIER: u8 = 1;
/// Of jobs.
pub const JOB: u8 = 2;
/// Of crons.
pub const CRON: u8 = 4;
/// Of daemons.
pub const DAEMON: u8 = 8;
/// Of init containers.
pub const INIT: u8 = 16;
/// Of sidecar containers.
pub const SIDECAR: u8 = 32;
/// Of versions beside each other.
pub const VERSION: u8 = 64;
/// Of everything that has pods.
pub const PODS: u8 = TIER | JOB | CRON | DAEMON;
/// Of what runs on and on.
pub const SERVING: u8 = TIER | DAEMON;

block! {
    /// A tier: pods that run on and on behind one name. A Deployment, or a StatefulSet where a volume is a `claim(…)` or `identity = stable`.
    pub struct Workload {
        "tier" Name 1 => tier,
        "job" Name 2 => job "Pods that run once, to an end: a Job.\n",
        "cron" Name 4 => cron "Pods that run on a schedule: a CronJob.\n",
        "daemon" Name 8 => daemon "One pod on each node: a DaemonSet.\n",
        "init" Name 16 => init "A container that runs to its end before the others start.\n",
        "container" Name 32 => container "A sidecar: a container that starts before the tier's own and ends after it (native sidecar, Kubernetes 1.33).\n",
        "version" Name 64 => version "One of several versions behind one Service: a workload of its own, named after the tier and the version. What it does not say comes from the tier.\n\nRequests are split by `weight`, and those of `when` go to their version whatever the weights. Needs `target.mesh = istio`, and an HTTP or gRPC port.\n",
    } {
        /// The container image, with a tag other than `latest`, or a digest.
        image: Option<At<Image>> = "required",
        /// When the image is pulled.
        pull: Option<At<Pull>> = "always",
        /// Replaces the image's entry point.
        command: Option<At<Vec<At<Text>>>>,
        /// Arguments.
        args: Option<At<Vec<At<Text>>>>,
        /// Working directory.
        working_dir: Option<At<Path>>,
        /// A port that it listens on. The label names it, and may say its protocol (`http`, `grpc`, `postgres` …).
        [TIER | DAEMON | SIDECAR] port: Labelled<PortSpec>,
        /// An environment variable.
        env: Labelled<EnvSpec>,
        /// All keys of Secrets or ConfigMaps as environment variables.
        env_from: Option<At<Vec<At<EnvFromSpec>>>>,
        /// CPU, request..limit; one value is both.
        cpu: Option<At<Range<Cpu>>> = "50m..500m",
        /// Memory, request..limit; one value is both.
        memory: Option<At<Range<Bytes>>> = "128Mi..256Mi",
        /// Local storage, request..limit; one value is both.
        ephemeral: Option<At<Range<Bytes>>> = "64Mi..1Gi",
        /// Devices and other extended resources, by their names.
        devices: Option<At<Map<i64>>>,
        /// Readiness, and from it startup and liveness.
        [TIER | DAEMON | SIDECAR | VERSION] health: Option<At<ProbeSpec>> = "a connection to the first port",
        /// The three probes one by one.
        [TIER | DAEMON | SIDECAR | VERSION] health_probes as health: Option<Box<Health>>,
        /// Directories that are writable although the root file system is not.
        writable: Option<At<Vec<At<Path>>>> = "[\"/tmp\"]",
        /// What is run after the start and before the end.
        [TIER | DAEMON | SIDECAR] lifecycle: Option<Box<Lifecycle>>,
        /// Linux capabilities added; all others are dropped.
        capabilities: Option<At<Vec<At<Capability>>>>,
        /// The user id that it runs as.
        user: Option<At<i64>> = "10001",
        /// Volumes of the tier that a second container mounts too: `mount data = "/data"`.
        [INIT | SIDECAR] mount: Labelled<Path>,

        /// Versions side by side behind one Service.
        [TIER] version: Vec<Version>,
        /// Its share of the requests; those of all versions are 100% together.
        [VERSION] weight: Option<At<Percent>> = "what the others leave",
        /// Requests that go to it whatever the weights.
        [VERSION] when: Option<At<RequestMatch>>,

        /// How many pods. A range is an autoscaler; one that begins with 0 needs a `trigger`.
        [TIER | VERSION] replicas: Option<At<Replicas>> = "2",
        /// `stable` keeps each replica's name: a StatefulSet.
        [TIER] identity: Option<At<Identity>>,
        /// Ports that it connects to, besides those whose address or URL it is given.
        [PODS] connects: Option<At<Vec<At<Connection>>>>,
        /// Lets requests in from outside the app.
        [TIER] expose: Vec<Expose>,
        /// How requests and connections to its ports are treated on their way.
        [TIER] traffic: Option<Box<Traffic>>,
        /// When the autoscaler acts; inert without a range of replicas.
        [TIER | VERSION] scale: Option<Box<Scale>>,
        /// Sets requests from use: a VerticalPodAutoscaler.
        [SERVING | VERSION] autosize: Option<Box<Autosize>>,
        /// How a new version replaces the old one.
        [SERVING] rollout: Option<Rollout> = "rolling",
        /// A volume and where it is mounted.
        [PODS] volume: Labelled<VolumeSpec>,
        /// A Secret that it names.
        [PODS] secret: Vec<Secret>,
        /// A ConfigMap that it names.
        [PODS] config: Vec<Config>,
        /// What it may do in the Kubernetes API.
        [PODS] permissions: Option<Box<Permissions>>,
        /// Over which places its pods are spread.
        [TIER] spread: Vec<Spread> = "hosts and zones, preferred",
        /// How many of its pods may be away at once for maintenance.
        [TIER] disruption: Option<Box<Disruption>>,
        /// Priority class.
        [PODS] priority: Option<At<Str>>,
        /// How long it may take to end.
        [PODS] grace: Option<At<Duration>> = "30s",
        /// Labels of its objects and pods.
        [PODS] labels: Option<At<Map<Str>>>,
        /// Annotations of its objects and pods.
        [PODS] annotations: Option<At<Map<Str>>>,
        /// Secrets that its images are pulled with.
        [PODS] pull_secrets: Option<At<Vec<At<Str>>>>,
        /// Node labels that it needs.
        [PODS] node: Option<At<Map<Str>>>,
        /// A taint that it tolerates, by its key.
        [PODS] tolerate: Vec<Tolerate>,
        /// Tiers that it stands near (`affinity near`) or away from (`affinity apart`).
        [PODS] affinity: Vec<Affinity>,
        /// The group id that it runs as.
        [PODS] group: Option<At<i64>> = "10001",
        /// The group that owns its volumes.
        [PODS] fs_group: Option<At<i64>> = "10001",
        /// The name of its service account; tiers of an app that give the same name share it.
        [PODS] account: Option<At<Str>> = "the tier's own name",
        /// Is the service account's token mounted?
        [PODS] token: Option<At<bool>> = "only with `permissions`",
        /// Its Service.
        [SERVING] service: Option<Box<Service>>,
        /// DNS settings of its pods.
        [PODS] dns: Option<Box<Dns>>,
        /// A container that runs to its end before the others start.
        [PODS] init: Vec<Init>,
        /// A sidecar.
        [PODS] container: Vec<Sidecar>,

        /// Its metrics: a ServiceMonitor or PodMonitor, and Prometheus let in.
        [SERVING] monitor: Option<Box<Monitor>>,
        /// A condition that somebody is told of.
        [PODS] alert: Vec<Alert>,
        /// A query whose result is kept under a name: `record "frontend:requests:rate5m" = …`.
        [PODS] record: Labelled<PromQl>,
        /// The share of events that must be good: `slo availability = 99.9% { … }`.
        [SERVING] slo: Vec<Slo>,
        /// Where its traces are sent.
        [PODS] tracing: Option<Box<Tracing>> = "the app's",

        /// How often a failed run is tried again.
        [JOB | CRON] retries: Option<At<i64>> = "3",
        /// How long all tries together may take.
        [JOB | CRON] deadline: Option<At<Duration>> = "1h",
        /// How long a finished job is kept.
        [JOB] keep: Option<At<Duration>> = "24h",
        /// How many pods must succeed.
        [JOB | CRON] completions: Option<At<i64>>,
        /// How many pods run at once.
        [JOB | CRON] parallelism: Option<At<i64>>,
        /// What happens to a container that fails.
        [JOB | CRON] restart: Option<At<Restart>> = "never",
        /// Five fields: minute, hour, day, month, weekday.
        [CRON] schedule: Option<At<Cron>> = "required",
        /// The IANA time zone of the schedule.
        [CRON] time_zone: Option<At<Str>>,
        /// What happens when a run is due while the last one goes on.
        [CRON] overlap: Option<At<Overlap>> = "forbid",
        /// How late a run may start.
        [CRON] start_within: Option<At<Duration>> = "5m",
        /// How many succeeded runs are kept.
        [CRON] keep_succeeded: Option<At<i64>> = "3",
        /// How many failed runs are kept.
        [CRON] keep_failed: Option<At<i64>> = "3",
        /// Are runs left out for now?
        [CRON] suspend: Option<At<bool>> = "false",
    }
}

macro_rules! same_shape {
    ($($(#[doc = $doc:literal])* $Name:ident = $info:ident;)*) => { $(
        $(#[doc = $doc])*
        #[derive(Debug)]
        pub struct $Name(pub Workload);
        impl super::Block for $Name {
            fn info() -> &'static super::BlockInfo {
                Workload::$info()
            }
            fn decode(node: &super::value::Node) -> Self {
                $Name(Workload::decode(node))
            }
        }
    )* };
}
use super::Block as _;
same_shape! {
    /// A `job`.
    Job = job;
    /// A `cron`.
    CronJob = cron;
    /// A `daemon`.
    Daemon = daemon;
    /// An `init` container.
    Init = init;
    /// A `container`, a sidecar.
    Sidecar = container;
    /// A `version`.
    Version = version;
}

block! {
    /// The three probes one by one. What is left out follows from `ready`.
    pub struct Health "health" None {
        /// May requests come?
        ready: Option<At<ProbeSpec>>,
        /// Must it be restarted?
        live: Option<At<ProbeSpec>>,
        /// Has it started?
        start: Option<At<ProbeSpec>>,
    }
}

block! {
    /// What is run after the start and before the end of a container.
    pub struct Lifecycle "lifecycle" None {
        /// Right after the start.
        after_start: Option<At<Hook>>,
        /// Before the end; counts within `grace`.
        before_stop: Option<At<Hook>> = "sleep(5s), or less than `grace`, for a tier with ports",
    }
}

block! {
    /// Its metrics: a ServiceMonitor, or a PodMonitor where one Service does not stand for all pods, and a policy that lets Prometheus in.
    pub struct Monitor "monitor" None {
        /// Where they are read.
        path: Option<At<Path>> = "/metrics",
        /// The port, by its name.
        port: Option<At<Str>> = "the port named `metrics`, else the first",
        /// How often they are read.
        interval: Option<At<Duration>> = "the target's",
        /// How long an answer may take; at most the interval.
        timeout: Option<At<Duration>> = "Prometheus' own, and at most the interval",
        /// Is a dashboard of traffic, errors, latency and saturation written, as a ConfigMap that Grafana's sidecar finds?
        dashboard: Option<At<bool>> = "false",
    }
}

block! {
    /// A condition that somebody is told of: an alert of a PrometheusRule.
    pub struct Alert "alert" Text {
        /// The query; each series that it gives is an alert.
        when: Option<At<PromQl>> = "required",
        /// How long it must hold before anybody is told.
        r#for: Option<At<Duration>> = "at once",
        /// How long it goes on after the query gives nothing more.
        keep: Option<At<Duration>>,
        /// How urgent it is.
        severity: Option<At<Severity>> = "warning",
        /// One line for who is told; `{{ $labels.pod }}` and `{{ $value }}` are filled in.
        summary: Option<At<Str>>,
        /// More, for who looks into it.
        description: Option<At<Str>>,
        /// The page that says what to do.
        runbook: Option<At<Str>>,
        /// More labels of the alert.
        labels: Option<At<Map<Str>>>,
        /// More annotations of the alert.
        annotations: Option<At<Map<Str>>>,
    }
}

block! {
    /// The share of events that must be good. Recording rules measure it over seven windows, four alerts watch how fast the rest is used up.
    pub struct Slo "slo" Text {
        /// The share: `slo availability = 99.9% { … }` sets it.
        objective: Option<At<Percent>> = "required",
        /// The counter of good events, with matchers: `http_requests_total{code!~"5.."}`.
        good: Option<At<PromQl>> = "required",
        /// The counter of all events.
        total: Option<At<PromQl>> = "required",
        /// The time over which the share must hold, 28 to 90 days.
        window: Option<At<Duration>> = "30d",
    }
}

block! {
    /// Where traces are sent, as OTLP: OpenTelemetry's environment variables, and the connection.
    pub struct Tracing "tracing" None {
        /// The collector's port, `collector.otlp`, or a URL that is built from one.
        endpoint: Option<At<TraceEndpoint>> = "required",
        /// How they are sent.
        protocol: Option<At<OtlpProtocol>> = "grpc, or http-protobuf where the port is 4318",
        /// The share of traces beginning here that is kept; who calls decides for the others.
        sample: Option<At<Percent>> = "100%",
        /// How a trace is handed on.
        propagators: Option<At<Vec<At<Propagator>>>> = "[tracecontext, baggage]",
        /// The agent that OpenTelemetry's operator puts into the pods: an Instrumentation, and the annotation that names it. The operator must be in the cluster.
        inject: Option<At<Injection>> = "none: the program brings its own library",
        /// In a mesh: the provider that its proxies send spans by, an entry of `extensionProviders` in its configuration.
        provider: Option<At<Str>> = "those that the mesh has by default",
    }
}

block! {
    /// New pods come before old ones go.
    pub struct Rolling "rolling" None {
        /// Pods above the count while it goes on.
        surge: Option<At<Amount>> = "25%",
        /// Pods that may be missing while it goes on.
        unavailable: Option<At<Amount>> = "0",
        /// How long a pod must be ready before it counts.
        min_ready: Option<At<Duration>> = "0s",
        /// How long no progress is a failure.
        deadline: Option<At<Duration>> = "10m",
    }
}

block! {
    /// Old pods go before new ones come.
    pub struct Recreate "recreate" None {
        /// How long no progress is a failure.
        deadline: Option<At<Duration>> = "10m",
    }
}

block! {
    /// The new version gets a growing share of the requests, step by step. Needs `target.rollouts = argo`.
    ///
    /// Steps: a share (`10%`) moves so many of the requests to the new version, a time (`30s`) waits, `manual` waits for a person,
    /// `verify(errors)` waits for measurements and goes back where they fail, `scale(3)` runs so many pods of the new version,
    /// `mirror(5%)` sends it copies of requests. Behind the last step it takes everything. The first version that a cluster sees
    /// skips all steps.
    ///
    /// Requests are split by the mesh; without one by the ingress, where the tier is exposed, and requests of other tiers then stay with the old
    /// version. Without either a share of the requests is a share of the pods: what the number of replicas cannot say is an error.
    pub struct Canary "canary" None {
        /// In order.
        steps: Option<At<Vec<At<Step>>>> = "required",
        /// Requests that go to the new version from the first step on; needs a mesh or an ingress that splits requests.
        when: Option<At<RequestMatch>>,
        /// A measurement that says whether the new version does well. One that no step names goes on in the background, from the first
        /// step to the last.
        verify: Vec<Verify>,
        /// Pods above the count while it goes on; with a router the new version's pods come beside the old ones.
        surge: Option<At<Amount>> = "25%",
        /// Pods that may be missing while it goes on.
        unavailable: Option<At<Amount>> = "0",
        /// How long the pods of the old version stay when it is over; needs a mesh or an ingress that splits requests.
        keep_old: Option<At<Duration>> = "30s",
        /// How long a pod must be ready before it counts.
        min_ready: Option<At<Duration>> = "0s",
        /// How long no progress is a failure.
        deadline: Option<At<Duration>> = "10m",
    }
}

block! {
    /// The new version comes up whole beside the old one, and then takes all requests at once. Needs `target.rollouts = argo`.
    ///
    /// The tier's Service leads to the active version; its name with `-preview` behind it leads to the new one, and so does the host of an
    /// `expose` in here: the new version can be looked at before it is the active one.
    pub struct BlueGreen "blue-green" None {
        /// When the new version is made the active one: so long after it is ready, or when a person says so.
        promote: Option<At<Promote>> = "0s",
        /// How long the pods of the old version stay, for a way back in no time.
        keep_old: Option<At<Duration>> = "30s",
        /// How many pods the new version has until it is made the active one; then it has all.
        preview: Option<At<i64>> = "as many as the tier",
        /// A host of the new version's own; needs an ingress.
        expose: Vec<Expose>,
        /// Must pass before the new version is made the active one.
        before_promotion: Option<At<Verification>>,
        /// Must pass behind it, or the old version is the active one again.
        after_promotion: Option<At<Verification>>,
        /// A measurement that says whether the new version does well.
        verify: Vec<Verify>,
        /// How long a pod must be ready before it counts.
        min_ready: Option<At<Duration>> = "0s",
        /// How long no progress is a failure.
        deadline: Option<At<Duration>> = "10m",
    }
}

block! {
    /// A measurement that says whether a new version does well: by `query`, `job` or `url`.
    ///
    /// As a step it is made `over` / `every` times and must pass each time; in the background it goes on until the rollout is over.
    pub struct Verify "verify" Name {
        /// A query to Prometheus, whose address `target.monitoring` has. Its first value is measured.
        query: Option<At<PromQl>>,
        /// A job of the app: it runs for each measurement, in pods of its own, and passes when it ends well. It is run for this alone.
        job: Option<At<super::value::TierRef>>,
        /// An address that answers with JSON, asked by the controller of releases.
        url: Option<At<Text>>,
        /// Which part of a `url`'s answer is measured, as a JSONPath.
        value: Option<At<Str>> = "\"{$}\"",
        /// A value above this has failed.
        when_above: Option<At<Threshold>>,
        /// A value below this has failed.
        when_below: Option<At<Threshold>>,
        /// How long it is measured, as a step.
        over: Option<At<Duration>> = "one measurement",
        /// How often.
        every: Option<At<Duration>> = "1m in the background",
        /// How many measurements may fail.
        failures: Option<At<i64>> = "0",
        /// What no data, and a division of zero by zero, mean.
        no_data: Option<At<NoData>> = "what the value 0 means",
    }
}

/// How a new version replaces the old one.
#[derive(Debug)]
pub enum Rollout {
    /// `rollout rolling`.
    Rolling(Rolling),
    /// `rollout recreate`.
    Recreate(Recreate),
    /// `rollout canary`.
    Canary(Canary),
    /// `rollout blue-green`.
    BlueGreen(BlueGreen),
}

impl super::Field for Option<Rollout> {
    const FORM: super::Form = super::Form::OneOf(&[Rolling::info, Recreate::info, Canary::info, BlueGreen::info]);
    fn absent() -> Self {
        None
    }
    fn decode(node: &super::value::Node, member: u16) -> Self {
        let (_, child) = node.children.iter().find(|(m, _)| *m == member)?;
        let is = |info| std::ptr::eq(child.info, info);
        Some(if is(Recreate::info()) {
            Rollout::Recreate(Recreate::decode(child))
        } else if is(Canary::info()) {
            Rollout::Canary(Canary::decode(child))
        } else if is(BlueGreen::info()) {
            Rollout::BlueGreen(BlueGreen::decode(child))
        } else {
            Rollout::Rolling(Rolling::decode(child))
        })
    }
}

block! {
    /// What it may do in the Kubernetes API: a Role and its binding; mounts the account's token.
    pub struct Permissions "permissions" None {
        /// Verbs on a resource, `pods` or `batch/jobs`.
        resource: Labelled<Vec<At<Verb>>>,
        /// Verbs on some objects of a resource.
        some as resource: Vec<Resource>,
    }
}

block! {
    /// Verbs on some objects of a resource.
    pub struct Resource "resource" Text {
        /// What it may do.
        verbs: Option<At<Vec<At<Verb>>>> = "required",
        /// With which objects.
        names: Option<At<Vec<At<Str>>>>,
    }
}

block! {
    /// Over which places pods are spread: `zone`, `host`, `region` or a node label.
    pub struct Spread "spread" Text {
        /// The largest difference between two places.
        max_skew: Option<At<i64>> = "1",
        /// Does a pod that cannot be spread wait?
        required: Option<At<bool>> = "false",
    }
}

block! {
    /// How many pods may be away at once for maintenance: a PodDisruptionBudget.
    pub struct Disruption "disruption" None {
        /// At most so many away.
        unavailable: Option<At<Amount>> = "1",
        /// At least so many there.
        available: Option<At<Amount>>,
    }
}

block! {
    /// A taint that pods tolerate; the label is its key.
    pub struct Tolerate "tolerate" Text {
        /// Its value; any where it says none.
        value: Option<At<Str>>,
        /// Its effect; all where it says none.
        effect: Option<At<Effect>>,
        /// With `no-execute`: how long they stay.
        seconds: Option<At<Duration>>,
    }
}

block! {
    /// Tiers that pods stand near (`affinity near`) or away from (`affinity apart`).
    pub struct Affinity "affinity" Text {
        /// Which; the tier's own pods where it says none.
        tiers: Option<At<Vec<At<super::value::TierRef>>>>,
        /// How near.
        topology: Option<At<Topology>> = "host",
        /// Does a pod wait where it cannot be had?
        required: Option<At<bool>> = "false",
    }
}

block! {
    /// The tier's Service.
    pub struct Service "service" None {
        /// How it is reached.
        r#type: Option<At<ServiceKind>> = "cluster-ip",
        /// Does a client stay with one pod?
        session_affinity: Option<At<SessionAffinity>> = "none",
        /// How long it stays.
        session_timeout: Option<At<Duration>> = "3h",
        /// Node ports by port name.
        node_ports: Option<At<Map<i64>>>,
        /// Annotations of the Service alone.
        annotations: Option<At<Map<Str>>>,
    }
}

block! {
    /// DNS settings of pods.
    pub struct Dns "dns" None {
        /// Whose DNS is asked.
        policy: Option<At<DnsPolicy>> = "cluster-first",
        /// Resolver options: `{ ndots = "2" }`.
        options: Option<At<Map<Str>>>,
        /// Search domains.
        searches: Option<At<Vec<At<Host>>>>,
        /// Name servers' addresses.
        nameservers: Option<At<Vec<At<Str>>>>,
    }
}

block! {
    /// A Secret that tiers name. Its values never stand in a program.
    pub struct Secret "secret" Name {
        /// The Secret's name in the cluster.
        name: Option<At<Str>> = "the label",
        /// Its keys.
        keys: Option<At<Vec<At<Str>>>> = "required",
        /// Where it comes from.
        from: Option<At<SecretFrom>> = "existing",
    }
}

block! {
    /// A ConfigMap. Its name carries a hash of its content, so that a change replaces the pods.
    pub struct Config "config" Name {
        /// A file: text, `template("x.tera", { … })` or `file("x")`.
        file: Labelled<Content>,
        /// A single value.
        key: Labelled<Content>,
    }
}

block! {
    /// A system outside the cluster.
    pub struct External "external" Name {
        /// Its DNS names. A NetworkPolicy knows no names: without `cidrs` its ports are open to all public addresses.
        hosts: Option<At<Vec<At<Host>>>>,
        /// Its addresses.
        cidrs: Option<At<Vec<At<Cidr>>>>,
        /// The namespace of its pods, where it runs in the cluster and is somebody else's.
        namespace: Option<At<Str>>,
        /// The labels of its pods there.
        pods: Option<At<Map<Str>>> = "all pods of `namespace`",
        /// A port that it listens on.
        port: Labelled<PortSpec>,
    }
}
