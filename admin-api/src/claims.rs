//! Turns an account's rows into newly minted claims: the only way in which claims change.

use accounts::claims::account::AccountLimits;

use crate::installation::Installation;
use crate::mint::{self, AccountFacts, MintError};
use crate::store::accounts::AccountRow;
use crate::store::{self, StoreError, Tx};
use crate::vault::Vault;

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
    let mut limits = stored_limits(account)?;
    if is_deleted {
        (limits.conn, limits.leaf) = (0, 0);
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
            limits,
            generation: account.generation,
            exports: &exports,
            imports: &imports,
            revocations: &revocations,
            now,
        },
    )?;
    store::accounts::set_claims(tx, &account.id, account.generation, &account.jwt, now).await?;
    store::engines::want(tx, &account.id, account.generation, now).await?;
    Ok(())
}

/// The limits as they stand in the account's row.
pub(crate) fn stored_limits(account: &AccountRow) -> Result<AccountLimits, StoreError> {
    serde_json::from_str(&account.limits)
        .map_err(|_| StoreError::corrupt("accounts.limits", &account.id))
}
