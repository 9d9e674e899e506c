//! KubeletConfiguration: values to a document, and what the kubelet would refuse when it starts (B5, B6, B7).

use super::{Say, camel, word};
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::model::cluster::Tree;
use crate::plan::model::{At, Str};
use crate::tape::Origin;
use crate::units::{Duration, Percent, Version};
use crate::vocabulary::blocks::{Kubelet, ROWS, Spelling};
use crate::vocabulary::value::Value;

/// Signals that pods are evicted by.
const SIGNALS: [&str; 9] = [
    "memory.available",
    "nodefs.available",
    "nodefs.inodesFree",
    "imagefs.available",
    "imagefs.inodesFree",
    "containerfs.available",
    "containerfs.inodesFree",
    "pid.available",
    "allocatableMemory.available",
];
/// Cipher suites of TLS 1.2 with forward secrecy and authenticated encryption.
const SUITES: [&str; 6] = [
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
];
/// Resources that a node keeps back.
const RESERVED: [&str; 4] = ["cpu", "memory", "ephemeral-storage", "pid"];
/// The kubelet's own thresholds of its image garbage.
const GC: (i64, i64) = (80, 85);
/// The exception for a kubelet that answers strangers.
const WEAK: &str = "weak-kubelet";

/// What is written where nothing is said: stricter than the kubelet's own.
fn hardened(path: &str, domain: &Str) -> Option<Tree> {
    let reserved = || {
        let amounts = [("cpu", "100m"), ("memory", "256Mi"), ("ephemeral-storage", "1Gi")];
        Tree::Map(amounts.map(|(name, amount)| (name.into(), At::default_of(Tree::text(amount)))).into())
    };
    Some(match path {
        "readOnlyPort" => Tree::Int(0),
        "tlsCipherSuites" => Tree::texts(SUITES),
        "tlsMinVersion" => Tree::text("VersionTLS12"),
        "rotateCertificates" | "serverTLSBootstrap" | "authentication.webhook.enabled" | "protectKernelDefaults" | "seccompDefault" => {
            Tree::Bool(true)
        }
        "authentication.x509.clientCAFile" => Tree::text("/etc/kubernetes/pki/ca.crt"),
        "authentication.anonymous.enabled" => Tree::Bool(false),
        "authorization.mode" => Tree::text("Webhook"),
        // B6: 0 is no limit since 1.37, and was the default before.
        "eventRecordQPS" => Tree::Int(50),
        "eventBurst" => Tree::Int(100),
        "podPidsLimit" => Tree::Int(4096),
        "clusterDomain" => Tree::Text(domain.clone()),
        "systemReserved" | "kubeReserved" => reserved(),
        "shutdownGracePeriod" => Tree::text("30s"),
        "shutdownGracePeriodCriticalPods" => Tree::text("10s"),
        "containerRuntimeEndpoint" => Tree::text(super::SOCKET),
        _ => return None,
    })
}

/// The document.
pub fn document(said: Option<&Kubelet>, version: Version, domain: &Str, say: &mut Say<'_, '_>) -> At<Tree> {
    if let Some(kubelet) = said {
        refuse(kubelet, version, domain, say);
    }
    let mut document = Tree::document("kubelet.config.k8s.io/v1beta1", "KubeletConfiguration");
    let by_priority = said.is_some_and(|k| k.get("shutdownGracePeriodByPodPriority").is_some());
    for row in ROWS {
        let value = said.and_then(|k| k.get(row.path)).and_then(|v| tree(v, row.spelling));
        let value = value.or_else(|| match row.path {
            "serializeImagePulls" => parallel(said).then(|| At::default_of(Tree::Bool(false))),
            "mergeDefaultEvictionSettings" => said?.get("evictionHard").map(|_| At::default_of(Tree::Bool(true))),
            path if by_priority && path.starts_with("shutdownGracePeriod") => None,
            path => hardened(path, domain).map(At::default_of),
        });
        if let Some(value) = value {
            document.set(row.path, value);
        }
    }
    At::new(document, said.map_or(Origin::NONE, |k| k.origin))
}

/// What of it Karpenter hands on to the nodes that it makes.
pub fn handed_on(kubelet: &Kubelet) -> Vec<(Str, At<Tree>)> {
    const TAKEN: [&str; 11] = [
        "maxPods",
        "podsPerCore",
        "systemReserved",
        "kubeReserved",
        "evictionHard",
        "evictionSoft",
        "evictionSoftGracePeriod",
        "evictionMaxPodGracePeriod",
        "imageGCHighThresholdPercent",
        "imageGCLowThresholdPercent",
        "cpuCFSQuota",
    ];
    let of = |path: &&str| {
        let row = Kubelet::row(path).and_then(|row| ROWS.get(row))?;
        Some((Str::from(*path), tree(kubelet.get(path)?, row.spelling)?))
    };
    TAKEN.iter().filter_map(of).collect()
}

/// Are several images pulled at once?
fn parallel(said: Option<&Kubelet>) -> bool {
    said.and_then(|k| k.get("maxParallelImagePulls")).and_then(|v| v.value.as_int()).is_some_and(|n| n > 1)
}

/// Makes an item of a list of an entry of a map.
type Each<'e> = &'e dyn Fn(&At<Str>, &At<Value>) -> Option<Tree>;

/// A value as its field spells it.
pub fn tree(value: &At<Value>, spelling: Spelling) -> Option<At<Tree>> {
    let entries = |each: Each<'_>| {
        let Value::Map(map) = &value.value else { return None };
        let item = |(key, inner): &(At<Str>, At<Value>)| Some(At::new(each(key, inner)?, key.origin));
        map.iter().map(item).collect::<Option<Vec<_>>>().map(Tree::List)
    };
    let record = |pairs: Vec<(&str, At<Tree>)>| Tree::Map(pairs.into_iter().map(|(name, value)| (name.into(), value)).collect());
    let said = match (&value.value, spelling) {
        (Value::Duration(d), Spelling::Seconds) => Tree::Int(d.seconds()?),
        (Value::Percent(p), Spelling::Whole) => Tree::Int(p.whole()?),
        (Value::Percent(p), Spelling::PerMillion) => Tree::Int(p.parts_per_million()),
        (Value::Version(v), Spelling::Tls) => Tree::text(format!("VersionTLS{}{}", v.major, v.minor)),
        (word_or_call, Spelling::Camel) => Tree::text(camel(word(word_or_call)?)),
        (_, Spelling::Taints) => entries(&|key, effect| {
            let argument = if let Value::Variant(v) = &effect.value { v.arguments.first().and_then(Option::as_ref) } else { None };
            let mut pairs = vec![("key", key.map(|k| Tree::Text(k.clone())))];
            if let Some(value) = argument {
                pairs.push(("value", plain(value)?));
            }
            pairs.push(("effect", At::new(Tree::text(camel(word(&effect.value)?)), effect.origin)));
            Some(record(pairs))
        })?,
        (_, Spelling::ByNode) => entries(&|key, limits| {
            let node = key.value.parse().ok()?;
            Some(record(vec![("numaNode", At::new(Tree::Int(node), key.origin)), ("limits", plain(limits)?)]))
        })?,
        (_, Spelling::ByPriority) => entries(&|key, period| {
            let Value::Duration(d) = &period.value else { return None };
            let (priority, seconds) = (key.value.parse().ok()?, d.seconds()?);
            Some(record(vec![
                ("priority", At::new(Tree::Int(priority), key.origin)),
                ("shutdownGracePeriodSeconds", At::new(Tree::Int(seconds), period.origin)),
            ]))
        })?,
        (_, Spelling::ByFile) => {
            entries(&|key, level| Some(record(vec![("filePattern", key.map(|k| Tree::Text(k.clone()))), ("verbosity", plain(level)?)])))?
        }
        _ => return plain(value),
    };
    Some(At::new(said, value.origin))
}

fn plain(value: &At<Value>) -> Option<At<Tree>> {
    let said = match &value.value {
        Value::Bool(b) => Tree::Bool(*b),
        Value::Int(n, _) => Tree::Int(*n),
        Value::Float(f) => Tree::Float(f.to_string().parse().ok()?),
        Value::Text(t) => Tree::Text(t.text.clone()),
        Value::Percent(p) => Tree::text(p.to_string()),
        Value::Cpu(c) => Tree::text(c.to_string()),
        Value::Bytes(b) => Tree::text(b.to_string()),
        Value::Quantity(q) => Tree::text(q.to_string()),
        Value::Duration(d) => Tree::text(d.to_string()),
        Value::Version(v) => Tree::text(v.to_string()),
        Value::List(items) => Tree::List(items.iter().map(plain).collect::<Option<_>>()?),
        Value::Map(map) => Tree::Map(map.iter().map(|(k, v)| Some((k.value.clone(), plain(v)?))).collect::<Option<_>>()?),
        other => Tree::text(word(other)?),
    };
    Some(At::new(said, value.origin))
}

/// What the kubelet refuses when it starts, and what weakens it.
fn refuse(kubelet: &Kubelet, version: Version, domain: &Str, say: &mut Say<'_, '_>) {
    for (number, value) in &kubelet.said {
        let Some(row) = ROWS.get(*number) else { continue };
        let name = Kubelet::name_of(row.path);
        if row.since > version.minor {
            let title = format!("`{name}` is a field of Kubernetes 1.{}, and the kubelets are {version}", row.since);
            say.error(codes::TOO_OLD, title, value.origin, "not known yet", "take it away, or raise the version");
        }
        if let (Some((least, most)), Some(n)) = (row.range, value.value.as_int())
            && !(least..=most).contains(&n)
        {
            say.error(
                codes::SENSELESS,
                format!("`{name}` cannot be {n}"),
                value.origin,
                "out of range",
                format!("it is {least} to {most}"),
            );
        }
        if tree(value, row.spelling).is_none() {
            let (label, help) = match row.spelling {
                Spelling::Seconds | Spelling::ByPriority => {
                    ("whole seconds", "write it in seconds: `30s`; a priority is a number: `{ \"100000\" = 30s }`")
                }
                Spelling::Whole => ("whole percents", "write it without a fraction"),
                Spelling::ByNode => ("NUMA nodes are numbers", "`{ \"0\" = { memory = 1Gi } }`"),
                _ => ("cannot be said so", "write it as the reference shows"),
            };
            say.error(codes::SENSELESS, format!("`{name}` cannot be written so"), value.origin, label, help);
        }
    }
    weak(kubelet, say);
    thresholds(kubelet, say);
    durations(kubelet, say);
    reserved(kubelet, say);
    others(kubelet, domain, say);
}

/// What answers strangers needs a reason.
fn weak(kubelet: &Kubelet, say: &mut Say<'_, '_>) {
    if kubelet.allows.iter().any(|a| **a == *WEAK) {
        return;
    }
    let is_true = |path| kubelet.get(path).filter(|v| v.value.as_bool() == Some(true));
    let opens = |v: &&At<Value>| word(&v.value) == Some("always-allow");
    let answers = |v: &&At<Value>| v.value.as_int().is_some_and(|n| n != 0);
    let found = [
        is_true("authentication.anonymous.enabled").map(|v| (v, "the kubelet lets in who does not say who he is")),
        kubelet.get("authorization.mode").filter(opens).map(|v| (v, "the kubelet lets every caller do everything")),
        kubelet.get("readOnlyPort").filter(answers).map(|v| (v, "a port of the kubelet answers everybody without a login")),
    ];
    for (value, title) in found.into_iter().flatten() {
        let d = Diagnostic::error(codes::NOT_ALLOWED, title)
            .why("Who reaches the node then reads every pod's specification, and with `always-allow` runs commands in its containers.")
            .help(format!("take it away; or write into `kubelet` who needs it: `allow {WEAK} because \"…\"`"));
        say.push(d, value.origin, "weakens every node");
    }
}

/// Image garbage, evictions, the memory factor (B5).
fn thresholds(kubelet: &Kubelet, say: &mut Say<'_, '_>) {
    let share = |path| kubelet.get(path).and_then(|v| if let Value::Percent(p) = v.value { Some((p, v.origin)) } else { None });
    let of = |whole: i64| Percent::from_parts_per_million(whole * 10_000).unwrap_or(Percent::ZERO);
    let (low, high) = (share("imageGCLowThresholdPercent"), share("imageGCHighThresholdPercent"));
    if let Some((p, origin)) = high.filter(|(p, _)| *p > Percent::ALL) {
        say.error(
            codes::SENSELESS,
            format!("a disk cannot be {p} full"),
            origin,
            "at most 100%",
            "images are taken away before the disk is full: `85%`",
        );
    } else if low.is_some() || high.is_some() {
        let ((l, _), (h, _)) = (low.unwrap_or((of(GC.0), Origin::NONE)), high.unwrap_or((of(GC.1), Origin::NONE)));
        if l >= h {
            let origin = low.or(high).map_or(kubelet.origin, |(_, o)| o);
            let title = format!("images would be taken away from {h} of the disk on, down to {l}");
            let help =
                format!("`image-gc-low-threshold` is below `image-gc-high-threshold`; unsaid they are {} and {}", of(GC.0), of(GC.1));
            say.error(codes::SENSELESS, title, origin, "not below the other", help);
        }
    }
    for path in ["evictionHard", "evictionSoft", "evictionSoftGracePeriod", "evictionMinimumReclaim"] {
        for key in keys(kubelet, path).filter(|k| !SIGNALS.contains(&&*k.value)) {
            let title = format!("`{}` is no signal that pods are evicted by", key.value);
            say.error(
                codes::SENSELESS,
                title,
                key.origin,
                "not known",
                format!("signals are {}", crate::check::suggest::list(SIGNALS, "and")),
            );
        }
    }
    let graces: Vec<&At<Str>> = keys(kubelet, "evictionSoftGracePeriod").collect();
    for key in keys(kubelet, "evictionSoft").filter(|k| !graces.iter().any(|g| g.value == k.value)) {
        let title = format!("the soft threshold of `{}` has no grace period", key.value);
        let help = format!("say how long it may last: `eviction-soft-grace-period = {{ \"{}\" = 2m }}`", key.value);
        say.error(codes::MISSING, title, key.origin, "evicted after how long?", help);
    }
    if let Some(At { value: Value::Float(f), origin }) = kubelet.get("memoryThrottlingFactor") {
        let is_part = !f.is_negative() && f.mantissa() > 0 && f.to_string().parse().is_ok_and(|n: f64| n <= 1.0);
        if !is_part {
            say.error(
                codes::SENSELESS,
                format!("memory cannot be throttled at {f} of its limit"),
                *origin,
                "more than 0, at most 1",
                "write a part of one: `0.9`",
            );
        }
    }
}

/// Spans of time (B5).
fn durations(kubelet: &Kubelet, say: &mut Say<'_, '_>) {
    let get = |path| kubelet.get(path).and_then(|v| if let Value::Duration(d) = v.value { Some((d, v.origin)) } else { None });
    let seconds = |n: i64| Duration::from_seconds(n).unwrap_or(Duration::ZERO);
    let (all, critical) = (get("shutdownGracePeriod"), get("shutdownGracePeriodCriticalPods"));
    for (d, origin) in [all, critical].into_iter().flatten() {
        if d > Duration::ZERO && d < seconds(1) {
            say.error(codes::SENSELESS, format!("a shutdown cannot wait {d}"), origin, "0, or 1s and more", "write `0s` for none");
        }
    }
    let (total, part) = (all.map_or(seconds(30), |(d, _)| d), critical.map_or(seconds(10), |(d, _)| d));
    if let Some(origin) = critical.or(all).map(|(_, o)| o)
        && part > total
    {
        let title = format!("critical pods would have {part} of the {total} that the shutdown takes");
        let help = "`shutdown-grace-period-critical-pods` is a part of `shutdown-grace-period`; unsaid they are 10s and 30s";
        say.error(codes::SENSELESS, title, origin, "longer than all of it", help);
    }
    if let (Some(by), Some((_, origin))) = (kubelet.get("shutdownGracePeriodByPodPriority"), all.or(critical)) {
        let d = Diagnostic::error(codes::CONFLICT, "how long a shutdown takes is said twice: by priority, and for all pods");
        let d = d.at(say.place(by.origin), "by priority").help("keep one of the two");
        say.push(d, origin, "for all pods");
    }
    let bounds = [
        ("cpuCFSQuotaPeriod", 1_000_000, 1_000_000_000, "1ms to 1s"),
        ("containerLogMonitorInterval", 3_000_000_000, i64::MAX, "3s or more"),
        ("crashLoopBackOff.maxContainerRestartPeriod", 1_000_000_000, 300_000_000_000, "1s to 5m"),
        ("nodeLeaseDurationSeconds", 1_000_000_000, i64::MAX, "1s or more"),
    ];
    for (path, least, most, words) in bounds {
        if let Some((d, origin)) = get(path).filter(|(d, _)| !(least..=most).contains(&d.nanos())) {
            say.error(
                codes::SENSELESS,
                format!("`{}` cannot be {d}", Kubelet::name_of(path)),
                origin,
                "out of range",
                format!("it is {words}"),
            );
        }
    }
    if let Some((d, origin)) =
        get("cpuCFSQuotaPeriod").filter(|(d, _)| (1_000_000..=1_000_000_000).contains(&d.nanos()) && d.nanos() != 100_000_000)
        && !gate(kubelet, "CustomCPUCFSQuotaPeriod")
    {
        let title = format!("a period of {d} needs the feature gate `CustomCPUCFSQuotaPeriod`");
        say.error(
            codes::MISSING,
            title,
            origin,
            "the kubelet does not start",
            "switch it on: `feature-gates = { CustomCPUCFSQuotaPeriod = true }`",
        );
    }
    if let (Some((most, origin)), least) = (get("imageMaximumGCAge"), get("imageMinimumGCAge").map_or(seconds(120), |(d, _)| d))
        && most > Duration::ZERO
        && most <= least
    {
        let title = format!("images may be {most} old, and are kept for {least}");
        say.error(
            codes::SENSELESS,
            title,
            origin,
            "not longer than the other",
            "`image-maximum-gc-age` is more than `image-minimum-gc-age`, which is 2m unsaid",
        );
    }
}

/// Is this feature gate switched on?
fn gate(kubelet: &Kubelet, name: &str) -> bool {
    let Some(At { value: Value::Map(gates), .. }) = kubelet.get("featureGates") else { return false };
    gates.iter().any(|(key, on)| *key.value == *name && on.value.as_bool() == Some(true))
}

/// What a node keeps back (B5).
fn reserved(kubelet: &Kubelet, say: &mut Say<'_, '_>) {
    for path in ["systemReserved", "kubeReserved"] {
        for key in keys(kubelet, path).filter(|k| !RESERVED.contains(&&*k.value)) {
            let title = format!("a node keeps back no `{}`", key.value);
            say.error(
                codes::SENSELESS,
                title,
                key.origin,
                "not known",
                format!("it keeps back {}", crate::check::suggest::list(RESERVED, "and")),
            );
        }
    }
    let enforced = kubelet.get("enforceNodeAllocatable").into_iter().flat_map(|v| match &v.value {
        Value::List(items) => items.iter().collect::<Vec<_>>(),
        _ => Vec::new(),
    });
    let enforced: Vec<(&At<Value>, &str)> = enforced.filter_map(|v| Some((v, word(&v.value)?))).collect();
    for (value, name) in &enforced {
        let of = name.trim_end_matches("-compressible");
        let cgroup = match of {
            "system-reserved" => "systemReservedCgroup",
            "kube-reserved" => "kubeReservedCgroup",
            _ => continue,
        };
        if kubelet.get(cgroup).is_none() {
            let attribute = Kubelet::name_of(cgroup);
            let title = format!("`{name}` is enforced on a control group, and none is named");
            say.error(codes::MISSING, title, value.origin, "on which?", format!("name it: `{attribute} = \"/system.slice\"`"));
        }
        if *of != **name && enforced.iter().any(|(_, other)| *other == of) {
            say.error(codes::CONFLICT, format!("`{name}` is a part of `{of}`"), value.origin, "enforced twice", "keep one of the two");
        }
    }
    if let Some((value, _)) = enforced.iter().find(|(_, name)| *name == "none").filter(|_| enforced.len() > 1) {
        say.error(codes::CONFLICT, "`none` stands beside what is enforced", value.origin, "none, or which?", "take one of them away");
    }
    let of_pods = enforced.iter().any(|(_, name)| *name != "none");
    if let Some(off) = kubelet.get("cgroupsPerQOS").filter(|v| v.value.as_bool() == Some(false) && (of_pods || enforced.is_empty())) {
        let help = "say that nothing is enforced, `enforce-node-allocatable = [none]`, or take it away";
        say.error(codes::CONFLICT, "a node's shares are enforced by the control groups that this switches off", off.origin, "needed", help);
    }
    if let Some(cpus) = kubelet.get("reservedSystemCPUs")
        && let Some(cgroup) = kubelet.get("systemReservedCgroup").or(kubelet.get("kubeReservedCgroup"))
    {
        let d = Diagnostic::error(codes::CONFLICT, "processors are kept back whole, and by a control group")
            .at(say.place(cgroup.origin), "by this one");
        say.push(d.help("the kubelet takes one of the two"), cpus.origin, "whole");
    }
    if let Some(system) = kubelet.get("systemCgroups").filter(|_| kubelet.get("cgroupRoot").is_none()) {
        say.error(codes::MISSING, "`system-cgroups` needs `cgroup-root`", system.origin, "below which?", "say it: `cgroup-root = \"/\"`");
    }
}

/// Pairs of fields (B5, B6).
fn others(kubelet: &Kubelet, domain: &Str, say: &mut Say<'_, '_>) {
    let is = |path, truth: bool| kubelet.get(path).filter(|v| v.value.as_bool() == Some(truth));
    if let (Some(serial), true) = (is("serializeImagePulls", true), parallel(Some(kubelet))) {
        let help = "take `serialize-image-pulls` away: it follows from `max-parallel-image-pulls`";
        say.error(
            codes::CONFLICT,
            "images are pulled one after the other, and several at once",
            serial.origin,
            "one after the other",
            help,
        );
    }
    if let Some(qps) = kubelet.get("eventRecordQPS").filter(|v| v.value.as_int() == Some(0)) {
        let d = Diagnostic::error(codes::SENSELESS, "`event-record-qps = 0` means two things")
            .why("Up to Kubernetes 1.36 it was the kubelet's own number, 50; since 1.37 it is no limit at all.")
            .help("say the number: `event-record-qps = 50`");
        say.push(d, qps.origin, "none, or all?");
    }
    if let Some(once) = is("runOnce", true) {
        say.error(codes::SENSELESS, "the kubelet no longer runs once and ends", once.origin, "it does not start with this", "take it away");
    }
    if let Some(query) = is("enableSystemLogQuery", true).filter(|_| is("enableSystemLogHandler", false).is_some()) {
        say.error(
            codes::CONFLICT,
            "queries of the system's log need its handler",
            query.origin,
            "switched off beside",
            "take one of the two away",
        );
    }
    for path in ["containerRuntimeEndpoint", "podLogsDir"] {
        if let Some(empty) = kubelet.get(path).filter(|v| v.value.as_str() == Some("")) {
            let title = format!("`{}` says nothing", Kubelet::name_of(path));
            say.error(
                codes::MISSING,
                title,
                empty.origin,
                "the kubelet does not start without",
                format!("say it, or take it away: unsaid it is `{}`", super::SOCKET),
            );
        }
    }
    if let Some(own) = kubelet.get("clusterDomain").filter(|v| v.value.as_str() != Some(domain)) {
        let help = "say it once, `target { dns { domain = \"…\" } }`, from which this follows";
        say.error(codes::CONFLICT, format!("Services end with `{domain}` everywhere else"), own.origin, "another domain", help);
    }
    let check = kubelet.get("imagePullCredentialsVerificationPolicy").and_then(|v| word(&v.value));
    if let Some(list) = kubelet.get("preloadedImagesVerificationAllowlist").filter(|_| check != Some("never-verify-allowlisted-images")) {
        let help = "say `image-pull-credentials-verification-policy = never-verify-allowlisted-images`";
        say.error(codes::NO_EFFECT, "no policy reads this list", list.origin, "the kubelet does not start with it", help);
    }
    if let Some(At { value: Value::Version(v), origin }) = kubelet.get("tlsMinVersion")
        && !matches!((v.major, v.minor, v.patch), (1, 2 | 3, None))
    {
        say.error(
            codes::SENSELESS,
            format!("TLS {v} is not to be had"),
            *origin,
            "1.2 or 1.3",
            "the older versions are broken; write `1.2`",
        );
    }
    let swaps = kubelet.get("memorySwap.swapBehavior").filter(|v| word(&v.value) == Some("limited-swap"));
    if let Some(swap) = swaps.filter(|_| is("failSwapOn", false).is_none()) {
        let help = "say `fail-swap-on = false` beside it";
        say.error(codes::MISSING, "a kubelet that may swap refuses to start on a node with swap", swap.origin, "never comes to it", help);
    }
}

/// The keys of a map.
fn keys<'k>(kubelet: &'k Kubelet, path: &str) -> impl Iterator<Item = &'k At<Str>> {
    let map = kubelet.get(path).and_then(|v| if let Value::Map(map) = &v.value { Some(map) } else { None });
    map.into_iter().flat_map(|map| map.iter()).map(|(key, _)| key)
}
