//! networking.k8s.io/v1.

use super::meta::{LabelSelector, Meta};

objects! {
    NetworkPolicy "networking.k8s.io/v1"
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
}
