//! Objects, and exactly what is wrong with each.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that meets the unexpected must fail")]
use super::*;
use serde_json::json;

/// Writes a JSON value; origins count the cells of each tape from 1.
fn put(tape: &mut Tape, key: Key, value: &serde_json::Value, root: bool, next: &mut u32) {
    *next += 1;
    let origin = Origin(*next);
    match value {
        serde_json::Value::Null => tape.null(key, origin),
        serde_json::Value::Bool(v) => tape.bool(key, *v, origin),
        serde_json::Value::Number(v) => match v.as_i64() {
            Some(v) => tape.int(key, v, origin),
            None => tape.float(key, v.as_f64().unwrap(), origin),
        },
        serde_json::Value::String(v) => tape.str(key, v, origin),
        serde_json::Value::Array(v) => {
            let mark = tape.seq(key, origin);
            v.iter().for_each(|item| put(tape, Key::NONE, item, false, next));
            tape.close(mark);
        }
        serde_json::Value::Object(v) => {
            let mark = if root { tape.root(origin) } else { tape.map(key, origin) };
            for (name, item) in v {
                // A trailing `!` lets a test write the same key twice.
                let key = tape.intern(name.trim_end_matches('!'));
                put(tape, key, item, false, next);
            }
            tape.close(mark);
        }
    }
}
fn tape_of(objects: &[serde_json::Value]) -> Tape {
    let mut tape = Tape::new();
    let mut next = 0;
    objects.iter().for_each(|object| put(&mut tape, Key::NONE, object, true, &mut next));
    tape
}
fn violations(minor: u8, objects: &[serde_json::Value]) -> Vec<(usize, String, Problem)> {
    let mut found = Vec::new();
    check(tape_of(objects).objects(), minor, &mut |v| {
        assert_ne!(v.origin, Origin::NONE);
        found.push((v.object, v.path, v.problem));
    });
    found
}
fn deployment() -> serde_json::Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": { "name": "a", "labels": { "app": "a", "example.com/x": "1" } },
        "spec": {
            "replicas": 2,
            "selector": { "matchLabels": { "app": "a" } },
            "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxSurge": "25%", "maxUnavailable": 0 } },
            "template": {
                "metadata": { "labels": { "app": "a" } },
                "spec": { "containers": [{
                    "name": "a", "image": "r/a:1",
                    "ports": [{ "containerPort": 80, "protocol": "TCP" }, { "containerPort": 80, "protocol": "UDP" }],
                    "resources": { "limits": { "cpu": "500m", "memory": "1Gi" } }
                }] }
            }
        }
    })
}
/// The one violation of a deployment changed at a JSON pointer.
fn changed(minor: u8, pointer: &str, value: serde_json::Value) -> (String, Problem) {
    let mut object = deployment();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = object.pointer_mut(parent).unwrap();
    if let Some(list) = parent.as_array_mut() {
        list.insert(name.parse().unwrap(), value);
    } else {
        parent.as_object_mut().unwrap().insert(name.replace("~1", "/"), value);
    }
    // After a right one of another shape, and twice, so that the second meets the known shape.
    let found = violations(minor, &[deployment(), object.clone(), object]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!((found[0].0, found[1].0), (1, 2));
    assert_eq!(found[0].2, found[1].2);
    (found[0].1.clone(), found[0].2.clone())
}

#[test]
fn right_objects_pass_at_every_minor() {
    let vpa = json!({
        "apiVersion": "autoscaling.k8s.io/v1", "kind": "VerticalPodAutoscaler", "metadata": { "name": "a" },
        "spec": { "targetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "a" }, "updatePolicy": { "updateMode": "Off" },
            "resourcePolicy": { "containerPolicies": [{ "containerName": "*", "minAllowed": { "cpu": "50m", "memory": 1024 } }] } }
    });
    let external = json!({
        "apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": { "name": "a" },
        "spec": { "refreshInterval": "1h", "secretStoreRef": { "kind": "ClusterSecretStore", "name": "vault" }, "target": { "name": "a" },
            "data": [{ "secretKey": "password", "remoteRef": { "key": "a/b" } }] }
    });
    for minor in schema::MINORS {
        assert_eq!(violations(minor, &[deployment(), deployment(), vpa.clone(), external.clone()]), []);
    }
}

#[test]
fn unknown_fields_name_the_nearest_and_the_minors() {
    let unknown = |name: &str, shape, suggestion, minors: &[u8]| Problem::UnknownField {
        name: name.to_owned(),
        shape,
        suggestion,
        minors: minors.to_vec(),
    };
    let (path, problem) = changed(35, "/spec/replicsa", json!(1));
    assert_eq!(path, "spec.replicsa");
    assert_eq!(problem, unknown("replicsa", "DeploymentSpec", Some("replicas"), &[]));
    let (path, problem) = changed(33, "/spec/template/spec/hostnameOverride", json!("x"));
    assert_eq!(path, "spec.template.spec.hostnameOverride");
    assert_eq!(problem, unknown("hostnameOverride", "PodSpec", None, &[34, 35, 36, 37]));
    let (_, problem) = changed(33, "/spec/template/spec/containers/0/secretName", json!("x"));
    assert_eq!(problem, unknown("secretName", "Container", None, &[]));
}

#[test]
fn fields_behind_a_gate_are_reported_where_it_is_off() {
    let (path, problem) = changed(34, "/spec/template/spec/hostnameOverride", json!("x"));
    assert_eq!(path, "spec.template.spec.hostnameOverride");
    assert_eq!(problem, Problem::SwitchedOff { gate: "HostnameOverride", on_since: Some(35) });
}

#[test]
fn kinds_of_values() {
    let wrong = |expected, found| Problem::WrongType { expected, found };
    assert_eq!(changed(35, "/spec/replicas", json!("2")).1, wrong("a whole number", "text"));
    assert_eq!(changed(35, "/spec/replicas", json!(2.5)).1, wrong("a whole number", "a number with a fraction"));
    assert_eq!(changed(35, "/spec/paused", json!("no")).1, wrong("true or false", "text"));
    assert_eq!(
        changed(35, "/metadata/labels/example.com~1y", json!(1)).1,
        Problem::WrongType { expected: "text", found: "a whole number" }
    );
    assert_eq!(changed(35, "/spec/template/spec/containers/0/args", json!("x")).1, wrong("a list", "text"));
    assert_eq!(changed(35, "/spec/template/spec/containers/0/args", json!([null])).1, wrong("text", "null"));
    assert_eq!(changed(35, "/spec/strategy/rollingUpdate/maxSurge", json!(true)).1, wrong("a whole number or text", "true or false"));
}

#[test]
fn values_of_a_known_shape_are_still_looked_at() {
    let (path, problem) = changed(35, "/spec/strategy/type", json!("Rollingupdate"));
    assert_eq!(path, "spec.strategy.type");
    let allowed = vec!["Recreate", "RollingUpdate"];
    assert_eq!(problem, Problem::NotInEnum { value: "Rollingupdate".to_owned(), allowed, suggestion: Some("RollingUpdate") });
    let (path, problem) = changed(35, "/spec/template/spec/containers/0/resources/limits/memory", json!("1 Gi"));
    assert_eq!(path, "spec.template.spec.containers[0].resources.limits.memory");
    assert!(matches!(problem, Problem::Pattern { value, .. } if value == "1 Gi"));
    assert!(matches!(changed(35, "/spec/replicas", json!(1_i64 << 31)).1, Problem::Pattern { .. }));
}

#[test]
fn list_keys_and_sets_do_not_repeat() {
    let (path, problem) = changed(35, "/spec/template/spec/containers/0/ports/2", json!({ "containerPort": 80 }));
    assert_eq!(path, "spec.template.spec.containers[0].ports[2]");
    assert_eq!(problem, Problem::DuplicateListKey { keys: "containerPort 80".to_owned(), first: 0 });
    let (path, problem) = changed(35, "/metadata/finalizers", json!(["a/b", "a/b"]));
    assert_eq!(path, "metadata.finalizers[1]");
    assert_eq!(problem, Problem::DuplicateListKey { keys: "a/b".to_owned(), first: 0 });
    // Distinct in the first of the shape, the same in the second.
    let with = |name: &str| {
        let mut object = deployment();
        object["spec"]["template"]["spec"]["containers"].as_array_mut().unwrap().push(json!({ "name": name }));
        object
    };
    let found = violations(35, &[with("b"), with("a"), with("c")]);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].0, found[0].1.as_str()), (1, "spec.template.spec.containers[1]"));
    // All keys but the last are those of the first object, which passed.
    let mut ports = deployment();
    ports["spec"]["template"]["spec"]["containers"][0]["ports"][1]["protocol"] = json!("TCP");
    let found = violations(35, &[deployment(), ports, deployment()]);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].0, found[0].1.as_str()), (1, "spec.template.spec.containers[0].ports[1]"));
}

#[test]
fn fields_and_free_keys_are_written_once() {
    let (path, problem) = changed(35, "/spec/replicas!", json!(3));
    assert_eq!((path.as_str(), problem), ("spec.replicas", Problem::RepeatedField));
    let (path, problem) = changed(35, "/metadata/labels/example.com~1x!", json!("2"));
    assert_eq!((path.as_str(), problem), ("metadata.labels[\"example.com/x\"]", Problem::RepeatedField));
}

#[test]
fn required_fields_are_there() {
    let mut object = deployment();
    object["spec"].as_object_mut().unwrap().remove("selector");
    object["spec"]["template"]["spec"]["containers"][0].as_object_mut().unwrap().remove("name");
    let missing = |path: &str, field| (0, path.to_owned(), Problem::Missing { field });
    assert_eq!(violations(35, &[object]), [missing("spec.template.spec.containers[0]", "name"), missing("spec", "selector")]);
    assert_eq!(changed(35, "/spec/selector", json!(null)).1, Problem::Missing { field: "selector" });
    assert_eq!(violations(35, &[json!({ "kind": "Pod", "metadata": {} })]), [missing("", "apiVersion")]);
}

#[test]
fn what_the_minor_does_not_serve() {
    let budget = json!({ "apiVersion": "policy/v1beta1", "kind": "PodDisruptionBudget", "metadata": { "name": "a" }, "nonsense": 1 });
    let served = Served::Removed { gone: 25, instead: "policy/v1" };
    let expected = Problem::NotServed { api_version: "policy/v1beta1".to_owned(), kind: "PodDisruptionBudget".to_owned(), served };
    assert_eq!(violations(35, &[budget]), [(0, String::new(), expected)]);
}

#[test]
fn the_object_itself_is_reported_not_the_one_walked_first() {
    let mut wrong = deployment();
    wrong["spec"]["strategy"]["type"] = json!("Blue");
    let found = violations(35, &[deployment(), wrong, deployment()]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, 1);
    assert!(matches!(&found[0].2, Problem::NotInEnum { suggestion: None, .. }));
}

#[test]
fn custom_resources_are_held_against_their_definitions() {
    let mut rollout = deployment();
    rollout["apiVersion"] = json!("argoproj.io/v1alpha1");
    rollout["kind"] = json!("Rollout");
    rollout["spec"]["strategy"] = json!({ "canary": { "maxSurge": 1, "steps": [{ "setWeight": 10 }, { "pause": { "duration": "1h" } }] } });
    let rule = json!({
        "apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "metadata": { "name": "a" },
        "spec": { "groups": [{ "name": "a", "rules": [{ "alert": "Down", "expr": "up == 0", "for": "5m" }] }] }
    });
    let route = json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": { "name": "a" },
        "spec": { "hostnames": ["*.example.com"], "rules": [{ "backendRefs": [{ "name": "a", "port": 80, "weight": 1 }], "timeouts": { "request": "5s" } }] }
    });
    for minor in schema::MINORS {
        assert_eq!(violations(minor, &[rollout.clone(), rule.clone(), route.clone()]), []);
    }
    // The newest minor's pods have this field; the Rollout's controller does not know it.
    rollout["spec"]["template"]["spec"]["evictionResponders"] = json!([]);
    let [(_, _, Problem::UnknownField { shape, minors, .. })] = &*violations(37, &[rollout.clone()]) else { unreachable!() };
    assert_eq!((*shape, &**minors), ("PodSpec", &[37][..]));
    let mut wrong = rule;
    wrong["spec"]["groups"][0]["rules"][0]["for"] = json!("5 minutes");
    wrong["spec"]["groups"][0]["rules"][0]["forr"] = json!("5m");
    let found = violations(35, &[wrong]);
    assert!(matches!(&found[0], (_, path, Problem::Pattern { .. }) if path == "spec.groups[0].rules[0].for"), "{found:?}");
    assert!(
        matches!(&found[1], (_, path, Problem::UnknownField { shape: "PrometheusRule.spec.groups[].rules[]", suggestion: Some("for"), .. }) if path.ends_with("forr")),
        "{found:?}"
    );
    let mut wrong = route;
    wrong["spec"]["hostnames"] = json!(vec!["a.example.com"; 17]);
    wrong["spec"]["rules"][0]["backendRefs"][0]["weight"] = json!(1_000_001);
    let expected: Vec<_> = violations(35, &[wrong]).into_iter().map(|(_, _, problem)| problem).collect();
    let pattern = |value: &str, expected: &str| Problem::Pattern { value: value.to_owned(), expected: expected.to_owned() };
    assert_eq!(expected, [pattern("a list", "a list of at most 16 items"), pattern("1000001", "0 to 1000000")]);
}
