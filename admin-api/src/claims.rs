//! Turns an account's rows into minted claims: the only way in which claims come to be and change.

use accounts::claims::account::AccountLimits;
use accounts::{AccountBody, KeyKind, PublicKey, Quotas};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ids::{IdKind, new_id};
use crate::installation::Installation;
use crate::mint::{self, AccountFacts, MintError, SealedKey};
use crate::store::accounts::{AccountRow, NewAccount};
use crate::store::foundation::OperatorRow;
use crate::store::{self, StoreError, Tx};
use crate::transfer::Carried;
use crate::vault::{Purpose, Vault};

/// The id and the sealed keys of an account that does not exist yet.
#[derive(Debug)]
pub(crate) struct AccountKeys {
    id: String,
    identity: SealedKey,
    signing: SealedKey,
}

impl AccountKeys {
    pub(crate) fn generate(vault: &Vault) -> Self {
        let id = new_id(IdKind::Account);
        let key = |purpose| mint::new_sealed_key(vault, KeyKind::Account, purpose, &id);
        let (identity, signing) = (key(Purpose::AccountIdentity), key(Purpose::AccountSigning));
        Self {
            id,
            identity,
            signing,
        }
    }

    /// The account's public key.
    pub(crate) fn public(&self) -> PublicKey {
        self.identity.public
    }
}

/// All that bounds an account, as its row holds it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Ceilings {
    #[serde(flatten)]
    pub(crate) limits: AccountLimits,
    /// Quotas that only Tidegate's broker obeys, as they stand in the claims.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    tidegate: Map<String, Value>,
}

impl Ceilings {
    /// What claims from elsewhere say.
    pub(crate) fn of_claims(body: &AccountBody) -> Self {
        let extra = body.tidegate.as_ref();
        Self {
            limits: body.limits.clone(),
            tidegate: extra.map(|extra| extra.extra.clone()).unwrap_or_default(),
        }
    }

    pub(crate) fn unlimited() -> Self {
        Self {
            limits: AccountLimits::unlimited(),
            tidegate: Map::new(),
        }
    }

    /// The quotas. What was stored was written by [`Self::set_quotas`].
    pub(crate) fn quotas(&self) -> Quotas {
        Quotas::of_account(&self.tidegate).unwrap_or_default()
    }

    pub(crate) fn set_quotas(&mut self, quotas: &Quotas) {
        quotas.write(&mut self.tidegate);
    }
}

/// What a new account is besides its keys.
#[derive(Debug)]
pub(crate) struct AccountPlan<'a> {
    pub(crate) org_id: &'a str,
    pub(crate) slug: &'a str,
    pub(crate) name: &'a str,
    /// `tenant` or `system`.
    pub(crate) kind: &'a str,
    pub(crate) ceilings: &'a Ceilings,
}

/// Stores a new account with its first claims and records that every engine should hold them.
/// [`StoreError::Duplicate`] when the slug is taken.
pub(crate) async fn insert_account(
    tx: &mut Tx,
    vault: &Vault,
    operator: &OperatorRow,
    keys: AccountKeys,
    plan: &AccountPlan<'_>,
    now: i64,
) -> Result<AccountRow, MintError> {
    let public_key = keys.identity.public.to_string();
    let signing_key = keys.signing.public.to_string();
    let facts = AccountFacts {
        public_key: &public_key,
        name: plan.slug,
        signing_key: &signing_key,
        ceilings: plan.ceilings.clone(),
        generation: 1,
        exports: &[],
        imports: &[],
        revocations: &[],
        carried: &Carried::default(),
        bytes_max: mint::ACCOUNT_JWT_BYTES_MAX,
        now,
    };
    let jwt = mint::account(vault, operator, facts)?;
    let new = NewAccount {
        id: &keys.id,
        org_id: plan.org_id,
        slug: plan.slug,
        name: plan.name,
        kind: plan.kind,
        public_key: &public_key,
        identity_seed: &keys.identity.seed,
        signing_key: &signing_key,
        signing_seed: &keys.signing.seed,
        limits: &ceilings_json(plan.ceilings),
        generation: 1,
        jwt: &jwt,
        now,
    };
    store::accounts::insert(tx, &new).await?;
    store::engines::want(tx, &keys.id, 1, now).await?;
    let row = store::accounts::by_id(tx, &keys.id).await?;
    row.ok_or_else(|| StoreError::corrupt("accounts.id", keys.id).into())
}

/// Mints the account's claims anew with the next generation and records that every engine should
/// hold them. The caller holds the row's lock and commits.
pub(crate) async fn republish(
    tx: &mut Tx,
    vault: &Vault,
    installation: &Installation,
    account: &mut AccountRow,
    now: i64,
) -> Result<(), MintError> {
    let is_deleted = account.state == "deleted";
    // Deleted means suspended for good: nobody connects, nothing is shared.
    let (exports, imports) = if is_deleted {
        (Vec::new(), Vec::new())
    } else {
        (
            store::exports::of_account(tx, &account.id).await?,
            store::imports::of_account(tx, &account.id).await?,
        )
    };
    let revocations = store::users::revocations(tx, &account.id, now).await?;
    let mut carried = Carried::stored(tx, &account.id).await?;
    let mut ceilings = stored_ceilings(account)?;
    if is_deleted {
        carried = carried.without_sharing();
        (ceilings.limits.conn, ceilings.limits.leaf) = (0, 0);
    }
    account.generation += 1;
    account.wanted_generation = account.generation;
    account.updated_at = now;
    account.jwt = mint::account(
        vault,
        &installation.operator,
        AccountFacts {
            public_key: &account.public_key,
            name: &account.slug,
            signing_key: &account.signing_key,
            ceilings,
            generation: account.generation,
            exports: &exports,
            imports: &imports,
            revocations: &revocations,
            carried: &carried,
            bytes_max: installation.claims_bytes_max(),
            now,
        },
    )?;
    store::accounts::set_claims(tx, &account.id, account.generation, &account.jwt, now).await?;
    store::engines::want(tx, &account.id, account.generation, now).await?;
    Ok(())
}

/// What bounds the account, as its row says.
pub(crate) fn stored_ceilings(account: &AccountRow) -> Result<Ceilings, StoreError> {
    let corrupt = || StoreError::corrupt("accounts.limits", &account.id);
    let ceilings: Ceilings = serde_json::from_str(&account.limits).map_err(|_| corrupt())?;
    // Better no claims at all than claims without their quotas.
    match Quotas::of_account(&ceilings.tidegate) {
        Ok(_) => Ok(ceilings),
        Err(_) => Err(corrupt()),
    }
}

/// What bounds an account, as its row holds it.
pub(crate) fn ceilings_json(ceilings: &Ceilings) -> String {
    serde_json::to_string(ceilings).expect("limits are numbers and flags, which JSON can hold")
}
