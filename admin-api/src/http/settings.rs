//! `/accounts/{account}/settings` and `/claims`: what an account's claims say of it, as it may
//! change them, and as servers read them.

use std::sync::Arc;

use accounts::AccountBody;
use axum::Json as Answer;
use axum::extract::State;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::body::MergePatch;
use super::conditional::IfMatch;
use super::dry_run::Mode;
use super::reply::Reply;
use super::sharing::{policy, refuse_cycle};
use super::work::{Diff, Work};
use crate::app::App;
use crate::auth::{InAccount, Right, may};
use crate::clock;
use crate::feed;
use crate::problem::{Problem, ProblemBody};
use crate::settings::{AccountSettings, EventFeed};
use crate::store::StoreError;

/// An account's settings, and whether servers know of them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SettingsView {
    #[serde(flatten)]
    settings: AccountSettings,
    /// Whether every server holds the claims that say so.
    live: bool,
}

/// What an account says of itself.
#[utoipa::path(get, path = "/accounts/{account}/settings", operation_id = "get_settings",
    tag = "accounts",
    params(InAccount<may::ReadAccounts>),
    responses((status = 200, body = SettingsView, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    scope: InAccount<may::ReadAccounts>,
) -> Result<Reply<SettingsView>, Problem> {
    let view = SettingsView {
        settings: AccountSettings::stored(&scope.account)?,
        live: scope.account.is_live(),
    };
    Ok(Reply::ok(view).version(scope.account.version))
}

/// Changes an account's description, tags, default permissions, subject mappings and event feed.
#[utoipa::path(patch, path = "/accounts/{account}/settings", operation_id = "update_settings",
    tag = "accounts",
    params(InAccount<may::WriteAccounts>, IfMatch),
    request_body(content = AccountSettings, content_type = "application/merge-patch+json"),
    responses((status = 200, body = SettingsView, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteAccounts>,
    mode: Mode,
    if_match: IfMatch,
    patch: MergePatch<AccountSettings>,
) -> Result<Reply<SettingsView>, Problem> {
    let maps = patch.touches("mappings");
    // A mapping can close a cycle that imports of several accounts leave open. The account that
    // the feed comes from is made once.
    let mut work = match maps || patch.touches("event_feed") {
        true => Work::begin_sharing(&app, &scope, mode).await?,
        false => Work::begin(&app, &scope, mode).await?,
    };
    let before = AccountSettings::stored(&work.account)?;
    if_match.check(work.account.version)?;
    let settings = patch.apply(json!(before))?;
    settings.check()?;
    settings.default_permissions.check_no_template()?;
    allow_feed(&mut work, before.event_feed, settings.event_feed).await?;
    work.account.settings = settings.to_json();
    work.keep_account().await?;
    work.republish().await?;
    work.show_account()?;
    if maps {
        let own = policy(&work.account)?;
        refuse_cycle(&mut work.tx, &work.account, own).await?;
    }
    let (id, version) = (work.account.id.clone(), work.account.version);
    let diff = Diff::was(&before).after(&settings);
    let done = work.finish("account.update_settings", &id, diff).await?;
    let view = SettingsView {
        settings,
        live: done.live,
    };
    Ok(done.reply(Reply::ok(view).version(version)))
}

/// Lets an account be told what its people may read, and sees to it that somebody tells.
pub(super) async fn allow_feed(
    work: &mut Work<'_>,
    before: EventFeed,
    after: EventFeed,
) -> Result<(), Problem> {
    if before == after {
        return Ok(());
    }
    if after.events {
        work.caller.need(Right::ReadEvents)?;
    }
    if after.audit {
        work.caller.need(Right::ReadAudit)?;
    }
    if !after.is_off() {
        let (vault, now) = (&work.app.vault, work.now);
        feed::provide(&mut work.tx, vault, &work.installation, now).await?;
    }
    Ok(())
}

/// An account's claims, decoded: what its operator signed last.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountClaims {
    /// The JWT's id.
    jti: String,
    /// The account.
    sub: String,
    /// The operator's key that signed it.
    iss: String,
    name: String,
    #[schema(format = DateTime)]
    issued_at: String,
    /// Counts the claims that were minted for the account.
    generation: i64,
    bytes: usize,
    max_bytes: usize,
    /// The JWT itself. Where it holds activation tokens it is left out for callers without the
    /// right `accounts:write`.
    #[serde(skip_serializing_if = "Option::is_none")]
    jwt: Option<String>,
    /// As NATS has it; tokens of imports are left out.
    #[schema(value_type = Object)]
    nats: serde_json::Value,
    /// Whether every server holds it.
    live: bool,
}

/// The account's claims as servers read them.
#[utoipa::path(get, path = "/accounts/{account}/claims", operation_id = "get_claims",
    tag = "accounts",
    params(InAccount<may::ReadAccounts>),
    responses((status = 200, body = AccountClaims), (status = "4XX", body = ProblemBody)))]
pub(super) async fn claims(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadAccounts>,
) -> Result<Answer<AccountClaims>, Problem> {
    let account = &scope.account;
    let corrupt = || StoreError::corrupt("accounts.jwt", &account.id);
    let decoded = accounts::jwt::decode::<AccountBody>(&account.jwt);
    let mut claims = decoded.map_err(|_| corrupt())?;
    let holds_tokens = claims
        .nats
        .imports
        .iter()
        .any(|import| !import.token.is_empty());
    let may_see = !holds_tokens || scope.caller.may(Right::WriteAccounts);
    for import in &mut claims.nats.imports {
        import.token.clear();
    }
    Ok(Answer(AccountClaims {
        nats: serde_json::to_value(&claims.nats).map_err(|_| corrupt())?,
        jwt: may_see.then(|| account.jwt.clone()),
        jti: claims.jti,
        sub: claims.sub,
        iss: claims.iss.to_string(),
        name: claims.name,
        issued_at: clock::rfc3339(claims.iat),
        generation: account.generation,
        bytes: account.jwt.len(),
        max_bytes: app.installation()?.claims_bytes_max(),
        live: account.is_live(),
    }))
}
