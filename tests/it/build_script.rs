//! `examples/build-script` as a user's own crate: copied out of the repository, built, and built again after one file changed.

use crate::programs::{entries, file_name, root};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// Below cargo's own folder for the files of tests. What was built there is kept, so that a second run is short.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("build-script")
}

/// The crate beside the library that it names by a path, as it is in the repository.
fn copied() -> PathBuf {
    let to = folder().join("crate");
    let _ = fs::remove_dir_all(&to);
    copy(&root().join("examples/build-script"), &to);
    let manifest = to.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let library = toml_string(root());
    let changed = text.replace("\"../..\"", &library);
    assert_ne!(text, changed, "the crate names the library by another path than ../..");
    fs::write(manifest, changed).unwrap();
    to
}

fn toml_string(path: &Path) -> String {
    format!("'{}'", path.to_str().unwrap())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for path in entries(from) {
        let target = to.join(file_name(&path));
        if !path.is_dir() {
            fs::copy(&path, target).unwrap();
        } else if file_name(&path) != "target" {
            copy(&path, &target);
        }
    }
}

/// What a build gave.
struct Built {
    program: PathBuf,
    /// When the build script last wrote its output.
    compiled: SystemTime,
}

fn cargo(crate_: &Path) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(crate_).args(["build", "--locked", "--offline", "--quiet", "--message-format", "json"]);
    command.env("CARGO_TARGET_DIR", folder().join("target")).env_remove("RUSTFLAGS").env_remove("CARGO_BUILD_TARGET");
    command
}

fn build(crate_: &Path) -> Built {
    let ran = cargo(crate_).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let messages: Vec<Value> = String::from_utf8(ran.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |reason: &str| {
        let own = |m: &&Value| m["reason"] == reason && m["package_id"].as_str().is_some_and(|id| id.contains("build-script#"));
        messages.iter().rfind(own).unwrap_or_else(|| panic!("cargo says nothing of {reason}"))
    };
    let out = Path::new(of("build-script-executed")["out_dir"].as_str().unwrap()).join("manifests.yaml");
    let program = of("compiler-artifact")["executable"].as_str().map(PathBuf::from);
    Built { program: program.expect("the last artifact is the program"), compiled: fs::metadata(out).unwrap().modified().unwrap() }
}

fn says(built: &Built, arguments: &[&str]) -> String {
    String::from_utf8(Command::new(&built.program).args(arguments).output().unwrap().stdout).unwrap()
}

fn append(path: &Path, text: &str) {
    fs::File::options().append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

#[test]
fn it_runs_again_when_what_it_read_changes_and_not_otherwise() {
    let crate_ = copied();
    let first = build(&crate_);
    let expected = fs::read_to_string(root().join("examples/build-script/deploy/expected.yaml")).unwrap();
    assert_eq!(says(&first, &["--print"]), expected);
    let objects = expected.lines().filter(|line| *line == "---").count();
    assert!(objects > 5);
    assert_eq!(says(&first, &[]), format!("{objects} objects\n"));

    fs::write(crate_.join("deploy/notes.txt"), "not read by any program\n").unwrap();
    let same = build(&crate_);
    assert_eq!(same.compiled, first.compiled, "nothing changed, or a file that no program reads");

    append(&crate_.join("deploy/files/default.conf.tera"), "# one more line\n");
    let template = build(&crate_);
    assert!(template.compiled > same.compiled, "the template changed");
    assert!(says(&template, &["--print"]).contains("# one more line"));

    let used = crate_.join("deploy/lib/web.bay");
    fs::write(&used, fs::read_to_string(&used).unwrap().replace("replicas: Int = 2", "replicas: Int = 3")).unwrap();
    let import = build(&crate_);
    assert!(import.compiled > template.compiled, "a used file changed");
    assert!(says(&import, &["--print"]).contains("replicas: 3"));

    // A mistake stops the build, and its message names the file as the author of the crate sees it.
    fs::write(&used, fs::read_to_string(&used).unwrap().replace("replicas: Int = 3", "replicas: Int = \"3\"")).unwrap();
    let ran = cargo(&crate_).output().unwrap();
    let messages = String::from_utf8_lossy(&ran.stderr);
    assert!(!ran.status.success() && messages.contains("error[E0203]") && messages.contains("deploy/lib/web.bay:4:"), "{messages}");
}
