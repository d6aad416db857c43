//! Turns an account's rows into minted claims: the only way in which claims come to be and change.

use accounts::claims::account::{AccountLimits, DeviceAnchor, ExternalAuthorization, ScopeKind};
use accounts::{
    AccountBody, AccountPolicy, KeyKind, PublicKey, Quotas, SigningKey, Trust, UserScope,
};
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::callout;
use crate::feed;
use crate::gate;
use crate::ids::{IdKind, new_id};
use crate::installation::Installation;
use crate::mint::{self, AccountFacts, MintError, SealedKey};
use crate::rights::{Rights, UserLimits};
use crate::settings::{AccountSettings, EventFeed};
use crate::store::account_roles::{RetiredKeyRow, RoleRow};
use crate::store::accounts::{AccountRow, NewAccount};
use crate::store::device_authorities::AnchorRow;
use crate::store::exports::ExportRow;
use crate::store::foundation::OperatorRow;
use crate::store::imports::ImportRow;
use crate::store::{self, StoreError, Tx};
use crate::trail;
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

    /// What a user may have at most: a user's own limits can only be narrower.
    pub(crate) fn user_limits(&self) -> UserLimits {
        let limits = &self.limits;
        UserLimits::of_claims([limits.subs, limits.data, limits.payload], &self.quotas())
    }
}

/// The account's claims as a server compiles them.
pub(crate) fn policy_of(account: &AccountRow) -> Result<AccountPolicy, StoreError> {
    let corrupt = || StoreError::corrupt("accounts.jwt", &account.id);
    let claims = accounts::jwt::decode(&account.jwt).map_err(|_| corrupt())?;
    AccountPolicy::compile(&claims).map_err(|_| corrupt())
}

/// Whom a server trusts that runs with this operator.
pub(crate) fn trust_of(operator: &OperatorRow) -> Result<Trust, StoreError> {
    let claims = accounts::jwt::decode(&operator.jwt).ok();
    let trust = claims.and_then(|claims| Trust::from_operators(&[claims]).ok());
    trust.ok_or_else(|| StoreError::corrupt("operators.jwt", &operator.id))
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
    pub(crate) settings: &'a AccountSettings,
}

/// Stores a new account with its first claims and records that every engine should hold them.
/// [`StoreError::Duplicate`] when the slug is taken.
pub(crate) async fn insert_account(
    tx: &mut Tx,
    vault: &Vault,
    keys: AccountKeys,
    plan: &AccountPlan<'_>,
    now: i64,
) -> Result<AccountRow, MintError> {
    let public_key = keys.identity.public.to_string();
    let signing_key = keys.signing.public.to_string();
    let facts = AccountFacts {
        public_key: &public_key,
        name: plan.slug,
        signing_keys: vec![SigningKey::Plain(keys.signing.public)],
        settings: plan.settings,
        ceilings: plan.ceilings.clone(),
        generation: 1,
        exports: &[],
        revoked_activations: &[],
        imports: &[],
        revocations: &[],
        device_anchors: Vec::new(),
        callout: ExternalAuthorization::default(),
        of_installation: false,
        carried: &Carried::default(),
        bytes_max: mint::ACCOUNT_JWT_BYTES_MAX,
        now,
    };
    let operator = store::foundation::the_operator(tx).await?;
    let jwt = mint::account(vault, &operator, facts)?;
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
        settings: &plan.settings.to_json(),
        generation: 1,
        jwt: &jwt,
        signed_by: &operator.signing_key,
        now,
    };
    store::accounts::insert(tx, &new).await?;
    // No tenant sees the engines that its claims are for.
    store::tenant::lift(tx).await?;
    store::engines::want(tx, &keys.id, 1, now).await?;
    let row = store::accounts::by_id(tx, &keys.id).await?;
    row.ok_or_else(|| StoreError::corrupt("accounts.id", keys.id).into())
}

/// An account of the installation itself, by slug and name: made unless it is there.
pub(crate) async fn provide_own(
    tx: &mut Tx,
    vault: &Vault,
    installation: &Installation,
    (slug, name): (&str, &str),
    now: i64,
) -> Result<AccountRow, MintError> {
    if let Some(own) = store::accounts::installation_own(tx, slug).await? {
        return Ok(own);
    }
    let system = store::accounts::system(tx).await?;
    let system = system.ok_or_else(|| StoreError::corrupt("accounts.kind", "system"))?;
    let plan = AccountPlan {
        org_id: &system.org_id,
        slug,
        name,
        kind: "system",
        ceilings: &Ceilings::unlimited(),
        settings: &AccountSettings::default(),
    };
    let keys = AccountKeys::generate(vault);
    let mut own = insert_account(tx, vault, keys, &plan, now).await?;
    // What it is for can be read from its row only.
    republish(tx, vault, installation, &mut own, now).await?;
    Ok(own)
}

/// Says, as an event of the account, that its claims have become more than half as large as a
/// server accepts. Once: until they are smaller again.
async fn tell_if_nearly_full(
    tx: &mut Tx,
    account: &AccountRow,
    bytes_before: usize,
    installation: &Installation,
) -> Result<(), StoreError> {
    let (bytes, max) = (account.jwt.len(), installation.claims_bytes_max());
    if mint::is_nearly_full(bytes_before, max) || !mint::is_nearly_full(bytes, max) {
        return Ok(());
    }
    tracing::warn!(
        account.id,
        claims.bytes = bytes,
        "account claims are more than half as large as a server accepts"
    );
    let size = json!({ "claims": { "bytes": bytes, "max_bytes": max } });
    let mut entry = trail::system_entry("account.claims_nearly_full", &account.id, &size);
    entry.org_id = Some(account.org_id.clone());
    entry.account_id = Some(account.id.clone());
    trail::publish(tx, entry).await
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
    store::tenant::lift(tx).await?;
    // Suspended, or deleted: nobody connects, nothing is shared.
    let is_cut = account.is_cut();
    let settings = AccountSettings::stored(account)?;
    let mut ceilings = stored_ceilings(account)?;
    let (exports, imports) = match is_cut {
        true => Default::default(),
        false => shared(tx, account, settings.event_feed, &mut ceilings).await?,
    };
    if store::account_roles::drop_retired(tx, &account.id, now).await? > 0 {
        // What they had signed needs no revocation any more.
        store::issuances::compact(tx, &account.id, now).await?;
    }
    let mut signing_keys = signing_keys(tx, account).await?;
    let revocations = store::issuances::revocations(tx, &account.id, now).await?;
    let device_anchors = device_anchors(tx, &account.id, now).await?;
    let callout = match account.is_own(gate::SLUG) {
        true => gate::authorization(vault, account)?,
        false => callout::authorization(tx, account, &mut signing_keys).await?,
    };
    let revoked_activations = store::activations::revoked(tx, &account.id, now).await?;
    let mut carried = Carried::stored(tx, &account.id).await?;
    if is_cut {
        carried = carried.without_sharing();
        (ceilings.limits.conn, ceilings.limits.leaf) = (0, 0);
    }
    account.generation += 1;
    account.wanted_generation = account.generation;
    account.updated_at = now;
    // Read each time: its signing key may have changed a moment ago, in another process.
    let operator = store::foundation::the_operator(tx).await?;
    let bytes_before = account.jwt.len();
    account.jwt = mint::account(
        vault,
        &operator,
        AccountFacts {
            public_key: &account.public_key,
            name: &account.slug,
            signing_keys,
            settings: &settings,
            ceilings,
            generation: account.generation,
            exports: &exports,
            revoked_activations: &revoked_activations,
            imports: &imports,
            revocations: &revocations,
            device_anchors,
            callout,
            of_installation: account.is_own(feed::SLUG),
            carried: &carried,
            bytes_max: installation.claims_bytes_max(),
            now,
        },
    )?;
    tell_if_nearly_full(tx, account, bytes_before, installation).await?;
    let claims = (account.generation, account.jwt.as_str());
    store::accounts::set_claims(tx, &account.id, claims, &operator.signing_key, now).await?;
    store::engines::want(tx, &account.id, account.generation, now).await?;
    Ok(())
}

/// What an account offers and takes, the feed included.
async fn shared(
    tx: &mut Tx,
    account: &AccountRow,
    event_feed: EventFeed,
    ceilings: &mut Ceilings,
) -> Result<(Vec<ExportRow>, Vec<ImportRow>), MintError> {
    let mut exports = store::exports::of_account(tx, &account.id).await?;
    exports.extend(feed::exports(account));
    let mut imports = store::imports::of_account(tx, &account.id).await?;
    let of_feed = feed::imports(tx, account, event_feed).await?;
    // The limit is for what the account takes from tenants.
    if ceilings.limits.imports >= 0 {
        ceilings.limits.imports += i64::try_from(of_feed.len()).unwrap_or_default();
    }
    imports.extend(of_feed);
    Ok((exports, imports))
}

/// Whose certificates let devices in, and with which role.
async fn device_anchors(
    tx: &mut Tx,
    account_id: &str,
    now: i64,
) -> Result<Vec<DeviceAnchor>, MintError> {
    let anchors = store::device_authorities::anchors(tx, account_id, now).await?;
    let claim = |row: AnchorRow| {
        Ok(DeviceAnchor {
            certificate: BASE64.encode(&row.certificate),
            role: PublicKey::parse_as(&row.role_key, KeyKind::Account)?,
        })
    };
    anchors.into_iter().map(claim).collect()
}

/// Who may sign users: the account's own key, the keys of its roles, and for a while those that
/// were rotated out.
async fn signing_keys(tx: &mut Tx, account: &AccountRow) -> Result<Vec<SigningKey>, MintError> {
    let key = |text: &str| PublicKey::parse_as(text, KeyKind::Account);
    let mut keys = Vec::new();
    // The account's own key needs no mention.
    if account.signing_key != account.public_key {
        keys.push(SigningKey::Plain(key(&account.signing_key)?));
    }
    let retired = store::account_roles::retired_keys(tx, &account.id).await?;
    for old in retired.iter().filter(|old| old.role_id.is_none()) {
        keys.push(SigningKey::Plain(key(&old.public_key)?));
    }
    for role in store::account_roles::of_account(tx, &account.id).await? {
        if role.disabled {
            continue;
        }
        let rights = role_rights(&role)?;
        let corrupt = |_| StoreError::corrupt("roles.template", &role.id);
        let template = rights.to_template().map_err(corrupt)?;
        let of_role = |old: &&RetiredKeyRow| old.role_id.as_ref() == Some(&role.id);
        let old = retired.iter().filter(of_role).map(|old| &old.public_key);
        for public_key in std::iter::once(&role.signing_key).chain(old) {
            keys.push(SigningKey::Scoped(Box::new(UserScope {
                kind: ScopeKind::UserScope,
                key: key(public_key)?,
                role: role.name.clone(),
                template: template.clone(),
                description: role.description.clone(),
                extra: Map::new(),
            })));
        }
    }
    Ok(keys)
}

/// What a role's users may do, as its row says.
pub(crate) fn role_rights(role: &RoleRow) -> Result<Rights, StoreError> {
    let corrupt = |_| StoreError::corrupt("roles.template", &role.id);
    serde_json::from_str(&role.template).map_err(corrupt)
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
