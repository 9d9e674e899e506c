//! What runs the pods, and the pods.

use super::support::*;
use crate::plan::model::*;
use crate::tape::Origin;
use crate::workers::Workers;

#[test]
fn a_deployment_reads_in_the_usual_order() {
    let bundle = emit(&everything(), &Workers::new(1));
    let deployment = object(&bundle, "Deployment", "frontend");
    assert_eq!(fields(deployment, ""), "apiVersion kind metadata spec");
    assert_eq!(fields(deployment, "metadata"), "name namespace labels annotations");
    assert_eq!(fields(deployment, "spec"), "replicas revisionHistoryLimit progressDeadlineSeconds selector strategy template");
    assert_eq!(shown(deployment, "spec.strategy"), "{type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}}");
    assert_eq!(
        fields(deployment, "spec.template.spec"),
        "serviceAccountName automountServiceAccountToken terminationGracePeriodSeconds restartPolicy affinity topologySpreadConstraints \
         securityContext initContainers containers volumes"
    );
    assert_eq!(
        fields(deployment, "spec.template.spec.containers.0"),
        "name image imagePullPolicy ports env resources startupProbe livenessProbe readinessProbe lifecycle securityContext volumeMounts"
    );
}

#[test]
fn recreate_has_no_numbers() {
    let mut tier = workload("api", deployment());
    tier.controller = Controller::Deployment {
        replicas: Some(d(1)),
        strategy: Strategy::Recreate { origin: Origin(4) },
        min_ready: Some(d(10)),
        progress_deadline: d(600),
        history: d(5),
    };
    let bundle = emit(&of(vec![tier]), &Workers::new(1));
    let deployment = object(&bundle, "Deployment", "api");
    assert_eq!(shown(deployment, "spec.strategy"), "{type: Recreate}");
    assert_eq!(shown(deployment, "spec.minReadySeconds"), "10");
}

#[test]
fn a_stateful_set_has_claims_and_a_headless_service() {
    let bundle = emit(&everything(), &Workers::new(1));
    let set = object(&bundle, "StatefulSet", "database");
    assert_eq!(
        fields(set, "spec"),
        "serviceName replicas podManagementPolicy revisionHistoryLimit persistentVolumeClaimRetentionPolicy selector updateStrategy template \
         volumeClaimTemplates"
    );
    assert_eq!(shown(set, "spec.serviceName"), "database-headless");
    assert_eq!(shown(set, "spec.persistentVolumeClaimRetentionPolicy"), "{whenDeleted: Retain, whenScaled: Retain}");
    assert_eq!(shown(set, "spec.updateStrategy"), "{type: RollingUpdate}");
    assert_eq!(
        shown(set, "spec.volumeClaimTemplates"),
        "[{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], storageClassName: fast, resources: {requests: {storage: 10Gi}}}}]"
    );
}

#[test]
fn a_daemon_set_counts_nodes() {
    let bundle = emit(&everything(), &Workers::new(1));
    let set = object(&bundle, "DaemonSet", "agent");
    assert_eq!(fields(set, "spec"), "revisionHistoryLimit selector updateStrategy template");
    assert_eq!(shown(set, "spec.updateStrategy"), "{type: RollingUpdate, rollingUpdate: {maxUnavailable: 10%}}");
}

#[test]
fn jobs_leave_the_selector_to_the_server() {
    let mut plan = everything();
    for workload in &mut plan.apps[1].workloads {
        workload.pod.restart = t("Never");
    }
    let bundle = emit(&plan, &Workers::new(1));
    let job = object(&bundle, "Job", "migrate");
    assert_eq!(fields(job, "spec"), "backoffLimit activeDeadlineSeconds ttlSecondsAfterFinished template");
    assert_eq!(shown(job, "spec.template.spec.restartPolicy"), "Never");
    let cron = object(&bundle, "CronJob", "report");
    assert_eq!(
        fields(cron, "spec"),
        "schedule timeZone concurrencyPolicy startingDeadlineSeconds successfulJobsHistoryLimit failedJobsHistoryLimit jobTemplate"
    );
    assert_eq!(fields(cron, "spec.jobTemplate.spec"), "backoffLimit activeDeadlineSeconds template");
    let labels = "{app.kubernetes.io/instance: report, app.kubernetes.io/managed-by: bayplan, app.kubernetes.io/name: report, \
                  app.kubernetes.io/part-of: batch}";
    for path in ["metadata.labels", "spec.jobTemplate.metadata.labels", "spec.jobTemplate.spec.template.metadata.labels"] {
        assert_eq!(shown(cron, path), labels, "{path}");
    }
}

#[test]
fn the_smallest_pod_is_hardened() {
    let bundle = emit(&of(vec![workload("api", deployment())]), &Workers::new(1));
    assert_eq!(
        shown(object(&bundle, "Deployment", "api"), "spec.template.spec"),
        "{serviceAccountName: api, automountServiceAccountToken: false, terminationGracePeriodSeconds: 30, restartPolicy: Always, \
         securityContext: {runAsNonRoot: true, runAsUser: 10001, seccompProfile: {type: RuntimeDefault}}, \
         containers: [{name: api, image: example/image:1.0, imagePullPolicy: Always, securityContext: {allowPrivilegeEscalation: false, \
         readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}}]}"
    );
}

#[test]
fn sidecars_and_init_containers_are_hardened_alike() {
    let mut tier = workload("api", deployment());
    tier.pod.init = vec![container("first"), Container { restart_always: true, ..container("proxy") }];
    tier.pod.containers.push(Container {
        capabilities: vec![t("NET_BIND_SERVICE")],
        privileged: Some(d(true)),
        user: Some(d(0)),
        ..container("legacy")
    });
    let bundle = emit(&of(vec![tier]), &Workers::new(1));
    let pod = object(&bundle, "Deployment", "api").path(&["spec", "template", "spec"]).unwrap();
    for path in ["initContainers.0", "initContainers.1", "containers.0", "containers.1"] {
        assert_eq!(shown(pod, &format!("{path}.securityContext.capabilities.drop")), "[ALL]", "{path}");
    }
    assert_eq!(shown(pod, "initContainers.0.restartPolicy"), "-");
    assert_eq!(shown(pod, "initContainers.1.restartPolicy"), "Always");
    assert_eq!(
        shown(pod, "containers.1.securityContext"),
        "{runAsUser: 0, privileged: true, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, \
         capabilities: {add: [NET_BIND_SERVICE], drop: [ALL]}}"
    );
}

#[test]
fn files_of_a_group_are_walked_once() {
    let mut tier = workload("api", deployment());
    tier.pod.group = Some(d(10001));
    tier.pod.fs_group = Some(d(10002));
    let bundle = emit(&of(vec![tier]), &Workers::new(1));
    assert_eq!(
        shown(object(&bundle, "Deployment", "api"), "spec.template.spec.securityContext"),
        "{runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, fsGroup: 10002, fsGroupChangePolicy: OnRootMismatch, \
         seccompProfile: {type: RuntimeDefault}}"
    );
}

#[test]
fn variables_come_from_everywhere() {
    let mut tier = workload("api", deployment());
    let variable = |name: &str, value| EnvVar { name: t(name), value: d(value) };
    let (name, key) = (s("x"), s("k"));
    tier.pod.containers[0].env = vec![
        variable("EMPTY", EnvValue::Text(s(""))),
        variable("SECRET", EnvValue::Secret(Box::new(KeyOf { name: name.clone(), key: key.clone(), optional: true }))),
        variable("CONFIG", EnvValue::Config(Box::new(KeyOf { name, key, optional: false }))),
        variable("FIELD", EnvValue::Field(s("metadata.name"))),
        variable("CPU", EnvValue::Resource { resource: "limits.cpu", divisor: "1m" }),
    ];
    tier.pod.containers[0].env_from = vec![
        EnvFrom { name: t("all"), secret: false, prefix: Some(t("P_")), optional: false },
        EnvFrom { name: t("all"), secret: true, prefix: None, optional: true },
    ];
    let bundle = emit(&of(vec![tier]), &Workers::new(1));
    let main = object(&bundle, "Deployment", "api").path(&["spec", "template", "spec", "containers", "0"]).unwrap();
    assert_eq!(
        shown(main, "env"),
        "[{name: EMPTY, value: \"\"}, {name: SECRET, valueFrom: {secretKeyRef: {name: x, key: k, optional: true}}}, \
         {name: CONFIG, valueFrom: {configMapKeyRef: {name: x, key: k}}}, {name: FIELD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}, \
         {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}]"
    );
    assert_eq!(shown(main, "envFrom"), "[{prefix: P_, configMapRef: {name: all}}, {secretRef: {name: all, optional: true}}]");
}

#[test]
fn probes_say_all_five_timings() {
    let bundle = emit(&everything(), &Workers::new(1));
    let main = object(&bundle, "Deployment", "frontend").path(&["spec", "template", "spec", "containers", "0"]).unwrap();
    let timings = "periodSeconds: 10, timeoutSeconds: 2, successThreshold: 1, failureThreshold: 3";
    assert_eq!(
        shown(main, "readinessProbe"),
        format!("{{httpGet: {{path: /health, port: 8080, scheme: HTTP, httpHeaders: [{{name: X, value: y}}]}}, {timings}}}")
    );
    assert_eq!(shown(main, "livenessProbe"), format!("{{tcpSocket: {{port: 8080}}, {timings}}}"));
    assert_eq!(shown(main, "startupProbe"), format!("{{grpc: {{port: 8081}}, {timings}}}"));
    assert_eq!(shown(main, "lifecycle"), "{preStop: {sleep: {seconds: 5}}}");
}

#[test]
fn volumes_of_every_sort() {
    let mut tier = workload("api", deployment());
    let volume = |name: &str, source| Volume { name: t(name), source };
    tier.pod.volumes = vec![
        volume("disk", VolumeSource::EmptyDir { memory: false, size: t("1Gi") }),
        volume("memory", VolumeSource::EmptyDir { memory: true, size: t("64Mi") }),
        volume("secret", VolumeSource::Secret { name: t("x"), items: vec![(s("k"), s("p"))], mode: 0o440, optional: false }),
        volume("config", VolumeSource::Config { name: t("x"), items: vec![], mode: 0o444, optional: true }),
        volume("claim", VolumeSource::Claim { name: t("x"), read_only: true }),
        volume("host", VolumeSource::HostPath { path: t("/var/log"), kind: s("") }),
    ];
    tier.pod.containers[0].mounts = vec![Mount { volume: s("claim"), path: t("/data"), read_only: true }];
    let bundle = emit(&of(vec![tier]), &Workers::new(1));
    let pod = object(&bundle, "Deployment", "api").path(&["spec", "template", "spec"]).unwrap();
    assert_eq!(
        shown(pod, "volumes"),
        "[{name: disk, emptyDir: {sizeLimit: 1Gi}}, {name: memory, emptyDir: {medium: Memory, sizeLimit: 64Mi}}, \
         {name: secret, secret: {secretName: x, items: [{key: k, path: p}], defaultMode: 288}}, \
         {name: config, configMap: {name: x, defaultMode: 292, optional: true}}, \
         {name: claim, persistentVolumeClaim: {claimName: x, readOnly: true}}, {name: host, hostPath: {path: /var/log}}]"
    );
    assert_eq!(shown(pod, "containers.0.volumeMounts"), "[{name: claim, mountPath: /data, readOnly: true}]");
}

#[test]
fn where_pods_run() {
    let mut tier = workload("api", deployment());
    let term = |anti, weight, instance: &str| AffinityTerm {
        anti,
        weight,
        instance: s(instance),
        namespace: None,
        key: t("kubernetes.io/hostname"),
        origin: Origin::NONE,
    };
    let pod = &mut tier.pod;
    pod.affinity = vec![
        term(true, Some(100), "api"),
        term(true, None, "db"),
        AffinityTerm { namespace: Some(s("other")), ..term(false, None, "cache") },
    ];
    pod.node_affinity = vec![NodeExpression { key: s("disk"), operator: s("In"), values: vec![t("ssd")] }];
    pod.spread = vec![Spread { key: t("topology.kubernetes.io/zone"), skew: d(1), unsatisfiable: t("DoNotSchedule"), by_revision: true }];
    pod.node_selector = pairs(&[("kubernetes.io/os", "linux")]);
    pod.tolerations = vec![
        Toleration { key: Some(t("gpu")), value: Some(t("yes")), effect: Some(t("NoSchedule")), seconds: None, origin: Origin::NONE },
        Toleration { key: None, value: None, effect: Some(t("NoExecute")), seconds: Some(d(60)), origin: Origin::NONE },
    ];
    let options = vec![(s("ndots"), Some(t("2")))];
    pod.dns = Some(Box::new(Dns { policy: None, options, searches: vec![], nameservers: vec![] }));
    pod.pull_secrets = vec![t("registry")];
    let bundle = emit(&of(vec![tier]), &Workers::new(1));
    let pod = object(&bundle, "Deployment", "api").path(&["spec", "template", "spec"]).unwrap();
    let near = |instance: &str, more: &str| {
        format!("labelSelector: {{matchLabels: {{app.kubernetes.io/instance: {instance}}}}}, {more}topologyKey: kubernetes.io/hostname")
    };
    assert_eq!(
        shown(pod, "affinity.podAntiAffinity"),
        format!(
            "{{requiredDuringSchedulingIgnoredDuringExecution: [{{{}}}], preferredDuringSchedulingIgnoredDuringExecution: \
             [{{weight: 100, podAffinityTerm: {{{}}}}}]}}",
            near("db", ""),
            near("api", "")
        )
    );
    assert_eq!(
        shown(pod, "affinity.podAffinity"),
        format!("{{requiredDuringSchedulingIgnoredDuringExecution: [{{{}}}]}}", near("cache", "namespaces: [other], "))
    );
    assert_eq!(
        shown(pod, "affinity.nodeAffinity"),
        "{requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [ssd]}]}]}}"
    );
    assert_eq!(shown(pod, "topologySpreadConstraints.0.matchLabelKeys"), "[pod-template-hash]");
    assert_eq!(
        shown(pod, "tolerations"),
        "[{key: gpu, operator: Equal, value: yes, effect: NoSchedule}, {operator: Exists, effect: NoExecute, tolerationSeconds: 60}]"
    );
    assert_eq!(shown(pod, "dnsConfig"), "{options: [{name: ndots, value: \"2\"}]}");
    assert_eq!(shown(pod, "nodeSelector"), "{kubernetes.io/os: linux}");
    assert_eq!(shown(pod, "imagePullSecrets"), "[{name: registry}]");
}
