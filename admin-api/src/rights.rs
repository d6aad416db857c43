//! What a user or a role may do: permissions, limits and conditions, as the API takes, keeps and
//! shows them, and the claims that they become.

use accounts::claims::account::ScopeTemplate;
use accounts::identity::{REQUIRE_CERTIFICATE, requires_certificate};
use accounts::{QuotaError, Quotas, UserPermissionLimits};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::claims::Ceilings;
use crate::problem::Problem;

mod conditions;
mod limits;
mod permissions;

pub(crate) use conditions::Conditions;
use conditions::Hours;
pub(crate) use limits::UserLimits;
pub(crate) use permissions::UserPermissions;

/// The longest time of saved-up messages that claims may name.
pub(crate) const BURST_SECONDS_MAX: i64 = 60;

/// All rights of a user, or of a role for its users.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Rights {
    pub(crate) permissions: UserPermissions,
    pub(crate) limits: UserLimits,
    pub(crate) conditions: Conditions,
    pub(crate) bearer: bool,
}

impl Rights {
    /// Names the field that is wrong, or that grants more than the account has.
    pub(crate) fn check(&self, ceilings: &Ceilings) -> Result<(), Problem> {
        self.permissions.to_claims("/permissions")?;
        self.limits.check()?;
        self.limits.check_within(ceilings)?;
        self.conditions.check()?;
        if self.bearer && ceilings.limits.disallow_bearer {
            return Err(Problem::invalid(
                "/bearer",
                "the account forbids bearer users",
            ));
        }
        Ok(())
    }

    /// What claims from elsewhere say: the other way round.
    pub(crate) fn of_claims(
        claims: &UserPermissionLimits,
        extra: &Map<String, Value>,
    ) -> Result<Self, QuotaError> {
        let limits = [claims.subs, claims.data, claims.payload];
        let hours = claims.times.iter().flatten().map(|range| Hours {
            start: range.start.clone(),
            end: range.end.clone(),
        });
        Ok(Self {
            permissions: UserPermissions::of_claims(&claims.permissions()),
            limits: UserLimits::of_claims(limits, &Quotas::of_user(extra)?),
            conditions: Conditions {
                src: claims.src.clone().unwrap_or_default(),
                times: hours.collect(),
                times_location: Some(claims.times_location.clone()).filter(|zone| !zone.is_empty()),
                allowed_connection_types: claims
                    .allowed_connection_types
                    .clone()
                    .unwrap_or_default(),
                proxy_required: claims.proxy_required,
                require_certificate: requires_certificate(extra).unwrap_or(true),
            },
            bearer: claims.bearer_token,
        })
    }

    /// The rights as claims have them.
    pub(crate) fn to_claims(&self) -> Result<UserPermissionLimits, Problem> {
        let conditions = &self.conditions;
        let given = |list: &Vec<String>| Some(list.clone()).filter(|list| !list.is_empty());
        let rights = UserPermissionLimits {
            subs: self.limits.subscriptions,
            data: self.limits.data_bytes,
            payload: self.limits.payload_bytes,
            src: given(&conditions.src),
            times: Some(conditions.hours()).filter(|times| !times.is_empty()),
            times_location: conditions.times_location.clone().unwrap_or_default(),
            bearer_token: self.bearer,
            proxy_required: conditions.proxy_required,
            allowed_connection_types: given(&conditions.allowed_connection_types),
            ..UserPermissionLimits::default()
        };
        Ok(rights.with_permissions(self.permissions.to_claims("/permissions")?))
    }

    /// The quotas, which stand beside the rights in claims.
    pub(crate) fn quotas(&self) -> Quotas {
        self.limits.quotas()
    }

    fn extra_fields(&self) -> Map<String, Value> {
        extra_fields(&self.quotas(), self.conditions.require_certificate)
    }

    /// Refuses what an engine that is no broker of ours would not obey.
    pub(crate) fn check_engines(&self, has_cluster: bool) -> Result<(), Problem> {
        if self.conditions.require_certificate && has_cluster {
            return Err(Problem::invalid(
                "/conditions/require_certificate",
                "nats-server takes credentials without a certificate: only Tidegate's own broker \
                 can ask for one",
            ));
        }
        Ok(())
    }

    /// The rights as the template of a scoped signing key.
    pub(crate) fn to_template(&self) -> Result<ScopeTemplate, Problem> {
        Ok(ScopeTemplate {
            rights: self.to_claims()?,
            extra: self.extra_fields(),
        })
    }
}

/// What only Tidegate's broker knows, as a further field of user claims or of a template.
pub(crate) fn extra_fields(quotas: &Quotas, require_certificate: bool) -> Map<String, Value> {
    let mut object = Map::new();
    quotas.write(&mut object);
    if require_certificate {
        object.insert(REQUIRE_CERTIFICATE.to_owned(), true.into());
    }
    let mut fields = Map::new();
    if !object.is_empty() {
        fields.insert("tidegate".to_owned(), Value::Object(object));
    }
    fields
}

/// The problem of a number that is no limit.
pub(crate) fn not_a_limit(name: &str) -> Problem {
    let text = "must be -1 (unlimited), 0 (none) or more";
    Problem::invalid(format!("/limits/{name}"), text)
}
