//! `/accounts/{account}/exports/{export}/share-links`: links to hand to those who are to import an
//! export that nobody sees.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::{Path, State};
use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::OptionalJson;
use super::dry_run::Mode;
use super::exports::find;
use super::page::{Page, PageRequest};
use super::reply::Reply;
use super::work::{Diff, Work};
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::problem::{Problem, ProblemBody};
use crate::random::random_bytes;
use crate::store;
use crate::store::requests::LinkRow;

pub(super) const PREFIX: &str = "tg_share_";
const EXPIRES_IN_SECONDS_DEFAULT: u32 = 7 * 24 * 3600;
const EXPIRES_IN_SECONDS_MAX: u32 = 90 * 24 * 3600;

/// A link through which accounts can ask for an export.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShareLink {
    #[schema(example = "link_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    export: String,
    /// How its token begins and ends.
    hint: String,
    /// Whether who comes through it needs no further approval.
    approve: bool,
    /// How often it may be used; 0 is any number.
    max_uses: i64,
    uses: i64,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
}

impl From<LinkRow> for ShareLink {
    fn from(row: LinkRow) -> Self {
        Self {
            id: row.id,
            export: row.export_id,
            hint: format!("{PREFIX}…{}", row.last4),
            approve: row.approve,
            max_uses: row.max_uses,
            uses: row.uses,
            created_at: clock::rfc3339(row.created_at),
            expires_at: clock::rfc3339(row.expires_at),
        }
    }
}

/// A link that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreatedShareLink {
    #[serde(flatten)]
    link: ShareLink,
    /// What the importer sends. Shown once.
    #[schema(required = false, example = "tg_share_…")]
    token: String,
    /// What the replay of an answer that is older than ten minutes does not show any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    withheld: Vec<String>,
}

/// A new link.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewShareLink {
    /// Who comes through it needs no further approval.
    #[serde(default)]
    approve: bool,
    /// How often it may be used; once when absent, 0 for any number.
    #[schema(minimum = 0, default = 1)]
    max_uses: Option<u32>,
    /// A week when absent, 90 days at most.
    #[schema(minimum = 1, maximum = 7_776_000, default = 604_800)]
    expires_in_seconds: Option<u32>,
}

/// Makes a link to an export.
#[utoipa::path(post, path = "/accounts/{account}/exports/{export}/share-links",
    operation_id = "create_share_link", tag = "sharing",
    params(InAccount<may::WriteSharing>,
           ("export" = String, Path, description = "Id")),
    request_body = Option<NewShareLink>,
    responses((status = 201, body = CreatedShareLink), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteSharing>,
    mode: Mode,
    Path(path): Path<(String, String)>,
    OptionalJson(new): OptionalJson<NewShareLink>,
) -> Result<Reply<CreatedShareLink>, Problem> {
    let seconds = new.expires_in_seconds.unwrap_or(EXPIRES_IN_SECONDS_DEFAULT);
    if !(1..=EXPIRES_IN_SECONDS_MAX).contains(&seconds) {
        let text = format!("must be 1 to {EXPIRES_IN_SECONDS_MAX} (90 days)");
        return Err(Problem::invalid("/expires_in_seconds", text));
    }
    let mut work = Work::begin(&app, &scope, mode).await?;
    let export = find(&mut work.tx, &work.account, &path.1).await?;
    let secret = BASE32_NOPAD.encode(&random_bytes::<25>()).to_lowercase();
    let token = format!("{PREFIX}{secret}");
    let row = LinkRow {
        id: new_id(IdKind::ShareLink),
        account_id: work.account.id.clone(),
        export_id: export.id,
        token_hash: app.vault.hash_token(&token),
        last4: token[token.len() - 4..].to_owned(),
        approve: new.approve,
        max_uses: i64::from(new.max_uses.unwrap_or(1)),
        uses: 0,
        created_at: work.now,
        expires_at: work.now + i64::from(seconds),
    };
    store::requests::insert_link(&mut work.tx, &row).await?;
    let id = row.id.clone();
    let link = ShareLink::from(row);
    let done = work
        .finish("share_link.create", &id, Diff::made(&link))
        .await?;
    let view = CreatedShareLink {
        link,
        token,
        withheld: Vec::new(),
    };
    Ok(done.reply(Reply::made(view).secrets(&["token"])))
}

/// The links to an export.
#[utoipa::path(get, path = "/accounts/{account}/exports/{export}/share-links",
    operation_id = "list_share_links", tag = "sharing",
    params(InAccount<may::ReadSharing>,
           ("export" = String, Path, description = "Id"), PageRequest<LinkRow>),
    responses((status = 200, body = Page<ShareLink>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadSharing>,
    Path(path): Path<(String, String)>,
    page: PageRequest<LinkRow>,
) -> Result<Answer<Page<ShareLink>>, Problem> {
    let mut tx = app.db.read().await?;
    let export = find(&mut tx, &scope.account, &path.1).await?;
    let links = store::requests::links_of(&export.id);
    let view = |row| Ok::<_, Problem>(ShareLink::from(row));
    Ok(Answer(page.read(&app, &mut tx, links, view).await?))
}

/// One link to an export.
#[utoipa::path(get, path = "/accounts/{account}/exports/{export}/share-links/{link}",
    operation_id = "get_share_link", tag = "sharing",
    params(InAccount<may::ReadSharing>,
           ("export" = String, Path, description = "Id"),
           ("link" = String, Path, description = "Id")),
    responses((status = 200, body = ShareLink), (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadSharing>,
    Path(path): Path<(String, String, String)>,
) -> Result<Answer<ShareLink>, Problem> {
    let mut tx = app.db.read().await?;
    let export = find(&mut tx, &scope.account, &path.1).await?;
    let row = store::requests::find_link(&mut tx, &export.id, &path.2).await?;
    Ok(Answer(ShareLink::from(row.ok_or_else(Problem::not_found)?)))
}

/// Ends a link. What came through it stays.
#[utoipa::path(delete, path = "/accounts/{account}/exports/{export}/share-links/{link}",
    operation_id = "delete_share_link", tag = "sharing",
    params(InAccount<may::WriteSharing>,
           ("export" = String, Path, description = "Id"),
           ("link" = String, Path, description = "Id")),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteSharing>,
    mode: Mode,
    Path(path): Path<(String, String, String)>,
) -> Result<Reply<()>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let export = find(&mut work.tx, &work.account, &path.1).await?;
    if !store::requests::delete_link(&mut work.tx, &export.id, &path.2).await? {
        return Err(Problem::not_found());
    }
    let done = work
        .finish("share_link.delete", &path.2, Diff::default())
        .await?;
    Ok(done.reply(Reply::ok(())))
}
