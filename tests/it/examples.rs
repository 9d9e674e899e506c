//! Each example beside what it becomes. `UPDATE=1 cargo test --test it examples` writes the expected files anew.

use crate::programs::{self, Program, entries, file_name, root, said};
use bayplan::diagnostic::Severity;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the output of one environment is kept: `expected.yaml`, `expected.staging.yaml`; of a case, `expected/NAME.yaml`.
fn expected(program: &Program, environment: Option<&str>) -> PathBuf {
    let environment = environment.map_or(String::new(), |name| format!(".{name}"));
    match program.name.strip_prefix("cases/") {
        Some(name) => program.folder.join(format!("expected/{name}{environment}.yaml")),
        None => program.folder.join(format!("expected{environment}.yaml")),
    }
}

/// Where a file that is no object is kept: `expected.kubeadm-config.yaml`.
fn beside(expected: &Path, name: &str) -> PathBuf {
    expected.with_extension(name)
}

#[test]
fn each_becomes_what_stands_beside_it() {
    let update = std::env::var_os("UPDATE").is_some_and(|v| v != "0");
    let mut wrong = Vec::new();
    for program in programs::examples() {
        for environment in program.environments() {
            let file = expected(&program, environment.as_deref());
            let objects = (file.clone(), program.yaml(environment.as_deref(), 1));
            let files = program.files(environment.as_deref()).into_iter().map(|(name, text)| (beside(&file, name), text));
            for (file, is) in std::iter::once(objects).chain(files) {
                if update {
                    fs::create_dir_all(file.parent().unwrap()).unwrap();
                    fs::write(&file, &is).unwrap();
                }
                let was = fs::read_to_string(&file).unwrap_or_default();
                if let Some(difference) = difference(&was, &is) {
                    wrong.push(format!("{}: {difference}", short(&file)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}\nIf that is meant: UPDATE=1 cargo test --test it examples", wrong.join("\n"));
}

/// The first line that differs.
fn difference(was: &str, is: &str) -> Option<String> {
    if was == is {
        return None;
    }
    let at = was.lines().zip(is.lines()).take_while(|(was, is)| was == is).count();
    let line = |text: &str| text.lines().nth(at).map_or("the end".to_owned(), |line| format!("`{line}`"));
    Some(format!("line {}: {} has become {}", at + 1, line(was), line(is)))
}

#[test]
fn the_comparison_can_fail() {
    assert_eq!(difference("a\nb\n", "a\nb\n"), None);
    assert_eq!(difference("a\nb\n", "a\nc\n").unwrap(), "line 2: `b` has become `c`");
    assert_eq!(difference("a\n", "a\nc\n").unwrap(), "line 2: the end has become `c`");
    assert!(difference("a\n", "a").is_some());
}

#[test]
fn no_expected_file_is_left_behind() {
    let wanted: BTreeSet<PathBuf> = programs::examples()
        .iter()
        .flat_map(|p| {
            let of = |e: Option<String>| {
                let objects = expected(p, e.as_deref());
                let files: Vec<_> = p.files(e.as_deref()).into_iter().map(|(name, _)| beside(&objects, name)).collect();
                files.into_iter().chain([objects])
            };
            p.environments().into_iter().flat_map(of).collect::<Vec<_>>()
        })
        .collect();
    let mut found = Vec::new();
    expected_files(&root().join("examples"), &mut found);
    let stale: Vec<_> = found.iter().filter(|file| !wanted.contains(*file)).map(|file| short(file)).collect();
    assert!(!found.is_empty() && stale.is_empty(), "no program makes these any more: {stale:?}");
}

fn expected_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in entries(folder) {
        if path.is_dir() {
            if file_name(&path) != "target" {
                expected_files(&path, found);
            }
        } else if path.extension().is_some_and(|e| e == "yaml")
            && (file_name(&path).starts_with("expected") || folder.ends_with("expected"))
        {
            found.push(path);
        }
    }
}

fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

#[test]
fn each_passes_the_check_of_all_its_environments() {
    let mut wrong = Vec::new();
    for program in programs::examples() {
        let compiled = program.check();
        // Notes are for the reader of an example too: what it assumes to exist.
        if compiled.diagnostics.iter().any(|d| d.severity != Severity::Note) {
            wrong.push(format!("{}:\n{}", program.name, said(&compiled)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    for program in programs::examples() {
        for environment in program.environments() {
            let (one, messages) = (program.yaml(environment.as_deref(), 1), said(&program.compile(environment.as_deref(), 1)));
            for threads in [2, 3] {
                let many = program.yaml(environment.as_deref(), threads);
                assert_eq!(difference(&one, &many), None, "{} with {threads} threads", program.name);
                assert_eq!(messages, said(&program.compile(environment.as_deref(), threads)), "{} with {threads} threads", program.name);
            }
        }
    }
}

#[test]
fn each_begins_with_what_it_shows() {
    for program in programs::examples() {
        for source in &program.sources {
            let text = fs::read_to_string(source).unwrap();
            let head = text.lines().next().unwrap_or_default();
            assert!(head.starts_with("// ") && head.len() > 30, "{} begins with `{head}`", short(source));
        }
    }
}

/// Comments and blank lines are no part of what a reader must write.
#[test]
fn none_is_longer_than_was_promised() {
    for (name, most) in [("hello", 10), ("shop", 80), ("bookstore", 80), ("online-boutique", 250), ("cluster", 100)] {
        let text = programs::example(name).text();
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count();
        assert!(lines > 3 && lines <= most, "{name} has {lines} lines, more than {most}");
    }
    let all = programs::example("online-boutique").text().lines().count();
    assert!(all <= 250, "online-boutique has {all} lines with its comments");
}
