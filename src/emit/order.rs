//! The order in which objects are written and applied: what others need comes first; then kind, namespace, name.

use crate::kinds::{apps, autoscaling, batch, core as v1, external_secrets, networking, policy, rbac, vpa};
use crate::tape::{Key, Place, Tape, View, key};

/// The kinds in an order that applies: where objects live, who they are, what they read, whom they may reach, what runs, what changes it.
const KINDS: [&str; 18] = [
    v1::Namespace::KIND,
    v1::ResourceQuota::KIND,
    v1::LimitRange::KIND,
    v1::ServiceAccount::KIND,
    external_secrets::ExternalSecret::KIND,
    v1::ConfigMap::KIND,
    rbac::Role::KIND,
    rbac::RoleBinding::KIND,
    networking::NetworkPolicy::KIND,
    v1::Service::KIND,
    policy::PodDisruptionBudget::KIND,
    apps::Deployment::KIND,
    apps::StatefulSet::KIND,
    apps::DaemonSet::KIND,
    batch::Job::KIND,
    batch::CronJob::KIND,
    autoscaling::HorizontalPodAutoscaler::KIND,
    vpa::VerticalPodAutoscaler::KIND,
];

#[derive(Clone, Copy)]
struct Entry<'t> {
    /// Place of the kind in [`KINDS`].
    kind: usize,
    /// Number of the namespace, in the order of the names; 0 for none.
    namespace: usize,
    name: &'t str,
    place: Place,
}

/// The places of all objects of these tapes, in order. Sorted by counting, the least key first: comparing the names of all objects would
/// take as long as writing them.
pub(super) fn order(tapes: &[Tape]) -> Vec<Place> {
    let (entries, namespaces) = read(tapes);
    let by_namespace = counted(&entries, namespaces, |entry| entry.namespace);
    let mut sorted = counted(&by_namespace, KINDS.len() + 1, |entry| entry.kind);
    for group in sorted.chunk_by_mut(|a, b| (a.kind, a.namespace) == (b.kind, b.namespace)) {
        group.sort_by(|a, b| a.name.cmp(b.name));
    }
    sorted.iter().map(|entry| entry.place).collect()
}

/// What each object is sorted by, and the number of namespaces.
fn read(tapes: &[Tape]) -> (Vec<Entry<'_>>, usize) {
    const KIND: Key = key("kind");
    const METADATA: Key = key("metadata");
    const NAME: Key = key("name");
    const NAMESPACE: Key = key("namespace");

    let mut entries = Vec::with_capacity(tapes.iter().map(Tape::len).sum());
    // One for each run of objects with the same namespace, numbered by name afterwards.
    let mut runs = vec![""];
    for (tape, objects) in tapes.iter().enumerate() {
        for (object, view) in objects.objects().enumerate() {
            let metadata = view.get_key(METADATA);
            let namespace = text(metadata, NAMESPACE);
            if runs.last() != Some(&namespace) {
                runs.push(namespace);
            }
            let kind = text(Some(view), KIND);
            entries.push(Entry {
                kind: KINDS.iter().position(|known| *known == kind).unwrap_or(KINDS.len()),
                namespace: runs.len() - 1,
                name: text(metadata, NAME),
                place: Place { tape: tape as u32, object: object as u32 },
            });
        }
    }
    let mut names = runs.clone();
    names.sort_unstable();
    names.dedup();
    let numbers: Vec<usize> = runs.iter().map(|run| names.binary_search(run).unwrap_or(0)).collect();
    for entry in &mut entries {
        entry.namespace = numbers.get(entry.namespace).copied().unwrap_or(0);
    }
    (entries, names.len())
}

fn text<'t>(view: Option<View<'t>>, key: Key) -> &'t str {
    view.and_then(|view| view.get_key(key)).and_then(View::str).unwrap_or("")
}

/// Sorted by a number below `count`; what is equal keeps its order.
fn counted<'t>(entries: &[Entry<'t>], count: usize, number: impl Fn(&Entry<'t>) -> usize) -> Vec<Entry<'t>> {
    let mut next = vec![0; count + 1];
    for entry in entries {
        if let Some(size) = next.get_mut(number(entry) + 1) {
            *size += 1;
        }
    }
    let mut start = 0;
    for size in &mut next {
        start += *size;
        *size = start;
    }
    let mut sorted = entries.to_vec();
    for entry in entries {
        if let Some(at) = next.get_mut(number(entry)) {
            if let Some(place) = sorted.get_mut(*at) {
                *place = *entry;
            }
            *at += 1;
        }
    }
    sorted
}
