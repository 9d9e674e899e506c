//! Pools of nodes, and who makes their nodes (E1 to E6).

use super::{Say, camel};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::plan::model::cluster::{Cluster as Planned, Pool, Taint};
use crate::plan::model::{App, At, Connection, End, Protocol, Str, Target};
use crate::plan::network::end_of;
use crate::source::Span;
use crate::tape::Origin;
use crate::units::{Bytes, Cidr, Cpu, Duration, names};
use crate::vocabulary::blocks::{self, Cluster};
use crate::vocabulary::words::{Amount, Architecture, Autoscaler, Capacity, Consolidation, TaintEffect};
use std::sync::Arc;

/// Karpenter orders pools by a number up to this.
const HEAVIEST: i64 = 100;
const GIB: i64 = 1 << 30;
/// The largest disk that the class takes, in Gi.
const LARGEST: i64 = 59_000;
/// Each autoscaler's own word for "leave this pod where it is" (E1, E4).
const STAYS: [(&str, &str, Autoscaler); 2] = [
    ("cluster-autoscaler.kubernetes.io/safe-to-evict", "false", Autoscaler::ClusterAutoscaler),
    ("karpenter.sh/do-not-disrupt", "true", Autoscaler::Karpenter),
];

pub(super) fn pools(block: &Cluster, cluster: &At<Str>, autoscaler: &Autoscaler, say: &mut Say<'_, '_>) -> Vec<Pool> {
    if let (Some(first), Autoscaler::None) = (block.pool.first(), autoscaler) {
        let d = Diagnostic::error(codes::MISSING, "nobody makes the nodes of this pool")
            .help("say who: `autoscaler = karpenter` or `autoscaler = cluster-autoscaler`; nodes that are made by hand need no pool");
        say.push(d, first.origin, "by whom?");
    }
    if let (Some(said), true) = (&block.autoscaler, block.pool.is_empty() && *autoscaler != Autoscaler::None) {
        let title = format!("`{}` has no pool to make nodes of", autoscaler.word());
        say.error(codes::MISSING, title, said.origin, "which nodes?", "declare one: `pool general { … }`");
    }
    let pools: Vec<Pool> = block.pool.iter().filter_map(|p| pool(p, cluster, autoscaler, say)).collect();
    one_each(&pools, autoscaler, say);
    pools
}

/// One group of nodes has one autoscaler, and is one pool of it (E5).
fn one_each(pools: &[Pool], autoscaler: &Autoscaler, say: &mut Say<'_, '_>) {
    if *autoscaler != Autoscaler::ClusterAutoscaler {
        return;
    }
    for (number, pool) in pools.iter().enumerate() {
        if let Some(first) = pools.iter().take(number).find(|p| p.group.value == pool.group.value) {
            let d = Diagnostic::error(codes::CONFLICT, format!("two pools are the group `{}`", pool.group.value))
                .at(say.place(pool.group.origin), "this one")
                .at(say.place(first.group.origin), "and this one")
                .why("Both would set its size, and each undoes what the other did.");
            say.evaluator.diagnostics.push(d.help("give each pool a group of its own"));
        }
    }
}

fn pool(block: &blocks::Pool, cluster: &At<Str>, autoscaler: &Autoscaler, say: &mut Say<'_, '_>) -> Option<Pool> {
    let name = block.label.clone()?;
    match autoscaler {
        Autoscaler::Karpenter => of_karpenter(block, &name, say),
        Autoscaler::ClusterAutoscaler => of_groups(block, say),
        Autoscaler::None => {}
    }
    let whole = |said: &Option<At<Duration>>, unsaid: &str, what: &str, say: &mut Say<'_, '_>| {
        let Some(d) = said else { return At::default_of(unsaid.into()) };
        if d.value.seconds().is_none() {
            say.error(
                codes::SENSELESS,
                format!("`{what}` of a pool is whole seconds"),
                d.origin,
                "a part of a second",
                format!("for example `{unsaid}`"),
            );
        }
        d.map(|d| d.to_string().into())
    };
    let unsaid = |text: &str| At::default_of(Str::from(text));
    let disk = block.disk.clone().unwrap_or_else(|| At::default_of(Bytes::new(50 * GIB).unwrap_or(Bytes::ZERO)));
    let gib = disk.value.bytes() / GIB;
    if disk.value.bytes() % GIB != 0 || !(1..=LARGEST).contains(&gib) {
        say.error(
            codes::SENSELESS,
            format!("a node cannot have a disk of {}", disk.value),
            disk.origin,
            "whole Gi, at most 59000Gi",
            "for example `disk = 50Gi`",
        );
    }
    let disrupt = block.disrupt.as_ref().map_or_else(
        || unsaid("10%"),
        |d| {
            d.map(|amount| match amount {
                Amount::Int(n) => n.to_string().into(),
                Amount::Percent(p) => p.to_string().into(),
            })
        },
    );
    if !disrupt.value.bytes().all(|b| b.is_ascii_digit() || b == b'%') {
        say.error(
            codes::SENSELESS,
            format!("{} of a pool's nodes cannot be away", disrupt.value),
            disrupt.origin,
            "a count, or whole percents",
            "for example `disrupt = 10%`",
        );
    }
    Some(Pool {
        requirements: requirements(block),
        limits: limits(block),
        nodes: block.nodes.as_ref().map(|n| (n.value.min.clone(), n.value.max.clone())),
        weight: block.weight.clone(),
        labels: labels(block, say),
        taints: taints(block, say),
        image: block.image.clone().unwrap_or_else(|| unsaid("")),
        role: block.role.clone().unwrap_or_else(|| unsaid("")),
        discovery: block.discovery.clone().unwrap_or_else(|| cluster.clone()),
        disk: disk.map(|_| format!("{gib}Gi").into()),
        consolidate: block.consolidate.as_ref().map_or_else(
            || unsaid("WhenEmptyOrUnderutilized"),
            |c| c.map(|c| if *c == Consolidation::Empty { "WhenEmpty".into() } else { "WhenEmptyOrUnderutilized".into() }),
        ),
        consolidate_after: whole(&block.consolidate_after, "1m", "consolidate-after", say),
        disrupt,
        expire: whole(&block.expire, "720h", "expire", say),
        grace: whole(&block.grace, "1h", "grace", say),
        group: block.group.clone().unwrap_or_else(|| At::new(format!("{}-{}", cluster.value, name.value).into(), name.origin)),
        origin: block.origin,
        name,
    })
}

/// What Karpenter needs, and what it does not know (E4).
fn of_karpenter(block: &blocks::Pool, name: &At<Str>, say: &mut Say<'_, '_>) {
    match &block.image {
        None => {
            let title = format!("pool `{}` names no image for its nodes", name.value);
            say.error(codes::MISSING, title, block.origin, "which system?", "name a release: `image = \"al2023@v20251103\"`");
        }
        Some(image) => match image.value.split_once('@') {
            Some((_, "latest")) => {
                let d = Diagnostic::error(codes::NOT_ALLOWED, "the nodes would run whatever is released next")
                    .why("A new release replaces every node of the pool at once, tested by nobody.")
                    .help("name a release: `image = \"al2023@v20251103\"`");
                say.push(d, image.origin, "not pinned");
            }
            Some((family, version)) if !family.is_empty() && !version.is_empty() => {}
            _ => {
                let title = format!("`{}` is no alias of an image", image.value);
                say.error(
                    codes::BAD_LITERAL,
                    title,
                    image.origin,
                    "family and release",
                    "for example `\"al2023@v20251103\"` or `\"bottlerocket@v1.46.0\"`",
                );
            }
        },
    }
    if block.role.is_none() {
        let title = format!("pool `{}` names no role for its nodes", name.value);
        say.error(codes::MISSING, title, block.origin, "with which rights in AWS?", "name it: `role = \"KarpenterNodeRole-prod\"`");
    }
    if let Some(group) = &block.group {
        let help = "take it away: Karpenter makes instances itself. A group that stays is `autoscaler = cluster-autoscaler`'s, and each group has one of the two";
        say.error(codes::NO_EFFECT, "Karpenter knows no Auto Scaling groups", group.origin, "of the cluster autoscaler", help);
    }
    if let Some(least) = block.nodes.as_ref().map(|n| &n.value.min).filter(|n| n.value > 0) {
        let title = format!("Karpenter keeps no {} nodes without pods that need them", least.value);
        say.error(
            codes::NO_EFFECT,
            title,
            least.origin,
            "it knows no least",
            "begin at 0, `nodes = 0..20`, and let pods ask for what they need",
        );
    }
    if block.nodes.is_none() && block.cpu.is_none() && block.memory.is_none() {
        let d = Diagnostic::warning(codes::MISSING, format!("nothing limits what pool `{}` may cost", name.value))
            .why("A replica count with a digit too many then becomes instances.")
            .help("say a most: `cpu = 200`, `memory = 800Gi` or `nodes = 0..20`");
        say.push(d, block.origin, "as many as pods ask for");
    }
    if let Some(weight) = block.weight.as_ref().filter(|w| !(1..=HEAVIEST).contains(&w.value)) {
        say.error(
            codes::SENSELESS,
            format!("a pool's weight cannot be {}", weight.value),
            weight.origin,
            "out of range",
            "it is 1 to 100; the highest is tried first",
        );
    }
}

/// What the group of instances has itself, so that the autoscaler is not asked (E2, E3).
fn of_groups(block: &blocks::Pool, say: &mut Say<'_, '_>) {
    let of_the_group: [(&str, Option<Origin>); 14] = [
        ("families", block.families.as_ref().map(|v| v.origin)),
        ("instances", block.instances.as_ref().map(|v| v.origin)),
        ("architectures", block.architectures.as_ref().map(|v| v.origin)),
        ("capacity", block.capacity.as_ref().map(|v| v.origin)),
        ("cpu", block.cpu.as_ref().map(|v| v.origin)),
        ("memory", block.memory.as_ref().map(|v| v.origin)),
        ("image", block.image.as_ref().map(|v| v.origin)),
        ("role", block.role.as_ref().map(|v| v.origin)),
        ("discovery", block.discovery.as_ref().map(|v| v.origin)),
        ("disk", block.disk.as_ref().map(|v| v.origin)),
        ("consolidate", block.consolidate.as_ref().map(|v| v.origin)),
        ("consolidate-after", block.consolidate_after.as_ref().map(|v| v.origin)),
        ("disrupt", block.disrupt.as_ref().map(|v| v.origin)),
        ("expire", block.expire.as_ref().map(|v| v.origin)),
    ];
    for (name, origin) in of_the_group.into_iter().filter_map(|(name, origin)| Some((name, origin?))) {
        let title = format!("`{name}` is of Karpenter; an Auto Scaling group has its own");
        say.error(codes::NO_EFFECT, title, origin, "read by nobody", "take it away: the launch template of the group says it");
    }
    match &block.nodes {
        None => say.error(
            codes::MISSING,
            "a pool of the cluster autoscaler says how many nodes it has",
            block.origin,
            "how many?",
            "the least and the most of its group: `nodes = 2..20`",
        ),
        Some(nodes) if nodes.value.min.value < 0 || nodes.value.max.value < 1 => {
            say.error(codes::SENSELESS, "a group without nodes", nodes.origin, "at most how many?", "for example `nodes = 0..20`");
        }
        Some(_) => {}
    }
    if let Some(weight) = block.weight.as_ref().filter(|w| w.value < 1) {
        say.error(
            codes::SENSELESS,
            format!("a pool's weight cannot be {}", weight.value),
            weight.origin,
            "at least 1",
            "the highest is tried first",
        );
    }
}

fn requirements(block: &blocks::Pool) -> Vec<(Str, Vec<At<Str>>)> {
    let mut all: Vec<(Str, Vec<At<Str>>)> = Vec::new();
    let unsaid = |word: &str| vec![At::default_of(Str::from(word))];
    let words = |list: &[At<Architecture>]| list.iter().map(|a| a.map(|a| a.word().into())).collect();
    let paid = |list: &[At<Capacity>]| list.iter().map(|c| c.map(|c| c.word().into())).collect();
    all.push(("kubernetes.io/os".into(), unsaid("linux")));
    all.push(("kubernetes.io/arch".into(), block.architectures.as_ref().map_or_else(|| unsaid("amd64"), |a| words(&a.value))));
    all.push(("karpenter.sh/capacity-type".into(), block.capacity.as_ref().map_or_else(|| unsaid("on-demand"), |c| paid(&c.value))));
    for (label, list) in [
        ("karpenter.k8s.aws/instance-family", &block.families),
        ("node.kubernetes.io/instance-type", &block.instances),
        ("topology.kubernetes.io/zone", &block.zones),
    ] {
        all.extend(list.as_ref().map(|l| (label.into(), l.value.clone())));
    }
    all
}

fn limits(block: &blocks::Pool) -> Vec<(Str, At<Str>)> {
    let mut all: Vec<(Str, At<Str>)> = Vec::new();
    all.extend(block.cpu.as_ref().map(|c| ("cpu".into(), c.map(|c: &Cpu| c.to_string().into()))));
    all.extend(block.memory.as_ref().map(|m| ("memory".into(), m.map(|m| m.to_string().into()))));
    all.extend(block.nodes.as_ref().map(|n| ("nodes".into(), n.value.max.map(|n| n.to_string().into()))));
    all
}

fn labels(block: &blocks::Pool, say: &mut Say<'_, '_>) -> Vec<(Str, At<Str>)> {
    let mut all = Vec::new();
    for (key, value) in block.labels.iter().flat_map(|m| &m.value.0) {
        let fault = names::label_key(&key.value)
            .map_err(|e| (e, key.origin))
            .and_then(|()| names::label_value(&value.value).map_err(|e| (e, value.origin)));
        if let Err((e, origin)) = fault {
            let d = Diagnostic::error(codes::BAD_NAME, e.message.trim_end_matches('.').to_owned());
            say.push(d, origin, "a label of nodes");
        }
        all.push((key.value.clone(), value.clone()));
    }
    all
}

fn taints(block: &blocks::Pool, say: &mut Say<'_, '_>) -> Vec<Taint> {
    let mut all = Vec::new();
    for (key, effect) in block.taints.iter().flat_map(|m| &m.value.0) {
        if let Err(e) = names::label_key(&key.value) {
            let d = Diagnostic::error(codes::BAD_NAME, e.message.trim_end_matches('.').to_owned());
            say.push(d, key.origin, "the key of a taint");
        }
        let (value, word) = match &effect.value {
            TaintEffect::NoSchedule { value } => (value, "NoSchedule"),
            TaintEffect::PreferNoSchedule { value } => (value, "PreferNoSchedule"),
            TaintEffect::NoExecute { value } => (value, "NoExecute"),
        };
        debug_assert_eq!(camel(effect.value.word()), word);
        all.push(Taint { key: key.clone(), value: value.clone(), effect: word });
    }
    all
}

/// What pods must be so that an autoscaler makes nodes for them (E6), and leaves them where they are if they ask for it (E1, E4).
pub fn of_apps(cluster: &Planned, apps: &[App], place: &dyn Fn(Origin) -> Span, diagnostics: &mut Diagnostics) {
    if cluster.pools.is_empty() {
        return;
    }
    for app in apps {
        for workload in &app.workloads {
            let containers = || workload.pod.containers.iter().chain(&workload.pod.init);
            let asks_for = |is_none: bool, what: &str| is_none.then(|| what.to_owned());
            let nothing: Vec<String> = [
                asks_for(containers().all(|c| c.cpu.0 == Cpu::ZERO), "CPU"),
                asks_for(containers().all(|c| c.memory.0 == Bytes::ZERO), "memory"),
            ]
            .into_iter()
            .flatten()
            .collect();
            if !nothing.is_empty() {
                let title =
                    format!("the pods of `{}` ask for no {}, so that no node is made for them", workload.name, nothing.join(" and no "));
                let d = Diagnostic::warning(codes::MISSING, title)
                    .at(place(workload.object.origin), "requests of 0")
                    .why("An autoscaler of nodes counts what pods request, and never what they use: these fit on any node, however full.");
                diagnostics.push(d.help("say what one needs: `cpu = 100m..500m`, `memory = 128Mi..512Mi`"));
            }
            for (key, value) in workload.pod.annotations.iter().chain(&workload.annotations).chain(&app.annotations) {
                let other = STAYS.iter().find(|(name, word, of)| *name == &**key && *word == &*value.value && *of != cluster.autoscaler);
                let own = STAYS.iter().find(|(.., of)| *of == cluster.autoscaler);
                if let (Some((name, ..)), Some((own, word, of))) = (other, own) {
                    let title = format!("{} does not read the annotation `{name}`", of.word());
                    let d = Diagnostic::error(codes::NO_EFFECT, title).at(place(value.origin), "of the other autoscaler");
                    diagnostics.push(d.help(format!("its own is `annotations = {{ \"{own}\" = \"{word}\" }}`")));
                }
            }
        }
    }
}

/// Whom the Cluster Autoscaler asks: DNS, the API server, and AWS, whose addresses nobody knows beforehand.
pub fn connections(cluster: &Planned, target: &Target) -> Vec<Connection> {
    if cluster.autoscaler != Autoscaler::ClusterAutoscaler || cluster.pools.is_empty() {
        return Vec::new();
    }
    let from = Arc::new(End::Workload { namespace: Planned::SYSTEM.into(), instance: Planned::SCALER.into() });
    let anywhere = [Cidr::ALL_V4, Cidr::ALL_V6].map(|cidr| Arc::new(End::Cidr { cidr: cidr.to_string().into(), except: Vec::new() }));
    let dns: Vec<Arc<End>> = target.dns.iter().map(|peer| Arc::new(end_of(peer))).collect();
    let mut all = Vec::new();
    let mut note = |ends: &[Arc<End>], protocol: Protocol, port: u16, because: &'static str| {
        let connection = |to: &Arc<End>| Connection {
            from: from.clone(),
            to: to.clone(),
            protocol,
            ports: (port, port),
            origin: cluster.origin,
            because,
        };
        all.extend(ends.iter().map(connection));
    };
    for port in &target.dns_ports {
        note(&dns, Protocol::Tcp, *port, "dns");
        note(&dns, Protocol::Udp, *port, "dns");
    }
    for port in [443, target.api_server_port] {
        note(&anywhere, Protocol::Tcp, port, "cluster-autoscaler");
    }
    all
}
