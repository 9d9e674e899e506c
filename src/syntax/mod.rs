//! Text to syntax tree.
//!
//! [`parse`] never fails: it returns the entries that it understood and pushes a message for each mistake. A source goes through three
//! hands: `scan` (one pass over the bytes: limits, forbidden characters, brackets and quotes balanced, comments, cuts), `read` (the grammar,
//! total over what the scan lets through), and `lower` (nodes to tree, recovery nodes to messages by `recover`).
//!
//! The grammar is `grammar/bayplan.pest`. `read` follows it by hand, for speed, and `grammar_tests` hold it to the grammar.

pub mod ast;
mod bytes;
mod characters;
#[cfg(test)]
mod grammar_tests;
pub mod load;
mod lower;
mod nodes;
mod patched;
mod read;
mod recover;
mod scan;
#[cfg(test)]
mod tests;
mod text;

use crate::diagnostic::{Diagnostic, Diagnostics, Fix, codes};
use crate::source::{FileId, Span};
use crate::workers::Workers;
use nodes::Pairs;
use recover::Found;
pub use scan::Comment;
use scan::{Patched, Scan};
use std::sync::atomic::{AtomicBool, Ordering};

/// Pieces of a file below this many bytes are read together: a piece has a fixed cost.
const PIECE: usize = 4 << 10;

/// Reads a source: what was understood, with a message for each mistake.
pub fn parse<'s>(id: FileId, text: &'s str, diagnostics: &mut Diagnostics) -> ast::File<'s> {
    parse_on(&Workers::new(1), id, text, diagnostics)
}

/// [`parse`] on several threads. Tree and messages do not depend on their number: the same pieces are read, and joined in order.
pub fn parse_on<'s>(workers: &Workers, id: FileId, text: &'s str, diagnostics: &mut Diagnostics) -> ast::File<'s> {
    let (read, scanned) = match sound_pieces(workers, id, text) {
        Some(read) => (read, Vec::new()),
        None => scanned_pieces(workers, id, text),
    };
    let mut found: Vec<Found> = Vec::new();
    let mut file = ast::File { id, declarations: Vec::new(), blocks: Vec::with_capacity(read.len()) };
    for (mut entries, messages) in read {
        file.declarations.extend(entries.extract_if(.., |e| e.kind.declares()));
        file.blocks.push(entries);
        found.extend(messages);
    }
    report(text, scanned, found, diagnostics);
    file
}

/// What was understood of a piece, and what was not.
type Piece<'s> = (Vec<ast::Entry<'s>>, Vec<Found>);

/// The pieces of a large text that seems to have no mistake: each is scanned and read by one thread while the text is in its cache, which takes a
/// third of the time off that a scan of the whole before the threads begin would cost. `None` where the scan finds anything at all.
fn sound_pieces<'s>(workers: &Workers, id: FileId, text: &'s str) -> Option<Vec<Piece<'s>>> {
    let likely = likely_pieces(text);
    if likely.len() < 2 || text.len() > scan::MAX_BYTES {
        return None;
    }
    let unsound = AtomicBool::new(false);
    let read = |(start, end): &(usize, usize)| {
        let scan = if unsound.load(Ordering::Relaxed) { None } else { scan::scan_piece(id, text, *start, *end) };
        unsound.fetch_or(scan.is_none(), Ordering::Relaxed);
        let scan = scan?;
        Some((piece(id, text, (*start, *end), &scan, &documentation(&scan)), scan.tokens))
    };
    let mut tokens = 0;
    let mut all = Vec::with_capacity(likely.len());
    for made in workers.meet(&likely, read) {
        let (piece, its_tokens) = made?;
        tokens += its_tokens;
        all.push(piece);
    }
    (tokens <= scan::MAX_TOKENS).then_some(all)
}

/// The pieces of any text, after a scan of the whole; and what that found.
fn scanned_pieces<'s>(workers: &Workers, id: FileId, text: &'s str) -> (Vec<Piece<'s>>, Vec<Diagnostic>) {
    let scan = scan::scan(id, text);
    let mut all = Vec::new();
    if !scan.refused {
        let documentation = documentation(&scan);
        let read = |_, pieces: &[(usize, usize)]| pieces.iter().map(|p| piece(id, text, *p, &scan, &documentation)).collect::<Vec<_>>();
        all.extend(workers.chunks(&pieces(&scan, text.len()), 1, read).into_iter().flatten());
    }
    (all, scan.diagnostics)
}

fn documentation(scan: &Scan) -> Vec<Comment> {
    scan.comments.iter().filter(|c| c.documentation).copied().collect()
}

/// The comments of a source in order, for the formatter: the tree has none but documentation.
pub fn comments(id: FileId, text: &str) -> Vec<Comment> {
    scan::scan(id, text).comments
}

/// The text of a file. One byte order mark is accepted and taken away.
///
/// # Errors
/// What is not UTF-8, or has a NUL byte, is refused with the offset of the first such byte. The place is that of the text before it.
pub fn decode(id: FileId, bytes: &[u8]) -> Result<&str, Diagnostic> {
    let utf16 = |which: &str| {
        let title = format!("this file is UTF-16 ({which}), from byte 0 on; sources are UTF-8");
        Err(recover::not_text(title, Span::new(id, 0, 0), "It begins with the byte order mark of UTF-16.", "save it as UTF-8"))
    };
    match bytes {
        [0xff, 0xfe, ..] => return utf16("little-endian"),
        [0xfe, 0xff, ..] => return utf16("big-endian"),
        _ => {}
    }
    let mark = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let bytes = bytes.get(mark..).unwrap_or(&[]);
    let nul = bytes.iter().position(|b| *b == 0);
    let text = std::str::from_utf8(bytes);
    let invalid = text.as_ref().err().map(std::str::Utf8Error::valid_up_to);
    let at = match (nul, invalid) {
        (Some(n), Some(i)) => n.min(i),
        (n, i) => match n.or(i) {
            Some(at) => at,
            None => return text.map_err(|_| recover::not_text(String::new(), Span::new(id, 0, 0), "", "")),
        },
    };
    let byte = bytes.get(at).copied().unwrap_or(0);
    let line = bytes.iter().take(at).filter(|b| **b == b'\n').count() + 1;
    let place = Span::new(id, at, at);
    Err(if byte == 0 {
        let title = format!("there is a NUL byte at offset {} (line {line})", at + mark);
        recover::not_text(title, place, "A text has none; this may be UTF-16 or no text at all.", "save it as UTF-8")
    } else {
        let title = format!("the byte 0x{byte:02x} at offset {} (line {line}) is not UTF-8", at + mark);
        recover::not_text(title, place, "Sources are UTF-8.", "save it as UTF-8")
    })
}

/// Pieces that most likely are no shorter than [`PIECE`] and end with a top-level block: behind a line that is a `}` and nothing else. They depend
/// on the text alone.
fn likely_pieces(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let (mut pieces, mut start, mut from) = (Vec::new(), 0, PIECE);
    while let Some(found) = bytes.get(from..).and_then(|rest| rest.windows(2).position(|two| two == b"\n}")) {
        from += found + 2;
        let line_end = match bytes.get(from..) {
            Some([b'\n', ..]) => 1,
            Some([b'\r', b'\n', ..]) => 2,
            _ => continue,
        };
        let cut = from + line_end;
        if cut < text.len() && scan::is_cut(bytes, cut) {
            pieces.push((start, cut));
            (start, from) = (cut, cut + PIECE);
        }
    }
    pieces.push((start, text.len()));
    pieces
}

/// The pieces that are read one by one. They depend on the text alone.
fn pieces(scan: &Scan, length: usize) -> Vec<(usize, usize)> {
    let (mut pieces, mut start) = (Vec::new(), 0);
    for &cut in &scan.cuts {
        if cut - start >= PIECE && cut < length {
            pieces.push((start, cut));
            start = cut;
        }
    }
    pieces.push((start, length));
    pieces
}

/// Reads one piece.
fn piece<'s>(
    id: FileId,
    text: &'s str,
    (start, end): (usize, usize),
    scan: &Scan,
    documentation: &[Comment],
) -> (Vec<ast::Entry<'s>>, Vec<Found>) {
    // A repair at a cut belongs to the piece before it, as does one at the very end.
    let last = end == text.len();
    let from = scan.patches.partition_point(|p| p.at < start);
    let to = scan.patches.partition_point(|p| p.at < end || last);
    let patched = Patched::new(text, start, end, scan.patches.get(from..to).unwrap_or(&[]));
    match read::read(&patched.text) {
        Ok(nodes) => {
            let mut lower = lower::Lower { file: id, source: text, patched: &patched, documentation, found: Vec::new() };
            let entries = Pairs(&nodes).next().map_or_else(Vec::new, |file| lower.entries(file.inner(), 0));
            (entries, lower.found)
        }
        // The grammar is total over what the scan lets through.
        Err(refusal) => {
            let at = patched.offset(refusal.at);
            (Vec::new(), vec![Found::specific(recover::not_read(Span::new(id, at, at), refusal.expected.called()))])
        }
    }
}

/// Pushes all messages in the order of their places. A generic one on a line that already has one is an echo.
fn report(text: &str, scanned: Vec<Diagnostic>, found: Vec<Found>, diagnostics: &mut Diagnostics) {
    let mut all: Vec<Found> = scanned.into_iter().map(Found::specific).chain(found).collect();
    let place = |f: &Found| f.diagnostic.primary().map_or(0, |s| s.start as usize);
    all.sort_by_key(|f| (place(f), f.generic));
    let mut last: Option<usize> = None;
    // Behind a bracket that stays open to the end of the file, what was meant as entries may stand in a record.
    let mut adrift = false;
    for one in all {
        let at = place(&one);
        let same_line = last.is_some_and(|last| !text.get(last..at).unwrap_or("").contains(['\n', '\r']));
        if !(one.generic && (same_line || adrift)) {
            let ends = |f: &Fix| f.edits.iter().all(|e| e.span.end as usize == text.len());
            adrift |= one.diagnostic.code == codes::UNCLOSED_BRACKET && one.diagnostic.fixes.iter().all(ends);
            diagnostics.push(one.diagnostic);
            last = Some(at);
        }
    }
}

/// A set of files that share one top level, in which names are seen without `use`.
#[derive(Debug)]
pub struct Unit<'s> {
    /// Its files.
    pub files: Vec<ast::File<'s>>,
    /// `use` entries that were found: the file, the entry's start, and the unit meant.
    pub uses: Vec<(FileId, u32, usize)>,
    /// Is it of the standard library?
    pub library: bool,
}

/// Parses every file that was loaded: the units that the checker takes.
pub fn parse_all<'s>(loaded: &'s load::Loaded, workers: &Workers, diagnostics: &mut Diagnostics) -> Vec<Unit<'s>> {
    let mut units = Vec::new();
    for ids in &loaded.units {
        let mut unit = Unit { files: Vec::new(), uses: Vec::new(), library: false };
        for id in ids {
            if let Some(source) = loaded.sources.get(*id) {
                unit.library |= source.library;
                unit.files.push(parse_on(workers, *id, &source.text, diagnostics));
            }
        }
        unit.uses = loaded.uses_of(&unit.files, diagnostics);
        units.push(unit);
    }
    units
}
