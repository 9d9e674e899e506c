//! YAML in block style, straight from the tape: keys in the tape's order, list items at their parent's column, as kubectl writes them.
//!
//! No anchors, no tags, no folded lines. A map's key is one line of at most a thousand characters; Kubernetes allows 317.

use super::scalar;
use crate::tape::{Cell, Key, NAMES, Tag, Tape, View};

/// Appends a document: `---`, then the object.
pub fn object(view: View<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"---");
    let (tape, at) = view.place();
    let cell = tape.cell(at);
    match cell.tag() {
        Tag::Map if cell.next(at) > at + 1 => map(tape, at, 0, false, out),
        Tag::Seq if cell.next(at) > at + 1 => seq(tape, at, 0, out),
        _ => {
            line(0, out);
            leaf(tape, cell, 0, out);
        }
    }
    out.push(b'\n');
}

/// The entries of a map at a column. `inline`: the first is on a line that was begun already, after `- `.
fn map(tape: &Tape, at: u32, column: usize, mut inline: bool, out: &mut Vec<u8>) {
    let end = tape.cell(at).next(at);
    let mut i = at + 1;
    while i < end {
        let cell = tape.cell(i);
        let next = cell.next(i);
        if !std::mem::take(&mut inline) {
            line(column, out);
        }
        match cell.tag() {
            Tag::Map if next > i + 1 => {
                key(tape, cell, Colon::Alone, out);
                map(tape, i, column + 2, false, out);
            }
            Tag::Seq if next > i + 1 => {
                key(tape, cell, Colon::Alone, out);
                seq(tape, i, column, out);
            }
            _ => {
                key(tape, cell, Colon::Blank, out);
                leaf(tape, cell, column + 2, out);
            }
        }
        i = next;
    }
}

/// The items of a list at a column.
fn seq(tape: &Tape, at: u32, column: usize, out: &mut Vec<u8>) {
    let end = tape.cell(at).next(at);
    let mut i = at + 1;
    while i < end {
        let cell = tape.cell(i);
        let next = cell.next(i);
        line(column, out);
        match cell.tag() {
            Tag::Map if next > i + 1 => {
                out.extend_from_slice(b"- ");
                map(tape, i, column + 2, true, out);
            }
            Tag::Seq if next > i + 1 => {
                out.push(b'-');
                seq(tape, i, column + 2, out);
            }
            _ => {
                out.extend_from_slice(b"- ");
                leaf(tape, cell, column + 2, out);
            }
        }
        i = next;
    }
}

/// A scalar or an empty map or list. A block's lines begin at `column`.
#[inline]
fn leaf(tape: &Tape, cell: Cell, column: usize, out: &mut Vec<u8>) {
    match cell.tag() {
        Tag::Str => {
            let (at, length) = tape.place_of(cell);
            match tape.ahead(at) {
                Some(ahead) if scalar::is_name(ahead, length) => {
                    let end = out.len() + length as usize;
                    out.extend_from_slice(ahead);
                    out.truncate(end);
                }
                _ => text(tape.slice(at, length), column, out),
            }
        }
        Tag::Int => scalar::int(tape.int_of(cell), out),
        Tag::Bool => out.extend_from_slice(if cell.bool() { b"true" } else { b"false" }),
        Tag::Float => scalar::float(tape.float_of(cell), out),
        Tag::Map => out.extend_from_slice(b"{}"),
        Tag::Seq => out.extend_from_slice(b"[]"),
        Tag::Null => out.extend_from_slice(b"null"),
    }
}

/// Any text. Apart from [`leaf`], as what is rare here and below is from what is not: the common way then needs few registers, and is a quarter
/// shorter.
#[inline(never)]
fn text(text: &str, column: usize, out: &mut Vec<u8>) {
    if scalar::is_plain(text) {
        out.extend_from_slice(text.as_bytes());
    } else if let Some(mark) = scalar::block(text) {
        block(text, mark, column, out);
    } else {
        scalar::quoted(text, out);
    }
}

/// The key and what follows it: `:`, or `: ` before a scalar.
#[inline]
fn key(tape: &Tape, cell: Cell, colon: Colon, out: &mut Vec<u8>) {
    let key = cell.key();
    match KEYS.get(key.number()) {
        Some(known) if known.length > 0 && !key.is_foreign() => {
            let end = out.len() + usize::from(known.length) + colon as usize;
            out.extend_from_slice(&known.bytes);
            out.truncate(end);
        }
        _ => named(tape, key, colon, out),
    }
}

/// [`key`], where the name is none of [`KEYS`].
#[inline(never)]
fn named(tape: &Tape, key: Key, colon: Colon, out: &mut Vec<u8>) {
    let name = tape.name(key);
    if scalar::is_plain(name) {
        out.extend_from_slice(name.as_bytes());
    } else {
        scalar::quoted(name, out);
    }
    out.extend_from_slice(b": ".get(..colon as usize).unwrap_or(b": "));
}

/// What follows a key, by its length.
#[derive(Clone, Copy)]
enum Colon {
    Alone = 1,
    Blank = 2,
}

/// A known name with `: ` after it, in room that is copied whole: a copy of a length that the compiler knows takes a fifth of the time of a call,
/// and a manifest has a million lines.
#[derive(Clone, Copy)]
struct Written {
    bytes: [u8; ROOM - 1],
    /// Of the name; 0 where it must be quoted or has no room here.
    length: u8,
}

/// Bytes that are copied at once.
const ROOM: usize = 32;

/// All known names are plain but `$ref` and its like, as a test makes sure.
#[allow(clippy::indexing_slicing, reason = "runs in the compiler; every index is below a length by the conditions around it")]
static KEYS: [Written; NAMES.len()] = {
    let mut keys = [Written { bytes: [b' '; ROOM - 1], length: 0 }; NAMES.len()];
    let mut number = 0;
    while number < NAMES.len() {
        let name = NAMES[number].as_bytes();
        if !name.is_empty() && name[0] != b'$' && name.len() + 2 < ROOM {
            let mut at = 0;
            while at < name.len() {
                keys[number].bytes[at] = name[at];
                at += 1;
            }
            keys[number].bytes[at] = b':';
            keys[number].length = name.len() as u8;
        }
        number += 1;
    }
    keys
};

/// A literal block with its `|`.
fn block(text: &str, mark: &str, column: usize, out: &mut Vec<u8>) {
    out.push(b'|');
    out.extend_from_slice(mark.as_bytes());
    for own in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        line(if own.is_empty() { 0 } else { column }, out);
        out.extend_from_slice(own.as_bytes());
    }
}

/// Ends a line and begins the next one at a column.
#[inline]
fn line(column: usize, out: &mut Vec<u8>) {
    const BEGINNING: [u8; ROOM] = *b"\n                               ";
    if column < ROOM {
        let end = out.len() + 1 + column;
        out.extend_from_slice(&BEGINNING);
        out.truncate(end);
    } else {
        deep_line(column, out);
    }
}

#[inline(never)]
fn deep_line(column: usize, out: &mut Vec<u8>) {
    out.push(b'\n');
    out.resize(out.len() + column, b' ');
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that meets the unexpected must fail")]
    use super::super::{Format, write};
    use super::*;
    use crate::tape::{Bundle, Origin, key};

    const O: Origin = Origin::NONE;

    fn sample() -> Bundle {
        let mut t = Tape::new();
        let root = t.root(O);
        t.str(key("apiVersion"), "apps/v1", O);
        let spec = t.map(key("spec"), O);
        t.int(key("replicas"), -3, O);
        let list = t.seq(key("containers"), O);
        let item = t.map(Key::NONE, O);
        t.str(key("name"), "on", O);
        let args = t.seq(key("args"), O);
        t.str(Key::NONE, "a\n\tb\n", O);
        t.str(Key::NONE, "x\ny", O);
        let inner = t.seq(Key::NONE, O);
        t.null(Key::NONE, O);
        let deep = t.map(Key::NONE, O);
        t.str(key("name"), "p\n\nq\n\n", O);
        t.close(deep);
        t.close(inner);
        t.close(args);
        t.close(item);
        let empty = t.map(Key::NONE, O);
        t.close(empty);
        t.close(list);
        let empty = t.seq(key("volumes"), O);
        t.close(empty);
        t.close(spec);
        let foreign = t.intern("größe: x");
        t.bool(foreign, true, O);
        t.float(key("$ref"), 2.0, O);
        t.close(root);
        let root = t.root(O);
        t.str(key("kind"), "Pod", O);
        t.close(root);
        Bundle::from(vec![t])
    }
    fn text(format: Format) -> String {
        let mut out = Vec::new();
        write(&sample(), format, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_document_in_full() {
        let expected = "---
apiVersion: apps/v1
spec:
  replicas: -3
  containers:
  - name: \"on\"
    args:
    - |
      a
      \tb
    - |-
      x
      y
    -
      - null
      - name: |+
          p

          q

  - {}
  volumes: []
\"größe: x\": true
\"$ref\": 2.0
---
kind: Pod
";
        assert_eq!(text(Format::Yaml), expected);
    }

    #[test]
    fn json_is_one_object_a_line() {
        let expected = r#"{"apiVersion":"apps/v1","spec":{"replicas":-3,"containers":[{"name":"on","args":["a\n\tb\n","x\ny",[null,{"name":"p\n\nq\n\n"}]]},{}],"volumes":[]},"größe: x":true,"$ref":2.0}
{"kind":"Pod"}
"#;
        assert_eq!(text(Format::Json), expected);
        for line in text(Format::Json).lines() {
            serde_json::from_str::<serde_json::Value>(line).unwrap();
        }
    }

    #[test]
    fn every_known_name_is_plain_or_begins_with_a_dollar() {
        let names: Vec<_> = (1..).map_while(|number| Key(number).known()).collect();
        assert!(names.len() > 1000);
        for name in names {
            assert!(scalar::is_plain(name) != name.starts_with('$'), "{name}");
        }
    }
}
