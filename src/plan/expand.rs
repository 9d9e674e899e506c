//! Bodies to nodes: components are opened, loops run, overlays applied.

use super::evaluate::{Context, Evaluator, Frame};
use crate::check::program::{BlockItem, Body, ComponentUse, Expr, Item, ItemKind, Label, LabelValue, LabelledItem, Mode, Program};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::tape::Origin;
use crate::vocabulary::blocks::{App, External, Workload};
use crate::vocabulary::value::{At, Layer, Node, Str, Value};
use crate::vocabulary::{Block as _, BlockInfo, Form, LabelRule, Member};
use rustc_hash::FxHashSet;
use std::fmt;

/// A `require` that waits until its block is finished.
pub struct Requirement<'p> {
    /// The block's [`Node::origin`]: no two blocks have one.
    pub node: Origin,
    condition: &'p Expr,
    message: Option<&'p Expr>,
    frame: Frame,
    via: Origin,
    span: Span,
}

/// What is read: everything, or only what names and ports need.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Names and ports.
    Names,
    /// All.
    Full,
}

/// Expands bodies into nodes.
pub struct Expander<'e, 'p> {
    /// Evaluates what stands in them.
    pub evaluator: &'e mut Evaluator<'p>,
    /// What is read.
    pub extent: Extent,
    /// Rules to be looked at in the end.
    pub requirements: Vec<Requirement<'p>>,
    /// The app's number.
    pub app: u32,
}

impl<'e, 'p> Expander<'e, 'p> {
    /// An expander for one app.
    pub fn new(evaluator: &'e mut Evaluator<'p>, extent: Extent, app: u32) -> Self {
        Expander { evaluator, extent, requirements: Vec::new(), app }
    }

    /// Inside a block that is not finished: nothing of `self` but its name can be read.
    fn context(&self, via: Origin) -> Context<'static> {
        Context { via, app: self.app, node: None }
    }

    /// A node for a block, with its component's body applied, but not yet its own.
    pub fn create(
        &mut self,
        item: &'p BlockItem,
        label: Option<At<Str>>,
        header: Span,
        layer: Layer,
        frame: &mut Frame,
        ctx: Context<'_>,
    ) -> Node {
        let origin = self.evaluator.origins.note(header, ctx.via);
        let mut node = Node::new(item.info, label, origin, layer);
        if let Some((name, span)) = item.within.as_deref() {
            node.within = Some(Box::new(At::new(name.clone(), self.evaluator.origins.note(*span, ctx.via))));
        }
        if let Some(ComponentUse { id, arguments, span }) = item.component.as_deref() {
            let Some(component) = self.evaluator.program.components.get(*id) else { return node };
            let via = self.evaluator.origins.note(*span, ctx.via);
            let mut inner = Frame::new(component.slots);
            for ((slot, p), a) in (0u16..).zip(&component.params).zip(arguments) {
                // While names are collected no tier can be read: what needs one stays unknown, and nothing that is collected may need it.
                let value = match (a, &p.default) {
                    (Some(a), _) if self.extent == Extent::Full || !reads_tiers(self.evaluator.program, a, &mut FxHashSet::default()) => {
                        self.evaluator.eval(a, frame, ctx)
                    }
                    (Some(_), _) => Value::Poison,
                    (None, Some(d)) => self.evaluator.eval(d, &mut inner, Context { via, ..ctx }),
                    (None, None) => Value::Poison,
                };
                let value = match (value, &p.default) {
                    (Value::None, Some(d)) if !matches!(p.ty, crate::vocabulary::Type::Optional(_)) => {
                        self.evaluator.eval(d, &mut inner, Context { via, ..ctx })
                    }
                    (v, _) => v,
                };
                inner.set(slot, Some(value));
            }
            inner.set(component.self_name, name_of(&node));
            self.apply(&mut node, &component.body, &mut inner, layer.component(), via);
        }
        node
    }

    /// Applies the entries of a body to a node.
    pub fn apply(&mut self, node: &mut Node, body: &'p Body, frame: &mut Frame, layer: Layer, via: Origin) {
        for slot in &body.lets {
            frame.set(*slot, None);
        }
        if self.extent == Extent::Full {
            make_room(node, body);
        }
        for item in &body.items {
            self.item(node, item, frame, layer, via);
        }
    }

    /// Applies one entry of the top level.
    pub fn entry(&mut self, node: &mut Node, item: &'p Item, frame: &mut Frame, layer: Layer) {
        self.item(node, item, frame, layer, Origin::NONE);
    }

    fn wanted(&self, node: &Node, member: u16) -> bool {
        if self.extent == Extent::Full {
            return true;
        }
        let Some(m) = node.info.members.get(usize::from(member)) else { return false };
        m.is("port") || m.is("prefix") || std::ptr::eq(node.info, External::info()) && m.is("hosts")
    }

    fn block_wanted(&self, info: &'static BlockInfo) -> bool {
        self.extent == Extent::Full
            || std::ptr::eq(info, App::info())
            || std::ptr::eq(info, External::info())
            || std::ptr::eq(info.members, Workload::tier().members) && !std::ptr::eq(info, Workload::init())
    }

    fn said_twice(&mut self, what: What<'_>, span: Span, first: Origin, via: Origin) {
        let mut d = Diagnostic::error(codes::SAID_TWICE, format!("{what} is said twice")).at(span, "said again here");
        if let Some(site) = self.evaluator.origins.get(first) {
            d = d.at(site.span, "said first here");
        }
        self.evaluator.report(d.help("keep one of the two"), via);
    }

    fn item(&mut self, node: &mut Node, item: &'p Item, frame: &mut Frame, layer: Layer, via: Origin) {
        match &item.kind {
            ItemKind::Poison => node.poisoned = true,
            ItemKind::Set { member, value } => {
                if !self.wanted(node, *member) {
                    return;
                }
                let ctx = self.context(via);
                let mut value = self.evaluator.at(value, frame, ctx);
                if matches!(value.value, Value::Poison) {
                    node.poisoned = true;
                    return;
                }
                if let Value::None = value.value {
                    // An optional that is absent says nothing.
                    return;
                }
                if value.origin == Origin::NONE {
                    value.origin = node.origin;
                }
                let existing = node.attributes.iter_mut().find(|(m, ..)| m == member);
                match existing {
                    Some((_, l, v)) if *l == layer && self.extent == Extent::Full => {
                        let first = v.origin;
                        self.said_twice(What { info: node.info, member: *member, label: None }, item.span, first, via);
                    }
                    Some(slot) => *slot = (*member, layer, value),
                    None => node.attributes.push((*member, layer, value)),
                }
            }
            ItemKind::SetLabelled(set) => {
                let LabelledItem { member, label, value, mode } = &**set;
                if !self.wanted(node, *member) {
                    return;
                }
                let Some(label) = self.label(node, label, frame, via) else { return };
                let ctx = self.context(via);
                let value = self.evaluator.at(value, frame, ctx);
                match value.value {
                    Value::Poison => {
                        node.poisoned = true;
                        return;
                    }
                    Value::None => return,
                    _ => {}
                }
                // Labels are looked for one by one: so many that this takes long use up the fuel.
                if !self.evaluator.burn(node.labelled.len() / 16, item.span, self.context(via)) {
                    node.poisoned = true;
                    return;
                }
                let index = node.labelled.iter().position(|(m, _, l, _)| m == member && l.value == label.value);
                let what = What { info: node.info, member: *member, label: Some(&label.value) };
                let old = index.and_then(|i| node.labelled.get(i)).map(|(_, l, at, _)| (*l, at.origin));
                if !self.overlay_fits(node, what, item.span, old, layer, *mode, via) {
                    return;
                }
                if old.is_some_and(|(l, _)| l == layer) {
                    if self.extent == Extent::Full {
                        self.said_twice(what, item.span, old.map_or(Origin::NONE, |o| o.1), via);
                    }
                    return;
                }
                match index.and_then(|i| node.labelled.get_mut(i)) {
                    Some(slot) => *slot = (*member, layer, label, value),
                    None => node.labelled.push((*member, layer, label, value)),
                }
            }
            ItemKind::Block(block) => self.block(node, block, item.span, frame, layer, via),
            ItemKind::Remove { members, label } => {
                let label = match label {
                    Some(l) => match self.label(node, l, frame, via) {
                        Some(l) => Some(l),
                        None => return,
                    },
                    None => None,
                };
                self.remove(node, members, label.as_ref(), item.span, via);
            }
            ItemKind::For { slot, list, body } => {
                let ctx = self.context(via);
                let Some(items) = self.evaluator.items(list, frame, ctx) else {
                    node.poisoned = true;
                    return;
                };
                for value in items {
                    if !self.evaluator.burn(0, list.span, self.context(via)) {
                        node.poisoned = true;
                        return;
                    }
                    frame.set(*slot, Some(value));
                    self.apply(node, body, frame, layer, via);
                }
            }
            ItemKind::If { condition, then, otherwise } => {
                let ctx = self.context(via);
                match self.evaluator.eval(condition, frame, ctx) {
                    Value::Bool(true) => self.apply(node, then, frame, layer, via),
                    Value::Bool(false) => {
                        if let Some(body) = otherwise {
                            self.apply(node, body, frame, layer, via);
                        }
                    }
                    _ => node.poisoned = true,
                }
            }
            ItemKind::Require { condition, message } => {
                if self.extent == Extent::Full {
                    self.requirements.push(Requirement {
                        node: node.origin,
                        condition,
                        message: message.as_deref(),
                        frame: frame.clone(),
                        via,
                        span: item.span,
                    });
                }
            }
            ItemKind::Allow { name, because } => {
                if self.extent == Extent::Full {
                    let at = At::new(name.clone(), self.evaluator.origins.note(item.span, via));
                    node.allows.push((at, because.clone()));
                }
            }
        }
    }

    /// The rule of overlays: a label exists already, or `add` says that it is new.
    #[allow(clippy::too_many_arguments, reason = "the two callers have all of them at hand, and nothing else shares them")]
    fn overlay_fits(
        &mut self,
        node: &Node,
        what: What<'_>,
        span: Span,
        old: Option<(Layer, Origin)>,
        layer: Layer,
        mode: Mode,
        via: Origin,
    ) -> bool {
        let on_older = layer == Layer::ENVIRONMENT && node.layer != Layer::ENVIRONMENT;
        match (old, mode) {
            (None, Mode::Plain) if on_older => {
                if self.extent == Extent::Full {
                    let mut d = Diagnostic::error(codes::OVERLAY, format!("the program has no {what} to change"))
                        .at(span, "nothing of this name")
                        .why("An environment changes what is there, so that a rename cannot silently lose an override.");
                    if let Some(near) = meant(node, &what.to_string()) {
                        d = d.help(format!("did you mean {near}?"));
                    }
                    self.evaluator.report(d.fix("say that it is new", span.before(), "add "), via);
                }
                false
            }
            (Some((l, at)), Mode::Add) if l != layer => {
                if self.extent == Extent::Full {
                    let mut d = Diagnostic::error(codes::OVERLAY, format!("{what} is there already")).at(span, "`add` wants a new name");
                    if let Some(site) = self.evaluator.origins.get(at) {
                        d = d.at(site.span, "here");
                    }
                    self.evaluator.report(d.help("take `add` away to change what is there"), via);
                }
                false
            }
            _ => true,
        }
    }

    fn remove(&mut self, node: &mut Node, members: &[u16], label: Option<&At<Str>>, span: Span, via: Origin) {
        let before = (node.attributes.len(), node.labelled.len(), node.children.len());
        match label {
            Some(l) => {
                node.labelled.retain(|(m, _, at, _)| !(members.contains(m) && at.value == l.value));
                node.children.retain(|(m, c)| {
                    let variant = node.info.members.get(usize::from(*m)).is_some_and(|m| matches!(m.form, Form::OneOf(_)));
                    let named = c.label.as_ref().map(|l| &*l.value).or(variant.then_some(c.info.name));
                    !(members.contains(m) && named == Some(&l.value))
                });
            }
            None => {
                node.attributes.retain(|(m, ..)| !members.contains(m));
                let single =
                    |m: &u16| node.info.members.get(usize::from(*m)).is_some_and(|m| matches!(m.form, Form::Single(_) | Form::OneOf(_)));
                node.children.retain(|(m, _)| !(members.contains(m) && single(m)));
            }
        }
        if before == (node.attributes.len(), node.labelled.len(), node.children.len()) && self.extent == Extent::Full {
            let Some(member) = members.first() else { return };
            let what = What { info: node.info, member: *member, label: label.map(|l| &*l.value) }.to_string();
            let d = Diagnostic::error(codes::OVERLAY, format!("there is no {what} to remove")).at(span, "nothing of this name");
            let d = match meant(node, &what) {
                Some(near) => d.help(format!("did you mean {near}?")),
                None => d.help("take the line away, or correct the name"),
            };
            self.evaluator.report(d, via);
        }
    }

    /// A label's text.
    pub fn label(&mut self, node: &mut Node, label: &Label, frame: &mut Frame, via: Origin) -> Option<At<Str>> {
        let text = match &label.value {
            LabelValue::Const(s) => s.clone(),
            LabelValue::Computed(e) => {
                let ctx = self.context(via);
                match self.evaluator.eval(e, frame, ctx) {
                    Value::Text(t) => t.text,
                    _ => {
                        node.poisoned = true;
                        return None;
                    }
                }
            }
        };
        Some(At::new(text, self.evaluator.origins.note(label.span, via)))
    }

    fn block(&mut self, node: &mut Node, block: &'p BlockItem, header: Span, frame: &mut Frame, layer: Layer, via: Origin) {
        if !self.block_wanted(block.info) {
            return;
        }
        let label = match &block.label {
            Some(l) => match self.label(node, l, frame, via) {
                Some(l) => Some(l),
                None => return,
            },
            None => None,
        };
        if !self.evaluator.burn(16 + node.children.len() / 16, header, self.context(via)) {
            node.poisoned = true;
            return;
        }
        // A name that is known without evaluation was looked at by the checker.
        if self.extent == Extent::Full
            && block.info.label == LabelRule::Name
            && let (Some(l), Some(Label { value: LabelValue::Computed(_), span })) = (&label, &block.label)
            && let Err(e) = crate::units::names::label(&l.value)
        {
            let d = Diagnostic::error(codes::BAD_NAME, e.message.trim_end_matches('.').to_string())
                .at(*span, format!("the name of `{}`", block.info.name));
            self.evaluator.report(d.why(format!("The text is made here: `{}`.", l.value)), via);
            node.poisoned = true;
        }
        let same = |m: u16, c: &Node| {
            m == block.member && (block.variant || c.label.as_ref().map(|l| &l.value) == label.as_ref().map(|l| &l.value))
        };
        let index = node.children.iter().position(|(m, c)| same(*m, c));
        let old = index.and_then(|i| node.children.get(i)).map(|(_, c)| (c.layer, c.origin));
        let what = What { info: node.info, member: block.member, label: label.as_ref().map(|l| &*l.value) };
        if label.is_some() && !block.variant && !self.overlay_fits(node, what, header, old, layer, block.mode, via) {
            return;
        }
        if old.is_some_and(|(l, _)| l == layer) {
            if self.extent == Extent::Full {
                self.said_twice(what, header, old.map_or(Origin::NONE, |o| o.1), via);
            }
            return;
        }
        let replace = block.variant || block.component.is_some();
        if let Some((_, existing)) = index.filter(|_| !replace).and_then(|i| node.children.get_mut(i)) {
            frame.set(block.self_name, name_of(existing));
            self.apply(existing, &block.body, frame, layer, via);
            return;
        }
        let ctx = self.context(via);
        let mut made = self.create(block, label, header, layer, frame, ctx);
        frame.set(block.self_name, name_of(&made));
        self.apply(&mut made, &block.body, frame, layer, via);
        match index.and_then(|i| node.children.get_mut(i)) {
            Some(slot) => *slot = (block.member, made),
            None => node.children.push((block.member, made)),
        }
    }

    /// Looks at the `require`s of finished nodes.
    pub fn check_requirements(&mut self, root: &Node) {
        for r in std::mem::take(&mut self.requirements) {
            let Some(node) = find(root, r.node) else { continue };
            let ctx = Context { via: r.via, app: self.app, node: Some(node) };
            let mut frame = r.frame;
            if let Value::Bool(false) = self.evaluator.eval(r.condition, &mut frame, ctx) {
                let message = r.message.map(|m| self.evaluator.eval(m, &mut frame, ctx)).and_then(|v| v.as_str().map(String::from));
                let title = message.unwrap_or_else(|| "a requirement of the program does not hold".into());
                let mut d = Diagnostic::error(codes::REQUIREMENT, title);
                // The reader's own line comes first: what broke the rule, then the rule.
                if let Some(site) = self.evaluator.origins.get(node.origin) {
                    d = d.at(site.span, "does not hold for this");
                }
                d = d.at(r.condition.span.to(r.span.before()), "required here");
                self.evaluator.diagnostics.push(d);
            }
        }
    }
}

/// An entry as messages name it: `` `env LOG_LEVEL` ``. Written where there is a message.
#[derive(Clone, Copy)]
struct What<'w> {
    info: &'static BlockInfo,
    member: u16,
    label: Option<&'w str>,
}

impl fmt::Display for What<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.info.members.get(usize::from(self.member)).map_or(String::new(), Member::name);
        match self.label {
            Some(label) => write!(f, "`{name} {label}`"),
            None => write!(f, "`{name}`"),
        }
    }
}

/// What of a node may be meant by "`tier webb`".
fn meant(node: &Node, what: &str) -> Option<String> {
    let member = |m: &u16| node.info.members.get(usize::from(*m)).map_or(String::new(), Member::name);
    let labelled = node.labelled.iter().map(|(m, _, l, _)| (m, &l.value));
    let children = node.children.iter().filter_map(|(m, c)| Some((m, &c.label.as_ref()?.value)));
    let all: Vec<String> = labelled.chain(children).map(|(m, l)| format!("`{} {l}`", member(m))).collect();
    let kind = what.split(' ').next();
    crate::check::suggest::nearest(what, all.iter().map(String::as_str).filter(|a| a.split(' ').next() == kind)).map(String::from)
}

/// Room in an empty node for what a body says: lists that grow would move what they hold, blocks with all that is in them.
fn make_room(node: &mut Node, body: &Body) {
    let (mut attributes, mut labelled, mut children) = (0, 0, 0);
    for item in &body.items {
        match item.kind {
            ItemKind::Set { .. } => attributes += 1,
            ItemKind::SetLabelled(_) => labelled += 1,
            ItemKind::Block(_) => children += 1,
            _ => {}
        }
    }
    if node.attributes.is_empty() {
        node.attributes.reserve_exact(attributes);
    }
    if node.labelled.is_empty() {
        node.labelled.reserve_exact(labelled);
    }
    if node.children.is_empty() {
        node.children.reserve_exact(children);
    }
}

/// `self.name` in a block.
pub fn name_of(node: &Node) -> Option<Value> {
    node.label.as_ref().map(|l| Value::text(l.value.clone()))
}

fn find(node: &Node, origin: Origin) -> Option<&Node> {
    if node.origin == origin { Some(node) } else { node.children.iter().find_map(|(_, c)| find(c, origin)) }
}

/// Does an expression name a tier, so that it cannot be evaluated while names are collected?
fn reads_tiers(program: &Program, e: &Expr, seen: &mut FxHashSet<usize>) -> bool {
    use crate::check::program::{ExprKind as K, TextPart};
    // A `let` or a function that many others use is looked at once: chains of them would take for ever.
    let mut once = |e: &Expr| seen.insert(std::ptr::from_ref(e) as usize) && reads_tiers(program, e, seen);
    match &e.kind {
        K::Tier(_) | K::PortOf(..) | K::Property(..) => true,
        K::Let(_, value) => once(value),
        K::Global(id) => program.globals.get(*id).and_then(|g| g.value.as_ref()).is_some_and(&mut once),
        K::Call(id, arguments) => arguments.iter().flatten().any(&mut once) || program.functions.get(*id).is_some_and(|f| once(&f.value)),
        K::Text(parts) => parts.iter().any(|p| matches!(p, TextPart::Value(e) if once(e))),
        K::List(items) | K::Builtin(_, items) => items.iter().any(&mut once),
        K::Map(fields) => fields.iter().any(|(_, _, e)| once(e)),
        K::Range(ends) => once(&ends.0) || once(&ends.1),
        K::Binary(_, a, b) | K::Index(a, b) => once(a) || once(b),
        K::Both(a) | K::Negate(a) | K::Not(a) | K::Field(a, _) | K::End(a, _) | K::Checked(a, _) | K::Refined(a, _) => once(a),
        K::If(a, b, c) => once(a) || once(b) || once(c),
        K::Match(s, arms) => once(s) || arms.iter().any(|(p, e)| p.as_ref().is_some_and(&mut once) || once(e)),
        K::Variant { arguments, .. } => arguments.iter().flatten().any(&mut once),
        K::Comprehension { list, condition, value, .. } => once(list) || condition.as_deref().is_some_and(&mut once) || once(value),
        K::Const(_) | K::Local(_) | K::SelfMember(_) | K::Poison => false,
    }
}
