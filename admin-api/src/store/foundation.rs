//! What exists once per installation: the vault's canary and the operator.

use super::{StoreError, Tx, affected, each, tenant};

/// There is one vault per installation; this is its row.
pub(crate) const VAULT_ROW: &str = "vault";

/// The operator, the root of trust of every account.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct OperatorRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) public_key: String,
    pub(crate) jwt: String,
    pub(crate) signing_key: String,
    pub(crate) signing_seed: Vec<u8>,
    pub(crate) created_at: i64,
    pub(crate) version: i64,
}

/// The canary of the vault that this database was founded with, if it was founded.
pub(crate) async fn vault_canary(tx: &mut Tx) -> Result<Option<Vec<u8>>, StoreError> {
    const SQL: &str = "SELECT canary FROM vault WHERE id = $1";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(VAULT_ROW).fetch_optional(c))?)
}

/// Stores the canary at the founding.
pub(crate) async fn insert_vault(
    tx: &mut Tx,
    key_id: &str,
    canary: &[u8],
    now: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO vault (id, key_id, canary, created_at) VALUES ($1, $2, $3, $4)";
    affected!(tx, SQL, VAULT_ROW, key_id, canary, now);
    Ok(())
}

/// The operator, if the database was founded.
pub(crate) async fn operator(tx: &mut Tx) -> Result<Option<OperatorRow>, StoreError> {
    const SQL: &str = "SELECT id, name, public_key, jwt, signing_key, signing_seed, created_at, \
                       version FROM operators ORDER BY id LIMIT 1";
    Ok(each!(tx, c => sqlx::query_as(SQL).fetch_optional(c))?)
}

/// The operator of a database that was founded.
pub(crate) async fn the_operator(tx: &mut Tx) -> Result<OperatorRow, StoreError> {
    let found = operator(tx).await?;
    found.ok_or_else(|| StoreError::corrupt("operators.id", VAULT_ROW))
}

/// Stores the operator at the founding.
pub(crate) async fn insert_operator(tx: &mut Tx, row: &OperatorRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO operators (id, name, public_key, jwt, signing_key, \
                       signing_seed, created_at, updated_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $7)";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.name,
        &row.public_key,
        &row.jwt,
        &row.signing_key,
        &row.signing_seed,
        row.created_at,
    );
    Ok(())
}

/// Makes changes that concern several accounts take turns until the transaction ends.
pub(crate) async fn lock_sharing(tx: &mut Tx, now: i64) -> Result<(), StoreError> {
    affected!(&mut *tx, "UPDATE operators SET updated_at = $1", now);
    tenant::lift(tx).await
}
