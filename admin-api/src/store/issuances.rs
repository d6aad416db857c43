//! Every user JWT that was given out, and what keeps some of them out again: revocations that
//! stand until the last one has expired, and blocks that stand for a while.

use super::batch::Batch;
use super::list::{Conditions, List, Listed, Value};
use super::{StoreError, Tx, affected, each};
use crate::ids::IdKind;

/// Stands for every user of an account in its revocations.
pub(crate) const EVERYBODY: &str = "*";

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct IssuanceRow {
    pub(crate) id: String,
    pub(crate) account_id: String,
    pub(crate) user_id: String,
    pub(crate) user_key: String,
    pub(crate) issuer_key: String,
    pub(crate) jwt_id: String,
    /// `created`, `updated`, `rotated` or `short_lived`.
    pub(crate) kind: String,
    pub(crate) actor: String,
    pub(crate) issued_at: i64,
    /// 0: never.
    pub(crate) expires_at: i64,
    pub(crate) created_at: i64,
}

/// The keys of a user that have credentials which may still be valid.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct LiveKey {
    pub(crate) user_key: String,
    pub(crate) issued_at: i64,
    /// When the last one expires; `i64::MAX` for never.
    pub(crate) expires_at: i64,
}

/// An entry of the account's revocation map.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct RevocationRow {
    pub(crate) user_key: String,
    pub(crate) revoked_at: i64,
}

/// What keeps credentials of a key out that were issued up to `refused_at`: a revocation, or a
/// block, which ends.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct RefusalRow {
    pub(crate) user_key: String,
    pub(crate) refused_at: i64,
    pub(crate) ends_at: Option<i64>,
}

/// Remembers a credential.
pub(crate) async fn insert(tx: &mut Tx, row: &IssuanceRow) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    add(&mut batch, row);
    batch.run(tx).await
}

pub(super) fn add(batch: &mut Batch, row: &IssuanceRow) {
    const SQL: &str = "INSERT INTO issuances (id, account_id, user_id, user_key, issuer_key, \
                       jwt_id, kind, actor, issued_at, expires_at, created_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    batch.add(
        SQL,
        [
            (&row.id).into(),
            (&row.account_id).into(),
            (&row.user_id).into(),
            (&row.user_key).into(),
            (&row.issuer_key).into(),
            (&row.jwt_id).into(),
            (&row.kind).into(),
            (&row.actor).into(),
            row.issued_at.into(),
            row.expires_at.into(),
            row.created_at.into(),
        ],
    );
}

impl Listed for IssuanceRow {
    const ID: Option<IdKind> = Some(IdKind::Issuance);
    const LIST: List = List {
        select: "SELECT id, account_id, user_id, user_key, issuer_key, jwt_id, kind, actor, \
                 issued_at, expires_at, created_at FROM issuances",
        from: "FROM issuances",
        id: "id",
        newest_first: false,
        sorts: &[],
        filters: &[],
        search: None,
    };

    fn id(&self) -> &str {
        &self.id
    }

    fn sort_value(&self, _: &str) -> Value {
        Value::from(&*self.id)
    }
}

/// A user's credentials.
pub(crate) fn of(user_id: &str) -> Conditions {
    Conditions::default().equal("user_id", user_id)
}

/// The user's keys with credentials that have not expired at `now`.
pub(crate) async fn live_keys(
    tx: &mut Tx,
    user_id: &str,
    now: i64,
) -> Result<Vec<LiveKey>, StoreError> {
    const SQL: &str = "SELECT user_key, MAX(issued_at) AS issued_at, \
                       MAX(CASE WHEN expires_at = 0 THEN 9223372036854775807 ELSE expires_at END) \
                       AS expires_at FROM issuances \
                       WHERE user_id = $1 AND (expires_at = 0 OR expires_at > $2) \
                       GROUP BY user_key ORDER BY user_key";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(user_id).bind(now).fetch_all(c))?)
}

/// Id and name of the user that a key was given a credential for.
pub(crate) async fn holder(
    tx: &mut Tx,
    account_id: &str,
    user_key: &str,
) -> Result<Option<(String, String)>, StoreError> {
    const SQL: &str = "SELECT u.id, u.name FROM issuances i JOIN users u ON u.id = i.user_id \
                       WHERE i.account_id = $1 AND i.user_key = $2 ORDER BY i.id DESC LIMIT 1";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).bind(user_key).fetch_optional(c))?)
}

/// When the last credential of the account expires; `i64::MAX` for never, 0 when there is none.
pub(crate) async fn last_expiry(tx: &mut Tx, account_id: &str) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COALESCE(MAX(CASE WHEN expires_at = 0 THEN 9223372036854775807 \
                       ELSE expires_at END), 0) FROM issuances WHERE account_id = $1";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(account_id).fetch_one(c))?)
}

/// Revokes what was issued for `user_key` up to `revoked_at`. The entry may be dropped after
/// `drop_after`. An earlier entry is only ever widened.
pub(crate) async fn revoke(
    tx: &mut Tx,
    account_id: &str,
    user_key: &str,
    revoked_at: i64,
    drop_after: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO revocations (account_id, user_key, revoked_at, drop_after) \
                       VALUES ($1, $2, $3, $4) \
                       ON CONFLICT (account_id, user_key) DO UPDATE SET \
                       revoked_at = CASE WHEN revocations.revoked_at > $3 \
                       THEN revocations.revoked_at ELSE $3 END, \
                       drop_after = CASE WHEN revocations.drop_after > $4 \
                       THEN revocations.drop_after ELSE $4 END";
    affected!(tx, SQL, account_id, user_key, revoked_at, drop_after);
    Ok(())
}

/// Takes a key's revocation back.
pub(crate) async fn pardon(
    tx: &mut Tx,
    account_id: &str,
    user_key: &str,
) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM revocations WHERE account_id = $1 AND user_key = $2";
    affected!(tx, SQL, account_id, user_key);
    Ok(())
}

/// Until when credentials of this key are refused: what was revoked of it or of everybody, and
/// what is blocked now.
pub(crate) async fn revoked_at(
    tx: &mut Tx,
    account_id: &str,
    user_key: &str,
) -> Result<Option<i64>, StoreError> {
    const SQL: &str = "SELECT MAX(revoked_at) FROM (\
                       SELECT revoked_at FROM revocations \
                       WHERE account_id = $1 AND user_key IN ($2, '*') \
                       UNION ALL SELECT blocked_at FROM blocks \
                       WHERE account_id = $1 AND user_key = $2) AS refused";
    Ok(each!(tx, c => sqlx::query_scalar(SQL)
        .bind(account_id)
        .bind(user_key)
        .fetch_one(c))?)
}

/// What keeps credentials of these keys out at `now`, that of everybody included.
pub(crate) async fn refusals(
    tx: &mut Tx,
    account_id: &str,
    keys: &[&str],
    now: i64,
) -> Result<Vec<RefusalRow>, StoreError> {
    let places: Vec<String> = (3..keys.len() + 3).map(|at| format!(", ${at}")).collect();
    let places = places.concat();
    let sql = format!(
        "SELECT user_key, revoked_at AS refused_at, CAST(NULL AS BIGINT) AS ends_at \
         FROM revocations WHERE account_id = $1 AND user_key IN ('*'{places}) \
         UNION ALL SELECT user_key, blocked_at, ends_at \
         FROM blocks WHERE account_id = $1 AND ends_at > $2 AND user_key IN ('*'{places})"
    );
    Ok(each!(tx, c => {
        let query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(account_id).bind(now);
        keys.iter().fold(query, |query, key| query.bind(*key)).fetch_all(c)
    })?)
}

/// The account's revocation map, blocks included, without the entries that cover no valid
/// credential any more: those are dropped here.
pub(crate) async fn revocations(
    tx: &mut Tx,
    account_id: &str,
    now: i64,
) -> Result<Vec<RevocationRow>, StoreError> {
    const DROP: &str = "DELETE FROM revocations WHERE account_id = $1 AND drop_after < $2";
    const UNBLOCK: &str = "DELETE FROM blocks WHERE account_id = $1 AND ends_at <= $2";
    let mut batch = Batch::default();
    for sql in [DROP, UNBLOCK] {
        batch.add(sql, [account_id.into(), now.into()]);
    }
    batch.run(tx).await?;
    const SQL: &str = "SELECT user_key, MAX(revoked_at) AS revoked_at FROM (\
                       SELECT user_key, revoked_at FROM revocations WHERE account_id = $1 \
                       UNION ALL SELECT user_key, blocked_at FROM blocks WHERE account_id = $1) \
                       AS refused GROUP BY user_key ORDER BY user_key";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).fetch_all(c))?)
}

/// Drops revocations that no credential needs any more: those of keys whose credentials have all
/// expired, or were signed by keys that the account trusts no longer, or are covered by the entry
/// for everybody; and those of devices without a certificate of an authority that is trusted. Keys
/// of whose credentials nothing is known stay revoked. Answers how many went.
pub(crate) async fn compact(tx: &mut Tx, account_id: &str, now: i64) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM revocations WHERE account_id = $1 AND user_key <> '*' AND (\
        EXISTS (SELECT 1 FROM revocations e WHERE e.account_id = $1 AND e.user_key = '*' \
            AND e.revoked_at >= revocations.revoked_at) \
        OR (EXISTS (SELECT 1 FROM issuances i \
                WHERE i.account_id = $1 AND i.user_key = revocations.user_key) \
            AND NOT EXISTS (SELECT 1 FROM issuances i \
                WHERE i.account_id = $1 AND i.user_key = revocations.user_key \
                AND (i.expires_at = 0 OR i.expires_at > $2) \
                AND (EXISTS (SELECT 1 FROM accounts a \
                        WHERE a.id = $1 AND a.signing_key = i.issuer_key) \
                    OR EXISTS (SELECT 1 FROM roles r WHERE r.account_id = $1 \
                        AND r.signing_key = i.issuer_key AND r.deleted_at IS NULL) \
                    OR EXISTS (SELECT 1 FROM retired_keys k WHERE k.account_id = $1 \
                        AND k.public_key = i.issuer_key AND k.drop_at > $2)))) \
        OR (EXISTS (SELECT 1 FROM device_keys k \
                WHERE k.account_id = $1 AND k.user_key = revocations.user_key) \
            AND NOT EXISTS (SELECT 1 FROM device_certificates c \
                JOIN device_authorities a ON a.id = c.authority_id \
                WHERE c.account_id = $1 AND c.user_key = revocations.user_key \
                AND c.not_after > $2 AND (a.state = 'active' \
                    OR (a.state = 'retired' AND a.drop_at > $2)))))";
    Ok(affected!(tx, SQL, account_id, now))
}

/// Keeps a key out until `ends_at`.
pub(crate) async fn block(
    tx: &mut Tx,
    account_id: &str,
    user_key: &str,
    (now, ends_at): (i64, i64),
    reason: &str,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO blocks (account_id, user_key, blocked_at, ends_at, reason) \
                       VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account_id, user_key) DO UPDATE \
                       SET blocked_at = $3, ends_at = $4, reason = $5";
    affected!(tx, SQL, account_id, user_key, now, ends_at, reason);
    Ok(())
}

/// Accounts whose claims say something that is over at `now`: a block, a retired key, or an
/// authority for devices.
pub(crate) async fn accounts_with_ended(
    tx: &mut Tx,
    now: i64,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    const SQL: &str = "SELECT DISTINCT account_id FROM (\
                       SELECT account_id FROM blocks WHERE ends_at <= $1 \
                       UNION ALL SELECT account_id FROM retired_keys WHERE drop_at <= $1 \
                       UNION ALL SELECT account_id FROM device_authorities \
                       WHERE state = 'retired' AND drop_at <= $1) AS due \
                       ORDER BY account_id LIMIT $2";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(now).bind(limit).fetch_all(c))?)
}
