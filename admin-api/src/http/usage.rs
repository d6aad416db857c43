//! `/accounts/{account}/usage`: what an account or one of its users has used, minute by minute, by
//! the hour or by the day; as CSV too.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderName, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::users::find;
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::clock;
use crate::problem::{Problem, ProblemBody};
use crate::store;
use crate::store::accounts::AccountRow;
use crate::store::usage::{Grain, UsageRow};

/// Rows that one answer may have.
const POINTS_MAX: i64 = 3000;
const POINTS_DEFAULT: i64 = 60;

/// In which steps usage is told.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Step {
    /// Kept for two days.
    Minute,
    /// Kept for two months.
    #[default]
    Hour,
    /// Kept for three years.
    Day,
}

impl Step {
    fn grain(self) -> Grain {
        match self {
            Step::Minute => Grain::Minute,
            Step::Hour => Grain::Hour,
            Step::Day => Grain::Day,
        }
    }
}

/// Which usage to tell.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsageParams {
    /// `minute`, `hour` or `day`; by the hour when absent.
    grain: Option<Step>,
    /// From then on; 60 steps ago when absent.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Until before then; now when absent.
    #[param(format = DateTime)]
    to: Option<String>,
    /// Id, nkey or name of a user; all of the account when absent.
    user: Option<String>,
}

/// What was used.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Usage {
    grain: Step,
    #[schema(format = DateTime)]
    from: String,
    #[schema(format = DateTime)]
    to: String,
    /// The oldest first. Steps in which nothing was used are left out.
    data: Vec<UsagePoint>,
}

/// What was used in one minute, hour or day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UsagePoint {
    /// Its begin.
    #[schema(format = DateTime)]
    at: String,
    /// What clients sent.
    messages_in: i64,
    bytes_in: i64,
    /// What clients were sent.
    messages_out: i64,
    bytes_out: i64,
    /// The most at a time on one server.
    connections: i64,
    /// What its streams took on disk, with all replicas: the most at a time. Of an account only;
    /// absent where no server keeps streams.
    #[serde(skip_serializing_if = "Option::is_none")]
    disk_bytes: Option<i64>,
    /// The same in memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_bytes: Option<i64>,
    /// For some time before nobody counted: this may belong to an earlier time.
    gap: bool,
}

impl From<UsageRow> for UsagePoint {
    fn from(row: UsageRow) -> Self {
        Self {
            at: clock::rfc3339(row.at),
            messages_in: row.amounts.messages_in,
            bytes_in: row.amounts.bytes_in,
            messages_out: row.amounts.messages_out,
            bytes_out: row.amounts.bytes_out,
            connections: row.connections,
            disk_bytes: row.disk_bytes,
            memory_bytes: row.memory_bytes,
            gap: row.gap,
        }
    }
}

async fn read(
    app: &App,
    account: &AccountRow,
    asked: Result<Query<UsageParams>, QueryRejection>,
) -> Result<Usage, Problem> {
    let text = "The query may have `grain` (minute, hour, day), `from` and `to` (RFC 3339) and \
                `user`.";
    let Query(asked) = asked.map_err(|_| Problem::bad_request(text))?;
    let time = |given: &Option<String>, otherwise: i64| match given {
        None => Ok(otherwise),
        Some(given) => clock::parse_rfc3339(given).ok_or_else(|| Problem::bad_request(text)),
    };
    let step = asked.grain.unwrap_or_default();
    let seconds = step.grain().seconds();
    let to = time(&asked.to, clock::now() + 1)?;
    let from = time(&asked.from, to - POINTS_DEFAULT * seconds)?;
    if from > to || (to - from) / seconds > POINTS_MAX {
        return Err(Problem::bad_request(
            "`from` must lie before `to`, and at most 3000 steps: ask for a larger `grain`.",
        ));
    }
    let mut tx = app.db.read().await?;
    let user_id = match &asked.user {
        None => String::new(),
        Some(user) if user.contains('\0') => return Err(Problem::not_found()),
        Some(user) => find(&mut tx, account, user).await?.id,
    };
    let of = (account.id.as_str(), user_id.as_str());
    let begin = from - from.rem_euclid(seconds);
    let rows = store::usage::list(&mut tx, of, step.grain(), (begin, to)).await?;
    Ok(Usage {
        grain: step,
        from: clock::rfc3339(begin),
        to: clock::rfc3339(to),
        data: rows.into_iter().map(UsagePoint::from).collect(),
    })
}

/// What the account, or one of its users, has used.
#[utoipa::path(get, path = "/accounts/{account}/usage", operation_id = "get_usage", tag = "usage",
    params(InAccount<may::ReadUsage>, UsageParams),
    responses((status = 200, body = Usage), (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadUsage>,
    asked: Result<Query<UsageParams>, QueryRejection>,
) -> Result<Answer<Usage>, Problem> {
    Ok(Answer(read(&app, &scope.account, asked).await?))
}

/// The same as CSV.
#[utoipa::path(get, path = "/accounts/{account}/usage.csv", operation_id = "get_usage_csv",
    tag = "usage",
    params(InAccount<may::ReadUsage>, UsageParams),
    responses((status = 200, body = String, content_type = "text/csv"),
              (status = "4XX", body = ProblemBody)))]
pub(super) async fn csv(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadUsage>,
    asked: Result<Query<UsageParams>, QueryRejection>,
) -> Result<([(HeaderName, &'static str); 1], String), Problem> {
    let usage = read(&app, &scope.account, asked).await?;
    let mut text = String::from(
        "at,messages_in,bytes_in,messages_out,bytes_out,connections,gap,disk_bytes,\
         memory_bytes\r\n",
    );
    let or_nothing = |bytes: Option<i64>| bytes.map(|bytes| bytes.to_string()).unwrap_or_default();
    for point in usage.data {
        // Numbers, times and flags need no quotes. Writing to a text does not fail.
        let _ = write!(
            text,
            "{},{},{},{},{},{},{},{},{}\r\n",
            point.at,
            point.messages_in,
            point.bytes_in,
            point.messages_out,
            point.bytes_out,
            point.connections,
            point.gap,
            or_nothing(point.disk_bytes),
            or_nothing(point.memory_bytes)
        );
    }
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], text))
}
