//! Service accounts: programs that call the API, whose keys come and go.

use super::list::{Conditions, Kind, List, Listed, Value, field};
use super::{Scope, StoreError, Tx, affected, each};
use crate::ids::IdKind;

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct ServiceAccountRow {
    pub(crate) id: String,
    pub(crate) name: String,
    /// A built-in's name or an access role's id.
    pub(crate) role: String,
    pub(crate) org_id: Option<String>,
    pub(crate) account_id: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) disabled_at: Option<i64>,
    pub(crate) version: i64,
}

impl ServiceAccountRow {
    pub(crate) fn scope(&self) -> Scope {
        Scope::of(self.org_id.as_deref(), self.account_id.as_deref())
    }
}

macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT id, name, role, org_id, account_id, created_at, updated_at, disabled_at, \
             version FROM service_accounts ",
            $where,
        )
    };
}

/// Stores a new service account.
pub(crate) async fn insert(tx: &mut Tx, row: &ServiceAccountRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO service_accounts (id, name, role, org_id, account_id, \
                       created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.name,
        &row.role,
        row.org_id.as_deref(),
        row.account_id.as_deref(),
        row.created_at,
    );
    Ok(())
}

/// The service account with this id, if the scope reaches it.
pub(crate) async fn find(
    tx: &mut Tx,
    scope: &Scope,
    id: &str,
) -> Result<Option<ServiceAccountRow>, StoreError> {
    const SQL: &str = select!(
        "WHERE id = $1 AND (CAST($2 AS TEXT) IS NULL OR org_id = $2) \
         AND (CAST($3 AS TEXT) IS NULL OR account_id = $3)"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(id)
        .bind(scope.org_id.as_deref())
        .bind(scope.account_id.as_deref())
        .fetch_optional(c))?)
}

impl Listed for ServiceAccountRow {
    const ID: Option<IdKind> = Some(IdKind::ServiceAccount);
    const LIST: List = List {
        select: select!(""),
        from: "FROM service_accounts",
        id: "id",
        newest_first: false,
        sorts: &[field("name", "name", Kind::Text)],
        filters: &[
            field("name", "name", Kind::Text),
            field("org", "org_id", Kind::Text),
            field("account", "account_id", Kind::Text),
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

/// The service accounts that the scope reaches.
pub(crate) fn within(scope: &Scope) -> Conditions {
    Conditions::default().reached_by(scope)
}

/// Changes name, role and whether it may call.
pub(crate) async fn update(tx: &mut Tx, row: &ServiceAccountRow) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE service_accounts SET name = $2, role = $3, disabled_at = $4, \
                       updated_at = $5, version = version + 1 WHERE id = $1";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.name,
        &row.role,
        row.disabled_at,
        row.updated_at
    );
    Ok(())
}

/// Deletes a service account and all of its keys.
pub(crate) async fn delete(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    affected!(tx, "DELETE FROM api_keys WHERE service_account_id = $1", id);
    affected!(tx, "DELETE FROM service_accounts WHERE id = $1", id);
    Ok(())
}
