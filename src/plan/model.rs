//! The plan: one environment with every value known, every default applied and every object named. No expressions are left,
//! and no policy: what an emitter writes stands here, field for field.

pub mod cluster;
pub mod mesh;
pub mod release;
pub mod routing;
mod scaling;

use crate::tape::Origin;
use crate::units::{Bytes, Cidr, Cpu, Duration, Version};
use std::sync::Arc;

use mesh::{ControlPlane, Doorway, Member, Outside};
use release::{Analysis, Release};
use routing::{Certificate, DestinationPolicy, Gateway, Routes};

pub use scaling::{Aim, Autoscaler, Autosize, Behavior, Fallback, Keda, Metric, Trigger};

pub use crate::units::Percent;
pub use crate::vocabulary::value::{At, Str};
pub use crate::vocabulary::words::{IngressKind, Mesh, Rollouts};

/// Everything that one environment becomes.
#[derive(Debug, Default)]
pub struct Plan {
    /// The platform.
    pub target: Target,
    /// By name, each once, those of apps without `in` included.
    pub namespaces: Vec<Namespace>,
    /// In the order of the program.
    pub apps: Vec<App>,
    /// Every flow that is meant, in order.
    pub connections: Vec<Connection>,
    /// One a namespace at most, in order.
    pub waypoints: Vec<Waypoint>,
    /// The cluster itself.
    pub platform: cluster::Platform,
}

/// The proxy of a namespace that reads requests, in ambient mode: a Gateway of the Gateway API, whose pods Istio makes.
#[derive(Clone, Debug)]
pub struct Waypoint {
    /// Its namespace.
    pub namespace: Str,
    /// Who asks it.
    pub ingress: Vec<Flow>,
    /// Whom it asks: DNS, the mesh's control plane, the tiers behind it.
    pub egress: Vec<Flow>,
    /// What it was asked for by first.
    pub origin: Origin,
}

impl Waypoint {
    /// The Gateway's name; its service account has it too.
    pub const NAME: &'static str = "waypoint";
    /// The label by which the pods of a Gateway are found: its name.
    pub const LABEL: &'static str = "gateway.networking.k8s.io/gateway-name";
    /// The class of a Gateway that is a waypoint.
    pub const CLASS: &'static str = "istio-waypoint";
    /// How many pods it has: all requests to its tiers pass it, the drain of a node among them.
    pub const PODS: i64 = 2;
}

/// Facts about the platform.
#[derive(Clone, Debug)]
pub struct Target {
    /// The minor version that objects are written for.
    pub kubernetes: Version,
    /// DNS servers that every pod may ask: pods, and addresses such as NodeLocal DNSCache's.
    pub dns: Arc<[Peer]>,
    /// Ports that DNS answers on (53; OpenShift 5353).
    pub dns_ports: Vec<u16>,
    /// Where the API server answers, as a pod sees it.
    pub api_server: Option<Cidr>,
    /// On which port, beside 443.
    pub api_server_port: u16,
    /// Controller of progressive releases.
    pub rollouts: Rollouts,
    /// KEDA's operator, which asks triggers.
    pub keda: Peer,
    /// The monitoring stack; `None` for none.
    pub monitoring: Option<Arc<Monitoring>>,
    /// The domain that Services' full names end with.
    pub domain: Str,
    /// Service mesh.
    pub mesh: Mesh,
    /// Its control plane and proxies.
    pub control: ControlPlane,
    /// How requests from outside come in.
    pub ingress: IngressKind,
    /// Where they do.
    pub gateway: Doorway,
}

/// The Prometheus operator's Prometheus.
#[derive(Clone, Debug)]
pub struct Monitoring {
    /// Its pods.
    pub pods: Peer,
    /// Labels that it selects monitors and rules by (M2).
    pub labels: Vec<(Str, At<Str>)>,
    /// The address of its query API.
    pub address: At<Str>,
    /// How often a tier is scraped that says nothing.
    pub interval: At<Duration>,
}

impl Target {
    /// The full name of a Service.
    pub fn host(&self, service: &str, namespace: &str) -> Str {
        format!("{service}.{namespace}.svc.{}", self.domain).into()
    }
}

/// Pods by the name of their namespace and their labels.
pub fn named_pods(namespace: &Str, pods: Vec<(Str, Str)>) -> Peer {
    Peer::Selected { namespace: vec![("kubernetes.io/metadata.name".into(), namespace.clone())], pods }
}

impl Default for Target {
    fn default() -> Self {
        Target {
            kubernetes: Version::new(1, 34),
            dns: Arc::default(),
            dns_ports: vec![53],
            api_server: None,
            api_server_port: 6443,
            keda: named_pods(&"keda".into(), vec![("app".into(), "keda-operator".into())]),
            monitoring: None,
            domain: "cluster.local".into(),
            rollouts: Rollouts::None,
            mesh: Mesh::None,
            control: ControlPlane::default(),
            ingress: IngressKind::None,
            gateway: Doorway::default(),
        }
    }
}

/// A namespace.
#[derive(Clone, Debug)]
pub struct Namespace {
    /// Its name in the cluster.
    pub name: At<Str>,
    /// Is a Namespace object (with its default-deny policy, quota and limits) written, or is it somebody else's?
    pub managed: bool,
    /// The Pod Security Standard that it enforces: `restricted`, `baseline`, `privileged`.
    pub security: At<Str>,
    /// ResourceQuota `hard`: resource name and canonical quantity, in order; empty for none.
    pub quota: Vec<(Str, At<Str>)>,
    /// LimitRange for containers; `None` for none.
    pub limits: Option<LimitRange>,
    /// Labels besides the compiler's own.
    pub labels: Vec<(Str, At<Str>)>,
    /// Annotations.
    pub annotations: Vec<(Str, At<Str>)>,
    /// Its PrometheusRule.
    pub rules: Option<Rules>,
    /// The block, or the app that brings its own namespace.
    pub origin: Origin,
}

/// A LimitRange of type Container; every map is resource name and canonical quantity.
#[derive(Clone, Debug, Default)]
pub struct LimitRange {
    /// Limits of a container that names none.
    pub default: Vec<(Str, At<Str>)>,
    /// Requests of a container that names none.
    pub default_request: Vec<(Str, At<Str>)>,
    /// Least.
    pub min: Vec<(Str, At<Str>)>,
    /// Most.
    pub max: Vec<(Str, At<Str>)>,
    /// The first block of the two.
    pub origin: Origin,
}

/// An app: what its tiers share, and its workloads.
#[derive(Clone, Debug)]
pub struct App {
    /// `app.kubernetes.io/part-of`.
    pub name: At<Str>,
    /// Who answers for it: annotation `bayplan.dev/owner` on every object.
    pub owner: Option<At<Str>>,
    /// The namespace's name, that of every object of the app.
    pub namespace: At<Str>,
    /// Labels that every object carries besides the compiler's own.
    pub labels: Vec<(Str, At<Str>)>,
    /// Annotations of every object.
    pub annotations: Vec<(Str, At<Str>)>,
    /// In the order of the program.
    pub workloads: Vec<Workload>,
    /// ConfigMaps, of the app and of its tiers; the name carries the content hash.
    pub configs: Vec<ConfigMap>,
    /// Claims that its tiers share.
    pub claims: Vec<Claim>,
    /// ExternalSecrets, of the app and of its tiers.
    pub external_secrets: Vec<ExternalSecret>,
    /// The PrometheusRule of the app as a whole.
    pub rules: Option<Rules>,
    /// How requests find its workloads: those of the mesh, in the order of the workloads, then those of exposed hosts.
    pub routes: Vec<Routes>,
    /// The gateway that its exposed hosts come in at; another app's where that has the certificate.
    pub gateway: Option<Gateway>,
    /// Certificates that are made for its exposed hosts.
    pub certificates: Vec<Certificate>,
    /// Systems outside the cluster that the mesh knows by name.
    pub outside: Vec<Outside>,
    /// The block.
    pub origin: Origin,
}

/// A `tier`, `job`, `cron` or `daemon`.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its label in the program: `app.kubernetes.io/name`.
    pub name: Str,
    /// Its objects' name: `app.kubernetes.io/instance`, what every selector matches.
    pub object: At<Str>,
    /// Of a version: the name of the object that runs its pods, and the value of their label `version`.
    pub variant: Option<Box<(At<Str>, Str)>>,
    /// The controller and what is particular to it.
    pub controller: Controller,
    /// Labels of the workload's objects and pods besides the compiler's own and the app's.
    pub labels: Vec<(Str, At<Str>)>,
    /// Annotations of the workload's objects.
    pub annotations: Vec<(Str, At<Str>)>,
    /// `app.kubernetes.io/version` of the pods: the image's tag, where it is a legal label.
    pub version: Option<Str>,
    /// Its pods.
    pub pod: Pod,
    /// Its service account.
    pub account: Account,
    /// Rules of its Role; none where empty.
    pub permissions: Vec<Rule>,
    /// Its Service; none without ports.
    pub service: Option<Service>,
    /// Who may reach its pods.
    pub ingress: Vec<Flow>,
    /// Whom its pods may reach, DNS included.
    pub egress: Vec<Flow>,
    /// What it is to the mesh; `None` where its pods get no proxy.
    pub mesh: Option<Box<Member>>,
    /// How connections to its Service are kept, where something is said of it.
    pub destination: Option<Box<DestinationPolicy>>,
    /// Its HorizontalPodAutoscaler or ScaledObject.
    pub autoscaler: Option<Box<Autoscaler>>,
    /// AnalysisTemplates of its release.
    pub analyses: Vec<Analysis>,
    /// Its VerticalPodAutoscaler.
    pub autosize: Option<Box<Autosize>>,
    /// Its PodDisruptionBudget.
    pub budget: Option<Budget>,
    /// Its ServiceMonitor or PodMonitor.
    pub monitor: Option<Box<Monitor>>,
    /// Its Telemetry, in a mesh.
    pub telemetry: Option<Box<Telemetry>>,
    /// Its Instrumentation.
    pub instrumentation: Option<Box<Instrumentation>>,
    /// Its PrometheusRule.
    pub rules: Option<Box<Rules>>,
    /// The block.
    pub origin: Origin,
}

impl Workload {
    /// The name of the object that runs its pods.
    pub fn runs_as(&self) -> &At<Str> {
        self.variant.as_deref().map_or(&self.object, |(name, _)| name)
    }
    /// Itself, or its versions: those that have pods.
    pub fn deployed(&self) -> impl Iterator<Item = &Workload> {
        let (own, versions) = match &self.controller {
            Controller::Versions(all) => (None, all.as_slice()),
            _ => (Some(self), &[][..]),
        };
        own.into_iter().chain(versions.iter().map(|v| &v.workload))
    }
    /// Are its requests split between versions, so that routes must say how?
    pub fn splits(&self) -> bool {
        match &self.controller {
            Controller::Rollout { release, .. } => matches!(&**release, Release::Canary(c) if c.router.is_some()),
            Controller::Versions(_) => true,
            _ => false,
        }
    }
}

/// What runs the pods.
#[derive(Clone, Debug)]
pub enum Controller {
    /// apps/v1 Deployment.
    Deployment {
        /// `None` where an autoscaler owns the count (A52, H10).
        replicas: Option<At<i64>>,
        /// How pods are replaced.
        strategy: Strategy,
        /// `minReadySeconds`, left out at zero.
        min_ready: Option<At<i64>>,
        /// `progressDeadlineSeconds`.
        progress_deadline: At<i64>,
        /// `revisionHistoryLimit`.
        history: At<i64>,
    },
    /// argoproj.io/v1alpha1 Rollout with a template of its own (A3).
    Rollout {
        /// `None` where an autoscaler owns the count (A52).
        replicas: Option<At<i64>>,
        /// How versions replace each other.
        release: Box<Release>,
        /// `minReadySeconds`, left out at zero.
        min_ready: Option<At<i64>>,
        /// `progressDeadlineSeconds`.
        progress_deadline: At<i64>,
        /// `revisionHistoryLimit`.
        history: At<i64>,
    },
    /// Versions side by side: an apps/v1 Deployment each. Service, policies and budget are those of the workload around.
    Versions(Vec<Variant>),
    /// apps/v1 StatefulSet, with a headless Service of the name `<object>-headless`.
    StatefulSet {
        /// `None` where an autoscaler owns the count.
        replicas: Option<At<i64>>,
        /// Claim templates, one volume a replica each.
        claims: Vec<Claim>,
        /// `OrderedReady` or `Parallel`.
        pod_management: At<Str>,
        /// Its headless Service's name.
        headless: Str,
        /// `minReadySeconds`, left out at zero.
        min_ready: Option<At<i64>>,
        /// `revisionHistoryLimit`.
        history: At<i64>,
        /// `persistentVolumeClaimRetentionPolicy`: (whenDeleted, whenScaled); `None` without claims.
        retention: Option<(Str, Str)>,
    },
    /// apps/v1 DaemonSet.
    DaemonSet {
        /// `rollingUpdate.maxUnavailable`, a count or a percentage.
        max_unavailable: At<IntOrPercent>,
        /// `minReadySeconds`, left out at zero.
        min_ready: Option<At<i64>>,
        /// `revisionHistoryLimit`.
        history: At<i64>,
    },
    /// batch/v1 Job.
    Job(Job),
    /// A Job that a release runs to measure: it stands in an AnalysisTemplate and not by itself.
    Verification(Job),
    /// batch/v1 CronJob.
    CronJob {
        /// Five fields.
        schedule: At<Str>,
        /// IANA name.
        time_zone: Option<At<Str>>,
        /// `Forbid`, `Replace`, `Allow`.
        concurrency: At<Str>,
        /// `startingDeadlineSeconds`.
        starting_deadline: At<i64>,
        /// `successfulJobsHistoryLimit`.
        keep_succeeded: At<i64>,
        /// `failedJobsHistoryLimit`.
        keep_failed: At<i64>,
        /// `suspend`, left out where false.
        suspend: Option<At<bool>>,
        /// Its jobs.
        job: Box<Job>,
    },
}

/// One of several versions behind one Service.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Its label: the value of the label `version` of its pods, and the name of its subset.
    pub name: At<Str>,
    /// Its pods and what runs them. [`Workload::object`] is the tier's, as for the labels; [`Workload::variant`] tells them apart.
    pub workload: Workload,
    /// Its share of the requests, of a hundred.
    pub weight: At<i64>,
    /// The header, and its value, of the requests that go to it whatever the weights.
    pub when: Option<At<(Str, Str)>>,
    /// Has it a Service of its own, of its workload's name? What routes by subsets needs none.
    pub service: bool,
}

/// What is particular to a Job.
#[derive(Clone, Debug)]
pub struct Job {
    /// `backoffLimit`.
    pub backoff_limit: At<i64>,
    /// `activeDeadlineSeconds`.
    pub deadline: Option<At<i64>>,
    /// `ttlSecondsAfterFinished`; standalone jobs alone.
    pub ttl: Option<At<i64>>,
    /// `completions`.
    pub completions: Option<At<i64>>,
    /// `parallelism`.
    pub parallelism: Option<At<i64>>,
    /// `Never` or `OnFailure`.
    pub restart: At<Str>,
}

/// How a Deployment replaces pods.
#[derive(Clone, Debug)]
pub enum Strategy {
    /// RollingUpdate.
    Rolling {
        /// `maxSurge`.
        surge: At<IntOrPercent>,
        /// `maxUnavailable`.
        unavailable: At<IntOrPercent>,
        /// The block, or [`Origin::NONE`].
        origin: Origin,
    },
    /// Recreate.
    Recreate {
        /// The block.
        origin: Origin,
    },
}

/// Kubernetes' IntOrString where the string is a percentage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntOrPercent {
    /// A count.
    Int(i64),
    /// Whole percent.
    Percent(i64),
}

/// The pods of a workload. Security settings that never vary (`seccompProfile: RuntimeDefault`, `privileged: false`, …) are the emitter's
/// constants only where nothing can change them; what a program can change stands here.
#[derive(Clone, Debug)]
pub struct Pod {
    /// Labels of the pods alone.
    pub labels: Vec<(Str, At<Str>)>,
    /// Annotations of the pods.
    pub annotations: Vec<(Str, At<Str>)>,
    /// The first is the tier's own.
    pub containers: Vec<Container>,
    /// In order; sidecars are among them with `restart_always`.
    pub init: Vec<Container>,
    /// Volumes.
    pub volumes: Vec<Volume>,
    /// `automountServiceAccountToken`.
    pub token: At<bool>,
    /// `runAsNonRoot`.
    pub run_as_non_root: At<bool>,
    /// `runAsUser`.
    pub user: Option<At<i64>>,
    /// `runAsGroup`.
    pub group: Option<At<i64>>,
    /// `fsGroup`.
    pub fs_group: Option<At<i64>>,
    /// `terminationGracePeriodSeconds`.
    pub grace: At<i64>,
    /// `priorityClassName`.
    pub priority: Option<At<Str>>,
    /// `imagePullSecrets`.
    pub pull_secrets: Vec<At<Str>>,
    /// `nodeSelector`.
    pub node_selector: Vec<(Str, At<Str>)>,
    /// `tolerations`.
    pub tolerations: Vec<Toleration>,
    /// `topologySpreadConstraints`; each selects the workload's own pods.
    pub spread: Vec<Spread>,
    /// `affinity.podAffinity` and `affinity.podAntiAffinity` terms.
    pub affinity: Vec<AffinityTerm>,
    /// `affinity.nodeAffinity` required expressions, all in one term.
    pub node_affinity: Vec<NodeExpression>,
    /// `dnsConfig`/`dnsPolicy`.
    pub dns: Option<Box<Dns>>,
    /// `restartPolicy`: `Always`, or a Job's.
    pub restart: At<Str>,
    /// `hostNetwork`, only where an `allow` says so.
    pub host_network: Option<At<bool>>,
}

/// A container of any sort.
#[derive(Clone, Debug)]
pub struct Container {
    /// Its name.
    pub name: At<Str>,
    /// Its image, as written.
    pub image: At<Str>,
    /// `Always`, `IfNotPresent`, `Never`.
    pub pull: At<&'static str>,
    /// `command`.
    pub command: Vec<At<Str>>,
    /// `args`.
    pub args: Vec<At<Str>>,
    /// `workingDir`.
    pub working_dir: Option<Box<At<Str>>>,
    /// Ports it listens on.
    pub ports: Vec<ContainerPort>,
    /// In order, no name twice.
    pub env: Vec<EnvVar>,
    /// `envFrom`.
    pub env_from: Vec<EnvFrom>,
    /// Resource name (`cpu`, `memory`, `ephemeral-storage`, a device) and canonical quantity.
    pub requests: Vec<(Str, At<Str>)>,
    /// Likewise; a resource may have no limit.
    pub limits: Vec<(Str, At<Str>)>,
    /// The same numbers for arithmetic: (request, limit).
    pub cpu: (Cpu, Option<Cpu>),
    /// Likewise.
    pub memory: (Bytes, Option<Bytes>),
    /// Startup probe.
    pub startup: Option<Probe>,
    /// Liveness probe.
    pub liveness: Option<Probe>,
    /// Readiness probe.
    pub readiness: Option<Probe>,
    /// `lifecycle.postStart`.
    pub post_start: Option<Box<Action>>,
    /// `lifecycle.preStop`.
    pub pre_stop: Option<Box<Action>>,
    /// `volumeMounts`, by path, no path twice.
    pub mounts: Vec<Mount>,
    /// `capabilities.add`; `drop: [ALL]` is always written.
    pub capabilities: Vec<At<Str>>,
    /// `readOnlyRootFilesystem`.
    pub read_only_root: At<bool>,
    /// `privileged`, written where an `allow` says so; `false` is left to the default of the API.
    pub privileged: Option<At<bool>>,
    /// `allowPrivilegeEscalation`.
    pub privilege_escalation: At<bool>,
    /// `runAsUser` of this container, where it differs from the pod's.
    pub user: Option<At<i64>>,
    /// `restartPolicy: Always` of an init container: a sidecar (GA 1.33).
    pub restart_always: bool,
    /// The block.
    pub origin: Origin,
}

/// A port that a container listens on.
#[derive(Debug, Clone)]
pub struct ContainerPort {
    /// Its name, at most 15 characters.
    pub name: At<Str>,
    /// The pod's port.
    pub number: At<u16>,
    /// `TCP`, `UDP`, `SCTP`.
    pub protocol: Protocol,
}

/// A transport protocol, always written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    /// As Kubernetes writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Protocol::Tcp => "TCP",
            Protocol::Udp => "UDP",
            Protocol::Sctp => "SCTP",
        }
    }
}

/// An environment variable.
#[derive(Clone, Debug)]
pub struct EnvVar {
    /// Its name.
    pub name: At<Str>,
    /// Its value.
    pub value: At<EnvValue>,
}

/// Where an environment variable's value comes from.
#[derive(Clone, Debug)]
pub enum EnvValue {
    /// Text, with `$(` already escaped.
    Text(Str),
    /// `secretKeyRef`.
    Secret(Box<KeyOf>),
    /// `configMapKeyRef`.
    Config(Box<KeyOf>),
    /// `fieldRef`: `metadata.name`, `status.podIP`, …
    Field(Str),
    /// `resourceFieldRef`: `limits.cpu`, …, of this container.
    Resource { resource: &'static str, divisor: &'static str },
}

/// A key of a Secret or ConfigMap.
#[derive(Clone, Debug)]
pub struct KeyOf {
    /// The object's name.
    pub name: Str,
    /// The key.
    pub key: Str,
    /// `optional`.
    pub optional: bool,
}

/// All keys of a Secret or ConfigMap as variables.
#[derive(Clone, Debug)]
pub struct EnvFrom {
    /// The object's name.
    pub name: At<Str>,
    /// Is it a Secret?
    pub secret: bool,
    /// `prefix`.
    pub prefix: Option<At<Str>>,
    /// `optional`.
    pub optional: bool,
}

/// A probe with all five timings.
#[derive(Debug, Clone)]
pub struct Probe {
    /// What is asked.
    pub action: Action,
    /// `initialDelaySeconds`.
    pub initial_delay: At<i64>,
    /// `periodSeconds`.
    pub period: At<i64>,
    /// `timeoutSeconds`.
    pub timeout: At<i64>,
    /// `failureThreshold`.
    pub failures: At<i64>,
    /// `successThreshold`.
    pub successes: At<i64>,
    /// What gave the probe.
    pub origin: Origin,
}

/// A probe's or hook's handler.
#[derive(Debug, Clone)]
pub enum Action {
    /// `httpGet`.
    Http(Box<HttpGet>),
    /// `tcpSocket`.
    Tcp { port: At<u16> },
    /// `grpc`.
    Grpc { port: At<u16>, service: Option<Box<At<Str>>> },
    /// `exec`.
    Exec(Vec<At<Str>>),
    /// `sleep` (hooks alone).
    Sleep(At<i64>),
}

/// A question over HTTP.
#[derive(Debug, Clone)]
pub struct HttpGet {
    /// `path`.
    pub path: At<Str>,
    /// `port`.
    pub port: At<u16>,
    /// `HTTP` or `HTTPS`.
    pub scheme: Str,
    /// `httpHeaders`.
    pub headers: Vec<(Str, At<Str>)>,
}

/// A volume of the pod.
#[derive(Clone, Debug)]
pub struct Volume {
    /// Its name.
    pub name: At<Str>,
    /// Its source.
    pub source: VolumeSource,
}

/// What a volume holds.
#[derive(Clone, Debug)]
pub enum VolumeSource {
    /// `emptyDir`: medium `Memory` or the node's disk, with `sizeLimit` (check 45).
    EmptyDir { memory: bool, size: At<Str> },
    /// `secret`, mode 0440 unless said (in octal meaning; written in decimal as Kubernetes wants it).
    Secret { name: At<Str>, items: Vec<(Str, Str)>, mode: i64, optional: bool },
    /// `configMap`.
    Config { name: At<Str>, items: Vec<(Str, Str)>, mode: i64, optional: bool },
    /// `persistentVolumeClaim` that exists.
    Claim { name: At<Str>, read_only: bool },
    /// `hostPath`, only where an `allow` says so.
    HostPath { path: At<Str>, kind: Str },
}

/// A mount.
#[derive(Clone, Debug)]
pub struct Mount {
    /// The volume's name.
    pub volume: Str,
    /// `mountPath`.
    pub path: At<Str>,
    /// `readOnly`.
    pub read_only: bool,
}

/// A claim template of a StatefulSet, or a claim that tiers share.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The volume's name in the program.
    pub label: Str,
    /// The volume's, or the shared claim's name.
    pub name: At<Str>,
    /// `resources.requests.storage`, canonical.
    pub size: At<Str>,
    /// The same as a number.
    pub bytes: Bytes,
    /// `storageClassName`.
    pub class: Option<At<Str>>,
    /// `accessModes`.
    pub access: At<Str>,
}

/// A toleration.
#[derive(Clone, Debug)]
pub struct Toleration {
    /// Empty with `Exists` tolerates all.
    pub key: Option<At<Str>>,
    /// `Exists` where `None`.
    pub value: Option<At<Str>>,
    /// `NoSchedule`, `PreferNoSchedule`, `NoExecute`; all where `None`.
    pub effect: Option<At<Str>>,
    /// `tolerationSeconds`.
    pub seconds: Option<At<i64>>,
    /// The entry.
    pub origin: Origin,
}

/// A topology spread constraint over the workload's own pods.
#[derive(Clone, Debug)]
pub struct Spread {
    /// `topologyKey`.
    pub key: At<Str>,
    /// `maxSkew`.
    pub skew: At<i64>,
    /// `DoNotSchedule` or `ScheduleAnyway`.
    pub unsatisfiable: At<Str>,
    /// Is `matchLabelKeys: [pod-template-hash]` written (Deployments; P6)?
    pub by_revision: bool,
}

/// A pod affinity term.
#[derive(Clone, Debug)]
pub struct AffinityTerm {
    /// Away from the pods rather than near them?
    pub anti: bool,
    /// Preferred with this weight, or required.
    pub weight: Option<i64>,
    /// The object name (`app.kubernetes.io/instance`) of the pods meant.
    pub instance: Str,
    /// Their namespace, where another.
    pub namespace: Option<Str>,
    /// `topologyKey`.
    pub key: At<Str>,
    /// The entry, or [`Origin::NONE`] for the default.
    pub origin: Origin,
}

/// A required node expression: `key operator values`.
#[derive(Clone, Debug)]
pub struct NodeExpression {
    /// Label key.
    pub key: Str,
    /// `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt`, `Lt`.
    pub operator: Str,
    /// Values.
    pub values: Vec<At<Str>>,
}

/// `dnsPolicy` and `dnsConfig`.
#[derive(Clone, Debug)]
pub struct Dns {
    /// `dnsPolicy`.
    pub policy: Option<At<Str>>,
    /// `options`.
    pub options: Vec<(Str, Option<At<Str>>)>,
    /// `searches`.
    pub searches: Vec<At<Str>>,
    /// `nameservers`.
    pub nameservers: Vec<At<Str>>,
}

/// A service account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its name.
    pub name: At<Str>,
    /// Is it written by this workload (an own one) or shared and somebody else's?
    pub create: bool,
}

/// A rule of a Role.
#[derive(Clone, Debug)]
pub struct Rule {
    /// API groups; `""` is core.
    pub groups: Vec<At<Str>>,
    /// Resources, plural, lower case.
    pub resources: Vec<At<Str>>,
    /// Names, or all where empty.
    pub names: Vec<At<Str>>,
    /// Verbs.
    pub verbs: Vec<At<Str>>,
    /// The entry.
    pub origin: Origin,
}

/// A Service.
#[derive(Clone, Debug)]
pub struct Service {
    /// `ClusterIP`, `NodePort`, `LoadBalancer`.
    pub kind: At<Str>,
    /// Its ports.
    pub ports: Vec<ServicePort>,
    /// `sessionAffinity: ClientIP` with this timeout.
    pub affinity: Option<At<i64>>,
    /// Annotations of the Service alone.
    pub annotations: Vec<(Str, At<Str>)>,
    /// The block, or [`Origin::NONE`].
    pub origin: Origin,
}

/// A port of a Service. `targetPort` is the pod's number.
#[derive(Clone, Debug)]
pub struct ServicePort {
    /// Its name.
    pub name: At<Str>,
    /// The Service's port.
    pub number: At<u16>,
    /// The pod's port.
    pub target: At<u16>,
    /// Transport.
    pub protocol: Protocol,
    /// `appProtocol`: `http`, `grpc`, `kubernetes.io/h2c` …
    pub app_protocol: Option<Str>,
    /// `nodePort`.
    pub node_port: Option<At<u16>>,
}

/// What may flow, for one side of a NetworkPolicy. One rule each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// The other side; several are alternatives. Shared: DNS is one of every workload's.
    pub peers: Arc<[Peer]>,
    /// The pods' ports (N7): protocol, first, last.
    pub ports: Arc<[(Protocol, u16, u16)]>,
    /// What declared it.
    pub origin: Origin,
}

/// The other side of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// The pods of a workload (`app.kubernetes.io/instance`), in this namespace or another.
    Workload { instance: Str, namespace: Option<Str> },
    /// Pods by labels in namespaces by labels; an empty namespace selector is every namespace. Both empty: every pod of the cluster.
    Selected { namespace: Vec<(Str, Str)>, pods: Vec<(Str, Str)> },
    /// Addresses.
    Cidr { cidr: Str, except: Vec<Str> },
}

/// A PodDisruptionBudget. `unhealthyPodEvictionPolicy: AlwaysAllow` is always written (check 58).
#[derive(Clone, Debug)]
pub struct Budget {
    /// `maxUnavailable` or `minAvailable`.
    pub rule: BudgetRule,
    /// The block, or [`Origin::NONE`].
    pub origin: Origin,
}

/// One of the two (P1).
#[derive(Clone, Debug)]
pub enum BudgetRule {
    /// `maxUnavailable`.
    MaxUnavailable(At<IntOrPercent>),
    /// `minAvailable`.
    MinAvailable(At<IntOrPercent>),
}

/// A ServiceMonitor or PodMonitor over the workload, and its dashboard.
#[derive(Clone, Debug)]
pub struct Monitor {
    /// A ServiceMonitor, because one Service stands for all pods? Else a PodMonitor.
    pub by_service: bool,
    /// The port's name, which Service and container share (M1).
    pub port: At<Str>,
    /// Its number in the pod.
    pub number: u16,
    /// Read through the agent of the pod's proxy, which answers with the metrics of both (M6)?
    pub merged: bool,
    /// `path`.
    pub path: At<Str>,
    /// `interval`.
    pub interval: At<Str>,
    /// `scrapeTimeout`, at most the interval (M3).
    pub timeout: Option<At<Str>>,
    /// `scheme`, where it is not HTTP.
    pub scheme: Option<&'static str>,
    /// Grafana's JSON.
    pub dashboard: Option<Str>,
    /// The block.
    pub origin: Origin,
}

/// What the proxies of a workload do about traces.
#[derive(Clone, Debug)]
pub struct Telemetry {
    /// An entry of the mesh's `extensionProviders`; those that it has by default where there is none.
    pub provider: Option<At<Str>>,
    /// The share of traces beginning there that is kept.
    pub sample: At<Percent>,
    /// The block.
    pub origin: Origin,
}

/// What OpenTelemetry's operator puts into the pods of a workload (O5), by the workload's name.
#[derive(Clone, Debug)]
pub struct Instrumentation {
    /// The language: `java`, `nodejs`, `python`, `dotnet`, or `sdk` without an agent.
    pub language: At<&'static str>,
    /// `exporter.endpoint`.
    pub endpoint: At<Str>,
    /// `propagators`.
    pub propagators: Vec<At<Str>>,
    /// `sampler.argument`: the share of traces beginning there that is kept, of one.
    pub ratio: At<Str>,
    /// The block.
    pub origin: Origin,
}

impl Instrumentation {
    /// What the annotation of a pod begins with; the language follows, and its value is the Instrumentation's name (O6).
    pub const ANNOTATION: &'static str = "instrumentation.opentelemetry.io/inject-";
}

/// A PrometheusRule.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Its name.
    pub name: At<Str>,
    /// In order, no name twice.
    pub groups: Vec<RuleGroup>,
    /// What it is of.
    pub origin: Origin,
}

/// Rules that are evaluated one after another.
#[derive(Clone, Debug)]
pub struct RuleGroup {
    /// Its name.
    pub name: Str,
    /// In order: a rule may read what those before it record.
    pub rules: Vec<PrometheusRule>,
}

/// A rule of Prometheus (M7).
#[derive(Clone, Debug)]
pub struct PrometheusRule {
    /// An alert, or else a record.
    pub is_alert: bool,
    /// The alert's name, or the metric's.
    pub name: At<Str>,
    /// The query.
    pub query: At<Str>,
    /// `for`.
    pub pending: Option<At<Str>>,
    /// `keep_firing_for`.
    pub keep: Option<At<Str>>,
    /// By name.
    pub labels: Vec<(Str, At<Str>)>,
    /// By name.
    pub annotations: Vec<(Str, At<Str>)>,
    /// What gave it.
    pub origin: Origin,
}

/// A ConfigMap.
#[derive(Clone, Debug)]
pub struct ConfigMap {
    /// `<name>-<hash>`.
    pub name: At<Str>,
    /// The tier whose it is (`app.kubernetes.io/name`), or the app's.
    pub owner: Str,
    /// Key and text.
    pub data: Vec<(Str, At<Str>)>,
    /// The block.
    pub origin: Origin,
}

/// An ExternalSecret (external-secrets.io/v1).
#[derive(Clone, Debug)]
pub struct ExternalSecret {
    /// Its name, and that of the Secret it makes.
    pub name: At<Str>,
    /// The tier whose it is, or the app's.
    pub owner: Str,
    /// (kind `SecretStore` or `ClusterSecretStore`, name).
    pub store: (Str, At<Str>),
    /// `refreshInterval`, Go duration.
    pub refresh: At<Str>,
    /// Key of the Secret, remote key, remote property.
    pub data: Vec<(Str, At<Str>, Option<At<Str>>)>,
    /// The block.
    pub origin: Origin,
}

/// A flow that the program declares, or that the target implies. The list of them all is the truth that the emitted policies are held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Who opens it.
    pub from: Arc<End>,
    /// To whom.
    pub to: Arc<End>,
    /// Transport; `None` with every port.
    pub protocol: Protocol,
    /// First and last port of the pod (or of the outside system) that is reached.
    pub ports: (u16, u16),
    /// What declared it.
    pub origin: Origin,
    /// Why, in a word or two: `connects`, `dns`, `expose`, `gateway`, `mesh`, `external`, `api-server`, `monitor`, `keda`.
    pub because: &'static str,
}

/// An end of a connection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// The pods of a workload.
    Workload { namespace: Str, instance: Str },
    /// Pods that the program does not own, by labels of their namespace and of themselves; none of either is any.
    Selected { namespace: Vec<(Str, Str)>, pods: Vec<(Str, Str)> },
    /// Addresses.
    Cidr { cidr: Str, except: Vec<Str> },
}
