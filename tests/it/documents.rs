//! README.md, CHANGELOG.md, the picture of the shop and the reference page say what is so. Every program on them compiles, every command runs,
//! and what the compiler made is made again. `UPDATE=1` rewrites the parts of README.md between `<!-- begin NAME -->` and `<!-- end NAME -->`.

use bayplan::diagnostic::codes::EXPLANATIONS;
use bayplan::diagnostic::render;
use bayplan::output::{self, Format};
use bayplan::tape::View;
use bayplan::vocabulary::blocks::Root;
use bayplan::vocabulary::{Block as _, BlockInfo, Form, Type, Variants, allowances, functions, types};
use bayplan::world::MemoryWorld;
use bayplan::{Compiled, Request};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const BINARY: &str = env!("CARGO_BIN_EXE_bayplan");
const HELLO: &str = "app hello in NAMESPACE {\n  tier web {\n    image = \"ghcr.io/acme/hello:1.0.0\"\n    port http = 8080\n    health = http(\"/\")\n  }\n}\n";

#[test]
fn generated_parts_of_the_readme_are_current() {
    let readme = read("README.md");
    let mut fresh = readme.clone();
    for (name, text) in
        [("shop", shop_program()), ("counts", counts()), ("diagnostic", diagnostic()), ("build-script", build_script_source())]
    {
        let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
        let (before, rest) = fresh.split_once(&begin).unwrap_or_else(|| panic!("README.md has no part {name}"));
        let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("README.md: {name} has no end"));
        fresh = format!("{before}{begin}{text}{end}{after}");
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(root().join("README.md"), &fresh).unwrap();
        return;
    }
    assert!(readme == fresh, "README.md is out of date: run UPDATE=1 cargo test --test it documents\n{}", difference(&readme, &fresh));
}

#[test]
fn programs_of_the_readme_compile() {
    assert!(compile_all("README.md", &read("README.md")) >= 10, "README.md has lost its programs");
}

#[test]
fn commands_of_the_readme_run() {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme");
    let _ = fs::remove_dir_all(&scratch);
    copy(&root().join("examples"), &scratch.join("examples"));
    let path = std::env::join_paths(
        std::iter::once(Path::new(BINARY).parent().unwrap().to_path_buf())
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    )
    .unwrap();
    let mut run = 0;
    for (_, text) in fences(&read("README.md")).into_iter().filter(|(info, _)| info == "sh") {
        for line in text.lines().filter(|l| !l.trim().is_empty()) {
            if line == "tests/run" {
                assert!(root().join(line).is_file(), "README.md names {line}, and it does not exist");
                continue;
            }
            // The README's reader builds in release mode and has a cluster; the test has a binary and none.
            let line = line.replace("cargo run --release -- ", "bayplan ");
            let (command, to_cluster) = line.strip_suffix(" | kubectl apply -f -").map_or((line.as_str(), false), |c| (c, true));
            assert!(command.split(" && ").all(|c| c.starts_with("bayplan ")), "README.md: the test does not know how to run `{line}`");
            let done = Command::new("sh").args(["-c", command]).current_dir(&scratch).env("PATH", &path).output().unwrap();
            assert!(done.status.success(), "`{line}` fails:\n{}", String::from_utf8_lossy(&done.stderr));
            assert!(!to_cluster || done.stdout.starts_with(b"---\napiVersion"), "`{line}` gives kubectl nothing");
            run += 1;
        }
    }
    assert!(run >= 5, "README.md has lost its commands");
}

#[test]
fn the_readme_lists_every_verb_and_its_links_lead_somewhere() {
    let readme = read("README.md");
    let help = bayplan(&["--help"]);
    let verbs = help.split_once("Commands:\n").unwrap().1.lines().take_while(|l| !l.is_empty()).filter_map(|l| l.split_whitespace().next());
    for verb in verbs {
        assert!(readme.contains(&format!("| `{verb} ")) || readme.contains(&format!("| `{verb}`")), "README.md does not list `{verb}`");
    }
    for link in readme.split("](").skip(1).map(|l| l.split_once(')').unwrap().0).filter(|l| !l.contains("://")) {
        assert!(root().join(link).exists(), "README.md: {link} does not exist");
    }
}

#[test]
fn the_picture_shows_the_objects_of_the_shop() {
    let picture = read("examples/shop/shop.svg");
    let mut drawn: BTreeMap<(String, String), usize> = BTreeMap::new();
    for text in picture.split("data-object=\"").skip(1) {
        let (tier, rest) = text.split_once('"').unwrap();
        let kind = rest.split_once('>').unwrap().1.split(['<', ' ']).next().unwrap();
        *drawn.entry((tier.into(), kind.into())).or_default() += 1;
    }
    let mut built: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (kind, name) in shop_objects() {
        let tier =
            ["frontend", "backend", "database"].into_iter().find(|t| name == *t || name.starts_with(&format!("{t}-"))).unwrap_or("-");
        *built.entry((tier.into(), kind)).or_default() += 1;
    }
    assert_eq!(drawn, built, "examples/shop/shop.svg (left) does not show what the shop becomes (right)");
}

#[test]
fn the_changelog_knows_this_version() {
    assert!(read("CHANGELOG.md").contains(&format!("\n## [{}]", env!("CARGO_PKG_VERSION"))), "CHANGELOG.md has no entry for this version");
    assert!(read("LICENSE").contains("Apache License") && read("Cargo.toml").contains("license = \"Apache-2.0\""));
}

#[test]
fn the_reference_is_stable_and_complete() {
    let page = bayplan(&["docs"]);
    assert_eq!(page, bayplan(&["docs"]), "two runs of `bayplan docs` differ");
    let mut missing = Vec::new();
    let mut wanted = |what: String| {
        if !page.contains(&what) {
            missing.push(what);
        }
    };
    let (mut blocks, mut sets) = (Vec::new(), Vec::new());
    vocabulary(Root::info(), &mut blocks, &mut sets);
    for info in &blocks {
        for (_, member) in info.members() {
            wanted(format!("\n| `{}", member.name()));
        }
    }
    for set in sets {
        wanted(format!("\n### {}\n", set.name));
        for v in set.list {
            wanted(format!("\n| `{}", v.name));
        }
    }
    types::NAMED.iter().for_each(|(name, _)| wanted(format!("\n| `{name}` | ")));
    allowances::ALL.iter().for_each(|(name, _)| wanted(format!("\n| `{name}` | ")));
    EXPLANATIONS.iter().for_each(|e| wanted(format!("\n| `{}` | ", e.code)));
    functions::ALL.iter().for_each(|f| wanted(format!("\n| `{}", f.signature)));
    assert!(missing.is_empty(), "`bayplan docs` does not say: {missing:?}");
}

#[test]
fn the_reference_is_sound_markdown() {
    let page = bayplan(&["docs"]);
    let headings: Vec<String> = page.lines().filter_map(|l| l.strip_prefix("## ").or(l.strip_prefix("### "))).map(str::to_owned).collect();
    let anchors: BTreeSet<String> = headings.iter().map(|h| h.to_lowercase().replace(' ', "-")).collect();
    assert_eq!(anchors.len(), headings.len(), "two headings share an anchor");
    for link in page.split("](#").skip(1).map(|l| l.split_once(')').unwrap().0) {
        assert!(anchors.contains(link), "#{link} leads nowhere");
    }
    let mut columns = None;
    for line in page.lines() {
        if !line.starts_with('|') {
            columns = None;
            continue;
        }
        let bars = line.replace("\\|", "").matches('|').count();
        assert_eq!(*columns.get_or_insert(bars), bars, "a row of another width: {line}");
        assert!(line.ends_with('|'), "{line}");
    }
}

#[test]
fn examples_of_the_reference_compile_and_each_block_has_one() {
    let page = bayplan(&["docs"]);
    compile_all("bayplan docs", &page);
    let blocks = page.split_once("\n## Blocks\n").unwrap().1.split_once("\n## ").unwrap().0;
    for section in blocks.split("\n### ").skip(1) {
        assert!(section.contains("\n```bay"), "block `{}` has no example", section.lines().next().unwrap_or_default());
    }
}

#[test]
fn functions_of_the_reference_are_those_of_the_checker() {
    for f in functions::ALL {
        let program = format!("{}\n{}", f.example, HELLO.replace(" in NAMESPACE", ""));
        assert_eq!(errors(&compile(&program)), Vec::<String>::new(), "{}", f.example);
        assert!(f.example.contains(f.name) && f.signature.starts_with(f.name));
    }
    let sources: Vec<String> =
        fs::read_dir(root().join("src/check")).unwrap().map(|e| fs::read_to_string(e.unwrap().path()).unwrap()).collect();
    let table = sources
        .iter()
        .find_map(|s| s.split_once("const BUILTINS"))
        .expect("a table of functions in src/check")
        .1
        .split_once("];")
        .unwrap()
        .0;
    let known: Vec<&str> = table.split("(\"").skip(1).map(|l| l.split_once('"').unwrap().0).collect();
    assert_eq!(known, functions::ALL.iter().map(|f| f.name).collect::<Vec<_>>());
}

// ---- what the README quotes

fn shop_program() -> String {
    let source = read("examples/shop/shop.bay");
    let body: Vec<&str> = source.lines().skip_while(|l| l.starts_with("//")).collect();
    format!("\n```bay\n{}\n```\n\n", body.join("\n"))
}

fn counts() -> String {
    let program = shop_program().lines().filter(|l| !l.is_empty() && !l.starts_with("```")).count();
    let compiled = shop(&read("examples/shop/shop.bay"));
    let bundle = compiled.bundle.expect("the shop builds");
    let mut yaml = Vec::new();
    output::write(&bundle, Format::Yaml, &mut yaml).unwrap();
    let lines = yaml.iter().filter(|b| **b == b'\n').count();
    let objects = shop_objects();
    let mut kinds: Vec<(String, Vec<String>)> = Vec::new();
    for (kind, name) in &objects {
        match kinds.iter_mut().find(|(k, _)| k == kind) {
            Some((_, names)) => names.push(format!("`{name}`")),
            None => kinds.push((kind.clone(), vec![format!("`{name}`")])),
        }
    }
    let mut text = format!(
        "\nIts {program} lines become {} objects of {} kinds, {lines} lines of YAML:\n\n| kind | objects |\n|---|---|\n",
        objects.len(),
        kinds.len()
    );
    for (kind, names) in kinds {
        let _ = writeln!(text, "| {kind} | {} |", names.join(", "));
    }
    text + "\n"
}

fn diagnostic() -> String {
    let source = read("examples/shop/shop.bay");
    let wrong = source.replace("= 3..20\n", "= 3..30\n");
    assert_ne!(source, wrong, "the shop's frontend no longer has `replicas = 3..20`");
    let compiled = shop(&wrong);
    let options = render::Options { width: 140, quiet: true, ..render::Options::default() };
    let all = render::human(&compiled.diagnostics, &compiled.sources, &options);
    assert_eq!(compiled.diagnostics.errors(), 1, "{all}");
    format!("\n```text\n{}\n```\n\n", all.trim_end())
}

fn build_script_source() -> String {
    format!("\n```rust\n{}```\n\n", read("examples/build-script/build.rs"))
}

fn shop(source: &str) -> Compiled {
    let world = MemoryWorld::new([("examples/shop/shop.bay", source)]);
    bayplan::compile(&world, &Request { paths: vec!["examples/shop/shop.bay".into()], ..Request::default() })
}

/// Kind and name of each object, in order.
fn shop_objects() -> Vec<(String, String)> {
    let compiled = shop(&read("examples/shop/shop.bay"));
    let bundle = compiled.bundle.expect("the shop builds");
    let text = |o: View<'_>, path: &[&str]| o.path(path).and_then(View::str).unwrap_or_default().to_owned();
    bundle.objects().map(|o| (text(o, &["kind"]), text(o, &["metadata", "name"]))).collect()
}

// ---- programs on a page

/// Compiles each program of a page, and gives their number.
fn compile_all(page: &str, text: &str) -> usize {
    let programs: Vec<(String, String)> = fences(text).into_iter().filter(|(info, _)| info.split(' ').next() == Some("bay")).collect();
    let mut wrong = Vec::new();
    for (info, fragment) in &programs {
        let said = errors(&compile(&whole(info, fragment)));
        if !said.is_empty() {
            wrong.push(format!("{fragment}\n{}", said.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{page}: these do not compile\n\n{}", wrong.join("\n\n"));
    programs.len()
}

/// A program of a fence: whole as it is, or with what its info string says stands around it.
fn whole(info: &str, fragment: &str) -> String {
    let (info, target) = match info.strip_suffix(" mesh") {
        Some(rest) => (rest, "mesh = istio, ingress = istio, "),
        None => (info, ""),
    };
    let app = |body: &str| {
        format!(
            "target {{ {target}api-server = \"10.20.0.0/28\", monitoring = prometheus-operator, rollouts = argo }}\nnamespace live {{ security = restricted }}\napp example in live {{\n  tier backend {{\n    \
             image = \"ghcr.io/acme/backend:1.0.0\"\n    port api = http(3000)\n    health = http(\"/\")\n  }}\n{body}\n}}\n"
        )
    };
    match info {
        "bay" if fragment.lines().any(|l| l.starts_with("app ")) => fragment.to_owned(),
        "bay" if fragment.contains("namespace production") => format!("{fragment}\n{}", HELLO.replace("NAMESPACE", "production")),
        "bay" => format!("{fragment}\n{}", HELLO.replace(" in NAMESPACE", "")),
        "bay app" => app(fragment),
        "bay tier" => {
            let health = if fragment.contains("health {") { "" } else { "health = http(\"/\")" };
            app(&format!(
                "  tier example {{\n    image = \"ghcr.io/acme/example:1.0.0\"\n    port http = 8080\n    {health}\n{fragment}\n  }}"
            ))
        }
        other => panic!("the test does not know what stands around a fence of `{other}`"),
    }
}

fn compile(program: &str) -> Compiled {
    let world = MemoryWorld::new([("page.bay", program)]);
    bayplan::check(&world, &Request { paths: vec!["page.bay".into()], ..Request::default() })
}

fn errors(compiled: &Compiled) -> Vec<String> {
    let options = render::Options { quiet: true, ..render::Options::default() };
    if compiled.diagnostics.is_ok() { Vec::new() } else { vec![render::human(&compiled.diagnostics, &compiled.sources, &options)] }
}

/// Info string and text of each fenced block.
fn fences(page: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some((info.to_owned(), String::new())),
            (Some(_), Some("")) => all.extend(open.take()),
            (Some((_, text)), _) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fence is not closed");
    all
}

// ---- the vocabulary

fn vocabulary(info: &'static BlockInfo, blocks: &mut Vec<&'static BlockInfo>, sets: &mut Vec<&'static Variants>) {
    if blocks.iter().any(|b| std::ptr::eq(*b, info)) {
        return;
    }
    blocks.push(info);
    for (_, m) in info.members() {
        match m.form {
            Form::Attribute(ty) | Form::Labelled(ty) => words(&ty(), sets),
            Form::Single(b) | Form::Many(b) => vocabulary(b(), blocks, sets),
            Form::OneOf(all) => all.iter().for_each(|b| vocabulary(b(), blocks, sets)),
        }
    }
}

fn words(ty: &Type, sets: &mut Vec<&'static Variants>) {
    match ty {
        Type::Variants(v) if sets.iter().any(|s| std::ptr::eq(*s, *v)) => {}
        Type::Variants(v) => {
            sets.push(v);
            v.list.iter().flat_map(|v| v.params).for_each(|p| words(&(p.ty)(), sets));
        }
        Type::Union(members) => members.iter().for_each(|m| words(m, sets)),
        Type::Optional(t) | Type::List(t) | Type::Map(t) | Type::Range(t) => words(t, sets),
        _ => {}
    }
}

// ---- files and processes

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn bayplan(arguments: &[&str]) -> String {
    let done = Command::new(BINARY).args(arguments).output().unwrap();
    assert!(done.status.success(), "bayplan {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true if entry.file_name() == "target" => {}
            true => copy(&entry.path(), &to.join(entry.file_name())),
            false => {
                fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
            }
        }
    }
}

/// The first lines in which two texts differ.
fn difference(old: &str, new: &str) -> String {
    let pair = old.lines().zip(new.lines()).enumerate().find(|(_, (a, b))| a != b);
    pair.map_or_else(|| "one is longer than the other".into(), |(i, (a, b))| format!("line {}\n  is:     {a}\n  should: {b}", i + 1))
}
