//! `/operator`: the root of trust of every account, and a new signing key for it.
//!
//! The operator's claims are signed by its identity key, which is not kept: who changes them gives
//! its seed along, from the recovery file, for that one request.

use std::sync::Arc;

use accounts::{KeyPair, OperatorBody};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::body::{Json, MergePatch};
use super::conditional::IfMatch;
use super::dry_run::Mode;
use super::record::Change;
use super::reply::Reply;
use crate::app::App;
use crate::auth::{Caller, May, may};
use crate::clock;
use crate::mint::{self, MintError};
use crate::operator;
use crate::problem::{Problem, ProblemBody};
use crate::settings;
use crate::store::foundation::OperatorRow;
use crate::store::operators::{RotationRow, TrustRow};
use crate::store::{self, StoreError, Tx};

const NAME_CHARS_MAX: usize = 128;
const URLS_MAX: usize = 16;
const URL_BYTES_MAX: usize = 1024;

/// The operator.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Operator {
    #[schema(example = "op_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    name: String,
    /// Its identity: an nkey.
    public_key: String,
    /// The key that signs accounts.
    signing_key: String,
    /// Every key that servers are to trust.
    signing_keys: Vec<String>,
    /// The id of the system account.
    system_account: String,
    tags: Vec<String>,
    /// Where clients connect; a hint for tools.
    service_urls: Vec<String>,
    /// Where tools fetch and push account JWTs; a hint.
    account_server_url: String,
    /// Whether identity keys, of operator and accounts, sign nothing but themselves.
    strict_signing_key_usage: bool,
    /// The lowest version of a server that may serve it; empty for any.
    #[serde(skip_serializing_if = "String::is_empty")]
    assert_server_version: String,
    /// The claims as servers take them.
    operator_jwt: String,
    /// Counts its changes; `If-Match: "<version>"` changes this one only.
    version: i64,
    #[schema(format = DateTime)]
    created_at: String,
}

impl Operator {
    fn new(row: OperatorRow, system_account: String) -> Result<Self, StoreError> {
        let claims = operator::claims(&row)?;
        let body = claims.nats;
        Ok(Self {
            system_account,
            signing_keys: body.signing_keys.iter().map(ToString::to_string).collect(),
            tags: body.tags,
            service_urls: body.operator_service_urls,
            account_server_url: body.account_server_url,
            strict_signing_key_usage: body.strict_signing_key_usage,
            assert_server_version: body.assert_server_version,
            created_at: clock::rfc3339(row.created_at),
            id: row.id,
            name: row.name,
            public_key: row.public_key,
            signing_key: row.signing_key,
            operator_jwt: row.jwt,
            version: row.version,
        })
    }
}

/// What changes of the operator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperatorPatch {
    /// The seed of the operator's identity (`SO…`), from `recovery/operator.seed`. It is used for
    /// this request and not kept.
    identity_seed: Option<String>,
    name: Option<String>,
    tags: Option<Vec<String>>,
    service_urls: Option<Vec<String>>,
    account_server_url: Option<String>,
    strict_signing_key_usage: Option<bool>,
}

/// What a new signing key needs.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOperatorRotation {
    /// The seed of the operator's identity (`SO…`), from `recovery/operator.seed`. It is used for
    /// this request and not kept.
    identity_seed: String,
}

/// A change of the operator's signing key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OperatorRotation {
    #[schema(example = "opr_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    /// `trusting`: servers learn the new key beside the old one; `signing`: accounts are signed
    /// with
    /// it; `pushing`: engines take those; `retiring`: servers forget the old key; `done`;
    /// `cancelled`.
    #[schema(example = "trusting")]
    stage: String,
    old_key: String,
    new_key: String,
    /// All accounts, and those whose claims the new key has signed.
    accounts: i64,
    accounts_signed: i64,
    /// Claims that some engine has not taken yet.
    accounts_behind: i64,
    engines: Vec<EngineTrust>,
    #[schema(format = DateTime)]
    started_at: String,
    /// Since when it is at this stage.
    #[schema(format = DateTime)]
    stage_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    finished_at: Option<String>,
}

/// What an engine knows of the change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EngineTrust {
    /// The engine's id.
    engine: String,
    name: String,
    /// Whether all its servers trust the old key.
    old_key: bool,
    /// Whether all its servers trust the new key.
    new_key: bool,
    /// What has to be done, by hand, before it can go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    to_do: Option<String>,
}

impl EngineTrust {
    fn new(row: TrustRow, rotation: &RotationRow) -> Self {
        let (old_key, new_key) = (row.has(&rotation.old_key), row.has(&rotation.new_key));
        let is_waited_for = match rotation.stage.as_str() {
            "trusting" => !new_key,
            "retiring" => old_key,
            _ => false,
        };
        let to_do = is_waited_for.then_some(match row.kind.as_str() {
            store::engines::CLUSTER => {
                "put what GET /engines/nats-server.conf says into the configuration of every \
                 server, and restart them one after the other"
            }
            _ => "start the process whose broker it is, or delete the engine if it is no more",
        });
        Self {
            // A broker of ours takes it by itself, within a moment, while its process runs.
            to_do: to_do.map(str::to_owned),
            engine: row.id,
            name: row.name,
            old_key,
            new_key,
        }
    }
}

async fn rotation_view(tx: &mut Tx, row: RotationRow) -> Result<OperatorRotation, StoreError> {
    let (accounts, accounts_signed) = store::operators::signed_by(tx, &row.new_key).await?;
    let trusts = store::operators::trusts(tx).await?;
    let trusts = trusts.into_iter().map(|it| EngineTrust::new(it, &row));
    Ok(OperatorRotation {
        engines: trusts.collect(),
        accounts,
        accounts_signed,
        accounts_behind: store::operators::count_behind(tx).await?,
        started_at: clock::rfc3339(row.started_at),
        stage_at: clock::rfc3339(row.stage_at),
        finished_at: row.finished_at.map(clock::rfc3339),
        id: row.id,
        stage: row.stage,
        old_key: row.old_key,
        new_key: row.new_key,
    })
}

async fn view(tx: &mut Tx, row: OperatorRow) -> Result<Operator, Problem> {
    let system = store::accounts::system(tx).await?;
    let system = system.ok_or_else(Problem::internal)?;
    Ok(Operator::new(row, system.id)?)
}

/// The operator: its keys, and what its claims say.
#[utoipa::path(get, path = "/operator", operation_id = "get_operator", tag = "operator",
    params(May<may::ReadSystem>),
    responses((status = 200, body = Operator, headers(("ETag" = String))),
              (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    _: May<may::ReadSystem>,
) -> Result<Reply<Operator>, Problem> {
    app.installation()?;
    let mut tx = app.db.read().await?;
    let row = store::foundation::the_operator(&mut tx).await?;
    let version = row.version;
    Ok(Reply::ok(view(&mut tx, row).await?).version(version))
}

/// Changes what the operator's claims say. The broker inside takes it at once; the servers of a
/// cluster when their configuration has it.
#[utoipa::path(patch, path = "/operator", operation_id = "update_operator", tag = "operator",
    params(May<may::WriteSystem>, IfMatch),
    request_body(content = OperatorPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, body = Operator, headers(("ETag" = String))),
              (status = "4XX", body = ProblemBody)))]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteSystem>,
    mode: Mode,
    if_match: IfMatch,
    patch: MergePatch<OperatorPatch>,
) -> Result<Reply<Operator>, Problem> {
    app.installation()?;
    let now = clock::now();
    let mut tx = app.db.write().await?;
    let row = begin(&mut tx, now).await?;
    if_match.check(row.version)?;
    let before = view(&mut tx, row.clone()).await?;
    let wanted = patch.apply(json!({
        "name": before.name,
        "tags": before.tags,
        "service_urls": before.service_urls,
        "account_server_url": before.account_server_url,
        "strict_signing_key_usage": before.strict_signing_key_usage,
    }))?;
    let identity = identity(&row, wanted.identity_seed.as_deref())?;
    let name = wanted.name.unwrap_or_default();
    let is_name = |name: &str| !name.trim().is_empty() && !name.chars().any(char::is_control);
    if !is_name(&name) || name.chars().count() > NAME_CHARS_MAX {
        let text = format!("must have 1 to {NAME_CHARS_MAX} characters");
        return Err(Problem::invalid("/name", text));
    }
    let body = OperatorBody {
        tags: wanted.tags.unwrap_or_default(),
        operator_service_urls: wanted.service_urls.unwrap_or_default(),
        account_server_url: wanted.account_server_url.unwrap_or_default(),
        strict_signing_key_usage: wanted.strict_signing_key_usage.unwrap_or(true),
        ..operator::claims(&row)?.nats
    };
    settings::tags(&body.tags)?;
    check_urls(&body)?;
    let jwt = mint::operator(&identity, &name, body, now).map_err(refused)?;
    store::operators::set_claims(&mut tx, &row.id, &name, &jwt, now).await?;
    let row = store::foundation::the_operator(&mut tx).await?;
    let (id, version) = (row.id.clone(), row.version);
    let changed = view(&mut tx, row).await?;
    let change = Change::new("operator.update", &id, None, None);
    let change = change.before(&before).after(&changed);
    let made = mode.end(&app, tx, &caller, change).await?;
    Ok(Reply::ok(changed).version(version).or_preview(made))
}

/// Gives the operator a new signing key. Both are trusted until the new one has signed every
/// account and every engine has those; then the old one goes. It goes on by itself, also after a
/// restart; nobody is disconnected.
#[utoipa::path(post, path = "/operator/rotation", operation_id = "rotate_operator",
    tag = "operator", request_body = NewOperatorRotation,
    params(May<may::WriteSystem>),
    responses((status = 201, body = OperatorRotation), (status = "4XX", body = ProblemBody)))]
pub(super) async fn rotate(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteSystem>,
    mode: Mode,
    Json(new): Json<NewOperatorRotation>,
) -> Result<Reply<OperatorRotation>, Problem> {
    app.installation()?;
    let now = clock::now();
    let mut tx = app.db.write().await?;
    let operator = begin(&mut tx, now).await?;
    let identity = identity(&operator, Some(&new.identity_seed))?;
    let row = operator::rotation(&app.vault, &operator, &identity, now).map_err(refused)?;
    store::operators::insert_rotation(&mut tx, &row).await?;
    let (id, name, jwt) = (&operator.id, &operator.name, &row.jwt_both);
    store::operators::set_claims(&mut tx, id, name, jwt, now).await?;
    end(
        &app,
        tx,
        (&caller, mode),
        (row, "operator.rotate"),
        StatusCode::CREATED,
    )
    .await
}

/// How far the newest change of the operator's signing key has come.
#[utoipa::path(get, path = "/operator/rotation", operation_id = "get_operator_rotation",
    tag = "operator",
    params(May<may::ReadSystem>), responses((status = 200, body = OperatorRotation), (status = 404),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn rotation(
    State(app): State<Arc<App>>,
    _: May<may::ReadSystem>,
) -> Result<Reply<OperatorRotation>, Problem> {
    app.installation()?;
    let mut tx = app.db.read().await?;
    let row = store::operators::newest_rotation(&mut tx).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    Ok(Reply::ok(rotation_view(&mut tx, row).await?))
}

/// Ends a change of the signing key that no account was signed by yet. The old key stays.
#[utoipa::path(delete, path = "/operator/rotation", operation_id = "cancel_operator_rotation",
    tag = "operator",
    params(May<may::WriteSystem>),
    responses((status = 200, body = OperatorRotation), (status = 404),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteSystem>,
    mode: Mode,
) -> Result<Reply<OperatorRotation>, Problem> {
    app.installation()?;
    let now = clock::now();
    let mut tx = app.db.write().await?;
    store::foundation::lock_sharing(&mut tx, now).await?;
    let operator = store::foundation::the_operator(&mut tx).await?;
    let row = store::operators::open_rotation(&mut tx).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let stages = ("trusting", "cancelled");
    if !store::operators::set_stage(&mut tx, &row.id, stages, now).await? {
        return Err(Problem::conflict(
            "too_late",
            "The new key signs accounts already: let it come to its end, and rotate again.",
        ));
    }
    let (id, name, jwt) = (&operator.id, &operator.name, &row.jwt_old);
    store::operators::set_claims(&mut tx, id, name, jwt, now).await?;
    let row = store::operators::newest_rotation(&mut tx).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let what = (row, "operator.cancel_rotation");
    end(&app, tx, (&caller, mode), what, StatusCode::OK).await
}

async fn end(
    app: &App,
    mut tx: Tx,
    (caller, mode): (&Caller, Mode),
    (row, action): (RotationRow, &'static str),
    status: StatusCode,
) -> Result<Reply<OperatorRotation>, Problem> {
    let operator_id = row.operator_id.clone();
    let view = rotation_view(&mut tx, row).await?;
    let change = Change::new(action, &operator_id, None, None).after(&view);
    let made = mode.end(app, tx, caller, change).await?;
    let reply = match status {
        StatusCode::CREATED => Reply::made(view),
        _ => Reply::ok(view),
    };
    Ok(reply.or_preview(made))
}

/// The operator, locked; its claims stay as they are while its key is being changed.
async fn begin(tx: &mut Tx, now: i64) -> Result<OperatorRow, Problem> {
    store::foundation::lock_sharing(tx, now).await?;
    if store::operators::open_rotation(tx).await?.is_some() {
        return Err(Problem::conflict(
            "rotation_running",
            "The operator's signing key is being changed: wait for it to end.",
        ));
    }
    Ok(store::foundation::the_operator(tx).await?)
}

fn identity(row: &OperatorRow, seed: Option<&str>) -> Result<KeyPair, Problem> {
    let key = seed.and_then(|seed| operator::identity(row, seed));
    key.ok_or_else(|| {
        let text = format!(
            "must be the seed of the operator {}: it is in recovery/operator.seed, or where you \
             have moved that",
            row.public_key
        );
        Problem::invalid("/identity_seed", text)
    })
}

fn check_urls(body: &OperatorBody) -> Result<(), Problem> {
    if body.operator_service_urls.len() > URLS_MAX {
        let text = format!("may have {URLS_MAX} entries at most");
        return Err(Problem::invalid("/service_urls", text));
    }
    let schemes: &[&str] = &["nats", "tls", "ws", "wss"];
    for (at, url) in body.operator_service_urls.iter().enumerate() {
        check_url(url, schemes, &format!("/service_urls/{at}"))?;
    }
    match body.account_server_url.as_str() {
        "" => Ok(()),
        url => check_url(
            url,
            &["http", "https", "nats", "tls"],
            "/account_server_url",
        ),
    }
}

fn check_url(text: &str, schemes: &[&str], pointer: &str) -> Result<(), Problem> {
    let is_known = url::Url::parse(text).is_ok_and(|url| schemes.contains(&url.scheme()));
    if is_known && text.len() <= URL_BYTES_MAX {
        return Ok(());
    }
    let text = format!(
        "must be a URL that begins with one of {}",
        schemes.join(", ")
    );
    Err(Problem::invalid(pointer, text))
}

/// What servers would refuse is the caller's to mend.
fn refused(error: MintError) -> Problem {
    match error {
        MintError::Refused(reasons) => Problem::invalid("", reasons.join("; ")),
        other => other.into(),
    }
}
