//! Literals: numbers and strings, read by the type expected where they stand.

use super::expressions::words_of;
use super::program::{Expr, ExprKind, TextPart};
use super::scope::Checker;
use super::suggest;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast;
use crate::units::{self, Bytes, Cidr, Cpu, Cron, Decimal, Duration, Host, Image, Path, Percent, PromQl, Quantity, UnitError, Version};
use crate::vocabulary::Type;
use crate::vocabulary::value::Value;

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
        Type::PromQl => PromQl::parse(text).map(drop),
        _ => Ok(()),
    }
}

/// A message of a unit, as a diagnostic at a place.
fn unit_error(error: &UnitError, span: Span, quoted: bool) -> Diagnostic {
    let mut d = Diagnostic::error(codes::BAD_LITERAL, error.message.trim_end_matches('.').to_string()).at(span, "");
    match (&error.replacement, &error.help) {
        (Some(with), Some(help)) => d = d.fix(help.clone(), span, if quoted { format!("\"{with}\"") } else { with.clone() }),
        (Some(with), None) => d = d.fix(format!("write `{with}`"), span, if quoted { format!("\"{with}\"") } else { with.clone() }),
        (None, Some(help)) => d = d.help(help.clone()),
        (None, None) => {}
    }
    d
}

/// The same of a string. Where it is `written` as it is, without an escape, the place inside it is shown.
pub(crate) fn text_error(error: &UnitError, span: Span, text: &str, written: bool) -> Diagnostic {
    let mut d = unit_error(error, span, true);
    let Some(at) = &error.at else { return d };
    let word = text.get(at.clone()).unwrap_or("");
    let near = suggest::nearest(word, error.among.iter().copied());
    let quotes = 2;
    if written && (span.end - span.start) as usize == text.len() + quotes {
        let start = span.start + 1 + at.start as u32;
        let inner = Span { start, end: start + at.len() as u32, ..span };
        d = unit_error(error, inner, false);
        if let Some(near) = near {
            d = d.fix(format!("write `{near}`"), inner, near);
        }
        return d;
    }
    if let Some(near) = near {
        d = d.help(format!("did you mean `{near}`?"));
    }
    if word.is_empty() { d } else { d.why(format!("It is about this part: {}.", units::shown(word))) }
}

impl<'a, 's> Checker<'a, 's> {
    /// A number, read by the type expected.
    pub(super) fn number(&mut self, text: &str, span: Span, expected: &Type) -> Expr {
        let constant = |v| Expr { kind: ExprKind::Const(v), span };
        match expected.base() {
            Type::Range(t) => {
                let inner = self.number(text, span, t);
                return match inner.kind {
                    ExprKind::Poison => inner,
                    _ => Expr { kind: ExprKind::Both(Box::new(inner)), span },
                };
            }
            Type::Optional(t) => return self.number(text, span, t),
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
                let other: Vec<_> =
                    units::fits(text).into_iter().filter(|o| !matches!(*o, "an Int" | "a Float" | "a Version" | "a Quantity")).collect();
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

    pub(super) fn not_a_number(&mut self, text: &str, span: Span, expected: &Type) -> Expr {
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
    pub(super) fn text(&mut self, text: &'s ast::Parts<'s>, span: Span, expected: &Type) -> Expr {
        let Some(target) =
            self.member(expected, |t| matches!(t, Type::String | Type::Any | Type::Secret | Type::Config) || t.is_checked_string())
        else {
            let range = self.member(expected, |t| matches!(t, Type::Range(_)));
            if let Some(Type::Range(t)) = range
                && (t.is_checked_string() || matches!(t.base(), Type::String))
            {
                let inner = self.text(text, span, t);
                return Expr { kind: ExprKind::Both(Box::new(inner)), span };
            }
            return self.string_where_not(text, span, expected);
        };
        let value = self.text_value(text, span);
        if let ExprKind::Const(v) = &value.kind {
            if let Err(e) = read_checked(v.as_str().unwrap_or(""), target) {
                self.report(text_error(&e, span, v.as_str().unwrap_or(""), true));
                return self.poison(span);
            }
            return value;
        }
        if target.is_checked_string() {
            return Expr { kind: ExprKind::Checked(Box::new(value), Box::new(target.clone())), span };
        }
        value
    }

    pub(super) fn string_where_not(&mut self, text: &'s ast::Parts<'s>, span: Span, expected: &Type) -> Expr {
        if let Some(s) = text.literal().filter(|s| !s.is_empty()) {
            let mut words = Vec::new();
            words_of(expected, &mut words);
            if words.contains(&s) || reads_bare(s, expected) {
                self.report(
                    Diagnostic::error(codes::WRONG_TYPE, format!("this is a string, where {} is expected", expected.a()))
                        .at(span, format!("expected {}", expected.a()))
                        .fix("take the quotes away", span, s.to_string()),
                );
                return self.poison(span);
            }
            // What the objects or old guides call it.
            if let Some((ours, why)) = super::foreign::word(s, &words) {
                let d = Diagnostic::error(codes::WRONG_TYPE, format!("this is a string, where {} is expected", expected.a()))
                    .at(span, format!("expected {}", expected.a()))
                    .fix(format!("write `{ours}`"), span, ours.to_owned());
                self.report(if why.is_empty() { d } else { d.why(why) });
                return self.poison(span);
            }
            // One item where a list of such is expected.
            if let Some(Type::List(item)) = self.member(expected, |t| matches!(t, Type::List(_)))
                && (matches!(item.base(), Type::String) || item.is_checked_string() && read_checked(s, item).is_ok())
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
    pub fn text_value(&mut self, text: &'s ast::Parts<'s>, span: Span) -> Expr {
        let written = match text {
            ast::Parts::Literal(s) => return Expr { kind: ExprKind::Const(Value::text(&**s)), span },
            ast::Parts::Several(parts) => parts,
        };
        let mut parts = Vec::with_capacity(written.len());
        for part in written {
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
                        Type::Map(_)
                        | Type::Record(_)
                        | Type::Range(_)
                        | Type::Variants(_)
                        | Type::Union(_)
                        | Type::Optional(_)
                        | Type::Secret => {
                            self.report(
                                Diagnostic::error(codes::WRONG_TYPE, format!("{} cannot stand in a string", ty.a()))
                                    .at(e.span, format!("this is {}", ty.a())),
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
