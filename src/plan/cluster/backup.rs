//! Backups: a Schedule of Velero for a namespace, or for an app.

use super::Say;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::plan::model::cluster::{Backup, Platform};
use crate::plan::model::{At, Str};
use crate::tape::Origin;
use crate::units::{Duration, names};
use crate::vocabulary::blocks;

/// A message without its place: it, where it points, and what is to be seen there.
type Remark = (Diagnostic, Origin, &'static str);

fn backup(block: &blocks::Backup, name: &str, of: &Str, app: Option<&Str>, remarks: &mut Vec<Remark>) -> Option<Backup> {
    let namespace = block.namespace.clone().unwrap_or_else(|| At::default_of("velero".into()));
    if let Err(e) = names::label(&namespace.value) {
        let d = Diagnostic::error(codes::BAD_NAME, e.message.trim_end_matches('.').to_owned());
        remarks.push((d, namespace.origin, "the namespace of Velero"));
    }
    let Some(schedule) = &block.schedule else {
        let d = Diagnostic::error(codes::MISSING, "a backup says no schedule").help("say when, as cron does: `schedule = \"30 2 * * *\"`");
        remarks.push((d, block.origin, "when?"));
        return None;
    };
    let (snapshots, files) = (block.snapshots.clone(), block.files.clone());
    if let (Some(none), false) = (snapshots.as_ref().filter(|s| !s.value), files.as_ref().is_some_and(|f| f.value)) {
        let d = Diagnostic::warning(codes::SENSELESS, "what is on the volumes is not backed up")
            .why("Without snapshots and without copies of files a backup holds the objects alone.")
            .help("copy the files where the driver takes no snapshots: `files = true`");
        remarks.push((d, none.origin, "no snapshots, and no copies"));
    }
    if let Some(keep) = block.keep.as_ref().filter(|k| k.value == Duration::ZERO) {
        let d = Diagnostic::error(codes::SENSELESS, "a backup that is kept for no time").help("for example `keep = 30d`");
        remarks.push((d, keep.origin, "must be more"));
    }
    // What a program says of days is hours in Go's durations.
    let duration = |d: &At<Duration>| d.map(|d| Str::from(d.to_string()));
    Some(Backup {
        name: name.into(),
        namespace,
        of: of.clone(),
        app: app.cloned(),
        schedule: schedule.map(|s| s.as_str().into()),
        keep: block.keep.as_ref().map_or_else(|| At::default_of("720h".into()), duration),
        location: block.location.clone(),
        snapshots: snapshots.unwrap_or_else(|| At::default_of(true)),
        files: files.unwrap_or_else(|| At::default_of(false)),
        without: block.without.as_ref().map(|w| w.value.clone()).unwrap_or_default(),
        timeout: block.timeout.as_ref().map(duration),
        origin: block.origin,
    })
}

pub(super) fn of_namespace(block: &blocks::Namespace, platform: &mut Platform, say: &mut Say<'_, '_>) {
    let (Some(label), Some(own)) = (&block.label, &block.backup) else { return };
    let name = block.name.as_ref().unwrap_or(label);
    let mut remarks = Vec::new();
    platform.backups.extend(backup(own, &name.value, &name.value, None, &mut remarks));
    for (d, origin, label) in remarks {
        say.push(d, origin, label);
    }
}

/// Of an app: everything that has its label, and the volumes of its pods.
pub fn of_app(block: &blocks::Backup, app: &Str, namespace: &Str) -> (Option<Backup>, Vec<Remark>) {
    let mut remarks = Vec::new();
    let found = backup(block, &format!("{namespace}-{app}"), namespace, Some(app), &mut remarks);
    (found, remarks)
}

/// Two backups of one name in Velero's namespace.
pub fn refuse_collisions(backups: &[Backup], place: &dyn Fn(Origin) -> crate::source::Span, diagnostics: &mut Diagnostics) {
    for (number, backup) in backups.iter().enumerate() {
        if let Some(first) = backups.iter().take(number).find(|b| b.name == backup.name && b.namespace.value == backup.namespace.value) {
            let title = format!("two backups would be the Schedule `{}`", backup.name);
            let d = Diagnostic::error(codes::COLLISION, title).at(place(backup.origin), "this one").at(place(first.origin), "and this one");
            diagnostics.push(d.help("rename the app, or the namespace"));
        }
    }
}
