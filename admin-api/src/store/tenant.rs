//! For whom a transaction is: the second wall between tenants (PostgreSQL's row-level security).
//!
//! While a request of a tenant is in work, every transaction that it begins tells the database
//! whose rows it may see. The statements have their own conditions too; where one is forgotten, the
//! wall holds. Work of the installation itself, and the look-up of a credential, see everything.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::{AssertSqlSafe, PgPool, Postgres, Transaction};

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

/// Whether there is the role that owns nothing, for transactions to run as.
#[derive(Debug, Default)]
pub(crate) struct Service {
    /// That there is none is asked again each time: a migration makes it.
    is_there: AtomicBool,
}

impl Service {
    async fn is_there(&self, pool: &PgPool) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM pg_roles \
                           WHERE rolname = 'tidegate_service' \
                           AND pg_has_role(current_user, oid, 'MEMBER'))";
        if self.is_there.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let is_there = sqlx::query_scalar(SQL).fetch_one(pool).await?;
        self.is_there.store(is_there, Ordering::Relaxed);
        Ok(is_there)
    }
}

/// Begins a transaction and tells the database for whom it is, for its length; in one trip.
pub(super) async fn begin(
    pool: &PgPool,
    service: &Service,
    begin: &str,
    account_to_lock: Option<&str>,
) -> Result<Transaction<'static, Postgres>, StoreError> {
    let mut sql = begin.to_owned();
    if service.is_there(pool).await? {
        sql.push_str("; SET LOCAL ROLE tidegate_service");
    }
    let (reach, org, account) = match bound() {
        None => ("platform", String::new(), String::new()),
        Some(scope) if scope == Scope::default() => ("platform", String::new(), String::new()),
        Some(scope) => {
            let id = |id: Option<String>| id.unwrap_or_default();
            ("tenant", id(scope.org_id), id(scope.account_id))
        }
    };
    // Ids of ours are; whatever else it is, it names nobody.
    let is_plain = |id: &str| id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let (org, account) = match is_plain(&org) && is_plain(&account) {
        true => (&*org, &*account),
        false => ("", ""),
    };
    for (name, value) in [("reach", reach), ("org", org), ("account", account)] {
        sql.push_str(&format!("; SET LOCAL tidegate.{name} = '{value}'"));
    }
    if let Some(id) = account_to_lock.filter(|id| is_plain(id)) {
        // The lock that an UPDATE would take, without another version of the row.
        sql.push_str(&format!(
            "; SELECT id FROM accounts WHERE id = '{id}' FOR NO KEY UPDATE"
        ));
    }
    Ok(pool.begin_with(AssertSqlSafe(sql)).await?)
}
