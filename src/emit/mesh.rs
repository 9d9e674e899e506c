//! What the mesh is told of workloads: who may call them, whom their proxies know, how connections to them are kept.

use super::{inherited, labels};
use crate::kinds::Pair;
use crate::kinds::istio::{
    AuthorizationPolicy, AuthorizationPolicySpec, AuthorizationRule, DestinationRule, LoadBalancer, PeerAuthentication, ServiceEntry,
    Sidecar, TrafficPolicy,
};
use crate::plan::model::mesh::{Allow, Before, Callers, Member, Outside};
use crate::plan::model::routing::{DestinationPolicy, Sticky};
use crate::plan::model::{App, At, Plan, Str, Workload};
use crate::tape::{Origin, Tape, Tapes, key};

/// Writes what the mesh is told of an app.
pub(super) fn emit(app: &App, plan: &Plan, out: &mut Tapes) {
    for workload in &app.workloads {
        if let Some(member) = &workload.mesh {
            if member.alone || !member.plain.is_empty() {
                peers(app, workload, member, out);
            }
            if member.alone || !member.allow.is_empty() {
                callers(app, workload, member, out);
            }
            if let Some(before) = &member.waypoint {
                requests(app, workload, before, out);
            }
            if !member.reach.is_empty() {
                scope(app, workload, member, out);
            }
        }
        if let Some(policy) = &workload.destination {
            destination(app, workload, policy, None, plan, out);
            for service in policy.also.iter().filter(|_| says_anything(policy)) {
                destination(app, workload, policy, Some(service), plan, out);
            }
        }
    }
    for outside in &app.outside {
        entry(app, outside, out);
    }
}

/// Encrypted connections alone, but for ports whose clients have no proxy.
fn peers(app: &App, workload: &Workload, member: &Member, out: &mut Tapes) {
    PeerAuthentication::write(out, workload.origin, |o| {
        o.metadata(|m| labels::workload(m, app, workload, &workload.object));
        o.spec(|s| {
            s.selector(|s| {
                s.match_labels(labels::matching(&workload.object.value));
            });
            s.mtls(|m| {
                m.mode("STRICT");
            });
            s.port_level_mtls(member.plain.iter().map(Permissive));
        });
    });
}

/// A port that takes plain connections too.
struct Permissive<'a>(&'a At<u16>);

impl Pair for Permissive<'_> {
    fn put(self, tape: &mut Tape) {
        let port = tape.intern(&self.0.value.to_string());
        let map = tape.map(port, self.0.origin);
        tape.str(key("mode"), "PERMISSIVE", Origin::NONE);
        tape.close(map);
    }
}

/// By the accounts of those who connect, to the pods of the workload that it is written with (I30): a proxy proves the account, and the address
/// proves nothing.
fn callers(app: &App, workload: &Workload, member: &Member, out: &mut Tapes) {
    AuthorizationPolicy::write(out, workload.origin, |o| {
        o.metadata(|m| labels::workload(m, app, workload, &workload.object));
        o.spec(|s: &mut AuthorizationPolicySpec<'_>| {
            s.selector(|s| {
                s.match_labels(labels::matching(&workload.object.value));
            });
            s.action("ALLOW").rules(&member.allow, |allow| allow.origin, rule);
        });
    });
}

/// The same before the pods, at the waypoint: it asks for the account of whoever calls the Service (I28, I31).
fn requests(app: &App, workload: &Workload, before: &Before, out: &mut Tapes) {
    AuthorizationPolicy::write(out, workload.origin, |o| {
        o.metadata(|m| labels::workload(m, app, workload, &before.policy));
        o.spec(|s: &mut AuthorizationPolicySpec<'_>| {
            s.target_refs(&before.services, inherited, |t, service| {
                t.group("").kind("Service").name(service);
            });
            s.action("ALLOW").rules(&before.allow, |allow| allow.origin, rule);
        });
    });
}

fn rule(r: &mut AuthorizationRule<'_>, allow: &Allow) {
    match &allow.from {
        Callers::Anybody => {}
        Callers::Namespace(namespace) => {
            r.from([namespace], inherited, |f, namespace| {
                f.source(|s| {
                    s.namespaces([namespace]);
                });
            });
        }
        Callers::Accounts(accounts) => {
            // `cluster.local` is every mesh's word for its own trust domain.
            let principals: Vec<String> = accounts.iter().map(|(n, a)| format!("cluster.local/ns/{n}/sa/{a}")).collect();
            r.from([principals], inherited, |f, principals| {
                f.source(|s| {
                    s.principals(principals.iter().map(String::as_str));
                });
            });
        }
    }
    let ports: Vec<String> = allow.ports.iter().map(u16::to_string).collect();
    r.to([ports], inherited, |t, ports| {
        t.operation(|o| {
            o.ports(ports.iter().map(String::as_str));
        });
    });
}

fn scope(app: &App, workload: &Workload, member: &Member, out: &mut Tapes) {
    Sidecar::write(out, workload.origin, |o| {
        o.metadata(|m| labels::workload(m, app, workload, &workload.object));
        o.spec(|s| {
            s.workload_selector(|w| {
                w.labels(labels::matching(&workload.object.value));
            });
            s.egress([&member.reach], inherited, |e, hosts| {
                e.hosts(hosts);
            });
            s.outbound_traffic_policy(|p| {
                p.mode(if member.passes { "ALLOW_ANY" } else { "REGISTRY_ONLY" });
            });
        });
    });
}

/// For the tier's Service with all of its subsets, or for the Service of a version.
fn destination(app: &App, workload: &Workload, policy: &DestinationPolicy, version: Option<&Str>, plan: &Plan, out: &mut Tapes) {
    DestinationRule::write(out, policy.origin, |o| {
        o.metadata(|m| labels::workload(m, app, workload, version.unwrap_or(&workload.object.value)));
        o.spec(|s| {
            match version {
                None => s.host(&policy.host),
                Some(service) => s.host(&plan.target.host(service, &app.namespace.value)),
            };
            if says_anything(policy) {
                s.traffic_policy(|p| traffic_policy(p, policy));
            }
            s.subsets(
                policy.subsets.iter().filter(|_| version.is_none()),
                |subset| subset.origin,
                |s, subset| {
                    s.name(&subset.name).labels(subset.labels.iter().map(|(k, v)| (&**k, v)));
                },
            );
        });
    });
}

fn says_anything(p: &DestinationPolicy) -> bool {
    p.balance.is_some()
        || p.sticky.is_some()
        || p.connections.is_some()
        || p.pending.is_some()
        || p.requests_per_connection.is_some()
        || p.eject.is_some()
        || p.tls.is_some()
}

fn traffic_policy(p: &mut TrafficPolicy<'_>, policy: &DestinationPolicy) {
    if policy.balance.is_some() || policy.sticky.is_some() {
        p.load_balancer(|l| balance(l, policy));
    }
    let http = policy.pending.is_some() || policy.requests_per_connection.is_some();
    if policy.connections.is_some() || http {
        p.connection_pool(|c| {
            if policy.connections.is_some() {
                c.tcp(|t| {
                    t.max_connections(&policy.connections);
                });
            }
            if http {
                c.http(|h| {
                    h.http1_max_pending_requests(&policy.pending).max_requests_per_connection(&policy.requests_per_connection);
                });
            }
        });
    }
    if let Some(eject) = &policy.eject {
        p.outlier_detection(|o| {
            o.consecutive_5xx_errors(&eject.errors).interval(&eject.interval);
            o.base_ejection_time(&eject.time).max_ejection_percent(&eject.at_most);
        });
    }
    if let Some(mode) = &policy.tls {
        p.tls(|t| {
            t.mode(mode);
        });
    }
}

fn balance(l: &mut LoadBalancer<'_>, policy: &DestinationPolicy) {
    l.simple(&policy.balance);
    let Some(sticky) = &policy.sticky else { return };
    l.consistent_hash(|c| match sticky {
        Sticky::Header(name) => {
            c.http_header_name(name);
        }
        Sticky::Cookie(name, lifetime) => {
            c.http_cookie(|k| {
                k.name(name).ttl(lifetime);
            });
        }
        Sticky::Source(at) => {
            c.use_source_ip(&At::new(true, at.origin));
        }
    });
}

/// Where there are addresses, a connection goes to the one that it was opened to; a name alone is looked up by the proxy.
fn entry(app: &App, outside: &Outside, out: &mut Tapes) {
    ServiceEntry::write(out, outside.origin, |o| {
        o.metadata(|m| labels::app(m, app, &app.name.value, &outside.name));
        o.spec(|s| {
            s.hosts(&outside.hosts).addresses(&outside.addresses);
            s.ports(
                &outside.ports,
                |(name, ..)| name.origin,
                |p, (name, number, protocol)| {
                    p.number(number).name(name).protocol(*protocol);
                },
            );
            s.location("MESH_EXTERNAL").resolution(if outside.addresses.is_empty() { "DNS" } else { "NONE" }).export_to(["."]);
        });
    });
}
