//! Objects beside the pods.

use super::support::*;
use crate::plan::model::*;
use crate::tape::Origin;
use crate::workers::Workers;

#[test]
fn a_namespace_denies_what_no_policy_allows() {
    let mut production = namespace("production");
    production.labels = pairs(&[("istio-injection", "enabled"), ("pod-security.kubernetes.io/enforce", "privileged")]);
    production.quota = pairs(&[("limits.cpu", "200"), ("pods", "50")]);
    production.limits = Some(LimitRange {
        default: pairs(&[("cpu", "500m")]),
        default_request: pairs(&[("cpu", "100m")]),
        min: vec![],
        max: pairs(&[("cpu", "2")]),
        origin: Origin::NONE,
    });
    let bundle = emit(&plan(vec![production], vec![]), &Workers::new(1));
    assert_eq!(
        flow_style(object(&bundle, "Namespace", "production")),
        "{apiVersion: v1, kind: Namespace, metadata: {name: production, labels: {app.kubernetes.io/managed-by: bayplan, istio-injection: enabled, \
         pod-security.kubernetes.io/enforce: restricted, pod-security.kubernetes.io/enforce-version: v1.34}}}"
    );
    assert_eq!(
        flow_style(object(&bundle, "NetworkPolicy", "default-deny")),
        "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: default-deny, namespace: production, \
         labels: {app.kubernetes.io/managed-by: bayplan}}, spec: {podSelector: {}, policyTypes: [Ingress, Egress]}}"
    );
    assert_eq!(shown(object(&bundle, "ResourceQuota", "quota"), "spec"), "{hard: {limits.cpu: \"200\", pods: \"50\"}}");
    assert_eq!(
        shown(object(&bundle, "LimitRange", "limits"), "spec"),
        "{limits: [{type: Container, default: {cpu: 500m}, defaultRequest: {cpu: 100m}, max: {cpu: \"2\"}}]}"
    );
}

#[test]
fn permissions_are_a_role_and_its_binding() {
    let bundle = emit(&everything(), &Workers::new(1));
    assert_eq!(shown(object(&bundle, "Role", "frontend"), "rules"), "[{apiGroups: [\"\"], resources: [configmaps], verbs: [get, list]}]");
    let binding = object(&bundle, "RoleBinding", "frontend");
    assert_eq!(shown(binding, "roleRef"), "{apiGroup: rbac.authorization.k8s.io, kind: Role, name: frontend}");
    assert_eq!(shown(binding, "subjects"), "[{kind: ServiceAccount, name: frontend, namespace: production}]");
    assert_eq!(shown(object(&bundle, "ServiceAccount", "frontend"), "automountServiceAccountToken"), "false");
}

#[test]
fn a_shared_account_is_bound_and_not_written() {
    let mut plan = everything();
    plan.apps[0].workloads[0].account = Account { name: t("shared"), create: false };
    let bundle = emit(&plan, &Workers::new(1));
    assert_eq!(bundle.len(), emit(&everything(), &Workers::new(1)).len() - 1);
    assert_eq!(shown(object(&bundle, "RoleBinding", "frontend"), "subjects.0.name"), "shared");
    assert_eq!(shown(object(&bundle, "Deployment", "frontend"), "spec.template.spec.serviceAccountName"), "shared");
}

#[test]
fn configuration_belongs_to_a_tier_or_to_the_app() {
    let bundle = emit(&everything(), &Workers::new(1));
    let config = object(&bundle, "ConfigMap", "conf-abc");
    assert_eq!(shown(config, "data"), "{a.conf: \"x = 1\\n\"}");
    assert_eq!(config.path(&["metadata", "labels", "app.kubernetes.io/name"]).unwrap().str(), Some("frontend"));
    let secret = object(&bundle, "ExternalSecret", "keys");
    assert_eq!(secret.path(&["metadata", "labels", "app.kubernetes.io/instance"]).unwrap().str(), Some("shop"));
    assert_eq!(shown(secret, "apiVersion"), "external-secrets.io/v1");
    assert_eq!(
        shown(secret, "spec"),
        "{refreshInterval: 1h0m0s, secretStoreRef: {kind: ClusterSecretStore, name: vault}, target: {name: keys}, \
         data: [{secretKey: b, remoteRef: {key: shop/keys, property: b}}]}"
    );
}

#[test]
fn services_name_the_pods_ports_by_number() {
    let mut plan = everything();
    let service = plan.apps[0].workloads[1].service.as_mut().unwrap();
    service.affinity = Some(d(600));
    service.ports[0].app_protocol = Some(s("tcp"));
    service.ports[0].node_port = Some(d(30432));
    let bundle = emit(&plan, &Workers::new(1));
    assert_eq!(
        shown(object(&bundle, "Service", "frontend"), "spec.ports"),
        "[{name: http, port: 80, targetPort: 8080, protocol: TCP}, {name: grpc, port: 81, targetPort: 8081, protocol: TCP}]"
    );
    assert_eq!(
        shown(object(&bundle, "Service", "database"), "spec"),
        "{type: ClusterIP, selector: {app.kubernetes.io/instance: database}, ports: [{name: sql, port: 5432, targetPort: 5432, protocol: TCP, \
         appProtocol: tcp, nodePort: 30432}], sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 600}}}"
    );
    // A node port belongs to the Service that has an address.
    assert_eq!(
        shown(object(&bundle, "Service", "database-headless"), "spec"),
        "{type: ClusterIP, clusterIP: None, selector: {app.kubernetes.io/instance: database}, ports: [{name: sql, port: 5432, targetPort: 5432, \
         protocol: TCP, appProtocol: tcp}], publishNotReadyAddresses: true}"
    );
}

#[test]
fn a_policy_has_a_rule_for_each_flow() {
    let mut tier = workload("api", deployment());
    tier.ingress = vec![
        flow(Peer::Workload { instance: s("web"), namespace: None }, 3000),
        flow(Peer::Workload { instance: s("web"), namespace: Some(s("other")) }, 3000),
        flow(Peer::Selected { namespace: vec![], pods: vec![] }, 3000),
        flow(Peer::Selected { namespace: vec![(s("team"), s("a"))], pods: vec![(s("app"), s("gateway"))] }, 3000),
    ];
    tier.egress = vec![Flow {
        peers: [Peer::Cidr { cidr: s("0.0.0.0/0"), except: vec![s("169.254.169.254/32")] }, Peer::Cidr { cidr: s("::/0"), except: vec![] }]
            .into(),
        ports: [(Protocol::Udp, 53, 53), (Protocol::Tcp, 8000, 8010)].into(),
        origin: Origin::NONE,
    }];
    let bundle = emit(&of(vec![tier]), &Workers::new(1));
    let policy = object(&bundle, "NetworkPolicy", "api");
    let port = "ports: [{protocol: TCP, port: 3000}]";
    let web = "podSelector: {matchLabels: {app.kubernetes.io/instance: web}}";
    assert_eq!(
        shown(policy, "spec.ingress"),
        format!(
            "[{{from: [{{{web}}}], {port}}}, {{from: [{{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: other}}}}, {web}}}], {port}}}, \
             {{from: [{{namespaceSelector: {{}}}}], {port}}}, {{from: [{{namespaceSelector: {{matchLabels: {{team: a}}}}, \
             podSelector: {{matchLabels: {{app: gateway}}}}}}], {port}}}]"
        )
    );
    assert_eq!(
        shown(policy, "spec.egress"),
        "[{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}, {ipBlock: {cidr: ::/0}}], \
         ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 8000, endPort: 8010}]}]"
    );
    assert_eq!(shown(policy, "spec.policyTypes"), "[Ingress, Egress]");
}

/// Without peers, Kubernetes would let everybody in; without ports, through every port.
#[test]
fn a_flow_of_nobody_or_of_no_port_opens_nothing() {
    let mut tier = workload("api", deployment());
    let nobody = Flow { peers: [].into(), ..flow(Peer::Cidr { cidr: s("10.0.0.0/8"), except: vec![] }, 80) };
    let no_port = Flow { ports: [].into(), ..flow(Peer::Cidr { cidr: s("10.0.0.0/8"), except: vec![] }, 80) };
    tier.ingress = vec![nobody.clone(), no_port.clone()];
    tier.egress = vec![no_port, nobody];
    let bundle = emit(&of(vec![tier]), &Workers::new(1));
    assert_eq!(fields(object(&bundle, "NetworkPolicy", "api"), "spec"), "podSelector policyTypes");
}

#[test]
fn a_budget_lets_a_broken_pod_go() {
    let mut plan = everything();
    let bundle = emit(&plan, &Workers::new(1));
    assert_eq!(
        shown(object(&bundle, "PodDisruptionBudget", "frontend"), "spec"),
        "{maxUnavailable: 1, selector: {matchLabels: {app.kubernetes.io/instance: frontend}}, unhealthyPodEvictionPolicy: AlwaysAllow}"
    );
    plan.apps[0].workloads[0].budget = Some(Budget { rule: BudgetRule::MinAvailable(d(IntOrPercent::Percent(50))), origin: Origin(9) });
    let bundle = emit(&plan, &Workers::new(1));
    let budget = object(&bundle, "PodDisruptionBudget", "frontend");
    assert_eq!(shown(budget, "spec.minAvailable"), "50%");
    assert_eq!(shown(budget, "spec.maxUnavailable"), "-");
    assert_eq!(budget.origin(), Origin(9));
}

#[test]
fn an_autoscaler_measures_the_tiers_own_container() {
    let bundle = emit(&everything(), &Workers::new(1));
    assert_eq!(
        shown(object(&bundle, "HorizontalPodAutoscaler", "frontend"), "spec"),
        "{scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: frontend}, minReplicas: 2, maxReplicas: 20, \
         metrics: [{type: ContainerResource, containerResource: {name: cpu, container: frontend, target: {type: Utilization, averageUtilization: 70}}}, \
         {type: Pods, pods: {metric: {name: requests_per_second}, target: {type: AverageValue, averageValue: \"100\"}}}], \
         behavior: {scaleUp: {stabilizationWindowSeconds: 0, selectPolicy: Max, policies: [{type: Percent, value: 100, periodSeconds: 60}]}, \
         scaleDown: {stabilizationWindowSeconds: 300, selectPolicy: Max, policies: [{type: Pods, value: 1, periodSeconds: 60}]}}}"
    );
    assert_eq!(
        shown(object(&bundle, "VerticalPodAutoscaler", "database"), "spec"),
        "{targetRef: {apiVersion: apps/v1, kind: StatefulSet, name: database}, updatePolicy: {updateMode: Initial}, \
         resourcePolicy: {containerPolicies: [{containerName: database, minAllowed: {cpu: 100m}, maxAllowed: {cpu: \"2\"}, \
         controlledResources: [cpu, memory], controlledValues: RequestsOnly}]}}"
    );
}

#[test]
fn replicas_are_left_to_the_autoscaler() {
    let mut plan = everything();
    if let Controller::Deployment { replicas, .. } = &mut plan.apps[0].workloads[0].controller {
        *replicas = None;
    }
    let bundle = emit(&plan, &Workers::new(1));
    assert_eq!(shown(object(&bundle, "Deployment", "frontend"), "spec.replicas"), "-");
}
