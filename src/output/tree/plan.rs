//! What would be written, and what stands in the way. Reads, and writes nothing.

use super::index::{Entry, Index, hash, hash_file};
use super::{INDEX, Reason, Refusal, TreeError, Written, io};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// One object to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// Its namespace; nothing for what belongs to the cluster.
    pub namespace: Option<String>,
    /// `apps/v1`, or `v1` for the core group.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// `metadata.name`.
    pub name: String,
    /// The file's whole text.
    pub bytes: Vec<u8>,
}

impl Item {
    /// How the index and a message name it: `apps/v1 Deployment shop/web`.
    fn object(&self) -> String {
        let namespace = self.namespace.as_ref().map_or(String::new(), |n| format!("{n}/"));
        format!("{} {} {namespace}{}", self.api_version, self.kind, self.name)
    }
    fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }
}

/// A file as it should be.
pub(super) struct Wanted<'a> {
    pub bytes: &'a [u8],
    hash: String,
    object: String,
}

/// The longest name of a file or folder on the usual file systems, in bytes.
const NAME_AT_MOST: usize = 255;
/// Names that Windows keeps for devices; a namespace may have them.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The path of every object. Where two differ only in their group, those of a named group carry it: `gateway.networking.istio.io-web.yaml`.
pub(super) fn paths(items: &[Item]) -> Result<BTreeMap<String, Wanted<'_>>, Vec<Refusal>> {
    let mut plain: BTreeMap<String, usize> = BTreeMap::new();
    for item in items {
        *plain.entry(path(item, false)).or_default() += 1;
    }
    let mut wanted: BTreeMap<String, Wanted> = BTreeMap::new();
    let mut refusals = BTreeSet::new();
    for item in items {
        let short = path(item, false);
        let clash = plain.get(&short).is_some_and(|n| *n > 1) && !item.group().is_empty();
        let path = if clash { path(item, true) } else { short };
        if !is_own_path(&path) {
            refusals.insert(Refusal { path, reason: Reason::BadName(item.object()) });
            continue;
        }
        let new = Wanted { bytes: &item.bytes, hash: hash(&item.bytes), object: item.object() };
        if let Some(other) = wanted.insert(path.clone(), new) {
            refusals.insert(Refusal { path, reason: Reason::Collision(other.object, item.object()) });
        }
    }
    if refusals.is_empty() { Ok(wanted) } else { Err(refusals.into_iter().collect()) }
}

fn path(item: &Item, with_group: bool) -> String {
    let mut folder = item.namespace.as_deref().unwrap_or("cluster").to_ascii_lowercase();
    if DEVICES.contains(&folder.as_str()) {
        folder.push('_');
    }
    let group = if with_group { format!(".{}", item.group()) } else { String::new() };
    // The names of roles may hold colons, which are no part of a file name everywhere.
    format!("{folder}/{}{group}-{}.yaml", item.kind, item.name.replace(':', "_")).to_ascii_lowercase()
}

/// Is this a path that [`paths`] could give? Two plain parts in lower case, of which none is hidden.
pub(super) fn is_own_path(path: &str) -> bool {
    let plain = |part: &str| {
        let edges = part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()) && !part.ends_with('.');
        edges && part.len() <= NAME_AT_MOST && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._".contains(&b))
    };
    matches!(path.split_once('/'), Some((folder, file)) if plain(folder) && plain(file) && file.contains('-') && file.ends_with(".yaml"))
}

/// What is to be done in the folder.
pub(super) struct Plan<'a> {
    /// Files to write, with their bytes.
    pub write: Vec<(String, &'a [u8])>,
    /// Files to delete.
    pub remove: Vec<String>,
    /// How many are right already.
    unchanged: usize,
    /// The index that vouches for the old and the new state.
    pub between: Index,
    /// The index at the end.
    pub end: Index,
    /// Is the index on the disk already the one at the end?
    index_is_right: bool,
}

impl Plan<'_> {
    /// Is there nothing to do at all?
    pub fn is_done(&self) -> bool {
        self.write.is_empty() && self.remove.is_empty() && self.index_is_right
    }
    pub fn outcome(&self) -> Written {
        Written {
            written: self.write.iter().map(|(path, _)| path.clone()).collect(),
            removed: self.remove.clone(),
            unchanged: self.unchanged,
        }
    }
}

/// Compares what should be with what is there.
pub(super) fn plan<'a>(folder: &Path, wanted: &BTreeMap<String, Wanted<'a>>, force: bool) -> Result<Plan<'a>, TreeError> {
    let mut refusals = BTreeSet::new();
    let mut refuse = |path: &Path, reason: Reason| {
        if !(force && reason.yields_to_force()) {
            refusals.insert(Refusal { path: path.to_string_lossy().into_owned(), reason });
        }
    };
    match look(folder)? {
        Found::Nothing | Found::Folder => {}
        Found::Link => refuse(folder, Reason::Link),
        Found::File | Found::Other => refuse(folder, Reason::InTheWay),
    }
    let index_path = folder.join(INDEX);
    let (mut index, mut text) = (Index::default(), Vec::new());
    match look(&index_path)? {
        Found::Nothing => {}
        Found::File => {
            text = fs::read(&index_path).map_err(io(&index_path))?;
            match Index::parse(&text) {
                Ok(read) => index = read,
                Err(why) => refuse(&index_path, Reason::BadIndex(why)),
            }
        }
        Found::Link => refuse(&index_path, Reason::Link),
        Found::Folder | Found::Other => refuse(&index_path, Reason::InTheWay),
    }
    if wanted.is_empty() && !index.0.is_empty() {
        refuse(folder, Reason::NothingLeft);
    }

    let mut plan =
        Plan { write: Vec::new(), remove: Vec::new(), unchanged: 0, between: index.clone(), end: Index::default(), index_is_right: false };
    let mut folders: BTreeMap<PathBuf, Found> = BTreeMap::new();
    let paths: BTreeSet<&String> = wanted.keys().chain(index.0.keys()).collect();
    for path in paths {
        let owned = index.0.get(path);
        let full = folder.join(path);
        let parent = full.parent().unwrap_or(folder).to_path_buf();
        let above = match folders.get(&parent) {
            Some(found) => *found,
            None => *folders.entry(parent.clone()).or_insert(look(&parent)?),
        };
        let found = match above {
            Found::Nothing => Found::Nothing,
            Found::Folder => look(&full)?,
            Found::Link => {
                refuse(&parent, Reason::Link);
                continue;
            }
            Found::File | Found::Other => {
                refuse(&parent, Reason::InTheWay);
                continue;
            }
        };
        let is = match found {
            Found::Nothing => None,
            Found::File => Some(hash_file(&full).map_err(io(&full))?),
            Found::Link => {
                refuse(&full, Reason::Link);
                continue;
            }
            Found::Folder | Found::Other => {
                refuse(&full, Reason::InTheWay);
                continue;
            }
        };
        let is_ours = match (&is, owned) {
            (None, _) => true,
            (Some(hash), Some(entry)) => entry.hashes.contains(hash),
            (Some(_), None) => false,
        };
        let Some(want) = wanted.get(path) else {
            // An object that is no more. Its file goes if it is still as it was written.
            if is.is_some() {
                if !is_ours {
                    refuse(&full, Reason::Edited);
                }
                plan.remove.push(path.clone());
            }
            continue;
        };
        plan.end.0.insert(path.clone(), Entry { hashes: vec![want.hash.clone()], object: want.object.clone() });
        if is.as_ref() == Some(&want.hash) {
            plan.unchanged += 1;
            plan.between.0.insert(path.clone(), Entry { hashes: vec![want.hash.clone()], object: want.object.clone() });
            continue;
        }
        if !is_ours {
            refuse(&full, if owned.is_some() { Reason::Edited } else { Reason::Foreign });
        }
        let hashes = std::iter::once(want.hash.clone()).chain(is).collect();
        plan.between.0.insert(path.clone(), Entry { hashes, object: want.object.clone() });
        plan.write.push((path.clone(), want.bytes));
    }
    if !refusals.is_empty() {
        return Err(TreeError::Refused(refusals.into_iter().collect()));
    }
    plan.index_is_right = text == plan.end.text().as_bytes() || (text.is_empty() && wanted.is_empty());
    Ok(plan)
}

/// What stands at a path; links are not followed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    File,
    Folder,
    Link,
    Other,
}

pub(super) fn look(path: &Path) -> Result<Found, TreeError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(match metadata.file_type() {
            t if t.is_symlink() => Found::Link,
            t if t.is_file() => Found::File,
            t if t.is_dir() => Found::Folder,
            _ => Found::Other,
        }),
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(Found::Nothing),
        Err(e) => Err(io(path)(e)),
    }
}
