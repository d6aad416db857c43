//! Auth callouts: whom an account leaves logins to, and who may sign the users that it lets in.

use super::{StoreError, Tx, affected, each};

/// The callout of an account. Lists are JSON.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct CalloutRow {
    pub(crate) account_id: String,
    /// Ids of the account's users that answer; none: nobody is asked.
    pub(crate) auth_users: String,
    /// Ids of further accounts in which users may be placed, or `*`.
    pub(crate) allowed_accounts: String,
    pub(crate) xkey: Option<String>,
    /// Public keys whose seeds a service holds.
    pub(crate) signing_keys: String,
    pub(crate) updated_at: i64,
    pub(crate) version: i64,
}

/// The callout of an account, if it was ever set.
pub(crate) async fn find(tx: &mut Tx, account_id: &str) -> Result<Option<CalloutRow>, StoreError> {
    const SQL: &str = "SELECT account_id, auth_users, allowed_accounts, xkey, signing_keys, \
                       updated_at, version FROM auth_callouts WHERE account_id = $1";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).fetch_optional(c))?)
}

/// Sets the callout of an account. The caller holds the account's lock.
pub(crate) async fn set(tx: &mut Tx, row: &CalloutRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO auth_callouts (account_id, auth_users, allowed_accounts, xkey, \
                       signing_keys, updated_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7) \
                       ON CONFLICT (account_id) DO UPDATE SET auth_users = $2, \
                       allowed_accounts = $3, xkey = $4, signing_keys = $5, updated_at = $6, \
                       version = $7";
    affected!(
        tx,
        SQL,
        &row.account_id,
        &row.auth_users,
        &row.allowed_accounts,
        row.xkey.as_deref(),
        &row.signing_keys,
        row.updated_at,
        row.version,
    );
    Ok(())
}
