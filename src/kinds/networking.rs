//! networking.k8s.io/v1.

use super::meta::{LabelSelector, Meta};

objects! {
    NetworkPolicy "networking.k8s.io/v1"
    Ingress "networking.k8s.io/v1"
}

shapes! {
    /// NetworkPolicy.
    NetworkPolicy { metadata "metadata" {Meta}, spec "spec" {NetworkPolicySpec} }
    /// Its spec.
    NetworkPolicySpec {
        pod_selector "podSelector" {LabelSelector}, policy_types "policyTypes" texts, ingress "ingress" [IngressRule], egress "egress" [EgressRule],
    }
    /// NetworkPolicyIngressRule. Without `from` it means everybody.
    IngressRule { from "from" [PolicyPeer], ports "ports" [PolicyPort] }
    /// NetworkPolicyEgressRule. Without `to` it means everywhere.
    EgressRule { to "to" [PolicyPeer], ports "ports" [PolicyPort] }
    /// NetworkPolicyPeer. Both selectors in one peer mean pods that match within namespaces that match.
    PolicyPeer { namespace_selector "namespaceSelector" {LabelSelector}, pod_selector "podSelector" {LabelSelector}, ip_block "ipBlock" {IpBlock} }
    /// IPBlock.
    IpBlock { cidr "cidr" text, except "except" texts }
    /// NetworkPolicyPort.
    PolicyPort { protocol "protocol" text, port "port" count, end_port "endPort" int }

    /// Ingress.
    Ingress { metadata "metadata" {Meta}, spec "spec" {IngressSpec} }
    /// Its spec.
    IngressSpec { ingress_class_name "ingressClassName" text, tls "tls" [IngressTls], rules "rules" [IngressHost] }
    /// IngressTLS.
    IngressTls { hosts "hosts" texts, secret_name "secretName" text }
    /// IngressRule, of a host.
    IngressHost { host "host" text, http "http" {IngressPaths} }
    /// HTTPIngressRuleValue.
    IngressPaths { paths "paths" [IngressPath] }
    /// HTTPIngressPath.
    IngressPath { path "path" text, path_type "pathType" text, backend "backend" {IngressBackend} }
    /// IngressBackend.
    IngressBackend { service "service" {IngressService} }
    /// IngressServiceBackend.
    IngressService { name "name" text, port "port" {IngressPort} }
    /// ServiceBackendPort.
    IngressPort { number "number" int }
}
