//! Writes the audit row of a change, in the change's own transaction. Handlers end their changes
//! with [`super::dry_run::Mode::end`], which calls this.

use serde::Serialize;

use crate::auth::Caller;
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::problem::Problem;
use crate::store::Tx;
use crate::store::audit::AuditRow;
use crate::trail;

/// A change as the audit trail tells it.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    /// The entry's own id, where something already refers to it.
    id: Option<String>,
    /// `noun.verb`.
    pub(crate) action: &'static str,
    /// The id of what was changed.
    pub(crate) target: &'a str,
    pub(crate) org_id: Option<&'a str>,
    pub(crate) account_id: Option<&'a str>,
    before: Option<String>,
    after: Option<String>,
}

impl<'a> Change<'a> {
    /// A change of something that belongs to an account (and its organisation).
    pub(crate) fn new(
        action: &'static str,
        target: &'a str,
        org_id: Option<&'a str>,
        account_id: Option<&'a str>,
    ) -> Self {
        Self {
            id: None,
            action,
            target,
            org_id,
            account_id,
            before: None,
            after: None,
        }
    }

    /// Gives the entry this id.
    pub(crate) fn known_as(mut self, id: String) -> Self {
        self.id = Some(id);
        self
    }

    /// How it was. Never holds a secret: views of the API are secret-free.
    pub(crate) fn before(mut self, view: &impl Serialize) -> Self {
        self.before = serde_json::to_string(view).ok();
        self
    }

    /// How it is now.
    pub(crate) fn after(mut self, view: &impl Serialize) -> Self {
        self.after = serde_json::to_string(view).ok();
        self
    }
}

/// Appends the audit row of `change` by `caller`, and marks their idempotent request as done.
pub(super) async fn record(
    tx: &mut Tx,
    caller: &Caller,
    change: Change<'_>,
    dry_run: bool,
) -> Result<(), Problem> {
    if let Some(attempt) = &caller.attempt {
        attempt.mark_done(tx).await?;
    }
    append(tx, caller, change, dry_run).await
}

/// Appends the audit row of a part of a change whose end [`record`] writes.
pub(super) async fn append(
    tx: &mut Tx,
    caller: &Caller,
    change: Change<'_>,
    dry_run: bool,
) -> Result<(), Problem> {
    let row = AuditRow {
        id: change.id.unwrap_or_else(|| new_id(IdKind::AuditEntry)),
        at: clock::now(),
        org_id: change.org_id.map(str::to_owned),
        account_id: change.account_id.map(str::to_owned),
        actor: caller.actor.clone(),
        credential_id: Some(caller.credential_id().to_owned()),
        action: change.action.to_owned(),
        target: change.target.to_owned(),
        before: change.before,
        after: change.after,
        request_id: Some(caller.request_id.clone()),
        client_ip: caller.client_ip.clone(),
        trace_id: caller.trace_id.clone(),
        dry_run,
        chain: String::new(),
        position: 0,
        hash: String::new(),
    };
    match dry_run {
        true => trail::append(tx, row).await?,
        false => trail::publish(tx, row).await?,
    }
    Ok(())
}
