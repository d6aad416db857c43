//! Devices on a nats-server cluster: the account whose auth callout lets them in, and who answers.
//!
//! nats-server wants a token from everybody. A node for devices verifies certificates and gives
//! whoever brings no token the *sentinel* of this account (`default_sentinel`), which opens nothing
//! by itself; the account's callout then asks us, and what we make of the certificate is what our
//! own broker makes of it ([`accounts::identity::admit_device`]).

use accounts::claims::account::ExternalAuthorization;
use accounts::{KeyKind, KeyPair, PermissionSet, SubjectRules, UserPermissionLimits};
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::claims;
use crate::installation::Installation;
use crate::mint::{self, MintError, UserFacts};
use crate::store::accounts::AccountRow;
use crate::store::{self, StoreError, Tx};
use crate::vault::{Purpose, Vault};

mod answer;

pub(crate) use answer::answer;

/// The account's slug. It is the installation's own, like the system account.
pub(crate) const SLUG: &str = "device-gate";
/// Where servers ask.
pub(crate) const SUBJECT: &str = accounts::callout::SUBJECT;
const RESPONDER: &str = "tidegate device gate";
const SENTINEL: &str = "tidegate device sentinel";
/// How long the responder's token holds.
const TOKEN_SECONDS: i64 = 900;

/// Makes the account, unless there is one.
pub(crate) async fn provide(
    tx: &mut Tx,
    vault: &Vault,
    installation: &Installation,
    now: i64,
) -> Result<AccountRow, MintError> {
    claims::provide_own(tx, vault, installation, (SLUG, "Device gate"), now).await
}

/// What the account's claims say of its callout: we answer, about every account.
pub(crate) fn authorization(
    vault: &Vault,
    gate: &AccountRow,
) -> Result<ExternalAuthorization, MintError> {
    Ok(ExternalAuthorization {
        auth_users: vec![own_key(vault, gate, RESPONDER)?.public().to_string()],
        allowed_accounts: vec!["*".to_owned()],
        xkey: String::new(),
    })
}

/// A key that is the same in every process: it comes out of the account's own.
fn own_key(vault: &Vault, gate: &AccountRow, name: &str) -> Result<KeyPair, MintError> {
    let purpose = Purpose::AccountSigning;
    let seed = vault.open_sealed(purpose, &gate.id, &gate.signing_seed)?;
    let mut hash = Sha256::new();
    hash.update(name.as_bytes());
    hash.update([0]);
    hash.update(&*seed);
    Ok(KeyPair::from_entropy(KeyKind::User, hash.finalize().into()))
}

/// The key and the token of whoever answers.
pub(crate) fn responder(
    vault: &Vault,
    gate: &AccountRow,
    now: i64,
) -> Result<(KeyPair, String), MintError> {
    let allow = |subject: &str| SubjectRules {
        allow: Some(vec![subject.to_owned()]),
        deny: None,
    };
    let permissions = PermissionSet {
        publish: allow("$SYS._INBOX.>"),
        subscribe: allow(SUBJECT),
        responses: None,
    };
    let key = own_key(vault, gate, RESPONDER)?;
    let mut facts = facts(&key, RESPONDER, permissions);
    facts.issued_at = now;
    facts.expires_at = now + TOKEN_SECONDS;
    let jwt = mint::user(vault, gate, None, facts)?;
    Ok((key, jwt))
}

/// The token for those who bring none. Without a word of ours it opens nothing; it stands in
/// configuration files and so does not expire.
pub(crate) fn sentinel(vault: &Vault, gate: &AccountRow) -> Result<String, MintError> {
    let deny = SubjectRules {
        allow: None,
        deny: Some(vec![">".to_owned()]),
    };
    let permissions = PermissionSet {
        publish: deny.clone(),
        subscribe: deny,
        responses: None,
    };
    let key = own_key(vault, gate, SENTINEL)?;
    let mut facts = facts(&key, SENTINEL, permissions);
    facts.rights.bearer_token = true;
    facts.issued_at = gate.created_at;
    mint::user(vault, gate, None, facts)
}

fn facts<'a>(key: &KeyPair, name: &'a str, permissions: PermissionSet) -> UserFacts<'a> {
    UserFacts {
        public_key: key.public(),
        name,
        rights: UserPermissionLimits::unlimited().with_permissions(permissions),
        quotas: accounts::Quotas::default(),
        require_certificate: false,
        tags: Vec::new(),
        issued_at: 0,
        expires_at: 0,
    }
}

/// The account, if devices are let in through it.
pub(crate) async fn account(app: &App) -> Result<Option<AccountRow>, StoreError> {
    let mut tx = app.db.read().await?;
    store::accounts::installation_own(&mut tx, SLUG).await
}
