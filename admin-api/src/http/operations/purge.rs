//! The purge of a deleted account: marked as due, and then waited for. Who looks after what is due
//! takes it from the engines first.

use super::accept::{Asked, accept};
use super::worker::{Stop, Turn};
use super::{Kind, Operation};
use crate::app::App;
use crate::auth::Caller;
use crate::clock;
use crate::http::conditional::IfMatch;
use crate::http::lifecycle::mark_for_purge;
use crate::http::record::{Change, append};
use crate::http::reply::Reply;
use crate::problem::Problem;
use crate::store::operations::{OperationRow, QUEUED};
use crate::store::{self, Scope};

/// Until it is looked again whether the account is gone.
const LOOK_SECONDS: i64 = 1;

/// Has the account purged.
pub(in crate::http) async fn begin(
    app: &App,
    caller: &Caller,
    account: &str,
    seen: &IfMatch,
) -> Result<Reply<Operation>, Problem> {
    let mut tx = app.db.write().await?;
    let id = store::lifecycle::find_deleted(&mut tx, &caller.scope, account).await?;
    let id = id.ok_or_else(Problem::not_found)?;
    let row = store::accounts::by_id(&mut tx, &id).await?;
    seen.check(row.ok_or_else(Problem::not_found)?.version)?;
    let asked = Asked {
        kind: Kind::PurgeAccount,
        target: &id,
        // It outlives the account.
        place: Scope::default(),
        total: Some(1),
        input: Vec::new(),
    };
    accept(app, tx, caller, asked).await
}

pub(super) async fn step(turn: &Turn<'_>, caller: &Caller, row: &OperationRow) -> Result<(), Stop> {
    let app = turn.app;
    let mut tx = app.db.write().await?;
    let is_first = row.state == QUEUED;
    let mut row = turn.hold(&mut tx).await?;
    if is_first {
        // Whoever asked has said which version they saw.
        let wanted = (row.target.as_str(), &IfMatch::Any);
        let (account, view) = mark_for_purge(app, &mut tx, caller, wanted).await?;
        let (id, org_id) = (&account.id, &account.org_id);
        let change = Change::new("account.purge", id, Some(org_id), Some(id));
        append(&mut tx, caller, change.before(&view), false).await?;
        turn.go_on(&mut tx, &row, clock::now() + LOOK_SECONDS)
            .await?;
    } else {
        match store::accounts::by_id(&mut tx, &row.target).await? {
            Some(account) if account.state != "deleted" => {
                let text = "The account was restored before it was gone.";
                return Err(Stop::Problem(Problem::conflict("account_restored", text)));
            }
            Some(_) => {
                turn.go_on(&mut tx, &row, clock::now() + LOOK_SECONDS)
                    .await?;
            }
            None => {
                row.done = 1;
                let result = serde_json::json!({ "account": row.target });
                turn.succeed(&mut tx, &mut row, &result).await?;
            }
        }
    }
    tx.commit().await?;
    app.bell.ring();
    app.reconciler.look_after();
    Ok(())
}
