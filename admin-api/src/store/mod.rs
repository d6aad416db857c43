//! The database: SQLite or PostgreSQL behind one SQL text.
//!
//! A [`Tx`] is the only way to the tables: one per request, read or write, committed by its owner.
//! All SQL of the crate lives in this folder, one file per aggregate, portable between both
//! databases; only the migrations differ. On SQLite writes take [`turns`] (`BEGIN IMMEDIATE` on one
//! connection); on PostgreSQL a write begins by locking the account's row. Nothing here knows
//! HTTP or the broker.

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{
    Connection as _, Database, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction,
};

use measured::{Begin, Measured};
use turns::{Line, Turn};

use crate::telemetry;

pub(crate) mod account_roles;
pub(crate) mod accounts;
pub(crate) mod activations;
pub(crate) mod admissions;
pub(crate) mod audit;
mod batch;
pub(crate) mod callouts;
pub(crate) mod deliveries;
pub(crate) mod device_authorities;
pub(crate) mod devices;
pub(crate) mod dump;
pub(crate) mod engines;
pub(crate) mod enrolments;
pub(crate) mod events;
pub(crate) mod exports;
pub(crate) mod feed;
pub(crate) mod foundation;
pub(crate) mod idempotency;
pub(crate) mod imports;
pub(crate) mod issuances;
pub(crate) mod keys;
pub(crate) mod lifecycle;
pub(crate) mod list;
pub(crate) mod manifests;
mod measured;
pub(crate) mod members;
pub(crate) mod news;
pub(crate) mod operations;
pub(crate) mod operators;
pub(crate) mod orgs;
pub(crate) mod places;
pub(crate) mod plans;
pub(crate) mod providers;
pub(crate) mod requests;
pub(crate) mod roles;
pub(crate) mod service_accounts;
pub(crate) mod sessions;
pub(crate) mod settings;
pub(crate) mod tenant;
pub(crate) mod transfer;
mod turns;
pub(crate) mod usage;
pub(crate) mod users;
pub(crate) mod vault;
pub(crate) mod webhooks;

static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("../migrations/postgres");
static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("../migrations/sqlite");

/// How long a request waits for a connection before it is told that the database is away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// Connections to PostgreSQL: the API is not the hot path, and PostgreSQL's own limit is small.
const POSTGRES_CONNECTIONS_MAX: u32 = 16;
const POSTGRES_LOOKUPS_MAX: u32 = 4;
/// A connection that was in use so lately is not asked whether it still lives.
const POSTGRES_FRESH: Duration = Duration::from_secs(1);
/// What the connection that writes keeps in memory: 32 MiB (SQLite counts KiB below zero). With the
/// 2 MB that it has otherwise, the inner pages of indexes are read again and again.
const SQLITE_CACHE: &str = "-32768";
/// Pages of the write-ahead log (4 KiB each) after which it is folded into the file. A page that
/// changed a hundred times until then is written once: 32 MiB instead of 4.
const SQLITE_CHECKPOINT: &str = "8192";
const SQLITE_READERS_MAX: u32 = 4;
/// How long SQLite waits for another process (a backup, `sqlite3`) that holds the lock.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(3);
/// The server ends a statement or a transaction that outlives its request by far. Every statement
/// of ours has an index to walk; planning must not find reading all of a table cheaper, or compile.
const POSTGRES_SESSION: [(&str, &str); 6] = [
    ("jit", "off"),
    ("random_page_cost", "1.1"),
    ("statement_timeout", "10s"),
    ("lock_timeout", "5s"),
    ("idle_in_transaction_session_timeout", "30s"),
    ("tcp_user_timeout", "5s"),
];

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection to the database, or it was lost.
    #[error("the database is not reachable")]
    Unavailable(#[source] sqlx::Error),
    /// A unique name or key is taken. Callers turn this into a conflict.
    #[error("the row exists already")]
    Duplicate(#[source] sqlx::Error),
    /// A migration failed, or the database was migrated by a newer version.
    #[error("the database schema could not be brought up to date")]
    Migrate(#[source] MigrateError),
    /// The URL is not one of `sqlite:` or `postgres:`.
    #[error("database_url must begin with `postgres://` or `sqlite:`")]
    Url(#[source] Option<sqlx::Error>),
    /// A stored value is impossible.
    #[error("column {column} of row {row} holds an impossible value")]
    Corrupt {
        /// `table.column`.
        column: &'static str,
        /// The id of the row.
        row: String,
    },
    /// Other rows hang on it.
    #[error("other rows hang on it")]
    InUse(#[source] sqlx::Error),
    /// Anything else that the database answered.
    #[error("the database refused a statement")]
    Sql(#[source] sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => {
                StoreError::Unavailable(error)
            }
            E::Database(inner) if inner.is_unique_violation() => StoreError::Duplicate(error),
            E::Database(inner) if inner.is_foreign_key_violation() => StoreError::InUse(error),
            E::Database(inner) if inner.code().is_some_and(|code| is_outage(&code)) => {
                StoreError::Unavailable(error)
            }
            _ => StoreError::Sql(error),
        }
    }
}

impl StoreError {
    pub(crate) fn corrupt(column: &'static str, row: impl Into<String>) -> Self {
        StoreError::Corrupt {
            column,
            row: row.into(),
        }
    }

    /// Whether trying again later may help.
    pub(crate) fn is_outage(&self) -> bool {
        match self {
            StoreError::Unavailable(_) => true,
            StoreError::Migrate(MigrateError::Execute(error)) => {
                matches!(error, sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut)
            }
            _ => false,
        }
    }
}

/// PostgreSQL: connection exceptions (08), out of connections (53300), shutting down or starting
/// (57P..), lock timeout (55P03), cancelled (57014). SQLite: busy (5), locked (6), I/O error (10),
/// full (13), cannot open (14), with their extended codes.
fn is_outage(code: &str) -> bool {
    const SQLITE_OUTAGE: [u32; 5] = [5, 6, 10, 13, 14];
    match code.parse::<u32>() {
        Ok(number) if code.len() < 5 => SQLITE_OUTAGE.contains(&(number & 0xff)),
        _ => {
            code.starts_with("08")
                || code.starts_with("57P")
                || ["53300", "55P03", "57014"].contains(&code)
        }
    }
}

/// The database, whichever it is. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) enum Db {
    Postgres(Postgresql),
    Sqlite { readers: SqlitePool, writers: Line },
}

/// PostgreSQL.
#[derive(Debug, Clone)]
pub(crate) struct Postgresql {
    /// For transactions, each of which says for whom it is.
    pub(super) pool: PgPool,
    /// For single look-ups that find out who calls.
    lookups: PgPool,
    service: Arc<tenant::Service>,
}

/// One transaction. Dropped without [`Tx::commit`] it changes nothing.
#[derive(Debug)]
pub(crate) enum Tx {
    Postgres(Measured<Session<Postgres>>),
    Sqlite(Measured<Lite>),
}

/// What statements run in on SQLite.
#[derive(Debug)]
pub(crate) enum Lite {
    Reading(Session<Sqlite>),
    Writing(Turn),
}

impl Lite {
    async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Lite::Reading(session) => session.commit().await,
            Lite::Writing(turn) => turn.commit().await,
        }
    }

    async fn rollback(self) -> Result<(), sqlx::Error> {
        match self {
            Lite::Reading(session) => session.rollback().await,
            Lite::Writing(turn) => turn.rollback().await,
        }
    }
}

impl Deref for Lite {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match self {
            Lite::Reading(session) => session,
            Lite::Writing(turn) => turn,
        }
    }
}

impl DerefMut for Lite {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Lite::Reading(session) => session,
            Lite::Writing(turn) => turn,
        }
    }
}

/// What statements run in.
#[derive(Debug)]
pub(crate) enum Session<D: Database> {
    Transaction(Transaction<'static, D>),
    /// Nothing: each statement is for itself.
    Bare(PoolConnection<D>),
}

impl<D: Database> Deref for Session<D> {
    type Target = D::Connection;

    fn deref(&self) -> &D::Connection {
        match self {
            Session::Transaction(transaction) => transaction,
            Session::Bare(connection) => connection,
        }
    }
}

impl<D: Database> DerefMut for Session<D> {
    fn deref_mut(&mut self) -> &mut D::Connection {
        match self {
            Session::Transaction(transaction) => transaction,
            Session::Bare(connection) => connection,
        }
    }
}

impl<D: Database> Session<D> {
    async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Session::Transaction(transaction) => transaction.commit().await,
            Session::Bare(_) => Ok(()),
        }
    }

    async fn rollback(self) -> Result<(), sqlx::Error> {
        match self {
            Session::Transaction(transaction) => transaction.rollback().await,
            Session::Bare(_) => Ok(()),
        }
    }
}

/// Runs one statement on whichever database `$tx` talks to: `each!(tx, c => query.execute(c))`.
macro_rules! each {
    ($tx:expr, $c:ident => $statement:expr) => {
        match $tx {
            $crate::store::Tx::Postgres(tx) => {
                let $c = &mut **tx;
                $statement.await
            }
            $crate::store::Tx::Sqlite(tx) => {
                let $c = &mut **tx;
                $statement.await
            }
        }
    };
}

/// Executes a statement and gives the number of rows that it touched.
macro_rules! affected {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $tx {
            $crate::store::Tx::Postgres(tx) => {
                sqlx::query($sql)$(.bind($bind))*.execute(&mut **tx).await?.rows_affected()
            }
            $crate::store::Tx::Sqlite(tx) => {
                sqlx::query($sql)$(.bind($bind))*.execute(&mut **tx).await?.rows_affected()
            }
        }
    };
}

pub(crate) use {affected, each};

impl Db {
    /// The database at `url`, or the SQLite file `default_file`. Does not connect yet.
    pub(crate) fn open(url: Option<&str>, default_file: &Path) -> Result<Self, StoreError> {
        match url {
            None => Ok(Self::sqlite(
                SqliteConnectOptions::new().filename(default_file),
            )),
            Some(url) if url.starts_with("sqlite:") => SqliteConnectOptions::from_str(url)
                .map(Self::sqlite)
                .map_err(|error| StoreError::Url(Some(error))),
            Some(url) if url.starts_with("postgres:") || url.starts_with("postgresql:") => {
                PgConnectOptions::from_str(url)
                    .map(Self::postgres)
                    .map_err(|error| StoreError::Url(Some(error)))
            }
            Some(_) => Err(StoreError::Url(None)),
        }
    }

    fn sqlite(options: SqliteConnectOptions) -> Self {
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(SQLITE_BUSY_TIMEOUT);
        let pool = |connections, options| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                // A file does not go away.
                .test_before_acquire(false)
                .connect_lazy_with(options)
        };
        Db::Sqlite {
            readers: pool(
                SQLITE_READERS_MAX,
                options.clone().pragma("query_only", "ON"),
            ),
            writers: Line::new(pool(
                1,
                options
                    .pragma("cache_size", SQLITE_CACHE)
                    .pragma("wal_autocheckpoint", SQLITE_CHECKPOINT),
            )),
        }
    }

    fn postgres(options: PgConnectOptions) -> Self {
        let options = options
            .application_name("tidegate")
            .options(POSTGRES_SESSION);
        let pool = |connections, options| {
            PgPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .idle_timeout(Some(Duration::from_secs(300)))
                .max_lifetime(Some(Duration::from_secs(1800)))
                .test_before_acquire(false)
                .before_acquire(|connection, meta| {
                    Box::pin(async move {
                        Ok(meta.idle_for < POSTGRES_FRESH || connection.ping().await.is_ok())
                    })
                })
                .connect_lazy_with(options)
        };
        Db::Postgres(Postgresql {
            lookups: pool(
                POSTGRES_LOOKUPS_MAX,
                options
                    .clone()
                    .options([tenant::NO_WALL, ("default_transaction_read_only", "on")]),
            ),
            pool: pool(POSTGRES_CONNECTIONS_MAX, options),
            service: Arc::default(),
        })
    }

    /// Brings the schema up to date.
    pub(crate) async fn migrate(&self) -> Result<(), StoreError> {
        let result = match self {
            Db::Postgres(Postgresql { pool, .. }) => {
                // Migrations see every row, also by an owner who is bound by the wall.
                let options = pool.connect_options().as_ref().clone();
                let own = PgPoolOptions::new()
                    .max_connections(1)
                    .acquire_timeout(ACQUIRE_TIMEOUT)
                    .connect_lazy_with(options.options([tenant::NO_WALL]));
                let result = POSTGRES_MIGRATIONS.run(&own).await;
                own.close().await;
                result
            }
            Db::Sqlite { writers, .. } => SQLITE_MIGRATIONS.run(&writers.pool).await,
        };
        result.map_err(|error| match error {
            MigrateError::Execute(source) => match StoreError::from(source) {
                StoreError::Unavailable(source) => StoreError::Unavailable(source),
                StoreError::Duplicate(source)
                | StoreError::InUse(source)
                | StoreError::Sql(source) => StoreError::Migrate(MigrateError::Execute(source)),
                other => other,
            },
            other => StoreError::Migrate(other),
        })
    }

    /// Begins a transaction that only reads: one consistent picture.
    pub(crate) async fn read(&self) -> Result<Tx, StoreError> {
        let trace = Begin(telemetry::transaction("read", self.kind()));
        Ok(match self {
            Db::Postgres(database) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                let begun = tenant::begin(&database.pool, &database.service, begin, None);
                Tx::Postgres(trace.done(begun.await.map(Session::Transaction))?)
            }
            Db::Sqlite { readers, .. } => {
                let begun = readers.begin_with("BEGIN DEFERRED").await;
                Tx::Sqlite(trace.done(begun.map(Session::Transaction).map(Lite::Reading))?)
            }
        })
    }

    /// For one look-up that finds out who calls and where: a statement for itself, which costs a
    /// third of a transaction. It sees every tenant, so its own conditions must bound it.
    pub(crate) async fn look_up(&self) -> Result<Tx, StoreError> {
        let trace = Begin(telemetry::transaction("look up", self.kind()));
        Ok(match self {
            Db::Postgres(database) => {
                let bare = database.lookups.acquire().await;
                Tx::Postgres(trace.done(bare.map(Session::Bare))?)
            }
            Db::Sqlite { readers, .. } => {
                let bare = readers.acquire().await;
                Tx::Sqlite(trace.done(bare.map(Session::Bare).map(Lite::Reading))?)
            }
        })
    }

    /// Begins a transaction that writes.
    pub(crate) async fn write(&self) -> Result<Tx, StoreError> {
        self.write_locking(None).await
    }

    /// The same, with the lock of an account's row from the start: PostgreSQL does both in one
    /// trip, and SQLite has one lock for all. Whether there is such an account shows when it is
    /// read.
    pub(crate) async fn write_to(&self, account_id: &str) -> Result<Tx, StoreError> {
        self.write_locking(Some(account_id)).await
    }

    async fn write_locking(&self, account_id: Option<&str>) -> Result<Tx, StoreError> {
        let trace = Begin(telemetry::transaction("write", self.kind()));
        Ok(match self {
            Db::Postgres(database) => {
                let (pool, service) = (&database.pool, &database.service);
                let begun = tenant::begin(pool, service, "BEGIN", account_id);
                Tx::Postgres(trace.done(begun.await.map(Session::Transaction))?)
            }
            Db::Sqlite { writers, .. } => {
                Tx::Sqlite(trace.done(writers.turn().await.map(Lite::Writing))?)
            }
        })
    }

    /// Whether the database answers now.
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        let mut tx = self.read().await?;
        let one: i32 = each!(&mut tx, c => sqlx::query_scalar("SELECT 1").fetch_one(c))?;
        debug_assert_eq!(one, 1);
        Ok(())
    }

    /// `postgresql` or `sqlite`.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Db::Postgres(..) => "postgresql",
            Db::Sqlite { .. } => "sqlite",
        }
    }

    /// Closes every connection; SQLite folds its write-ahead log into the file.
    pub(crate) async fn close(&self) {
        match self {
            Db::Postgres(database) => {
                database.lookups.close().await;
                database.pool.close().await;
            }
            Db::Sqlite { readers, writers } => {
                readers.close().await;
                writers.pool.close().await;
            }
        }
    }
}

impl Tx {
    /// Makes the transaction's changes lasting.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Tx::Postgres(tx) => tx.commit(Session::commit).await?,
            Tx::Sqlite(tx) => tx.commit(Lite::commit).await?,
        }
        Ok(())
    }

    /// Undoes the transaction's changes now; dropping it does so a moment later.
    pub(crate) async fn rollback(self) -> Result<(), StoreError> {
        match self {
            Tx::Postgres(tx) => tx.into_inner().rollback().await?,
            Tx::Sqlite(tx) => tx.into_inner().rollback().await?,
        }
        Ok(())
    }
}

/// What a caller may see: everything, one organisation, or one account. Every lookup that serves
/// a caller takes it, so that another tenant's row reads as absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) org_id: Option<String>,
    pub(crate) account_id: Option<String>,
}

impl Scope {
    /// What lies in this organisation and account, as far as they are named.
    pub(crate) fn of(org_id: Option<&str>, account_id: Option<&str>) -> Self {
        Self {
            org_id: org_id.map(str::to_owned),
            account_id: account_id.map(str::to_owned),
        }
    }

    /// No id is empty, so this reaches nothing.
    pub(crate) fn nothing() -> Self {
        Self {
            org_id: Some(String::new()),
            account_id: Some(String::new()),
        }
    }
}

/// Which part of a list to read: `limit` rows after the id `after`.
#[derive(Debug, Clone)]
pub(crate) struct Window {
    pub(crate) after: String,
    pub(crate) limit: i64,
}

#[cfg(test)]
pub(crate) mod tests;
