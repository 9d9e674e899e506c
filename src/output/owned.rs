//! Fields that a controller of releases changes while it runs: its own from then on, though they are written at first.
//!
//! Whoever applies the objects again, or holds them against a cluster, leaves these as they stand there: the weights and the rules of a
//! VirtualService or of a route of the Gateway API, the labels of a DestinationRule's subsets, the selectors of a Rollout's Services (A51). All are
//! values as a whole to server-side apply: to set them by force would point a Service at both versions until the controller looks again.

use crate::tape::{Bundle, View};

/// A field of an object of the bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owned<'b> {
    /// The object's kind.
    pub kind: &'static str,
    /// Its namespace.
    pub namespace: &'b str,
    /// Its name.
    pub name: &'b str,
    /// Where the field is: `spec.selector`.
    pub path: &'static str,
    /// The field manager that changes it.
    pub by: &'static str,
}

/// The field manager of Argo Rollouts.
const ROLLOUTS: &str = "rollouts-controller";

/// That of its plugin for the Gateway API, which is named by the file that the controller keeps it in.
const PLUGIN: &str = "gatewayAPI";

/// All of a bundle, in the order of its Rollouts.
pub fn fields(bundle: &Bundle) -> Vec<Owned<'_>> {
    let rollouts = bundle.objects().filter(|o| o.get("kind").and_then(View::str) == Some("Rollout"));
    rollouts.flat_map(of_rollout).collect()
}

fn of_rollout(rollout: View<'_>) -> Vec<Owned<'_>> {
    let mut all = Vec::new();
    let namespace = rollout.path(&["metadata", "namespace"]).and_then(View::str).unwrap_or("");
    let canary = |path: &[&str]| rollout.path(&["spec", "strategy", "canary"])?.path(path);
    let colours = |name: &str| rollout.path(&["spec", "strategy", "blueGreen"])?.get(name);
    let services = [canary(&["stableService"]), canary(&["canaryService"]), colours("activeService"), colours("previewService")];
    for name in services.into_iter().flatten().filter_map(View::str) {
        all.push(Owned { kind: "Service", namespace, name, path: "spec.selector", by: ROLLOUTS });
    }
    for routes in canary(&["trafficRouting", "istio", "virtualServices"]).into_iter().flat_map(View::children) {
        if let Some(name) = routes.get("name").and_then(View::str) {
            all.push(Owned { kind: "VirtualService", namespace, name, path: "spec.http", by: ROLLOUTS });
        }
    }
    for (list, kind) in [("httpRoutes", "HTTPRoute"), ("grpcRoutes", "GRPCRoute")] {
        for routes in canary(&["trafficRouting", "plugins", "argoproj-labs/gatewayAPI", list]).into_iter().flat_map(View::children) {
            if let Some(name) = routes.get("name").and_then(View::str) {
                all.push(Owned { kind, namespace, name, path: "spec.rules", by: PLUGIN });
            }
        }
    }
    if let Some(name) = canary(&["trafficRouting", "istio", "destinationRule", "name"]).and_then(View::str) {
        all.push(Owned { kind: "DestinationRule", namespace, name, path: "spec.subsets", by: ROLLOUTS });
    }
    all
}
