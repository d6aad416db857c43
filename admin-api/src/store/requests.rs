//! Requests to import what another account offers, and the links through which one may ask.

use super::list::{Conditions, Kind, List, Listed, Value, field};
use super::{StoreError, Tx, affected, each};
use crate::ids::IdKind;

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct LinkRow {
    pub(crate) id: String,
    pub(crate) account_id: String,
    pub(crate) export_id: String,
    pub(crate) token_hash: String,
    pub(crate) last4: String,
    /// Whether who comes through it needs no further approval.
    pub(crate) approve: bool,
    /// 0: any number.
    pub(crate) max_uses: i64,
    pub(crate) uses: i64,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct RequestRow {
    pub(crate) id: String,
    pub(crate) importer_id: String,
    pub(crate) importer_slug: String,
    pub(crate) exporter_slug: String,
    pub(crate) export_id: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) subject: String,
    pub(crate) local_subject: String,
    pub(crate) message: String,
    pub(crate) state: String,
    pub(crate) reason: String,
    pub(crate) import_id: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) decided_at: Option<i64>,
}

/// A request that is not stored yet.
#[derive(Debug)]
pub(crate) struct NewRequest<'a> {
    pub(crate) id: &'a str,
    pub(crate) importer_id: &'a str,
    pub(crate) exporter_id: &'a str,
    pub(crate) export_id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) local_subject: &'a str,
    pub(crate) message: &'a str,
    pub(crate) now: i64,
}

/// Which side of its requests an account looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Importer,
    Exporter,
}

macro_rules! select_links {
    ($where:literal) => {
        concat!(
            "SELECT id, account_id, export_id, token_hash, last4, approve, max_uses, uses, \
             created_at, expires_at FROM share_links ",
            $where
        )
    };
}

macro_rules! select_requests {
    ($where:literal) => {
        concat!(
            "SELECT r.id, r.importer_id, i.slug AS importer_slug, \
             x.slug AS exporter_slug, r.export_id, e.kind, r.name, r.subject, r.local_subject, \
             r.message, r.state, r.reason, r.import_id, r.created_at, r.decided_at \
             FROM import_requests r JOIN accounts i ON i.id = r.importer_id \
             JOIN accounts x ON x.id = r.exporter_id JOIN exports e ON e.id = r.export_id ",
            $where
        )
    };
}

/// Stores a new link.
pub(crate) async fn insert_link(tx: &mut Tx, row: &LinkRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO share_links (id, account_id, export_id, token_hash, last4, \
                       approve, max_uses, uses, created_at, expires_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.account_id,
        &row.export_id,
        &row.token_hash,
        &row.last4,
        row.approve,
        row.max_uses,
        row.created_at,
        row.expires_at,
    );
    Ok(())
}

impl Listed for LinkRow {
    const ID: Option<IdKind> = Some(IdKind::ShareLink);
    const LIST: List = List {
        select: select_links!(""),
        from: "FROM share_links",
        id: "id",
        newest_first: false,
        sorts: &[],
        filters: &[],
        search: None,
    };

    fn id(&self) -> &str {
        &self.id
    }

    fn sort_value(&self, _: &str) -> Value {
        Value::from(&*self.id)
    }
}

/// An export's links.
pub(crate) fn links_of(export_id: &str) -> Conditions {
    Conditions::default().equal("export_id", export_id)
}

/// The link with this id, to an export.
pub(crate) async fn find_link(
    tx: &mut Tx,
    export_id: &str,
    id: &str,
) -> Result<Option<LinkRow>, StoreError> {
    const SQL: &str = select_links!("WHERE export_id = $1 AND id = $2");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(export_id).bind(id).fetch_optional(c))?)
}

/// Removes a link. `false` when it was gone already.
pub(crate) async fn delete_link(
    tx: &mut Tx,
    export_id: &str,
    id: &str,
) -> Result<bool, StoreError> {
    const SQL: &str = "DELETE FROM share_links WHERE export_id = $1 AND id = $2";
    Ok(affected!(tx, SQL, export_id, id) == 1)
}

/// Uses up one use of the link with this hash, if it has one left at `now`.
pub(crate) async fn use_link(
    tx: &mut Tx,
    token_hash: &str,
    now: i64,
) -> Result<Option<LinkRow>, StoreError> {
    const SQL: &str = "UPDATE share_links SET uses = uses + 1 WHERE token_hash = $1 \
                       AND expires_at > $2 AND (max_uses = 0 OR uses < max_uses)";
    if affected!(&mut *tx, SQL, token_hash, now) == 0 {
        return Ok(None);
    }
    const FIND: &str = select_links!("WHERE token_hash = $1");
    Ok(each!(tx, c => sqlx::query_as(FIND).bind(token_hash).fetch_optional(c))?)
}

/// Stores a new request; [`StoreError::Duplicate`] when the same one is pending.
pub(crate) async fn insert(tx: &mut Tx, new: &NewRequest<'_>) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO import_requests (id, importer_id, exporter_id, export_id, \
                       name, subject, local_subject, message, state, reason, created_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', '', $9)";
    affected!(
        tx,
        SQL,
        new.id,
        new.importer_id,
        new.exporter_id,
        new.export_id,
        new.name,
        new.subject,
        new.local_subject,
        new.message,
        new.now,
    );
    Ok(())
}

/// The request with this id, seen from one side.
pub(crate) async fn find(
    tx: &mut Tx,
    side: Side,
    account_id: &str,
    id: &str,
) -> Result<Option<RequestRow>, StoreError> {
    let sql = match side {
        Side::Importer => select_requests!("WHERE r.id = $1 AND r.importer_id = $2"),
        Side::Exporter => select_requests!("WHERE r.id = $1 AND r.exporter_id = $2"),
    };
    Ok(each!(tx, c => sqlx::query_as(sql).bind(id).bind(account_id).fetch_optional(c))?)
}

impl Listed for RequestRow {
    const ID: Option<IdKind> = Some(IdKind::ImportRequest);
    const LIST: List = List {
        select: select_requests!(""),
        from: "FROM import_requests r JOIN accounts i ON i.id = r.importer_id \
               JOIN accounts x ON x.id = r.exporter_id JOIN exports e ON e.id = r.export_id",
        id: "r.id",
        newest_first: false,
        sorts: &[],
        filters: &[
            field("state", "r.state", Kind::Text),
            field("export", "r.export_id", Kind::Text),
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

/// The newest request of an account for a subject of another.
pub(crate) async fn newest(
    tx: &mut Tx,
    importer_id: &str,
    exporter_id: &str,
    (kind, subject): (&str, &str),
) -> Result<Option<RequestRow>, StoreError> {
    const SQL: &str = select_requests!(
        "WHERE r.importer_id = $1 AND r.exporter_id = $2 AND e.kind = $3 AND r.subject = $4 \
         ORDER BY r.id DESC LIMIT 1"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(importer_id)
        .bind(exporter_id)
        .bind(kind)
        .bind(subject)
        .fetch_optional(c))?)
}

/// An account's requests, seen from one side.
pub(crate) fn of(side: Side, account_id: &str) -> Conditions {
    let column = match side {
        Side::Importer => "r.importer_id",
        Side::Exporter => "r.exporter_id",
    };
    Conditions::default().equal(column, account_id)
}

/// How many requests of this account wait for a decision.
pub(crate) async fn count_pending(tx: &mut Tx, importer_id: &str) -> Result<i64, StoreError> {
    const SQL: &str =
        "SELECT COUNT(*) FROM import_requests WHERE importer_id = $1 AND state = 'pending'";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(importer_id).fetch_one(c))?)
}

/// Decides a pending request: `false` when somebody else did before.
pub(crate) async fn decide(
    tx: &mut Tx,
    id: &str,
    state: &str,
    reason: &str,
    import_id: Option<&str>,
    now: i64,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE import_requests SET state = $2, reason = $3, import_id = $4, \
                       decided_at = $5, version = version + 1 \
                       WHERE id = $1 AND state = 'pending'";
    Ok(affected!(tx, SQL, id, state, reason, import_id, now) == 1)
}
