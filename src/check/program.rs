//! The checked program: names are resolved, literals are read by their types, and what was wrong is [`ExprKind::Poison`].

use crate::source::Span;
use crate::vocabulary::value::{Str, Value};
use crate::vocabulary::{BlockInfo, Type, Variants};
use std::sync::Arc;

/// Everything that was checked.
#[derive(Debug, Default)]
pub struct Program {
    /// The top level of each file of the program itself.
    pub files: Vec<Body>,
    /// Overlays.
    pub environments: Vec<Environment>,
    /// By [`ComponentId`].
    pub components: Vec<Component>,
    /// By number.
    pub functions: Vec<Function>,
    /// `let`s and `input`s of every top level, by number.
    pub globals: Vec<Global>,
    /// By [`crate::vocabulary::types::Refined::id`].
    pub refinements: Vec<Refinement>,
    /// Files of the project that `template(…)` and `file(…)` name, with the places that do.
    pub assets: Vec<(Str, Span)>,
}

/// An overlay.
#[derive(Debug)]
pub struct Environment {
    /// Its name.
    pub name: Str,
    /// The name's place.
    pub span: Span,
    /// What it says, as entries of the top level.
    pub body: Body,
}

/// A component's number.
pub type ComponentId = usize;

/// A typed template of a block.
#[derive(Debug)]
pub struct Component {
    /// Its name.
    pub name: Str,
    /// The name's place.
    pub span: Span,
    /// The block it makes.
    pub info: &'static BlockInfo,
    /// Its parameters, the first slots of its frame.
    pub params: Vec<Parameter>,
    /// What it says.
    pub body: Body,
    /// The slot of `self.name`.
    pub self_name: u16,
    /// Slots of a frame.
    pub slots: usize,
}

/// A parameter of a function or component.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: Str,
    /// Its type.
    pub ty: Type,
    /// Taken where none is given.
    pub default: Option<Arc<Expr>>,
    /// Where it stands.
    pub span: Span,
}

/// A function.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub name: Str,
    /// The first slots of its frame.
    pub params: Vec<Parameter>,
    /// What it gives.
    pub value: Expr,
    /// Slots of a frame.
    pub slots: usize,
}

/// A `let` or `input` of a top level.
#[derive(Debug)]
pub struct Global {
    /// Its name.
    pub name: Str,
    /// The name's place.
    pub span: Span,
    /// Its type.
    pub ty: Type,
    /// Can it be set from outside?
    pub input: bool,
    /// Its value, or an input's default.
    pub value: Option<Expr>,
    /// Slots of a frame.
    pub slots: usize,
}

/// The condition of a refined type; its value is slot 0.
#[derive(Debug)]
pub struct Refinement {
    /// The type's name.
    pub name: Str,
    /// What must hold.
    pub condition: Expr,
    /// Its place.
    pub span: Span,
    /// Slots of a frame.
    pub slots: usize,
}

/// The entries of a block.
#[derive(Debug, Default)]
pub struct Body {
    /// Slots of the `let`s in it, emptied before each time round a loop.
    pub lets: Vec<u16>,
    /// In order.
    pub items: Vec<Item>,
    /// Slots of a frame, for a body that starts one (a file's, an environment's).
    pub slots: usize,
}

/// How an entry of an overlay meets what is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Replaces, or merges into what has its label.
    Plain,
    /// `add`: the label must be new.
    Add,
}

/// A label: a constant, or a string with interpolations.
#[derive(Debug)]
pub struct Label {
    /// Its value.
    pub value: LabelValue,
    /// Where.
    pub span: Span,
}

/// The value of a label.
#[derive(Debug)]
pub enum LabelValue {
    /// Known.
    Const(Str),
    /// Made from others.
    Computed(Box<Expr>),
}

/// An entry.
#[derive(Debug)]
pub struct Item {
    /// Its kind.
    pub kind: ItemKind,
    /// Its place: of a block its header, of an attribute its name.
    pub span: Span,
}

/// The kinds of entries. What is rare is boxed: a large program has a hundred thousand of them, attributes nearly all.
#[derive(Debug)]
pub enum ItemKind {
    /// An attribute.
    Set { member: u16, value: Expr },
    /// A labelled attribute.
    SetLabelled(Box<LabelledItem>),
    /// A block.
    Block(Box<BlockItem>),
    /// `remove`.
    Remove { members: Box<[u16]>, label: Option<Label> },
    /// A loop; its variable's slot.
    For { slot: u16, list: Box<Expr>, body: Box<Body> },
    /// A condition.
    If { condition: Box<Expr>, then: Box<Body>, otherwise: Option<Box<Body>> },
    /// A rule that the program sets itself.
    Require { condition: Box<Expr>, message: Option<Box<Expr>> },
    /// An exception with its reason.
    Allow { name: Str, because: Str },
    /// Something wrong stood here.
    Poison,
}

/// A labelled attribute.
#[derive(Debug)]
pub struct LabelledItem {
    /// Its number in the block.
    pub member: u16,
    /// Its label.
    pub label: Label,
    /// What it is set to.
    pub value: Expr,
    /// In an overlay: new, or there already.
    pub mode: Mode,
}

/// A block with its parts.
#[derive(Debug)]
pub struct BlockItem {
    /// Its number in the parent.
    pub member: u16,
    /// What it is.
    pub info: &'static BlockInfo,
    /// Its label.
    pub label: Option<Label>,
    /// The name after `in`.
    pub within: Option<Box<(Str, Span)>>,
    /// The component that it comes from.
    pub component: Option<Box<ComponentUse>>,
    /// What stands in it.
    pub body: Body,
    /// In an overlay: new, or there already.
    pub mode: Mode,
    /// Is it one variant of several, which replaces another?
    pub variant: bool,
    /// The slot of `self.name`, in the frame around.
    pub self_name: u16,
}

/// The use of a component.
#[derive(Debug)]
pub struct ComponentUse {
    /// Which.
    pub id: ComponentId,
    /// In the order of its parameters.
    pub arguments: Vec<Option<Expr>>,
    /// Where.
    pub span: Span,
}

/// A checked expression.
#[derive(Debug)]
pub struct Expr {
    /// Its form.
    pub kind: ExprKind,
    /// Where.
    pub span: Span,
}

impl Expr {
    /// `a OP b`.
    pub fn binary(op: crate::syntax::ast::Operator, a: Expr, b: Expr, span: Span) -> Self {
        Expr { kind: ExprKind::Binary(op, Box::new(a), Box::new(b)), span }
    }
}

/// What one reads of a tier or port.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Property {
    /// A tier's name.
    Name,
    /// A tier's host.
    Host,
    /// A port's number.
    Number,
    /// `host:number`.
    Address,
    /// `http://host:number`.
    Url,
}

/// Functions of the language itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Builtin {
    /// The least of its arguments, or of a list.
    Min,
    /// The greatest.
    Max,
    /// The sum of a list.
    Sum,
    /// How many items, or characters.
    Length,
    /// A list of strings, and what stands between them.
    Join,
    /// Text in lower case.
    Lower,
    /// Text in upper case.
    Upper,
    /// Does the first text hold the second?
    Contains,
    /// Does it start so?
    StartsWith,
    /// Does it end so?
    EndsWith,
    /// The text with one part replaced by another.
    Replace,
}

/// The forms of expressions.
#[derive(Debug)]
pub enum ExprKind {
    /// A constant.
    Const(Value),
    /// A parameter or loop variable.
    Local(u16),
    /// A `let` of a block: its slot, and what fills it when it is first read.
    Let(u16, Arc<Expr>),
    /// A `let` or `input` of a top level.
    Global(usize),
    /// A string with interpolations.
    Text(Vec<TextPart>),
    /// A list.
    List(Vec<Expr>),
    /// A comprehension.
    Comprehension { slot: u16, list: Box<Expr>, condition: Option<Box<Expr>>, value: Box<Expr> },
    /// A map or record.
    Map(Vec<(Str, Span, Expr)>),
    /// A range.
    Range(Box<(Expr, Expr)>),
    /// One value for both ends of a range.
    Both(Box<Expr>),
    /// `-x`.
    Negate(Box<Expr>),
    /// `not x`.
    Not(Box<Expr>),
    /// `a OP b`.
    Binary(crate::syntax::ast::Operator, Box<Expr>, Box<Expr>),
    /// `if`.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `match`; no pattern is `_`.
    Match(Box<Expr>, Vec<(Option<Expr>, Expr)>),
    /// A call of a function.
    Call(usize, Vec<Option<Expr>>),
    /// A call of a built-in one.
    Builtin(Builtin, Vec<Expr>),
    /// A word or call of a closed set.
    Variant { set: &'static Variants, index: u16, arguments: Box<[Option<Expr>]> },
    /// A tier by its name, of this app or of another.
    Tier(Box<TierName>),
    /// A port of a tier.
    PortOf(Box<Expr>, Str),
    /// What is read of a tier or port.
    Property(Box<Expr>, Property),
    /// `self.x.y`: attributes of the finished block, in a `require`; the block's member, then an attribute's.
    SelfMember(Vec<u16>),
    /// A field of a record.
    Field(Box<Expr>, Str),
    /// `.min` or `.max` of a range, or of a value that is both.
    End(Box<Expr>, bool),
    /// An item of a list or map.
    Index(Box<Expr>, Box<Expr>),
    /// A string read as one of the checked kinds.
    Checked(Box<Expr>, Box<Type>),
    /// A value that a refinement must admit.
    Refined(Box<Expr>, usize),
    /// Something wrong stood here.
    Poison,
}

/// The name of a tier.
#[derive(Debug)]
pub struct TierName {
    /// The other app, where it is one of another.
    pub app: Option<Str>,
    /// Its own.
    pub name: Str,
}

/// A stretch of a string.
#[derive(Debug)]
pub enum TextPart {
    /// Characters.
    Literal(Str),
    /// A value.
    Value(Expr),
}
