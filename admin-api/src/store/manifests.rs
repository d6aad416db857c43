//! Which manifest made what.

use super::{StoreError, Tx, affected, each};

/// Something that a manifest made.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct OwnedRow {
    pub(crate) object_id: String,
    pub(crate) kind: String,
    pub(crate) account_id: Option<String>,
    pub(crate) manifest: String,
    /// Whose manifest it is: an organisation, an account, or, when empty, the platform.
    pub(crate) place: String,
}

/// All that the manifest made, oldest first.
pub(crate) async fn owned(
    tx: &mut Tx,
    manifest: &str,
    place: &str,
) -> Result<Vec<OwnedRow>, StoreError> {
    const SQL: &str = "SELECT object_id, kind, account_id, manifest, place FROM manifest_objects \
                       WHERE manifest = $1 AND place = $2 ORDER BY claimed_at, object_id";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(manifest).bind(place).fetch_all(c))?)
}

/// Whose something is, if a manifest made it.
pub(crate) async fn owner(tx: &mut Tx, object_id: &str) -> Result<Option<OwnedRow>, StoreError> {
    const SQL: &str = "SELECT object_id, kind, account_id, manifest, place FROM manifest_objects \
                       WHERE object_id = $1";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(object_id).fetch_optional(c))?)
}

/// Gives something to a manifest, whoever had it.
pub(crate) async fn claim(tx: &mut Tx, row: &OwnedRow, now: i64) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO manifest_objects (object_id, kind, account_id, manifest, \
                       place, claimed_at) VALUES ($1, $2, $3, $4, $5, $6) \
                       ON CONFLICT (object_id) DO UPDATE SET manifest = $4, place = $5";
    affected!(
        tx,
        SQL,
        &row.object_id,
        &row.kind,
        row.account_id.as_deref(),
        &row.manifest,
        &row.place,
        now,
    );
    Ok(())
}

/// Nobody's any more.
pub(crate) async fn release(tx: &mut Tx, object_id: &str) -> Result<(), StoreError> {
    affected!(
        tx,
        "DELETE FROM manifest_objects WHERE object_id = $1",
        object_id
    );
    Ok(())
}
