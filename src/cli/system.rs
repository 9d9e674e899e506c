//! What is asked of Linux that the standard library does not ask: huge pages, and room in a pipe. Elsewhere nothing is.
//!
//! Huge pages are memory that the system hands out, and clears, two megabytes at a time. A program of a thousand apps touches fifty megabytes, page
//! by page a sixth of its time. One of a few apps touches four, of which huge pages would have several times as many cleared. The allocator asks
//! for them; whether it gets them is decided here.
//!
//! A pipe holds 64 KiB, and its two ends put each other to sleep four hundred times over the manifests of a thousand apps: 30 ms in place of 9.

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

/// Plans, tapes and proofs of a large program get huge pages. Its tree does not: it is there once, and gone before the proofs.
pub fn before_plan(bytes: usize) {
    if bytes >= LARGE {
        huge_pages(true);
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that meets the unexpected must fail")]
    use super::*;
    use rustix::thread::transparent_huge_pages_are_disabled;

    #[test]
    fn huge_pages_come_with_a_large_program_alone() {
        prepare();
        before_plan(LARGE - 1);
        assert!(transparent_huge_pages_are_disabled().unwrap());
        before_plan(LARGE);
        assert!(!transparent_huge_pages_are_disabled().unwrap());
    }
}
