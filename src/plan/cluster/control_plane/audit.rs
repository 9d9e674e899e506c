//! The audit policy (`audit.k8s.io/v1`), the API server's arguments for it, and what it must see of the machine.

use super::super::{Say, camel};
use super::Component4;
use crate::diagnostic::codes;
use crate::plan::model::cluster::Tree;
use crate::plan::model::{At, Str};
use crate::vocabulary::blocks::{Audit, AuditRule};
use crate::vocabulary::words::AuditLevel;

/// A day, in nanoseconds: the API server counts the age of files in days.
const DAY: i64 = 86_400_000_000_000;
/// It counts their size in these.
const MIB: i64 = 1 << 20;
/// Resources of the core group, whose name a subresource may follow: `pods/exec`.
const CORE: [&str; 12] = [
    "configmaps",
    "endpoints",
    "events",
    "namespaces",
    "nodes",
    "persistentvolumeclaims",
    "persistentvolumes",
    "pods",
    "replicationcontrollers",
    "secrets",
    "serviceaccounts",
    "services",
];

pub(super) fn audit(block: &Audit, api: &mut Component4<'_>, say: &mut Say<'_, '_>) -> At<Tree> {
    let policy = block
        .policy
        .as_ref()
        .map_or_else(|| At::default_of("/etc/kubernetes/audit-policy.yaml".into()), |p| p.map(|p| Str::from(p.as_str())));
    let log = block
        .log
        .as_ref()
        .map_or_else(|| At::default_of("/var/log/kubernetes/audit/audit.log".into()), |p| p.map(|p| Str::from(p.as_str())));
    api.argument("audit-policy-file", policy.value.clone(), policy.origin);
    api.argument("audit-log-path", log.value.clone(), log.origin);
    let days = block.keep.as_ref().map_or((30, block.origin), |d| (whole(d.value.nanos(), DAY), d.origin));
    let megabytes = block.size.as_ref().map_or((100, block.origin), |s| (whole(s.value.bytes(), MIB), s.origin));
    let files = block.files.as_ref().map_or((10, block.origin), |f| (f.value, f.origin));
    if days.0 < 1 {
        say.error(codes::SENSELESS, "the audit log is kept for whole days", days.1, "no whole days", "for example `keep = 30d`");
    }
    if megabytes.0 < 1 {
        say.error(codes::SENSELESS, "the audit log's files are measured in Mi", megabytes.1, "no whole Mi", "for example `size = 100Mi`");
    }
    if files.0 < 1 {
        say.error(
            codes::SENSELESS,
            format!("{} files of the audit log cannot be kept", files.0),
            files.1,
            "at least 1",
            "0 would keep all of them until the disk is full",
        );
    }
    for (name, (number, origin)) in [("audit-log-maxage", days), ("audit-log-maxbackup", files), ("audit-log-maxsize", megabytes)] {
        api.argument(name, number.to_string(), origin);
    }
    api.volume("audit-policy", &policy.value, true, "File", policy.origin);
    let folder = log.value.rsplit_once('/').map_or("", |(folder, _)| folder);
    if folder.is_empty() {
        say.error(
            codes::SENSELESS,
            "the audit log stands in the root of the machine",
            log.origin,
            "a folder of its own",
            "for example `\"/var/log/kubernetes/audit/audit.log\"`",
        );
    }
    api.volume("audit-log", folder, false, "DirectoryOrCreate", log.origin);
    document(block, say)
}

/// So many whole units; 0 where they are not whole.
fn whole(amount: i64, unit: i64) -> i64 {
    if amount % unit == 0 { amount / unit } else { 0 }
}

fn document(block: &Audit, say: &mut Say<'_, '_>) -> At<Tree> {
    let unsaid = |tree| At::default_of(tree);
    let rule = |level: &str, rest: Vec<(&str, Tree)>| {
        let mut fields: Vec<(Str, At<Tree>)> = vec![("level".into(), unsaid(Tree::text(level)))];
        fields.extend(rest.into_iter().map(|(name, tree)| (name.into(), unsaid(tree))));
        unsaid(Tree::Map(fields))
    };
    let of = |groups: &[(&str, &[&str])]| {
        let group = |(group, resources): &(&str, &[&str])| {
            let fields =
                [("group".into(), unsaid(Tree::text(*group))), ("resources".into(), unsaid(Tree::texts(resources.iter().copied())))];
            unsaid(Tree::Map(fields.into()))
        };
        Tree::List(groups.iter().map(group).collect())
    };
    let mut rules = vec![
        // Whether a server is well, and who leads: asked every second, by machines.
        rule("None", vec![("nonResourceURLs", Tree::texts(["/healthz*", "/livez*", "/readyz*", "/version"]))]),
        rule("None", vec![("verbs", Tree::texts(["get", "update"])), ("resources", of(&[("coordination.k8s.io", &["leases"])]))]),
        // What is in a Secret must not end in a log, whatever the rules behind this one say.
        rule(
            "Metadata",
            vec![(
                "resources",
                of(&[("", &["secrets", "configmaps", "serviceaccounts/token"]), ("authentication.k8s.io", &["tokenreviews"])]),
            )],
        ),
    ];
    rules.extend(block.rule.iter().filter_map(|r| own(r, say)));
    let level = block.level.clone().unwrap_or_else(|| At::default_of(AuditLevel::Metadata));
    rules.push(At::new(Tree::Map(vec![("level".into(), level.map(|l| Tree::text(camel(l.word()))))]), level.origin));
    let mut document = Tree::document("audit.k8s.io/v1", "Policy");
    document.set("omitStages", unsaid(Tree::texts(["RequestReceived"])));
    document.set("rules", unsaid(Tree::List(rules)));
    At::new(document, block.origin)
}

/// A rule of the program.
fn own(block: &AuditRule, say: &mut Say<'_, '_>) -> Option<At<Tree>> {
    let Some(level) = &block.level else {
        say.error(codes::MISSING, "a rule of the audit policy says no level", block.origin, "what is kept?", "say it: `level = metadata`");
        return None;
    };
    let texts = |list: &[At<Str>]| Tree::List(list.iter().map(|t| t.map(|t| Tree::Text(t.clone()))).collect());
    let mut fields: Vec<(Str, At<Tree>)> = vec![("level".into(), level.map(|l| Tree::text(camel(l.word()))))];
    for (name, list) in [("users", &block.users), ("userGroups", &block.groups), ("verbs", &block.verbs)] {
        fields.extend(list.as_ref().map(|l| (name.into(), At::new(texts(&l.value), l.origin))));
    }
    if let Some(resources) = &block.resources {
        let mut groups: Vec<(&str, Vec<At<Tree>>)> = Vec::new();
        for resource in &resources.value {
            let (group, name) = match resource.value.split_once('/') {
                Some((first, _)) if CORE.contains(&first) => ("", &*resource.value),
                Some((group, name)) => (group, name),
                None => ("", &*resource.value),
            };
            let name = At::new(Tree::text(name), resource.origin);
            match groups.iter_mut().find(|(g, _)| *g == group) {
                Some((_, names)) => names.push(name),
                None => groups.push((group, vec![name])),
            }
        }
        let group = |(group, names): (&str, Vec<At<Tree>>)| {
            let fields = vec![("group".into(), At::default_of(Tree::text(group))), ("resources".into(), At::default_of(Tree::List(names)))];
            At::default_of(Tree::Map(fields))
        };
        fields.push(("resources".into(), At::new(Tree::List(groups.into_iter().map(group).collect()), resources.origin)));
    }
    fields.extend(block.namespaces.as_ref().map(|l| ("namespaces".into(), At::new(texts(&l.value), l.origin))));
    if let Some(paths) = &block.paths {
        if let Some(other) = block.resources.as_ref().map(|r| r.origin).or(block.namespaces.as_ref().map(|n| n.origin)) {
            let help = "make two rules of it: a request is for a resource, or for a path that is none";
            say.error(codes::CONFLICT, "a rule is of resources and of paths", other, "no request is both", help);
        }
        for path in paths.value.iter().filter(|p| !p.value.starts_with('/') || p.value.trim_end_matches('*').contains('*')) {
            let title = format!("`{}` is no path of the API server", path.value);
            say.error(
                codes::BAD_LITERAL,
                title,
                path.origin,
                "begins with `/`, and has `*` at its end alone",
                "for example `\"/metrics*\"`",
            );
        }
        fields.push(("nonResourceURLs".into(), At::new(texts(&paths.value), paths.origin)));
    }
    Some(At::new(Tree::Map(fields), block.origin))
}
