//! Compiles `app.bay` to `$OUT_DIR/app.yaml`. Runs again only when a file that the compiler read has changed: the program, what it imports, its templates.

use bayplan::Request;
use bayplan::diagnostic::render;
use bayplan::output::{self, Format};
use bayplan::world::{DiskWorld, World};
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let world = DiskWorld::at(Path::new("."))?;
    let manifests = manifests(&world);
    for file in world.read_so_far() {
        println!("cargo::rerun-if-changed={file}");
    }
    match manifests {
        Ok(yaml) => std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("app.yaml"), yaml)?,
        Err(messages) => {
            eprint!("{messages}");
            std::process::exit(1);
        }
    }
    Ok(())
}

/// The manifests of `app.bay`, or its messages.
pub fn manifests(world: &dyn World) -> Result<Vec<u8>, String> {
    let request = Request { paths: vec!["app.bay".into()], ..Request::default() };
    let compiled = bayplan::compile(world, &request);
    let Some(bundle) = compiled.bundle else {
        return Err(render::human(&compiled.diagnostics, &compiled.sources, &render::Options::default()));
    };
    let mut yaml = Vec::new();
    output::write(&bundle, Format::Yaml, &mut yaml).map_err(|e| e.to_string())?;
    Ok(yaml)
}
