//! What an API server refuses although every schema takes it. Each of these came out of this compiler once, and a server of 1.34 to 1.37 refused
//! it, changed it, or never ran a pod of it.

use super::lower::Lower;
use super::model::{Action, At, Claim, Probe, Str};
use crate::diagnostic::{Code, Diagnostic, codes};
use crate::tape::Origin;
use crate::units::{Bytes, names};
use crate::vocabulary::Map;
use crate::vocabulary::blocks::Workload;

/// The most name servers and search domains of a pod.
const NAMESERVERS: usize = 3;
const SEARCHES: usize = 32;
/// The longest that a client stays with one pod, in seconds.
const SESSION: i64 = 86_400;
/// The pause before the end where the program says none, in seconds (N10).
const PAUSE: i64 = 5;

/// A message without its place in the program's chain of calls: what is wrong, where, what stands there, and the edit.
pub(super) struct Fault {
    pub code: Code,
    pub title: String,
    pub origin: Origin,
    pub label: &'static str,
    pub help: Option<String>,
}

/// What is wrong with a label or an annotation: its key, or the value of a label.
pub(super) fn label_fault(key: &At<Str>, value: &At<Str>, annotation: bool) -> Option<Fault> {
    let bad = |message: String, origin, label, help| {
        Some(Fault { code: codes::BAD_NAME, title: message.trim_end_matches('.').to_owned(), origin, label, help })
    };
    let of_key = if annotation { names::annotation_key(&key.value) } else { names::label_key(&key.value) };
    if let Err(e) = of_key {
        let label = if annotation { "the key of an annotation" } else { "the key of a label" };
        return bad(e.message, key.origin, label, e.suggestion.map(|s| format!("write `{s}`")));
    }
    match names::label_value(&value.value) {
        Err(e) if !annotation => bad(e.message, value.origin, "the value of a label", Some("put free text in `annotations`".into())),
        _ => None,
    }
}

impl Lower<'_> {
    /// Says a fault.
    pub(super) fn say(&mut self, fault: Fault) {
        let mut d = self.error(fault.code, fault.title, fault.origin, fault.label);
        if let Some(help) = fault.help {
            d = d.help(help);
        }
        self.push(d);
    }

    fn senseless(&mut self, title: String, origin: Origin, label: &'static str, help: &str) {
        self.say(Fault { code: codes::SENSELESS, title, origin, label, help: Some(help.to_owned()) });
    }

    /// A claim holds something, and its class is an object's name.
    pub(super) fn claim(&mut self, claim: &Claim) {
        if claim.bytes == Bytes::ZERO {
            self.senseless(
                "a claim of 0 bytes holds nothing".into(),
                claim.size.origin,
                "must be more",
                "say how much it holds: `size = 10Gi`",
            );
        }
        self.named(claim.class.as_ref(), "a storage class");
    }

    /// The files of a mounted Secret or ConfigMap: each key by the path of its file, which stays below the mount (C14).
    pub(super) fn items(&mut self, keys: Option<&At<Map<Str>>>) -> Vec<(Str, Str)> {
        let mut items = Vec::new();
        for (key, path) in keys.iter().flat_map(|k| &k.value.0) {
            if path.value.is_empty() || path.value.starts_with('/') || path.value.split('/').any(|part| part == "..") {
                self.senseless(
                    format!("`{}` is no path below the mount", path.value),
                    path.origin,
                    "leads out of it",
                    "name the file alone, or a folder of the volume and the file: `\"tls/key.pem\"`",
                );
            }
            items.push((key.value.clone(), path.value.clone()));
        }
        items
    }

    /// Secrets that images are pulled with, each once: the list is one by name.
    pub(super) fn pull_secrets(&mut self, block: &Workload) -> Vec<At<Str>> {
        let mut all: Vec<At<Str>> = Vec::new();
        for name in block.pull_secrets.iter().flat_map(|p| &p.value) {
            if let Some(first) = all.iter().find(|n| n.value == name.value) {
                let first = first.origin;
                let title = format!("the Secret `{}` is named twice", name.value);
                let d = self.error(codes::SAID_TWICE, title, name.origin, "named again here");
                let d = self.place(d, first, "named first here");
                self.push(d.help("take one of them out"));
            } else {
                all.extend(self.named(Some(name), "a Secret"));
            }
        }
        all
    }

    /// Whether this is a key of a Secret.
    pub(super) fn secret_key(&mut self, key: &At<Str>) -> bool {
        let right = names::config_key(&key.value);
        let is_right = right.is_ok();
        if let Err(e) = right {
            let title = e.message.replace("ConfigMap key", "Secret key").trim_end_matches('.').to_owned();
            let help = e.suggestion.map(|s| format!("write `{s}`"));
            self.say(Fault { code: codes::BAD_NAME, title, origin: key.origin, label: "a key of a Secret", help });
        }
        is_right
    }

    /// How many of a device a container gets: some, and of huge pages whole ones.
    pub(super) fn device(&mut self, name: &At<Str>, count: &At<i64>) {
        let domain = name.value.split_once('/').map(|(domain, _)| domain);
        let is_kubernetes = domain.is_some_and(|d| d == "kubernetes.io" || d.ends_with(".kubernetes.io"));
        let page = name.value.strip_prefix("hugepages-").map(Bytes::parse);
        if is_kubernetes || (domain.is_none() && page.is_none()) {
            let (label, help) = match domain {
                Some(_) => ("a name of Kubernetes' own: no node offers it", "name the device as its plugin does: `\"nvidia.com/gpu\" = 1`"),
                None => ("a device has a name with a slash", "for example `\"nvidia.com/gpu\" = 1`"),
            };
            let title = format!("`{}` is no extended resource", name.value);
            self.say(Fault { code: codes::BAD_NAME, title, origin: name.origin, label, help: Some(help.into()) });
        }
        if count.value < 1 {
            let title = format!("a container cannot have {} of a device", count.value);
            self.say(Fault { code: codes::SENSELESS, title, origin: count.origin, label: "at least 1", help: None });
            return;
        }
        match page {
            Some(Ok(page)) if page.bytes() > 0 && count.value % page.bytes() != 0 => self.senseless(
                format!("{} bytes are no whole pages of {page}", count.value),
                count.origin,
                "bytes, not pages",
                &format!("one page is `\"{}\" = {}`", name.value, page.bytes()),
            ),
            Some(Err(_)) => {
                let title = format!("`{}` is no size of huge pages", name.value);
                let help = Some("for example `\"hugepages-2Mi\" = 2097152`".into());
                self.say(Fault { code: codes::BAD_NAME, title, origin: name.origin, label: "a size in bytes after the dash", help });
            }
            _ => {}
        }
    }

    /// How many search domains and name servers a pod has: not too many, and some server where nobody else answers.
    pub(super) fn resolver(&mut self, servers: &[At<Str>], searches: &[At<Str>], policy: Option<&At<Str>>) {
        if let Some(extra) = searches.get(SEARCHES) {
            self.senseless(
                format!("a pod cannot have {} search domains", searches.len()),
                extra.origin,
                "at most 32",
                "each is tried for every short name: write long names instead",
            );
        }
        if let Some(extra) = servers.get(NAMESERVERS) {
            self.senseless(
                format!("a pod cannot have {} name servers", servers.len()),
                extra.origin,
                "at most three",
                "the resolver asks one after the other: keep the three that answer",
            );
        }
        if let Some(policy) = policy.filter(|p| &*p.value == "None" && servers.is_empty()) {
            self.senseless(
                "these pods have no name server".into(),
                policy.origin,
                "only what `dns` says, and it says none",
                "name one: `nameservers = [\"10.0.0.10\"]`",
            );
        }
    }

    /// How long a client stays with one pod, in seconds.
    pub(super) fn session(&mut self, length: &At<crate::units::Duration>) -> At<i64> {
        let seconds = self.seconds(length, 1, "a session");
        if seconds.value > SESSION {
            self.senseless(
                format!("a session cannot be {}", length.value),
                length.origin,
                "at most a day",
                "give a longer one to a cookie of the application",
            );
        }
        seconds
    }

    /// The pause before the end where the program says none: shorter than the grace that it is a part of, and none where that is too short.
    pub(super) fn pause(&mut self, grace: Option<&At<crate::units::Duration>>) -> Option<i64> {
        let grace = grace.and_then(|g| g.value.seconds()).unwrap_or(30);
        Some(PAUSE.min(grace - 1)).filter(|pause| *pause >= 1)
    }

    /// The name of a metric becomes a part of a path.
    pub(super) fn metric_name(&mut self, name: &At<Str>) {
        if name.value.is_empty() || name.value.contains(['/', '%']) || matches!(&*name.value, "." | "..") {
            let title = format!("`{}` is no name of a metric", name.value);
            let help = Some("it becomes a part of a path: leave out `/` and `%`".into());
            self.say(Fault { code: codes::BAD_NAME, title, origin: name.origin, label: "the name of a metric", help });
        }
    }

    /// What a metric is to be is above nothing (H3).
    pub(super) fn metric_aim(&mut self, aim: &At<crate::units::Quantity>) {
        if aim.value.nanos() <= 0 {
            self.senseless(
                format!("a metric of {} cannot be aimed at", aim.value),
                aim.origin,
                "must be more than 0",
                "say how much one pod should carry",
            );
        }
    }

    /// How often a probe may fail: at least once, and zero is taken for three.
    pub(super) fn failures(&mut self, failures: &At<i64>) {
        if failures.value < 1 {
            self.senseless(
                format!("a probe cannot act after {} failures", failures.value),
                failures.origin,
                "at least 1",
                "`failures = 1` acts on the first",
            );
        }
    }

    /// A liveness probe that asks what readiness asks restarts what only needs time (N9).
    pub(super) fn same_question(&mut self, ready: Option<&Probe>, live: Option<&Probe>, has_port: bool) {
        let (Some(ready), Some(live)) = (ready, live) else { return };
        let is_same = match (&ready.action, &live.action) {
            (Action::Http(get), Action::Http(same)) => {
                let told = |h: &[(Str, At<Str>)]| h.iter().map(|(name, value)| (name.clone(), value.value.clone())).collect::<Vec<_>>();
                get.path.value == same.path.value && get.port.value == same.port.value && told(&get.headers) == told(&same.headers)
            }
            // Without a port there is no other question that could be asked unsaid.
            (Action::Exec(words), Action::Exec(same)) if has_port => words.iter().map(|w| &w.value).eq(same.iter().map(|w| &w.value)),
            _ => false,
        };
        if is_same {
            let d = Diagnostic::warning(codes::SENSELESS, "liveness asks what readiness asks");
            let d = self.place(d, live.origin, "the same question");
            self.push(
                d.why("A pod that waits for something else is not ready for a while; asked this, all of them are restarted at once.")
                    .help("leave `live` out, and it asks whether the port takes a connection; or ask something of the process alone"),
            );
        }
    }

    /// The header of a probe's request.
    pub(super) fn header(&mut self, name: &At<Str>) {
        if name.value.is_empty() || !name.value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            let title = format!("`{}` is no HTTP header", name.value);
            let help = Some("letters, digits and `-`: `\"X-Probe\"`".into());
            self.say(Fault { code: codes::BAD_NAME, title, origin: name.origin, label: "the name of a header", help });
        }
    }
}
