//! Every pod meets the Pod Security Standard that its namespace enforces (security.md §1.2), by the rules of the version it is pinned to.
//!
//! An `allow` of the program is no exception here: the cluster asks the namespace alone.

use super::scene::{Scene, Workload, fields, text_of};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::tape::{Origin, View, field};
use rustc_hash::FxHashMap;
use std::fmt::Arguments;

const ENFORCE: &str = "pod-security.kubernetes.io/enforce";
const ENFORCE_VERSION: &str = "pod-security.kubernetes.io/enforce-version";

/// How much is asked, in rising order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Level {
    Baseline,
    Restricted,
}

/// Capabilities that baseline lets a container add.
const ADDABLE: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];
/// Sources of volumes that restricted lets a pod have (check 21).
const VOLUMES: [&str; 8] = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];
/// Types of SELinux that baseline lets a pod have.
const SELINUX: [&str; 4] = ["", "container_t", "container_init_t", "container_kvm_t"];
/// Kernel settings that affect the pod alone, with the first minor where the standard knows each.
const SYSCTLS: [(&str, u8); 13] = [
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
    ("net.ipv4.tcp_rmem", 32),
    ("net.ipv4.tcp_wmem", 32),
    // Nothing else is safe.
    ("", u8::MAX),
];

/// Checks the pods of every namespace that is emitted with a standard.
pub(super) fn prove(scene: &Scene<'_>, diagnostics: &mut Diagnostics) {
    let mut standards: FxHashMap<&str, (Level, u8, View<'_>)> = FxHashMap::default();
    for namespace in scene.of_kind("Namespace") {
        let Some(labels) = namespace.labels() else { continue };
        let level = match text_of(labels, ENFORCE) {
            Some("baseline") => Level::Baseline,
            Some("restricted") => Level::Restricted,
            // `privileged` asks nothing, and neither does no label.
            _ => continue,
        };
        let pinned = text_of(labels, ENFORCE_VERSION).and_then(|text| text.strip_prefix("v1.")).and_then(|minor| minor.parse().ok());
        let place = labels.get(ENFORCE).unwrap_or(labels);
        standards.insert(namespace.name, (level, pinned.unwrap_or(scene.minor()), place));
    }
    for workload in &scene.workloads {
        let Some((level, minor, place)) = standards.get(workload.object.namespace) else { continue };
        let mut found = Vec::new();
        Check { level: *level, minor: *minor, workload, found: &mut found }.pod();
        for Breach { path, origin, wrong, needs } in found {
            let name = if needs == Level::Restricted { "restricted" } else { "baseline" };
            let title = format!("`{}` cannot run in namespace `{}`: {wrong}", workload.object.name, workload.object.namespace);
            let said = scene.at(Diagnostic::error(codes::POD_SECURITY, title), origin, "written because of this");
            let said = scene.at(said, place.origin(), "the namespace's standard");
            let way = match (needs, *level) {
                (Level::Baseline, _) => "write `security = privileged` in the namespace, or move it to a namespace of its own that does",
                (Level::Restricted, _) => "write `security = baseline` in the namespace, or move it to a namespace of its own that does",
            };
            diagnostics.push(
                said.why(format!("The Pod Security Standard `{name}` (v1.{minor}) refuses `{path}`. No `allow` of the program changes what the cluster enforces."))
                    .help(way),
            );
        }
    }
}

/// Something that the standard refuses.
struct Breach {
    path: String,
    origin: Origin,
    wrong: String,
    /// The lowest level that refuses it.
    needs: Level,
}

struct Check<'c, 'b> {
    level: Level,
    minor: u8,
    workload: &'c Workload<'b>,
    found: &'c mut Vec<Breach>,
}

/// The security context of a pod or a container.
struct Context<'b> {
    view: View<'b>,
    windows: Option<View<'b>>,
    selinux: Option<View<'b>>,
    seccomp: Option<View<'b>>,
    apparmor: Option<View<'b>>,
    user: Option<View<'b>>,
    non_root: Option<View<'b>>,
    privileged: Option<View<'b>>,
    proc: Option<View<'b>>,
    capabilities: Option<View<'b>>,
    escalation: Option<View<'b>>,
    sysctls: Option<View<'b>>,
}

impl<'b> Context<'b> {
    fn of(view: View<'b>) -> Self {
        let [windows, selinux, seccomp, apparmor, user, non_root, privileged, proc, capabilities, escalation, sysctls] = fields(
            view,
            [
                field!("windowsOptions"),
                field!("seLinuxOptions"),
                field!("seccompProfile"),
                field!("appArmorProfile"),
                field!("runAsUser"),
                field!("runAsNonRoot"),
                field!("privileged"),
                field!("procMount"),
                field!("capabilities"),
                field!("allowPrivilegeEscalation"),
                field!("sysctls"),
            ],
        );
        Context { view, windows, selinux, seccomp, apparmor, user, non_root, privileged, proc, capabilities, escalation, sysctls }
    }
}

impl<'b> Check<'_, 'b> {
    /// Notes what is wrong. Where that is, `at`, the others take as arguments of a format: it becomes text only here, because most pods have
    /// nothing wrong about them.
    fn breach(&mut self, needs: Level, at: &str, origin: Origin, wrong: String) {
        if needs <= self.level {
            self.found.push(Breach { path: format!("{}{at}", self.workload.pod_path()), origin, wrong, needs });
        }
    }

    fn pod(&mut self) {
        let pod = self.workload.pod;
        let [network, processes, memory, volumes, users, context, first, then, ephemeral] = fields(
            pod,
            [
                field!("hostNetwork"),
                field!("hostPID"),
                field!("hostIPC"),
                field!("volumes"),
                field!("hostUsers"),
                field!("securityContext"),
                field!("initContainers"),
                field!("containers"),
                field!("ephemeralContainers"),
            ],
        );
        for (shared, what) in [(network, "network"), (processes, "processes"), (memory, "shared memory")] {
            if let Some(view) = shared.filter(|view| view.bool() == Some(true)) {
                self.breach(Level::Baseline, &format!(".{}", view.key()), view.origin(), format!("it shares its node's {what}"));
            }
        }
        for volume in volumes.into_iter().flat_map(View::children) {
            self.volume(volume);
        }
        let own_users = users.and_then(View::bool) == Some(false);
        let context = context.map(Context::of);
        if let Some(context) = &context {
            self.context(context, format_args!(".securityContext"), own_users);
            for sysctl in context.sysctls.into_iter().flat_map(View::children) {
                let name = sysctl.get_key(field!("name")).and_then(View::str).unwrap_or("");
                if !SYSCTLS.iter().any(|(safe, since)| *safe == name && *since <= self.minor) {
                    self.breach(Level::Baseline, ".securityContext.sysctls", sysctl.origin(), format!("it sets the kernel's `{name}`"));
                }
            }
        }
        for list in [first, then, ephemeral].into_iter().flatten() {
            for (number, container) in list.children().enumerate() {
                self.container(container, context.as_ref(), format_args!(".{}[{number}]", list.key()), own_users);
            }
        }
    }

    fn volume(&mut self, volume: View<'b>) {
        let name = volume.get_key(field!("name")).and_then(View::str).unwrap_or("");
        if let Some(path) = volume.get_key(field!("hostPath")) {
            self.breach(Level::Baseline, ".volumes[*].hostPath", path.origin(), format!("volume `{name}` is a folder of its node"));
        }
        for source in volume.children().filter(|source| ![field!("name"), field!("hostPath")].contains(&source.key_id())) {
            if !VOLUMES.contains(&source.key()) {
                let wrong = format!("volume `{name}` is of the kind `{}`", source.key());
                self.breach(Level::Restricted, ".volumes[*]", source.origin(), wrong);
            }
        }
    }

    /// What a pod's and a container's security context have in common.
    fn context(&mut self, context: &Context<'b>, at: Arguments<'_>, own_users: bool) {
        if let Some(view) =
            context.windows.and_then(|windows| windows.get_key(field!("hostProcess"))).filter(|view| view.bool() == Some(true))
        {
            self.breach(
                Level::Baseline,
                &format!("{at}.windowsOptions.hostProcess"),
                view.origin(),
                "it runs as a process of its node".to_owned(),
            );
        }
        if let Some(options) = context.selinux {
            let kind = options.get_key(field!("type")).and_then(View::str).unwrap_or("");
            let named = [field!("user"), field!("role")]
                .iter()
                .any(|field| options.get_key(*field).and_then(View::str).is_some_and(|value| !value.is_empty()));
            if !SELINUX.contains(&kind) || named {
                self.breach(Level::Baseline, &format!("{at}.seLinuxOptions"), options.origin(), "it changes its SELinux labels".to_owned());
            }
        }
        for (profile, what) in [(context.seccomp, "seccomp"), (context.apparmor, "AppArmor")] {
            let Some((profile, kind)) = profile.and_then(|profile| Some((profile, profile.get_key(field!("type"))?))) else { continue };
            if !matches!(kind.str(), Some("RuntimeDefault" | "Localhost")) {
                let wrong = format!("it turns {what} off");
                self.breach(Level::Baseline, &format!("{at}.{}.type", profile.key()), kind.origin(), wrong);
            }
        }
        // Since 1.35, root of a user namespace of its own is nobody outside of it.
        if let Some(user) = context.user.filter(|view| view.int() == Some(0) && !(own_users && self.minor >= 35)) {
            self.breach(Level::Restricted, &format!("{at}.runAsUser"), user.origin(), "it runs as root".to_owned());
        }
        if let Some(not) = context.non_root.filter(|view| view.bool() == Some(false) && !(own_users && self.minor >= 34)) {
            self.breach(Level::Restricted, &format!("{at}.runAsNonRoot"), not.origin(), "it may run as root".to_owned());
        }
    }

    fn container(&mut self, container: View<'b>, of_pod: Option<&Context<'b>>, at: Arguments<'_>, own_users: bool) {
        let [name, context, ports, lifecycle, probes @ ..] = fields(
            container,
            [
                field!("name"),
                field!("securityContext"),
                field!("ports"),
                field!("lifecycle"),
                field!("livenessProbe"),
                field!("readinessProbe"),
                field!("startupProbe"),
            ],
        );
        let name = name.and_then(View::str).unwrap_or("");
        let context = context.map(Context::of);
        let context = context.as_ref();
        if let Some(context) = context {
            self.context(context, format_args!("{at}.securityContext"), own_users);
            if let Some(view) = context.privileged.filter(|view| view.bool() == Some(true)) {
                self.breach(
                    Level::Baseline,
                    &format!("{at}.securityContext.privileged"),
                    view.origin(),
                    format!("container `{name}` is privileged"),
                );
            }
            let mount = context.proc.filter(|view| view.str() != Some("Default"));
            if let Some(view) = mount.filter(|_| !(own_users && self.minor >= 35)) {
                self.breach(
                    Level::Baseline,
                    &format!("{at}.securityContext.procMount"),
                    view.origin(),
                    format!("container `{name}` sees all of `/proc`"),
                );
            }
        }
        let capabilities = context.and_then(|context| context.capabilities);
        let [added, dropped] = capabilities.map_or([None; 2], |all| fields(all, [field!("add"), field!("drop")]));
        for added in added.into_iter().flat_map(View::children) {
            let word = added.str().unwrap_or("");
            let needs = match word {
                "NET_BIND_SERVICE" => continue,
                word if ADDABLE.contains(&word) => Level::Restricted,
                _ => Level::Baseline,
            };
            let path = format!("{at}.securityContext.capabilities.add");
            self.breach(needs, &path, added.origin(), format!("container `{name}` adds the capability `{word}`"));
        }
        for port in ports.into_iter().flat_map(View::children) {
            if let Some(host) = port.get_key(field!("hostPort")).filter(|view| view.int() != Some(0)) {
                self.breach(
                    Level::Baseline,
                    &format!("{at}.ports[*].hostPort"),
                    host.origin(),
                    format!("container `{name}` takes a port of its node"),
                );
            }
        }
        if self.minor >= 34 {
            self.hosts(probes.into_iter().flatten().chain(lifecycle.into_iter().flat_map(View::children)), name, at);
        }
        if self.level == Level::Restricted {
            let place = context.map_or(container, |context| context.view);
            self.restricted(name, (context, of_pod), dropped, at, place, own_users);
        }
    }

    /// What a probe or a hook asks is the pod itself, since 1.34.
    fn hosts(&mut self, handlers: impl Iterator<Item = View<'b>>, name: &str, at: Arguments<'_>) {
        for handler in handlers {
            let actions = [field!("httpGet"), field!("tcpSocket")];
            for action in handler.children().filter(|action| actions.contains(&action.key_id())) {
                if let Some(host) = action.get_key(field!("host")).filter(|view| view.str() != Some("")) {
                    self.breach(
                        Level::Baseline,
                        &format!("{at}.{}.{}.host", handler.key(), action.key()),
                        host.origin(),
                        format!("container `{name}` has its kubelet ask another host"),
                    );
                }
            }
        }
    }

    /// What must be said, by the container or by its pod.
    fn restricted(
        &mut self,
        name: &str,
        (context, of_pod): (Option<&Context<'b>>, Option<&Context<'b>>),
        dropped: Option<View<'b>>,
        at: Arguments<'_>,
        place: View<'b>,
        own_users: bool,
    ) {
        let either = |field: fn(&Context<'b>) -> bool| context.is_some_and(field) || of_pod.is_some_and(field);
        let escalation = context.and_then(|context| context.escalation);
        if escalation.and_then(View::bool) != Some(false) {
            let path = format!("{at}.securityContext.allowPrivilegeEscalation");
            self.breach(
                Level::Restricted,
                &path,
                escalation.unwrap_or(place).origin(),
                format!("container `{name}` may gain rights over its parent's"),
            );
        }
        if !either(|context| context.non_root.is_some()) && !(own_users && self.minor >= 34) {
            let path = format!("{at}.securityContext.runAsNonRoot");
            self.breach(Level::Restricted, &path, place.origin(), format!("container `{name}` may run as root"));
        }
        if !either(|context| context.seccomp.is_some()) {
            let path = format!("{at}.securityContext.seccompProfile");
            self.breach(Level::Restricted, &path, place.origin(), format!("container `{name}` runs without seccomp"));
        }
        if !dropped.is_some_and(|list| list.children().any(|word| word.str() == Some("ALL"))) {
            let path = format!("{at}.securityContext.capabilities.drop");
            self.breach(Level::Restricted, &path, place.origin(), format!("container `{name}` keeps capabilities"));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "a test that meets the unexpected must fail")]
    use super::prove;
    use crate::prove::support::{World, deployment};
    use serde_json::{Value, json};

    fn standard(level: &str, version: &str) -> Value {
        json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": { "name": "shop", "labels": { super::ENFORCE: level, super::ENFORCE_VERSION: version } },
        })
    }
    /// What is refused in a pod spec after a change, at a level of a version.
    fn refused(level: &str, version: &str, change: impl FnOnce(&mut Value)) -> Vec<String> {
        let mut object = deployment("shop", "web");
        change(&mut object["spec"]["template"]["spec"]);
        let said = World::of(&[standard(level, version), object]).found(prove);
        said.into_iter().map(|line| line.replace("E0311 `web` cannot run in namespace `shop`: ", "")).collect()
    }
    const NONE: [&str; 0] = [];

    #[test]
    fn a_hardened_pod_passes_everywhere() {
        for level in ["privileged", "baseline", "restricted"] {
            assert_eq!(refused(level, "v1.34", |_| {}), NONE);
        }
    }

    #[test]
    fn each_rule_of_baseline() {
        let cases: [(&str, Value, &str); 15] = [
            ("/hostNetwork", json!(true), "it shares its node's network"),
            ("/hostPID", json!(true), "it shares its node's processes"),
            ("/hostIPC", json!(true), "it shares its node's shared memory"),
            ("/volumes", json!([{ "name": "v", "hostPath": { "path": "/" } }]), "volume `v` is a folder of its node"),
            ("/securityContext/seccompProfile/type", json!("Unconfined"), "it turns seccomp off"),
            ("/securityContext/appArmorProfile", json!({ "type": "Unconfined" }), "it turns AppArmor off"),
            ("/securityContext/seLinuxOptions", json!({ "type": "spc_t" }), "it changes its SELinux labels"),
            ("/securityContext/seLinuxOptions", json!({ "user": "u" }), "it changes its SELinux labels"),
            ("/securityContext/sysctls", json!([{ "name": "kernel.msgmax", "value": "1" }]), "it sets the kernel's `kernel.msgmax`"),
            ("/securityContext/windowsOptions", json!({ "hostProcess": true }), "it runs as a process of its node"),
            ("/containers/0/securityContext/privileged", json!(true), "container `web` is privileged"),
            ("/containers/0/securityContext/procMount", json!("Unmasked"), "container `web` sees all of `/proc`"),
            ("/containers/0/securityContext/capabilities/add", json!(["NET_RAW"]), "container `web` adds the capability `NET_RAW`"),
            ("/containers/0/ports/0/hostPort", json!(80), "container `web` takes a port of its node"),
            ("/containers/0/livenessProbe/tcpSocket/host", json!("1.2.3.4"), "container `web` has its kubelet ask another host"),
        ];
        for (path, value, wrong) in cases {
            for level in ["baseline", "restricted"] {
                let set = |pod: &mut Value| put(pod, path, value.clone());
                assert_eq!(refused(level, "v1.34", set), [wrong], "{path} {level}");
            }
            assert_eq!(refused("privileged", "v1.34", |pod| put(pod, path, value.clone())), NONE, "{path}");
        }
    }

    #[test]
    fn each_rule_of_restricted() {
        let cases: [(&str, Value, &str); 8] = [
            ("/volumes", json!([{ "name": "v", "nfs": {} }]), "volume `v` is of the kind `nfs`"),
            ("/containers/0/securityContext/allowPrivilegeEscalation", json!(true), "container `web` may gain rights over its parent's"),
            ("/containers/0/securityContext/runAsUser", json!(0), "it runs as root"),
            ("/securityContext/runAsNonRoot", json!(false), "it may run as root"),
            ("/containers/0/securityContext/capabilities", json!({}), "container `web` keeps capabilities"),
            ("/containers/0/securityContext/capabilities/add", json!(["CHOWN"]), "container `web` adds the capability `CHOWN`"),
            ("/securityContext", json!({ "runAsNonRoot": true }), "container `web` runs without seccomp"),
            ("/securityContext", json!({ "seccompProfile": { "type": "RuntimeDefault" } }), "container `web` may run as root"),
        ];
        for (path, value, wrong) in cases {
            assert_eq!(refused("restricted", "v1.34", |pod| put(pod, path, value.clone())), [wrong], "{path}");
            assert_eq!(refused("baseline", "v1.34", |pod| put(pod, path, value.clone())), NONE, "{path}");
        }
        let init = |pod: &mut Value| put(pod, "/initContainers", json!([{ "name": "first" }]));
        assert_eq!(refused("restricted", "v1.34", init).len(), 2, "init containers are asked the same");
        assert_eq!(
            refused("restricted", "v1.34", |pod| put(pod, "/containers/0/securityContext/capabilities/add", json!(["NET_BIND_SERVICE"]))),
            NONE
        );
    }

    #[test]
    fn rules_are_those_of_the_pinned_version() {
        let host = |pod: &mut Value| put(pod, "/containers/0/livenessProbe/tcpSocket/host", json!("x"));
        assert_eq!(refused("baseline", "v1.33", host), NONE);
        let sysctl = |pod: &mut Value| put(pod, "/securityContext/sysctls", json!([{ "name": "net.ipv4.tcp_rmem", "value": "1" }]));
        assert_eq!(refused("baseline", "v1.33", sysctl), NONE);
        assert_eq!(refused("baseline", "v1.31", sysctl).len(), 1);
        let users = |pod: &mut Value| {
            put(pod, "/hostUsers", json!(false));
            put(pod, "/containers/0/securityContext/procMount", json!("Unmasked"));
            put(pod, "/securityContext/runAsNonRoot", json!(false));
        };
        assert_eq!(refused("restricted", "v1.35", users), NONE);
        assert_eq!(refused("restricted", "v1.34", users), ["container `web` sees all of `/proc`"]);
        assert_eq!(refused("restricted", "v1.33", users).len(), 2);
    }

    #[test]
    fn the_message_shows_the_field_and_the_namespace() {
        let mut object = deployment("shop", "web");
        object["spec"]["template"]["spec"]["hostNetwork"] = json!(true);
        let world = World::of(&[standard("baseline", "v1.34"), object]);
        let said = world.run(prove);
        assert_eq!(world.line(&said[0]), 2);
        assert_eq!(said[0].labels[1].text, "the namespace's standard");
        assert!(said[0].notes[0].contains("refuses `spec.template.spec.hostNetwork`"));
    }

    /// Puts a value at a pointer, making the maps on the way.
    fn put(value: &mut Value, path: &str, new: Value) {
        let mut at = value;
        for part in path.trim_start_matches('/').split('/') {
            at = match part.parse::<usize>() {
                Ok(number) => &mut at[number],
                Err(_) => &mut at[part],
            };
        }
        *at = new;
    }
}
