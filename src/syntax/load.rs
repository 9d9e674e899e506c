//! Which files a program consists of: those given, and those that `use` names, each read once.

use super::ast::{EntryKind, File, UseFrom};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::source::{FileId, Source, Sources, Span};
use crate::world::{World, WorldError, WorldErrorKind};
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// The standard library: its names and its sources.
pub const LIBRARY: &[(&str, &str)] = &[
    ("postgres", include_str!("../../stdlib/postgres.bay")),
    ("postgres-dump", include_str!("../../stdlib/postgres-dump.bay")),
    ("rabbitmq", include_str!("../../stdlib/rabbitmq.bay")),
    ("redis", include_str!("../../stdlib/redis.bay")),
    ("web", include_str!("../../stdlib/web.bay")),
    ("worker", include_str!("../../stdlib/worker.bay")),
];

/// The files of a program, read but not parsed.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Their texts.
    pub sources: Sources,
    /// The files of each unit; the first unit is the program itself.
    pub units: Vec<Vec<FileId>>,
    /// `use` entries: the file, the entry's start, and the unit meant, or why there is none.
    uses: Vec<(FileId, u32, Result<usize, String>)>,
}

impl Loaded {
    /// The unit that each `use` entry of these files means. What could not be found is an error.
    pub fn uses_of(&self, files: &[File<'_>], diagnostics: &mut Diagnostics) -> Vec<(FileId, u32, usize)> {
        let mut found = Vec::new();
        for file in files {
            for entry in file.entries().filter(|e| matches!(e.kind, EntryKind::Use { .. })) {
                match self.uses.iter().find(|(f, at, _)| *f == file.id && *at == entry.span.start).map(|u| &u.2) {
                    Some(Ok(unit)) => found.push((file.id, entry.span.start, *unit)),
                    Some(Err(why)) => diagnostics.push(Diagnostic::error(codes::UNREADABLE, why.clone()).at(entry.span, "used here")),
                    None => diagnostics.push(
                        Diagnostic::error(codes::UNREADABLE, "`use` stands on a line of its own")
                            .at(entry.span, "not found where it stands")
                            .help("put it on its own line at the top of the file"),
                    ),
                }
            }
        }
        found
    }
}

/// Reads the files given (a folder stands for all its `.bay` files) and what they use.
pub fn load(world: &dyn World, paths: &[String], diagnostics: &mut Diagnostics) -> Loaded {
    let mut loaded = Loaded { units: vec![Vec::new()], ..Loaded::default() };
    let mut by_name: FxHashMap<String, usize> = FxHashMap::default();
    let mut files: Vec<String> = Vec::new();
    for path in paths {
        if path != crate::world::STDIN && world.is_folder(path) {
            match world.list(path) {
                Ok(all) => {
                    let before = files.len();
                    files.extend(all.into_iter().filter(|f| f.ends_with(".bay")));
                    if files.len() == before {
                        // The root has no name here that the reader gave it.
                        let place = if path == "." { "the folder given".to_owned() } else { format!("`{path}`") };
                        diagnostics.push(
                            Diagnostic::error(codes::EMPTY, format!("no `.bay` file is in {place}"))
                                .help("give a file or a folder that holds one; `bayplan new DIR` makes a start"),
                        );
                    }
                }
                Err(e) => diagnostics.push(Diagnostic::error(codes::UNREADABLE, e.to_string())),
            }
        } else {
            files.push(path.clone());
        }
    }
    let mut seen: Vec<String> = Vec::new();
    for path in files {
        if !seen.contains(&path) {
            seen.push(path.clone());
            match read(world, &path, &mut loaded, diagnostics) {
                Ok(Some(file)) => {
                    if let Some(program) = loaded.units.first_mut() {
                        program.push(file);
                    }
                    by_name.insert(path, 0);
                }
                Ok(None) => {}
                Err(why) => {
                    let code = if why.kind == WorldErrorKind::TooLarge { codes::FILE_TOO_LARGE } else { codes::UNREADABLE };
                    let file = loaded.sources.add(Source { name: shown_name(&path).into(), text: "".into(), library: false });
                    diagnostics.push(Diagnostic::error(code, why.to_string()).at(head(file), ""));
                }
            }
        }
    }
    let mut next = 0;
    while let Some((file, unit)) = numbered(&loaded, next) {
        next += 1;
        for (start, from) in uses_in(&loaded, file) {
            let result = unit_of(world, &from, file, &mut loaded, &mut by_name, diagnostics);
            // A file may not use one that uses it.
            let result = match result {
                Ok(used) if used == unit && unit == 0 => {
                    Err(format!("`{from}` is part of this program already: its names are seen without `use`"))
                }
                Ok(used) if reaches(&loaded, used, unit) => {
                    Err(format!("`{from}` uses this file in turn: files cannot use each other in a circle"))
                }
                other => other,
            };
            loaded.uses.push((file, start, result));
        }
    }
    loaded
}

/// A file's name in messages.
fn shown_name(path: &str) -> &str {
    if path == crate::world::STDIN { "<stdin>" } else { path }
}

/// The `n`th file of all units, with its unit.
fn numbered(loaded: &Loaded, n: usize) -> Option<(FileId, usize)> {
    loaded.units.iter().enumerate().flat_map(|(u, files)| files.iter().map(move |f| (*f, u))).nth(n)
}

/// Does one unit use another, directly or by way of others?
fn reaches(loaded: &Loaded, from: usize, to: usize) -> bool {
    let (mut open, mut seen) = (vec![from], vec![from]);
    while let Some(unit) = open.pop() {
        if unit == to {
            return true;
        }
        let files = loaded.units.get(unit).map_or(&[][..], Vec::as_slice);
        for (_, _, used) in loaded.uses.iter().filter(|(f, ..)| files.contains(f)) {
            if let Ok(used) = used
                && !seen.contains(used)
            {
                seen.push(*used);
                open.push(*used);
            }
        }
    }
    false
}

fn read(world: &dyn World, path: &str, loaded: &mut Loaded, diagnostics: &mut Diagnostics) -> Result<Option<FileId>, WorldError> {
    let bytes = world.read(path)?;
    let name = shown_name(path);
    let file = FileId(loaded.sources.len() as u32);
    let mut add = |text| loaded.sources.add(Source { name: name.into(), text: Cow::Owned(text), library: false });
    let bytes = match String::from_utf8(bytes) {
        // Nearly always the text is what was read, and it is not copied.
        Ok(text) if !text.starts_with('\u{feff}') && !text.contains('\0') => return Ok(Some(add(text))),
        Ok(text) => text.into_bytes(),
        Err(e) => e.into_bytes(),
    };
    match super::decode(file, &bytes) {
        Ok(text) => Ok(Some(add(text.to_owned()))),
        Err(d) => {
            // The message needs a source to point into: what of the file is text.
            add(String::from_utf8_lossy(&bytes).into_owned());
            diagnostics.push(d);
            Ok(None)
        }
    }
}

/// The `use` entries of a file, read line by line: where each begins, and what it names (`std.postgres`, `lib/p.bay`).
fn uses_in(loaded: &Loaded, file: FileId) -> Vec<(u32, String)> {
    let Some(source) = loaded.sources.get(file) else { return Vec::new() };
    let mut found = Vec::new();
    for start in lines_with_use(&source.text) {
        let line = source.text.get(start..).and_then(|rest| rest.split_inclusive(['\n', '\r']).next()).unwrap_or("");
        let parsed = super::parse(file, line, &mut Diagnostics::default());
        for entry in parsed.entries() {
            if let EntryKind::Use { from, .. } = &entry.kind {
                let named = match from {
                    UseFrom::Std(names) => names.iter().map(|n| n.text).collect::<Vec<_>>().join("."),
                    UseFrom::File(text) => text.parts.literal().unwrap_or("").to_owned(),
                };
                found.push((start as u32 + entry.span.start, named));
            }
        }
    }
    found
}

/// Where a line begins with `use`, behind its blanks.
fn lines_with_use(text: &str) -> Vec<usize> {
    /// Bytes that are looked at together, in a loop without a branch: few texts have the word at all, and a walk along the lines of a large one
    /// takes ten times as long.
    const TOGETHER: usize = 1 << 10;
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    for start in (0..bytes.len()).step_by(TOGETHER) {
        let (Some(u), s, e) = (bytes.get(start..), bytes.get(start + 1..).unwrap_or(&[]), bytes.get(start + 2..).unwrap_or(&[])) else {
            break;
        };
        let is_use = |((u, s), e): ((&u8, &u8), &u8)| (*u == b'u') & (*s == b's') & (*e == b'e');
        if !u.iter().take(TOGETHER).zip(s).zip(e).fold(false, |any, three| any | is_use(three)) {
            continue;
        }
        found.extend(u.iter().take(TOGETHER).zip(s).zip(e).enumerate().filter(|(_, three)| is_use(*three)).map(|(i, _)| start + i));
    }
    found.retain(|at| {
        let before = text.get(..*at).unwrap_or("");
        before.rsplit(['\n', '\r']).next().unwrap_or("").trim_start().is_empty()
    });
    found
}

fn unit_of(
    world: &dyn World,
    from: &str,
    file: FileId,
    loaded: &mut Loaded,
    by_name: &mut FxHashMap<String, usize>,
    diagnostics: &mut Diagnostics,
) -> Result<usize, String> {
    if let Some(name) = from.strip_prefix("std.") {
        let Some((_, text)) = LIBRARY.iter().find(|(n, _)| *n == name) else {
            let names = LIBRARY.iter().map(|(n, _)| *n);
            return Err(format!("the standard library has no `{name}`: it has {}", crate::diagnostic::suggest::list(names, "and")));
        };
        let path = format!("std/{name}.bay");
        if let Some(unit) = by_name.get(&path) {
            return Ok(*unit);
        }
        let id = loaded.sources.add(Source { name: path.clone(), text: (*text).into(), library: true });
        loaded.units.push(vec![id]);
        by_name.insert(path, loaded.units.len() - 1);
        return Ok(loaded.units.len() - 1);
    }
    if from.is_empty() {
        return Err("the name of a used file is a literal".into());
    }
    if !from.ends_with(".bay") {
        return Err(format!("`{from}` is no `.bay` file"));
    }
    let path = beside(loaded.sources.get(file).map_or("", |s| &s.name), from)?;
    if let Some(unit) = by_name.get(&path) {
        return Ok(*unit);
    }
    match read(world, &path, loaded, diagnostics).map_err(|e| e.to_string())? {
        Some(id) => {
            loaded.units.push(vec![id]);
            by_name.insert(path, loaded.units.len() - 1);
            Ok(loaded.units.len() - 1)
        }
        None => Err(format!("`{path}` is no text")),
    }
}

/// A path that stands in a file, from the project's root.
pub fn beside(file: &str, path: &str) -> Result<String, String> {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let joined = if path.starts_with('/') || folder.is_empty() { path.to_string() } else { format!("{folder}/{path}") };
    crate::world::normal(&joined).map_err(|e| e.to_string())
}

/// The span of a whole file's first character, for messages about the file itself.
pub fn head(file: FileId) -> Span {
    Span::new(file, 0, 0)
}
