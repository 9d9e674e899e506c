//! Judges `run` and `drain`: with controllers, a scheduler and nodes, everything that was applied comes up, and a node can be drained.

use crate::api::Api;
use crate::subjects::{Subject, title};
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long all programs together may take to come up.
const UP: Duration = Duration::from_secs(120);
/// How much longer than the programs a defect may take to show.
const SHOWN: Duration = Duration::from_secs(30);
/// How long the drain of one node may take.
const DRAINED: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(500);

/// What is looked at, and where it is listed.
const LISTS: [(&str, &str); 12] = [
    ("Pod", "/api/v1/pods"),
    ("Service", "/api/v1/services"),
    ("PersistentVolumeClaim", "/api/v1/persistentvolumeclaims"),
    ("Event", "/api/v1/events?fieldSelector=reason=FailedCreate"),
    ("Deployment", "/apis/apps/v1/deployments"),
    ("StatefulSet", "/apis/apps/v1/statefulsets"),
    ("DaemonSet", "/apis/apps/v1/daemonsets"),
    ("Job", "/apis/batch/v1/jobs"),
    ("CronJob", "/apis/batch/v1/cronjobs"),
    ("HorizontalPodAutoscaler", "/apis/autoscaling/v2/horizontalpodautoscalers"),
    ("PodDisruptionBudget", "/apis/policy/v1/poddisruptionbudgets"),
    ("EndpointSlice", "/apis/discovery.k8s.io/v1/endpointslices"),
];

/// What stands at one moment, by kind and namespace.
struct Snapshot(HashMap<(&'static str, String), Vec<Json>>);

impl Snapshot {
    fn take(api: &mut Api) -> Result<Snapshot, String> {
        let mut found: HashMap<(&'static str, String), Vec<Json>> = HashMap::new();
        for (kind, path) in LISTS {
            for object in api.list(path)? {
                found.entry((kind, text(&object["metadata"]["namespace"]))).or_default().push(object);
            }
        }
        Ok(Snapshot(found))
    }

    fn all<'s>(&'s self, kind: &'static str, namespace: &str) -> impl Iterator<Item = &'s Json> + use<'s> {
        self.0.get(&(kind, namespace.to_owned())).into_iter().flatten()
    }

    /// What is not as it should be in the namespaces of one subject.
    fn wrong(&self, subject: &Subject) -> Vec<String> {
        let mut wrong = Vec::new();
        for namespace in subject.namespaces() {
            let before = wrong.len();
            for (kind, _) in LISTS {
                for object in self.all(kind, &namespace) {
                    if let Some(why) = self.wrong_with(kind, object, &namespace) {
                        wrong.push(format!("{kind} {}: {why}", text(&object["metadata"]["name"])));
                    }
                }
            }
            // A pod that was refused once and made later is no fault.
            if wrong.len() > before {
                let refused = self.all("Event", &namespace).map(|e| format!("{}: {}", title(&e["involvedObject"]), text(&e["message"])));
                wrong.extend(refused);
            }
        }
        wrong
    }

    fn wrong_with(&self, kind: &str, object: &Json, namespace: &str) -> Option<String> {
        let status = &object["status"];
        let number = |value: &Json| value.as_u64().unwrap_or(0);
        let condition = |of: &str| status["conditions"].as_array().into_iter().flatten().find(|c| c["type"] == of);
        let seen = status["observedGeneration"] == object["metadata"]["generation"];
        match kind {
            "Pod" if object["metadata"]["deletionTimestamp"].is_string() => Some("is ending".into()),
            "Pod" => match (status["phase"].as_str(), condition("PodScheduled")) {
                (Some("Running" | "Succeeded"), _) => None,
                (_, Some(scheduled)) if scheduled["status"] == "False" => Some(text(&scheduled["message"])),
                (phase, _) => Some(format!("is {}", phase.unwrap_or_default())),
            },
            "Deployment" | "StatefulSet" => {
                let (wanted, ready) = (number(&object["spec"]["replicas"]), number(&status["availableReplicas"]));
                let all = [&status["replicas"], &status["updatedReplicas"]].iter().all(|n| number(n) == wanted);
                (!seen || ready != wanted || !all).then(|| format!("{ready} of {wanted} replicas are available"))
            }
            "DaemonSet" => {
                let (wanted, ready) = (number(&status["desiredNumberScheduled"]), number(&status["numberAvailable"]));
                (!seen || ready != wanted || wanted == 0).then(|| format!("{ready} of {wanted} pods are available"))
            }
            "Job" => match (condition("Complete"), condition("Failed")) {
                (Some(complete), _) if complete["status"] == "True" => None,
                (_, Some(failed)) => Some(text(&failed["message"])),
                _ => Some("is not complete".into()),
            },
            // A Job of its template is made by hand.
            "CronJob" => {
                let name = &object["metadata"]["name"];
                let made = self.all("Job", namespace).any(|j| j["metadata"]["ownerReferences"][0]["name"] == *name);
                (!made).then(|| "there is no Job of it".into())
            }
            "PersistentVolumeClaim" => (status["phase"] != "Bound").then(|| format!("is {}", text(&status["phase"]))),
            "HorizontalPodAutoscaler" => match condition("AbleToScale") {
                Some(able) if able["status"] == "True" && number(&status["currentReplicas"]) >= number(&object["spec"]["minReplicas"]) => {
                    None
                }
                Some(able) => Some(text(&able["message"])),
                None => Some("did not look for its target".into()),
            },
            "PodDisruptionBudget" => match (number(&status["expectedPods"]), number(&status["disruptionsAllowed"])) {
                (0, _) => Some("its selector matches no pod".into()),
                (pods, 0) => Some(format!("allows no disruption of its {pods} pods")),
                _ => (!seen).then(|| "was not looked at".into()),
            },
            // Without a selector it leads out of the cluster.
            "Service" if object["spec"]["selector"].is_object() => {
                let name = &object["metadata"]["name"];
                let own = self.all("EndpointSlice", namespace).filter(|s| s["metadata"]["labels"]["kubernetes.io/service-name"] == *name);
                let ready = own.flat_map(|s| s["endpoints"].as_array().into_iter().flatten()).any(|e| e["conditions"]["ready"] == true);
                (!ready).then(|| "its EndpointSlices are empty".into())
            }
            _ => None,
        }
    }
}

/// Waits until every program is up and every defect of this judge has shown, or for so long as that may take; keeps what is wrong then.
///
/// # Errors
/// A server that does not answer.
pub fn settle(api: &mut Api, subjects: &mut [Subject], judge: &'static str) -> Result<(), String> {
    let began = Instant::now();
    let mut up = None;
    loop {
        let snapshot = Snapshot::take(api)?;
        let wrong: Vec<Vec<String>> = subjects.iter().map(|s| snapshot.wrong(s)).collect();
        let well = subjects.iter().zip(&wrong).all(|(s, wrong)| wrong.is_empty() || s.expected.is_some());
        let shown = subjects.iter().zip(&wrong).all(|(s, wrong)| {
            let waits = judge == "run" && s.expected.as_ref().is_some_and(|(of, _)| of == judge);
            !waits || wrong.iter().any(|w| s.is_expected(judge, w))
        });
        if well && up.is_none() {
            up = Some(began.elapsed());
        }
        if (well && shown) || began.elapsed() > up.map_or(UP, |up| up + SHOWN) {
            for (subject, wrong) in subjects.iter_mut().zip(wrong) {
                wrong.into_iter().for_each(|text| subject.says(judge, text));
            }
            return Ok(());
        }
        sleep(PAUSE);
    }
}

/// Asks for every pod whether it may be evicted (a dry run), then drains the node with the most pods and waits until all is up again. Says how
/// many pods had to move.
///
/// # Errors
/// A server that does not answer.
pub fn drain(api: &mut Api, subjects: &mut [Subject]) -> Result<usize, String> {
    let snapshot = Snapshot::take(api)?;
    let mut on_node: HashMap<String, Vec<(usize, String)>> = HashMap::new();
    for (number, subject) in subjects.iter_mut().enumerate() {
        for namespace in subject.namespaces() {
            for pod in snapshot.all("Pod", &namespace).filter(|pod| is_drained(pod)) {
                let name = text(&pod["metadata"]["name"]);
                if let Some(why) = evict(api, &namespace, &name, true)? {
                    subject.says("drain", format!("Pod {name}: {why}"));
                } else if let Some(node) = pod["spec"]["nodeName"].as_str().filter(|_| subject.expected.is_none()) {
                    on_node.entry(node.to_owned()).or_default().push((number, format!("{namespace}/{name}")));
                }
            }
        }
    }
    // Where something is not up already, nobody could say what the drain did to it.
    if subjects.iter().any(|s| s.result().is_err() && s.expected.is_none()) {
        return Ok(0);
    }
    let Some((node, mut pods)) = on_node.into_iter().max_by_key(|(node, pods)| (pods.len(), node.clone())) else { return Ok(0) };
    let moved = pods.len();
    api.merge(&format!("/api/v1/nodes/{node}"), &json!({"spec": {"unschedulable": true}}))?;
    let began = Instant::now();
    // As kubectl does: what a budget does not allow yet is asked for again.
    while !pods.is_empty() {
        let late = began.elapsed() > DRAINED;
        let mut left = Vec::new();
        for (number, pod) in pods {
            let (namespace, name) = pod.split_once('/').unwrap_or_default();
            match evict(api, namespace, name, false)? {
                None => {}
                Some(why) if late => {
                    if let Some(subject) = subjects.get_mut(number) {
                        subject.says("drain", format!("Pod {name} stays on {node}: {why}"));
                    }
                }
                Some(_) => left.push((number, pod)),
            }
        }
        pods = left;
        sleep(PAUSE);
    }
    settle(api, subjects, "drain")?;
    Ok(moved)
}

/// Neither a daemon's, which a drain leaves, nor one that has ended.
fn is_drained(pod: &Json) -> bool {
    pod["status"]["phase"] == "Running" && pod["metadata"]["ownerReferences"][0]["kind"] != "DaemonSet"
}

/// Asks for the eviction of one pod; why it is refused.
fn evict(api: &mut Api, namespace: &str, name: &str, dry_run: bool) -> Result<Option<String>, String> {
    let mut eviction = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": namespace}});
    if dry_run {
        eviction["deleteOptions"] = json!({"dryRun": ["All"]});
    }
    let answer = api.post(&format!("/api/v1/namespaces/{namespace}/pods/{name}/eviction"), &eviction)?;
    // One that is gone needs no eviction.
    Ok(if answer.status == 404 { None } else { answer.accepted().err() })
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
