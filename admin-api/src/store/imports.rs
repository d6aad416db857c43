//! Imports of an account: what it takes from whom, and where it appears.

use super::list::{Conditions, Kind, List, Listed, Value, field};
use super::{StoreError, Tx, affected, each};
use crate::ids::IdKind;

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct ImportRow {
    pub(crate) id: String,
    pub(crate) account_id: String,
    pub(crate) exporter_id: String,
    pub(crate) exporter_slug: String,
    pub(crate) exporter_key: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) local_subject: String,
    pub(crate) token: Option<String>,
    pub(crate) created_at: i64,
    /// [`crate::sharing::ImportDetails`] as JSON.
    pub(crate) details: String,
    pub(crate) version: i64,
}

macro_rules! select_imports {
    ($where:literal) => {
        concat!(
            "SELECT i.id, i.account_id, i.exporter_id, x.slug AS exporter_slug, \
             x.public_key AS exporter_key, i.name, i.kind, i.subject, i.local_subject, i.token, \
             i.created_at, i.details, i.version FROM imports i \
             JOIN accounts x ON x.id = i.exporter_id ",
            $where
        )
    };
}

/// Stores a new import.
pub(crate) async fn insert(tx: &mut Tx, row: &ImportRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO imports (id, account_id, exporter_id, name, kind, subject, \
                       local_subject, token, created_at, details) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.account_id,
        &row.exporter_id,
        &row.name,
        &row.kind,
        &row.subject,
        &row.local_subject,
        row.token.as_deref(),
        row.created_at,
        &row.details,
    );
    Ok(())
}

/// Stores what may change of an import.
pub(crate) async fn update(tx: &mut Tx, row: &ImportRow) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE imports SET name = $2, local_subject = $3, details = $4, \
                       version = version + 1 WHERE id = $1";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.name,
        &row.local_subject,
        &row.details
    );
    Ok(())
}

/// Puts another activation token into an import.
pub(crate) async fn set_token(tx: &mut Tx, id: &str, token: &str) -> Result<(), StoreError> {
    affected!(tx, "UPDATE imports SET token = $2 WHERE id = $1", id, token);
    Ok(())
}

/// Imports from this account, whoever has them.
pub(crate) async fn from_account(
    tx: &mut Tx,
    exporter_id: &str,
) -> Result<Vec<ImportRow>, StoreError> {
    const SQL: &str = select_imports!("WHERE i.exporter_id = $1 ORDER BY i.account_id, i.id");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(exporter_id).fetch_all(c))?)
}

/// All imports of the installation, oldest first.
pub(crate) async fn all(tx: &mut Tx, limit: i64) -> Result<Vec<ImportRow>, StoreError> {
    const SQL: &str = select_imports!("ORDER BY i.id LIMIT $1");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(limit).fetch_all(c))?)
}

/// The import with this id.
pub(crate) async fn find(
    tx: &mut Tx,
    account_id: &str,
    id: &str,
) -> Result<Option<ImportRow>, StoreError> {
    const SQL: &str = select_imports!("WHERE i.account_id = $1 AND i.id = $2");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).bind(id).fetch_optional(c))?)
}

impl Listed for ImportRow {
    const ID: Option<IdKind> = Some(IdKind::Import);
    const LIST: List = List {
        select: select_imports!(""),
        from: "FROM imports i JOIN accounts x ON x.id = i.exporter_id",
        id: "i.id",
        newest_first: false,
        sorts: &[
            field("name", "i.name", Kind::Text),
            field("local_subject", "i.local_subject", Kind::Text),
        ],
        filters: &[
            field("kind", "i.kind", Kind::Text),
            field("exporter", "x.slug", Kind::Text),
            field("local_subject", "i.local_subject", Kind::Text),
        ],
        search: Some(field("local_subject", "i.local_subject", Kind::Text)),
    };

    fn id(&self) -> &str {
        &self.id
    }

    fn sort_value(&self, name: &str) -> Value {
        Value::from(if name == "name" {
            &*self.name
        } else {
            &*self.local_subject
        })
    }
}

/// The account's imports.
pub(crate) fn of(account_id: &str) -> Conditions {
    Conditions::default().equal("i.account_id", account_id)
}

/// All imports of an account: what its claims say.
pub(crate) async fn of_account(
    tx: &mut Tx,
    account_id: &str,
) -> Result<Vec<ImportRow>, StoreError> {
    const SQL: &str = select_imports!("WHERE i.account_id = $1 ORDER BY i.id");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).fetch_all(c))?)
}

/// Removes an import. `false` when it was gone already.
pub(crate) async fn delete(tx: &mut Tx, account_id: &str, id: &str) -> Result<bool, StoreError> {
    Ok(affected!(
        tx,
        "DELETE FROM imports WHERE account_id = $1 AND id = $2",
        account_id,
        id
    ) == 1)
}

/// An import from the exporter's side: whose it is, and what it takes.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct TakenRow {
    pub(crate) id: String,
    pub(crate) account_id: String,
    pub(crate) org_id: String,
    pub(crate) kind: String,
    pub(crate) subject: String,
}

/// What others take from `exporter_id`, oldest first.
pub(crate) async fn from_exporter(
    tx: &mut Tx,
    exporter_id: &str,
    limit: i64,
) -> Result<Vec<TakenRow>, StoreError> {
    const SQL: &str = "SELECT i.id, i.account_id, a.org_id, i.kind, i.subject FROM imports i \
                       JOIN accounts a ON a.id = i.account_id AND a.state <> 'deleted' \
                       WHERE i.exporter_id = $1 ORDER BY i.id LIMIT $2";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(exporter_id).bind(limit).fetch_all(c))?)
}
