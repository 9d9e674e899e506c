//! A pool for Karpenter: NodePool, and the EC2NodeClass of its nodes.

use super::super::inherited;
use super::{field, named};
use crate::kinds::karpenter::{EC2NodeClass, NodePool};
use crate::plan::model::cluster::{Cluster, Pool};
use crate::tape::Tapes;

/// The group of the class.
const GROUP: &str = "karpenter.k8s.aws";
/// The tag by which subnets and security groups are found.
const DISCOVERY: &str = "karpenter.sh/discovery";
/// The root disk of Amazon Linux.
const ROOT: &str = "/dev/xvda";

pub(super) fn emit(pool: &Pool, cluster: &Cluster, out: &mut Tapes) {
    NodePool::write(out, pool.origin, |o| {
        o.metadata(|m| named(m, &pool.name)).spec(|s| {
            s.weight(&pool.weight).limits(&pool.limits);
            s.disruption(|d| {
                d.consolidation_policy(&pool.consolidate).consolidate_after(&pool.consolidate_after);
                d.budgets(
                    [&pool.disrupt],
                    |b| b.origin,
                    |b, nodes| {
                        b.nodes(nodes);
                    },
                );
            });
            s.template(|t| {
                if !pool.labels.is_empty() {
                    t.metadata(|m| {
                        m.labels(&pool.labels);
                    });
                }
                t.spec(|s| {
                    s.node_class(|r| {
                        r.group(GROUP).kind("EC2NodeClass").name(&pool.name);
                    });
                    s.requirements(&pool.requirements, inherited, |r, (key, values)| {
                        r.key(key).operator("In").values(values);
                    });
                    s.taints(
                        &pool.taints,
                        |t| t.key.origin,
                        |t, taint| {
                            t.key(&taint.key).value(&taint.value).effect(taint.effect);
                        },
                    );
                    s.expire_after(&pool.expire).grace(&pool.grace);
                });
            });
        });
    });
    EC2NodeClass::write(out, pool.origin, |o| {
        o.metadata(|m| named(m, &pool.name)).spec(|s| {
            s.role(&pool.role);
            s.images(
                [&pool.image],
                |i| i.origin,
                |i, alias| {
                    i.alias(alias);
                },
            );
            s.subnets(
                [&pool.discovery],
                |d| d.origin,
                |t, value| {
                    t.tags([(DISCOVERY, value)]);
                },
            );
            s.security_groups(
                [&pool.discovery],
                |d| d.origin,
                |t, value| {
                    t.tags([(DISCOVERY, value)]);
                },
            );
            s.disks([pool], inherited, |d, pool| {
                // Bottlerocket keeps containers on a second disk.
                let device = if pool.image.value.starts_with("bottlerocket@") { "/dev/xvdb" } else { ROOT };
                d.device_name(device).root(true).ebs(|e| {
                    e.size(&pool.disk).kind("gp3").encrypted(true).delete_on_termination(true);
                });
            });
            // One hop: pods do not reach the instance's metadata, and with them the rights of the node.
            s.metadata_options(|m| {
                m.endpoint("enabled").ipv6("disabled").hops(1i64).tokens("required");
            });
            if !cluster.kubelet.is_empty() {
                s.kubelet(|k| k.set(|tape| cluster.kubelet.iter().for_each(|(name, value)| field(name, value, tape))));
            }
        });
    });
}
