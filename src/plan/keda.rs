//! Autoscaling by what lies outside the pods: the triggers of `scale`, which KEDA asks.
//!
//! KEDA's operator asks from a namespace of its own: it needs full names, and the policy of a tier that it asks must let it in.

use super::index::Index;
use super::lower::{Lower, Uses, text_of};
use super::model::{At, Fallback, Keda, Protocol, Str, Trigger};
use super::scaling::Count;
use super::workload::{Lowered, Opening};
use crate::diagnostic::{Diagnostic, codes};
use crate::tape::Origin;
use crate::units::{Cron, Decimal, PromQl, names};
use crate::vocabulary::blocks::Scale;
use crate::vocabulary::value::{PortRef, Text};
use crate::vocabulary::words::{Address, OffsetReset, RabbitHost, Sasl, SecretKey, Trigger as Word};

/// RabbitMQ's management API by custom.
const MANAGEMENT: u16 = 15672;

/// What a trigger becomes, while it is put together.
struct Parts {
    metadata: Vec<(Str, At<Str>)>,
    secrets: Vec<(&'static str, At<Str>, At<Str>)>,
}

impl Parts {
    fn new() -> Self {
        Parts { metadata: Vec::new(), secrets: Vec::new() }
    }
    fn put(&mut self, key: &str, value: impl Into<Str>, origin: Origin) {
        self.metadata.push((key.into(), At::new(value.into(), origin)));
    }
    fn flag(&mut self, key: &str, flag: Option<&At<bool>>) {
        if let Some(f) = flag {
            self.put(key, if f.value { "true" } else { "false" }, f.origin);
        }
    }
}

/// Opens the ports that KEDA asks to its operator.
pub fn let_in(watched: Uses, lowered: &mut [Vec<Lowered>], index: &Index) {
    for (port, origin) in watched {
        let Some(entry) = index.port(port) else { continue };
        if let Some(l) = lowered.iter_mut().flatten().find(|l| l.tier == port.tier) {
            l.openings.push((entry.number, entry.protocol, origin, Opening::Keda));
        }
    }
}

impl Lower<'_> {
    /// What of `scale` is KEDA's (K1, K2); nothing without a trigger.
    pub(super) fn keda(&mut self, scale: &Scale, count: &Count, watched: &mut Uses) -> Option<Keda> {
        if scale.trigger.0.is_empty() {
            self.without_keda(scale);
            return None;
        }
        let to_zero = count.least.value == 0 || scale.idle.is_some();
        let mut triggers: Vec<Trigger> = Vec::new();
        for (name, trigger) in scale.trigger.iter() {
            // The label becomes a part of a TriggerAuthentication's name.
            if let Err(e) = names::label(&name.value) {
                let d = self.error(codes::BAD_NAME, e.message.trim_end_matches('.').to_string(), name.origin, "the name of a trigger");
                self.push(if let Some(s) = e.suggestion { d.help(format!("write `{s}`")) } else { d });
                continue;
            }
            let of_pods = [("cpu", scale.cpu.as_ref().map(|c| c.origin)), ("memory", scale.memory.as_ref().map(|m| m.origin))];
            if let Some((word, Some(other))) = of_pods.into_iter().find(|(word, said)| **word == *name.value && said.is_some()) {
                let d = self.error(codes::SAID_TWICE, format!("two triggers are named `{word}`"), name.origin, "the one");
                let d = self.place(d, other, "the other: under KEDA this is a trigger too");
                self.push(d.why("KEDA refuses two triggers of one name.").help("give this one another name"));
            }
            let parts = self.trigger(&name.value, trigger, count, to_zero, watched);
            triggers.extend(parts.map(|(kind, p)| Trigger { kind, name: name.clone(), metadata: p.metadata, secrets: p.secrets }));
        }
        triggers.sort_by(|a, b| a.name.value.cmp(&b.name.value));
        let poll = scale.poll.as_ref().map(|p| self.seconds(p, 1, "the time between two questions"));
        let cooldown = scale.cooldown.as_ref().map(|c| self.seconds(c, 0, "the time without load"));
        if !to_zero {
            for (word, said) in [("poll", &poll), ("cooldown", &cooldown)] {
                let Some(said) = said else { continue };
                let n = Diagnostic::note_of(codes::NO_EFFECT, format!("`{word}` does nothing here"));
                let n = self.place(n, said.origin, "the last pods never go");
                self.push(n.why("KEDA acts itself between no pods and one; from one pod on its HorizontalPodAutoscaler does, every 15s.").help(
                    "let all pods go while nothing is to be done, `replicas = 0..…` or `idle = 0`; `up` and `down` say how fast pods come and go",
                ));
            }
        }
        let idle = scale.idle.clone().filter(|idle| self.idle(idle, count));
        let fallback = scale.fallback.as_deref().and_then(|f| self.fallback(f, count));
        Some(Keda { triggers, poll, cooldown, idle, fallback })
    }

    /// What is KEDA's alone, where there is no KEDA.
    fn without_keda(&mut self, scale: &Scale) {
        let said = [
            ("poll", scale.poll.as_ref().map(|p| p.origin)),
            ("cooldown", scale.cooldown.as_ref().map(|c| c.origin)),
            ("idle", scale.idle.as_ref().map(|i| i.origin)),
            ("fallback", scale.fallback.as_ref().map(|f| f.origin)),
        ];
        for (word, origin) in said {
            let Some(origin) = origin else { continue };
            let d = self
                .error(codes::NO_EFFECT, format!("`{word}` is KEDA's, and this autoscaler is none of KEDA's"), origin, "nobody reads it")
                .why("Without a `trigger` the autoscaler is a HorizontalPodAutoscaler, which never takes the last pod away.")
                .help(format!("say what is asked, `trigger … = kafka(…)`, or take `{word}` away"));
            self.push(d);
        }
    }

    /// A metric of the HorizontalPodAutoscaler's own beside triggers.
    pub(super) fn metric_under_keda(&mut self, name: &At<Str>) {
        let d = self
            .error(codes::CONFLICT, format!("KEDA cannot go by metric `{}`", name.value), name.origin, "beside a trigger")
            .why("A ScaledObject has triggers alone, and one workload has one autoscaler.")
            .help("ask Prometheus for it: ``trigger load = prometheus(`sum(rate(…[2m]))`, threshold = 100)``");
        self.push(d);
    }

    /// Fewer pods than the range begins with, while nothing is to be done: KEDA admits none, and only where there would be some.
    fn idle(&mut self, idle: &At<i64>, count: &Count) -> bool {
        if idle.value != 0 {
            let d = self
                .error(
                    codes::SENSELESS,
                    format!("a tier cannot idle with {} pod{}", idle.value, if idle.value == 1 { "" } else { "s" }),
                    idle.origin,
                    "0 alone",
                )
                .why("KEDA leaves a workload with pods to its HorizontalPodAutoscaler, which knows one least number.")
                .help("write `idle = 0`, or let the range begin lower");
            self.push(d);
        } else if count.least.value < 1 {
            let d = self.error(codes::NO_EFFECT, "the range begins with 0 already", idle.origin, "no fewer than that");
            let d = self.place(d, count.least.origin, "0 here");
            self.push(d.why("KEDA refuses an `idle` that is not below the least of the range.").help("take `idle` away"));
        } else {
            return true;
        }
        false
    }

    fn fallback(&mut self, f: &crate::vocabulary::blocks::ScaleFallback, count: &Count) -> Option<Fallback> {
        let Some(replicas) = f.replicas.clone() else {
            let d = self.error(codes::MISSING, "`fallback` says no number of pods", f.origin, "needs `replicas`");
            self.push(d.help(format!("for example `fallback {{ replicas = {} }}`", count.most.value)));
            return None;
        };
        if !(count.least.value..=count.most.value).contains(&replicas.value) {
            let title = format!("the fallback of {} pods is out of the range", replicas.value);
            let d = self.error(codes::SENSELESS, title, replicas.origin, format!("{} to {}", count.least.value, count.most.value));
            let d = self.place(d, count.most.origin, "the range");
            self.push(d.why("The range holds while a trigger cannot be asked, too."));
        }
        let failures = f.failures.clone().unwrap_or(At::default_of(3));
        if failures.value < 1 {
            let d = self.error(codes::SENSELESS, format!("{} failures are none", failures.value), failures.origin, "at least 1");
            self.push(d);
        }
        Some(Fallback { failures, replicas, origin: f.origin })
    }

    /// A trigger: its type, metadata and Secrets.
    fn trigger(
        &mut self,
        name: &Str,
        trigger: &At<Word>,
        count: &Count,
        to_zero: bool,
        watched: &mut Uses,
    ) -> Option<(&'static str, Parts)> {
        let mut p = Parts::new();
        let origin = trigger.origin;
        match &trigger.value {
            Word::Prometheus {
                query,
                threshold,
                activation_threshold,
                server_address,
                ignore_null_values,
                username,
                password,
                bearer_token,
            } => {
                let address = self.prometheus(server_address.as_ref(), query, watched)?;
                p.put("serverAddress", address.value, address.origin);
                p.put("query", self.instant(query)?, query.origin);
                if !query.value.is_single() {
                    let d = Diagnostic::warning(codes::SENSELESS, "this query may give several series, and KEDA takes one");
                    let d = self.place(d, query.origin, "a series for each set of labels");
                    self.push(
                        d.why("It refuses an answer of several, and nothing is scaled by it.")
                            .help("make one of them: `sum(…)` or `max(…)` around it"),
                    );
                }
                self.above_zero(threshold, "threshold")?;
                p.put("threshold", text_of(&threshold.value), threshold.origin);
                self.activation(activation_threshold.as_ref(), "activationThreshold", to_zero, &mut p);
                p.flag("ignoreNullValues", ignore_null_values.as_ref());
                if let Some(token) = bearer_token {
                    if let Some(user) = username.as_ref().or(password.as_ref()) {
                        let title = format!("trigger `{name}` says twice who asks");
                        let d = self.error(codes::SENSELESS, title, token.origin, "by a token");
                        let d = self.place(d, user.origin, "and by a user");
                        self.push(d.help("take one of them away"));
                    }
                    p.put("authModes", "bearer", token.origin);
                    self.secret_of("bearerToken", token, &mut p);
                } else if username.is_some() || password.is_some() {
                    p.put("authModes", "basic", origin);
                    self.user_of(name, username.as_ref(), password.as_ref(), origin, &mut p);
                }
                Some(("prometheus", p))
            }
            Word::Kafka {
                bootstrap_servers,
                topic,
                consumer_group,
                lag_threshold,
                activation_lag_threshold,
                offset_reset_policy,
                allow_idle_consumers,
                limit_to_partitions_with_lag,
                exclude_persistent_lag,
                tls,
                sasl,
                username,
                password,
            } => {
                if bootstrap_servers.value.is_empty() {
                    let d =
                        self.error(codes::MISSING, format!("trigger `{name}` names no broker"), bootstrap_servers.origin, "who is asked?");
                    self.push(d.help("for example `[queue.broker]`, or `[\"kafka.data.svc:9092\"]`"));
                    return None;
                }
                let mut servers = Vec::new();
                for server in &bootstrap_servers.value {
                    servers.push(self.host_and_port(server, "kafka.data.svc:9092", watched)?);
                }
                p.put("bootstrapServers", servers.join(","), bootstrap_servers.origin);
                for (key, value) in [("consumerGroup", consumer_group), ("topic", topic)] {
                    self.not_empty(value, name)?;
                    p.put(key, value.value.clone(), value.origin);
                }
                self.whole(lag_threshold.as_ref(), 10, "lag-threshold", "lagThreshold", &mut p)?;
                self.activation_count(activation_lag_threshold.as_ref(), "activationLagThreshold", to_zero, &mut p);
                if let Some(policy) = offset_reset_policy {
                    let word = match policy.value {
                        OffsetReset::Latest => "latest",
                        OffsetReset::Earliest => "earliest",
                    };
                    p.put("offsetResetPolicy", word, policy.origin);
                }
                let on = |flag: &Option<At<bool>>| flag.as_ref().filter(|f| f.value).map(|f| f.origin);
                if let (Some(idle), Some(limit)) = (on(allow_idle_consumers), on(limit_to_partitions_with_lag)) {
                    let d = self.error(
                        codes::SENSELESS,
                        format!("trigger `{name}` asks for more pods and for fewer"),
                        idle,
                        "more than partitions",
                    );
                    let d = self.place(d, limit, "no more than partitions with messages");
                    self.push(d.why("KEDA refuses the two together.").help("take one of them away"));
                }
                p.flag("allowIdleConsumers", allow_idle_consumers.as_ref());
                p.flag("limitToPartitionsWithLag", limit_to_partitions_with_lag.as_ref());
                p.flag("excludePersistentLag", exclude_persistent_lag.as_ref());
                if let Some(tls) = tls {
                    p.put("tls", if tls.value { "enable" } else { "disable" }, tls.origin);
                }
                self.sasl(name, sasl.as_ref(), on(tls).is_some(), (username.as_ref(), password.as_ref()), origin, &mut p);
                Some(("kafka", p))
            }
            Word::RabbitMq { host, queue_name, queue_length, message_rate, activation_value, vhost_name, username, password } => {
                self.not_empty(queue_name, name)?;
                let rate = message_rate.is_some();
                let (mode, value) = match (queue_length, message_rate) {
                    (Some(l), Some(r)) => {
                        let d = self.error(codes::SENSELESS, format!("trigger `{name}` goes by two things"), r.origin, "a rate");
                        let d = self.place(d, l.origin, "and a length");
                        self.push(d.help("make two triggers of them: the one that asks for more pods counts"));
                        return None;
                    }
                    (None, Some(r)) => ("MessageRate", r.clone()),
                    (Some(l), None) => ("QueueLength", l.clone()),
                    (None, None) => ("QueueLength", At::default_of(Decimal::from(20))),
                };
                self.above_zero(&value, if rate { "message-rate" } else { "queue-length" })?;
                self.rabbit_host(name, host, rate, username.as_ref().or(password.as_ref()), watched, &mut p)?;
                p.put("queueName", queue_name.value.clone(), queue_name.origin);
                p.put("mode", mode, value.origin);
                p.put("value", text_of(&value.value), value.origin);
                self.activation(activation_value.as_ref(), "activationValue", to_zero, &mut p);
                if let Some(vhost) = vhost_name {
                    p.put("vhostName", vhost.value.clone(), vhost.origin);
                }
                if username.is_some() || password.is_some() {
                    self.user_of(name, username.as_ref(), password.as_ref(), origin, &mut p);
                }
                Some(("rabbitmq", p))
            }
            Word::Redis { address, list_name, list_length, activation_list_length, database_index, enable_tls, username, password } => {
                let address = At::new(self.host_and_port(address, "redis.data.svc:6379", watched)?, address.origin);
                p.put("address", address.value, address.origin);
                self.not_empty(list_name, name)?;
                p.put("listName", list_name.value.clone(), list_name.origin);
                self.whole(list_length.as_ref(), 5, "list-length", "listLength", &mut p)?;
                self.activation_count(activation_list_length.as_ref(), "activationListLength", to_zero, &mut p);
                if let Some(i) = database_index {
                    if i.value < 0 {
                        let d = self.error(codes::SENSELESS, format!("there is no database {}", i.value), i.origin, "0 or more");
                        self.push(d);
                    }
                    p.put("databaseIndex", text_of(&i.value), i.origin);
                }
                p.flag("enableTLS", enable_tls.as_ref());
                if let Some(user) = username {
                    self.secret_of("username", user, &mut p);
                }
                if let Some(password) = password {
                    self.secret_of("password", password, &mut p);
                }
                Some(("redis", p))
            }
            Word::Cron { timezone, start, end, desired_replicas } => {
                self.cron_trigger(name, timezone, start, end, desired_replicas, count)?;
                p.put("timezone", timezone.value.clone(), timezone.origin);
                p.put("start", start.value.as_str(), start.origin);
                p.put("end", end.value.as_str(), end.origin);
                p.put("desiredReplicas", text_of(&desired_replicas.value), desired_replicas.origin);
                Some(("cron", p))
            }
        }
    }

    /// So many pods from one time to another: the times are five fields, not the same, and the number is one that the range has.
    fn cron_trigger(
        &mut self,
        name: &Str,
        timezone: &At<Str>,
        start: &At<Cron>,
        end: &At<Cron>,
        desired: &At<i64>,
        count: &Count,
    ) -> Option<()> {
        let mut right = self.time_zone(timezone);
        for time in [start, end] {
            if time.value.as_str().starts_with('@') {
                let title = format!("KEDA does not read `{}`", time.value.as_str());
                let d = self.error(codes::BAD_LITERAL, title, time.origin, "five fields alone");
                self.push(d.help("write minute, hour, day, month and day of the week: `\"0 8 * * *\"`"));
                right = false;
            }
        }
        if start.value == end.value {
            let d = self.error(codes::SENSELESS, format!("trigger `{name}` ends when it begins"), end.origin, "the same time");
            let d = self.place(d, start.origin, "begins here");
            self.push(d.why("KEDA refuses the two times where they are equal."));
            right = false;
        }
        if !(1..=count.most.value).contains(&desired.value) {
            let title = format!("there are never {} pods", desired.value);
            let d = self.error(codes::SENSELESS, title, desired.origin, format!("1 to {}", count.most.value));
            let d = self.place(d, count.most.origin, "at most so many");
            self.push(d.help("ask for fewer, or let `replicas` end higher"));
            right = false;
        } else if desired.value <= count.least.value {
            let n = Diagnostic::note_of(codes::NO_EFFECT, format!("trigger `{name}` does nothing"));
            let n = self.place(n, desired.origin, format!("there are {} pods at any time", count.least.value));
            self.push(n.help("let `replicas` begin lower, or ask for more"));
        }
        right.then_some(())
    }

    /// The address of Prometheus' query API: what is said, or the target's.
    fn prometheus(&mut self, said: Option<&At<Address>>, query: &At<PromQl>, watched: &mut Uses) -> Option<At<Str>> {
        let Some(said) = said else {
            if let Some(monitoring) = &self.target.monitoring {
                return Some(monitoring.address.clone());
            }
            let d = self
                .error(codes::PLATFORM, "this trigger asks Prometheus, and the target has none", query.origin, "who is asked?")
                .help("say which one the cluster has, `target { monitoring = prometheus-operator }`, or where it is: `server-address = \"http://prometheus.monitoring.svc:9090\"`");
            self.push(d);
            return None;
        };
        let url = match &said.value {
            Address::Port(port) => format!("http://{}", self.port_address(*port, said.origin, watched)?).into(),
            Address::Text(text) => {
                self.asked_text(text, said.origin)?;
                let (host, _) = url_host(&text.text, &["http", "https"]).or_else(|| {
                    let d = self.error(codes::BAD_LITERAL, format!("`{}` is no URL", text.text), said.origin, "begins with `http://`");
                    self.push(d.help("for example `\"http://prometheus.monitoring.svc:9090\"`"));
                    None
                })?;
                self.full_name(host, said.origin)?;
                text.text.clone()
            }
        };
        Some(At::new(url, said.origin))
    }

    /// Where RabbitMQ is, as a URL: KEDA takes AMQP or the management API by its scheme, and a rate is known to the second alone.
    fn rabbit_host(
        &mut self,
        name: &Str,
        host: &At<RabbitHost>,
        rate: bool,
        user: Option<&At<SecretKey>>,
        watched: &mut Uses,
        p: &mut Parts,
    ) -> Option<()> {
        let (url, http) = match &host.value {
            RabbitHost::Secret(key) => {
                if let Some(user) = user {
                    let d = self.error(codes::SENSELESS, format!("trigger `{name}` says twice who asks"), user.origin, "by this user");
                    let d = self.place(d, host.origin, "and by the user and password in this URL");
                    self.push(d.help("take one of them away"));
                }
                self.secret_of("host", &At::new(key.clone(), host.origin), p);
                if rate {
                    // The scheme is in the Secret: what it must be is said to KEDA, which refuses another.
                    p.put("protocol", "http", host.origin);
                }
                return Some(());
            }
            RabbitHost::Port(port) => {
                let entry = self.index.port(*port);
                let http = entry.is_some_and(|e| e.number == MANAGEMENT || e.application == Some("http"));
                let address = self.port_address(*port, host.origin, watched)?;
                (Str::from(format!("{}://{address}", if http { "http" } else { "amqp" })), http)
            }
            RabbitHost::Text(text) => {
                self.asked_text(text, host.origin)?;
                let Some((name, scheme)) = url_host(&text.text, &["amqp", "amqps", "http", "https"]) else {
                    let title = format!("`{}` is no URL of RabbitMQ", text.text);
                    let d = self.error(codes::BAD_LITERAL, title, host.origin, "begins with `amqp://` or `http://`");
                    self.push(d.help("for example `\"amqp://rabbitmq.data.svc:5672\"`"));
                    return None;
                };
                if name.contains('@') {
                    let d = self
                        .error(codes::SECRET_IN_TEXT, "this URL has a user in it", host.origin, "a secret's value in clear")
                        .why("Whoever may read the ScaledObject reads the password.")
                        .help("put the URL into a Secret, `host = secret(\"rabbitmq\", \"url\")`; or the two apart: `username = secret(…), password = secret(…)`");
                    self.push(d);
                    return None;
                }
                self.full_name(name, host.origin)?;
                (text.text.clone(), scheme.starts_with("http"))
            }
        };
        if rate && !http {
            let d = self
                .error(codes::SENSELESS, format!("trigger `{name}` cannot know a rate"), host.origin, "this is AMQP")
                .why("Rates are counted by RabbitMQ's management plugin, and told over HTTP.")
                .help("name the port of its management API, 15672 by custom, or go by `queue-length`");
            self.push(d);
            return None;
        }
        p.put("host", url, host.origin);
        Some(())
    }

    /// Who KEDA is to Kafka: SASL needs both, and both mean nothing without it.
    fn sasl(
        &mut self,
        name: &Str,
        sasl: Option<&At<Sasl>>,
        tls: bool,
        user: (Option<&At<SecretKey>>, Option<&At<SecretKey>>),
        origin: Origin,
        p: &mut Parts,
    ) {
        let Some(sasl) = sasl else {
            if let Some(said) = user.0.or(user.1) {
                let d = self.error(codes::MISSING, format!("trigger `{name}` has a user and no `sasl`"), said.origin, "needs `sasl`");
                self.push(d.help("for example `sasl = scram-sha512`"));
            }
            return;
        };
        let word = match sasl.value {
            Sasl::Plaintext => "plaintext",
            Sasl::ScramSha256 => "scram_sha256",
            Sasl::ScramSha512 => "scram_sha512",
        };
        if sasl.value == Sasl::Plaintext && !tls {
            let d = self
                .error(codes::SENSELESS, format!("trigger `{name}` sends its password in clear"), sasl.origin, "without TLS")
                .help("add `tls = true`, or take `sasl = scram-sha512`");
            self.push(d);
        }
        p.put("sasl", word, sasl.origin);
        self.user_of(name, user.0, user.1, origin, p);
    }

    /// A user with its password: neither goes without the other.
    fn user_of(&mut self, name: &Str, username: Option<&At<SecretKey>>, password: Option<&At<SecretKey>>, origin: Origin, p: &mut Parts) {
        let (Some(username), Some(password)) = (username, password) else {
            let lacks = if username.is_none() { "username" } else { "password" };
            let at = username.or(password).map_or(origin, |k| k.origin);
            let d = self.error(codes::MISSING, format!("trigger `{name}` has no {lacks}"), at, format!("needs `{lacks}`"));
            self.push(d.help(format!("for example `{lacks} = secret(\"{name}\", \"{lacks}\")`")));
            return;
        };
        self.secret_of("username", username, p);
        self.secret_of("password", password, p);
    }

    fn secret_of(&mut self, parameter: &'static str, key: &At<SecretKey>, p: &mut Parts) {
        let SecretKey::Secret { name, key: entry } = &key.value;
        self.secret_key(entry);
        if let Some(object) = self.secret_name(&name.value.0, name.origin, Some(entry)) {
            p.secrets.push((parameter, At::new(object, name.origin), entry.clone()));
        }
    }

    /// A threshold below which nothing wakes up: it is looked at where there are no pods.
    fn activation(&mut self, value: Option<&At<Decimal>>, key: &str, to_zero: bool, p: &mut Parts) {
        let Some(value) = value else { return };
        if value.value.is_negative() {
            let d = self.error(codes::SENSELESS, format!("nothing wakes up at {}", value.value), value.origin, "0 or more");
            self.push(d);
        }
        if !to_zero {
            let n = Diagnostic::note_of(codes::NO_EFFECT, "this says when the first pod comes, and there is always one");
            let n = self.place(n, value.origin, "has no effect");
            self.push(n.help("let `replicas` begin with 0, or take it away"));
        }
        p.put(key, text_of(&value.value), value.origin);
    }

    fn activation_count(&mut self, value: Option<&At<i64>>, key: &str, to_zero: bool, p: &mut Parts) {
        let value = value.map(|v| v.map(|n| Decimal::from(*n)));
        self.activation(value.as_ref(), key, to_zero, p);
    }

    fn above_zero(&mut self, value: &At<Decimal>, what: &str) -> Option<()> {
        if value.value.is_negative() || value.value == Decimal::from(0) {
            let d =
                self.error(codes::SENSELESS, format!("a `{what}` of {} cannot be divided by", value.value), value.origin, "more than 0");
            self.push(d.why("There are as many pods as what is measured, divided by this."));
            return None;
        }
        Some(())
    }

    /// A count that pods share, above nothing; where none is said, KEDA's own.
    fn whole(&mut self, said: Option<&At<i64>>, default: i64, word: &str, key: &str, p: &mut Parts) -> Option<()> {
        let value = said.cloned().unwrap_or(At::default_of(default));
        self.above_zero(&value.map(|n| Decimal::from(*n)), word)?;
        p.put(key, text_of(&value.value), value.origin);
        Some(())
    }

    fn not_empty(&mut self, value: &At<Str>, name: &Str) -> Option<()> {
        if !value.value.is_empty() {
            return Some(());
        }
        let d = self.error(codes::MISSING, format!("trigger `{name}` has an empty name in it"), value.origin, "must say something");
        self.push(d);
        None
    }

    /// `host:port` of what KEDA asks.
    fn host_and_port(&mut self, address: &At<Address>, example: &str, watched: &mut Uses) -> Option<Str> {
        let text = match &address.value {
            Address::Port(port) => return self.port_address(*port, address.origin, watched),
            Address::Text(text) => text,
        };
        self.asked_text(text, address.origin)?;
        let split =
            text.text.rsplit_once(':').filter(|(host, port)| !host.is_empty() && !host.contains('/') && port.parse::<u16>().is_ok());
        let Some((host, _)) = split else {
            let d = self.error(codes::BAD_LITERAL, format!("`{}` is no address", text.text), address.origin, "host and port");
            self.push(d.help(format!("for example `\"{example}\"`")));
            return None;
        };
        self.full_name(host, address.origin)?;
        Some(text.text.clone())
    }

    /// A port of the program as KEDA's operator finds it, from another namespace; it is let in there.
    fn port_address(&mut self, port: PortRef, origin: Origin, watched: &mut Uses) -> Option<Str> {
        let (tier, entry) = (self.index.tier(port.tier)?, self.index.port(port)?);
        if entry.protocol != Protocol::Tcp {
            let d = self.error(codes::CONNECTION, format!("KEDA asks over TCP, and `{}` is none", entry.name), origin, "another protocol");
            self.push(d);
            return None;
        }
        if tier.external {
            if tier.object.is_empty() {
                let d =
                    self.error(codes::MISSING, format!("external `{}` has no host to ask", tier.name), origin, "only addresses are known");
                self.push(d.help("give it one, `hosts = [\"kafka.data.svc\"]`, or write the address as text"));
                return None;
            }
            let host = tier.object.clone();
            self.full_name(&host, origin)?;
            return Some(format!("{host}:{}", entry.service).into());
        }
        let there = self.index.namespace(port.tier)?;
        watched.push((port, origin));
        Some(format!("{}.{there}.svc:{}", tier.object, entry.service).into())
    }

    /// Text that names a tier of the program has the name that its own namespace knows, and does not open its port.
    fn asked_text(&mut self, text: &Text, origin: Origin) -> Option<()> {
        let own = text.ports().iter().find_map(|p| self.index.tier(p.tier).filter(|t| !t.external).map(|t| (*p, t)));
        let Some((port, tier)) = own else { return Some(()) };
        let name = self.index.port(port).map_or_else(|| tier.name.to_string(), |p| format!("{}.{}", tier.name, p.name));
        let d = self
            .error(codes::CONNECTION, format!("KEDA does not find `{}`", text.text), origin, "text that names a tier")
            .why("Its operator asks from a namespace of its own: it needs the full name, and the tier's policy must let it in.")
            .help(format!("name the port itself, which does both: `{name}`"));
        self.push(d);
        None
    }

    /// A name without a dot is one of the asker's own namespace, and KEDA's operator is not in the tier's.
    fn full_name(&mut self, host: &str, origin: Origin) -> Option<()> {
        let host = host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(host, _)| host);
        if host.contains(['.', ':']) {
            return Some(());
        }
        let d = self
            .error(codes::CONNECTION, format!("KEDA does not find `{host}`"), origin, "a short name")
            .why("Its operator asks from a namespace of its own, where this is another Service, or none.")
            .help(format!("write the full name: `{host}.NAMESPACE.svc`"));
        self.push(d);
        None
    }
}

/// Host and scheme of a URL with one of these schemes.
fn url_host<'t>(url: &'t str, schemes: &[&str]) -> Option<(&'t str, &'t str)> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?']).next().filter(|h| !h.is_empty())?;
    schemes.contains(&scheme).then_some((host, scheme))
}
