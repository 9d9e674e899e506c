//! Monitors find what they are to scrape, and rules are such as Prometheus and its operator take (M1, M2, M7).

use super::scene::{OWN_FAULT, Object, Scene};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::tape::{View, field};
use crate::units::PromQl;
use rustc_hash::{FxHashMap, FxHashSet};

/// Monitors and rules, read back.
pub(super) fn prove(scene: &Scene<'_>, diagnostics: &mut Diagnostics) {
    let mut services: Option<FxHashMap<&str, Vec<&Object<'_>>>> = None;
    for object in &scene.objects {
        let wrong = match object.kind {
            "ServiceMonitor" => {
                let services = services.get_or_insert_with(|| {
                    let mut all: FxHashMap<&str, Vec<_>> = FxHashMap::default();
                    scene.of_kind("Service").for_each(|service| all.entry(service.namespace).or_default().push(service));
                    all
                });
                of_services(object, services.get(object.namespace).map_or(&[], Vec::as_slice))
            }
            "PodMonitor" => of_pods(object, scene),
            "PrometheusRule" => rules(object),
            _ => None,
        };
        if let Some(wrong) = wrong {
            let said = Diagnostic::error(codes::SENSELESS, format!("{} {wrong}", object.title())).why(OWN_FAULT);
            diagnostics.push(scene.at(said, object.view.origin(), "written because of this"));
        }
    }
}

/// Does the selector of a monitor match these labels? Its selector has `matchLabels` alone.
fn selects(monitor: &Object<'_>, labels: Option<View<'_>>) -> bool {
    let wanted = monitor.spec().and_then(|spec| spec.follow(&[field!("selector"), field!("matchLabels")]));
    wanted.into_iter().flat_map(View::children).all(|pair| labels.and_then(|l| l.get_like(pair)).and_then(View::str) == pair.str())
}

/// The names of the ports that a monitor reads.
fn ports<'a>(monitor: &Object<'a>, list: &str) -> Vec<&'a str> {
    let endpoints = monitor.spec().and_then(|spec| spec.get(list));
    endpoints.into_iter().flat_map(View::children).filter_map(|e| e.get_key(field!("port"))).filter_map(View::str).collect()
}

/// M1, M2: by the labels of one Service, which has a port of the name. Two Services of one tier would have each pod scraped twice.
fn of_services(monitor: &Object<'_>, services: &[&Object<'_>]) -> Option<String> {
    let found: Vec<_> = services.iter().filter(|service| selects(monitor, service.labels())).collect();
    let [service] = found.as_slice() else {
        return Some(match found.len() {
            0 => "selects no Service of its namespace".to_owned(),
            count => format!("selects {count} Services, and each pod would be scraped as often"),
        });
    };
    let list = service.spec().and_then(|spec| spec.get_key(field!("ports")));
    let names: Vec<_> = list.into_iter().flat_map(View::children).filter_map(|p| p.get_key(field!("name"))).filter_map(View::str).collect();
    let missing = ports(monitor, "endpoints").into_iter().find(|port| !names.contains(port))?;
    Some(format!("reads port `{missing}`, which Service `{}` does not name", service.name))
}

/// M1: by the labels of pods, whose containers have a port of the name.
fn of_pods(monitor: &Object<'_>, scene: &Scene<'_>) -> Option<String> {
    let mut found = scene.workloads.iter().filter(|w| w.object.namespace == monitor.namespace && selects(monitor, w.labels)).peekable();
    if found.peek().is_none() {
        return Some("selects no pod of its namespace".to_owned());
    }
    let names: FxHashSet<&str> = found
        .flat_map(super::scene::Workload::containers)
        .filter_map(|(_, container)| container.get_key(field!("ports")))
        .flat_map(View::children)
        .filter_map(|port| port.get_key(field!("name")))
        .filter_map(View::str)
        .collect();
    let missing = ports(monitor, "podMetricsEndpoints").into_iter().find(|port| !names.contains(port))?;
    Some(format!("reads port `{missing}`, which no container of its pods names"))
}

/// M7.
fn rules(object: &Object<'_>) -> Option<String> {
    let groups = object.spec().and_then(|spec| spec.get("groups"))?;
    let mut names = FxHashSet::default();
    for group in groups.children() {
        let name = group.get("name").and_then(View::str).unwrap_or("");
        if name.is_empty() || !names.insert(name) {
            return Some(format!("has no group of its own named `{name}`"));
        }
        for rule in group.get("rules").into_iter().flat_map(View::children) {
            let (alert, record) = (rule.get("alert").and_then(View::str), rule.get("record").and_then(View::str));
            let named = match (alert, record) {
                (Some(name), None) | (None, Some(name)) => name,
                _ => return Some(format!("has a rule in group `{name}` that is not one of alert and record")),
            };
            let only = ["for", "keep_firing_for", "annotations"].into_iter().find(|field| rule.get(field).is_some());
            if let (Some(record), Some(field)) = (record, only) {
                return Some(format!("records `{record}` with `{field}`, which only an alert has"));
            }
            let query = rule.get("expr").and_then(View::str).unwrap_or("");
            if let Err(fault) = PromQl::parse(query) {
                return Some(format!("has a query in `{named}` that Prometheus refuses: {}", fault.message));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "a test that meets the unexpected must fail")]
    use crate::prove::support::{World, deployment};
    use serde_json::{Value, json};

    fn service(name: &str, instance: &str) -> Value {
        json!({ "apiVersion": "v1", "kind": "Service",
            "metadata": { "name": name, "namespace": "shop", "labels": { "app.kubernetes.io/instance": instance } },
            "spec": { "ports": [{ "name": "http", "port": 80 }] } })
    }
    fn monitor(kind: &str, instance: &str, port: &str) -> Value {
        let list = if kind == "PodMonitor" { "podMetricsEndpoints" } else { "endpoints" };
        json!({ "apiVersion": "monitoring.coreos.com/v1", "kind": kind, "metadata": { "name": "web", "namespace": "shop" },
            "spec": { "selector": { "matchLabels": { "app.kubernetes.io/instance": instance } }, list: [{ "port": port }] } })
    }
    fn rule(rule: &Value) -> Value {
        json!({ "apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "metadata": { "name": "web", "namespace": "shop" },
            "spec": { "groups": [{ "name": "a", "rules": [rule] }] } })
    }
    fn says(objects: &[Value]) -> String {
        World::of(objects).found(super::prove).join("\n")
    }

    #[test]
    fn monitors_find_what_they_scrape() {
        let of = |kind, instance, port| says(&[service("web", "web"), deployment("shop", "web"), monitor(kind, instance, port)]);
        assert_eq!(of("ServiceMonitor", "web", "http"), "");
        assert_eq!(of("PodMonitor", "web", "http"), "");
        assert_eq!(of("ServiceMonitor", "wbe", "http"), "E0304 ServiceMonitor `shop/web` selects no Service of its namespace");
        assert_eq!(of("PodMonitor", "wbe", "http"), "E0304 PodMonitor `shop/web` selects no pod of its namespace");
        assert_eq!(
            of("ServiceMonitor", "web", "8080"),
            "E0304 ServiceMonitor `shop/web` reads port `8080`, which Service `web` does not name"
        );
        assert_eq!(of("PodMonitor", "web", "8080"), "E0304 PodMonitor `shop/web` reads port `8080`, which no container of its pods names");
        let two = says(&[service("web", "web"), service("web-headless", "web"), monitor("ServiceMonitor", "web", "http")]);
        assert_eq!(two, "E0304 ServiceMonitor `shop/web` selects 2 Services, and each pod would be scraped as often");
    }

    #[test]
    fn rules_are_such_as_prometheus_takes() {
        assert_eq!(says(&[rule(&json!({ "alert": "A", "expr": "up == 0", "for": "5m" }))]), "");
        assert_eq!(
            says(&[rule(&json!({ "record": "a", "expr": "up", "for": "5m" }))]),
            "E0304 PrometheusRule `shop/web` records `a` with `for`, which only an alert has"
        );
        assert_eq!(
            says(&[rule(&json!({ "record": "a", "alert": "A", "expr": "up" }))]),
            "E0304 PrometheusRule `shop/web` has a rule in group `a` that is not one of alert and record"
        );
        assert_eq!(
            says(&[rule(&json!({ "alert": "A", "expr": "rate(up)" }))]),
            "E0304 PrometheusRule `shop/web` has a query in `A` that Prometheus refuses: `rate` takes a range vector here, and this is an instant vector"
        );
        let mut twice = rule(&json!({ "alert": "A", "expr": "up" }));
        let group = twice["spec"]["groups"][0].clone();
        twice["spec"]["groups"] = json!([group, group]);
        assert_eq!(says(&[twice]), "E0304 PrometheusRule `shop/web` has no group of its own named `a`");
    }
}
