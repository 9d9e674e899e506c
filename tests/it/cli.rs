//! The program as a shell sees it: arguments, streams, files, exit codes.

use crate::programs::root;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A tier with every part that the tests ask about, and one environment.
const PROGRAM: &str = r#"input version: String = "1.0"
namespace shop { security = restricted }
app shop {
  tier web {
    image     = "ghcr.io/acme/web:${version}"
    port http = 8080
    health    = http("/health")
    replicas  = 2
  }
  tier worker {
    image = "ghcr.io/acme/worker:${version}"
    allow no-probe because "it takes what it finds in a queue"
  }
}
environment staging {
  namespace shop { name = "shop-staging" }
  app shop { tier web { replicas = 1 } }
}
"#;

struct Ran {
    code: i32,
    out: String,
    err: String,
}

/// An empty folder of this test's own.
fn folder(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(test);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// A folder with `shop.bay`, [`PROGRAM`].
fn project(test: &str) -> PathBuf {
    let path = folder(test);
    fs::write(path.join("shop.bay"), PROGRAM).unwrap();
    path
}

fn command(here: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bayplan"));
    command.current_dir(here).args(arguments).stdin(Stdio::null());
    for name in ["NO_COLOR", "COLUMNS", "TERM"] {
        command.env_remove(name);
    }
    command
}

fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn bayplan(here: &Path, arguments: &[&str]) -> Ran {
    ran(&mut command(here, arguments))
}

/// With this text on standard input.
fn fed(here: &Path, arguments: &[&str], text: &str) -> Ran {
    let mut child = command(here, arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

/// Every file below, with its text.
fn tree(folder: &Path) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                all.insert(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap());
            }
        }
    }
    all
}

#[test]
fn build_prints_manifests() {
    let here = project("prints");
    let yaml = bayplan(&here, &["build"]);
    assert_eq!((yaml.code, yaml.err.as_str()), (0, ""));
    assert!(yaml.out.starts_with("---\napiVersion: v1\nkind: Namespace\n") && yaml.out.ends_with('\n'), "{}", yaml.out);
    assert_eq!(bayplan(&here, &["build", "shop.bay", "--format", "yaml"]).out, yaml.out);
    let json = bayplan(&here, &["build", "--format", "json"]);
    let objects = json_lines(&json.out);
    assert_eq!(objects.len(), yaml.out.lines().filter(|line| *line == "---").count());
    assert_eq!(objects[0]["kind"], "Namespace");
    let connections = bayplan(&here, &["build", "--format", "connections"]);
    let connections: Value = serde_json::from_str(&connections.out).unwrap();
    assert_eq!(connections["pods"].as_array().unwrap().len(), 2);
    // The program is the same from wherever it is named.
    assert_eq!(bayplan(root(), &["build", here.to_str().unwrap()]).out, yaml.out);
}

#[test]
fn out_keeps_a_folder_as_the_program_says() {
    let here = project("out");
    let build = |more: &[&str]| bayplan(&here, &[&["build", "--out", "manifests"], more].concat());
    let first = build(&[]);
    assert_eq!((first.code, first.out.as_str()), (0, ""));
    assert!(first.err.starts_with("manifests: ") && first.err.contains(" written, 0 removed"), "{}", first.err);
    let written = tree(&here.join("manifests"));
    let web = "shop/deployment-web.yaml";
    assert!(
        written.contains_key(web) && written.contains_key("shop/deployment-worker.yaml") && written.contains_key(".bayplan.index.json")
    );
    assert!(written.contains_key("cluster/namespace-shop.yaml"), "{:?}", written.keys());

    // A second run writes nothing, not even the same bytes.
    let modified = || fs::metadata(here.join("manifests").join(web)).unwrap().modified().unwrap();
    let before = modified();
    let second = build(&["--format", "json"]);
    let report: Value = serde_json::from_str(&second.out).unwrap();
    assert_eq!((&report["written"], &report["removed"]), (&serde_json::json!([]), &serde_json::json!([])));
    assert_eq!(report["unchanged"], written.len() - 1);
    assert_eq!((modified(), tree(&here.join("manifests"))), (before, written.clone()));

    // A tier less: its files go.
    let at = PROGRAM.find("  tier worker").unwrap();
    let less = format!("{}{}", &PROGRAM[..at], &PROGRAM[PROGRAM.find("}\nenvironment").unwrap()..]);
    fs::write(here.join("shop.bay"), less).unwrap();
    let third = build(&[]);
    assert_eq!(third.code, 0, "{}", third.err);
    let left = tree(&here.join("manifests"));
    assert!(!left.keys().any(|path| path.contains("worker")) && left[web] == written[web], "{:?}", left.keys());

    // What a person changed is kept, and nothing else is written either.
    let edited = format!("{}# by hand\n", left[web]);
    fs::write(here.join("manifests").join(web), &edited).unwrap();
    fs::write(here.join("shop.bay"), PROGRAM).unwrap();
    let before = tree(&here.join("manifests"));
    let refused = build(&[]);
    assert_eq!(refused.code, 5);
    assert!(refused.err.contains("deployment-web.yaml` was changed by hand") && refused.err.contains("--force"), "{}", refused.err);
    assert_eq!(tree(&here.join("manifests")), before);
    let forced = build(&["--force"]);
    assert_eq!(forced.code, 0, "{}", forced.err);
    assert_eq!(tree(&here.join("manifests")), written);

    // A program with errors touches nothing.
    fs::write(here.join("shop.bay"), PROGRAM.replace("replicas  = 2", "replicas  = two")).unwrap();
    assert_eq!(build(&[]).code, 1);
    assert_eq!(tree(&here.join("manifests")), written);
}

#[test]
fn check_looks_into_every_environment() {
    let here = project("check");
    let good = bayplan(&here, &["check"]);
    assert_eq!((good.code, good.out.as_str(), good.err.as_str()), (0, "", ""));
    fs::write(here.join("shop.bay"), PROGRAM.replace("tier web { replicas = 1 }", "tier wep { replicas = 1 }")).unwrap();
    assert_eq!(bayplan(&here, &["build"]).code, 0, "the program itself is right");
    assert_eq!(bayplan(&here, &["build", "--env", "staging"]).code, 1);
    let bad = bayplan(&here, &["check"]);
    assert_eq!((bad.code, bad.out.as_str()), (1, ""));
    assert!(bad.err.contains("--> shop.bay:17:") && bad.err.contains("`tier wep`") && bad.err.contains("1 error"), "{}", bad.err);
    let report = bayplan(&here, &["check", "--format", "json"]);
    let report: Value = serde_json::from_str(&report.out).unwrap();
    assert_eq!((&report["ok"], &report["errors"], &report["files"]), (&false.into(), &1.into(), &serde_json::json!(["shop.bay"])));
}

#[test]
fn a_new_project_builds_at_once() {
    let here = folder("new");
    let new = bayplan(&here, &["new", "first"]);
    assert_eq!((new.code, new.err.as_str()), (0, ""));
    assert!(new.out.contains("bayplan build first"), "{}", new.out);
    let (build, check) = (bayplan(&here, &["build", "first"]), bayplan(&here, &["check", "first"]));
    assert_eq!((build.code, build.err.as_str()), (0, ""));
    assert!(build.out.contains("kind: Deployment"));
    assert_eq!((check.code, check.err.as_str()), (0, ""));
    // The commands of its README, from its folder.
    let inside = here.join("first");
    assert_eq!(bayplan(&inside, &["build"]).out, build.out);
    assert_eq!(bayplan(&inside, &["build", "--out", "manifests"]).code, 0);
    assert_eq!(bayplan(&inside, &["check"]).code, 0);
    assert_eq!(bayplan(&here, &["new", "first"]).code, 5);
}

#[test]
fn standard_input_is_a_program() {
    let here = project("stdin");
    let named = bayplan(&here, &["build", "shop.bay"]);
    let piped = fed(&here, &["build", "-"], PROGRAM);
    assert_eq!((piped.code, piped.err.as_str(), piped.out), (0, "", named.out));
    let wrong = fed(&here, &["check", "-"], "app shop {\n  tier web { replicas = 1..x }\n}\n");
    assert_eq!(wrong.code, 1);
    assert!(wrong.err.contains("<stdin>:2:"), "{}", wrong.err);
    // With a file beside it.
    let both = fed(&here, &["build", "-", "shop.bay"], "app more {\n  tier api { image = \"ghcr.io/acme/api:1.0\", port http = 80 }\n}\n");
    assert_eq!(both.code, 0, "{}", both.err);
    assert!(both.out.contains("name: api") && both.out.contains("name: worker"));
    assert_eq!(fed(&here, &["build", "-"], "").code, 1, "nothing is no program");
}

#[test]
fn several_files_are_one_program() {
    let here = project("several");
    fs::write(
        here.join("more.bay"),
        "app more {\n  tier api {\n    image = \"ghcr.io/acme/api:${version}\"\n    port http = 8080\n  }\n}\n",
    )
    .unwrap();
    let all = bayplan(&here, &["build", "shop.bay", "more.bay", "--set", "version=4.2"]);
    assert_eq!(all.code, 0, "{}", all.err);
    assert_eq!(all.out.matches(":4.2\n").count(), 3, "{}", all.out);
    assert_eq!(bayplan(&here, &["build", ".", "--set", "version=4.2"]).out, all.out);
    assert_eq!(bayplan(&here, &["build", "more.bay", "shop.bay", "--set", "version=4.2"]).out, all.out);
}

#[test]
fn environments_and_inputs() {
    let here = project("inputs");
    let staging = bayplan(&here, &["build", "--env", "staging"]);
    assert_eq!(staging.code, 0, "{}", staging.err);
    assert!(staging.out.contains("namespace: shop-staging") && staging.out.contains("replicas: 1\n"));
    let unknown = bayplan(&here, &["build", "--env", "stagin"]);
    assert_eq!((unknown.code, unknown.out.as_str()), (1, ""));
    assert!(unknown.err.contains("E0410") && unknown.err.contains("staging"), "{}", unknown.err);

    fs::write(here.join("values.yaml"), "version: \"2.5\"\n").unwrap();
    assert!(bayplan(&here, &["build", "--inputs", "values.yaml"]).out.contains("web:2.5\n"));
    let both = bayplan(&here, &["build", "--inputs", "values.yaml", "--set", "version=3.0"]);
    assert!(both.out.contains("web:3.0\n") && !both.out.contains(":2.5"), "{}", both.err);
    let piped = fed(&here, &["build", "--inputs", "-"], "version: \"2.6\"\n");
    assert!(piped.out.contains("web:2.6\n"), "{}", piped.err);
    for (arguments, said) in
        [(["--set", "verson=1"], "version"), (["--set", "version="], "nothing follows the colon"), (["--inputs", "none.yaml"], "none.yaml")]
    {
        let wrong = bayplan(&here, &[&["build"], &arguments[..]].concat());
        assert!(wrong.code != 0 && wrong.out.is_empty() && wrong.err.contains(said), "{arguments:?}: {}", wrong.err);
    }
}

#[test]
fn the_minor_version_of_kubernetes() {
    let here = project("kubernetes");
    let minor = |minor: &str| bayplan(&here, &["build", "--kubernetes", minor]);
    let old = minor("1.33");
    assert_eq!(old.code, 0, "{}", old.err);
    assert!(old.out.contains("enforce-version: v1.33"), "{}", old.out);
    assert!(minor("1.37").out.contains("enforce-version: v1.37"));
    for unknown in ["2.0", "1.32", "1.99"] {
        let ran = minor(unknown);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""));
        assert!(ran.err.contains("E0308") && ran.err.contains(unknown) && ran.err.contains("--kubernetes"), "{}", ran.err);
    }
    assert_eq!(minor("new").code, 2);
    assert_eq!(bayplan(&here, &["check", "--kubernetes", "1.35"]).code, 0);
}

#[test]
fn messages_for_machines() {
    let here = folder("machines");
    fs::create_dir(here.join("sub")).unwrap();
    fs::write(here.join("sub/bad.bay"), "app shop {\n  tier web {\n    image = \"ghcr.io/acme/web:1.0\"\n    replicas = \"3\"\n  }\n}\n")
        .unwrap();
    let of = |form: &str| {
        let ran = bayplan(&here, &["check", "sub", "--diagnostics", form]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{form}");
        ran.err
    };
    let lines = json_lines(&of("json"));
    let first = lines.iter().find(|d| d["code"] == "E0203").unwrap_or_else(|| panic!("{lines:?}"));
    assert_eq!((&first["file"], &first["line"], &first["severity"]), (&"sub/bad.bay".into(), &4.into(), &"error".into()));
    let sarif: Value = serde_json::from_str(&of("sarif")).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!((&result["ruleId"], &result["level"]), (&"E0203".into(), &"error".into()));
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 4);
    let github = of("github");
    assert!(github.starts_with("::error file=sub/bad.bay,line=4,"), "{github}");
    assert!(of("human").contains("--> sub/bad.bay:4:16"));
    // A program without a mistake still gives a SARIF document: a step of a pipeline uploads it either way.
    fs::write(here.join("sub/bad.bay"), PROGRAM).unwrap();
    let good = bayplan(&here, &["check", "sub", "--diagnostics", "sarif"]);
    let sarif: Value = serde_json::from_str(&good.err).unwrap();
    assert_eq!((good.code, &sarif["runs"][0]["results"]), (0, &serde_json::json!([])));
}

#[test]
fn quiet_leaves_errors() {
    let shop = root().join("examples/shop");
    let shop = shop.to_str().unwrap();
    assert!(bayplan(root(), &["check", shop]).err.contains("note["));
    assert_eq!(bayplan(root(), &["check", shop, "--quiet"]).err, "");
    let here = project("quiet");
    assert_eq!(bayplan(&here, &["build", "--out", "m", "-q"]).err, "");
    fs::write(here.join("shop.bay"), PROGRAM.replace("= 2", "= two")).unwrap();
    assert!(bayplan(&here, &["check", "-q"]).err.contains("error["));
}

#[test]
fn pages_that_it_prints() {
    let here = folder("pages");
    let one = bayplan(&here, &["explain", "E0203"]);
    assert_eq!((one.code, one.err.as_str()), (0, ""));
    assert!(one.out.starts_with("E0203: ") && one.out.contains("```bay wrong") && one.out.contains("```bay right"), "{}", one.out);
    let all = bayplan(&here, &["explain"]).out;
    for e in bayplan::diagnostic::codes::EXPLANATIONS {
        assert!(all.contains(&format!("{}  {}\n", e.code, e.title())), "{all}");
    }
    assert_eq!(bayplan(&here, &["explain", "E9999"]).code, 2);
    let docs = bayplan(&here, &["docs"]);
    assert!(docs.code == 0 && docs.out.starts_with("# ") && docs.out.contains("replicas") && docs.out.contains("tier"), "{}", docs.out);
    let bash = bayplan(&here, &["completions", "bash"]);
    assert!(bash.code == 0 && bash.out.contains("complete -F") && bash.out.contains("--kubernetes"));
    let man = bayplan(&here, &["man"]);
    assert!(man.code == 0 && man.out.contains(".TH bayplan 1"));
    for arguments in [&["--help"][..], &["build", "--help"], &["--version"]] {
        let ran = bayplan(&here, arguments);
        assert!(ran.code == 0 && ran.err.is_empty() && ran.out.contains("bayplan"), "{arguments:?}");
    }
}

/// The script is one that bash reads without complaint.
#[cfg(unix)]
#[test]
fn bash_takes_the_completions() {
    let here = folder("completions");
    fs::write(here.join("c.bash"), bayplan(&here, &["completions", "bash"]).out).unwrap();
    let ran = ran(Command::new("bash").current_dir(&here).args(["-n", "c.bash"]));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

#[test]
fn exit_codes() {
    let here = project("codes");
    fs::write(here.join("bad.bay"), "app {").unwrap();
    fs::create_dir(here.join("other")).unwrap();
    fs::write(here.join("other/x.bay"), PROGRAM).unwrap();
    fs::create_dir(here.join("empty")).unwrap();
    let cases: [(i32, &[&str]); 12] = [
        (0, &["build", "shop.bay"]),
        (0, &["check", "shop.bay"]),
        (1, &["build", "bad.bay"]),
        (1, &["check", "bad.bay"]),
        (1, &["build", "--env", "nowhere", "shop.bay"]),
        (2, &[]),
        (2, &["build", "shop.bay", "--unknown"]),
        (2, &["biuld"]),
        (2, &["build", "no-such-file.bay"]),
        (2, &["build", "shop.bay", "--force"]),
        (2, &["build", "shop.bay", "--inputs", "no-such-file.yaml"]),
        (5, &["new", "other"]),
    ];
    for (code, arguments) in cases {
        let ran = bayplan(&here, arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.err);
        assert!(code == 0 || (!ran.err.is_empty() && ran.out.is_empty()), "{arguments:?} says nothing, or prints something");
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
    }
    let unknown = bayplan(&here, &["build", "--kuberntes", "1.33"]);
    assert!(unknown.err.contains("--kubernetes"), "a near flag is offered: {}", unknown.err);
    let empty = bayplan(&here, &["build", "empty"]);
    assert!(empty.code == 1 && empty.err.contains("no `.bay` file is in the folder given"), "{} {}", empty.code, empty.err);
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let boutique = root().join("examples/online-boutique");
    for verb in [&["build", boutique.to_str().unwrap(), "--quiet"][..], &["docs"], &["explain"]] {
        let mut child = command(root(), verb).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""), "{verb:?}");
    }
}

/// `/dev/full` takes no byte: that is a failure, and said.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let here = project("full");
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let ran = ran(command(&here, &["build"]).stdout(full));
    assert_eq!(ran.code, 2);
    assert!(ran.err.starts_with("error: ") && ran.err.contains("could not be written"), "{}", ran.err);
}

#[test]
fn colours_are_asked_for() {
    let here = project("colours");
    fs::write(here.join("shop.bay"), PROGRAM.replace("= 2", "= two")).unwrap();
    assert!(!bayplan(&here, &["check"]).err.contains('\x1b'), "a pipe has no colours");
    assert!(bayplan(&here, &["check", "--color", "always"]).err.contains('\x1b'));
    // What is asked for on the command line goes before what the shell says for all programs.
    let asked = ran(command(&here, &["check", "--color", "always"]).env("NO_COLOR", "1"));
    assert!(asked.err.contains('\x1b'));
}

/// On a terminal of their own, which util-linux's `script` makes.
#[cfg(target_os = "linux")]
#[test]
fn no_color_holds_on_a_terminal() {
    let here = project("terminal");
    fs::write(here.join("shop.bay"), PROGRAM.replace("= 2", "= two")).unwrap();
    let on_terminal = |name: &str, value: &str, arguments: &str| {
        let line = format!("'{}' check {arguments}", env!("CARGO_BIN_EXE_bayplan"));
        let mut script = Command::new("script");
        script.current_dir(&here).args(["-qec", &line, "/dev/null"]).stdin(Stdio::null()).env("TERM", "xterm").env_remove("NO_COLOR");
        let ran = ran(script.env(name, value));
        assert_eq!(ran.code, 1, "{}", ran.out);
        assert!(ran.out.contains("E02"), "{}", ran.out);
        ran.out.contains("\x1b[")
    };
    assert!(on_terminal("TERM", "xterm", ""), "a terminal has colours");
    assert!(!on_terminal("NO_COLOR", "1", ""));
    assert!(on_terminal("NO_COLOR", "", ""), "an empty NO_COLOR says nothing");
    assert!(!on_terminal("TERM", "dumb", ""));
    assert!(!on_terminal("TERM", "xterm", "--color never"));
}
