//! Every row of every table, out of one database and into another of whichever kind.
//!
//! Nothing here knows a table by name: tables, columns and their order are read from the schema,
//! so that a new migration cannot be forgotten.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::BASE64;
use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row as _};

use super::{StoreError, Tx, affected};

/// The bookkeeping of migrations belongs to each database itself.
const MIGRATIONS: &str = "_sqlx_migrations";

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Text,
    Integer,
    Flag,
    Bytes,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Table {
    #[serde(rename = "table")]
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
}

/// Takes the rows of a table, one after the other.
pub(crate) trait Rows: Send {
    /// One row, a value for each column.
    fn row(&mut self, row: Value) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// All tables, those that others refer to first.
pub(crate) async fn tables(tx: &mut Tx) -> Result<Vec<Table>, StoreError> {
    let names = pairs(
        tx,
        "SELECT table_name::text, '' FROM information_schema.tables \
         WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' \
         AND table_name <> $1 ORDER BY 1",
        "SELECT name, '' FROM sqlite_master WHERE type = 'table' \
         AND name NOT LIKE 'sqlite!_%' ESCAPE '!' AND name <> $1 ORDER BY 1",
        MIGRATIONS,
    )
    .await?;
    let references = pairs(
        tx,
        "SELECT DISTINCT c.conrelid::regclass::text, c.confrelid::regclass::text \
         FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace \
         WHERE c.contype = 'f' AND n.nspname = current_schema() \
         AND c.conrelid::regclass::text <> $1",
        "SELECT DISTINCT m.name, f.\"table\" FROM sqlite_master m \
         JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND m.name <> $1",
        MIGRATIONS,
    )
    .await?;
    let names = names.into_iter().map(|(name, _)| name).collect();
    let mut tables = Vec::new();
    for name in in_order(names, &references)? {
        let columns = columns(tx, &name).await?;
        tables.push(Table { name, columns });
    }
    Ok(tables)
}

/// Tables in an order in which each comes after those that it refers to.
fn in_order(
    mut names: BTreeSet<String>,
    references: &[(String, String)],
) -> Result<Vec<String>, StoreError> {
    let mut waits: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, to) in references.iter().filter(|(from, to)| from != to) {
        waits.entry(from).or_default().insert(to);
    }
    let mut ordered = Vec::with_capacity(names.len());
    while !names.is_empty() {
        let is_free = |name: &String| {
            let mut waits = waits.get(name.as_str()).into_iter().flatten();
            waits.all(|to| !names.contains(*to))
        };
        let free: Vec<String> = names.iter().filter(|name| is_free(name)).cloned().collect();
        let Some(first) = names.first().filter(|_| free.is_empty()) else {
            names.retain(|name| !free.contains(name));
            ordered.extend(free);
            continue;
        };
        return Err(StoreError::corrupt("schema.references", first));
    }
    Ok(ordered)
}

async fn columns(tx: &mut Tx, table: &str) -> Result<Vec<Column>, StoreError> {
    let columns = pairs(
        tx,
        "SELECT column_name::text, data_type::text FROM information_schema.columns \
         WHERE table_schema = current_schema() AND table_name = $1 \
         AND is_generated = 'NEVER' ORDER BY ordinal_position",
        "SELECT name, type FROM pragma_table_info($1) ORDER BY cid",
        table,
    )
    .await?;
    let column = |(name, declared): (String, String)| {
        let kind = match declared.to_ascii_lowercase().as_str() {
            "text" => Kind::Text,
            "bigint" | "integer" | "smallint" => Kind::Integer,
            "boolean" => Kind::Flag,
            "blob" | "bytea" => Kind::Bytes,
            _ => {
                return Err(StoreError::corrupt(
                    "schema.type",
                    format!("{table}.{name}"),
                ));
            }
        };
        Ok(Column { name, kind })
    };
    columns.into_iter().map(column).collect()
}

/// The rows of a query that has two texts, on either database.
async fn pairs(
    tx: &mut Tx,
    postgres: &'static str,
    sqlite: &'static str,
    bind: &str,
) -> Result<Vec<(String, String)>, StoreError> {
    Ok(match tx {
        Tx::Postgres(tx) => {
            let query = sqlx::query_as(postgres).bind(bind);
            query.fetch_all(&mut **tx).await?
        }
        Tx::Sqlite(tx) => {
            sqlx::query_as(sqlite)
                .bind(bind)
                .fetch_all(&mut **tx)
                .await?
        }
    })
}

/// Lets a transaction take as long as it needs: a request's bounds are for requests.
pub(crate) async fn take_time(tx: &mut Tx) -> Result<(), StoreError> {
    if matches!(tx, Tx::Postgres(_)) {
        affected!(&mut *tx, "SET LOCAL statement_timeout = 0");
        affected!(
            &mut *tx,
            "SET LOCAL idle_in_transaction_session_timeout = 0"
        );
    }
    Ok(())
}

/// Reads the value of one column, whichever database the row is of.
macro_rules! value_at {
    ($row:expr, $at:expr, $kind:expr) => {
        match $kind {
            Kind::Text => json!($row.try_get::<Option<String>, _>($at)?),
            Kind::Integer => json!($row.try_get::<Option<i64>, _>($at)?),
            Kind::Flag => json!($row.try_get::<Option<bool>, _>($at)?),
            Kind::Bytes => {
                let bytes = $row.try_get::<Option<Vec<u8>>, _>($at)?;
                json!(bytes.map(|bytes| BASE64.encode(&bytes)))
            }
        }
    };
}

/// Hands every row of a table to `rows`, and says how many there were.
pub(crate) async fn read(
    tx: &mut Tx,
    table: &Table,
    rows: &mut impl Rows,
) -> Result<u64, StoreError> {
    let selected = table.columns.iter().map(|column| match column.kind {
        Kind::Integer => format!("CAST(\"{0}\" AS BIGINT) AS \"{0}\"", column.name),
        _ => format!("\"{}\"", column.name),
    });
    let selected: Vec<String> = selected.collect();
    let sql = format!("SELECT {} FROM \"{}\"", selected.join(", "), table.name);
    let mut count = 0;
    macro_rules! each_row {
        ($tx:expr) => {{
            let mut found = sqlx::query(AssertSqlSafe(sql)).fetch(&mut **$tx);
            while let Some(row) = found.try_next().await? {
                let mut values = Vec::with_capacity(table.columns.len());
                for (at, column) in table.columns.iter().enumerate() {
                    values.push(value_at!(row, at, column.kind));
                }
                rows.row(Value::Array(values)).await?;
                count += 1;
            }
        }};
    }
    match tx {
        Tx::Postgres(tx) => each_row!(tx),
        Tx::Sqlite(tx) => each_row!(tx),
    }
    Ok(count)
}

/// Binds one value, whichever database the query is for.
macro_rules! bind_value {
    ($query:expr, $kind:expr, $value:expr, $wrong:expr) => {{
        let (value, is_null): (&Value, bool) = ($value, $value.is_null());
        match $kind {
            Kind::Text => {
                let text = value.as_str().map(str::to_owned);
                (is_null || text.is_some())
                    .then_some(())
                    .ok_or_else($wrong)?;
                $query.bind(text)
            }
            Kind::Integer => {
                let number = value.as_i64();
                (is_null || number.is_some())
                    .then_some(())
                    .ok_or_else($wrong)?;
                $query.bind(number)
            }
            Kind::Flag => {
                let flag = value.as_bool();
                (is_null || flag.is_some())
                    .then_some(())
                    .ok_or_else($wrong)?;
                $query.bind(flag)
            }
            Kind::Bytes => {
                let bytes = value
                    .as_str()
                    .and_then(|text| BASE64.decode(text.as_bytes()).ok());
                (is_null || bytes.is_some())
                    .then_some(())
                    .ok_or_else($wrong)?;
                $query.bind(bytes)
            }
        }
    }};
}

/// Stores rows into one table. Its columns must be columns that the table has.
#[derive(Debug)]
pub(crate) struct Insert {
    table: Table,
    sql: String,
}

impl Insert {
    pub(crate) fn new(table: Table) -> Self {
        let names = table
            .columns
            .iter()
            .map(|column| format!("\"{}\"", column.name));
        let names: Vec<String> = names.collect();
        let marks: Vec<String> = (1..=names.len()).map(|at| format!("${at}")).collect();
        let sql = format!(
            "INSERT INTO \"{}\" ({}) VALUES ({})",
            table.name,
            names.join(", "),
            marks.join(", ")
        );
        Self { table, sql }
    }

    /// Stores one row, a value for each column.
    pub(crate) async fn row(&self, tx: &mut Tx, row: &[Value]) -> Result<(), StoreError> {
        let table = &self.table;
        let wrong = || StoreError::corrupt("backup.row", &table.name);
        if row.len() != table.columns.len() {
            return Err(wrong());
        }
        macro_rules! insert {
            ($tx:expr) => {{
                let mut query = sqlx::query(AssertSqlSafe(self.sql.as_str()));
                for (column, value) in table.columns.iter().zip(row) {
                    query = bind_value!(query, column.kind, value, wrong);
                }
                query.execute(&mut **$tx).await?;
            }};
        }
        match tx {
            Tx::Postgres(tx) => insert!(tx),
            Tx::Sqlite(tx) => insert!(tx),
        }
        Ok(())
    }
}

/// Removes what migrations have put into a table, to make room for the rows of a backup.
pub(crate) async fn clear(tx: &mut Tx, table: &Table) -> Result<(), StoreError> {
    let sql = format!("SELECT COUNT(*) FROM \"{}\"", table.name);
    let count: i64 = match &mut *tx {
        Tx::Postgres(tx) => {
            let query = sqlx::query_scalar(AssertSqlSafe(sql));
            query.fetch_one(&mut **tx).await?
        }
        Tx::Sqlite(tx) => {
            sqlx::query_scalar(AssertSqlSafe(sql))
                .fetch_one(&mut **tx)
                .await?
        }
    };
    // Tables that keep what they have refuse a DELETE even when there is nothing to delete.
    if count > 0 {
        affected!(tx, AssertSqlSafe(format!("DELETE FROM \"{}\"", table.name)));
    }
    Ok(())
}

/// The brokers inside the processes that the backup knew are gone, and nobody drives its clusters:
/// whoever starts the restored installation enters it anew.
pub(crate) async fn forget_processes(tx: &mut Tx) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM engine_accounts WHERE engine_id IN \
         (SELECT id FROM engines WHERE kind = 'embedded')",
        "DELETE FROM feed_positions WHERE engine_id IN \
         (SELECT id FROM engines WHERE kind = 'embedded')",
        "DELETE FROM engines WHERE kind = 'embedded'",
        "UPDATE engines SET lease_holder = NULL, lease_until = 0",
    ] {
        affected!(&mut *tx, sql);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_comes_after_those_that_it_refers_to() {
        let names = ["a", "b", "c", "d"].map(str::to_owned);
        let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        let references = [
            pair("a", "c"),
            pair("c", "d"),
            pair("b", "b"),
            pair("a", "d"),
        ];
        let ordered = in_order(names.clone().into(), &references).unwrap();
        assert_eq!(ordered, ["b", "d", "c", "a"]);
        let circle = [pair("a", "b"), pair("b", "a")];
        assert!(in_order(names.into(), &circle).is_err());
    }
}
