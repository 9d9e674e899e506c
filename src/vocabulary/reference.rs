//! The reference page, from the vocabulary.

use super::blocks::Root;
use super::{Block, BlockInfo, Form, LabelRule, Type, VariantInfo, Variants};
use std::fmt::Write as _;

/// The reference of all blocks, attributes, types and words, as Markdown.
pub fn reference() -> String {
    let mut page = String::from(
        "# Reference\n\nMade by `bayplan docs` from the vocabulary that the compiler reads. Every block, what may stand in it, and its default.\n",
    );
    let mut sets: Vec<&'static Variants> = Vec::new();
    let mut done: Vec<&'static BlockInfo> = Vec::new();
    block(Root::info(), &mut page, &mut sets, &mut done);
    page.push_str("\n# Words and calls\n");
    let mut next = 0;
    while let Some(set) = sets.get(next).copied() {
        next += 1;
        let _ = writeln!(page, "\n## `{}`\n\n{}\n", set.name, set.doc.trim());
        for v in set.list {
            let _ = writeln!(page, "- `{}`: {}", signature(v, &mut sets), v.doc.trim());
        }
    }
    page
}

fn block(info: &'static BlockInfo, page: &mut String, sets: &mut Vec<&'static Variants>, done: &mut Vec<&'static BlockInfo>) {
    if done.iter().any(|d| std::ptr::eq(*d, info)) {
        return;
    }
    done.push(info);
    let label = match info.label {
        LabelRule::None => "",
        LabelRule::Name => " NAME",
        LabelRule::Text => " \"…\"",
    };
    let _ = writeln!(page, "\n## `{}{label}`\n\n{}\n", info.name, info.doc.trim());
    page.push_str("| | type | default | |\n|---|---|---|---|\n");
    let mut inner = Vec::new();
    for (_, m) in info.members() {
        let default = m.default.map_or(String::new(), |d| match d {
            "required" => "required".into(),
            d if d.contains(' ') && !d.starts_with(['"', '[', '{']) => d.into(),
            d => format!("`{d}`"),
        });
        let (name, ty) = match m.form {
            Form::Attribute(ty) => (m.name(), show(&ty(), sets)),
            Form::Labelled(ty) => (format!("{} NAME", m.name()), show(&ty(), sets)),
            Form::Single(b) | Form::Many(b) => {
                inner.push(b());
                (m.name(), "block".into())
            }
            Form::OneOf(bs) => {
                inner.extend(bs.iter().map(|b| b()));
                (m.name(), bs.iter().map(|b| format!("`{}`", b().name)).collect::<Vec<_>>().join(" or ") + " block")
            }
        };
        let _ = writeln!(page, "| `{name}` | {ty} | {default} | {} |", m.doc.trim().replace('\n', " ").replace('|', "\\|"));
    }
    for b in inner {
        block(b, page, sets, done);
    }
}

fn show(ty: &Type, sets: &mut Vec<&'static Variants>) -> String {
    collect(ty, sets);
    format!("`{}`", ty.to_string().replace('|', "\\|"))
}

fn collect(ty: &Type, sets: &mut Vec<&'static Variants>) {
    match ty {
        Type::Variants(v) => {
            if !sets.iter().any(|s| std::ptr::eq(*s, *v)) {
                sets.push(v);
                for p in v.list.iter().flat_map(|v| v.params) {
                    collect(&(p.ty)(), sets);
                }
            }
        }
        Type::Union(members) => members.iter().for_each(|m| collect(m, sets)),
        Type::Optional(t) | Type::List(t) | Type::Map(t) | Type::Range(t) => collect(t, sets),
        _ => {}
    }
}

/// A word or call as a reader would write it: `http(path: Path, port: own port?)`.
pub fn signature(v: &VariantInfo, sets: &mut Vec<&'static Variants>) -> String {
    if v.params.is_empty() {
        return v.name.into();
    }
    let params = v.params.iter().map(|p| {
        let ty = (p.ty)();
        collect(&ty, sets);
        format!("{}: {ty}{}", p.name(), if p.required { "" } else { "?" })
    });
    format!("{}({})", v.name, params.collect::<Vec<_>>().join(", "))
}
