//! The pod template, which every workload has.

use super::{inherited, labels, probe};
use crate::kinds::core as v1;
use crate::plan::model::{
    AffinityTerm, App, At, Container, Controller, Dns, EnvFrom, EnvValue, EnvVar, KeyOf, Mount, Pod, Spread, Str, Toleration, Volume,
    VolumeSource, Workload,
};

/// Writes the template of a workload's pods.
pub(super) fn template(t: &mut v1::PodTemplate<'_>, app: &App, workload: &Workload) {
    t.metadata(|m| labels::pod(m, app, workload)).spec(|s| spec(s, workload));
}

fn spec(s: &mut v1::PodSpec<'_>, workload: &Workload) {
    let pod = &workload.pod;
    s.service_account_name(&workload.account.name).automount_service_account_token(&pod.token).host_network(&pod.host_network);
    s.priority_class_name(&pod.priority).termination_grace_period_seconds(&pod.grace).restart_policy(&pod.restart);
    if let Some(dns) = &pod.dns {
        name_service(s, dns);
    }
    s.image_pull_secrets(
        &pod.pull_secrets,
        |name| name.origin,
        |r, name| {
            r.name(name);
        },
    );
    s.node_selector(&pod.node_selector);
    if !pod.affinity.is_empty() || !pod.node_affinity.is_empty() {
        s.affinity(|a| affinity(a, pod));
    }
    s.tolerations(&pod.tolerations, |toleration| toleration.origin, toleration);
    s.topology_spread_constraints(&pod.spread, |spread| spread.key.origin, |c, constraint| spread(c, constraint, workload));
    s.security_context(|c| security(c, pod));
    s.init_containers(&pod.init, |container| container.origin, container);
    s.containers(&pod.containers, |container| container.origin, container);
    s.volumes(&pod.volumes, |volume| volume.name.origin, volume);
}

/// The profile is that of the container runtime in every pod (check 13). Where files get a group, only a volume whose top does not have it
/// yet is walked: the whole walk delays each start by its number of files.
fn security(c: &mut v1::PodSecurityContext<'_>, pod: &Pod) {
    c.run_as_non_root(&pod.run_as_non_root).run_as_user(&pod.user).run_as_group(&pod.group).fs_group(&pod.fs_group);
    c.fs_group_change_policy(pod.fs_group.as_ref().map(|_| "OnRootMismatch"));
    c.seccomp_profile(|p| {
        p.kind("RuntimeDefault");
    });
}

fn name_service(s: &mut v1::PodSpec<'_>, dns: &Dns) {
    s.dns_policy(&dns.policy);
    if dns.nameservers.is_empty() && dns.searches.is_empty() && dns.options.is_empty() {
        return;
    }
    s.dns_config(|c| {
        c.nameservers(&dns.nameservers).searches(&dns.searches).options(&dns.options, inherited, |o, (name, value)| {
            o.name(name).value(value);
        });
    });
}

fn affinity(a: &mut v1::Affinity<'_>, pod: &Pod) {
    if !pod.node_affinity.is_empty() {
        a.node_affinity(|n| {
            n.required(|r| {
                r.node_selector_terms([&pod.node_affinity], inherited, |t, expressions| {
                    t.match_expressions(expressions, inherited, |e, expression| {
                        e.key(&expression.key).operator(&expression.operator).values(&expression.values);
                    });
                });
            });
        });
    }
    if pod.affinity.iter().any(|term| !term.anti) {
        a.pod_affinity(|a| terms(a, &pod.affinity, false));
    }
    if pod.affinity.iter().any(|term| term.anti) {
        a.pod_anti_affinity(|a| terms(a, &pod.affinity, true));
    }
}

fn terms(a: &mut v1::PodAffinity<'_>, all: &[AffinityTerm], anti: bool) {
    let required = all.iter().filter(|term| term.anti == anti && term.weight.is_none());
    let preferred = all.iter().filter(|term| term.anti == anti && term.weight.is_some());
    a.required(required, |term| term.origin, near);
    a.preferred(
        preferred,
        |term| term.origin,
        |w, term| {
            w.weight(term.weight).pod_affinity_term(|t| near(t, term));
        },
    );
}

fn near(t: &mut v1::PodAffinityTerm<'_>, term: &AffinityTerm) {
    t.label_selector(|s| labels::select(s, &term.instance)).namespaces(&term.namespace).topology_key(&term.key);
}

fn toleration(t: &mut v1::Toleration<'_>, toleration: &Toleration) {
    t.key(&toleration.key).operator(if toleration.value.is_some() { "Equal" } else { "Exists" });
    t.value(&toleration.value).effect(&toleration.effect).toleration_seconds(&toleration.seconds);
}

/// Where a Deployment's revisions are told apart (P6), a new one is spread by itself: the pods it replaces do not count.
fn spread(c: &mut v1::TopologySpreadConstraint<'_>, spread: &Spread, workload: &Workload) {
    let revision =
        if matches!(workload.controller, Controller::Rollout { .. }) { "rollouts-pod-template-hash" } else { "pod-template-hash" };
    c.max_skew(&spread.skew).topology_key(&spread.key).when_unsatisfiable(&spread.unsatisfiable);
    c.label_selector(|s| labels::select(s, &workload.object.value)).match_label_keys(spread.by_revision.then_some(revision));
}

fn container(k: &mut v1::Container<'_>, container: &Container) {
    k.name(&container.name).image(&container.image).image_pull_policy(container.pull.clone());
    k.restart_policy(container.restart_always.then_some("Always"));
    k.command(&container.command).args(&container.args).working_dir(container.working_dir.as_deref());
    k.ports(
        &container.ports,
        |port| port.name.origin,
        |p, port| {
            p.name(&port.name).container_port(&port.number).protocol(port.protocol.as_str());
        },
    );
    k.env(&container.env, |variable| variable.name.origin, env).env_from(&container.env_from, |from| from.name.origin, env_from);
    if !container.requests.is_empty() || !container.limits.is_empty() {
        k.resources(|r| {
            r.requests(&container.requests).limits(&container.limits);
        });
    }
    if let Some(startup) = &container.startup {
        k.startup_probe(startup.origin, |p| probe::probe(p, startup));
    }
    if let Some(liveness) = &container.liveness {
        k.liveness_probe(liveness.origin, |p| probe::probe(p, liveness));
    }
    if let Some(readiness) = &container.readiness {
        k.readiness_probe(readiness.origin, |p| probe::probe(p, readiness));
    }
    if container.post_start.is_some() || container.pre_stop.is_some() {
        k.lifecycle(|l| lifecycle(l, container));
    }
    k.security_context(|c| {
        c.run_as_user(&container.user).privileged(&container.privileged).allow_privilege_escalation(&container.privilege_escalation);
        // Every capability is dropped, whatever is added again (check 10).
        c.read_only_root_filesystem(&container.read_only_root).capabilities(|c| {
            c.add(&container.capabilities).drop(["ALL"]);
        });
    });
    k.volume_mounts(&container.mounts, |mount| mount.path.origin, mount);
}

fn lifecycle(l: &mut v1::Lifecycle<'_>, container: &Container) {
    if let Some(action) = &container.post_start {
        l.post_start(|h| probe::hook(h, action));
    }
    if let Some(action) = &container.pre_stop {
        l.pre_stop(|h| probe::hook(h, action));
    }
}

fn env(e: &mut v1::EnvVar<'_>, variable: &EnvVar) {
    let origin = variable.value.origin;
    e.name(&variable.name);
    match &variable.value.value {
        EnvValue::Text(text) => e.value(At::new(&**text, origin)),
        EnvValue::Secret(of) => e.value_from(origin, |f| {
            f.secret_key_ref(|r| key_of(r, of));
        }),
        EnvValue::Config(of) => e.value_from(origin, |f| {
            f.config_map_key_ref(|r| key_of(r, of));
        }),
        EnvValue::Field(path) => e.value_from(origin, |f| {
            f.field_ref(|r| {
                r.field_path(path);
            });
        }),
        EnvValue::Resource { resource, divisor } => e.value_from(origin, |f| {
            f.resource_field_ref(|r| {
                r.resource(*resource).divisor(*divisor);
            });
        }),
    };
}

fn key_of(r: &mut v1::KeyReference<'_>, of: &KeyOf) {
    r.name(&of.name).key(&of.key).optional(of.optional.then_some(true));
}

fn env_from(e: &mut v1::EnvFromSource<'_>, from: &EnvFrom) {
    let reference = |r: &mut v1::OptionalReference<'_>| {
        r.name(&from.name).optional(from.optional.then_some(true));
    };
    e.prefix(&from.prefix);
    if from.secret {
        e.secret_ref(reference);
    } else {
        e.config_map_ref(reference);
    }
}

fn mount(m: &mut v1::VolumeMount<'_>, mount: &Mount) {
    m.name(&mount.volume).mount_path(&mount.path).read_only(mount.read_only.then_some(true));
}

fn volume(v: &mut v1::Volume<'_>, volume: &Volume) {
    v.name(&volume.name);
    match &volume.source {
        VolumeSource::EmptyDir { memory, size } => v.empty_dir(|e| {
            e.medium(memory.then_some("Memory")).size_limit(size);
        }),
        VolumeSource::Secret { name, items, mode, optional } => v.secret(|s| {
            s.secret_name(name).items(items, inherited, item).default_mode(*mode).optional(optional.then_some(true));
        }),
        VolumeSource::Config { name, items, mode, optional } => v.config_map(|c| {
            c.name(name).items(items, inherited, item).default_mode(*mode).optional(optional.then_some(true));
        }),
        VolumeSource::Claim { name, read_only } => v.persistent_volume_claim(|c| {
            c.claim_name(name).read_only(read_only.then_some(true));
        }),
        VolumeSource::HostPath { path, kind } => v.host_path(|h| {
            h.path(path).kind((!kind.is_empty()).then_some(kind));
        }),
    };
}

fn item(i: &mut v1::KeyToPath<'_>, (key, path): &(Str, Str)) {
    i.key(key).path(path);
}
