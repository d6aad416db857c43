//! `Idempotency-Key`: a POST that carries one is carried out once, and its answer is kept.
//!
//! A layer over every endpoint. It claims the key for one *attempt* and lets the handler run in a
//! task of its own, so that a caller who hangs up does not stop it halfway. The attempt is marked
//! as done in the transaction of the change ([`Attempt::mark_done`]); the answer is kept, sealed,
//! for a day, its secrets for ten minutes. What fails is not kept: the same key may try again.
//!
//! Whoever has no credential yet shows a link's token instead: its answer is kept for that token,
//! with the cookie of the session that it begins.

use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::{FromRequestParts as _, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracing::Instrument as _;
use zeroize::Zeroizing;

use super::body;
use super::dry_run::is_dry_run;
use super::operations::PREFERENCE_APPLIED;
use super::reply::Secrets;
use crate::app::App;
use crate::auth::{self, Anyone, Caller};
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::problem::Problem;
use crate::store::idempotency::{IdempotencyRow, Kept};
use crate::store::{self, StoreError, Tx};
use crate::vault::ReplayBox;

pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub(super) const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// POSTs that know no `Idempotency-Key`, since they may be sent again or must not be answered from
/// what was kept.
const NOT_KEPT: [&str; 6] = [
    // Each begins a session of its own, or raises one: a cookie is kept for a link's token only.
    "/api/v1/session",
    "/api/v1/session/totp/verify",
    // Asks, and uses nothing up.
    "/api/v1/invitations/preview",
    // The same key of a device gets the same certificate, however often it asks.
    "/api/v1/enroll",
    "/api/v1/renew",
    // A file of any size, there until it was read to its end.
    "/api/v1/operations/{operation}/file",
];
/// POSTs of who has nothing but the token of a link, which they use up.
const BY_LINK: [&str; 2] = ["/api/v1/invitations/accept", "/api/v1/password-resets"];
const KEY_BYTES_MAX: usize = 255;
/// How long an answer is kept.
const KEPT_SECONDS: i64 = 24 * 3600;
/// How long an answer with a secret is kept whole.
const SECRET_SECONDS: i64 = 600;
/// An attempt without an end for so long has died: no request and no statement takes longer.
const ABANDONED_SECONDS: i64 = 60;
/// Larger answers are not kept: those to imports and exports of very many accounts.
const ANSWER_BYTES_MAX: u64 = 4 << 20;

/// One run of an idempotent request. Only the attempt that holds the key may change anything.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    id: String,
    attempt: String,
}

impl Attempt {
    /// Marks the request as carried out, in the transaction of its change.
    pub(super) async fn mark_done(&self, tx: &mut Tx) -> Result<(), Problem> {
        match store::idempotency::mark_done(tx, &self.id, &self.attempt).await? {
            true => Ok(()),
            false => Err(in_flight()),
        }
    }
}

fn in_flight() -> Problem {
    Problem::conflict(
        "request_in_flight",
        "A request with this Idempotency-Key is in work. Ask again for its answer in a moment.",
    )
}

/// Whether the POST at this path of the document is carried out once for its key.
pub(super) fn is_kept(path: &str) -> bool {
    !NOT_KEPT.contains(&path)
}

/// Who sends a request, for what is kept of it.
struct Sender {
    /// Nobody else's key is mistaken for theirs.
    id: String,
    /// The secret that opens what is kept, with the key.
    secret: Zeroizing<String>,
    caller: Option<Caller>,
}

impl Sender {
    /// `None`: nobody we know. The handler refuses, or serves everybody and keeps nothing.
    async fn of_credential(app: &Arc<App>, parts: &mut Parts) -> Option<Self> {
        // Also who has still to show a second factor: that is the handler's business.
        let Anyone(caller) = Anyone::from_request_parts(parts, app).await.ok()?;
        Some(Self {
            id: caller.credential_id().to_owned(),
            secret: auth::credential(&parts.headers)?,
            caller: Some(caller),
        })
    }

    /// Whoever has the link of the body.
    fn of_link(app: &App, body: &Bytes) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let token = body["token"].as_str()?;
        Some(Self {
            id: app.vault.hash_token(token),
            secret: Zeroizing::new(token.to_owned()),
            caller: None,
        })
    }
}

/// An answer as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct KeptAnswer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Value,
}

/// The layer: replays, refuses, or runs the request once.
pub(super) async fn once(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().cloned();
    let path = path.filter(|path| is_kept(path.as_str()));
    let (key, path) = match (request.headers().get(IDEMPOTENCY_KEY), path) {
        (Some(key), Some(path))
            if request.method() == Method::POST && !is_dry_run(request.uri()) =>
        {
            (read_key(key), path)
        }
        _ => return next.run(request).await,
    };
    match key {
        Ok(key) => run_once(app, (key, path.as_str()), request, next).await,
        Err(problem) => problem.into_response(),
    }
}

fn read_key(value: &HeaderValue) -> Result<String, Problem> {
    let text = value.to_str().unwrap_or_default();
    let is_key = (1..=KEY_BYTES_MAX).contains(&text.len()) && text.is_ascii();
    if is_key {
        return Ok(text.to_owned());
    }
    Err(Problem::bad_request(
        "`Idempotency-Key` must have 1 to 255 printable ASCII characters.",
    ))
}

async fn run_once(
    app: Arc<App>,
    (key, path): (String, &str),
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let sender = match BY_LINK.contains(&path) {
        true => None,
        // Nobody's large body is read before they are known.
        false => match Sender::of_credential(&app, &mut parts).await {
            None => return next.run(Request::from_parts(parts, body)).await,
            sender => sender,
        },
    };
    let Ok(bytes) = to_bytes(body, body::bytes_max(parts.uri.path())).await else {
        return Problem::too_large().into_response();
    };
    let Some(sender) = sender.or_else(|| Sender::of_link(&app, &bytes)) else {
        let request = Request::from_parts(parts, Body::from(bytes));
        return next.run(request).await;
    };
    let kept = app.vault.replay(&sender.id, &key, &sender.secret);
    let row = new_row(&kept, &parts, &bytes);
    let attempt = Attempt {
        id: row.id.clone(),
        attempt: row.attempt.clone(),
    };
    let work = {
        let app = Arc::clone(&app);
        let attempt = attempt.clone();
        async move {
            if let Some(caller) = &sender.caller {
                store::tenant::bind(&caller.scope);
            }
            match claim(&app, &row, &kept).await {
                Err(problem) => return problem.into_response(),
                Ok(Some(answer)) => return answer,
                Ok(None) => {}
            }
            match sender.caller {
                Some(caller) => {
                    let attempt = Some(attempt.clone());
                    parts.extensions.insert(Caller { attempt, ..caller });
                }
                // Whoever comes in with the link is known later.
                None => drop(parts.extensions.insert(attempt.clone())),
            }
            let request = Request::from_parts(parts, Body::from(bytes));
            finish(app, attempt, kept, request, next).await
        }
    };
    // Whoever claims the key also runs the request, if its caller waits or not. The task has to
    // know its tenant as every request does.
    let work = store::tenant::in_request(work);
    match tokio::spawn(work.in_current_span()).await {
        Ok(response) => response,
        Err(error) => {
            release(&app, &attempt).await;
            match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Problem::unavailable("The server is stopping.").into_response(),
            }
        }
    }
}

fn new_row(kept: &ReplayBox, parts: &Parts, body: &Bytes) -> IdempotencyRow {
    let now = clock::now();
    let (method, uri) = (parts.method.as_str(), parts.uri.to_string());
    IdempotencyRow {
        id: kept.id().to_owned(),
        // What makes two requests the same; who sends them is part of the row's id.
        fingerprint: kept.name(&[method.as_bytes(), uri.as_bytes(), body]),
        attempt: new_id(IdKind::Request),
        state: "running".to_owned(),
        started_at: now,
        expires_at: now + KEPT_SECONDS,
        answer: None,
        answer_until: 0,
        remains: None,
    }
}

/// `None`: the attempt holds the key. Otherwise the answer that was given, or why there is none.
async fn claim(
    app: &App,
    row: &IdempotencyRow,
    kept: &ReplayBox,
) -> Result<Option<Response>, Problem> {
    let mut tx = app.db.write().await?;
    if store::idempotency::claim(&mut tx, row).await? {
        tx.commit().await?;
        return Ok(None);
    }
    let old = store::idempotency::find(&mut tx, &row.id).await?;
    let old = old.ok_or_else(in_flight)?;
    let now = row.started_at;
    let has_died = old.state == "running" && old.started_at + ABANDONED_SECONDS < now;
    if old.expires_at <= now || has_died {
        if !store::idempotency::take_over(&mut tx, row, &old.attempt).await? {
            return Err(in_flight());
        }
        tx.commit().await?;
        return Ok(None);
    }
    if old.fingerprint != row.fingerprint {
        return Err(Problem::unprocessable(
            "idempotency_key_reused",
            "This Idempotency-Key was used for another request. Use a new key for a new request.",
        ));
    }
    // Between the commit of the change and its answer it is done, and has none yet.
    let is_late = old.started_at + ABANDONED_SECONDS < now;
    if old.state == "running" || (old.remains.is_none() && !is_late) {
        return Err(in_flight());
    }
    replay(&old, kept, now).map(Some)
}

/// The answer as it was, or what remains of it.
fn replay(old: &IdempotencyRow, kept: &ReplayBox, now: i64) -> Result<Response, Problem> {
    let sealed = match &old.answer {
        Some(whole) if old.answer_until > now => Some(whole),
        _ => old.remains.as_ref(),
    };
    let answer = sealed
        .and_then(|sealed| kept.open(sealed))
        .and_then(|bytes| serde_json::from_slice::<KeptAnswer>(&bytes).ok());
    let lost = || {
        Problem::conflict(
            "answer_lost",
            "The request was carried out, but its answer was not kept: read the resource. Use a \
             new Idempotency-Key to do it again.",
        )
    };
    answer.map(|answer| answer.into_response()).ok_or_else(lost)
}

impl KeptAnswer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = match self.body {
            Value::Null => status.into_response(),
            body => (status, axum::Json(body)).into_response(),
        };
        let headers = self.headers.into_iter().filter_map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_str(&value).ok()?))
        });
        response.headers_mut().extend(headers);
        let replayed = HeaderValue::from_static("true");
        response
            .headers_mut()
            .insert(IDEMPOTENCY_REPLAYED, replayed);
        response
    }
}

/// Runs the handler and keeps a good answer.
async fn finish(
    app: Arc<App>,
    attempt: Attempt,
    kept: ReplayBox,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    // A file is not kept: where nothing was changed by making it, it may be made again.
    if !response.status().is_success() || !may_be_kept(&response) {
        release(&app, &attempt).await;
        return response;
    }
    let remains = match response.headers().contains_key(header::SET_COOKIE) {
        true => Remains::Nothing,
        false => match response.extensions().get::<Secrets>() {
            Some(secrets) => Remains::Without(*secrets),
            None => Remains::All,
        },
    };
    let (parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return Problem::internal().into_response();
    };
    if let Ok(body) = read_body(&bytes) {
        let whole = KeptAnswer {
            status: parts.status.as_u16(),
            headers: kept_headers(&parts.headers),
            body,
        };
        if let Err(error) = keep(&app, &attempt, &kept, whole, remains).await {
            // The change is made and marked as done: a replay says so, without the answer.
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "could not keep an answer for its Idempotency-Key"
            );
        }
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// JSON of a known and bounded size, or nothing at all; no file.
fn may_be_kept(response: &Response) -> bool {
    let size = response.body().size_hint().exact();
    let kind = response.headers().get(header::CONTENT_TYPE);
    size.is_some_and(|size| size <= ANSWER_BYTES_MAX)
        && kind.is_none_or(|kind| kind.as_bytes().starts_with(b"application/json"))
}

fn read_body(bytes: &Bytes) -> Result<Value, serde_json::Error> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(bytes)
}

fn kept_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let kept = [
        header::ETAG,
        header::CACHE_CONTROL,
        header::LOCATION,
        header::RETRY_AFTER,
        header::SET_COOKIE,
        PREFERENCE_APPLIED,
    ];
    kept.iter()
        .filter_map(|name| {
            let value = headers.get(name)?.to_str().ok()?;
            Some((name.as_str().to_owned(), value.to_owned()))
        })
        .collect()
}

/// What is kept of an answer after ten minutes.
enum Remains {
    All,
    Without(Secrets),
    /// It is good for nothing without the session that it began.
    Nothing,
}

async fn keep(
    app: &App,
    attempt: &Attempt,
    kept: &ReplayBox,
    whole: KeptAnswer,
    remains: Remains,
) -> Result<(), StoreError> {
    let seal = |answer: &KeptAnswer| kept.seal(&serde_json::to_vec(answer).unwrap_or_default());
    let answer = seal(&whole);
    let now = clock::now();
    let (answer_until, remains) = match remains {
        Remains::All => (now + KEPT_SECONDS, answer.clone()),
        Remains::Without(secrets) => {
            let body = secrets.withhold(whole.body);
            (now + SECRET_SECONDS, seal(&KeptAnswer { body, ..whole }))
        }
        Remains::Nothing => (now + SECRET_SECONDS, Vec::new()),
    };
    let kept = Kept {
        answer: &answer,
        answer_until,
        remains: &remains,
    };
    let mut tx = app.db.write().await?;
    store::idempotency::keep(&mut tx, &attempt.id, &attempt.attempt, kept).await?;
    tx.commit().await
}

async fn release(app: &App, attempt: &Attempt) {
    let released = async {
        let mut tx = app.db.write().await?;
        store::idempotency::release(&mut tx, &attempt.id, &attempt.attempt).await?;
        tx.commit().await
    };
    if let Err(error) = released.await {
        // It counts as abandoned in a minute.
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            "could not release an Idempotency-Key"
        );
    }
}
