#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
use super::*;

/// Expressions that Prometheus takes. The control plane's tests ask its own parser the same.
const RIGHT: &str = include_str!("right.txt");
/// What it refuses, each line `expression § the text that is pointed at § what is said`.
const WRONG: &str = include_str!("wrong.txt");

#[test]
fn what_prometheus_takes_is_taken() {
    for line in RIGHT.lines() {
        let read = PromQl::parse(line);
        assert!(read.is_ok(), "{line}: {read:?}");
    }
}

#[test]
fn what_prometheus_refuses_is_refused_where_it_is_wrong() {
    for line in WRONG.lines() {
        let parts: Vec<_> = line.split(" § ").collect();
        let [text, at, message] = parts.as_slice() else { panic!("{line}") };
        let error = PromQl::parse(text).expect_err(text);
        let place = error.at.clone().unwrap();
        assert_eq!((&text[place], &*error.message), (*at, *message), "{text}");
    }
}

#[test]
fn what_is_read_and_given_is_known() {
    let read = |text| PromQl::parse(text).unwrap();
    assert_eq!(read("1 + 2").kind(), Kind::Scalar);
    assert_eq!(read("up[5m]").kind(), Kind::Matrix);
    assert_eq!(read("\"a\"").kind(), Kind::String);
    assert_eq!(read("sum(rate(a_total{b=\"c\"}[2m]) / rate(d[1h30m] offset 1d))").kind(), Kind::Vector);
    let both = read("sum(rate(a_total{b=\"c\"}[2m])) / on(x) max_over_time(d[1h:5m])");
    let of: Vec<_> = both.selectors().iter().map(|s| (s.metric.as_deref().unwrap(), s.range, s.function)).collect();
    assert_eq!(of, [("a_total", Some(120_000), Some("rate")), ("d", None, Some("max_over_time"))]);
    assert!(read("http_requests_total{code!~\"5..\"}").is_plain() && !read("rate(a[5m])").is_plain() && !read("a offset 5m").is_plain());
    for one in [
        "sum(rate(a[2m]))",
        "1",
        "sum(a) / 2",
        "sum(a) / sum(b) or vector(0)",
        "sum by () (a)",
        "max_over_time(sum(a)[5m:1m])",
        "-(sum(a))",
        "histogram_quantile(0.9, sum by (le) (rate(a_bucket[5m])))",
        "absent(a)",
        "scalar(a)",
        "count(a > 5)",
        "sum(a) - a",
        "ceil(avg(a))",
        "sum(a) > 5",
        "sum(a) and b",
        "quantile(0.9, a)",
    ] {
        assert!(read(one).is_single(), "{one}");
    }
    for many in [
        "a",
        "rate(a[2m])",
        "sum by (b) (a)",
        "sum without (b) (a)",
        "topk(3, a)",
        "a / b",
        "a * 2",
        "count_values(\"v\", a)",
        "a or sum(b)",
        "a * on() group_left sum(b)",
        "histogram_quantile(0.9, sum by (le, b) (rate(a_bucket[5m])))",
        "sum(a) by (b)",
        "(a)",
        "a and sum(b)",
    ] {
        assert!(!read(many).is_single(), "{many}");
    }
    assert!(is_metric_name("job:a:rate5m") && !is_metric_name("5a") && !is_metric_name("a-b") && !is_metric_name(""));
}

#[test]
fn what_only_newer_versions_take_is_refused_with_what_all_take() {
    assert_eq!(PromQl::parse("rate(up[300])").unwrap_err().help.as_deref(), Some("write `300s`"));
}

#[test]
fn no_text_makes_it_fail() {
    for line in RIGHT.lines().chain(WRONG.lines()) {
        for (end, _) in line.char_indices() {
            let _ = PromQl::parse(&line[..end]);
            let _ = PromQl::parse(&line[end..]);
        }
    }
    let deep = "(".repeat(100_000);
    assert!(PromQl::parse(&deep).is_err() && PromQl::parse(&"-".repeat(100_000)).is_err());
    assert!(PromQl::parse(&format!("a{{b=~\"{deep}\"}}")).is_err());
}
