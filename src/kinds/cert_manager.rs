//! cert-manager.io/v1.

use super::meta::Meta;

objects! {
    Certificate "cert-manager.io/v1"
}

shapes! {
    /// Certificate.
    Certificate { metadata "metadata" {Meta}, spec "spec" {CertificateSpec} }
    /// Its spec.
    CertificateSpec { secret_name "secretName" text, dns_names "dnsNames" texts, issuer_ref "issuerRef" {IssuerReference} }
    /// ObjectReference.
    IssuerReference { group "group" text, kind "kind" text, name "name" text }
}
