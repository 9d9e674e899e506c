//! All that a compilation may ask of the outside: the bytes of a file and the names in a folder, below one root. No clock, no network, no
//! environment. A path here is always relative to the root, with `/` between its parts; `-` is standard input, `.` the root itself.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Mutex;

/// The most bytes that one file may have: 4 MiB. Standard input counts as a file.
pub const FILE_AT_MOST: u64 = 4 << 20;
/// The file whose folder is a project's root.
pub const PROJECT_FILE: &str = "bayplan.toml";
/// The path of standard input.
pub const STDIN: &str = "-";

/// What the compiler may ask. Implementations refuse everything that does not lie below their root.
pub trait World: Sync {
    /// The bytes of a regular file of at most [`FILE_AT_MOST`] bytes, or of standard input for [`STDIN`].
    fn read(&self, path: &str) -> Result<Vec<u8>, WorldError>;
    /// The paths of what lies in a folder and is no folder itself, sorted by bytes. Not recursive; names that are not UTF-8 are left out.
    fn list(&self, folder: &str) -> Result<Vec<String>, WorldError>;
    /// Does this path lead to a folder? False where nothing is, or where it may not be looked at.
    fn is_folder(&self, path: &str) -> bool;
    /// The paths that were read with success, each once, in the order of the first reading. Standard input is not among them.
    fn read_so_far(&self) -> Vec<String>;
}

/// Why a path was not read. Its text is a sentence without a full stop that names the path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorldError {
    /// The path as it was asked for.
    pub path: String,
    /// What is wrong with it.
    pub kind: WorldErrorKind,
}

/// What can be wrong with a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WorldErrorKind {
    /// Nothing is there.
    Missing,
    /// It begins at the root of the file system (or names a drive).
    Absolute,
    /// Its `..` lead above the project's root.
    AboveRoot,
    /// It is a symbolic link, or passes one, whose target lies outside the project's root.
    LinkOutside,
    /// Symbolic links lead back to themselves.
    LinkLoop,
    /// It is a folder, and a file is needed.
    Folder,
    /// It is no folder, and a folder is needed.
    NotFolder,
    /// It is neither a file nor a folder: a pipe, a device, a socket.
    NotRegular,
    /// It has more than [`FILE_AT_MOST`] bytes.
    TooLarge,
    /// The user may not read it.
    Denied,
    /// It is empty, or holds a character that no path may hold (NUL, a backslash).
    Malformed,
    /// The files given lie in different projects, or in different folders without a `bayplan.toml` above them.
    NotOneProject,
    /// Standard input was asked for twice.
    StdinTwice,
    /// Anything else, in the system's words.
    Io(String),
}

impl fmt::Display for WorldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use WorldErrorKind as K;
        let path = if self.path == STDIN { "standard input".to_owned() } else { format!("`{}`", self.path) };
        match &self.kind {
            K::Missing => write!(f, "{path} does not exist"),
            K::Absolute => write!(f, "{path} is an absolute path; paths are relative and stay inside the project"),
            K::AboveRoot => write!(f, "{path} leads out of the project"),
            K::LinkOutside => write!(f, "{path} is a symbolic link that leads out of the project"),
            K::LinkLoop => write!(f, "{path} is a symbolic link that leads back to itself"),
            K::Folder => write!(f, "{path} is a folder, not a file"),
            K::NotFolder => write!(f, "{path} is not a folder"),
            K::NotRegular => write!(f, "{path} is not a regular file"),
            K::TooLarge => write!(f, "{path} is larger than {} MiB, the most that is read", FILE_AT_MOST >> 20),
            K::Denied => write!(f, "{path} may not be read by this user"),
            K::Malformed => write!(f, "{path} is not a path: it is empty, or holds a backslash or a NUL"),
            K::NotOneProject => {
                write!(f, "{path} lies in another folder than the first file; put a {PROJECT_FILE} into a folder above both")
            }
            K::StdinTwice => write!(f, "{path} can be read only once"),
            K::Io(words) => write!(f, "{path} could not be read: {words}"),
        }
    }
}

impl std::error::Error for WorldError {}

fn error(path: &str, kind: WorldErrorKind) -> WorldError {
    WorldError { path: path.to_owned(), kind }
}

/// A path with `.` and `..` resolved by its text alone: `a/./b/../c` is `a/c`, the root is `.`.
pub fn normal(path: &str) -> Result<String, WorldError> {
    if path.is_empty() || path.contains(['\0', '\\']) {
        return Err(error(path, WorldErrorKind::Malformed));
    }
    // A drive (`c:/x`) is absolute on Windows only, but a program means the same everywhere.
    let drive = path.as_bytes().get(1) == Some(&b':') && path.starts_with(|c: char| c.is_ascii_alphabetic());
    if path.starts_with('/') || drive {
        return Err(error(path, WorldErrorKind::Absolute));
    }
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return Err(error(path, WorldErrorKind::AboveRoot));
                }
            }
            part => parts.push(part),
        }
    }
    Ok(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
}

/// The files below a folder of this machine. Links are resolved before anything is opened, and what they lead to must lie below the root.
#[derive(Debug)]
pub struct DiskWorld {
    /// Absolute, links resolved.
    root: PathBuf,
    read: Mutex<Vec<String>>,
    stdin: Mutex<bool>,
}

impl DiskWorld {
    /// The world below this very folder.
    pub fn at(root: &Path) -> Result<Self, WorldError> {
        let resolved = fs::canonicalize(root).map_err(|e| io_error(&root.to_string_lossy(), &e))?;
        if !resolved.is_dir() {
            return Err(error(&root.to_string_lossy(), WorldErrorKind::NotFolder));
        }
        Ok(DiskWorld { root: resolved, read: Mutex::default(), stdin: Mutex::default() })
    }

    /// The project that holds these files and folders, which are relative to the current folder, and their paths in it, in the same order.
    /// The root is the nearest folder above with a `bayplan.toml`, else the folder given (of a file: its folder; of `-`: the current one).
    pub fn open(arguments: &[String]) -> Result<(Self, Vec<String>), WorldError> {
        let mut folders = Vec::new();
        let mut resolved = Vec::new();
        for argument in arguments {
            if argument.is_empty() {
                return Err(error(argument, WorldErrorKind::Malformed));
            }
            let place = if argument == STDIN { "." } else { argument };
            let path = fs::canonicalize(place).map_err(|e| io_error(argument, &e))?;
            let folder = if path.is_dir() { path.clone() } else { path.parent().map_or_else(|| path.clone(), Path::to_path_buf) };
            folders.push((argument, project_of(&folder), folder));
            resolved.push((argument, path));
        }
        // Without a project file, the folder that holds all others that were given: never one that the user did not name.
        let Some((_, project, folder)) = folders.iter().min_by_key(|(_, _, folder)| folder.components().count()) else {
            return Err(error("", WorldErrorKind::Malformed));
        };
        let root = project.clone().unwrap_or_else(|| folder.clone());
        if let Some((argument, ..)) = folders.iter().find(|(_, p, f)| p != project || !f.starts_with(&root)) {
            return Err(error(argument, WorldErrorKind::NotOneProject));
        }
        let world = DiskWorld::at(&root)?;
        let mut paths = Vec::new();
        for (argument, path) in resolved {
            paths.push(if argument == STDIN { STDIN.to_owned() } else { world.below(argument, &path)? });
        }
        Ok((world, paths))
    }

    /// The project's root: absolute, links resolved.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The path in this world of a file or folder given relative to the current folder, for an option such as `--inputs`.
    pub fn path_of(&self, argument: &str) -> Result<String, WorldError> {
        if argument == STDIN {
            return Ok(STDIN.to_owned());
        }
        let path = fs::canonicalize(argument).map_err(|e| io_error(argument, &e))?;
        self.below(argument, &path)
    }

    fn below(&self, argument: &str, path: &Path) -> Result<String, WorldError> {
        let rest = path.strip_prefix(&self.root).map_err(|_| error(argument, WorldErrorKind::AboveRoot))?;
        let mut parts = Vec::new();
        for part in rest.components() {
            match part {
                Component::Normal(part) => parts.push(part.to_str().ok_or_else(|| error(argument, WorldErrorKind::Malformed))?),
                _ => return Err(error(argument, WorldErrorKind::Malformed)),
            }
        }
        Ok(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
    }

    /// Where a path really leads, below the root.
    fn resolve(&self, path: &str) -> Result<PathBuf, WorldError> {
        let joined = self.root.join(normal(path)?);
        let resolved = fs::canonicalize(joined).map_err(|e| io_error(path, &e))?;
        if resolved.starts_with(&self.root) { Ok(resolved) } else { Err(error(path, WorldErrorKind::LinkOutside)) }
    }

    fn stdin(&self) -> Result<Vec<u8>, WorldError> {
        let mut used = self.stdin.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if std::mem::replace(&mut *used, true) {
            return Err(error(STDIN, WorldErrorKind::StdinTwice));
        }
        read_capped(STDIN, io::stdin().lock(), 0)
    }
}

impl World for DiskWorld {
    fn read(&self, path: &str) -> Result<Vec<u8>, WorldError> {
        if path == STDIN {
            return self.stdin();
        }
        let resolved = self.resolve(path)?;
        // The kind is known before the file is opened: opening a pipe would wait for its writer.
        let size_of_regular = |metadata: io::Result<fs::Metadata>| {
            let metadata = metadata.map_err(|e| io_error(path, &e))?;
            match metadata.file_type() {
                t if t.is_dir() => Err(error(path, WorldErrorKind::Folder)),
                t if !t.is_file() => Err(error(path, WorldErrorKind::NotRegular)),
                _ if metadata.len() > FILE_AT_MOST => Err(error(path, WorldErrorKind::TooLarge)),
                _ => Ok(metadata.len()),
            }
        };
        size_of_regular(fs::metadata(&resolved))?;
        let file = fs::File::open(&resolved).map_err(|e| io_error(path, &e))?;
        let size = size_of_regular(file.metadata())?;
        let bytes = read_capped(path, file, size)?;
        remember(&self.read, normal(path)?);
        Ok(bytes)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, WorldError> {
        let resolved = self.resolve(folder)?;
        if !resolved.is_dir() {
            return Err(error(folder, WorldErrorKind::NotFolder));
        }
        let prefix = match normal(folder)?.as_str() {
            "." => String::new(),
            folder => format!("{folder}/"),
        };
        let mut names = Vec::new();
        for entry in fs::read_dir(&resolved).map_err(|e| io_error(folder, &e))? {
            let entry = entry.map_err(|e| io_error(folder, &e))?;
            // A link is listed unless it leads to a folder; reading it says what is wrong with it.
            let is_folder = fs::metadata(entry.path()).is_ok_and(|m| m.is_dir());
            if let (false, Some(name)) = (is_folder, entry.file_name().to_str()) {
                names.push(format!("{prefix}{name}"));
            }
        }
        names.sort();
        Ok(names)
    }

    fn is_folder(&self, path: &str) -> bool {
        path != STDIN && self.resolve(path).is_ok_and(|p| p.is_dir())
    }

    fn read_so_far(&self) -> Vec<String> {
        self.read.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

/// The nearest folder, this one or above, that holds a project file.
fn project_of(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find(|a| a.join(PROJECT_FILE).is_file()).map(Path::to_path_buf)
}

/// The whole of it, or [`WorldErrorKind::TooLarge`] as soon as that is known: the size that was asked before may have been wrong, and only spares
/// the buffer its growth.
fn read_capped(path: &str, from: impl Read, size: u64) -> Result<Vec<u8>, WorldError> {
    let mut bytes = Vec::with_capacity(size.min(FILE_AT_MOST) as usize + 1);
    from.take(FILE_AT_MOST + 1).read_to_end(&mut bytes).map_err(|e| io_error(path, &e))?;
    if bytes.len() as u64 > FILE_AT_MOST { Err(error(path, WorldErrorKind::TooLarge)) } else { Ok(bytes) }
}

fn remember(list: &Mutex<Vec<String>>, path: String) {
    let mut list = list.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !list.contains(&path) {
        list.push(path);
    }
}

fn io_error(path: &str, e: &io::Error) -> WorldError {
    // ELOOP has no stable kind in the standard library: 40 on Linux, 62 on the BSDs and macOS.
    let looped = e.raw_os_error() == Some(if cfg!(any(target_os = "linux", target_os = "android")) { 40 } else { 62 });
    let kind = match e.kind() {
        _ if looped && cfg!(unix) => WorldErrorKind::LinkLoop,
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => WorldErrorKind::Missing,
        io::ErrorKind::PermissionDenied => WorldErrorKind::Denied,
        io::ErrorKind::IsADirectory => WorldErrorKind::Folder,
        io::ErrorKind::InvalidInput => WorldErrorKind::Malformed,
        _ => WorldErrorKind::Io(e.to_string()),
    };
    error(path, kind)
}

/// Files in memory: for tests, and for texts that an editor has not saved.
#[derive(Debug, Default)]
pub struct MemoryWorld {
    files: BTreeMap<String, Vec<u8>>,
    read: Mutex<Vec<String>>,
}

impl MemoryWorld {
    /// A world of these files, given by path and text.
    pub fn new<P: Into<String>, T: Into<Vec<u8>>>(files: impl IntoIterator<Item = (P, T)>) -> Self {
        MemoryWorld { files: files.into_iter().map(|(path, text)| (path.into(), text.into())).collect(), read: Mutex::default() }
    }
}

impl World for MemoryWorld {
    fn read(&self, path: &str) -> Result<Vec<u8>, WorldError> {
        let name = normal(path)?;
        let Some(bytes) = self.files.get(&name) else {
            let kind = if self.is_folder(path) { WorldErrorKind::Folder } else { WorldErrorKind::Missing };
            return Err(error(path, kind));
        };
        if bytes.len() as u64 > FILE_AT_MOST {
            return Err(error(path, WorldErrorKind::TooLarge));
        }
        if name != STDIN {
            remember(&self.read, name);
        }
        Ok(bytes.clone())
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, WorldError> {
        if !self.is_folder(folder) {
            let kind = if self.files.contains_key(&normal(folder)?) { WorldErrorKind::NotFolder } else { WorldErrorKind::Missing };
            return Err(error(folder, kind));
        }
        let folder = normal(folder)?;
        let inside = |path: &str| match path.rsplit_once('/') {
            Some((parent, _)) => parent == folder,
            None => folder == "." && path != STDIN,
        };
        Ok(self.files.keys().filter(|p| inside(p)).cloned().collect())
    }

    fn is_folder(&self, path: &str) -> bool {
        normal(path).is_ok_and(|folder| {
            folder == "." || self.files.keys().any(|p| p.strip_prefix(&folder).is_some_and(|rest| rest.starts_with('/')))
        })
    }

    fn read_so_far(&self) -> Vec<String> {
        self.read.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests;
