//! The operator's claims and signing keys, and the rotation of a key.

use super::{StoreError, Tx, affected, each};

/// A signing key that takes the place of another.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct RotationRow {
    pub(crate) id: String,
    pub(crate) operator_id: String,
    pub(crate) old_key: String,
    pub(crate) new_key: String,
    /// Sealed, until it signs.
    pub(crate) new_seed: Option<Vec<u8>>,
    /// The operator's claims as they were.
    pub(crate) jwt_old: String,
    /// With both keys.
    pub(crate) jwt_both: String,
    /// With the new key only.
    pub(crate) jwt_new: String,
    pub(crate) stage: String,
    pub(crate) started_at: i64,
    pub(crate) stage_at: i64,
    pub(crate) finished_at: Option<i64>,
}

/// Which of the operator's keys all servers of an engine trust.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct TrustRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    trusts: String,
}

impl TrustRow {
    /// Whether all of its servers have said that they trust this key.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.trusts.split(' ').any(|trusted| trusted == key)
    }
}

macro_rules! select_rotations {
    ($rest:literal) => {
        concat!(
            "SELECT id, operator_id, old_key, new_key, new_seed, jwt_old, jwt_both, jwt_new, \
             stage, started_at, stage_at, finished_at FROM operator_rotations ",
            $rest
        )
    };
}

/// The rotation that was begun last.
pub(crate) async fn newest_rotation(tx: &mut Tx) -> Result<Option<RotationRow>, StoreError> {
    const SQL: &str = select_rotations!("ORDER BY started_at DESC, id DESC LIMIT 1");
    Ok(each!(tx, c => sqlx::query_as(SQL).fetch_optional(c))?)
}

/// The rotation that has not ended.
pub(crate) async fn open_rotation(tx: &mut Tx) -> Result<Option<RotationRow>, StoreError> {
    const SQL: &str = select_rotations!("WHERE finished_at IS NULL LIMIT 1");
    Ok(each!(tx, c => sqlx::query_as(SQL).fetch_optional(c))?)
}

/// Begins a rotation; [`StoreError::Duplicate`] while another one runs.
pub(crate) async fn insert_rotation(tx: &mut Tx, row: &RotationRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO operator_rotations (id, operator_id, old_key, new_key, \
                       new_seed, jwt_old, jwt_both, jwt_new, stage, started_at, stage_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.operator_id,
        &row.old_key,
        &row.new_key,
        row.new_seed.as_deref(),
        &row.jwt_old,
        &row.jwt_both,
        &row.jwt_new,
        &row.stage,
        row.started_at,
    );
    Ok(())
}

/// Goes from one stage to the next. `false` when somebody else has done so.
pub(crate) async fn set_stage(
    tx: &mut Tx,
    id: &str,
    (from, to): (&str, &str),
    now: i64,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE operator_rotations SET stage = $3, stage_at = $4, new_seed = \
                       CASE WHEN $3 = 'trusting' THEN new_seed END, finished_at = \
                       CASE WHEN $3 IN ('done', 'cancelled') THEN CAST($4 AS BIGINT) END \
                       WHERE id = $1 AND stage = $2";
    Ok(affected!(tx, SQL, id, from, to, now) == 1)
}

/// Puts other claims in the place of the operator's.
pub(crate) async fn set_claims(
    tx: &mut Tx,
    id: &str,
    name: &str,
    jwt: &str,
    now: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE operators SET name = $2, jwt = $3, updated_at = $4, \
                       version = version + 1 WHERE id = $1";
    affected!(tx, SQL, id, name, jwt, now);
    Ok(())
}

/// Lets another key sign accounts.
pub(crate) async fn set_signer(
    tx: &mut Tx,
    id: &str,
    key: &str,
    seed: &[u8],
    now: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE operators SET signing_key = $2, signing_seed = $3, \
                       updated_at = $4, version = version + 1 WHERE id = $1";
    affected!(tx, SQL, id, key, seed, now);
    Ok(())
}

/// Accounts after `after` whose claims another key has signed.
pub(crate) async fn accounts_of_others(
    tx: &mut Tx,
    key: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    const SQL: &str = "SELECT id FROM accounts WHERE (signed_by < $1 OR signed_by > $1) \
                       AND id > $2 ORDER BY id LIMIT $3";
    Ok(each!(tx, c => sqlx::query_scalar(SQL)
        .bind(key)
        .bind(after)
        .bind(limit)
        .fetch_all(c))?)
}

/// Locks an account whose claims another key has signed; `false` when that is so no more.
pub(crate) async fn lock_of_other(tx: &mut Tx, id: &str, key: &str) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE accounts SET id = id WHERE id = $1 AND signed_by <> $2";
    Ok(affected!(tx, SQL, id, key) == 1)
}

/// How many accounts there are, and how many of them this key has signed.
pub(crate) async fn signed_by(tx: &mut Tx, key: &str) -> Result<(i64, i64), StoreError> {
    const SQL: &str = "SELECT COUNT(*), COUNT(CASE WHEN signed_by = $1 THEN 1 END) FROM accounts";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(key).fetch_one(c))?)
}

/// How many claims wait for some engine to take them.
pub(crate) async fn count_behind(tx: &mut Tx) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM engine_accounts \
                       WHERE wanted_generation > applied_generation";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).fetch_one(c))?)
}

/// What each engine trusts.
pub(crate) async fn trusts(tx: &mut Tx) -> Result<Vec<TrustRow>, StoreError> {
    const SQL: &str = "SELECT id, name, kind, trusts FROM engines ORDER BY id";
    Ok(each!(tx, c => sqlx::query_as(SQL).fetch_all(c))?)
}

/// Notes what all servers of an engine trust.
pub(crate) async fn set_trusts(tx: &mut Tx, id: &str, keys: &[String]) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE engines SET trusts = $2 WHERE id = $1 AND trusts <> $2";
    affected!(tx, SQL, id, keys.join(" "));
    Ok(())
}
