//! Ingresses of networking.k8s.io/v1, with the annotations of ingress-nginx for what the kind itself cannot say (N5).

use super::labels;
use crate::kinds::networking::{Ingress, IngressPath};
use crate::plan::model::routing::{Cors, PathMatch, Routes, Rule, Tls};
use crate::plan::model::{App, At, Str};
use crate::tape::Tapes;

/// An Ingress of one tier and host. An annotation holds for a whole Ingress, so that each has one of its own.
pub(super) fn ingress(app: &App, routes: &Routes, class: &Str, tls: Option<&Tls>, redirect: bool, out: &mut Tapes) {
    let notes = annotations(routes, tls.is_some(), redirect);
    Ingress::write(out, routes.origin, |o| {
        o.metadata(|m| labels::app_with(m, app, &routes.owner, &routes.name, &notes));
        o.spec(|s| {
            s.ingress_class_name(class).tls(
                tls,
                |tls| tls.secret.origin,
                |t, tls| {
                    t.hosts(&routes.hosts).secret_name(&tls.secret);
                },
            );
            s.rules(
                &routes.hosts,
                |host| host.origin,
                |r, host| {
                    r.host(host).http(|h| {
                        h.paths(&routes.rules, |rule| rule.origin, path);
                    });
                },
            );
        });
    });
}

/// Whole segments, as `Prefix` compares them; where the path is replaced, an expression that keeps what lies below it.
fn path(p: &mut IngressPath<'_>, rule: &Rule) {
    let found = rule.matches.iter().find_map(|m| m.path.as_ref()).map(PathMatch::path);
    let whole = At::default_of(Str::from("/"));
    let found = found.unwrap_or(&whole);
    if rule.rewrite.is_some() {
        let pattern = format!("{}(/|$)(.*)", found.value.trim_end_matches('/'));
        p.path(At::new(&*pattern, found.origin)).path_type("ImplementationSpecific");
    } else {
        p.path(found).path_type("Prefix");
    }
    let Some(to) = rule.destinations.first() else { return };
    p.backend(|b| {
        b.service(|s| {
            s.name(to.service().0).port(|p| {
                p.number(to.port);
            });
        });
    });
}

fn annotations(routes: &Routes, encrypted: bool, redirect: bool) -> Vec<(Str, At<Str>)> {
    let mut all: Vec<(Str, At<Str>)> = Vec::new();
    let mut note = |name: &str, value: At<Str>| all.push((format!("nginx.ingress.kubernetes.io/{name}").into(), value));
    if routes.grpc {
        note("backend-protocol", At::default_of("GRPC".into()));
    }
    if encrypted && !redirect {
        note("ssl-redirect", At::default_of("false".into()));
    }
    if let Some(rewrite) = routes.rules.iter().find_map(|r| r.rewrite.as_ref()) {
        note("use-regex", At::new("true".into(), rewrite.origin));
        note("rewrite-target", At::new(format!("{}/$2", rewrite.value.trim_end_matches('/')).into(), rewrite.origin));
    }
    if let Some(cors) = routes.rules.iter().find_map(|r| r.cors.as_ref()) {
        cross_origin(cors, &mut note);
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

fn cross_origin(cors: &Cors, note: &mut impl FnMut(&str, At<Str>)) {
    let list = |l: &[At<Str>]| l.iter().map(|x| &*x.value).collect::<Vec<_>>().join(", ");
    note("enable-cors", At::new("true".into(), cors.origin));
    let lists = [
        ("cors-allow-origin", &cors.origins),
        ("cors-allow-methods", &cors.methods),
        ("cors-allow-headers", &cors.headers),
        ("cors-expose-headers", &cors.expose),
    ];
    for (name, values) in lists.into_iter().filter(|(_, values)| !values.is_empty()) {
        note(name, At::new(list(values).into(), cors.origin));
    }
    if let Some(seconds) = &cors.max_age {
        note("cors-max-age", At::new(seconds.value.to_string().into(), seconds.origin));
    }
    // Where nothing is said, ingress-nginx lets cookies come.
    let credentials = cors.credentials.as_ref().is_some_and(|c| c.value);
    note("cors-allow-credentials", At::new(credentials.to_string().into(), cors.origin));
}
