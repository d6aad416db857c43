//! Activations: an exporter's permissions for single accounts to import a private export.

use super::list::{Conditions, Kind, List, Listed, Value, field};
use super::{StoreError, Tx, affected, each};
use crate::ids::IdKind;

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct ActivationRow {
    pub(crate) id: String,
    pub(crate) account_id: String,
    pub(crate) export_id: String,
    pub(crate) importer_key: String,
    pub(crate) issued_at: i64,
    /// 0: never.
    pub(crate) expires_at: i64,
    pub(crate) revoked_at: Option<i64>,
    pub(crate) created_at: i64,
}

/// Up to when an importer's tokens for an export are revoked.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct RevokedActivation {
    pub(crate) export_id: String,
    pub(crate) importer_key: String,
    pub(crate) revoked_at: i64,
}

macro_rules! select_activations {
    ($where:literal) => {
        concat!(
            "SELECT id, account_id, export_id, importer_key, issued_at, expires_at, revoked_at, \
             created_at FROM activations ",
            $where
        )
    };
}

/// Remembers a permission.
pub(crate) async fn insert(tx: &mut Tx, row: &ActivationRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO activations (id, account_id, export_id, importer_key, \
                       issued_at, expires_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.account_id,
        &row.export_id,
        &row.importer_key,
        row.issued_at,
        row.expires_at,
        row.created_at,
    );
    Ok(())
}

/// The permission with this id.
pub(crate) async fn find(
    tx: &mut Tx,
    export_id: &str,
    id: &str,
) -> Result<Option<ActivationRow>, StoreError> {
    const SQL: &str = select_activations!("WHERE export_id = $1 AND id = $2");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(export_id).bind(id).fetch_optional(c))?)
}

impl Listed for ActivationRow {
    const ID: Option<IdKind> = Some(IdKind::Activation);
    const LIST: List = List {
        select: select_activations!(""),
        from: "FROM activations",
        id: "id",
        newest_first: false,
        sorts: &[],
        filters: &[field("importer", "importer_key", Kind::Text)],
        search: None,
    };

    fn id(&self) -> &str {
        &self.id
    }

    fn sort_value(&self, _: &str) -> Value {
        Value::from(&*self.id)
    }
}

/// An export's permissions.
pub(crate) fn of(export_id: &str) -> Conditions {
    Conditions::default().equal("export_id", export_id)
}

/// The newest permission of this importer that holds at `now`.
pub(crate) async fn standing(
    tx: &mut Tx,
    export_id: &str,
    importer_key: &str,
    now: i64,
) -> Result<Option<ActivationRow>, StoreError> {
    const SQL: &str = select_activations!(
        "WHERE export_id = $1 AND importer_key = $2 AND revoked_at IS NULL \
         AND (expires_at = 0 OR expires_at > $3) ORDER BY id DESC LIMIT 1"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(export_id)
        .bind(importer_key)
        .bind(now)
        .fetch_optional(c))?)
}

/// Revokes what this importer was permitted. `false` when there was nothing left to revoke.
pub(crate) async fn revoke(
    tx: &mut Tx,
    export_id: &str,
    importer_key: &str,
    at: i64,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE activations \
                       SET revoked_at = CASE WHEN issued_at > $3 THEN issued_at ELSE $3 END \
                       WHERE export_id = $1 AND importer_key = $2 AND revoked_at IS NULL";
    Ok(affected!(tx, SQL, export_id, importer_key, at) > 0)
}

/// Up to when this importer's tokens are revoked.
pub(crate) async fn revoked_at(
    tx: &mut Tx,
    export_id: &str,
    importer_key: &str,
) -> Result<Option<i64>, StoreError> {
    const SQL: &str = "SELECT MAX(revoked_at) FROM activations \
                       WHERE export_id = $1 AND importer_key = $2";
    Ok(each!(tx, c => sqlx::query_scalar(SQL)
        .bind(export_id)
        .bind(importer_key)
        .fetch_one(c))?)
}

/// What an account's claims revoke: entries whose last token has expired at `now` are left out.
pub(crate) async fn revoked(
    tx: &mut Tx,
    account_id: &str,
    now: i64,
) -> Result<Vec<RevokedActivation>, StoreError> {
    const SQL: &str = "SELECT export_id, importer_key, MAX(revoked_at) AS revoked_at \
                       FROM activations WHERE account_id = $1 AND revoked_at IS NOT NULL \
                       AND (expires_at = 0 OR expires_at > $2) \
                       GROUP BY export_id, importer_key ORDER BY export_id, importer_key";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).bind(now).fetch_all(c))?)
}
