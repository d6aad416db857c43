//! Account JWTs over `$SYS.REQ.CLAIMS.*`: update, list, pack, delete, look up.
//!
//! An update is checked against the operator *before* anything is stored, stored before it is put
//! into force, and answered when the connections that it concerns have acted on it.

use std::{sync::Arc, time::Duration};

use accounts::{
    claims::generic::GenericBody,
    jwt::{self, ACCOUNT_TOKEN_BYTES_MAX, Claims},
    nkeys::{KeyKind, PublicKey},
};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{Answering, Request, reply};
use crate::{
    resolver::{Fingerprint, Store},
    routing::sub::Target,
    server::Server,
    tenants::{Applied, Checked, Tenants},
};

/// How long an answer waits for connections to act on a change. A healthy one needs well under a
/// millisecond.
const APPLY_WAIT_MAX: Duration = Duration::from_secs(2);

/// Accounts that a pack reads at a time, and bytes after which it reads no further one.
const PACK_CHUNK: usize = 64;
const PACK_BYTES: usize = 4 << 20;
/// Pause of a pack while its asker has much to read.
const PACK_PAUSE: Duration = Duration::from_millis(5);
/// Packs that are sent at a time: each costs the directory's whole content in reads. One more is
/// not answered.
const PACKS_MAX: usize = 4;

/// What became of one update of a batch.
enum Outcome {
    Refused {
        account: String,
        description: String,
    },
    /// Not for us: nothing of this account is kept here.
    Skipped {
        account: String,
    },
    Taken {
        account: String,
        applied: Applied,
    },
}

impl Answering {
    /// Takes updates that arrived together; one sync of the disk serves all of them.
    pub(super) async fn update(&mut self, requests: Vec<Request>) {
        if requests.is_empty() {
            return;
        }
        let server = Arc::clone(&self.server);
        // Files and signatures: not on a worker that connections need.
        let work = tokio::task::spawn_blocking(move || {
            let outcomes = take_updates(&server, &requests);
            (requests, outcomes)
        });
        let Ok((requests, outcomes)) = work.await else {
            tracing::error!("a batch of account updates was lost: its senders will try again");
            return;
        };
        for (request, outcome) in requests.iter().zip(outcomes) {
            let answer = match outcome {
                Outcome::Refused {
                    account,
                    description,
                } => {
                    tracing::warn!(
                        account.id = account,
                        reason = description,
                        "account update refused"
                    );
                    reply::not_updated(&self.server, &account, &description)
                }
                Outcome::Skipped { account } => {
                    let skipped = self.words("jwt update skipped", "jwt update cache skipped");
                    reply::updated(&self.server, &account, skipped)
                }
                Outcome::Taken {
                    account,
                    mut applied,
                } => {
                    if tokio::time::timeout(APPLY_WAIT_MAX, applied.recv())
                        .await
                        .is_err()
                    {
                        tracing::warn!(
                            account.id = account,
                            "connections are slow to follow a claims update"
                        );
                    }
                    let updated = self.words("jwt updated", "jwt updated cache");
                    reply::updated(&self.server, &account, updated)
                }
            };
            self.respond_json(request, &answer);
        }
    }

    /// A cache has its own words for the same.
    fn words<'a>(&self, usual: &'a str, of_a_cache: &'a str) -> &'a str {
        match self.server.tenants.store() {
            Store::Cache(_) => of_a_cache,
            _ => usual,
        }
    }

    /// All keys in one message, however many: what a client may send is limited, not this.
    pub(super) async fn list_claims(&mut self, request: &Request) {
        let server = Arc::clone(&self.server);
        let text = tokio::task::spawn_blocking(move || {
            let keys = server.tenants.store().list();
            let envelope = ListAnswer {
                server: reply::server(&server),
                data: Keys(&keys),
            };
            serde_json::to_vec(&envelope).ok()
        });
        if let Ok(Some(text)) = text.await {
            self.respond(request, &text);
        }
    }

    /// Sends every account as `key|jwt`, and an empty message at the end, no faster than the asker
    /// reads. Who has all of it already, as a fingerprint in the request shows, gets the end only.
    pub(super) fn pack_claims(&mut self, request: &Request) {
        let (server, account) = (Arc::clone(&self.server), Arc::clone(&self.account));
        let Some(reply) = request.reply.clone() else {
            return;
        };
        let Ok(turn) = Arc::clone(&self.packs).try_acquire_owned() else {
            return tracing::warn!("a pack of all accounts is not sent: too many are under way");
        };
        let theirs = Fingerprint::try_from(request.body.as_slice()).ok();
        let mut sender = Self::new(Arc::clone(&server), account);
        server.tasks.spawn(async move {
            let stopped = sender.server.stopped.clone();
            tokio::select! {
                () = stopped.cancelled() => {}
                () = sender.send_pack(&reply, theirs) => {}
            }
            drop(turn);
        });
    }

    async fn send_pack(&mut self, reply: &[u8], theirs: Option<Fingerprint>) {
        let keys = self.server.tenants.store().list();
        let keys = match theirs {
            Some(theirs) if self.fingerprint().await == Some(theirs) => Vec::new(),
            _ => keys,
        };
        let mut keys = keys.into_iter().peekable();
        while keys.peek().is_some() {
            let server = Arc::clone(&self.server);
            let work = tokio::task::spawn_blocking(move || {
                let texts = read_some(&server, &mut keys);
                (keys, texts)
            });
            let Ok((rest, texts)) = work.await else {
                return tracing::error!(
                    "a pack of all accounts was lost: its asker will try again"
                );
            };
            keys = rest;
            for text in texts {
                self.publish(reply, text.as_bytes());
            }
            while self.is_flooded(reply) {
                tokio::time::sleep(PACK_PAUSE).await;
            }
            if self.account.matches(reply).is_empty() {
                return tracing::debug!("the asker of a pack is gone");
            }
        }
        self.publish(reply, b"");
    }

    async fn fingerprint(&self) -> Option<Fingerprint> {
        let server = Arc::clone(&self.server);
        let work = tokio::task::spawn_blocking(move || server.tenants.store().fingerprint());
        work.await.ok().flatten()
    }

    /// Whether whoever listens on `reply` has much to read yet.
    fn is_flooded(&self, reply: &[u8]) -> bool {
        let matched = self.account.matches(reply);
        matched.plain.iter().any(|sub| match &sub.target {
            Target::Client(target) => {
                let client = &target.client;
                client.outbound.lock().pending() > client.max_pending / 2
            }
            Target::Service(_) | Target::System(_) | Target::Asker(_) => false,
        })
    }

    pub(super) async fn look_up_claims(&mut self, request: &Request) {
        let server = Arc::clone(&self.server);
        let key = PublicKey::parse_as(request.token(3), KeyKind::Account);
        let Ok(key) = key else {
            return self.respond(request, b"");
        };
        let found = tokio::task::spawn_blocking(move || {
            let store = server.tenants.store();
            let fetched = store.fetch(&key).inspect_err(|error| {
                tracing::error!(account.id = %key, %error, "cannot look up an account");
            });
            fetched.ok()?
        });
        let token = found.await.ok().flatten().unwrap_or_default();
        self.respond(request, token.as_bytes());
    }

    pub(super) async fn delete_claims(&mut self, request: &Request) {
        let (server, body) = (Arc::clone(&self.server), request.body.clone());
        let deleted = tokio::task::spawn_blocking(move || delete(&server.tenants, &body));
        let answer = match deleted.await.unwrap_or_else(|error| Err(error.to_string())) {
            Ok(retired) => {
                for mut applied in retired {
                    // Late followers are closed anyway: their account is gone.
                    let _ = tokio::time::timeout(APPLY_WAIT_MAX, applied.recv()).await;
                }
                reply::data(
                    &self.server,
                    json!({ "code": 200, "message": "deleted accounts" }),
                )
            }
            Err(description) => {
                tracing::warn!(reason = description, "account deletion refused");
                reply::error(&self.server, 500, &description)
            }
        };
        self.respond_json(request, &answer);
    }
}

/// The answer to a question for all keys. Written straight from the keys: there may be many.
#[derive(Serialize)]
struct ListAnswer<'a> {
    server: Value,
    data: Keys<'a>,
}

struct Keys<'a>(&'a [PublicKey]);

impl Serialize for Keys<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(PublicKey::to_string))
    }
}

/// Room for packs.
pub(super) fn packs() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(PACKS_MAX))
}

/// The next accounts as `key|jwt`; one that cannot be read is left out and logged.
fn read_some(server: &Server, keys: &mut impl Iterator<Item = PublicKey>) -> Vec<String> {
    let (mut texts, mut bytes) = (Vec::new(), 0);
    for key in keys.take(PACK_CHUNK) {
        match server.tenants.store().fetch(&key) {
            Ok(Some(token)) => texts.push(format!("{key}|{token}")),
            Ok(None) => {}
            Err(error) => tracing::error!(account.id = %key, %error, "left out of a pack"),
        }
        bytes += texts.last().map_or(0, String::len);
        if bytes > PACK_BYTES {
            break;
        }
    }
    texts
}

/// Takes updates in order. Those of different accounts share a sync; a second one of the same
/// account waits for the first to be in place, so that it is checked against it.
fn take_updates(server: &Server, requests: &[Request]) -> Vec<Outcome> {
    let tenants = &server.tenants;
    let _alone = tenants.updating();
    let mut outcomes = Vec::with_capacity(requests.len());
    let mut group: Vec<Result<Checked, Outcome>> = Vec::new();
    for request in requests {
        let mut update = check(tenants, request);
        let in_group = |key| {
            group
                .iter()
                .flatten()
                .any(|other: &Checked| other.key == key)
        };
        if update.as_ref().is_ok_and(|update| in_group(update.key)) {
            outcomes.extend(keep_and_apply(tenants, std::mem::take(&mut group)));
            update = check(tenants, request);
        }
        group.push(update);
    }
    outcomes.extend(keep_and_apply(tenants, group));
    outcomes
}

/// Stores a group of updates with one sync; if that fails, each by itself, so that one account's
/// trouble is not the others'.
fn keep_and_apply(tenants: &Tenants, group: Vec<Result<Checked, Outcome>>) -> Vec<Outcome> {
    let batch: Vec<_> = group
        .iter()
        .flatten()
        .map(|update| (update.key, update.token.as_str()))
        .collect();
    let all_kept = batch.is_empty() || tenants.store().keep(&batch).is_ok();
    let take = |update: Checked| {
        let account = update.key.to_string();
        if !all_kept && let Err(error) = tenants.store().keep(&[(update.key, &update.token)]) {
            let description = error.to_string();
            return Outcome::Refused {
                account,
                description,
            };
        }
        let applied = tenants.apply(update);
        Outcome::Taken { account, applied }
    };
    group
        .into_iter()
        .map(|update| update.map_or_else(|outcome| outcome, take))
        .collect()
}

fn check(tenants: &Tenants, request: &Request) -> Result<Checked, Outcome> {
    let named = named_account(request);
    let refused = |description: String| Outcome::Refused {
        account: named.to_owned(),
        description,
    };
    let bytes = request.body.len();
    if bytes > ACCOUNT_TOKEN_BYTES_MAX {
        return Err(refused(format!(
            "the JWT has {bytes} bytes, at most {ACCOUNT_TOKEN_BYTES_MAX} are read"
        )));
    }
    let token = std::str::from_utf8(&request.body);
    let token = token
        .map_err(|_| refused("the request is not a JWT".to_owned()))?
        .trim();
    let update = tenants
        .check_update(token)
        .map_err(|error| refused(error.to_string()))?;
    if !named.is_empty() && named != update.key.to_string() {
        return Err(refused(
            "the subject names another account than the JWT".to_owned(),
        ));
    }
    if !tenants.takes(&update.key) {
        return Err(Outcome::Skipped {
            account: update.key.to_string(),
        });
    }
    Ok(update)
}

/// The account that the request's subject names; empty for the subject that names none.
fn named_account(request: &Request) -> &str {
    match request.token(1) {
        "ACCOUNT" => request.token(2),
        _ if request.token(2) == "ACCOUNT" => request.token(3),
        _ => "",
    }
}

/// Deletes the accounts that a claim lists which an operator key has signed for itself.
fn delete(tenants: &Tenants, body: &[u8]) -> Result<Vec<Applied>, String> {
    let token = std::str::from_utf8(body).map_err(|_| "the request is not a JWT".to_owned())?;
    let claims: Claims<GenericBody> =
        jwt::decode(token.trim()).map_err(|error| error.to_string())?;
    if claims.iss.to_string() != claims.sub || !tenants.trust().trusts(&claims.iss) {
        return Err("the request is not signed by the operator".to_owned());
    }
    let listed = claims.nats.data.get("accounts").and_then(Value::as_array);
    let listed = listed.ok_or("the request lists no accounts")?;
    let keys: Result<Vec<_>, _> = listed
        .iter()
        .map(|key| PublicKey::parse_as(key.as_str().unwrap_or_default(), KeyKind::Account))
        .collect();
    let keys = keys.map_err(|error| error.to_string())?;
    if keys
        .iter()
        .any(|key| Some(*key) == tenants.system_account())
    {
        return Err("the system account cannot be deleted".to_owned());
    }
    let _alone = tenants.updating();
    let (mut retired, mut kept) = (Vec::new(), Vec::new());
    for key in keys {
        match tenants.store().delete(&key) {
            Ok(true) => retired.push(tenants.retire(&key)),
            Ok(false) => {}
            Err(error) => kept.push(format!("{key}: {error}")),
        }
    }
    if kept.is_empty() {
        return Ok(retired);
    }
    let done = retired.len();
    let kept = kept.join("; ");
    Err(format!(
        "{done} accounts are deleted, these are not: {kept}"
    ))
}
