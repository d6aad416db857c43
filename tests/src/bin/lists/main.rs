//! How long a page of each list takes when there are a million rows.
//!
//! Rows are written into the database behind the API's back; what is measured is the API over HTTP,
//! authentication, SQL and JSON included.

#![expect(clippy::print_stdout, reason = "it reports to who started it")]

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tests::{Api, Postgres, Tidegate};

/// The bound of the design for every page.
const PAGE_MAX: Duration = Duration::from_millis(50);
const RUNS: usize = 30;
/// Rows of one INSERT.
const CHUNK: u32 = 100_000;

#[derive(Debug, Parser)]
struct Options {
    /// Users of one account, and entries of its audit trail.
    #[arg(long, default_value_t = 1_000_000)]
    users: u32,
    /// Where the table goes.
    #[arg(long)]
    output: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let mut table = format!(
        "| page of 50, {} rows, median / p99 | SQLite | PostgreSQL |\n|---|---|---|\n",
        options.users
    );
    let sqlite = Tidegate::serve().await?;
    let file = sqlite.data("tidegate.db");
    seed(&sqlite.api(), &options, &Database::Sqlite(file)).await?;
    let on_sqlite = measure(&sqlite.api(), options.users).await?;
    drop(sqlite);
    let server = Postgres::start()?;
    let url = server.url();
    let postgres = Tidegate::serve_on(&url).await?;
    seed(&postgres.api(), &options, &Database::Postgres(url)).await?;
    let on_postgres = measure(&postgres.api(), options.users).await?;
    let mut slow = Vec::new();
    for ((name, a), (_, b)) in on_sqlite.iter().zip(&on_postgres) {
        writeln!(table, "| {name} | {a} | {b} |")?;
        if a.p99 > PAGE_MAX || b.p99 > PAGE_MAX {
            slow.push(name.as_str());
        }
    }
    println!("{table}");
    if let Some(path) = options.output {
        fs::write(path, table)?;
    }
    ensure!(slow.is_empty(), "slower than {PAGE_MAX:?}: {slow:?}");
    Ok(())
}

enum Database {
    Sqlite(PathBuf),
    Postgres(String),
}

impl Database {
    async fn run(&self, statements: &[String]) -> Result<()> {
        match self {
            Self::Sqlite(file) => {
                let url = format!("sqlite:{}", file.display());
                let mut database = SqliteConnection::connect(&url).await?;
                for sql in statements {
                    sqlx::query(AssertSqlSafe(sql.clone()))
                        .execute(&mut database)
                        .await?;
                }
            }
            Self::Postgres(url) => {
                let mut database = PgConnection::connect(url).await?;
                for sql in statements {
                    sqlx::query(AssertSqlSafe(sql.clone()))
                        .execute(&mut database)
                        .await?;
                }
            }
        }
        Ok(())
    }

    /// The numbers of one chunk as a table `n (i)`.
    fn numbers(&self, from: u32, to: u32) -> String {
        match self {
            Self::Sqlite(_) => format!(
                "WITH RECURSIVE n(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n \
                 WHERE i + 1 < {to})"
            ),
            Self::Postgres(_) => {
                format!("WITH n(i) AS (SELECT generate_series({from}, {to} - 1))")
            }
        }
    }

    /// `i` with leading zeros.
    fn padded(&self, width: usize) -> String {
        match self {
            Self::Sqlite(_) => format!("printf('%0{width}d', i)"),
            Self::Postgres(_) => format!("lpad(i::text, {width}, '0')"),
        }
    }
}

async fn seed(api: &Api, options: &Options, database: &Database) -> Result<()> {
    let account = api.post("/accounts", &json!({ "name": "fleet" })).await?;
    let id = account["id"].as_str().context("the account has an id")?;
    let org = account["org"]
        .as_str()
        .context("the account has an organisation")?;
    let (long, short) = (database.padded(26), database.padded(8));
    let mut statements = Vec::new();
    for from in (0..options.users).step_by(CHUNK as usize) {
        let numbers = database.numbers(from, (from + CHUNK).min(options.users));
        statements.push(format!(
            "{numbers} INSERT INTO users (id, account_id, name, public_key, state, bearer, \
             permissions, limits, issuer_key, jwt_id, issued_at, expires_at, created_at) \
             SELECT 'usr_' || {long}, '{id}', 'device-' || {short}, 'U' || {long}, 'active', \
             (i % 100000 = 7), '{{}}', '{{}}', '', '', 1700000000, 2000000000 - i, \
             1700000000 + i FROM n"
        ));
        statements.push(format!(
            "{numbers} INSERT INTO audit (id, at, org_id, account_id, actor, action, target) \
             SELECT 'evt_' || {long}, 1700000000 + i, '{org}', '{id}', 'key_' || (i % 1000), \
             'user.create', 'usr_' || {long} FROM n"
        ));
    }
    statements.push("ANALYZE".to_owned());
    println!("seeding {} users and as many audit entries", options.users);
    database.run(&statements).await
}

struct Spread {
    median: Duration,
    p99: Duration,
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        write!(f, "{:.1} / {:.1} ms", ms(self.median), ms(self.p99))
    }
}

async fn measure(api: &Api, users: u32) -> Result<Vec<(String, Spread)>> {
    let middle = users / 2;
    let list = "/accounts/fleet/users";
    let queries = [
        ("users, the first", format!("{list}?limit=50")),
        ("users, a page deep inside", deep(api, list, "").await?),
        (
            "users, the newest",
            format!("{list}?limit=50&sort=-created_at"),
        ),
        (
            "users by name, deep inside",
            deep(api, list, &format!("&q=device-{middle:08}")).await?,
        ),
        (
            "users that expire first",
            format!("{list}?limit=50&sort=expires_at"),
        ),
        (
            "users whose name begins so",
            format!("{list}?limit=50&q=device-0{:03}", middle / 10_000),
        ),
        (
            "a user by name",
            format!("{list}?filter[name]=device-{middle:08}"),
        ),
        (
            "the few bearer users",
            format!("{list}?filter[bearer]=true"),
        ),
        (
            "users, with the total",
            format!("{list}?limit=50&total=true"),
        ),
        ("audit, the newest", "/audit?limit=50".to_owned()),
        (
            "audit of one key",
            "/audit?limit=50&filter[actor]=key_7".to_owned(),
        ),
        (
            "audit of one target",
            format!("/audit?filter[target]=usr_{middle:026}"),
        ),
        (
            "audit of an action nobody did",
            "/audit?filter[action]=org.create".to_owned(),
        ),
        ("accounts", "/accounts?limit=50".to_owned()),
        ("API keys", "/api-keys?limit=50".to_owned()),
    ];
    let mut measured = Vec::new();
    for (name, path) in queries {
        let mut times = Vec::with_capacity(RUNS);
        for _ in 0..RUNS {
            let begun = Instant::now();
            api.get(&path).await.with_context(|| name.to_owned())?;
            times.push(begun.elapsed());
        }
        times.sort_unstable();
        let spread = Spread {
            median: times[RUNS / 2],
            p99: times[RUNS - 1],
        };
        println!("{name}: {spread}");
        measured.push((name.to_owned(), spread));
    }
    Ok(measured)
}

/// The URL of a page that a cursor leads to, some pages in.
async fn deep(api: &Api, list: &str, query: &str) -> Result<String> {
    let mut path = format!("{list}?limit=500&sort=name{query}");
    if query.is_empty() {
        path = format!("{list}?limit=500");
    }
    let mut last = path.clone();
    for _ in 0..20 {
        let page: Value = api.get(&last).await?;
        match page["next_cursor"].as_str() {
            Some(cursor) => last = format!("{path}&cursor={cursor}"),
            None => break,
        }
    }
    Ok(last.replace("limit=500", "limit=50"))
}
