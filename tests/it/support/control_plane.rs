//! A real API server with its own etcd, on free ports of 127.0.0.1, in a folder of its own; both end with the value, also in a panic.
//!
//! The programs are those that `tests/cluster/build` leaves in `control-plane/bin` of the target folder.

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
/// How much of a log is shown when a server does not start.
const LOG_LINES: usize = 20;

/// An API server that emulates one minor version of Kubernetes.
pub struct ControlPlane {
    folder: PathBuf,
    port: u16,
    token: String,
    /// In the order in which they are ended: the API server waits a minute for an etcd that went first.
    children: Vec<Child>,
}

impl ControlPlane {
    /// Starts a server for this minor (`1.34` to `1.37`) and waits until it is ready.
    ///
    /// # Errors
    /// What is missing or did not start, with the last lines of its log.
    pub fn start(minor: &str) -> Result<Self, String> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("control-plane-{minor}-{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let [port, client, peer] = free_ports()?;
        let mut plane = Self { token: format!("{:x}-{port}-{client}-{peer}", std::process::id()), folder, port, children: Vec::new() };
        plane.run_etcd(client, peer)?;
        plane.run_api_server(minor, client)?;
        plane.wait_until_ready()?;
        Ok(plane)
    }

    fn run_etcd(&mut self, client: u16, peer: u16) -> Result<(), String> {
        let (client, peer) = (format!("http://127.0.0.1:{client}"), format!("http://127.0.0.1:{peer}"));
        let data = self.folder.join("etcd").display().to_string();
        let cluster = format!("default={peer}");
        let mut arguments = vec!["--data-dir", &data, "--listen-client-urls", &client, "--advertise-client-urls", &client];
        arguments.extend(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer, "--initial-cluster", &cluster]);
        arguments.push("--unsafe-no-fsync");
        self.run("etcd", &arguments)
    }

    fn run_api_server(&mut self, minor: &str, etcd: u16) -> Result<(), String> {
        let file = |name: &str| self.folder.join(name).display().to_string();
        let (key, tokens, certificates) = (file("service-accounts.key"), file("tokens.csv"), file("certificates"));
        let made = Command::new("openssl").args(["genrsa", "-out", &key, "2048"]).output().map_err(|e| format!("openssl: {e}"))?;
        if !made.status.success() {
            return Err(format!("openssl genrsa: {}", String::from_utf8_lossy(&made.stderr)));
        }
        fs::write(&tokens, format!("{},admin,admin,\"system:masters\"\n", self.token)).map_err(|e| format!("{tokens}: {e}"))?;
        let (etcd, port, emulated) =
            (format!("http://127.0.0.1:{etcd}"), self.port.to_string(), format!("--emulated-version=kube={minor}"));
        let mut arguments = vec!["--etcd-servers", &etcd, "--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1"];
        arguments.extend([
            "--secure-port",
            &port,
            "--cert-dir",
            &certificates,
            "--token-auth-file",
            &tokens,
            "--authorization-mode",
            "RBAC",
        ]);
        arguments.extend(["--service-account-issuer", "https://127.0.0.1", "--service-account-key-file", &key]);
        arguments.extend(["--service-account-signing-key-file", &key, "--service-cluster-ip-range", "10.0.0.0/16"]);
        // As every kubeadm cluster has it: what may be privileged is the Pod Security label's to say.
        arguments.extend(["--allow-privileged", "--endpoint-reconciler-type", "none", &emulated]);
        self.run("kube-apiserver", &arguments)
    }

    /// Starts a program of the control plane; its output goes to a log in the folder.
    fn run(&mut self, name: &str, arguments: &[&str]) -> Result<(), String> {
        let log = fs::File::create(self.folder.join(format!("{name}.log"))).map_err(|e| e.to_string())?;
        let errors = log.try_clone().map_err(|e| e.to_string())?;
        let program = program(name);
        let child = Command::new(&program).args(arguments).stdin(Stdio::null()).stdout(log).stderr(errors).spawn();
        let child = child.map_err(|e| format!("{}: {e} (tests/run builds it)", program.display()))?;
        self.children.insert(0, child);
        Ok(())
    }

    fn wait_until_ready(&mut self) -> Result<(), String> {
        let began = Instant::now();
        loop {
            if self.kubectl(&["get", "--raw", "/readyz"], "")?.status.success() {
                return Ok(());
            }
            let ended = self.children.iter_mut().any(|c| c.try_wait().is_ok_and(|status| status.is_some()));
            if ended || began.elapsed() > READY {
                return Err(format!("the server {}:\n{}", if ended { "ended" } else { "is not ready" }, self.logs("")));
            }
            sleep(Duration::from_millis(200));
        }
    }

    /// Runs kubectl against the server, with this text as its standard input.
    pub fn kubectl(&self, arguments: &[&str], input: &str) -> Result<Output, String> {
        let server = format!("https://127.0.0.1:{}", self.port);
        let mut command = Command::new(program("kubectl"));
        command.args(["--kubeconfig", "/dev/null", "--server", &server, "--token", &self.token, "--insecure-skip-tls-verify"]);
        command.args(["--cache-dir".as_ref(), self.folder.join("cache").as_os_str()]).args(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(|e| format!("kubectl: {e}"))?;
        let mut stdin = child.stdin.take().ok_or("kubectl has no standard input")?;
        std::thread::scope(|scope| {
            // A kubectl that refuses its arguments does not read: what it says then is the answer.
            scope.spawn(move || stdin.write_all(input.as_bytes()).is_ok());
            child.wait_with_output().map_err(|e| format!("kubectl: {e}"))
        })
    }

    /// The last lines of the servers' logs that hold this text.
    pub fn logs(&self, text: &str) -> String {
        let mut said = String::new();
        for name in ["etcd", "kube-apiserver"] {
            let log = fs::read_to_string(self.folder.join(format!("{name}.log"))).unwrap_or_default();
            let lines: Vec<&str> = log.lines().filter(|line| line.contains(text)).collect();
            for line in lines.iter().skip(lines.len().saturating_sub(LOG_LINES)) {
                writeln!(said, "{name}: {line}").unwrap_or_default();
            }
        }
        said
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        for child in &mut self.children {
            child.kill().ok();
            child.wait().ok();
        }
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// A file or folder below `control-plane` of the target folder.
pub fn built(path: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("control-plane").join(path)
}

fn program(name: &str) -> PathBuf {
    built("bin").join(name)
}

/// Three ports that nobody listens on; held together, so that they differ.
fn free_ports() -> Result<[u16; 3], String> {
    let held = [0; 3].map(|port| TcpListener::bind(("127.0.0.1", port)));
    let mut ports = [0; 3];
    for (port, listener) in ports.iter_mut().zip(held.iter()) {
        let listener = listener.as_ref().map_err(ToString::to_string)?;
        *port = listener.local_addr().map_err(|e| e.to_string())?.port();
    }
    Ok(ports)
}
