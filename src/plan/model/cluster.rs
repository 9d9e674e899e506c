//! The cluster itself: files that are no objects of the API, node pools, classes, backups.

use super::{At, Str};
use crate::tape::Origin;
pub use crate::vocabulary::words::Autoscaler;

/// What a program says of the cluster as a whole.
#[derive(Debug, Default)]
pub struct Platform {
    /// The cluster, where it is declared.
    pub cluster: Option<Cluster>,
    /// In the order of the program; those of somebody else too.
    pub storage_classes: Vec<StorageClass>,
    /// Likewise.
    pub priority_classes: Vec<PriorityClass>,
    /// Of namespaces and apps.
    pub backups: Vec<Backup>,
}

/// A cluster.
#[derive(Debug)]
pub struct Cluster {
    /// Its name.
    pub name: At<Str>,
    /// What kubeadm and the API server read.
    pub files: Vec<File>,
    /// Who makes its nodes.
    pub autoscaler: Autoscaler,
    /// In the order of the program.
    pub pools: Vec<Pool>,
    /// Settings of the kubelets that Karpenter hands on; empty where none is said.
    pub kubelet: Vec<(Str, At<Tree>)>,
    /// The minor that its autoscaler is of.
    pub minor: u32,
    /// The block.
    pub origin: Origin,
}

impl Cluster {
    /// The namespace of what belongs to the cluster: the only one in which its priority class may be used.
    pub const SYSTEM: &'static str = "kube-system";
    /// The name of the Cluster Autoscaler's objects.
    pub const SCALER: &'static str = "cluster-autoscaler";
}

/// A file of the control plane.
#[derive(Debug)]
pub struct File {
    /// `kubeadm-config.yaml`.
    pub name: &'static str,
    /// Its documents.
    pub documents: Vec<At<Tree>>,
}

/// A value of a document that is no object of the API, in the order in which it is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// A truth.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// A text.
    Text(Str),
    /// A list.
    List(Vec<At<Tree>>),
    /// A map.
    Map(Vec<(Str, At<Tree>)>),
}

impl Tree {
    /// A text.
    pub fn text(text: impl Into<Str>) -> Self {
        Tree::Text(text.into())
    }
    /// A list of texts.
    pub fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Tree::List(texts.into_iter().map(|t| At::default_of(Tree::text(t))).collect())
    }
    /// Sets what lies at a path of maps, `a.b.c`, and makes the maps on the way. Nothing where something else than a map is in the way.
    pub fn set(&mut self, path: &str, value: At<Tree>) {
        let Tree::Map(entries) = self else { return };
        let Some((first, rest)) = path.split_once('.') else {
            return entries.push((path.into(), value));
        };
        let at = entries.iter().position(|(name, _)| **name == *first).unwrap_or_else(|| {
            entries.push((first.into(), At::default_of(Tree::Map(Vec::new()))));
            entries.len() - 1
        });
        if let Some((_, inner)) = entries.get_mut(at) {
            inner.value.set(rest, value);
        }
    }
    /// A document with its version and kind.
    pub fn document(api_version: &str, kind: &str) -> Self {
        let entry = |name: &str, value: &str| (name.into(), At::default_of(Tree::text(value)));
        Tree::Map(vec![entry("apiVersion", api_version), entry("kind", kind)])
    }
}

/// A pool of nodes.
#[derive(Debug)]
pub struct Pool {
    /// Its name.
    pub name: At<Str>,
    /// What its nodes must be: label, and its values.
    pub requirements: Vec<(Str, Vec<At<Str>>)>,
    /// The most of all its nodes together: resource and amount.
    pub limits: Vec<(Str, At<Str>)>,
    /// The least and the most nodes.
    pub nodes: Option<(At<i64>, At<i64>)>,
    /// The highest is tried first.
    pub weight: Option<At<i64>>,
    /// Labels of its nodes.
    pub labels: Vec<(Str, At<Str>)>,
    /// Taints: key, value, effect.
    pub taints: Vec<Taint>,
    /// The alias of the image.
    pub image: At<Str>,
    /// The role in AWS.
    pub role: At<Str>,
    /// The value of the tag of subnets and security groups.
    pub discovery: At<Str>,
    /// The size of the root disk.
    pub disk: At<Str>,
    /// `WhenEmpty` or `WhenEmptyOrUnderutilized`.
    pub consolidate: At<Str>,
    /// How long after the last change.
    pub consolidate_after: At<Str>,
    /// How many nodes may be away.
    pub disrupt: At<Str>,
    /// How old a node becomes.
    pub expire: At<Str>,
    /// How long pods have.
    pub grace: At<Str>,
    /// The Auto Scaling group.
    pub group: At<Str>,
    /// The block.
    pub origin: Origin,
}

/// A taint.
#[derive(Debug)]
pub struct Taint {
    /// Its key.
    pub key: At<Str>,
    /// Its value.
    pub value: Option<At<Str>>,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    pub effect: &'static str,
}

/// A StorageClass.
#[derive(Debug)]
pub struct StorageClass {
    /// Its name.
    pub name: At<Str>,
    /// Is it written, or somebody else's?
    pub managed: bool,
    /// The driver.
    pub provisioner: At<Str>,
    /// What the driver is told.
    pub parameters: Vec<(Str, At<Str>)>,
    /// `Delete` or `Retain`.
    pub reclaim: At<Str>,
    /// May claims grow?
    pub expand: At<bool>,
    /// `WaitForFirstConsumer` or `Immediate`.
    pub binding: At<Str>,
    /// Is it the default?
    pub default: Option<Origin>,
    /// Options of the mount.
    pub mount_options: Vec<At<Str>>,
    /// Where volumes may lie.
    pub topology: Vec<(Str, Vec<At<Str>>)>,
    /// The block.
    pub origin: Origin,
}

/// A PriorityClass.
#[derive(Debug)]
pub struct PriorityClass {
    /// Its name.
    pub name: At<Str>,
    /// Is it written, or somebody else's?
    pub managed: bool,
    /// The higher goes first.
    pub value: At<i64>,
    /// `PreemptLowerPriority` or `Never`.
    pub preempt: At<Str>,
    /// Is it the default?
    pub default: Option<Origin>,
    /// Who it is for.
    pub description: Option<At<Str>>,
    /// The block.
    pub origin: Origin,
}

/// A Schedule of Velero.
#[derive(Debug)]
pub struct Backup {
    /// Its name: the app's or the namespace's.
    pub name: Str,
    /// The namespace that Velero is in.
    pub namespace: At<Str>,
    /// The namespace that is backed up.
    pub of: Str,
    /// The app that is; all of the namespace where none.
    pub app: Option<Str>,
    /// When.
    pub schedule: At<Str>,
    /// How long it is kept.
    pub keep: At<Str>,
    /// The storage location.
    pub location: Option<At<Str>>,
    /// Are volumes snapshot?
    pub snapshots: At<bool>,
    /// Are files copied?
    pub files: At<bool>,
    /// Resources that are left out.
    pub without: Vec<At<Str>>,
    /// How long a snapshot may take.
    pub timeout: Option<At<Str>>,
    /// The block.
    pub origin: Origin,
}
