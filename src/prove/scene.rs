//! What all proofs look at: the emitted objects, the pods that they make, and where each came from.

use crate::diagnostic::Diagnostic;
use crate::plan::Planned;
use crate::plan::model::Plan;
use crate::source::Sources;
use crate::tape::{Bundle, Key, Origin, Tape, View, field, key};
use crate::workers::Workers;

/// The label whose value is a workload's identity.
pub(super) const INSTANCE: &str = "app.kubernetes.io/instance";
/// Its key.
pub(super) const INSTANCE_KEY: Key = key(INSTANCE);
/// The label that every namespace has in a cluster: its name.
pub(super) const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

const API_VERSION: Key = key("apiVersion");
const KIND: Key = key("kind");
const METADATA: Key = key("metadata");
const NAME: Key = key("name");
const NAMESPACE: Key = key("namespace");
const LABELS: Key = key("labels");
const SPEC: Key = key("spec");
const TEMPLATE: Key = key("template");
const JOB_TEMPLATE: Key = key("jobTemplate");
const METRICS: Key = key("metrics");
const HOST_NETWORK: Key = key("hostNetwork");
const INIT_CONTAINERS: Key = key("initContainers");
const CONTAINERS: Key = key("containers");

/// One environment, read back.
pub(super) struct Scene<'a> {
    /// What was planned.
    pub planned: &'a Planned,
    /// The program's texts.
    pub sources: &'a Sources,
    /// Every object, tape by tape.
    pub objects: Vec<Object<'a>>,
    /// The objects that make pods, in the same order.
    pub workloads: Vec<Workload<'a>>,
    /// How many objects and workloads each thread read.
    sizes: Vec<(usize, usize)>,
}

/// Some of the objects in a row, for proofs that look at each by itself.
pub(super) struct Part<'s, 'a> {
    /// All of them.
    pub scene: &'s Scene<'a>,
    /// Those meant. [`super::schema::Violation::object`] counts them from 0.
    pub objects: &'s [Object<'a>],
    /// Those of them that make pods.
    pub workloads: &'s [Workload<'a>],
}

/// An emitted object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object<'a> {
    /// Itself.
    pub view: View<'a>,
    /// `apiVersion`; empty where it is missing, as the other texts are.
    pub api_version: &'a str,
    /// `kind`.
    pub kind: &'a str,
    /// `metadata.namespace`.
    pub namespace: &'a str,
    /// `metadata.name`.
    pub name: &'a str,
}

impl<'a> Object<'a> {
    fn of(view: View<'a>) -> Self {
        let text = |view: View<'a>, key| view.get_key(key).and_then(View::str).unwrap_or("");
        let meta = view.get_key(METADATA);
        let named = |key| meta.map_or("", |meta| text(meta, key));
        Object { view, api_version: text(view, API_VERSION), kind: text(view, KIND), namespace: named(NAMESPACE), name: named(NAME) }
    }
    /// `spec`, where there is one.
    pub fn spec(&self) -> Option<View<'a>> {
        self.view.get_key(SPEC)
    }
    /// The object's own labels.
    pub fn labels(&self) -> Option<View<'a>> {
        self.view.get_key(METADATA)?.get_key(LABELS)
    }
    /// The object for people: "Deployment `shop/web`".
    pub fn title(&self) -> String {
        match (self.kind, self.namespace) {
            ("", _) => format!("object `{}`", self.name),
            (kind, "") => format!("{kind} `{}`", self.name),
            (kind, namespace) => format!("{kind} `{namespace}/{}`", self.name),
        }
    }
}

/// An object that makes pods.
#[derive(Clone, Copy)]
pub(super) struct Workload<'a> {
    /// The object.
    pub object: Object<'a>,
    /// The spec that holds the pod template: a CronJob's is its jobs'.
    pub spec: View<'a>,
    /// The labels of its pods.
    pub labels: Option<View<'a>>,
    /// The pods' spec.
    pub pod: View<'a>,
    /// The value of [`INSTANCE`]; empty without it.
    pub instance: &'a str,
    /// Do its pods share the node's network?
    pub host_network: bool,
}

impl<'a> Workload<'a> {
    fn of(object: Object<'a>) -> Option<Self> {
        let spec = match object.kind {
            "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" | "Rollout" => object.spec()?,
            // A measurement may be a job of its own.
            "AnalysisTemplate" => {
                let metrics = object.spec()?.get_key(METRICS)?;
                metrics.children().find_map(|metric| metric.follow(&[field!("provider"), field!("job"), field!("spec")]))?
            }
            "CronJob" => object.spec()?.get_key(JOB_TEMPLATE)?.get_key(SPEC)?,
            _ => return None,
        };
        let template = spec.get_key(TEMPLATE)?;
        let labels = template.get_key(METADATA).and_then(|meta| meta.get_key(LABELS));
        let pod = template.get_key(SPEC)?;
        let instance = labels.and_then(|labels| labels.get_key(INSTANCE_KEY)).and_then(View::str).unwrap_or("");
        let host_network = pod.get_key(HOST_NETWORK).and_then(View::bool).unwrap_or(false);
        Some(Workload { object, spec, labels, pod, instance, host_network })
    }
    /// The containers: those that run before the others first, each with the name of its list.
    pub fn containers(&self) -> impl Iterator<Item = (&'static str, View<'a>)> + use<'a> {
        let pod = self.pod;
        [("initContainers", INIT_CONTAINERS), ("containers", CONTAINERS)]
            .into_iter()
            .filter_map(move |(name, key)| pod.get_key(key).map(|list| (name, list)))
            .flat_map(|(name, list)| list.children().map(move |container| (name, container)))
    }
    /// Where the pods' spec lies in the object.
    pub fn pod_path(&self) -> &'static str {
        match self.object.kind {
            "CronJob" => "spec.jobTemplate.spec.template.spec",
            "AnalysisTemplate" => "spec.metrics[0].provider.job.spec.template.spec",
            _ => "spec.template.spec",
        }
    }
}

impl<'a> Scene<'a> {
    /// Reads a bundle.
    pub fn new(planned: &'a Planned, bundle: &'a Bundle, sources: &'a Sources, workers: &Workers) -> Self {
        let read = |_, tapes: &'a [Tape]| {
            let objects: Vec<_> = tapes.iter().flat_map(Tape::objects).map(Object::of).collect();
            let workloads: Vec<_> = objects.iter().filter_map(|object| Workload::of(*object)).collect();
            (objects, workloads)
        };
        let (mut objects, mut workloads, mut sizes) = (Vec::with_capacity(bundle.len()), Vec::new(), Vec::new());
        for (some, pods) in workers.chunks(&bundle.tapes, super::TAPES_A_THREAD, read) {
            sizes.push((some.len(), pods.len()));
            objects.extend(some);
            workloads.extend(pods);
        }
        Scene { planned, sources, objects, workloads, sizes }
    }
    /// The objects in parts, one for each thread that read them.
    pub fn parts(&self) -> Vec<Part<'_, 'a>> {
        let (mut objects, mut workloads) = (self.objects.as_slice(), self.workloads.as_slice());
        let part = |(some, pods): &(usize, usize)| {
            let (own, others) = objects.split_at_checked(*some).unwrap_or((objects, &[]));
            let (pods, other_pods) = workloads.split_at_checked(*pods).unwrap_or((workloads, &[]));
            (objects, workloads) = (others, other_pods);
            Part { scene: self, objects: own, workloads: pods }
        };
        self.sizes.iter().map(part).collect()
    }
    /// What was planned.
    pub fn plan(&self) -> &'a Plan {
        &self.planned.plan
    }
    /// The targeted minor: 34 for 1.34.
    pub fn minor(&self) -> u8 {
        u8::try_from(self.plan().target.kubernetes.minor).unwrap_or(u8::MAX)
    }
    /// The objects of a kind.
    pub fn of_kind(&self, kind: &'static str) -> impl Iterator<Item = &Object<'a>> {
        self.objects.iter().filter(move |object| object.kind == kind)
    }
    /// Adds the place that an origin names: the nearest line of the user's own, and the uses of components on the way to it.
    /// An origin that is known to nobody adds nothing.
    pub fn at(&self, diagnostic: Diagnostic, origin: Origin, text: &str) -> Diagnostic {
        let own = |span: crate::source::Span| self.sources.get(span.file).is_some_and(|source| !source.library);
        let Some((place, passed)) = self.planned.origins.trace(origin, own) else { return diagnostic };
        passed.into_iter().fold(diagnostic.at(place, text), |diagnostic, span| {
            let inside = self.sources.get(span.file).map_or("inside a component".to_owned(), |source| format!("inside {}", source.name));
            diagnostic.at(span, inside)
        })
    }
}

/// The text under a key of a map, by the key's spelling: labels and annotations have keys of any kind.
pub(super) fn text_of<'a>(map: View<'a>, name: &str) -> Option<&'a str> {
    map.get(name).and_then(View::str)
}

/// What to say where only the compiler itself, or a later edit of its output, can be wrong.
pub(super) const OWN_FAULT: &str =
    "The objects are written from the same program, so this is no mistake of yours: please report it with the program.";
