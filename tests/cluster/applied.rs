//! Judges `apply` and `again`: the server accepts every object without a warning, every field that was written comes back with its value,
//! and applying once more, a dry run, changes nothing.

use crate::api::Api;
use crate::subjects::{Subject, title};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long the quota controller may take to count every quota once.
const COUNTED: Duration = Duration::from_secs(60);

/// Applies all objects, those first that bound the others.
///
/// # Errors
/// A server that does not answer; what it says of an object is kept with the subject.
pub fn apply(api: &mut Api, subjects: &mut [Subject]) -> Result<(), String> {
    let mut stands: HashMap<String, Json> = HashMap::new();
    for bounds in [true, false] {
        for subject in subjects.iter_mut() {
            let mut wrong = Vec::new();
            for object in subject.objects.iter().filter(|o| is_bound(o) == bounds) {
                let answer = api.path(object).and_then(|path| Ok((path, api.apply(object, false)?.accepted()?)));
                match answer {
                    Ok((path, kept)) => {
                        compare(object, &kept, &title(object), false, &mut wrong);
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

/// The status is the controllers' own, and each change of it makes another version.
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
