//! Devices over the API: the registry, who issues their certificates, and what lets them enrol.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::work::Work;
use crate::app::App;
use crate::devices::may_have_devices;
use crate::enrol::authorities;
use crate::problem::Problem;
use crate::store::account_roles::RoleRow;

mod authorities_of_others;
mod certificates;
mod enroll;
mod issuers;
mod ocsp;
mod policies;
mod registry;
mod revocation_list;
mod tokens;

pub(crate) use revocation_list::Lists as RevocationLists;

/// The paths of an account's devices, and the few that need no key: those are the device's own.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(registry::list))
        .routes(routes!(registry::csv))
        .routes(routes!(registry::summary))
        .routes(routes!(registry::get, registry::update, registry::revoke))
        .routes(routes!(registry::approve))
        .routes(routes!(registry::reject))
        .routes(routes!(registry::disable))
        .routes(routes!(registry::enable))
        .routes(routes!(certificates::list))
        .routes(routes!(certificates::revoke))
        .routes(routes!(policies::get, policies::update))
        .routes(routes!(issuers::create, issuers::list))
        .routes(routes!(issuers::get))
        .routes(routes!(issuers::rotate))
        .routes(routes!(issuers::revoke))
        .routes(routes!(tokens::create, tokens::list))
        .routes(routes!(tokens::create_many))
        .routes(routes!(tokens::get))
        .routes(routes!(tokens::revoke))
        .routes(routes!(
            authorities_of_others::create,
            authorities_of_others::list
        ))
        .routes(routes!(
            authorities_of_others::get,
            authorities_of_others::update,
            authorities_of_others::delete
        ))
        .routes(routes!(authorities_of_others::prove))
        .merge(own())
}

/// What devices call: also on the onboarding listener.
pub(super) fn own() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(enroll::enroll))
        .routes(routes!(enroll::renew))
}

/// Where revocations are told to everybody.
pub(super) fn revocations() -> Router<Arc<App>> {
    Router::new()
        .route("/crl/{file}", get(revocation_list::get))
        .route("/ocsp/{authority}", post(ocsp::post))
        .route("/ocsp/{authority}/{*question}", get(ocsp::get))
}

/// The role that is named, which must be one that can have devices, and has an authority for them
/// afterwards. Says whether that was made just now: then the claims must be minted anew.
async fn device_role(work: &mut Work<'_>, reference: &str) -> Result<(RoleRow, bool), Problem> {
    let role = super::users::usable_role(&mut work.tx, &work.account, reference).await?;
    check_template(&role)?;
    let (vault, now) = (&work.app.vault, work.now);
    let made = authorities::provide(&mut work.tx, vault, &work.account, &role.id, now).await?;
    Ok((role, made))
}

fn check_template(role: &RoleRow) -> Result<(), Problem> {
    match may_have_devices(&role.template) {
        true => Ok(()),
        false => Err(Problem::invalid(
            "/role",
            "uses `{{tag(…)}}`, which devices do not have: use `{{name()}}` or \
             `{{account-tag(…)}}`",
        )),
    }
}
