//! `/events`: what changed, in order, as pages or as a stream of server-sent events.
//!
//! A stream asks again and again whether its caller may still listen, and ends when not. Its
//! credential comes in a header, never in the URL.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json as Answer;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::sse::{Event as Message, KeepAlive, Sse};
use futures_util::{Stream, stream};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::page::{Page, PageRequest};
use crate::app::App;
use crate::auth::{Caller, May, Right, may};
use crate::clock;
use crate::events::is_seq;
use crate::problem::{Problem, ProblemBody};
use crate::store;
use crate::store::audit::AuditRow;
use crate::store::events::EventRow;

/// How often a stream asks whether its caller may still listen.
const AUTHORISE_EVERY: Duration = Duration::from_secs(1);
/// How often a stream looks for what other processes have published.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Events that are read at a time.
const BATCH: i64 = 100;

/// Something that changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Event {
    #[schema(example = "evt_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    /// Its place in the order of events.
    seq: String,
    /// `noun.verb`.
    #[serde(rename = "type")]
    #[schema(example = "user.create")]
    kind: String,
    #[schema(format = DateTime)]
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    actor: String,
    /// The id of what changed.
    target: String,
    /// What changed, as it became; of what was deleted, as it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// The W3C trace that the request belonged to.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
}

impl From<EventRow> for Event {
    fn from(row: EventRow) -> Self {
        let object = row.after.or(row.before);
        Self {
            id: row.entry_id,
            seq: row.seq,
            kind: row.kind,
            at: clock::rfc3339(row.at),
            org: row.org_id,
            account: row.account_id,
            actor: row.actor,
            target: row.target,
            object: object.and_then(|text| serde_json::from_str(&text).ok()),
            request_id: row.request_id,
            trace_id: row.trace_id,
        }
    }
}

impl Event {
    /// The event that an entry of the trail is, under its number.
    pub(crate) fn of(seq: String, entry: AuditRow) -> Self {
        Self::from(EventRow {
            seq,
            entry_id: entry.id,
            at: entry.at,
            org_id: entry.org_id,
            account_id: entry.account_id,
            kind: entry.action,
            actor: entry.actor,
            target: entry.target,
            before: entry.before,
            after: entry.after,
            request_id: entry.request_id,
            trace_id: entry.trace_id,
        })
    }
}

/// The changes of the last 30 days that the key may see, oldest first.
#[utoipa::path(get, path = "/events", operation_id = "list_events", tag = "events",
    params(May<may::ReadEvents>, PageRequest<EventRow>),
    responses((status = 200, body = Page<Event>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadEvents>,
    page: PageRequest<EventRow>,
) -> Result<Answer<Page<Event>>, Problem> {
    let mut tx = app.db.read().await?;
    let reached = store::events::within(&caller.scope);
    let view = |row| Ok::<_, Problem>(Event::from(row));
    Ok(Answer(page.read(&app, &mut tx, reached, view).await?))
}

/// Changes as they happen, as server-sent events. With `Last-Event-ID` it goes on after that one,
/// without it begins now. It ends when the key does.
#[utoipa::path(get, path = "/events/stream", operation_id = "stream_events", tag = "events",
    params(May<may::ReadEvents>,
           ("Last-Event-ID" = Option<String>, Header, description = "`seq` of the last one seen")),
    responses((status = 200, body = String, content_type = "text/event-stream"),
              (status = "4XX", body = ProblemBody)))]
pub(super) async fn stream(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadEvents>,
    credentials: Credentials,
) -> Result<Sse<impl Stream<Item = Result<Message, Infallible>>>, Problem> {
    let place = Arc::clone(&app.streams).try_acquire_owned();
    let place = place.map_err(|_| Problem::unavailable("Too many streams are open."))?;
    let sent = credentials.0.headers.get("last-event-id");
    let after = match sent.map(|value| value.to_str().unwrap_or_default()) {
        None => {
            let mut tx = app.db.read().await?;
            store::events::newest(&mut tx).await?
        }
        Some(seq) if is_seq(seq) => seq.to_owned(),
        Some(_) => {
            return Err(Problem::bad_request(
                "`Last-Event-ID` must be the `seq` of an event.",
            ));
        }
    };
    let tail = Tail {
        published: app.bell.listen(),
        app,
        caller,
        credentials: credentials.0,
        authorised: Instant::now(),
        after,
        ready: Vec::new().into_iter(),
        _place: place,
    };
    let messages = stream::unfold(tail, |mut tail| async move {
        // Each step is a request of the caller's own, to the second wall too.
        let message = Box::pin(store::tenant::in_request(tail.next())).await?;
        Some((Ok(message), tail))
    });
    Ok(Sse::new(messages).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// What the caller showed, to be looked at again later.
#[derive(Debug)]
pub(super) struct Credentials(Parts);

impl FromRequestParts<Arc<App>> for Credentials {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        let mut kept = parts.clone();
        // What was found out then must be found out anew.
        kept.extensions.remove::<Caller>();
        Ok(Self(kept))
    }
}

struct Tail {
    app: Arc<App>,
    caller: Caller,
    credentials: Parts,
    authorised: Instant,
    published: watch::Receiver<u64>,
    after: String,
    ready: std::vec::IntoIter<EventRow>,
    _place: OwnedSemaphorePermit,
}

impl Tail {
    /// The next event; `None` ends the stream.
    async fn next(&mut self) -> Option<Message> {
        store::tenant::bind(&self.caller.scope);
        loop {
            if self.authorised.elapsed() >= AUTHORISE_EVERY {
                self.authorise().await?;
            }
            if let Some(row) = self.ready.next() {
                self.after.clone_from(&row.seq);
                let (seq, kind) = (row.seq.clone(), row.kind.clone());
                let message = Message::default().id(seq).event(kind);
                return message.json_data(Event::from(row)).ok();
            }
            self.read().await?;
            if self.ready.len() == 0 {
                let woken = self.published.changed();
                tokio::select! {
                    () = self.app.closing.cancelled() => return None,
                    // Whether somebody published or it is just time to look again is the same.
                    _ = tokio::time::timeout(LOOK_EVERY, woken) => {}
                }
            }
        }
    }

    /// A revoked key or a lost right ends the stream; so does a database that cannot say.
    async fn authorise(&mut self) -> Option<()> {
        let mut parts = self.credentials.clone();
        let asked = Caller::from_request_parts(&mut parts, &self.app);
        // Nobody is known before the credential was looked up.
        let caller = store::tenant::for_installation(asked).await.ok()?;
        if caller.credential_id() != self.caller.credential_id() || !caller.may(Right::ReadEvents) {
            return None;
        }
        store::tenant::bind(&caller.scope);
        if caller.scope != self.caller.scope {
            // What was read, and not sent yet, may be no business of theirs any more.
            self.ready = Vec::new().into_iter();
        }
        self.caller = caller;
        self.authorised = Instant::now();
        Some(())
    }

    async fn read(&mut self) -> Option<()> {
        let mut tx = self.app.db.read().await.ok()?;
        let reached = store::events::within(&self.caller.scope);
        let rows = store::list::after::<EventRow>(&mut tx, reached, &self.after, BATCH).await;
        self.ready = rows.ok()?.into_iter();
        Some(())
    }
}
