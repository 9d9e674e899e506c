//! Splits the routes of tiers whose requests go to two versions or more: between the versions of a release, or between those that stand side by side.
//!
//! What Istio's own routes say in sidecars tells versions apart by subsets of the one Service that clients know: so one DestinationRule holds for
//! both, whatever `traffic` says, and the account and the host that policies and metrics know stay one. Routes of the Gateway API and Ingresses know
//! no subsets, nor do routes through a waypoint: there each version has a Service of its own.

use super::model::release::{CANARY, Canary, Release, Router, STABLE, Step};
use super::model::routing::{Destination, DestinationPolicy, Entrance, Routes, Rule, Subset};
use super::model::{App, At, Controller, Mesh, Str, Target};
use super::traffic::Names;
use super::workload::Lowered;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::source::Span;
use crate::tape::Origin;
use rustc_hash::FxHashSet;

/// How the versions behind a route are told apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// By subsets of the tier's Service, in a VirtualService.
    Subsets,
    /// By Services, in a VirtualService: whatever stands before a pod without a sidecar.
    Hosts,
    /// By Services, in a route of the Gateway API.
    Route,
    /// By Services, in Ingresses of which the controller writes a second.
    Ingress,
}

impl By {
    fn of(routes: &Routes, target: &Target) -> By {
        match &routes.from {
            Entrance::Ingress { .. } => By::Ingress,
            Entrance::Gateway { listeners, .. } if !listeners.is_empty() => By::Route,
            Entrance::Waypoint { .. } => By::Route,
            Entrance::Mesh | Entrance::Gateway { .. } if target.mesh == Mesh::Istio => By::Subsets,
            Entrance::Mesh | Entrance::Gateway { .. } => By::Hosts,
        }
    }
}

/// Gives the routes of tiers with a canary both versions, all on the stable one at first (A39, A51), and their DestinationRules the subsets.
pub fn split(
    apps: &mut [App],
    lowered: &mut [Vec<Lowered>],
    names: Names<'_>,
    place: &dyn Fn(Origin) -> Span,
    diagnostics: &mut Diagnostics,
) {
    let called: FxHashSet<_> =
        lowered.iter().flatten().flat_map(|l| l.uses.iter().filter(|(p, _)| p.tier != l.tier).map(|(p, _)| p.tier)).collect();
    for (app, workloads) in apps.iter_mut().zip(lowered) {
        let namespace = app.namespace.value.clone();
        for l in workloads {
            let object = l.workload.object.value.clone();
            let host = names.target.host(&object, &namespace);
            let inside = called.contains(&l.tier) && names.target.mesh == Mesh::None;
            match &mut l.workload.controller {
                Controller::Versions(all) => {
                    let (mut by_subsets, mut by_services) = (false, false);
                    for routes in &mut app.routes {
                        let by = By::of(routes, names.target);
                        let hosts = |workload: &str| names.target.host(workload, &namespace);
                        if super::versions::split(&mut routes.rules, all, &object, &host, by, &hosts) {
                            by_subsets |= by == By::Subsets;
                            by_services |= by != By::Subsets;
                        }
                    }
                    if by_subsets {
                        let policy =
                            l.workload.destination.get_or_insert_with(|| Box::new(DestinationPolicy::of(host.clone(), l.workload.origin)));
                        super::versions::subsets(policy, all);
                    }
                    if let Some(policy) = l.workload.destination.as_mut().filter(|_| by_services) {
                        policy.also.extend(all.iter().map(|v| v.workload.runs_as().value.clone()));
                    }
                    if inside {
                        diagnostics.push(unsplit(&l.workload.name, l.workload.origin, place, "are spread over the pods of all versions"));
                    }
                }
                Controller::Rollout { release, .. } => {
                    let Release::Canary(canary) = &mut **release else { continue };
                    let at = canary.origin;
                    let Some(subsets) = of_release(canary, &object, &host, app, names, place, diagnostics) else { continue };
                    if let Some(subsets) = subsets {
                        let policy = l.workload.destination.get_or_insert_with(|| Box::new(DestinationPolicy::of(host.clone(), at)));
                        policy.subsets.extend(subsets);
                    }
                    let by_services = canary.router.as_deref().is_some_and(Router::tells_services_apart);
                    if let (Some(policy), Some((stable, new))) = (l.workload.destination.as_mut().filter(|_| by_services), &canary.services)
                    {
                        policy.also.extend([stable, new].into_iter().filter(|s| **s != object).cloned());
                    }
                    if inside {
                        diagnostics.push(unsplit(&l.workload.name, at, place, "stay with the old version until the release is over"));
                    }
                }
                _ => {}
            }
        }
    }
}

/// Only what comes in from outside passes the router (A42, the other way round).
fn unsplit(tier: &str, at: Origin, place: &dyn Fn(Origin) -> Span, what: &str) -> Diagnostic {
    Diagnostic::note_of(codes::NO_EFFECT, format!("requests of other tiers to `{tier}` {what}"))
        .at(place(at), "splits what comes in from outside")
        .why("Without a mesh nothing stands between two pods: the shares are those of the ingress.")
        .help("where Istio runs in the cluster, its proxies split these too: `target { mesh = istio }`")
}

/// Both versions in every rule that leads to the tier. Gives the subsets that its DestinationRule needs, if any; `None` where nothing splits requests.
fn of_release(
    canary: &mut Canary,
    object: &Str,
    host: &Str,
    app: &mut App,
    names: Names<'_>,
    place: &dyn Fn(Origin) -> Span,
    diagnostics: &mut Diagnostics,
) -> Option<Option<Vec<Subset>>> {
    let (marks, origin) = (canary.when(), canary.origin);
    let (stable, new) = canary.services.clone()?;
    let router = canary.router.as_mut()?;
    let mut by_subsets = names.target.mesh == Mesh::Istio;
    for routes in &mut app.routes {
        let by = By::of(routes, names.target);
        let others = routes
            .rules
            .iter()
            .any(|r| r.workload != *object || r.rewrite.is_some() || r.matches.iter().any(|m| m.path.is_some() || m.port.is_some()));
        let mut own: Vec<Str> = Vec::new();
        let mut lost: Option<(&'static str, Origin)> = None;
        for rule in routes.rules.iter_mut().filter(|r| r.workload == *object) {
            let [to] = rule.destinations.as_slice() else { continue };
            if to.host != *host || to.subset.is_some() {
                continue;
            }
            rule.destinations = between(to, by, (&stable, &new), &|name| names.target.host(name, &app.namespace.value), origin);
            own.push(rule.name.clone());
            lost = lost.or_else(|| left_out(rule, by));
        }
        if own.is_empty() {
            continue;
        }
        let shown = routes.hosts.first().map_or("", |h| &*h.value);
        match (marks, lost) {
            (Some((word, at)), _) if others && matches!(by, By::Subsets | By::Hosts) => {
                diagnostics.push(takes_all(word, at, shown, routes.origin, object, place));
            }
            (Some((word, at)), Some((what, said))) => diagnostics.push(without(word, at, what, said, shown, place)),
            _ => {}
        }
        record(router, routes, by, own);
        by_subsets |= by == By::Subsets;
    }
    // Proxies of pods copy requests; those from outside come in past them.
    let copies = canary.steps.iter().find(|s| matches!(s.value, Step::Mirror(share) if share > 0)).map(|s| s.origin);
    let past = !(router.http.is_empty() && router.grpc.is_empty() && router.ingresses.is_empty());
    if let Some(at) = copies.filter(|_| past) {
        diagnostics.push(
            Diagnostic::note_of(codes::NO_EFFECT, "no copies are made of requests from outside")
                .at(place(at), "of requests between tiers alone")
                .why("Argo Rollouts tells the mesh's proxies to copy, and has no such word for the ingress.")
                .help("`target { ingress = istio }` copies these too"),
        );
    }
    router.destination = (by_subsets && !router.routes.is_empty()).then(|| object.clone());
    let subset = |name: &str| Subset { name: name.into(), labels: Vec::new(), origin };
    Some(router.destination.is_some().then(|| vec![subset(STABLE), subset(CANARY)]))
}

/// Where requests go that went to the tier: to both versions, or to the stable one where the controller writes the other side itself.
fn between(to: &Destination, by: By, (stable, new): (&Str, &Str), host: &dyn Fn(&str) -> Str, origin: Origin) -> Vec<Destination> {
    let part = |name: &Str, subset: &str, weight: i64| {
        let weight = At::new(weight, origin);
        match by {
            By::Subsets => Destination { subset: Some(subset.into()), weight, ..to.clone() },
            _ => Destination { host: host(name), weight, ..to.clone() },
        }
    };
    match by {
        By::Ingress => vec![part(stable, STABLE, 100)],
        _ => vec![part(stable, STABLE, 100), part(new, CANARY, 0)],
    }
}

/// Tells the controller which object it changes (A36, A38).
fn record(router: &mut Router, routes: &Routes, by: By, rules: Vec<Str>) {
    let name = routes.name.value.clone();
    match by {
        By::Subsets | By::Hosts => router.routes.push((name, rules)),
        By::Route if routes.grpc => router.grpc.push(name),
        By::Route => router.http.push(name),
        By::Ingress => router.ingresses.push(name),
    }
}

/// What of a rule the controller leaves out of its own: of a VirtualService it takes the destination alone, of a route of the Gateway API matches
/// and filters too.
fn left_out(rule: &Rule, by: By) -> Option<(&'static str, Origin)> {
    let timeout = rule.timeout.as_ref().map(|t| ("timeout", t.origin));
    match by {
        By::Ingress => None,
        By::Route => timeout,
        By::Subsets | By::Hosts => {
            let headers = rule.request_headers.first_origin().or(rule.response_headers.first_origin());
            timeout
                .or(rule.retries.as_ref().map(|r| ("retries", r.origin)))
                .or(rule.fault.as_ref().map(|f| ("fault", f.origin)))
                .or(rule.mirror.as_ref().map(|m| ("mirror", m.share.origin)))
                .or(headers.map(|at| ("headers", at)))
                .or(rule.cors.as_ref().map(|c| ("cors", c.origin)))
        }
    }
}

/// A rule of the controller's own would stand before those of other paths.
fn takes_all(word: &str, at: Origin, host: &str, rules: Origin, tier: &str, place: &dyn Fn(Origin) -> Span) -> Diagnostic {
    Diagnostic::error(codes::ROLLOUT, format!("`{word}` would take requests to `{host}` that other rules lead elsewhere"))
        .at(place(at), "for every path")
        .at(place(rules), "these rules")
        .why("While a release goes on the controller puts its own rule before all others of the host, and that one knows no path and no rewrite.")
        .help(format!("give `{tier}` a host of its own, or take `{word}` away"))
}

/// A rule of the controller's own says less than the one that it is made from.
fn without(word: &str, at: Origin, what: &str, said: Origin, host: &str, place: &dyn Fn(Origin) -> Span) -> Diagnostic {
    let title = if word == "when" {
        format!("requests that `when` marks go without `{what}`")
    } else {
        format!("requests go without `{what}` while a release copies some of them")
    };
    Diagnostic::note_of(codes::NO_EFFECT, title)
        .at(place(said), "not in that rule")
        .at(place(at), "puts a rule of the controller's own before the others")
        .why(format!("The controller makes that rule of `{host}` itself: it takes over where requests go, and not what is done to them."))
        .help("there is no setting for it; where it matters, let the client or the server keep to it by itself")
}
