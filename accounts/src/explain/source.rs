//! Where a user's rights come from, so that a rule can be named as it stands in the claims.

use std::fmt;

use serde::Serialize;

use crate::claims::account::UserScope;
use crate::claims::user::UserPermissionLimits;
use crate::identity::{Identity, Origin};
use crate::permissions::Entry;
use crate::policy::AccountPolicy;
use crate::template::{self, Values};

/// The kind of claim that a rule stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimName {
    /// The user's own token.
    User,
    /// The account's claims.
    Account,
    /// A scoped signing key in the account's claims.
    SigningKey,
}

/// A rule, as it stands in a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// The kind of claim.
    pub claim: ClaimName,
    /// The user, the account, or the signing key.
    pub key: String,
    /// The role's name, for a scoped signing key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The place in the claim: `pub.deny[2]`, or a whole list when no entry of it covers.
    pub path: String,
    /// The text of the entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// What a template's entry became for this user, when it is another text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filled_in: Option<String>,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.claim {
            ClaimName::User => "user",
            ClaimName::Account => "account",
            ClaimName::SigningKey => "scoped key",
        };
        write!(f, "{kind} {}", self.key)?;
        if let Some(role) = &self.role {
            write!(f, " role \"{role}\"")?;
        }
        write!(f, " {}", self.path)?;
        if let Some(entry) = &self.entry {
            write!(f, " \"{entry}\"")?;
        }
        match &self.filled_in {
            Some(text) => write!(f, " → \"{text}\""),
            None => Ok(()),
        }
    }
}

/// What a user's permissions were made from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'a> {
    User(&'a Identity),
    Defaults(&'a AccountPolicy),
    Role(&'a Identity, &'a UserScope),
}

impl<'a> Source<'a> {
    /// The source of permissions. Without an identity, the account's defaults.
    pub(super) fn of(account: &'a AccountPolicy, who: Option<&'a Identity>) -> Self {
        match who {
            None => Self::Defaults(account),
            Some(who) if who.uses_default_permissions => Self::Defaults(account),
            Some(who) => Self::of_rights(who),
        }
    }

    /// The source of limits and conditions, which have no defaults.
    pub(super) fn of_rights(who: &'a Identity) -> Self {
        match &who.origin {
            Origin::Scoped { scope, .. } => Self::Role(who, scope),
            Origin::Account | Origin::Signing | Origin::Configured { .. } => Self::User(who),
        }
    }

    /// The sentence's part about lists (`pub` or `sub`) that say nothing.
    pub(super) fn no_denial(&self, lists: &str) -> String {
        match self {
            Self::Defaults(account) if !account.has_default_permissions => {
                "neither the user nor the account's default_permissions restrict it".to_owned()
            }
            _ => format!("nothing in {} denies it", self.rule(lists, "deny", None)),
        }
    }

    /// Names an entry, or the whole list.
    pub(super) fn rule(&self, lists: &str, list: &str, entry: Option<Entry<'_>>) -> Rule {
        let mut rule = self.named(format!("{lists}.{list}"));
        let Some(entry) = entry else { return rule };
        let (mut index, text) = (entry.index, entry.to_string());
        if let Self::Role(who, scope) = self
            && let Some((at, written)) = written(who, scope, (lists, list), index)
        {
            index = at;
            rule.filled_in = Some(text.clone()).filter(|text| *text != written);
            rule.entry = Some(written);
        }
        rule.entry.get_or_insert(text);
        rule.path.push_str(&format!("[{index}]"));
        rule
    }

    /// Names a field of the rights: `src`, `times`.
    pub(super) fn named(&self, path: String) -> Rule {
        let rule = |claim, key: String, role: Option<&str>, path| Rule {
            claim,
            key,
            role: role.map(str::to_owned),
            path,
            entry: None,
            filled_in: None,
        };
        match self {
            Self::User(who) => rule(
                ClaimName::User,
                who.shown_user().unwrap_or_default(),
                None,
                path,
            ),
            Self::Defaults(account) => {
                let path = format!("default_permissions.{path}");
                rule(ClaimName::Account, account.shown().to_string(), None, path)
            }
            Self::Role(_, scope) => {
                let role = Some(scope.role.as_str()).filter(|role| !role.is_empty());
                let path = format!("template.{path}");
                rule(ClaimName::SigningKey, scope.key.to_string(), role, path)
            }
        }
    }
}

/// The template's entry that the `index`-th subject of its expansion came from.
fn written(
    who: &Identity,
    scope: &UserScope,
    (lists, list): (&str, &str),
    index: usize,
) -> Option<(usize, String)> {
    let Origin::Scoped {
        account_name,
        account_tags,
        ..
    } = &who.origin
    else {
        return None;
    };
    let rights: &UserPermissionLimits = &scope.template.rights;
    let rules = if lists == "pub" {
        &rights.publish
    } else {
        &rights.subscribe
    };
    let entries = if list == "allow" {
        &rules.allow
    } else {
        &rules.deny
    };
    let values = Values {
        user_name: &who.name,
        user: who.user,
        user_tags: &who.tags,
        account_name,
        account: who.account,
        account_tags,
    };
    template::source(entries.as_deref()?, &values, index)
}
