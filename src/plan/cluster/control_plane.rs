//! The files of a control plane: what kubeadm reads (`kubeadm.k8s.io/v1beta4`, B1 to B3), the audit policy, the encryption of etcd.

mod audit;
mod networks;

use super::{SOCKET, Say, kubelet, of_kubelets};
use crate::check::suggest;
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::Setting;
use crate::plan::model::cluster::{File, Tree};
use crate::plan::model::{At, Str, Target};
use crate::tape::Origin;
use crate::units::{Duration, Host, Version, names};
use crate::vocabulary::blocks::{Cluster, Component, ControlPlane, Etcd};
use crate::vocabulary::words::{Admission, ArgumentValue, Encryption, KeyAlgorithm};
use std::net::IpAddr;

/// The version that kubeadm reads since Kubernetes 1.31; v1beta2 went with 1.27, v1beta3 is deprecated (B1).
const KUBEADM: &str = "kubeadm.k8s.io/v1beta4";
/// The file of kubeadm.
pub const CONFIG: &str = "kubeadm-config.yaml";
/// The file of the audit policy.
pub const POLICY: &str = "audit-policy.yaml";
/// The file that says how etcd's content is encrypted.
pub const ENCRYPTION: &str = "encryption-config.yaml";
/// Where the API server sees that file.
const ENCRYPTION_PATH: &str = "/etc/kubernetes/encryption-config.yaml";

/// Arguments of a component, in the order in which they are written: a name stands twice where it is given twice (B2).
#[derive(Default)]
struct Component4<'c> {
    arguments: Vec<(Str, At<Str>)>,
    volumes: Vec<At<Tree>>,
    block: Option<&'c Component>,
}

impl Component4<'_> {
    fn argument(&mut self, name: &str, value: impl Into<Str>, origin: Origin) {
        self.arguments.push((name.into(), At::new(value.into(), origin)));
    }
    fn volume(&mut self, name: &str, path: &str, read_only: bool, kind: &str, origin: Origin) {
        let text = |value: &str| At::new(Tree::text(value), origin);
        let mut volume = vec![("name".into(), text(name)), ("hostPath".into(), text(path)), ("mountPath".into(), text(path))];
        if read_only {
            volume.push(("readOnly".into(), At::new(Tree::Bool(true), origin)));
        }
        if !kind.is_empty() {
            volume.push(("pathType".into(), text(kind)));
        }
        self.volumes.push(At::new(Tree::Map(volume), origin));
    }
    /// Into the document, below this field.
    fn write(self, document: &mut Tree, field: &str) {
        if !self.arguments.is_empty() {
            document.set(&format!("{field}.extraArgs"), At::default_of(pairs(self.arguments)));
        }
        if !self.volumes.is_empty() {
            document.set(&format!("{field}.extraVolumes"), At::default_of(Tree::List(self.volumes)));
        }
    }
}

fn pairs(arguments: Vec<(Str, At<Str>)>) -> Tree {
    let entry = |(name, value): (Str, At<Str>)| {
        let pair = vec![("name".into(), At::default_of(Tree::Text(name))), ("value".into(), value.map(|v| Tree::Text(v.clone())))];
        At::new(Tree::Map(pair), value.origin)
    };
    Tree::List(arguments.into_iter().map(entry).collect())
}

/// The files.
pub fn files(block: &Cluster, control: &ControlPlane, target: &Target, setting: &Setting<'_>, say: &mut Say<'_, '_>) -> Vec<File> {
    let networks = networks::networks(block, say);
    let mut cluster = Tree::document(KUBEADM, "ClusterConfiguration");
    let mut set = |path: &str, value: Option<At<Tree>>| {
        if let Some(value) = value {
            cluster.set(path, value);
        }
    };
    set("clusterName", block.label.as_ref().map(|l| l.map(|n| Tree::Text(n.clone()))));
    set("kubernetesVersion", Some(release(block, target, setting)));
    set("controlPlaneEndpoint", endpoint(block, say));
    set("imageRepository", block.registry.as_ref().map(text));
    keys(control, target, &mut set, say);
    set("featureGates", gates(control, target, say));
    set("networking.podSubnet", Some(networks.pods));
    set("networking.serviceSubnet", Some(networks.services));
    set("networking.dnsDomain", Some(At::default_of(Tree::Text(target.domain.clone()))));
    etcd(control.etcd.as_deref(), &mut set, say);
    set("apiServer.certSANs", certificate_names(control, say));

    let mut api = Component4 { block: control.api_server.as_deref(), ..Component4::default() };
    api.argument("profiling", "false", Origin::NONE);
    admission(control, target.kubernetes, &mut api, say);
    let policy = control.audit.as_deref().map(|a| audit::audit(a, &mut api, say));
    let encryption = control.encryption.as_ref().and_then(|e| encryption(e, &mut api, say));
    component(&mut api, "api-server", say);
    api.write(&mut cluster, "apiServer");
    let blocks = [
        ("controllerManager", "controller-manager", control.controller_manager.as_deref().map(|c| &c.0)),
        ("scheduler", "scheduler", control.scheduler.as_deref().map(|c| &c.0)),
    ];
    for (field, name, block) in blocks {
        let mut program = Component4 { block, ..Component4::default() };
        program.argument("profiling", "false", Origin::NONE);
        component(&mut program, name, say);
        program.write(&mut cluster, field);
    }

    let mut init = Tree::document(KUBEADM, "InitConfiguration");
    let socket = block
        .kubelet
        .as_deref()
        .and_then(|k| k.get("containerRuntimeEndpoint"))
        .and_then(|v| Some(At::new(v.value.as_str()?.into(), v.origin)));
    init.set("nodeRegistration.criSocket", text(&socket.unwrap_or_else(|| At::default_of(SOCKET.into()))));
    if let Some(serial) = &control.pull_one_by_one {
        init.set("nodeRegistration.imagePullSerial", serial.map(|b| Tree::Bool(*b)));
    }
    if let Some(address) = &control.advertise {
        if address.value.parse::<IpAddr>().is_err() {
            let title = format!("`{}` is no address", address.value);
            say.error(
                codes::BAD_LITERAL,
                title,
                address.origin,
                "an IP address",
                "other API servers reach this one by it: `\"10.0.0.11\"`",
            );
        }
        init.set("localAPIEndpoint.advertiseAddress", text(address));
    }
    let kubelet = kubelet::document(block.kubelet.as_deref(), of_kubelets(block, target), &target.domain, say);
    let mut files = vec![File { name: CONFIG, documents: vec![At::new(cluster, control.origin), At::new(init, control.origin), kubelet] }];
    files.extend(policy.map(|document| File { name: POLICY, documents: vec![document] }));
    files.extend(encryption.map(|document| File { name: ENCRYPTION, documents: vec![document] }));
    files
}

fn text(value: &At<Str>) -> At<Tree> {
    value.map(|v| Tree::Text(v.clone()))
}

/// The whole version: of a minor alone its first release.
fn release(block: &Cluster, target: &Target, setting: &Setting<'_>) -> At<Tree> {
    let said = block.kubernetes.as_ref().filter(|_| setting.kubernetes.is_none());
    let (version, origin) = said.map_or((target.kubernetes, Origin::NONE), |v| (v.value, v.origin));
    At::new(Tree::text(format!("v{}.{}.{}", version.major, version.minor, version.patch.unwrap_or(0))), origin)
}

fn endpoint(block: &Cluster, say: &mut Say<'_, '_>) -> Option<At<Tree>> {
    let port = block.endpoint_port.as_ref().map_or(6443, |p| p.value);
    if let (Err(e), Some(at)) = (names::port_number(port), &block.endpoint_port) {
        let d = Diagnostic::error(codes::BAD_LITERAL, e.message.trim_end_matches('.').to_owned());
        say.push(d, at.origin, "the API server's port");
    }
    let Some(host) = &block.endpoint else {
        let d = Diagnostic::error(codes::MISSING, "the control plane has no endpoint")
            .why("Every node, and every further control plane, reaches the API server by this name; it stands in certificates, and is not changed later without making all of them anew.")
            .help("say it: `endpoint = \"api.prod.example.com\"`, a name that leads to one API server today and to a load balancer tomorrow");
        say.push(d, block.origin, "by which name is it reached?");
        return None;
    };
    Some(At::new(Tree::text(format!("{}:{port}", host.value.as_str())), host.origin))
}

/// Keys, and how long certificates hold (B2).
fn keys(control: &ControlPlane, target: &Target, set: &mut impl FnMut(&str, Option<At<Tree>>), say: &mut Say<'_, '_>) {
    let keys = control.keys.clone().unwrap_or_else(|| At::default_of(KeyAlgorithm::EcdsaP256));
    if keys.value == KeyAlgorithm::EcdsaP384 && !target.kubernetes.at_least(1, 34) {
        let title = format!("kubeadm {} makes no keys of P-384", target.kubernetes);
        say.error(codes::TOO_OLD, title, keys.origin, "since 1.34", "write `ecdsa-p256`, or raise the version");
    }
    set("encryptionAlgorithm", Some(keys.map(|k| Tree::text(k.word().to_ascii_uppercase()))));
    let hours = |n: i64| Duration::from_seconds(n * 3600).unwrap_or(Duration::ZERO);
    let (own, signing) = (control.certificates.as_ref(), control.authorities.as_ref());
    let (own_for, signing_for) = (own.map_or(hours(8760), |d| d.value), signing.map_or(hours(87_600), |d| d.value));
    if own_for > signing_for {
        let origin = own.or(signing).map_or(control.origin, |d| d.origin);
        let title = format!("certificates hold for {own_for}, and who signs them for {signing_for}");
        say.error(
            codes::SENSELESS,
            title,
            origin,
            "longer than its signer",
            "a certificate ends with the one that signed it: raise `authorities`",
        );
    }
    for said in [own, signing].into_iter().flatten().filter(|d| d.value == Duration::ZERO) {
        say.error(codes::SENSELESS, "a certificate that holds for no time", said.origin, "must be more", "one year is `8760h`");
    }
    set("certificateValidityPeriod", own.map(|d| d.map(|d| Tree::text(d.to_string()))));
    set("caCertificateValidityPeriod", signing.map(|d| d.map(|d| Tree::text(d.to_string()))));
}

/// kubeadm's own feature gates: name, and the minors that know it.
const GATES: [(&str, u32, u32); 4] = [
    ("RootlessControlPlane", 33, 37),
    ("NodeLocalCRISocket", 33, 36),
    ("ControlPlaneKubeletLocalMode", 33, 35),
    ("WaitForAllControlPlaneComponents", 33, 34),
];

/// The gate that `encryptionAlgorithm` replaced (B2).
const ECDSA: &str = "PublicKeysECDSA";

fn gates(control: &ControlPlane, target: &Target, say: &mut Say<'_, '_>) -> Option<At<Tree>> {
    let said = control.feature_gates.as_ref()?;
    let minor = target.kubernetes.minor;
    let known = || GATES.iter().filter(|(_, first, last)| (*first..=*last).contains(&minor)).map(|(name, ..)| *name);
    for (name, _) in said.value.0.iter().filter(|(name, _)| &*name.value == ECDSA) {
        let help = "take it away: keys are made by `keys = ecdsa-p256`, which is so unsaid";
        say.error(codes::SENSELESS, format!("kubeadm's gate `{ECDSA}` is replaced"), name.origin, "of v1beta3", help);
    }
    for (name, _) in said.value.0.iter().filter(|(name, _)| &*name.value != ECDSA).filter(|(name, _)| !known().any(|k| *k == *name.value)) {
        let ended = GATES.iter().find(|(k, ..)| **k == *name.value).map(|(.., last)| last);
        let title = format!("kubeadm {} has no feature gate `{}`", target.kubernetes, name.value);
        let mut d = Diagnostic::error(codes::SENSELESS, title);
        d = match ended {
            Some(last) => d.help(format!("1.{last} was the last that had it: take it away")),
            None => d.help(format!(
                "it has {}; those of the API server are `api-server {{ args = {{ \"feature-gates\" = \"{}=true\" }} }}`",
                suggest::list(known(), "and"),
                name.value
            )),
        };
        say.push(d, name.origin, "not known");
    }
    let tree = said.value.0.iter().map(|(name, on)| (name.value.clone(), on.map(|b| Tree::Bool(*b)))).collect();
    Some(At::new(Tree::Map(tree), said.origin))
}

fn certificate_names(control: &ControlPlane, say: &mut Say<'_, '_>) -> Option<At<Tree>> {
    let said = control.certificate_names.as_ref()?;
    for name in &said.value {
        if name.value.parse::<IpAddr>().is_err() && Host::parse_wildcard(&name.value).is_err() {
            let title = format!("`{}` is neither a DNS name nor an address", name.value);
            say.error(
                codes::BAD_LITERAL,
                title,
                name.origin,
                "a name in a certificate",
                "for example `\"api.example.com\"` or `\"10.0.0.10\"`",
            );
        }
    }
    Some(At::new(Tree::List(said.value.iter().map(text).collect()), said.origin))
}

fn etcd(block: Option<&Etcd>, set: &mut impl FnMut(&str, Option<At<Tree>>), say: &mut Say<'_, '_>) {
    let Some(etcd) = block else { return };
    let Some(endpoints) = &etcd.endpoints else {
        for file in [&etcd.ca, &etcd.certificate, &etcd.key].into_iter().flatten() {
            say.error(
                codes::NO_EFFECT,
                "kubeadm makes this itself",
                file.origin,
                "of an etcd elsewhere",
                "say where it is, `endpoints = [\"https://10.0.0.5:2379\"]`, or take it away",
            );
        }
        let data = etcd.data.as_ref().map_or_else(|| At::default_of(Tree::text("/var/lib/etcd")), |p| p.map(|p| Tree::text(p.as_str())));
        set("etcd.local.dataDir", Some(data));
        let arguments = arguments(etcd.args.as_ref(), "etcd", say);
        set("etcd.local.extraArgs", (!arguments.is_empty()).then(|| At::default_of(pairs(arguments))));
        return;
    };
    for own in etcd.data.as_ref().map(|d| d.origin).into_iter().chain(etcd.args.as_ref().map(|a| a.origin)) {
        say.error(codes::NO_EFFECT, "this etcd runs elsewhere", own, "of one that kubeadm starts", "take it away");
    }
    for address in endpoints.value.iter().filter(|e| !e.value.starts_with("https://")) {
        let title = format!("`{}` is no address of etcd with TLS", address.value);
        say.error(codes::NOT_ALLOWED, title, address.origin, "all that the cluster knows goes over it", "write `https://10.0.0.5:2379`");
    }
    set("etcd.external.endpoints", Some(At::new(Tree::List(endpoints.value.iter().map(text).collect()), endpoints.origin)));
    for (field, name, file) in [("caFile", "ca", &etcd.ca), ("certFile", "certificate", &etcd.certificate), ("keyFile", "key", &etcd.key)] {
        if file.is_none() {
            let title = format!("an etcd elsewhere needs `{name}`");
            say.error(
                codes::MISSING,
                title,
                endpoints.origin,
                "reached with a certificate",
                format!("say it: `{name} = \"/etc/kubernetes/pki/etcd-{name}.pem\"`"),
            );
        }
        set(&format!("etcd.external.{field}"), file.as_ref().map(|p| p.map(|p| Tree::text(p.as_str()))));
    }
}

/// Plugins by the first minor that has them, where it is not all of those that can be targeted.
const PLUGINS_SINCE: [(&str, u32); 3] = [("NodeDeclaredFeatureValidator", 35), ("PodGroupProtection", 36), ("PodResizeValidator", 36)];
/// The argument that names the configuration of plugins.
const PLUGINS_FILE: &str = "admission-control-config-file";

/// Admission plugins: the API server does not start with one that it does not know (B4).
fn admission(control: &ControlPlane, version: Version, api: &mut Component4<'_>, say: &mut Say<'_, '_>) {
    let Some(said) = &control.admission else {
        return api.argument("enable-admission-plugins", "NodeRestriction,DenyServiceExternalIPs", Origin::NONE);
    };
    let configured =
        api.block.and_then(|b| b.args.as_ref()).is_some_and(|a| a.value.0.iter().any(|(name, _)| &*name.value == PLUGINS_FILE));
    let mut seen: Vec<&'static str> = Vec::new();
    for plugin in &said.value {
        let name = plugin.value.word();
        if seen.contains(&name) {
            say.error(codes::SAID_TWICE, format!("`{name}` is named twice"), plugin.origin, "named again here", "take one of them out");
        }
        seen.push(name);
        match &plugin.value {
            Admission::PodSecurityPolicy => no_pod_security_policy(plugin.origin, say),
            Admission::AlwaysAdmit | Admission::AlwaysDeny => {
                let help = "take it away: it is deprecated, and of no use in a cluster that runs something";
                say.error(codes::SENSELESS, format!("`{name}` judges nothing"), plugin.origin, "all, or none", help);
            }
            Admission::EventRateLimit | Admission::ImagePolicyWebhook if !configured => {
                let title = format!("`{name}` does nothing without its configuration");
                let help = format!(
                    "name the file, and let the API server see it: `api-server {{ args = {{ \"{PLUGINS_FILE}\" = \"/etc/kubernetes/admission.yaml\" }}, mounts = [\"/etc/kubernetes/admission.yaml\"] }}`"
                );
                say.error(codes::MISSING, title, plugin.origin, "the API server does not start", help);
            }
            _ => {}
        }
        if let Some((_, since)) = PLUGINS_SINCE.iter().find(|(n, since)| *n == name && *since > version.minor) {
            let title = format!("Kubernetes {version} has no plugin `{name}`");
            say.error(
                codes::TOO_OLD,
                title,
                plugin.origin,
                format!("since 1.{since}"),
                "take it away: the API server does not start with a plugin that it does not know",
            );
        }
    }
    if !seen.contains(&"NodeRestriction") {
        let d = Diagnostic::error(codes::NOT_ALLOWED, "the list leaves `NodeRestriction` out")
            .why("Without it the credentials of one node change every other node, and the labels that pods are placed by.")
            .help("add it: `admission = [NodeRestriction, …]`");
        say.push(d, said.origin, "these and no other");
    }
    api.argument("enable-admission-plugins", seen.join(","), said.origin);
}

fn no_pod_security_policy(origin: Origin, say: &mut Say<'_, '_>) {
    let d = Diagnostic::error(codes::SENSELESS, "there is no admission plugin `PodSecurityPolicy` any more")
        .why("Kubernetes 1.25 took it out: an API server that is told of it does not start.")
        .help("Pod Security Admission took its place, and is on: `namespace x { security = restricted }` writes its labels");
    say.push(d, origin, "gone since Kubernetes 1.25");
}

/// Arguments that follow from what the program says elsewhere, and those that are gone: name, and where to say it.
const ELSEWHERE: [(&str, &str); 22] = [
    ("enable-admission-plugins", "`admission = [NodeRestriction, …]` of `control-plane`"),
    ("admission-control", "it went with Kubernetes 1.22: `admission = [NodeRestriction, …]` of `control-plane`"),
    ("audit-policy-file", "`audit { … }` of `control-plane`"),
    ("audit-log-path", "`audit { log = … }` of `control-plane`"),
    ("audit-log-maxage", "`audit { keep = 30d }` of `control-plane`"),
    ("audit-log-maxbackup", "`audit { files = 10 }` of `control-plane`"),
    ("audit-log-maxsize", "`audit { size = 100Mi }` of `control-plane`"),
    ("encryption-provider-config", "`encryption = kms(…)` of `control-plane`"),
    ("experimental-encryption-provider-config", "it is `encryption = kms(…)` of `control-plane` now"),
    ("service-cluster-ip-range", "`service-subnet` of `cluster`"),
    ("cluster-cidr", "`pod-subnet` of `cluster`"),
    ("service-account-issuer", "kubeadm makes it from the cluster's domain, and every token names it"),
    ("insecure-port", "it went with Kubernetes 1.24: there is no port without TLS to switch off"),
    ("insecure-bind-address", "it went with Kubernetes 1.24: there is no port without TLS"),
    ("basic-auth-file", "it went with Kubernetes 1.19: people log in by OIDC or certificates"),
    ("token-auth-file", "tokens in a file never end: people log in by OIDC or certificates"),
    ("kubelet-https", "it went with Kubernetes 1.22: kubelets are always asked over TLS"),
    ("port", "it went with Kubernetes 1.24: there is no port without TLS to switch off"),
    ("address", "it went with Kubernetes 1.24: `bind-address` took its place"),
    (
        "pod-eviction-timeout",
        "it went with Kubernetes 1.27: a pod says how long it stays, `tolerate \"node.kubernetes.io/unreachable\" { effect = no-execute, seconds = 60s }`",
    ),
    ("enable-taint-manager", "it went with Kubernetes 1.27, and is always on"),
    ("data-dir", "`etcd { data = \"/var/lib/etcd\" }`"),
];

/// The arguments that a program gives a component.
fn arguments(said: Option<&At<crate::vocabulary::Map<ArgumentValue>>>, whose: &str, say: &mut Say<'_, '_>) -> Vec<(Str, At<Str>)> {
    let mut all = Vec::new();
    for (name, value) in said.iter().flat_map(|m| &m.value.0) {
        let texts: Vec<At<Str>> = match &value.value {
            ArgumentValue::Text(t) => vec![At::new(t.clone(), value.origin)],
            ArgumentValue::Int(n) => vec![At::new(n.to_string().into(), value.origin)],
            ArgumentValue::Bool(b) => vec![At::new(b.to_string().into(), value.origin)],
            ArgumentValue::Several(all) => all.clone(),
        };
        if let Some((_, instead)) = ELSEWHERE.iter().find(|(n, _)| **n == *name.value) {
            if texts.iter().any(|t| t.value.split(',').any(|p| p.trim() == "PodSecurityPolicy")) {
                no_pod_security_policy(value.origin, say);
            } else {
                say.error(
                    codes::MISPLACED,
                    format!("`{}` is no argument to be given", name.value),
                    name.origin,
                    "said elsewhere, or gone",
                    *instead,
                );
            }
            continue;
        }
        let dashed = name.value.trim_start_matches('-');
        if dashed.len() != name.value.len()
            || !dashed.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            || dashed.is_empty()
        {
            let title = format!("`{}` is no argument of `{whose}`", name.value);
            let help = "write its name without dashes before it, in lower case: `\"request-timeout\" = \"2m\"`; kubeadm's v1beta4 lists names and values, and the compiler writes that list";
            say.error(codes::BAD_NAME, title, name.origin, "the name of an argument", help);
            continue;
        }
        all.extend(texts.into_iter().map(|t| (name.value.clone(), t)));
    }
    all
}

/// What a program says of a component, behind what the compiler does; an argument that it gives replaces one of the same name.
fn component(program: &mut Component4<'_>, whose: &str, say: &mut Say<'_, '_>) {
    let Some(block) = program.block else { return };
    let said = arguments(block.args.as_ref(), whose, say);
    program.arguments.retain(|(name, _)| !said.iter().any(|(own, _)| own == name));
    program.arguments.extend(said);
    for (number, path) in block.mounts.iter().flat_map(|m| &m.value).enumerate() {
        program.volume(&format!("mount-{}", number + 1), path.value.as_str(), true, "", path.origin);
    }
}

/// How etcd's content is encrypted: by a key service, so that no key stands in a file.
fn encryption(said: &At<Encryption>, api: &mut Component4<'_>, say: &mut Say<'_, '_>) -> Option<At<Tree>> {
    let Encryption::Kms { endpoint, name, resources } = &said.value;
    let folder =
        endpoint.value.strip_prefix("unix://").filter(|p| p.starts_with('/')).and_then(|p| p.rsplit_once('/')).map(|(folder, _)| folder);
    let Some(folder) = folder.filter(|f| !f.is_empty()) else {
        let title = format!("`{}` is no socket of a key service", endpoint.value);
        say.error(
            codes::BAD_LITERAL,
            title,
            endpoint.origin,
            "a socket on the machine",
            "write it with its scheme: `\"unix:///run/kms/socket.sock\"`",
        );
        return None;
    };
    api.argument("encryption-provider-config", ENCRYPTION_PATH, said.origin);
    api.volume("encryption-config", ENCRYPTION_PATH, true, "File", said.origin);
    api.volume("kms", folder, false, "Directory", endpoint.origin);
    let list = |items: Vec<Tree>| At::default_of(Tree::List(items.into_iter().map(At::default_of).collect()));
    let map = |pairs: Vec<(&str, At<Tree>)>| Tree::Map(pairs.into_iter().map(|(name, value)| (name.into(), value)).collect());
    let kms = map(vec![
        ("apiVersion", At::default_of(Tree::text("v2"))),
        ("name", name.as_ref().map_or_else(|| At::default_of(Tree::text("kms")), text)),
        ("endpoint", text(endpoint)),
        ("timeout", At::default_of(Tree::text("3s"))),
    ]);
    let of = resources
        .as_ref()
        .map_or_else(|| At::default_of(Tree::texts(["secrets"])), |r| At::new(Tree::List(r.value.iter().map(text).collect()), r.origin));
    // What was stored before stays readable by the identity.
    let providers =
        list(vec![map(vec![("kms", At::new(kms, said.origin))]), map(vec![("identity", At::default_of(Tree::Map(Vec::new())))])]);
    let mut document = Tree::document("apiserver.config.k8s.io/v1", "EncryptionConfiguration");
    document.set("resources", list(vec![map(vec![("resources", of), ("providers", providers)])]));
    Some(At::new(document, said.origin))
}
