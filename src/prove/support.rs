//! What the proofs' tests share: objects from JSON, a plan, and a source with one line an object.
#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected must fail")]

use super::Proof;
use super::scene::Scene;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::Planned;
use crate::plan::model::{At, Namespace, Plan, Str};
use crate::plan::origins::OriginWriter;
use crate::source::{Source, Sources, Span};
use crate::tape::{Bundle, Key, Origin, Tape};
use crate::workers::Workers;
use serde_json::{Value, json};
use std::sync::atomic::AtomicU32;

/// A plan, its objects and its source: the object of number n was made by line n, from 1.
pub(crate) struct World {
    pub planned: Planned,
    pub bundle: Bundle,
    pub sources: Sources,
}

impl World {
    /// A world with these objects and an empty plan.
    pub fn of(objects: &[Value]) -> World {
        World::with(objects, Plan::default())
    }
    /// A world with these objects and this plan.
    pub fn with(objects: &[Value], plan: Plan) -> World {
        let mut sources = Sources::default();
        let text = "line\n".repeat(objects.len());
        let file = sources.add(Source { name: "app.bay".to_owned(), text: text.into(), library: false });
        let next = AtomicU32::new(1);
        let mut writer = OriginWriter::new(&next);
        let mut tape = Tape::new();
        for (number, object) in objects.iter().enumerate() {
            let origin = writer.note(Span::new(file, number * 5, number * 5 + 4), Origin::NONE);
            put(&mut tape, Key::NONE, object, Some(origin));
        }
        let mut planned = Planned { plan, ..Planned::default() };
        planned.origins.take(writer);
        World { planned, bundle: Bundle::from(vec![tape]), sources }
    }
    /// What a proof says.
    pub fn run(&self, proof: Proof) -> Vec<Diagnostic> {
        let mut diagnostics = Diagnostics::default();
        proof(&self.scene(), &mut diagnostics);
        diagnostics.iter().cloned().collect()
    }
    /// What proofs look at.
    pub fn scene(&self) -> Scene<'_> {
        Scene::new(&self.planned, &self.bundle, &self.sources, &Workers::new(1))
    }
    /// The codes and titles of what a proof says.
    pub fn found(&self, proof: Proof) -> Vec<String> {
        told(&self.run(proof))
    }
    /// The line of a message; 0 without one.
    pub fn line(&self, diagnostic: &Diagnostic) -> u32 {
        diagnostic.primary().map_or(0, |span| self.sources.position(span.file, span.start).line)
    }
}

fn told(said: &[Diagnostic]) -> Vec<String> {
    said.iter().map(|d| format!("{} {}", d.code, d.title)).collect()
}

fn put(tape: &mut Tape, key: Key, value: &Value, root: Option<Origin>) {
    let none = Origin::NONE;
    match value {
        Value::Null => tape.null(key, none),
        Value::Bool(v) => tape.bool(key, *v, none),
        Value::Number(v) => match v.as_i64() {
            Some(v) => tape.int(key, v, none),
            None => tape.float(key, v.as_f64().unwrap(), none),
        },
        Value::String(v) => tape.str(key, v, none),
        Value::Array(v) => {
            let mark = tape.seq(key, none);
            v.iter().for_each(|item| put(tape, Key::NONE, item, None));
            tape.close(mark);
        }
        Value::Object(v) => {
            let mark = match root {
                Some(origin) => tape.root(origin),
                None => tape.map(key, none),
            };
            for (name, item) in v {
                let key = tape.intern(name);
                put(tape, key, item, None);
            }
            tape.close(mark);
        }
    }
}

/// Text.
pub(crate) fn s(text: &str) -> Str {
    Str::from(text)
}

/// A namespace of the plan.
pub(crate) fn namespace(name: &str, managed: bool) -> Namespace {
    Namespace {
        name: At::default_of(s(name)),
        managed,
        security: At::default_of(s("restricted")),
        quota: vec![],
        limits: None,
        labels: vec![],
        annotations: vec![],
        rules: None,
        origin: Origin::NONE,
    }
}

/// A Deployment with nothing wrong about it: two replicas of one container.
pub(crate) fn deployment(namespace: &str, name: &str) -> Value {
    let labels = json!({ "app.kubernetes.io/instance": name });
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": { "name": name, "namespace": namespace, "labels": labels },
        "spec": {
            "replicas": 2,
            "selector": { "matchLabels": labels },
            "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxSurge": 1, "maxUnavailable": 0 } },
            "template": { "metadata": { "labels": labels }, "spec": pod(name) },
        },
    })
}

/// The spec of a hardened pod with one container.
pub(crate) fn pod(name: &str) -> Value {
    json!({
        "serviceAccountName": name,
        "automountServiceAccountToken": false,
        "securityContext": { "runAsNonRoot": true, "runAsUser": 10001, "seccompProfile": { "type": "RuntimeDefault" } },
        "containers": [container(name)],
    })
}

/// A hardened container that serves on port 8080.
pub(crate) fn container(name: &str) -> Value {
    json!({
        "name": name,
        "image": "example.com/image:1.0",
        "imagePullPolicy": "Always",
        "ports": [{ "name": "http", "containerPort": 8080, "protocol": "TCP" }],
        "resources": {
            "requests": { "cpu": "100m", "memory": "128Mi", "ephemeral-storage": "1Gi" },
            "limits": { "cpu": "200m", "memory": "128Mi", "ephemeral-storage": "1Gi" },
        },
        "startupProbe": { "httpGet": { "path": "/", "port": 8080 } },
        "livenessProbe": { "tcpSocket": { "port": 8080 } },
        "readinessProbe": { "httpGet": { "path": "/", "port": 8080 } },
        "securityContext": {
            "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": { "drop": ["ALL"] },
        },
    })
}
