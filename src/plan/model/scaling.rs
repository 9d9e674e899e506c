//! What changes a workload while it runs.

use super::{At, Str};
use crate::tape::Origin;

/// An autoscaler on the workload: a HorizontalPodAutoscaler, or KEDA's ScaledObject.
#[derive(Clone, Debug)]
pub struct Autoscaler {
    /// `minReplicas`, KEDA's `minReplicaCount`.
    pub min: At<i64>,
    /// `maxReplicas`, KEDA's `maxReplicaCount`.
    pub max: At<i64>,
    /// In canonical order. Under KEDA these are of CPU and memory alone, and become triggers.
    pub metrics: Vec<Metric>,
    /// `behavior.scaleUp`.
    pub up: Behavior,
    /// `behavior.scaleDown`.
    pub down: Behavior,
    /// What makes it KEDA's.
    pub keda: Option<Box<Keda>>,
    /// The block, or the range.
    pub origin: Origin,
}

/// A metric of an autoscaler (H2).
#[derive(Clone, Debug)]
pub enum Metric {
    /// Of a container by its name (ContainerResource, H4), or of all of a pod (Resource): `cpu` or `memory`.
    Resource { resource: Str, container: Option<Str>, aim: Aim },
    /// Pods metric, averageValue as canonical quantity.
    Pods { name: Str, average: At<Str> },
    /// Object metric: the object's API version, kind and name.
    Object { name: Str, of: Box<(At<Str>, At<Str>, At<Str>)>, aim: Aim, labels: Vec<(Str, At<Str>)>, origin: Origin },
    /// External metric.
    External { name: Str, aim: Aim, labels: Vec<(Str, At<Str>)>, origin: Origin },
}

/// What a metric is to be (H3): one of the three.
#[derive(Clone, Debug)]
pub enum Aim {
    /// `averageUtilization`, in whole percent of the request.
    Utilization(At<i64>),
    /// `averageValue`, as canonical quantity.
    Average(At<Str>),
    /// `value`, as canonical quantity.
    Value(At<Str>),
}

impl Aim {
    /// What said it.
    pub fn origin(&self) -> Origin {
        match self {
            Aim::Utilization(n) => n.origin,
            Aim::Average(v) | Aim::Value(v) => v.origin,
        }
    }
}

/// One direction of `behavior`; every field is written.
#[derive(Clone, Debug)]
pub struct Behavior {
    /// `stabilizationWindowSeconds`.
    pub window: At<i64>,
    /// (type `Percent` or `Pods`, value, periodSeconds).
    pub policies: Vec<(Str, At<i64>, At<i64>)>,
    /// `selectPolicy`: `Max`, or `Disabled` where nothing is done.
    pub select: At<Str>,
    /// `tolerance`, as canonical quantity (H6).
    pub tolerance: Option<Box<At<Str>>>,
    /// The block, or [`Origin::NONE`].
    pub origin: Origin,
}

/// What of an autoscaler is KEDA's alone.
#[derive(Clone, Debug)]
pub struct Keda {
    /// What it asks, by name; at least one.
    pub triggers: Vec<Trigger>,
    /// `pollingInterval`, seconds.
    pub poll: Option<At<i64>>,
    /// `cooldownPeriod`, seconds.
    pub cooldown: Option<At<i64>>,
    /// `idleReplicaCount`.
    pub idle: Option<At<i64>>,
    /// `fallback`.
    pub fallback: Option<Fallback>,
}

/// A trigger of a ScaledObject.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// `type`.
    pub kind: &'static str,
    /// `name`: its label, once in a ScaledObject (K1).
    pub name: At<Str>,
    /// `metadata`, in order.
    pub metadata: Vec<(Str, At<Str>)>,
    /// `secretTargetRef` of its TriggerAuthentication: parameter, Secret, key. None is written where empty.
    pub secrets: Vec<(&'static str, At<Str>, At<Str>)>,
}

/// `fallback` of a ScaledObject.
#[derive(Clone, Debug)]
pub struct Fallback {
    /// `failureThreshold`.
    pub failures: At<i64>,
    /// `replicas`.
    pub replicas: At<i64>,
    /// The block.
    pub origin: Origin,
}

/// A VerticalPodAutoscaler on the workload.
#[derive(Clone, Debug)]
pub struct Autosize {
    /// `updateMode` (V1).
    pub mode: At<Str>,
    /// `minReplicas` (V2).
    pub min_replicas: Option<At<i64>>,
    /// `minAllowed`: resource and quantity.
    pub min: Vec<(Str, At<Str>)>,
    /// `maxAllowed`.
    pub max: Vec<(Str, At<Str>)>,
    /// `controlledResources`.
    pub resources: Vec<Str>,
    /// `controlledValues`.
    pub values: At<Str>,
    /// The block.
    pub origin: Origin,
}
