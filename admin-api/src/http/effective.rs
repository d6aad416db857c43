//! What a user may really do: the broker's own reading of its credential, its role filled in and
//! its account's ceilings applied. Dry runs show the same of what would be.

use accounts::{AccountPolicy, IssuerRight, KeyKind, PublicKey, Quotas};
use serde::Serialize;
use utoipa::ToSchema;

use super::checks::identity;
use super::work::Work;
use crate::claims::{policy_of, stored_ceilings};
use crate::problem::Problem;
use crate::rights::{UserLimits, UserPermissions};
use crate::store::account_roles::RoleRow;
use crate::store::accounts::AccountRow;
use crate::store::foundation::OperatorRow;
use crate::store::users::UserRow;
use crate::store::{self, StoreError};

/// What a user may really do, with its role filled in and its account's ceilings applied.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EffectiveRights {
    /// Whether its newest credential logs in at all, apart from where and when.
    admitted: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// `user`, `role`, or `account` for the account's default permissions.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions: Option<UserPermissions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<UserLimits>,
}

impl EffectiveRights {
    fn without(reason: String) -> Self {
        Self {
            admitted: false,
            reason: Some(reason),
            source: None,
            permissions: None,
            limits: None,
        }
    }

    fn granted(
        account: &AccountRow,
        source: &'static str,
        permissions: UserPermissions,
        own: UserLimits,
    ) -> Result<Self, StoreError> {
        let ceilings = stored_ceilings(account)?.user_limits();
        Ok(Self {
            admitted: true,
            reason: None,
            source: Some(source),
            permissions: Some(permissions),
            limits: Some(own.narrowed_by(&ceilings)),
        })
    }

    /// Of a user, as its newest credential and its account's claims say.
    pub(super) fn of_user(
        operator: &OperatorRow,
        account: &AccountRow,
        row: &UserRow,
        now: i64,
    ) -> Result<Self, Problem> {
        let policy = policy_of(account)?;
        let who = match identity(operator, account, &policy, row, now)? {
            Ok(who) => who,
            Err(refused) => return Ok(Self::without(refused.for_tenant().text)),
        };
        let source = match (who.uses_default_permissions, &row.role_id) {
            (true, _) => "account",
            (false, Some(_)) => "role",
            (false, None) => "user",
        };
        let permissions = UserPermissions::of_claims(&who.permissions.lists());
        let limits = [who.limits.subs, who.limits.data, who.limits.payload];
        let own = UserLimits::of_claims(limits, &who.quotas);
        Ok(Self::granted(account, source, permissions, own)?)
    }

    /// Of a role's users, as the account's claims say; what stands in `{{…}}` is each user's.
    fn of_role(account: &AccountRow, role: &RoleRow) -> Result<Self, StoreError> {
        let policy = policy_of(account)?;
        let key = PublicKey::parse_as(&role.signing_key, KeyKind::Account);
        let right = key.map_or(IssuerRight::No, |key| policy.may_issue(&key));
        let IssuerRight::Scoped(scope) = right else {
            return Ok(Self::without("the role is disabled".to_owned()));
        };
        let rights = &scope.template.rights;
        let permissions = rights.permissions();
        let quotas = Quotas::of_user(&scope.template.extra);
        let quotas = quotas.map_err(|_| StoreError::corrupt("roles.template", &role.id))?;
        let limits = [rights.subs, rights.data, rights.payload];
        let own = UserLimits::of_claims(limits, &quotas);
        match permissions.is_empty() {
            true => Self::granted(account, "account", defaults(&policy), own),
            false => {
                let permissions = UserPermissions::of_claims(&permissions);
                Self::granted(account, "role", permissions, own)
            }
        }
    }

    /// Of users of the account that carry no permissions and limits of their own.
    fn of_account(account: &AccountRow) -> Result<Self, StoreError> {
        let permissions = defaults(&policy_of(account)?);
        Self::granted(account, "account", permissions, UserLimits::default())
    }
}

fn defaults(policy: &AccountPolicy) -> UserPermissions {
    UserPermissions::of_claims(&policy.default_permissions.lists())
}

/// What a dry run shows. The account's claims have been minted.
impl Work<'_> {
    pub(super) async fn show_user(&mut self, row: &UserRow) -> Result<(), Problem> {
        if self.is_tried() {
            let operator = store::foundation::the_operator(&mut self.tx).await?;
            let shown = EffectiveRights::of_user(&operator, &self.account, row, self.now)?;
            self.effective = Some(shown);
        }
        Ok(())
    }

    pub(super) fn show_role(&mut self, row: &RoleRow) -> Result<(), Problem> {
        if self.is_tried() {
            self.effective = Some(EffectiveRights::of_role(&self.account, row)?);
        }
        Ok(())
    }

    pub(super) fn show_account(&mut self) -> Result<(), Problem> {
        if self.is_tried() {
            self.effective = Some(EffectiveRights::of_account(&self.account)?);
        }
        Ok(())
    }
}
