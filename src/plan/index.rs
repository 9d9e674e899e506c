//! Names and ports of all tiers, known before anything else is evaluated, so that there are no cycles.

use super::model::Protocol;
use crate::tape::Origin;
use crate::vocabulary::value::{PortRef, Str, TierRef};
use rustc_hash::FxHashMap;

/// All tiers by name.
#[derive(Debug, Default)]
pub struct Index {
    /// In the order of the program.
    pub apps: Vec<AppEntry>,
    /// Apps by name.
    pub by_name: FxHashMap<Str, u32>,
    /// Externals of the top level.
    pub top: Vec<TierEntry>,
}

/// An app's tiers.
#[derive(Debug)]
pub struct AppEntry {
    /// Its name.
    pub name: Str,
    /// Its namespace in the cluster.
    pub namespace: Str,
    /// Its tiers, jobs, crons, daemons and externals.
    pub tiers: Vec<TierEntry>,
}

/// A tier.
#[derive(Debug)]
pub struct TierEntry {
    /// Its name in the program.
    pub name: Str,
    /// Its objects' name, or an external's first host.
    pub object: Str,
    /// Is it outside the cluster?
    pub external: bool,
    /// Its ports.
    pub ports: Vec<PortEntry>,
    /// Its header.
    pub origin: Origin,
}

/// A port.
#[derive(Clone, Debug)]
pub struct PortEntry {
    /// Its name.
    pub name: Str,
    /// The pod's port.
    pub number: u16,
    /// The Service's port.
    pub service: u16,
    /// Transport.
    pub protocol: Protocol,
    /// What is spoken on it: `http`, `https`, `grpc`, `postgres` …
    pub application: Option<&'static str>,
    /// Its entry.
    pub origin: Origin,
}

impl Index {
    /// The tier of this number.
    pub fn tier(&self, tier: TierRef) -> Option<&TierEntry> {
        if tier.app == TierRef::TOP {
            self.top.get(tier.tier as usize)
        } else {
            self.apps.get(tier.app as usize)?.tiers.get(tier.tier as usize)
        }
    }
    /// The port of this number.
    pub fn port(&self, port: PortRef) -> Option<&PortEntry> {
        self.tier(port.tier)?.ports.get(port.port as usize)
    }
    /// The namespace of a tier in the cluster.
    pub fn namespace(&self, tier: TierRef) -> Option<&Str> {
        self.apps.get(tier.app as usize).map(|a| &a.namespace)
    }
    /// A tier by its name: of this app, or an external of the top level.
    pub fn find(&self, app: u32, name: &str) -> Option<TierRef> {
        if let Some(i) = self.apps.get(app as usize).and_then(|a| a.tiers.iter().position(|t| *t.name == *name)) {
            return Some(TierRef { app, tier: i as u32 });
        }
        self.top.iter().position(|t| *t.name == *name).map(|i| TierRef { app: TierRef::TOP, tier: i as u32 })
    }
    /// The host by which pods of an app's namespace reach a tier (language.md, "Names").
    pub fn host(&self, from: u32, tier: TierRef) -> Option<String> {
        let t = self.tier(tier)?;
        if t.external {
            return Some(t.object.to_string());
        }
        let there = self.namespace(tier)?;
        let here = self.apps.get(from as usize).map(|a| &a.namespace);
        Some(if here == Some(there) { t.object.to_string() } else { format!("{}.{there}.svc", t.object) })
    }
}

/// What a port's label says is spoken on it, and the protocol beneath.
pub fn protocol_of_label(label: &str) -> (Protocol, Option<&'static str>) {
    let known = ["http", "https", "grpc", "postgres", "mysql", "redis", "mongo", "amqp", "kafka", "tls", "dns", "mqtt", "nats"];
    let first = label.split('-').next().unwrap_or(label);
    match first {
        "udp" | "dns-udp" => (Protocol::Udp, None),
        "sctp" => (Protocol::Sctp, None),
        _ => (Protocol::Tcp, known.iter().find(|k| **k == first).copied()),
    }
}
