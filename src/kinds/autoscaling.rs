//! autoscaling/v2.

use super::meta::Meta;

objects! {
    HorizontalPodAutoscaler "autoscaling/v2"
}

shapes! {
    /// HorizontalPodAutoscaler.
    HorizontalPodAutoscaler { metadata "metadata" {Meta}, spec "spec" {AutoscalerSpec} }
    /// Its spec.
    AutoscalerSpec {
        scale_target_ref "scaleTargetRef" {TargetReference}, min_replicas "minReplicas" int, max_replicas "maxReplicas" int,
        metrics "metrics" [Metric], behavior "behavior" {Behavior},
    }
    /// The workload meant, here and in a VerticalPodAutoscaler.
    TargetReference { api_version "apiVersion" text, kind "kind" text, name "name" text }
    /// MetricSpec.
    Metric { kind "type" text, container_resource "containerResource" {ContainerResource}, pods "pods" {PodsMetric} }
    /// ContainerResourceMetricSource.
    ContainerResource { name "name" text, container "container" text, target "target" {MetricTarget} }
    /// PodsMetricSource.
    PodsMetric { metric "metric" {MetricName}, target "target" {MetricTarget} }
    /// MetricIdentifier.
    MetricName { name "name" text }
    /// MetricTarget.
    MetricTarget { kind "type" text, average_utilization "averageUtilization" int, average_value "averageValue" text }
    /// HorizontalPodAutoscalerBehavior.
    Behavior { scale_up "scaleUp" (ScalingRules), scale_down "scaleDown" (ScalingRules) }
    /// HPAScalingRules.
    ScalingRules {
        stabilization_window_seconds "stabilizationWindowSeconds" int, select_policy "selectPolicy" text, policies "policies" [ScalingPolicy],
    }
    /// HPAScalingPolicy.
    ScalingPolicy { kind "type" text, value "value" int, period_seconds "periodSeconds" int }
}
