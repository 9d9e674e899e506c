//! Judges that need no server: kubeconform (strict, with the schemas that the API server itself publishes) and kube-score, less what
//! `tests/judges/exemptions.yaml` exempts; and Prometheus' rule checker, shown on two files until the compiler writes rules.

use crate::api::Api;
use crate::control_plane::{Minor, program};
use crate::programs::root;
use crate::subjects::Subject;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
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
    let mut files = Vec::new();
    for (number, subject) in subjects.iter().enumerate() {
        let path = folder.join(format!("{number:02}.yaml"));
        let text: String = subject.objects.iter().map(|o| format!("---\n{o}\n")).collect();
        fs::write(&path, text).map_err(|e| e.to_string())?;
        files.push(path);
    }
    kubeconform(&schemas, &files, subjects)?;
    kube_score(minor, &files, subjects, exemptions)
}

fn kubeconform(schemas: &Path, files: &[PathBuf], subjects: &mut [Subject]) -> Result<(), String> {
    let location = format!("{}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json", schemas.display());
    let mut command = Command::new(program("kubeconform"));
    command.args(["-strict", "-output", "json", "-verbose", "-schema-location", &location]).args(files);
    let answer = command.output().map_err(|e| format!("kubeconform: {e}"))?;
    let found: Json = serde_json::from_slice(&answer.stdout)
        .map_err(|e| format!("kubeconform: {e}: {}", String::from_utf8_lossy(&answer.stderr)))?;
    let mut judged = 0;
    for resource in found["resources"].as_array().into_iter().flatten() {
        judged += 1;
        let Some(subject) = subject_of(resource["filename"].as_str(), files, subjects) else { continue };
        // `statusSkipped` and `statusError` are as bad as `statusInvalid`: an object that was not judged.
        if resource["status"] != "statusValid" {
            let words = |key: &str| resource[key].as_str().unwrap_or_default().to_owned();
            let errors = resource["validationErrors"].as_array().into_iter().flatten();
            let errors: Vec<String> = errors.map(|e| format!(" {}: {}", e["path"], e["msg"]).replace('"', "")).collect();
            let why = if errors.is_empty() { words("msg") } else { errors.concat().trim().to_owned() };
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
    let found: Json = serde_json::from_slice(&answer.stdout)
        .map_err(|e| format!("kube-score: {e}: {}", String::from_utf8_lossy(&answer.stderr)))?;
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

/// Prometheus' rule checker takes the right file, and says of the wrong one what its first line says.
pub fn prometheus_rules() -> Result<(), String> {
    let folder = root().join("tests/cluster/defects");
    let said = |name: &str| {
        let answer = Command::new(program("prometheus-rules")).arg(folder.join(name)).output();
        answer.map(|a| (a.status.code(), String::from_utf8_lossy(&a.stdout).into_owned())).map_err(|e| format!("prometheus-rules: {e}"))
    };
    let expected = fs::read_to_string(folder.join("rules-wrong.yaml")).map_err(|e| e.to_string())?;
    let expected = expected.lines().next().and_then(|l| l.strip_prefix("# ")).ok_or("rules-wrong.yaml begins with what is said of it")?;
    match (said("rules-right.yaml")?, said("rules-wrong.yaml")?) {
        ((Some(0), _), (Some(1), words)) if words.contains(expected) => Ok(()),
        (right, wrong) => Err(format!("of the right file: {right:?}\nexpected of the wrong one: {expected}\nsaid: {wrong:?}")),
    }
}
