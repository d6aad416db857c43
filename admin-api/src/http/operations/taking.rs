//! What an operation made that is shown once: taken out by whoever asked for it, and gone then.

use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Kind, backup, is_kept};
use crate::app::App;
use crate::auth::Caller;
use crate::clock;
use crate::http::dry_run::{InEarnest, Mode};
use crate::http::record::Change;
use crate::http::reply::Reply;
use crate::http::users::CreatedUser;
use crate::problem::{Problem, ProblemBody};
use crate::store::operations::{OUTPUT, OperationRow, PartRow};
use crate::store::{self, Tx};
use crate::vault::Purpose;

/// Users that an operation made, with their credentials.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TakenUsers {
    #[schema(value_type = Vec<CreatedUser>)]
    data: Value,
    /// Users whose credentials are still to be taken: ask again.
    left: i64,
    /// What the replay of an answer that is older than ten minutes does not show any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    withheld: Vec<String>,
}

/// Takes the next credentials of the users that an operation made, 250 at most, in the order in
/// which they were asked for. Each is shown once. While the operation runs there may be more later;
/// ten minutes after its end what was not taken is gone.
#[utoipa::path(post, path = "/operations/{operation}/credentials",
    operation_id = "take_operation_credentials", tag = "operations",
    params(("operation" = String, Path, description = "Id")),
    responses((status = 200, body = TakenUsers), (status = 410),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn credentials(
    State(app): State<Arc<App>>,
    caller: Caller,
    _: InEarnest,
    Path(id): Path<String>,
) -> Result<Reply<TakenUsers>, Problem> {
    let mut tx = app.db.write().await?;
    let row = find(&mut tx, &caller, &id, Kind::CreateUsers).await?;
    let part = store::operations::next_part(&mut tx, &row.id, OUTPUT, "").await?;
    let part = part.ok_or_else(gone)?;
    let data = open(&app, &part)?;
    let data: Value = serde_json::from_slice(&data).map_err(|_| Problem::internal())?;
    let left = row.ready - part.items;
    store::operations::delete_part(&mut tx, &part.id).await?;
    store::operations::set_ready(&mut tx, &row.id, left).await?;
    let (org, account) = (row.org_id.as_deref(), row.account_id.as_deref());
    let change = Change::new("operation.take_credentials", &row.id, org, account);
    let change = change.after(&serde_json::json!({ "taken": part.items, "left": left }));
    Mode::Commit.end(&app, tx, &caller, change).await?;
    let view = TakenUsers {
        data,
        left,
        withheld: Vec::new(),
    };
    Ok(Reply::ok(view).secrets(&["data"]))
}

/// Takes the backup that an operation made. It is gone once it was read to its end, at the latest
/// an hour after it was made; the operation's `result` has its size and its SHA-256.
#[utoipa::path(post, path = "/operations/{operation}/file", operation_id = "take_operation_file",
    tag = "operations",
    params(("operation" = String, Path, description = "Id")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
              (status = 409), (status = 410), (status = "4XX", body = ProblemBody)))]
pub(super) async fn file(
    State(app): State<Arc<App>>,
    caller: Caller,
    _: InEarnest,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let mut tx = app.db.write().await?;
    let row = find(&mut tx, &caller, &id, Kind::Backup).await?;
    let made = row.result.as_deref();
    let made = made.and_then(|text| serde_json::from_str::<backup::Made>(text).ok());
    let made = made.ok_or_else(gone)?;
    let change = Change::new("operation.take_file", &row.id, None, None);
    Mode::Commit.end(&app, tx, &caller, change).await?;
    let file = File {
        app,
        id: row.id,
        after: String::new(),
        left: row.ready,
    };
    let body = stream::unfold(file, |mut file| async move {
        match file.next().await {
            Ok(bytes) => bytes.map(|bytes| (Ok(bytes), file)),
            Err(_) => {
                file.left = 0;
                // An aborted answer: nobody takes it for a whole backup.
                Some((Err(io::Error::other("the backup was cut off")), file))
            }
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::CONTENT_LENGTH, made.bytes.to_string()),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"tidegate-backup.age\"".to_owned(),
        ),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

fn gone() -> Problem {
    Problem::gone(
        "result_gone",
        "It was taken already, or its time has passed. What was made can be made anew.",
    )
}

/// The operation, locked, when there is something that the caller may take.
async fn find(tx: &mut Tx, caller: &Caller, id: &str, kind: Kind) -> Result<OperationRow, Problem> {
    let row = store::operations::lock(tx, &caller.scope, id).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    if Kind::of(&row)? != kind {
        return Err(Problem::not_found_because(
            "An operation of this kind makes nothing of that sort.",
        ));
    }
    caller.need(kind.right())?;
    if row.actor != caller.actor {
        return Err(Problem::forbidden("Only who asked for it may take it."));
    }
    // A backup is whole when it has ended, users come portion after portion.
    let is_early = match kind {
        Kind::Backup => !row.has_ended(),
        _ => !row.has_ended() && row.ready == 0,
    };
    if is_early {
        let text = "There is nothing yet: ask again when the operation has come further.";
        return Err(Problem::conflict("operation_running", text));
    }
    match is_kept(&row, clock::now()) {
        true => Ok(row),
        false => Err(gone()),
    }
}

fn open(app: &App, part: &PartRow) -> Result<zeroize::Zeroizing<Vec<u8>>, Problem> {
    let opened = app
        .vault
        .open_sealed(Purpose::OperationPart, &part.id, &part.content);
    opened.map_err(|_| Problem::internal())
}

/// A backup that is being taken.
struct File {
    app: Arc<App>,
    id: String,
    /// The part that was sent last.
    after: String,
    left: i64,
}

impl File {
    async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        if self.left <= 0 {
            return Ok(None);
        }
        let mut tx = self.app.db.read().await?;
        let part = store::operations::next_part(&mut tx, &self.id, OUTPUT, &self.after).await?;
        drop(tx);
        let part = part.ok_or_else(gone)?;
        let bytes = Bytes::copy_from_slice(&open(&self.app, &part)?);
        self.left -= part.items;
        self.after = part.id;
        if self.left <= 0 {
            // Nobody asks again after the last of so many bytes as were announced.
            self.forget().await?;
        }
        Ok(Some(bytes))
    }

    /// It is read to its end: nobody reads it again.
    async fn forget(&self) -> Result<(), Problem> {
        let mut tx = self.app.db.write().await?;
        store::operations::delete_parts(&mut tx, &self.id, OUTPUT).await?;
        store::operations::set_ready(&mut tx, &self.id, 0).await?;
        Ok(tx.commit().await?)
    }
}
