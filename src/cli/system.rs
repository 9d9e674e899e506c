//! What is asked of Linux that the standard library does not ask: huge pages, and room in a pipe. Elsewhere nothing is.
//!
//! Huge pages are memory that the system hands out, and clears, two megabytes at a time. A program of a thousand apps touches fifty megabytes, page
//! by page a sixth of its time. One of a few apps touches four, of which huge pages would have several times as many cleared. The allocator asks
//! for them; whether it gets them is decided here.
//!
//! A pipe holds 64 KiB, and its two ends put each other to sleep four hundred times over the manifests of a thousand apps: 30 ms in place of 9.

use crate::world::{World, WorldError};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Texts of so many bytes make a program a large one: about two hundred apps.
const LARGE: usize = 160 << 10;

/// What a pipe is to hold: the most that Linux gives to everybody.
#[cfg(target_os = "linux")]
const PIPE: usize = 1 << 20;

/// Before anything is known of a program: no huge pages, and a pipe for its output that has room.
pub fn prepare() {
    huge_pages(false);
    // Standard output need not be a pipe.
    #[cfg(target_os = "linux")]
    let _ = rustix::pipe::fcntl_setpipe_size(std::io::stdout(), PIPE);
}

#[cfg(target_os = "linux")]
fn huge_pages(allowed: bool) {
    // A system that knows nothing of them has none.
    let _ = rustix::thread::disable_transparent_huge_pages(!allowed);
}
#[cfg(not(target_os = "linux"))]
fn huge_pages(_: bool) {}

/// A world that is weighed while it is read: from a large program on, memory comes in huge pages.
pub struct Weighed<'w> {
    world: &'w dyn World,
    bytes: AtomicUsize,
}

impl<'w> Weighed<'w> {
    /// Nothing of it was read yet.
    pub fn new(world: &'w dyn World) -> Self {
        Weighed { world, bytes: AtomicUsize::new(0) }
    }
}

impl World for Weighed<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, WorldError> {
        let bytes = self.world.read(path)?;
        let before = self.bytes.fetch_add(bytes.len(), Relaxed);
        if before < LARGE && before + bytes.len() >= LARGE {
            huge_pages(true);
        }
        Ok(bytes)
    }
    fn list(&self, folder: &str) -> Result<Vec<String>, WorldError> {
        self.world.list(folder)
    }
    fn is_folder(&self, path: &str) -> bool {
        self.world.is_folder(path)
    }
    fn read_so_far(&self) -> Vec<String> {
        self.world.read_so_far()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that meets the unexpected must fail")]
    use super::*;
    use crate::world::MemoryWorld;
    use rustix::thread::transparent_huge_pages_are_disabled;

    #[test]
    fn huge_pages_come_with_a_large_program_alone() {
        let half = " ".repeat(LARGE / 2);
        let files = MemoryWorld::new([("a.bay", half.as_str()), ("b.bay", &half)]);
        let world = Weighed::new(&files);
        prepare();
        assert!(transparent_huge_pages_are_disabled().unwrap());
        assert_eq!(world.read("a.bay").unwrap().len(), LARGE / 2);
        assert!(transparent_huge_pages_are_disabled().unwrap());
        world.read("b.bay").unwrap();
        assert!(!transparent_huge_pages_are_disabled().unwrap());
        assert_eq!(world.read_so_far(), ["a.bay", "b.bay"]);
    }
}
