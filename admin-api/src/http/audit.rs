//! `/audit`: what was done, by which key, newest first.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::page::{Page, PageRequest};
use crate::app::App;
use crate::auth::{May, may};
use crate::clock;
use crate::problem::{Problem, ProblemBody};
use crate::store;
use crate::store::audit::AuditRow;

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
    /// The id of the API key, or `system`.
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
    /// The change was only looked at: `?dry_run=true`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    dry_run: bool,
}

impl From<AuditRow> for AuditEntry {
    fn from(row: AuditRow) -> Self {
        let json = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
        Self {
            id: row.id,
            at: clock::rfc3339(row.at),
            org: row.org_id,
            account: row.account_id,
            actor: row.actor,
            action: row.action,
            target: row.target,
            before: json(row.before),
            after: json(row.after),
            request_id: row.request_id,
            client_ip: row.client_ip,
            dry_run: row.dry_run,
        }
    }
}

/// The changes that the key may see, newest first.
#[utoipa::path(get, path = "/audit", operation_id = "list_audit", tag = "audit",
    params(PageRequest<AuditRow>),
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
