//! What the data plane stands on: the operator and the system account.
//!
//! The first run takes them from the control plane's database and keeps them in the data
//! directory, so that later runs need no database. `operator.jwt` is written last: when it is
//! there, everything is.

use std::fs;
use std::io;
use std::path::Path;

use accounts::nkeys::PublicKey;
use accounts::{AccountBody, OperatorBody, jwt};
use admin_api::{Storage, bootstrap};
use anyhow::{Context, bail};
use tracing::info;

use crate::data_dir::{DataDir, write_durably};

/// JWTs are no secret, but nobody else needs them.
pub(super) const PRIVATE_FILE: u32 = 0o600;

#[derive(Debug)]
pub(super) struct Foundation {
    pub(super) operator_jwt: String,
    pub(super) system_account: PublicKey,
    pub(super) system_account_jwt: String,
}

impl Foundation {
    /// What is kept, or else what the database says, which is founded when it is empty.
    pub(super) async fn open(data: &DataDir, storage: &Storage) -> anyhow::Result<Self> {
        if let Some(kept) = Self::kept(data)? {
            return Ok(kept);
        }
        let founding = bootstrap::found(storage)
            .await
            .context("the first run needs its database, and could not use it")?;
        let mode = PRIVATE_FILE;
        write_durably(
            &data.system_account_file(),
            founding.system_account_jwt.as_bytes(),
            mode,
        )?;
        write_durably(
            &data.operator_file(),
            founding.operator_jwt.as_bytes(),
            mode,
        )?;
        if founding.is_new {
            info!("first run: made an operator and its system account");
        } else {
            info!("took the operator and its system account from the database");
        }
        Ok(Self {
            operator_jwt: founding.operator_jwt,
            system_account: founding.system_account,
            system_account_jwt: founding.system_account_jwt,
        })
    }

    fn kept(data: &DataDir) -> anyhow::Result<Option<Self>> {
        let path = data.operator_file();
        let Some(operator_jwt) = read(&path)? else {
            return Ok(None);
        };
        let shown = path.display();
        let operator = jwt::decode::<OperatorBody>(&operator_jwt).with_context(|| {
            format!(
                "{shown} is damaged; restore it from a backup, or move it away to take the \
                 operator from the database"
            )
        })?;
        let path = data.system_account_file();
        let Some(system_account_jwt) = read(&path)? else {
            bail!(
                "{} is missing; restore it from a backup, or move {shown} away to take both from \
                 the database",
                path.display()
            );
        };
        // An operator from elsewhere may name none; then it is the one that we made for it.
        let system_account = match operator.nats.system_account {
            Some(key) => key,
            None => jwt::decode::<AccountBody>(&system_account_jwt)
                .with_context(|| format!("{} is damaged", path.display()))?
                .subject(),
        };
        Ok(Some(Self {
            operator_jwt,
            system_account,
            system_account_jwt,
        }))
    }
}

fn read(path: &Path) -> anyhow::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
    }
}
