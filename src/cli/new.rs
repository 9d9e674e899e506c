//! `bayplan new`.

use super::arguments::{Global, New};
use super::{Exit, Failure, Streams};
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

/// What a new project holds.
const FILES: [(&str, &str); 3] = [
    ("bayplan.toml", include_str!("starter/bayplan.toml")),
    ("app.bay", include_str!("starter/app.bay")),
    ("README.md", include_str!("starter/README.md")),
];

pub fn run(arguments: &New, global: &Global, streams: &mut Streams) -> Result<Exit, Failure> {
    let folder = Path::new(&arguments.dir);
    let failed = |path: &Path, error: &std::io::Error| Failure::Said(Exit::Usage, format!("`{}`: {error}", path.to_string_lossy()));
    match fs::read_dir(folder) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                return Err(Failure::Said(Exit::Refused, format!("`{}` is not empty; nothing was written", arguments.dir)));
            }
        }
        Err(e) if e.kind() == ErrorKind::NotFound => fs::create_dir_all(folder).map_err(|e| failed(folder, &e))?,
        Err(e) if e.kind() == ErrorKind::NotADirectory => {
            return Err(Failure::Said(Exit::Refused, format!("`{}` is a file; nothing was written", arguments.dir)));
        }
        Err(e) => return Err(failed(folder, &e)),
    }
    for (name, text) in FILES {
        let path = folder.join(name);
        let mut file = fs::File::options().write(true).create_new(true).open(&path).map_err(|e| failed(&path, &e))?;
        file.write_all(text.as_bytes()).map_err(|e| failed(&path, &e))?;
    }
    if arguments.form.is_json() {
        super::json_line(streams.out, &serde_json::json!({ "folder": arguments.dir, "files": FILES.map(|(name, _)| name) }))?;
    } else if !global.quiet {
        let folder = crate::diagnostic::render::escape(&arguments.dir);
        writeln!(streams.out, "{folder} holds a first program, app.bay. Next: bayplan build {folder}")?;
    }
    Ok(Exit::Done)
}
