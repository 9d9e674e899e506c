//! `traffic`: how requests and connections to a tier are treated on their way.

use super::index::{PortEntry, TierEntry};
use super::lower::Lower;
use super::model::mesh::ControlPlane;
use super::model::routing::Entrance;
use super::model::routing::{
    Cors, Destination, DestinationPolicy, Eject, Fault, HeaderChanges, HeaderMatch, Mirror, PathMatch, Retries, RouteMatch, Routes, Rule,
    Sticky, TextMatch,
};
use super::model::{At, IngressKind, Mesh, Protocol, Str, Target};
use crate::diagnostic::{Diagnostic, codes};
use crate::tape::Origin;
use crate::units::{Duration, Percent};
use crate::vocabulary::blocks;
use crate::vocabulary::value::{Node, PortRef, TierRef};
use crate::vocabulary::words::{Balance, MeshTls, RequestMatch, RetryOn};

/// What is done to requests, whoever they go to.
#[derive(Clone, Debug, Default)]
pub struct Treatment {
    timeout: Option<At<Str>>,
    retries: Option<Retries>,
    fault: Option<Fault>,
    mirror: Option<(At<PortRef>, At<Percent>)>,
    request_headers: HeaderChanges,
    response_headers: HeaderChanges,
}

/// A `route`: some of the requests.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its label.
    pub name: At<Str>,
    when: Option<HeaderMatch>,
    path: Option<At<Str>>,
    to: Option<At<PortRef>>,
    rewrite: Option<At<Str>>,
    treatment: Treatment,
    origin: Origin,
}

/// A tier's `traffic`, or what holds where it has none.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    /// How connections are kept, where something is said of it.
    pub policy: Option<Box<DestinationPolicy>>,
    /// Is something said of requests?
    pub of_requests: bool,
    whole: Option<Box<Treatment>>,
    parts: Vec<Part>,
    /// The block, or [`Origin::NONE`].
    pub origin: Origin,
}

impl Traffic {
    /// Ports of other tiers that requests to this one are led to, with what leads them there.
    pub fn leads(&self) -> impl Iterator<Item = &At<PortRef>> {
        let parts = self.parts.iter().flat_map(|p| p.to.iter().chain(p.treatment.mirror.iter().map(|m| &m.0)));
        self.whole.iter().flat_map(|whole| &whole.mirror).map(|m| &m.0).chain(parts)
    }
}

/// Names and ports of all tiers, and the platform: what a destination is made of.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    /// All tiers.
    pub index: &'a super::index::Index,
    /// The platform.
    pub target: &'a Target,
}

impl Names<'_> {
    /// The Service of a port of the program, with the whole of the requests.
    pub fn destination(self, port: PortRef, origin: Origin) -> Option<Destination> {
        let (tier, entry) = (self.index.tier(port.tier)?, self.index.port(port)?);
        let host = self.target.host(&tier.object, self.index.namespace(port.tier)?);
        Some(Destination { host, subset: None, port: entry.service, weight: At::default_of(100), origin })
    }

    /// The rules for requests of one port: those of its parts in the order written, then that of all others. `path` is what the tier has of
    /// the host, and what the tier sees in its place.
    pub fn rules(
        self,
        port: PortRef,
        traffic: &Traffic,
        prefix: &str,
        claim: Option<(&At<Str>, Option<&At<Str>>)>,
        origin: Origin,
    ) -> Vec<Rule> {
        let Some(own) = self.destination(port, origin) else { return Vec::new() };
        let Some(workload) = self.index.tier(port.tier).map(|t| t.object.clone()) else { return Vec::new() };
        let mut rules = Vec::with_capacity(traffic.parts.len() + 1);
        for part in &traffic.parts {
            let path = match (&part.path, claim) {
                (Some(inner), Some((outer, rewrite))) => match seen_outside(inner, outer, rewrite) {
                    Some(path) => Some(path),
                    None => continue,
                },
                (Some(inner), None) => Some(inner.clone()),
                (None, Some((outer, _))) => Some(outer.clone()),
                (None, None) => None,
            };
            let destination = part.to.as_ref().and_then(|to| self.destination(to.value, to.origin)).unwrap_or_else(|| own.clone());
            let mut rule = Rule::to(format!("{prefix}{}", part.name.value), workload.clone(), destination, part.origin);
            let rewrite = match (&part.rewrite, &part.path, claim) {
                (Some(rewrite), ..) => Some(rewrite.clone()),
                (None, Some(inner), Some((_, Some(_)))) => Some(inner.clone()),
                (None, None, Some((_, rewrite))) => rewrite.cloned(),
                _ => None,
            };
            rule.matches.push(RouteMatch {
                port: None,
                path: path.filter(|p| &*p.value != "/").map(PathMatch::Prefix),
                headers: part.when.iter().cloned().collect(),
                origin: part.origin,
            });
            self.treat(&mut rule, &part.treatment);
            rule.rewrite = rewrite;
            rules.push(rule);
        }
        let last = prefix.trim_end_matches('-');
        let mut rule = Rule::to(if last.is_empty() { "all" } else { last }, workload, own, origin);
        if let Some((path, rewrite)) = claim {
            if &*path.value != "/" {
                let path = Some(PathMatch::Prefix(path.clone()));
                rule.matches.push(RouteMatch { path, origin: path_origin(claim), ..RouteMatch::default() });
            }
            rule.rewrite = rewrite.cloned();
        }
        if let Some(whole) = &traffic.whole {
            self.treat(&mut rule, whole);
        }
        rules.push(rule);
        rules
    }

    fn treat(self, rule: &mut Rule, treatment: &Treatment) {
        let t = treatment.clone();
        rule.timeout = t.timeout;
        rule.retries = t.retries.map(Box::new);
        rule.fault = t.fault.map(Box::new);
        rule.request_headers = t.request_headers;
        rule.response_headers = t.response_headers;
        let mirror = |(to, share): (At<PortRef>, _)| Some(Mirror { destination: self.destination(to.value, to.origin)?, share });
        rule.mirror = t.mirror.and_then(mirror).map(Box::new);
    }

    /// The routes of the mesh to a tier: its HTTP ports, each with its rules. A waypoint has an object a port, a sidecar one for all.
    pub fn of_mesh(self, tier: TierRef, traffic: &Traffic, name: &At<Str>, origin: Origin) -> Vec<Routes> {
        let (Some(entry), Some(namespace)) = (self.index.tier(tier), self.index.namespace(tier)) else { return Vec::new() };
        let hosts = vec![At::new(self.target.host(&entry.object, namespace), name.origin)];
        let ports: Vec<(u32, &PortEntry)> = (0u32..).zip(&entry.ports).filter(|(_, p)| speaks_http(p.application)).collect();
        let several = ports.len() > 1;
        let routes = |name: At<Str>, from: Entrance, grpc: bool, rules: Vec<Rule>| Routes {
            name,
            owner: entry.name.clone(),
            hosts: hosts.clone(),
            grpc,
            from,
            rules,
            origin,
        };
        let mut all = Vec::new();
        let mut of_sidecars = Vec::new();
        for (number, port) in ports {
            let ambient = self.target.mesh == Mesh::Ambient;
            let prefix = if several && !ambient { format!("{}-", port.name) } else { String::new() };
            let mut rules = self.rules(PortRef { tier, port: number }, traffic, &prefix, None, origin);
            if ambient {
                let name = if several { At::new(format!("{}-{}", name.value, port.name).into(), name.origin) } else { name.clone() };
                let from = Entrance::Waypoint { service: entry.object.clone(), port: port.service };
                all.push(routes(name, from, port.application == Some("grpc"), rules));
                continue;
            }
            for rule in rules.iter_mut().filter(|_| several) {
                if rule.matches.is_empty() {
                    rule.matches.push(RouteMatch::default());
                }
                rule.matches.iter_mut().for_each(|m| m.port = Some(port.service));
            }
            of_sidecars.append(&mut rules);
        }
        if !of_sidecars.is_empty() {
            all.push(routes(name.clone(), Entrance::Mesh, false, of_sidecars));
        }
        all
    }
}

fn path_origin(claim: Option<(&At<Str>, Option<&At<Str>>)>) -> Origin {
    claim.map_or(Origin::NONE, |(path, _)| path.origin)
}

/// Is it a protocol whose requests the mesh tells apart?
pub fn speaks_http(application: Option<&str>) -> bool {
    matches!(application, Some("http" | "grpc"))
}

/// The path that a client asks for, so that the tier sees `inner`; `None` where no request does.
fn seen_outside(inner: &At<Str>, outer: &At<Str>, rewrite: Option<&At<Str>>) -> Option<At<Str>> {
    let base = rewrite.map_or(&*outer.value, |r| &*r.value);
    if is_below(&inner.value, base) {
        let rest = inner.value.get(base.trim_end_matches('/').len()..).unwrap_or("");
        let path = format!("{}{rest}", outer.value.trim_end_matches('/'));
        return Some(At::new(if path.is_empty() { "/".into() } else { path.into() }, inner.origin));
    }
    is_below(base, &inner.value).then(|| outer.clone())
}

/// Is a path another one, or below it?
pub fn is_below(path: &str, other: &str) -> bool {
    let other = other.trim_end_matches('/');
    path.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Lower<'_> {
    /// The `traffic` of a tier, checked.
    pub fn traffic(&mut self, block: &blocks::Workload, node: &Node, tier: TierRef, member: bool) -> Traffic {
        let Some(t) = block.traffic.as_deref() else { return Traffic::default() };
        let Some(entry) = self.index.tier(tier) else { return Traffic::default() };
        if self.target.mesh == Mesh::Ambient {
            self.through_a_waypoint(t, member);
        }
        let mut traffic = Traffic { origin: t.origin, ..Traffic::default() };
        traffic.policy = self.policy(t, entry, tier, member).map(Box::new);
        if let Some(tls) = &t.tls {
            self.tls(tls, node, member);
        }
        let whole = self.treatment(
            Said {
                timeout: t.timeout.as_ref(),
                retries: t.retries.as_deref(),
                fault: t.fault.as_deref(),
                mirror: t.mirror.as_deref(),
                headers: t.headers.as_deref(),
            },
            &Treatment::default(),
            tier,
        );
        for r in &t.route {
            if let Some(part) = self.part(r, &whole, tier) {
                self.reached(&part, &traffic.parts);
                traffic.parts.push(part);
            }
        }
        traffic.whole = Some(Box::new(whole));
        let of_requests = [
            t.timeout.as_ref().map(|x| ("timeout", x.origin)),
            t.retries.as_ref().map(|x| ("retries", x.origin)),
            t.fault.as_ref().map(|x| ("fault", x.origin)),
            t.mirror.as_ref().map(|x| ("mirror", x.origin)),
            t.headers.as_ref().map(|x| ("headers", x.origin)),
            t.route.first().map(|x| ("route", x.origin)),
        ];
        let first = of_requests.into_iter().flatten().next();
        self.beyond_the_ingress(t, block, first);
        traffic.of_requests = first.is_some();
        if let Some((word, at)) = first {
            let (mesh, gateway) = (self.target.mesh != Mesh::None, self.target.ingress == IngressKind::GatewayApi);
            if !mesh && !gateway && self.target.ingress != IngressKind::Istio {
                self.without_mesh(&format!("`{word}`"), "changes what happens to requests on their way", at);
            } else if !entry.ports.iter().any(|p| speaks_http(p.application)) {
                let name = entry.ports.first().map_or_else(|| "http".to_owned(), |p| p.name.to_string());
                let number = entry.ports.first().map_or(8080, |p| p.number);
                let d = self
                    .error(codes::SENSELESS, format!("`{word}` is about requests, and no port of this tier speaks HTTP"), at, "which requests?")
                    .why("What is not HTTP or gRPC is a stream of bytes to a proxy: it can be kept, balanced and cut, and holds no requests.")
                    .help(format!("say what the port speaks: `port {name} = http({number})`, or `grpc({number})`"));
                self.push(d);
            }
        }
        traffic
    }

    /// What a waypoint cannot carry out. Its routes are those of the Gateway API, and connections of ambient mode are encrypted by the nodes (I31).
    fn through_a_waypoint(&mut self, t: &blocks::Traffic, member: bool) {
        if !member {
            let d = self
                .error(codes::PLATFORM, "no waypoint stands before a tier outside the mesh", t.origin, "would be passed over")
                .why("In ambient mode requests are read by a waypoint, and it asks pods of the mesh alone.")
                .help("let the tier into the mesh, or take `traffic` away");
            self.push(d);
        }
        let parts = || t.route.iter();
        let retries = t.retries.as_deref().or_else(|| parts().find_map(|r| r.retries.as_deref())).map(|r| ("retries", r.origin));
        let fault = t.fault.as_deref().or_else(|| parts().find_map(|r| r.fault.as_deref())).map(|f| ("fault", f.origin));
        for (word, at) in [retries, fault].into_iter().flatten() {
            let d = self
                .error(codes::PLATFORM, format!("a waypoint has no word for `{word}`"), at, "would be passed over")
                .why("In ambient mode requests follow routes of the Gateway API, which do not know it yet.")
                .help("take it away, or use proxies in each pod, which do: `target { mesh = istio }`");
            self.push(d);
        }
        if let Some(tls) = &t.tls {
            let d = self
                .error(codes::SENSELESS, "connections of ambient mode are encrypted by the nodes, always", tls.origin, "says nothing")
                .help("take it away");
            self.push(d);
        }
    }

    /// What the way in cannot carry out: requests from outside pass without.
    fn beyond_the_ingress(&mut self, t: &blocks::Traffic, block: &blocks::Workload, first: Option<(&'static str, Origin)>) {
        if block.expose.is_empty() {
            return;
        }
        let (whom, lost) = match self.target.ingress {
            IngressKind::Nginx => ("An Ingress", first.filter(|_| self.target.mesh != Mesh::None)),
            IngressKind::GatewayApi => {
                let parts = || t.route.iter();
                let retries = t.retries.as_deref().or_else(|| parts().find_map(|r| r.retries.as_deref())).map(|r| ("retries", r.origin));
                let fault = t.fault.as_deref().or_else(|| parts().find_map(|r| r.fault.as_deref())).map(|f| ("fault", f.origin));
                ("A route of the Gateway API", retries.or(fault))
            }
            IngressKind::Istio | IngressKind::None => return,
        };
        let Some((word, at)) = lost else { return };
        let d = Diagnostic::warning(codes::NO_EFFECT, format!("`{word}` does not reach requests from outside"));
        let d = self.place(d, at, "for requests between tiers alone");
        let d = self.place(d, block.expose.first().map_or(at, |e| e.origin), "these pass without it");
        self.push(d.why(format!("{whom} has no word for it.")).help("`target { ingress = istio }` knows all of `traffic`"));
    }

    /// A setting that the platform has nobody to carry out.
    fn without_mesh(&mut self, what: &str, does: &str, at: Origin) {
        let d = self
            .error(codes::PLATFORM, format!("{what} needs a service mesh"), at, does)
            .why("Without a mesh there is no proxy between the pods that could do it: `target.mesh` is `none`.")
            .help("say which mesh the cluster has: `target { mesh = istio }`");
        self.push(d);
    }

    /// What is said of connections: a DestinationRule.
    fn policy(&mut self, t: &blocks::Traffic, entry: &TierEntry, tier: TierRef, member: bool) -> Option<DestinationPolicy> {
        let said = [
            t.balance.as_ref().map(|x| ("balance", x.origin)),
            t.connections.as_ref().map(|x| ("connections", x.origin)),
            t.pending.as_ref().map(|x| ("pending", x.origin)),
            t.requests_per_connection.as_ref().map(|x| ("requests-per-connection", x.origin)),
            t.eject.as_ref().map(|x| ("eject", x.origin)),
            t.tls.as_ref().map(|x| ("tls", x.origin)),
        ];
        let (word, at) = said.into_iter().flatten().next()?;
        if self.target.mesh == Mesh::None {
            self.without_mesh(&format!("`{word}`"), "changes how connections are kept", at);
            return None;
        }
        if entry.ports.iter().all(|p| p.protocol != Protocol::Tcp) {
            let d = self
                .error(
                    codes::MISSING,
                    format!("`{word}` is about connections, and this tier has no port for any"),
                    at,
                    "needs a port of TCP",
                )
                .help("declare one: `port http = 8080`");
            self.push(d);
            return None;
        }
        let mut policy = DestinationPolicy::of(self.target.host(&entry.object, self.index.namespace(tier)?), t.origin);
        match t.balance.as_ref().map(|b| (&b.value, b.origin)) {
            Some((Balance::Header { name }, _)) => policy.sticky = Some(Sticky::Header(self.header_name(name))),
            Some((Balance::Cookie { name, lifetime }, _)) => {
                let life = match lifetime {
                    Some(l) => self.duration(l, "a cookie's lifetime"),
                    None => At::default_of("0s".into()),
                };
                policy.sticky = Some(Sticky::Cookie(name.clone(), life));
            }
            Some((Balance::Source, at)) => policy.sticky = Some(Sticky::Source(At::new("source".into(), at))),
            Some((Balance::LeastRequest, at)) => policy.balance = Some(At::new("LEAST_REQUEST".into(), at)),
            Some((Balance::RoundRobin, at)) => policy.balance = Some(At::new("ROUND_ROBIN".into(), at)),
            Some((Balance::Random, at)) => policy.balance = Some(At::new("RANDOM".into(), at)),
            None => {}
        }
        policy.connections = self.positive(t.connections.as_ref(), "connections");
        policy.pending = self.positive(t.pending.as_ref(), "waiting requests");
        policy.requests_per_connection = self.positive(t.requests_per_connection.as_ref(), "requests for each connection");
        policy.eject = t.eject.as_deref().map(|e| self.eject(e));
        policy.tls = t.tls.as_ref().map(|tls| tls.map(|m| if *m == MeshTls::Mutual && member { "ISTIO_MUTUAL" } else { "DISABLE" }.into()));
        Some(policy)
    }

    /// Plain connections to a tier that takes encrypted ones alone, or the other way round (I26).
    fn tls(&mut self, tls: &At<MeshTls>, node: &Node, member: bool) {
        let d = match (tls.value.clone(), member) {
            (MeshTls::Plain, true) => self
                .error(codes::SENSELESS, "plain connections to a tier of the mesh are refused", tls.origin, "its proxy takes encrypted ones alone")
                .why("Every namespace of the program asks for mutual TLS (PeerAuthentication `STRICT`): clients that do not encrypt would get no answer.")
                .help("take `tls` away; a tier that must stand outside the mesh says `allow no-mesh because \"…\"`"),
            (MeshTls::Mutual, false) if self.target.mesh != Mesh::None => self
                .error(codes::SENSELESS, "a tier outside the mesh has no certificate of the mesh", tls.origin, "has no proxy")
                .help(if self.allows(node, "no-mesh") { "take `allow no-mesh` or this away" } else { "take it away" }),
            _ => return,
        };
        self.push(d);
    }

    fn eject(&mut self, e: &blocks::Eject) -> Eject {
        let errors = match &e.errors {
            Some(n) => self.positive(Some(n), "errors in a row").unwrap_or(At::default_of(5)),
            None => At::default_of(5),
        };
        let at_most = match &e.at_most {
            Some(p) => match p.value.whole().filter(|n| (0..=100).contains(n)) {
                Some(n) => At::new(n, p.origin),
                None => {
                    let d = self.error(
                        codes::SENSELESS,
                        format!("{} of the pods cannot be left alone", p.value),
                        p.origin,
                        "a whole percentage up to 100%",
                    );
                    self.push(d);
                    At::default_of(10)
                }
            },
            None => At::default_of(10),
        };
        let interval = e.interval.as_ref().map_or_else(|| At::default_of("10s".into()), |d| self.duration(d, "the interval"));
        let time = e.r#for.as_ref().map_or_else(|| At::default_of("30s".into()), |d| self.duration(d, "the time"));
        Eject { errors, interval, time, at_most, origin: e.origin }
    }

    fn positive(&mut self, n: Option<&At<i64>>, what: &str) -> Option<At<i64>> {
        let n = n?;
        if !(1..=i64::from(i32::MAX)).contains(&n.value) {
            let d = self.error(codes::SENSELESS, format!("there cannot be {} {what}", n.value), n.origin, "at least 1");
            self.push(d);
            return None;
        }
        Some(n.clone())
    }

    /// A time as the mesh reads it: whole milliseconds, at least one (I2).
    fn duration(&mut self, d: &At<Duration>, what: &str) -> At<Str> {
        if d.value.millis().is_none_or(|ms| ms < 1) {
            let m = self.error(codes::SENSELESS, format!("{what} cannot be {}", d.value), d.origin, "whole milliseconds, at least one");
            self.push(m);
        }
        At::new(d.value.to_string().into(), d.origin)
    }

    /// In small letters, as HTTP/2 has them.
    fn header_name(&mut self, name: &At<Str>) -> At<Str> {
        self.header(name);
        At::new(name.value.to_ascii_lowercase().into(), name.origin)
    }

    /// A condition on a header.
    fn when(&mut self, when: &At<RequestMatch>) -> HeaderMatch {
        let RequestMatch::Header { name, value } = &when.value;
        HeaderMatch { name: self.header_name(name), value: TextMatch::Exact(value.clone()) }
    }

    fn treatment(&mut self, said: Said<'_>, else_: &Treatment, tier: TierRef) -> Treatment {
        let timeout = said.timeout.map(|t| self.duration(t, "a timeout"));
        let retries = said.retries.and_then(|r| self.retries(r, said.timeout));
        let fault = said.fault.and_then(|f| self.fault(f));
        let mirror = said.mirror.and_then(|m| self.mirror(m, tier));
        let (request_headers, response_headers) = match said.headers {
            Some(h) => self.headers(h),
            None => (else_.request_headers.clone(), else_.response_headers.clone()),
        };
        Treatment {
            timeout: timeout.or_else(|| else_.timeout.clone()),
            retries: retries.or_else(|| else_.retries.clone()),
            fault: fault.or_else(|| else_.fault.clone()),
            mirror: mirror.or_else(|| else_.mirror.clone()),
            request_headers,
            response_headers,
        }
    }

    fn retries(&mut self, r: &blocks::Retries, timeout: Option<&At<Duration>>) -> Option<Retries> {
        let attempts = r.attempts.clone().unwrap_or(At::default_of(2));
        if !(0..=100).contains(&attempts.value) {
            let d = self.error(codes::SENSELESS, format!("there cannot be {} tries more", attempts.value), attempts.origin, "0 to 100");
            self.push(d);
            return None;
        }
        let more = r.per_try.as_ref().map(|p| p.origin).or(r.on.as_ref().map(|o| o.origin));
        if let Some(more) = more.filter(|_| attempts.value == 0) {
            let d = self
                .error(codes::SENSELESS, "retries that are turned off have no settings", more, "never used")
                .help("take it away, or give `attempts` a number above 0");
            self.push(d);
        }
        // I7: the last tries would be cut off by the timeout of the whole.
        if let (Some(per_try), Some(whole)) = (&r.per_try, timeout)
            && attempts.value > 0
            && per_try.value.nanos().saturating_mul(attempts.value + 1) > whole.value.nanos()
        {
            let tries = attempts.value + 1;
            let d = Diagnostic::warning(
                codes::NO_EFFECT,
                format!("{tries} tries of {} each do not fit into the timeout of {}", per_try.value, whole.value),
            );
            let d = self.place(d, per_try.origin, "each try may take this");
            let d = self.place(d, whole.origin, "all of them together");
            self.push(d.why("When the timeout is over the request has failed, whatever tries are left."));
        }
        Some(Retries {
            per_try: r.per_try.as_ref().map(|p| self.duration(p, "a try")),
            on: match &r.on {
                Some(on) => on.value.iter().map(|o| o.map(|o| if *o == RetryOn::ServerError { "5xx" } else { o.word() }.into())).collect(),
                None if attempts.value == 0 => Vec::new(),
                None => ["connect-failure", "refused-stream", "unavailable", "cancelled"].map(|w| At::default_of(w.into())).into(),
            },
            attempts,
            origin: r.origin,
        })
    }

    /// I6.
    fn fault(&mut self, f: &blocks::Fault) -> Option<Fault> {
        if f.delay.is_none() && f.abort.is_none() {
            let d = self
                .error(codes::MISSING, "this fault does nothing", f.origin, "neither a delay nor an answer")
                .help("say what is put in: `delay = 2s`, or `abort = 503`");
            self.push(d);
            return None;
        }
        for (share, of) in [(&f.delayed, f.delay.is_some()), (&f.aborted, f.abort.is_some())] {
            let Some(share) = share else { continue };
            if !of {
                let d = self.error(codes::SENSELESS, "a share of nothing", share.origin, "says how many, and nothing says what");
                self.push(d);
            }
            self.share(share);
        }
        if let Some(status) = f.abort.as_ref().filter(|s| !(200..=599).contains(&s.value)) {
            let d = self.error(codes::SENSELESS, format!("{} is no status of an answer", status.value), status.origin, "200 to 599");
            self.push(d);
        }
        let all = || At::default_of(Percent::ALL);
        Some(Fault {
            delay: f.delay.as_ref().map(|d| (f.delayed.clone().unwrap_or_else(all), self.duration(d, "a delay"))),
            abort: f.abort.as_ref().map(|s| (f.aborted.clone().unwrap_or_else(all), s.clone())),
            origin: f.origin,
        })
    }

    fn share(&mut self, share: &At<Percent>) {
        if share.value > Percent::ALL {
            let d = self.error(
                codes::SENSELESS,
                format!("{} of the requests are more than there are", share.value),
                share.origin,
                "at most 100%",
            );
            self.push(d);
        }
    }

    fn mirror(&mut self, m: &blocks::Mirror, tier: TierRef) -> Option<(At<PortRef>, At<Percent>)> {
        let Some(to) = &m.to else {
            let d = self
                .error(codes::MISSING, "this mirror leads nowhere", m.origin, "needs `to = …`")
                .help("name the port that gets the copies: `to = shadow.http`");
            self.push(d);
            return None;
        };
        if let Some(share) = &m.share {
            self.share(share);
        }
        self.leads_to(to, tier, "a copy of the requests").then(|| (to.clone(), m.share.clone().unwrap_or(At::default_of(Percent::ALL))))
    }

    /// Can requests be led to a port? It belongs to a tier of the program and speaks HTTP.
    fn leads_to(&mut self, to: &At<PortRef>, tier: TierRef, what: &str) -> bool {
        let (Some(there), Some(port)) = (self.index.tier(to.value.tier), self.index.port(to.value)) else { return false };
        let d = if there.external {
            let name = there.name.clone();
            self.error(codes::SENSELESS, format!("{what} cannot leave the cluster"), to.origin, format!("`{name}` is outside"))
        } else if to.value.tier == tier {
            self.error(codes::SENSELESS, format!("{what} would come back to the same tier"), to.origin, "this tier itself")
        } else if !speaks_http(port.application) {
            let (name, number) = (port.name.clone(), port.number);
            self.error(codes::SENSELESS, format!("port `{name}` speaks no HTTP"), to.origin, format!("{what} would mean nothing to it"))
                .help(format!("say what it speaks where it is declared: `port {name} = http({number})`"))
        } else {
            return true;
        };
        self.push(d);
        false
    }

    fn headers(&mut self, h: &blocks::HeaderRules) -> (HeaderChanges, HeaderChanges) {
        let mut changes = |set: &crate::vocabulary::Labelled<Str>, remove: &Option<At<Vec<At<Str>>>>| HeaderChanges {
            set: set.iter().map(|(name, value)| (self.header_name(name).value, value.clone())).collect(),
            add: Vec::new(),
            remove: remove.iter().flat_map(|r| &r.value).map(|name| self.header_name(name)).collect(),
        };
        (changes(&h.request, &h.remove_request), changes(&h.response, &h.remove_response))
    }

    fn part(&mut self, r: &blocks::Route, whole: &Treatment, tier: TierRef) -> Option<Part> {
        let name = r.label.clone()?;
        if r.when.is_none() && r.path.is_none() {
            let d = self
                .error(
                    codes::MISSING,
                    format!("route `{}` does not say which requests it means", name.value),
                    r.origin,
                    "means all of them",
                )
                .why("Nothing behind it would ever be reached.")
                .help("say which: `when = header(\"name\", \"value\")`, or `path = \"/reports\"`");
            self.push(d);
            return None;
        }
        if let Some(rewrite) = r.rewrite.as_ref().filter(|_| r.path.is_none()) {
            let d = self
                .error(codes::MISSING, "nothing says which path is replaced", rewrite.origin, "takes the place of `path`")
                .help("say which: `path = \"/old\"`");
            self.push(d);
        }
        if let Some(to) = &r.to
            && !self.leads_to(to, tier, "this route")
        {
            return None;
        }
        let said = Said {
            timeout: r.timeout.as_ref(),
            retries: r.retries.as_deref(),
            fault: r.fault.as_deref(),
            mirror: r.mirror.as_deref(),
            headers: r.headers.as_deref(),
        };
        Some(Part {
            name,
            when: r.when.as_ref().map(|w| self.when(w)),
            path: r.path.as_ref().map(path_text),
            to: r.to.clone(),
            rewrite: r.rewrite.as_ref().map(path_text),
            treatment: self.treatment(said, whole, tier),
            origin: r.origin,
        })
    }

    /// A route behind one that takes all of its requests is never reached (I10).
    fn reached(&mut self, part: &Part, before: &[Part]) {
        let takes = |earlier: &&Part| {
            let path = earlier.path.as_ref().is_none_or(|outer| part.path.as_ref().is_some_and(|own| is_below(&own.value, &outer.value)));
            let header = earlier
                .when
                .as_ref()
                .is_none_or(|h| part.when.as_ref().is_some_and(|own| own.name.value == h.name.value && own.value == h.value));
            path && header
        };
        let Some(earlier) = before.iter().find(takes) else { return };
        let (first, name) = (earlier.origin, earlier.name.value.clone());
        let d = self.error(
            codes::SENSELESS,
            format!("route `{}` is never reached", part.name.value),
            part.origin,
            "its requests are taken before",
        );
        let d = self.place(d, first, format!("route `{name}` takes them"));
        self.push(d.why("Routes are tried in the order in which they are written.").help("put the narrower one first"));
    }

    /// Which pages of other origins may ask.
    pub fn cors(&mut self, c: &blocks::Cors) -> Option<Cors> {
        let Some(origins) = c.origins.as_ref().filter(|o| !o.value.is_empty()) else {
            let d = self
                .error(codes::MISSING, "`cors` names no origin", c.origin, "nobody may ask")
                .help("say whose pages may ask: `origins = [\"https://app.example.com\"]`");
            self.push(d);
            return None;
        };
        for origin in &origins.value {
            let rest = origin.value.strip_prefix("https://").or(origin.value.strip_prefix("http://"));
            if &*origin.value != "*" && rest.is_none_or(|host| host.is_empty() || host.contains('/')) {
                let d = self
                    .error(
                        codes::BAD_LITERAL,
                        format!("`{}` is no origin", origin.value),
                        origin.origin,
                        "scheme, host and port, nothing behind",
                    )
                    .help("for example `\"https://app.example.com\"`");
                self.push(d);
            }
        }
        if let (Some(yes), Some(any)) = (c.credentials.as_ref().filter(|c| c.value), origins.value.iter().find(|o| &*o.value == "*")) {
            let at = any.origin;
            let d = self.error(codes::SENSELESS, "cookies for everybody", yes.origin, "every page of the web could act as its visitor");
            let d = self.place(d, at, "any origin");
            self.push(d.help("name the origins, or take `credentials` away"));
        }
        let list = |l: &Option<At<Vec<At<Str>>>>| l.iter().flat_map(|l| l.value.clone()).collect::<Vec<_>>();
        let methods = match &c.methods {
            Some(m) => m.value.clone(),
            None => ["GET", "HEAD", "POST"].map(|m| At::default_of(m.into())).into(),
        };
        Some(Cors {
            origins: origins.value.clone(),
            methods,
            headers: list(&c.headers),
            expose: list(&c.expose_headers),
            max_age: c.max_age.as_ref().map(|d| self.seconds(d, 0, "the time an answer holds")),
            credentials: c.credentials.clone(),
            origin: c.origin,
        })
    }

    /// What a proxy in the pod takes for itself: ports and a user (I39), and what only looks right without one.
    pub fn beside_the_proxy(&mut self, block: &blocks::Workload) {
        for (name, spec) in block.port.iter() {
            let number = super::workload::port_of(&name.value, &spec.value).0;
            if u16::try_from(number).is_ok_and(|n| ControlPlane::RESERVED.contains(&n)) {
                let d = self
                    .error(
                        codes::PLATFORM,
                        format!("port {number} belongs to the mesh's proxy"),
                        spec.origin,
                        "taken in every pod of the mesh",
                    )
                    .help("listen on another, or stay outside: `allow no-mesh because \"…\"`");
                self.push(d);
            }
        }
        if let Some(user) = block.user.as_ref().filter(|u| u.value == ControlPlane::USER) {
            let d = self
                .error(codes::PLATFORM, "user 1337 is the mesh's proxy", user.origin, "its connections pass the proxy by")
                .why("The proxy's own connections are told by this user id, and what passes it by is neither encrypted nor allowed anywhere.")
                .help("take another: `user = 10001`");
            self.push(d);
        }
    }
}

/// What one block says of requests.
#[derive(Clone, Copy)]
struct Said<'b> {
    timeout: Option<&'b At<Duration>>,
    retries: Option<&'b blocks::Retries>,
    fault: Option<&'b blocks::Fault>,
    mirror: Option<&'b blocks::Mirror>,
    headers: Option<&'b blocks::HeaderRules>,
}

/// A path without what a route does not look at.
pub fn path_text(path: &At<crate::units::Path>) -> At<Str> {
    path.map(|p| {
        let text = p.as_str().split(['?', '#']).next().unwrap_or("/");
        let text = text.trim_end_matches('/');
        if text.is_empty() { "/".into() } else { text.into() }
    })
}
