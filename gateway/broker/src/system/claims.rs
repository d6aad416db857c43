//! Account JWTs over `$SYS.REQ.CLAIMS.*`: update, list, pack, delete, look up.
//!
//! An update is checked against the operator *before* anything is stored, stored before it is put
//! into force, and answered when the connections that it concerns have acted on it.

use std::{sync::Arc, time::Duration};

use accounts::{
    claims::generic::GenericBody,
    jwt::{self, Claims, TOKEN_BYTES_MAX},
    nkeys::{KeyKind, PublicKey},
};
use serde_json::{Value, json};

use super::{Answering, Request, reply};
use crate::{
    server::Server,
    tenants::{Applied, Checked, Tenants},
};

/// How long an answer waits for connections to act on a change. A healthy one needs well under a
/// millisecond.
const APPLY_WAIT_MAX: Duration = Duration::from_secs(2);

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
                    reply::updated(&self.server, &account, "jwt update skipped")
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
                    reply::updated(&self.server, &account, "jwt updated")
                }
            };
            self.respond_json(request, &answer);
        }
    }

    pub(super) fn list_claims(&mut self, request: &Request) {
        let Some(tenants) = &self.server.tenants else {
            return;
        };
        let keys: Vec<_> = tenants
            .store()
            .list()
            .iter()
            .map(PublicKey::to_string)
            .collect();
        let answer = reply::data(&self.server, json!(keys));
        self.respond_json(request, &answer);
    }

    /// Sends every account as `key|jwt`, and an empty message at the end.
    pub(super) fn pack_claims(&mut self, request: &Request) {
        let server = Arc::clone(&self.server);
        let Some(tenants) = &server.tenants else {
            return;
        };
        for key in tenants.store().list() {
            match tenants.store().fetch(&key) {
                Ok(Some(token)) => self.respond(request, format!("{key}|{token}").as_bytes()),
                Ok(None) => {}
                Err(error) => tracing::error!(account.id = %key, %error, "left out of a pack"),
            }
        }
        self.respond(request, b"");
    }

    pub(super) fn look_up_claims(&mut self, request: &Request) {
        let server = Arc::clone(&self.server);
        let Some(tenants) = &server.tenants else {
            return;
        };
        let key = PublicKey::parse_as(request.token(3), KeyKind::Account);
        let token = match key.map(|key| tenants.store().fetch(&key)) {
            Ok(Ok(token)) => token.unwrap_or_default(),
            Ok(Err(error)) => {
                tracing::error!(%error, "cannot look up an account");
                String::new()
            }
            Err(_) => String::new(),
        };
        self.respond(request, token.as_bytes());
    }

    pub(super) async fn delete_claims(&mut self, request: &Request) {
        let server = Arc::clone(&self.server);
        let Some(tenants) = &server.tenants else {
            return;
        };
        let answer = match delete(tenants, &request.body) {
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

fn take_updates(server: &Server, requests: &[Request]) -> Vec<Outcome> {
    let Some(tenants) = &server.tenants else {
        return Vec::new();
    };
    let checked: Vec<_> = requests
        .iter()
        .map(|request| check(tenants, request))
        .collect();
    let kept: Vec<_> = checked
        .iter()
        .filter_map(|update| update.as_ref().ok())
        .collect();
    let batch: Vec<_> = kept
        .iter()
        .map(|update| (update.key, update.token.as_str()))
        .collect();
    let failure = match batch.is_empty() {
        true => None,
        false => tenants
            .store()
            .keep(&batch)
            .err()
            .map(|error| error.to_string()),
    };
    let outcome = |update: Result<Checked, Outcome>| match (update, &failure) {
        (Err(outcome), _) => outcome,
        (Ok(update), Some(failure)) => Outcome::Refused {
            account: update.key.to_string(),
            description: failure.clone(),
        },
        (Ok(update), None) => {
            let account = update.key.to_string();
            Outcome::Taken {
                account,
                applied: tenants.apply(update),
            }
        }
    };
    checked.into_iter().map(outcome).collect()
}

fn check(tenants: &Tenants, request: &Request) -> Result<Checked, Outcome> {
    let named = named_account(request);
    let refused = |description: String| Outcome::Refused {
        account: named.to_owned(),
        description,
    };
    if request.body.len() > TOKEN_BYTES_MAX {
        return Err(refused("the JWT is larger than 1 MiB".to_owned()));
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
    if !tenants.store().takes_new() && !tenants.store().contains(&update.key) {
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
    let mut retired = Vec::new();
    for key in keys {
        if tenants
            .store()
            .delete(&key)
            .map_err(|error| error.to_string())?
        {
            retired.push(tenants.retire(&key));
        }
    }
    Ok(retired)
}
