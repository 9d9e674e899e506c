//! Judge `releases`: the controller of releases carries out what `bayplan timeline` foretells. The first version becomes healthy; a new image
//! walks every step, and at each the weights in the VirtualService and the pods counted are those of the timeline; `manual` waits; a
//! measurement that fails and a person who aborts take the old version back; blue-green switches the active Service and keeps the old colour
//! for the time declared. And `kubectl argo rollouts lint` has nothing to say of any Rollout that is written.

use crate::api::Api;
use crate::control_plane::{ControlPlane, Minor, program};
use crate::programs::root;
use bayplan::world::MemoryWorld;
use bayplan::{Request, output};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

/// How long a release may take to get where it is awaited.
const PATIENCE: Duration = Duration::from_secs(60);
const GLANCE: Duration = Duration::from_millis(100);
const PROGRAMS: [&str; 5] = ["split", "pods", "colours", "routes", "ingress"];
const MINOR: Minor = Minor(36);

/// Prometheus' query API as far as the controller asks it: one value, good or bad.
struct Prometheus {
    port: u16,
    bad: Arc<AtomicBool>,
}

impl Prometheus {
    fn start() -> Result<Prometheus, String> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|e| e.to_string())?;
        let port = listener.local_addr().map_err(|e| e.to_string())?.port();
        let bad = Arc::new(AtomicBool::new(false));
        let share = Arc::clone(&bad);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut request = [0; 4096];
                stream.set_read_timeout(Some(Duration::from_secs(2))).ok();
                if stream.read(&mut request).is_err() {
                    continue;
                }
                let value = if share.load(Relaxed) { "0.5" } else { "0" };
                let body = format!(
                    r#"{{"status":"success","data":{{"resultType":"vector","result":[{{"metric":{{}},"value":[1,"{value}"]}}]}}}}"#
                );
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                stream.write_all(format!("{head}{body}").as_bytes()).ok();
            }
        });
        Ok(Prometheus { port, bad })
    }
}

/// A program of `releases/`, asked of the compiler.
struct Program {
    name: &'static str,
    prometheus: u16,
}

impl Program {
    fn ask(&self, verb: &[&str], version: &str) -> Result<String, String> {
        let text = self.text()?;
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("releases-{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
        let copy = folder.join(format!("{}.bay", self.name));
        fs::write(&copy, text).map_err(|e| e.to_string())?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_bayplan"));
        command.args(verb).arg(&copy).args([
            "--format",
            "json",
            "--kubernetes",
            &MINOR.to_string(),
            "--set",
            &format!("version={version}"),
        ]);
        let answer = command.output().map_err(|e| e.to_string())?;
        fs::remove_dir_all(&folder).ok();
        if answer.status.success() {
            Ok(String::from_utf8_lossy(&answer.stdout).into_owned())
        } else {
            Err(String::from_utf8_lossy(&answer.stderr).into_owned())
        }
    }
    /// Applies a version. What the controller has changed meanwhile is its own: it is left as it stands, and must be known as such.
    fn apply(&self, api: &mut Api, version: &str) -> Result<(), String> {
        let request = Request { paths: vec!["program.bay".into()], set: vec![("version".into(), version.into())], ..Request::default() };
        let compiled = bayplan::compile(&MemoryWorld::new([("program.bay", self.text()?)]), &request);
        let bundle = compiled.bundle.ok_or("does not build")?;
        let owned = output::owned::fields(&bundle);
        let mut written = Vec::new();
        output::write(&bundle, output::Format::Json, &mut written).map_err(|e| e.to_string())?;
        for line in String::from_utf8_lossy(&written).lines() {
            let mut object: Json = serde_json::from_str(line).map_err(|e| e.to_string())?;
            let Err(why) = api.apply(&object, false)?.accepted() else { continue };
            let known = owned
                .iter()
                .find(|o| o.kind == object["kind"] && o.name == object["metadata"]["name"] && why.contains(o.by) && why.contains(o.path));
            let known = known.ok_or_else(|| format!("{} {}: {why}", object["kind"], object["metadata"]["name"]))?;
            if let Some(spec) = object["spec"].as_object_mut() {
                spec.remove(known.path.trim_start_matches("spec."));
            }
            api.apply(&object, false)?.accepted().map_err(|e| format!("{} {}: {e}", object["kind"], object["metadata"]["name"]))?;
        }
        Ok(())
    }
    fn text(&self) -> Result<String, String> {
        let file = root().join(format!("tests/cluster/releases/{}.bay", self.name));
        Ok(fs::read_to_string(&file).map_err(|e| e.to_string())?.replace("PROMETHEUS", &format!("http://127.0.0.1:{}", self.prometheus)))
    }
    fn timeline(&self) -> Result<Vec<Json>, String> {
        let all: Json = serde_json::from_str(&self.ask(&["timeline"], "1.0.0")?).map_err(|e| e.to_string())?;
        all[0]["phases"].as_array().cloned().ok_or_else(|| "no timeline".into())
    }
}

/// What stands at one moment.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Moment {
    phase: String,
    step: i64,
    /// The new version's weight in the VirtualService, the route or the second Ingress; none without one.
    weight: Option<i64>,
    /// Pods of the version that is stable, and of the one that comes.
    old: i64,
    new: i64,
    /// The rules of the VirtualService or the route, in its order; the header of the second Ingress.
    rules: Vec<String>,
    /// Does the active Service lead to the new version?
    switched: bool,
}

fn look(api: &mut Api, name: &str, before: &str) -> Result<Moment, String> {
    let rollout = api.get(&format!("/apis/argoproj.io/v1alpha1/namespaces/{name}/rollouts/web"))?;
    let (status, mut pods) = (&rollout["status"], BTreeMap::new());
    for set in api.list(&format!("/apis/apps/v1/namespaces/{name}/replicasets"))? {
        let hash = set["metadata"]["labels"]["rollouts-pod-template-hash"].as_str().unwrap_or_default().to_owned();
        pods.insert(hash, set["status"]["availableReplicas"].as_i64().unwrap_or(0).max(set["spec"]["replicas"].as_i64().unwrap_or(0)));
    }
    let current = status["currentPodHash"].as_str().unwrap_or_default();
    let mut moment = Moment {
        phase: status["phase"].as_str().unwrap_or_default().to_owned(),
        step: status["currentStepIndex"].as_i64().unwrap_or(-1),
        weight: None,
        old: pods.get(before).copied().unwrap_or(0),
        new: if current == before { 0 } else { pods.get(current).copied().unwrap_or(0) },
        rules: Vec::new(),
        switched: false,
    };
    match name {
        "split" => {
            let service = api.get(&format!("/apis/networking.istio.io/v1/namespaces/{name}/virtualservices/web"))?;
            let of = |d: &Json| d["destination"]["subset"] == "canary";
            (moment.rules, moment.weight) = rules(&service["spec"]["http"], "route", "all", of);
        }
        "routes" => {
            let route = api.get(&format!("/apis/gateway.networking.k8s.io/v1/namespaces/{name}/httproutes/routes-example-com"))?;
            (moment.rules, moment.weight) = rules(&route["spec"]["rules"], "backendRefs", "web", |b| b["name"] == "web-canary");
        }
        "ingress" => {
            let path = format!("/apis/networking.k8s.io/v1/namespaces/{name}/ingresses");
            for ingress in api.list(&path)? {
                let note = |what: &str| ingress["metadata"]["annotations"][format!("nginx.ingress.kubernetes.io/{what}")].as_str();
                let Some(weight) = note("canary-weight").filter(|_| note("canary") == Some("true")) else { continue };
                let backend = &ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"];
                expect(backend == "web-canary", || format!("the second Ingress leads to {backend}"))?;
                moment.weight = weight.parse().ok();
                let header = note("canary-by-header").zip(note("canary-by-header-value"));
                moment.rules.extend(header.map(|(name, value)| format!("{name}: {value}")));
            }
        }
        _ => {}
    }
    if name == "colours" {
        let service = api.get(&format!("/api/v1/namespaces/{name}/services/web"))?;
        moment.switched = service["spec"]["selector"]["rollouts-pod-template-hash"] == current && current != before;
    }
    Ok(moment)
}

/// The names of some rules, and the new version's weight in the one of this name.
fn rules(all: &Json, list: &str, wanted: &str, is_new: impl Fn(&Json) -> bool) -> (Vec<String>, Option<i64>) {
    let all = || all.as_array().into_iter().flatten();
    let names = all().map(|rule| rule["name"].as_str().unwrap_or_default().to_owned()).collect();
    let own = all().filter(|rule| rule["name"] == wanted).flat_map(|rule| rule[list].as_array().into_iter().flatten());
    (names, own.filter(|d| is_new(d)).find_map(|d| d["weight"].as_i64()))
}

fn stable(api: &mut Api, name: &str) -> Result<String, String> {
    let rollout = api.get(&format!("/apis/argoproj.io/v1alpha1/namespaces/{name}/rollouts/web"))?;
    Ok(rollout["status"]["stableRS"].as_str().unwrap_or_default().to_owned())
}

/// Looks until something holds, and gives all that was seen on the way.
fn until(api: &mut Api, name: &str, before: &str, what: &str, holds: impl Fn(&Moment) -> bool) -> Result<Vec<Moment>, String> {
    let (began, mut seen) = (Instant::now(), Vec::<Moment>::new());
    loop {
        let moment = look(api, name, before)?;
        if seen.last() != Some(&moment) {
            seen.push(moment.clone());
        }
        if holds(&moment) {
            return Ok(seen);
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("{name}: not {what} within {} s; last seen {seen:#?}", PATIENCE.as_secs()));
        }
        sleep(GLANCE);
    }
}

/// At each step that lasts, the last that was seen of it is what was foretold.
fn as_foretold(name: &str, seen: &[Moment], phases: &[Json], steps: std::ops::Range<i64>) -> Result<(), String> {
    let mut wrong = Vec::new();
    for phase in phases.iter().filter(|p| matches!(p["act"].as_str(), Some("wait" | "person" | "verify"))) {
        let Some(step) = phase["step"].as_i64().filter(|s| steps.contains(s)) else { continue };
        let Some(moment) = seen.iter().rev().find(|m| m.step == step) else {
            wrong.push(format!("step {step} ({}) was never seen", phase["says"]));
            continue;
        };
        let foretold = [phase["share"].as_i64().filter(|_| moment.weight.is_some()), phase["old"].as_i64(), phase["new"].as_i64()];
        let found = [moment.weight, Some(moment.old), Some(moment.new)];
        if foretold != found {
            wrong.push(format!("step {step} ({}): foretold share, old and new {foretold:?}, and found {found:?}", phase["says"]));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("{name}: {}", wrong.join("\n"))) }
}

fn step_of(phases: &[Json], act: &str) -> i64 {
    phases.iter().find(|p| p["act"] == act).and_then(|p| p["step"].as_i64()).unwrap_or(-1)
}

fn expect(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

/// Runs everything on one control plane; gives what each part says.
pub fn judge() -> Vec<(String, Result<(), String>)> {
    let mut all = vec![("releases lint".to_owned(), lint())];
    match run(&mut all) {
        Ok(()) => all,
        Err(why) => {
            all.push(("releases".to_owned(), Err(why)));
            all
        }
    }
}

fn run(all: &mut Vec<(String, Result<(), String>)>) -> Result<(), String> {
    let mut plane = ControlPlane::start(MINOR)?.with_quotas()?;
    let mut api = plane.api();
    let mut files: BTreeSet<&str> = crate::OF_RELEASES.into_iter().collect();
    let wanted = |line: &&str| ["argoproj.io/", "istio.io/", "gateway.networking.k8s.io/"].iter().any(|group| line.contains(group));
    files.extend(crate::DEFINITIONS.lines().filter(wanted).filter_map(|line| line.split_whitespace().next()));
    crate::assumed(&mut api, files)?;
    plane = plane.with_nodes(3, &crate::ZONES)?.with_controllers()?.with_releases()?;
    // The Gateway stands where the gateway's own pods are.
    api.apply(&json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "istio-system" } }), false)?.accepted()?;
    let prometheus = Prometheus::start()?;
    let programs = PROGRAMS.map(|name| Program { name, prometheus: prometheus.port });
    for program in &programs {
        program.apply(&mut api, "1.0.0").map_err(|e| format!("{}: {e}", program.name))?;
    }
    let logs = |plane: &ControlPlane, all: &mut Vec<(String, Result<(), String>)>| {
        all.push(("releases logs".to_owned(), Err(plane.logs("level=error"))));
    };
    for program in &programs {
        let began = until(&mut api, program.name, "", "healthy", |m| m.phase == "Healthy").map(|_| ());
        all.push((format!("releases {}: the first version becomes healthy", program.name), began));
    }
    // Nothing that follows means anything without a first version.
    if all.iter().any(|(_, result)| result.is_err()) {
        logs(&plane, all);
        return Ok(());
    }
    let [split, pods, colours, routes, ingress] = &programs;
    all.push(("releases split: every step is as foretold".to_owned(), walk(&plane, &mut api, split)));
    all.push(("releases split: a measurement that fails takes the old version back".to_owned(), fails(&mut api, split, &prometheus)));
    all.push(("releases split: a person takes the old version back".to_owned(), abort(&plane, &mut api, split)));
    all.push(("releases pods: every step is as foretold".to_owned(), walk(&plane, &mut api, pods)));
    all.push(("releases routes: every step is as foretold".to_owned(), walk(&plane, &mut api, routes)));
    all.push(("releases routes: a person takes the old version back".to_owned(), abort(&plane, &mut api, routes)));
    all.push(("releases ingress: every step is as foretold".to_owned(), walk(&plane, &mut api, ingress)));
    all.push(("releases ingress: a person takes the old version back".to_owned(), abort(&plane, &mut api, ingress)));
    all.push(("releases colours: one switch, and the old colour is kept".to_owned(), switch(&plane, &mut api, colours)));
    if all.iter().any(|(_, result)| result.is_err()) {
        logs(&plane, all);
    }
    plane.is_alive()
}

fn walk(plane: &ControlPlane, api: &mut Api, program: &Program) -> Result<(), String> {
    let (name, phases) = (program.name, program.timeline()?);
    let (before, manual) = (stable(api, name)?, step_of(&phases, "person"));
    program.apply(api, "1.1.0")?;
    let mut seen = until(api, name, &before, "waiting for a person", |m| m.step == manual && m.phase == "Paused")?;
    // A person takes their time, and nothing goes on without them.
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(4) {
        let moment = look(api, name, &before)?;
        expect(moment.step == manual, || format!("{name}: went on without a person: {moment:?}"))?;
        seen.push(moment);
        sleep(GLANCE);
    }
    as_foretold(name, &seen, &phases, 0..manual + 1)?;
    let rules = &seen.last().ok_or("nothing was seen")?.rules;
    let expected: &[&str] = match name {
        "split" => &["canary-when", "canary-mirror", "all"],
        // One for each path: the rule with the longer path is not taken over by the shorter one's.
        "routes" => &["web-2", "web", "canary-when", "canary-when-1"],
        "ingress" => &["canary: true"],
        _ => &[],
    };
    expect(*rules == expected, || format!("{name}: the rules are {rules:?}"))?;
    plane.releases(&["promote", "web", "-n", name])?;
    let rest = until(api, name, &before, "healthy again", |m| m.phase == "Healthy" && m.old == 0)?;
    as_foretold(name, &rest, &phases, manual + 1..i64::MAX)?;
    let (last, done) = (rest.last().ok_or("nothing was seen")?, phases.last().ok_or("no phases")?);
    expect(done["new"] == last.new && done["old"] == last.old, || format!("{name}: ends with {last:?}, and {done} was foretold"))?;
    // The new version is the stable one from here on, and the controller's own rules are gone.
    let own = last.rules.iter().filter(|rule| rule.starts_with("canary-")).count();
    expect(last.weight.is_none_or(|w| w == 0) && own == 0, || format!("{name}: {last:?} is left"))
}

fn fails(api: &mut Api, program: &Program, prometheus: &Prometheus) -> Result<(), String> {
    let name = program.name;
    let before = stable(api, name)?;
    prometheus.bad.store(true, Relaxed);
    program.apply(api, "1.2.0")?;
    let seen = until(api, name, &before, "taken back", |m| m.phase == "Degraded" && m.weight == Some(0));
    prometheus.bad.store(false, Relaxed);
    let seen = seen?;
    let last = seen.last().ok_or("nothing was seen")?;
    // The first bad value ends it: the moment between is too short to be seen for certain, what was measured stays.
    let runs = api.list(&format!("/apis/argoproj.io/v1alpha1/namespaces/{name}/analysisruns"))?;
    let failed = runs.iter().filter(|r| r["status"]["phase"] == "Failed").count();
    expect(failed == 1, || format!("{name}: {failed} measurements have failed: {runs:?}"))?;
    expect(last.old == 4 && last.rules == ["all"], || format!("{name}: the old version does not serve whole: {last:?}"))
}

fn abort(plane: &ControlPlane, api: &mut Api, program: &Program) -> Result<(), String> {
    let (name, phases) = (program.name, program.timeline()?);
    let (before, manual) = (stable(api, name)?, step_of(&phases, "person"));
    program.apply(api, "1.3.0")?;
    until(api, name, &before, "waiting for a person", |m| m.step == manual && m.phase == "Paused")?;
    plane.releases(&["abort", "web", "-n", name])?;
    let seen = until(api, name, &before, "taken back", |m| m.phase == "Degraded" && m.weight == Some(0) && m.new == 0)?;
    let last = seen.last().ok_or("nothing was seen")?;
    expect(last.old == 4, || format!("{name}: the old version does not serve whole: {last:?}"))
}

fn switch(plane: &ControlPlane, api: &mut Api, program: &Program) -> Result<(), String> {
    let (name, phases) = (program.name, program.timeline()?);
    let before = stable(api, name)?;
    let phase = |act: &str| phases.iter().find(|p| p["act"] == act).cloned().unwrap_or_default();
    program.apply(api, "1.1.0")?;
    let seen = until(api, name, &before, "waiting for a person", |m| m.phase == "Paused")?;
    let (waiting, foretold) = (seen.last().ok_or("nothing was seen")?, phase("person"));
    expect(!waiting.switched && foretold["old"] == waiting.old && foretold["new"] == waiting.new, || {
        format!("{name}: {waiting:?}, and {foretold} was foretold")
    })?;
    plane.releases(&["promote", "web", "-n", name])?;
    until(api, name, &before, "switched", |m| m.switched)?;
    let (began, kept, foretold) = (Instant::now(), look(api, name, &before)?, phase("keep"));
    expect(foretold["old"] == kept.old && foretold["new"] == kept.new, || format!("{name}: {kept:?}, and {foretold} was foretold"))?;
    until(api, name, &before, "rid of the old colour", |m| m.old == 0)?;
    let (lasted, least) = (began.elapsed().as_secs_f64(), foretold["lasts"]["least"].as_f64().unwrap_or(0.0));
    expect((least - 2.0..least + 8.0).contains(&lasted), || {
        format!("{name}: the old colour stayed {lasted:.1} s, and {least} s were foretold")
    })
}

/// The project's own checker over every Rollout that the examples and cases become, and a seeded defect that it must find.
fn lint() -> Result<(), String> {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("lint-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let result = lint_all(&folder);
    fs::remove_dir_all(&folder).ok();
    result
}

fn lint_all(folder: &std::path::Path) -> Result<(), String> {
    let ask = |name: &str, text: &str| -> Result<(bool, String), String> {
        let file = folder.join(format!("{name}.yaml"));
        fs::write(&file, text).map_err(|e| e.to_string())?;
        let answer = Command::new(program("kubectl-argo-rollouts")).arg("lint").arg("-f").arg(&file).output().map_err(|e| e.to_string())?;
        Ok((answer.status.success(), format!("{}{}", String::from_utf8_lossy(&answer.stdout), String::from_utf8_lossy(&answer.stderr))))
    };
    let mut found = 0;
    let mut wrong = Vec::new();
    for made in crate::programs::examples().into_iter().chain(crate::programs::building_cases()) {
        // A case that names a minor says what is of that one alone.
        let minor = made.request.kubernetes.clone().unwrap_or_else(|| MINOR.to_string());
        let objects = made.objects_at(None, &minor)?;
        // It finds Services, Ingresses and VirtualServices by their names, in the same file.
        let wanted = |o: &&Json| matches!(o["kind"].as_str(), Some("Rollout" | "Service" | "VirtualService" | "Ingress"));
        if !objects.iter().any(|o| o["kind"] == "Rollout") {
            continue;
        }
        found += 1;
        let text: String = objects.iter().filter(wanted).map(|o| format!("---\n{o}\n")).collect();
        let (right, said) = ask("right", &text)?;
        if !right {
            wrong.push(format!("{}: {said}", made.name));
        }
        let Some(rollout) = objects.iter().find(|o| o["kind"] == "Rollout" && o["spec"]["strategy"]["canary"].is_object()) else {
            continue;
        };
        let mut defect = rollout.clone();
        defect["spec"]["strategy"]["canary"]["maxSurge"] = 0.into();
        defect["spec"]["strategy"]["canary"]["maxUnavailable"] = 0.into();
        let (right, said) = ask("wrong", &format!("---\n{defect}\n"))?;
        if right || !said.contains("MaxSurge and MaxUnavailable both can not be zero") {
            wrong.push(format!("{}: a seeded defect was not found: {said}", made.name));
        }
    }
    expect(found > 0, || "no program has a Rollout".into())?;
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}
