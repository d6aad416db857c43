//! Enrolment tokens, and who has come with one.

use super::list::{Conditions, Kind, List, Listed, Value, field};
use super::{StoreError, Tx, affected, each};
use crate::ids::IdKind;

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct EnrolmentTokenRow {
    pub(crate) id: String,
    pub(crate) account_id: String,
    pub(crate) role_id: String,
    pub(crate) name: String,
    /// What devices may be called.
    pub(crate) pattern: String,
    pub(crate) last4: String,
    pub(crate) token_hash: String,
    /// How many devices may enrol with it; any number when absent.
    pub(crate) uses_max: Option<i64>,
    pub(crate) uses: i64,
    pub(crate) approval: bool,
    /// Networks with spaces between them.
    pub(crate) cidrs: Option<String>,
    /// A JSON list.
    pub(crate) tags: String,
    pub(crate) expires_at: i64,
    pub(crate) revoked_at: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) version: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, account_id, role_id, name, pattern, last4, token_hash, uses_max, uses, \
             approval, cidrs, tags, expires_at, revoked_at, created_at, version \
             FROM enrolment_tokens ",
            $rest
        )
    };
}

impl Listed for EnrolmentTokenRow {
    const ID: Option<IdKind> = Some(IdKind::EnrolmentToken);
    const LIST: List = List {
        select: select!(""),
        from: "FROM enrolment_tokens",
        id: "id",
        newest_first: false,
        sorts: &[field("name", "name", Kind::Text)],
        filters: &[field("name", "name", Kind::Text)],
        search: Some(field("name", "name", Kind::Text)),
    };

    fn id(&self) -> &str {
        &self.id
    }

    fn sort_value(&self, _: &str) -> Value {
        Value::from(&*self.name)
    }
}

/// The account's tokens.
pub(crate) fn of(account_id: &str) -> Conditions {
    Conditions::default().equal("account_id", account_id)
}

pub(crate) async fn insert(tx: &mut Tx, row: &EnrolmentTokenRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO enrolment_tokens (id, account_id, role_id, name, pattern, \
                       last4, token_hash, uses_max, approval, cidrs, tags, expires_at, created_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.account_id,
        &row.role_id,
        &row.name,
        &row.pattern,
        &row.last4,
        &row.token_hash,
        row.uses_max,
        row.approval,
        row.cidrs.as_deref(),
        &row.tags,
        row.expires_at,
        row.created_at,
    );
    Ok(())
}

pub(crate) async fn find(
    tx: &mut Tx,
    account_id: &str,
    id: &str,
) -> Result<Option<EnrolmentTokenRow>, StoreError> {
    const SQL: &str = select!("WHERE account_id = $1 AND id = $2");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).bind(id).fetch_optional(c))?)
}

pub(crate) async fn by_hash(
    tx: &mut Tx,
    token_hash: &str,
) -> Result<Option<EnrolmentTokenRow>, StoreError> {
    const SQL: &str = select!("WHERE token_hash = $1");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(token_hash).fetch_optional(c))?)
}

/// Uses a token once more. `false` when it is used up, has expired or was revoked.
pub(crate) async fn use_once(tx: &mut Tx, id: &str, now: i64) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE enrolment_tokens SET uses = uses + 1 WHERE id = $1 \
                       AND (uses_max IS NULL OR uses < uses_max) AND expires_at > $2 \
                       AND revoked_at IS NULL";
    Ok(affected!(tx, SQL, id, now) == 1)
}

pub(crate) async fn revoke(tx: &mut Tx, id: &str, now: i64) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE enrolment_tokens SET revoked_at = $2, version = version + 1 \
                       WHERE id = $1 AND revoked_at IS NULL";
    affected!(tx, SQL, id, now);
    Ok(())
}

/// The device that came from `source` (a token, or an authority of others) with the key `origin`.
pub(crate) async fn device_of(
    tx: &mut Tx,
    source: &str,
    origin: &str,
) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT device_id FROM enrolments WHERE source = $1 AND origin = $2";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(source).bind(origin).fetch_optional(c))?)
}

/// Remembers who came; [`StoreError::Duplicate`] when somebody did the same a moment ago.
pub(crate) async fn bind(
    tx: &mut Tx,
    (source, origin): (&str, &str),
    account_id: &str,
    device_id: &str,
    now: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO enrolments (source, origin, account_id, device_id, created_at) \
                       VALUES ($1, $2, $3, $4, $5)";
    affected!(tx, SQL, source, origin, account_id, device_id, now);
    Ok(())
}

/// Forgets who came from a source that is no more.
pub(crate) async fn forget(tx: &mut Tx, source: &str) -> Result<(), StoreError> {
    affected!(tx, "DELETE FROM enrolments WHERE source = $1", source);
    Ok(())
}
