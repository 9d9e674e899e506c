//! What a workload is to the service mesh: who may call it, whom its proxy knows, what of it stays outside.

use super::{At, Str};
use crate::tape::Origin;
use crate::units::{Bytes, Cpu};

/// A workload whose pods get a proxy.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// Who may call which ports; AuthorizationPolicy of the workload's name. Nobody where it is empty.
    pub allow: Vec<Allow>,
    /// Ports of the pod that take plain connections too: PeerAuthentication of the workload's name (I25).
    pub plain: Vec<At<u16>>,
    /// The hosts that its proxy knows, `./host` for one of its own namespace, in order: Sidecar of the workload's name (I32). Empty in
    /// ambient mode, where the proxy is the node's.
    pub reach: Vec<Str>,
    /// Does its proxy let connections to other addresses pass?
    pub passes: bool,
    /// Is its namespace somebody else's, where nothing closes what no policy opens?
    pub alone: bool,
    /// What a waypoint before it asks of callers; none where nothing reads its requests.
    pub waypoint: Option<Before>,
}

/// A waypoint before a workload.
#[derive(Clone, Debug)]
pub struct Before {
    /// The AuthorizationPolicy of the waypoint: the workload's name with `-requests` behind it (I28).
    pub policy: Str,
    /// The Services that it stands before.
    pub services: Vec<Str>,
    /// Who may call them, by the ports of the Services.
    pub allow: Vec<Allow>,
}

/// Who may call some ports of a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    /// Who.
    pub from: Callers,
    /// Ports of the pod.
    pub ports: Vec<u16>,
    /// What declared it.
    pub origin: Origin,
}

/// Who may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Callers {
    /// These service accounts: namespace and name.
    Accounts(Vec<(Str, Str)>),
    /// Every account of this namespace.
    Namespace(Str),
    /// Everybody who gets there.
    Anybody,
}

/// An external system that proxies know by name: a ServiceEntry of the app's namespace.
#[derive(Clone, Debug)]
pub struct Outside {
    /// The object's name.
    pub name: At<Str>,
    /// Its DNS names, or one made up where it has addresses alone (I34).
    pub hosts: Vec<Str>,
    /// Its namespace, where it runs in the cluster: the mesh knows its Service, and no ServiceEntry is written.
    pub cluster: Option<Str>,
    /// Its addresses; resolved by DNS where there are none.
    pub addresses: Vec<Str>,
    /// Name, number and protocol (`HTTP`, `TLS`, `GRPC`, `TCP`) of its ports.
    pub ports: Vec<(At<Str>, At<u16>, &'static str)>,
    /// The block.
    pub origin: Origin,
}

/// The mesh's control plane, and what each proxy takes. Facts of the platform.
#[derive(Clone, Debug)]
pub struct ControlPlane {
    /// Its namespace.
    pub namespace: Str,
    /// Labels of its pods.
    pub pods: Vec<(Str, Str)>,
    /// Request and limit of a proxy.
    pub cpu: (Cpu, Cpu),
    /// Likewise.
    pub memory: (Bytes, Bytes),
}

impl ControlPlane {
    /// The port that proxies get their configuration and certificates from (rules.md §2.4).
    pub const PORT: u16 = 15_012;
    /// The port of a pod that answers with the metrics of proxy and application together.
    pub const METRICS: u16 = 15_020;
    /// Ports that belong to the proxy (I39).
    pub const RESERVED: [u16; 9] = [15_000, 15_001, 15_004, 15_006, 15_008, 15_020, 15_021, 15_053, 15_090];
    /// The port that encrypted connections of ambient mode come in at (rules.md §2.4; finding 11).
    pub const TUNNEL: u16 = 15_008;
    /// The address that the kubelet's probes have in ambient mode.
    pub const PROBES: &'static str = "169.254.7.127/32";
    /// The user that the proxy runs as; its connections pass it by (I39).
    pub const USER: i64 = 1337;
}

impl Default for ControlPlane {
    fn default() -> Self {
        let cpu = |text| Cpu::parse(text).unwrap_or(Cpu::ZERO);
        let memory = |text| Bytes::parse(text).unwrap_or(Bytes::ZERO);
        ControlPlane {
            namespace: "istio-system".into(),
            pods: vec![("app".into(), "istiod".into())],
            cpu: (cpu("100m"), cpu("2")),
            memory: (memory("128Mi"), memory("1Gi")),
        }
    }
}

/// The gateway that requests from outside come in at.
#[derive(Clone, Debug)]
pub struct Doorway {
    /// The namespace of its pods.
    pub namespace: Str,
    /// Labels of its pods; all pods of the namespace where there are none.
    pub pods: Vec<(Str, Str)>,
    /// Its service account.
    pub account: Option<Str>,
    /// GatewayClass or IngressClass.
    pub class: Str,
}

impl Default for Doorway {
    fn default() -> Self {
        Doorway {
            namespace: "istio-system".into(),
            pods: vec![("istio".into(), "ingressgateway".into())],
            account: None,
            class: "istio".into(),
        }
    }
}
