//! How the program is linked where the linker is GNU's or one like it. Half a millisecond of a start, a fifth of what one app takes, goes to what
//! the loader does before `main`.
#![allow(clippy::print_stdout, reason = "so a build script speaks with cargo")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|v| v == value);
    // What is linked statically as a whole is left as its builder wants it.
    let is_static = env::var("CARGO_CFG_TARGET_FEATURE").is_ok_and(|all| all.split(',').any(|feature| feature == "crt-static"));
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") && !is_static {
        // At a fixed address, as Go's programs are: nine thousand places need not be relocated.
        println!("cargo::rustc-link-arg-bins=-no-pie");
        if let Some(folder) = static_unwinder() {
            println!("cargo::rustc-link-arg-bins=-L{}", folder.display());
        }
    }
}

/// A folder in which the linker finds the unwinder's static library under the name of the shared one, which the standard library asks for: the
/// program then needs the C library alone. `None` where this machine has it not, or the program is for another.
fn static_unwinder() -> Option<PathBuf> {
    if env::var_os("HOST") != env::var_os("TARGET") {
        return None;
    }
    let told = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output().ok()?;
    let library = String::from_utf8(told.stdout).ok()?;
    // A compiler that does not find it says its name.
    if !Path::new(library.trim()).is_absolute() {
        return None;
    }
    let folder = PathBuf::from(env::var_os("OUT_DIR")?);
    fs::write(folder.join("libgcc_s.so"), "GROUP ( -lgcc_eh -lgcc )\n").ok()?;
    Some(folder)
}
