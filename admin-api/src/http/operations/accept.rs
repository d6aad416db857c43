//! Accepts what is to be done later: stores it with who asked, and answers where to look.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, header};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Required, schema};

use super::{Kind, Operation, RETRY_AFTER, path_of};
use crate::app::App;
use crate::auth::{Caller, Credential};
use crate::clock;
use crate::http::dry_run::Mode;
use crate::http::record::Change;
use crate::http::reply::Reply;
use crate::ids::{IdKind, new_id};
use crate::problem::Problem;
use crate::store::operations::{INPUT, OperationRow, PartRow, QUEUED, part_id};
use crate::store::{self, Scope, Tx};
use crate::vault::Purpose;

const PREFER: HeaderName = HeaderName::from_static("prefer");
pub(crate) const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const RESPOND_ASYNC: &str = "respond-async";
/// Operations of one account, or of the platform, that have not ended.
const OPEN_MAX: i64 = 10;

/// What the caller prefers (RFC 7240): `respond-async` is the one that counts, others are passed
/// over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prefers {
    pub(crate) is_async: bool,
}

impl FromRequestParts<Arc<App>> for Prefers {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        let values = parts.headers.get_all(PREFER).iter();
        let is_async = values.filter_map(|value| value.to_str().ok()).any(is_async);
        Ok(Self { is_async })
    }
}

fn is_async(value: &str) -> bool {
    value.split(',').any(|preference| {
        let name = preference.split([';', '=']).next().unwrap_or_default();
        name.trim().eq_ignore_ascii_case(RESPOND_ASYNC)
    })
}

impl IntoParams for Prefers {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text = ObjectBuilder::new().schema_type(schema::Type::String);
        let header = ParameterBuilder::new()
            .name("Prefer")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(
                "`respond-async` answers 202 with an operation at once, and the work goes on",
            ))
            .schema(Some(text));
        vec![header.build()]
    }
}

/// What is to be done.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) kind: Kind,
    /// The id of what it is about.
    pub(super) target: &'a str,
    /// Whose it is: an account's, or nobody's but the platform's.
    pub(super) place: Scope,
    pub(super) total: Option<i64>,
    /// What it needs to know, in the parts in which it is done, with how many things are in each.
    pub(super) input: Vec<(i64, Vec<u8>)>,
}

/// A new operation of the caller's.
fn row_of(caller: &Caller, asked: &Asked<'_>) -> OperationRow {
    let membership_id = match &caller.credential {
        Credential::Session(session) => session.membership().map(|one| one.id.clone()),
        Credential::Key(_) | Credential::Past(_) => None,
    };
    OperationRow {
        id: new_id(IdKind::Operation),
        kind: asked.kind.name().to_owned(),
        state: QUEUED.to_owned(),
        org_id: asked.place.org_id.clone(),
        account_id: asked.place.account_id.clone(),
        target: asked.target.to_owned(),
        actor: caller.actor.clone(),
        credential_id: caller.credential_id().to_owned(),
        membership_id,
        request_id: caller.request_id.clone(),
        trace_id: caller.trace_id.clone(),
        client_ip: caller.client_ip.clone(),
        done: 0,
        total: asked.total,
        result: None,
        problem: None,
        ready: 0,
        kept_until: None,
        is_cancelled: false,
        created_at: clock::now(),
        started_at: None,
        finished_at: None,
        attempts: 0,
        lease_until: 0,
        version: 1,
    }
}

/// Stores the operation and commits: the answer says where it can be followed.
pub(super) async fn accept(
    app: &App,
    mut tx: Tx,
    caller: &Caller,
    asked: Asked<'_>,
) -> Result<Reply<Operation>, Problem> {
    let account = asked.place.account_id.as_deref();
    let open = store::operations::count_open(&mut tx, account).await?;
    if open >= OPEN_MAX {
        let text = format!("{OPEN_MAX} operations have not ended: wait for one, or cancel one.");
        return Err(Problem::conflict("too_many_operations", text));
    }
    let row = row_of(caller, &asked);
    store::operations::insert(&mut tx, &row).await?;
    for (number, (items, content)) in (0..).zip(asked.input) {
        let id = part_id(&row.id, INPUT, number);
        let part = PartRow {
            content: app.vault.seal(Purpose::OperationPart, &id, &content),
            id,
            operation_id: row.id.clone(),
            part: INPUT.to_owned(),
            items,
        };
        store::operations::insert_part(&mut tx, &part).await?;
    }
    let (org, account, id) = (row.org_id.clone(), row.account_id.clone(), row.id.clone());
    let view = Operation::new(row)?;
    let change = Change::new("operation.create", &id, org.as_deref(), account.as_deref());
    let change = change.after(&view);
    Mode::Commit.end(app, tx, caller, change).await?;
    app.queue.notify_one();
    let location = HeaderValue::from_str(&path_of(&id)).map_err(|_| Problem::internal())?;
    Ok(Reply::accepted(view)
        .header(header::LOCATION, location)
        .header(header::RETRY_AFTER, RETRY_AFTER)
        .header(PREFERENCE_APPLIED, HeaderValue::from_static(RESPOND_ASYNC)))
}

#[cfg(test)]
mod tests {
    use super::is_async;

    #[test]
    fn a_preference_is_read_as_the_rfc_says() {
        for good in [
            "respond-async",
            "Respond-Async",
            "wait=10, respond-async",
            "respond-async; x=1 , return=minimal",
        ] {
            assert!(is_async(good), "{good}");
        }
        for other in ["", "return=minimal", "respond", "x=respond-async"] {
            assert!(!is_async(other), "{other}");
        }
    }
}
