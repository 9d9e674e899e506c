//! telemetry.istio.io/v1.

use super::meta::{LabelSelector, Meta};

objects! {
    Telemetry "telemetry.istio.io/v1"
}

shapes! {
    /// Telemetry.
    Telemetry { metadata "metadata" {Meta}, spec "spec" {TelemetrySpec} }
    /// Its spec; the selector holds `matchLabels` alone.
    TelemetrySpec { selector "selector" {LabelSelector}, tracing "tracing" [Tracing] }
    /// Tracing: without providers those of the mesh.
    Tracing { providers "providers" [Provider], sampling "randomSamplingPercentage" share }
    /// ProviderRef: an entry of `extensionProviders` (O7).
    Provider { name "name" text }
}
