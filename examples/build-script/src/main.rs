//! A program that carries the manifests it is run by.

fn main() {
    print!("{}", include_str!(concat!(env!("OUT_DIR"), "/app.yaml")));
}
