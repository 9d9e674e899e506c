//! Namespaces, and what lies in one for all its apps: the policy that denies what no other allows, the quota, the limits.

use super::labels::{self, MANAGER, Own};
use super::{inherited, or};
use crate::kinds::core as v1;
use crate::kinds::istio::{AuthorizationPolicy, PeerAuthentication};
use crate::kinds::meta::Meta;
use crate::kinds::networking::NetworkPolicy;
use crate::plan::model::{LimitRange, Mesh, Namespace, Plan};
use crate::tape::Tapes;

/// The policy that denies.
const DEFAULT_DENY: &str = "default-deny";
/// The ResourceQuota.
const QUOTA: &str = "quota";
/// The LimitRange.
const LIMITS: &str = "limits";

/// Writes those of these namespaces that are the program's own.
pub(super) fn emit(namespaces: &[Namespace], plan: &Plan, out: &mut Tapes) {
    for namespace in namespaces.iter().filter(|namespace| namespace.managed) {
        itself(namespace, plan, out);
        deny(namespace, out);
        if plan.target.mesh != Mesh::None {
            mesh(namespace, out);
        }
        if !namespace.quota.is_empty() {
            v1::ResourceQuota::write(out, namespace.origin, |o| {
                o.metadata(|m| within(m, namespace, QUOTA)).spec(|s| {
                    s.hard(&namespace.quota);
                });
            });
        }
        if let Some(limits) = &namespace.limits {
            limit_range(namespace, limits, out);
        }
    }
}

/// The Pod Security Standard is pinned to the version that the objects are written for (check 88): a cluster's upgrade must not change what
/// is let in.
fn itself(namespace: &Namespace, plan: &Plan, out: &mut Tapes) {
    let version = plan.target.kubernetes;
    let pinned = format!("v{}.{}", version.major, version.minor);
    let own = Own::Namespace { security: &namespace.security, version: &pinned };
    v1::Namespace::write(out, namespace.origin, |o| {
        o.metadata(|m| {
            m.name(&namespace.name)
                .labels(labels::merged(own, &namespace.labels))
                .annotations(labels::merged(Own::Nothing, &namespace.annotations));
        });
    });
}

/// The empty selector is every pod of the namespace; without rules, nothing may flow. It stands in an object of its own, so that every other
/// policy can name whom it selects (check 85).
fn deny(namespace: &Namespace, out: &mut Tapes) {
    NetworkPolicy::write(out, namespace.origin, |o| {
        o.metadata(|m| within(m, namespace, DEFAULT_DENY)).spec(|s| {
            s.pod_selector(|_| {}).policy_types(["Ingress", "Egress"]);
        });
    });
}

/// In the mesh: encrypted connections alone (I26), and nobody may call whom no policy names. What a spec leaves empty holds for the namespace.
fn mesh(namespace: &Namespace, out: &mut Tapes) {
    PeerAuthentication::write(out, namespace.origin, |o| {
        o.metadata(|m| within(m, namespace, "default")).spec(|s| {
            s.mtls(|m| {
                m.mode("STRICT");
            });
        });
    });
    AuthorizationPolicy::write(out, namespace.origin, |o| {
        o.metadata(|m| within(m, namespace, DEFAULT_DENY)).spec(|_| {});
    });
}

fn limit_range(namespace: &Namespace, limits: &LimitRange, out: &mut Tapes) {
    v1::LimitRange::write(out, or(limits.origin, namespace.origin), |o| {
        o.metadata(|m| within(m, namespace, LIMITS)).spec(|s| {
            s.limits([limits], inherited, |item, limits| {
                item.kind("Container").default(&limits.default).default_request(&limits.default_request).min(&limits.min).max(&limits.max);
            });
        });
    });
}

fn within(m: &mut Meta<'_>, namespace: &Namespace, name: &str) {
    m.name(name).namespace(&namespace.name).labels([("app.kubernetes.io/managed-by", MANAGER)]);
}
