//! A change inside one account, from its row's lock to the answer: the same steps for every
//! handler, so that none forgets the audit row or the wait for the engine.

use super::accounts::{active, lock};
use super::dry_run::{Impact, Mode};
use super::effective::EffectiveRights;
use super::impact::Tried;
use super::record::{Change, append};
use super::reply::Reply;
use crate::app::App;
use crate::auth::{Caller, InAccount};
use crate::claims;
use crate::clock;
use crate::installation::Installation;
use crate::problem::Problem;
use crate::reconciler::Connection;
use crate::store::accounts::AccountRow;
use crate::store::{self, Tx};

/// A change in work: the account's row is locked. Dropped without [`Work::finish`] it never was.
#[derive(Debug)]
pub(super) struct Work<'a> {
    pub(super) app: &'a App,
    pub(super) caller: &'a Caller,
    pub(super) tx: Tx,
    pub(super) account: AccountRow,
    pub(super) installation: Installation,
    pub(super) now: i64,
    /// Connections that are closed by name, whatever the claims say. `None`: not all are known.
    pub(super) kicked: Option<Vec<Connection>>,
    /// What a dry run says that may be done then.
    pub(super) effective: Option<EffectiveRights>,
    /// How the account was, for a dry run.
    was: Option<AccountRow>,
}

/// How a change has ended.
#[derive(Debug)]
pub(super) struct Done {
    /// Whether every server has followed.
    pub(super) live: bool,
    /// On a dry run nothing was made: this is what would have been.
    preview: Option<Impact>,
}

impl Done {
    /// Whether the change was made: what goes beyond the database is for then only.
    pub(super) fn is_made(&self) -> bool {
        self.preview.is_none()
    }

    /// The answer, or what it would be.
    pub(super) fn reply<T: serde::Serialize>(self, reply: Reply<T>) -> Reply<T> {
        match self.preview {
            None => reply,
            Some(impact) => reply.preview(impact),
        }
    }
}

/// How something was, and how it is, for the audit trail. Views are free of secrets.
#[derive(Debug, Default)]
pub(super) struct Diff {
    before: Option<serde_json::Value>,
    after: Option<serde_json::Value>,
}

impl Diff {
    pub(super) fn made(after: &impl serde::Serialize) -> Self {
        Self::default().after(after)
    }

    pub(super) fn was(before: &impl serde::Serialize) -> Self {
        Self {
            before: serde_json::to_value(before).ok(),
            after: None,
        }
    }

    pub(super) fn change<'c>(
        &self,
        action: &'static str,
        target: &'c str,
        account: &'c AccountRow,
    ) -> Change<'c> {
        let (org, id) = (&account.org_id, &account.id);
        let mut change = Change::new(action, target, Some(org), Some(id));
        if let Some(before) = &self.before {
            change = change.before(before);
        }
        if let Some(after) = &self.after {
            change = change.after(after);
        }
        change
    }

    pub(super) fn after(mut self, after: &impl serde::Serialize) -> Self {
        self.after = serde_json::to_value(after).ok();
        self
    }
}

impl<'a> Work<'a> {
    /// Locks the account of the path.
    pub(super) async fn begin<R>(
        app: &'a App,
        scope: &'a InAccount<R>,
        mode: Mode,
    ) -> Result<Self, Problem> {
        let mut tx = app.db.write_to(&scope.account.id).await?;
        let account = active(store::accounts::by_id(&mut tx, &scope.account.id).await?)?;
        Self::over(app, &scope.caller, tx, account, mode)
    }

    /// The same for what concerns several accounts: such changes take turns, so that two of them
    /// which close a cycle together are not checked side by side. Always before an account's lock.
    pub(super) async fn begin_sharing<R>(
        app: &'a App,
        scope: &'a InAccount<R>,
        mode: Mode,
    ) -> Result<Self, Problem> {
        let mut tx = app.db.write().await?;
        store::foundation::lock_sharing(&mut tx, clock::now()).await?;
        Self::lock(app, &scope.caller, &scope.account.id, tx, mode).await
    }

    async fn lock(
        app: &'a App,
        caller: &'a Caller,
        account_id: &str,
        mut tx: Tx,
        mode: Mode,
    ) -> Result<Self, Problem> {
        let account = lock(&mut tx, account_id).await?;
        Self::over(app, caller, tx, account, mode)
    }

    /// In a transaction that has begun, which holds the lock of the account's row.
    pub(super) fn over(
        app: &'a App,
        caller: &'a Caller,
        tx: Tx,
        account: AccountRow,
        mode: Mode,
    ) -> Result<Self, Problem> {
        let was = (mode == Mode::DryRun).then(|| account.clone());
        Ok(Self {
            app,
            caller,
            tx,
            account,
            installation: app.installation()?,
            now: clock::now(),
            kicked: Some(Vec::new()),
            effective: None,
            was,
        })
    }

    /// Stores what was changed of the account itself. Its claims are minted by
    /// [`Work::republish`].
    pub(super) async fn keep_account(&mut self) -> Result<(), Problem> {
        self.account.updated_at = self.now;
        self.account.version += 1;
        store::accounts::set_settings(&mut self.tx, &self.account).await?;
        Ok(())
    }

    /// Locks another account, whose change belongs to the same transaction. Only under the lock on
    /// sharing: two such changes could wait for each other otherwise.
    pub(super) async fn other(self, account_id: &str) -> Result<Self, Problem> {
        let mode = self.mode();
        Self::lock(self.app, self.caller, account_id, self.tx, mode).await
    }

    fn mode(&self) -> Mode {
        match self.was {
            Some(_) => Mode::DryRun,
            None => Mode::Commit,
        }
    }

    /// Whether the change is only looked at.
    pub(super) fn is_tried(&self) -> bool {
        self.was.is_some()
    }

    /// Writes an audit row without ending the change.
    pub(super) async fn note(
        &mut self,
        action: &'static str,
        target: &str,
        diff: &Diff,
    ) -> Result<(), Problem> {
        let change = diff.change(action, target, &self.account);
        append(&mut self.tx, self.caller, change, false).await
    }

    /// Mints the account's claims anew.
    pub(super) async fn republish(&mut self) -> Result<(), Problem> {
        let (vault, now) = (&self.app.vault, self.now);
        let account = &mut self.account;
        claims::republish(&mut self.tx, vault, &self.installation, account, now).await?;
        Ok(())
    }

    /// Writes the audit row, commits, and waits until every server has followed. On a dry run
    /// nothing is made.
    pub(super) async fn finish(
        mut self,
        action: &'static str,
        target: &str,
        diff: Diff,
    ) -> Result<Done, Problem> {
        let (app, mode) = (self.app, self.mode());
        let tried = match self.was.take() {
            Some(was) => {
                Some(Box::pin(Tried::of(app, self.caller, &mut self.tx, vec![was])).await?)
            }
            None => None,
        };
        let account = &self.account;
        let change = diff.change(action, target, account);
        let waiter = mode.end(app, self.tx, self.caller, change).await?;
        if let Some(tried) = tried {
            let kicked = self.kicked.as_deref();
            let impact = Box::pin(tried.impact(app, kicked)).await?;
            return Ok(Done {
                live: false,
                preview: Some(impact.with(self.effective)),
            });
        }
        let waiter = waiter.ok_or_else(Problem::internal)?;
        let generation = account.wanted_generation;
        let live = account.is_live() || waiter.wait(app, &account.id, generation).await;
        Ok(Done {
            live,
            preview: None,
        })
    }
}
