//! external-secrets.io/v1, the External Secrets Operator's CRD.

use super::meta::Meta;

objects! {
    ExternalSecret "external-secrets.io/v1"
}

shapes! {
    /// ExternalSecret.
    ExternalSecret { metadata "metadata" {Meta}, spec "spec" {ExternalSecretSpec} }
    /// Its spec.
    ExternalSecretSpec {
        refresh_interval "refreshInterval" text, secret_store_ref "secretStoreRef" {StoreReference}, target "target" {SecretTarget},
        data "data" [SecretData],
    }
    /// The store that it reads.
    StoreReference { kind "kind" text, name "name" text }
    /// The Secret that it makes.
    SecretTarget { name "name" text }
    /// One key of that Secret.
    SecretData { secret_key "secretKey" text, remote_ref "remoteRef" {RemoteReference} }
    /// Where the key's value lies in the store.
    RemoteReference { key "key" text, property "property" text }
}
