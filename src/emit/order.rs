//! The order in which objects are written and applied: what others need comes first; then kind, namespace, name.

use crate::kinds::{
    apps, autoscaling, batch, core as v1, external_secrets, karpenter, keda, monitoring, networking, opentelemetry, policy, rbac,
    scheduling, storage, telemetry, velero, vpa,
};
use crate::tape::{Key, Place, Tape, View, key};
use smol_str::SmolStr;

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
    /// The namespace of each run of objects in one.
    runs: Vec<SmolStr>,
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
        // Objects of a kind follow each other.
        let mut latest = ("", KINDS.len());
        let mut read = Vec::with_capacity(tapes.iter().map(Tape::len).sum());
        for (tape, own) in (0..).zip(tapes) {
            for (object, view) in (0..).zip(own.objects()) {
                let place = Place { tape, object };
                let kind = text(view, KIND);
                if latest.0 != kind {
                    latest = (kind, KINDS.iter().position(|known| *known == kind).unwrap_or(KINDS.len()));
                }
                let kind = latest.1 as u32;
                let (name, namespace) =
                    view.get_key(METADATA).map_or(("", ""), |metadata| (text(metadata, NAME), text(metadata, NAMESPACE)));
                if before.replace(namespace) != Some(namespace) {
                    runs.push(namespace.into());
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

/// What of one kind lies in one namespace.
#[derive(Clone, Copy, Default)]
struct Bucket {
    /// How many objects; afterwards, where the next of them goes.
    next: u32,
    /// One more than the number of the [`Ranks`] that the latest is of: their own order is right already.
    of: u32,
    /// Are they of several?
    mixed: bool,
}

/// The places of all objects of these tapes, in order. They are counted, and then put where they belong; names are compared only where
/// several apps share a namespace.
pub(super) fn order(tapes: &[Tape], ranks: &[Ranks]) -> Vec<Place> {
    let (namespaces, count) = namespaces(ranks);
    // Of the kinds, most programs have some.
    let mut kinds = [None; KINDS.len() + 1];
    for rank in ranks.iter().flat_map(|all| &all.ranks) {
        kinds.get_mut(rank.kind as usize).into_iter().for_each(|kind| *kind = Some(0));
    }
    let met = (0..).zip(kinds.iter_mut().flatten()).map(|(number, kind)| *kind = number * count).count();
    let mut buckets = vec![Bucket::default(); met * count];
    let bucket_of = |start: usize, rank: &Rank| {
        let namespace = namespaces.get(start + rank.run as usize).copied().unwrap_or(0);
        kinds.get(rank.kind as usize).copied().flatten().unwrap_or(0) + namespace as usize
    };
    let starts = || ranks.iter().scan(0, |start, all| Some(std::mem::replace(start, *start + all.runs.len())));
    for ((of, all), start) in (1..).zip(ranks).zip(starts()) {
        for rank in &all.ranks {
            if let Some(bucket) = buckets.get_mut(bucket_of(start, rank)) {
                bucket.next += 1;
                bucket.mixed |= bucket.of != 0 && bucket.of != of;
                bucket.of = of;
            }
        }
    }
    let mut total = 0;
    let mut mixed = Vec::new();
    for bucket in &mut buckets {
        let start = total;
        total += bucket.next;
        if bucket.mixed {
            mixed.push(start as usize..total as usize);
        }
        bucket.next = start;
    }
    let mut order = vec![Place::default(); total as usize];
    let mut first = 0;
    for (all, start) in ranks.iter().zip(starts()) {
        for rank in &all.ranks {
            let Some(bucket) = buckets.get_mut(bucket_of(start, rank)) else { continue };
            if let Some(place) = order.get_mut(bucket.next as usize) {
                *place = Place { tape: first + rank.place.tape, object: rank.place.object };
            }
            bucket.next += 1;
        }
        first += all.tapes;
    }
    for range in mixed {
        order.get_mut(range).into_iter().for_each(|places| places.sort_by_cached_key(|place| name(tapes, *place)));
    }
    order
}

fn name(tapes: &[Tape], place: Place) -> &str {
    let object = tapes.get(place.tape as usize).and_then(|tape| tape.object(place.object as usize));
    object.and_then(|object| object.get_key(METADATA)).map_or("", |metadata| text(metadata, NAME))
}

/// For each run of all ranks, the number of its namespace in the order of the names; and how many namespaces there are.
fn namespaces(ranks: &[Ranks]) -> (Vec<u32>, usize) {
    let runs: Vec<&str> = ranks.iter().flat_map(|all| &all.runs).map(SmolStr::as_str).collect();
    let name = |run: u32| runs.get(run as usize).copied().unwrap_or("");
    // Mostly in order already, those of the namespaces and those of the apps: a stable sort joins them.
    let mut by_name: Vec<u32> = (0..runs.len() as u32).collect();
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
    (numbers, count as usize)
}
