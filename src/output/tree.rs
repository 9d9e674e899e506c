//! One file per object below a folder, and an index of what this program owns there: removed objects' files go too, and a file that a person
//! wrote or changed is neither overwritten nor deleted. (One that holds exactly what would be written is taken over.)
//!
//! Files are `<namespace|cluster>/<kind>-<name>.yaml`. The index, [`INDEX`], maps each path to the SHA-256 of what was written.
//!
//! # What a crash leaves
//! All that can be refused is refused before the first write. Then, under a lock:
//! 1. every new or changed file is written whole into [`STAGING`], in the same file system, and flushed to the disk;
//! 2. the index is replaced by one that names, for each path touched, both the old hash and the new one;
//! 3. each staged file is renamed to its place, then the files of removed objects are deleted, then the folders are flushed;
//! 4. the index is replaced by the final one, and the staging folder goes.
//!
//! Killed before step 2, the old tree and its index stand. Killed later, each file is wholly old or wholly new, the index vouches for both, and
//! the next run finishes. A file is never opened for writing in its place, so nothing is written through a hard link, and the standard library
//! alone cannot rule out a link that appears between the check and the rename; a rename replaces such a link and does not follow it.

mod index;
mod plan;
mod write;

pub use plan::Item;

use std::fmt;
use std::path::{Path, PathBuf};

/// The index's name in the folder.
pub const INDEX: &str = ".bayplan.index.json";
/// Where files are written before they are renamed to their places.
pub const STAGING: &str = ".bayplan.tmp";
/// The lock against a second compiler; it holds the number of the process that has it.
pub const LOCK: &str = ".bayplan.lock";

/// What was done. Paths are relative to the folder, sorted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Written {
    /// New or changed files.
    pub written: Vec<String>,
    /// Files of objects that are no more.
    pub removed: Vec<String>,
    /// How many files already held the right bytes.
    pub unchanged: usize,
}

/// Why the tree is not as it should be.
#[derive(Debug)]
pub enum TreeError {
    /// A safety rule stopped it before anything was written: exit code 5.
    Refused(Vec<Refusal>),
    /// The system refused. Where writing had begun, the next run finishes it.
    Io {
        /// The path on which it failed.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
}

/// One thing in the way.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Refusal {
    /// The path, as a message shows it.
    pub path: String,
    /// What is in the way.
    pub reason: Reason,
}

/// What can be in the way.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Reason {
    /// The file was written by this program and changed since. `--force` overrules.
    Edited,
    /// The file is somebody else's. `--force` overrules.
    Foreign,
    /// No object is left, and the folder holds files of an earlier run. `--force` overrules.
    NothingLeft,
    /// The index cannot be read. `--force` overrules: then nothing is owned.
    BadIndex(String),
    /// A symbolic link stands where a file or folder belongs.
    Link,
    /// A folder stands where a file belongs, or something else where a folder belongs.
    InTheWay,
    /// Two objects would have this file, letter case aside.
    Collision(String, String),
    /// An object's name or namespace makes no file name.
    BadName(String),
    /// Another process writes this folder.
    Locked(String),
}

impl Reason {
    /// Does `--force` overrule it?
    pub fn yields_to_force(&self) -> bool {
        matches!(self, Reason::Edited | Reason::Foreign | Reason::NothingLeft | Reason::BadIndex(_))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = crate::diagnostic::render::escape(&self.path);
        match &self.reason {
            Reason::Edited => write!(f, "`{path}` was changed by hand since it was written"),
            Reason::Foreign => write!(f, "`{path}` is in the way and was not written by bayplan"),
            Reason::NothingLeft => write!(f, "the program has no object left, and `{path}` holds files of an earlier run"),
            Reason::BadIndex(why) => write!(f, "`{path}`, the list of the files that bayplan owns, cannot be read: {why}"),
            Reason::Link => write!(f, "`{path}` is a symbolic link, and what it leads to is not written to"),
            Reason::InTheWay => write!(f, "`{path}` is in the way: a folder where a file belongs, or the other way round"),
            Reason::Collision(a, b) => write!(f, "{a} and {b} would both be `{path}`"),
            Reason::BadName(object) => write!(f, "{object} has a name that makes no file name: `{path}`"),
            Reason::Locked(process) => write!(f, "`{path}` is being written by another bayplan (process {process})"),
        }
    }
}

impl fmt::Display for TreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TreeError::Refused(refusals) => {
                writeln!(f, "nothing was written:")?;
                for refusal in refusals {
                    writeln!(f, "  {refusal}")?;
                }
                if refusals.iter().all(|r| r.reason.yields_to_force()) {
                    write!(f, "--force overwrites and deletes all the same")
                } else {
                    write!(f, "--force does not overrule this")
                }
            }
            TreeError::Io { path, error } => write!(f, "`{}`: {error}", crate::diagnostic::render::escape(&path.to_string_lossy())),
        }
    }
}

impl std::error::Error for TreeError {}

/// Makes the folder hold exactly these objects, beside whatever is not this program's. Nothing is written where nothing changed.
pub fn write(folder: &Path, items: &[Item], force: bool) -> Result<Written, TreeError> {
    // Without trailing slashes and dots, behind which a link would be followed.
    let folder: PathBuf = folder.components().collect();
    let wanted = plan::paths(items).map_err(TreeError::Refused)?;
    let first = plan::plan(&folder, &wanted, force)?;
    if first.is_done() && !write::has_leftovers(&folder)? {
        return Ok(first.outcome());
    }
    write::create_folders(&folder)?;
    let _lock = write::Lock::take(&folder)?;
    write::clean_staging(&folder)?;
    // The tree may have changed until the lock was held; what counts is what is there now.
    let plan = plan::plan(&folder, &wanted, force)?;
    let result = write::apply(&folder, &plan);
    let _ = write::clean_staging(&folder);
    result.map(|()| plan.outcome())
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> TreeError {
    let path = path.to_path_buf();
    move |error| TreeError::Io { path, error }
}

#[cfg(test)]
mod tests;
