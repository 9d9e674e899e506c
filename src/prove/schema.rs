//! Every object against the exact kind it claims to be, at the targeted minor. A field that the kind has not is an error here at any depth; a
//! server refuses it, or drops it without a word where it is nested (I1).
//!
//! Objects come in few shapes: the Deployments of a thousand apps have the same keys in the same places. The first of a shape is walked;
//! the walk leaves a list of the places whose *values* matter (allowed values, formats, list keys), and the others of the shape have
//! only those looked at: what is the same as in the first, which passed, passes, and the rest is checked. An object is compared with the
//! shapes that its kind had last; where it is like none of them, a hash finds the candidate. A comparison of the cells decides either way,
//! so no collision can let an object pass.

use super::scene::Object;
use super::values::{self, Check, Wrong};
use crate::diagnostic::suggest::nearest;
use crate::schema::gates::{self, Served, Stage};
use crate::schema::{self, Kind, ListType, ShapeId, Type};
use crate::tape::{Cell, Key, Origin, Tape, Value, View, key};
use rustc_hash::FxHashMap;
use std::fmt::Write;

/// What is wrong at one place of one object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// The object's place among those checked, from 0.
    pub object: usize,
    /// Where in the object: `spec.template.spec.containers[0].image`; empty for the object itself.
    pub path: String,
    /// What the program says there.
    pub origin: Origin,
    /// What is wrong.
    pub problem: Problem,
}

/// The ways in which an object fails its schema.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Problem {
    /// The shape has no such field.
    UnknownField {
        /// The field.
        name: String,
        /// The name of the shape: `PodSpec`.
        shape: &'static str,
        /// A field with nearly this name.
        suggestion: Option<&'static str>,
        /// The minors that do have the field.
        minors: Vec<u8>,
    },
    /// The field is written twice.
    RepeatedField,
    /// The field is known but its feature gate is off by default at this minor, so that the server drops it.
    SwitchedOff {
        /// The gate.
        gate: &'static str,
        /// First minor where it is on.
        on_since: Option<u8>,
    },
    /// The value is of another kind.
    WrongType {
        /// What it must be: "a whole number".
        expected: &'static str,
        /// What it is: "text".
        found: &'static str,
    },
    /// A required field is not there; the path is its parent's.
    Missing {
        /// The field.
        field: &'static str,
    },
    /// The text is none of the allowed values.
    NotInEnum {
        /// The text.
        value: String,
        /// All allowed values.
        allowed: Vec<&'static str>,
        /// The nearest of them.
        suggestion: Option<&'static str>,
    },
    /// The value is of the right kind but looks wrong or is out of bounds.
    Pattern {
        /// The value.
        value: String,
        /// How it must look, to follow "must be".
        expected: String,
    },
    /// Two items of a list have the same key, so that server-side apply cannot tell them apart.
    DuplicateListKey {
        /// The key: `name "http"`, `containerPort 80, protocol "TCP"`.
        keys: String,
        /// The place in the list of the item that had it first, from 0.
        first: usize,
    },
    /// The minor does not serve the kind in this API version.
    NotServed {
        /// `policy/v1beta1`
        api_version: String,
        /// `PodDisruptionBudget`
        kind: String,
        /// Why, and what to write instead.
        served: Served,
    },
    /// The tape overflowed: the app is too large for one.
    TooLarge,
}

const API_VERSION: Key = key("apiVersion");
const KIND: Key = key("kind");
const METADATA: Key = key("metadata");
const PROTOCOL: Key = key("protocol");

/// Checks every object against its kind at the minor (33 for 1.33), and reports each violation in the order of the objects.
pub fn check<'t>(objects: impl Iterator<Item = View<'t>>, minor: u8, report: &mut dyn FnMut(Violation)) {
    Shapes::new(minor).check(objects.map(Object::of), report);
}

/// The shapes that were met so far.
pub struct Shapes<'t> {
    minor: u8,
    all: Vec<Structure<'t>>,
    by_hash: FxHashMap<u64, Vec<usize>>,
    /// A program has few kinds, and few shapes of each, which take turns: to look at the latest is cheaper than to hash every object.
    latest: Vec<(&'t str, [usize; 4])>,
}

impl<'t> Shapes<'t> {
    /// None, of this minor's kinds.
    pub fn new(minor: u8) -> Self {
        Shapes { minor, all: Vec::new(), by_hash: FxHashMap::default(), latest: Vec::new() }
    }
    /// As [`check`].
    pub(super) fn check(&mut self, objects: impl Iterator<Item = Object<'t>>, report: &mut dyn FnMut(Violation)) {
        let mut tape: Option<&Tape> = None;
        for (number, object) in objects.enumerate() {
            let (own, _) = object.view.place();
            if tape.replace(own).is_none_or(|before| !std::ptr::eq(before, own)) && own.is_full() {
                report(Violation { object: number, path: String::new(), origin: Origin::NONE, problem: Problem::TooLarge });
            }
            self.object(number, &Head::of(object), report);
        }
    }
    fn object(&mut self, object: usize, head: &Head<'t>, report: &mut dyn FnMut(Violation)) {
        let is_like = |number: &usize| self.all.get(*number).is_some_and(|shape| shape.is_of(head));
        let row = self.latest.iter().position(|(kind, _)| *kind == head.kind);
        let recent = row.and_then(|row| self.latest.get(row)?.1.iter().copied().find(is_like));
        let known = recent.or_else(|| self.by_hash.get(&head.hash())?.iter().copied().find(is_like));
        let number = match known {
            Some(number) => {
                if !self.all.get(number).is_some_and(|shape| shape.accepts(head)) {
                    walk_object(head, self.minor, object, report);
                }
                number
            }
            None => {
                let (right, places) = walk_object(head, self.minor, object, report);
                self.by_hash.entry(head.hash()).or_default().push(self.all.len());
                let masks = head.cells.iter().map(|cell| cell.shape_mask()).collect();
                let words = head.words().collect();
                self.all.push(Structure { kind: head.kind, api_version: head.api_version, masks, words, right, places });
                self.all.len() - 1
            }
        };
        if recent.is_none() {
            match row.and_then(|row| self.latest.get_mut(row)) {
                Some((_, [first, second, third, fourth])) => (*first, *second, *third, *fourth) = (number, *first, *second, *third),
                None => self.latest.push((head.kind, [number; 4])),
            }
        }
    }
}

/// An object whose shape is compared: its cells, and what it claims to be.
struct Head<'t> {
    view: View<'t>,
    tape: &'t Tape,
    at: u32,
    cells: &'t [Cell],
    api_version: &'t str,
    kind: &'t str,
}

impl<'t> Head<'t> {
    fn of(object: Object<'t>) -> Self {
        let view = object.view;
        let (tape, at) = view.place();
        let cells = tape.cells(at, tape.cell(at).next(at));
        Head { view, tape, at, cells, api_version: object.api_version(), kind: object.kind }
    }
    /// What lies so many cells after the object's first.
    #[inline]
    fn at(&self, distance: u32) -> View<'t> {
        View::at(self.tape, self.at + distance)
    }
    /// What of each cell is the shape.
    fn words(&self) -> impl Iterator<Item = u64> {
        self.cells.iter().map(|cell| cell.word_from(self.at) & cell.shape_mask())
    }
    fn hash(&self) -> u64 {
        let mix = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let named = self.kind.bytes().chain(self.api_version.bytes()).fold(0, |hash, byte| mix(hash, u64::from(byte)));
        self.words().fold(named, mix)
    }
}

/// A shape that was walked: may others of it pass, and what must be looked at in each?
struct Structure<'t> {
    kind: &'t str,
    api_version: &'t str,
    /// Which bits of a cell's word are the shape, and those bits of each cell.
    masks: Vec<u64>,
    words: Vec<u64>,
    right: bool,
    places: Vec<Place<'t>>,
}

/// A place in every object of a shape, by its distance from the object's first cell.
struct Place<'t> {
    distance: u32,
    look: Look<'t>,
}
enum Look<'t> {
    /// With what the first object had there.
    Value(Check, First<'t>),
    /// The items of a list differ in these fields. Those that the first object had: where, and what.
    Items(Vec<Key>, Vec<(u32, First<'t>)>),
    /// The items of a list differ.
    Set,
    /// The foreign keys of a map differ.
    Keys,
}

/// What the first object of a shape had at a place, if that is quickly compared.
enum First<'t> {
    Text(&'t [u8]),
    Int(i64),
    Other,
}

impl<'t> First<'t> {
    fn of(view: View<'t>) -> Self {
        match view.value() {
            Value::Str(text) => First::Text(text.as_bytes()),
            Value::Int(number) => First::Int(number),
            _ => First::Other,
        }
    }
    /// Has an object of the same shape the same there?
    #[inline]
    fn is_at(&self, head: &Head<'_>, distance: u32) -> bool {
        let Some(cell) = head.cells.get(distance as usize) else { return false };
        match self {
            First::Text(text) => head.tape.bytes_of(*cell) == *text,
            First::Int(number) => head.tape.int_of(*cell) == *number,
            First::Other => false,
        }
    }
}

impl Structure<'_> {
    fn is_of(&self, head: &Head<'_>) -> bool {
        // All cells are looked at, so that several are compared at once.
        let apart = |apart, ((cell, mask), word): ((&Cell, &u64), &u64)| apart | cell.word_from(head.at) & mask ^ word;
        self.words.len() == head.cells.len()
            && self.kind == head.kind
            && self.api_version == head.api_version
            && head.cells.iter().zip(&self.masks).zip(&self.words).fold(0, apart) == 0
    }
    fn accepts(&self, head: &Head<'_>) -> bool {
        self.right
            && self.places.iter().all(|place| match &place.look {
                Look::Value(check, first) => first.is_at(head, place.distance) || check.run(head.at(place.distance)).is_ok(),
                Look::Items(keys, firsts) => {
                    firsts.iter().all(|(distance, first)| first.is_at(head, *distance))
                        || repeated(head.at(place.distance), |a, b| same_item(a, b, keys)).is_none()
                }
                Look::Set => repeated(head.at(place.distance), |a, b| a == b).is_none(),
                Look::Keys => repeated(head.at(place.distance), same_key).is_none(),
            })
    }
}

/// The first child that is the same as one before it, with the place of that one. Lists here have few items.
fn repeated<'t>(list: View<'t>, same: impl Fn(View<'t>, View<'t>) -> bool) -> Option<(usize, usize, View<'t>)> {
    let mut later = list.children().enumerate();
    later.find_map(|(second, b)| list.children().take(second).position(|a| same(a, b)).map(|first| (first, second, b)))
}

/// Names that the table knows are told apart by their numbers; a tape may have another under two.
fn same_key(a: View<'_>, b: View<'_>) -> bool {
    let (a_id, b_id) = (a.key_id(), b.key_id());
    if a_id.is_foreign() && b_id.is_foreign() { a.key() == b.key() } else { a_id == b_id }
}

/// Have two items the same keys? A port without a protocol is TCP; any other key that is absent equals itself absent.
fn same_item(a: View<'_>, b: View<'_>, keys: &[Key]) -> bool {
    keys.iter().all(|key| match (a.get_key(*key), b.get_key(*key)) {
        (Some(a), Some(b)) => a == b,
        (None, None) => true,
        (Some(one), None) | (None, Some(one)) => *key == PROTOCOL && one.str() == Some("TCP"),
    })
}

/// Walks one object: reports all that is wrong, and says what its like must have looked at.
fn walk_object<'t>(head: &Head<'t>, minor: u8, object: usize, report: &mut dyn FnMut(Violation)) -> (bool, Vec<Place<'t>>) {
    let mut walk = Walk { object, start: head.at, steps: Vec::new(), places: Vec::new(), right: true, report };
    let view = head.view;
    for (key, field) in [(API_VERSION, "apiVersion"), (KIND, "kind"), (METADATA, "metadata")] {
        if view.get_key(key).is_none() {
            walk.wrong(view, Problem::Missing { field });
        }
    }
    if head.api_version.is_empty() || head.kind.is_empty() {
        walk.right = false;
        return (walk.right, walk.places);
    }
    let served = gates::served(minor, head.api_version, head.kind);
    if served != Served::Yes {
        let origin = view.get_key(API_VERSION).unwrap_or(view);
        walk.wrong(origin, Problem::NotServed { api_version: head.api_version.to_owned(), kind: head.kind.to_owned(), served });
    }
    if let Some(shape) = schema::kind(minor, head.api_version, head.kind) {
        walk.object(view, shape);
    }
    (walk.right, walk.places)
}

struct Walk<'r, 't> {
    object: usize,
    start: u32,
    /// The way down to where the walk is: each a child, with its number where it is an item of a list.
    steps: Vec<(View<'t>, Option<usize>)>,
    places: Vec<Place<'t>>,
    right: bool,
    report: &'r mut dyn FnMut(Violation),
}

impl<'t> Walk<'_, 't> {
    fn wrong(&mut self, view: View<'_>, problem: Problem) {
        self.right = false;
        let violation = Violation { object: self.object, path: self.path(), origin: view.origin(), problem };
        (self.report)(violation);
    }
    /// The steps as text, which only what is wrong needs.
    fn path(&self) -> String {
        let mut path = String::new();
        for (view, number) in &self.steps {
            let name = view.key();
            match number {
                // Writing to a String cannot fail.
                Some(number) => drop(write!(path, "[{number}]")),
                None if !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'$')) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(name);
                }
                None => drop(write!(path, "[{name:?}]")),
            }
        }
        path
    }
    fn distance(&self, view: View<'_>) -> u32 {
        view.place().1 - self.start
    }
    fn place(&mut self, view: View<'_>, look: Look<'t>) {
        self.places.push(Place { distance: self.distance(view), look });
    }
    /// Goes down one step, and back up afterwards.
    fn inside(&mut self, view: View<'t>, number: Option<usize>, walk: impl FnOnce(&mut Self)) {
        self.steps.push((view, number));
        walk(self);
        self.steps.pop();
    }

    fn object(&mut self, view: View<'t>, shape: ShapeId) {
        for (number, child) in view.children().enumerate() {
            self.inside(child, None, |walk| {
                if view.children().take(number).any(|before| same_key(before, child)) {
                    walk.wrong(child, Problem::RepeatedField);
                }
                let Some(field) = schema::field(shape, child.key_id()).filter(|_| !child.key_id().is_foreign()) else {
                    if !shape.is_open() {
                        walk.wrong(child, unknown_field(shape, child));
                    }
                    return;
                };
                let gate = gates::gate_of(child.key_id(), || shape.name());
                if let Some(gate) = gate.filter(|gate| gate.stage(shape.minor()) == Stage::Off) {
                    walk.wrong(child, Problem::SwitchedOff { gate: gate.gate, on_since: gate.on_since() });
                }
                // The server reads null as absence, and the loop below knows which absences are wrong.
                if !matches!(child.value(), Value::Null) {
                    walk.value(child, field.ty);
                }
            });
        }
        for key in shape.required() {
            if view.get_key(key).is_none_or(|value| matches!(value.value(), Value::Null)) {
                self.wrong(view, Problem::Missing { field: key.known().unwrap_or("") });
            }
        }
    }

    fn value(&mut self, view: View<'t>, ty: Type) {
        let kind = ty.kind();
        if !fits(kind, view.value()) {
            return self.wrong(view, Problem::WrongType { expected: phrase(kind), found: found(view.value()) });
        }
        if let Some(check) = values::of(ty) {
            match check.run(view) {
                Ok(()) => {}
                Err(Wrong::Form(expected)) => self.wrong(view, Problem::Pattern { value: text(view), expected }),
                Err(Wrong::NotInEnum) => {
                    let (value, allowed) = (text(view), ty.values().collect::<Vec<_>>());
                    let suggestion = nearest(&value, allowed.iter().copied());
                    self.wrong(view, Problem::NotInEnum { value, allowed, suggestion });
                }
            }
            // Others of the shape have as many keys and items.
            if !matches!(check, Check::Size(_) | Check::Items(_)) {
                self.place(view, Look::Value(check, First::of(view)));
            }
        }
        match kind {
            Kind::Object => {
                if let Some(shape) = ty.shape() {
                    self.object(view, shape);
                }
            }
            Kind::List => self.list(view, ty),
            Kind::Map => {
                if let Some((_, _, child)) = repeated(view, same_key) {
                    self.inside(child, None, |walk| walk.wrong(child, Problem::RepeatedField));
                }
                if view.children().filter(|child| child.key_id().is_foreign()).count() > 1 {
                    self.place(view, Look::Keys);
                }
                for child in view.children() {
                    self.inside(child, None, |walk| ty.item().into_iter().for_each(|item| walk.value(child, item)));
                }
            }
            _ => {}
        }
    }

    fn list(&mut self, view: View<'t>, ty: Type) {
        for (number, child) in view.children().enumerate() {
            self.inside(child, Some(number), |walk| ty.item().into_iter().for_each(|item| walk.value(child, item)));
        }
        if view.children().nth(1).is_none() {
            return;
        }
        match ty.list_type() {
            ListType::Atomic => {}
            ListType::Set => {
                if let Some((first, second, item)) = repeated(view, |a, b| a == b) {
                    let keys = text(item);
                    self.inside(item, Some(second), |walk| walk.wrong(item, Problem::DuplicateListKey { keys, first }));
                }
                self.place(view, Look::Set);
            }
            ListType::Map => {
                let names: Vec<_> = ty.list_keys().collect();
                if let Some((first, second, item)) = repeated(view, |a, b| same_item(a, b, &names)) {
                    let said = names.iter().filter_map(|key| item.get_key(*key)).map(|value| format!("{} {}", value.key(), text(value)));
                    let keys = said.collect::<Vec<_>>().join(", ");
                    self.inside(item, Some(second), |walk| walk.wrong(item, Problem::DuplicateListKey { keys, first }));
                }
                let keys = view.children().flat_map(|item| names.iter().filter_map(move |key| item.get_key(*key)));
                let firsts = keys.map(|key| (self.distance(key), First::of(key))).collect();
                self.place(view, Look::Items(names, firsts));
            }
        }
    }
}

fn unknown_field(shape: ShapeId, child: View<'_>) -> Problem {
    let minors = if child.key_id().is_foreign() { Vec::new() } else { shape.minors_with(child.key_id()).collect() };
    let suggestion = if minors.is_empty() { nearest(child.key(), shape.fields().filter_map(|field| field.key.known())) } else { None };
    Problem::UnknownField { name: child.key().to_owned(), shape: shape.name(), suggestion, minors }
}

fn fits(kind: Kind, value: Value<'_>) -> bool {
    match kind {
        Kind::Any => true,
        Kind::String => matches!(value, Value::Str(_)),
        Kind::Int => matches!(value, Value::Int(_)),
        Kind::Number => matches!(value, Value::Int(_) | Value::Float(_)),
        Kind::Bool => matches!(value, Value::Bool(_)),
        Kind::Object | Kind::Map | Kind::Free => matches!(value, Value::Map(_)),
        Kind::List => matches!(value, Value::Seq(_)),
        Kind::IntOrString => matches!(value, Value::Int(_) | Value::Str(_)),
        Kind::Quantity => matches!(value, Value::Int(_) | Value::Float(_) | Value::Str(_)),
    }
}

fn phrase(kind: Kind) -> &'static str {
    match kind {
        Kind::Any => "any value",
        Kind::String => "text",
        Kind::Int => "a whole number",
        Kind::Number => "a number",
        Kind::Bool => "true or false",
        Kind::Object | Kind::Map | Kind::Free => "a map",
        Kind::List => "a list",
        Kind::IntOrString => "a whole number or text",
        Kind::Quantity => "an amount",
    }
}

fn found(value: Value<'_>) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Int(_) => "a whole number",
        Value::Float(_) => "a number with a fraction",
        Value::Str(_) => "text",
        Value::Seq(_) => "a list",
        Value::Map(_) => "a map",
    }
}

fn text(view: View<'_>) -> String {
    match view.value() {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Str(value) => value.to_owned(),
        Value::Seq(_) | Value::Map(_) => found(view.value()).to_owned(),
    }
}

#[cfg(test)]
mod tests;
