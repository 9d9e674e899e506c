//! The evaluator against tables of cases and against a second one that tries every pair and port; the proof against seeded faults.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that meets the unexpected must fail")]

use super::flows::Flows;
use super::policy::Direction;
use super::prove;
use crate::diagnostic::codes;
use crate::plan::model::{Connection, End, Plan, Protocol};
use crate::prove::support::{World, deployment, namespace, s};
use crate::tape::Origin;
use serde_json::{Value, json};

const TCP: Protocol = Protocol::Tcp;

fn policy(namespace: &str, name: &str, spec: Value) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": { "name": name, "namespace": namespace }, "spec": spec,
    })
}
fn deny(namespace: &str) -> Value {
    policy(namespace, "default-deny", json!({ "podSelector": {}, "policyTypes": ["Ingress", "Egress"] }))
}
fn of(instance: &str) -> Value {
    json!({ "matchLabels": { "app.kubernetes.io/instance": instance } })
}
fn tier(namespace: &str, instance: &str, ingress: &Value, egress: &Value) -> Value {
    let both = ["Ingress", "Egress"];
    policy(namespace, instance, json!({ "podSelector": of(instance), "policyTypes": both, "ingress": ingress, "egress": egress }))
}
fn port(number: u16) -> Value {
    json!([{ "protocol": "TCP", "port": number }])
}
fn own(namespace: &str, instance: &str) -> End {
    End::Workload { namespace: s(namespace), instance: s(instance) }
}
fn connection(from: End, to: End, protocol: Protocol, ports: (u16, u16)) -> Connection {
    Connection { from: from.into(), to: to.into(), protocol, ports, origin: Origin::NONE, because: "connects" }
}
fn dns() -> End {
    End::Selected { namespace: vec![(s("kubernetes.io/metadata.name"), s("kube-system"))], pods: vec![(s("k8s-app"), s("kube-dns"))] }
}
fn dns_rule() -> Value {
    json!({
        "to": [{
            "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": "kube-system" } },
            "podSelector": { "matchLabels": { "k8s-app": "kube-dns" } },
        }],
        "ports": [{ "protocol": "UDP", "port": 53 }],
    })
}

/// web (namespace shop) reaches db (namespace data) on 5432; both ask DNS; web is open to the ingress controller and reaches 192.0.2.0/24.
fn shop() -> (Vec<Value>, Plan) {
    let in_namespace = |name: &str| json!({ "matchLabels": { "kubernetes.io/metadata.name": name } });
    let objects = vec![
        deployment("shop", "web"),
        deployment("data", "db"),
        deny("shop"),
        deny("data"),
        tier(
            "shop",
            "web",
            &json!([{ "from": [{ "namespaceSelector": in_namespace("ingress") }], "ports": port(8080) }]),
            &json!([
                { "to": [{ "namespaceSelector": in_namespace("data"), "podSelector": of("db") }], "ports": port(5432) },
                dns_rule(),
                { "to": [{ "ipBlock": { "cidr": "192.0.2.0/24", "except": ["192.0.2.128/25"] } }], "ports": port(443) },
            ]),
        ),
        tier(
            "data",
            "db",
            &json!([{ "from": [{ "namespaceSelector": in_namespace("shop"), "podSelector": of("web") }], "ports": port(5432) }]),
            &json!([dns_rule()]),
        ),
    ];
    let gateway = End::Selected { namespace: vec![(s("kubernetes.io/metadata.name"), s("ingress"))], pods: vec![] };
    let outside = End::Cidr { cidr: s("192.0.2.0/24"), except: vec![s("192.0.2.128/25")] };
    let plan = Plan {
        namespaces: vec![namespace("shop", true), namespace("data", true)],
        connections: vec![
            connection(own("shop", "web"), own("data", "db"), TCP, (5432, 5432)),
            connection(own("shop", "web"), dns(), Protocol::Udp, (53, 53)),
            connection(own("data", "db"), dns(), Protocol::Udp, (53, 53)),
            connection(gateway, own("shop", "web"), TCP, (8080, 8080)),
            connection(own("shop", "web"), outside, TCP, (443, 443)),
        ],
        ..Plan::default()
    };
    (objects, plan)
}

/// What the proof says of the shop after a change of its objects and its plan.
fn changed(change: impl FnOnce(&mut Vec<Value>, &mut Plan)) -> Vec<String> {
    let (mut objects, mut plan) = shop();
    change(&mut objects, &mut plan);
    World::with(&objects, plan).found(prove)
}

#[test]
fn a_right_program_passes() {
    assert_eq!(changed(|_, _| {}), Vec::<String>::new());
}

#[test]
fn seeded_faults_are_found() {
    let egress = |objects: &mut Vec<Value>| objects[4]["spec"]["egress"].as_array_mut().unwrap().len();
    // The destination's side is missing.
    assert_eq!(
        changed(|objects, _| objects[5]["spec"]["ingress"] = json!([])),
        ["E0312 `shop/web` cannot reach `data/db` on TCP 5432, though the program says that it may"]
    );
    // The declaration is missing.
    assert_eq!(
        changed(|_, plan| drop(plan.connections.remove(0))),
        ["E0312 `shop/web` can reach `data/db` on TCP 5432, which the program does not say"]
    );
    // A range that is too wide, on both sides.
    let wide = changed(|objects, _| {
        objects[4]["spec"]["egress"][0]["ports"][0]["endPort"] = json!(5440);
        objects[5]["spec"]["ingress"][0]["ports"][0]["endPort"] = json!(5435);
    });
    assert_eq!(wide, ["E0312 `shop/web` can reach `data/db` on TCP 5433-5435, which the program does not say"]);
    // An absent list of ports is every port.
    let all = changed(|objects, _| {
        objects[4]["spec"]["egress"][1].as_object_mut().unwrap().remove("ports");
    });
    assert_eq!(
        all,
        [
            "E0312 `shop/web` can reach pods labelled `k8s-app=kube-dns` in the namespace `kube-system` on every TCP port, UDP 1-52, UDP 54-65535, every SCTP port, which the program does not say"
        ]
    );
    // DNS is gone.
    let blocked = changed(|objects, _| {
        assert_eq!(egress(objects), 3);
        objects[4]["spec"]["egress"].as_array_mut().unwrap().remove(1);
    });
    assert_eq!(
        blocked,
        [
            "E0312 `shop/web` cannot reach pods labelled `k8s-app=kube-dns` in the namespace `kube-system` on UDP 53, though the program says so"
        ]
    );
    // A hole that was lost, and a wider range.
    let holes = changed(|objects, _| {
        objects[4]["spec"]["egress"][2]["to"][0]["ipBlock"] = json!({ "cidr": "192.0.2.0/24" });
    });
    assert_eq!(holes, ["E0312 `shop/web` can reach the addresses 192.0.2.128 to 192.0.2.255 on TCP 443, which the program does not say"]);
    // Every namespace instead of one.
    let wide = changed(|objects, _| objects[4]["spec"]["ingress"][0]["from"][0]["namespaceSelector"] = json!({}));
    assert_eq!(wide, ["E0312 pods that the program does not own can reach `shop/web` on TCP 8080, which the program does not say"]);
}

#[test]
fn pods_that_nothing_isolates_are_found() {
    let open = changed(|objects, _| {
        objects[2]["spec"]["policyTypes"] = json!(["Ingress"]);
        objects[4]["spec"]["policyTypes"] = json!(["Ingress"]);
        objects[4]["spec"].as_object_mut().unwrap().remove("egress");
    });
    assert_eq!(
        open,
        [
            "E0312 `shop/web` may open connections to everybody, which the program does not say",
            "E0312 the namespace `shop` denies nothing by default",
        ]
    );
    let gone = changed(|objects, plan| {
        objects.remove(4);
        objects.remove(2);
        plan.connections.clear();
        plan.namespaces[0].managed = false;
        objects[3]["spec"]["ingress"] = json!([]);
        objects[3]["spec"]["egress"] = json!([]);
    });
    assert_eq!(gone, ["E0312 `shop/web` may talk to everybody, and everybody to it, which the program does not say"]);
}

#[test]
fn strangers_are_let_alone() {
    let said = changed(|objects, _| objects[5]["spec"]["podSelector"] = json!({ "matchLabels": { "tier": "x" } }));
    assert!(said.contains(&"E0312 NetworkPolicy `data/db` applies to pods that the program does not own".to_owned()), "{said:?}");
    // In a namespace that others manage, no default-deny is needed, and none may be there.
    let external = |objects: &mut Vec<Value>, plan: &mut Plan| {
        plan.namespaces[1].managed = false;
        objects.remove(3);
    };
    assert_eq!(changed(external), Vec::<String>::new());
    let said = changed(|_, plan| plan.namespaces[1].managed = false);
    assert_eq!(said, ["E0312 NetworkPolicy `data/default-deny` applies to pods that the program does not own"]);
    // There, a peer without the identity of a workload means the pods of others too.
    let said = changed(|objects, plan| {
        external(objects, plan);
        objects[4]["spec"]["ingress"].as_array_mut().unwrap().push(json!({ "from": [{ "podSelector": of("backup") }], "ports": port(22) }));
    });
    assert_eq!(
        said,
        [
            "E0312 pods labelled `app.kubernetes.io/instance=backup` in the namespace `data` can reach `data/db` on TCP 22, which the program does not say"
        ]
    );
}

#[test]
fn pods_on_their_nodes_network_are_said_to_be_unproven() {
    let (mut objects, plan) = shop();
    objects[0]["spec"]["template"]["spec"]["hostNetwork"] = json!(true);
    let world = World::with(&objects, plan);
    let said = world.run(prove);
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(said[0].title, "who reaches `shop/web` is not proven");
    assert_eq!(said[0].severity, crate::diagnostic::Severity::Note);
}

#[test]
fn a_message_points_at_both_sides() {
    let (objects, mut plan) = shop();
    plan.connections.remove(0);
    let world = World::with(&objects, plan);
    let said = world.run(prove);
    let lines: Vec<u32> = said[0].labels.iter().map(|l| world.sources.position(l.span.file, l.span.start).line).collect();
    assert_eq!(lines, [5, 6]);
    assert_eq!(said[0].code, codes::REACHABILITY);
    assert_eq!(said[0].labels[0].text, "NetworkPolicy `shop/web` lets it out because of this");
}

#[test]
fn what_the_api_server_refuses_is_a_fault() {
    let fault = |change: fn(&mut Value)| {
        let said = changed(|objects, _| change(&mut objects[4]["spec"]));
        said.into_iter().find(|line| line.contains("NetworkPolicy `shop/web` has") || line.contains("selects by")).unwrap_or_default()
    };
    assert!(fault(|spec| spec["policyTypes"] = json!(["Ingress"])).contains("has egress rules that its `policyTypes` leave out"));
    assert!(fault(|spec| spec["egress"][0]["ports"][0] = json!({ "port": "sql", "endPort": 9 })).contains("range of ports"));
    assert!(fault(|spec| spec["egress"][0]["ports"][0] = json!({ "port": 9, "endPort": 8 })).contains("range of ports"));
    assert!(fault(|spec| spec["egress"][0]["ports"][0] = json!({ "endPort": 8 })).contains("range of ports"));
    assert!(fault(|spec| spec["egress"][2]["to"][0]["podSelector"] = json!({})).contains("both `ipBlock` and a selector"));
    assert!(fault(|spec| spec["egress"][2]["to"][0] = json!({})).contains("says nothing"));
    assert!(fault(|spec| spec["egress"][2]["to"][0]["ipBlock"]["except"] = json!(["10.0.0.0/8"])).contains("outside its address range"));
    let wrong = json!({ "matchExpressions": [{ "key": "a", "operator": "Equals", "values": ["b"] }] });
    let said = changed(|objects, _| objects[4]["spec"]["ingress"][0]["from"][0]["namespaceSelector"] = wrong);
    assert!(said[0].contains("selects by `a` with the operator `Equals`"), "{said:?}");
}

// Tables: security.md §3.1 and the cases of §3.4. Three namespaces x, y, z of three pods a, b, c, each labelled `pod` and `app.kubernetes.io/instance`.

const NAMESPACES: [&str; 3] = ["x", "y", "z"];
const PODS: [&str; 3] = ["a", "b", "c"];

fn grid(policies: &[Value]) -> Vec<Value> {
    let mut objects = Vec::new();
    for ns in NAMESPACES {
        let labels = json!({ "ns": ns, "kubernetes.io/metadata.name": ns });
        objects.push(json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": ns, "labels": labels } }));
        for pod in PODS {
            let mut object = deployment(ns, pod);
            object["spec"]["template"]["metadata"]["labels"]["pod"] = json!(pod);
            // The same name is another number in each pod (row 13).
            let number = if pod == "a" { 80 } else { 81 };
            object["spec"]["template"]["spec"]["containers"][0]["ports"] = json!([
                { "name": "web", "containerPort": number }, { "name": "dns", "containerPort": 53, "protocol": "UDP" },
            ]);
            objects.push(object);
        }
    }
    objects.extend(policies.iter().cloned());
    objects
}

/// Who reaches x/a at a protocol and port: "xb ya" for pod b of x and a of y; `-` for nobody; `*` for all other eight.
fn reaching(policies: &[Value], protocol: Protocol, number: u16) -> String {
    table(policies, protocol, number, Direction::Ingress)
}
fn table(policies: &[Value], protocol: Protocol, number: u16, direction: Direction) -> String {
    let world = World::of(&grid(policies));
    let scene = world.scene();
    let flows = Flows::new(&scene.objects, &scene.workloads);
    let asked = super::Ports::of(vec![(protocol, number, number)]);
    let mut found = Vec::new();
    for (at, workload) in (1..).zip(&scene.workloads[1..]) {
        let (from, to) = if direction == Direction::Ingress { (at, 0) } else { (0, at) };
        if !flows.allowed(from, to).and(&asked).is_empty() {
            found.push(format!("{}{}", workload.object.namespace, workload.instance));
        }
    }
    match found.len() {
        0 => "-".to_owned(),
        8 => "*".to_owned(),
        _ => found.join(" "),
    }
}

/// One policy on x/a, of ingress alone.
fn on_a(rules: Value) -> Vec<Value> {
    vec![policy("x", "p", json!({ "podSelector": { "matchLabels": { "pod": "a" } }, "policyTypes": ["Ingress"], "ingress": rules }))]
}
fn pods(labels: Value) -> Value {
    json!({ "podSelector": { "matchLabels": labels } })
}
fn namespaces(labels: Value) -> Value {
    json!({ "namespaceSelector": { "matchLabels": labels } })
}
fn expression(key: &str, operator: &str, values: &[&str]) -> Value {
    let mut expression = json!({ "key": key, "operator": operator });
    if !values.is_empty() {
        expression["values"] = json!(values);
    }
    json!({ "matchExpressions": [expression] })
}

#[test]
fn peers_mean_what_kubernetes_means() {
    let from = |peers: Value| reaching(&on_a(json!([{ "from": peers }])), TCP, 80);
    // No policy, no rule, an empty rule, no peers (rows 4 to 6).
    assert_eq!(reaching(&[], TCP, 80), "*");
    assert_eq!(reaching(&on_a(json!([])), TCP, 80), "-");
    assert_eq!(reaching(&on_a(json!([{}])), TCP, 80), "*");
    assert_eq!(from(json!([])), "*");
    // Pods of the own namespace; of every namespace; of one; of one by its implied name (rows 8 to 11, 30).
    assert_eq!(from(json!([pods(json!({}))])), "xb xc");
    assert_eq!(from(json!([{ "namespaceSelector": {} }])), "*");
    assert_eq!(from(json!([pods(json!({ "pod": "b" }))])), "xb");
    assert_eq!(from(json!([namespaces(json!({ "ns": "y" }))])), "ya yb yc");
    assert_eq!(from(json!([namespaces(json!({ "kubernetes.io/metadata.name": "z" }))])), "za zb zc");
    // In one peer both must hold, in two either (rows 8, 9).
    let (ns, pod) = (namespaces(json!({ "ns": "y" })), pods(json!({ "pod": "b" })));
    assert_eq!(from(json!([{ "namespaceSelector": ns["namespaceSelector"], "podSelector": pod["podSelector"] }])), "yb");
    assert_eq!(from(json!([ns, pod])), "xb ya yb yc");
    // Expressions (row 31).
    let by = |key, operator, values: &[&str]| json!([{ "namespaceSelector": {}, "podSelector": expression(key, operator, values) }]);
    assert_eq!(from(by("pod", "In", &["b", "c"])), "xb xc yb yc zb zc");
    assert_eq!(from(by("pod", "NotIn", &["a"])), "xb xc yb yc zb zc");
    assert_eq!(from(by("other", "NotIn", &["a"])), "*");
    assert_eq!(from(by("other", "Exists", &[])), "-");
    assert_eq!(from(by("pod", "Exists", &[])), "*");
    assert_eq!(from(by("pod", "DoesNotExist", &[])), "-");
    assert_eq!(from(by("other", "DoesNotExist", &[])), "*");
    assert_eq!(from(json!([{ "namespaceSelector": expression("ns", "NotIn", &["x"]) }])), "ya yb yc za zb zc");
    // Addresses are no pods (row 16).
    assert_eq!(from(json!([{ "ipBlock": { "cidr": "0.0.0.0/0" } }])), "-");
}

#[test]
fn ports_mean_what_kubernetes_means() {
    let at = |ports: Value, protocol, number| reaching(&on_a(json!([{ "ports": ports }])), protocol, number);
    assert_eq!(at(json!([]), Protocol::Sctp, 1), "*");
    assert_eq!(at(json!([{ "port": 80 }]), TCP, 80), "*");
    assert_eq!(at(json!([{ "port": 80 }]), TCP, 81), "-");
    // TCP where no protocol is said (row 14).
    assert_eq!(at(json!([{ "port": 80 }]), Protocol::Udp, 80), "-");
    assert_eq!(at(json!([{ "protocol": "UDP" }]), Protocol::Udp, 9), "*");
    assert_eq!(at(json!([{ "protocol": "UDP" }]), TCP, 9), "-");
    assert_eq!(at(json!([{ "protocol": "SCTP", "port": 80 }]), Protocol::Sctp, 80), "*");
    // Ranges (row 12).
    let range = json!([{ "port": 80, "endPort": 90 }]);
    for (number, expected) in [(79, "-"), (80, "*"), (85, "*"), (90, "*"), (91, "-")] {
        assert_eq!(at(range.clone(), TCP, number), expected, "{number}");
    }
    // Names, of the destination's pod and of their protocol (row 13).
    assert_eq!(at(json!([{ "port": "web" }]), TCP, 80), "*");
    assert_eq!(at(json!([{ "port": "web" }]), TCP, 81), "-");
    assert_eq!(at(json!([{ "port": "web", "protocol": "UDP" }]), Protocol::Udp, 80), "-");
    assert_eq!(at(json!([{ "port": "dns", "protocol": "UDP" }]), Protocol::Udp, 53), "*");
    assert_eq!(at(json!([{ "port": "nothing" }]), TCP, 80), "-");
    let out = |port: Value| {
        vec![policy(
            "x",
            "p",
            json!({ "podSelector": { "matchLabels": { "pod": "a" } }, "policyTypes": ["Egress"], "egress": [{ "ports": [port] }] }),
        )]
    };
    assert_eq!(table(&out(json!({ "port": "web" })), TCP, 81, Direction::Egress), "xb xc yb yc zb zc");
    assert_eq!(table(&out(json!({ "port": "web" })), TCP, 80, Direction::Egress), "ya za");
}

#[test]
fn types_default_and_policies_add_up() {
    let a = json!({ "matchLabels": { "pod": "a" } });
    let both = |spec: Value| {
        let policies = vec![policy("x", "p", spec)];
        (table(&policies, TCP, 80, Direction::Ingress), table(&policies, TCP, 80, Direction::Egress))
    };
    let said = |ingress: &str, egress: &str| (ingress.to_owned(), egress.to_owned());
    // Ingress always, egress where there are egress rules (row 2).
    assert_eq!(both(json!({ "podSelector": a })), said("-", "*"));
    assert_eq!(both(json!({ "podSelector": a, "egress": [] })), said("-", "*"));
    assert_eq!(both(json!({ "podSelector": a, "egress": [{ "to": [pods(json!({}))] }] })), said("-", "xb xc"));
    assert_eq!(both(json!({ "podSelector": a, "policyTypes": ["Egress"] })), said("*", "-"));
    // Rules of a type that is left out mean nothing (row 3).
    assert_eq!(both(json!({ "podSelector": a, "policyTypes": ["Egress"], "ingress": [{}] })), said("*", "-"));
    // Everybody of the namespace (row 1), and a union (row 17).
    let mut policies = vec![policy("x", "deny", json!({ "podSelector": {} }))];
    assert_eq!(reaching(&policies, TCP, 80), "-");
    policies.extend(on_a(json!([{ "from": [pods(json!({ "pod": "b" }))] }])));
    policies.push(policy(
        "x",
        "q",
        json!({ "podSelector": a, "ingress": [{ "from": [namespaces(json!({ "ns": "z" }))], "ports": port(80) }] }),
    ));
    assert_eq!(reaching(&policies, TCP, 80), "xb za zb zc");
    assert_eq!(reaching(&policies, TCP, 81), "xb");
    // Another namespace's policy selects nothing here.
    assert_eq!(reaching(&[policy("y", "deny", json!({ "podSelector": {} }))], TCP, 80), "*");
    // The source's side must allow too (row 18).
    let out = policy(
        "y",
        "out",
        json!({ "podSelector": {}, "policyTypes": ["Egress"], "egress": [{ "to": [namespaces(json!({ "ns": "z" }))] }] }),
    );
    assert_eq!(reaching(&[out], TCP, 80), "xb xc za zb zc");
}

/// Numbers that look random, the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
    fn of<'v>(&mut self, values: &[&'v str]) -> &'v str {
        values[self.roll(values.len())]
    }
    fn selector(&mut self, key: &str, values: &[&str], own: &str) -> Value {
        let value = self.of(values);
        match self.roll(7) {
            0 => json!({}),
            1 | 2 => json!({ "matchLabels": { key: value } }),
            3 => json!({ "matchLabels": { own: value } }),
            4 => expression(key, "In", &[value, values[0]]),
            5 => expression(key, "NotIn", &[value]),
            _ => expression(["nothing", key][self.roll(2)], ["Exists", "DoesNotExist"][self.roll(2)], &[]),
        }
    }
    fn peer(&mut self) -> Value {
        let pods = self.selector("pod", &PODS, "app.kubernetes.io/instance");
        let namespaces = self.selector("ns", &NAMESPACES, "kubernetes.io/metadata.name");
        match self.roll(4) {
            0 => json!({ "podSelector": pods }),
            1 => json!({ "namespaceSelector": namespaces }),
            2 => json!({ "podSelector": pods, "namespaceSelector": namespaces }),
            _ => json!({ "ipBlock": { "cidr": "10.0.0.0/8" } }),
        }
    }
    fn ports(&mut self) -> Value {
        let one = |dice: &mut Dice| match dice.roll(4) {
            0 => json!({ "port": 80 }),
            1 => json!({ "port": 80, "endPort": 81, "protocol": "TCP" }),
            2 => json!({ "port": "web" }),
            _ => json!({ "protocol": "UDP" }),
        };
        (0..self.roll(3)).map(|_| one(self)).collect()
    }
    fn rules(&mut self, other: &str) -> Value {
        (0..self.roll(3))
            .map(|_| {
                let peers: Vec<_> = (0..self.roll(3)).map(|_| self.peer()).collect();
                json!({ other: peers, "ports": self.ports() })
            })
            .collect()
    }
    fn policy(&mut self, number: usize) -> Value {
        let namespace = self.of(&NAMESPACES);
        let selector = self.selector("pod", &PODS, "app.kubernetes.io/instance");
        let types = [json!(null), json!(["Ingress"]), json!(["Egress"]), json!(["Ingress", "Egress"])][self.roll(4)].clone();
        let (ingress, egress) = (self.rules("from"), self.rules("to"));
        let mut spec = json!({ "podSelector": selector, "ingress": ingress, "egress": egress });
        if !types.is_null() {
            spec["policyTypes"] = types;
        }
        policy(namespace, &format!("p{number}"), spec)
    }
}

/// The second evaluator: one pod, one other, one port, straight from the JSON, in the words of the documentation.
mod slow {
    use serde_json::Value;

    #[derive(Clone, Copy)]
    pub struct Pod<'a> {
        pub namespace: &'a str,
        pub name: &'a str,
    }

    fn items(value: &Value) -> &[Value] {
        value.as_array().map_or(&[], Vec::as_slice)
    }
    fn selects(selector: &Value, label: &dyn Fn(&str) -> Option<String>) -> bool {
        let equal = selector["matchLabels"].as_object().is_none_or(|m| m.iter().all(|(k, v)| label(k).as_deref() == v.as_str()));
        equal
            && items(&selector["matchExpressions"]).iter().all(|e| {
                let value = label(e["key"].as_str().unwrap());
                let listed = value.as_ref().is_some_and(|value| items(&e["values"]).iter().any(|v| v == value));
                match e["operator"].as_str().unwrap() {
                    "In" => listed,
                    "NotIn" => !listed,
                    "Exists" => value.is_some(),
                    _ => value.is_none(),
                }
            })
    }
    fn pod_label(pod: Pod<'_>, key: &str) -> Option<String> {
        matches!(key, "pod" | "app.kubernetes.io/instance").then(|| pod.name.to_owned())
    }
    fn namespace_label(pod: Pod<'_>, key: &str) -> Option<String> {
        matches!(key, "ns" | "kubernetes.io/metadata.name").then(|| pod.namespace.to_owned())
    }
    fn side(policies: &[Value], at: Pod<'_>, other: Pod<'_>, target: Pod<'_>, incoming: bool, protocol: &str, port: u64) -> bool {
        let (kind, list, peers) = if incoming { ("Ingress", "ingress", "from") } else { ("Egress", "egress", "to") };
        let mut isolated = false;
        for policy in policies {
            let spec = &policy["spec"];
            if policy["metadata"]["namespace"] != at.namespace || !selects(&spec["podSelector"], &|key| pod_label(at, key)) {
                continue;
            }
            let counts = match items(&spec["policyTypes"]) {
                [] => incoming || !items(&spec[list]).is_empty(),
                types => types.iter().any(|t| t == kind),
            };
            isolated |= counts;
            let hit = counts
                && items(&spec[list]).iter().any(|rule| {
                    let peer_hit = |peer: &Value| {
                        let there = match peer.get("namespaceSelector") {
                            Some(selector) => selects(selector, &|key| namespace_label(other, key)),
                            None => other.namespace == at.namespace,
                        };
                        peer.get("ipBlock").is_none() && there && selects(&peer["podSelector"], &|key| pod_label(other, key))
                    };
                    let port_hit = |p: &Value| {
                        let web = if target.name == "a" { 80 } else { 81 };
                        let first = match &p["port"] {
                            Value::Null => None,
                            Value::String(_) => Some(web),
                            number => number.as_u64(),
                        };
                        let last = p["endPort"].as_u64().or(first);
                        p["protocol"].as_str().unwrap_or("TCP") == protocol
                            && first.is_none_or(|f| f <= port)
                            && last.is_none_or(|l| port <= l)
                    };
                    let (others, ports) = (items(&rule[peers]), items(&rule["ports"]));
                    (others.is_empty() || others.iter().any(peer_hit)) && (ports.is_empty() || ports.iter().any(port_hit))
                });
            if hit {
                return true;
            }
        }
        !isolated
    }
    pub fn allowed(policies: &[Value], from: Pod<'_>, to: Pod<'_>, protocol: &str, port: u64) -> bool {
        side(policies, from, to, to, false, protocol, port) && side(policies, to, from, to, true, protocol, port)
    }
}

#[test]
fn both_evaluators_agree_on_random_policies() {
    let mut dice = Dice(7);
    let mut passed = [0_usize; 2];
    for round in 0..300 {
        let policies: Vec<Value> = (0..1 + dice.roll(7)).map(|number| dice.policy(number)).collect();
        let world = World::of(&grid(&policies));
        let scene = world.scene();
        let flows = Flows::new(&scene.objects, &scene.workloads);
        let pairs = flows.pairs();
        for (from, source) in (0..).zip(&scene.workloads) {
            for (to, target) in (0..).zip(&scene.workloads) {
                let pod = |w: &super::super::scene::Workload<'_>| (w.object.namespace.to_owned(), w.object.name.to_owned());
                let ((a, b), (c, d)) = (pod(source), pod(target));
                let allowed = flows.allowed(from, to);
                for (protocol, name) in [(TCP, "TCP"), (Protocol::Udp, "UDP")] {
                    for number in [79, 80, 81, 82] {
                        let asked = super::Ports::of(vec![(protocol, number, number)]);
                        let fast = !allowed.and(&asked).is_empty();
                        let (from, to) = (slow::Pod { namespace: &a, name: &b }, slow::Pod { namespace: &c, name: &d });
                        let expected = slow::allowed(&policies, from, to, name, u64::from(number));
                        assert_eq!(fast, expected, "round {round}: {a}/{b} to {c}/{d} {name} {number}\n{policies:#?}");
                        passed[usize::from(fast)] += 1;
                    }
                }
                let isolated = flows.is_isolated(from, Direction::Egress) && flows.is_isolated(to, Direction::Ingress);
                if isolated && !allowed.is_empty() {
                    assert!(pairs.contains(&(from, to)), "round {round}: {a}/{b} to {c}/{d} is not enumerated\n{policies:#?}");
                }
            }
        }
    }
    assert!(passed.iter().all(|count| *count > 10_000), "{passed:?}");
}

/// Labels of pods that the program does not own, and of their namespaces: every class that the selectors below can tell apart.
#[test]
fn classes_of_other_pods_agree_with_trying_them_all() {
    use super::others::{self, Asked, Items, Pods, Source};
    let mut dice = Dice(11);
    let namespaces = ["n1", "n2", "n3"];
    let world = World::of(&grid(&[]));
    let scene = world.scene();
    let flows = Flows::new(&scene.objects, &scene.workloads);
    let managed = |_: &str| None;
    let declared = connection(dns(), dns(), TCP, (1, 1));
    let (mut equal, mut different) = (0, 0);
    for _ in 0..400 {
        type Labels = Vec<(crate::plan::model::Str, crate::plan::model::Str)>;
        let mut side = || -> Vec<(Labels, Labels, u16)> {
            (0..1 + dice.roll(3))
                .map(|_| {
                    let ns = (0..dice.roll(2)).map(|_| (s("kubernetes.io/metadata.name"), s(dice.of(&namespaces[..2])))).collect();
                    let pods = (0..dice.roll(3)).map(|_| (s(dice.of(&["k", "l"])), s(dice.of(&["v", "w"])))).collect();
                    (ns, pods, 80 + dice.roll(2) as u16)
                })
                .collect()
        };
        let (a, mut b) = (side(), side());
        if dice.roll(3) == 0 {
            // The same in other words: one item is cut in two by a label, or repeated with one more.
            b = a.iter().rev().cloned().collect();
            let (ns, mut pods, port) = a[0].clone();
            pods.push((s("k"), s("v")));
            b.push((ns, pods, port));
        }
        fn as_items<'x>(list: &'x [(Labels, Labels, u16)], declared: &'x Connection) -> Items<'x> {
            let pods = list.iter().map(|(ns, pods, port)| Pods {
                namespaces: Asked::Pairs(ns),
                pods: Asked::Pairs(pods),
                ports: (TCP, *port, *port),
                source: Source::Declared(declared),
            });
            Items { pods: pods.collect(), ..Items::default() }
        }
        let compared = others::compare(&flows, &as_items(&a, &declared), &as_items(&b, &declared), &managed);
        let found = compared.into_iter().next().unwrap_or_default();
        let mut extra = false;
        let mut missing = false;
        let values = [None, Some("v"), Some("w"), Some("u")];
        for ns in namespaces {
            for k in values {
                for l in values {
                    for port in [80, 81] {
                        let hit = |list: &[(Labels, Labels, u16)]| {
                            list.iter().any(|(wanted, pods, at)| {
                                let label = |key: &str| if key == "k" { k } else { l };
                                *at == port
                                    && wanted.iter().all(|(_, v)| &**v == ns)
                                    && pods.iter().all(|(key, v)| label(key) == Some(&**v))
                            })
                        };
                        extra |= hit(&a) && !hit(&b);
                        missing |= hit(&b) && !hit(&a);
                    }
                }
            }
        }
        assert_eq!((found.extra.is_some(), found.missing.is_some()), (extra, missing), "{a:?}\n{b:?}");
        if extra || missing { different += 1 } else { equal += 1 }
    }
    assert!(equal > 50 && different > 50, "{equal} {different}");
}

#[test]
fn ranges_of_addresses_are_compared_by_what_they_hold() {
    let with = |declared: &[(&str, &[&str])]| {
        changed(|_, plan| {
            plan.connections.truncate(4);
            for (cidr, except) in declared {
                let end = End::Cidr { cidr: s(cidr), except: except.iter().map(|e| s(e)).collect() };
                plan.connections.push(connection(own("shop", "web"), end, TCP, (443, 443)));
            }
        })
    };
    // The policy has 192.0.2.0/24 without its upper half: the same set in other words passes.
    assert_eq!(with(&[("192.0.2.0/25", &[])]), Vec::<String>::new());
    assert_eq!(with(&[("192.0.2.0/26", &[]), ("192.0.2.64/26", &[])]), Vec::<String>::new());
    assert_eq!(with(&[("192.0.2.0/25", &[]), ("2001:db8::/32", &[])]).len(), 1);
    assert_eq!(
        with(&[("192.0.2.0/26", &[]), ("192.0.3.0/24", &[])]),
        [
            "E0312 `shop/web` cannot reach the addresses 192.0.3.0 to 192.0.3.255 on TCP 443, though the program says so",
            "E0312 `shop/web` can reach the addresses 192.0.2.64 to 192.0.2.127 on TCP 443, which the program does not say",
        ]
    );
}

/// 1,000 namespaces of three workloads in a chain: what one proof of a large program takes. Run in release for the figure.
#[test]
fn a_large_program_is_proven_by_its_edges() {
    let (mut objects, mut plan) = (Vec::new(), Plan::default());
    for number in 0..1000 {
        let ns = format!("ns{number}");
        plan.namespaces.push(namespace(&ns, true));
        objects.push(deny(&ns));
        let tiers = ["web", "api", "db"];
        for (at, name) in tiers.iter().enumerate() {
            objects.push(deployment(&ns, name));
            let before = at.checked_sub(1).map(|at| json!([{ "from": [{ "podSelector": of(tiers[at]) }], "ports": port(80) }]));
            let mut out = vec![dns_rule()];
            if let Some(next) = tiers.get(at + 1) {
                out.push(json!({ "to": [{ "podSelector": of(next) }], "ports": port(80) }));
                plan.connections.push(connection(own(&ns, name), own(&ns, next), TCP, (80, 80)));
            }
            plan.connections.push(connection(own(&ns, name), dns(), Protocol::Udp, (53, 53)));
            objects.push(tier(&ns, name, &before.unwrap_or(json!([])), &json!(out)));
        }
    }
    let world = World::with(&objects, plan);
    let scene = world.scene();
    let mut diagnostics = crate::diagnostic::Diagnostics::default();
    let mut best = std::time::Duration::MAX;
    for _ in 0..5 {
        let start = std::time::Instant::now();
        prove(&scene, &mut diagnostics);
        best = best.min(start.elapsed());
    }
    assert!(diagnostics.is_ok());
    // Trying all pairs takes seconds; this bound is for an unoptimised build on a busy machine.
    assert!(best.as_millis() < if cfg!(debug_assertions) { 1000 } else { 25 }, "{best:?}");
    if std::env::var_os("SHOW").is_some() {
        panic!("{best:?}");
    }
}
