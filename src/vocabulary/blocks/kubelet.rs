//! Every field of KubeletConfiguration (`kubelet.config.k8s.io/v1beta1`), a row each (B7).
//!
//! A row gives the language its attribute and its type, and the document its field: where it lies, how the value is spelt there, and since
//! which minor the kubelet knows it. An attribute is named as the field is, in the language's spelling, without the unit that its literal
//! says itself: `imageGCHighThresholdPercent` is `image-gc-high-threshold = 85%`. What lies one level deeper has the name of its parent
//! before it: `authentication.anonymous.enabled` is `authentication-anonymous`.

use crate::tape::Origin;
use crate::units::{Bytes, Cidr, Decimal, Duration, Path, Percent, Quantity, Version};
use crate::vocabulary::value::{At, Node, Str, Value};
use crate::vocabulary::words::{
    AllocatableEnforcement, CgroupDriver, ChangeDetection, CpuManager, CredentialsCheck, EvictionAmount, Hairpin, KubeletAuthorization,
    LogFormat, MemoryManager, MemoryReservation, SwapBehavior, TaintEffect, TopologyPolicy, TopologyScope,
};
use crate::vocabulary::{Block, BlockInfo, Form, LabelRule, Map, Member, MemberIndex, Typed};

/// How a value is spelt in the document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spelling {
    /// As it is: a truth, a number, a text, a duration, an amount, a list or a map of them.
    Plain,
    /// A duration as its number of seconds.
    Seconds,
    /// A percentage as its whole number.
    Whole,
    /// A percentage as a number up to a million.
    PerMillion,
    /// A word in camel case: `limited-swap` is `LimitedSwap`.
    Camel,
    /// A version of TLS: `1.3` is `VersionTLS13`.
    Tls,
    /// Taints, by their keys.
    Taints,
    /// Amounts of memory, by the number of the NUMA node.
    ByNode,
    /// Durations, by the priority of the pods.
    ByPriority,
    /// Levels of a log, by the pattern of the source files.
    ByFile,
}

/// A field of the document.
#[derive(Debug)]
pub struct Row {
    /// Where it lies: `authentication.anonymous.enabled`.
    pub path: &'static str,
    /// How its value is spelt.
    pub spelling: Spelling,
    /// The first minor that knows it; 0 where all do.
    pub since: u32,
    /// The least and the most of a number.
    pub range: Option<(i64, i64)>,
}

macro_rules! rows {
    ($($(#[doc = $doc:literal])* $field:ident : $ty:ty => $path:literal $spelling:ident $(in $least:literal, $most:literal)? $(since $since:literal)? $(= $default:literal)?;)*) => {
        /// The fields, in the order of the Go type.
        pub static ROWS: &[Row] = &[$(Row {
            path: $path, spelling: Spelling::$spelling, since: rows!(@since $($since)?), range: rows!(@range $($least $most)?),
        },)*];
        static MEMBERS: &[Member] = &[$(Member::new(
            stringify!($field), concat!($($doc, "\n",)* ""), rows!(@default $($default)?), Form::Attribute(<$ty as Typed>::ty), 255,
        ),)*];
    };
    (@since) => { 0 };
    (@since $since:literal) => { $since };
    (@range) => { None };
    (@range $least:literal $most:literal) => { Some(($least, $most)) };
    (@default) => { None };
    (@default $default:literal) => { Some($default) };
}

rows! {
    /// Does the kubelet serve its API?
    enable_server: bool => "enableServer" Plain;
    /// The directory of static pods.
    static_pod_path: Path => "staticPodPath" Plain;
    /// The directory of the pods' logs.
    pod_logs_dir: Path => "podLogsDir" Plain;
    /// How often running pods are held against what is wanted.
    sync_frequency: Duration => "syncFrequency" Plain;
    /// How often the directory of static pods is read.
    file_check_frequency: Duration => "fileCheckFrequency" Plain;
    /// How often the address of static pods is asked.
    http_check_frequency: Duration => "httpCheckFrequency" Plain;
    /// An address that static pods are fetched from.
    static_pod_url: Str => "staticPodURL" Plain;
    /// Headers of that request.
    static_pod_url_header: Map<Vec<At<Str>>> => "staticPodURLHeader" Plain;
    /// The address that it listens on.
    address: Str => "address" Plain;
    /// The port that it listens on.
    port: i64 => "port" Plain in 1, 65_535;
    /// A port that answers everybody without a login; 0 is none.
    read_only_port: i64 => "readOnlyPort" Plain in 0, 65_535 = "0";
    /// Its certificate, where it is not made for it.
    tls_cert_file: Path => "tlsCertFile" Plain;
    /// The key of that certificate.
    tls_private_key_file: Path => "tlsPrivateKeyFile" Plain;
    /// Cipher suites of TLS 1.2, by their names in Go.
    tls_cipher_suites: Vec<At<Str>> => "tlsCipherSuites" Plain = "those with forward secrecy and authenticated encryption";
    /// The oldest TLS that it speaks: `1.2` or `1.3`.
    tls_min_version: Version => "tlsMinVersion" Tls = "1.2";
    /// Key exchanges of TLS, by their numbers at IANA.
    tls_curve_preferences: Vec<At<i64>> => "tlsCurvePreferences" Plain since 36;
    /// Does it ask for a new client certificate before the old one ends?
    rotate_certificates: bool => "rotateCertificates" Plain = "true";
    /// Does it ask the cluster for its serving certificate, in place of one that it signs itself? Somebody must approve the requests.
    server_tls_bootstrap: bool => "serverTLSBootstrap" Plain = "true";
    /// Who signed the client certificates that it accepts.
    authentication_client_ca: Path => "authentication.x509.clientCAFile" Plain = "\"/etc/kubernetes/pki/ca.crt\"";
    /// Does it ask the API server who a token belongs to?
    authentication_webhook: bool => "authentication.webhook.enabled" Plain = "true";
    /// How long it remembers that.
    authentication_webhook_cache: Duration => "authentication.webhook.cacheTTL" Plain;
    /// Is whoever does not say who he is let in, as `system:anonymous`?
    authentication_anonymous: bool => "authentication.anonymous.enabled" Plain = "false";
    /// Who decides what a caller may do.
    authorization_mode: KubeletAuthorization => "authorization.mode" Camel = "webhook";
    /// How long a yes of the API server holds.
    authorization_cache_authorized: Duration => "authorization.webhook.cacheAuthorizedTTL" Plain;
    /// How long a no holds.
    authorization_cache_unauthorized: Duration => "authorization.webhook.cacheUnauthorizedTTL" Plain;
    /// Image pulls a second; 0 is no limit.
    registry_pull_qps: i64 => "registryPullQPS" Plain in 0, 2_147_483_647;
    /// Image pulls at a burst.
    registry_burst: i64 => "registryBurst" Plain in 0, 2_147_483_647;
    /// Whose credentials are asked before a pod gets an image that is on the node.
    image_pull_credentials_verification_policy: CredentialsCheck => "imagePullCredentialsVerificationPolicy" Camel;
    /// Images that need none, where the policy is `never-verify-allowlisted-images`.
    preloaded_images_verification_allowlist: Vec<At<Str>> => "preloadedImagesVerificationAllowlist" Plain;
    /// Events a second. 0 was the kubelet's own number up to Kubernetes 1.36 and is no limit since: say the number.
    event_record_qps: i64 => "eventRecordQPS" Plain in 0, 2_147_483_647 = "50";
    /// Events at a burst.
    event_burst: i64 => "eventBurst" Plain in 0, 2_147_483_647 = "100";
    /// Does it serve logs, `exec` and `port-forward`?
    enable_debugging_handlers: bool => "enableDebuggingHandlers" Plain;
    /// Does it profile its locks?
    enable_contention_profiling: bool => "enableContentionProfiling" Plain;
    /// The port of its own health; 0 is none.
    healthz_port: i64 => "healthzPort" Plain in 0, 65_535;
    /// The address of that port.
    healthz_bind_address: Str => "healthzBindAddress" Plain;
    /// How early the kernel ends it for want of memory.
    oom_score_adj: i64 => "oomScoreAdj" Plain in -1000, 1000;
    /// The domain of Services. It is the target's, `target { dns { domain = … } }`.
    cluster_domain: Str => "clusterDomain" Plain = "the target's";
    /// Addresses of DNS, where they are not those that kubeadm gives.
    cluster_dns: Vec<At<Str>> => "clusterDNS" Plain;
    /// How long a connection of `exec` and `port-forward` may be idle.
    streaming_connection_idle_timeout: Duration => "streamingConnectionIdleTimeout" Plain;
    /// How often the node's state is computed.
    node_status_update_frequency: Duration => "nodeStatusUpdateFrequency" Plain;
    /// How often it is reported where nothing changed.
    node_status_report_frequency: Duration => "nodeStatusReportFrequency" Plain;
    /// How long the node's lease holds.
    node_lease_duration: Duration => "nodeLeaseDurationSeconds" Seconds;
    /// How old an unused image must be before it is taken away.
    image_minimum_gc_age: Duration => "imageMinimumGCAge" Plain;
    /// How old an unused image may be.
    image_maximum_gc_age: Duration => "imageMaximumGCAge" Plain;
    /// How full the disk is when images are taken away.
    image_gc_high_threshold: Percent => "imageGCHighThresholdPercent" Whole;
    /// Down to which share they are.
    image_gc_low_threshold: Percent => "imageGCLowThresholdPercent" Whole;
    /// How often the use of volumes is measured.
    volume_stats_agg_period: Duration => "volumeStatsAggPeriod" Plain;
    /// The control group of the kubelet.
    kubelet_cgroups: Str => "kubeletCgroups" Plain;
    /// The control group of everything else on the node; needs `cgroup-root`.
    system_cgroups: Str => "systemCgroups" Plain;
    /// The control group that pods are below.
    cgroup_root: Str => "cgroupRoot" Plain;
    /// Has each quality of service a control group?
    cgroups_per_qos: bool => "cgroupsPerQOS" Plain;
    /// Who makes control groups.
    cgroup_driver: CgroupDriver => "cgroupDriver" Plain;
    /// Are whole processors kept for a container?
    cpu_manager_policy: CpuManager => "cpuManagerPolicy" Plain;
    /// Does the kernel end the one process, and not all of its container's?
    single_process_oom_kill: bool => "singleProcessOOMKill" Plain;
    /// Options of `cpu-manager-policy`.
    cpu_manager_policy_options: Map<Str> => "cpuManagerPolicyOptions" Plain;
    /// How often processors are held against what was given.
    cpu_manager_reconcile_period: Duration => "cpuManagerReconcilePeriod" Plain;
    /// Is memory kept for a container?
    memory_manager_policy: MemoryManager => "memoryManagerPolicy" Camel;
    /// Must what a pod gets lie together?
    topology_manager_policy: TopologyPolicy => "topologyManagerPolicy" Plain;
    /// Of a container or of the whole pod?
    topology_manager_scope: TopologyScope => "topologyManagerScope" Plain;
    /// Options of `topology-manager-policy`.
    topology_manager_policy_options: Map<Str> => "topologyManagerPolicyOptions" Plain;
    /// Which share of a resource's requests is kept for the better qualities of service.
    qos_reserved: Map<Percent> => "qosReserved" Plain;
    /// How long a request to the runtime may take.
    runtime_request_timeout: Duration => "runtimeRequestTimeout" Plain;
    /// How a pod reaches itself through its Service.
    hairpin_mode: Hairpin => "hairpinMode" Plain;
    /// Pods of a node.
    max_pods: i64 => "maxPods" Plain in 1, 2_147_483_647;
    /// The addresses of a node's pods, where nobody else gives them.
    pod_cidr: Cidr => "podCIDR" Plain;
    /// Processes of a pod; -1 is no limit.
    pod_pids_limit: i64 => "podPidsLimit" Plain in -1, 4_194_304 = "4096";
    /// The file that pods' DNS settings start from.
    resolv_conf: Str => "resolvConf" Plain;
    /// Gone: the kubelet refuses it.
    run_once: bool => "runOnce" Plain;
    /// Are CPU limits enforced?
    cpu_cfs_quota: bool => "cpuCFSQuota" Plain;
    /// Over which time they are, 1ms to 1s; another than 100ms needs the feature gate `CustomCPUCFSQuotaPeriod`.
    cpu_cfs_quota_period: Duration => "cpuCFSQuotaPeriod" Plain;
    /// Images of which a node tells; -1 is all.
    node_status_max_images: i64 => "nodeStatusMaxImages" Plain in -1, 2_147_483_647;
    /// Files that it may have open.
    max_open_files: i64 => "maxOpenFiles" Plain in 0, 9_223_372_036_854_775_807;
    /// How it speaks with the API server.
    content_type: Str => "contentType" Plain;
    /// Its requests a second to the API server.
    kube_api_qps: i64 => "kubeAPIQPS" Plain in 0, 2_147_483_647;
    /// Its requests at a burst.
    kube_api_burst: i64 => "kubeAPIBurst" Plain in 0, 2_147_483_647;
    /// Is one image pulled after the other?
    serialize_image_pulls: bool => "serializeImagePulls" Plain = "false with `max-parallel-image-pulls` above 1";
    /// How many are pulled at once.
    max_parallel_image_pulls: i64 => "maxParallelImagePulls" Plain in 1, 2_147_483_647;
    /// Below which room pods are evicted at once: `{ "memory.available" = 200Mi, "nodefs.available" = 10% }`.
    eviction_hard: Map<EvictionAmount> => "evictionHard" Plain;
    /// Below which room they are evicted after a while.
    eviction_soft: Map<EvictionAmount> => "evictionSoft" Plain;
    /// After which while, one for each of `eviction-soft`.
    eviction_soft_grace_period: Map<Duration> => "evictionSoftGracePeriod" Plain;
    /// How long a node is said to be short behind it.
    eviction_pressure_transition_period: Duration => "evictionPressureTransitionPeriod" Plain;
    /// How long an evicted pod may take to end, at most.
    eviction_max_pod_grace_period: Duration => "evictionMaxPodGracePeriod" Seconds;
    /// How much more than needed is freed.
    eviction_minimum_reclaim: Map<EvictionAmount> => "evictionMinimumReclaim" Plain;
    /// Do the kubelet's own thresholds hold for what `eviction-hard` does not name?
    merge_default_eviction_settings: bool => "mergeDefaultEvictionSettings" Plain = "true with `eviction-hard`";
    /// Pods of a node, by its processors; 0 is no limit.
    pods_per_core: i64 => "podsPerCore" Plain in 0, 2_147_483_647;
    /// Does the controller attach and detach volumes?
    enable_controller_attach_detach: bool => "enableControllerAttachDetach" Plain;
    /// Does it stop where a parameter of the kernel is not as it wants, and not change it?
    protect_kernel_defaults: bool => "protectKernelDefaults" Plain = "true";
    /// Does it keep its chains of iptables?
    make_iptables_util_chains: bool => "makeIPTablesUtilChains" Plain;
    /// The bit of the mark of packets that are translated.
    iptables_masquerade_bit: i64 => "iptablesMasqueradeBit" Plain in 0, 31;
    /// The bit of the mark of packets that are dropped.
    iptables_drop_bit: i64 => "iptablesDropBit" Plain in 0, 31;
    /// Feature gates of the kubelet.
    feature_gates: Map<bool> => "featureGates" Plain;
    /// Does it refuse to start on a node with swap?
    fail_swap_on: bool => "failSwapOn" Plain;
    /// May containers swap? Needs `fail-swap-on = false`.
    memory_swap: SwapBehavior => "memorySwap.swapBehavior" Camel;
    /// How large a container's log may be before the next file is begun.
    container_log_max_size: Bytes => "containerLogMaxSize" Plain;
    /// How many of them are kept.
    container_log_max_files: i64 => "containerLogMaxFiles" Plain in 2, 2_147_483_647;
    /// How many logs are turned over at once.
    container_log_max_workers: i64 => "containerLogMaxWorkers" Plain in 1, 2_147_483_647;
    /// How often logs are looked at, 3s or more.
    container_log_monitor_interval: Duration => "containerLogMonitorInterval" Plain;
    /// How it learns that a ConfigMap or Secret changed.
    config_map_and_secret_change_detection_strategy: ChangeDetection => "configMapAndSecretChangeDetectionStrategy" Camel;
    /// What the system keeps for itself.
    system_reserved: Map<Quantity> => "systemReserved" Plain = "{ cpu = 100m, memory = 256Mi, \"ephemeral-storage\" = 1Gi }";
    /// What Kubernetes' own daemons keep.
    kube_reserved: Map<Quantity> => "kubeReserved" Plain = "{ cpu = 100m, memory = 256Mi, \"ephemeral-storage\" = 1Gi }";
    /// Processors that no pod gets: `"0-1"`.
    reserved_system_cpus: Str => "reservedSystemCPUs" Plain;
    /// The older version whose hidden metrics are shown.
    show_hidden_metrics_for_version: Str => "showHiddenMetricsForVersion" Plain;
    /// The control group of the system.
    system_reserved_cgroup: Str => "systemReservedCgroup" Plain;
    /// The control group of Kubernetes' daemons.
    kube_reserved_cgroup: Str => "kubeReservedCgroup" Plain;
    /// On whom the node's shares are enforced.
    enforce_node_allocatable: Vec<At<AllocatableEnforcement>> => "enforceNodeAllocatable" Plain;
    /// Kernel parameters that pods may set although they are unsafe.
    allowed_unsafe_sysctls: Vec<At<Str>> => "allowedUnsafeSysctls" Plain;
    /// Kernel parameters that every pod gets; needs the feature gate `DefaultPodSysctls`.
    default_pod_sysctls: Map<Str> => "defaultPodSysctls" Plain since 37;
    /// The directory of third parties' volume plugins.
    volume_plugin_dir: Path => "volumePluginDir" Plain;
    /// The node's name at its provider.
    provider_id: Str => "providerID" Plain;
    /// Does the kernel tell of memory that runs short?
    kernel_memcg_notification: bool => "kernelMemcgNotification" Plain;
    /// The format of its log.
    logging_format: LogFormat => "logging.format" Plain;
    /// How often the log is flushed.
    logging_flush_frequency: Duration => "logging.flushFrequency" Plain;
    /// How much it tells.
    logging_verbosity: i64 => "logging.verbosity" Plain in 0, 10;
    /// How much parts of it tell, by the pattern of their source files.
    logging_vmodule: Map<i64> => "logging.vmodule" ByFile;
    /// Do errors go to a stream of their own, as text?
    logging_text_split_stream: bool => "logging.options.text.splitStream" Plain;
    /// Room for messages before they are written, as text.
    logging_text_info_buffer_size: Quantity => "logging.options.text.infoBufferSize" Plain;
    /// Do errors go to a stream of their own, as JSON?
    logging_json_split_stream: bool => "logging.options.json.splitStream" Plain;
    /// Room for messages before they are written, as JSON.
    logging_json_info_buffer_size: Quantity => "logging.options.json.infoBufferSize" Plain;
    /// Does it serve the files below /var/log?
    enable_system_log_handler: bool => "enableSystemLogHandler" Plain;
    /// Does it answer queries of the system's log? Needs the feature gate `NodeLogQuery`.
    enable_system_log_query: bool => "enableSystemLogQuery" Plain;
    /// How long pods have to end when the node goes down.
    shutdown_grace_period: Duration => "shutdownGracePeriod" Plain = "30s";
    /// Which part of it is for critical pods.
    shutdown_grace_period_critical_pods: Duration => "shutdownGracePeriodCriticalPods" Plain = "10s";
    /// How long they have by their priority, in place of the two: `{ "100000" = 30s, "0" = 60s }`.
    shutdown_grace_period_by_pod_priority: Map<Duration> => "shutdownGracePeriodByPodPriority" ByPriority;
    /// The longest pause before a container that keeps ending is started again, 1s to 5m; needs the feature gate `KubeletCrashLoopBackOffMax`.
    crash_loop_max_restart_period: Duration => "crashLoopBackOff.maxContainerRestartPeriod" Plain;
    /// Memory that is kept back, by NUMA node: `{ "0" = { memory = 1Gi } }`.
    reserved_memory: Map<Map<Quantity>> => "reservedMemory" ByNode;
    /// Does it serve profiles?
    enable_profiling_handler: bool => "enableProfilingHandler" Plain;
    /// May its log's level be changed over its API?
    enable_debug_flags_handler: bool => "enableDebugFlagsHandler" Plain;
    /// Have pods that say nothing the runtime's seccomp profile?
    seccomp_default: bool => "seccompDefault" Plain = "true";
    /// At which part of its limit a container's memory is throttled; needs the feature gate `MemoryQoS`.
    memory_throttling_factor: Decimal => "memoryThrottlingFactor" Plain;
    /// Is memory that a container asks for kept for it? Needs the feature gate `MemoryQoS`.
    memory_reservation_policy: MemoryReservation => "memoryReservationPolicy" Camel since 36;
    /// Taints that the node comes with.
    register_with_taints: Map<TaintEffect> => "registerWithTaints" Taints;
    /// Does it register its node?
    register_node: bool => "registerNode" Plain;
    /// Where it sends its traces: `"otel-collector:4317"`.
    tracing_endpoint: Str => "tracing.endpoint" Plain;
    /// Of how many.
    tracing_sample: Percent => "tracing.samplingRatePerMillion" PerMillion;
    /// Is local storage counted?
    local_storage_capacity_isolation: bool => "localStorageCapacityIsolation" Plain;
    /// Where the runtime listens.
    container_runtime_endpoint: Str => "containerRuntimeEndpoint" Plain = "\"unix:///run/containerd/containerd.sock\"";
    /// Where the runtime's image service listens, if elsewhere.
    image_service_endpoint: Str => "imageServiceEndpoint" Plain;
    /// Does it refuse to start on a node with control groups of version 1?
    fail_cgroup_v1: bool => "failCgroupV1" Plain;
    /// How many user ids a pod with a user namespace gets.
    user_namespaces_ids_per_pod: i64 => "userNamespaces.idsPerPod" Plain in 65_536, 4_294_967_295;
}

/// What a program says of its kubelets.
#[derive(Debug)]
pub struct Kubelet {
    /// The block's header.
    pub origin: Origin,
    /// Rows, by their numbers, and what they are set to.
    pub said: Vec<(usize, At<Value>)>,
    /// What it allows itself, by name.
    pub allows: Vec<Str>,
}

impl Kubelet {
    /// The number of the row of this path.
    pub fn row(path: &str) -> Option<usize> {
        ROWS.iter().position(|r| r.path == path)
    }
    /// What is said of the field at this path.
    pub fn get(&self, path: &str) -> Option<&At<Value>> {
        let row = Kubelet::row(path)?;
        self.said.iter().find(|(number, _)| *number == row).map(|(_, value)| value)
    }
    /// The attribute's name, as a program writes it.
    pub fn name_of(path: &str) -> String {
        Kubelet::row(path).and_then(|row| MEMBERS.get(row)).map(Member::name).unwrap_or_default()
    }
    /// The block.
    pub fn described() -> &'static BlockInfo {
        static INFO: BlockInfo = BlockInfo {
            name: "kubelet",
            doc: "The agent of each node: KubeletConfiguration, with every field of it.\n\n\
                  What is hardened beyond the kubelet's own defaults has a default below, and is always written.\n",
            label: LabelRule::None,
            members: MEMBERS,
            kind: 255,
            index: MemberIndex::new(),
        };
        &INFO
    }
}

impl Block for Kubelet {
    fn info() -> &'static BlockInfo {
        Kubelet::described()
    }
    fn decode(node: &Node) -> Self {
        let mut said: Vec<(usize, At<Value>)> = node.attributes.iter().map(|(m, _, v)| (usize::from(*m), v.clone())).collect();
        said.sort_by_key(|(row, _)| *row);
        Kubelet { origin: node.origin, said, allows: node.allows.iter().map(|(n, _)| n.value.clone()).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The list of B7, and what came behind it.
    #[test]
    fn every_field_of_the_kind_has_a_row() {
        let text = include_str!("kubelet_fields.txt");
        let known: BTreeSet<&str> = text.lines().filter(|l| !l.starts_with('#')).flat_map(str::split_whitespace).collect();
        let rows: BTreeSet<&str> = ROWS.iter().map(|r| r.path.split('.').next().unwrap()).collect();
        assert_eq!(rows, known);
    }

    #[test]
    fn no_path_is_there_twice_and_each_attribute_is_named_after_its_field() {
        let paths: BTreeSet<&str> = ROWS.iter().map(|r| r.path).collect();
        assert_eq!(paths.len(), ROWS.len());
        for (row, member) in ROWS.iter().zip(MEMBERS) {
            let (letters, of) = (|s: &str| s.to_ascii_lowercase().replace(['-', '.'], ""), row.path.split('.').next().unwrap());
            let (name, first) = (letters(&member.name()), letters(of));
            let of_a_part = ["authentication", "authorization", "logging", "tracing", "crashloop", "usernamespaces"];
            assert!(
                first.starts_with(&name) || name.starts_with(&first) || of_a_part.iter().any(|p| name.starts_with(p)),
                "{name} {first}"
            );
        }
    }
}
