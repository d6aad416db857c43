//! `/engines`: the brokers and clusters that hold the accounts, and how far they have come.
//!
//! An embedded broker enters by itself; a cluster of nats-servers that trust the operator is added
//! here or named in the configuration. Every engine holds every account.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::{Path, State};
use axum::http::{HeaderName, header};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::body::{Json, MergePatch};
use super::conditional::IfMatch;
use super::dry_run::{Impact, Mode};
use super::key_page::KeyPage;
use super::record::Change;
use super::reply::Reply;
use crate::app::App;
use crate::auth::{May, may};
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::names;
use crate::problem::{Problem, ProblemBody};
use crate::reconciler::{self, LinkStatus, ServerInfo};
use crate::store::engines::{CLUSTER, EngineRow};
use crate::store::{self, StoreError, Tx};
use crate::vault::Purpose;

const URLS_MAX: usize = 16;
const TEXT_BYTES_MAX: usize = 64 * 1024;
/// How many of the accounts that an engine refuses are told.
const FAILING_MAX: i64 = 20;

/// An engine as everybody may see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Engine)]
pub(crate) struct EngineSummary {
    #[schema(example = "eng_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    name: String,
    /// `embedded` or `cluster`.
    kind: String,
    /// Whether it is reached: by this process, or by the one whose broker it is.
    connected: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Accounts that it should hold; platform keys only.
    #[serde(skip_serializing_if = "Option::is_none")]
    accounts: Option<i64>,
    /// Accounts whose newest claims it does not hold yet; platform keys only.
    #[serde(skip_serializing_if = "Option::is_none")]
    accounts_behind: Option<i64>,
}

impl EngineSummary {
    pub(super) fn new(row: EngineRow, status: LinkStatus, counts: Option<(i64, i64)>) -> Self {
        Self {
            id: row.id,
            name: row.name,
            kind: row.kind,
            connected: status.error.is_none(),
            error: status.error,
            accounts: counts.map(|(all, _)| all),
            accounts_behind: counts.map(|(_, behind)| behind),
        }
    }
}

/// An engine with everything that is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EngineDetails {
    #[serde(flatten)]
    summary: EngineSummary,
    /// Where a cluster is reached.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    urls: Vec<String>,
    /// What a cluster's certificates are checked against, in PEM; what the system trusts if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    ca: Option<String>,
    /// Whether a creds file of its system account was given.
    has_creds: bool,
    /// Whether this process pushes to it; of several processes on one database one does.
    leads: bool,
    /// Counts its changes; `If-Match: "<version>"` changes this one only.
    version: i64,
    /// The servers of a cluster that answer.
    servers: Vec<ServerInfo>,
    /// Accounts that it refuses, twenty at most.
    refused: Vec<RefusedAccount>,
    #[schema(format = DateTime)]
    created_at: String,
}

/// An account whose claims an engine does not take.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefusedAccount {
    /// The account's id.
    account: String,
    failures: i64,
    error: String,
    /// When it is tried again.
    #[schema(format = DateTime)]
    retry_at: String,
}

/// A cluster to drive.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEngine {
    /// `[a-z][a-z0-9-]{1,62}`, unique.
    #[schema(example = "frankfurt")]
    name: String,
    /// Its servers: `nats://host:port` or `tls://host:port`.
    #[schema(example = json!(["nats://10.0.0.1:4222"]))]
    urls: Vec<String>,
    /// What its certificates are checked against, in PEM; what the system trusts if absent.
    ca: Option<String>,
    /// A creds file of its system account. Absent: a short-lived user of our system account.
    creds: Option<String>,
}

/// What changes of a cluster. `null` takes away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnginePatch {
    urls: Option<Vec<String>>,
    ca: Option<String>,
    creds: Option<String>,
}

fn checked_urls(urls: &[String]) -> Result<String, Problem> {
    let wrong = |text: &str| Problem::invalid("/urls", text.to_owned());
    if urls.is_empty() || urls.len() > URLS_MAX {
        return Err(wrong("must have 1 to 16 addresses"));
    }
    for url in urls {
        let is_known = ["nats://", "tls://"].iter().any(|it| url.starts_with(it));
        let is_plain = !url.contains([',', '@']) && !url.contains(char::is_whitespace);
        if !is_known || !is_plain || url.parse::<async_nats::ServerAddr>().is_err() {
            return Err(wrong(
                "must be addresses like nats://host:4222 or tls://host:4222, without a login",
            ));
        }
    }
    Ok(urls.join(","))
}

fn checked_ca(ca: Option<String>) -> Result<Option<String>, Problem> {
    if let Some(pem) = &ca {
        if pem.len() > TEXT_BYTES_MAX {
            return Err(Problem::invalid("/ca", "must have 64 KiB at most"));
        }
        reconciler::trusting(pem).map_err(|error| Problem::invalid("/ca", error))?;
    }
    Ok(ca)
}

fn sealed_creds(app: &App, id: &str, creds: Option<&str>) -> Result<Option<Vec<u8>>, Problem> {
    let Some(text) = creds else { return Ok(None) };
    if text.len() > TEXT_BYTES_MAX || async_nats::ConnectOptions::with_credentials(text).is_err() {
        return Err(Problem::invalid("/creds", "must be a creds file, in full"));
    }
    let sealed = app.vault.seal(Purpose::EngineCreds, id, text.as_bytes());
    Ok(Some(sealed))
}

async fn details(app: &App, tx: &mut Tx, row: EngineRow) -> Result<EngineDetails, StoreError> {
    let counts = store::engines::progress(tx, &row.id).await?;
    let failing = store::engines::failing(tx, &row.id, FAILING_MAX).await?;
    let links = app.reconciler.engines();
    let known = links.into_iter().find(|(engine, _)| engine.id == row.id);
    let status = known.map_or_else(LinkStatus::unknown, |(_, status)| status);
    let refused = failing.into_iter().map(|row| RefusedAccount {
        account: row.account_id,
        failures: row.failures,
        error: row.last_error,
        retry_at: clock::rfc3339(row.retry_at),
    });
    let urls = row.urls.as_deref().unwrap_or_default().split(',');
    Ok(EngineDetails {
        urls: urls
            .filter(|url| !url.is_empty())
            .map(str::to_owned)
            .collect(),
        ca: row.ca.clone(),
        has_creds: row.creds.is_some(),
        leads: status.leads,
        version: row.version,
        servers: status.servers.clone(),
        refused: refused.collect(),
        created_at: clock::rfc3339(row.created_at),
        summary: EngineSummary::new(row, status, Some(counts)),
    })
}

async fn find(tx: &mut Tx, reference: &str) -> Result<EngineRow, Problem> {
    let found = store::engines::find(tx, reference).await?;
    found.ok_or_else(Problem::not_found)
}

/// Adds a cluster. Everything that its servers lack is pushed to them at once.
#[utoipa::path(post, path = "/engines", operation_id = "create_engine", tag = "engines",
    request_body = NewEngine,
    params(May<may::WriteSystem>),
    responses((status = 201, body = EngineDetails), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteSystem>,
    mode: Mode,
    Json(new): Json<NewEngine>,
) -> Result<Reply<EngineDetails>, Problem> {
    if !names::is_slug(&new.name) {
        return Err(Problem::invalid("/name", "must match [a-z][a-z0-9-]{1,62}"));
    }
    let id = new_id(IdKind::Engine);
    let row = EngineRow {
        urls: Some(checked_urls(&new.urls)?),
        ca: checked_ca(new.ca)?,
        creds: sealed_creds(&app, &id, new.creds.as_deref())?,
        id,
        name: new.name,
        kind: CLUSTER.to_owned(),
        instance: None,
        version: 1,
        created_at: clock::now(),
    };
    let mut tx = app.db.write().await?;
    store::engines::insert(&mut tx, &row)
        .await
        .map_err(Problem::if_taken(
            "name_taken",
            "There is an engine of this name.",
        ))?;
    let id = row.id.clone();
    let view = details(&app, &mut tx, row).await?;
    let change = Change::new("engine.create", &id, None, None).after(&view);
    if mode.end(&app, tx, &caller, change).await?.is_none() {
        return Ok(Reply::made(view).preview(Impact::none()));
    }
    app.reconciler.engines_changed();
    Ok(Reply::made(view).version(1))
}

/// The engines.
#[utoipa::path(get, path = "/engines", operation_id = "list_engines", tag = "engines",
    params(May<may::ReadSystem>, KeyPage),
    responses((status = 200, body = EngineList), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    _: May<may::ReadSystem>,
    page: KeyPage,
) -> Result<Answer<EngineList>, Problem> {
    let mut tx = app.db.read().await?;
    let rows = store::engines::all(&mut tx).await?;
    let rows = page.cut(&app, rows, |row| row.id.clone());
    let mut data = Vec::new();
    for row in rows.data {
        data.push(details(&app, &mut tx, row).await?);
    }
    Ok(Answer(EngineList {
        data,
        next_cursor: rows.next_cursor,
        has_more: rows.has_more,
    }))
}

/// Engines, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EngineList {
    data: Vec<EngineDetails>,
    /// Give it as `cursor` to get the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    has_more: bool,
}

/// One engine.
#[utoipa::path(get, path = "/engines/{engine}", operation_id = "get_engine", tag = "engines",
    params(May<may::ReadSystem>, ("engine" = String, Path, description = "Id or name")),
    responses((status = 200, body = EngineDetails, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    _: May<may::ReadSystem>,
    Path(engine): Path<String>,
) -> Result<Reply<EngineDetails>, Problem> {
    let mut tx = app.db.read().await?;
    let row = find(&mut tx, &engine).await?;
    let version = row.version;
    Ok(Reply::ok(details(&app, &mut tx, row).await?).version(version))
}

/// Changes how a cluster is reached. The connection is made anew.
#[utoipa::path(patch, path = "/engines/{engine}", operation_id = "update_engine", tag = "engines",
    params(May<may::WriteSystem>, ("engine" = String, Path, description = "Id or name"), IfMatch),
    request_body(content = EnginePatch, content_type = "application/merge-patch+json"),
    responses((status = 200, body = EngineDetails, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteSystem>,
    mode: Mode,
    if_match: IfMatch,
    Path(engine): Path<String>,
    patch: MergePatch<EnginePatch>,
) -> Result<Reply<EngineDetails>, Problem> {
    let mut tx = app.db.write().await?;
    let mut row = find(&mut tx, &engine).await?;
    if_match.check(row.version)?;
    if !row.is_cluster() {
        return Err(Problem::conflict(
            "embedded_engine",
            "An embedded broker is reached by its own process only.",
        ));
    }
    let before = details(&app, &mut tx, row.clone()).await?;
    let settings = patch.apply(json!({ "urls": before.urls, "ca": before.ca }))?;
    row.urls = Some(checked_urls(&settings.urls.unwrap_or_default())?);
    row.ca = checked_ca(settings.ca)?;
    if patch.touches("creds") {
        row.creds = sealed_creds(&app, &row.id, settings.creds.as_deref())?;
    }
    if !store::engines::set_reach(&mut tx, &row).await? {
        return Err(Problem::conflict(
            "changed",
            "The engine was changed meanwhile.",
        ));
    }
    let row = find(&mut tx, &row.id).await?;
    let (id, version) = (row.id.clone(), row.version);
    let view = details(&app, &mut tx, row).await?;
    let change = Change::new("engine.update", &id, None, None);
    let change = change.before(&before).after(&view);
    if mode.end(&app, tx, &caller, change).await?.is_none() {
        return Ok(Reply::ok(view).preview(Impact::none()));
    }
    app.reconciler.engines_changed();
    Ok(Reply::ok(view).version(version))
}

/// Forgets an engine. Its servers keep what they hold; nothing is pushed to them any more. The
/// broker of a running process enters again when that starts the next time.
#[utoipa::path(delete, path = "/engines/{engine}", operation_id = "delete_engine", tag = "engines",
    params(May<may::WriteSystem>, ("engine" = String, Path, description = "Id or name"), IfMatch),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteSystem>,
    mode: Mode,
    if_match: IfMatch,
    Path(engine): Path<String>,
) -> Result<Reply<()>, Problem> {
    let mut tx = app.db.write().await?;
    let row = find(&mut tx, &engine).await?;
    if_match.check(row.version)?;
    if app.engine.system_url().is_some() && row.instance.as_ref() == Some(&app.instance) {
        return Err(Problem::conflict(
            "embedded_engine",
            "This is the broker of the process that answers.",
        ));
    }
    let id = row.id.clone();
    let before = details(&app, &mut tx, row).await?;
    store::engines::delete(&mut tx, &id).await?;
    let change = Change::new("engine.delete", &id, None, None);
    let change = change.before(&before);
    if mode.end(&app, tx, &caller, change).await?.is_none() {
        return Ok(Reply::ok(()).preview(Impact::none()));
    }
    app.reconciler.engines_changed();
    Ok(Reply::ok(()))
}

/// What the configuration of each nats-server of a cluster must have, so that it can be driven:
/// operator, system account and a resolver that takes pushes. No secret is in it.
#[utoipa::path(get, path = "/engines/nats-server.conf", operation_id = "get_engine_conf",
    tag = "engines",
    params(May<may::ReadSystem>),
    responses((status = 200, body = String, content_type = "text/plain"),
              (status = "4XX", body = ProblemBody)))]
pub(super) async fn conf(
    State(app): State<Arc<App>>,
    _: May<may::ReadSystem>,
) -> Result<([(HeaderName, &'static str); 1], String), Problem> {
    let mut tx = app.db.read().await?;
    let operator = store::foundation::the_operator(&mut tx).await?;
    let system = store::accounts::system(&mut tx)
        .await?
        .ok_or_else(Problem::internal)?;
    let text = format!(
        "# Put this into the configuration of every server of the cluster. Each server needs a\n\
         # directory of its own. Then add the cluster: POST /api/v1/engines\n\
         operator: {}\n\
         system_account: {}\n\
         resolver {{\n  type: full\n  dir: \"./accounts\"\n  allow_delete: true\n  \
         interval: \"2m\"\n}}\n\
         resolver_preload {{\n  {}: {}\n}}\n",
        operator.jwt, system.public_key, system.public_key, system.jwt
    );
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text))
}

#[cfg(test)]
mod tests {
    use super::checked_urls;

    #[test]
    fn addresses_have_no_login_and_no_comma() {
        let check = |urls: &[&str]| {
            let urls: Vec<String> = urls.iter().map(|&url| url.to_owned()).collect();
            checked_urls(&urls).ok()
        };
        assert_eq!(
            check(&["nats://a:4222", "tls://b"]).as_deref(),
            Some("nats://a:4222,tls://b")
        );
        for bad in [
            "",
            "a:4222",
            "nats://u:p@a",
            "nats://a,nats://b",
            "http://a",
            "nats://a b",
        ] {
            assert_eq!(check(&[bad]), None, "{bad}");
        }
        assert_eq!(check(&[]), None);
    }
}
