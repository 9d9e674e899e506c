//! Storage and priority classes, and the tiers that name them.

use super::Say;
use crate::check::suggest;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::plan::model::cluster::{Platform, PriorityClass, StorageClass};
use crate::plan::model::{App, At, Claim, Controller, Str};
use crate::source::Span;
use crate::tape::Origin;
use crate::vocabulary::blocks;
use crate::vocabulary::words::{Binding, Managed, Preemption, Reclaim};

/// The highest value of a class that is not Kubernetes' own.
const HIGHEST: i64 = 1_000_000_000;
/// The least that the API takes.
const LOWEST: i64 = -2_147_483_648;
/// Priority classes that every cluster has.
const BUILT_IN: [&str; 2] = ["system-cluster-critical", "system-node-critical"];

pub(super) fn storage(block: &blocks::StorageClass, platform: &mut Platform, say: &mut Say<'_, '_>) {
    let Some(name) = block.label.clone() else { return };
    let managed = is_managed(block.managed.as_ref());
    if block.provisioner.is_none() && managed {
        let title = format!("storage class `{}` has no provisioner", name.value);
        say.error(
            codes::MISSING,
            title,
            block.origin,
            "who makes its volumes?",
            "name the driver, `provisioner = \"ebs.csi.aws.com\"`; a class that is there already is `managed = external`",
        );
    }
    if let Some(old) =
        block.provisioner.as_ref().filter(|p| p.value.starts_with("kubernetes.io/") && &*p.value != "kubernetes.io/no-provisioner")
    {
        let d = Diagnostic::error(codes::SENSELESS, format!("Kubernetes no longer has the driver `{}`", old.value))
            .why("The drivers inside Kubernetes are gone: each is a CSI driver of its own now.")
            .help("name that one: `ebs.csi.aws.com`, `pd.csi.storage.gke.io`, `disk.csi.azure.com`, `cinder.csi.openstack.org` …");
        say.push(d, old.origin, "gone");
    }
    let default = one_default(block.default.as_ref(), platform.storage_classes.iter().find_map(|c| c.default), "storage", say);
    let class = StorageClass {
        managed,
        provisioner: block.provisioner.clone().unwrap_or_else(|| At::default_of("".into())),
        parameters: block.parameters.iter().flat_map(|m| &m.value.0).map(|(k, v)| (k.value.clone(), v.clone())).collect(),
        reclaim: worded(block.reclaim.as_ref(), |r| if *r == Reclaim::Retain { "Retain" } else { "Delete" }, "Delete"),
        expand: block.expand.clone().unwrap_or_else(|| At::default_of(true)),
        binding: worded(
            block.bind.as_ref(),
            |b| if *b == Binding::Immediate { "Immediate" } else { "WaitForFirstConsumer" },
            "WaitForFirstConsumer",
        ),
        default,
        mount_options: block.mount_options.as_ref().map(|m| m.value.clone()).unwrap_or_default(),
        topology: block.topology.iter().flat_map(|m| &m.value.0).map(|(k, v)| (k.value.clone(), v.value.clone())).collect(),
        origin: block.origin,
        name,
    };
    platform.storage_classes.push(class);
}

pub(super) fn priority(block: &blocks::PriorityClass, platform: &mut Platform, say: &mut Say<'_, '_>) {
    let Some(name) = block.label.clone() else { return };
    let managed = is_managed(block.managed.as_ref());
    if name.value.starts_with("system-") {
        say.error(
            codes::BAD_NAME,
            format!("`{}` is a name of Kubernetes' own", name.value),
            name.origin,
            "begins with `system-`",
            "choose another name",
        );
    }
    let value = match &block.value {
        Some(v) if (LOWEST..=HIGHEST).contains(&v.value) => v.clone(),
        Some(v) => {
            let title = format!("a priority cannot be {}", v.value);
            say.error(codes::SENSELESS, title, v.origin, "out of range", format!("at most {HIGHEST}: what is above it is Kubernetes' own"));
            v.clone()
        }
        None => {
            if managed {
                let title = format!("priority class `{}` has no value", name.value);
                say.error(
                    codes::MISSING,
                    title,
                    block.origin,
                    "before whom?",
                    "say it: `value = 100000`; a class that is there already is `managed = external`",
                );
            }
            At::default_of(0)
        }
    };
    let default = one_default(block.default.as_ref(), platform.priority_classes.iter().find_map(|c| c.default), "priority", say);
    platform.priority_classes.push(PriorityClass {
        name,
        managed,
        value,
        preempt: worded(
            block.preempt.as_ref(),
            |p| if *p == Preemption::Never { "Never" } else { "PreemptLowerPriority" },
            "PreemptLowerPriority",
        ),
        default,
        description: block.description.clone(),
        origin: block.origin,
    });
}

fn is_managed(said: Option<&At<Managed>>) -> bool {
    !matches!(said.map(|m| &m.value), Some(Managed::External))
}

fn worded<T>(said: Option<&At<T>>, word: impl Fn(&T) -> &'static str, unsaid: &'static str) -> At<Str> {
    said.map_or_else(|| At::default_of(unsaid.into()), |v| v.map(|w| word(w).into()))
}

/// Two defaults: the API server refuses the second priority class, and takes the newer of two storage classes.
fn one_default(said: Option<&At<bool>>, first: Option<Origin>, what: &str, say: &mut Say<'_, '_>) -> Option<Origin> {
    let own = said.filter(|d| d.value).map(|d| d.origin)?;
    if let Some(first) = first {
        let d = Diagnostic::error(codes::CONFLICT, format!("two {what} classes are the default"))
            .at(say.place(own), "this one")
            .at(say.place(first), "and this one");
        say.evaluator.diagnostics.push(d.help("keep one of the two"));
    }
    Some(own)
}

/// Tiers name classes that the program declares, where it declares some; those that the cluster has besides are declared as somebody else's.
pub fn refuse_unknown(platform: &Platform, apps: &[App], place: &dyn Fn(Origin) -> Span, diagnostics: &mut Diagnostics) {
    let storage: Vec<&str> = platform.storage_classes.iter().map(|c| &*c.name.value).collect();
    let priority: Vec<&str> = platform.priority_classes.iter().map(|c| &*c.name.value).collect();
    let mut refuse = |named: &At<Str>, known: &[&str], what: &str| {
        if known.is_empty() || known.contains(&&*named.value) {
            return;
        }
        let title = format!("the program declares no {what} class `{}`", named.value);
        let mut d = Diagnostic::error(codes::UNDECLARED, title).at(place(named.origin), "not declared");
        if let Some(near) = suggest::nearest(&named.value, known.iter().copied()) {
            d = d.help(format!("did you mean `{near}`?"));
        }
        diagnostics.push(d.help(format!("where the cluster has it already: `{what}-class {} {{ managed = external }}`", named.value)));
    };
    if storage.is_empty() && priority.is_empty() {
        return;
    }
    for app in apps {
        let of_tiers = app
            .workloads
            .iter()
            .flat_map(|w| if let Controller::StatefulSet { claims, .. } = &w.controller { claims.as_slice() } else { &[] });
        for class in app.claims.iter().chain(of_tiers).filter_map(|c: &Claim| c.class.as_ref()) {
            refuse(class, &storage, "storage");
        }
        let pods = app.workloads.iter().flat_map(|w| {
            let versions = if let Controller::Versions(all) = &w.controller { all.as_slice() } else { &[] };
            std::iter::once(&w.pod).chain(versions.iter().map(|v| &v.workload.pod))
        });
        let mut seen: Vec<&At<Str>> = Vec::new();
        for class in pods.filter_map(|p| p.priority.as_ref()).filter(|c| !BUILT_IN.contains(&&*c.value)) {
            if !seen.contains(&class) {
                refuse(class, &priority, "priority");
            }
            seen.push(class);
        }
    }
}
