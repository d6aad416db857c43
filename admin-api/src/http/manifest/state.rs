//! How things are, as a manifest would say it.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::diff::{compact, view};
use super::spec::{AccountSpec, ExportSpec, ImportSpec, OrgSpec, PlanSpec, RoleSpec, UserSpec};
use crate::claims::{Ceilings, role_rights, stored_ceilings};
use crate::http::auth_callout::AuthCalloutSpec;
use crate::http::exports::{ResponseType, Visibility};
use crate::http::sharing::Kind;
use crate::issue;
use crate::limits::{Limits, LimitsPatch};
use crate::plans::{ceilings_of, own_limits};
use crate::rights::{Rights, UserPermissions};
use crate::settings::AccountSettings;
use crate::sharing::{ExportDetails, ImportDetails};
use crate::store::account_roles::RoleRow;
use crate::store::accounts::AccountRow;
use crate::store::exports::ExportRow;
use crate::store::imports::ImportRow;
use crate::store::orgs::OrgRow;
use crate::store::plans::PlanRow;
use crate::store::users::UserRow;
use crate::store::{self, Scope, StoreError, Tx};

pub(super) fn org(row: &OrgRow) -> OrgSpec {
    OrgSpec {
        slug: row.slug.clone(),
        name: Some(row.name.clone()),
    }
}

pub(super) fn plan(row: &PlanRow) -> Result<PlanSpec, StoreError> {
    Ok(PlanSpec {
        slug: row.slug.clone(),
        name: Some(row.name.clone()),
        description: Some(row.description.clone()),
        limits: Some(said_of(&ceilings_of(row)?)),
        default: Some(row.is_default),
    })
}

/// Limits that are not as unlimited ones are.
pub(super) fn said_of(ceilings: &Ceilings) -> LimitsPatch {
    let all = view(&Limits::from(ceilings));
    let usual = view(&Limits::from(&Ceilings::unlimited()));
    narrowed(all, &usual)
}

/// The same limits, without those that are as unlimited ones are.
pub(super) fn of_unlimited(limits: &LimitsPatch) -> LimitsPatch {
    let usual = view(&Limits::from(&Ceilings::unlimited()));
    narrowed(view(limits), &usual)
}

fn narrowed(limits: Value, usual: &Value) -> LimitsPatch {
    let Value::Object(mut members) = limits else {
        return LimitsPatch::default();
    };
    members.retain(|name, value| usual[name] != *value);
    serde_json::from_value(Value::Object(members)).unwrap_or_default()
}

/// What the account itself is, with nothing of what belongs to it.
pub(super) async fn account(tx: &mut Tx, row: &AccountRow) -> Result<AccountSpec, StoreError> {
    let settings = AccountSettings::stored(row)?;
    let org = store::orgs::find(tx, &Scope::default(), &row.org_id).await?;
    let plan = match &row.plan_id {
        Some(plan) => store::plans::find(tx, plan).await?,
        None => None,
    };
    let limits = match &plan {
        Some(_) => own_limits(row)?,
        None => said_of(&stored_ceilings(row)?),
    };
    Ok(AccountSpec {
        slug: row.slug.clone(),
        name: Some(row.name.clone()),
        org: org.map(|org| org.slug),
        plan: Some(plan.map(|plan| plan.slug)),
        limits: Some(limits),
        description: Some(settings.description),
        info_url: Some(settings.info_url),
        tags: Some(settings.tags),
        default_permissions: Some(settings.default_permissions),
        mappings: Some(settings.mappings),
        trace: Some(settings.trace),
        cluster_traffic: Some(settings.cluster_traffic),
        event_feed: Some(settings.event_feed),
        ..AccountSpec::default()
    })
}

pub(super) fn role(row: &RoleRow) -> Result<RoleSpec, StoreError> {
    let (name, description) = (row.name.clone(), row.description.clone());
    Ok(RoleSpec::of(
        name,
        description,
        role_rights(row)?,
        row.disabled,
    ))
}

pub(super) fn export(row: &ExportRow, allow: Vec<String>) -> Result<ExportSpec, StoreError> {
    let spec = ExportSpec {
        subject: row.subject.clone(),
        kind: Kind::of(&row.kind),
        name: Some(row.name.clone()),
        visibility: Visibility::of(&row.visibility),
        allow,
        response_type: row.response_type.as_deref().and_then(ResponseType::of),
        advertised: row.advertised,
        details: ExportDetails::stored(row)?,
    };
    Ok(spec.settled())
}

pub(super) fn import(row: &ImportRow) -> Result<ImportSpec, StoreError> {
    Ok(ImportSpec {
        account: row.exporter_slug.clone(),
        subject: row.subject.clone(),
        kind: Kind::of(&row.kind),
        local_subject: Some(row.local_subject.clone()),
        name: Some(row.name.clone()),
        details: ImportDetails::stored(row)?,
        request: None,
    })
}

/// `role` is the name of the user's role, if it has one.
pub(super) fn user(row: &UserRow, role: Option<String>) -> Result<UserSpec, StoreError> {
    let own = match &role {
        Some(_) => Rights::default(),
        None => issue::rights_of(row)?,
    };
    Ok(UserSpec {
        name: row.name.clone(),
        public_key: row.public_key.clone(),
        role,
        permissions: own.permissions,
        limits: own.limits,
        conditions: own.conditions,
        bearer: own.bearer,
        tags: issue::tags_of(row)?,
        expires_in_seconds: None,
        never_expires: row.expires_at == 0,
    })
}

/// Who may import an account's exports by name, by the exports' ids.
pub(super) async fn grants(
    tx: &mut Tx,
    account_id: &str,
) -> Result<HashMap<String, Vec<String>>, StoreError> {
    let mut allow: HashMap<String, Vec<String>> = HashMap::new();
    for grant in store::exports::grants(tx, account_id).await? {
        let names = allow.entry(grant.export_id).or_default();
        names.push(grant.account_ref);
    }
    Ok(allow)
}

/// An account as people would write it: all that it says, since what is absent stays.
pub(super) fn brief_account(spec: &AccountSpec) -> Value {
    let usual = view(&UserPermissions::default());
    let mut brief = view(spec);
    brief["default_permissions"] = compact(brief["default_permissions"].take(), &usual);
    if let Some(callout) = brief.get_mut("auth_callout") {
        *callout = brief_callout(&spec.auth_callout);
    }
    brief
}

/// An auth callout as people would write it; null is none.
pub(super) fn brief_callout(spec: &impl Serialize) -> Value {
    compact(view(spec), &view(&AuthCalloutSpec::default()))
}

/// A role as people would write it.
pub(super) fn brief_role(spec: &RoleSpec) -> Value {
    compact(view(spec), &view(&RoleSpec::default()))
}

pub(super) fn brief_export(spec: &ExportSpec) -> Value {
    let usual = ExportSpec {
        subject: String::new(),
        kind: spec.kind,
        name: Some(spec.subject.clone()),
        visibility: Visibility::default(),
        allow: Vec::new(),
        response_type: None,
        advertised: false,
        details: ExportDetails::default(),
    };
    let mut usual = view(&usual.settled());
    usual["name"] = json!(spec.subject);
    usual["kind"] = Value::Null;
    compact(view(spec), &usual)
}

pub(super) fn brief_import(spec: &ImportSpec) -> Value {
    let usual = json!({
        "local_subject": spec.subject,
        "name": spec.subject,
        "details": ImportDetails::default(),
    });
    compact(view(spec), &usual)
}

pub(super) fn brief_user(spec: &UserSpec) -> Value {
    compact(view(spec), &view(&UserSpec::default()))
}
