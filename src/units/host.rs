//! DNS names of hosts: `app.example.com`, `*.example.com`.

use std::fmt;

use super::UnitError;
use super::literal::shown;
use super::names;

/// A DNS name in small letters, without a trailing dot; its first label may be `*` where a wildcard was allowed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host(Box<str>);

impl Host {
    /// Reads a name without a wildcard.
    ///
    /// # Errors
    /// When it is no DNS-1123 subdomain of labels up to 63 characters, or is an address.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        if text.contains('*') {
            return Err(
                UnitError::new(format!("{} has a wildcard, where one host is wanted", shown(text))).help("write the host's whole name")
            );
        }
        check(text).map(|()| Self(text.into()))
    }

    /// Reads a name whose first label may be `*`.
    ///
    /// # Errors
    /// As [`Host::parse`], and where `*` stands anywhere but alone in the first of several labels.
    pub fn parse_wildcard(text: &str) -> Result<Self, UnitError> {
        let rest = text.strip_prefix("*.").unwrap_or(text);
        if rest.contains('*') {
            return Err(UnitError::new(format!("{} has a `*` that is not the whole first label", shown(text)))
                .help("a wildcard is written `*.example.com`"));
        }
        match check(rest) {
            Ok(()) if text.len() <= 253 => Ok(Self(text.into())),
            Ok(()) => Err(too_long(text)),
            Err(error) if rest.len() < text.len() => {
                let replacement = error.replacement.map(|text| format!("*.{text}"));
                Err(UnitError { help: replacement.as_ref().map(|text| format!("write `{text}`")).or(error.help), replacement, ..error })
            }
            Err(error) => Err(error),
        }
    }

    /// The text as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for `*.example.com`.
    pub fn is_wildcard(&self) -> bool {
        self.0.starts_with("*.")
    }

    /// True where a host of the other name is one of those meant here: itself, or one label below a wildcard.
    pub fn matches(&self, other: &Self) -> bool {
        match self.0.strip_prefix("*.") {
            Some(parent) => self == other || other.0.split_once('.').is_some_and(|(_, rest)| rest == parent),
            None => self == other,
        }
    }
}

fn too_long(text: &str) -> UnitError {
    UnitError::new(format!("{} has {} characters, and a DNS name has at most 253", shown(text), text.len()))
}

fn check(text: &str) -> Result<(), UnitError> {
    let error = |why: &str| UnitError::new(format!("{} is no host name: {why}", shown(text)));
    let fix = |error: UnitError, text: &str| if check(text).is_ok() { error.replace(text) } else { error };
    if text.is_empty() {
        return Err(UnitError::new("an empty text is no host name"));
    }
    if let Some((_, rest)) = text.split_once("://") {
        let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
        return Err(fix(error("a host has no scheme"), host));
    }
    if let Ok(address) = text.trim_matches(['[', ']']).parse::<std::net::IpAddr>() {
        let bits = if address.is_ipv4() { 32 } else { 128 };
        return Err(error("it is an address").help(format!("a Host is a DNS name; where a Cidr is wanted, write `{address}/{bits}`")));
    }
    if let Some((host, _)) = text.split_once('/') {
        return Err(fix(error("a host has no path"), host));
    }
    if let Some((host, _)) = text.split_once(':') {
        return Err(fix(error("its port is given elsewhere"), host));
    }
    if let Some(rest) = text.strip_suffix('.') {
        return Err(fix(error("it ends in a dot"), rest));
    }
    if text.len() > 253 {
        return Err(too_long(text));
    }
    for label in text.split('.') {
        if label.is_empty() {
            return Err(error("two dots stand side by side, or one at the start"));
        }
        if let Err(why) = names::label(label) {
            let fixed = text.split('.').map(|label| names::nearest_label(label, 63)).collect::<Option<Vec<_>>>();
            return Err(match fixed {
                Some(fixed) => fix(UnitError::new(format!("{} is no host name: {}", shown(text), why.message)), &fixed.join(".")),
                None => UnitError::new(format!("{} is no host name: {}", shown(text), why.message)),
            });
        }
    }
    if text.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit())) {
        return Err(error("its last label is a number, as in an address"));
    }
    Ok(())
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn accepts() {
        let longest = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(61));
        for text in ["app.example.com", "localhost", "xn--caf-dma.fr", "1.example", "a-b.c", longest.as_str()] {
            assert_eq!(Host::parse(text).unwrap().as_str(), text);
            assert!(Host::parse_wildcard(text).is_ok());
        }
        assert!(Host::parse_wildcard("*.example.com").unwrap().is_wildcard());
    }

    #[test]
    fn refuses_with_the_fix() {
        let long = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(62));
        for (text, replacement) in [
            ("", None),
            ("App.Example.com", Some("app.example.com")),
            ("my_app.example.com", Some("my-app.example.com")),
            ("https://app.example.com/x", Some("app.example.com")),
            ("app.example.com:443", Some("app.example.com")),
            ("app.example.com/x", Some("app.example.com")),
            ("app.example.com.", Some("app.example.com")),
            ("-a.com", Some("a.com")),
            ("10.0.0.1", None),
            ("::1", None),
            ("a..b", None),
            (".a", None),
            ("1.2.3", None),
            ("*.example.com", None),
            (long.as_str(), None),
        ] {
            let error = Host::parse(text).unwrap_err();
            assert_eq!(error.replacement.as_deref(), replacement, "{text}: {error}");
        }
        for (text, replacement) in
            [("*", None), ("*.", None), ("a.*.com", None), ("*a.com", None), ("*.*.com", None), ("*.A.com", Some("*.a.com"))]
        {
            let error = Host::parse_wildcard(text).unwrap_err();
            assert_eq!(error.replacement.as_deref(), replacement, "{text}: {error}");
        }
    }

    #[test]
    fn wildcards_match_one_label() {
        let h = |text| Host::parse_wildcard(text).unwrap();
        assert!(h("*.example.com").matches(&h("app.example.com")));
        assert!(!h("*.example.com").matches(&h("a.b.example.com")));
        assert!(!h("*.example.com").matches(&h("example.com")));
        assert!(h("a.com").matches(&h("a.com")));
    }
}
