//! Secrets and ConfigMaps: those that the program declares, and those that it names.

use super::evaluate::show;
use super::lower::{Lower, Uses};
use super::model::{At, ConfigMap, ExternalSecret, Str};
use crate::check::suggest;
use crate::diagnostic::codes;
use crate::tape::Origin;
use crate::units::names;
use crate::vocabulary::value::{PortRef, Text, Value};
use crate::vocabulary::words::{Content, ContentSpec, SecretFrom, StoreKind};
use crate::vocabulary::{Object, blocks};
use sha2::{Digest as _, Sha256};

/// A ConfigMap that is written, with the ports that its text was built from.
pub struct Written {
    /// Its label in the program.
    pub label: Str,
    /// The object.
    pub object: ConfigMap,
    /// Ports, with what carried them.
    pub uses: Uses,
}

impl<'a> Lower<'a> {
    /// The name of a Secret that is named.
    pub fn secret_name(&mut self, object: &Object, origin: Origin, key: Option<&At<Str>>) -> Option<Str> {
        let label = match object {
            Object::External(name) => {
                if let Err(e) = names::subdomain(name) {
                    let d = self.error(codes::BAD_NAME, e.message.trim_end_matches('.').to_string(), origin, "the name of a Secret");
                    self.push(d);
                    return None;
                }
                self.assume("Secret", name, key.map(|k| &k.value), origin);
                return Some(name.clone());
            }
            Object::Declared(label) => label,
        };
        let (own, shared) = (self.tier_secrets, self.secrets);
        let Some(secret) = own.iter().chain(shared).find(|s| s.label.as_ref().is_some_and(|l| l.value == *label)) else {
            let known: Vec<&str> = own.iter().chain(shared).filter_map(|s| s.label.as_ref().map(|l| &*l.value)).collect();
            self.undeclared("secret", label, &known, origin);
            return None;
        };
        if let (Some(key), Some(keys)) = (key, &secret.keys)
            && !keys.value.iter().any(|k| k.value == key.value)
        {
            let all: Vec<&str> = keys.value.iter().map(|k| &*k.value).collect();
            let d = self
                .error(codes::UNKNOWN_NAME, format!("secret `{label}` has no key `{}`", key.value), key.origin, "no such key")
                .help(format!("its keys are {}", suggest::list(all, "and")));
            self.push(d);
            return None;
        }
        Some(secret.name.as_ref().map_or_else(|| label.clone(), |n| n.value.clone()))
    }

    fn undeclared(&mut self, kind: &str, label: &str, known: &[&str], origin: Origin) {
        let mut d =
            self.error(codes::UNDECLARED, format!("no `{kind} {label}` is declared"), origin, "in this tier and its app there is none");
        d = match suggest::nearest(label, known.iter().copied()) {
            Some(near) => d.help(format!("write `{near}`")),
            None => {
                d.help(format!("declare it, `{kind} {label} {{ … }}`, or name one that exists in the cluster by a string: `\"{label}\"`"))
            }
        };
        self.push(d);
    }

    fn assume(&mut self, kind: &'static str, name: &Str, key: Option<&Str>, origin: Origin) {
        if !self.assumed.iter().any(|(k, n, x, _)| *k == kind && n == name && x.as_ref() == key) {
            self.assumed.push((kind, name.clone(), key.cloned(), origin));
        }
    }

    /// The name of a ConfigMap that is named; its ports become the workload's.
    pub fn config_name(&mut self, object: &Object, origin: Origin, key: Option<&At<Str>>, uses: &mut Uses) -> Option<Str> {
        let label = match object {
            Object::External(name) => {
                if let Err(e) = names::subdomain(name) {
                    let d = self.error(codes::BAD_NAME, e.message.trim_end_matches('.').to_string(), origin, "the name of a ConfigMap");
                    self.push(d);
                    return None;
                }
                self.assume("ConfigMap", name, key.map(|k| &k.value), origin);
                return Some(name.clone());
            }
            Object::Declared(label) => label,
        };
        let found = self.written.iter().rev().find(|w| w.label == *label);
        let Some(w) = found else {
            let known: Vec<String> = self.written.iter().map(|w| w.label.to_string()).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            self.undeclared("config", label, &known, origin);
            return None;
        };
        if let Some(key) = key
            && !w.object.data.iter().any(|(k, _)| *k == key.value)
        {
            let all: Vec<String> = w.object.data.iter().map(|(k, _)| k.to_string()).collect();
            let d = self
                .error(codes::UNKNOWN_NAME, format!("config `{label}` has no key `{}`", key.value), key.origin, "no such key")
                .help(format!("it has {}", suggest::list(all.iter().map(String::as_str), "and")));
            self.push(d);
            return None;
        }
        uses.extend(w.uses.iter().copied());
        Some(w.object.name.value.clone())
    }

    /// A declared `config`: its text, and the name with the hash of it, so that a change replaces the pods.
    pub fn config(&mut self, block: &blocks::Config, owner: &Str, object: &str) -> Option<Written> {
        let label = block.label.clone()?;
        let (mut data, mut uses): (Vec<(Str, At<Str>)>, Uses) = (Vec::new(), Vec::new());
        for (key, content) in block.file.iter().chain(block.key.iter()) {
            if let Err(e) = names::config_key(&key.value) {
                let d = self.error(codes::BAD_NAME, e.message.trim_end_matches('.').to_string(), key.origin, "a key of a ConfigMap");
                self.push(d);
                continue;
            }
            if let Some((_, first)) = data.iter().find(|(k, _)| *k == key.value) {
                let first = first.origin;
                let d = self.error(codes::SAID_TWICE, format!("`{}` is a file and a key", key.value), key.origin, "said again here");
                let d = self.place(d, first, "said first here");
                self.push(d);
                continue;
            }
            let Some(text) = self.content(&content.value, content.origin, &mut uses) else { continue };
            self.refuse_secret(&key.value, &text, content.origin);
            data.push((key.value.clone(), At::new(text, content.origin)));
        }
        let size: usize = data.iter().map(|(k, v)| k.len() + v.value.len()).sum();
        if size > 1 << 20 {
            let d = self
                .error(
                    codes::TOO_LARGE,
                    format!("config `{}` has {size} bytes", label.value),
                    block.origin,
                    "a ConfigMap holds at most 1 MiB",
                )
                .help("split it, or keep the data outside the cluster");
            self.push(d);
            return None;
        }
        data.sort_by(|a, b| a.0.cmp(&b.0));
        let mut hash = Sha256::new();
        for (k, v) in &data {
            hash.update((k.len() as u64).to_le_bytes());
            hash.update(k.as_bytes());
            hash.update((v.value.len() as u64).to_le_bytes());
            hash.update(v.value.as_bytes());
        }
        let digest: String = hash.finalize().iter().take(5).map(|b| format!("{b:02x}")).collect();
        let name: Str = format!("{object}-{digest}").into();
        let object = ConfigMap { name: At::new(name, label.origin), owner: owner.clone(), data, origin: block.origin };
        Some(Written { label: label.value, object, uses })
    }

    fn content(&mut self, content: &Content, origin: Origin, uses: &mut Uses) -> Option<Str> {
        match content {
            Content::Text(Text { text, ports }) => {
                uses.extend(ports.iter().flat_map(|p| p.iter()).map(|p| (*p, origin)));
                Some(text.clone())
            }
            Content::Source(ContentSpec::File { path }) => self.asset(path),
            Content::Source(ContentSpec::Template { path, variables }) => {
                let source = self.asset(path)?;
                let mut known: Vec<(&str, serde_json::Value)> = Vec::new();
                if let Some(v) = variables {
                    carried(&v.value.0, v.origin, uses);
                    if let Value::Map(m) = &v.value.0 {
                        known.extend(m.iter().map(|(k, v)| (&*k.value, json(&v.value))));
                    }
                }
                match super::template::render(&path.value, &source, &known) {
                    Ok(text) => Some(text.into()),
                    Err(why) => {
                        let d = self
                            .error(codes::TEMPLATE, format!("the template `{}` does not render", path.value), path.origin, "rendered here")
                            .why(why);
                        self.push(d);
                        None
                    }
                }
            }
        }
    }

    fn asset(&mut self, path: &At<Str>) -> Option<Str> {
        let file = self.site(path.origin)?.span.file;
        // What could not be read was said when the files were loaded.
        let found = self.assets.get(file, &path.value).cloned();
        self.refused |= found.is_none();
        found
    }

    /// A declared `secret` that is fetched: its ExternalSecret.
    pub fn external_secret(&mut self, block: &blocks::Secret, owner: &Str) -> Option<ExternalSecret> {
        let label = block.label.clone()?;
        let Some(keys) = &block.keys else {
            let d = self
                .error(codes::MISSING, format!("secret `{}` says no keys", label.value), block.origin, "needs `keys = [\"…\"]`")
                .help("name the keys that tiers may read: `keys = [\"password\"]`");
            self.push(d);
            return None;
        };
        let mut right = true;
        for k in &keys.value {
            right &= self.secret_key(k);
        }
        let name = block.name.clone().unwrap_or(label);
        if let Err(e) = names::subdomain(&name.value) {
            let d = self.error(codes::BAD_NAME, e.message.trim_end_matches('.').to_string(), name.origin, "the name of a Secret");
            self.push(d);
        }
        let Some(At { value: SecretFrom::External { store, path, kind, refresh }, .. }) = &block.from else {
            self.assume("Secret", &name.value, None, name.origin);
            return None;
        };
        let kind = match kind.as_ref().map(|k| &k.value) {
            Some(StoreKind::Namespaced) => "SecretStore",
            _ => "ClusterSecretStore",
        };
        right &= self.named(Some(store), "a secret store").is_some();
        right.then(|| ExternalSecret {
            name,
            owner: owner.clone(),
            store: (kind.into(), store.clone()),
            refresh: refresh.as_ref().map_or_else(|| At::default_of("1h".into()), |r| r.map(|d| d.to_string().into())),
            data: keys.value.iter().map(|k| (k.value.clone(), path.clone(), Some(k.clone()))).collect(),
            origin: block.origin,
        })
    }
}

/// Notes the ports in a value, at any depth.
fn carried(v: &Value, origin: Origin, uses: &mut Uses) {
    match v {
        Value::Text(t) => uses.extend(t.ports().iter().map(|p: &PortRef| (*p, origin))),
        Value::Int(_, Some(p)) => uses.push((*p, origin)),
        Value::List(l) => l.iter().for_each(|v| carried(&v.value, v.origin, uses)),
        Value::Map(m) => m.iter().for_each(|(_, v)| carried(&v.value, v.origin, uses)),
        _ => {}
    }
}

/// A value as a template sees it: amounts are their canonical text.
fn json(v: &Value) -> serde_json::Value {
    use serde_json::Value as J;
    match v {
        Value::None | Value::Poison => J::Null,
        Value::Bool(b) => J::Bool(*b),
        Value::Int(i, _) => J::from(*i),
        Value::Text(t) => J::String(t.text.to_string()),
        Value::List(l) => J::Array(l.iter().map(|v| json(&v.value)).collect()),
        Value::Map(m) => J::Object(m.iter().map(|(k, v)| (k.value.to_string(), json(&v.value))).collect()),
        v => J::String(show(v)),
    }
}
