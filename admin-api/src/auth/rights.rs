//! What a caller can be allowed to do: the rights, and sets of them.
//!
//! A right has a *reach*: where it can be held at all. `limits:write` is held over the whole
//! platform or not at all, so that no role, however it is put together, gives it to a tenant.

use std::fmt;

use serde::Serialize;

/// Where a role or a key is bound to; a later one holds all that lies below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    Account,
    Org,
    Platform,
}

/// A right as a type.
pub(crate) trait IsRight: Send + Sync + 'static {
    const RIGHT: Right;
}

/// What a handler's signature names: one right, or several of which all are needed.
pub(crate) trait Needs: Send + Sync + 'static {
    const RIGHTS: &'static [Right];
}

impl<A: IsRight> Needs for A {
    const RIGHTS: &'static [Right] = &[A::RIGHT];
}

impl<A: IsRight, B: IsRight> Needs for (A, B) {
    const RIGHTS: &'static [Right] = &[A::RIGHT, B::RIGHT];
}

impl<A: IsRight, B: IsRight, C: IsRight> Needs for (A, B, C) {
    const RIGHTS: &'static [Right] = &[A::RIGHT, B::RIGHT, C::RIGHT];
}

macro_rules! rights {
    ($($(#[$doc:meta])* $name:ident = $text:literal from $reach:ident;)+) => {
        /// Something that a caller may be allowed to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Right {
            $($(#[$doc])* $name,)+
        }

        impl Right {
            pub(crate) const ALL: &[Right] = &[$(<may::$name as IsRight>::RIGHT),+];

            /// Its name in the API: `noun:verb`.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Right::$name => $text,)+ }
            }

            /// The least reach with which it can be held.
            pub(crate) fn reach(self) -> Reach {
                match self { $(Right::$name => Reach::$reach,)+ }
            }
        }

        /// The rights as types: `InAccount<may::ReadUsers>`.
        pub(crate) mod may {
            $(
                $(#[$doc])*
                #[derive(Debug)]
                pub(crate) struct $name;

                impl super::IsRight for $name {
                    const RIGHT: super::Right = super::Right::$name;
                }
            )+
        }
    };
}

rights! {
    /// See accounts: limits, claims, refusals, what a permission allows.
    ReadAccounts = "accounts:read" from Account;
    /// Change an account's name, mappings and the like.
    WriteAccounts = "accounts:write" from Account;
    /// See users and their permissions.
    ReadUsers = "users:read" from Account;
    /// Make, change and revoke users; their credentials are shown then.
    WriteUsers = "users:write" from Account;
    /// See an account's roles (scoped signing keys).
    ReadRoles = "roles:read" from Account;
    /// Make, change, rotate and delete an account's roles and signing keys.
    WriteRoles = "roles:write" from Account;
    /// See exports, imports and requests.
    ReadSharing = "sharing:read" from Account;
    /// Make, approve and delete exports, imports and requests.
    WriteSharing = "sharing:write" from Account;
    /// See who is connected.
    ReadConnections = "connections:read" from Account;
    /// Close connections.
    WriteConnections = "connections:write" from Account;
    /// See devices, their certificates and authorities, and enrolment tokens.
    ReadDevices = "devices:read" from Account;
    /// Enrol, approve and revoke devices; make authorities and enrolment tokens.
    WriteDevices = "devices:write" from Account;
    /// See usage.
    ReadUsage = "usage:read" from Account;
    /// See events and follow them.
    ReadEvents = "events:read" from Account;
    /// See webhooks and their deliveries.
    ReadWebhooks = "webhooks:read" from Account;
    /// Make, change, test and delete webhooks.
    WriteWebhooks = "webhooks:write" from Account;
    /// See what was changed, and by whom.
    ReadAudit = "audit:read" from Account;
    /// See API keys and service accounts, without their secrets.
    ReadKeys = "keys:read" from Account;
    /// Make, rotate and revoke API keys and service accounts.
    WriteKeys = "keys:write" from Account;
    /// See members, invitations and access roles.
    ReadMembers = "members:read" from Account;
    /// Invite, change and remove members, and make access roles.
    WriteMembers = "members:write" from Account;
    /// See the organisation.
    ReadOrgs = "orgs:read" from Account;
    /// See plans.
    ReadPlans = "plans:read" from Account;
    /// Take out stored secrets: the seeds in an export.
    ReadSecrets = "secrets:read" from Account;
    /// Make, suspend, resume, delete and restore accounts.
    ManageAccounts = "accounts:manage" from Org;
    /// Change the organisation: its name, its sign-in.
    WriteOrgs = "orgs:write" from Org;
    /// Make and delete organisations.
    ManageOrgs = "orgs:manage" from Platform;
    /// Set the limits of accounts.
    WriteLimits = "limits:write" from Platform;
    /// Purge deleted accounts before their time.
    PurgeAccounts = "accounts:purge" from Platform;
    /// Make, change and delete plans.
    WritePlans = "plans:write" from Platform;
    /// See the installation: engines, settings, configuration.
    ReadSystem = "system:read" from Platform;
    /// Change the installation: operator, vault, engines, settings.
    WriteSystem = "system:write" from Platform;
}

impl Right {
    fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|right| right.name() == name)
    }

    /// Whether it only shows things, and none of them a secret.
    fn is_harmless(self) -> bool {
        self.name().ends_with(":read") && self != Right::ReadSecrets
    }

    fn bit(self) -> u64 {
        1 << self as u64
    }
}

impl Serialize for Right {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A set of rights.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Rights(u64);

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        Self(rights.into_iter().fold(0, |set, right| set | right.bit()))
    }
}

impl Rights {
    /// Every right that can be held with this reach.
    pub(crate) fn within(reach: Reach) -> Self {
        Right::ALL
            .iter()
            .copied()
            .filter(|right| right.reach() <= reach)
            .collect()
    }

    /// Those that only show things.
    pub(crate) fn harmless() -> Self {
        let all = Right::ALL.iter().copied();
        all.filter(|right| right.is_harmless()).collect()
    }

    /// The rights with these names, or the first name that is none.
    pub(crate) fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, &'a str> {
        names
            .into_iter()
            .map(|name| Right::of(name).ok_or(name))
            .collect()
    }

    /// What [`Rights::to_stored`] wrote. A right that is no more is not held.
    pub(crate) fn from_stored(text: &str) -> Self {
        text.split(' ').filter_map(Right::of).collect()
    }

    pub(crate) fn to_stored(self) -> String {
        self.names().collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        let all = Right::ALL.iter().copied();
        all.filter(move |right| self.has(*right)).map(Right::name)
    }

    pub(crate) fn has(self, right: Right) -> bool {
        self.0 & right.bit() != 0
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The names of those that `other` lacks.
    pub(crate) fn beyond(self, other: Self) -> Vec<&'static str> {
        Self(self.0 & !other.0).names().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Reach, Right, Rights};

    #[test]
    fn rights_have_names_of_one_form() {
        assert!(Right::ALL.len() < 64, "they fit the set");
        for right in Right::ALL {
            let (noun, verb) = right.name().split_once(':').unwrap();
            assert!(!noun.is_empty() && ["read", "write", "manage", "purge"].contains(&verb));
            assert_eq!(Right::of(right.name()), Some(*right));
        }
    }

    #[test]
    fn a_set_survives_the_database() {
        let all = Rights::within(Reach::Platform);
        assert_eq!(Rights::from_stored(&all.to_stored()), all);
        assert_eq!(Rights::from_stored(""), Rights::default());
        let left = Rights::from_stored("users:read nothing:anymore");
        assert_eq!(left.names().collect::<Vec<_>>(), ["users:read"]);
        assert_eq!(Rights::parse(["users:read", "rule:all"]), Err("rule:all"));
    }

    #[test]
    fn reach_bounds_what_can_be_held() {
        let account = Rights::within(Reach::Account);
        assert!(account.has(Right::WriteUsers) && !account.has(Right::ManageAccounts));
        assert!(!Rights::within(Reach::Org).has(Right::WriteLimits));
        assert!(Rights::within(Reach::Platform).has(Right::WriteLimits));
        assert!(!Rights::harmless().has(Right::ReadSecrets));
        assert!(Rights::harmless().beyond(account).contains(&"system:read"));
    }
}
