//! Pages of lists that are no table with indexes of its own: what engines say, what the program
//! knows, the heads of the trail. They come in the order of one key each.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::extract::Query as Pairs;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::page::{LIMIT_MAX, limit_of, paging_params, read_cursor, write_cursor};
use crate::app::App;
use crate::problem::Problem;

/// The validated request for a page.
#[derive(Debug)]
pub(crate) struct KeyPage {
    pub(super) limit: usize,
    /// The key of the last row of the page before.
    pub(super) after: Option<String>,
    /// The value of `org`, where a list knows it.
    pub(super) org: Option<String>,
    /// What a cursor is signed with besides its place: the list and what was asked of it.
    context: String,
}

/// A place in a list.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    key: String,
}

/// Rows of a page, and where the next one begins.
#[derive(Debug)]
pub(super) struct Cut<T> {
    pub(super) data: Vec<T>,
    pub(super) next_cursor: Option<String>,
    pub(super) has_more: bool,
}

impl FromRequestParts<Arc<App>> for KeyPage {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Pairs(pairs) = Pairs::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|_| Problem::bad_request("The query cannot be read."))?;
        let (mut limit, mut cursor, mut org) = (LIMIT_MAX, None, None);
        let has_org = parts.uri.path().ends_with("/sign-in/providers");
        for (name, value) in pairs {
            match name.as_str() {
                "limit" => limit = limit_of(&value)?,
                "cursor" => cursor = Some(value),
                "org" if has_org => org = Some(value),
                _ => {
                    let org = if has_org { ", `org`" } else { "" };
                    return Err(Problem::bad_request(format!(
                        "`{}` is unknown here. The query may have `limit`, `cursor`{org}.",
                        name.escape_debug()
                    )));
                }
            }
        }
        let context = format!("{}\n{org:?}", parts.uri.path());
        let after = match &cursor {
            None => None,
            Some(cursor) => {
                let place = read_cursor::<Place>(app, &context, cursor);
                let text = "`cursor` is not the `next_cursor` of this list.";
                Some(place.ok_or_else(|| Problem::bad_request(text))?.key)
            }
        };
        Ok(Self {
            limit: usize::from(limit),
            after,
            org,
            context,
        })
    }
}

impl KeyPage {
    /// Cuts the page out of rows in the order of their keys: all of them, or those after
    /// [`KeyPage::after`].
    pub(super) fn cut<T>(&self, app: &App, rows: Vec<T>, key: impl Fn(&T) -> String) -> Cut<T> {
        let after = self.after.as_deref().unwrap_or_default();
        let mut data = rows;
        data.retain(|row| key(row).as_str() > after);
        let has_more = data.len() > self.limit;
        data.truncate(self.limit);
        let last = data.last().filter(|_| has_more);
        let next_cursor = last.map(|row| {
            let place = Place { key: key(row) };
            write_cursor(app, &self.context, &place)
        });
        Cut {
            data,
            next_cursor,
            has_more,
        }
    }
}

impl IntoParams for KeyPage {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        paging_params(LIMIT_MAX)
    }
}
