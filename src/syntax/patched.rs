//! Repairs of a text, and the way from a place in what was repaired back to its source.

/// A repair of the text that the grammar reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Patch {
    /// The byte at which it begins.
    pub(super) at: usize,
    /// How many bytes are overwritten: none for an insertion, else the length of `with`.
    pub(super) length: usize,
    /// What then stands there.
    pub(super) with: String,
}

/// A piece of the text as the grammar reads it, with the way back.
pub(super) struct Patched<'s> {
    /// The piece, repaired.
    pub(super) text: std::borrow::Cow<'s, str>,
    /// Offset of the piece in its source.
    base: usize,
    /// For each insertion: where it ends in the repaired text, and how many bytes have been inserted up to there.
    shifts: Vec<(usize, usize)>,
}

impl<'s> Patched<'s> {
    /// The bytes `start..end` of `text` with those of `patches` that lie in them.
    pub(super) fn new(text: &'s str, start: usize, end: usize, patches: &[Patch]) -> Self {
        let piece = text.get(start..end).unwrap_or("");
        if patches.is_empty() {
            return Patched { text: piece.into(), base: start, shifts: Vec::new() };
        }
        let (mut out, mut at, mut inserted, mut shifts) = (String::with_capacity(piece.len() + patches.len()), start, 0, Vec::new());
        for patch in patches {
            // Of two repairs of one place the first counts.
            if patch.at < at {
                continue;
            }
            out.push_str(text.get(at..patch.at).unwrap_or(""));
            out.push_str(&patch.with);
            at = patch.at + patch.length;
            if patch.length == 0 {
                inserted += patch.with.len();
                shifts.push((out.len(), inserted));
            }
        }
        out.push_str(text.get(at..end).unwrap_or(""));
        Patched { text: out.into(), base: start, shifts }
    }

    /// The offset in the source of an offset in the repaired text. Inside an insertion: its place.
    pub(super) fn offset(&self, at: usize) -> usize {
        if self.shifts.is_empty() {
            return self.base + at;
        }
        let passed = self.shifts.partition_point(|(end, _)| *end <= at);
        let inserted = passed.checked_sub(1).and_then(|i| self.shifts.get(i)).map_or(0, |s| s.1);
        // Just before the next insertion ends, `at` may lie inside it.
        let inside = self.shifts.get(passed).map_or(0, |(end, total)| (at + (total - inserted)).saturating_sub(*end));
        self.base + at - inserted - inside
    }
}
