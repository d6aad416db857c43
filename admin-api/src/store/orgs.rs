//! Organisations: they own accounts, and API keys may be bound to one.

use super::list::{Conditions, Kind, List, Listed, Value, field};
use super::{Scope, StoreError, Tx, affected, each};
use crate::ids::IdKind;

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct OrgRow {
    pub(crate) id: String,
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) created_at: i64,
    pub(crate) version: i64,
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
    const SQL: &str = "SELECT id, slug, name, created_at, version FROM orgs \
                       WHERE (id = $1 OR slug = $1) \
                       AND (CAST($2 AS TEXT) IS NULL OR id = $2)";
    let org = scope.org_id.as_deref();
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(reference).bind(org).fetch_optional(c))?)
}

impl Listed for OrgRow {
    const ID: Option<IdKind> = Some(IdKind::Org);
    const LIST: List = List {
        select: "SELECT id, slug, name, created_at, version FROM orgs",
        from: "FROM orgs",
        id: "id",
        newest_first: false,
        sorts: &[
            field("name", "name", Kind::Text),
            field("slug", "slug", Kind::Text),
        ],
        filters: &[
            field("name", "name", Kind::Text),
            field("slug", "slug", Kind::Text),
        ],
        search: Some(field("slug", "slug", Kind::Text)),
    };

    fn id(&self) -> &str {
        &self.id
    }

    fn sort_value(&self, name: &str) -> Value {
        Value::from(if name == "name" {
            &*self.name
        } else {
            &*self.slug
        })
    }
}

/// The organisations that the scope reaches.
pub(crate) fn within(scope: &Scope) -> Conditions {
    Conditions::default().within("id", scope.org_id.as_deref())
}

/// The organisation with this id, locked until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx, id: &str) -> Result<Option<OrgRow>, StoreError> {
    // An UPDATE locks the row on both databases; `FOR UPDATE` exists on one only.
    if affected!(&mut *tx, "UPDATE orgs SET id = id WHERE id = $1", id) == 0 {
        return Ok(None);
    }
    find(tx, &Scope::default(), id).await
}

/// Renames an organisation.
pub(crate) async fn rename(tx: &mut Tx, id: &str, name: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE orgs SET name = $2, version = version + 1 WHERE id = $1";
    affected!(tx, SQL, id, name);
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
        "DELETE FROM webhooks WHERE org_id = $1 AND account_id IS NULL",
        "DELETE FROM orgs WHERE id = $1",
    ] {
        affected!(tx, sql, id);
    }
    Ok(())
}
