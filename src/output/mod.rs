//! The bundle as text. The same bundle always gives the same bytes.

pub mod connections;
pub mod json;
pub mod scalar;
pub mod tree;
pub mod yaml;

use crate::tape::{Bundle, View};
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
const CHUNK: usize = 128 * 1024;

/// Writes all objects in order. An error is one of `out`'s own.
pub fn write(bundle: &Bundle, format: Format, out: &mut impl io::Write) -> io::Result<()> {
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

/// Appends one object.
pub fn object(view: View<'_>, format: Format, out: &mut Vec<u8>) {
    match format {
        Format::Yaml => yaml::object(view, out),
        Format::Json => json::object(view, out),
    }
}
