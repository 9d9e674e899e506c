//! The API server's own HTTP, through `kubectl proxy` on a loopback port: one call is a few milliseconds, one kubectl a third of a second.

use serde_json::Value as Json;
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// The texts of its `Warning` headers.
    pub warnings: Vec<String>,
    /// JSON, or `null` where it is none.
    pub body: Json,
}

impl Answer {
    /// The body of a success without a warning.
    ///
    /// # Errors
    /// The server's message, or its warnings.
    pub fn accepted(self) -> Result<Json, String> {
        if !(200..300).contains(&self.status) {
            return Err(self.body["message"].as_str().map_or_else(|| format!("status {}: {}", self.status, self.body), str::to_owned));
        }
        if self.warnings.is_empty() { Ok(self.body) } else { Err(format!("warning: {}", self.warnings.join("; "))) }
    }
}

/// A connection. It is opened again when the other side closed it.
pub struct Api {
    port: u16,
    stream: Option<BufReader<TcpStream>>,
    /// Of each `apiVersion`, its kinds: name, path and whether they are in a namespace.
    kinds: HashMap<String, Vec<(String, String, bool)>>,
}

impl Api {
    pub fn on(port: u16) -> Api {
        Api { port, stream: None, kinds: HashMap::new() }
    }

    /// Server-side apply of one object with strict validation.
    pub fn apply(&mut self, object: &Json, dry_run: bool) -> Result<Answer, String> {
        let path = self.path(object)?;
        let path = format!("{path}?fieldManager=bayplan&fieldValidation=Strict{}", if dry_run { "&dryRun=All" } else { "" });
        self.call("PATCH", &path, "application/apply-patch+yaml", &object.to_string())
    }

    pub fn get(&mut self, path: &str) -> Result<Json, String> {
        self.call("GET", path, "application/json", "")?.accepted()
    }

    pub fn post(&mut self, path: &str, object: &Json) -> Result<Answer, String> {
        self.call("POST", path, "application/json", &object.to_string())
    }

    /// Changes fields of one object or of its `/status`.
    pub fn merge(&mut self, path: &str, fields: &Json) -> Result<Json, String> {
        self.call("PATCH", path, "application/merge-patch+json", &fields.to_string())?.accepted()
    }

    /// The items of a list.
    pub fn list(&mut self, path: &str) -> Result<Vec<Json>, String> {
        match self.get(path)?["items"].take() {
            Json::Array(items) => Ok(items),
            _ => Err(format!("{path} is no list")),
        }
    }

    /// Where an object is.
    pub fn path(&mut self, object: &Json) -> Result<String, String> {
        let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        let (version, kind) = (text(&object["apiVersion"]), text(&object["kind"]));
        let root = if version.contains('/') { format!("/apis/{version}") } else { format!("/api/{version}") };
        if !self.kinds.contains_key(&version) {
            let found = self.get(&root)?;
            let kinds = found["resources"].as_array().into_iter().flatten().filter(|r| !text(&r["name"]).contains('/'));
            let kinds = kinds.map(|r| (text(&r["kind"]), text(&r["name"]), r["namespaced"] == true)).collect();
            self.kinds.insert(version.clone(), kinds);
        }
        let known = self.kinds.get(&version).into_iter().flatten().find(|(k, ..)| *k == kind);
        let (_, plural, namespaced) = known.ok_or_else(|| format!("the server knows no {kind} of {version}"))?;
        let name = text(&object["metadata"]["name"]);
        Ok(match object["metadata"]["namespace"].as_str() {
            Some(namespace) if *namespaced => format!("{root}/namespaces/{namespace}/{plural}/{name}"),
            _ => format!("{root}/{plural}/{name}"),
        })
    }

    fn call(&mut self, method: &str, path: &str, content: &str, body: &str) -> Result<Answer, String> {
        let reused = self.stream.is_some();
        match self.exchange(method, path, content, body) {
            // An idle connection may have been closed meanwhile; nothing was answered, and every call here may be made twice.
            Err(_) if reused => self.exchange(method, path, content, body),
            result => result,
        }
        .map_err(|e| format!("{method} {path}: {e}"))
    }

    fn exchange(&mut self, method: &str, path: &str, content: &str, body: &str) -> Result<Answer, String> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(("127.0.0.1", self.port)).map_err(|e| e.to_string())?;
                stream.set_nodelay(true).and(stream.set_read_timeout(Some(PATIENCE))).map_err(|e| e.to_string())?;
                BufReader::new(stream)
            }
        };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\nContent-Type: {content}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.get_mut().write_all(format!("{head}{body}").as_bytes()).map_err(|e| e.to_string())?;
        let status = line(&mut stream)?;
        let status = status.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or_else(|| format!("no HTTP: {status}"))?;
        let (mut warnings, mut length, mut chunked, mut keep) = (Vec::new(), 0, false, true);
        loop {
            let header = line(&mut stream)?;
            let Some((name, value)) = header.split_once(':') else { break };
            match (name.to_ascii_lowercase().as_str(), value.trim()) {
                // `299 - "text"`
                ("warning", value) => {
                    warnings.push(value.splitn(3, ' ').last().unwrap_or_default().trim_matches('"').replace("\\\"", "\""));
                }
                ("content-length", value) => length = value.parse().map_err(|_| format!("a length of {value}"))?,
                ("transfer-encoding", value) => chunked = value == "chunked",
                ("connection", value) => keep = value != "close",
                _ => {}
            }
        }
        let bytes = if chunked { chunks(&mut stream)? } else { exactly(&mut stream, length)? };
        self.stream = keep.then_some(stream);
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| Json::String(String::from_utf8_lossy(&bytes).into_owned()));
        Ok(Answer { status, warnings, body })
    }
}

fn line(stream: &mut BufReader<TcpStream>) -> Result<String, String> {
    let mut text = String::new();
    match stream.read_line(&mut text).map_err(|e| e.to_string())? {
        0 => Err("the connection was closed".into()),
        _ => Ok(text.trim_end().to_owned()),
    }
}

fn exactly(stream: &mut BufReader<TcpStream>, length: usize) -> Result<Vec<u8>, String> {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).map_err(|e| e.to_string())?;
    Ok(bytes)
}

fn chunks(stream: &mut BufReader<TcpStream>) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    loop {
        let size = line(stream)?;
        let length = usize::from_str_radix(size.split(';').next().unwrap_or_default(), 16).map_err(|_| format!("a chunk of {size}"))?;
        bytes.extend(exactly(stream, length)?);
        line(stream)?;
        if length == 0 {
            return Ok(bytes);
        }
    }
}
