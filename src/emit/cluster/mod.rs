//! The cluster itself: classes, pools and their autoscaler, backups; and the files that are no objects.

mod cluster_autoscaler;
mod pools;

use super::inherited;
use super::labels::{MANAGER, Own, merged};
use crate::kinds::meta::Meta;
use crate::kinds::scheduling::PriorityClass;
use crate::kinds::storage::StorageClass;
use crate::kinds::velero::Schedule;
use crate::plan::model::cluster::{Autoscaler, Backup, Platform, Tree};
use crate::plan::model::{At, Plan, Str, cluster};
use crate::tape::{File, Key, Tape, Tapes};

/// The annotation of the default class.
const DEFAULT: &str = "storageclass.kubernetes.io/is-default-class";

/// Writes what belongs to the cluster as a whole.
pub(super) fn emit(plan: &Plan, out: &mut Tapes) {
    let platform = &plan.platform;
    platform.storage_classes.iter().filter(|c| c.managed).for_each(|class| storage(class, out));
    platform.priority_classes.iter().filter(|c| c.managed).for_each(|class| priority(class, out));
    if let Some(cluster) = &platform.cluster {
        match cluster.autoscaler {
            Autoscaler::Karpenter => cluster.pools.iter().for_each(|pool| pools::emit(pool, cluster, out)),
            Autoscaler::ClusterAutoscaler if !cluster.pools.is_empty() => cluster_autoscaler::emit(cluster, &plan.target, out),
            Autoscaler::ClusterAutoscaler | Autoscaler::None => {}
        }
    }
    platform.backups.iter().for_each(|b| backup(b, out));
}

/// Writes the files that are no objects.
pub(super) fn files(platform: &Platform) -> Vec<File> {
    let Some(cluster) = &platform.cluster else { return Vec::new() };
    let file = |file: &cluster::File| {
        let mut documents = Tape::new();
        for document in &file.documents {
            let Tree::Map(fields) = &document.value else { continue };
            let root = documents.root(document.origin);
            fields.iter().for_each(|(name, value)| field(name, value, &mut documents));
            documents.close(root);
        }
        File { cluster: cluster.name.value.to_string(), name: file.name, documents }
    };
    cluster.files.iter().map(file).collect()
}

/// Writes a field of a document.
fn field(name: &str, value: &At<Tree>, out: &mut Tape) {
    let key = out.intern(name);
    tree(key, value, out);
}

fn tree(key: Key, value: &At<Tree>, out: &mut Tape) {
    match &value.value {
        Tree::Bool(b) => out.bool(key, *b, value.origin),
        Tree::Int(n) => out.int(key, *n, value.origin),
        Tree::Float(f) => out.float(key, *f, value.origin),
        Tree::Text(t) => out.str(key, t, value.origin),
        Tree::List(items) => {
            let list = out.seq(key, value.origin);
            items.iter().for_each(|item| tree(Key::NONE, item, out));
            out.close(list);
        }
        Tree::Map(entries) => {
            let map = out.map(key, value.origin);
            entries.iter().for_each(|(name, value)| field(name, value, out));
            out.close(map);
        }
    }
}

/// Metadata of what belongs to no namespace.
fn named(m: &mut Meta<'_>, name: &At<Str>) {
    m.name(name).labels([("app.kubernetes.io/managed-by", MANAGER)]);
}

fn storage(class: &cluster::StorageClass, out: &mut Tapes) {
    StorageClass::write(out, class.origin, |o| {
        o.metadata(|m| {
            named(m, &class.name);
            m.annotations(class.default.map(|origin| (DEFAULT, At::new("true", origin))));
        });
        o.provisioner(&class.provisioner).parameters(&class.parameters).reclaim_policy(&class.reclaim);
        o.volume_binding_mode(&class.binding).allow_volume_expansion(&class.expand).mount_options(&class.mount_options);
        let terms = (!class.topology.is_empty()).then_some(&class.topology);
        o.allowed_topologies(terms, inherited, |t, topology| {
            t.match_label_expressions(topology, inherited, |e, (key, values)| {
                e.key(key).values(values);
            });
        });
    });
}

fn priority(class: &cluster::PriorityClass, out: &mut Tapes) {
    PriorityClass::write(out, class.origin, |o| {
        o.metadata(|m| named(m, &class.name)).value(&class.value);
        o.global_default(class.default.map(|_| true)).preemption_policy(&class.preempt).description(&class.description);
    });
}

fn backup(backup: &Backup, out: &mut Tapes) {
    Schedule::write(out, backup.origin, |o| {
        o.metadata(|m| {
            m.name(&backup.name).namespace(&backup.namespace).labels(merged(Own::Manager, &[]));
        });
        o.spec(|s| {
            s.schedule(&backup.schedule).template(|t| {
                t.included_namespaces([&backup.of]).excluded_resources(&backup.without);
                if let Some(app) = &backup.app {
                    t.label_selector(|l| {
                        l.match_labels([("app.kubernetes.io/part-of", app)]);
                    });
                }
                t.ttl(&backup.keep).storage_location(&backup.location).snapshot_volumes(&backup.snapshots);
                t.default_volumes_to_fs_backup(&backup.files).csi_snapshot_timeout(&backup.timeout);
            });
        });
    });
}
