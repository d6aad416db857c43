//! An account's auth callout as its claims have it: who answers, where users may be placed, and
//! the keys that the service signs with.

use accounts::claims::account::ExternalAuthorization;
use accounts::{KeyKind, PublicKey, SigningKey};

use crate::mint::MintError;
use crate::store::accounts::AccountRow;
use crate::store::callouts::CalloutRow;
use crate::store::{self, StoreError, Tx};

/// What the callout of an account says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Callout {
    /// Ids of users.
    pub(crate) auth_users: Vec<String>,
    /// Ids of accounts, or `*` alone.
    pub(crate) allowed_accounts: Vec<String>,
    pub(crate) xkey: Option<String>,
    pub(crate) signing_keys: Vec<String>,
}

impl Callout {
    /// What the account's row says.
    pub(crate) fn stored(row: &CalloutRow) -> Result<Self, StoreError> {
        let list = |text: &str| {
            let corrupt = |_| StoreError::corrupt("auth_callouts", &row.account_id);
            serde_json::from_str(text).map_err(corrupt)
        };
        Ok(Self {
            auth_users: list(&row.auth_users)?,
            allowed_accounts: list(&row.allowed_accounts)?,
            xkey: row.xkey.clone(),
            signing_keys: list(&row.signing_keys)?,
        })
    }

    /// As the account's row holds it.
    pub(crate) fn row(&self, account_id: &str, now: i64, version: i64) -> CalloutRow {
        let list = |list: &[String]| serde_json::json!(list).to_string();
        CalloutRow {
            account_id: account_id.to_owned(),
            auth_users: list(&self.auth_users),
            allowed_accounts: list(&self.allowed_accounts),
            xkey: self.xkey.clone(),
            signing_keys: list(&self.signing_keys),
            updated_at: now,
            version,
        }
    }
}

/// What an account's claims say of its callout. The keys that its service signs with are added to
/// `signing_keys`.
pub(crate) async fn authorization(
    tx: &mut Tx,
    account: &AccountRow,
    signing_keys: &mut Vec<SigningKey>,
) -> Result<ExternalAuthorization, MintError> {
    let Some(row) = store::callouts::find(tx, &account.id).await? else {
        return Ok(ExternalAuthorization::default());
    };
    let callout = Callout::stored(&row)?;
    for key in &callout.signing_keys {
        let key = PublicKey::parse_as(key, KeyKind::Account)?;
        if !signing_keys.iter().any(|known| known.key() == key) {
            signing_keys.push(SigningKey::Plain(key));
        }
    }
    let mut claim = ExternalAuthorization {
        xkey: callout.xkey.clone().unwrap_or_default(),
        ..ExternalAuthorization::default()
    };
    for id in &callout.auth_users {
        // Without its users the callout would be off: everybody came in unasked.
        let user = store::users::find(tx, &account.id, id).await?;
        let missing = || {
            vec![format!(
                "the auth callout is answered by {id}: change it first"
            )]
        };
        let user = user.ok_or_else(|| MintError::Refused(missing()))?;
        claim.auth_users.push(user.public_key);
    }
    for id in &callout.allowed_accounts {
        match id.as_str() {
            "*" => claim.allowed_accounts.push(id.clone()),
            // One that is purged is allowed no more.
            id => {
                let other = store::accounts::by_id(tx, id).await?;
                claim
                    .allowed_accounts
                    .extend(other.map(|other| other.public_key));
            }
        }
    }
    Ok(claim)
}
