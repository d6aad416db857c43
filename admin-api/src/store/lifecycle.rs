//! The end of accounts: suspension, deletion, undeletion, and the purge after which nothing is
//! left of one.

use super::list::Conditions;
use super::{Scope, StoreError, Tx, affected, each};

/// Tables that hold rows of an account, in the order in which they can be emptied, and the column
/// that names it. Audit rows stay.
const TABLES: [(&str, &str); 34] = [
    ("manifest_objects", "account_id"),
    ("usage", "account_id"),
    ("usage_cursors", "account_id"),
    ("auth_callouts", "account_id"),
    ("blocks", "account_id"),
    ("issuances", "account_id"),
    ("revocations", "account_id"),
    ("users", "account_id"),
    ("device_admissions", "account_id"),
    ("enrolments", "account_id"),
    ("device_certificates", "account_id"),
    ("device_keys", "account_id"),
    ("devices", "account_id"),
    ("enrolment_tokens", "account_id"),
    ("enrolment_authorities", "account_id"),
    ("device_authorities", "account_id"),
    ("device_policies", "account_id"),
    ("retired_keys", "account_id"),
    ("roles", "account_id"),
    ("import_requests", "importer_id"),
    ("import_requests", "exporter_id"),
    ("share_links", "account_id"),
    ("activations", "account_id"),
    ("imports", "account_id"),
    ("imports", "exporter_id"),
    ("exports", "account_id"),
    ("api_keys", "account_id"),
    ("sign_in_links", "account_id"),
    ("memberships", "account_id"),
    ("service_accounts", "account_id"),
    ("webhooks", "account_id"),
    // With their parts.
    ("operations", "account_id"),
    ("engine_accounts", "account_id"),
    ("accounts", "id"),
];

/// Suspends an account, or resumes it.
pub(crate) async fn set_suspended(
    tx: &mut Tx,
    id: &str,
    suspended: Option<(i64, &str)>,
    now: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE accounts SET suspended_at = $2, suspend_reason = $3, \
                       updated_at = $4, version = version + 1 WHERE id = $1";
    let (at, reason) = suspended.unzip();
    affected!(tx, SQL, id, at, reason, now);
    Ok(())
}

/// When a deleted account is to be purged.
pub(crate) async fn set_purge_at(tx: &mut Tx, id: &str, at: i64) -> Result<(), StoreError> {
    affected!(
        tx,
        "UPDATE accounts SET purge_at = $2 WHERE id = $1",
        id,
        at
    );
    Ok(())
}

/// Takes a deletion back.
pub(crate) async fn undelete(tx: &mut Tx, id: &str, now: i64) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE accounts SET state = 'active', deleted_at = NULL, \
                       purge_at = NULL, updated_at = $2, version = version + 1 WHERE id = $1";
    affected!(tx, SQL, id, now);
    Ok(())
}

/// The id of the deleted account with this id, nkey or slug that the scope reaches.
pub(crate) async fn find_deleted(
    tx: &mut Tx,
    scope: &Scope,
    reference: &str,
) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT id FROM accounts \
                       WHERE (id = $1 OR public_key = $1 OR slug = $1) \
                       AND kind = 'tenant' AND state = 'deleted' \
                       AND (CAST($2 AS TEXT) IS NULL OR org_id = $2) \
                       AND (CAST($3 AS TEXT) IS NULL OR id = $3)";
    Ok(each!(tx, c => sqlx::query_scalar(SQL)
        .bind(reference)
        .bind(scope.org_id.as_deref())
        .bind(scope.account_id.as_deref())
        .fetch_optional(c))?)
}

/// The deleted accounts that the scope reaches.
pub(crate) fn deleted_within(scope: &Scope) -> Conditions {
    Conditions::default()
        .that("a.kind = 'tenant'")
        .that("a.state = 'deleted'")
        .within("a.org_id", scope.org_id.as_deref())
        .within("a.id", scope.account_id.as_deref())
}

/// The ids of accounts that are to be purged by now.
pub(crate) async fn due_for_purge(
    tx: &mut Tx,
    now: i64,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    const SQL: &str = "SELECT id FROM accounts WHERE state = 'deleted' AND purge_at <= $1 \
                       ORDER BY purge_at, id LIMIT $2";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(now).bind(limit).fetch_all(c))?)
}

/// Removes everything of an account; its slug is free then. Answers the accounts that had imports
/// from it: their claims have to be minted anew.
pub(crate) async fn purge(tx: &mut Tx, id: &str) -> Result<Vec<String>, StoreError> {
    const SQL: &str = "SELECT DISTINCT account_id FROM imports \
                       WHERE exporter_id = $1 AND account_id <> $1 ORDER BY account_id";
    let importers: Vec<String> =
        each!(&mut *tx, c => sqlx::query_scalar(SQL).bind(id).fetch_all(c))?;
    for (table, column) in TABLES {
        // Both are constants of this file.
        let sql = format!("DELETE FROM {table} WHERE {column} = $1");
        affected!(&mut *tx, sqlx::AssertSqlSafe(sql), id);
    }
    Ok(importers)
}

#[cfg(test)]
mod tests {
    use super::TABLES;

    /// A table that is added later must not keep accounts from being purged.
    #[test]
    fn every_table_that_refers_to_accounts_is_emptied() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations/sqlite");
        let mut texts: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
            .collect();
        texts.sort();
        let text = texts.join("\n");
        let mut table = "";
        let mut missing = Vec::new();
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["CREATE" | "ALTER", "TABLE", name, ..] => table = name,
                [column, ..] if line.contains("REFERENCES accounts ") => {
                    let table = table.trim_end_matches("_new");
                    if !TABLES.contains(&(table, *column)) {
                        missing.push(format!("{table}.{column}"));
                    }
                }
                _ => {}
            }
        }
        assert_eq!(missing, Vec::<String>::new(), "add them to TABLES");
    }
}
