//! Words that guides for Kubernetes and Istio teach, old ones among them, and what each is here.

/// What people write for a member of a block elsewhere, and what it is here.
pub fn member(name: &str) -> Option<&'static str> {
    Some(match name {
        // rules.md §9, rows 1 and 2: the first has never been a field of a DestinationRule, and the API server drops it without a word.
        "circuitBreaker" | "circuit-breaker" | "simpleCb" => {
            "no DestinationRule has a `circuitBreaker`, and the API server may drop it without a word: limits are `connections` and `pending`, and `eject { errors = 5, for = 30s }` leaves pods that fail alone"
        }
        "consecutiveErrors" | "consecutive-errors" | "consecutive5xxErrors" => {
            "errors in a row are `errors = 5`; `consecutiveErrors` is deprecated in Istio too"
        }
        "outlierDetection" | "outlier-detection" => "pods that fail are left alone by `eject { errors = 5, interval = 30s, for = 30s }`",
        "connectionPool" | "connection-pool" | "maxConnections" => {
            "limits of connections are `connections = 100`, `pending = 50` and `requests-per-connection = 10`"
        }
        "loadBalancer" | "load-balancer" | "lb" => "which pod gets the next request is `balance = least-request`",
        "trafficPolicy" | "traffic-policy" | "destinationRule" | "virtualService" | "virtual-service" | "destination-rule" => {
            "how requests and connections are treated is `traffic { … }` of the tier; the objects follow from it"
        }
        "baseEjectionTime" => "how long a pod is left alone is `for = 30s`",
        "maxEjectionPercent" => "of how many pods at most is `at-most = 50%`",
        "perTryTimeout" => "how long each try may take is `per-try = 2s`",
        "retryOn" => "after what is tried again is `on = [connect-failure, server-error]`",
        "corsPolicy" => "which pages may ask is `cors { origins = [\"https://app.example.com\"] }` of `expose`",
        "minReplicas" | "min-replicas" | "minReplicaCount" | "maxReplicas" | "max-replicas" | "maxReplicaCount" => {
            "the least and the most are the range of the tier: `replicas = 2..20`"
        }
        "targetCPUUtilizationPercentage" | "averageUtilization" => "use of CPU that it aims at is `cpu = 70%`",
        "targetAverageValue" | "averageValue" => "an amount of each pod is `cpu = 350m`; of a metric, `metric requests_per_second = 100`",
        "behavior" | "scaleUp" | "scaleDown" => "how pods come and go is `up { … }` and `down { … }`",
        "stabilizationWindowSeconds" => "how long a recommendation must last is `window = 5m`",
        "pollingInterval" => "how often KEDA asks is `poll = 30s`",
        "cooldownPeriod" => "how long all triggers must be quiet is `cooldown = 5m`",
        "idleReplicaCount" => "how many pods there are while all triggers are quiet is `idle = 0`",
        "triggers" => "each trigger has a name: `trigger orders = kafka(…)`",
        "updateMode" => "when it acts is `mode = recreate`",
        "minAllowed" | "maxAllowed" => "the bounds are ranges: `cpu = 100m..2, memory = 128Mi..4Gi`",
        "controlledValues" => "what it changes is `values = requests-only`",
        "ingressClassName" | "ingressClass" | "ingress-class" => "the class is of the platform: `target { gateway { class = \"nginx\" } }`",
        "pathType" => "a path is taken with everything below it; nothing says how it is compared",
        "secretName" | "credentialName" => "the certificate's Secret is `tls = \"app-tls\"`",
        // rules.md §9, rows 5 and 6; B1, B2, B4.
        "apiVersion" | "api-version" | "kubeadmApiVersion" => {
            "which API version is written follows from `kubernetes`: of kubeadm it is `kubeadm.k8s.io/v1beta4`; v1beta2 went with Kubernetes 1.27, and v1beta3 is deprecated since 1.31"
        }
        "extraArgs" | "extra-args" | "apiServerExtraArgs" | "controllerManagerExtraArgs" | "schedulerExtraArgs" => {
            "arguments are `args = { \"request-timeout\" = \"2m\" }` of `api-server`, `controller-manager`, `scheduler` or `etcd`; v1beta2 and v1beta3 had a map there, v1beta4 has a list of names and values, and the compiler writes that list"
        }
        "extraVolumes" | "extra-volumes" => {
            "files of the machine that a component sees are `mounts = [\"/etc/kubernetes/policy.yaml\"]`; those of `audit` and `encryption` follow by themselves"
        }
        "certSANs" | "cert-sans" | "apiServerCertSANs" => {
            "further names in the API server's certificate are `certificate-names = [\"api.example.com\"]` of `control-plane`"
        }
        "kubernetesVersion" | "kubernetes-version" => "the version is `kubernetes = 1.36.2` of `cluster`",
        "controlPlaneEndpoint" | "control-plane-endpoint" => {
            "the name that the API server is reached by is `endpoint = \"api.example.com\"` of `cluster`"
        }
        "networking" => "subnets are `pod-subnet = \"10.244.0.0/16\"` and `service-subnet = \"10.96.0.0/16\"` of `cluster`",
        "admissionPlugins" | "enable-admission-plugins" | "enableAdmissionPlugins" => {
            "plugins are `admission = [NodeRestriction, …]` of `control-plane`"
        }
        "podSecurityPolicy" | "pod-security-policy" | "psp" | "PodSecurityPolicy" => {
            "PodSecurityPolicy went with Kubernetes 1.25; Pod Security Admission took its place: `namespace x { security = restricted }`"
        }
        "seccompProfile" | "seccomp" => "every pod has the runtime's seccomp profile already",
        "provisioners" | "nodePool" | "node-pool" | "nodepool" | "nodeGroup" | "node-group" => {
            "nodes of one sort are `pool NAME { … }` of `cluster`"
        }
        "ttlSecondsAfterEmpty" => {
            "when nodes go is `consolidate = when-empty, consolidate-after = 5m`; Karpenter's `ttlSecondsAfterEmpty` went with its v1alpha5"
        }
        "ttlSecondsUntilExpired" => {
            "how old a node becomes is `expire = 720h`; Karpenter's `ttlSecondsUntilExpired` went with its v1alpha5"
        }
        "reclaimPolicy" | "reclaim-policy" => "what becomes of a volume is `reclaim = retain`",
        "volumeBindingMode" => "when a claim gets its volume is `bind = when-used`",
        "allowVolumeExpansion" => "claims may grow unless `expand = false`",
        "globalDefault" | "preemptionPolicy" => "a class says `default = true`, and `preempt = never`",
        _ => return None,
    })
}

/// A word of another system for one of these, and why it is gone.
pub fn word(text: &str, words: &[&'static str]) -> Option<(&'static str, &'static str)> {
    let (ours, why) = match text {
        "LEAST_CONN" | "least-conn" => ("least-request", "Istio deprecated `LEAST_CONN`; `LEAST_REQUEST` took its place."),
        "LEAST_REQUEST" | "ROUND_ROBIN" | "RANDOM" | "ISTIO_MUTUAL" | "DISABLE" => {
            let ours = match text {
                "LEAST_REQUEST" => "least-request",
                "ROUND_ROBIN" => "round-robin",
                "RANDOM" => "random",
                "ISTIO_MUTUAL" => "mutual",
                _ => "plain",
            };
            (ours, "")
        }
        // rules.md §9, row 12, and V1: the API server takes it and warns.
        "Auto" | "auto" | "AUTO" => (
            "recreate",
            "`Auto` of a VerticalPodAutoscaler is deprecated and means `recreate`; `in-place-or-recreate` restarts a pod only where it cannot be resized.",
        ),
        "Off" => ("off", ""),
        "Initial" => ("initial", ""),
        "Recreate" => ("recreate", ""),
        "InPlaceOrRecreate" | "in_place_or_recreate" => ("in-place-or-recreate", ""),
        "InPlace" => ("in-place", ""),
        "RequestsOnly" => ("requests-only", ""),
        "RequestsAndLimits" => ("requests-and-limits", ""),
        "gateway-api-v1" | "gateway" => ("gateway-api", ""),
        "ambient" => ("istio-ambient", ""),
        "sidecar" => ("istio", ""),
        _ => return None,
    };
    words.contains(&ours).then_some((ours, why))
}
