//! Which apps, tiers and ports a program has, read before anything is checked, so that order never matters.

use super::Unit;
use crate::syntax::ast;
use rustc_hash::FxHashMap;

/// An app's tiers.
#[derive(Debug, Default)]
pub struct AppSignature {
    /// Its name.
    pub name: String,
    /// Its tiers, jobs, crons, daemons and externals.
    pub tiers: Vec<TierSignature>,
    /// Has it tiers whose names are computed?
    pub open: bool,
    /// `secret`s and `config`s that it declares.
    pub objects: Vec<String>,
}

/// A tier's ports.
#[derive(Debug, Default, Clone)]
pub struct TierSignature {
    /// Its name.
    pub name: String,
    /// Its ports.
    pub ports: Vec<String>,
    /// Has it ports whose names are computed?
    pub open: bool,
}

impl AppSignature {
    /// The tier of this name.
    pub fn tier(&self, name: &str) -> Option<&TierSignature> {
        self.tiers.iter().find(|t| t.name == name)
    }
}

/// What a program's apps declare.
#[derive(Debug, Default)]
pub struct Signatures {
    /// The apps, in order.
    pub apps: Vec<AppSignature>,
    /// Their numbers by name.
    pub numbers: FxHashMap<String, usize>,
    /// All apps whose names are computed, as one: which of them has what is known when they are planned.
    pub computed: AppSignature,
    /// The externals of the top level.
    pub top: AppSignature,
}

/// The blocks that can be named as a tier.
pub const TIERS: [&str; 5] = ["tier", "job", "cron", "daemon", "external"];

/// Finds the component of a name, as seen from a unit.
pub type FindComponent<'f, 's> = dyn Fn(&str) -> Option<&'s ast::Body<'s>> + 'f;

/// All apps of a unit, overlays included, and the externals of its top level.
pub fn apps<'s>(unit: &'s Unit<'s>, component: &FindComponent<'_, 's>) -> Signatures {
    let mut all = Signatures::default();
    for file in &unit.files {
        top_level(&file.entries, &mut all, component);
    }
    all
}

fn plain<'e, 's>(kind: &'e ast::EntryKind<'s>) -> Option<&'e ast::Plain<'s>> {
    match kind {
        ast::EntryKind::Plain(p) | ast::EntryKind::Add(p) => Some(p),
        _ => None,
    }
}

fn nested<'e, 's>(entry: &'e ast::Entry<'s>) -> Vec<&'e [ast::Entry<'s>]> {
    match &entry.kind {
        ast::EntryKind::For { body, .. } => vec![&body.entries],
        ast::EntryKind::If { then, otherwise, else_body, .. } => {
            let mut all = vec![then.entries.as_slice()];
            if let Some(e) = otherwise {
                all.extend(nested(e));
            }
            all.extend(else_body.as_ref().map(|b| b.entries.as_slice()));
            all
        }
        _ => Vec::new(),
    }
}

fn keyword<'s>(p: &ast::Plain<'s>) -> &'s str {
    match p.path.as_slice() {
        [one] => one.text,
        _ => "",
    }
}

/// The text of a label that is known without evaluation.
pub fn constant<'e>(label: &'e ast::Label<'_>) -> Option<&'e str> {
    match label {
        ast::Label::Name(n) => Some(n.text),
        ast::Label::String(t) => match t.parts.as_slice() {
            [ast::Part::Literal(s)] => Some(s),
            _ => None,
        },
    }
}

fn top_level<'s>(entries: &'s [ast::Entry<'s>], all: &mut Signatures, component: &FindComponent<'_, 's>) {
    for entry in entries {
        if let Some(p) = plain(&entry.kind) {
            match keyword(p) {
                "app" => {
                    let Some(name) = p.label.as_ref().and_then(constant) else {
                        of_block(p, &mut |entries| tiers(entries, &mut all.computed, component), component);
                        continue;
                    };
                    let apps = &mut all.apps;
                    let index = *all.numbers.entry(name.into()).or_insert_with(|| {
                        apps.push(AppSignature { name: name.into(), ..AppSignature::default() });
                        apps.len() - 1
                    });
                    if let Some(app) = apps.get_mut(index) {
                        of_block(p, &mut |entries| tiers(entries, app, component), component);
                    }
                }
                "environment" => {
                    if let Some(b) = &p.body {
                        top_level(&b.entries, all, component);
                    }
                }
                "external" => tier(p, &mut all.top, component),
                _ => {}
            }
        }
        for inner in nested(entry) {
            top_level(inner, all, component);
        }
    }
}

/// Visits the entries of a block: those of its component, then its own.
fn of_block<'s>(p: &'s ast::Plain<'s>, visit: &mut dyn FnMut(&'s [ast::Entry<'s>]), component: &FindComponent<'_, 's>) {
    if let Some(ast::Expr { kind: ast::ExprKind::Call(callee, _), .. }) = &p.value {
        let name = match &callee.kind {
            ast::ExprKind::Name(n) => (*n).to_string(),
            ast::ExprKind::Field(unit, name) => match &unit.kind {
                ast::ExprKind::Name(u) => format!("{u}.{}", name.text),
                _ => String::new(),
            },
            _ => String::new(),
        };
        if let Some(body) = component(&name) {
            visit(&body.entries);
        }
    }
    if let Some(b) = &p.body {
        visit(&b.entries);
    }
}

/// The tiers that some entries of an app declare.
pub fn tiers<'s>(entries: &'s [ast::Entry<'s>], app: &mut AppSignature, component: &FindComponent<'_, 's>) {
    for entry in entries {
        if let Some(p) = plain(&entry.kind) {
            if TIERS.contains(&keyword(p)) {
                tier(p, app, component);
            } else if matches!(keyword(p), "secret" | "config")
                && let Some(name) = p.label.as_ref().and_then(constant)
            {
                app.objects.push(name.into());
            }
        }
        for inner in nested(entry) {
            tiers(inner, app, component);
        }
    }
}

fn tier<'s>(p: &'s ast::Plain<'s>, app: &mut AppSignature, component: &FindComponent<'_, 's>) {
    let Some(name) = p.label.as_ref().and_then(constant) else {
        app.open = true;
        return;
    };
    let index = app.tiers.iter().position(|t| t.name == name).unwrap_or_else(|| {
        app.tiers.push(TierSignature { name: name.into(), ..TierSignature::default() });
        app.tiers.len() - 1
    });
    if let Some(t) = app.tiers.get_mut(index) {
        of_block(p, &mut |entries| ports(entries, t), component);
    }
}

/// The ports that some entries of a tier declare.
pub fn ports(entries: &[ast::Entry<'_>], tier: &mut TierSignature) {
    for entry in entries {
        if let Some(p) = plain(&entry.kind) {
            match keyword(p) {
                "port" => match p.label.as_ref().and_then(constant) {
                    Some(name) => tier.ports.push(name.into()),
                    None => tier.open = true,
                },
                // A sidecar's port is a port of the tier's pods.
                "container" => {
                    if p.value.is_some() {
                        tier.open = true;
                    }
                    if let Some(b) = &p.body {
                        ports(&b.entries, tier);
                    }
                }
                _ => {}
            }
        }
        for inner in nested(entry) {
            ports(inner, tier);
        }
    }
}
