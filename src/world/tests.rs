//! What each world gives and refuses, on a real disk where that matters.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::*;
use WorldErrorKind as K;

/// A folder of its own for one test, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("bayplan-world-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(fs::canonicalize(path).unwrap())
    }
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
    fn text(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn kind<T: fmt::Debug>(result: Result<T, WorldError>) -> WorldErrorKind {
    result.unwrap_err().kind
}

#[test]
fn paths_are_normal_or_refused() {
    assert_eq!(normal("a/./b//../c/").unwrap(), "a/c");
    assert_eq!(normal("./").unwrap(), ".");
    assert_eq!(normal("a/..").unwrap(), ".");
    for (path, expected) in [
        ("/etc/passwd", K::Absolute),
        ("c:/x", K::Absolute),
        ("../x", K::AboveRoot),
        ("a/../../a/x", K::AboveRoot),
        ("", K::Malformed),
        ("a\0b", K::Malformed),
        ("..\\x", K::Malformed),
    ] {
        assert_eq!(kind(normal(path)), expected, "{path:?}");
    }
}

#[test]
fn the_root_is_the_nearest_project_else_the_folder_given() {
    let f = Folder::new("root");
    let page = f.file("a/b/app.bay", "x");
    let (world, paths) = DiskWorld::open(std::slice::from_ref(&page)).unwrap();
    assert_eq!((world.root(), paths), (f.0.join("a/b").as_path(), vec!["app.bay".to_owned()]));
    f.file(PROJECT_FILE, "");
    let (world, paths) = DiskWorld::open(&[page.clone(), f.text("a")]).unwrap();
    assert_eq!((world.root(), paths), (f.0.as_path(), vec!["a/b/app.bay".to_owned(), "a".to_owned()]));
    assert_eq!(world.path_of(&page).unwrap(), "a/b/app.bay");
    assert_eq!(kind(world.path_of("/")), K::AboveRoot);
    // A project inside a project is another one.
    f.file(&format!("a/b/{PROJECT_FILE}"), "");
    assert_eq!(kind(DiskWorld::open(&[f.text("a"), page])), K::NotOneProject);
    assert_eq!(kind(DiskWorld::open(&[f.text("none.bay")])), K::Missing);
}

#[test]
fn without_a_project_file_all_must_lie_in_one_folder_that_was_given() {
    let f = Folder::new("apart");
    let (one, two, deep) = (f.file("one/a.bay", ""), f.file("two/b.bay", ""), f.file("one/deep/c.bay", ""));
    assert_eq!(kind(DiskWorld::open(&[one.clone(), two])), K::NotOneProject);
    let (world, paths) = DiskWorld::open(&[deep, one]).unwrap();
    assert_eq!((world.root(), paths), (f.0.join("one").as_path(), vec!["deep/c.bay".to_owned(), "a.bay".to_owned()]));
}

#[test]
fn reading_is_recorded_once_in_order() {
    let f = Folder::new("record");
    f.file("b.bay", "b");
    f.file("a.bay", "a");
    let world = DiskWorld::at(&f.0).unwrap();
    assert_eq!(world.read("b.bay").unwrap(), b"b");
    assert_eq!(world.read("x/../a.bay").unwrap(), b"a");
    assert_eq!(world.read("./b.bay").unwrap(), b"b");
    assert_eq!(kind(world.read("none.bay")), K::Missing);
    assert_eq!(kind(world.read("a.bay/b")), K::Missing);
    assert_eq!(world.read_so_far(), ["b.bay", "a.bay"]);
}

#[test]
fn a_folder_lists_its_files_sorted() {
    let f = Folder::new("list");
    for name in ["sub/z.bay", "sub/a.bay", "sub/deep/x.bay", "sub/note.txt"] {
        f.file(name, "");
    }
    let world = DiskWorld::at(&f.0).unwrap();
    assert_eq!(world.list("sub/").unwrap(), ["sub/a.bay", "sub/note.txt", "sub/z.bay"]);
    assert_eq!(world.list(".").unwrap(), Vec::<String>::new());
    assert_eq!(kind(world.list("sub/a.bay")), K::NotFolder);
    assert_eq!(kind(world.list("none")), K::Missing);
    assert_eq!(kind(world.list("..")), K::AboveRoot);
    assert!(world.is_folder("sub") && !world.is_folder("sub/a.bay") && !world.is_folder("..") && !world.is_folder("none"));
}

#[test]
fn folders_and_large_files_are_refused() {
    let f = Folder::new("large");
    f.file("sub/a.bay", "");
    f.file("most", "");
    f.file("more", "");
    fs::File::options().write(true).open(f.text("most")).unwrap().set_len(FILE_AT_MOST).unwrap();
    fs::File::options().write(true).open(f.text("more")).unwrap().set_len(FILE_AT_MOST + 1).unwrap();
    let world = DiskWorld::at(&f.0).unwrap();
    assert_eq!(kind(world.read("sub")), K::Folder);
    assert_eq!(world.read("most").unwrap().len() as u64, FILE_AT_MOST);
    assert_eq!(kind(world.read("more")), K::TooLarge);
    assert_eq!(world.read("more").unwrap_err().to_string(), "`more` is larger than 4 MiB, the most that is read");
    // A device or a file that grows says another size than it has.
    assert_eq!(kind(read_capped("zero", io::repeat(0), 0)), K::TooLarge);
}

#[cfg(unix)]
#[test]
fn links_may_not_leave_the_root_nor_loop() {
    use std::os::unix::fs::symlink;
    let f = Folder::new("links");
    f.file("outside/secret", "s");
    f.file("in/real/a.bay", "a");
    let at = |name: &str| f.0.join("in").join(name);
    symlink("../outside/secret", at("out-file")).unwrap();
    symlink("../outside", at("out-folder")).unwrap();
    symlink("loop-b", at("loop-a")).unwrap();
    symlink("loop-a", at("loop-b")).unwrap();
    symlink("real", at("fine")).unwrap();
    symlink("none", at("dangling")).unwrap();
    symlink("/dev/zero", at("zero")).unwrap();
    let world = DiskWorld::at(&f.0.join("in")).unwrap();
    assert_eq!(kind(world.read("out-file")), K::LinkOutside);
    assert_eq!(kind(world.read("out-folder/secret")), K::LinkOutside);
    assert_eq!(kind(world.list("out-folder")), K::LinkOutside);
    assert_eq!(kind(world.read("loop-a")), K::LinkLoop);
    assert_eq!(kind(world.read("zero")), K::LinkOutside);
    assert_eq!(kind(world.read("dangling")), K::Missing);
    assert_eq!(world.read("fine/a.bay").unwrap(), b"a");
    assert_eq!(world.list("fine").unwrap(), ["fine/a.bay"]);
    assert!(!world.is_folder("out-folder"));
}

#[cfg(target_os = "linux")]
#[test]
fn pipes_and_devices_are_refused_without_waiting() {
    let f = Folder::new("pipe");
    assert!(std::process::Command::new("mkfifo").arg(f.text("pipe")).status().unwrap().success());
    assert_eq!(kind(DiskWorld::at(&f.0).unwrap().read("pipe")), K::NotRegular);
    assert_eq!(kind(DiskWorld::at(Path::new("/dev")).unwrap().read("zero")), K::NotRegular);
}

#[test]
fn memory_behaves_like_a_disk() {
    let world = MemoryWorld::new([("app.bay", "a"), ("lib/b.bay", "b"), ("lib/deep/c.bay", "c"), ("-", "typed")]);
    assert_eq!(world.read("lib/../app.bay").unwrap(), b"a");
    assert_eq!(world.read("-").unwrap(), b"typed");
    assert_eq!(world.list(".").unwrap(), ["app.bay"]);
    assert_eq!(world.list("lib").unwrap(), ["lib/b.bay"]);
    assert_eq!(kind(world.read("lib")), K::Folder);
    assert_eq!(kind(world.read("none")), K::Missing);
    assert_eq!(kind(world.read("../x")), K::AboveRoot);
    assert_eq!(kind(world.list("app.bay")), K::NotFolder);
    assert_eq!(world.read_so_far(), ["app.bay"]);
}
