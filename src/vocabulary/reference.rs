//! The reference page, from the vocabulary.

use super::blocks::Root;
use super::{Block as _, BlockInfo, Form, LabelRule, Member, Type, VariantInfo, Variants, allowances, examples, functions, types};
use std::fmt::Write as _;

/// The reference of all blocks, attributes, types, words, functions and codes, as Markdown. A code comes with its title.
pub fn reference(codes: &[(String, &str)]) -> String {
    let mut book = Book::default();
    book.find(Root::info(), None, None);
    let mut page = String::from(INTRODUCTION);
    page.push_str("\n## Types\n\n| type | a value of it | what it is |\n|---|---|---|\n");
    for (name, ty) in types::NAMED {
        let _ = writeln!(page, "| `{name}` | {} | {} |", cell(ty.example().unwrap_or_default()), cell(meaning(ty)));
    }
    page.push_str(COMPOSED);
    page.push_str(
        "\n## Blocks\n\nA default is what is taken where the program says nothing; where the column is empty, nothing is written.\n",
    );
    for i in 0..book.blocks.len() {
        book.block(i, &mut page);
    }
    page.push_str("\n## Words and calls\n\nClosed sets. A word stands bare where its type is expected: `security = restricted`, `health = http(\"/\")`. `?` after a parameter: it may be left out.\n");
    let mut next = 0;
    while let Some(set) = book.sets.get(next).copied() {
        next += 1;
        let _ = writeln!(page, "\n### {}\n\n{}\n\n| | |\n|---|---|", set.name, line(set.doc));
        for v in set.list {
            let _ = writeln!(page, "| `{}` | {} |", cell(&signature(v, &mut book.sets)), cell(&line(v.doc)));
        }
    }
    page.push_str("\n## Exceptions\n\nA rule that a tier cannot meet is waived where it applies: `allow NAME because \"the reason\"`.\n\n| | what it admits |\n|---|---|\n");
    for (name, admits) in allowances::ALL {
        let _ = writeln!(page, "| `{name}` | {} |", cell(admits));
    }
    page.push_str("\n## Functions\n\n`T` is any type that has an order (`min`, `max`) or a sum.\n\n| | | |\n|---|---|---|\n");
    for f in functions::ALL {
        let _ = writeln!(page, "| `{}` | {} | `{}` |", cell(f.signature), cell(f.doc), cell(f.example));
    }
    page.push_str(STATEMENTS);
    page.push_str(
        "\n## Codes\n\n`bayplan explain CODE` prints the page of a code: why, a wrong program and a right one.\n\n| | |\n|---|---|\n",
    );
    for (code, title) in codes {
        let _ = writeln!(page, "| `{code}` | {} |", cell(title));
    }
    page
}

const INTRODUCTION: &str = concat!(
    "# Reference of the Bayplan language\n\nVersion ",
    env!("CARGO_PKG_VERSION"),
    ". Made by `bayplan docs` from the declarations that the compiler itself reads.\n\n",
    "- [Types](#types)\n- [Blocks](#blocks)\n- [Words and calls](#words-and-calls)\n- [Exceptions](#exceptions)\n- [Functions](#functions)\n",
    "- [Statements](#statements)\n- [What may be read](#what-may-be-read)\n- [Environments](#environments)\n- [Codes](#codes)\n"
);

const COMPOSED: &str = r#"| `T?` | | A `T`, or nothing. |
| `[T]` | `["a", "b"]` | A list. |
| `{String: T}` | `{ team = "checkout" }` | A map; a name that is no identifier stands in quotes. |
| `T..T` | `100m..500m` | Both ends belong to it. One value alone is both ends. |
| `A \| B` | | Either; no text is a value of both. |
| `type Name = T where it in 1..100` | | A `T` that meets the condition, checked where a value flows in. |

The type that is expected decides what a literal means: `5m` is five minutes where a Duration is expected and five milli-CPU where a Cpu is.
Units take part in arithmetic: `2 * 500m`, `1Gi + 512Mi`, `50% of 20`. Two different units in one sum are an error.
"#;

const STATEMENTS: &str = r#"
## Statements

| | |
|---|---|
| `use std.postgres`, `use "parts/web.bay"` | Brings a component of the standard library, or the public names of a file of the project; `as` renames. |
| `input version: String = "1.20.0"` | A value from outside: `--set version=1.21.3`, or a YAML map by `--inputs FILE`. |
| `let name: T = value` | A name for a value. Order never matters. |
| `fn name(a: T, b: T = default) -> T = value` | A function. It may not call itself, directly or through others. |
| `type Name = T where condition` | A narrower type; `it` is the value. |
| `component name(a: T) -> tier { … }` | A template of a tier or an app: `tier web = name(a = …) { overrides }`. Its body may read `self.name`. |
| `for x in list { … }`, `if condition { … } else { … }` | Entries, once for each item, or where the condition holds. |
| `if c then a else b`, `match x { "a" => 1, _ => 2 }`, `[for x in list if c: x]` | The same as values. |
| `require condition, "message"` | An error with that message where the condition does not hold. It sees `self` as it is after all overrides. |
| `allow NAME because "reason"` | An exception. |
| `environment name { … }` | An overlay. |

Strings: `"a ${value}"`, `"""` over several lines with the common indentation taken away, `` `raw` ``. Comments: `//`, and `///` for documentation.
A line break or a comma ends an entry.

## What may be read

| | |
|---|---|
| `tier.name` | The name of its objects. |
| `tier.host` | Its Service's name; from another namespace with the namespace. |
| `tier.port.number` | The port's number. |
| `tier.port.address` | `host:port`. |
| `tier.port.url` | `http://host:port`, of HTTP and gRPC ports. |
| `self.name`, `self.attribute` | In a component; in a `require`, of the block that it stands in. |
| `range.min`, `range.max` | The ends of a range. |

A text made from a port's address or URL is a connection of the container that gets it: network policies open it at both ends. `connects` adds more.

## Environments

- `environment NAME { … }` repeats the headers of what it changes and says only what differs. `bayplan build --env NAME` builds it.
- An attribute replaces the program's. A block of several variants, such as `rollout`, replaces the one that is there.
- A label, such as that of a tier or of `env X`, must exist already. A new one says `add`; `remove NAME LABEL` takes one away.
- `namespace production { name = "staging" }` renames what is written. Two environments of one target and one namespace are an error.
- Without `--env` the program itself is built. `bayplan check` checks the program and every environment.
"#;

/// A block, under the heading that it has on the page.
struct Entry {
    info: &'static BlockInfo,
    /// The blocks in which it may stand, by name.
    parents: Vec<&'static str>,
    /// The member whose variant it is: `rollout` of `rolling`.
    variant_of: Option<String>,
}

/// What the page is about.
#[derive(Default)]
struct Book {
    blocks: Vec<Entry>,
    sets: Vec<&'static Variants>,
}

impl Book {
    /// Collects a block and all that may stand in it, in the order of the declarations.
    fn find(&mut self, info: &'static BlockInfo, parent: Option<&'static str>, variant_of: Option<String>) {
        if let Some(known) = self.blocks.iter_mut().find(|e| std::ptr::eq(e.info, info)) {
            known.parents.extend(parent.filter(|p| !known.parents.contains(p)));
            return;
        }
        self.blocks.push(Entry { info, parents: parent.into_iter().collect(), variant_of });
        for (_, m) in info.members() {
            for inner in blocks_of(m) {
                let variant_of = matches!(m.form, Form::OneOf(_)).then(|| m.name());
                self.find(inner, Some(info.name), variant_of);
            }
        }
    }

    /// The heading: its name, and where it stands if another block has the same name.
    fn heading(&self, entry: &Entry) -> String {
        let shared = self.blocks.iter().filter(|e| e.info.name == entry.info.name).count() > 1;
        match entry.parents.first() {
            Some(parent) if shared => format!("{} of {parent}", entry.info.name),
            _ => entry.info.name.to_owned(),
        }
    }

    fn link(&self, info: &'static BlockInfo) -> String {
        let heading = self.blocks.iter().find(|e| std::ptr::eq(e.info, info)).map(|e| self.heading(e)).unwrap_or_default();
        format!("[`{}`](#{})", info.name, anchor(&heading))
    }

    fn block(&mut self, index: usize, page: &mut String) {
        let Some(entry) = self.blocks.get(index) else { return };
        let (info, parents, written) = (entry.info, entry.parents.clone(), written(entry));
        let _ = writeln!(page, "\n### {}\n\n{}", self.heading(entry), info.doc.trim());
        if let Some(written) = written {
            let within: Vec<String> =
                parents.iter().map(|p| if *p == Root::info().name { "a file".to_owned() } else { format!("`{p}`") }).collect();
            let _ = writeln!(page, "\nWritten `{written}`, in {}.", within.join(", "));
        }
        if let Some((around, example)) = examples::of(info, parents.first().copied().unwrap_or_default()) {
            let _ = writeln!(page, "\n```{}\n{example}\n```", around.fence());
        }
        page.push_str("\n| | type | default | meaning |\n|---|---|---|---|\n");
        for (_, m) in info.members() {
            let (name, ty) = self.member(m);
            let _ = writeln!(page, "| `{name}` | {ty} | {} | {} |", default(m), cell(&line(m.doc)));
        }
    }

    /// How a member is written, and what it takes.
    fn member(&mut self, m: &Member) -> (String, String) {
        match m.form {
            Form::Attribute(ty) => (m.name(), self.show(&ty())),
            Form::Labelled(ty) => (format!("{} NAME", m.name()), self.show(&ty())),
            Form::Single(_) | Form::Many(_) | Form::OneOf(_) => {
                let links: Vec<String> = blocks_of(m).map(|b| self.link(b)).collect();
                let label = if matches!(m.form, Form::Many(_)) { " NAME" } else { "" };
                (format!("{}{label}", m.name()), format!("block {}", links.join(" or ")))
            }
        }
    }

    /// A type, with links to the sets in it.
    fn show(&mut self, ty: &Type) -> String {
        collect(ty, &mut self.sets);
        match ty {
            Type::Variants(v) => format!("[`{}`](#{})", v.name, anchor(v.name)),
            Type::Union(members) => members.iter().map(|m| self.show(m)).collect::<Vec<_>>().join(" or "),
            Type::List(t) => format!("list of {}", self.show(t)),
            _ => format!("`{}`", cell(&ty.to_string())),
        }
    }
}

/// A word or call as a reader would write it: `http(path: Path, port: own port?)`. Adds the sets that it names.
pub fn signature(v: &VariantInfo, sets: &mut Vec<&'static Variants>) -> String {
    if v.params.is_empty() {
        return v.name.into();
    }
    let params = v.params.iter().map(|p| {
        let ty = (p.ty)();
        collect(&ty, sets);
        format!(
            "{}: {ty}{}",
            p.name(),
            if p.variadic {
                ", …"
            } else if p.required {
                ""
            } else {
                "?"
            }
        )
    });
    format!("{}({})", v.name, params.collect::<Vec<_>>().join(", "))
}

fn collect(ty: &Type, sets: &mut Vec<&'static Variants>) {
    match ty {
        Type::Variants(v) if sets.iter().any(|s| std::ptr::eq(*s, *v)) => {}
        Type::Variants(v) => {
            sets.push(v);
            for p in v.list.iter().flat_map(|v| v.params) {
                collect(&(p.ty)(), sets);
            }
        }
        Type::Union(members) => members.iter().for_each(|m| collect(m, sets)),
        Type::Optional(t) | Type::List(t) | Type::Map(t) | Type::Range(t) => collect(t, sets),
        _ => {}
    }
}

fn blocks_of(m: &Member) -> impl Iterator<Item = &'static BlockInfo> + use<> {
    let all: Vec<&'static BlockInfo> = match m.form {
        Form::Attribute(_) | Form::Labelled(_) => Vec::new(),
        Form::Single(b) | Form::Many(b) => vec![b()],
        Form::OneOf(bs) => bs.iter().map(|b| b()).collect(),
    };
    all.into_iter()
}

/// Its header; a file has none.
fn written(entry: &Entry) -> Option<String> {
    let name = entry.info.name;
    if std::ptr::eq(entry.info, Root::info()) {
        return None;
    }
    Some(match (entry.info.label, &entry.variant_of) {
        (_, Some(member)) => format!("{member} {name} {{ … }}"),
        (LabelRule::None, _) => format!("{name} {{ … }}"),
        (LabelRule::Name, _) => format!("{name} NAME {{ … }}"),
        (LabelRule::Text, _) => format!("{name} \"…\" {{ … }}"),
    })
}

fn default(m: &Member) -> String {
    m.default.map_or(String::new(), |d| match d {
        "required" => "required".into(),
        d if d.contains(' ') && !d.starts_with(['"', '[', '{']) && !d.contains("..") && !d.contains(" per ") => cell(d),
        d => format!("`{}`", cell(d)),
    })
}

/// Documentation as one line.
fn line(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text that may stand in a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// The anchor of a heading, as the usual renderers make it.
fn anchor(heading: &str) -> String {
    heading
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .collect::<String>()
        .to_ascii_lowercase()
        .replace(' ', "-")
}

/// What a type is for. Exhaustive, so that a new type is described.
fn meaning(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "Yes or no.",
        Type::Int => "A whole number.",
        Type::Float => "An exact decimal number.",
        Type::String => "Text.",
        Type::Percent => "A share.",
        Type::Cpu => "Processors; `m` is a thousandth.",
        Type::Bytes => "Bytes: `Ki Mi Gi Ti Pi` of 1024, `k M G T P` of 1000.",
        Type::Quantity => "Any quantity of Kubernetes.",
        Type::Duration => "`ns us ms s m h d`, largest first.",
        Type::Rate => "So many, or such a share, in a time.",
        Type::Version => "A version; `1.30` is not `1.3`.",
        Type::Image => "A container image with a tag other than `latest`, or a digest.",
        Type::Host => "A DNS name.",
        Type::Path => "An absolute path.",
        Type::Cidr => "A block of addresses.",
        Type::Cron => "Minute, hour, day of the month, month, weekday.",
        Type::PromQl => "A query of Prometheus, read when the program is compiled; in backquotes it needs no escapes.",
        Type::Tier => "A tier, or an external.",
        Type::Port => "A port of a tier.",
        Type::OwnPort => "A port of the same tier, by its name or number.",
        Type::Secret => "A declared `secret` by its name, or a string: a Secret that exists.",
        Type::Config => "A declared `config` by its name, or a string: a ConfigMap that exists.",
        Type::SharedVolume => "A volume that the app declares, by its name.",
        Type::Verify => "A `verify` of the same rollout, by its name.",
        Type::Any => "Any value of plain data.",
        Type::Error | Type::Optional(_) | Type::List(_) | Type::Map(_) | Type::Range(_) => "",
        Type::Variants(_) | Type::Union(_) | Type::Record(_) | Type::Refined(_) => "",
    }
}
