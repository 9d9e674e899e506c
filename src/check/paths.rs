//! Names and paths: `frontend`, `backend.api.url`, `self.replicas.max`, `pod.name`.

use super::declarations::Symbol;
use super::program::{Expr, ExprKind, Property, TierName};
use super::scope::{BindingKind, Checker};
use super::signatures::TierSignature;
use super::suggest;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast;
use crate::vocabulary::value::{Str, Value};
use crate::vocabulary::{BlockInfo, Form, Type};

/// A name in a path.
type Segment<'s> = ast::Name<'s>;

/// The names of `a.b.c`, where the expression is nothing but that.
pub(super) fn segments<'s>(e: &ast::Expr<'s>) -> Option<Vec<Segment<'s>>> {
    match &e.kind {
        ast::ExprKind::Name(text) => Some(vec![ast::Name { text, span: e.span }]),
        ast::ExprKind::Field(field) => {
            let mut all = segments(&field.0)?;
            all.push(field.1);
            Some(all)
        }
        _ => None,
    }
}

impl<'a, 's> Checker<'a, 's> {
    pub fn poison(&self, span: Span) -> Expr {
        Expr { kind: ExprKind::Poison, span }
    }

    /// A path in lexical scope, with its type; `None` where its first name means nothing.
    pub fn lexical(&mut self, path: &[Segment<'s>], span: Span) -> Option<(Expr, Type)> {
        let (first, rest) = path.split_first()?;
        if let Some((e, ty)) = self.local(first.text, first.span) {
            return Some(self.fields(e, ty, rest));
        }
        match first.text {
            "true" | "false" if rest.is_empty() => {
                return Some((Expr { kind: ExprKind::Const(Value::Bool(first.text == "true")), span }, Type::Bool));
            }
            "self" => return Some(self.self_path(first.span, rest)),
            _ => {}
        }
        // Values of the top level come before tiers of the same name only in reading: a tier may not share a `let`'s name.
        if let Some(tier) = self.app.and_then(|a| a.tier(first.text)) {
            let e = Expr { kind: tier_named(None, first.text), span: first.span };
            return Some(self.tier_path(e, tier, rest));
        }
        match self.declared.symbol(self.unit, self.file, first.text) {
            Some(Symbol::Global(id)) => {
                let ty = self.global_type(id, first.span);
                // A circle, or another mistake that was said already.
                if matches!(ty, Type::Error) {
                    return Some((self.poison(span), Type::Error));
                }
                let e = Expr { kind: ExprKind::Global(id), span: first.span };
                return Some(self.fields(e, ty, rest));
            }
            Some(Symbol::Unit(unit)) => {
                if let Some((name, rest)) = rest.split_first()
                    && let Some(Symbol::Global(id)) = self.declared.public(unit, name.text)
                {
                    let ty = self.global_type(id, name.span);
                    let e = Expr { kind: ExprKind::Global(id), span: name.span };
                    return Some(self.fields(e, ty, rest));
                }
                self.no_value(first, Symbol::Unit(unit), rest.first());
                return Some((self.poison(span), Type::Error));
            }
            Some(symbol) => {
                self.no_value(first, symbol, None);
                return Some((self.poison(span), Type::Error));
            }
            None => {}
        }
        self.tier_elsewhere(first, rest, span)
    }

    /// Says that a name stands for something that is no value; of a file, `member` is what is named in it.
    fn no_value(&mut self, first: &Segment<'s>, symbol: Symbol, member: Option<&Segment<'s>>) {
        let wrong = |what: &str, label: &str, help: String| {
            Diagnostic::error(codes::WRONG_TYPE, format!("`{}` is {what}, not a value", first.text)).at(first.span, label).help(help)
        };
        let here = "a value is expected here";
        let said = match (symbol, member) {
            (Symbol::Unit(_), Some(name)) => {
                Diagnostic::error(codes::UNKNOWN_NAME, format!("`{}` has no public value `{}`", first.text, name.text))
                    .at(name.span, "not declared there")
            }
            (Symbol::Unit(_), None) => wrong("a file", "used under this name", format!("name something of it: `{}.NAME`", first.text)),
            (Symbol::Function(_), _) => wrong("a function", here, format!("call it: `{}(…)`", first.text)),
            (Symbol::Component(_), _) => wrong("a component", here, format!("use it to make a block: `tier NAME = {}(…)`", first.text)),
            _ => wrong("a type", here, "types stand after `:` and `->`".to_owned()),
        };
        self.report(said);
    }

    /// A tier, or an external, that is no tier of this app by a constant name.
    fn tier_elsewhere(&mut self, first: &Segment<'s>, rest: &[Segment<'s>], span: Span) -> Option<(Expr, Type)> {
        if self.unit == 0 {
            if let Some(tier) = self.declared.signatures.top.tier(first.text) {
                let e = Expr { kind: tier_named(None, first.text), span: first.span };
                return Some(self.tier_path(e, tier, rest));
            }
            if let Some(app) = self.declared.signatures.app(first.text) {
                let Some((name, rest)) = rest.split_first() else {
                    self.report(
                        Diagnostic::error(codes::WRONG_TYPE, format!("`{}` is an app, not a value", first.text))
                            .at(first.span, "name one of its tiers")
                            .help(format!("its tiers are {}", suggest::list(app.tiers.iter().map(|t| t.name.as_str()), "and"))),
                    );
                    return Some((self.poison(span), Type::Error));
                };
                let e = Expr { kind: tier_named(Some(first.text), name.text), span: first.span.to(name.span) };
                if let Some(tier) = app.tier(name.text) {
                    return Some(self.tier_path(e, tier, rest));
                }
                if app.open {
                    return Some(self.tier_path(e, &TierSignature { open: true, ..TierSignature::default() }, rest));
                }
                self.unknown_tier(name, &app.name, &app.tiers);
                return Some((self.poison(span), Type::Error));
            }
        }
        // Some tiers of this app have names that are computed: whether this is one is known when they are.
        if self.app.is_some_and(|a| a.open) && !rest.is_empty() {
            let e = Expr { kind: tier_named(None, first.text), span: first.span };
            return Some(self.tier_path(e, &TierSignature { open: true, ..TierSignature::default() }, rest));
        }
        None
    }

    fn unknown_tier(&mut self, name: &Segment<'s>, app: &str, tiers: &[TierSignature]) {
        let names = || tiers.iter().map(|t| t.name.as_str());
        let mut d =
            Diagnostic::error(codes::UNKNOWN_NAME, format!("app `{app}` has no tier `{}`", name.text)).at(name.span, "no such tier");
        d = match suggest::nearest(name.text, names()) {
            Some(near) => d.fix(format!("write `{near}`"), name.span, near),
            None => d.help(format!("its tiers are {}", suggest::list(names(), "and"))),
        };
        self.report(d);
    }

    /// What is read of a tier: `name`, `host`, a port, or of a port `number`, `address`, `url`.
    fn tier_path(&mut self, tier: Expr, signature: &TierSignature, rest: &[Segment<'s>]) -> (Expr, Type) {
        let Some((name, after)) = rest.split_first() else { return (tier, Type::Tier) };
        let is_port = signature.ports.iter().any(|p| p == name.text);
        if !is_port && !signature.open && !matches!(name.text, "name" | "host") {
            let span = name.span;
            let ports = || signature.ports.iter().map(Str::as_str);
            let mut d = Diagnostic::error(codes::UNKNOWN_NAME, format!("tier `{}` has no port `{}`", signature.name, name.text))
                .at(span, "no such port");
            d = match suggest::nearest(name.text, ports().chain(["name", "host"])) {
                Some(near) => d.fix(format!("write `{near}`"), span, near),
                None if signature.ports.is_empty() => d.help(format!("give it one: `port {} = 8080`", name.text)),
                None => d.help(format!("its ports are {}; `name` and `host` can be read too", suggest::list(ports(), "and"))),
            };
            self.report(d);
            return (self.poison(span), Type::Error);
        }
        self.fields_of_tier(tier, name, after, is_port)
    }

    fn fields_of_tier(&mut self, tier: Expr, name: &Segment<'s>, after: &[Segment<'s>], is_port: bool) -> (Expr, Type) {
        let span = tier.span.to(name.span);
        let property = match name.text {
            "name" if !is_port => Property::Name,
            "host" if !is_port => Property::Host,
            _ => {
                let port = Expr { kind: ExprKind::PortOf(Box::new(tier), name.text.into()), span };
                return self.fields(port, Type::Port, after);
            }
        };
        self.fields(Expr { kind: ExprKind::Property(Box::new(tier), property), span }, Type::String, after)
    }

    /// Fields read of a value, one after another.
    pub fn fields(&mut self, mut e: Expr, mut ty: Type, rest: &[Segment<'s>]) -> (Expr, Type) {
        let mut rest = rest;
        while let Some((name, after)) = rest.split_first() {
            rest = after;
            let span = e.span.to(name.span);
            let is_range = |t: &Type| match t.base() {
                Type::Range(inner) => Some((**inner).clone()),
                Type::Union(members) => {
                    members.iter().find_map(|m| if let Type::Range(inner) = m { Some((**inner).clone()) } else { None })
                }
                _ => None,
            };
            (e, ty) = match (ty.base(), name.text) {
                (Type::Error, _) => return (self.poison(span), Type::Error),
                (Type::Tier, _) => return self.fields_of_tier(e, name, after, false),
                (Type::Port, "number") => (Expr { kind: ExprKind::Property(Box::new(e), Property::Number), span }, Type::Int),
                (Type::Port, "address") => (Expr { kind: ExprKind::Property(Box::new(e), Property::Address), span }, Type::String),
                (Type::Port, "url") => (Expr { kind: ExprKind::Property(Box::new(e), Property::Url), span }, Type::String),
                (t, "min" | "max") if is_range(t).is_some() => {
                    let inner = is_range(t).unwrap_or(Type::Error);
                    (Expr { kind: ExprKind::End(Box::new(e), name.text == "max"), span }, inner)
                }
                (Type::Record(fields), _) if fields.iter().any(|(n, _)| **n == *name.text) => {
                    let t = fields.iter().find(|(n, _)| **n == *name.text).map_or(Type::Error, |(_, t)| t.clone());
                    (Expr { kind: ExprKind::Field(Box::new(e), name.text.into()), span }, t)
                }
                (Type::Map(t), _) => {
                    let t = (**t).clone();
                    (Expr { kind: ExprKind::Field(Box::new(e), name.text.into()), span }, t)
                }
                (t, _) => {
                    let known: Vec<&str> = match t {
                        Type::Port => vec!["number", "address", "url"],
                        Type::Record(fields) => fields.iter().map(|(n, _)| &**n).collect(),
                        t if is_range(t).is_some() => vec!["min", "max"],
                        _ => Vec::new(),
                    };
                    let mut d = Diagnostic::error(codes::UNKNOWN_NAME, format!("{} has no `{}`", ty.a(), name.text))
                        .at(name.span, "not known here");
                    if let Some(near) = suggest::nearest(name.text, known.iter().copied()) {
                        d = d.fix(format!("write `{near}`"), name.span, near);
                    } else if !known.is_empty() {
                        d = d.help(format!("it has {}", suggest::list(known.iter().copied(), "and")));
                    }
                    self.report(d);
                    return (self.poison(span), Type::Error);
                }
            };
        }
        (e, ty)
    }

    fn self_path(&mut self, span: Span, rest: &[Segment<'s>]) -> (Expr, Type) {
        let Some(info) = self.self_info else {
            self.report(
                Diagnostic::error(codes::UNKNOWN_NAME, "`self` has no meaning here")
                    .at(span, "no block around")
                    .why("`self` is the block that stands around: `self.name` in it, its attributes in its `require`s."),
            );
            return (self.poison(span), Type::Error);
        };
        let Some((name, after)) = rest.split_first() else {
            self.report(
                Diagnostic::error(codes::WRONG_TYPE, "`self` alone is no value").at(span, "").help("read something of it: `self.name`"),
            );
            return (self.poison(span), Type::Error);
        };
        if name.text == "name" {
            return self.fields(Expr { kind: ExprKind::Local(self.self_name), span: span.to(name.span) }, Type::String, after);
        }
        if !self.in_require {
            self.report(
                Diagnostic::error(codes::MISPLACED, "attributes of `self` are read in `require` alone")
                    .at(span.to(name.span), format!("`{}` may still be overridden", name.text))
                    .why("A `require` runs when the block is finished, overrides and environments included; before that only `self.name` is known."),
            );
            return (self.poison(span), Type::Error);
        }
        let mut members = Vec::new();
        let mut info: &'static BlockInfo = info;
        let mut rest = rest;
        while let Some((name, after)) = rest.split_first() {
            rest = after;
            let mut found = None;
            for (number, m) in info.named(name.text) {
                match m.form {
                    Form::Attribute(ty) => {
                        members.push(number);
                        let e = Expr { kind: ExprKind::SelfMember(members), span: span.to(name.span) };
                        return self.fields(e, ty(), after);
                    }
                    Form::Single(b) => found = Some((number, b())),
                    _ => {}
                }
            }
            match found {
                Some((number, inner)) => {
                    members.push(number);
                    info = inner;
                }
                None => {
                    let names: Vec<String> = info
                        .members()
                        .filter(|(_, m)| matches!(m.form, Form::Attribute(_) | Form::Single(_)))
                        .map(|(_, m)| m.name())
                        .collect();
                    let mut d = Diagnostic::error(codes::UNKNOWN_NAME, format!("`{}` has no attribute `{}`", info.name, name.text))
                        .at(name.span, "not known here");
                    if let Some(near) = suggest::nearest(name.text, names.iter().map(String::as_str)) {
                        d = d.fix(format!("write `{near}`"), name.span, near);
                    }
                    self.report(d);
                    return (self.poison(span), Type::Error);
                }
            }
        }
        self.report(Diagnostic::error(codes::WRONG_TYPE, "a block is no value").at(span, "").help("read one of its attributes"));
        (self.poison(span), Type::Error)
    }

    /// What could have been meant by a name that means nothing.
    pub fn unknown_name(&mut self, name: &Segment<'s>, expected: Option<&Type>) -> Expr {
        // A letter of another alphabet was refused when the text was read.
        if !name.text.is_ascii() {
            return self.poison(name.span);
        }
        let mut known: Vec<String> =
            self.scope.iter().filter(|b| !matches!(b.kind, BindingKind::Checking)).map(|b| b.name.to_string()).collect();
        known.extend(self.app.into_iter().flat_map(|a| a.tiers.iter().map(|t| t.name.to_string())));
        known.extend(self.declared.visible(self.unit, self.file).iter().map(ToString::to_string));
        known.extend(self.declared.signatures.apps.iter().take(50).map(|a| a.name.to_string()));
        let mut words: Vec<&'static str> = Vec::new();
        if let Some(t) = expected {
            super::expressions::words_of(t, &mut words);
        }
        let expected = expected.map(|t| if let Type::Optional(t) = t { t } else { t });
        let title = match expected {
            Some(t) if matches!(t.base(), Type::Variants(_)) => format!("`{}` is no {t}", name.text),
            _ => format!("`{}` is not declared", name.text),
        };
        let mut d = Diagnostic::error(codes::UNKNOWN_NAME, title).at(name.span, "unknown name");
        let foreign = super::foreign::word(name.text, &words);
        let near = foreign.map(|(ours, _)| ours).or_else(|| suggest::nearest(name.text, words.iter().copied())).map(String::from);
        let near = near.or_else(|| suggest::nearest(name.text, known.iter().map(String::as_str)).map(String::from));
        if let Some(near) = near {
            d = d.fix(format!("write `{near}`"), name.span, near);
        } else if expected.is_some_and(takes_text) {
            d = d.fix("write it as a string", name.span, format!("\"{}\"", name.text));
        } else if !words.is_empty() {
            d = d.help(format!("write {}", suggest::list(words.iter().copied(), "or")));
        }
        if let Some((_, why)) = foreign.filter(|(_, why)| !why.is_empty()) {
            d = d.why(why);
        }
        self.report(d);
        self.poison(name.span)
    }
}

fn tier_named(app: Option<&str>, name: &str) -> ExprKind {
    ExprKind::Tier(Box::new(TierName { app: app.map(Str::from), name: name.into() }))
}

/// May a string stand where this type is expected?
fn takes_text(ty: &Type) -> bool {
    match ty.base() {
        Type::String | Type::Any => true,
        Type::Union(members) => members.iter().any(takes_text),
        Type::Optional(t) => takes_text(t),
        t => t.is_checked_string(),
    }
}
