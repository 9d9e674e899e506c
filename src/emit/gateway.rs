//! Routes of the Gateway API: Gateway, HTTPRoute, GRPCRoute.

use super::{inherited, labels};
use crate::kinds::gateway::{
    BackendReference, CorsFilter, GRPCRoute, Gateway, HTTPRoute, HeaderFilter, HeaderValue, RequestMirror, RouteFilter, RouteMatch,
    RouteRule, RouteSpec,
};
use crate::plan::model::routing::{
    Cors, Destination, Entrance, Gateway as Door, HeaderChanges, Mirror, PathMatch, RouteMatch as Match, Routes, Rule, TextMatch,
};
use crate::plan::model::{App, At, Str};
use crate::tape::{Key, Tapes, key};

/// The label that the API server gives every namespace: its name.
const NAMESPACE: Key = key("kubernetes.io/metadata.name");

/// One listener a host: each has a certificate of its own, and takes routes of the namespaces whose tiers it leads to.
pub(super) fn gateway(app: &App, door: &Door, class: &Str, out: &mut Tapes) {
    Gateway::write(out, door.origin, |o| {
        o.metadata(|m| labels::app_in(m, app, &app.name.value, &door.name, &door.namespace));
        o.spec(|s| {
            s.gateway_class_name(class).listeners(
                &door.servers,
                |server| server.origin,
                |l, server| {
                    l.name(&server.name).hostname(server.hosts.first()).port(server.port);
                    l.protocol(if server.tls.is_some() { "HTTPS" } else { "HTTP" });
                    if let Some(tls) = &server.tls {
                        l.tls(|t| {
                            t.mode("Terminate").certificate_refs(
                                [&tls.secret],
                                |secret| secret.origin,
                                |r, secret| {
                                    r.name(secret);
                                },
                            );
                        });
                    }
                    l.allowed_routes(|a| {
                        a.namespaces(|n| {
                            n.from("Selector").selector(|s| match door.open_to.as_slice() {
                                [one] => {
                                    s.match_labels([(NAMESPACE, one)]);
                                }
                                several => {
                                    s.match_expressions([several], inherited, |e, several| {
                                        e.key("kubernetes.io/metadata.name").operator("In").values(several);
                                    });
                                }
                            });
                        });
                    });
                },
            );
        });
    });
}

/// A route: of a Gateway, or of a Service that a waypoint stands before.
pub(super) fn route(app: &App, routes: &Routes, out: &mut Tapes) {
    if routes.grpc {
        GRPCRoute::write(out, routes.origin, |o| {
            o.metadata(|m| labels::app(m, app, &routes.owner, &routes.name)).spec(|s| spec(s, app, routes));
        });
    } else {
        HTTPRoute::write(out, routes.origin, |o| {
            o.metadata(|m| labels::app(m, app, &routes.owner, &routes.name)).spec(|s| spec(s, app, routes));
        });
    }
}

fn spec(s: &mut RouteSpec<'_>, app: &App, routes: &Routes) {
    match &routes.from {
        Entrance::Gateway { namespace, name, listeners } => {
            s.parent_refs(listeners, inherited, |p, listener| {
                p.name(name).namespace(Some(namespace).filter(|n| **n != app.namespace.value)).section_name(listener);
            });
            s.hostnames(&routes.hosts);
        }
        // What asks for a Service is told by its address: such a route has no host names.
        Entrance::Waypoint { service, port } => {
            s.parent_refs([(service, *port)], inherited, |p, (service, port)| {
                p.group("").kind("Service").name(service).port(port);
            });
        }
        Entrance::Mesh | Entrance::Ingress { .. } => {}
    }
    s.rules(&routes.rules, |rule| rule.origin, |r, found| rule(r, app, found, routes.grpc));
}

fn rule(r: &mut RouteRule<'_>, app: &App, rule: &Rule, grpc: bool) {
    r.name(&rule.name);
    r.matches(&rule.matches, |m| m.origin, |m, found| matches(m, found, grpc));
    r.filters(filters(rule), inherited, |f, what| filter(f, app, what));
    r.backend_refs(
        &rule.destinations,
        |to| to.origin,
        |b, to| {
            backend(b, app, to);
            b.weight(&to.weight);
        },
    );
    if rule.timeout.is_some() {
        r.timeouts(|t| {
            t.request(&rule.timeout);
        });
    }
}

/// A match of HTTP has a path: the server would add that of all. One of gRPC knows none.
fn matches(m: &mut RouteMatch<'_>, found: &Match, grpc: bool) {
    if let Some(path) = &found.path {
        m.path(|p| {
            match path {
                PathMatch::Exact(path) => p.kind("Exact").value(path),
                PathMatch::Prefix(path) => p.kind("PathPrefix").value(path),
            };
        });
    } else if !grpc {
        m.path(|p| {
            p.kind("PathPrefix").value("/");
        });
    }
    m.headers(
        &found.headers,
        |header| header.name.origin,
        |h, header| {
            match &header.value {
                TextMatch::Exact(text) => h.kind("Exact").name(&header.name).value(text),
                TextMatch::Regex(text) => h.kind("RegularExpression").name(&header.name).value(text),
                // A beginning is an expression there, in which only letters and digits mean themselves for certain.
                TextMatch::Prefix(text) => {
                    let escaped = |c: char| if c.is_alphanumeric() { c.to_string() } else { format!("\\{c}") };
                    let pattern = format!("^{}.*", text.value.chars().map(escaped).collect::<String>());
                    h.kind("RegularExpression").name(&header.name).value(At::new(&*pattern, text.origin))
                }
            };
        },
    );
}

/// What is done to requests, each a filter.
#[derive(Clone, Copy)]
enum Filter<'r> {
    ToHttps,
    Request(&'r HeaderChanges),
    Response(&'r HeaderChanges),
    Mirror(&'r Mirror),
    Rewrite(&'r At<Str>),
    Cors(&'r Cors),
}

fn filters(rule: &Rule) -> Vec<Filter<'_>> {
    let changes = |c: &HeaderChanges| !c.is_empty();
    let all = [
        rule.to_https.then_some(Filter::ToHttps),
        changes(&rule.request_headers).then_some(Filter::Request(&rule.request_headers)),
        changes(&rule.response_headers).then_some(Filter::Response(&rule.response_headers)),
        rule.mirror.as_deref().map(Filter::Mirror),
        rule.rewrite.as_ref().map(Filter::Rewrite),
        rule.cors.as_deref().map(Filter::Cors),
    ];
    all.into_iter().flatten().collect()
}

fn filter(f: &mut RouteFilter<'_>, app: &App, what: Filter<'_>) {
    match what {
        Filter::ToHttps => f.kind("RequestRedirect").request_redirect(|r| {
            r.scheme("https").status_code(301_i64);
        }),
        Filter::Request(c) => f.kind("RequestHeaderModifier").request_header_modifier(|h| changes(h, c)),
        Filter::Response(c) => f.kind("ResponseHeaderModifier").response_header_modifier(|h| changes(h, c)),
        Filter::Mirror(m) => f.kind("RequestMirror").request_mirror(|r| mirror(r, app, m)),
        Filter::Rewrite(path) => f.kind("URLRewrite").url_rewrite(|u| {
            u.path(|p| {
                p.kind("ReplacePrefixMatch").replace_prefix_match(path);
            });
        }),
        Filter::Cors(c) => f.kind("CORS").cors(|f| cors(f, c)),
    };
}

fn changes(h: &mut HeaderFilter<'_>, changes: &HeaderChanges) {
    for (list, adds) in [(&changes.set, false), (&changes.add, true)] {
        let put = |v: &mut HeaderValue<'_>, (name, value): &(Str, At<Str>)| {
            v.name(name).value(value);
        };
        if adds {
            h.add(list, |(_, value)| value.origin, put);
        } else {
            h.set(list, |(_, value)| value.origin, put);
        }
    }
    h.remove(&changes.remove);
}

/// A share of whole percent is one, and any other a fraction of a million.
fn mirror(r: &mut RequestMirror<'_>, app: &App, mirror: &Mirror) {
    r.backend_ref(|b| backend(b, app, &mirror.destination));
    match mirror.share.value.whole() {
        Some(100) => {}
        Some(percent) => {
            r.percent(percent);
        }
        None => {
            r.fraction(|f| {
                f.numerator(mirror.share.value.parts_per_million()).denominator(1_000_000_i64);
            });
        }
    }
}

fn cors(f: &mut CorsFilter<'_>, cors: &Cors) {
    f.allow_origins(&cors.origins).allow_methods(&cors.methods).allow_headers(&cors.headers).expose_headers(&cors.expose);
    f.max_age(&cors.max_age).allow_credentials(&cors.credentials);
}

/// A Service of the app's namespace is named alone.
fn backend(b: &mut BackendReference<'_>, app: &App, to: &Destination) {
    let (name, namespace) = to.service();
    b.name(name).namespace(Some(namespace).filter(|n| **n != *app.namespace.value)).port(to.port);
}
