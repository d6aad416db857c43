//! Exports of an account, and the accounts that may import the private ones.

use super::accounts::AccountRow;
use super::list::{Conditions, Kind, List, Listed, Value, field};
use super::{StoreError, Tx, affected, each};
use crate::ids::IdKind;

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct ExportRow {
    pub(crate) id: String,
    pub(crate) account_id: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) visibility: String,
    pub(crate) response_type: Option<String>,
    pub(crate) created_at: i64,
    /// [`crate::sharing::ExportDetails`] as JSON.
    pub(crate) details: String,
    pub(crate) advertised: bool,
    pub(crate) version: i64,
}

/// Who may import a private export.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct GrantRow {
    pub(crate) export_id: String,
    pub(crate) account_ref: String,
}

macro_rules! select_exports {
    ($where:literal) => {
        concat!(
            "SELECT id, account_id, name, kind, subject, visibility, response_type, created_at, \
             details, advertised, version FROM exports ",
            $where
        )
    };
}

/// Stores a new export.
pub(crate) async fn insert(tx: &mut Tx, row: &ExportRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO exports (id, account_id, name, kind, subject, visibility, \
                       response_type, created_at, details, advertised) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.account_id,
        &row.name,
        &row.kind,
        &row.subject,
        &row.visibility,
        row.response_type.as_deref(),
        row.created_at,
        &row.details,
        row.advertised,
    );
    Ok(())
}

/// Stores an export's changeable columns.
pub(crate) async fn update(tx: &mut Tx, row: &ExportRow) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE exports SET name = $2, visibility = $3, response_type = $4, \
                       details = $5, advertised = $6, version = version + 1 WHERE id = $1";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.name,
        &row.visibility,
        row.response_type.as_deref(),
        &row.details,
        row.advertised,
    );
    Ok(())
}

/// The export with this id, whoever offers it.
pub(crate) async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<ExportRow>, StoreError> {
    const SQL: &str = select_exports!("WHERE id = $1");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(id).fetch_optional(c))?)
}

/// What other active accounts offer to `importer`: what every account may see, and what it was
/// granted by name.
pub(crate) fn shared_with(importer: &AccountRow) -> Conditions {
    const GRANTED: &str = "id IN (SELECT g.export_id FROM export_grants g \
                           WHERE g.account_ref IN ({}, {}, {})) AND advertised = FALSE";
    const ACTIVATED: &str = "id IN (SELECT v.export_id FROM activations v \
                             WHERE v.importer_key = {} AND v.revoked_at IS NULL) \
                             AND advertised = FALSE AND NOT EXISTS (SELECT 1 \
                             FROM export_grants g WHERE g.export_id = exports.id \
                             AND g.account_ref IN ({}, {}, {}))";
    let (id, key, slug) = (&*importer.id, &*importer.public_key, &*importer.slug);
    Conditions::default()
        .with("account_id <> {}", &[id])
        .one_of(&[
            ("advertised = TRUE", &[]),
            (GRANTED, &[id, key, slug]),
            (ACTIVATED, &[key, id, key, slug]),
        ])
        .that(
            "EXISTS (SELECT 1 FROM accounts a WHERE a.id = exports.account_id \
             AND a.state = 'active' AND a.suspended_at IS NULL)",
        )
}

/// The export with this id.
pub(crate) async fn find(
    tx: &mut Tx,
    account_id: &str,
    id: &str,
) -> Result<Option<ExportRow>, StoreError> {
    const SQL: &str = select_exports!("WHERE account_id = $1 AND id = $2");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).bind(id).fetch_optional(c))?)
}

impl Listed for ExportRow {
    const ID: Option<IdKind> = Some(IdKind::Export);
    const LIST: List = List {
        select: select_exports!(""),
        from: "FROM exports",
        id: "id",
        newest_first: false,
        sorts: &[
            field("name", "name", Kind::Text),
            field("subject", "subject", Kind::Text),
        ],
        filters: &[
            field("kind", "kind", Kind::Text),
            field("subject", "subject", Kind::Text),
            field("visibility", "visibility", Kind::Text),
        ],
        search: Some(field("subject", "subject", Kind::Text)),
    };

    fn id(&self) -> &str {
        &self.id
    }

    fn sort_value(&self, name: &str) -> Value {
        Value::from(if name == "name" {
            &*self.name
        } else {
            &*self.subject
        })
    }
}

/// The account's exports.
pub(crate) fn of(account_id: &str) -> Conditions {
    Conditions::default().equal("account_id", account_id)
}

/// All exports of an account: what its claims say.
pub(crate) async fn of_account(
    tx: &mut Tx,
    account_id: &str,
) -> Result<Vec<ExportRow>, StoreError> {
    const SQL: &str = select_exports!("WHERE account_id = $1 ORDER BY id");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).fetch_all(c))?)
}

/// Removes an export and its grants. `false` when it was gone already.
pub(crate) async fn delete(tx: &mut Tx, account_id: &str, id: &str) -> Result<bool, StoreError> {
    Ok(affected!(
        tx,
        "DELETE FROM exports WHERE account_id = $1 AND id = $2",
        account_id,
        id
    ) == 1)
}

/// Allows the account named by id, nkey or slug to import a private export.
pub(crate) async fn grant(
    tx: &mut Tx,
    export_id: &str,
    account_ref: &str,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO export_grants (export_id, account_ref) VALUES ($1, $2) \
                       ON CONFLICT (export_id, account_ref) DO NOTHING";
    affected!(tx, SQL, export_id, account_ref);
    Ok(())
}

/// Takes back what was granted by name.
pub(crate) async fn clear_grants(tx: &mut Tx, export_id: &str) -> Result<(), StoreError> {
    affected!(
        tx,
        "DELETE FROM export_grants WHERE export_id = $1",
        export_id
    );
    Ok(())
}

/// The grants of all of an account's exports.
pub(crate) async fn grants(tx: &mut Tx, account_id: &str) -> Result<Vec<GrantRow>, StoreError> {
    const SQL: &str = "SELECT g.export_id, g.account_ref FROM export_grants g \
                       JOIN exports e ON e.id = g.export_id \
                       WHERE e.account_id = $1 ORDER BY g.export_id, g.account_ref";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).fetch_all(c))?)
}

/// Whether `importer` was granted the export, under any of its names.
pub(crate) async fn is_granted(
    tx: &mut Tx,
    export_id: &str,
    importer: &AccountRow,
) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM export_grants \
                       WHERE export_id = $1 AND account_ref IN ($2, $3, $4)";
    let count: i64 = each!(tx, c => sqlx::query_scalar(SQL)
        .bind(export_id)
        .bind(&importer.id)
        .bind(&importer.public_key)
        .bind(&importer.slug)
        .fetch_one(c))?;
    Ok(count > 0)
}
