//! Gives everything that is sealed another vault key.
//!
//! Whoever renames `vault.key` to `vault.key.previous` and starts again gets a new key: one transaction
//! opens every box with the previous key and seals it with the new one. Then the previous file is set aside
//! as `vault.key.retired-…`; it opens nothing of this database any more, but older backups. A crash
//! before the commit changes nothing, one after it is made up for at the next start. Tokens go on
//! working: the key of their hashes stays, sealed.

use std::fs;
use std::path::{Path, PathBuf};

use crate::store::foundation::VAULT_ROW;
use crate::store::sealed::{self, VaultRow};
use crate::store::{Db, StoreError, Tx};
use crate::vault::{Purpose, Vault, VaultError};

/// Why the vault does not fit the database.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    /// The database did not do what it should.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Neither the key nor the previous one opens what is there.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Where the previous key of the vault is while it is replaced.
pub(crate) fn previous_path(path: &Path) -> PathBuf {
    with_ending(path, "previous")
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

/// Opens the vault of a database that was founded with it. When only the previous key is there, a
/// new one is made.
pub(crate) fn open(path: &Path) -> Result<Vault, VaultError> {
    match previous_path(path).exists() {
        true => Vault::open_or_create(path),
        false => Vault::open(path),
    }
}

/// Makes sure that the vault's key opens what is in the database: what the previous key sealed is
/// sealed anew. Says nothing about a database that was not founded.
pub(crate) async fn settle(db: &Db, vault: &Vault, path: &Path) -> Result<(), SettleError> {
    let mut tx = db.write().await?;
    let Some(row) = sealed::lock_vault(&mut tx).await? else {
        return Ok(());
    };
    let previous_file = previous_path(path);
    if let Err(wrong) = vault.check_canary(VAULT_ROW, &row.canary) {
        if !previous_file.exists() {
            return Err(wrong.into());
        }
        let previous = Vault::open(&previous_file)?;
        previous.check_canary(VAULT_ROW, &row.canary)?;
        adopt_token_key(&previous, &row)?;
        let boxes = reseal(&mut tx, &previous, vault).await?;
        let token_key = previous.token_key();
        let row = VaultRow {
            canary: vault.canary(VAULT_ROW),
            token_key: Some(vault.seal(Purpose::TokenKey, VAULT_ROW, token_key.as_slice())),
        };
        sealed::set_vault(&mut tx, vault.key_id(), &row).await?;
        tx.commit().await?;
        tracing::info!(
            boxes,
            vault.key_id = vault.key_id(),
            vault.previous_key_id = previous.key_id(),
            "everything sealed has a new vault key"
        );
        adopt_token_key(vault, &row)?;
    } else {
        drop(tx);
        adopt_token_key(vault, &row)?;
    }
    retire(&previous_file, path);
    Ok(())
}

fn adopt_token_key(vault: &Vault, row: &VaultRow) -> Result<(), VaultError> {
    if let Some(sealed) = &row.token_key {
        let key = vault.open_sealed(Purpose::TokenKey, VAULT_ROW, sealed)?;
        vault.set_token_key(&key)?;
    }
    Ok(())
}

async fn reseal(tx: &mut Tx, previous: &Vault, vault: &Vault) -> Result<usize, SettleError> {
    let mut boxes = 0;
    for column in sealed::COLUMNS {
        let mut after = String::new();
        loop {
            let page = sealed::page(tx, column, &after).await?;
            let Some((last, _)) = page.last() else {
                break;
            };
            after.clone_from(last);
            boxes += page.len();
            for (id, old) in &page {
                let secret = previous.open_sealed(column.purpose, id, old)?;
                let new = vault.seal(column.purpose, id, &secret);
                sealed::replace(tx, column, id, &new).await?;
            }
        }
    }
    Ok(boxes)
}

/// Sets the previous key aside. It may lie where nothing can be written; then somebody has to.
fn retire(previous_file: &Path, path: &Path) {
    if !previous_file.exists() {
        return;
    }
    let id = Vault::open(previous_file).map(|vault| vault.key_id().to_owned());
    let ending = format!("retired-{}", id.as_deref().unwrap_or("unreadable"));
    let aside = with_ending(path, &ending);
    match fs::rename(previous_file, &aside) {
        Ok(()) => tracing::warn!(
            retired = %aside.display(),
            "the previous vault key opens nothing any more but older backups: keep it with them, \
             not here"
        ),
        Err(error) => tracing::warn!(
            error = &error as &dyn std::error::Error,
            previous = %previous_file.display(),
            "the previous vault key is no longer needed: take it away"
        ),
    }
}
