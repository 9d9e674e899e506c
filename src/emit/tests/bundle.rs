//! The whole: which objects there are, in which order, with which origins and labels.

use super::support::*;
use crate::plan::model::*;
use crate::tape::{Bundle, Origin, Value, View};
use crate::workers::Workers;
use std::collections::HashSet;

fn list(bundle: &Bundle) -> Vec<String> {
    let text = |view: View<'_>, path: &[&str]| view.path(path).and_then(View::str).unwrap_or("").to_owned();
    bundle
        .objects()
        .map(|o| format!("{} {}/{}", text(o, &["kind"]), text(o, &["metadata", "namespace"]), text(o, &["metadata", "name"])))
        .collect()
}

#[test]
fn objects_come_in_an_order_that_applies() {
    let expected = "\
        Namespace /jobs
        Namespace /production
        ResourceQuota production/quota
        LimitRange production/limits
        ServiceAccount jobs/migrate
        ServiceAccount jobs/report
        ServiceAccount production/agent
        ServiceAccount production/database
        ServiceAccount production/frontend
        ExternalSecret production/keys
        ConfigMap production/conf-abc
        Role production/frontend
        RoleBinding production/frontend
        NetworkPolicy jobs/default-deny
        NetworkPolicy jobs/migrate
        NetworkPolicy jobs/report
        NetworkPolicy production/agent
        NetworkPolicy production/database
        NetworkPolicy production/default-deny
        NetworkPolicy production/frontend
        Service production/database
        Service production/database-headless
        Service production/frontend
        PodDisruptionBudget production/frontend
        Deployment production/frontend
        StatefulSet production/database
        DaemonSet production/agent
        Job jobs/migrate
        CronJob jobs/report
        HorizontalPodAutoscaler production/frontend
        VerticalPodAutoscaler production/database";
    let expected: Vec<_> = expected.lines().map(str::trim).collect();
    assert_eq!(list(&emit(&everything(), &Workers::new(1))), expected);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let apps = (0..37).map(|i| {
        let tiers = (0..i % 4).map(|j| workload(&format!("tier-{i}-{j}"), deployment())).collect();
        app(&format!("app-{i}"), &format!("space-{}", i * 7 % 5), tiers)
    });
    let spaces = (0..24).map(|i| namespace(&format!("space-{i}"))).collect();
    let plan = plan(spaces, apps.collect());
    let one = emit(&plan, &Workers::new(1));
    assert_eq!(one.len(), 54 * 3 + 24 * 2);
    for threads in [0, 2, 3, 64] {
        let many = emit(&plan, &Workers::new(threads));
        assert!(one.objects().eq(many.objects()), "{threads} threads");
    }
    let mut sorted = list(&one);
    let kinds = ["Namespace ", "ServiceAccount", "NetworkPolicy", "Deployment"];
    sorted.sort_by_key(|line| (kinds.iter().position(|kind| line.starts_with(kind)), line.clone()));
    assert_eq!(list(&one), sorted);
}

#[test]
fn apps_of_one_namespace_are_sorted_together() {
    let tiers = |names: &[&str]| names.iter().map(|name| workload(name, deployment())).collect::<Vec<_>>();
    let plan = plan(vec![], vec![app("b", "n", tiers(&["d", "a"])), app("x", "m", tiers(&["z"])), app("a", "n", tiers(&["c", "b"]))]);
    let bundle = emit(&plan, &Workers::new(1));
    let deployments: Vec<_> = list(&bundle).into_iter().filter(|line| line.starts_with("Deployment")).collect();
    assert_eq!(deployments, ["Deployment m/z", "Deployment n/a", "Deployment n/b", "Deployment n/c", "Deployment n/d"]);
}

#[test]
fn somebody_elses_namespace_is_left_alone() {
    let mut foreign = namespace("production");
    foreign.managed = false;
    foreign.quota = pairs(&[("pods", "3")]);
    assert_eq!(emit(&plan(vec![foreign], vec![]), &Workers::new(1)).len(), 0);
}

/// The keys by which the API merges each list of maps (x-kubernetes-list-map-keys).
const LIST_KEYS: &[(&str, &[&str])] = &[
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("env", &["name"]),
    ("volumes", &["name"]),
    ("volumeMounts", &["mountPath"]),
    ("imagePullSecrets", &["name"]),
    ("topologySpreadConstraints", &["topologyKey", "whenUnsatisfiable"]),
];

/// Counts the lists that were looked at, so that a test of nothing fails.
fn repeats(view: View<'_>, of: &str, checked: &mut HashSet<String>) {
    let mut seen = HashSet::new();
    for child in view.children() {
        if let Value::Map(_) = view.value() {
            assert!(seen.insert(child.key().to_owned()), "{} twice in {of}", child.key());
        }
        repeats(child, &format!("{of}.{}", child.key()), checked);
    }
    let keys: &[&str] = match view.key() {
        // A Service's port and a container's are called differently.
        "ports" if view.path(&["0", "containerPort"]).is_some() => &["containerPort", "protocol"],
        "ports" if view.path(&["0", "targetPort"]).is_some() => &["port", "protocol"],
        key => LIST_KEYS.iter().find(|(name, _)| *name == key).map_or(&[], |(_, keys)| keys),
    };
    if !keys.is_empty() {
        checked.insert(view.key().to_owned());
        let mut seen = HashSet::new();
        for item in view.children() {
            let key: Vec<_> = keys.iter().map(|key| item.get(key).map(flow_style).expect(key)).collect();
            assert!(seen.insert(key), "an item twice in {of}: {}", flow_style(item));
        }
    }
}

#[test]
fn no_field_and_no_item_of_a_list_map_is_there_twice() {
    let mut plan = everything();
    // The program's labels may say what the compiler's do, and more than one place may say the same.
    plan.apps[0].labels = pairs(&[("app.kubernetes.io/name", "mine"), ("a", "app"), ("z", "app")]);
    plan.apps[0].workloads[0].labels = pairs(&[("z", "workload"), ("a", "workload"), ("z", "again")]);
    plan.apps[0].workloads[0].pod.labels = pairs(&[("a", "pod")]);
    plan.apps[0].annotations = pairs(&[("bayplan.dev/owner", "somebody")]);
    let mut checked = HashSet::new();
    let bundle = emit(&plan, &Workers::new(1));
    for object in bundle.objects() {
        repeats(object, "", &mut checked);
    }
    for list in ["containers", "initContainers", "env", "volumes", "volumeMounts", "ports", "topologySpreadConstraints"] {
        assert!(checked.contains(list), "{list} was not looked at");
    }
}

#[test]
fn labels_are_sorted_and_the_nearest_counts() {
    let mut plan = everything();
    plan.apps[0].labels = pairs(&[("zone", "app"), ("app.kubernetes.io/name", "mine"), ("a", "app")]);
    plan.apps[0].workloads[0].labels = pairs(&[("zone", "workload"), ("b", "workload")]);
    plan.apps[0].workloads[0].pod.labels = pairs(&[("a", "pod")]);
    let bundle = emit(&plan, &Workers::new(1));
    let deployment = object(&bundle, "Deployment", "frontend");
    assert_eq!(
        shown(deployment, "metadata.labels"),
        "{a: app, app.kubernetes.io/instance: frontend, app.kubernetes.io/managed-by: bayplan, app.kubernetes.io/name: frontend, \
         app.kubernetes.io/part-of: shop, b: workload, zone: workload}"
    );
    assert_eq!(
        shown(deployment, "spec.template.metadata.labels"),
        "{a: pod, app.kubernetes.io/instance: frontend, app.kubernetes.io/managed-by: bayplan, app.kubernetes.io/name: frontend, \
         app.kubernetes.io/part-of: shop, app.kubernetes.io/version: \"1.0\", b: workload, zone: workload}"
    );
}

#[test]
fn every_selector_matches_the_instance_alone() {
    let mut plan = everything();
    plan.apps[0].workloads[0].object = t("shop-frontend");
    let bundle = emit(&plan, &Workers::new(1));
    let name = "shop-frontend";
    let instance = "{app.kubernetes.io/instance: shop-frontend}";
    assert_eq!(shown(object(&bundle, "Service", name), "spec.selector"), instance);
    let labels = format!("{{matchLabels: {instance}}}");
    for (kind, path) in [
        ("Deployment", "spec.selector"),
        ("Deployment", "spec.template.spec.topologySpreadConstraints.0.labelSelector"),
        ("NetworkPolicy", "spec.podSelector"),
        ("PodDisruptionBudget", "spec.selector"),
    ] {
        assert_eq!(shown(object(&bundle, kind, name), path), labels, "{kind} {path}");
    }
    assert_eq!(shown(object(&bundle, "Deployment", name), "metadata.labels").matches("name: frontend").count(), 1);
}

#[test]
fn every_object_of_an_app_names_its_owner_and_no_pod_does() {
    let mut plan = everything();
    plan.apps[0].annotations = pairs(&[("a", "app")]);
    plan.apps[0].workloads[0].annotations = pairs(&[("z", "workload")]);
    plan.apps[0].workloads[0].service.as_mut().unwrap().annotations = pairs(&[("m", "service")]);
    let bundle = emit(&plan, &Workers::new(1));
    let own: Vec<_> = bundle.objects().filter(|o| shown(*o, "metadata.labels").contains("app.kubernetes.io/part-of: shop")).collect();
    assert_eq!(own.len(), 19);
    for object in own {
        assert!(shown(object, "metadata.annotations").contains("bayplan.dev/owner: checkout"), "{}", flow_style(object));
    }
    let deployment = object(&bundle, "Deployment", "frontend");
    assert_eq!(shown(deployment, "metadata.annotations"), "{a: app, bayplan.dev/owner: checkout, z: workload}");
    assert_eq!(shown(deployment, "spec.template.metadata.annotations"), "-");
    assert_eq!(
        shown(object(&bundle, "Service", "frontend"), "metadata.annotations"),
        "{a: app, bayplan.dev/owner: checkout, m: service, z: workload}"
    );
    assert_eq!(shown(object(&bundle, "Job", "migrate"), "metadata.annotations"), "-");
}

#[test]
fn fields_keep_the_origin_of_what_gave_them() {
    let mut plan = everything();
    let frontend = &mut plan.apps[0].workloads[0];
    frontend.origin = Origin(10);
    frontend.object = at(s("frontend"), 11);
    frontend.pod.containers[0].image = at(s("example/image:2.0"), 12);
    frontend.pod.containers[0].readiness.as_mut().unwrap().origin = Origin(13);
    frontend.pod.containers[0].origin = Origin(14);
    frontend.autoscaler.as_mut().unwrap().origin = Origin(15);
    frontend.pod.containers[0].env[1].value.origin = Origin(16);
    frontend.pod.containers[0].requests[0].1.origin = Origin(17);
    frontend.pod.volumes[0].name.origin = Origin(18);
    frontend.egress[0].origin = Origin(19);
    if let Controller::Deployment { strategy: Strategy::Rolling { surge, origin, .. }, .. } = &mut frontend.controller {
        *surge = at(IntOrPercent::Percent(30), 20);
        *origin = Origin(21);
    }
    let bundle = emit(&plan, &Workers::new(1));
    let origin = |kind: &str, path: &str| {
        let parts: Vec<_> = path.split('.').filter(|part| !part.is_empty()).collect();
        object(&bundle, kind, "frontend").path(&parts).unwrap_or_else(|| panic!("{kind} {path}")).origin().0
    };
    for kind in ["ServiceAccount", "Role", "RoleBinding", "NetworkPolicy", "Service", "PodDisruptionBudget", "Deployment"] {
        assert_eq!(origin(kind, ""), 10, "{kind}");
        assert_eq!(origin(kind, "metadata.namespace"), 10, "{kind}");
    }
    for (kind, path, expected) in [
        ("Deployment", "metadata.name", 11),
        ("Deployment", "spec.revisionHistoryLimit", 10),
        ("Deployment", "spec.strategy.type", 21),
        ("Deployment", "spec.strategy.rollingUpdate.maxSurge", 20),
        ("Deployment", "spec.template.spec.containers.0.name", 14),
        ("Deployment", "spec.template.spec.containers.0.image", 12),
        ("Deployment", "spec.template.spec.containers.0.readinessProbe.periodSeconds", 13),
        ("Deployment", "spec.template.spec.containers.0.env.1.valueFrom.secretKeyRef.key", 16),
        ("Deployment", "spec.template.spec.containers.0.resources.requests.cpu", 17),
        ("Deployment", "spec.template.spec.containers.0.resources.requests.memory", 14),
        ("Deployment", "spec.template.spec.volumes.0.emptyDir.sizeLimit", 18),
        ("NetworkPolicy", "spec.egress.0.to.0.podSelector", 19),
        ("Role", "rules.0.verbs.0", 31),
        ("HorizontalPodAutoscaler", "spec.minReplicas", 15),
    ] {
        assert_eq!(origin(kind, path), expected, "{kind} {path}");
    }
}
