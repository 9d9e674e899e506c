//! velero.io/v1.

use super::meta::{LabelSelector, Meta};

objects! {
    Schedule "velero.io/v1"
}

shapes! {
    /// Schedule.
    Schedule { metadata "metadata" {Meta}, spec "spec" {ScheduleSpec} }
    /// Its spec.
    ScheduleSpec { schedule "schedule" text, template "template" {BackupSpec} }
    /// What a backup holds.
    BackupSpec {
        included_namespaces "includedNamespaces" texts, excluded_resources "excludedResources" texts, label_selector "labelSelector" {LabelSelector},
        ttl "ttl" text, storage_location "storageLocation" text, snapshot_volumes "snapshotVolumes" bool,
        default_volumes_to_fs_backup "defaultVolumesToFsBackup" bool, csi_snapshot_timeout "csiSnapshotTimeout" text,
    }
}
