//! The bundle's representation: a flat tree of 8-byte cells, written once from front to back and then only read.
//!
//! A cell is a node: what it is and under which key it lies, and a word of value. The children of a map or list follow it; its value is the
//! index after the last of them, so that a reader steps over a subtree in one addition. All strings lie in one text. What few nodes have
//! stands beside the cells: where they came from, and values that need more than a word. There are no pointers, nothing is dropped node by
//! node, and nothing can be cyclic.
//!
//! [`Tapes`] cuts what is written into tapes that are small, so that they lie where what was dropped before has lain: memory that is touched
//! for the first time was a sixth of a large program's time.
//!
//! Writing is [`Tape::root`], [`Tape::map`], [`Tape::seq`], the scalars and [`Tape::close`]; reading is [`View`].
//! A builder that closes too little or in the wrong order makes a wrong tree, never an endless one and never a panic.

mod key;
mod names;
mod tapes;
mod view;

pub(crate) use key::field;
pub use key::{Key, key};
pub(crate) use names::NAMES;
pub use tapes::Tapes;
pub use view::{Children, Value, View};

use std::fmt;
use std::ops::Range;

/// Where a node comes from: a number that the plan's table of origins explains.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Origin(pub u32);

impl Origin {
    /// The same origin as the parent's. [`View::origin`] never gives this one unless the object itself has none.
    pub const NONE: Origin = Origin(0);
}

/// What a cell holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tag {
    Null,
    Bool,
    Int,
    Float,
    Str,
    Seq,
    Map,
}

const TAG_BITS: u32 = 3;
/// Tag and key.
const SHAPE_BITS: u32 = TAG_BITS + key::BITS;
/// The largest number beside tag and key in a cell's first word.
const SMALL: u32 = u32::MAX >> SHAPE_BITS;

/// One node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    /// The tag in the low bits, the key above it, and above that what [`Cell::small`] says.
    head: u32,
    /// Bool: 0 or 1. Int: itself, or its place among the wide values. Float: its place there. Str: offset in the text, or its place there.
    /// Seq, Map: index of the cell after the last descendant.
    a: u32,
}

impl Cell {
    const NOTHING: Cell = Cell { head: 0, a: 0 };

    #[inline]
    pub(crate) fn tag(self) -> Tag {
        match self.head & ((1 << TAG_BITS) - 1) {
            0 => Tag::Null,
            1 => Tag::Bool,
            2 => Tag::Int,
            3 => Tag::Float,
            4 => Tag::Str,
            5 => Tag::Seq,
            _ => Tag::Map,
        }
    }
    /// Is it a map or a list?
    #[inline]
    pub(crate) fn has_children(self) -> bool {
        self.head & ((1 << TAG_BITS) - 1) >= Tag::Seq as u32
    }
    #[inline]
    pub(crate) fn key(self) -> Key {
        Key(self.head << (u32::BITS - SHAPE_BITS) >> (u32::BITS - key::BITS))
    }
    /// All of it in one word, with the places that it names counted from a cell of the tape.
    #[inline]
    pub(crate) fn word_from(self, start: u32) -> u64 {
        (u64::from(self.head) | u64::from(self.a) << 32).wrapping_sub(u64::from(start) << 32)
    }
    /// What of that word is the same in all trees of one shape: tag and key, and how far a map or list reaches. Any foreign key is as good as
    /// another: where one is allowed, all are.
    #[inline]
    pub(crate) fn shape_mask(self) -> u64 {
        let tag = (1 << TAG_BITS) - 1;
        let head = if self.key().is_foreign() { tag | key::FOREIGN << TAG_BITS } else { (1 << SHAPE_BITS) - 1 };
        u64::from(head) | if self.has_children() { u64::from(u32::MAX) << 32 } else { 0 }
    }
    /// Str: length in bytes, [`SMALL`] where it is wide. Int: is it wide?
    #[inline]
    fn small(self) -> u32 {
        self.head >> SHAPE_BITS
    }
    /// The value of a truth value.
    #[inline]
    pub(crate) fn bool(self) -> bool {
        self.a != 0
    }
    /// The index of the next sibling of this cell, which lies at `at`. Always past `at`, whatever the builder did.
    #[inline]
    pub(crate) fn next(self, at: u32) -> u32 {
        if self.has_children() { self.a.max(at + 1) } else { at + 1 }
    }
}

/// An open map or list, to hand to [`Tape::close`] when its last child is written.
#[must_use = "a map or list that is not closed has no children"]
#[derive(Debug)]
pub struct Mark(u32);

/// Objects, one after another: those of one app, usually.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    cells: Vec<Cell>,
    text: String,
    /// Index of a cell, and where it comes from: those that inherit are not in it. In the cells' order.
    origins: Vec<(u32, Origin)>,
    /// Values that a cell has no room for: numbers, and of long texts the offset in the low half and the length in the high one.
    wide: Vec<u64>,
    /// Keys that the table of names does not hold: offset and length in the text.
    foreign: Vec<(u32, u32)>,
    roots: Vec<u32>,
    /// What [`Tape::once`] wrote: its number, and where it lies.
    repeated: Vec<(usize, Range<usize>)>,
    full: bool,
}

impl Tape {
    /// An empty tape.
    pub fn new() -> Self {
        Tape::default()
    }
    /// Did the tape run out of numbers (4 GiB of text, 4 billion nodes)? What came after that is not on it, so nothing may be written from it.
    pub fn is_full(&self) -> bool {
        self.full
    }
    /// The number of objects.
    pub fn len(&self) -> usize {
        self.roots.len()
    }
    /// Is there no object?
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }
    /// Bytes of its cells and its text.
    pub fn bytes(&self) -> usize {
        size_of_val(self.cells.as_slice()) + self.text.len()
    }

    /// A key of any spelling: a known name by its number, another by its place in this tape's text.
    /// A foreign key means nothing on another tape.
    #[inline]
    pub fn intern(&mut self, name: &str) -> Key {
        key::find(name).unwrap_or_else(|| self.intern_foreign(name))
    }
    fn intern_foreign(&mut self, name: &str) -> Key {
        let Some(place) = self.append(name) else { return Key::NONE };
        let number = self.foreign.len();
        if number >= key::FOREIGN as usize {
            self.full = true;
            return Key::NONE;
        }
        self.foreign.push(place);
        Key(key::FOREIGN | number as u32)
    }
    /// The name of a key of this tape. Empty for [`Key::NONE`].
    #[inline]
    pub fn name(&self, key: Key) -> &str {
        key.known().unwrap_or_else(|| self.foreign.get(key.number()).map_or("", |(at, len)| self.slice(*at, *len)))
    }

    /// Starts the next object.
    #[inline]
    pub fn root(&mut self, origin: Origin) -> Mark {
        self.roots.push(self.cells.len() as u32);
        self.map(Key::NONE, origin)
    }
    /// Starts a map. In a list, `key` is [`Key::NONE`].
    #[inline]
    pub fn map(&mut self, key: Key, origin: Origin) -> Mark {
        self.open(Tag::Map, key, origin)
    }
    /// Starts a list. In a list, `key` is [`Key::NONE`].
    #[inline]
    pub fn seq(&mut self, key: Key, origin: Origin) -> Mark {
        self.open(Tag::Seq, key, origin)
    }
    /// Ends the map or list of the mark: everything written since it was opened lies inside it.
    #[inline]
    #[allow(clippy::needless_pass_by_value, reason = "a mark is spent by closing it")]
    pub fn close(&mut self, mark: Mark) {
        let end = self.cells.len() as u32;
        if let Some(cell) = self.cells.get_mut(mark.0 as usize) {
            cell.a = end;
        }
    }
    /// Writes what the closure writes; where something was written under this number before, that once more, without its text. (The labels
    /// of a tier stand in ten objects.)
    pub fn once(&mut self, number: usize, write: impl FnOnce(&mut Self)) {
        let start = self.cells.len();
        match self.repeated.iter().find(|(known, _)| *known == number) {
            Some((_, before)) if start + before.len() < u32::MAX as usize => {
                let shift = (start - before.start) as u32;
                self.cells.extend_from_within(before.clone());
                for cell in self.cells.iter_mut().skip(start).filter(|cell| cell.has_children()) {
                    cell.a += shift;
                }
                let first = self.origins.partition_point(|(at, _)| (*at as usize) < before.start);
                let own = self.origins.iter().skip(first).take_while(|(at, _)| (*at as usize) < before.end).count();
                for number in first..first + own {
                    if let Some((at, origin)) = self.origins.get(number).copied() {
                        self.origins.push((at + shift, origin));
                    }
                }
            }
            Some(_) => self.full = true,
            None => {
                write(self);
                self.repeated.push((number, start..self.cells.len()));
            }
        }
    }
    /// Writes null.
    #[inline]
    pub fn null(&mut self, key: Key, origin: Origin) {
        self.push(Tag::Null, key, origin, 0, 0);
    }
    /// Writes a boolean.
    #[inline]
    pub fn bool(&mut self, key: Key, value: bool, origin: Origin) {
        self.push(Tag::Bool, key, origin, 0, u32::from(value));
    }
    /// Writes an integer.
    #[inline]
    pub fn int(&mut self, key: Key, value: i64, origin: Origin) {
        match i32::try_from(value) {
            Ok(value) => self.push(Tag::Int, key, origin, 0, value.cast_unsigned()),
            Err(_) => self.push_wide(Tag::Int, key, origin, value.cast_unsigned()),
        }
    }
    /// Writes a number with a fraction. Neither JSON nor Kubernetes knows infinities and NaN: they become null.
    #[inline]
    pub fn float(&mut self, key: Key, value: f64, origin: Origin) {
        if !value.is_finite() {
            return self.null(key, origin);
        }
        self.push_wide(Tag::Float, key, origin, value.to_bits());
    }
    /// Writes a string.
    #[inline]
    pub fn str(&mut self, key: Key, value: &str, origin: Origin) {
        if let Some((at, len)) = self.append(value) {
            self.push_str(key, origin, at, len);
        }
    }
    /// Writes a string that is formatted in place: `tape.fmt(NAME, format_args!("{app}-{tier}"), origin)`.
    #[inline]
    pub fn fmt(&mut self, key: Key, value: fmt::Arguments<'_>, origin: Origin) {
        let at = self.text.len();
        // Writing to a String cannot fail; an error here is one of the value's own Display, and what it wrote so far stands.
        let _ = fmt::Write::write_fmt(&mut self.text, value);
        let len = self.text.len() - at;
        if self.text.len() > u32::MAX as usize {
            self.text.truncate(at);
            self.full = true;
            return;
        }
        self.push_str(key, origin, at as u32, len as u32);
    }
    /// Writes a copy of what another tape holds, under the same key names. Origins are copied; where the copy's top inherits, it gets
    /// the origin that it had where it lay.
    pub fn copy(&mut self, view: View<'_>) {
        let key = if view.key_id() == Key::NONE { Key::NONE } else { self.intern(view.key()) };
        self.copy_as(key, view);
    }
    /// As [`Tape::copy`], under another key.
    pub fn copy_as(&mut self, key: Key, view: View<'_>) {
        self.copy_node(key, view, view.origin());
    }
    /// Writes a copy of a whole object as the next object.
    pub fn copy_root(&mut self, view: View<'_>) {
        self.roots.push(self.cells.len() as u32);
        self.copy_as(Key::NONE, view);
    }
    fn copy_node(&mut self, key: Key, view: View<'_>, origin: Origin) {
        let mark = match view.value() {
            Value::Null => return self.null(key, origin),
            Value::Bool(v) => return self.bool(key, v, origin),
            Value::Int(v) => return self.int(key, v, origin),
            Value::Float(v) => return self.float(key, v, origin),
            Value::Str(v) => return self.str(key, v, origin),
            Value::Seq(_) => self.seq(key, origin),
            Value::Map(_) => self.map(key, origin),
        };
        for child in view.children() {
            let key = if child.key_id() == Key::NONE { Key::NONE } else { self.intern(child.key()) };
            self.copy_node(key, child, child.own_origin());
        }
        self.close(mark);
    }

    /// The objects, in order.
    pub fn objects(&self) -> impl Iterator<Item = View<'_>> {
        self.roots.iter().map(|at| View::at(self, *at))
    }
    /// The object of this number, from 0.
    #[inline]
    pub fn object(&self, number: usize) -> Option<View<'_>> {
        self.roots.get(number).map(|at| View::at(self, *at))
    }

    #[inline]
    fn open(&mut self, tag: Tag, key: Key, origin: Origin) -> Mark {
        let at = self.cells.len() as u32;
        self.push(tag, key, origin, 0, at + 1);
        Mark(at)
    }
    #[inline]
    fn push(&mut self, tag: Tag, key: Key, origin: Origin, small: u32, a: u32) {
        let at = self.cells.len();
        // One below the largest number, so that the index after the last cell is a number too.
        if at >= u32::MAX as usize - 1 {
            self.full = true;
            return;
        }
        if origin != Origin::NONE {
            self.origins.push((at as u32, origin));
        }
        self.cells.push(Cell { head: tag as u32 | key.0 << TAG_BITS | small << SHAPE_BITS, a });
    }
    #[inline]
    fn push_str(&mut self, key: Key, origin: Origin, at: u32, len: u32) {
        if len < SMALL {
            self.push(Tag::Str, key, origin, len, at);
        } else {
            self.push_wide(Tag::Str, key, origin, u64::from(at) | u64::from(len) << 32);
        }
    }
    /// There are as many wide values as cells, or fewer: where their number has no room, neither has the cell.
    #[cold]
    fn push_wide(&mut self, tag: Tag, key: Key, origin: Origin, value: u64) {
        let place = self.wide.len() as u32;
        self.wide.push(value);
        self.push(tag, key, origin, SMALL, place);
    }
    #[inline]
    fn append(&mut self, value: &str) -> Option<(u32, u32)> {
        let at = self.text.len();
        if at + value.len() > u32::MAX as usize {
            self.full = true;
            return None;
        }
        self.text.push_str(value);
        Some((at as u32, value.len() as u32))
    }
    #[inline]
    pub(crate) fn cell(&self, at: u32) -> Cell {
        self.cells.get(at as usize).copied().unwrap_or(Cell::NOTHING)
    }
    #[inline]
    fn wide(&self, cell: Cell) -> u64 {
        self.wide.get(cell.a as usize).copied().unwrap_or(0)
    }
    /// Offset and length of a cell's text; meaningless for what is no string.
    #[inline]
    pub(crate) fn place_of(&self, cell: Cell) -> (u32, u32) {
        if cell.small() < SMALL {
            return (cell.a, cell.small());
        }
        let wide = self.wide(cell);
        (wide as u32, (wide >> 32) as u32)
    }
    /// The text of a string.
    #[inline]
    pub(crate) fn str_of(&self, cell: Cell) -> &str {
        let (at, len) = self.place_of(cell);
        self.slice(at, len)
    }
    /// The bytes of a string: what is compared needs not be known to be text.
    #[inline]
    pub(crate) fn bytes_of(&self, cell: Cell) -> &[u8] {
        let (at, len) = self.place_of(cell);
        self.text.as_bytes().get(at as usize..at as usize + len as usize).unwrap_or(&[])
    }
    /// The value of a whole number.
    #[inline]
    pub(crate) fn int_of(&self, cell: Cell) -> i64 {
        if cell.small() == 0 { i64::from(cell.a.cast_signed()) } else { self.wide(cell).cast_signed() }
    }
    /// The value of a number with a fraction.
    #[inline]
    pub(crate) fn float_of(&self, cell: Cell) -> f64 {
        f64::from_bits(self.wide(cell))
    }
    /// The origin that was written with the cell at this index.
    fn own_origin(&self, at: u32) -> Origin {
        let found = self.origins.binary_search_by_key(&at, |(cell, _)| *cell).ok();
        found.and_then(|number| self.origins.get(number)).map_or(Origin::NONE, |(_, origin)| *origin)
    }
    /// The origin of the cell at this index, or of the nearest that holds it and has one: looked for from its object down, because it is asked
    /// for where something is wrong, and not while all is read.
    fn origin(&self, at: u32) -> Origin {
        let mut found = self.own_origin(at);
        if found != Origin::NONE {
            return found;
        }
        let after = self.roots.partition_point(|root| *root <= at);
        let mut node = after.checked_sub(1).and_then(|number| self.roots.get(number)).copied().unwrap_or(at);
        loop {
            let own = self.own_origin(node);
            if own != Origin::NONE {
                found = own;
            }
            if node >= at {
                return found;
            }
            node += 1;
            while self.cell(node).next(node) <= at {
                node = self.cell(node).next(node);
            }
        }
    }
    /// The cells of a subtree with its top.
    #[inline]
    pub(crate) fn cells(&self, from: u32, to: u32) -> &[Cell] {
        self.cells.get(from as usize..to as usize).unwrap_or(&[])
    }
    #[inline]
    pub(crate) fn slice(&self, at: u32, len: u32) -> &str {
        self.text.get(at as usize..at as usize + len as usize).unwrap_or("")
    }
    /// So many bytes of the text from here on, whatever they are; `None` near its end.
    #[inline]
    pub(crate) fn ahead<const LENGTH: usize>(&self, at: u32) -> Option<&[u8; LENGTH]> {
        self.text.as_bytes().get(at as usize..)?.first_chunk()
    }
}

/// Where an object of a bundle lies.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Place {
    /// The tape's number in the bundle.
    pub tape: u32,
    /// The object's number on the tape.
    pub object: u32,
}

/// All objects of one compilation.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    /// Those of the namespaces, that of what belongs to nothing, and one or more an app, in the apps' order.
    pub tapes: Vec<Tape>,
    /// Every object once, in the order in which they are written and applied.
    pub order: Vec<Place>,
    /// Files that are no objects of the API: what kubeadm and the API server read on a machine.
    pub files: Vec<File>,
}

/// A file of a bundle.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// The cluster that it is of.
    pub cluster: String,
    /// Its name: `kubeadm-config.yaml`.
    pub name: &'static str,
    /// Its documents, in order.
    pub documents: Tape,
}

impl Bundle {
    /// The objects in order. An object's place here is its index in a proof's report.
    pub fn objects(&self) -> impl Iterator<Item = View<'_>> {
        self.at(&self.order)
    }
    /// The objects at these places.
    pub fn at<'b>(&'b self, places: &'b [Place]) -> impl Iterator<Item = View<'b>> {
        places.iter().filter_map(|place| self.tapes.get(place.tape as usize)?.object(place.object as usize))
    }
    /// The number of objects.
    pub fn len(&self) -> usize {
        self.order.len()
    }
    /// Is there no object?
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

impl From<Vec<Tape>> for Bundle {
    /// The objects of these tapes, in the order in which they lie there.
    fn from(tapes: Vec<Tape>) -> Self {
        let places =
            |(tape, objects): (usize, &Tape)| (0..objects.len()).map(move |object| Place { tape: tape as u32, object: object as u32 });
        let order = tapes.iter().enumerate().flat_map(places).collect();
        Bundle { tapes, order, files: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that meets the unexpected must fail")]
    use super::*;

    const KIND: Key = key("kind");
    const METADATA: Key = key("metadata");
    const NAME: Key = key("name");
    const ITEMS: Key = key("items");

    fn sample() -> Tape {
        let mut t = Tape::new();
        for (i, kind) in ["Service", "Deployment"].into_iter().enumerate() {
            let root = t.root(Origin(10 + i as u32));
            t.str(KIND, kind, Origin::NONE);
            let meta = t.map(METADATA, Origin::NONE);
            t.fmt(NAME, format_args!("app-{i}"), Origin(3));
            let foreign = t.intern("example.com/größe");
            t.bool(foreign, true, Origin::NONE);
            t.close(meta);
            let items = t.seq(ITEMS, Origin(7));
            t.int(Key::NONE, i64::MIN, Origin::NONE);
            t.float(Key::NONE, 0.25, Origin(8));
            let inner = t.map(Key::NONE, Origin::NONE);
            t.null(NAME, Origin::NONE);
            t.close(inner);
            let empty = t.seq(Key::NONE, Origin::NONE);
            t.close(empty);
            t.close(items);
            t.close(root);
        }
        t
    }

    #[test]
    fn a_cell_is_eight_bytes() {
        assert_eq!(size_of::<Cell>(), 8);
    }

    #[test]
    fn what_was_written_is_read_back() {
        let t = sample();
        assert_eq!(t.len(), 2);
        let second = t.objects().nth(1).unwrap();
        assert_eq!(second.get("kind").unwrap().str(), Some("Deployment"));
        assert_eq!(second.path(&["metadata", "name"]).unwrap().str(), Some("app-1"));
        assert_eq!(second.path(&["metadata", "example.com/größe"]).unwrap().bool(), Some(true));
        assert_eq!(second.path(&["items", "0"]).unwrap().int(), Some(i64::MIN));
        assert_eq!(second.path(&["items", "1"]).unwrap().float(), Some(0.25));
        assert!(matches!(second.path(&["items", "2", "name"]).unwrap().value(), Value::Null));
        assert_eq!(second.path(&["items", "3"]).unwrap().children().count(), 0);
        assert!(second.path(&["items", "4"]).is_none());
        assert!(second.get("absent").is_none());
        assert!(second.get("kind").unwrap().get("kind").is_none());
        let keys: Vec<_> = second.children().map(View::key).collect();
        assert_eq!(keys, ["kind", "metadata", "items"]);
    }

    #[test]
    fn origins_are_inherited() {
        let t = sample();
        let first = t.objects().next().unwrap();
        let origin = |path: &[&str]| first.path(path).unwrap().origin().0;
        assert_eq!(first.origin(), Origin(10));
        assert_eq!(origin(&["kind"]), 10);
        assert_eq!(origin(&["metadata"]), 10);
        assert_eq!(origin(&["metadata", "name"]), 3);
        assert_eq!(origin(&["items", "0"]), 7);
        assert_eq!(origin(&["items", "1"]), 8);
        assert_eq!(origin(&["items", "2", "name"]), 7);
    }

    #[test]
    fn a_copy_is_equal_and_keeps_its_origins() {
        let t = sample();
        let mut copy = Tape::new();
        copy.str(NAME, "shift the text", Origin(1));
        for object in t.objects() {
            copy.copy_root(object);
        }
        for (a, b) in t.objects().zip(copy.objects()) {
            assert_eq!(a, b);
            assert_eq!(a.path(&["items", "2", "name"]).unwrap().origin(), b.path(&["items", "2", "name"]).unwrap().origin());
        }
        // A subtree whose top inherits takes the inherited origin with it.
        let root = copy.root(Origin(99));
        copy.copy(t.objects().next().unwrap().get("metadata").unwrap());
        copy.close(root);
        assert_eq!(copy.objects().last().unwrap().get("metadata").unwrap().origin(), Origin(10));
    }

    #[test]
    fn what_is_written_once_is_repeated_without_its_text() {
        let mut t = Tape::new();
        let write = |t: &mut Tape, name: &str, number| {
            let root = t.root(Origin(1));
            t.str(KIND, name, Origin::NONE);
            t.once(number, |t| {
                let meta = t.map(METADATA, Origin(2));
                let foreign = t.intern("example.com/größe");
                t.str(foreign, name, Origin(3));
                t.close(meta);
            });
            t.close(root);
            t.text.len()
        };
        let lengths = [write(&mut t, "a", 7), write(&mut t, "b", 8), write(&mut t, "c", 7)];
        assert_eq!(lengths[2] - lengths[1], 1);
        let written: Vec<_> = t.objects().map(|o| o.path(&["metadata", "example.com/größe"]).unwrap()).collect();
        assert_eq!(written.iter().map(|v| v.str().unwrap()).collect::<Vec<_>>(), ["a", "b", "a"]);
        assert_eq!(written.iter().map(|v| v.origin()).collect::<Vec<_>>(), [Origin(3); 3]);
        assert_eq!(t.objects().map(|o| o.children().count()).collect::<Vec<_>>(), [2; 3]);
    }

    #[test]
    fn values_of_every_size_are_read_back() {
        let mut t = Tape::new();
        let numbers = [0, -1, i64::from(i32::MIN), i64::from(i32::MAX) + 1, i64::from(i32::MIN) - 1, i64::MAX];
        let lengths = [0, 1, SMALL as usize - 1, SMALL as usize, SMALL as usize + 1, 70_000];
        let texts = lengths.map(|length| "x".repeat(length));
        let root = t.root(Origin(1));
        numbers.iter().for_each(|number| t.int(KIND, *number, Origin::NONE));
        texts.iter().for_each(|text| t.str(NAME, text, Origin::NONE));
        t.close(root);
        let object = t.object(0).unwrap();
        assert_eq!(object.children().filter_map(View::int).collect::<Vec<_>>(), numbers);
        assert_eq!(object.children().filter_map(View::str).collect::<Vec<_>>(), texts);
    }

    #[test]
    fn equality_reads_values_not_places() {
        let t = sample();
        let (a, b) = (t.objects().next().unwrap(), t.objects().nth(1).unwrap());
        assert_ne!(a, b);
        assert_eq!(a.get("items"), b.get("items"));
    }

    #[test]
    fn marks_closed_wrongly_end_all_the_same() {
        let mut t = Tape::new();
        let root = t.root(Origin(1));
        let lost = t.map(METADATA, Origin::NONE);
        t.str(NAME, "x", Origin::NONE);
        t.close(root);
        drop(lost);
        let keys: Vec<_> = t.objects().next().unwrap().children().map(View::key).collect();
        assert_eq!(keys, ["metadata", "name"]);
    }

    #[test]
    fn a_number_without_a_finite_value_is_null() {
        let mut t = Tape::new();
        let root = t.root(Origin(1));
        t.float(NAME, f64::NAN, Origin::NONE);
        t.close(root);
        assert!(matches!(t.objects().next().unwrap().get("name").unwrap().value(), Value::Null));
    }
}
