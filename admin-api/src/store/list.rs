//! Lists: sorted, filtered, searched, and paged by key, so that a page costs the same anywhere.
//!
//! A list says what it can do in a [`List`] beside its rows; nothing else can be asked, because
//! each of these has an index. SQL is put together from constants only: what callers send is bound.
//! That no page looks at more rows than it shows is tested in `store/tests/lists.rs`.

pub(super) mod statement;

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow, Postgres, Sqlite};

use super::{Scope, StoreError, Tx};
use crate::ids::IdKind;

/// A total is counted up to here.
pub(crate) const TOTAL_MAX: i64 = 10_000;

/// A statement with its values.
macro_rules! bound {
    ($statement:expr, $values:expr) => {
        $values
            .into_iter()
            .fold($statement, |statement, value| match value {
                Value::Flag(flag) => statement.bind(flag),
                Value::Number(number) => statement.bind(number),
                Value::Text(text) => statement.bind(text),
            })
    };
}
#[cfg(test)]
pub(super) use bound;

/// A value that a list is compared with.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub(crate) enum Value {
    Flag(bool),
    Number(i64),
    Text(String),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

/// How a field is written in a query and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    /// RFC 3339 outside, Unix seconds inside.
    Time,
    Flag,
    /// One of these words, each with the condition that it stands for.
    Words(&'static [(&'static str, &'static str)]),
}

/// Something that callers sort or filter by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    /// As the API calls it.
    pub(crate) name: &'static str,
    pub(crate) column: &'static str,
    pub(crate) kind: Kind,
}

/// A field of this kind.
pub(crate) const fn field(name: &'static str, column: &'static str, kind: Kind) -> Field {
    Field { name, column, kind }
}

/// What a word of a filter stands for.
fn condition_of(kind: Kind, value: &Value) -> Option<&'static str> {
    let (Kind::Words(words), Value::Text(text)) = (kind, value) else {
        return None;
    };
    let known = words.iter().find(|(word, _)| word == text);
    // Who asks for another word asks for nothing that is there.
    Some(known.map_or("1 = 0", |(_, condition)| *condition))
}

/// What a list can do. Each sort and each filter needs an index.
#[derive(Debug)]
pub(crate) struct List {
    /// `SELECT … FROM …`, without conditions.
    pub(crate) select: &'static str,
    /// `FROM …`, for counting.
    pub(crate) from: &'static str,
    /// The column of the id: `created_at` sorts by it, and every sort ends with it.
    pub(crate) id: &'static str,
    /// Whether the newest come first when nothing else is asked for.
    pub(crate) newest_first: bool,
    /// Sorts besides `created_at`.
    pub(crate) sorts: &'static [Field],
    /// Filters: equal to one of the values.
    pub(crate) filters: &'static [Field],
    /// What `q` is the beginning of: one of `sorts`, which then is the order.
    pub(crate) search: Option<Field>,
}

/// A filter for what ends before a time: by one of [`List::sorts`], which then is the order. Rows
/// that have 0 there never end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    /// As the API calls the filter.
    pub(crate) name: &'static str,
    pub(crate) field: Field,
}

/// A row that is listed.
pub(crate) trait Listed:
    for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin
{
    const LIST: List;
    /// What its ids name, when they tell the time.
    const ID: Option<IdKind>;
    /// Filters whose index is in the order of creation alone.
    const BY_CREATION: &'static [&'static str] = &[];
    const ENDING: Option<Ending> = None;

    fn id(&self) -> &str;

    /// The row's value of one of [`List::sorts`].
    fn sort_value(&self, name: &str) -> Value;
}

/// An order and where to go on in it.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// `None`: by id, which is by creation.
    pub(crate) by: Option<Field>,
    pub(crate) descending: bool,
    /// The last row of the page before: its value of `by`, and its id.
    pub(crate) after: Option<(Option<Value>, String)>,
}

impl Order {
    /// By creation, from the first on.
    pub(crate) fn by_id() -> Self {
        Self {
            by: None,
            descending: false,
            after: None,
        }
    }
}

/// A validated request for a page.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(crate) limit: i64,
    pub(crate) order: Order,
    /// Each: one of these values.
    pub(crate) filters: Vec<(Field, Vec<Value>)>,
    /// The beginning of [`List::search`].
    pub(crate) begins_with: Option<(Field, String)>,
    /// The end of [`Listed::ENDING`].
    pub(crate) ends_before: Option<(Field, i64)>,
    /// Ids from the first one on, and below the second one.
    pub(crate) since: Option<String>,
    pub(crate) until: Option<String>,
}

/// A condition that may hold, where others may instead.
#[derive(Debug, Clone)]
struct Choice {
    sql: String,
    /// Whether only few rows fulfil it, however many there are.
    is_few: bool,
}

/// Where all rows of a tenant's list lie; `org` is the place of the organisation's id.
#[derive(Debug, Clone)]
enum Bound {
    /// In one account of it.
    Account { org: String },
    /// Anywhere in it; `is_in` is the condition that says so.
    Org { org: String, is_in: String },
}

/// Conditions and what is bound to them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conditions {
    /// `SELECT …` and `FROM …` in the place of the list's own: another way to the same rows.
    source: Option<(&'static str, &'static str)>,
    sql: Vec<String>,
    /// Of each, one holds. Never two at once: see [`statement`].
    choices: Vec<Vec<Choice>>,
    bound: Option<Bound>,
    values: Vec<Value>,
}

impl Conditions {
    /// A condition without values.
    pub(crate) fn that(mut self, sql: &'static str) -> Self {
        self.sql.push(sql.to_owned());
        self
    }

    /// Reads from elsewhere; the columns have the names that they have in the list.
    pub(crate) fn out_of(mut self, select: &'static str, from: &'static str) -> Self {
        self.source = Some((select, from));
        self
    }

    /// A condition with values, each in the place of a `{}`.
    pub(crate) fn with(mut self, sql: &'static str, values: &[&str]) -> Self {
        let text = self.filled(sql, values);
        self.sql.push(text);
        self
    }

    /// One of these conditions, each with its values. No row may fulfil two of them, and those
    /// after the first one are fulfilled by few.
    pub(crate) fn one_of(mut self, choices: &[(&'static str, &[&str])]) -> Self {
        let choices = choices.iter().enumerate();
        let choices = choices.map(|(at, (sql, values))| Choice {
            sql: self.filled(sql, values),
            is_few: at > 0,
        });
        let choices = choices.collect();
        self.choices.push(choices);
        self
    }

    fn filled(&mut self, sql: &'static str, values: &[&str]) -> String {
        let mut parts = sql.split("{}");
        let mut text = parts.next().unwrap_or_default().to_owned();
        for (part, value) in parts.zip(values) {
            text.push_str(&self.bind(Value::from(*value)));
            text.push_str(part);
        }
        text
    }

    /// `column = value`.
    pub(crate) fn equal(mut self, column: &'static str, value: &str) -> Self {
        let place = self.bind(Value::from(value));
        self.sql.push(format!("{column} = {place}"));
        self
    }

    /// `column > value`.
    pub(crate) fn above(mut self, column: &'static str, value: i64) -> Self {
        let place = self.bind(Value::Number(value));
        self.sql.push(format!("{column} > {place}"));
        self
    }

    /// Rows of the scope's organisation and account, as far as it has them.
    pub(crate) fn reached_by(self, scope: &Scope) -> Self {
        self.in_columns(["org_id", "account_id"], scope)
    }

    /// The same, where the columns are called so. An account is in one organisation for good: asked
    /// for both, a database would look at each row for what the account's index does not have.
    pub(crate) fn in_columns(mut self, columns: [&'static str; 2], scope: &Scope) -> Self {
        let [org, account] = columns;
        let Some(id) = scope.org_id.as_deref() else {
            return self.within(account, scope.account_id.as_deref());
        };
        let place = self.bind(Value::from(id));
        self.bound = Some(match scope.account_id.as_deref() {
            Some(account_id) => {
                self = self.equal(account, account_id);
                Bound::Account { org: place }
            }
            None => {
                let is_in = format!("{org} = {place}");
                self.sql.push(is_in.clone());
                Bound::Org { org: place, is_in }
            }
        });
        self
    }

    /// `column = value`, when there is a value: a bound of the caller's scope.
    pub(crate) fn within(self, column: &'static str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.equal(column, value),
            None => self,
        }
    }

    fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    fn filter(&mut self, field: Field, values: &[Value]) {
        let mut equal = Vec::new();
        for (at, value) in values.iter().enumerate() {
            if !values[..at].contains(value) {
                equal.push(self.equal_to(field, value));
            }
        }
        match equal.len() {
            1 => self.sql.append(&mut equal),
            _ => {
                let equal = equal.into_iter();
                let choices = equal.map(|sql| Choice { sql, is_few: false });
                self.choices.push(choices.collect());
            }
        }
    }

    fn equal_to(&mut self, field: Field, value: &Value) -> String {
        let column = field.column;
        if let Some(condition) = condition_of(field.kind, value) {
            return condition.to_owned();
        }
        // Not `= $1`: a partial index is found by the constant only.
        let place = match value {
            Value::Flag(true) => "TRUE".to_owned(),
            Value::Flag(false) => "FALSE".to_owned(),
            other => self.bind(other.clone()),
        };
        match (&self.bound, field.name) {
            (Some(Bound::Account { org }), "org") => format!("{place} = {org}"),
            (Some(Bound::Org { org, is_in }), "account") => {
                // Of an account of that organisation only its own rows are looked at, of others
                // none.
                self.sql.retain(|sql| sql != is_in);
                format!(
                    "{column} = (SELECT own.id FROM accounts own \
                     WHERE own.id = {place} AND own.org_id = {org})"
                )
            }
            _ => format!("{column} = {place}"),
        }
    }

    fn ends_before(&mut self, field: Field, time: i64) {
        let column = field.column;
        let place = self.bind(Value::Number(time));
        self.sql
            .push(format!("{column} > 0 AND {column} < {place}"));
    }

    /// As a range: `LIKE` would not use an index on every database.
    fn begins_with(&mut self, field: Field, text: &str) {
        let from = self.bind(Value::from(text));
        self.sql.push(format!("{} >= {from}", field.column));
        // Above every text that begins so: the last character that is.
        let to = self.bind(Value::Text(format!("{text}\u{10ffff}")));
        self.sql.push(format!("{} <= {to}", field.column));
    }

    fn after(&mut self, id: &'static str, order: &Order) {
        let Some((value, last)) = &order.after else {
            return;
        };
        let sign = if order.descending { "<" } else { ">" };
        let sql = match (order.by, value) {
            (Some(field), Some(value)) => {
                let (value, last) = (self.bind(value.clone()), self.bind(Value::from(&**last)));
                format!("({}, {id}) {sign} ({value}, {last})", field.column)
            }
            _ => {
                let last = self.bind(Value::from(&**last));
                format!("{id} {sign} {last}")
            }
        };
        self.sql.push(sql);
    }

    fn range(&mut self, id: &'static str, query: &Query) {
        for (sign, bound) in [(">=", &query.since), ("<", &query.until)] {
            if let Some(bound) = bound {
                let place = self.bind(Value::from(&**bound));
                self.sql.push(format!("{id} {sign} {place}"));
            }
        }
    }

    fn narrowed(mut self, id: &'static str, query: &Query) -> Self {
        self.range(id, query);
        for (field, values) in &query.filters {
            self.filter(*field, values);
        }
        if let Some((field, text)) = &query.begins_with {
            self.begins_with(*field, text);
        }
        if let Some((field, time)) = query.ends_before {
            self.ends_before(field, time);
        }
        self
    }
}

/// One page and a row more, which says whether there are others.
pub(crate) async fn page<R: Listed>(
    tx: &mut Tx,
    conditions: Conditions,
    query: &Query,
) -> Result<Vec<R>, StoreError> {
    let (sql, values) = statement::of_page(&R::LIST, conditions, query);
    Ok(match tx {
        Tx::Postgres(tx) => {
            let asked = sqlx::query_as::<Postgres, R>(AssertSqlSafe(sql));
            bound!(asked, values).fetch_all(&mut **tx).await?
        }
        Tx::Sqlite(tx) => {
            let asked = sqlx::query_as::<Sqlite, R>(AssertSqlSafe(sql));
            bound!(asked, values).fetch_all(&mut **tx).await?
        }
    })
}

/// How many rows there are on all pages, counted up to [`TOTAL_MAX`] and one more.
pub(crate) async fn total<R: Listed>(
    tx: &mut Tx,
    conditions: Conditions,
    query: &Query,
) -> Result<i64, StoreError> {
    let (sql, values) = statement::of_total(&R::LIST, conditions, query);
    Ok(match tx {
        Tx::Postgres(tx) => {
            let asked = sqlx::query_scalar::<Postgres, i64>(AssertSqlSafe(sql));
            bound!(asked, values).fetch_one(&mut **tx).await?
        }
        Tx::Sqlite(tx) => {
            let asked = sqlx::query_scalar::<Sqlite, i64>(AssertSqlSafe(sql));
            bound!(asked, values).fetch_one(&mut **tx).await?
        }
    })
}

/// The rows after this id, by id.
pub(crate) async fn after<R: Listed>(
    tx: &mut Tx,
    conditions: Conditions,
    id: &str,
    limit: i64,
) -> Result<Vec<R>, StoreError> {
    let query = Query {
        limit: limit - 1,
        order: Order {
            by: None,
            descending: false,
            after: Some((None, id.to_owned())),
        },
        filters: Vec::new(),
        begins_with: None,
        ends_before: None,
        since: None,
        until: None,
    };
    page(tx, conditions, &query).await
}
