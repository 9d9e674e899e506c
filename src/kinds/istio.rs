//! networking.istio.io/v1 and security.istio.io/v1.
//!
//! What has no field here cannot be said wrongly: of a VirtualService `tls` and `tcp` routes (I11), `redirect` and `directResponse` beside `route`
//! (I4, I8) and delegates (I3); of an AuthorizationPolicy a `provider`, which `CUSTOM` needs (I29); and there is no RequestAuthentication (I35).

use super::meta::Meta;

objects! {
    VirtualService "networking.istio.io/v1"
    DestinationRule "networking.istio.io/v1"
    Gateway "networking.istio.io/v1"
    Sidecar "networking.istio.io/v1"
    ServiceEntry "networking.istio.io/v1"
    PeerAuthentication "security.istio.io/v1"
    AuthorizationPolicy "security.istio.io/v1"
}

shapes! {
    /// VirtualService.
    VirtualService { metadata "metadata" {Meta}, spec "spec" {VirtualServiceSpec} }
    /// Its spec. Without `gateways` it means the proxies of the mesh.
    VirtualServiceSpec { hosts "hosts" texts, gateways "gateways" texts, http "http" [HttpRoute] }
    /// HTTPRoute, Istio's.
    HttpRoute {
        name "name" text, matches "match" [HttpMatch], route "route" [RouteDestination], rewrite "rewrite" {Rewrite}, timeout "timeout" text,
        retries "retries" {Retry}, fault "fault" {Fault}, mirror "mirror" {Destination}, mirror_percentage "mirrorPercentage" {Percentage},
        cors_policy "corsPolicy" {CorsPolicy}, headers "headers" {Headers},
    }
    /// HTTPMatchRequest: all of it at once.
    HttpMatch { uri "uri" {StringMatch}, headers "headers" pairs, port "port" int }
    /// StringMatch, one of the three.
    StringMatch { exact "exact" text, prefix "prefix" text, regex "regex" text }
    /// HTTPRouteDestination.
    RouteDestination { destination "destination" {Destination}, weight "weight" int }
    /// Destination.
    Destination { host "host" text, subset "subset" text, port "port" {PortSelector} }
    /// PortSelector.
    PortSelector { number "number" int }
    /// HTTPRewrite.
    Rewrite { uri_regex_rewrite "uriRegexRewrite" {RegexRewrite} }
    /// RegexRewrite.
    RegexRewrite { matches "match" text, rewrite "rewrite" text }
    /// HTTPRetry.
    Retry { attempts "attempts" int, per_try_timeout "perTryTimeout" text, retry_on "retryOn" text }
    /// HTTPFaultInjection.
    Fault { delay "delay" {Delay}, abort "abort" {Abort} }
    /// Delay.
    Delay { percentage "percentage" {Percentage}, fixed_delay "fixedDelay" text }
    /// Abort.
    Abort { percentage "percentage" {Percentage}, http_status "httpStatus" int }
    /// Percent, a number up to 100.
    Percentage { value "value" share }
    /// CorsPolicy.
    CorsPolicy {
        allow_origins "allowOrigins" [StringMatch], allow_methods "allowMethods" texts, allow_headers "allowHeaders" texts,
        expose_headers "exposeHeaders" texts, max_age "maxAge" text, allow_credentials "allowCredentials" bool,
    }
    /// Headers.
    Headers { request "request" {HeaderOperations}, response "response" {HeaderOperations} }
    /// HeaderOperations.
    HeaderOperations { set "set" pairs, add "add" pairs, remove "remove" texts }

    /// DestinationRule.
    DestinationRule { metadata "metadata" {Meta}, spec "spec" {DestinationRuleSpec} }
    /// Its spec.
    DestinationRuleSpec { host "host" text, traffic_policy "trafficPolicy" {TrafficPolicy}, subsets "subsets" [Subset] }
    /// TrafficPolicy, with at least one of its fields (I12).
    TrafficPolicy {
        load_balancer "loadBalancer" {LoadBalancer}, connection_pool "connectionPool" {ConnectionPool},
        outlier_detection "outlierDetection" {OutlierDetection}, tls "tls" {ClientTls},
    }
    /// LoadBalancerSettings, one of the two (I15).
    LoadBalancer { simple "simple" text, consistent_hash "consistentHash" {ConsistentHash} }
    /// ConsistentHashLB, one of the three.
    ConsistentHash { http_header_name "httpHeaderName" text, http_cookie "httpCookie" {HttpCookie}, use_source_ip "useSourceIp" bool }
    /// HTTPCookie.
    HttpCookie { name "name" text, ttl "ttl" text }
    /// ConnectionPoolSettings.
    ConnectionPool { tcp "tcp" {TcpSettings}, http "http" {HttpSettings} }
    /// TCPSettings.
    TcpSettings { max_connections "maxConnections" int }
    /// HTTPSettings.
    HttpSettings {
        http1_max_pending_requests "http1MaxPendingRequests" int, max_requests_per_connection "maxRequestsPerConnection" int,
    }
    /// OutlierDetection.
    OutlierDetection {
        consecutive_5xx_errors "consecutive5xxErrors" int, interval "interval" text, base_ejection_time "baseEjectionTime" text,
        max_ejection_percent "maxEjectionPercent" int,
    }
    /// ClientTLSSettings.
    ClientTls { mode "mode" text }
    /// Subset.
    Subset { name "name" text, labels "labels" pairs }

    /// Gateway, Istio's own.
    Gateway { metadata "metadata" {Meta}, spec "spec" {GatewaySpec} }
    /// Its spec.
    GatewaySpec { selector "selector" pairs, servers "servers" [Server] }
    /// Server.
    Server { port "port" {Port}, hosts "hosts" texts, tls "tls" {ServerTls} }
    /// Port of a Server or a ServiceEntry.
    Port { number "number" int, name "name" text, protocol "protocol" text }
    /// ServerTLSSettings.
    ServerTls { mode "mode" text, credential_name "credentialName" text, https_redirect "httpsRedirect" bool }

    /// Sidecar.
    Sidecar { metadata "metadata" {Meta}, spec "spec" {SidecarSpec} }
    /// Its spec.
    SidecarSpec {
        workload_selector "workloadSelector" {WorkloadLabels}, egress "egress" [EgressListener],
        outbound_traffic_policy "outboundTrafficPolicy" {OutboundTrafficPolicy},
    }
    /// WorkloadSelector of networking.
    WorkloadLabels { labels "labels" pairs }
    /// IstioEgressListener.
    EgressListener { hosts "hosts" texts }
    /// OutboundTrafficPolicy.
    OutboundTrafficPolicy { mode "mode" text }

    /// ServiceEntry.
    ServiceEntry { metadata "metadata" {Meta}, spec "spec" {ServiceEntrySpec} }
    /// Its spec.
    ServiceEntrySpec {
        hosts "hosts" texts, addresses "addresses" texts, ports "ports" [Port], location "location" text, resolution "resolution" text,
        export_to "exportTo" texts,
    }

    /// PeerAuthentication.
    PeerAuthentication { metadata "metadata" {Meta}, spec "spec" {PeerAuthenticationSpec} }
    /// Its spec. Without a selector it holds for the namespace.
    PeerAuthenticationSpec { selector "selector" {Selector}, mtls "mtls" {MutualTls}, port_level_mtls "portLevelMtls" pairs }
    /// WorkloadSelector of security.
    Selector { match_labels "matchLabels" pairs }
    /// MutualTLS.
    MutualTls { mode "mode" text }

    /// AuthorizationPolicy.
    AuthorizationPolicy { metadata "metadata" {Meta}, spec "spec" {AuthorizationPolicySpec} }
    /// Its spec. Without rules it lets nobody in; without a selector it holds for the namespace.
    AuthorizationPolicySpec {
        selector "selector" {Selector}, target_refs "targetRefs" [TargetReference], action "action" text, rules "rules" [AuthorizationRule],
    }
    /// PolicyTargetReference, of a Service of the same namespace (I28).
    TargetReference { group "group" text, kind "kind" text, name "name" text }
    /// Rule. Without `from` it means everybody.
    AuthorizationRule { from "from" [From], to "to" [To] }
    /// From.
    From { source "source" {Source} }
    /// Source.
    Source { principals "principals" texts, namespaces "namespaces" texts }
    /// To.
    To { operation "operation" {Operation} }
    /// Operation. Ports are the pod's.
    Operation { ports "ports" texts }
}
