//! Every request finds its way: what routes name is there. VirtualServices, HTTPRoutes and Ingresses lead to Services that exist, on ports that
//! those have, to subsets that a DestinationRule defines and that select pods; gateways exist and have the hosts (I5, I17 to I20).

use super::scene::{INSTANCE, OWN_FAULT, Object, Scene, Workload, text_of};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::tape::{Origin, View, field};
use rustc_hash::{FxHashMap, FxHashSet};

/// Checks every object that leads requests.
pub(super) fn prove(scene: &Scene<'_>, diagnostics: &mut Diagnostics) {
    let routed = ["VirtualService", "DestinationRule", "HTTPRoute", "GRPCRoute", "Ingress"];
    if !scene.objects.iter().any(|object| routed.contains(&object.kind)) {
        return;
    }
    let mut proof = Proof {
        scene,
        services: scene.of_kind("Service").map(|s| ((s.namespace, s.name), s)).collect(),
        subsets: FxHashMap::default(),
        gateways: scene.of_kind("Gateway").map(|g| ((g.namespace, g.name), g)).collect(),
        entries: scene.of_kind("ServiceEntry").filter_map(|e| e.spec()?.get_key(field!("hosts"))).flat_map(texts).collect(),
        diagnostics,
    };
    for rule in scene.of_kind("DestinationRule") {
        proof.destination_rule(rule);
    }
    let mut hosts: FxHashMap<&str, Object<'_>> = FxHashMap::default();
    for object in &scene.objects {
        match object.kind {
            "VirtualService" => proof.virtual_service(object, &mut hosts),
            "HTTPRoute" | "GRPCRoute" => proof.route(object),
            "Ingress" => proof.ingress(object),
            _ => {}
        }
    }
}

struct Proof<'s, 'b> {
    scene: &'s Scene<'b>,
    services: FxHashMap<(&'b str, &'b str), &'s Object<'b>>,
    /// Those of DestinationRules, by the Service.
    subsets: FxHashMap<(&'b str, &'b str), FxHashSet<&'b str>>,
    gateways: FxHashMap<(&'b str, &'b str), &'s Object<'b>>,
    /// Hosts outside the cluster.
    entries: FxHashSet<&'b str>,
    diagnostics: &'s mut Diagnostics,
}

fn texts(list: View<'_>) -> impl Iterator<Item = &str> {
    list.children().filter_map(View::str)
}

/// Namespace and name of the Service that a full name means; a short one is of the same namespace.
fn service_of<'v>(host: &'v str, namespace: &'v str) -> (&'v str, &'v str) {
    let mut parts = host.split('.');
    let name = parts.next().unwrap_or("");
    (parts.next().unwrap_or(namespace), name)
}

impl<'b> Proof<'_, 'b> {
    fn say(&mut self, title: String, origin: Origin, why: &str) {
        let d = Diagnostic::error(codes::ROUTING, title).why(why).why(OWN_FAULT);
        self.diagnostics.push(self.scene.at(d, origin, "written because of this"));
    }

    /// A Service that must be there, with this port.
    fn backend(&mut self, object: &Object<'_>, service: (&str, &str), port: Option<i64>, origin: Origin) {
        let Some(found) = self.services.get(&service) else {
            let title = format!("{} leads to Service `{}/{}`, which is not there", object.title(), service.0, service.1);
            return self.say(title, origin, "Requests would be answered with 503.");
        };
        let ports: Vec<i64> = found
            .spec()
            .and_then(|s| s.get_key(field!("ports")))
            .into_iter()
            .flat_map(View::children)
            .filter_map(|p| p.get_key(field!("port"))?.int())
            .collect();
        match port {
            Some(port) if !ports.contains(&port) => {
                let title = format!("{} leads to port {port} of Service `{}/{}`, which it has not", object.title(), service.0, service.1);
                self.say(title, origin, "Requests would be answered with 503.");
            }
            None if ports.len() > 1 => {
                let title = format!("{} does not say which port of Service `{}/{}` it means", object.title(), service.0, service.1);
                self.say(title, origin, "The Service has several.");
            }
            _ => {}
        }
    }

    fn destination_rule(&mut self, rule: &Object<'b>) {
        let Some(spec) = rule.spec() else { return };
        let host = spec.get_key(field!("host")).and_then(View::str).unwrap_or("");
        let service = service_of(host, rule.namespace);
        let Some(found) = self.services.get(&service).copied() else {
            if !self.entries.contains(host) {
                self.say(
                    format!("{} is about host `{host}`, which is not there", rule.title()),
                    spec.origin(),
                    "It would hold for nothing.",
                );
            }
            return;
        };
        let selector = found.spec().and_then(|s| s.get_key(field!("selector")));
        for subset in spec.get_key(field!("subsets")).into_iter().flat_map(View::children) {
            let name = subset.get_key(field!("name")).and_then(View::str).unwrap_or("");
            if !self.subsets.entry(service).or_default().insert(name) {
                self.say(format!("{} has two subsets `{name}`", rule.title()), subset.origin(), "A route could not tell them apart.");
            }
            let wanted = || {
                subset.get_key(field!("labels")).into_iter().flat_map(View::children).chain(selector.into_iter().flat_map(View::children))
            };
            let selects = |workload: &Workload<'_>| {
                workload.object.namespace == service.0
                    && wanted().all(|label| match label.key() {
                        // The controller of releases sets it when the pods are there.
                        "rollouts-pod-template-hash" => true,
                        INSTANCE => Some(workload.instance) == label.str(),
                        key => workload.labels.and_then(|labels| text_of(labels, key)) == label.str(),
                    })
            };
            if !self.scene.workloads.iter().any(selects) {
                let title = format!("subset `{name}` of {} selects no pod", rule.title());
                self.say(title, subset.origin(), "Requests for it would be answered with 503.");
            }
        }
    }

    /// Its hosts are its own (I3), and what it names is there.
    fn virtual_service(&mut self, object: &Object<'b>, hosts: &mut FxHashMap<&'b str, Object<'b>>) {
        let Some(spec) = object.spec() else { return };
        let gateways: Vec<&str> = spec.get_key(field!("gateways")).into_iter().flat_map(texts).collect();
        let own: Vec<&'b str> = spec.get_key(field!("hosts")).into_iter().flat_map(texts).collect();
        if gateways.is_empty() || gateways.contains(&"mesh") {
            for host in &own {
                if let Some(first) = hosts.insert(host, *object) {
                    let title = format!(
                        "VirtualServices `{}/{}` and `{}/{}` are both about `{host}`",
                        first.namespace, first.name, object.namespace, object.name
                    );
                    self.say(title, object.view.origin(), "A proxy of the mesh takes one of them, and nobody knows which.");
                }
            }
        }
        for gateway in gateways.into_iter().filter(|g| *g != "mesh") {
            let name = gateway.split_once('/').unwrap_or((object.namespace, gateway));
            let Some(found) = self.gateways.get(&name).copied() else {
                self.say(
                    format!("{} comes in at Gateway `{}/{}`, which is not there", object.title(), name.0, name.1),
                    spec.origin(),
                    "No request would find it.",
                );
                continue;
            };
            let servers = found.spec().and_then(|s| s.get_key(field!("servers"))).into_iter().flat_map(View::children);
            let has: FxHashSet<&str> = servers.filter_map(|s| s.get_key(field!("hosts"))).flat_map(texts).collect();
            for host in own.iter().filter(|h| !has.contains(**h)) {
                self.say(
                    format!("Gateway `{}/{}` does not listen for `{host}`", name.0, name.1),
                    object.view.origin(),
                    "No request for it would come in.",
                );
            }
        }
        for rule in spec.get_key(field!("http")).into_iter().flat_map(View::children) {
            let destinations: Vec<View<'_>> = rule.get_key(field!("route")).into_iter().flat_map(View::children).collect();
            self.weights(object, &destinations, rule.origin());
            let all = destinations.iter().filter_map(|d| d.get_key(field!("destination"))).chain(rule.get_key(field!("mirror")));
            for destination in all {
                let host = destination.get_key(field!("host")).and_then(View::str).unwrap_or("");
                let service = service_of(host, object.namespace);
                let port = destination.follow(&[field!("port"), field!("number")]).and_then(View::int);
                self.backend(object, service, port, destination.origin());
                let subset = destination.get_key(field!("subset")).and_then(View::str);
                if let Some(subset) = subset.filter(|s| !self.subsets.get(&service).is_some_and(|all| all.contains(s))) {
                    let title = format!("{} leads to subset `{subset}` of `{host}`, which no DestinationRule defines", object.title());
                    self.say(title, destination.origin(), "Requests would be answered with 503.");
                }
            }
        }
    }

    /// Every weight is written, and they sum to a hundred: what has none gets nothing, silently (finding 1).
    fn weights(&mut self, object: &Object<'_>, destinations: &[View<'_>], origin: Origin) {
        let weights: Vec<Option<i64>> = destinations.iter().map(|d| d.get_key(field!("weight")).and_then(View::int)).collect();
        if destinations.is_empty() {
            return;
        }
        let sum: i64 = weights.iter().flatten().sum();
        if weights.contains(&None) || sum != 100 {
            let said: Vec<String> = weights.iter().map(|w| w.map_or_else(|| "none".to_owned(), |w| w.to_string())).collect();
            self.say(
                format!("the weights of a route of {} are {}", object.title(), said.join(" and ")),
                origin,
                "All are written, and they sum to 100.",
            );
        }
    }

    fn route(&mut self, object: &Object<'b>) {
        let Some(spec) = object.spec() else { return };
        for parent in spec.get_key(field!("parentRefs")).into_iter().flat_map(View::children) {
            let text = |name: &str| parent.get(name).and_then(View::str);
            if text("kind") == Some("Service") {
                // What a waypoint reads: the Service is there, and asks for one.
                let name = (object.namespace, text("name").unwrap_or(""));
                self.backend(object, name, parent.get_key(field!("port")).and_then(View::int), parent.origin());
                let asks = |s: &&Object<'_>| s.labels().is_some_and(|labels| text_of(labels, super::waypoints::USE).is_some());
                if self.services.get(&name).copied().filter(asks).is_none() {
                    let title = format!("{} is about Service `{}/{}`, which no waypoint stands before", object.title(), name.0, name.1);
                    self.say(title, parent.origin(), "Nothing would read it (I31).");
                }
                continue;
            }
            if text("kind").is_some_and(|kind| kind != "Gateway") {
                continue;
            }
            let name = (text("namespace").unwrap_or(object.namespace), text("name").unwrap_or(""));
            let Some(gateway) = self.gateways.get(&name).copied() else {
                self.say(
                    format!("{} comes in at Gateway `{}/{}`, which is not there", object.title(), name.0, name.1),
                    parent.origin(),
                    "No request would find it.",
                );
                continue;
            };
            let listeners = gateway.spec().and_then(|s| s.get_key(field!("listeners"))).into_iter().flat_map(View::children);
            let names: FxHashSet<&str> = listeners.filter_map(|l| l.get_key(field!("name"))?.str()).collect();
            if let Some(section) = text("sectionName").filter(|s| !names.contains(s)) {
                self.say(
                    format!("Gateway `{}/{}` has no listener `{section}`", name.0, name.1),
                    parent.origin(),
                    "No request would find the route.",
                );
            }
        }
        for rule in spec.get_key(field!("rules")).into_iter().flat_map(View::children) {
            let backends: Vec<View<'_>> = rule.get_key(field!("backendRefs")).into_iter().flat_map(View::children).collect();
            self.weights(object, &backends, rule.origin());
            for backend in backends {
                let text = |name: &str| backend.get(name).and_then(View::str);
                let service = (text("namespace").unwrap_or(object.namespace), text("name").unwrap_or(""));
                self.backend(object, service, backend.get_key(field!("port")).and_then(View::int), backend.origin());
            }
        }
    }

    fn ingress(&mut self, object: &Object<'b>) {
        let rules = object.spec().and_then(|s| s.get_key(field!("rules"))).into_iter().flat_map(View::children);
        let paths: Vec<View<'_>> = rules.filter_map(|r| r.follow(&[field!("http"), field!("paths")])).flat_map(View::children).collect();
        for path in paths {
            let Some(service) = path.follow(&[field!("backend"), field!("service")]) else { continue };
            let name = service.get_key(field!("name")).and_then(View::str).unwrap_or("");
            self.backend(
                object,
                (object.namespace, name),
                service.follow(&[field!("port"), field!("number")]).and_then(View::int),
                service.origin(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::prove;
    use crate::prove::support::{World, deployment};
    use serde_json::{Value, json};

    fn objects() -> Vec<Value> {
        let host = "web.shop.svc.cluster.local";
        let route = |subset: &str, weight: i64| json!({ "destination": { "host": host, "subset": subset, "port": { "number": 80 } }, "weight": weight });
        let mut old = deployment("shop", "web");
        old["spec"]["template"]["metadata"]["labels"]["version"] = json!("old");
        vec![
            old,
            json!({
                "apiVersion": "v1", "kind": "Service", "metadata": { "name": "web", "namespace": "shop" },
                "spec": { "selector": { "app.kubernetes.io/instance": "web" }, "ports": [{ "port": 80, "targetPort": 8080 }] },
            }),
            json!({
                "apiVersion": "networking.istio.io/v1", "kind": "Gateway", "metadata": { "name": "door", "namespace": "shop" },
                "spec": { "servers": [{ "hosts": ["shop.example.com"] }] },
            }),
            json!({
                "apiVersion": "networking.istio.io/v1", "kind": "DestinationRule", "metadata": { "name": "web", "namespace": "shop" },
                "spec": { "host": host, "subsets": [{ "name": "old", "labels": { "version": "old" } }, { "name": "all", "labels": {} }] },
            }),
            json!({
                "apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": { "name": "web", "namespace": "shop" },
                "spec": { "hosts": [host], "http": [{ "route": [route("old", 90), route("all", 10)] }] },
            }),
            json!({
                "apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": { "name": "outside", "namespace": "shop" },
                "spec": { "hosts": ["shop.example.com"], "gateways": ["door"], "http": [{ "route": [route("old", 100)] }] },
            }),
        ]
    }
    fn changed(change: impl FnOnce(&mut Vec<Value>)) -> String {
        let mut all = objects();
        change(&mut all);
        World::of(&all).found(prove).join("\n")
    }

    #[test]
    fn seeded_faults_are_found() {
        assert_eq!(changed(|_| {}), "");
        assert!(changed(|o| o[4]["spec"]["http"][0]["route"][0]["weight"] = json!(80)).contains("are 80 and 10"));
        assert!(
            changed(|o| {
                o[4]["spec"]["http"][0]["route"][0].as_object_mut().unwrap().remove("weight");
            })
            .contains("are none and 10")
        );
        assert!(changed(|o| o[4]["spec"]["http"][0]["route"][0]["destination"]["port"]["number"] = json!(81)).contains("leads to port 81"));
        assert!(
            changed(|o| o[4]["spec"]["http"][0]["route"][0]["destination"]["host"] = json!("wob"))
                .contains("`shop/wob`, which is not there")
        );
        assert!(
            changed(|o| o[4]["spec"]["http"][0]["route"][0]["destination"]["subset"] = json!("new")).contains("no DestinationRule defines")
        );
        assert!(changed(|o| o[3]["spec"]["subsets"][0]["labels"]["version"] = json!("new")).contains("selects no pod"));
        assert!(changed(|o| o[3]["spec"]["host"] = json!("wob")).contains("is about host `wob`"));
        assert!(changed(|o| o[5]["spec"]["gateways"] = json!(["gate"])).contains("Gateway `shop/gate`, which is not there"));
        assert!(changed(|o| o[5]["spec"]["hosts"] = json!(["other.example.com"])).contains("does not listen for `other.example.com`"));
        assert!(changed(|o| o[5]["spec"] = o[4]["spec"].clone()).contains("are both about"));
    }
}
