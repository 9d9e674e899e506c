//! The bundle as text. The same bundle always gives the same bytes.

pub mod connections;
pub mod json;
pub mod owned;
pub mod scalar;
pub mod tree;
pub mod yaml;

use crate::tape::{Bundle, File, Place, View};
use std::sync::mpsc;
use std::{io, thread};

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
const CHUNK: usize = 128 * 1024;
/// Objects that one thread writes at a stretch: about [`CHUNK`] bytes.
const STRETCH: usize = 128;

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

/// [`write`] with texts made on several threads: each has every so manieth stretch of objects, and all are handed on in order. The bytes are
/// the same.
pub fn write_on(threads: usize, bundle: &Bundle, format: Format, out: &mut (impl io::Write + ?Sized)) -> io::Result<()> {
    let stretches: Vec<&[Place]> = bundle.order.chunks(STRETCH).collect();
    let threads = threads.min(stretches.len() / 2);
    if threads < 2 {
        return write(bundle, format, out);
    }
    thread::scope(|scope| {
        let stretches = &stretches;
        let workers: Vec<_> = (0..threads)
            .map(|first| {
                let (done, ready) = mpsc::sync_channel::<Vec<u8>>(2);
                let (back, spare) = mpsc::channel::<Vec<u8>>();
                scope.spawn(move || {
                    for stretch in stretches.iter().skip(first).step_by(threads) {
                        let mut buffer = spare.try_recv().unwrap_or_else(|_| Vec::with_capacity(CHUNK + CHUNK / 4));
                        buffer.clear();
                        bundle.at(stretch).for_each(|view| object(view, format, &mut buffer));
                        // Nobody waits for the rest where the output is gone.
                        if done.send(buffer).is_err() {
                            return;
                        }
                    }
                });
                (ready, back)
            })
            .collect();
        for (number, _) in stretches.iter().enumerate() {
            let Some((ready, back)) = workers.get(number % threads) else { break };
            let buffer = ready.recv().map_err(io::Error::other)?;
            out.write_all(&buffer)?;
            let _ = back.send(buffer);
        }
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
