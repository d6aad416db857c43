//! The audit trail: append-only rows, written in the transaction of the change they record.

use super::batch::Batch;
use super::list::{Conditions, Kind, List, Listed, Value, field};
use super::{Scope, StoreError, Tx, affected, each};
use crate::ids::IdKind;

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct AuditRow {
    pub(crate) id: String,
    pub(crate) at: i64,
    pub(crate) org_id: Option<String>,
    pub(crate) account_id: Option<String>,
    pub(crate) actor: String,
    pub(crate) credential_id: Option<String>,
    pub(crate) action: String,
    pub(crate) target: String,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) client_ip: Option<String>,
    /// The W3C trace that the request belonged to.
    pub(crate) trace_id: Option<String>,
    /// Whether the change was only looked at.
    pub(crate) dry_run: bool,
    /// The account's id, or `platform`; empty for entries of before there were chains.
    pub(crate) chain: String,
    pub(crate) position: i64,
    pub(crate) hash: String,
}

/// The newest entry of a chain.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct HeadRow {
    pub(crate) chain: String,
    pub(crate) position: i64,
    pub(crate) hash: String,
}

macro_rules! select_audit {
    ($rest:literal) => {
        concat!(
            "SELECT id, at, org_id, account_id, actor, credential_id, action, target, before, \
             after, request_id, client_ip, trace_id, dry_run, chain, position, hash FROM audit ",
            $rest
        )
    };
}

/// Appends a row, linked by [`crate::trail::append`], and moves the head of its chain. The caller
/// holds the head's lock. It goes into the outbox, as an event or only for the feed.
pub(crate) async fn append(tx: &mut Tx, row: &AuditRow, is_event: bool) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO audit (id, at, org_id, account_id, actor, action, target, \
                       before, after, request_id, client_ip, dry_run, credential_id, chain, \
                       position, hash, trace_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, \
                       $10, $11, $12, $13, $14, $15, $16, $17)";
    const HEAD: &str = "UPDATE audit_heads SET position = $2, hash = $3 WHERE chain = $1";
    const OUTBOX: &str = "INSERT INTO outbox (id, is_event) VALUES ($1, $2)";
    let mut batch = Batch::default();
    batch.add(
        SQL,
        [
            (&row.id).into(),
            row.at.into(),
            (&row.org_id).into(),
            (&row.account_id).into(),
            (&row.actor).into(),
            (&row.action).into(),
            (&row.target).into(),
            (&row.before).into(),
            (&row.after).into(),
            (&row.request_id).into(),
            (&row.client_ip).into(),
            row.dry_run.into(),
            (&row.credential_id).into(),
            (&row.chain).into(),
            row.position.into(),
            (&row.hash).into(),
            (&row.trace_id).into(),
        ],
    );
    batch.add(
        HEAD,
        [(&row.chain).into(), row.position.into(), (&row.hash).into()],
    );
    batch.add(OUTBOX, [(&row.id).into(), is_event.into()]);
    batch.run(tx).await
}

impl Listed for AuditRow {
    const ID: Option<IdKind> = Some(IdKind::AuditEntry);
    const LIST: List = List {
        select: select_audit!(""),
        from: "FROM audit",
        id: "id",
        newest_first: true,
        sorts: &[],
        filters: &[
            field("account", "account_id", Kind::Text),
            field("action", "action", Kind::Text),
            field("actor", "actor", Kind::Text),
            field("target", "target", Kind::Text),
            field("trace_id", "trace_id", Kind::Text),
        ],
        search: None,
    };

    fn id(&self) -> &str {
        &self.id
    }

    fn sort_value(&self, _: &str) -> Value {
        Value::from(&*self.id)
    }
}

/// The rows that the scope reaches.
pub(crate) fn within(scope: &Scope) -> Conditions {
    Conditions::default().reached_by(scope)
}

/// The head of a chain, which may be none yet. Locked until the transaction ends.
pub(crate) async fn lock_head(tx: &mut Tx, chain: &str) -> Result<HeadRow, StoreError> {
    // On SQLite the whole transaction has the only lock there is.
    const THERE: &str = "SELECT chain, position, hash FROM audit_heads WHERE chain = $1";
    const LOCKED: &str = "SELECT chain, position, hash FROM audit_heads WHERE chain = $1 \
                          FOR NO KEY UPDATE";
    const FIRST: &str = "INSERT INTO audit_heads (chain, position, hash) VALUES ($1, 0, '') \
                         ON CONFLICT (chain) DO UPDATE SET chain = excluded.chain \
                         RETURNING chain, position, hash";
    let sql = match tx {
        Tx::Postgres(_) => LOCKED,
        Tx::Sqlite(_) => THERE,
    };
    let there = each!(&mut *tx, c => sqlx::query_as(sql).bind(chain).fetch_optional(c))?;
    match there {
        Some(head) => Ok(head),
        None => Ok(each!(tx, c => sqlx::query_as(FIRST).bind(chain).fetch_one(c))?),
    }
}

/// Heads that have moved since they were noted, except the one of `except`.
pub(crate) async fn unnoted_heads(
    tx: &mut Tx,
    except: &str,
    limit: i64,
) -> Result<Vec<HeadRow>, StoreError> {
    const SQL: &str = "SELECT h.chain, h.position, h.hash FROM audit_heads h \
                       LEFT JOIN audit_notes n ON n.chain = h.chain \
                       WHERE h.position > COALESCE(n.position, 0) AND h.chain <> $1 \
                       ORDER BY h.chain LIMIT $2";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(except).bind(limit).fetch_all(c))?)
}

/// Remembers that a head was noted up to `position`.
pub(crate) async fn note_head(tx: &mut Tx, chain: &str, position: i64) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO audit_notes (chain, position) VALUES ($1, $2) \
                       ON CONFLICT (chain) DO UPDATE SET position = excluded.position";
    affected!(tx, SQL, chain, position);
    Ok(())
}

/// The heads of chains whose name comes after `after`.
pub(crate) async fn heads(
    tx: &mut Tx,
    after: &str,
    limit: i64,
) -> Result<Vec<HeadRow>, StoreError> {
    const SQL: &str = "SELECT chain, position, hash FROM audit_heads \
                       WHERE chain > $1 AND position > 0 ORDER BY chain LIMIT $2";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(after).bind(limit).fetch_all(c))?)
}

/// The head of one chain.
pub(crate) async fn head(tx: &mut Tx, chain: &str) -> Result<Option<HeadRow>, StoreError> {
    const SQL: &str = "SELECT chain, position, hash FROM audit_heads \
                       WHERE chain = $1 AND position > 0";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(chain).fetch_optional(c))?)
}

/// The heads of an organisation's accounts whose name comes after `after`.
pub(crate) async fn heads_of_org(
    tx: &mut Tx,
    org_id: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<HeadRow>, StoreError> {
    const SQL: &str = "SELECT h.chain, h.position, h.hash FROM audit_heads h \
                       JOIN accounts a ON a.id = h.chain \
                       WHERE a.org_id = $1 AND a.id > $2 AND h.position > 0 \
                       ORDER BY a.id LIMIT $3";
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(org_id)
        .bind(after)
        .bind(limit)
        .fetch_all(c))?)
}

/// Chains that have entries but no head.
pub(crate) async fn headless_chains(tx: &mut Tx, limit: i64) -> Result<Vec<String>, StoreError> {
    const SQL: &str = "SELECT DISTINCT chain FROM audit a WHERE position > 0 AND NOT EXISTS \
                       (SELECT 1 FROM audit_heads h WHERE h.chain = a.chain AND h.position > 0) \
                       ORDER BY chain LIMIT $1";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(limit).fetch_all(c))?)
}

/// The entries of a chain after `position`.
pub(crate) async fn chain(
    tx: &mut Tx,
    chain: &str,
    position: i64,
    limit: i64,
) -> Result<Vec<AuditRow>, StoreError> {
    const SQL: &str = select_audit!(
        "WHERE chain = $1 AND position > $2 AND position > 0 ORDER BY position LIMIT $3"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(chain)
        .bind(position)
        .bind(limit)
        .fetch_all(c))?)
}

/// Entries that belong to no chain.
pub(crate) async fn count_unchained(tx: &mut Tx) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM audit WHERE position = 0";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).fetch_one(c))?)
}

/// How many of them claim to be later than the first entry of a chain.
pub(crate) async fn count_unchained_later(tx: &mut Tx) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM audit WHERE position = 0 \
                       AND id > (SELECT MIN(id) FROM audit WHERE position > 0)";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).fetch_one(c))?)
}

/// One entry.
pub(crate) async fn find(tx: &mut Tx, id: &str) -> Result<Option<AuditRow>, StoreError> {
    const SQL: &str = select_audit!("WHERE id = $1");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(id).fetch_optional(c))?)
}
