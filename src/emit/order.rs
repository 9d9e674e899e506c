//! The order in which objects are written and applied: what others need comes first; then kind, namespace, name.

use crate::kinds::{
    apps, autoscaling, batch, core as v1, external_secrets, karpenter, keda, monitoring, networking, opentelemetry, policy, rbac,
    scheduling, storage, telemetry, velero, vpa,
};
use crate::tape::{Key, Place, Tape, View, key};

/// The kinds in an order that applies: what the cluster offers, where objects live, who they are, what they read, whom they may reach, how traffic
/// goes, what runs, what changes it, what watches it. A Gateway of either group has one place.
const KINDS: [&str; 48] = [
    storage::StorageClass::KIND,
    scheduling::PriorityClass::KIND,
    karpenter::EC2NodeClass::KIND,
    karpenter::NodePool::KIND,
    v1::Namespace::KIND,
    v1::ResourceQuota::KIND,
    v1::LimitRange::KIND,
    v1::ServiceAccount::KIND,
    "Certificate",
    external_secrets::ExternalSecret::KIND,
    v1::ConfigMap::KIND,
    v1::PersistentVolumeClaim::KIND,
    rbac::ClusterRole::KIND,
    rbac::ClusterRoleBinding::KIND,
    rbac::Role::KIND,
    rbac::RoleBinding::KIND,
    networking::NetworkPolicy::KIND,
    "PeerAuthentication",
    "AuthorizationPolicy",
    "Sidecar",
    "ServiceEntry",
    v1::Service::KIND,
    "DestinationRule",
    "Gateway",
    "VirtualService",
    "ReferenceGrant",
    "HTTPRoute",
    "GRPCRoute",
    "Ingress",
    telemetry::Telemetry::KIND,
    // The operator looks for it when a pod is made.
    opentelemetry::Instrumentation::KIND,
    policy::PodDisruptionBudget::KIND,
    "ClusterAnalysisTemplate",
    "AnalysisTemplate",
    apps::Deployment::KIND,
    "Rollout",
    apps::StatefulSet::KIND,
    apps::DaemonSet::KIND,
    batch::Job::KIND,
    batch::CronJob::KIND,
    autoscaling::HorizontalPodAutoscaler::KIND,
    keda::TriggerAuthentication::KIND,
    keda::ScaledObject::KIND,
    vpa::VerticalPodAutoscaler::KIND,
    monitoring::ServiceMonitor::KIND,
    monitoring::PodMonitor::KIND,
    monitoring::PrometheusRule::KIND,
    velero::Schedule::KIND,
];

/// The objects of some tapes, by kind and name. Read while they are still in the processor's cache: to fetch all of them again takes longer than to
/// sort them.
pub(super) struct Ranks {
    /// How many tapes.
    tapes: u32,
    ranks: Vec<Rank>,
    /// Place of the first object of each run of objects in one namespace.
    runs: Vec<Place>,
}

/// What of an object decides its place.
#[derive(Clone, Copy)]
struct Rank {
    /// Place of the kind in [`KINDS`].
    kind: u32,
    /// Where it lies: the tape's number is that among these.
    place: Place,
    /// Number of its run.
    run: u32,
}

impl Ranks {
    /// Reads tapes.
    pub fn of(tapes: &[Tape]) -> Ranks {
        let mut runs = Vec::new();
        let mut before = None;
        let mut read = Vec::with_capacity(tapes.iter().map(Tape::len).sum());
        for (tape, own) in (0..).zip(tapes) {
            for (object, view) in (0..).zip(own.objects()) {
                let place = Place { tape, object };
                let kind = text(view, KIND);
                let kind = KINDS.iter().position(|known| *known == kind).unwrap_or(KINDS.len()) as u32;
                let (name, namespace) =
                    view.get_key(METADATA).map_or(("", ""), |metadata| (text(metadata, NAME), text(metadata, NAMESPACE)));
                if before.replace(namespace) != Some(namespace) {
                    runs.push(place);
                }
                read.push((kind, name, Rank { kind, place, run: runs.len() as u32 - 1 }));
            }
        }
        read.sort_unstable_by_key(|(kind, name, rank)| (*kind, *name, rank.place));
        Ranks { tapes: tapes.len() as u32, ranks: read.into_iter().map(|(_, _, rank)| rank).collect(), runs }
    }
}

const KIND: Key = key("kind");
const METADATA: Key = key("metadata");
const NAME: Key = key("name");
const NAMESPACE: Key = key("namespace");

fn text(view: View<'_>, key: Key) -> &str {
    view.get_key(key).and_then(View::str).unwrap_or("")
}

fn label(tapes: &[Tape], place: Place, key: Key) -> &str {
    let object = tapes.get(place.tape as usize).and_then(|tape| tape.object(place.object as usize));
    object.and_then(|object| object.get_key(METADATA)).map_or("", |metadata| text(metadata, key))
}

#[derive(Clone, Copy)]
struct Entry {
    kind: u32,
    /// Number of the namespace in the order of the names.
    namespace: u32,
    /// Number of the [`Ranks`] that it is of: their order is right already.
    of: u32,
    place: Place,
}

/// The places of all objects of these tapes, in order. Sorted by counting, the least key first; names are compared only where several apps
/// share a namespace.
pub(super) fn order(tapes: &[Tape], ranks: &[Ranks]) -> Vec<Place> {
    let (entries, namespaces) = entries(tapes, ranks);
    let by_namespace = counted(&entries, namespaces, |entry| entry.namespace);
    let mut sorted = counted(&by_namespace, KINDS.len() + 1, |entry| entry.kind);
    for group in sorted.chunk_by_mut(|a, b| (a.kind, a.namespace) == (b.kind, b.namespace)) {
        let of = group.first().map(|entry| entry.of);
        if group.iter().any(|entry| Some(entry.of) != of) {
            group.sort_by_cached_key(|entry| label(tapes, entry.place, NAME));
        }
    }
    sorted.iter().map(|entry| entry.place).collect()
}

/// The objects, and the number of namespaces.
fn entries(tapes: &[Tape], ranks: &[Ranks]) -> (Vec<Entry>, usize) {
    let mut entries = Vec::with_capacity(ranks.iter().map(|all| all.ranks.len()).sum());
    // The namespace of each run: numbered by name afterwards.
    let mut runs = Vec::with_capacity(ranks.iter().map(|all| all.runs.len()).sum());
    let mut first = 0;
    for (of, all) in (0..).zip(ranks) {
        let start = runs.len() as u32;
        let place = |own: Place| Place { tape: first + own.tape, object: own.object };
        runs.extend(all.runs.iter().map(|begin| label(tapes, place(*begin), NAMESPACE)));
        let entry = |rank: &Rank| Entry { kind: rank.kind, namespace: start + rank.run, of, place: place(rank.place) };
        entries.extend(all.ranks.iter().map(entry));
        first += all.tapes;
    }
    // Mostly in order already, those of the namespaces and those of the apps: a stable sort joins them.
    let mut by_name: Vec<u32> = (0..runs.len() as u32).collect();
    let name = |run: u32| runs.get(run as usize).copied().unwrap_or("");
    by_name.sort_by_key(|run| name(*run));
    let mut numbers = vec![0; runs.len()];
    let mut count = 0;
    for same in by_name.chunk_by(|a, b| name(*a) == name(*b)) {
        for run in same {
            if let Some(number) = numbers.get_mut(*run as usize) {
                *number = count;
            }
        }
        count += 1;
    }
    for entry in &mut entries {
        entry.namespace = numbers.get(entry.namespace as usize).copied().unwrap_or(0);
    }
    (entries, count as usize)
}

/// Sorted by a number below `count`; what is equal keeps its order.
fn counted(entries: &[Entry], count: usize, number: impl Fn(&Entry) -> u32) -> Vec<Entry> {
    let mut next = vec![0; count + 1];
    for entry in entries {
        if let Some(size) = next.get_mut(number(entry) as usize + 1) {
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
        if let Some(at) = next.get_mut(number(entry) as usize) {
            if let Some(place) = sorted.get_mut(*at) {
                *place = *entry;
            }
            *at += 1;
        }
    }
    sorted
}
