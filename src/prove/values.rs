//! Single values against what a schema says of them: allowed values, formats, bounds.

use super::forms;
use crate::schema::{Format, Kind, Limits, Type};
use crate::tape::{Value, View};

/// What has to be looked at in every object, however alike they are in shape.
#[derive(Clone, Debug)]
pub(super) enum Check {
    /// Text that is one of these.
    Values(Vec<&'static str>),
    /// Text or number of a format, within bounds.
    Form(Format, Limits),
    /// An amount such as `500m`.
    Quantity,
    /// A map with so many keys.
    Size(Limits),
    /// A list with so many items.
    Items(Limits),
}

/// What is wrong with a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    NotInEnum,
    /// How it should look, to follow "must be".
    Form(String),
}

/// The check that values of this type need, if they need one.
pub(super) fn of(ty: Type) -> Option<Check> {
    if !ty.is_constrained() {
        return None;
    }
    let values: Vec<_> = ty.values().collect();
    Some(match ty.kind() {
        Kind::Quantity => Check::Quantity,
        Kind::Object | Kind::Map => Check::Size(ty.limits()),
        Kind::List => Check::Items(ty.limits()),
        _ if !values.is_empty() => Check::Values(values),
        _ => Check::Form(ty.format(), ty.limits()),
    })
}

impl Check {
    /// Is this value right? Its kind is known to be.
    pub(super) fn run(&self, view: View<'_>) -> Result<(), Wrong> {
        let form = |right: bool, expected: &str| if right { Ok(()) } else { Err(Wrong::Form(expected.to_owned())) };
        match (self, view.value()) {
            (Check::Values(values), Value::Str(text)) => {
                if values.contains(&text) {
                    Ok(())
                } else {
                    Err(Wrong::NotInEnum)
                }
            }
            (Check::Quantity, Value::Str(text)) => form(is_quantity(text), "an amount like `500m`, `2` or `1Gi`"),
            (Check::Size(limits), Value::Map(children)) => {
                bounds(limits.keys, children.count() as i64, |bounds| format!("an object with {bounds} keys"))
            }
            (Check::Items(limits), Value::Seq(children)) => {
                bounds(limits.items, children.count() as i64, |bounds| format!("a list of {bounds} items"))
            }
            (Check::Form(format, limits), Value::Str(text)) => {
                if let Some((is, expected)) = text_form(*format) {
                    form(is(text), expected)?;
                }
                bounds(limits.length, text.chars().count() as i64, |bounds| format!("{bounds} characters long"))
            }
            (Check::Form(format, limits), Value::Int(number)) => {
                form(*format != Format::Int32 || i32::try_from(number).is_ok(), "between -2147483648 and 2147483647")?;
                bounds(limits.number, number, str::to_owned)
            }
            _ => Ok(()),
        }
    }
}

fn bounds((low, high): (Option<u32>, Option<u32>), value: i64, say: impl Fn(&str) -> String) -> Result<(), Wrong> {
    if low.is_none_or(|low| value >= i64::from(low)) && high.is_none_or(|high| value <= i64::from(high)) {
        return Ok(());
    }
    Err(Wrong::Form(match (low, high) {
        (Some(low), Some(high)) if low == high => say(&format!("exactly {low}")),
        (Some(low), Some(high)) => say(&format!("{low} to {high}")),
        (Some(low), None) => say(&format!("{low} or more")),
        (None, high) => say(&format!("at most {}", high.unwrap_or(u32::MAX))),
    }))
}

/// Whether a text has a form, and how such a text looks.
type Form = (fn(&str) -> bool, &'static str);

/// The function that knows a form of text, and how the text should look, to follow "must be".
fn text_form(format: Format) -> Option<Form> {
    Some(match format {
        Format::None | Format::Int32 | Format::Int64 | Format::Double => return None,
        Format::Byte => (is_base64, "base64"),
        Format::DateTime => (is_date_time, "a time like `2026-01-31T08:00:00Z`"),
        Format::Subdomain => {
            (forms::is_subdomain, "lower-case letters, digits, `-` and `.`, each part beginning and ending with a letter or digit")
        }
        Format::ConfigKey => (is_config_key, "letters, digits, `-`, `_` and `.`"),
        Format::Group => (forms::is_group, "an API group like `apps`, or empty for the core"),
        Format::KindName => (forms::is_kind, "the name of a kind like `Service`"),
        Format::Label => (forms::is_label, "lower-case letters, digits and `-`, beginning and ending with a letter or digit"),
        Format::HostPattern => (forms::is_host_pattern, "a host like `shop.example.com` or `*.example.com`"),
        Format::HeaderName => (forms::is_header, "the name of a header like `x-user`"),
        Format::GatewayDuration => (forms::is_gateway_duration, "a duration like `1m30s`, of whole `h`, `m`, `s` and `ms`"),
        Format::CorsOrigin => (forms::is_cors_origin, "an origin like `https://shop.example.com`, or `*`"),
        Format::PrometheusDuration => (forms::is_prometheus_duration, "a duration like `1h30m`, the larger unit first"),
        Format::MetricLabel => (forms::is_metric_label, "letters, digits and `_`, no digit first"),
        Format::LabelValue => (forms::is_label_value, "letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit"),
        Format::LabelKey => (forms::is_label_key, "the key of a label like `example.com/tier`"),
        Format::NodeCount => (forms::is_node_count, "a number of nodes like `3`, or a share like `10%`"),
        Format::DurationOrNever => (forms::is_duration_or_never, "a duration like `720h` of whole `h`, `m` and `s`, or `Never`"),
        Format::PlainDuration => (forms::is_plain_duration, "a duration like `1h30m` of whole `h`, `m` and `s`"),
        Format::HoursAndMinutes => (forms::is_hours_and_minutes, "whole hours and minutes like `8h30m`"),
        Format::AmiId => (|text| forms::is_aws_id(text, "ami-"), "the id of an image like `ami-0123456789abcdef0`"),
        Format::SecurityGroupId => (|text| forms::is_aws_id(text, "sg-"), "the id of a security group like `sg-0123456789abcdef0`"),
        Format::SubnetId => (|text| forms::is_aws_id(text, "subnet-"), "the id of a subnet like `subnet-0123456789abcdef0`"),
        Format::EbsSize => (forms::is_ebs_size, "a size of up to 64Ti like `100Gi`, in whole `G`, `Gi`, `T` or `Ti`"),
        Format::Quantity => (is_quantity, "an amount like `500m`, `2` or `1Gi`"),
    })
}

/// A quantity as the API server reads it: sign, digits with at most one point, suffix. `K` alone and a space are none (rules.md §5.1).
fn is_quantity(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let suffix = unsigned.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number = unsigned.get(..unsigned.len() - suffix.len()).unwrap_or("");
    let is_number = |text: &str| text.bytes().any(|b| b.is_ascii_digit()) && text.bytes().filter(|b| *b == b'.').count() <= 1;
    is_number(number)
        && match suffix {
            "" | "n" | "u" | "m" | "k" | "M" | "G" | "T" | "P" | "E" | "Ki" | "Mi" | "Gi" | "Ti" | "Pi" | "Ei" => true,
            _ => suffix.strip_prefix(['e', 'E']).is_some_and(|exponent| {
                let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
                !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
            }),
        }
}

fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len() - body.len() <= 2
        && body.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
}

fn is_date_time(text: &str) -> bool {
    let shape = |text: &str, pattern: &str| {
        text.len() == pattern.len()
            && text.bytes().zip(pattern.bytes()).all(|(b, p)| if p == b'0' { b.is_ascii_digit() } else { b.eq_ignore_ascii_case(&p) })
    };
    let Some((time, rest)) = text.split_at_checked(19) else { return false };
    let rest = rest.strip_prefix('.').map_or(rest, |fraction| fraction.trim_start_matches(|c: char| c.is_ascii_digit()));
    shape(time, "0000-00-00T00:00:00") && (shape(rest, "Z") || shape(rest, "+00:00") || shape(rest, "-00:00"))
}

fn is_config_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities() {
        for right in ["0", "1", "500m", "1Gi", "0.5Gi", ".5", "1.", "1e3", "1E", "1E6", "12e-3", "+1", "-1", "100n", "128974848"] {
            assert!(is_quantity(right), "{right}");
        }
        for wrong in ["", "1K", "1 Gi", "1000mx", "1e3Mi", "NaN", ".", "1..2", "1.2.3", "Gi", "1GB", "1gi", "--1", "1e", "1e+", "1ë"] {
            assert!(!is_quantity(wrong), "{wrong}");
        }
    }

    #[test]
    fn other_formats() {
        assert!(is_base64("") && is_base64("YQ==") && is_base64("YWI=") && is_base64("YWJj"));
        assert!(!is_base64("a") && !is_base64("YQ=") && !is_base64("Y===") && !is_base64("YWJ-") && !is_base64("a b="));
        assert!(is_date_time("2026-01-31T08:00:00Z") && is_date_time("2026-01-31T08:00:00.123456+01:00"));
        assert!(
            !is_date_time("2026-01-31")
                && !is_date_time("2026-01-31 08:00:00Z")
                && !is_date_time("2026-01-31T08:00:00")
                && !is_date_time("ä")
        );
        assert!(is_config_key("a_B-9.txt") && !is_config_key("") && !is_config_key("a/b"));
    }

    #[test]
    fn bounds_are_said_as_people_read_them() {
        let wrong = |low, high| bounds((low, high), 300, |bounds| format!("{bounds} characters long"));
        assert_eq!(wrong(Some(1), Some(253)), Err(Wrong::Form("1 to 253 characters long".to_owned())));
        assert_eq!(wrong(None, Some(253)), Err(Wrong::Form("at most 253 characters long".to_owned())));
        assert_eq!(wrong(Some(301), None), Err(Wrong::Form("301 or more characters long".to_owned())));
        assert_eq!(wrong(Some(1), Some(1)), Err(Wrong::Form("exactly 1 characters long".to_owned())));
        assert_eq!(wrong(Some(300), Some(300)), Ok(()));
    }
}
