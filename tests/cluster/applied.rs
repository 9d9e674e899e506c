//! Judges `apply` and `again`: the server accepts every object without a warning, every field that was written comes back with its value,
//! and applying once more, a dry run, changes nothing. What the server adds of its own is a decision written down in `defaults.yaml`.

use crate::api::Api;
use crate::programs::root;
use crate::subjects::{Subject, title};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::sync::Mutex;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long the quota controller may take to count every quota once.
const COUNTED: Duration = Duration::from_secs(60);

/// Applies all objects, those first that bound the others.
///
/// # Errors
/// A server that does not answer; what it says of an object is kept with the subject.
pub fn apply(api: &mut Api, subjects: &mut [Subject], defaults: &Defaults) -> Result<(), String> {
    let mut stands: HashMap<String, Json> = HashMap::new();
    for bounds in [true, false] {
        for subject in subjects.iter_mut() {
            let mut wrong = Vec::new();
            for object in subject.objects.iter().filter(|o| is_bound(o) == bounds) {
                let answer = api.path(object).and_then(|path| Ok((path, api.apply(object, false)?.accepted()?)));
                match answer {
                    Ok((path, kept)) => {
                        compare(object, &kept, &title(object), false, &mut wrong);
                        if subject.expected.as_ref().is_none_or(|(judge, _)| judge == "apply") {
                            let kind = object["kind"].as_str().unwrap_or_default();
                            added(object, &without_bookkeeping(&kept), kind, &mut |path, value| {
                                if !defaults.know(path, value) && !is_identity(path) {
                                    wrong.push(format!(
                                        "{}: the server adds {path} = {value}: state it, or say in defaults.yaml why not",
                                        title(object)
                                    ));
                                }
                            });
                        }
                        stands.insert(path, kept);
                    }
                    Err(why) => wrong.push(format!("{}: {why}", title(object))),
                }
            }
            wrong.into_iter().for_each(|text| subject.says("apply", text));
        }
        if bounds {
            wait_for_quotas(api)?;
        }
    }
    for subject in subjects.iter_mut() {
        let mut wrong = Vec::new();
        for object in &subject.objects {
            let path = api.path(object).unwrap_or_default();
            // What was refused the first time was said the first time.
            let Some(before) = stands.get(&path) else { continue };
            match api.apply(object, true)?.accepted() {
                Ok(after) => compare(&without_bookkeeping(before), &without_bookkeeping(&after), &title(object), true, &mut wrong),
                Err(why) => wrong.push(format!("{}: {why}", title(object))),
            }
        }
        wrong.into_iter().for_each(|text| subject.says("again", text));
    }
    Ok(())
}

/// What stands before anything that it bounds: a cluster's owner makes these first, and so does the compiler's order.
fn is_bound(object: &Json) -> bool {
    matches!(object["kind"].as_str(), Some("Namespace" | "ResourceQuota" | "LimitRange"))
}

/// A quota that was not counted yet admits everything.
fn wait_for_quotas(api: &mut Api) -> Result<(), String> {
    let began = Instant::now();
    loop {
        let quotas = api.list("/api/v1/resourcequotas")?;
        if quotas.iter().all(|q| q["status"]["hard"] == q["spec"]["hard"] && q["status"]["used"].is_object()) {
            return Ok(());
        }
        if began.elapsed() > COUNTED {
            return Err("the quota controller does not count".into());
        }
        sleep(Duration::from_millis(200));
    }
}

/// An object without what the server keeps about it: the status, its managers, and the version that each change of the two makes.
fn without_bookkeeping(object: &Json) -> Json {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
    }
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.retain(|key, _| key != "managedFields" && key != "resourceVersion");
    }
    object
}

/// Whether a field says which object this is, and when it was made.
fn is_identity(path: &str) -> bool {
    [".metadata.uid", ".metadata.creationTimestamp", ".metadata.generation"].iter().any(|end| path.ends_with(end))
}

/// What the server may add, and why it is not stated.
pub struct Defaults {
    known: Vec<Default>,
    needed: Mutex<BTreeSet<usize>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Default {
    path: String,
    /// Any, where none is said.
    value: Option<Json>,
    #[allow(dead_code, reason = "for a reader")]
    reason: String,
}

impl Defaults {
    pub fn read() -> Result<Defaults, String> {
        let text = fs::read_to_string(root().join("tests/cluster/defaults.yaml")).map_err(|e| e.to_string())?;
        let known = serde_saphyr::from_str(&text).map_err(|e| format!("defaults.yaml: {e}"))?;
        Ok(Defaults { known, needed: Mutex::default() })
    }

    fn know(&self, path: &str, value: &Json) -> bool {
        let number = self.known.iter().position(|d| d.path == path && d.value.as_ref().is_none_or(|v| v == value));
        self.needed.lock().unwrap().extend(number);
        number.is_some()
    }

    /// Those that no server added.
    pub fn idle(&self) -> Vec<String> {
        let needed = self.needed.lock().unwrap();
        let idle = self.known.iter().enumerate().filter(|(number, _)| !needed.contains(number));
        idle.map(|(_, d)| format!("no server adds {} of defaults.yaml any more: take it out", d.path)).collect()
    }
}

/// Each field of `right` that is not in `left`: `Service.spec.ipFamilies`; those of every kind's pods under one name, `Pod.spec.dnsPolicy`.
fn added(left: &Json, right: &Json, path: &str, found: &mut impl FnMut(&str, &Json)) {
    match (left, right) {
        (Json::Object(l), Json::Object(r)) => {
            for (key, value) in r {
                let below =
                    if key == "template" && value["spec"]["containers"].is_array() { "Pod".into() } else { format!("{path}.{key}") };
                match l.get(key) {
                    Some(stated) => added(stated, value, &below, found),
                    // Of these every key is a field of its own.
                    None if key == "annotations" || key == "labels" => added(&json!({}), value, &below, found),
                    None => found(&below, value),
                }
            }
        }
        (Json::Array(l), Json::Array(r)) => l.iter().zip(r).for_each(|(l, r)| added(l, r, &format!("{path}[]"), found)),
        _ => {}
    }
}

/// What stands in `left` must stand in `right`; the other way round too where both are the server's.
fn compare(left: &Json, right: &Json, path: &str, both: bool, wrong: &mut Vec<String>) {
    match (left, right) {
        (Json::Object(l), Json::Object(r)) => {
            for (key, value) in l {
                match r.get(key) {
                    Some(other) => compare(value, other, &format!("{path}.{key}"), both, wrong),
                    None => wrong.push(format!("{path}.{key} is lost")),
                }
            }
            for key in r.keys().filter(|key| both && !l.contains_key(*key)) {
                wrong.push(format!("{path}.{key} is new"));
            }
        }
        (Json::Array(l), Json::Array(r)) if l.len() == r.len() => {
            for (index, (value, other)) in l.iter().zip(r).enumerate() {
                compare(value, other, &format!("{path}[{index}]"), both, wrong);
            }
        }
        _ if left == right => {}
        _ => wrong.push(format!("{path} was {left} and is {right}")),
    }
}
