//! What each pod asks for, set from use: `autosize`.

use super::lower::{Lower, text_of};
use super::model::{At, Autoscaler, Autosize, Container, Metric, Str};
use crate::diagnostic::{Diagnostic, codes};
use crate::schema::{MINORS, gates::since};
use crate::tape::Origin;
use crate::vocabulary::blocks::{self, Workload};
use crate::vocabulary::words::{AutosizeMode, ControlledValues};

// `in-place-or-recreate` needs pods that can be resized while they run: every minor that can be targeted has them on.
const _: () = assert!(*MINORS.start() >= since::IN_PLACE_RESIZE);

impl Lower<'_> {
    /// The VerticalPodAutoscaler of `autosize` (V1 to V3). What `scale` goes by is left alone (H11).
    pub fn autosize(&mut self, block: &Workload, autoscaler: Option<&Autoscaler>, container: &Container) -> Option<Autosize> {
        let a = block.autosize.as_deref()?;
        let mode = a.mode.as_ref().map_or_else(|| At::default_of(AutosizeMode::Initial), Clone::clone);
        let resources = self.controlled(block, a, autoscaler, mode.value == AutosizeMode::Off)?;
        let mut min: Vec<(Str, At<Str>)> = Vec::new();
        let mut max = Vec::new();
        if let Some(r) = &a.cpu {
            // V3: CPU is counted in thousandths of a core; memory in whole bytes, which no value of this type is finer than.
            for end in [&r.value.min, &r.value.max] {
                if let Err(e) = end.value.check_kubernetes() {
                    let d = self.error(codes::SENSELESS, e.message.trim_end_matches('.').to_string(), end.origin, "a bound of `autosize`");
                    let d = if let Some(help) = e.help { d.help(help) } else { d };
                    self.push(d);
                }
            }
            min.push(("cpu".into(), r.value.min.map(text_of)));
            max.push(("cpu".into(), r.value.max.map(text_of)));
            if let Some(limit) = container.cpu.1.filter(|limit| r.value.max.value > *limit) {
                self.above_limit("cpu", &r.value.max.map(text_of), &text_of(&limit), block.cpu.as_ref().map_or(Origin::NONE, |c| c.origin));
            }
        }
        if let Some(r) = &a.memory {
            min.push(("memory".into(), r.value.min.map(text_of)));
            max.push(("memory".into(), r.value.max.map(text_of)));
            if let Some(limit) = container.memory.1.filter(|limit| r.value.max.value > *limit) {
                let origin = block.memory.as_ref().map_or(Origin::NONE, |c| c.origin);
                self.above_limit("memory", &r.value.max.map(text_of), &text_of(&limit), origin);
            }
        }
        let min_replicas = self.restarts(a, &mode);
        let mode = mode.map(|m| match m {
            AutosizeMode::Off => "Off".into(),
            AutosizeMode::Initial => "Initial".into(),
            AutosizeMode::Recreate => "Recreate".into(),
            AutosizeMode::InPlaceOrRecreate => "InPlaceOrRecreate".into(),
            AutosizeMode::InPlace => "InPlace".into(),
        });
        let values = a.values.as_ref().map_or_else(
            || At::default_of("RequestsOnly".into()),
            |v| {
                v.map(|v| match v {
                    ControlledValues::RequestsOnly => "RequestsOnly".into(),
                    ControlledValues::RequestsAndLimits => "RequestsAndLimits".into(),
                })
            },
        );
        Some(Autosize { mode, min_replicas, min, max, resources, values, origin: a.origin })
    }

    /// The resources that it sets: those that are said, else those that no autoscaler of pods goes by. Both on one is a conflict (H11), but
    /// for recommendations that nobody follows.
    fn controlled(
        &mut self,
        block: &Workload,
        a: &blocks::Autosize,
        autoscaler: Option<&Autoscaler>,
        recommends: bool,
    ) -> Option<Vec<Str>> {
        let silent = a.cpu.is_none() && a.memory.is_none();
        let scaled = |name: &str| {
            let metrics = autoscaler.iter().flat_map(|h| &h.metrics).filter(|_| !recommends);
            metrics
                .filter_map(|m| if let Metric::Resource { resource, aim, .. } = m { Some((resource, aim)) } else { None })
                .find(|m| **m.0 == *name)
        };
        let mut resources: Vec<Str> = Vec::new();
        for (name, said) in [("cpu", a.cpu.is_some()), ("memory", a.memory.is_some())] {
            match scaled(name) {
                None if said || silent => resources.push(name.into()),
                Some((_, aim)) if said => {
                    let d = self
                        .error(codes::CONFLICT, format!("two autoscalers change {name}"), a.origin, format!("sets the request of {name}"))
                        .why("One adds pods because use is high against the request, the other raises the request because use is high: they fight.")
                        .help(format!("let `scale` go by another metric, or say `autosize {{ {} = … }}` alone", if name == "cpu" { "memory" } else { "cpu" }));
                    let d = if aim.origin() == Origin::NONE {
                        let r = block.replicas.as_ref().map_or(Origin::NONE, |r| r.origin);
                        self.place(d, r, "a range of replicas: an autoscaler, by CPU where nothing else is said")
                    } else {
                        self.place(d, aim.origin(), format!("an autoscaler by {name}"))
                    };
                    self.push(d);
                    resources.push(name.into());
                }
                _ => {}
            }
        }
        if resources.is_empty() {
            let d = self
                .error(codes::CONFLICT, "nothing is left for `autosize` to set", a.origin, "sets neither CPU nor memory")
                .why("The autoscaler of this tier goes by both, and would add pods for what the other changes.")
                .help("let `scale` go by one of them, or take `autosize` away; `mode = off` only recommends");
            self.push(d);
            return None;
        }
        Some(resources)
    }

    /// How many pods there must be before one is restarted (V2), and what a mode needs of the autosizer that runs.
    fn restarts(&mut self, a: &blocks::Autosize, mode: &At<AutosizeMode>) -> Option<At<i64>> {
        if mode.value == AutosizeMode::InPlace {
            let d =
                Diagnostic::note_of(codes::ASSUMED, "assumed of the cluster: its VerticalPodAutoscaler has the feature gate `InPlace` on");
            let d = self.place(d, mode.origin, "a mode of version 1.7 and later");
            self.push(
                d.why("Without the gate, which is off unless somebody sets it, its webhook refuses the object.")
                    .help("`in-place-or-recreate` needs no gate, and restarts a pod that cannot be resized"),
            );
        }
        let least = a.min_replicas.clone()?;
        if least.value < 1 {
            let d = self.error(codes::SENSELESS, format!("there cannot be {} pods at least", least.value), least.origin, "at least 1");
            self.push(d);
            return None;
        }
        if !matches!(mode.value, AutosizeMode::Recreate | AutosizeMode::InPlaceOrRecreate) {
            let n = Diagnostic::note_of(codes::NO_EFFECT, "`min-replicas` does nothing here");
            let n = self.place(n, least.origin, format!("`{}` restarts no pod", mode.value.word()));
            self.push(n.help("`mode = recreate` and `mode = in-place-or-recreate` restart pods"));
        }
        Some(least)
    }

    fn above_limit(&mut self, resource: &str, most: &At<Str>, limit: &Str, limit_origin: Origin) {
        let d = self
            .error(
                codes::SENSELESS,
                format!("`autosize` may ask for more {resource} than the container's limit"),
                most.origin,
                format!("up to {}", most.value),
            )
            .why(format!("The limit is {limit}, and a request over it makes a pod that no server admits."))
            .help(format!("raise the limit, `{resource} = …..{}`, or lower this bound", most.value));
        let d = if limit_origin == Origin::NONE { d } else { self.place(d, limit_origin, format!("the limit is {limit}")) };
        self.push(d);
    }
}
