//! The writes, in the order that the page above promises.

use super::index::Index;
use super::plan::{Found, Plan, look};
use super::{INDEX, LOCK, Reason, Refusal, STAGING, TreeError, io};
use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// Makes a folder and those above it.
pub(super) fn create_folders(path: &Path) -> Result<(), TreeError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o755);
    step(path)?;
    builder.create(path).map_err(io(path))
}

#[cfg(test)]
thread_local! {
    /// How many more steps this thread may take before it is as good as killed.
    pub(super) static FUSE: std::cell::Cell<u32> = const { std::cell::Cell::new(u32::MAX) };
}

/// Stands before each change of the disk, so that a test can end a run there, with all that would come after it.
fn step(path: &Path) -> Result<(), TreeError> {
    #[cfg(test)]
    if FUSE.replace(FUSE.get().saturating_sub(1)) == 0 {
        return Err(io(path)(std::io::Error::other("killed")));
    }
    let _ = path;
    Ok(())
}

fn refusal(path: &Path, reason: Reason) -> TreeError {
    TreeError::Refused(vec![Refusal { path: path.to_string_lossy().into_owned(), reason }])
}

/// The lock of a folder. The system lets go of it when the process ends, however that happens, so a lock file left behind stops nobody.
pub(super) struct Lock {
    path: PathBuf,
    file: File,
}

impl Lock {
    /// Takes it, or says which process has it.
    pub fn take(folder: &Path) -> Result<Self, TreeError> {
        let path = folder.join(LOCK);
        loop {
            match look(&path)? {
                Found::Nothing | Found::File => {}
                Found::Link => return Err(refusal(&path, Reason::Link)),
                Found::Folder | Found::Other => return Err(refusal(&path, Reason::InTheWay)),
            }
            step(&path)?;
            let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(io(&path))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let mut holder = String::new();
                    let _ = (&mut file).take(20).read_to_string(&mut holder);
                    let holder = holder.trim();
                    return Err(refusal(folder, Reason::Locked(if holder.is_empty() { "unknown".to_owned() } else { holder.to_owned() })));
                }
                // A file system without locks: better no lock than no output.
                Err(TryLockError::Error(e)) if e.kind() == ErrorKind::Unsupported => {}
                Err(TryLockError::Error(e)) => return Err(io(&path)(e)),
            }
            // Who held it before may have deleted the file after it was opened here; then the lock is on a file that nobody else sees.
            if is_same(&file, &path) {
                file.set_len(0).map_err(io(&path))?;
                writeln!(file, "{}", std::process::id()).map_err(io(&path))?;
                return Ok(Lock { path, file });
            }
        }
    }
}

/// Lets go. The file is deleted first, while it is still held.
impl Drop for Lock {
    fn drop(&mut self) {
        if cfg!(unix) && step(&self.path).is_ok() {
            let _ = fs::remove_file(&self.path);
        }
        let _ = self.file.unlock();
    }
}

#[cfg(unix)]
fn is_same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |m: fs::Metadata| (m.dev(), m.ino());
    matches!((file.metadata().map(id), fs::symlink_metadata(path).map(id)), (Ok(a), Ok(b)) if a == b)
}

#[cfg(not(unix))]
fn is_same(_: &File, path: &Path) -> bool {
    path.exists()
}

/// Did a killed run leave something, or is another one under way?
pub(super) fn has_leftovers(folder: &Path) -> Result<bool, TreeError> {
    Ok(look(&folder.join(STAGING))? != Found::Nothing || look(&folder.join(LOCK))? != Found::Nothing)
}

/// Deletes what a killed run left: files in the staging folder, which nobody else uses, and the folder. Never recursive.
pub(super) fn clean_staging(folder: &Path) -> Result<(), TreeError> {
    let staging = folder.join(STAGING);
    match look(&staging)? {
        Found::Nothing => return Ok(()),
        Found::Folder => {}
        Found::Link => return Err(refusal(&staging, Reason::Link)),
        Found::File | Found::Other => return Err(refusal(&staging, Reason::InTheWay)),
    }
    for entry in fs::read_dir(&staging).map_err(io(&staging))? {
        let path = entry.map_err(io(&staging))?.path();
        step(&path)?;
        fs::remove_file(&path).map_err(io(&path))?;
    }
    step(&staging)?;
    fs::remove_dir(&staging).map_err(io(&staging))
}

/// Carries the plan out.
pub(super) fn apply(folder: &Path, plan: &Plan) -> Result<(), TreeError> {
    if plan.is_done() {
        return Ok(());
    }
    let staging = folder.join(STAGING);
    create_folders(&staging)?;
    let staged: Vec<_> =
        plan.write.iter().enumerate().map(|(i, (path, bytes))| (staging.join(i.to_string()), folder.join(path), *bytes)).collect();
    write_files(&staged)?;
    let places: BTreeSet<PathBuf> = staged.iter().filter_map(|(_, to, _)| to.parent().map(Path::to_path_buf)).collect();
    for place in &places {
        if look(place)? == Found::Nothing {
            create_folders(place)?;
        }
    }
    if !(plan.write.is_empty() && plan.remove.is_empty()) {
        replace_index(folder, &staging, &plan.between)?;
    }
    for (from, to, _) in &staged {
        step(to)?;
        fs::rename(from, to).map_err(io(to))?;
    }
    let mut emptied = BTreeSet::new();
    for path in &plan.remove {
        let path = folder.join(path);
        step(&path)?;
        match fs::remove_file(&path) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(io(&path)(e)),
            _ => emptied.extend(path.parent().map(Path::to_path_buf)),
        }
    }
    for place in places.union(&emptied) {
        flush_folder(place);
    }
    for place in &emptied {
        step(place)?;
        // Fails where somebody's file still lies in it, and that is right.
        let _ = fs::remove_dir(place);
    }
    replace_index(folder, &staging, &plan.end)
}

fn replace_index(folder: &Path, staging: &Path, index: &Index) -> Result<(), TreeError> {
    let (from, to) = (staging.join("index"), folder.join(INDEX));
    write_file(&from, index.text().as_bytes())?;
    step(&to)?;
    fs::rename(&from, &to).map_err(io(&to))?;
    flush_folder(folder);
    Ok(())
}

/// Files from which on a flush is worth a thread.
const FEW: usize = 64;
/// Flushes wait for the disk, which takes many at once.
const FLUSHES_AT_ONCE: usize = 32;

/// Writes each text to the first of its two paths.
fn write_files(files: &[(PathBuf, PathBuf, &[u8])]) -> Result<(), TreeError> {
    if files.len() < FEW {
        return files.iter().try_for_each(|(path, _, bytes)| write_file(path, bytes));
    }
    std::thread::scope(|scope| {
        let chunks = files.chunks(files.len().div_ceil(FLUSHES_AT_ONCE));
        let writers: Vec<_> =
            chunks.map(|chunk| scope.spawn(|| chunk.iter().try_for_each(|(path, _, bytes)| write_file(path, bytes)))).collect();
        writers.into_iter().try_for_each(|writer| writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// A new file of mode 0644 whatever the umask, whole on the disk when this returns.
fn write_file(path: &Path, bytes: &[u8]) -> Result<(), TreeError> {
    step(path)?;
    let mut file = File::options().write(true).create_new(true).open(path).map_err(io(path))?;
    step(path)?;
    file.write_all(bytes).map_err(io(path))?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644)).map_err(io(path))?;
    file.sync_all().map_err(io(path))
}

/// Makes renames in a folder last. Some systems cannot open a folder, and there the rename has to do.
fn flush_folder(path: &Path) {
    if let Ok(folder) = File::open(path) {
        let _ = folder.sync_all();
    }
}
