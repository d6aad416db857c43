//! For whom a transaction is: the second wall between tenants (PostgreSQL's row-level security).
//!
//! While a request of a tenant is in work, every transaction that it begins tells the database
//! whose rows it may see. The statements have their own conditions too; where one is forgotten, the
//! wall holds. Work of the installation itself, and the look-up of a credential, see everything.

use std::cell::RefCell;

use sqlx::{Postgres, Transaction};

use super::{Scope, StoreError, Tx};

tokio::task_local! {
    static TENANT: RefCell<Option<Scope>>;
}

/// Runs a request; nobody is known yet.
pub(crate) async fn in_request<F: Future>(request: F) -> F::Output {
    TENANT.scope(RefCell::new(None), request).await
}

/// Runs what a request does for the installation, or for a person wherever they are a member.
pub(crate) async fn for_installation<F: Future>(work: F) -> F::Output {
    TENANT.scope(RefCell::new(None), work).await
}

/// From now on, transactions of this request are for this scope.
pub(crate) fn bind(scope: &Scope) {
    // Outside of a request there is nothing to bind.
    let _ = TENANT.try_with(|tenant| tenant.replace(Some(scope.clone())));
}

/// Whom the request that is in work is for.
fn bound() -> Option<Scope> {
    TENANT
        .try_with(|tenant| tenant.borrow().clone())
        .ok()
        .flatten()
}

/// Lets the rest of the transaction see every tenant: for changes that concern several of them, and
/// for claims, which are made of all that belongs to an account.
pub(crate) async fn lift(tx: &mut Tx) -> Result<(), StoreError> {
    if let Tx::Postgres(tx) = tx {
        let (name, value) = NO_WALL;
        let query = sqlx::query("SELECT set_config($1, $2, true)");
        query.bind(name).bind(value).execute(&mut **tx).await?;
    }
    Ok(())
}

/// The setting of a connection that sees every row.
pub(super) const NO_WALL: (&str, &str) = ("tidegate.reach", "platform");

/// Tells the database, for the length of the transaction.
pub(super) async fn announce(tx: &mut Transaction<'static, Postgres>) -> Result<(), StoreError> {
    const SQL: &str = "SELECT set_config('role', COALESCE((SELECT rolname FROM pg_roles \
                       WHERE rolname = 'tidegate_service' \
                       AND pg_has_role(current_user, oid, 'MEMBER')), 'none'), true), \
                       set_config('tidegate.reach', $1, true), \
                       set_config('tidegate.org', $2, true), \
                       set_config('tidegate.account', $3, true)";
    let scope = bound().unwrap_or_default();
    let is_platform = scope == Scope::default();
    sqlx::query(SQL)
        .bind(if is_platform { "platform" } else { "tenant" })
        .bind(scope.org_id.unwrap_or_default())
        .bind(scope.account_id.unwrap_or_default())
        .execute(&mut **tx)
        .await?;
    Ok(())
}
