//! Who a pod is to the API server, and what it may do there: ServiceAccount, Role, RoleBinding.

use super::labels;
use crate::kinds::core::ServiceAccount;
use crate::kinds::rbac::{Role, RoleBinding};
use crate::plan::model::{App, Plan, Workload};
use crate::tape::Tapes;

const GROUP: &str = "rbac.authorization.k8s.io";

/// Writes the accounts and the permissions of an app.
pub(super) fn emit(app: &App, _: &Plan, out: &mut Tapes) {
    for workload in &app.workloads {
        if workload.account.create {
            account(app, workload, out);
        }
        if !workload.permissions.is_empty() {
            permissions(app, workload, out);
        }
    }
}

/// The account itself mounts no token (check 31): the pod that wants one says so, and its word is the one that counts.
fn account(app: &App, workload: &Workload, out: &mut Tapes) {
    ServiceAccount::write(out, workload.origin, |o| {
        o.metadata(|m| labels::workload(m, app, workload, &workload.account.name)).automount_service_account_token(false);
    });
}

fn permissions(app: &App, workload: &Workload, out: &mut Tapes) {
    Role::write(out, workload.origin, |o| {
        o.metadata(|m| labels::workload(m, app, workload, &workload.object));
        o.rules(
            &workload.permissions,
            |rule| rule.origin,
            |r, rule| {
                r.api_groups(&rule.groups).resources(&rule.resources).resource_names(&rule.names).verbs(&rule.verbs);
            },
        );
    });
    RoleBinding::write(out, workload.origin, |o| {
        o.metadata(|m| labels::workload(m, app, workload, &workload.object));
        o.role_ref(|r| {
            r.api_group(GROUP).kind(Role::KIND).name(&workload.object);
        });
        o.subjects(
            [&workload.account],
            |account| account.name.origin,
            |s, account| {
                s.kind(ServiceAccount::KIND).name(&account.name).namespace(&app.namespace);
            },
        );
    });
}
