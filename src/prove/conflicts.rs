//! Objects that work against each other, or against nothing: autoscalers, disruption budgets, Services and what they select.

mod autoscalers;

use autoscalers::range;

use super::chains::Chains;
use super::scene::{INSTANCE_KEY, Object, Scene, Workload, fields};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, codes};
use crate::tape::{Key, Origin, Value, View, field, key};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::OnceCell;

const SELECTOR: Key = key("selector");
const MATCH_LABELS: Key = key("matchLabels");
const MATCH_EXPRESSIONS: Key = key("matchExpressions");
const PORTS: Key = key("ports");
const NAME: Key = key("name");
const RESOURCES: Key = key("resources");

/// Checks every object that is about others.
pub(super) fn prove(scene: &Scene<'_>, diagnostics: &mut Diagnostics) {
    let by_instance = Chains::of(scene.workloads.iter().map(|workload| (workload.object.namespace, workload.instance)));
    let by_name =
        scene.workloads.iter().map(|workload| ((workload.object.namespace, workload.object.kind, workload.object.name), workload));
    let is_headless =
        |service: &&Object<'_>| service.spec().and_then(|spec| spec.get_key(field!("clusterIP"))).and_then(View::str) == Some("None");
    let headless = scene.of_kind("Service").filter(is_headless).map(|service| (service.namespace, service.name)).collect();
    let mut proof = Proof {
        scene,
        headless,
        by_namespace: OnceCell::new(),
        by_instance,
        by_name: by_name.collect(),
        scaled: FxHashMap::default(),
        sized: FxHashMap::default(),
        written: OnceCell::new(),
        diagnostics,
    };
    // The others ask which workloads are scaled.
    for object in scene.of_kind("HorizontalPodAutoscaler").chain(scene.of_kind("ScaledObject")) {
        proof.horizontal(object);
    }
    for object in scene.of_kind("ScaledObject") {
        proof.triggers(object);
    }
    for object in &scene.objects {
        match object.kind {
            "VerticalPodAutoscaler" => proof.vertical(object),
            "PodDisruptionBudget" => proof.budget(object),
            "Service" => proof.service(object),
            "StatefulSet" => proof.stateful_set(object),
            _ => {}
        }
    }
    for workload in &scene.workloads {
        proof.spread(workload);
    }
}

struct Proof<'s, 'b> {
    scene: &'s Scene<'b>,
    /// The headless Services, by namespace and name.
    headless: FxHashSet<(&'b str, &'b str)>,
    /// Most selectors name an instance: the table is made for the first that does not.
    by_namespace: OnceCell<Chains<&'b str>>,
    by_instance: Chains<(&'b str, &'b str)>,
    by_name: FxHashMap<(&'b str, &'b str, &'b str), &'s Workload<'b>>,
    /// The HorizontalPodAutoscaler or ScaledObject of each namespace, kind and name.
    scaled: FxHashMap<(&'b str, &'b str, &'b str), Object<'b>>,
    /// The VerticalPodAutoscaler of each.
    sized: FxHashMap<(&'b str, &'b str, &'b str), Object<'b>>,
    /// Every object, by namespace, kind and name.
    written: OnceCell<FxHashSet<(&'b str, &'b str, &'b str)>>,
    diagnostics: &'s mut Diagnostics,
}

impl<'s, 'b> Proof<'s, 'b> {
    fn say(&mut self, code: Code, title: String, places: &[(Origin, &str)], why: &str, help: &str) {
        let said = Diagnostic::error(code, title).why(why);
        let said = places.iter().fold(said, |said, (origin, text)| self.scene.at(said, *origin, text));
        self.diagnostics.push(if help.is_empty() { said } else { said.help(help) });
    }

    /// The workloads that a selector's labels mean in a namespace.
    fn selected(&self, namespace: &'b str, labels: View<'b>) -> Vec<&'s Workload<'b>> {
        let instance = labels.get_key(INSTANCE_KEY).and_then(View::str).filter(|instance| !instance.is_empty());
        // That of the instance they are found by.
        let has = |workload: &&Workload<'b>| {
            let mut others = labels.children().filter(|label| label.key_id() != INSTANCE_KEY || instance.is_none());
            others.all(|label| workload.labels.and_then(|own| own.get_like(label)).and_then(View::str) == label.str())
        };
        let workload = |at: u32| self.scene.workloads.get(at as usize);
        match instance {
            Some(instance) => self.by_instance.get(&(namespace, instance)).filter_map(workload).filter(has).collect(),
            None => {
                let all = || Chains::of(self.scene.workloads.iter().map(|workload| workload.object.namespace));
                self.by_namespace.get_or_init(all).get(&namespace).filter_map(workload).filter(has).collect()
            }
        }
    }

    /// A budget that lets no pod go keeps nodes from being drained for ever (P2), of an autoscaled workload when it has its fewest pods (H12), and
    /// one for no pods protects nothing.
    fn budget(&mut self, object: &Object<'b>) {
        let Some(spec) = object.spec() else { return };
        let origin = || object.view.origin();
        let Some(selector) = spec.get_key(SELECTOR).filter(|selector| selector.get_key(MATCH_EXPRESSIONS).is_none()) else { return };
        let Some(labels) = selector.get_key(MATCH_LABELS) else {
            let title = format!("{} protects every pod of its namespace", object.title());
            return self.say(
                codes::CONFLICT,
                title,
                &[(origin(), "the budget")],
                "A pod with two budgets cannot be evicted at all (P3).",
                "",
            );
        };
        let workloads = self.selected(object.namespace, labels);
        if workloads.is_empty() {
            let title = format!("{} protects no pod", object.title());
            return self.say(codes::SENSELESS, title, &[(origin(), "the budget")], "Its selector matches the pods of no workload.", "");
        }
        let replicas: i64 = workloads
            .iter()
            .map(|workload| {
                let name = (workload.object.namespace, workload.object.kind, workload.object.name);
                let least = self.scaled.get(&name).map(|scaler| range(scaler).0);
                least.or_else(|| workload.spec.get_key(field!("replicas")).and_then(View::int)).unwrap_or(1)
            })
            .sum::<i64>()
            .max(1);
        // Percentages are rounded up, for either rule.
        let count = |value: View<'_>| match value.value() {
            Value::Int(count) => Some(count),
            Value::Str(text) => {
                text.strip_suffix('%').and_then(|text| text.parse::<i64>().ok()).map(|percent| (replicas * percent + 99) / 100)
            }
            _ => None,
        };
        let [least, most] = fields(spec, [field!("minAvailable"), field!("maxUnavailable")]);
        let given = |value: Option<View<'b>>| value.and_then(|value| Some((value, count(value)?)));
        let blocked = match (given(least), given(most)) {
            (Some((value, least)), _) if least >= replicas => Some((value, format!("{least} of {replicas} must stay"))),
            (_, Some((value, 0))) => Some((value, "none may be missing".to_owned())),
            _ => None,
        };
        if let Some((value, how)) = blocked {
            let title = format!("the disruption budget of `{}` lets no pod go: {how}", object.name);
            let why = "A node that runs one of the pods can never be drained: every eviction is refused.";
            self.say(
                codes::ROLLOUT,
                title,
                &[(value.origin(), "lets none go")],
                why,
                "write `disruption { max-unavailable = 1 }`, or run one replica more",
            );
        }
    }

    /// A Service selects pods, and each of its ports is one that they listen on (check 75).
    fn service(&mut self, object: &Object<'b>) {
        let Some(spec) = object.spec() else { return };
        let Some(labels) = spec.get_key(SELECTOR) else { return };
        let workloads = self.selected(object.namespace, labels);
        if workloads.is_empty() {
            let title = format!("{} leads to no pod", object.title());
            return self.say(
                codes::SENSELESS,
                title,
                &[(object.view.origin(), "the Service")],
                "Its selector matches the pods of no workload.",
                "",
            );
        }
        for port in spec.get_key(PORTS).into_iter().flat_map(View::children) {
            let [target, number, protocol] = fields(port, [field!("targetPort"), field!("port"), field!("protocol")]);
            let Some(target) = target.or(number) else { continue };
            let or_tcp = |protocol: Option<View<'b>>| protocol.and_then(View::str).unwrap_or("TCP");
            let listens = |own: View<'b>| {
                let [number, name, own] = fields(own, [field!("containerPort"), NAME, field!("protocol")]);
                let is_meant = match target.value() {
                    Value::Int(wanted) => number.and_then(View::int) == Some(wanted),
                    Value::Str(wanted) => name.and_then(View::str) == Some(wanted),
                    _ => false,
                };
                is_meant && or_tcp(own) == or_tcp(protocol)
            };
            let declared = |workload: &&&Workload<'b>| {
                workload.containers().any(|(_, c)| c.get_key(PORTS).into_iter().flat_map(View::children).any(listens))
            };
            if let Some(workload) = workloads.iter().find(|workload| !declared(workload)) {
                let number = target.int().map_or_else(|| target.str().unwrap_or("").to_owned(), |number| number.to_string());
                let title =
                    format!("{} leads to port {number} of {}, on which no container listens", object.title(), workload.object.title());
                let why = "Connections to the Service would be refused by the pod.";
                self.say(codes::SENSELESS, title, &[(port.origin(), "this port")], why, "");
            }
        }
    }

    /// A StatefulSet's Service is there and headless (C6): without it no pod has its name.
    fn stateful_set(&mut self, object: &Object<'b>) {
        let Some(name) = object.spec().and_then(|spec| spec.get_key(field!("serviceName"))) else { return };
        if !self.headless.contains(&(object.namespace, name.str().unwrap_or(""))) {
            let title = format!("{} names no headless Service: `{}`", object.title(), name.str().unwrap_or(""));
            self.say(
                codes::SENSELESS,
                title,
                &[(name.origin(), "written because of this")],
                "Without it its pods have no names of their own.",
                "",
            );
        }
    }

    /// Spread and anti-affinity are over pods that exist: a constraint whose selector does not match its own pods spreads nothing (P6).
    fn spread(&mut self, workload: &Workload<'b>) {
        for constraint in workload.pod.get_key(field!("topologySpreadConstraints")).into_iter().flat_map(View::children) {
            let labels = constraint.follow(&[field!("labelSelector"), field!("matchLabels")]);
            let own = |labels: View<'_>| {
                labels.children().all(|label| workload.labels.and_then(|own| own.get_like(label)).and_then(View::str) == label.str())
            };
            if labels.is_some_and(|labels| !own(labels)) {
                let title = format!("{} is spread by labels that its pods do not have", workload.object.title());
                self.say(
                    codes::SENSELESS,
                    title,
                    &[(constraint.origin(), "written because of this")],
                    "Its pods are not counted, so that nothing is spread.",
                    "",
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "a test that meets the unexpected must fail")]
    use super::prove;
    use crate::prove::support::{World, deployment};
    use serde_json::{Value, json};

    fn web(replicas: Option<i64>) -> Value {
        let mut object = deployment("shop", "web");
        object["spec"]["replicas"] = json!(replicas);
        if replicas.is_none() {
            object["spec"].as_object_mut().into_iter().for_each(|spec| drop(spec.remove("replicas")));
        }
        object
    }
    fn scaler(name: &str) -> Value {
        json!({
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": { "name": name, "namespace": "shop" },
            "spec": {
                "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" }, "minReplicas": 2, "maxReplicas": 9,
                "metrics": [{
                    "type": "ContainerResource",
                    "containerResource": { "name": "cpu", "container": "web", "target": { "type": "Utilization", "averageUtilization": 70 } },
                }],
            },
        })
    }
    fn sizer(resources: Value, mode: &str) -> Value {
        json!({
            "apiVersion": "autoscaling.k8s.io/v1", "kind": "VerticalPodAutoscaler", "metadata": { "name": "web", "namespace": "shop" },
            "spec": {
                "targetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" }, "updatePolicy": { "updateMode": mode },
                "resourcePolicy": { "containerPolicies": [{ "containerName": "web", "controlledResources": resources }] },
            },
        })
    }
    fn budget(field: &str, value: Value) -> Value {
        json!({
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": { "name": "web", "namespace": "shop" },
            "spec": { field: value, "selector": { "matchLabels": { "app.kubernetes.io/instance": "web" } } },
        })
    }
    fn service(target: Value, instance: &str) -> Value {
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": { "name": "web", "namespace": "shop" },
            "spec": { "selector": { "app.kubernetes.io/instance": instance }, "ports": [{ "name": "http", "port": 80, "targetPort": target }] },
        })
    }
    fn says(objects: &[Value]) -> Vec<String> {
        World::of(objects).found(prove)
    }
    fn one(objects: &[Value], expected: &str) {
        assert_eq!(says(objects), [expected]);
    }
    const NONE: [&str; 0] = [];

    #[test]
    fn what_fits_together_passes() {
        let all = [
            web(None),
            scaler("web"),
            sizer(json!(["memory"]), "Initial"),
            budget("maxUnavailable", json!(1)),
            service(json!(8080), "web"),
        ];
        assert_eq!(says(&all), NONE);
        assert_eq!(says(&[web(None), scaler("web"), sizer(json!(["cpu"]), "Off")]), NONE);
        assert_eq!(says(&[web(Some(2)), sizer(json!(["cpu"]), "Recreate"), service(json!("http"), "web")]), NONE);
    }

    #[test]
    fn autoscalers_that_fight() {
        one(&[web(Some(3)), scaler("web")], "E0306 Deployment `shop/web` has a fixed number of replicas and an autoscaler");
        one(&[web(None), scaler("a"), scaler("b")], "E0306 two autoscalers set the replicas of Deployment `shop/web`: `a` and `b`");
        one(
            &[web(None), scaler("web"), sizer(json!(["cpu", "memory"]), "Recreate")],
            "E0306 `scale` and `autosize` of `web` both go by cpu",
        );
        one(&[scaler("web")], "E0306 HorizontalPodAutoscaler `shop/web` is for Deployment `web`, which is not there");
        let mut lost = web(None);
        lost["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({ "requests": { "memory": "1Gi" } });
        one(&[lost, scaler("web")], "E0306 the autoscaler of `web` scales by cpu use, and container `web` requests none");
        let mut other = scaler("web");
        other["spec"]["metrics"][0]["containerResource"]["container"] = json!("proxy");
        one(&[web(None), other], "E0306 the autoscaler of `web` measures a container that is not in its pods: `proxy`");
        let mut second = sizer(json!(["memory"]), "Initial");
        second["metadata"]["name"] = json!("other");
        one(
            &[web(None), sizer(json!(["memory"]), "Initial"), second],
            "E0306 two VerticalPodAutoscalers set what Deployment `shop/web` asks for: `web` and `other`",
        );
        let mut reversed = scaler("web");
        reversed["spec"]["minReplicas"] = json!(10);
        one(&[web(None), reversed], "E0304 Deployment `shop/web` may not have fewer than 10 replicas nor more than 9");
    }

    fn keda(triggers: Value, least: i64) -> Value {
        json!({
            "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": { "name": "web", "namespace": "shop" },
            "spec": {
                "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" },
                "minReplicaCount": least, "maxReplicaCount": 9, "triggers": triggers,
            },
        })
    }

    #[test]
    fn scaled_objects_are_held_against_what_keda_asks() {
        let cpu =
            json!({ "type": "cpu", "name": "cpu", "metricType": "Utilization", "metadata": { "value": "70", "containerName": "web" } });
        let list = json!({ "type": "redis", "name": "jobs", "metadata": {}, "authenticationRef": { "name": "web-jobs" } });
        let who = json!({
            "apiVersion": "keda.sh/v1alpha1", "kind": "TriggerAuthentication", "metadata": { "name": "web-jobs", "namespace": "shop" }, "spec": {},
        });
        assert_eq!(says(&[web(None), keda(json!([cpu, list]), 0), who.clone(), sizer(json!(["memory"]), "Recreate")]), NONE);
        one(
            &[web(Some(2)), keda(json!([list]), 0), who.clone()],
            "E0306 Deployment `shop/web` has a fixed number of replicas and an autoscaler",
        );
        one(
            &[web(None), keda(json!([list]), 0), who.clone(), scaler("web")],
            "E0306 two autoscalers set the replicas of Deployment `shop/web`: `web` and `web`",
        );
        one(
            &[web(None), keda(json!([list]), 10), who.clone()],
            "E0304 Deployment `shop/web` may not have fewer than 10 replicas nor more than 9",
        );
        one(
            &[web(None), keda(json!([list]), 0)],
            "E0306 ScaledObject `shop/web` names the TriggerAuthentication `web-jobs`, which is not there",
        );
        one(&[web(None), keda(json!([list, list]), 0), who], "E0306 ScaledObject `shop/web` has two triggers `jobs`");
        one(&[web(None), keda(json!([cpu]), 0)], "E0306 ScaledObject `shop/web` takes all pods away and goes by their use alone");
        one(&[web(None), keda(json!([cpu]), 1), sizer(json!(["cpu"]), "Recreate")], "E0306 `scale` and `autosize` of `web` both go by cpu");
        let mut lost = web(None);
        lost["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({ "requests": { "memory": "1Gi" } });
        one(&[lost, keda(json!([cpu]), 1)], "E0306 the autoscaler of `web` scales by cpu use, and container `web` requests none");
    }

    #[test]
    fn budgets_that_block() {
        one(
            &[web(Some(2)), budget("maxUnavailable", json!(0))],
            "E0315 the disruption budget of `web` lets no pod go: none may be missing",
        );
        one(
            &[web(Some(2)), budget("maxUnavailable", json!("0%"))],
            "E0315 the disruption budget of `web` lets no pod go: none may be missing",
        );
        one(&[web(Some(2)), budget("minAvailable", json!(2))], "E0315 the disruption budget of `web` lets no pod go: 2 of 2 must stay");
        one(&[web(Some(3)), budget("minAvailable", json!("70%"))], "E0315 the disruption budget of `web` lets no pod go: 3 of 3 must stay");
        assert_eq!(says(&[web(Some(3)), budget("minAvailable", json!("60%"))]), NONE);
        // The autoscaler's least counts, not its most.
        one(
            &[web(None), scaler("web"), budget("minAvailable", json!(2))],
            "E0315 the disruption budget of `web` lets no pod go: 2 of 2 must stay",
        );
        one(&[budget("maxUnavailable", json!(1))], "E0304 PodDisruptionBudget `shop/web` protects no pod");
    }

    #[test]
    fn services_that_lead_nowhere() {
        one(&[web(Some(2)), service(json!(8080), "wbe")], "E0304 Service `shop/web` leads to no pod");
        one(
            &[web(Some(2)), service(json!(9090), "web")],
            "E0304 Service `shop/web` leads to port 9090 of Deployment `shop/web`, on which no container listens",
        );
        let mut udp = service(json!(8080), "web");
        udp["spec"]["ports"][0]["protocol"] = json!("UDP");
        one(&[web(Some(2)), udp], "E0304 Service `shop/web` leads to port 8080 of Deployment `shop/web`, on which no container listens");
    }

    #[test]
    fn stateful_sets_and_spread() {
        let mut set = web(Some(1));
        set["kind"] = json!("StatefulSet");
        set["spec"]["serviceName"] = json!("web-headless");
        one(&[set], "E0304 StatefulSet `shop/web` names no headless Service: `web-headless`");
        let mut spread = web(Some(2));
        spread["spec"]["template"]["spec"]["topologySpreadConstraints"] =
            json!([{ "labelSelector": { "matchLabels": { "app.kubernetes.io/instance": "other" } } }]);
        one(&[spread], "E0304 Deployment `shop/web` is spread by labels that its pods do not have");
    }
}
