//! Tokens to what an expression gives and reads. Prometheus' grammar and the checks of types that its parser makes.

use super::functions::{AGGREGATIONS, Aggregation, EXPERIMENTAL, FUNCTIONS, Function};
use super::lex::{Token, lex};
use super::{Fault, Kind, PromQl, Selector, fault, is_metric_name, regex};
use std::ops::Range;

/// Deeper than this no person reads, and the parser calls itself.
const DEEPEST: usize = 64;

pub(super) fn parse(text: &str) -> Result<PromQl, Fault> {
    let tokens = lex(text)?;
    if matches!(tokens.as_slice(), [(Token::End, _)]) {
        return fault(0..text.len(), "this expression is empty");
    }
    let mut parser = Parser { text, tokens, at: 0, depth: 0, selectors: Vec::new() };
    let whole = parser.expression(0)?;
    let (token, at) = parser.peek();
    match token {
        Token::End => Ok(PromQl {
            text: text.into(),
            kind: whole.kind,
            selectors: parser.selectors,
            plain: whole.form == Form::Selector,
            single: whole.series == Series::One,
        }),
        Token::Word if parser.is_word(&["offset"]) => fault(at, "an `offset` stands right behind a selector or a subquery"),
        Token::Sign(")") => fault(at, "this `)` closes nothing"),
        _ => fault(at.clone(), format!("`{}` cannot follow here", parser.slice(&at))),
    }
}

/// What was read: what it gives, where it stands, and what may follow it.
#[derive(Clone)]
struct Value {
    kind: Kind,
    at: Range<usize>,
    form: Form,
    series: Series,
}

/// How many series there can be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Series {
    /// One at most.
    One,
    /// One for each bucket of a histogram.
    Buckets,
    /// Nobody knows.
    Many,
}

/// What may stand behind: a range wants a bare selector, a step any instant vector, `bool` is wanted between numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A selector with nothing behind it.
    Selector,
    /// A selector or subquery with an offset or a time.
    Shifted,
    /// A range or a subquery with nothing behind it.
    Ranged,
    Other,
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<(Token, Range<usize>)>,
    at: usize,
    depth: usize,
    selectors: Vec<Selector>,
}

/// An operator between two expressions, by how strongly it binds.
const OPERATORS: [(&[&str], u8); 6] = [
    (&["or"], 1),
    (&["and", "unless"], 2),
    (&["==", "!=", "<=", ">=", "<", ">"], 3),
    (&["+", "-"], 4),
    (&["*", "/", "%", "atan2"], 5),
    (&["^"], 6),
];
/// How strongly a sign before an expression binds: as a product.
const SIGN: u8 = 5;

/// Keywords that no braces make a metric.
const NEVER_METRICS: [&str; 6] = ["on", "ignoring", "group_left", "group_right", "bool", "atan2"];

/// Words that are no metric where an operator could stand.
const KEYWORDS: [&str; 14] =
    ["and", "or", "unless", "atan2", "by", "without", "on", "ignoring", "group_left", "group_right", "bool", "offset", "inf", "nan"];

impl Parser<'_> {
    fn peek(&self) -> (Token, Range<usize>) {
        let end = self.text.len();
        self.tokens.get(self.at).cloned().unwrap_or((Token::End, end..end))
    }
    fn slice(&self, at: &Range<usize>) -> &str {
        self.text.get(at.clone()).unwrap_or("")
    }
    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.tokens.get(self.at), Some((Token::Sign(s), _)) if *s == sign)
    }
    /// Is the next token one of these words? Prometheus reads keywords in any case.
    fn is_word(&self, words: &[&str]) -> bool {
        matches!(self.tokens.get(self.at), Some((Token::Word, at)) if words.iter().any(|w| self.slice(at).eq_ignore_ascii_case(w)))
    }
    fn take(&mut self, sign: &str) -> bool {
        let there = self.is_sign(sign);
        self.at += usize::from(there);
        there
    }
    fn take_word(&mut self, word: &str) -> bool {
        let there = self.is_word(&[word]);
        self.at += usize::from(there);
        there
    }
    /// The sign, or a fault that says what was open.
    fn close(&mut self, sign: &str, open: &Range<usize>) -> Result<usize, Fault> {
        let (token, at) = self.peek();
        if self.take(sign) {
            return Ok(at.end);
        }
        match token {
            Token::End => fault(open.clone(), format!("this `{}` is not closed", self.slice(open))),
            _ => fault(at.clone(), format!("`{}` stands where `{sign}` is expected", self.slice(&at))),
        }
    }

    fn operator(&self) -> Option<(&'static str, u8)> {
        let (token, at) = self.tokens.get(self.at)?;
        let text = self.slice(at);
        let fits = |known: &str| match token {
            Token::Sign(sign) => *sign == known,
            Token::Word => text.eq_ignore_ascii_case(known),
            _ => false,
        };
        OPERATORS.iter().find_map(|(names, binds)| names.iter().find(|name| fits(name)).map(|name| (*name, *binds)))
    }

    fn expression(&mut self, least: u8) -> Result<Value, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return fault(self.peek().1, format!("this expression is nested more than {DEEPEST} deep"));
        }
        let mut left = self.unary()?;
        while let Some((name, binds)) = self.operator().filter(|(_, binds)| *binds >= least.max(1)) {
            let sign = self.peek().1;
            self.at += 1;
            let matching = self.matching(name)?;
            // `^` binds to the right.
            let right = self.expression(if name == "^" { binds } else { binds + 1 })?;
            left = self.binary(&left, name, sign, &matching, &right)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn unary(&mut self) -> Result<Value, Fault> {
        let start = self.peek().1.start;
        if self.take("-") || self.take("+") {
            let of = self.expression(SIGN + 1)?;
            if !matches!(of.kind, Kind::Scalar | Kind::Vector) {
                return fault(of.at.clone(), format!("a sign stands before a number or an instant vector, and this is {}", of.kind.a()));
            }
            return Ok(Value { at: start..of.at.end, form: Form::Other, ..of });
        }
        let value = self.primary()?;
        self.behind(value)
    }

    /// What stands between an operator and its right side.
    fn matching(&mut self, operator: &str) -> Result<Matching, Fault> {
        let mut matching = Matching::default();
        let at = self.peek().1;
        if self.take_word("bool") {
            if !["==", "!=", "<=", ">=", "<", ">"].contains(&operator) {
                return fault(at, format!("`bool` stands behind a comparison, and `{operator}` is none"));
            }
            matching.bool = true;
        }
        let at = self.peek().1;
        if self.is_word(&["on", "ignoring"]) {
            let is_on = self.is_word(&["on"]);
            self.at += 1;
            let labels = self.labels()?;
            matching.of = Some(at);
            let group = self.peek().1;
            if self.is_word(&["group_left", "group_right"]) {
                self.at += 1;
                matching.grouped = true;
                if matches!(operator, "and" | "or" | "unless") {
                    return fault(group, format!("`{operator}` has no grouping: it pairs many with many"));
                }
                if self.is_sign("(") {
                    let more = self.labels()?;
                    if let Some((name, at)) = more.into_iter().find(|(name, _)| is_on && labels.iter().any(|(l, _)| l == name)) {
                        return fault(at, format!("label `{name}` stands in `on` and in the grouping at once"));
                    }
                }
            }
        }
        Ok(matching)
    }

    fn binary(&self, left: &Value, name: &str, sign: Range<usize>, matching: &Matching, right: &Value) -> Result<Value, Fault> {
        for side in [left, right] {
            if !matches!(side.kind, Kind::Scalar | Kind::Vector) {
                let said = format!("`{name}` takes numbers and instant vectors, and this is {}", side.kind.a());
                return Err(Fault { at: side.at.clone(), message: said, help: range_help(side.kind), among: Vec::new() });
            }
        }
        let scalars = left.kind == Kind::Scalar && right.kind == Kind::Scalar;
        let one = left.kind == Kind::Scalar || right.kind == Kind::Scalar;
        if one && matches!(name, "and" | "or" | "unless") {
            return fault(sign, format!("`{name}` stands between two instant vectors, and one of these is a single number"));
        }
        if let Some(of) = &matching.of
            && one
        {
            return fault(of.clone(), "labels are matched between two instant vectors, and one of these is a single number");
        }
        if scalars && ["==", "!=", "<=", ">=", "<", ">"].contains(&name) && !matching.bool {
            return Err(Fault {
                at: sign,
                message: "two single numbers are compared with `bool`".to_owned(),
                help: Some(format!("write `{name} bool`")),
                among: Vec::new(),
            });
        }
        let kind = if scalars { Kind::Scalar } else { Kind::Vector };
        let both = left.series == Series::One && right.series == Series::One;
        let series = match name {
            "and" | "unless" => left.series,
            // What has no labels is paired with what has none: one of the two suffices, unless many are paired with one.
            _ if both || (name != "or" && !one && !matching.grouped && (left.series == Series::One || right.series == Series::One)) => {
                Series::One
            }
            _ => Series::Many,
        };
        Ok(Value { kind, at: left.at.start..right.at.end, form: Form::Other, series })
    }

    /// `(a, b)` after `by`, `on` and the like.
    fn labels(&mut self) -> Result<Vec<(String, Range<usize>)>, Fault> {
        let open = self.peek().1;
        if !self.take("(") {
            return fault(open.clone(), format!("labels in parentheses are expected here{}", found(self.slice(&open))));
        }
        let mut all = Vec::new();
        loop {
            if self.is_sign(")") {
                break;
            }
            let (token, at) = self.peek();
            match token {
                Token::Word if !self.slice(&at).contains(':') => all.push((self.slice(&at).to_owned(), at)),
                Token::Text(name) if !name.is_empty() => all.push((name, at)),
                Token::End => return fault(open.clone(), "this `(` is not closed"),
                _ => return fault(at.clone(), format!("`{}` is no name of a label", self.slice(&at))),
            }
            self.at += 1;
            if !self.take(",") {
                break;
            }
        }
        self.close(")", &open)?;
        Ok(all)
    }

    fn primary(&mut self) -> Result<Value, Fault> {
        let (token, at) = self.peek();
        let plain = |kind| Value { kind, at: at.clone(), form: Form::Other, series: Series::One };
        match token {
            // A duration is a number of seconds since Prometheus 3.
            Token::Number | Token::Duration(_) => {
                self.at += 1;
                Ok(plain(Kind::Scalar))
            }
            Token::Text(_) => {
                self.at += 1;
                Ok(plain(Kind::String))
            }
            Token::Sign("(") => {
                self.at += 1;
                let inner = self.expression(0)?;
                let end = self.close(")", &at)?;
                Ok(Value { at: at.start..end, form: Form::Other, ..inner })
            }
            Token::Sign("{") => self.selector(None, at),
            Token::Word => self.word(at),
            Token::End => fault(at.start.saturating_sub(1)..at.start, "the expression ends where something is expected"),
            Token::Sign(sign) => fault(at, format!("`{sign}` stands where a metric, a function or a number is expected")),
        }
    }

    fn word(&mut self, at: Range<usize>) -> Result<Value, Fault> {
        let text = self.slice(&at).to_owned();
        self.at += 1;
        let calls = self.is_sign("(");
        let lower = text.to_ascii_lowercase();
        let aggregation = AGGREGATIONS.iter().find(|a| a.name == lower);
        if let Some(aggregation) = aggregation
            && (calls || self.is_word(&["by", "without"]))
        {
            return self.aggregate(aggregation, at);
        }
        if calls {
            if let Some(function) = FUNCTIONS.iter().find(|f| f.name == text) {
                return self.call(function, at);
            }
            return Err(unknown(&text, at));
        }
        if matches!(&*lower, "inf" | "nan") {
            return Ok(Value { kind: Kind::Scalar, at, form: Form::Other, series: Series::One });
        }
        let is_metric = self.is_sign("{") && !NEVER_METRICS.contains(&&*lower);
        if KEYWORDS.contains(&&*lower) && !is_metric {
            return fault(at, format!("`{text}` stands where a metric, a function or a number is expected"));
        }
        self.selector(Some(text), at)
    }

    /// `sum by (a) (x)` and `sum(x) by (a)`.
    fn aggregate(&mut self, of: &Aggregation, at: Range<usize>) -> Result<Value, Fault> {
        let mut grouped = self.is_word(&["by", "without"]);
        let (mut by, mut labels) = (self.is_word(&["by"]), Vec::new());
        if grouped {
            self.at += 1;
            labels = self.labels()?;
        }
        let open = self.peek().1;
        if !self.take("(") {
            return fault(open.clone(), format!("`{}` takes its vector in parentheses{}", of.name, found(self.slice(&open))));
        }
        let arguments = self.arguments(&open, None)?;
        let mut end = self.close(")", &open)?;
        if !grouped && self.is_word(&["by", "without"]) {
            by = self.is_word(&["by"]);
            self.at += 1;
            labels = self.labels()?;
            grouped = true;
            end = self.tokens.get(self.at.saturating_sub(1)).map_or(end, |(_, at)| at.end);
        }
        let keeps = matches!(of.name, "topk" | "bottomk" | "limitk" | "limit_ratio" | "count_values");
        let series = match labels.as_slice() {
            _ if keeps || grouped && !by => Series::Many,
            [] => Series::One,
            [(label, _)] if label == "le" => Series::Buckets,
            _ => Series::Many,
        };
        let takes: Vec<Kind> = of.parameter.into_iter().chain([Kind::Vector]).collect();
        self.fit(of.name, &takes, takes.len(), false, &arguments, at.start..end)?;
        Ok(Value { kind: Kind::Vector, at: at.start..end, form: Form::Other, series })
    }

    fn call(&mut self, of: &'static Function, at: Range<usize>) -> Result<Value, Fault> {
        let open = self.peek().1;
        self.at += 1;
        let arguments = self.arguments(&open, Some(of.name))?;
        let end = self.close(")", &open)?;
        self.fit(of.name, of.takes, of.least, of.repeats, &arguments, at.start..end)?;
        let made = matches!(of.name, "absent" | "absent_over_time" | "scalar" | "vector");
        let buckets = of.name.starts_with("histogram_") && arguments.iter().all(|a| a.series != Series::Many);
        let series = if made || buckets || arguments.iter().all(|a| a.series == Series::One) { Series::One } else { Series::Many };
        Ok(Value { kind: of.gives, at: at.start..end, form: Form::Other, series })
    }

    fn arguments(&mut self, open: &Range<usize>, function: Option<&'static str>) -> Result<Vec<Value>, Fault> {
        let mut all = Vec::new();
        if self.is_sign(")") {
            return Ok(all);
        }
        loop {
            let before = self.selectors.len();
            let value = self.expression(0)?;
            if matches!(value.form, Form::Selector | Form::Shifted | Form::Ranged)
                && let Some(selector) = self.selectors.get_mut(before)
            {
                selector.function = function;
            }
            all.push(value);
            if !self.take(",") {
                return Ok(all);
            }
            let (token, at) = self.peek();
            if self.is_sign(")") || token == Token::End {
                let message = "an argument is expected behind the comma";
                return fault(if token == Token::End { open.clone() } else { at }, message);
            }
        }
    }

    fn fit(&self, name: &str, takes: &[Kind], least: usize, repeats: bool, arguments: &[Value], at: Range<usize>) -> Result<(), Fault> {
        let count = arguments.len();
        if count < least || count > takes.len() && !repeats {
            let wanted = match (least, takes.len()) {
                _ if repeats => format!("{least} arguments or more"),
                (a, b) if a == b => format!("{a} argument{}", if a == 1 { "" } else { "s" }),
                (a, b) => format!("{a} to {b} arguments"),
            };
            return fault(at, format!("`{name}` takes {wanted}, and has {count}"));
        }
        for (number, argument) in arguments.iter().enumerate() {
            let Some(wanted) = takes.get(number).or(takes.last()) else { continue };
            if argument.kind != *wanted {
                let help = match (wanted, argument.kind) {
                    (Kind::Matrix, Kind::Vector) if argument.form == Form::Selector => {
                        Some(format!("say how far back: `{}[5m]`", self.slice(&argument.at)))
                    }
                    (Kind::Matrix, Kind::Vector) => Some("make it a subquery: `(…)[30m:1m]`".to_owned()),
                    (_, kind) => range_help(kind),
                };
                let message = format!("`{name}` takes {} here, and this is {}", wanted.a(), argument.kind.a());
                return Err(Fault { at: argument.at.clone(), message, help, among: Vec::new() });
            }
        }
        Ok(())
    }

    /// `metric{label="value", …}`.
    fn selector(&mut self, metric: Option<String>, start: Range<usize>) -> Result<Value, Fault> {
        let mut metric = metric;
        let (mut end, mut matches, mut named) = (start.end, metric.is_some(), metric.is_some());
        let open = self.peek().1;
        if self.take("{") {
            while !self.is_sign("}") {
                let (token, at) = self.peek();
                let name = match token {
                    Token::Word => self.slice(&at).to_owned(),
                    Token::Text(name) => {
                        let next = self.tokens.get(self.at + 1).map(|(token, _)| token.clone());
                        if matches!(next, Some(Token::Sign("," | "}"))) {
                            // The metric's name in quotes, as Prometheus 3 has it.
                            if named {
                                return fault(at, "the metric is named twice");
                            }
                            (metric, named, matches) = (Some(name), true, true);
                            self.at += 1;
                            self.take(",");
                            continue;
                        }
                        name
                    }
                    Token::End => return fault(open, "this `{` is not closed"),
                    _ => return fault(at.clone(), format!("`{}` stands where the name of a label is expected", self.slice(&at))),
                };
                if name.contains(':') {
                    return fault(at, format!("`{name}` is no name of a label"));
                }
                self.at += 1;
                let (sign, sign_at) = self.peek();
                let Token::Sign(sign @ ("=" | "!=" | "=~" | "!~")) = sign else {
                    let wrong = self.slice(&sign_at).to_owned();
                    let help = (wrong == "==").then(|| "write one `=`".to_owned());
                    let message = format!("`=`, `!=`, `=~` or `!~` is expected behind the label{}", found(&wrong));
                    return Err(Fault { at: if wrong.is_empty() { open } else { sign_at }, message, help, among: Vec::new() });
                };
                self.at += 1;
                let (value, value_at) = self.peek();
                let Token::Text(value) = value else {
                    let wrong = self.slice(&value_at).to_owned();
                    let help = (!wrong.is_empty()).then(|| format!("put it in quotes: `\"{wrong}\"`"));
                    return Err(Fault {
                        at: value_at,
                        message: "a label is compared with text in quotes".to_owned(),
                        help,
                        among: Vec::new(),
                    });
                };
                self.at += 1;
                let empty = match sign {
                    "=" | "!=" => value.is_empty(),
                    _ => regex::matches_empty(&value).map_err(|(offset, why)| {
                        // Where the text has no escapes, the byte is known.
                        let exact = self.slice(&value_at).get(1..).is_some_and(|inner| inner.starts_with(&value));
                        let from = value_at.start + 1 + offset;
                        Fault {
                            at: if exact { from..from + 1 } else { value_at.clone() },
                            message: format!("this is no regular expression of Prometheus: {why}"),
                            help: None,
                            among: Vec::new(),
                        }
                    })?,
                };
                if name == "__name__" {
                    if named && sign == "=" {
                        return fault(at, "the metric is named twice");
                    }
                    if sign == "=" {
                        (metric, named) = (Some(value.clone()), true);
                    }
                }
                matches |= empty != matches!(sign, "=" | "=~");
                if !self.take(",") {
                    break;
                }
            }
            end = self.close("}", &open)?;
        }
        let at = start.start..end;
        if !matches {
            return Err(Fault {
                at,
                message: "this selects every series there is: each of its matchers also takes an absent label".to_owned(),
                help: Some("name a metric, or match a label with text".to_owned()),
                among: Vec::new(),
            });
        }
        if let Some(name) = &metric
            && !is_metric_name(name)
            && self.slice(&start) == name
        {
            return fault(start, format!("`{name}` is no name of a metric"));
        }
        self.selectors.push(Selector { metric, range: None, function: None, at: at.clone() });
        Ok(Value { kind: Kind::Vector, at, form: Form::Selector, series: Series::Many })
    }

    /// `[5m]`, `[1h:1m]`, `offset 5m` and `@ 1609746000` behind an expression.
    fn behind(&mut self, mut value: Value) -> Result<Value, Fault> {
        let (mut has_offset, mut has_time) = (false, false);
        loop {
            let at = self.peek().1;
            if self.take("[") {
                value = self.range(&value, &at)?;
            } else if self.take_word("offset") {
                self.shiftable(&value, &at, "offset")?;
                if has_offset {
                    return fault(at, "`offset` is said twice");
                }
                has_offset = true;
                let _ = self.take("-") || self.take("+");
                value.at.end = self.duration("how far back")?.1;
                value.form = Form::Shifted;
            } else if self.take("@") {
                self.shiftable(&value, &at, "@")?;
                if has_time {
                    return fault(at, "`@` is said twice");
                }
                has_time = true;
                let (token, time) = self.peek();
                let _ = matches!(token, Token::Sign("-" | "+")) && self.take(self.slice(&time).to_owned().as_str());
                if self.is_word(&["start", "end"]) {
                    self.at += 1;
                    let open = self.peek().1;
                    if !self.take("(") {
                        return fault(time, "`start()` and `end()` have parentheses");
                    }
                    value.at.end = self.close(")", &open)?;
                } else if let (Token::Number, number) = self.peek() {
                    self.at += 1;
                    value.at.end = number.end;
                } else {
                    return fault(time, "a time is expected behind `@`: seconds since 1970, `start()` or `end()`");
                }
                value.form = Form::Shifted;
            } else {
                return Ok(value);
            }
        }
    }

    fn shiftable(&self, value: &Value, at: &Range<usize>, what: &str) -> Result<(), Fault> {
        match value.form {
            Form::Selector | Form::Shifted | Form::Ranged => Ok(()),
            Form::Other => fault(at.clone(), format!("`{what}` stands right behind a selector or a subquery")),
        }
    }

    fn duration(&mut self, what: &str) -> Result<(u64, usize), Fault> {
        let (token, at) = self.peek();
        match token {
            Token::Duration(millis) => {
                self.at += 1;
                Ok((millis, at.end))
            }
            Token::Number => Err(Fault {
                at: at.clone(),
                message: format!("`{}` has no unit, which Prometheus wants before version 3", self.slice(&at)),
                help: Some(format!("write `{}s`", self.slice(&at))),
                among: Vec::new(),
            }),
            _ => fault(at.clone(), format!("a duration like `5m` is expected here, {what}{}", found(self.slice(&at)))),
        }
    }

    fn range(&mut self, value: &Value, open: &Range<usize>) -> Result<Value, Fault> {
        let from = self.peek().1.start;
        let (millis, to) = self.duration("the range")?;
        let is_subquery = self.take(":");
        if is_subquery && !self.is_sign("]") {
            self.duration("the step")?;
        }
        let end = self.close("]", open)?;
        if millis == 0 {
            return fault(from..to, "a range of no time");
        }
        if is_subquery {
            if value.kind != Kind::Vector {
                return fault(value.at.clone(), format!("a subquery is made of an instant vector, and this is {}", value.kind.a()));
            }
        } else {
            match value.form {
                Form::Selector => {}
                Form::Shifted => return fault(open.start..end, "the range stands before `offset` and `@`"),
                _ => {
                    return Err(Fault {
                        at: open.start..end,
                        message: "a range stands right behind a selector".to_owned(),
                        help: Some(format!("make it a subquery: `[{}:]`", self.text.get(from..to).unwrap_or("5m"))),
                        among: Vec::new(),
                    });
                }
            }
            if let Some(selector) = self.selectors.last_mut() {
                selector.range = Some(millis);
                selector.at.end = end;
            }
        }
        Ok(Value { kind: Kind::Matrix, at: value.at.start..end, form: Form::Ranged, series: value.series })
    }
}

#[derive(Default)]
struct Matching {
    bool: bool,
    /// Where labels are matched.
    of: Option<Range<usize>>,
    /// Is many paired with one?
    grouped: bool,
}

fn found(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(", not `{text}`") }
}

fn range_help(kind: Kind) -> Option<String> {
    (kind == Kind::Matrix).then(|| "put a function over the range: `rate(…[5m])`, `avg_over_time(…[5m])`".to_owned())
}

fn unknown(name: &str, at: Range<usize>) -> Fault {
    if name == "holt_winters" {
        return Fault {
            at,
            message: "`holt_winters` is gone since Prometheus 3".to_owned(),
            help: Some("its successor is experimental; `predict_linear` needs no flag".to_owned()),
            among: Vec::new(),
        };
    }
    if EXPERIMENTAL.contains(&name) {
        return Fault {
            at,
            message: format!("`{name}` is experimental: Prometheus knows it only with a feature flag"),
            help: None,
            among: Vec::new(),
        };
    }
    let names = || FUNCTIONS.iter().map(|f| f.name).chain(AGGREGATIONS.iter().map(|a| a.name));
    // `rat` is the beginning of `rate` rather than `rad` misspelt.
    let begun: Vec<_> = names().filter(|known| known.starts_with(name)).collect();
    let among = if begun.is_empty() { names().collect() } else { begun };
    Fault { at, message: format!("Prometheus has no function `{name}`"), help: None, among }
}
