//! Syntax tree to checked program: names and types.
//!
//! Everything is checked, taken or not: both sides of an `if`, every environment, every component that nobody uses. An expression is checked
//! against the type expected where it stands; where none is expected it is inferred.

mod blocks;
mod calls;
mod declarations;
mod expressions;
mod foreign;
mod literals;
mod operators;
mod paths;
pub mod program;
mod scope;
mod signatures;

use crate::diagnostic::Diagnostics;
use crate::syntax::Unit;
use crate::workers::Workers;
use program::Program;

/// Checks a program: the first unit is the program itself, the others what it uses.
pub fn check(mut units: Vec<Unit<'_>>, workers: &Workers, diagnostics: &mut Diagnostics) -> Program {
    let files = units.first_mut().map_or(&mut [][..], |program| &mut program.files);
    let blocks: Vec<_> = files.iter_mut().map(|file| (file.id, std::mem::take(&mut file.blocks))).collect();
    let declared = declarations::collect(&units, &blocks, workers, diagnostics);
    declarations::check(declared, blocks, workers, diagnostics)
}

pub use crate::diagnostic::suggest;
pub(crate) use literals::{read_checked, text_error};

/// The value of a default as the vocabulary writes it: a literal, a range of two, or a word; `None` where it is said in words.
pub(crate) fn read_default(text: &str, ty: &crate::vocabulary::Type) -> Option<crate::vocabulary::value::Value> {
    use crate::tape::Origin;
    use crate::vocabulary::Type;
    use crate::vocabulary::value::{At, Value};
    let range = |low: &str, high: &str, t: &Type| {
        let read = |x: &str| Some(At::new(read_default(x, t)?, Origin::NONE));
        Some(Value::Range(std::sync::Arc::new((read(low)?, read(high)?))))
    };
    match ty.base() {
        Type::Range(t) => match text.split_once("..") {
            Some((low, high)) => range(low, high, t),
            None => range(text, text, t),
        },
        Type::Union(members) => members.iter().find_map(|m| read_default(text, m)),
        Type::Variants(set) => (0u16..).zip(set.list).find(|(_, v)| v.name == text).map(|(i, _)| Value::Word(set, i)),
        Type::Bool => text.parse().ok().map(Value::Bool),
        Type::String => text.strip_prefix('"')?.strip_suffix('"').map(Value::text),
        t => literals::read_number(text, t)?.ok(),
    }
}
