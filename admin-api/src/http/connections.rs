//! `/accounts/{account}/connections` and kicks: who is connected, and closing it.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::OptionalJson;
use super::users::find;
use super::validate;
use super::work::{Diff, Work};
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::problem::{Problem, ProblemBody};
use crate::store;

/// The longest time for which a kick keeps somebody out.
const BLOCK_SECONDS_MAX: u32 = 30 * 24 * 3600;

/// Why a connection is closed, and for how long its user stays out.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kick {
    /// For the audit trail; the client is not told.
    #[serde(default)]
    reason: String,
    /// How long the credentials in use are refused. A client whose are not is back at once.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 2_592_000, default = 0)]
    block_for_seconds: u32,
}

impl Kick {
    fn check(&self) -> Result<(), Problem> {
        if !self.reason.is_empty() {
            validate::display_name(&self.reason, "/reason")?;
        }
        if self.block_for_seconds > BLOCK_SECONDS_MAX {
            let text = format!("must be 0 to {BLOCK_SECONDS_MAX} (30 days)");
            return Err(Problem::invalid("/block_for_seconds", text));
        }
        Ok(())
    }

    /// Keeps the key out, if asked for.
    async fn block(&self, work: &mut Work<'_>, user_key: &str) -> Result<(), Problem> {
        if self.block_for_seconds > 0 {
            let (id, now) = (&work.account.id, work.now);
            let time = (now, now + i64::from(self.block_for_seconds));
            store::issuances::block(&mut work.tx, id, user_key, time, &self.reason).await?;
        }
        Ok(())
    }
}

/// How many connections were closed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Kicked {
    connections: usize,
}

/// Closes a user's connections, those of its short-lived credentials too, and may keep their
/// credentials out for a while.
#[utoipa::path(post, path = "/accounts/{account}/users/{user}/kick", operation_id = "kick_user",
    tag = "connections",
    params(("account" = String, Path, description = "Id, nkey or slug"),
           ("user" = String, Path, description = "Id, nkey or name")),
    request_body = Kick,
    responses((status = 200, body = Kicked), (status = "4XX", body = ProblemBody)))]
pub(super) async fn kick_user(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteConnections>,
    Path(path): Path<(String, String)>,
    OptionalJson(kick): OptionalJson<Kick>,
) -> Result<Answer<Kicked>, Problem> {
    kick.check()?;
    let mut work = Work::begin(&app, &scope).await?;
    let row = find(&mut work.tx, &work.account, &path.1).await?;
    let live = store::issuances::live_keys(&mut work.tx, &row.id, work.now).await?;
    for key in &live {
        kick.block(&mut work, &key.user_key).await?;
    }
    if kick.block_for_seconds > 0 {
        work.republish().await?;
    }
    let account_key = work.account.public_key.clone();
    // Asked first: servers close whom the claims keep out by themselves.
    let keys: Vec<String> = live.into_iter().map(|key| key.user_key).collect();
    let open = app.reconciler.connections_of(&account_key, &keys).await;
    let open = open.ok_or_else(|| Problem::unavailable("The engine did not answer."))?;
    work.finish("user.kick", &row.id, Diff::made(&kick)).await?;
    app.reconciler.close(&open).await;
    Ok(Answer(Kicked {
        connections: open.len(),
    }))
}
