//! Whole command lines, with streams in memory.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::*;
use std::path::PathBuf;

struct Ran {
    exit: Exit,
    out: String,
    err: String,
}

fn bayplan(arguments: &[&str]) -> Ran {
    raw(arguments.iter().map(OsString::from))
}

fn raw(arguments: impl IntoIterator<Item = OsString>) -> Ran {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut streams = Streams { out: &mut out, err: &mut err, colour: false, width: 140, progress: false };
    let exit = run(std::iter::once(OsString::from("bayplan")).chain(arguments), &mut streams);
    Ran { exit, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("bayplan-cli-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    path
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn wrong_use_is_said_and_is_2() {
    let cases: [&[&str]; 25] = [
        &[],
        &["biuld"],
        &["build", "--ouput", "x"],
        &["build", "--env", "a", "--env", "b"],
        &["build", "--quiet", "--quiet"],
        &["--quiet", "build", "-q"],
        &["--color=never", "build", "--color", "always"],
        &["build", "--env", ""],
        &["build", "--env="],
        &["build", ""],
        &["build", "--out", ""],
        &["build", "--env"],
        &["build", "--set", "version"],
        &["build", "--set", "=1"],
        &["build", "--set", "a=1", "--set", "a=2"],
        &["build", "--threads", "0"],
        &["build", "--threads", "many"],
        &["build", "--kubernetes", "34"],
        &["build", "--format", "xml"],
        &["build", "--force"],
        &["build", "-", "-"],
        &["check", "-", "--inputs", "-"],
        &["check", "--env", "staging"],
        &["completions", "tcsh"],
        &["build", "--out", "x", "--format", "connections"],
    ];
    for case in cases {
        let ran = bayplan(case);
        assert_eq!((ran.exit, ran.out.as_str()), (Exit::Usage, ""), "{case:?}");
        assert!(!ran.err.is_empty(), "{case:?}");
    }
    assert!(bayplan(&["biuld"]).err.contains("'build'"));
    assert!(bayplan(&["--quiet", "build", "-q"]).err.contains("--quiet"));
    assert!(!bayplan(&["build", "--bad\x1b[31m"]).err.contains('\x1b'));
}

#[cfg(unix)]
#[test]
fn arguments_that_are_not_utf_8_are_wrong_use() {
    use std::os::unix::ffi::OsStringExt;
    let bad = || OsString::from_vec(vec![b'a', 0xff]);
    for case in [vec![bad()], vec!["build".into(), bad()], vec!["build".into(), "--env".into(), bad()]] {
        assert_eq!(raw(case).exit, Exit::Usage);
    }
}

#[test]
fn a_path_that_is_not_there_is_wrong_use() {
    for verb in ["build", "check"] {
        let ran = bayplan(&[verb, "no/such.bay"]);
        assert_eq!((ran.exit, ran.err.as_str()), (Exit::Usage, "error: `no/such.bay` does not exist\n"));
    }
}

#[test]
fn each_verb_has_an_example_in_its_help() {
    for command in Cli::command().get_subcommands() {
        let ran = bayplan(&[command.get_name(), "--help"]);
        assert_eq!((ran.exit, ran.err.as_str()), (Exit::Done, ""));
        assert!(ran.out.contains(&format!("  bayplan {} ", command.get_name())) && ran.out.contains("Example"), "{}", ran.out);
        assert!(ran.out.contains("--format"), "{}", ran.out);
    }
    assert_eq!(bayplan(&["--version"]).out, concat!("bayplan ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn a_new_project_is_made_in_an_empty_folder_only() {
    let path = folder("new");
    let dir = path.to_str().unwrap();
    let ran = bayplan(&["new", dir, "--format", "json"]);
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    assert!(ran.out.contains(r#""files":["bayplan.toml","app.bay","README.md"]"#), "{}", ran.out);
    std::fs::write(path.join("app.bay"), "mine").unwrap();
    let ran = bayplan(&["new", dir]);
    assert_eq!((ran.exit, ran.err.contains("is not empty")), (Exit::Refused, true));
    assert_eq!(std::fs::read_to_string(path.join("app.bay")).unwrap(), "mine");
    assert_eq!(bayplan(&["new", path.join("app.bay").to_str().unwrap()]).exit, Exit::Refused);
    std::fs::remove_dir_all(path).unwrap();
}

#[test]
fn completions_and_manual_pages_know_every_verb() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = bayplan(&["completions", shell]);
        assert!(ran.exit == Exit::Done && ran.out.contains("kubernetes") && ran.out.contains("explain"), "{shell}");
    }
    let page = bayplan(&["man"]).out;
    let build = bayplan(&["man", "build"]).out;
    assert!(page.contains(".TH bayplan 1") && page.contains("bayplan\\-explain(1)"), "{page}");
    assert!(build.contains(".TH bayplan-build 1") && build.contains("kubectl apply") && build.contains("quiet"), "{build}");
    assert_eq!(bayplan(&["man", "biuld"]).exit, Exit::Usage);
}

#[test]
fn every_verb_speaks_json() {
    let path = folder("json");
    let cases: [&[&str]; 6] =
        [&["new", path.to_str().unwrap()], &["check", path.to_str().unwrap()], &["explain"], &["docs"], &["completions", "bash"], &["man"]];
    for case in cases {
        let ran = bayplan(&[case, &["--format", "json"]].concat());
        assert!(serde_json::from_str::<serde_json::Value>(&ran.out).is_ok(), "{case:?}: {}", ran.out);
    }
    std::fs::remove_dir_all(path).unwrap();
}

#[test]
fn unknown_codes_are_wrong_use() {
    for code in ["E9999", "203", "Eé", "x\x1b"] {
        let ran = bayplan(&["explain", code]);
        assert_eq!(ran.exit, Exit::Usage);
        assert!(ran.err.contains("lists all") && !ran.err.contains('\x1b'), "{}", ran.err);
    }
}

/// A stream that ends as `| head` ends it, or as a full disk does.
struct Broken(io::ErrorKind);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_leaves_is_no_error_and_a_full_disk_is() {
    for verb in [&["docs"][..], &["man"], &["completions", "bash"], &["--help"]] {
        for (kind, expected, said) in [(io::ErrorKind::BrokenPipe, Exit::Done, false), (io::ErrorKind::StorageFull, Exit::Usage, true)] {
            let mut err = Vec::new();
            let mut streams = Streams { out: &mut Broken(kind), err: &mut err, colour: false, width: 140, progress: false };
            let exit = run(["bayplan"].iter().chain(verb).map(OsString::from), &mut streams);
            assert_eq!((exit, !err.is_empty()), (expected, said), "{verb:?} {kind}");
        }
    }
}
