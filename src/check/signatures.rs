//! Which apps, tiers and ports a program has, read before anything is checked, so that order never matters.

use crate::syntax::ast;
use crate::vocabulary::value::Str;
use crate::workers::Workers;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// An app's tiers.
#[derive(Debug, Default)]
pub struct AppSignature {
    /// Its name.
    pub name: Str,
    /// Its tiers, jobs, crons, daemons and externals; those of a component, as long as the app adds nothing to them.
    pub tiers: Arc<Vec<TierSignature>>,
    /// Has it tiers whose names are computed?
    pub open: bool,
}

/// A tier's ports.
#[derive(Debug, Default, Clone)]
pub struct TierSignature {
    /// Its name.
    pub name: Str,
    /// Its ports.
    pub ports: Vec<Str>,
    /// Has it ports whose names are computed?
    pub open: bool,
}

impl AppSignature {
    /// The tier of this name.
    pub fn tier(&self, name: &str) -> Option<&TierSignature> {
        self.tiers.iter().find(|t| t.name == name)
    }
    /// Adds what another declares.
    fn absorb(&mut self, other: &AppSignature) {
        self.open |= other.open;
        if self.tiers.is_empty() {
            self.tiers = Arc::clone(&other.tiers);
        } else {
            other.tiers.iter().for_each(|tier| self.add(tier));
        }
    }
    /// Adds a tier, or to a tier its ports.
    fn add(&mut self, tier: &TierSignature) {
        match self.tiers.iter().position(|t| t.name == tier.name) {
            // Most tiers of an app say of a component's tier what is no port.
            Some(_) if tier.ports.is_empty() && !tier.open => {}
            Some(known) => {
                if let Some(known) = Arc::make_mut(&mut self.tiers).get_mut(known) {
                    known.absorb(tier);
                }
            }
            None => Arc::make_mut(&mut self.tiers).push(tier.clone()),
        }
    }
}

impl TierSignature {
    /// Adds what another declares.
    fn absorb(&mut self, other: &TierSignature) {
        self.open |= other.open;
        self.ports.extend_from_slice(&other.ports);
    }
}

/// What a program's apps declare.
#[derive(Debug, Default)]
pub struct Signatures {
    /// The apps, in order.
    pub apps: Vec<AppSignature>,
    /// Their numbers by name.
    pub numbers: FxHashMap<Str, usize>,
    /// All apps whose names are computed, as one: which of them has what is known when they are planned.
    pub computed: AppSignature,
    /// The externals of the top level.
    pub top: AppSignature,
}

impl Signatures {
    /// The app of this name.
    pub fn app(&self, name: &str) -> Option<&AppSignature> {
        self.apps.get(*self.numbers.get(name)?)
    }
    fn app_mut(&mut self, name: Str) -> Option<&mut AppSignature> {
        let index = *self.numbers.entry(name).or_insert_with_key(|name| {
            self.apps.push(AppSignature { name: name.clone(), ..AppSignature::default() });
            self.apps.len() - 1
        });
        self.apps.get_mut(index)
    }
    /// Adds what later entries declare.
    pub fn absorb(&mut self, later: Signatures) {
        self.computed.absorb(&later.computed);
        self.top.absorb(&later.top);
        for app in later.apps {
            match self.numbers.get(&app.name).and_then(|i| self.apps.get_mut(*i)) {
                Some(own) => own.absorb(&app),
                None => {
                    self.numbers.insert(app.name.clone(), self.apps.len());
                    self.apps.push(app);
                }
            }
        }
    }
}

/// What a component brings to the block that is made by it: to an app its tiers, to a tier its ports. Each is found once, however often the
/// component is used.
#[derive(Debug, Default)]
pub struct ComponentSignature {
    tiers: AppSignature,
    ports: TierSignature,
}

/// The blocks that can be named as a tier.
pub const TIERS: [&str; 5] = ["tier", "job", "cron", "daemon", "external"];

/// Finds the component of a name, as seen from the program.
pub type FindComponent<'f> = dyn Fn(&str) -> Option<&'f ComponentSignature> + Sync + 'f;

/// What each of these components brings; `number` finds the one of a name, as seen from the program.
pub fn components(bodies: &[&ast::Body<'_>], number: &(dyn Fn(&str) -> Option<usize> + Sync)) -> Vec<ComponentSignature> {
    let mut all: Vec<ComponentSignature> = bodies.iter().map(|_| ComponentSignature::default()).collect();
    for (body, signature) in bodies.iter().zip(&mut all) {
        ports(&body.entries, &mut signature.ports);
    }
    // A tier of a component may be made by another, whose ports it then has.
    let mut apps: Vec<AppSignature> = Vec::with_capacity(bodies.len());
    for body in bodies {
        let mut app = AppSignature::default();
        tiers(&body.entries, &mut app, &|name| all.get(number(name)?));
        apps.push(app);
    }
    for (signature, app) in all.iter_mut().zip(apps) {
        signature.tiers = app;
    }
    all
}

/// Fewer pieces of a file than these are looked through sooner than a thread wakes.
const PIECES_A_THREAD: usize = 32;

/// All apps of some entries, overlays included, and the externals of the top level.
pub fn apps(pieces: &[Vec<ast::Entry<'_>>], workers: &Workers, component: &FindComponent<'_>) -> Signatures {
    let of_pieces = |_, pieces: &[Vec<ast::Entry<'_>>]| {
        let mut all = Signatures::default();
        for piece in pieces {
            top_level(piece, &mut all, component);
        }
        all
    };
    let mut all = workers.chunks(pieces, PIECES_A_THREAD, of_pieces).into_iter();
    let mut first = all.next().unwrap_or_default();
    all.for_each(|later| first.absorb(later));
    first
}

fn plain<'e, 's>(kind: &'e ast::EntryKind<'s>) -> Option<&'e ast::Plain<'s>> {
    match kind {
        ast::EntryKind::Plain(p) | ast::EntryKind::Add(p) => Some(p),
        _ => None,
    }
}

/// The entries that a loop or condition holds.
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
    p.path.text
}

/// The text of a label that is known without evaluation.
pub fn constant<'e>(label: &'e ast::Label<'_>) -> Option<&'e str> {
    match label {
        ast::Label::Name(n) => Some(n.text),
        ast::Label::String(t) => t.parts.literal().filter(|text| !text.is_empty()),
    }
}

fn top_level(entries: &[ast::Entry<'_>], all: &mut Signatures, component: &FindComponent<'_>) {
    for entry in entries {
        if let Some(p) = plain(&entry.kind) {
            match keyword(p) {
                "app" => {
                    let app = match p.label.as_deref().and_then(constant) {
                        Some(name) => all.app_mut(name.into()),
                        None => Some(&mut all.computed),
                    };
                    if let Some(app) = app {
                        if let Some(made) = component_of(p, component) {
                            app.absorb(&made.tiers);
                        }
                        tiers(own_entries(p), app, component);
                    }
                }
                "environment" => top_level(own_entries(p), all, component),
                "external" => tier(p, &mut all.top, component),
                _ => {}
            }
        }
        for inner in nested(entry) {
            top_level(inner, all, component);
        }
    }
}

fn own_entries<'e, 's>(p: &'e ast::Plain<'s>) -> &'e [ast::Entry<'s>] {
    p.body.as_ref().map_or(&[], |b| &b.entries)
}

/// What the component brings that makes a block, if one does.
fn component_of<'f>(p: &ast::Plain<'_>, component: &FindComponent<'f>) -> Option<&'f ComponentSignature> {
    let ast::ExprKind::Call(call) = &p.value.as_ref()?.kind else { return None };
    match &call.0.kind {
        ast::ExprKind::Name(name) => component(name),
        ast::ExprKind::Field(field) => match &field.0.kind {
            ast::ExprKind::Name(unit) => component(&format!("{unit}.{}", field.1.text)),
            _ => None,
        },
        _ => None,
    }
}

/// The tiers that some entries of an app declare.
pub fn tiers(entries: &[ast::Entry<'_>], app: &mut AppSignature, component: &FindComponent<'_>) {
    for entry in entries {
        if let Some(p) = plain(&entry.kind)
            && TIERS.contains(&keyword(p))
        {
            tier(p, app, component);
        }
        for inner in nested(entry) {
            tiers(inner, app, component);
        }
    }
}

fn tier(p: &ast::Plain<'_>, app: &mut AppSignature, component: &FindComponent<'_>) {
    let Some(name) = p.label.as_deref().and_then(constant) else {
        app.open = true;
        return;
    };
    let mut tier = TierSignature { name: name.into(), ..TierSignature::default() };
    if let Some(made) = component_of(p, component) {
        tier.absorb(&made.ports);
    }
    ports(own_entries(p), &mut tier);
    app.add(&tier);
}

/// The ports that some entries of a tier declare.
pub fn ports(entries: &[ast::Entry<'_>], tier: &mut TierSignature) {
    for entry in entries {
        if let Some(p) = plain(&entry.kind) {
            match keyword(p) {
                "port" => match p.label.as_deref().and_then(constant) {
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
