//! Judge `keda`: each trigger is such that KEDA reads it. What a trigger may say stands in no definition, for `metadata` is a map; it stands in
//! the tags of the structs that KEDA's scalers are read into, and those are read here: names, where each may come from, values, what must be.

use crate::control_plane::built;
use crate::subjects::Subject;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::fs;

/// What is asked of every ScaledObject that is written.
pub fn judge(subjects: &mut [Subject]) -> Result<(), String> {
    for subject in subjects {
        let mut wrong = Vec::new();
        for object in subject.objects.iter().filter(|o| o["kind"] == "ScaledObject") {
            for trigger in object["spec"]["triggers"].as_array().into_iter().flatten() {
                let who = &trigger["authenticationRef"]["name"];
                let is = |o: &&Json| {
                    let metadata = &o["metadata"];
                    o["kind"] == "TriggerAuthentication"
                        && metadata["name"] == *who
                        && metadata["namespace"] == object["metadata"]["namespace"]
                };
                wrong.extend(mistakes(trigger, subject.objects.iter().find(is))?);
            }
        }
        for text in wrong {
            subject.says("keda", text);
        }
    }
    Ok(())
}

fn mistakes(trigger: &Json, authentication: Option<&Json>) -> Result<Vec<String>, String> {
    let kind = trigger["type"].as_str().unwrap_or_default();
    let known = parameters(kind)?;
    let mut said = Vec::new();
    let mut given: BTreeSet<&str> = BTreeSet::new();
    for (key, value) in trigger["metadata"].as_object().into_iter().flatten() {
        given.insert(key);
        match known.iter().find(|p| p.is(key, "triggerMetadata")) {
            None => said.push(format!("a trigger of type {kind} does not read `{key}`")),
            Some(p) if !p.values.is_empty() && !p.values.iter().any(|v| *value == **v) => {
                said.push(format!("`{key}` of a trigger of type {kind} is {}, not {value}", p.values.join(" or ")));
            }
            Some(_) => {}
        }
    }
    let secrets = authentication.and_then(|a| a["spec"]["secretTargetRef"].as_array());
    for parameter in secrets.into_iter().flatten().filter_map(|s| s["parameter"].as_str()) {
        given.insert(parameter);
        if !known.iter().any(|p| p.is(parameter, "authParams")) {
            said.push(format!("a trigger of type {kind} takes no `{parameter}` from a TriggerAuthentication"));
        }
    }
    let lacking = known.iter().filter(|p| p.required && !p.names.iter().any(|n| given.contains(n.as_str())));
    said.extend(lacking.map(|p| format!("a trigger of type {kind} needs `{}`", p.names.join("` or `"))));
    Ok(said)
}

/// What a scaler reads.
struct Parameter {
    /// Any of these names.
    names: Vec<String>,
    /// `triggerMetadata`, `authParams`, `resolvedEnv`.
    from: Vec<String>,
    /// Must it be there?
    required: bool,
    /// Its values, where they are few.
    values: Vec<String>,
}

impl Parameter {
    fn is(&self, name: &str, from: &str) -> bool {
        self.names.iter().any(|n| n == name) && self.from.iter().any(|f| f == from)
    }
}

/// The parameters of a type of trigger.
fn parameters(kind: &str) -> Result<Vec<Parameter>, String> {
    let scalers = built("files").join("keda/pkg/scalers");
    let read = |name: &str| {
        let path = scalers.join(name);
        fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))
    };
    let name = if matches!(kind, "cpu" | "memory") { "cpu_memory" } else { kind };
    let text = read(&format!("{name}_scaler.go"))?;
    let mut all = tags(&text);
    if text.contains("authentication.Config") {
        // Whether one of these must be there follows from `authModes`.
        all.extend(tags(&read("authentication/authentication_types.go")?).into_iter().map(|p| Parameter { required: false, ..p }));
    }
    if all.is_empty() { Err(format!("no struct of a trigger of type {kind} was found")) } else { Ok(all) }
}

/// The fields of a Go source that have a tag `keda:"…"`. A field without a name holds a struct; of an optional one nothing must be there.
fn tags(text: &str) -> Vec<Parameter> {
    let mut found: Vec<(&str, Parameter)> = Vec::new();
    let mut optional: BTreeSet<&str> = BTreeSet::new();
    let mut within = "";
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("type ") {
            within = rest.split_whitespace().next().unwrap_or_default();
        }
        let Some((field, tag)) = line.split_once("`keda:\"").and_then(|(field, tag)| Some((field, tag.split_once('"')?.0))) else {
            continue;
        };
        let parts: Vec<(&str, &str)> = tag.split(',').map(|part| part.trim().split_once('=').unwrap_or((part.trim(), ""))).collect();
        let list = |key: &str| {
            let values = parts.iter().filter(|(k, _)| *k == key).flat_map(|(_, v)| v.split(';'));
            values.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty()).collect::<Vec<_>>()
        };
        let spared = parts.iter().any(|(key, _)| matches!(*key, "optional" | "default"));
        let names = list("name");
        if names.is_empty() {
            if let Some(of) = field.split_whitespace().last().filter(|_| spared) {
                optional.insert(of.trim_start_matches('*'));
            }
        } else {
            found.push((within, Parameter { names, from: list("order"), required: !spared, values: list("enum") }));
        }
    }
    found.into_iter().map(|(of, p)| Parameter { required: p.required && !optional.contains(of), ..p }).collect()
}
