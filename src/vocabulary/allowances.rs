//! The exceptions that a block may allow itself, each written where it applies and with its reason.

/// Name, and what it admits.
pub const ALL: &[(&str, &str)] = &[
    ("run-as-root", "runs as root: `user = 0` without `runAsNonRoot`"),
    ("writable-root", "writes to its root file system"),
    ("privileged", "runs with all rights of the node"),
    ("privilege-escalation", "may gain more rights than its parent process"),
    ("host-network", "shares the node's network"),
    ("no-probe", "serves without being asked whether it is well"),
    ("no-cpu-limit", "may take all CPU that is free"),
    ("no-memory-limit", "may take all memory that is free"),
    ("exec-in-permissions", "may run commands in other pods"),
    ("read-secrets", "may read Secrets through the API"),
    ("port-below-1024", "listens on a port that only root could bind before"),
    ("image-latest", "runs whatever `latest` is"),
    ("secret-in-text", "a text that looks like a secret is none"),
    ("single-replica", "one replica is enough"),
    ("weak-kubelet", "a kubelet answers callers whom it does not know, or lets every caller do everything"),
    ("no-mesh", "gets no proxy of the mesh: its connections are not encrypted, and it can call nobody who is in the mesh"),
];

/// Is there an exception of this name?
pub fn is_known(name: &str) -> bool {
    ALL.iter().any(|(n, _)| *n == name)
}
