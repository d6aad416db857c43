//! `tidegate restore`: a backup into the empty database of a data directory that nobody runs in.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use accounts::{OperatorBody, jwt};
use admin_api::{BackupKey, Storage, backup};
use anyhow::{Context, bail};

use crate::console;
use crate::data_dir::{self, DataDir};
use crate::passphrase;
use crate::startup;

/// `tidegate restore FILE`.
#[derive(Debug, clap::Args)]
pub(crate) struct RestoreArgs {
    /// The backup.
    file: PathBuf,
    /// The data directory to restore into.
    #[arg(
        long,
        value_name = "DIR",
        env = "TIDEGATE_DATA",
        default_value = "tidegate-data"
    )]
    data: PathBuf,
    /// PostgreSQL to restore into, instead of SQLite in the data directory.
    #[arg(
        long,
        value_name = "URL",
        env = "TIDEGATE_DATABASE_URL",
        hide_env_values = true
    )]
    database_url: Option<String>,
    /// The vault key that the seeds are sealed with [default: vault.key in the data directory].
    #[arg(long, value_name = "FILE", env = "TIDEGATE_VAULT_KEY_FILE")]
    vault_key_file: Option<PathBuf>,
    /// Open it with the passphrase in this file (or in TIDEGATE_BACKUP_PASSPHRASE).
    #[arg(long, value_name = "FILE", conflicts_with = "identity")]
    passphrase_file: Option<PathBuf>,
    /// Open it with the secret key in this file, as age-keygen made it.
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
}

pub(crate) fn run(args: &RestoreArgs) -> anyhow::Result<()> {
    let key = key(args)?;
    let shown = args.file.display();
    let file = File::open(&args.file).with_context(|| format!("open {shown}"))?;
    let data = DataDir::open(&args.data)?;
    let storage = Storage {
        data_dir: data.root().to_owned(),
        database_url: args.database_url.clone(),
        vault_key_file: args
            .vault_key_file
            .clone()
            .or_else(data_dir::lent_vault_key),
    };
    let restored = startup::run(async { Ok(backup::restore(&storage, file, key).await) })?;
    let restored = restored.with_context(|| format!("restore {shown}"))?;
    let (rows, made_at, operator) = (restored.rows, &restored.made_at, &restored.operator);
    console::say(format_args!(
        "restored {rows} rows as of {made_at}, of operator {operator}"
    ));
    match other_operator(&data.operator_file(), operator)? {
        None => Ok(()),
        Some(other) => bail!(
            "but {} belongs to operator {other}: move the folder {} away before you start",
            data.root().display(),
            data.root().join("broker").display()
        ),
    }
}

fn key(args: &RestoreArgs) -> anyhow::Result<BackupKey> {
    if let Some(file) = &args.identity {
        let text = fs::read_to_string(file);
        let text = text.with_context(|| format!("read {}", file.display()))?;
        return Ok(BackupKey::identity_file(&text));
    }
    match passphrase::read(args.passphrase_file.as_deref())? {
        Some(text) => Ok(BackupKey::passphrase(&text)),
        None => bail!(
            "say how to open it: --passphrase-file FILE, TIDEGATE_BACKUP_PASSPHRASE, or \
             --identity FILE"
        ),
    }
}

/// The operator that the data plane of this directory trusts, when it is another one.
fn other_operator(file: &Path, restored: &str) -> anyhow::Result<Option<String>> {
    let Ok(text) = fs::read_to_string(file) else {
        return Ok(None);
    };
    let kept = jwt::decode::<OperatorBody>(text.trim())
        .with_context(|| format!("read {}", file.display()))?;
    Ok(Some(kept.sub).filter(|kept| kept != restored))
}
