//! Wrong programs and wrong worlds, row by row as the project's list of bad inputs numbers them: each ends in messages with a code and a
//! place, soon, without a panic and without output.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that fails may panic")]

use bayplan::diagnostic::{Diagnostic, Severity};
use bayplan::world::{DiskWorld, MemoryWorld, World};
use bayplan::{Compiled, Request};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// One second as a release build has it; a build for tests is slower by about as much, and machines of tests are busy.
const SOON: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 1 });

fn request(paths: &[&str]) -> Request {
    Request { paths: paths.iter().map(|p| (*p).to_owned()).collect(), threads: 1, ..Request::default() }
}

fn in_time<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let begin = Instant::now();
    let result = run();
    assert!(begin.elapsed() < SOON, "{what} took {:?}", begin.elapsed());
    result
}

fn build(text: impl Into<Vec<u8>>) -> Compiled {
    in_time("building", || bayplan::compile(&MemoryWorld::new([("p.bay", text)]), &request(&["p.bay"])))
}

fn check(text: impl Into<Vec<u8>>) -> Compiled {
    in_time("checking", || bayplan::check(&MemoryWorld::new([("p.bay", text)]), &request(&["p.bay"])))
}

fn errors(compiled: &Compiled) -> Vec<&Diagnostic> {
    compiled.diagnostics.iter().filter(|d| d.severity == Severity::Error).collect()
}

/// Code, line and column of an error: `E0401 1:1`.
fn place(compiled: &Compiled, d: &Diagnostic) -> String {
    let at = d.primary().unwrap_or_else(|| panic!("no place: {}", d.title));
    let position = compiled.sources.position(at.file, at.start);
    format!("{} {}:{}", d.code, position.line, position.column)
}

/// Everything that a message says, notes and fixes included.
fn words(d: &Diagnostic) -> String {
    let edits = d.fixes.iter().flat_map(|f| std::iter::once(&f.text).chain(f.edits.iter().map(|e| &e.with)));
    std::iter::once(&d.title).chain(d.labels.iter().map(|l| &l.text)).chain(&d.notes).chain(edits).cloned().collect::<Vec<_>>().join(" | ")
}

/// Refuses the program with exactly these errors, each `CODE LINE:COLUMN`, whose first says `says`. Nothing is built.
fn refused(compiled: &Compiled, expected: &[&str], says: &str) {
    let found: Vec<String> = errors(compiled).iter().map(|d| place(compiled, d)).collect();
    let all: Vec<String> = errors(compiled).iter().map(|d| words(d)).collect();
    assert_eq!(found, expected, "{all:#?}");
    assert!(all[0].contains(says), "`{says}` is not in {:?}", all[0]);
    assert!(compiled.bundle.is_none() && compiled.plan.is_none());
}

fn accepted(compiled: &Compiled) -> String {
    assert!(compiled.diagnostics.is_ok(), "{:#?}", errors(compiled).iter().map(|d| words(d)).collect::<Vec<_>>());
    yaml(compiled)
}

fn yaml(compiled: &Compiled) -> String {
    let mut out = Vec::new();
    bayplan::output::write(compiled.bundle.as_ref().unwrap(), bayplan::output::Format::Yaml, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// A tier of this name with these entries, which begin on its fourth line.
fn tier(name: &str, entries: &str) -> String {
    format!("tier {name} {{\n image = \"ghcr.io/a/b:1.0\"\n port http = 8080\n health = http(\"/\")\n {entries}\n}}\n")
}

/// An app `a`: its first tier begins on line 2.
fn app(tiers: &str) -> String {
    format!("app a {{\n{tiers}}}\n")
}

/// An app with one tier `web`: its entries stand on line 6, from column 2.
fn web(entries: &str) -> String {
    app(&tier("web", entries))
}

/// The same with declarations before it, on line 1: the entries stand on line 7.
fn with(top: &str, entries: &str) -> String {
    format!("{top}\n{}", web(entries))
}

/// `empty file / only comments / only BOM`: error "no app declared" / same / BOM accepted once.
#[test]
fn row_01_nothing_to_build() {
    for text in ["", "// x\n/// y\n", "\u{feff}", "let a: Int = 1\n"] {
        refused(&build(text), &["E0401 1:1"], "the program declares no app");
    }
    assert_eq!(accepted(&build(format!("\u{feff}{}", web("")))), accepted(&build(web(""))));
    let twice = build(format!("\u{feff}\u{feff}{}", web("")));
    assert!(errors(&twice).iter().any(|d| words(d).contains("U+FEFF")));
}

/// `CRLF, lone CR, mixed, no final newline`: same tree and same output bytes as LF.
#[test]
fn row_02_line_ends() {
    let text = web("config c { file \"a\" = \"\"\"\n one\n two\n \"\"\" }");
    let expected = accepted(&build(text.as_str()));
    for other in [text.replace('\n', "\r\n"), text.replace('\n', "\r"), text.replacen('\n', "\r\n", 4), text.trim_end().to_owned()] {
        assert_eq!(accepted(&build(other)), expected);
    }
}

/// `invalid UTF-8, NUL, UTF-16 file`: located byte-offset error.
#[test]
fn row_03_no_text() {
    let good = web("");
    for (tail, says) in [(b"\xff".as_slice(), "0xff at offset"), (b"\0", "NUL byte at offset"), (b"\xc3", "0xc3 at offset")] {
        let bytes = [good.as_bytes(), tail].concat();
        refused(&build(bytes), &["E0116 9:1"], says);
        let bytes = [good.as_bytes(), tail].concat();
        assert!(words(errors(&build(bytes))[0]).contains(&format!("offset {}", good.len())));
    }
    let wide: Vec<u8> = std::iter::once(0xfeff).chain(good.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    refused(&build(wide), &["E0116 1:1"], "UTF-16");
}

/// `U+202E/2066–2069 bidi, zero-width, NBSP, homoglyph idents`: reject with codepoint name; escaped in message.
#[test]
fn row_04_deceiving_characters() {
    for (c, name) in [('\u{202e}', "U+202E RIGHT-TO-LEFT OVERRIDE"), ('\u{2066}', "U+2066"), ('\u{2069}', "U+2069")] {
        for text in [with(&format!("// {c}"), ""), web(&format!("env X = \"a{c}b\""))] {
            let found = build(text);
            assert_eq!(errors(&found).len(), 1);
            assert!(words(errors(&found)[0]).contains(name) && !words(errors(&found)[0]).contains(c));
        }
    }
    for c in ['\u{200b}', '\u{a0}', '\u{feff}', '\u{ad}'] {
        let found = build(web(&format!("env{c} X = \"a\"")));
        let said: String = errors(&found).iter().map(|d| words(d)).collect();
        assert!(said.contains(&format!("U+{:04X}", c as u32)) && !said.contains(c), "{said}");
    }
    let found = build(web("rep\u{43b}icas = 2"));
    assert!(errors(&found).iter().any(|d| d.code.0 == 115 && words(d).contains("U+043B")));
}

/// `1,000 / 100,000 nested`: depth error at limit 64; also in type checker, evaluator, printer, drop.
#[test]
fn row_05_nesting() {
    for n in [1_000, 100_000] {
        let r = |s: &str| s.repeat(n);
        for value in [
            format!("{}1{}", r("("), r(")")),
            format!("{}1{}", r("["), r("]")),
            format!("{}{}", r("{"), r("}")),
            r("("),
            format!("{}true", r("not ")),
            format!("{}1", r("-")),
            format!("{}1", r("if true then 1 else ")),
            format!("{}1{}", r("f("), r(")")),
            format!("{}1{}", r("\"${"), r("}\"")),
            format!("{}1{}", r("match 1 { 1 => "), r(" }")),
            format!("a{}", r(".b")),
        ] {
            let found = build(format!("let x: Int = {value}\n{}", web("")));
            assert_eq!(errors(&found).len(), 1);
            assert_eq!(errors(&found)[0].code.0, 110, "{}", errors(&found)[0].title);
        }
        for value in [vec!["1"; n].join(" + "), vec!["true"; n].join(" and "), format!("a{}", r("[0]"))] {
            let found = build(format!("let x: Int = {value}\n{}", web("")));
            assert_eq!(errors(&found).iter().map(|d| d.code.0).collect::<Vec<_>>(), [111]);
        }
        for text in [
            format!("{}{}", r("a {\n"), r("}\n")),
            web(&format!("if true {{ cpu = 1 }} {}", r("else if true { cpu = 1 } "))),
            format!("type X = {}Int{}\n", r("["), r("]")),
        ] {
            assert_eq!(errors(&build(text)).iter().map(|d| d.code.0).collect::<Vec<_>>(), [110]);
        }
    }
    // Just below the limit everything behind the parser copes.
    accepted(&build(with(&format!("let x: Int = {}1{}", "(".repeat(60), ")".repeat(60)), "replicas = x")));
}

/// `unclosed string/brace at EOF, """ never closed`: one error at the opener, not 1,000 cascades.
#[test]
fn row_06_left_open() {
    let rest: String = (0..300).map(|i| format!("app b{i} {{\n{}}}\n", tier("w", ""))).collect();
    for (open, expected) in [
        ("let x = \"abc\n", "E0107 1:9"),
        ("let x = \"\"\"abc\n", "E0107 1:9"),
        ("let x = `abc\n", "E0107 1:9"),
        ("let x: Int = (1\n", "E0106 1:14"),
        ("let x = [1\n", "E0106 1:9"),
        ("app z {\n tier q {\n", "E0106 2:9"),
        ("app z {\n", "E0106 1:7"),
    ] {
        refused(&build(format!("{open}{rest}")), &[expected], "clos");
    }
}

/// `10 MB line, 1 M tokens, 100 MB file`: size limit error before lexing; linear time.
#[test]
fn row_07_size() {
    refused(&build(format!("let x = \"{}\"\n", "a".repeat(10_000_000))), &["E0112 1:1"], "4 MiB");
    refused(&build("a".repeat(100_000_000)), &["E0112 1:1"], "4 MiB");
    let tokens = build(format!("let x = [{}1]\n", "1,".repeat(1_100_000)));
    assert_eq!(errors(&tokens).iter().map(|d| d.code.0).collect::<Vec<_>>(), [113]);
    accepted(&build(format!("// {}\n{}", "a".repeat(3_900_000), web(""))));
}

/// `10,000 errors in one file`: cap with count, still fast.
#[test]
fn row_08_many_errors() {
    let many = |f: fn(usize) -> String| (0..10_000).map(f).collect::<Vec<_>>().join("\n");
    for entries in [many(|i| format!("env X{i} = [1]")), many(|i| format!("foo{i} = 1")), many(|i| format!("env X{i} = foo{i}.url"))] {
        let found = build(web(&entries));
        assert_eq!(found.diagnostics.errors(), 10_000);
        assert!(found.diagnostics.iter().count() <= 1_000);
        assert_eq!(found.diagnostics.iter().count() + found.diagnostics.dropped(), 10_000);
    }
    let tiers: String = (0..2_000).map(|i| format!("tier t{i} {{ replicas = 1 }}\n")).collect();
    let found = build(app(&tiers));
    assert!(found.summary.as_ref().unwrap().ends_with(" and 1994 more"), "{:?}", found.summary);
}

/// `pathological backtracking, long ambiguous prefixes`: linear.
#[test]
fn row_09_backtracking() {
    for text in [
        format!("let x = {}\n", "a ".repeat(100_000)),
        format!("{}\n", "a.".repeat(100_000)),
        format!("let x = {}{}", "a(".repeat(50), "b ".repeat(50_000)),
        "if ".repeat(100_000),
        "\"".repeat(200_000),
        format!("let x = \"{}", "${".repeat(50_000)),
        format!("let x = {}y{}\n", "[for x in ".repeat(60), "]".repeat(60)),
        "a b in c = ".repeat(50_000),
    ] {
        let found = build(text);
        assert!(!found.diagnostics.is_ok());
        assert!(errors(&found).iter().all(|d| d.title.len() < 400 && d.primary().is_some()));
    }
}

/// `integer 2^63, 2^64, -0, 1e999, 0x, 08, 1_000`: range error, never wrap.
#[test]
fn row_10_integers() {
    for text in
        ["9223372036854775808", "18446744073709551616", "1e999", "0x", "0x1F", "08", "1_000", "99999999999999999999999999999999999", "1.5"]
    {
        refused(&build(with(&format!("let x: Int = {text}"), "")), &["E0210 1:14"], "");
    }
    for text in ["9223372036854775807 + 1", "9223372036854775807 * 2", "-9223372036854775807 - 2"] {
        let found = build(with(&format!("let x: Int = {text}"), "replicas = x"));
        assert_eq!(errors(&found).iter().map(|d| d.code.0).collect::<Vec<_>>(), [220], "{text}");
    }
    refused(&build(web("replicas = 2147483648")), &["E0304 6:13"], "2147483648");
    assert!(accepted(&build(web("replicas = -0"))).contains("replicas: 0\n"));
}

/// `quantities 1000mx, 1Gi + spaces, 0.1m, -1, 1e3Mi, NaN`: quantity type error.
#[test]
fn row_11_quantities() {
    for (text, code) in [
        ("1000mx", "E0210"),
        ("1 Gi", "E0122"),
        ("0.1m", "E0210"),
        ("-1", "E0203"),
        ("1e3Mi", "E0210"),
        ("NaN", "E0201"),
        ("1Gi", "E0210"),
        ("\"1\"", "E0203"),
        ("99999999999999999999", "E0210"),
        ("0", "E0304"),
    ] {
        let found = build(web(&format!("cpu = {text}")));
        assert_eq!(errors(&found).len(), 1, "{text}");
        assert!(place(&found, errors(&found)[0]).starts_with(&format!("{code} 6:")), "{text}: {}", errors(&found)[0].title);
    }
    for text in ["1000mx", "1m", "0.1Ki", "1Gii", "16Ei", "9999999999Ei", "1e3"] {
        refused(&build(web(&format!("memory = {text}"))), &["E0210 6:11"], "");
    }
    refused(&build(web("memory = 0")), &["E0304 6:11"], "no limit");
}

/// `durations 1h-1m, 99999999h, 5 (no unit)`: unit required.
#[test]
fn row_12_durations() {
    for (text, code) in [
        ("1h-1m", "E0119"),
        ("99999999h", "E0210"),
        ("5", "E0210"),
        ("1m1h", "E0210"),
        ("1h1h", "E0210"),
        ("5x", "E0210"),
        ("-5s", "E0203"),
        ("1h 30m", "E0102"),
    ] {
        let found = build(web(&format!("grace = {text}")));
        assert_eq!(errors(&found).len(), 1, "{text}");
        assert!(place(&found, errors(&found)[0]).starts_with(&format!("{code} 6:")), "{text}: {}", errors(&found)[0].title);
    }
    refused(&build(web("grace = 5")), &["E0210 6:10"], "no unit");
}

/// `tier names: "", 64 chars, A, a_b, -a, a., .., /etc, con, NUL, unicode`: DNS-1123/1035 rule named, suggestion.
#[test]
fn row_13_names() {
    let long = format!("\"{}\"", "a".repeat(64));
    for name in ["\"\"", &long, "A", "a_b", "\"-a\"", "\"a.\"", "\"..\"", "\"/etc\"", "NUL", "\"é\"", "\"a b\""] {
        refused(&build(app(&tier(name, ""))), &["E0217 2:6"], "DNS-1123 label");
        refused(&build(format!("app {name} {{\n{}}}\n", tier("w", ""))), &["E0217 1:5"], "DNS-1123 label");
    }
    for (name, suggestion) in [("A", "a"), ("a_b", "a-b"), ("\"-a\"", "a"), ("\"/etc\"", "etc")] {
        let found = build(app(&tier(name, "")));
        assert!(words(errors(&found)[0]).contains(&format!("write `{suggestion}`")), "{}", words(errors(&found)[0]));
    }
    refused(&build(app(&tier("\"1a\"", ""))), &["E0405 2:6"], "DNS-1035 label");
    accepted(&build(app(&tier("con", ""))));
}

/// `StatefulSet > 52 chars, CronJob > 52, Service > 63, label value > 63 after suffix`: error computed on final name.
#[test]
fn row_14_long_names() {
    let claim = "volume data = claim(\"/data\", size = 1Gi)";
    let cron = |n: usize| app(&format!("cron {} {{ image = \"ghcr.io/a/b:1.0\"\n schedule = \"0 0 * * *\" }}\n", "t".repeat(n)));
    accepted(&build(app(&tier(&"t".repeat(52), claim))));
    refused(&build(app(&tier(&"t".repeat(53), claim))), &["E0405 2:6"], "has 53 characters, and a StatefulSet may have 52");
    accepted(&build(cron(52)));
    refused(&build(cron(53)), &["E0405 2:6"], "a CronJob may have 52");
    accepted(&build(app(&tier(&"t".repeat(63), ""))));
    let prefixed =
        |prefix: usize, entries: &str| format!("app a {{ prefix = \"{}-\"\n{}}}\n", "p".repeat(prefix), tier(&"t".repeat(40), entries));
    refused(&build(prefixed(20, claim)), &["E0405 2:6"], "61 characters");
    refused(&build(prefixed(30, "")), &["E0405 2:6"], "71 characters");
    refused(&build(web(&format!("labels = {{ x = \"{}\" }}", "v".repeat(64)))), &["E0217 6:17"], "64 characters");
}

/// `two names equal after truncation/normalisation, or by case`: error names both; never hash silently.
#[test]
fn row_15_equal_names() {
    let two =
        |first: &str, second: &str| format!("namespace n {{}}\napp a in n {{ {first}\n{}}}\napp b in n {{\n{second}}}\n", tier("w", ""));
    for text in [two("", &tier("w", "")), two("prefix = \"x-\"", &tier("x-w", ""))] {
        let found = build(text);
        refused(&found, &["E0404 11:6"], "would be the workload");
        assert_eq!(errors(&found)[0].labels.len(), 2);
    }
    refused(
        &build(app(&(tier("w", "volume d = claim(\"/d\", size = 1Gi)") + &tier("w-headless", "")))),
        &["E0404 8:6"],
        "Service `w-headless`",
    );
    // Equal texts have equal hashes: the ConfigMap would be written twice.
    let configs = app(&("config w-c { file \"a\" = \"x\" }\n".to_owned() + &tier("w", "config c { file \"a\" = \"x\" }")));
    let found = build(configs);
    assert_eq!(errors(&found).len(), 1);
    assert_eq!((errors(&found)[0].code.0, errors(&found)[0].labels.len()), (404, 2));
    refused(&build(app(&(tier("w", "") + &tier("\"W\"", "")))), &["E0217 8:6"], "`W`");
}

/// `reserved words and YAML words as names: no, on, y, null, 1e3, 0644`: accepted if DNS-valid, quoted in output.
#[test]
fn row_16_words_as_names() {
    for name in ["no", "on", "off", "yes", "y", "null", "true"] {
        let out = accepted(&build(app(&tier(name, ""))));
        assert!(out.contains(&format!("name: \"{name}\"\n")) && !out.contains(&format!("name: {name}\n")), "{name}");
    }
    for name in ["let", "for", "if", "tier", "use", "environment"] {
        accepted(&build(app(&tier(name, ""))));
    }
    for name in ["1e3", "0644"] {
        let out = accepted(&build(app(&format!("job \"{name}\" {{ image = \"ghcr.io/a/b:1.0\" }}\n"))));
        assert!(out.contains(&format!("name: \"{name}\"\n")), "{name}");
        refused(&build(app(&tier(&format!("\"{name}\""), ""))), &["E0405 2:6"], "DNS-1035");
    }
}

/// `duplicate tier, env, port, port number, label, host+path`: both spans shown.
#[test]
fn row_17_said_twice() {
    for (text, expected) in [
        (app(&(tier("w", "") + &tier("w", ""))), "E0403 8:1"),
        (web("env X = \"1\"\n env X = \"2\""), "E0403 7:2"),
        (web("port http = 8081"), "E0403 6:2"),
        (web("port other = 8080"), "E0403 6:15"),
        (web("labels = { x = \"1\", x = \"2\" }"), "E0207 6:22"),
        (web("replicas = 1\n replicas = 2"), "E0403 7:2"),
        (web("expose \"a.example.com\" {}\n expose \"a.example.com\" {}"), "E0403 7:2"),
        (app(&(tier("v", "expose \"a.example.com\" {}") + &tier("w", "expose \"a.example.com\" {}"))), "E0403 12:9"),
        (web("for i in [\"a\", \"a\"] { env X = i }"), "E0403 6:24"),
        (format!("{}environment e {{}}\nenvironment e {{}}\n", web("")), "E0403 10:13"),
        (with("namespace n {}\nnamespace n {}", ""), "E0403 2:1"),
    ] {
        let found = build(text);
        refused(&found, &[expected], "");
        assert!(errors(&found)[0].labels.len() >= 2, "{}", errors(&found)[0].title);
    }
}

/// `same port TCP+UDP; same containerPort twice`: emit distinct SSA keys or reject.
#[test]
fn row_18_two_protocols() {
    let out = accepted(&build(web("port dns = udp(8080)")));
    assert!(out.contains("protocol: UDP") && out.contains("protocol: TCP"));
    refused(&build(web("port x = tcp(8080)")), &["E0403 6:11"], "8080");
}

/// `unknown tier in connect, typo`: "did you mean" + nearest.
#[test]
fn row_19_typos() {
    for (entry, expected, near) in [
        ("connects = [backnd.http]", "E0201 6:14", "write `backend`"),
        ("connects = [backend.htp]", "E0201 6:22", "write `http`"),
        ("env X = backnd.http.url", "E0201 6:10", "write `backend`"),
        ("env X = backend.http.ulr", "E0201 6:23", "write `url`"),
    ] {
        refused(&build(app(&(tier("web", entry) + &tier("backend", "")))), &[expected], near);
    }
}

/// `connect a→a, cycle a→b→a, connect to external without port, port not exposed`: explicit rule / allowed / error / error.
#[test]
fn row_20_connections() {
    accepted(&build(web("connects = [web.http]")));
    accepted(&build(app(&(tier("a1", "connects = [b1.http]") + &tier("b1", "connects = [a1.http]")))));
    let external =
        |entry: &str, port: &str| build(app(&(tier("web", entry) + &format!("external e {{ cidrs = [\"203.0.113.0/24\"]\n {port} }}\n"))));
    refused(&external("connects = [e]", ""), &["E0303 8:1"], "has no port");
    refused(&external("connects = [e.https]", "port http = 80"), &["E0201 6:16"], "has no port `https`");
    refused(&build(app(&(tier("web", "connects = [w2.grpc]") + &tier("w2", "")))), &["E0201 6:17"], "has no port `grpc`");
}

/// `port 0, 65536, -1, range reversed, name > 15 chars`: type error.
#[test]
fn row_21_ports() {
    let port = |entry: &str| build(app(&format!("tier w {{\n image = \"ghcr.io/a/b:1.0\"\n {entry}\n health = exec([\"true\"])\n}}\n")));
    for value in ["0", "65536", "-1", "http(0)", "http(70000)", "8080..80", "\"http\"", "80.5"] {
        let found = port(&format!("port p = {value}"));
        assert_eq!(errors(&found).len(), 1, "{value}: {:?}", errors(&found).iter().map(|d| &d.title).collect::<Vec<_>>());
        assert!(place(&found, errors(&found)[0]).contains(" 4:11"), "{value}");
    }
    for name in ["pppppppppppppppp", "A", "\"80\""] {
        let found = port(&format!("port {name} = 8080"));
        assert_eq!(errors(&found).iter().map(|d| d.code.0).collect::<Vec<_>>(), [217], "{name}");
    }
    let text = app(&(tier("web", "connects = [e.p]") + "external e { cidrs = [\"203.0.113.0/24\"]\n port p = 0 }\n"));
    assert!(errors(&build(text)).iter().any(|d| d.code.0 == 210));
}

/// `CIDR 10.0.0.1/8 (host bits), 999.1.1.1, ::/0 vs 0.0.0.0/0`: canonical-form error with fix.
#[test]
fn row_22_cidrs() {
    let external =
        |cidr: &str| build(app(&(tier("web", "connects = [e.p]") + &format!("external e {{ cidrs = [{cidr}]\n port p = 443 }}\n"))));
    for cidr in
        ["10.0.0.1/8", "999.1.1.1/8", "10.0.0.0/33", "10.0.0.0", "2001:DB8::/32", "010.0.0.0/8", "::1/64", "", "::ffff:10.0.0.0/104"]
    {
        refused(&external(&format!("\"{cidr}\"")), &["E0210 8:23"], "no CIDR");
    }
    let found = external("\"10.0.0.1/8\"");
    assert!(words(errors(&found)[0]).contains("10.0.0.0/8"));
    accepted(&external("\"::/0\""));
    accepted(&external("\"0.0.0.0/0\""));
}

/// `minReplicas > max, PDB that blocks, surge 0 + unavailable 0`: semantic error with numbers. (Canaries and weights are not built yet.)
#[test]
fn row_23_senseless_numbers() {
    for (entries, code, says) in [
        ("replicas = 5..2", 304, "5..2"),
        ("replicas = 0..3", 304, "0 replicas"),
        ("cpu = 2..1", 304, "2..1"),
        ("replicas = 2\n disruption { unavailable = 0 }", 315, "of 2 pods"),
        ("replicas = 2\n disruption { available = 2 }", 315, "of 2 pods"),
        ("replicas = 2..5\n disruption { available = 2 }", 315, "of 2 pods"),
        ("replicas = 2\n disruption { available = 51% }", 315, "of 2 pods"),
        ("replicas = 2\n rollout rolling { surge = 0, unavailable = 0 }", 315, "never begin"),
        ("replicas = 2\n rollout rolling { surge = 0%, unavailable = 0% }", 315, "never begin"),
        ("rollout canary { steps = [50%, 10%] }", 320, "carry out"),
    ] {
        let found = build(web(entries));
        assert_eq!(errors(&found).iter().map(|d| d.code.0).collect::<Vec<_>>(), [code], "{entries}");
        assert!(words(errors(&found)[0]).contains(says), "{}", words(errors(&found)[0]));
        place(&found, errors(&found)[0]);
    }
}

/// `image: empty, spaces, upper-case repo, two digests, tag+digest, :latest, registry with port and no tag, 300-char tag`.
#[test]
fn row_25_images() {
    let image = |image: &str| build(app(&format!("tier w {{\n image = \"{image}\"\n}}\n")));
    let (a, b) = ("a".repeat(64), "b".repeat(64));
    for wrong in [
        "",
        "   ",
        "a b:1",
        "ghcr.io/A/b:1",
        "ghcr.io/a/b:latest",
        "ghcr.io/a/b",
        "localhost:5000/a",
        "ghcr.io/a/b:",
        "ghcr.io//b:1",
        "http://ghcr.io/a:1",
        "ghcr.io/a/b@sha256:abc",
        "a:1:2",
        &format!("ghcr.io/a/b:{}", "t".repeat(300)),
        &format!("ghcr.io/a/b@sha256:{a}@sha256:{b}"),
    ] {
        let found = image(wrong);
        assert!(
            errors(&found).iter().any(|d| place(&found, d) == "E0210 3:10"),
            "{wrong}: {:?}",
            errors(&found).iter().map(|d| words(d)).collect::<Vec<_>>()
        );
    }
    for right in ["localhost:5000/a:1", &format!("ghcr.io/a/b:1@sha256:{a}"), &format!("ghcr.io/a/b@sha256:{a}")] {
        assert!(errors(&image(right)).iter().all(|d| d.code.0 != 210), "{right}");
    }
}

/// `secret literal in env/config (password = "x", PEM, AWS key, high entropy)`: compile error, value not echoed.
#[test]
fn row_26_secrets() {
    for (name, value) in [
        ("PASSWORD", "hunter22"),
        ("API_TOKEN", "abcdef"),
        ("X", "AKIAIOSFODNN7EXAMPLE"),
        ("X", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ("X", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"),
        ("X", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"),
        ("X", "postgres://user:s3cr3tpw@db/x"),
        ("X", "https://hooks.slack.com/services/T0/B0/XXXX"),
    ] {
        let found = build(web(&format!("env {name} = \"{value}\"")));
        assert_eq!(errors(&found).iter().map(|d| d.code.0).collect::<Vec<_>>(), [307], "{value}");
        assert!(!words(errors(&found)[0]).contains(value));
    }
    for text in ["password = hunter2222", "db:\\n  password: hunter2222", "-----BEGIN PRIVATE KEY-----"] {
        let found = build(web(&format!("config c {{ file \"a.conf\" = \"{text}\" }}")));
        assert_eq!(errors(&found).iter().map(|d| d.code.0).collect::<Vec<_>>(), [307], "{text}");
        assert!(!words(errors(&found)[0]).contains("hunter2222"));
    }
    for (name, value) in [
        ("PASSWORD_FILE", "/run/x"),
        ("TOKEN_URL", "https://a/b"),
        ("X", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("X", "550e8400-e29b-41d4-a716-446655440000"),
        ("X", "ghcr.io/acme/Frontend/some-Long-Path-Of-Words-1234"),
        ("JAVA_OPTS", "-XX:MaxRAMPercentage=75 -Dspring.Profiles.active=prod1"),
    ] {
        accepted(&build(web(&format!("env {name} = \"{value}\""))));
    }
    accepted(&build(web("env X = \"AKIAIOSFODNN7EXAMPLE\"\n allow secret-in-text because \"the example of the manual\"")));
}

/// `string with newline, ---, {{ }}, ${X}, $(X), #, : , tab, trailing space, emoji, ESC`: byte-exact; `$(X)` escaped.
#[test]
fn row_27_strings() {
    for (written, text) in [
        ("a\\nb", "a\nb"),
        ("---", "---"),
        ("{{ x }}", "{{ x }}"),
        ("\\${X}", "${X}"),
        ("a # b", "a # b"),
        ("a: b", "a: b"),
        ("a\\tb", "a\tb"),
        ("a ", "a "),
        ("\u{1f600}", "\u{1f600}"),
        ("\\u{1b}[0m", "\u{1b}[0m"),
        ("no", "no"),
        ("1e3", "1e3"),
        ("a\\rb", "a\rb"),
    ] {
        let found = build(web(&format!("env X = \"{written}\"")));
        let bundle = found.bundle.as_ref().unwrap_or_else(|| panic!("{written}: {:?}", errors(&found)));
        let deployment = bundle.objects().find(|o| o.path(&["kind"]).and_then(bayplan::tape::View::str) == Some("Deployment")).unwrap();
        let containers = deployment.path(&["spec", "template", "spec", "containers"]).unwrap();
        let env = containers.children().next().unwrap().get("env").unwrap().children().next().unwrap();
        assert_eq!(env.get("value").unwrap().str(), Some(text));
        // The judges read the written bytes back with other people's readers; here, with the one that the inputs are read by.
        let documents = yaml(&found);
        let document = documents.split("\n---\n").find(|d| d.contains("kind: Deployment")).unwrap();
        let read: serde_json::Value = serde_saphyr::from_str(document).unwrap();
        assert_eq!(read["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"], text);
    }
    for (written, emitted) in [("$(X)", "$$(X)"), ("$$(X)", "$$$$(X)"), ("a$$b", "a$$$b"), ("$X", "$X")] {
        let out = accepted(&build(web(&format!("env X = \"{written}\""))));
        assert!(out.lines().any(|line| line.trim().replace('"', "") == format!("value: {emitted}")), "{written}");
    }
    refused(&build(web("env X = \"\\u{0}\"")), &["E0124 6:11"], "");
}

/// `annotation/label keys with two slashes, nginx snippet, > 256 KiB total`: reject / reject / size error.
#[test]
fn row_28_annotations() {
    for key in ["a/b/c", "", "a/", "/b", "-a", "a b"] {
        for what in ["annotations", "labels"] {
            let found = build(web(&format!("{what} = {{ \"{key}\" = \"v\" }}")));
            assert_eq!(errors(&found).iter().map(|d| d.code.0).collect::<Vec<_>>(), [217], "{what} {key}");
        }
    }
    refused(&build(web("annotations = { \"nginx.ingress.kubernetes.io/configuration-snippet\" = \"v\" }")), &["E0304 6:18"], "refused");
    let v = |n: usize| "v".repeat(n);
    refused(&build(web(&format!("annotations = {{ a = \"{}\" }}", v(262_145)))), &["E0411 6:16"], "256 KiB");
    refused(&build(web(&format!("annotations = {{ a = \"{}\", b = \"{}\" }}", v(140_000), v(140_000)))), &["E0411 6:16"], "256 KiB");
    // An app's and a tier's come together.
    let found = build(format!(
        "app a {{ annotations = {{ a = \"{}\" }}\n{}}}\n",
        v(140_000),
        tier("w", &format!("annotations = {{ b = \"{}\" }}", v(140_000)))
    ));
    assert!(!errors(&found).is_empty() && errors(&found).iter().all(|d| d.code.0 == 411));
}

/// `ConfigMap > 1 MiB, object > 1.5 MiB`: error before apply.
#[test]
fn row_29_large_objects() {
    let v = |n: usize| "v".repeat(n);
    refused(&build(web(&format!("config c {{ file \"a\" = \"{}\" }}", v(1_048_577)))), &["E0411 6:2"], "1 MiB");
    refused(
        &build(web(&format!("config c {{ file \"a\" = \"{}\"\n file \"b\" = \"{}\" }}", v(600_000), v(600_000)))),
        &["E0411 6:2"],
        "1 MiB",
    );
    let env: String = (0..17).map(|i| format!("env X{i} = \"{}\"\n", v(100_000))).collect();
    let found = build(web(&env));
    assert_eq!(errors(&found).iter().map(|d| d.code.0).collect::<Vec<_>>(), [411]);
    assert!(words(errors(&found)[0]).contains("1.5 MiB"));
}

/// A folder of this machine for one test, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("bayplan-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(path.join("in")).unwrap();
        std::fs::write(path.join("in/bayplan.toml"), "").unwrap();
        Folder(path)
    }
    fn root(&self) -> PathBuf {
        self.0.join("in")
    }
    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.root().join(name), text).unwrap();
    }
    fn run(&self, arguments: &[&str]) -> Output {
        in_time("the program", || bayplan(arguments).current_dir(self.root()).output().unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn bayplan(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bayplan"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// An ended run with errors: its code, nothing on stdout, no panic; what it said.
fn failed(output: &Output, code: i32) -> String {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(output.stdout.is_empty() && !said.contains("panicked"), "{said}");
    said
}

/// `import cycle, self import, diamond, missing file, directory, FIFO, /dev/zero, 1 GB file`: error; regular files only; size cap.
#[cfg(unix)]
#[test]
fn row_30_imports() {
    let folder = Folder::new("imports");
    folder.write("a.bay", "use \"b.bay\"\nlet xa: Int = 1\n");
    folder.write("b.bay", "use \"a.bay\"\nlet xb: Int = 1\n");
    folder.write("self.bay", "use \"self.bay\"\n");
    folder.write("left.bay", "use \"base.bay\"\nlet left: Int = base\n");
    folder.write("right.bay", "use \"base.bay\"\nlet right: Int = base\n");
    folder.write("base.bay", "let base: Int = 2\n");
    std::fs::create_dir(folder.root().join("folder.bay")).unwrap();
    assert!(Command::new("mkfifo").arg(folder.root().join("pipe.bay")).status().unwrap().success());
    std::os::unix::fs::symlink("/dev/zero", folder.root().join("zero.bay")).unwrap();
    std::fs::File::create(folder.root().join("huge.bay")).unwrap().set_len(1 << 30).unwrap();
    for (used, says) in [
        ("a.bay", "circle"),
        ("missing.bay", "does not exist"),
        ("folder.bay", "is a folder"),
        ("pipe.bay", "not a regular file"),
        ("zero.bay", "leads out of the project"),
        ("huge.bay", "4 MiB"),
    ] {
        folder.write("p.bay", &format!("use \"{used}\"\n{}", web("")));
        let said = failed(&folder.run(&["build", "p.bay"]), 1);
        assert!(said.contains("E0219") && said.contains(says) && said.contains(".bay:1:1"), "{said}");
    }
    let said = failed(&folder.run(&["build", "self.bay"]), 1);
    assert!(said.contains("E0219"), "{said}");
    for (given, code) in [("huge.bay", 1), ("pipe.bay", 1), ("missing.bay", 2)] {
        failed(&folder.run(&["build", given]), code);
    }
    folder.write("p.bay", &format!("use \"left.bay\"\nuse \"right.bay\"\n{}", web("replicas = left + right")));
    assert_eq!(folder.run(&["build", "p.bay"]).status.code(), Some(0));
}

/// `import ../../etc/passwd, absolute path, symlink out of root, symlink loop`: refused, symlinks resolved first.
#[cfg(unix)]
#[test]
fn row_31_paths() {
    let folder = Folder::new("paths");
    std::fs::write(folder.0.join("outside.bay"), "let o: Int = 1\n").unwrap();
    std::os::unix::fs::symlink("../outside.bay", folder.root().join("link.bay")).unwrap();
    std::os::unix::fs::symlink("loop.bay", folder.root().join("loop.bay")).unwrap();
    std::os::unix::fs::symlink("..", folder.root().join("up")).unwrap();
    for (used, says) in [
        ("../../etc/passwd.bay", "leads out of the project"),
        ("../outside.bay", "leads out of the project"),
        ("/etc/passwd.bay", "absolute path"),
        ("link.bay", "symbolic link that leads out"),
        ("up/outside.bay", "leads out of the project"),
        ("loop.bay", "leads back to itself"),
    ] {
        folder.write("p.bay", &format!("use \"{used}\"\n{}", web("")));
        let said = failed(&folder.run(&["build", "p.bay"]), 1);
        assert!(said.contains("E0219") && said.contains(says) && said.contains("p.bay:1:1"), "{said}");
        // A template's name is held to the same rules.
        folder.write("p.bay", &web(&format!("config c {{ file \"a\" = template(\"{used}\", {{}}) }}")));
        failed(&folder.run(&["build", "p.bay"]), 1);
    }
}

/// `env-dependent value without declaration; clock, hostname, locale, TZ, HOME differ`: identical bytes; any number of threads.
#[test]
fn row_32_the_same_bytes() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let shop = std::fs::canonicalize(examples.join("shop")).unwrap();
    let run = |threads: &str, set: &[(&str, &str)], here: &Path| {
        let output = bayplan(&["build", shop.to_str().unwrap(), "--threads", threads])
            .env_clear()
            .envs(set.iter().copied())
            .current_dir(here)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let expected = run("1", &[], &examples);
    for threads in ["1", "2", "3"] {
        for set in [
            &[("LANG", "tr_TR.UTF-8"), ("LC_ALL", "tr_TR.UTF-8"), ("TZ", "Asia/Kolkata"), ("HOME", "/nonexistent")][..],
            &[("NO_COLOR", "1"), ("COLUMNS", "1")],
        ] {
            assert_eq!(run(threads, set, &shop), expected);
        }
    }
    for name in ["get_env(name=\"HOME\")", "now()", "get_random(start=1, end=9)"] {
        let world = MemoryWorld::new([
            ("p.bay", web("config c { file \"a\" = template(\"t.tera\", {}) }")),
            ("t.tera", format!("{{{{ {name} }}}}")),
        ]);
        let found = bayplan::compile(&world, &request(&["p.bay"]));
        assert_eq!(errors(&found).iter().map(|d| d.code.0).collect::<Vec<_>>(), [408], "{name}");
    }
}

/// `recursion in functions/templates, exponential list doubling`: fuel limit error.
#[test]
fn row_33_endless() {
    let chain =
        |first: &str, next: fn(usize) -> String| std::iter::once(first.to_owned()).chain((0..60).map(next)).collect::<Vec<_>>().join("\n");
    for (top, entries, code) in [
        ("fn f(n: Int) -> Int = f(n)".to_owned(), "", 208),
        ("fn f(n: Int) -> Int = g(n)\nfn g(n: Int) -> Int = f(n)".to_owned(), "", 208),
        ("let a: Int = b\nlet b: Int = a".to_owned(), "", 208),
        (chain("let l0 = [1, 2]", |i| format!("let l{} = l{i} + l{i}", i + 1)), "replicas = sum(l60)", 406),
        (chain("let s0: String = \"aaaaaaaa\"", |i| format!("let s{}: String = \"${{s{i}}}${{s{i}}}\"", i + 1)), "env X = s60", 406),
        (chain("fn f0(n: Int) -> Int = n + n", |i| format!("fn f{}(n: Int) -> Int = f{i}(n) + f{i}(n)", i + 1)), "replicas = f60(1)", 406),
        (
            "let l: [Int] = [for i in 0..9: i]".to_owned(),
            "for a in l { for b in l { for c in l { for d in l { for e in l { for f in l { for g in l { for h in l {\n env \"A${a}${b}${c}${d}${e}${f}${g}${h}\" = \"1\"\n } } } } } } } }",
            406,
        ),
        ("let l: [Int] = [for i in 0..9999: i]".to_owned(), "for a in l { for b in l { if a == b { env \"A${a}\" = \"1\" } } }", 406),
    ] {
        let found = build(with(&top, entries));
        assert_eq!(errors(&found).iter().map(|d| d.code.0).collect::<Vec<_>>(), [code], "{top}");
    }
    // A value that is used twice by each that follows, handed to a component.
    let texts = chain("let s0: String = \"1\"", |i| format!("let s{}: String = if s{i} == \"2\" then s{i} else s{i}", i + 1));
    let component = format!(
        "{texts}\ncomponent c(tag: String) -> tier {{\n image = \"ghcr.io/a/b:${{tag}}\"\n}}\napp a {{\n tier w = c(tag = s60) {{}}\n}}\n"
    );
    let _ = build(component);
    for template in [
        "{% for a in range(end=10000) %}{% for b in range(end=10000) %}{% endfor %}{% endfor %}".to_owned(),
        format!("{{% set x = \"xxxxxxxx\" %}}{}", "{% set x = x ~ x %}".repeat(60)),
        format!("{{{{ {}1{} }}}}", "(".repeat(20_000), ")".repeat(20_000)),
        "{% include \"t.tera\" %}".to_owned(),
    ] {
        let world = MemoryWorld::new([("p.bay", web("config c { file \"a\" = template(\"t.tera\", {}) }")), ("t.tera", template.clone())]);
        let found = in_time("a template", || bayplan::compile(&world, &request(&["p.bay"])));
        assert_eq!(errors(&found).iter().map(|d| d.code.0).collect::<Vec<_>>(), [408], "{}", &template[..40.min(template.len())]);
    }
}

/// `type error in unused branch, unreachable environment`: still reported.
#[test]
fn row_34_unreached() {
    for text in [
        web("if false { env X = [1] }"),
        web("cpu = if true then 1 else 1Gi"),
        with("fn f(n: Int) -> Int = \"a\"", ""),
        with("component c() -> tier { image = 3 }", ""),
        with("let x: Int = \"a\"", ""),
        with("type T = Foo", ""),
        web("for x in [] { env X = [1] }"),
        format!("{}environment e {{ app a {{ tier web {{ cpu = 1Gi }} }} }}\n", web("")),
    ] {
        let found = build(text);
        assert_eq!(errors(&found).len(), 1);
        assert!((200..300).contains(&errors(&found)[0].code.0));
        place(&found, errors(&found)[0]);
    }
    refused(&check(format!("{}environment e {{ app a {{ tier web {{ cpu = 2..1 }} }} }}\n", web(""))), &["E0304 9:42"], "2..1");
}

/// `unknown k8s version, version too old for a feature`: error with minimum version.
#[test]
fn row_35_versions() {
    for version in ["1.20", "1.32", "1.38", "1.99", "2.0"] {
        refused(&build(with(&format!("target {{ kubernetes = {version} }}"), "")), &["E0308 1:23"], "1.33");
        let request = Request { kubernetes: Some(version.into()), ..request(&["p.bay"]) };
        let found = bayplan::compile(&MemoryWorld::new([("p.bay", web(""))]), &request);
        assert_eq!(errors(&found).iter().map(|d| d.code.0).collect::<Vec<_>>(), [308]);
    }
    refused(&build(with("target { kubernetes = 1 }", "")), &["E0210 1:23"], "no version");
    for version in ["1.33", "1.37"] {
        accepted(&build(with(&format!("target {{ kubernetes = {version} }}"), "")));
    }
}

/// `two environments map to one namespace; two apps emit one object`: collision error.
#[test]
fn row_37_one_namespace() {
    let program = format!("namespace n {{}}\napp a in n {{\n{}}}\n", tier("w", ""));
    let found =
        check(format!("{program}environment e {{ namespace n {{ name = \"x\" }} }}\nenvironment f {{ namespace n {{ name = \"x\" }} }}\n"));
    refused(&found, &["E0409 11:13"], "both write to namespace `x`");
    assert_eq!(errors(&found)[0].labels.len(), 2);
    let found =
        check(format!("{program}environment e {{ namespace n {{ name = \"x\" }} }}\nenvironment f {{ namespace n {{ name = \"y\" }} }}\n"));
    assert!(found.diagnostics.is_ok());
    let text = format!(
        "namespace n {{ name = \"x\" }}\nnamespace m {{ name = \"x\" }}\napp a in n {{\n{}}}\napp b in m {{\n{}}}\n",
        tier("v", ""),
        tier("w", "")
    );
    refused(&build(text), &["E0404 2:22"], "two namespaces are named `x`");
}

/// `quota smaller than the declared workload at max surge/HPA`: compile error with sum.
#[test]
fn row_38_quota() {
    let quota = |quota: &str| {
        build(format!(
            "namespace n {{ quota {{ {quota} }} }}\napp a in n {{\n{}}}\n",
            tier("w", "cpu = 500m..1\n memory = 128Mi..256Mi\n replicas = 3..10\n scale { cpu = 70% }")
        ))
    };
    for small in
        ["cpu = 1..2, memory = 100Gi..200Gi", "memory = 1Gi..1Gi, cpu = 100..200", "pods = 5, cpu = 100..200, memory = 100Gi..200Gi"]
    {
        let found = quota(small);
        assert!(!errors(&found).is_empty() && errors(&found).iter().all(|d| d.code.0 == 309), "{small}");
        errors(&found).iter().for_each(|d| assert!(place(&found, d).contains(" 1:")));
    }
    accepted(&quota("cpu = 100..200, memory = 100Gi..200Gi, pods = 100"));
}

/// `LimitRange max below a container limit`: same.
#[test]
fn row_39_bounds() {
    let bounds =
        |bounds: &str, entries: &str| build(format!("namespace n {{ bounds {{ {bounds} }} }}\napp a in n {{\n{}}}\n", tier("w", entries)));
    for (around, entries) in [
        ("cpu = 50m..1", "cpu = 100m..2"),
        ("cpu = 200m..1", "cpu = 100m..500m"),
        ("memory = 64Mi..128Mi", "memory = 128Mi..256Mi"),
        ("cpu = 50m..1", "container s { image = \"ghcr.io/a/b:1.0\"\n cpu = 2\n health = exec([\"true\"]) }"),
    ] {
        let found = bounds(around, entries);
        assert!(
            !errors(&found).is_empty() && errors(&found).iter().all(|d| d.code.0 == 310),
            "{around} {entries}: {:?}",
            errors(&found).iter().map(|d| &d.title).collect::<Vec<_>>()
        );
    }
    accepted(&bounds("cpu = 50m..1", "cpu = 100m..1"));
}

/// `EPIPE on stdout, stderr not a tty, 1-column terminal, NO_COLOR`: quiet exit, no panic, no colour.
#[test]
fn row_41_streams() {
    let folder = Folder::new("streams");
    let many: String = (0..200).map(|i| tier(&format!("t{i}"), "")).collect();
    folder.write("p.bay", &app(&many));
    let mut child = bayplan(&["build", "p.bay"]).current_dir(folder.root()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    folder.write("p.bay", &web("cpu = 1Gi\n env X = backnd.http.url"));
    for set in [("COLUMNS", "1"), ("COLUMNS", "0"), ("COLUMNS", "x"), ("NO_COLOR", "1"), ("TERM", "dumb")] {
        for form in ["human", "json", "sarif", "github"] {
            let output = bayplan(&["build", "p.bay", "--diagnostics", form]).env(set.0, set.1).current_dir(folder.root()).output().unwrap();
            let said = failed(&output, 1);
            assert!(said.contains("E0210") && !said.contains('\u{1b}'), "{set:?} {form}: {said}");
        }
    }
}

/// `unknown flag, flag twice, empty value, non-UTF-8 argv`: usage error 2.
#[test]
fn row_42_wrong_use() {
    let folder = Folder::new("use");
    folder.write("p.bay", &web(""));
    for arguments in [
        &["build", "p.bay", "--nope"][..],
        &["build", "p.bay", "--env", "a", "--env", "b"],
        &["build", "p.bay", "--quiet", "--quiet"],
        &["--quiet", "build", "p.bay", "-q"],
        &["build", "p.bay", "--env", ""],
        &["build", "p.bay", "--set", "=x"],
        &["build", "p.bay", "--set", "a=1", "--set", "a=2"],
        &["build", ""],
        &["build", "p.bay", "--threads", "0"],
        &["build", "p.bay", "--kubernetes", "x"],
        &["bild"],
        &[],
    ] {
        failed(&folder.run(arguments), 2);
    }
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        let output = bayplan(&["build"]).arg(std::ffi::OsStr::from_bytes(b"\xff.bay")).current_dir(folder.root()).output().unwrap();
        failed(&output, 2);
    }
}

/// A world on disk gives what one in memory gives.
#[test]
fn disk_and_memory_agree() {
    let folder = Folder::new("worlds");
    folder.write("p.bay", &web("replicas = 3"));
    let disk = DiskWorld::at(&folder.root()).unwrap();
    assert_eq!(accepted(&bayplan::compile(&disk, &request(&["p.bay"]))), accepted(&build(web("replicas = 3"))));
    assert_eq!(disk.read_so_far(), ["p.bay"]);
}
