//! What a byte of a source may be, by a table: the scan and the reader ask it of every byte.

pub(super) const LETTER: u16 = 1;
pub(super) const DIGIT: u16 = 2;
pub(super) const UNDERSCORE: u16 = 4;
pub(super) const DASH: u16 = 8;
pub(super) const BLANK: u16 = 16;
pub(super) const LINE_END: u16 = 32;
/// Ends a run of plain text in a string.
pub(super) const IN_STRING: u16 = 64;
pub(super) const BACKTICK: u16 = 128;
/// What is not printable ASCII, but for tabs: strings and comments hold some of it.
pub(super) const ODD: u16 = 256;
pub(super) const WORD: u16 = LETTER | DIGIT | UNDERSCORE;

const fn class(byte: u8) -> u16 {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' => LETTER,
        b'0'..=b'9' => DIGIT,
        b'_' => UNDERSCORE,
        b'-' => DASH,
        b' ' | b'\t' => BLANK,
        b'\n' | b'\r' => LINE_END | ODD,
        b'"' | b'\\' | b'$' => IN_STRING,
        b'`' => BACKTICK,
        0..=0x1f | 0x7f.. => ODD,
        _ => 0,
    }
}

static CLASSES: [u16; 256] = {
    let mut table = [0; 256];
    let (mut rest, mut byte): (&mut [u16], u8) = (&mut table, 0);
    while let Some((first, others)) = rest.split_first_mut() {
        *first = class(byte);
        byte = byte.wrapping_add(1);
        rest = others;
    }
    table
};

/// Is it of one of these classes?
pub(super) fn is(byte: u8, classes: u16) -> bool {
    CLASSES.get(usize::from(byte)).is_some_and(|c| c & classes != 0)
}

/// The end of the run of such bytes that begins at an offset.
pub(super) fn run(text: &[u8], mut at: usize, classes: u16) -> usize {
    while text.get(at).is_some_and(|b| is(*b, classes)) {
        at += 1;
    }
    at
}

/// The first such byte at or behind an offset, else the end.
pub(super) fn run_to(text: &[u8], mut at: usize, classes: u16) -> usize {
    while text.get(at).is_some_and(|b| !is(*b, classes)) {
        at += 1;
    }
    at
}
