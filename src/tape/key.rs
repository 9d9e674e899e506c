//! Keys: the names that the schemas know are numbers, known at compile time.

use super::names::NAMES;

/// The key of a field: the number of a name that the schemas know, or a place in a tape's own list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key(pub(crate) u32);

/// Set in the keys whose names are not in the table.
pub(crate) const FOREIGN: u32 = 1 << (BITS - 1);
/// Bits that a key takes.
pub(super) const BITS: u32 = 20;

impl Key {
    /// The key of what has none: a list's item, an object.
    pub const NONE: Key = Key(0);

    /// The name, if the table has it. A foreign key's is asked of its tape.
    #[inline]
    pub fn known(self) -> Option<&'static str> {
        NAMES.get(self.0 as usize).copied()
    }
    /// Is the name not in the table?
    #[inline]
    pub(crate) fn is_foreign(self) -> bool {
        self.0 & FOREIGN != 0
    }
    #[inline]
    pub(crate) fn number(self) -> usize {
        (self.0 & !FOREIGN) as usize
    }
    /// The known key of this spelling.
    #[inline]
    pub fn find(name: &str) -> Option<Key> {
        find(name)
    }
}

/// The key of a name that the schemas know. In a constant, a misspelt name does not compile:
///
/// ```
/// use bayplan::tape::{Key, key};
/// const REPLICAS: Key = key("replicas");
/// ```
///
/// ```compile_fail
/// use bayplan::tape::{Key, key};
/// const REPLICAS: Key = key("replcias");
/// ```
///
/// Call it nowhere else: at run time a name is looked up with [`Key::find`], or interned by its tape.
#[allow(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "runs in the compiler, where a panic is a compile error; slices have no `get` there"
)]
pub const fn key(name: &str) -> Key {
    // By halves, because the compiler's interpreter is slow: a scan of all names costs seconds of every build.
    let (mut low, mut high) = (1, NAMES.len());
    while low < high {
        let middle = (low + high) / 2;
        match compare(NAMES[middle].as_bytes(), name.as_bytes()) {
            0 => return Key(middle as u32),
            1 => high = middle,
            _ => low = middle + 1,
        }
    }
    panic!("no schema has a field of this name")
}

/// The key of a name in the middle of an expression, looked up while this is compiled: `view.get_key(field!("spec"))`.
macro_rules! field {
    ($name:literal) => {
        const { $crate::tape::key($name) }
    };
}
pub(crate) use field;

#[allow(clippy::indexing_slicing, reason = "runs in the compiler; both indices are compared with the lengths first")]
const fn compare(a: &[u8], b: &[u8]) -> i32 {
    let mut i = 0;
    while i < a.len() && i < b.len() {
        if a[i] != b[i] {
            return if a[i] > b[i] { 1 } else { -1 };
        }
        i += 1;
    }
    if a.len() == b.len() {
        0
    } else if a.len() > b.len() {
        1
    } else {
        -1
    }
}

/// Slots of the hash table of names: a power of two, about twice their number or more.
const SLOTS: usize = 8192;

const fn step(hash: u32, byte: u8) -> u32 {
    (hash ^ byte as u32).wrapping_mul(0x0100_0193)
}
const fn slot(hash: u32) -> usize {
    (hash ^ hash >> 15) as usize & (SLOTS - 1)
}
const SEED: u32 = 0x811c_9dc5;

/// Open addressing; 0 is free, because name 0 is the empty one.
#[allow(clippy::indexing_slicing, reason = "runs in the compiler; every index is below the length by the loops' conditions and the mask")]
static TABLE: [u16; SLOTS] = {
    assert!(NAMES.len() * 3 < SLOTS * 2, "more slots are needed");
    let mut table = [0u16; SLOTS];
    let mut i = 1;
    while i < NAMES.len() {
        let name = NAMES[i].as_bytes();
        let (mut hash, mut j) = (SEED, 0);
        while j < name.len() {
            hash = step(hash, name[j]);
            j += 1;
        }
        let mut at = slot(hash);
        while table[at] != 0 {
            at = (at + 1) & (SLOTS - 1);
        }
        table[at] = i as u16;
        i += 1;
    }
    table
};

#[inline]
pub(crate) fn find(name: &str) -> Option<Key> {
    let mut at = slot(name.bytes().fold(SEED, step));
    loop {
        let number = TABLE.get(at).copied().unwrap_or(0);
        if number == 0 {
            return None;
        }
        if NAMES.get(usize::from(number)) == Some(&name) {
            return Some(Key(u32::from(number)));
        }
        at = (at + 1) & (SLOTS - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_distinct() {
        assert_eq!(NAMES.first(), Some(&""));
        assert!(NAMES.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn every_name_is_found_by_both_searches() {
        for (i, name) in NAMES.iter().enumerate().skip(1) {
            assert_eq!(find(name), Some(Key(i as u32)), "{name}");
            assert_eq!(key(name), Key(i as u32), "{name}");
        }
    }

    #[test]
    fn what_is_no_name_is_not_found() {
        for name in ["", "replcias", "Replicas", "ß", "names!"] {
            assert_eq!(find(name), None, "{name}");
        }
    }
}
