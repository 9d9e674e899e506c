//! Versions of Kubernetes and of other software: `1.34`, `1.30.2`.

use std::fmt;

use super::UnitError;
use super::literal::shown;

/// A version of two or three numbers. `1.30` is minor thirty, not three: it is read from the text, not from a number.
///
/// `1.34` comes before `1.34.0`, and is not equal to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
    /// The third number, where one is written.
    pub patch: Option<u32>,
}

impl Version {
    /// A version of two numbers.
    pub const fn new(major: u32, minor: u32) -> Self {
        Self { major, minor, patch: None }
    }

    /// True where this is `major.minor` or a later minor, whatever the patch.
    pub fn at_least(self, major: u32, minor: u32) -> bool {
        (self.major, self.minor) >= (major, minor)
    }

    /// Reads two or three numbers joined by points.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let error = || UnitError::new(format!("{} is no version", shown(text)));
        let form = "write two or three numbers joined by points, such as `1.34`";
        if let Some(rest) = text.strip_prefix(['v', 'V'])
            && Self::parse(rest).is_ok()
        {
            return Err(error().replace(rest));
        }
        let mut numbers = [None; 3];
        let mut parts = text.split('.');
        for (number, part) in numbers.iter_mut().zip(&mut parts) {
            if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
                return Err(error().help(form));
            }
            if part.len() > 1 && part.starts_with('0') {
                return Err(error().help("a number of a version has no zero before it"));
            }
            *number = Some(part.parse::<u32>().map_err(|_| error().help("a number of a version is at most 4294967295"))?);
        }
        match (numbers, parts.next()) {
            ([Some(major), Some(minor), patch], None) => Ok(Self { major, minor, patch }),
            ([Some(_), None, _], _) => Err(error().help(format!("a version says its minor number too: {form}"))),
            _ => Err(error().help(form)),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        match self.patch {
            Some(patch) => write!(f, ".{patch}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn reads_and_prints() {
        for text in ["1.34", "1.30", "1.3", "1.30.0", "0.0", "4294967295.0.1"] {
            assert_eq!(Version::parse(text).unwrap().to_string(), text);
        }
        let v = |text| Version::parse(text).unwrap();
        assert_eq!(v("1.30").minor, 30);
        assert!(v("1.3") < v("1.30"));
        assert!(v("1.9") < v("1.10"));
        assert!(v("1.34") < v("1.34.0"));
        assert!(v("1.34.9") < v("1.35"));
        assert!(v("1.34.2").at_least(1, 34));
        assert!(!v("1.33").at_least(1, 34));
    }

    #[test]
    fn refuses() {
        for (text, replacement) in [
            ("v1.34", Some("1.34")),
            ("", None),
            ("1", None),
            ("1.", None),
            (".1", None),
            ("1.2.3.4", None),
            ("1.08", None),
            ("1.34-rc1", None),
            ("-1.2", None),
            ("1.4294967296", None),
            ("vv1.2", None),
        ] {
            let error = Version::parse(text).unwrap_err();
            assert_eq!(error.replacement.as_deref(), replacement, "{text}: {error}");
        }
    }
}
