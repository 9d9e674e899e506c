//! karpenter.sh/v1 and karpenter.k8s.aws/v1.

use super::meta::{Meta, Requirement};

objects! {
    NodePool "karpenter.sh/v1"
    EC2NodeClass "karpenter.k8s.aws/v1"
}

shapes! {
    /// NodePool.
    NodePool { metadata "metadata" {Meta}, spec "spec" {NodePoolSpec} }
    /// Its spec.
    NodePoolSpec {
        weight "weight" int, limits "limits" pairs, disruption "disruption" {Disruption}, template "template" {NodeTemplate},
    }
    /// Which nodes are taken away, and how many at once.
    Disruption {
        consolidation_policy "consolidationPolicy" text, consolidate_after "consolidateAfter" text, budgets "budgets" [Budget],
    }
    /// How many nodes may be away.
    Budget { nodes "nodes" text }
    /// What its nodes are.
    NodeTemplate { metadata "metadata" {NodeMeta}, spec "spec" {NodeSpec} }
    /// Labels of the nodes.
    NodeMeta { labels "labels" pairs }
    /// Their spec.
    NodeSpec {
        node_class "nodeClassRef" {ClassReference}, requirements "requirements" [Requirement], taints "taints" [Taint],
        expire_after "expireAfter" text, grace "terminationGracePeriod" text,
    }
    /// The class of the nodes.
    ClassReference { group "group" text, kind "kind" text, name "name" text }
    /// A taint.
    Taint { key "key" text, value "value" text, effect "effect" text }

    /// EC2NodeClass.
    EC2NodeClass { metadata "metadata" {Meta}, spec "spec" {EC2NodeClassSpec} }
    /// Its spec.
    EC2NodeClassSpec {
        role "role" text, images "amiSelectorTerms" [ImageTerm], subnets "subnetSelectorTerms" [TagTerm],
        security_groups "securityGroupSelectorTerms" [TagTerm], disks "blockDeviceMappings" [Disk], metadata_options "metadataOptions" {MetadataOptions},
        kubelet "kubelet" {Kubelet}, tags "tags" pairs,
    }
    /// An image.
    ImageTerm { alias "alias" text }
    /// What has these tags.
    TagTerm { tags "tags" pairs }
    /// A disk.
    Disk { device_name "deviceName" text, root "rootVolume" bool, ebs "ebs" {Ebs} }
    /// A volume of EBS.
    Ebs { size "volumeSize" text, kind "volumeType" text, encrypted "encrypted" bool, delete_on_termination "deleteOnTermination" bool }
    /// How pods reach the instance's metadata.
    MetadataOptions { endpoint "httpEndpoint" text, ipv6 "httpProtocolIPv6" text, hops "httpPutResponseHopLimit" int, tokens "httpTokens" text }
    /// Settings of the kubelet: those that [`Kubelet::set`] is given.
    Kubelet {}
}

impl Kubelet<'_> {
    /// Writes what the closure writes: the fields are those of KubeletConfiguration, and their names are data there.
    pub fn set(&mut self, write: impl FnOnce(&mut crate::tape::Tape)) {
        write(self.0);
    }
}
