//! Plans: limits with a name, and which accounts still have to follow them.

use super::list::{Kind, List, Listed, Value, field};
use super::{StoreError, Tx, affected, each};
use crate::ids::IdKind;

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct PlanRow {
    pub(crate) id: String,
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) description: String,
    /// [`crate::claims::Ceilings`] as JSON.
    pub(crate) limits: String,
    /// Whether new accounts get it when nobody says what they get.
    pub(crate) is_default: bool,
    /// Counts the changes of the limits.
    pub(crate) revision: i64,
    pub(crate) version: i64,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

macro_rules! select_plans {
    ($where:literal) => {
        concat!(
            "SELECT id, slug, name, description, limits, is_default, revision, version, \
             created_at, updated_at FROM plans ",
            $where
        )
    };
}

/// Stores a new plan; [`StoreError::Duplicate`] when the slug is taken.
pub(crate) async fn insert(tx: &mut Tx, row: &PlanRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO plans (id, slug, name, description, limits, is_default, \
                       revision, created_at, updated_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.slug,
        &row.name,
        &row.description,
        &row.limits,
        row.is_default,
        row.revision,
        row.created_at,
    );
    Ok(())
}

/// The plan with this id or slug.
pub(crate) async fn find(tx: &mut Tx, reference: &str) -> Result<Option<PlanRow>, StoreError> {
    const SQL: &str = select_plans!("WHERE id = $1 OR slug = $1");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(reference).fetch_optional(c))?)
}

/// The plan of new accounts, if there is one.
pub(crate) async fn default_plan(tx: &mut Tx) -> Result<Option<PlanRow>, StoreError> {
    const SQL: &str = select_plans!("WHERE is_default = $1 ORDER BY id LIMIT 1");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(true).fetch_optional(c))?)
}

/// The plan with this id or slug, its row locked until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx, reference: &str) -> Result<Option<PlanRow>, StoreError> {
    const SQL: &str = "UPDATE plans SET id = id WHERE id = $1 OR slug = $1";
    if affected!(&mut *tx, SQL, reference) == 0 {
        return Ok(None);
    }
    find(tx, reference).await
}

impl Listed for PlanRow {
    const ID: Option<IdKind> = Some(IdKind::Plan);
    const LIST: List = List {
        select: select_plans!(""),
        from: "FROM plans",
        id: "id",
        newest_first: false,
        sorts: &[field("slug", "slug", Kind::Text)],
        filters: &[field("slug", "slug", Kind::Text)],
        search: Some(field("slug", "slug", Kind::Text)),
    };

    fn id(&self) -> &str {
        &self.id
    }

    fn sort_value(&self, _: &str) -> Value {
        Value::from(&*self.slug)
    }
}

/// Stores a plan's changeable columns.
pub(crate) async fn update(tx: &mut Tx, row: &PlanRow) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE plans SET name = $2, description = $3, limits = $4, \
                       is_default = $5, revision = $6, updated_at = $7, version = version + 1 \
                       WHERE id = $1";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.name,
        &row.description,
        &row.limits,
        row.is_default,
        row.revision,
        row.updated_at,
    );
    Ok(())
}

/// Makes this plan the only default one.
pub(crate) async fn clear_other_defaults(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE plans SET is_default = $2 WHERE id <> $1";
    affected!(tx, SQL, id, false);
    Ok(())
}

/// Removes a plan that no account has.
pub(crate) async fn delete(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    affected!(tx, "DELETE FROM plans WHERE id = $1", id);
    Ok(())
}

/// How many accounts have the plan, deleted ones that are not purged included.
pub(crate) async fn count_accounts(tx: &mut Tx, id: &str) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM accounts WHERE plan_id = $1";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(id).fetch_one(c))?)
}

/// Accounts whose limits are those of an older state of their plan, of one plan or of all.
pub(crate) async fn behind(
    tx: &mut Tx,
    plan_id: Option<&str>,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    const SQL: &str = "SELECT a.id FROM accounts a JOIN plans p ON p.id = a.plan_id \
                       WHERE a.plan_revision < p.revision \
                       AND (CAST($2 AS TEXT) IS NULL OR p.id = $2) ORDER BY a.id LIMIT $1";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(limit).bind(plan_id).fetch_all(c))?)
}

/// Gives an account a plan, or takes it away: `plan_limits` is what differs from it.
pub(crate) async fn assign(
    tx: &mut Tx,
    account_id: &str,
    plan: Option<&PlanRow>,
    plan_limits: &str,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE accounts SET plan_id = $2, plan_limits = $3, plan_revision = $4, \
                       plan_error = NULL WHERE id = $1";
    let revision = plan.map_or(0, |plan| plan.revision);
    affected!(
        tx,
        SQL,
        account_id,
        plan.map(|plan| plan.id.as_str()),
        plan_limits,
        revision,
    );
    Ok(())
}

/// Records how an account has followed its plan: with these limits, or not at all and why.
pub(crate) async fn followed(
    tx: &mut Tx,
    account_id: &str,
    revision: i64,
    outcome: Result<&str, &str>,
    now: i64,
) -> Result<(), StoreError> {
    match outcome {
        Ok(limits) => {
            const SQL: &str = "UPDATE accounts SET plan_revision = $2, plan_error = NULL, \
                               limits = $3, updated_at = $4 WHERE id = $1";
            affected!(tx, SQL, account_id, revision, limits, now);
        }
        Err(error) => {
            const SQL: &str =
                "UPDATE accounts SET plan_revision = $2, plan_error = $3 WHERE id = $1";
            affected!(tx, SQL, account_id, revision, error);
        }
    }
    Ok(())
}
