//! What is judged: every example in each of its environments, every case of `tests/cases/build`, and the seeded defects of `defects/`.
//!
//! All of them are on one control plane at once, so each gets namespaces of its own: `shop` of the seventh is `s07-shop`, wherever it is named.

use crate::control_plane::Minor;
use crate::programs::{self, Program, entries, file_name, root};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::fs;

/// What one judge says of a subject.
pub struct Problem {
    /// `apply`, `again`, `run`, `drain`, `kube-score`, `kubeconform`, `prometheus-rules` or `keda`.
    pub judge: &'static str,
    pub text: String,
}

/// The objects of one program, and what was said of them.
pub struct Subject {
    pub name: String,
    pub objects: Vec<Json>,
    /// Of a defect: the judge that finds it, and words of what it says.
    pub expected: Option<(String, String)>,
    pub problems: Vec<Problem>,
}

impl Subject {
    pub fn says(&mut self, judge: &'static str, text: impl Into<String>) {
        self.problems.push(Problem { judge, text: text.into() });
    }

    /// Whether these are the words that a defect is there for.
    pub fn is_expected(&self, judge: &str, text: &str) -> bool {
        self.expected.as_ref().is_some_and(|(of, words)| of == judge && text.contains(words.as_str()))
    }

    /// A program passes where nothing was said, a defect where its judge said what is expected.
    pub fn result(&self) -> Result<(), String> {
        let said: Vec<String> = self.problems.iter().map(|p| format!("{}: {}", p.judge, p.text)).collect();
        match &self.expected {
            None if said.is_empty() => Ok(()),
            None => Err(said.join("\n")),
            Some(_) if self.problems.iter().any(|p| self.is_expected(p.judge, &p.text)) => Ok(()),
            Some((judge, words)) => Err(format!("expected of {judge}: {words}\nsaid: {}", said.join("\n      "))),
        }
    }

    /// Names of the namespaces that its objects are in and that it does not make: somebody else's, who made them before.
    pub fn foreign_namespaces(&self) -> BTreeSet<String> {
        let own = |name: &String| self.objects.iter().any(|o| o["kind"] == "Namespace" && o["metadata"]["name"] == name.as_str());
        self.namespaces().into_iter().filter(|name| !own(name)).collect()
    }

    /// Names of the namespaces that its objects are in.
    pub fn namespaces(&self) -> BTreeSet<String> {
        namespaces(&self.objects)
    }
}

/// All subjects at this minor whose name holds one of the filters (all where there is none).
pub fn subjects(minor: Minor, filters: &[String]) -> Vec<Subject> {
    let wanted = |name: &str| filters.is_empty() || filters.iter().any(|f| name.contains(f.as_str()));
    let examples = programs::examples().into_iter().map(|p| Program { name: format!("examples/{}", p.name), ..p });
    let mut found = Vec::new();
    for program in examples {
        for environment in program.environments() {
            let name = environment.as_ref().map_or(program.name.clone(), |e| format!("{} --env {e}", program.name));
            if wanted(&name) {
                found.push(compiled(name, program.objects_at(environment.as_deref(), &minor.to_string())));
            }
        }
    }
    for program in programs::building_cases().into_iter().filter(|p| wanted(&p.name) && p.is_of(&minor.to_string())) {
        let objects = program.objects_at(None, &minor.to_string());
        found.push(compiled(program.name, objects));
    }
    // A control plane alone has files and no object: `kubeadm` judges it.
    found.retain(|subject| !subject.objects.is_empty() || !subject.problems.is_empty());
    found.extend(defects(minor).into_iter().filter(|d| wanted(&d.name)));
    for (number, subject) in found.iter_mut().enumerate() {
        let old = subject.namespaces();
        for object in &mut subject.objects {
            rename(object, &old, &format!("s{number:02}-"));
        }
    }
    found
}

fn compiled(name: String, objects: Result<Vec<Json>, String>) -> Subject {
    let mut subject = Subject { name, objects: Vec::new(), expected: None, problems: Vec::new() };
    match objects {
        Ok(objects) => subject.objects = objects,
        Err(why) => subject.says("build", why),
    }
    subject
}

/// The defects of this minor: the first line of each is `# MINOR JUDGE: WORDS`, what follows are objects, one a line.
fn defects(minor: Minor) -> Vec<Subject> {
    let mut found = Vec::new();
    for path in entries(&root().join("tests/cluster/defects")).iter().filter(|p| p.extension().is_some_and(|e| e == "json")) {
        let text = fs::read_to_string(path).unwrap();
        let (head, objects) = text.split_once('\n').unwrap();
        let (place, words) = head.strip_prefix("# ").and_then(|h| h.split_once(": ")).unwrap();
        let (of, judge) = place.split_once(' ').unwrap_or_else(|| panic!("{}: `# MINOR JUDGE: WORDS`", path.display()));
        if of == minor.to_string() {
            let objects = serde_json::Deserializer::from_str(objects).into_iter().map(Result::unwrap).collect();
            let expected = Some((judge.to_owned(), words.to_owned()));
            let name = format!("defect {}", file_name(path).trim_end_matches(".json"));
            found.push(Subject { name, objects, expected, problems: Vec::new() });
        }
    }
    found
}

fn namespaces(objects: &[Json]) -> BTreeSet<String> {
    let own = objects.iter().filter(|o| o["kind"] == "Namespace").filter_map(|o| o["metadata"]["name"].as_str());
    own.chain(objects.iter().filter_map(|o| o["metadata"]["namespace"].as_str())).map(str::to_owned).collect()
}

/// Puts the prefix before these namespaces, in every place that names one.
fn rename(value: &mut Json, namespaces: &BTreeSet<String>, prefix: &str) {
    let prefixed = |name: &mut Json| {
        if let Some(old) = name.as_str().filter(|n| namespaces.contains(*n)) {
            // 63 characters are the most of a namespace's name.
            let cut: String = format!("{prefix}{old}").chars().take(63).collect();
            *name = Json::String(cut.trim_end_matches('-').to_owned());
        }
    };
    if value["kind"] == "Namespace" {
        prefixed(&mut value["metadata"]["name"]);
    }
    match value {
        Json::Object(fields) => {
            for (key, field) in fields {
                match key.as_str() {
                    "namespace" | "kubernetes.io/metadata.name" => prefixed(field),
                    _ => rename(field, namespaces, prefix),
                }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| rename(item, namespaces, prefix)),
        _ => {}
    }
}

/// `Kind name` of an object.
pub fn title(object: &Json) -> String {
    format!("{} {}", object["kind"].as_str().unwrap_or_default(), object["metadata"]["name"].as_str().unwrap_or_default())
}
