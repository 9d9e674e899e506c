//! One example of each block, for the reference page. A test compiles all of them.

use super::BlockInfo;
use Around::{App, InMesh, Nothing, Tier};

/// What stands around an example, so that it can be compiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Around {
    /// Nothing: it is a program, or part of one that has an app.
    Nothing,
    /// An app in a `restricted` namespace, with a tier `backend` that has a port `api`; the target says where the API server is, and has a monitoring stack.
    App,
    /// A tier of that app, which has an image, a port `http`, and a health probe unless the example brings one.
    Tier,
    /// The same, where the target says `mesh = istio, ingress = istio`.
    InMesh,
}

impl Around {
    /// The words after three backquotes.
    pub fn fence(self) -> &'static str {
        match self {
            Nothing => "bay",
            App => "bay app",
            Tier => "bay tier",
            InMesh => "bay tier mesh",
        }
    }
}

/// The example of a block: by its name, and the name of the block that it stands in.
pub fn of(info: &BlockInfo, parent: &str) -> Option<(Around, &'static str)> {
    ALL.iter()
        .find(|(name, within, ..)| *name == info.name && (within.is_empty() || *within == parent))
        .map(|(_, _, around, text)| (*around, *text))
}

/// Name, parent (empty where only one block has the name), what stands around it, and the text.
static ALL: &[(&str, &str, Around, &str)] = &[
    (
        "file",
        "",
        Nothing,
        r#"app hello {
  tier web {
    image     = "ghcr.io/acme/hello:1.0.0"
    port http = 8080
    health    = http("/")
  }
}"#,
    ),
    ("target", "", Nothing, "target { kubernetes = 1.36, api-server = \"10.20.0.0/28\" }"),
    ("keda", "", Nothing, "target {\n  keda { namespace = \"autoscaling\" }\n}"),
    (
        "gateway",
        "",
        Nothing,
        "target {\n  ingress = istio\n  gateway { namespace = \"istio-ingress\", pods = { istio = \"ingress\" }, account = \"istio-ingress\" }\n}",
    ),
    ("proxy", "", Nothing, "target {\n  mesh = istio\n  proxy { cpu = 50m..1, memory = 64Mi..256Mi }\n}"),
    (
        "dns",
        "target",
        Nothing,
        "target {\n  dns { namespace = \"openshift-dns\", pods = { \"dns.operator.openshift.io/daemonset-dns\" = \"default\" }, port = 5353 }\n}",
    ),
    (
        "namespace",
        "",
        Nothing,
        r#"namespace production {
  security = restricted
  quota    { cpu = 20..40, memory = 40Gi..80Gi, pods = 60 }
  labels   = { team = "checkout" }
}"#,
    ),
    (
        "quota",
        "",
        Nothing,
        "namespace production {\n  quota { cpu = 20..40, memory = 40Gi..80Gi, storage = 500Gi, pods = 60, services = 20 }\n}",
    ),
    ("default", "", Nothing, "namespace production {\n  default { cpu = 100m..500m, memory = 128Mi..512Mi }\n}"),
    ("bounds", "", Nothing, "namespace production {\n  bounds { cpu = 10m..2, memory = 16Mi..4Gi }\n}"),
    (
        "app",
        "",
        Nothing,
        r#"app shop {
  owner  = "checkout"
  prefix = "shop-"
  tier web {
    image     = "ghcr.io/acme/web:1.0.0"
    port http = 8080
    health    = http("/")
  }
}"#,
    ),
    (
        "tier",
        "",
        App,
        r#"tier web {
  image     = "ghcr.io/acme/web:1.0.0"
  port http = 8080
  replicas  = 3..20
  cpu       = 100m..500m
  memory    = 128Mi..512Mi
  health    = http("/health")
  env BACKEND_URL = backend.api.url
}"#,
    ),
    (
        "job",
        "",
        App,
        r#"job migrate {
  image    = "ghcr.io/acme/migrate:1.0.0"
  connects = [backend.api]
  retries  = 1
  deadline = 10m
}"#,
    ),
    (
        "cron",
        "",
        App,
        r#"cron report {
  schedule  = "0 3 * * *"
  time-zone = "Europe/Berlin"
  image     = "ghcr.io/acme/report:1.0.0"
  connects  = [backend.api]
}"#,
    ),
    (
        "daemon",
        "",
        App,
        r#"daemon node-log {
  image        = "ghcr.io/acme/node-log:1.0.0"
  port metrics = 9100
  health       = tcp()
  tolerate "node-role.kubernetes.io/control-plane" { effect = no-schedule }
}"#,
    ),
    (
        "init",
        "",
        Tier,
        "volume assets = scratch(\"/assets\")\ninit unpack {\n  image        = \"ghcr.io/acme/assets:1.0.0\"\n  args         = [\"--to\", \"/assets\"]\n  mount assets = \"/assets\"\n}",
    ),
    (
        "container",
        "",
        Tier,
        "container log-shipper {\n  image  = \"ghcr.io/acme/shipper:1.0.0\"\n  cpu    = 10m..100m\n  memory = 32Mi..64Mi\n}",
    ),
    ("health", "", Tier, "health {\n  ready = http(\"/ready\", every = 5s)\n  live  = tcp()\n  start = http(\"/ready\", failures = 60)\n}"),
    ("lifecycle", "", Tier, "lifecycle { before-stop = sleep(10s) }"),
    (
        "monitoring",
        "target",
        Nothing,
        "target {\n  monitoring = prometheus-operator\n  monitoring {\n    namespace = \"observability\"\n    labels    = { release = \"kube-prometheus-stack\" }\n  }\n}",
    ),
    ("monitor", "", Tier, "monitor { path = \"/metrics\", interval = 15s, dashboard = true }"),
    (
        "alert",
        "",
        Tier,
        "alert Errors {\n  when     = `sum(rate(http_requests_total{job=\"web\",code=~\"5..\"}[5m])) > 1`\n  for      = 10m\n  severity = critical\n  summary  = \"{{ $value | humanize }} requests a second fail\"\n}",
    ),
    (
        "slo",
        "",
        Tier,
        "slo availability = 99.9% {\n  good   = `http_requests_total{job=\"web\",code!~\"5..\"}`\n  total  = `http_requests_total{job=\"web\"}`\n  window = 30d\n}",
    ),
    ("tracing", "", Tier, "tracing { endpoint = backend.api, protocol = http-protobuf, sample = 10% }"),
    ("expose", "", InMesh, "expose \"app.example.com\" { path = \"/shop\", tls = \"app-tls\" }"),
    (
        "cors",
        "",
        InMesh,
        "expose \"app.example.com\" {\n  tls = issuer(\"letsencrypt\")\n  cors { origins = [\"https://pages.example.com\"], max-age = 1h }\n}",
    ),
    ("traffic", "", InMesh, "traffic { balance = round-robin, connections = 100, pending = 50, timeout = 5s }"),
    (
        "version",
        "",
        InMesh,
        "version v1 { image = \"ghcr.io/acme/example:1.0.0\", weight = 90% }\nversion v2 { image = \"ghcr.io/acme/example:1.1.0\", when = header(\"end-user\", \"jason\") }",
    ),
    ("eject", "", InMesh, "traffic {\n  eject { errors = 5, interval = 30s, for = 1m, at-most = 50% }\n}"),
    ("retries", "", InMesh, "traffic {\n  timeout = 6s\n  retries { attempts = 2, per-try = 2s, on = [connect-failure, server-error] }\n}"),
    ("fault", "", InMesh, "traffic {\n  fault { delay = 2s, delayed = 10%, abort = 503, aborted = 0.5% }\n}"),
    ("mirror", "", InMesh, "traffic {\n  mirror { to = backend.api, share = 5% }\n}"),
    ("headers", "", InMesh, "traffic {\n  headers { request \"x-from\" = \"mesh\", remove-response = [\"server\"] }\n}"),
    (
        "route",
        "",
        InMesh,
        "traffic {\n  route beta { when = header(\"end-user\", \"jason\"), to = backend.api }\n  route reports { path = \"/reports\", timeout = 30s }\n}",
    ),
    ("scale", "", Tier, "replicas = 2..10\nscale {\n  cpu = 60%\n  metric requests_per_second = 100\n  down { window = 10m }\n}"),
    ("up", "", Tier, "replicas = 2..10\nscale {\n  up { window = 30s, at-most = 4 per 60s }\n}"),
    ("down", "", Tier, "replicas = 2..10\nscale {\n  down { window = 10m, at-most = 10% per 60s }\n}"),
    (
        "fallback",
        "",
        Tier,
        "replicas = 2..10\nscale {\n  trigger jobs = redis(\"redis.data.svc:6379\", list-name = \"jobs\", list-length = 10)\n  fallback { replicas = 6 }\n}",
    ),
    ("autosize", "", Tier, "autosize { mode = initial, cpu = 100m..500m, memory = 128Mi..256Mi }"),
    ("rolling", "", Tier, "rollout rolling { surge = 1, unavailable = 0, min-ready = 10s }"),
    ("recreate", "", Tier, "rollout recreate { deadline = 5m }"),
    ("canary", "", Tier, "replicas = 10\nrollout canary { steps = [10%, 5m, 50%, manual], surge = 1 }"),
    ("blue-green", "", Tier, "rollout blue-green { promote = 5m, keep-old = 10m }"),
    (
        "verify",
        "",
        Tier,
        "replicas = 10\nrollout canary {\n  steps = [10%, verify(errors), 50%]\n  verify errors {\n    when-above = 1%, over = 5m, every = 1m\n    query = `sum(rate(http_requests_total{code=~\"5..\"}[2m])) / sum(rate(http_requests_total[2m]))`\n  }\n}",
    ),
    ("permissions", "", Tier, "permissions {\n  resource \"pods\" = [get, list, watch]\n}"),
    ("resource", "", Tier, "permissions {\n  resource \"configmaps\" { verbs = [get], names = [\"flags\"] }\n}"),
    ("spread", "", Tier, "spread zone { max-skew = 1, required = true }"),
    ("disruption", "", Tier, "replicas = 4\ndisruption { unavailable = 25% }"),
    ("tolerate", "", Tier, "tolerate \"dedicated\" { value = \"web\", effect = no-schedule }"),
    ("affinity", "", Tier, "affinity near { tiers = [backend], topology = zone }"),
    ("service", "", Tier, "service { type = load-balancer, session-affinity = client-ip, session-timeout = 1h }"),
    ("dns", "tier", Tier, "dns { options = { ndots = \"2\" } }"),
    (
        "secret",
        "",
        App,
        r#"secret payment {
  keys = ["api-key"]
  from = external(store = "team-vault", path = "payment/live")
}
tier till {
  image     = "ghcr.io/acme/till:1.0.0"
  port http = 8080
  health    = http("/")
  env PAYMENT_KEY = secret(payment, "api-key")
}"#,
    ),
    (
        "config",
        "",
        Tier,
        "config settings {\n  file \"app.properties\" = \"\"\"\n    level = info\n    store = ${backend.api.address}\n    \"\"\"\n  key MODE = \"live\"\n}\nvolume settings = config(\"/etc/web\", settings)",
    ),
    (
        "external",
        "",
        App,
        r#"external mail {
  hosts     = ["smtp.example.com"]
  cidrs     = ["192.0.2.0/28"]
  port smtp = 587
}
tier postbox {
  image     = "ghcr.io/acme/postbox:1.0.0"
  port http = 8080
  health    = http("/")
  connects  = [mail.smtp]
}"#,
    ),
    (
        "cluster",
        "",
        Nothing,
        r#"cluster prod {
  kubernetes     = 1.36.2
  endpoint       = "api.prod.example.com"
  pod-subnet     = "10.244.0.0/16"
  service-subnet = "10.96.0.0/16"
  node-subnet    = "10.0.0.0/16"
  control-plane { certificate-names = ["10.0.0.10"], audit {} }
  kubelet { max-pods = 200 }
}"#,
    ),
    (
        "control-plane",
        "",
        Nothing,
        "cluster prod {\n  kubernetes = 1.36.2\n  endpoint   = \"api.example.com\"\n  control-plane {\n    admission = [NodeRestriction, DenyServiceExternalIPs, AlwaysPullImages]\n    keys      = ecdsa-p256\n    audit { keep = 90d }\n  }\n}",
    ),
    (
        "api-server",
        "",
        Nothing,
        "cluster prod {\n  kubernetes = 1.36.2\n  endpoint   = \"api.example.com\"\n  control-plane {\n    api-server { args = { \"oidc-issuer-url\" = \"https://login.example.com\", \"oidc-client-id\" = \"kubernetes\" } }\n  }\n}",
    ),
    (
        "controller-manager",
        "",
        Nothing,
        "cluster prod {\n  kubernetes = 1.36.2\n  endpoint   = \"api.example.com\"\n  control-plane {\n    controller-manager { args = { \"terminated-pod-gc-threshold\" = 1000 } }\n  }\n}",
    ),
    (
        "scheduler",
        "",
        Nothing,
        "cluster prod {\n  kubernetes = 1.36.2\n  endpoint   = \"api.example.com\"\n  control-plane {\n    scheduler { args = { v = 2 } }\n  }\n}",
    ),
    (
        "etcd",
        "",
        Nothing,
        "cluster prod {\n  kubernetes = 1.36.2\n  endpoint   = \"api.example.com\"\n  control-plane {\n    etcd { data = \"/srv/etcd\", args = { \"quota-backend-bytes\" = \"8589934592\" } }\n  }\n}",
    ),
    (
        "audit",
        "",
        Nothing,
        "cluster prod {\n  kubernetes = 1.36.2\n  endpoint   = \"api.example.com\"\n  control-plane {\n    audit { level = metadata, keep = 90d, size = 200Mi }\n  }\n}",
    ),
    (
        "rule",
        "",
        Nothing,
        "cluster prod {\n  kubernetes = 1.36.2\n  endpoint   = \"api.example.com\"\n  control-plane {\n    audit {\n      rule exec  { level = request, resources = [\"pods/exec\", \"pods/attach\"] }\n      rule nodes { level = none, groups = [\"system:nodes\"], verbs = [\"get\"] }\n    }\n  }\n}",
    ),
    (
        "kubelet",
        "",
        Nothing,
        r#"cluster prod {
  kubernetes = 1.36.2
  endpoint   = "api.example.com"
  control-plane {}
  kubelet {
    max-pods                   = 200
    eviction-hard              = { "memory.available" = 500Mi, "nodefs.available" = 10% }
    max-parallel-image-pulls   = 4
    register-with-taints       = { dedicated = no-schedule("batch") }
  }
}"#,
    ),
    (
        "pool",
        "",
        Nothing,
        r#"cluster prod {
  autoscaler = karpenter
  pool general {
    families = ["m7i", "m7a"]
    capacity = [spot, on-demand]
    cpu      = 200
    image    = "al2023@v20251103"
    role     = "KarpenterNodeRole-prod"
  }
}"#,
    ),
    (
        "storage-class",
        "",
        Nothing,
        "storage-class fast-ssd { provisioner = \"ebs.csi.aws.com\", parameters = { type = \"gp3\", encrypted = \"true\" } }",
    ),
    ("priority-class", "", Nothing, "priority-class critical { value = 100000, description = \"What customers see\" }"),
    ("backup", "", App, "backup { schedule = \"30 2 * * *\", keep = 30d, without = [\"events\"] }"),
];
