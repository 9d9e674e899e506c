//! How requests find workloads: VirtualService and Istio's Gateway, the certificates of hosts, and which kind says it.

use super::labels;
use crate::kinds::Pair;
use crate::kinds::cert_manager::Certificate;
use crate::kinds::istio::{self, Gateway, HttpMatch, HttpRoute, VirtualService};
use crate::plan::model::routing::{
    Certificate as Wanted, Cors, Destination, Entrance, Gateway as Door, HeaderChanges, HeaderMatch, PathMatch, RouteMatch, Routes, Rule,
    TextMatch,
};
use crate::plan::model::{App, At, Plan, Str};
use crate::tape::{Tape, Tapes, key};
use std::fmt::Write as _;

/// Writes the gateway and the routes of an app.
pub(super) fn emit(app: &App, plan: &Plan, out: &mut Tapes) {
    if let Some(door) = &app.gateway {
        match &door.class {
            None => gateway(app, door, plan, out),
            Some(class) => super::gateway::gateway(app, door, class, out),
        }
    }
    for wanted in &app.certificates {
        certificate(app, wanted, out);
    }
    for routes in &app.routes {
        match &routes.from {
            Entrance::Mesh => virtual_service(app, routes, &[], out),
            Entrance::Waypoint { .. } => super::gateway::route(app, routes, out),
            Entrance::Gateway { listeners, .. } if !listeners.is_empty() => super::gateway::route(app, routes, out),
            Entrance::Gateway { namespace, name, .. } => {
                virtual_service(
                    app,
                    routes,
                    &[if *namespace == app.namespace.value { name.to_string() } else { format!("{namespace}/{name}") }],
                    out,
                );
            }
            Entrance::Ingress { class, tls, redirect } => {
                super::ingress::ingress(app, routes, class, tls.as_ref(), *redirect, out);
            }
        }
    }
}

fn gateway(app: &App, door: &Door, plan: &Plan, out: &mut Tapes) {
    Gateway::write(out, door.origin, |o| {
        o.metadata(|m| labels::app(m, app, &app.name.value, &door.name));
        o.spec(|s| {
            s.selector(plan.target.gateway.pods.iter().map(|(k, v)| (&**k, v)));
            s.servers(
                &door.servers,
                |server| server.origin,
                |s, server| {
                    s.port(|p| {
                        p.number(server.port).name(&server.name).protocol(if server.tls.is_some() { "HTTPS" } else { "HTTP" });
                    });
                    s.hosts(&server.hosts);
                    if let Some(tls) = &server.tls {
                        s.tls(|t| {
                            t.mode("SIMPLE").credential_name(&tls.secret);
                        });
                    } else if server.redirect {
                        s.tls(|t| {
                            t.https_redirect(true);
                        });
                    }
                },
            );
        });
    });
}

/// A certificate that cert-manager makes, where the Secret does not exist already.
fn certificate(app: &App, wanted: &Wanted, out: &mut Tapes) {
    Certificate::write(out, wanted.secret.origin, |o| {
        o.metadata(|m| labels::app_in(m, app, &app.name.value, &wanted.secret, &wanted.namespace));
        o.spec(|s| {
            s.secret_name(&wanted.secret).dns_names(&wanted.hosts);
            s.issuer_ref(|r| {
                r.group("cert-manager.io").kind(wanted.issuer.kind).name(&wanted.issuer.name);
            });
        });
    });
}

fn virtual_service(app: &App, routes: &Routes, gateways: &[String], out: &mut Tapes) {
    VirtualService::write(out, routes.origin, |o| {
        o.metadata(|m| labels::app(m, app, &routes.owner, &routes.name));
        o.spec(|s| {
            s.hosts(&routes.hosts).gateways(gateways.iter().map(String::as_str));
            s.http(&routes.rules, |rule| rule.origin, http);
        });
    });
}

fn http(h: &mut HttpRoute<'_>, rule: &Rule) {
    h.name(&rule.name);
    h.matches(alternatives(rule), |(found, _)| found.origin, |m, (found, uri)| matches(m, found, &uri));
    h.route(
        &rule.destinations,
        |to| to.origin,
        |r, to| {
            r.destination(|d| destination(d, to)).weight(&to.weight);
        },
    );
    if let Some(rewrite) = &rule.rewrite
        && let Some((pattern, replacement)) = rewriting(rule, &rewrite.value)
    {
        h.rewrite(|r| {
            r.uri_regex_rewrite(|r| {
                r.matches(&*pattern).rewrite(At::new(&*replacement, rewrite.origin));
            });
        });
    }
    h.timeout(&rule.timeout);
    if let Some(retries) = &rule.retries {
        let on: Vec<&str> = retries.on.iter().map(|o| &*o.value).collect();
        let on = on.join(",");
        h.retries(|r| {
            r.attempts(&retries.attempts).per_try_timeout(&retries.per_try).retry_on(Some(&*on).filter(|on| !on.is_empty()));
        });
    }
    if let Some(fault) = &rule.fault {
        h.fault(|f| {
            if let Some((share, delay)) = &fault.delay {
                f.delay(|d| {
                    d.percentage(|p| {
                        p.value(share);
                    });
                    d.fixed_delay(delay);
                });
            }
            if let Some((share, status)) = &fault.abort {
                f.abort(|a| {
                    a.percentage(|p| {
                        p.value(share);
                    });
                    a.http_status(status);
                });
            }
        });
    }
    if let Some(mirror) = &rule.mirror {
        h.mirror(|d| destination(d, &mirror.destination)).mirror_percentage(|p| {
            p.value(&mirror.share);
        });
    }
    if let Some(cors) = &rule.cors {
        h.cors_policy(|c| cross_origin(c, cors));
    }
    if !rule.request_headers.is_empty() || !rule.response_headers.is_empty() {
        h.headers(|h| {
            if !rule.request_headers.is_empty() {
                h.request(|o| changes(o, &rule.request_headers));
            }
            if !rule.response_headers.is_empty() {
                h.response(|o| changes(o, &rule.response_headers));
            }
        });
    }
}

/// How a path is compared.
enum Uri<'r> {
    Any,
    Exact(&'r At<Str>),
    /// With a slash behind it.
    Below(&'r At<Str>),
}

/// Istio's prefix ends in the middle of a word (`/api` holds `/apix`): whole segments are the path itself, or the path with a slash.
fn alternatives(rule: &Rule) -> impl Iterator<Item = (&RouteMatch, Uri<'_>)> {
    rule.matches.iter().flat_map(|m| match &m.path {
        None => vec![(m, Uri::Any)],
        Some(PathMatch::Exact(path)) => vec![(m, Uri::Exact(path))],
        Some(PathMatch::Prefix(path)) => vec![(m, Uri::Exact(path)), (m, Uri::Below(path))],
    })
}

fn matches(m: &mut HttpMatch<'_>, found: &RouteMatch, uri: &Uri<'_>) {
    match uri {
        Uri::Any => {}
        Uri::Exact(path) => {
            m.uri(|u| {
                u.exact(*path);
            });
        }
        Uri::Below(path) => {
            let below = format!("{}/", path.value);
            m.uri(|u| {
                u.prefix(At::new(&*below, path.origin));
            });
        }
    }
    m.headers(found.headers.iter().map(Header)).port(found.port);
}

/// A condition on a header, as an entry of the map.
struct Header<'a>(&'a HeaderMatch);

impl Pair for Header<'_> {
    fn put(self, tape: &mut Tape) {
        let name = tape.intern(&self.0.name.value);
        let map = tape.map(name, self.0.name.origin);
        match &self.0.value {
            TextMatch::Exact(text) => tape.str(key("exact"), &text.value, text.origin),
            TextMatch::Prefix(text) => tape.str(key("prefix"), &text.value, text.origin),
            TextMatch::Regex(text) => tape.str(key("regex"), &text.value, text.origin),
        }
        tape.close(map);
    }
}

/// The expression that takes the matched path, and what it becomes; nothing where both are the same.
fn rewriting(rule: &Rule, rewrite: &str) -> Option<(String, String)> {
    let path = rule.matches.iter().find_map(|m| m.path.as_ref()).map_or("", |p| p.path().value.trim_end_matches('/'));
    let rewrite = rewrite.trim_end_matches('/');
    if path == rewrite {
        return None;
    }
    let mut pattern = String::from("^");
    for c in path.chars() {
        if !(c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_')) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    // The root has a slash of its own; below another path the rest brings it.
    let mut replacement = rewrite.replace('\\', "\\\\");
    if rewrite.is_empty() {
        pattern.push_str("/?(.*)$");
        replacement.push_str("/\\1");
    } else {
        pattern.push_str(if path.is_empty() { "(/.*)$" } else { "(/.*)?$" });
        replacement.push_str("\\1");
    }
    Some((pattern, replacement))
}

fn destination(d: &mut istio::Destination<'_>, to: &Destination) {
    d.host(&to.host).subset(&to.subset).port(|p| {
        p.number(to.port);
    });
}

fn cross_origin(c: &mut istio::CorsPolicy<'_>, cors: &Cors) {
    c.allow_origins(
        &cors.origins,
        |origin| origin.origin,
        |m, origin| {
            if &*origin.value == "*" {
                m.regex(".*");
            } else {
                m.exact(origin);
            }
        },
    );
    c.allow_methods(&cors.methods).allow_headers(&cors.headers).expose_headers(&cors.expose);
    let mut age = String::new();
    if let Some(seconds) = &cors.max_age {
        // Writing to a String cannot fail.
        let _ = write!(age, "{}s", seconds.value);
        c.max_age(At::new(&*age, seconds.origin));
    }
    c.allow_credentials(&cors.credentials);
}

fn changes(o: &mut istio::HeaderOperations<'_>, changes: &HeaderChanges) {
    o.set(&changes.set).add(&changes.add).remove(&changes.remove);
}
