//! Devices, the keys that are theirs, and the certificates that they were issued.

use super::batch::Batch;
use super::list::{Conditions, Kind, List, Listed, Value, field};
use super::{StoreError, Tx, affected, each};
use crate::ids::IdKind;

pub(crate) const PENDING: &str = "pending";
pub(crate) const ACTIVE: &str = "active";
pub(crate) const DISABLED: &str = "disabled";
pub(crate) const REVOKED: &str = "revoked";
pub(crate) const REJECTED: &str = "rejected";
/// Sightings of devices that are noted in one trip.
const SEEN_TOGETHER: usize = 50;

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct DeviceRow {
    pub(crate) id: String,
    pub(crate) account_id: String,
    pub(crate) role_id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) state: String,
    /// A JSON list.
    pub(crate) tags: String,
    /// The token or the authority that it came with.
    pub(crate) source: String,
    /// When the certificate that lasts longest ends; 0 without one.
    pub(crate) expires_at: i64,
    /// 0: never.
    pub(crate) seen_at: i64,
    pub(crate) seen_from: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) version: i64,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct CertificateRow {
    pub(crate) id: String,
    pub(crate) account_id: String,
    pub(crate) device_id: String,
    pub(crate) authority_id: String,
    /// Hex.
    pub(crate) serial: String,
    pub(crate) user_key: String,
    /// `enrolled` or `renewed`.
    pub(crate) kind: String,
    /// DER.
    pub(crate) certificate: Vec<u8>,
    pub(crate) not_before: i64,
    pub(crate) not_after: i64,
    pub(crate) revoked_at: Option<i64>,
    pub(crate) created_at: i64,
}

/// A key of a device, and when the last certificate for it ends.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct DeviceKey {
    pub(crate) user_key: String,
    pub(crate) not_after: i64,
}

/// A certificate on a list of revoked ones.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct RevokedCertificate {
    pub(crate) serial: String,
    pub(crate) revoked_at: i64,
}

/// A certificate as far as revocations and authorities are concerned.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct CertifiedRow {
    pub(crate) not_before: i64,
    /// The certificate of its authority, DER.
    pub(crate) authority: Vec<u8>,
}

macro_rules! select_devices {
    ($rest:literal) => {
        concat!(
            "SELECT id, account_id, role_id, name, description, state, tags, source, expires_at, \
             seen_at, seen_from, created_at, updated_at, version FROM devices ",
            $rest
        )
    };
}

macro_rules! select_certificates {
    ($rest:literal) => {
        concat!(
            "SELECT id, account_id, device_id, authority_id, serial, user_key, kind, certificate, \
             not_before, not_after, revoked_at, created_at FROM device_certificates ",
            $rest
        )
    };
}

impl Listed for DeviceRow {
    const ID: Option<IdKind> = Some(IdKind::Device);
    const LIST: List = List {
        select: select_devices!(""),
        from: "FROM devices",
        id: "id",
        newest_first: false,
        sorts: &[
            field("name", "name", Kind::Text),
            field("expires_at", "expires_at", Kind::Time),
        ],
        filters: &[
            field("name", "name", Kind::Text),
            field("state", "state", Kind::Text),
            field("role", "role_id", Kind::Text),
            field("source", "source", Kind::Text),
        ],
        search: Some(field("name", "name", Kind::Text)),
    };

    fn id(&self) -> &str {
        &self.id
    }

    fn sort_value(&self, name: &str) -> Value {
        match name {
            "expires_at" => Value::Number(self.expires_at),
            _ => Value::from(&*self.name),
        }
    }
}

impl Listed for CertificateRow {
    const ID: Option<IdKind> = Some(IdKind::DeviceCertificate);
    const LIST: List = List {
        select: select_certificates!(""),
        from: "FROM device_certificates",
        id: "id",
        newest_first: true,
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

/// The account's devices.
pub(crate) fn of(account_id: &str) -> Conditions {
    Conditions::default().equal("account_id", account_id)
}

/// A device's certificates.
pub(crate) fn certificates_of(device_id: &str) -> Conditions {
    Conditions::default().equal("device_id", device_id)
}

/// A new device, whose certificate lasts until `expires_at`; [`StoreError::Duplicate`] when another
/// has its name.
pub(super) fn add(batch: &mut Batch, row: &DeviceRow, expires_at: i64) {
    const SQL: &str = "INSERT INTO devices (id, account_id, role_id, name, description, state, \
                       tags, source, expires_at, seen_at, seen_from, created_at, updated_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let values = [
        (&row.id).into(),
        (&row.account_id).into(),
        (&row.role_id).into(),
        (&row.name).into(),
        (&row.description).into(),
        (&row.state).into(),
        (&row.tags).into(),
        (&row.source).into(),
        expires_at.into(),
        row.seen_at.into(),
        (&row.seen_from).into(),
        row.created_at.into(),
        row.updated_at.into(),
    ];
    batch.add(SQL, values);
}

/// The device with this id or name; what was revoked or turned away goes by its id only. Each is
/// looked for by its own index, as with users.
pub(crate) async fn find(
    tx: &mut Tx,
    account_id: &str,
    reference: &str,
) -> Result<Option<DeviceRow>, StoreError> {
    const SQL: &str = select_devices!(
        "WHERE account_id = $1 AND id = (SELECT id FROM devices WHERE account_id = $1 AND id = $2 \
         UNION ALL SELECT id FROM devices WHERE account_id = $1 AND name = $2 \
         AND state IN ('pending', 'active', 'disabled') LIMIT 1)"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).bind(reference).fetch_optional(c))?)
}

/// The device with this id, locked until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx, id: &str) -> Result<Option<DeviceRow>, StoreError> {
    affected!(&mut *tx, "UPDATE devices SET id = id WHERE id = $1", id);
    const SQL: &str = select_devices!("WHERE id = $1");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(id).fetch_optional(c))?)
}

/// Stores what can be changed.
pub(crate) async fn update(tx: &mut Tx, row: &DeviceRow) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE devices SET name = $2, description = $3, state = $4, tags = $5, \
                       updated_at = $6, version = version + 1 WHERE id = $1";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.name,
        &row.description,
        &row.state,
        &row.tags,
        row.updated_at,
    );
    Ok(())
}

/// Notes when a device was there, and from where.
pub(crate) async fn seen(tx: &mut Tx, id: &str, now: i64, from: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE devices SET seen_at = $2, seen_from = $3 \
                       WHERE id = $1 AND seen_at <= $2";
    affected!(tx, SQL, id, now, from);
    Ok(())
}

/// Somebody who was connected with a key of an account.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeenKey<'a> {
    pub(crate) account_key: &'a str,
    pub(crate) user_key: &'a str,
    pub(crate) at: i64,
    pub(crate) from: &'a str,
}

/// The same for those among `seen` who are devices of ours.
pub(crate) async fn seen_by_key(tx: &mut Tx, seen: &[SeenKey<'_>]) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE devices SET seen_at = $3, seen_from = $4 \
                       WHERE seen_at <= $3 AND id = (SELECT k.device_id FROM device_keys k \
                       JOIN accounts a ON a.id = k.account_id \
                       WHERE a.public_key = $1 AND k.user_key = $2)";
    for some in seen.chunks(SEEN_TOGETHER) {
        let mut batch = Batch::default();
        for one in some {
            let values = [
                one.account_key.into(),
                one.user_key.into(),
                one.at.into(),
                one.from.into(),
            ];
            batch.add(SQL, values);
        }
        batch.run(tx).await?;
    }
    Ok(())
}

/// Gives a key to a device. `false` when it is another device's.
pub(crate) async fn own_key(
    tx: &mut Tx,
    (account_id, device_id): (&str, &str),
    user_key: &str,
    now: i64,
) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO device_keys (account_id, user_key, device_id, created_at) \
                       VALUES ($1, $2, $3, $4) ON CONFLICT (account_id, user_key) DO NOTHING";
    affected!(&mut *tx, SQL, account_id, user_key, device_id, now);
    let owner = owner(tx, account_id, user_key).await?;
    Ok(owner.as_deref() == Some(device_id))
}

/// The id of the device that a key belongs to.
pub(crate) async fn owner(
    tx: &mut Tx,
    account_id: &str,
    user_key: &str,
) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT device_id FROM device_keys WHERE account_id = $1 AND user_key = $2";
    Ok(each!(tx, c => sqlx::query_scalar(SQL)
        .bind(account_id)
        .bind(user_key)
        .fetch_optional(c))?)
}

/// The same, if the device is active.
pub(crate) async fn active_owner(
    tx: &mut Tx,
    account_id: &str,
    user_key: &str,
) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT d.id FROM device_keys k JOIN devices d ON d.id = k.device_id \
                       WHERE k.account_id = $1 AND k.user_key = $2 AND d.state = 'active'";
    Ok(each!(tx, c => sqlx::query_scalar(SQL)
        .bind(account_id)
        .bind(user_key)
        .fetch_optional(c))?)
}

/// A certificate that was issued.
pub(super) fn add_certificate(batch: &mut Batch, row: &CertificateRow) {
    const SQL: &str = "INSERT INTO device_certificates (id, account_id, device_id, authority_id, \
                       serial, user_key, kind, certificate, not_before, not_after, created_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let values = [
        (&row.id).into(),
        (&row.account_id).into(),
        (&row.device_id).into(),
        (&row.authority_id).into(),
        (&row.serial).into(),
        (&row.user_key).into(),
        (&row.kind).into(),
        row.certificate.as_slice().into(),
        row.not_before.into(),
        row.not_after.into(),
        row.created_at.into(),
    ];
    batch.add(SQL, values);
}

/// Stores a certificate that was issued.
pub(crate) async fn insert_certificate(
    tx: &mut Tx,
    row: &CertificateRow,
) -> Result<(), StoreError> {
    const END: &str = "UPDATE devices SET expires_at = CASE WHEN expires_at > $2 \
                       THEN expires_at ELSE $2 END WHERE id = $1";
    let mut batch = Batch::default();
    add_certificate(&mut batch, row);
    batch.add(END, [(&row.device_id).into(), row.not_after.into()]);
    batch.run(tx).await
}

/// The newest certificate for a key that is good at `now`.
pub(crate) async fn newest_certificate(
    tx: &mut Tx,
    account_id: &str,
    user_key: &str,
    now: i64,
) -> Result<Option<CertificateRow>, StoreError> {
    const SQL: &str = select_certificates!(
        "WHERE account_id = $1 AND user_key = $2 AND not_after > $3 AND revoked_at IS NULL \
         ORDER BY not_after DESC, id DESC LIMIT 1"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(account_id)
        .bind(user_key)
        .bind(now)
        .fetch_optional(c))?)
}

pub(crate) async fn certificate(
    tx: &mut Tx,
    device_id: &str,
    id: &str,
) -> Result<Option<CertificateRow>, StoreError> {
    const SQL: &str = select_certificates!("WHERE device_id = $1 AND id = $2");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(device_id).bind(id).fetch_optional(c))?)
}

/// Whether this certificate was issued for the key and revoked since.
pub(crate) async fn is_certificate_revoked(
    tx: &mut Tx,
    account_id: &str,
    user_key: &str,
    serial: &str,
) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT id FROM device_certificates WHERE account_id = $1 \
                       AND user_key = $2 AND serial = $3 AND revoked_at IS NOT NULL LIMIT 1";
    let first: Option<String> = each!(tx, c => sqlx::query_scalar(SQL)
        .bind(account_id)
        .bind(user_key)
        .bind(serial)
        .fetch_optional(c))?;
    Ok(first.is_some())
}

/// Whether a certificate for this key was revoked, other than with the whole of its authority.
pub(crate) async fn is_key_revoked(
    tx: &mut Tx,
    account_id: &str,
    user_key: &str,
) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT c.id FROM device_certificates c \
                       JOIN device_authorities a ON a.id = c.authority_id \
                       WHERE c.account_id = $1 AND c.user_key = $2 \
                       AND c.revoked_at IS NOT NULL AND a.state <> 'revoked' LIMIT 1";
    let first: Option<String> = each!(tx, c => sqlx::query_scalar(SQL)
        .bind(account_id)
        .bind(user_key)
        .fetch_optional(c))?;
    Ok(first.is_some())
}

/// The certificates that were issued for a key.
pub(crate) async fn credentials(
    tx: &mut Tx,
    account_id: &str,
    user_key: &str,
) -> Result<Vec<CertifiedRow>, StoreError> {
    const SQL: &str = "SELECT c.not_before, a.certificate AS authority \
                       FROM device_certificates c \
                       JOIN device_authorities a ON a.id = c.authority_id \
                       WHERE c.account_id = $1 AND c.user_key = $2";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).bind(user_key).fetch_all(c))?)
}

/// The keys of a device with certificates that are good at `now`.
pub(crate) async fn live_keys(
    tx: &mut Tx,
    device_id: &str,
    now: i64,
) -> Result<Vec<DeviceKey>, StoreError> {
    const SQL: &str = "SELECT user_key, MAX(not_after) AS not_after FROM device_certificates \
                       WHERE device_id = $1 AND not_after > $2 AND revoked_at IS NULL \
                       GROUP BY user_key ORDER BY user_key";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(device_id).bind(now).fetch_all(c))?)
}

/// Puts a device's certificates, or those for one of its keys, on their authorities' lists.
pub(crate) async fn revoke_certificates(
    tx: &mut Tx,
    device_id: &str,
    user_key: Option<&str>,
    now: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE device_certificates SET revoked_at = $2 WHERE device_id = $1 \
                       AND revoked_at IS NULL AND (CAST($3 AS TEXT) IS NULL OR user_key = $3)";
    affected!(tx, SQL, device_id, now, user_key);
    Ok(())
}

/// When a certificate was revoked, if it was; `None` for one that the authority has not issued.
pub(crate) async fn revocation_of(
    tx: &mut Tx,
    authority_id: &str,
    serial: &str,
) -> Result<Option<Option<i64>>, StoreError> {
    const SQL: &str = "SELECT revoked_at FROM device_certificates \
                       WHERE authority_id = $1 AND serial = $2";
    Ok(each!(tx, c => sqlx::query_scalar(SQL)
        .bind(authority_id)
        .bind(serial)
        .fetch_optional(c))?)
}

/// The authority's revoked certificates that have not expired at `now`.
pub(crate) async fn revoked_by(
    tx: &mut Tx,
    authority_id: &str,
    now: i64,
) -> Result<Vec<RevokedCertificate>, StoreError> {
    const SQL: &str = "SELECT serial, revoked_at FROM device_certificates \
                       WHERE authority_id = $1 AND revoked_at IS NOT NULL AND not_after > $2 \
                       ORDER BY id";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(authority_id).bind(now).fetch_all(c))?)
}

/// How many devices the account has in each state.
pub(crate) async fn count_by_state(
    tx: &mut Tx,
    account_id: &str,
) -> Result<Vec<(String, i64)>, StoreError> {
    const SQL: &str = "SELECT state, COUNT(*) FROM devices WHERE account_id = $1 GROUP BY state";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).fetch_all(c))?)
}

/// Both ends are within.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ends {
    pub(crate) from: i64,
    pub(crate) until: i64,
}

/// How many active devices have their last certificate end in this time.
pub(crate) async fn count_active_ending(
    tx: &mut Tx,
    account_id: &str,
    ends: Ends,
) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM devices WHERE account_id = $1 AND state = 'active' \
                       AND expires_at >= $2 AND expires_at <= $3";
    Ok(each!(tx, c => sqlx::query_scalar(SQL)
        .bind(account_id)
        .bind(ends.from)
        .bind(ends.until)
        .fetch_one(c))?)
}

/// How many devices that are not out have the role.
pub(crate) async fn count_of_role(tx: &mut Tx, role_id: &str) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM devices d JOIN roles r ON r.id = d.role_id \
                       WHERE d.account_id = r.account_id AND d.role_id = $1 \
                       AND d.state IN ('pending', 'active', 'disabled')";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(role_id).fetch_one(c))?)
}

/// Marks all of a role's devices as revoked.
pub(crate) async fn revoke_of_role(tx: &mut Tx, role_id: &str, now: i64) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE devices SET state = 'revoked', updated_at = $2, \
                       version = version + 1 WHERE role_id = $1 \
                       AND account_id = (SELECT account_id FROM roles WHERE id = $1) \
                       AND state IN ('pending', 'active', 'disabled')";
    affected!(tx, SQL, role_id, now);
    Ok(())
}

/// Devices that came with a token and are not out yet.
pub(crate) async fn from_source(
    tx: &mut Tx,
    account_id: &str,
    source: &str,
) -> Result<Vec<DeviceRow>, StoreError> {
    const SQL: &str = select_devices!(
        "WHERE account_id = $1 AND source = $2 \
         AND state IN ('pending', 'active', 'disabled') ORDER BY id"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).bind(source).fetch_all(c))?)
}
