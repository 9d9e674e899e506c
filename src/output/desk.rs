//! Where threads take pieces of work in order and lay what came of them, so that one of them can hand all on in that order.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The desk. What is worked on are objects in a row, and a piece is some of them with their text.
pub(super) struct Desk {
    board: Mutex<Board>,
    /// Told of a finished piece.
    ready: Condvar,
    /// Told of a piece handed on, and of the end.
    room: Condvar,
    objects: usize,
    threads: usize,
}

/// A piece that somebody works on.
pub(super) struct Piece {
    /// Which objects.
    pub objects: Range<usize>,
    /// Their text, or what comes of it.
    pub text: Vec<u8>,
}

struct Board {
    /// The first object that nobody took.
    next: usize,
    /// The first that was not handed on.
    written: usize,
    /// How many pieces are under way or wait to be handed on.
    open: usize,
    /// How many objects the next piece has.
    size: usize,
    /// Those that wait, by their first objects.
    finished: BTreeMap<usize, Piece>,
    /// Buffers to be used again.
    spare: Vec<Vec<u8>>,
    closed: bool,
    /// How many wait for room.
    waiting: usize,
    /// Is the first piece that was not handed on waited for?
    awaited: bool,
}

/// How many pieces for each thread may be open.
const AHEAD: usize = 4;
/// Bytes of a piece, about.
pub(super) const PIECE: usize = super::CHUNK / 4 * 3;
/// Objects of the first piece, of which nobody knows how large they are.
const FIRST: usize = 16;
/// The most objects of any.
const MOST: usize = 64;

impl Desk {
    /// A desk for so many objects and threads.
    pub fn new(objects: usize, threads: usize) -> Self {
        let (finished, spare) = (BTreeMap::new(), Vec::new());
        let board = Board { next: 0, written: 0, open: 0, size: FIRST, finished, spare, closed: false, waiting: 0, awaited: false };
        Desk { board: Mutex::new(board), ready: Condvar::new(), room: Condvar::new(), objects, threads }
    }
    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// The next piece; `None` where there is none. Where there is no room for it, that is waited for if asked, or else `None`.
    pub fn take(&self, wait: bool) -> Option<Piece> {
        let mut board = self.board();
        while !board.closed && board.next < self.objects {
            if board.open < self.threads * AHEAD {
                // So small towards the end that all threads end together.
                let left = self.objects - board.next;
                let end = board.next + board.size.min(left.div_ceil(2 * self.threads));
                let start = std::mem::replace(&mut board.next, end);
                return Some(board.open(start..end));
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
    /// Lays what is finished of a piece on the desk: the text of its objects up to this one. The rest, if there is one, is a piece of its own.
    pub fn finish(&self, mut piece: Piece, end: usize) -> Option<Piece> {
        let mut board = self.board();
        let rest = end..piece.objects.end;
        piece.objects.end = end;
        // Those that follow are likely to be of its kind.
        board.size = (piece.objects.len() * PIECE / piece.text.len().max(1)).clamp(1, MOST);
        // To tell somebody is a call of the system, be there anybody or not.
        if board.awaited && piece.objects.start == board.written {
            self.ready.notify_one();
        }
        board.finished.insert(piece.objects.start, piece);
        if rest.is_empty() { None } else { Some(board.open(rest)) }
    }
    /// The next piece to be handed on, if it is finished.
    pub fn finished(&self) -> Option<Piece> {
        let mut board = self.board();
        let next = board.written;
        board.finished.remove(&next)
    }
    /// Waits until the next piece to be handed on is finished, which somebody took; `false` where all were handed on.
    pub fn wait(&self) -> bool {
        let mut board = self.board();
        while board.written < board.next && !board.finished.contains_key(&board.written) {
            board.awaited = true;
            board = self.ready.wait(board).unwrap_or_else(PoisonError::into_inner);
        }
        board.awaited = false;
        board.written < self.objects
    }
    /// Says that a piece is handed on, and gives its buffer back.
    pub fn written(&self, piece: Piece) {
        let mut board = self.board();
        board.written = piece.objects.end;
        board.open -= 1;
        board.spare.push(piece.text);
        if board.waiting > 0 {
            self.room.notify_one();
        }
    }
}

impl Board {
    fn open(&mut self, objects: Range<usize>) -> Piece {
        self.open += 1;
        let mut text = self.spare.pop().unwrap_or_else(|| Vec::with_capacity(super::CHUNK));
        text.clear();
        Piece { objects, text }
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
