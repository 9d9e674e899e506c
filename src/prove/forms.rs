//! The patterns of custom resources, each as a function: src/schema/generate.py knows them by number.

fn is_edge(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit()
}

/// Bytes that all satisfy `inner`, the first and the last `edge`.
fn is_word(text: &str, edge: impl Fn(u8) -> bool, inner: impl Fn(u8) -> bool) -> bool {
    let b = text.as_bytes();
    b.first().is_some_and(|b| edge(*b)) && b.last().is_some_and(|b| edge(*b)) && b.iter().all(|b| inner(*b))
}

pub(super) fn is_label(text: &str) -> bool {
    is_word(text, is_edge, |b| is_edge(b) || b == b'-')
}

pub(super) fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_label)
}

pub(super) fn is_group(text: &str) -> bool {
    text.is_empty() || is_subdomain(text)
}

pub(super) fn is_kind(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && is_word(text, |b| b.is_ascii_alphanumeric(), |b| b.is_ascii_alphanumeric() || b == b'-')
}

pub(super) fn is_host_pattern(text: &str) -> bool {
    is_subdomain(text.strip_prefix("*.").unwrap_or(text))
}

/// A token of RFC 9110.
pub(super) fn is_header(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

pub(super) fn is_cors_origin(text: &str) -> bool {
    let Some(place) = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")) else { return text == "*" };
    let (host, port) = place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port)));
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (host == "*" || host.strip_prefix("*.").unwrap_or(host).split('.').all(is_part))
        && port.is_none_or(|port| (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit()))
}

pub(super) fn is_metric_label(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit()) && !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

pub(super) fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_word(text, |b| b.is_ascii_alphanumeric(), |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

pub(super) fn is_label_key(text: &str) -> bool {
    let (prefix, name) = text.split_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
    prefix.is_none_or(is_subdomain) && !name.is_empty() && is_label_value(name)
}

/// The numbers and units of a duration; none if it is not made of pairs of those.
fn parts(text: &str) -> Option<Vec<(&str, &str)>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let (unit, after) = after.split_at(after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len()));
        if number.is_empty() {
            return None;
        }
        parts.push((number, unit));
        rest = after;
    }
    Some(parts)
}

pub(super) fn is_gateway_duration(text: &str) -> bool {
    parts(text).is_some_and(|parts| {
        (1..=4).contains(&parts.len()) && parts.iter().all(|(number, unit)| number.len() <= 5 && ["h", "m", "s", "ms"].contains(unit))
    })
}

pub(super) fn is_prometheus_duration(text: &str) -> bool {
    const UNITS: [&str; 7] = ["y", "w", "d", "h", "m", "s", "ms"];
    let place = |unit: &str| UNITS.iter().position(|known| *known == unit);
    let in_order = |parts: Vec<(&str, &str)>| {
        parts.iter().all(|(_, unit)| place(unit).is_some()) && parts.is_sorted_by(|(_, one), (_, next)| place(one) < place(next))
    };
    text == "0" || parts(text).is_some_and(in_order)
}

pub(super) fn is_plain_duration(text: &str) -> bool {
    parts(text).is_some_and(|parts| !parts.is_empty() && parts.iter().all(|(_, unit)| ["h", "m", "s"].contains(unit)))
}

pub(super) fn is_duration_or_never(text: &str) -> bool {
    text == "Never" || is_plain_duration(text)
}

pub(super) fn is_hours_and_minutes(text: &str) -> bool {
    let Some(parts) = parts(text) else { return false };
    let units: Vec<_> = parts.iter().map(|(_, unit)| *unit).collect();
    let zero = parts.last().is_some_and(|last| *last == ("0", "s"));
    matches!(units.as_slice(), ["h"] | ["m"] | ["h", "m"]) || zero && matches!(units.as_slice(), ["h", "s"] | ["m", "s"] | ["h", "m", "s"])
}

pub(super) fn is_node_count(text: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.strip_suffix('%').map_or_else(|| is_number(text), |share| share == "100" || is_number(share) && share.len() <= 2)
}

/// The pattern is not anchored: the id may stand anywhere in the text. Anchored here, because no other text is an id.
pub(super) fn is_aws_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|id| !id.is_empty() && id.bytes().all(is_edge))
}

pub(super) fn is_ebs_size(text: &str) -> bool {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let most = match unit {
        "Gi" => 59_000,
        "G" => 64_000,
        "Ti" => 58,
        "T" => 64,
        _ => return false,
    };
    // The CRD's own pattern lets no tebibytes end in 8 or 9, but for 8, 9 and 58.
    let is_said = |number: u32| number <= most && (unit != "Ti" || number < 10 || number % 10 < 8 || number == 58);
    !number.starts_with('0') && number.parse::<u32>().is_ok_and(is_said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(is: impl Fn(&str) -> bool, right: &[&str], wrong: &[&str]) {
        for text in right {
            assert!(is(text), "{text}");
        }
        for text in wrong {
            assert!(!is(text), "{text}");
        }
    }

    #[test]
    fn names() {
        all(is_subdomain, &["a.b-c.9"], &["a..b", "-a", "A", ""]);
        all(is_label, &["a", "a-1"], &["a.b", "a-", ""]);
        all(is_group, &["", "apps", "a.b"], &[".", "A"]);
        all(is_kind, &["Service", "A-1", "a"], &["", "1A", "A-", "A.b"]);
        all(is_host_pattern, &["*.a.com", "a"], &["*", "a.*.com", "*a.com"]);
        all(is_header, &["x-user", "X_1", "a!"], &["", "a b", "a:"]);
        all(is_metric_label, &["a", "_1"], &["", "1a", "a-b", "a.b"]);
        all(is_label_value, &["", "a", "A_b.c-9"], &["-", "a-", ".a"]);
        all(is_label_key, &["a", "a.b/C", "karpenter.sh/capacity-type"], &["", "a/", "A/b", "/a", "a/b/c"]);
        all(|text| is_aws_id(text, "ami-"), &["ami-0a"], &["ami-", "sg-0a", "ami-0A", "x ami-0a"]);
    }

    #[test]
    fn origins() {
        all(
            is_cors_origin,
            &["*", "http://*", "https://a.com", "https://*.a.com:8443", "http://localhost:1"],
            &["", "a.com", "ftp://a.com", "https://a.com/", "https://", "https://a.com:123456", "https://a.com:", "https://a..b"],
        );
    }

    #[test]
    fn durations() {
        all(is_gateway_duration, &["10s", "1h2m3s4ms", "99999h"], &["", "10", "1d", "100000s", "1h1h1h1h1h", "1.5s"]);
        all(is_prometheus_duration, &["0", "", "30s", "1y2w3d4h5m6s7ms", "5m"], &["1", "1m1h", "1s1s", "1.5h", "h", "-1s"]);
        all(is_plain_duration, &["1h", "1s1h"], &["", "1d", "0", "Never", "1ms"]);
        all(is_duration_or_never, &["720h", "Never"], &["never", ""]);
        all(is_hours_and_minutes, &["8h", "30m", "8h30m", "8h30m0s", "8h0s"], &["30s", "30m8h", "8h30m1s", "", "1d", "0s"]);
    }

    #[test]
    fn amounts() {
        all(is_node_count, &["0", "100", "100%", "9%", "1000"], &["101%", "", "%", "-1", "1.5%"]);
        all(
            is_ebs_size,
            &["1Gi", "17Ti", "59000Gi", "64T", "58Ti", "64000G"],
            &["59001Gi", "0Gi", "100", "1Pi", "65T", "18Ti", "1.5Ti", "01Gi"],
        );
    }
}
