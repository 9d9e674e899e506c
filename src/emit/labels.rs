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
    m.name(name).namespace(&app.namespace).labels(of_workload(app, workload)).annotations(owned(app, &workload.annotations, annotations));
}

/// Metadata of a workload's pods: their version too, and no annotation but their own.
pub(super) fn pod(m: &mut Meta<'_>, app: &App, workload: &Workload) {
    let mut own = compilers(app, &workload.name, &workload.object);
    own[4] = workload.version.as_deref().map(|tag| Entry::own("app.kubernetes.io/version", At::default_of(tag)));
    let said = [&*app.labels, &*workload.labels, &*workload.pod.labels];
    m.labels(Merged::new(own, said)).annotations(Merged::new([None; 5], [&workload.pod.annotations, &[], &[]]));
}

/// Metadata of an object that belongs to a tier of this name, or else to the app as a whole.
pub(super) fn app(m: &mut Meta<'_>, app: &App, owner: &str, name: impl Text) {
    m.name(name).namespace(&app.namespace);
    match app.workloads.iter().find(|workload| &*workload.name == owner) {
        Some(workload) => m.labels(of_workload(app, workload)).annotations(owned(app, &workload.annotations, &[])),
        None => m.labels(Merged::new(compilers(app, owner, &app.name), [&app.labels, &[], &[]])).annotations(owned(app, &[], &[])),
    };
}

/// Labels of a workload's objects.
pub(super) fn of_workload<'a>(app: &'a App, workload: &'a Workload) -> Merged<'a> {
    Merged::new(compilers(app, &workload.name, &workload.object), [&app.labels, &workload.labels, &[]])
}

/// The compiler's entries, sorted by name, and those of one block.
pub(super) fn merged<'a>(own: [Option<Entry<'a>>; 5], said: &'a Said) -> Merged<'a> {
    Merged::new(own, [said, &[], &[]])
}

/// Selects the pods of a workload.
pub(super) fn select(s: &mut LabelSelector<'_>, instance: &str) {
    s.match_labels(matching(instance));
}

/// What the labels of a workload's pods hold in any case.
pub(super) fn matching(instance: &str) -> [(Key, &str); 1] {
    [(INSTANCE, instance)]
}

/// The compiler's labels, sorted, and a place for the version.
fn compilers<'a>(app: &'a App, name: &'a str, instance: &'a At<Str>) -> [Option<Entry<'a>>; 5] {
    [
        Some(Entry { key: Some(INSTANCE), ..Entry::said("app.kubernetes.io/instance", instance) }),
        Some(Entry {
            key: Some(const { key("app.kubernetes.io/managed-by") }),
            ..Entry::own("app.kubernetes.io/managed-by", At::default_of(MANAGER))
        }),
        Some(Entry { key: Some(const { key("app.kubernetes.io/name") }), ..Entry::own("app.kubernetes.io/name", At::default_of(name)) }),
        Some(Entry { key: Some(const { key("app.kubernetes.io/part-of") }), ..Entry::said("app.kubernetes.io/part-of", &app.name) }),
        None,
    ]
}

fn owned<'a>(app: &'a App, workload: &'a Said, object: &'a Said) -> Merged<'a> {
    let owner = app.owner.as_ref().map(|owner| Entry::said("bayplan.dev/owner", owner));
    Merged::new([owner, None, None, None, None], [&app.annotations, workload, object])
}

/// A label or an annotation.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    /// The name's number, where it is known without a search.
    key: Option<Key>,
    name: &'a str,
    value: &'a str,
    origin: Origin,
}

impl<'a> Entry<'a> {
    pub(super) fn own(name: &'a str, value: At<&'a str>) -> Self {
        Entry { key: None, name, value: value.value, origin: value.origin }
    }
    fn said(name: &'a str, value: &'a At<Str>) -> Self {
        Entry { key: None, name, value: &value.value, origin: value.origin }
    }
}

impl Pair for Entry<'_> {
    #[inline]
    fn put(self, tape: &mut Tape) {
        let key = self.key.unwrap_or_else(|| tape.intern(self.name));
        tape.str(key, self.value, self.origin);
    }
}

/// The compiler's entries and the program's in the order of their names, none twice: the compiler's before the program's, and of those the
/// nearest (the pod's before the workload's before the app's). Nothing is allocated; the program's lists are short and searched anew for
/// each entry.
pub(super) struct Merged<'a> {
    /// Sorted by name.
    own: std::iter::Flatten<std::array::IntoIter<Option<Entry<'a>>, 5>>,
    next_own: Option<Entry<'a>>,
    said: [&'a Said; 3],
    next_said: Option<Entry<'a>>,
}

impl<'a> Merged<'a> {
    fn new(own: [Option<Entry<'a>>; 5], said: [&'a Said; 3]) -> Self {
        let mut own = own.into_iter().flatten();
        let next_own = own.next();
        let next_said = after(&said, None);
        Merged { own, next_own, said, next_said }
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
        if let Some(own) = self.next_own
            && self.next_said.is_none_or(|said| own.name <= said.name)
        {
            if self.next_said.is_some_and(|said| said.name == own.name) {
                self.next_said = after(&self.said, Some(own.name));
            }
            self.next_own = self.own.next();
            return Some(own);
        }
        let said = self.next_said?;
        self.next_said = after(&self.said, Some(said.name));
        Some(said)
    }
}
