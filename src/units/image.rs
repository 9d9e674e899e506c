//! Container images: the reference grammar of the distribution project, with a version required.

use std::fmt;

use super::UnitError;
use super::literal::shown;

/// The longest tag and the longest repository name with its registry.
const MAX_TAG: usize = 128;
const MAX_NAME: usize = 255;

/// A reference to an image, pinned by a tag other than `latest`, by a digest, or by both (security.md §4.4 row 25).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Image {
    text: Box<str>,
    /// Where the registry ends (0: none written), then the repository, then the tag; each is followed by `/`, `:` or `@`.
    registry: u32,
    repository: u32,
    tag: u32,
}

impl Image {
    /// Reads `[registry[:port]/]path[:tag][@sha256:…]`.
    ///
    /// # Errors
    /// When the text is no reference, has neither tag nor digest, or has the tag `latest` without a digest.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        match ordinary(text) {
            Some((registry, repository)) => Ok(Self::of(text, registry, repository, text.len())),
            None => Self::taken_apart(text),
        }
    }

    fn of(text: &str, registry: usize, repository: usize, tag: usize) -> Self {
        let at = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        Self { text: text.into(), registry: at(registry), repository: at(repository), tag: at(tag) }
    }

    /// As [`Image::parse`], part by part, so that it can be said what is wrong.
    fn taken_apart(text: &str) -> Result<Self, UnitError> {
        let error = |why: &str| UnitError::new(format!("{} is no image: {why}", shown(text)));
        if text.is_empty() {
            return Err(UnitError::new("an empty text is no image").help("write a reference such as `nginx:1.29.1`"));
        }
        // No blank, of whatever alphabet, is among the bytes of an ordinary reference.
        if text.bytes().any(|b| b <= b' ' || b >= 0x80) && text.contains(char::is_whitespace) {
            let joined: String = text.split_whitespace().collect();
            let error = error("it has a space");
            return Err(if Self::parse(&joined).is_ok() { error.replace(joined) } else { error });
        }
        if text.as_bytes().windows(3).any(|three| three == b"://")
            && let Some((_, rest)) = text.split_once("://")
        {
            let error = error("a reference has no scheme");
            return Err(if Self::parse(rest).is_ok() { error.replace(rest) } else { error });
        }
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        if let Some(digest) = digest {
            check_digest(digest).map_err(|why| error(&why))?;
        }
        let (registry, path) = split_registry(rest);
        if let Some(registry) = registry {
            check_registry(registry).map_err(|why| error(&why))?;
        }
        let (path, tag) = match path.split_once(':') {
            Some((path, tag)) => (path, Some(tag)),
            None => (path, None),
        };
        if registry.is_none() && tag.is_some_and(is_port) && (path.contains('.') || path == "localhost") {
            return Err(error("it names a registry and its port, and nothing in it"));
        }
        if let Err(why) = check_path(path) {
            let lower = text.replacen(path, &path.to_lowercase(), 1);
            let error = error(&why);
            return Err(if lower != text && Self::parse(&lower).is_ok() { error.replace(lower) } else { error });
        }
        let repository = registry.map_or(0, |registry| registry.len() + 1) + path.len();
        if repository > MAX_NAME {
            return Err(error(&format!("its name has {repository} characters, and may have {MAX_NAME}")));
        }
        if let Some(tag) = tag {
            check_tag(tag).map_err(|why| error(&why))?;
        }
        match (tag, digest) {
            (None, None) => {
                let port =
                    registry.and_then(|registry| registry.rsplit_once(':')).map(|(_, port)| format!(" (`:{port}` is the registry's port)"));
                let what = format!("{} has no tag{}", shown(text), port.unwrap_or_default());
                return Err(UnitError::new(what).help(format!(
                    "without one the newest image runs, whatever it is; write the version: {}",
                    shown(&format!("{text}:VERSION"))
                )));
            }
            (Some("latest"), None) => {
                return Err(UnitError::new(format!("{} has the tag `latest`, which may mean another image tomorrow", shown(text)))
                    .help("write the version that should run, or add its digest, `@sha256:…`"));
            }
            _ => {}
        }
        Ok(Self::of(text, registry.map_or(0, str::len), repository, rest.len()))
    }

    fn part(&self, from: u32, to: u32) -> &str {
        self.text.get(from as usize..to as usize).unwrap_or_default()
    }

    /// The reference as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The registry with its port, as written; None means the runtime's default.
    pub fn registry(&self) -> Option<&str> {
        (self.registry > 0).then(|| self.part(0, self.registry))
    }

    /// The path of the repository within its registry: `acme/shop`.
    pub fn repository(&self) -> &str {
        self.part(if self.registry > 0 { self.registry + 1 } else { 0 }, self.repository)
    }

    /// The registry and the repository: what a policy of allowed images looks at.
    pub fn name(&self) -> &str {
        self.part(0, self.repository)
    }

    /// The tag, where one is written.
    pub fn tag(&self) -> Option<&str> {
        (self.tag > self.repository).then(|| self.part(self.repository + 1, self.tag))
    }

    /// The digest with its algorithm, `sha256:…`, where one is written.
    pub fn digest(&self) -> Option<&str> {
        self.text.get(self.tag as usize + 1..)
    }

    /// True where a digest says the very bytes that run, so that no tag can be moved under it.
    pub fn pinned_by_digest(&self) -> bool {
        self.digest().is_some()
    }
}

/// Where registry and repository end in a reference as most are: `registry.example/path:tag` or `path:tag` in small letters, digits, and points
/// and dashes that stand alone between them. One look at each byte tells that nothing is wrong with it; every other text is taken apart.
fn ordinary(text: &str) -> Option<(usize, usize)> {
    let (mut registry, mut slash, mut point, mut colon) = (0, None, false, None);
    // Was the byte before a letter or a digit?
    let mut inside = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' => {
                inside = true;
                continue;
            }
            _ if !inside => return None,
            b'-' => {}
            b'.' => point |= colon.is_none(),
            b'/' if colon.is_none() => {
                if slash.is_none() && point {
                    registry = at;
                }
                slash = slash.or(Some(at));
            }
            b':' if colon.is_none() => colon = Some(at),
            _ => return None,
        }
        inside = false;
    }
    let repository = colon?;
    let tag = text.get(repository + 1..)?;
    let first = text.get(..slash.unwrap_or(repository))?;
    let fits = inside && tag != "latest" && tag.len() <= MAX_TAG && repository <= MAX_NAME;
    // A first part that may be meant as a registry is looked at more closely.
    (fits && first != "localhost" && (registry > 0 || !point)).then_some((registry, repository))
}

/// Splits off the first part where it can only be a registry: it has a point or a port, or is `localhost`.
fn split_registry(rest: &str) -> (Option<&str>, &str) {
    match rest.split_once('/') {
        Some((first, path)) if first.bytes().any(|b| matches!(b, b'.' | b':')) || first == "localhost" => (Some(first), path),
        _ => (None, rest),
    }
}

fn is_port(text: &str) -> bool {
    text.len() >= 2 && text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

fn check_registry(registry: &str) -> Result<(), String> {
    // An IPv6 address stands in brackets, which keep its colons from the port's.
    let (host, port) = match registry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                return Err(format!("{} is no IPv6 address", shown(address)));
            }
            (None, port.strip_prefix(':').or(if port.is_empty() { None } else { Some("") }))
        }
        None => match registry.split_once(':') {
            Some((host, port)) => (Some(host), Some(port)),
            None => (Some(registry), None),
        },
    };
    if let Some(port) = port
        && !(port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0))
    {
        return Err(format!("{} is no port of a registry", shown(port)));
    }
    let legal = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    match host {
        Some(host) if !host.split('.').all(legal) => Err(format!("{} is no host of a registry", shown(host))),
        _ => Ok(()),
    }
}

fn check_path(path: &str) -> Result<(), String> {
    if let Some(c) = path.bytes().find(u8::is_ascii_uppercase) {
        return Err(format!("its path has the capital `{}`, and takes small letters only", char::from(c)));
    }
    for part in path.split('/') {
        if part.is_empty() {
            return Err("a part of its path is empty".to_owned());
        }
        if part.bytes().any(|b| !matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
            && let Some(c) = part.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '.' | '_' | '-'))
        {
            return Err(format!("its path has {}, which is not allowed", shown(c.encode_utf8(&mut [0; 4]))));
        }
        let alphanumeric = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphanumeric());
        if !alphanumeric(part.bytes().next()) || !alphanumeric(part.bytes().next_back()) {
            return Err(format!("{} starts or ends with neither a letter nor a digit", shown(part)));
        }
        // Between letters and digits stand one point, one or two underscores, or any number of dashes.
        for separator in part.as_bytes().split(u8::is_ascii_alphanumeric) {
            if !matches!(separator, b"" | b"." | b"_" | b"__") && separator.iter().any(|b| *b != b'-') {
                let separator = separator.escape_ascii();
                return Err(format!("{} has `{separator}`, where one `.`, one or two `_`, or `-` may stand", shown(part)));
            }
        }
    }
    Ok(())
}

fn check_tag(tag: &str) -> Result<(), String> {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    if tag.is_empty() {
        return Err("nothing follows the colon of its tag".to_owned());
    }
    if tag.contains(':') {
        return Err("it has two tags".to_owned());
    }
    if tag.contains('/') {
        return Err(format!("{} is no tag: it has a `/`", shown(tag)));
    }
    if tag.len() > MAX_TAG {
        return Err(format!("its tag has {} characters, and may have {MAX_TAG}", tag.len()));
    }
    if let Some(c) = tag.chars().find(|c| !u8::try_from(*c).is_ok_and(|b| word(b) || matches!(b, b'.' | b'-'))) {
        return Err(format!("its tag has {}, which is not allowed", shown(c.encode_utf8(&mut [0; 4]))));
    }
    if tag.starts_with(['.', '-']) {
        return Err("its tag starts with neither a letter nor a digit nor `_`".to_owned());
    }
    Ok(())
}

fn check_digest(digest: &str) -> Result<(), String> {
    if digest.contains('@') {
        return Err("it has two digests".to_owned());
    }
    let Some(hex) = digest.strip_prefix("sha256:") else {
        return Err("its digest does not start with `sha256:`".to_owned());
    };
    if hex.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err("its digest has capitals, and takes small letters only".to_owned());
    }
    if !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err("its digest has characters other than `0` to `9` and `a` to `f`".to_owned());
    }
    if hex.len() != 64 {
        return Err(format!("its digest has {} hexadecimal digits after `sha256:`, and needs 64", hex.len()));
    }
    Ok(())
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
#[path = "image_tests.rs"]
mod tests;
