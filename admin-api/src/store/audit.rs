//! The audit trail: append-only rows, written in the transaction of the change they record.

use super::list::{Conditions, Kind, List, Listed, Value, field};
use super::{Scope, StoreError, Tx, affected};

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
    /// Whether the change was only looked at.
    pub(crate) dry_run: bool,
}

/// Appends a row.
pub(crate) async fn append(tx: &mut Tx, row: &AuditRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO audit (id, at, org_id, account_id, actor, action, target, \
                       before, after, request_id, client_ip, dry_run) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
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
        row.dry_run,
    );
    Ok(())
}

impl Listed for AuditRow {
    const LIST: List = List {
        select: "SELECT id, at, org_id, account_id, actor, action, target, before, after, \
                 request_id, client_ip, dry_run FROM audit",
        from: "FROM audit",
        id: "id",
        newest_first: true,
        sorts: &[],
        filters: &[
            field("account", "account_id", Kind::Text),
            field("action", "action", Kind::Text),
            field("actor", "actor", Kind::Text),
            field("target", "target", Kind::Text),
        ],
        search: None,
    };

    fn id(&self) -> &str {
        &self.id
    }

    fn sort_value(&self, _: &str) -> Value {
        Value::from(&*self.id)
    }
}

/// The rows that the scope reaches.
pub(crate) fn within(scope: &Scope) -> Conditions {
    Conditions::default()
        .within("org_id", scope.org_id.as_deref())
        .within("account_id", scope.account_id.as_deref())
}
