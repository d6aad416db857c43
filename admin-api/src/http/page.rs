//! Lists: `{data, next_cursor, has_more}`, sorted, filtered, searched, and paged by key.
//!
//! What a list can do stands beside its rows ([`crate::store::list::List`]); here it is read from
//! the query. A cursor is a signed place in one list, in one order, under the same filters.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Query as Pairs};
use axum::http::request::Parts;
use data_encoding::BASE64URL_NOPAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, Required};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::ids::first_id;
use crate::problem::Problem;
use crate::store::list::{
    self, Conditions, Ending, Field, Kind, Listed, Order, Query, TOTAL_MAX, Value,
};
use crate::store::{StoreError, Tx};

const LIMIT_DEFAULT: u16 = 50;
pub(super) const LIMIT_MAX: u16 = 500;
const CURSOR_BYTES_MAX: usize = 1024;
/// Values of one filter, and bytes of a searched text.
const VALUES_MAX: usize = 50;
const SEARCH_BYTES_MAX: usize = 128;
/// What `sort` calls the order of ids.
const CREATED_AT: &str = "created_at";

/// The validated request for one page of the list of `R`.
#[derive(Debug)]
pub(crate) struct PageRequest<R> {
    query: Query,
    with_total: bool,
    /// What a cursor is signed with besides its place: the list, the order, the filters.
    context: String,
    rows: PhantomData<fn() -> R>,
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    pub(crate) data: Vec<T>,
    /// Give it as `cursor` to get the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_cursor: Option<String>,
    pub(crate) has_more: bool,
    /// How many there are on all pages, 10000 at most; only with `total=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) total: Option<i64>,
    /// Whether there are more than `total`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) total_capped: Option<bool>,
}

/// A place in a list.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    /// The value of the field that it is sorted by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    id: String,
}

impl<R: Listed> FromRequestParts<Arc<App>> for PageRequest<R> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Pairs(pairs) = Pairs::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|_| Problem::bad_request("The query cannot be read."))?;
        let mut asked = Asked::default();
        for (name, value) in &pairs {
            asked.take::<R>(name, value)?;
        }
        asked.finish::<R>(app)
    }
}

/// What the query says, parameter by parameter.
#[derive(Debug, Default)]
struct Asked {
    limit: Option<u16>,
    cursor: Option<String>,
    sort: Option<String>,
    with_total: bool,
    filters: Vec<(Field, Vec<Value>)>,
    search: Option<String>,
    ends_before: Option<i64>,
    since: Option<String>,
    until: Option<String>,
}

impl Asked {
    fn take<R: Listed>(&mut self, name: &str, value: &str) -> Result<(), Problem> {
        match name {
            "limit" => self.limit = Some(limit_of(value)?),
            "cursor" => self.cursor = Some(value.to_owned()),
            "sort" => self.sort = Some(value.to_owned()),
            "total" => self.with_total = flag("total", value)?,
            "since" if R::ID.is_some() => self.since = instant::<R>("since", value)?,
            "until" if R::ID.is_some() => self.until = instant::<R>("until", value)?,
            "q" if R::LIST.search.is_some() => {
                if value.contains('\0') || value.len() > SEARCH_BYTES_MAX {
                    return Err(Problem::bad_request("`q` is too long, or no text."));
                }
                self.search = Some(value.to_owned()).filter(|text| !text.is_empty());
            }
            _ => {
                let filter = name
                    .strip_prefix("filter[")
                    .and_then(|rest| rest.strip_suffix(']'))
                    .ok_or_else(|| unknown::<R>(name))?;
                if let Some(ending) = R::ENDING.filter(|ending| ending.name == filter) {
                    return self.end(ending, value);
                }
                let field = R::LIST.filters.iter().find(|field| field.name == filter);
                let field = field.ok_or_else(|| unknown::<R>(name))?;
                self.add(*field, read_value(field, value)?)?;
            }
        }
        Ok(())
    }

    fn end(&mut self, ending: Ending, value: &str) -> Result<(), Problem> {
        let name = ending.name;
        let Value::Number(time) = read_value(
            &Field {
                name,
                ..ending.field
            },
            value,
        )?
        else {
            return Ok(());
        };
        match self.ends_before.replace(time) {
            None => Ok(()),
            Some(_) => Err(Problem::bad_request(format!(
                "`filter[{name}]` may be given once."
            ))),
        }
    }

    fn add(&mut self, field: Field, value: Value) -> Result<(), Problem> {
        let known = self
            .filters
            .iter_mut()
            .find(|(one, _)| one.name == field.name);
        match known {
            Some((_, values)) if values.len() >= VALUES_MAX => Err(Problem::bad_request(format!(
                "`filter[{}]` may be given {VALUES_MAX} times at most.",
                field.name
            ))),
            Some((_, values)) => {
                values.push(value);
                Ok(())
            }
            None => {
                self.filters.push((field, vec![value]));
                Ok(())
            }
        }
    }

    fn finish<R: Listed>(mut self, app: &App) -> Result<PageRequest<R>, Problem> {
        let list = R::LIST;
        let begins_with = list.search.zip(self.search.take());
        let ends_before = R::ENDING.map(|it| it.field).zip(self.ends_before);
        let searched = begins_with.as_ref().map(|(field, _)| *field);
        let (by, descending) = self.order::<R>(searched, ends_before.map(|(field, _)| field))?;
        if by.is_some() && (self.since.is_some() || self.until.is_some()) {
            return Err(Problem::bad_request(
                "With `since` or `until` the list can be sorted by `created_at` only.",
            ));
        }
        let context = format!(
            "{}\n{:?} {descending}\n{:?}\n{:?} {:?}\n{:?} {:?}",
            list.from,
            by.map(|field| field.name),
            self.filters
                .iter()
                .map(|(field, values)| (field.name, values))
                .collect::<Vec<_>>(),
            begins_with.as_ref().map(|(_, text)| text),
            self.ends_before,
            self.since,
            self.until,
        );
        let after = match &self.cursor {
            None => None,
            Some(cursor) => Some(read_cursor::<Place>(app, &context, cursor).ok_or_else(|| {
                Problem::bad_request(
                    "`cursor` is not the `next_cursor` of this list in this order and with these \
                     filters.",
                )
            })?),
        };
        Ok(PageRequest {
            query: Query {
                limit: i64::from(self.limit.unwrap_or(LIMIT_DEFAULT)),
                order: Order {
                    by,
                    descending,
                    after: after.map(|place| (place.value, place.id)),
                },
                filters: self.filters,
                begins_with,
                ends_before,
                since: self.since,
                until: self.until,
            },
            with_total: self.with_total,
            context,
            rows: PhantomData,
        })
    }

    /// The field to sort by, `None` for the id, and whether downwards. What is found by its
    /// beginning, or by its end, comes in its own order: an index has it ready.
    fn order<R: Listed>(
        &self,
        search: Option<Field>,
        ending: Option<Field>,
    ) -> Result<(Option<Field>, bool), Problem> {
        let list = R::LIST;
        let own = match (search, ending, R::ENDING) {
            (Some(_), Some(_), Some(ending)) => {
                return Err(Problem::bad_request(format!(
                    "`q` and `filter[{}]` each have an order of their own: give one of them.",
                    ending.name
                )));
            }
            (search, ending, _) => search.or(ending),
        };
        let Some(sort) = self.sort.as_deref() else {
            return Ok((own, list.newest_first && own.is_none()));
        };
        let (name, descending) = match sort.strip_prefix('-') {
            Some(name) => (name, true),
            None => (sort, false),
        };
        let by = match name {
            CREATED_AT => None,
            name => {
                let field = list.sorts.iter().find(|field| field.name == name);
                Some(*field.ok_or_else(|| unknown_sort::<R>())?)
            }
        };
        let by_creation = |(field, _): &&(Field, _)| R::BY_CREATION.contains(&field.name);
        match (own, self.filters.iter().find(by_creation)) {
            (Some(own), _) if by.map(|field| field.name) != Some(own.name) => {
                let question = match (search, R::ENDING) {
                    (None, Some(ending)) => format!("filter[{}]", ending.name),
                    _ => "q".to_owned(),
                };
                Err(Problem::bad_request(format!(
                    "With `{question}` the list can be sorted by `{}` only.",
                    own.name
                )))
            }
            (None, Some((filter, _))) if by.is_some() => Err(Problem::bad_request(format!(
                "With `filter[{}]` the list can be sorted by `{CREATED_AT}` only.",
                filter.name
            ))),
            _ => Ok((by, descending)),
        }
    }
}

/// The first id that something made at this time can have.
fn instant<R: Listed>(name: &str, value: &str) -> Result<Option<String>, Problem> {
    let time = OffsetDateTime::parse(value, &Rfc3339).map_err(|_| {
        Problem::bad_request(format!(
            "`{name}` must be a time as in 2026-01-31T12:00:00Z."
        ))
    })?;
    let seconds = u64::try_from(time.unix_timestamp()).unwrap_or_default();
    let milliseconds = seconds * 1000 + u64::from(time.millisecond());
    Ok(R::ID.map(|kind| first_id(kind, milliseconds)))
}

fn unknown<R: Listed>(name: &str) -> Problem {
    let list = R::LIST;
    let filters = list
        .filters
        .iter()
        .map(|field| field.name)
        .chain(R::ENDING.map(|ending| ending.name))
        .map(|name| format!(", `filter[{name}]`"));
    let search = if list.search.is_some() { ", `q`" } else { "" };
    Problem::bad_request(format!(
        "`{}` is unknown here. The query may have `limit`, `cursor`, `sort`, `total`, `since`, \
         `until`{search}{}.",
        name.escape_debug(),
        filters.collect::<String>()
    ))
}

fn unknown_sort<R: Listed>() -> Problem {
    let names = R::LIST
        .sorts
        .iter()
        .map(|field| format!(", `{}`", field.name));
    Problem::bad_request(format!(
        "`sort` may be `{CREATED_AT}`{}, with a `-` before it for the other way round.",
        names.collect::<String>()
    ))
}

fn flag(name: &str, value: &str) -> Result<bool, Problem> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Problem::bad_request(format!(
            "`{name}` must be `true` or `false`."
        ))),
    }
}

fn read_value(field: &Field, value: &str) -> Result<Value, Problem> {
    let name = || format!("filter[{}]", field.name);
    match field.kind {
        Kind::Text if value.contains('\0') => Err(Problem::bad_request(format!(
            "`{}` must be a text.",
            name()
        ))),
        Kind::Text => Ok(Value::from(value)),
        Kind::Words(words) => {
            let known = words.iter().any(|(word, _)| *word == value);
            let words: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            let text = || format!("`{}` must be {}.", name(), words.join(" or "));
            match known {
                true => Ok(Value::from(value)),
                false => Err(Problem::bad_request(text())),
            }
        }
        Kind::Flag => flag(&name(), value).map(Value::Flag),
        Kind::Time => OffsetDateTime::parse(value, &Rfc3339)
            .map(|time| Value::Number(time.unix_timestamp()))
            .map_err(|_| {
                Problem::bad_request(format!("`{}` must be a time like RFC 3339 has it.", name()))
            }),
    }
}

/// How many rows a page is to have.
pub(super) fn limit_of(value: &str) -> Result<u16, Problem> {
    let limit = value.parse().ok().filter(|n| (1..=LIMIT_MAX).contains(n));
    limit.ok_or_else(|| Problem::bad_request("`limit` must be between 1 and 500."))
}

/// A place in a list, signed together with the list and what was asked of it.
pub(super) fn write_cursor(app: &App, context: &str, place: &impl Serialize) -> String {
    let place = serde_json::to_vec(place).unwrap_or_default();
    BASE64URL_NOPAD.encode(&app.vault.sign_cursor(context, &place))
}

/// The place that [`write_cursor`] has signed.
pub(super) fn read_cursor<P: DeserializeOwned>(
    app: &App,
    context: &str,
    cursor: &str,
) -> Option<P> {
    if cursor.len() > CURSOR_BYTES_MAX {
        return None;
    }
    let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?;
    let place = app.vault.check_cursor(context, &bytes)?;
    serde_json::from_slice(place).ok()
}

impl<R: Listed> PageRequest<R> {
    /// Reads the page, and the total when it was asked for. `view` makes what is shown of a row.
    pub(crate) async fn read<T, E>(
        &self,
        app: &App,
        tx: &mut Tx,
        conditions: Conditions,
        view: impl FnMut(R) -> Result<T, E>,
    ) -> Result<Page<T>, Problem>
    where
        Problem: From<E>,
    {
        let total = self.total(tx, &conditions).await?;
        let rows = list::page::<R>(tx, conditions, &self.query).await?;
        self.cut(app, rows, total, view)
    }

    async fn total(&self, tx: &mut Tx, conditions: &Conditions) -> Result<Option<i64>, StoreError> {
        if !self.with_total {
            return Ok(None);
        }
        list::total::<R>(tx, conditions.clone(), &self.query)
            .await
            .map(Some)
    }

    /// The rows of the page and one more: for handlers that look something up for all of them.
    pub(crate) async fn rows(
        &self,
        tx: &mut Tx,
        conditions: Conditions,
    ) -> Result<(Vec<R>, Option<i64>), StoreError> {
        let total = self.total(tx, &conditions).await?;
        Ok((list::page::<R>(tx, conditions, &self.query).await?, total))
    }

    /// Cuts the page out of what [`PageRequest::rows`] gave.
    pub(crate) fn cut<T, E>(
        &self,
        app: &App,
        mut rows: Vec<R>,
        total: Option<i64>,
        view: impl FnMut(R) -> Result<T, E>,
    ) -> Result<Page<T>, Problem>
    where
        Problem: From<E>,
    {
        let limit = usize::try_from(self.query.limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| has_more);
        let next_cursor = last.map(|row| self.cursor(app, row));
        let data: Result<Vec<T>, E> = rows.into_iter().map(view).collect();
        Ok(Page {
            data: data?,
            next_cursor,
            has_more,
            total: total.map(|total| total.min(TOTAL_MAX)),
            total_capped: total.map(|total| total > TOTAL_MAX),
        })
    }

    /// The same list with pages of another size.
    pub(crate) fn of(mut self, rows: i64) -> Self {
        self.query.limit = rows;
        self
    }

    /// The next time it goes on after this row.
    pub(crate) fn go_on_after(&mut self, row: &R) {
        self.query.order.after = Some(place(&self.query.order, row));
    }

    fn cursor(&self, app: &App, row: &R) -> String {
        let (value, id) = place(&self.query.order, row);
        write_cursor(app, &self.context, &Place { value, id })
    }
}

fn place<R: Listed>(order: &Order, row: &R) -> (Option<Value>, String) {
    let value = order.by.map(|field| row.sort_value(field.name));
    (value, row.id().to_owned())
}

impl<R: Listed> IntoParams for PageRequest<R> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let list = R::LIST;
        let text = |name: &str, about: &str| {
            parameter(name, about, ObjectBuilder::new().schema_type(Type::String))
        };
        let sorts = [CREATED_AT]
            .into_iter()
            .chain(list.sorts.iter().map(|field| field.name));
        let sorts: Vec<String> = sorts
            .flat_map(|name| [name.to_owned(), format!("-{name}")])
            .collect();
        let sort = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(sorts));
        let total = ObjectBuilder::new().schema_type(Type::Boolean);
        let mut params = paging_params(LIMIT_DEFAULT);
        params.push(parameter(
            "sort",
            "The order; with a `-` the other way round",
            sort,
        ));
        params.push(parameter("total", "Also count, up to 10000", total));
        if R::ID.is_some() {
            params.push(text("since", "Made at this time or later"));
            params.push(text("until", "Made before this time"));
        }
        if let Some(field) = list.search {
            let about = format!("The beginning of `{}`, which then is the order", field.name);
            params.push(text("q", &about));
        }
        for field in list.filters {
            let name = format!("filter[{}]", field.name);
            let kind = match field.kind {
                Kind::Flag => ObjectBuilder::new().schema_type(Type::Boolean),
                Kind::Words(words) => ObjectBuilder::new()
                    .schema_type(Type::String)
                    .enum_values(Some(words.iter().map(|(word, _)| *word))),
                _ => ObjectBuilder::new().schema_type(Type::String),
            };
            params.push(parameter(&name, "Only these; may be repeated", kind));
        }
        if let Some(ending) = R::ENDING {
            let name = format!("filter[{}]", ending.name);
            let about = format!(
                "Only those whose `{}` is before this time, which then is the order",
                ending.field.name
            );
            params.push(text(&name, &about));
        }
        params
    }
}

/// What every list takes.
pub(super) fn paging_params(limit_default: u16) -> Vec<Parameter> {
    let limit = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(LIMIT_MAX))
        .default(Some(limit_default.into()));
    let cursor = ObjectBuilder::new().schema_type(Type::String);
    vec![
        parameter("limit", "Rows per page", limit),
        parameter("cursor", "`next_cursor` of the page before", cursor),
    ]
}

fn parameter(name: &str, about: &str, schema: ObjectBuilder) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(about))
        .schema(Some(schema))
        .build()
}
