//! A real API server judges what the compiler writes: every example and every case of `tests/cases/build`, built for each minor that the
//! server emulates. `tests/run` builds the server and starts this; `cargo test --test cluster NAME` judges some.
//!
//! For each program: server-side apply with strict validation accepts every object without a warning, every field that was written comes back
//! with its value, and applying again (a dry run) changes nothing. First each of `defects/` shows that the judge can fail: its first line is
//! `# minor: what the judge says of it`.
#![allow(clippy::print_stdout, reason = "its own harness")]

#[path = "../it/support/control_plane.rs"]
mod control_plane;

use control_plane::{ControlPlane, built};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Those that the server emulates; 1.33 is judged by its schema alone.
const MINORS: [&str; 4] = ["1.34", "1.35", "1.36", "1.37"];
/// The definitions of the kinds that are not built in: a file, then what of it the compiler knows.
const DEFINITIONS: &str = include_str!("files/definitions");

fn main() -> ExitCode {
    let filters: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let (mut passed, mut failed) = (0, 0);
    let mut report = |name: &str, result: Result<(), String>| match result {
        Ok(()) => {
            passed += 1;
            println!("ok    {name}");
        }
        Err(why) => {
            failed += 1;
            println!("FAIL  {name}\n      {}", why.trim_end().replace('\n', "\n      "));
        }
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let wanted = |name: &str| filters.is_empty() || filters.iter().any(|f| name.contains(f.as_str()));
    for minor in MINORS {
        let server = match ready(minor) {
            Ok(server) => server,
            Err(why) => {
                report(&format!("{minor} the server starts"), Err(why));
                continue;
            }
        };
        for path in entries(&root.join("tests/cluster/defects")) {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let (head, objects) = text.split_once('\n').unwrap_or_default();
            let (of, expected) = head.trim_start_matches("# ").split_once(": ").unwrap_or_default();
            if of == minor {
                report(&format!("{minor} defect {}", name_of(&path)), seeded(&server, objects, expected));
            }
        }
        for program in programs(root).iter().filter(|p| wanted(&p.name)) {
            let result = program.build(minor).and_then(|objects| judge(&server, &objects));
            report(&format!("{minor} {}", program.name), result);
        }
    }
    println!("cluster: {passed} passed, {failed} failed");
    if failed == 0 && passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A server with the definitions installed.
fn ready(minor: &str) -> Result<ControlPlane, String> {
    let server = ControlPlane::start(minor)?;
    let files: BTreeSet<_> = DEFINITIONS.lines().filter_map(|line| line.split_whitespace().next()).collect();
    for file in files {
        let path = built("files").join(file);
        let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        accepted(&server, &["apply", "--server-side", "-f", "-"], &text)?;
    }
    accepted(&server, &["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"], "")?;
    Ok(server)
}

/// A program and how `bayplan build` is asked for it.
struct Program {
    name: String,
    folder: PathBuf,
    arguments: Vec<String>,
}

impl Program {
    fn build(&self, minor: &str) -> Result<Vec<Json>, String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bayplan"));
        command.current_dir(&self.folder).arg("build").args(&self.arguments).args(["--kubernetes", minor, "--format", "json"]);
        let answer = command.output().map_err(|e| e.to_string())?;
        if !answer.status.success() {
            return Err(String::from_utf8_lossy(&answer.stderr).into_owned());
        }
        documents(&answer.stdout)
    }
}

/// Every example (a folder with `.bay` files, or a file of `examples/cases`) and every case of `tests/cases/build` with its directives.
fn programs(root: &Path) -> Vec<Program> {
    let is_source = |path: &PathBuf| path.extension().is_some_and(|e| e == "bay");
    let mut found = Vec::new();
    for folder in entries(&root.join("examples")) {
        if name_of(&folder) == "cases" {
            for file in entries(&folder).into_iter().filter(is_source) {
                found.push(Program {
                    name: format!("examples/cases/{}", name_of(&file)),
                    folder: folder.clone(),
                    arguments: vec![name_of(&file)],
                });
            }
        } else if entries(&folder).iter().any(is_source) {
            found.push(Program { name: format!("examples/{}", name_of(&folder)), folder, arguments: vec![".".into()] });
        }
    }
    for path in entries(&root.join("tests/cases/build")) {
        let (folder, main) =
            if path.is_dir() { (path.clone(), path.join("main.bay")) } else { (root.join("tests/cases/build"), path.clone()) };
        if !is_source(&main) {
            continue;
        }
        let text = fs::read_to_string(&main).unwrap_or_default();
        let mut arguments = Vec::new();
        let mut files = vec![name_of(&main)];
        for directive in text.lines().filter_map(|line| line.strip_prefix("//? ")) {
            if let Some(input) = directive.strip_prefix("set ") {
                arguments.extend(["--set".into(), input.into()]);
                continue;
            }
            match directive.split_once(" = ") {
                Some(("env", name)) => arguments.extend(["--env".into(), name.into()]),
                Some(("inputs", file)) => arguments.extend(["--inputs".into(), file.into()]),
                Some(("files", names)) => files = names.split(' ').map(Into::into).collect(),
                // `kubernetes` is what the judge chooses; `tests/cases.rs` refuses what is no directive.
                _ => {}
            }
        }
        arguments.extend(files);
        found.push(Program { name: format!("tests/cases/build/{}", name_of(&path)), folder, arguments });
    }
    found
}

/// Applies these objects twice, and takes them away again: the next program may use the same names.
fn judge(server: &ControlPlane, objects: &[Json]) -> Result<(), String> {
    let text: String = objects.iter().map(|object| format!("---\n{object}\n")).collect();
    let apply = ["apply", "--server-side", "--field-manager=bayplan", "--validate=strict", "-o", "json", "-f", "-"];
    let result = accepted(server, &apply, &text).and_then(|first| {
        let mut wrong: Vec<String> = Vec::new();
        for (written, kept) in objects.iter().zip(&first) {
            compare(written, kept, &title(written), false, &mut wrong);
        }
        let second = accepted(server, &[&apply[..], &["--dry-run=server"]].concat(), &text)?;
        for (before, after) in first.iter().zip(&second) {
            compare(before, after, &format!("applied again, {}", title(before)), true, &mut wrong);
        }
        if first.len() != objects.len() || second.len() != objects.len() {
            wrong.push(format!("{} objects were written, {} and {} came back", objects.len(), first.len(), second.len()));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
    });
    let result = result.map_err(|why| {
        let namespaces = objects.iter().filter(|o| o["kind"] == "Namespace").filter_map(|o| o["metadata"]["name"].as_str());
        namespaces.fold(why, |why, name| format!("{why}\n{}", server.logs(&format!("/{name}/"))))
    });
    // Namespaces stay: it takes a controller to end one.
    let rest: String = objects.iter().filter(|o| o["kind"] != "Namespace").map(|object| format!("---\n{object}\n")).collect();
    server.kubectl(&["delete", "--ignore-not-found", "--wait=false", "-f", "-"], &rest)?;
    result
}

/// A defect passes where the judge says what is expected of it.
fn seeded(server: &ControlPlane, text: &str, expected: &str) -> Result<(), String> {
    let objects: Vec<Json> = documents(text.as_bytes())?;
    match judge(server, &objects) {
        Ok(()) => Err(format!("nothing was found; expected: {expected}")),
        Err(why) if why.contains(expected) => Ok(()),
        Err(why) => Err(format!("expected: {expected}\nsaid: {why}")),
    }
}

/// Runs kubectl, which must succeed without a word on standard error; its answer as objects.
fn accepted(server: &ControlPlane, arguments: &[&str], input: &str) -> Result<Vec<Json>, String> {
    let answer = server.kubectl(arguments, input)?;
    if !answer.status.success() || !answer.stderr.is_empty() {
        return Err(String::from_utf8_lossy(&answer.stderr).into_owned());
    }
    if !arguments.contains(&"json") {
        return Ok(Vec::new());
    }
    let objects = documents(&answer.stdout)?;
    Ok(objects
        .into_iter()
        .flat_map(|o| if o["kind"] == "List" { o["items"].as_array().cloned().unwrap_or_default() } else { vec![o] })
        .collect())
}

/// What stands in `left` must stand in `right`; the other way round too where both are the server's (its bookkeeping aside).
fn compare(left: &Json, right: &Json, path: &str, both: bool, wrong: &mut Vec<String>) {
    match (left, right) {
        (Json::Object(l), Json::Object(r)) => {
            for (key, value) in l.iter().filter(|(key, _)| *key != "managedFields") {
                match r.get(key) {
                    Some(other) => compare(value, other, &format!("{path}.{key}"), both, wrong),
                    None => wrong.push(format!("{path}.{key} is lost")),
                }
            }
            for key in r.keys().filter(|key| both && *key != "managedFields" && !l.contains_key(*key)) {
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

fn title(object: &Json) -> String {
    format!("{} {}", object["kind"].as_str().unwrap_or_default(), object["metadata"]["name"].as_str().unwrap_or_default())
}

/// A JSON array, or one JSON value after the other.
fn documents(text: &[u8]) -> Result<Vec<Json>, String> {
    let mut found = Vec::new();
    for value in serde_json::Deserializer::from_slice(text).into_iter::<Json>() {
        match value.map_err(|e| e.to_string())? {
            Json::Array(values) => found.extend(values),
            value => found.push(value),
        }
    }
    Ok(found)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    found.sort();
    found
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
