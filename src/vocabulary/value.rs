//! Values of the language, and the blocks they fill.

use super::{BlockInfo, Variants};
use crate::tape::Origin;
use crate::units::{Bytes, Cpu, Decimal, Duration, Percent, Quantity, Rate, Version};
use std::sync::Arc;

/// A text that is cheap to copy: up to 23 bytes lie where it does, and what is longer is shared. A constant of a component's body is read on all
/// threads, and a counter of its users would go from one processor to the other each time.
pub type Str = smol_str::SmolStr;

/// A value with the place that gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it was said; [`Origin::NONE`] is a default, which takes its parent's origin.
    pub origin: Origin,
}

impl<T> At<T> {
    /// A value from this place.
    pub fn new(value: T, origin: Origin) -> Self {
        At { value, origin }
    }
    /// A value that nobody wrote.
    pub fn default_of(value: T) -> Self {
        At { value, origin: Origin::NONE }
    }
    /// Another value from the same place.
    pub fn map<U>(&self, f: impl FnOnce(&T) -> U) -> At<U> {
        At { value: f(&self.value), origin: self.origin }
    }
}

/// A tier, or an `external`, by its place in the plan's index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TierRef {
    /// The app's number; [`TierRef::TOP`] for an external of the top level.
    pub app: u32,
    /// The tier's number in its app.
    pub tier: u32,
}

impl TierRef {
    /// The `app` of what stands at the top level.
    pub const TOP: u32 = u32::MAX;
}

/// A port of a tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortRef {
    /// Whose.
    pub tier: TierRef,
    /// The port's number in its tier's list.
    pub port: u32,
}

impl PortRef {
    /// In place of a port's number: the tier's host alone, which is no connection.
    pub const HOST: u32 = u32::MAX;
}

/// A string, and the ports it was built from: where it ends in a container, that is a connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// The characters.
    pub text: Str,
    /// The ports, each once. Few texts have any, and a slice behind a counter would take two words of every value.
    pub ports: Option<Arc<Vec<PortRef>>>,
}

impl Text {
    /// A string that carries no port.
    pub fn plain(text: impl Into<Str>) -> Self {
        Text { text: text.into(), ports: None }
    }
    /// The ports it carries.
    pub fn ports(&self) -> &[PortRef] {
        self.ports.as_deref().map_or(&[], Vec::as_slice)
    }
}

/// A value. Its type was checked; equality is by what it says, not by where.
#[derive(Clone, Debug)]
pub enum Value {
    /// An optional that is absent.
    None,
    /// Something wrong stood here; a message was pushed.
    Poison,
    /// `true`, `false`.
    Bool(bool),
    /// A whole number, and the port whose number it is.
    Int(i64, Option<PortRef>),
    /// Any exact number.
    Float(Decimal),
    /// A string, or one of the checked kinds of strings (image, host, path, CIDR, cron).
    Text(Text),
    /// A share.
    Percent(Percent),
    /// Processing power.
    Cpu(Cpu),
    /// Memory or storage.
    Bytes(Bytes),
    /// Any Kubernetes quantity.
    Quantity(Quantity),
    /// Time.
    Duration(Duration),
    /// So much per so long.
    Rate(Arc<Rate>),
    /// A version.
    Version(Version),
    /// A list.
    List(Arc<[At<Value>]>),
    /// Names and values in the order written: maps and records.
    Map(Arc<[(At<Str>, At<Value>)]>),
    /// Both ends, inclusive.
    Range(Arc<(At<Value>, At<Value>)>),
    /// A word of a closed set.
    Word(&'static Variants, u16),
    /// A variant with its arguments in the order of its parameters; a variadic one holds a list.
    Variant(Arc<Variant>),
    /// A tier.
    Tier(TierRef),
    /// A port.
    Port(PortRef),
    /// The name of a `secret` or `config` that the program declares.
    Declared(Str),
}

/// A variant with arguments.
#[derive(Debug)]
pub struct Variant {
    /// The set it is of.
    pub set: &'static Variants,
    /// Its number in the set.
    pub index: u16,
    /// As many as it has parameters.
    pub arguments: Vec<Option<At<Value>>>,
}

impl Value {
    /// A string without ports.
    pub fn text(text: impl Into<Str>) -> Self {
        Value::Text(Text::plain(text))
    }
    /// The whole number, where it is one.
    pub fn as_int(&self) -> Option<i64> {
        if let Value::Int(i, _) = self { Some(*i) } else { None }
    }
    /// The characters, where it is a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Value::Text(t) = self { Some(&t.text) } else { None }
    }
    /// The truth, where it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(b) = self { Some(*b) } else { None }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        use Value as V;
        match (self, other) {
            (V::None, V::None) => true,
            (V::Bool(a), V::Bool(b)) => a == b,
            (V::Int(a, _), V::Int(b, _)) => a == b,
            (V::Float(a), V::Float(b)) => a == b,
            (V::Text(a), V::Text(b)) => a.text == b.text,
            (V::Percent(a), V::Percent(b)) => a == b,
            (V::Cpu(a), V::Cpu(b)) => a == b,
            (V::Bytes(a), V::Bytes(b)) => a == b,
            (V::Quantity(a), V::Quantity(b)) => a == b,
            (V::Duration(a), V::Duration(b)) => a == b,
            (V::Rate(a), V::Rate(b)) => a == b,
            (V::Version(a), V::Version(b)) => a == b,
            (V::List(a), V::List(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.value == b.value),
            (V::Map(a), V::Map(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.0.value == b.0.value && a.1.value == b.1.value)
            }
            (V::Range(a), V::Range(b)) => a.0.value == b.0.value && a.1.value == b.1.value,
            (V::Word(a, i), V::Word(b, j)) => std::ptr::eq(*a, *b) && i == j,
            (V::Variant(a), V::Variant(b)) => {
                std::ptr::eq(a.set, b.set)
                    && a.index == b.index
                    && a.arguments.iter().map(|x| x.as_ref().map(|x| &x.value)).eq(b.arguments.iter().map(|x| x.as_ref().map(|x| &x.value)))
            }
            (V::Tier(a), V::Tier(b)) => a == b,
            (V::Port(a), V::Port(b)) => a == b,
            (V::Declared(a), V::Declared(b)) => a == b,
            _ => false,
        }
    }
}

/// Who gave an entry of a node: a later layer overrides an earlier one, and one layer says a thing once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Layer(u8);

impl Layer {
    /// The program itself.
    pub const OWN: Layer = Layer(128);
    /// An environment.
    pub const ENVIRONMENT: Layer = Layer(255);
    /// The layer of the component that a block of this layer comes from.
    pub fn component(self) -> Layer {
        Layer(self.0.saturating_sub(1))
    }
}

/// A block with every value known: what a decoder reads.
#[derive(Clone, Debug)]
pub struct Node {
    /// What block it is.
    pub info: &'static BlockInfo,
    /// Its label.
    pub label: Option<At<Str>>,
    /// The name after `in`.
    pub within: Option<Box<At<Str>>>,
    /// Its header, and through which component it came.
    pub origin: Origin,
    /// The layer that made it.
    pub layer: Layer,
    /// Attributes by member number.
    pub attributes: Vec<(u16, Layer, At<Value>)>,
    /// Labelled attributes by member number, in order.
    pub labelled: Vec<(u16, Layer, At<Str>, At<Value>)>,
    /// Blocks inside, by member number, in order.
    pub children: Vec<(u16, Node)>,
    /// What it allows itself: name, reason.
    pub allows: Vec<(At<Str>, Str)>,
    /// Did something inside go wrong, so that nothing is planned from it?
    pub poisoned: bool,
}

impl Node {
    /// An empty block.
    pub fn new(info: &'static BlockInfo, label: Option<At<Str>>, origin: Origin, layer: Layer) -> Self {
        Node {
            info,
            label,
            within: None,
            origin,
            layer,
            attributes: Vec::new(),
            labelled: Vec::new(),
            children: Vec::new(),
            allows: Vec::new(),
            poisoned: false,
        }
    }
    /// The value of an attribute.
    pub fn attribute(&self, member: u16) -> Option<&At<Value>> {
        self.attributes.iter().find(|(m, ..)| *m == member).map(|(.., v)| v)
    }
    /// Of which members it says anything: a block has dozens, and says something of a few.
    pub fn said(&self) -> Said {
        let attributes = self.attributes.iter().map(|(m, ..)| m).chain(self.labelled.iter().map(|(m, ..)| m));
        let members = attributes.chain(self.children.iter().map(|(m, _)| m));
        Said(members.fold(0, |all, m| all | 1u128.checked_shl(u32::from(*m)).unwrap_or(0)))
    }
    /// Is this block, or one inside it, poisoned?
    pub fn is_poisoned(&self) -> bool {
        self.poisoned || self.children.iter().any(|(_, c)| c.is_poisoned())
    }
}

/// Numbers of members, a bit each.
#[derive(Clone, Copy)]
pub struct Said(u128);

impl Said {
    /// May this one be among them? One of a number past the bits always may.
    #[inline]
    pub fn has(self, member: u16) -> bool {
        member >= 128 || self.0 >> member & 1 == 1
    }
}
