//! The syntax tree: what was written, with places, before any name has a meaning. Names are slices of the source.
//!
//! A large program has a hundred thousand of its nodes, and to touch memory for the first time takes longer than to fill it: nodes are small.

use crate::source::{FileId, Span};
use std::borrow::Cow;

/// One file. A file that could not be read in full still has the entries that were understood.
#[derive(Debug)]
pub struct File<'s> {
    /// Which.
    pub id: FileId,
    /// What declares names: `use`, `input`, `let`, `type`, `fn`, `component`.
    pub declarations: Vec<Entry<'s>>,
    /// All other entries in order, those of each piece that one thread read apart: the same one checks them and frees them to its own heap.
    pub blocks: Vec<Vec<Entry<'s>>>,
}

impl<'s> File<'s> {
    /// Top-level entries, declarations first.
    pub fn entries(&self) -> impl Iterator<Item = &Entry<'s>> {
        self.declarations.iter().chain(self.blocks.iter().flatten())
    }
}

/// A name where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Name<'s> {
    /// As written.
    pub text: &'s str,
    /// Where.
    pub span: Span,
}

/// The label of a block or attribute: `tier frontend`, `expose "app.example.com"`.
#[derive(Debug)]
pub enum Label<'s> {
    /// A bare word.
    Name(Name<'s>),
    /// A string, which may hold interpolations.
    String(Text<'s>),
}

/// A string literal where it stands.
#[derive(Debug)]
pub struct Text<'s> {
    /// What it says.
    pub parts: Parts<'s>,
    /// With its quotes.
    pub span: Span,
}

/// What a string literal says, its escapes read and its common indentation removed.
#[derive(Debug)]
pub enum Parts<'s> {
    /// Characters alone, none among them.
    Literal(Cow<'s, str>),
    /// With interpolations; neighbouring literals are one part, and none is empty.
    Several(Box<[Part<'s>]>),
}

impl Parts<'_> {
    /// The characters, where there is no interpolation.
    pub fn literal(&self) -> Option<&str> {
        if let Parts::Literal(text) = self { Some(text) } else { None }
    }
}

/// A stretch of a string.
#[derive(Debug)]
pub enum Part<'s> {
    /// Characters.
    Literal(Cow<'s, str>),
    /// `${…}`.
    Interpolation(Expr<'s>),
}

/// `PATH [LABEL] ["in" NAME] ( "=" expr [body] | body )`: an attribute, a labelled attribute, a block, or a block from a component.
#[derive(Debug)]
pub struct Plain<'s> {
    /// One name; several, with `.` between them, only inside `patch` and `manifest` (`spec.template`).
    pub path: Name<'s>,
    /// Its label.
    pub label: Option<Box<Label<'s>>>,
    /// The name after `in`.
    pub within: Option<Box<Name<'s>>>,
    /// What stands after `=`.
    pub value: Option<Expr<'s>>,
    /// What stands in braces.
    pub body: Option<Box<Body<'s>>>,
}

/// `{ … }` with entries.
#[derive(Debug)]
pub struct Body<'s> {
    /// In order.
    pub entries: Vec<Entry<'s>>,
    /// With its braces.
    pub span: Span,
}

/// One entry, with its documentation comment.
#[derive(Debug)]
pub struct Entry<'s> {
    /// What it is.
    pub kind: EntryKind<'s>,
    /// The `///` lines above it, joined by line breaks.
    pub doc: Option<Box<str>>,
    /// From its first to its last character.
    pub span: Span,
}

impl EntryKind<'_> {
    /// Does it declare a name, where it stands at the top level?
    pub fn declares(&self) -> bool {
        use EntryKind as K;
        matches!(self, K::Use { .. } | K::Input { .. } | K::Let { .. } | K::Type { .. } | K::Fn { .. } | K::Component { .. })
    }
}

/// The kinds of entries. `environment`, `target`, `app` and all other blocks are [`EntryKind::Plain`], and none takes more room than that does.
#[derive(Debug)]
pub enum EntryKind<'s> {
    /// An attribute or a block.
    Plain(Plain<'s>),
    /// `add PLAIN`, in an overlay.
    Add(Plain<'s>),
    /// `remove NAME [LABEL]`, in an overlay.
    Remove { name: Name<'s>, label: Option<Label<'s>> },
    /// `use std.NAME`, `use "file.bay"`, with `as NAME`.
    Use { from: UseFrom<'s>, alias: Option<Name<'s>> },
    /// `input NAME: TYPE [= EXPR]`.
    Input { name: Name<'s>, ty: Box<Type<'s>>, default: Option<Expr<'s>> },
    /// `let NAME[: TYPE] = EXPR`.
    Let { name: Name<'s>, ty: Option<Box<Type<'s>>>, value: Expr<'s> },
    /// `type NAME = TYPE [where EXPR]`.
    Type { name: Name<'s>, ty: Box<Type<'s>>, refinement: Option<Expr<'s>> },
    /// `fn NAME(PARAMS) -> TYPE = EXPR`.
    Fn { name: Name<'s>, params: Vec<Param<'s>>, result: Box<Type<'s>>, value: Box<Expr<'s>> },
    /// `component NAME(PARAMS) -> KIND { … }`.
    Component { name: Name<'s>, params: Vec<Param<'s>>, kind: Name<'s>, body: Box<Body<'s>> },
    /// `for NAME in EXPR { … }`.
    For { name: Name<'s>, list: Expr<'s>, body: Box<Body<'s>> },
    /// `if EXPR { … } else …`.
    If { condition: Expr<'s>, then: Box<Body<'s>>, otherwise: Option<Box<Entry<'s>>>, else_body: Option<Box<Body<'s>>> },
    /// `require EXPR[, STRING]`.
    Require { condition: Expr<'s>, message: Option<Text<'s>> },
    /// `allow NAME because STRING`.
    Allow { name: Name<'s>, because: Text<'s> },
    /// `policy LABEL for KIND NAME { … }`. Parsed, not built yet.
    Policy { label: Box<Label<'s>>, kind: Box<Name<'s>>, variable: Box<Name<'s>>, body: Box<Body<'s>> },
    /// `include STRING`. Parsed, not built yet.
    Include(Text<'s>),
}

/// Where `use` takes names from.
#[derive(Debug)]
pub enum UseFrom<'s> {
    /// `std.postgres`: the names in order.
    Std(Vec<Name<'s>>),
    /// A file, relative to the one that says so.
    File(Text<'s>),
}

/// A parameter of a function or component.
#[derive(Debug)]
pub struct Param<'s> {
    /// Its name.
    pub name: Name<'s>,
    /// Its type.
    pub ty: Type<'s>,
    /// Taken where the caller gives none.
    pub default: Option<Expr<'s>>,
}

/// A type as written.
#[derive(Debug)]
pub struct Type<'s> {
    /// Its form.
    pub kind: TypeKind<'s>,
    /// Where.
    pub span: Span,
}

/// The forms of types.
#[derive(Debug)]
pub enum TypeKind<'s> {
    /// `Cpu`.
    Name(&'s str),
    /// `[T]`.
    List(Box<Type<'s>>),
    /// `{String: T}`.
    Map(Box<Type<'s>>, Box<Type<'s>>),
    /// `T..T`.
    Range(Box<Type<'s>>, Box<Type<'s>>),
    /// `T?`.
    Optional(Box<Type<'s>>),
}

/// An expression.
#[derive(Debug)]
pub struct Expr<'s> {
    /// Its form.
    pub kind: ExprKind<'s>,
    /// Where.
    pub span: Span,
}

/// The forms of expressions, each of two words at most but for strings. Precedence is already resolved.
#[derive(Debug)]
pub enum ExprKind<'s> {
    /// `100m`, `1.30`, `70%`: its text, read by the type expected.
    Number(&'s str),
    /// A string.
    Text(Parts<'s>),
    /// A bare word; `true` and `false` too.
    Name(&'s str),
    /// `a.b`.
    Field(Box<(Expr<'s>, Name<'s>)>),
    /// `a[i]`.
    Index(Box<(Expr<'s>, Expr<'s>)>),
    /// `f(x, name = y)`.
    Call(Box<(Expr<'s>, Vec<Argument<'s>>)>),
    /// `[a, b]`.
    List(Box<[Expr<'s>]>),
    /// `[for x in xs if c: e]`.
    Comprehension(Box<Comprehension<'s>>),
    /// `{ a = 1, "b" = 2 }`.
    Record(Box<[(Label<'s>, Expr<'s>)]>),
    /// `-x`.
    Negate(Box<Expr<'s>>),
    /// `not x`.
    Not(Box<Expr<'s>>),
    /// `a OP b`.
    Binary(Operator, Box<(Expr<'s>, Expr<'s>)>),
    /// `a..b`.
    Range(Box<(Expr<'s>, Expr<'s>)>),
    /// `if c then a else b`.
    If(Box<(Expr<'s>, Expr<'s>, Expr<'s>)>),
    /// `match e { p => v, … }`; a pattern is an expression without calls to functions, or `_`.
    Match(Box<(Expr<'s>, Vec<(Expr<'s>, Expr<'s>)>)>),
    /// What could not be read; a diagnostic was pushed.
    Missing,
}

/// A list made from another.
#[derive(Debug)]
pub struct Comprehension<'s> {
    /// What each item is called.
    pub name: Name<'s>,
    /// The other list.
    pub list: Expr<'s>,
    /// Which items count.
    pub condition: Option<Expr<'s>>,
    /// What comes of each.
    pub value: Expr<'s>,
}

/// One argument of a call.
#[derive(Debug)]
pub struct Argument<'s> {
    /// `name =`.
    pub name: Option<Name<'s>>,
    /// The value.
    pub value: Expr<'s>,
}

/// Binary operators but `..`, loosest first: `or`; `and`; comparisons and `in`; (`..`); `+ -`; `* /`; `of per`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operator {
    /// `or`.
    Or,
    /// `and`.
    And,
    /// `==`.
    Equal,
    /// `!=`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterEqual,
    /// `in`.
    In,
    /// `+`.
    Add,
    /// `-`.
    Subtract,
    /// `*`.
    Multiply,
    /// `/`.
    Divide,
    /// `50% of 20`.
    Of,
    /// `10% per 60s`.
    Per,
}
