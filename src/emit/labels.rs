//! Names, labels and annotations: what every object of an app carries.
//!
//! Labels: `app.kubernetes.io/name` is the tier, `/instance` its objects' name, `/part-of` the app, `/managed-by` the compiler, `/version`
//! (pods alone) the image's tag. Everything selects by `/instance` only: selectors cannot be changed in a cluster.

use crate::kinds::meta::{LabelSelector, Meta};
use crate::kinds::{Pair, Text};
use crate::plan::model::{App, At, Str, Workload};
use crate::tape::{Key, Origin, Tape, key};

/// The value of `app.kubernetes.io/managed-by`.
pub(super) const MANAGER: &str = "bayplan";

/// What selectors match.
const INSTANCE: Key = key("app.kubernetes.io/instance");

/// Labels and annotations given in one place of the program.
type Said = [(Str, At<Str>)];

/// Metadata of an object of a workload.
pub(super) fn workload(m: &mut Meta<'_>, app: &App, workload: &Workload, name: impl Text) {
    workload_with(m, app, workload, name, &[]);
}

/// The same with annotations of this object alone.
pub(super) fn workload_with(m: &mut Meta<'_>, app: &App, workload: &Workload, name: impl Text, annotations: &Said) {
    m.name(name).namespace(&app.namespace);
    rest_of(m, app, workload, annotations);
}

/// Labels and annotations of an object of a workload: most of its objects have the same.
fn rest_of(m: &mut Meta<'_>, app: &App, workload: &Workload, annotations: &Said) {
    if annotations.is_empty() {
        m.once(std::ptr::from_ref(workload).addr(), |m| {
            m.labels(of_workload(app, workload)).annotations(owned(app, &workload.annotations, &[]));
        });
    } else {
        m.labels(of_workload(app, workload)).annotations(owned(app, &workload.annotations, annotations));
    }
}

/// Metadata of a workload's Service, with labels and annotations of this object alone.
pub(super) fn service(m: &mut Meta<'_>, app: &App, workload: &Workload, name: impl Text, (labels, annotations): (&Said, &Said)) {
    if labels.is_empty() {
        return workload_with(m, app, workload, name, annotations);
    }
    let own = Own::App { app, name: &workload.name, instance: &workload.object, version: None };
    m.name(name).namespace(&app.namespace).labels(Merged::new(own, [&app.labels, &workload.labels, labels]));
    m.annotations(owned(app, &workload.annotations, annotations));
}

/// Metadata of an object that something in the cluster finds by labels of its own, of a workload or of the app as a whole.
pub(super) fn selected(m: &mut Meta<'_>, app: &App, of: Option<&Workload>, name: impl Text, found_by: &Said) {
    let workload = of.map_or(&[][..], |w| &w.labels);
    let own = match of {
        Some(w) => Own::App { app, name: &w.name, instance: &w.object, version: None },
        None => Own::App { app, name: &app.name.value, instance: &app.name, version: None },
    };
    m.name(name).namespace(&app.namespace).labels(Merged::new(own, [&app.labels, workload, found_by]));
    m.annotations(owned(app, of.map_or(&[][..], |w| &w.annotations), &[]));
}

/// Metadata of a workload's pods: their version too, and no annotation but their own.
pub(super) fn pod(m: &mut Meta<'_>, app: &App, workload: &Workload) {
    let own = Own::App { app, name: &workload.name, instance: &workload.object, version: workload.version.as_deref() };
    let said = [&*app.labels, &*workload.labels, &*workload.pod.labels];
    m.labels(Merged::new(own, said)).annotations(Merged::new(Own::Nothing, [&workload.pod.annotations, &[], &[]]));
}

/// Metadata of an object that belongs to a tier of this name, or else to the app as a whole.
pub(super) fn app(m: &mut Meta<'_>, app: &App, owner: &str, name: impl Text) {
    app_in(m, app, owner, name, &app.namespace);
}

/// The same of an object that stands in another namespace.
pub(super) fn app_in(m: &mut Meta<'_>, app: &App, owner: &str, name: impl Text, namespace: impl Text) {
    m.name(name).namespace(namespace);
    rest(m, app, owner, &[]);
}

/// The same with annotations of this object alone.
pub(super) fn app_with(m: &mut Meta<'_>, app: &App, owner: &str, name: impl Text, annotations: &Said) {
    m.name(name).namespace(&app.namespace);
    rest(m, app, owner, annotations);
}

fn rest(m: &mut Meta<'_>, app: &App, owner: &str, annotations: &Said) {
    match app.workloads.iter().find(|workload| &*workload.name == owner) {
        Some(workload) => rest_of(m, app, workload, annotations),
        None => {
            m.labels(Merged::new(Own::App { app, name: owner, instance: &app.name, version: None }, [&app.labels, &[], &[]]))
                .annotations(owned(app, &[], annotations));
        }
    }
}

/// Labels of a workload's objects.
pub(super) fn of_workload<'a>(app: &'a App, workload: &'a Workload) -> Merged<'a> {
    let own = Own::App { app, name: &workload.name, instance: &workload.object, version: None };
    Merged::new(own, [&app.labels, &workload.labels, &[]])
}

/// The compiler's entries and those of one block.
pub(super) fn merged<'a>(own: Own<'a>, said: &'a Said) -> Merged<'a> {
    Merged::new(own, [said, &[], &[]])
}

/// Selects the pods of a workload.
pub(super) fn select(s: &mut LabelSelector<'_>, instance: &str) {
    s.match_labels(matching(instance));
}

/// Selects the pods of a workload, and of this version alone where there are several.
pub(super) fn select_own(s: &mut LabelSelector<'_>, workload: &Workload) {
    const VERSION: Key = key("version");
    let version = workload.variant.as_deref().map(|(_, version)| (VERSION, &**version));
    s.match_labels(matching(&workload.object.value).into_iter().chain(version));
}

/// What the labels of a workload's pods hold in any case.
pub(super) fn matching(instance: &str) -> [(Key, &str); 1] {
    [(INSTANCE, instance)]
}

fn owned<'a>(app: &'a App, workload: &'a Said, object: &'a Said) -> Merged<'a> {
    Merged::new(Own::Owner(app.owner.as_ref()), [&app.annotations, workload, object])
}

/// An entry whose key is known in advance.
macro_rules! own {
    ($name:literal, said $value:expr) => {
        Entry { key: const { key($name) }, ..Entry::said($name, $value) }
    };
    ($name:literal, $value:expr) => {
        Entry { key: const { key($name) }, name: $name, value: $value, origin: Origin::NONE }
    };
}
/// The compiler's own entries.
#[derive(Clone, Copy)]
pub(super) enum Own<'a> {
    /// None.
    Nothing,
    /// Labels of an app's object; of its pods too, where there is a version.
    App { app: &'a App, name: &'a str, instance: &'a At<Str>, version: Option<&'a str> },
    /// The label of what belongs to no app.
    Manager,
    /// The annotation of an app's object.
    Owner(Option<&'a At<Str>>),
    /// Labels of a namespace: its Pod Security Standard, and the Kubernetes version whose meaning of it counts.
    Namespace { security: &'a At<Str>, version: &'a str },
}

impl<'a> Own<'a> {
    /// The entries by number, sorted by name; the first that is `None` is past the last.
    #[inline]
    fn get(self, number: u8) -> Option<Entry<'a>> {
        match (self, number) {
            (Own::App { instance, .. }, 0) => Some(own!("app.kubernetes.io/instance", said instance)),
            (Own::App { .. }, 1) | (Own::Namespace { .. } | Own::Manager, 0) => Some(own!("app.kubernetes.io/managed-by", MANAGER)),
            (Own::App { name, .. }, 2) => Some(own!("app.kubernetes.io/name", name)),
            (Own::App { app, .. }, 3) => Some(own!("app.kubernetes.io/part-of", said & app.name)),
            (Own::App { version: Some(version), .. }, 4) => Some(own!("app.kubernetes.io/version", version)),
            (Own::Owner(Some(owner)), 0) => Some(Entry::said("bayplan.dev/owner", owner)),
            (Own::Namespace { security, .. }, 1) => Some(own!("pod-security.kubernetes.io/enforce", said security)),
            (Own::Namespace { version, .. }, 2) => Some(own!("pod-security.kubernetes.io/enforce-version", version)),
            _ => None,
        }
    }
}

/// A label or an annotation.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    /// [`Key::NONE`] where the name must be looked up.
    key: Key,
    origin: Origin,
    name: &'a str,
    value: &'a str,
}

impl<'a> Entry<'a> {
    #[inline]
    fn said(name: &'a str, value: &'a At<Str>) -> Self {
        Entry { key: Key::NONE, name, value: &value.value, origin: value.origin }
    }
}

impl Pair for Entry<'_> {
    #[inline]
    fn put(self, tape: &mut Tape) {
        let key = if self.key == Key::NONE { tape.intern(self.name) } else { self.key };
        tape.str(key, self.value, self.origin);
    }
}

/// The compiler's entries and the program's in the order of their names, none twice: the compiler's before the program's, and of those the
/// nearest (the pod's before the workload's before the app's). Nothing is allocated; the program's lists are short and searched anew for
/// each entry.
pub(super) struct Merged<'a> {
    own: Own<'a>,
    /// Number of the compiler's entry that comes next.
    number: u8,
    said: [&'a Said; 3],
    next_said: Option<Entry<'a>>,
}

impl<'a> Merged<'a> {
    fn new(own: Own<'a>, said: [&'a Said; 3]) -> Self {
        Merged { own, number: 0, said, next_said: after(&said, None) }
    }
}

/// The first of the lists' entries whose name comes after this one; of several with one name, the last list's.
fn after<'a>(lists: &[&'a Said; 3], last: Option<&str>) -> Option<Entry<'a>> {
    let mut best: Option<&'a (Str, At<Str>)> = None;
    for entry in lists.iter().copied().flatten() {
        if last.is_none_or(|last| *entry.0 > *last) && best.is_none_or(|best| entry.0 <= best.0) {
            best = Some(entry);
        }
    }
    best.map(|(name, value)| Entry::said(name, value))
}

impl<'a> Iterator for Merged<'a> {
    type Item = Entry<'a>;
    #[inline]
    fn next(&mut self) -> Option<Entry<'a>> {
        if let Some(own) = self.own.get(self.number)
            && self.next_said.is_none_or(|said| own.name <= said.name)
        {
            if self.next_said.is_some_and(|said| said.name == own.name) {
                self.next_said = after(&self.said, Some(own.name));
            }
            self.number += 1;
            return Some(own);
        }
        let said = self.next_said?;
        self.next_said = after(&self.said, Some(said.name));
        Some(said)
    }
}
