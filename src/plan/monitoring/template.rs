//! Templates in labels and annotations of alerts: what Go's parser and Prometheus' list of functions would refuse (M7).

use crate::check::suggest::nearest;

/// What is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub message: String,
    /// A known word near the wrong one.
    pub near: Option<&'static str>,
}

fn fault<T>(message: impl Into<String>) -> Result<T, Fault> {
    Err(Fault { message: message.into(), near: None })
}

/// Functions of Go's templates and of Prometheus'.
const FUNCTIONS: [&str; 52] = [
    "and",
    "args",
    "call",
    "eq",
    "externalURL",
    "first",
    "ge",
    "graphLink",
    "gt",
    "html",
    "humanize",
    "humanize1024",
    "humanizeDuration",
    "humanizePercentage",
    "humanizeTimestamp",
    "index",
    "js",
    "label",
    "le",
    "len",
    "lt",
    "match",
    "ne",
    "not",
    "now",
    "or",
    "parseDuration",
    "pathPrefix",
    "print",
    "printf",
    "println",
    "query",
    "reReplaceAll",
    "safeHtml",
    "slice",
    "sortByLabel",
    "stripDomain",
    "stripPort",
    "strvalue",
    "tableLink",
    "title",
    "tmpl",
    "toDuration",
    "toLower",
    "toTime",
    "toUpper",
    "urlQueryEscape",
    "urlquery",
    "value",
    "true",
    "false",
    "nil",
];
/// Words that begin an action.
const ACTIONS: [&str; 9] = ["if", "else", "end", "range", "with", "define", "template", "block", "break"];
/// What Prometheus sets before the text.
const VARIABLES: [&str; 4] = ["$labels", "$externalLabels", "$externalURL", "$value"];
/// The same as fields of `.`.
const FIELDS: [&str; 4] = [".Labels", ".ExternalLabels", ".ExternalURL", ".Value"];

/// Would Prometheus read this text as a template?
pub(super) fn check(text: &str) -> Result<(), Fault> {
    let mut rest = text;
    let mut open: Vec<&str> = Vec::new();
    let mut own: Vec<String> = Vec::new();
    while let Some((_, after)) = rest.split_once("{{") {
        let after = after.strip_prefix("- ").unwrap_or(after);
        if let Some(comment) = after.trim_start().strip_prefix("/*") {
            let Some((_, behind)) = comment.split_once("*/") else { return fault("a comment is not closed") };
            let Some((_, behind)) = behind.split_once("}}") else { return fault("`{{` is not closed") };
            rest = behind;
            continue;
        }
        let (words, length) = words(after)?;
        rest = after.get(length..).unwrap_or("");
        action(&words, &mut open, &mut own)?;
    }
    match open.last() {
        Some(word) => fault(format!("`{{{{ {word} }}}}` has no `{{{{ end }}}}`")),
        None => Ok(()),
    }
}

/// The words of an action up to its `}}`, and how long it is with that.
fn words(text: &str) -> Result<(Vec<String>, usize), Fault> {
    let mut all = Vec::new();
    let mut at = 0;
    let mut depth = 0;
    loop {
        let rest = text.get(at..).unwrap_or("");
        let Some(first) = rest.chars().next() else { return fault("`{{` is not closed") };
        if rest.starts_with("}}") || rest.starts_with("-}}") {
            if depth > 0 {
                return fault("a `(` is not closed");
            }
            return Ok((all, at + if first == '-' { 3 } else { 2 }));
        }
        let length = match first {
            ' ' | '\t' | '\n' | '\r' => first.len_utf8(),
            '"' | '`' | '\'' => {
                let end = quoted(rest, first)?;
                all.push("\"\"".to_owned());
                end
            }
            '(' | ')' => {
                depth += if first == '(' { 1 } else { -1 };
                if depth < 0 {
                    return fault("a `)` closes nothing");
                }
                all.push(first.to_string());
                1
            }
            '|' | ',' => {
                all.push(first.to_string());
                1
            }
            ':' | '=' => {
                let length = if rest.starts_with(":=") { 2 } else { 1 };
                all.push(rest.get(..length).unwrap_or("").to_owned());
                length
            }
            c if c.is_alphanumeric() || matches!(c, '$' | '.' | '_' | '-' | '+') => {
                let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '$' | '.' | '_' | '+' | '-'))).unwrap_or(rest.len());
                let word = rest.get(..end).unwrap_or("");
                // `-}}` trims what follows and is no part of the word.
                let word = if rest.get(end..).is_some_and(|r| r.starts_with("}}")) { word.strip_suffix('-').unwrap_or(word) } else { word };
                if !word.is_empty() {
                    all.push(word.to_owned());
                }
                word.len().max(1)
            }
            c => return fault(format!("`{c}` means nothing between `{{{{` and `}}}}`")),
        };
        at += length;
    }
}

/// The length of a quoted text.
fn quoted(text: &str, quote: char) -> Result<usize, Fault> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !escaped {
            return Ok(at + 1);
        }
        escaped = c == '\\' && !escaped && quote != '`';
    }
    fault("a text in quotes is not closed")
}

fn action(words: &[String], open: &mut Vec<&'static str>, own: &mut Vec<String>) -> Result<(), Fault> {
    let Some(first) = words.first() else { return fault("`{{ }}` is empty") };
    let mut from = 1;
    match first.as_str() {
        "end" => return if open.pop().is_some() { Ok(()) } else { fault("an `{{ end }}` ends nothing") },
        "else" => {
            if open.is_empty() {
                return fault("an `{{ else }}` stands outside of `{{ if }}`, `{{ range }}` and `{{ with }}`");
            }
            from = if words.get(1).is_some_and(|w| w == "if" || w == "with") { 2 } else { 1 };
        }
        "template" => return Ok(()),
        word => match ACTIONS.iter().find(|a| **a == word) {
            Some(known) if *known != "break" => open.push(known),
            Some(_) => return Ok(()),
            None => from = 0,
        },
    }
    let declares = words.iter().position(|w| w == ":=");
    for word in words.iter().take(declares.unwrap_or(0)).filter(|w| w.starts_with('$')) {
        own.push(word.clone());
    }
    let nested = open.iter().any(|w| matches!(*w, "range" | "with" | "define" | "block"));
    for word in words.iter().skip(declares.map_or(from, |at| at + 1)) {
        known(word, nested, own)?;
    }
    Ok(())
}

/// Is this a word that a template may hold?
fn known(word: &str, nested: bool, own: &[String]) -> Result<(), Fault> {
    let unknown = |what: &str, among: &[&'static str], whole: &str| {
        Err(Fault { message: format!("there is no {what} `{whole}`"), near: nearest(whole, among.iter().copied()) })
    };
    if word.starts_with('$') {
        let name = word.split('.').next().unwrap_or(word);
        let is_known = name == "$" || VARIABLES.contains(&name) || own.iter().any(|o| o == name);
        return if is_known { Ok(()) } else { unknown("variable", &VARIABLES, name) };
    }
    if let Some(field) = word.strip_prefix('.') {
        // Inside `range` and `with` the dot is another value.
        if field.is_empty() || nested {
            return Ok(());
        }
        let name = format!(".{}", field.split('.').next().unwrap_or(field));
        return if FIELDS.contains(&&*name) { Ok(()) } else { unknown("field", &FIELDS, &name) };
    }
    let is_name = word.starts_with(|c: char| c.is_alphabetic() || c == '_');
    if is_name && !FUNCTIONS.contains(&word) {
        return unknown("function", &FUNCTIONS, word);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_reads_is_taken() {
        for text in [
            "",
            "plain } { text",
            "{{ $labels.pod }} uses {{ $value | humanizePercentage }}",
            "{{$labels.pod}}{{- .Value -}} x",
            "{{ if gt $value 0.5 }}high{{ else if eq $labels.a \"b\" }}x{{ else }}low{{ end }}",
            "{{ range query \"up{job='a'}\" }}{{ .Labels.instance }} {{ . | value }}{{ end }}",
            "{{ with printf \"a %s\" $labels.job | query }}{{ . | first | value | humanize }}{{ end }}",
            "{{ $x := reReplaceAll \"(.*)\" `$1` $labels.a }}{{ $x }} {{ (printf \"%d\" 5) }}",
            "{{/* a comment */}}{{ externalURL }}",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_go_refuses_is_refused() {
        let wrong = |text: &str| check(text).map_or_else(|f| (f.message, f.near), |()| (String::new(), None));
        let said = |text: &str| wrong(text).0;
        assert_eq!(said("{{ $labels.pod"), "`{{` is not closed");
        assert_eq!(wrong("{{ $label.pod }}"), ("there is no variable `$label`".to_owned(), Some("$labels")));
        assert_eq!(wrong("{{ $value | humanise }}"), ("there is no function `humanise`".to_owned(), Some("humanize")));
        assert_eq!(wrong("{{ .Label.pod }}"), ("there is no field `.Label`".to_owned(), Some(".Labels")));
        assert_eq!(said("{{ if $value }}x"), "`{{ if }}` has no `{{ end }}`");
        assert_eq!(said("x{{ end }}"), "an `{{ end }}` ends nothing");
        assert_eq!(said("{{ }}"), "`{{ }}` is empty");
        assert_eq!(said("{{ (print 1 }}"), "a `(` is not closed");
        assert_eq!(said("{{ \"a }}"), "a text in quotes is not closed");
        assert_eq!(said("{{ $value % 2 }}"), "`%` means nothing between `{{` and `}}`");
    }
}
