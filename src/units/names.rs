//! The rules of Kubernetes for names, labels and keys (rules.md §5.1).

use super::literal::shown;

/// Why a text is no legal name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameError {
    /// What is wrong, naming the rule: "`A_b` is no DNS-1123 label: `A` is not allowed, only …".
    pub message: String,
    /// The nearest legal spelling, where there is one.
    pub suggestion: Option<String>,
}

impl std::fmt::Display for NameError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        match &self.suggestion {
            Some(text) => write!(f, "; write `{text}`"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for NameError {}

/// Bytes: a bit each, because every byte of every name is asked for. None of them is beyond ASCII.
#[derive(Clone, Copy)]
struct Set([u64; 4]);

impl Set {
    const DIGITS: Set = Set::range(b'0', b'9');
    const SMALL: Set = Set::range(b'a', b'z');
    const LOW: Set = Set::SMALL.and(Set::DIGITS);
    const ALPHANUMERIC: Set = Set::LOW.and(Set::range(b'A', b'Z'));
    const DASH: Set = Set::range(b'-', b'-');
    const WORD: Set = Set::ALPHANUMERIC.and(Set::DASH).and(Set::range(b'_', b'_')).and(Set::range(b'.', b'.'));

    const fn range(from: u8, to: u8) -> Set {
        let bits = u128::MAX >> (127 - to) & u128::MAX << from;
        Set([bits as u64, (bits >> 64) as u64, 0, 0])
    }
    const fn and(self, other: Set) -> Set {
        let ([a, b, ..], [c, d, ..]) = (self.0, other.0);
        Set([a | c, b | d, 0, 0])
    }
    const fn without(self, other: Set) -> Set {
        let ([a, b, ..], [c, d, ..]) = (self.0, other.0);
        Set([a & !c, b & !d, 0, 0])
    }
    #[inline]
    fn has(self, byte: u8) -> bool {
        self.0.get(usize::from(byte >> 6)).is_some_and(|bits| bits >> (byte & 63) & 1 == 1)
    }
    #[inline]
    fn has_all(self, text: &str) -> bool {
        text.bytes().all(|byte| self.has(byte))
    }
}

/// One rule: which bytes may stand where, and how many.
struct Rule {
    name: &'static str,
    max: usize,
    first: Set,
    middle: Set,
    last: Set,
    /// The bytes in words, for messages.
    allowed: &'static str,
    ends: &'static str,
    /// Whether capitals are written small in a suggestion.
    lower: bool,
}

const LABEL: Rule = Rule {
    name: "DNS-1123 label",
    max: 63,
    first: Set::LOW,
    middle: Set::LOW.and(Set::DASH),
    last: Set::LOW,
    allowed: "only `a` to `z`, `0` to `9` and `-`",
    ends: "a letter or digit",
    lower: true,
};
const LABEL_1035: Rule =
    Rule { name: "DNS-1035 label", first: Set::SMALL, ends: "a letter at the start, a letter or digit at the end", ..LABEL };
const PORT: Rule = Rule { name: "port name", max: 15, ..LABEL };
const QUALIFIED: Rule = Rule {
    name: "label name",
    max: 63,
    first: Set::ALPHANUMERIC,
    middle: Set::WORD,
    last: Set::ALPHANUMERIC,
    allowed: "only letters, digits, `-`, `_` and `.`",
    ends: "a letter or digit",
    lower: false,
};
const KEY: Rule = Rule { name: "ConfigMap key", max: 253, first: Set::WORD, last: Set::WORD, ends: "one of those", ..QUALIFIED };
const ENV: Rule = Rule {
    name: "environment variable name",
    max: usize::MAX,
    first: Set::WORD.without(Set::DIGITS),
    last: Set::WORD,
    ends: "no digit at the start",
    ..QUALIFIED
};

impl Rule {
    /// What is wrong with a text under this rule.
    fn fault(&self, text: &str) -> Option<String> {
        let quoted = || format!("{} is no {}", shown(text), self.name);
        let (Some(first), Some(last)) = (text.bytes().next(), text.bytes().next_back()) else {
            return Some(format!("an empty text is no {}", self.name));
        };
        if !self.middle.has_all(text)
            && let Some(c) = text.chars().find(|c| !self.allows(*c))
        {
            return Some(format!("{}: {} is not allowed, {}", quoted(), shown(c.encode_utf8(&mut [0; 4])), self.allowed));
        }
        if !self.first.has(first) || !self.last.has(last) {
            let (side, byte) = if self.first.has(first) { ("ends", last) } else { ("starts", first) };
            return Some(format!("{}: it {side} with `{}`, and needs {}", quoted(), byte.escape_ascii(), self.ends));
        }
        (text.len() > self.max).then(|| format!("{}: it has {} characters, and may have {}", quoted(), text.len(), self.max))
    }

    fn check(&self, text: &str, suggest: impl FnOnce() -> Option<String>) -> Result<(), NameError> {
        match self.fault(text) {
            None => Ok(()),
            Some(message) => {
                // A suggestion must itself be legal, and not the text again.
                let suggestion = suggest().filter(|fixed| fixed != text && self.fault(fixed).is_none());
                Err(NameError { message, suggestion })
            }
        }
    }

    fn allows(&self, c: char) -> bool {
        u8::try_from(c).is_ok_and(|byte| self.middle.has(byte))
    }

    /// The text with what the rule forbids left out or, where it separated words, made a dash.
    fn nearest(&self, text: &str, dash: char) -> Option<String> {
        let mut fixed = String::new();
        for c in text.chars() {
            let c = if self.lower { c.to_ascii_lowercase() } else { c };
            if self.allows(c) {
                fixed.push(c);
            } else if matches!(c, '_' | '.' | ' ' | '/' | '-' | ':') && !fixed.ends_with(dash) {
                fixed.push(dash);
            }
        }
        let fixed = fixed.trim_start_matches(|c: char| !u8::try_from(c).is_ok_and(|byte| self.first.has(byte)));
        let fixed =
            fixed.get(..self.max.min(fixed.len()))?.trim_end_matches(|c: char| !u8::try_from(c).is_ok_and(|byte| self.last.has(byte)));
        (!fixed.is_empty()).then(|| fixed.to_owned())
    }
}

/// The nearest DNS-1123 label of at most `max` characters; None where nothing of the text is left.
pub fn nearest_label(text: &str, max: usize) -> Option<String> {
    Rule { max, ..LABEL }.nearest(text, '-')
}

/// A DNS-1123 label: namespaces, containers, StatefulSets.
///
/// # Errors
/// When the text is longer than 63, or has more than small letters, digits and inner dashes.
pub fn label(text: &str) -> Result<(), NameError> {
    LABEL.check(text, || LABEL.nearest(text, '-'))
}

/// A DNS-1123 label with a shorter limit: 52 for a StatefulSet or a CronJob, whose controllers append eleven characters (`C11`).
///
/// # Errors
/// As [`label`], and past `max`. `whose` says what has the limit: "StatefulSet name".
pub fn label_within(text: &str, max: usize, whose: &'static str) -> Result<(), NameError> {
    label(text)?;
    if text.len() <= max {
        return Ok(());
    }
    let message = format!("{} has {} characters, and a {whose} may have {max}", shown(text), text.len());
    Err(NameError { message, suggestion: nearest_label(text, max) })
}

/// A DNS-1035 label: Services, whose names may not begin with a digit.
///
/// # Errors
/// As [`label`], and when the first character is no letter.
pub fn label_1035(text: &str) -> Result<(), NameError> {
    LABEL_1035.check(text, || LABEL_1035.nearest(text, '-'))
}

/// A DNS-1123 subdomain: labels joined by points, 253 characters at most. ConfigMaps, Secrets, Deployments, Ingresses.
///
/// # Errors
/// When a label is wrong or the whole is too long. As in Kubernetes, a label here may be longer than 63.
pub fn subdomain(text: &str) -> Result<(), NameError> {
    const SUBDOMAIN: Rule = Rule { name: "DNS-1123 subdomain", max: 253, ..LABEL };
    let rule = &SUBDOMAIN;
    let wrong = if text.is_empty() || text.len() > 253 && LABEL.middle.and(Set::range(b'.', b'.')).has_all(text) {
        rule_whole(text)
    } else {
        text.split('.').find_map(|part| part_fault(rule, text, part))
    };
    let Some(message) = wrong else { return Ok(()) };
    let parts: Vec<_> = text.split('.').filter_map(|part| rule.nearest(part, '-')).collect();
    let fixed = parts.join(".");
    let legal = !fixed.is_empty() && fixed.len() <= 253 && fixed != text;
    Err(NameError { message, suggestion: legal.then_some(fixed) })
}

fn rule_whole(text: &str) -> Option<String> {
    Some(match text.len() {
        0 => "an empty text is no DNS-1123 subdomain".to_owned(),
        len => format!("{} is no DNS-1123 subdomain: it has {len} characters, and may have 253", shown(text)),
    })
}

/// What is wrong with one part of a dotted name, said of the whole.
fn part_fault(rule: &Rule, text: &str, part: &str) -> Option<String> {
    let fault = rule.fault(part)?;
    let why =
        if part.is_empty() { "a part between its points is empty" } else { fault.split_once(": ").map_or(fault.as_str(), |(_, why)| why) };
    let place = if part == text || part.is_empty() { String::new() } else { format!("in {}, ", shown(part)) };
    Some(format!("{} is no {}: {place}{why}", shown(text), rule.name))
}

/// A label's key: a name of 63 characters, perhaps after a DNS-1123 subdomain and a slash.
///
/// # Errors
/// When either part is wrong, or there is more than one slash.
pub fn label_key(text: &str) -> Result<(), NameError> {
    qualified(text, "label key")
}

/// An annotation's key: as a label's, its prefix in any case.
///
/// # Errors
/// As [`label_key`].
pub fn annotation_key(text: &str) -> Result<(), NameError> {
    // Kubernetes lowers an annotation's key before it looks at it.
    qualified(&text.to_ascii_lowercase(), "annotation key").map_err(|error| match qualified(text, "annotation key") {
        Err(own) => own,
        Ok(()) => error,
    })
}

fn qualified(text: &str, what: &'static str) -> Result<(), NameError> {
    let rule = Rule { name: what, ..QUALIFIED };
    let Some((prefix, name)) = text.split_once('/') else { return rule.check(text, || rule.nearest(text, '-')) };
    if name.contains('/') {
        let message = format!("{} is no {what}: it has more than one `/`", shown(text));
        let fixed = rule.nearest(name, '-').map(|name| format!("{prefix}/{name}")).filter(|fixed| qualified(fixed, what).is_ok());
        return Err(NameError { message, suggestion: fixed });
    }
    if let Err(error) = subdomain(prefix) {
        let message = format!("{} is no {what}: before its `/`, {}", shown(text), error.message);
        let fixed = error.suggestion.map(|prefix| format!("{prefix}/{name}")).filter(|fixed| qualified(fixed, what).is_ok());
        return Err(NameError { message, suggestion: fixed });
    }
    let Some(fault) = rule.fault(name) else { return Ok(()) };
    let fixed = rule.nearest(name, '-').filter(|fixed| rule.fault(fixed).is_none()).map(|name| format!("{prefix}/{name}"));
    let message = if name.is_empty() { format!("{} is no {what}: nothing follows its `/`", shown(text)) } else { fault };
    Err(NameError { message, suggestion: fixed })
}

/// A label's value: empty, or as the name in a label's key.
///
/// # Errors
/// When the text is longer than 63 or has other characters.
pub fn label_value(text: &str) -> Result<(), NameError> {
    const VALUE: Rule = Rule { name: "label value", ..QUALIFIED };
    if text.is_empty() { Ok(()) } else { VALUE.check(text, || VALUE.nearest(text, '-')) }
}

/// True for what a file system reads as a directory or its parent; Kubernetes refuses such names.
fn dots(text: &str) -> bool {
    text == "." || text.starts_with("..")
}

/// The name of an environment variable as every version of Kubernetes takes it: letters, digits, `-`, `_`, `.`, no digit first.
///
/// # Errors
/// When the text is anything else. From 1.34 on, [`env_name_relaxed`] is the rule.
pub fn env_name(text: &str) -> Result<(), NameError> {
    if dots(text) {
        return Err(NameError {
            message: format!("{} is no environment variable name: it starts as a parent directory does", shown(text)),
            suggestion: None,
        });
    }
    ENV.check(text, || ENV.nearest(text, '_').filter(|fixed| !dots(fixed)))
}

/// The name of an environment variable from Kubernetes 1.34 on: printable ASCII without `=`.
///
/// # Errors
/// When the text is empty or has another character.
pub fn env_name_relaxed(text: &str) -> Result<(), NameError> {
    const PRINTABLE: Set = Set::range(b' ', b'~').without(Set::range(b'=', b'='));
    const RELAXED: Rule = Rule { first: PRINTABLE, middle: PRINTABLE, last: PRINTABLE, allowed: "only printable ASCII without `=`", ..ENV };
    RELAXED.check(text, || ENV.nearest(text, '_'))
}

/// The name of a port (`N2`): 15 characters of small letters, digits and single inner dashes, one of them a letter.
///
/// # Errors
/// When the text is anything else.
pub fn port_name(text: &str) -> Result<(), NameError> {
    let Some(message) = port_fault(text) else { return Ok(()) };
    let fixed = PORT.nearest(text, '-').map(|near| {
        let single = near.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
        if single.bytes().all(|b| !b.is_ascii_lowercase()) { format!("port-{single}") } else { single }
    });
    Err(NameError { message, suggestion: fixed.filter(|fixed| port_fault(fixed).is_none()) })
}

fn port_fault(text: &str) -> Option<String> {
    let say = |why: &str| Some(format!("{} is no port name: {why}", shown(text)));
    PORT.fault(text).or_else(|| match text {
        _ if text.bytes().all(|b| !b.is_ascii_lowercase()) => say("it has no letter"),
        _ if text.contains("--") => say("two dashes stand side by side"),
        _ => None,
    })
}

/// A key of a ConfigMap or a Secret: 253 letters, digits, `-`, `_`, `.`; not `.`, and not starting with `..`.
///
/// # Errors
/// When the text is anything else.
pub fn config_key(text: &str) -> Result<(), NameError> {
    if dots(text) {
        return Err(NameError {
            message: format!("{} is no ConfigMap key: a file of that name cannot be mounted", shown(text)),
            suggestion: None,
        });
    }
    KEY.check(text, || KEY.nearest(text, '-').filter(|fixed| !dots(fixed)))
}

/// A port number: 1 to 65535.
///
/// # Errors
/// When the number is outside.
pub fn port_number(number: i64) -> Result<u16, NameError> {
    match u16::try_from(number) {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(NameError { message: format!("`{number}` is no port: ports are 1 to 65535"), suggestion: None }),
    }
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
