//! opentelemetry.io/v1alpha1, of OpenTelemetry's operator.

use super::core::Resources;
use super::meta::Meta;

objects! {
    Instrumentation "opentelemetry.io/v1alpha1"
}

shapes! {
    /// Instrumentation.
    Instrumentation { metadata "metadata" {Meta}, spec "spec" {InstrumentationSpec} }
    /// Its spec; of the languages, one (O5).
    InstrumentationSpec {
        exporter "exporter" {Exporter}, propagators "propagators" texts, sampler "sampler" {Sampler}, java "java" {Java},
        nodejs "nodejs" {Agent}, python "python" {Agent}, dotnet "dotnet" {Agent},
    }
    /// Where spans go.
    Exporter { endpoint "endpoint" text }
    /// Which traces are kept.
    Sampler { kind "type" text, argument "argument" text }
    /// The container that brings Java's agent.
    Java { resources "resources" {Resources} }
    /// The container that brings the agent of another language.
    Agent { resources "resourceRequirements" {Resources} }
}
