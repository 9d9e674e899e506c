//! Each object by itself: no other of its kind and name, and no more annotations than the API server takes (rows 15 and 28).

use super::scene::Scene;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::tape::View;
use rustc_hash::FxHashMap;

/// The most bytes of one object's annotations, keys and values together.
const ANNOTATIONS: usize = 256 << 10;

/// No name twice, no annotations too large.
pub(super) fn prove(scene: &Scene<'_>, diagnostics: &mut Diagnostics) {
    // Where the plan saw a collision, its words are better: it knows the blocks.
    let said = scene.planned.collided;
    let (mut seen, mut node_ports) = (FxHashMap::default(), FxHashMap::default());
    for object in &scene.objects {
        let name = (object.api_version, object.kind, object.namespace, object.name);
        if let Some(first) = seen.insert(name, object.view.origin())
            && !said
        {
            let d = Diagnostic::error(codes::COLLISION, format!("{} would be written twice", object.title()));
            let d = scene.at(d, object.view.origin(), "this one");
            diagnostics.push(scene.at(d, first, "and this one").help("rename one, or set `prefix` in one of the apps"));
        }
        // Every node has each port once, whatever the namespace.
        for port in object.view.path(&["spec", "ports"]).filter(|_| object.kind == "Service").into_iter().flat_map(View::children) {
            let Some(number) = port.get("nodePort") else { continue };
            if let Some(first) = node_ports.insert(number.int(), number.origin()) {
                let title = format!("two ports of Services are port {} of every node", number.int().unwrap_or_default());
                let d = scene.at(Diagnostic::error(codes::COLLISION, title), number.origin(), "taken already");
                diagnostics
                    .push(scene.at(d, first, "taken here").help("give one another number, or leave it out and the server chooses one"));
            }
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

#[cfg(test)]
mod tests {
    use crate::prove::support::{World, deployment};
    use serde_json::json;

    #[test]
    fn twice_and_too_large_are_told() {
        assert_eq!(World::of(&[deployment("shop", "web"), deployment("shop", "db")]).found(super::prove), Vec::<String>::new());
        let twice = World::of(&[deployment("shop", "web"), deployment("shop", "web")]);
        assert_eq!(twice.found(super::prove), ["E0404 Deployment `shop/web` would be written twice"]);
        let mut notes = deployment("shop", "web");
        notes["metadata"]["annotations"] = json!({ "a": "x".repeat(200_000), "b": "x".repeat(100_000) });
        assert!(World::of(&[notes]).found(super::prove)[0].contains("bytes of annotations"));
    }
}
