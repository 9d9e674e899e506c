//! Text and the exact form in which YAML gets it, as the value of a top-level key.
#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected must fail")]

use super::NAME;
use crate::output::{Format, write};
use crate::tape::{Bundle, Origin, Tape, key};

fn written(text: &str) -> String {
    let mut tape = Tape::new();
    let root = tape.root(Origin::NONE);
    tape.str(key("value"), text, Origin::NONE);
    tape.close(root);
    let mut out = Vec::new();
    write(&Bundle::from(vec![tape]), Format::Yaml, &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    out.strip_prefix("---\nvalue: ").unwrap().strip_suffix('\n').unwrap().to_owned()
}

#[test]
fn plain() {
    let plain = [
        "a",
        "abc",
        "nginx:1.27",
        "registry.example.com:5000/team/app:v1.2.3",
        "app@sha256:0123456789abcdef",
        "/healthz",
        "/",
        "/var/lib/x",
        "http",
        "http://a-b:80/x",
        "500m",
        "1Gi",
        "30s",
        "5m",
        "10k",
        "100Mi",
        "1h30m",
        "25%m",
        "v1",
        "apps/v1",
        "networking.k8s.io/v1",
        "RollingUpdate",
        "a b",
        "a  b",
        "a - b",
        "a, b",
        "POD_IP",
        "host.$(NAME).svc",
        "a:b",
        "a.b",
        "yess",
        "nope",
        "offf",
        "trueish",
        "nullable",
        "infinity",
        "nanny",
        "y1",
        "n0",
        "on1",
        "e1",
        "x1f",
        "Inf1",
        "t",
        "z",
        "1s:2",
        "0640m",
        "2001-12-14m",
        "a+b",
    ];
    for text in plain {
        assert_eq!(written(text), text);
    }
}

#[test]
fn quoted() {
    // What kubectl would read as a boolean, null or number; what PyYAML would read as a date, a time or a base-60 number.
    let same = [
        "",
        "y",
        "Y",
        "n",
        "N",
        "yes",
        "Yes",
        "YES",
        "yEs",
        "no",
        "No",
        "NO",
        "on",
        "On",
        "ON",
        "off",
        "Off",
        "OFF",
        "true",
        "True",
        "TRUE",
        "tRuE",
        "false",
        "False",
        "FALSE",
        "null",
        "Null",
        "NULL",
        "nULL",
        "~",
        "nan",
        "NaN",
        "inf",
        ".inf",
        "-.inf",
        "+.inf",
        ".nan",
        ".NaN",
        "0",
        "1",
        "-1",
        "+1",
        "-0",
        "42",
        "1.0",
        "3.10",
        ".5",
        "5.",
        "1e3",
        "1E3",
        "1e-3",
        "1e",
        "0x",
        "0x1F",
        "0x_1",
        "0b11",
        "0o14",
        "014",
        "0644",
        "08",
        "09",
        "1_000",
        "1__0",
        "1_",
        "1_0.5",
        "18446744073709551616",
        "9007199254740993",
        "1e400",
        "1.2.3",
        "10.0.0.0/8",
        "12:30:45",
        "190:20:30",
        "1:30",
        "2001-12-14",
        "2001-12-14T21:59:43Z",
        "2001-12-14t21:59:43.10-05:00",
        "2001-12-14 21:59:43",
        "=",
        "<<",
        "-",
        "--",
        "---",
        "...",
        "?",
        ":",
        "- a",
        "? a",
        "-a",
        "#a",
        "a #b",
        "a: b",
        "a:",
        "a ",
        " a",
        "&a",
        "*a",
        "!a",
        "!!str a",
        "|",
        ">",
        "%a",
        "@a",
        "`a`",
        "'a'",
        "[a]",
        "{a}",
        "{}",
        "[]",
        "a]",
        "a{b",
        ",a",
        "(a)",
        "$a",
        "$(POD_IP)",
        "+a",
        "_a",
        ".a",
        "a=b",
        "a*",
        "a&b",
        "a|b",
        "a>b",
        "a<b",
        "a!",
        "a?",
        "a;b",
        "a~b",
        "a^b",
        "größe",
        "ü",
        "日本",
        "🚀",
        "a'b",
        "64:ff9b::",
        "0123456789abcdef",
        "1f",
        "12e03",
    ];
    for text in same {
        assert_eq!(written(text), format!("\"{text}\""));
    }
}

#[test]
fn escaped() {
    let table = [
        ("\"", r#""\"""#),
        ("a\"b", r#""a\"b""#),
        ("\\", r#""\\""#),
        ("C:\\x", r#""C:\\x""#),
        ("\t", r#""\t""#),
        ("a\tb", r#""a\tb""#),
        ("\n", r#""\n""#),
        ("\n\n", r#""\n\n""#),
        ("\r\n", r#""\r\n""#),
        ("a\r\nb", r#""a\r\nb""#),
        ("\0", r#""\u0000""#),
        ("\x1b[0m", r#""\u001b[0m""#),
        ("\x7f", r#""\u007f""#),
        ("a\u{85}b", r#""a\u0085b""#),
        ("a\u{2028}b", r#""a\u2028b""#),
        ("a\u{2029}b", r#""a\u2029b""#),
        ("\u{feff}a", r#""\ufeffa""#),
        ("\u{202e}a", r#""\u202ea""#),
        ("a\u{200b}", r#""a\u200b""#),
        ("\u{e000}", r#""\ue000""#),
        ("\u{ffff}", r#""\uffff""#),
        ("\u{a0}", "\"\u{a0}\""),
        ("\u{10ffff}", "\"\u{10ffff}\""),
        // No block can hold these.
        ("\na", r#""\na""#),
        (" a\nb", r#"" a\nb""#),
        ("\ta\nb", r#""\ta\nb""#),
        ("a \nb", r#""a \nb""#),
        ("a\t\nb", r#""a\t\nb""#),
        ("a\nb ", r#""a\nb ""#),
        ("a\n \nb", r#""a\n \nb""#),
        ("a\nb\u{200b}", r#""a\nb\u200b""#),
    ];
    for (text, expected) in table {
        assert_eq!(written(text), expected, "{text:?}");
    }
}

#[test]
fn blocks() {
    let table = [
        ("a\n", "|\n  a"),
        ("a\nb", "|-\n  a\n  b"),
        ("a\nb\n", "|\n  a\n  b"),
        ("a\n\n", "|+\n  a\n"),
        ("a\n\n\nb\n\n\n", "|+\n  a\n\n\n  b\n\n"),
        ("#!/bin/sh\n\tset -e\n", "|\n  #!/bin/sh\n  \tset -e"),
        ("a:\n  b: 1\n", "|\n  a:\n    b: 1"),
        ("---\n...\n", "|\n  ---\n  ..."),
        ("# x\n", "|\n  # x"),
        ("größe\n🚀\n", "|\n  größe\n  🚀"),
        ("\"a\\b\"\n", "|\n  \"a\\b\""),
        ("yes\n", "|\n  yes"),
    ];
    for (text, expected) in table {
        assert_eq!(written(text), expected, "{text:?}");
    }
}

#[test]
fn numbers() {
    let int = |value| {
        let mut out = Vec::new();
        super::int(value, &mut out);
        String::from_utf8(out).unwrap()
    };
    for value in [0, 1, -1, 9, 10, 65_535, i64::MAX, i64::MIN] {
        assert_eq!(int(value), value.to_string());
    }
    for (value, expected) in [(2.0, "2.0"), (0.25, "0.25"), (-1.5, "-1.5"), (1e21, "1000000000000000000000.0"), (1e-7, "0.0000001")] {
        let mut out = Vec::new();
        super::float(value, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}

#[test]
fn every_name_is_plain() {
    let names = |text: &[u8]| {
        let mut bytes = [0; NAME];
        bytes[..text.len()].copy_from_slice(text);
        super::is_name(&bytes, text.len() as u32)
    };
    let mut found = 0;
    for first in 0..=u8::MAX {
        for second in 0..=u8::MAX {
            for text in
                [&[first][..], &[first, second], &[b'a', first, second], &[b'4', first, second], &[first, b'b', b'c', b'd', b'e', second]]
            {
                if names(text) {
                    found += 1;
                    assert!(super::is_plain(std::str::from_utf8(text).unwrap()), "{text:?}");
                }
            }
        }
    }
    assert!(found > 10_000, "{found}");
    for name in ["apps/v1", "web_1.x", "Always", "n0", "a-b-c-d"] {
        assert!(names(name.as_bytes()), "{name}");
    }
    for other in ["", "yes", "No", "null", "1Gi", "-a", "a:b", "a b", "100m", "a\"b", "/"] {
        assert!(!names(other.as_bytes()), "{other}");
    }
    // What lies behind it is not part of it, and nothing lies past the end.
    assert!(super::is_name(b"web: \0\"xxxxxxxxxxxxxxxxxxxxxxxx\"", 3));
    assert!(super::is_name(&[b'x'; NAME], NAME as u32) && !super::is_name(&[b'x'; NAME], NAME as u32 + 1));
}
