//! The bundle as text. The same bundle always gives the same bytes.

pub mod connections;
pub mod json;
pub mod owned;
pub mod scalar;
pub mod tree;
pub mod yaml;

mod desk;

use crate::tape::{Bundle, File, View};
use crate::workers::Workers;
use desk::{Closing, Desk, PIECE, Piece};
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
/// Fewer objects are written sooner by one thread.
const OBJECTS_A_THREAD: usize = 32;

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

/// [`write`] with texts made on several threads: whoever is free takes the next objects, and this thread hands all on in order. The bytes are the same.
pub fn write_on(workers: &Workers, bundle: &Bundle, format: Format, out: &mut (impl io::Write + ?Sized)) -> io::Result<()> {
    if workers.worth(bundle.order.len(), OBJECTS_A_THREAD) < 2 {
        return write(bundle, format, out);
    }
    let desk = Desk::new(bundle.order.len(), workers.threads());
    let text = |piece: Piece| {
        let mut open = Some(piece);
        while let Some(mut piece) = open {
            let mut end = piece.objects.start;
            let places = bundle.order.get(piece.objects.clone()).unwrap_or_default();
            for view in bundle.at(places) {
                object(view, format, &mut piece.text);
                end += 1;
                if piece.text.len() >= PIECE {
                    break;
                }
            }
            open = desk.finish(piece, end);
        }
    };
    let help = |_| {
        while let Some(piece) = desk.take(true) {
            text(piece);
        }
    };
    workers.beside_last(help, |_| {
        // However this ends, nobody waits for room any more.
        let closing = Closing(&desk);
        loop {
            if let Some(piece) = desk.finished() {
                out.write_all(&piece.text)?;
                desk.written(piece);
            } else if let Some(piece) = desk.take(false) {
                text(piece);
            } else if !desk.wait() {
                break;
            }
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
