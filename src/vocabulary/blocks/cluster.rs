//! Blocks of the cluster itself: control plane, node pools, classes, backups.

use super::Kubelet;
use crate::units::{Bytes, Cron, Duration, Host, Path, Version};
use crate::vocabulary::value::{At, Str};
use crate::vocabulary::words::{
    Admission, Amount, Architecture, ArgumentValue, AuditLevel, Autoscaler, Binding, Capacity, Consolidation, Encryption, KeyAlgorithm,
    Managed, Preemption, Reclaim, Subnets, TaintEffect,
};
use crate::vocabulary::{Map, block};

block! {
    /// The cluster itself, once per program: the files that kubeadm makes it from, and the pools of its nodes.
    ///
    /// `control-plane` and `kubelet` become files that are no objects of the Kubernetes API: `kubeadm-config.yaml` (ClusterConfiguration and
    /// InitConfiguration of `kubeadm.k8s.io/v1beta4`, KubeletConfiguration), `audit-policy.yaml` and `encryption-config.yaml`. `bayplan build`
    /// prints the objects alone, so that what it prints can be applied; `--file kubeadm-config.yaml` prints that file in their place, and
    /// `--out DIR` writes all of them into the folder `NAME.kubeadm` beside those of the namespaces.
    pub struct Cluster "cluster" Name {
        /// The version of its control plane. A minor alone is its first release.
        kubernetes: Option<At<Version>> = "the target's",
        /// The name that its API server is reached by; that of the load balancer where there are several.
        endpoint: Option<At<Host>> = "required with `control-plane`",
        /// Its port.
        endpoint_port: Option<At<i64>> = "6443",
        /// Addresses of pods.
        pod_subnet: Option<At<Subnets>> = "\"10.244.0.0/16\"",
        /// Addresses of Services.
        service_subnet: Option<At<Subnets>> = "\"10.96.0.0/16\"",
        /// Addresses of nodes: written nowhere, and held against the other two.
        node_subnet: Option<At<Subnets>>,
        /// Where the images of the control plane are pulled from.
        registry: Option<At<Str>> = "\"registry.k8s.io\"",
        /// Who makes nodes as pods ask for them. One of them: two on one group of nodes undo each other's work.
        autoscaler: Option<At<Autoscaler>> = "none",
        /// The control plane.
        control_plane: Option<Box<ControlPlane>>,
        /// The agent of each node.
        kubelet: Option<Box<Kubelet>>,
        /// The kubelets' version, where they stay behind the control plane: at most three minors.
        kubelet_version: Option<At<Version>> = "that of the control plane",
        /// A pool of nodes; needs `autoscaler`.
        pool: Vec<Pool>,
    }
}

block! {
    /// The control plane, as kubeadm makes it.
    pub struct ControlPlane "control-plane" None {
        /// Further names and addresses in the API server's certificate.
        certificate_names: Option<At<Vec<At<Str>>>>,
        /// The algorithm of all keys.
        keys: Option<At<KeyAlgorithm>> = "ecdsa-p256",
        /// How long certificates hold.
        certificates: Option<At<Duration>> = "8760h",
        /// How long those hold that sign them.
        authorities: Option<At<Duration>> = "87600h",
        /// Plugins that look at every object before it is stored, besides those that are on anyway.
        admission: Option<At<Vec<At<Admission>>>> = "[NodeRestriction, DenyServiceExternalIPs]",
        /// The log of who did what.
        audit: Option<Box<Audit>>,
        /// Encrypts Secrets in etcd.
        encryption: Option<At<Encryption>>,
        /// kubeadm's own feature gates.
        feature_gates: Option<At<Map<bool>>>,
        /// The API server.
        api_server: Option<Box<Component>>,
        /// The controllers.
        controller_manager: Option<Box<Controllers>>,
        /// The scheduler.
        scheduler: Option<Box<Scheduler>>,
        /// etcd, on the same machines unless it says others.
        etcd: Option<Box<Etcd>>,
        /// The address that this machine's API server tells the others.
        advertise: Option<At<Str>>,
        /// Are images pulled one after the other?
        pull_one_by_one: Option<At<bool>>,
    }
}

block! {
    /// A program of the control plane: what it is told, and what it sees of the machine.
    pub struct Component {
        "api-server" None 1 => api_server,
        "controller-manager" None 2 => controller_manager,
        "scheduler" None 4 => scheduler,
    } {
        /// Its arguments, without the dashes: `{ "request-timeout" = "2m" }`. `profiling` is `false` unless said.
        args: Option<At<Map<ArgumentValue>>>,
        /// Files and folders of the machine that it sees, at the same path, read-only.
        mounts: Option<At<Vec<At<Path>>>>,
    }
}

block! {
    /// etcd.
    pub struct Etcd "etcd" None {
        /// Where it keeps its data.
        data: Option<At<Path>> = "\"/var/lib/etcd\"",
        /// Its arguments, without the dashes.
        args: Option<At<Map<ArgumentValue>>>,
        /// Its addresses, where it runs elsewhere.
        endpoints: Option<At<Vec<At<Str>>>>,
        /// Who signed its certificate.
        ca: Option<At<Path>> = "required with `endpoints`",
        /// The certificate that the API server shows it.
        certificate: Option<At<Path>> = "required with `endpoints`",
        /// The key of that certificate.
        key: Option<At<Path>> = "required with `endpoints`",
    }
}

block! {
    /// The log of who did what: an audit policy, the API server's arguments, and what it must see of the machine.
    ///
    /// Whatever the rules say, of Secrets, ConfigMaps and tokens the log keeps who touched them and never what is in them; and nothing of
    /// the questions that machines ask all day, whether the server is well and who leads.
    pub struct Audit "audit" None {
        /// What is kept of requests that no rule names.
        level: Option<At<AuditLevel>> = "metadata",
        /// A rule; the first that fits holds.
        rule: Vec<AuditRule>,
        /// The file.
        log: Option<At<Path>> = "\"/var/log/kubernetes/audit/audit.log\"",
        /// How long files are kept.
        keep: Option<At<Duration>> = "30d",
        /// How many are kept.
        files: Option<At<i64>> = "10",
        /// How large one becomes.
        size: Option<At<Bytes>> = "100Mi",
        /// The place of the policy on the machine: `audit-policy.yaml` belongs there before kubeadm runs.
        policy: Option<At<Path>> = "\"/etc/kubernetes/audit-policy.yaml\"",
    }
}

block! {
    /// A rule of the audit policy. What it does not say fits everything.
    pub struct AuditRule "rule" Text {
        /// What is kept.
        level: Option<At<AuditLevel>> = "required",
        /// Resources, `pods` or `apps/deployments`.
        resources: Option<At<Vec<At<Str>>>>,
        /// Verbs.
        verbs: Option<At<Vec<At<Str>>>>,
        /// Users.
        users: Option<At<Vec<At<Str>>>>,
        /// Their groups.
        groups: Option<At<Vec<At<Str>>>>,
        /// Namespaces.
        namespaces: Option<At<Vec<At<Str>>>>,
        /// Paths that are no resources: `/healthz*`.
        paths: Option<At<Vec<At<Str>>>>,
    }
}

block! {
    /// A pool of nodes of one sort. With `karpenter` a NodePool and an EC2NodeClass; with `cluster-autoscaler` an Auto Scaling group that is
    /// there already, and the tags that it must have.
    ///
    /// Either makes nodes for pods by what they request, and never by what they use.
    pub struct Pool "pool" Name {
        /// Families of instances: `["m7i", "m7g"]`.
        families: Option<At<Vec<At<Str>>>>,
        /// Types of instances: `["m7i.large"]`.
        instances: Option<At<Vec<At<Str>>>>,
        /// Architectures.
        architectures: Option<At<Vec<At<Architecture>>>> = "[amd64]",
        /// How they are paid for.
        capacity: Option<At<Vec<At<Capacity>>>> = "[on-demand]",
        /// Zones.
        zones: Option<At<Vec<At<Str>>>>,
        /// The most CPU of all its nodes together.
        cpu: Option<At<crate::units::Cpu>>,
        /// The most memory.
        memory: Option<At<Bytes>>,
        /// The least and the most nodes; Karpenter knows no least.
        nodes: Option<At<crate::vocabulary::Range<i64>>>,
        /// Which pool is tried first: the highest.
        weight: Option<At<i64>>,
        /// Labels of its nodes.
        labels: Option<At<Map<Str>>>,
        /// Taints of its nodes, by their keys: `{ dedicated = no-schedule("gpu") }`.
        taints: Option<At<Map<TaintEffect>>>,
        /// The system of its nodes, as an alias that names a release: `"al2023@v20251103"`.
        image: Option<At<Str>> = "required by karpenter",
        /// The role of its nodes in AWS.
        role: Option<At<Str>> = "required by karpenter",
        /// The value of the tag `karpenter.sh/discovery` of its subnets and security groups.
        discovery: Option<At<Str>> = "the cluster's name",
        /// The root disk, encrypted.
        disk: Option<At<Bytes>> = "50Gi",
        /// Which nodes are taken away to save.
        consolidate: Option<At<Consolidation>> = "when-empty-or-underutilized",
        /// How long after the last change.
        consolidate_after: Option<At<Duration>> = "1m",
        /// How many of its nodes may be away at once.
        disrupt: Option<At<Amount>> = "10%",
        /// How old a node becomes.
        expire: Option<At<Duration>> = "720h",
        /// How long pods have to leave a node that goes.
        grace: Option<At<Duration>> = "1h",
        /// The Auto Scaling group of the cluster autoscaler.
        group: Option<At<Str>> = "the cluster's name, a dash and the pool's",
    }
}

block! {
    /// A StorageClass: what claims of a class get.
    pub struct StorageClass "storage-class" Name {
        /// Who writes the object.
        managed: Option<At<Managed>> = "bayplan",
        /// The driver that makes volumes: `"ebs.csi.aws.com"`.
        provisioner: Option<At<Str>> = "required",
        /// What the driver is told.
        parameters: Option<At<Map<Str>>>,
        /// What becomes of a volume when its claim is taken away.
        reclaim: Option<At<Reclaim>> = "delete",
        /// May a claim grow?
        expand: Option<At<bool>> = "true",
        /// When a claim gets its volume.
        bind: Option<At<Binding>> = "when-used",
        /// Is it that of claims that name none? One class is.
        default: Option<At<bool>> = "false",
        /// Options of the mount.
        mount_options: Option<At<Vec<At<Str>>>>,
        /// Where volumes may lie: `{ "topology.kubernetes.io/zone" = ["eu-central-1a"] }`.
        topology: Option<At<Map<Vec<At<Str>>>>>,
    }
}

block! {
    /// A PriorityClass: who waits for whom where nodes are short.
    pub struct PriorityClass "priority-class" Name {
        /// Who writes the object.
        managed: Option<At<Managed>> = "bayplan",
        /// The higher goes first; at most 1000000000.
        value: Option<At<i64>> = "required",
        /// May its pods push others from their nodes?
        preempt: Option<At<Preemption>> = "lower-priority",
        /// Is it that of pods that name none? One class is.
        default: Option<At<bool>> = "false",
        /// Who it is for.
        description: Option<At<Str>>,
    }
}

block! {
    /// Backups by Velero: a Schedule in Velero's namespace, of everything in the namespace (of an app: with the app's label) and the volumes
    /// of its pods.
    pub struct Backup "backup" None {
        /// When, as cron says it.
        schedule: Option<At<Cron>> = "required",
        /// How long a backup is kept.
        keep: Option<At<Duration>> = "30d",
        /// Where Velero is.
        namespace: Option<At<Str>> = "\"velero\"",
        /// Velero's BackupStorageLocation.
        location: Option<At<Str>> = "Velero's default",
        /// Are volumes snapshot by their driver?
        snapshots: Option<At<bool>> = "true",
        /// Are the volumes' files copied?
        files: Option<At<bool>> = "false",
        /// Resources that are left out, `events`.
        without: Option<At<Vec<At<Str>>>>,
        /// How long a snapshot by a driver may take.
        timeout: Option<At<Duration>> = "Velero's, 10m",
    }
}

macro_rules! component {
    ($($(#[doc = $doc:literal])* $Name:ident = $info:ident;)*) => { $(
        $(#[doc = $doc])*
        #[derive(Debug)]
        pub struct $Name(pub Component);
        impl crate::vocabulary::Block for $Name {
            fn info() -> &'static crate::vocabulary::BlockInfo {
                Component::$info()
            }
            fn decode(node: &crate::vocabulary::value::Node) -> Self {
                $Name(Component::decode(node))
            }
        }
    )* };
}
component! {
    /// A `controller-manager`.
    Controllers = controller_manager;
    /// A `scheduler`.
    Scheduler = scheduler;
}
