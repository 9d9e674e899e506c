//! Blocks of scaling: how many pods there are, and what each asks for.

use crate::units::{Bytes, Cpu, Duration, Percent};
use crate::vocabulary::value::{At, Str};
use crate::vocabulary::words::{AutosizeMode, ControlledValues, CpuUse, MemoryUse, MetricSpec, ScalePace, Trigger};
use crate::vocabulary::{Labelled, Map, Range, block};

block! {
    /// Where KEDA's operator is. A tier with a `trigger` needs KEDA in the cluster, and nothing has to say that it is there; this says where,
    /// so that policies let its operator ask tiers of the program.
    pub struct TargetKeda "keda" None {
        /// The namespace of its pods.
        namespace: Option<At<Str>> = "\"keda\"",
        /// The labels of its operator's pods.
        pods: Option<At<Map<Str>>> = "{ app = \"keda-operator\" }",
    }
}

block! {
    /// When the autoscaler acts. Without a `trigger` it is a HorizontalPodAutoscaler.
    ///
    /// A `trigger` asks what lies outside the pods, such as the length of a queue, and makes it KEDA's: a ScaledObject, and a
    /// TriggerAuthentication where a Secret is needed. KEDA must be in the cluster. Its `cpu` and `memory` then stand beside the triggers,
    /// `replicas` may begin with 0, and of several reasons the one that asks for the most pods counts.
    pub struct Scale "scale" None {
        /// Use of CPU that it aims at: a share of what is requested (`70%`), or an amount of each pod (`350m`). It is the use of the tier's own
        /// container; `pod(70%)` is that of all containers of a pod.
        cpu: Option<At<CpuUse>> = "70%, where nothing else is said",
        /// Use of memory that it aims at: likewise.
        memory: Option<At<MemoryUse>>,
        /// Another metric, and what it aims at. A number is the average over the pods of a metric that they give themselves;
        /// `external(average = 30)` is of no object of the cluster, `object(…)` of any one.
        metric: Labelled<MetricSpec>,
        /// What KEDA asks, under a name: `trigger orders = kafka([queue.broker], topic = "orders", consumer-group = "workers")`.
        trigger: Labelled<Trigger>,
        /// How pods are added.
        up: Option<Box<ScaleUp>>,
        /// How pods are taken away.
        down: Option<Box<ScaleDown>>,
        /// How often KEDA asks while there are no pods, or as few as `idle`.
        poll: Option<At<Duration>> = "30s",
        /// How long all triggers must be quiet before the last pods go.
        cooldown: Option<At<Duration>> = "5m",
        /// How many pods there are while all triggers are quiet, although the range begins with more. KEDA admits 0 alone.
        idle: Option<At<i64>>,
        /// How many pods there are while a trigger cannot be asked.
        fallback: Option<Box<ScaleFallback>>,
    }
}

block! {
    /// How pods are added.
    pub struct ScaleUp "up" None {
        /// How long the recommendation must last.
        window: Option<At<Duration>> = "0s",
        /// The most that is added in so long: a share of the pods, or a count; `none` adds none.
        at_most: Option<At<ScalePace>> = "100% per 15s",
        /// How far from its aim a metric must be before anything is done; Kubernetes 1.35.
        tolerance: Option<At<Percent>> = "10%, unless the cluster says otherwise",
    }
}

block! {
    /// How pods are taken away.
    pub struct ScaleDown "down" None {
        /// How long the recommendation must last.
        window: Option<At<Duration>> = "5m",
        /// The most that is taken away in so long: a share of the pods, or a count; `none` takes none away.
        at_most: Option<At<ScalePace>> = "10% per 60s",
        /// How far from its aim a metric must be before anything is done; Kubernetes 1.35.
        tolerance: Option<At<Percent>> = "10%, unless the cluster says otherwise",
    }
}

block! {
    /// How many pods there are while a trigger cannot be asked.
    pub struct ScaleFallback "fallback" None {
        /// So many.
        replicas: Option<At<i64>> = "required",
        /// After so many failures in a row.
        failures: Option<At<i64>> = "3",
    }
}

block! {
    /// Sets requests from use: a VerticalPodAutoscaler. It leaves alone what `scale` goes by.
    pub struct Autosize "autosize" None {
        /// When it acts.
        mode: Option<At<AutosizeMode>> = "initial",
        /// Bounds of the CPU request.
        cpu: Option<At<Range<Cpu>>>,
        /// Bounds of the memory request.
        memory: Option<At<Range<Bytes>>>,
        /// What it changes.
        values: Option<At<ControlledValues>> = "requests-only",
        /// How many pods there must be before one of them is restarted for it.
        min_replicas: Option<At<i64>> = "what the autosizer is started with, by default 2",
    }
}
