//! Expressions, checked against the type expected, or inferred where none is.

use super::declarations::Symbol;
use super::paths::segments;
use super::program::{Expr, ExprKind};
use super::scope::Checker;
use super::suggest;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast;
use crate::vocabulary::value::{Str, Value};
use crate::vocabulary::{Type, VariantInfo, Variants};

/// Every word that a type admits.
pub(super) fn words_of(ty: &Type, out: &mut Vec<&'static str>) {
    match ty.base() {
        Type::Variants(v) => out.extend(v.list.iter().map(|v| v.name)),
        Type::Union(members) => members.iter().for_each(|m| words_of(m, out)),
        Type::Optional(t) => words_of(t, out),
        _ => {}
    }
}

/// The same, each call with its parentheses.
fn forms_of(ty: &Type, out: &mut Vec<String>) {
    match ty.base() {
        Type::Variants(v) => {
            out.extend(v.list.iter().map(|v| if v.params.is_empty() { v.name.to_string() } else { format!("{}(…)", v.name) }));
        }
        Type::Union(members) => members.iter().for_each(|m| forms_of(m, out)),
        Type::Optional(t) => forms_of(t, out),
        _ => {}
    }
}

/// May it be `none`, by its form?
fn may_be_absent(e: &ast::Expr<'_>) -> bool {
    use ast::ExprKind as A;
    matches!(e.kind, A::Name(_) | A::Field(_) | A::Call(_) | A::If(_) | A::Match(_) | A::Index(_))
}

impl<'a, 's> Checker<'a, 's> {
    /// Checks an expression against a type.
    pub fn check(&mut self, e: &'s ast::Expr<'s>, expected: &Type) -> Expr {
        use ast::ExprKind as A;
        let span = e.span;
        match expected {
            Type::Refined(r) => {
                let inner = self.check(e, &r.base);
                return Expr { kind: ExprKind::Refined(Box::new(inner), r.id), span };
            }
            Type::Optional(t) => {
                match &e.kind {
                    // Where `none` is a word of the type, the word is meant: what it says is more than nothing.
                    A::Name("none") if matches!(t.base(), Type::Variants(v) if v.list.iter().any(|v| v.name == "none")) => {
                        return self.check(e, t);
                    }
                    A::Name("none") => return Expr { kind: ExprKind::Const(Value::None), span },
                    // What is optional itself fits, absent or not.
                    _ if may_be_absent(e) => {}
                    _ => return self.check(e, t),
                }
            }
            Type::Error | Type::Any => return self.infer(e).0,
            _ => {}
        }
        match &e.kind {
            A::Missing => self.poison(span),
            A::If(parts) => {
                let (c, a, b) = &**parts;
                let (c, a, b) = (self.check(c, &Type::Bool), self.check(a, expected), self.check(b, expected));
                Expr { kind: ExprKind::If(Box::new(c), Box::new(a), Box::new(b)), span }
            }
            A::Match(parts) => self.match_(&parts.0, &parts.1, Some(expected), span).0,
            A::Number(text) => self.number(text, span, expected),
            A::Text(text) => self.text(text, span, expected),
            A::Range(ends) => match self.member(expected, |t| matches!(t, Type::Range(_))) {
                Some(Type::Range(t)) => {
                    let (a, b) = (self.check(&ends.0, t), self.check(&ends.1, t));
                    Expr { kind: ExprKind::Range(Box::new((a, b))), span }
                }
                _ => self.wrong(span, expected, "a range"),
            },
            A::List(items) => match self.member(expected, |t| matches!(t, Type::List(_))) {
                Some(Type::List(t)) => {
                    let items = items.iter().map(|i| self.check(i, t)).collect();
                    Expr { kind: ExprKind::List(items), span }
                }
                _ => self.wrong(span, expected, "a list"),
            },
            A::Comprehension(made) => match self.member(expected, |t| matches!(t, Type::List(_))) {
                Some(Type::List(t)) => self.comprehension(made, Some(t), span).0,
                _ => self.wrong(span, expected, "a list"),
            },
            A::Record(fields) => match self.member(expected, |t| matches!(t, Type::Map(_) | Type::Any)) {
                Some(Type::Map(t)) => self.map(fields, t, span),
                Some(_) => self.infer(e).0,
                None => self.wrong(span, expected, "a record"),
            },
            A::Name(_) | A::Field(..) => match segments(e) {
                Some(path) => self.path(&path, span, expected),
                None => self.inferred(e, expected),
            },
            A::Call(call) => self.call(&call.0, &call.1, expected, span),
            A::Binary(op, sides) => {
                let (e, ty) = self.binary(*op, &sides.0, &sides.1, Some(expected), span);
                self.coerce(e, &ty, expected)
            }
            A::Negate(inner) => {
                let numeric = self.member(expected, |t| matches!(t.base(), Type::Int | Type::Float));
                match numeric {
                    Some(t) => {
                        let inner = self.check(inner, t);
                        Expr { kind: ExprKind::Negate(Box::new(inner)), span }
                    }
                    None => {
                        self.report(
                            Diagnostic::error(codes::WRONG_TYPE, format!("{} cannot be negative", expected.a()))
                                .at(span, "a negative number")
                                .help("take the minus away"),
                        );
                        self.poison(span)
                    }
                }
            }
            A::Not(_) | A::Index(..) => self.inferred(e, expected),
        }
    }

    /// Checks an expression against an optional type: a value that is absent says nothing.
    pub(super) fn optional(&mut self, e: &'s ast::Expr<'s>, ty: &Type) -> Expr {
        if may_be_absent(e) { self.check(e, &Type::Optional(Box::new(ty.clone()))) } else { self.check(e, ty) }
    }

    pub(super) fn inferred(&mut self, e: &'s ast::Expr<'s>, expected: &Type) -> Expr {
        let (e, ty) = self.infer(e);
        self.coerce(e, &ty, expected)
    }

    /// The member of a union (or the type itself) that a form belongs to.
    pub(super) fn member<'t>(&self, ty: &'t Type, is: impl Fn(&Type) -> bool + Copy) -> Option<&'t Type> {
        match ty.base() {
            Type::Union(members) => members.iter().find(|m| is(m.base())),
            Type::Optional(t) => self.member(t, is),
            t if is(t) => Some(t),
            _ => None,
        }
    }

    /// "wrong type", where the form alone shows it.
    pub fn wrong(&mut self, span: Span, expected: &Type, found: &str) -> Expr {
        let mut d = Diagnostic::error(codes::WRONG_TYPE, format!("this is {found}, where {} is expected", expected.a()))
            .at(span, format!("expected {}", expected.a()));
        if let Some(example) = expected.base().example() {
            d = d.help(format!("write {}, for example {example}", expected.a()));
        } else {
            let mut words = Vec::new();
            forms_of(expected, &mut words);
            if !words.is_empty() {
                d = d.help(format!("write {}", suggest::list(words.iter().map(String::as_str), "or")));
            }
        }
        self.report(d);
        self.poison(span)
    }

    /// Makes an expression of one type fit another, or says that it does not.
    pub fn coerce(&mut self, e: Expr, actual: &Type, expected: &Type) -> Expr {
        match self.fit(actual, expected) {
            Some(Fit::Same) => e,
            Some(Fit::Both) => {
                let span = e.span;
                Expr { kind: ExprKind::Both(Box::new(e)), span }
            }
            Some(Fit::Checked(ty)) => {
                let span = e.span;
                Expr { kind: ExprKind::Checked(Box::new(e), Box::new(ty)), span }
            }
            Some(Fit::Refined(id)) => {
                let span = e.span;
                Expr { kind: ExprKind::Refined(Box::new(e), id), span }
            }
            None => self.wrong(e.span, if let Type::Optional(t) = expected { t } else { expected }, &actual.a()),
        }
    }

    fn fit(&self, actual: &Type, expected: &Type) -> Option<Fit> {
        if actual == expected || actual.is_error() || expected.is_error() || matches!(expected, Type::Any) {
            return Some(Fit::Same);
        }
        match (actual, expected) {
            (Type::Refined(r), t) if !matches!(t, Type::Refined(_)) => return self.fit(&r.base, t),
            (t, Type::Refined(r)) => return self.fit(t, &r.base).map(|_| Fit::Refined(r.id)),
            (Type::Optional(a), Type::Optional(b)) => return self.fit(a, b),
            (t, Type::Optional(b)) => return self.fit(t, b),
            (t, Type::Union(members)) => return members.iter().find_map(|m| self.fit(t, m)),
            (Type::Union(a), _) => return a.iter().all(|a| matches!(self.fit(a, expected), Some(Fit::Same))).then_some(Fit::Same),
            (Type::List(a), Type::List(b)) => return self.fit(a, b).filter(|f| matches!(f, Fit::Same)),
            (Type::Map(a), Type::Map(b)) => return self.fit(a, b).filter(|f| matches!(f, Fit::Same)),
            (Type::Record(fields), Type::Map(b)) => {
                return fields.iter().all(|(_, t)| matches!(self.fit(t, b), Some(Fit::Same))).then_some(Fit::Same);
            }
            (t, Type::Range(b)) if matches!(self.fit(t, b), Some(Fit::Same)) => return Some(Fit::Both),
            (Type::Int, Type::Float | Type::OwnPort) => return Some(Fit::Same),
            (Type::String, Type::Secret | Type::Config) => return Some(Fit::Same),
            (t, Type::String) if t.is_checked_string() => return Some(Fit::Same),
            (Type::String, t) if t.is_checked_string() => return Some(Fit::Checked(t.clone())),
            _ => {}
        }
        None
    }

    /// A bare path: a word of the type expected, or a name in scope; in both, an error.
    pub(super) fn path(&mut self, path: &[ast::Name<'s>], span: Span, expected: &Type) -> Expr {
        let word = self.word(path, expected);
        let Some(first) = path.first() else { return self.poison(span) };
        let bare = if let Type::Optional(t) = expected.base() { t.base() } else { expected.base() };
        match bare {
            Type::OwnPort if path.len() == 1 => {
                if let Some((e, ty)) = self.local(first.text, span) {
                    return self.coerce(e, &ty, expected);
                }
                if let Some(ports) = &self.own_ports
                    && !ports.iter().any(|p| p == first.text)
                {
                    let mut d =
                        Diagnostic::error(codes::UNKNOWN_NAME, format!("this tier has no port `{}`", first.text)).at(span, "no such port");
                    if let Some(near) = suggest::nearest(first.text, ports.iter().map(Str::as_str)) {
                        d = d.fix(format!("write `{near}`"), span, near);
                    }
                    self.report(d);
                    return self.poison(span);
                }
                return Expr { kind: ExprKind::Const(Value::Declared(first.text.into())), span };
            }
            Type::Secret | Type::Config | Type::SharedVolume | Type::Verify if path.len() == 1 => {
                if let Some((e, ty)) = self.local(first.text, span) {
                    return self.coerce(e, &ty, expected);
                }
                if let Some(Symbol::Global(id)) = self.declared.symbol(self.unit, self.file, first.text) {
                    let ty = self.global_type(id, span);
                    return self.coerce(Expr { kind: ExprKind::Global(id), span }, &ty, expected);
                }
                return Expr { kind: ExprKind::Const(Value::Declared(first.text.into())), span };
            }
            _ => {}
        }
        if let Some((set, index, info)) = word {
            // A hit in both would leave the reader to guess.
            let in_scope = path.len() == 1
                && (self.scope.iter().any(|b| b.name == first.text) || self.declared.span_of(self.unit, first.text).is_some());
            if in_scope {
                self.report(
                    Diagnostic::error(codes::TWO_MEANINGS, format!("`{}` has two meanings here", first.text))
                        .at(span, format!("a word of {} and a name that is declared", set.name))
                        .why("A name that is both would leave a reader to guess.")
                        .help("rename what is declared"),
                );
                return self.poison(span);
            }
            if let Some(p) = info.params.iter().find(|p| p.required) {
                self.report(
                    Diagnostic::error(codes::WRONG_ARGUMENTS, format!("`{}` needs its `{}`", info.name, p.name()))
                        .at(span, "")
                        .help(format!("write `{}`", crate::vocabulary::reference::signature(info, &mut Vec::new()))),
                );
                return self.poison(span);
            }
            return Expr { kind: ExprKind::Const(Value::Word(set, index)), span };
        }
        match self.lexical(path, span) {
            Some((e, ty)) => self.coerce(e, &ty, expected),
            // Of a longer path the first name is no word of the type expected, and no string without its quotes.
            None => self.unknown_name(first, Some(expected).filter(|_| path.len() == 1)),
        }
    }

    /// The word of the type expected that a path is.
    pub(super) fn word(&self, path: &[ast::Name<'s>], expected: &Type) -> Option<(&'static Variants, u16, &'static VariantInfo)> {
        match expected.base() {
            Type::Variants(set) => set
                .list
                .iter()
                .enumerate()
                .find(|(_, v)| v.name.split('.').eq(path.iter().map(|n| n.text)))
                .map(|(i, v)| (*set, i as u16, v)),
            Type::Union(members) => members.iter().find_map(|m| self.word(path, m)),
            Type::Optional(t) => self.word(path, t),
            _ => None,
        }
    }

    pub(super) fn map(&mut self, fields: &'s [(ast::Label<'s>, ast::Expr<'s>)], ty: &Type, span: Span) -> Expr {
        let mut all = Vec::with_capacity(fields.len());
        for (label, value) in fields {
            let Some((name, at)) = self.field_name(label) else { continue };
            self.refuse_twice(&all, &name, at);
            let value = self.check(value, ty);
            all.push((name, at, value));
        }
        Expr { kind: ExprKind::Map(all), span }
    }

    pub(super) fn refuse_twice(&mut self, all: &[(Str, Span, Expr)], name: &str, at: Span) {
        if let Some((_, first, _)) = all.iter().find(|(n, ..)| **n == *name) {
            let first = *first;
            self.report(
                Diagnostic::error(codes::DECLARED_TWICE, format!("`{name}` is given twice"))
                    .at(at, "given again here")
                    .at(first, "given first here")
                    .help("take one away"),
            );
        }
    }

    pub(super) fn field_name(&mut self, label: &'s ast::Label<'s>) -> Option<(Str, Span)> {
        match label {
            ast::Label::Name(n) => Some((n.text.into(), n.span)),
            ast::Label::String(t) => match t.parts.literal() {
                Some(text) => Some((text.into(), t.span)),
                None => {
                    self.report(
                        Diagnostic::error(codes::WRONG_FORM, "the name of a field is known without evaluation").at(t.span, "holds `${…}`"),
                    );
                    None
                }
            },
        }
    }

    pub(super) fn comprehension(&mut self, made: &'s ast::Comprehension<'s>, expected: Option<&Type>, span: Span) -> (Expr, Type) {
        let (list, ty) = self.list_of(&made.list);
        self.scoped(|c| {
            let slot = c.bind(made.name, ty);
            let condition = made.condition.as_ref().map(|e| Box::new(c.check(e, &Type::Bool)));
            let (value, ty) = match expected {
                Some(t) => (c.check(&made.value, t), t.clone()),
                None => c.infer(&made.value),
            };
            (
                Expr { kind: ExprKind::Comprehension { slot, list: Box::new(list), condition, value: Box::new(value) }, span },
                Type::List(Box::new(ty)),
            )
        })
    }

    /// A list, and the type of its items; a range of whole numbers counts.
    pub fn list_of(&mut self, e: &'s ast::Expr<'s>) -> (Expr, Type) {
        let (list, ty) = self.infer(e);
        let item = match ty.base() {
            Type::List(t) => (**t).clone(),
            Type::Range(t) if matches!(t.base(), Type::Int) => Type::Int,
            Type::Error => Type::Error,
            _ => {
                self.report(
                    Diagnostic::error(codes::WRONG_TYPE, format!("a loop goes over a list, and this is {}", ty.a()))
                        .at(e.span, "not a list")
                        .help("write a list, `[\"a\", \"b\"]`, or a range of whole numbers, `1..3`"),
                );
                Type::Error
            }
        };
        (list, item)
    }

    pub(super) fn match_(
        &mut self,
        subject: &'s ast::Expr<'s>,
        arms: &'s [(ast::Expr<'s>, ast::Expr<'s>)],
        expected: Option<&Type>,
        span: Span,
    ) -> (Expr, Type) {
        let (value, ty) = self.infer(subject);
        let mut result = expected.cloned();
        let mut all = Vec::new();
        let mut rest = false;
        let mut seen: Vec<Value> = Vec::new();
        for (pattern, arm) in arms {
            let wildcard = matches!(pattern.kind, ast::ExprKind::Name("_"));
            if rest {
                self.report(
                    Diagnostic::warning(codes::UNREACHABLE, "this case is never taken").at(pattern.span, "`_` above takes everything"),
                );
            }
            rest |= wildcard;
            let pattern = (!wildcard).then(|| self.check(pattern, &ty));
            if let Some(ExprKind::Const(v)) = pattern.as_ref().map(|p| &p.kind) {
                seen.push(v.clone());
            }
            let arm = match &result {
                Some(t) => self.check(arm, &t.clone()),
                None => {
                    let (e, t) = self.infer(arm);
                    result = Some(t);
                    e
                }
            };
            all.push((pattern, arm));
        }
        let missing: Vec<&str> = match ty.base() {
            Type::Bool => {
                [true, false].iter().filter(|b| !seen.contains(&Value::Bool(**b))).map(|b| if *b { "true" } else { "false" }).collect()
            }
            Type::Variants(set) => {
                (0u16..).zip(set.list).filter(|(i, _)| !seen.contains(&Value::Word(set, *i))).map(|(_, v)| v.name).collect()
            }
            Type::Error => Vec::new(),
            _ => vec!["_"],
        };
        if !rest && !missing.is_empty() {
            let what = if missing == ["_"] { "other values".to_string() } else { suggest::list(missing.iter().copied(), "and") };
            self.report(
                Diagnostic::error(codes::NOT_EXHAUSTIVE, format!("this `match` says nothing for {what}"))
                    .at(span, "not every value has a case")
                    .why("A `match` gives a value for whatever its subject is.")
                    .help("add the missing cases, or `_ => …` for all others"),
            );
        }
        (Expr { kind: ExprKind::Match(Box::new(value), all), span }, result.unwrap_or(Type::Error))
    }

    /// The type of an expression that stands where none is expected.
    pub fn infer(&mut self, e: &'s ast::Expr<'s>) -> (Expr, Type) {
        use ast::ExprKind as A;
        let span = e.span;
        match &e.kind {
            A::Missing => (self.poison(span), Type::Error),
            A::Number(text) => self.infer_number(text, span),
            A::Text(text) => (self.text_value(text, span), Type::String),
            A::Name(_) | A::Field(..) => self.named(e),
            A::Index(parts) => self.index(&parts.0, &parts.1, span),
            A::Call(call) => self.function_call(&call.0, &call.1, None, span),
            A::List(items) => {
                let mut ty = None;
                let mut all = Vec::new();
                for i in items {
                    all.push(match &ty {
                        None => {
                            let (e, t) = self.infer(i);
                            ty = Some(t);
                            e
                        }
                        Some(t) => self.check(i, &t.clone()),
                    });
                }
                (Expr { kind: ExprKind::List(all), span }, Type::List(Box::new(ty.unwrap_or(Type::Error))))
            }
            A::Comprehension(made) => self.comprehension(made, None, span),
            A::Record(fields) => {
                let (mut all, mut types) = (Vec::new(), Vec::new());
                for (label, value) in fields {
                    let Some((name, at)) = self.field_name(label) else { continue };
                    self.refuse_twice(&all, &name, at);
                    let (value, ty) = self.infer(value);
                    types.push((name.clone(), ty));
                    all.push((name, at, value));
                }
                (Expr { kind: ExprKind::Map(all), span }, Type::Record(types.into()))
            }
            A::Range(ends) => {
                let (a, b, ty) = self.alike(&ends.0, &ends.1, None, span, "a range");
                (Expr { kind: ExprKind::Range(Box::new((a, b))), span }, Type::Range(Box::new(ty)))
            }
            A::Negate(inner) => {
                let (inner, ty) = self.infer(inner);
                if !matches!(ty.base(), Type::Int | Type::Float | Type::Error) {
                    self.wrong(span, &Type::Int, &ty.a());
                }
                (Expr { kind: ExprKind::Negate(Box::new(inner)), span }, ty)
            }
            A::Not(inner) => {
                let inner = self.check(inner, &Type::Bool);
                (Expr { kind: ExprKind::Not(Box::new(inner)), span }, Type::Bool)
            }
            A::Binary(op, sides) => self.binary(*op, &sides.0, &sides.1, None, span),
            A::If(parts) => {
                let (c, a, b) = &**parts;
                let c = self.check(c, &Type::Bool);
                let (a, ty) = self.infer(a);
                let b = self.check(b, &ty);
                (Expr { kind: ExprKind::If(Box::new(c), Box::new(a), Box::new(b)), span }, ty)
            }
            A::Match(parts) => self.match_(&parts.0, &parts.1, None, span),
        }
    }

    /// The value and type of a name, or of a field.
    fn named(&mut self, e: &'s ast::Expr<'s>) -> (Expr, Type) {
        match (segments(e), &e.kind) {
            (Some(path), _) => match self.lexical(&path, e.span) {
                Some(found) => found,
                None => match path.first() {
                    Some(first) => (self.unknown_name(first, None), Type::Error),
                    None => (self.poison(e.span), Type::Error),
                },
            },
            (None, ast::ExprKind::Field(field)) => {
                let (of, ty) = self.infer(&field.0);
                self.fields(of, ty, std::slice::from_ref(&field.1))
            }
            _ => (self.poison(e.span), Type::Error),
        }
    }

    pub(super) fn index(&mut self, of: &'s ast::Expr<'s>, index: &'s ast::Expr<'s>, span: Span) -> (Expr, Type) {
        let (value, ty) = self.infer(of);
        let (index_type, item) = match ty.base() {
            Type::List(t) => (Type::Int, (**t).clone()),
            Type::Map(t) => (Type::String, (**t).clone()),
            Type::Error => (Type::Any, Type::Error),
            _ => {
                self.report(
                    Diagnostic::error(codes::WRONG_TYPE, format!("{} has no items", ty.a())).at(of.span, "not a list and not a map"),
                );
                (Type::Any, Type::Error)
            }
        };
        let index = self.check(index, &index_type);
        (Expr { kind: ExprKind::Index(Box::new(value), Box::new(index)), span }, item)
    }
}

enum Fit {
    Same,
    Both,
    Checked(Type),
    Refined(usize),
}
