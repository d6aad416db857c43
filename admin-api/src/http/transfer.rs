//! `/transfer`: operators, accounts and users from the files of other tools, and back into them.

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::Json;
use super::dry_run::{Impact, InEarnest, Mode};
use super::record::Change;
use super::reply::Reply;
use super::validate::reference;
use crate::app::App;
use crate::auth::{May, Right, may};
use crate::bootstrap::DEFAULT_ORG;
use crate::clock;
use crate::problem::{Problem, ProblemBody};
use crate::store;
use crate::transfer::{self, Bundle, BundleError, Exported, Imported, Importer};

/// Tokens and seeds in any order, as tools keep them in files.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewImportOfTokens {
    /// JWTs of accounts and of users. The operator's too, when it is not ours: then the accounts
    /// are signed by ours from now on.
    tokens: Vec<String>,
    /// Seeds of accounts and of their signing keys (`SA…`). They are sealed into the vault.
    #[serde(default)]
    seeds: Vec<String>,
    /// The organisation (id or slug) that the accounts will belong to; `default` when absent.
    org: Option<String>,
    /// Give accounts whose seeds are missing a signing key of Tidegate's own; without one they are
    /// read-only.
    #[serde(default)]
    adopt: bool,
}

/// What to export.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewExportOfTokens {
    /// Seeds too: of the operator's signing key, of accounts and of roles. Needs the right
    /// `secrets:read`, and is audited.
    #[serde(default)]
    seeds: bool,
}

/// What an export says of itself in the audit trail.
#[derive(Serialize)]
struct Extent {
    accounts: usize,
    users: usize,
    seeds: usize,
}

impl From<BundleError> for Problem {
    fn from(error: BundleError) -> Self {
        match error {
            BundleError::Token { at, reason } => Self::invalid(format!("/tokens/{at}"), reason),
            BundleError::Seed { at, reason } => Self::invalid(format!("/seeds/{at}"), reason),
        }
    }
}

/// Takes accounts and users from the tokens of other tools. Whoever could log in before can log in
/// here with the same credentials.
#[utoipa::path(post, path = "/transfer/import", operation_id = "import_tokens", tag = "system",
    request_body = NewImportOfTokens,
    params(May<may::WriteSystem>),
    responses((status = 200, body = Imported), (status = "4XX", body = ProblemBody)))]
pub(super) async fn import(
    State(app): State<Arc<App>>,
    scope: May<may::WriteSystem>,
    mode: Mode,
    Json(new): Json<NewImportOfTokens>,
) -> Result<Reply<Imported>, Problem> {
    let bundle = Bundle::read(&new.tokens, &new.seeds)?;
    let installation = app.installation()?;
    let mut tx = app.db.write().await?;
    let org = reference(new.org.as_deref().unwrap_or(DEFAULT_ORG), "/org")?;
    let org = store::orgs::find(&mut tx, &scope.caller.scope, &org)
        .await?
        .ok_or_else(|| Problem::invalid("/org", "there is no such organisation"))?;
    let (vault, now) = (&app.vault, clock::now());
    let mut importer = Importer::new(&mut tx, vault, &installation, &bundle, &org.id, now).await?;
    importer.adopt = new.adopt;
    let imported = importer.run(&mut tx, None).await?;
    let change = Change::new("transfer.import", &org.id, Some(&org.id), None).after(&imported);
    let Some(waiter) = mode.end(&app, tx, &scope.caller, change).await? else {
        let impact = match new.adopt {
            // What servers have of an account is not what is kept of it here.
            true => Impact::default(),
            false => Impact::none(),
        };
        return Ok(Reply::ok(imported).preview(impact));
    };
    // When the last one is live the others most likely are, and nobody waits for long.
    if let Some((id, generation)) = imported.last_new() {
        waiter.wait(&app, id, generation).await;
    }
    Ok(Reply::ok(imported))
}

/// Operator, accounts and users as tokens, for the files of other tools.
#[utoipa::path(post, path = "/transfer/export", operation_id = "export_tokens", tag = "system",
    request_body = NewExportOfTokens,
    params(May<may::ReadSystem>),
    responses((status = 200, body = Exported, headers(("Cache-Control" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn export(
    State(app): State<Arc<App>>,
    scope: May<may::ReadSystem>,
    _: InEarnest,
    Json(new): Json<NewExportOfTokens>,
) -> Result<Reply<Exported>, Problem> {
    if new.seeds {
        scope.caller.need(Right::ReadSecrets)?;
        scope.caller.need(Right::WriteSystem)?;
    }
    let installation = app.installation()?;
    let mut tx = app.db.read().await?;
    let exported = transfer::export(&mut tx, &app.vault, new.seeds).await?;
    drop(tx);
    let extent = Extent {
        accounts: exported.accounts.len(),
        users: exported
            .accounts
            .iter()
            .map(|account| account.users.len())
            .sum(),
        seeds: exported.seeds.len(),
    };
    // Nobody gets seeds without a trace.
    let tx = app.db.write().await?;
    let operator = &installation.operator_id;
    let change = Change::new("transfer.export", operator, None, None).after(&extent);
    Mode::Commit.end(&app, tx, &scope.caller, change).await?;
    Ok(Reply::ok(exported).secrets(&["seeds"]))
}
