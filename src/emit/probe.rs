//! Probes and hooks: what is asked of a container, or done in it. No `host` is ever written (check 23): the kubelet asks the pod itself.

use crate::kinds::core as v1;
use crate::plan::model::{Action, At, HttpGet, Probe, Str};

/// Writes a probe with its timings (check 73). A delay of zero is left out: to the server it is the same as none, and it drops the field.
pub(super) fn probe(p: &mut v1::Probe<'_>, probe: &Probe) {
    match &probe.action {
        Action::Http(get) => p.http_get(|h| http(h, get)),
        Action::Tcp { port } => p.tcp_socket(|t| tcp(t, port)),
        Action::Grpc { port, service } => p.grpc(|g| {
            g.port(port).service(service.as_deref());
        }),
        Action::Exec(command) => p.exec(|e| exec(e, command)),
        // Hooks alone can sleep. The probe is written without a question, which no schema accepts: nothing is hidden.
        Action::Sleep(_) => p,
    };
    if probe.initial_delay.value > 0 {
        p.initial_delay_seconds(&probe.initial_delay);
    }
    p.period_seconds(&probe.period).timeout_seconds(&probe.timeout);
    p.success_threshold(&probe.successes).failure_threshold(&probe.failures);
}

/// Writes a hook's handler.
pub(super) fn hook(h: &mut v1::LifecycleHandler<'_>, action: &Action) {
    match action {
        Action::Http(get) => h.http_get(|h| http(h, get)),
        Action::Tcp { port } => h.tcp_socket(|t| tcp(t, port)),
        Action::Exec(command) => h.exec(|e| exec(e, command)),
        Action::Sleep(seconds) => h.sleep(|s| {
            s.seconds(seconds);
        }),
        // Probes alone can ask over gRPC; as above.
        Action::Grpc { .. } => h,
    };
}

fn http(h: &mut v1::HttpGet<'_>, get: &HttpGet) {
    h.path(&get.path).port(&get.port).scheme(&get.scheme);
    h.http_headers(
        &get.headers,
        |(_, value)| value.origin,
        |h, (name, value)| {
            h.name(name).value(value);
        },
    );
}

fn tcp(t: &mut v1::TcpSocket<'_>, port: &At<u16>) {
    t.port(port);
}

fn exec(e: &mut v1::Exec<'_>, command: &[At<Str>]) {
    e.command(command);
}
