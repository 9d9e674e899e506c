//! What a minor lost, has not got yet, or has switched off unless its operator says otherwise.
//!
//! Sources: rules.md §5.2 (removed API versions) and §5.3 (features by minor); the stages of the feature gates are those of the table
//! of versioned gates in the API server of 1.37.1, so that a patch release that switched a gate off counts for its whole minor.

use super::MINORS;
use crate::tape::{Key, key};

/// How far a feature is at one minor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Stage {
    /// The field is there but the server drops it unless the gate is set: alpha, or beta that is off.
    Off,
    /// On unless somebody switched it off.
    Beta,
    /// On for good.
    Stable,
}

/// A field behind a feature gate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gate {
    /// The gate's name, as `--feature-gates` knows it.
    pub gate: &'static str,
    /// The shape that has the field, by [`super::ShapeId::name`].
    pub shape: &'static str,
    /// The field's name.
    pub field: &'static str,
    /// The same as a number.
    key: Key,
    /// First minor where it is on, first where it is stable.
    since: (Option<u8>, Option<u8>),
}

impl Gate {
    const fn new(gate: &'static str, shape: &'static str, field: &'static str, on: Option<u8>, stable: Option<u8>) -> Gate {
        Gate { gate, shape, field, key: key(field), since: (on, stable) }
    }
    /// How far it is at a minor.
    pub fn stage(&self, minor: u8) -> Stage {
        let reached = |since: Option<u8>| since.is_some_and(|since| since <= minor);
        if reached(self.since.1) {
            Stage::Stable
        } else if reached(self.since.0) {
            Stage::Beta
        } else {
            Stage::Off
        }
    }
    /// The first minor where the field is on by default, if one known here has it on.
    pub fn on_since(&self) -> Option<u8> {
        self.since.0
    }
}

/// Every field of a stable API whose gate is off at some minor from 1.33 to 1.37.
pub const GATES: &[Gate] = &[
    Gate::new("HPAConfigurableTolerance", "HPAScalingRules", "tolerance", Some(35), Some(37)),
    // On in 1.35.0 to 1.35.3, then off again until 1.37.
    Gate::new("MaxUnavailableStatefulSet", "RollingUpdateStatefulSetStrategy", "maxUnavailable", Some(37), None),
    Gate::new("PodLevelResources", "PodSpec", "resources", Some(34), None),
    Gate::new("DynamicResourceAllocation", "PodSpec", "resourceClaims", Some(34), Some(34)),
    Gate::new("DynamicResourceAllocation", "ResourceRequirements", "claims", Some(34), Some(34)),
    Gate::new("HostnameOverride", "PodSpec", "hostnameOverride", Some(35), Some(37)),
    Gate::new("GenericWorkload", "PodSpec", "workloadRef", None, None),
    Gate::new("GenericWorkload", "PodSpec", "schedulingGroup", None, None),
    Gate::new("EvictionRequestAPI", "PodSpec", "evictionResponders", None, None),
    Gate::new("WorkloadWithJob", "JobSpec", "scheduling", None, None),
    Gate::new("ImageVolume", "Volume", "image", Some(35), Some(36)),
    Gate::new("ContainerRestartRules", "Container", "restartPolicyRules", Some(35), None),
    Gate::new("ContainerStopSignals", "Lifecycle", "stopSignal", None, None),
    Gate::new("EnvFiles", "EnvVarSource", "fileKeyRef", Some(35), None),
    Gate::new("PodCertificateRequest", "VolumeProjection", "podCertificate", Some(37), Some(37)),
    Gate::new("ClusterTrustBundleProjection", "VolumeProjection", "clusterTrustBundle", Some(37), Some(37)),
    Gate::new("VolumeAttributesClass", "PersistentVolumeClaimSpec", "volumeAttributesClassName", Some(34), Some(34)),
    Gate::new("VolumeAttributesClass", "PersistentVolumeSpec", "volumeAttributesClassName", Some(34), Some(34)),
    Gate::new("CrossNamespaceVolumeDataSource", "TypedObjectReference", "namespace", None, None),
    Gate::new("EmptyDirVolumeMode", "EmptyDirVolumeSource", "mode", None, None),
    Gate::new("VolumeBindMountOptions", "VolumeMount", "bindMountOptions", None, None),
    Gate::new("AtomicWriteVolumeUserFields", "SecretVolumeSource", "defaultUser", None, None),
    Gate::new("AtomicWriteVolumeUserFields", "ConfigMapVolumeSource", "defaultUser", None, None),
    Gate::new("AtomicWriteVolumeUserFields", "ProjectedVolumeSource", "defaultUser", None, None),
    Gate::new("AtomicWriteVolumeUserFields", "DownwardAPIVolumeSource", "defaultUser", None, None),
    Gate::new("AtomicWriteVolumeUserFields", "KeyToPath", "user", None, None),
    Gate::new("H2CContainerProbe", "HTTPGetAction", "protocol", None, None),
    Gate::new("GRPCContainerProbeTLS", "GRPCAction", "mode", None, None),
];

/// The gate of a shape's field, if it has one.
pub fn gate(shape: &str, field: &str) -> Option<&'static Gate> {
    GATES.iter().find(|gate| gate.shape == shape && gate.field == field)
}

/// The same by the field's number. Few fields have the name of a gated one, so that the shape's is seldom asked for.
pub fn gate_of(field: Key, shape: impl Fn() -> &'static str) -> Option<&'static Gate> {
    GATES.iter().find(|gate| gate.key == field && gate.shape == shape())
}

/// Features that are values rather than fields: the first minor where they work without a gate being set.
pub mod since {
    /// `minReplicas: 0` on a HorizontalPodAutoscaler (gate HPAScaleToZero, beta and on in 1.37).
    pub const HPA_SCALE_TO_ZERO: u8 = 37;
    /// `restartPolicy: Always` on an init container, the sidecar (stable in 1.33, on since 1.29).
    pub const SIDECAR: u8 = 33;
    /// Resizing a running pod's containers (gate InPlacePodVerticalScaling, beta and on in 1.33, stable in 1.35).
    pub const IN_PLACE_RESIZE: u8 = 33;
    /// `hostUsers: false` (gate UserNamespacesSupport, beta and on in 1.33, stable in 1.36).
    pub const HOST_USERS: u8 = 33;
    /// Names of environment variables with any printable ASCII but `=` (gate RelaxedEnvironmentVariableValidation, stable in 1.34, on since 1.32).
    pub const RELAXED_ENV_NAMES: u8 = 33;
    /// `trafficDistribution: PreferSameZone` and `PreferSameNode` (gate PreferSameTrafficDistribution, on since 1.34).
    pub const PREFER_SAME_ZONE: u8 = 34;
    /// First minor that rejects leading zeros and host bits in addresses and ranges (gate StrictIPCIDRValidation).
    pub const STRICT_CIDR: u8 = 36;
    /// First minor whose `gitRepo` volumes no longer work.
    pub const GIT_REPO_GONE: u8 = 36;
}

/// An API version that a minor no longer serves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Removed {
    /// `policy/v1beta1`
    pub api_version: &'static str,
    /// The kinds; empty for all of the version.
    pub kinds: &'static [&'static str],
    /// First minor without it.
    pub gone: u8,
    /// What to write instead; empty where nothing replaces it.
    pub instead: &'static str,
}

const fn removed(api_version: &'static str, kinds: &'static [&'static str], gone: u8, instead: &'static str) -> Removed {
    Removed { api_version, kinds, gone, instead }
}

/// rules.md §5.2.
pub const REMOVED: &[Removed] = &[
    removed("extensions/v1beta1", &["Ingress"], 22, "networking.k8s.io/v1"),
    removed("extensions/v1beta1", &["Deployment", "DaemonSet", "ReplicaSet"], 16, "apps/v1"),
    removed("extensions/v1beta1", &["NetworkPolicy"], 16, "networking.k8s.io/v1"),
    removed("apps/v1beta1", &[], 16, "apps/v1"),
    removed("apps/v1beta2", &[], 16, "apps/v1"),
    removed("networking.k8s.io/v1beta1", &["Ingress", "IngressClass"], 22, "networking.k8s.io/v1"),
    removed(
        "admissionregistration.k8s.io/v1beta1",
        &["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"],
        22,
        "admissionregistration.k8s.io/v1",
    ),
    removed("apiextensions.k8s.io/v1beta1", &[], 22, "apiextensions.k8s.io/v1"),
    removed("rbac.authorization.k8s.io/v1beta1", &[], 22, "rbac.authorization.k8s.io/v1"),
    removed("certificates.k8s.io/v1beta1", &["CertificateSigningRequest"], 22, "certificates.k8s.io/v1"),
    removed("coordination.k8s.io/v1beta1", &["Lease"], 22, "coordination.k8s.io/v1"),
    removed("scheduling.k8s.io/v1beta1", &["PriorityClass"], 22, "scheduling.k8s.io/v1"),
    removed("storage.k8s.io/v1beta1", &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"], 22, "storage.k8s.io/v1"),
    removed("batch/v1beta1", &["CronJob"], 25, "batch/v1"),
    removed("discovery.k8s.io/v1beta1", &[], 25, "discovery.k8s.io/v1"),
    removed("policy/v1beta1", &["PodDisruptionBudget"], 25, "policy/v1"),
    removed("policy/v1beta1", &["PodSecurityPolicy"], 25, ""),
    removed("events.k8s.io/v1beta1", &[], 25, "events.k8s.io/v1"),
    removed("node.k8s.io/v1beta1", &[], 25, "node.k8s.io/v1"),
    removed("autoscaling/v2beta1", &[], 25, "autoscaling/v2"),
    removed("autoscaling/v2beta2", &[], 26, "autoscaling/v2"),
    removed("flowcontrol.apiserver.k8s.io/v1beta1", &[], 26, "flowcontrol.apiserver.k8s.io/v1"),
    removed("storage.k8s.io/v1beta1", &["CSIStorageCapacity"], 27, "storage.k8s.io/v1"),
    removed("flowcontrol.apiserver.k8s.io/v1beta2", &[], 29, "flowcontrol.apiserver.k8s.io/v1"),
    removed("flowcontrol.apiserver.k8s.io/v1beta3", &[], 32, "flowcontrol.apiserver.k8s.io/v1"),
    removed("networking.k8s.io/v1alpha1", &[], 33, "networking.k8s.io/v1"),
    removed(
        "admissionregistration.k8s.io/v1beta1",
        &["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"],
        34,
        "admissionregistration.k8s.io/v1",
    ),
    removed("storage.k8s.io/v1alpha1", &["VolumeAttributesClass"], 35, "storage.k8s.io/v1"),
    removed("storagemigration.k8s.io/v1alpha1", &[], 35, "storagemigration.k8s.io/v1"),
    removed("certificates.k8s.io/v1alpha1", &["ClusterTrustBundle"], 37, "certificates.k8s.io/v1"),
    removed("networking.k8s.io/v1beta1", &["IPAddress", "ServiceCIDR"], 37, "networking.k8s.io/v1"),
    removed("storage.k8s.io/v1beta1", &["VolumeAttributesClass"], 37, "storage.k8s.io/v1"),
    removed("scheduling.k8s.io/v1alpha2", &[], 37, "scheduling.k8s.io/v1beta1"),
];

/// Is the kind served?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Served {
    /// By every cluster of the minor.
    Yes,
    /// Only where the operator switched the API version on: it is alpha, or a beta of the last years.
    OffByDefault,
    /// Not any more since `gone`; `instead` is the API version to write, empty where there is none.
    Removed {
        /// First minor without it.
        gone: u8,
        /// The API version to write.
        instead: &'static str,
    },
    /// Not yet: `since` is the first minor with it.
    NotYet {
        /// First minor with it.
        since: u8,
    },
    /// The kind exists, but not in this API version; this is one that the minor serves.
    OtherVersion {
        /// The API version to write.
        instead: &'static str,
    },
    /// No minor known here has a kind of this name: a custom resource, or a misspelling.
    Unknown,
}

/// Is a kind served in this API version at the minor?
pub fn served(minor: u8, api_version: &str, kind: &str) -> Served {
    if super::kind(minor, api_version, kind).is_some() {
        return if is_off_by_default(api_version) { Served::OffByDefault } else { Served::Yes };
    }
    let gone = REMOVED
        .iter()
        .find(|row| row.gone <= minor && row.api_version == api_version && (row.kinds.is_empty() || row.kinds.contains(&kind)));
    if let Some(row) = gone {
        return Served::Removed { gone: row.gone, instead: row.instead };
    }
    // The newest of the stable versions: `v2` sorts after `v1`, and `v1beta1` is no choice.
    let stable = || super::api_versions(minor, kind).filter(|version| !is_off_by_default(version)).last();
    if let Some(since) = super::kind_minors(api_version, kind).find(|since| *since > minor) {
        return Served::NotYet { since };
    }
    if let Some(last) = super::kind_minors(api_version, kind).last() {
        return Served::Removed { gone: last + 1, instead: stable().unwrap_or("") };
    }
    stable().map_or(Served::Unknown, |instead| Served::OtherVersion { instead })
}

/// Does a server leave this API version out unless told otherwise? All alpha versions, and the beta versions, of which no new one is on
/// since 1.24 and the older ones are gone.
fn is_off_by_default(api_version: &str) -> bool {
    debug_assert!(*MINORS.start() > 32, "flowcontrol v1beta3 was on");
    let version = api_version.rsplit('/').next().unwrap_or(api_version);
    // Custom resources say themselves what is served: their groups have a domain that is not Kubernetes' own.
    let group = api_version.split('/').next().unwrap_or("");
    let custom = group.contains('.') && !group.ends_with(".k8s.io");
    !custom && (version.contains("alpha") || version.contains("beta"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that meets the unexpected must fail")]
    use super::*;
    use crate::schema;
    use crate::tape::Key;

    #[test]
    fn every_gate_names_a_field_that_some_minor_has() {
        let mut shapes = std::collections::BTreeMap::new();
        for minor in MINORS {
            let mut open: Vec<_> = schema::kinds(minor).map(|kind| kind.2).collect();
            while let Some(shape) = open.pop() {
                let fields: Vec<_> = shape.fields().collect();
                if shapes.insert((shape.name(), shape.minor()), shape).is_some_and(|before| before == shape) {
                    continue;
                }
                for field in fields {
                    let mut ty = field.ty;
                    while let Some(item) = ty.item() {
                        ty = item;
                    }
                    open.extend(ty.shape().filter(|next| shapes.get(&(next.name(), next.minor())) != Some(next)));
                }
            }
        }
        for gate in GATES {
            let key = Key::find(gate.field);
            assert_eq!(key.and_then(|key| gate_of(key, || gate.shape)), Some(gate));
            let (mut at, mut off) = (MINORS, MINORS);
            let found = at.any(|minor| {
                shapes.get(&(gate.shape, minor)).is_some_and(|shape| key.is_some_and(|key| schema::field(*shape, key).is_some()))
            });
            assert!(found, "{gate:?}");
            assert!(off.any(|minor| gate.stage(minor) == Stage::Off), "{gate:?} is on everywhere");
        }
    }

    #[test]
    fn stages_follow_the_minor() {
        let tolerance = gate("HPAScalingRules", "tolerance").unwrap();
        assert_eq!(
            MINORS.map(|minor| tolerance.stage(minor)).collect::<Vec<_>>(),
            [Stage::Off, Stage::Off, Stage::Beta, Stage::Beta, Stage::Stable]
        );
        let unavailable = gate("RollingUpdateStatefulSetStrategy", "maxUnavailable").unwrap();
        assert_eq!(unavailable.stage(36), Stage::Off);
        assert_eq!(unavailable.on_since(), Some(37));
        assert!(gate("PodSpec", "hostUsers").is_none());
    }

    #[test]
    fn what_is_not_served_says_what_is() {
        assert_eq!(served(35, "apps/v1", "Deployment"), Served::Yes);
        assert_eq!(served(35, "policy/v1beta1", "PodDisruptionBudget"), Served::Removed { gone: 25, instead: "policy/v1" });
        assert_eq!(served(37, "networking.k8s.io/v1beta1", "IPAddress"), Served::Removed { gone: 37, instead: "networking.k8s.io/v1" });
        assert_eq!(served(36, "networking.k8s.io/v1beta1", "IPAddress"), Served::OffByDefault);
        assert_eq!(served(35, "storagemigration.k8s.io/v1", "StorageVersionMigration"), Served::NotYet { since: 37 });
        assert_eq!(served(35, "v1", "Deployment"), Served::OtherVersion { instead: "apps/v1" });
        assert_eq!(served(35, "autoscaling/v3", "HorizontalPodAutoscaler"), Served::OtherVersion { instead: "autoscaling/v2" });
        assert_eq!(served(35, "example.com/v1", "Widget"), Served::Unknown);
        assert_eq!(served(35, "autoscaling.k8s.io/v1", "VerticalPodAutoscaler"), Served::Yes);
        assert_eq!(served(35, "argoproj.io/v1alpha1", "Rollout"), Served::Yes);
    }

    #[test]
    fn no_removed_version_is_still_in_the_table() {
        for row in REMOVED {
            for minor in MINORS.filter(|minor| *minor >= row.gone) {
                for kind in row.kinds {
                    assert!(schema::kind(minor, row.api_version, kind).is_none(), "{row:?} at {minor}");
                }
            }
        }
    }
}
