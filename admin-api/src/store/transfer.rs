//! What came along from elsewhere, and what only an export reads.

use super::{StoreError, Tx, affected, each};

/// A user's name and the tokens that may be its own.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct BroughtUser {
    pub(crate) id: String,
    pub(crate) jwt: String,
}

/// What is carried for an account.
pub(crate) async fn carried(tx: &mut Tx, account_id: &str) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT carried FROM accounts WHERE id = $1 AND carried IS NOT NULL";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(account_id).fetch_optional(c))?)
}

pub(crate) async fn set_carried(
    tx: &mut Tx,
    account_id: &str,
    carried: &str,
) -> Result<(), StoreError> {
    affected!(
        tx,
        "UPDATE accounts SET carried = $2 WHERE id = $1",
        account_id,
        carried
    );
    Ok(())
}

/// Gives an account the key that signs its users from now on.
pub(crate) async fn set_signer(
    tx: &mut Tx,
    account_id: &str,
    public_key: &str,
    sealed_seed: &[u8],
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE accounts SET signing_key = $2, signing_seed = $3 WHERE id = $1";
    affected!(tx, SQL, account_id, public_key, sealed_seed);
    Ok(())
}

/// Keeps the credential that a user came with.
pub(crate) async fn set_user_jwt(tx: &mut Tx, user_id: &str, jwt: &str) -> Result<(), StoreError> {
    affected!(tx, "UPDATE users SET jwt = $2 WHERE id = $1", user_id, jwt);
    Ok(())
}

/// The credentials that an account's users came with.
pub(crate) async fn brought_users(
    tx: &mut Tx,
    account_id: &str,
) -> Result<Vec<BroughtUser>, StoreError> {
    const SQL: &str = "SELECT id, jwt FROM users WHERE account_id = $1 AND state = 'active' \
                       AND jwt IS NOT NULL ORDER BY id";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).fetch_all(c))?)
}

/// Whether an account of any kind and state has this slug.
pub(crate) async fn is_slug_taken(tx: &mut Tx, slug: &str) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM accounts WHERE slug = $1";
    let count: i64 = each!(tx, c => sqlx::query_scalar(SQL).bind(slug).fetch_one(c))?;
    Ok(count > 0)
}

/// The id of the account with this key, whatever its kind and state.
pub(crate) async fn account_of_key(
    tx: &mut Tx,
    public_key: &str,
) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT id FROM accounts WHERE public_key = $1";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(public_key).fetch_optional(c))?)
}

/// The sealed identity seed of an account; empty when there is none.
pub(crate) async fn identity_seed(tx: &mut Tx, account_id: &str) -> Result<Vec<u8>, StoreError> {
    const SQL: &str = "SELECT identity_seed FROM accounts WHERE id = $1";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(account_id).fetch_one(c))?)
}
