//! rbac.authorization.k8s.io/v1.

use super::meta::Meta;

objects! {
    Role "rbac.authorization.k8s.io/v1"
    RoleBinding "rbac.authorization.k8s.io/v1"
    ClusterRole "rbac.authorization.k8s.io/v1"
    ClusterRoleBinding "rbac.authorization.k8s.io/v1"
}

shapes! {
    /// Role.
    Role { metadata "metadata" {Meta}, rules "rules" [PolicyRule] }
    /// PolicyRule.
    PolicyRule { api_groups "apiGroups" texts, resources "resources" texts, resource_names "resourceNames" texts, verbs "verbs" texts }
    /// ClusterRole.
    ClusterRole { metadata "metadata" {Meta}, rules "rules" [PolicyRule] }
    /// ClusterRoleBinding.
    ClusterRoleBinding { metadata "metadata" {Meta}, role_ref "roleRef" {RoleReference}, subjects "subjects" [Subject] }
    /// RoleBinding.
    RoleBinding { metadata "metadata" {Meta}, role_ref "roleRef" {RoleReference}, subjects "subjects" [Subject] }
    /// RoleRef.
    RoleReference { api_group "apiGroup" text, kind "kind" text, name "name" text }
    /// Subject.
    Subject { kind "kind" text, name "name" text, namespace "namespace" text }
}
