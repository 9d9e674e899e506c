//! The Cluster Autoscaler on AWS (E1 to E3, E6): its Deployment, what it may do, the order of the pools, and the tags that the groups must have.

use super::super::labels::MANAGER;
use super::super::{inherited, network_policy};
use crate::kinds::apps::Deployment;
use crate::kinds::core::{ConfigMap, Container, PodSpec, ServiceAccount};
use crate::kinds::meta::{LabelSelector, Meta};
use crate::kinds::networking::NetworkPolicy;
use crate::kinds::policy::PodDisruptionBudget;
use crate::kinds::rbac::{ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding};
use crate::plan::model::Target;
use crate::plan::model::cluster::{Cluster, Pool};
use crate::tape::{Origin, Tapes};
use crate::units::Cidr;
use std::fmt::Write as _;

const NAME: &str = Cluster::SCALER;
const NAMESPACE: &str = Cluster::SYSTEM;
/// The name under which it looks for the order of the pools.
const PRIORITIES: &str = "cluster-autoscaler-priority-expander";
/// The tags by which it finds the groups of a cluster.
const TAG: &str = "k8s.io/cluster-autoscaler";
const GROUP: &str = "rbac.authorization.k8s.io";
/// Where it answers whether it is well.
const PORT: u16 = 8085;
const INSTANCE: &str = "app.kubernetes.io/instance";

pub(super) fn emit(cluster: &Cluster, target: &Target, out: &mut Tapes) {
    ServiceAccount::write(out, cluster.origin, |o| {
        o.metadata(|m| metadata(m, NAME)).automount_service_account_token(false);
    });
    rights(cluster, out);
    let has_order = cluster.pools.iter().any(|p| p.weight.is_some());
    if has_order {
        ConfigMap::write(out, cluster.origin, |o| {
            o.metadata(|m| metadata(m, PRIORITIES)).data([("priorities", priorities(&cluster.pools).as_str())]);
        });
    }
    policy(cluster, target, out);
    PodDisruptionBudget::write(out, cluster.origin, |o| {
        o.metadata(|m| metadata(m, NAME)).spec(|s| {
            s.max_unavailable(1u16).selector(select).unhealthy_pod_eviction_policy("AlwaysAllow");
        });
    });
    let tags: Vec<(String, String)> =
        cluster.pools.iter().map(|p| (format!("bayplan.dev/group.{}", p.name.value), tags(p, cluster))).collect();
    Deployment::write(out, cluster.origin, |o| {
        o.metadata(|m| {
            metadata(m, NAME);
            m.annotations(tags.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        });
        o.spec(|s| {
            s.replicas(2u16).revision_history_limit(10u16).progress_deadline_seconds(600u16).selector(select);
            s.strategy(Origin::NONE, |s| {
                s.kind("RollingUpdate").rolling_update(|r| {
                    r.max_surge(1u16).max_unavailable(0u16);
                });
            });
            s.template(|t| {
                t.metadata(|m| {
                    m.labels(labels());
                });
                t.spec(|s| pods(s, cluster, has_order));
            });
        });
    });
}

fn labels() -> [(&'static str, &'static str); 3] {
    [(INSTANCE, NAME), ("app.kubernetes.io/managed-by", MANAGER), ("app.kubernetes.io/name", NAME)]
}

fn metadata(m: &mut Meta<'_>, name: &str) {
    m.name(name).namespace(NAMESPACE).labels(labels());
}

fn select(s: &mut LabelSelector<'_>) {
    s.match_labels([(INSTANCE, NAME)]);
}

/// The tags that a pool's Auto Scaling group must have, and its bounds: those of discovery, and for a group without nodes what a node of it
/// would be (E2, E3).
fn tags(pool: &Pool, cluster: &Cluster) -> String {
    let (least, most) = pool.nodes.as_ref().map_or((0, 0), |(least, most)| (least.value, most.value));
    let mut text = format!("{}: {least} to {most} nodes; {TAG}/enabled=true, {TAG}/{}=owned", pool.group.value, cluster.name.value);
    for (key, value) in &pool.labels {
        let _ = write!(text, ", {TAG}/node-template/label/{key}={}", value.value);
    }
    for taint in &pool.taints {
        let value = taint.value.as_ref().map_or("", |v| &v.value);
        let _ = write!(text, ", {TAG}/node-template/taint/{}={value}:{}", taint.key.value, taint.effect);
    }
    text
}

/// The order of the pools: weight, and the expressions that the names of its groups meet. The highest goes first.
fn priorities(pools: &[Pool]) -> String {
    let mut weights: Vec<i64> = pools.iter().map(|p| p.weight.as_ref().map_or(1, |w| w.value)).collect();
    weights.sort_unstable_by(|a, b| b.cmp(a));
    weights.dedup();
    let mut text = String::new();
    for weight in weights {
        let _ = writeln!(text, "{weight}:");
        for pool in pools.iter().filter(|p| p.weight.as_ref().map_or(1, |w| w.value) == weight) {
            let _ = writeln!(text, "  - ^{}$", pool.group.value.replace('.', "\\."));
        }
    }
    text
}

/// What it may do: read what decides where pods fit, mark nodes, evict pods, lead.
fn rights(cluster: &Cluster, out: &mut Tapes) {
    type Right = (&'static [&'static str], &'static [&'static str], &'static [&'static str], &'static [&'static str]);
    const READ: &[&str] = &["get", "list", "watch"];
    const EVERYWHERE: [Right; 9] = [
        (&[""], &["namespaces", "persistentvolumeclaims", "persistentvolumes", "pods", "replicationcontrollers", "services"], &[], READ),
        (&[""], &["nodes"], &[], &["get", "list", "watch", "update"]),
        (&[""], &["pods/eviction"], &[], &["create"]),
        (&[""], &["pods/status"], &[], &["update"]),
        (&["", "events.k8s.io"], &["events"], &[], &["create", "patch"]),
        (&["apps", "batch"], &["daemonsets", "jobs", "replicasets", "statefulsets"], &[], READ),
        (&["policy"], &["poddisruptionbudgets"], &[], READ),
        (&["storage.k8s.io"], &["csidrivers", "csinodes", "csistoragecapacities", "storageclasses", "volumeattachments"], &[], READ),
        (&["resource.k8s.io"], &["deviceclasses", "resourceclaims", "resourceslices"], &[], READ),
    ];
    const IN_ITS_NAMESPACE: [Right; 4] = [
        (&[""], &["configmaps"], &[], &["create", "list", "watch"]),
        (&[""], &["configmaps"], &["cluster-autoscaler-status", PRIORITIES], &["get", "update", "delete"]),
        (&["coordination.k8s.io"], &["leases"], &[], &["create"]),
        (&["coordination.k8s.io"], &["leases"], &[NAME], &["get", "update"]),
    ];
    fn rule(r: &mut PolicyRule<'_>, (groups, resources, names, verbs): Right) {
        let some = |list: &'static [&'static str]| list.iter().copied();
        r.api_groups(some(groups)).resources(some(resources)).resource_names(some(names)).verbs(some(verbs));
    }
    ClusterRole::write(out, cluster.origin, |o| {
        o.metadata(|m| {
            m.name(NAME).labels(labels());
        });
        o.rules(EVERYWHERE, inherited, rule);
    });
    ClusterRoleBinding::write(out, cluster.origin, |o| {
        o.metadata(|m| {
            m.name(NAME).labels(labels());
        });
        o.role_ref(|r| {
            r.api_group(GROUP).kind(ClusterRole::KIND).name(NAME);
        });
        o.subjects([NAME], inherited, |s, name| {
            s.kind(ServiceAccount::KIND).name(name).namespace(NAMESPACE);
        });
    });
    Role::write(out, cluster.origin, |o| {
        o.metadata(|m| metadata(m, NAME)).rules(IN_ITS_NAMESPACE, inherited, rule);
    });
    RoleBinding::write(out, cluster.origin, |o| {
        o.metadata(|m| metadata(m, NAME));
        o.role_ref(|r| {
            r.api_group(GROUP).kind(Role::KIND).name(NAME);
        });
        o.subjects([NAME], inherited, |s, name| {
            s.kind(ServiceAccount::KIND).name(name).namespace(NAMESPACE);
        });
    });
}

/// It asks DNS, the API server and AWS, whose addresses nobody knows beforehand; nobody asks it but the kubelet.
fn policy(cluster: &Cluster, target: &Target, out: &mut Tapes) {
    NetworkPolicy::write(out, cluster.origin, |o| {
        o.metadata(|m| metadata(m, NAME)).spec(|s| {
            s.pod_selector(select).policy_types(["Ingress", "Egress"]);
            s.egress([true, false], inherited, |r, is_dns| {
                if is_dns {
                    let ports = target.dns_ports.iter().flat_map(|port| [("TCP", *port), ("UDP", *port)]);
                    r.to(&*target.dns, inherited, network_policy::peer).ports(ports, inherited, |p, (protocol, port)| {
                        p.protocol(protocol).port(port);
                    });
                } else {
                    r.to([Cidr::ALL_V4, Cidr::ALL_V6], inherited, |p, cidr| {
                        p.ip_block(|b| {
                            b.cidr(format_args!("{cidr}"));
                        });
                    });
                    r.ports([443, target.api_server_port], inherited, |p, port| {
                        p.protocol("TCP").port(port);
                    });
                }
            });
        });
    });
}

fn pods(s: &mut PodSpec<'_>, cluster: &Cluster, has_order: bool) {
    s.service_account_name(NAME).automount_service_account_token(true).priority_class_name("system-cluster-critical");
    s.termination_grace_period_seconds(30u16).restart_policy("Always").affinity(|a| {
        a.pod_anti_affinity(|p| {
            p.preferred([()], inherited, |w, ()| {
                w.weight(100u16).pod_affinity_term(|t| {
                    t.label_selector(select).topology_key("kubernetes.io/hostname");
                });
            });
        });
    });
    s.topology_spread_constraints(["topology.kubernetes.io/zone"], inherited, |t, key| {
        t.max_skew(1u16).topology_key(key).when_unsatisfiable("ScheduleAnyway").label_selector(select);
    });
    s.security_context(|c| {
        c.run_as_non_root(true).run_as_user(65_534u16).run_as_group(65_534u16).fs_group(65_534u16).seccomp_profile(|p| {
            p.kind("RuntimeDefault");
        });
    });
    s.containers([()], inherited, |c, ()| container(c, cluster, has_order));
}

fn container(c: &mut Container<'_>, cluster: &Cluster, has_order: bool) {
    // It knows the scheduler of its own minor.
    c.name(NAME).image(format_args!("registry.k8s.io/autoscaling/cluster-autoscaler:v1.{}.0", cluster.minor)).image_pull_policy("Always");
    // The image has no entry point, and a command of its own that arguments would replace.
    c.command(["/cluster-autoscaler"]);
    let discovery = format!("--node-group-auto-discovery=asg:tag={TAG}/enabled,{TAG}/{}", cluster.name.value);
    let expander = if has_order { "--expander=priority,least-waste" } else { "--expander=least-waste" };
    // E1: the scratch space of pods is local storage, and every pod has some; its loss is no reason to keep a node.
    c.args(["--cloud-provider=aws", &discovery, "--balance-similar-node-groups=true", "--skip-nodes-with-local-storage=false", expander]);
    c.ports([PORT], inherited, |p, port| {
        p.name("http").container_port(port).protocol("TCP");
    });
    c.resources(|r| {
        r.requests([("cpu", "100m"), ("ephemeral-storage", "64Mi"), ("memory", "600Mi")]);
        r.limits([("cpu", "1"), ("ephemeral-storage", "256Mi"), ("memory", "1Gi")]);
    });
    c.liveness_probe(Origin::NONE, |p| {
        p.http_get(|h| {
            h.path("/health-check").port(PORT).scheme("HTTP");
        });
        p.period_seconds(20u16).timeout_seconds(5u16).success_threshold(1u16).failure_threshold(6u16);
    });
    // The one that does not lead answers too.
    c.readiness_probe(Origin::NONE, |p| {
        p.tcp_socket(|t| {
            t.port(PORT);
        });
        p.period_seconds(10u16).timeout_seconds(2u16).success_threshold(1u16).failure_threshold(3u16);
    });
    c.security_context(|s| {
        s.allow_privilege_escalation(false).read_only_root_filesystem(true).capabilities(|c| {
            c.drop(["ALL"]);
        });
    });
}
