//! Roles: sets of rights with a name. These are built in; others are rows (`access_roles`).

use super::rights::{Reach, Rights};
use crate::store::Scope;

/// A role that every installation has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BuiltIn {
    PlatformAdmin,
    PlatformObserver,
    OrgAdmin,
    OrgObserver,
    AccountAdmin,
    AccountObserver,
}

impl BuiltIn {
    pub(crate) const ALL: [BuiltIn; 6] = [
        BuiltIn::PlatformAdmin,
        BuiltIn::PlatformObserver,
        BuiltIn::OrgAdmin,
        BuiltIn::OrgObserver,
        BuiltIn::AccountAdmin,
        BuiltIn::AccountObserver,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            BuiltIn::PlatformAdmin => "platform_admin",
            BuiltIn::PlatformObserver => "platform_observer",
            BuiltIn::OrgAdmin => "org_admin",
            BuiltIn::OrgObserver => "org_observer",
            BuiltIn::AccountAdmin => "account_admin",
            BuiltIn::AccountObserver => "account_observer",
        }
    }

    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// The one reach at which it is held.
    pub(crate) fn reach(self) -> Reach {
        match self {
            BuiltIn::PlatformAdmin | BuiltIn::PlatformObserver => Reach::Platform,
            BuiltIn::OrgAdmin | BuiltIn::OrgObserver => Reach::Org,
            BuiltIn::AccountAdmin | BuiltIn::AccountObserver => Reach::Account,
        }
    }

    pub(crate) fn rights(self) -> Rights {
        let all = Rights::within(self.reach());
        match self {
            BuiltIn::PlatformAdmin | BuiltIn::OrgAdmin | BuiltIn::AccountAdmin => all,
            BuiltIn::PlatformObserver | BuiltIn::OrgObserver | BuiltIn::AccountObserver => {
                all.and(Rights::harmless())
            }
        }
    }

    /// The administrator of a scope.
    pub(crate) fn admin_of(reach: Reach) -> Self {
        match reach {
            Reach::Account => BuiltIn::AccountAdmin,
            Reach::Org => BuiltIn::OrgAdmin,
            Reach::Platform => BuiltIn::PlatformAdmin,
        }
    }
}

impl Scope {
    /// How far it goes.
    pub(crate) fn reach(&self) -> Reach {
        match (&self.org_id, &self.account_id) {
            (_, Some(_)) => Reach::Account,
            (Some(_), None) => Reach::Org,
            (None, None) => Reach::Platform,
        }
    }
}

/// What the role gives in the scope. `stored` are the rights of an access role; `None` when there
/// is no such row. A role that is neither gives nothing.
pub(crate) fn rights_of(role: &str, stored: Option<&str>, scope: &Scope) -> Rights {
    let rights = match (BuiltIn::of(role), stored) {
        (Some(built_in), _) if built_in.reach() == scope.reach() => built_in.rights(),
        (Some(_), _) | (None, None) => Rights::default(),
        (None, Some(stored)) => Rights::from_stored(stored),
    };
    rights.and(Rights::within(scope.reach()))
}

#[cfg(test)]
mod tests {
    use super::{BuiltIn, rights_of};
    use crate::auth::rights::Right;
    use crate::store::Scope;

    #[test]
    fn no_role_gives_a_tenant_the_platforms_rights() {
        let account = Scope {
            org_id: Some("org_1".into()),
            account_id: Some("acct_1".into()),
        };
        let stored = Some("users:read limits:write accounts:manage");
        let rights = rights_of("acr_1", stored, &account);
        assert_eq!(rights.names().collect::<Vec<_>>(), ["users:read"]);
        let everywhere = Scope::default();
        assert!(rights_of("acr_1", stored, &everywhere).has(Right::WriteLimits));
        for role in ["platform_admin", "org_admin", "nobody", ""] {
            let names: Vec<_> = rights_of(role, None, &account).names().collect();
            assert_eq!(names, [""; 0], "{role} is no role of an account");
        }
    }

    #[test]
    fn observers_change_nothing() {
        for role in BuiltIn::ALL {
            let writes = role.rights().names().any(|name| !name.ends_with(":read"));
            assert_eq!(writes, role.name().ends_with("_admin"), "{}", role.name());
            assert_eq!(BuiltIn::of(role.name()), Some(role));
        }
    }
}
