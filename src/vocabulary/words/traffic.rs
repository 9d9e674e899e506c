//! Words of routing.

use crate::units::{Duration, Path};
use crate::vocabulary::value::{At, Str};
use crate::vocabulary::{union, variants};

variants! {
    /// Which pod gets the next request.
    pub enum Balance "Balance" {
        /// Of two pods taken at random, the one with fewer requests under way.
        LeastRequest "least-request",
        /// One after another.
        RoundRobin "round-robin",
        /// Any.
        Random "random",
        /// Always the same for a value of this request header.
        Header "header" { name: At<Str> },
        /// Always the same for a cookie, which the proxy sets where it is missing, for so long.
        Cookie "cookie" { name: At<Str>, lifetime: Option<At<Duration>> },
        /// Always the same for a client's address.
        Source "source",
    }
}
variants! {
    /// Encryption between the proxies of the mesh.
    pub enum MeshTls "MeshTls" {
        /// Both sides show who they are.
        Mutual "mutual",
        /// None: the tier stands outside the mesh (`allow no-mesh`).
        Plain "plain",
    }
}
variants! {
    /// Which requests are meant.
    pub enum RequestMatch "RequestMatch" {
        /// Those with a header of this value.
        Header "header" { name: At<Str>, value: At<Str> },
    }
}
variants! {
    /// After what a request is tried again.
    pub enum RetryOn "RetryOn" {
        /// Any answer of 500 and above, a connection that breaks or is refused.
        ServerError "server-error",
        /// 502, 503 and 504.
        GatewayError "gateway-error",
        /// The connection broke before an answer.
        Reset "reset",
        /// No connection came about.
        ConnectFailure "connect-failure",
        /// The server took the request back, as HTTP/2 says it: it has not begun.
        RefusedStream "refused-stream",
        /// 409, which says that a second try may do.
        Retriable4xx "retriable-4xx",
        /// gRPC: cancelled.
        Cancelled "cancelled",
        /// gRPC: too late.
        DeadlineExceeded "deadline-exceeded",
        /// gRPC: too much asked.
        ResourceExhausted "resource-exhausted",
        /// gRPC: not there.
        Unavailable "unavailable",
    }
}
union! {
    /// One path or several.
    pub enum Paths {
        /// One.
        One(Path),
        /// Several.
        Many(Vec<At<Path>>),
    }
}
variants! {
    /// Who makes a certificate.
    pub enum IssuedBy "Certificate" {
        /// cert-manager, by this issuer.
        Issuer "issuer" { name: At<Str>, scope: Option<At<IssuerScope>> },
    }
}
variants! {
    /// Where an issuer stands.
    pub enum IssuerScope "IssuerScope" {
        /// For the whole cluster: a ClusterIssuer.
        Cluster "cluster",
        /// In the namespace of the certificate: an Issuer.
        Namespaced "namespaced",
    }
}
union! {
    /// What `tls =` of an exposed host takes.
    pub enum Certificate {
        /// The name of a Secret that exists.
        Secret(Str),
        /// One that is made.
        Issued(IssuedBy),
    }
}
