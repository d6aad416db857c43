//! Whoever asked for work that goes on after their request: whether they still may.

use super::caller::{Caller, Credential, key_rights, may_come_from};
use super::rights::Rights;
use super::roles::rights_of;
use crate::app::App;
use crate::problem::Problem;
use crate::store::operations::OperationRow;
use crate::store::{self, Scope, StoreError, Tx};

/// The caller of an operation with the rights that they have now. Refused when the key or the
/// membership that it was asked with gives nothing any more; that a session has ended does not
/// matter.
pub(crate) async fn still_asks(
    app: &App,
    operation: &OperationRow,
    now: i64,
) -> Result<Caller, Problem> {
    let mut tx = app.db.read().await?;
    let held = match &operation.membership_id {
        Some(membership) => by_membership(&mut tx, operation, membership).await?,
        None => by_key(&mut tx, operation, now).await?,
    };
    let (role, rights, scope) = held.ok_or_else(|| {
        Problem::refused(
            "right_lost",
            "The key or the membership that this was asked with is gone.",
        )
    })?;
    Ok(Caller {
        actor: operation.actor.clone(),
        credential: Credential::Past(operation.credential_id.clone()),
        role,
        rights,
        scope,
        request_id: operation.request_id.clone(),
        client_ip: operation.client_ip.clone(),
        trace_id: operation.trace_id.clone(),
        attempt: None,
    })
}

type Held = Option<(String, Rights, Scope)>;

async fn by_membership(
    tx: &mut Tx,
    operation: &OperationRow,
    membership: &str,
) -> Result<Held, StoreError> {
    let member = store::members::by_id(tx, &operation.actor).await?;
    if member.is_none_or(|member| member.disabled_at.is_some()) {
        return Ok(None);
    }
    let memberships = store::members::memberships(tx, &operation.actor).await?;
    let membership = memberships.into_iter().find(|one| one.id == membership);
    Ok(membership.map(|one| {
        let scope = one.scope();
        let rights = rights_of(&one.role, one.role_rights.as_deref(), &scope);
        (one.role, rights, scope)
    }))
}

async fn by_key(tx: &mut Tx, operation: &OperationRow, now: i64) -> Result<Held, StoreError> {
    let key = store::keys::usable(tx, &operation.credential_id, now).await?;
    let address = operation.client_ip.as_deref();
    let address = address.and_then(|text| text.parse().ok());
    let key = key.filter(|key| may_come_from(&key.row, address));
    Ok(key.map(|key| {
        let scope = key.row.scope();
        let rights = key_rights(&key.row, key.role_rights.as_deref(), &scope);
        (key.row.role, rights, scope)
    }))
}
