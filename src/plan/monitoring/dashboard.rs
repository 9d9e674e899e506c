//! A Grafana dashboard of a tier's four golden signals: traffic, errors, latency, saturation.
//!
//! The names of metrics are those that Prometheus' own client libraries, gRPC's middleware, cAdvisor and kube-state-metrics export; an app
//! that counts under other names shows empty panels there (M8).

use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

/// What the dashboard is about.
pub(super) struct Subject<'a> {
    pub app: &'a str,
    pub namespace: &'a str,
    /// The tier's objects' name, which is the job of its metrics.
    pub object: &'a str,
    /// Is gRPC all that it speaks?
    pub grpc: bool,
}

/// A panel: title, unit, and queries with their legends.
struct Panel {
    title: &'static str,
    unit: &'static str,
    queries: Vec<(String, &'static str)>,
}

/// The text of the dashboard; the same for the same tier, whatever else the program says.
pub(super) fn json(of: &Subject<'_>) -> String {
    let mut hash = Sha256::new();
    hash.update(of.namespace.as_bytes());
    hash.update(b"/");
    hash.update(of.object.as_bytes());
    let uid: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let panels: Vec<Json> = panels(of).iter().zip(0..).map(|(p, number)| panel(p, number)).collect();
    let dashboard = json!({
        "uid": uid,
        "title": format!("{} / {}", of.namespace, of.object),
        "tags": ["bayplan", of.app],
        "timezone": "browser",
        "schemaVersion": 39,
        "version": 1,
        "refresh": "1m",
        "time": { "from": "now-6h", "to": "now" },
        "templating": { "list": [
            { "name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "current": {}, "hide": 0 }
        ] },
        "panels": panels,
    });
    // A value that was built from values is always text.
    serde_json::to_string_pretty(&dashboard).unwrap_or_default() + "\n"
}

fn panel(of: &Panel, number: i64) -> Json {
    let source = json!({ "type": "prometheus", "uid": "${datasource}" });
    let targets: Vec<Json> = of
        .queries
        .iter()
        .zip("ABCDEFGH".chars())
        .map(|((query, legend), name)| json!({ "refId": name.to_string(), "datasource": source, "expr": query, "legendFormat": legend }))
        .collect();
    json!({
        "id": number + 1,
        "type": "timeseries",
        "title": of.title,
        "datasource": source,
        "gridPos": { "h": 8, "w": 12, "x": 12 * (number % 2), "y": 8 * (number / 2) },
        "fieldConfig": { "defaults": { "unit": of.unit, "min": 0 }, "overrides": [] },
        "options": { "legend": { "displayMode": "list", "placement": "bottom" }, "tooltip": { "mode": "multi" } },
        "targets": targets,
    })
}

fn panels(of: &Subject<'_>) -> Vec<Panel> {
    let (namespace, object) = (of.namespace, of.object);
    let own = format!("namespace=\"{namespace}\",job=\"{object}\"");
    let container = format!("namespace=\"{namespace}\",pod=~\"{object}-.+\",container!=\"\"");
    // Counter, label of the outcome, what is an error, histogram.
    let (counter, outcome, bad, histogram) = if of.grpc {
        (
            "grpc_server_handled_total",
            "grpc_code",
            "grpc_code=~\"Unknown|Internal|Unavailable|DataLoss|DeadlineExceeded\"",
            "grpc_server_handling_seconds_bucket",
        )
    } else {
        ("http_requests_total", "code", "code=~\"5..\"", "http_request_duration_seconds_bucket")
    };
    let quantile = |q: &str| format!("histogram_quantile({q}, sum by (le) (rate({histogram}{{{own}}}[5m])))");
    let share = |used: &str, resource: &str| {
        format!("sum by (pod) ({used}) / sum by (pod) (kube_pod_container_resource_limits{{{container},resource=\"{resource}\"}})")
    };
    let panel = |title, unit, queries| Panel { title, unit, queries };
    vec![
        panel(
            "Traffic",
            "reqps",
            vec![(format!("sum by ({outcome}) (rate({counter}{{{own}}}[5m]))"), if of.grpc { "{{grpc_code}}" } else { "{{code}}" })],
        ),
        panel(
            "Errors",
            "percentunit",
            vec![(
                format!("(sum(rate({counter}{{{own},{bad}}}[5m])) or vector(0)) / sum(rate({counter}{{{own}}}[5m]))"),
                "share of requests",
            )],
        ),
        panel("Latency", "s", vec![(quantile("0.5"), "median"), (quantile("0.95"), "95 %"), (quantile("0.99"), "99 %")]),
        panel(
            "Saturation: CPU of its limit",
            "percentunit",
            vec![(share(&format!("rate(container_cpu_usage_seconds_total{{{container}}}[5m])"), "cpu"), "{{pod}}")],
        ),
        panel(
            "Saturation: memory of its limit",
            "percentunit",
            vec![(share(&format!("container_memory_working_set_bytes{{{container}}}"), "memory"), "{{pod}}")],
        ),
        panel(
            "Restarts",
            "short",
            vec![(format!("sum by (pod) (increase(kube_pod_container_status_restarts_total{{{container}}}[1h]))"), "{{pod}}")],
        ),
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::units::PromQl;

    #[test]
    fn every_query_is_one_and_the_text_is_stable() {
        for grpc in [false, true] {
            let of = Subject { app: "shop", namespace: "live", object: "web", grpc };
            for (query, _) in panels(&of).iter().flat_map(|p| &p.queries) {
                assert!(PromQl::parse(query).is_ok(), "{query}: {:?}", PromQl::parse(query));
            }
            let text = json(&of);
            assert_eq!(text, json(&of));
            let read: Json = serde_json::from_str(&text).unwrap();
            assert_eq!(read["panels"].as_array().unwrap().len(), 6);
            assert_eq!(read["uid"].as_str().unwrap().len(), 16);
        }
    }
}
