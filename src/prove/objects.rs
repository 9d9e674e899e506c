//! Each object by itself: no other of its kind and name, and no larger than the API server stores (rows 15, 28 and 29).

use super::scene::Scene;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, codes};
use crate::tape::{Value, View};
use rustc_hash::FxHashMap;

/// The most bytes of one object: etcd's limit of a request, which the API server shares.
const LARGEST: usize = 3 << 19;
/// The most bytes of one object's annotations, keys and values together.
const ANNOTATIONS: usize = 256 << 10;

/// No name twice, nothing too large.
pub(super) fn prove(scene: &Scene<'_>, diagnostics: &mut Diagnostics) {
    // Where the plan saw a collision, its words are better: it knows the blocks.
    let said = diagnostics.iter().any(|d| d.code == codes::COLLISION && d.severity == Severity::Error);
    let mut seen = FxHashMap::default();
    for object in &scene.objects {
        let name = (object.api_version, object.kind, object.namespace, object.name);
        if let Some(first) = seen.insert(name, object.view.origin())
            && !said
        {
            let d = Diagnostic::error(codes::COLLISION, format!("{} would be written twice", object.title()));
            let d = scene.at(d, object.view.origin(), "this one");
            diagnostics.push(scene.at(d, first, "and this one").help("rename one, or set `prefix` in one of the apps"));
        }
        let size = bytes(object.view);
        if size > LARGEST {
            let d = Diagnostic::error(codes::TOO_LARGE, format!("{} has about {size} bytes", object.title()));
            let d = scene.at(d, object.view.origin(), "an object has at most 1.5 MiB");
            diagnostics.push(d.help("keep large texts in several configs, or outside the cluster"));
        }
        for path in [&["metadata", "annotations"][..], &["spec", "template", "metadata", "annotations"]] {
            let Some(annotations) = object.view.path(path) else { continue };
            let size: usize = annotations.children().map(|a| a.key().len() + a.str().map_or(0, str::len)).sum();
            if size > ANNOTATIONS {
                let d = Diagnostic::error(codes::TOO_LARGE, format!("{} has {size} bytes of annotations", object.title()));
                diagnostics.push(scene.at(d, object.view.origin(), "at most 256 KiB, those of its app included"));
                break;
            }
        }
    }
}

/// About as many bytes as the object has as JSON, which is how it travels.
fn bytes(view: View<'_>) -> usize {
    let own = match view.value() {
        Value::Str(text) => text.len() + 2,
        _ => 6,
    };
    view.key().len() + 4 + own + if view.is_map() || view.is_seq() { view.children().map(bytes).sum() } else { 0 }
}

#[cfg(test)]
mod tests {
    use crate::prove::support::{World, deployment};
    use serde_json::json;

    #[test]
    fn twice_and_too_large_are_told() {
        assert_eq!(World::of(&[deployment("shop", "web"), deployment("shop", "db")]).found(super::prove), Vec::<String>::new());
        let twice = World::of(&[deployment("shop", "web"), deployment("shop", "web")]);
        assert_eq!(twice.found(super::prove), ["E0404 Deployment `shop/web` would be written twice"]);
        let mut large = deployment("shop", "web");
        large["spec"]["template"]["spec"]["containers"][0]["args"] = json!(["x".repeat(1_600_000)]);
        assert!(World::of(&[large]).found(super::prove)[0].starts_with("E0411 Deployment `shop/web` has about 160"));
        let mut notes = deployment("shop", "web");
        notes["metadata"]["annotations"] = json!({ "a": "x".repeat(200_000), "b": "x".repeat(100_000) });
        assert!(World::of(&[notes]).found(super::prove)[0].contains("bytes of annotations"));
    }
}
