//! What accounts and their users have used, by minute, hour and day, and how far servers were read.

use super::{StoreError, Tx, affected, each};

/// What was sent and received.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Amounts {
    /// By clients.
    pub(crate) messages_in: i64,
    pub(crate) bytes_in: i64,
    /// To clients.
    pub(crate) messages_out: i64,
    pub(crate) bytes_out: i64,
}

impl Amounts {
    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// What came on top of `before`, or `None` when counting has begun anew since.
    pub(crate) fn since(&self, before: &Self) -> Option<Self> {
        let delta = Self {
            messages_in: self.messages_in - before.messages_in,
            bytes_in: self.bytes_in - before.bytes_in,
            messages_out: self.messages_out - before.messages_out,
            bytes_out: self.bytes_out - before.bytes_out,
        };
        let parts = [
            delta.messages_in,
            delta.bytes_in,
            delta.messages_out,
            delta.bytes_out,
        ];
        parts.iter().all(|part| *part >= 0).then_some(delta)
    }

    pub(crate) fn add(&mut self, more: &Self) {
        self.messages_in += more.messages_in;
        self.bytes_in += more.bytes_in;
        self.messages_out += more.messages_out;
        self.bytes_out += more.bytes_out;
    }
}

/// What an account's streams take, with all replicas.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Storage {
    pub(crate) disk_bytes: i64,
    pub(crate) memory_bytes: i64,
}

impl Storage {
    pub(crate) fn add(&mut self, more: &Self) {
        self.disk_bytes += more.disk_bytes;
        self.memory_bytes += more.memory_bytes;
    }
}

/// A part of time in which usage is summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grain {
    Minute,
    Hour,
    Day,
}

impl Grain {
    pub(crate) const ALL: [Grain; 3] = [Grain::Minute, Grain::Hour, Grain::Day];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Grain::Minute => "minute",
            Grain::Hour => "hour",
            Grain::Day => "day",
        }
    }

    pub(crate) fn seconds(self) -> i64 {
        match self {
            Grain::Minute => 60,
            Grain::Hour => 3600,
            Grain::Day => 86_400,
        }
    }

    /// How long it is kept.
    fn kept_seconds(self) -> i64 {
        match self {
            Grain::Minute => 2 * 86_400,
            Grain::Hour => 62 * 86_400,
            Grain::Day => 1100 * 86_400,
        }
    }
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct UsageRow {
    pub(crate) at: i64,
    #[sqlx(flatten)]
    pub(crate) amounts: Amounts,
    pub(crate) connections: i64,
    pub(crate) gap: bool,
    pub(crate) disk_bytes: Option<i64>,
    pub(crate) memory_bytes: Option<i64>,
}

/// What is to be added.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Use<'a> {
    pub(crate) account_id: &'a str,
    /// Empty: all of the account.
    pub(crate) user_id: &'a str,
    pub(crate) amounts: Amounts,
    pub(crate) connections: i64,
    pub(crate) gap: bool,
    /// What streams take now; `None` where that is not known.
    pub(crate) storage: Option<Storage>,
}

/// How far a server was read for an account.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct CursorRow {
    pub(crate) account_id: String,
    pub(crate) server_id: String,
    pub(crate) started_at: String,
    #[sqlx(flatten)]
    pub(crate) amounts: Amounts,
    pub(crate) connections: i64,
}

/// Adds to minute, hour and day of `now`.
pub(crate) async fn add(tx: &mut Tx, more: &Use<'_>, now: i64) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO usage (account_id, user_id, grain, at, messages_in, bytes_in, \
                       messages_out, bytes_out, connections, gap, \
                       disk_bytes, memory_bytes) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
                       ON CONFLICT (account_id, user_id, grain, at) DO UPDATE SET \
                       messages_in = usage.messages_in + $5, bytes_in = usage.bytes_in + $6, \
                       messages_out = usage.messages_out + $7, \
                       bytes_out = usage.bytes_out + $8, \
                       connections = CASE WHEN usage.connections > $9 \
                       THEN usage.connections ELSE $9 END, gap = (usage.gap OR $10), \
                       disk_bytes = CASE WHEN usage.disk_bytes > COALESCE($11, -1) \
                       THEN usage.disk_bytes ELSE COALESCE($11, usage.disk_bytes) END, \
                       memory_bytes = CASE WHEN usage.memory_bytes > COALESCE($12, -1) \
                       THEN usage.memory_bytes ELSE COALESCE($12, usage.memory_bytes) END";
    for grain in Grain::ALL {
        affected!(
            &mut *tx,
            SQL,
            more.account_id,
            more.user_id,
            grain.as_str(),
            now - now.rem_euclid(grain.seconds()),
            more.amounts.messages_in,
            more.amounts.bytes_in,
            more.amounts.messages_out,
            more.amounts.bytes_out,
            more.connections,
            more.gap,
            more.storage.map(|storage| storage.disk_bytes),
            more.storage.map(|storage| storage.memory_bytes),
        );
    }
    Ok(())
}

/// What was used from `from` until before `to`, oldest first.
pub(crate) async fn list(
    tx: &mut Tx,
    (account_id, user_id): (&str, &str),
    grain: Grain,
    (from, to): (i64, i64),
) -> Result<Vec<UsageRow>, StoreError> {
    const SQL: &str = "SELECT at, messages_in, bytes_in, messages_out, bytes_out, connections, \
                       gap, disk_bytes, memory_bytes FROM usage WHERE account_id = $1 \
                       AND user_id = $2 AND grain = $3 AND at >= $4 AND at < $5 ORDER BY at";
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(account_id)
        .bind(user_id)
        .bind(grain.as_str())
        .bind(from)
        .bind(to)
        .fetch_all(c))?)
}

/// Forgets what is older than it is kept.
pub(crate) async fn prune(tx: &mut Tx, now: i64) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM usage WHERE grain = $1 AND at < $2";
    for grain in Grain::ALL {
        affected!(&mut *tx, SQL, grain.as_str(), now - grain.kept_seconds());
    }
    Ok(())
}

/// How far this server was read for an account.
pub(crate) async fn cursor(
    tx: &mut Tx,
    account_id: &str,
    server_id: &str,
) -> Result<Option<CursorRow>, StoreError> {
    const SQL: &str = "SELECT account_id, server_id, started_at, messages_in, bytes_in, \
                       messages_out, bytes_out, connections FROM usage_cursors \
                       WHERE account_id = $1 AND server_id = $2";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).bind(server_id).fetch_optional(c))?)
}

/// Accounts that had connections to this server when it was last read, by their keys.
pub(crate) async fn connected(tx: &mut Tx, server_id: &str) -> Result<Vec<String>, StoreError> {
    const SQL: &str = "SELECT a.public_key FROM usage_cursors c \
                       JOIN accounts a ON a.id = c.account_id \
                       WHERE c.server_id = $1 AND c.connections > 0 ORDER BY a.public_key";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(server_id).fetch_all(c))?)
}

/// Remembers how far a server was read.
pub(crate) async fn set_cursor(tx: &mut Tx, row: &CursorRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO usage_cursors (account_id, server_id, started_at, messages_in, \
                       bytes_in, messages_out, bytes_out, connections) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                       ON CONFLICT (account_id, server_id) DO UPDATE SET started_at = $3, \
                       messages_in = $4, bytes_in = $5, messages_out = $6, bytes_out = $7, \
                       connections = $8";
    affected!(
        tx,
        SQL,
        &row.account_id,
        &row.server_id,
        &row.started_at,
        row.amounts.messages_in,
        row.amounts.bytes_in,
        row.amounts.messages_out,
        row.amounts.bytes_out,
        row.connections,
    );
    Ok(())
}

/// When the engine was last asked, if ever.
pub(crate) async fn sampled_at(tx: &mut Tx, engine_id: &str) -> Result<Option<i64>, StoreError> {
    const SQL: &str = "SELECT sampled_at FROM usage_samples WHERE engine_id = $1";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(engine_id).fetch_optional(c))?)
}

/// Notes that the engine was asked.
pub(crate) async fn set_sampled_at(
    tx: &mut Tx,
    engine_id: &str,
    now: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO usage_samples (engine_id, sampled_at) VALUES ($1, $2) \
                       ON CONFLICT (engine_id) DO UPDATE SET sampled_at = $2";
    affected!(tx, SQL, engine_id, now);
    Ok(())
}

/// The id of the tenant account with this key.
pub(crate) async fn account_of(
    tx: &mut Tx,
    public_key: &str,
) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT id FROM accounts WHERE public_key = $1 AND kind = 'tenant'";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(public_key).fetch_optional(c))?)
}
