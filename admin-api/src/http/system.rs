//! `/system`, `/healthz`, `/readyz`: what runs here and whether it is well.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use super::engines::EngineSummary;
use crate::app::App;
use crate::auth::{Caller, May, Right, may};
use crate::installation::Gate;
use crate::problem::{Problem, ProblemBody};
use crate::store::{self, Tx, Window};

/// How many accounts are read at a time for an export.
const EXPORT_PAGE: i64 = 200;

/// What runs here.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct System {
    version: String,
    server_name: String,
    /// Where clients connect.
    #[schema(example = "nats://127.0.0.1:4222")]
    nats_url: String,
    /// `sqlite` or `postgresql`.
    database: String,
    /// The operator's nkey.
    operator: String,
    engines: Vec<EngineSummary>,
}

/// What runs here and how clients reach it.
#[utoipa::path(get, path = "/system", operation_id = "get_system", tag = "system",
    responses((status = 200, body = System), (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> Result<Answer<System>, Problem> {
    let installation = app.installation()?;
    let mut tx = app.db.read().await?;
    let mut engines = Vec::new();
    for (row, status) in app.reconciler.engines() {
        let counts = match caller.may(Right::ReadSystem) {
            true => Some(store::engines::progress(&mut tx, &row.id).await?),
            false => None,
        };
        engines.push(EngineSummary::new(row, status, counts));
    }
    Ok(Answer(System {
        version: app.version.clone(),
        server_name: app.server_name.clone(),
        nats_url: app.nats_url.clone(),
        database: app.db.kind().to_owned(),
        operator: installation.operator_key,
        engines,
    }))
}

/// Operator and accounts as a configuration for a stock nats-server: it then accepts the same
/// credentials. No secret is in it.
#[utoipa::path(get, path = "/system/nats-server.conf", operation_id = "export_nats_server_conf",
    tag = "system",
    params(May<may::ReadSystem>),
    responses((status = 200, body = String, content_type = "text/plain"),
              (status = "4XX", body = ProblemBody)))]
pub(super) async fn nats_server_conf(
    State(app): State<Arc<App>>,
    _: May<may::ReadSystem>,
) -> Result<([(HeaderName, &'static str); 1], String), Problem> {
    let mut tx = app.db.read().await?;
    let operator = store::foundation::the_operator(&mut tx).await?;
    let system = store::accounts::system(&mut tx)
        .await?
        .ok_or_else(Problem::internal)?;
    let mut text = format!(
        "operator: {}\nsystem_account: {}\nresolver: MEMORY\nresolver_preload: {{\n",
        operator.jwt, system.public_key
    );
    append_accounts(&mut tx, &mut text).await?;
    text.push_str("}\n");
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text))
}

async fn append_accounts(tx: &mut Tx, text: &mut String) -> Result<(), Problem> {
    let mut window = Window {
        after: String::new(),
        limit: EXPORT_PAGE,
    };
    loop {
        let rows = store::accounts::all(tx, &window).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        window.after.clone_from(&last.id);
        for row in &rows {
            text.push_str(&format!("  {}: {}\n", row.public_key, row.jwt));
        }
    }
}

/// The process lives.
pub(super) async fn healthz() -> Answer<serde_json::Value> {
    Answer(serde_json::json!({ "status": "ok" }))
}

/// Requests can be served: the database answers and the engine is connected. Without rights, so
/// it gives no details beyond that.
pub(super) async fn readyz(State(app): State<Arc<App>>) -> (StatusCode, Answer<Readiness>) {
    let database = match &*app.gate.borrow() {
        Gate::Closed(reason) => Err(reason.clone()),
        Gate::Open(_) => Ok(()),
    };
    let database = match database {
        Ok(()) => app
            .db
            .ping()
            .await
            .map_err(|_| "the database is not reachable".to_owned()),
        closed => closed,
    };
    let engine = app.reconciler.status();
    let is_ready = database.is_ok() && engine.is_ok();
    let word = |check: Result<(), String>| check.err().unwrap_or_else(|| "ok".to_owned());
    let readiness = Readiness {
        status: if is_ready { "ready" } else { "unavailable" },
        database: word(database),
        engine: word(engine),
    };
    let status = if is_ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Answer(readiness))
}

/// What `/readyz` answers: `ok` or the reason, for each part.
#[derive(Debug, Serialize)]
pub(super) struct Readiness {
    status: &'static str,
    database: String,
    engine: String,
}
