//! Entries of blocks, checked against the vocabulary.

use super::declarations::{Symbol, block_named};
use super::paths::segments;
use super::program::{BlockItem, Body, ComponentUse, Item, ItemKind, Label, LabelValue, LabelledItem, Mode};
use super::scope::Checker;
use super::signatures::{self, TierSignature};
use super::suggest;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast::{self, EntryKind};
use crate::vocabulary::blocks::{App, Audit, Cluster, ControlPlane, Kubelet, Pool, PriorityClass, Root, StorageClass, Workload};
use crate::vocabulary::value::Str;
use crate::vocabulary::{Block as _, BlockInfo, Form, LabelRule, Named, Type};
use std::borrow::Cow;

/// Words of the language that a later version brings; each is refused by name rather than as a typo.
const NOT_BUILT: [&str; 5] = ["patch", "manifest", "include", "policy", "test"];

impl<'a, 's> Checker<'a, 's> {
    /// The entries of a block in braces.
    pub fn block_body(&mut self, info: &'static BlockInfo, entries: &'s [ast::Entry<'s>]) -> Body {
        self.scoped(|c| {
            let lets = c.declare_lets(entries);
            let items = c.items(info, entries);
            Body { lets, items, slots: c.slots.1 }
        })
    }

    /// Entries, one by one.
    pub fn items(&mut self, info: &'static BlockInfo, entries: &'s [ast::Entry<'s>]) -> Vec<Item> {
        let mut items = Vec::with_capacity(entries.len());
        for entry in entries {
            if let Some(item) = self.item(info, entry) {
                items.push(item);
            }
        }
        items
    }

    /// One entry; `None` for a `let`, which [`Checker::declare_lets`] has taken, and for what is wrong.
    pub fn item(&mut self, info: &'static BlockInfo, entry: &'s ast::Entry<'s>) -> Option<Item> {
        let span = entry.span;
        let top = std::ptr::eq(info, Root::info());
        match &entry.kind {
            EntryKind::Plain(p) => self.plain(info, p, Mode::Plain),
            EntryKind::Add(p) => {
                if !self.overlay {
                    self.report(
                        Diagnostic::error(codes::MISPLACED, "`add` stands in environments alone")
                            .at(span, "this is no overlay")
                            .why("Outside of environments a new label is simply written.")
                            .fix("take `add` away", Span { end: p.path.span.start, ..span }, ""),
                    );
                }
                self.plain(info, p, Mode::Add)
            }
            EntryKind::Remove { name, label } => {
                let members: Box<[u16]> = info.find(name.text).iter().map(|m| m.number).collect();
                if members.is_empty() {
                    self.unknown_member(info, name);
                    return None;
                }
                let label = label.as_ref().map(|l| self.label(l));
                Some(Item { kind: ItemKind::Remove { members, label }, span })
            }
            EntryKind::For { name, list, body } => {
                let (list, ty) = self.list_of(list);
                let item = self.scoped(|c| {
                    let slot = c.bind(*name, ty);
                    let body = c.block_body(info, &body.entries);
                    ItemKind::For { slot, list: Box::new(list), body: Box::new(body) }
                });
                Some(Item { kind: item, span })
            }
            EntryKind::If { condition, then, otherwise, else_body } => {
                let condition = Box::new(self.check(condition, &Type::Bool));
                let then = self.block_body(info, &then.entries);
                let otherwise = match (otherwise, else_body) {
                    (Some(e), _) => self.item(info, e).map(|i| Body { lets: Vec::new(), items: vec![i], slots: self.slots.1 }),
                    (None, Some(b)) => Some(self.block_body(info, &b.entries)),
                    (None, None) => None,
                };
                Some(Item { kind: ItemKind::If { condition, then: Box::new(then), otherwise: otherwise.map(Box::new) }, span })
            }
            EntryKind::Require { condition, message } => {
                let before = std::mem::replace(&mut self.in_require, true);
                let condition = Box::new(self.check(condition, &Type::Bool));
                let message = message.as_ref().map(|m| self.text_value(&m.parts, m.span));
                self.in_require = before;
                Some(Item { kind: ItemKind::Require { condition, message: message.map(Box::new) }, span })
            }
            EntryKind::Allow { name, because } => {
                let reason = match because.parts.literal() {
                    Some(s) if !s.trim().is_empty() => s.into(),
                    _ => {
                        self.report(
                            Diagnostic::error(codes::WRONG_FORM, format!("`allow {}` needs its reason in words", name.text))
                                .at(because.span, "a reason that a reader can judge")
                                .help("say who needs it and until when"),
                        );
                        "".into()
                    }
                };
                if !crate::vocabulary::allowances::is_known(name.text) {
                    let known = crate::vocabulary::allowances::ALL.iter().map(|(n, _)| *n);
                    let mut d = Diagnostic::error(codes::UNKNOWN_NAME, format!("there is nothing named `{}` to allow", name.text))
                        .at(name.span, "unknown exception");
                    d = match suggest::nearest(name.text, known.clone()) {
                        Some(near) => d.fix(format!("write `{near}`"), name.span, near),
                        None => d.help(format!("exceptions are {}", suggest::list(known, "and"))),
                    };
                    self.report(d);
                }
                Some(Item { kind: ItemKind::Allow { name: name.text.into(), because: reason }, span: name.span })
            }
            EntryKind::Let { .. } => None,
            EntryKind::Use { .. }
            | EntryKind::Input { .. }
            | EntryKind::Type { .. }
            | EntryKind::Fn { .. }
            | EntryKind::Component { .. } => {
                if !top {
                    let what = match &entry.kind {
                        EntryKind::Use { .. } => "use",
                        EntryKind::Input { .. } => "input",
                        EntryKind::Type { .. } => "type",
                        EntryKind::Fn { .. } => "fn",
                        _ => "component",
                    };
                    self.report(
                        Diagnostic::error(codes::MISPLACED, format!("`{what}` stands at the top of a file"))
                            .at(span, format!("here it is inside `{}`", info.name))
                            .help("move it out of the braces"),
                    );
                }
                None
            }
            EntryKind::Policy { .. } => self.not_built("policy", span),
            EntryKind::Include(_) => self.not_built("include", span),
        }
    }

    fn not_built(&mut self, what: &str, span: Span) -> Option<Item> {
        self.report(
            Diagnostic::error(codes::NOT_BUILT, format!("`{what}` is not built yet"))
                .at(span, "of a later version")
                .why("The word belongs to the language, and this version of Bayplan does not know it yet.")
                .help("take it away for now"),
        );
        None
    }

    fn label(&mut self, label: &'s ast::Label<'s>) -> Label {
        match label {
            ast::Label::Name(n) => Label { value: LabelValue::Const(n.text.into()), span: n.span },
            ast::Label::String(t) => match t.parts.literal() {
                Some(text) => Label { value: LabelValue::Const(text.into()), span: t.span },
                None => Label { value: LabelValue::Computed(Box::new(self.text_value(&t.parts, t.span))), span: t.span },
            },
        }
    }

    fn plain(&mut self, info: &'static BlockInfo, p: &'s ast::Plain<'s>, mode: Mode) -> Option<Item> {
        let name = &p.path;
        if let Some((first, behind)) = name.text.split_once('.') {
            let second = behind.split('.').next().unwrap_or(behind);
            let at = |from: usize, to: usize| Span { start: name.span.start + from as u32, end: name.span.start + to as u32, ..name.span };
            self.report(
                Diagnostic::error(codes::WRONG_FORM, format!("`{first}.{second}` is no attribute"))
                    .at(at(0, first.len() + 1 + second.len()), "a path")
                    .help(match first {
                        "environment" => format!("an environment has one name: `environment {second} {{ … }}`"),
                        _ => format!("open the block: `{first} {{ {second} = … }}`"),
                    }),
            );
            return Some(Item { kind: ItemKind::Poison, span: at(0, first.len()) });
        }
        let poison = Some(Item { kind: ItemKind::Poison, span: name.span });
        if name.text == "environment" {
            self.report(
                Diagnostic::error(codes::MISPLACED, "`environment` stands at the top of a file")
                    .at(name.span, format!("here it is inside `{}`", info.name))
                    .help("move it out of the braces"),
            );
            return poison;
        }
        let found = info.find(name.text);
        if found.is_empty() {
            let built = name.text == "rollout" || !NOT_BUILT.contains(&name.text);
            if built {
                self.unknown_member(info, name);
            } else {
                self.not_built(name.text, name.span);
            }
            return poison;
        }
        // Where no block can stand, a component is a value of the wrong kind, and is looked at as one.
        let component = p
            .value
            .as_ref()
            .filter(|_| found.iter().any(|m| !matches!(m.member.form, Form::Attribute(_) | Form::Labelled(_))))
            .and_then(|v| self.component_call(v));
        // A block such as `slo availability = 99.9% { … }` has its chief attribute in its header.
        let headed = |b: &BlockInfo| component.is_none() && p.value.is_some() && b.headed().is_some();
        let has_body = p.body.is_some() || component.is_some();
        for one in found {
            let number = one.number;
            match one.member.form {
                Form::Attribute(_) if p.value.is_some() && p.body.is_none() && p.label.is_none() && component.is_none() => {
                    let value = self.optional(p.value.as_ref()?, one.ty()?);
                    return Some(Item { kind: ItemKind::Set { member: number, value }, span: name.span });
                }
                Form::Labelled(_) if p.value.is_some() && p.body.is_none() && p.label.is_some() && component.is_none() => {
                    let label = self.label(p.label.as_deref()?);
                    let value = self.optional(p.value.as_ref()?, one.ty()?);
                    return Some(Item {
                        kind: ItemKind::SetLabelled(Box::new(LabelledItem { member: number, label, value, mode })),
                        span: name.span,
                    });
                }
                Form::Single(b) if has_body && p.label.is_none() => return self.block(number, b(), p, component, mode, false),
                Form::Many(b) if (has_body || headed(b())) && p.label.is_some() => {
                    return self.block(number, b(), p, component, mode, false);
                }
                Form::OneOf(variants) if has_body => {
                    let label = p.label.as_deref().and_then(signatures::constant);
                    if let Some(b) = variants.iter().map(|b| b()).find(|b| label == Some(b.name)) {
                        return self.block(number, b, p, component, mode, true);
                    }
                    let names = || variants.iter().map(|b| b().name);
                    let at = match p.label.as_deref() {
                        Some(ast::Label::Name(n)) => n.span,
                        Some(ast::Label::String(t)) => t.span,
                        None => name.span,
                    };
                    if let Some(l) = label.filter(|l| NOT_BUILT.contains(l)) {
                        self.not_built(&format!("{} {l}", name.text), at);
                        return poison;
                    }
                    let mut d = Diagnostic::error(codes::UNKNOWN_NAME, format!("`{}` is {}", name.text, suggest::list(names(), "or")))
                        .at(at, label.map_or("which one?".to_string(), |l| format!("there is no `{} {l}`", name.text)));
                    if let Some(near) = label.and_then(|l| suggest::nearest(l, names())) {
                        d = d.fix(format!("write `{near}`"), at, near);
                    }
                    self.report(d);
                    return poison;
                }
                _ => {}
            }
        }
        self.wrong_form(info, p, name, found);
        poison
    }

    /// The right form of a member that was written in a wrong one.
    fn wrong_form(&mut self, info: &'static BlockInfo, p: &'s ast::Plain<'s>, name: &ast::Name<'s>, found: &'static [Named]) {
        let forms: Vec<String> = found
            .iter()
            .map(|m| match m.member.form {
                Form::Attribute(ty) => match ty().base().example() {
                    Some(x) => format!("`{} = …`, {}, for example {x}", name.text, ty().a()),
                    None => format!("`{} = …`", name.text),
                },
                Form::Labelled(_) => format!("`{} NAME = …`", name.text),
                Form::Single(_) => format!("`{} {{ … }}`", name.text),
                Form::Many(_) | Form::OneOf(_) => format!("`{} NAME {{ … }}`", name.text),
            })
            .collect();
        let label = p.label.is_some();
        let labelled = found.iter().any(|m| matches!(m.member.form, Form::Labelled(_) | Form::Many(_) | Form::OneOf(_)));
        let (title, note) = match (label, labelled) {
            (false, true) if found.iter().all(|m| !matches!(m.member.form, Form::Attribute(_) | Form::Single(_))) => {
                (format!("`{}` needs a name", name.text), "which one?")
            }
            (true, false) => (format!("`{}` takes no name", name.text), "there is only one"),
            _ if p.value.is_some() && p.body.is_some() => (format!("`{}` takes a value or a block, not both", name.text), "both are given"),
            _ if p.value.is_some() => (format!("`{}` is a block, not a value", name.text), "braces are expected"),
            _ => (format!("`{}` is a value, not a block", name.text), "`=` is expected"),
        };
        self.report(Diagnostic::error(codes::WRONG_FORM, title).at(name.span, note).help(format!(
            "in `{}` it is written {}",
            info.name,
            forms.join(", or ")
        )));
        // What is inside is still looked at where it can be.
        if let Some(v) = &p.value
            && let Some(ty) = found.first().and_then(Named::ty)
        {
            self.check(v, ty);
        }
    }

    fn unknown_member(&mut self, info: &'static BlockInfo, name: &ast::Name<'s>) {
        // A letter of another alphabet was refused when the text was read.
        if !name.text.is_ascii() {
            return;
        }
        let names: Vec<String> = info.members().map(|(_, m)| m.name()).collect();
        let place = if std::ptr::eq(info, Root::info()) { "a file".to_string() } else { format!("`{}`", info.name) };
        let mut d = Diagnostic::error(codes::UNKNOWN_MEMBER, format!("{place} has no `{}`", name.text)).at(name.span, "not known here");
        if let Some(near) = suggest::nearest(name.text, names.iter().map(String::as_str)) {
            d = d.fix(format!("write `{near}`"), name.span, near);
        } else if let Some(home) = home_of(name.text) {
            d = d.help(format!("`{}` belongs in `{home}`", name.text));
        } else if let Some(instead) = instead_of(name.text) {
            d = d.help(instead);
        } else {
            d = d.help(format!("`bayplan docs` lists what may stand in {place}"));
        }
        self.report(d);
    }

    /// Is this value a component, with arguments?
    fn component_call(&self, value: &'s ast::Expr<'s>) -> Option<(usize, &'s [ast::Argument<'s>], Span)> {
        let (callee, arguments): (_, &'s [ast::Argument<'s>]) = match &value.kind {
            ast::ExprKind::Call(call) => (&call.0, &call.1),
            ast::ExprKind::Name(_) | ast::ExprKind::Field(..) => (value, &[]),
            _ => return None,
        };
        let path = segments(callee)?;
        let symbol = match path.as_slice() {
            [name] => self.declared.symbol(self.unit, self.file, name.text)?,
            [unit, name] => match self.declared.symbol(self.unit, self.file, unit.text)? {
                Symbol::Unit(u) => self.declared.public(u, name.text)?,
                _ => return None,
            },
            _ => return None,
        };
        if let Symbol::Component(id) = symbol { Some((id, arguments, value.span)) } else { None }
    }

    fn block(
        &mut self,
        member: u16,
        info: &'static BlockInfo,
        p: &'s ast::Plain<'s>,
        component: Option<(usize, &'s [ast::Argument<'s>], Span)>,
        mode: Mode,
        variant: bool,
    ) -> Option<Item> {
        let name = &p.path;
        let header = p.label.as_deref().map_or(name.span, |l| match l {
            ast::Label::Name(n) => name.span.to(n.span),
            ast::Label::String(t) => name.span.to(t.span),
        });
        let label = if variant { None } else { p.label.as_deref().map(|l| self.label(l)) };
        if info.label == LabelRule::Name
            && let Some(l) = &label
            && let LabelValue::Const(text) = &l.value
            && let Err(e) = crate::units::names::label(text)
        {
            let mut d = Diagnostic::error(codes::BAD_NAME, e.message.trim_end_matches('.').to_string())
                .at(l.span, format!("the name of `{}`", info.name));
            if let Some(s) = &e.suggestion {
                let quoted = matches!(p.label.as_deref(), Some(ast::Label::String(_)));
                d = d.fix(format!("write `{s}`"), l.span, if quoted { format!("\"{s}\"") } else { s.clone() });
            }
            self.report(d);
        }
        if let Some(w) = &p.within
            && !std::ptr::eq(info, App::info())
        {
            self.report(
                Diagnostic::error(codes::WRONG_FORM, format!("`{}` takes no `in`", info.name)).at(w.span, "only apps stand in a namespace"),
            );
        }
        let call = match component {
            Some((id, arguments, span)) => {
                let (params, made) = self.component_signature(id)?;
                let component = self.declared.components.get(id)?;
                if let Some(made) = made
                    && !std::ptr::eq(*made, info)
                {
                    self.report(
                        Diagnostic::error(
                            codes::WRONG_TYPE,
                            format!("`{}` makes a `{}`, not a `{}`", component.name.text, made.name, info.name),
                        )
                        .at(span, format!("makes a `{}`", made.name))
                        .at(component.kind.span, "says what it makes"),
                    );
                    return Some(Item { kind: ItemKind::Poison, span: name.span });
                }
                Some(Box::new(ComponentUse { id, arguments: self.arguments(component.name.text, params, arguments, span), span }))
            }
            None => None,
        };
        let app_signature = if std::ptr::eq(info, App::info()) && self.unit == 0 {
            match p.label.as_deref().map(signatures::constant) {
                Some(Some(name)) => self.declared.signatures.app(name),
                Some(None) => Some(&self.declared.signatures.computed),
                None => None,
            }
        } else {
            None
        };
        let before = (self.app, self.self_info, self.self_name, self.own_ports.take());
        if app_signature.is_some() {
            self.app = app_signature;
        }
        self.self_info = Some(info);
        let slots = self.slots.0;
        self.self_name = self.slot();
        let own_name = self.self_name;
        let is_pods = std::ptr::eq(info.members, Workload::tier().members);
        self.own_ports = if is_pods { self.ports_of(p, component.is_some()) } else { before.3.clone() };
        let mut body = match &p.body {
            Some(b) => self.block_body(info, &b.entries),
            None => Body::default(),
        };
        if let (None, Some(value), Some((member, ty))) = (&call, &p.value, info.headed()) {
            let value = self.check(value, &ty);
            body.items.insert(0, Item { kind: ItemKind::Set { member, value }, span: name.span });
        }
        (self.app, self.self_info, self.self_name, self.own_ports) = before;
        self.slots.0 = slots;
        let within = p.within.as_ref().map(|w| Box::new((w.text.into(), w.span)));
        let item = BlockItem { member, info, label, within, component: call, body, mode, variant, self_name: own_name };
        Some(Item { kind: ItemKind::Block(Box::new(item)), span: header })
    }

    /// The names of a tier's own ports; `None` where some are computed, or come from elsewhere.
    fn ports_of(&self, p: &'s ast::Plain<'s>, component: bool) -> Option<Cow<'a, [Str]>> {
        let name = p.label.as_deref().and_then(signatures::constant);
        if let Some(t) = name.and_then(|n| self.app.and_then(|a| a.tier(n))) {
            return (!t.open).then_some(Cow::Borrowed(t.ports.as_slice()));
        }
        if component || self.overlay {
            return None;
        }
        let mut own = TierSignature::default();
        if let Some(b) = &p.body {
            signatures::ports(&b.entries, &mut own);
        }
        // A sidecar or init container may also name the ports of the tier around it.
        (!own.open && !own.ports.is_empty()).then_some(Cow::Owned(own.ports))
    }
}

/// The block that has a member of this name.
fn home_of(name: &str) -> Option<&'static str> {
    let blocks = [
        "tier",
        "app",
        "namespace",
        "target",
        "cron",
        "job",
        "scale",
        "autosize",
        "rolling",
        "health",
        "lifecycle",
        "service",
        "permissions",
        "secret",
        "config",
        "external",
        "container",
        "expose",
        "monitor",
        "alert",
        "slo",
        "tracing",
        "cors",
        "traffic",
        "route",
        "eject",
        "retries",
        "fault",
        "gateway",
        "proxy",
    ];
    let top = Root::info().members().any(|(_, m)| m.is(name));
    if top {
        return Some("the top of a file");
    }
    let of_apps = blocks.into_iter().find(|b| block_named(b).is_some_and(|b| b.named(name).next().is_some()));
    let of_the_cluster =
        [Cluster::info(), ControlPlane::info(), Audit::info(), Pool::info(), StorageClass::info(), PriorityClass::info(), Kubelet::info()];
    of_apps.or_else(|| of_the_cluster.into_iter().find(|b| b.named(name).next().is_some()).map(|b| b.name))
}

/// What people write for it elsewhere, and what it is here.
fn instead_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "resources" | "limits" | "requests" => {
            "CPU and memory are ranges from request to limit: `cpu = 100m..500m`, `memory = 128Mi..512Mi`"
        }
        "livenessProbe" | "readinessProbe" | "startupProbe" | "probe" | "liveness" | "readiness" => {
            "probes are `health = http(\"/health\")`, or one by one: `health { ready = …, live = … }`"
        }
        "ports" | "containerPort" => "a port has a name: `port http = 8080`",
        "environment-variables" | "envs" => "a variable has a name: `env LOG_LEVEL = \"debug\"`",
        "keda" | "scaledObject" | "scaled-object" | "triggers" => {
            "what KEDA asks is a trigger of `scale`: `scale { trigger orders = kafka(…) }`"
        }
        "vpa" | "verticalPodAutoscaler" => "requests are set from use by `autosize { mode = initial }`",
        "hpa" | "autoscaling" | "autoscaler" => "a range of replicas is an autoscaler: `replicas = 3..20`; `scale { … }` says when it acts",
        "deployment" | "statefulset" | "workload" => "a workload is a `tier`",
        "ingress" => "requests from outside come in by `expose \"host\" {}`",
        "securityContext" | "security-context" => {
            "pods are hardened already; `user`, `group`, `fs-group` and `capabilities` change what can be changed"
        }
        "volumes" | "volumeMounts" => "a volume says where it is mounted: `volume data = scratch(\"/data\")`",
        "depends-on" | "dependsOn" => "what a tier connects to is its dependency: `connects = [database.sql]`",
        "serviceAccount" | "service-account" => "each tier has an account of its own; `account = \"name\"` takes one that exists",
        _ => return super::foreign::member(name),
    })
}
