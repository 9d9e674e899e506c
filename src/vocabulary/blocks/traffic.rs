//! Blocks of routing: how requests come in, and what is done to them on the way.

use crate::units::{Bytes, Cpu, Duration, Path, Percent};
use crate::vocabulary::value::{At, PortRef, Str};
use crate::vocabulary::words::{Balance, Certificate, MeshTls, Paths, RequestMatch, RetryOn};
use crate::vocabulary::{Labelled, Map, Range, block};

block! {
    /// The gateway that requests from outside come in at.
    pub struct TargetGateway "gateway" None {
        /// The namespace that its pods run in. Under `gateway-api` the Gateway objects stand there too.
        namespace: Option<At<Str>> = "\"istio-system\"; \"ingress-nginx\" under `nginx`",
        /// The labels of its pods.
        pods: Option<At<Map<Str>>> = "those of the gateway that the platform's own installer makes",
        /// Its service account in the mesh: whom the authorization policies let in. Any of its namespace where it says none.
        account: Option<At<Str>>,
        /// The GatewayClass, or the IngressClass.
        class: Option<At<Str>> = "\"istio\" under `gateway-api`, \"nginx\" under `nginx`",
    }
}

block! {
    /// The control plane of the mesh, and what a proxy may take.
    pub struct TargetProxy "proxy" None {
        /// The namespace of the control plane.
        namespace: Option<At<Str>> = "\"istio-system\"",
        /// The labels of its pods.
        pods: Option<At<Map<Str>>> = "{ app = \"istiod\" }",
        /// CPU of the proxy that each pod gets, request..limit. A fact of the platform: the worst case counts it.
        cpu: Option<At<Range<Cpu>>> = "100m..2",
        /// Memory of it.
        memory: Option<At<Range<Bytes>>> = "128Mi..1Gi",
    }
}

block! {
    /// Lets requests for a host in. Several tiers may share a host, each with paths of its own. Without an ingress the tier's Service is
    /// open to every pod of the cluster.
    pub struct Expose "expose" Text {
        /// The port that is exposed, by its name.
        port: Option<At<Str>> = "the first port",
        /// The paths that are this tier's, each with everything below it.
        path: Option<At<Paths>> = "\"/\"",
        /// The certificate: a Secret by its name (in the gateway's namespace; in the app's under `nginx`), or who makes one,
        /// `issuer("letsencrypt")`.
        tls: Option<At<Certificate>>,
        /// Are plain requests sent on to HTTPS?
        redirect: Option<At<bool>> = "true with `tls`",
        /// What takes the place of the path that matched: with `path = "/api"` and `rewrite = "/"` the tier sees `/users` for `/api/users`.
        rewrite: Option<At<Path>>,
        /// Pages of which other origins may ask.
        cors: Option<Box<Cors>>,
    }
}

block! {
    /// Pages of which other origins may ask, as browsers enforce it.
    pub struct Cors "cors" None {
        /// `https://app.example.com`, or `*`.
        origins: Option<At<Vec<At<Str>>>> = "required",
        /// Methods.
        methods: Option<At<Vec<At<Str>>>> = "[\"GET\", \"HEAD\", \"POST\"]",
        /// Request headers.
        headers: Option<At<Vec<At<Str>>>>,
        /// Response headers that the page may read.
        expose_headers: Option<At<Vec<At<Str>>>>,
        /// How long a browser keeps the answer.
        max_age: Option<At<Duration>>,
        /// Do cookies come with it?
        credentials: Option<At<bool>> = "false",
    }
}

block! {
    /// How requests and connections to the tier's ports are treated on their way. What is said of connections needs a mesh; what is said of
    /// requests needs a mesh or `ingress = gateway-api`, and ports that speak HTTP or gRPC.
    pub struct Traffic "traffic" None {
        /// Which pod gets the next request.
        balance: Option<At<Balance>> = "least-request",
        /// How many connections each client's proxy may hold.
        connections: Option<At<i64>>,
        /// How many requests of a client may wait for one.
        pending: Option<At<i64>>,
        /// After how many requests a connection is closed.
        requests_per_connection: Option<At<i64>>,
        /// Leaves pods that fail alone for a while.
        eject: Option<Box<Eject>>,
        /// Encryption between the proxies.
        tls: Option<At<MeshTls>> = "mutual",
        /// How long a request may take, all tries together.
        timeout: Option<At<Duration>>,
        /// Tries after the first. Without it the mesh tries twice more where no connection came about.
        retries: Option<Box<Retries>>,
        /// Faults put in, for trials.
        fault: Option<Box<Fault>>,
        /// Sends a copy of the requests elsewhere.
        mirror: Option<Box<Mirror>>,
        /// Changes of headers, on the way there and back.
        headers: Option<Box<HeaderRules>>,
        /// Some of the requests, treated on their own: the first that fits, in the order written.
        route: Vec<Route>,
    }
}

block! {
    /// Leaves pods that fail alone for a while.
    pub struct Eject "eject" None {
        /// After so many answers of 500 and above in a row.
        errors: Option<At<i64>> = "5",
        /// How often it is looked at.
        interval: Option<At<Duration>> = "10s",
        /// How long a pod is left alone, the first time.
        r#for: Option<At<Duration>> = "30s",
        /// Of how many of the pods, at most.
        at_most: Option<At<Percent>> = "10%",
    }
}

block! {
    /// Tries after the first.
    pub struct Retries "retries" None {
        /// How many; 0 turns them off.
        attempts: Option<At<i64>> = "2",
        /// How long each may take.
        per_try: Option<At<Duration>> = "the timeout",
        /// After what.
        on: Option<At<Vec<At<RetryOn>>>> = "[connect-failure, refused-stream, unavailable, cancelled]",
    }
}

block! {
    /// Faults put in, for trials: some requests wait, some are answered by the proxy.
    pub struct Fault "fault" None {
        /// How long they wait.
        delay: Option<At<Duration>>,
        /// How many wait.
        delayed: Option<At<Percent>> = "100%",
        /// The status that they are answered with, 200 to 599.
        abort: Option<At<i64>>,
        /// How many are answered.
        aborted: Option<At<Percent>> = "100%",
    }
}

block! {
    /// Sends a copy of the requests elsewhere; nobody waits for the answers.
    pub struct Mirror "mirror" None {
        /// To which port of another tier.
        to: Option<At<PortRef>> = "required",
        /// Of how many of them.
        share: Option<At<Percent>> = "100%",
    }
}

block! {
    /// Changes of headers.
    pub struct HeaderRules "headers" None {
        /// Set in the request, whatever was there.
        request: Labelled<Str>,
        /// Set in the response, whatever was there.
        response: Labelled<Str>,
        /// Taken out of the request.
        remove_request: Option<At<Vec<At<Str>>>>,
        /// Taken out of the response.
        remove_response: Option<At<Vec<At<Str>>>>,
    }
}

block! {
    /// Some of the requests, treated on their own. What it does not say is as `traffic` says it. Under `gateway-api` requests from outside
    /// are compared by the length of the path first, as that API has it.
    pub struct Route "route" Name {
        /// Those with this header.
        when: Option<At<RequestMatch>>,
        /// Those for this path and what lies below it.
        path: Option<At<Path>>,
        /// To which port of another tier they go.
        to: Option<At<PortRef>> = "this tier",
        /// What takes the place of `path`.
        rewrite: Option<At<Path>>,
        /// How long a request may take.
        timeout: Option<At<Duration>>,
        /// Tries after the first.
        retries: Option<Box<Retries>>,
        /// Faults put in, for trials.
        fault: Option<Box<Fault>>,
        /// Sends a copy of the requests elsewhere.
        mirror: Option<Box<Mirror>>,
        /// Changes of headers.
        headers: Option<Box<HeaderRules>>,
    }
}
