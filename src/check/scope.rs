//! What names mean inside a body: parameters, loop variables and `let`s, innermost last.

use super::declarations::Declared;
use super::program::{Expr, ExprKind};
use super::signatures::AppSignature;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::source::{FileId, Span};
use crate::syntax::ast;
use crate::vocabulary::value::Str;
use crate::vocabulary::{BlockInfo, Type};
use std::borrow::Cow;
use std::sync::Arc;

/// A name of a scope.
pub(super) struct Binding<'s> {
    pub name: &'s str,
    pub span: Span,
    pub kind: BindingKind<'s>,
}

pub(super) enum BindingKind<'s> {
    /// A parameter or loop variable.
    Slot(u16, Type),
    /// A `let` that was checked.
    Let(u16, Type, Arc<Expr>),
    /// A `let` that was not.
    Unchecked(u16, Option<&'s ast::Type<'s>>, &'s ast::Expr<'s>),
    /// A `let` whose value is being looked at: to meet it again is a circle.
    Checking,
}

/// Checks one top level, function or component.
pub(super) struct Checker<'a, 's> {
    pub declared: &'a Declared<'s>,
    pub diagnostics: Diagnostics,
    pub unit: usize,
    pub file: FileId,
    pub scope: Vec<Binding<'s>>,
    /// Slots in use and the most that were.
    pub slots: (usize, usize),
    /// The app whose tiers are seen.
    pub app: Option<&'a AppSignature>,
    /// The block that `self` is.
    pub self_info: Option<&'static BlockInfo>,
    /// The slot that holds `self.name`. Each block has its own, so that a `let` keeps the name of the block that it stands in.
    pub self_name: u16,
    /// Stands this in a `require`, where `self`'s attributes may be read?
    pub in_require: bool,
    /// The port names of the tier around, where they are all known.
    pub own_ports: Option<Cow<'a, [Str]>>,
    /// Functions called, for the search of circles.
    pub calls: Vec<(usize, Span)>,
    /// Is this an overlay?
    pub overlay: bool,
    /// Files that were named.
    pub assets: Vec<(Str, Span)>,
    /// How many `let`s are being looked at, one for the sake of the other.
    pub depth: usize,
}

/// The longest chain of values that are made from each other.
pub(super) const DEEPEST: usize = 64;

impl<'a, 's> Checker<'a, 's> {
    pub fn new(declared: &'a Declared<'s>, unit: usize, file: FileId) -> Self {
        Checker {
            declared,
            diagnostics: Diagnostics::default(),
            unit,
            file,
            scope: Vec::new(),
            slots: (0, 0),
            app: None,
            self_info: None,
            self_name: 0,
            in_require: false,
            own_ports: None,
            calls: Vec::new(),
            overlay: false,
            assets: Vec::new(),
            depth: 0,
        }
    }
    pub fn report(&mut self, d: Diagnostic) {
        self.diagnostics.push(d);
    }
    /// Takes a new slot.
    pub fn slot(&mut self) -> u16 {
        let slot = self.slots.0;
        self.slots.0 += 1;
        self.slots.1 = self.slots.1.max(self.slots.0);
        slot.min(usize::from(u16::MAX)) as u16
    }
    /// Adds a parameter or loop variable.
    pub fn bind(&mut self, name: ast::Name<'s>, ty: Type) -> u16 {
        self.refuse_shadowing(name);
        let slot = self.slot();
        self.scope.push(Binding { name: name.text, span: name.span, kind: BindingKind::Slot(slot, ty) });
        slot
    }
    /// Shadowing is an error: a reader would have to know which of the two is meant.
    pub fn refuse_shadowing(&mut self, name: ast::Name<'s>) {
        let other = self.scope.iter().find(|b| b.name == name.text).map(|b| b.span).or_else(|| self.declared.span_of(self.unit, name.text));
        if let Some(other) = other
            && other != name.span
        {
            self.report(
                Diagnostic::error(codes::DECLARED_TWICE, format!("`{}` is declared already", name.text))
                    .at(name.span, "declared again here")
                    .at(other, "declared here first")
                    .why("A name means one thing wherever it is seen: nothing shadows another.")
                    .help("choose another name for one of the two"),
            );
        }
    }
    /// The binding of this name, a `let` checked first where it was not yet.
    pub fn local(&mut self, name: &str, span: Span) -> Option<(Expr, Type)> {
        let index = self.scope.iter().rposition(|b| b.name == name)?;
        let binding = self.scope.get_mut(index)?;
        let (slot, ty, value) = match &mut binding.kind {
            BindingKind::Slot(slot, ty) => return Some((Expr { kind: ExprKind::Local(*slot), span }, ty.clone())),
            BindingKind::Let(slot, ty, value) => {
                return Some((Expr { kind: ExprKind::Let(*slot, value.clone()), span }, ty.clone()));
            }
            BindingKind::Checking => {
                self.report(
                    Diagnostic::error(codes::RECURSION, format!("the value of `{name}` needs itself"))
                        .at(span, "needed again here")
                        .why("A value that is made from itself has no end; the language has no recursion."),
                );
                return Some((Expr { kind: ExprKind::Poison, span }, Type::Error));
            }
            BindingKind::Unchecked(slot, ty, value) => (*slot, *ty, *value),
        };
        if self.depth > DEEPEST {
            self.too_deep(span);
            return Some((Expr { kind: ExprKind::Poison, span }, Type::Error));
        }
        binding.kind = BindingKind::Checking;
        self.depth += 1;
        let (value, ty) = match ty {
            Some(written) => {
                let ty = self.resolve(written);
                (self.check(value, &ty), ty)
            }
            None => self.infer(value),
        };
        self.depth -= 1;
        let value = Arc::new(value);
        if let Some(binding) = self.scope.get_mut(index) {
            binding.kind = BindingKind::Let(slot, ty.clone(), value.clone());
        }
        Some((Expr { kind: ExprKind::Let(slot, value), span }, ty))
    }
    /// "too deep".
    pub fn too_deep(&mut self, span: Span) {
        self.report(
            Diagnostic::error(codes::TOO_DEEP, format!("more than {DEEPEST} values are made one from the other"))
                .at(span, "the chain goes on here")
                .help("write some of them out"),
        );
    }
    /// Declares the `let`s of a body, so that their order does not matter, and checks them. Gives their slots.
    pub fn declare_lets(&mut self, entries: &'s [ast::Entry<'s>]) -> Vec<u16> {
        let mut slots = Vec::new();
        let first = self.scope.len();
        for entry in entries {
            if let ast::EntryKind::Let { name, ty, value } = &entry.kind {
                self.refuse_shadowing(*name);
                let slot = self.slot();
                slots.push(slot);
                self.scope.push(Binding { name: name.text, span: name.span, kind: BindingKind::Unchecked(slot, ty.as_deref(), value) });
            }
        }
        for i in first..first + slots.len() {
            if let Some((name, span)) = self.scope.get(i).map(|b| (b.name, b.span)) {
                self.local(name, span);
            }
        }
        slots
    }
    /// Runs `inner` in a scope of its own.
    pub fn scoped<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        let (names, slots) = (self.scope.len(), self.slots.0);
        let result = inner(self);
        self.scope.truncate(names);
        self.slots.0 = slots;
        result
    }
}
