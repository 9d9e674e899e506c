//! Inputs from outside: `--set name=value` and the YAML of `--inputs`, read by the types that the program declares.

use crate::check::program::{Global, Program};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::tape::Origin;
use crate::vocabulary::Type;
use crate::vocabulary::value::{At, Value};
use crate::world::World;
use rustc_hash::FxHashMap;
use serde_json::Value as Json;

/// The values given, by the number of the `input`.
pub fn read(
    world: &dyn World,
    program: &Program,
    set: &[(String, String)],
    file_of_inputs: Option<&str>,
    diagnostics: &mut Diagnostics,
) -> FxHashMap<usize, Value> {
    let mut given = FxHashMap::default();
    let find = |name: &str| program.globals.iter().position(|g| g.input && *g.name == *name);
    let unknown = |name: &str, from: &str, diagnostics: &mut Diagnostics| {
        let names: Vec<&str> = program.globals.iter().filter(|g| g.input).map(|g| &*g.name).collect();
        let d = Diagnostic::error(codes::INPUT, format!("{from} gives `{name}`, and the program has no input of that name"));
        diagnostics.push(match crate::check::suggest::nearest(name, names.iter().copied()) {
            Some(near) => d.help(format!("did you mean `{near}`?")),
            None if names.is_empty() => d.help(format!("declare it: `input {name}: String`")),
            None => d.help(format!("its inputs are {}", crate::check::suggest::list(names, "and"))),
        });
    };
    if let Some(path) = file_of_inputs {
        match file(world, path) {
            Ok(map) => {
                for (name, json) in map {
                    let Some(id) = find(&name) else {
                        unknown(&name, &format!("`{path}`"), diagnostics);
                        continue;
                    };
                    let Some(global) = program.globals.get(id) else { continue };
                    match from_json(&json, &global.ty) {
                        Some(v) => {
                            given.insert(id, v);
                        }
                        None => {
                            let unquoted = !json.is_string() && !json.is_array() && !json.is_object();
                            wrong(global, &format!("`{path}`"), &json.to_string(), unquoted, diagnostics);
                        }
                    }
                }
            }
            Err(why) => diagnostics.push(Diagnostic::error(codes::INPUT, why)),
        }
    }
    for (name, text) in set {
        let Some(id) = find(name) else {
            unknown(name, "`--set`", diagnostics);
            continue;
        };
        let Some(global) = program.globals.get(id) else { continue };
        match from_text(text, &global.ty) {
            Some(v) => {
                given.insert(id, v);
            }
            None => wrong(global, "`--set`", &format!("`{text}`"), false, diagnostics),
        }
    }
    for (id, g) in program.globals.iter().enumerate() {
        if g.input && g.value.is_none() && !given.contains_key(&id) && !matches!(g.ty, Type::Optional(_) | Type::Error) {
            diagnostics.push(
                Diagnostic::error(codes::INPUT, format!("the input `{}` is not given", g.name))
                    .at(g.span, format!("{} without a default", g.ty.a()))
                    .help(format!("give it: `--set {}=…`, or a default here: `input {}: {} = …`", g.name, g.name, g.ty)),
            );
        }
    }
    given
}

fn wrong(global: &Global, from: &str, text: &str, unquoted: bool, diagnostics: &mut Diagnostics) {
    let mut d = Diagnostic::error(codes::INPUT, format!("{from} gives {text} for `{}`, which is {}", global.name, global.ty.a()))
        .at(global.span, format!("declared as {}", global.ty));
    let base = match global.ty.base() {
        Type::Optional(t) => t.base(),
        t => t,
    };
    if unquoted && (matches!(base, Type::String) || base.is_checked_string()) {
        d = d
            .why("Without quotes YAML reads a number or a truth, and `1.10` becomes 1.1.")
            .help(format!("put it in quotes there: `{}: \"…\"`", global.name));
    } else if let Some(example) = global.ty.base().example() {
        d = d.help(format!("write {}, for example {example}", global.ty.a()));
    }
    diagnostics.push(d);
}

fn file(world: &dyn World, path: &str) -> Result<serde_json::Map<String, Json>, String> {
    let bytes = world.read(path).map_err(|e| e.to_string())?;
    let text = String::from_utf8(bytes).map_err(|_| format!("`{path}` is no UTF-8 text"))?;
    match serde_saphyr::from_str::<Json>(&text) {
        Ok(Json::Object(map)) => Ok(map),
        Ok(Json::Null) => Ok(serde_json::Map::new()),
        Ok(_) => Err(format!("`{path}` holds no map of names and values")),
        Err(e) => Err(format!("`{path}` is no YAML: {e}")),
    }
}

/// A text as a command line gives it: strings need no quotes.
fn from_text(text: &str, ty: &Type) -> Option<Value> {
    match ty.base() {
        Type::String | Type::Any => Some(Value::text(text)),
        Type::Optional(t) => from_text(text, t),
        t if t.is_checked_string() => crate::check::read_checked(text, t).is_ok().then(|| Value::text(text)),
        Type::List(t) => {
            let items = text.split(',').filter(|s| !s.is_empty()).map(|s| Some(At::new(from_text(s.trim(), t)?, Origin::NONE)));
            items.collect::<Option<Vec<_>>>().map(|l| Value::List(l.into()))
        }
        t => crate::check::read_default(text, t),
    }
}

fn from_json(json: &Json, ty: &Type) -> Option<Value> {
    match (json, ty.base()) {
        (Json::Null, Type::Optional(_)) => Some(Value::None),
        (_, Type::Optional(t)) => from_json(json, t),
        (Json::String(s), t) => from_text(s, t),
        (Json::Bool(b), Type::Bool | Type::Any) => Some(Value::Bool(*b)),
        // `replicas: 3` and `version: 1.20`: a number is read by its text, where YAML kept one.
        (Json::Number(n), Type::Int | Type::Any) => n.as_i64().map(|i| Value::Int(i, None)),
        (Json::Number(n), t) if t.is_numeric() => crate::check::read_default(&n.to_string(), t),
        (Json::Array(items), Type::List(t)) => {
            items.iter().map(|i| Some(At::new(from_json(i, t)?, Origin::NONE))).collect::<Option<Vec<_>>>().map(|l| Value::List(l.into()))
        }
        (Json::Object(map), Type::Map(t)) => map
            .iter()
            .map(|(k, v)| Some((At::new(k.as_str().into(), Origin::NONE), At::new(from_json(v, t)?, Origin::NONE))))
            .collect::<Option<Vec<_>>>()
            .map(|m| Value::Map(m.into())),
        _ => None,
    }
}
