//! Absolute paths: where a file is mounted, or what an HTTP probe asks for.

use std::fmt;

use super::UnitError;
use super::literal::shown;

/// The longest path that Linux takes.
const MAX: usize = 4096;

/// A path from the root, without `..`: of a container's file system, or of a URL with its query.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Box<str>);

impl Path {
    /// Reads an absolute path.
    ///
    /// # Errors
    /// When it does not start with `/`, climbs with `..`, has a control character, or is too long.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        // Nothing can be wrong with an ordinary path, as one look at each byte tells.
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-');
        if text.starts_with('/') && text.len() <= MAX && text.bytes().all(plain) {
            return Ok(Self(text.into()));
        }
        if text.is_empty() {
            return Err(UnitError::new("an empty text is no path").replace("/"));
        }
        if text.chars().any(char::is_control) {
            return Err(UnitError::new(format!("{} has a control character", shown(text))));
        }
        // The query of a URL is no path, and may hold anything.
        let file = text.split(['?', '#']).next().unwrap_or(text);
        if file.split('/').any(|part| part == "..") {
            return Err(UnitError::new(format!("{} climbs with `..`", shown(text))).help("write the path that is meant, from the root"));
        }
        if !text.starts_with('/') {
            let error = UnitError::new(format!("{} does not start with `/`", shown(text)));
            return Err(if text.contains("://") {
                error.help("a path has no scheme and no host")
            } else {
                error.replace(format!("/{}", text.trim_start_matches("./")))
            });
        }
        if text.len() > MAX {
            return Err(UnitError::new(format!("{} has {} bytes, and a path has at most {MAX}", shown(text), text.len())));
        }
        Ok(Self(text.into()))
    }

    /// The text as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a volume can be mounted there.
    ///
    /// # Errors
    /// For the root itself, and for a path with a colon, which Kubernetes refuses.
    pub fn check_mount(&self) -> Result<(), UnitError> {
        if self.0.contains(':') {
            return Err(UnitError::new(format!("{} has a colon, which no mount path may have", shown(&self.0))));
        }
        if self.0.bytes().all(|b| b == b'/') {
            return Err(UnitError::new("a volume at `/` would hide the whole image").help("name a directory below it"));
        }
        Ok(())
    }

    /// True where `other` is this path or lies below it.
    pub fn contains(&self, other: &Self) -> bool {
        let parts = |path: &Self| path.0.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect::<Vec<_>>();
        parts(other).starts_with(&parts(self))
    }
}

impl fmt::Display for Path {
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
        for text in ["/", "/health", "/a/b/", "/healthz?full=1", "/a..b", "/...", "/x?next=/../y", "/data:1"] {
            assert_eq!(Path::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn refuses() {
        let long = format!("/{}", "x".repeat(4096));
        for (text, replacement) in [
            ("", Some("/")),
            ("health", Some("/health")),
            ("./a", Some("/a")),
            ("..", None),
            ("/a/../b", None),
            ("/a/..", None),
            ("http://x/y", None),
            ("/a\0b", None),
            ("/a\nb", None),
            (long.as_str(), None),
        ] {
            let error = Path::parse(text).unwrap_err();
            assert_eq!(error.replacement.as_deref(), replacement, "{text}: {error}");
        }
    }

    #[test]
    fn mounts() {
        let p = |text| Path::parse(text).unwrap();
        assert!(p("/data").check_mount().is_ok());
        assert!(p("/").check_mount().is_err());
        assert!(p("//").check_mount().is_err());
        assert!(p("/a:b").check_mount().is_err());
        assert!(p("/var").contains(&p("/var/cache")));
        assert!(p("/var/").contains(&p("/var")));
        assert!(!p("/var").contains(&p("/variable")));
    }
}
