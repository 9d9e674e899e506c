//! How requests find pods: rules that choose a destination, what is done to them on the way, and how connections to a workload are kept.
//!
//! Nothing here is one product's: an emitter writes a [`Routes`] as VirtualService, HTTPRoute or Ingress, a [`DestinationPolicy`] as
//! DestinationRule. A release that splits traffic changes [`Rule::destinations`], puts rules of its own before others, and adds [`Subset`]s;
//! everything else stays as it is.

use super::{At, Str};
use crate::tape::Origin;
use crate::units::Percent;

/// Rules for the requests to some hosts: one VirtualService, HTTPRoute or Ingress of the app's namespace.
#[derive(Clone, Debug)]
pub struct Routes {
    /// The object's name.
    pub name: At<Str>,
    /// The tier whose it is (`app.kubernetes.io/name`); the app where several tiers share a host.
    pub owner: Str,
    /// The names that requests ask for: a Service's name in full, or hosts that are exposed.
    pub hosts: Vec<At<Str>>,
    /// Do all of its rules lead to gRPC?
    pub grpc: bool,
    /// Where the requests come in.
    pub from: Entrance,
    /// In the order in which they are tried; only the last may match everything (I10).
    pub rules: Vec<Rule>,
    /// What gave it.
    pub origin: Origin,
}

/// Where requests come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entrance {
    /// At the client's own proxy: requests between workloads of the mesh.
    Mesh,
    /// At a waypoint of ambient mode, on the way to a Service: a route of the Gateway API (I31).
    Waypoint {
        /// The Service.
        service: Str,
        /// Its port.
        port: u16,
    },
    /// At a gateway: its namespace and name.
    Gateway {
        /// The namespace of the Gateway object.
        namespace: Str,
        /// Its name.
        name: Str,
        /// Those of its servers that the rules belong to; all where none is named.
        listeners: Vec<Str>,
    },
    /// At an ingress controller of this class.
    Ingress {
        /// `ingressClassName`.
        class: Str,
        /// The certificate, whose Secret is in the app's namespace; plain HTTP where none.
        tls: Option<Tls>,
        /// Is every plain request sent on to HTTPS?
        redirect: bool,
    },
}

/// A Gateway: what it listens for. One an app, so that one certificate stands in one of them (I21).
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Its name, a DNS label (I22).
    pub name: At<Str>,
    /// The namespace of the object.
    pub namespace: Str,
    /// `gatewayClassName`; `None` for Istio's own kind.
    pub class: Option<Str>,
    /// The namespaces that routes may come from: those of the apps whose hosts it has.
    pub open_to: Vec<Str>,
    /// What it listens for.
    pub servers: Vec<Server>,
    /// What gave it.
    pub origin: Origin,
}

/// A port of a gateway, for some hosts.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its name, once in its gateway (I22).
    pub name: Str,
    /// 443 with a certificate, else 80.
    pub port: u16,
    /// Never a short name (I22).
    pub hosts: Vec<At<Str>>,
    /// The certificate; plain HTTP where none (I23).
    pub tls: Option<Tls>,
    /// Is every plain request sent on to HTTPS?
    pub redirect: bool,
    /// What gave it.
    pub origin: Origin,
}

/// A certificate that cert-manager makes: a Certificate of the Secret's name.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The Secret.
    pub secret: At<Str>,
    /// Where it is wanted: the gateway's namespace, or the app's.
    pub namespace: Str,
    /// For which hosts.
    pub hosts: Vec<At<Str>>,
    /// Who signs.
    pub issuer: Issuer,
}

/// What a host shows its clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The Secret that holds it.
    pub secret: At<Str>,
    /// The cert-manager issuer that makes it; `None` where it exists.
    pub issuer: Option<Issuer>,
}

/// A cert-manager issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// `ClusterIssuer` or `Issuer`.
    pub kind: &'static str,
    /// Its name.
    pub name: At<Str>,
}

/// A rule: which requests, where they go, and what is done to them.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name, once in its [`Routes`]: what a release names to move its weights.
    pub name: Str,
    /// The object name of the workload that its requests are for: what a release looks for.
    pub workload: Str,
    /// Alternatives; every request where there is none.
    pub matches: Vec<RouteMatch>,
    /// Is the client sent to the same address by HTTPS? Then there are no destinations.
    pub to_https: bool,
    /// Where requests go. Every weight is written, and they sum to 100 (finding 1, I5); a workload without a release has one, with 100.
    pub destinations: Vec<Destination>,
    /// How long a request may take, all tries together.
    pub timeout: Option<At<Str>>,
    /// Tries after the first.
    pub retries: Option<Box<Retries>>,
    /// Faults put in, for trials.
    pub fault: Option<Box<Fault>>,
    /// A copy of the requests, whose answers nobody waits for.
    pub mirror: Option<Box<Mirror>>,
    /// Which pages of other origins may ask.
    pub cors: Option<Box<Cors>>,
    /// What the matched path becomes.
    pub rewrite: Option<At<Str>>,
    /// Changes of request headers.
    pub request_headers: HeaderChanges,
    /// Changes of response headers.
    pub response_headers: HeaderChanges,
    /// What gave it.
    pub origin: Origin,
}

impl Rule {
    /// A rule that sends every request to one destination and does nothing else.
    pub fn to(name: impl Into<Str>, workload: Str, destination: Destination, origin: Origin) -> Self {
        Rule {
            name: name.into(),
            workload,
            matches: Vec::new(),
            to_https: false,
            destinations: vec![destination],
            timeout: None,
            retries: None,
            fault: None,
            mirror: None,
            cors: None,
            rewrite: None,
            request_headers: HeaderChanges::default(),
            response_headers: HeaderChanges::default(),
            origin,
        }
    }
    /// A rule that sends every client to HTTPS.
    pub fn to_https(workload: Str, origin: Origin) -> Self {
        let nowhere = Destination { host: "".into(), subset: None, port: 443, weight: At::default_of(100), origin };
        Rule { to_https: true, destinations: Vec::new(), ..Rule::to("to-https", workload, nowhere, origin) }
    }
}

/// One way for a request to match: all of these at once.
#[derive(Clone, Debug, Default)]
pub struct RouteMatch {
    /// The Service's port that it was sent to, where the host has several.
    pub port: Option<u16>,
    /// Its path.
    pub path: Option<PathMatch>,
    /// Its headers, each.
    pub headers: Vec<HeaderMatch>,
    /// What gave it.
    pub origin: Origin,
}

/// A condition on the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathMatch {
    /// This path alone.
    Exact(At<Str>),
    /// This path and what lies below it, by whole segments: `/api` holds `/api/v1` and not `/apix`.
    Prefix(At<Str>),
}

impl PathMatch {
    /// The path.
    pub fn path(&self) -> &At<Str> {
        match self {
            PathMatch::Exact(p) | PathMatch::Prefix(p) => p,
        }
    }
}

/// A condition on a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderMatch {
    /// Its name, in lower case as HTTP/2 has it.
    pub name: At<Str>,
    /// Its value.
    pub value: TextMatch,
}

/// A condition on a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextMatch {
    /// It is this.
    Exact(At<Str>),
    /// It begins with this, which is not empty (I9).
    Prefix(At<Str>),
    /// It matches this RE2 expression of at most 1024 characters (I9).
    Regex(At<Str>),
}

/// Where requests go.
#[derive(Clone, Debug)]
pub struct Destination {
    /// A Service's name in full: `frontend.production.svc.cluster.local`.
    pub host: Str,
    /// One of the subsets of the workload's [`DestinationPolicy`].
    pub subset: Option<Str>,
    /// The Service's port, always written (I17).
    pub port: u16,
    /// Its share of a hundred.
    pub weight: At<i64>,
    /// What gave it.
    pub origin: Origin,
}

impl Destination {
    /// The Service's name, and its namespace.
    pub fn service(&self) -> (&str, &str) {
        let mut parts = self.host.split('.');
        (parts.next().unwrap_or(""), parts.next().unwrap_or(""))
    }
}

/// Tries after the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retries {
    /// How many; zero turns retries off.
    pub attempts: At<i64>,
    /// How long each may take; a Go duration without days (I2).
    pub per_try: Option<At<Str>>,
    /// After what: `5xx`, `connect-failure`, … or a status code (I7).
    pub on: Vec<At<Str>>,
    /// What gave it.
    pub origin: Origin,
}

/// Faults put in, for trials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// So many requests wait so long.
    pub delay: Option<(At<Percent>, At<Str>)>,
    /// So many requests are answered with this status, 200 to 599 (I6).
    pub abort: Option<(At<Percent>, At<i64>)>,
    /// The block.
    pub origin: Origin,
}

/// A copy of the requests.
#[derive(Clone, Debug)]
pub struct Mirror {
    /// Where it goes; its weight means nothing.
    pub destination: Destination,
    /// Of how many of them.
    pub share: At<Percent>,
}

/// Which pages of other origins may ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    /// Origins: `https://app.example.com`, or `*`.
    pub origins: Vec<At<Str>>,
    /// Methods.
    pub methods: Vec<At<Str>>,
    /// Request headers.
    pub headers: Vec<At<Str>>,
    /// Response headers that the page may read.
    pub expose: Vec<At<Str>>,
    /// How long the answer holds, in whole seconds (I2).
    pub max_age: Option<At<i64>>,
    /// Do cookies come with it?
    pub credentials: Option<At<bool>>,
    /// The block.
    pub origin: Origin,
}

/// Changes of headers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderChanges {
    /// Set, whatever was there.
    pub set: Vec<(Str, At<Str>)>,
    /// Added to what is there.
    pub add: Vec<(Str, At<Str>)>,
    /// Taken away.
    pub remove: Vec<At<Str>>,
}

impl HeaderChanges {
    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.add.is_empty() && self.remove.is_empty()
    }
    /// What gave the first of them.
    pub fn first_origin(&self) -> Option<Origin> {
        self.set.iter().chain(&self.add).map(|(_, value)| value.origin).chain(self.remove.iter().map(|name| name.origin)).next()
    }
}

/// How connections to a workload's Service are kept: a DestinationRule of the workload's name. Written where it holds anything (I12).
#[derive(Clone, Debug)]
pub struct DestinationPolicy {
    /// The Service's name in full.
    pub host: Str,
    /// `loadBalancer.simple`: `LEAST_REQUEST`, `ROUND_ROBIN`, `RANDOM` (I15).
    pub balance: Option<At<Str>>,
    /// `loadBalancer.consistentHash`: the same client finds the same pod.
    pub sticky: Option<Sticky>,
    /// `connectionPool.tcp.maxConnections` (I14).
    pub connections: Option<At<i64>>,
    /// `connectionPool.http.http1MaxPendingRequests`.
    pub pending: Option<At<i64>>,
    /// `connectionPool.http.maxRequestsPerConnection`.
    pub requests_per_connection: Option<At<i64>>,
    /// `outlierDetection`.
    pub eject: Option<Eject>,
    /// `tls.mode`; always `ISTIO_MUTUAL` for a workload of the mesh (I16, I26).
    pub tls: Option<At<Str>>,
    /// Services of versions that the same holds for, by name: requests that are split go to these.
    pub also: Vec<Str>,
    /// Named parts of the workload's pods; names are unique (I12), every one selects a pod (I19).
    pub subsets: Vec<Subset>,
    /// The block, or the workload.
    pub origin: Origin,
}

impl DestinationPolicy {
    /// A policy that says nothing yet.
    pub fn of(host: Str, origin: Origin) -> Self {
        DestinationPolicy {
            host,
            balance: None,
            sticky: None,
            connections: None,
            pending: None,
            requests_per_connection: None,
            eject: None,
            tls: None,
            also: Vec::new(),
            subsets: Vec::new(),
            origin,
        }
    }
}

/// What of a request decides the pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sticky {
    /// A header.
    Header(At<Str>),
    /// A cookie, which the proxy sets; it lives so long.
    Cookie(At<Str>, At<Str>),
    /// The address.
    Source(At<Str>),
}

/// Pods that fail are left alone for a while (I13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eject {
    /// `consecutive5xxErrors`.
    pub errors: At<i64>,
    /// `interval`: how often it is looked at.
    pub interval: At<Str>,
    /// `baseEjectionTime`.
    pub time: At<Str>,
    /// `maxEjectionPercent`.
    pub at_most: At<i64>,
    /// The block.
    pub origin: Origin,
}

/// A named part of a workload's pods.
#[derive(Clone, Debug)]
pub struct Subset {
    /// A DNS label (I5).
    pub name: Str,
    /// Labels of the pods besides the workload's own.
    pub labels: Vec<(Str, Str)>,
    /// What gave it.
    pub origin: Origin,
}
