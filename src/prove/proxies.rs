//! Which pods the mesh puts a proxy into, as the cluster will decide it from labels, and what each takes.

use super::scene::{Scene, Workload, text_of};
use crate::plan::model::{Mesh, Target};
use crate::tape::{Key, View, key};
use rustc_hash::FxHashSet;

const LABELS: Key = key("labels");
const METADATA: Key = key("metadata");
const TEMPLATE: Key = key("template");

/// The mesh's way with pods.
pub(super) struct Proxies<'a> {
    target: &'a Target,
    /// Namespaces whose label asks for proxies.
    namespaces: FxHashSet<&'a str>,
    /// Namespaces whose label gives their pods to the proxies of nodes.
    ambient: FxHashSet<&'a str>,
}

impl<'a> Proxies<'a> {
    /// Reads the labels of namespaces.
    pub fn of(scene: &Scene<'a>) -> Self {
        let target = &scene.plan().target;
        if target.mesh == Mesh::None {
            return Proxies { target, namespaces: FxHashSet::default(), ambient: FxHashSet::default() };
        }
        let asks = |labels: View<'_>| text_of(labels, "istio-injection") == Some("enabled") || text_of(labels, "istio.io/rev").is_some();
        let namespaces = scene.of_kind("Namespace").filter(|n| n.labels().is_some_and(asks)).map(|n| n.name).collect();
        let ambient = |labels: View<'_>| text_of(labels, "istio.io/dataplane-mode") == Some("ambient");
        let ambient = scene.of_kind("Namespace").filter(|n| n.labels().is_some_and(ambient)).map(|n| n.name).collect();
        Proxies { target, namespaces, ambient }
    }
    /// Do the pods get a proxy? The pod's own label counts before that of its namespace; on the node's network there never is one.
    pub fn inject(&self, workload: &Workload<'_>) -> bool {
        if self.target.mesh != Mesh::Istio || workload.host_network {
            return false;
        }
        let labels = workload.spec.get_key(TEMPLATE).and_then(|t| t.get_key(METADATA)).and_then(|m| m.get_key(LABELS));
        match labels.and_then(|labels| text_of(labels, "sidecar.istio.io/inject")) {
            Some(word) => word == "true",
            None => self.namespaces.contains(workload.object.namespace),
        }
    }
    /// Do the pods speak through the mesh, by a proxy of their own or of their node?
    pub fn carry(&self, workload: &Workload<'_>) -> bool {
        if self.target.mesh != Mesh::Ambient || workload.host_network {
            return self.inject(workload);
        }
        match workload.labels.and_then(|labels| text_of(labels, "istio.io/dataplane-mode")) {
            Some(word) => word == "ambient",
            None => self.ambient.contains(workload.object.namespace),
        }
    }
    /// What a proxy requests of a resource and may use, in billionths; nothing of what is neither CPU nor memory.
    pub fn takes(&self, resource: &str) -> Option<(i128, i128)> {
        const ONE: i128 = 1_000_000_000;
        let control = &self.target.control;
        match resource {
            "cpu" => Some((i128::from(control.cpu.0.nanos()), i128::from(control.cpu.1.nanos()))),
            "memory" => Some((i128::from(control.memory.0.bytes()) * ONE, i128::from(control.memory.1.bytes()) * ONE)),
            _ => None,
        }
    }
}
