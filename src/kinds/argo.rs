//! argoproj.io/v1alpha1, the CRDs of Argo Rollouts.
//!
//! What has no field here cannot be said wrongly: `workloadRef` (A4), which no autoscaler can meet then (A50), `antiAffinity`
//! (A13), `pingPong` (A17), `maxTrafficWeight` (A19), `dynamicStableScale` (A20), experiments (A29), arguments of analyses, be they
//! read from fields of the pod or left without a value (A30, A45), progress thresholds (A31), and the routers of ALB, Ambassador and App Mesh
//! (A11, A43).

use super::batch::JobSpec;
use super::core::PodTemplate;
use super::meta::{LabelSelector, Meta};

objects! {
    Rollout "argoproj.io/v1alpha1"
    AnalysisTemplate "argoproj.io/v1alpha1"
}

shapes! {
    /// Rollout.
    Rollout { metadata "metadata" {Meta}, spec "spec" {RolloutSpec} }
    /// Its spec.
    RolloutSpec {
        replicas "replicas" int, revision_history_limit "revisionHistoryLimit" int, progress_deadline_seconds "progressDeadlineSeconds" int,
        progress_deadline_abort "progressDeadlineAbort" bool, min_ready_seconds "minReadySeconds" int, selector "selector" {LabelSelector},
        strategy "strategy" (RolloutStrategy), template "template" {PodTemplate},
    }
    /// One of the two (A6).
    RolloutStrategy { canary "canary" {CanaryStrategy}, blue_green "blueGreen" {BlueGreenStrategy} }
    /// CanaryStrategy.
    CanaryStrategy {
        stable_service "stableService" text, canary_service "canaryService" text, max_surge "maxSurge" count,
        max_unavailable "maxUnavailable" count, scale_down_delay_seconds "scaleDownDelaySeconds" int,
        scale_down_delay_revision_limit "scaleDownDelayRevisionLimit" int,
        abort_scale_down_delay_seconds "abortScaleDownDelaySeconds" int, traffic_routing "trafficRouting" {TrafficRouting},
        analysis "analysis" {StepAnalysis}, steps "steps" [CanaryStep],
    }
    /// RolloutTrafficRouting.
    TrafficRouting { managed_routes "managedRoutes" [Named], istio "istio" {IstioRouting}, nginx "nginx" {NginxRouting}, plugins "plugins" pairs }
    /// NginxTrafficRouting: one Ingress, or several (A36).
    NginxRouting {
        stable_ingress "stableIngress" text, stable_ingresses "stableIngresses" texts,
        additional_ingress_annotations "additionalIngressAnnotations" pairs,
    }
    /// IstioTrafficRouting.
    IstioRouting { virtual_services "virtualServices" [VirtualServiceReference], destination_rule "destinationRule" {DestinationRuleReference} }
    /// A VirtualService, and which of its routes.
    VirtualServiceReference { name "name" text, routes "routes" texts }
    /// A DestinationRule, and its subsets.
    DestinationRuleReference { name "name" text, stable "stableSubsetName" text, canary "canarySubsetName" text }
    /// A name alone.
    Named { name "name" text }
    /// CanaryStep: exactly one of these (A21).
    CanaryStep {
        set_weight "setWeight" int, pause "pause" {Pause}, analysis "analysis" {StepAnalysis}, set_canary_scale "setCanaryScale" {CanaryScale},
        set_header_route "setHeaderRoute" {HeaderRoute}, set_mirror_route "setMirrorRoute" {MirrorRoute},
    }
    /// RolloutPause; without a duration a person goes on.
    Pause { duration "duration" text }
    /// AnalysisTemplates to be measured.
    StepAnalysis { templates "templates" [TemplateReference] }
    /// By name.
    TemplateReference { template_name "templateName" text }
    /// SetCanaryScale: exactly one of these (A24).
    CanaryScale { replicas "replicas" int, weight "weight" int, match_traffic_weight "matchTrafficWeight" bool }
    /// SetHeaderRoute.
    HeaderRoute { name "name" text, matches "match" [HeaderMatch] }
    /// HeaderRoutingMatch.
    HeaderMatch { header_name "headerName" text, header_value "headerValue" {StringMatch} }
    /// Exactly one of these (A25).
    StringMatch { exact "exact" text, prefix "prefix" text }
    /// SetMirrorRoute.
    MirrorRoute { name "name" text, percentage "percentage" int, matches "match" [MirrorMatch] }
    /// RouteMatch.
    MirrorMatch { path "path" {StringMatch} }
    /// BlueGreenStrategy.
    BlueGreenStrategy {
        active_service "activeService" text, preview_service "previewService" text, preview_replica_count "previewReplicaCount" int,
        auto_promotion_enabled "autoPromotionEnabled" bool, auto_promotion_seconds "autoPromotionSeconds" int,
        scale_down_delay_seconds "scaleDownDelaySeconds" int, scale_down_delay_revision_limit "scaleDownDelayRevisionLimit" int,
        abort_scale_down_delay_seconds "abortScaleDownDelaySeconds" int, pre_promotion_analysis "prePromotionAnalysis" {StepAnalysis},
        post_promotion_analysis "postPromotionAnalysis" {StepAnalysis},
    }

    /// AnalysisTemplate.
    AnalysisTemplate { metadata "metadata" {Meta}, spec "spec" {AnalysisSpec} }
    /// Its spec.
    AnalysisSpec { metrics "metrics" [Metric] }
    /// Metric.
    Metric {
        name "name" text, interval "interval" text, count "count" int, failure_limit "failureLimit" int,
        success_condition "successCondition" text, provider "provider" {Provider},
    }
    /// MetricProvider: exactly one of these (A46).
    Provider { prometheus "prometheus" {Prometheus}, job "job" {JobMetric}, web "web" {Web} }
    /// PrometheusMetric.
    Prometheus { address "address" text, query "query" text }
    /// JobMetric.
    JobMetric { metadata "metadata" {Meta}, spec "spec" {JobSpec} }
    /// WebMetric.
    Web { url "url" text, json_path "jsonPath" text }
}
