//! Prints how many objects were compiled into this program; with `--print`, the objects.

const MANIFESTS: &str = include_str!(concat!(env!("OUT_DIR"), "/manifests.yaml"));

fn main() {
    if std::env::args().nth(1).as_deref() == Some("--print") {
        print!("{MANIFESTS}");
    } else {
        println!("{} objects", MANIFESTS.lines().filter(|line| *line == "---").count());
    }
}
