//! Authorities for the devices of an account: how a role's devices are dealt with, who signs their
//! certificates, and which other authorities' certificates let a device enrol.

use super::list::{Conditions, List, Listed, Value};
use super::{StoreError, Tx, affected, each};
use crate::ids::IdKind;

/// How a role's devices are dealt with.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct PolicyRow {
    pub(crate) role_id: String,
    pub(crate) account_id: String,
    pub(crate) key_kind: String,
    pub(crate) certificate_seconds: i64,
    /// How long after its end a certificate may still be renewed.
    pub(crate) grace_seconds: i64,
    pub(crate) approval: bool,
    pub(crate) server_keys: bool,
    pub(crate) updated_at: i64,
    pub(crate) version: i64,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct AuthorityRow {
    pub(crate) id: String,
    pub(crate) account_id: String,
    pub(crate) role_id: String,
    pub(crate) key_kind: String,
    /// DER.
    pub(crate) certificate: Vec<u8>,
    /// Its key, sealed.
    pub(crate) secret: Vec<u8>,
    pub(crate) fingerprint: String,
    /// `active`, `retired` (until `drop_at`), `ended` or `revoked`.
    pub(crate) state: String,
    pub(crate) drop_at: Option<i64>,
    pub(crate) not_before: i64,
    pub(crate) not_after: i64,
    pub(crate) created_at: i64,
    pub(crate) version: i64,
}

/// An authority of somebody else.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct ForeignRow {
    pub(crate) id: String,
    pub(crate) account_id: String,
    pub(crate) role_id: String,
    pub(crate) name: String,
    /// DER.
    pub(crate) certificate: Vec<u8>,
    pub(crate) fingerprint: String,
    pub(crate) challenge: String,
    /// `unproven` or `active`.
    pub(crate) state: String,
    pub(crate) pattern: String,
    pub(crate) approval: bool,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) version: i64,
}

/// What the claims say of an authority.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct AnchorRow {
    pub(crate) certificate: Vec<u8>,
    /// The public key that signs the role's users: it names the role.
    pub(crate) role_key: String,
}

/// The role's policy, if it has one of its own.
pub(crate) async fn policy(tx: &mut Tx, role_id: &str) -> Result<Option<PolicyRow>, StoreError> {
    const SQL: &str = "SELECT role_id, account_id, key_kind, certificate_seconds, grace_seconds, \
                       approval, server_keys, updated_at, version FROM device_policies \
                       WHERE role_id = $1";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(role_id).fetch_optional(c))?)
}

pub(crate) async fn set_policy(tx: &mut Tx, row: &PolicyRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO device_policies (role_id, account_id, key_kind, \
                       certificate_seconds, grace_seconds, approval, server_keys, updated_at, \
                       version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
                       ON CONFLICT (role_id) DO UPDATE SET key_kind = $3, \
                       certificate_seconds = $4, grace_seconds = $5, approval = $6, \
                       server_keys = $7, updated_at = $8, version = $9";
    affected!(
        tx,
        SQL,
        &row.role_id,
        &row.account_id,
        &row.key_kind,
        row.certificate_seconds,
        row.grace_seconds,
        row.approval,
        row.server_keys,
        row.updated_at,
        row.version,
    );
    Ok(())
}

macro_rules! select_authorities {
    ($rest:literal) => {
        concat!(
            "SELECT id, account_id, role_id, key_kind, certificate, secret, fingerprint, state, \
             drop_at, not_before, not_after, created_at, version FROM device_authorities ",
            $rest
        )
    };
}

impl Listed for AuthorityRow {
    const ID: Option<IdKind> = Some(IdKind::DeviceAuthority);
    const LIST: List = List {
        select: select_authorities!(""),
        from: "FROM device_authorities",
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

/// What an account has of these.
pub(crate) fn of(account_id: &str) -> Conditions {
    Conditions::default().equal("account_id", account_id)
}

/// Stores a new authority; [`StoreError::Duplicate`] when the role has an active one.
pub(crate) async fn insert(tx: &mut Tx, row: &AuthorityRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO device_authorities (id, account_id, role_id, key_kind, \
                       certificate, secret, fingerprint, state, not_before, not_after, created_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.account_id,
        &row.role_id,
        &row.key_kind,
        row.certificate.as_slice(),
        row.secret.as_slice(),
        &row.fingerprint,
        &row.state,
        row.not_before,
        row.not_after,
        row.created_at,
    );
    Ok(())
}

/// The one that signs for a role.
pub(crate) async fn active(tx: &mut Tx, role_id: &str) -> Result<Option<AuthorityRow>, StoreError> {
    const SQL: &str = select_authorities!("WHERE role_id = $1 AND state = 'active'");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(role_id).fetch_optional(c))?)
}

pub(crate) async fn find(
    tx: &mut Tx,
    account_id: &str,
    id: &str,
) -> Result<Option<AuthorityRow>, StoreError> {
    const SQL: &str = select_authorities!("WHERE account_id = $1 AND id = $2");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).bind(id).fetch_optional(c))?)
}

/// The authority with this id, whoever's it is: its list of revoked certificates is public.
pub(crate) async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<AuthorityRow>, StoreError> {
    const SQL: &str = select_authorities!("WHERE id = $1");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(id).fetch_optional(c))?)
}

/// Those whose certificates are good at `now`: they sign, or did until a while ago.
pub(crate) async fn trusted(
    tx: &mut Tx,
    account_id: &str,
    now: i64,
) -> Result<Vec<AuthorityRow>, StoreError> {
    const SQL: &str = select_authorities!(
        "WHERE account_id = $1 AND not_after > $2 \
         AND (state = 'active' OR (state = 'retired' AND drop_at > $2)) ORDER BY id"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).bind(now).fetch_all(c))?)
}

/// The certificates of all accounts' authorities that are good at `now`.
pub(crate) async fn all_trusted(tx: &mut Tx, now: i64) -> Result<Vec<Vec<u8>>, StoreError> {
    const SQL: &str = "SELECT certificate FROM device_authorities WHERE not_after > $1 \
                       AND (state = 'active' OR (state = 'retired' AND drop_at > $1)) ORDER BY id";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(now).fetch_all(c))?)
}

/// What the account's claims say of its authorities. Those of disabled and deleted roles are not
/// among them.
pub(crate) async fn anchors(
    tx: &mut Tx,
    account_id: &str,
    now: i64,
) -> Result<Vec<AnchorRow>, StoreError> {
    const END: &str = "UPDATE device_authorities SET state = 'ended', version = version + 1 \
                       WHERE account_id = $1 AND state = 'retired' AND drop_at <= $2";
    affected!(&mut *tx, END, account_id, now);
    const SQL: &str = "SELECT a.certificate, r.signing_key AS role_key \
                       FROM device_authorities a JOIN roles r ON r.id = a.role_id \
                       WHERE a.account_id = $1 AND a.not_after > $2 \
                       AND a.state IN ('active', 'retired') \
                       AND r.deleted_at IS NULL AND NOT r.disabled ORDER BY a.id";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).bind(now).fetch_all(c))?)
}

/// Lets an authority sign nothing any more; its certificates are good until `drop_at`.
pub(crate) async fn retire(tx: &mut Tx, id: &str, drop_at: i64) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE device_authorities SET state = 'retired', drop_at = $2, \
                       version = version + 1 WHERE id = $1";
    affected!(tx, SQL, id, drop_at);
    Ok(())
}

/// Ends an authority and all that it has signed.
pub(crate) async fn revoke(tx: &mut Tx, id: &str, now: i64) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE device_authorities SET state = 'revoked', drop_at = $2, \
                       version = version + 1 WHERE id = $1";
    affected!(&mut *tx, SQL, id, now);
    const CERTIFICATES: &str = "UPDATE device_certificates SET revoked_at = $2 \
                                WHERE authority_id = $1 AND revoked_at IS NULL";
    affected!(tx, CERTIFICATES, id, now);
    Ok(())
}

/// Ends all authorities of a role, and what they have signed.
pub(crate) async fn revoke_of_role(tx: &mut Tx, role_id: &str, now: i64) -> Result<(), StoreError> {
    const SQL: &str = "SELECT id FROM device_authorities \
                       WHERE role_id = $1 AND state IN ('active', 'retired')";
    let all: Vec<String> = each!(&mut *tx, c => sqlx::query_scalar(SQL)
        .bind(role_id)
        .fetch_all(c))?;
    for id in all {
        revoke(tx, &id, now).await?;
    }
    Ok(())
}

macro_rules! select_foreign {
    ($rest:literal) => {
        concat!(
            "SELECT id, account_id, role_id, name, certificate, fingerprint, challenge, state, \
             pattern, approval, created_at, updated_at, version FROM enrolment_authorities ",
            $rest
        )
    };
}

impl Listed for ForeignRow {
    const ID: Option<IdKind> = Some(IdKind::EnrolmentAuthority);
    const LIST: List = List {
        select: select_foreign!(""),
        from: "FROM enrolment_authorities",
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

/// Stores an authority of somebody else; [`StoreError::Duplicate`] when the account has it.
pub(crate) async fn insert_foreign(tx: &mut Tx, row: &ForeignRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO enrolment_authorities (id, account_id, role_id, name, \
                       certificate, fingerprint, challenge, state, pattern, approval, created_at, \
                       updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.account_id,
        &row.role_id,
        &row.name,
        row.certificate.as_slice(),
        &row.fingerprint,
        &row.challenge,
        &row.state,
        &row.pattern,
        row.approval,
        row.created_at,
    );
    Ok(())
}

pub(crate) async fn find_foreign(
    tx: &mut Tx,
    account_id: &str,
    id: &str,
) -> Result<Option<ForeignRow>, StoreError> {
    const SQL: &str = select_foreign!("WHERE account_id = $1 AND id = $2");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).bind(id).fetch_optional(c))?)
}

/// The authorities of others that were proven.
pub(crate) async fn proven(tx: &mut Tx, account_id: &str) -> Result<Vec<ForeignRow>, StoreError> {
    const SQL: &str = select_foreign!("WHERE account_id = $1 AND state = 'active' ORDER BY id");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).fetch_all(c))?)
}

/// Stores what can be changed.
pub(crate) async fn update_foreign(tx: &mut Tx, row: &ForeignRow) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE enrolment_authorities SET name = $2, state = $3, pattern = $4, \
                       approval = $5, updated_at = $6, version = version + 1 WHERE id = $1";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.name,
        &row.state,
        &row.pattern,
        row.approval,
        row.updated_at,
    );
    Ok(())
}

pub(crate) async fn delete_foreign(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    affected!(tx, "DELETE FROM enrolment_authorities WHERE id = $1", id);
    Ok(())
}

/// Whether the role has devices, or may have: then its template may not use what devices lack.
pub(crate) async fn serves(tx: &mut Tx, role_id: &str) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT id FROM device_authorities WHERE role_id = $1 LIMIT 1";
    let first: Option<String> =
        each!(tx, c => sqlx::query_scalar(SQL).bind(role_id).fetch_optional(c))?;
    Ok(first.is_some())
}
