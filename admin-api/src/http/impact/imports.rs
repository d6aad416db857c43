//! Imports that worked and would not any more: the broker's own rules are asked twice.

use std::collections::HashMap;

use accounts::AccountPolicy;

use super::{BrokenImports, Changed, reaches};
use crate::claims::policy_of;
use crate::http::imports::verdict;
use crate::problem::Problem;
use crate::store::{self, Scope, StoreError, Tx};

/// The most imports of one exporter that a preview looks at.
const IMPORTS_MAX: i64 = 10_000;

/// An importer's claims before and after; `None` is for one that is not there.
pub(super) type Policies = HashMap<String, Option<(AccountPolicy, AccountPolicy)>>;

/// What it takes to look.
#[derive(Debug)]
pub(super) struct Look<'l> {
    /// What is in force.
    pub(super) kept: &'l mut Tx,
    /// What would be.
    pub(super) tried: &'l mut Tx,
    pub(super) policies: &'l mut Policies,
    pub(super) now: i64,
}

impl Look<'_> {
    /// Counts what stops because of the exporter's new claims.
    pub(super) async fn count(
        &mut self,
        exporter: &Changed,
        scope: &Scope,
        broken: &mut BrokenImports,
    ) -> Result<(), Problem> {
        let (was, is) = (&exporter.before.body, &exporter.after.body);
        if was.exports == is.exports && was.signing_keys == is.signing_keys {
            return Ok(());
        }
        let (id, now) = (&exporter.account.id, self.now);
        for import in store::imports::from_exporter(self.kept, id, IMPORTS_MAX).await? {
            let Some((had, has)) = self.importer(&import.account_id).await? else {
                continue;
            };
            let what = (&*import.kind, &*import.subject);
            let worked = verdict(had, &exporter.before.policy, what, now);
            let works = verdict(has, &exporter.after.policy, what, now);
            if worked.is_err() || works.is_ok() {
                continue;
            }
            // One that the same change deletes does not break.
            let (owner, id) = (&import.account_id, &import.id);
            if store::imports::find(self.tried, owner, id).await?.is_some() {
                let is_own = reaches(scope, &import.org_id, &import.account_id);
                broken.add(&import.id, is_own);
            }
        }
        Ok(())
    }

    async fn importer(
        &mut self,
        id: &str,
    ) -> Result<Option<&(AccountPolicy, AccountPolicy)>, StoreError> {
        if !self.policies.contains_key(id) {
            let had = store::accounts::by_id(self.kept, id).await?;
            let has = store::accounts::by_id(self.tried, id).await?;
            let both = match had.zip(has) {
                Some((had, has)) => Some((policy_of(&had)?, policy_of(&has)?)),
                None => None,
            };
            self.policies.insert(id.to_owned(), both);
        }
        Ok(self.policies.get(id).and_then(Option::as_ref))
    }
}
