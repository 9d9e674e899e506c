//! The one data-driven runner: each file `tests/cases/FOLDER/NAME.bay`, and each folder with a `main.bay`, is a test of that name.
//!
//! What is expected stands in the file itself, as its last lines, each after `//! `:
//! * in `errors/`: everything that the compiler says, as a person reads it at 100 columns;
//! * in `build/`: facts of what is emitted (`Deployment shop/web spec.replicas = 3`, `no HorizontalPodAutoscaler`,
//!   `Service shop/web no spec.type`, `note E0317 …`), or nothing, and the whole output is `NAME.yaml` beside it (`main.yaml` in a folder);
//! * in `syntax/`: nothing; the file parses without a word.
//!
//! A file may begin with directives: `//? env = staging`, `//? set version=1`, `//? inputs = values.yaml`, `//? kubernetes = 1.33`,
//! `//? files = main.bay other.bay`, `//? check` for all environments. Each case is compiled with one thread and with two, and must come
//! out the same. `UPDATE=1 cargo test --test cases` writes what came out into the files; `cargo test --test cases NAME` runs some.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that fails may panic, and this one is its own harness"
)]

#[path = "it/support/directives.rs"]
mod directives;

use bayplan::diagnostic::render::{Options, human};
use bayplan::diagnostic::{Diagnostics, Severity, codes};
use bayplan::output::{self, Format};
use bayplan::source::FileId;
use bayplan::world::MemoryWorld;
use bayplan::{Compiled, Request};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Codes that no program can bring about, and why.
const WITHOUT_A_CASE: &[(u16, &str)] = &[
    (112, "a source of 4 MiB"),
    (113, "a source of a million tokens"),
    (116, "bytes that are no text"),
    (313, "a fault of the compiler's own: what a program can say wrongly is refused before objects are made"),
];

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let filters: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let update = std::env::var_os("UPDATE").is_some_and(|v| v != "0");
    let wanted = |name: &str| filters.is_empty() || filters.iter().any(|f| name.contains(f.as_str()));
    let (mut passed, mut failed) = (0, 0);
    let mut report = |name: &str, result: Result<(), String>| match result {
        Ok(()) => passed += 1,
        Err(why) => {
            failed += 1;
            println!("FAILED {name}\n{}", indented(&why));
        }
    };
    let cases = collect(&root);
    let mut said = BTreeSet::new();
    for case in &cases {
        if wanted(&case.name) {
            let result = catch_unwind(AssertUnwindSafe(|| case.run(update, &mut said)));
            report(&case.name, result.unwrap_or_else(|_| Err("the compiler panicked".into())));
        }
    }
    if filters.is_empty() {
        report("every code has a case", coverage(&said));
    }
    if wanted("beginnings") {
        report("beginnings of cases are compiled without a crash, and nothing is left out silently", beginnings(&cases));
    }
    println!("{passed} passed, {failed} failed");
    if failed == 0 && passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Each file cut after each of its lines, as somebody types it.
fn beginnings(cases: &[Case]) -> Result<(), String> {
    let mut wrong = String::new();
    for case in cases.iter().filter(|c| c.kind != "syntax") {
        let text = cut(&fs::read_to_string(&case.main).map_err(|e| e.to_string())?);
        let (request, check) = directives::read(&text.program, &file_name(&case.main))?;
        let lines: Vec<&str> = text.program.lines().collect();
        for n in (1..lines.len()).filter(|n| lines.len() < 60 || n % 7 == 0) {
            let part = Text { program: lines[..n].join("\n"), expected: Vec::new() };
            let result = catch_unwind(AssertUnwindSafe(|| nothing_silent(&case.compile(&part, &request, check))));
            if let Err(why) = result.unwrap_or_else(|_| Err("the compiler panicked".into())) {
                writeln!(wrong, "{}, its first {n} lines: {why}", case.name).unwrap();
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// A code without a case is a message that nobody has read.
fn coverage(said: &BTreeSet<u16>) -> Result<(), String> {
    let excepted = |code: u16| WITHOUT_A_CASE.iter().any(|(c, _)| *c == code);
    let mut wrong = String::new();
    for code in codes::EXPLANATIONS.iter().map(|e| e.code) {
        match (said.contains(&code.0), excepted(code.0)) {
            (false, false) => writeln!(wrong, "no case under tests/cases/errors gives {code}").unwrap(),
            (true, true) => writeln!(wrong, "{code} has a case: take it out of WITHOUT_A_CASE").unwrap(),
            _ => {}
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// A test: one file, or a folder of files.
struct Case {
    /// `errors/E0203-wrong-type`.
    name: String,
    /// The folder of `tests/cases` that it is in.
    kind: String,
    /// The file that holds directives and expectations.
    main: PathBuf,
    /// All files of the case by their names in the world; the main one is read again when it is run.
    files: BTreeMap<String, PathBuf>,
}

/// A main file, cut in two.
struct Text {
    program: String,
    expected: Vec<String>,
}

fn collect(root: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    for folder in sorted(root).into_iter().filter(|p| p.is_dir()) {
        let kind = file_name(&folder);
        for path in sorted(&folder) {
            let name = format!("{kind}/{}", file_name(&path).trim_end_matches(".bay"));
            if path.is_dir() {
                let main = path.join("main.bay");
                assert!(main.is_file(), "{} has no main.bay", path.display());
                let mut files = BTreeMap::new();
                below(&path, "", &mut files);
                cases.push(Case { name, kind: kind.clone(), main, files });
            } else if path.extension().is_some_and(|e| e == "bay") {
                let files = BTreeMap::from([(file_name(&path), path.clone())]);
                cases.push(Case { name, kind: kind.clone(), main: path, files });
            } else {
                let whole_output = path.extension().is_some_and(|e| e == "yaml") && path.with_extension("bay").is_file();
                assert!(whole_output, "{} belongs to no case", path.display());
            }
        }
    }
    cases
}

fn below(folder: &Path, prefix: &str, files: &mut BTreeMap<String, PathBuf>) {
    for path in sorted(folder) {
        let name = format!("{prefix}{}", file_name(&path));
        if path.is_dir() {
            below(&path, &format!("{name}/"), files);
        } else {
            files.insert(name, path);
        }
    }
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    all.sort();
    all
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

fn cut(text: &str) -> Text {
    let mut lines: Vec<&str> = text.lines().collect();
    let is_expected = |l: &&str| *l == "//!" || l.starts_with("//! ");
    let start = lines.iter().rposition(|l| !is_expected(l)).map_or(0, |i| i + 1);
    let expected = lines.split_off(start).iter().map(|l| l.trim_start_matches("//!").strip_prefix(' ').unwrap_or("").to_owned()).collect();
    let mut program = lines.join("\n");
    program.push('\n');
    Text { program, expected }
}

impl Case {
    fn run(&self, update: bool, said: &mut BTreeSet<u16>) -> Result<(), String> {
        let text = cut(&fs::read_to_string(&self.main).map_err(|e| e.to_string())?);
        if self.kind == "syntax" {
            return parses(&text.program);
        }
        let (request, check) = directives::read(&text.program, &file_name(&self.main))?;
        let one = self.compile(&text, &Request { threads: 1, ..request.clone() }, check);
        let two = self.compile(&text, &Request { threads: 2, ..request }, check);
        let (shown, again) = (rendered(&one), rendered(&two));
        same("two threads say something else than one", &shown, &again)?;
        same("two threads write something else than one", &yaml(&one), &yaml(&two))?;
        nothing_silent(&one)?;
        match self.kind.as_str() {
            "errors" => {
                said.extend(one.diagnostics.iter().map(|d| d.code.0));
                self.errors(&text, &one, &shown, update)
            }
            "build" => self.build(&text, &one, &shown, check, update),
            other => Err(format!("nothing is known about cases in `{other}`")),
        }
    }

    /// The program as it is compiled: without what is expected of it, so that this never changes what comes out.
    fn compile(&self, text: &Text, request: &Request, check: bool) -> Compiled {
        let files = self.files.iter().map(|(name, path)| {
            let bytes = if *path == self.main { text.program.clone().into_bytes() } else { fs::read(path).unwrap() };
            (name.clone(), bytes)
        });
        let world = MemoryWorld::new(files);
        if check { bayplan::check(&world, request) } else { bayplan::compile(&world, request) }
    }

    fn errors(&self, text: &Text, compiled: &Compiled, shown: &str, update: bool) -> Result<(), String> {
        if shown.is_empty() {
            return Err("the compiler says nothing, and this is a case of what it says".into());
        }
        let leaf = self.name.rsplit('/').next().unwrap();
        let named = leaf.split('-').next().filter(|c| c.len() == 5 && c.starts_with('E'));
        if let Some(code) = named
            && !compiled.diagnostics.iter().any(|d| d.code.to_string() == code)
        {
            return Err(format!("none of the messages is {code}:\n{shown}"));
        }
        self.settle(text, shown, update)
    }

    fn build(&self, text: &Text, compiled: &Compiled, shown: &str, check: bool, update: bool) -> Result<(), String> {
        if !compiled.diagnostics.is_ok() {
            return Err(format!("does not build:\n{shown}"));
        }
        let beside = self.main.with_extension("yaml");
        if text.expected.is_empty() && !check {
            let found = yaml(compiled);
            if update {
                return fs::write(beside, found).map_err(|e| e.to_string());
            }
            let expected =
                fs::read_to_string(&beside).map_err(|_| "expects nothing: write facts at its end, or run with UPDATE=1".to_owned())?;
            return same("the output is another", &expected, &found);
        }
        let objects = objects(compiled);
        let mut found = Vec::new();
        for fact in &text.expected {
            found.push(current(fact, &objects, compiled)?);
        }
        self.settle(text, &found.join("\n"), update)
    }

    /// Holds what came out against the last lines of the file, or writes it there.
    fn settle(&self, text: &Text, found: &str, update: bool) -> Result<(), String> {
        let expected = text.expected.join("\n");
        if expected.trim_end() == found.trim_end() {
            return Ok(());
        }
        if !update {
            return same("says something else", &expected, found.trim_end());
        }
        let mut whole = text.program.trim_end().to_owned();
        whole.push('\n');
        for line in found.trim_end().lines() {
            whole.push_str(format!("//! {line}").trim_end());
            whole.push('\n');
        }
        fs::write(&self.main, whole).map_err(|e| e.to_string())
    }
}

/// What is left out has an error that says why.
fn nothing_silent(compiled: &Compiled) -> Result<(), String> {
    match &compiled.summary {
        Some(left_out) if compiled.diagnostics.is_ok() => Err(format!("no error says why this was left out: {left_out}")),
        _ => Ok(()),
    }
}

fn parses(program: &str) -> Result<(), String> {
    let mut diagnostics = Diagnostics::default();
    bayplan::syntax::parse(FileId(0), program, &mut diagnostics);
    match diagnostics.iter().next() {
        Some(d) => Err(format!("{} {}", d.code, d.title)),
        None => Ok(()),
    }
}

fn rendered(compiled: &Compiled) -> String {
    let options = Options { width: 100, summary: compiled.summary.as_deref(), ..Options::default() };
    let text = human(&compiled.diagnostics, &compiled.sources, &options);
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn written(compiled: &Compiled, format: Format) -> String {
    let mut bytes = Vec::new();
    if let Some(bundle) = &compiled.bundle {
        output::write(bundle, format, &mut bytes).unwrap();
    }
    String::from_utf8(bytes).unwrap()
}

/// The objects, then the files that are none, each after its name.
fn yaml(compiled: &Compiled) -> String {
    let mut text = written(compiled, Format::Yaml);
    for file in compiled.bundle.iter().flat_map(|b| &b.files) {
        write!(text, "# {}.kubeadm/{}\n{}", file.cluster, file.name, String::from_utf8(output::file(file, Format::Yaml)).unwrap()).unwrap();
    }
    text
}

/// The objects, and the documents of the files: those have no name.
fn objects(compiled: &Compiled) -> Vec<Json> {
    let files = compiled.bundle.iter().flat_map(|b| &b.files).map(|file| String::from_utf8(output::file(file, Format::Json)).unwrap());
    let lines = written(compiled, Format::Json) + &files.collect::<String>();
    lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

/// A fact as it holds now: the same words where it still does.
fn current(fact: &str, objects: &[Json], compiled: &Compiled) -> Result<String, String> {
    let words: Vec<&str> = fact.splitn(3, ' ').collect();
    let kinds = |kind: &str| objects.iter().filter(|o| o["kind"] == kind).map(name_of).collect::<Vec<_>>();
    match *words.as_slice() {
        ["no", "warning" | "note"] => {
            let severity = if words[1] == "note" { Severity::Note } else { Severity::Warning };
            let said: Vec<String> =
                compiled.diagnostics.iter().filter(|d| d.severity == severity).map(|d| format!("{} {}", d.code, d.title)).collect();
            if said.is_empty() { Ok(fact.to_owned()) } else { Err(format!("`{fact}`, but there is {}", said.join("; "))) }
        }
        ["no", kind] => match kinds(kind).as_slice() {
            [] => Ok(fact.to_owned()),
            some => Err(format!("`{fact}`, but there is {}", some.join(", "))),
        },
        [severity @ ("warning" | "note"), code, _] => {
            let all: Vec<String> = compiled
                .diagnostics
                .iter()
                .filter(|d| d.code.to_string() == code)
                .map(|d| format!("{severity} {code} {}", d.title))
                .collect();
            match all.iter().find(|s| *s == fact).or(all.first()) {
                Some(said) => Ok(said.clone()),
                None => Err(format!("`{fact}`, but nothing of that code is said")),
            }
        }
        [kind, name, ref rest @ ..] => {
            let Some(object) = objects.iter().find(|o| o["kind"] == kind && name_of(o) == name) else {
                let all: Vec<String> = objects.iter().map(|o| format!("{} {}", o["kind"].as_str().unwrap(), name_of(o))).collect();
                return if rest.first() == Some(&"absent") {
                    Ok(fact.to_owned())
                } else {
                    Err(format!("`{fact}`, but there is no such object; there are {}", all.join(", ")))
                };
            };
            let Some(rest) = rest.first() else { return Ok(fact.to_owned()) };
            if *rest == "absent" {
                return Err(format!("`{fact}`, but it is there"));
            }
            if let Some(path) = rest.strip_prefix("no ") {
                return match at(object, path) {
                    None => Ok(fact.to_owned()),
                    Some(v) => Err(format!("`{fact}`, but it is {v}")),
                };
            }
            let (path, _) = rest.split_once(" = ").ok_or_else(|| format!("`{fact}` is no fact: `KIND NAME PATH = VALUE`"))?;
            match at(object, path) {
                Some(value) => Ok(format!("{kind} {name} {path} = {value}")),
                None => Err(format!("`{fact}`, but there is no `{path}` in {object}")),
            }
        }
        _ => Err(format!("`{fact}` is no fact")),
    }
}

/// `namespace/name`, or the name alone.
fn name_of(object: &Json) -> String {
    let part = |key: &str| object["metadata"][key].as_str();
    match (part("namespace"), part("name")) {
        (Some(namespace), Some(name)) => format!("{namespace}/{name}"),
        // A document that is no object has none.
        (_, name) => name.unwrap_or("-").to_owned(),
    }
}

/// What a path leads to: names, and in brackets an item's number or its `name` (`spec.containers[web].image`); a key with dots in quotes.
fn at<'j>(object: &'j Json, path: &str) -> Option<&'j Json> {
    let mut here = object;
    let mut rest = path;
    while !rest.is_empty() {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if let Some(quoted) = rest.strip_prefix('"') {
            let (key, after) = quoted.split_once('"')?;
            (here, rest) = (here.get(key)?, after);
        } else if let Some(index) = rest.strip_prefix('[') {
            let (index, after) = index.split_once(']')?;
            here = match index.parse::<usize>() {
                Ok(number) => here.get(number)?,
                Err(_) => here.as_array()?.iter().find(|i| i["name"] == index)?,
            };
            rest = after;
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            (here, rest) = (here.get(&rest[..end])?, &rest[end..]);
        }
    }
    Some(here)
}

/// Nothing where both are the same, else their lines from the first difference to the last.
fn same(what: &str, expected: &str, found: &str) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    let (a, b): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(x, y)| x == y).count();
    let mut text = format!("{what} (from line {}):\n", head + 1);
    for (sign, lines) in [("-", &a), ("+", &b)] {
        for line in &lines[head..lines.len() - tail] {
            writeln!(text, "{sign} {line}").unwrap();
        }
    }
    Err(text)
}

fn indented(text: &str) -> String {
    text.lines().map(|l| format!("    {l}\n")).collect()
}
