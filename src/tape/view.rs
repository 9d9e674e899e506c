//! Reading a tape: what the proofs, the diff and the writers see.

use super::{Key, Origin, Tag, Tape, key};

/// A node of a tape. Small and free to copy.
///
/// Two views are equal when what they hold is: kinds, keys, values and order, not where they lie, came from, or are themselves called.
#[derive(Clone, Copy)]
pub struct View<'t> {
    tape: &'t Tape,
    at: u32,
}

/// What a node holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'t> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A finite number with a fraction.
    Float(f64),
    /// Text.
    Str(&'t str),
    /// A list.
    Seq(Children<'t>),
    /// A map.
    Map(Children<'t>),
}

/// The children of a map or list, in order.
#[derive(Clone, Copy)]
pub struct Children<'t> {
    tape: &'t Tape,
    at: u32,
    end: u32,
}

impl<'t> Iterator for Children<'t> {
    type Item = View<'t>;
    #[inline]
    fn next(&mut self) -> Option<View<'t>> {
        if self.at >= self.end {
            return None;
        }
        let view = View { tape: self.tape, at: self.at };
        self.at = self.tape.cell(self.at).next(self.at);
        Some(view)
    }
}

impl<'t> View<'t> {
    /// The node at an index of the tape.
    #[inline]
    pub(crate) fn at(tape: &'t Tape, at: u32) -> Self {
        View { tape, at }
    }
    /// The tape and the index of the cell: for the readers that walk cells themselves.
    #[inline]
    pub(crate) fn place(self) -> (&'t Tape, u32) {
        (self.tape, self.at)
    }
    /// The key under which it lies; empty in a list and for an object.
    #[inline]
    pub fn key(self) -> &'t str {
        self.tape.name(self.key_id())
    }
    /// The same as a number. A foreign key's is its tape's own.
    #[inline]
    pub fn key_id(self) -> Key {
        self.tape.cell(self.at).key()
    }
    /// Where it comes from: its own origin, or that of the nearest parent that has one. It is looked for: ask where something is to be said.
    pub fn origin(self) -> Origin {
        self.tape.origin(self.at)
    }
    /// The origin that was written with it, perhaps [`Origin::NONE`].
    pub fn own_origin(self) -> Origin {
        self.tape.own_origin(self.at)
    }
    /// What it holds.
    #[inline]
    pub fn value(self) -> Value<'t> {
        let cell = self.tape.cell(self.at);
        match cell.tag() {
            Tag::Null => Value::Null,
            Tag::Bool => Value::Bool(cell.bool()),
            Tag::Int => Value::Int(self.tape.int_of(cell)),
            Tag::Float => Value::Float(self.tape.float_of(cell)),
            Tag::Str => Value::Str(self.tape.str_of(cell)),
            Tag::Seq => Value::Seq(self.children()),
            Tag::Map => Value::Map(self.children()),
        }
    }
    /// The children of a map or list; none of a scalar.
    #[inline]
    pub fn children(self) -> Children<'t> {
        let cell = self.tape.cell(self.at);
        Children { tape: self.tape, at: self.at + 1, end: cell.next(self.at) }
    }
    /// The child of a map by its key.
    #[inline]
    pub fn get_key(self, key: Key) -> Option<View<'t>> {
        if self.is_map() { self.children().find(|child| child.key_id() == key) } else { None }
    }
    /// The descendant of maps at the end of a path of keys.
    #[inline]
    pub fn follow(self, path: &[Key]) -> Option<View<'t>> {
        path.iter().try_fold(self, |view, key| view.get_key(*key))
    }
    /// The child of a map by its name, or of a list by its number from 0.
    pub fn get(self, name: &str) -> Option<View<'t>> {
        match self.value() {
            Value::Map(mut children) => match key::find(name) {
                Some(key) => children.find(|child| child.key_id() == key),
                None => children.find(|child| child.key_id().is_foreign() && child.key() == name),
            },
            Value::Seq(mut children) => children.nth(name.parse().ok()?),
            _ => None,
        }
    }
    /// The child of a map under the same name as another view lies under, perhaps of another tape.
    #[inline]
    pub fn get_like(self, other: View<'_>) -> Option<View<'t>> {
        if other.key_id().is_foreign() { self.get(other.key()) } else { self.get_key(other.key_id()) }
    }
    /// The descendant at the end of a path of names and numbers.
    pub fn path(self, path: &[&str]) -> Option<View<'t>> {
        path.iter().try_fold(self, |view, name| view.get(name))
    }
    /// The text, if it is a string.
    #[inline]
    pub fn str(self) -> Option<&'t str> {
        if let Value::Str(value) = self.value() { Some(value) } else { None }
    }
    /// The number, if it is a whole one.
    #[inline]
    pub fn int(self) -> Option<i64> {
        if let Value::Int(value) = self.value() { Some(value) } else { None }
    }
    /// The number, if it is one: whole or with a fraction.
    pub fn float(self) -> Option<f64> {
        match self.value() {
            Value::Int(value) => Some(value as f64),
            Value::Float(value) => Some(value),
            _ => None,
        }
    }
    /// The truth value, if it is one.
    #[inline]
    pub fn bool(self) -> Option<bool> {
        if let Value::Bool(value) = self.value() { Some(value) } else { None }
    }
    /// Is it a map?
    #[inline]
    pub fn is_map(self) -> bool {
        self.tape.cell(self.at).tag() == Tag::Map
    }
    /// Is it a list?
    #[inline]
    pub fn is_seq(self) -> bool {
        self.tape.cell(self.at).tag() == Tag::Seq
    }
}

impl PartialEq for View<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.value() == other.value()
    }
}
impl PartialEq for Children<'_> {
    fn eq(&self, other: &Self) -> bool {
        let (mut a, mut b) = (*self, *other);
        loop {
            match (a.next(), b.next()) {
                (None, None) => return true,
                (Some(a), Some(b)) if a.key() == b.key() && a == b => {}
                _ => return false,
            }
        }
    }
}
impl std::fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.value().fmt(f)
    }
}
impl std::fmt::Debug for Children<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.map(|child| (child.key(), child))).finish()
    }
}
