//! What two objects cannot both have, a name or a port of the nodes; and no more annotations than the API server takes (rows 15 and 28).

use super::scene::{Object, Scene, fields};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::tape::{Key, View, key};
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::hash::BuildHasher as _;

/// The most bytes of one object's annotations, keys and values together.
const ANNOTATIONS: usize = 256 << 10;

const METADATA: Key = key("metadata");
const SPEC: Key = key("spec");
const TEMPLATE: Key = key("template");
const ANNOTATED: Key = key("annotations");

const PORTS: [Key; 2] = [key("spec"), key("ports")];
const NODE_PORT: Key = key("nodePort");

/// No name twice, no annotations too large.
pub(super) fn prove(scene: &Scene<'_>, diagnostics: &mut Diagnostics) {
    // Where the plan saw a collision, its words are better: it knows the blocks.
    let said = scene.planned.collided;
    // Names are compared where their hashes meet, so that the table holds numbers alone.
    let hasher = FxBuildHasher;
    let mut seen: FxHashMap<u64, u32> = FxHashMap::with_capacity_and_hasher(scene.objects.len(), hasher);
    for (number, object) in (0..).zip(&scene.objects) {
        let hash = |salt: u64| hasher.hash_one((salt, object.kind, object.namespace, object.name));
        // The first place, from its own on, that is free or holds this name.
        let mut salt = 0;
        let first = loop {
            match seen.get(&hash(salt)).and_then(|first| scene.objects.get(*first as usize)) {
                Some(first) if !same_name(first, object) => salt += 1,
                first => break first,
            }
        };
        if first.is_none() {
            seen.insert(hash(salt), number);
        }
        if let Some(first) = first.filter(|_| !said) {
            let d = Diagnostic::error(codes::COLLISION, format!("{} would be written twice", object.title()));
            let d = scene.at(d, object.view.origin(), "this one");
            diagnostics.push(scene.at(d, first.view.origin(), "and this one").help("rename one, or set `prefix` in one of the apps"));
        }
        // Most tapes are too small for so much: an entry is a cell of eight bytes or more, a text of its own, and a name that is in the text or
        // at most eight times as long as the cell.
        if object.view.place().0.bytes() * 8 <= ANNOTATIONS {
            continue;
        }
        let [own, spec] = fields(object.view, [METADATA, SPEC]);
        let of_its_pods = spec.and_then(|spec| spec.follow(&[TEMPLATE, METADATA]));
        for annotations in [own, of_its_pods].into_iter().filter_map(|meta| meta?.get_key(ANNOTATED)) {
            let size: usize = annotations.children().map(|a| a.key().len() + a.str().map_or(0, str::len)).sum();
            if size > ANNOTATIONS {
                let d = Diagnostic::error(codes::TOO_LARGE, format!("{} has {size} bytes of annotations", object.title()));
                diagnostics.push(scene.at(d, object.view.origin(), "at most 256 KiB, those of its app included"));
                break;
            }
        }
    }
}

/// Every node has each port once, whatever the namespace.
pub(super) fn node_ports(scene: &Scene<'_>, diagnostics: &mut Diagnostics) {
    let mut taken = FxHashMap::default();
    let ports = scene.of_kind("Service").filter_map(|service| service.view.follow(&PORTS)).flat_map(View::children);
    for number in ports.filter_map(|port| port.get_key(NODE_PORT)) {
        if let Some(first) = taken.insert(number.int(), number.origin()) {
            let title = format!("two ports of Services are port {} of every node", number.int().unwrap_or_default());
            let d = scene.at(Diagnostic::error(codes::COLLISION, title), number.origin(), "taken already");
            diagnostics.push(scene.at(d, first, "taken here").help("give one another number, or leave it out and the server chooses one"));
        }
    }
}

fn same_name(a: &Object<'_>, b: &Object<'_>) -> bool {
    (a.kind, a.namespace, a.name) == (b.kind, b.namespace, b.name) && a.api_version() == b.api_version()
}

#[cfg(test)]
mod tests {
    use crate::prove::support::{World, deployment};
    use crate::tape::NAMES;
    use serde_json::json;

    #[test]
    fn names_are_not_much_longer_than_a_cell() {
        // The least that an entry takes on a tape is its cell, of eight bytes or more.
        assert!(NAMES.iter().all(|name| name.len() <= 64));
    }

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
