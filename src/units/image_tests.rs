#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
use super::*;

fn digest() -> String {
    format!("sha256:{}", "0123456789abcdef".repeat(4))
}

#[test]
fn parts() {
    let d = digest();
    type Row<'a> = (&'a str, Option<&'a str>, &'a str, Option<&'a str>, bool);
    let rows: [Row; 13] = [
        ("nginx:1.29", None, "nginx", Some("1.29"), false),
        ("acme/shop:v1", None, "acme/shop", Some("v1"), false),
        ("ghcr.io/acme/frontend:1.20.0", Some("ghcr.io"), "acme/frontend", Some("1.20.0"), false),
        ("registry.acme.io:5000/a/b/c:1", Some("registry.acme.io:5000"), "a/b/c", Some("1"), false),
        ("localhost/x:1", Some("localhost"), "x", Some("1"), false),
        ("registry:5000/x:1", Some("registry:5000"), "x", Some("1"), false),
        ("[::1]:5000/x:1", Some("[::1]:5000"), "x", Some("1"), false),
        ("Registry.Acme.io/x:1", Some("Registry.Acme.io"), "x", Some("1"), false),
        ("a--b/c__d/e.f:_x", None, "a--b/c__d/e.f", Some("_x"), false),
        ("nginx@D", None, "nginx", None, true),
        ("nginx:1@D", None, "nginx", Some("1"), true),
        ("nginx:latest@D", None, "nginx", Some("latest"), true),
        ("r.io:1/x@D", Some("r.io:1"), "x", None, true),
    ];
    for (text, registry, repository, tag, pinned) in rows {
        let text = text.replace('D', &d);
        let image = Image::parse(&text).unwrap();
        assert_eq!((image.registry(), image.repository(), image.tag()), (registry, repository, tag), "{text}");
        assert_eq!((image.pinned_by_digest(), image.digest()), (pinned, pinned.then_some(d.as_str())), "{text}");
        assert_eq!(image.to_string(), text);
        assert!(text.starts_with(image.name()) && image.name().ends_with(repository));
    }
}

#[test]
fn each_fault_has_its_own_message() {
    let d = digest();
    let (tag, long) = ("t".repeat(300), "a".repeat(256));
    let rows = [
        ("".to_owned(), "an empty text", None),
        ("nginx :1".to_owned(), "it has a space", Some("nginx:1")),
        ("docker://nginx:1".to_owned(), "has no scheme", Some("nginx:1")),
        ("nginx".to_owned(), "`nginx` has no tag", None),
        ("registry.acme.io:5000/app".to_owned(), "has no tag (`:5000` is the registry's port)", None),
        ("registry.acme.io:5000".to_owned(), "a registry and its port, and nothing in it", None),
        ("localhost:5000".to_owned(), "a registry and its port, and nothing in it", None),
        ("nginx:latest".to_owned(), "the tag `latest`", None),
        ("ghcr.io/Acme/App:1".to_owned(), "the capital `A`", Some("ghcr.io/acme/app:1")),
        ("Nginx:1".to_owned(), "the capital `N`", Some("nginx:1")),
        (format!("nginx@{d}@{d}"), "two digests", None),
        (format!("nginx:{tag}"), "its tag has 300 characters, and may have 128", None),
        (format!("{long}:1"), "its name has 256 characters, and may have 255", None),
        ("nginx:1:2".to_owned(), "two tags", None),
        ("nginx:".to_owned(), "nothing follows the colon", None),
        ("nginx:-1".to_owned(), "its tag starts with", None),
        ("nginx:a+b".to_owned(), "its tag has `+`", None),
        (":1".to_owned(), "a part of its path is empty", None),
        ("a//b:1".to_owned(), "a part of its path is empty", None),
        ("/a:1".to_owned(), "a part of its path is empty", None),
        ("a..b:1".to_owned(), "has `..`", None),
        ("a___b:1".to_owned(), "has `___`", None),
        ("-a:1".to_owned(), "`-a` starts or ends with neither", None),
        ("a$b:1".to_owned(), "its path has `$`", None),
        ("r.io:x/a:1".to_owned(), "`x` is no port", None),
        ("r.io:70000/a:1".to_owned(), "`70000` is no port", None),
        ("r..io/a:1".to_owned(), "`r..io` is no host", None),
        ("nginx@md5:abc".to_owned(), "does not start with `sha256:`", None),
        ("nginx@sha256:abc".to_owned(), "has 3 hexadecimal digits", None),
        (format!("nginx@{}", d.to_uppercase().replace("SHA", "sha")), "has capitals", None),
        (format!("nginx@{}", d.replace('f', "g")), "characters other than", None),
    ];
    for (text, part, replacement) in rows {
        let error = Image::parse(&text).unwrap_err();
        assert!(error.message.contains(part), "{text}: {error}");
        assert_eq!(error.replacement.as_deref(), replacement, "{text}: {error}");
    }
}

#[test]
fn boundaries() {
    assert!(Image::parse(&format!("nginx:{}", "t".repeat(128))).is_ok());
    assert!(Image::parse(&format!("nginx:{}", "t".repeat(129))).is_err());
    assert!(Image::parse(&format!("{}:1", "a".repeat(255))).is_ok());
}

#[test]
fn one_look_finds_what_taking_apart_finds() {
    let pieces = ["", "a", "b9", "r.io", "a-b", "-", ".", "/", ":", ":1", "/a", "localhost", "latest", "A", "_", "@", " ", ":5000", "a..b"];
    for first in pieces {
        for second in pieces {
            for third in pieces {
                for fourth in pieces {
                    let text = [first, second, third, fourth].concat();
                    assert_eq!(Image::parse(&text), Image::taken_apart(&text), "{text}");
                }
            }
        }
    }
    assert!(ordinary("registry.example.com/acme/web:1.4-rc.2").is_some());
    for length in [MAX_TAG, MAX_TAG + 1] {
        let text = format!("a:{}", "t".repeat(length));
        assert_eq!(Image::parse(&text), Image::taken_apart(&text));
    }
    for length in [MAX_NAME, MAX_NAME + 1] {
        let text = format!("{}:1", "a".repeat(length));
        assert_eq!(Image::parse(&text), Image::taken_apart(&text));
    }
}
