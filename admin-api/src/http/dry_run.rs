//! `?dry_run=true`: a change that is validated as a whole, audited, and not made; and what it would
//! do to live connections and to others.
//!
//! Every handler that changes something takes a [`Mode`] and ends with [`Mode::end`]. What would
//! happen to other tenants is a number, never a name.

use std::sync::Arc;

use accounts::subject;
use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;
use serde::Serialize;
use utoipa::ToSchema;

use super::record::{Change, record};
use crate::app::App;
use crate::auth::Caller;
use crate::problem::Problem;
use crate::reconciler::Waiter;
use crate::store::accounts::AccountRow;
use crate::store::exports::ExportRow;
use crate::store::imports::TakenRow;
use crate::store::{self, Scope, Tx};

/// The most imports of one exporter that a preview looks at.
const IMPORTS_MAX: i64 = 10_000;
/// The most imports of the caller's own accounts that a preview names.
const NAMED_MAX: usize = 100;
/// The parameters that some change knows. A slip like `dryrun` must not make the change.
const KNOWN: [&str; 5] = ["adopt", "dry_run", "force", "prune", "purge"];

/// Whether a change is made or only looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Commit,
    DryRun,
}

impl FromRequestParts<Arc<App>> for Mode {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        Self::read(&parts.uri)
    }
}

/// For what cannot be tried: signing in and out, and whatever takes a password or a code, which is
/// used up by looking. A dry run of it is refused, not made.
#[derive(Debug)]
pub(crate) struct InEarnest;

impl FromRequestParts<Arc<App>> for InEarnest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        match Mode::read(&parts.uri)? {
            Mode::Commit => Ok(Self),
            Mode::DryRun => Err(Problem::bad_request(
                "This cannot be tried: leave out `dry_run`.",
            )),
        }
    }
}

/// Whether the request asks for a dry run, so that nothing of it need be kept.
pub(super) fn is_dry_run(uri: &Uri) -> bool {
    matches!(Mode::read(uri), Ok(Mode::DryRun))
}

impl Mode {
    fn read(uri: &Uri) -> Result<Self, Problem> {
        let mut mode = Mode::Commit;
        for pair in uri.query().unwrap_or_default().split('&') {
            match pair.split_once('=').unwrap_or((pair, "")) {
                ("dry_run", "true") => mode = Mode::DryRun,
                ("dry_run", "false") | ("", "") => {}
                ("dry_run", _) => {
                    return Err(Problem::bad_request("`dry_run` must be `true` or `false`."));
                }
                (name, _) if KNOWN.contains(&name) => {}
                _ => {
                    return Err(Problem::bad_request(
                        "The query of a change may have `dry_run=true` only.",
                    ));
                }
            }
        }
        Ok(mode)
    }

    /// Ends a change: writes its audit row and commits. Gives what then waits for the engine.
    /// On a dry run nothing is made, the look is audited, and there is nothing to wait for: `None`.
    pub(crate) async fn end<'a>(
        self,
        app: &'a App,
        mut tx: Tx,
        caller: &Caller,
        change: Change<'_>,
    ) -> Result<Option<Waiter<'a>>, Problem> {
        if self == Mode::DryRun {
            tx.rollback().await?;
            let mut tx = app.db.write().await?;
            record(&mut tx, caller, change, true).await?;
            tx.commit().await?;
            return Ok(None);
        }
        record(&mut tx, caller, change, false).await?;
        let waiter = app.reconciler.waiter();
        tx.commit().await?;
        app.bell.ring();
        Ok(Some(waiter))
    }
}

/// What a change would do.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(crate) struct Impact {
    /// Live connections that would be closed. Absent when the engine does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    connections_closed: Option<u64>,
    imports_broken: BrokenImports,
}

/// Imports that would stop.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct BrokenImports {
    /// All of them, other tenants' too.
    count: usize,
    /// The first hundred of those in accounts that the key reaches.
    own: Vec<String>,
}

impl Impact {
    /// Nobody is cut off.
    pub(crate) fn none() -> Self {
        Self::closing(0)
    }

    /// So many connections are closed.
    pub(crate) fn closing(connections: usize) -> Self {
        Self {
            connections_closed: Some(connections as u64),
            ..Self::default()
        }
    }

    /// So many connections are closed, if the engines have said how many.
    pub(crate) fn closing_perhaps(connections: Option<u64>) -> Self {
        Self {
            connections_closed: connections,
            ..Self::default()
        }
    }

    /// The account takes nobody any more.
    pub(crate) async fn without_account(
        app: &App,
        caller: &Caller,
        account: &AccountRow,
    ) -> Result<Self, Problem> {
        Ok(Self {
            connections_closed: app.reconciler.count(&account.public_key).await,
            imports_broken: broken(app, caller, &account.id, |_| true).await?,
        })
    }

    /// The account may have this many connections; -1 means any number.
    pub(crate) async fn with_connections(app: &App, account: &AccountRow, most: i64) -> Self {
        let Ok(most) = u64::try_from(most) else {
            return Self::none();
        };
        let now = app.reconciler.count(&account.public_key).await;
        Self {
            connections_closed: now.map(|now| now.saturating_sub(most)),
            ..Self::default()
        }
    }

    /// The user may not log in any more.
    pub(crate) async fn without_user(app: &App, account: &AccountRow, user_key: &str) -> Self {
        Self::without_keys(app, account, &[user_key.to_owned()]).await
    }

    /// None of these keys may log in any more.
    pub(crate) async fn without_keys(app: &App, account: &AccountRow, keys: &[String]) -> Self {
        let open = app.reconciler.connections_of(&account.public_key, keys);
        let open = open.await.filter(|open| open.unanswered.is_empty());
        Self {
            connections_closed: open.map(|open| open.connections.len() as u64),
            ..Self::default()
        }
    }

    /// What both would do.
    pub(crate) fn and(mut self, other: Self) -> Self {
        let both = self.connections_closed.zip(other.connections_closed);
        self.connections_closed = both.map(|(one, other)| one + other);
        self.imports_broken.count += other.imports_broken.count;
        let own = &mut self.imports_broken.own;
        own.extend(other.imports_broken.own);
        own.truncate(NAMED_MAX);
        self
    }

    /// The export is not offered any more.
    pub(crate) async fn without_export(
        app: &App,
        caller: &Caller,
        export: &ExportRow,
    ) -> Result<Self, Problem> {
        let takes = |import: &TakenRow| {
            import.kind == export.kind
                && subject::is_subset(import.subject.as_bytes(), export.subject.as_bytes())
        };
        Ok(Self {
            imports_broken: broken(app, caller, &export.account_id, takes).await?,
            ..Self::none()
        })
    }
}

async fn broken(
    app: &App,
    caller: &Caller,
    exporter_id: &str,
    is_broken: impl Fn(&TakenRow) -> bool,
) -> Result<BrokenImports, Problem> {
    let mut tx = app.db.read().await?;
    let taken = store::imports::from_exporter(&mut tx, exporter_id, IMPORTS_MAX).await?;
    let taken: Vec<TakenRow> = taken.into_iter().filter(is_broken).collect();
    let own = taken.iter().filter(|import| reaches(&caller.scope, import));
    Ok(BrokenImports {
        count: taken.len(),
        own: own
            .map(|import| import.id.clone())
            .take(NAMED_MAX)
            .collect(),
    })
}

fn reaches(scope: &Scope, import: &TakenRow) -> bool {
    let covers = |bound: &Option<String>, id: &str| bound.as_deref().is_none_or(|own| own == id);
    covers(&scope.org_id, &import.org_id) && covers(&scope.account_id, &import.account_id)
}

#[cfg(test)]
mod tests {
    use axum::http::Uri;

    use super::Mode;

    #[test]
    fn a_slip_never_makes_the_change() {
        let read = |query: &str| Mode::read(&query.parse::<Uri>().unwrap()).ok();
        assert_eq!(read("/x"), Some(Mode::Commit));
        assert_eq!(read("/x?dry_run=false"), Some(Mode::Commit));
        assert_eq!(read("/x?dry_run=true"), Some(Mode::DryRun));
        assert_eq!(read("/x?purge=true&dry_run=true"), Some(Mode::DryRun));
        for slip in [
            "dryrun=true",
            "dry_run",
            "dry_run=1",
            "dry-run=true",
            "dry_run=TRUE",
        ] {
            assert_eq!(read(&format!("/x?{slip}")), None, "{slip}");
        }
    }
}
