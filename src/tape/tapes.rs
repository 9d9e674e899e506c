//! Many objects on small tapes.

use super::Tape;

/// What one thread writes, object after object, cut into tapes of a few kilobytes.
///
/// A block of at most 8 KiB lies anywhere in memory that was freed before; for a larger one the allocator looks for half a megabyte that is
/// free as a whole, finds none, and takes memory that nobody has touched yet.
#[derive(Debug, Default)]
pub struct Tapes {
    /// It grows once and is then written over and over; what lies on it is copied away, just as long as it is.
    desk: Tape,
    done: Vec<Tape>,
}

/// A tape is cut before the next object when its cells take so many bytes, or its text does: most objects take less than what is left of 8 KiB.
const ENOUGH: usize = 6500;

impl Tapes {
    /// Nothing written.
    pub fn new() -> Self {
        Tapes::default()
    }
    /// The tape for the next object.
    pub fn tape(&mut self) -> &mut Tape {
        if size_of_val(self.desk.cells.as_slice()) >= ENOUGH || self.desk.text.len() >= ENOUGH {
            self.done.push(self.desk.cut());
        }
        &mut self.desk
    }
    /// All that was written since this was last asked, in order. Numbers of [`Tape::once`] mean something else afterwards.
    pub fn take(&mut self) -> Vec<Tape> {
        let mut done = std::mem::take(&mut self.done);
        if !self.desk.is_empty() {
            done.push(self.desk.cut());
        }
        done
    }
}

impl Tape {
    /// A copy without room for more; this one is empty afterwards, and keeps its room.
    fn cut(&mut self) -> Tape {
        let cut = Tape {
            cells: self.cells.clone(),
            text: self.text.clone(),
            origins: self.origins.clone(),
            wide: self.wide.clone(),
            foreign: self.foreign.clone(),
            roots: self.roots.clone(),
            repeated: Vec::new(),
            full: std::mem::take(&mut self.full),
        };
        self.cells.clear();
        self.text.clear();
        self.origins.clear();
        self.wide.clear();
        self.foreign.clear();
        self.roots.clear();
        self.repeated.clear();
        cut
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that meets the unexpected must fail")]
    use super::*;
    use crate::tape::{Key, Origin, View, key};

    const KIND: Key = key("kind");
    const METADATA: Key = key("metadata");

    fn write(tapes: &mut Tapes, number: u32) {
        let tape = tapes.tape();
        let root = tape.root(Origin(number));
        tape.int(KIND, i64::from(number) << 40, Origin::NONE);
        tape.once(7, |tape| {
            let labels = tape.map(METADATA, Origin(3));
            let foreign = tape.intern("example.com/größe");
            tape.str(foreign, &"x".repeat(600), Origin::NONE);
            tape.close(labels);
        });
        tape.close(root);
    }

    #[test]
    fn objects_stand_in_order_on_tapes_that_are_small() {
        let mut tapes = Tapes::new();
        (0..5000).for_each(|number| write(&mut tapes, number));
        let done = tapes.take();
        assert!(done.len() > 1);
        assert!(done.iter().all(|tape| tape.bytes() < 8192 && tape.cells.capacity() == tape.cells.len()));
        let objects: Vec<_> = done.iter().flat_map(Tape::objects).collect();
        assert_eq!(objects.len(), 5000);
        for (number, object) in (0..).zip(objects) {
            assert_eq!(object.get_key(KIND).and_then(View::int), Some(i64::from(number) << 40));
            assert_eq!(object.get_key(KIND).unwrap().origin(), Origin(number));
            let label = object.path(&["metadata", "example.com/größe"]).unwrap();
            assert_eq!((label.str().map(str::len), label.origin()), (Some(600), Origin(3)));
        }
    }

    #[test]
    fn what_was_taken_is_gone() {
        let mut tapes = Tapes::new();
        write(&mut tapes, 1);
        assert_eq!(tapes.take().len(), 1);
        assert!(tapes.take().is_empty());
        write(&mut tapes, 2);
        let second = tapes.take();
        assert_eq!(second.iter().flat_map(Tape::objects).count(), 1);
        // What was written once before is on another tape now, and is written again.
        assert!(second.first().unwrap().object(0).unwrap().path(&["metadata", "example.com/größe"]).is_some());
    }
}
