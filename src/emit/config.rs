//! What tiers share and name: ConfigMap, PersistentVolumeClaim, ExternalSecret. Never a Secret with data.

use super::{labels, or};
use crate::kinds::core::{ConfigMap, PersistentVolumeClaim};
use crate::kinds::external_secrets::ExternalSecret;
use crate::plan::model::{App, Plan};
use crate::tape::Tapes;

/// Writes the ConfigMaps and ExternalSecrets of an app and of its tiers, and the claims of an app.
pub(super) fn emit(app: &App, _: &Plan, out: &mut Tapes) {
    for config in &app.configs {
        ConfigMap::write(out, or(config.origin, app.origin), |o| {
            o.metadata(|m| labels::app(m, app, &config.owner, &config.name)).data(&config.data);
        });
    }
    for claim in &app.claims {
        PersistentVolumeClaim::write(out, or(claim.name.origin, app.origin), |o| {
            o.metadata(|m| labels::app(m, app, &claim.label, &claim.name)).spec(|s| super::workload::claim_spec(s, claim));
        });
    }
    for secret in &app.external_secrets {
        ExternalSecret::write(out, or(secret.origin, app.origin), |o| {
            o.metadata(|m| labels::app(m, app, &secret.owner, &secret.name));
            o.spec(|s| {
                s.refresh_interval(&secret.refresh);
                s.secret_store_ref(|r| {
                    r.kind(&secret.store.0).name(&secret.store.1);
                });
                s.target(|t| {
                    t.name(&secret.name);
                });
                s.data(
                    &secret.data,
                    |(_, key, _)| key.origin,
                    |d, (name, key, property)| {
                        d.secret_key(name).remote_ref(|r| {
                            r.key(key).property(property);
                        });
                    },
                );
            });
        });
    }
}
