//! Judges that need no server: kubeconform (strict, with the schemas that the API server itself publishes) and kube-score, less what
//! `tests/judges/exemptions.yaml` exempts; and Prometheus' rule checker, which also says of single queries whether the compiler reads them as it does.

use crate::api::Api;
use crate::control_plane::{Minor, program};
use crate::programs::root;
use crate::subjects::Subject;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a tool may find, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exemption {
    pub tool: String,
    pub check: String,
    /// `Kind/name`; a `*` at either end matches any text.
    #[serde(default = "everything")]
    pub object: String,
    #[allow(dead_code, reason = "for a reader; Python's reader of the same file asks for a sentence")]
    reason: String,
}

fn everything() -> String {
    "*".into()
}

impl Exemption {
    fn covers(&self, tool: &str, check: &str, object: &str) -> bool {
        let matches = match (self.object.strip_prefix('*'), self.object.strip_suffix('*')) {
            (Some(""), _) => true,
            (Some(end), _) => object.ends_with(end),
            (_, Some(start)) => object.starts_with(start),
            _ => self.object == object,
        };
        self.tool == tool && self.check == check && matches
    }
}

/// The exemptions of the tools here; those of others stand in the same file.
pub fn exemptions() -> Result<Vec<Exemption>, String> {
    let path = root().join("tests/judges/exemptions.yaml");
    let text = fs::read_to_string(&path).map_err(|e| e.to_string())?;
    let all: Vec<Exemption> = serde_saphyr::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(all.into_iter().filter(|e| e.tool == "kube-score").collect())
}

/// Judges all subjects, and says which exemptions were needed.
///
/// # Errors
/// A tool that does not run.
pub fn judge(api: &mut Api, minor: Minor, subjects: &mut [Subject], exemptions: &[Exemption]) -> Result<BTreeSet<usize>, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tools-{minor}"));
    fs::remove_dir_all(&folder).ok();
    let schemas = folder.join("schemas");
    fs::create_dir_all(&schemas).map_err(|e| e.to_string())?;
    write_schemas(&api.get("/openapi/v2")?, &schemas)?;
    let files = write(&folder, "whole", subjects, Json::clone)?;
    kubeconform(&schemas, &files, subjects)?;
    rules(&folder, subjects)?;
    kube_score(minor, &write(&folder, "stand-ins", subjects, stand_in)?, subjects, exemptions)
}

/// A file for each subject, with what an object is for the tool that reads it.
fn write(folder: &Path, what: &str, subjects: &[Subject], shown: impl Fn(&Json) -> Json) -> Result<Vec<PathBuf>, String> {
    let folder = folder.join(what);
    fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let mut files = Vec::new();
    for (number, subject) in subjects.iter().enumerate() {
        let path = folder.join(format!("{number:02}.yaml"));
        let text: String = subject.objects.iter().map(|o| format!("---\n{}\n", shown(o))).collect();
        fs::write(&path, text).map_err(|e| e.to_string())?;
        files.push(path);
    }
    Ok(files)
}

/// What kube-score knows that makes the same pods: a Deployment for a Rollout, a Job for a measurement by a job, and for a ScaledObject the
/// HorizontalPodAutoscaler that KEDA makes of it.
fn stand_in(object: &Json) -> Json {
    let mut known = object.clone();
    if object["kind"] == "ScaledObject" {
        let spec = &object["spec"];
        (known["apiVersion"], known["kind"]) = ("autoscaling/v2".into(), "HorizontalPodAutoscaler".into());
        let least = spec["minReplicaCount"].as_u64().unwrap_or(0).max(1);
        known["spec"] = json!({ "scaleTargetRef": spec["scaleTargetRef"], "minReplicas": least, "maxReplicas": spec["maxReplicaCount"] });
    }
    let job = object["spec"]["metrics"].as_array().into_iter().flatten().find_map(|m| m.pointer("/provider/job/spec"));
    let (api_version, kind) = if job.is_some() { ("batch/v1", "Job") } else { ("apps/v1", "Deployment") };
    if let Some(spec) = job {
        known["spec"] = spec.clone();
    }
    let place = if known["kind"] == "HorizontalPodAutoscaler" { &mut known["spec"]["scaleTargetRef"] } else { &mut known };
    if place["kind"] == "Rollout" || job.is_some() {
        (place["apiVersion"], place["kind"]) = (api_version.into(), kind.into());
    }
    known
}

fn kubeconform(schemas: &Path, files: &[PathBuf], subjects: &mut [Subject]) -> Result<(), String> {
    let location = format!("{}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json", schemas.display());
    let mut command = Command::new(program("kubeconform"));
    command.args(["-strict", "-output", "json", "-verbose", "-schema-location", &location]).args(files);
    let answer = command.output().map_err(|e| format!("kubeconform: {e}"))?;
    let found: Json =
        serde_json::from_slice(&answer.stdout).map_err(|e| format!("kubeconform: {e}: {}", String::from_utf8_lossy(&answer.stderr)))?;
    let mut judged = 0;
    for resource in found["resources"].as_array().into_iter().flatten() {
        judged += 1;
        let Some(subject) = subject_of(resource["filename"].as_str(), files, subjects) else { continue };
        // `statusSkipped` and `statusError` are as bad as `statusInvalid`: an object that was not judged.
        if resource["status"] != "statusValid" {
            let words = |key: &str| resource[key].as_str().unwrap_or_default();
            // The schema's address goes before what is wrong.
            let why = words("msg").split_once("#' - ").map_or(words("msg"), |(_, why)| why);
            subject.says("kubeconform", format!("{} {}: {why}", words("kind"), words("name")));
        }
    }
    let written: usize = subjects.iter().map(|s| s.objects.len()).sum();
    if judged == written { Ok(()) } else { Err(format!("kubeconform judged {judged} of {written} objects")) }
}

fn kube_score(minor: Minor, files: &[PathBuf], subjects: &mut [Subject], exemptions: &[Exemption]) -> Result<BTreeSet<usize>, String> {
    let mut command = Command::new(program("kube-score"));
    command.args(["score", "--output-format", "json", "--kubernetes-version", &format!("v{minor}")]).args(files);
    let answer = command.output().map_err(|e| format!("kube-score: {e}"))?;
    let found: Json =
        serde_json::from_slice(&answer.stdout).map_err(|e| format!("kube-score: {e}: {}", String::from_utf8_lossy(&answer.stderr)))?;
    let mut used = BTreeSet::new();
    for object in found.as_array().into_iter().flatten() {
        let (kind, name) = (object["type_meta"]["kind"].as_str().unwrap_or_default(), object["object_meta"]["name"].as_str());
        let named = format!("{kind}/{}", name.unwrap_or_default());
        for check in object["checks"].as_array().into_iter().flatten() {
            // 10 is all well; what is skipped has no grade.
            if check["skipped"] == true || check["grade"].as_u64().is_none_or(|grade| grade >= 10) {
                continue;
            }
            let id = check["check"]["id"].as_str().unwrap_or_default();
            let covering: Vec<usize> = (0..exemptions.len())
                .filter(|number| exemptions.get(*number).is_some_and(|e| e.covers("kube-score", id, &named)))
                .collect();
            if covering.is_empty() {
                let comments = check["comments"].as_array().into_iter().flatten();
                let words: Vec<&str> = comments.filter_map(|c| c["summary"].as_str()).collect();
                if let Some(subject) = subject_of(object["file_name"].as_str(), files, subjects) {
                    subject.says("kube-score", format!("{id} {named}: {}", words.join("; ")));
                } else {
                    return Err(format!("kube-score found {id} {named} in no file"));
                }
            }
            used.extend(covering);
        }
    }
    Ok(used)
}

fn subject_of<'s>(file: Option<&str>, files: &[PathBuf], subjects: &'s mut [Subject]) -> Option<&'s mut Subject> {
    let number = files.iter().position(|f| f.to_str() == file)?;
    subjects.get_mut(number)
}

/// One JSON schema for each kind of the server's OpenAPI document, strict: no field is taken that is not in it.
fn write_schemas(openapi: &Json, folder: &Path) -> Result<(), String> {
    let definitions = openapi["definitions"].as_object().ok_or("the server publishes no definitions")?;
    let strict: serde_json::Map<String, Json> = definitions.iter().map(|(name, d)| (name.clone(), strict(name, d.clone()))).collect();
    for (name, definition) in &strict {
        for kind in definition["x-kubernetes-group-version-kind"].as_array().into_iter().flatten() {
            let part = |key: &str| kind[key].as_str().unwrap_or_default().to_lowercase();
            let group = part("group");
            // kubeconform's `KindSuffix`: the first part of the group, and the version.
            let group = group.split('.').next().filter(|g| !g.is_empty()).map_or(String::new(), |g| format!("-{g}"));
            let mut needed = serde_json::Map::new();
            gather(name, &strict, &mut needed);
            let schema = json!({"$ref": format!("#/definitions/{name}"), "definitions": needed});
            let path = folder.join(format!("{}{group}-{}.json", part("kind"), part("version")));
            fs::write(&path, schema.to_string()).map_err(|e| format!("{}: {e}", path.display()))?;
        }
    }
    Ok(())
}

/// A definition, and all that it refers to.
fn gather(name: &str, all: &serde_json::Map<String, Json>, needed: &mut serde_json::Map<String, Json>) {
    let Some(definition) = all.get(name).filter(|_| !needed.contains_key(name)) else { return };
    needed.insert(name.to_owned(), definition.clone());
    let mut waiting = vec![definition];
    while let Some(value) = waiting.pop() {
        if let Some(target) = value["$ref"].as_str().and_then(|r| r.strip_prefix("#/definitions/")) {
            gather(target, all, needed);
        }
        match value {
            Json::Object(fields) => waiting.extend(fields.values()),
            Json::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
}

fn strict(name: &str, mut value: Json) -> Json {
    // The two types that are written as a text or as a number, which OpenAPI 2 cannot say.
    if name.ends_with(".IntOrString") || name.ends_with(".Quantity") {
        return json!({"type": ["string", "number"]});
    }
    close(&mut value);
    value
}

/// Closes each object that lists its fields.
fn close(value: &mut Json) {
    match value {
        Json::Object(fields) => {
            if fields.get("properties").is_some_and(Json::is_object)
                && !fields.contains_key("additionalProperties")
                && fields.get("x-kubernetes-preserve-unknown-fields") != Some(&Json::Bool(true))
            {
                fields.insert("additionalProperties".into(), Json::Bool(false));
            }
            if fields.get("x-kubernetes-int-or-string") == Some(&Json::Bool(true)) {
                fields.remove("type");
            }
            // Not every format of Kubernetes is one of JSON Schema's: `int-or-string`, `int32`.
            if fields.get("format").is_some_and(Json::is_string) {
                fields.remove("format");
            }
            fields.values_mut().for_each(close);
        }
        Json::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// Every PrometheusRule is such that Prometheus loads it, and so is every query of a trigger.
fn rules(folder: &Path, subjects: &mut [Subject]) -> Result<(), String> {
    for (number, subject) in subjects.iter_mut().enumerate() {
        let mut files = Vec::new();
        for object in subject.objects.iter().filter(|o| o["kind"] == "PrometheusRule") {
            let path = folder.join(format!("rules-{number:02}-{:02}.json", files.len()));
            fs::write(&path, object["spec"].to_string()).map_err(|e| e.to_string())?;
            files.push(path);
        }
        let triggers = |o: &'_ Json| o["spec"]["triggers"].as_array().into_iter().flatten().cloned().collect::<Vec<_>>();
        let queries = subject.objects.iter().filter(|o| o["kind"] == "ScaledObject").flat_map(triggers);
        for query in queries.filter_map(|t| t["metadata"]["query"].as_str().map(str::to_owned)) {
            let path = folder.join(format!("rules-{number:02}-{:02}.json", files.len()));
            let rules = json!({ "groups": [{ "name": "triggers", "rules": [{ "record": "trigger", "expr": query }] }] });
            fs::write(&path, rules.to_string()).map_err(|e| e.to_string())?;
            files.push(path);
        }
        for mistake in checked(&files)?.into_values().flatten() {
            subject.says("prometheus-rules", mistake);
        }
    }
    Ok(())
}

/// What Prometheus' rule checker says of each file.
fn checked(files: &[PathBuf]) -> Result<BTreeMap<usize, Vec<String>>, String> {
    let mut said: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    if files.is_empty() {
        return Ok(said);
    }
    let answer = Command::new(program("prometheus-rules")).args(files).output().map_err(|e| format!("prometheus-rules: {e}"))?;
    let text = String::from_utf8_lossy(&answer.stdout).into_owned();
    for line in text.lines() {
        let found = files.iter().enumerate().find_map(|(number, f)| Some((number, line.strip_prefix(f.to_str()?)?.strip_prefix(": ")?)));
        match (found, said.last_entry()) {
            (Some((number, mistake)), _) => said.entry(number).or_default().push(mistake.to_owned()),
            // A mistake of several lines goes on.
            (None, Some(mut last)) => last.get_mut().push(line.to_owned()),
            (None, None) => return Err(format!("prometheus-rules: {line}")),
        }
    }
    match (answer.status.code(), said.is_empty()) {
        (Some(0), true) | (Some(1), false) => Ok(said),
        (code, _) => Err(format!("prometheus-rules ended with {code:?}: {text}{}", String::from_utf8_lossy(&answer.stderr))),
    }
}

/// Prometheus takes each query that the compiler's own tests call right, and refuses each that they call wrong (M10).
pub fn prometheus_rules() -> Result<(), String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("queries");
    fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let mut wrong = Vec::new();
    for (name, takes) in [("right", true), ("wrong", false)] {
        let path = root().join(format!("src/units/promql/{name}.txt"));
        let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let queries: Vec<&str> = text.lines().map(|line| line.split(" § ").next().unwrap_or(line)).collect();
        let mut files = Vec::new();
        for (number, query) in queries.iter().enumerate() {
            let path = folder.join(format!("{name}-{number:03}.json"));
            let rules = json!({"groups": [{"name": "queries", "rules": [{"record": "query", "expr": query}]}]});
            fs::write(&path, rules.to_string()).map_err(|e| e.to_string())?;
            files.push(path);
        }
        let said = checked(&files)?;
        for (number, query) in queries.iter().enumerate().filter(|(number, _)| said.contains_key(number) == takes) {
            wrong.push(format!(
                "{name}.txt has `{query}`, of which Prometheus says: {}",
                said.get(&number).map_or("nothing".into(), |s| s.join(" "))
            ));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}
