//! Every object of a built-in kind decodes into its typed struct and back, and nothing is lost: the struct knows every field, and each has
//! the type that the API server will read.

use crate::programs;
use k8s_openapi::api;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Kinds that a cluster learns from a definition of its own; the judges hold them against that definition.
const CUSTOM: &str = include_str!("../cluster/files/definitions");

/// Is the kind one of those?
fn is_custom(version: &str, kind: &str) -> bool {
    CUSTOM.lines().map(|line| line.split_whitespace().skip(1)).any(|mut words| words.next() == Some(version) && words.any(|k| k == kind))
}

/// What the typed struct makes of an object. Nothing for a custom kind.
fn typed(object: &Value) -> Option<Result<Value, String>> {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let (version, kind) = (text("apiVersion"), text("kind"));
    Some(match (version, kind) {
        ("v1", "ConfigMap") => back::<api::core::v1::ConfigMap>(object),
        ("v1", "LimitRange") => back::<api::core::v1::LimitRange>(object),
        ("v1", "Namespace") => back::<api::core::v1::Namespace>(object),
        ("v1", "PersistentVolumeClaim") => back::<api::core::v1::PersistentVolumeClaim>(object),
        ("v1", "ResourceQuota") => back::<api::core::v1::ResourceQuota>(object),
        ("v1", "Service") => back::<api::core::v1::Service>(object),
        ("v1", "ServiceAccount") => back::<api::core::v1::ServiceAccount>(object),
        ("apps/v1", "DaemonSet") => back::<api::apps::v1::DaemonSet>(object),
        ("apps/v1", "Deployment") => back::<api::apps::v1::Deployment>(object),
        ("apps/v1", "StatefulSet") => back::<api::apps::v1::StatefulSet>(object),
        ("autoscaling/v2", "HorizontalPodAutoscaler") => back::<api::autoscaling::v2::HorizontalPodAutoscaler>(object),
        ("batch/v1", "CronJob") => back::<api::batch::v1::CronJob>(object),
        ("batch/v1", "Job") => back::<api::batch::v1::Job>(object),
        ("networking.k8s.io/v1", "Ingress") => back::<api::networking::v1::Ingress>(object),
        ("networking.k8s.io/v1", "NetworkPolicy") => back::<api::networking::v1::NetworkPolicy>(object),
        ("policy/v1", "PodDisruptionBudget") => back::<api::policy::v1::PodDisruptionBudget>(object),
        ("rbac.authorization.k8s.io/v1", "ClusterRole") => back::<api::rbac::v1::ClusterRole>(object),
        ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding") => back::<api::rbac::v1::ClusterRoleBinding>(object),
        ("scheduling.k8s.io/v1", "PriorityClass") => back::<api::scheduling::v1::PriorityClass>(object),
        ("storage.k8s.io/v1", "StorageClass") => back::<api::storage::v1::StorageClass>(object),
        ("rbac.authorization.k8s.io/v1", "Role") => back::<api::rbac::v1::Role>(object),
        ("rbac.authorization.k8s.io/v1", "RoleBinding") => back::<api::rbac::v1::RoleBinding>(object),
        (version, kind) if is_custom(version, kind) => return None,
        (version, kind) => Err(format!("no struct is known for `{version}` `{kind}`")),
    })
}

fn back<T: DeserializeOwned + Serialize>(object: &Value) -> Result<Value, String> {
    let typed: T = serde_json::from_value(object.clone()).map_err(|e| e.to_string())?;
    serde_json::to_value(&typed).map_err(|e| e.to_string())
}

/// What is wrong with one object, each with its path.
fn problems(object: &Value) -> Vec<String> {
    match typed(object) {
        None => Vec::new(),
        Some(Err(why)) => vec![why],
        Some(Ok(after)) => {
            let mut found = Vec::new();
            compare("", object, &after, &mut found);
            found
        }
    }
}

fn compare(path: &str, before: &Value, after: &Value, found: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, value) in a {
                match b.get(key) {
                    Some(other) => compare(&format!("{path}.{key}"), value, other, found),
                    None => found.push(format!("{path}.{key} is lost")),
                }
            }
            for key in b.keys().filter(|key| !a.contains_key(*key)) {
                // A template of claims is a whole object in the struct, and a part of one in the API.
                let template = path.starts_with(".spec.volumeClaimTemplates[") && path.matches('.').count() == 2;
                if !(template && ["apiVersion", "kind"].contains(&key.as_str())) {
                    found.push(format!("{path}.{key} is new"));
                }
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            if a.len() != b.len() {
                found.push(format!("{path} had {} entries and has {}", a.len(), b.len()));
            }
            for (i, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{path}[{i}]"), a, b, found);
            }
        }
        (a, b) if a == b => {}
        (a, b) => found.push(format!("{path} was {a} and is {b}")),
    }
}

#[test]
fn every_object_survives_its_struct() {
    let (mut wrong, mut kinds) = (Vec::new(), std::collections::BTreeSet::new());
    let mut objects = Vec::new();
    for program in programs::examples() {
        for environment in program.environments() {
            objects.extend(program.objects(environment.as_deref()).into_iter().map(|object| (program.name.clone(), object)));
        }
    }
    for program in programs::building_cases() {
        objects.extend(program.objects(None).into_iter().map(|object| (program.name.clone(), object)));
    }
    for (program, object) in &objects {
        let kind = object["kind"].as_str().unwrap();
        kinds.insert(kind.to_owned());
        wrong.extend(problems(object).into_iter().map(|p| format!("{program}: {kind} {}: {p}", object["metadata"]["name"])));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // What was judged is what the compiler can write.
    for kind in [
        "ConfigMap",
        "CronJob",
        "DaemonSet",
        "Deployment",
        "HorizontalPodAutoscaler",
        "Job",
        "LimitRange",
        "Namespace",
        "NetworkPolicy",
        "PersistentVolumeClaim",
        "PodDisruptionBudget",
        "ResourceQuota",
        "Role",
        "RoleBinding",
        "Service",
        "ServiceAccount",
        "StatefulSet",
    ] {
        assert!(kinds.contains(kind), "no example makes a {kind}");
    }
}

/// The first object of this kind in the tour, after one edit of it.
fn with_defect(kind: &str, edit: impl Fn(&mut Value)) -> Vec<String> {
    let found = programs::examples().iter().find_map(|p| p.objects(None).into_iter().find(|o| o["kind"] == kind));
    let mut object = found.unwrap_or_else(|| panic!("no {kind}"));
    assert_eq!(problems(&object), Vec::<String>::new());
    edit(&mut object);
    problems(&object)
}

#[test]
fn the_comparison_can_fail() {
    let unknown = with_defect("Deployment", |o| o["spec"]["template"]["spec"]["containers"][0]["imagePolicy"] = "Always".into());
    assert_eq!(unknown, [".spec.template.spec.containers[0].imagePolicy is lost"]);
    let misplaced = with_defect("StatefulSet", |o| o["spec"]["volumeClaimTemplates"][0]["size"] = "1Gi".into());
    assert_eq!(misplaced, [".spec.volumeClaimTemplates[0].size is lost"]);
    let number = with_defect("Deployment", |o| o["spec"]["revisionHistoryLimit"] = "3".into());
    assert!(matches!(&number[..], [why] if why.contains("expected i32")), "{number:?}");
    let text = with_defect("ConfigMap", |o| o["data"]["level"] = 3.into());
    assert!(matches!(&text[..], [why] if why.contains("expected a string")), "{text:?}");
    let kind = with_defect("Service", |o| o["kind"] = "Servise".into());
    assert_eq!(kind, ["no struct is known for `v1` `Servise`"]);
    let version = with_defect("CronJob", |o| o["apiVersion"] = "batch/v1beta1".into());
    assert_eq!(version, ["no struct is known for `batch/v1beta1` `CronJob`"]);
    let null = with_defect("Namespace", |o| o["metadata"]["annotations"] = Value::Null);
    assert_eq!(null, [".metadata.annotations is lost"]);
}
