//! What is asked of Linux that the standard library does not ask: huge pages, room in a pipe, and a processor for each thread. Elsewhere nothing is.
//!
//! Huge pages are memory that the system hands out, and clears, two megabytes at a time. A program of a thousand apps touches fifty megabytes, page
//! by page a sixth of its time. One of a few apps touches four, of which huge pages would have several times as many cleared. The allocator asks
//! for them; whether it gets them is decided here.
//!
//! A pipe holds 64 KiB, and its two ends put each other to sleep four hundred times over the manifests of a thousand apps: 30 ms in place of 9.
//!
//! A guest of a hypervisor may take an idle processor for one that is not there, and let two threads share the other until the next balance, 3 ms
//! later: a third of the time of a hundred apps.

use crate::Stage;
use crate::workers::Placement;

/// Texts of so many bytes make a program a large one: about two hundred apps.
const LARGE: usize = 160 << 10;

/// And of so many one of medium size: about forty.
const MEDIUM: usize = 32 << 10;

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

/// The first two megabytes of each thread are one page, where its part of the program will fill them. Tree, plan and tapes of a large program get huge
/// pages for all that follows too. What is proven then grows a little here and there, and would have two megabytes each time: a tenth of the memory at
/// a thousand apps, for a hundredth of the time.
pub fn before(stage: Stage) {
    huge_pages(match stage {
        Stage::Read(bytes) => bytes >= MEDIUM,
        Stage::Make(bytes) => bytes >= LARGE,
        Stage::Prove => false,
    });
}

/// A thread that starts leaves the processor of its starter, and may run anywhere from then on.
#[cfg(target_os = "linux")]
pub const PLACEMENT: Option<Placement> = Some(Placement { here: rustix::thread::sched_getcpu, leave });
#[cfg(not(target_os = "linux"))]
pub const PLACEMENT: Option<Placement> = None;

#[cfg(target_os = "linux")]
fn leave(here: usize) {
    use rustix::thread::{sched_getaffinity, sched_setaffinity};
    // A machine with more processors than the set has room for says no, and places its threads itself.
    let Ok(all) = sched_getaffinity(None) else { return };
    let mut others = all;
    others.unset(here);
    if others.count() > 0 {
        let _ = sched_setaffinity(None, &others);
        let _ = sched_setaffinity(None, &all);
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that meets the unexpected must fail")]
    use super::*;
    use rustix::thread::{sched_getaffinity, transparent_huge_pages_are_disabled};

    #[test]
    fn huge_pages_come_with_a_large_program_alone() {
        let asked = || !transparent_huge_pages_are_disabled().unwrap();
        prepare();
        before(Stage::Read(MEDIUM - 1));
        assert!(!asked());
        before(Stage::Read(MEDIUM));
        assert!(asked());
        before(Stage::Make(LARGE - 1));
        assert!(!asked());
        before(Stage::Make(LARGE));
        assert!(asked());
        before(Stage::Prove);
        assert!(!asked());
    }

    #[test]
    fn a_thread_that_leaves_may_run_everywhere_again() {
        let all = sched_getaffinity(None).unwrap();
        let Placement { here, leave } = PLACEMENT.unwrap();
        leave(here());
        assert!(sched_getaffinity(None).unwrap() == all);
    }
}
