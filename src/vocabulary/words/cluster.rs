//! Words of the cluster itself: control plane, kubelets, node pools, classes.

use crate::units::{Cidr, Percent, Quantity};
use crate::vocabulary::value::{At, Str};
use crate::vocabulary::{union, variants};

variants! {
    /// Who makes nodes as pods ask for them.
    pub enum Autoscaler "Autoscaler" {
        /// Nobody: the nodes are made by hand, or by another program.
        None "none",
        /// Karpenter 1.14 or later on AWS: NodePool and EC2NodeClass. It makes instances itself, without Auto Scaling groups.
        Karpenter "karpenter",
        /// The Cluster Autoscaler on AWS: it changes the size of Auto Scaling groups, which it finds by their tags.
        ClusterAutoscaler "cluster-autoscaler",
    }
}
union! {
    /// One subnet, or one of each family.
    pub enum Subnets {
        /// One.
        One(Cidr),
        /// Of IPv4 and of IPv6.
        Several(Vec<At<Cidr>>),
    }
}
variants! {
    /// The algorithm of the cluster's keys.
    pub enum KeyAlgorithm "KeyAlgorithm" {
        /// RSA, 2048 bits.
        Rsa2048 "rsa-2048",
        /// RSA, 3072 bits.
        Rsa3072 "rsa-3072",
        /// RSA, 4096 bits.
        Rsa4096 "rsa-4096",
        /// ECDSA over P-256.
        EcdsaP256 "ecdsa-p256",
        /// ECDSA over P-384. Kubernetes 1.34.
        EcdsaP384 "ecdsa-p384",
    }
}
variants! {
    /// Plugins of the API server that look at every object before it is stored, by the names that it knows them by.
    pub enum Admission "Admission" {
        /// Deprecated: it lets everything pass, and does nothing.
        AlwaysAdmit "AlwaysAdmit",
        /// Deprecated: it refuses everything.
        AlwaysDeny "AlwaysDeny",
        /// Every image is pulled at each start, so that nobody runs another's private image from the node.
        AlwaysPullImages "AlwaysPullImages",
        /// Who may approve certificates of a signer. On by default.
        CertificateApproval "CertificateApproval",
        /// Who may sign them. On by default.
        CertificateSigning "CertificateSigning",
        /// Nobody gets a certificate of `system:masters`. On by default.
        CertificateSubjectRestriction "CertificateSubjectRestriction",
        /// Who may publish trust bundles of a signer. On by default.
        ClusterTrustBundleAttest "ClusterTrustBundleAttest",
        /// An Ingress without a class gets the default one. On by default.
        DefaultIngressClass "DefaultIngressClass",
        /// A claim without a class gets the default one. On by default.
        DefaultStorageClass "DefaultStorageClass",
        /// How long pods stay on a node that does not answer. On by default.
        DefaultTolerationSeconds "DefaultTolerationSeconds",
        /// No Service takes addresses from outside for itself (CVE-2020-8554).
        DenyServiceExternalIPs "DenyServiceExternalIPs",
        /// So many events a second. Needs a configuration file.
        EventRateLimit "EventRateLimit",
        /// A pod that asks for a device tolerates the taint of its nodes.
        ExtendedResourceToleration "ExtendedResourceToleration",
        /// Asks a webhook about images. Needs a configuration file.
        ImagePolicyWebhook "ImagePolicyWebhook",
        /// Pods keep apart from each other by host alone.
        LimitPodHardAntiAffinityTopology "LimitPodHardAntiAffinityTopology",
        /// LimitRanges hold. On by default.
        LimitRanger "LimitRanger",
        /// Policies that change objects. On by default.
        MutatingAdmissionPolicy "MutatingAdmissionPolicy",
        /// Webhooks that change objects. On by default.
        MutatingAdmissionWebhook "MutatingAdmissionWebhook",
        /// A namespace is made when something is put in it.
        NamespaceAutoProvision "NamespaceAutoProvision",
        /// Nothing is put in a namespace that is not there.
        NamespaceExists "NamespaceExists",
        /// Nothing is put in a namespace that ends. On by default.
        NamespaceLifecycle "NamespaceLifecycle",
        /// A node has what its pods need. On by default. Kubernetes 1.35.
        NodeDeclaredFeatureValidator "NodeDeclaredFeatureValidator",
        /// A kubelet changes its own node and its own pods alone.
        NodeRestriction "NodeRestriction",
        /// Who may set owners.
        OwnerReferencesPermissionEnforcement "OwnerReferencesPermissionEnforcement",
        /// Claims grow where their class allows it. On by default.
        PersistentVolumeClaimResize "PersistentVolumeClaimResize",
        /// Groups of pods are not taken from under them. On by default. Kubernetes 1.36.
        PodGroupProtection "PodGroupProtection",
        /// Pods of a namespace go to nodes of a label.
        PodNodeSelector "PodNodeSelector",
        /// A pod is resized where that can be. On by default. Kubernetes 1.36.
        PodResizeValidator "PodResizeValidator",
        /// Pod Security Admission: the labels that `security` writes hold. On by default.
        PodSecurity "PodSecurity",
        /// Gone since Kubernetes 1.25, and refused.
        PodSecurityPolicy "PodSecurityPolicy",
        /// Which taints pods of a namespace may tolerate.
        PodTolerationRestriction "PodTolerationRestriction",
        /// Pods get the labels of their node's zone. On by default.
        PodTopologyLabels "PodTopologyLabels",
        /// Priority classes hold. On by default.
        Priority "Priority",
        /// ResourceQuotas hold. On by default.
        ResourceQuota "ResourceQuota",
        /// What a pod takes in addition for its runtime class. On by default.
        RuntimeClass "RuntimeClass",
        /// Pods have a service account. On by default.
        ServiceAccount "ServiceAccount",
        /// Claims and volumes in use are not taken away. On by default.
        StorageObjectInUseProtection "StorageObjectInUseProtection",
        /// A new node that is not ready gets no pod. On by default.
        TaintNodesByCondition "TaintNodesByCondition",
        /// Policies that judge objects. On by default.
        ValidatingAdmissionPolicy "ValidatingAdmissionPolicy",
        /// Webhooks that judge objects. On by default.
        ValidatingAdmissionWebhook "ValidatingAdmissionWebhook",
    }
}
variants! {
    /// How much of a request the audit log keeps.
    pub enum AuditLevel "AuditLevel" {
        /// Nothing.
        None "none",
        /// Who did what to which object, and when.
        Metadata "metadata",
        /// What was sent, too.
        Request "request",
        /// What was answered, too.
        RequestResponse "request-response",
    }
}
variants! {
    /// Who encrypts what the API server stores.
    pub enum Encryption "Encryption" {
        /// A key service behind a socket on the node: `kms("unix:///run/kms/socket.sock")`. No key stands in a program.
        Kms "kms" { endpoint: At<Str>, name: Option<At<Str>>, resources: Option<At<Vec<At<Str>>>> },
    }
}
union! {
    /// What an argument of a component is set to.
    pub enum ArgumentValue {
        /// A text.
        Text(Str),
        /// A number.
        Int(i64),
        /// `true` or `false`.
        Bool(bool),
        /// The argument once for each of these.
        Several(Vec<At<Str>>),
    }
}

variants! {
    /// Who decides what a caller of the kubelet may do.
    pub enum KubeletAuthorization "KubeletAuthorization" {
        /// The API server.
        Webhook "webhook",
        /// Nobody: every caller may do everything.
        AlwaysAllow "always-allow",
    }
}
variants! {
    /// Whose credentials are asked before a pod gets an image that is on the node.
    pub enum CredentialsCheck "CredentialsCheck" {
        /// Nobody's.
        Never "never-verify",
        /// Those for images that did not come with the node.
        Preloaded "never-verify-preloaded-images",
        /// Those for images that are on no list.
        Allowlisted "never-verify-allowlisted-images",
        /// Everybody's.
        Always "always-verify",
    }
}
variants! {
    /// Who makes control groups.
    pub enum CgroupDriver "CgroupDriver" {
        /// systemd.
        Systemd "systemd",
        /// The kubelet.
        Cgroupfs "cgroupfs",
    }
}
variants! {
    /// Are whole processors kept for a container?
    pub enum CpuManager "CpuManager" {
        /// No.
        None "none",
        /// Of guaranteed pods that ask for whole ones.
        Static "static",
    }
}
variants! {
    /// Is memory kept for a container?
    pub enum MemoryManager "MemoryManager" {
        /// No.
        None "none",
        /// Of guaranteed pods.
        Static "static",
    }
}
variants! {
    /// Is memory that a container asks for kept for it?
    pub enum MemoryReservation "MemoryReservation" {
        /// No.
        None "none",
        /// By its quality of service.
        Tiered "tiered-reservation",
    }
}
variants! {
    /// Must what a pod gets lie together?
    pub enum TopologyPolicy "TopologyPolicy" {
        /// No.
        None "none",
        /// Where it can.
        BestEffort "best-effort",
        /// It must, or the pod is refused.
        Restricted "restricted",
        /// On one NUMA node.
        Single "single-numa-node",
    }
}
variants! {
    /// What must lie together.
    pub enum TopologyScope "TopologyScope" {
        /// What one container gets.
        Container "container",
        /// What all of a pod's get.
        Pod "pod",
    }
}
variants! {
    /// How a pod reaches itself through its Service.
    pub enum Hairpin "Hairpin" {
        /// By a bridge that takes everything.
        Bridge "promiscuous-bridge",
        /// By a flag of its interface.
        Veth "hairpin-veth",
        /// Not at all.
        None "none",
    }
}
variants! {
    /// May containers swap?
    pub enum SwapBehavior "SwapBehavior" {
        /// No.
        No "no-swap",
        /// Within their share.
        Limited "limited-swap",
    }
}
variants! {
    /// How the kubelet learns that a ConfigMap or Secret changed.
    pub enum ChangeDetection "ChangeDetection" {
        /// It asks each time.
        Get "get",
        /// It asks, and remembers the answer for a while.
        Cache "cache",
        /// It is told.
        Watch "watch",
    }
}
variants! {
    /// On whom a node's shares are enforced.
    pub enum AllocatableEnforcement "AllocatableEnforcement" {
        /// Nobody.
        None "none",
        /// All pods together.
        Pods "pods",
        /// The system; needs `system-reserved-cgroup`.
        System "system-reserved",
        /// The system, its CPU alone.
        SystemCompressible "system-reserved-compressible",
        /// Kubernetes' daemons; needs `kube-reserved-cgroup`.
        Kube "kube-reserved",
        /// Kubernetes' daemons, their CPU alone.
        KubeCompressible "kube-reserved-compressible",
    }
}
variants! {
    /// The format of a log.
    pub enum LogFormat "LogFormat" {
        /// Text.
        Text "text",
        /// JSON.
        Json "json",
    }
}
union! {
    /// How much room must be left.
    pub enum EvictionAmount {
        /// A share of all.
        Share(Percent),
        /// An amount.
        Amount(Quantity),
    }
}
variants! {
    /// What a taint of a node does to pods that do not tolerate it.
    pub enum TaintEffect "TaintEffect" {
        /// They do not come.
        NoSchedule "no-schedule" { value: Option<At<Str>> },
        /// They come where nothing else is free.
        PreferNoSchedule "prefer-no-schedule" { value: Option<At<Str>> },
        /// They do not come, and go where they are.
        NoExecute "no-execute" { value: Option<At<Str>> },
    }
}
variants! {
    /// The processor architecture of nodes.
    pub enum Architecture "Architecture" {
        /// x86, 64 bits.
        Amd64 "amd64",
        /// ARM, 64 bits.
        Arm64 "arm64",
    }
}
variants! {
    /// How instances are paid for.
    pub enum Capacity "Capacity" {
        /// By the hour.
        OnDemand "on-demand",
        /// Cheap, and taken back at two minutes' notice.
        Spot "spot",
        /// Reserved before.
        Reserved "reserved",
    }
}
variants! {
    /// Which nodes are taken away to save.
    pub enum Consolidation "Consolidation" {
        /// Those without pods.
        Empty "when-empty",
        /// Those whose pods fit elsewhere, too.
        Underutilized "when-empty-or-underutilized",
    }
}
variants! {
    /// What becomes of a volume when its claim is taken away.
    pub enum Reclaim "Reclaim" {
        /// It goes, with what is on it.
        Delete "delete",
        /// It stays, until a person takes it away.
        Retain "retain",
    }
}
variants! {
    /// When a claim gets its volume.
    pub enum Binding "Binding" {
        /// When a pod uses it: in the pod's zone.
        WhenUsed "when-used",
        /// At once, in any zone.
        Immediate "immediate",
    }
}
variants! {
    /// May pods of a class push others from their nodes?
    pub enum Preemption "Preemption" {
        /// Those of lower classes.
        LowerPriority "lower-priority",
        /// Nobody: they wait at the head of the queue.
        Never "never",
    }
}
