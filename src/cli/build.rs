//! `bayplan build`.

use super::arguments::{Build, Global, Output};
use super::{Exit, Failure, Streams, program};
use crate::output::tree::{self, Item, TreeError, Written};
use crate::output::{self, connections, yaml};
use crate::tape::{Bundle, File, View};
use std::mem::ManuallyDrop;
use std::path::Path;

pub fn run(arguments: &Build, global: &Global, streams: &mut Streams) -> Result<Exit, Failure> {
    if arguments.out.is_some() && arguments.format == Output::Connections {
        return Err(Failure::Said(
            Exit::Usage,
            "--out writes manifests; --format connections goes to standard output, without --out".to_owned(),
        ));
    }
    if arguments.file.is_some() && arguments.format == Output::Connections {
        return Err(Failure::Said(
            Exit::Usage,
            "--file prints a file; --format connections says who reaches whom: one of the two".to_owned(),
        ));
    }
    let compiled = program::run(&arguments.program, arguments.env.as_deref(), global, streams, crate::compile)?;
    // The process ends behind this: to free all of it piece by piece, and to end its threads, would only put that off.
    let compiled = ManuallyDrop::new(compiled);
    let (Some(bundle), Some(planned)) = (&compiled.bundle, &compiled.plan) else { return Ok(Exit::Errors) };
    if let Some(name) = &arguments.file {
        let Some(file) = bundle.files.iter().find(|f| f.name == name) else { return Err(no_file(name, bundle)) };
        let format = if arguments.format == Output::Json { output::Format::Json } else { output::Format::Yaml };
        streams.out.write_all(&output::file(file, format))?;
        return Ok(Exit::Done);
    }
    let Some(folder) = &arguments.out else {
        match arguments.format {
            Output::Yaml => output::write_on(&compiled.workers, bundle, output::Format::Yaml, streams.out)?,
            Output::Json => output::write_on(&compiled.workers, bundle, output::Format::Json, streams.out)?,
            Output::Connections => connections::write(&planned.plan, bundle, &mut streams.out)?,
        }
        return Ok(Exit::Done);
    };
    let written = tree::write(Path::new(folder), &items(bundle), arguments.force).map_err(|error| {
        let exit = if matches!(error, TreeError::Refused(_)) { Exit::Refused } else { Exit::Usage };
        Failure::Said(exit, error.to_string())
    })?;
    if arguments.format == Output::Json {
        let report = serde_json::json!({ "written": written.written, "removed": written.removed, "unchanged": written.unchanged });
        super::json_line(streams.out, &report)?;
    } else if !global.quiet {
        let _ = writeln!(streams.err, "{}", super::lines(&told(&written, folder)));
    }
    Ok(Exit::Done)
}

/// Why nothing is printed.
fn no_file(name: &str, bundle: &Bundle) -> Failure {
    let known: Vec<&str> = bundle.files.iter().map(|f| f.name).collect();
    let has = if known.is_empty() {
        "it has none: they are made for a `cluster` with a `control-plane`".to_owned()
    } else {
        format!("it has {}", known.join(", "))
    };
    Failure::Said(Exit::Usage, format!("the program has no file `{name}` beside its objects; {has}"))
}

/// The objects as files, and the files that are none: those in a folder that has no namespace's name.
fn items(bundle: &Bundle) -> Vec<Item> {
    let text = |object: View<'_>, path: &[&str]| object.path(path).and_then(View::str).map(str::to_owned);
    let item = |object| {
        let mut bytes = Vec::new();
        yaml::object(object, &mut bytes);
        Item {
            namespace: text(object, &["metadata", "namespace"]),
            api_version: text(object, &["apiVersion"]).unwrap_or_default(),
            kind: text(object, &["kind"]).unwrap_or_default(),
            name: text(object, &["metadata", "name"]).unwrap_or_default(),
            bytes,
        }
    };
    let file = |file: &File| {
        let (kind, name) = file.name.trim_end_matches(".yaml").split_once('-').unwrap_or((file.name, ""));
        Item {
            namespace: Some(format!("{}.kubeadm", file.cluster)),
            api_version: String::new(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            bytes: output::file(file, output::Format::Yaml),
        }
    };
    bundle.objects().map(item).chain(bundle.files.iter().map(file)).collect()
}

fn told(written: &Written, folder: &str) -> String {
    let files = |n: usize| format!("{n} file{}", if n == 1 { "" } else { "s" });
    if written.written.is_empty() && written.removed.is_empty() {
        return format!("{folder}: nothing to do, {} up to date", files(written.unchanged));
    }
    format!("{folder}: {} written, {} removed, {} unchanged", files(written.written.len()), written.removed.len(), written.unchanged)
}
