//! What a manifest says: the desired state of organisations, plans and accounts, and of what
//! belongs to accounts.
//!
//! Of an organisation, a plan or an account, what is absent stays as it is. A role, an export, an
//! import and a user is said as a whole: what is absent there is as by default.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::http::auth_callout::AuthCalloutSpec;
use crate::http::exports::{ResponseType, Visibility};
use crate::http::sharing::Kind;
use crate::limits::LimitsPatch;
use crate::rights::{Conditions, Rights, UserLimits, UserPermissions};
use crate::settings::{ClusterTraffic, EventFeed, MappingDestination, TraceSettings};
use crate::sharing::{ExportDetails, ImportDetails};

/// The only version of manifests so far.
pub(super) const VERSION: u32 = 1;

/// The desired state, as YAML or JSON.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Manifest {
    /// 1.
    #[schema(minimum = 1, maximum = 1)]
    pub(super) version: u32,
    /// Names the manifest: what it made belongs to it, and is what `prune` deletes once the
    /// manifest does not say it any more.
    #[schema(pattern = "^[a-z][a-z0-9-]{1,62}$", example = "production")]
    pub(super) name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(super) orgs: Vec<OrgSpec>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(super) plans: Vec<PlanSpec>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(super) accounts: Vec<AccountSpec>,
}

/// An organisation in a manifest.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrgSpec {
    pub(super) slug: String,
    /// A new one is called by its slug unless it has a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
}

/// A plan in a manifest.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanSpec {
    pub(super) slug: String,
    /// A new one is called by its slug unless it has a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    /// As a whole: unlimited where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) limits: Option<LimitsPatch>,
    /// Whether new accounts get it when nobody says what they get.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) default: Option<bool>,
}

/// An account in a manifest, with what belongs to it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountSpec {
    pub(super) slug: String,
    /// A new one is called by its slug unless it has a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// Id or slug; where a new account lies. It cannot be moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) org: Option<String>,
    /// Id or slug; null is none. Needs the right `limits:write` where it changes something.
    #[serde(
        default,
        deserialize_with = "said",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>)]
    pub(super) plan: Option<Option<String>>,
    /// As a whole: what differs from the plan, or from unlimited. Needs the right `limits:write`
    /// where it changes something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) limits: Option<LimitsPatch>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) info_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tags: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) default_permissions: Option<UserPermissions>,
    /// As a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) mappings: Option<BTreeMap<String, Vec<MappingDestination>>>,
    /// null is none.
    #[serde(
        default,
        deserialize_with = "said",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<TraceSettings>)]
    pub(super) trace: Option<Option<TraceSettings>>,
    /// null is the system's.
    #[serde(
        default,
        deserialize_with = "said",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<ClusterTraffic>)]
    pub(super) cluster_traffic: Option<Option<ClusterTraffic>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) event_feed: Option<EventFeed>,
    /// As a whole; null is none.
    #[serde(
        default,
        deserialize_with = "said",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<AuthCalloutSpec>)]
    pub(super) auth_callout: Option<Option<AuthCalloutSpec>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(super) roles: Vec<RoleSpec>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(super) exports: Vec<ExportSpec>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(super) imports: Vec<ImportSpec>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(super) users: Vec<UserSpec>,
}

/// Tells `null` from what is absent.
fn said<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// A role in a manifest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleSpec {
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) permissions: UserPermissions,
    #[serde(default)]
    pub(super) limits: UserLimits,
    #[serde(default)]
    pub(super) conditions: Conditions,
    #[serde(default)]
    pub(super) bearer: bool,
    #[serde(default)]
    pub(super) disabled: bool,
}

/// An export in a manifest. Its subject and kind are what it is known by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportSpec {
    pub(super) subject: String,
    pub(super) kind: Kind,
    /// The subject when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) visibility: Visibility,
    /// Ids, nkeys or slugs of the accounts that may import a private export.
    #[serde(default)]
    pub(super) allow: Vec<String>,
    /// Services only; `singleton` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) response_type: Option<ResponseType>,
    #[serde(default)]
    pub(super) advertised: bool,
    #[serde(default)]
    pub(super) details: ExportDetails,
}

impl ExportSpec {
    /// With what is meant where it says nothing, so that two can be compared.
    pub(super) fn settled(mut self) -> Self {
        self.name.get_or_insert_with(|| self.subject.clone());
        if self.kind == Kind::Service {
            self.response_type.get_or_insert(ResponseType::Singleton);
        }
        self.allow.sort();
        self.allow.dedup();
        self
    }
}

/// An import in a manifest. Exporter, subject and kind are what it is known by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportSpec {
    /// Id, nkey or slug of the exporting account.
    pub(super) account: String,
    pub(super) subject: String,
    pub(super) kind: Kind,
    /// Where it appears; the exporter's subject when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) local_subject: Option<String>,
    /// The subject when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) details: ImportDetails,
    /// Ask for it with this message when it is advertised but not permitted yet. Without it, what
    /// is not permitted is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) request: Option<String>,
}

impl ImportSpec {
    /// With what is meant where it says nothing, so that two can be compared.
    pub(super) fn settled(mut self) -> Self {
        self.local_subject
            .get_or_insert_with(|| self.subject.clone());
        self.name.get_or_insert_with(|| self.subject.clone());
        self
    }
}

/// A user in a manifest: always with a key of its own, whose seed stays with its owner.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserSpec {
    pub(super) name: String,
    /// The user's nkey (`U…`). Another one than before rotates the user.
    pub(super) public_key: String,
    /// Name or id of a role. Then the role says what the user may do, and nothing else may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<String>,
    #[serde(default)]
    pub(super) permissions: UserPermissions,
    #[serde(default)]
    pub(super) limits: UserLimits,
    #[serde(default)]
    pub(super) conditions: Conditions,
    #[serde(default)]
    pub(super) bearer: bool,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    /// How long a credential holds that is made because of this; a year when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 31_536_000)]
    pub(super) expires_in_seconds: Option<u32>,
    /// The first credential does not expire.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) never_expires: bool,
}

impl UserSpec {
    /// Without what counts only when a credential is made.
    pub(super) fn lasting(&self) -> Self {
        Self {
            expires_in_seconds: None,
            never_expires: false,
            ..self.clone()
        }
    }
}

impl RoleSpec {
    pub(super) fn of(name: String, description: String, rights: Rights, disabled: bool) -> Self {
        Self {
            name,
            description,
            permissions: rights.permissions,
            limits: rights.limits,
            conditions: rights.conditions,
            bearer: rights.bearer,
            disabled,
        }
    }
}
