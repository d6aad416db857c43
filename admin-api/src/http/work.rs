//! A change inside one account, from its row's lock to the answer: the same steps for every
//! handler, so that none forgets the audit row or the wait for the engine.

use super::accounts::lock;
use super::record::{Change, record};
use crate::app::App;
use crate::auth::{Caller, InAccount};
use crate::claims;
use crate::clock;
use crate::installation::Installation;
use crate::problem::Problem;
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

    pub(super) fn after(mut self, after: &impl serde::Serialize) -> Self {
        self.after = serde_json::to_value(after).ok();
        self
    }
}

impl<'a> Work<'a> {
    /// Locks the account of the path.
    pub(super) async fn begin<R>(app: &'a App, scope: &'a InAccount<R>) -> Result<Self, Problem> {
        let tx = app.db.write().await?;
        Self::lock(app, &scope.caller, &scope.account.id, tx).await
    }

    /// The same for what concerns several accounts: such changes take turns, so that two of them
    /// which close a cycle together are not checked side by side. Always before an account's lock.
    pub(super) async fn begin_sharing<R>(
        app: &'a App,
        scope: &'a InAccount<R>,
    ) -> Result<Self, Problem> {
        let mut tx = app.db.write().await?;
        store::foundation::lock_sharing(&mut tx, clock::now()).await?;
        Self::lock(app, &scope.caller, &scope.account.id, tx).await
    }

    async fn lock(
        app: &'a App,
        caller: &'a Caller,
        account_id: &str,
        mut tx: Tx,
    ) -> Result<Self, Problem> {
        let installation = app.installation()?;
        let account = lock(&mut tx, account_id).await?;
        Ok(Self {
            app,
            caller,
            tx,
            account,
            installation,
            now: clock::now(),
        })
    }

    /// Locks another account, whose change belongs to the same transaction. Only under the lock on
    /// sharing: two such changes could wait for each other otherwise.
    pub(super) async fn other(self, account_id: &str) -> Result<Self, Problem> {
        Self::lock(self.app, self.caller, account_id, self.tx).await
    }

    /// Writes an audit row without ending the change.
    pub(super) async fn note(
        &mut self,
        action: &'static str,
        target: &str,
        diff: &Diff,
    ) -> Result<(), Problem> {
        let (org, account) = (&self.account.org_id, &self.account.id);
        let mut change = Change::new(action, target, Some(org), Some(account));
        if let Some(before) = &diff.before {
            change = change.before(before);
        }
        if let Some(after) = &diff.after {
            change = change.after(after);
        }
        record(&mut self.tx, self.caller, change).await?;
        Ok(())
    }

    /// Mints the account's claims anew.
    pub(super) async fn republish(&mut self) -> Result<(), Problem> {
        let (vault, now) = (&self.app.vault, self.now);
        let account = &mut self.account;
        claims::republish(&mut self.tx, vault, &self.installation, account, now).await?;
        Ok(())
    }

    /// Writes the audit row, commits, and says whether every server has followed.
    pub(super) async fn finish(
        mut self,
        action: &'static str,
        target: &str,
        diff: Diff,
    ) -> Result<bool, Problem> {
        self.note(action, target, &diff).await?;
        let waiter = self.app.reconciler.waiter();
        self.tx.commit().await?;
        if self.account.is_live() {
            return Ok(true);
        }
        let generation = self.account.wanted_generation;
        Ok(waiter.wait(self.app, &self.account.id, generation).await)
    }
}
