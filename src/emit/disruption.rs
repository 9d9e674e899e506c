//! PodDisruptionBudgets.

use super::{labels, or};
use crate::kinds::policy::PodDisruptionBudget;
use crate::plan::model::{App, BudgetRule, Plan};
use crate::tape::Tapes;

/// Writes the budgets of an app. A pod that is not ready may always be evicted (check 58): it serves nobody, and a node must be drainable.
pub(super) fn emit(app: &App, _: &Plan, out: &mut Tapes) {
    for workload in &app.workloads {
        let Some(budget) = &workload.budget else { continue };
        PodDisruptionBudget::write(out, or(budget.origin, workload.origin), |o| {
            o.metadata(|m| labels::workload(m, app, workload, &workload.object));
            o.spec(|s| {
                match &budget.rule {
                    BudgetRule::MaxUnavailable(count) => s.max_unavailable(count),
                    BudgetRule::MinAvailable(count) => s.min_available(count),
                };
                s.selector(|s| labels::select(s, &workload.object.value)).unhealthy_pod_eviction_policy("AlwaysAllow");
            });
        });
    }
}
