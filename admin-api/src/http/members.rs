//! `/members`: people, and what they may do where. Who they are beyond the caller's reach stays
//! unseen.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::binding::{Binding, Wanted, no_more_than};
use super::body::{Json, MergePatch};
use super::conditional::IfMatch;
use super::dry_run::Mode;
use super::page::{Page, PageRequest};
use super::record::Change;
use super::reply::Reply;
use super::validate;
use super::whoami::Membership;
use crate::app::App;
use crate::auth::{Caller, May, may, rights_of};
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::problem::{Problem, ProblemBody};
use crate::store::members::{MemberRow, MembershipRow};
use crate::store::{self, Scope, Tx};

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Member {
    #[schema(example = "mem_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    email: String,
    name: String,
    /// The identity provider that vouches for them; absent for those with a password here.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    /// Whether they have a second factor.
    totp: bool,
    disabled: bool,
    /// Counts its changes; `If-Match: "<version>"` changes this one only.
    version: i64,
    /// What they may do, as far as the caller reaches.
    memberships: Vec<Membership>,
    #[schema(format = DateTime)]
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    last_sign_in_at: Option<String>,
}

impl Member {
    fn new(row: MemberRow, memberships: Vec<MembershipRow>, scope: &Scope) -> Self {
        let visible = memberships.into_iter().filter(|row| lies_in(row, scope));
        Self {
            id: row.id,
            email: row.email,
            name: row.name,
            provider: row.provider_id,
            totp: row.totp_confirmed,
            disabled: row.disabled_at.is_some(),
            version: row.version,
            memberships: visible.map(Membership::from).collect(),
            created_at: clock::rfc3339(row.created_at),
            last_sign_in_at: row.last_sign_in_at.map(clock::rfc3339),
        }
    }
}

/// Whether the membership lies in the scope.
fn lies_in(row: &MembershipRow, scope: &Scope) -> bool {
    let covers = |outer: &Option<String>, inner: &Option<String>| outer.is_none() || outer == inner;
    covers(&scope.org_id, &row.org_id) && covers(&scope.account_id, &row.account_id)
}

/// Where the change is told: where the caller reaches.
fn change<'a>(action: &'static str, target: &'a str, caller: &'a Caller) -> Change<'a> {
    let scope = &caller.scope;
    Change::new(
        action,
        target,
        scope.org_id.as_deref(),
        scope.account_id.as_deref(),
    )
}

async fn found(tx: &mut Tx, caller: &Caller, id: &str) -> Result<MemberRow, Problem> {
    store::members::find(tx, &caller.scope, id)
        .await?
        .ok_or_else(Problem::not_found)
}

/// Refuses who does not have all that the person has: such a one could take the person's place.
pub(super) async fn must_cover(
    tx: &mut Tx,
    caller: &Caller,
    member_id: &str,
) -> Result<Vec<MembershipRow>, Problem> {
    let memberships = store::members::memberships(tx, member_id).await?;
    for row in &memberships {
        if !lies_in(row, &caller.scope) {
            return Err(Problem::forbidden(
                "The person is a member elsewhere too: ask who administers the platform.",
            ));
        }
        no_more_than(caller, rights(row))?;
    }
    Ok(memberships)
}

fn rights(row: &MembershipRow) -> crate::auth::Rights {
    rights_of(&row.role, row.role_rights.as_deref(), &row.scope())
}

/// The people that the caller reaches.
#[utoipa::path(get, path = "/members", operation_id = "list_members", tag = "members",
    params(May<may::ReadMembers>, PageRequest<MemberRow>),
    responses((status = 200, body = Page<Member>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadMembers>,
    page: PageRequest<MemberRow>,
) -> Result<Answer<Page<Member>>, Problem> {
    let mut tx = app.db.read().await?;
    let reached = store::members::within(&caller.scope);
    let cut = page.read(&app, &mut tx, reached, Ok::<_, Problem>).await?;
    let mut data = Vec::with_capacity(cut.data.len());
    for row in cut.data {
        let memberships = store::members::memberships(&mut tx, &row.id).await?;
        data.push(Member::new(row, memberships, &caller.scope));
    }
    Ok(Answer(Page {
        data,
        next_cursor: cut.next_cursor,
        has_more: cut.has_more,
        total: cut.total,
        total_capped: cut.total_capped,
    }))
}

/// One person.
#[utoipa::path(get, path = "/members/{member}", operation_id = "get_member", tag = "members",
    params(May<may::ReadMembers>, ("member" = String, Path, description = "Id")),
    responses((status = 200, body = Member, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadMembers>,
    Path(id): Path<String>,
) -> Result<Reply<Member>, Problem> {
    let mut tx = app.db.read().await?;
    let row = found(&mut tx, &caller, &id).await?;
    let version = row.version;
    let memberships = store::members::memberships(&mut tx, &row.id).await?;
    Ok(Reply::ok(Member::new(row, memberships, &caller.scope)).version(version))
}

/// Changes to a person; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberPatch {
    name: Option<String>,
    /// Whether they are kept from signing in; their sessions and keys rest meanwhile.
    disabled: Option<bool>,
}

/// Changes a person. Needs all the rights that the person has.
#[utoipa::path(patch, path = "/members/{member}", operation_id = "update_member", tag = "members",
    params(May<may::WriteMembers>, ("member" = String, Path, description = "Id"), IfMatch),
    request_body(content = MemberPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, body = Member, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteMembers>,
    mode: Mode,
    if_match: IfMatch,
    Path(id): Path<String>,
    patch: MergePatch<MemberPatch>,
) -> Result<Reply<Member>, Problem> {
    let now = clock::now();
    let mut tx = app.db.write().await?;
    let mut row = found(&mut tx, &caller, &id).await?;
    if_match.check(row.version)?;
    let memberships = must_cover(&mut tx, &caller, &row.id).await?;
    let before = Member::new(row.clone(), memberships.clone(), &caller.scope);
    let wanted = patch.apply(json!({ "name": before.name, "disabled": before.disabled }))?;
    if patch.touches("name") {
        // What a provider calls people is not held to our rules.
        row.name = validate::display_name(&wanted.name.unwrap_or_default(), "/name")?;
    }
    row.disabled_at = match wanted.disabled {
        Some(true) => row.disabled_at.or(Some(now)),
        _ => None,
    };
    row.version += 1;
    store::members::update(&mut tx, &row, now).await?;
    if row.disabled_at.is_some() {
        store::sessions::revoke_others(&mut tx, &row.id, "", now).await?;
    }
    let version = row.version;
    let member = Member::new(row, memberships, &caller.scope);
    let told = change("member.update", &id, &caller);
    let told = told.before(&before).after(&member);
    let made = mode.end(&app, tx, &caller, told).await?;
    Ok(Reply::ok(member).version(version).or_preview(made))
}

/// Ends a person's memberships as far as the caller reaches, with the keys that hang on them; who
/// has none left is gone.
#[utoipa::path(delete, path = "/members/{member}", operation_id = "delete_member",
    tag = "members",
    params(May<may::WriteMembers>, ("member" = String, Path, description = "Id"), IfMatch),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteMembers>,
    mode: Mode,
    if_match: IfMatch,
    Path(id): Path<String>,
) -> Result<Reply<()>, Problem> {
    let mut tx = app.db.write().await?;
    let row = found(&mut tx, &caller, &id).await?;
    if_match.check(row.version)?;
    let memberships = store::members::memberships(&mut tx, &row.id).await?;
    for membership in &memberships {
        if lies_in(membership, &caller.scope) {
            no_more_than(&caller, rights(membership))?;
            store::members::delete_membership(&mut tx, &membership.id).await?;
        }
    }
    let before = Member::new(row, memberships, &caller.scope);
    if store::members::memberships(&mut tx, &id).await?.is_empty() {
        store::members::delete(&mut tx, &id).await?;
    }
    let told = change("member.delete", &id, &caller).before(&before);
    let made = mode.end(&app, tx, &caller, told).await?;
    Ok(Reply::ok(()).or_preview(made))
}

/// A role somewhere.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMembership {
    /// A built-in role's name, or an access role's id or name.
    role: String,
    /// The organisation (id or slug).
    org: Option<String>,
    /// The account (id, nkey or slug).
    account: Option<String>,
}

/// Gives somebody who is a member already a role somewhere else too.
#[utoipa::path(post, path = "/members/{member}/memberships", operation_id = "create_membership",
    tag = "members",
    params(May<may::WriteOrgs>, ("member" = String, Path, description = "Id")),
    request_body = NewMembership,
    responses((status = 201, body = Membership), (status = "4XX", body = ProblemBody)))]
pub(super) async fn add(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteOrgs>,
    mode: Mode,
    Path(id): Path<String>,
    Json(new): Json<NewMembership>,
) -> Result<Reply<Membership>, Problem> {
    let mut tx = app.db.write().await?;
    let member = found(&mut tx, &caller, &id).await?;
    let wanted = Wanted {
        role: Some(&new.role),
        org: new.org.as_deref(),
        account: new.account.as_deref(),
    };
    let binding = Binding::give(&mut tx, &caller, wanted).await?;
    if member.provider_id.is_some() {
        return Err(given_by_provider());
    }
    let row = MembershipRow {
        id: new_id(IdKind::Membership),
        member_id: member.id,
        role: binding.role,
        org_id: binding.scope.org_id,
        account_id: binding.scope.account_id,
        from_provider: false,
        created_at: clock::now(),
        role_rights: None,
        version: 1,
    };
    store::members::insert_membership(&mut tx, &row)
        .await
        .map_err(Problem::if_taken(
            "membership_exists",
            "The person has a role there already: change that one.",
        ))?;
    let membership = Membership::from(row);
    let (org, account) = (membership.org.as_deref(), membership.account.as_deref());
    let told = Change::new("membership.create", &membership.id, org, account);
    let told = told.after(&membership);
    let made = mode.end(&app, tx, &caller, told).await?;
    Ok(Reply::made(membership).version(1).or_preview(made))
}

fn given_by_provider() -> Problem {
    Problem::conflict(
        "from_provider",
        "What this person may do comes from the groups of their identity provider.",
    )
}

/// Another role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MembershipPatch {
    /// A built-in role's name, or an access role's id or name.
    role: String,
}

/// What a person may do somewhere.
#[utoipa::path(get, path = "/members/{member}/memberships/{membership}",
    operation_id = "get_membership", tag = "members",
    params(May<may::ReadMembers>, ("member" = String, Path, description = "Id"),
           ("membership" = String, Path, description = "Id")),
    responses((status = 200, body = Membership, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get_membership(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadMembers>,
    Path((member, membership)): Path<(String, String)>,
) -> Result<Reply<Membership>, Problem> {
    let mut tx = app.db.read().await?;
    let (scope, member) = (&caller.scope, &member);
    let row = store::members::find_membership(&mut tx, scope, member, &membership).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let version = row.version;
    Ok(Reply::ok(Membership::from(row)).version(version))
}

/// Changes the role of a membership, also of its sessions and keys, at once.
#[utoipa::path(patch, path = "/members/{member}/memberships/{membership}",
    operation_id = "update_membership", tag = "members",
    params(May<may::WriteMembers>, ("member" = String, Path, description = "Id"),
           ("membership" = String, Path, description = "Id"), IfMatch),
    request_body(content = MembershipPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, body = Membership, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn update_membership(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteMembers>,
    mode: Mode,
    if_match: IfMatch,
    Path((member, membership)): Path<(String, String)>,
    patch: MergePatch<MembershipPatch>,
) -> Result<Reply<Membership>, Problem> {
    let now = clock::now();
    let mut tx = app.db.write().await?;
    let mut row = own(&mut tx, &caller, &member, &membership).await?;
    if_match.check(row.version)?;
    let before = Membership::from(row.clone());
    let patch = patch.apply(json!({ "role": row.role }))?;
    // Where it holds stays.
    let account = row.account_id.clone();
    let org = row.org_id.clone().filter(|_| account.is_none());
    let wanted = Wanted {
        role: Some(&patch.role),
        org: org.as_deref(),
        account: account.as_deref(),
    };
    let binding = Binding::give(&mut tx, &caller, wanted).await?;
    store::members::set_role(&mut tx, &row.id, &binding.role, now).await?;
    (row.role, row.version) = (binding.role, row.version + 1);
    let version = row.version;
    let membership = Membership::from(row);
    let (org, account) = (membership.org.as_deref(), membership.account.as_deref());
    let told = Change::new("membership.update", &membership.id, org, account);
    let told = told.before(&before).after(&membership);
    let made = mode.end(&app, tx, &caller, told).await?;
    Ok(Reply::ok(membership).version(version).or_preview(made))
}

/// Ends a membership, with the keys that hang on it.
#[utoipa::path(delete, path = "/members/{member}/memberships/{membership}",
    operation_id = "delete_membership", tag = "members",
    params(May<may::WriteMembers>, ("member" = String, Path, description = "Id"),
           ("membership" = String, Path, description = "Id"), IfMatch),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete_membership(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteMembers>,
    mode: Mode,
    if_match: IfMatch,
    Path((member, membership)): Path<(String, String)>,
) -> Result<Reply<()>, Problem> {
    let mut tx = app.db.write().await?;
    let row = own(&mut tx, &caller, &member, &membership).await?;
    if_match.check(row.version)?;
    store::members::delete_membership(&mut tx, &row.id).await?;
    let before = Membership::from(row);
    let (org, account) = (before.org.as_deref(), before.account.as_deref());
    let told = Change::new("membership.delete", &before.id, org, account);
    let made = mode.end(&app, tx, &caller, told.before(&before)).await?;
    Ok(Reply::ok(()).or_preview(made))
}

/// A membership that the caller may change: within reach, of no more rights, and our own.
async fn own(
    tx: &mut Tx,
    caller: &Caller,
    member: &str,
    id: &str,
) -> Result<MembershipRow, Problem> {
    let row = store::members::find_membership(tx, &caller.scope, member, id)
        .await?
        .ok_or_else(Problem::not_found)?;
    no_more_than(caller, rights(&row))?;
    if row.from_provider {
        return Err(given_by_provider());
    }
    Ok(row)
}

/// Takes a person's second factor away, for who lost theirs. Needs all the rights that they have.
#[utoipa::path(delete, path = "/members/{member}/totp", operation_id = "delete_member_totp",
    tag = "members",
    params(May<may::WriteMembers>, ("member" = String, Path, description = "Id"), IfMatch),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete_totp(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteMembers>,
    mode: Mode,
    if_match: IfMatch,
    Path(id): Path<String>,
) -> Result<Reply<()>, Problem> {
    let now = clock::now();
    let mut tx = app.db.write().await?;
    let row = found(&mut tx, &caller, &id).await?;
    if_match.check(row.version)?;
    must_cover(&mut tx, &caller, &row.id).await?;
    store::members::set_totp(&mut tx, &row.id, None, now).await?;
    store::sessions::revoke_others(&mut tx, &row.id, "", now).await?;
    let told = change("member.delete_totp", &id, &caller);
    let made = mode.end(&app, tx, &caller, told).await?;
    Ok(Reply::ok(()).or_preview(made))
}
