//! `/backup`: the whole database as one encrypted file.

use std::io;
use std::sync::Arc;

use age::secrecy::SecretString;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, mpsc};
use utoipa::ToSchema;

use super::body::Json;
use super::dry_run::{InEarnest, Mode};
use super::operations::{self, Operation, Prefers};
use super::record::Change;
use crate::app::App;
use crate::auth::{May, may};
use crate::backup::{self, Lock};
use crate::problem::{Problem, ProblemBody};

/// Backups in work at a time: each holds a connection and a moment of the database.
pub(super) static IN_WORK: Semaphore = Semaphore::const_new(2);
/// Chunks that wait for a slow reader.
const CHUNKS_MAX: usize = 4;
const PASSPHRASE_CHARS_MIN: usize = 12;
const RECIPIENTS_MAX: usize = 16;

/// Who can open the backup: whoever knows the passphrase, or holds one of the keys.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewBackup {
    /// At least 12 characters.
    #[schema(min_length = 12)]
    passphrase: Option<String>,
    /// Public keys that `age-keygen` printed (`age1…`).
    recipients: Option<Vec<String>>,
}

impl NewBackup {
    pub(super) fn lock(self) -> Result<Lock, Problem> {
        match (self.passphrase, self.recipients) {
            (Some(text), None) if text.chars().count() >= PASSPHRASE_CHARS_MIN => {
                Ok(Lock::Passphrase(SecretString::from(text)))
            }
            (Some(_), None) => Err(Problem::invalid(
                "/passphrase",
                format!("must have {PASSPHRASE_CHARS_MIN} characters or more"),
            )),
            (None, Some(keys)) if (1..=RECIPIENTS_MAX).contains(&keys.len()) => {
                Lock::recipients(&keys).map_err(|text| Problem::invalid("/recipients", text))
            }
            (None, Some(_)) => Err(Problem::invalid(
                "/recipients",
                format!("must name from 1 to {RECIPIENTS_MAX} keys"),
            )),
            _ => Err(Problem::invalid(
                "/passphrase",
                "give either `passphrase` or `recipients`",
            )),
        }
    }
}

/// Everything in the database as one file, encrypted with age. Seeds in it are sealed with the
/// vault key, which is not part of it and is needed to restore it. With `Prefer: respond-async` it
/// is made after the answer and kept for an hour, if it has 256 MiB at most.
#[utoipa::path(post, path = "/backup", operation_id = "backup", tag = "system",
    params(May<may::WriteSystem>, Prefers),
    request_body = NewBackup,
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
              (status = 202, body = Operation, description = "It is being made",
                  headers(("Location" = String), ("Retry-After" = u64))),
              (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    scope: May<may::WriteSystem>,
    _: InEarnest,
    prefers: Prefers,
    Json(wanted): Json<NewBackup>,
) -> Result<Response, Problem> {
    if prefers.is_async {
        let accepted = operations::backup::begin(&app, &scope.caller, wanted).await?;
        return Ok(accepted.into_response());
    }
    let lock = wanted.lock()?;
    let busy = |_| Problem::unavailable("Two backups are being made: wait for one to end.");
    let permit = IN_WORK.try_acquire().map_err(busy)?;
    let installation = app.installation()?;
    let tx = app.db.write().await?;
    let change = Change::new("backup.create", &installation.operator_id, None, None);
    Mode::Commit.end(&app, tx, &scope.caller, change).await?;
    let tx = app.db.read().await?;
    let (chunks, body) = mpsc::channel(CHUNKS_MAX);
    tokio::spawn(async move {
        let written = backup::write(tx, &app.version, &app.vault, lock, chunks.clone()).await;
        if let Err(error) = written {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a backup was cut off"
            );
            // Ends the answer in the middle, so that nobody takes it for a whole backup.
            let _ = chunks
                .send(Err(io::Error::other("the backup was cut off")))
                .await;
        }
        drop(permit);
    });
    let body = stream::unfold(body, |mut body| async {
        let chunk = body.recv().await?;
        Some((chunk, body))
    });
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CACHE_CONTROL, "no-store"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"tidegate-backup.age\"",
        ),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}
