//! A release can be carried out: what a Rollout names is there, its steps are whole, and its measurements end (rules.md §1).
//!
//! The controller finds these when it runs, hours after the objects were applied; its own check before that looks at names alone.

use super::scene::{OWN_FAULT, Object, Scene, text_of};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::tape::{Origin, View, field};
use rustc_hash::FxHashMap;

/// The labels of Services' selectors that the controller sets while it runs; they stand in no template.
const HASH: &str = "rollouts-pod-template-hash";

/// Looks at every Rollout and AnalysisTemplate.
pub(super) fn prove(scene: &Scene<'_>, diagnostics: &mut Diagnostics) {
    if !scene.objects.iter().any(|o| matches!(o.kind, "Rollout" | "AnalysisTemplate")) {
        return;
    }
    let by_name = scene.objects.iter().map(|o| ((o.namespace, o.kind, o.name), *o)).collect();
    let mut proof = Proof { scene, by_name, owners: FxHashMap::default(), diagnostics };
    for object in &scene.objects {
        match object.kind {
            "Rollout" => proof.rollout(object),
            "AnalysisTemplate" => proof.template(object),
            _ => {}
        }
    }
}

struct Proof<'s, 'b> {
    scene: &'s Scene<'b>,
    by_name: FxHashMap<(&'b str, &'b str, &'b str), Object<'b>>,
    /// Which Rollout a Service was seen with (A35).
    owners: FxHashMap<(&'b str, &'b str), &'b str>,
    diagnostics: &'s mut Diagnostics,
}

fn text<'b>(view: Option<View<'b>>, name: &str) -> Option<&'b str> {
    view?.get(name)?.str()
}

fn children<'b>(view: Option<View<'b>>, name: &str) -> impl Iterator<Item = View<'b>> {
    view.and_then(|v| v.get(name)).into_iter().flat_map(View::children)
}

impl<'b> Proof<'_, 'b> {
    fn wrong(&mut self, origin: Origin, title: String, why: &str) {
        let said = self.scene.at(Diagnostic::error(codes::ROLLOUT, title), origin, "written because of this");
        self.diagnostics.push(said.why(why).why(OWN_FAULT));
    }

    fn rollout(&mut self, object: &Object<'b>) {
        let (origin, title) = (object.view.origin(), object.title());
        let strategy = object.spec().and_then(|spec| spec.get_key(field!("strategy")));
        let get = |name: &str| strategy.and_then(|s| s.get(name));
        match (get("canary"), get("blueGreen")) {
            (Some(canary), None) => self.canary(object, canary),
            (None, Some(colours)) => self.blue_green(object, colours),
            _ => self.wrong(origin, format!("{title} has not one strategy"), "A Rollout has exactly one of `canary` and `blueGreen` (A6)."),
        }
        if object.spec().is_some_and(|spec| spec.get("workloadRef").is_some() || spec.get_key(field!("template")).is_none()) {
            self.wrong(
                origin,
                format!("{title} has not its own template"),
                "The template of another object would be run by two controllers (A3).",
            );
        }
    }

    /// A Service that is there, is no other Rollout's, and selects what the template has (A34, A35).
    fn service(&mut self, object: &Object<'b>, name: &'b str) {
        let (origin, title) = (object.view.origin(), object.title());
        let Some(service) = self.by_name.get(&(object.namespace, "Service", name)).copied() else {
            return self.wrong(
                origin,
                format!("{title} names no Service: `{name}`"),
                "The controller stops at a Service that is not there.",
            );
        };
        if let Some(other) = self.owners.insert((object.namespace, name), object.name).filter(|other| *other != object.name) {
            self.wrong(
                origin,
                format!("Service `{name}` is switched by two Rollouts: `{other}` and `{}`", object.name),
                "Each would point it at its own pods (A35).",
            );
        }
        let selector = service.spec().and_then(|spec| spec.get_key(field!("selector")));
        let labels = object.spec().and_then(|spec| spec.follow(&[field!("template"), field!("metadata"), field!("labels")]));
        let strays = selector
            .into_iter()
            .flat_map(View::children)
            .find(|label| label.key() != HASH && labels.and_then(|l| text_of(l, label.key())) != label.str());
        if let Some(label) = strays {
            let title = format!("{title} has no pods for Service `{name}`: its label `{}` differs", label.key());
            self.wrong(origin, title, "The Service of a version selects what the Rollout's template carries (A34).");
        }
    }

    fn templates(&mut self, object: &Object<'b>, analysis: View<'b>, ends: bool) {
        for reference in children(Some(analysis), "templates") {
            let name = text(Some(reference), "templateName").unwrap_or("");
            let Some(template) = self.by_name.get(&(object.namespace, "AnalysisTemplate", name)).copied() else {
                let title = format!("{} names no AnalysisTemplate: `{name}`", object.title());
                self.wrong(reference.origin(), title, "The controller aborts where a measurement is not there.");
                continue;
            };
            let endless = |metric: &View<'_>| metric.get_key(field!("count")).is_none() && metric.get_key(field!("interval")).is_some();
            if ends && children(template.spec(), "metrics").any(|m| endless(&m)) {
                let title = format!("{} waits for `{name}`, which never ends", object.title());
                self.wrong(reference.origin(), title, "A measurement that is a step has a count (A44).");
            }
        }
    }

    fn canary(&mut self, object: &Object<'b>, canary: View<'b>) {
        let (origin, title) = (canary.origin(), object.title());
        let zero = |name: &str| canary.get(name).is_some_and(|v| v.int() == Some(0) || v.str() == Some("0%"));
        if canary.get_key(field!("maxSurge")).is_none()
            || canary.get_key(field!("maxUnavailable")).is_none()
            || zero("maxSurge") && zero("maxUnavailable")
        {
            self.wrong(
                origin,
                format!("{title} may neither add nor take a pod"),
                "Both are written, and one of them is not zero (A14, A15).",
            );
        }
        let (stable, new) = (text(Some(canary), "stableService"), text(Some(canary), "canaryService"));
        if stable.is_some() && stable == new {
            self.wrong(origin, format!("{title} has one Service for both versions"), "The two must differ (A16).");
        }
        for name in [stable, new].into_iter().flatten() {
            self.service(object, name);
        }
        let routing = canary.get_key(field!("trafficRouting"));
        if routing.is_none() && (canary.get_key(field!("scaleDownDelaySeconds")).is_some() || canary.get("dynamicStableScale").is_some()) {
            self.wrong(
                origin,
                format!("{title} keeps old pods, and nothing routes requests past them"),
                "The controller refuses it without a router (A18).",
            );
        }
        let managed: Vec<&str> = children(routing, "managedRoutes").filter_map(|r| r.get_key(field!("name"))?.str()).collect();
        if let Some(analysis) = canary.get_key(field!("analysis")) {
            self.templates(object, analysis, false);
        }
        let mut last = 0;
        for step in children(Some(canary), "steps") {
            let kinds: Vec<&str> = step.children().map(View::key).collect();
            let [kind] = kinds.as_slice() else {
                self.wrong(step.origin(), format!("{title} has a step that does {} things", kinds.len()), "A step does exactly one (A21).");
                continue;
            };
            let value = step.get(kind);
            match *kind {
                "setWeight" => {
                    let weight = value.and_then(View::int).unwrap_or(-1);
                    if !(1..=100).contains(&weight) || weight <= last {
                        self.wrong(step.origin(), format!("{title} goes from {last}% to {weight}%"), "Weights rise, and end at 100 (A22).");
                    }
                    last = weight;
                }
                "setCanaryScale" if routing.is_none() || value.is_none_or(|v| v.children().count() != 1) => {
                    self.wrong(
                        step.origin(),
                        format!("{title} cannot set the pods of the new version"),
                        "It needs a router, and says one number (A24).",
                    );
                }
                "setHeaderRoute" | "setMirrorRoute" => {
                    let name = text(value, "name").unwrap_or("");
                    if !managed.contains(&name) {
                        let why = "The controller puts in only rules that it manages (A27).";
                        self.wrong(step.origin(), format!("{title} sets a rule that it does not manage: `{name}`"), why);
                    }
                }
                "analysis" => {
                    if let Some(analysis) = value {
                        self.templates(object, analysis, true);
                    }
                }
                _ => {}
            }
        }
        if let Some(routing) = routing {
            self.routers(object, routing, (stable.unwrap_or(""), new.unwrap_or("")), &managed);
        }
    }

    /// Something splits the requests, and each that does finds what it changes.
    fn routers(&mut self, object: &Object<'b>, routing: View<'b>, services: (&str, &str), managed: &[&str]) {
        let istio = routing.get_key(field!("istio"));
        let nginx = routing.get_key(field!("nginx"));
        let plugin = routing.get_key(field!("plugins")).and_then(|p| p.get("argoproj-labs/gatewayAPI"));
        if istio.is_none() && nginx.is_none() && plugin.is_none() {
            let title = format!("{} has a router that is none", object.title());
            self.wrong(routing.origin(), title, "The controller would move no weight at all.");
        }
        if let Some(istio) = istio {
            self.istio(object, istio, services, managed);
        }
        if let Some(nginx) = nginx {
            self.nginx(object, nginx, services.0);
        }
        if let Some(plugin) = plugin {
            for (list, kind) in [("httpRoutes", "HTTPRoute"), ("grpcRoutes", "GRPCRoute")] {
                for route in children(Some(plugin), list) {
                    self.route(object, route, kind, services, managed);
                }
            }
        }
    }

    /// The Ingress is there, and a rule of it leads to the stable version: of these the controller makes a second Ingress (A36).
    fn nginx(&mut self, object: &Object<'b>, nginx: View<'b>, stable: &str) {
        let title = object.title();
        let one = text(Some(nginx), "stableIngress");
        let several: Vec<&str> = children(Some(nginx), "stableIngresses").filter_map(View::str).collect();
        if one.is_some() != several.is_empty() {
            self.wrong(
                nginx.origin(),
                format!("{title} names its Ingress twice, or not at all"),
                "Exactly one of the two fields says it (A36).",
            );
        }
        for name in one.into_iter().chain(several) {
            let Some(ingress) = self.by_name.get(&(object.namespace, "Ingress", name)).copied() else {
                self.wrong(nginx.origin(), format!("{title} names no Ingress: `{name}`"), "The controller stops at it (A36).");
                continue;
            };
            let paths = children(ingress.spec(), "rules").filter_map(|r| r.path(&["http", "paths"])).flat_map(View::children);
            if !paths.filter_map(|p| p.path(&["backend", "service", "name"])?.str()).any(|s| s == stable) {
                let title = format!("no rule of Ingress `{name}` leads to `{stable}`");
                self.wrong(nginx.origin(), title, "The controller copies those that lead to the stable version (A36).");
            }
        }
    }

    /// The route is there, and holds both versions with all of it on the stable one; no rule of it is one that the plugin takes out (A28, A39, A51).
    fn route(&mut self, object: &Object<'b>, reference: View<'b>, kind: &'static str, (stable, new): (&str, &str), managed: &[&str]) {
        let name = text(Some(reference), "name").unwrap_or("");
        let Some(route) = self.by_name.get(&(object.namespace, kind, name)).copied() else {
            let title = format!("{} names no {kind}: `{name}`", object.title());
            return self.wrong(reference.origin(), title, "The plugin stops at it.");
        };
        let mut any = false;
        for rule in children(route.spec(), "rules") {
            let weight = |service: &str| {
                let found = children(Some(rule), "backendRefs").find(|b| text(Some(*b), "name") == Some(service));
                found.map(|b| b.get_key(field!("weight")).and_then(View::int))
            };
            match (weight(stable), weight(new)) {
                (None, None) => {}
                (Some(Some(100)), Some(Some(0))) => any = true,
                _ => {
                    let title = format!("a rule of {kind} `{name}` does not begin with everything on the stable version");
                    self.wrong(rule.origin(), title, "It holds both versions, with weights 100 and 0 (A39, A51).");
                }
            }
            // The plugin takes a number behind the name for its own too.
            let own = |rule: &str| {
                managed.iter().any(|m| {
                    rule.strip_prefix(m).is_some_and(|rest| rest.trim_start_matches('-').parse::<u32>().is_ok() || rest.is_empty())
                })
            };
            if let Some(taken) = text(Some(rule), "name").filter(|rule| own(rule)) {
                let title = format!("{kind} `{name}` has a rule `{taken}`, which the controller would take out");
                self.wrong(rule.origin(), title, "Managed rules are its own (A28).");
            }
        }
        if !any {
            let title = format!("no rule of {kind} `{name}` leads to the versions of {}", object.title());
            self.wrong(reference.origin(), title, "Nothing would reach the new version (A38).");
        }
    }

    /// Every rule whose weights are moved has both versions, all of it on the stable one, and the subsets are there (A37 to A41).
    fn istio(&mut self, object: &Object<'b>, istio: View<'b>, services: (&str, &str), managed: &[&str]) {
        let title = object.title();
        let rule = istio.get_key(field!("destinationRule"));
        let name = text(rule, "name").unwrap_or("");
        let wanted = ["stableSubsetName", "canarySubsetName"].map(|key| text(rule, key).unwrap_or(""));
        let destination = self.by_name.get(&(object.namespace, "DestinationRule", name)).copied();
        // Without a DestinationRule the versions are told apart by their Services (A39).
        let by_subsets = rule.is_some();
        let has = |subset: &str| children(destination.and_then(|d| d.spec()), "subsets").any(|s| text(Some(s), "name") == Some(subset));
        if let Some(missing) = wanted.iter().find(|subset| by_subsets && !has(subset)) {
            self.wrong(
                istio.origin(),
                format!("{title} moves requests to subset `{missing}`, which DestinationRule `{name}` has not"),
                "The proxies answer 503 (A41).",
            );
        }
        let mut any = false;
        for reference in children(Some(istio), "virtualServices") {
            let name = text(Some(reference), "name").unwrap_or("");
            let Some(service) = self.by_name.get(&(object.namespace, "VirtualService", name)).copied() else {
                self.wrong(reference.origin(), format!("{title} names no VirtualService: `{name}`"), "The controller stops at it (A37).");
                continue;
            };
            for route in children(Some(reference), "routes").filter_map(View::str) {
                any = true;
                let found = children(service.spec(), "http").find(|r| text(Some(*r), "name") == Some(route));
                let leads = |d: &View<'_>, to: &str| {
                    let part = d.path(&["destination", if by_subsets { "subset" } else { "host" }]).and_then(View::str);
                    if by_subsets { part == Some(to) } else { part.and_then(|host| host.split('.').next()) == Some(to) }
                };
                let weight = |to: &str| {
                    let split = children(found, "route").find(|d| leads(d, to));
                    split.and_then(|d| d.get_key(field!("weight"))).and_then(View::int)
                };
                let [stable, new] = if by_subsets { wanted } else { [services.0, services.1] };
                if [weight(stable), weight(new)] != [Some(100), Some(0)] {
                    let title = format!("rule `{route}` of VirtualService `{name}` does not begin with everything on the stable version");
                    self.wrong(reference.origin(), title, "It holds both versions, with weights 100 and 0 (A39, A51).");
                }
            }
            if let Some(taken) = children(service.spec(), "http").filter_map(|r| text(Some(r), "name")).find(|r| managed.contains(r)) {
                self.wrong(
                    reference.origin(),
                    format!("VirtualService `{name}` has a rule `{taken}`, which the controller would take out"),
                    "Managed rules are its own (A28).",
                );
            }
        }
        if !any {
            self.wrong(istio.origin(), format!("{title} moves the weights of no rule"), "Nothing would reach the new version (A38).");
        }
    }

    fn blue_green(&mut self, object: &Object<'b>, colours: View<'b>) {
        let (origin, title) = (colours.origin(), object.title());
        let (active, preview) = (text(Some(colours), "activeService"), text(Some(colours), "previewService"));
        if active.is_none() || active == preview {
            self.wrong(origin, format!("{title} has not two Services"), "The active one is required, and the preview is another (A7).");
        }
        for name in [active, preview].into_iter().flatten() {
            self.service(object, name);
        }
        for name in ["prePromotionAnalysis", "postPromotionAnalysis"] {
            if let Some(analysis) = colours.get(name) {
                self.templates(object, analysis, true);
            }
        }
        let by_hand = colours.get_key(field!("autoPromotionEnabled")).and_then(View::bool) == Some(false);
        if by_hand && colours.get_key(field!("autoPromotionSeconds")).is_some() {
            self.wrong(origin, format!("{title} promotes by hand and after a time"), "The time would be ignored (A9).");
        }
    }

    /// At least one metric, each with one provider, and a count that its failures leave room in (A46).
    fn template(&mut self, object: &Object<'b>) {
        let (origin, title) = (object.view.origin(), object.title());
        let mut names = Vec::new();
        for metric in children(object.spec(), "metrics") {
            let name = text(Some(metric), "name").unwrap_or("");
            if names.contains(&name) {
                self.wrong(metric.origin(), format!("{title} measures `{name}` twice"), "Metrics have names of their own (A46).");
            }
            names.push(name);
            let provider = metric.get_key(field!("provider"));
            if provider.is_none_or(|p| p.children().count() != 1) {
                self.wrong(metric.origin(), format!("{title} does not say how it measures"), "A metric has exactly one provider (A46).");
            }
            let int = |name: &str| metric.get(name).and_then(View::int);
            if int("count").is_some_and(|count| count > 1) && metric.get_key(field!("interval")).is_none() {
                self.wrong(
                    metric.origin(),
                    format!("{title} measures several times, and does not say how often"),
                    "A count over 1 needs an interval (A46).",
                );
            }
            if let (Some(count), Some(failures)) = (int("count"), int("failureLimit"))
                && count <= failures
            {
                self.wrong(metric.origin(), format!("{title} may fail {failures} of {count} measurements"), "It would always pass (A46).");
            }
            let guarded =
                text(Some(metric), "successCondition").is_some_and(|c| c.contains("len(result)") && c.contains("isNaN(result[0])"));
            if provider.is_some_and(|p| p.get_key(field!("prometheus")).is_some()) && !guarded {
                self.wrong(
                    metric.origin(),
                    format!("{title} reads a value that may not be there"),
                    "Prometheus answers with a list, empty where there is no data (A47).",
                );
            }
        }
        if names.is_empty() {
            self.wrong(origin, format!("{title} measures nothing"), "At least one metric (A46).");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prove::support::{World, pod};
    use serde_json::{Value as Json, json};

    fn service(name: &str) -> Json {
        json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": name, "namespace": "shop" }, "spec": { "selector": { "app.kubernetes.io/instance": "web" } } })
    }

    fn template(count: Option<i64>) -> Json {
        let mut metric = json!({
            "name": "errors", "interval": "30s", "failureLimit": 0, "successCondition": "len(result) == 0 || isNaN(result[0]) || result[0] <= 0.01",
            "provider": { "prometheus": { "address": "http://prometheus:9090", "query": "errors" } },
        });
        if let Some(count) = count {
            metric["count"] = json!(count);
        }
        json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisTemplate", "metadata": { "name": "web-errors", "namespace": "shop" },
            "spec": { "metrics": [metric] },
        })
    }

    fn rollout(strategy: Json) -> Json {
        let labels = json!({ "app.kubernetes.io/instance": "web" });
        json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": { "name": "web", "namespace": "shop" },
            "spec": { "strategy": strategy, "selector": { "matchLabels": labels }, "template": { "metadata": { "labels": labels }, "spec": pod("web") } },
        })
    }

    /// A canary with requests split by Istio, and nothing wrong about it.
    fn canary() -> Vec<Json> {
        let part = |subset: &str, weight: i64| json!({ "destination": { "host": "web.shop.svc.cluster.local", "subset": subset }, "weight": weight });
        vec![
            rollout(json!({ "canary": {
                "stableService": "web-stable", "canaryService": "web-canary", "maxSurge": "25%", "maxUnavailable": 0, "scaleDownDelaySeconds": 30,
                "trafficRouting": {
                    "managedRoutes": [{ "name": "canary-when" }],
                    "istio": {
                        "virtualServices": [{ "name": "web", "routes": ["all"] }],
                        "destinationRule": { "name": "web", "stableSubsetName": "stable", "canarySubsetName": "canary" },
                    },
                },
                "steps": [
                    { "setWeight": 10 }, { "setHeaderRoute": { "name": "canary-when" } }, { "pause": {} },
                    { "analysis": { "templates": [{ "templateName": "web-errors" }] } }, { "setWeight": 50 },
                ],
            } })),
            template(Some(4)),
            service("web-stable"),
            service("web-canary"),
            json!({
                "apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": { "name": "web", "namespace": "shop" },
                "spec": { "http": [{ "name": "all", "route": [part("stable", 100), part("canary", 0)] }] },
            }),
            json!({
                "apiVersion": "networking.istio.io/v1", "kind": "DestinationRule", "metadata": { "name": "web", "namespace": "shop" },
                "spec": { "subsets": [{ "name": "stable" }, { "name": "canary" }] },
            }),
        ]
    }

    fn says(objects: &[Json]) -> Vec<String> {
        World::of(objects).found(prove)
    }

    #[test]
    fn a_whole_release_passes() {
        assert_eq!(says(&canary()), Vec::<String>::new());
        let colours =
            rollout(json!({ "blueGreen": { "activeService": "web", "previewService": "web-preview", "autoPromotionEnabled": false } }));
        assert_eq!(says(&[colours, service("web"), service("web-preview")]), Vec::<String>::new());
    }

    /// Each defect alone, and what is said of it.
    #[test]
    fn each_defect_is_found() {
        type Defect = fn(&mut Vec<Json>);
        let cases: &[(Defect, &str)] = &[
            (|o| o[0]["spec"]["strategy"]["blueGreen"] = json!({}), "has not one strategy"),
            (|o| o[0]["spec"]["workloadRef"] = json!({}), "has not its own template"),
            (|o| drop(o.remove(3)), "names no Service: `web-canary`"),
            (|o| o[3]["spec"]["selector"]["app.kubernetes.io/instance"] = json!("wbe"), "has no pods for Service `web-canary`"),
            (|o| o[0]["spec"]["strategy"]["canary"]["canaryService"] = json!("web-stable"), "has one Service for both versions"),
            (|o| o[0]["spec"]["strategy"]["canary"]["maxSurge"] = json!(0), "may neither add nor take a pod"),
            (|o| o[0]["spec"]["strategy"]["canary"]["steps"][4] = json!({ "setWeight": 5 }), "goes from 10% to 5%"),
            (|o| o[0]["spec"]["strategy"]["canary"]["steps"][2] = json!({ "pause": {}, "setWeight": 20 }), "has a step that does 2 things"),
            (
                |o| o[0]["spec"]["strategy"]["canary"]["steps"][1]["setHeaderRoute"]["name"] = json!("other"),
                "sets a rule that it does not manage: `other`",
            ),
            (|o| drop(o.remove(1)), "names no AnalysisTemplate: `web-errors`"),
            (|o| o[1] = template(None), "waits for `web-errors`, which never ends"),
            (|o| o[1]["spec"]["metrics"][0]["failureLimit"] = json!(4), "may fail 4 of 4 measurements"),
            (|o| o[1]["spec"]["metrics"][0]["successCondition"] = json!("result[0] <= 0.01"), "reads a value that may not be there"),
            (|o| o[1]["spec"]["metrics"][0]["provider"] = json!({}), "does not say how it measures"),
            (|o| o[1]["spec"]["metrics"] = json!([]), "measures nothing"),
            (|o| o[4]["spec"]["http"][0]["route"][0]["weight"] = json!(90), "does not begin with everything on the stable version"),
            (|o| o[4]["spec"]["http"][0]["name"] = json!("canary-when"), "has a rule `canary-when`, which the controller would take out"),
            (|o| drop(o.remove(4)), "names no VirtualService: `web`"),
            (|o| o[5]["spec"]["subsets"] = json!([{ "name": "stable" }]), "subset `canary`, which DestinationRule `web` has not"),
            (|o| o[0]["spec"]["strategy"]["canary"]["trafficRouting"] = json!(null), "keeps old pods"),
        ];
        for (defect, expected) in cases {
            let mut objects = canary();
            defect(&mut objects);
            if let Some(canary) = objects[0]["spec"]["strategy"]["canary"].as_object_mut() {
                canary.retain(|_, v| !v.is_null());
            }
            let found = says(&objects);
            assert!(found.iter().any(|f| f.contains(expected)), "{expected}: {found:?}");
        }
    }

    /// A canary whose requests are split where they come in: by a route of the Gateway API, and by an Ingress.
    fn by_ways_in() -> Vec<Json> {
        let path = |service: &str| json!({ "path": "/", "pathType": "Prefix", "backend": { "service": { "name": service, "port": { "number": 80 } } } });
        vec![
            rollout(json!({ "canary": {
                "stableService": "web", "canaryService": "web-canary", "maxSurge": 1, "maxUnavailable": 0, "scaleDownDelaySeconds": 30,
                "trafficRouting": {
                    "managedRoutes": [{ "name": "canary-when" }], "nginx": { "stableIngress": "web" },
                    "plugins": { "argoproj-labs/gatewayAPI": { "namespace": "shop", "httpRoutes": [{ "name": "web", "useHeaderRoutes": true }] } },
                },
                "steps": [{ "setWeight": 10 }, { "setHeaderRoute": { "name": "canary-when" } }],
            } })),
            service("web"),
            service("web-canary"),
            json!({
                "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": { "name": "web", "namespace": "shop" },
                "spec": { "rules": [{ "name": "web", "backendRefs": [{ "name": "web", "port": 80, "weight": 100 }, { "name": "web-canary", "port": 80, "weight": 0 }] }] },
            }),
            json!({
                "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": { "name": "web", "namespace": "shop" },
                "spec": { "rules": [{ "http": { "paths": [path("web")] } }] },
            }),
        ]
    }

    #[test]
    fn seeded_defects_of_ways_in_are_found() {
        assert_eq!(says(&by_ways_in()), Vec::<String>::new());
        type Defect = fn(&mut Vec<Json>);
        let cases: [(Defect, &str); 7] = [
            (|o| o[3]["spec"]["rules"][0]["backendRefs"][1]["weight"] = json!(5), "does not begin with everything on the stable version"),
            (
                |o| o[3]["spec"]["rules"][0]["name"] = json!("canary-when-1"),
                "has a rule `canary-when-1`, which the controller would take out",
            ),
            (|o| o[3]["metadata"]["name"] = json!("other"), "names no HTTPRoute: `web`"),
            (|o| o[3]["spec"]["rules"][0]["backendRefs"] = json!([]), "no rule of HTTPRoute `web` leads to the versions"),
            (|o| o[4]["metadata"]["name"] = json!("other"), "names no Ingress: `web`"),
            (
                |o| o[4]["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"] = json!("web-canary"),
                "no rule of Ingress `web` leads to `web`",
            ),
            (|o| o[0]["spec"]["strategy"]["canary"]["trafficRouting"] = json!({}), "has a router that is none"),
        ];
        for (defect, expected) in cases {
            let mut objects = by_ways_in();
            defect(&mut objects);
            let found = says(&objects);
            assert!(found.iter().any(|f| f.contains(expected)), "{expected}: {found:?}");
        }
    }
}
