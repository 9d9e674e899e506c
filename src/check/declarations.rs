//! The names of top levels: collected first, so that order never matters, then checked.

use super::Unit;
use super::calls::Accepted;
use super::program::{Body, Component, Environment, Expr, Function, Global, Parameter, Program, Refinement};
use super::scope::Checker;
use super::signatures::{self, AppSignature, Signatures};
use super::suggest;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, EntryKind};
use crate::vocabulary::blocks::{App, External, Namespace, Root, Target, Workload};
use crate::vocabulary::types::Refined;
use crate::vocabulary::value::Str;
use crate::vocabulary::{Block as _, BlockInfo, Form, Type};
use crate::workers::Workers;
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// Parameters; and what comes of a call.
pub(super) type Signature<R> = (Vec<Accepted<'static>>, R);

/// What a name of a top level means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Symbol {
    Global(usize),
    Function(usize),
    Component(usize),
    Type(usize),
    /// `use "x.bay" as x`.
    Unit(usize),
}

/// Where a declaration stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub unit: usize,
    pub file: FileId,
    pub span: Span,
}

pub(super) struct GlobalDeclaration<'s> {
    pub name: ast::Name<'s>,
    pub place: Place,
    pub ty: Option<&'s ast::Type<'s>>,
    pub value: Option<&'s ast::Expr<'s>>,
    pub input: bool,
    checking: AtomicBool,
    checked: OnceLock<(Type, Option<Expr>, usize)>,
    resolved: OnceLock<Type>,
}

pub(super) struct FunctionDeclaration<'s> {
    pub name: ast::Name<'s>,
    pub place: Place,
    pub params: &'s [ast::Param<'s>],
    pub result: &'s ast::Type<'s>,
    pub value: &'s ast::Expr<'s>,
    pub signature: OnceLock<Signature<Type>>,
}

pub(super) struct ComponentDeclaration<'s> {
    pub name: ast::Name<'s>,
    pub place: Place,
    pub params: &'s [ast::Param<'s>],
    pub kind: ast::Name<'s>,
    pub body: &'s ast::Body<'s>,
    pub signature: OnceLock<Signature<Option<&'static BlockInfo>>>,
}

pub(super) struct TypeDeclaration<'s> {
    pub name: ast::Name<'s>,
    pub place: Place,
    pub ty: &'s ast::Type<'s>,
    pub refinement: Option<&'s ast::Expr<'s>>,
    checking: AtomicBool,
    pub resolved: OnceLock<Type>,
}

/// The names of a unit, and what each of its files imports.
#[derive(Default)]
pub(super) struct Names<'s> {
    pub own: FxHashMap<&'s str, (Symbol, Span)>,
    pub imported: FxHashMap<FileId, FxHashMap<&'s str, (Symbol, Span)>>,
}

/// All top levels.
pub(super) struct Declared<'s> {
    pub units: &'s [Unit<'s>],
    pub names: Vec<Names<'s>>,
    pub globals: Vec<GlobalDeclaration<'s>>,
    pub functions: Vec<FunctionDeclaration<'s>>,
    pub components: Vec<ComponentDeclaration<'s>>,
    pub types: Vec<TypeDeclaration<'s>>,
    pub signatures: Signatures,
}

impl<'s> Declared<'s> {
    /// What a name of the top level or of the imports means.
    pub fn symbol(&self, unit: usize, file: FileId, name: &str) -> Option<Symbol> {
        let names = self.names.get(unit)?;
        names.own.get(name).or_else(|| names.imported.get(&file)?.get(name)).map(|(s, _)| *s)
    }
    /// A public name of another unit.
    pub fn public(&self, unit: usize, name: &str) -> Option<Symbol> {
        if name.starts_with('_') {
            return None;
        }
        self.names.get(unit)?.own.get(name).map(|(s, _)| *s)
    }
    /// Where a name of the unit's own top level is declared.
    pub fn span_of(&self, unit: usize, name: &str) -> Option<Span> {
        self.names.get(unit)?.own.get(name).map(|(_, s)| *s)
    }
    /// The names that a file sees.
    pub fn visible(&self, unit: usize, file: FileId) -> Vec<&'s str> {
        let Some(names) = self.names.get(unit) else { return Vec::new() };
        let mut all: Vec<&str> = names.own.keys().copied().collect();
        all.extend(names.imported.get(&file).into_iter().flat_map(|m| m.keys().copied()));
        all.sort_unstable();
        all
    }
}

/// The block that a component may make.
pub(super) fn block_named(name: &str) -> Option<&'static BlockInfo> {
    let all = [App::info(), Namespace::info(), Target::info(), External::info()];
    let pods = [Workload::tier(), Workload::job(), Workload::cron(), Workload::daemon(), Workload::init(), Workload::container()];
    if let Some(b) = all.iter().chain(&pods).find(|b| b.name == name) {
        return Some(b);
    }
    Workload::tier().members().find_map(|(_, m)| match m.form {
        Form::Single(b) | Form::Many(b) if m.is(name) => Some(b()),
        Form::OneOf(bs) => bs.iter().map(|b| b()).find(|b| b.name == name),
        _ => None,
    })
}

/// The blocks of one file's top level, in pieces.
pub(super) type Blocks<'s> = (FileId, Vec<Vec<ast::Entry<'s>>>);

/// Collects the names of all units, and what the program's blocks declare.
pub(super) fn collect<'s>(units: &'s [Unit<'s>], blocks: &[Blocks<'_>], workers: &Workers, diagnostics: &mut Diagnostics) -> Declared<'s> {
    let mut d = Declared {
        units,
        names: Vec::new(),
        globals: Vec::new(),
        functions: Vec::new(),
        components: Vec::new(),
        types: Vec::new(),
        signatures: Signatures::default(),
    };
    for (unit, u) in units.iter().enumerate() {
        let mut names = Names::default();
        for file in &u.files {
            for entry in &file.declarations {
                let place = |name: &ast::Name<'s>| Place { unit, file: file.id, span: name.span };
                let (name, symbol) = match &entry.kind {
                    EntryKind::Let { name, ty, value } => {
                        d.globals.push(GlobalDeclaration {
                            name: *name,
                            place: place(name),
                            ty: ty.as_deref(),
                            value: Some(value),
                            input: false,
                            checking: AtomicBool::new(false),
                            checked: OnceLock::new(),
                            resolved: OnceLock::new(),
                        });
                        (name, Symbol::Global(d.globals.len() - 1))
                    }
                    EntryKind::Input { name, ty, default } => {
                        d.globals.push(GlobalDeclaration {
                            name: *name,
                            place: place(name),
                            ty: Some(ty),
                            value: default.as_ref(),
                            input: true,
                            checking: AtomicBool::new(false),
                            checked: OnceLock::new(),
                            resolved: OnceLock::new(),
                        });
                        (name, Symbol::Global(d.globals.len() - 1))
                    }
                    EntryKind::Fn { name, params, result, value } => {
                        d.functions.push(FunctionDeclaration {
                            name: *name,
                            place: place(name),
                            params,
                            result,
                            value,
                            signature: OnceLock::new(),
                        });
                        (name, Symbol::Function(d.functions.len() - 1))
                    }
                    EntryKind::Component { name, params, kind, body } => {
                        d.components.push(ComponentDeclaration {
                            name: *name,
                            place: place(name),
                            params,
                            kind: *kind,
                            body,
                            signature: OnceLock::new(),
                        });
                        (name, Symbol::Component(d.components.len() - 1))
                    }
                    EntryKind::Type { name, ty, refinement } => {
                        if Type::named(name.text).is_some() {
                            diagnostics.push(
                                Diagnostic::error(codes::DECLARED_TWICE, format!("`{}` is a type of the language", name.text))
                                    .at(name.span, "declared again here")
                                    .help("choose another name"),
                            );
                        }
                        d.types.push(TypeDeclaration {
                            name: *name,
                            place: place(name),
                            ty,
                            refinement: refinement.as_ref(),
                            checking: AtomicBool::new(false),
                            resolved: OnceLock::new(),
                        });
                        (name, Symbol::Type(d.types.len() - 1))
                    }
                    _ => continue,
                };
                if let Some((_, first)) = names.own.insert(name.text, (symbol, name.span)) {
                    names.own.entry(name.text).and_modify(|n| n.1 = first);
                    diagnostics.push(
                        Diagnostic::error(codes::DECLARED_TWICE, format!("`{}` is declared twice", name.text))
                            .at(name.span, "declared again here")
                            .at(first, "declared here first")
                            .help("choose another name for one of the two, or take one away"),
                    );
                }
            }
        }
        d.names.push(names);
    }
    imports(&mut d, diagnostics);
    let number = |name: &str| -> Option<usize> {
        let file = units.first()?.files.first()?.id;
        let symbol = match name.split_once('.') {
            Some((u, name)) => match d.symbol(0, file, u)? {
                Symbol::Unit(u) => d.public(u, name)?,
                _ => return None,
            },
            None => units.first()?.files.iter().find_map(|f| d.symbol(0, f.id, name))?,
        };
        if let Symbol::Component(c) = symbol { Some(c) } else { None }
    };
    let bodies: Vec<_> = d.components.iter().map(|c| c.body).collect();
    let components = signatures::components(&bodies, &number);
    let mut all = Signatures::default();
    for (_, pieces) in blocks {
        all.absorb(signatures::apps(pieces, workers, &|name: &str| components.get(number(name)?)));
    }
    d.signatures = all;
    d
}

/// Brings the names of `use` into the files that say so.
fn imports<'s>(d: &mut Declared<'s>, diagnostics: &mut Diagnostics) {
    for (unit, u) in d.units.iter().enumerate() {
        for file in &u.files {
            let mut imported: FxHashMap<&'s str, (Symbol, Span)> = FxHashMap::default();
            for entry in &file.declarations {
                let EntryKind::Use { from, alias } = &entry.kind else { continue };
                let Some((.., from_unit)) = u.uses.iter().find(|(f, at, _)| *f == file.id && *at == entry.span.start) else { continue };
                let mut brought: Vec<(&'s str, Symbol)> = Vec::new();
                match (from, alias) {
                    (ast::UseFrom::Std(path), alias) => {
                        let Some(name) = path.last() else { continue };
                        if let Some(s) = d.public(*from_unit, name.text) {
                            brought.push((alias.map_or(name.text, |a| a.text), s));
                        }
                    }
                    (ast::UseFrom::File(_), Some(alias)) => brought.push((alias.text, Symbol::Unit(*from_unit))),
                    (ast::UseFrom::File(_), None) => {
                        let own = d.names.get(*from_unit).into_iter().flat_map(|n| &n.own);
                        brought.extend(own.filter(|(n, _)| !n.starts_with('_')).map(|(n, (s, _))| (*n, *s)));
                        brought.sort_unstable_by_key(|(n, _)| *n);
                    }
                }
                for (name, symbol) in brought {
                    let clash = d.span_of(unit, name).or_else(|| imported.get(name).filter(|(s, _)| *s != symbol).map(|(_, s)| *s));
                    if let Some(other) = clash {
                        diagnostics.push(
                            Diagnostic::error(codes::DECLARED_TWICE, format!("`use` brings a second `{name}`"))
                                .at(entry.span, format!("brings `{name}`"))
                                .at(other, format!("`{name}` is declared already"))
                                .help("give what is used a name of its own with `as`"),
                        );
                    } else {
                        imported.insert(name, (symbol, entry.span));
                    }
                }
            }
            if let Some(n) = d.names.get_mut(unit) {
                n.imported.insert(file.id, imported);
            }
        }
    }
}

impl<'a, 's> Checker<'a, 's> {
    /// The type that was written.
    pub fn resolve(&mut self, written: &ast::Type<'s>) -> Type {
        match &written.kind {
            ast::TypeKind::Name(name) => self.named_type(name, written.span),
            ast::TypeKind::List(t) => Type::List(Box::new(self.resolve(t))),
            ast::TypeKind::Optional(t) => Type::Optional(Box::new(self.resolve(t))),
            ast::TypeKind::Map(k, v) => {
                let key = self.resolve(k);
                if !matches!(key, Type::String | Type::Error) {
                    self.report(
                        Diagnostic::error(codes::UNKNOWN_TYPE, "the names of a map are strings")
                            .at(k.span, format!("this is {}", key.a()))
                            .fix("write `String`", k.span, "String"),
                    );
                }
                Type::Map(Box::new(self.resolve(v)))
            }
            ast::TypeKind::Range(a, b) => {
                let (ta, tb) = (self.resolve(a), self.resolve(b));
                if ta != tb && !ta.is_error() && !tb.is_error() {
                    self.report(
                        Diagnostic::error(codes::UNKNOWN_TYPE, "the ends of a range have one type")
                            .at(written.span, format!("these are {ta} and {tb}")),
                    );
                }
                Type::Range(Box::new(ta))
            }
        }
    }

    fn named_type(&mut self, name: &str, span: Span) -> Type {
        if let Some(t) = Type::named(name).or_else(|| crate::vocabulary::words::named(name)) {
            return t;
        }
        if let Some(Symbol::Type(id)) = self.declared.symbol(self.unit, self.file, name) {
            return self.declared_type(id, span);
        }
        let visible = self.declared.visible(self.unit, self.file);
        let known = crate::vocabulary::types::NAMED.iter().map(|(n, _)| *n).chain(visible);
        let mut d = Diagnostic::error(codes::UNKNOWN_TYPE, format!("there is no type `{name}`")).at(span, "unknown type");
        if let Some(near) = suggest::nearest(name, known) {
            d = d.fix(format!("write `{near}`"), span, near);
        }
        self.report(d);
        Type::Error
    }

    /// The type of a declaration, resolved once.
    pub fn declared_type(&mut self, id: usize, span: Span) -> Type {
        let Some(t) = self.declared.types.get(id) else { return Type::Error };
        if let Some(done) = t.resolved.get() {
            return done.clone();
        }
        if t.checking.swap(true, Ordering::Relaxed) {
            self.report(
                Diagnostic::error(codes::RECURSION, format!("the type `{}` is made from itself", t.name.text))
                    .at(span, "needed again here")
                    .why("A type that holds itself has no end; the language has no recursion."),
            );
            return Type::Error;
        }
        let mut inner = Checker::new(self.declared, t.place.unit, t.place.file);
        let base = inner.resolve(t.ty);
        self.diagnostics.append(inner.diagnostics);
        let ty = match t.refinement {
            Some(_) => Type::Refined(Arc::new(Refined { name: t.name.text.into(), base, id })),
            None => base,
        };
        t.resolved.get_or_init(|| ty).clone()
    }

    /// The type of a `let` or `input` of a top level.
    pub fn global_type(&mut self, id: usize, span: Span) -> Type {
        let Some(g) = self.declared.globals.get(id) else { return Type::Error };
        if let Some((ty, ..)) = g.checked.get() {
            return ty.clone();
        }
        if let Some(ty) = g.resolved.get() {
            return ty.clone();
        }
        if self.depth > super::scope::DEEPEST {
            self.too_deep(span);
            return Type::Error;
        }
        if g.checking.swap(true, Ordering::Relaxed) {
            self.report(
                Diagnostic::error(codes::RECURSION, format!("the value of `{}` needs itself", g.name.text))
                    .at(span, "needed again here")
                    .at(g.place.span, "declared here")
                    .why("A value that is made from itself has no end; the language has no recursion."),
            );
            return Type::Error;
        }
        let mut inner = Checker { depth: self.depth + 1, ..Checker::new(self.declared, g.place.unit, g.place.file) };
        let (ty, value) = match (g.ty, g.value) {
            (Some(written), value) => {
                let ty = inner.resolve(written);
                if g.input {
                    // An input's type is known without its default, which may not name others that need it.
                    let _ = g.resolved.set(ty.clone());
                }
                let value = value.map(|v| inner.check(v, &ty));
                (ty, value)
            }
            (None, Some(value)) => {
                let (value, ty) = inner.infer(value);
                (ty, Some(value))
            }
            (None, None) => (Type::Error, None),
        };
        let slots = inner.slots.1;
        self.diagnostics.append(inner.diagnostics);
        self.calls.extend(inner.calls);
        let _ = g.checked.set((ty.clone(), value, slots));
        ty
    }

    /// Parameter names, types and whether each has a default; the result.
    pub fn function_signature(&mut self, id: usize) -> Option<&'a Signature<Type>> {
        let f = self.declared.functions.get(id)?;
        if f.signature.get().is_none() {
            let mut inner = Checker::new(self.declared, f.place.unit, f.place.file);
            let params = inner.parameters(f.params);
            let result = inner.resolve(f.result);
            self.diagnostics.append(inner.diagnostics);
            let _ = f.signature.set((params, result));
        }
        f.signature.get()
    }

    /// Parameter names, types and whether each has a default; the block made.
    pub fn component_signature(&mut self, id: usize) -> Option<&'a Signature<Option<&'static BlockInfo>>> {
        let c = self.declared.components.get(id)?;
        if c.signature.get().is_none() {
            let mut inner = Checker::new(self.declared, c.place.unit, c.place.file);
            let params = inner.parameters(c.params);
            let info = block_named(c.kind.text);
            if info.is_none() {
                let mut d = Diagnostic::error(codes::UNKNOWN_NAME, format!("a component cannot make a `{}`", c.kind.text))
                    .at(c.kind.span, "no such block");
                if let Some(near) =
                    suggest::nearest(c.kind.text, ["tier", "app", "job", "cron", "daemon", "container", "init", "namespace", "external"])
                {
                    d = d.fix(format!("write `{near}`"), c.kind.span, near);
                }
                inner.report(d);
            }
            self.diagnostics.append(inner.diagnostics);
            let _ = c.signature.set((params, info));
        }
        c.signature.get()
    }

    fn parameters(&mut self, params: &[ast::Param<'s>]) -> Vec<Accepted<'static>> {
        let accepted = |p: &ast::Param<'s>| Accepted {
            name: p.name.text.to_owned().into(),
            ty: Cow::Owned(self.resolve(&p.ty)),
            required: p.default.is_none(),
            variadic: false,
        };
        params.iter().map(accepted).collect()
    }

    /// Binds the parameters and checks their defaults.
    fn bind_parameters(&mut self, params: &'s [ast::Param<'s>], types: &[Accepted<'_>]) -> Vec<Parameter> {
        let mut bound = Vec::new();
        for (p, accepted) in params.iter().zip(types) {
            let ty: &Type = &accepted.ty;
            let default = p.default.as_ref().map(|d| Arc::new(self.check(d, ty)));
            self.bind(p.name, ty.clone());
            bound.push(Parameter { name: p.name.text.into(), ty: ty.clone(), default, span: p.name.span });
        }
        bound
    }
}

/// Checks every declaration and body.
pub(super) fn check(owned: Declared<'_>, blocks: Vec<Blocks<'_>>, workers: &Workers, diagnostics: &mut Diagnostics) -> Program {
    let declared = &owned;
    let mut program = Program::default();
    for (id, t) in declared.types.iter().enumerate() {
        let mut c = Checker::new(declared, t.place.unit, t.place.file);
        let ty = c.declared_type(id, t.place.span);
        let condition = match (t.refinement, &ty) {
            (Some(condition), Type::Refined(r)) => {
                let it = ast::Name { text: "it", span: t.name.span };
                c.bind(it, r.base.clone());
                c.check(condition, &Type::Bool)
            }
            _ => Expr { kind: super::program::ExprKind::Poison, span: t.place.span },
        };
        program.refinements.push(Refinement { name: t.name.text.into(), condition, span: t.place.span, slots: c.slots.1 });
        diagnostics.append(c.diagnostics);
    }
    let mut calls: Vec<Vec<(usize, Span)>> = Vec::new();
    for (id, g) in declared.globals.iter().enumerate() {
        let mut c = Checker::new(declared, g.place.unit, g.place.file);
        c.global_type(id, g.place.span);
        diagnostics.append(c.diagnostics);
    }
    for (id, f) in declared.functions.iter().enumerate() {
        let mut c = Checker::new(declared, f.place.unit, f.place.file);
        if let Some((types, result)) = c.function_signature(id) {
            let params = c.bind_parameters(f.params, types);
            let value = c.check(f.value, result);
            program.functions.push(Function { name: f.name.text.into(), params, value, slots: c.slots.1 });
        }
        calls.push(std::mem::take(&mut c.calls));
        diagnostics.append(c.diagnostics);
    }
    refuse_recursion(declared, &calls, diagnostics);
    for (id, d) in declared.components.iter().enumerate() {
        let mut c = Checker::new(declared, d.place.unit, d.place.file);
        let found = c.component_signature(id);
        let (types, info) = match found {
            Some((types, Some(info))) => (types.as_slice(), *info),
            Some((types, None)) => (types.as_slice(), Workload::tier()),
            None => (&[][..], Workload::tier()),
        };
        let params = c.bind_parameters(d.params, types);
        // What is declared around the use of a component is not seen in it; its own tiers, secrets and configs are.
        let mut own = AppSignature::default();
        signatures::tiers(&d.body.entries, &mut own, &|_| None);
        let mut inner = Checker { app: Some(&own), ..Checker::new(declared, d.place.unit, d.place.file) };
        inner.scope = std::mem::take(&mut c.scope);
        inner.slots = c.slots;
        inner.self_info = Some(info);
        let self_name = inner.slot();
        inner.self_name = self_name;
        let known = found.is_some_and(|(_, i)| i.is_some());
        let body = if known { inner.block_body(info, &d.body.entries) } else { Body::default() };
        let slots = inner.slots.1;
        program.assets.append(&mut c.assets);
        program.assets.append(&mut inner.assets);
        diagnostics.append(c.diagnostics);
        diagnostics.append(inner.diagnostics);
        program.components.push(Component { name: d.name.text.into(), span: d.place.span, info, params, body, self_name, slots });
    }
    for (file, pieces) in blocks {
        let (body, environments, assets) = top_level(declared, file, pieces, workers, diagnostics);
        program.files.push(body);
        program.environments.extend(environments);
        program.assets.extend(assets);
    }
    for unit in declared.units.iter().skip(1) {
        for file in &unit.files {
            // A used file gives names; blocks in it would be silently ignored.
            let block = |e: &&ast::Entry<'_>| matches!(e.kind, EntryKind::Plain(_) | EntryKind::For { .. } | EntryKind::If { .. });
            for e in file.blocks.iter().flatten().filter(block) {
                diagnostics.push(
                    Diagnostic::error(codes::MISPLACED, "a file that others use holds no blocks")
                        .at(e.span, "this would have no effect")
                        .why("`use` brings names: components, functions, types, lets.")
                        .help("move the block to a file that is given to the compiler, or into a component"),
                );
            }
        }
    }
    for g in owned.globals {
        // Everything was looked at above; what is missing met a circle.
        let (ty, value, slots) = g.checked.into_inner().unwrap_or((Type::Error, None, 0));
        program.globals.push(Global { name: g.name.text.into(), span: g.place.span, ty, input: g.input, value, slots });
    }
    program
}

/// The entries of a file's top level, each piece by the thread that read it, and its environments.
///
/// Each entry of the tree is freed as soon as it is checked: what comes of the next finds its room in the processor's cache, where a program of a
/// thousand apps would otherwise touch five megabytes more.
fn top_level<'s>(
    declared: &Declared<'s>,
    file: FileId,
    pieces: Vec<Vec<ast::Entry<'s>>>,
    workers: &Workers,
    diagnostics: &mut Diagnostics,
) -> (Body, Vec<Environment>, Vec<(Str, Span)>) {
    let is_environment = |e: &ast::Entry<'_>| matches!(&e.kind, EntryKind::Plain(p) if p.path.text == "environment");
    let run = |pieces: Vec<Vec<ast::Entry<'s>>>| {
        let mut checked = Checked::default();
        checked.body.items.reserve_exact(pieces.iter().map(Vec::len).sum());
        for entry in pieces.into_iter().flatten() {
            if is_environment(&entry) {
                checked.environments.push(entry);
                continue;
            }
            let mut c = Checker::new(declared, 0, file);
            checked.body.items.extend(c.item(Root::info(), &entry));
            checked.body.slots = checked.body.slots.max(c.slots.1);
            checked.diagnostics.append(c.diagnostics);
            checked.assets.append(&mut c.assets);
        }
        checked
    };
    let share = workers.share(pieces.len(), 1);
    let mut pieces = pieces.into_iter();
    let shares = std::iter::from_fn(|| Some(pieces.by_ref().take(share).collect()).filter(|s: &Vec<_>| !s.is_empty()));
    let (mut body, mut assets, mut environments, mut overlays) = (Body::default(), Vec::new(), Vec::new(), Vec::new());
    for checked in workers.each(shares.collect(), run) {
        assets.extend(checked.assets);
        if body.items.is_empty() {
            body.items = checked.body.items;
        } else {
            body.items.extend(checked.body.items);
        }
        body.slots = body.slots.max(checked.body.slots);
        diagnostics.append(checked.diagnostics);
        overlays.extend(checked.environments);
    }
    for entry in &overlays {
        let EntryKind::Plain(p) = &entry.kind else { continue };
        let mut c = Checker { overlay: true, ..Checker::new(declared, 0, file) };
        let name = match p.label.as_deref() {
            Some(ast::Label::Name(n)) => Some((n.text, n.span)),
            Some(l @ ast::Label::String(t)) => signatures::constant(l).map(|n| (n, t.span)),
            None => None,
        };
        match (name, &p.body, &p.value) {
            (Some((name, span)), Some(b), None) => {
                let items = c.items(Root::info(), &b.entries);
                let body = Body { lets: Vec::new(), items, slots: c.slots.1 };
                environments.push(Environment { name: name.into(), span, body });
            }
            _ => c.report(
                Diagnostic::error(codes::WRONG_FORM, "an environment has a name and a block")
                    .at(entry.span, "")
                    .help("write `environment staging { … }`"),
            ),
        }
        assets.append(&mut c.assets);
        diagnostics.append(c.diagnostics);
    }
    (body, environments, assets)
}

/// What one thread made of the pieces that it read.
#[derive(Default)]
struct Checked<'s> {
    body: Body,
    /// Overlays, which are checked when everything else is.
    environments: Vec<ast::Entry<'s>>,
    diagnostics: Diagnostics,
    assets: Vec<(Str, Span)>,
}

/// Functions may not call themselves, not by way of others either: every program ends.
fn refuse_recursion(declared: &Declared<'_>, calls: &[Vec<(usize, Span)>], diagnostics: &mut Diagnostics) {
    // A function is at rest (0), on the way (1) or done (2).
    let mut state = vec![0u8; calls.len()];
    for start in 0..calls.len() {
        let mut stack = vec![(start, 0usize)];
        if state.get(start) != Some(&0) {
            continue;
        }
        while let Some((f, next)) = stack.pop() {
            if let Some(s) = state.get_mut(f) {
                *s = 1;
            }
            match calls.get(f).and_then(|c| c.get(next)) {
                Some((callee, span)) => {
                    stack.push((f, next + 1));
                    match state.get(*callee) {
                        Some(0) => stack.push((*callee, 0)),
                        Some(1) => {
                            let name = declared.functions.get(*callee).map_or("", |f| f.name.text);
                            diagnostics.push(
                                Diagnostic::error(codes::RECURSION, format!("`{name}` calls itself"))
                                    .at(*span, "this call closes the circle")
                                    .why("Every program ends: functions cannot call themselves, nor each other in a circle.")
                                    .help("write it with a comprehension: `[for x in xs: …]`"),
                            );
                        }
                        _ => {}
                    }
                }
                None => {
                    if let Some(s) = state.get_mut(f) {
                        *s = 2;
                    }
                }
            }
        }
    }
}
