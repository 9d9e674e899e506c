//! The emitted AuthorizationPolicies let exactly those call who are declared: the mesh's side of what [`super::reachability`] proves of packets.
//!
//! A proxy proves the service account of its pod, so that who may call whom is a question of accounts and ports. Accounts are read from the
//! pods that were emitted, not from the plan.

use super::proxies::Proxies;
use super::scene::{INSTANCE, OWN_FAULT, Object, Scene, Workload, text_of};
use super::waypoints;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::plan::model::mesh::ControlPlane;
use crate::plan::model::{Connection, End, IngressKind, Mesh, Protocol};
use crate::tape::{Origin, View};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// Who may call a port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Caller {
    /// A service account: namespace and name.
    Account(String, String),
    /// Every account of a namespace.
    Namespace(String),
    /// Everybody.
    Anybody,
}

impl Caller {
    fn in_words(&self) -> String {
        match self {
            Caller::Account(namespace, name) => format!("account `{name}` of namespace `{namespace}`"),
            Caller::Namespace(name) => format!("every account of namespace `{name}`"),
            Caller::Anybody => "everybody".to_owned(),
        }
    }
}

/// Port and caller, with what says so.
type Calls = BTreeMap<(u16, Caller), Origin>;

/// Compares what the policies allow with what is declared.
pub(super) fn prove(scene: &Scene<'_>, diagnostics: &mut Diagnostics) {
    if scene.plan().target.mesh == Mesh::None {
        return;
    }
    let proxies = Proxies::of(scene);
    let mut policies: FxHashMap<&str, Vec<&Object<'_>>> = FxHashMap::default();
    for policy in scene.of_kind("AuthorizationPolicy") {
        policies.entry(policy.namespace).or_default().push(policy);
    }
    let mut declared: FxHashMap<(&str, &str), Vec<&Connection>> = FxHashMap::default();
    for connection in &scene.plan().connections {
        if let End::Workload { namespace, instance } = &*connection.to {
            declared.entry((namespace, instance)).or_default().push(connection);
        }
    }
    let accounts = accounts(scene, &proxies);
    let waypoints = Waypoints::of(scene);
    for workload in scene.workloads.iter().filter(|workload| proxies.carry(workload)) {
        let namespace = workload.object.namespace;
        let own: Vec<_> = policies.get(namespace).into_iter().flatten().filter(|policy| selects(policy, workload)).collect();
        let name = format!("`{namespace}/{}`", workload.object.name);
        if own.is_empty() {
            let d = Diagnostic::error(codes::REACHABILITY, format!("no AuthorizationPolicy says who may call {name}"))
                .why("Where no policy selects a pod, its proxy lets everybody in.")
                .why(OWN_FAULT);
            diagnostics.push(scene.at(d, workload.object.view.origin(), "its pods"));
            continue;
        }
        let mut allowed = allowed(&own);
        waypoints.pass(workload, policies.get(namespace).map_or(&[], Vec::as_slice), &mut allowed);
        let wanted = wanted(scene, declared.get(&(namespace, workload.instance)).map_or(&[], Vec::as_slice), &accounts);
        for ((port, caller), origin) in &allowed {
            if !wanted.contains_key(&(*port, caller.clone())) {
                let d = Diagnostic::error(
                    codes::REACHABILITY,
                    format!("{} may call port {port} of {name}, which the program does not say", caller.in_words()),
                );
                diagnostics.push(scene.at(d.why(OWN_FAULT), *origin, "this policy allows it"));
            }
        }
        for ((port, caller), origin) in &wanted {
            if !allowed.contains_key(&(*port, caller.clone())) {
                let d = Diagnostic::error(
                    codes::REACHABILITY,
                    format!("{} may not call port {port} of {name}, and the program says so", caller.in_words()),
                );
                let d = d.why("Its proxy refuses what no AuthorizationPolicy allows.").why(OWN_FAULT);
                diagnostics.push(scene.at(d, *origin, "declared here"));
            }
        }
    }
}

/// Waypoints of ambient mode, and the Services that they stand before.
struct Waypoints<'b> {
    /// Namespace and account of each: a Gateway's account has its name.
    accounts: FxHashSet<(&'b str, &'b str)>,
    /// By namespace and instance.
    services: FxHashMap<(&'b str, &'b str), Vec<Before<'b>>>,
}

/// A Service, and the pod's port for each of its own.
type Before<'b> = (&'b str, BTreeMap<u16, u16>);

impl<'b> Waypoints<'b> {
    fn of(scene: &Scene<'b>) -> Self {
        let mut services: FxHashMap<_, Vec<_>> = FxHashMap::default();
        let asks = |s: &&Object<'b>| s.labels().is_some_and(|labels| text_of(labels, waypoints::USE).is_some());
        for service in scene.of_kind("Service").filter(asks) {
            let Some(spec) = service.spec() else { continue };
            let instance = spec.get("selector").and_then(|s| text_of(s, INSTANCE)).unwrap_or("");
            let number = |port: View<'_>, name: &str| port.get(name).and_then(View::int).and_then(|n| u16::try_from(n).ok());
            let ports = spec.get("ports").into_iter().flat_map(View::children);
            let ports = ports.filter_map(|p| Some((number(p, "port")?, number(p, "targetPort")?))).collect();
            services.entry((service.namespace, instance)).or_default().push((service.name, ports));
        }
        Waypoints { accounts: waypoints::gateways(scene), services }
    }
    /// Whom the waypoint lets pass may call what the pods let the waypoint call, and the waypoint itself calls for nobody else. Where no policy of
    /// it holds for a Service, it lets everybody pass.
    fn pass(&self, workload: &Workload<'_>, policies: &[&Object<'_>], allowed: &mut Calls) {
        let is_waypoint = |caller: &Caller| matches!(caller, Caller::Account(n, a) if self.accounts.contains(&(n.as_str(), a.as_str())));
        let through: BTreeMap<u16, Origin> = allowed.iter().filter(|((_, c), _)| is_waypoint(c)).map(|((p, _), o)| (*p, *o)).collect();
        allowed.retain(|(_, caller), _| !is_waypoint(caller));
        for (service, ports) in self.services.get(&(workload.object.namespace, workload.instance)).into_iter().flatten() {
            let own: Vec<&&Object<'_>> = policies.iter().filter(|policy| targets(policy).any(|name| name == *service)).collect();
            if own.is_empty() {
                allowed.extend(through.iter().map(|(port, origin)| ((*port, Caller::Anybody), *origin)));
            }
            for ((port, caller), origin) in self::allowed(&own) {
                if let Some(port) = ports.get(&port).filter(|port| through.contains_key(port)) {
                    allowed.entry((*port, caller)).or_insert(origin);
                }
            }
        }
    }
}

/// The Services that a policy holds for at their waypoint.
fn targets<'b>(policy: &Object<'b>) -> impl Iterator<Item = &'b str> {
    policy.spec().and_then(|spec| spec.get("targetRefs")).into_iter().flat_map(View::children).filter_map(|t| t.get("name")?.str())
}

/// The service accounts of pods with a proxy, by namespace and instance. That others call a pod of the mesh was refused by the plan.
fn accounts<'b>(scene: &Scene<'b>, proxies: &Proxies<'_>) -> FxHashMap<(&'b str, &'b str), Vec<&'b str>> {
    let mut found: FxHashMap<(&str, &str), Vec<&str>> = FxHashMap::default();
    for workload in scene.workloads.iter().filter(|workload| proxies.carry(workload)) {
        let account = workload.pod.get("serviceAccountName").and_then(View::str).unwrap_or("default");
        let all = found.entry((workload.object.namespace, workload.instance)).or_default();
        if !all.contains(&account) {
            all.push(account);
        }
    }
    found
}

/// Does a policy hold for the pods of a workload? Without a selector it holds for its namespace.
fn selects(policy: &Object<'_>, workload: &Workload<'_>) -> bool {
    if targets(policy).next().is_some() {
        return false;
    }
    let selector = policy.spec().and_then(|spec| spec.path(&["selector", "matchLabels"]));
    selector.is_none_or(|wanted| {
        wanted.children().all(|label| {
            let has =
                if label.key() == INSTANCE { Some(workload.instance) } else { workload.labels.and_then(|all| text_of(all, label.key())) };
            has == label.str()
        })
    })
}

fn texts<'v>(view: Option<View<'v>>) -> impl Iterator<Item = &'v str> {
    view.into_iter().flat_map(View::children).filter_map(View::str)
}

/// What the policies allow. A rule without sources means everybody; one without ports would mean every port, and is taken as port 0, which
/// nothing declares.
fn allowed(policies: &[&&Object<'_>]) -> Calls {
    let mut calls = Calls::new();
    let rules = policies.iter().filter_map(|policy| policy.spec()?.get("rules")).flat_map(View::children);
    for rule in rules {
        let sources: Vec<Caller> =
            rule.get("from").into_iter().flat_map(View::children).filter_map(|from| from.get("source")).flat_map(callers).collect();
        let sources = if rule.get("from").is_none() { vec![Caller::Anybody] } else { sources };
        let operations = rule.get("to").into_iter().flat_map(View::children).filter_map(|to| to.get("operation"));
        let mut ports: Vec<u16> = operations.flat_map(|o| texts(o.get("ports"))).map(|port| port.parse().unwrap_or(0)).collect();
        if ports.is_empty() {
            ports.push(0);
        }
        for port in ports {
            for caller in &sources {
                calls.entry((port, caller.clone())).or_insert_with(|| rule.origin());
            }
        }
    }
    calls
}

fn callers(source: View<'_>) -> Vec<Caller> {
    let accounts = texts(source.get("principals")).map(|principal| match principal.split('/').collect::<Vec<_>>().as_slice() {
        [_, "ns", namespace, "sa", name] => Caller::Account((*namespace).to_owned(), (*name).to_owned()),
        _ => Caller::Anybody,
    });
    accounts.chain(texts(source.get("namespaces")).map(|name| Caller::Namespace(name.to_owned()))).collect()
}

/// What the program declares, in accounts.
fn wanted(scene: &Scene<'_>, connections: &[&Connection], accounts: &FxHashMap<(&str, &str), Vec<&str>>) -> Calls {
    let mut calls = Calls::new();
    let target = &scene.plan().target;
    // What the mesh itself needs is below what its policies see, and what the proxy's own agent answers passes no proxy (M6).
    let is_call = |c: &&&Connection| c.protocol == Protocol::Tcp && c.because != "mesh" && c.ports.0 != ControlPlane::METRICS;
    for connection in connections.iter().filter(is_call) {
        let callers: Vec<Caller> = match (&*connection.from, connection.because) {
            (End::Workload { namespace, instance }, _) => {
                let own = accounts.get(&(&**namespace, &**instance)).into_iter().flatten();
                own.map(|account| Caller::Account(namespace.to_string(), (*account).to_owned())).collect()
            }
            (_, "gateway") => vec![match &target.gateway.account {
                Some(account) => Caller::Account(target.gateway.namespace.to_string(), account.to_string()),
                None if target.ingress == IngressKind::Nginx => Caller::Anybody,
                None => Caller::Namespace(target.gateway.namespace.to_string()),
            }],
            _ => vec![Caller::Anybody],
        };
        for caller in callers {
            calls.entry((connection.ports.0, caller)).or_insert(connection.origin);
        }
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::prove;
    use crate::plan::model::{Connection, End, Mesh, Plan, Protocol};
    use crate::prove::support::{World, deployment, namespace, s};
    use crate::tape::Origin;
    use serde_json::{Value, json};

    fn policy(name: &str, spec: &Value) -> Value {
        json!({
            "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
            "metadata": { "name": name, "namespace": "shop" }, "spec": spec,
        })
    }
    fn for_db(from: &Value, port: &str) -> Value {
        policy(
            "db",
            &json!({
                "selector": { "matchLabels": { "app.kubernetes.io/instance": "db" } }, "action": "ALLOW",
                "rules": [{ "from": [{ "source": from }], "to": [{ "operation": { "ports": [port] } }] }],
            }),
        )
    }
    /// web calls db on 5432; nobody calls web.
    fn said(policies: &[Value]) -> Vec<String> {
        let mut objects = vec![
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop", "labels": { "istio-injection": "enabled" } } }),
            deployment("shop", "web"),
            deployment("shop", "db"),
        ];
        objects.extend_from_slice(policies);
        let end = |instance: &str| End::Workload { namespace: s("shop"), instance: s(instance) }.into();
        let mut plan = Plan { namespaces: vec![namespace("shop", true)], ..Plan::default() };
        plan.target.mesh = Mesh::Istio;
        plan.connections.push(Connection {
            from: end("web"),
            to: end("db"),
            protocol: Protocol::Tcp,
            ports: (5432, 5432),
            origin: Origin::NONE,
            because: "connects",
        });
        World::with(&objects, plan).found(prove)
    }

    #[test]
    fn seeded_faults_are_found() {
        let (deny, web) = (policy("default-deny", &json!({})), json!({ "principals": ["cluster.local/ns/shop/sa/web"] }));
        assert_eq!(said(&[deny.clone(), for_db(&web, "5432")]), Vec::<String>::new());
        let found = said(&[for_db(&web, "5432")]);
        assert!(found[0].contains("no AuthorizationPolicy says who may call `shop/web`"), "{found:?}");
        let found = said(&[deny.clone(), for_db(&web, "5433")]);
        assert!(found[0].contains("account `web` of namespace `shop` may call port 5433"), "{found:?}");
        assert!(found[1].contains("may not call port 5432 of `shop/db`"), "{found:?}");
        let found = said(&[deny.clone(), for_db(&json!({ "namespaces": ["shop"] }), "5432")]);
        assert!(found[0].contains("every account of namespace `shop` may call port 5432"), "{found:?}");
        let found = said(&[deny, for_db(&json!({ "principals": ["*"] }), "5432")]);
        assert!(found[0].contains("everybody may call port 5432"), "{found:?}");
    }
}
