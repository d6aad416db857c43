//! Lists: `{data, next_cursor, has_more}`, paged by key so that a page costs the same anywhere.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::problem::Problem;
use crate::store::Window;

const LIMIT_DEFAULT: u16 = 50;
const LIMIT_MAX: u16 = 500;
const CURSOR_BYTES_MAX: usize = 64;

/// Which part of a list to answer.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParams {
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The validated request for one page.
#[derive(Debug)]
pub(crate) struct PageRequest(Window);

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    pub(crate) data: Vec<T>,
    /// Give it as `cursor` to get the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_cursor: Option<String>,
    pub(crate) has_more: bool,
}

impl FromRequestParts<Arc<App>> for PageRequest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        let Query(params) = Query::<PageParams>::try_from_uri(&parts.uri).map_err(|_| {
            Problem::bad_request("The query may have `limit` (1 to 500) and `cursor`.")
        })?;
        let limit = params.limit.unwrap_or(LIMIT_DEFAULT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(Problem::bad_request("`limit` must be between 1 and 500."));
        }
        let after = match params.cursor {
            None => String::new(),
            Some(cursor) => read_cursor(&cursor)
                .ok_or_else(|| Problem::bad_request("`cursor` is not one of ours."))?,
        };
        Ok(Self(Window {
            after,
            limit: i64::from(limit),
        }))
    }
}

fn read_cursor(cursor: &str) -> Option<String> {
    let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let is_id = text.len() <= CURSOR_BYTES_MAX
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    is_id.then_some(text)
}

impl PageRequest {
    /// What to ask the store: one row more than the page has, to learn whether there is more.
    pub(crate) fn window(&self) -> Window {
        Window {
            after: self.0.after.clone(),
            limit: self.0.limit + 1,
        }
    }

    /// Cuts the page out of the rows that [`PageRequest::window`] gave.
    pub(crate) fn page<R, T>(
        &self,
        mut rows: Vec<R>,
        id: impl Fn(&R) -> &str,
        view: impl FnMut(R) -> T,
    ) -> Page<T> {
        let limit = usize::try_from(self.0.limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows
            .last()
            .map(|row| BASE64URL_NOPAD.encode(id(row).as_bytes()));
        Page {
            next_cursor: last.filter(|_| has_more),
            has_more,
            data: rows.into_iter().map(view).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;

    use super::{PageRequest, read_cursor};
    use crate::store::Window;

    #[test]
    fn a_page_knows_whether_there_is_more() {
        let request = PageRequest(Window {
            after: String::new(),
            limit: 2,
        });
        let page = |n: usize| {
            let rows: Vec<String> = (0..n).map(|i| format!("acct_{i}")).collect();
            request.page(rows, |row| row, |row| row)
        };
        let full = page(3);
        assert_eq!((full.data.len(), full.has_more), (2, true));
        assert_eq!(
            read_cursor(&full.next_cursor.unwrap()).as_deref(),
            Some("acct_1")
        );
        let last = page(2);
        assert_eq!(
            (last.data.len(), last.has_more, last.next_cursor),
            (2, false, None)
        );
    }

    #[test]
    fn foreign_cursors_are_refused() {
        for bad in ["!", "a' OR 1=1", "acct_\0", &"a".repeat(100)] {
            assert_eq!(
                read_cursor(&BASE64URL_NOPAD.encode(bad.as_bytes())),
                None,
                "{bad:?}"
            );
            assert_eq!(read_cursor(bad), None, "{bad:?}");
        }
    }
}
