//! The top level of one environment: which apps, namespaces and externals there are, and which bodies each has.

use super::evaluate::{Context, Evaluator, Frame};
use super::expand::{Expander, Extent, Requirement, name_of};
use crate::check::program::{BlockItem, Body, Item, ItemKind, LabelValue, Mode, Program};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::tape::Origin;
use crate::vocabulary::Block as _;
use crate::vocabulary::blocks::{App, Namespace, Root};
use crate::vocabulary::value::{At, Layer, Node, Str, TierRef, Value};
use crate::workers::Workers;
use rustc_hash::{FxHashMap, FxHashSet};

/// An app before it is expanded: its bodies, the program's own first.
pub struct AppTask<'p> {
    /// Its name.
    pub label: At<Str>,
    /// Its header.
    pub header: Span,
    /// Each body with the frame that it was met in.
    pub layers: Vec<(&'p BlockItem, Frame, Layer)>,
}

/// The top level, expanded but for the apps.
pub struct Top<'p> {
    /// Targets, namespaces and externals.
    pub node: Node,
    /// In the order of the program.
    pub apps: Vec<AppTask<'p>>,
    /// Their numbers by name.
    numbers: FxHashMap<Str, usize>,
    /// Namespaces that are not expanded yet.
    waiting: Vec<Waiting<'p>>,
    /// The names of those that are or will be.
    namespaces: FxHashSet<Str>,
    /// `require`s of the top level.
    pub requirements: Vec<Requirement<'p>>,
}

/// A namespace that nothing of the top level reads, so that it can be expanded beside others.
struct Waiting<'p> {
    /// Its place among the children.
    slot: usize,
    item: &'p Item,
    frame: Frame,
    layer: Layer,
}

/// Fewer namespaces than this are not worth a thread.
pub const NAMESPACES_A_THREAD: usize = 16;

/// Expands the top level of the program and of an environment.
pub fn expand<'p>(program: &'p Program, environment: Option<&'p Body>, evaluator: &mut Evaluator<'p>, workers: &Workers) -> Top<'p> {
    // Room at once for what is written out: a large program has a thousand of each, and lists and tables that grow would be copied.
    let is_app = |item: &&Item| matches!(&item.kind, ItemKind::Block(block) if std::ptr::eq(block.info, App::info()));
    let items_of_all = program.files.iter().flat_map(|body| &body.items);
    let (all, apps) = (items_of_all.clone().count(), items_of_all.filter(is_app).count());
    let mut top = Top {
        node: Node { children: Vec::with_capacity(all - apps), ..Node::new(Root::info(), None, Origin::NONE, Layer::OWN) },
        apps: Vec::with_capacity(apps),
        numbers: FxHashMap::with_capacity_and_hasher(apps, Default::default()),
        waiting: Vec::with_capacity(all - apps),
        namespaces: FxHashSet::with_capacity_and_hasher(all - apps, Default::default()),
        requirements: Vec::new(),
    };
    for body in &program.files {
        let mut frame = Frame::new(body.slots);
        items(&body.items, &mut frame, Layer::OWN, evaluator, workers, &mut top);
    }
    top.expand_waiting(evaluator, workers);
    if let Some(body) = environment {
        let mut frame = Frame::new(body.slots);
        items(&body.items, &mut frame, Layer::ENVIRONMENT, evaluator, workers, &mut top);
    }
    top
}

impl<'p> Top<'p> {
    /// Lets a namespace wait, where no other entry has to do with it.
    fn waits(&mut self, block: &BlockItem, item: &'p Item, frame: &Frame, layer: Layer) -> bool {
        let Some(LabelValue::Const(name)) = block.label.as_ref().map(|l| &l.value) else { return false };
        let waits = layer != Layer::ENVIRONMENT && std::ptr::eq(block.info, Namespace::info()) && self.namespaces.insert(name.clone());
        if waits {
            self.waiting.push(Waiting { slot: self.node.children.len(), item, frame: frame.clone(), layer });
            self.node.children.push((block.member, Node::new(block.info, None, Origin::NONE, layer)));
        }
        waits
    }

    /// Expands what waits, on all threads.
    fn expand_waiting(&mut self, evaluator: &mut Evaluator<'p>, workers: &Workers) {
        let waiting = std::mem::take(&mut self.waiting);
        let ahead = &*evaluator;
        let parts = workers.chunks(&waiting, NAMESPACES_A_THREAD, |_, waiting| {
            let mut evaluator = ahead.sibling();
            let (mut made, mut requirements) = (Vec::with_capacity(waiting.len()), Vec::new());
            for w in waiting {
                let mut around = Node::new(Root::info(), None, Origin::NONE, Layer::OWN);
                let mut expander = Expander::new(&mut evaluator, Extent::Full, TierRef::TOP);
                expander.entry(&mut around, w.item, &mut w.frame.clone(), w.layer);
                requirements.append(&mut expander.requirements);
                made.extend(around.children.pop().map(|child| (w.slot, child)));
            }
            (made, requirements, evaluator)
        });
        for (made, requirements, sibling) in parts {
            for (slot, child) in made {
                if let Some(slot) = self.node.children.get_mut(slot) {
                    *slot = child;
                }
            }
            self.requirements.extend(requirements);
            evaluator.rejoin(sibling);
        }
    }
}

fn items<'p>(all: &'p [Item], frame: &mut Frame, layer: Layer, evaluator: &mut Evaluator<'p>, workers: &Workers, top: &mut Top<'p>) {
    let ctx = Context { via: Origin::NONE, app: TierRef::TOP, node: None };
    for item in all {
        match &item.kind {
            ItemKind::Block(block) if std::ptr::eq(block.info, App::info()) => app(block, item.span, frame, layer, evaluator, top),
            ItemKind::For { slot, list, body } => {
                for value in evaluator.items(list, frame, ctx).unwrap_or_default() {
                    for slot in &body.lets {
                        frame.set(*slot, None);
                    }
                    frame.set(*slot, Some(value));
                    items(&body.items, frame, layer, evaluator, workers, top);
                }
            }
            ItemKind::If { condition, then, otherwise } => {
                let body = match evaluator.eval(condition, frame, ctx) {
                    Value::Bool(true) => Some(then),
                    Value::Bool(false) => otherwise.as_ref(),
                    _ => None,
                };
                if let Some(body) = body {
                    for slot in &body.lets {
                        frame.set(*slot, None);
                    }
                    items(&body.items, frame, layer, evaluator, workers, top);
                }
            }
            ItemKind::Remove { members, label: Some(label) } if is_app(members) => {
                let LabelValue::Const(name) = &label.value else { continue };
                let before = top.apps.len();
                top.apps.retain(|a| a.label.value != *name);
                top.numbers = top.apps.iter().enumerate().map(|(i, a)| (a.label.value.clone(), i)).collect();
                if before == top.apps.len() {
                    evaluator.report(
                        Diagnostic::error(codes::OVERLAY, format!("there is no `app {name}` to remove"))
                            .at(item.span, "nothing of this name")
                            .help("take the line away, or correct the name"),
                        Origin::NONE,
                    );
                }
            }
            ItemKind::Block(block) if top.waits(block, item, frame, layer) => {}
            _ => {
                // It may be about one that waits.
                top.expand_waiting(evaluator, workers);
                let mut expander = Expander::new(evaluator, Extent::Full, TierRef::TOP);
                expander.entry(&mut top.node, item, frame, layer);
                top.requirements.append(&mut expander.requirements);
            }
        }
    }
}

fn is_app(members: &[u16]) -> bool {
    members.iter().any(|m| Root::info().members.get(usize::from(*m)).is_some_and(|m| m.is("app")))
}

fn app<'p>(block: &'p BlockItem, header: Span, frame: &Frame, layer: Layer, evaluator: &mut Evaluator<'p>, top: &mut Top<'p>) {
    let mut frame = frame.clone();
    let label = match block.label.as_ref().map(|l| (&l.value, l.span)) {
        Some((LabelValue::Const(s), span)) => At::new(s.clone(), evaluator.origins.note(span, Origin::NONE)),
        Some((LabelValue::Computed(e), span)) => {
            let ctx = Context { via: Origin::NONE, app: TierRef::TOP, node: None };
            match evaluator.eval(e, &mut frame, ctx) {
                Value::Text(t) => At::new(t.text, evaluator.origins.note(span, Origin::NONE)),
                _ => return,
            }
        }
        None => return,
    };
    let number = top.numbers.get(&label.value).copied();
    match (number.and_then(|n| top.apps.get_mut(n)), layer == Layer::ENVIRONMENT, block.mode) {
        (None, false, _) | (None, true, Mode::Add) => {
            top.numbers.insert(label.value.clone(), top.apps.len());
            top.apps.push(AppTask { label, header, layers: vec![(block, frame, layer)] });
        }
        (None, true, Mode::Plain) => {
            let mut d = Diagnostic::error(codes::OVERLAY, format!("the program has no `app {}` to change", label.value))
                .at(header, "nothing of this name")
                .why("An environment changes what is there, so that a rename cannot silently lose an override.");
            if let Some(near) = crate::check::suggest::nearest(&label.value, top.apps.iter().map(|a| &*a.label.value)) {
                d = d.help(format!("did you mean `app {near}`?"));
            }
            evaluator.report(d.fix("say that it is new", header.before(), "add "), Origin::NONE);
        }
        (Some(app), true, Mode::Add) => {
            let d = Diagnostic::error(codes::OVERLAY, format!("`app {}` is there already", label.value))
                .at(header, "`add` wants a new name")
                .at(app.header, "here");
            evaluator.report(d.help("take `add` away to change what is there"), Origin::NONE);
        }
        (Some(app), true, Mode::Plain) => app.layers.push((block, frame, layer)),
        (Some(app), false, _) => {
            let d = Diagnostic::error(codes::SAID_TWICE, format!("`app {}` is said twice", label.value))
                .at(header, "said again here")
                .at(app.header, "said first here")
                .help("keep one of the two, or give one another name");
            evaluator.report(d, Origin::NONE);
        }
    }
}

/// An app's node, with its bodies applied in order.
pub fn app_node<'p>(task: &AppTask<'p>, expander: &mut Expander<'_, 'p>) -> Option<Node> {
    let mut layers = task.layers.iter();
    let (first, frame, layer) = layers.next()?;
    let mut frame = frame.clone();
    let ctx = Context { via: Origin::NONE, app: expander.app, node: None };
    let mut node = expander.create(first, Some(task.label.clone()), task.header, *layer, &mut frame, ctx);
    frame.set(first.self_name, name_of(&node));
    expander.apply(&mut node, &first.body, &mut frame, *layer, Origin::NONE);
    for (block, frame, layer) in layers {
        let mut frame = frame.clone();
        frame.set(block.self_name, name_of(&node));
        expander.apply(&mut node, &block.body, &mut frame, *layer, Origin::NONE);
    }
    Some(node)
}
