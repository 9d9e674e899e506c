//! autoscaling/v2, the one version that every minor of 1.33 to 1.37 has (H14).

use super::meta::{LabelSelector, Meta};

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
    Metric {
        kind "type" text, container_resource "containerResource" (ContainerResource), resource "resource" (ResourceMetric),
        pods "pods" {PodsMetric}, object "object" (ObjectMetric), external "external" (ExternalMetric),
    }
    /// ContainerResourceMetricSource.
    ContainerResource { name "name" text, container "container" text, target "target" {MetricTarget} }
    /// ResourceMetricSource.
    ResourceMetric { name "name" text, target "target" {MetricTarget} }
    /// ObjectMetricSource.
    ObjectMetric { described_object "describedObject" {TargetReference}, metric "metric" {MetricName}, target "target" {MetricTarget} }
    /// ExternalMetricSource.
    ExternalMetric { metric "metric" {MetricName}, target "target" {MetricTarget} }
    /// PodsMetricSource.
    PodsMetric { metric "metric" {MetricName}, target "target" {MetricTarget} }
    /// MetricIdentifier.
    MetricName { name "name" text, selector "selector" {LabelSelector} }
    /// MetricTarget.
    MetricTarget { kind "type" text, average_utilization "averageUtilization" int, average_value "averageValue" text, value "value" text }
    /// HorizontalPodAutoscalerBehavior.
    Behavior { scale_up "scaleUp" (ScalingRules), scale_down "scaleDown" (ScalingRules) }
    /// HPAScalingRules.
    ScalingRules {
        stabilization_window_seconds "stabilizationWindowSeconds" int, select_policy "selectPolicy" text, tolerance "tolerance" text, policies "policies" [ScalingPolicy],
    }
    /// HPAScalingPolicy.
    ScalingPolicy { kind "type" text, value "value" int, period_seconds "periodSeconds" int }
}
