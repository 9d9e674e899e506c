//! The programs under `examples`, found as the judges find them: a folder that holds `.bay` files is one program, and in `cases` each
//! file is one.

#[path = "support/directives.rs"]
mod directives;

use bayplan::diagnostic::render::{Options, human};
use bayplan::output::{self, Format};
use bayplan::world::DiskWorld;
use bayplan::{Compiled, Request};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A program of this repository.
pub struct Program {
    /// As a person names it: `shop`, `cases/probes`.
    pub name: String,
    /// The folder that is its root.
    pub folder: PathBuf,
    /// How it is compiled in that folder.
    pub request: Request,
    /// Its sources, without those that it uses.
    pub sources: Vec<PathBuf>,
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All of them, by name.
pub fn examples() -> Vec<Program> {
    let mut all = Vec::new();
    below(&root().join("examples"), "", &mut all);
    assert!(all.len() >= 24, "only {} examples were found", all.len());
    all
}

/// The example of this name.
pub fn example(name: &str) -> Program {
    examples().into_iter().find(|p| p.name == name).unwrap_or_else(|| panic!("examples/{name} is no program"))
}

/// The cases of the case runner that build: each file, and each folder with a `main.bay`.
pub fn building_cases() -> Vec<Program> {
    let folder = root().join("tests/cases/build");
    let mut all = Vec::new();
    for path in entries(&folder) {
        let name = format!("tests/cases/build/{}", file_name(&path));
        let (folder, main) = if path.is_dir() { (path.clone(), path.join("main.bay")) } else { (folder.clone(), path) };
        if main.extension().is_some_and(|e| e == "bay") {
            let (request, _) = directives::read(&fs::read_to_string(&main).unwrap(), &file_name(&main)).unwrap();
            all.push(Program { name, folder, request, sources: vec![main] });
        }
    }
    assert!(!all.is_empty(), "no case was found");
    all
}

fn below(folder: &Path, name: &str, all: &mut Vec<Program>) {
    let entries = entries(folder);
    let sources: Vec<PathBuf> = entries.iter().filter(|p| p.extension().is_some_and(|e| e == "bay")).cloned().collect();
    if name == "cases" {
        let program = |source: &PathBuf| Program {
            name: format!("cases/{}", source.file_stem().unwrap().to_str().unwrap()),
            folder: folder.into(),
            request: Request { paths: vec![file_name(source)], ..Request::default() },
            sources: vec![source.clone()],
        };
        all.extend(sources.iter().map(program));
    } else if !sources.is_empty() {
        let request = Request { paths: vec![".".into()], ..Request::default() };
        all.push(Program { name: name.into(), folder: folder.into(), request, sources });
    } else {
        for path in entries.iter().filter(|p| p.is_dir() && file_name(p) != "target") {
            below(path, &file_name_below(name, path), all);
        }
    }
}

fn file_name_below(name: &str, path: &Path) -> String {
    if name.is_empty() { file_name(path) } else { format!("{name}/{}", file_name(path)) }
}

pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    all.sort();
    all
}

pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

impl Program {
    fn world(&self) -> DiskWorld {
        DiskWorld::at(&self.folder).unwrap()
    }

    fn request(&self, environment: Option<&str>, threads: usize) -> Request {
        let environment = environment.map(str::to_owned).or_else(|| self.request.environment.clone());
        Request { environment, threads, ..self.request.clone() }
    }

    /// Is it judged at this minor? A case that says its minor is of that one alone.
    #[allow(dead_code, reason = "asked for by the tests of the control plane alone")]
    pub fn is_of(&self, minor: &str) -> bool {
        self.request.kubernetes.as_deref().is_none_or(|own| own == minor)
    }

    /// The objects of one environment at this minor of Kubernetes; the messages where it does not build.
    #[allow(dead_code, reason = "asked for by the tests of the control plane alone")]
    pub fn objects_at(&self, environment: Option<&str>, minor: &str) -> Result<Vec<Value>, String> {
        let request = Request { kubernetes: Some(minor.to_owned()), ..self.request(environment, 1) };
        let compiled = bayplan::compile(&self.world(), &request);
        if compiled.bundle.is_none() {
            return Err(said(&compiled));
        }
        Ok(text(self, &compiled, Format::Json).lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    }

    /// The files of one environment that are no objects, at this minor: their names and documents.
    #[allow(dead_code, reason = "asked for by the tests of the control plane alone")]
    pub fn files_at(&self, environment: Option<&str>, minor: &str) -> Result<Vec<(String, Vec<Value>)>, String> {
        let request = Request { kubernetes: Some(minor.to_owned()), ..self.request(environment, 1) };
        let compiled = bayplan::compile(&self.world(), &request);
        let Some(bundle) = &compiled.bundle else { return Err(said(&compiled)) };
        let documents = |file| {
            let text = String::from_utf8(output::file(file, Format::Json)).unwrap();
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        };
        Ok(bundle.files.iter().map(|file| (file.name.to_owned(), documents(file))).collect())
    }

    /// The files of one environment that are no objects, as YAML.
    pub fn files(&self, environment: Option<&str>) -> Vec<(&'static str, String)> {
        let compiled = self.compile(environment, 1);
        let files = compiled.bundle.iter().flat_map(|b| &b.files);
        files.map(|file| (file.name, String::from_utf8(output::file(file, Format::Yaml)).unwrap())).collect()
    }

    pub fn compile(&self, environment: Option<&str>, threads: usize) -> Compiled {
        bayplan::compile(&self.world(), &self.request(environment, threads))
    }

    pub fn check(&self) -> Compiled {
        bayplan::check(&self.world(), &self.request(None, 1))
    }

    /// The YAML of one environment.
    pub fn yaml(&self, environment: Option<&str>, threads: usize) -> String {
        text(self, &self.compile(environment, threads), Format::Yaml)
    }

    /// The objects of one environment.
    pub fn objects(&self, environment: Option<&str>) -> Vec<Value> {
        let json = text(self, &self.compile(environment, 1), Format::Json);
        json.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub fn text(&self) -> String {
        self.sources.iter().map(|source| fs::read_to_string(source).unwrap()).collect()
    }

    /// The environments that its own files declare, and the program itself.
    pub fn environments(&self) -> Vec<Option<String>> {
        let text = self.text();
        let named = text.lines().filter_map(|line| line.strip_prefix("environment ")).map(|rest| {
            let name = rest.split([' ', '{']).next().unwrap();
            Some(name.to_owned())
        });
        std::iter::once(None).chain(named).collect()
    }
}

fn text(program: &Program, compiled: &Compiled, format: Format) -> String {
    let Some(bundle) = &compiled.bundle else { panic!("{} does not build:\n{}", program.name, said(compiled)) };
    let mut bytes = Vec::new();
    output::write(bundle, format, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The messages as a person reads them.
pub fn said(compiled: &Compiled) -> String {
    human(&compiled.diagnostics, &compiled.sources, &Options::default())
}
