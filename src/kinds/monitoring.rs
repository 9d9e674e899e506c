//! monitoring.coreos.com/v1, the Prometheus operator's CRDs.

use super::meta::{LabelSelector, Meta};

objects! {
    ServiceMonitor "monitoring.coreos.com/v1"
    PodMonitor "monitoring.coreos.com/v1"
    PrometheusRule "monitoring.coreos.com/v1"
}

shapes! {
    /// ServiceMonitor.
    ServiceMonitor { metadata "metadata" {Meta}, spec "spec" {ServiceMonitorSpec} }
    /// Its spec.
    ServiceMonitorSpec { job_label "jobLabel" text, selector "selector" {LabelSelector}, endpoints "endpoints" [Endpoint] }
    /// PodMonitor.
    PodMonitor { metadata "metadata" {Meta}, spec "spec" {PodMonitorSpec} }
    /// Its spec.
    PodMonitorSpec { job_label "jobLabel" text, selector "selector" {LabelSelector}, endpoints "podMetricsEndpoints" [Endpoint] }
    /// What is scraped: of a ServiceMonitor `port` is the Service's, of a PodMonitor the container's, each by its name (M1).
    Endpoint {
        port "port" text, port_number "portNumber" int, path "path" text, scheme "scheme" text, interval "interval" text,
        scrape_timeout "scrapeTimeout" text,
    }
    /// PrometheusRule.
    PrometheusRule { metadata "metadata" {Meta}, spec "spec" {PrometheusRuleSpec} }
    /// Its spec.
    PrometheusRuleSpec { groups "groups" [RuleGroup] }
    /// Rules that are evaluated one after another.
    RuleGroup { name "name" text, rules "rules" [Rule] }
    /// An alert or a record.
    Rule {
        alert "alert" text, record "record" text, expr "expr" text, pending "for" text, keep_firing_for "keep_firing_for" text,
        labels "labels" pairs, annotations "annotations" pairs,
    }
}
