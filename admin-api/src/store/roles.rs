//! Access roles: sets of rights beside the built-in ones, of an organisation or of the platform.

use super::list::{Conditions, Kind, List, Listed, Value, field};
use super::{Scope, StoreError, Tx, affected, each};
use crate::ids::IdKind;

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct AccessRoleRow {
    pub(crate) id: String,
    /// Absent: for every organisation.
    pub(crate) org_id: Option<String>,
    pub(crate) name: String,
    pub(crate) rights: String,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) version: i64,
}

macro_rules! select_roles {
    ($rest:literal) => {
        concat!(
            "SELECT id, org_id, name, rights, created_at, updated_at, version FROM access_roles ",
            $rest
        )
    };
}

/// Stores a new role; [`StoreError::Duplicate`] when the organisation has one of this name.
pub(crate) async fn insert(tx: &mut Tx, row: &AccessRoleRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO access_roles (id, org_id, name, rights, created_at, \
                       updated_at) VALUES ($1, $2, $3, $4, $5, $6)";
    affected!(
        tx,
        SQL,
        &row.id,
        row.org_id.as_deref(),
        &row.name,
        &row.rights,
        row.created_at,
        row.updated_at,
    );
    Ok(())
}

/// The role with this id, if the scope may see it: its own organisation's, or one for all.
pub(crate) async fn find(
    tx: &mut Tx,
    scope: &Scope,
    id: &str,
) -> Result<Option<AccessRoleRow>, StoreError> {
    const SQL: &str = select_roles!(
        "WHERE id = $1 \
         AND (org_id IS NULL OR CAST($2 AS TEXT) IS NULL OR org_id = $2)"
    );
    let org = scope.org_id.as_deref();
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(id).bind(org).fetch_optional(c))?)
}

/// The role with this id or name that may be given in the organisation: its own before one for
/// all; without an organisation only one for all.
pub(crate) async fn find_for(
    tx: &mut Tx,
    org_id: Option<&str>,
    reference: &str,
) -> Result<Option<AccessRoleRow>, StoreError> {
    const SQL: &str = select_roles!(
        "WHERE (id = $1 OR name = $1) AND (org_id IS NULL OR org_id = $2) \
         ORDER BY CASE WHEN org_id IS NULL THEN 1 ELSE 0 END, id LIMIT 1"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(reference).bind(org_id).fetch_optional(c))?)
}

/// The rights of the role with this id; `None` for a built-in role and for none.
pub(crate) async fn rights(tx: &mut Tx, id: &str) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT rights FROM access_roles WHERE id = $1";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(id).fetch_optional(c))?)
}

impl Listed for AccessRoleRow {
    const ID: Option<IdKind> = Some(IdKind::AccessRole);
    const LIST: List = List {
        select: select_roles!(""),
        from: "FROM access_roles",
        id: "id",
        newest_first: false,
        sorts: &[field("name", "name", Kind::Text)],
        filters: &[
            field("name", "name", Kind::Text),
            field("org", "org_id", Kind::Text),
        ],
        search: Some(field("name", "name", Kind::Text)),
    };

    fn id(&self) -> &str {
        &self.id
    }

    fn sort_value(&self, _: &str) -> Value {
        Value::from(&*self.name)
    }
}

/// The roles that the scope may use: its own organisation's, and those for all.
pub(crate) fn within(scope: &Scope) -> Conditions {
    let all = Conditions::default();
    match &scope.org_id {
        None => all,
        Some(org) => all.one_of(&[("org_id = {}", &[org]), ("org_id IS NULL", &[])]),
    }
}

/// Changes a role for everybody who has it.
pub(crate) async fn update(tx: &mut Tx, row: &AccessRoleRow) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE access_roles SET name = $2, rights = $3, updated_at = $4, \
                       version = version + 1 WHERE id = $1";
    affected!(tx, SQL, &row.id, &row.name, &row.rights, row.updated_at);
    Ok(())
}

/// How many keys, service accounts, memberships and open links have the role.
pub(crate) async fn holders(tx: &mut Tx, id: &str) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT (SELECT COUNT(*) FROM api_keys \
                       WHERE role = $1 AND revoked_at IS NULL) \
                       + (SELECT COUNT(*) FROM service_accounts WHERE role = $1) \
                       + (SELECT COUNT(*) FROM memberships WHERE role = $1) \
                       + (SELECT COUNT(*) FROM sign_in_links \
                       WHERE role = $1 AND ended_at IS NULL)";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(id).fetch_one(c))?)
}

/// Deletes a role that nobody has.
pub(crate) async fn delete(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    affected!(tx, "DELETE FROM access_roles WHERE id = $1", id);
    Ok(())
}
