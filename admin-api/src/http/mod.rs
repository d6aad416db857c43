//! The REST API under `/api/v1`, the health endpoints and the console.
//!
//! One file per resource: views, request types, handlers. A handler authorises in its signature,
//! validates, writes and audits in one transaction, commits, and then waits (bounded) until the
//! engine has followed. Conventions, each in a file of its own: problem+json for every error
//! ([`problem`]), keyset paging ([`page`]), versions and preconditions ([`conditional`]), changes
//! that are only tried ([`dry_run`]), POSTs that run once ([`idempotency`]), secrets only in the
//! answer that makes them ([`reply`]), what is on its way out ([`deprecation`]).

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde::Serialize;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa::{OpenApi as _, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::console;
use crate::problem::{self, Problem};
use crate::request::{self, RequestId};
use crate::store;

mod access_roles;
mod accounts;
mod activations;
mod audit;
mod auth_callout;
mod backup;
mod binding;
mod body;
mod catalogue;
mod checks;
mod conditional;
mod connection_pages;
mod connections;
mod credentials;
mod deprecation;
mod device_gate;
mod devices;
mod document;
mod door;
mod dry_run;
mod engines;
mod est;
mod event_feed;
mod events;
mod export;
mod exports;
mod idempotency;
mod identity_providers;
mod import_requests;
mod import_update;
mod imports;
mod installation_settings;
mod invitations;
mod key_page;
mod keys;
mod lifecycle;
mod lifetime;
mod manifest;
mod members;
mod metrics;
mod onboarding;
mod operations;
mod operator;
mod orgs;
mod page;
mod personal_keys;
mod plans;
mod provider_sign_in;
mod rate;
mod record;
mod reply;
mod roles;
mod serve;
mod service_accounts;
mod session;
mod settings;
mod share_links;
mod sharing;
mod sign_in;
mod system;
mod system_creds;
mod tenancy;
mod transfer;
mod usage;
mod usage_now;
mod user_batches;
mod user_update;
mod users;
mod validate;
mod vault;
mod webhook_deliveries;
mod webhooks;
mod whoami;
mod work;

pub(crate) use audit::AuditEntry;
use deprecation::{DEPRECATED, Notices};
pub(crate) use devices::RevocationLists;
pub(crate) use door::ClientIp;
pub use door::{Door, ShowsCertificates};
pub(crate) use est::is_est;
pub(crate) use events::Event;
pub(crate) use idempotency::Attempt;
pub use onboarding::Onboarding;
pub(crate) use onboarding::router as onboarding_router;
pub(crate) use operations::{KEPT_SECONDS as OPERATIONS_KEPT_SECONDS, work_on_operations};
pub use rate::REQUESTS_PER_SECOND;
pub(crate) use rate::Rates;
pub use serve::serve;

/// No request takes longer: waiting for the database and the engine is bounded well below.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Requests in work at a time; more wait. Each may hold a body of 1 MiB.
const REQUESTS_MAX: usize = 256;

/// What was deleted, and whether every server has followed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Deleted {
    id: String,
    live: bool,
}

fn api() -> (Router<Arc<App>>, utoipa::openapi::OpenApi) {
    let v1 = OpenApiRouter::new()
        .routes(routes!(orgs::create, orgs::list))
        .routes(routes!(orgs::get, orgs::update, orgs::delete))
        .merge(tenancy::routes())
        .merge(devices::routes())
        .routes(routes!(checks::check))
        .routes(routes!(checks::denials))
        .routes(routes!(keys::create, keys::list))
        .routes(routes!(keys::get, keys::delete))
        .routes(routes!(keys::rotate))
        .routes(routes!(whoami::get))
        .routes(routes!(service_accounts::create, service_accounts::list))
        .routes(routes!(
            service_accounts::get,
            service_accounts::update,
            service_accounts::delete
        ))
        .merge(people())
        .routes(routes!(access_roles::create, access_roles::list))
        .routes(routes!(
            access_roles::get,
            access_roles::update,
            access_roles::delete
        ))
        .routes(routes!(access_roles::built_in))
        .merge(hooks())
        .merge(operations::routes())
        .routes(routes!(events::list))
        .routes(routes!(events::stream))
        .routes(routes!(event_feed::create, event_feed::get))
        .routes(routes!(event_feed::creds))
        .routes(routes!(audit::list))
        .routes(routes!(audit::heads))
        .routes(routes!(audit::verify))
        .routes(routes!(export::ndjson))
        .routes(routes!(export::csv))
        .routes(routes!(engines::create, engines::list))
        .routes(routes!(engines::conf))
        .routes(routes!(device_gate::create, device_gate::get))
        .routes(routes!(device_gate::conf))
        .routes(routes!(device_gate::authorities))
        .routes(routes!(engines::get, engines::update, engines::delete))
        .routes(routes!(system::get))
        .routes(routes!(
            installation_settings::get,
            installation_settings::update
        ))
        .routes(routes!(system::nats_server_conf))
        .routes(routes!(system_creds::create))
        .routes(routes!(backup::create))
        .routes(routes!(manifest::apply))
        .routes(routes!(manifest::get))
        .routes(routes!(manifest::of_org))
        .routes(routes!(transfer::import))
        .routes(routes!(transfer::export))
        .routes(routes!(operator::get, operator::update))
        .routes(routes!(
            operator::rotation,
            operator::rotate,
            operator::cancel
        ))
        .routes(routes!(vault::get))
        .routes(routes!(metrics::get))
        .routes(routes!(vault::rotate));
    OpenApiRouter::with_openapi(document::Doc::openapi())
        .nest("/api/v1", v1)
        .split_for_parts()
}

/// Webhooks and what is delivered to them.
fn hooks() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(webhooks::create, webhooks::list))
        .routes(routes!(webhooks::get, webhooks::update, webhooks::delete))
        .routes(routes!(webhooks::rotate))
        .routes(routes!(webhooks::test))
        .routes(routes!(webhook_deliveries::list))
        .routes(routes!(webhook_deliveries::get))
        .routes(routes!(webhook_deliveries::replay))
}

/// People: how they come in, what they own, what they may do.
fn people() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(
            sign_in::sign_in,
            session::update,
            session::sign_out
        ))
        .routes(routes!(session::list, session::delete_others))
        .routes(routes!(session::delete))
        .routes(routes!(session::change_password))
        .routes(routes!(session::create_totp, session::delete_totp))
        .routes(routes!(session::verify_totp))
        .routes(routes!(personal_keys::create, personal_keys::list))
        .routes(routes!(personal_keys::get, personal_keys::delete))
        .routes(routes!(invitations::create, invitations::list))
        .routes(routes!(invitations::get, invitations::delete))
        .routes(routes!(sign_in::preview))
        .routes(routes!(sign_in::accept))
        .routes(routes!(sign_in::reset))
        .routes(routes!(members::list))
        .routes(routes!(members::get, members::update, members::delete))
        .routes(routes!(members::add))
        .routes(routes!(
            members::get_membership,
            members::update_membership,
            members::delete_membership
        ))
        .routes(routes!(members::delete_totp))
        .routes(routes!(invitations::create_reset))
        .routes(routes!(
            identity_providers::create,
            identity_providers::list
        ))
        .routes(routes!(
            identity_providers::get,
            identity_providers::update,
            identity_providers::delete
        ))
        .routes(routes!(provider_sign_in::offered))
        .routes(routes!(provider_sign_in::start))
        .routes(routes!(provider_sign_in::callback))
}

fn openapi() -> serde_json::Value {
    document::complete(&api().1, DEPRECATED)
}

/// What the answers of deprecated endpoints say.
fn notices() -> Arc<Notices> {
    Arc::new(Notices::of(DEPRECATED, &openapi()))
}

/// The OpenAPI document of the API, pretty-printed. `admin-api/openapi.json` is its copy.
pub fn openapi_json() -> String {
    serde_json::to_string_pretty(&openapi())
        .expect("the document is made of texts and maps, which JSON can hold")
}

/// Everything that the listener of API and console serves.
pub(crate) fn router(app: Arc<App>) -> Router {
    let document = openapi_json();
    let (api, _) = api();
    // Innermost first: conventions need the route; the rest is for whatever comes in.
    let api = api
        .route_layer(middleware::from_fn_with_state(
            Arc::clone(&app),
            idempotency::once,
        ))
        .route_layer(middleware::from_fn_with_state(
            Arc::clone(&app),
            rate::limit,
        ))
        .route_layer(middleware::from_fn_with_state(
            notices(),
            deprecation::announce,
        ))
        .route(
            "/api/v1/openapi.json",
            get(move || async move { ([(header::CONTENT_TYPE, "application/json")], document) }),
        )
        .merge(devices::revocations())
        .route("/healthz", get(system::healthz))
        .route("/readyz", get(system::readyz))
        .fallback(console::serve)
        .layer(middleware::from_fn(conditional::tag_answers));
    let door = Arc::new(app.door.clone());
    in_order(api, &app, (door, body::BODY_BYTES_MAX)).with_state(app)
}

/// What holds on every listener: who is let in, how much is taken and for how long, and what
/// answers look like.
fn in_order(
    router: Router<Arc<App>>,
    app: &App,
    (door, body_bytes_max): (Arc<Door>, usize),
) -> Router<Arc<App>> {
    let scheme = if door.is_secure { "https" } else { "http" };
    router
        .layer(middleware::from_fn_with_state(door, door::identify))
        .layer(middleware::from_fn(guard))
        .layer(DefaultBodyLimit::max(body_bytes_max))
        .layer(tower::limit::GlobalConcurrencyLimitLayer::new(REQUESTS_MAX))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            REQUEST_TIMEOUT,
        ))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(problem::render))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&app.metrics),
            metrics::count,
        ))
        .layer(middleware::from_fn_with_state(scheme, request::tag))
        .layer(middleware::from_fn(for_a_tenant))
}

/// Lets transactions know whose request they belong to.
async fn for_a_tenant(request: Request, next: Next) -> Response {
    store::tenant::in_request(next.run(request)).await
}

/// Headers that every answer has, a log line per request, and paths that no database can look up.
async fn guard(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let request_id = RequestId::of(request.extensions());
    let mut response = if path.contains("%00") {
        Problem::not_found().into_response()
    } else {
        next.run(request).await
    };
    tracing::debug!(
        http.method = %method,
        http.path = path,
        http.status = response.status().as_u16(),
        request.id = request_id,
        "request answered"
    );
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(console::CONTENT_SECURITY_POLICY),
    );
    if path.starts_with("/api/") && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    response
}
