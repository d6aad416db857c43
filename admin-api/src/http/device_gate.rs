//! `/device-gate`: lets devices come in at a nats-server cluster, by an auth callout that we
//! answer.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, header};
use serde::Serialize;
use utoipa::ToSchema;

use super::dry_run::Mode;
use super::record::Change;
use super::reply::Reply;
use crate::app::App;
use crate::auth::{May, may};
use crate::clock;
use crate::gate;
use crate::pki;
use crate::problem::{Problem, ProblemBody};
use crate::store;
use crate::store::accounts::AccountRow;

/// The account whose callout lets devices in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeviceGate {
    /// Its nkey.
    account: String,
    /// Whether every server knows of it.
    live: bool,
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<AccountRow> for DeviceGate {
    fn from(row: AccountRow) -> Self {
        Self {
            live: row.is_live(),
            account: row.public_key,
            created_at: clock::rfc3339(row.created_at),
        }
    }
}

async fn the_gate(app: &App) -> Result<AccountRow, Problem> {
    let gate = gate::account(app).await?;
    gate.ok_or_else(|| {
        Problem::conflict("no_device_gate", "There is none yet: `POST /device-gate`.")
    })
}

/// Opens the gate for devices at nats-server clusters. One is enough for all of them.
#[utoipa::path(post, path = "/device-gate", operation_id = "open_device_gate", tag = "engines",
    params(May<may::WriteSystem>),
    responses((status = 201, body = DeviceGate), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    scope: May<may::WriteSystem>,
    mode: Mode,
) -> Result<Reply<DeviceGate>, Problem> {
    let installation = app.installation()?;
    let mut tx = app.db.write().await?;
    let row = gate::provide(&mut tx, &app.vault, &installation, clock::now()).await?;
    let (id, generation) = (row.id.clone(), row.wanted_generation);
    let mut view = DeviceGate::from(row);
    let change = Change::new("device_gate.open", &id, None, None).after(&view);
    let made = mode.end(&app, tx, &scope.caller, change).await?;
    let reply = match made {
        None => Reply::made(view).or_preview(None::<()>),
        Some(waiter) => {
            view.live = waiter.wait(&app, &id, generation).await;
            Reply::made(view)
        }
    };
    Ok(reply)
}

/// The gate, if it was opened.
#[utoipa::path(get, path = "/device-gate", operation_id = "get_device_gate", tag = "engines",
    params(May<may::ReadSystem>), responses((status = 200, body = DeviceGate), (status = 409),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    _: May<may::ReadSystem>,
) -> Result<Reply<DeviceGate>, Problem> {
    Ok(Reply::ok(the_gate(&app).await?.into()))
}

/// What the configuration of a nats-server for devices must have besides the cluster's own. No
/// secret is in it: the sentinel opens nothing without a certificate.
#[utoipa::path(get, path = "/device-gate/nats-server.conf", operation_id = "get_device_gate_conf",
    tag = "engines",
    params(May<may::ReadSystem>),
    responses((status = 200, body = String, content_type = "text/plain"),
        (status = 409), (status = "4XX", body = ProblemBody)))]
pub(super) async fn conf(
    State(app): State<Arc<App>>,
    _: May<may::ReadSystem>,
) -> Result<([(HeaderName, &'static str); 1], String), Problem> {
    let gate = the_gate(&app).await?;
    let sentinel = gate::sentinel(&app.vault, &gate)?;
    let text = format!(
        "# For a node of the cluster where devices come in with a certificate and nothing else.\n\
         # Others can come in there too, with their credentials and a certificate of their own.\n\
         # ca_file: GET /api/v1/device-gate/authorities.pem. Write it anew and reload the server\n\
         # (nats-server --signal reload) when an account has a new authority.\n\
         tls {{\n  cert_file: \"./server.pem\"\n  key_file: \"./server-key.pem\"\n  \
         ca_file: \"./device-authorities.pem\"\n  verify: true\n}}\n\
         default_sentinel: \"{sentinel}\"\n"
    );
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text))
}

/// The authorities of all accounts' devices, for the `ca_file` of a node for devices.
#[utoipa::path(get, path = "/device-gate/authorities.pem",
    operation_id = "get_device_gate_authorities", tag = "engines",
    params(May<may::ReadSystem>),
    responses((status = 200, body = String, content_type = "application/x-pem-file"),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn authorities(
    State(app): State<Arc<App>>,
    _: May<may::ReadSystem>,
) -> Result<([(HeaderName, &'static str); 1], String), Problem> {
    let mut tx = app.db.read().await?;
    let all = store::device_authorities::all_trusted(&mut tx, clock::now()).await?;
    let text = all.iter().map(|der| pki::pem("CERTIFICATE", der)).collect();
    Ok(([(header::CONTENT_TYPE, "application/x-pem-file")], text))
}
