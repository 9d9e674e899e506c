//! The index of owned files, and its text.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// What is known of one owned file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Entry {
    /// Hashes of the bytes that this program put there or was about to: one, or two while a run is under way.
    pub hashes: Vec<String>,
    /// The object in it: `apps/v1 Deployment shop/web`.
    pub object: String,
}

/// Owned files by path.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Index(pub BTreeMap<String, Entry>);

const VERSION: u64 = 1;

/// The SHA-256 of these bytes, in hexadecimal.
pub(super) fn hash(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// [`hash`] of a file of any size.
pub(super) fn hash_file(path: &Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let (mut sum, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            return Ok(hexadecimal(&sum.finalize()));
        }
        sum.update(buffer.get(..n).unwrap_or_default());
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(64), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

impl Index {
    /// Reads an index. Every path must be one that this program could have written: a forged index must not delete anything else.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let value: Value = serde_json::from_slice(text).map_err(|e| e.to_string())?;
        if value.get("version").and_then(Value::as_u64) != Some(VERSION) {
            return Err(format!("its version is not {VERSION}"));
        }
        let files = value.get("files").and_then(Value::as_object).ok_or("it has no map `files`")?;
        let mut index = Index::default();
        for (path, entry) in files {
            if !super::plan::is_own_path(path) {
                return Err(format!("`{}` is no path of a generated file", crate::diagnostic::render::escape(path)));
            }
            let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
            let now = text("sha256").ok_or_else(|| format!("`{path}` has no sha256"))?;
            let hashes = std::iter::once(now).chain(text("or")).collect();
            index.0.insert(path.clone(), Entry { hashes, object: text("object").unwrap_or_default() });
        }
        Ok(index)
    }

    /// The text, the same for the same index: sorted, one line end at its end.
    pub fn text(&self) -> String {
        let files: Map<String, Value> = self
            .0
            .iter()
            .map(|(path, entry)| {
                let mut fields = Map::new();
                for (key, hash) in ["sha256", "or"].into_iter().zip(&entry.hashes) {
                    fields.insert(key.into(), hash.clone().into());
                }
                fields.insert("object".into(), entry.object.clone().into());
                (path.clone(), fields.into())
            })
            .collect();
        format!("{:#}\n", json!({ "version": VERSION, "files": files }))
    }
}
