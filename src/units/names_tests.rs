#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
use super::*;

type Check = fn(&str) -> Result<(), NameError>;

/// Every text of `good` passes; every one of `bad` fails, with its suggestion, which passes in turn.
fn table(check: Check, good: &[&str], bad: &[(&str, Option<&str>)]) {
    for text in good {
        assert_eq!(check(text), Ok(()), "{text}");
    }
    for (text, suggestion) in bad {
        let error = check(text).unwrap_err();
        assert_eq!(error.suggestion.as_deref(), *suggestion, "{text}: {error}");
        if let Some(fixed) = suggestion {
            assert_eq!(check(fixed), Ok(()), "the suggestion {fixed}");
        }
    }
}

#[test]
fn labels() {
    let (x63, x64) = ("x".repeat(63), "x".repeat(64));
    let bad = [
        ("", None),
        (x64.as_str(), Some(x63.as_str())),
        ("A", Some("a")),
        ("A_b", Some("a-b")),
        ("a_b", Some("a-b")),
        ("-a", Some("a")),
        ("a-", Some("a")),
        ("a.", Some("a")),
        ("a.b", Some("a-b")),
        ("..", None),
        ("/etc", Some("etc")),
        ("NUL", Some("nul")),
        ("café", Some("caf")),
        ("日本", None),
        ("a\u{202e}b", Some("ab")),
    ];
    table(label, &["a", "0", "a-b", "a--b", "con", "no", "on", "y", "null", "1e3", "0644", &x63], &bad);
    assert_eq!(
        label("A_b").unwrap_err().to_string(),
        "`A_b` is no DNS-1123 label: `A` is not allowed, only `a` to `z`, `0` to `9` and `-`; write `a-b`"
    );
    assert!(label("-a").unwrap_err().message.ends_with("it starts with `-`, and needs a letter or digit"));
}

#[test]
fn shorter_limits() {
    let (x52, x53) = ("x".repeat(52), "x".repeat(53));
    assert!(label_within(&x52, 52, "CronJob name").is_ok());
    let error = label_within(&x53, 52, "CronJob name").unwrap_err();
    assert!(error.message.ends_with("has 53 characters, and a CronJob name may have 52"), "{error}");
    assert_eq!(error.suggestion, Some(x52));
    assert!(label_within("A", 52, "CronJob name").is_err());
}

#[test]
fn service_names() {
    table(label_1035, &["a", "a1", "my-svc"], &[("1a", Some("a")), ("my_svc", Some("my-svc")), ("1", None), ("Http", Some("http"))]);
}

#[test]
fn subdomains() {
    let (x253, x254) = ("x".repeat(253), "x".repeat(254));
    table(
        subdomain,
        &["a", "a.b", "1.2.3", "a-b.c", &x253],
        &[
            ("", None),
            (&x254, Some(&x253)),
            ("a..b", Some("a.b")),
            ("a.", Some("a")),
            (".a", Some("a")),
            ("A.b", Some("a.b")),
            ("a_b.c", Some("a-b.c")),
            ("a.-b", Some("a.b")),
        ],
    );
    assert_eq!(
        subdomain("a.B").unwrap_err().message,
        "`a.B` is no DNS-1123 subdomain: in `B`, `B` is not allowed, only `a` to `z`, `0` to `9` and `-`"
    );
}

#[test]
fn label_keys_and_values() {
    let (x63, x64) = ("X".repeat(63), "X".repeat(64));
    table(
        label_key,
        &["app", "App_1.x", "example.com/app", &x63],
        &[
            ("", None),
            ("a/b/c", Some("a/b-c")),
            ("/a", None),
            ("a/", None),
            ("Example.com/a", Some("example.com/a")),
            ("-a", Some("a")),
            ("a b", Some("a-b")),
            ("example.com/a b", Some("example.com/a-b")),
            (&x64, Some(&x63)),
        ],
    );
    table(
        label_value,
        &["", "a", "1.20.0", "A_b", &x63],
        &[("a b", Some("a-b")), ("-a", Some("a")), ("a/b", Some("a-b")), (&x64, Some(&x63))],
    );
    table(annotation_key, &["Example.com/a", "a"], &[("a/b/c", Some("a/b-c")), ("a b", Some("a-b"))]);
}

#[test]
fn env_names() {
    table(
        env_name,
        &["A", "_a", "a.b", "A-B", ".a"],
        &[("", None), ("1A", Some("A")), ("A B", Some("A_B")), ("A=B", Some("AB")), ("..", None), ("..a", None)],
    );
    table(env_name_relaxed, &["1A", "A B", "a:b", ".."], &[("", None), ("A=B", Some("AB")), ("é", None), ("a\n", Some("a"))]);
}

#[test]
fn port_names_and_numbers() {
    table(
        port_name,
        &["http", "a", "http-2", "abcdefghijklmno"],
        &[
            ("", None),
            ("Http", Some("http")),
            ("abcdefghijklmnop", Some("abcdefghijklmno")),
            ("8080", Some("port-8080")),
            ("a--b", Some("a-b")),
            ("-a", Some("a")),
            ("a_b", Some("a-b")),
        ],
    );
    assert_eq!(port_number(1), Ok(1));
    assert_eq!(port_number(65535), Ok(65535));
    for number in [0, 65536, -1, i64::MAX, i64::MIN] {
        assert!(port_number(number).is_err(), "{number}");
    }
}

#[test]
fn config_keys() {
    let (x253, x254) = ("x".repeat(253), "x".repeat(254));
    table(
        config_key,
        &["a", ".a", "nginx.conf", "A_B-c", &x253],
        &[("", None), (".", None), ("..", None), ("..a", None), ("a/b", Some("a-b")), ("a b", Some("a-b")), (&x254, Some(&x253))],
    );
}
