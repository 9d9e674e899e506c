//! CPU, memory and what else a container may take.

use super::lower::{Lower, text_of};
use super::model::{At, Container, Str};
use crate::diagnostic::codes;
use crate::units::{Bytes, Cpu};
use crate::vocabulary::Range;
use crate::vocabulary::blocks::{LimitDefault, Workload};
use crate::vocabulary::value::Node;

/// Requests and limits where nothing is said: checks 41 to 45 of the policy bar want all of them.
const CPU: (i64, i64) = (50, 500);
const MEMORY: (i64, i64) = (128 << 20, 256 << 20);
const EPHEMERAL: (i64, i64) = (64 << 20, 1 << 30);

fn bytes(n: i64) -> Bytes {
    Bytes::new(n).unwrap_or(Bytes::ZERO)
}

fn said<T: Copy>(own: Option<&At<Range<T>>>, namespace: Option<&At<Range<T>>>, default: (T, T)) -> (At<T>, At<T>) {
    match own.or(namespace) {
        Some(r) => (r.value.min.clone(), r.value.max.clone()),
        None => (At::default_of(default.0), At::default_of(default.1)),
    }
}

impl Lower<'_> {
    /// Fills a container's requests and limits.
    pub fn resources(&mut self, block: &Workload, node: &Node, namespace: Option<&LimitDefault>, into: &mut Container) {
        let cpu_default = (Cpu::from_millis(CPU.0).unwrap_or(Cpu::ZERO), Cpu::from_millis(CPU.1).unwrap_or(Cpu::ZERO));
        let (request, limit) = said(block.cpu.as_ref(), namespace.and_then(|n| n.cpu.as_ref()), cpu_default);
        let no_limit = self.allows(node, "no-cpu-limit");
        for v in [&request, &limit] {
            if let Err(e) = v.value.check_kubernetes() {
                let d = self.error(codes::BAD_LITERAL, e.message.trim_end_matches('.').to_string(), v.origin, "of CPU");
                self.push(d);
            }
        }
        into.requests.push((Str::new_static("cpu"), request.map(text_of)));
        if !no_limit {
            into.limits.push((Str::new_static("cpu"), limit.map(text_of)));
        }
        into.cpu = (request.value, (!no_limit).then_some(limit.value));

        let (request, limit) = said(block.memory.as_ref(), namespace.and_then(|n| n.memory.as_ref()), (bytes(MEMORY.0), bytes(MEMORY.1)));
        let no_limit = self.allows(node, "no-memory-limit");
        into.requests.push((Str::new_static("memory"), request.map(text_of)));
        if !no_limit {
            into.limits.push((Str::new_static("memory"), limit.map(text_of)));
        }
        into.memory = (request.value, (!no_limit).then_some(limit.value));

        // The kubelet takes a limit of zero for no limit.
        let unlimited = [
            ("CPU", block.cpu.as_ref().filter(|r| r.value.max.value == Cpu::ZERO).map(|r| r.value.max.origin)),
            ("memory", block.memory.as_ref().filter(|r| r.value.max.value == Bytes::ZERO).map(|r| r.value.max.origin)),
        ];
        for (what, origin) in unlimited {
            if let Some(origin) = origin {
                let d = self
                    .error(codes::SENSELESS, format!("a limit of zero {what} is no limit"), origin, "the kubelet takes it for none")
                    .help("say how much it may take at most");
                self.push(d);
            }
        }

        let (request, limit) =
            said(block.ephemeral.as_ref(), namespace.and_then(|n| n.ephemeral.as_ref()), (bytes(EPHEMERAL.0), bytes(EPHEMERAL.1)));
        into.requests.push((Str::new_static("ephemeral-storage"), request.map(text_of)));
        into.limits.push((Str::new_static("ephemeral-storage"), limit.map(text_of)));

        for (name, count) in block.devices.iter().flat_map(|d| &d.value.0) {
            self.device(name, count);
            // Requests and limits of extended resources are equal (C13).
            let quantity: At<Str> = count.map(text_of);
            into.requests.push((name.value.clone(), quantity.clone()));
            into.limits.push((name.value.clone(), quantity));
        }
    }
}
