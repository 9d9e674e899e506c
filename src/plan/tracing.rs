//! Traces: OpenTelemetry's environment variables (O1 to O4), and what programs still say that it no longer reads.

use super::lower::{Lower, Uses};
use super::model::{At, Container, EnvValue, EnvVar, Instrumentation, Mesh, Str, Telemetry};
use crate::diagnostic::{Diagnostic, codes};
use crate::tape::Origin;
use crate::units::Percent;
use crate::vocabulary::blocks::{Tracing, Workload};
use crate::vocabulary::value::{Node, PortRef};
use crate::vocabulary::words::{Injection, OtlpProtocol, TraceEndpoint};

/// The ports of OTLP by custom, over gRPC and over HTTP (O3).
const GRPC: u16 = 4317;
const HTTP: u16 = 4318;

/// What `OTEL_TRACES_SAMPLER` may be (O2).
const SAMPLERS: [&str; 9] = [
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
    "jaeger_remote",
    "parentbased_jaeger_remote",
    "xray",
];
/// What `OTEL_PROPAGATORS` may list (O2).
const PROPAGATORS: [&str; 8] = ["tracecontext", "baggage", "b3", "b3multi", "jaeger", "xray", "ottrace", "none"];
/// What `OTEL_EXPORTER_OTLP_PROTOCOL` may be (O3).
const PROTOCOLS: [&str; 3] = ["grpc", "http/protobuf", "http/json"];

/// What of `tracing` is not a variable.
#[derive(Default)]
pub struct Traced {
    pub telemetry: Option<Telemetry>,
    pub instrumentation: Option<Instrumentation>,
}

impl Lower<'_> {
    /// Adds the variables of `tracing` to a tier's own container, and looks at those of OpenTelemetry that it sets itself.
    pub fn trace(&mut self, block: &Workload, node: &Node, container: &mut Container, uses: &mut Uses) -> Option<Traced> {
        self.judge_variables(container);
        self.assume_instrumentation(block);
        let tracing = block.tracing.as_deref().or(self.tracing)?;
        let (url, port) = self.trace_endpoint(tracing, uses)?;
        let protocol = self.trace_protocol(tracing, port)?;
        let text = |value: &str| EnvValue::Text(value.into());
        let origin = tracing.origin;
        let sample = tracing.sample.as_ref();
        let name: Str = node.label.as_ref().map_or_else(|| "".into(), |l| l.value.clone());
        let mut attributes = format!("service.namespace={}", self.app_name());
        if let Some(version) = block.image.as_ref().and_then(|i| i.value.tag()) {
            attributes.push_str(&format!(",service.version={version}"));
        }
        let propagators = tracing.propagators.as_ref().map_or_else(
            || "tracecontext,baggage".to_owned(),
            |list| {
                if list.value.is_empty() {
                    "none".to_owned()
                } else {
                    list.value.iter().map(|p| p.value.word()).collect::<Vec<_>>().join(",")
                }
            },
        );
        let instrumentation = tracing.inject.as_ref().map(|inject| self.instrumentation(tracing, inject, &url, &propagators));
        let ratio = sample.map_or_else(|| "1".to_owned(), |s| s.value.ratio_of_one().to_string());
        // Who calls decides; where a trace begins, so many are kept.
        let variables = [
            ("OTEL_SERVICE_NAME", text(&name), origin),
            ("OTEL_RESOURCE_ATTRIBUTES", text(&attributes), origin),
            ("OTEL_TRACES_EXPORTER", text("otlp"), origin),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", EnvValue::Text(url.value), url.origin),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", text(protocol), tracing.protocol.as_ref().map_or(origin, |p| p.origin)),
            ("OTEL_TRACES_SAMPLER", text("parentbased_traceidratio"), sample.map_or(origin, |s| s.origin)),
            ("OTEL_TRACES_SAMPLER_ARG", text(&ratio), sample.map_or(origin, |s| s.origin)),
            ("OTEL_PROPAGATORS", text(&propagators), tracing.propagators.as_ref().map_or(origin, |p| p.origin)),
        ];
        for (name, value, origin) in variables {
            // What the tier says itself is more particular.
            if container.env.iter().any(|e| &*e.name.value == name) {
                continue;
            }
            container.env.push(EnvVar { name: At::new(name.into(), origin), value: At::new(value, origin) });
        }
        let telemetry = self.telemetry(tracing, self.target.mesh == Mesh::Istio && self.is_member(node));
        Some(Traced { telemetry, instrumentation })
    }

    /// The same for agents that the operator puts into the pods (O5): those read the variables too, which say what an Instrumentation cannot.
    fn instrumentation(&self, tracing: &Tracing, inject: &At<Injection>, endpoint: &At<Str>, propagators: &str) -> Instrumentation {
        let origin = tracing.origin;
        let listed = tracing.propagators.as_ref().map_or(origin, |p| p.origin);
        let sample = tracing.sample.as_ref();
        Instrumentation {
            language: inject.map(Injection::word),
            endpoint: endpoint.clone(),
            propagators: propagators.split(',').map(|p| At::new(p.into(), listed)).collect(),
            ratio: sample.map_or_else(|| At::new("1".into(), origin), |s| At::new(s.value.ratio_of_one().to_string().into(), s.origin)),
            origin,
        }
    }

    /// What the proxies in front of the tier do: they begin traces too, and keep the same share of them.
    fn telemetry(&mut self, tracing: &Tracing, member: bool) -> Option<Telemetry> {
        if let Some(provider) = &tracing.provider {
            if self.target.mesh == Mesh::None {
                let d = self.error(codes::NO_EFFECT, "`provider` is the mesh's, and there is none", provider.origin, "whose provider?");
                self.push(d.help("say which mesh the cluster has, `mesh = istio`, or take `provider` away"));
            } else if member {
                // O7: the mesh's configuration is not the program's to see.
                let d = Diagnostic::note_of(codes::ASSUMED, format!("assumed of the mesh: a tracing provider `{}`", provider.value));
                let d = self.place(d, provider.origin, "an entry of `extensionProviders`");
                self.push(d);
            }
        }
        if !member {
            return None;
        }
        let all = Percent::from_parts_per_million(1_000_000)?;
        let sample = tracing.sample.clone().unwrap_or_else(|| At::new(all, tracing.origin));
        Some(Telemetry { provider: tracing.provider.clone(), sample, origin: tracing.origin })
    }

    /// Where spans go: a port of the program, by which the policies know to let them out.
    fn trace_endpoint(&mut self, tracing: &Tracing, uses: &mut Uses) -> Option<(At<Str>, u16)> {
        let Some(endpoint) = &tracing.endpoint else {
            let d = self
                .error(codes::MISSING, "`tracing` has no `endpoint`", tracing.origin, "where are traces sent?")
                .help("name the collector's port: `endpoint = collector.otlp`");
            self.push(d);
            return None;
        };
        let ports: Vec<PortRef> = match &endpoint.value {
            TraceEndpoint::Port(port) => vec![*port],
            TraceEndpoint::Text(text) => text.ports().to_vec(),
        };
        let found = ports.iter().find_map(|p| Some((*p, self.index.tier(p.tier)?, self.index.port(*p)?)));
        let Some((port, tier, entry)) = found else {
            let d = self
                .error(codes::CONNECTION, "nothing lets traces out to this endpoint", endpoint.origin, "text that names no port of the program")
                .why("Pods may reach only what the program declares.")
                .help("declare the collector, `external collector { hosts = [\"otel-collector.observability.svc\"], namespace = \"observability\", port otlp = grpc(4317) }`, and write `endpoint = collector.otlp`");
            self.push(d);
            return None;
        };
        let (number, service) = (entry.number, entry.service);
        let url: Str = match &endpoint.value {
            TraceEndpoint::Text(text) => text.text.clone(),
            TraceEndpoint::Port(_) => {
                let own = self.namespace();
                let host = match self.index.namespace(port.tier) {
                    Some(there) if *there != own => format!("{}.{there}.svc", tier.object),
                    _ => tier.object.to_string(),
                };
                if host.is_empty() {
                    let name = tier.name.clone();
                    let d = self
                        .error(
                            codes::MISSING,
                            format!("external `{name}` has no host to send traces to"),
                            endpoint.origin,
                            "only addresses are known",
                        )
                        .help("give it one: `hosts = [\"otel-collector.observability.svc\"]`");
                    self.push(d);
                    return None;
                }
                format!("http://{host}:{service}").into()
            }
        };
        if !url.starts_with("http://") && !url.starts_with("https://") {
            let d = self
                .error(codes::BAD_LITERAL, format!("`{url}` is no URL"), endpoint.origin, "no scheme")
                .help(format!("write `http://{url}`, or name the port alone"));
            self.push(d);
            return None;
        }
        uses.extend(ports.iter().filter(|p| Some(p.tier) != self.tier).map(|p| (*p, endpoint.origin)));
        Some((At::new(url, endpoint.origin), number))
    }

    /// The protocol that is said or that the port is known for, where the two agree (O3).
    fn trace_protocol(&mut self, tracing: &Tracing, port: u16) -> Option<&'static str> {
        let Some(said) = &tracing.protocol else { return Some(if port == HTTP { "http/protobuf" } else { "grpc" }) };
        let (word, other) = match said.value {
            OtlpProtocol::Grpc => ("grpc", HTTP),
            OtlpProtocol::HttpProtobuf => ("http/protobuf", GRPC),
            OtlpProtocol::HttpJson => ("http/json", GRPC),
            OtlpProtocol::Jaeger => {
                let d = self.jaeger(said.origin);
                self.push(d);
                return None;
            }
        };
        if port == other {
            let right = if other == GRPC { "grpc" } else { "http-protobuf" };
            let d = self
                .error(
                    codes::SENSELESS,
                    format!("port {port} does not speak `{}`", said.value.word()),
                    said.origin,
                    "another protocol than the port's",
                )
                .why(format!("By custom OTLP is spoken over gRPC on {GRPC}, and over HTTP on {HTTP}."))
                .help(format!("write `protocol = {right}`, or name the other port"));
            self.push(d);
            return None;
        }
        Some(word)
    }

    /// O4.
    fn jaeger(&mut self, origin: Origin) -> Diagnostic {
        self.error(codes::SENSELESS, "OpenTelemetry has no Jaeger exporter any more", origin, "gone since 2023")
            .why("It was taken out of the specification, the libraries and the collector: Jaeger reads OTLP itself.")
            .help("send OTLP to Jaeger's port 4317: `tracing { endpoint = jaeger.otlp, protocol = grpc }`")
    }

    /// O6: what the annotation names is the operator's, and what it puts into the pods is counted by the quota.
    fn assume_instrumentation(&mut self, block: &Workload) {
        for (key, value) in block.annotations.iter().flat_map(|m| &m.value.0) {
            let Some(language) = key.value.strip_prefix(Instrumentation::ANNOTATION) else { continue };
            if &*value.value == "false" {
                continue;
            }
            let which =
                if &*value.value == "true" { "one Instrumentation".to_owned() } else { format!("Instrumentation `{}`", value.value) };
            let d = Diagnostic::note_of(codes::ASSUMED, format!("assumed to exist in namespace `{}`: {which}", self.namespace()));
            let d = self.place(d, key.origin, "OpenTelemetry's operator acts on it").why(format!(
                "It puts an init container with the agent for {language} into each pod, which the quota counts and the worst case here does not."
            ));
            self.push(d);
        }
    }

    /// Variables of OpenTelemetry that a tier sets itself: what its specification would not read (O1 to O4).
    fn judge_variables(&mut self, container: &Container) {
        for variable in container.env.iter().filter(|v| v.name.value.starts_with("OTEL_")) {
            let EnvValue::Text(text) = &variable.value.value else { continue };
            let (name, origin) = (&*variable.name.value, variable.value.origin);
            if name.starts_with("OTEL_EXPORTER_JAEGER_") || name == "OTEL_TRACES_EXPORTER" && &**text == "jaeger" {
                let d = self.jaeger(origin);
                self.push(d);
                continue;
            }
            let among: &[&str] = match name {
                "OTEL_TRACES_SAMPLER" => &SAMPLERS,
                "OTEL_PROPAGATORS" => &PROPAGATORS,
                n if n.starts_with("OTEL_EXPORTER_OTLP_") && n.ends_with("PROTOCOL") => &PROTOCOLS,
                _ => &[],
            };
            let parts = if name == "OTEL_PROPAGATORS" { text.split(',').collect() } else { vec![&**text] };
            let wrong = parts.into_iter().map(str::trim).find(|part| !among.is_empty() && !part.is_empty() && !among.contains(part));
            if let Some(wrong) = wrong {
                let near = crate::check::suggest::nearest(wrong, among.iter().copied());
                let d = self.error(codes::SENSELESS, format!("`{wrong}` is no value of {name}"), origin, "OpenTelemetry does not know it");
                let d = match near {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    None => d.help(format!("it is {}", crate::check::suggest::list(among.iter().copied(), "or"))),
                };
                self.push(d);
            }
            if name == "OTEL_TRACES_SAMPLER_ARG" && text.parse::<f64>().is_ok_and(|ratio| !(0.0..=1.0).contains(&ratio)) {
                let d = self
                    .error(codes::SENSELESS, format!("`{text}` is no share of traces"), origin, "from 0 to 1")
                    .help("for example `0.1`, or `tracing { sample = 10% }`");
                self.push(d);
            }
            self.judge_path(name, text, origin, container);
        }
    }

    /// The variable of one signal is taken as it stands: over HTTP its path is part of it (O3; rules.md §9, row 20).
    fn judge_path(&mut self, name: &str, url: &str, origin: Origin, container: &Container) {
        let signal = match name {
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" => "traces",
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT" => "metrics",
            "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT" => "logs",
            _ => return,
        };
        let grpc = container.env.iter().any(|v| {
            v.name.value.ends_with("PROTOCOL")
                && v.name.value.starts_with("OTEL_")
                && matches!(&v.value.value, EnvValue::Text(t) if &**t == "grpc")
        });
        let place = url.split_once("://").map_or(url, |(_, rest)| rest);
        let bare = place.split_once('/').is_none_or(|(_, path)| path.is_empty());
        if bare && !grpc && place.trim_end_matches('/').ends_with(":4318") {
            let d = self.place(Diagnostic::warning(codes::NO_EFFECT, format!("{name} has no path")), origin, "taken as it stands");
            let d = d
                .why(format!("Only OTEL_EXPORTER_OTLP_ENDPOINT gets `/v1/{signal}` put behind it."))
                .help(format!("write `{}/v1/{signal}`", url.trim_end_matches('/')));
            self.push(d);
        }
    }
}
