//! `/accounts/{account}/exports/{export}/activations`: the permissions to import a private export,
//! each an activation token that its importer can put into its claims.

use std::sync::Arc;

use accounts::{KeyKind, PublicKey};
use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Deleted;
use super::body::Json;
use super::dry_run::Mode;
use super::exports::find;
use super::page::{Page, PageRequest};
use super::reply::Reply;
use super::work::{Diff, Work};
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::clock;
use crate::problem::{Problem, ProblemBody};
use crate::sharing::permit;
use crate::store::activations::ActivationRow;
use crate::store::{self, Scope, Tx};

/// A permission to import.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Activation {
    #[schema(example = "act_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    export: String,
    /// The nkey of the account that may import.
    importer: String,
    /// `active`, `expired` or `revoked`.
    state: &'static str,
    #[schema(format = DateTime)]
    issued_at: String,
    /// Absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    revoked_at: Option<String>,
}

impl Activation {
    pub(super) fn new(row: ActivationRow, now: i64) -> Self {
        let state = match row.revoked_at {
            Some(_) => "revoked",
            None if row.expires_at != 0 && row.expires_at <= now => "expired",
            None => "active",
        };
        Self {
            id: row.id,
            export: row.export_id,
            importer: row.importer_key,
            state,
            issued_at: clock::rfc3339(row.issued_at),
            expires_at: (row.expires_at != 0).then(|| clock::rfc3339(row.expires_at)),
            revoked_at: row.revoked_at.map(clock::rfc3339),
        }
    }
}

/// A permission that was just made, with its token.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreatedActivation {
    #[serde(flatten)]
    activation: Activation,
    /// The activation token, for importers that are managed elsewhere. Shown once.
    #[schema(required = false)]
    token: String,
    /// What the replay of an answer that is older than ten minutes does not show any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    withheld: Vec<String>,
}

/// A new permission.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewActivation {
    /// The account that may import: its nkey, or its id or slug where the caller may see it.
    account: String,
    /// Never when absent.
    #[schema(minimum = 1)]
    expires_in_seconds: Option<u32>,
}

/// The key of an account: any nkey, since accounts of other operators may import too.
async fn importer_key(tx: &mut Tx, scope: &Scope, reference: &str) -> Result<String, Problem> {
    if PublicKey::parse_as(reference, KeyKind::Account).is_ok() {
        return Ok(reference.to_owned());
    }
    let reference = super::validate::reference(reference, "/account")?;
    let found = store::accounts::find(tx, scope, &reference).await?;
    let absent = || {
        let text = "must be an nkey, or the id or slug of an account that your key reaches";
        Problem::invalid("/account", text)
    };
    Ok(found.ok_or_else(absent)?.public_key)
}

/// Permits an account to import a private export.
#[utoipa::path(post, path = "/accounts/{account}/exports/{export}/activations",
    operation_id = "create_activation", tag = "sharing",
    params(InAccount<may::WriteSharing>,
           ("export" = String, Path, description = "Id")),
    request_body = NewActivation,
    responses((status = 201, body = CreatedActivation), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteSharing>,
    mode: Mode,
    Path(path): Path<(String, String)>,
    Json(new): Json<NewActivation>,
) -> Result<Reply<CreatedActivation>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let export = find(&mut work.tx, &work.account, &path.1).await?;
    if export.visibility == "public" {
        return Err(Problem::conflict(
            "export_public",
            "A public export needs no activation.",
        ));
    }
    let expires_at = match new.expires_in_seconds {
        None => 0,
        Some(0) => {
            return Err(Problem::invalid(
                "/expires_in_seconds",
                "must be at least 1",
            ));
        }
        Some(seconds) => work.now + i64::from(seconds),
    };
    let importer = importer_key(&mut work.tx, &scope.caller.scope, &new.account).await?;
    if importer == work.account.public_key {
        return Err(Problem::invalid(
            "/account",
            "an account cannot import from itself",
        ));
    }
    let (time, vault) = ((work.now, expires_at), &app.vault);
    let (account, tx) = (&work.account, &mut work.tx);
    let (token, row) = permit(tx, vault, account, &export, &importer, time).await?;
    let id = row.id.clone();
    let activation = Activation::new(row, work.now);
    let diff = Diff::made(&activation);
    let done = work.finish("activation.create", &id, diff).await?;
    let view = CreatedActivation {
        activation,
        token,
        withheld: Vec::new(),
    };
    Ok(done.reply(Reply::made(view).secrets(&["token"])))
}

/// The permissions that were given for an export.
#[utoipa::path(get, path = "/accounts/{account}/exports/{export}/activations",
    operation_id = "list_activations", tag = "sharing",
    params(InAccount<may::ReadSharing>,
           ("export" = String, Path, description = "Id"), PageRequest<ActivationRow>),
    responses((status = 200, body = Page<Activation>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadSharing>,
    Path(path): Path<(String, String)>,
    page: PageRequest<ActivationRow>,
) -> Result<Answer<Page<Activation>>, Problem> {
    let mut tx = app.db.read().await?;
    let export = find(&mut tx, &scope.account, &path.1).await?;
    let (now, activations) = (clock::now(), store::activations::of(&export.id));
    let view = |row| Ok::<_, Problem>(Activation::new(row, now));
    Ok(Answer(page.read(&app, &mut tx, activations, view).await?))
}

/// A permission that was given for an export.
#[utoipa::path(get, path = "/accounts/{account}/exports/{export}/activations/{activation}",
    operation_id = "get_activation", tag = "sharing",
    params(InAccount<may::ReadSharing>,
           ("export" = String, Path, description = "Id"),
           ("activation" = String, Path, description = "Id")),
    responses((status = 200, body = Activation), (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadSharing>,
    Path(path): Path<(String, String, String)>,
) -> Result<Answer<Activation>, Problem> {
    let mut tx = app.db.read().await?;
    let export = find(&mut tx, &scope.account, &path.1).await?;
    let row = store::activations::find(&mut tx, &export.id, &path.2).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    Ok(Answer(Activation::new(row, clock::now())))
}

/// Takes a permission back: imports with it, or with an older one of the same account, stop at
/// once.
#[utoipa::path(delete, path = "/accounts/{account}/exports/{export}/activations/{activation}",
    operation_id = "revoke_activation", tag = "sharing",
    params(InAccount<may::WriteSharing>,
           ("export" = String, Path, description = "Id"),
           ("activation" = String, Path, description = "Id")),
    responses((status = 200, body = Deleted), (status = "4XX", body = ProblemBody)))]
pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteSharing>,
    mode: Mode,
    Path(path): Path<(String, String, String)>,
) -> Result<Reply<Deleted>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let export = find(&mut work.tx, &work.account, &path.1).await?;
    let row = store::activations::find(&mut work.tx, &export.id, &path.2).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let (tx, now) = (&mut work.tx, work.now);
    if !store::activations::revoke(tx, &export.id, &row.importer_key, now).await? {
        return Err(Problem::conflict(
            "activation_revoked",
            "It was revoked before.",
        ));
    }
    work.republish().await?;
    let id = row.id.clone();
    let before = Activation::new(row, work.now);
    let done = work
        .finish("activation.revoke", &id, Diff::was(&before))
        .await?;
    let view = Deleted {
        id,
        live: done.live,
    };
    Ok(done.reply(Reply::ok(view)))
}
