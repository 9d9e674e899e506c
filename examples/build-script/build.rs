//! Compiles deploy/site.bay into OUT_DIR/manifests.yaml. Cargo runs it again when that file, one that it uses or its template changes.

use bayplan::Request;
use bayplan::diagnostic::render::{Options, human};
use bayplan::output::{self, Format};
use bayplan::world::DiskWorld;
use std::error::Error;
use std::path::Path;
use std::{env, fs};

/// The folder that a program may read from.
const FOLDER: &str = "deploy";

fn main() -> Result<(), Box<dyn Error>> {
    let world = DiskWorld::at(Path::new(FOLDER))?;
    let compiled = bayplan::compile(&world, &Request { paths: vec!["site.bay".into()], ..Request::default() });

    println!("cargo:rerun-if-changed=build.rs");
    for input in &compiled.inputs {
        println!("cargo:rerun-if-changed={FOLDER}/{input}");
    }
    // Cargo shows what a build script says when it fails.
    let options = Options { prefix: &format!("{FOLDER}/"), ..Options::default() };
    eprint!("{}", human(&compiled.diagnostics, &compiled.sources, &options));

    let bundle = compiled.bundle.ok_or("the program has errors")?;
    let mut manifests = Vec::new();
    output::write(&bundle, Format::Yaml, &mut manifests)?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("manifests.yaml"), manifests)?;
    Ok(())
}
