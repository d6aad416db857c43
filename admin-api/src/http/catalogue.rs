//! What accounts share with each other, looked at: what is offered to one, and the graph of who
//! takes what from whom.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::imports::{exporter_policies, verdict};
use super::page::{Page, PageRequest};
use super::sharing::{Kind, policy};
use crate::app::App;
use crate::auth::{InAccount, May, may};
use crate::clock;
use crate::problem::{Problem, ProblemBody};
use crate::sharing::ExportDetails;
use crate::store::exports::ExportRow;
use crate::store::imports::ImportRow;
use crate::store::{self, Scope, StoreError, Tx};

/// Imports that one graph shows.
const EDGES_MAX: i64 = 5000;

/// Something that another account offers to this one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SharedExport {
    /// The export's id.
    id: String,
    /// The slug of the account that offers it.
    exporter: String,
    name: String,
    kind: Kind,
    /// As this account may import it.
    subject: String,
    description: String,
    tags: Vec<String>,
    /// Whether it can be imported without asking.
    permitted: bool,
}

/// What others offer to the account: what they advertise, and what they share with it by name.
#[utoipa::path(get, path = "/accounts/{account}/shared-with-me",
    operation_id = "list_shared_with_me", tag = "sharing",
    params(InAccount<may::ReadSharing>, PageRequest<ExportRow>),
    responses((status = 200, body = Page<SharedExport>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn shared_with_me(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadSharing>,
    page: PageRequest<ExportRow>,
) -> Result<Answer<Page<SharedExport>>, Problem> {
    let (account, now) = (&scope.account, clock::now());
    let mut tx = app.db.read().await?;
    let shared = store::exports::shared_with(account);
    let rows = page
        .read(&app, &mut tx, shared, Ok::<ExportRow, Problem>)
        .await?;
    let mut data = Vec::with_capacity(rows.data.len());
    for row in rows.data {
        let details = ExportDetails::stored(&row)?;
        let permitted = row.visibility == "public"
            || store::exports::is_granted(&mut tx, &row.id, account).await?
            || store::activations::standing(&mut tx, &row.id, &account.public_key, now)
                .await?
                .is_some();
        let exporter = store::accounts::by_id(&mut tx, &row.account_id).await?;
        data.push(SharedExport {
            exporter: exporter.map(|exporter| exporter.slug).unwrap_or_default(),
            kind: Kind::of(&row.kind),
            subject: details.subject_for(&row.subject, &account.public_key),
            id: row.id,
            name: row.name,
            description: details.description,
            tags: details.tags,
            permitted,
        });
    }
    Ok(Answer(Page {
        data,
        next_cursor: rows.next_cursor,
        has_more: rows.has_more,
        total: rows.total,
        total_capped: rows.total_capped,
    }))
}

/// Who takes what from whom.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SharingGraph {
    /// The slugs of the accounts.
    accounts: Vec<String>,
    imports: Vec<SharingEdge>,
    /// Whether there are more imports than are shown.
    truncated: bool,
}

/// An import, as an edge of the graph.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SharingEdge {
    /// The import's id.
    id: String,
    exporter: String,
    importer: String,
    kind: Kind,
    /// The exporter's subject.
    subject: String,
    /// Where it appears; only of the account that was asked about, and for platform admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    local_subject: Option<String>,
    /// Whether anything goes this way.
    active: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// What the account takes from others, and others from it.
#[utoipa::path(get, path = "/accounts/{account}/sharing-graph", operation_id = "get_sharing_graph",
    tag = "sharing",
    params(InAccount<may::ReadSharing>),
    responses((status = 200, body = SharingGraph), (status = "4XX", body = ProblemBody)))]
pub(super) async fn graph(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadSharing>,
) -> Result<Answer<SharingGraph>, Problem> {
    let mut tx = app.db.read().await?;
    let own = &scope.account.id;
    let mut rows = store::imports::of_account(&mut tx, own).await?;
    rows.extend(store::imports::from_account(&mut tx, own).await?);
    Ok(Answer(draw(&mut tx, rows, Some(own)).await?))
}

/// Who takes what from whom in the whole installation.
#[utoipa::path(get, path = "/sharing-graph", operation_id = "get_whole_sharing_graph",
    tag = "sharing",
    params(May<may::ReadSystem>),
    responses((status = 200, body = SharingGraph), (status = "4XX", body = ProblemBody)))]
pub(super) async fn whole_graph(
    State(app): State<Arc<App>>,
    _: May<may::ReadSystem>,
) -> Result<Answer<SharingGraph>, Problem> {
    let mut tx = app.db.read().await?;
    let rows = store::imports::all(&mut tx, EDGES_MAX + 1).await?;
    Ok(Answer(draw(&mut tx, rows, None).await?))
}

async fn draw(
    tx: &mut Tx,
    mut rows: Vec<ImportRow>,
    seen_by: Option<&String>,
) -> Result<SharingGraph, StoreError> {
    let most = usize::try_from(EDGES_MAX).unwrap_or(usize::MAX);
    let truncated = rows.len() > most;
    rows.truncate(most);
    let now = clock::now();
    let exporters = exporter_policies(tx, &rows).await?;
    let mut importers = std::collections::HashMap::new();
    for row in &rows {
        if importers.contains_key(&row.account_id) {
            continue;
        }
        let found = store::accounts::find(tx, &Scope::default(), &row.account_id).await?;
        let known = match found {
            Some(account) => Some((account.slug.clone(), policy(&account)?)),
            None => None,
        };
        importers.insert(row.account_id.clone(), known);
    }
    let mut accounts = BTreeSet::new();
    let mut imports = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(Some((importer, own))) = importers.get(&row.account_id) else {
            continue;
        };
        let refused = match exporters.get(&row.exporter_id) {
            None => Some("the exporting account is gone".to_owned()),
            Some(exporter) => verdict(own, exporter, (&row.kind, &row.subject), now)
                .err()
                .map(|error| error.to_string()),
        };
        accounts.extend([importer.clone(), row.exporter_slug.clone()]);
        let is_ours = seen_by.is_none_or(|account| *account == row.account_id);
        imports.push(SharingEdge {
            id: row.id,
            exporter: row.exporter_slug,
            importer: importer.clone(),
            kind: Kind::of(&row.kind),
            subject: row.subject,
            local_subject: Some(row.local_subject).filter(|_| is_ours),
            active: refused.is_none(),
            problem: refused,
        });
    }
    Ok(SharingGraph {
        accounts: accounts.into_iter().collect(),
        imports,
        truncated,
    })
}
