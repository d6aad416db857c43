//! Takes accounts and users from a bundle into the database.

use accounts::{
    AccountBody, Claims, Issue, KeyKind, KeyPair, OperatorBody, PublicKey, SigningKey, UserBody,
};
use serde::Serialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::{Brought, Bundle, Carried, TransferError};
use crate::claims::{Ceilings, ceilings_json, republish};
use crate::ids::{IdKind, new_id};
use crate::installation::Installation;
use crate::issue::{self, Reason};
use crate::mint;
use crate::names;
use crate::operator;
use crate::rights::Rights;
use crate::settings::AccountSettings;
use crate::store::account_roles::RoleRow;
use crate::store::accounts::{AccountRow, NewAccount};
use crate::store::users::UserRow;
use crate::store::{self, StoreError, Tx};
use crate::vault::{Purpose, Vault};

/// Who issued what came along, in the history of credentials.
const ACTOR: &str = "import";
/// A revocation that came along has no end: nobody knows what it covers.
const FOREVER: i64 = i64::MAX;
/// Slugs that are tried for a name: `acme`, `acme-2` and so on.
const SLUGS_MAX: u32 = 1000;

/// What became of an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportedAccount {
    id: String,
    #[serde(skip)]
    generation: i64,
    /// Names it in URLs; made from its name.
    slug: String,
    /// As its claims call it.
    name: String,
    public_key: String,
    /// Whether it was here before; then its claims were left as they are.
    existing: bool,
    /// Whether no seed of it is known: nobody can be given credentials for it here.
    read_only: bool,
    /// Users that are new here.
    users: usize,
}

/// What became of a bundle.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Imported {
    pub(crate) accounts: Vec<ImportedAccount>,
    /// What was left out or changed, and why.
    pub(crate) notes: Vec<String>,
}

impl Imported {
    /// The last account that is new here, and its generation.
    pub(crate) fn last_new(&self) -> Option<(&str, i64)> {
        let new = self.accounts.iter().rev().find(|account| !account.existing);
        new.map(|account| (account.id.as_str(), account.generation))
    }
}

/// A key that signs users of an account.
struct Signer {
    public: String,
    seed: Zeroizing<String>,
    /// Whether the account's claims do not know it yet.
    is_new: bool,
}

/// Takes things out of a bundle.
pub(crate) struct Importer<'a> {
    vault: &'a Vault,
    installation: &'a Installation,
    bundle: &'a Bundle,
    /// Give accounts whose seeds are missing a signing key of ours.
    pub(crate) adopt: bool,
    org_id: &'a str,
    now: i64,
    operator: Claims<OperatorBody>,
    done: Imported,
}

impl<'a> Importer<'a> {
    /// Adopts nothing, unless told so.
    pub(crate) async fn new(
        tx: &mut Tx,
        vault: &'a Vault,
        installation: &'a Installation,
        bundle: &'a Bundle,
        org_id: &'a str,
        now: i64,
    ) -> Result<Self, TransferError> {
        let operator = store::foundation::the_operator(tx).await?;
        Ok(Self {
            operator: operator::claims(&operator)?,
            vault,
            installation,
            bundle,
            adopt: false,
            org_id,
            now,
            done: Imported::default(),
        })
    }

    /// Takes all of it but the account `except`. The caller commits.
    pub(crate) async fn run(
        mut self,
        tx: &mut Tx,
        except: Option<PublicKey>,
    ) -> Result<Imported, TransferError> {
        let bundle = self.bundle;
        for (key, token) in bundle
            .accounts
            .iter()
            .filter(|(key, _)| Some(**key) != except)
        {
            self.account(tx, key, token).await?;
        }
        let lone = bundle
            .users
            .keys()
            .filter(|key| !bundle.accounts.contains_key(*key));
        for key in lone {
            self.lone_users(tx, key).await?;
        }
        Ok(self.done)
    }

    /// An account and its users.
    async fn account(
        &mut self,
        tx: &mut Tx,
        key: &PublicKey,
        token: &Brought<AccountBody>,
    ) -> Result<(), TransferError> {
        let existing = store::transfer::account_of_key(tx, &key.to_string()).await?;
        let row = match &existing {
            Some(id) => self.known_account(tx, id).await?,
            None => Some(self.new_account(tx, token, "tenant", None).await?),
        };
        let row = row.ok_or_else(|| StoreError::corrupt("accounts.id", key.to_string()))?;
        let users = self.users(tx, &row, key).await?;
        self.done.accounts.push(ImportedAccount {
            existing: existing.is_some(),
            read_only: row.is_read_only(),
            generation: row.generation,
            id: row.id,
            slug: row.slug,
            name: token.claims.name.clone(),
            public_key: row.public_key,
            users,
        });
        Ok(())
    }

    /// An account that is here. One that was read-only gets a key, if one was brought now.
    async fn known_account(
        &self,
        tx: &mut Tx,
        id: &str,
    ) -> Result<Option<AccountRow>, TransferError> {
        let Some(mut row) = store::accounts::lock(tx, id).await? else {
            return Ok(None);
        };
        if !row.is_read_only() || row.state != "active" {
            return Ok(Some(row));
        }
        let corrupt = |_| StoreError::corrupt("accounts.jwt", id);
        let claims = accounts::jwt::decode::<AccountBody>(&row.jwt).map_err(corrupt)?;
        if let Some(signer) = self.signer(&claims) {
            let seed = self
                .vault
                .seal(Purpose::AccountSigning, id, signer.seed.as_bytes());
            store::transfer::set_signer(tx, id, &signer.public, &seed).await?;
            (row.signing_key, row.signing_seed) = (signer.public, seed);
            if signer.is_new {
                republish(tx, self.vault, self.installation, &mut row, self.now).await?;
            }
        }
        Ok(Some(row))
    }

    /// Whether the operator that signed the account lets only signing keys sign users.
    fn is_strict(&self, claims: &Claims<AccountBody>) -> bool {
        match &self.bundle.operator {
            Some(theirs) if signs(&theirs.claims, claims.iss) => {
                theirs.claims.nats.strict_signing_key_usage
            }
            _ => self.operator.nats.strict_signing_key_usage,
        }
    }

    /// Who signs users of the account from now on.
    fn signer(&self, claims: &Claims<AccountBody>) -> Option<Signer> {
        let is_strict = self.is_strict(claims);
        let signer = |key: &KeyPair, is_new| Signer {
            public: key.public().to_string(),
            seed: key.seed(),
            is_new,
        };
        match self.bundle.account_signer(claims, is_strict) {
            Some(key) => Some(signer(key, false)),
            None if self.adopt => Some(signer(&mint::new_key(KeyKind::Account), true)),
            None => None,
        }
    }

    /// Stores an account as its token says. The token stays as it is when our operator signed it.
    pub(crate) async fn new_account(
        &mut self,
        tx: &mut Tx,
        token: &Brought<AccountBody>,
        kind: &str,
        slug: Option<&str>,
    ) -> Result<AccountRow, TransferError> {
        let claims = &token.claims;
        let is_ours = self.is_trusted(claims)?;
        let key = claims.sub.as_str();
        let id = new_id(IdKind::Account);
        let slug = match slug {
            Some(slug) => slug.to_owned(),
            None => free_slug(tx, &claims.name, key).await?,
        };
        let signer = self.signer(claims);
        let is_adopted = signer.as_ref().is_some_and(|signer| signer.is_new);
        let seal = |purpose, seed: &str| self.vault.seal(purpose, &id, seed.as_bytes());
        let identity = self.bundle.seed(&claims.subject()).map(KeyPair::seed);
        let new = NewAccount {
            id: &id,
            org_id: self.org_id,
            name: match names::is_display_name(&claims.name) {
                true => &claims.name,
                false => &slug,
            },
            slug: &slug,
            kind,
            public_key: key,
            identity_seed: &identity
                .map_or_else(Vec::new, |seed| seal(Purpose::AccountIdentity, &seed)),
            signing_key: signer.as_ref().map_or(key, |signer| &signer.public),
            signing_seed: &signer
                .as_ref()
                .map_or_else(Vec::new, |it| seal(Purpose::AccountSigning, &it.seed)),
            limits: &ceilings_json(&Ceilings::of_claims(&claims.nats)),
            settings: &AccountSettings::default().to_json(),
            generation: generation(claims),
            jwt: &token.jwt,
            signed_by: &claims.iss.to_string(),
            now: self.now,
        };
        store::accounts::insert(tx, &new).await?;
        // A key that has a row of its own can be rotated out.
        let mut carried = Carried::of(claims);
        carried.forget(signer.as_ref().map_or(key, |signer| &signer.public));
        self.roles(tx, &id, claims).await?;
        if !is_ours && !self.is_strict(claims) {
            // Our operator may be strict, and the users that this key has signed must stay good.
            carried.trust(claims.subject());
        }
        store::transfer::set_carried(tx, &id, &carried.to_json()).await?;
        for (user, at) in &claims.nats.revocations {
            store::issuances::revoke(tx, &id, user, *at, FOREVER).await?;
        }
        store::engines::want(tx, &id, new.generation, self.now).await?;
        let row = store::accounts::by_id(tx, &id).await?;
        let mut row = row.ok_or_else(|| StoreError::corrupt("accounts.id", &id))?;
        if !is_ours || is_adopted {
            republish(tx, self.vault, self.installation, &mut row, self.now).await?;
        }
        Ok(row)
    }

    /// Makes a role of every scoped signing key. One whose seed is missing gives out nothing.
    async fn roles(
        &mut self,
        tx: &mut Tx,
        account_id: &str,
        claims: &Claims<AccountBody>,
    ) -> Result<(), TransferError> {
        let scopes = claims.nats.signing_keys.iter().filter_map(|key| match key {
            SigningKey::Scoped(scope) => Some(scope),
            SigningKey::Plain(_) => None,
        });
        for scope in scopes {
            let template = &scope.template;
            let rights = Rights::of_claims(&template.rights, &template.extra);
            let rights = rights.map_err(|error| TransferError::Account {
                name: claims.name.clone(),
                key: claims.sub.clone(),
                reason: error.to_string(),
            })?;
            let (id, key) = (new_id(IdKind::Role), scope.key.to_string());
            let name = self
                .free_role_name(tx, account_id, &scope.role, &key)
                .await?;
            let sealed = self.bundle.seed(&scope.key).map(|seed| {
                let seed = seed.seed();
                self.vault.seal(Purpose::RoleSigning, &id, seed.as_bytes())
            });
            let role = RoleRow {
                id,
                account_id: account_id.to_owned(),
                name,
                description: scope.description.clone(),
                template: json(&rights),
                signing_key: key,
                signing_seed: sealed.unwrap_or_default(),
                disabled: false,
                version: 1,
                created_at: self.now,
                updated_at: self.now,
            };
            store::account_roles::insert(tx, &role).await?;
        }
        Ok(())
    }

    /// The role's name as ours may be, and no other role's in the account.
    async fn free_role_name(
        &mut self,
        tx: &mut Tx,
        account_id: &str,
        theirs: &str,
        key: &str,
    ) -> Result<String, StoreError> {
        let name = plain_name(theirs);
        let is_good = names::is_user_name(&name)
            && store::account_roles::find(tx, account_id, &name)
                .await?
                .is_none();
        let short: String = key.chars().take(9).collect();
        let name = if is_good {
            name
        } else {
            format!("role-{short}")
        };
        if name != theirs {
            let text = format!("role {theirs} ({key}) is called {name} here");
            self.done.notes.push(text);
        }
        Ok(name)
    }

    /// Whether our operator signed the account. One that nobody here vouches for is refused, and so
    /// is one that servers would refuse.
    fn is_trusted(&self, claims: &Claims<AccountBody>) -> Result<bool, TransferError> {
        let refused = |reason: String| TransferError::Account {
            name: claims.name.clone(),
            key: claims.sub.clone(),
            reason,
        };
        let issues = claims.validate(Some(self.now));
        let blocking: Vec<String> = issues
            .into_iter()
            .filter(Issue::is_blocking)
            .map(|issue| issue.text)
            .collect();
        if !blocking.is_empty() {
            return Err(refused(blocking.join("; ")));
        }
        if signs(&self.operator, claims.iss) {
            return Ok(true);
        }
        match &self.bundle.operator {
            Some(theirs) if signs(&theirs.claims, claims.iss) => Ok(false),
            _ => Err(refused(format!(
                "it was signed by {}, which is no key of the operators that are known: give its \
                 operator's JWT too",
                claims.iss
            ))),
        }
    }

    /// Users whose account is not in the bundle: it must be here.
    async fn lone_users(&mut self, tx: &mut Tx, key: &PublicKey) -> Result<(), TransferError> {
        let id = store::transfer::account_of_key(tx, &key.to_string()).await?;
        let row = match id {
            Some(id) => store::accounts::by_id(tx, &id).await?,
            None => None,
        };
        let Some(row) = row.filter(|row| row.state == "active") else {
            let count = self.bundle.users.get(key).map_or(0, Vec::len);
            let text = format!("{count} users of account {key}, which is neither here nor there");
            self.done.notes.push(text);
            return Ok(());
        };
        let users = self.users(tx, &row, key).await?;
        self.done.accounts.push(ImportedAccount {
            generation: row.generation,
            read_only: row.is_read_only(),
            id: row.id,
            name: row.slug.clone(),
            slug: row.slug,
            public_key: row.public_key,
            existing: true,
            users,
        });
        Ok(())
    }

    /// Stores the users that are new to the account; how many there were.
    async fn users(
        &mut self,
        tx: &mut Tx,
        row: &AccountRow,
        key: &PublicKey,
    ) -> Result<usize, TransferError> {
        let corrupt = |_| StoreError::corrupt("accounts.jwt", &row.id);
        let account = accounts::jwt::decode::<AccountBody>(&row.jwt).map_err(corrupt)?;
        let mut count = 0;
        for user in self.bundle.users.get(key).into_iter().flatten() {
            match self.user(tx, row, &account, user).await? {
                Ok(()) => count += 1,
                Err(reason) => {
                    let (name, key) = (&user.claims.name, &user.claims.sub);
                    let text = format!("user {name} ({key}) of {}: {reason}", row.slug);
                    self.done.notes.push(text);
                }
            }
        }
        Ok(count)
    }

    /// Stores one user, or says why not.
    async fn user(
        &mut self,
        tx: &mut Tx,
        row: &AccountRow,
        account: &Claims<AccountBody>,
        user: &Brought<UserBody>,
    ) -> Result<Result<(), &'static str>, TransferError> {
        let claims = &user.claims;
        let scope = account
            .nats
            .signing_keys
            .iter()
            .find(|key| key.key() == claims.iss);
        let is_known = scope.is_some() || claims.iss == account.subject();
        if !is_known {
            return Ok(Err("it was signed by a key that the account does not know"));
        }
        if claims.exp != 0 && claims.exp <= self.now {
            return Ok(Err("it has expired"));
        }
        if store::users::find(tx, &row.id, &claims.sub)
            .await?
            .is_some()
        {
            return Ok(Err("it is here already"));
        }
        let is_scoped = matches!(scope, Some(SigningKey::Scoped(_)));
        let roles = store::account_roles::of_account(tx, &row.id).await?;
        let issuer = claims.iss.to_string();
        let role = roles.into_iter().find(|role| role.signing_key == issuer);
        if is_scoped && role.is_none() {
            return Ok(Err("its role is not here"));
        }
        let rights = if is_scoped {
            Rights::default()
        } else {
            match Rights::of_claims(&claims.nats.rights, &claims.nats.extra) {
                Ok(rights) => rights,
                Err(_) => return Ok(Err("its quotas cannot be read")),
            }
        };
        let name = self.free_name(tx, row, claims).await?;
        let stored = UserRow {
            id: new_id(IdKind::User),
            account_id: row.id.clone(),
            name,
            public_key: claims.sub.clone(),
            bearer: rights.bearer,
            permissions: json(&rights.permissions),
            limits: json(&rights.limits),
            conditions: json(&rights.conditions),
            tags: json(&claims.nats.tags),
            role_id: role.map(|role| role.id),
            issuer_key: claims.iss.to_string(),
            jwt_id: claims.jti.clone(),
            issued_at: claims.iat,
            expires_at: claims.exp,
            created_at: self.now,
            version: 1,
        };
        let first = issue::issued(&stored, Reason::Created, ACTOR, self.now);
        store::users::insert(tx, &stored, &first).await?;
        store::transfer::set_user_jwt(tx, &stored.id, &user.jwt).await?;
        Ok(Ok(()))
    }

    /// The user's name as ours may be, and nobody else's in the account.
    async fn free_name(
        &mut self,
        tx: &mut Tx,
        row: &AccountRow,
        claims: &Claims<UserBody>,
    ) -> Result<String, StoreError> {
        let (theirs, key) = (&claims.name, &claims.sub);
        let mut name = plain_name(theirs);
        let is_good =
            names::is_user_name(&name) && store::users::find(tx, &row.id, &name).await?.is_none();
        if !is_good {
            let short: String = key.chars().take(9).collect();
            name = format!("{}-{short}", name.trim_matches('-'));
            if !names::is_user_name(&name) {
                name = format!("user-{short}");
            }
        }
        if name != *theirs {
            let text = format!(
                "user {theirs} ({key}) of {} is called {name} here",
                row.slug
            );
            self.done.notes.push(text);
        }
        Ok(name)
    }
}

/// Whether `key` may sign accounts for the operator.
fn signs(operator: &Claims<OperatorBody>, key: PublicKey) -> bool {
    let identity = !operator.nats.strict_signing_key_usage && operator.subject() == key;
    identity || operator.nats.signing_keys.contains(&key)
}

fn generation(claims: &Claims<AccountBody>) -> i64 {
    let counted = claims
        .nats
        .generation()
        .and_then(|it| i64::try_from(it).ok());
    counted.unwrap_or(1)
}

/// A slug that the name suggests, and that no account has.
async fn free_slug(tx: &mut Tx, name: &str, key: &str) -> Result<String, StoreError> {
    let from_key = || {
        let short: String = key.chars().take(9).collect();
        format!("account-{}", short.to_ascii_lowercase())
    };
    let base: String = names::slug_from(name)
        .unwrap_or_else(from_key)
        .chars()
        .take(56)
        .collect();
    for number in 1..SLUGS_MAX {
        let slug = match number {
            1 => base.clone(),
            number => format!("{base}-{number}"),
        };
        if !store::transfer::is_slug_taken(tx, &slug).await? {
            return Ok(slug);
        }
    }
    Ok(format!("account-{}", key.to_ascii_lowercase()))
}

/// A name with a dash for everything that ours may not have.
fn plain_name(theirs: &str) -> String {
    if names::is_user_name(theirs) {
        return theirs.to_owned();
    }
    let plain = |c: char| c.is_alphanumeric() || "-_=+@".contains(c);
    let dashed = theirs.chars().map(|c| if plain(c) { c } else { '-' });
    dashed.take(64).collect()
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts and numbers always have a JSON form")
}
