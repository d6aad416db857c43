//! From a provider's groups to memberships.

use serde::{Deserialize, Serialize};

use crate::auth::rights_of;
use crate::ids::{IdKind, new_id};
use crate::problem::Problem;
use crate::store::members::MembershipRow;
use crate::store::providers::ProviderRow;
use crate::store::{self, Scope, Tx};

/// Everybody whom the provider signs in is in this group.
const EVERYBODY: &str = "*";

/// What the people of a group get.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Mapping {
    pub(crate) group: String,
    pub(crate) role: String,
    pub(crate) org_id: Option<String>,
    pub(crate) account_id: Option<String>,
}

impl Mapping {
    fn scope(&self) -> Scope {
        Scope::of(self.org_id.as_deref(), self.account_id.as_deref())
    }

    /// Whether the provider may give it: a tenant's only within its organisation.
    fn is_within(&self, provider: &ProviderRow) -> bool {
        provider.org_id.is_none() || provider.org_id == self.org_id
    }
}

/// The mappings of the provider. What cannot be read gives nothing.
pub(crate) fn read_mappings(provider: &ProviderRow) -> Vec<Mapping> {
    let mappings = serde_json::from_str::<Vec<Mapping>>(&provider.mappings);
    let mappings = mappings.unwrap_or_default().into_iter();
    mappings
        .filter(|mapping| mapping.is_within(provider))
        .collect()
}

pub(crate) fn write_mappings(mappings: &[Mapping]) -> String {
    serde_json::to_string(mappings).expect("texts always have a JSON form")
}

/// Gives the person the memberships of their groups and takes the others that the provider gave.
/// The first mapping counts where several concern one place. Says whether any is left.
pub(crate) async fn follow_groups(
    tx: &mut Tx,
    provider: &ProviderRow,
    member_id: &str,
    groups: &[String],
    now: i64,
) -> Result<bool, Problem> {
    let mut wanted: Vec<Mapping> = Vec::new();
    for mapping in read_mappings(provider) {
        let is_in = mapping.group == EVERYBODY || groups.contains(&mapping.group);
        let place = mapping.scope();
        if is_in && wanted.iter().all(|other| other.scope() != place) {
            // An account may be gone since, and a role.
            let stored = store::roles::rights(tx, &mapping.role).await?;
            let gives = rights_of(&mapping.role, stored.as_deref(), &place);
            if gives != crate::auth::Rights::default() && exists(tx, &place).await? {
                wanted.push(mapping);
            }
        }
    }
    let held = store::members::memberships(tx, member_id).await?;
    for row in held.iter().filter(|row| row.from_provider) {
        match wanted.iter().find(|mapping| mapping.scope() == row.scope()) {
            None => store::members::delete_membership(tx, &row.id).await?,
            Some(mapping) if mapping.role != row.role => {
                store::members::set_role(tx, &row.id, &mapping.role, now).await?;
            }
            Some(_) => {}
        }
    }
    for mapping in &wanted {
        if held.iter().all(|row| row.scope() != mapping.scope()) {
            let row = membership(member_id, mapping, now);
            store::members::insert_membership(tx, &row).await?;
        }
    }
    Ok(!wanted.is_empty())
}

async fn exists(tx: &mut Tx, place: &Scope) -> Result<bool, Problem> {
    if let Some(account) = &place.account_id {
        return Ok(store::accounts::find(tx, place, account).await?.is_some());
    }
    match &place.org_id {
        Some(org) => Ok(store::orgs::find(tx, place, org).await?.is_some()),
        None => Ok(true),
    }
}

fn membership(member_id: &str, mapping: &Mapping, now: i64) -> MembershipRow {
    MembershipRow {
        id: new_id(IdKind::Membership),
        member_id: member_id.to_owned(),
        role: mapping.role.clone(),
        org_id: mapping.org_id.clone(),
        account_id: mapping.account_id.clone(),
        from_provider: true,
        created_at: now,
        role_rights: None,
        version: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{Mapping, read_mappings, write_mappings};
    use crate::store::providers::ProviderRow;

    #[test]
    fn a_tenants_provider_gives_nothing_beyond_its_organisation() {
        let mapping = |org: Option<&str>| Mapping {
            group: "*".to_owned(),
            role: "org_admin".to_owned(),
            org_id: org.map(str::to_owned),
            account_id: None,
        };
        let mut provider = ProviderRow::sample();
        // However such a row came to be.
        provider.mappings = write_mappings(&[
            mapping(None),
            mapping(Some("org_1")),
            mapping(Some("org_2")),
        ]);
        assert_eq!(read_mappings(&provider).len(), 3);
        provider.org_id = Some("org_1".to_owned());
        let left = read_mappings(&provider);
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].org_id.as_deref(), Some("org_1"));
        provider.mappings = "nonsense".to_owned();
        assert!(read_mappings(&provider).is_empty());
    }
}
