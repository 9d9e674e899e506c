//! Compact JSON, one object a line: for `--format json` and for programs that read the bundle.

use super::scalar;
use crate::tape::{Tag, Tape, View};

/// Appends the object and a line end.
pub fn object(view: View<'_>, out: &mut Vec<u8>) {
    let (tape, at) = view.place();
    value(tape, at, out);
    out.push(b'\n');
}

fn value(tape: &Tape, at: u32, out: &mut Vec<u8>) {
    let cell = tape.cell(at);
    match cell.tag() {
        Tag::Str => scalar::quoted(tape.str_of(cell), out),
        Tag::Int => scalar::int(tape.int_of(cell), out),
        Tag::Bool => out.extend_from_slice(if cell.bool() { b"true" } else { b"false" }),
        Tag::Float => scalar::float(tape.float_of(cell), out),
        Tag::Null => out.extend_from_slice(b"null"),
        Tag::Seq => {
            out.push(b'[');
            children(tape, at, false, out);
            out.push(b']');
        }
        Tag::Map => {
            out.push(b'{');
            children(tape, at, true, out);
            out.push(b'}');
        }
    }
}

fn children(tape: &Tape, at: u32, keys: bool, out: &mut Vec<u8>) {
    let end = tape.cell(at).next(at);
    let mut i = at + 1;
    while i < end {
        let cell = tape.cell(i);
        if i > at + 1 {
            out.push(b',');
        }
        if keys {
            scalar::quoted(tape.name(cell.key()), out);
            out.push(b':');
        }
        value(tape, i, out);
        i = cell.next(i);
    }
}
