//! Enrolment tokens, and who has come with one.

use super::batch::Batch;
use super::devices::{self, CertificateRow, DeviceRow};
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

impl EnrolmentTokenRow {
    /// Whether somebody new may come with it, as far as it was read.
    pub(crate) fn is_good(&self, now: i64) -> bool {
        self.expires_at > now && self.uses_max.is_none_or(|max| self.uses < max)
    }
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
    (source, origin): (&str, &str),
) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT device_id FROM enrolments WHERE source = $1 AND origin = $2";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(source).bind(origin).fetch_optional(c))?)
}

/// A device that comes for the first time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival<'a> {
    pub(crate) device: &'a DeviceRow,
    pub(crate) user_key: &'a str,
    /// Source and origin, as for [`device_of`].
    pub(crate) bound: (&'a str, &'a str),
    /// None as long as it waits.
    pub(crate) certificate: Option<&'a CertificateRow>,
}

/// Stores a device, its key, where it comes from, and its certificate. [`StoreError::Duplicate`]
/// when name, key or origin are another's; then nothing else may be done in the transaction.
pub(crate) async fn arrive(tx: &mut Tx, arrival: &Arrival<'_>, now: i64) -> Result<(), StoreError> {
    const KEY: &str = "INSERT INTO device_keys (account_id, user_key, device_id, created_at) \
                       VALUES ($1, $2, $3, $4)";
    const BIND: &str = "INSERT INTO enrolments (source, origin, account_id, device_id, \
                        created_at) VALUES ($1, $2, $3, $4, $5)";
    let (device, (source, origin)) = (arrival.device, arrival.bound);
    let mut batch = Batch::default();
    let expires_at = arrival.certificate.map_or(0, |it| it.not_after);
    devices::add(&mut batch, device, expires_at);
    let key = [
        (&device.account_id).into(),
        arrival.user_key.into(),
        (&device.id).into(),
        now.into(),
    ];
    batch.add(KEY, key);
    let bind = [
        source.into(),
        origin.into(),
        (&device.account_id).into(),
        (&device.id).into(),
        now.into(),
    ];
    batch.add(BIND, bind);
    if let Some(certificate) = arrival.certificate {
        devices::add_certificate(&mut batch, certificate);
    }
    batch.run(tx).await
}

/// Forgets who came from a source that is no more.
pub(crate) async fn forget(tx: &mut Tx, source: &str) -> Result<(), StoreError> {
    affected!(tx, "DELETE FROM enrolments WHERE source = $1", source);
    Ok(())
}
