//! Nodes to tree: one function per construct. Precedence is resolved here, and every recovery node becomes its one message.

use super::ast::{
    Argument, Body, Comprehension, Entry, EntryKind, Expr, ExprKind, Label, Name, Operator, Param, Part, Parts, Plain, Text, Type,
    TypeKind, UseFrom,
};
use super::nodes::{Pair, Pairs, Rule};
use super::recover::{self, Found};
use super::scan::{Comment, MAX_NESTING, Patched};
use super::text::{self, Quote, Stretch};
use crate::source::{FileId, Span};
use std::borrow::Cow;

/// The most operators of one expression.
pub(super) const MAX_OPERATORS: usize = 200;
/// The greatest height of the tree in all: so deep may every later pass, and every `Drop`, recurse.
const MAX_HEIGHT: usize = 256;
/// The most messages that one piece of a file keeps.
const MAX_FOUND: usize = 2_000;

/// Lowers one piece of a file.
pub(super) struct Lower<'s, 'p> {
    pub(super) file: FileId,
    /// The whole source.
    pub(super) source: &'s str,
    pub(super) patched: &'p Patched<'s>,
    /// The documentation comments of the source, in order.
    pub(super) documentation: &'p [Comment],
    pub(super) found: Vec<Found>,
}

impl<'s> Lower<'s, '_> {
    fn bounds(&self, pair: &Pair) -> (usize, usize) {
        (self.patched.offset(pair.start()), self.patched.offset(pair.end()))
    }
    fn span(&self, pair: &Pair) -> Span {
        let (start, end) = self.bounds(pair);
        Span::new(self.file, start, end)
    }
    /// Without the blanks at its ends, which recovery nodes leave.
    fn trimmed(&self, pair: &Pair) -> Span {
        let (start, end) = self.bounds(pair);
        let text = self.slice(start, end).trim_end();
        let blanks = text.len() - text.trim_start().len();
        Span::new(self.file, start + blanks, start + text.len())
    }
    fn slice(&self, start: usize, end: usize) -> &'s str {
        self.source.get(start..end).unwrap_or("")
    }
    fn text(&self, span: Span) -> &'s str {
        self.slice(span.start as usize, span.end as usize)
    }
    fn say(&mut self, found: Found) {
        if self.found.len() < MAX_FOUND {
            self.found.push(found);
        }
    }
    fn missing(&self, span: Span) -> Expr<'s> {
        Expr { kind: ExprKind::Missing, span }
    }

    /// The entries of a file or body.
    pub(super) fn entries(&mut self, pairs: Pairs, depth: usize) -> Vec<Entry<'s>> {
        // A vector that grows would move what it holds, and there are many.
        let mut entries: Vec<Entry<'s>> = Vec::with_capacity(pairs.clone().count());
        for pair in pairs {
            match pair.rule() {
                Rule::EOI => {}
                Rule::bad_line => {
                    let found = recover::line(self.source, self.trimmed(&pair));
                    self.say(found);
                }
                Rule::bad_tail => {
                    let before = entries.last().map(|e| e.span);
                    let found = recover::tail(self.source, self.trimmed(&pair), before);
                    self.say(found);
                }
                Rule::late_else => self.late_else(&mut entries, &pair, depth),
                _ => entries.extend(self.entry(pair, depth)),
            }
        }
        entries
    }

    fn entry(&mut self, pair: Pair, depth: usize) -> Option<Entry<'s>> {
        let span = self.trimmed(&pair);
        let doc = self.documentation_above(span.start as usize);
        let rule = pair.rule();
        let mut inner = pair.inner();
        let kind = match rule {
            Rule::plain => EntryKind::Plain(self.plain(inner, span, depth)?),
            Rule::add => {
                let plain = inner.next()?;
                let span = self.trimmed(&plain);
                EntryKind::Add(self.plain(plain.inner(), span, depth)?)
            }
            Rule::import => {
                let from = inner.next()?;
                let from = match from.rule() {
                    Rule::path => UseFrom::Std(self.names(&from).collect()),
                    _ => UseFrom::File(self.string(from, depth)),
                };
                EntryKind::Use { from, alias: inner.next().map(|n| self.name(&n)) }
            }
            Rule::input => {
                let (name, ty) = (self.name(&inner.next()?), Box::new(self.ty(inner.next()?)));
                EntryKind::Input { name, ty, default: self.assigned(&mut inner, span, depth) }
            }
            Rule::binding => {
                let name = self.name(&inner.next()?);
                let ty = match inner.peek().map(Pair::rule) {
                    Some(Rule::type_) => inner.next().map(|t| Box::new(self.ty(t))),
                    _ => None,
                };
                let value = self.assigned(&mut inner, span, depth)?;
                EntryKind::Let { name, ty, value }
            }
            Rule::typedef => {
                let name = self.name(&inner.next()?);
                self.wrong_assignment(&mut inner, span);
                let ty = Box::new(self.ty(inner.next()?));
                EntryKind::Type { name, ty, refinement: inner.next().map(|v| self.value(v, depth)) }
            }
            Rule::function => {
                let (name, params) = (self.name(&inner.next()?), self.params(inner.next()?, depth));
                let result = Box::new(self.ty(inner.next()?));
                let value = Box::new(self.assigned(&mut inner, span, depth)?);
                EntryKind::Fn { name, params, result, value }
            }
            Rule::component => {
                let (name, params) = (self.name(&inner.next()?), self.params(inner.next()?, depth));
                let kind = self.name(&inner.next()?);
                EntryKind::Component { name, params, kind, body: Box::new(self.body(inner.next()?, depth)) }
            }
            Rule::policy => {
                let label = Box::new(self.label(inner.next()?, depth));
                let (kind, variable) = (Box::new(self.name(&inner.next()?)), Box::new(self.name(&inner.next()?)));
                EntryKind::Policy { label, kind, variable, body: Box::new(self.body(inner.next()?, depth)) }
            }
            Rule::repeat => {
                let (name, list) = (self.name(&inner.next()?), self.expr(inner.next()?, depth));
                EntryKind::For { name, list, body: Box::new(self.body(inner.next()?, depth)) }
            }
            Rule::branch => return self.branch(inner, span, doc, depth),
            Rule::require => {
                let condition = self.value(inner.next()?, depth);
                EntryKind::Require { condition, message: inner.next().map(|m| self.string(m, depth)) }
            }
            Rule::remove => {
                let name = self.name(&inner.next()?);
                EntryKind::Remove { name, label: inner.next().map(|l| self.label(l, depth)) }
            }
            Rule::allow => EntryKind::Allow { name: self.name(&inner.next()?), because: self.string(inner.next()?, depth) },
            Rule::include => EntryKind::Include(self.string(inner.next()?, depth)),
            _ => return None,
        };
        Some(Entry { kind, doc, span })
    }

    /// The `///` lines that end on the line above `start`.
    fn documentation_above(&self, start: usize) -> Option<Box<str>> {
        if self.documentation.is_empty() {
            return None;
        }
        let mut index = self.documentation.partition_point(|c| (c.span.start as usize) < start);
        let mut below = start;
        let mut lines = Vec::new();
        while let Some(comment) = index.checked_sub(1).and_then(|i| self.documentation.get(i)) {
            let between = self.slice(comment.span.end as usize, below);
            // The blanks alone: a gap is as long as all the entries since the last comment, and every one of them asks.
            let blanks = between.split(|c: char| !c.is_whitespace()).next().unwrap_or("");
            if !comment.alone || blanks.len() != between.len() || line_breaks(blanks) != 1 {
                break;
            }
            let line = self.text(comment.span).trim_start_matches('/');
            lines.push(line.strip_prefix(' ').unwrap_or(line).trim_end());
            (below, index) = (comment.span.start as usize, index - 1);
        }
        lines.reverse();
        (!lines.is_empty()).then(|| lines.join("\n").into())
    }

    fn branch(&mut self, mut inner: Pairs, span: Span, doc: Option<Box<str>>, depth: usize) -> Option<Entry<'s>> {
        if depth > MAX_HEIGHT {
            self.say(Found::specific(recover::too_deep(span, "`else if`s")));
            return None;
        }
        let condition = self.expr(inner.next()?, depth);
        let then = Box::new(self.body(inner.next()?, depth));
        let (otherwise, else_body) = match inner.next() {
            Some(rest) => self.otherwise(rest, depth),
            None => (None, None),
        };
        Some(Entry { kind: EntryKind::If { condition, then, otherwise, else_body }, doc, span })
    }

    /// What follows `else`: another `if` or a body.
    fn otherwise(&mut self, pair: Pair, depth: usize) -> (Option<Box<Entry<'s>>>, Option<Box<Body<'s>>>) {
        let span = self.trimmed(&pair);
        match pair.rule() {
            Rule::branch => (self.branch(pair.inner(), span, None, depth + 1).map(Box::new), None),
            Rule::wrong_else => {
                let found = Found::specific(recover::else_if(self.source, span));
                self.say(found);
                (self.branch(pair.inner(), span, None, depth + 1).map(Box::new), None)
            }
            _ => (None, Some(Box::new(self.body(pair, depth)))),
        }
    }

    /// An `else` that begins a line. Where an `if` without one stands above, it is that one's.
    fn late_else(&mut self, entries: &mut [Entry<'s>], pair: &Pair, depth: usize) {
        let span = self.trimmed(pair);
        let Some(inner) = pair.inner().next() else { return };
        let last_if = entries.last_mut();
        let found =
            recover::late_else(self.source, span, last_if.as_ref().filter(|e| matches!(e.kind, EntryKind::If { .. })).map(|e| e.span));
        self.say(Found::specific(found));
        let known = self.found.len();
        let (next, body) = self.otherwise(inner, depth);
        // `elif` is part of the message that was just given.
        if let Some(Found { diagnostic, .. }) = self.found.get(known)
            && diagnostic.primary().is_some_and(|p| p.start == span.start)
        {
            self.found.remove(known);
        }
        if let Some(Entry { kind: EntryKind::If { otherwise, else_body, .. }, .. }) = last_if
            && otherwise.is_none()
            && else_body.is_none()
        {
            (*otherwise, *else_body) = (next, body);
        }
    }

    fn plain(&mut self, inner: Pairs, span: Span, depth: usize) -> Option<Plain<'s>> {
        let empty = Name { text: "", span: span.before() };
        let mut plain = Plain { path: empty, label: None, within: None, value: None, body: None };
        let mut wrong = None;
        for pair in inner {
            match pair.rule() {
                Rule::path => plain.path = self.name(&pair),
                Rule::name | Rule::string => plain.label = Some(Box::new(self.label(pair, depth))),
                Rule::within => plain.within = pair.inner().next().map(|n| Box::new(self.name(&n))),
                Rule::body => plain.body = Some(Box::new(self.body(pair, depth))),
                Rule::wrong_colon | Rule::wrong_equals => wrong = Some(self.span(&pair)),
                Rule::missing_value if wrong.is_some() => plain.value = Some(self.missing(span.after())),
                Rule::bare_value => {
                    let at = self.span(&pair);
                    if recover::has_form(plain.path.text) {
                        self.bad_rest(&mut plain, span, at)?;
                    }
                    self.say(Found::specific(recover::missing_assignment(self.source, span, at)));
                    plain.value = pair.inner().next().map(|e| self.expr(e, depth));
                }
                Rule::late_body => {
                    let Some(body) = pair.inner().next() else { continue };
                    let at = self.span(&body);
                    self.say(Found::specific(recover::late_body(self.source, span, at)));
                    plain.body = Some(Box::new(self.body(body, depth)));
                }
                Rule::bad_rest => {
                    let rest = self.trimmed(&pair);
                    self.bad_rest(&mut plain, span, rest)?;
                }
                _ => plain.value = Some(self.value(pair, depth)),
            }
        }
        if let Some(sign) = wrong {
            let empty = matches!(plain.value.as_ref().map(|v| &v.kind), Some(ExprKind::Missing));
            self.say(Found::specific(recover::wrong_assignment(self.source, span, sign, empty)));
        }
        Some(plain)
    }

    /// A path, perhaps with a label, and then neither `=` nor `{`.
    fn bad_rest(&mut self, plain: &mut Plain<'s>, span: Span, rest: Span) -> Option<()> {
        if rest.start == rest.end
            && let Some(Label::String(text)) = plain.label.take_if(|l| matches!(**l, Label::String(_))).map(|l| *l)
        {
            // `image "x"` can only be meant as an attribute.
            self.say(Found::generic(recover::missing_assignment(self.source, span, text.span)));
            plain.value = Some(Expr { span: text.span, kind: ExprKind::Text(text.parts) });
            return Some(());
        }
        let label = plain.label.as_deref().map(|l| match l {
            Label::Name(n) => n.span,
            Label::String(t) => t.span,
        });
        let found = recover::words(self.source, span, label, rest);
        self.say(found);
        None
    }

    fn body(&mut self, pair: Pair, depth: usize) -> Body<'s> {
        let span = self.span(&pair);
        Body { entries: self.entries(pair.inner(), depth + 1), span }
    }

    fn name(&self, pair: &Pair) -> Name<'s> {
        let span = self.span(pair);
        Name { text: self.text(span), span }
    }

    /// `a.b.c`, which is one token.
    fn names(&self, pair: &Pair) -> impl Iterator<Item = Name<'s>> {
        let (file, (start, end)) = (self.file, self.bounds(pair));
        let mut at = start;
        self.slice(start, end).split('.').map(move |text| {
            let span = Span::new(file, at, at + text.len());
            at += text.len() + 1;
            Name { text, span }
        })
    }

    fn label(&mut self, pair: Pair, depth: usize) -> Label<'s> {
        match pair.rule() {
            Rule::string => Label::String(self.string(pair, depth)),
            _ => Label::Name(self.name(&pair)),
        }
    }

    /// `[wrong sign] value`, if there is one.
    fn assigned(&mut self, inner: &mut Pairs, entry: Span, depth: usize) -> Option<Expr<'s>> {
        let wrong = self.wrong_assignment(inner, entry);
        let value = inner.next()?;
        if wrong && value.rule() == Rule::missing_value {
            return Some(self.missing(entry.after()));
        }
        Some(self.value(value, depth))
    }

    fn wrong_assignment(&mut self, inner: &mut Pairs, entry: Span) -> bool {
        let Some(sign) = inner.peek().filter(|p| matches!(p.rule(), Rule::wrong_colon | Rule::wrong_equals)) else { return false };
        inner.next();
        let empty = inner.peek().is_none_or(|v| v.rule() == Rule::missing_value);
        let found = recover::wrong_assignment(self.source, entry, self.span(&sign), empty);
        self.say(Found::specific(found));
        true
    }

    fn params(&mut self, pair: Pair, depth: usize) -> Vec<Param<'s>> {
        let mut params = Vec::new();
        for pair in pair.inner() {
            let span = self.span(&pair);
            let mut inner = pair.inner();
            if let (Some(name), Some(ty)) = (inner.next(), inner.next()) {
                let (name, ty) = (self.name(&name), self.ty(ty));
                params.push(Param { name, ty, default: self.assigned(&mut inner, span, depth) });
            }
        }
        params
    }

    fn ty(&mut self, pair: Pair) -> Type<'s> {
        let span = self.span(&pair);
        let mut out: Option<Type<'s>> = None;
        for pair in pair.inner() {
            let at = self.span(&pair);
            let kind = match pair.rule() {
                Rule::name => TypeKind::Name(self.text(at)),
                Rule::type_list => match pair.inner().next() {
                    Some(item) => TypeKind::List(Box::new(self.ty(item))),
                    None => continue,
                },
                Rule::type_map => {
                    let mut inner = pair.inner();
                    match (inner.next(), inner.next()) {
                        (Some(key), Some(value)) => TypeKind::Map(Box::new(self.ty(key)), Box::new(self.ty(value))),
                        _ => continue,
                    }
                }
                _ => match out.take() {
                    Some(inner) => TypeKind::Optional(Box::new(inner)),
                    None => continue,
                },
            };
            out = Some(match (out, &kind) {
                (Some(low), TypeKind::Name(_) | TypeKind::List(_) | TypeKind::Map(..)) => {
                    Type { span, kind: TypeKind::Range(Box::new(low), Box::new(Type { kind, span: at })) }
                }
                (_, TypeKind::Optional(_)) => Type { kind, span },
                _ => Type { kind, span: at },
            });
        }
        out.unwrap_or(Type { kind: TypeKind::Name(""), span })
    }

    fn value(&mut self, pair: Pair, depth: usize) -> Expr<'s> {
        let span = self.span(&pair);
        match pair.rule() {
            Rule::expr => return self.expr(pair, depth),
            Rule::late_value => {
                let Some(value) = pair.inner().next() else { return self.missing(span) };
                let found = recover::late_value(self.source, span, self.span(&value));
                self.say(Found::specific(found));
                return self.expr(value, depth);
            }
            Rule::missing_value => {
                let found = recover::missing_value(self.source, span);
                self.say(found);
            }
            _ => {
                let found = recover::bad_value(self.source, self.trimmed(&pair));
                self.say(found);
            }
        }
        self.missing(span)
    }

    /// The items of `(…)`, `[…]`, a call's arguments (`name` set) or `${…}`.
    fn items(&mut self, pairs: Pairs, depth: usize) -> Vec<Argument<'s>> {
        let mut items: Vec<Argument<'s>> = Vec::with_capacity(pairs.clone().count());
        let mut gap: Option<Span> = None;
        // Behind a comma too many the next item needs none.
        let mut extra = false;
        for pair in pairs {
            let span = self.span(&pair);
            let rule = pair.rule();
            if let Some(gap) = gap.take()
                && matches!(rule, Rule::expr | Rule::argument)
            {
                let found = recover::missing_comma(self.source, items.last().map(|i| i.value.span), gap, span);
                self.say(found);
            }
            if rule != Rule::missing_comma {
                extra = self.text(span) == ",";
            }
            match rule {
                Rule::argument => {
                    let mut inner = pair.inner();
                    let name = inner.peek().filter(|p| p.rule() == Rule::name);
                    if name.is_some() {
                        inner.next();
                    }
                    let name = name.map(|n| self.name(&n));
                    let wrong = name.is_some() && self.wrong_assignment(&mut inner, span);
                    let Some(pair) = inner.next() else { continue };
                    if wrong && pair.rule() == Rule::missing_value {
                        continue;
                    }
                    if let Some(value) = self.item(pair, items.last().map(|i| i.value.span), depth) {
                        items.push(Argument { name, value });
                    }
                }
                Rule::missing_comma if extra => extra = false,
                Rule::missing_comma => gap = Some(span),
                _ => {
                    if let Some(value) = self.item(pair, items.last().map(|i| i.value.span), depth) {
                        items.push(Argument { name: None, value });
                    }
                }
            }
        }
        items
    }

    fn item(&mut self, pair: Pair, before: Option<Span>, depth: usize) -> Option<Expr<'s>> {
        match pair.rule() {
            Rule::extra_comma => {
                let found = Found::specific(recover::extra_comma(self.span(&pair)));
                self.say(found);
                None
            }
            Rule::bad_item => {
                let found = recover::tail(self.source, self.trimmed(&pair), before);
                self.say(found);
                None
            }
            _ => Some(self.value(pair, depth)),
        }
    }

    /// The one expression of `(…)`, `[…]` behind a value, or `${…}`.
    fn only(&mut self, pair: Pair, depth: usize) -> Expr<'s> {
        let span = self.span(&pair);
        let known = self.found.len();
        let mut items = self.items(pair.inner(), depth);
        let first = if items.is_empty() { None } else { Some(items.remove(0).value) };
        // A comma between two values is a mistake here; a mistake that was already reported inside explains a missing one.
        if self.found.len() == known && (first.is_none() || !items.is_empty()) {
            let extra = items.first().map(|i| i.value.span);
            self.say(Found::specific(recover::one_value(self.source, span, extra)));
        }
        first.unwrap_or(self.missing(span))
    }

    /// A chain of operands and operators.
    fn expr(&mut self, pair: Pair, depth: usize) -> Expr<'s> {
        let span = self.span(&pair);
        let mut inner = pair.inner();
        let links = inner.clone().count();
        if links == 1 && depth <= MAX_HEIGHT {
            return inner.next().map_or(self.missing(span), |p| self.primary(p, depth));
        }
        if links / 2 > MAX_OPERATORS {
            self.say(Found::specific(recover::too_many_operators(span)));
            return self.missing(span);
        }
        let depth = depth + links / 2 + 1;
        if depth > MAX_HEIGHT {
            self.say(Found::specific(recover::too_deep(span, "parts of an expression inside each other")));
            return self.missing(span);
        }
        let chain = Chain { span, depth };
        let mut value = self.climb(&mut inner, chain, 0);
        // A `?` takes all that stands before it for its condition.
        while let Some(pair) = inner.next().filter(|p| p.rule() == Rule::ternary) {
            let condition = value.unwrap_or(self.missing(span));
            let chosen = self.ternary(pair, condition, depth);
            value = Some(self.operators(chosen, &mut inner, chain, 0));
        }
        value.unwrap_or(self.missing(span))
    }

    /// Precedence climbing; every operator associates to the left. `not` reaches over a comparison (`not a == b` is `not (a == b)`), `-` over
    /// nothing.
    fn climb(&mut self, inner: &mut Pairs, chain: Chain, least: u8) -> Option<Expr<'s>> {
        let operand = self.operand(inner, chain)?;
        Some(self.operators(operand, inner, chain, least))
    }

    /// Operators that bind at least so tightly, and what stands right of each.
    fn operators(&mut self, mut left: Expr<'s>, inner: &mut Pairs, chain: Chain, least: u8) -> Expr<'s> {
        while let Some(pair) = inner.peek().filter(|p| p.rule() == Rule::op) {
            let at = self.span(&pair);
            let binds = precedence(self.text(at));
            if binds < least {
                break;
            }
            inner.next();
            let operator = self.operator(at);
            let Some(right) = self.climb(inner, chain, binds + 1) else { break };
            let span = left.span.to(right.span);
            let sides = Box::new((left, right));
            let kind = match operator {
                Some(operator) => ExprKind::Binary(operator, sides),
                None => ExprKind::Range(sides),
            };
            left = Expr { kind, span };
        }
        left
    }

    /// An operand with its prefixes, and the calls, indices and fields behind it.
    fn operand(&mut self, inner: &mut Pairs, chain: Chain) -> Option<Expr<'s>> {
        let pair = inner.next()?;
        let at = self.span(&pair);
        let mut operand = match pair.rule() {
            Rule::prefix => {
                let written = self.text(at);
                if written == "!" {
                    self.say(Found::specific(recover::foreign_operator(self.source, at, "!", "not")));
                }
                let negates = written == "-";
                let value = self.climb(inner, chain, if negates { 7 } else { 2 })?;
                let span = at.to(value.span);
                let value = Box::new(value);
                return Some(Expr { kind: if negates { ExprKind::Negate(value) } else { ExprKind::Not(value) }, span });
            }
            Rule::missing_operand => {
                let found = recover::missing_operand(self.source, chain.span, at);
                self.say(found);
                self.missing(at)
            }
            _ => self.primary(pair, chain.depth),
        };
        while let Some(pair) = inner.peek().filter(|p| matches!(p.rule(), Rule::args | Rule::index | Rule::field)) {
            inner.next();
            let span = operand.span.to(self.span(&pair));
            let kind = match pair.rule() {
                Rule::args => ExprKind::Call(Box::new((operand, self.items(pair.inner(), chain.depth + 1)))),
                Rule::index => ExprKind::Index(Box::new((operand, self.only(pair, chain.depth + 1)))),
                _ => match pair.inner().next() {
                    Some(name) => ExprKind::Field(Box::new((operand, self.name(&name)))),
                    None => ExprKind::Missing,
                },
            };
            operand = Expr { kind, span };
        }
        Some(operand)
    }

    fn operator(&mut self, at: Span) -> Option<Operator> {
        Some(match self.text(at) {
            ".." => return None,
            "or" => Operator::Or,
            "and" => Operator::And,
            "==" => Operator::Equal,
            "!=" => Operator::NotEqual,
            "<" => Operator::Less,
            "<=" => Operator::LessEqual,
            ">" => Operator::Greater,
            ">=" => Operator::GreaterEqual,
            "in" => Operator::In,
            "+" => Operator::Add,
            "*" => Operator::Multiply,
            "/" => Operator::Divide,
            "of" => Operator::Of,
            "per" => Operator::Per,
            "&&" => {
                self.say(Found::specific(recover::foreign_operator(self.source, at, "&&", "and")));
                Operator::And
            }
            "||" => {
                self.say(Found::specific(recover::foreign_operator(self.source, at, "||", "or")));
                Operator::Or
            }
            _ => Operator::Subtract,
        })
    }

    /// `a ? b : c`, which is `if a then b else c` elsewhere.
    fn ternary(&mut self, pair: Pair, condition: Expr<'s>, depth: usize) -> Expr<'s> {
        let at = self.trimmed(&pair);
        let mut inner = pair.inner();
        let then = inner.next().map(|e| self.expr(e, depth + 1));
        let otherwise = inner.next().map(|e| self.expr(e, depth + 1));
        let parts = (then.as_ref().map(|e| e.span), otherwise.as_ref().map(|e| e.span));
        self.say(Found::specific(recover::ternary(self.source, condition.span, at, parts)));
        let span = condition.span.to(at);
        let then = then.unwrap_or(self.missing(at.after()));
        let otherwise = otherwise.unwrap_or(self.missing(at.after()));
        Expr { kind: ExprKind::If(Box::new((condition, then, otherwise))), span }
    }

    fn primary(&mut self, pair: Pair, depth: usize) -> Expr<'s> {
        let span = self.span(&pair);
        let kind = match pair.rule() {
            Rule::number => ExprKind::Number(self.text(span)),
            Rule::path => return self.dotted(&pair, span),
            Rule::string => ExprKind::Text(self.string(pair, depth).parts),
            Rule::raw => {
                let (start, end) = self.bounds(&pair);
                ExprKind::Text(Parts::Literal(text::line_ends(self.slice(start + 1, end - 1))))
            }
            Rule::list => return self.list(pair, span, depth + 1),
            Rule::paren => return self.only(pair, depth + 1),
            Rule::record => ExprKind::Record(self.record(pair, depth + 1).into()),
            Rule::conditional => return self.conditional(pair, span, depth + 1),
            Rule::choose => return self.choose(pair, span, depth + 1),
            _ => ExprKind::Missing,
        };
        Expr { kind, span }
    }

    /// `a.b.c`.
    fn dotted(&mut self, pair: &Pair, span: Span) -> Expr<'s> {
        if self.text(span).split('.').count() > MAX_NESTING {
            self.say(Found::specific(recover::too_deep(span, "names joined by `.`")));
            return self.missing(span);
        }
        let mut names = self.names(pair);
        let Some(first) = names.next() else { return self.missing(span) };
        names.fold(Expr { kind: ExprKind::Name(first.text), span: first.span }, |target, name| {
            let span = target.span.to(name.span);
            Expr { kind: ExprKind::Field(Box::new((target, name))), span }
        })
    }

    fn list(&mut self, pair: Pair, span: Span, depth: usize) -> Expr<'s> {
        let inner = pair.inner();
        if let Some(comprehension) = inner.peek().filter(|p| p.rule() == Rule::comprehension) {
            return self.comprehension(comprehension, span, depth);
        }
        let kind = ExprKind::List(self.items(inner, depth).into_iter().map(|i| i.value).collect());
        Expr { kind, span }
    }

    fn comprehension(&mut self, pair: Pair, span: Span, depth: usize) -> Expr<'s> {
        let (mut name, mut list, mut condition, mut value, mut bad) = (None, None, None, None, None);
        for pair in pair.inner() {
            match pair.rule() {
                Rule::name => name = Some(self.name(&pair)),
                Rule::condition => condition = pair.inner().next().map(|e| self.expr(e, depth)),
                Rule::expr if list.is_none() => list = Some(self.expr(pair, depth)),
                Rule::expr => value = Some(self.expr(pair, depth)),
                _ => bad = Some(self.trimmed(&pair)),
            }
        }
        match (name, list, value, bad) {
            (Some(name), Some(list), Some(value), None) => {
                Expr { kind: ExprKind::Comprehension(Box::new(Comprehension { name, list, condition, value })), span }
            }
            (.., bad) => {
                self.say(Found::specific(recover::bad_form(self.source, bad.filter(|b| b.start < b.end).unwrap_or(span), "comprehension")));
                self.missing(span)
            }
        }
    }

    fn record(&mut self, pair: Pair, depth: usize) -> Vec<(Label<'s>, Expr<'s>)> {
        let mut fields: Vec<(Label<'s>, Expr<'s>)> = Vec::with_capacity(pair.inner().count());
        let mut before = None;
        for pair in pair.inner() {
            let span = self.trimmed(&pair);
            match pair.rule() {
                Rule::member => {
                    let mut inner = pair.inner();
                    let Some(label) = inner.next().map(|l| self.label(l, depth)) else { continue };
                    before = Some(span);
                    if inner.peek().is_some_and(|p| p.rule() == Rule::bad_rest) {
                        let rest = inner.next().map_or(span, |p| self.trimmed(&p));
                        let found = recover::field(self.source, span, rest);
                        self.say(found);
                    } else if let Some(value) = self.assigned(&mut inner, span, depth) {
                        fields.push((label, value));
                    }
                }
                Rule::bad_tail => {
                    let found = recover::tail(self.source, span, before);
                    self.say(found);
                }
                _ => {
                    let found = recover::line(self.source, span);
                    self.say(found);
                }
            }
        }
        fields
    }

    fn conditional(&mut self, pair: Pair, span: Span, depth: usize) -> Expr<'s> {
        let mut parts = Vec::with_capacity(3);
        for pair in pair.inner() {
            match pair.rule() {
                Rule::expr => parts.push(self.expr(pair, depth)),
                _ => {
                    let rest = self.trimmed(&pair);
                    let at = if rest.start < rest.end { rest } else { Span { end: span.start + 2, ..span } };
                    self.say(Found::specific(recover::bad_form(self.source, at, "if")));
                    return self.missing(span);
                }
            }
        }
        let mut parts = parts.into_iter();
        match (parts.next(), parts.next(), parts.next()) {
            (Some(condition), Some(then), Some(otherwise)) => Expr { kind: ExprKind::If(Box::new((condition, then, otherwise))), span },
            _ => self.missing(span),
        }
    }

    fn choose(&mut self, pair: Pair, span: Span, depth: usize) -> Expr<'s> {
        let (mut subject, mut arms, mut before) = (None, Vec::new(), None);
        for pair in pair.inner() {
            let at = self.trimmed(&pair);
            match pair.rule() {
                Rule::expr => subject = Some(self.expr(pair, depth)),
                Rule::arm => {
                    let mut inner = pair.inner();
                    let Some(pattern) = inner.next().map(|p| self.expr(p, depth)) else { continue };
                    before = Some(at);
                    match inner.next() {
                        Some(rest) if rest.rule() == Rule::bad_rest => {
                            self.say(Found::generic(recover::bad_form(self.source, at, "match")));
                        }
                        Some(value) => {
                            let value = self.value(value, depth);
                            arms.push((pattern, value));
                        }
                        None => {}
                    }
                }
                Rule::bad_rest => {
                    let at = if at.start < at.end { at } else { Span { end: span.start + 5, ..span } };
                    self.say(Found::specific(recover::bad_form(self.source, at, "match")));
                    return self.missing(span);
                }
                Rule::bad_tail => {
                    let found = recover::tail(self.source, at, before);
                    self.say(found);
                }
                _ => {
                    let found = recover::line(self.source, at);
                    self.say(found);
                }
            }
        }
        match subject {
            Some(subject) => Expr { kind: ExprKind::Match(Box::new((subject, arms))), span },
            None => self.missing(span),
        }
    }

    fn string(&mut self, pair: Pair, depth: usize) -> Text<'s> {
        let span = self.span(&pair);
        let (from, to) = (pair.start(), pair.end());
        let quote = if self.text(span).starts_with("\"\"\"") && to - from >= 6 { Quote::Triple } else { Quote::Single };
        let content = (self.patched.offset(from + quote.length()), self.patched.offset(to - quote.length()));
        let mut inner = pair.inner().filter(|p| p.rule() == Rule::interpolation).peekable();
        if inner.peek().is_none() && quote == Quote::Single {
            let text = self.slice(content.0, content.1);
            if !text.contains('\\') {
                return Text { parts: Parts::Literal(Cow::Borrowed(text)), span };
            }
        }
        let (mut stretches, mut expressions, mut at) = (Vec::new(), Vec::new(), content.0);
        for interpolation in inner {
            let (start, end) = self.bounds(&interpolation);
            stretches.push(Stretch { text: self.slice(at, start), start: at });
            expressions.push(self.only(interpolation, depth + 1));
            at = end;
        }
        stretches.push(Stretch { text: self.slice(at, content.1), start: at });
        let literals = text::literals(self.file, quote, &stretches, &mut self.found);
        if expressions.is_empty() {
            return Text { parts: Parts::Literal(literals.into_iter().next().unwrap_or_default()), span };
        }
        let mut parts = Vec::with_capacity(literals.len() + expressions.len());
        let mut expressions = expressions.into_iter();
        for literal in literals {
            if !literal.is_empty() {
                parts.push(Part::Literal(literal));
            }
            parts.extend(expressions.next().map(Part::Interpolation));
        }
        Text { parts: Parts::Several(parts.into()), span }
    }
}

/// The chain of operands and operators that an operand is part of, and the height of the tree up to it.
#[derive(Clone, Copy)]
struct Chain {
    span: Span,
    depth: usize,
}

/// How tightly an operator binds: as [`Operator`] says, and `..` between the comparisons and the sums, so that `it in 1..100` and
/// `1 + 1..5 * 2` read as they look.
fn precedence(operator: &str) -> u8 {
    match operator {
        "or" | "||" => 0,
        "and" | "&&" => 1,
        "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" => 2,
        ".." => 3,
        "*" | "/" => 5,
        "of" | "per" => 6,
        _ => 4,
    }
}

/// Line breaks of a text; `\r\n` is one.
fn line_breaks(text: &str) -> usize {
    let breaks = text.matches(['\n', '\r']).count();
    breaks - text.matches("\r\n").count()
}
