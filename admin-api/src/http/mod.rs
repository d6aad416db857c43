//! The REST API under `/api/v1`, the health endpoints and the console.
//!
//! One file per resource: views, request types, handlers. A handler authorises in its signature,
//! validates, writes and audits in one transaction, commits, and then waits (bounded) until the
//! engine has followed. Conventions: problem+json for every error, ids and times as text, keyset
//! paging, secrets only in the answer that makes them.

use std::sync::Arc;
use std::time::Duration;

use axum::Json as Answer;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde::Serialize;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa::openapi::RefOr;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::problem::{self, Problem};
use crate::{auth, console, store};

mod access_roles;
mod accounts;
mod activations;
mod audit;
mod backup;
mod binding;
mod body;
mod catalogue;
mod checks;
mod connections;
mod credentials;
mod engines;
mod exports;
mod identity_providers;
mod import_requests;
mod imports;
mod installation_settings;
mod invitations;
mod keys;
mod lifecycle;
mod members;
mod orgs;
mod page;
mod personal_keys;
mod plans;
mod provider_sign_in;
mod record;
mod roles;
mod service_accounts;
mod session;
mod settings;
mod share_links;
mod sharing;
mod sign_in;
mod system;
mod tenancy;
mod transfer;
mod usage;
mod users;
mod validate;
mod whoami;
mod work;

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

/// The answer to a request that makes something.
type Made<T> = (StatusCode, Answer<T>);
/// The answer that shows a secret, the only time that it is shown: nobody may keep it.
type MadeSecret<T> = (StatusCode, [(HeaderName, &'static str); 1], Answer<T>);

fn made_secret<T>(view: T) -> MadeSecret<T> {
    (
        StatusCode::CREATED,
        [(header::CACHE_CONTROL, "no-store")],
        Answer(view),
    )
}

/// A secret in the answer to a change of something that is there.
type ShownSecret<T> = ([(HeaderName, &'static str); 1], Answer<T>);

fn shown_secret<T>(view: T) -> ShownSecret<T> {
    ([(header::CACHE_CONTROL, "no-store")], Answer(view))
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tidegate",
        description = "Accounts, users and sharing of a multi-tenant NATS service.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    modifiers(&Bearer),
    security(("api_key" = []))
)]
struct Doc;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, doc: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API key: `tg_svc_…`"))
            .build();
        let components = doc.components.get_or_insert_default();
        components.add_security_scheme("api_key", SecurityScheme::Http(scheme));
    }
}

fn api() -> (Router<Arc<App>>, utoipa::openapi::OpenApi) {
    let v1 = OpenApiRouter::new()
        .routes(routes!(orgs::create, orgs::list))
        .routes(routes!(orgs::get, orgs::update, orgs::delete))
        .merge(tenancy::routes())
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
        .routes(routes!(audit::list))
        .routes(routes!(engines::create, engines::list))
        .routes(routes!(engines::conf))
        .routes(routes!(engines::get, engines::update, engines::delete))
        .routes(routes!(system::get))
        .routes(routes!(
            installation_settings::get,
            installation_settings::update
        ))
        .routes(routes!(system::nats_server_conf))
        .routes(routes!(backup::create))
        .routes(routes!(transfer::import))
        .routes(routes!(transfer::export));
    let (router, mut doc) = OpenApiRouter::with_openapi(Doc::openapi())
        .nest("/api/v1", v1)
        .split_for_parts();
    describe_responses(&mut doc);
    (router, doc)
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
        .routes(routes!(personal_keys::delete))
        .routes(routes!(invitations::create, invitations::list))
        .routes(routes!(invitations::delete))
        .routes(routes!(sign_in::preview))
        .routes(routes!(sign_in::accept))
        .routes(routes!(sign_in::reset))
        .routes(routes!(members::list))
        .routes(routes!(members::get, members::update, members::delete))
        .routes(routes!(members::add))
        .routes(routes!(
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

/// Errors are problem+json on every operation, the server's own too.
fn describe_responses(doc: &mut utoipa::openapi::OpenApi) {
    for item in doc.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.post,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            let responses = &mut operation.responses.responses;
            for (status, text) in [("200", "Done"), ("201", "Made"), ("204", "Done")] {
                if let Some(RefOr::T(response)) = responses.get_mut(status) {
                    text.clone_into(&mut response.description);
                }
            }
            if let Some(RefOr::T(problem)) = responses.get_mut("4XX") {
                "What is wrong with the request".clone_into(&mut problem.description);
                if let Some(content) = problem.content.shift_remove("application/json") {
                    problem
                        .content
                        .insert("application/problem+json".to_owned(), content);
                }
                let mut ours = problem.clone();
                "What is wrong with the server".clone_into(&mut ours.description);
                responses.insert("5XX".to_owned(), RefOr::T(ours));
            }
        }
    }
}

/// The OpenAPI document of the API, pretty-printed. `admin-api/openapi.json` is its copy.
pub fn openapi_json() -> String {
    let (_, doc) = api();
    doc.to_pretty_json()
        .expect("the document is made of texts and maps, which JSON can hold")
}

/// Everything that the listener serves.
pub(crate) fn router(app: Arc<App>) -> Router {
    let document = openapi_json();
    let (api, _) = api();
    api.route(
        "/api/v1/openapi.json",
        get(move || async move { ([(header::CONTENT_TYPE, "application/json")], document) }),
    )
    .route("/healthz", get(system::healthz))
    .route("/readyz", get(system::readyz))
    .fallback(console::serve)
    .layer(middleware::from_fn(guard))
    .layer(DefaultBodyLimit::max(body::BODY_BYTES_MAX))
    .layer(tower::limit::GlobalConcurrencyLimitLayer::new(REQUESTS_MAX))
    .layer(TimeoutLayer::with_status_code(
        StatusCode::SERVICE_UNAVAILABLE,
        REQUEST_TIMEOUT,
    ))
    .layer(CatchPanicLayer::new())
    .layer(middleware::from_fn(problem::render))
    .layer(middleware::from_fn(auth::tag_request))
    .layer(middleware::from_fn(for_a_tenant))
    .with_state(app)
}

/// Lets transactions know whose request they belong to.
async fn for_a_tenant(request: Request, next: Next) -> Response {
    store::tenant::in_request(next.run(request)).await
}

/// Headers that every answer has, a log line per request, and paths that no database can look up.
async fn guard(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let request_id = auth::RequestId::of(request.extensions());
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
