//! What is written for machines: `kubeadm config validate` decodes ClusterConfiguration, InitConfiguration and KubeletConfiguration strictly, and
//! the API server itself reads the audit policy, the encryption of etcd and the list of plugins before it looks for etcd, which is not there.
//!
//! Each defect shows that its judge can fail; and every field of the Go type of KubeletConfiguration has an attribute (B7).

use crate::control_plane::{built, program};
use crate::programs::{self, Program, root};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Those that the kubeadm of the tests deploys: its own minor and the one before.
const MINORS: [&str; 2] = ["1.36", "1.37"];
/// What the API server says when all that it reads before etcd is right.
const NO_ETCD: &str = "etcd grpc connection not ready";
/// Arguments that name a file of the program.
const FILES: [(&str, &str); 2] = [("audit-policy-file", "audit-policy.yaml"), ("encryption-provider-config", "encryption-config.yaml")];

/// What is changed in the documents of a file, and the words that must come.
type Defect = (&'static str, &'static str, fn(&mut Vec<Json>), &'static str);

const DEFECTS: [Defect; 7] = [
    ("an argument map, as v1beta3 had it", "kubeadm-config.yaml", |d| d[0]["apiServer"]["extraArgs"] = json!({"v": "3"}), "extraArgs"),
    ("an API version that is gone", "kubeadm-config.yaml", |d| d[0]["apiVersion"] = json!("kubeadm.k8s.io/v1beta2"), "v1beta2"),
    ("a field that no kubelet has", "kubeadm-config.yaml", |d| d[2]["maxPod"] = json!(3), "maxPod"),
    ("a network that is none", "kubeadm-config.yaml", |d| d[0]["networking"]["podSubnet"] = json!("10.244.0.0"), "podSubnet"),
    ("a level that no audit policy has", "audit-policy.yaml", |d| d[0]["rules"][0]["level"] = json!("All"), "level"),
    (
        "a key service without a socket",
        "encryption-config.yaml",
        |d| d[0]["resources"][0]["providers"][0]["kms"]["endpoint"] = json!("kms"),
        "endpoint",
    ),
    (
        "the plugin PodSecurityPolicy",
        "kubeadm-config.yaml of the API server",
        |d| {
            let arguments = d[0]["apiServer"]["extraArgs"].as_array_mut().unwrap();
            arguments.iter_mut().find(|a| a["name"] == "enable-admission-plugins").unwrap()["value"] = json!("PodSecurityPolicy");
        },
        "PodSecurityPolicy",
    ),
];

/// Every example and case that has files, then every defect, then the list of fields: its name, and what was wrong.
pub fn judge(filters: &[String]) -> Vec<(String, Result<(), String>)> {
    let wanted = |name: &str| filters.is_empty() || filters.iter().any(|f| name.contains(f.as_str()));
    let mut said = Vec::new();
    let examples = || programs::examples().into_iter().map(|p| Program { name: format!("examples/{}", p.name), ..p });
    for program in examples().chain(programs::building_cases()) {
        for environment in program.environments() {
            for minor in MINORS {
                let name =
                    format!("kubeadm {minor} {}{}", program.name, environment.as_ref().map_or(String::new(), |e| format!(" --env {e}")));
                if !wanted(&name) || !program.is_of(minor) {
                    continue;
                }
                match program.files_at(environment.as_deref(), minor) {
                    Ok(files) if files.is_empty() => {}
                    Ok(files) => said.push((name.clone(), read(&name, &files, minor == MINORS[0]))),
                    Err(why) => said.push((name, Err(why))),
                }
            }
        }
    }
    for (what, file, change, words) in DEFECTS {
        let name = format!("kubeadm defect {what}");
        if wanted(&name) {
            said.push((name.clone(), defect(&name, file, change, words)));
        }
    }
    if wanted("kubeadm fields") {
        said.push(("kubeadm fields of the kubelet".into(), fields()));
    }
    said
}

/// The files of a program: each name, and its documents.
type Files = Vec<(String, Vec<Json>)>;

fn defect(name: &str, file: &str, change: fn(&mut Vec<Json>), words: &str) -> Result<(), String> {
    let mut files = programs::example("cluster").files_at(None, MINORS[0])?;
    let of = file.trim_end_matches(" of the API server");
    let (_, documents) = files.iter_mut().find(|(name, _)| name == of).ok_or_else(|| format!("the example has no {of}"))?;
    change(documents);
    let folder = write(name, &files)?;
    let said = if file == "kubeadm-config.yaml" { kubeadm(&folder) } else { api_server(&folder, &files) };
    match said {
        Err(said) if said.contains(words) => Ok(()),
        Err(said) => Err(format!("expected {words}, said: {said}")),
        Ok(()) => Err(format!("expected {words}, and nothing was said")),
    }
}

/// All that reads the files of a program, reads them. The API server takes twenty seconds to give etcd up: it is asked at one minor.
fn read(name: &str, files: &Files, with_api_server: bool) -> Result<(), String> {
    let folder = write(name, files)?;
    kubeadm(&folder)?;
    if with_api_server && files.len() > 1 { api_server(&folder, files) } else { Ok(()) }
}

fn write(name: &str, files: &Files) -> Result<PathBuf, String> {
    let slug: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kubeadm").join(slug);
    fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    for (name, documents) in files {
        let text: String = documents.iter().map(|d| format!("---\n{d}\n")).collect();
        fs::write(folder.join(name), text).map_err(|e| e.to_string())?;
    }
    Ok(folder)
}

fn kubeadm(folder: &Path) -> Result<(), String> {
    let file = folder.join("kubeadm-config.yaml");
    let answer = Command::new(program("kubeadm"))
        .args(["config", "validate", "--config"])
        .arg(file)
        .output()
        .map_err(|e| format!("kubeadm: {e}"))?;
    let said = String::from_utf8_lossy(&answer.stdout).into_owned() + &String::from_utf8_lossy(&answer.stderr);
    if answer.status.success() && said.trim() == "ok" { Ok(()) } else { Err(said) }
}

/// The API server with the arguments that name files and plugins, of those that kubeadm would give it.
fn api_server(folder: &Path, files: &Files) -> Result<(), String> {
    let path = |name: &str| folder.join(name).display().to_string();
    let key = path("sa.key");
    let made = Command::new("openssl").args(["genrsa", "-out", &key, "2048"]).output().map_err(|e| format!("openssl: {e}"))?;
    if !made.status.success() {
        return Err(String::from_utf8_lossy(&made.stderr).into_owned());
    }
    let mut arguments: Vec<String> = [
        ("etcd-servers", "http://127.0.0.1:1"),
        ("bind-address", "127.0.0.1"),
        ("secure-port", "26998"),
        ("cert-dir", &path("certificates")),
        ("service-account-issuer", "https://127.0.0.1"),
        ("service-account-key-file", &key),
        ("service-account-signing-key-file", &key),
        ("authorization-mode", "RBAC"),
        ("service-cluster-ip-range", "10.0.0.0/24"),
    ]
    .map(|(name, value)| format!("--{name}={value}"))
    .into();
    let documents =
        files.iter().find(|(name, _)| name == "kubeadm-config.yaml").map(|(_, d)| d).ok_or("there is no kubeadm-config.yaml")?;
    for argument in documents[0]["apiServer"]["extraArgs"].as_array().into_iter().flatten() {
        let (name, value) = (argument["name"].as_str().unwrap_or_default(), argument["value"].as_str().unwrap_or_default());
        if let Some((_, file)) = FILES.iter().find(|(n, _)| *n == name) {
            arguments.push(format!("--{name}={}", path(file)));
        } else if name == "audit-log-path" {
            arguments.push(format!("--{name}={}", path("audit.log")));
        } else if name.starts_with("audit-") || matches!(name, "enable-admission-plugins" | "profiling") {
            arguments.push(format!("--{name}={value}"));
        }
    }
    let answer = Command::new(program("kube-apiserver")).args(&arguments).output().map_err(|e| format!("kube-apiserver: {e}"))?;
    let said = String::from_utf8_lossy(&answer.stderr).into_owned();
    let last = said.lines().rev().find(|line| line.contains("command failed")).unwrap_or(&said);
    if last.contains(NO_ETCD) { Ok(()) } else { Err(last.to_owned()) }
}

/// The list of the vocabulary names each field of the Go type, and no other (those that an older minor alone has aside: there is none).
fn fields() -> Result<(), String> {
    let path = built("files").join("kubelet/config/v1beta1/types.go");
    let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let (_, rest) = text.split_once("type KubeletConfiguration struct {").ok_or("types.go has no KubeletConfiguration")?;
    let (body, _) = rest.split_once("\n}").ok_or("KubeletConfiguration does not end")?;
    let tag = |line: &str| line.split_once("json:\"").map(|(_, t)| t.split([',', '"']).next().unwrap_or_default().to_owned());
    let of_the_type: BTreeSet<String> = body.lines().filter_map(tag).filter(|t| !t.is_empty()).collect();
    let list = fs::read_to_string(root().join("src/vocabulary/blocks/kubelet_fields.txt")).map_err(|e| e.to_string())?;
    let listed: BTreeSet<String> =
        list.lines().filter(|l| !l.starts_with('#')).flat_map(str::split_whitespace).map(str::to_owned).collect();
    let missing: Vec<&String> = of_the_type.difference(&listed).collect();
    let gone: Vec<&String> = listed.difference(&of_the_type).collect();
    if of_the_type.len() > 100 && missing.is_empty() && gone.is_empty() {
        Ok(())
    } else {
        Err(format!("of {} fields, these have no attribute: {missing:?}; these are no fields: {gone:?}", of_the_type.len()))
    }
}
