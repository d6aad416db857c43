//! The listener for devices: what a device can ask before it has anything, and to get and renew its
//! certificate. Nothing of the API is here, and no console.
//!
//! Clients are asked for a certificate and need none. TLS has seen that they have its key; whether
//! it means anything is for each handler to find out.

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::routing::get;
use tokio::sync::watch;
use utoipa_axum::router::OpenApiRouter;

use super::{Door, deprecation, devices, est, in_order, notices, rate, system};
use crate::app::App;
use crate::problem::Problem;

/// Bytes of a request's body: a certificate request in any form, with room for JSON around it.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// How devices get in.
#[derive(Debug, Clone)]
pub struct Onboarding {
    /// Names that the listener answers to.
    pub door: Door,
    /// What they connect to with their certificate, where that is not the URL for everybody.
    pub nats_url: Option<String>,
    /// The authorities of our own servers' certificates, in DER form, as they are now.
    pub server_roots: watch::Receiver<Arc<[Vec<u8>]>>,
}

/// Everything that this listener serves.
pub(crate) fn router(app: Arc<App>, door: Door) -> Router {
    let (own, _) = OpenApiRouter::new()
        .nest("/api/v1", devices::own())
        .split_for_parts();
    let routes = own
        .merge(est::routes())
        .merge(devices::revocations())
        .route_layer(middleware::from_fn_with_state(
            Arc::clone(&app),
            rate::limit_failures,
        ))
        .route_layer(middleware::from_fn_with_state(
            notices(),
            deprecation::announce,
        ))
        .route("/healthz", get(system::healthz))
        .fallback(nothing_here);
    in_order(routes, &app, (Arc::new(door), BODY_BYTES_MAX)).with_state(app)
}

async fn nothing_here() -> Problem {
    Problem::not_found_because(
        "Devices enrol here: EST is below `/.well-known/est`. The API and the console have another \
         address.",
    )
}
