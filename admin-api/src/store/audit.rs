//! The audit trail: append-only rows, written in the transaction of the change they record.

use super::{Scope, StoreError, Tx, Window, affected, each};

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct AuditRow {
    pub(crate) id: String,
    pub(crate) at: i64,
    pub(crate) org_id: Option<String>,
    pub(crate) account_id: Option<String>,
    pub(crate) actor: String,
    pub(crate) action: String,
    pub(crate) target: String,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) client_ip: Option<String>,
}

/// Appends a row.
pub(crate) async fn append(tx: &mut Tx, row: &AuditRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO audit (id, at, org_id, account_id, actor, action, target, \
                       before, after, request_id, client_ip) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    affected!(
        tx,
        SQL,
        &row.id,
        row.at,
        row.org_id.as_deref(),
        row.account_id.as_deref(),
        &row.actor,
        &row.action,
        &row.target,
        row.before.as_deref(),
        row.after.as_deref(),
        row.request_id.as_deref(),
        row.client_ip.as_deref(),
    );
    Ok(())
}

/// The rows that the scope reaches, newest first, before the id `window.after` (empty: from the
/// newest on).
pub(crate) async fn list(
    tx: &mut Tx,
    scope: &Scope,
    window: &Window,
) -> Result<Vec<AuditRow>, StoreError> {
    const SQL: &str = "SELECT id, at, org_id, account_id, actor, action, target, before, after, \
                       request_id, client_ip FROM audit \
                       WHERE ($1 = '' OR id < $1) \
                       AND (CAST($2 AS TEXT) IS NULL OR org_id = $2) \
                       AND (CAST($3 AS TEXT) IS NULL OR account_id = $3) \
                       ORDER BY id DESC LIMIT $4";
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(&window.after)
        .bind(scope.org_id.as_deref())
        .bind(scope.account_id.as_deref())
        .bind(window.limit)
        .fetch_all(c))?)
}
