//! The page of each code: its wrong program gives that code first, its right one builds. Programs of pages are whole programs.

use bayplan::diagnostic::Severity;
use bayplan::diagnostic::codes::{EXPLANATIONS, Explanation};
use bayplan::world::MemoryWorld;
use bayplan::{Compiled, Request};

/// Wrong programs that no page can print: a source of 4 MiB, a million tokens, bytes that are no text.
const UNPRINTABLE: &[u16] = &[112, 113, 116];
/// A fault of the compiler's own, that no program brings about: its page has no wrong program.
const OWN_FAULTS: &[u16] = &[313];

#[test]
fn each_page_has_a_title_and_says_why() {
    for e in EXPLANATIONS {
        assert!(e.page.starts_with("# ") && !e.title().is_empty(), "{}", e.code);
        let why = e.page.lines().skip(1).take_while(|l| !l.starts_with("```")).map(str::len).sum::<usize>();
        assert!(why > 40, "{} does not say why", e.code);
    }
}

#[test]
fn wrong_programs_give_their_code_first() {
    let mut wrong = Vec::new();
    for e in EXPLANATIONS.iter().filter(|e| !UNPRINTABLE.contains(&e.code.0)) {
        let Some(program) = fence(e, "wrong") else {
            assert!(OWN_FAULTS.contains(&e.code.0), "{} has no wrong program", e.code);
            continue;
        };
        let compiled = compile(e, &program);
        if compiled.diagnostics.iter().next().map(|d| d.code) != Some(e.code) {
            wrong.push(format!("{}: {:?}", e.code, said(&compiled)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn right_programs_build() {
    let mut wrong = Vec::new();
    for e in EXPLANATIONS {
        let program = fence(e, "right").unwrap_or_else(|| panic!("{} has no right program", e.code));
        let compiled = compile(e, &program);
        let same = compiled.diagnostics.iter().any(|d| d.code == e.code);
        if !compiled.diagnostics.is_ok() || same {
            wrong.push(format!("{}: {:?}", e.code, said(&compiled)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn fence(e: &Explanation, name: &str) -> Option<String> {
    let (_, body) = e.page.split_once(&format!("```bay {name}\n"))?;
    Some(body.split_once("\n```").unwrap().0.to_owned() + "\n")
}

/// All environments of the program; the template is the one that the page of E0408 quotes.
fn compile(e: &Explanation, program: &str) -> Compiled {
    let world = MemoryWorld::new([("page.bay", program), ("motd.tera", "Welcome to the {{ name }}.\n")]);
    let request = Request { paths: vec!["page.bay".into()], ..Request::default() };
    if e.code.0 == 410 {
        return bayplan::compile(&world, &Request { environment: Some("staging".into()), ..request });
    }
    bayplan::check(&world, &request)
}

fn said(compiled: &Compiled) -> Vec<String> {
    compiled
        .diagnostics
        .iter()
        .map(|d| format!("{}{} {}", if d.severity == Severity::Error { "" } else { "(not an error) " }, d.code, d.title))
        .collect()
}
