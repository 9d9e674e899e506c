//! Functions and aggregations, with what they take and give.

use super::Kind::{self, Matrix as M, Scalar as S, String as T, Vector as V};

/// A function.
pub(super) struct Function {
    pub name: &'static str,
    /// Its arguments.
    pub takes: &'static [Kind],
    /// How many of them must be there.
    pub least: usize,
    /// May the last one be repeated?
    pub repeats: bool,
    pub gives: Kind,
}

const fn all(name: &'static str, takes: &'static [Kind], gives: Kind) -> Function {
    Function { name, takes, least: takes.len(), repeats: false, gives }
}
const fn some(name: &'static str, takes: &'static [Kind], least: usize) -> Function {
    Function { name, takes, least, repeats: false, gives: V }
}

/// By name; without those that a feature flag switches on.
#[rustfmt::skip]
pub(super) const FUNCTIONS: &[Function] = &[
    all("abs", &[V], V), all("absent", &[V], V), all("absent_over_time", &[M], V), all("acos", &[V], V), all("acosh", &[V], V),
    all("asin", &[V], V), all("asinh", &[V], V), all("atan", &[V], V), all("atanh", &[V], V), all("avg_over_time", &[M], V),
    all("ceil", &[V], V), all("changes", &[M], V), all("clamp", &[V, S, S], V), all("clamp_max", &[V, S], V), all("clamp_min", &[V, S], V),
    all("cos", &[V], V), all("cosh", &[V], V), all("count_over_time", &[M], V), some("day_of_month", &[V], 0), some("day_of_week", &[V], 0),
    some("day_of_year", &[V], 0), some("days_in_month", &[V], 0), all("deg", &[V], V), all("delta", &[M], V), all("deriv", &[M], V),
    all("exp", &[V], V), all("floor", &[V], V), all("histogram_avg", &[V], V), all("histogram_count", &[V], V),
    all("histogram_fraction", &[S, S, V], V), all("histogram_quantile", &[S, V], V), all("histogram_stddev", &[V], V),
    all("histogram_stdvar", &[V], V), all("histogram_sum", &[V], V), some("hour", &[V], 0), all("idelta", &[M], V), all("increase", &[M], V),
    all("irate", &[M], V), Function { name: "label_join", takes: &[V, T, T, T], least: 3, repeats: true, gives: V },
    all("label_replace", &[V, T, T, T, T], V), all("last_over_time", &[M], V), all("ln", &[V], V), all("log10", &[V], V), all("log2", &[V], V),
    all("max_over_time", &[M], V), all("min_over_time", &[M], V), some("minute", &[V], 0), some("month", &[V], 0), all("pi", &[], S),
    all("predict_linear", &[M, S], V), all("present_over_time", &[M], V), all("quantile_over_time", &[S, M], V), all("rad", &[V], V),
    all("rate", &[M], V), all("resets", &[M], V), some("round", &[V, S], 1), all("scalar", &[V], S), all("sgn", &[V], V), all("sin", &[V], V),
    all("sinh", &[V], V), all("sort", &[V], V), all("sort_desc", &[V], V), all("sqrt", &[V], V), all("stddev_over_time", &[M], V),
    all("stdvar_over_time", &[M], V), all("sum_over_time", &[M], V), all("tan", &[V], V), all("tanh", &[V], V), all("time", &[], S),
    all("timestamp", &[V], V), all("vector", &[S], V), some("year", &[V], 0),
];

/// What only `--enable-feature=promql-experimental-functions` switches on.
pub(super) const EXPERIMENTAL: &[&str] = &[
    "double_exponential_smoothing",
    "first_over_time",
    "histogram_quantiles",
    "info",
    "limit_ratio",
    "limitk",
    "mad_over_time",
    "sort_by_label",
    "sort_by_label_desc",
    "ts_of_first_over_time",
    "ts_of_last_over_time",
    "ts_of_max_over_time",
    "ts_of_min_over_time",
];

/// An aggregation.
pub(super) struct Aggregation {
    pub name: &'static str,
    /// What it takes before the vector.
    pub parameter: Option<Kind>,
}

const fn over(name: &'static str, parameter: Option<Kind>) -> Aggregation {
    Aggregation { name, parameter }
}

/// By name.
#[rustfmt::skip]
pub(super) const AGGREGATIONS: &[Aggregation] = &[
    over("avg", None), over("bottomk", Some(S)), over("count", None), over("count_values", Some(T)), over("group", None), over("max", None),
    over("min", None), over("quantile", Some(S)), over("stddev", None), over("stdvar", None), over("sum", None), over("topk", Some(S)),
];
