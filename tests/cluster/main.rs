//! A real control plane judges what the compiler writes: every example in each environment and every case of `tests/cases/build`, built for
//! each minor that the server emulates, all at once and each in namespaces of its own. `tests/run` builds the programs of the control plane
//! and starts this; `cargo test --test cluster NAME` judges some.
//!
//! The judges, as the lines of a failure name them:
//! * `apply`: server-side apply with strict validation takes every object without a warning, and every field comes back with its value;
//! * `again`: applying once more (a dry run) changes nothing;
//! * `istioctl`: says nothing of what is written for Istio (it needs no server);
//! * `kubeadm`: kubeadm and the API server read what is written for machines (they need no cluster for that);
//! * `kubeconform`, `kube-score`: find nothing that `tests/judges/exemptions.yaml` does not exempt;
//! * `prometheus-rules`: Prometheus' own parser takes every PrometheusRule, and every query of a trigger;
//! * `keda`: each trigger says what KEDA's source reads, and all that it needs;
//! * `run`: with controllers, scheduler and nodes in three zones every pod is admitted under quota, limits and Pod Security label, every
//!   workload becomes ready, every Job completes, every claim binds, every Service has endpoints and every autoscaler finds its target;
//! * `drain`: every pod may be evicted, and all is up again after the drain of a node.
//!
//! Each of `defects/` shows that its judge can fail: its first line is `# MINOR JUDGE: WORDS`, with words of what the judge says of it.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test, and its own harness")]

#[path = "../it/support/api.rs"]
mod api;
mod applied;
#[path = "../it/support/control_plane.rs"]
mod control_plane;
mod istioctl;
mod kubeadm;
#[path = "../it/programs.rs"]
#[allow(dead_code, reason = "shared with the tests of the library")]
mod programs;
mod releases;
mod running;
mod subjects;
mod tools;
mod triggers;

use api::Api;
use applied::Defaults;
use control_plane::{ControlPlane, Minor, built};
use programs::root;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::Instant;
use subjects::{Subject, subjects};
use tools::Exemption;

/// Those that the server emulates; 1.33 is judged by its schema alone.
const MINORS: [Minor; 4] = [Minor(34), Minor(35), Minor(36), Minor(37)];
/// How many control planes run at once: one a core of a small machine.
const AT_ONCE: usize = 2;
const ZONES: [&str; 3] = ["zone-a", "zone-b", "zone-c"];
const NODES: usize = 6;
/// The definitions of the kinds that are not built in: a file, then what of it the compiler knows.
const DEFINITIONS: &str = include_str!("files/definitions");

fn main() -> ExitCode {
    let filters: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let mut tally = Tally::default();
    if filters.is_empty() {
        tally.report("prometheus-rules", tools::prometheus_rules());
        tally.report("a control plane ends in a panic", ends_in_a_panic(MINORS[0]));
    }
    if filters.is_empty() || filters.iter().any(|f| "releases".contains(f.as_str())) {
        releases::judge().into_iter().for_each(|(name, result)| tally.report(&name, result));
    }
    if filters == ["releases"] {
        return tally.end();
    }
    if filters == ["kubeadm"] {
        kubeadm::judge(&filters).into_iter().for_each(|(name, result)| tally.report(&name, result));
        return tally.end();
    }
    for (name, result) in istioctl::judge(&filters).into_iter().chain(kubeadm::judge(&filters)) {
        tally.report(&name, result);
    }
    let (exemptions, defaults) = match (tools::exemptions(), Defaults::read()) {
        (Ok(exemptions), Ok(defaults)) => (exemptions, defaults),
        (exemptions, defaults) => {
            println!("{}", exemptions.err().into_iter().chain(defaults.err()).collect::<Vec<_>>().join("\n"));
            return ExitCode::FAILURE;
        }
    };
    let (tally, waiting, needed) = (Mutex::new(tally), Mutex::new(MINORS.iter().copied()), Mutex::new(BTreeSet::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(minor) = waiting.lock().unwrap().next() else { break };
                    let judged = judge(minor, &filters, &exemptions, &defaults);
                    let mut tally = tally.lock().unwrap();
                    match judged {
                        Ok((subjects, used)) => {
                            needed.lock().unwrap().extend(used);
                            subjects.iter().for_each(|s| tally.report(&format!("{minor} {}", s.name), s.result()));
                        }
                        Err(why) => tally.report(&format!("{minor} the control plane"), Err(why)),
                    }
                }
            });
        }
    });
    let mut tally = tally.into_inner().unwrap();
    let needed = needed.into_inner().unwrap();
    if filters.is_empty() {
        let idle = exemptions.iter().enumerate().filter(|(number, _)| !needed.contains(number));
        let idle = idle.map(|(_, e)| format!("nothing needs {} {} {} any more: take it out", e.tool, e.check, e.object));
        let idle: Vec<String> = idle.chain(defaults.idle()).collect();
        tally.report("exemptions and defaults", if idle.is_empty() { Ok(()) } else { Err(idle.join("\n")) });
    }
    tally.end()
}

/// A test that panics leaves no server behind.
fn ends_in_a_panic(minor: Minor) -> Result<(), String> {
    let ids = Mutex::new(Vec::new());
    let started = Mutex::new(Ok(()));
    let panicked = catch_unwind(AssertUnwindSafe(|| match ControlPlane::start(minor) {
        Ok(plane) => {
            *ids.lock().unwrap() = plane.ids();
            // Not `panic!`: nothing is printed of what is meant.
            resume_unwind(Box::new("a test that fails"));
        }
        Err(why) => *started.lock().unwrap() = Err(why),
    }));
    started.into_inner().unwrap()?;
    let ids = ids.into_inner().unwrap();
    let is_there = |id: &&u32| Command::new("kill").args(["-0", &id.to_string()]).stderr(Stdio::null()).status().is_ok_and(|s| s.success());
    let left: Vec<&u32> = ids.iter().filter(is_there).collect();
    if panicked.is_err() && ids.len() > 2 && left.is_empty() {
        Ok(())
    } else {
        Err(format!("of the processes {ids:?} are there: {left:?}"))
    }
}

#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
}

impl Tally {
    fn end(&self) -> ExitCode {
        println!("cluster: {} passed, {} failed", self.passed, self.failed);
        if self.failed == 0 && self.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
    fn report(&mut self, name: &str, result: Result<(), String>) {
        match result {
            Ok(()) => {
                self.passed += 1;
                println!("ok    {name}");
            }
            Err(why) => {
                self.failed += 1;
                println!("FAIL  {name}\n      {}", why.trim_end().replace('\n', "\n      "));
            }
        }
    }
}

/// Judges everything at one minor; what was said stands in the subjects, with the exemptions that were needed beside.
fn judge(
    minor: Minor,
    filters: &[String],
    exemptions: &[Exemption],
    defaults: &Defaults,
) -> Result<(Vec<Subject>, BTreeSet<usize>), String> {
    let mut subjects = subjects(minor, filters);
    if subjects.is_empty() {
        return Ok((subjects, BTreeSet::new()));
    }
    let mut steps = Steps { minor, began: Instant::now() };
    let mut plane = ControlPlane::start(minor)?.with_quotas()?;
    let mut api = plane.api();
    assumed(&mut api, definitions(&subjects))?;
    for name in subjects.iter().filter(|s| s.expected.is_none()).flat_map(Subject::foreign_namespaces).collect::<BTreeSet<_>>() {
        api.apply(&json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } }), false)?.accepted()?;
    }
    steps.done("control plane started");

    let used = tools::judge(&mut api, minor, &mut subjects, exemptions)?;
    steps.done("kubeconform and kube-score asked");
    triggers::judge(&mut subjects)?;
    applied::apply(&mut api, &mut subjects, defaults)?;
    steps.done(&format!(
        "{} objects of {} programs applied twice",
        subjects.iter().map(|s| s.objects.len()).sum::<usize>(),
        subjects.len()
    ));

    for (class, size, count) in claims(&subjects) {
        plane = plane.with_volumes(&class, &size, count)?;
    }
    plane = plane.with_nodes(NODES, &ZONES)?.with_controllers()?;
    if has_releases(&subjects) {
        plane = plane.with_releases()?;
    }
    run_crons(&plane, &mut subjects)?;
    running::settle(&mut api, &mut subjects, "run")?;
    steps.done("workloads are up");
    let moved = running::drain(&mut api, &mut subjects)?;
    steps.done(&if moved > 0 { format!("a node is drained of {moved} pods") } else { "no node was drained: something is not up".into() });

    plane.is_alive()?;
    let memory = plane.memory();
    let all: u64 = memory.iter().map(|(_, peak)| peak).sum();
    let each: Vec<String> = memory.iter().map(|(name, peak)| format!("{name} {peak}")).collect();
    println!("      {minor} memory at most, MiB: {} together {all}", each.join(", "));
    for subject in &mut subjects {
        let servers = subject.problems.iter().any(|p| matches!(p.judge, "apply" | "again" | "run" | "drain"));
        for namespace in subject.namespaces().into_iter().filter(|_| servers && subject.result().is_err()).collect::<Vec<_>>() {
            subject.says("logs", format!("of {namespace}\n{}", plane.logs(&namespace)));
        }
    }
    Ok((subjects, used))
}

/// Lines of progress: what was done, and in how many seconds.
struct Steps {
    minor: Minor,
    began: Instant,
}

impl Steps {
    fn done(&mut self, what: &str) {
        println!("      {} {what} ({} s)", self.minor, self.began.elapsed().as_secs());
        self.began = Instant::now();
    }
}

/// Kinds that the controller of releases makes itself, and that no program has.
const OF_RELEASES: [&str; 3] = [
    "argo-rollouts/manifests/crds/analysis-run-crd.yaml",
    "argo-rollouts/manifests/crds/experiment-crd.yaml",
    "argo-rollouts/manifests/crds/cluster-analysis-template-crd.yaml",
];

/// Is something released by a controller?
fn has_releases(subjects: &[Subject]) -> bool {
    subjects.iter().flat_map(|s| &s.objects).any(|o| o["kind"] == "Rollout")
}

/// The files that define kinds of these programs. All of them would double what the server needs and the time that it takes to start.
fn definitions(subjects: &[Subject]) -> BTreeSet<&'static str> {
    let is_used =
        |version: &str, kind: &str| subjects.iter().flat_map(|s| &s.objects).any(|o| o["apiVersion"] == version && o["kind"] == kind);
    let mut files = BTreeSet::new();
    for line in DEFINITIONS.lines() {
        let mut words = line.split_whitespace();
        if let (Some(file), Some(version)) = (words.next(), words.next())
            && words.any(|kind| is_used(version, kind))
        {
            files.insert(file);
        }
    }
    if has_releases(subjects) {
        files.extend(OF_RELEASES);
        files.insert("argo-rollouts/manifests/crds/analysis-template-crd.yaml");
    }
    files
}

/// Makes what the programs assume of a cluster: definitions, and the objects of `assumed.json`.
fn assumed(api: &mut Api, files: BTreeSet<&str>) -> Result<(), String> {
    for file in files {
        let path = built("files").join(file);
        let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        for document in text.split("\n---").filter(|d| d.contains("kind:")) {
            let object: Json = serde_saphyr::from_str(document).map_err(|e| format!("{}: {e}", path.display()))?;
            api.apply(&object, false)?.accepted().map_err(|e| format!("{}: {e}", path.display()))?;
        }
    }
    let text = fs::read_to_string(root().join("tests/cluster/assumed.json")).map_err(|e| e.to_string())?;
    for object in serde_json::Deserializer::from_str(&text).into_iter::<Json>() {
        let object = object.map_err(|e| format!("assumed.json: {e}"))?;
        let path = api.path(&object)?;
        api.post(path.rsplit_once('/').unwrap_or_default().0, &object)?.accepted()?;
    }
    let began = Instant::now();
    loop {
        let definitions = api.list("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")?;
        let served = |d: &Json| {
            d["status"]["conditions"].as_array().into_iter().flatten().any(|c| c["type"] == "Established" && c["status"] == "True")
        };
        if definitions.iter().all(served) {
            return Ok(());
        }
        if began.elapsed().as_secs() > 60 {
            return Err("the definitions are not served".into());
        }
        thread::sleep(std::time::Duration::from_millis(100));
    }
}

/// Class, size and number of the volumes that are claimed: one a claim, and one a replica of a StatefulSet's template. All of a class are as large as
/// its largest, since a claim may take any that is large enough.
fn claims(subjects: &[Subject]) -> Vec<(String, String, usize)> {
    let mut found: BTreeMap<String, (usize, Vec<String>)> = BTreeMap::new();
    let mut claim = |claim: &Json, times: u64| {
        let part = |path: &str| claim.pointer(path).and_then(Json::as_str).unwrap_or_default().to_owned();
        let (count, sizes) = found.entry(part("/spec/storageClassName")).or_default();
        *count += usize::try_from(times).unwrap_or(0);
        sizes.push(part("/spec/resources/requests/storage"));
    };
    for subject in subjects.iter().filter(|s| s.expected.is_none()) {
        for object in &subject.objects {
            if object["kind"] == "PersistentVolumeClaim" {
                claim(object, 1);
            }
            // Without a count an autoscaler has it, and brings it to its minimum.
            let scales =
                |o: &&Json| o["kind"] == "HorizontalPodAutoscaler" && o["spec"]["scaleTargetRef"]["name"] == object["metadata"]["name"];
            let least = || subject.objects.iter().find(scales).and_then(|o| o["spec"]["minReplicas"].as_u64());
            for template in object["spec"]["volumeClaimTemplates"].as_array().into_iter().flatten() {
                claim(template, object["spec"]["replicas"].as_u64().or_else(least).unwrap_or(1));
            }
        }
    }
    let bytes = |size: &String| bayplan::units::Bytes::parse(size).map_or(0, bayplan::units::Bytes::bytes);
    let largest = |sizes: Vec<String>| sizes.into_iter().max_by_key(bytes).unwrap_or_default();
    found.into_iter().map(|(class, (count, sizes))| (class, largest(sizes), count)).collect()
}

/// A Job of each CronJob, as `kubectl create job --from` makes it: nobody waits until three in the morning.
fn run_crons(plane: &ControlPlane, subjects: &mut [Subject]) -> Result<(), String> {
    for subject in subjects {
        let crons: Vec<&Json> = subject.objects.iter().filter(|o| o["kind"] == "CronJob").collect();
        let names = crons.iter().filter_map(|o| Some((o["metadata"]["namespace"].as_str()?, o["metadata"]["name"].as_str()?)));
        let names: Vec<(String, String)> = names.map(|(namespace, name)| (namespace.to_owned(), name.to_owned())).collect();
        for (namespace, name) in names {
            let answer =
                plane.kubectl(&["create", "job", "by-hand", "--namespace", &namespace, "--from", &format!("cronjob/{name}")], "")?;
            if !answer.status.success() {
                subject.says("run", String::from_utf8_lossy(&answer.stderr));
            }
        }
    }
    Ok(())
}
