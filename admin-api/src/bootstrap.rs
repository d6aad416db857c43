//! The founding: operator, system account, default organisation, first admin token.
//!
//! It runs before any broker exists, and again whenever the data plane's own files are missing: a
//! founded database is read, never founded twice. The secret files are written before the commit:
//! a crash in between leaves a file without meaning, never a secret that nobody has.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use accounts::{KeyKind, KeyPair, OperatorBody, PublicKey};

use crate::app::App;
use crate::claims::{AccountKeys, AccountPlan, Ceilings, insert_account};
use crate::clock;
use crate::files;
use crate::ids::{IdKind, new_id};
use crate::installation::OpenError;
use crate::mint::{self, MintError};
use crate::settings::AccountSettings;
use crate::store::foundation::{OperatorRow, VAULT_ROW};
use crate::store::keys::ApiKeyRow;
use crate::store::orgs::OrgRow;
use crate::store::{self, Db, StoreError, Tx};
use crate::token::{Token, TokenKind};
use crate::trail;
use crate::transfer::{self, Bundle, Imported, TransferError};
use crate::vault::{Purpose, Vault, VaultError, rotation};

/// Slug of the organisation that exists from the start.
pub(crate) const DEFAULT_ORG: &str = "default";
/// Slug of the system account; no tenant can have it.
pub(crate) const SYSTEM_SLUG: &str = "system";
const OPERATOR_NAME: &str = "tidegate";
/// The first admin token holds this long.
const ADMIN_TOKEN_SECONDS: i64 = 24 * 3600;

/// Where the control plane keeps its things.
#[derive(Debug, Clone)]
pub struct Storage {
    /// The data directory. Holds the SQLite database, `run/admin.token` and `recovery/`.
    pub data_dir: PathBuf,
    /// `postgres://…` or `sqlite:…`; `None` is `tidegate.db` in the data directory.
    pub database_url: Option<String>,
    /// The vault key; `None` is `vault.key` in the data directory.
    pub vault_key_file: Option<PathBuf>,
}

impl Storage {
    pub(crate) fn vault_key(&self) -> PathBuf {
        self.vault_key_file
            .clone()
            .unwrap_or_else(|| self.data_dir.join("vault.key"))
    }

    /// Whether whoever copies the data directory copies the vault key along with what it seals.
    pub(crate) fn is_key_beside_data(&self) -> bool {
        let whole = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        whole(&self.vault_key()).starts_with(whole(&self.data_dir))
    }

    /// Does not connect yet. The SQLite file is made here, empty and private: SQLite itself would
    /// let others read it, and gives its log files the same mode.
    pub(crate) fn open_database(&self) -> Result<Db, StoreError> {
        let file = self.data_dir.join("tidegate.db");
        if self.database_url.is_none() {
            files::create_private(&file, b"").map_err(sqlx::Error::Io)?;
        }
        Db::open(self.database_url.as_deref(), &file)
    }
}

/// What the data plane needs to start.
#[derive(Debug, Clone)]
pub struct Founding {
    /// The operator's JWT.
    pub operator_jwt: String,
    /// The system account's JWT.
    pub system_account_jwt: String,
    /// The system account.
    pub system_account: PublicKey,
    /// Whether this call founded the installation; `false` when it was founded before.
    pub is_new: bool,
}

/// Why an installation could not be founded or read.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// The database did not do what it should.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault key cannot be used.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Keys or claims could not be made.
    #[error("make keys and claims")]
    Mint(#[from] MintError),
    /// There is an installation.
    #[error(
        "the database was founded before: import into it over the API, or choose an empty database"
    )]
    Founded,
    /// What was brought cannot be taken.
    #[error(transparent)]
    Transfer(#[from] TransferError),
    /// A file could not be written.
    #[error("write {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        #[source]
        source: io::Error,
    },
}

/// Founds the installation, or reads what was founded before.
///
/// Makes the vault key when there is none. Call it only when the data plane has no operator of its
/// own: with one, an empty database is a mistake, which [`crate::start`] refuses.
///
/// # Errors
/// When the database cannot be reached, or the vault key is not the one it was founded with.
pub async fn found(storage: &Storage) -> Result<Founding, BootstrapError> {
    let file_error = |path: &Path| {
        let path = path.to_owned();
        move |source| BootstrapError::File { path, source }
    };
    files::create_private_dir(&storage.data_dir).map_err(file_error(&storage.data_dir))?;
    let db = storage.open_database()?;
    let founding = found_in(&db, storage).await;
    db.close().await;
    founding
}

/// Founds the installation on the operator of a bundle, which stays as it is, and takes what else
/// is in it. With `adopt`, accounts whose seeds are missing get a signing key of ours.
///
/// # Errors
/// When there is an installation already, or the bundle has no operator, no seed that may sign
/// accounts, or something that servers would refuse.
pub async fn found_on(
    storage: &Storage,
    bundle: &Bundle,
    adopt: bool,
) -> Result<Imported, BootstrapError> {
    let data_dir = &storage.data_dir;
    files::create_private_dir(data_dir).map_err(|source| BootstrapError::File {
        path: data_dir.clone(),
        source,
    })?;
    let db = storage.open_database()?;
    let imported = found_on_in(&db, storage, bundle, adopt).await;
    db.close().await;
    imported
}

async fn found_on_in(
    db: &Db,
    storage: &Storage,
    bundle: &Bundle,
    adopt: bool,
) -> Result<Imported, BootstrapError> {
    db.migrate().await?;
    let mut tx = db.write().await?;
    if store::foundation::vault_canary(&mut tx).await?.is_some() {
        return Err(BootstrapError::Founded);
    }
    let vault = Vault::open_or_create(&storage.vault_key())?;
    let now = clock::now();
    insert_vault(&mut tx, &vault, now).await?;
    let imported = transfer::adopt(&mut tx, &vault, bundle, adopt, now).await?;
    insert_first_token(&mut tx, &vault, &storage.data_dir, now).await?;
    tx.commit().await?;
    Ok(imported)
}

/// The vault of a new installation, before anything is sealed.
async fn insert_vault(tx: &mut Tx, vault: &Vault, now: i64) -> Result<(), BootstrapError> {
    rotation::prepare::<BootstrapError>(tx, vault, now).await?;
    store::foundation::insert_vault(tx, vault.file_key(), &vault.canary(), now).await?;
    vault.renew_token_key();
    store::vault::keep_token_key(tx, &vault.sealed_token_key()).await?;
    Ok(())
}

/// The first admin token, in its file before the commit.
async fn insert_first_token(
    tx: &mut Tx,
    vault: &Vault,
    data_dir: &Path,
    now: i64,
) -> Result<(), BootstrapError> {
    let token = insert_admin_key(tx, vault, now).await?;
    write_admin_token(data_dir, &token).map_err(|source| BootstrapError::File {
        path: admin_token_path(data_dir),
        source,
    })
}

async fn found_in(db: &Db, storage: &Storage) -> Result<Founding, BootstrapError> {
    db.migrate().await?;
    let mut tx = db.write().await?;
    let is_founded = store::foundation::vault_canary(&mut tx).await?.is_some();
    // A founded database needs the key it was founded with: a new one would open nothing.
    let vault = &match is_founded {
        true => Vault::open(&storage.vault_key())?,
        false => Vault::open_or_create(&storage.vault_key())?,
    };
    let data_dir = &storage.data_dir;
    let now = clock::now();
    if is_founded {
        rotation::prepare::<BootstrapError>(&mut tx, vault, now).await?;
    }
    if let Some(founding) = founded_before(&mut tx, vault).await? {
        return Ok(founding);
    }
    insert_vault(&mut tx, vault, now).await?;
    let identity = mint::new_key(KeyKind::Operator);
    let founding = insert_foundation(&mut tx, vault, &identity, now).await?;
    write_recovery_seed(data_dir, &identity)?;
    insert_first_token(&mut tx, vault, data_dir, now).await?;
    tx.commit().await?;
    Ok(founding)
}

async fn founded_before(tx: &mut Tx, vault: &Vault) -> Result<Option<Founding>, BootstrapError> {
    let Some(operator) = store::foundation::operator(tx).await? else {
        return Ok(None);
    };
    let canary = store::foundation::vault_canary(tx)
        .await?
        .ok_or_else(|| StoreError::corrupt("vault.canary", VAULT_ROW))?;
    vault.check_canary(&canary)?;
    let system = store::accounts::system(tx)
        .await?
        .ok_or_else(|| StoreError::corrupt("accounts.kind", SYSTEM_SLUG))?;
    let system_account = PublicKey::parse_as(&system.public_key, KeyKind::Account)
        .map_err(|_| StoreError::corrupt("accounts.public_key", &system.id))?;
    Ok(Some(Founding {
        operator_jwt: operator.jwt,
        system_account_jwt: system.jwt,
        system_account,
        is_new: false,
    }))
}

async fn insert_foundation(
    tx: &mut Tx,
    vault: &Vault,
    identity: &KeyPair,
    now: i64,
) -> Result<Founding, BootstrapError> {
    let operator_id = new_id(IdKind::Operator);
    let purpose = Purpose::OperatorSigning;
    let signing = mint::new_sealed_key(vault, KeyKind::Operator, purpose, &operator_id);
    let system_keys = AccountKeys::generate(vault);
    let system_account = system_keys.public();
    let body = OperatorBody {
        signing_keys: vec![signing.public],
        system_account: Some(system_account),
        strict_signing_key_usage: true,
        ..OperatorBody::default()
    };
    let operator = OperatorRow {
        id: operator_id,
        name: OPERATOR_NAME.to_owned(),
        public_key: identity.public().to_string(),
        jwt: mint::operator(identity, OPERATOR_NAME, body, now)?,
        signing_key: signing.public.to_string(),
        signing_seed: signing.seed,
        created_at: now,
        version: 1,
    };
    store::foundation::insert_operator(tx, &operator).await?;
    let org = insert_default_org(tx, now).await?;

    let plan = AccountPlan {
        org_id: &org.id,
        slug: SYSTEM_SLUG,
        name: "System",
        kind: "system",
        ceilings: &Ceilings::unlimited(),
        settings: &AccountSettings::default(),
    };
    let system = insert_account(tx, vault, system_keys, &plan, now).await?;
    append_audit(tx, "installation.found", &operator.id, now).await?;
    Ok(Founding {
        operator_jwt: operator.jwt,
        system_account_jwt: system.jwt,
        system_account,
        is_new: true,
    })
}

/// The organisation that exists from the start.
pub(crate) async fn insert_default_org(tx: &mut Tx, now: i64) -> Result<OrgRow, StoreError> {
    let org = OrgRow {
        id: new_id(IdKind::Org),
        slug: DEFAULT_ORG.to_owned(),
        name: "Default".to_owned(),
        created_at: now,
        version: 1,
    };
    store::orgs::insert(tx, &org).await?;
    Ok(org)
}

/// The operator's identity seed, to take away: it is nowhere else. An older file is kept aside.
fn write_recovery_seed(data_dir: &Path, identity: &KeyPair) -> Result<(), BootstrapError> {
    let dir = data_dir.join("recovery");
    let path = dir.join("operator.seed");
    let write = || -> io::Result<()> {
        files::create_private_dir(&dir)?;
        if path.exists() {
            fs::rename(
                &path,
                dir.join(format!("operator.seed.{}", clock::now_ms())),
            )?;
        }
        files::write_private(&path, identity.seed().as_bytes())
    };
    write().map_err(|source| BootstrapError::File {
        path: path.clone(),
        source,
    })
}

/// Makes a new first-run token when neither a key nor a person with platform rights is left:
/// whoever owns the data directory owns the installation, and must not be locked out of it.
pub(crate) async fn renew_admin_token(
    db: &Db,
    vault: &Vault,
    data_dir: &Path,
    now: i64,
) -> Result<(), OpenError> {
    let mut tx = db.write().await?;
    let people = store::members::count_platform_admins(&mut tx).await?;
    if people > 0 || store::keys::count_platform_admins(&mut tx, now).await? > 0 {
        return Ok(());
    }
    store::keys::revoke_bootstrap(&mut tx, now).await?;
    let token = insert_admin_key(&mut tx, vault, now).await?;
    write_admin_token(data_dir, &token).map_err(OpenError::AdminToken)?;
    tx.commit().await?;
    tracing::info!(
        token.path = %admin_token_path(data_dir).display(),
        "no platform admin key was left: wrote a new first-run admin token"
    );
    Ok(())
}

/// The first-run token dies with the first person who can administer the platform.
pub(crate) async fn end_first_run(app: &App, now: i64) -> Result<(), StoreError> {
    let mut tx = store::tenant::for_installation(app.db.write()).await?;
    if store::members::count_platform_admins(&mut tx).await? == 0 {
        return Ok(());
    }
    store::keys::revoke_bootstrap(&mut tx, now).await?;
    tx.commit().await?;
    remove_admin_token(&app.data_dir);
    Ok(())
}

/// Removes the file of the first-run token, which is no good any more.
fn remove_admin_token(data_dir: &Path) {
    let path = admin_token_path(data_dir);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => tracing::warn!(
            error = &error as &dyn std::error::Error,
            token.path = %path.display(),
            "could not remove the first-run admin token; it is no good any more"
        ),
        _ => {}
    }
}

async fn insert_admin_key(tx: &mut Tx, vault: &Vault, now: i64) -> Result<Token, StoreError> {
    let token = Token::generate(TokenKind::Service);
    let row = ApiKeyRow {
        id: new_id(IdKind::ApiKey),
        name: "First-run admin token".to_owned(),
        role: "platform_admin".to_owned(),
        org_id: None,
        account_id: None,
        prefix: token.prefix().to_owned(),
        last4: token.last4().to_owned(),
        key_hash: vault.hash_token(token.expose()),
        bootstrap: true,
        created_at: now,
        expires_at: now + ADMIN_TOKEN_SECONDS,
        last_used_at: None,
        rights: None,
        cidrs: None,
        service_account_id: None,
        membership_id: None,
        version: 1,
    };
    store::keys::insert(tx, &row).await?;
    append_audit(tx, "api_key.create", &row.id, now).await?;
    Ok(token)
}

/// Where the first-run admin token is.
pub(crate) fn admin_token_path(data_dir: &Path) -> PathBuf {
    data_dir.join("run").join("admin.token")
}

fn write_admin_token(data_dir: &Path, token: &Token) -> io::Result<()> {
    let path = admin_token_path(data_dir);
    files::create_private_dir(&data_dir.join("run"))?;
    files::write_private(&path, token.expose().as_bytes())
}

pub(crate) async fn append_audit(
    tx: &mut Tx,
    action: &str,
    target: &str,
    now: i64,
) -> Result<(), StoreError> {
    let mut entry = trail::system_entry(action, target, &serde_json::Value::Null);
    entry.at = now;
    trail::append(tx, entry).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_the_data_directory_is_noticed_however_it_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let (data, other) = (dir.path().join("data"), dir.path().join("other"));
        fs::create_dir_all(data.join("keys")).unwrap();
        fs::create_dir_all(&other).unwrap();
        std::os::unix::fs::symlink(&data, dir.path().join("link")).unwrap();
        for (key, is_beside) in [
            (None, true),
            (Some(data.join("keys/vault.key")), true),
            (Some(dir.path().join("other/../data/vault.key")), true),
            (Some(dir.path().join("link/vault.key")), true),
            (Some(other.join("vault.key")), false),
        ] {
            if let Some(key) = &key {
                fs::write(key, "").unwrap();
            }
            let storage = Storage {
                data_dir: data.clone(),
                database_url: None,
                vault_key_file: key.clone(),
            };
            assert_eq!(storage.is_key_beside_data(), is_beside, "{key:?}");
        }
    }
}
