//! User claims: permissions, and the conditions of a login.

use super::issue::{Issue, Issues};
use crate::claims::user::{PermissionSet, UserBody, UserPermissionLimits};
use crate::conditions;
use crate::jwt::Claims;
use crate::nkeys::KeyKind;
use crate::permissions::Permissions;
use crate::quotas::Quotas;
use crate::zone::Zone;

impl Claims<UserBody> {
    /// Everything that is wrong with these claims, seen by themselves. Without `now` (unix
    /// seconds) the clock is not asked.
    pub fn validate(&self, now: Option<i64>) -> Vec<Issue> {
        let mut issues = Issues::default();
        let rights = &self.nats.rights;
        issues.check_time(self, now);
        let permissions = rights.permissions();
        if let Err(error) = Permissions::compile(&permissions) {
            issues.block(error.to_string());
        }
        check_blanks("", &permissions, &mut issues);
        check_conditions("", rights, &mut issues);
        if let Err(error) = Quotas::of_user(&self.nats.extra) {
            issues.block(error.to_string());
        }
        if let Some(account) = self.nats.issuer_account {
            issues.block_if(account.kind() != KeyKind::Account, || {
                format!("issuer_account {account} is not an account key")
            });
        }
        issues.0
    }
}

/// Networks, hours and their zone; `what` says whose.
pub(super) fn check_conditions(what: &str, rights: &UserPermissionLimits, issues: &mut Issues) {
    for network in rights.src.iter().flatten() {
        issues.block_if(conditions::parse_cidr(network).is_none(), || {
            format!("{what}`{network}` is not a network, use address/bits")
        });
    }
    for range in rights.times.iter().flatten() {
        issues.block_if(conditions::parse_range(range).is_none(), || {
            format!("{what}hours must be written as 15:04:05")
        });
    }
    let zone = &rights.times_location;
    issues.block_if(conditions::zone_of(zone, &Zone::utc()).is_err(), || {
        format!("{what}`{zone}` is not an IANA time zone such as Europe/Berlin")
    });
}

/// A permission is a subject, or a subject and a queue with one blank between them.
pub(super) fn check_blanks(what: &str, permissions: &PermissionSet, issues: &mut Issues) {
    let (publish, subscribe) = (&permissions.publish, &permissions.subscribe);
    let lists = [
        &publish.allow,
        &publish.deny,
        &subscribe.allow,
        &subscribe.deny,
    ];
    for entry in lists.into_iter().flatten().flatten() {
        let words = entry.split(' ').filter(|word| !word.is_empty()).count();
        let blanks = entry.chars().filter(|c| c.is_whitespace()).count();
        issues.block_if(blanks + 1 != words, || {
            format!("{what}`{entry}` has too many blanks, write `subject` or `subject queue`")
        });
    }
}
