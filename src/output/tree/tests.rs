//! Trees on a real disk, with the faults that a disk, a person and a killed run can bring.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

use super::*;
use std::fs;

/// A folder of its own for one test, gone afterwards; the tree is `out` in it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("bayplan-tree-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
    fn out(&self) -> PathBuf {
        self.0.join("out")
    }
    fn at(&self, path: &str) -> PathBuf {
        self.out().join(path)
    }
    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap()
    }
    /// Every file below `out` but the index, sorted.
    fn files(&self) -> Vec<String> {
        fn walk(root: &Path, folder: &Path, into: &mut Vec<String>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(root, &path, into);
                } else {
                    into.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        let mut files = Vec::new();
        walk(&self.out(), &self.out(), &mut files);
        files.retain(|f| f != INDEX);
        files.sort();
        files
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn item(namespace: &str, api_version: &str, kind: &str, name: &str, text: &str) -> Item {
    let namespace = (!namespace.is_empty()).then(|| namespace.to_owned());
    Item { namespace, api_version: api_version.into(), kind: kind.into(), name: name.into(), bytes: text.into() }
}

fn shop(version: &str) -> Vec<Item> {
    vec![
        item("", "v1", "Namespace", "shop", "kind: Namespace\n"),
        item("shop", "apps/v1", "Deployment", "web", &format!("image: {version}\n")),
        item("shop", "v1", "Service", "web", "port: 80\n"),
    ]
}

fn refusals(result: Result<Written, TreeError>) -> Vec<Reason> {
    match result {
        Err(TreeError::Refused(list)) => list.into_iter().map(|r| r.reason).collect(),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn one_file_an_object_and_an_index() {
    let f = Folder::new("first");
    let done = write(&f.out(), &shop("1"), false).unwrap();
    assert_eq!(done.written, ["cluster/namespace-shop.yaml", "shop/deployment-web.yaml", "shop/service-web.yaml"]);
    assert_eq!(f.files(), done.written);
    assert_eq!(f.text("shop/deployment-web.yaml"), "image: 1\n");
    let expected = r#"{
  "version": 1,
  "files": {
    "cluster/namespace-shop.yaml": {
      "sha256": "SUM",
      "object": "v1 Namespace shop"
    },"#
    .replace("SUM", &index::hash(b"kind: Namespace\n"));
    assert!(f.text(INDEX).starts_with(&expected), "{}", f.text(INDEX));
    assert_eq!(index::hash(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn nothing_is_written_when_nothing_changed() {
    let f = Folder::new("same");
    write(&f.out(), &shop("1"), false).unwrap();
    let times = |f: &Folder| {
        let paths = f.files().into_iter().chain([INDEX.to_owned(), String::new(), "shop".to_owned()]);
        paths.map(|p| fs::metadata(f.at(&p)).unwrap().modified().unwrap()).collect::<Vec<_>>()
    };
    let before = times(&f);
    std::thread::sleep(std::time::Duration::from_millis(20));
    let done = write(&f.out(), &shop("1"), false).unwrap();
    assert_eq!(done, Written { unchanged: 3, ..Written::default() });
    assert_eq!(times(&f), before);
    let done = write(&f.out(), &shop("2"), false).unwrap();
    assert_eq!((done.written, done.unchanged), (vec!["shop/deployment-web.yaml".to_owned()], 2));
}

#[test]
fn a_removed_object_takes_its_file_and_its_empty_folder_along() {
    let f = Folder::new("removed");
    let mut items = shop("1");
    items.push(item("other", "v1", "Service", "x", "x\n"));
    write(&f.out(), &items, false).unwrap();
    fs::write(f.at("shop/notes.txt"), "mine").unwrap();
    let done = write(&f.out(), &shop("1")[..2], false).unwrap();
    assert_eq!(done.removed, ["other/service-x.yaml", "shop/service-web.yaml"]);
    assert_eq!(f.files(), ["cluster/namespace-shop.yaml", "shop/deployment-web.yaml", "shop/notes.txt"]);
    assert!(!f.at("other").exists());
    assert!(!f.text(INDEX).contains("service-web"));
}

#[test]
fn a_file_changed_by_hand_is_neither_overwritten_nor_deleted() {
    let f = Folder::new("edited");
    write(&f.out(), &shop("1"), false).unwrap();
    fs::write(f.at("shop/deployment-web.yaml"), "mine\n").unwrap();
    fs::write(f.at("shop/service-web.yaml"), "mine too\n").unwrap();
    let index = f.text(INDEX);
    let result = write(&f.out(), &shop("2")[..2], false);
    let said = result.as_ref().unwrap_err().to_string();
    for part in [
        "nothing was written:",
        "shop/deployment-web.yaml` was changed by hand",
        "shop/service-web.yaml` was changed by hand",
        "--force overwrites",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert_eq!(refusals(result), [Reason::Edited, Reason::Edited]);
    assert_eq!((f.text("shop/deployment-web.yaml"), f.text("shop/service-web.yaml")), ("mine\n".into(), "mine too\n".into()));
    assert_eq!(f.text(INDEX), index);
    // Even where the program did not change.
    assert_eq!(refusals(write(&f.out(), &shop("1"), false)), [Reason::Edited, Reason::Edited]);
    let done = write(&f.out(), &shop("2")[..2], true).unwrap();
    assert_eq!((done.written.len(), done.removed.len()), (1, 1));
    assert_eq!(f.files(), ["cluster/namespace-shop.yaml", "shop/deployment-web.yaml"]);
    // A file that a person deleted is simply written again.
    fs::remove_file(f.at("shop/deployment-web.yaml")).unwrap();
    assert_eq!(write(&f.out(), &shop("2")[..2], false).unwrap().written, ["shop/deployment-web.yaml"]);
}

#[test]
fn somebody_elses_file_is_in_the_way_unless_it_holds_the_same() {
    let f = Folder::new("foreign");
    fs::create_dir_all(f.at("shop")).unwrap();
    fs::write(f.at("shop/deployment-web.yaml"), "mine\n").unwrap();
    fs::write(f.at("shop/service-web.yaml"), "port: 80\n").unwrap();
    assert_eq!(refusals(write(&f.out(), &shop("1"), false)), [Reason::Foreign]);
    assert_eq!(f.files(), ["shop/deployment-web.yaml", "shop/service-web.yaml"]);
    assert!(!f.at(INDEX).exists() && !f.at("cluster").exists());
    fs::remove_file(f.at("shop/deployment-web.yaml")).unwrap();
    fs::create_dir(f.at("shop/deployment-web.yaml")).unwrap();
    assert_eq!(refusals(write(&f.out(), &shop("1"), true)), [Reason::InTheWay]);
}

#[test]
fn a_program_without_objects_does_not_wipe_the_tree() {
    let f = Folder::new("empty");
    assert_eq!(write(&f.out(), &[], false).unwrap(), Written::default());
    assert!(!f.out().exists());
    write(&f.out(), &shop("1"), false).unwrap();
    assert_eq!(refusals(write(&f.out(), &[], false)), [Reason::NothingLeft]);
    assert_eq!(f.files().len(), 3);
    assert_eq!(write(&f.out(), &[], true).unwrap().removed.len(), 3);
    assert_eq!(f.files(), [] as [&str; 0]);
}

#[test]
fn a_bad_or_forged_index_deletes_nothing() {
    let f = Folder::new("index");
    write(&f.out(), &shop("1"), false).unwrap();
    let victim = f.0.join("victim-x.yaml");
    fs::write(&victim, "v").unwrap();
    for path in ["../victim-x.yaml", "shop/../../victim-x.yaml", "/etc/a-b.yaml", "a/b/c-d.yaml", ".git/a-b.yaml", "shop/Service-web.yaml"]
    {
        let forged = format!(r#"{{"version":1,"files":{{"{path}":{{"sha256":"{}","object":""}}}}}}"#, index::hash(b"v"));
        fs::write(f.at(INDEX), forged).unwrap();
        assert!(matches!(refusals(write(&f.out(), &shop("1"), false))[..], [Reason::BadIndex(_), ..]), "{path}");
        write(&f.out(), &shop("1"), true).unwrap();
        assert!(victim.exists(), "{path}");
    }
    for text in ["", "{", "[]", r#"{"version":2,"files":{}}"#, r#"{"version":1,"files":{"a/b-c.yaml":{}}}"#, "<<<<<<< HEAD"] {
        fs::write(f.at(INDEX), text).unwrap();
        assert!(matches!(refusals(write(&f.out(), &shop("2"), false))[..], [Reason::BadIndex(_), ..]), "{text}");
    }
}

#[test]
fn groups_tell_objects_of_one_kind_apart_and_letter_case_does_not() {
    let paths = |items: &[Item]| plan::paths(items).map(|m| m.into_keys().collect::<Vec<_>>());
    let services = [
        item("shop", "v1", "Service", "a", ""),
        item("shop", "serving.knative.dev/v1", "Service", "a", ""),
        item("shop", "v1", "Service", "b", ""),
    ];
    assert_eq!(paths(&services).unwrap(), ["shop/service-a.yaml", "shop/service-b.yaml", "shop/service.serving.knative.dev-a.yaml"]);
    let roles = [item("", "rbac.authorization.k8s.io/v1", "ClusterRole", "system:a", ""), item("con", "v1", "Service", "a", "")];
    assert_eq!(paths(&roles).unwrap(), ["cluster/clusterrole-system_a.yaml", "con_/service-a.yaml"]);
    let cases = [item("shop", "r/v1", "Role", "Reader", ""), item("shop", "r/v1", "Role", "reader", "")];
    let said = paths(&cases).map(|_| ()).unwrap_err()[0].to_string();
    assert_eq!(said, "r/v1 Role shop/Reader and r/v1 Role shop/reader would both be `shop/role.r-reader.yaml`");
    for (namespace, kind, name) in [
        ("shop", "Role", "../x"),
        ("shop", "Role", "a/b"),
        ("..", "Role", "a"),
        (".git", "Role", "a"),
        ("shop", "", "a"),
        ("shop", "Role", "a\\b"),
        ("shop", "Role", "é"),
        ("shop", "Role", "a\0"),
        ("", "Role", &"x".repeat(250)),
    ] {
        let bad = paths(&[item(namespace, "v1", kind, name, "")]).map(|_| ()).unwrap_err();
        assert!(matches!(bad[..], [Refusal { reason: Reason::BadName(_), .. }]), "{namespace} {kind} {name}");
    }
}

#[test]
fn a_killed_run_is_finished_by_the_next() {
    let f = Folder::new("killed");
    write(&f.out(), &shop("1"), false).unwrap();
    let old = f.text(INDEX);
    // Killed while staging: the old tree stands, the next run cleans up.
    fs::create_dir(f.at(STAGING)).unwrap();
    fs::write(f.at(STAGING).join("0"), "half").unwrap();
    fs::write(f.at(LOCK), "999999\n").unwrap();
    assert_eq!(write(&f.out(), &shop("1"), false).unwrap().unchanged, 3);
    assert!(!f.at(STAGING).exists() && !f.at(LOCK).exists());
    assert_eq!(f.text(INDEX), old);

    // Killed between the first rename and the last: the index vouches for old and new files alike.
    let mut next = shop("2");
    next[2].bytes = b"port: 81\n".to_vec();
    next[0] = item("", "v1", "Namespace", "new", "new\n");
    let wanted = plan::paths(&next).unwrap();
    let between = plan::plan(&f.out(), &wanted, false).unwrap().between.text();
    fs::write(f.at(INDEX), &between).unwrap();
    fs::write(f.at("shop/deployment-web.yaml"), "image: 2\n").unwrap();
    let done = write(&f.out(), &next, false).unwrap();
    assert_eq!(done.written, ["cluster/namespace-new.yaml", "shop/service-web.yaml"]);
    assert_eq!(done.removed, ["cluster/namespace-shop.yaml"]);
    assert!(!f.text(INDEX).contains("\"or\""));

    // The same, and the program went back to what it was.
    fs::write(f.at(INDEX), between).unwrap();
    assert!(write(&f.out(), &shop("1"), false).is_ok());
    assert_eq!(f.text(INDEX), old);
}

/// The same at every single change of the disk: what is there is wholly old or wholly new, and the next run, of the new program or again of
/// the old one, needs no `--force`.
#[test]
fn a_run_killed_anywhere_is_finished_by_the_next() {
    let f = Folder::new("anywhere");
    let old = [shop("1"), vec![item("gone", "v1", "Service", "x", "x\n")]].concat();
    let new = [shop("2"), vec![item("added", "v1", "Service", "y", "y\n")]].concat();
    let tree = |f: &Folder| f.files().into_iter().map(|p| (f.text(&p), p)).collect::<Vec<_>>();
    let mut trees = Vec::new();
    for items in [&old, &new] {
        write(&f.out(), items, true).unwrap();
        trees.push((tree(&f), f.text(INDEX)));
    }
    let mut killed = 0;
    loop {
        for (next, expected) in [(&old, &trees[0]), (&new, &trees[1])] {
            write(&f.out(), &old, false).unwrap();
            write::FUSE.set(killed);
            let result = write(&f.out(), &new, false);
            write::FUSE.set(u32::MAX);
            for (text, path) in tree(&f) {
                let is = |tree: &[(String, String)]| tree.contains(&(text.clone(), path.clone()));
                assert!(path.starts_with(".bayplan.") || is(&trees[0].0) || is(&trees[1].0), "killed at {killed}: {path}: {text}");
            }
            write(&f.out(), next, false).unwrap_or_else(|e| panic!("killed at {killed}: {e}"));
            assert_eq!(&(tree(&f), f.text(INDEX)), expected, "killed at {killed}");
            if result.is_ok() && std::ptr::eq(next, &new) {
                assert!(killed > 15, "{killed}");
                return;
            }
        }
        killed += 1;
    }
}

#[test]
fn a_second_compiler_is_told_who_writes() {
    let f = Folder::new("lock");
    write(&f.out(), &shop("1"), false).unwrap();
    let lock = write::Lock::take(&f.out()).unwrap();
    assert_eq!(refusals(write(&f.out(), &shop("2"), true)), [Reason::Locked(std::process::id().to_string())]);
    drop(lock);
    assert!(!f.at(LOCK).exists());
    assert!(write(&f.out(), &shop("2"), false).is_ok());
}

#[test]
fn many_files_are_written_by_several_threads_in_any_order_and_land_in_their_places() {
    let f = Folder::new("many");
    let items: Vec<Item> =
        (0..200).map(|i| item(&format!("n{}", i % 7), "v1", "Service", &format!("x{i}"), &format!("text {i}\n"))).collect();
    assert_eq!(write(&f.out(), &items, false).unwrap().written.len(), 200);
    assert!((0..200).all(|i| f.text(&format!("n{}/service-x{i}.yaml", i % 7)) == format!("text {i}\n")));
    assert_eq!(write(&f.out(), &items, false).unwrap().unchanged, 200);
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    #[test]
    fn links_are_not_written_through() {
        let f = Folder::new("links");
        let real = f.0.join("real");
        fs::create_dir(&real).unwrap();
        symlink(&real, f.out()).unwrap();
        for path in ["out", "out/", "out/."] {
            assert_eq!(refusals(write(&f.0.join(path), &shop("1"), true)), [Reason::Link], "{path}");
        }
        fs::remove_file(f.out()).unwrap();
        fs::create_dir(f.out()).unwrap();
        symlink(&real, f.at("shop")).unwrap();
        let found = refusals(write(&f.out(), &shop("1"), true));
        assert!(!found.is_empty() && found.iter().all(|r| *r == Reason::Link), "{found:?}");
        fs::remove_file(f.at("shop")).unwrap();
        fs::create_dir(f.at("shop")).unwrap();
        for name in ["shop/service-web.yaml", INDEX] {
            symlink(real.join("target"), f.at(name)).unwrap();
            assert_eq!(refusals(write(&f.out(), &shop("1"), true)), [Reason::Link], "{name}");
            fs::remove_file(f.at(name)).unwrap();
        }
        for name in [STAGING, LOCK] {
            symlink(&real, f.at(name)).unwrap();
            assert_eq!(refusals(write(&f.out(), &shop("1"), true)), [Reason::Link], "{name}");
            fs::remove_file(f.at(name)).unwrap();
        }
        assert_eq!(fs::read_dir(&real).unwrap().count(), 0);
        assert!(write(&f.out(), &shop("1"), false).is_ok());
    }

    #[test]
    fn a_hard_link_keeps_its_bytes_and_modes_are_fixed() {
        let f = Folder::new("hard");
        write(&f.out(), &shop("1"), false).unwrap();
        let (file, twin) = (f.at("shop/deployment-web.yaml"), f.0.join("twin"));
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o644);
        fs::hard_link(&file, &twin).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
        write(&f.out(), &shop("2"), false).unwrap();
        assert_eq!(fs::read_to_string(&twin).unwrap(), "image: 1\n");
        assert_eq!(f.text("shop/deployment-web.yaml"), "image: 2\n");
        assert_eq!((fs::metadata(&file).unwrap().mode() & 0o7777, fs::metadata(&file).unwrap().nlink()), (0o644, 1));
    }

    #[test]
    fn a_folder_that_may_not_be_written_leaves_the_old_tree() {
        let f = Folder::new("denied");
        write(&f.out(), &shop("1"), false).unwrap();
        let index = f.text(INDEX);
        fs::set_permissions(f.out(), fs::Permissions::from_mode(0o555)).unwrap();
        // The superuser may write anywhere; for them a file in a folder's place does the same.
        let denied = fs::File::create(f.at("probe")).is_err();
        let result = if denied { write(&f.out(), &shop("2"), false) } else { write(Path::new("/proc/self/bayplan"), &shop("2"), false) };
        fs::set_permissions(f.out(), fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(result, Err(TreeError::Io { .. })), "{result:?}");
        assert_eq!((f.text("shop/deployment-web.yaml"), f.text(INDEX)), ("image: 1\n".into(), index));
    }
}
