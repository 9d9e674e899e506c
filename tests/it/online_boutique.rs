//! Online Boutique beside a table of its facts, `online_boutique_facts.json`, whose head says what is compared and what is not.

use crate::programs;
use bayplan::plan::model::{End, Protocol};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Who may open a connection to which port: from, to, the pod's port.
type Flows = BTreeSet<(String, String, u64)>;

const INSTANCE: &str = "app.kubernetes.io/instance";

fn facts() -> Vec<Value> {
    let text = include_str!("online_boutique_facts.json");
    let facts: Value = serde_json::from_str(text).unwrap();
    let services = facts["services"].as_array().unwrap().clone();
    assert_eq!(services.len(), 12);
    services
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn named<'a>(objects: &'a [Value], kind: &str, name: &str) -> Option<&'a Value> {
    objects.iter().find(|o| o["kind"] == kind && o["metadata"]["name"] == name)
}

/// The pod's port behind a port of a Service.
fn target(facts: &[Value], host: &str, port: u64) -> u64 {
    let service = facts.iter().find(|f| f["name"] == host).unwrap_or_else(|| panic!("no facts of {host}"));
    let port = list(&service["service"]).iter().find(|p| p["port"] == port).unwrap_or_else(|| panic!("{host} has no port {port}"));
    port["target"].as_u64().unwrap()
}

/// Who talks to whom by the table.
fn stated(facts: &[Value]) -> Flows {
    let mut flows = Flows::new();
    for service in facts {
        for to in list(&service["talks_to"]) {
            let (host, port) = text(to).split_once(':').unwrap();
            flows.insert((text(&service["name"]).into(), host.into(), target(facts, host, port.parse().unwrap())));
        }
    }
    assert!(flows.len() >= 16, "{flows:?}");
    flows
}

/// An amount of cpu in thousandths, of memory in bytes.
fn amount(value: &Value) -> u64 {
    let text = text(value);
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit {
        "m" => 1,
        "" => 1000,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        _ => panic!("`{text}` has a unit that is not known here"),
    };
    number.parse::<u64>().unwrap() * factor
}

fn env(container: &Value) -> Value {
    let pairs = list(&container["env"]).iter().map(|e| (text(&e["name"]).to_owned(), e["value"].clone()));
    Value::Object(pairs.collect::<Map<_, _>>())
}

/// What a probe asks, in the form of the table, ports as numbers.
fn endpoint(probe: &Value, container: &Value) -> Value {
    let port = |port: &Value| match port.as_str() {
        None => port.clone(),
        Some(name) => list(&container["ports"]).iter().find(|p| p["name"] == name).map_or(Value::Null, |p| p["containerPort"].clone()),
    };
    if let Some(http) = probe.get("httpGet") {
        let headers = list(&http["httpHeaders"]).iter().map(|h| (text(&h["name"]).to_owned(), h["value"].clone()));
        return json!({ "http": { "path": http["path"], "port": port(&http["port"]), "headers": Value::Object(headers.collect()) } });
    }
    if let Some(grpc) = probe.get("grpc") {
        return json!({ "grpc": { "port": grpc["port"] } });
    }
    if let Some(tcp) = probe.get("tcpSocket") {
        return json!({ "tcp": { "port": port(&tcp["port"]) } });
    }
    Value::Null
}

/// The endpoint alone: the table also says when the first probe is sent.
fn endpoint_of_fact(probe: &Value) -> Value {
    let kinds = ["http", "grpc", "tcp"].iter().filter_map(|kind| Some(((*kind).to_owned(), probe.get(*kind)?.clone())));
    let kinds: Map<_, _> = kinds.collect();
    if kinds.is_empty() { Value::Null } else { Value::Object(kinds) }
}

/// What differs between the table and the objects.
fn differences(facts: &[Value], objects: &[Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    let workloads: BTreeSet<&str> =
        objects.iter().filter(|o| !o["spec"]["template"]["spec"]["containers"].is_null()).map(|o| text(&o["metadata"]["name"])).collect();
    let names: BTreeSet<&str> = facts.iter().map(|f| text(&f["name"])).collect();
    if workloads != names {
        wrong.push(format!("workloads are {workloads:?}, not {names:?}"));
    }
    for fact in facts {
        let name = text(&fact["name"]);
        let mut differ = |what: &str, stated: &Value, is: &Value| {
            if stated != is {
                wrong.push(format!("{name}: {what} is {is}, and not {stated}"));
            }
        };
        let Some(workload) = named(objects, "Deployment", name) else {
            differ("Deployment", &json!("there"), &Value::Null);
            continue;
        };
        let pod = &workload["spec"]["template"]["spec"];
        differ("replicas", &fact["replicas"], &workload["spec"]["replicas"]);
        differ("grace period", &fact["grace_seconds"], &pod["terminationGracePeriodSeconds"]);
        if !fact["service_account"].is_null() {
            differ("service account", &fact["service_account"], &pod["serviceAccountName"]);
        }
        let ports = list(&fact["service"]).iter().map(|p| json!([p["port"], p["target"]])).collect();
        let service = named(objects, "Service", name).map_or(&Value::Null, |service| &service["spec"]["ports"]);
        let of_service = list(service).iter().map(|p| json!([p["port"], p["targetPort"]])).collect();
        differ("ports of the Service", &Value::Array(ports), &Value::Array(of_service));
        for init in [false, true] {
            let stated: Vec<&Value> = list(&fact["containers"]).iter().filter(|c| c["init"] == init).collect();
            let are = list(&pod[if init { "initContainers" } else { "containers" }]);
            differ("number of containers", &json!(stated.len()), &json!(are.len()));
            for (stated, is) in stated.into_iter().zip(are) {
                container(fact, stated, is, pod, &mut differ);
            }
        }
    }
    wrong
}

fn container(fact: &Value, stated: &Value, is: &Value, pod: &Value, differ: &mut impl FnMut(&str, &Value, &Value)) {
    differ("image", &stated["image"], &is["image"]);
    let ports = list(&is["ports"]).iter().map(|p| p["containerPort"].clone()).collect();
    differ("container ports", &stated["ports"], &Value::Array(ports));
    differ("env", &stated["env"], &env(is));
    for part in ["requests", "limits"] {
        for (resource, value) in stated[part].as_object().unwrap() {
            let is = &is["resources"][part][resource];
            let same = !is.is_null() && amount(is) == amount(value);
            differ(&format!("{part}.{resource}"), value, if same { value } else { is });
        }
    }
    for (stated_as, field) in [("readiness", "readinessProbe"), ("liveness", "livenessProbe")] {
        differ(stated_as, &endpoint_of_fact(&stated["probes"][stated_as]), &endpoint(&is[field], is));
    }
    let security = &is["securityContext"];
    differ("privilege escalation", &json!(false), &security["allowPrivilegeEscalation"]);
    differ("read-only root", &json!(true), &security["readOnlyRootFilesystem"]);
    differ("dropped capabilities", &json!(["ALL"]), &security["capabilities"]["drop"]);
    differ("added capabilities", &Value::Null, &security["capabilities"]["add"]);
    for (volume, path) in stated["mounts"].as_object().unwrap() {
        let kind = list(&fact["volumes"]).iter().find(|v| v["name"] == volume.as_str()).map_or("", |v| text(&v["kind"]));
        let mount = list(&is["volumeMounts"]).iter().find(|m| m["mountPath"] == *path);
        let behind = mount.and_then(|m| list(&pod["volumes"]).iter().find(|v| v["name"] == m["name"]));
        differ(&format!("mount {}", text(path)), &json!(true), &json!(behind.is_some_and(|v| v.get(kind).is_some())));
    }
}

#[test]
fn the_objects_say_what_the_table_says() {
    let wrong = differences(&facts(), &programs::example("online-boutique").objects(None));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_comparison_can_fail() {
    let facts = facts();
    let objects = programs::example("online-boutique").objects(None);
    let after = |edit: &dyn Fn(&mut Value)| {
        let mut objects = objects.clone();
        let frontend = objects.iter_mut().find(|o| o["kind"] == "Deployment" && o["metadata"]["name"] == "frontend").unwrap();
        edit(&mut frontend["spec"]["template"]["spec"]["containers"][0]);
        differences(&facts, &objects)
    };
    assert_eq!(after(&|_| ()), Vec::<String>::new());
    type Edit<'e> = (&'e str, &'e dyn Fn(&mut Value));
    let edits: [Edit<'_>; 6] = [
        ("frontend: image is", &|c| c["image"] = "frontend:v0".into()),
        ("frontend: env is", &|c| c["env"][0]["value"] = "1".into()),
        ("frontend: requests.cpu is", &|c| c["resources"]["requests"]["cpu"] = "101m".into()),
        ("frontend: readiness is", &|c| c["readinessProbe"]["httpGet"]["httpHeaders"] = json!([])),
        ("frontend: container ports is", &|c| c["ports"][0]["containerPort"] = 81.into()),
        ("frontend: read-only root is", &|c| c["securityContext"]["readOnlyRootFilesystem"] = false.into()),
    ];
    for (said, edit) in edits {
        let wrong = after(edit);
        assert!(wrong.iter().any(|w| w.starts_with(said)), "{said}: {wrong:?}");
    }
    let less: Vec<Value> = objects.iter().filter(|o| o["metadata"]["name"] != "adservice").cloned().collect();
    assert!(differences(&facts, &less).iter().any(|w| w.starts_with("workloads are")));
}

/// Do these labels meet the selector? One without `matchExpressions`, which the compiler never writes.
fn selects(selector: &Value, labels: &Value) -> bool {
    assert!(selector.get("matchExpressions").is_none(), "{selector}");
    selector["matchLabels"].as_object().is_none_or(|wanted| wanted.iter().all(|(name, value)| labels[name] == *value))
}

/// Pods by the name of their workload.
fn pods(objects: &[Value]) -> Vec<(&str, &Value)> {
    let deployments = objects.iter().filter(|o| o["kind"] == "Deployment");
    deployments.map(|o| (text(&o["metadata"]["name"]), &o["spec"]["template"]["metadata"]["labels"])).collect()
}

/// What the rules of one direction allow between these pods, policy by policy. Peers in other namespaces are no pods of this program.
fn rules(objects: &[Value], direction: &str, side: &str) -> Flows {
    let pods = pods(objects);
    let mut flows = Flows::new();
    for policy in objects.iter().filter(|o| o["kind"] == "NetworkPolicy") {
        let spec = &policy["spec"];
        for (own, _) in pods.iter().filter(|(_, labels)| selects(&spec["podSelector"], labels)) {
            for rule in list(&spec[direction]) {
                assert!(!list(&rule[side]).is_empty() && !list(&rule["ports"]).is_empty(), "an open rule: {rule}");
                for peer in list(&rule[side]) {
                    let here = match peer.get("namespaceSelector") {
                        None => peer.get("podSelector").is_some(),
                        Some(namespace) => selects(namespace, &json!({ "kubernetes.io/metadata.name": "online-boutique" })),
                    };
                    let others = pods.iter().filter(|(_, labels)| here && selects(&peer["podSelector"], labels));
                    for (other, _) in others {
                        for port in list(&rule["ports"]).iter().filter(|port| port["protocol"] == "TCP") {
                            let (from, to) = if direction == "egress" { (own, other) } else { (other, own) };
                            flows.insert((from.to_string(), to.to_string(), port["port"].as_u64().unwrap()));
                        }
                    }
                }
            }
        }
    }
    flows
}

#[test]
fn policies_and_plan_let_the_same_talk_as_the_table() {
    let facts = facts();
    let stated = stated(&facts);
    let program = programs::example("online-boutique");
    let objects = program.objects(None);
    assert_eq!(rules(&objects, "egress", "to"), stated, "by the egress rules");
    // The frontend is exposed: its ingress admits all, and what each pod may send decides.
    let ingress = rules(&objects, "ingress", "from");
    assert!(stated.is_subset(&ingress), "not admitted: {:?}", stated.difference(&ingress).collect::<Vec<_>>());
    let more: Vec<_> = ingress.difference(&stated).filter(|(_, to, _)| to != "frontend").collect();
    assert!(more.is_empty(), "admitted and not stated: {more:?}");

    let planned = program.compile(None, 1).plan.unwrap();
    let mut of_plan = Flows::new();
    for connection in &planned.plan.connections {
        if let (End::Workload { instance: from, .. }, End::Workload { instance: to, .. }) = (&*connection.from, &*connection.to) {
            assert_eq!((connection.protocol, connection.ports.0), (Protocol::Tcp, connection.ports.1));
            of_plan.insert((from.to_string(), to.to_string(), connection.ports.0.into()));
        }
    }
    assert_eq!(of_plan, stated, "by the connections of the plan");
    // Instances are names of workloads here, or the comparison would compare something else.
    assert!(pods(&objects).iter().all(|(name, labels)| labels[INSTANCE] == *name));
}

#[test]
fn a_rule_less_or_more_is_seen() {
    let stated = stated(&facts());
    let mut objects = programs::example("online-boutique").objects(None);
    let policy = objects.iter_mut().find(|o| o["kind"] == "NetworkPolicy" && o["metadata"]["name"] == "cartservice").unwrap();
    let egress = policy["spec"]["egress"].as_array_mut().unwrap();
    let redis = egress.pop().unwrap();
    assert_eq!(stated.difference(&rules(&objects, "egress", "to")).count(), 1);
    let policy = objects.iter_mut().find(|o| o["kind"] == "NetworkPolicy" && o["metadata"]["name"] == "adservice").unwrap();
    policy["spec"]["egress"].as_array_mut().unwrap().push(redis);
    assert_eq!(rules(&objects, "egress", "to").difference(&stated).count(), 1);
}
