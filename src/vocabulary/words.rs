//! Closed sets: words, and calls that read like words.

mod cluster;
mod scaling;
mod traffic;

pub use cluster::{
    Admission, AllocatableEnforcement, Architecture, ArgumentValue, AuditLevel, Autoscaler, Binding, Capacity, CgroupDriver,
    ChangeDetection, Consolidation, CpuManager, CredentialsCheck, Encryption, EvictionAmount, Hairpin, KeyAlgorithm, KubeletAuthorization,
    LogFormat, MemoryManager, MemoryReservation, Preemption, Reclaim, Subnets, SwapBehavior, TaintEffect, TopologyPolicy, TopologyScope,
};
pub use scaling::{
    Address, AutosizeMode, ControlledValues, CpuAmount, CpuUse, MemoryAmount, MemoryUse, MetricSource, MetricSpec, NoPace, OffsetReset,
    PodCpu, PodMemory, RabbitHost, Sasl, ScalePace, SecretKey, Trigger,
};
pub use traffic::{Balance, Certificate, IssuedBy, IssuerScope, MeshTls, Paths, RequestMatch, RetryOn};

use super::value::{At, PortRef, Str, Text, TierRef};
use super::{Anything, ConfigObject, Map, OwnPort, Range, SecretObject, Type, Typed, VerifyName, VolumeObject, union, variants};
use crate::units::{Bytes, Decimal, Duration, Path, Percent};

variants! {
    /// Service mesh of the platform.
    pub enum Mesh "Mesh" {
        /// No mesh.
        None "none",
        /// Istio with sidecars and its CNI node agent, 1.27 or later.
        Istio "istio",
        /// Istio's ambient mode: proxies on the nodes, for connections, and a waypoint before the tiers whose requests something is said of.
        Ambient "istio-ambient",
    }
}
variants! {
    /// Controller of progressive releases.
    pub enum Rollouts "Rollouts" {
        /// None: `rolling` and `recreate` only.
        None "none",
        /// Argo Rollouts: `canary` and `blue-green` too.
        Argo "argo",
        /// Bayplan's own engine. Not built yet.
        Native "native",
    }
}
variants! {
    /// How requests from outside come in.
    pub enum IngressKind "Ingress" {
        /// No ingress: `expose` opens the tier's Service to the cluster's pod network.
        None "none",
        /// Istio's Gateway and VirtualService.
        Istio "istio",
        /// The Gateway API: Gateway, HTTPRoute, GRPCRoute.
        GatewayApi "gateway-api",
        /// Ingress, with the annotations of ingress-nginx, which is retired since March 2026.
        Nginx "nginx",
    }
}
variants! {
    /// Monitoring stack.
    pub enum Monitoring "MonitoringStack" {
        /// None.
        None "none",
        /// The Prometheus operator.
        PrometheusOperator "prometheus-operator",
    }
}
variants! {
    /// How urgent an alert is: its label `severity`.
    pub enum Severity "Severity" {
        /// Good to know.
        Info "info",
        /// To be looked at in working hours.
        Warning "warning",
        /// Somebody is called.
        Critical "critical",
    }
}
variants! {
    /// How spans are sent.
    pub enum OtlpProtocol "OtlpProtocol" {
        /// OTLP over gRPC, by custom on port 4317.
        Grpc "grpc",
        /// OTLP as protobuf over HTTP, by custom on port 4318.
        HttpProtobuf "http-protobuf",
        /// OTLP as JSON over HTTP, by custom on port 4318.
        HttpJson "http-json",
        /// Jaeger's own protocol: gone from OpenTelemetry, and refused.
        Jaeger "jaeger",
    }
}
variants! {
    /// The language whose agent OpenTelemetry's operator puts into pods. Go's wants a privileged container and is not offered.
    pub enum Injection "Injection" {
        /// Java.
        Java "java",
        /// Node.js.
        NodeJs "nodejs",
        /// Python.
        Python "python",
        /// .NET.
        Dotnet "dotnet",
        /// No agent: the operator adds what it knows of the pod for a program that brings its own library.
        Sdk "sdk",
    }
}
variants! {
    /// How a trace is handed on from one service to the next.
    pub enum Propagator "Propagator" {
        /// W3C Trace Context.
        TraceContext "tracecontext",
        /// W3C Baggage.
        Baggage "baggage",
        /// Zipkin's in one header.
        B3 "b3",
        /// Zipkin's in several headers.
        B3Multi "b3multi",
        /// Jaeger's.
        Jaeger "jaeger",
        /// AWS X-Ray's.
        XRay "xray",
    }
}
union! {
    /// Where spans are sent.
    pub enum TraceEndpoint {
        /// A port of the program.
        Port(PortRef),
        /// A URL that was built from one.
        Text(Text),
    }
}
variants! {
    /// A Pod Security Standard.
    pub enum Security "Security" {
        /// Nothing runs as root, no capability but NET_BIND_SERVICE.
        Restricted "restricted",
        /// No known privilege escalation.
        Baseline "baseline",
        /// No rule at all.
        Privileged "privileged",
    }
}
variants! {
    /// Who writes the Namespace object.
    pub enum Managed "Managed" {
        /// Bayplan does.
        Bayplan "bayplan",
        /// Somebody else does: no Namespace, quota, limits or default-deny policy is written.
        External "external",
    }
}
variants! {
    /// When an image is pulled.
    pub enum Pull "Pull" {
        /// At each start of a container.
        Always "always",
        /// Where the node lacks it; only with a digest.
        IfNotPresent "if-not-present",
    }
}
variants! {
    /// A port with its protocol.
    pub enum PortKind "Port" {
        /// HTTP/1.1.
        Http "http" { number: At<i64>, service: Option<At<i64>> },
        /// HTTP over TLS.
        Https "https" { number: At<i64>, service: Option<At<i64>> },
        /// gRPC, which is HTTP/2 without TLS.
        Grpc "grpc" { number: At<i64>, service: Option<At<i64>> },
        /// Plain TCP.
        Tcp "tcp" { number: At<i64>, service: Option<At<i64>> },
        /// UDP.
        Udp "udp" { number: At<i64>, service: Option<At<i64>> },
        /// SCTP.
        Sctp "sctp" { number: At<i64>, service: Option<At<i64>> },
    }
}
union! {
    /// What `port NAME =` takes.
    pub enum PortSpec {
        /// A number; the label may say the protocol.
        Number(i64),
        /// A call that says it.
        Kind(PortKind),
    }
}
union! {
    /// What `replicas =` takes.
    pub enum Replicas {
        /// A fixed count.
        Fixed(i64),
        /// An autoscaler's bounds.
        Range(Range<i64>),
    }
}
variants! {
    /// How a container is asked whether it is well.
    pub enum ProbeSpec "Probe" {
        /// An HTTP GET that must answer 200 to 399.
        Http "http" { path: At<Path>, port: Option<At<OwnPort>>, headers: Option<At<Map<Str>>>, scheme: Option<At<Scheme>>,
            every: Option<At<Duration>>, timeout: Option<At<Duration>>, failures: Option<At<i64>>, delay: Option<At<Duration>> },
        /// A connection that must open.
        Tcp "tcp" { port: Option<At<OwnPort>>,
            every: Option<At<Duration>>, timeout: Option<At<Duration>>, failures: Option<At<i64>>, delay: Option<At<Duration>> },
        /// The standard gRPC health service, which must answer SERVING.
        Grpc "grpc" { port: Option<At<OwnPort>>, service: Option<At<Str>>,
            every: Option<At<Duration>>, timeout: Option<At<Duration>>, failures: Option<At<i64>>, delay: Option<At<Duration>> },
        /// A command that must end with 0.
        Exec "exec" { command: At<Vec<At<Text>>>,
            every: Option<At<Duration>>, timeout: Option<At<Duration>>, failures: Option<At<i64>>, delay: Option<At<Duration>> },
    }
}
variants! {
    /// URL scheme.
    pub enum Scheme "Scheme" {
        /// Plain.
        Http "HTTP",
        /// With TLS; the certificate is not checked.
        Https "HTTPS",
    }
}
variants! {
    /// What runs beside a container's start or end.
    pub enum Hook "Hook" {
        /// A command.
        Exec "exec" { command: At<Vec<At<Text>>> },
        /// An HTTP GET.
        Http "http" { path: At<Path>, port: Option<At<OwnPort>> },
        /// A pause, so that the endpoints' removal spreads before the process ends.
        Sleep "sleep" { seconds: At<Duration> },
    }
}
variants! {
    /// Where an environment variable's value comes from, when it is not text.
    pub enum EnvSource "EnvSource" {
        /// A key of a Secret.
        Secret "secret" { name: At<SecretObject>, key: At<Str>, optional: Option<At<bool>> },
        /// A key of a ConfigMap.
        Config "config" { name: At<ConfigObject>, key: At<Str>, optional: Option<At<bool>> },
        /// The pod's name.
        PodName "pod.name",
        /// The pod's namespace.
        PodNamespace "pod.namespace",
        /// The pod's address.
        PodIp "pod.ip",
        /// The pod's unique id.
        PodUid "pod.uid",
        /// A label of the pod.
        PodLabel "pod.label" { key: At<Str> },
        /// An annotation of the pod.
        PodAnnotation "pod.annotation" { key: At<Str> },
        /// The service account's name.
        PodAccount "pod.account",
        /// The node's name.
        NodeName "node.name",
        /// The node's address.
        NodeIp "node.ip",
        /// The container's CPU limit in whole cores, rounded up.
        LimitsCpu "limits.cpu",
        /// The container's memory limit in bytes.
        LimitsMemory "limits.memory",
        /// The container's CPU request in milli-cores.
        RequestsCpu "requests.cpu",
        /// The container's memory request in bytes.
        RequestsMemory "requests.memory",
    }
}
union! {
    /// What `env NAME =` takes.
    pub enum EnvSpec {
        /// Text, with the ports it was built from.
        Text(Text),
        /// A number, written in decimal.
        Int(i64),
        /// `true` or `false`.
        Bool(bool),
        /// From elsewhere.
        Source(EnvSource),
    }
}
variants! {
    /// All keys of an object as variables.
    pub enum EnvFromSpec "EnvFrom" {
        /// Of a Secret.
        Secret "secret" { name: At<SecretObject>, prefix: Option<At<Str>>, optional: Option<At<bool>> },
        /// Of a ConfigMap.
        Config "config" { name: At<ConfigObject>, prefix: Option<At<Str>>, optional: Option<At<bool>> },
    }
}
variants! {
    /// What a volume holds, and where it is mounted.
    pub enum VolumeSpec "Volume" {
        /// A claim of each replica's own, kept when the pod goes: the tier becomes a StatefulSet.
        Claim "claim" { at: At<Path>, size: At<Bytes>, class: Option<At<Str>>, access: Option<At<Access>> },
        /// A volume that the app declares for all its tiers.
        Mount "mount" { at: At<Path>, of: At<VolumeObject>, read_only: Option<At<bool>> },
        /// A claim that exists.
        Existing "existing" { at: At<Path>, claim: At<Str>, read_only: Option<At<bool>> },
        /// Space on the node's disk that goes with the pod.
        Scratch "scratch" { at: At<Path>, size: Option<At<Bytes>> },
        /// Space in the node's memory, counted in the container's memory limit.
        Memory "memory" { at: At<Path>, size: At<Bytes> },
        /// The keys of a Secret as files.
        Secret "secret" { at: At<Path>, name: At<SecretObject>, keys: Option<At<Map<Str>>>, optional: Option<At<bool>> },
        /// The keys of a ConfigMap as files.
        Config "config" { at: At<Path>, name: At<ConfigObject>, keys: Option<At<Map<Str>>>, optional: Option<At<bool>> },
    }
}
variants! {
    /// A volume that an app declares for its tiers.
    pub enum SharedVolume "SharedVolume" {
        /// One claim, a PersistentVolumeClaim.
        Claim "claim" { size: At<Bytes>, class: Option<At<Str>>, access: Option<At<Access>> },
    }
}
variants! {
    /// How many nodes may mount a claim.
    pub enum Access "Access" {
        /// One node.
        Once "read-write-once",
        /// One pod.
        OncePod "read-write-once-pod",
        /// Many nodes.
        Many "read-write-many",
        /// Many nodes, none writes.
        ReadMany "read-only-many",
    }
}
variants! {
    /// Where a declared Secret comes from.
    pub enum SecretFrom "SecretFrom" {
        /// It exists in the namespace.
        Existing "existing",
        /// External Secrets fetches it: an ExternalSecret is written.
        External "external" { store: At<Str>, path: At<Str>, kind: Option<At<StoreKind>>, refresh: Option<At<Duration>> },
    }
}
variants! {
    /// The kind of a secret store.
    pub enum StoreKind "StoreKind" {
        /// For the whole cluster.
        Cluster "cluster",
        /// In the namespace.
        Namespaced "namespaced",
    }
}
variants! {
    /// The text of a configuration file.
    pub enum ContentSpec "Content" {
        /// A Tera template of the project with its variables.
        Template "template" { path: At<Str>, variables: Option<At<Anything>> },
        /// A file of the project, as it is.
        File "file" { path: At<Str> },
    }
}
union! {
    /// What `file NAME =` and `key NAME =` take.
    pub enum Content {
        /// Text.
        Text(Text),
        /// From a file.
        Source(ContentSpec),
    }
}
union! {
    /// A count of pods, or a share of them.
    pub enum Amount {
        /// A count.
        Int(i64),
        /// A share.
        Percent(Percent),
    }
}
variants! {
    /// How a StatefulSet is asked for.
    pub enum Identity "Identity" {
        /// Each replica keeps its name.
        Stable "stable",
    }
}
variants! {
    /// A Linux capability (`drop: [ALL]` is always written; this adds).
    pub enum Capability "Capability" {
        /// Bind ports below 1024; the only one that `restricted` admits.
        NetBindService "NET_BIND_SERVICE",
        /// Write audit records.
        AuditWrite "AUDIT_WRITE",
        /// Change owners of files.
        Chown "CHOWN",
        /// Pass over permissions of files.
        DacOverride "DAC_OVERRIDE",
        /// Pass over checks of owners.
        Fowner "FOWNER",
        /// Keep set-id bits.
        Fsetid "FSETID",
        /// Send signals.
        Kill "KILL",
        /// Make special files.
        Mknod "MKNOD",
        /// Set file capabilities.
        Setfcap "SETFCAP",
        /// Change group ids.
        Setgid "SETGID",
        /// Change capabilities.
        Setpcap "SETPCAP",
        /// Change user ids.
        Setuid "SETUID",
        /// Use chroot.
        SysChroot "SYS_CHROOT",
        /// Raw sockets; only where the namespace is `privileged`.
        NetRaw "NET_RAW",
        /// Network administration; only where the namespace is `privileged`.
        NetAdmin "NET_ADMIN",
        /// Trace processes; only where the namespace is `privileged`.
        SysPtrace "SYS_PTRACE",
        /// System administration; only where the namespace is `privileged`.
        SysAdmin "SYS_ADMIN",
    }
}
variants! {
    /// How a Service is reached.
    pub enum ServiceKind "ServiceType" {
        /// From inside the cluster.
        ClusterIp "cluster-ip",
        /// On a port of every node.
        NodePort "node-port",
        /// Through the platform's load balancer.
        LoadBalancer "load-balancer",
    }
}
variants! {
    /// Whether a client stays with one pod.
    pub enum SessionAffinity "SessionAffinity" {
        /// Any pod.
        None "none",
        /// The same pod for an address.
        ClientIp "client-ip",
    }
}
variants! {
    /// What a verb of the Kubernetes API does.
    pub enum Verb "Verb" {
        /// Read one.
        Get "get",
        /// Read all.
        List "list",
        /// Follow changes.
        Watch "watch",
        /// Make.
        Create "create",
        /// Replace.
        Update "update",
        /// Change.
        Patch "patch",
        /// Remove one.
        Delete "delete",
        /// Remove all.
        DeleteCollection "deletecollection",
    }
}
variants! {
    /// What a taint does to pods that do not tolerate it.
    pub enum Effect "Effect" {
        /// Not placed.
        NoSchedule "no-schedule",
        /// Placed last.
        PreferNoSchedule "prefer-no-schedule",
        /// Taken off.
        NoExecute "no-execute",
    }
}
variants! {
    /// How far apart places are.
    pub enum Topology "Topology" {
        /// Nodes.
        Host "host",
        /// Zones.
        Zone "zone",
        /// Regions.
        Region "region",
    }
}
variants! {
    /// How a node's DNS settings are taken.
    pub enum DnsPolicy "DnsPolicy" {
        /// The cluster's DNS first.
        ClusterFirst "cluster-first",
        /// The node's.
        Default "default",
        /// Only what `dns` says.
        None "none",
    }
}
variants! {
    /// What happens when a run is due while the last one goes on.
    pub enum Overlap "Overlap" {
        /// The new run is left out.
        Forbid "forbid",
        /// The old run is ended.
        Replace "replace",
        /// Both go on.
        Allow "allow",
    }
}
variants! {
    /// What happens to a container of a job that fails.
    pub enum Restart "Restart" {
        /// A new pod.
        Never "never",
        /// The same pod.
        OnFailure "on-failure",
    }
}
union! {
    /// What `connects` takes.
    pub enum Connection {
        /// A port.
        Port(PortRef),
        /// A tier, with all its ports.
        Tier(TierRef),
    }
}

variants! {
    /// A step of a canary that is neither a weight nor a pause.
    pub enum StepWord "Step" {
        /// Waits for a person.
        Manual "manual",
        /// Runs so many pods of the new version, until a weight needs more.
        Scale "scale" { pods: At<i64> },
        /// Sends a copy of this share of the requests to the new version; its answers are thrown away. `mirror(0%)` ends it.
        Mirror "mirror" { share: At<Percent> },
        /// Goes on when this `verify` has passed, and back when it has failed.
        Verify "verify" { name: At<VerifyName> },
    }
}
union! {
    /// A step of a canary.
    pub enum Step {
        /// The share of requests that goes to the new version from here on.
        Weight(Percent),
        /// A wait.
        Pause(Duration),
        /// Anything else.
        Word(StepWord),
    }
}
variants! {
    /// Who decides.
    pub enum Person "Person" {
        /// A person does.
        Manual "manual",
    }
}
union! {
    /// When the new version is made the active one.
    pub enum Promote {
        /// So long after it is ready.
        After(Duration),
        /// When a person says so.
        Person(Person),
    }
}
variants! {
    /// A `verify` of the same rollout.
    pub enum Verification "Verification" {
        /// By its name.
        Verify "verify" { name: At<VerifyName> },
    }
}
union! {
    /// What a measured value is held against.
    pub enum Threshold {
        /// A share: `1%` is 0.01.
        Share(Percent),
        /// A number.
        Number(Decimal),
    }
}
variants! {
    /// What an answer without data means.
    pub enum NoData "NoData" {
        /// The measurement has passed.
        Pass "pass",
        /// The measurement has failed.
        Fail "fail",
    }
}

/// The sets that a program can name as a type of a parameter.
pub fn named(name: &str) -> Option<Type> {
    let all: [fn() -> Type; 9] = [
        <ProbeSpec as Typed>::ty,
        <Security as Typed>::ty,
        <Pull as Typed>::ty,
        <Access as Typed>::ty,
        <Capability as Typed>::ty,
        <Verb as Typed>::ty,
        <Effect as Typed>::ty,
        <Topology as Typed>::ty,
        <Hook as Typed>::ty,
    ];
    all.iter().map(|t| t()).find(|t| matches!(t, Type::Variants(v) if v.name == name))
}
