//! Wrong forms, and what is said about each: one function per mistake, what it saw in, one message out. The forms of other languages (YAML,
//! JSON, HCL, C, Python) are recognised on purpose, so that the message can name the right one.

use super::characters;
use super::lower::MAX_OPERATORS;
use super::scan::{MAX_BYTES, MAX_NESTING, MAX_TOKENS};
use crate::diagnostic::{Diagnostic, Edit, Fix, codes};
use crate::source::{FileId, Span};

/// A message of the grammar's recovery. A generic one is dropped where its line already has a message: it is most likely an echo.
pub(super) struct Found {
    pub(super) diagnostic: Diagnostic,
    pub(super) generic: bool,
}

impl Found {
    pub(super) fn specific(diagnostic: Diagnostic) -> Self {
        Found { diagnostic, generic: false }
    }
    pub(super) fn generic(diagnostic: Diagnostic) -> Self {
        Found { diagnostic, generic: true }
    }
}

fn text(source: &str, span: Span) -> &str {
    source.get(span.start as usize..span.end as usize).unwrap_or("")
}

/// A piece of source for a message: one line of it, not too long, nothing that a terminal would obey.
fn shown(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    let mut out: String = line
        .chars()
        .take(40)
        .flat_map(|c| if c == '\t' || characters::kind(c) != characters::Kind::Other { c.escape_unicode().collect() } else { vec![c] })
        .collect();
    if out.len() < text.len() && line.chars().count() > 40 || line.len() < text.len() {
        out.push('…');
    }
    out
}

fn word_at_start(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))).unwrap_or(text.len());
    text.get(..end).unwrap_or("")
}

fn edits(mut diagnostic: Diagnostic, text: impl Into<String>, edits: Vec<Edit>) -> Diagnostic {
    diagnostic.fixes.push(Fix { text: text.into(), edits });
    diagnostic
}

// ---- limits

pub(super) fn too_large(file: FileId, length: usize) -> Diagnostic {
    Diagnostic::error(codes::FILE_TOO_LARGE, format!("this file has {length} bytes, and a source may have {MAX_BYTES} (4 MiB)"))
        .at(Span::new(file, 0, 0), "")
        .help("split it: all `.bay` files of a folder are one program")
}

pub(super) fn too_many_tokens(at: Span) -> Diagnostic {
    Diagnostic::error(codes::TOO_MANY_TOKENS, format!("this file has more than {MAX_TOKENS} words and signs"))
        .at(at, "this is one too many")
        .help("split it: all `.bay` files of a folder are one program")
}

pub(super) fn too_deep(at: Span, what: &str) -> Diagnostic {
    Diagnostic::error(codes::NESTED_TOO_DEEPLY, format!("nested too deeply: more than {MAX_NESTING} {what}"))
        .at(at, "too deep here")
        .help("give the inner part a name with `let`, or a `component` of its own")
}

pub(super) fn too_many_operators(at: Span) -> Diagnostic {
    Diagnostic::error(codes::TOO_MANY_OPERATORS, format!("one expression has more than {MAX_OPERATORS} operators"))
        .at(at, "")
        .help("give parts of it names with `let`, or take `sum([…])` of a list")
}

pub(super) fn not_read(at: Span, expected: &str) -> Diagnostic {
    Diagnostic::error(codes::NESTED_TOO_DEEPLY, format!("nested too deeply to be read; {expected} stood next"))
        .at(at, "")
        .help("give the inner part a name with `let`, or a `component` of its own")
}

// ---- characters

pub(super) fn forbidden_character(at: Span, c: char, in_text: bool) -> Diagnostic {
    let name = characters::name(c);
    let (why, fix) = match characters::kind(c) {
        characters::Kind::Bidirectional => {
            ("It changes the order in which a screen shows the text, so that a reader sees another program than the compiler.", "")
        }
        characters::Kind::Space => ("It looks like a space and is none.", " "),
        characters::Kind::ZeroWidth => ("It cannot be seen, so that two names that look alike would differ.", ""),
        _ => ("It cannot be seen, and a terminal may obey it.", ""),
    };
    let out = Diagnostic::error(codes::FORBIDDEN_CHARACTER, format!("the character {name} may not stand here"))
        .at(at, format!("{name} is here"))
        .why(why);
    let out = if fix.is_empty() { out.fix("remove it", at, "") } else { out.fix("write a plain space", at, fix) };
    if in_text {
        let escape = format!("\\u{{{:x}}}", u32::from(c));
        let advice = format!("write `{escape}` if a string needs it");
        return out.fix(advice, at, escape);
    }
    out
}

pub(super) fn foreign_name(word_at: Span, word: &str, at: Span, c: char) -> Diagnostic {
    let number = characters::name(c);
    let out = if c.is_alphanumeric() {
        Diagnostic::error(codes::NAME_NOT_ASCII, format!("the name `{}` has a letter that is not ASCII: `{c}`, {number}", shown(word)))
            .at(at, format!("`{c}` is {number}"))
            .why("Names become names of Kubernetes objects, which are ASCII; and letters of two alphabets may look alike.")
    } else {
        Diagnostic::error(codes::NAME_NOT_ASCII, format!("the character `{c}` ({number}) stands for nothing outside a string")).at(at, "")
    };
    let ascii: String = word.chars().map(|c| if c.is_ascii() { c } else { characters::lookalike(c).unwrap_or('\0') }).collect();
    if ascii.contains('\0') {
        return out.help("use ASCII letters, digits, `_` and `-`; any character may stand in a string");
    }
    out.fix(format!("write `{ascii}` in ASCII letters"), word_at, ascii)
}

pub(super) fn not_text(title: String, at: Span, why: &str, help: &str) -> Diagnostic {
    Diagnostic::error(codes::NOT_UTF8, title).at(at, "").why(why).help(help)
}

// ---- tokens

pub(super) fn hash_comment(at: Span) -> Diagnostic {
    Diagnostic::error(codes::HASH_COMMENT, "a comment begins with `//`, not with `#`").at(at, "").fix("write `//`", at, "//")
}

pub(super) fn semicolon(file: FileId, source: &str, at: usize) -> Diagnostic {
    let span = Span::new(file, at, at + 1);
    // Not the whole of the line, which may hold thousands of them.
    let next = source.get(at + 1..).unwrap_or("").trim_start_matches([' ', '\t']);
    let ends_line = next.is_empty() || next.starts_with(['\n', '\r']) || next.starts_with("//");
    let out = Diagnostic::error(codes::SEMICOLON, "entries are not ended by `;`")
        .at(span, "")
        .why("A line break ends an entry; a comma does, on one line.");
    if ends_line { out.fix("remove the `;`", span, "") } else { out.fix("write a comma", span, ",") }
}

pub(super) fn single_quote(at: Span, content: Option<&str>) -> Diagnostic {
    let out = Diagnostic::error(codes::SINGLE_QUOTES, "a string stands in double quotes").at(at, "");
    match content {
        Some(c) if c.contains(['"', '\\', '$']) && !c.contains('`') => {
            out.fix("write it in backticks, in which nothing is special", at, format!("`{c}`"))
        }
        Some(c) if !c.contains(['"', '`']) => out.fix(format!("write `\"{}\"`", shown(c)), at, format!("\"{c}\"")),
        _ => out.help("write `\"…\"`; inside it, `\\\"` is a quote"),
    }
}

pub(super) fn bad_escape(at: Span, written: &str) -> Diagnostic {
    Diagnostic::error(codes::BAD_ESCAPE, format!("`{}` is no escape", shown(written)))
        .at(at, "")
        .why("The escapes are `\\n`, `\\t`, `\\r`, `\\\"`, `\\\\`, `\\$` and `\\u{…}`. Nothing is special between backticks.")
        .fix("write the backslash twice", at, format!("\\{written}"))
}

pub(super) fn bad_unicode(at: Span) -> Diagnostic {
    Diagnostic::error(codes::BAD_ESCAPE, "`\\u` takes the hexadecimal number of a character in braces, up to `\\u{10ffff}`")
        .at(at, "")
        .help("write for example `\\u{e9}` for é")
}

// ---- brackets and quotes

pub(super) fn unclosed_bracket(at: Span, opener: &str, closer: &str, place: Span, more: usize) -> Diagnostic {
    let others = match more {
        0 => String::new(),
        1 => ", nor is one bracket around it".to_owned(),
        n => format!(", nor are {n} brackets around it"),
    };
    let out =
        Diagnostic::error(codes::UNCLOSED_BRACKET, format!("this `{opener}` is not closed{others}")).at(at, format!("needs a `{closer}`"));
    if more == 0 { out.fix(format!("write `{closer}`"), place, closer) } else { out }
}

/// `missing` is what of the closing quotes does not stand there.
pub(super) fn unclosed_string(at: Span, quote: &str, place: Span, missing: &str) -> Diagnostic {
    let out = Diagnostic::error(codes::UNCLOSED_STRING, format!("this string has no closing `{quote}`")).at(at, "the string begins here");
    let out = if quote == "\"" { out.why("A string in `\"` ends on its line; for several lines there is `\"\"\"`.") } else { out };
    out.fix(format!("write `{quote}`"), place, missing)
}

pub(super) fn stray_closer(at: Span, closer: char) -> Diagnostic {
    Diagnostic::error(codes::STRAY_CLOSER, format!("this `{closer}` closes nothing")).at(at, "").fix("remove it", at, "")
}

pub(super) fn wrong_closer(at: Span, written: char, opener: Span, closer: &str) -> Diagnostic {
    Diagnostic::error(codes::STRAY_CLOSER, format!("a `{closer}` is wanted here, not `{written}`"))
        .at(at, "")
        .at(opener, "to close this")
        .fix(format!("write `{closer}`"), at, closer)
}

pub(super) fn extra_comma(at: Span) -> Diagnostic {
    Diagnostic::error(codes::MISSING_COMMA, "there is one comma too many").at(at, "").fix("remove it", at, "")
}

pub(super) fn missing_comma(source: &str, before: Option<Span>, gap: Span, next: Span) -> Found {
    if let Some(before) = before
        && let Some(found) = spaced_unit(source, before, next)
    {
        return found;
    }
    let at = before.map_or(gap, Span::after);
    Found::specific(
        Diagnostic::error(codes::MISSING_COMMA, format!("a comma is missing before `{}`", shown(text(source, next))))
            .at(next, "this begins another item")
            .fix("write a comma", at, ","),
    )
}

pub(super) fn one_value(source: &str, at: Span, extra: Option<Span>) -> Diagnostic {
    let opener = text(source, at).chars().next().map_or("(", |c| match c {
        '$' => "${…}",
        '[' => "[…]",
        _ => "(…)",
    });
    match extra {
        Some(extra) => Diagnostic::error(codes::ONE_VALUE, format!("`{opener}` holds one value here"))
            .at(extra, "this is another")
            .help("a list is `[a, b]`"),
        None => Diagnostic::error(codes::ONE_VALUE, format!("`{opener}` is empty")).at(at, "a value belongs here"),
    }
}

// ---- assignments and values

/// `key: value`, `key := value`, `key == value`, `key => value`.
pub(super) fn wrong_assignment(source: &str, entry: Span, sign: Span, empty: bool) -> Diagnostic {
    let written = text(source, sign);
    let name = word_at_start(text(source, entry));
    let spaced = if source.as_bytes().get((sign.start as usize).wrapping_sub(1)).is_some_and(u8::is_ascii_whitespace) { "=" } else { " =" };
    let out = Diagnostic::error(codes::WRONG_ASSIGNMENT, format!("a value is given with `=`, not with `{written}`")).at(sign, "");
    if empty {
        return out.help(format!("write `{name} = VALUE`, or `{name} {{ … }}` for a block: indentation means nothing here"));
    }
    out.fix("write `=`", sign, spaced)
}

/// `replicas 3`, `image "x"`.
pub(super) fn missing_assignment(source: &str, entry: Span, value: Span) -> Diagnostic {
    let name = word_at_start(text(source, entry));
    Diagnostic::error(codes::MISSING_ASSIGNMENT, format!("there is no `=` between `{name}` and its value")).at(value.before(), "").fix(
        format!("write `{name} = {}`", shown(text(source, value))),
        value.before(),
        "= ",
    )
}

pub(super) fn missing_value(source: &str, at: Span) -> Found {
    let before = source.get(..at.start as usize).unwrap_or("").trim_end();
    let line = before.get(before.rfind(['\n', '\r', '{', ',', '(']).map_or(0, |i| i + 1)..).unwrap_or("").trim_start();
    let name = word_at_start(line);
    let end = Span { start: before.len() as u32, end: before.len() as u32, ..at };
    let what = if name.is_empty() { "there is no value here".to_owned() } else { format!("`{name}` has no value") };
    Found::generic(
        Diagnostic::error(codes::MISSING_VALUE, what)
            .at(end, "a value belongs here")
            .why("The value stands on the line of its `=`, for a line break ends an entry."),
    )
}

pub(super) fn missing_operand(source: &str, expression: Span, at: Span) -> Found {
    let before = source.get(expression.start as usize..at.start as usize).unwrap_or("").trim_end();
    let operator = before.rsplit([' ', '\t']).next().unwrap_or("");
    let end = Span { start: expression.start + before.len() as u32, end: expression.start + before.len() as u32, ..at };
    Found::specific(
        Diagnostic::error(codes::MISSING_VALUE, format!("nothing stands to the right of `{}`", shown(operator)))
            .at(end, "a value belongs here"),
    )
}

pub(super) fn late_value(source: &str, whole: Span, value: Span) -> Diagnostic {
    let gap = Span { end: value.start, ..whole };
    let before = source.get(..gap.start as usize).unwrap_or("");
    let gap = Span { start: before.trim_end().len() as u32, ..gap };
    Diagnostic::error(codes::MISSING_VALUE, "the value stands on the line of its `=`")
        .at(value, "this is on a line of its own")
        .why("A line break ends an entry.")
        .fix("join the lines", gap, " ")
}

pub(super) fn bad_value(source: &str, at: Span) -> Found {
    let written = text(source, at);
    let out = Diagnostic::error(codes::UNEXPECTED, format!("`{}` is no value", shown(written))).at(at, "");
    let out = match written.chars().next() {
        Some('.') => out.help("write a digit before the point, as in `0.5`"),
        Some('+') => out.help("write the number without `+`"),
        Some('@' | '/' | '~' | '*') => out.help("paths and patterns are strings: write them in double quotes"),
        Some('<') => out.help("for a text of several lines there is `\"\"\"`"),
        Some('&' | '|' | '>') => {
            out.help("YAML's anchors and block texts do not exist: name a value with `let`, and write a long text in `\"\"\"`")
        }
        Some('$') => out.help("name the value without `$`; `${…}` stands in strings only"),
        _ => out.help("a value is a number, a string, a name, a list `[…]`, a record `{…}`, or an expression of these"),
    };
    Found::generic(out)
}

// ---- operators and forms of other languages

pub(super) fn foreign_operator(source: &str, at: Span, written: &str, right: &str) -> Diagnostic {
    let glued = |c: Option<&u8>| c.is_some_and(|c| !c.is_ascii_whitespace());
    let before = written != "!" && glued(source.as_bytes().get((at.start as usize).wrapping_sub(1)));
    let after = glued(source.as_bytes().get(at.end as usize));
    let with = format!("{}{right}{}", if before { " " } else { "" }, if after { " " } else { "" });
    Diagnostic::error(codes::FOREIGN_OPERATOR, format!("`{written}` is written `{right}` here")).at(at, "").fix(
        format!("write `{right}`"),
        at,
        with,
    )
}

pub(super) fn ternary(source: &str, condition: Span, at: Span, parts: (Option<Span>, Option<Span>)) -> Diagnostic {
    let out = Diagnostic::error(codes::FOREIGN_CONDITIONAL, "a choice between two values is written `if … then … else …`").at(at, "");
    let (Some(then), Some(otherwise)) = parts else {
        return out.help("write `if CONDITION then VALUE else VALUE`");
    };
    let [c, t, o] = [condition, then, otherwise].map(|s| text(source, s));
    let whole = condition.to(otherwise);
    out.fix(format!("write `if {} then {} else {}`", shown(c), shown(t), shown(o)), whole, format!("if {c} then {t} else {o}"))
}

/// Forms that begin with a word of their own and then went wrong.
pub(super) fn bad_form(source: &str, at: Span, form: &str) -> Diagnostic {
    let written = shown(text(source, at));
    let (title, right) = match form {
        "if" => ("an `if` in a value has three parts", "if CONDITION then VALUE else VALUE"),
        "match" => ("a `match` has a value and arms with `=>`", "match VALUE { PATTERN => VALUE, _ => VALUE }"),
        _ => ("a list made from another is not complete", "[for NAME in LIST if CONDITION: VALUE]"),
    };
    Diagnostic::error(codes::INCOMPLETE_FORM, title).at(at, format!("could not read `{written}`")).help(format!("write `{right}`"))
}

pub(super) fn else_if(source: &str, at: Span) -> Diagnostic {
    let word = word_at_start(text(source, at));
    let word_at = Span { end: at.start + word.len() as u32, ..at };
    Diagnostic::error(codes::LATE_ELSE, format!("`{word}` is written `else if`")).at(word_at, "").fix("write `else if`", word_at, "else if")
}

pub(super) fn late_else(source: &str, at: Span, owner: Option<Span>) -> Diagnostic {
    let word = word_at_start(text(source, at));
    let word_at = Span { end: at.start + word.len() as u32, ..at };
    match owner {
        Some(owner) => {
            let right = if word == "else" { " else" } else { " else if" };
            Diagnostic::error(codes::LATE_ELSE, format!("`{word}` stands on the line of the `}}` before it"))
                .at(word_at, "")
                .why("A line break ends an entry, and the `if` with it.")
                .fix(format!("write `}}{right}`"), Span { start: owner.end, end: word_at.end, ..at }, right)
        }
        None => Diagnostic::error(codes::LATE_ELSE, format!("this `{word}` belongs to no `if`")).at(word_at, ""),
    }
}

pub(super) fn late_body(source: &str, entry: Span, body: Span) -> Diagnostic {
    let header = source.get(entry.start as usize..body.start as usize).unwrap_or("").lines().next().unwrap_or("").trim_end();
    let gap = Span { start: entry.start + header.len() as u32, end: body.start, ..entry };
    let header = header.split("//").next().unwrap_or("").trim_end();
    Diagnostic::error(codes::LATE_BRACE, format!("the `{{` stands on the line of `{}`", shown(header)))
        .at(Span { end: body.start + 1, ..body }, "")
        .why("A line break ends an entry.")
        .fix("join the lines", gap, " ")
}

// ---- lines that are no entry

/// How the entries that begin with a word of their own are written.
const FORMS: &[(&str, &str)] = &[
    ("use", "use std.NAME` or `use \"file.bay\""),
    ("input", "input NAME: TYPE = DEFAULT"),
    ("let", "let NAME = VALUE` or `let NAME: TYPE = VALUE"),
    ("type", "type NAME = TYPE` or `type NAME = TYPE where CONDITION"),
    ("fn", "fn NAME(PARAMETER: TYPE) -> TYPE = VALUE"),
    ("component", "component NAME(PARAMETER: TYPE) -> tier { … }"),
    ("policy", "policy NAME for tier t { … }"),
    ("for", "for NAME in LIST { … }"),
    ("if", "if CONDITION { … }"),
    ("require", "require CONDITION, \"message\""),
    ("remove", "remove NAME` or `remove NAME LABEL"),
    ("allow", "allow NAME because \"reason\""),
    ("include", "include \"file.yaml\""),
];

/// Words that other languages begin a definition with.
const FOREIGN_WORDS: &[(&str, &str)] = &[
    ("var", "let NAME = VALUE"),
    ("const", "let NAME = VALUE"),
    ("val", "let NAME = VALUE"),
    ("def", "fn NAME(PARAMETER: TYPE) -> TYPE = VALUE"),
    ("func", "fn NAME(PARAMETER: TYPE) -> TYPE = VALUE"),
    ("function", "fn NAME(PARAMETER: TYPE) -> TYPE = VALUE"),
    ("import", "use \"file.bay\""),
    ("from", "use \"file.bay\""),
    ("assert", "require CONDITION, \"message\""),
    ("variable", "input NAME: TYPE = DEFAULT"),
    ("foreach", "for NAME in LIST { … }"),
    ("while", "for NAME in LIST { … }"),
];

/// A line that begins like no entry.
pub(super) fn line(source: &str, at: Span) -> Found {
    let written = text(source, at);
    let out = Diagnostic::error(codes::UNEXPECTED, format!("`{}` begins no entry", shown(written))).at(at, "");
    let out = match written.chars().next() {
        Some('"') => out.help("an entry begins with a name; where any key is allowed, write a record: `labels = { \"key\" = \"value\" }`"),
        Some('-') => out.help("a list is `[a, b]`"),
        Some('{') => out.help("give the block a name, or, for a record, write `NAME = { … }`"),
        Some(',') => return Found::generic(out.fix("remove the comma", Span { end: at.start + 1, ..at }, "")),
        Some('@') => out.help("there are no annotations of this form; `annotations = { … }` sets Kubernetes' own"),
        _ => out.help("an entry is `NAME = VALUE` or `NAME { … }`"),
    };
    Found::generic(out)
}

/// Has an entry that begins with this word a form of its own?
pub(super) fn has_form(name: &str) -> bool {
    FORMS.iter().any(|(word, _)| *word == name)
}

/// Words that begin like an entry and have neither `=` nor `{`.
pub(super) fn words(source: &str, entry: Span, label: Option<Span>, rest: Span) -> Found {
    let written = text(source, entry);
    let name = word_at_start(written);
    let known = |table: &'static [(&'static str, &'static str)]| table.iter().find(|(word, _)| *word == name).map(|(_, form)| *form);
    if let Some(form) = known(FORMS) {
        return Found::specific(
            Diagnostic::error(codes::INCOMPLETE_FORM, format!("this `{name}` is not complete"))
                .at(entry, "")
                .help(format!("write `{form}`")),
        );
    }
    if let Some(form) = known(FOREIGN_WORDS) {
        return Found::specific(
            Diagnostic::error(codes::INCOMPLETE_FORM, format!("`{name}` is no word of this language"))
                .at(entry, "")
                .help(format!("write `{form}`")),
        );
    }
    let tail = text(source, rest);
    if tail.is_empty() {
        let out =
            Diagnostic::error(codes::MISSING_ASSIGNMENT, format!("`{}` says neither a value nor a block", shown(written))).at(entry, "");
        let out = match label {
            Some(label) => out.fix(format!("write `{name} = {}`", shown(text(source, label))), label.before(), "= "),
            None => out.fix(format!("write `{name} = true` if it is a switch"), entry.after(), " = true"),
        };
        return Found::specific(out.help(format!("write `{} {{ … }}` if it is a block", shown(written))));
    }
    let brace = tail.find('{').filter(|_| tail.ends_with('}'));
    let extra = Span { end: brace.map_or(rest.end, |i| rest.start + tail.get(..i).unwrap_or("").trim_end().len() as u32), ..rest };
    let out = Diagnostic::error(codes::UNEXPECTED, format!("`{}` is unexpected after `{}`", shown(text(source, extra)), shown(name)))
        .at(extra, "");
    Found::generic(if tail.starts_with('(') {
        out.help(format!("a block made from a component is `NAME LABEL = {name}(…)`"))
    } else if brace.is_some() {
        out.help(format!("a block is `{name} LABEL {{ … }}`, with one label at most"))
    } else {
        out.help(format!("an attribute is `{name} = VALUE`, a block `{name} LABEL {{ … }}`"))
    })
}

/// A field of a record that has a name and no `=`.
pub(super) fn field(source: &str, at: Span, rest: Span) -> Found {
    let name = shown(word_at_start(text(source, at)));
    let out = Diagnostic::error(codes::MISSING_ASSIGNMENT, "a field of a record is `NAME = VALUE`").at(at, "");
    let tail = text(source, rest);
    Found::generic(if tail.is_empty() {
        out.help("for a list write `[a, b]`")
    } else if tail.starts_with('.') {
        out.help(format!("nest the records: `{name} = {{ … }}`"))
    } else {
        out.fix("write `=`", rest.before(), "= ")
    })
}

/// The units, and what people write for them.
const UNITS: &[&str] = &[
    "%", "m", "n", "u", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB",
    "TiB", "ns", "us", "ms", "s", "sec", "min", "h", "d", "w",
];

/// `100 m`, where a number and a unit with a space between them were meant.
fn spaced_unit(source: &str, before: Span, at: Span) -> Option<Found> {
    let written = text(source, at);
    let length = if written.starts_with('%') { 1 } else { written.bytes().take_while(u8::is_ascii_alphabetic).count() };
    let (unit, rest) = written.split_at_checked(length)?;
    let number = text(source, before);
    let number = number.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).next().unwrap_or("");
    let gap = Span { start: before.end, end: at.start, ..before };
    let blank = text(source, gap);
    // `3 m = 1` is two entries without a comma, `5 % 2` an operator of another language.
    let goes_on = match rest.trim_start().as_bytes() {
        [] | [b'.', b'.', ..] => false,
        _ => unit == "%" || !rest.starts_with([' ', ',', ')', ']']) || rest.trim_start().starts_with(['=', '{']),
    };
    let digits = number.starts_with(|c: char| c.is_ascii_digit()) && number.ends_with(|c: char| c.is_ascii_digit());
    if goes_on || !digits || !UNITS.contains(&unit) || blank.is_empty() || !blank.bytes().all(|b| b == b' ') {
        return None;
    }
    let unit_at = Span { end: at.start + unit.len() as u32, ..at };
    // Any later number of the same entry has the same slip: `100 m..500 m`.
    let mut list = vec![Edit { span: gap, with: String::new() }];
    let bytes = written.as_bytes();
    for (i, b) in bytes.iter().enumerate() {
        let near = |j: usize| bytes.get(j).copied().unwrap_or(0);
        if *b == b' ' && i > 0 && near(i - 1).is_ascii_digit() && near(i + 1).is_ascii_alphabetic() {
            let start = at.start + i as u32;
            list.push(Edit { span: Span { start, end: start + 1, ..at }, with: String::new() });
        }
    }
    let out = Diagnostic::error(codes::SPACED_UNIT, format!("a unit follows its number without a space: `{number}{unit}`")).at(unit_at, "");
    Some(Found::specific(edits(out, "remove the space", list)))
}

/// Something between an entry, or an item, and its end. `before` is what was understood.
pub(super) fn tail(source: &str, at: Span, before: Option<Span>) -> Found {
    if let Some(before) = before
        && let Some(found) = spaced_unit(source, before, at)
    {
        return found;
    }
    let written = text(source, at);
    let first = word_at_start(written);
    let sign = |length: u32| Span { end: at.start + length, ..at };
    let digit_before = source.as_bytes().get((at.start as usize).wrapping_sub(1)).is_some_and(u8::is_ascii_digit);
    if written.starts_with("=>") {
        return Found::specific(
            Diagnostic::error(codes::FOREIGN_OPERATOR, "`=>` stands only in the arms of a `match`")
                .at(sign(2), "")
                .help("a function is `fn NAME(PARAMETER: TYPE) -> TYPE = VALUE`"),
        );
    }
    if written.starts_with("-") && !written.starts_with("->") {
        return Found::specific(
            Diagnostic::error(codes::FOREIGN_OPERATOR, "the minus between two values has a space on both sides")
                .at(sign(1), "")
                .why("`a-b` is a name, and `-b` a negative value.")
                .fix(
                    "write ` - `",
                    sign(1),
                    if source.as_bytes().get((at.start as usize).wrapping_sub(1)) == Some(&b' ') { "- " } else { " - " },
                ),
        );
    }
    if first == "if" {
        return Found::specific(
            Diagnostic::error(codes::FOREIGN_CONDITIONAL, "a choice between two values is written `if … then … else …`")
                .at(sign(2), "")
                .help("write `if CONDITION then VALUE else VALUE`"),
        );
    }
    if written.starts_with('%') && !digit_before {
        return Found::specific(
            Diagnostic::error(codes::FOREIGN_OPERATOR, "there is no operator `%`").at(sign(1), "").help("a share is `50% of 20`"),
        );
    }
    if written.starts_with("**")
        || written.starts_with('^')
        || written.starts_with("??")
        || written.starts_with("|")
        || written.starts_with('&')
    {
        let operator: String = written.chars().take_while(char::is_ascii_punctuation).collect();
        let help =
            if operator == "|" { "call the function: `f(x)`" } else { "the operators are `.. or and == != < <= > >= in + - * / of per`" };
        return Found::specific(
            Diagnostic::error(codes::FOREIGN_OPERATOR, format!("there is no operator `{}`", shown(&operator)))
                .at(sign(operator.len() as u32), "")
                .help(help),
        );
    }
    if let Some(sign_at) = written.starts_with('=').then(|| sign(1)) {
        let out = Diagnostic::error(codes::UNEXPECTED, "a second `=` in one entry").at(sign_at, "");
        return Found::generic(out.help("write `==` to compare; give two names the same value in two entries"));
    }
    let what = if first.is_empty() { shown(written) } else { first.to_owned() };
    let out = Diagnostic::error(codes::TRAILING_WORDS, format!("`{what}` stands after the end of the entry"))
        .at(at, "not understood")
        .why("A line break ends an entry; a comma does, on one line.");
    let next_is_entry = !first.is_empty() && written.get(first.len()..).is_some_and(|r| r.trim_start().starts_with(['=', '{']));
    Found::generic(if next_is_entry { out.fix("write a comma", before.map_or(at.before(), Span::after), ",") } else { out })
}
