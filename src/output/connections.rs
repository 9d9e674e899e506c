//! The declared connections as one JSON object: what the judges, which compute the same from the emitted policies, compare with.
//!
//! `{"namespaces": [{"name", "defaultDeny"}], "pods": [{"namespace", "name", "kind", "labels"}], "allowed": [{"from": END, "to": END,
//! "protocol", "port"?, "endPort"?, "because"}]}`, where an END is `{"pod": "NAMESPACE/NAME"}`, `{"namespaces": {…}, "pods": {…}}` or
//! `{"cidr", "except"?}`. A port that is left out is every port.

use crate::plan::model::{Connection, End, Plan, Str};
use crate::tape::{Bundle, View};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io;

const INSTANCE: &str = "app.kubernetes.io/instance";

/// Writes what the plan declares among the pods of the bundle, and a line end. An error is one of `out`'s own.
pub fn write(plan: &Plan, bundle: &Bundle, out: &mut impl io::Write) -> io::Result<()> {
    let pods: Vec<_> = bundle.objects().filter_map(Pods::of).collect();
    let mut named: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for pods in &pods {
        let instance = pods.labels.and_then(|labels| labels.get(INSTANCE)).and_then(View::str).unwrap_or(pods.name);
        named.entry((pods.namespace, instance)).or_default().push(format!("{}/{}", pods.namespace, pods.name));
    }
    let managed: BTreeSet<&str> = plan.namespaces.iter().filter(|n| n.managed).map(|n| &*n.name.value).collect();
    let namespaces: BTreeSet<&str> = pods.iter().map(|pods| pods.namespace).collect();
    let all = json!({
        "namespaces": namespaces.iter().map(|name| json!({ "name": name, "defaultDeny": managed.contains(name) })).collect::<Vec<_>>(),
        "pods": pods.iter().map(Pods::json).collect::<Vec<_>>(),
        "allowed": plan.connections.iter().flat_map(|connection| entries(connection, &named)).collect::<Vec<_>>(),
    });
    serde_json::to_writer_pretty(&mut *out, &all)?;
    writeln!(out)
}

/// An object that makes pods.
struct Pods<'b> {
    namespace: &'b str,
    name: &'b str,
    kind: &'b str,
    labels: Option<View<'b>>,
}

impl<'b> Pods<'b> {
    fn of(object: View<'b>) -> Option<Self> {
        let spec = object.get("spec")?;
        // A measurement of a release may be a job.
        let job = || spec.get("metrics")?.children().find_map(|metric| metric.path(&["provider", "job", "spec"]));
        let spec = spec.path(&["jobTemplate", "spec"]).or_else(job).unwrap_or(spec);
        let template = spec.get("template").filter(|template| template.path(&["spec", "containers"]).is_some())?;
        let text = |path: &[&str]| object.path(path).and_then(View::str).unwrap_or("");
        Some(Pods {
            namespace: text(&["metadata", "namespace"]),
            name: text(&["metadata", "name"]),
            kind: text(&["kind"]),
            labels: template.path(&["metadata", "labels"]),
        })
    }
    fn json(&self) -> Value {
        let labels: Map<String, Value> =
            self.labels.iter().flat_map(|l| l.children()).map(|l| (l.key().to_owned(), json!(l.str().unwrap_or("")))).collect();
        json!({ "namespace": self.namespace, "name": self.name, "kind": self.kind, "labels": labels })
    }
}

/// An end that is a workload means each object that makes its pods.
fn entries<'a>(connection: &'a Connection, named: &'a BTreeMap<(&str, &str), Vec<String>>) -> impl Iterator<Item = Value> + use<'a> {
    let to = ends(&connection.to, named);
    ends(&connection.from, named).into_iter().flat_map(move |from| to.clone().into_iter().map(move |to| entry(connection, &from, &to)))
}

fn entry(connection: &Connection, from: &Value, to: &Value) -> Value {
    let mut entry = Map::new();
    let mut put = |name: &str, value: Value| drop(entry.insert(name.to_owned(), value));
    put("from", from.clone());
    put("to", to.clone());
    put("protocol", json!(connection.protocol.as_str()));
    let (first, last) = connection.ports;
    if (first, last) != (1, u16::MAX) {
        put("port", json!(first));
        if last > first {
            put("endPort", json!(last));
        }
    }
    put("because", json!(connection.because));
    Value::Object(entry)
}

fn ends(end: &End, named: &BTreeMap<(&str, &str), Vec<String>>) -> Vec<Value> {
    match end {
        End::Workload { namespace, instance } => match named.get(&(&**namespace, &**instance)) {
            Some(pods) => pods.iter().map(|pod| json!({ "pod": pod })).collect(),
            // Nothing is hidden: a reader finds that no object has this name.
            None => vec![json!({ "pod": format!("{namespace}/{instance}") })],
        },
        End::Selected { namespace, pods } => vec![json!({ "namespaces": labels(namespace), "pods": labels(pods) })],
        End::Cidr { cidr, except } if except.is_empty() => vec![json!({ "cidr": &**cidr })],
        End::Cidr { cidr, except } => vec![json!({ "cidr": &**cidr, "except": except.iter().map(|e| &**e).collect::<Vec<_>>() })],
    }
}

fn labels(of: &[(Str, Str)]) -> Map<String, Value> {
    of.iter().map(|(name, value)| (name.to_string(), json!(&**value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::model::{At, Namespace, Protocol};
    use crate::tape::{Key, Origin, Tape};

    fn s(text: &str) -> Str {
        Str::from(text)
    }

    /// A CronJob or Deployment whose pods have these labels.
    fn workload(tape: &mut Tape, kind: &str, name: &str, labels: &[(&str, &str)]) {
        let none = Origin::NONE;
        let mut open = vec![tape.root(none)];
        let into = |tape: &mut Tape, name: &str| {
            let key = tape.intern(name);
            tape.map(key, none)
        };
        let text = |tape: &mut Tape, name: &str, value: &str| {
            let key = tape.intern(name);
            tape.str(key, value, none);
        };
        text(tape, "kind", kind);
        let meta = into(tape, "metadata");
        text(tape, "name", name);
        text(tape, "namespace", "shop");
        tape.close(meta);
        open.push(into(tape, "spec"));
        if kind == "CronJob" {
            open.push(into(tape, "jobTemplate"));
            open.push(into(tape, "spec"));
        }
        open.push(into(tape, "template"));
        let meta = into(tape, "metadata");
        let of_pod = into(tape, "labels");
        for (name, value) in labels {
            text(tape, name, value);
        }
        tape.close(of_pod);
        tape.close(meta);
        open.push(into(tape, "spec"));
        let key = tape.intern("containers");
        let containers = tape.seq(key, none);
        let container = tape.map(Key::NONE, none);
        tape.close(container);
        tape.close(containers);
        while let Some(mark) = open.pop() {
            tape.close(mark);
        }
    }

    #[test]
    fn the_shape_is_the_judges() {
        let mut tape = Tape::new();
        workload(&mut tape, "Deployment", "web", &[(INSTANCE, "web"), ("team", "a")]);
        workload(&mut tape, "CronJob", "report", &[(INSTANCE, "report")]);
        let bundle = Bundle::from(vec![tape]);
        let connection = |from: End, to: End, ports| Connection {
            from: from.into(),
            to: to.into(),
            protocol: Protocol::Tcp,
            ports,
            origin: Origin::NONE,
            because: "connects",
        };
        let pod = |instance: &str| End::Workload { namespace: s("shop"), instance: s(instance) };
        let any = End::Selected { namespace: vec![(s("a"), s("b"))], pods: vec![] };
        let out = End::Cidr { cidr: s("10.0.0.0/8"), except: vec![s("10.1.0.0/16")] };
        let plan = Plan {
            namespaces: vec![Namespace {
                name: At::default_of(s("shop")),
                managed: true,
                security: At::default_of(s("restricted")),
                quota: vec![],
                limits: None,
                labels: vec![],
                annotations: vec![],
                rules: None,
                origin: Origin::NONE,
            }],
            connections: vec![
                connection(pod("report"), pod("web"), (80, 80)),
                connection(any, pod("web"), (1, u16::MAX)),
                connection(pod("web"), out, (80, 90)),
            ],
            ..Plan::default()
        };
        let mut written = Vec::new();
        write(&plan, &bundle, &mut written).unwrap();
        let read: Value = serde_json::from_slice(&written).unwrap();
        let expected = json!({
            "namespaces": [{ "name": "shop", "defaultDeny": true }],
            "pods": [
                { "namespace": "shop", "name": "web", "kind": "Deployment", "labels": { INSTANCE: "web", "team": "a" } },
                { "namespace": "shop", "name": "report", "kind": "CronJob", "labels": { INSTANCE: "report" } },
            ],
            "allowed": [
                { "from": { "pod": "shop/report" }, "to": { "pod": "shop/web" }, "protocol": "TCP", "port": 80, "because": "connects" },
                { "from": { "namespaces": { "a": "b" }, "pods": {} }, "to": { "pod": "shop/web" }, "protocol": "TCP", "because": "connects" },
                {
                    "from": { "pod": "shop/web" }, "to": { "cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"] },
                    "protocol": "TCP", "port": 80, "endPort": 90, "because": "connects",
                },
            ],
        });
        assert_eq!(read, expected);
    }
}
