//! Where values come from: a place, and through which components it was reached.

use crate::source::Span;
use crate::tape::Origin;
use std::sync::atomic::{AtomicU32, Ordering};

/// A place, and the use of the component that it is in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Site {
    /// What was written.
    pub span: Span,
    /// The use of the component whose body holds it; [`Origin::NONE`] for the program itself.
    pub via: Origin,
}

const BITS: u32 = 8;
const BLOCK: usize = 1 << BITS;

/// Every origin of a plan.
#[derive(Debug, Default)]
pub struct Origins(Vec<Vec<Site>>);

impl Origins {
    /// The site of an origin; `None` for [`Origin::NONE`].
    pub fn get(&self, origin: Origin) -> Option<Site> {
        if origin == Origin::NONE {
            return None;
        }
        self.0.get((origin.0 >> BITS) as usize)?.get(origin.0 as usize & (BLOCK - 1)).copied()
    }
    /// The place that a message about this origin points at first: the first site, from the value outward, that `own` says is the user's;
    /// and the uses of components passed on the way.
    pub fn trace(&self, origin: Origin, own: impl Fn(Span) -> bool) -> Option<(Span, Vec<Span>)> {
        let (mut at, mut passed) = (self.get(origin)?, Vec::new());
        while !own(at.span) {
            let Some(outer) = self.get(at.via) else { break };
            passed.push(at.span);
            at = outer;
        }
        Some((at.span, passed))
    }
    /// Takes in what a writer noted.
    pub fn take(&mut self, mut writer: OriginWriter<'_>) {
        writer.flush();
        for (block, sites) in writer.full {
            let block = block as usize;
            if self.0.len() <= block {
                self.0.resize_with(block + 1, Vec::new);
            }
            if let Some(slot) = self.0.get_mut(block) {
                *slot = sites;
            }
        }
    }
}

/// Notes origins; several write at once, each in blocks of numbers of its own.
#[derive(Debug)]
pub struct OriginWriter<'n> {
    next: &'n AtomicU32,
    block: u32,
    sites: Vec<Site>,
    full: Vec<(u32, Vec<Site>)>,
}

impl<'n> OriginWriter<'n> {
    /// A writer; all writers of one plan share the counter, which begins at 1.
    pub fn new(next: &'n AtomicU32) -> Self {
        OriginWriter { next, block: 0, sites: Vec::new(), full: Vec::new() }
    }
    /// Another writer of the same plan.
    pub fn sibling(&self) -> Self {
        OriginWriter::new(self.next)
    }
    /// Notes a place.
    pub fn note(&mut self, span: Span, via: Origin) -> Origin {
        if self.block == 0 || self.sites.len() == BLOCK {
            self.flush();
            self.block = self.next.fetch_add(1, Ordering::Relaxed);
            self.sites = Vec::with_capacity(BLOCK);
        }
        self.sites.push(Site { span, via });
        Origin((self.block << BITS) | (self.sites.len() as u32 - 1))
    }
    /// The site of an origin that this writer noted.
    pub fn get(&self, origin: Origin) -> Option<Site> {
        let block = origin.0 >> BITS;
        // The shared counter only rises, so that a writer's blocks are in order.
        let sites = if block == self.block {
            &self.sites
        } else {
            self.full.get(self.full.binary_search_by_key(&block, |(b, _)| *b).ok()?).map(|(_, s)| s)?
        };
        sites.get(origin.0 as usize & (BLOCK - 1)).copied()
    }
    /// Takes in what a sibling noted.
    pub fn take(&mut self, mut sibling: Self) {
        sibling.flush();
        self.flush();
        self.full.append(&mut sibling.full);
        self.full.sort_unstable_by_key(|(block, _)| *block);
    }
    fn flush(&mut self) {
        if self.block != 0 {
            self.full.push((self.block, std::mem::take(&mut self.sites)));
            self.block = 0;
        }
    }
}
