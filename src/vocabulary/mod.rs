//! What blocks and attributes exist. One declaration (see [`blocks`]) gives the checker its names and types, the plan its structs and
//! their decoder, and `bayplan docs` the reference page.

pub mod allowances;
pub mod blocks;
pub mod examples;
pub mod functions;
pub mod reference;
pub mod types;
pub mod value;
pub mod words;

use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::marker::PhantomData;
use std::sync::OnceLock;
pub use types::Type;
use value::{At, Node, Str, Text, Value};

/// A block: its name, its documentation and what may stand in it.
#[derive(Debug)]
pub struct BlockInfo {
    /// As written: `tier`.
    pub name: &'static str,
    /// Markdown.
    pub doc: &'static str,
    /// Must it, may it, can it not have a label?
    pub label: LabelRule,
    /// What may stand in it.
    pub members: &'static [Member],
    /// Which of the members: those whose [`Member::kinds`] has one of these bits.
    pub kind: u8,
    /// They by their names.
    pub index: MemberIndex,
}

/// The members of a block by their names, made when the first is looked for: a large program asks a hundred thousand times.
#[derive(Debug, Default)]
pub struct MemberIndex(OnceLock<FxHashMap<String, Vec<Named>>>);

impl MemberIndex {
    /// Empty; used by the `block!` macro.
    pub const fn new() -> Self {
        MemberIndex(OnceLock::new())
    }
}

/// A member of a block, found by its name.
#[derive(Debug)]
pub struct Named {
    /// Its number in the block.
    pub number: u16,
    /// It.
    pub member: &'static Member,
    ty: OnceLock<Option<Type>>,
}

impl Named {
    /// The type of an attribute, labelled or not.
    pub fn ty(&self) -> Option<&Type> {
        let ty = self.ty.get_or_init(|| match self.member.form {
            Form::Attribute(ty) | Form::Labelled(ty) => Some(ty()),
            _ => None,
        });
        ty.as_ref()
    }
}

/// May a block have a label, and what is it?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LabelRule {
    /// None.
    None,
    /// A name that becomes (part of) an object's name: a DNS label.
    Name,
    /// Free text.
    Text,
}

/// An attribute, labelled attribute or block that may stand in a block.
#[derive(Debug)]
pub struct Member {
    /// With `_` where the language writes `-`.
    field: &'static str,
    /// Markdown; the lines of the declaration.
    pub doc: &'static str,
    /// What is taken where nothing is said, as it would be written, or in words.
    pub default: Option<&'static str>,
    /// Its form.
    pub form: Form,
    /// In which of the blocks that share this list it exists.
    pub kinds: u8,
}

/// The forms of members.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// `name = value`.
    Attribute(fn() -> Type),
    /// `name LABEL = value`, any number, each label once.
    Labelled(fn() -> Type),
    /// `name { … }`, once.
    Single(fn() -> &'static BlockInfo),
    /// `name LABEL { … }`, any number, each label once.
    Many(fn() -> &'static BlockInfo),
    /// `name VARIANT { … }`, one of these, once; another replaces it.
    OneOf(&'static [fn() -> &'static BlockInfo]),
}

impl Member {
    /// A member; used by the `block!` macro.
    pub const fn new(field: &'static str, doc: &'static str, default: Option<&'static str>, form: Form, kinds: u8) -> Self {
        // A field that Rust has as a keyword is written `r#…` there.
        let field = match field.as_bytes() {
            [b'r', b'#', ..] => field.split_at(2).1,
            _ => field,
        };
        Member { field, doc, default, form, kinds }
    }
    /// Its name as written.
    pub fn name(&self) -> String {
        self.field.replace('_', "-")
    }
    /// Is this its name, as a program writes it?
    #[inline]
    pub fn is(&self, name: &str) -> bool {
        let (field, name) = (self.field.as_bytes(), name.as_bytes());
        field.len() == name.len() && field.iter().zip(name).all(|(f, n)| if *f == b'_' { *n == b'-' } else { f == n })
    }
}

impl BlockInfo {
    /// The attribute that a value in the header sets, `slo availability = 99.9% { … }`, and its type.
    pub fn headed(&self) -> Option<(u16, Type)> {
        let name = match self.name {
            "slo" => "objective",
            _ => return None,
        };
        self.named(name).find_map(|(number, m)| if let Form::Attribute(ty) = m.form { Some((number, ty())) } else { None })
    }
    /// Its members, with their numbers.
    pub fn members(&self) -> impl Iterator<Item = (u16, &'static Member)> {
        let kind = self.kind;
        self.members.iter().enumerate().filter(move |(_, m)| m.kinds & kind != 0).map(|(i, m)| (i as u16, m))
    }
    /// The members of this name (an attribute and a block may share one), each with its type, which is made once.
    pub fn find(&'static self, name: &str) -> &'static [Named] {
        let index = self.index.0.get_or_init(|| {
            let mut index: FxHashMap<String, Vec<Named>> = FxHashMap::default();
            for (number, member) in self.members() {
                index.entry(member.name()).or_default().push(Named { number, member, ty: OnceLock::new() });
            }
            index
        });
        index.get(name).map_or(&[], Vec::as_slice)
    }
    /// The members of this name.
    pub fn named(&self, name: &str) -> impl Iterator<Item = (u16, &'static Member)> {
        self.members().filter(move |(_, m)| m.is(name))
    }
}

/// A block's Rust struct.
pub trait Block: Sized {
    /// The block.
    fn info() -> &'static BlockInfo;
    /// Reads a node of it.
    fn decode(node: &Node) -> Self;
}

/// The Rust type of a member's field.
pub trait Field: Sized {
    /// The form it stands for.
    const FORM: Form;
    /// What it is where a node says nothing of it.
    fn absent() -> Self;
    /// Reads the member of this number.
    fn decode(node: &Node, member: u16) -> Self;
}

/// A Rust type that is also a type of the language.
pub trait Typed: Sized {
    /// The type.
    fn ty() -> Type;
    /// The value of that type; `None` for a value of another, which the checker has refused already.
    fn read(value: &Value) -> Option<Self>;
}

impl<T: Typed> Field for Option<At<T>> {
    const FORM: Form = Form::Attribute(T::ty);
    fn absent() -> Self {
        None
    }
    fn decode(node: &Node, member: u16) -> Self {
        let v = node.attribute(member)?;
        Some(At::new(T::read(&v.value)?, v.origin))
    }
}

/// Labelled attributes, in order.
#[derive(Debug)]
pub struct Labelled<T>(pub Vec<(At<Str>, At<T>)>);

impl<T> Labelled<T> {
    /// In order.
    pub fn iter(&self) -> std::slice::Iter<'_, (At<Str>, At<T>)> {
        self.0.iter()
    }
}

impl<T: Typed> Field for Labelled<T> {
    const FORM: Form = Form::Labelled(T::ty);
    fn absent() -> Self {
        Labelled(Vec::new())
    }
    fn decode(node: &Node, member: u16) -> Self {
        let read = |(m, _, l, v): &(u16, _, At<Str>, At<Value>)| {
            (*m == member).then(|| T::read(&v.value)).flatten().map(|t| (l.clone(), At::new(t, v.origin)))
        };
        let mut all = Vec::with_capacity(node.labelled.iter().filter(|(m, ..)| *m == member).count());
        all.extend(node.labelled.iter().filter_map(read));
        Labelled(all)
    }
}

impl<B: Block> Field for Option<Box<B>> {
    const FORM: Form = Form::Single(B::info);
    fn absent() -> Self {
        None
    }
    fn decode(node: &Node, member: u16) -> Self {
        node.children.iter().find(|(m, _)| *m == member).map(|(_, n)| Box::new(B::decode(n)))
    }
}

impl<B: Block> Field for Vec<B> {
    const FORM: Form = Form::Many(B::info);
    fn absent() -> Self {
        Vec::new()
    }
    fn decode(node: &Node, member: u16) -> Self {
        node.children.iter().filter(|(m, _)| *m == member).map(|(_, n)| B::decode(n)).collect()
    }
}

/// A member that is not read with its block: whoever wants it reads its nodes one by one.
#[derive(Debug)]
pub struct Apart<F>(PhantomData<F>);

impl<F: Field> Field for Apart<F> {
    const FORM: Form = F::FORM;
    fn absent() -> Self {
        Apart(PhantomData)
    }
    fn decode(_: &Node, _: u16) -> Self {
        Apart(PhantomData)
    }
}

/// One parameter of a variant.
#[derive(Debug)]
pub struct ParamInfo {
    field: &'static str,
    /// Its type; of one argument, where it takes several.
    pub ty: fn() -> Type,
    /// Must it be given?
    pub required: bool,
    /// Does it take all arguments without a name that are left?
    pub variadic: bool,
}

impl ParamInfo {
    /// A parameter; used by the `variants!` macro.
    pub const fn new(field: &'static str, ty: fn() -> Type, required: bool, variadic: bool) -> Self {
        ParamInfo { field, ty, required, variadic }
    }
    /// Its name as written.
    pub fn name(&self) -> Cow<'static, str> {
        let field = self.field.trim_start_matches("r#");
        if field.contains('_') { field.replace('_', "-").into() } else { field.into() }
    }
}

/// A closed set of words and calls.
#[derive(Debug)]
pub struct Variants {
    /// The name of the type.
    pub name: &'static str,
    /// Markdown.
    pub doc: &'static str,
    /// In the order of the declaration.
    pub list: &'static [VariantInfo],
}

/// A word or call of a set.
#[derive(Debug)]
pub struct VariantInfo {
    /// As written, with dots where it has some: `pod.name`.
    pub name: &'static str,
    /// Markdown.
    pub doc: &'static str,
    /// Its parameters; a bare word where none is required.
    pub params: &'static [ParamInfo],
}

/// The Rust type of a variant's parameter.
pub trait Parameter: Sized {
    /// As in [`ParamInfo`].
    const REQUIRED: bool;
    /// As in [`ParamInfo`].
    const VARIADIC: bool;
    /// The type of an argument.
    fn ty() -> Type;
    /// Reads the argument.
    fn read(argument: Option<&At<Value>>) -> Option<Self>;
}

impl<T: Typed> Parameter for At<T> {
    const REQUIRED: bool = true;
    const VARIADIC: bool = false;
    fn ty() -> Type {
        T::ty()
    }
    fn read(argument: Option<&At<Value>>) -> Option<Self> {
        argument.and_then(|a| Some(At::new(T::read(&a.value)?, a.origin)))
    }
}

impl<T: Typed> Parameter for Option<At<T>> {
    const REQUIRED: bool = false;
    const VARIADIC: bool = false;
    fn ty() -> Type {
        T::ty()
    }
    fn read(argument: Option<&At<Value>>) -> Option<Self> {
        match argument {
            Some(a) => Some(Some(At::new(T::read(&a.value)?, a.origin))),
            None => Some(None),
        }
    }
}

impl<T: Typed> Parameter for Vec<At<T>> {
    const REQUIRED: bool = true;
    const VARIADIC: bool = true;
    fn ty() -> Type {
        T::ty()
    }
    fn read(argument: Option<&At<Value>>) -> Option<Self> {
        match &argument?.value {
            Value::List(l) => l.iter().map(|v| Some(At::new(T::read(&v.value)?, v.origin))).collect(),
            _ => None,
        }
    }
}

macro_rules! block {
    ($(#[doc = $doc:literal])* pub struct $Name:ident $name:literal $label:ident {
        $($(#[doc = $fdoc:literal])* $([$kinds:expr])? $field:ident $(as $fname:ident)? : $ty:ty $(= $default:literal)?,)*
    }) => {
        $crate::vocabulary::block! { $(#[doc = $doc])* pub struct $Name { $name $label 255 => own, } {
            $($(#[doc = $fdoc])* $([$kinds])? $field $(as $fname)? : $ty $(= $default)?,)*
        } }
    };
    ($(#[doc = $doc:literal])* pub struct $Name:ident { $($name:literal $label:ident $kind:literal => $info:ident $($idoc:literal)?,)* } {
        $($(#[doc = $fdoc:literal])* $([$kinds:expr])? $field:ident $(as $fname:ident)? : $ty:ty $(= $default:literal)?,)*
    }) => {
        $(#[doc = $doc])*
        #[derive(Debug)]
        pub struct $Name {
            /// Its header.
            pub origin: $crate::tape::Origin,
            /// Its label.
            pub label: Option<At<Str>>,
            $($(#[doc = $fdoc])* pub $field: $ty,)*
        }
        impl $Name {
            const DOC: &'static str = concat!($($doc, "\n",)* "");
            const MEMBERS: &'static [$crate::vocabulary::Member] = &[$($crate::vocabulary::Member::new(
                $crate::vocabulary::first!($($fname)? $field), concat!($($fdoc, "\n",)* ""), $crate::vocabulary::default!($($default)?),
                <$ty as $crate::vocabulary::Field>::FORM, $crate::vocabulary::kinds!($($kinds)?),
            ),)*];
            $(#[allow(missing_docs)] pub fn $info() -> &'static $crate::vocabulary::BlockInfo {
                static INFO: $crate::vocabulary::BlockInfo = $crate::vocabulary::BlockInfo {
                    name: $name, doc: $crate::vocabulary::own_doc!($Name::DOC, $($idoc)?), label: $crate::vocabulary::LabelRule::$label, members: $Name::MEMBERS, kind: $kind,
                    index: $crate::vocabulary::MemberIndex::new(),
                };
                &INFO
            })*
        }
        impl $crate::vocabulary::Block for $Name {
            fn info() -> &'static $crate::vocabulary::BlockInfo {
                $crate::vocabulary::first_of!($(Self::$info)*)()
            }
            #[allow(unused_assignments, unused_mut, unused_variables)]
            fn decode(node: &$crate::vocabulary::value::Node) -> Self {
                let (said, mut member) = (node.said(), 0u16);
                $(let $field = if said.has(member) {
                    <$ty as $crate::vocabulary::Field>::decode(node, member)
                } else {
                    <$ty as $crate::vocabulary::Field>::absent()
                };
                member += 1;)*
                $Name { origin: node.origin, label: node.label.clone(), $($field,)* }
            }
        }
    };
}
macro_rules! first {
    ($a:ident $b:ident) => {
        stringify!($a)
    };
    ($a:ident) => {
        stringify!($a)
    };
}
macro_rules! first_of {
    (Self::$a:ident $(Self::$b:ident)*) => {
        Self::$a
    };
}
macro_rules! default {
    () => {
        None
    };
    ($d:literal) => {
        Some($d)
    };
}
macro_rules! kinds {
    () => {
        255
    };
    ($k:expr) => {
        $k
    };
}
macro_rules! own_doc {
    ($doc:expr,) => {
        $doc
    };
    ($doc:expr, $own:literal) => {
        $own
    };
}
macro_rules! variants {
    ($(#[doc = $doc:literal])* pub enum $Name:ident $name:literal {
        $($(#[doc = $vdoc:literal])* $Variant:ident $vname:literal $({ $($param:ident : $ty:ty),* $(,)? })?,)*
    }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $Name {
            $($(#[doc = $vdoc])* $Variant $({ $(#[allow(missing_docs)] $param: $ty,)* })?,)*
        }
        impl $Name {
            #[allow(missing_docs)]
            pub const SET: &'static $crate::vocabulary::Variants = {
                static SET: $crate::vocabulary::Variants = $crate::vocabulary::Variants {
                    name: $name,
                    doc: concat!($($doc, "\n",)* ""),
                    list: &[$($crate::vocabulary::VariantInfo {
                        name: $vname,
                        doc: concat!($($vdoc, "\n",)* ""),
                        params: &[$($($crate::vocabulary::ParamInfo::new(
                            stringify!($param), <$ty as $crate::vocabulary::Parameter>::ty,
                            <$ty as $crate::vocabulary::Parameter>::REQUIRED, <$ty as $crate::vocabulary::Parameter>::VARIADIC,
                        ),)*)?],
                    },)*],
                };
                &SET
            };
            /// As a program writes it.
            pub fn word(&self) -> &'static str {
                match self { $($Name::$Variant { .. } => $vname,)* }
            }
        }
        impl $crate::vocabulary::Typed for $Name {
            fn ty() -> $crate::vocabulary::Type { $crate::vocabulary::Type::Variants(Self::SET) }
            #[allow(unused_variables, unused_mut, unused_assignments)]
            fn read(value: &$crate::vocabulary::value::Value) -> Option<Self> {
                use $crate::vocabulary::value::{At, Value};
                let (set, index, arguments): (_, u16, &[Option<At<Value>>]) = match value {
                    Value::Word(set, index) => (*set, *index, &[]),
                    Value::Variant(v) => (v.set, v.index, &v.arguments),
                    _ => return None,
                };
                if !std::ptr::eq(set, Self::SET) {
                    return None;
                }
                let mut number = 0u16;
                $(
                    if index == number {
                        let mut argument = 0usize;
                        $($(let $param = <$ty as $crate::vocabulary::Parameter>::read(arguments.get(argument).and_then(Option::as_ref))?; argument += 1;)*)?
                        return Some($Name::$Variant $({ $($param,)* })?);
                    }
                    number += 1;
                )*
                None
            }
        }
    };
}
macro_rules! union {
    ($(#[doc = $doc:literal])* pub enum $Name:ident { $($(#[doc = $vdoc:literal])* $Variant:ident($ty:ty),)* }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $Name { $($(#[doc = $vdoc])* $Variant($ty),)* }
        impl $crate::vocabulary::Typed for $Name {
            fn ty() -> $crate::vocabulary::Type { $crate::vocabulary::Type::Union(vec![$(<$ty as $crate::vocabulary::Typed>::ty(),)*]) }
            fn read(value: &$crate::vocabulary::value::Value) -> Option<Self> {
                $(if let Some(v) = <$ty as $crate::vocabulary::Typed>::read(value) { return Some($Name::$Variant(v)); })*
                None
            }
        }
    };
}
pub(crate) use {block, default, first, first_of, kinds, own_doc, union, variants};

macro_rules! scalar {
    ($($ty:ty => $t:ident, $v:ident;)*) => { $(impl Typed for $ty {
        fn ty() -> Type { Type::$t }
        fn read(value: &Value) -> Option<Self> { if let Value::$v(v) = value { Some(v.clone()) } else { None } }
    })* };
}
scalar! {
    bool => Bool, Bool;
    Text => String, Text;
    crate::units::Percent => Percent, Percent;
    crate::units::Cpu => Cpu, Cpu;
    crate::units::Bytes => Bytes, Bytes;
    crate::units::Quantity => Quantity, Quantity;
    crate::units::Duration => Duration, Duration;
    crate::units::Version => Version, Version;
    value::PortRef => Port, Port;
    value::TierRef => Tier, Tier;
}

impl Typed for i64 {
    fn ty() -> Type {
        Type::Int
    }
    fn read(value: &Value) -> Option<Self> {
        value.as_int()
    }
}

impl Typed for Str {
    fn ty() -> Type {
        Type::String
    }
    fn read(value: &Value) -> Option<Self> {
        if let Value::Text(t) = value { Some(t.text.clone()) } else { None }
    }
}

impl Typed for crate::units::Rate {
    fn ty() -> Type {
        Type::Rate
    }
    fn read(value: &Value) -> Option<Self> {
        if let Value::Rate(r) = value { Some(**r) } else { None }
    }
}

macro_rules! checked_string {
    ($($ty:ident)*) => { $(impl Typed for crate::units::$ty {
        fn ty() -> Type { Type::$ty }
        fn read(value: &Value) -> Option<Self> { crate::units::$ty::parse(value.as_str()?).ok() }
    })* };
}
checked_string! { Image Host Path Cidr Cron PromQl }

impl<T: Typed> Typed for Vec<At<T>> {
    fn ty() -> Type {
        Type::List(Box::new(T::ty()))
    }
    fn read(value: &Value) -> Option<Self> {
        let Value::List(l) = value else { return None };
        l.iter().map(|v| Some(At::new(T::read(&v.value)?, v.origin))).collect()
    }
}

/// A map from names to values, in the order written.
#[derive(Clone, Debug, PartialEq)]
pub struct Map<T>(pub Vec<(At<Str>, At<T>)>);

impl<T: Typed> Typed for Map<T> {
    fn ty() -> Type {
        Type::Map(Box::new(T::ty()))
    }
    fn read(value: &Value) -> Option<Self> {
        let Value::Map(m) = value else { return None };
        m.iter().map(|(k, v)| Some((k.clone(), At::new(T::read(&v.value)?, v.origin)))).collect::<Option<_>>().map(Map)
    }
}

/// An inclusive range.
#[derive(Clone, Debug, PartialEq)]
pub struct Range<T> {
    /// Its lower end.
    pub min: At<T>,
    /// Its upper end.
    pub max: At<T>,
}

impl<T: Typed> Typed for Range<T> {
    fn ty() -> Type {
        Type::Range(Box::new(T::ty()))
    }
    fn read(value: &Value) -> Option<Self> {
        let Value::Range(r) = value else { return None };
        Some(Range { min: At::new(T::read(&r.0.value)?, r.0.origin), max: At::new(T::read(&r.1.value)?, r.1.origin) })
    }
}

/// A port of the same tier, by its name, or any port by its number.
#[derive(Clone, Debug, PartialEq)]
pub enum OwnPort {
    /// A declared port.
    Name(Str),
    /// A number.
    Number(i64),
}

impl Typed for OwnPort {
    fn ty() -> Type {
        Type::OwnPort
    }
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Declared(name) => Some(OwnPort::Name(name.clone())),
            Value::Int(i, _) => Some(OwnPort::Number(*i)),
            _ => None,
        }
    }
}

/// A Secret or ConfigMap: declared in the program by a bare name, or outside it by a string.
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
    /// A `secret` or `config` of the program.
    Declared(Str),
    /// One that is assumed to exist.
    External(Str),
}

impl Object {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Declared(name) => Some(Object::Declared(name.clone())),
            Value::Text(t) => Some(Object::External(t.text.clone())),
            _ => None,
        }
    }
}

/// A Secret.
#[derive(Clone, Debug, PartialEq)]
pub struct SecretObject(pub Object);
/// A ConfigMap.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigObject(pub Object);

impl Typed for SecretObject {
    fn ty() -> Type {
        Type::Secret
    }
    fn read(value: &Value) -> Option<Self> {
        Object::of(value).map(SecretObject)
    }
}
impl Typed for ConfigObject {
    fn ty() -> Type {
        Type::Config
    }
    fn read(value: &Value) -> Option<Self> {
        Object::of(value).map(ConfigObject)
    }
}

/// A volume that the app declares.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeObject(pub Str);

impl Typed for VolumeObject {
    fn ty() -> Type {
        Type::SharedVolume
    }
    fn read(value: &Value) -> Option<Self> {
        if let Value::Declared(name) = value { Some(VolumeObject(name.clone())) } else { None }
    }
}

/// A `verify` of the same rollout.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifyName(pub Str);

impl Typed for VerifyName {
    fn ty() -> Type {
        Type::Verify
    }
    fn read(value: &Value) -> Option<Self> {
        if let Value::Declared(name) = value { Some(VerifyName(name.clone())) } else { None }
    }
}

impl Typed for crate::units::Decimal {
    fn ty() -> Type {
        Type::Float
    }
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Float(d) => Some(*d),
            Value::Int(i, _) => Some(crate::units::Decimal::from(*i)),
            _ => None,
        }
    }
}

/// A value of any type that a template or another file can hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Anything(pub Value);

impl Typed for Anything {
    fn ty() -> Type {
        Type::Any
    }
    fn read(value: &Value) -> Option<Self> {
        (!matches!(value, Value::Poison)).then(|| Anything(value.clone()))
    }
}
