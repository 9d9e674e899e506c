//! The bundle as text. The same bundle always gives the same bytes.

pub mod connections;
pub mod json;
pub mod owned;
pub mod scalar;
pub mod tree;
pub mod yaml;

mod desk;

use crate::tape::{Bundle, File, Place, View};
use crate::workers::Workers;
use desk::{Closing, Desk};
use std::io;

/// How the bundle is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Format {
    /// Documents in block style, each after `---`.
    #[default]
    Yaml,
    /// One object a line, nothing between them.
    Json,
}

/// Bytes gathered before they are handed on.
const CHUNK: usize = 64 * 1024;
/// Objects that one thread writes at a stretch: at most about [`CHUNK`] bytes, where they are Deployments.
const STRETCH: usize = 16;
/// How many stretches for each thread may be under way or wait to be handed on.
const AHEAD: usize = 4;

/// Writes all objects in order. An error is one of `out`'s own.
pub fn write(bundle: &Bundle, format: Format, out: &mut (impl io::Write + ?Sized)) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(CHUNK + CHUNK / 4);
    for view in bundle.objects() {
        object(view, format, &mut buffer);
        if buffer.len() >= CHUNK {
            out.write_all(&buffer)?;
            buffer.clear();
        }
    }
    out.write_all(&buffer)?;
    out.flush()
}

/// [`write`] with texts made on several threads: whoever is free takes the next stretch of objects, and this thread hands all on in order. The
/// bytes are the same.
pub fn write_on(workers: &Workers, bundle: &Bundle, format: Format, out: &mut (impl io::Write + ?Sized)) -> io::Result<()> {
    let stretches: Vec<&[Place]> = bundle.order.chunks(STRETCH).collect();
    if workers.threads() < 2 || stretches.len() < 4 {
        return write(bundle, format, out);
    }
    let desk = Desk::new(stretches.len(), workers.threads() * AHEAD);
    let text = |number: usize, mut buffer: Vec<u8>| {
        buffer.clear();
        let stretch = stretches.get(number).copied().unwrap_or_default();
        bundle.at(stretch).for_each(|view| object(view, format, &mut buffer));
        desk.finish(number, buffer);
    };
    let help = |_| {
        while let Some((number, buffer)) = desk.take(true) {
            text(number, buffer);
        }
    };
    workers.beside_last(help, |_| {
        // However this ends, nobody waits for room any more.
        let closing = Closing(&desk);
        for number in 0..stretches.len() {
            let buffer = loop {
                match desk.finished(number) {
                    Some(buffer) => break buffer,
                    None => match desk.take(false) {
                        Some((number, buffer)) => text(number, buffer),
                        None => desk.wait(number),
                    },
                }
            };
            out.write_all(&buffer)?;
            desk.written(number, buffer);
        }
        drop(closing);
        out.flush()
    })
}

/// The text of a file that is no object of the API, its documents one after the other.
pub fn file(file: &File, format: Format) -> Vec<u8> {
    let mut text = Vec::new();
    file.documents.objects().for_each(|document| object(document, format, &mut text));
    text
}

/// Appends one object.
pub fn object(view: View<'_>, format: Format, out: &mut Vec<u8>) {
    match format {
        Format::Yaml => yaml::object(view, out),
        Format::Json => json::object(view, out),
    }
}
