//! Evaluation of checked expressions. It is total: fuel bounds the work, depth the stack.

use super::index::Index;
use super::origins::OriginWriter;
use crate::check::program::{Builtin, Expr, ExprKind, Program, Property, TextPart};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, codes};
use crate::source::Span;
use crate::syntax::ast::Operator;
use crate::tape::Origin;
use crate::units::{Amount, Decimal, Rate, UnitError};
use crate::vocabulary::value::{At, Node, PortRef, Text, TierRef, Value, Variant};
use rustc_hash::FxHashMap;
use std::cmp::Ordering;
use std::sync::{Arc, OnceLock};

/// Steps that one app (or the top level) may take: far more than a program of people needs, and gone in well under a second.
const FUEL: u64 = 5_000_000;
/// The deepest nesting of calls and values.
const DEEPEST: usize = 200;
/// The longest text.
const LONGEST: usize = 1 << 20;

/// Values of a body's parameters, loop variables and `let`s.
#[derive(Clone, Debug, Default)]
pub struct Frame(pub Vec<Option<Value>>);

impl Frame {
    /// A frame of so many slots.
    pub fn new(slots: usize) -> Self {
        Frame(vec![None; slots])
    }
    /// Fills a slot.
    pub fn set(&mut self, slot: u16, value: Option<Value>) {
        let slot = usize::from(slot);
        if self.0.len() <= slot {
            self.0.resize(slot + 1, None);
        }
        if let Some(s) = self.0.get_mut(slot) {
            *s = value;
        }
    }
}

/// Where an expression is evaluated.
#[derive(Clone, Copy)]
pub struct Context<'n> {
    /// The use of the component around.
    pub via: Origin,
    /// The app around; [`TierRef::TOP`] outside.
    pub app: u32,
    /// `self` when it is finished.
    pub node: Option<&'n Node>,
}

/// Values of `let`s and `input`s of top levels, each evaluated once.
pub type Globals = Vec<OnceLock<Value>>;

/// Evaluates, and notes what went wrong.
pub struct Evaluator<'p> {
    /// The program.
    pub program: &'p Program,
    /// Its top levels' values.
    pub globals: &'p Globals,
    /// Inputs given from outside.
    pub inputs: &'p FxHashMap<usize, Value>,
    /// Names and ports; `None` while they are collected.
    pub index: Option<&'p Index>,
    /// Where values come from.
    pub origins: OriginWriter<'p>,
    /// Messages.
    pub diagnostics: Diagnostics,
    fuel: u64,
    depth: usize,
}

impl<'p> Evaluator<'p> {
    /// An evaluator with full fuel.
    pub fn new(
        program: &'p Program,
        globals: &'p Globals,
        inputs: &'p FxHashMap<usize, Value>,
        index: Option<&'p Index>,
        origins: OriginWriter<'p>,
    ) -> Self {
        Evaluator { program, globals, inputs, index, origins, diagnostics: Diagnostics::default(), fuel: FUEL, depth: 0 }
    }
    /// An evaluator of the same plan for another thread.
    pub fn sibling(&self) -> Self {
        Evaluator::new(self.program, self.globals, self.inputs, self.index, self.origins.sibling())
    }
    /// Takes in what a sibling found.
    pub fn rejoin(&mut self, sibling: Self) {
        self.diagnostics.append(sibling.diagnostics);
        self.origins.take(sibling.origins);
    }
    /// Fills the fuel for the next app.
    pub fn refuel(&mut self) {
        self.fuel = FUEL;
    }
    /// Notes an error at a place, and through which components it was reached.
    pub fn error(&mut self, code: Code, title: impl Into<String>, span: Span, label: impl Into<String>, ctx: Context<'_>) -> Value {
        let d = Diagnostic::error(code, title).at(span, label);
        self.report(d, ctx.via);
        Value::Poison
    }
    /// Notes a diagnostic with the uses of components that it was reached through.
    pub fn report(&mut self, mut d: Diagnostic, via: Origin) {
        let mut via = via;
        while let Some(site) = self.origins.get(via) {
            d = d.at(site.span, "reached through this");
            via = site.via;
        }
        self.diagnostics.push(d);
    }
    fn unit_error(&mut self, e: &UnitError, span: Span, ctx: Context<'_>) -> Value {
        let mut d = Diagnostic::error(codes::ARITHMETIC, e.message.trim_end_matches('.').to_string()).at(span, "");
        if let Some(help) = &e.help {
            d = d.help(help.clone());
        }
        self.report(d, ctx.via);
        Value::Poison
    }
    /// Takes steps and one more; false when the fuel is gone, which is said once.
    #[inline]
    pub fn burn(&mut self, steps: usize, span: Span, ctx: Context<'_>) -> bool {
        let before = self.fuel;
        self.fuel = self.fuel.saturating_sub(steps as u64 + 1);
        if before > 0 && self.fuel == 0 {
            self.burnt(span, ctx);
        }
        self.fuel > 0
    }
    #[cold]
    fn burnt(&mut self, span: Span, ctx: Context<'_>) {
        let d = Diagnostic::error(codes::FUEL, format!("evaluation takes more than {FUEL} steps"))
            .at(span, "the last one")
            .why("Every program ends soon: loops in loops, or a text that doubles again and again, take too long.")
            .help("make the lists shorter, or the loops fewer");
        self.report(d, ctx.via);
    }

    /// A value with its place.
    pub fn at(&mut self, e: &Expr, frame: &mut Frame, ctx: Context<'_>) -> At<Value> {
        let value = self.eval(e, frame, ctx);
        At::new(value, self.origins.note(e.span, ctx.via))
    }

    /// The value of an expression; [`Value::Poison`] where it has none, with a message.
    pub fn eval(&mut self, e: &Expr, frame: &mut Frame, ctx: Context<'_>) -> Value {
        if let ExprKind::Const(v) = &e.kind {
            return v.clone();
        }
        if !self.burn(0, e.span, ctx) {
            return Value::Poison;
        }
        if self.depth >= DEEPEST {
            return self.error(codes::TOO_DEEP, "calls and values are nested too deep", e.span, "here", ctx);
        }
        self.depth += 1;
        let value = self.form(e, frame, ctx);
        self.depth -= 1;
        value
    }

    fn form(&mut self, e: &Expr, frame: &mut Frame, ctx: Context<'_>) -> Value {
        match &e.kind {
            ExprKind::Const(v) => v.clone(),
            ExprKind::Poison => Value::Poison,
            ExprKind::Local(slot) => frame.0.get(usize::from(*slot)).cloned().flatten().unwrap_or(Value::Poison),
            ExprKind::Let(slot, value) => {
                if let Some(Some(v)) = frame.0.get(usize::from(*slot)) {
                    return v.clone();
                }
                let v = self.eval(value, frame, ctx);
                frame.set(*slot, Some(v.clone()));
                v
            }
            ExprKind::Global(id) => self.global(*id, e.span, ctx),
            ExprKind::Text(parts) => self.text(parts, e.span, frame, ctx),
            ExprKind::List(items) => {
                if !self.burn(items.len(), e.span, ctx) {
                    return Value::Poison;
                }
                let all: Vec<_> = items.iter().map(|i| self.at(i, frame, ctx)).collect();
                poison_or(all.iter().any(|v| matches!(v.value, Value::Poison)), || Value::List(all.into()))
            }
            ExprKind::Comprehension { slot, list, condition, value } => {
                let Some(items) = self.items(list, frame, ctx) else { return Value::Poison };
                let mut all = Vec::new();
                for item in items {
                    if !self.burn(1, e.span, ctx) {
                        return Value::Poison;
                    }
                    frame.set(*slot, Some(item));
                    match condition.as_ref().map(|c| self.eval(c, frame, ctx)) {
                        Some(Value::Bool(false)) => continue,
                        Some(Value::Poison) => return Value::Poison,
                        _ => all.push(self.at(value, frame, ctx)),
                    }
                }
                poison_or(all.iter().any(|v| matches!(v.value, Value::Poison)), || Value::List(all.into()))
            }
            ExprKind::Map(fields) => {
                let mut all = Vec::with_capacity(fields.len());
                for (name, span, value) in fields {
                    let key = At::new(name.clone(), self.origins.note(*span, ctx.via));
                    all.push((key, self.at(value, frame, ctx)));
                }
                poison_or(all.iter().any(|(_, v)| matches!(v.value, Value::Poison)), || Value::Map(all.into()))
            }
            ExprKind::Range(ends) => {
                let (low, high) = (self.at(&ends.0, frame, ctx), self.at(&ends.1, frame, ctx));
                if matches!(low.value, Value::Poison) || matches!(high.value, Value::Poison) {
                    return Value::Poison;
                }
                if compare(&low.value, &high.value) == Some(Ordering::Greater) {
                    let title = format!("the range {}..{} ends before it begins", show(&low.value), show(&high.value));
                    let d = Diagnostic::error(codes::SENSELESS, title).at(e.span, "the lower end comes first").help(format!(
                        "write `{}..{}`",
                        show(&high.value),
                        show(&low.value)
                    ));
                    self.report(d, ctx.via);
                    return Value::Poison;
                }
                Value::Range(Arc::new((low, high)))
            }
            ExprKind::Both(inner) => {
                let v = self.at(inner, frame, ctx);
                match v.value {
                    Value::Poison => Value::Poison,
                    Value::Range(r) => Value::Range(r),
                    _ => Value::Range(Arc::new((v.clone(), v))),
                }
            }
            ExprKind::Negate(inner) => match self.eval(inner, frame, ctx) {
                Value::Int(i, _) => match i.checked_neg() {
                    Some(i) => Value::Int(i, None),
                    None => self.error(codes::ARITHMETIC, "the number is too large to be negated", e.span, "", ctx),
                },
                Value::Float(d) => Value::Float(d.negated()),
                _ => Value::Poison,
            },
            ExprKind::Not(inner) => match self.eval(inner, frame, ctx) {
                Value::Bool(b) => Value::Bool(!b),
                _ => Value::Poison,
            },
            ExprKind::Binary(op, a, b) => self.binary(*op, a, b, e.span, frame, ctx),
            ExprKind::If(c, a, b) => match self.eval(c, frame, ctx) {
                Value::Bool(true) => self.eval(a, frame, ctx),
                Value::Bool(false) => self.eval(b, frame, ctx),
                _ => Value::Poison,
            },
            ExprKind::Match(subject, arms) => {
                let subject = self.eval(subject, frame, ctx);
                if matches!(subject, Value::Poison) {
                    return Value::Poison;
                }
                for (pattern, value) in arms {
                    let taken = match pattern {
                        None => true,
                        Some(p) => self.eval(p, frame, ctx) == subject,
                    };
                    if taken {
                        return self.eval(value, frame, ctx);
                    }
                }
                Value::Poison
            }
            ExprKind::Call(id, arguments) => {
                let Some(f) = self.program.functions.get(*id) else { return Value::Poison };
                let mut inner = Frame::new(f.slots);
                for ((slot, p), a) in (0u16..).zip(&f.params).zip(arguments) {
                    let given = a.as_ref().map(|a| self.eval(a, frame, ctx));
                    let v = match (given, &p.default) {
                        (Some(Value::None), Some(d)) if !matches!(p.ty, crate::vocabulary::Type::Optional(_)) => {
                            self.eval(d, &mut inner, ctx)
                        }
                        (Some(v), _) => v,
                        (None, Some(d)) => self.eval(d, &mut inner, ctx),
                        (None, None) => Value::Poison,
                    };
                    inner.set(slot, Some(v));
                }
                self.eval(&f.value, &mut inner, ctx)
            }
            ExprKind::Builtin(builtin, arguments) => {
                let values: Vec<Value> = arguments.iter().map(|a| self.eval(a, frame, ctx)).collect();
                if values.iter().any(|v| matches!(v, Value::Poison)) {
                    return Value::Poison;
                }
                self.builtin(*builtin, &values, e.span, ctx)
            }
            ExprKind::Variant { set, index, arguments } => {
                let arguments: Vec<Option<At<Value>>> = arguments.iter().map(|a| a.as_ref().map(|a| self.at(a, frame, ctx))).collect();
                let arguments: Vec<_> = arguments.into_iter().map(|a| a.filter(|a| !matches!(a.value, Value::None))).collect();
                let poisoned = arguments.iter().flatten().any(|a| matches!(a.value, Value::Poison));
                poison_or(poisoned, || Value::Variant(Arc::new(Variant { set, index: *index, arguments })))
            }
            ExprKind::Tier(tier) => self.tier(tier.app.as_deref(), &tier.name, e.span, ctx),
            ExprKind::PortOf(tier, name) => match self.eval(tier, frame, ctx) {
                Value::Tier(t) => self.port(t, name, e.span, ctx),
                _ => Value::Poison,
            },
            ExprKind::Property(of, property) => {
                let v = self.eval(of, frame, ctx);
                self.property(&v, *property, e.span, ctx)
            }
            ExprKind::SelfMember(path) => self.self_member(path, e.span, ctx),
            ExprKind::Field(of, name) => match self.eval(of, frame, ctx) {
                Value::Map(m) => match m.iter().find(|(k, _)| *k.value == **name) {
                    Some((_, v)) => v.value.clone(),
                    None => self.error(codes::UNKNOWN_NAME, format!("the map has no `{name}`"), e.span, "not in it", ctx),
                },
                _ => Value::Poison,
            },
            ExprKind::End(of, upper) => match self.eval(of, frame, ctx) {
                Value::Range(r) => {
                    if *upper {
                        r.1.value.clone()
                    } else {
                        r.0.value.clone()
                    }
                }
                v => v,
            },
            ExprKind::Index(of, index) => {
                let (of, i) = (self.eval(of, frame, ctx), self.eval(index, frame, ctx));
                match (&of, &i) {
                    (Value::List(l), Value::Int(n, _)) => match usize::try_from(*n).ok().and_then(|n| l.get(n)) {
                        Some(v) => v.value.clone(),
                        None => self.error(
                            codes::SENSELESS,
                            format!("the list has {} items, and none at {n}", l.len()),
                            index.span,
                            "counted from 0",
                            ctx,
                        ),
                    },
                    (Value::Map(m), Value::Text(t)) => match m.iter().find(|(k, _)| *k.value == *t.text) {
                        Some((_, v)) => v.value.clone(),
                        None => self.error(codes::UNKNOWN_NAME, format!("the map has no `{}`", t.text), index.span, "not in it", ctx),
                    },
                    _ => Value::Poison,
                }
            }
            ExprKind::Checked(inner, ty) => {
                let v = self.eval(inner, frame, ctx);
                if let Value::Text(t) = &v
                    && let Err(error) = crate::check::read_checked(&t.text, ty)
                {
                    let d = crate::check::text_error(&error, e.span, &t.text, false);
                    let d = Diagnostic { fixes: Vec::new(), ..d }.why(format!("The text is made here: `{}`.", t.text));
                    self.report(d, ctx.via);
                    return Value::Poison;
                }
                v
            }
            ExprKind::Refined(inner, id) => {
                let v = self.eval(inner, frame, ctx);
                self.refine(v, *id, e.span, ctx)
            }
        }
    }

    fn refine(&mut self, v: Value, id: usize, span: Span, ctx: Context<'_>) -> Value {
        if matches!(v, Value::Poison | Value::None) {
            return v;
        }
        let Some(r) = self.program.refinements.get(id) else { return v };
        let mut frame = Frame::new(r.slots.max(1));
        frame.set(0, Some(v.clone()));
        match self.eval(&r.condition, &mut frame, Context { via: Origin::NONE, ..ctx }) {
            Value::Bool(false) => {
                let d = Diagnostic::error(codes::REFINEMENT, format!("`{}` is no `{}`", show(&v), r.name))
                    .at(span, format!("this is `{}`", show(&v)))
                    .at(r.condition.span, format!("what a `{}` must be", r.name));
                self.report(d, ctx.via);
                Value::Poison
            }
            Value::Poison => Value::Poison,
            _ => v,
        }
    }

    fn global(&mut self, id: usize, span: Span, ctx: Context<'_>) -> Value {
        let Some(cell) = self.globals.get(id) else { return Value::Poison };
        if let Some(v) = cell.get() {
            return v.clone();
        }
        let Some(g) = self.program.globals.get(id) else { return Value::Poison };
        let value = match (self.inputs.get(&id), &g.value) {
            // What comes from outside is refined like what the program says.
            (Some(v), _) => match &g.ty {
                crate::vocabulary::Type::Refined(r) => self.refine(v.clone(), r.id, g.span, Context { via: Origin::NONE, ..ctx }),
                _ => v.clone(),
            },
            (None, Some(e)) => {
                let mut frame = Frame::new(g.slots);
                // A top level belongs to no app: `let url = shop.backend.api.url` reads the same wherever it is used.
                self.eval(e, &mut frame, Context { via: Origin::NONE, app: TierRef::TOP, node: None })
            }
            (None, None) if matches!(g.ty, crate::vocabulary::Type::Optional(_)) => Value::None,
            // The missing input was reported when the inputs were read.
            (None, None) => Value::Poison,
        };
        let _ = (span, ctx);
        cell.get_or_init(|| value).clone()
    }

    fn text(&mut self, parts: &[TextPart], span: Span, frame: &mut Frame, ctx: Context<'_>) -> Value {
        let mut text = String::new();
        let mut ports: Vec<PortRef> = Vec::new();
        for part in parts {
            match part {
                TextPart::Literal(s) => text.push_str(s),
                TextPart::Value(e) => match self.eval(e, frame, ctx) {
                    Value::Poison => return Value::Poison,
                    Value::Text(t) => {
                        text.push_str(&t.text);
                        ports.extend(t.ports());
                    }
                    v => {
                        if let Value::Int(_, Some(port)) = v {
                            ports.push(port);
                        }
                        text.push_str(&show(&v));
                    }
                },
            }
            if text.len() > LONGEST {
                return self.error(codes::FUEL, "a text is longer than a mebibyte", span, "this one", ctx);
            }
        }
        if !self.burn(text.len() / 16, span, ctx) {
            return Value::Poison;
        }
        Value::Text(with_ports(text, ports))
    }

    /// The items that a loop goes over.
    pub fn items(&mut self, list: &Expr, frame: &mut Frame, ctx: Context<'_>) -> Option<Vec<Value>> {
        match self.eval(list, frame, ctx) {
            Value::List(l) => Some(l.iter().map(|v| v.value.clone()).collect()),
            Value::Range(r) => {
                let (low, high) = (r.0.value.as_int()?, r.1.value.as_int()?);
                if high - low > 100_000 {
                    self.error(codes::FUEL, format!("a loop over {} numbers", high - low + 1), list.span, "at most 100000", ctx);
                    return None;
                }
                Some((low..=high).map(|i| Value::Int(i, None)).collect())
            }
            _ => None,
        }
    }

    fn tier(&mut self, app: Option<&str>, name: &str, span: Span, ctx: Context<'_>) -> Value {
        let Some(index) = self.index else {
            let d = Diagnostic::error(codes::TOO_EARLY, "names and ports may not depend on other tiers")
                .at(span, "reads a tier")
                .why("Names and ports are known first, so that tiers can name each other without circles.")
                .help("write the name or number itself; where several share it, `let` gives it a name");
            self.report(d, ctx.via);
            return Value::Poison;
        };
        let number = match app {
            Some(a) => index.by_name.get(a).copied(),
            None => Some(ctx.app),
        };
        if let Some(t) = number.and_then(|n| index.find(n, name)) {
            return Value::Tier(t);
        }
        let whose = app.map_or("this app".to_string(), |a| format!("app `{a}`"));
        let entry = number.and_then(|n| index.apps.get(n as usize));
        let names: Vec<&str> = entry.iter().flat_map(|a| a.tiers.iter().map(|t| &*t.name)).collect();
        let d = Diagnostic::error(codes::UNDECLARED, format!("{whose} has no tier `{name}` here")).at(span, "not in what is built");
        let d = match crate::check::suggest::nearest(name, names.iter().copied()) {
            Some(near) => d.help(format!("write `{near}`")),
            None if names.is_empty() => d,
            None => d.help(format!("its tiers are {}", crate::check::suggest::list(names, "and"))),
        };
        self.report(d, ctx.via);
        Value::Poison
    }

    fn port(&mut self, tier: TierRef, name: &str, span: Span, ctx: Context<'_>) -> Value {
        let Some(t) = self.index.and_then(|i| i.tier(tier)) else { return Value::Poison };
        if let Some(i) = t.ports.iter().position(|p| *p.name == *name) {
            return Value::Port(PortRef { tier, port: i as u32 });
        }
        let names: Vec<&str> = t.ports.iter().map(|p| &*p.name).collect();
        let mut d = Diagnostic::error(codes::UNKNOWN_NAME, format!("tier `{}` has no port `{name}`", t.name)).at(span, "no such port");
        d = match crate::check::suggest::nearest(name, names.iter().copied()) {
            Some(near) => d.help(format!("write `{near}`")),
            None => d.help(format!("its ports are {}", crate::check::suggest::list(names, "and"))),
        };
        self.report(d, ctx.via);
        Value::Poison
    }

    fn property(&mut self, of: &Value, property: Property, span: Span, ctx: Context<'_>) -> Value {
        let Some(index) = self.index else { return Value::Poison };
        // A number can be read of any port; all else begins with a host.
        let whose = match (of, property) {
            (_, Property::Number | Property::Name) => None,
            (Value::Tier(t), _) => index.tier(*t),
            (Value::Port(p), _) => index.tier(p.tier),
            _ => None,
        };
        if let Some(e) = whose.filter(|e| e.external && e.object.is_empty()) {
            let d = Diagnostic::error(codes::SENSELESS, format!("external `{}` has no host", e.name))
                .at(span, "its addresses are CIDRs alone")
                .help("give it a name: `hosts = [\"db.example.com\"]`");
            self.report(d, ctx.via);
            return Value::Poison;
        }
        match (of, property) {
            (Value::Tier(t), Property::Name) => index.tier(*t).map_or(Value::Poison, |t| Value::text(t.name.clone())),
            (Value::Tier(t), Property::Host) => {
                let host = index.host(ctx.app, *t);
                host.map_or(Value::Poison, |h| Value::Text(with_ports(h, vec![PortRef { tier: *t, port: PortRef::HOST }])))
            }
            (Value::Port(p), _) => {
                let (Some(port), Some(host)) = (index.port(*p), index.host(ctx.app, p.tier)) else { return Value::Poison };
                let number = port.service;
                let text = match property {
                    Property::Number => return Value::Int(i64::from(number), Some(*p)),
                    Property::Address => format!("{host}:{number}"),
                    _ => {
                        let scheme = match port.application {
                            Some("http") => "http",
                            Some("https") => "https",
                            Some("grpc") => "grpc",
                            _ => {
                                let d = Diagnostic::error(codes::SENSELESS, format!("port `{}` has no URL", port.name))
                                    .at(span, "neither HTTP nor gRPC")
                                    .help(format!(
                                        "read its `address`, or say what it speaks: `port {} = http({})`",
                                        port.name, port.number
                                    ));
                                self.report(d, ctx.via);
                                return Value::Poison;
                            }
                        };
                        let usual = matches!((scheme, number), ("http", 80) | ("https", 443));
                        if usual { format!("{scheme}://{host}") } else { format!("{scheme}://{host}:{number}") }
                    }
                };
                Value::Text(with_ports(text, vec![*p]))
            }
            _ => Value::Poison,
        }
    }

    fn self_member(&mut self, path: &[u16], span: Span, ctx: Context<'_>) -> Value {
        let Some(mut node) = ctx.node else {
            return self.error(codes::MISPLACED, "`self` is not finished here", span, "read it in `require`", ctx);
        };
        let Some((last, blocks)) = path.split_last() else { return Value::Poison };
        for b in blocks {
            match node.children.iter().find(|(m, _)| m == b) {
                Some((_, inner)) => node = inner,
                None => return Value::None,
            }
        }
        if let Some(v) = node.attribute(*last) {
            return v.value.clone();
        }
        // What nothing says has its default.
        let Some(m) = node.info.members.get(usize::from(*last)) else { return Value::None };
        match (m.default, m.form) {
            (Some(text), crate::vocabulary::Form::Attribute(ty)) => crate::check::read_default(text, &ty()).unwrap_or(Value::None),
            _ => Value::None,
        }
    }

    fn binary(&mut self, op: Operator, a: &Expr, b: &Expr, span: Span, frame: &mut Frame, ctx: Context<'_>) -> Value {
        let left = self.eval(a, frame, ctx);
        match (op, &left) {
            (Operator::And, Value::Bool(false)) | (Operator::Or, Value::Bool(true)) | (_, Value::Poison) => return left,
            _ => {}
        }
        let right = self.eval(b, frame, ctx);
        if matches!(right, Value::Poison) {
            return Value::Poison;
        }
        let order = |o: fn(Ordering) -> bool| match compare(&left, &right) {
            Some(found) => Value::Bool(o(found)),
            // An absent value is in no order.
            None => Value::Bool(false),
        };
        match op {
            Operator::And | Operator::Or => right,
            Operator::Equal => Value::Bool(same(&left, &right)),
            Operator::NotEqual => Value::Bool(!same(&left, &right)),
            Operator::Less => order(Ordering::is_lt),
            Operator::LessEqual => order(Ordering::is_le),
            Operator::Greater => order(Ordering::is_gt),
            Operator::GreaterEqual => order(Ordering::is_ge),
            Operator::In => match &right {
                Value::List(l) => Value::Bool(l.iter().any(|v| same(&v.value, &left))),
                Value::Range(r) => Value::Bool(
                    compare(&r.0.value, &left).is_some_and(Ordering::is_le) && compare(&left, &r.1.value).is_some_and(Ordering::is_le),
                ),
                Value::Map(m) => Value::Bool(m.iter().any(|(k, _)| left.as_str() == Some(&k.value))),
                _ => Value::Poison,
            },
            Operator::Per => {
                let amount = match &left {
                    Value::Int(i, _) => Amount::Count(*i),
                    Value::Percent(p) => Amount::Percent(*p),
                    _ => return Value::Poison,
                };
                let Value::Duration(d) = right else { return Value::Poison };
                match Rate::new(amount, d) {
                    Ok(r) => Value::Rate(Arc::new(r)),
                    Err(e) => self.unit_error(&e, span, ctx),
                }
            }
            Operator::Add if matches!(left, Value::List(_)) => match (left, right) {
                (Value::List(a), Value::List(b)) => {
                    // An item of a list takes more room than a step takes time: fuel bounds both.
                    if !self.burn((a.len() + b.len()) * 8, span, ctx) {
                        return Value::Poison;
                    }
                    Value::List(a.iter().chain(b.iter()).cloned().collect())
                }
                _ => Value::Poison,
            },
            _ => match super::arithmetic::apply(op, &left, &right) {
                Ok(v) => v,
                Err(e) => self.unit_error(&e, span, ctx),
            },
        }
    }

    fn builtin(&mut self, builtin: Builtin, values: &[Value], span: Span, ctx: Context<'_>) -> Value {
        let text = |i: usize| values.get(i).and_then(Value::as_str).unwrap_or("");
        let ports = || {
            values.iter().filter_map(|v| if let Value::Text(t) = v { Some(t.ports()) } else { None }).flatten().copied().collect::<Vec<_>>()
        };
        match builtin {
            Builtin::Length => match values.first() {
                Some(Value::List(l)) => Value::Int(l.len() as i64, None),
                Some(Value::Map(m)) => Value::Int(m.len() as i64, None),
                Some(Value::Text(t)) => Value::Int(t.text.chars().count() as i64, None),
                _ => Value::Poison,
            },
            Builtin::Min | Builtin::Max | Builtin::Sum => {
                let mut all: Vec<Value> = Vec::new();
                for v in values {
                    match v {
                        Value::List(l) => all.extend(l.iter().map(|v| v.value.clone())),
                        v => all.push(v.clone()),
                    }
                }
                let mut rest = all.into_iter();
                let Some(mut result) = rest.next() else {
                    return self.error(codes::SENSELESS, "nothing to take the least, greatest or sum of", span, "an empty list", ctx);
                };
                for v in rest {
                    result = match builtin {
                        Builtin::Sum => match super::arithmetic::apply(Operator::Add, &result, &v) {
                            Ok(sum) => sum,
                            Err(e) => return self.unit_error(&e, span, ctx),
                        },
                        Builtin::Min if compare(&v, &result) == Some(Ordering::Less) => v,
                        Builtin::Max if compare(&v, &result) == Some(Ordering::Greater) => v,
                        _ => result,
                    };
                }
                result
            }
            Builtin::Join => {
                let Some(Value::List(l)) = values.first() else { return Value::Poison };
                let mut carried = ports();
                let mut joined = String::new();
                for (i, v) in l.iter().enumerate() {
                    if i > 0 {
                        joined.push_str(text(1));
                    }
                    if let Value::Text(t) = &v.value {
                        joined.push_str(&t.text);
                        carried.extend(t.ports());
                    }
                    if joined.len() > LONGEST || !self.burn(1, span, ctx) {
                        return self.error(codes::FUEL, "a text is longer than a mebibyte", span, "this one", ctx);
                    }
                }
                Value::Text(with_ports(joined, carried))
            }
            Builtin::Lower => Value::Text(with_ports(text(0).to_lowercase(), ports())),
            Builtin::Upper => Value::Text(with_ports(text(0).to_uppercase(), ports())),
            Builtin::Contains => Value::Bool(text(0).contains(text(1))),
            Builtin::StartsWith => Value::Bool(text(0).starts_with(text(1))),
            Builtin::EndsWith => Value::Bool(text(0).ends_with(text(1))),
            Builtin::Replace => {
                let (from, by) = (text(1), text(2));
                let growth = if from.is_empty() { text(0).len() * by.len() } else { text(0).matches(from).count() * by.len() };
                if growth > LONGEST {
                    return self.error(codes::FUEL, "a text is longer than a mebibyte", span, "this one", ctx);
                }
                Value::Text(with_ports(text(0).replace(from, by), ports()))
            }
        }
    }
}

fn poison_or(poisoned: bool, value: impl FnOnce() -> Value) -> Value {
    if poisoned { Value::Poison } else { value() }
}

/// A string that carries these ports, each once.
pub fn with_ports(text: String, mut ports: Vec<PortRef>) -> Text {
    ports.sort_unstable();
    ports.dedup();
    Text { text: text.into(), ports: (!ports.is_empty()).then(|| Arc::new(ports)) }
}

/// Equality, whole numbers beside decimal ones included.
fn same(a: &Value, b: &Value) -> bool {
    a == b || compare(a, b) == Some(Ordering::Equal)
}

/// The order of two values of one type that has one.
pub fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    use Value as V;
    Some(match (a, b) {
        (V::Int(a, _), V::Int(b, _)) => a.cmp(b),
        (V::Percent(a), V::Percent(b)) => a.cmp(b),
        (V::Cpu(a), V::Cpu(b)) => a.cmp(b),
        (V::Bytes(a), V::Bytes(b)) => a.cmp(b),
        (V::Quantity(a), V::Quantity(b)) => a.nanos().cmp(&b.nanos()),
        (V::Duration(a), V::Duration(b)) => a.cmp(b),
        (V::Version(a), V::Version(b)) => a.cmp(b),
        (V::Float(_) | V::Int(..), V::Float(_) | V::Int(..)) => {
            let (a, b) = (decimal(a)?, decimal(b)?);
            let difference = a.checked_sub(b)?;
            if difference.is_negative() {
                Ordering::Less
            } else if difference.mantissa() == 0 {
                Ordering::Equal
            } else {
                Ordering::Greater
            }
        }
        _ => return None,
    })
}

/// A number as a decimal.
pub fn decimal(v: &Value) -> Option<Decimal> {
    match v {
        Value::Int(i, _) => Decimal::new(i128::from(*i), 0),
        Value::Float(d) => Some(*d),
        _ => None,
    }
}

/// A value as text: canonical, as Kubernetes would have it.
pub fn show(v: &Value) -> String {
    match v {
        Value::None | Value::Poison => String::new(),
        Value::Bool(b) => b.to_string(),
        Value::Int(i, _) => i.to_string(),
        Value::Float(d) => d.to_string(),
        Value::Text(t) => t.text.to_string(),
        Value::Percent(p) => p.to_string(),
        Value::Cpu(c) => c.to_string(),
        Value::Bytes(b) => b.to_string(),
        Value::Quantity(q) => q.to_string(),
        Value::Duration(d) => d.to_string(),
        Value::Rate(r) => r.to_string(),
        Value::Version(v) => v.to_string(),
        Value::List(l) => format!("[{}]", l.iter().map(|v| show(&v.value)).collect::<Vec<_>>().join(", ")),
        Value::Map(m) => {
            format!("{{{}}}", m.iter().map(|(k, v)| format!("{} = {}", k.value, show(&v.value))).collect::<Vec<_>>().join(", "))
        }
        Value::Range(r) => format!("{}..{}", show(&r.0.value), show(&r.1.value)),
        Value::Word(set, i) => set.list.get(usize::from(*i)).map_or("", |v| v.name).into(),
        Value::Variant(v) => v.set.list.get(usize::from(v.index)).map_or("", |v| v.name).into(),
        Value::Tier(_) => "a tier".into(),
        Value::Port(_) => "a port".into(),
        Value::Declared(n) => n.to_string(),
    }
}
