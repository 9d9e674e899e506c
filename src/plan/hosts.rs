//! Exposed hosts: which tier has which path of which host, the rules that lead there, and the gateways that they come in at.

use super::lower::Lower;
use super::model::release::PREVIEW;
use super::model::routing::{Certificate, Cors, Entrance, Gateway, Issuer, Routes, Rule, Server, Tls};
use super::model::{App, At, ContainerPort, IngressKind, Mesh, Str, Target};
use super::traffic::{Names, Traffic, is_below, path_text, speaks_http};
use super::workload::Lowered;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::source::Span;
use crate::tape::Origin;
use crate::units::{Host, names};
use crate::vocabulary::blocks;
use crate::vocabulary::value::{PortRef, TierRef};
use crate::vocabulary::words::{self, IssuedBy, IssuerScope, Paths};
use crate::workers::Workers;
use rustc_hash::FxHashMap;

/// An `expose`, checked.
#[derive(Clone, Debug)]
pub struct Exposure {
    /// The host.
    pub host: At<Str>,
    /// The port.
    pub port: PortRef,
    /// Does it speak gRPC?
    pub grpc: bool,
    /// The paths of the host that are the tier's, `/` for all; no slash at the end of others.
    pub paths: Vec<At<Str>>,
    /// What takes the place of the path.
    pub rewrite: Option<At<Str>>,
    /// The certificate.
    pub tls: Option<Tls>,
    /// Are plain requests sent on?
    pub redirect: bool,
    /// Pages of which other origins may ask.
    pub cors: Option<Box<Cors>>,
    /// Does it lead to the new version of a release?
    pub preview: bool,
    /// The block.
    pub origin: Origin,
}

/// A host name as a part of an object's name: `*.example.com` is `any-example-com`.
pub fn slug(host: &str) -> String {
    host.replacen("*.", "any.", 1).replace('.', "-")
}

impl Lower<'_> {
    /// An `expose`, checked. Nothing where it was refused.
    pub fn exposure(&mut self, e: &blocks::Expose, port: &ContainerPort, tier: TierRef) -> Option<Exposure> {
        let host = e.label.clone()?;
        if let Err(error) = Host::parse_wildcard(&host.value) {
            let d =
                self.error(codes::BAD_LITERAL, error.message.trim_end_matches('.').to_string(), host.origin, "the host that is exposed");
            self.push(d);
            return None;
        }
        let paths: Vec<At<Str>> = match e.path.as_ref().map(|p| (&p.value, p.origin)) {
            None => vec![At::default_of("/".into())],
            Some((Paths::One(path), at)) => vec![path_text(&At::new(path.clone(), at))],
            Some((Paths::Many(all), _)) => all.iter().map(path_text).collect(),
        };
        let number = self.index.tier(tier)?.ports.iter().position(|p| p.name == port.name.value)?;
        let port_ref = PortRef { tier, port: u32::try_from(number).ok()? };
        let application = self.index.port(port_ref)?.application;
        let mut exposure = Exposure {
            host,
            port: port_ref,
            grpc: application == Some("grpc"),
            paths,
            rewrite: e.rewrite.as_ref().map(path_text),
            tls: None,
            redirect: false,
            cors: None,
            preview: false,
            origin: e.origin,
        };
        if self.target.ingress == IngressKind::None {
            let said = [
                e.path.as_ref().map(|x| ("path", x.origin)),
                e.tls.as_ref().map(|x| ("tls", x.origin)),
                e.redirect.as_ref().map(|x| ("redirect", x.origin)),
                e.rewrite.as_ref().map(|x| ("rewrite", x.origin)),
                e.cors.as_ref().map(|x| ("cors", x.origin)),
            ];
            if let Some((word, at)) = said.into_iter().flatten().next() {
                let d = self
                    .error(codes::PLATFORM, format!("`{word}` needs an ingress"), at, "nobody stands before the tier who could do it")
                    .why("Without an ingress in `target`, `expose` opens the tier's Service to the cluster, and nothing more.")
                    .help("say which one the cluster has: `target { ingress = istio }`, `gateway-api` or `nginx`");
                self.push(d);
            }
            return Some(exposure);
        }
        if !exposure.host.value.contains('.') {
            let host = &exposure.host;
            let (text, at) = (host.value.clone(), host.origin);
            let d = self
                .error(codes::BAD_LITERAL, format!("`{text}` is no name that the outside knows"), at, "one word alone")
                .why("A gateway takes whole names: a short one means a Service of the cluster.")
                .help(format!("for example `\"{text}.example.com\"`"));
            self.push(d);
        }
        if !speaks_http(application) {
            let (name, n) = (port.name.value.clone(), port.number.value);
            let d = self.error(
                codes::SENSELESS,
                format!("port `{name}` speaks no HTTP that a gateway could lead by host"),
                e.origin,
                "exposed here",
            );
            let d = self.place(d, port.name.origin, "what does it speak?");
            self.push(match application {
                Some("https") => d.help(format!("the gateway has the certificate and speaks HTTP to the tier: `port {name} = http({n})`")),
                _ => d.help(format!(
                    "say so where it is declared: `port {name} = http({n})`, or `grpc({n})`; or use `service {{ type = load-balancer }}`"
                )),
            });
        }
        exposure.cors = e.cors.as_deref().and_then(|c| self.cors(c)).map(Box::new);
        exposure.tls = e.tls.as_ref().and_then(|t| self.certificate(t, &exposure.host.value));
        exposure.redirect = match &e.redirect {
            Some(r) if r.value && e.tls.is_none() => {
                let d = self
                    .error(codes::SENSELESS, "there is no HTTPS to be sent on to", r.origin, "needs a certificate")
                    .help("give it one: `tls = \"name-of-a-secret\"`");
                self.push(d);
                false
            }
            Some(r) => r.value,
            None => e.tls.is_some(),
        };
        Some(exposure)
    }

    /// A certificate: a Secret of the gateway's namespace (I24), or of the app's where an ingress controller reads it there.
    fn certificate(&mut self, t: &At<words::Certificate>, host: &str) -> Option<Tls> {
        let nginx = self.target.ingress == IngressKind::Nginx;
        match &t.value {
            words::Certificate::Secret(name) => {
                if let Err(e) = names::subdomain(name) {
                    let d = self.error(codes::BAD_NAME, e.message.trim_end_matches('.').to_string(), t.origin, "the name of a Secret");
                    self.push(d);
                    return None;
                }
                if nginx {
                    self.assumed.push(("Secret", name.clone(), None, t.origin));
                }
                Some(Tls { secret: At::new(name.clone(), t.origin), issuer: None })
            }
            words::Certificate::Issued(IssuedBy::Issuer { name, scope }) => {
                if let Err(e) = names::subdomain(&name.value) {
                    let d = self.error(codes::BAD_NAME, e.message.trim_end_matches('.').to_string(), name.origin, "the name of an issuer");
                    self.push(d);
                    return None;
                }
                let kind = match scope.as_ref().map(|s| &s.value) {
                    Some(IssuerScope::Namespaced) => "Issuer",
                    _ => "ClusterIssuer",
                };
                let secret = At::new(format!("{}-tls", slug(host)).into(), t.origin);
                Some(Tls { secret, issuer: Some(Issuer { kind, name: name.clone() }) })
            }
        }
    }
}

/// A path of a host that a tier has.
struct Claim<'l> {
    /// The host's number, in the order of the program.
    host: usize,
    app: usize,
    lowered: &'l Lowered,
    exposure: &'l Exposure,
    path: &'l At<Str>,
    /// Which of the tier's paths of the host it is.
    number: usize,
}

/// Writes the routes of all apps: those of the mesh, then those of exposed hosts with their gateways.
pub fn assemble(
    apps: &mut [App],
    lowered: &[Vec<Lowered>],
    all: Names<'_>,
    workers: &Workers,
    place: &dyn Fn(Origin) -> Span,
    diagnostics: &mut Diagnostics,
) {
    let share = workers.share(apps.len(), super::APPS_A_THREAD);
    let claims = claims(lowered, share, workers);
    let hosts: Vec<&[Claim<'_>]> = claims.chunk_by(|a, b| a.host == b.host).collect();
    let right = one_tier_each(&hosts, all.target, place, diagnostics) && all.target.ingress != IngressKind::None;
    let mut homes = Vec::new();
    if right {
        assumed(&hosts, all.target, place, diagnostics);
        certificates(apps, &hosts, all.target);
        homes = homes_of(&hosts);
    }
    let parts = (0..).step_by(share).zip(apps.chunks_mut(share).zip(lowered.chunks(share))).collect();
    workers.each(parts, |(first, (apps, lowered))| {
        if all.target.mesh != Mesh::None {
            of_mesh(apps, lowered, all);
        }
        if right && all.target.ingress == IngressKind::Nginx {
            ingresses(Part { first, apps }, &hosts, all);
        } else {
            gateways(Part { first, apps }, &homes, all);
        }
    });
}

/// Some apps in a row.
struct Part<'a> {
    /// The number of the first.
    first: usize,
    apps: &'a mut [App],
}

impl Part<'_> {
    /// The app of this number, where it is one of these.
    fn get(&mut self, number: usize) -> Option<&mut App> {
        self.apps.get_mut(number.checked_sub(self.first)?)
    }
}

/// Writes the routes of requests between workloads.
fn of_mesh(apps: &mut [App], lowered: &[Vec<Lowered>], all: Names<'_>) {
    for (app, workloads) in apps.iter_mut().zip(lowered) {
        let read = |l: &&Lowered| all.target.mesh == Mesh::Istio || l.workload.mesh.is_some();
        let treated = workloads.iter().filter(read).filter(|l| l.traffic.of_requests || l.workload.splits());
        let origin = |l: &Lowered| if l.traffic.of_requests { l.traffic.origin } else { l.workload.origin };
        app.routes.extend(treated.flat_map(|l| all.of_mesh(l.tier, &l.traffic, &l.workload.object, origin(l))));
    }
}

/// Certificates that must exist where the gateway looks for them (I24).
fn assumed(hosts: &[&[Claim<'_>]], target: &Target, place: &dyn Fn(Origin) -> Span, diagnostics: &mut Diagnostics) {
    if target.ingress == IngressKind::Nginx {
        return;
    }
    let namespace = &target.gateway.namespace;
    let mut told: Vec<&str> = Vec::new();
    for tls in hosts.iter().copied().flatten().filter_map(|c| c.exposure.tls.as_ref()).filter(|tls| tls.issuer.is_none()) {
        if told.contains(&&*tls.secret.value) {
            continue;
        }
        told.push(&tls.secret.value);
        let title = format!("assumed to exist in namespace `{namespace}`: Secret `{}`", tls.secret.value);
        let d = Diagnostic::note_of(codes::ASSUMED, title).at(place(tls.secret.origin), "the certificate");
        diagnostics.push(d.why("The gateway reads certificates in its own namespace, not in that of the app."));
    }
}

/// The certificates that are to be made, once each: for a host, and where what shows it looks for it (I24).
fn certificates(apps: &mut [App], hosts: &[&[Claim<'_>]], target: &Target) {
    let mut wanted: Vec<(Str, Str)> = Vec::new();
    for claim in hosts.iter().copied().flatten() {
        let (Some(tls), Some(app)) = (&claim.exposure.tls, apps.get_mut(claim.app)) else { continue };
        let Some(issuer) = &tls.issuer else { continue };
        let namespace = if target.ingress == IngressKind::Nginx { &app.namespace.value } else { &target.gateway.namespace };
        let name = (namespace.clone(), tls.secret.value.clone());
        if !wanted.contains(&name) {
            wanted.push(name);
            let hosts = vec![claim.exposure.host.clone()];
            let (secret, namespace, issuer) = (tls.secret.clone(), namespace.clone(), issuer.clone());
            app.certificates.push(Certificate { secret, namespace, hosts, issuer });
        }
    }
}

/// All claims, host by host in the order of the program.
fn claims<'l>(lowered: &'l [Vec<Lowered>], share: usize, workers: &Workers) -> Vec<Claim<'l>> {
    let parts = (0..).step_by(share).zip(lowered.chunks(share)).collect();
    let found = workers.each(parts, |(first, lowered): (usize, &'l [Vec<Lowered>])| {
        let of_app = |(app, workloads): (usize, &'l Vec<Lowered>)| workloads.iter().flat_map(move |l| claims_of(app, l));
        (first..).zip(lowered).flat_map(of_app).collect::<Vec<_>>()
    });
    let mut claims: Vec<Claim<'_>> = found.into_iter().flatten().collect();
    let mut numbers: FxHashMap<&str, usize> = FxHashMap::default();
    for claim in &mut claims {
        let next = numbers.len();
        claim.host = *numbers.entry(&claim.exposure.host.value).or_insert(next);
    }
    claims.sort_by_key(|c| c.host);
    claims
}

fn claims_of(app: usize, lowered: &Lowered) -> impl Iterator<Item = Claim<'_>> {
    let paths = lowered.exposures.iter().flat_map(|e| e.paths.iter().enumerate().map(move |(number, path)| (e, number, path)));
    paths.map(move |(exposure, number, path)| Claim { host: 0, app, lowered, exposure, path, number })
}

/// A path of a host leads to one tier, and the tiers of a host agree about its certificate. Gives whether all is right.
fn one_tier_each(hosts: &[&[Claim<'_>]], target: &Target, place: &dyn Fn(Origin) -> Span, diagnostics: &mut Diagnostics) -> bool {
    let mut right = true;
    let mut say = |d: Diagnostic| {
        right = false;
        diagnostics.push(d);
    };
    for claims in hosts {
        let mut disagree = false;
        for (number, claim) in claims.iter().enumerate() {
            let (host, path) = (&claim.exposure.host, &*claim.path.value);
            let before = claims.iter().take(number);
            let origin = |c: &Claim<'_>| if path == "/" { c.exposure.host.origin } else { c.path.origin };
            if let Some(first) = before.clone().find(|first| *first.path.value == *path) {
                let whole = path == "/";
                let shown = if whole { host.value.to_string() } else { format!("{}{path}", host.value) };
                let d = Diagnostic::error(codes::SAID_TWICE, format!("two tiers are exposed at `{shown}`"))
                    .at(place(origin(claim)), "this one")
                    .at(place(origin(first)), "and this one");
                say(if whole && target.ingress == IngressKind::None {
                    d.help("give each a host of its own")
                } else {
                    d.help("give each a host of its own, or a path: `path = \"/api\"`")
                });
                continue;
            }
            // VirtualServices of one host are joined in the order in which they were made, whatever their paths; only `/` goes last.
            let nests = |first: &&Claim<'_>| {
                let other = &*first.path.value;
                first.app != claim.app && path != "/" && other != "/" && (is_below(path, other) || is_below(other, path))
            };
            if let Some(first) = before.clone().find(nests).filter(|_| target.ingress == IngressKind::Istio) {
                say(Diagnostic::error(codes::ROUTING, format!("which app gets `{}{path}` depends on which was applied first", host.value))
                    .at(place(claim.path.origin), "one path")
                    .at(place(first.path.origin), "lies within the other, of another app")
                    .why("Istio joins the routes that several apps have for one host in the order of their age, not of their length.")
                    .help("move both tiers into one app, or give one another host"));
            }
            if let Some(first) = before.clone().find(|first| !std::ptr::eq(first.exposure, claim.exposure)) {
                let (a, b) = (&first.exposure.tls, &claim.exposure.tls);
                let issuer = |t: &Tls| t.issuer.as_ref().map(|i| (i.kind, i.name.value.clone()));
                let secret = |t: &Option<Tls>| t.as_ref().map(|t| (t.secret.value.clone(), issuer(t)));
                let at = |t: &Option<Tls>, e: &Exposure| t.as_ref().map_or(e.origin, |t| t.secret.origin);
                if secret(a) != secret(b) && !disagree {
                    disagree = true;
                    say(Diagnostic::error(codes::SAID_TWICE, format!("two tiers disagree about the certificate of `{}`", host.value))
                        .at(place(at(b, claim.exposure)), "this one")
                        .at(place(at(a, first.exposure)), "and this one")
                        .why("A host has one certificate, whatever the path.")
                        .help("say the same `tls` in both"));
                }
            }
        }
    }
    right
}

/// The rules of some claims: longer paths first, those of a tier in the order written.
fn rules(claims: &[&Claim<'_>], all: Names<'_>) -> Vec<Rule> {
    // An Ingress knows a host, a path and a Service.
    let plain = Traffic::default();
    let treats = all.target.ingress != IngressKind::Nginx;
    let mut sorted: Vec<&&Claim<'_>> = claims.iter().collect();
    sorted.sort_by_key(|c| std::cmp::Reverse(if &*c.path.value == "/" { 0 } else { c.path.value.len() }));
    let mut list: Vec<Rule> = Vec::with_capacity(sorted.len());
    for claim in sorted {
        let (e, tier) = (claim.exposure, &claim.lowered.workload.name);
        let prefix = if claim.number == 0 { format!("{tier}-") } else { format!("{tier}-{}-", claim.number + 1) };
        let traffic = if treats { &claim.lowered.traffic } else { &plain };
        for mut rule in all.rules(e.port, traffic, &prefix, Some((claim.path, e.rewrite.as_ref())), e.origin) {
            rule.cors.clone_from(&e.cors);
            if e.preview {
                to_the_preview(&mut rule, &claim.lowered.workload.object.value, all);
            }
            list.push(rule);
        }
    }
    list
}

/// What leads to the tier leads to the Service of its new version instead.
fn to_the_preview(rule: &mut Rule, object: &Str, all: Names<'_>) {
    for to in rule.destinations.iter_mut().filter(|to| to.service().0 == &**object) {
        to.host = all.target.host(&format!("{object}-{PREVIEW}"), to.service().1);
    }
}

/// Several tiers' routes belong to the app, one tier's to the tier.
fn owner(claims: &[&Claim<'_>], app: &App) -> Str {
    let first = claims.first().map(|c| &c.lowered.workload.name);
    if claims.iter().all(|c| Some(&c.lowered.workload.name) == first) {
        first.unwrap_or(&app.name.value).clone()
    } else {
        app.name.value.clone()
    }
}

/// One Ingress a tier and host: what an annotation says holds for a whole Ingress.
fn ingresses(mut apps: Part<'_>, hosts: &[&[Claim<'_>]], all: Names<'_>) {
    for claims in hosts {
        let mut done: Vec<*const Exposure> = Vec::new();
        for claim in *claims {
            let e = claim.exposure;
            if done.contains(&std::ptr::from_ref(e)) {
                continue;
            }
            done.push(e);
            let own: Vec<&Claim<'_>> = claims.iter().filter(|c| std::ptr::eq(c.exposure, e)).collect();
            let Some(app) = apps.get(claim.app) else { continue };
            let name = format!("{}-{}", claim.lowered.workload.object.value, slug(&e.host.value));
            app.routes.push(Routes {
                name: At::new(name.into(), e.host.origin),
                owner: claim.lowered.workload.name.clone(),
                hosts: vec![e.host.clone()],
                grpc: e.grpc,
                from: Entrance::Ingress { class: all.target.gateway.class.clone(), tls: e.tls.clone(), redirect: e.redirect },
                rules: rules(&own, all),
                origin: e.origin,
            });
        }
    }
}

/// A host, and the first claim of the app that has its gateway.
type Home<'h, 'l> = (&'h [Claim<'l>], &'h Claim<'l>);

/// One Gateway an app, and hosts of one certificate share the first app's (I21).
fn homes_of<'h, 'l>(hosts: &[&'h [Claim<'l>]]) -> Vec<Home<'h, 'l>> {
    let mut of_certificate: FxHashMap<&str, &'h Claim<'l>> = FxHashMap::default();
    let home = |claims: &&'h [Claim<'l>]| {
        let first = claims.first()?;
        let home = match &first.exposure.tls {
            Some(tls) => *of_certificate.entry(&tls.secret.value).or_insert(first),
            None => first,
        };
        Some((*claims, home))
    };
    hosts.iter().filter_map(home).collect()
}

/// Writes the Gateways of some apps, and the routes of hosts, which stand in the apps whose tiers they lead to.
fn gateways(mut apps: Part<'_>, hosts: &[Home<'_, '_>], all: Names<'_>) {
    let api = all.target.ingress == IngressKind::GatewayApi;
    for (claims, home) in hosts {
        let Some(e) = claims.first().map(|first| first.exposure) else { continue };
        let mut guests: Vec<&Claim<'_>> = claims.iter().collect();
        guests.dedup_by_key(|c| c.app);
        let redirect = e.tls.is_some() && claims.iter().all(|c| c.exposure.redirect);
        let Some((namespace, name)) = gateway_name(home, all) else { continue };
        if let Some(app) = apps.get(home.app) {
            let (at, class) = (app.name.origin, api.then(|| all.target.gateway.class.clone()));
            let (name, namespace) = (At::new(name.clone(), at), namespace.clone());
            let fresh = || Gateway { name, namespace, class, open_to: Vec::with_capacity(1), servers: Vec::new(), origin: e.origin };
            let gateway = app.gateway.get_or_insert_with(fresh);
            for namespace in guests.iter().filter_map(|guest| all.index.namespace(guest.lowered.tier)) {
                if !gateway.open_to.contains(namespace) {
                    gateway.open_to.push(namespace.clone());
                }
            }
            listen(gateway, e, redirect, api);
        }
        let section = |port: &str| -> Str { format!("{port}-{}", slug(&e.host.value)).into() };
        for guest in guests {
            let Some(app) = apps.get(guest.app) else { continue };
            let listeners = match (api, e.tls.is_some()) {
                (false, _) => Vec::new(),
                (true, true) if redirect => vec![section("https")],
                (true, true) => vec![section("https"), section("http")],
                (true, false) => vec![section("http")],
            };
            let grpc = claims.iter().all(|c| c.exposure.grpc && &*c.path.value == "/");
            let routes = |name_of_object: String, listeners: Vec<Str>, rules: Vec<Rule>, owner: Str| Routes {
                name: At::new(name_of_object.into(), e.host.origin),
                owner,
                hosts: vec![e.host.clone()],
                grpc,
                from: Entrance::Gateway { namespace: namespace.clone(), name: name.clone(), listeners },
                rules,
                origin: e.origin,
            };
            let own: Vec<&Claim<'_>> = claims.iter().filter(|c| c.app == guest.app).collect();
            let owner = owner(&own, app);
            app.routes.reserve_exact(1);
            app.routes.push(routes(slug(&e.host.value), listeners, rules(&own, all), owner.clone()));
            if api && redirect && guest.app == home.app {
                app.routes.push(Routes {
                    grpc: false,
                    ..routes(
                        format!("{}-https", slug(&e.host.value)),
                        vec![section("http")],
                        vec![Rule::to_https(owner.clone(), e.origin)],
                        owner,
                    )
                });
            }
        }
    }
}

/// The namespace and name of the Gateway of the app that a claim is of.
fn gateway_name(home: &Claim<'_>, all: Names<'_>) -> Option<(Str, Str)> {
    let app = all.index.apps.get(home.lowered.tier.app as usize)?;
    Some(if all.target.ingress == IngressKind::GatewayApi {
        (all.target.gateway.namespace.clone(), format!("{}-{}", app.namespace, app.name).into())
    } else {
        (app.namespace.clone(), app.name.clone())
    })
}

/// Adds what a gateway listens for because of a host. Istio's take the hosts of a certificate together; those of the Gateway API have a
/// listener a host.
fn listen(gateway: &mut Gateway, e: &Exposure, redirect: bool, api: bool) {
    let plain = if e.tls.is_some() && redirect { "http" } else { "http-plain" };
    let mut add = |name: String, port: u16, tls: Option<&Tls>, redirect: bool| {
        let name: Str =
            if api { format!("{}-{}", if tls.is_some() { "https" } else { "http" }, slug(&e.host.value)).into() } else { name.into() };
        match gateway.servers.iter_mut().find(|s| s.name == name) {
            Some(server) => server.hosts.push(e.host.clone()),
            None => {
                gateway.servers.reserve_exact(1);
                gateway.servers.push(Server { name, port, hosts: vec![e.host.clone()], tls: tls.cloned(), redirect, origin: e.origin });
            }
        }
    };
    if let Some(tls) = &e.tls {
        add(format!("https-{}", tls.secret.value), 443, Some(tls), false);
    }
    add(plain.to_owned(), 80, None, redirect);
}
