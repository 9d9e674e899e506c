//! core/v1.

use super::meta::{LabelSelector, Meta, Requirement};

objects! {
    Namespace "v1"
    ResourceQuota "v1"
    LimitRange "v1"
    ServiceAccount "v1"
    ConfigMap "v1"
    PersistentVolumeClaim "v1"
    Service "v1"
}

shapes! {
    /// Namespace.
    Namespace { metadata "metadata" {Meta} }

    /// ResourceQuota.
    ResourceQuota { metadata "metadata" {Meta}, spec "spec" {ResourceQuotaSpec} }
    /// Its spec.
    ResourceQuotaSpec { hard "hard" pairs }

    /// LimitRange.
    LimitRange { metadata "metadata" {Meta}, spec "spec" {LimitRangeSpec} }
    /// Its spec.
    LimitRangeSpec { limits "limits" [LimitRangeItem] }
    /// The limits of one type of thing.
    LimitRangeItem {
        kind "type" text, default "default" pairs, default_request "defaultRequest" pairs, min "min" pairs, max "max" pairs,
    }

    /// ServiceAccount.
    ServiceAccount { metadata "metadata" {Meta}, automount_service_account_token "automountServiceAccountToken" bool }

    /// ConfigMap.
    ConfigMap { metadata "metadata" {Meta}, data "data" pairs }

    /// Service.
    Service { metadata "metadata" {Meta}, spec "spec" {ServiceSpec} }
    /// Its spec.
    ServiceSpec {
        kind "type" text, cluster_ip "clusterIP" text, selector "selector" pairs, ports "ports" [ServicePort],
        publish_not_ready_addresses "publishNotReadyAddresses" bool, session_affinity "sessionAffinity" text,
        session_affinity_config "sessionAffinityConfig" {SessionAffinityConfig},
    }
    /// A port of a Service.
    ServicePort {
        name "name" text, port "port" int, target_port "targetPort" count, protocol "protocol" text, app_protocol "appProtocol" text,
        node_port "nodePort" int,
    }
    /// How long a client stays with a pod.
    SessionAffinityConfig { client_ip "clientIP" {ClientIp} }
    /// By address.
    ClientIp { timeout_seconds "timeoutSeconds" int }

    /// PodTemplateSpec.
    PodTemplate { metadata "metadata" {Meta}, spec "spec" {PodSpec} }
    /// PodSpec.
    PodSpec {
        service_account_name "serviceAccountName" text,
        automount_service_account_token "automountServiceAccountToken" bool,
        host_network "hostNetwork" bool,
        priority_class_name "priorityClassName" text,
        termination_grace_period_seconds "terminationGracePeriodSeconds" int,
        restart_policy "restartPolicy" text,
        dns_policy "dnsPolicy" text,
        dns_config "dnsConfig" {PodDnsConfig},
        image_pull_secrets "imagePullSecrets" [Reference],
        node_selector "nodeSelector" pairs,
        affinity "affinity" {Affinity},
        tolerations "tolerations" [Toleration],
        topology_spread_constraints "topologySpreadConstraints" [TopologySpreadConstraint],
        security_context "securityContext" {PodSecurityContext},
        init_containers "initContainers" [Container],
        containers "containers" [Container],
        volumes "volumes" [Volume],
    }
    /// LocalObjectReference.
    Reference { name "name" text }
    /// PodDNSConfig.
    PodDnsConfig { nameservers "nameservers" texts, searches "searches" texts, options "options" [DnsOption] }
    /// An option of the resolver.
    DnsOption { name "name" text, value "value" text }
    /// Toleration.
    Toleration {
        key "key" text, operator "operator" text, value "value" text, effect "effect" text, toleration_seconds "tolerationSeconds" int,
    }
    /// TopologySpreadConstraint.
    TopologySpreadConstraint {
        max_skew "maxSkew" int, topology_key "topologyKey" text, when_unsatisfiable "whenUnsatisfiable" text,
        label_selector "labelSelector" {LabelSelector}, match_label_keys "matchLabelKeys" texts,
    }
    /// PodSecurityContext.
    PodSecurityContext {
        run_as_non_root "runAsNonRoot" bool, run_as_user "runAsUser" int, run_as_group "runAsGroup" int, fs_group "fsGroup" int,
        fs_group_change_policy "fsGroupChangePolicy" text, seccomp_profile "seccompProfile" {SeccompProfile},
    }
    /// SeccompProfile.
    SeccompProfile { kind "type" text }

    /// Affinity.
    Affinity {
        node_affinity "nodeAffinity" {NodeAffinity}, pod_affinity "podAffinity" {PodAffinity}, pod_anti_affinity "podAntiAffinity" {PodAffinity},
    }
    /// NodeAffinity.
    NodeAffinity { required "requiredDuringSchedulingIgnoredDuringExecution" {NodeSelector} }
    /// NodeSelector: one of the terms.
    NodeSelector { node_selector_terms "nodeSelectorTerms" [NodeSelectorTerm] }
    /// NodeSelectorTerm: all of the expressions.
    NodeSelectorTerm { match_expressions "matchExpressions" [Requirement] }
    /// PodAffinity and PodAntiAffinity, which are written alike.
    PodAffinity {
        required "requiredDuringSchedulingIgnoredDuringExecution" [PodAffinityTerm],
        preferred "preferredDuringSchedulingIgnoredDuringExecution" [WeightedPodAffinityTerm],
    }
    /// PodAffinityTerm.
    PodAffinityTerm { label_selector "labelSelector" {LabelSelector}, namespaces "namespaces" texts, topology_key "topologyKey" text }
    /// WeightedPodAffinityTerm.
    WeightedPodAffinityTerm { weight "weight" int, pod_affinity_term "podAffinityTerm" {PodAffinityTerm} }

    /// Container, of any sort.
    Container {
        name "name" text,
        image "image" text,
        image_pull_policy "imagePullPolicy" text,
        restart_policy "restartPolicy" text,
        command "command" texts,
        args "args" texts,
        working_dir "workingDir" text,
        ports "ports" [ContainerPort],
        env "env" [EnvVar],
        env_from "envFrom" [EnvFromSource],
        resources "resources" {Resources},
        startup_probe "startupProbe" (Probe),
        liveness_probe "livenessProbe" (Probe),
        readiness_probe "readinessProbe" (Probe),
        lifecycle "lifecycle" {Lifecycle},
        security_context "securityContext" {SecurityContext},
        volume_mounts "volumeMounts" [VolumeMount],
    }
    /// ContainerPort.
    ContainerPort { name "name" text, container_port "containerPort" int, protocol "protocol" text }
    /// EnvVar.
    EnvVar { name "name" text, value "value" text, value_from "valueFrom" (EnvVarSource) }
    /// EnvVarSource.
    EnvVarSource {
        secret_key_ref "secretKeyRef" {KeyReference}, config_map_key_ref "configMapKeyRef" {KeyReference}, field_ref "fieldRef" {FieldReference},
        resource_field_ref "resourceFieldRef" {ResourceFieldReference},
    }
    /// SecretKeySelector and ConfigMapKeySelector, which are written alike.
    KeyReference { name "name" text, key "key" text, optional "optional" bool }
    /// ObjectFieldSelector.
    FieldReference { field_path "fieldPath" text }
    /// ResourceFieldSelector.
    ResourceFieldReference { resource "resource" text, divisor "divisor" text }
    /// EnvFromSource.
    EnvFromSource { prefix "prefix" text, secret_ref "secretRef" {OptionalReference}, config_map_ref "configMapRef" {OptionalReference} }
    /// SecretEnvSource and ConfigMapEnvSource, which are written alike.
    OptionalReference { name "name" text, optional "optional" bool }
    /// ResourceRequirements.
    Resources { requests "requests" pairs, limits "limits" pairs }
    /// SecurityContext.
    SecurityContext {
        run_as_user "runAsUser" int, privileged "privileged" bool, allow_privilege_escalation "allowPrivilegeEscalation" bool,
        read_only_root_filesystem "readOnlyRootFilesystem" bool, capabilities "capabilities" {Capabilities},
    }
    /// Capabilities.
    Capabilities { add "add" texts, drop "drop" texts }
    /// VolumeMount.
    VolumeMount { name "name" text, mount_path "mountPath" text, read_only "readOnly" bool }

    /// Probe.
    Probe {
        http_get "httpGet" {HttpGet}, tcp_socket "tcpSocket" {TcpSocket}, grpc "grpc" {Grpc}, exec "exec" {Exec},
        initial_delay_seconds "initialDelaySeconds" int, period_seconds "periodSeconds" int, timeout_seconds "timeoutSeconds" int,
        success_threshold "successThreshold" int, failure_threshold "failureThreshold" int,
    }
    /// Lifecycle.
    Lifecycle { post_start "postStart" {LifecycleHandler}, pre_stop "preStop" {LifecycleHandler} }
    /// LifecycleHandler.
    LifecycleHandler { http_get "httpGet" {HttpGet}, tcp_socket "tcpSocket" {TcpSocket}, exec "exec" {Exec}, sleep "sleep" {Sleep} }
    /// HTTPGetAction.
    HttpGet { path "path" text, port "port" count, scheme "scheme" text, http_headers "httpHeaders" [HttpHeader] }
    /// HTTPHeader.
    HttpHeader { name "name" text, value "value" text }
    /// TCPSocketAction.
    TcpSocket { port "port" count }
    /// GRPCAction; its port cannot be a name.
    Grpc { port "port" int, service "service" text }
    /// ExecAction.
    Exec { command "command" texts }
    /// SleepAction.
    Sleep { seconds "seconds" int }

    /// Volume.
    Volume {
        name "name" text, empty_dir "emptyDir" {EmptyDir}, secret "secret" {SecretVolume}, config_map "configMap" {ConfigMapVolume},
        persistent_volume_claim "persistentVolumeClaim" {ClaimVolume}, host_path "hostPath" {HostPath},
    }
    /// EmptyDirVolumeSource.
    EmptyDir { medium "medium" text, size_limit "sizeLimit" text }
    /// SecretVolumeSource; its mode is decimal.
    SecretVolume { secret_name "secretName" text, items "items" [KeyToPath], default_mode "defaultMode" int, optional "optional" bool }
    /// ConfigMapVolumeSource; its mode is decimal.
    ConfigMapVolume { name "name" text, items "items" [KeyToPath], default_mode "defaultMode" int, optional "optional" bool }
    /// KeyToPath.
    KeyToPath { key "key" text, path "path" text }
    /// PersistentVolumeClaimVolumeSource.
    ClaimVolume { claim_name "claimName" text, read_only "readOnly" bool }
    /// HostPathVolumeSource.
    HostPath { path "path" text, kind "type" text }

    /// PersistentVolumeClaim.
    PersistentVolumeClaim { metadata "metadata" {Meta}, spec "spec" {ClaimSpec} }
    /// PersistentVolumeClaim as a template in a StatefulSet.
    ClaimTemplate { metadata "metadata" {Meta}, spec "spec" {ClaimSpec} }
    /// PersistentVolumeClaimSpec.
    ClaimSpec { access_modes "accessModes" texts, storage_class_name "storageClassName" text, resources "resources" {Resources} }
}
