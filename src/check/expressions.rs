//! Expressions, checked against the type expected, or inferred where none is.

use super::declarations::Symbol;
use super::paths::segments;
use super::program::{Builtin, Expr, ExprKind, TextPart};
use super::scope::Checker;
use super::suggest;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast;
use crate::units::{self, Bytes, Cidr, Cpu, Cron, Decimal, Duration, Host, Image, Path, Percent, Quantity, UnitError, Version};
use crate::vocabulary::value::Value;
use crate::vocabulary::{ParamInfo, Type, VariantInfo, Variants};

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
        Type::Variants(v) => out.extend(v.list.iter().map(|v| if v.params.is_empty() { v.name.to_string() } else { format!("{}(…)", v.name) })),
        Type::Union(members) => members.iter().for_each(|m| forms_of(m, out)),
        Type::Optional(t) => forms_of(t, out),
        _ => {}
    }
}

/// Could a text stand as it is, without its quotes, where this type is expected?
fn reads_bare(text: &str, ty: &Type) -> bool {
    match ty.base() {
        Type::Union(members) => members.iter().any(|m| reads_bare(text, m)),
        Type::Optional(t) => reads_bare(text, t),
        Type::Range(t) => match text.split_once("..") {
            Some((low, high)) => reads_bare(low.trim(), t) && reads_bare(high.trim(), t),
            None => reads_bare(text, t),
        },
        Type::Bool => matches!(text, "true" | "false"),
        t => read_number(text, t).is_some_and(|r| r.is_ok()),
    }
}

/// Reads the text of a number as a type; `None` where the type is no kind of number.
pub(super) fn read_number(text: &str, ty: &Type) -> Option<Result<Value, UnitError>> {
    Some(match ty.base() {
        Type::Int | Type::OwnPort => units::int(text).map(|i| Value::Int(i, None)),
        Type::Float => Decimal::parse(text).map(Value::Float),
        Type::Percent => Percent::parse(text).map(Value::Percent),
        Type::Cpu => Cpu::parse(text).map(Value::Cpu),
        Type::Bytes => Bytes::parse(text).map(Value::Bytes),
        Type::Quantity => Quantity::parse(text).map(Value::Quantity),
        Type::Duration => Duration::parse(text).map(Value::Duration),
        Type::Version => Version::parse(text).map(Value::Version),
        _ => return None,
    })
}

/// Reads a string as one of the checked kinds.
pub(crate) fn read_checked(text: &str, ty: &Type) -> Result<(), UnitError> {
    match ty.base() {
        Type::Image => Image::parse(text).map(drop),
        Type::Host => Host::parse(text).map(drop),
        Type::Path => Path::parse(text).map(drop),
        Type::Cidr => Cidr::parse(text).map(drop),
        Type::Cron => Cron::parse(text).map(drop),
        _ => Ok(()),
    }
}

/// A message of a unit, as a diagnostic at a place.
pub(crate) fn unit_error(error: &UnitError, span: Span, quoted: bool) -> Diagnostic {
    let mut d = Diagnostic::error(codes::BAD_LITERAL, error.message.trim_end_matches('.').to_string()).at(span, "");
    match (&error.replacement, &error.help) {
        (Some(with), Some(help)) => d = d.fix(help.clone(), span, if quoted { format!("\"{with}\"") } else { with.clone() }),
        (Some(with), None) => d = d.fix(format!("write `{with}`"), span, if quoted { format!("\"{with}\"") } else { with.clone() }),
        (None, Some(help)) => d = d.help(help.clone()),
        (None, None) => {}
    }
    d
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
                    A::Name("none") => return Expr { kind: ExprKind::Const(Value::None), span },
                    // What is optional itself fits, absent or not.
                    A::Name(_) | A::Field(..) | A::Call(..) | A::If(..) | A::Match(..) | A::Index(..) => {}
                    _ => return self.check(e, t),
                }
            }
            Type::Error | Type::Any => return self.infer(e).0,
            _ => {}
        }
        match &e.kind {
            A::Missing => self.poison(span),
            A::If(c, a, b) => {
                let (c, a, b) = (self.check(c, &Type::Bool), self.check(a, expected), self.check(b, expected));
                Expr { kind: ExprKind::If(Box::new(c), Box::new(a), Box::new(b)), span }
            }
            A::Match(subject, arms) => self.match_(subject, arms, Some(expected), span).0,
            A::Number(text) => self.number(text, span, expected),
            A::Text(text) => self.text(text, expected),
            A::Range(a, b) => match self.member(expected, |t| matches!(t, Type::Range(_))) {
                Some(Type::Range(t)) => {
                    let (a, b) = (self.check(a, &t), self.check(b, &t));
                    Expr { kind: ExprKind::Range(Box::new(a), Box::new(b)), span }
                }
                _ => self.wrong(span, expected, "a range"),
            },
            A::List(items) => match self.member(expected, |t| matches!(t, Type::List(_))) {
                Some(Type::List(t)) => {
                    let items = items.iter().map(|i| self.check(i, &t)).collect();
                    Expr { kind: ExprKind::List(items), span }
                }
                _ => self.wrong(span, expected, "a list"),
            },
            A::Comprehension { name, list, condition, value } => match self.member(expected, |t| matches!(t, Type::List(_))) {
                Some(Type::List(t)) => self.comprehension(*name, list, condition.as_deref(), value, Some(&t), span).0,
                _ => self.wrong(span, expected, "a list"),
            },
            A::Record(fields) => match self.member(expected, |t| matches!(t, Type::Map(_) | Type::Any)) {
                Some(Type::Map(t)) => self.map(fields, &t, span),
                Some(_) => self.infer(e).0,
                None => self.wrong(span, expected, "a record"),
            },
            A::Name(_) | A::Field(..) => match segments(e) {
                Some(path) => self.path(&path, span, expected),
                None => self.inferred(e, expected),
            },
            A::Call(callee, arguments) => self.call(callee, arguments, expected, span),
            A::Binary(op, a, b) => {
                let (e, ty) = self.binary(*op, a, b, Some(expected), span);
                self.coerce(e, &ty, expected)
            }
            A::Negate(inner) => {
                let numeric = self.member(expected, |t| matches!(t.base(), Type::Int | Type::Float));
                match numeric {
                    Some(t) => {
                        let inner = self.check(inner, &t);
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

    fn inferred(&mut self, e: &'s ast::Expr<'s>, expected: &Type) -> Expr {
        let (e, ty) = self.infer(e);
        self.coerce(e, &ty, expected)
    }

    /// The member of a union (or the type itself) that a form belongs to.
    fn member(&self, ty: &Type, is: impl Fn(&Type) -> bool + Copy) -> Option<Type> {
        match ty.base() {
            Type::Union(members) => members.iter().find(|m| is(m.base())).cloned(),
            Type::Optional(t) => self.member(t, is),
            t if is(t) => Some(t.clone()),
            _ => None,
        }
    }

    /// "wrong type", where the form alone shows it.
    pub fn wrong(&mut self, span: Span, expected: &Type, found: &str) -> Expr {
        let mut d = Diagnostic::error(codes::WRONG_TYPE, format!("this is {found}, where {} is expected", expected.a())).at(span, format!("expected {}", expected.a()));
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

    /// A number, read by the type expected.
    fn number(&mut self, text: &str, span: Span, expected: &Type) -> Expr {
        let constant = |v| Expr { kind: ExprKind::Const(v), span };
        match expected.base() {
            Type::Range(t) => {
                let inner = self.number(text, span, &(**t).clone());
                return match inner.kind {
                    ExprKind::Poison => inner,
                    _ => Expr { kind: ExprKind::Both(Box::new(inner)), span },
                };
            }
            Type::Optional(t) => return self.number(text, span, &(**t).clone()),
            Type::Union(members) => {
                let mut first_error = None;
                for m in members {
                    let target = if let Type::Range(t) = m.base() { t.base() } else { m.base() };
                    match read_number(text, target) {
                        Some(Ok(v)) if !matches!(m.base(), Type::Range(_)) => return constant(v),
                        Some(Ok(v)) => return Expr { kind: ExprKind::Both(Box::new(constant(v))), span },
                        Some(Err(e)) => {
                            first_error.get_or_insert(e);
                        }
                        None => {}
                    }
                }
                return match first_error {
                    Some(e) if members.iter().filter(|m| m.is_numeric()).count() == 1 => {
                        self.report(unit_error(&e, span, false));
                        self.poison(span)
                    }
                    Some(_) => self.wrong(span, expected, &format!("`{text}`")),
                    None => self.not_a_number(text, span, expected),
                };
            }
            _ => {}
        }
        match read_number(text, expected) {
            Some(Ok(v)) => constant(v),
            Some(Err(e)) => {
                let mut d = unit_error(&e, span, false);
                // What has a unit of another type is most likely in the wrong place.
                let other: Vec<_> = units::fits(text).into_iter().filter(|o| !matches!(*o, "an Int" | "a Float" | "a Version" | "a Quantity")).collect();
                let has_unit = text.bytes().any(|b| b.is_ascii_alphabetic() || b == b'%');
                if has_unit && !other.is_empty() && e.replacement.is_none() && e.help.is_none() {
                    d = d.why(format!("`{text}` would be {}; {} is expected here.", other.join(" or "), expected.a()));
                }
                self.report(d);
                self.poison(span)
            }
            None => self.not_a_number(text, span, expected),
        }
    }

    fn not_a_number(&mut self, text: &str, span: Span, expected: &Type) -> Expr {
        if matches!(expected.base(), Type::String) || expected.is_checked_string() {
            self.report(
                Diagnostic::error(codes::WRONG_TYPE, format!("this is a number, where {} is expected", expected.a()))
                    .at(span, format!("expected {}", expected.a()))
                    .fix("write it as a string", span, format!("\"{text}\"")),
            );
            return self.poison(span);
        }
        self.wrong(span, expected, "a number")
    }

    /// A string, read by the type expected.
    fn text(&mut self, text: &'s ast::Text<'s>, expected: &Type) -> Expr {
        let span = text.span;
        let Some(target) = self.member(expected, |t| {
            matches!(t, Type::String | Type::Any | Type::Secret | Type::Config) || t.is_checked_string()
        }) else {
            let range = self.member(expected, |t| matches!(t, Type::Range(_)));
            if let Some(Type::Range(t)) = range
                && (t.is_checked_string() || matches!(t.base(), Type::String))
            {
                let inner = self.text(text, &t);
                return Expr { kind: ExprKind::Both(Box::new(inner)), span };
            }
            return self.string_where_not(text, expected);
        };
        let value = self.text_value(text);
        if let ExprKind::Const(v) = &value.kind {
            if let Err(e) = read_checked(v.as_str().unwrap_or(""), &target) {
                self.report(unit_error(&e, span, true));
                return self.poison(span);
            }
            return value;
        }
        if target.is_checked_string() {
            return Expr { kind: ExprKind::Checked(Box::new(value), Box::new(target)), span };
        }
        value
    }

    fn string_where_not(&mut self, text: &'s ast::Text<'s>, expected: &Type) -> Expr {
        let span = text.span;
        if let [ast::Part::Literal(s)] = text.parts.as_slice() {
            let mut words = Vec::new();
            words_of(expected, &mut words);
            if words.iter().any(|w| *w == s) || reads_bare(s, expected) {
                self.report(
                    Diagnostic::error(codes::WRONG_TYPE, format!("this is a string, where {} is expected", expected.a()))
                        .at(span, format!("expected {}", expected.a()))
                        .fix("take the quotes away", span, s.to_string()),
                );
                return self.poison(span);
            }
            // One item where a list of such is expected.
            if let Some(Type::List(item)) = self.member(expected, |t| matches!(t, Type::List(_)))
                && (matches!(item.base(), Type::String) || item.is_checked_string() && read_checked(s, &item).is_ok())
            {
                self.report(
                    Diagnostic::error(codes::WRONG_TYPE, format!("this is a string, where {} is expected", expected.a()))
                        .at(span, format!("expected {}", expected.a()))
                        .fix("put it in brackets", span, format!("[\"{s}\"]")),
                );
                return self.poison(span);
            }
        }
        self.wrong(span, expected, "a string")
    }

    /// The value of a string.
    pub fn text_value(&mut self, text: &'s ast::Text<'s>) -> Expr {
        let span = text.span;
        match text.parts.as_slice() {
            [] => return Expr { kind: ExprKind::Const(Value::text("")), span },
            [ast::Part::Literal(s)] => return Expr { kind: ExprKind::Const(Value::text(&**s)), span },
            _ => {}
        }
        let mut parts = Vec::with_capacity(text.parts.len());
        for part in &text.parts {
            match part {
                ast::Part::Literal(s) => parts.push(TextPart::Literal((&**s).into())),
                ast::Part::Interpolation(e) => {
                    let (value, ty) = self.infer(e);
                    match ty.base() {
                        Type::Tier => {
                            self.report(
                                Diagnostic::error(codes::WRONG_TYPE, "a tier cannot stand in a string")
                                    .at(e.span, "this is a tier")
                                    .help("say what of it: its `host`, its `name`, or a port's `url` or `address`"),
                            );
                        }
                        Type::Port => {
                            self.report(
                                Diagnostic::error(codes::WRONG_TYPE, "a port cannot stand in a string")
                                    .at(e.span, "this is a port")
                                    .help("say what of it: its `url`, `address` or `number`"),
                            );
                        }
                        Type::List(_) => {
                            self.report(
                                Diagnostic::error(codes::WRONG_TYPE, "a list cannot stand in a string")
                                    .at(e.span, format!("this is {}", ty.a()))
                                    .help("join it: `join(xs, \", \")`"),
                            );
                        }
                        Type::Map(_) | Type::Record(_) | Type::Range(_) | Type::Variants(_) | Type::Union(_) | Type::Optional(_) | Type::Secret => {
                            self.report(
                                Diagnostic::error(codes::WRONG_TYPE, format!("{} cannot stand in a string", ty.a())).at(e.span, format!("this is {}", ty.a())),
                            );
                        }
                        _ => {}
                    }
                    parts.push(TextPart::Value(value));
                }
            }
        }
        Expr { kind: ExprKind::Text(parts), span }
    }

    /// A bare path: a word of the type expected, or a name in scope; in both, an error.
    fn path(&mut self, path: &[ast::Name<'s>], span: Span, expected: &Type) -> Expr {
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
                    let mut d = Diagnostic::error(codes::UNKNOWN_NAME, format!("this tier has no port `{}`", first.text)).at(span, "no such port");
                    if let Some(near) = suggest::nearest(first.text, ports.iter().map(String::as_str)) {
                        d = d.fix(format!("write `{near}`"), span, near);
                    }
                    self.report(d);
                    return self.poison(span);
                }
                return Expr { kind: ExprKind::Const(Value::Declared(first.text.into())), span };
            }
            Type::Secret | Type::Config | Type::SharedVolume if path.len() == 1 => {
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
            let in_scope = path.len() == 1 && (self.scope.iter().any(|b| b.name == first.text) || self.declared.span_of(self.unit, first.text).is_some());
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
    fn word(&self, path: &[ast::Name<'s>], expected: &Type) -> Option<(&'static Variants, u16, &'static VariantInfo)> {
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

    /// A call: a variant of the type expected, or a function.
    fn call(&mut self, callee: &'s ast::Expr<'s>, arguments: &'s [ast::Argument<'s>], expected: &Type, span: Span) -> Expr {
        if let Some(path) = segments(callee)
            && let Some((set, index, info)) = self.word(&path, expected)
        {
            let params: Vec<(String, Type, bool, bool)> =
                info.params.iter().map(|p: &ParamInfo| (p.name(), (p.ty)(), p.required, p.variadic)).collect();
            let arguments = self.arguments(info.name, &params, arguments, span);
            if std::ptr::eq(set, crate::vocabulary::words::ContentSpec::SET) {
                self.asset(info.name, arguments.first());
            }
            return Expr { kind: ExprKind::Variant { set, index, arguments }, span };
        }
        let (e, ty) = self.function_call(callee, arguments, Some(expected), span);
        self.coerce(e, &ty, expected)
    }

    /// Files are named by literals, so that everything that is read is known before anything is evaluated.
    fn asset(&mut self, name: &str, path: Option<&Option<Expr>>) {
        match path {
            Some(Some(Expr { kind: ExprKind::Const(Value::Text(t)), span })) => self.assets.push((t.text.clone(), *span)),
            Some(Some(Expr { kind: ExprKind::Poison, .. })) | None | Some(None) => {}
            Some(Some(e)) => {
                let span = e.span;
                self.report(
                    Diagnostic::error(codes::WRONG_FORM, format!("`{name}` names its file by a literal"))
                        .at(span, "this is evaluated")
                        .why("What a program reads is known before it runs: files are named by literals alone."),
                );
            }
        }
    }

    /// Arguments in the order of the parameters.
    pub fn arguments(
        &mut self,
        callee: &str,
        params: &[(String, Type, bool, bool)],
        arguments: &'s [ast::Argument<'s>],
        span: Span,
    ) -> Vec<Option<Expr>> {
        let mut given: Vec<Option<Expr>> = params.iter().map(|_| None).collect();
        let mut rest: Vec<Expr> = Vec::new();
        let mut next = 0;
        let most = if params.iter().all(|(_, _, required, _)| *required) { "" } else { "at most " };
        let mut before: Option<Span> = None;
        for a in arguments {
            let previous = before.replace(a.value.span);
            let index = match a.name {
                Some(name) => match params.iter().position(|(p, ..)| p == name.text) {
                    Some(i) => i,
                    None => {
                        let mut d = Diagnostic::error(codes::WRONG_ARGUMENTS, format!("`{callee}` has no parameter `{}`", name.text)).at(name.span, "no such parameter");
                        d = match suggest::nearest(name.text, params.iter().map(|(p, ..)| p.as_str())) {
                            Some(near) => d.fix(format!("write `{near}`"), name.span, near),
                            None => d.help(format!("its parameters are {}", suggest::list(params.iter().map(|(p, ..)| p.as_str()), "and"))),
                        };
                        self.report(d);
                        self.infer(&a.value);
                        continue;
                    }
                },
                None => next,
            };
            let Some((name, ty, required, variadic)) = params.get(index) else {
                self.report(
                    Diagnostic::error(
                        codes::WRONG_ARGUMENTS,
                        format!("`{callee}` takes {most}{} argument{}", params.len(), if params.len() == 1 { "" } else { "s" }),
                    )
                    .at(a.value.span, "one too many")
                    .fix("take it away", Span { start: previous.map_or(a.value.span.start, |p| p.end), ..a.value.span }, ""),
                );
                self.infer(&a.value);
                continue;
            };
            if *variadic && a.name.is_none() {
                rest.push(self.check(&a.value, ty));
                continue;
            }
            // A parameter that may be left out takes a value that may be absent.
            let value = if *required { self.check(&a.value, ty) } else { self.check(&a.value, &Type::Optional(Box::new(ty.clone()))) };
            if let Some(slot) = given.get_mut(index) {
                if slot.is_some() {
                    self.report(
                        Diagnostic::error(codes::WRONG_ARGUMENTS, format!("`{name}` of `{callee}` is given twice"))
                            .at(a.value.span, "given again")
                            .help("take one away"),
                    );
                }
                *slot = Some(value);
            }
            if a.name.is_none() {
                next = index + 1;
            }
        }
        for (i, (name, ty, required, variadic)) in params.iter().enumerate() {
            let Some(slot) = given.get_mut(i) else { continue };
            if *variadic && !rest.is_empty() {
                *slot = Some(Expr { kind: ExprKind::List(std::mem::take(&mut rest)), span });
            } else if *required && slot.is_none() {
                self.diagnostics.push(
                    Diagnostic::error(codes::WRONG_ARGUMENTS, format!("`{callee}` needs its `{name}`"))
                        .at(span, format!("`{name}` is missing"))
                        .help(match ty.base().example() {
                            Some(x) => format!("add `{name} = …`, {}, for example {x}", ty.a()),
                            None => format!("add `{name} = …`, {}", ty.a()),
                        }),
                );
            }
        }
        given
    }

    /// A call of a function, with the type of its result.
    fn function_call(&mut self, callee: &'s ast::Expr<'s>, arguments: &'s [ast::Argument<'s>], expected: Option<&Type>, span: Span) -> (Expr, Type) {
        let Some(path) = segments(callee) else {
            self.report(Diagnostic::error(codes::WRONG_TYPE, "this cannot be called").at(callee.span, "not a function"));
            return (self.poison(span), Type::Error);
        };
        let symbol = match path.as_slice() {
            [name] => self.declared.symbol(self.unit, self.file, name.text),
            [unit, name] => match self.declared.symbol(self.unit, self.file, unit.text) {
                Some(Symbol::Unit(u)) => self.declared.public(u, name.text),
                _ => None,
            },
            _ => None,
        };
        match symbol {
            Some(Symbol::Function(id)) => {
                let Some((params, result)) = self.function_signature(id) else { return (self.poison(span), Type::Error) };
                self.calls.push((id, span));
                let params: Vec<_> = params.iter().map(|(n, t, d)| (n.clone(), t.clone(), !d, false)).collect();
                let name = path.last().map_or("", |n| n.text);
                let arguments = self.arguments(name, &params, arguments, span);
                return (Expr { kind: ExprKind::Call(id, arguments), span }, result.clone());
            }
            Some(Symbol::Component(_)) => {
                let name = path.last().map_or("", |n| n.text);
                self.report(
                    Diagnostic::error(codes::WRONG_TYPE, format!("`{name}` is a component, not a function"))
                        .at(span, "a value is expected here")
                        .help(format!("components make blocks: `tier NAME = {name}(…)`")),
                );
                return (self.poison(span), Type::Error);
            }
            _ => {}
        }
        if let [name] = path.as_slice()
            && let Some(builtin) = builtin(name.text)
        {
            return self.builtin_call(builtin, name.text, arguments, expected, span);
        }
        if self.lexical(&path, span).is_some() {
            self.report(Diagnostic::error(codes::WRONG_TYPE, "this is a value, not a function").at(callee.span, "cannot be called"));
        } else if let Some(first) = path.first() {
            let mut known = self.declared.visible(self.unit, self.file);
            known.extend(BUILTINS.iter().map(|(n, _)| *n));
            let mut words = Vec::new();
            if let Some(t) = expected {
                words_of(t, &mut words);
            }
            known.extend(words.iter().copied());
            let shown = path.iter().map(|n| n.text).collect::<Vec<_>>().join(".");
            let mut d = Diagnostic::error(codes::UNKNOWN_NAME, format!("there is no function `{shown}`")).at(callee.span, "unknown name");
            if let Some(near) = suggest::nearest(first.text, known) {
                d = d.fix(format!("write `{near}`"), callee.span, near);
            } else if !words.is_empty() {
                d = d.help(format!("write {}", suggest::list(words, "or")));
            }
            self.report(d);
        }
        for a in arguments {
            self.infer(&a.value);
        }
        (self.poison(span), Type::Error)
    }

    fn builtin_call(&mut self, builtin: Builtin, name: &str, arguments: &'s [ast::Argument<'s>], expected: Option<&Type>, span: Span) -> (Expr, Type) {
        let call = |arguments| Expr { kind: ExprKind::Builtin(builtin, arguments), span };
        let fixed = |c: &mut Self, types: &[(&str, Type)], result: Type| {
            let params: Vec<_> = types.iter().map(|(n, t)| ((*n).to_string(), t.clone(), true, false)).collect();
            let given = c.arguments(name, &params, arguments, span);
            let all = given.into_iter().map(|g| g.unwrap_or(Expr { kind: ExprKind::Poison, span })).collect();
            (call(all), result)
        };
        match builtin {
            Builtin::Length => match arguments {
                [one] => {
                    let (e, ty) = self.infer(&one.value);
                    if !matches!(ty.base(), Type::List(_) | Type::Map(_) | Type::Record(_) | Type::String | Type::Error) {
                        self.report(
                            Diagnostic::error(codes::WRONG_TYPE, format!("{} has no length", ty.a())).at(one.value.span, "a string, a list or a map is expected"),
                        );
                    }
                    (call(vec![e]), Type::Int)
                }
                _ => fixed(self, &[("of", Type::Any)], Type::Int),
            },
            Builtin::Min | Builtin::Max | Builtin::Sum => {
                let hint = expected.map(Type::base).filter(|t| t.is_numeric()).cloned();
                let mut all = Vec::new();
                let mut ty = hint.clone();
                for a in arguments {
                    let is_list = matches!(a.value.kind, ast::ExprKind::List(_) | ast::ExprKind::Comprehension { .. });
                    let e = match &ty {
                        Some(t) if is_list => self.check(&a.value, &Type::List(Box::new(t.clone()))),
                        Some(t) if matches!(a.value.kind, ast::ExprKind::Number(_)) => self.check(&a.value, t),
                        _ => {
                            let (e, found) = self.infer(&a.value);
                            let element = match found.base() {
                                Type::List(t) => (**t).clone(),
                                t => t.clone(),
                            };
                            match &ty {
                                Some(t) if *t.base() != *element.base() && !element.is_error() && !t.is_error() => {
                                    self.mixed(a.value.span, &element, span, t, name);
                                }
                                _ => ty = Some(element),
                            }
                            e
                        }
                    };
                    all.push(e);
                }
                if all.is_empty() {
                    self.report(Diagnostic::error(codes::WRONG_ARGUMENTS, format!("`{name}` needs something to work on")).at(span, "no argument"));
                }
                (call(all), ty.unwrap_or(Type::Error))
            }
            Builtin::Join => fixed(self, &[("list", Type::List(Box::new(Type::String))), ("between", Type::String)], Type::String),
            Builtin::Lower | Builtin::Upper => fixed(self, &[("text", Type::String)], Type::String),
            Builtin::Contains | Builtin::StartsWith | Builtin::EndsWith => fixed(self, &[("text", Type::String), ("part", Type::String)], Type::Bool),
            Builtin::Replace => fixed(self, &[("text", Type::String), ("part", Type::String), ("by", Type::String)], Type::String),
        }
    }

    fn map(&mut self, fields: &'s [(ast::Label<'s>, ast::Expr<'s>)], ty: &Type, span: Span) -> Expr {
        let mut all = Vec::with_capacity(fields.len());
        for (label, value) in fields {
            let Some((name, at)) = self.field_name(label) else { continue };
            self.refuse_twice(&all, &name, at);
            let value = self.check(value, ty);
            all.push((name, at, value));
        }
        Expr { kind: ExprKind::Map(all), span }
    }

    fn refuse_twice(&mut self, all: &[(crate::vocabulary::value::Str, Span, Expr)], name: &str, at: Span) {
        if let Some((_, first, _)) = all.iter().find(|(n, ..)| **n == *name) {
            let first = *first;
            self.report(
                Diagnostic::error(codes::DECLARED_TWICE, format!("`{name}` is given twice")).at(at, "given again here").at(first, "given first here").help("take one away"),
            );
        }
    }

    fn field_name(&mut self, label: &'s ast::Label<'s>) -> Option<(crate::vocabulary::value::Str, Span)> {
        match label {
            ast::Label::Name(n) => Some((n.text.into(), n.span)),
            ast::Label::String(t) => match t.parts.as_slice() {
                [] => Some(("".into(), t.span)),
                [ast::Part::Literal(s)] => Some(((&**s).into(), t.span)),
                _ => {
                    self.report(Diagnostic::error(codes::WRONG_FORM, "the name of a field is known without evaluation").at(t.span, "holds `${…}`"));
                    None
                }
            },
        }
    }

    fn comprehension(
        &mut self,
        name: ast::Name<'s>,
        list: &'s ast::Expr<'s>,
        condition: Option<&'s ast::Expr<'s>>,
        value: &'s ast::Expr<'s>,
        expected: Option<&Type>,
        span: Span,
    ) -> (Expr, Type) {
        let (list, ty) = self.list_of(list);
        self.scoped(|c| {
            let slot = c.bind(name, ty);
            let condition = condition.map(|e| Box::new(c.check(e, &Type::Bool)));
            let (value, ty) = match expected {
                Some(t) => (c.check(value, t), t.clone()),
                None => c.infer(value),
            };
            (Expr { kind: ExprKind::Comprehension { slot, list: Box::new(list), condition, value: Box::new(value) }, span }, Type::List(Box::new(ty)))
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

    fn match_(&mut self, subject: &'s ast::Expr<'s>, arms: &'s [(ast::Expr<'s>, ast::Expr<'s>)], expected: Option<&Type>, span: Span) -> (Expr, Type) {
        let (value, ty) = self.infer(subject);
        let mut result = expected.cloned();
        let mut all = Vec::new();
        let mut rest = false;
        let mut seen: Vec<Value> = Vec::new();
        for (pattern, arm) in arms {
            let wildcard = matches!(pattern.kind, ast::ExprKind::Name("_"));
            if rest {
                self.report(Diagnostic::warning(codes::UNREACHABLE, "this case is never taken").at(pattern.span, "`_` above takes everything"));
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
            Type::Bool => [true, false].iter().filter(|b| !seen.contains(&Value::Bool(**b))).map(|b| if *b { "true" } else { "false" }).collect(),
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
            A::Text(text) => (self.text_value(text), Type::String),
            A::Name(_) | A::Field(..) => match (segments(e), &e.kind) {
                (Some(path), _) => match self.lexical(&path, span) {
                    Some(found) => found,
                    None => match path.first() {
                        Some(first) => (self.unknown_name(first, None), Type::Error),
                        None => (self.poison(span), Type::Error),
                    },
                },
                (None, A::Field(of, name)) => {
                    let (of, ty) = self.infer(of);
                    self.fields(of, ty, std::slice::from_ref(name))
                }
                _ => (self.poison(span), Type::Error),
            },
            A::Index(of, index) => self.index(of, index, span),
            A::Call(callee, arguments) => self.function_call(callee, arguments, None, span),
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
            A::Comprehension { name, list, condition, value } => self.comprehension(*name, list, condition.as_deref(), value, None, span),
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
            A::Range(a, b) => {
                let (a, b, ty) = self.alike(a, b, None, span, "a range");
                (Expr { kind: ExprKind::Range(Box::new(a), Box::new(b)), span }, Type::Range(Box::new(ty)))
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
            A::Binary(op, a, b) => self.binary(*op, a, b, None, span),
            A::If(c, a, b) => {
                let c = self.check(c, &Type::Bool);
                let (a, ty) = self.infer(a);
                let b = self.check(b, &ty);
                (Expr { kind: ExprKind::If(Box::new(c), Box::new(a), Box::new(b)), span }, ty)
            }
            A::Match(subject, arms) => self.match_(subject, arms, None, span),
        }
    }

    fn index(&mut self, of: &'s ast::Expr<'s>, index: &'s ast::Expr<'s>, span: Span) -> (Expr, Type) {
        let (value, ty) = self.infer(of);
        let (index_type, item) = match ty.base() {
            Type::List(t) => (Type::Int, (**t).clone()),
            Type::Map(t) => (Type::String, (**t).clone()),
            Type::Error => (Type::Any, Type::Error),
            _ => {
                self.report(Diagnostic::error(codes::WRONG_TYPE, format!("{} has no items", ty.a())).at(of.span, "not a list and not a map"));
                (Type::Any, Type::Error)
            }
        };
        let index = self.check(index, &index_type);
        (Expr { kind: ExprKind::Index(Box::new(value), Box::new(index)), span }, item)
    }

    /// A number where no type is expected: its unit must leave one meaning.
    pub fn infer_number(&mut self, text: &str, span: Span) -> (Expr, Type) {
        let bare = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let candidates: &[Type] = if bare {
            if text.contains('.') { &[Type::Float] } else { &[Type::Int] }
        } else {
            &[Type::Percent, Type::Cpu, Type::Bytes, Type::Duration]
        };
        let mut fitting = candidates.iter().filter_map(|t| match read_number(text, t) {
            Some(Ok(v)) => Some((v, t.clone())),
            _ => None,
        });
        match (fitting.next(), fitting.next()) {
            (Some((v, t)), None) => (Expr { kind: ExprKind::Const(v), span }, t),
            (None, _) => {
                let d = match (bare, read_number(text, &Type::Int)) {
                    (true, Some(Err(e))) => unit_error(&e, span, false),
                    _ => Diagnostic::error(codes::BAD_LITERAL, format!("{} is no number with a unit", units::shown(text)))
                        .at(span, "")
                        .help("units are `m` (CPU), `Ki Mi Gi Ti` and `k M G T` (bytes), `ms s m h d` (time) and `%`"),
                };
                self.report(d);
                (self.poison(span), Type::Error)
            }
            _ => {
                let meanings = units::meanings(text);
                self.report(
                    Diagnostic::error(codes::AMBIGUOUS, format!("`{text}` has more than one meaning here"))
                        .at(span, meanings.join(" or "))
                        .why("A number is read by the type expected where it stands, and here none is.")
                        .help("say the type: `let x: Duration = …`"),
                );
                (self.poison(span), Type::Error)
            }
        }
    }
}

enum Fit {
    Same,
    Both,
    Checked(Type),
    Refined(usize),
}

const BUILTINS: &[(&str, Builtin)] = &[
    ("min", Builtin::Min),
    ("max", Builtin::Max),
    ("sum", Builtin::Sum),
    ("length", Builtin::Length),
    ("join", Builtin::Join),
    ("lower", Builtin::Lower),
    ("upper", Builtin::Upper),
    ("contains", Builtin::Contains),
    ("starts-with", Builtin::StartsWith),
    ("ends-with", Builtin::EndsWith),
    ("replace", Builtin::Replace),
];

fn builtin(name: &str) -> Option<Builtin> {
    BUILTINS.iter().find(|(n, _)| *n == name).map(|(_, b)| *b)
}
