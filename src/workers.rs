//! Threads that live as long as a compilation.
//!
//! A stage cuts its work into parts, and the same thread takes the same part of every stage: what it made in one it finds in its own cache and
//! frees to its own heap in the next. (Threads that each stage started for itself cost a sixth of the time at a thousand apps.)

use rayon_core::{ThreadPool, ThreadPoolBuilder};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// The calling thread and those beside it. They start when there is first something for them to do.
pub struct Workers {
    threads: usize,
    /// All but the calling one; `None` where the system has no thread to give.
    others: OnceLock<Option<ThreadPool>>,
    /// How often the others were given something.
    given: Arc<AtomicUsize>,
    placement: Option<Placement>,
}

/// How threads come to run on a processor each. A system may start a thread where the one runs that started it, though another processor is idle,
/// and leave it there for several milliseconds: a small compilation is over by then.
#[derive(Clone, Copy, Debug)]
pub struct Placement {
    /// The processor that the calling thread is on.
    pub here: fn() -> usize,
    /// Brings the calling thread to another than this, if there is one that it may run on.
    pub leave: fn(usize),
}

/// How long a thread with nothing to do looks for more before it sleeps: to be woken takes 30 µs or more, and a compilation has a dozen stages with
/// less than this between them.
const LINGER: Duration = Duration::from_micros(200);

/// Looks until this is so, for [`LINGER`] at most: the only clock of the compiler, and nothing that it makes depends on it.
fn linger(until: impl Fn() -> bool) {
    let since = Instant::now();
    while !until() && since.elapsed() < LINGER {
        std::hint::spin_loop();
    }
}

impl Workers {
    /// So many threads, the calling one among them; 0 is one.
    pub fn new(threads: usize) -> Self {
        Workers::placed(threads, None)
    }
    /// As [`Workers::new`], with each of them told to leave the processor of the one that starts it.
    pub fn placed(threads: usize, placement: Option<Placement>) -> Self {
        Workers { threads: threads.max(1), others: OnceLock::new(), given: Arc::default(), placement }
    }
    /// How many.
    pub fn threads(&self) -> usize {
        self.threads
    }
    /// How many items each thread gets of these, where less than `least` are not worth one. At least 1.
    pub fn share(&self, items: usize, least: usize) -> usize {
        items.div_ceil(self.worth(items, least)).max(1)
    }
    /// How many threads these items are worth, where less than `least` are not worth one. At least 1.
    pub fn worth(&self, items: usize, least: usize) -> usize {
        self.threads.min(items / least.max(1)).max(1)
    }
    /// Works on chunks of [`Workers::share`] items; `work` is told the number of the chunk's first. What comes of them is in their order.
    pub fn chunks<'t, T: Sync, R: Send + Sync>(&self, items: &'t [T], least: usize, work: impl Fn(usize, &'t [T]) -> R + Sync) -> Vec<R> {
        let share = self.share(items.len(), least);
        self.each((0..).step_by(share).zip(items.chunks(share)).collect(), |(first, chunk)| work(first, chunk))
    }
    /// Works on each item, from the front on the calling thread and from the back on the others, until they meet: for the first work there is, since the
    /// others come late to it. What comes of them is in their order.
    pub fn meet<T: Sync, R: Send + Sync>(&self, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
        let rest = Mutex::new(items.iter().enumerate());
        let made: Vec<OnceLock<R>> = items.iter().map(|_| OnceLock::new()).collect();
        let run = |from_the_back: bool| {
            loop {
                let mut rest = rest.lock().unwrap_or_else(PoisonError::into_inner);
                let item = if from_the_back { rest.next_back() } else { rest.next() };
                drop(rest);
                let Some((number, item)) = item else { break };
                // Each is taken once.
                let _ = made.get(number).map(|made| made.set(work(item)));
            }
        };
        self.beside(|_| run(true), |_| run(false));
        made.into_iter().filter_map(OnceLock::into_inner).collect()
    }
    /// Works on every part, the first of them on the calling thread, and the others on theirs. What comes of them is in their order.
    pub fn each<P: Send, R: Send + Sync>(&self, parts: Vec<P>, work: impl Fn(P) -> R + Sync) -> Vec<R> {
        if parts.len() < 2 || self.threads < 2 {
            return parts.into_iter().map(work).collect();
        }
        let slots: Vec<_> = parts.into_iter().map(|part| (Mutex::new(Some(part)), OnceLock::new())).collect();
        let run = |thread: usize| {
            for (part, result) in slots.iter().skip(thread).step_by(self.threads) {
                let part = part.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let Some(part) = part {
                    // No other thread has this slot.
                    let _ = result.set(work(part));
                }
            }
        };
        self.beside(run, |accompanied| {
            let own = if accompanied { 1 } else { self.threads };
            (0..own).for_each(run);
        });
        slots.into_iter().filter_map(|(_, result)| result.into_inner()).collect()
    }
    /// Does `own` on the calling thread while each of the others does `theirs` with its number, from 1. `own` is told whether there are others.
    pub fn beside<R>(&self, theirs: impl Fn(usize) + Sync, own: impl FnOnce(bool) -> R) -> R {
        self.give(theirs, own, true)
    }
    /// As [`Workers::beside`], where this is the last: the others do not look for more.
    pub fn beside_last<R>(&self, theirs: impl Fn(usize) + Sync, own: impl FnOnce(bool) -> R) -> R {
        self.give(theirs, own, false)
    }
    fn give<R>(&self, theirs: impl Fn(usize) + Sync, own: impl FnOnce(bool) -> R, more: bool) -> R {
        let Some(others) = self.others() else { return own(false) };
        let busy = AtomicUsize::new(self.threads - 1);
        let number = self.given.fetch_add(1, Ordering::Release) + 1;
        others.in_place_scope(|scope| {
            scope.spawn_broadcast(|_, other| {
                theirs(other.index() + 1);
                busy.fetch_sub(1, Ordering::Release);
            });
            if more {
                let given = Arc::clone(&self.given);
                others.spawn_broadcast(move |_| linger(|| given.load(Ordering::Acquire) != number));
            }
            let result = own(true);
            // The parts are about equal: to sleep for the last of another's takes longer than it does.
            linger(|| busy.load(Ordering::Acquire) == 0);
            result
        })
    }
    /// As [`Workers::beside`], where the others have started already: for what is not worth starting them.
    pub fn beside_started<R>(&self, theirs: impl Fn(usize) + Sync, own: impl FnOnce(bool) -> R) -> R {
        if self.others.get().is_some() { self.beside(theirs, own) } else { own(false) }
    }
    fn others(&self) -> Option<&ThreadPool> {
        if self.threads < 2 { None } else { self.others.get_or_init(|| self.start()).as_ref() }
    }
    fn start(&self) -> Option<ThreadPool> {
        // As deep as a process's first thread: how deep a program may nest does not depend on who reads it.
        let pool = ThreadPoolBuilder::new().num_threads(self.threads - 1).stack_size(8 << 20);
        let Some(Placement { here, leave }) = self.placement else { return pool.build().ok() };
        let here = here();
        let pool = pool.start_handler(move |_| leave(here)).build().ok();
        // One that waits for this processor comes to leave it only when it gets it.
        std::thread::yield_now();
        pool
    }
}

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workers").field("threads", &self.threads).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Workers;

    #[test]
    fn results_are_in_order_on_any_number_of_threads() {
        let items: Vec<usize> = (0..100).collect();
        for threads in [0, 1, 2, 3, 64] {
            let workers = Workers::new(threads);
            let sums = workers.chunks(&items, 8, |first, chunk| (first, chunk.iter().sum::<usize>()));
            assert!(sums.len() <= threads.max(1) && sums.is_sorted());
            assert_eq!(sums.iter().map(|(_, sum)| sum).sum::<usize>(), 4950);
            let twice: Vec<_> = items.iter().map(|i| i * 2).collect();
            assert_eq!(workers.each(items.clone(), |i| i * 2), twice);
            assert_eq!(workers.meet(&items, |i| i * 2), twice);
        }
    }

    #[test]
    fn few_items_stay_on_one_thread_and_none_are_no_chunk() {
        let workers = Workers::new(4);
        assert_eq!(workers.chunks(&[1, 2, 3], 8, |_, chunk| chunk.len()), [3]);
        assert_eq!(workers.chunks(&[0; 0], 8, |_, chunk| chunk.len()), [0; 0]);
        assert_eq!((workers.share(17, 8), workers.share(16, 4), workers.share(0, 4)), (9, 4, 1));
    }
}
