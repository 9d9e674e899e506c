//! The bar that every object passes whatever its namespace enforces (security.md §1.1).
//!
//! An exception that a program allows itself is written into the object on purpose (`privileged: true`, `hostNetwork: true`, a container
//! without a CPU limit), so what only an `allow` can bring about is not asked here: these rules have no exceptions.

use super::scene::{Accounts, OWN_FAULT, Object, Scene, Workload, fields};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, codes};
use crate::tape::{Key, Origin, Tag, Value, View, field, key};
use rustc_hash::FxHashSet;
use std::cell::LazyCell;

const NAME: Key = key("name");
const IMAGE: Key = key("image");
const ENV: Key = key("env");
const PORTS: Key = key("ports");
const RESOURCES: Key = key("resources");
const REQUESTS: Key = key("requests");
const SELECTOR: Key = key("selector");
const MATCH_LABELS: Key = key("matchLabels");

/// The most that a ConfigMap may hold, in bytes (C14).
const CONFIG_MAP: usize = 1 << 20;
/// The most that the API server stores of one object, in bytes.
const OBJECT: usize = 3 << 19;

/// Checks every object.
pub(super) fn prove(scene: &Scene<'_>, diagnostics: &mut Diagnostics) {
    let mut say = Say { scene, diagnostics };
    let accounts = LazyCell::new(|| scene.of_kind("ServiceAccount").map(|account| (account.namespace, account.name)).collect());
    for workload in &scene.workloads {
        selector(workload, &mut say);
        let [mount, account, host @ ..] = fields(
            workload.pod,
            [
                field!("automountServiceAccountToken"),
                field!("serviceAccountName"),
                field!("hostPID"),
                field!("hostIPC"),
                field!("hostAliases"),
            ],
        );
        token(workload, mount, account, || &accounts, &mut say);
        for field in host.into_iter().flatten().filter(|view| view.bool() != Some(false)) {
            say.wrong(
                field.origin(),
                codes::NOT_ALLOWED,
                format!("{} has `{}`, which nothing can allow", workload.object.title(), field.key()),
                "checks 1, 2 and 24",
            );
        }
        for (list, container) in workload.containers() {
            let [image, resources, env, ports, restart, probes @ ..] = fields(
                container,
                [
                    IMAGE,
                    RESOURCES,
                    ENV,
                    PORTS,
                    field!("restartPolicy"),
                    field!("startupProbe"),
                    field!("livenessProbe"),
                    field!("readinessProbe"),
                ],
            );
            tagged(workload, container, image, &mut say);
            asks(workload, container, resources, &mut say);
            names(workload, container, env, &mut say);
            let runs_once = list == "initContainers" && restart.and_then(View::str) != Some("Always");
            for probe in probes.into_iter().flatten() {
                asked(workload, container, probe, ports, runs_once, &mut say);
            }
        }
    }
    for object in &scene.objects {
        size(object, &mut say);
    }
}

struct Say<'s, 'b> {
    scene: &'s Scene<'b>,
    diagnostics: &'s mut Diagnostics,
}

impl Say<'_, '_> {
    fn wrong(&mut self, origin: Origin, code: Code, title: String, why: &str) {
        let said = Diagnostic::error(code, title).why(why).why(OWN_FAULT);
        self.diagnostics.push(self.scene.at(said, origin, "written because of this"));
    }
    fn mistake(&mut self, origin: Origin, code: Code, title: String, why: String, help: &str) {
        let said = Diagnostic::error(code, title).why(why).help(help);
        self.diagnostics.push(self.scene.at(said, origin, "written because of this"));
    }
}

fn container_name<'b>(container: View<'b>) -> &'b str {
    container.get_key(NAME).and_then(View::str).unwrap_or("")
}

/// An image has a digest, or a tag that is not `latest` (check 47). `allow image-latest` writes `latest` itself; no tag at all nothing allows.
fn tagged(workload: &Workload<'_>, container: View<'_>, view: Option<View<'_>>, say: &mut Say<'_, '_>) {
    let text = view.and_then(View::str).unwrap_or("");
    // A colon before the last slash is that of a registry's port.
    let name = text.rsplit('/').next().unwrap_or("");
    let named = name.split_once(['@', ':']).is_some_and(|(name, version)| !name.is_empty() && !version.is_empty());
    if !named {
        let title = format!(
            "container `{}` of {} runs an image without a tag or digest: `{text}`",
            container_name(container),
            workload.object.title()
        );
        say.mistake(
            view.unwrap_or(container).origin(),
            codes::NOT_ALLOWED,
            title,
            "Without one, what runs is whatever was pushed last.".to_owned(),
            "write the tag: `name:1.2.3`",
        );
    }
}

/// Requests of CPU and memory (checks 41, 42): without them the scheduler knows nothing of the pod.
fn asks(workload: &Workload<'_>, container: View<'_>, resources: Option<View<'_>>, say: &mut Say<'_, '_>) {
    let requests = resources.and_then(|resources| resources.get_key(REQUESTS));
    let found = requests.map_or([None; 2], |requests| fields(requests, [field!("cpu"), field!("memory")]));
    for (resource, noun) in found.into_iter().zip(["CPU", "memory"]) {
        if resource.is_none() {
            let title = format!("container `{}` of {} requests no {noun}", container_name(container), workload.object.title());
            say.mistake(
                container.origin(),
                codes::MISSING,
                title,
                "The scheduler places pods by what they request; one that requests nothing is the first to be evicted.".to_owned(),
                "give it an amount or a range of `cpu` and `memory`",
            );
        }
    }
}

/// No variable is set twice (check 93): the later would win without a word.
fn names(workload: &Workload<'_>, container: View<'_>, env: Option<View<'_>>, say: &mut Say<'_, '_>) {
    let Some(env) = env else { return };
    let named = env.children().filter_map(|variable| variable.get_key(NAME)).filter_map(|name| Some((name.str()?, name)));
    if let Some((name, view)) = repeated(&named.collect::<Vec<_>>()) {
        let title = format!("container `{}` of {} sets `{name}` twice", container_name(container), workload.object.title());
        say.wrong(view.origin(), codes::SAID_TWICE, title, "Kubernetes takes the later one without a word.");
    }
}

/// The first name that an earlier one is the same as. Few names are compared sooner than a table of them is made.
fn repeated<'b>(names: &[(&'b str, View<'b>)]) -> Option<(&'b str, View<'b>)> {
    let mut seen = FxHashSet::default();
    let few = names.len() <= 16;
    let mut is_repeated = |number: usize, name| {
        if few { names.iter().take(number).any(|(before, _)| *before == name) } else { !seen.insert(name) }
    };
    names.iter().enumerate().find(|(number, (name, _))| is_repeated(*number, *name)).map(|(_, found)| *found)
}

/// A probe asks a port that the container declares (check 72).
fn asked(workload: &Workload<'_>, container: View<'_>, probe: View<'_>, ports: Option<View<'_>>, runs_once: bool, say: &mut Say<'_, '_>) {
    let field = probe.key();
    if runs_once {
        let title = format!("init container `{}` of {} has a `{field}`", container_name(container), workload.object.title());
        let why = "The API server refuses probes of containers that run to their end before the others (C12).";
        return say.wrong(probe.origin(), codes::SENSELESS, title, why);
    }
    let declared = |port: View<'_>| {
        ports.into_iter().flat_map(View::children).any(|own| match port.value() {
            Value::Int(number) => own.get_key(field!("containerPort")).and_then(View::int) == Some(number),
            Value::Str(name) => own.get_key(NAME).and_then(View::str) == Some(name),
            _ => false,
        })
    };
    let actions = [field!("httpGet"), field!("tcpSocket"), field!("grpc")];
    let port = probe.children().filter(|action| actions.contains(&action.key_id())).find_map(|action| action.get_key(field!("port")));
    if let Some(port) = port.filter(|port| !declared(*port)) {
        let number = port.int().map_or_else(|| port.str().unwrap_or("").to_owned(), |number| number.to_string());
        let title = format!(
            "`{field}` of container `{}` of {} asks port {number}, which it does not declare",
            container_name(container),
            workload.object.title()
        );
        say.mistake(
            port.origin(),
            codes::SENSELESS,
            title,
            "A probe of a port on which nothing listens never passes.".to_owned(),
            "declare the port in the tier, or name one of its ports: `http(\"/path\", port = NAME)`",
        );
    }
}

/// A workload selects its own pods, by labels that they have (check 92, C1, A2).
fn selector(workload: &Workload<'_>, say: &mut Say<'_, '_>) {
    let object = workload.object;
    if matches!(object.kind, "Job" | "CronJob" | "AnalysisTemplate") {
        return;
    }
    let wanted = object.spec().and_then(|spec| spec.get_key(SELECTOR)?.get_key(MATCH_LABELS));
    let holds = |labels: View<'_>| {
        labels.children().next().is_some()
            && labels.children().all(|label| workload.labels.and_then(|own| own.get_like(label)).and_then(View::str) == label.str())
    };
    if !wanted.is_some_and(holds) {
        let title = format!("{} does not select its own pods", object.title());
        say.wrong(
            object.view.origin(),
            codes::SENSELESS,
            title,
            "The API server refuses a workload whose selector and pod labels differ, or that selects everything.",
        );
    }
}

/// A token is mounted only where there is something that it may be used for (check 31). An account that is not the program's own may have been
/// given rights elsewhere.
fn token<'l, 'b: 'l>(
    workload: &Workload<'_>,
    mount: Option<View<'_>>,
    account: Option<View<'b>>,
    accounts: impl Fn() -> &'l Accounts<'b>,
    say: &mut Say<'_, 'b>,
) {
    let object = workload.object;
    let account = account.and_then(View::str).unwrap_or("default");
    match mount.and_then(View::bool) {
        Some(false) => {}
        Some(true) => {
            let account_of = (object.namespace, account);
            if accounts().contains(&account_of) && !say.scene.bindings.permitted().contains(&account_of) {
                let title = format!("{} mounts a token of the API server that is good for nothing", object.title());
                let why = format!("Its account `{account}` has no permissions, and whoever breaks in finds the token.");
                let origin = mount.map_or(object.view.origin(), View::origin);
                say.mistake(origin, codes::NOT_ALLOWED, title, why, "write its `permissions`, or leave the token out");
            }
        }
        None => {
            let title = format!("{} mounts a token of the API server without saying so", object.title());
            say.wrong(
                object.view.origin(),
                codes::NOT_ALLOWED,
                title,
                "Kubernetes mounts one where `automountServiceAccountToken` is absent.",
            );
        }
    }
}

/// Objects that the API server would refuse for their size (row 29 of §4.4). What is counted is the text in them, a little less than what is sent.
fn size(object: &Object<'_>, say: &mut Say<'_, '_>) {
    let (tape, at) = object.view.place();
    let cell = tape.cell(at);
    // A cell's text is at most all of its tape's: most objects lie on tapes that are too small to hold a large one.
    if tape.bytes() < CONFIG_MAP {
        return;
    }
    let bytes: usize = tape
        .cells(at, cell.next(at))
        .iter()
        .map(|cell| 8 + if matches!(cell.tag(), Tag::Str) { tape.str_of(*cell).len() } else { 0 })
        .sum();
    let data = |field| {
        object.view.get(field).into_iter().flat_map(View::children).map(|entry| entry.key().len() + entry.str().map_or(0, str::len))
    };
    let held: usize = ["data", "binaryData"].into_iter().flat_map(data).sum();
    let (what, most) = match object.kind {
        "ConfigMap" | "Secret" if held > CONFIG_MAP => (held, "1 MiB, the most that one may hold"),
        _ if bytes > OBJECT => (bytes, "1.5 MiB, the most that the API server stores of one object"),
        _ => return,
    };
    #[allow(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let title = format!("{} is too large: {:.1} MiB", object.title(), what as f64 / 1_048_576.0);
    say.mistake(
        object.view.origin(),
        codes::TOO_LARGE,
        title,
        format!("Its text is over {most}."),
        "split it, or put the data into a volume or an image",
    );
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "a test that meets the unexpected must fail")]
    use super::prove;
    use crate::prove::support::{World, deployment};
    use serde_json::{Value, json};

    fn says(change: impl FnOnce(&mut Value)) -> Vec<String> {
        let mut object = deployment("shop", "web");
        change(&mut object["spec"]);
        World::of(&[object]).found(prove)
    }
    fn of_container(change: impl FnOnce(&mut Value)) -> Vec<String> {
        says(|spec| change(&mut spec["template"]["spec"]["containers"][0]))
    }

    #[test]
    fn a_hardened_deployment_passes() {
        assert_eq!(says(|_| {}), Vec::<String>::new());
        assert_eq!(
            of_container(|c| c["image"] = json!("a/b@sha256:0123456789012345678901234567890123456789012345678901234567890123")),
            [""; 0]
        );
        // Only an `allow` writes these.
        assert_eq!(of_container(|c| c["image"] = json!("a/b:latest")), [""; 0]);
        assert_eq!(of_container(|c| c["securityContext"]["privileged"] = json!(true)), [""; 0]);
    }

    #[test]
    fn each_rule_finds_its_fault() {
        let one = |said: Vec<String>, expected: &str| {
            assert_eq!(said.len(), 1, "{said:?}");
            assert!(said[0].contains(expected), "{said:?}");
        };
        one(of_container(|c| c["image"] = json!("a/b")), "E0305 container `web` of Deployment `shop/web` runs an image without a tag");
        one(of_container(|c| c["resources"]["requests"] = json!({ "cpu": "1" })), "requests no memory");
        one(
            of_container(|c| c["env"] = json!([{ "name": "A", "value": "1" }, { "name": "B" }, { "name": "A", "value": "2" }])),
            "sets `A` twice",
        );
        one(
            of_container(|c| c["livenessProbe"] = json!({ "tcpSocket": { "port": 9 } })),
            "`livenessProbe` of container `web` of Deployment `shop/web` asks port 9",
        );
        assert_eq!(of_container(|c| c["livenessProbe"] = json!({ "tcpSocket": { "port": "http" } })), [""; 0]);
        one(says(|spec| spec["selector"]["matchLabels"]["a"] = json!("b")), "does not select its own pods");
        one(says(|spec| spec["selector"] = json!({})), "does not select its own pods");
        one(says(|spec| spec["template"]["spec"]["hostPID"] = json!(true)), "has `hostPID`");
        one(says(|spec| spec["template"]["spec"]["automountServiceAccountToken"] = Value::Null), "without saying so");
        let init = says(|spec| {
            let mut first = spec["template"]["spec"]["containers"][0].clone();
            first["name"] = json!("first");
            spec["template"]["spec"]["initContainers"] = json!([first]);
        });
        assert_eq!(init.len(), 3, "{init:?}");
    }

    #[test]
    fn a_token_needs_a_role() {
        let mut object = deployment("shop", "web");
        object["spec"]["template"]["spec"]["automountServiceAccountToken"] = json!(true);
        let account = json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "web", "namespace": "shop" } });
        let binding = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": { "name": "web", "namespace": "shop" },
            "subjects": [{ "kind": "ServiceAccount", "name": "web", "namespace": "shop" }],
        });
        let said = World::of(&[object.clone(), account.clone()]).found(prove);
        assert_eq!(said, ["E0305 Deployment `shop/web` mounts a token of the API server that is good for nothing"]);
        assert_eq!(World::of(&[object.clone(), account, binding]).found(prove), [""; 0]);
        // Somebody else's account.
        assert_eq!(World::of(&[object]).found(prove), [""; 0]);
    }

    #[test]
    fn sizes() {
        let config = |bytes: usize| json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "c", "namespace": "shop" }, "data": { "a": "x".repeat(bytes) } });
        assert_eq!(World::of(&[config((1 << 20) - 1)]).found(prove), [""; 0]);
        assert_eq!(World::of(&[config(1 << 20)]).found(prove), ["E0411 ConfigMap `shop/c` is too large: 1.0 MiB"]);
        let mut large = deployment("shop", "web");
        large["metadata"]["annotations"] = json!({ "a": "x".repeat(3 << 19) });
        assert_eq!(World::of(&[large]).found(prove), ["E0411 Deployment `shop/web` is too large: 1.5 MiB"]);
    }
}
