//! A real API server with its own etcd on free ports of 127.0.0.1, in a folder of its own, and around it as much of a cluster as a test
//! wants: controllers, scheduler, nodes and volumes. All ends with the value, also in a panic.
//!
//! The programs are those that `tests/cluster/build` leaves in `control-plane/bin` of the target folder. A test that shares a control plane
//! with others works in a namespace of its own.

use crate::api::Api;
use serde_json::{Value as Json, json};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a server may take until `/readyz` says ok; ten seconds are usual.
const READY: Duration = Duration::from_secs(120);
/// How many lines of a log, and how much of each, are shown of what went wrong.
const LOG_LINES: usize = 8;
const LOG_WIDTH: usize = 400;
/// A request that went well, and what the servers say of each step of their work: not why something went wrong.
const CHATTER: [&str; 6] = [" resp=200 ", " resp=201 ", "\"Patch pod\"", "Add event for", "Delete event for", "Attempting to"];
/// Each request of the API server, and each event of a controller, is a line of the log from this verbosity on.
const VERBOSITY: &str = "--v=3";
/// The stages of a node and of a pod, below kwok's `kustomize/stage`: ready at once, a Job's pod completes, a deleted one goes.
const STAGES: [&str; 5] = [
    "node/fast/node-initialize.yaml",
    "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
    "pod/fast/pod-ready.yaml",
    "pod/fast/pod-complete.yaml",
    "pod/fast/pod-delete.yaml",
];

/// A minor version of Kubernetes that the server emulates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Minor(pub u8);

impl std::fmt::Display for Minor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "1.{}", self.0)
    }
}

/// A control plane that emulates one minor version of Kubernetes.
pub struct ControlPlane {
    folder: PathBuf,
    minor: Minor,
    ports: Ports,
    token: String,
    children: Vec<(&'static str, Child)>,
}

/// Where the servers listen.
#[derive(Clone, Copy)]
struct Ports {
    api: u16,
    etcd: u16,
    peer: u16,
    proxy: u16,
}

/// How programs find the server and who they are.
const KUBECONFIG: &str = "kubeconfig.json";

impl ControlPlane {
    /// Starts an API server for this minor (1.34 to 1.37) and waits until it is ready.
    ///
    /// # Errors
    /// What is missing or did not start, with the last lines of its log.
    pub fn start(minor: Minor) -> Result<Self, String> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("control-plane-{minor}-{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let [api, etcd, peer, proxy] = free_ports()?;
        let ports = Ports { api, etcd, peer, proxy };
        let token = format!("{:x}-{api}-{etcd}-{peer}", std::process::id());
        let mut plane = Self { folder, minor, ports, token, children: Vec::new() };
        plane.run_etcd()?;
        plane.run_api_server()?;
        plane.wait_until_ready("kube-apiserver", |plane| {
            plane.kubectl(&["get", "--raw", "/readyz"], "").is_ok_and(|answer| answer.status.success())
        })?;
        let proxy = ports.proxy.to_string();
        let connection = plane.connection();
        let mut arguments: Vec<&str> = connection.iter().map(String::as_str).collect();
        arguments.extend(["proxy", "--address", "127.0.0.1", "--port", &proxy]);
        plane.run("kubectl", &arguments)?;
        plane.wait_until_ready("kubectl", |plane| plane.api().get("/api/v1/namespaces/default").is_ok())?;
        Ok(plane)
    }

    /// Starts the controller that counts what each quota holds. Quotas are enforced from the moment on at which it has counted once.
    pub fn with_quotas(self) -> Result<Self, String> {
        self.with_controller_manager("resourcequota-controller")
    }

    /// Starts all controllers. Where the one of [`Self::with_quotas`] is at work already, it goes on alone.
    pub fn with_controllers(self) -> Result<Self, String> {
        let counted = self.children.iter().any(|(name, _)| *name == "kube-controller-manager");
        self.with_controller_manager(if counted { "*,-resourcequota-controller" } else { "*" })
    }

    fn with_controller_manager(mut self, controllers: &str) -> Result<Self, String> {
        let [port] = free_ports()?;
        let (port, kubeconfig) = (port.to_string(), self.kubeconfig()?);
        let (key, certificates) = (self.file("service-accounts.key"), self.file("certificates-of-controllers"));
        let controllers = format!("--controllers={controllers}");
        let emulated = self.emulated();
        let mut arguments = vec!["--kubeconfig", &kubeconfig, "--service-account-private-key-file", &key, "--secure-port", &port];
        arguments.extend(["--bind-address", "127.0.0.1", "--cert-dir", &certificates, "--leader-elect=false", &emulated, &controllers]);
        // Tests wait for these: what takes a cluster ten seconds takes one here.
        arguments.extend(["--kube-api-qps=500", "--kube-api-burst=1000", "--horizontal-pod-autoscaler-sync-period=2s", VERBOSITY]);
        self.run("kube-controller-manager", &arguments)?;
        Ok(self)
    }

    /// Starts a scheduler and kwok, and makes `n` nodes, one zone after the other. Their pods are ready as soon as they are scheduled.
    pub fn with_nodes(mut self, n: usize, zones: &[&str]) -> Result<Self, String> {
        let [scheduler, kwok] = free_ports()?;
        let (kubeconfig, emulated) = (self.kubeconfig()?, self.emulated());
        let (port, certificates) = (scheduler.to_string(), self.file("certificates-of-scheduler"));
        let mut arguments =
            vec!["--kubeconfig", &kubeconfig, "--leader-elect=false", "--bind-address", "127.0.0.1", "--secure-port", &port];
        arguments.extend(["--cert-dir", &certificates, "--kube-api-qps=500", "--kube-api-burst=1000", &emulated, VERBOSITY]);
        self.run("kube-scheduler", &arguments)?;

        let stages = STAGES.map(|stage| built("files/kwok/kustomize/stage").join(stage).display().to_string());
        let port = format!("127.0.0.1:{kwok}");
        let mut arguments = vec!["--kubeconfig", &kubeconfig, "--manage-all-nodes=true", "--node-lease-duration-seconds=40"];
        arguments.extend(["--server-address", &port]);
        arguments.extend(stages.iter().flat_map(|stage| ["--config", stage]));
        self.run("kwok", &arguments)?;

        let mut api = self.api();
        for (number, zone) in (0..n).zip(zones.iter().cycle()) {
            // Not applied: server-side apply leaves a node's status, and with it the room, to others.
            api.post("/api/v1/nodes", &node(&format!("node-{number}"), zone))?.accepted()?;
        }
        Ok(self)
    }

    /// Starts the controller of releases, Argo Rollouts, with what stands in for its plugin for the Gateway API. Its definitions must be there. It
    /// knows no address to listen on, only ports.
    pub fn with_releases(mut self) -> Result<Self, String> {
        let plugin = format!("- name: argoproj-labs/gatewayAPI\n  location: file://{}\n", program("gateway-routes").display());
        let mut api = self.api();
        for object in [
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "argo-rollouts" } }),
            json!({
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "argo-rollouts-config", "namespace": "argo-rollouts" },
                "data": { "trafficRouterPlugins": plugin },
            }),
        ] {
            api.apply(&object, false)?.accepted()?;
        }
        let [health, metrics] = free_ports()?;
        let (kubeconfig, health, metrics) = (self.kubeconfig()?, health.to_string(), metrics.to_string());
        let mut arguments = vec!["--kubeconfig", &kubeconfig, "--leader-elect=false", "--healthzPort", &health, "--metricsPort", &metrics];
        arguments.extend(["--qps=500", "--burst=1000", "--loglevel=warn"]);
        self.run("rollouts-controller", &arguments)?;
        Ok(self)
    }

    /// Runs the plugin that people go on and back with: `promote web -n shop`.
    ///
    /// # Errors
    /// What it says where it fails.
    pub fn releases(&self, arguments: &[&str]) -> Result<(), String> {
        let kubeconfig = self.kubeconfig()?;
        let mut command = Command::new(program("kubectl-argo-rollouts"));
        let answer = command.args(arguments).args(["--kubeconfig", &kubeconfig]).output().map_err(|e| e.to_string())?;
        if answer.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&answer.stderr).into_owned()) }
    }

    /// Makes a StorageClass of this name and so many PersistentVolumes of it. Nothing provisions: a claim binds to what is there.
    pub fn with_volumes(self, class: &str, size: &str, count: usize) -> Result<Self, String> {
        let mut api = self.api();
        let storage_class = json!({
            "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": class},
            "provisioner": "kubernetes.io/no-provisioner", "volumeBindingMode": "WaitForFirstConsumer",
        });
        // One that a program brings names a driver that is not here, and the scheduler would wait for it.
        self.kubectl(&["delete", "storageclass", class, "--ignore-not-found"], "")?;
        api.apply(&storage_class, false)?.accepted()?;
        for number in 0..count {
            let volume = json!({
                "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": format!("{class}-{number}")},
                "spec": {
                    "storageClassName": class, "capacity": {"storage": size}, "hostPath": {"path": "/nowhere"},
                    "accessModes": ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany"],
                },
            });
            api.apply(&volume, false)?.accepted()?;
        }
        Ok(self)
    }

    fn run_etcd(&mut self) -> Result<(), String> {
        let (client, peer) = (format!("http://127.0.0.1:{}", self.ports.etcd), format!("http://127.0.0.1:{}", self.ports.peer));
        let (data, cluster) = (self.file("etcd"), format!("default={peer}"));
        let mut arguments = vec!["--data-dir", &data, "--listen-client-urls", &client, "--advertise-client-urls", &client];
        arguments.extend(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer, "--initial-cluster", &cluster]);
        arguments.push("--unsafe-no-fsync");
        self.run("etcd", &arguments)
    }

    fn run_api_server(&mut self) -> Result<(), String> {
        let (key, tokens, certificates) = (self.file("service-accounts.key"), self.file("tokens.csv"), self.file("certificates"));
        let made = Command::new("openssl").args(["genrsa", "-out", &key, "2048"]).output().map_err(|e| format!("openssl: {e}"))?;
        if !made.status.success() {
            return Err(format!("openssl genrsa: {}", String::from_utf8_lossy(&made.stderr)));
        }
        fs::write(&tokens, format!("{},admin,admin,\"system:masters\"\n", self.token)).map_err(|e| format!("{tokens}: {e}"))?;
        let (etcd, port, emulated) = (format!("http://127.0.0.1:{}", self.ports.etcd), self.ports.api.to_string(), self.emulated());
        let mut arguments = vec!["--etcd-servers", &etcd, "--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1"];
        arguments.extend(["--secure-port", &port, "--cert-dir", &certificates, "--token-auth-file", &tokens]);
        arguments.extend(["--authorization-mode", "RBAC"]);
        arguments.extend(["--service-account-issuer", "https://127.0.0.1", "--service-account-key-file", &key]);
        arguments.extend(["--service-account-signing-key-file", &key, "--service-cluster-ip-range", "10.0.0.0/16"]);
        // As every kubeadm cluster has it: what may be privileged is the Pod Security label's to say.
        arguments.extend(["--allow-privileged", "--endpoint-reconciler-type", "none", &emulated, VERBOSITY]);
        self.run("kube-apiserver", &arguments)
    }

    /// Starts a program of the control plane; its output goes to a log in the folder.
    fn run(&mut self, name: &'static str, arguments: &[&str]) -> Result<(), String> {
        let log = fs::File::options().create(true).append(true).open(self.folder.join(format!("{name}.log"))).map_err(|e| e.to_string())?;
        let errors = log.try_clone().map_err(|e| e.to_string())?;
        let program = program(name);
        // Plugins are copied to below the folder that the controller runs in, and find the server by the variable.
        let mut command = Command::new(&program);
        command.args(arguments).current_dir(&self.folder).env("KUBECONFIG", self.file(KUBECONFIG));
        let child = command.stdin(Stdio::null()).stdout(log).stderr(errors).spawn();
        let child = child.map_err(|e| format!("{}: {e} (tests/run builds it)", program.display()))?;
        self.children.push((name, child));
        Ok(())
    }

    fn wait_until_ready(&mut self, name: &str, is_ready: impl Fn(&Self) -> bool) -> Result<(), String> {
        let began = Instant::now();
        while !is_ready(self) {
            self.is_alive()?;
            if began.elapsed() > READY {
                return Err(format!("{name} is not ready:\n{}", self.logs("")));
            }
            sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    /// # Errors
    /// The log of a server that ended by itself.
    pub fn is_alive(&mut self) -> Result<(), String> {
        match self.children.iter_mut().find_map(|(name, child)| child.try_wait().ok().flatten().map(|status| (*name, status))) {
            Some((name, status)) => Err(format!("{name} ended with {status}:\n{}", self.last_lines(name, ""))),
            None => Ok(()),
        }
    }

    /// A connection to the API server.
    pub fn api(&self) -> Api {
        Api::on(self.ports.proxy)
    }

    /// Runs kubectl against the server, with this text as its standard input.
    pub fn kubectl(&self, arguments: &[&str], input: &str) -> Result<Output, String> {
        let mut command = Command::new(program("kubectl"));
        command.args(self.connection()).args(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(|e| format!("kubectl: {e}"))?;
        let mut stdin = child.stdin.take().ok_or("kubectl has no standard input")?;
        std::thread::scope(|scope| {
            // A kubectl that refuses its arguments does not read: what it says then is the answer.
            scope.spawn(move || stdin.write_all(input.as_bytes()).is_ok());
            child.wait_with_output().map_err(|e| format!("kubectl: {e}"))
        })
    }

    /// The last lines of the servers' logs that hold this text: a namespace's name.
    pub fn logs(&self, text: &str) -> String {
        let mut names: Vec<&str> = self.children.iter().map(|(name, _)| *name).collect();
        names.dedup();
        names.iter().map(|name| self.last_lines(name, text)).collect()
    }

    fn last_lines(&self, name: &str, text: &str) -> String {
        let mut said = String::new();
        let log = fs::read(self.folder.join(format!("{name}.log"))).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let of_interest = |line: &&str| line.contains(text) && !CHATTER.iter().any(|chatter| line.contains(chatter));
        let lines: Vec<&str> = log.lines().filter(of_interest).collect();
        for line in lines.iter().skip(lines.len().saturating_sub(LOG_LINES)) {
            writeln!(said, "{name}: {}", line.chars().take(LOG_WIDTH).collect::<String>()).unwrap_or_default();
        }
        said
    }

    /// The ids of the processes that it started.
    pub fn ids(&self) -> Vec<u32> {
        self.children.iter().map(|(_, child)| child.id()).collect()
    }

    /// The most that each server has held in memory so far, in MiB, where the system says so.
    pub fn memory(&self) -> Vec<(&'static str, u64)> {
        let peak = |child: &Child| {
            let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
            line.trim().trim_end_matches(" kB").parse::<u64>().ok()
        };
        self.children.iter().filter_map(|(name, child)| Some((*name, peak(child)? / 1024))).collect()
    }

    fn connection(&self) -> Vec<String> {
        let server = format!("https://127.0.0.1:{}", self.ports.api);
        let arguments = ["--kubeconfig", "/dev/null", "--server", &server, "--token", &self.token, "--insecure-skip-tls-verify"];
        arguments.iter().map(ToString::to_string).chain(["--cache-dir".into(), self.file("cache")]).collect()
    }

    /// A file with what [`Self::connection`] says, for the programs that take nothing else.
    fn kubeconfig(&self) -> Result<String, String> {
        let path = self.file(KUBECONFIG);
        // Once: a program that was started a moment ago may be reading it.
        if Path::new(&path).exists() {
            return Ok(path);
        }
        let server = format!("https://127.0.0.1:{}", self.ports.api);
        let text = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": server, "insecure-skip-tls-verify": true}}],
            "users": [{"name": "test", "user": {"token": self.token}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        });
        fs::write(&path, text.to_string()).map_err(|e| format!("{path}: {e}"))?;
        Ok(path)
    }

    fn emulated(&self) -> String {
        format!("--emulated-version=kube={}", self.minor)
    }

    fn file(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        // The last to start goes first: the API server waits a minute for an etcd that is gone.
        for (_, child) in self.children.iter_mut().rev() {
            child.kill().ok();
            child.wait().ok();
        }
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// A node that kwok keeps, with room for what the examples ask.
fn node(name: &str, zone: &str) -> Json {
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {
            "name": name, "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {
                "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
                "topology.kubernetes.io/zone": zone, "topology.kubernetes.io/region": "test",
            },
        },
        "status": {"allocatable": {"cpu": "64", "memory": "256Gi", "ephemeral-storage": "1Ti", "pods": "110"}},
    })
}

/// A file or folder below `control-plane` of the target folder.
pub fn built(path: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("control-plane").join(path)
}

/// A program of the control plane.
pub fn program(name: &str) -> PathBuf {
    built("bin").join(name)
}

/// Ports that nobody listens on; held together, so that they differ.
fn free_ports<const N: usize>() -> Result<[u16; N], String> {
    let held = [0; N].map(|port| TcpListener::bind(("127.0.0.1", port)));
    let mut ports = [0; N];
    for (port, listener) in ports.iter_mut().zip(held.iter()) {
        let listener = listener.as_ref().map_err(ToString::to_string)?;
        *port = listener.local_addr().map_err(|e| e.to_string())?.port();
    }
    Ok(ports)
}
