//! Several statements in one trip to the database: a trip costs more than what is done there.
//!
//! They must not need each other: on PostgreSQL none sees what the others do. References between
//! their rows are checked when all are done.

use std::fmt::Write as _;

use sqlx::AssertSqlSafe;

use super::{StoreError, Tx};

/// A value that is bound.
#[derive(Debug)]
pub(super) enum Bound {
    Text(Option<String>),
    Number(i64),
    Flag(bool),
    Bytes(Vec<u8>),
}

impl From<&str> for Bound {
    fn from(text: &str) -> Self {
        Bound::Text(Some(text.to_owned()))
    }
}

impl From<&String> for Bound {
    fn from(text: &String) -> Self {
        Bound::Text(Some(text.clone()))
    }
}

impl From<&Option<String>> for Bound {
    fn from(text: &Option<String>) -> Self {
        Bound::Text(text.clone())
    }
}

impl From<&[u8]> for Bound {
    fn from(bytes: &[u8]) -> Self {
        Bound::Bytes(bytes.to_vec())
    }
}

impl From<i64> for Bound {
    fn from(number: i64) -> Self {
        Bound::Number(number)
    }
}

impl From<bool> for Bound {
    fn from(flag: bool) -> Self {
        Bound::Flag(flag)
    }
}

/// Statements that change rows, each with values `$1`, `$2` and so on of its own.
#[derive(Debug, Default)]
pub(super) struct Batch {
    statements: Vec<String>,
    values: Vec<Bound>,
}

impl Batch {
    pub(super) fn add<const N: usize>(&mut self, sql: &str, values: [Bound; N]) {
        self.statements.push(shifted(sql, self.values.len()));
        self.values.extend(values);
    }

    /// Does all of it.
    pub(super) async fn run(self, tx: &mut Tx) -> Result<(), StoreError> {
        macro_rules! run {
            ($sql:expr, $tx:expr) => {{
                let mut query = sqlx::query(AssertSqlSafe($sql));
                for value in self.values {
                    query = match value {
                        Bound::Text(text) => query.bind(text),
                        Bound::Number(number) => query.bind(number),
                        Bound::Flag(flag) => query.bind(flag),
                        Bound::Bytes(bytes) => query.bind(bytes),
                    };
                }
                query.execute(&mut **$tx).await?;
            }};
        }
        match tx {
            Tx::Postgres(tx) => run!(chained(&self.statements), tx),
            Tx::Sqlite(tx) => run!(self.statements.join("; "), tx),
        }
        Ok(())
    }
}

/// The statement with the numbers of its values raised.
fn shifted(sql: &str, by: usize) -> String {
    let mut text = String::with_capacity(sql.len() + 8);
    let mut parts = sql.split('$');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        let number = number.parse::<usize>().unwrap_or_default() + by;
        // A String takes everything.
        let _ = write!(text, "${number}{rest}");
    }
    text
}

/// PostgreSQL's protocol takes one statement with values; all but the last hang on that.
fn chained(statements: &[String]) -> String {
    let Some((last, before)) = statements.split_last() else {
        return String::new();
    };
    if before.is_empty() {
        return last.clone();
    }
    let named = before.iter().enumerate();
    let named = named.map(|(at, sql)| format!("s{at} AS ({sql})"));
    let named: Vec<String> = named.collect();
    format!("WITH {} {last}", named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::{Batch, chained};

    #[test]
    fn every_statement_has_values_of_its_own() {
        let mut batch = Batch::default();
        batch.add("INSERT INTO a VALUES ($1, $2)", ["x".into(), 1.into()]);
        batch.add("UPDATE b SET c = $1 WHERE d = $1", [true.into()]);
        batch.add("DELETE FROM e", []);
        let sql = chained(&batch.statements);
        let expected = "WITH s0 AS (INSERT INTO a VALUES ($1, $2)), \
                        s1 AS (UPDATE b SET c = $3 WHERE d = $3) DELETE FROM e";
        assert_eq!(sql, expected);
    }
}
