//! Every column that holds what the vault sealed, for giving all of it another key.

use super::foundation::VAULT_ROW;
use super::{StoreError, Tx, affected, each};
use crate::vault::Purpose;

/// How many rows are read at a time.
const PAGE: usize = 500;

/// A column of boxes, each bound to the id of its row.
#[derive(Debug)]
pub(crate) struct SealedColumn {
    /// `table.column`.
    pub(crate) name: &'static str,
    pub(crate) purpose: Purpose,
    select: &'static str,
    update: &'static str,
}

macro_rules! sealed {
    ($table:literal . $column:literal is $purpose:ident) => {
        SealedColumn {
            name: concat!($table, ".", $column),
            purpose: Purpose::$purpose,
            select: concat!(
                "SELECT id, ", $column, " FROM ", $table, " WHERE ", $column,
                " IS NOT NULL AND id > $1 ORDER BY id LIMIT 500"
            ),
            update: concat!("UPDATE ", $table, " SET ", $column, " = $2 WHERE id = $1"),
        }
    };
}

/// All of them. The store's tests compare it with the schema.
pub(crate) const COLUMNS: &[SealedColumn] = &[
    sealed!("operators"."signing_seed" is OperatorSigning),
    sealed!("accounts"."identity_seed" is AccountIdentity),
    sealed!("accounts"."signing_seed" is AccountSigning),
    sealed!("engines"."creds" is EngineCreds),
    sealed!("identity_providers"."client_secret" is ClientSecret),
    sealed!("members"."totp_seed" is TotpSeed),
];

/// The vault's own row: the canary, and the key of token hashes where it is not the vault key's.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct VaultRow {
    pub(crate) canary: Vec<u8>,
    pub(crate) token_key: Option<Vec<u8>>,
}

/// The vault's row, locked until the transaction ends, if the database was founded.
pub(crate) async fn lock_vault(tx: &mut Tx) -> Result<Option<VaultRow>, StoreError> {
    affected!(tx, "UPDATE vault SET key_id = key_id WHERE id = $1", VAULT_ROW);
    const SQL: &str = "SELECT canary, token_key FROM vault WHERE id = $1";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(VAULT_ROW).fetch_optional(c))?)
}

/// Notes the vault's new key.
pub(crate) async fn set_vault(tx: &mut Tx, key_id: &str, row: &VaultRow) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE vault SET key_id = $2, canary = $3, token_key = $4 WHERE id = $1";
    affected!(tx, SQL, VAULT_ROW, key_id, &row.canary, row.token_key.as_deref());
    Ok(())
}

/// Some boxes of the column, behind the row `after`; none when there are no more.
pub(crate) async fn page(
    tx: &mut Tx,
    column: &SealedColumn,
    after: &str,
) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let rows: Vec<(String, Vec<u8>)> =
        each!(tx, c => sqlx::query_as(column.select).bind(after).fetch_all(c))?;
    debug_assert!(rows.len() <= PAGE);
    Ok(rows)
}

/// Puts another box in the place of one.
pub(crate) async fn replace(
    tx: &mut Tx,
    column: &SealedColumn,
    id: &str,
    sealed: &[u8],
) -> Result<(), StoreError> {
    affected!(tx, column.update, id, sealed);
    Ok(())
}
