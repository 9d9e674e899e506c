//! Where threads take pieces of work in order and lay what came of them, so that one of them can hand all on in that order.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The desk. Pieces are numbered from 0.
pub(super) struct Desk {
    board: Mutex<Board>,
    /// Told of a finished piece.
    ready: Condvar,
    /// Told of a piece handed on, and of the end.
    room: Condvar,
    pieces: usize,
    ahead: usize,
}

#[derive(Default)]
struct Board {
    /// The first piece that nobody took.
    next: usize,
    /// How many were handed on.
    written: usize,
    finished: BTreeMap<usize, Vec<u8>>,
    /// Buffers to be used again.
    spare: Vec<Vec<u8>>,
    closed: bool,
    /// How many wait for room.
    waiting: usize,
    /// Is somebody waiting for the first piece that was not handed on?
    awaited: bool,
}

impl Desk {
    /// A desk for so many pieces, of which so many may be under way at a time.
    pub fn new(pieces: usize, ahead: usize) -> Self {
        Desk { board: Mutex::default(), ready: Condvar::new(), room: Condvar::new(), pieces, ahead }
    }
    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// The next piece and a buffer for it; `None` where there is none. Where there is no room for it, that is waited for if asked, or else `None`.
    pub fn take(&self, wait: bool) -> Option<(usize, Vec<u8>)> {
        let mut board = self.board();
        while !board.closed && board.next < self.pieces {
            if board.next < board.written + self.ahead {
                board.next += 1;
                let buffer = board.spare.pop().unwrap_or_else(|| Vec::with_capacity(super::CHUNK));
                return Some((board.next - 1, buffer));
            }
            if !wait {
                return None;
            }
            board.waiting += 1;
            board = self.room.wait(board).unwrap_or_else(PoisonError::into_inner);
            board.waiting -= 1;
        }
        None
    }
    /// Lays a finished piece on the desk.
    pub fn finish(&self, number: usize, buffer: Vec<u8>) {
        let mut board = self.board();
        board.finished.insert(number, buffer);
        // Only the first that is not handed on is waited for; to tell nobody is a call of the system all the same.
        if board.awaited && number == board.written {
            self.ready.notify_one();
        }
    }
    /// A piece, if it is finished.
    pub fn finished(&self, number: usize) -> Option<Vec<u8>> {
        self.board().finished.remove(&number)
    }
    /// Waits until a piece that somebody took is finished.
    pub fn wait(&self, number: usize) {
        let mut board = self.board();
        while !board.finished.contains_key(&number) {
            board.awaited = true;
            board = self.ready.wait(board).unwrap_or_else(PoisonError::into_inner);
        }
        board.awaited = false;
    }
    /// Says that a piece is handed on, and gives its buffer back.
    pub fn written(&self, number: usize, buffer: Vec<u8>) {
        let mut board = self.board();
        board.written = number + 1;
        board.spare.push(buffer);
        if board.waiting > 0 {
            self.room.notify_one();
        }
    }
}

/// Closes a desk when it is dropped: nobody takes a piece from then on.
pub(super) struct Closing<'d>(pub &'d Desk);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.board().closed = true;
        self.0.room.notify_all();
    }
}
