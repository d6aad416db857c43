//! Founds an installation on an operator that exists already.
//!
//! Its token stays as it is, so that other servers that trust it take our accounts, and we theirs.

use accounts::{OperatorBody, PublicKey};

use super::{Bundle, Imported, Importer, TransferError};
use crate::bootstrap::{self, SYSTEM_SLUG};
use crate::claims::{AccountKeys, AccountPlan, Ceilings, insert_account};
use crate::ids::{IdKind, new_id};
use crate::installation::Installation;
use crate::settings::AccountSettings;
use crate::store::foundation::OperatorRow;
use crate::store::{self, Tx};
use crate::vault::{Purpose, Vault};

/// Stores the operator of the bundle and all that it brings. The caller commits.
pub(crate) async fn adopt(
    tx: &mut Tx,
    vault: &Vault,
    bundle: &Bundle,
    adopt_accounts: bool,
    now: i64,
) -> Result<Imported, TransferError> {
    let operator = operator(vault, bundle, now)?;
    store::foundation::insert_operator(tx, &operator).await?;
    let org = bootstrap::insert_default_org(tx, now).await?;
    bootstrap::append_audit(tx, "installation.found", &operator.id, now).await?;
    let installation = Installation {
        operator_id: operator.id,
        operator_key: operator.public_key,
        has_cluster: false,
    };
    let system = system_account(tx, vault, &installation, bundle, &org.id, now).await?;
    let mut importer = Importer::new(tx, vault, &installation, bundle, &org.id, now).await?;
    importer.adopt = adopt_accounts;
    importer.run(tx, Some(system)).await
}

fn operator(vault: &Vault, bundle: &Bundle, now: i64) -> Result<OperatorRow, TransferError> {
    let brought = bundle.operator.as_ref().ok_or(TransferError::NoOperator)?;
    let claims = &brought.claims;
    let signer = bundle.operator_signer().ok_or_else(|| {
        let body: &OperatorBody = &claims.nats;
        let mut keys: Vec<String> = body.signing_keys.iter().map(PublicKey::to_string).collect();
        if !body.strict_signing_key_usage {
            keys.push(claims.sub.clone());
        }
        TransferError::NoOperatorSeed {
            name: claims.name.clone(),
            keys: keys.join(" or "),
        }
    })?;
    let id = new_id(IdKind::Operator);
    let seed = signer.seed();
    Ok(OperatorRow {
        name: claims.name.clone(),
        public_key: claims.sub.clone(),
        jwt: brought.jwt.clone(),
        signing_key: signer.public().to_string(),
        signing_seed: vault.seal(Purpose::OperatorSigning, &id, seed.as_bytes()),
        created_at: now,
        version: 1,
        id,
    })
}

/// The operator's own system account, with a signing key of ours when its seeds are missing: the
/// control plane logs in with it. A new one when the operator has none.
async fn system_account(
    tx: &mut Tx,
    vault: &Vault,
    installation: &Installation,
    bundle: &Bundle,
    org_id: &str,
    now: i64,
) -> Result<PublicKey, TransferError> {
    let named = bundle
        .operator
        .as_ref()
        .and_then(|it| it.claims.nats.system_account);
    let token = named.and_then(|key| bundle.accounts.get(&key));
    if let (Some(key), Some(token)) = (named, token) {
        let mut importer = Importer::new(tx, vault, installation, bundle, org_id, now).await?;
        importer.adopt = true;
        importer
            .new_account(tx, token, "system", Some(SYSTEM_SLUG))
            .await?;
        return Ok(key);
    }
    if let Some(key) = named {
        return Err(TransferError::Account {
            name: "system".to_owned(),
            key: key.to_string(),
            reason: "the operator names it as its system account, but its JWT is not among the \
                     tokens"
                .to_owned(),
        });
    }
    let keys = AccountKeys::generate(vault);
    let key = keys.public();
    let plan = AccountPlan {
        org_id,
        slug: SYSTEM_SLUG,
        name: "System",
        kind: "system",
        ceilings: &Ceilings::unlimited(),
        settings: &AccountSettings::default(),
    };
    insert_account(tx, vault, keys, &plan, now).await?;
    Ok(key)
}
