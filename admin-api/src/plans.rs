//! What a plan means for its accounts: its limits, changed by what an account has of its own, and
//! how accounts follow a plan that was changed.

use std::time::{Duration, Instant};

use crate::app::App;
use crate::claims::{Ceilings, ceilings_json, republish};
use crate::clock;
use crate::installation::Installation;
use crate::limits::LimitsPatch;
use crate::mint::MintError;
use crate::store::accounts::AccountRow;
use crate::store::plans::PlanRow;
use crate::store::{self, StoreError, Tx};

/// Accounts that are looked up at a time.
const BATCH: i64 = 100;
/// How long a dry run may hold up others with the accounts of a plan.
const TRY_WITHIN: Duration = Duration::from_secs(2);
const ERROR_CHARS_MAX: usize = 300;

/// The limits of a plan, as its row holds them.
pub(crate) fn ceilings_of(plan: &PlanRow) -> Result<Ceilings, StoreError> {
    let corrupt = |_| StoreError::corrupt("plans.limits", &plan.id);
    serde_json::from_str(&plan.limits).map_err(corrupt)
}

/// What an account has that differs from its plan.
pub(crate) fn own_limits(account: &AccountRow) -> Result<LimitsPatch, StoreError> {
    let corrupt = |_| StoreError::corrupt("accounts.plan_limits", &account.id);
    serde_json::from_str(&account.plan_limits).map_err(corrupt)
}

/// How accounts followed their plans.
#[derive(Debug, Default)]
pub(crate) struct Followed {
    pub(crate) moved: u64,
    /// Accounts that have more than their plan allows now: they keep the limits that they had.
    pub(crate) refused: u64,
    /// The last account that moved, and the generation of its claims.
    pub(crate) last: Option<(String, i64)>,
}

/// Lets accounts that are behind their plans follow, a transaction for each, until none is left or
/// `is_over` says so.
pub(crate) async fn follow(app: &App, is_over: impl Fn() -> bool) -> Result<Followed, MintError> {
    let mut followed = Followed::default();
    loop {
        let mut tx = app.db.read().await?;
        let behind = store::plans::behind(&mut tx, None, BATCH).await?;
        drop(tx);
        if behind.is_empty() {
            return Ok(followed);
        }
        for account_id in behind {
            if is_over() {
                return Ok(followed);
            }
            match follow_one(app, &account_id).await {
                Ok(None) => {}
                Ok(Some(generation)) => {
                    followed.moved += 1;
                    followed.last = Some((account_id, generation));
                }
                Err(error @ (MintError::Refused(_) | MintError::TooLarge { .. })) => {
                    followed.refused += 1;
                    refuse(app, &account_id, &error).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

async fn follow_one(app: &App, account_id: &str) -> Result<Option<i64>, MintError> {
    let Ok(installation) = app.installation() else {
        return Ok(None);
    };
    let mut tx = app.db.write().await?;
    let moved = move_one(app, &mut tx, &installation, account_id).await?;
    tx.commit().await?;
    Ok(moved.map(|(_, generation)| generation))
}

/// Gives an account the limits of its plan as it is now; answers how it was, and its generation.
async fn move_one(
    app: &App,
    tx: &mut Tx,
    installation: &Installation,
    account_id: &str,
) -> Result<Option<(AccountRow, i64)>, MintError> {
    let now = clock::now();
    let Some(before) = store::accounts::lock(tx, account_id).await? else {
        return Ok(None);
    };
    let Some(plan_id) = &before.plan_id else {
        return Ok(None);
    };
    let Some(plan) = store::plans::find(tx, plan_id).await? else {
        return Ok(None);
    };
    let mut account = before.clone();
    let mut ceilings = ceilings_of(&plan)?;
    let impossible = |_| StoreError::corrupt("accounts.plan_limits", account_id);
    own_limits(&account)?
        .apply(&mut ceilings)
        .map_err(impossible)?;
    account.limits = ceilings_json(&ceilings);
    let followed = Ok(account.limits.as_str());
    store::plans::followed(tx, account_id, plan.revision, followed, now).await?;
    republish(tx, &app.vault, installation, &mut account, now).await?;
    Ok(Some((before, account.generation)))
}

/// How accounts would follow a plan.
#[derive(Debug, Default)]
pub(crate) struct TriedPlan {
    /// Accounts that would move, as they are.
    pub(crate) moved: Vec<AccountRow>,
    pub(crate) refused: u64,
    /// Whether all accounts of the plan were looked at.
    pub(crate) is_whole: bool,
}

/// Lets the accounts of a plan follow it within a transaction that is not kept, as far as time
/// allows.
pub(crate) async fn try_out(
    app: &App,
    tx: &mut Tx,
    installation: &Installation,
    plan_id: &str,
) -> Result<TriedPlan, MintError> {
    let until = Instant::now() + TRY_WITHIN;
    let mut tried = TriedPlan::default();
    loop {
        let behind = store::plans::behind(tx, Some(plan_id), BATCH).await?;
        if behind.is_empty() {
            tried.is_whole = true;
            return Ok(tried);
        }
        for account_id in behind {
            if Instant::now() > until {
                return Ok(tried);
            }
            match move_one(app, tx, installation, &account_id).await {
                Ok(moved) => tried.moved.extend(moved.map(|(before, _)| before)),
                // Its row says already that it has followed.
                Err(MintError::Refused(_) | MintError::TooLarge { .. }) => tried.refused += 1,
                Err(error) => return Err(error),
            }
        }
    }
}

/// Remembers why an account does not follow, so that it is not asked again until something changes.
async fn refuse(app: &App, account_id: &str, error: &MintError) -> Result<(), MintError> {
    tracing::warn!(
        account.id = account_id,
        error = error as &dyn std::error::Error,
        "an account cannot follow its plan"
    );
    let text: String = error.to_string().chars().take(ERROR_CHARS_MAX).collect();
    let mut tx = app.db.write().await?;
    if let Some(account) = store::accounts::lock(&mut tx, account_id).await?
        && let Some(plan_id) = &account.plan_id
        && let Some(plan) = store::plans::find(&mut tx, plan_id).await?
    {
        let now = clock::now();
        let outcome = Err(text.as_str());
        store::plans::followed(&mut tx, account_id, plan.revision, outcome, now).await?;
    }
    tx.commit().await?;
    Ok(())
}
