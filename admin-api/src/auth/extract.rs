//! Extractors that name rights: a handler that takes one cannot run without them. The document
//! reads from them which parameter stands in the path, and which rights are needed.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::{IntoParams, PartialSchema};

use super::caller::Caller;
use super::rights::{Needs, Right};
use crate::app::App;
use crate::problem::Problem;
use crate::store;
use crate::store::accounts::AccountRow;
use crate::store::orgs::OrgRow;
use crate::telemetry::Current;

/// A caller with the rights `R`.
#[derive(Debug)]
pub(crate) struct May<R> {
    pub(crate) caller: Caller,
    right: PhantomData<R>,
}

impl<R: Needs> FromRequestParts<Arc<App>> for May<R> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        caller.need_all(R::RIGHTS)?;
        Ok(Self {
            caller,
            right: PhantomData,
        })
    }
}

/// A caller with the rights `R` in the account of the path, which the caller's scope reaches.
#[derive(Debug)]
pub(crate) struct InAccount<R> {
    pub(crate) caller: Caller,
    pub(crate) account: AccountRow,
    right: PhantomData<R>,
}

impl<R: Needs> FromRequestParts<Arc<App>> for InAccount<R> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let reference = path_param(parts, app, "account").await?;
        let mut tx = app.db.look_up().await?;
        let account = store::accounts::find(&mut tx, &caller.scope, &reference).await?;
        drop(tx);
        let account = account.ok_or_else(Problem::not_found)?;
        Current::note(&parts.extensions, "tidegate.account.id", &account.id);
        caller.need_all(R::RIGHTS)?;
        Ok(Self {
            caller,
            account,
            right: PhantomData,
        })
    }
}

/// A caller with the rights `R` in the organisation of the path, which the caller's scope reaches.
#[derive(Debug)]
pub(crate) struct InOrg<R> {
    pub(crate) caller: Caller,
    pub(crate) org: OrgRow,
    right: PhantomData<R>,
}

impl<R: Needs> FromRequestParts<Arc<App>> for InOrg<R> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let reference = path_param(parts, app, "org").await?;
        let mut tx = app.db.look_up().await?;
        let org = store::orgs::find(&mut tx, &caller.scope, &reference).await?;
        drop(tx);
        let org = org.ok_or_else(Problem::not_found)?;
        Current::note(&parts.extensions, "tidegate.org.id", &org.id);
        caller.need_all(R::RIGHTS)?;
        Ok(Self {
            caller,
            org,
            right: PhantomData,
        })
    }
}

/// As what a right travels to the document, which takes it out of the parameters again.
pub(crate) const RIGHT_MARK: &str = "x-right";

fn marks<R: Needs>() -> impl Iterator<Item = Parameter> {
    let mark = |right: &Right| {
        let mark = ParameterBuilder::new().name(RIGHT_MARK);
        mark.description(Some(right.name())).build()
    };
    R::RIGHTS.iter().map(mark)
}

fn place(name: &str, description: &str) -> Parameter {
    let place = ParameterBuilder::new()
        .name(name)
        .description(Some(description));
    let place = place.parameter_in(ParameterIn::Path);
    place
        .required(Required::True)
        .schema(Some(String::schema()))
        .build()
}

impl<R: Needs> IntoParams for May<R> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        marks::<R>().collect()
    }
}

impl<R: Needs> IntoParams for InAccount<R> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let place = place("account", "Id, nkey or slug");
        [place].into_iter().chain(marks::<R>()).collect()
    }
}

impl<R: Needs> IntoParams for InOrg<R> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let place = place("org", "Id or slug");
        [place].into_iter().chain(marks::<R>()).collect()
    }
}

async fn path_param(parts: &mut Parts, app: &Arc<App>, name: &str) -> Result<String, Problem> {
    let params = RawPathParams::from_request_parts(parts, app)
        .await
        .map_err(|_| Problem::not_found())?;
    let value = params
        .iter()
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned());
    value
        .filter(|value| !value.contains('\0'))
        .ok_or_else(Problem::not_found)
}
