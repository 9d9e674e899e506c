//! The files that a checked program names: templates and configuration files, each by a literal path below the project.

use crate::check::program::Program;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::source::{FileId, Sources};
use crate::vocabulary::value::Str;
use crate::world::World;
use std::collections::BTreeMap;

/// Texts of files, by the source that names them and the path as written there.
#[derive(Debug, Default)]
pub struct Assets(BTreeMap<(FileId, Str), Str>);

impl Assets {
    /// The text of a file that a source names.
    pub fn get(&self, file: FileId, path: &str) -> Option<&Str> {
        self.0.get(&(file, path.into()))
    }
}

/// Reads them all.
pub fn load(world: &dyn World, program: &Program, sources: &Sources, diagnostics: &mut Diagnostics) -> Assets {
    let mut assets = Assets::default();
    for (path, span) in &program.assets {
        if assets.get(span.file, path).is_some() {
            continue;
        }
        let name = sources.get(span.file).map_or("", |s| &s.name);
        let text = crate::syntax::load::beside(name, path)
            .and_then(|p| world.read(&p).map_err(|e| e.to_string()))
            .and_then(|bytes| String::from_utf8(bytes).map_err(|_| format!("`{path}` is no UTF-8 text")));
        match text {
            Ok(text) => {
                assets.0.insert((span.file, path.clone()), text.into());
            }
            Err(why) => diagnostics.push(
                Diagnostic::error(codes::UNREADABLE, why)
                    .at(*span, "named here")
                    .why("A path is relative to the file that names it, and stays below the project."),
            ),
        }
    }
    assets
}
