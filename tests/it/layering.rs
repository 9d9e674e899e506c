//! The walls of the house, read from `use` lines and paths: which room may know which, and which library stays behind which file.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The line, from left to right. A stage may use those before it.
const LINE: &[&str] = &["syntax", "check", "assets", "plan", "timeline", "emit", "prove", "output"];
/// What every stage may use.
const LEAVES: &[&str] = &["vocabulary", "units", "tape", "source", "diagnostic", "world", "workers"];
/// Leaves use leaves: these and no other.
const LEAF_USES: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("units", &[]),
    ("tape", &[]),
    ("world", &[]),
    ("workers", &[]),
    ("diagnostic", &["source"]),
    ("vocabulary", &["units", "tape", "source"]),
    ("schema", &["tape"]),
    // Plan values carry their origins: setters take them as they are.
    ("kinds", &["tape", "plan"]),
];
/// Rooms beside the line, and who may use them.
const BESIDE: &[(&str, &[&str])] = &[("schema", &["emit", "plan", "prove", "output"]), ("kinds", &["emit"])];
/// Rooms of the line that may not use one before them: what proves shares nothing with what it proves.
const APART: &[(&str, &str)] = &[("prove", "emit"), ("output", "prove"), ("output", "emit")];
/// See everything: the line itself, and who starts it.
const ABOVE: &[&str] = &["lib", "main", "cli"];
/// A word of code, and the paths below `src` that may hold it.
const BEHIND: &[(&str, &[&str])] = &[
    ("pest", &[]),
    ("pest_derive", &[]),
    ("annotate_snippets", &["diagnostic/render"]),
    ("std::fs", &["world.rs", "output/tree", "cli/"]),
    ("std::env", &["world.rs", "output/tree", "cli/"]),
    // How long a thread looks for work; nothing that comes of the work.
    ("std::time", &["world.rs", "output/tree", "cli/", "workers.rs"]),
    ("std::process", &["world.rs", "output/tree", "cli/", "main.rs"]),
    ("TcpStream", &[]),
    ("TcpListener", &[]),
    ("UdpSocket", &[]),
    ("ToSocketAddrs", &[]),
    ("clap", &["cli/"]),
    ("rustix", &["cli/system"]),
    ("tera", &["plan/template"]),
    ("serde_saphyr", &["plan/inputs"]),
];

/// A source file without its tests.
struct Source {
    /// Below `src`: `plan/mod.rs`.
    path: String,
    room: String,
    /// Lines of code, comments taken away.
    code: Vec<(usize, String)>,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    read(&root, "", &mut all);
    assert!(all.len() > 50, "the sources were not found");
    all
}

fn read(folder: &Path, prefix: &str, all: &mut Vec<Source>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            if !name.ends_with("/tests") {
                read(&path, &format!("{name}/"), all);
            }
        } else if name.ends_with(".rs") && !is_test(&name) {
            let text = fs::read_to_string(&path).unwrap();
            let room = name.split(['/', '.']).next().unwrap().to_owned();
            all.push(Source { path: name, room, code: code(&text) });
        }
    }
}

/// Files that are compiled for tests alone.
fn is_test(name: &str) -> bool {
    name.ends_with("tests.rs") || name == "prove/support.rs"
}

fn code(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    for (i, line) in text.lines().enumerate() {
        // A module of tests stands last in its file.
        if line == "#[cfg(test)]" && text.lines().nth(i + 1).is_some_and(|l| l.starts_with("mod tests {") || l.starts_with("mod test {")) {
            break;
        }
        let line = line.split("//").next().unwrap();
        if !line.trim().is_empty() {
            lines.push((i + 1, line.to_owned()));
        }
    }
    lines
}

/// The rooms that a line names: `crate::plan::…`, `use crate::{plan, emit}`.
fn rooms_named(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in line.match_indices("crate::") {
        let rest = &line[at + "crate::".len()..];
        let word = |s: &str| s.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>();
        match rest.strip_prefix('{') {
            Some(group) => found.extend(group.split(['}', ';']).next().unwrap().split(',').map(|part| word(part.trim()))),
            None => found.push(word(rest)),
        }
    }
    found
}

fn holds_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let edge = |c: Option<char>| !c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        edge(line[..at].chars().next_back()) && edge(line[at + word.len()..].chars().next())
    })
}

fn allowed(from: &str, to: &str) -> bool {
    if from == to || ABOVE.contains(&from) {
        return true;
    }
    if let Some((_, uses)) = LEAF_USES.iter().find(|(room, _)| *room == from) {
        return uses.contains(&to);
    }
    if APART.contains(&(from, to)) {
        return false;
    }
    if let Some((_, users)) = BESIDE.iter().find(|(room, _)| *room == to) {
        return users.contains(&from);
    }
    let place = |room: &str| LINE.iter().position(|r| *r == room);
    match (place(from), place(to)) {
        (Some(from), Some(to)) => to < from,
        (Some(_), None) => LEAVES.contains(&to),
        _ => false,
    }
}

#[test]
fn arrows_point_left_to_right() {
    let all = sources();
    let rooms: BTreeSet<&str> = all.iter().map(|s| s.room.as_str()).collect();
    let mut wrong = Vec::new();
    for s in &all {
        for (number, line) in &s.code {
            for to in rooms_named(line) {
                if rooms.contains(to.as_str()) && !allowed(&s.room, &to) {
                    wrong.push(format!("src/{}:{number}: `{}` may not use `{to}`", s.path, s.room));
                }
            }
            // A stage that takes what the whole line takes knows too much.
            if !ABOVE.contains(&s.room.as_str()) && (line.contains("crate::Request") || line.contains("crate::Compiled")) {
                wrong.push(format!("src/{}:{number}: `{}` may not use the crate's own top", s.path, s.room));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_room_has_its_place() {
    for s in sources() {
        let known = LINE.contains(&s.room.as_str())
            || ABOVE.contains(&s.room.as_str())
            || LEAVES.contains(&s.room.as_str())
            || BESIDE.iter().any(|(room, _)| *room == s.room);
        assert!(known, "src/{}: `{}` is in no list of this test", s.path, s.room);
    }
}

#[test]
fn each_library_stays_behind_its_file() {
    let mut wrong = Vec::new();
    for s in sources() {
        for (number, line) in &s.code {
            let line = line.replace("use std::{fs", "use std::fs");
            // Only paths count: a word in a string or a name of ours is no library.
            for (word, homes) in BEHIND {
                let is_path = line.contains(&format!("{word}::")) || line.trim_start().starts_with("use ") && holds_word(&line, word);
                if is_path && holds_word(&line, word) && !homes.iter().any(|h| s.path.starts_with(h)) {
                    wrong.push(format!(
                        "src/{}:{number}: `{word}` stays behind {}",
                        s.path,
                        if homes.is_empty() { "nothing".into() } else { homes.join(", ") }
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_reader_of_lines_reads_them() {
    assert_eq!(rooms_named("use crate::plan::model::{At, Str};"), ["plan"]);
    assert_eq!(rooms_named("use crate::{emit, check::program};"), ["emit", "check"]);
    assert_eq!(rooms_named("let x = crate::units::int(crate::tape::X);"), ["units", "tape"]);
    assert!(
        allowed("plan", "check")
            && !allowed("check", "plan")
            && !allowed("prove", "kinds")
            && !allowed("emit", "prove")
            && !allowed("prove", "emit")
    );
    assert!(holds_word("use pest::Parser;", "pest") && !holds_word("let cheapest = 1;", "pest"));
}
