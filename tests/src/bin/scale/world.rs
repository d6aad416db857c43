//! The accounts on disk, and the users who may come: all from their numbers, so that nothing of
//! them has to be kept.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use accounts::{
    AccountBody, AccountLimits, Claims, ExportClaim, GenericBody, ImportClaim, KeyKind, KeyPair,
    ShareKind, TidegateExtra, UserBody, UserPermissionLimits, jwt,
};
use anyhow::{Context, Result, anyhow};
use serde_json::json;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tests::mint::{Operator, User, now};

/// Every so many accounts there is one that imports from the next.
const IMPORTER_EVERY: usize = 100;
/// Threads that mint.
const MINTERS: usize = 2;

/// The operator and the directory with its accounts.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) operator: Operator,
    dir: TempDir,
    /// When everything was issued.
    began: i64,
}

/// What an update changes.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) generation: u64,
    /// Numbers of revoked users; `None` revokes all.
    pub(crate) revoked: Vec<Option<usize>>,
}

impl World {
    /// Makes so many accounts; the number is theirs from then on.
    pub(crate) fn new(count: usize) -> Result<Self> {
        let world = Self {
            operator: Operator::default(),
            dir: tempfile::tempdir().context("make a directory for the accounts")?,
            began: now() - 10,
        };
        let system = &world.operator.system;
        let path = world
            .accounts_dir()
            .join(format!("{}.jwt", system.public()));
        fs::create_dir(world.accounts_dir())?;
        fs::write(path, world.operator.account_jwt(system))?;
        let next = AtomicUsize::new(0);
        let work = || -> Result<()> {
            loop {
                let account = next.fetch_add(1, Ordering::Relaxed);
                if account >= count {
                    return Ok(());
                }
                let name = format!("{}.jwt", keys(account).public());
                let token = world.account_jwt(account, &Change::default())?;
                fs::write(world.accounts_dir().join(name), token)?;
            }
        };
        thread::scope(|scope| {
            let minters: Vec<_> = (0..MINTERS).map(|_| scope.spawn(work)).collect();
            let join = |minter: thread::ScopedJoinHandle<'_, Result<()>>| {
                let ended = minter.join();
                ended.map_err(|_| anyhow!("a minter panicked"))?
            };
            minters.into_iter().try_for_each(join)
        })?;
        Ok(world)
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn accounts_dir(&self) -> std::path::PathBuf {
        self.dir.path().join("jwt")
    }

    pub(crate) fn account_name(&self, account: usize) -> String {
        keys(account).public().to_string()
    }

    pub(crate) fn account_jwt(&self, account: usize, change: &Change) -> Result<String> {
        let mut body = AccountBody {
            limits: AccountLimits::unlimited(),
            ..AccountBody::default()
        };
        if account.is_multiple_of(IMPORTER_EVERY) {
            let exporter = keys(account + 1).public();
            let mut import = ImportClaim::new(ShareKind::Stream, exporter, "shared.>");
            import.name = "shared".to_owned();
            body.imports.push(import);
        } else if account % IMPORTER_EVERY == 1 {
            body.exports
                .push(ExportClaim::new(ShareKind::Stream, "shared.>"));
        }
        for user in &change.revoked {
            let key = user.map(|user| user_keys(account, user).public().to_string());
            body.revocations
                .insert(key.unwrap_or_else(|| "*".to_owned()), self.began);
        }
        body.tidegate = Some(TidegateExtra {
            generation: change.generation,
            ..TidegateExtra::default()
        });
        let issued_at = match change.generation {
            0 => self.began,
            _ => now(),
        };
        let name = format!("account-{account}");
        let claims = Claims::new(keys(account).public(), name, issued_at, body);
        Ok(jwt::encode(&claims, &self.operator.keys)?)
    }

    pub(crate) fn user(&self, account: usize, user: usize) -> Result<User> {
        self.user_until(account, user, 0)
    }

    /// A user that expires; 0 is never.
    pub(crate) fn user_until(&self, account: usize, user: usize, exp: i64) -> Result<User> {
        let keys_of_user = user_keys(account, user);
        let body = UserBody {
            rights: UserPermissionLimits::unlimited(),
            ..UserBody::default()
        };
        let name = format!("user-{user}");
        let mut claims = Claims::new(keys_of_user.public(), name, self.began, body);
        claims.exp = exp;
        Ok(User {
            jwt: jwt::encode(&claims, &keys(account))?,
            keys: keys_of_user,
        })
    }

    /// An order to delete an account.
    pub(crate) fn deletion(&self, account: usize) -> Result<String> {
        let mut body = GenericBody::default();
        let listed = json!([self.account_name(account)]);
        body.data.insert("accounts".to_owned(), listed);
        let signer = &self.operator.keys;
        let claims = Claims::new(signer.public(), "delete", now(), body);
        Ok(jwt::encode(&claims, signer)?)
    }

    pub(crate) fn config(&self, port: u16) -> String {
        format!(
            "host: 127.0.0.1\nport: {port}\nserver_name: scale\noperator: {}\n\
             system_account: {}\n\
             resolver {{ type: full, dir: \"{}\", allow_delete: true }}\n",
            self.operator.jwt(),
            self.operator.system.public(),
            self.accounts_dir().display()
        )
    }
}

fn entropy(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

fn keys(account: usize) -> KeyPair {
    KeyPair::from_entropy(KeyKind::Account, entropy(&format!("account {account}")))
}

fn user_keys(account: usize, user: usize) -> KeyPair {
    let text = format!("account {account} user {user}");
    KeyPair::from_entropy(KeyKind::User, entropy(&text))
}
