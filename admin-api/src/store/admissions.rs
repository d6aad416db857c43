//! Whom nats-servers have let in as devices, each by a key made for that connection.

use super::{StoreError, Tx, affected, each};

/// Admissions of one device that are remembered: its newest connections.
const KEPT: i64 = 32;

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct AdmissionRow {
    pub(crate) one_time_key: String,
    pub(crate) account_id: String,
    pub(crate) device_id: String,
    pub(crate) user_key: String,
    pub(crate) admitted_at: i64,
    /// When the certificate ends, or the hours in which the role may connect.
    pub(crate) expires_at: i64,
}

/// Remembers an admission, and forgets what has ended.
pub(crate) async fn insert(tx: &mut Tx, row: &AdmissionRow) -> Result<(), StoreError> {
    const FORGET: &str = "DELETE FROM device_admissions WHERE device_id = $1 \
        AND (expires_at <= $2 OR one_time_key NOT IN (SELECT one_time_key FROM device_admissions \
        WHERE device_id = $1 ORDER BY admitted_at DESC, one_time_key LIMIT $3))";
    affected!(&mut *tx, FORGET, &row.device_id, row.admitted_at, KEPT - 1);
    const SQL: &str = "INSERT INTO device_admissions (one_time_key, account_id, device_id, \
                       user_key, admitted_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)";
    affected!(
        tx,
        SQL,
        &row.one_time_key,
        &row.account_id,
        &row.device_id,
        &row.user_key,
        row.admitted_at,
        row.expires_at,
    );
    Ok(())
}

/// The name of the device that was let in by this key.
pub(crate) async fn device_name(
    tx: &mut Tx,
    one_time_key: &str,
) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT d.name FROM device_admissions a JOIN devices d ON d.id = a.device_id \
                       WHERE a.one_time_key = $1";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(one_time_key).fetch_optional(c))?)
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT one_time_key, account_id, device_id, user_key, admitted_at, expires_at \
             FROM device_admissions ",
            $rest
        )
    };
}

/// What a device's certificates for `user_key`, or for any of its keys, have let in.
pub(crate) async fn of_device(
    tx: &mut Tx,
    device_id: &str,
    user_key: Option<&str>,
    now: i64,
) -> Result<Vec<AdmissionRow>, StoreError> {
    const SQL: &str = select!(
        "WHERE device_id = $1 AND expires_at > $2 \
         AND (CAST($3 AS TEXT) IS NULL OR user_key = $3) ORDER BY one_time_key"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(device_id)
        .bind(now)
        .bind(user_key)
        .fetch_all(c))?)
}

/// What certificates of an authority have let in.
pub(crate) async fn of_authority(
    tx: &mut Tx,
    account_id: &str,
    authority_id: &str,
    now: i64,
) -> Result<Vec<AdmissionRow>, StoreError> {
    const SQL: &str = select!(
        "WHERE account_id = $1 AND expires_at > $3 AND user_key IN \
         (SELECT user_key FROM device_certificates WHERE authority_id = $2) ORDER BY one_time_key"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(account_id)
        .bind(authority_id)
        .bind(now)
        .fetch_all(c))?)
}
