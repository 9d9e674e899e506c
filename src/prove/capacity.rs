//! The worst case fits: every pod that can run at once within its namespace's quota, every container within its bounds.
//!
//! Pods are counted as rules.md §4.3 says: as many as the autoscaler may make, and those that one release adds; one release at a time. What a pod asks
//! for is what admission makes of it (Q2, Q3): requests follow limits, and a LimitRange fills what is missing.

use super::chains::Chains;
use super::proxies::Proxies;
use super::scene::{Object, Scene, Workload, fields};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::plan::model::Instrumentation;
use crate::plan::model::{Mesh, Waypoint};
use crate::tape::{Key, Value, View, field, key};
use crate::units::{Bytes, Cpu, Quantity};
use rustc_hash::FxHashMap;
use std::cell::OnceCell;
use std::fmt::Write;

const RESOURCES: Key = key("resources");
const REQUESTS: Key = key("requests");
const LIMITS: Key = key("limits");
const NAME: Key = key("name");
const RESTART_POLICY: Key = key("restartPolicy");
const DEFAULT: Key = key("default");
const DEFAULT_REQUEST: Key = key("defaultRequest");
const MIN: Key = key("min");
const MAX: Key = key("max");

/// Amounts are counted in billionths, as [`Quantity`] counts them.
const ONE: i128 = 1_000_000_000;

/// A resource: `cpu`, `memory`, a device. Its name is looked up once, and found in many lists.
#[derive(Clone, Copy)]
struct Resource<'b> {
    name: &'b str,
    key: Option<Key>,
}

impl<'b> Resource<'b> {
    fn new(name: &'b str) -> Self {
        Resource { name, key: Key::find(name) }
    }
    /// That of an entry of a list of amounts.
    fn of_entry(entry: View<'b>) -> Self {
        Resource { name: entry.key(), key: Some(entry.key_id()).filter(|key| !key.is_foreign()) }
    }
    /// Its entry of a list of amounts.
    fn of(self, list: View<'_>) -> Option<View<'_>> {
        match self.key {
            Some(key) => list.get_key(key),
            None => list.get(self.name),
        }
    }
}

/// What a namespace's LimitRange says of containers.
#[derive(Clone, Copy)]
struct Bounds<'b> {
    item: View<'b>,
}

impl<'b> Bounds<'b> {
    fn get(self, list: Key, resource: Resource<'_>) -> Option<View<'b>> {
        resource.of(self.item.get_key(list)?)
    }
    /// The limit of a container that has none (Q2).
    fn limit(self, resource: Resource<'_>) -> Option<i128> {
        self.get(DEFAULT, resource).or_else(|| self.get(MAX, resource)).and_then(amount)
    }
    /// The request of a container that has neither (Q2).
    fn request(self, resource: Resource<'_>) -> Option<i128> {
        self.get(DEFAULT_REQUEST, resource).and_then(amount).or_else(|| self.limit(resource)).or_else(|| amount(self.get(MIN, resource)?))
    }
}

/// The namespaces that have bounds.
fn bounds_of<'b>(scene: &Scene<'b>) -> FxHashMap<&'b str, Vec<Bounds<'b>>> {
    let mut found: FxHashMap<&str, Vec<Bounds<'_>>> = FxHashMap::default();
    for range in scene.of_kind("LimitRange") {
        let items = range.spec().and_then(|spec| spec.get_key(field!("limits"))).into_iter().flat_map(View::children);
        let own = items.filter(|item| item.get_key(field!("type")).and_then(View::str) == Some("Container"));
        found.entry(range.namespace).or_default().extend(own.map(|item| Bounds { item }));
    }
    found
}

fn amount(view: View<'_>) -> Option<i128> {
    match view.value() {
        Value::Str(text) => Quantity::parse(text).ok().map(Quantity::nanos),
        Value::Int(number) => Some(i128::from(number) * ONE),
        _ => None,
    }
}

/// What a container, or a pod as a whole, says of its resources.
#[derive(Clone, Copy, Default)]
struct Said<'b> {
    requests: Option<View<'b>>,
    limits: Option<View<'b>>,
}

impl<'b> Said<'b> {
    /// That of its field `resources`.
    fn of(resources: Option<View<'b>>) -> Self {
        let [requests, limits] = resources.map_or([None; 2], |resources| fields(resources, [REQUESTS, LIMITS]));
        Said { requests, limits }
    }
    fn get(self, list: Key, resource: Resource<'_>) -> Option<View<'b>> {
        resource.of(if list == LIMITS { self.limits } else { self.requests }?)
    }
    fn amount(self, list: Key, resource: Resource<'_>) -> Option<i128> {
        self.get(list, resource).and_then(amount)
    }
    /// What a container with these asks for, after admission (Q3). A request follows a limit that the container itself has.
    fn request(self, resource: Resource<'_>, bounds: Option<Bounds<'_>>) -> Option<i128> {
        let own = self.amount(REQUESTS, resource).or_else(|| self.amount(LIMITS, resource));
        own.or_else(|| bounds?.request(resource))
    }
    /// What it may use at most.
    fn limit(self, resource: Resource<'_>, bounds: Option<Bounds<'_>>) -> Option<i128> {
        self.amount(LIMITS, resource).or_else(|| bounds?.limit(resource))
    }
}

/// Every container's requests and limits lie within its namespace's bounds, and no request above its limit.
pub(super) fn bounds(scene: &Scene<'_>, diagnostics: &mut Diagnostics) {
    let bounds = bounds_of(scene);
    let proxies = Proxies::of(scene);
    let mut told: Vec<&str> = Vec::new();
    for workload in &scene.workloads {
        let limits = bounds.get(workload.object.namespace);
        if limits.is_some() && proxies.inject(workload) && !told.contains(&workload.object.namespace) {
            told.push(workload.object.namespace);
            for limits in limits.into_iter().flatten() {
                proxy_within(scene, workload.object.namespace, &proxies, *limits, diagnostics);
            }
        }
        for (_, container) in workload.containers() {
            let own = Said::of(container.get_key(RESOURCES));
            for request in own.requests.into_iter().flat_map(View::children) {
                let Some(limit) = own.limits.and_then(|limits| limits.get_key(request.key_id())) else { continue };
                if amount(request).zip(amount(limit)).is_some_and(|(request, limit)| request > limit) {
                    let title = format!("{} asks for more {} than it may use", named(workload, container), noun(request.key()));
                    let why = format!("It requests {} and is limited to {}.", shown(request), shown(limit));
                    let said = scene.at(Diagnostic::error(codes::OUT_OF_BOUNDS, title), request.origin(), "asks for this");
                    diagnostics.push(scene.at(said, limit.origin(), "may use this").why(why).help("raise the limit, or ask for less"));
                }
            }
            for limits in limits.into_iter().flatten() {
                within(scene, workload, (container, own), *limits, diagnostics);
            }
        }
    }
    for waypoint in scene.objects.iter().filter(|object| is_waypoint(object)) {
        for limits in bounds.get(waypoint.namespace).into_iter().flatten() {
            proxy_within(scene, waypoint.namespace, &proxies, *limits, diagnostics);
        }
    }
    for scaler in scene.of_kind("VerticalPodAutoscaler") {
        for limits in bounds.get(scaler.namespace).into_iter().flatten() {
            recommended(scene, scaler, *limits, diagnostics);
        }
    }
}

/// One container against one LimitRange: `min` holds of requests, `max` of limits (Q3), and a request may not exceed the limit it is given (Q4).
fn within(
    scene: &Scene<'_>,
    workload: &Workload<'_>,
    (container, own): (View<'_>, Said<'_>),
    limits: Bounds<'_>,
    diagnostics: &mut Diagnostics,
) {
    let mut wrong = |resource: Resource<'_>, title: String, why: String, bound: View<'_>| {
        let amount = own.get(LIMITS, resource).or_else(|| own.get(REQUESTS, resource));
        let origin = amount.unwrap_or(container).origin();
        let said = scene.at(Diagnostic::error(codes::OUT_OF_BOUNDS, title), origin, "this amount");
        diagnostics
            .push(scene.at(said, bound.origin(), "the namespace's bound").why(why).help("change the amount, or the namespace's `bounds`"));
    };
    for list in [MIN, MAX, DEFAULT] {
        for bound in limits.item.get_key(list).into_iter().flat_map(View::children) {
            let resource = Resource::of_entry(bound);
            // A default is for containers without a limit.
            if list == DEFAULT && own.get(LIMITS, resource).is_some() {
                continue;
            }
            let Some(value) = amount(bound) else { continue };
            let who = || named(workload, container);
            let (what, ns) = (noun(resource.name), workload.object.namespace);
            let show = |amount| show(resource.name, amount);
            match list {
                MIN => {
                    if let Some(request) = own.request(resource, Some(limits)).filter(|request| *request < value) {
                        let why = format!("It asks for {}, and the least in `{ns}` is {}.", show(request), show(value));
                        wrong(resource, format!("{} asks for less {what} than its namespace admits", who()), why, bound);
                    }
                }
                MAX => {
                    let most = own.limit(resource, Some(limits)).max(own.request(resource, Some(limits)));
                    if let Some(limit) = most.filter(|limit| *limit > value) {
                        let why = format!("It may use {}, and the most in `{ns}` is {}.", show(limit), show(value));
                        wrong(resource, format!("{} may use more {what} than its namespace admits", who()), why, bound);
                    }
                }
                _ => {
                    if let Some(request) = own.amount(REQUESTS, resource).filter(|request| *request > value) {
                        let (asked, given) = (show(request), show(value));
                        let why = format!("It asks for {asked}, and a container without a limit is given one of {given} in `{ns}`.");
                        wrong(resource, format!("{} asks for more {what} than the limit that its namespace gives it", who()), why, bound);
                    }
                }
            }
        }
    }
}

/// The proxy that the mesh puts into each pod is a container like others: admission refuses the pod where the proxy is out of bounds (Q3).
fn proxy_within(scene: &Scene<'_>, ns: &str, proxies: &Proxies<'_>, limits: Bounds<'_>, diagnostics: &mut Diagnostics) {
    for (list, word) in [("min", "least"), ("max", "most")] {
        for bound in limits.item.get(list).into_iter().flat_map(View::children) {
            let resource = bound.key();
            let (Some((request, limit)), Some(value)) = (proxies.takes(resource), amount(bound)) else { continue };
            let (has, wrong) = if list == "min" { (request, request < value) } else { (limit, limit > value) };
            if !wrong {
                continue;
            }
            let what = noun(resource);
            let verb = if list == "min" { "asks for less" } else { "may use more" };
            let d = Diagnostic::error(codes::OUT_OF_BOUNDS, format!("the mesh's proxy {verb} {what} than namespace `{ns}` admits"))
                .why(format!(
                    "It {} {}, and the {word} in `{ns}` is {}.",
                    if list == "min" { "asks for" } else { "may use" },
                    show(resource, has),
                    show(resource, value)
                ))
                .why(if scene.plan().target.mesh == Mesh::Ambient {
                    "The pods of a waypoint are such proxies, and a pod with a container out of bounds is never made."
                } else {
                    "Each pod of the mesh gets one, and a pod with a container out of bounds is never made."
                });
            let d = scene.at(d, bound.origin(), "the namespace's bound");
            diagnostics.push(d.help("widen `bounds`, or say what the mesh gives its proxies: `target { proxy { cpu = …, memory = … } }`"));
        }
    }
}

/// A Gateway whose pods read requests in ambient mode.
pub(super) fn is_waypoint(object: &Object<'_>) -> bool {
    object.kind == "Gateway"
        && object.spec().and_then(|s| s.get_key(field!("gatewayClassName"))).and_then(View::str) == Some(Waypoint::CLASS)
}

/// What a VerticalPodAutoscaler may set lies within the bounds too (V4), or no pod is made after it has.
fn recommended(scene: &Scene<'_>, scaler: &Object<'_>, limits: Bounds<'_>, diagnostics: &mut Diagnostics) {
    let policies = scaler
        .spec()
        .and_then(|spec| spec.follow(&[field!("resourcePolicy"), field!("containerPolicies")]))
        .into_iter()
        .flat_map(View::children);
    for policy in policies {
        let pairs = [(field!("minAllowed"), MIN, i128::lt as fn(&i128, &i128) -> bool), (field!("maxAllowed"), MAX, i128::gt)];
        for (own, bound, compare) in pairs {
            for allowed in policy.get_key(own).into_iter().flat_map(View::children) {
                let Some(limit) = limits.get(bound, Resource::new(allowed.key())) else { continue };
                let (Some(value), Some(most)) = (amount(allowed), amount(limit)) else { continue };
                if compare(&value, &most) {
                    let title = format!(
                        "`autosize` of `{}` may go to {} of {}, out of its namespace's bounds",
                        scaler.name,
                        shown(allowed),
                        noun(allowed.key())
                    );
                    let why = format!(
                        "Containers in `{}` have {} {}.",
                        scaler.namespace,
                        if bound == MIN { "at least" } else { "at most" },
                        shown(limit)
                    );
                    let said = scene.at(Diagnostic::error(codes::OUT_OF_BOUNDS, title), allowed.origin(), "this bound");
                    diagnostics.push(scene.at(said, limit.origin(), "the namespace's bound").why(why));
                }
            }
        }
    }
}

/// A workload's pods in the worst case.
struct Peak<'s, 'b> {
    workload: &'s Workload<'b>,
    /// How many run for good.
    pods: i128,
    /// How many more while a release is under way.
    surge: i128,
    /// What its pods say as a whole.
    whole: Said<'b>,
    containers: Vec<Container<'b>>,
    /// Its VerticalPodAutoscaler.
    sized: Option<View<'b>>,
}

/// A container of a workload: every entry of a quota asks it for an amount.
struct Container<'b> {
    view: View<'b>,
    said: Said<'b>,
    /// Does it run before the others?
    starts: bool,
    /// Does it stay when it has started?
    stays: bool,
}

impl<'b> Container<'b> {
    fn of((list, view): (&str, View<'b>)) -> Self {
        let [resources, restart] = fields(view, [RESOURCES, RESTART_POLICY]);
        let stays = restart.and_then(View::str) == Some("Always");
        Container { view, said: Said::of(resources), starts: list == "initContainers", stays }
    }
}

/// Every namespace's worst case fits its quota: all autoscalers at their most (H13).
pub(super) fn quota<'a>(scene: &Scene<'a>, diagnostics: &mut Diagnostics) {
    let quotas: Vec<_> = scene.of_kind("ResourceQuota").collect();
    if quotas.is_empty() {
        return;
    }
    let target = |object: &Object<'a>, reference| -> Option<(&'a str, &'a str)> {
        let reference = object.spec()?.get_key(reference)?;
        Some((reference.get_key(field!("kind"))?.str()?, reference.get_key(field!("name"))?.str()?))
    };
    let mut most: FxHashMap<(&str, &str, &str), i64> = FxHashMap::default();
    for scaler in scene.of_kind("HorizontalPodAutoscaler") {
        let count = scaler.spec().and_then(|spec| spec.get_key(field!("maxReplicas"))).and_then(View::int);
        if let (Some((kind, name)), Some(count)) = (target(scaler, field!("scaleTargetRef")), count) {
            most.insert((scaler.namespace, kind, name), count);
        }
    }
    for scaler in scene.of_kind("ScaledObject") {
        // KEDA's own most where none is said.
        let count = scaler.spec().and_then(|spec| spec.get_key(field!("maxReplicaCount"))).and_then(View::int).unwrap_or(100);
        if let Some((kind, name)) = target(scaler, field!("scaleTargetRef")) {
            most.insert((scaler.namespace, kind, name), count);
        }
    }
    let mut sized: FxHashMap<(&str, &str, &str), View<'_>> = FxHashMap::default();
    for scaler in scene.of_kind("VerticalPodAutoscaler") {
        let mode = scaler.spec().and_then(|spec| spec.follow(&[field!("updatePolicy"), field!("updateMode")])).and_then(View::str);
        if let (Some((kind, name)), Some(spec)) = (target(scaler, field!("targetRef")), scaler.spec().filter(|_| mode != Some("Off"))) {
            sized.insert((scaler.namespace, kind, name), spec);
        }
    }
    let bounds = bounds_of(scene);
    let proxies = Proxies::of(scene);
    let agents = scene.of_kind("Instrumentation").map(|object| ((object.namespace, object.name), object)).collect();
    let of_namespace = Chains::of(scene.workloads.iter().map(|workload| workload.object.namespace));
    let waypoints = scene.objects.iter().filter(|object| is_waypoint(object)).collect();
    let of_objects = OnceCell::new();
    for quota in quotas {
        let workloads = of_namespace.get(&quota.namespace).filter_map(|at| scene.workloads.get(at as usize));
        let peaks = workloads.map(|workload| {
            let name = (quota.namespace, workload.object.kind, workload.object.name);
            peak(workload, most.get(&name).copied(), sized.get(&name).copied())
        });
        let case = Case {
            scene,
            quota,
            of_objects: &of_objects,
            waypoints: &waypoints,
            peaks: peaks.collect(),
            bounds: bounds.get(quota.namespace).and_then(|all| all.first().copied()),
            proxies: &proxies,
            agents: &agents,
        };
        case.check(diagnostics);
    }
}

/// How many pods of a workload there are at most (rules.md §4.3).
fn peak<'s, 'b>(workload: &'s Workload<'b>, most: Option<i64>, sized: Option<View<'b>>) -> Peak<'s, 'b> {
    let int = |key| workload.spec.get_key(key).and_then(View::int);
    let replicas = i128::from(most.or_else(|| int(field!("replicas"))).unwrap_or(1));
    let (pods, surge) = match workload.object.kind {
        "Deployment" => {
            let strategy = workload.spec.get_key(field!("strategy"));
            let recreate = strategy.and_then(|s| s.get_key(field!("type"))).and_then(View::str) == Some("Recreate");
            let surge = strategy.and_then(|s| s.follow(&[field!("rollingUpdate"), field!("maxSurge")]));
            (replicas, if recreate { 0 } else { share_up(surge, replicas) })
        }
        // Both versions whole: blue and green, which an autoscaler scales together (A49), or a canary at its end, when the old pods stay for a
        // while. Without a router a canary's pods replace each other.
        "Rollout" => {
            let strategy = workload.spec.get_key(field!("strategy"));
            let canary = strategy.and_then(|s| s.get_key(field!("canary"))).filter(|c| c.get_key(field!("trafficRouting")).is_none());
            (replicas, canary.map_or(replicas, |c| share_up(c.get_key(field!("maxSurge")), replicas)))
        }
        "Job" | "CronJob" => {
            let parallel = int(field!("parallelism")).unwrap_or(1);
            let completions = int(field!("completions")).unwrap_or(parallel);
            (i128::from(parallel.min(completions)), 0)
        }
        // One on each node, and how many nodes there are is not known here.
        "DaemonSet" => (0, 0),
        _ => (replicas, 0),
    };
    let containers = workload.containers().map(Container::of).collect();
    Peak { workload, pods, surge, whole: Said::of(workload.pod.get_key(RESOURCES)), containers, sized }
}

/// A count, or a percentage of one that is rounded up; a quarter where nothing is said.
fn share_up(value: Option<View<'_>>, of: i128) -> i128 {
    let percent = |percent: i128| (of * percent + 99) / 100;
    match value.map(View::value) {
        Some(Value::Int(count)) => i128::from(count),
        Some(Value::Str(text)) => text.strip_suffix('%').and_then(|number| number.parse().ok()).map_or(0, percent),
        _ => percent(25),
    }
}

/// A namespace, its quota, and what would use it.
struct Case<'s, 'b> {
    scene: &'s Scene<'b>,
    quota: &'s Object<'b>,
    /// The objects by their namespaces. Few quotas count them: the table is made when the first does.
    of_objects: &'s OnceCell<Chains<&'b str>>,
    /// Waypoints of all namespaces.
    waypoints: &'s Vec<&'s Object<'b>>,
    peaks: Vec<Peak<'s, 'b>>,
    bounds: Option<Bounds<'b>>,
    proxies: &'s Proxies<'b>,
    /// Instrumentations, by namespace and name.
    agents: &'s FxHashMap<(&'b str, &'b str), &'s Object<'b>>,
}

/// A line of the sum.
struct Line<'b> {
    who: &'b str,
    count: i128,
    each: i128,
    surge: bool,
    workload: Option<View<'b>>,
}

impl Line<'_> {
    fn total(&self) -> i128 {
        self.count.saturating_mul(self.each)
    }
}

/// Takes the lines of a sum: most sums are within their quota, so that their lines are added up and not kept.
type Add<'f, 'b> = &'f mut dyn FnMut(Line<'b>);

/// The amount that an entry of a quota sums up over the pods, if it does: `limits.cpu`.
fn asked(entry: &str) -> Option<(Key, Resource<'_>)> {
    if entry == "requests.storage" || entry.starts_with("count/") || entry.contains(".storageclass.storage.k8s.io/") {
        return None;
    }
    let (list, name) = match (entry.strip_prefix("limits."), entry.strip_prefix("requests.")) {
        (Some(resource), _) => (LIMITS, resource),
        (_, Some(resource)) => (REQUESTS, resource),
        _ if matches!(entry, "cpu" | "memory" | "ephemeral-storage") => (REQUESTS, entry),
        _ => return None,
    };
    Some((list, Resource::new(name)))
}

impl<'b> Case<'_, 'b> {
    fn check(&self, diagnostics: &mut Diagnostics) {
        let Some(spec) = self.quota.spec() else { return };
        if spec.get_key(field!("scopes")).or_else(|| spec.get_key(field!("scopeSelector"))).is_some() {
            let said = Diagnostic::note_of(codes::OVER_QUOTA, format!("the worst case is not held against {}", self.quota.title()));
            diagnostics.push(
                self.scene
                    .at(said, spec.origin(), "counts some pods alone")
                    .why("It has scopes, and which pods those count is not computed."),
            );
            return;
        }
        for hard in spec.get_key(field!("hard")).into_iter().flat_map(View::children) {
            let asked = asked(hard.key());
            if let Some((list, resource)) = asked {
                self.unsaid(list, resource, hard, diagnostics);
            }
            let mut total = 0;
            let counted = self.lines(hard.key(), asked, &mut |line| total += line.total());
            let (Some(most), Some(resource)) = (amount(hard), counted) else { continue };
            if total > most {
                let mut lines = Vec::new();
                self.lines(hard.key(), asked, &mut |line| lines.push(line));
                diagnostics.push(self.over(hard, resource, most, total, &lines));
            }
        }
        self.unbounded(diagnostics);
    }

    /// Adds what counts against one entry of the quota, and says as what it is shown; nothing for an entry that counts what a program does not
    /// make.
    fn lines(&self, entry: &'b str, asked: Option<(Key, Resource<'b>)>, add: Add<'_, 'b>) -> Option<&'b str> {
        if let Some((list, resource)) = asked {
            self.pods(|peak| self.pod(peak, list, resource), add);
            let proxy = self.proxies.takes(resource.name).map_or(0, |(request, limit)| if list == LIMITS { limit } else { request });
            self.waypoints(proxy, Waypoint::PODS + 1, add);
            return Some(resource.name);
        }
        let of_type = |object: &Object<'b>, words: &[&str]| {
            let of = object.spec().and_then(|spec| spec.get_key(field!("type"))).and_then(View::str);
            object.kind == "Service" && of.is_some_and(|of| words.contains(&of))
        };
        match entry.strip_prefix("count/").unwrap_or(entry) {
            "pods" => {
                self.pods(|_| ONE, add);
                self.waypoints(ONE, Waypoint::PODS + 1, add);
            }
            "services" => {
                self.counted(|object| object.kind == "Service", add);
                self.waypoints(ONE, 1, add);
            }
            "services.loadbalancers" => self.counted(|object| of_type(object, &["LoadBalancer"]), add),
            "services.nodeports" => self.counted(|object| of_type(object, &["NodePort", "LoadBalancer"]), add),
            "configmaps" => {
                self.counted(|object| object.kind == "ConfigMap", add);
                // Every namespace has one that the cluster makes.
                add(Line { who: "kube-root-ca.crt", count: 1, each: ONE, surge: false, workload: None });
            }
            // An ExternalSecret makes a Secret.
            "secrets" => self.counted(|object| matches!(object.kind, "Secret" | "ExternalSecret"), add),
            "persistentvolumeclaims" => self.claims(|_| ONE, add),
            "requests.storage" => {
                let path = [field!("spec"), field!("resources"), field!("requests"), field!("storage")];
                self.claims(|claim| claim.follow(&path).and_then(amount).unwrap_or(0), add);
                return Some("storage");
            }
            "deployments.apps" => {
                self.counted(|object| object.kind == "Deployment", add);
                self.waypoints(ONE, 1, add);
            }
            "statefulsets.apps" => self.counted(|object| object.kind == "StatefulSet", add),
            "daemonsets.apps" => self.counted(|object| object.kind == "DaemonSet", add),
            "cronjobs.batch" => self.counted(|object| object.kind == "CronJob", add),
            "resourcequotas" => self.counted(|object| object.kind == "ResourceQuota", add),
            _ => return None,
        }
        Some("")
    }
    /// What Istio makes for the Gateways of the namespace that are waypoints: a Service, a Deployment, and its pods, one more while they are replaced.
    fn waypoints(&self, each: i128, count: i64, add: Add<'_, 'b>) {
        for waypoint in self.waypoints.iter().filter(|waypoint| each > 0 && waypoint.namespace == self.quota.namespace) {
            add(Line { who: waypoint.name, count: i128::from(count), each, surge: false, workload: Some(waypoint.view) });
        }
    }
    /// The objects of the namespace.
    fn objects(&self) -> impl Iterator<Item = &Object<'b>> {
        let all = self.of_objects.get_or_init(|| Chains::of(self.scene.objects.iter().map(|object| object.namespace)));
        all.get(&self.quota.namespace).filter_map(|at| self.scene.objects.get(at as usize))
    }
    fn counted(&self, which: impl Fn(&Object<'b>) -> bool, add: Add<'_, 'b>) {
        for object in self.objects().filter(|object| which(object)) {
            add(Line { who: object.name, count: 1, each: ONE, surge: false, workload: Some(object.view) });
        }
    }
    /// The claims of StatefulSets, one a replica, and those that stand alone.
    fn claims(&self, each: impl Fn(View<'b>) -> i128, add: Add<'_, 'b>) {
        for peak in &self.peaks {
            for claim in peak.workload.spec.get_key(field!("volumeClaimTemplates")).into_iter().flat_map(View::children) {
                let object = peak.workload.object;
                add(Line { who: object.name, count: peak.pods, each: each(claim), surge: false, workload: Some(object.view) });
            }
        }
        for object in self.objects().filter(|object| object.kind == "PersistentVolumeClaim") {
            add(Line { who: object.name, count: 1, each: each(object.view), surge: false, workload: Some(object.view) });
        }
    }
    /// The pods of all workloads, and of the one release that adds most.
    fn pods(&self, each: impl Fn(&Peak<'_, 'b>) -> i128, add: Add<'_, 'b>) {
        let mut release: Option<Line<'b>> = None;
        for peak in &self.peaks {
            let each = each(peak);
            let object = &peak.workload.object;
            let line = |count, surge| Line { who: object.name, count, each, surge, workload: Some(object.view) };
            if peak.pods > 0 && each > 0 {
                add(line(peak.pods, false));
            }
            if peak.surge.saturating_mul(each) > release.as_ref().map_or(0, Line::total) {
                release = Some(line(peak.surge, true));
            }
        }
        release.into_iter().for_each(add);
    }
    /// What one pod counts: the larger of all that run together and of what an init container needs with the sidecars before it.
    fn pod(&self, peak: &Peak<'_, 'b>, list: Key, resource: Resource<'_>) -> i128 {
        if let Some(whole) = peak.whole.amount(list, resource) {
            return whole;
        }
        let (mut together, mut sidecars, mut starting) = (0_i128, 0_i128, 0_i128);
        // The mesh's proxy starts before all others and stays: a sidecar of Kubernetes' own kind.
        if let Some((request, limit)) = self.proxies.takes(resource.name).filter(|_| self.proxies.inject(peak.workload)) {
            sidecars = if list == LIMITS { limit } else { request };
            starting = sidecars;
        }
        for container in &peak.containers {
            let amount = self.container(container, peak.sized, list, resource);
            match (container.starts, container.stays) {
                (true, true) => {
                    sidecars += amount;
                    starting = starting.max(sidecars);
                }
                (true, false) => starting = starting.max(amount + sidecars),
                _ => together += amount,
            }
        }
        (together + sidecars).max(starting).max(sidecars + self.agent(peak.workload, list, resource))
    }
    /// What the init container takes that OpenTelemetry's operator puts into a pod (O6).
    fn agent(&self, workload: &Workload<'b>, list: Key, resource: Resource<'_>) -> i128 {
        if self.agents.is_empty() {
            return 0;
        }
        let annotations = workload.spec.follow(&[field!("template"), field!("metadata"), field!("annotations")]);
        let named = annotations.into_iter().flat_map(View::children).filter(|a| a.key().starts_with(Instrumentation::ANNOTATION));
        let found = named.filter_map(|a| self.agents.get(&(workload.object.namespace, a.str()?))?.spec());
        let languages = found.flat_map(View::children).filter_map(|language| {
            let resources = language.get_key(RESOURCES).or_else(|| language.get_key(field!("resourceRequirements")))?;
            resource.of(resources.get_key(list)?).and_then(amount)
        });
        languages.sum()
    }
    /// What a container counts; with a VerticalPodAutoscaler, as much as that may set. One that moves limits too keeps their ratio.
    fn container(&self, container: &Container<'b>, sized: Option<View<'b>>, list: Key, resource: Resource<'_>) -> i128 {
        let request = || container.said.request(resource, self.bounds).unwrap_or(0);
        let limit = || container.said.limit(resource, self.bounds).unwrap_or(0);
        // Nothing moves it: only the amount that is asked for is read.
        if sized.is_none() {
            return if list == LIMITS { limit() } else { request() };
        }
        let (request, limit) = (request(), limit());
        let name = container.view.get_key(NAME).and_then(View::str).unwrap_or("");
        let policies = sized
            .and_then(|spec| spec.follow(&[field!("resourcePolicy"), field!("containerPolicies")]))
            .into_iter()
            .flat_map(View::children);
        let of = |policy: &View<'b>| policy.get_key(field!("containerName")).and_then(View::str);
        let policy = policies.filter(|policy| matches!(of(policy), Some(of) if of == name || of == "*")).last();
        let controlled = |policy: &View<'b>| {
            let list = policy.get_key(field!("controlledResources"));
            list.is_none_or(|list| list.children().any(|item| item.str() == Some(resource.name)))
        };
        let most = policy.filter(controlled).and_then(|policy| resource.of(policy.get_key(field!("maxAllowed"))?)).and_then(amount);
        let Some(most) = most.filter(|most| *most > request) else { return if list == LIMITS { limit } else { request } };
        let moves_limits = policy.and_then(|policy| policy.get_key(field!("controlledValues"))).and_then(View::str) != Some("RequestsOnly");
        match list {
            LIMITS if moves_limits && request > 0 => limit.saturating_mul(most) / request,
            LIMITS => limit,
            _ => most,
        }
    }

    /// A quota on CPU or memory refuses every pod with a container that does not say how much of it (Q9).
    fn unsaid(&self, list: Key, resource: Resource<'_>, hard: View<'b>, diagnostics: &mut Diagnostics) {
        if !matches!(resource.name, "cpu" | "memory") {
            return;
        }
        for peak in &self.peaks {
            for Container { view: container, said, .. } in &peak.containers {
                // A request follows a limit (Q2).
                let own = said.get(list, resource).or_else(|| said.get(LIMITS, resource));
                let given =
                    || self.bounds.and_then(|bounds| if list == LIMITS { bounds.limit(resource) } else { bounds.request(resource) });
                if own.is_some() || given().is_some() || peak.whole.amount(list, resource).is_some() {
                    continue;
                }
                let what = format!("{} {}", noun(resource.name), if list == LIMITS { "limit" } else { "request" });
                let title = format!(
                    "{} has no {what}, so that the quota of `{}` refuses its pods",
                    named(peak.workload, *container),
                    self.quota.namespace
                );
                let said = self.scene.at(Diagnostic::error(codes::OVER_QUOTA, title), container.origin(), &format!("without a {what}"));
                let said = self.scene.at(said, hard.origin(), "the quota counts it");
                diagnostics.push(
                    said.why(
                        "A quota on limits or requests makes them mandatory: the workload is accepted, and no pod of it is ever made.",
                    )
                    .help(format!("give it a {what}, or take `{}` out of the quota", hard.key())),
                );
            }
        }
    }
    /// Runs of a cron that may pile up have no worst case; pods on every node are not counted.
    fn unbounded(&self, diagnostics: &mut Diagnostics) {
        for peak in &self.peaks {
            let object = peak.workload.object;
            let concurrent = object.spec().and_then(|spec| spec.get_key(field!("concurrencyPolicy")));
            if object.kind == "CronJob" && concurrent.and_then(View::str).is_none_or(|policy| policy == "Allow") {
                let title = format!("runs of cron `{}` may pile up past the quota of `{}`", object.name, object.namespace);
                let origin = concurrent.map_or(object.view.origin(), View::origin);
                let said = self.scene.at(Diagnostic::warning(codes::OVER_QUOTA, title), origin, "runs overlap");
                diagnostics
                    .push(said.why("The worst case counts one run.").help("write `concurrency = forbid` or `concurrency = replace`"));
            }
            if object.kind == "DaemonSet" {
                let title = format!("pods of daemon `{}` are not counted against the quota of `{}`", object.name, object.namespace);
                let said = self.scene.at(Diagnostic::note_of(codes::OVER_QUOTA, title), object.view.origin(), "one pod a node");
                diagnostics.push(said.why("There is one on each node, and how many nodes the cluster has is not known here."));
            }
        }
    }

    fn over(&self, hard: View<'b>, resource: &str, most: i128, total: i128, lines: &[Line<'b>]) -> Diagnostic {
        let (sum, limit) = (show(resource, total), show(resource, most));
        let what = hard.key();
        let title = format!("the worst case of namespace `{}` needs {sum} of `{what}`, and its quota is {limit}", self.quota.namespace);
        let said = self.scene.at(Diagnostic::error(codes::OVER_QUOTA, title), hard.origin(), &format!("the quota is {limit}"));
        let largest = lines.iter().max_by_key(|line| line.count.saturating_mul(line.each));
        let said = match largest.and_then(|line| Some((line, line.workload?))) {
            Some((line, view)) => self.scene.at(said, view.origin(), &format!("`{}` needs the most", line.who)),
            None => said,
        };
        let steady: i128 = lines.iter().filter(|line| !line.surge).map(|line| line.count.saturating_mul(line.each)).sum();
        let said = said.why(table(resource, lines, &sum, &limit)).why(if resource.is_empty() || resource == "storage" {
            "What does not fit is refused when it is made: the workload stands, and part of it never comes."
        } else {
            "Pods over the quota are refused one by one: the workload is accepted, and scaling or a release stops half way."
        });
        let injected = self.peaks.iter().any(|peak| self.proxies.inject(peak.workload));
        let said = match self.proxies.takes(resource).filter(|_| injected) {
            Some((request, limit)) => {
                let each = if what.starts_with("limits.") { limit } else { request };
                said.why(format!("The mesh's proxy is {} of each pod, as `target.proxy` has it.", show(resource, each)))
            }
            None => said,
        };
        let list = if what.starts_with("limits.") { LIMITS } else { REQUESTS };
        let agent = self.peaks.iter().map(|peak| self.agent(peak.workload, list, Resource::new(resource))).max().unwrap_or(0);
        let said = if agent > 0 {
            said.why(format!(
                "The agent of `tracing` comes in a container that takes {} of its pod while that starts.",
                show(resource, agent)
            ))
        } else {
            said
        };
        let said = match lines.iter().find(|line| line.surge).filter(|_| steady <= most) {
            Some(line) if self.peaks.iter().any(|p| p.workload.object.kind == "Rollout" && p.workload.object.name == line.who && p.surge >= p.pods) => {
                said.help(format!("only the release of `{}` does not fit, in which both versions run whole: `rollout rolling {{}}` needs less", line.who))
            }
            Some(line) => said.help(format!(
                "only the release of `{}` does not fit: `rollout rolling {{ surge = 0, unavailable = 1 }}` replaces its pods without extra ones",
                line.who
            )),
            None => said,
        };
        said.help(format!("raise the quota to at least {sum}")).help(match resource {
            "" => "make fewer of them",
            "storage" => "ask for smaller volumes, or for fewer replicas",
            _ => "lower the highest number of replicas, or what each pod asks for",
        })
    }
}

/// The sum, line by line, in columns.
fn table(resource: &str, lines: &[Line<'_>], sum: &str, limit: &str) -> String {
    let head = ["", "count", "each", "total"].map(str::to_owned);
    let mut rows = vec![head];
    // Many lines are many alike: the largest tell the story.
    let mut shown: Vec<&Line<'_>> = lines.iter().collect();
    shown.sort_by_key(|line| std::cmp::Reverse(line.count.saturating_mul(line.each)));
    let rest: i128 = shown.iter().skip(MOST_LINES).map(|line| line.count.saturating_mul(line.each)).sum();
    for line in shown.iter().take(MOST_LINES) {
        let who = if line.surge { format!("{} (release)", line.who) } else { line.who.to_owned() };
        let count = if line.surge { format!("+{}", line.count) } else { line.count.to_string() };
        rows.push([who, count, show(resource, line.each), show(resource, line.count.saturating_mul(line.each))]);
    }
    if shown.len() > MOST_LINES {
        rows.push([format!("{} more", shown.len() - MOST_LINES), String::new(), String::new(), show(resource, rest)]);
    }
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let (who, count, each, total) = (width(0), width(1), width(2), width(3));
    let mut text = "The worst case, with one release under way:\n".to_owned();
    for [a, b, c, d] in &rows {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {a:<who$}  {b:>count$}  {c:>each$}  {d:>total$}");
    }
    let unit = if resource == "cpu" { " CPU" } else { "" };
    let _ = write!(text, "  Σ {sum} of {limit}{unit}");
    text
}

const MOST_LINES: usize = 12;

/// An amount of a resource for people: cores as a number, sizes with their unit, all else as a count.
fn show(resource: &str, nanos: i128) -> String {
    let whole = nanos / ONE;
    match resource {
        "cpu" => i64::try_from(nanos).ok().and_then(Cpu::from_nanos).map_or_else(|| whole.to_string(), |cpu| cpu.cores().to_string()),
        "memory" | "ephemeral-storage" | "storage" => {
            i64::try_from(whole).ok().and_then(Bytes::new).map_or_else(|| whole.to_string(), |bytes| bytes.to_string())
        }
        _ => whole.to_string(),
    }
}

fn shown(view: View<'_>) -> String {
    view.str().map_or_else(|| view.int().unwrap_or(0).to_string(), str::to_owned)
}

fn noun(resource: &str) -> &str {
    match resource {
        "cpu" => "CPU",
        "ephemeral-storage" => "ephemeral storage",
        other => other,
    }
}

fn named(workload: &Workload<'_>, container: View<'_>) -> String {
    let name = container.get_key(NAME).and_then(View::str).unwrap_or("");
    if name == workload.object.name { format!("`{name}`") } else { format!("container `{name}` of `{}`", workload.object.name) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "a test that meets the unexpected must fail")]
    use super::{bounds, quota};
    use crate::prove::support::{World, container, deployment};
    use serde_json::{Value, json};

    fn with_quota(hard: Value, objects: &[Value]) -> Vec<Value> {
        let quota = json!({
            "apiVersion": "v1", "kind": "ResourceQuota", "metadata": { "name": "quota", "namespace": "shop" }, "spec": { "hard": hard },
        });
        std::iter::once(quota).chain(objects.iter().cloned()).collect()
    }
    fn says(hard: Value, objects: &[Value]) -> Vec<String> {
        World::of(&with_quota(hard, objects)).found(quota)
    }
    fn cpu(name: &str, replicas: i64, request: &str) -> Value {
        let mut object = deployment("shop", name);
        object["spec"]["replicas"] = json!(replicas);
        object["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"] = json!(request);
        object
    }
    fn autoscaler(name: &str, most: i64) -> Value {
        json!({
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": { "name": name, "namespace": "shop" },
            "spec": { "scaleTargetRef": { "kind": "Deployment", "name": name }, "maxReplicas": most },
        })
    }

    #[test]
    fn the_sum_is_exact_and_shown() {
        // 20 × 500m + 4 × 500m, and the larger of the surges: 1 × 500m.
        let objects = [cpu("web", 20, "500m"), cpu("api", 4, "500m")];
        assert_eq!(says(json!({ "requests.cpu": "12500m" }), &objects), Vec::<String>::new());
        let world = World::of(&with_quota(json!({ "requests.cpu": "12" }), &objects));
        let said = world.run(quota);
        assert_eq!(said.len(), 1);
        assert_eq!(said[0].title, "the worst case of namespace `shop` needs 12.5 of `requests.cpu`, and its quota is 12");
        assert_eq!(world.line(&said[0]), 1);
        assert_eq!(
            said[0].notes[0],
            "The worst case, with one release under way:\n                 count  each  total\n  web               20   0.5     10\n  api                4   0.5      2\n  api (release)     +1   0.5    0.5\n  Σ 12.5 of 12 CPU"
                .replace("api (release)", "web (release)")
        );
        assert!(said[0].fixes[0].text.starts_with("only the release of `web` does not fit"), "{:?}", said[0].fixes);
    }

    #[test]
    fn an_autoscalers_maximum_counts_and_surge_rounds_up() {
        let mut web = cpu("web", 2, "1");
        web["spec"]["strategy"]["rollingUpdate"]["maxSurge"] = json!("25%");
        let objects = [web, autoscaler("web", 10)];
        assert_eq!(says(json!({ "cpu": "13" }), &objects), Vec::<String>::new());
        assert_eq!(
            says(json!({ "cpu": "12" }), &objects),
            ["E0309 the worst case of namespace `shop` needs 13 of `cpu`, and its quota is 12"]
        );
        let scaled = |most: &Value| {
            let to = json!({ "kind": "Deployment", "name": "web" });
            let mut object = json!({
                "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": { "name": "web", "namespace": "shop" },
                "spec": { "scaleTargetRef": to, "maxReplicaCount": most },
            });
            if most.is_null() {
                object["spec"].as_object_mut().map(|spec| spec.remove("maxReplicaCount"));
            }
            says(json!({ "pods": "50" }), &[cpu("web", 2, "1"), object])
        };
        assert_eq!(scaled(&json!(49)), Vec::<String>::new());
        assert_eq!(scaled(&json!(50)), ["E0309 the worst case of namespace `shop` needs 51 of `pods`, and its quota is 50"]);
        // KEDA's own most is 100.
        assert_eq!(scaled(&Value::Null), ["E0309 the worst case of namespace `shop` needs 101 of `pods`, and its quota is 50"]);
        let mut recreate = cpu("web", 2, "1");
        recreate["spec"]["strategy"] = json!({ "type": "Recreate" });
        assert_eq!(says(json!({ "pods": "2" }), &[recreate]), Vec::<String>::new());
    }

    #[test]
    fn init_containers_and_sidecars_count_as_the_scheduler_counts_them() {
        let mut web = cpu("web", 1, "1");
        web["spec"]["strategy"] = json!({ "type": "Recreate" });
        let with = |name: &str, cpu: &str, sidecar: bool| {
            let mut container = container(name);
            container["resources"] = json!({ "requests": { "cpu": cpu } });
            if sidecar {
                container["restartPolicy"] = json!("Always");
            }
            container
        };
        // max(1 + 0.5 + 0.25, 2 + 0.5, 0.1 + 0): the sidecar after the init container does not run beside it.
        web["spec"]["template"]["spec"]["initContainers"] =
            json!([with("first", "100m", false), with("proxy", "500m", true), with("migrate", "2", false), with("late", "250m", true)]);
        assert_eq!(says(json!({ "requests.cpu": "2500m" }), &[web.clone()]), Vec::<String>::new());
        let said = says(json!({ "requests.cpu": "2499m" }), &[web]);
        assert_eq!(said, ["E0309 the worst case of namespace `shop` needs 2.5 of `requests.cpu`, and its quota is 2.499"]);
    }

    #[test]
    fn what_an_autosizer_may_set_counts() {
        let sizer = |mode: &str| {
            json!({
                "apiVersion": "autoscaling.k8s.io/v1", "kind": "VerticalPodAutoscaler", "metadata": { "name": "web", "namespace": "shop" },
                "spec": {
                    "targetRef": { "kind": "Deployment", "name": "web" }, "updatePolicy": { "updateMode": mode },
                    "resourcePolicy": { "containerPolicies": [{
                        "containerName": "web", "maxAllowed": { "cpu": "2" }, "controlledResources": ["cpu"], "controlledValues": "RequestsOnly",
                    }] },
                },
            })
        };
        let objects = |mode| [cpu("web", 1, "500m"), sizer(mode)];
        assert_eq!(says(json!({ "requests.cpu": "3" }), &objects("Initial")).len(), 1);
        assert_eq!(says(json!({ "requests.cpu": "4" }), &objects("Initial")), Vec::<String>::new());
        assert_eq!(says(json!({ "requests.cpu": "1" }), &objects("Off")), Vec::<String>::new());
    }

    #[test]
    fn counts_of_objects_and_storage() {
        let set = json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": { "name": "db", "namespace": "shop" },
            "spec": {
                "replicas": 3, "template": deployment("shop", "db")["spec"]["template"],
                "volumeClaimTemplates": [{ "metadata": { "name": "data" }, "spec": { "resources": { "requests": { "storage": "10Gi" } } } }],
            },
        });
        let service = json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": "a", "namespace": "shop" }, "spec": { "type": "LoadBalancer" } });
        let config = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "a", "namespace": "shop" } });
        let objects = [set, service, config];
        let fits = json!({
            "persistentvolumeclaims": "3", "requests.storage": "30Gi", "services": "1", "services.loadbalancers": "1", "configmaps": "2", "pods": "3",
            "count/statefulsets.apps": "1", "count/other.example.com": "0",
        });
        assert_eq!(says(fits, &objects), Vec::<String>::new());
        let said = says(
            json!({ "persistentvolumeclaims": "2", "requests.storage": "29Gi", "services": "0", "configmaps": "1", "secrets": "0" }),
            &objects,
        );
        assert_eq!(
            said,
            [
                "E0309 the worst case of namespace `shop` needs 3 of `persistentvolumeclaims`, and its quota is 2",
                "E0309 the worst case of namespace `shop` needs 30Gi of `requests.storage`, and its quota is 29Gi",
                "E0309 the worst case of namespace `shop` needs 1 of `services`, and its quota is 0",
                "E0309 the worst case of namespace `shop` needs 2 of `configmaps`, and its quota is 1",
            ]
        );
    }

    #[test]
    fn a_quota_makes_limits_mandatory() {
        let mut web = deployment("shop", "web");
        web["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]
            .as_object_mut()
            .into_iter()
            .for_each(|l| drop(l.remove("cpu")));
        let said = says(json!({ "limits.cpu": "100" }), &[web.clone()]);
        assert_eq!(said, ["E0309 `web` has no CPU limit, so that the quota of `shop` refuses its pods"]);
        let defaults = range(json!({ "default": { "cpu": "1" } }));
        assert_eq!(says(json!({ "limits.cpu": "100" }), &[web, defaults]), Vec::<String>::new());
    }

    #[test]
    fn runs_that_pile_up_are_warned_of() {
        let cron = |policy: &str| {
            json!({
                "apiVersion": "batch/v1", "kind": "CronJob", "metadata": { "name": "report", "namespace": "shop" },
                "spec": { "concurrencyPolicy": policy, "jobTemplate": { "spec": { "template": deployment("shop", "report")["spec"]["template"] } } },
            })
        };
        assert_eq!(says(json!({ "pods": "1" }), &[cron("Forbid")]), Vec::<String>::new());
        assert_eq!(says(json!({ "pods": "1" }), &[cron("Allow")]), ["E0309 runs of cron `report` may pile up past the quota of `shop`"]);
        assert_eq!(says(json!({ "pods": "0" }), &[cron("Replace")]).len(), 1);
    }

    fn range(item: Value) -> Value {
        let mut item = item;
        item["type"] = json!("Container");
        json!({ "apiVersion": "v1", "kind": "LimitRange", "metadata": { "name": "limits", "namespace": "shop" }, "spec": { "limits": [item] } })
    }

    #[test]
    fn containers_lie_within_bounds() {
        let says = |item: Value, object: Value| World::of(&[range(item), object]).found(bounds);
        let web = || deployment("shop", "web");
        assert_eq!(says(json!({ "min": { "cpu": "100m" }, "max": { "cpu": "200m", "memory": "1Gi" } }), web()), Vec::<String>::new());
        assert_eq!(says(json!({ "max": { "cpu": "150m" } }), web()), ["E0310 `web` may use more CPU than its namespace admits"]);
        assert_eq!(says(json!({ "min": { "cpu": "150m" } }), web()), ["E0310 `web` asks for less CPU than its namespace admits"]);
        let mut open = web();
        open["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({ "requests": { "cpu": "2" } });
        assert_eq!(
            says(json!({ "default": { "cpu": "1" } }), open),
            ["E0310 `web` asks for more CPU than the limit that its namespace gives it"]
        );
        let mut wrong = web();
        wrong["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["memory"] = json!("1Gi");
        assert_eq!(says(json!({}), wrong), ["E0310 `web` asks for more memory than it may use"]);
    }
}
