//! Organisations: they own accounts, and API keys may be bound to one.

use super::{Scope, StoreError, Tx, Window, affected, each};

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct OrgRow {
    pub(crate) id: String,
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) created_at: i64,
}

/// Stores a new organisation; [`StoreError::Duplicate`] when the slug is taken.
pub(crate) async fn insert(tx: &mut Tx, row: &OrgRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO orgs (id, slug, name, created_at) VALUES ($1, $2, $3, $4)";
    affected!(tx, SQL, &row.id, &row.slug, &row.name, row.created_at);
    Ok(())
}

/// The organisation with this id or slug, if the scope reaches it.
pub(crate) async fn find(
    tx: &mut Tx,
    scope: &Scope,
    reference: &str,
) -> Result<Option<OrgRow>, StoreError> {
    const SQL: &str = "SELECT id, slug, name, created_at FROM orgs \
                       WHERE (id = $1 OR slug = $1) \
                       AND (CAST($2 AS TEXT) IS NULL OR id = $2)";
    let org = scope.org_id.as_deref();
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(reference).bind(org).fetch_optional(c))?)
}

/// The organisations that the scope reaches, oldest first.
pub(crate) async fn list(
    tx: &mut Tx,
    scope: &Scope,
    window: &Window,
) -> Result<Vec<OrgRow>, StoreError> {
    const SQL: &str = "SELECT id, slug, name, created_at FROM orgs \
                       WHERE id > $1 AND (CAST($2 AS TEXT) IS NULL OR id = $2) \
                       ORDER BY id LIMIT $3";
    let org = scope.org_id.as_deref();
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(&window.after)
        .bind(org)
        .bind(window.limit)
        .fetch_all(c))?)
}

/// Renames an organisation.
pub(crate) async fn rename(tx: &mut Tx, id: &str, name: &str) -> Result<(), StoreError> {
    affected!(tx, "UPDATE orgs SET name = $2 WHERE id = $1", id, name);
    Ok(())
}

/// Deletes an organisation with its keys, people's memberships and roles. [`StoreError::InUse`]
/// while it has an account, also one that is deleted but not purged.
pub(crate) async fn delete(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM api_keys WHERE org_id = $1 AND account_id IS NULL",
        "DELETE FROM service_accounts WHERE org_id = $1 AND account_id IS NULL",
        "DELETE FROM sign_in_links WHERE org_id = $1 AND account_id IS NULL",
        "DELETE FROM memberships WHERE org_id = $1 AND account_id IS NULL",
        "DELETE FROM members WHERE provider_id IN \
         (SELECT id FROM identity_providers WHERE org_id = $1)",
        "DELETE FROM identity_providers WHERE org_id = $1",
        "DELETE FROM access_roles WHERE org_id = $1",
        "DELETE FROM orgs WHERE id = $1",
    ] {
        affected!(tx, sql, id);
    }
    Ok(())
}
