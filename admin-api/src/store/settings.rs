//! What whoever runs the installation set: one document.

use super::{StoreError, Tx, affected, each};

const ROW: &str = "settings";

/// The document, and when it was changed.
pub(crate) async fn read(tx: &mut Tx) -> Result<Option<(String, i64)>, StoreError> {
    const SQL: &str = "SELECT document, updated_at FROM settings WHERE id = $1";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(ROW).fetch_optional(c))?)
}

/// Puts another document in its place.
pub(crate) async fn write(tx: &mut Tx, document: &str, now: i64) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO settings (id, document, updated_at) VALUES ($1, $2, $3) \
                       ON CONFLICT (id) DO UPDATE SET document = $2, updated_at = $3";
    affected!(tx, SQL, ROW, document, now);
    Ok(())
}
