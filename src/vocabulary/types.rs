//! The types of the language.

use super::Variants;
use super::value::Str;
use std::fmt;
use std::sync::Arc;

/// A type.
#[derive(Clone, Debug)]
pub enum Type {
    /// Whatever is wrong already; fits everything, so that one mistake gives one message.
    Error,
    /// Any value of plain data: strings, numbers, units, lists, maps.
    Any,
    /// `true`, `false`.
    Bool,
    /// A whole number.
    Int,
    /// An exact decimal number.
    Float,
    /// A string.
    String,
    /// `70%`.
    Percent,
    /// `100m`, `2`.
    Cpu,
    /// `4Gi`.
    Bytes,
    /// Any Kubernetes quantity.
    Quantity,
    /// `5m`, `1h30m`.
    Duration,
    /// `10% per 60s`.
    Rate,
    /// `1.34`.
    Version,
    /// A container image with a tag or digest.
    Image,
    /// A DNS name.
    Host,
    /// An absolute path.
    Path,
    /// `10.0.0.0/8`.
    Cidr,
    /// `*/5 * * * *`.
    Cron,
    /// A query of Prometheus.
    PromQl,
    /// A tier, or an external.
    Tier,
    /// A port of a tier.
    Port,
    /// A port of the same tier by name, or a number.
    OwnPort,
    /// A Secret: a declared one's name, or a string.
    Secret,
    /// A ConfigMap: likewise.
    Config,
    /// A volume that the app declares, by its name.
    SharedVolume,
    /// A `verify` of the same rollout, by its name.
    Verify,
    /// `T?`.
    Optional(Box<Type>),
    /// `[T]`.
    List(Box<Type>),
    /// `{String: T}`.
    Map(Box<Type>),
    /// `T..T`.
    Range(Box<Type>),
    /// A closed set of words and calls.
    Variants(&'static Variants),
    /// `A | B`; the members are lexically disjoint.
    Union(Vec<Type>),
    /// A record literal's own type.
    Record(Arc<[(Str, Type)]>),
    /// `type Name = Base where …`.
    Refined(Arc<Refined>),
}

/// A refinement: its condition is checked where a value flows in.
#[derive(Debug)]
pub struct Refined {
    /// As declared.
    pub name: Str,
    /// What it narrows.
    pub base: Type,
    /// Its number among the program's refinements.
    pub id: usize,
}

impl PartialEq for Type {
    fn eq(&self, other: &Self) -> bool {
        use Type as T;
        match (self, other) {
            (T::Optional(a), T::Optional(b)) | (T::List(a), T::List(b)) | (T::Map(a), T::Map(b)) | (T::Range(a), T::Range(b)) => a == b,
            (T::Variants(a), T::Variants(b)) => std::ptr::eq(*a, *b),
            (T::Union(a), T::Union(b)) => a == b,
            (T::Record(a), T::Record(b)) => a == b,
            (T::Refined(a), T::Refined(b)) => a.id == b.id,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl Type {
    /// The type named so in a program, but for lists, maps and the program's own.
    pub fn named(name: &str) -> Option<Type> {
        NAMED.iter().find(|(n, _)| *n == name).map(|(_, t)| t.clone())
    }
    /// The base of refinements, through all of them.
    pub fn base(&self) -> &Type {
        match self {
            Type::Refined(r) => r.base.base(),
            t => t,
        }
    }
    /// Is it, or does it hold, the error type?
    pub fn is_error(&self) -> bool {
        match self {
            Type::Error => true,
            Type::Optional(t) | Type::List(t) | Type::Map(t) | Type::Range(t) => t.is_error(),
            _ => false,
        }
    }
    /// Is its value read from a string literal and checked?
    pub fn is_checked_string(&self) -> bool {
        matches!(self, Type::Image | Type::Host | Type::Path | Type::Cidr | Type::Cron | Type::PromQl)
    }
    /// Is it a kind of number, with a unit or without?
    pub fn is_numeric(&self) -> bool {
        matches!(
            self.base(),
            Type::Int | Type::Float | Type::Percent | Type::Cpu | Type::Bytes | Type::Quantity | Type::Duration | Type::Version
        )
    }
    /// With its article: "a Duration", "an Image".
    pub fn a(&self) -> String {
        let name = self.to_string();
        let article = if name.starts_with(['A', 'E', 'I', 'O', 'a', 'e', 'i', 'o']) { "an" } else { "a" };
        match self {
            Type::Optional(t) => t.a(),
            Type::Union(members) => {
                let all: Vec<String> = members.iter().map(Type::a).collect();
                match all.as_slice() {
                    [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
                    _ => all.concat(),
                }
            }
            Type::List(t) => format!("a list of {t}"),
            Type::Map(t) => format!("a map to {t}"),
            Type::Range(t) => format!("a range of {t}"),
            Type::Record(_) => "a record".into(),
            Type::OwnPort => "a port of this tier".into(),
            Type::Verify => "the name of a `verify`".into(),
            Type::Any => "any value".into(),
            _ => format!("{article} {name}"),
        }
    }
    /// How a value of it looks, for messages.
    pub fn example(&self) -> Option<&'static str> {
        Some(match self {
            Type::Optional(t) => return t.example(),
            Type::Union(members) => return members.iter().find_map(Type::example),
            Type::Range(t) => match t.base() {
                Type::Int => "`3..20`",
                Type::Cpu => "`100m..500m`",
                Type::Bytes => "`128Mi..512Mi`",
                Type::Duration => "`30s..5m`",
                _ => return None,
            },
            Type::List(t) => match t.base() {
                Type::String => "`[\"a\", \"b\"]`",
                Type::Path => "`[\"/var/cache\"]`",
                Type::Host => "`[\"app.example.com\"]`",
                Type::Cidr => "`[\"10.0.0.0/8\"]`",
                _ => return None,
            },
            Type::Map(t) if matches!(t.base(), Type::String) => "`{ team = \"checkout\" }`",
            Type::Bool => "`true`",
            Type::Int => "`3`",
            Type::Float => "`0.5`",
            Type::String => "`\"text\"`",
            Type::Percent => "`70%`",
            Type::Cpu => "`100m` or `2`",
            Type::Bytes => "`512Mi` or `4Gi`",
            Type::Quantity => "`100` or `1500m`",
            Type::Duration => "`30s` or `1h30m`",
            Type::Rate => "`10% per 60s`",
            Type::Version => "`1.34`",
            Type::Image => "`\"ghcr.io/acme/web:1.4.2\"`",
            Type::Host => "`\"app.example.com\"`",
            Type::Path => "`\"/health\"`",
            Type::Cidr => "`\"10.0.0.0/8\"`",
            Type::Cron => "`\"*/15 * * * *\"`",
            Type::PromQl => "`` `rate(errors_total[5m]) > 0.1` ``",
            Type::Port => "`backend.api`",
            Type::Tier => "`backend`",
            _ => return None,
        })
    }
}

/// The types that have a name of their own in a program.
pub static NAMED: &[(&str, Type)] = &[
    ("Bool", Type::Bool),
    ("Int", Type::Int),
    ("Float", Type::Float),
    ("String", Type::String),
    ("Percent", Type::Percent),
    ("Cpu", Type::Cpu),
    ("Bytes", Type::Bytes),
    ("Quantity", Type::Quantity),
    ("Duration", Type::Duration),
    ("Rate", Type::Rate),
    ("Version", Type::Version),
    ("Image", Type::Image),
    ("Host", Type::Host),
    ("Path", Type::Path),
    ("Cidr", Type::Cidr),
    ("Cron", Type::Cron),
    ("PromQL", Type::PromQl),
    ("Tier", Type::Tier),
    ("Port", Type::Port),
    ("Secret", Type::Secret),
    ("Config", Type::Config),
];

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Error => f.write_str("?"),
            Type::Any => f.write_str("Any"),
            Type::OwnPort => f.write_str("own port"),
            Type::SharedVolume => f.write_str("volume of the app"),
            Type::Verify => f.write_str("name of a verify"),
            Type::Optional(t) => write!(f, "{t}?"),
            Type::List(t) => write!(f, "[{t}]"),
            Type::Map(t) => write!(f, "{{String: {t}}}"),
            Type::Range(t) => write!(f, "{t}..{t}"),
            Type::Variants(v) => f.write_str(v.name),
            Type::Union(members) => {
                for (i, m) in members.iter().enumerate() {
                    if i > 0 {
                        f.write_str(" | ")?;
                    }
                    write!(f, "{m}")?;
                }
                Ok(())
            }
            Type::Record(fields) => {
                f.write_str("{ ")?;
                for (i, (name, t)) in fields.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{name}: {t}")?;
                }
                f.write_str(" }")
            }
            Type::Refined(r) => f.write_str(&r.name),
            t => {
                let name = NAMED.iter().find(|(_, n)| n == t).map_or("?", |(name, _)| name);
                f.write_str(name)
            }
        }
    }
}
