//! What the API server reads: a type for each shape of an object, a method for each field, one file an API group.
//!
//! A setter writes straight to the tape: nothing is built, nothing allocated. A misspelt field, or a value of the wrong sort, does not
//! compile. Fields come out in the order of the calls, and a field set twice is written twice: both are the schema proof's to find.
//!
//! Every setter takes a value with its origin ([`At`]), or a bare one where nobody wrote it. An absent [`Option`], an empty list and an empty
//! map are left out; where an empty map means something (`podSelector: {}`), the field is a shape of its own and is written.
//!
//! The tables below are read as: method, field, and what it holds.
//!
//! | in the table | what the setter takes |
//! |---|---|
//! | `text` `int` `bool` | a scalar |
//! | `count` | Kubernetes' IntOrString: a number or a percentage |
//! | `share` | a number up to a hundred, with a fraction where it has one |
//! | `texts` | a list of strings |
//! | `pairs` | a map from strings to strings |
//! | `{Shape}` | a closure that fills the shape |
//! | `(Shape)` | the origin of the shape, and a closure that fills it |
//! | `[Shape]` | the items, the origin of each, and a closure that fills one |

use crate::plan::model::{At, IntOrPercent, Percent, Str};
use crate::tape::{Key, Origin, Tape};

use std::fmt;

/// A string on its way into a field.
pub trait Text {
    /// Writes it, or nothing where it is absent.
    fn put(self, tape: &mut Tape, key: Key);
}
/// A whole number on its way into a field.
pub trait Int {
    /// Writes it, or nothing where it is absent.
    fn put(self, tape: &mut Tape, key: Key);
}
/// A truth value on its way into a field.
pub trait Bool {
    /// Writes it, or nothing where it is absent.
    fn put(self, tape: &mut Tape, key: Key);
}
/// A share of a hundred, on its way into a field that holds any number.
pub trait Share {
    /// Writes it, or nothing where it is absent.
    fn put(self, tape: &mut Tape, key: Key);
}
/// A number or a percentage on its way into a field.
pub trait Count {
    /// Writes it, or nothing where it is absent.
    fn put(self, tape: &mut Tape, key: Key);
}
/// An entry of a map from strings to strings.
pub trait Pair {
    /// Writes it.
    fn put(self, tape: &mut Tape);
}

/// The ways in which a value comes: how each is written.
macro_rules! values {
    ($($trait:ident for $type:ty: |$value:pat_param, $tape:ident, $key:ident| $write:expr;)*) => { $(
        impl $trait for $type {
            #[inline]
            fn put(self, $tape: &mut Tape, $key: Key) {
                let $value = self;
                $write;
            }
        }
    )* };
}
values! {
    Text for &str: |v, tape, key| tape.str(key, v, Origin::NONE);
    Text for &Str: |v, tape, key| tape.str(key, v, Origin::NONE);
    Text for &At<Str>: |v, tape, key| tape.str(key, &v.value, v.origin);
    Text for At<&str>: |v, tape, key| tape.str(key, v.value, v.origin);
    Text for fmt::Arguments<'_>: |v, tape, key| tape.fmt(key, v, Origin::NONE);
    Int for i64: |v, tape, key| tape.int(key, v, Origin::NONE);
    Int for u16: |v, tape, key| tape.int(key, i64::from(v), Origin::NONE);
    Int for &At<i64>: |v, tape, key| tape.int(key, v.value, v.origin);
    Int for &At<u16>: |v, tape, key| tape.int(key, i64::from(v.value), v.origin);
    Bool for bool: |v, tape, key| tape.bool(key, v, Origin::NONE);
    Bool for &At<bool>: |v, tape, key| tape.bool(key, v.value, v.origin);
    Share for &At<Percent>: |v, tape, key| match v.value.whole() {
        Some(whole) => tape.int(key, whole, v.origin),
        None => tape.float(key, v.value.parts_per_million() as f64 / 10_000.0, v.origin),
    };
    Count for u16: |v, tape, key| tape.int(key, i64::from(v), Origin::NONE);
    Count for &At<u16>: |v, tape, key| tape.int(key, i64::from(v.value), v.origin);
    Count for &At<IntOrPercent>: |v, tape, key| match v.value {
        IntOrPercent::Int(n) => tape.int(key, n, v.origin),
        IntOrPercent::Percent(n) => tape.fmt(key, format_args!("{n}%"), v.origin),
    };
}

/// What may be absent is then left out.
macro_rules! optional {
    ($($trait:ident)*) => { $(
        impl<T: $trait> $trait for Option<T> {
            #[inline]
            fn put(self, tape: &mut Tape, key: Key) {
                if let Some(value) = self {
                    value.put(tape, key);
                }
            }
        }
        impl<'a, T> $trait for &'a Option<T>
        where
            &'a T: $trait,
        {
            #[inline]
            fn put(self, tape: &mut Tape, key: Key) {
                if let Some(value) = self {
                    value.put(tape, key);
                }
            }
        }
    )* };
}
optional! { Text Int Bool Count Share }

impl<T: Text> Pair for (&str, T) {
    #[inline]
    fn put(self, tape: &mut Tape) {
        let key = tape.intern(self.0);
        self.1.put(tape, key);
    }
}
impl<T: Text> Pair for (Key, T) {
    #[inline]
    fn put(self, tape: &mut Tape) {
        self.1.put(tape, self.0);
    }
}
impl<'a, T> Pair for &'a (Str, T)
where
    &'a T: Text,
{
    #[inline]
    fn put(self, tape: &mut Tape) {
        (&*self.0, &self.1).put(tape);
    }
}

/// One setter: method, field, what it holds.
macro_rules! setter {
    ($method:ident $field:literal text) => {
        setter! { scalar $method $field Text }
    };
    ($method:ident $field:literal int) => {
        setter! { scalar $method $field Int }
    };
    ($method:ident $field:literal bool) => {
        setter! { scalar $method $field Bool }
    };
    ($method:ident $field:literal count) => {
        setter! { scalar $method $field Count }
    };
    ($method:ident $field:literal share) => {
        setter! { scalar $method $field Share }
    };
    (scalar $method:ident $field:literal $trait:ident) => {
        #[doc = concat!("Writes `", $field, "`; nothing where the value is absent.")]
        #[inline]
        pub fn $method(&mut self, value: impl $crate::kinds::$trait) -> &mut Self {
            const KEY: $crate::tape::Key = $crate::tape::key($field);
            value.put(self.0, KEY);
            self
        }
    };
    ($method:ident $field:literal texts) => {
        #[doc = concat!("Writes the list `", $field, "`; nothing where it is empty.")]
        #[inline]
        pub fn $method<T: $crate::kinds::Text>(&mut self, items: impl IntoIterator<Item = T>) -> &mut Self {
            const KEY: $crate::tape::Key = $crate::tape::key($field);
            let mut items = items.into_iter().peekable();
            if items.peek().is_some() {
                let list = self.0.seq(KEY, $crate::tape::Origin::NONE);
                for item in items {
                    item.put(self.0, $crate::tape::Key::NONE);
                }
                self.0.close(list);
            }
            self
        }
    };
    ($method:ident $field:literal pairs) => {
        #[doc = concat!("Writes the map `", $field, "`, in the order given; nothing where it is empty.")]
        #[inline]
        pub fn $method<P: $crate::kinds::Pair>(&mut self, pairs: impl IntoIterator<Item = P>) -> &mut Self {
            const KEY: $crate::tape::Key = $crate::tape::key($field);
            let mut pairs = pairs.into_iter().peekable();
            if pairs.peek().is_some() {
                let map = self.0.map(KEY, $crate::tape::Origin::NONE);
                for pair in pairs {
                    pair.put(self.0);
                }
                self.0.close(map);
            }
            self
        }
    };
    ($method:ident $field:literal {$shape:ident}) => {
        #[doc = concat!("Writes `", $field, "`, and in it what the closure writes.")]
        #[inline]
        pub fn $method(&mut self, write: impl FnOnce(&mut $shape<'_>)) -> &mut Self {
            const KEY: $crate::tape::Key = $crate::tape::key($field);
            let map = self.0.map(KEY, $crate::tape::Origin::NONE);
            write(&mut $shape(self.0));
            self.0.close(map);
            self
        }
    };
    ($method:ident $field:literal ($shape:ident)) => {
        #[doc = concat!("Writes `", $field, "`, which comes from `origin`, and in it what the closure writes.")]
        #[inline]
        pub fn $method(&mut self, origin: $crate::tape::Origin, write: impl FnOnce(&mut $shape<'_>)) -> &mut Self {
            const KEY: $crate::tape::Key = $crate::tape::key($field);
            let map = self.0.map(KEY, origin);
            write(&mut $shape(self.0));
            self.0.close(map);
            self
        }
    };
    ($method:ident $field:literal [$shape:ident]) => {
        #[doc = concat!("Writes the list `", $field, "`; nothing where it is empty.")]
        #[inline]
        pub fn $method<X>(
            &mut self,
            items: impl IntoIterator<Item = X>,
            origin: impl Fn(&X) -> $crate::tape::Origin,
            mut write: impl FnMut(&mut $shape<'_>, X),
        ) -> &mut Self {
            const KEY: $crate::tape::Key = $crate::tape::key($field);
            let mut items = items.into_iter().peekable();
            if items.peek().is_some() {
                let list = self.0.seq(KEY, $crate::tape::Origin::NONE);
                for item in items {
                    let map = self.0.map($crate::tape::Key::NONE, origin(&item));
                    write(&mut $shape(self.0), item);
                    self.0.close(map);
                }
                self.0.close(list);
            }
            self
        }
    };
}

/// Shapes and their fields.
macro_rules! shapes {
    ($($(#[$meta:meta])* $shape:ident { $($method:ident $field:literal $what:tt),* $(,)? })*) => { $(
        $(#[$meta])*
        pub struct $shape<'t>(pub(super) &'t mut $crate::tape::Tape);
        impl $shape<'_> {
            $(setter! { $method $field $what })*
        }
    )* };
}

/// The shapes that are whole objects: their `apiVersion` and `kind`.
macro_rules! objects {
    ($($shape:ident $api_version:literal)*) => { $(
        impl $shape<'_> {
            /// The value of `apiVersion`.
            pub const API_VERSION: &'static str = $api_version;
            /// The value of `kind`.
            pub const KIND: &'static str = stringify!($shape);
            /// Writes an object of this kind: `apiVersion`, `kind`, and what the closure writes.
            #[inline]
            pub fn write(tapes: &mut $crate::tape::Tapes, origin: $crate::tape::Origin, write: impl FnOnce(&mut $shape<'_>)) {
                const API_VERSION: $crate::tape::Key = $crate::tape::key("apiVersion");
                const KIND: $crate::tape::Key = $crate::tape::key("kind");
                let tape = tapes.tape();
                let object = tape.root(origin);
                tape.str(API_VERSION, Self::API_VERSION, $crate::tape::Origin::NONE);
                tape.str(KIND, Self::KIND, $crate::tape::Origin::NONE);
                write(&mut $shape(tape));
                tape.close(object);
            }
        }
    )* };
}

pub mod apps;
pub mod argo;
pub mod autoscaling;
pub mod batch;
pub mod cert_manager;
pub mod core;
pub mod external_secrets;
pub mod gateway;
pub mod istio;
pub mod karpenter;
pub mod keda;
pub mod meta;
pub mod monitoring;
pub mod networking;
pub mod opentelemetry;
pub mod policy;
pub mod rbac;
pub mod scheduling;
pub mod storage;
pub mod telemetry;
pub mod velero;
pub mod vpa;
