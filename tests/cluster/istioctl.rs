//! `istioctl analyze` without a server: no message of any level about what is written for Istio. It leaves out what looks at Namespaces, Pods,
//! Services and Secrets; `istio-analyze/main.go` runs all of its analyzers.
//!
//! It looks at objects that refer to each other, so what a cluster has besides stands in a file of its own: the namespaces of the platform, the
//! gateway's pod and Service, the certificates, and a pod of each pod template as the mesh makes it. Each defect shows that a message comes.

use crate::control_plane::program;
use crate::programs::{self, Program};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The minor that programs are built for; what is written for Istio is the same at all of them.
const MINOR: &str = "1.36";

/// What is changed in a program, how, and the message that must come.
type Defect = (&'static str, &'static str, fn(&mut Vec<Json>), &'static str);

const DEFECTS: [Defect; 6] = [
    ("a route to a Service that is not there", "cases/mesh", |o| route(o)["destination"]["host"] = json!("wob"), "IST0101"),
    ("a subset that nobody defines", "cases/mesh", |o| route(o)["destination"]["subset"] = json!("new"), "IST0101"),
    ("a namespace without proxies", "cases/mesh", |o| of_kind(o, "Namespace")["metadata"]["labels"] = json!({}), "IST0102"),
    (
        "a port that says nothing",
        "cases/mesh",
        |o| {
            let service = o.iter_mut().find(|o| o["kind"] == "Service" && o["metadata"]["name"] == "seats").unwrap();
            service["spec"]["ports"][0].as_object_mut().unwrap().remove("appProtocol");
        },
        "IST0118",
    ),
    (
        "a certificate that is not there",
        "cases/ingress-istio",
        |o| of_kind(o, "Gateway")["spec"]["servers"][0]["tls"]["credentialName"] = json!("lost"),
        "IST0101",
    ),
    (
        "a host that its Gateway lacks",
        "cases/ingress-istio",
        |o| of_kind(o, "VirtualService")["spec"]["hosts"] = json!(["lost.example.com"]),
        "IST0132",
    ),
];

fn of_kind<'o>(objects: &'o mut [Json], kind: &str) -> &'o mut Json {
    objects.iter_mut().find(|o| o["kind"] == kind).unwrap()
}

fn route(objects: &mut [Json]) -> &mut Json {
    &mut of_kind(objects, "VirtualService")["spec"]["http"][0]["route"][0]
}

/// Every example and case that writes for Istio, then every defect: its name, and what was wrong.
pub fn judge(filters: &[String]) -> Vec<(String, Result<(), String>)> {
    let wanted = |name: &str| filters.is_empty() || filters.iter().any(|f| name.contains(f.as_str()));
    let mut said = Vec::new();
    let examples = || programs::examples().into_iter().map(|p| Program { name: format!("examples/{}", p.name), ..p });
    for program in examples().chain(programs::building_cases()) {
        for environment in program.environments() {
            let name = format!("istioctl {}{}", program.name, environment.as_ref().map_or(String::new(), |e| format!(" --env {e}")));
            if !wanted(&name) || !program.is_of(MINOR) {
                continue;
            }
            // A case that names a minor says what is of that one alone.
            let minor = program.request.kubernetes.as_deref().unwrap_or(MINOR);
            let objects = match program.objects_at(environment.as_deref(), minor) {
                Ok(objects) => objects,
                Err(why) => {
                    said.push((name, Err(why)));
                    continue;
                }
            };
            if objects.iter().any(is_for_istio) {
                let certificates = certificates(&objects);
                let found = analyze(&name, &objects, &certificates);
                said.push((name, found.and_then(|found| if found.is_empty() { Ok(()) } else { Err(found.join("\n")) })));
            }
        }
    }
    for (what, program, change, code) in DEFECTS {
        let name = format!("istioctl defect {what}");
        if wanted(&name) {
            said.push((name.clone(), defect(&name, program, change, code)));
        }
    }
    said
}

fn is_for_istio(object: &Json) -> bool {
    object["apiVersion"].as_str().is_some_and(|v| v.contains("istio.io/"))
}

fn defect(name: &str, program: &str, change: fn(&mut Vec<Json>), code: &str) -> Result<(), String> {
    let mut objects = programs::example(program).objects_at(None, MINOR)?;
    let certificates = certificates(&objects);
    change(&mut objects);
    let found = analyze(name, &objects, &certificates)?;
    if found.iter().any(|f| f.starts_with(code)) { Ok(()) } else { Err(format!("expected {code}, said: {}", found.join("; "))) }
}

/// The messages of istioctl, each with its code first.
fn analyze(name: &str, objects: &[Json], certificates: &BTreeSet<String>) -> Result<Vec<String>, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("istioctl");
    fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let slug: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let (own, beside) = (folder.join(format!("{slug}.yaml")), folder.join(format!("{slug}-beside.yaml")));
    write(&own, objects)?;
    write(&beside, &platform(objects, certificates, &pair(&folder)?))?;
    let mut said = BTreeSet::new();
    for (tool, arguments) in [("istioctl", &["analyze", "--use-kube=false", "-A", "-o", "json"][..]), ("istio-analyze", &[])] {
        let answer = Command::new(program(tool)).args(arguments).args([&own, &beside]).output().map_err(|e| format!("{tool}: {e}"))?;
        let text = String::from_utf8_lossy(&answer.stdout);
        let found: Json =
            serde_json::from_str(&text).map_err(|e| format!("{tool}: {e}: {text}{}", String::from_utf8_lossy(&answer.stderr)))?;
        let all = found.as_array().ok_or_else(|| format!("{tool}: {text}"))?;
        let word = |message: &Json, key: &str| message[key].as_str().unwrap_or_default().to_owned();
        said.extend(all.iter().map(|m| format!("{} {} {}: {}", word(m, "code"), word(m, "level"), word(m, "origin"), word(m, "message"))));
    }
    Ok(said.into_iter().collect())
}

fn write(path: &Path, objects: &[Json]) -> Result<(), String> {
    let text: String = objects.iter().map(|o| format!("---\n{o}\n")).collect();
    fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))
}

/// The Secrets that Gateways read.
fn certificates(objects: &[Json]) -> BTreeSet<String> {
    let servers = objects.iter().filter(|o| o["kind"] == "Gateway").filter_map(|o| o["spec"]["servers"].as_array()).flatten();
    servers.filter_map(|s| s["tls"]["credentialName"].as_str()).map(str::to_owned).collect()
}

/// A certificate and its key, in base64.
fn pair(folder: &Path) -> Result<(String, String), String> {
    let (certificate, key): (PathBuf, PathBuf) = (folder.join("tls.crt"), folder.join("tls.key"));
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=example.com", "-keyout"]);
    let made = openssl.arg(&key).arg("-out").arg(&certificate).output().map_err(|e| format!("openssl: {e}"))?;
    if !made.status.success() {
        return Err(format!("openssl: {}", String::from_utf8_lossy(&made.stderr)));
    }
    let read = |path: &Path| fs::read(path).map(|bytes| base64(&bytes)).map_err(|e| format!("{}: {e}", path.display()));
    Ok((read(&certificate)?, read(&key)?))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let number = three.iter().chain([0, 0].iter()).take(3).fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
        for place in 0..4 {
            text.push(if place <= three.len() { char::from(LETTERS[(number >> (18 - 6 * place)) as usize & 63]) } else { '=' });
        }
    }
    text
}

/// What a cluster has besides the program's own objects.
fn platform(objects: &[Json], certificates: &BTreeSet<String>, (certificate, key): &(String, String)) -> Vec<Json> {
    let gateway = objects.iter().find(|o| o["kind"] == "Gateway" && o["spec"]["selector"].is_object());
    let labels = gateway.map_or_else(|| json!({ "istio": "ingressgateway" }), |g| g["spec"]["selector"].clone());
    // The namespace of the gateway is the one that policies let in from.
    let sources = objects.iter().filter(|o| o["kind"] == "NetworkPolicy").filter_map(|o| o["spec"]["ingress"].as_array()).flatten();
    let peers = sources.filter_map(|rule| rule["from"].as_array()).flatten().filter(|peer| peer["podSelector"]["matchLabels"] == labels);
    let mut named = peers.filter_map(|peer| peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"].as_str());
    let home = named.next_back().unwrap_or("istio-system").to_owned();

    let own: BTreeSet<&str> = objects.iter().filter(|o| o["kind"] == "Namespace").filter_map(|o| o["metadata"]["name"].as_str()).collect();
    let used = objects.iter().filter_map(|o| o["metadata"]["namespace"].as_str()).chain(["istio-system", &home]);
    let others: BTreeSet<&str> = used.filter(|name| !own.contains(name)).collect();
    // Where pods of the program stand, whoever has the namespace lets the mesh in.
    let has_pods = |name: &str| objects.iter().any(|o| o["metadata"]["namespace"] == name && !templates(o).is_empty());
    let namespace = |name: &&str| {
        let word = if has_pods(name) { "enabled" } else { "disabled" };
        json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name, "labels": { "istio-injection": word } } })
    };
    let mut all: Vec<Json> = others.iter().map(namespace).collect();
    let ports = [80, 443].map(|port| json!({ "name": format!("http-{port}"), "port": port, "protocol": "TCP" }));
    let proxy = json!({ "name": "istio-proxy", "image": "docker.io/istio/proxyv2:1.30.3" });
    all.push(json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "gateway", "namespace": home, "labels": labels },
        "spec": { "containers": [proxy] }, "status": { "phase": "Running" },
    }));
    all.push(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": "gateway", "namespace": home },
        "spec": { "selector": labels, "ports": ports },
    }));
    all.extend(certificates.iter().map(|name| {
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": { "name": name, "namespace": home },
            "data": { "tls.crt": certificate, "tls.key": key },
        })
    }));
    for (number, (object, template)) in objects.iter().flat_map(|o| templates(o).into_iter().map(move |t| (o, t))).enumerate() {
        let mut pod = template.clone();
        (pod["apiVersion"], pod["kind"]) = (json!("v1"), json!("Pod"));
        pod["metadata"]["name"] = json!(format!("{}-{number}", object["metadata"]["name"].as_str().unwrap_or_default()));
        pod["metadata"]["namespace"] = object["metadata"]["namespace"].clone();
        pod["status"] = json!({ "phase": "Running" });
        if pod["metadata"]["labels"]["sidecar.istio.io/inject"] != "false" {
            pod["spec"]["containers"].as_array_mut().into_iter().for_each(|c| c.push(proxy.clone()));
        }
        all.push(pod);
    }
    all
}

/// The pod templates of an object: a workload's one, a CronJob's, and those of the jobs that an AnalysisTemplate measures by.
fn templates(object: &Json) -> Vec<&Json> {
    let spec = &object["spec"];
    let jobs = spec["metrics"].as_array().into_iter().flatten().map(|m| &m["provider"]["job"]["spec"]["template"]);
    let own = [&spec["template"], &spec["jobTemplate"]["spec"]["template"]];
    own.into_iter().chain(jobs).filter(|t| t["spec"]["containers"].is_array()).collect()
}
