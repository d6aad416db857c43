//! Issues users' credentials: from a user's row and its role to a signed JWT, every one of which
//! is remembered, so that it can be revoked.

use accounts::{Claims, KeyKind, PublicKey, Quotas, UserBody, UserPermissionLimits};

use crate::ids::{IdKind, new_id};
use crate::mint::{self, MintError, UserFacts};
use crate::rights::Rights;
use crate::store::account_roles::RoleRow;
use crate::store::accounts::AccountRow;
use crate::store::issuances::IssuanceRow;
use crate::store::users::UserRow;
use crate::store::{self, StoreError, Tx};
use crate::vault::Vault;

/// Why a credential is given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Created,
    Updated,
    Rotated,
    ShortLived,
}

impl Reason {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Reason::Created => "created",
            Reason::Updated => "updated",
            Reason::Rotated => "rotated",
            Reason::ShortLived => "short_lived",
        }
    }
}

/// A user's own rights, as its row says. Those of a user with a role are its role's.
pub(crate) fn rights_of(row: &UserRow) -> Result<Rights, StoreError> {
    let corrupt = |column| move |_| StoreError::corrupt(column, &row.id);
    Ok(Rights {
        permissions: serde_json::from_str(&row.permissions)
            .map_err(corrupt("users.permissions"))?,
        limits: serde_json::from_str(&row.limits).map_err(corrupt("users.limits"))?,
        conditions: serde_json::from_str(&row.conditions).map_err(corrupt("users.conditions"))?,
        bearer: row.bearer,
    })
}

/// A user's tags, as its row says.
pub(crate) fn tags_of(row: &UserRow) -> Result<Vec<String>, StoreError> {
    let corrupt = |_| StoreError::corrupt("users.tags", &row.id);
    serde_json::from_str(&row.tags).map_err(corrupt)
}

/// What a user's credential says.
fn facts(row: &UserRow) -> Result<UserFacts<'_>, MintError> {
    let (rights, quotas, require_certificate) = match row.role_id {
        Some(_) => (UserPermissionLimits::default(), Quotas::default(), false),
        None => {
            let rights = rights_of(row)?;
            let corrupt = |_| StoreError::corrupt("users.permissions", &row.id);
            let claims = rights.to_claims().map_err(corrupt)?;
            (
                claims,
                rights.quotas(),
                rights.conditions.require_certificate,
            )
        }
    };
    Ok(UserFacts {
        public_key: PublicKey::parse_as(&row.public_key, KeyKind::User)?,
        name: &row.name,
        rights,
        quotas,
        require_certificate,
        tags: tags_of(row)?,
        issued_at: row.issued_at,
        expires_at: row.expires_at,
    })
}

/// A user's newest credential, without its signature.
pub(crate) fn claims_of(
    account: &AccountRow,
    row: &UserRow,
) -> Result<Claims<UserBody>, MintError> {
    let mut claims = mint::user_claims(account, facts(row)?)?;
    claims.iss = PublicKey::parse_as(&row.issuer_key, KeyKind::Account)?;
    Ok(claims)
}

/// Signs a credential for `row` now; the row's columns about it are filled in. It is not valid
/// until [`remember`] has stored it.
pub(crate) async fn sign(
    tx: &mut Tx,
    vault: &Vault,
    account: &AccountRow,
    role: Option<&RoleRow>,
    row: &mut UserRow,
    now: i64,
) -> Result<String, MintError> {
    let revoked_at = store::issuances::revoked_at(tx, &account.id, &row.public_key).await?;
    // What is issued in the second of a revocation or before is refused by servers.
    row.issued_at = revoked_at.map_or(now, |at| now.max(at + 1));
    row.issuer_key
        .clone_from(role.map_or(&account.signing_key, |role| &role.signing_key));
    let jwt = mint::user(vault, account, role, facts(row)?)?;
    row.jwt_id = accounts::jwt::id_of(&jwt)?;
    Ok(jwt)
}

/// The user's newest credential again, which is not kept. Signing is deterministic: the same facts
/// give the same token, to the byte.
pub(crate) fn again(
    vault: &Vault,
    account: &AccountRow,
    role: Option<&RoleRow>,
    row: &UserRow,
) -> Result<String, MintError> {
    mint::user(vault, account, role, facts(row)?)
}

/// The credential that [`sign`] made, as it is remembered.
pub(crate) fn issued(row: &UserRow, reason: Reason, actor: &str, now: i64) -> IssuanceRow {
    IssuanceRow {
        id: new_id(IdKind::Issuance),
        account_id: row.account_id.clone(),
        user_id: row.id.clone(),
        user_key: row.public_key.clone(),
        issuer_key: row.issuer_key.clone(),
        jwt_id: row.jwt_id.clone(),
        kind: reason.as_str().to_owned(),
        actor: actor.to_owned(),
        issued_at: row.issued_at,
        expires_at: row.expires_at,
        created_at: now,
    }
}

/// Remembers the credential that [`sign`] made.
pub(crate) async fn remember(
    tx: &mut Tx,
    row: &UserRow,
    reason: Reason,
    actor: &str,
    now: i64,
) -> Result<(), StoreError> {
    store::issuances::insert(tx, &issued(row, reason, actor, now)).await
}

/// Revokes every credential of a user that may still be valid, and gives the keys they belong to.
pub(crate) async fn revoke_all(
    tx: &mut Tx,
    row: &UserRow,
    now: i64,
) -> Result<Vec<String>, StoreError> {
    let live = store::issuances::live_keys(tx, &row.id, now).await?;
    for key in &live {
        let revoked_at = now.max(key.issued_at);
        let account_id = &row.account_id;
        store::issuances::revoke(tx, account_id, &key.user_key, revoked_at, key.expires_at).await?;
    }
    Ok(live.into_iter().map(|key| key.user_key).collect())
}
