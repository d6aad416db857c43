//! The paths of accounts and of what belongs to them.

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    accounts, activations, auth_callout, catalogue, connections, credentials, exports,
    import_requests, import_update, imports, lifecycle, manifest, plans, roles, settings,
    share_links, usage, usage_now, user_batches, user_update, users,
};
use crate::app::App;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(accounts::create, accounts::list))
        .routes(routes!(accounts::get, accounts::update, accounts::delete))
        .routes(routes!(lifecycle::suspend))
        .routes(routes!(lifecycle::resume))
        .routes(routes!(lifecycle::list_deleted))
        .routes(routes!(lifecycle::undelete))
        .routes(routes!(lifecycle::get_deleted, lifecycle::purge))
        .routes(routes!(lifecycle::rotate_signing_key))
        .routes(routes!(settings::get, settings::update))
        .routes(routes!(settings::claims))
        .routes(routes!(
            auth_callout::get,
            auth_callout::set,
            auth_callout::delete
        ))
        .routes(routes!(manifest::apply_to_account))
        .routes(routes!(manifest::of_account))
        .routes(routes!(plans::create, plans::list))
        .routes(routes!(plans::get, plans::update, plans::delete))
        .routes(routes!(users::create, users::list))
        .routes(routes!(users::get, user_update::update, users::delete))
        .routes(routes!(credentials::create_many))
        .routes(routes!(user_batches::revoke))
        .routes(routes!(user_batches::delete))
        .routes(routes!(user_batches::rotate))
        .routes(routes!(credentials::issue_short_lived))
        .routes(routes!(credentials::rotate))
        .routes(routes!(credentials::revoke))
        .routes(routes!(credentials::revoke_everybody))
        .routes(routes!(credentials::issuances))
        .routes(routes!(credentials::effective))
        .routes(routes!(connections::kick_user))
        .routes(routes!(usage::get))
        .routes(routes!(usage::csv))
        .routes(routes!(usage_now::get))
        .routes(routes!(connections::list))
        .routes(routes!(connections::kick))
        .routes(routes!(exports::create, exports::list))
        .routes(routes!(exports::get, exports::update, exports::delete))
        .routes(routes!(activations::create, activations::list))
        .routes(routes!(activations::get, activations::revoke))
        .routes(routes!(share_links::create, share_links::list))
        .routes(routes!(share_links::get, share_links::delete))
        .routes(routes!(imports::create, imports::list))
        .routes(routes!(
            imports::get,
            import_update::update,
            imports::delete
        ))
        .routes(routes!(import_requests::create, import_requests::list))
        .routes(routes!(import_requests::get, import_requests::withdraw))
        .routes(routes!(import_requests::incoming))
        .routes(routes!(import_requests::get_incoming))
        .routes(routes!(import_requests::approve))
        .routes(routes!(import_requests::deny))
        .routes(routes!(catalogue::shared_with_me))
        .routes(routes!(catalogue::graph))
        .routes(routes!(catalogue::whole_graph))
        .routes(routes!(roles::create, roles::list))
        .routes(routes!(roles::get, roles::update, roles::delete))
        .routes(routes!(roles::rotate))
}
