//! What is to be said of a system outside the cluster, wherever it is declared.

use super::evaluate::Evaluator;
use super::root::Top;
use super::workload::port_of;
use crate::diagnostic::{Diagnostic, Severity, codes};
use crate::source::Span;
use crate::tape::Origin;
use crate::units::names;
use crate::vocabulary::Block as _;
use crate::vocabulary::blocks::External;

/// A message without its place.
pub struct Remark {
    /// The message.
    pub diagnostic: Diagnostic,
    /// Where it points.
    pub origin: Origin,
    /// What is to be seen there.
    pub label: &'static str,
}

impl Remark {
    /// Is it refused?
    pub fn is_error(&self) -> bool {
        self.diagnostic.severity == Severity::Error
    }
}

/// What it is called among what was not planned.
pub fn named(e: &External) -> String {
    format!("external `{}`", e.label.as_ref().map_or("", |l| &l.value))
}

/// Mistakes in it, and what is assumed of it.
pub fn remarks(e: &External) -> Vec<Remark> {
    let name = e.label.as_ref().map_or("", |n| &n.value);
    let mut all = Vec::new();
    let mut say = |diagnostic, origin, label| all.push(Remark { diagnostic, origin, label });
    let cidrs = e.namespace.is_some() || e.cidrs.as_ref().is_some_and(|c| !c.value.is_empty());
    if let (Some(pods), None) = (&e.pods, &e.namespace) {
        let d = Diagnostic::error(codes::MISSING, format!("the pods of external `{name}` are in no namespace"));
        say(d.help("say in which: `namespace = \"observability\"`"), pods.origin, "pods of which namespace?");
    }
    if let Some(namespace) = &e.namespace
        && let Err(fault) = names::label(&namespace.value)
    {
        say(Diagnostic::error(codes::BAD_NAME, fault.message.trim_end_matches('.')), namespace.origin, "the name of a namespace");
    }
    let hosts = e.hosts.as_ref().is_some_and(|h| !h.value.is_empty());
    match (cidrs, hosts) {
        (true, _) => {}
        (false, true) => say(
            Diagnostic::note_of(codes::ASSUMED, format!("external `{name}` is reached at any public address"))
                .why("A NetworkPolicy knows addresses and no names: its ports are open to every address that is not private."),
            e.origin,
            "hosts, and no `cidrs`",
        ),
        (false, false) => say(
            Diagnostic::error(codes::MISSING, format!("external `{name}` says neither hosts nor addresses"))
                .help("say where: `hosts = [\"api.example.com\"]`, `cidrs = [\"203.0.113.0/24\"]` or `namespace = \"observability\"`"),
            e.origin,
            "where is it?",
        ),
    }
    if e.port.0.is_empty() {
        let d = Diagnostic::error(codes::MISSING, format!("external `{name}` has no port")).help("declare one: `port https = 443`");
        say(d, e.origin, "nothing to connect to");
    }
    for (label, spec) in e.port.iter() {
        if let Err(fault) = names::port_name(&label.value) {
            say(Diagnostic::error(codes::BAD_NAME, fault.message.trim_end_matches('.')), label.origin, "the name of a port");
        }
        if let Err(fault) = names::port_number(port_of(&label.value, &spec.value).0) {
            say(Diagnostic::error(codes::BAD_LITERAL, fault.message.trim_end_matches('.')), spec.origin, "a port");
        }
    }
    all
}

/// The same for those of the top level; gives those that were refused.
pub fn of_the_top(top: &Top<'_>, evaluator: &mut Evaluator<'_>) -> Vec<String> {
    let mut refused = Vec::new();
    for (_, node) in top.node.children.iter().filter(|(_, c)| std::ptr::eq(c.info, External::info())) {
        let external = External::decode(node);
        let remarks = if node.is_poisoned() { Vec::new() } else { remarks(&external) };
        if node.is_poisoned() || remarks.iter().any(Remark::is_error) {
            refused.push(named(&external));
        }
        for remark in remarks {
            let span = evaluator.origins.get(remark.origin).map_or_else(Span::default, |s| s.span);
            evaluator.diagnostics.push(remark.diagnostic.at(span, remark.label));
        }
    }
    refused
}
