//! Whole sources: samples without a mistake, one message per mistake, and texts that are broken in every way.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use super::ast::{EntryKind, File, Part};
use super::*;
use crate::diagnostic::codes::EXPLANATIONS;
use crate::workers::Workers;
use std::time::{Duration, Instant};

const SAMPLES: &[(&str, &str)] = &[
    ("program", include_str!("../../tests/cases/syntax/program.bay")),
    ("versions", include_str!("../../tests/cases/syntax/versions.bay")),
    ("hatches", include_str!("../../tests/cases/syntax/hatches.bay")),
    ("declarations", include_str!("../../tests/cases/syntax/declarations.bay")),
    ("expressions", include_str!("../../tests/cases/syntax/expressions.bay")),
];

fn read(text: &str) -> (File<'_>, Vec<Diagnostic>) {
    let mut diagnostics = Diagnostics::default();
    let file = parse(FileId(0), text, &mut diagnostics);
    (file, diagnostics.iter().cloned().collect())
}

/// The tree with no places in it.
fn shape(file: &File) -> String {
    let debug = format!("{:?}", file.entries().collect::<Vec<_>>());
    let mut out = String::new();
    let mut rest = debug.as_str();
    while let Some(i) = rest.find("Span {") {
        out.push_str(&rest[..i]);
        rest = &rest[i..];
        rest = &rest[rest.find('}').unwrap() + 1..];
    }
    out + rest
}

fn describe(found: &[Diagnostic], text: &str) -> Vec<String> {
    found
        .iter()
        .map(|d| format!("{} `{}` {}", d.code, d.primary().map_or("", |s| &text[s.start as usize..s.end as usize]), d.title))
        .collect()
}

#[test]
fn samples_have_no_mistake() {
    for (name, text) in SAMPLES {
        let (file, found) = read(text);
        assert!(found.is_empty(), "{name}: {:#?}", describe(&found, text));
        assert!(!shape(&file).contains("Missing"), "{name}");
    }
}

/// A wrong entry between two right ones, the code, and the text under the primary label.
pub(super) const MISTAKES: &[(&str, u16, &str)] = &[
    ("replicas: 3", 105, ":"),
    ("replicas := 3", 105, ":="),
    ("replicas == 3", 105, "=="),
    ("replicas => 3", 105, "=>"),
    ("spec:\n", 105, ":"),
    ("let x := 5", 105, ":="),
    ("x = { \"a\": 1 }", 105, ":"),
    ("x = f(a: 1)", 105, ":"),
    ("replicas 3", 104, ""),
    ("image \"x\"", 104, ""),
    ("args [1, 2]", 104, ""),
    ("cpu 100m..500m", 104, ""),
    ("security restricted", 104, "security restricted"),
    ("privileged", 104, "privileged"),
    ("x = { a }", 104, "a"),
    ("x = { a 1 }", 104, "a 1"),
    ("image =", 103, ""),
    ("image =\n    \"x\"", 103, "\"x\""),
    ("x = 1 +", 103, ""),
    ("x = a and", 103, ""),
    ("# a comment: it's \"odd {", 117, "#"),
    ("x = 1 # why", 117, "#"),
    ("x = 'abc'", 118, "'abc'"),
    ("x = 'a \"b\"'", 118, "'a \"b\"'"),
    ("x = 'abc", 118, "'"),
    ("x = a && b", 119, "&&"),
    ("x = a || b", 119, "||"),
    ("x = !a", 119, "!"),
    ("x = a ? b : c", 120, "? b : c"),
    ("x = f(a ? 1 : 2, 3)", 120, "? 1 : 2"),
    ("x = a if b else c", 120, "if"),
    ("x = y => y + 1", 119, "=>"),
    ("x = a -b", 119, "-"),
    ("x = 5 % 2", 119, "%"),
    ("x = 1;", 121, ";"),
    ("x = 1; y = 2", 121, ";"),
    ("cpu = 100 m", 122, "m"),
    ("cpu = 100 m..500 m", 122, "m"),
    ("x = [1, 30 s]", 122, "s"),
    ("x = 70 %", 122, "%"),
    ("x = \"abc", 107, "\""),
    ("expose \"app { tls = 1 }", 107, "\""),
    ("expose \"app {\n    tls = 1\n  }", 107, "\""),
    ("x = f(\"abc)", 107, "\""),
    ("x = { y = \"${a}\n  }", 107, "\""),
    ("x = [\"abc]", 107, "\""),
    ("x = [f(\"abc)]", 107, "\""),
    ("x = \"a ${b", 106, "${"),
    ("x = \"a ${b\"", 106, "${"),
    ("x = \"a ${b + \"c\" }", 107, "\""),
    ("x = `abc", 107, "`"),
    ("x = \"\"\"\n    abc", 107, "\"\"\""),
    ("x = \"a ${} b\"", 125, "${}"),
    ("x = ()", 125, "()"),
    ("x = (1, 2)", 125, "2"),
    ("x = a[]", 125, "[]"),
    ("x = \"\\d\"", 124, "\\d"),
    ("x = \"\\u{110000}\"", 124, "\\u{110000}"),
    ("x = f(1", 106, "("),
    ("x = [1, 2", 106, "["),
    ("x = [\n    1,\n    2,", 106, "["),
    ("x = [f(1, 2]", 106, "("),
    ("x = f([\n  2]", 106, "("),
    ("x = \"\"\"a \"b\"", 107, "\"\"\""),
    ("x = [1, 2 }", 108, "}"),
    ("x = [1, 2)", 108, ")"),
    ("x = 1 )", 108, ")"),
    ("x = 1 ]", 108, "]"),
    ("x = [1 2]", 109, "2"),
    ("x = [\n    \"a\"\n    \"b\"\n  ]", 109, "\"b\""),
    ("x = f(1,, 2)", 109, ","),
    ("x = 1 y = 2", 102, "y = 2"),
    ("x = 1 foo", 102, "foo"),
    ("tier web foo { }", 101, "foo"),
    ("x = @foo", 101, "@foo"),
    ("- x", 101, "- x"),
    ("\"a\" = 1", 101, "\"a\" = 1"),
    ("let x 5", 126, "let x 5"),
    ("fn f(a: Int) = 5", 126, "fn f(a: Int) = 5"),
    ("for x of xs { }", 126, "for x of xs { }"),
    ("import x", 126, "import x"),
    ("component web(image: Image) { }", 126, "component web(image: Image) { }"),
    ("x = if a then b", 126, "if"),
    ("x = if a { b }", 126, "{ b }"),
    ("x = match a", 126, "match"),
    ("x = [for y in ys]", 126, "[for y in ys]"),
    ("if a { }\n  else { }", 123, "else"),
    ("if a { }\n  else if b { }", 123, "else"),
    ("if a { }\n  elif b { }", 123, "elif"),
    ("if a { } elif b { }", 123, "elif"),
    ("else { }", 123, "else"),
    ("tier web\n  {\n  }", 127, "{"),
    ("x =\u{a0}1", 114, "\u{a0}"),
    ("x = \"a\u{202e}b\"", 114, "\u{202e}"),
    ("x = 1 // \u{2066}", 114, "\u{2066}"),
    ("x\u{200b}y = 1", 114, "\u{200b}"),
    ("x = \"\u{7}\"", 114, "\u{7}"),
    ("r\u{435}plicas = 1", 115, "\u{435}"),
    ("x = \u{201c}abc\u{201d}", 115, "\u{201c}"),
];

#[test]
fn each_mistake_is_one_message_and_what_follows_is_read() {
    let mut wrong = Vec::new();
    for (line, code, at) in MISTAKES {
        let text = format!("app first {{\n  before = 1\n  {line}\n  after = 2\n}}\napp second {{ last = 3 }}\n");
        let (file, found) = read(&text);
        let expected = format!("E{code:04} `{at}` ");
        let seen = describe(&found, &text);
        let exact = seen.len() == 1 && seen[0].starts_with(&expected);
        let shape = shape(&file);
        let whole = ["\"before\"", "\"after\"", "\"second\"", "\"last\""].iter().all(|w| shape.contains(&format!("text: {w}")));
        let top: Vec<_> = file.entries().map(|e| matches!(&e.kind, EntryKind::Plain(p) if p.path.text == "app")).collect();
        if !exact || !whole || top != [true, true] {
            wrong.push(format!("{line:?}: wanted {expected}\n    got {seen:#?}\n    rest read: {whole}, top {top:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An edit must mend what it says it mends.
#[test]
fn fixes_mend() {
    let mut wrong = Vec::new();
    for (line, code, _) in MISTAKES {
        let text = format!("app first {{\n  before = 1\n  {line}\n  after = 2\n}}\n");
        let (_, found) = read(&text);
        for fix in found.iter().flat_map(|d| &d.fixes).filter(|f| !f.edits.is_empty()) {
            let mut mended = text.clone();
            let mut edits = fix.edits.clone();
            edits.sort_by_key(|e| std::cmp::Reverse(e.span.start));
            for edit in edits {
                mended.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.with);
            }
            let (_, after) = read(&mended);
            if after.iter().any(|d| d.code.0 == *code) || after.len() > 1 {
                wrong.push(format!("{line:?}: {} gives {mended:?}: {:?}", fix.text, describe(&after, &mended)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The wrong program of a page shows its mistake and no other; the right one none. Four pages cannot print theirs.
#[test]
fn pages_show_what_they_say() {
    let unprintable = [112, 113, 116];
    for page in EXPLANATIONS.iter().filter(|e| (100..200).contains(&e.code.0)) {
        let fence = |name: &str| {
            let start = page.page.find(&format!("```bay {name}\n")).unwrap_or_else(|| panic!("{} has no {name} program", page.code));
            let body = &page.page[start..];
            let body = &body[body.find('\n').unwrap() + 1..];
            body[..body.find("\n```").unwrap() + 1].to_owned()
        };
        assert!(page.page.starts_with("# "), "{}", page.code);
        let wrong = fence("wrong");
        let (_, found) = read(&wrong);
        let codes: Vec<_> = found.iter().map(|d| d.code.0).collect();
        let expected: &[u16] = if unprintable.contains(&page.code.0) { &[] } else { &[page.code.0] };
        assert_eq!(codes, expected, "{}: {:?}", page.code, describe(&found, &wrong));
        let right = fence("right");
        let (_, found) = read(&right);
        assert!(found.is_empty(), "{}: {:?}", page.code, describe(&found, &right));
    }
}

/// A closer that is put where a foreign comment begins is not lost with the comment.
#[test]
fn repairs_at_one_place_all_count() {
    let text = "x = f(a# b\ny = 2\n";
    let (_, found) = read(text);
    assert_eq!(found.iter().map(|d| d.code.0).collect::<Vec<_>>(), [106, 117], "{:?}", describe(&found, text));
}

#[test]
fn line_ends_are_all_one() {
    for (name, text) in SAMPLES {
        let (lf, _) = read(text);
        for other in ["\r\n", "\r"] {
            let text = text.replace('\n', other);
            let (file, found) = read(&text);
            assert!(found.is_empty(), "{name}");
            assert_eq!(shape(&lf), shape(&file), "{name}");
        }
    }
}

#[test]
fn threads_change_nothing() {
    let mut text = String::new();
    for i in 0..400 {
        // An unclosed `"""` or backtick would pair with the next one of the file.
        let (line, ..) = MISTAKES[i % MISTAKES.len()];
        let line = if line.contains('`') || line.contains("\"\"\"") { "y: 1" } else { line };
        text.push_str(&format!(
            "/// The app {i}.\napp a{i} {{\n  {}\n  x = \"${{y}}\"\n}}\n",
            if i % 7 == 0 { line } else { "z = [1,\n 2]" }
        ));
        text.push_str(SAMPLES[i % SAMPLES.len()].1);
    }
    let mut one = Diagnostics::default();
    let first = parse_on(&Workers::new(1), FileId(3), &text, &mut one);
    assert!(first.entries().count() > 1000);
    for threads in [2, 3, 8] {
        let mut many = Diagnostics::default();
        let file = parse_on(&Workers::new(threads), FileId(3), &text, &mut many);
        assert_eq!(format!("{:?}", first.entries().collect::<Vec<_>>()), format!("{:?}", file.entries().collect::<Vec<_>>()));
        assert!(one.iter().eq(many.iter()));
    }
}

#[test]
fn pieces_are_scanned_apart_only_where_one_scan_sees_the_same() {
    let debug = |pieces: Vec<Piece>| format!("{:?}", pieces.into_iter().flat_map(|(entries, _)| entries).collect::<Vec<_>>());
    let block = |i: usize| format!("/// The app {i}.\napp a{i} {{\n  x = \"${{y}}\"\n  z = [1,\n 2]\n}}\n\n");
    let sound: String = (0..400).map(block).collect();
    assert!(likely_pieces(&sound).len() > 5);
    let workers = Workers::new(2);
    for text in [sound.clone(), sound.replace('\n', "\r\n")] {
        let apart = sound_pieces(&workers, FileId(3), &text).expect("no mistake");
        assert!(apart.len() > 5);
        assert_eq!(debug(apart), debug(scanned_pieces(&workers, FileId(3), &text).0));
    }
    // Where a line that is a `}` ends no block, or a mistake stands, the whole is scanned.
    for wrong in ["let x = \"\"\"\n", "let x = `\n", "app b {\n", "app b }\n", "let x = (\n", "# x\n"] {
        let text = format!("{wrong}{sound}");
        assert!(sound_pieces(&workers, FileId(3), &text).is_none(), "{wrong}");
    }
    // What belongs to the block before is not cut off.
    for behind in ["else {\n}\n", "{\n}\n"] {
        let text = format!("{sound}if a {{\n  x = 1\n}}\n{behind}");
        assert!(likely_pieces(&text).iter().all(|(start, _)| !text[*start..].starts_with(behind)), "{behind}");
    }
}

#[test]
fn broken_texts_are_cut_only_where_one_scan_cuts_nothing_else() {
    const BITS: [&str; 16] =
        ["}", "{", "\n}\n", "\"", "else {", "\"\"\"", "`", "//", ")", "(", "if x {", "then", "\n}\nelse", "y 1", "= =", "\n}\n{\n"];
    let debug = |pieces: Vec<Piece>| {
        let (entries, found): (Vec<_>, Vec<_>) = pieces.into_iter().unzip();
        let found: Vec<_> = found.into_iter().flatten().map(|f| f.diagnostic).collect();
        (format!("{:?}", entries.into_iter().flatten().collect::<Vec<_>>()), found)
    };
    let whole: String = SAMPLES.iter().cycle().take(15).map(|(_, text)| format!("{text}\n")).collect();
    assert!(likely_pieces(&whole).len() > 2);
    let (workers, mut random, mut sound) = (Workers::new(1), 7u64, 0);
    for round in 0..200 {
        let mut text = whole.clone();
        for _ in 0..1 + round % 3 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let mut at = (random >> 33) as usize % text.len();
            while !text.is_char_boundary(at) {
                at += 1;
            }
            text.insert_str(at, BITS[(random >> 20) as usize % BITS.len()]);
        }
        if let Some(apart) = sound_pieces(&workers, FileId(3), &text) {
            sound += 1;
            assert_eq!(debug(apart), debug(scanned_pieces(&workers, FileId(3), &text).0), "{round}");
        }
    }
    assert!(sound > 20, "{sound}");
}

fn literal(text: &str) -> String {
    let (file, found) = read(text);
    assert!(found.is_empty(), "{:?}", describe(&found, text));
    let EntryKind::Let { value, .. } = &file.entries().next().unwrap().kind else { panic!("no let") };
    let ast::ExprKind::Text(t) = &value.kind else { panic!("no text") };
    let part = |p: &Part| match p {
        Part::Literal(l) => l.to_string(),
        Part::Interpolation(_) => "<>".to_owned(),
    };
    match t {
        ast::Parts::Literal(text) => text.to_string(),
        ast::Parts::Several(parts) => parts.iter().map(part).collect(),
    }
}

#[test]
fn strings_are_read() {
    for (source, expected) in [
        (r#"let x = """#, ""),
        (r#"let x = "a\n\t\r\"\\\$\u{e9}""#, "a\n\t\r\"\\$\u{e9}"),
        (r#"let x = "a${b}c${d}""#, "a<>c<>"),
        ("let x = \"\"\"a\"\"\"", "a"),
        ("let x = \"\"\"\n  a\n    b\n\n  c\n  \"\"\"", "a\n  b\n\nc\n"),
        ("let x = \"\"\"\n  a\n    b\"\"\"", "a\n  b"),
        ("let x = \"\"\"\n    a\n  \"\"\"", "  a\n"),
        ("let x = \"\"\"\n    a ${b}\n    ${c} d\n      ${e}\n    \"\"\"", "a <>\n<> d\n  <>\n"),
        ("let x = \"\"\"\r\n  a\r\n  \\tb\r  \"\"\"", "a\n\tb\n"),
        ("let x = \"\"\"\n\"\"\"", ""),
        ("let x = `a\\n${b}\"`", "a\\n${b}\""),
        ("let x = `a\r\nb\rc`", "a\nb\nc"),
    ] {
        assert_eq!(literal(source), expected, "{source:?}");
    }
}

#[test]
fn spans_are_exact() {
    let text = "/// Shop.\napp shop in prod { a.b = \"x\" , c = f(1)\n}\n";
    let (file, _) = read(text);
    let entry = file.entries().next().unwrap();
    let at = |s: Span| &text[s.start as usize..s.end as usize];
    assert_eq!(entry.doc.as_deref(), Some("Shop."));
    assert!(at(entry.span).starts_with("app shop") && at(entry.span).ends_with("\n}"));
    let EntryKind::Plain(p) = &entry.kind else { panic!() };
    assert_eq!(at(p.within.as_ref().unwrap().span), "prod");
    let body = p.body.as_ref().unwrap();
    assert_eq!(at(body.entries[0].span), "a.b = \"x\"");
    let EntryKind::Plain(c) = &body.entries[1].kind else { panic!() };
    assert_eq!(at(c.value.as_ref().unwrap().span), "f(1)");
}

fn expression(text: &str) -> String {
    use super::ast::{Expr, ExprKind};
    fn show(e: &Expr) -> String {
        match &e.kind {
            ExprKind::Name(n) | ExprKind::Number(n) => (*n).to_owned(),
            ExprKind::Binary(o, sides) => format!("({} {o:?} {})", show(&sides.0), show(&sides.1)),
            ExprKind::Range(ends) => format!("({} .. {})", show(&ends.0), show(&ends.1)),
            ExprKind::Not(a) => format!("(Not {})", show(a)),
            ExprKind::Negate(a) => format!("(Negate {})", show(a)),
            other => format!("{other:?}"),
        }
    }
    let source = format!("let x = {text}");
    let (file, found) = read(&source);
    assert!(found.is_empty(), "{found:?}");
    let EntryKind::Let { value, .. } = &file.entries().next().unwrap().kind else { panic!("no let") };
    show(value)
}

#[test]
fn precedence_is_resolved() {
    assert_eq!(expression("1 + 2 * 3 - 4"), "((1 Add (2 Multiply 3)) Subtract 4)");
    assert_eq!(expression("a or b and not c == d"), "(a Or (b And (Not (c Equal d))))");
    assert_eq!(expression("1..2 + 3"), "(1 .. (2 Add 3))");
    assert_eq!(expression("50% of 20 * 2"), "((50% Of 20) Multiply 2)");
    assert_eq!(expression("-a * b"), "((Negate a) Multiply b)");
    assert_eq!(expression("not not a"), "(Not (Not a))");
}

#[test]
fn bytes_are_decoded() {
    let id = FileId(0);
    assert_eq!(decode(id, b"\xef\xbb\xbfapp").unwrap(), "app");
    assert_eq!(decode(id, b"").unwrap(), "");
    for (bytes, title) in [
        (&b"ab\n\xffc"[..], "the byte 0xff at offset 3 (line 2) is not UTF-8"),
        (b"a\0b", "there is a NUL byte at offset 1 (line 1)"),
        (b"\xff\xfea\0", "this file is UTF-16 (little-endian), from byte 0 on; sources are UTF-8"),
        (b"\xfe\xff\0a", "this file is UTF-16 (big-endian), from byte 0 on; sources are UTF-8"),
    ] {
        assert_eq!(decode(id, bytes).unwrap_err().title, title);
    }
    // A second mark is a character like any other that cannot be seen.
    let (_, found) = read(decode(id, b"\xef\xbb\xbf\xef\xbb\xbfapp a { }").unwrap());
    assert_eq!(found.iter().map(|d| d.code.0).collect::<Vec<_>>(), [114]);
}

#[test]
fn comments_are_found() {
    let text = "// a\n/// b\nx = \"// no\" // c\ny = `// no`\n//// d";
    let found: Vec<_> =
        comments(FileId(0), text).iter().map(|c| (&text[c.span.start as usize..c.span.end as usize], c.documentation, c.alone)).collect();
    assert_eq!(found, [("// a", false, true), ("/// b", true, true), ("// c", false, false), ("//// d", false, true)]);
}

/// What is too large or too deep: one message, at once, on the stack of an ordinary thread.
#[test]
fn limits_hold() {
    let n = 100_000;
    let cases = [
        ("[".repeat(n), 110),
        ("(".repeat(n), 110),
        ("{".repeat(n), 110),
        (format!("let x = {}{}", "[".repeat(n), "]".repeat(n)), 110),
        ("a { ".repeat(n), 110),
        (format!("let x = {}", "f(".repeat(n)), 110),
        (format!("let x = {}1", "- ".repeat(n)), 110),
        (format!("let x = {}a", "not ".repeat(n)), 110),
        (format!("let x = {}a", "!".repeat(n)), 110),
        (format!("let x = {}1", "if a then 1 else ".repeat(n)), 110),
        (format!("let x = {}1", "if a then 1 else\n".repeat(n)), 110),
        (format!("let x = {}1", "if a then ".repeat(n)), 110),
        (format!("if a {{ }}{}", " else if b { }".repeat(n)), 110),
        (format!("if a {{ }}{}", " else if b {\n }".repeat(n)), 110),
        (format!("let x = {}", "\"${".repeat(n)), 110),
        (format!("let x = {}", "match ".repeat(n)), 110),
        (format!("let x = {}", "a ? ".repeat(n)), 110),
        (format!("let x = {}", "1 +\n if a then ".repeat(n)), 110),
        (format!("let x = if a {}", "\nthen if a".repeat(n)), 110),
        (format!("let x = {}", "if f([ ".repeat(n)), 110),
        (format!("if a {{ }}{}", " elif b { }".repeat(n)), 110),
        (format!("let x = 1{}", " + 1".repeat(n)), 111),
        (format!("let x = 1{}", " + 1".repeat(MAX + 1)), 111),
        (format!("let x = a{}", "[0]".repeat(n)), 111),
        (format!("let x = a{}", "()".repeat(n)), 111),
        (format!("let x = a{}", ".b".repeat(n)), 110),
        ("a ".repeat(2_000_000), 113),
        (" ".repeat((4 << 20) + 1), 112),
    ];
    const MAX: usize = lower::MAX_OPERATORS;
    let run = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        let mut wrong = Vec::new();
        for (text, code) in &cases {
            let start = Instant::now();
            let (file, found) = read(text);
            drop(file);
            let codes: Vec<_> = found.iter().map(|d| d.code.0).collect();
            if codes != [*code] || start.elapsed() > Duration::from_secs(8) {
                wrong.push(format!("{:?}…: {codes:?} in {:?}", &text[..24], start.elapsed()));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
    run.unwrap().join().unwrap();
}

/// What lies just within the limits is read.
#[test]
fn limits_are_not_too_tight() {
    for text in [
        format!("let x = {}{}", "[".repeat(64), "]".repeat(64)),
        format!("let x = 1{}", " + 1".repeat(lower::MAX_OPERATORS)),
        format!("let x = {}1", "- ".repeat(64)),
        format!("let x = {}1", "if a then 1 else ".repeat(64)),
        "let x = if a then 1 else 2\n".repeat(100),
        format!("a {{ {} }}", "x = if a then 1 else 2, ".repeat(100)),
        format!("if a {{ }}\n{}", "if a {\n}\n".repeat(100)),
    ] {
        let (_, found) = read(&text);
        assert!(found.is_empty(), "{:?}", describe(&found, ""));
    }
}

/// Reading time grows with the length and nothing else. The factor allows for a busy machine; what is quadratic exceeds it tenfold.
#[test]
fn time_is_linear() {
    let repeated = [
        "a ",
        "a { ",
        "x = ",
        "x = 1 ",
        "(",
        "match ",
        "[match ",
        "[for x in ",
        "if ",
        "x ? ",
        "f(a = ",
        "{ a = ",
        "\"${",
        "\"",
        "`",
        "\"\"\"",
        "'",
        "a: ",
        "}",
        ")",
        "x = [\n",
        "x = (1,\n",
        "a\n{\n",
        "x = a +\n",
        "fn f(a: [",
        "else ",
        "x = \"a\n",
        "; ",
        "# \n",
        "\u{200b}",
        "a b c d\n",
        "/// x\n",
        "x = \"\\\n",
    ];
    for piece in repeated {
        let once = |bytes: usize| {
            let text = piece.repeat(bytes / piece.len());
            (0..3)
                .map(|_| {
                    let start = Instant::now();
                    read(&text);
                    start.elapsed()
                })
                .min()
                .unwrap_or_default()
        };
        let (small, large) = (once(4_000), once(64_000));
        assert!(large < (small * 16).max(Duration::from_millis(20)) * 6, "{piece:?}: 4 kB {small:?}, 64 kB {large:?}");
    }
}

/// Every prefix and every change of one character of every sample: a tree and messages, never a refusal, never long.
#[test]
fn broken_texts_are_read() {
    let others = ['}', '{', '(', ']', '"', '`', '=', ',', '\n', '$', '/', '\u{e9}'];
    for (name, text) in SAMPLES {
        let start = Instant::now();
        let mut runs = 0u32;
        let mut total = |text: &str| {
            let (_, found) = read(text);
            runs += 1;
            // The grammar is total: no text of this depth may end its reading.
            assert!(found.iter().all(|d| d.code.0 != 110), "{name}: {:?}\n{text}", describe(&found, text));
            // One change is a few messages at most, however unlucky.
            found.len()
        };
        // Every place takes minutes without optimisation; there, long samples are broken at every seventh, and `--release` has them all.
        let stride = if cfg!(debug_assertions) && text.len() > 400 { 7 } else { 1 };
        for (i, c) in text.char_indices().step_by(stride) {
            total(&text[..i]);
            let (before, after) = (&text[..i], &text[i + c.len_utf8()..]);
            let mut most = total(&format!("{before}{after}"));
            // Each place takes four of them; neighbouring places together take all.
            for other in (0..4).map(|k| others[(i + 3 * k) % others.len()]) {
                most = most.max(total(&format!("{before}{other}{after}")));
            }
            assert!(most <= 12, "{name}: {most} messages for one change at {i}: …{:?}", text[i..].chars().take(30).collect::<String>());
        }
        let each = start.elapsed() / runs;
        assert!(each < Duration::from_millis(60), "{name}: {each:?} a run");
    }
}
