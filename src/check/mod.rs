//! Syntax tree to checked program: names and types.
//!
//! Everything is checked, taken or not: both sides of an `if`, every environment, every component that nobody uses. An expression is checked
//! against the type expected where it stands; where none is expected it is inferred.

mod blocks;
mod declarations;
mod expressions;
mod operators;
mod paths;
pub mod program;
mod scope;
mod signatures;
pub mod suggest;

use crate::diagnostic::Diagnostics;
use crate::source::FileId;
use crate::syntax::ast;
use program::Program;

/// A set of files that share one top level, in which names are seen without `use`.
#[derive(Debug)]
pub struct Unit<'s> {
    /// Its files.
    pub files: Vec<ast::File<'s>>,
    /// `use` entries that were found: the file, the entry's start, and the unit meant.
    pub uses: Vec<(FileId, u32, usize)>,
    /// Is it of the standard library?
    pub library: bool,
}

/// Checks a program: the first unit is the program itself, the others what it uses.
pub fn check(units: &[Unit<'_>], threads: usize, diagnostics: &mut Diagnostics) -> Program {
    let declared = declarations::collect(units, diagnostics);
    declarations::check(&declared, threads, diagnostics)
}
