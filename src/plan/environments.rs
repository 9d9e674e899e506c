//! Environments beside each other.

use super::model::Plan;
use crate::check::program::Program;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::source::Span;

/// No name twice.
pub fn check(program: &Program, diagnostics: &mut Diagnostics) {
    for (i, e) in program.environments.iter().enumerate() {
        if let Some(first) = program.environments.iter().take(i).find(|f| f.name == e.name) {
            diagnostics.push(
                Diagnostic::error(codes::SAID_TWICE, format!("`environment {}` is said twice", e.name))
                    .at(e.span, "said again here")
                    .at(first.span, "said first here")
                    .help("keep one of the two, or give one another name"),
            );
        }
    }
}

/// What an environment would write where.
pub struct Footprint {
    name: String,
    span: Span,
    target: String,
    namespaces: Vec<String>,
}

impl Footprint {
    /// Of a planned environment.
    pub fn of(name: &str, span: Span, plan: &Plan) -> Self {
        let target = format!("{:?}", plan.target);
        let mut namespaces: Vec<String> = plan.apps.iter().map(|a| a.namespace.value.to_string()).collect();
        namespaces.sort();
        namespaces.dedup();
        Footprint { name: name.into(), span, target, namespaces }
    }
}

/// Two environments in one namespace of one cluster would overwrite each other (row 37).
pub fn compare(all: &[Footprint], diagnostics: &mut Diagnostics) {
    for (i, b) in all.iter().enumerate() {
        for a in all.iter().take(i) {
            let Some(shared) = a.namespaces.iter().find(|n| a.target == b.target && b.namespaces.contains(n)) else { continue };
            diagnostics.push(
                Diagnostic::error(
                    codes::SAME_ENVIRONMENT,
                    format!("environments `{}` and `{}` both write to namespace `{shared}`", a.name, b.name),
                )
                .at(b.span, format!("writes to `{shared}`"))
                .at(a.span, "and so does this")
                .why("Each would overwrite what the other has written.")
                .help("give one a namespace of its own: `namespace NAME { name = \"…\" }`"),
            );
        }
    }
}
