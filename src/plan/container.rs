//! A container: image, command, environment, ports, probes, mounts.

use super::lower::{Lower, Uses};
use super::model::{
    Action, At, Container, ContainerPort, EnvFrom, EnvValue, EnvVar, HttpGet, KeyOf, Mount, Probe, Str, Volume, VolumeSource,
};
use crate::diagnostic::{Diagnostic, codes};
use crate::tape::Origin;
use crate::units::{Duration, Path, names};
use crate::vocabulary::blocks::{LimitDefault, Workload};
use crate::vocabulary::value::{At as _At, Node, Text};
use crate::vocabulary::words::{EnvFromSpec, EnvSource, EnvSpec, Hook, ProbeSpec, Pull, Scheme};
use crate::vocabulary::{Map, OwnPort};

/// What a container is in its pod.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The tier's own, of pods that serve.
    Serving,
    /// The own one of a job.
    Running,
    /// Runs to its end first.
    Init,
    /// Starts before the others and ends after them.
    Sidecar,
}

impl Lower<'_> {
    /// Seconds of a duration, at least this many.
    pub fn seconds(&mut self, d: &At<Duration>, least: i64, what: &str) -> At<i64> {
        match d.value.seconds() {
            Some(s) if s >= least => At::new(s, d.origin),
            Some(s) => {
                let e = self.error(codes::SENSELESS, format!("{what} cannot be {s}s"), d.origin, format!("at least {least}s"));
                self.push(e);
                At::new(least, d.origin)
            }
            None => {
                let e = self.error(
                    codes::SENSELESS,
                    format!("{what} is counted in whole seconds, and this is {}", d.value),
                    d.origin,
                    "not whole",
                );
                self.push(e);
                At::new(least, d.origin)
            }
        }
    }

    /// A container and its volumes of scratch.
    #[allow(clippy::too_many_arguments, reason = "each is another part of the pod around")]
    pub fn container(
        &mut self,
        block: &Workload,
        node: &Node,
        name: &At<Str>,
        role: Role,
        ports: &[ContainerPort],
        defaults: Option<&LimitDefault>,
        volumes: &mut Vec<Volume>,
        uses: &mut Uses,
    ) -> Option<Container> {
        let Some(image) = &block.image else {
            let d = self
                .error(codes::MISSING, format!("`{}` has no image", name.value), node.origin, "needs `image = \"…\"`")
                .help("add the image with its tag: `image = \"ghcr.io/acme/web:1.4.2\"`");
            self.push(d);
            return None;
        };
        let pull = match &block.pull {
            Some(At { value: Pull::IfNotPresent, origin }) => {
                if !image.value.pinned_by_digest() {
                    let d = self
                        .error(codes::SENSELESS, "an image without a digest is pulled always", *origin, "`if-not-present` needs a digest")
                        .why("A tag can move: a node that has an old image under it would go on running that.");
                    self.push(d);
                }
                At::new("IfNotPresent", *origin)
            }
            Some(p) => At::new("Always", p.origin),
            None => At::default_of("Always"),
        };
        // What a workload has for good is as large as it need be: a vector that grows takes room for four.
        let resources = 3 + block.devices.as_ref().map_or(0, |d| d.value.0.len());
        let mounts = writable_paths(block) + block.volume.0.len() + block.mount.0.len();
        let mut c = Container {
            name: name.clone(),
            image: image.map(|i| i.as_str().into()),
            pull,
            command: self.texts(block.command.as_ref(), uses),
            args: self.texts(block.args.as_ref(), uses),
            working_dir: block.working_dir.as_ref().map(|p| Box::new(p.map(|p| p.as_str().into()))),
            ports: ports.to_vec(),
            env: Vec::with_capacity(block.env.0.len()),
            env_from: Vec::new(),
            requests: Vec::with_capacity(resources),
            limits: Vec::with_capacity(resources),
            cpu: (crate::units::Cpu::ZERO, None),
            memory: (crate::units::Bytes::ZERO, None),
            startup: None,
            liveness: None,
            readiness: None,
            post_start: None,
            pre_stop: None,
            mounts: Vec::with_capacity(mounts),
            capabilities: Vec::new(),
            read_only_root: At::default_of(!self.allows(node, "writable-root")),
            privileged: self.allows(node, "privileged").then(|| At::default_of(true)),
            privilege_escalation: At::default_of(self.allows(node, "privilege-escalation") || self.allows(node, "privileged")),
            user: None,
            restart_always: role == Role::Sidecar,
            origin: node.origin,
        };
        self.resources(block, node, defaults, &mut c);
        self.environment(block, &mut c, uses);
        for cap in block.capabilities.iter().flat_map(|c| &c.value) {
            let name = cap.value.word();
            if !c.capabilities.iter().any(|x| &*x.value == name) {
                c.capabilities.push(At::new(name.into(), cap.origin));
            }
        }
        self.scratch(block, name, role, &mut c, volumes);
        if matches!(role, Role::Serving | Role::Sidecar) {
            self.probes(block, node, role, &mut c, uses);
            self.lifecycle(block, role, &mut c, uses);
        }
        if matches!(role, Role::Init | Role::Sidecar)
            && let Some(user) = &block.user
        {
            self.user(user, node);
            c.user = Some(user.clone());
        }
        Some(c)
    }

    fn texts(&mut self, list: Option<&At<Vec<_At<Text>>>>, uses: &mut Uses) -> Vec<At<Str>> {
        list.iter().flat_map(|l| &l.value).map(|t| self.text(t, uses)).collect()
    }

    /// A user id that may run here.
    pub fn user(&mut self, user: &At<i64>, node: &Node) {
        if !(0..=i64::from(i32::MAX)).contains(&user.value) {
            let d = self.error(codes::SENSELESS, format!("{} is no user id", user.value), user.origin, "0 to 2147483647");
            self.push(d);
        } else if user.value == 0 && !self.allows(node, "run-as-root") {
            let d = self
                .error(codes::NOT_ALLOWED, "this runs as root", user.origin, "user 0 is root")
                .why("A process that breaks out of a container as root is root on the node.")
                .help("take another user, or say why it must be: `allow run-as-root because \"…\"`");
            self.push(d);
        }
    }

    fn environment(&mut self, block: &Workload, c: &mut Container, uses: &mut Uses) {
        for (name, spec) in block.env.iter() {
            let legal =
                if self.target.kubernetes.at_least(1, 34) { names::env_name_relaxed(&name.value) } else { names::env_name(&name.value) };
            if let Err(e) = legal {
                let mut d = self.error(codes::BAD_NAME, e.message.trim_end_matches('.').to_string(), name.origin, "the name of a variable");
                if let Some(s) = e.suggestion {
                    d = d.help(format!("write `{s}`"));
                }
                self.push(d);
                continue;
            }
            let value = match &spec.value {
                EnvSpec::Text(t) => {
                    self.refuse_secret(&name.value, &t.text, spec.origin);
                    EnvValue::Text(self.characters(t, spec.origin, uses))
                }
                EnvSpec::Int(i) => EnvValue::Text(i.to_string().into()),
                EnvSpec::Bool(b) => EnvValue::Text(b.to_string().into()),
                EnvSpec::Source(source) => match self.env_source(source, uses) {
                    Some(v) => v,
                    None => continue,
                },
            };
            c.env.push(EnvVar { name: name.clone(), value: At::new(value, spec.origin) });
        }
        for from in block.env_from.iter().flat_map(|l| &l.value) {
            let (name, secret, prefix, optional) = match &from.value {
                EnvFromSpec::Secret { name, prefix, optional } => {
                    (self.secret_name(&name.value.0, name.origin, None), true, prefix, optional)
                }
                EnvFromSpec::Config { name, prefix, optional } => {
                    (self.config_name(&name.value.0, name.origin, None, uses), false, prefix, optional)
                }
            };
            let Some(object) = name else { continue };
            let optional = optional.as_ref().is_some_and(|o| o.value);
            c.env_from.push(EnvFrom { name: At::new(object, from.origin), secret, prefix: prefix.clone(), optional });
        }
    }

    fn env_source(&mut self, source: &EnvSource, uses: &mut Uses) -> Option<EnvValue> {
        let field = |path| Some(EnvValue::Field(Str::new_static(path)));
        let resource = |resource, divisor| Some(EnvValue::Resource { resource, divisor });
        match source {
            EnvSource::Secret { name, key, optional } => {
                self.secret_key(key);
                let name = self.secret_name(&name.value.0, name.origin, Some(key))?;
                Some(EnvValue::Secret(Box::new(KeyOf {
                    name,
                    key: key.value.clone(),
                    optional: optional.as_ref().is_some_and(|o| o.value),
                })))
            }
            EnvSource::Config { name, key, optional } => {
                let name = self.config_name(&name.value.0, name.origin, Some(key), uses)?;
                Some(EnvValue::Config(Box::new(KeyOf {
                    name,
                    key: key.value.clone(),
                    optional: optional.as_ref().is_some_and(|o| o.value),
                })))
            }
            EnvSource::PodName => field("metadata.name"),
            EnvSource::PodNamespace => field("metadata.namespace"),
            EnvSource::PodIp => field("status.podIP"),
            EnvSource::PodUid => field("metadata.uid"),
            EnvSource::PodAccount => field("spec.serviceAccountName"),
            EnvSource::NodeName => field("spec.nodeName"),
            EnvSource::NodeIp => field("status.hostIP"),
            EnvSource::PodLabel { key } => Some(EnvValue::Field(format!("metadata.labels['{}']", key.value).into())),
            EnvSource::PodAnnotation { key } => Some(EnvValue::Field(format!("metadata.annotations['{}']", key.value).into())),
            EnvSource::LimitsCpu => resource("limits.cpu", "1"),
            EnvSource::LimitsMemory => resource("limits.memory", "1"),
            EnvSource::RequestsCpu => resource("requests.cpu", "1m"),
            EnvSource::RequestsMemory => resource("requests.memory", "1"),
        }
    }

    /// Writable directories on the node's disk, for a root file system that is read-only.
    fn scratch(&mut self, block: &Workload, name: &At<Str>, role: Role, c: &mut Container, volumes: &mut Vec<Volume>) {
        let tmp;
        let paths: &[At<Path>] = match &block.writable {
            Some(paths) => &paths.value,
            None => {
                tmp = Path::parse("/tmp").ok().map(At::default_of);
                tmp.as_slice()
            }
        };
        let own = matches!(role, Role::Serving | Role::Running);
        for path in paths {
            let part = path.value.as_str().trim_matches('/').replace(|ch: char| !ch.is_ascii_alphanumeric(), "-").to_lowercase();
            let mut volume: Str =
                if own { part.trim_matches('-').into() } else { format!("{}-{}", name.value, part.trim_matches('-')).into() };
            if c.mounts.iter().any(|m| *m.path.value == *path.value.as_str()) {
                continue;
            }
            if let Err(e) = path.value.check_mount() {
                let mut d =
                    self.error(codes::SENSELESS, e.message.trim_end_matches('.').to_string(), path.origin, "cannot be made writable");
                if let Some(help) = e.help {
                    d = d.help(help);
                }
                self.push(d);
                continue;
            }
            // `/a/b` and `/a-b` are two folders: neither may be left out because their names look alike.
            let plain = volume.clone();
            let mut number = 2;
            while volumes.iter().any(|v| v.name.value == volume) {
                volume = format!("{plain}-{number}").into();
                number += 1;
            }
            if let Err(e) = names::label(&volume) {
                let d = self.error(
                    codes::OBJECT_NAME,
                    e.message.trim_end_matches('.').to_string(),
                    path.origin,
                    "the name of its volume comes from this path",
                );
                self.push(d);
                continue;
            }
            volumes.push(Volume {
                name: At::new(volume.clone(), path.origin),
                source: VolumeSource::EmptyDir { memory: false, size: At::default_of(Str::new_static("256Mi")) },
            });
            self.mount(c, volume, path, false);
        }
    }

    /// Adds a mount; two at one path would hide each other.
    pub fn mount(&mut self, c: &mut Container, volume: Str, path: &At<Path>, read_only: bool) {
        let mount = Mount { volume, path: path.map(|p| p.as_str().into()), read_only };
        if let Err(e) = path.value.check_mount() {
            let d = self.error(codes::SENSELESS, e.message.trim_end_matches('.').to_string(), mount.path.origin, "mounted here");
            self.push(d);
        }
        if let Some(other) = c.mounts.iter().find(|m| m.path.value == mount.path.value) {
            let first = other.path.origin;
            let d = self.error(
                codes::SAID_TWICE,
                format!("two volumes are mounted at `{}`", mount.path.value),
                mount.path.origin,
                "this one would hide the other",
            );
            let d = self.place(d, first, "mounted there already");
            self.push(d);
            return;
        }
        c.mounts.push(mount);
    }

    fn own_port(&mut self, port: Option<&At<OwnPort>>, c: &Container, origin: Origin) -> Option<At<u16>> {
        match port {
            // No probe speaks UDP: the first port that it can ask.
            None => match c.ports.iter().find(|p| p.protocol == super::model::Protocol::Tcp).or(c.ports.first()) {
                Some(p) => Some(p.number.clone()),
                None => {
                    let d = self
                        .error(codes::MISSING, format!("`{}` has no port to ask", c.name.value), origin, "asks the first port")
                        .help("declare one, `port http = 8080`, or ask a command: `exec([\"…\"])`");
                    self.push(d);
                    None
                }
            },
            Some(At { value: OwnPort::Number(n), origin }) => match names::port_number(*n) {
                Ok(n) => Some(At::new(n, *origin)),
                Err(e) => {
                    let d = self.error(codes::BAD_LITERAL, e.message.trim_end_matches('.').to_string(), *origin, "a port");
                    self.push(d);
                    None
                }
            },
            Some(At { value: OwnPort::Name(name), origin }) => match c.ports.iter().find(|p| p.name.value == *name) {
                Some(p) => Some(At::new(p.number.value, *origin)),
                None => {
                    let names: Vec<String> = c.ports.iter().map(|p| p.name.value.to_string()).collect();
                    let d = self
                        .error(codes::UNKNOWN_NAME, format!("`{}` has no port `{name}`", c.name.value), *origin, "no such port")
                        .help(format!("its ports are {}", crate::check::suggest::list(names.iter().map(String::as_str), "and")));
                    self.push(d);
                    None
                }
            },
        }
    }

    fn probe(&mut self, spec: &At<ProbeSpec>, c: &Container, timing: Timing, uses: &mut Uses) -> Option<Probe> {
        let (action, every, timeout, failures, delay) = match &spec.value {
            ProbeSpec::Http { path, port, headers, scheme, every, timeout, failures, delay } => {
                let port = self.own_port(port.as_ref(), c, spec.origin)?;
                headers.iter().flat_map(|h| &h.value.0).for_each(|(name, _)| self.header(name));
                let headers: Vec<(Str, At<Str>)> = match headers {
                    Some(At { value: Map(m), .. }) => m.iter().map(|(k, v)| (k.value.clone(), v.clone())).collect(),
                    None => Vec::new(),
                };
                let https = matches!(scheme.as_ref().map(|s| &s.value), Some(Scheme::Https));
                let scheme = Str::new_static(if https { "HTTPS" } else { "HTTP" });
                let action = Action::Http(Box::new(HttpGet { path: path.map(|p| p.as_str().into()), port, scheme, headers }));
                (action, every, timeout, failures, delay)
            }
            ProbeSpec::Tcp { port, every, timeout, failures, delay } => {
                (Action::Tcp { port: self.own_port(port.as_ref(), c, spec.origin)? }, every, timeout, failures, delay)
            }
            ProbeSpec::Grpc { port, service, every, timeout, failures, delay } => (
                Action::Grpc { port: self.own_port(port.as_ref(), c, spec.origin)?, service: service.clone().map(Box::new) },
                every,
                timeout,
                failures,
                delay,
            ),
            ProbeSpec::Exec { command, every, timeout, failures, delay } => {
                self.some_command(command);
                let command: Vec<At<Str>> = command.value.iter().map(|t| self.text(t, uses)).collect();
                if timing.own {
                    self.asks_by_a_client(&command, c, spec.origin);
                }
                (Action::Exec(command), every, timeout, failures, delay)
            }
        };
        // The three probes are made from one: it is said once.
        if timing.own
            && let Some(failures) = failures
        {
            self.failures(failures);
        }
        let seconds = |l: &mut Self, d: &Option<At<Duration>>, default: i64, what: &str, least: i64| match d {
            Some(d) => l.seconds(d, least, what),
            None => At::default_of(default),
        };
        // The program's own timings are those of readiness; the other two probes stay patient.
        let own = timing.own;
        Some(Probe {
            action,
            initial_delay: seconds(self, if own { delay } else { &None }, 0, "a delay", 0),
            period: seconds(self, if own { every } else { &None }, timing.period, "a period", 1),
            timeout: seconds(self, timeout, 3, "a timeout", 1),
            failures: if own { failures.clone().unwrap_or(At::default_of(timing.failures)) } else { At::default_of(timing.failures) },
            successes: At::default_of(1),
            origin: spec.origin,
        })
    }

    /// Readiness and startup by what `health` says, liveness by a connection: a probe that asks the same as readiness would restart
    /// what only needs time (N9, check 71). All five timings are written (check 73).
    /// A command that asks by HTTP, since encrypted connections were thought to keep the kubelet out (row 21 of rules.md §9). The mesh lets it in: a
    /// sidecar's agent answers its probes, and nodes pass them on in ambient mode (I27).
    fn asks_by_a_client(&mut self, command: &[At<Str>], c: &Container, origin: Origin) {
        let port = c.ports.iter().find(|p| p.protocol == super::model::Protocol::Tcp);
        let Some(port) = port.filter(|_| self.target.mesh != super::model::Mesh::None).map(|p| p.name.value.clone()) else { return };
        let words = command.iter().flat_map(|text| text.value.split_whitespace());
        let client = words.map(|word| word.rsplit('/').next().unwrap_or(word)).find(|word| matches!(*word, "wget" | "curl"));
        let Some(client) = client else { return };
        let d = Diagnostic::warning(codes::NO_EFFECT, format!("a probe asks by `{client}` what the kubelet can ask itself"));
        let d = self.place(d, origin, "starts a program each time, and needs it in the image");
        self.push(
            d.why("A mesh that encrypts connections does not keep the kubelet out: it answers or passes on its probes.")
                .help(format!("ask port `{port}`: `http(\"/path\")`, with the path that the command asks for")),
        );
    }

    fn probes(&mut self, block: &Workload, node: &Node, role: Role, c: &mut Container, uses: &mut Uses) {
        let parts = block.health_probes.as_deref();
        let ready = parts.and_then(|p| p.ready.as_ref()).or(block.health.as_ref()).cloned();
        let ready = match ready {
            Some(r) => r,
            None if !c.ports.is_empty() && c.ports.iter().any(|p| p.protocol == super::model::Protocol::Tcp) => {
                At::default_of(ProbeSpec::Tcp { port: None, every: None, timeout: None, failures: None, delay: None })
            }
            None => {
                // Where ports are declared and were refused, that is the mistake.
                if role == Role::Serving
                    && block.port.0.is_empty()
                    && parts.is_none_or(|p| p.live.is_none())
                    && !self.allows(node, "no-probe")
                {
                    let d = self
                        .error(
                            codes::MISSING,
                            format!("nothing asks `{}` whether it is well", c.name.value),
                            node.origin,
                            "no port and no `health`",
                        )
                        .why("Kubernetes restarts and replaces pods by their probes; without one a hung process stays.")
                        .help("give it one, `health = exec([\"…\"])`, or say why none is needed: `allow no-probe because \"…\"`");
                    self.push(d);
                }
                if let Some(live) = parts.and_then(|p| p.live.as_ref()) {
                    c.liveness = self.probe(live, c, Timing { period: 10, failures: 3, own: true }, uses);
                }
                return;
            }
        };
        c.readiness = self.probe(&ready, c, Timing { period: 5, failures: 3, own: true }, uses);
        c.startup = match parts.and_then(|p| p.start.as_ref()) {
            Some(start) => self.probe(start, c, Timing { period: 5, failures: 30, own: true }, uses),
            None => self.probe(&ready, c, Timing { period: 5, failures: 30, own: false }, uses),
        };
        c.liveness = match parts.and_then(|p| p.live.as_ref()) {
            Some(live) => {
                let liveness = self.probe(live, c, Timing { period: 10, failures: 3, own: true }, uses);
                self.same_question(c.readiness.as_ref(), liveness.as_ref(), !c.ports.is_empty());
                liveness
            }
            None => {
                let port = match &ready.value {
                    ProbeSpec::Http { port, .. } | ProbeSpec::Tcp { port, .. } | ProbeSpec::Grpc { port, .. } => port.clone(),
                    ProbeSpec::Exec { .. } => None,
                };
                let live = match &ready.value {
                    // Without a port the command is the only question there is.
                    ProbeSpec::Exec { .. } if !c.ports.iter().any(|p| p.protocol == super::model::Protocol::Tcp) => ready.value.clone(),
                    _ => ProbeSpec::Tcp { port, every: None, timeout: None, failures: None, delay: None },
                };
                self.probe(&At::new(live, ready.origin), c, Timing { period: 10, failures: 6, own: false }, uses)
            }
        };
    }

    /// A command has at least its own name.
    fn some_command(&mut self, command: &At<Vec<_At<Text>>>) {
        if command.value.is_empty() {
            let d = self
                .error(codes::SENSELESS, "a command of no words cannot be run", command.origin, "empty")
                .help("name the program first: `exec([\"/bin/check\"])`");
            self.push(d);
        }
    }

    fn lifecycle(&mut self, block: &Workload, role: Role, c: &mut Container, uses: &mut Uses) {
        let hooks = block.lifecycle.as_deref();
        let hook = |l: &mut Self, h: &At<Hook>, c: &Container, uses: &mut Uses| match &h.value {
            Hook::Exec { command } => {
                l.some_command(command);
                Some(Action::Exec(command.value.iter().map(|t| l.text(t, uses)).collect()))
            }
            Hook::Http { path, port } => {
                let port = l.own_port(port.as_ref(), c, h.origin)?;
                let (path, scheme) = (path.map(|p| p.as_str().into()), Str::new_static("HTTP"));
                Some(Action::Http(Box::new(HttpGet { path, port, scheme, headers: Vec::new() })))
            }
            Hook::Sleep { seconds } => Some(Action::Sleep(l.seconds(seconds, 1, "a pause"))),
        };
        if let Some(h) = hooks.and_then(|h| h.after_start.as_ref()) {
            c.post_start = hook(self, h, c, uses).map(Box::new);
        }
        match hooks.and_then(|h| h.before_stop.as_ref()) {
            Some(h) => c.pre_stop = hook(self, h, c, uses).map(Box::new),
            // The pod leaves the endpoints while it is told to end: it goes on serving until that has spread (N10).
            None if role == Role::Serving && !c.ports.is_empty() => {
                let pause = self.pause(block.grace.as_ref());
                c.pre_stop = pause.map(|pause| Box::new(Action::Sleep(At::default_of(pause))));
            }
            None => {}
        }
    }

    /// A secret's value has no place in a program (row 26): by the name of what it is given to, or by its own look.
    pub fn refuse_secret(&mut self, name: &str, text: &str, origin: Origin) {
        if self.clear {
            return;
        }
        let looks = looks_secret(text);
        let setting = text.bytes().any(|b| matches!(b, b'=' | b':'))
            && text.lines().any(|line| {
                let (key, value) = line.split_once(['=', ':']).unwrap_or(("", ""));
                let key = key.trim().trim_matches(['"', '\'']);
                let value = value.trim().trim_matches(['"', '\'', ',', ';']);
                !key.contains(char::is_whitespace) && names_secret(key) && !harmless(value) && !value.contains(['$', '{', '%', '<', '('])
            });
        // A file's name says nothing of its text: its settings do.
        let whole = names_secret(name) && !harmless(text) && !name.contains('.');
        if looks || setting || whole {
            let why = if looks { "It looks like one." } else { "Its name says that it holds one." };
            let d = self
                .error(
                    codes::SECRET_IN_TEXT,
                    format!("`{name}` is given a secret's value in clear"),
                    origin,
                    "the value is not repeated here",
                )
                .why(format!("{why} What stands in a program stands in its history, in the manifests and in the cluster for all to read."))
                .help(
                    "name a Secret: `secret(\"credentials\", \"password\")`; if it is none, say so: `allow secret-in-text because \"…\"`",
                );
            self.push(d);
        }
    }
}

/// How many paths of a container's own disk can be written.
pub fn writable_paths(block: &Workload) -> usize {
    block.writable.as_ref().map_or(1, |paths| paths.value.len())
}

/// Does a name say that its value is a secret, and not where one lies or how long it lasts?
fn names_secret(name: &str) -> bool {
    const PLACES: [&str; 12] =
        ["_file", "_path", "_url", "_name", "_key_id", "_dir", "_host", "_ttl", "_expiry", "_enabled", "-file", "-path"];
    // Every name of every variable is asked: nothing is copied, and a word is tried only where it may begin.
    let begins =
        |at: usize, word: &str| name.as_bytes().get(at..at + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes()));
    let word_at = |(at, byte): (usize, u8)| {
        let words: &[&str] = match byte.to_ascii_lowercase() {
            b'a' => &["api_key", "apikey", "api-key"],
            b'c' => &["credential"],
            b'p' => &["password", "passwd", "private_key", "private-key"],
            b's' => &["secret"],
            b't' => &["token"],
            _ => return false,
        };
        words.iter().any(|word| begins(at, word))
    };
    name.bytes().enumerate().any(word_at) && !PLACES.iter().any(|end| name.len().checked_sub(end.len()).is_some_and(|at| begins(at, end)))
}

/// Can a value be no secret, whatever its name is?
fn harmless(text: &str) -> bool {
    text.is_empty() || text.starts_with('/') || matches!(text, "true" | "false") || text.parse::<f64>().is_ok()
}

/// Is a word as random as a generated key: long, of small and capital letters and digits, and hardly any of them twice? Digests, UUIDs and
/// paths are told apart: hexadecimal has one case, and the parts of a path are words.
fn random(word: &str) -> bool {
    let all = |f: fn(&u8) -> bool| word.bytes().filter(&f).count();
    let (small, capital, digit) = (all(u8::is_ascii_lowercase), all(u8::is_ascii_uppercase), all(u8::is_ascii_digit));
    let length = word.len();
    if !(32..=512).contains(&length) || small < 4 || capital < 4 || digit < 1 || word.starts_with(['/', '.']) {
        return false;
    }
    let mut counts = [0u32; 256];
    for b in word.bytes() {
        if let Some(n) = counts.get_mut(usize::from(b)) {
            *n += 1;
        }
    }
    let bits: f64 = counts.iter().filter(|n| **n > 0).map(|n| f64::from(*n) / length as f64).map(|p| -p * p.log2()).sum();
    bits > 4.3
}

/// Keys and tokens by their look.
fn looks_secret(text: &str) -> bool {
    // A password in an address may be short. All else is long, or has a long run of letters and digits.
    let (mut longest, mut length, mut at) = (0, 0, false);
    for byte in text.bytes() {
        length = if byte.is_ascii_alphanumeric() { length + 1 } else { 0 };
        longest = longest.max(length);
        at |= byte == b'@';
    }
    if at && password_in_address(text) {
        return true;
    }
    let run = longest >= 10;
    if text.len() < 24 && !run {
        return false;
    }
    let token = |prefix: &str, length: usize| {
        text.match_indices(prefix).any(|(i, _)| {
            text.get(i + prefix.len()..).is_some_and(|rest| rest.bytes().take_while(u8::is_ascii_alphanumeric).count() >= length)
        })
    };
    // A search for a word costs more to begin than a short text is long.
    let has =
        |word: &str| text.as_bytes().windows(word.len()).any(|part| part.first() == word.as_bytes().first() && part == word.as_bytes());
    has("-----BEGIN") && has("PRIVATE KEY")
        || run && (token("AKIA", 16) || token("ghp_", 30) || token("xoxb-", 10) || token("github_pat_", 20) || token("sk_live_", 16))
        || has("hooks.slack.com/services/")
        // Every variable of every tier is asked: no word of a short text can be long.
        || text.len() >= 32 && text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '=' | ',' | ';' | '&' | '?')).any(|word| {
            // A JSON web token is three parts of base64, the first of which begins with `{"`.
            let web_token = word.len() > 40 && word.starts_with("eyJ") && word.matches('.').count() == 2;
            web_token || !word.contains("://") && !word.contains(['@', ':', '{', '(', '<', '[', '.']) && random(word)
        })
}

/// `https://user:password@host`.
fn password_in_address(text: &str) -> bool {
    text.split_once("://").is_some_and(|(_, rest)| {
        let authority = rest.split('/').next().unwrap_or("");
        authority.split_once('@').is_some_and(|(user, _)| user.split_once(':').is_some_and(|(_, p)| !p.is_empty()))
    })
}

#[derive(Clone, Copy)]
struct Timing {
    period: i64,
    failures: i64,
    /// Do the program's own timings count?
    own: bool,
}
