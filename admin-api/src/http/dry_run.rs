//! `?dry_run=true`: a change that is validated as a whole, audited, and not made.
//!
//! Every handler that changes something takes a [`Mode`] and ends with [`Mode::end`]. What it would
//! do to live connections and to others is an [`Impact`].

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;

pub(crate) use super::impact::Impact;
use super::record::{Change, record};
use crate::app::App;
use crate::auth::Caller;
use crate::problem::Problem;
use crate::reconciler::Waiter;
use crate::store::Tx;

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
