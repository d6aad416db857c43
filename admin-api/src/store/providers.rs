//! Identity providers, and the sign-ins that they have yet to answer.

use super::list::{Conditions, Kind, List, Listed, Value, field};
use super::{Scope, StoreError, Tx, affected, each};
use crate::ids::IdKind;

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct ProviderRow {
    pub(crate) id: String,
    /// Whose provider it is; absent for the platform's.
    pub(crate) org_id: Option<String>,
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    /// Sealed.
    pub(crate) client_secret: Option<Vec<u8>>,
    pub(crate) scopes: String,
    pub(crate) groups_claim: String,
    /// JSON: which group gets what.
    pub(crate) mappings: String,
    pub(crate) allow_private: bool,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) disabled_at: Option<i64>,
    pub(crate) version: i64,
}

/// A sign-in that was begun.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct BegunRow {
    pub(crate) state_hash: String,
    pub(crate) provider_id: String,
    pub(crate) browser_hash: String,
    pub(crate) nonce: String,
    pub(crate) verifier: String,
    pub(crate) return_to: String,
    pub(crate) expires_at: i64,
}

macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT id, org_id, name, issuer, client_id, client_secret, scopes, groups_claim, \
             mappings, allow_private, created_at, updated_at, disabled_at, version \
             FROM identity_providers ",
            $where,
        )
    };
}

/// Stores a new provider.
pub(crate) async fn insert(tx: &mut Tx, row: &ProviderRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO identity_providers (id, org_id, name, issuer, client_id, \
                       client_secret, scopes, groups_claim, mappings, allow_private, \
                       created_at, updated_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)";
    affected!(
        tx,
        SQL,
        &row.id,
        row.org_id.as_deref(),
        &row.name,
        &row.issuer,
        &row.client_id,
        row.client_secret.as_deref(),
        &row.scopes,
        &row.groups_claim,
        &row.mappings,
        row.allow_private,
        row.created_at,
    );
    Ok(())
}

/// Changes a provider.
pub(crate) async fn update(tx: &mut Tx, row: &ProviderRow) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE identity_providers SET name = $2, client_id = $3, \
                       client_secret = $4, scopes = $5, groups_claim = $6, mappings = $7, \
                       allow_private = $8, updated_at = $9, disabled_at = $10, \
                       version = version + 1 WHERE id = $1";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.name,
        &row.client_id,
        row.client_secret.as_deref(),
        &row.scopes,
        &row.groups_claim,
        &row.mappings,
        row.allow_private,
        row.updated_at,
        row.disabled_at,
    );
    Ok(())
}

/// The provider with this id, if the scope is its organisation or more.
pub(crate) async fn find(
    tx: &mut Tx,
    scope: &Scope,
    id: &str,
) -> Result<Option<ProviderRow>, StoreError> {
    const SQL: &str = select!("WHERE id = $1 AND (CAST($2 AS TEXT) IS NULL OR org_id = $2)");
    let org = scope.org_id.as_deref();
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(id).bind(org).fetch_optional(c))?)
}

impl Listed for ProviderRow {
    const ID: Option<IdKind> = Some(IdKind::IdentityProvider);
    const LIST: List = List {
        select: select!(""),
        from: "FROM identity_providers",
        id: "id",
        newest_first: false,
        sorts: &[field("name", "name", Kind::Text)],
        filters: &[
            field("name", "name", Kind::Text),
            field("org", "org_id", Kind::Text),
        ],
        search: Some(field("name", "name", Kind::Text)),
    };

    fn id(&self) -> &str {
        &self.id
    }

    fn sort_value(&self, _: &str) -> Value {
        Value::from(&*self.name)
    }
}

/// The providers of the scope.
pub(crate) fn within(scope: &Scope) -> Conditions {
    Conditions::default().within("org_id", scope.org_id.as_deref())
}

/// The providers in use that a sign-in page offers: the platform's, or those of an organisation.
pub(crate) async fn offered(
    tx: &mut Tx,
    org_slug: Option<&str>,
) -> Result<Vec<ProviderRow>, StoreError> {
    const SQL: &str = select!(
        "WHERE disabled_at IS NULL AND ((CAST($1 AS TEXT) IS NULL AND org_id IS NULL) \
         OR org_id = (SELECT o.id FROM orgs o WHERE o.slug = $1)) ORDER BY id LIMIT 50"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(org_slug).fetch_all(c))?)
}

/// Deletes a provider with its people.
pub(crate) async fn delete(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    affected!(tx, "DELETE FROM members WHERE provider_id = $1", id);
    affected!(tx, "DELETE FROM identity_providers WHERE id = $1", id);
    Ok(())
}

/// Remembers a sign-in that was begun.
pub(crate) async fn begin(tx: &mut Tx, row: &BegunRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO provider_sign_ins (state_hash, provider_id, browser_hash, \
                       nonce, verifier, return_to, expires_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7)";
    affected!(
        tx,
        SQL,
        &row.state_hash,
        &row.provider_id,
        &row.browser_hash,
        &row.nonce,
        &row.verifier,
        &row.return_to,
        row.expires_at,
    );
    Ok(())
}

/// Takes the sign-in of this state, once.
pub(crate) async fn take(
    tx: &mut Tx,
    state_hash: &str,
    now: i64,
) -> Result<Option<BegunRow>, StoreError> {
    const SQL: &str = "DELETE FROM provider_sign_ins WHERE state_hash = $1 AND expires_at > $2 \
                       RETURNING state_hash, provider_id, browser_hash, nonce, verifier, \
                       return_to, expires_at";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(state_hash).bind(now).fetch_optional(c))?)
}

#[cfg(test)]
impl ProviderRow {
    /// One for tests of what hangs on it.
    pub(crate) fn sample() -> Self {
        Self {
            id: "idp_1".into(),
            org_id: None,
            name: "Example".into(),
            issuer: "https://id.example.org".into(),
            client_id: "tidegate".into(),
            client_secret: None,
            scopes: "openid".into(),
            groups_claim: "groups".into(),
            mappings: "[]".into(),
            allow_private: false,
            created_at: 0,
            updated_at: 0,
            disabled_at: None,
            version: 1,
        }
    }
}
