//! Apps, each lowered on its own, several at once.

use super::Setting;
use super::evaluate::{Evaluator, Globals};
use super::expand::{Expander, Extent};
use super::index::Index;
use super::lower::{Lower, Uses};
use super::model::{self, Str, Target};
use super::monitoring::{self, Asked, Place};
use super::network::Addresses;
use super::origins::{OriginWriter, Origins};
use super::root::{AppTask, app_node};
use super::workload::{Lowered, decode};
use crate::check::program::Program;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::vocabulary::Block as _;
use crate::vocabulary::blocks::{App, LimitDefault, Tracing, Workload};
use crate::vocabulary::value::{Node, PortRef, TierRef};
use rustc_hash::FxHashMap;
use std::sync::atomic::AtomicU32;

/// What all apps share.
pub struct Shared<'a> {
    pub program: &'a Program,
    pub globals: &'a Globals,
    pub setting: &'a Setting<'a>,
    pub index: &'a Index,
    pub target: &'a Target,
    /// What a container gets that says nothing, by the namespace's name in the cluster.
    pub defaults: &'a FxHashMap<Str, &'a LimitDefault>,
    pub next: &'a AtomicU32,
}

/// What came of some apps.
pub struct Outcome<'a> {
    pub apps: Vec<model::App>,
    /// Their workloads.
    pub lowered: Vec<Vec<Lowered>>,
    pub origins: OriginWriter<'a>,
    pub poisoned: Vec<String>,
    pub diagnostics: Diagnostics,
    pub seen: Seen,
}

/// What other apps must know of some apps. It is noted while each of them is at hand: to look through all of them again takes longer than the rest.
#[derive(Default)]
pub struct Seen {
    /// Where externals of the apps are.
    pub addresses: Vec<(TierRef, Addresses)>,
    /// What the mesh knows of them.
    pub outside: Vec<(TierRef, model::mesh::Outside)>,
    /// Backups of the apps.
    pub backups: Vec<model::cluster::Backup>,
    /// The ports that KEDA asks.
    pub watched: Uses,
    /// What requests to a tier are led to besides.
    pub leads: Vec<(TierRef, Vec<model::At<PortRef>>)>,
    /// Are the requests to a tier split between versions?
    pub splits: bool,
}

impl Seen {
    /// Adds what was seen of others, behind these.
    pub fn append(&mut self, other: Seen) {
        self.addresses.extend(other.addresses);
        self.outside.extend(other.outside);
        self.backups.extend(other.backups);
        self.watched.extend(other.watched);
        self.leads.extend(other.leads);
        self.splits |= other.splits;
    }
    fn see(&mut self, l: &mut Lowered) {
        self.watched.append(&mut l.watched);
        let leads: Vec<_> = l.traffic.leads().cloned().collect();
        if !leads.is_empty() {
            self.leads.push((l.tier, leads));
        }
        self.splits |= l.workload.splits();
    }
}

/// Lowers all apps, several at once, in order.
pub fn lower_all<'a>(shared: &Shared<'a>, tasks: &[AppTask<'a>], base: &Origins) -> Vec<Outcome<'a>> {
    shared.setting.workers.chunks(tasks, super::APPS_A_THREAD, |first, some| lower_some(shared, some, first, tasks.len(), base))
}

fn lower_some<'a>(shared: &Shared<'a>, tasks: &[AppTask<'a>], first: usize, all: usize, base: &Origins) -> Outcome<'a> {
    let mut evaluator =
        Evaluator::new(shared.program, shared.globals, shared.setting.inputs, Some(shared.index), OriginWriter::new(shared.next));
    // The first lists take in the others.
    let room = if first == 0 { all } else { tasks.len() };
    let mut out = Outcome {
        apps: Vec::with_capacity(room),
        lowered: Vec::with_capacity(room),
        origins: OriginWriter::new(shared.next),
        poisoned: Vec::new(),
        diagnostics: Diagnostics::default(),
        seen: Seen::default(),
    };
    for (i, task) in tasks.iter().enumerate() {
        evaluator.refuel();
        let number = (first + i) as u32;
        let mut expander = Expander::new(&mut evaluator, Extent::Full, number);
        let Some(node) = app_node(task, &mut expander) else { continue };
        expander.check_requirements(&node);
        out.diagnostics.append(std::mem::take(&mut evaluator.diagnostics));
        app(shared, &node, number, base, &evaluator.origins, &mut out);
    }
    out.origins = evaluator.origins;
    out
}

fn app<'a>(shared: &Shared<'a>, node: &Node, number: u32, base: &Origins, origins: &OriginWriter<'a>, out: &mut Outcome<'a>) {
    let block = App::decode(node);
    let (Some(name), Some(entry)) = (node.label.clone(), shared.index.apps.get(number as usize)) else { return };
    let prefix: Str = block.prefix.as_ref().map_or_else(|| "".into(), |p| p.value.clone());
    let claims: Vec<model::Claim> = block
        .volume
        .iter()
        .map(|(label, v)| {
            let crate::vocabulary::words::SharedVolume::Claim { size, class, access } = &v.value;
            super::workload::claim(label, label.map(|l| format!("{prefix}{l}").into()), size, class.as_ref(), access.as_ref())
        })
        .collect();
    let tracing = monitoring::sound::<Tracing>(node);
    let mut l = Lower {
        app: number,
        index: shared.index,
        target: shared.target,
        assets: shared.setting.assets,
        sources: shared.setting.sources,
        base,
        origins,
        diagnostics: Diagnostics::default(),
        secrets: &block.secret,
        tier_secrets: &[],
        claims: &claims,
        written: Vec::new(),
        assumed: Vec::new(),
        prefix: prefix.clone(),
        tier: None,
        refused: false,
        clear: node.allows.iter().any(|(n, _)| &*n.value == "secret-in-text"),
        tracing: tracing.first(),
    };
    for claim in &claims {
        l.claim(claim);
    }
    let mut external_secrets = Vec::new();
    for s in &block.secret {
        external_secrets.extend(l.external_secret(s, &name.value));
    }
    for c in &block.config {
        let Some(label) = &c.label else { continue };
        let object = format!("{prefix}{}", label.value);
        if let Some(w) = l.config(c, &name.value, &object) {
            l.written.push(w);
        }
    }
    let shared_configs = l.written.len();
    let labels = l.labels(block.labels.as_ref(), false);
    let annotations = l.labels(block.annotations.as_ref(), true);
    let within = shared.defaults.get(&entry.namespace).copied();
    let mut configs = Vec::new();
    let mut workloads = Vec::with_capacity(node.children.len());
    let tiers = node.children.iter().map(|(_, c)| c).filter(|c| super::names::is_tier(c));
    for (child, in_app) in tiers.zip(0u32..) {
        let tier = TierRef { app: number, tier: in_app };
        if !std::ptr::eq(child.info.members, Workload::tier().members) {
            if child.is_poisoned() {
                out.poisoned.push(super::external::named(&crate::vocabulary::blocks::External::decode(child)));
            } else {
                external(&mut l, child, tier, out);
            }
            continue;
        }
        let label = child.label.as_ref().map_or("", |l| &l.value);
        l.clear = l.allows(node, "secret-in-text") || l.allows(child, "secret-in-text");
        if child.is_poisoned() {
            out.poisoned.push(format!("{} `{label}` of app `{}`", child.info.name, name.value));
            continue;
        }
        let tier_block = decode(child);
        l.refused = false;
        l.tier = Some(tier);
        let mut of_tier = LowerTier { secrets: tier_block.secret.as_slice() };
        let lowered = l.of_tier(&mut of_tier, |l| {
            for s in &tier_block.secret {
                external_secrets.extend(l.external_secret(s, &label.into()));
            }
            for c in &tier_block.config {
                let Some(config_label) = &c.label else { continue };
                let object = format!("{prefix}{label}-{}", config_label.value);
                if let Some(w) = l.config(c, &label.into(), &object) {
                    l.written.push(w);
                }
            }
            if tier_block.version.is_empty() {
                l.workload(child, &tier_block, tier, within)
            } else {
                l.versions(child, &tier_block, tier, within)
            }
        });
        configs.extend(l.written.drain(shared_configs..).map(|w| w.object));
        match lowered {
            Some(w) if !l.refused => workloads.push(w),
            _ => out.poisoned.push(format!("{} `{label}` of app `{}`", child.info.name, name.value)),
        }
    }
    super::verify::verifications(&mut l, &mut workloads);
    // An account that several tiers share is written once, with the first of them.
    let mut accounts: Vec<Str> = Vec::new();
    for w in &mut workloads {
        let account = &mut w.workload.account;
        account.create = !accounts.contains(&account.name.value);
        accounts.push(account.name.value.clone());
    }
    if !l.assumed.is_empty() {
        let first = l.assumed.first().map_or(crate::tape::Origin::NONE, |a| a.3);
        let mut names: Vec<String> = l
            .assumed
            .iter()
            .map(|(kind, n, key, _)| key.as_ref().map_or(format!("{kind} `{n}`"), |k| format!("{kind} `{n}` with key `{k}`")))
            .collect();
        names.sort();
        names.dedup();
        let d = Diagnostic::note_of(codes::ASSUMED, format!("assumed to exist in namespace `{}`: {}", entry.namespace, names.join(", ")));
        let d = l.place(d, first, "nothing in the program makes it");
        l.push(d);
    }
    let asked = Asked { alerts: &monitoring::sound(node), records: &block.record, slos: &[] };
    let place = Place::of_app(&name, &prefix, node.origin);
    let rules = l.rules(&asked, &place);
    let mut all_configs: Vec<model::ConfigMap> = l.written.drain(..).map(|w| w.object).collect();
    all_configs.append(&mut configs);
    if let Some(backup) = monitoring::sound::<crate::vocabulary::blocks::Backup>(node).first() {
        let (found, remarks) = super::cluster::backup_of(backup, &name.value, &entry.namespace);
        for (diagnostic, origin, label) in remarks {
            let d = l.place(diagnostic, origin, label);
            l.push(d);
        }
        out.seen.backups.extend(found);
    }
    out.diagnostics.append(l.diagnostics);
    let app = model::App {
        name,
        owner: block.owner,
        namespace: model::At::new(entry.namespace.clone(), node.within.as_ref().map_or(node.origin, |w| w.origin)),
        labels,
        annotations,
        workloads: Vec::new(),
        claims,
        configs: all_configs,
        external_secrets,
        rules,
        routes: Vec::new(),
        gateway: None,
        certificates: Vec::new(),
        outside: Vec::new(),
        origin: node.origin,
    };
    workloads.iter_mut().for_each(|l| out.seen.see(l));
    out.apps.push(app);
    out.lowered.push(workloads);
}

/// The tier at hand.
struct LowerTier<'t> {
    secrets: &'t [crate::vocabulary::blocks::Secret],
}

impl<'a> Lower<'a> {
    fn of_tier<'t, T>(&mut self, tier: &mut LowerTier<'t>, run: impl FnOnce(&mut Lower<'t>) -> T) -> T
    where
        'a: 't,
    {
        let mut inner = Lower {
            app: self.app,
            index: self.index,
            target: self.target,
            assets: self.assets,
            sources: self.sources,
            base: self.base,
            origins: self.origins,
            diagnostics: Diagnostics::default(),
            secrets: self.secrets,
            tier_secrets: tier.secrets,
            claims: self.claims,
            written: std::mem::take(&mut self.written),
            assumed: std::mem::take(&mut self.assumed),
            prefix: self.prefix.clone(),
            tier: self.tier,
            refused: self.refused,
            clear: self.clear,
            tracing: self.tracing,
        };
        let result = run(&mut inner);
        self.written = inner.written;
        self.assumed = inner.assumed;
        self.refused = inner.refused;
        self.diagnostics.append(inner.diagnostics);
        result
    }
}

fn external(l: &mut Lower<'_>, node: &Node, tier: TierRef, out: &mut Outcome<'_>) {
    let block = crate::vocabulary::blocks::External::decode(node);
    if node.is_poisoned() {
        // What is wrong in it was said; what is missing may be just that.
        return;
    }
    if let Some(addresses) = Addresses::of(&block) {
        out.seen.addresses.push((tier, addresses));
    }
    if let Some(known) = super::mesh::outside(&block, &l.prefix) {
        out.seen.outside.push((tier, known));
    }
    let remarks = super::external::remarks(&block);
    if remarks.iter().any(super::external::Remark::is_error) {
        out.poisoned.push(super::external::named(&block));
    }
    for remark in remarks {
        let d = l.place(remark.diagnostic, remark.origin, remark.label);
        l.push(d);
    }
}
