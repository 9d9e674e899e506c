//! Operators: arithmetic that keeps units, comparisons, `of`, `per`, `in`.

use super::program::{Expr, ExprKind};
use super::scope::Checker;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast::{self, Operator};
use crate::vocabulary::Type;

/// Is it made of number literals alone, whose type must come from elsewhere?
fn is_literal(e: &ast::Expr<'_>) -> bool {
    match &e.kind {
        ast::ExprKind::Number(_) => true,
        ast::ExprKind::Negate(inner) => is_literal(inner),
        ast::ExprKind::Binary(Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide, sides) => {
            is_literal(&sides.0) && is_literal(&sides.1)
        }
        ast::ExprKind::Binary(Operator::Of, sides) => is_literal(&sides.1),
        _ => false,
    }
}

/// A number without a unit.
fn is_plain_number(e: &ast::Expr<'_>) -> bool {
    matches!(&e.kind, ast::ExprKind::Number(text) if text.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}

fn numeric_hint(expected: Option<&Type>) -> Option<Type> {
    match expected?.base() {
        Type::Range(t) | Type::Optional(t) => numeric_hint(Some(t)),
        Type::Union(members) => {
            let mut numeric = members.iter().filter(|m| m.is_numeric());
            match (numeric.next(), numeric.next()) {
                (Some(one), None) => Some(one.base().clone()),
                _ => None,
            }
        }
        t if t.is_numeric() => Some(t.clone()),
        _ => None,
    }
}

impl<'a, 's> Checker<'a, 's> {
    /// "mixed units", which names both.
    pub fn mixed(&mut self, a: Span, ta: &Type, b: Span, tb: &Type, what: &str) {
        self.report(
            Diagnostic::error(codes::MIXED_UNITS, format!("{what} takes two values of one type, and these are {} and {}", ta.a(), tb.a()))
                .at(a, ta.to_string())
                .at(b, tb.to_string())
                .why("Units are never converted silently."),
        );
    }

    /// Two operands of one type.
    pub fn alike(&mut self, a: &'s ast::Expr<'s>, b: &'s ast::Expr<'s>, hint: Option<&Type>, span: Span, what: &str) -> (Expr, Expr, Type) {
        let (ea, eb, ta, tb) = match (is_literal(a), is_literal(b), hint) {
            (true, true, Some(t)) => return (self.check(a, t), self.check(b, t), t.clone()),
            (false, true, _) => {
                let (ea, ta) = self.infer(a);
                let eb = self.literal_like(b, &ta);
                return (ea, eb, ta);
            }
            (true, false, _) => {
                let (eb, tb) = self.infer(b);
                let ea = self.literal_like(a, &tb);
                return (ea, eb, tb);
            }
            (true, true, None) => {
                // One literal with one meaning gives the other its type; two are compared as they are.
                let (ea, ta) = self.infer(a);
                if ta.is_error() {
                    return (ea, self.poison(span), Type::Error);
                }
                let (eb, tb) = self.infer(b);
                (ea, eb, ta, tb)
            }
            (false, false, _) => {
                let (ea, ta) = self.infer(a);
                if let Type::Variants(_) | Type::Union(_) = ta.base() {
                    let eb = self.check(b, &ta);
                    return (ea, eb, ta);
                }
                let (eb, tb) = self.infer(b);
                (ea, eb, ta, tb)
            }
        };
        let numbers = |t: &Type| matches!(t.base(), Type::Int | Type::Float);
        let strings = |t: &Type| matches!(t.base(), Type::String) || t.is_checked_string();
        let ty = if ta.base() == tb.base() || tb.is_error() || strings(&ta) && strings(&tb) {
            ta
        } else if ta.is_error() {
            tb
        } else if numbers(&ta) && numbers(&tb) {
            Type::Float
        } else {
            self.mixed(a.span, &ta, b.span, &tb, what);
            Type::Error
        };
        (ea, eb, ty)
    }

    /// A literal beside a value of this type.
    fn literal_like(&mut self, literal: &'s ast::Expr<'s>, ty: &Type) -> Expr {
        let target = match ty.base() {
            Type::Union(members) => members.iter().find(|m| m.is_numeric()).cloned().unwrap_or(Type::Error),
            t => t.clone(),
        };
        if target.is_error() || target.is_numeric() {
            return self.check(literal, &target);
        }
        let (e, found) = self.infer(literal);
        if !found.is_error() {
            self.mixed(literal.span, &found, literal.span, ty, "this operator");
        }
        e
    }

    /// An operator's expression, with its type.
    pub fn binary(
        &mut self,
        op: Operator,
        a: &'s ast::Expr<'s>,
        b: &'s ast::Expr<'s>,
        expected: Option<&Type>,
        span: Span,
    ) -> (Expr, Type) {
        let make = |a: Expr, b: Expr| Expr::binary(op, a, b, span);
        match op {
            Operator::Or | Operator::And => {
                let (a, b) = (self.check(a, &Type::Bool), self.check(b, &Type::Bool));
                (make(a, b), Type::Bool)
            }
            Operator::Equal | Operator::NotEqual => {
                if matches!(b.kind, ast::ExprKind::Name("none")) {
                    let (a, _) = self.infer(a);
                    return (make(a, Expr { kind: ExprKind::Const(crate::vocabulary::value::Value::None), span: b.span }), Type::Bool);
                }
                let (ea, eb, ty) = self.alike(a, b, None, span, "a comparison");
                (if ty.is_error() { self.poison(span) } else { make(ea, eb) }, Type::Bool)
            }
            Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual => self.ordered(op, a, b, span),
            Operator::In => self.member_of(a, b, span),
            Operator::Add | Operator::Subtract => self.added(op, a, b, expected, span),
            Operator::Multiply | Operator::Divide => self.scaled(op, a, b, expected, span),
            Operator::Of => self.share(a, b, expected, span),
            Operator::Per => self.rate(a, b, span),
        }
    }

    // Each in a function of its own: values that are made from others nest deep, and a frame has room for all that its function may say.

    /// `<` and its like want two of one type that has an order.
    fn ordered(&mut self, op: Operator, a: &'s ast::Expr<'s>, b: &'s ast::Expr<'s>, span: Span) -> (Expr, Type) {
        let (a, b, ty) = self.alike(a, b, None, span, "a comparison");
        if ty.is_error() {
            return (self.poison(span), Type::Bool);
        }
        if !ty.is_numeric() {
            self.report(
                Diagnostic::error(codes::WRONG_TYPE, format!("{} has no order", ty.a()))
                    .at(span, "only numbers and amounts are less or more than others")
                    .help(match ty.base() {
                        Type::Union(_) => "a value that may be a range is compared by its ends: `.min`, `.max`",
                        _ => "compare with `==` or `!=`",
                    }),
            );
            return (self.poison(span), Type::Bool);
        }
        (Expr::binary(op, a, b, span), Type::Bool)
    }

    /// `+` and `-` want two amounts of one kind, or lists.
    fn added(&mut self, op: Operator, a: &'s ast::Expr<'s>, b: &'s ast::Expr<'s>, expected: Option<&Type>, span: Span) -> (Expr, Type) {
        let hint = numeric_hint(expected);
        let (a, b, ty) = self.alike(a, b, hint.as_ref(), span, if op == Operator::Add { "`+`" } else { "`-`" });
        match ty.base() {
            t if t.is_numeric() && !matches!(t, Type::Version) => (Expr::binary(op, a, b, span), ty),
            Type::List(_) if op == Operator::Add => (Expr::binary(op, a, b, span), ty),
            _ => {
                self.refuse_sum(&ty, span);
                (self.poison(span), Type::Error)
            }
        }
    }
    fn refuse_sum(&mut self, ty: &Type, span: Span) {
        let said = match ty.base() {
            Type::Error => return,
            Type::String => Diagnostic::error(codes::WRONG_TYPE, "strings are joined by interpolation")
                .at(span, "`+` adds amounts")
                .help("write `\"${a}${b}\"`"),
            _ => Diagnostic::error(codes::WRONG_TYPE, format!("{} cannot be added or subtracted", ty.a()))
                .at(span, format!("these are {ty}")),
        };
        self.report(said);
    }

    /// `of` wants a share and an amount.
    fn share(&mut self, a: &'s ast::Expr<'s>, b: &'s ast::Expr<'s>, expected: Option<&Type>, span: Span) -> (Expr, Type) {
        let share = self.check(a, &Type::Percent);
        let (whole, ty) = match numeric_hint(expected) {
            Some(t) if is_literal(b) => (self.check(b, &t), t),
            _ => self.infer(b),
        };
        if !ty.is_numeric() && !ty.is_error() || matches!(ty.base(), Type::Version) {
            self.wrong(b.span, &Type::Int, &ty.a());
        }
        (Expr::binary(Operator::Of, share, whole, span), ty)
    }

    /// `per` wants a count or a share, and a time.
    fn rate(&mut self, a: &'s ast::Expr<'s>, b: &'s ast::Expr<'s>, span: Span) -> (Expr, Type) {
        let (amount, ty) = self.infer(a);
        if !matches!(ty.base(), Type::Int | Type::Percent | Type::Error) {
            self.wrong(a.span, &Type::Union(vec![Type::Percent, Type::Int]), &ty.a());
        }
        let time = self.check(b, &Type::Duration);
        (Expr::binary(Operator::Per, amount, time, span), Type::Rate)
    }

    /// `*` wants one side without a unit; `/` divides by a number, or an amount by its like.
    fn scaled(&mut self, op: Operator, a: &'s ast::Expr<'s>, b: &'s ast::Expr<'s>, expected: Option<&Type>, span: Span) -> (Expr, Type) {
        let hint = numeric_hint(expected);
        let with_unit = |c: &mut Self, e: &'s ast::Expr<'s>| match &hint {
            Some(t) if is_literal(e) && !matches!(t, Type::Int | Type::Float) => (c.check(e, t), t.clone()),
            _ => c.infer(e),
        };
        let (ea, ta, eb, tb) = match (is_plain_number(a), is_plain_number(b)) {
            (true, false) if op == Operator::Multiply => {
                let (eb, tb) = with_unit(self, b);
                let (ea, ta) = self.infer(a);
                (ea, ta, eb, tb)
            }
            (false, true) => {
                let (ea, ta) = with_unit(self, a);
                let (eb, tb) = self.infer(b);
                (ea, ta, eb, tb)
            }
            (false, false) => {
                let (ea, ta) = with_unit(self, a);
                let (eb, tb) = with_unit(self, b);
                (ea, ta, eb, tb)
            }
            _ => {
                let (ea, ta) = self.infer(a);
                let (eb, tb) = self.infer(b);
                (ea, ta, eb, tb)
            }
        };
        let unitless = |t: &Type| matches!(t.base(), Type::Int | Type::Float);
        let ty = match op {
            _ if ta.is_error() || tb.is_error() => Type::Error,
            Operator::Multiply if unitless(&ta) && unitless(&tb) || op == Operator::Divide && unitless(&ta) && unitless(&tb) => {
                if matches!((ta.base(), tb.base()), (Type::Int, Type::Int)) { Type::Int } else { Type::Float }
            }
            Operator::Multiply if unitless(&ta) && tb.is_numeric() => tb.base().clone(),
            Operator::Multiply | Operator::Divide if unitless(&tb) && ta.is_numeric() => ta.base().clone(),
            Operator::Divide if ta.base() == tb.base() && ta.is_numeric() => Type::Float,
            Operator::Multiply => {
                self.report(
                    Diagnostic::error(
                        codes::MIXED_UNITS,
                        format!("`*` wants one side without a unit, and these are {} and {}", ta.a(), tb.a()),
                    )
                    .at(a.span, ta.to_string())
                    .at(b.span, tb.to_string())
                    .help("multiply by a plain number: `2 * 500m`"),
                );
                Type::Error
            }
            _ => {
                self.mixed(a.span, &ta, b.span, &tb, "`/`");
                Type::Error
            }
        };
        // What was said here is not said again when it is evaluated.
        if ty.is_error() {
            return (self.poison(span), Type::Error);
        }
        let e = Expr { kind: ExprKind::Binary(op, Box::new(ea), Box::new(eb)), span };
        (e, ty)
    }

    fn member_of(&mut self, a: &'s ast::Expr<'s>, b: &'s ast::Expr<'s>, span: Span) -> (Expr, Type) {
        let (ea, eb) = if is_literal(a) {
            let (eb, tb) = self.infer(b);
            let item = match tb.base() {
                Type::List(t) | Type::Range(t) => (**t).clone(),
                _ => Type::Error,
            };
            (self.check(a, &item), eb)
        } else {
            let (ea, ta) = self.infer(a);
            let eb = match &b.kind {
                ast::ExprKind::Range(..) => self.check(b, &Type::Range(Box::new(ta))),
                ast::ExprKind::List(_) => self.check(b, &Type::List(Box::new(ta))),
                _ => {
                    let (eb, tb) = self.infer(b);
                    match tb.base() {
                        Type::List(t) | Type::Range(t) if t.base() == ta.base() || ta.is_error() || t.is_error() => {}
                        Type::Map(_) | Type::Record(_) if matches!(ta.base(), Type::String) => {}
                        Type::Error => {}
                        _ => {
                            self.report(
                                Diagnostic::error(codes::WRONG_TYPE, format!("{} cannot be in {}", ta.a(), tb.a()))
                                    .at(span, "")
                                    .help("the right side of `in` is a list, a range or a map"),
                            );
                        }
                    }
                    eb
                }
            };
            (ea, eb)
        };
        (Expr { kind: ExprKind::Binary(Operator::In, Box::new(ea), Box::new(eb)), span }, Type::Bool)
    }
}
