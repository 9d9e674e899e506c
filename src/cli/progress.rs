//! A line that says that something takes long, on a terminal, after a second.

use std::io::Write;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// Does the work; where `on`, draws a line on standard error each second, and wipes it at the end. Work under a second draws nothing.
pub fn shown<T>(on: bool, what: &str, work: impl FnOnce() -> T) -> T {
    if !on {
        return work();
    }
    std::thread::scope(|scope| {
        let (working, ended) = channel::<()>();
        scope.spawn(move || {
            let mut seconds = 0;
            while ended.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
                seconds += 1;
                let _ = write!(std::io::stderr().lock(), "\r{what}, {seconds} s");
            }
            if seconds > 0 {
                let _ = write!(std::io::stderr().lock(), "\r\x1b[K");
            }
        });
        let result = work();
        drop(working);
        result
    })
}
