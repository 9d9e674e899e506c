//! Autoscalers against each other, against what they scale, and against what their controllers refuse.

use super::{NAME, Proof, RESOURCES};
use crate::diagnostic::{Diagnostic, codes};
use crate::prove::scene::{Object, Workload, fields};
use crate::tape::{Key, View, field};
use rustc_hash::FxHashSet;

/// A use of the pods that an autoscaler goes by.
struct Source<'b> {
    view: View<'b>,
    /// `cpu` or `memory`.
    resource: &'b str,
    /// Of this container; of all of a pod's where none.
    container: Option<&'b str>,
    /// Must it be requested?
    requests: bool,
}

/// The least and the most replicas of a HorizontalPodAutoscaler or a ScaledObject, as their controllers take what is not said.
pub(super) fn range(scaler: &Object<'_>) -> (i64, Option<i64>) {
    let is_keda = scaler.kind == "ScaledObject";
    let keys =
        if is_keda { [field!("minReplicaCount"), field!("maxReplicaCount")] } else { [field!("minReplicas"), field!("maxReplicas")] };
    let [least, most] = scaler.spec().map_or([None; 2], |spec| fields(spec, keys)).map(|count| count.and_then(View::int));
    if is_keda { (least.unwrap_or(0), most.or(Some(100))) } else { (least.unwrap_or(1), most) }
}

/// The uses that a HorizontalPodAutoscaler or a ScaledObject goes by.
fn sources<'b>(scaler: &Object<'b>) -> impl Iterator<Item = Source<'b>> {
    let [metrics, triggers] = scaler.spec().map_or([None; 2], |spec| fields(spec, [field!("metrics"), field!("triggers")]));
    let items = |list: Option<View<'b>>| list.into_iter().flat_map(View::children);
    let of_metric = |metric: View<'b>| {
        let view = metric.get_key(field!("containerResource")).or_else(|| metric.get_key(field!("resource")))?;
        let container = view.get_key(field!("container")).and_then(View::str);
        let requests = view.follow(&[field!("target"), field!("averageUtilization")]).is_some();
        Some(Source { view, resource: view.get_key(NAME)?.str()?, container, requests })
    };
    let of_trigger = |view: View<'b>| {
        let resource = view.get_key(field!("type"))?.str().filter(|kind| matches!(*kind, "cpu" | "memory"))?;
        let container = view.get_key(field!("metadata")).and_then(|m| m.get("containerName")).and_then(View::str);
        Some(Source { view, resource, container, requests: true })
    };
    items(metrics).filter_map(of_metric).chain(items(triggers).filter_map(of_trigger))
}

impl<'s, 'b> Proof<'s, 'b> {
    /// The workload that an autoscaler is for.
    fn target(&mut self, object: &Object<'b>, field: Key) -> Option<((&'b str, &'b str, &'b str), &'s Workload<'b>)> {
        let reference = object.spec()?.get_key(field)?;
        let [kind, name] = fields(reference, [field!("kind"), NAME]).map(|text| text.and_then(View::str).unwrap_or(""));
        let name = (object.namespace, kind, name);
        let found = self.by_name.get(&name).copied();
        if found.is_none() {
            let title = format!("{} is for {} `{}`, which is not there", object.title(), name.1, name.2);
            self.say(
                codes::CONFLICT,
                title,
                &[(reference.origin(), "written because of this")],
                "An autoscaler without its workload does nothing.",
                "",
            );
        }
        found.map(|workload| (name, workload))
    }

    /// A HorizontalPodAutoscaler or a ScaledObject.
    pub(super) fn horizontal(&mut self, object: &Object<'b>) {
        let Some((name, workload)) = self.target(object, field!("scaleTargetRef")) else { return };
        let origin = || object.view.origin();
        if workload.object.kind == "DaemonSet" {
            let title = format!("{} scales a daemon, which has one pod on each node", object.title());
            self.say(
                codes::CONFLICT,
                title,
                &[(origin(), "the autoscaler")],
                "A DaemonSet has no number of replicas (H9).",
                "take `scale` out",
            );
        }
        if let Some(other) = self.scaled.insert(name, *object) {
            let title = format!("two autoscalers set the replicas of {}: `{}` and `{}`", workload.object.title(), other.name, object.name);
            let why = "Each undoes what the other does (H9).";
            self.say(codes::CONFLICT, title, &[(origin(), "the one"), (other.view.origin(), "the other")], why, "keep one");
        }
        if let Some(replicas) = workload.spec.get_key(field!("replicas")) {
            let title = format!("{} has a fixed number of replicas and an autoscaler", workload.object.title());
            let why = "Every apply would set the number back, whatever the load is (H10).";
            self.say(
                codes::CONFLICT,
                title,
                &[(replicas.origin(), "fixed here"), (origin(), "scaled here")],
                why,
                "write a range: `replicas = 2..10`",
            );
        }
        self.described(object);
        let (least, most) = range(object);
        if let Some(most) = most.filter(|most| *most < least) {
            let title = format!("{} may not have fewer than {least} replicas nor more than {most}", workload.object.title());
            self.say(codes::SENSELESS, title, &[(origin(), "scaled here")], "The API server refuses a maximum under the minimum (H1).", "");
        }
        for source in sources(object) {
            self.source(workload, &source);
        }
    }

    /// Does the program write this object? All of them are put into a table when this is first asked.
    fn is_there(&self, namespace: &str, kind: &str, name: &str) -> bool {
        let all = || self.scene.objects.iter().map(|o| (o.namespace, o.kind, o.name)).collect();
        self.written.get_or_init(all).contains(&(namespace, kind, name))
    }

    /// The objects that metrics are of: each is written by the program, or somebody else's and must be there (H9).
    fn described(&mut self, object: &Object<'b>) {
        for metric in object.spec().and_then(|spec| spec.get_key(field!("metrics"))).into_iter().flat_map(View::children) {
            let Some(of) = metric.follow(&[field!("object"), field!("describedObject")]) else { continue };
            let text = |key| of.get_key(key).and_then(View::str).unwrap_or("");
            let (kind, name) = (text(field!("kind")), text(NAME));
            if self.is_there(object.namespace, kind, name) {
                continue;
            }
            let title = format!("assumed to exist in namespace `{}`: {kind} `{name}`", object.namespace);
            let d = self.scene.at(Diagnostic::note_of(codes::ASSUMED, title), of.origin(), "nothing in the program makes it");
            self.diagnostics.push(d.why("A metric is of it, and while it is not there no pod is taken away."));
        }
    }

    /// What KEDA's webhook asks of triggers (K1, K2): names of their own, one at least that is there without pods where all may go, and the
    /// TriggerAuthentications that they name.
    pub(super) fn triggers(&mut self, object: &Object<'b>) {
        let Some(spec) = object.spec() else { return };
        let mut names: FxHashSet<&str> = FxHashSet::default();
        let mut of_pods_alone = true;
        for trigger in spec.get_key(field!("triggers")).into_iter().flat_map(View::children) {
            let name = trigger.get_key(NAME).and_then(View::str).unwrap_or("");
            if !name.is_empty() && !names.insert(name) {
                let title = format!("{} has two triggers `{name}`", object.title());
                self.say(codes::CONFLICT, title, &[(trigger.origin(), "the second")], "KEDA refuses two of one name (K1).", "rename one");
            }
            of_pods_alone &= matches!(trigger.get_key(field!("type")).and_then(View::str), Some("cpu" | "memory"));
            let Some(who) = trigger.follow(&[field!("authenticationRef"), NAME]).and_then(View::str) else { continue };
            if !self.is_there(object.namespace, "TriggerAuthentication", who) {
                let title = format!("{} names the TriggerAuthentication `{who}`, which is not there", object.title());
                self.say(codes::CONFLICT, title, &[(trigger.origin(), "asked by this")], "KEDA cannot ask without it.", "");
            }
        }
        let least = spec.get_key(field!("minReplicaCount")).and_then(View::int).unwrap_or(0);
        if of_pods_alone && least == 0 {
            let title = format!("{} takes all pods away and goes by their use alone", object.title());
            let why = "Without a pod nothing measures the use that would bring the first one, and KEDA refuses it (K2).";
            self.say(codes::CONFLICT, title, &[(object.view.origin(), "scaled here")], why, "begin with 1: `replicas = 1..10`");
        }
    }

    /// A utilization is a share of the request: without one there is nothing to divide by (H8, and K2 whatever is aimed at).
    fn source(&mut self, workload: &Workload<'b>, source: &Source<'b>) {
        let Source { resource, container: one, .. } = *source;
        let mut known = one.is_none();
        let asks = |container: View<'_>| {
            let lists = [field!("requests"), field!("limits")];
            lists
                .iter()
                .any(|list| !source.requests || container.get_key(RESOURCES).and_then(|r| r.get_key(*list)?.get(resource)).is_some())
        };
        let mut without = None;
        for (list, container) in workload.containers() {
            let name = container.get_key(NAME).and_then(View::str);
            let runs = list == "containers" || container.get_key(field!("restartPolicy")).and_then(View::str) == Some("Always");
            if runs && one.is_none_or(|one| name == Some(one)) {
                known = true;
                if !asks(container) {
                    without = without.or(name);
                }
            }
        }
        let place = || [(source.view.origin(), "scaled by this")];
        if let Some(name) = without {
            let title =
                format!("the autoscaler of `{}` scales by {resource} use, and container `{name}` requests none", workload.object.name);
            let why = "Use is measured as a share of the request: without one the autoscaler never acts.";
            self.say(codes::CONFLICT, title, &place(), why, &format!("give it `{resource}`, or scale by something else"));
        } else if !known {
            let title = format!(
                "the autoscaler of `{}` measures a container that is not in its pods: `{}`",
                workload.object.name,
                one.unwrap_or("")
            );
            self.say(codes::CONFLICT, title, &place(), "A ContainerResource metric names one of the pod's own containers (H4).", "");
        }
    }

    /// Two autoscalers must not move one resource: the one scales by the use of what the other changes (H11).
    pub(super) fn vertical(&mut self, object: &Object<'b>) {
        let Some((name, workload)) = self.target(object, field!("targetRef")) else { return };
        if let Some(other) = self.sized.insert(name, *object) {
            let title =
                format!("two VerticalPodAutoscalers set what {} asks for: `{}` and `{}`", workload.object.title(), other.name, object.name);
            let places = [(object.view.origin(), "the one"), (other.view.origin(), "the other")];
            self.say(codes::CONFLICT, title, &places, "Which of them a pod gets its requests from is not defined (V5).", "keep one");
        }
        let mode = object.spec().and_then(|spec| spec.follow(&[field!("updatePolicy"), field!("updateMode")])).and_then(View::str);
        let Some(scaler) = self.scaled.get(&name).copied().filter(|_| mode != Some("Off")) else { return };
        let policies = object.spec().and_then(|spec| spec.follow(&[field!("resourcePolicy"), field!("containerPolicies")]));
        let moves = |resource: &str, container: Option<&str>| {
            let mut list = policies.into_iter().flat_map(View::children).filter(|policy| {
                let of = policy.get_key(field!("containerName")).and_then(View::str);
                container.is_none() || of == Some("*") || of == container
            });
            let controls = |policy: View<'_>| {
                let off = policy.get_key(field!("mode")).and_then(View::str) == Some("Off");
                !off && policy
                    .get_key(field!("controlledResources"))
                    .is_none_or(|list| list.children().any(|item| item.str() == Some(resource)))
            };
            if policies.is_none() { true } else { list.any(controls) }
        };
        let shared = sources(&scaler).find(|source| moves(source.resource, source.container));
        if let Some(Source { view: source, resource, .. }) = shared {
            let title = format!("`scale` and `autosize` of `{}` both go by {resource}", workload.object.name);
            let why =
                "The one adds pods when the share of the request that is used rises, the other changes the request: they chase each other.";
            let places = [(source.origin(), "adds pods by it"), (object.view.origin(), "changes the request")];
            self.say(
                codes::CONFLICT,
                title,
                &places,
                why,
                &format!("let `autosize` set the other resource alone, or scale by a metric other than {resource}"),
            );
        }
    }
}
