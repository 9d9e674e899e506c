//! Exact texts of every format, and a search for inputs on which a renderer could fail.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail by panicking")]

use super::*;
use crate::diagnostic::Code;

fn sources(texts: &[(&str, &str)]) -> Sources {
    let mut sources = Sources::default();
    for (name, text) in texts {
        sources.add(Source { name: (*name).into(), text: (*text).to_owned().into(), library: name.starts_with("std/") });
    }
    sources
}

/// The span of the first `word` in a file.
fn span(sources: &Sources, file: u32, word: &str) -> Span {
    let at = sources.get(FileId(file)).unwrap().text.find(word).unwrap();
    Span::new(FileId(file), at, at + word.len())
}

fn list(diagnostics: impl IntoIterator<Item = Diagnostic>) -> Diagnostics {
    let mut list = Diagnostics::default();
    for d in diagnostics {
        list.push(d);
    }
    list
}

fn sample() -> (Sources, Diagnostics) {
    let s = sources(&[
        ("app.bay", "app shop {\n  tier web {\n    image  = \"nginx:1.27\"\n    memory = 4GB\n  }\n}\n"),
        ("std/web.bay", "component web(\n  memory: Bytes,\n)\n"),
    ]);
    let d = Diagnostic::error(Code(203), "`4GB` is no amount of memory")
        .at(span(&s, 0, "4GB"), "this unit is unknown")
        .at(span(&s, 1, "memory: Bytes"), "a Bytes is expected here")
        .why("Memory is counted in powers of two: Ki, Mi, Gi, Ti.")
        .help("or leave it out")
        .fix("write `4Gi`", span(&s, 0, "4GB"), "4Gi");
    let w = Diagnostic::warning(Code(301), "tier `web` has no probe").at(span(&s, 0, "tier web"), "");
    (s, list([d, w]))
}

const BESIDE: Options = Options {
    colour: false,
    width: 140,
    prefix: "examples/shop/",
    summary: Some("2 apps were not checked further because of them"),
    quiet: false,
};

#[test]
fn people_see_places_reasons_and_patches() {
    let (s, d) = sample();
    let expected = "\
error[E0203]: `4GB` is no amount of memory
 --> examples/shop/app.bay:4:14
  |
4 |     memory = 4GB
  |              ^^^ this unit is unknown
  |
 ::: std/web.bay:2:3
  |
2 |   memory: Bytes,
  |   ------------- a Bytes is expected here
  |
  = note: Memory is counted in powers of two: Ki, Mi, Gi, Ti.
  = help: or leave it out
help: write `4Gi`
  |
4 -     memory = 4GB
4 +     memory = 4Gi
  |

warning[E0301]: tier `web` has no probe
 --> examples/shop/app.bay:2:3
  |
2 |   tier web {
  |   ^^^^^^^^

1 error, 1 warning; 2 apps were not checked further because of them
";
    assert_eq!(human(&d, &s, &BESIDE), expected);
    let quiet = human(&d, &s, &Options { quiet: true, ..BESIDE });
    assert!(quiet.contains("E0203") && !quiet.contains("E0301") && !quiet.contains("1 error,"), "{quiet}");
}

#[test]
fn an_insertion_shows_the_new_line_and_a_removal_the_old_one() {
    let (s, _) = sample();
    let d = list([
        Diagnostic::error(Code(204), "tier `web` has no image").at(span(&s, 0, "tier web"), "").fix(
            "add it",
            span(&s, 0, "tier web {\n").after(),
            "    image = \"…\"\n",
        ),
        Diagnostic::error(Code(205), "twice").fix("remove it", span(&s, 0, "    memory = 4GB\n"), ""),
    ]);
    let expected = "\
error[E0204]: tier `web` has no image
 --> app.bay:2:3
  |
2 |   tier web {
  |   ^^^^^^^^
  |
help: add it
  |
3 +     image = \"…\"
  |

error[E0205]: twice
  |
help: remove it
 --> app.bay:4:1
  |
4 -     memory = 4GB
  |

2 errors
";
    assert_eq!(human(&d, &s, &Options::default()), expected);
}

#[test]
fn colour_is_asked_for() {
    let (s, d) = sample();
    assert!(!human(&d, &s, &Options::default()).contains('\x1b'));
    assert!(human(&d, &s, &Options { colour: true, ..Options::default() }).contains("\x1b[1m"));
}

#[test]
fn text_of_others_cannot_reach_the_terminal_raw() {
    let bad = "\x1b]0;x\x07\u{9b}31m\u{202e}\u{200b}";
    let s = sources(&[(&format!("a{bad}.bay"), &format!("image = \"{bad}\" // {bad}\r\nx\ry"))]);
    let d = list([Diagnostic::error(Code(203), format!("t{bad}\n::error::x"))
        .at(Span::new(FileId(0), 0, 5), bad)
        .at(span(&s, 0, "x\ry"), "")
        .why(bad)
        .help(bad)
        .fix(bad, Span::new(FileId(0), 0, 5), bad)]);
    let o = Options { summary: Some(bad), ..Options::default() };
    for (name, out) in
        [("human", human(&d, &s, &o)), ("json", json(&d, &s, &o)), ("sarif", sarif(&d, &s, &o)), ("github", github(&d, &s, &o))]
    {
        assert!(!out.chars().any(text::is_unsafe), "{name}: {out:?}");
        assert!(!out.lines().any(|l| l.starts_with("::error::")), "{name}: {out}");
    }
    assert!(human(&d, &s, &o).contains(r"t\u{1b}]0;x\u{7}\u{9b}31m\u{202e}\u{200b}\n::error::x"));
}

#[test]
fn json_is_an_object_a_line_with_edits_in_bytes() {
    let (s, d) = sample();
    let out = json(&d, &s, &BESIDE);
    let expected = concat!(
        r#"{"kind":"diagnostic","code":"E0203","severity":"error","title":"`4GB` is no amount of memory","file":"examples/shop/app.bay","line":4,"column":14,"end":{"line":4,"column":17},"#,
        r#""labels":[{"file":"examples/shop/app.bay","from":{"line":4,"column":14},"to":{"line":4,"column":17},"start":63,"end":66,"text":"this unit is unknown"},"#,
        r#"{"file":"std/web.bay","from":{"line":2,"column":3},"to":{"line":2,"column":16},"start":17,"end":30,"text":"a Bytes is expected here"}],"#,
        r#""notes":["Memory is counted in powers of two: Ki, Mi, Gi, Ti."],"fixes":[{"text":"or leave it out","edits":[]},"#,
        r#"{"text":"write `4Gi`","edits":[{"file":"examples/shop/app.bay","start":63,"end":66,"with":"4Gi"}]}]}"#,
    );
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], expected);
    assert_eq!(
        lines[2],
        r#"{"kind":"summary","errors":1,"warnings":1,"notes":0,"dropped":0,"text":"1 error, 1 warning; 2 apps were not checked further because of them"}"#
    );
    assert_eq!(lines.len(), 3);
}

#[test]
fn github_annotates_the_line() {
    let (s, d) = sample();
    let expected = "\
::error file=examples/shop/app.bay,line=4,col=14,endColumn=16,title=E0203::`4GB` is no amount of memory%0Athis unit is unknown%0Anote: Memory is counted in powers of two: Ki, Mi, Gi, Ti.%0Ahelp: or leave it out%0Ahelp: write `4Gi`
::warning file=examples/shop/app.bay,line=2,col=3,endColumn=10,title=E0301::tier `web` has no probe
";
    assert_eq!(github(&d, &s, &BESIDE), expected);
    let s = sources(&[("a,b:c%.bay", "x\ny")]);
    let d = list([Diagnostic::note_of(Code(1), "100% of\nit").at(Span::new(FileId(0), 0, 3), "")]);
    assert_eq!(github(&d, &s, &Options::default()), "::notice file=a%2Cb%3Ac%25.bay,line=1,col=1,endLine=2,title=E0001::100%25 of\\nit\n");
}

#[test]
fn sarif_holds_rules_results_and_fixes() {
    let (s, d) = sample();
    let document: serde_json::Value = serde_json::from_str(&sarif(&d, &s, &BESIDE)).unwrap();
    let run = &document["runs"][0];
    assert_eq!(document["version"], "2.1.0");
    assert_eq!(
        run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap()).collect::<Vec<_>>(),
        ["E0203", "E0301"]
    );
    assert_eq!(
        run["results"][0],
        serde_json::json!({
            "ruleId": "E0203",
            "ruleIndex": 0,
            "level": "error",
            "message": { "text": "`4GB` is no amount of memory\n\nMemory is counted in powers of two: Ki, Mi, Gi, Ti.\n\nor leave it out" },
            "locations": [{
                "physicalLocation": {
                    "artifactLocation": { "uri": "examples/shop/app.bay" },
                    "region": { "startLine": 4, "startColumn": 14, "endLine": 4, "endColumn": 17 },
                },
                "message": { "text": "this unit is unknown" },
            }],
            "relatedLocations": [{
                "physicalLocation": {
                    "artifactLocation": { "uri": "std/web.bay" },
                    "region": { "startLine": 2, "startColumn": 3, "endLine": 2, "endColumn": 16 },
                },
                "message": { "text": "a Bytes is expected here" },
            }],
            "fixes": [{
                "description": { "text": "write `4Gi`" },
                "artifactChanges": [{
                    "artifactLocation": { "uri": "examples/shop/app.bay" },
                    "replacements": [{
                        "deletedRegion": { "startLine": 4, "startColumn": 14, "endLine": 4, "endColumn": 17 },
                        "insertedContent": { "text": "4Gi" },
                    }],
                }],
            }],
        })
    );
    assert_eq!(run["results"][1]["level"], "warning");
}

#[test]
fn notes_about_the_other_uses_of_a_line_are_counted() {
    let (s, _) = sample();
    let place = span(&s, 0, "tier web");
    let many = (0..1000).map(|i| Diagnostic::note_of(Code(317), format!("number {i}.")).at(place, ""));
    let out = human(&list(many), &s, &Options::default());
    assert_eq!(out.matches("note[E0317]").count(), 1, "{out}");
    assert!(out.contains("The same is said 999 more times of this line, for its other uses."), "{out}");
    assert!(out.ends_with("\n1000 notes\n"), "{out}");
}

#[test]
fn no_number_of_notes_takes_the_room_of_an_error() {
    let (s, _) = sample();
    let place = span(&s, 0, "tier web");
    let mut all = list((0..5000).map(|i| Diagnostic::note_of(Code(317), format!("number {i}.")).at(place, "")));
    let mut late = Diagnostics::default();
    late.push(Diagnostic::error(Code(310), "the quota does not hold").at(place, ""));
    all.append(late);
    let out = human(&all, &s, &Options::default());
    assert!(out.contains("error[E0310]: the quota does not hold"), "{out}");
    assert!(out.ends_with("1 error, 1000 notes (4000 not shown)\n"), "{out}");
}

#[test]
fn errors_come_before_warnings_when_there_are_too_many_and_the_rest_is_counted() {
    let (s, _) = sample();
    let place = span(&s, 0, "tier web");
    let many = (0..150).map(|i| {
        let make = if i % 2 == 0 { Diagnostic::warning } else { Diagnostic::error };
        make(Code(203), format!("number {i}.")).at(place, "")
    });
    let out = human(&list(many), &s, &Options::default());
    assert_eq!(out.matches("error[E0203]").count(), 75);
    assert_eq!(out.matches("warning[E0203]").count(), SHOWN_AT_MOST - 75);
    assert!(out.ends_with("75 errors, 75 warnings (50 not shown)\n"), "{out}");
    assert!(out.find("number 0.").unwrap() < out.find("number 1.").unwrap());
}

#[test]
fn far_labels_and_long_lines_cost_little() {
    let far = format!("first\n{}last\n", "filler\n".repeat(300_000));
    let long = format!("a = \"{}\" here", "x".repeat(1_000_000));
    let s = sources(&[("far.bay", &far), ("long.bay", &long)]);
    let d = list((0..20).flat_map(|_| {
        [
            Diagnostic::error(Code(1), "far").at(span(&s, 0, "last"), "one").at(span(&s, 0, "first"), "two"),
            Diagnostic::error(Code(2), "long").at(span(&s, 1, "here"), "it").fix("cut", span(&s, 1, "here"), ""),
            Diagnostic::error(Code(3), "tall").at(Span::new(FileId(0), 0, far.len()), "all"),
        ]
    }));
    let begun = std::time::Instant::now();
    let out = human(&d, &s, &Options::default());
    assert!(out.contains("--> long.bay:1:1000008\n") && out.contains("it"), "{}", &out[..2000]);
    assert!(out.contains("300002 | last\n") && out.contains("1 | first\n"), "{}", &out[..2000]);
    assert!(out.len() < 60 * 1000, "{}", out.len());
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

/// The library panics on ranges outside its text, and the release build aborts on a panic: no span whatever may reach it unchecked.
#[test]
fn no_span_makes_a_renderer_fail() {
    let texts = ["", "\n", "a", "é\r\n\t日本\u{202e}x\n\n", "\r\r\n\n\r", "tier web {\n  image = \"x\"\n}\n", "\u{feff}a\u{9b}\nb"];
    let s = sources(&texts.map(|t| ("f.bay", t)));
    let mut seed = 7_u64;
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for round in 0..6000 {
        let mut any = || Span { file: FileId(random(8) as u32), start: random(34) as u32, end: random(34) as u32 };
        let mut d = Diagnostic::error(Code(1), "t").at(any(), "one").at(any(), "").at(any(), "three\nlines");
        d = d.fix("f", any(), ["", "new", "\n", "a\r\nb\n", "\u{202e}"][round % 5]);
        let second = Edit { span: any(), with: "y".into() };
        d.fixes[0].edits.push(second);
        let (d, o) = (list([d]), Options { width: round % 100, colour: round % 2 == 0, ..Options::default() });
        for out in [human(&d, &s, &o), json(&d, &s, &o), sarif(&d, &s, &o), github(&d, &s, &o)] {
            assert!(out.contains("E0001"));
        }
    }
}
