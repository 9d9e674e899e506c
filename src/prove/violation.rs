//! Violations of the schemas as messages.

use super::scene::{OWN_FAULT, Scene};
use super::schema::{Problem, Shapes, Violation};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::schema::gates::Served;

/// Every object has the shape of its kind at the targeted minor.
pub(super) fn prove<'a>(scene: &Scene<'a>, shapes: &mut Shapes<'a>, diagnostics: &mut Diagnostics) {
    shapes.check(scene.objects.iter().copied(), &mut |violation| diagnostics.push(message(scene, &violation)));
}

fn message(scene: &Scene<'_>, violation: &Violation) -> Diagnostic {
    let object = scene.objects.get(violation.object);
    let title = object.map_or_else(|| "an object".to_owned(), super::scene::Object::title);
    let place = if violation.path.is_empty() { title } else { format!("`{}` of {title}", violation.path) };
    let target = scene.plan().target.kubernetes;
    let said = |what: String| Diagnostic::error(codes::SCHEMA, what);
    let mut own_fault = false;
    let diagnostic = match &violation.problem {
        Problem::UnknownField { name, shape, suggestion, minors } => {
            let of = if shape.contains('.') { "its custom resource".to_owned() } else { format!("Kubernetes {target}") };
            let said = said(format!("{place} is no field of {of}")).why(format!("{shape} has no field `{name}` there."));
            own_fault = minors.is_empty();
            match (suggestion, &**minors) {
                (Some(near), _) => said.help(format!("a field of nearly this name is `{near}`")),
                (None, []) => said,
                (None, minors) => said.help(format!("target a version that has it: {}", versions(minors))),
            }
        }
        Problem::RepeatedField => said(format!("{place} is written twice")).why("An object has each field once."),
        Problem::SwitchedOff { gate, on_since } => {
            let said = said(format!("{place} has no effect in Kubernetes {target}"))
                .why(format!("Its feature gate `{gate}` is off by default there, and the API server drops the field without a word."));
            match on_since {
                Some(minor) => said.help(format!("target 1.{minor} or newer, where the gate is on, or leave it out")),
                None => said.help("leave it out"),
            }
        }
        Problem::WrongType { expected, found } => said(format!("{place} must be {expected}, not {found}")),
        Problem::Missing { field } => {
            own_fault = true;
            said(format!("{place} has no `{field}`")).why("The API server refuses the object without it.")
        }
        Problem::NotInEnum { value, allowed, suggestion } => {
            let said = said(format!("{place} cannot be `{value}`")).why(format!("It is one of {}.", listed(allowed)));
            match suggestion {
                Some(near) => said.help(format!("write `{near}`")),
                None => said,
            }
        }
        Problem::Pattern { value, expected } => said(format!("{place} is `{}`, and must be {expected}", shortened(value))),
        Problem::DuplicateListKey { keys, first } => said(format!("{place} repeats item {first}: both have {keys}"))
            .why("Server-side apply tells the items of this list apart by these fields alone, and refuses two that are the same."),
        Problem::NotServed { api_version, kind, served } => {
            let said = said(format!("{place}: Kubernetes {target} has no {api_version} {kind}"));
            match served {
                Served::Yes => said,
                Served::OffByDefault => said.why("This API version is served only where the cluster's operator switched it on."),
                Served::Removed { gone, instead } => {
                    let said = said.why(format!("It was removed in 1.{gone}."));
                    if instead.is_empty() { said } else { said.help(format!("write `{instead}`")) }
                }
                Served::NotYet { since } => said.help(format!("target 1.{since} or newer, the first with it")),
                Served::OtherVersion { instead } => said.help(format!("write `{instead}`")),
                Served::Unknown => said.why("No version of Kubernetes and no extension that Bayplan knows has a kind of this name."),
            }
        }
        Problem::TooLarge => Diagnostic::error(codes::TOO_LARGE, "an app is too large to be held: more than 4 GiB of text".to_owned())
            .help("split it into several apps"),
    };
    let diagnostic = scene.at(diagnostic, violation.origin, "from here");
    if own_fault { diagnostic.why(OWN_FAULT) } else { diagnostic }
}

fn versions(minors: &[u8]) -> String {
    minors.iter().map(|minor| format!("1.{minor}")).collect::<Vec<_>>().join(", ")
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// A long text, or one of several lines, is named by its beginning.
fn shortened(value: &str) -> String {
    let line = value.lines().next().unwrap_or("");
    let start: String = line.chars().take(60).collect();
    if start.len() < value.len() { format!("{start}…") } else { start }
}

#[cfg(test)]
mod tests {
    use super::{Diagnostics, Scene, Shapes};
    use crate::diagnostic::codes;
    use crate::prove::support::{World, deployment};
    use serde_json::json;

    fn prove(scene: &Scene<'_>, diagnostics: &mut Diagnostics) {
        super::prove(scene, &mut Shapes::new(scene.minor()), diagnostics);
    }

    #[test]
    fn a_right_object_passes_and_a_wrong_one_is_named_with_its_line() {
        assert_eq!(World::of(&[deployment("shop", "web")]).found(prove), Vec::<String>::new());
        let mut wrong = deployment("shop", "web");
        wrong["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] = json!("Allways");
        let world = World::of(&[deployment("shop", "db"), wrong]);
        let said = world.run(prove);
        assert_eq!(said.len(), 1);
        assert_eq!(said[0].code, codes::SCHEMA);
        assert_eq!(said[0].title, "`spec.template.spec.containers[0].imagePullPolicy` of Deployment `shop/web` cannot be `Allways`");
        assert_eq!(world.line(&said[0]), 2);
        assert_eq!(said[0].fixes[0].text, "write `Always`");
    }

    #[test]
    fn a_field_of_later_versions_says_which() {
        let mut new = deployment("shop", "web");
        new["spec"]["template"]["spec"]["hostnameOverride"] = json!("x");
        let world = World::of(&[new]);
        assert_eq!(
            world.found(prove),
            ["E0313 `spec.template.spec.hostnameOverride` of Deployment `shop/web` has no effect in Kubernetes 1.34"]
        );
    }
}
