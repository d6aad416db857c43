//! `/crl/<authority>.crl`: the certificates of an authority that were revoked.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use data_encoding::HEXLOWER;
use tokio::sync::Mutex;

use crate::app::App;
use crate::clock;
use crate::enrol::authorities;
use crate::pki::Revoked;
use crate::problem::Problem;
use crate::store;

/// How long a list may be kept.
const LIST_SECONDS: i64 = 3600;

/// The lists of this second. Anybody may ask for them, and a long one is work to make: it is made
/// once a second at most, and one at a time.
#[derive(Debug, Default)]
pub(crate) struct Lists(Mutex<Made>);

#[derive(Debug, Default)]
struct Made {
    at: i64,
    lists: HashMap<String, Bytes>,
}

/// The list, in DER form. Needs no key: it names serial numbers only.
pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path(file): Path<String>,
) -> Result<Response, Problem> {
    app.installation()?;
    let id = file.strip_suffix(".crl").ok_or_else(Problem::not_found)?;
    let now = clock::now();
    let mut made = app.revocation_lists.0.lock().await;
    if made.at != now {
        *made = Made {
            at: now,
            lists: HashMap::new(),
        };
    }
    let list = match made.lists.get(id) {
        Some(list) => list.clone(),
        None => {
            let list = make(&app, id, now).await?;
            made.lists.insert(id.to_owned(), list.clone());
            list
        }
    };
    drop(made);
    let headers = [
        (header::CONTENT_TYPE, "application/pkix-crl"),
        (header::CACHE_CONTROL, "public, max-age=60"),
    ];
    Ok((headers, list).into_response())
}

async fn make(app: &App, id: &str, now: i64) -> Result<Bytes, Problem> {
    let mut tx = app.db.read().await?;
    let row = store::device_authorities::by_id(&mut tx, id).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let revoked = store::devices::revoked_by(&mut tx, &row.id, now).await?;
    drop(tx);
    let entry = |one: store::devices::RevokedCertificate| {
        let serial = HEXLOWER.decode(one.serial.as_bytes()).ok()?;
        Some(Revoked {
            serial,
            at: one.revoked_at,
        })
    };
    let revoked: Vec<Revoked> = revoked.into_iter().filter_map(entry).collect();
    let url = app.revocation_of(&row.id).map(|told| told.list);
    // Two lists of one second say the same; a later one has a greater number.
    let number = clock::now_ms();
    let list = authorities::open(app, &row)?
        .revocation_list(&revoked, number, (now, now + LIST_SECONDS), url.as_deref())
        .map_err(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a list of revoked certificates could not be signed"
            );
            Problem::internal()
        })?;
    Ok(list.into())
}
