//! gateway.networking.k8s.io/v1, the Gateway API (N6).

use super::meta::{LabelSelector, Meta};

objects! {
    Gateway "gateway.networking.k8s.io/v1"
    HTTPRoute "gateway.networking.k8s.io/v1"
    GRPCRoute "gateway.networking.k8s.io/v1"
}

shapes! {
    /// Gateway.
    Gateway { metadata "metadata" {Meta}, spec "spec" {GatewaySpec} }
    /// Its spec.
    GatewaySpec { gateway_class_name "gatewayClassName" text, infrastructure "infrastructure" {Infrastructure}, listeners "listeners" [Listener] }
    /// GatewayInfrastructure.
    Infrastructure { parameters_ref "parametersRef" {Parameters} }
    /// LocalParametersReference.
    Parameters { group "group" text, kind "kind" text, name "name" text }
    /// Listener.
    Listener {
        name "name" text, hostname "hostname" text, port "port" int, protocol "protocol" text, tls "tls" {ListenerTls},
        allowed_routes "allowedRoutes" {AllowedRoutes},
    }
    /// ListenerTLSConfig.
    ListenerTls { mode "mode" text, certificate_refs "certificateRefs" [SecretReference] }
    /// SecretObjectReference; a Secret of the Gateway's namespace where nothing else is said.
    SecretReference { name "name" text }
    /// AllowedRoutes.
    AllowedRoutes { namespaces "namespaces" {RouteNamespaces} }
    /// RouteNamespaces.
    RouteNamespaces { from "from" text, selector "selector" {LabelSelector} }

    /// HTTPRoute.
    HTTPRoute { metadata "metadata" {Meta}, spec "spec" {RouteSpec} }
    /// GRPCRoute; what Bayplan writes of it is written alike.
    GRPCRoute { metadata "metadata" {Meta}, spec "spec" {RouteSpec} }
    /// The spec of both.
    RouteSpec { parent_refs "parentRefs" [ParentReference], hostnames "hostnames" texts, rules "rules" [RouteRule] }
    /// ParentReference, of a Gateway; or of a Service, by group and kind.
    ParentReference { group "group" text, kind "kind" text, name "name" text, port "port" int, namespace "namespace" text, section_name "sectionName" text }
    /// HTTPRouteRule, GRPCRouteRule.
    RouteRule {
        name "name" text, matches "matches" [RouteMatch], filters "filters" [RouteFilter], backend_refs "backendRefs" [BackendReference],
        timeouts "timeouts" {RouteTimeouts},
    }
    /// HTTPRouteMatch: all of it at once.
    RouteMatch { path "path" {PathMatch}, headers "headers" [HeaderMatch] }
    /// HTTPPathMatch.
    PathMatch { kind "type" text, value "value" text }
    /// HTTPHeaderMatch.
    HeaderMatch { kind "type" text, name "name" text, value "value" text }
    /// HTTPRouteFilter: `type`, and the field of that name.
    RouteFilter {
        kind "type" text, request_header_modifier "requestHeaderModifier" {HeaderFilter},
        response_header_modifier "responseHeaderModifier" {HeaderFilter}, request_mirror "requestMirror" {RequestMirror},
        request_redirect "requestRedirect" {RequestRedirect}, url_rewrite "urlRewrite" {UrlRewrite}, cors "cors" {CorsFilter},
    }
    /// HTTPHeaderFilter.
    HeaderFilter { set "set" [HeaderValue], add "add" [HeaderValue], remove "remove" texts }
    /// HTTPHeader.
    HeaderValue { name "name" text, value "value" text }
    /// HTTPRequestMirrorFilter.
    RequestMirror { backend_ref "backendRef" {BackendReference}, percent "percent" int, fraction "fraction" {Fraction} }
    /// Fraction.
    Fraction { numerator "numerator" int, denominator "denominator" int }
    /// HTTPRequestRedirectFilter.
    RequestRedirect { scheme "scheme" text, status_code "statusCode" int }
    /// HTTPURLRewriteFilter.
    UrlRewrite { path "path" {PathModifier} }
    /// HTTPPathModifier.
    PathModifier { kind "type" text, replace_prefix_match "replacePrefixMatch" text }
    /// HTTPCORSFilter.
    CorsFilter {
        allow_origins "allowOrigins" texts, allow_methods "allowMethods" texts, allow_headers "allowHeaders" texts,
        expose_headers "exposeHeaders" texts, max_age "maxAge" int, allow_credentials "allowCredentials" bool,
    }
    /// HTTPBackendRef, of a Service.
    BackendReference { name "name" text, namespace "namespace" text, port "port" int, weight "weight" int }
    /// HTTPRouteTimeouts.
    RouteTimeouts { request "request" text }
}
