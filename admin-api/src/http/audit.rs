//! `/audit`: what was done, by which key, newest first; for taking away as NDJSON or CSV; and
//! whether it is still what was written.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::body::{Json, escape};
use super::key_page::KeyPage;
use super::page::{Page, PageRequest};
use crate::app::App;
use crate::auth::{May, Reach, may};
use crate::clock;
use crate::ids::{IdKind, is_id};
use crate::problem::{Problem, ProblemBody};
use crate::store;
use crate::store::audit::AuditRow;
use crate::trail::{self, Head, PLATFORM, Verdict};

/// One change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditEntry {
    #[schema(example = "evt_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    #[schema(format = DateTime)]
    at: String,
    /// The organisation that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    /// The account that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// The id of the person or of the API key, or `system`.
    actor: String,
    /// `noun.verb`.
    #[schema(example = "user.create")]
    action: String,
    /// The id of what was changed.
    target: String,
    /// How it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Value>,
    /// How it became.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_ip: Option<String>,
    /// The trace that the request belongs to, which the logs name too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "0af7651916cd43dd8448eb211c80319c")]
    trace_id: Option<String>,
    /// The change was only looked at: `?dry_run=true`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    dry_run: bool,
    /// The id of the API key or the session that was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    credential: Option<String>,
    /// What differs between `before` and `after`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    changes: Vec<FieldChange>,
    /// Its chain (an account's id, or `platform`), its number in it, and the hash over it and all
    /// before it.
    chain: String,
    position: i64,
    hash: String,
}

/// One value that changed.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldChange {
    /// JSON pointer into `before` and `after`.
    #[schema(example = "/limits/connections")]
    pointer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Value>,
}

fn changes(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut found = Vec::new();
    compare(String::new(), Some(before), Some(after), &mut found);
    found
}

fn compare(
    pointer: String,
    before: Option<&Value>,
    after: Option<&Value>,
    found: &mut Vec<FieldChange>,
) {
    match (before, after) {
        (Some(before), Some(after)) if before == after => {}
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let added = after.keys().filter(|name| !before.contains_key(*name));
            for name in before.keys().chain(added) {
                let below = format!("{pointer}/{}", escape(name));
                compare(below, before.get(name), after.get(name), found);
            }
        }
        (before, after) => found.push(FieldChange {
            pointer,
            before: before.cloned(),
            after: after.cloned(),
        }),
    }
}

impl From<AuditRow> for AuditEntry {
    fn from(row: AuditRow) -> Self {
        let json = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
        let (before, after) = (json(row.before), json(row.after));
        let changes = match (&before, &after) {
            (Some(before), Some(after)) => changes(before, after),
            _ => Vec::new(),
        };
        Self {
            changes,
            credential: row.credential_id,
            chain: row.chain,
            position: row.position,
            hash: row.hash,
            id: row.id,
            at: clock::rfc3339(row.at),
            org: row.org_id,
            account: row.account_id,
            actor: row.actor,
            action: row.action,
            target: row.target,
            before,
            after,
            request_id: row.request_id,
            client_ip: row.client_ip,
            trace_id: row.trace_id,
            dry_run: row.dry_run,
        }
    }
}

/// The changes that the key may see, newest first.
#[utoipa::path(get, path = "/audit", operation_id = "list_audit", tag = "audit",
    params(May<may::ReadAudit>, PageRequest<AuditRow>),
    responses((status = 200, body = Page<AuditEntry>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadAudit>,
    page: PageRequest<AuditRow>,
) -> Result<Answer<Page<AuditEntry>>, Problem> {
    let mut tx = app.db.read().await?;
    let reached = store::audit::within(&caller.scope);
    let view = |row| Ok::<_, Problem>(AuditEntry::from(row));
    Ok(Answer(page.read(&app, &mut tx, reached, view).await?))
}

/// The newest entries of the chains that the key may see. Kept elsewhere, they prove later that
/// nothing before them was changed.
#[utoipa::path(get, path = "/audit/heads", operation_id = "list_audit_heads", tag = "audit",
    params(May<may::ReadAudit>, KeyPage),
    responses((status = 200, body = Heads), (status = "4XX", body = ProblemBody)))]
pub(super) async fn heads(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadAudit>,
    page: KeyPage,
) -> Result<Answer<Heads>, Problem> {
    let after = page.after.as_deref().unwrap_or_default();
    let rows = i64::try_from(page.limit).unwrap_or(i64::MAX - 1) + 1;
    let mut tx = app.db.read().await?;
    let heads = match (&caller.scope.org_id, &caller.scope.account_id) {
        (None, _) => store::audit::heads(&mut tx, after, rows).await?,
        (_, Some(account)) => {
            let head = store::audit::head(&mut tx, account).await?;
            head.into_iter().collect()
        }
        (Some(org), None) => store::audit::heads_of_org(&mut tx, org, after, rows).await?,
    };
    let heads = page.cut(&app, heads, |head| head.chain.clone());
    Ok(Answer(Heads {
        data: heads.data.into_iter().map(Head::from).collect(),
        next_cursor: heads.next_cursor,
        has_more: heads.has_more,
    }))
}

/// The heads of chains, in the order of their names.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Heads {
    data: Vec<Head>,
    /// Give it as `cursor` to get the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    has_more: bool,
}

/// What to verify.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Verification {
    /// Only this chain: an account's id, or `platform`.
    chain: Option<String>,
    /// Heads that were kept elsewhere: the chains must still agree with them.
    heads: Vec<Head>,
}

/// Reads the trail again and says whether it is still what was written.
#[utoipa::path(post, path = "/audit/verify", operation_id = "verify_audit", tag = "audit",
    request_body = Verification,
    params(May<may::ReadAudit>),
    responses((status = 200, body = Verdict), (status = "4XX", body = ProblemBody)))]
pub(super) async fn verify(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadAudit>,
    Json(asked): Json<Verification>,
) -> Result<Answer<Verdict>, Problem> {
    // A verification reads other tenants' entries, and says of them whether they hold.
    if caller.scope.reach() < Reach::Platform {
        return Err(Problem::forbidden(
            "This needs a role held over the platform.",
        ));
    }
    if let Some(chain) = asked.chain.as_deref().filter(|chain| *chain != PLATFORM)
        && !is_id(IdKind::Account, chain)
    {
        let text = "must be an account's id, or `platform`";
        return Err(Problem::invalid("/chain", text));
    }
    let verdict = trail::verify(&app.db, asked.chain.as_deref(), &asked.heads).await?;
    Ok(Answer(verdict))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn a_diff_names_what_changed() {
        let before = json!({ "name": "a", "limits": { "x/y": 1, "z": 2 }, "gone": true });
        let after = json!({ "name": "b", "limits": { "x/y": 3, "z": 2 }, "new": [1] });
        let changes = super::changes(&before, &after);
        let shown = serde_json::to_value(changes).unwrap();
        let expected = json!([
            { "pointer": "/name", "before": "a", "after": "b" },
            { "pointer": "/limits/x~1y", "before": 1, "after": 3 },
            { "pointer": "/gone", "before": true },
            { "pointer": "/new", "after": [1] },
        ]);
        assert_eq!(shown, expected);
    }
}
