//! How a controller of releases replaces one version by another: steps, services and measurements, as an Argo Rollout says them.

use super::{At, IntOrPercent, Str};
use crate::tape::Origin;
use crate::units::Duration;

/// How a release goes.
#[derive(Clone, Debug)]
pub enum Release {
    /// A growing share of the requests.
    Canary(Canary),
    /// Both versions whole, and one switch.
    BlueGreen(BlueGreen),
}

impl Release {
    /// The block.
    pub fn origin(&self) -> Origin {
        match self {
            Release::Canary(c) => c.origin,
            Release::BlueGreen(b) => b.origin,
        }
    }
    /// The Services of the versions, each with the ports of the tier's own; that one may be among them.
    pub fn services(&self) -> Vec<&Str> {
        match self {
            Release::Canary(c) => c.services.iter().flat_map(|(stable, canary)| [stable, canary]).collect(),
            Release::BlueGreen(b) => vec![&b.preview],
        }
    }
}

/// `spec.strategy.canary`.
#[derive(Clone, Debug)]
pub struct Canary {
    /// The Services of the stable and of the new version (A16); none without ports.
    pub services: Option<(Str, Str)>,
    /// Who splits requests. Without one a share of the requests is a share of the pods (A33).
    pub router: Option<Box<Router>>,
    /// `maxSurge` (A14, A15: both are always written).
    pub surge: At<IntOrPercent>,
    /// `maxUnavailable`.
    pub unavailable: At<IntOrPercent>,
    /// In order, each exactly one thing (A21).
    pub steps: Vec<At<Step>>,
    /// AnalysisTemplates that are measured from the first step to the last.
    pub background: Vec<At<Str>>,
    /// `scaleDownDelaySeconds`; with a router alone (A18).
    pub keep_old: Option<At<i64>>,
    /// The block.
    pub origin: Origin,
}

impl Canary {
    /// The first step that puts a rule of the controller's own into the routes, as the program says it.
    pub fn when(&self) -> Option<(&'static str, Origin)> {
        self.steps.iter().find_map(|step| match step.value {
            Step::Header { .. } => Some(("when", step.origin)),
            Step::Mirror(_) => Some(("mirror", step.origin)),
            _ => None,
        })
    }
}

/// Who splits requests between two versions: every way that they come by, each with its own hand on the weights.
#[derive(Clone, Debug, Default)]
pub struct Router {
    /// Names of rules that the controller puts into the routes and takes out again, the first before the others (A27).
    pub managed: Vec<Str>,
    /// The VirtualServices whose weights it moves, by the names of their objects, each with the names of its rules (A38).
    pub routes: Vec<(Str, Vec<Str>)>,
    /// The DestinationRule that has the subsets (A41); none where the versions are told apart by their Services (A39).
    pub destination: Option<Str>,
    /// Routes of the Gateway API, by name, which the controller's plugin changes: those of HTTP, and those of gRPC.
    pub http: Vec<Str>,
    /// Those of gRPC.
    pub grpc: Vec<Str>,
    /// Ingresses of ingress-nginx, by name (A36): the controller makes one more of each, for the new version.
    pub ingresses: Vec<Str>,
    /// The header and its value that ingress-nginx takes to the new version for as long as it comes: it knows no step for it (A25).
    pub marked: Option<At<(Str, Str)>>,
}

impl Router {
    /// Does something find the versions by Services of theirs?
    pub fn tells_services_apart(&self) -> bool {
        !(self.http.is_empty() && self.grpc.is_empty() && self.ingresses.is_empty()) || self.destination.is_none()
    }
}

/// The subset of the pods that serve before a release, and the Service's suffix.
pub const STABLE: &str = "stable";
/// The subset of the new version's pods, and the Service's suffix.
pub const CANARY: &str = "canary";
/// The suffix of the Service that leads to the new colour.
pub const PREVIEW: &str = "preview";
/// The rule that sends marked requests to the new version.
pub const MARKED: &str = "canary-when";
/// The rule that copies requests.
pub const MIRRORED: &str = "canary-mirror";

/// A step of a canary.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// `setWeight`, in whole percent.
    Weight(i64),
    /// `pause`, for a time or until a person goes on (A23).
    Pause(Option<Duration>),
    /// `setCanaryScale.replicas`.
    Scale(i64),
    /// `setCanaryScale.weight`: as many pods as this share of the requests will need, before they come.
    ScaleTo(i64),
    /// `setCanaryScale.matchTrafficWeight`: from here on pods follow weights again (A24).
    Match,
    /// `setHeaderRoute` (A25).
    Header {
        /// The header.
        name: Str,
        /// Its value.
        value: Str,
    },
    /// `setMirrorRoute` (A26): so many percent of the requests; none ends it.
    Mirror(i64),
    /// `analysis`: this AnalysisTemplate must pass.
    Verify(Str),
}

/// `spec.strategy.blueGreen`. The active Service is the tier's own.
#[derive(Clone, Debug)]
pub struct BlueGreen {
    /// The Service of the new colour (A7).
    pub preview: Str,
    /// When it is made the active one.
    pub promote: At<Promote>,
    /// `scaleDownDelaySeconds` (A10).
    pub keep_old: At<i64>,
    /// `previewReplicaCount` (A12).
    pub preview_pods: Option<At<i64>>,
    /// The AnalysisTemplate of `prePromotionAnalysis`.
    pub before: Option<At<Str>>,
    /// That of `postPromotionAnalysis`.
    pub after: Option<At<Str>>,
    /// The block.
    pub origin: Origin,
}

/// When a new colour is made the active one (A9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promote {
    /// So many seconds after it is ready: `autoPromotionSeconds`, left out at zero.
    After(i64),
    /// When a person says so: `autoPromotionEnabled: false`.
    ByHand,
}

/// An AnalysisTemplate with one metric.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// The object's name.
    pub name: At<Str>,
    /// The metric's name: the label of the `verify`.
    pub metric: Str,
    /// What is measured.
    pub provider: Provider,
    /// When a measurement has passed, as an expression of the controller's; a job says so itself.
    pub condition: Option<Str>,
    /// How often: `interval`.
    pub every: Option<Duration>,
    /// How many times: `count`; in the background without end (A44).
    pub count: Option<i64>,
    /// `failureLimit`.
    pub failures: At<i64>,
    /// The block.
    pub origin: Origin,
}

impl Analysis {
    /// How long it takes at least, as a step: the time between the first measurement and the last.
    pub fn lasts(&self) -> i64 {
        let every = self.every.map_or(0, |every| every.nanos() / 1_000_000_000);
        self.count.map_or(0, |count| (count - 1).max(0).saturating_mul(every))
    }
}

/// What is measured.
#[derive(Clone, Debug)]
pub enum Provider {
    /// A query to Prometheus.
    Prometheus {
        /// Where its API answers.
        address: At<Str>,
        /// PromQL.
        query: At<Str>,
    },
    /// A job of the app, by its objects' name.
    Job(At<Str>),
    /// An address that answers with JSON.
    Web {
        /// The address.
        url: At<Str>,
        /// Which part of the answer.
        path: At<Str>,
    },
}
