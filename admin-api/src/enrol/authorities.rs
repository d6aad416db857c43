//! The authorities that sign for a role's devices: made when they are first needed, replaced with
//! an overlap, and opened for one signature.

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::refusals;
use crate::app::App;
use crate::claims;
use crate::clock;
use crate::devices::Policy;
use crate::ids::{IdKind, new_id};
use crate::pki::Authority;
use crate::problem::Problem;
use crate::store::accounts::AccountRow;
use crate::store::device_authorities::AuthorityRow;
use crate::store::places::PlaceRow;
use crate::store::{self, Tx};
use crate::vault::{Purpose, Vault};

/// How long an authority signs: much longer than any of its certificates is good.
const AUTHORITY_SECONDS: i64 = 5 * 366 * 24 * 3600;

/// The role's authority, one that outlives the certificates which it is to sign, and a transaction
/// to go on in: where there was none, it was made in one of its own.
pub(super) async fn ready(
    app: &App,
    mut tx: Tx,
    place: &PlaceRow,
    policy: &Policy,
    now: i64,
) -> Result<(Tx, AuthorityRow), Problem> {
    let active = store::device_authorities::active(&mut tx, &place.role_id).await?;
    if let Some(row) = active.filter(|row| outlives(row, policy, now)) {
        return Ok((tx, row));
    }
    // Rare: under the account's lock, and told to every broker.
    drop(tx);
    ensure(app, place).await?;
    let mut tx = app.db.write().await?;
    let active = store::device_authorities::active(&mut tx, &place.role_id).await?;
    Ok((tx, active.ok_or_else(Problem::internal)?))
}

fn outlives(row: &AuthorityRow, policy: &Policy, now: i64) -> bool {
    row.not_after > now + policy.certificate_seconds
}

/// Makes an authority for a role, without its claims. The caller holds the account's lock.
pub(crate) async fn make(
    tx: &mut Tx,
    vault: &Vault,
    (account_id, role_id): (&str, &str),
    policy: &Policy,
    now: i64,
) -> Result<AuthorityRow, Problem> {
    let id = new_id(IdKind::DeviceAuthority);
    let life = (now, now + AUTHORITY_SECONDS);
    let (authority, secret) =
        Authority::make(&id, policy.key_kind, life).map_err(refusals::signing)?;
    let row = AuthorityRow {
        secret: vault.seal(Purpose::DeviceAuthority, &id, &secret),
        id,
        account_id: account_id.to_owned(),
        role_id: role_id.to_owned(),
        key_kind: policy.key_kind.as_str().to_owned(),
        fingerprint: fingerprint(authority.certificate()),
        certificate: authority.certificate().to_vec(),
        state: "active".to_owned(),
        drop_at: None,
        not_before: life.0,
        not_after: life.1,
        created_at: now,
        version: 1,
    };
    store::device_authorities::insert(tx, &row).await?;
    Ok(row)
}

/// SHA-256 of a certificate, in hex.
pub(crate) fn fingerprint(der: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(der))
}

/// Sees to it that a role has an authority, and says whether one was made: then the account's
/// claims are to be minted anew. The caller holds the account's lock.
pub(crate) async fn provide(
    tx: &mut Tx,
    vault: &Vault,
    account: &AccountRow,
    role_id: &str,
    now: i64,
) -> Result<bool, Problem> {
    let (policy, _) = Policy::of(tx, role_id).await?;
    match store::device_authorities::active(tx, role_id).await? {
        Some(old) if outlives(&old, &policy, now) => return Ok(false),
        Some(old) => store::device_authorities::retire(tx, &old.id, old.not_after).await?,
        None => {}
    }
    make(tx, vault, (&account.id, role_id), &policy, now).await?;
    Ok(true)
}

/// The same in a transaction of its own.
async fn ensure(app: &App, place: &PlaceRow) -> Result<(), Problem> {
    let installation = app.installation()?;
    let now = clock::now();
    let mut tx = app.db.write().await?;
    let account = store::accounts::lock(&mut tx, &place.account_id).await?;
    let mut account = account.ok_or_else(Problem::not_found)?;
    if provide(&mut tx, &app.vault, &account, &place.role_id, now).await? {
        claims::republish(&mut tx, &app.vault, &installation, &mut account, now).await?;
        let waiter = app.reconciler.waiter();
        tx.commit().await?;
        waiter
            .wait(app, &account.id, account.wanted_generation)
            .await;
    }
    Ok(())
}

/// Opens an authority to sign with it.
pub(crate) fn open(app: &App, row: &AuthorityRow) -> Result<Authority, Problem> {
    let purpose = Purpose::DeviceAuthority;
    let secret = app.vault.open_sealed(purpose, &row.id, &row.secret);
    let secret = secret.map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the key of an authority does not open"
        );
        Problem::internal()
    })?;
    Authority::open(row.certificate.clone(), &secret).map_err(refusals::signing)
}
