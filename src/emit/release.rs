//! Rollouts and the AnalysisTemplates that they measure by.

use super::{inherited, labels, or, pod, workload};
use crate::kinds::Pair;
use crate::kinds::argo::{self, AnalysisTemplate, Rollout};
use crate::plan::model::release::{
    Analysis, BlueGreen, CANARY, Canary, MARKED, MIRRORED, Promote, Provider, Release, Router, STABLE, Step,
};
use crate::plan::model::{App, At, Controller, Plan, Workload};
use crate::tape::{Key, Origin, Tape, Tapes, key};

/// Writes the AnalysisTemplates of an app. Its Rollouts are written with its other workloads.
pub(super) fn emit(app: &App, _: &Plan, out: &mut Tapes) {
    for workload in &app.workloads {
        for analysis in &workload.analyses {
            template(app, workload, analysis, out);
        }
    }
}

/// The template is that of a Deployment, which restarts always and has no deadline of its own (A5). A deadline of the rollout that passes takes
/// the old version back to everything: a canary that hangs serves its share otherwise, for as long as nobody looks.
pub(super) fn rollout(app: &App, workload: &Workload, out: &mut Tapes) {
    let Controller::Rollout { replicas, release, min_ready, progress_deadline, history } = &workload.controller else { return };
    Rollout::write(out, workload.origin, |o| {
        o.metadata(|m| labels::workload(m, app, workload, &workload.object));
        o.spec(|s| {
            s.replicas(replicas).revision_history_limit(history).progress_deadline_seconds(progress_deadline).progress_deadline_abort(true);
            s.min_ready_seconds(min_ready).selector(|s| labels::select(s, &workload.object.value));
            s.strategy(or(release.origin(), workload.origin), |s| {
                match &**release {
                    Release::Canary(c) => s.canary(|s| canary(s, app, c)),
                    Release::BlueGreen(b) => s.blue_green(|s| blue_green(s, b, workload)),
                };
            });
            s.template(|t| pod::template(t, app, workload));
        });
    });
}

/// How many old versions keep their pods for a while: fewer than the ten that `revisionHistoryLimit` keeps at all (A8).
const OLD_VERSIONS: i64 = 1;

fn canary(s: &mut argo::CanaryStrategy<'_>, app: &App, canary: &Canary) {
    if let Some((stable, new)) = &canary.services {
        s.stable_service(stable).canary_service(new);
    }
    s.max_surge(&canary.surge).max_unavailable(&canary.unavailable).scale_down_delay_seconds(&canary.keep_old);
    if let Some(router) = &canary.router {
        // A second release within the delay does not find two old versions.
        s.scale_down_delay_revision_limit(OLD_VERSIONS).traffic_routing(|t| routing(t, app, router));
    }
    if !canary.background.is_empty() {
        s.analysis(|a| {
            a.templates(
                &canary.background,
                |name| name.origin,
                |t, name| {
                    t.template_name(name);
                },
            );
        });
    }
    s.steps(&canary.steps, |step| step.origin, |s, at| step(s, &at.value));
}

fn routing(t: &mut argo::TrafficRouting<'_>, app: &App, router: &Router) {
    t.managed_routes(&router.managed, inherited, |n, name| {
        n.name(name);
    });
    if !router.routes.is_empty() {
        t.istio(|i| {
            i.virtual_services(&router.routes, inherited, |v, (name, rules)| {
                v.name(name).routes(rules);
            });
            if let Some(rule) = &router.destination {
                i.destination_rule(|d| {
                    d.name(rule).stable(STABLE).canary(CANARY);
                });
            }
        });
    }
    match router.ingresses.as_slice() {
        [] => {}
        [one] => {
            t.nginx(|n| {
                n.stable_ingress(one);
                marked(n, router);
            });
        }
        several => {
            t.nginx(|n| {
                n.stable_ingresses(several);
                marked(n, router);
            });
        }
    }
    if !(router.http.is_empty() && router.grpc.is_empty()) {
        t.plugins([Plugin { router, namespace: &app.namespace.value }]);
    }
}

/// Annotations of the Ingress that the controller makes: it puts ingress-nginx's prefix before each, and a header there counts before the weight.
fn marked(n: &mut argo::NginxRouting<'_>, router: &Router) {
    if let Some(At { value: (name, value), origin }) = &router.marked {
        n.additional_ingress_annotations([
            ("canary-by-header", At::new(&**name, *origin)),
            ("canary-by-header-value", At::new(&**value, *origin)),
        ]);
    }
}

/// What the controller's plugin for the Gateway API is told: which routes, and whether rules of its own may be put into them.
struct Plugin<'a> {
    router: &'a Router,
    namespace: &'a str,
}

impl Pair for Plugin<'_> {
    fn put(self, tape: &mut Tape) {
        let (own, http, grpc) = (tape.intern("argoproj-labs/gatewayAPI"), tape.intern("httpRoutes"), tape.intern("grpcRoutes"));
        let marks = tape.intern("useHeaderRoutes");
        let map = tape.map(own, Origin::NONE);
        tape.str(key("namespace"), self.namespace, Origin::NONE);
        for (list, routes) in [(http, &self.router.http), (grpc, &self.router.grpc)].into_iter().filter(|(_, routes)| !routes.is_empty()) {
            let list = tape.seq(list, Origin::NONE);
            for name in routes {
                let route = tape.map(Key::NONE, Origin::NONE);
                tape.str(key("name"), name, Origin::NONE);
                tape.bool(marks, self.router.managed.iter().any(|m| &**m == MARKED), Origin::NONE);
                tape.close(route);
            }
            tape.close(list);
        }
        tape.close(map);
    }
}

fn step(s: &mut argo::CanaryStep<'_>, step: &Step) {
    match step {
        Step::Weight(weight) => s.set_weight(*weight),
        Step::Pause(time) => s.pause(|p| {
            if let Some(time) = time {
                p.duration(format_args!("{time}"));
            }
        }),
        Step::Scale(pods) => s.set_canary_scale(|c| {
            c.replicas(*pods);
        }),
        Step::ScaleTo(weight) => s.set_canary_scale(|c| {
            c.weight(*weight);
        }),
        Step::Match => s.set_canary_scale(|c| {
            c.match_traffic_weight(true);
        }),
        Step::Header { name, value } => s.set_header_route(|r| {
            r.name(MARKED).matches([(name, value)], inherited, |m, (name, value)| {
                m.header_name(name).header_value(|v| {
                    v.exact(value);
                });
            });
        }),
        // Without a match the rule is taken out.
        Step::Mirror(0) => s.set_mirror_route(|r| {
            r.name(MIRRORED);
        }),
        Step::Mirror(share) => s.set_mirror_route(|r| {
            r.name(MIRRORED).percentage(*share).matches(["/"], inherited, |m, path| {
                m.path(|p| {
                    p.prefix(path);
                });
            });
        }),
        Step::Verify(name) => s.analysis(|a| {
            a.templates([name], inherited, |t, name| {
                t.template_name(name);
            });
        }),
    };
}

fn blue_green(s: &mut argo::BlueGreenStrategy<'_>, b: &BlueGreen, workload: &Workload) {
    s.active_service(&workload.object).preview_service(&b.preview).preview_replica_count(&b.preview_pods);
    match b.promote.value {
        Promote::ByHand => s.auto_promotion_enabled(false),
        Promote::After(0) => s.auto_promotion_enabled(true),
        Promote::After(seconds) => s.auto_promotion_enabled(true).auto_promotion_seconds(seconds),
    };
    s.scale_down_delay_seconds(&b.keep_old).scale_down_delay_revision_limit(OLD_VERSIONS);
    if let Some(name) = &b.before {
        s.pre_promotion_analysis(|a| {
            a.templates(
                [name],
                |name| name.origin,
                |t, name| {
                    t.template_name(name);
                },
            );
        });
    }
    if let Some(name) = &b.after {
        s.post_promotion_analysis(|a| {
            a.templates(
                [name],
                |name| name.origin,
                |t, name| {
                    t.template_name(name);
                },
            );
        });
    }
}

fn template(app: &App, workload: &Workload, analysis: &Analysis, out: &mut Tapes) {
    AnalysisTemplate::write(out, analysis.origin, |o| {
        o.metadata(|m| labels::workload(m, app, workload, &analysis.name));
        o.spec(|s| {
            s.metrics([analysis], inherited, |m, analysis| metric(m, app, analysis));
        });
    });
}

fn metric(m: &mut argo::Metric<'_>, app: &App, analysis: &Analysis) {
    m.name(&analysis.metric).count(analysis.count).failure_limit(&analysis.failures).success_condition(&analysis.condition);
    if let Some(every) = &analysis.every {
        m.interval(format_args!("{every}"));
    }
    m.provider(|p| {
        match &analysis.provider {
            Provider::Prometheus { address, query } => p.prometheus(|p| {
                p.address(address).query(query);
            }),
            Provider::Web { url, path } => p.web(|w| {
                w.url(url).json_path(path);
            }),
            // Its pods are those of the app's job: account, policies and limits are planned with it.
            Provider::Job(name) => p.job(|j| {
                let job = app.workloads.iter().find(|w| w.object.value == name.value);
                if let Some((job, own)) =
                    job.and_then(|w| if let Controller::Verification(own) = &w.controller { Some((w, own)) } else { None })
                {
                    j.metadata(|m| {
                        m.labels(labels::of_workload(app, job));
                    });
                    j.spec(|s| workload::job(s, app, job, own));
                }
            }),
        };
    });
}
