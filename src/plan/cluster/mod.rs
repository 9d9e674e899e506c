//! The cluster itself: what stands at the top level beside namespaces and apps.

mod backup;
mod classes;
mod control_plane;
mod kubelet;
mod pools;

pub use backup::{of_app as backup_of, refuse_collisions};
pub use classes::refuse_unknown;
pub use pools::{connections, of_apps};

use super::Setting;
use super::evaluate::Evaluator;
use super::model::cluster::{Cluster, Platform};
use super::model::{At, Target};
use super::root::Top;
use crate::diagnostic::{Code, Diagnostic, codes};
use crate::source::Span;
use crate::tape::Origin;
use crate::units::Version;
use crate::vocabulary::Block as _;
use crate::vocabulary::blocks::{self, Namespace, Root};
use crate::vocabulary::value::{Node, Value};
use crate::vocabulary::words::Autoscaler;

/// The control plane's kubelets may be so many minors behind it, and none before (the skew policy).
const BEHIND: u32 = 3;
/// Where the runtime listens on most machines.
const SOCKET: &str = "unix:///run/containerd/containerd.sock";

/// Says what is wrong, where it is.
struct Say<'e, 'p> {
    evaluator: &'e mut Evaluator<'p>,
}

impl Say<'_, '_> {
    fn place(&self, origin: Origin) -> Span {
        self.evaluator.origins.get(origin).map_or_else(Span::default, |s| s.span)
    }
    fn push(&mut self, d: Diagnostic, origin: Origin, label: impl Into<String>) {
        let at = self.place(origin);
        self.evaluator.diagnostics.push(d.at(at, label));
    }
    fn error(&mut self, code: Code, title: impl Into<String>, origin: Origin, label: impl Into<String>, help: impl Into<String>) {
        self.push(Diagnostic::error(code, title).help(help), origin, label);
    }
}

/// The version that the program says its cluster has: what the target has where it says none itself.
pub fn version(root: &Root) -> Option<&At<Version>> {
    root.cluster.iter().find_map(|c| c.kubernetes.as_ref())
}

/// Decodes it all. What has a mistake in it is left out and named in `refused`.
pub fn decode(top: &Top<'_>, target: &Target, setting: &Setting<'_>, evaluator: &mut Evaluator<'_>, refused: &mut Vec<String>) -> Platform {
    let is_of_the_platform = |c: &Node| {
        [blocks::Cluster::info(), blocks::StorageClass::info(), blocks::PriorityClass::info()]
            .iter()
            .any(|info| std::ptr::eq(c.info, *info))
            || std::ptr::eq(c.info, Namespace::info())
                && c.children.iter().any(|(_, inner)| std::ptr::eq(inner.info, blocks::Backup::info()))
    };
    if !top.node.children.iter().any(|(_, c)| is_of_the_platform(c)) {
        return Platform::default();
    }
    let mut platform = Platform::default();
    let mut say = Say { evaluator };
    let mut first: Option<Origin> = None;
    for (_, node) in top.node.children.iter().filter(|(_, c)| is_of_the_platform(c)) {
        if node.is_poisoned() {
            if !std::ptr::eq(node.info, Namespace::info()) {
                refused.push(format!("{} `{}`", node.info.name, node.label.as_ref().map_or("", |l| &l.value)));
            }
            continue;
        }
        let before = say.evaluator.diagnostics.errors();
        if std::ptr::eq(node.info, blocks::StorageClass::info()) {
            classes::storage(&blocks::StorageClass::decode(node), &mut platform, &mut say);
        } else if std::ptr::eq(node.info, blocks::PriorityClass::info()) {
            classes::priority(&blocks::PriorityClass::decode(node), &mut platform, &mut say);
        } else if std::ptr::eq(node.info, blocks::Cluster::info()) {
            if let Some(first) = first {
                let d = Diagnostic::error(codes::SAID_TWICE, "a program has one cluster").at(say.place(node.origin), "a second one");
                let d = d.at(say.place(first), "the first").help("describe each cluster in a program of its own, and share files by `use`");
                say.evaluator.diagnostics.push(d);
            }
            first.get_or_insert(node.origin);
            let planned = cluster(node, target, setting, top, &mut say);
            // What is refused is not written: its objects would be refused once more.
            platform.cluster = planned.filter(|_| say.evaluator.diagnostics.errors() == before);
        } else {
            backup::of_namespace(&Namespace::decode(node), &mut platform, &mut say);
        }
        if say.evaluator.diagnostics.errors() > before && !std::ptr::eq(node.info, Namespace::info()) {
            platform.storage_classes.iter_mut().filter(|c| c.origin == node.origin).for_each(|c| c.managed = false);
            platform.priority_classes.iter_mut().filter(|c| c.origin == node.origin).for_each(|c| c.managed = false);
            refused.push(format!("{} `{}`", node.info.name, node.label.as_ref().map_or("", |l| &l.value)));
        }
    }
    platform
}

fn cluster(node: &Node, target: &Target, setting: &Setting<'_>, top: &Top<'_>, say: &mut Say<'_, '_>) -> Option<Cluster> {
    let block = blocks::Cluster::decode(node);
    let name = block.label.clone()?;
    let before = say.evaluator.diagnostics.errors();
    skew(&block, target, setting, top, say);
    let autoscaler = block.autoscaler.as_ref().map_or(Autoscaler::None, |a| a.value.clone());
    let pools = pools::pools(&block, &name, &autoscaler, say);
    let mut files = Vec::new();
    if let Some(control) = &block.control_plane {
        files = control_plane::files(&block, control, target, setting, say);
    } else if let Some(endpoint) = &block.endpoint {
        let d = Diagnostic::error(codes::NO_EFFECT, "`endpoint` is of the control plane, and the cluster has none here");
        say.push(d.help("declare it: `control-plane {}`; or take `endpoint` away"), endpoint.origin, "whose?");
    }
    if block.kubelet.is_some() && block.control_plane.is_none() && autoscaler != Autoscaler::Karpenter {
        let origin = block.kubelet.as_ref().map_or(block.origin, |k| k.origin);
        let d = Diagnostic::error(codes::NO_EFFECT, "nothing reads these settings of the kubelets");
        say.push(
            d.help("they go into kubeadm's file, with `control-plane {}`, or to Karpenter, with `autoscaler = karpenter`"),
            origin,
            "for whom?",
        );
    }
    let kubelet = block.kubelet.as_deref().map(kubelet::handed_on).unwrap_or_default();
    if !files.is_empty() && say.evaluator.diagnostics.errors() == before {
        let names: Vec<String> = files.iter().map(|f| format!("`{}`", f.name)).collect();
        let d = Diagnostic::note_of(codes::ASSUMED, format!("cluster `{}` has files that are no objects of the API: {}", name.value, names.join(", ")))
            .why("kubeadm and the API server read them on the machine; `kubectl apply` does not know them, and they are not printed with the objects.")
            .help(format!("`--file {}` prints the first, and `--out DIR` writes all of them to DIR/{}.kubeadm", files.first().map_or("", |f| f.name), name.value));
        say.push(d, node.origin, "made from files");
    }
    Some(Cluster { name, files, autoscaler, pools, kubelet, minor: target.kubernetes.minor, origin: node.origin })
}

/// Version skew: the objects are written for the minor of the control plane, and kubelets are never newer than it, nor more than three minors
/// older.
fn skew(block: &blocks::Cluster, target: &Target, setting: &Setting<'_>, top: &Top<'_>, say: &mut Say<'_, '_>) {
    let root = Root::decode(&top.node);
    let said = root.target.as_deref().and_then(|t| t.kubernetes.as_ref());
    if let (Some(own), Some(said), None) = (&block.kubernetes, said, setting.kubernetes)
        && (own.value.major, own.value.minor) != (said.value.major, said.value.minor)
    {
        let title = format!("the objects are written for Kubernetes {}, and the cluster is {}", said.value, own.value);
        let d = Diagnostic::error(codes::CONFLICT, title)
            .at(say.place(own.origin), "this control plane")
            .at(say.place(said.origin), "objects for this one");
        say.evaluator.diagnostics.push(d.help("say it once: take `kubernetes` out of `target`, which then takes the cluster's"));
    }
    let control = target.kubernetes;
    if let Some(kubelet) = &block.kubelet_version {
        let minor = kubelet.value.minor;
        if kubelet.value.major != 1 || minor > control.minor || minor + BEHIND < control.minor {
            let least = control.minor.saturating_sub(BEHIND);
            let title = format!("kubelets of {} cannot serve a control plane of {control}", kubelet.value);
            let help = format!("the oldest that may is 1.{least}, the newest 1.{}: the control plane is upgraded first", control.minor);
            let label = if minor > control.minor { "newer than the control plane" } else { "more than three minors behind" };
            say.error(codes::PLATFORM, title, kubelet.origin, label, help);
        }
    }
}

/// The version that the kubelets have.
fn of_kubelets(block: &blocks::Cluster, target: &Target) -> Version {
    block.kubelet_version.as_ref().map_or(target.kubernetes, |v| v.value)
}

/// The text of a word or call of a set.
fn word(value: &Value) -> Option<&'static str> {
    match value {
        Value::Word(set, index) => set.list.get(usize::from(*index)).map(|v| v.name),
        Value::Variant(v) => v.set.list.get(usize::from(v.index)).map(|v| v.name),
        _ => None,
    }
}

/// `no-schedule` is `NoSchedule`.
fn camel(word: &str) -> String {
    word.split('-').map(|part| part.get(..1).unwrap_or("").to_ascii_uppercase() + part.get(1..).unwrap_or("")).collect()
}
