//! Backups: every row of the database in one encrypted file, and back into an empty database of
//! whichever kind.
//!
//! The file is an age file (age-encryption.org), so that it can be opened without Tidegate. Seeds
//! in it are still sealed: the vault key is never part of a backup, and is needed to restore one.

use std::io::{self, BufRead, BufReader, Lines, Read, Write};
use std::str::FromStr as _;
use std::sync::Arc;

use age::secrecy::SecretString;
use age::stream::{StreamReader, StreamWriter};
use age::{DecryptError, Decryptor, Encryptor, Identity, Recipient, scrypt, x25519};
use axum::body::Bytes;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::bootstrap::Storage;
use crate::clock;
use crate::store::dump::{self, Insert, Rows, Table};
use crate::store::{self, Db, StoreError, Tx};
use crate::vault::{Vault, VaultError, rotation};

/// The form of the file's content.
const FORMAT: u32 = 1;
/// Encrypted bytes that are sent at a time.
const CHUNK: usize = 64 << 10;
/// A passphrase's work factor is 2 to this power at most: seconds, not hours.
const WORK_FACTOR_MAX: u8 = 22;

/// Who can open a backup that is made.
#[derive(Debug)]
pub(crate) enum Lock {
    Passphrase(SecretString),
    Recipients(Vec<x25519::Recipient>),
}

impl Lock {
    /// Recipients are public keys that `age-keygen` printed.
    pub(crate) fn recipients(keys: &[String]) -> Result<Self, String> {
        let key = |text: &String| {
            x25519::Recipient::from_str(text).map_err(|_| format!("`{text}` is no age public key"))
        };
        Ok(Self::Recipients(
            keys.iter().map(key).collect::<Result<_, _>>()?,
        ))
    }

    fn encryptor(self) -> io::Result<Encryptor> {
        match self {
            Self::Passphrase(passphrase) => Ok(Encryptor::with_user_passphrase(passphrase)),
            Self::Recipients(keys) => {
                let keys = keys.iter().map(|key| key as &dyn Recipient);
                Encryptor::with_recipients(keys).map_err(io::Error::other)
            }
        }
    }
}

/// What opens a backup.
#[derive(Debug)]
pub struct BackupKey(Opener);

#[derive(Debug)]
enum Opener {
    Passphrase(SecretString),
    Identity(String),
}

impl BackupKey {
    /// The passphrase that it was made with.
    pub fn passphrase(text: &str) -> Self {
        Self(Opener::Passphrase(SecretString::from(text.to_owned())))
    }

    /// The content of a file that `age-keygen` made.
    pub fn identity_file(text: &str) -> Self {
        Self(Opener::Identity(text.to_owned()))
    }

    fn identities(self) -> Result<Vec<Box<dyn Identity>>, BackupError> {
        match self.0 {
            Opener::Passphrase(passphrase) => {
                let mut identity = scrypt::Identity::new(passphrase);
                identity.set_max_work_factor(WORK_FACTOR_MAX);
                Ok(vec![Box::new(identity)])
            }
            Opener::Identity(text) => {
                let lines = text.lines().map(str::trim);
                let keys = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
                keys.map(|line| {
                    let key = x25519::Identity::from_str(line);
                    let key = key.map_err(|_| BackupError::Identity)?;
                    Ok(Box::new(key) as Box<dyn Identity>)
                })
                .collect()
            }
        }
    }
}

/// Why a backup cannot be restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The key does not open the file, or the file is none.
    #[error("the backup does not open: {0}")]
    Locked(String),
    /// The identity file holds none.
    #[error("the identity file holds something else than age secret keys")]
    Identity,
    /// It was opened, and is not whole.
    #[error("the backup is damaged: {0}")]
    Damaged(&'static str),
    /// It could not be read to its end.
    #[error("read the backup")]
    Read(#[from] io::Error),
    /// Its tables or columns are unknown here.
    #[error("the backup was made by a newer version ({version}): {what} is unknown to this one")]
    Newer {
        /// Who made it.
        version: String,
        /// The table or column.
        what: String,
    },
    /// There is something already.
    #[error(
        "the database is not empty: restore into a new data directory, or into an empty \
         PostgreSQL database"
    )]
    NotEmpty,
    /// The vault key is another one.
    #[error(
        "the seeds in the backup need vault key {wanted}, the first in the key file is {found}: \
         put the right key file there"
    )]
    VaultKey {
        /// The key that it needs.
        wanted: String,
        /// The key that is there.
        found: String,
    },
    /// The vault key cannot be used.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database did not do what it should.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The first line of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Header {
    tidegate_backup: u32,
    version: String,
    made_at: String,
    /// The operator's public key.
    operator: String,
    vault_key_id: String,
    tables: usize,
}

/// The last line of a backup.
#[derive(Debug, Serialize, Deserialize)]
struct Footer {
    rows: u64,
}

/// What was restored.
#[derive(Debug, PartialEq, Eq)]
pub struct Restored {
    /// The operator's public key.
    pub operator: String,
    /// When the backup was made.
    pub made_at: String,
    /// How many rows it had.
    pub rows: u64,
}

/// Memory that an encrypting writer fills and a sender empties.
#[derive(Debug, Clone, Default)]
struct Spill(Arc<Mutex<Vec<u8>>>);

impl Write for Spill {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where the chunks of a backup go.
pub(crate) type Chunks = mpsc::Sender<io::Result<Bytes>>;

/// Encrypts lines and sends them on as fast as they are taken.
struct Sealer {
    writer: StreamWriter<Spill>,
    spill: Spill,
    chunks: Chunks,
}

impl Sealer {
    async fn line(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.writer.write_all(&text)?;
        let full = {
            let mut spill = self.spill.0.lock();
            (spill.len() >= CHUNK).then(|| std::mem::take(&mut *spill))
        };
        match full {
            Some(chunk) => self.send(chunk).await,
            None => Ok(()),
        }
    }

    async fn send(&self, chunk: Vec<u8>) -> io::Result<()> {
        let sent = self.chunks.send(Ok(chunk.into())).await;
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }

    async fn finish(self) -> io::Result<()> {
        let (spill, chunks) = (self.spill, self.chunks);
        self.writer.finish()?;
        let rest = std::mem::take(&mut *spill.0.lock());
        let sent = chunks.send(Ok(rest.into())).await;
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

impl Rows for Sealer {
    async fn row(&mut self, row: Value) -> Result<(), StoreError> {
        let sent = self.line(&row).await;
        sent.map_err(|error| StoreError::Unavailable(sqlx::Error::Io(error)))
    }
}

/// Writes a backup into `chunks`, of one moment of the database.
pub(crate) async fn write(
    mut tx: Tx,
    version: &str,
    vault: &Vault,
    lock: Lock,
    chunks: Chunks,
) -> Result<(), BackupError> {
    dump::take_time(&mut tx).await?;
    let operator = store::foundation::operator(&mut tx).await?;
    let keys = store::vault::keys(&mut tx).await?;
    let mut tables = dump::tables(&mut tx).await?;
    // What was being done is not to be done again, and its secrets have had their time.
    tables.retain(|table| !store::operations::TABLES.contains(&table.name.as_str()));
    let spill = Spill::default();
    let output = spill.clone();
    // A passphrase is stretched here: a second of work.
    let writer = tokio::task::spawn_blocking(move || lock.encryptor()?.wrap_output(output));
    let writer = writer.await.map_err(io::Error::other)??;
    let mut sealer = Sealer {
        writer,
        spill,
        chunks,
    };
    let header = Header {
        tidegate_backup: FORMAT,
        version: version.to_owned(),
        made_at: clock::rfc3339(clock::now()),
        operator: operator
            .map(|operator| operator.public_key)
            .unwrap_or_default(),
        vault_key_id: match keys.last() {
            Some(newest) => newest.wrapped_by.clone(),
            None => vault.file_key().to_owned(),
        },
        tables: tables.len(),
    };
    sealer.line(&header).await?;
    let mut rows = 0;
    for table in &tables {
        sealer.line(table).await?;
        rows += dump::read(&mut tx, table, &mut sealer).await?;
    }
    sealer.line(&Footer { rows }).await?;
    Ok(sealer.finish().await?)
}

/// Restores a backup into the empty database of `storage`, whose vault key must be there. Nothing
/// is changed unless all of it can be.
///
/// # Errors
/// When the key does not open it, it is damaged or newer, the database is not empty, or the vault
/// key is not the one that the seeds are sealed with.
pub async fn restore(
    storage: &Storage,
    file: impl Read,
    key: BackupKey,
) -> Result<Restored, BackupError> {
    let vault = Vault::open(&storage.vault_key())?;
    let mut content = Content::open(file, key)?;
    if !vault.holds(&content.header.vault_key_id) {
        return Err(BackupError::VaultKey {
            wanted: content.header.vault_key_id,
            found: vault.file_key().to_owned(),
        });
    }
    let db = storage.open_database()?;
    let restored = restore_into(&db, &vault, &mut content).await;
    db.close().await;
    restored
}

async fn restore_into<R: Read>(
    db: &Db,
    vault: &Vault,
    content: &mut Content<R>,
) -> Result<Restored, BackupError> {
    db.migrate().await?;
    let mut tx = db.write().await?;
    dump::take_time(&mut tx).await?;
    if store::foundation::vault_canary(&mut tx).await?.is_some() {
        return Err(BackupError::NotEmpty);
    }
    let known = dump::tables(&mut tx).await?;
    for table in known.iter().rev() {
        dump::clear(&mut tx, table).await?;
    }
    let mut insert: Option<Insert> = None;
    let (mut tables, mut rows) = (0, 0);
    let footer = loop {
        match content.next()? {
            Line::Table(table) => {
                content.check(&table, &known)?;
                tables += 1;
                insert = Some(Insert::new(table));
            }
            Line::Row(row) => {
                let insert = insert.as_ref();
                let insert = insert.ok_or(BackupError::Damaged("a row without a table"))?;
                insert.row(&mut tx, &row).await?;
                rows += 1;
            }
            Line::Footer(footer) => break footer,
        }
    };
    if footer.rows != rows || tables != content.header.tables {
        return Err(BackupError::Damaged("rows are missing"));
    }
    let canary = store::foundation::vault_canary(&mut tx).await?;
    let canary = canary.ok_or(BackupError::Damaged("it is of no installation"))?;
    rotation::prepare::<BackupError>(&mut tx, vault, clock::now()).await?;
    vault.check_canary(&canary)?;
    dump::forget_processes(&mut tx).await?;
    // The first-run token's file is not part of a backup: whoever restores gets a new one.
    store::keys::revoke_bootstrap(&mut tx, clock::now()).await?;
    tx.commit().await?;
    Ok(Restored {
        operator: content.header.operator.clone(),
        made_at: content.header.made_at.clone(),
        rows,
    })
}

/// A line of a backup after the first.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Line {
    Row(Vec<Value>),
    Table(Table),
    Footer(Footer),
}

/// The decrypted lines of a backup.
struct Content<R: Read> {
    header: Header,
    lines: Lines<BufReader<StreamReader<R>>>,
}

impl<R: Read> Content<R> {
    fn open(file: R, key: BackupKey) -> Result<Self, BackupError> {
        let identities = key.identities()?;
        let locked = |error: DecryptError| BackupError::Locked(error.to_string());
        let decryptor = Decryptor::new(file).map_err(locked)?;
        let opened = decryptor.decrypt(identities.iter().map(|identity| &**identity));
        let mut lines = BufReader::new(opened.map_err(locked)?).lines();
        let first = lines.next().ok_or(BackupError::Damaged("it is empty"))??;
        let header: Header = serde_json::from_str(&first)
            .map_err(|_| BackupError::Damaged("it is no backup of Tidegate"))?;
        if header.tidegate_backup > FORMAT {
            return Err(BackupError::Newer {
                version: header.version,
                what: format!("format {}", header.tidegate_backup),
            });
        }
        Ok(Self { header, lines })
    }

    fn next(&mut self) -> Result<Line, BackupError> {
        let line = self
            .lines
            .next()
            .ok_or(BackupError::Damaged("its end is missing"))??;
        serde_json::from_str(&line).map_err(|_| BackupError::Damaged("a line cannot be read"))
    }

    /// Whether the table and all its columns are known here.
    fn check(&self, table: &Table, known: &[Table]) -> Result<(), BackupError> {
        let newer = |what: String| BackupError::Newer {
            version: self.header.version.clone(),
            what,
        };
        let ours = known.iter().find(|ours| ours.name == table.name);
        let ours = ours.ok_or_else(|| newer(format!("table {}", table.name)))?;
        match table
            .columns
            .iter()
            .find(|column| !ours.columns.contains(column))
        {
            Some(column) => Err(newer(format!("column {}.{}", table.name, column.name))),
            None => Ok(()),
        }
    }
}
