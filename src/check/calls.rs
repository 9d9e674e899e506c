//! Calls: of variants, of functions, of what the language itself knows.

use super::declarations::Symbol;
use super::expressions::words_of;
use super::paths::segments;
use super::program::{Builtin, Expr, ExprKind};
use super::scope::Checker;
use super::suggest;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast;
use crate::vocabulary::value::Value;
use crate::vocabulary::{ParamInfo, Type};
use std::borrow::Cow;

/// What a call takes.
pub(super) struct Accepted<'p> {
    pub name: Cow<'p, str>,
    pub ty: Cow<'p, Type>,
    pub required: bool,
    /// Does it take all arguments without a name that are left?
    pub variadic: bool,
}

impl<'a, 's> Checker<'a, 's> {
    /// A call: a variant of the type expected, or a function.
    pub(super) fn call(&mut self, callee: &'s ast::Expr<'s>, arguments: &'s [ast::Argument<'s>], expected: &Type, span: Span) -> Expr {
        if let Some(path) = segments(callee)
            && let Some((set, index, info)) = self.word(&path, expected)
        {
            let accepted =
                |p: &ParamInfo| Accepted { name: p.name(), ty: Cow::Owned((p.ty)()), required: p.required, variadic: p.variadic };
            let params: Vec<Accepted<'_>> = info.params.iter().map(accepted).collect();
            let arguments = self.arguments(info.name, &params, arguments, span);
            if std::ptr::eq(set, crate::vocabulary::words::ContentSpec::SET) {
                self.asset(info.name, arguments.first());
            }
            return Expr { kind: ExprKind::Variant { set, index, arguments: arguments.into() }, span };
        }
        let (e, ty) = self.function_call(callee, arguments, Some(expected), span);
        self.coerce(e, &ty, expected)
    }

    /// Files are named by literals, so that everything that is read is known before anything is evaluated.
    pub(super) fn asset(&mut self, name: &str, path: Option<&Option<Expr>>) {
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
        params: &[Accepted<'_>],
        arguments: &'s [ast::Argument<'s>],
        span: Span,
    ) -> Vec<Option<Expr>> {
        let mut given: Vec<Option<Expr>> = params.iter().map(|_| None).collect();
        let mut rest: Vec<Expr> = Vec::new();
        let mut next = 0;
        let most = if params.iter().all(|p| p.required) { "" } else { "at most " };
        let mut before: Option<Span> = None;
        for a in arguments {
            let previous = before.replace(a.value.span);
            let index = match a.name {
                Some(name) => match params.iter().position(|p| p.name == name.text) {
                    Some(i) => i,
                    None => {
                        let mut d = Diagnostic::error(codes::WRONG_ARGUMENTS, format!("`{callee}` has no parameter `{}`", name.text))
                            .at(name.span, "no such parameter");
                        d = match suggest::nearest(name.text, params.iter().map(|p| &*p.name)) {
                            Some(near) => d.fix(format!("write `{near}`"), name.span, near),
                            None => d.help(format!("its parameters are {}", suggest::list(params.iter().map(|p| &*p.name), "and"))),
                        };
                        self.report(d);
                        self.infer(&a.value);
                        continue;
                    }
                },
                None => next,
            };
            let Some(Accepted { name, ty, required, variadic }) = params.get(index) else {
                self.report(
                    Diagnostic::error(
                        codes::WRONG_ARGUMENTS,
                        format!("`{callee}` takes {most}{} argument{}", params.len(), if params.len() == 1 { "" } else { "s" }),
                    )
                    .at(a.value.span, "one too many")
                    .fix(
                        "take it away",
                        Span { start: previous.map_or(a.value.span.start, |p| p.end), ..a.value.span },
                        "",
                    ),
                );
                self.infer(&a.value);
                continue;
            };
            if *variadic && a.name.is_none() {
                rest.push(self.check(&a.value, ty));
                continue;
            }
            // A parameter that may be left out takes a value that may be absent.
            let value = if *required { self.check(&a.value, ty) } else { self.optional(&a.value, ty) };
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
        for (i, Accepted { name, ty, required, variadic }) in params.iter().enumerate() {
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
    pub(super) fn function_call(
        &mut self,
        callee: &'s ast::Expr<'s>,
        arguments: &'s [ast::Argument<'s>],
        expected: Option<&Type>,
        span: Span,
    ) -> (Expr, Type) {
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
                let name = path.last().map_or("", |n| n.text);
                let arguments = self.arguments(name, params, arguments, span);
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

    pub(super) fn builtin_call(
        &mut self,
        builtin: Builtin,
        name: &str,
        arguments: &'s [ast::Argument<'s>],
        expected: Option<&Type>,
        span: Span,
    ) -> (Expr, Type) {
        let call = |arguments| Expr { kind: ExprKind::Builtin(builtin, arguments), span };
        let fixed = |c: &mut Self, types: &[(&'static str, Type)], result: Type| {
            let accepted = |(name, ty): &(&'static str, Type)| Accepted {
                name: (*name).into(),
                ty: Cow::Owned(ty.clone()),
                required: true,
                variadic: false,
            };
            let params: Vec<_> = types.iter().map(accepted).collect();
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
                            Diagnostic::error(codes::WRONG_TYPE, format!("{} has no length", ty.a()))
                                .at(one.value.span, "a string, a list or a map is expected"),
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
                    self.report(
                        Diagnostic::error(codes::WRONG_ARGUMENTS, format!("`{name}` needs something to work on")).at(span, "no argument"),
                    );
                }
                (call(all), ty.unwrap_or(Type::Error))
            }
            Builtin::Join => fixed(self, &[("list", Type::List(Box::new(Type::String))), ("between", Type::String)], Type::String),
            Builtin::Lower | Builtin::Upper => fixed(self, &[("text", Type::String)], Type::String),
            Builtin::Contains | Builtin::StartsWith | Builtin::EndsWith => {
                fixed(self, &[("text", Type::String), ("part", Type::String)], Type::Bool)
            }
            Builtin::Replace => fixed(self, &[("text", Type::String), ("part", Type::String), ("by", Type::String)], Type::String),
        }
    }
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
