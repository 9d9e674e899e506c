//! Holds `read` to the grammar: pest reads `grammar/bayplan.pest` and then every program of this repository, whole and broken; each node must
//! be the reader's, and the other way round.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use super::nodes::{self, Node, Pairs};
use super::read::read;
use super::scan::{Patched, scan};
use super::tests::MISTAKES;
use crate::source::FileId;
use pest::{Parser, Token};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The parser that the grammar describes.
#[derive(pest_derive::Parser)]
#[grammar = "grammar/bayplan.pest"]
struct Grammar;

/// A node of either: rule, start, end, depth.
type Seen<R> = (R, usize, usize, usize);

/// In preorder. `None` is a text that the grammar does not accept.
fn by_grammar(text: &str) -> Option<Vec<Seen<Rule>>> {
    let (mut seen, mut open) = (Vec::new(), Vec::new());
    for token in Grammar::parse(Rule::file, text).ok()?.tokens() {
        match token {
            Token::Start { rule, pos } => {
                seen.push((rule, pos.pos(), 0, open.len()));
                open.push(seen.len() - 1);
            }
            Token::End { pos, .. } => seen[open.pop().unwrap()].2 = pos.pos(),
        }
    }
    Some(seen)
}

fn by_reader(text: &str) -> Option<Vec<Seen<nodes::Rule>>> {
    fn walk(pairs: Pairs, depth: usize, seen: &mut Vec<Seen<nodes::Rule>>) {
        for pair in pairs {
            seen.push((pair.rule(), pair.start(), pair.end(), depth));
            walk(pair.inner(), depth + 1, seen);
        }
    }
    let nodes: Vec<Node> = read(text).ok()?;
    let mut seen = Vec::with_capacity(nodes.len());
    walk(Pairs(&nodes), 0, &mut seen);
    assert_eq!(seen.len(), nodes.len(), "a node lies outside its parent: {text:?}");
    Some(seen)
}

/// Compares, and keeps which rules it has seen.
#[derive(Default)]
struct Judge {
    /// Have these two rules one name?
    same: FxHashMap<(u8, u8), bool>,
    seen: BTreeSet<String>,
    texts: usize,
    refused: usize,
}

impl Judge {
    fn same(&mut self, grammar: Rule, reader: nodes::Rule) -> bool {
        *self.same.entry((grammar as u8, reader as u8)).or_insert_with(|| {
            let name = format!("{grammar:?}");
            let same = name == format!("{reader:?}");
            self.seen.insert(name);
            same
        })
    }

    /// The first difference between the two readings of a text.
    fn difference(&mut self, text: &str) -> Option<String> {
        let (grammar, reader) = (by_grammar(text), by_reader(text));
        self.texts += 1;
        self.refused += usize::from(grammar.is_none());
        self.compare(text, grammar.as_deref(), reader.as_deref())
    }

    fn compare(&mut self, text: &str, grammar: Option<&[Seen<Rule>]>, reader: Option<&[Seen<nodes::Rule>]>) -> Option<String> {
        let (grammar, reader) = match (grammar, reader) {
            (None, None) => return None,
            (Some(g), Some(r)) => (g, r),
            (g, r) => return Some(format!("accepted by the grammar: {}, by the reader: {}\n{text:?}", g.is_some(), r.is_some())),
        };
        for i in 0..grammar.len().max(reader.len()) {
            let equal = match (grammar.get(i), reader.get(i)) {
                (Some(g), Some(r)) => self.same(g.0, r.0) && (g.1, g.2, g.3) == (r.1, r.2, r.3),
                _ => false,
            };
            if !equal {
                return Some(format!("node {i}: {:?} by the grammar, {:?} by the reader\n{text:?}", grammar.get(i), reader.get(i)));
            }
        }
        None
    }
}

/// Every program of this repository, and every sample of its documents.
fn programs() -> Vec<String> {
    fn walk(path: &Path, out: &mut Vec<String>) {
        if path.is_dir() {
            let mut inner: Vec<_> = fs::read_dir(path).unwrap().map(|e| e.unwrap().path()).collect();
            inner.sort();
            inner.iter().for_each(|p| walk(p, out));
        } else if path.extension().is_some_and(|e| e == "bay") {
            out.push(fs::read_to_string(path).unwrap());
        } else if path.extension().is_some_and(|e| e == "md") {
            let text = fs::read_to_string(path).unwrap();
            for sample in text.split("```bay").skip(1) {
                let sample = &sample[sample.find('\n').unwrap() + 1..];
                out.push(sample[..sample.find("```").unwrap()].to_owned());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut out = Vec::new();
    for place in ["tests/cases", "examples", "stdlib", "src", "README.md"] {
        walk(&root.join(place), &mut out);
    }
    assert!(out.len() > 300, "{} programs", out.len());
    let wrong: Vec<String> =
        MISTAKES.iter().map(|(line, ..)| format!("a {{\n  x = 1\n  {line}\n  y = 2\n}}\n{line}\nb {{ y = 3 }}\n")).collect();
    out.extend(wrong.chunks(8).map(<[String]>::concat));
    out.extend(wrong);
    out
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    /// One below `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides.max(1)
    }
}

/// Words and signs, and the runs of blanks between them.
fn tokens(text: &str) -> Vec<&str> {
    let kind = |c: char| if c.is_ascii_alphanumeric() || c == '_' { 1 } else { 2 * usize::from(c == ' ') };
    let (mut out, mut start, mut last) = (Vec::new(), 0, 0);
    for (i, c) in text.char_indices() {
        if i > 0 && (kind(c) == 0 || kind(c) != last) {
            out.push(&text[start..i]);
            start = i;
        }
        last = kind(c);
    }
    out.push(&text[start..]);
    out
}

/// What breaks a program in other ways than leaving a word out: signs, keywords, forms of other languages.
const SPLINTERS: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "\"\"\"",
    "`",
    "${",
    "$",
    "\\",
    ",",
    ",,",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "  ",
    "//",
    "/",
    "=",
    "==",
    "=>",
    ":",
    ":=",
    "?",
    "..",
    ".",
    "-",
    "->",
    "+",
    "*",
    "<",
    "<=",
    "!",
    "!=",
    "%",
    "&&",
    "||",
    "|",
    "&",
    "@",
    "\u{e9}",
    "\u{1f600}",
    "\0",
    "_",
    "0",
    "if ",
    "else ",
    "elif ",
    "else if ",
    "then ",
    "match ",
    "for ",
    "in ",
    "not ",
    "of ",
    "per ",
    "and ",
    "or ",
    "where ",
    "because ",
    "let ",
    "fn ",
    "type ",
    "use ",
    "input ",
    "policy ",
    "component ",
    "require ",
    "remove ",
    "allow ",
    "add ",
    "include ",
    "as ",
    "a",
    "a = 1",
];

/// A stretch of lines with some mistakes.
fn broken(text: &str, dice: &mut Dice) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let from = dice.roll(lines.len());
    let to = (from + 1 + dice.roll(12)).min(lines.len());
    let mut tokens = tokens(&lines[from..to].concat()).into_iter().map(str::to_owned).collect::<Vec<_>>();
    for _ in 0..1 + dice.roll(4) {
        let at = dice.roll(tokens.len());
        let other = (at + 1 + dice.roll(3)).min(tokens.len() - 1);
        match dice.roll(8) {
            0 => tokens[at].clear(),
            1 => tokens[at] = tokens[at].repeat(2),
            2 | 3 => tokens.swap(at, other),
            4 => tokens.truncate(at + 1),
            5 => tokens[at] = tokens[at].chars().skip(1).collect(),
            _ => tokens.insert(at, SPLINTERS[dice.roll(SPLINTERS.len())].to_owned()),
        }
    }
    let text = tokens.concat();
    match dice.roll(12) {
        0 => text.replace('\n', "\r\n"),
        1 => text.replace('\n', "\r"),
        2 => text.replace('\n', " "),
        _ => text,
    }
}

/// Whole programs, hundreds of broken pieces of each, both as the scan mends them (which is what is read, and the grammar must be total) and
/// as they are (where rules fail midway, and what they had read must leave no trace).
#[test]
fn the_reader_follows_the_grammar() {
    // Without optimisation reading is slow; `--release` has more.
    let variants = if cfg!(debug_assertions) { 100 } else { 400 };
    let programs = programs();
    let mut judge = Judge::default();
    for (i, program) in programs.iter().enumerate() {
        let mut dice = Dice(i as u64);
        let broken = (0..variants).map(|_| broken(program, &mut dice));
        for text in [program.clone()].into_iter().chain(broken) {
            let scan = scan(FileId(0), &text);
            if !scan.refused {
                let mended = Patched::new(&text, 0, text.len(), &scan.patches);
                let refused = judge.refused;
                if let Some(difference) = judge.difference(&mended.text) {
                    panic!("{difference}");
                }
                assert_eq!(judge.refused, refused, "{text:?} is mended to what the grammar does not read: {:?}", mended.text);
                if mended.text != text
                    && let Some(difference) = judge.difference(&text)
                {
                    panic!("{difference}");
                }
            }
        }
    }
    assert!(judge.texts > variants * programs.len() && judge.refused > 100, "{} texts, {} refused", judge.texts, judge.refused);
    // A rule that no text met is not held to anything.
    let grammar = include_str!("../../grammar/bayplan.pest");
    let silent = |name: &str| {
        let definition = grammar.lines().find_map(|l| l.strip_prefix(name).map(str::trim_start).filter(|l| l.starts_with('=')));
        definition.is_some_and(|d| d[1..].trim_start().starts_with("_{"))
    };
    let unseen: Vec<_> = Rule::all_rules().iter().map(|r| format!("{r:?}")).filter(|r| !silent(r) && !judge.seen.contains(r)).collect();
    assert!(unseen.is_empty(), "no text has {unseen:?}");
}

/// The comparison sees a node too many, a place that is off, another rule, and another depth.
#[test]
fn a_difference_is_seen() {
    for (grammar, reader) in
        [("x = a", "x = a.b"), ("x = a", "x = 1"), ("x = a", "x = a\ny = b"), ("x = -a", "x = (a)"), ("x = a", "x =  a")]
    {
        let (grammar, reader) = (by_grammar(grammar).unwrap(), by_reader(reader).unwrap());
        assert!(Judge::default().compare("", Some(&grammar), Some(&reader)).is_some());
    }
    let (grammar, reader) = (by_grammar("x = a"), by_reader("x = a"));
    assert_eq!(Judge::default().compare("", grammar.as_deref(), reader.as_deref()), None);
    assert!(Judge::default().compare("", grammar.as_deref(), None).is_some());
    assert!(by_grammar("x = )").is_none() && by_reader("x = )").is_none());
}
