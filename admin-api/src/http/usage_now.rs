//! `/accounts/{account}/usage/now`: what an account has beside what it may have.

use std::sync::Arc;

use accounts::AccountBody;
use axum::Json as Answer;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::{InAccount, may};
use crate::claims::stored_ceilings;
use crate::clock;
use crate::problem::{Problem, ProblemBody};
use crate::reconciler::Now;
use crate::store::StoreError;
use crate::store::accounts::AccountRow;

/// What an account has at this moment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UsageNow {
    #[schema(format = DateTime)]
    at: String,
    limits: Vec<LimitUse>,
    /// Names of engines that did not say: their part is missing.
    unanswered: Vec<String>,
}

/// One limit of an account, as in its `limits`, and what is used of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LimitUse {
    /// `connections`, `leaf_connections`, `total_subscriptions`, `imports`, `exports`, `disk_bytes`
    /// or `memory_bytes`.
    #[schema(example = "connections")]
    limit: &'static str,
    /// On all servers together. Absent where no server can say: bytes of streams, where none keeps
    /// streams.
    #[serde(skip_serializing_if = "Option::is_none")]
    used: Option<i64>,
    /// -1 is no limit. Absent where tiers have limits of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<i64>,
}

fn limits(row: &AccountRow, now: Option<&Now>) -> Result<Vec<LimitUse>, StoreError> {
    let ceilings = stored_ceilings(row)?;
    let subscriptions = ceilings.quotas().subscriptions;
    let ceilings = ceilings.limits;
    let claims = accounts::jwt::decode::<AccountBody>(&row.jwt)
        .map_err(|_| StoreError::corrupt("accounts.jwt", &row.id))?;
    let count = |length: usize| i64::try_from(length).ok();
    let storage = now.and_then(|now| now.storage);
    let flat = Some(&ceilings.jetstream).filter(|_| ceilings.tiered_limits.is_empty());
    let of_all = subscriptions.map_or(-1, |max| i64::try_from(max).unwrap_or(i64::MAX));
    let rows = [
        (
            "connections",
            now.map(|it| it.connections),
            Some(ceilings.conn),
        ),
        (
            "leaf_connections",
            now.map(|it| it.leaf_connections),
            Some(ceilings.leaf),
        ),
        (
            "total_subscriptions",
            now.map(|it| it.subscriptions),
            Some(of_all),
        ),
        (
            "imports",
            count(claims.nats.imports.len()),
            Some(ceilings.imports),
        ),
        (
            "exports",
            count(claims.nats.exports.len()),
            Some(ceilings.exports),
        ),
        (
            "disk_bytes",
            storage.map(|it| it.disk_bytes),
            flat.map(|it| it.disk_storage),
        ),
        (
            "memory_bytes",
            storage.map(|it| it.memory_bytes),
            flat.map(|it| it.mem_storage),
        ),
    ];
    let rows = rows.map(|(limit, used, max)| LimitUse { limit, used, max });
    Ok(rows.into())
}

/// What the account has at this moment, beside its limits.
#[utoipa::path(get, path = "/accounts/{account}/usage/now", operation_id = "get_usage_now",
    tag = "usage",
    params(InAccount<may::ReadUsage>),
    responses((status = 200, body = UsageNow), (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadUsage>,
) -> Result<Answer<UsageNow>, Problem> {
    let account = &scope.account;
    let now = app.reconciler.now(&account.public_key).await;
    let unanswered = match &now {
        Some(now) => now.unanswered.clone(),
        None => {
            let engines = app.reconciler.engines();
            engines.into_iter().map(|(engine, _)| engine.name).collect()
        }
    };
    Ok(Answer(UsageNow {
        at: clock::rfc3339(clock::now()),
        limits: limits(account, now.as_ref())?,
        unanswered,
    }))
}
