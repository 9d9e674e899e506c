//! What all proofs look at: the emitted objects, the pods that they make, and where each came from.

use crate::diagnostic::Diagnostic;
use crate::plan::Planned;
use crate::plan::model::Plan;
use crate::source::Sources;
use crate::tape::{Bundle, Key, Origin, Tape, View, field, key};
use crate::workers::Workers;
use rustc_hash::{FxHashMap, FxHashSet};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

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
const PORTS: Key = key("ports");
const NODE_PORT: Key = key("nodePort");
const TEMPLATE: Key = key("template");
const JOB_TEMPLATE: Key = key("jobTemplate");
const METRICS: Key = key("metrics");
const HOST_NETWORK: Key = key("hostNetwork");
const INIT_CONTAINERS: Key = key("initContainers");
const CONTAINERS: Key = key("containers");

/// Objects that are proven together before others are looked at, about: as many as stay in a processor's cache while one proof after the other
/// reads them. (Each proof over all of a thousand apps takes a third longer.) And so few that no thread waits long for the last.
const GROUP: usize = 100;
/// Objects that are worth several threads.
const LARGE: usize = 1200;

/// One environment, read back; or some of its namespaces, whole.
pub(super) struct Scene<'a> {
    /// What was planned.
    pub planned: &'a Planned,
    /// The program's texts.
    pub sources: &'a Sources,
    /// Every object, tape by tape.
    pub objects: Vec<Object<'a>>,
    /// The objects that make pods, in the same order.
    pub workloads: Vec<Workload<'a>>,
    /// Those of the whole environment that give accounts permissions: one may give an account of another namespace something.
    pub bindings: Arc<Bindings<'a>>,
    /// Every `nodePort` of a Service of the whole environment: the nodes are all namespaces'.
    pub node_ports: Arc<[View<'a>]>,
}

/// RoleBindings and ClusterRoleBindings.
pub(super) struct Bindings<'a> {
    objects: Vec<Object<'a>>,
    permitted: OnceLock<Accounts<'a>>,
}

/// Service accounts by namespace and name.
pub(super) type Accounts<'a> = FxHashSet<(&'a str, &'a str)>;

impl<'a> Bindings<'a> {
    /// The service accounts that a binding gives something to.
    pub fn permitted(&self) -> &Accounts<'a> {
        let subjects = |object: &Object<'a>| {
            let list = object.view.get_key(field!("subjects")).map(View::children);
            let namespace = object.namespace;
            list.into_iter().flatten().map(move |subject: View<'a>| {
                let of = subject.get_key(NAMESPACE).and_then(View::str).unwrap_or(namespace);
                (of, subject.get_key(NAME).and_then(View::str).unwrap_or(""))
            })
        };
        self.permitted.get_or_init(|| self.objects.iter().flat_map(subjects).collect())
    }
}

/// Some of the namespaces with what lies in them, by number: [`Scene::groups`].
#[derive(Default)]
pub(super) struct Group {
    /// Runs of objects, which are copied at once.
    objects: Vec<Range<usize>>,
    workloads: Vec<u32>,
}

/// An emitted object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object<'a> {
    /// Itself.
    pub view: View<'a>,
    /// `kind`; empty where it is missing, as the other texts are.
    pub kind: &'a str,
    /// `metadata.namespace`.
    pub namespace: &'a str,
    /// `metadata.name`.
    pub name: &'a str,
}

impl<'a> Object<'a> {
    /// Reads what it is and is called.
    #[inline]
    pub fn of(view: View<'a>) -> Self {
        let [kind, meta] = fields(view, [KIND, METADATA]);
        let [name, namespace] = meta.map_or([None; 2], |meta| fields(meta, [NAME, NAMESPACE]));
        let text = |view: Option<View<'a>>| view.and_then(View::str).unwrap_or("");
        Object { view, kind: text(kind), namespace: text(namespace), name: text(name) }
    }
    /// `apiVersion`; empty where it is missing.
    pub fn api_version(&self) -> &'a str {
        self.view.get_key(API_VERSION).and_then(View::str).unwrap_or("")
    }
    /// The namespace that it lies in, or is.
    fn at_home(&self) -> &'a str {
        if self.kind == "Namespace" { self.name } else { self.namespace }
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
    /// The lists of its containers: those that run before the others first.
    lists: [Option<View<'a>>; 2],
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
        let [host_network, first, then] = fields(pod, [HOST_NETWORK, INIT_CONTAINERS, CONTAINERS]);
        let host_network = host_network.and_then(View::bool).unwrap_or(false);
        Some(Workload { object, spec, labels, pod, instance, host_network, lists: [first, then] })
    }
    /// The containers: those that run before the others first, each with the name of its list.
    pub fn containers(&self) -> impl Iterator<Item = (&'static str, View<'a>)> + use<'a> {
        let of = |name, list: Option<View<'a>>| list.into_iter().flat_map(View::children).map(move |container| (name, container));
        let [first, then] = self.lists;
        of("initContainers", first).chain(of("containers", then))
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

impl Group {
    /// Is it so large that one thread should not prove it alone?
    pub fn is_large(&self) -> bool {
        self.objects.iter().map(ExactSizeIterator::len).sum::<usize>() > LARGE
    }
}

impl<'a> Scene<'a> {
    /// Reads a bundle.
    pub fn new(planned: &'a Planned, bundle: &'a Bundle, sources: &'a Sources, workers: &Workers) -> Self {
        let read = |first, tapes: &'a [Tape]| {
            // The first thread's list becomes that of all.
            let own = if first == 0 { &bundle.tapes } else { tapes };
            let room = own.iter().map(Tape::len).sum();
            let (mut objects, mut workloads) = (Vec::with_capacity(room), Vec::with_capacity(room / 8));
            let (mut bindings, mut node_ports) = (Vec::new(), Vec::new());
            // All of an object is read at once, while it is near.
            for object in tapes.iter().flat_map(Tape::objects).map(Object::of) {
                workloads.extend(Workload::of(object));
                match object.kind {
                    "RoleBinding" | "ClusterRoleBinding" => bindings.push(object),
                    "Service" => {
                        let ports = object.spec().and_then(|spec| spec.get_key(PORTS)).into_iter().flat_map(View::children);
                        node_ports.extend(ports.filter_map(|port| port.get_key(NODE_PORT)));
                    }
                    _ => {}
                }
                objects.push(object);
            }
            (objects, workloads, bindings, node_ports)
        };
        let mut parts = workers.chunks(&bundle.tapes, super::TAPES_A_THREAD, read).into_iter();
        let (mut objects, mut workloads, mut bindings, mut node_ports) = parts.next().unwrap_or_default();
        for (some, pods, binding, ports) in parts {
            objects.extend(some);
            workloads.extend(pods);
            bindings.extend(binding);
            node_ports.extend(ports);
        }
        let bindings = Bindings { objects: bindings, permitted: OnceLock::new() };
        Scene { planned, sources, objects, workloads, bindings: Arc::new(bindings), node_ports: node_ports.into() }
    }
    /// The namespaces in groups, in the order in which they are first met, each group about [`GROUP`] objects. A Namespace is of its own group, and
    /// what lies in none has one for itself.
    pub fn groups(&self) -> Vec<Group> {
        let mut numbers: FxHashMap<&str, usize> = FxHashMap::default();
        let mut sizes: Vec<usize> = Vec::new();
        // Objects of one namespace stand in runs.
        let (mut runs, mut start) = (Vec::new(), 0);
        for run in self.objects.chunk_by(|a, b| a.at_home() == b.at_home()) {
            let number = *numbers.entry(run.first().map_or("", Object::at_home)).or_insert(sizes.len());
            if number == sizes.len() {
                sizes.push(0);
            }
            sizes.get_mut(number).into_iter().for_each(|size| *size += run.len());
            runs.push((number, start..start + run.len()));
            start += run.len();
        }
        // From the number of a namespace to that of its group.
        let mut groups: Vec<Group> = Vec::new();
        let mut filled = GROUP;
        let group_of: Vec<usize> = sizes
            .iter()
            .map(|size| {
                if filled >= GROUP {
                    groups.push(Group::default());
                    filled = 0;
                }
                filled += size;
                groups.len() - 1
            })
            .collect();
        let group = |namespace: usize| group_of.get(namespace).copied().unwrap_or_default();
        for (namespace, run) in runs {
            if let Some(group) = groups.get_mut(group(namespace)) {
                group.objects.push(run);
            }
        }
        for (workload, own) in (0..).zip(&self.workloads) {
            let namespace = numbers.get(own.object.namespace).copied().unwrap_or_default();
            if let Some(group) = groups.get_mut(group(namespace)) {
                group.workloads.push(workload);
            }
        }
        groups
    }
    /// The objects of a group alone.
    pub fn only(&self, group: &Group) -> Scene<'a> {
        Scene {
            planned: self.planned,
            sources: self.sources,
            objects: group.objects.iter().filter_map(|run| self.objects.get(run.clone())).collect::<Vec<_>>().concat(),
            workloads: group.workloads.iter().filter_map(|number| self.workloads.get(*number as usize)).copied().collect(),
            bindings: self.bindings.clone(),
            node_ports: self.node_ports.clone(),
        }
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
    /// The objects of a kind by namespace and name.
    pub fn by_name(&self, kind: &'static str) -> FxHashMap<(&'a str, &'a str), &Object<'a>> {
        // They are counted first, so that the table never grows.
        let found: Vec<_> = self.of_kind(kind).collect();
        found.into_iter().map(|object| ((object.namespace, object.name), object)).collect()
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

/// Several fields of a map in one walk through it: a container has a dozen, and to ask for one after the other is to walk as often. Where a
/// key is repeated, the first counts, as for [`View::get_key`].
#[inline]
pub(super) fn fields<'a, const N: usize>(map: View<'a>, keys: [Key; N]) -> [Option<View<'a>>; N] {
    let mut found = [None; N];
    let mut missing = N;
    for child in map.children() {
        let key = child.key_id();
        let place = keys.iter().position(|wanted| *wanted == key).and_then(|at| found.get_mut(at));
        if let Some(place @ None) = place {
            *place = Some(child);
            missing -= 1;
            if missing == 0 {
                break;
            }
        }
    }
    found
}

/// The text under a key of a map, by the key's spelling: labels and annotations have keys of any kind.
pub(super) fn text_of<'a>(map: View<'a>, name: &str) -> Option<&'a str> {
    map.get(name).and_then(View::str)
}

/// What to say where only the compiler itself, or a later edit of its output, can be wrong.
pub(super) const OWN_FAULT: &str =
    "The objects are written from the same program, so this is no mistake of yours: please report it with the program.";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that meets the unexpected must fail")]
    use super::fields;
    use crate::prove::support::{World, deployment};
    use crate::tape::{Origin, Tape, View, field};
    use std::collections::BTreeSet;

    #[test]
    fn fields_are_those_that_are_asked_for_one_by_one() {
        let mut tape = Tape::new();
        let root = tape.root(Origin(1));
        for (number, key) in [field!("kind"), field!("spec"), field!("kind"), field!("name")].into_iter().enumerate() {
            tape.int(key, number as i64, Origin::NONE);
        }
        tape.close(root);
        let object = tape.object(0).unwrap();
        let keys = [field!("name"), field!("kind"), field!("data"), field!("spec")];
        assert_eq!(fields(object, keys), keys.map(|key| object.get_key(key)));
        assert_eq!(fields(object, keys).map(|view| view.and_then(View::int)), [Some(3), Some(0), None, Some(1)]);
    }

    #[test]
    fn groups_hold_every_object_once_and_namespaces_whole() {
        let objects: Vec<_> = (0..1000).map(|i| deployment(&format!("n{}", i % 7), &format!("w{i}"))).collect();
        let world = World::of(&objects);
        let scene = world.scene();
        let groups: Vec<_> = scene.groups().iter().map(|group| scene.only(group)).collect();
        assert!(groups.len() > 1);
        let mut met = BTreeSet::new();
        for group in &groups {
            let own: BTreeSet<_> = group.objects.iter().map(|object| object.namespace).collect();
            assert!(met.is_disjoint(&own));
            met.extend(own);
            assert_eq!(group.objects.len(), group.workloads.len());
        }
        assert_eq!(groups.iter().map(|group| group.objects.len()).sum::<usize>(), 1000);
    }
}
