//! A backup that is kept for a while, in parts: as many processes as there are, any of them can
//! hand it out.

use std::io;

use axum::body::Bytes;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use super::accept::{Asked, accept};
use super::worker::{Stop, Turn};
use super::{Kind, Operation};
use crate::app::App;
use crate::auth::Caller;
use crate::backup::{self, BackupError};
use crate::clock;
use crate::http::backup::{IN_WORK, NewBackup};
use crate::http::record::{Change, append};
use crate::http::reply::Reply;
use crate::problem::Problem;
use crate::store::operations::{INPUT, OUTPUT, OperationRow, PartRow, QUEUED, part_id};
use crate::store::{self, Scope};
use crate::vault::Purpose;

/// Chunks that wait until those before them are stored.
const CHUNKS_MAX: usize = 4;
/// Bytes of one part.
const PART_BYTES: usize = 256 << 10;
/// A larger backup is not for the database to keep: it is answered as it is made.
const FILE_BYTES_MAX: usize = 256 << 20;

/// What is said of a backup that was made.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Made {
    pub(super) bytes: u64,
    /// SHA-256 in hex.
    pub(super) sha256: String,
}

/// Has a backup made.
pub(in crate::http) async fn begin(
    app: &App,
    caller: &Caller,
    wanted: NewBackup,
) -> Result<Reply<Operation>, Problem> {
    let input = serde_json::to_vec(&wanted).map_err(|_| Problem::internal())?;
    // What is wrong with it is told now.
    wanted.lock()?;
    let operator = app.installation()?.operator_id;
    let asked = Asked {
        kind: Kind::Backup,
        target: &operator,
        place: Scope::default(),
        total: None,
        input: vec![(1, input)],
    };
    accept(app, app.db.write().await?, caller, asked).await
}

/// All of it in one turn, since it is of one moment of the database. Whoever takes over begins
/// anew.
pub(super) async fn step(turn: &Turn<'_>, caller: &Caller, row: &OperationRow) -> Result<(), Stop> {
    let app = turn.app;
    let busy = |_| Problem::unavailable("Two backups are being made: wait for one to end.");
    let _permit = IN_WORK.try_acquire().map_err(busy)?;
    let mut tx = app.db.write().await?;
    let is_first = row.state == QUEUED;
    let mut row = turn.hold(&mut tx).await?;
    let part = store::operations::next_part(&mut tx, &row.id, INPUT, "").await?;
    let part = part.ok_or_else(Problem::internal)?;
    let opened = app
        .vault
        .open_sealed(Purpose::OperationPart, &part.id, &part.content)
        .map_err(|_| Problem::internal())?;
    let wanted: NewBackup = serde_json::from_slice(&opened).map_err(|_| Problem::internal())?;
    let lock = wanted.lock()?;
    store::operations::delete_parts(&mut tx, &row.id, OUTPUT).await?;
    (row.done, row.ready) = (0, 0);
    store::operations::advance(&mut tx, &row, clock::now()).await?;
    if is_first {
        let change = Change::new("backup.create", &row.target, None, None);
        append(&mut tx, caller, change, false).await?;
    }
    tx.commit().await?;
    app.bell.ring();

    let tx = app.db.read().await?;
    let (chunks, body) = mpsc::channel(CHUNKS_MAX);
    let write = Box::pin(backup::write(tx, &app.version, &app.vault, lock, chunks));
    let (written, kept) = tokio::join!(write, keep(turn, body));
    // What keeps knows better why it ended.
    let made = kept?;
    written.map_err(|error| {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            operation.id = row.id,
            "a backup was cut off"
        );
        match error {
            BackupError::Store(error) => error.into(),
            _ => Problem::internal(),
        }
    })?;
    let mut tx = app.db.write().await?;
    let mut row = turn.hold(&mut tx).await?;
    turn.succeed(&mut tx, &mut row, &made).await?;
    tx.commit().await?;
    app.bell.ring();
    Ok(())
}

/// Stores what comes, part after part.
async fn keep(turn: &Turn<'_>, mut body: mpsc::Receiver<io::Result<Bytes>>) -> Result<Made, Stop> {
    let (mut number, mut bytes, mut hash) = (0, 0_usize, Sha256::new());
    let mut waiting = Vec::with_capacity(PART_BYTES * 2);
    loop {
        let chunk = body.recv().await;
        let has_ended = chunk.is_none();
        if let Some(Ok(chunk)) = chunk {
            bytes += chunk.len();
            hash.update(&chunk);
            waiting.extend_from_slice(&chunk);
        }
        if bytes > FILE_BYTES_MAX {
            let text = "It is larger than 256 MiB: ask for it without `Prefer: respond-async`.";
            let problem = Problem::unprocessable("backup_too_large", text);
            return Err(Stop::Problem(problem));
        }
        if waiting.len() >= PART_BYTES || (has_ended && !waiting.is_empty()) {
            put(turn, number, &waiting).await?;
            waiting.clear();
            number += 1;
        }
        if has_ended {
            return Ok(Made {
                bytes: bytes as u64,
                sha256: HEXLOWER.encode(&hash.finalize()),
            });
        }
    }
}

async fn put(turn: &Turn<'_>, number: i64, content: &[u8]) -> Result<(), Stop> {
    let app = turn.app;
    let mut tx = app.db.write().await?;
    let mut row = turn.hold(&mut tx).await?;
    let items = i64::try_from(content.len()).unwrap_or(i64::MAX);
    let id = part_id(&row.id, OUTPUT, number);
    let part = PartRow {
        content: app.vault.seal(Purpose::OperationPart, &id, content),
        id,
        operation_id: row.id.clone(),
        part: OUTPUT.to_owned(),
        items,
    };
    store::operations::insert_part(&mut tx, &part).await?;
    row.done += items;
    row.ready += items;
    store::operations::advance(&mut tx, &row, clock::now()).await?;
    Ok(tx.commit().await?)
}
