//! `/vault`: the keys that secrets are sealed with, and a new one.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::dry_run::Mode;
use super::record::Change;
use super::reply::Reply;
use crate::app::App;
use crate::auth::{May, may};
use crate::clock;
use crate::problem::{Problem, ProblemBody};
use crate::store::vault::VaultKeyRow;
use crate::store::{self, Tx};
use crate::vault::rotation::{self, KEPT_SECONDS};

/// The vault: which keys there are, never the keys themselves.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Vault)]
pub(crate) struct VaultView {
    /// Where the key is kept that wraps the data keys: `key_file`.
    kms: &'static str,
    /// Whether that key lies in the data directory, where a copy of one is a copy of both.
    key_beside_data: bool,
    /// The data keys, the one that seals now or will seal next last.
    keys: Vec<DataKeyView>,
    /// Secrets that are not sealed with the newest key yet.
    waiting: i64,
}

/// A data key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DataKey)]
pub(crate) struct DataKeyView {
    id: String,
    /// `next`: seals soon; `active`: seals now; `retiring`: opens what was not sealed anew yet;
    /// `retired`: opens nothing any more.
    #[schema(example = "active")]
    state: &'static str,
    /// The name of the key in the key file that wraps it. A key that wraps none of the data keys
    /// may be taken out of the file.
    wrapped_by: String,
    #[schema(format = DateTime)]
    created_at: String,
    /// Since when it seals.
    #[schema(format = DateTime)]
    active_from: String,
    /// When a retired key is forgotten.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    gone_at: Option<String>,
    /// Why a process cannot use it yet; it does not seal as long as that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl DataKeyView {
    fn new(row: VaultKeyRow, active: Option<&str>, now: i64) -> Self {
        let state = match row.retired_at {
            _ if active == Some(&row.id) => "active",
            _ if row.active_from > now => "next",
            Some(_) => "retired",
            None => "retiring",
        };
        Self {
            state,
            wrapped_by: row.wrapped_by,
            created_at: clock::rfc3339(row.created_at),
            active_from: clock::rfc3339(row.active_from),
            gone_at: row.retired_at.map(|at| clock::rfc3339(at + KEPT_SECONDS)),
            error: row.trouble.filter(|_| state == "next"),
            id: row.id,
        }
    }
}

async fn view(app: &App, tx: &mut Tx) -> Result<VaultView, Problem> {
    let now = clock::now();
    let rows = store::vault::keys(tx).await?;
    let seals = |row: &&VaultKeyRow| row.active_from <= now;
    let active = rows.iter().rev().find(seals).map(|row| row.id.clone());
    let keys = rows.into_iter();
    Ok(VaultView {
        kms: app.vault.kind(),
        key_beside_data: app.is_key_beside_data,
        keys: keys
            .map(|row| DataKeyView::new(row, active.as_deref(), now))
            .collect(),
        waiting: rotation::count_waiting(tx, &app.vault).await?,
    })
}

/// The keys that secrets are sealed with, and how far a change of them has come.
#[utoipa::path(get, path = "/vault", operation_id = "get_vault", tag = "system",
    params(May<may::ReadSystem>),
    responses((status = 200, body = VaultView), (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    _: May<may::ReadSystem>,
) -> Result<Answer<VaultView>, Problem> {
    app.installation()?;
    let mut tx = app.db.read().await?;
    Ok(Answer(view(&app, &mut tx).await?))
}

/// Makes a new data key, wrapped by the first key of the key file, and seals every secret anew. It
/// goes on by itself, also after a restart; `GET /vault` shows how far it is.
#[utoipa::path(post, path = "/vault/rotate", operation_id = "rotate_vault", tag = "system",
    params(May<may::WriteSystem>),
    responses((status = 200, body = VaultView), (status = "4XX", body = ProblemBody)))]
pub(super) async fn rotate(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteSystem>,
    mode: Mode,
) -> Result<Reply<VaultView>, Problem> {
    app.installation()?;
    let now = clock::now();
    let mut tx = app.db.write().await?;
    store::vault::lock(&mut tx).await?;
    let before = view(&app, &mut tx).await?;
    let is_busy = |key: &DataKeyView| ["next", "retiring"].contains(&key.state);
    if before.keys.iter().any(is_busy) {
        return Err(Problem::conflict(
            "rotation_running",
            "Secrets are being sealed anew already: wait for it to end.",
        ));
    }
    let rows = store::vault::keys(&mut tx).await?;
    let active_from = rotation::active_from(&app.db, &rows, now);
    let made = app.vault.new_key(now, active_from).await;
    let row = made.map_err(|error| Problem::conflict("vault_key_file", error.to_string()))?;
    store::vault::insert_key(&mut tx, &row).await?;
    let changed = view(&app, &mut tx).await?;
    let change = Change::new("vault.rotate", &row.id, None, None);
    let change = change.before(&before).after(&changed);
    let made = mode.end(&app, tx, &caller, change).await?;
    if made.is_some() {
        rotation::look(&app).await?;
    }
    Ok(Reply::ok(changed).or_preview(made))
}
