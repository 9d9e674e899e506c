//! What reads requests in ambient mode is there, and is asked by exactly those that are declared: the Gateway of each namespace that a Service
//! wants one of, and its NetworkPolicy. Istio makes its pods, so that no other proof sees them.

use super::scene::{INSTANCE, OWN_FAULT, Object, Scene, text_of};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::plan::model::mesh::ControlPlane;
use crate::plan::model::{End, Mesh, Waypoint};
use crate::tape::View;
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;

/// The label by which a Service asks for one.
pub(super) const USE: &str = "istio.io/use-waypoint";

/// Namespace and name of every Gateway that is a waypoint.
pub(super) fn gateways<'b>(scene: &Scene<'b>) -> FxHashSet<(&'b str, &'b str)> {
    scene.of_kind("Gateway").filter(|g| super::capacity::is_waypoint(g)).map(|g| (g.namespace, g.name)).collect()
}

/// Namespace and instance.
type Pods<'b> = BTreeSet<(&'b str, &'b str)>;

/// Looks at every Service that asks for a waypoint, and at every waypoint.
pub(super) fn prove(scene: &Scene<'_>, diagnostics: &mut Diagnostics) {
    if scene.plan().target.mesh != Mesh::Ambient {
        return;
    }
    let gateways = gateways(scene);
    for service in scene.of_kind("Service") {
        let Some(name) = service.labels().and_then(|labels| text_of(labels, USE)) else { continue };
        if !gateways.contains(&(service.namespace, name)) {
            let title = format!("{} asks for waypoint `{name}`, which its namespace has not", service.title());
            let d = Diagnostic::error(codes::ROUTING, title).why("Requests would pass without what is said of them (I31).");
            diagnostics.push(scene.at(d.why(OWN_FAULT), service.view.origin(), "written because of this"));
        }
    }
    for (namespace, name) in gateways {
        let selects = |p: &&Object<'_>| {
            let wanted = p.spec().and_then(|s| s.path(&["podSelector", "matchLabels"]));
            p.namespace == namespace && wanted.and_then(|w| text_of(w, Waypoint::LABEL)) == Some(name)
        };
        let policies: Vec<&Object<'_>> = scene.of_kind("NetworkPolicy").filter(selects).collect();
        for (way, peers, verb) in [("ingress", "from", "ask"), ("egress", "to", "be asked by")] {
            let allowed: Pods<'_> = policies.iter().flat_map(|p| tunnelled(p, way, peers)).collect();
            let declared = declared(scene, namespace, name, way == "ingress");
            let origin = policies.first().map_or_else(Default::default, |p| p.view.origin());
            for (of, title) in [(declared.difference(&allowed), "may not"), (allowed.difference(&declared), "may")] {
                for (n, instance) in of {
                    let says = if title == "may" { "which the program does not say" } else { "and the program says so" };
                    let d = Diagnostic::error(
                        codes::REACHABILITY,
                        format!("`{n}/{instance}` {title} {verb} waypoint `{namespace}/{name}`, {says}"),
                    );
                    diagnostics.push(scene.at(d.why(OWN_FAULT), origin, "its policy"));
                }
            }
        }
    }
}

/// The workloads that a policy lets speak to a waypoint, or the other way round, through the port of encrypted connections.
fn tunnelled<'b>(policy: &Object<'b>, way: &str, peers: &str) -> Vec<(&'b str, &'b str)> {
    let own = policy.namespace;
    let rules = policy.spec().and_then(|s| s.get(way)).into_iter().flat_map(View::children);
    let carries = |rule: &View<'_>| {
        rule.get("ports")
            .into_iter()
            .flat_map(View::children)
            .any(|p| p.get("port").and_then(View::int) == Some(i64::from(ControlPlane::TUNNEL)))
    };
    let pods = |peer: View<'b>| {
        let instance = text_of(peer.path(&["podSelector", "matchLabels"])?, INSTANCE)?;
        let namespace = peer.path(&["namespaceSelector", "matchLabels"]).and_then(|n| text_of(n, "kubernetes.io/metadata.name"));
        Some((namespace.unwrap_or(own), instance))
    };
    rules.filter(carries).filter_map(|rule| rule.get(peers)).flat_map(View::children).filter_map(pods).collect()
}

/// Those of the program's connections that a waypoint takes or opens.
fn declared<'b>(scene: &Scene<'b>, namespace: &str, name: &str, takes: bool) -> Pods<'b> {
    let is_waypoint = |end: &End| match end {
        End::Selected { namespace: of, pods } => {
            of.iter().any(|(_, n)| **n == *namespace) && pods.iter().any(|(key, value)| **key == *Waypoint::LABEL && **value == *name)
        }
        _ => false,
    };
    let other = |connection: &'b crate::plan::model::Connection| {
        let (own, other) = if takes { (&connection.to, &connection.from) } else { (&connection.from, &connection.to) };
        match &**other {
            End::Workload { namespace, instance } if is_waypoint(own) => Some((&**namespace, &**instance)),
            _ => None,
        }
    };
    scene.plan().connections.iter().filter_map(other).collect()
}

#[cfg(test)]
mod tests {
    use super::prove;
    use crate::plan::model::{Connection, End, Mesh, Plan, Protocol};
    use crate::prove::support::{World, s};
    use crate::tape::Origin;
    use serde_json::{Value, json};

    fn said(change: impl FnOnce(&mut Vec<Value>)) -> Vec<String> {
        let peer = |instance: &str| json!([{ "podSelector": { "matchLabels": { "app.kubernetes.io/instance": instance } } }]);
        let ports = json!([{ "protocol": "TCP", "port": 15008 }]);
        let mut objects = vec![
            json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": "db", "namespace": "shop", "labels": { "istio.io/use-waypoint": "waypoint" } } }),
            json!({
                "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": { "name": "waypoint", "namespace": "shop" },
                "spec": { "gatewayClassName": "istio-waypoint" },
            }),
            json!({
                "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": { "name": "waypoint", "namespace": "shop" },
                "spec": {
                    "podSelector": { "matchLabels": { "gateway.networking.k8s.io/gateway-name": "waypoint" } },
                    "ingress": [{ "from": peer("web"), "ports": ports }], "egress": [{ "to": peer("db"), "ports": ports }],
                },
            }),
        ];
        change(&mut objects);
        let pods = |instance: &str| End::Workload { namespace: s("shop"), instance: s(instance) };
        let waypoint = || End::Selected {
            namespace: vec![(s("kubernetes.io/metadata.name"), s("shop"))],
            pods: vec![(s("gateway.networking.k8s.io/gateway-name"), s("waypoint"))],
        };
        let open = |from: End, to: End| Connection {
            from: from.into(),
            to: to.into(),
            protocol: Protocol::Tcp,
            ports: (15008, 15008),
            origin: Origin::NONE,
            because: "mesh",
        };
        let mut plan = Plan { connections: vec![open(pods("web"), waypoint()), open(waypoint(), pods("db"))], ..Plan::default() };
        plan.target.mesh = Mesh::Ambient;
        World::with(&objects, plan).found(prove)
    }

    #[test]
    fn seeded_faults_are_found() {
        assert_eq!(said(|_| {}), Vec::<String>::new());
        let other = json!({ "app.kubernetes.io/instance": "other" });
        let found = said(|o| o[2]["spec"]["ingress"][0]["from"][0]["podSelector"]["matchLabels"] = other.clone());
        assert!(found[0].contains("`shop/web` may not ask waypoint"), "{found:?}");
        assert!(found[1].contains("`shop/other` may ask waypoint"), "{found:?}");
        let found = said(|o| o[2]["spec"]["egress"][0]["to"][0]["podSelector"]["matchLabels"] = other.clone());
        assert!(found[0].contains("`shop/db` may not be asked by waypoint"), "{found:?}");
        let found = said(|o| o[1]["spec"]["gatewayClassName"] = json!("istio"));
        assert!(found[0].contains("asks for waypoint `waypoint`, which its namespace has not"), "{found:?}");
    }
}
