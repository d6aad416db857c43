//! `/accounts/{account}/users`: logins. A seed made here is shown once and never stored.

use std::collections::HashMap;
use std::sync::Arc;

use accounts::{KeyKind, KeyPair, PublicKey};
use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Deleted;
use super::body::Json;
use super::conditional::IfMatch;
use super::dry_run::Mode;
use super::lifetime::Lifetime;
use super::page::{Page, PageRequest};
use super::reply::Reply;
use super::work::{Diff, Work};
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::claims::{role_rights, stored_ceilings};
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::issue::{self, Reason};
use crate::mint;
use crate::names;
use crate::problem::{Problem, ProblemBody};
use crate::rights::{Conditions, Rights, UserLimits, UserPermissions};
use crate::settings;
use crate::store::account_roles::RoleRow;
use crate::store::accounts::AccountRow;
use crate::store::issuances::{EVERYBODY, RefusalRow};
use crate::store::users::UserRow;
use crate::store::{self, StoreError, Tx};

/// Keys of one user that are kicked one by one; servers close the others by themselves.
const KICKED_KEYS_MAX: usize = 16;

/// A login of an account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct User {
    #[schema(example = "usr_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    pub(super) id: String,
    /// The account's id.
    account: String,
    name: String,
    /// Its nkey. Short-lived credentials have keys of their own.
    pub(super) public_key: String,
    /// The id of its role, whose permissions, limits and conditions it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    permissions: UserPermissions,
    limits: UserLimits,
    conditions: Conditions,
    /// Whether the JWT alone logs in, without a signature.
    bearer: bool,
    tags: Vec<String>,
    /// Counts its changes; `If-Match: "<version>"` changes this one only.
    version: i64,
    #[schema(format = DateTime)]
    issued_at: String,
    /// Absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// What was issued to its key then or before is revoked, its credential among it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    revoked_at: Option<String>,
    /// Until when its credential is kept out by a kick.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    blocked_until: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
}

impl User {
    /// `role` is the user's role, if it has one.
    pub(super) fn new(row: UserRow, role: Option<&RoleRow>) -> Result<Self, StoreError> {
        let rights = match role {
            Some(role) => role_rights(role)?,
            None => issue::rights_of(&row)?,
        };
        Ok(Self {
            tags: issue::tags_of(&row)?,
            permissions: rights.permissions,
            limits: rights.limits,
            conditions: rights.conditions,
            bearer: rights.bearer,
            version: row.version,
            id: row.id,
            account: row.account_id,
            name: row.name,
            public_key: row.public_key,
            role: row.role_id,
            issued_at: clock::rfc3339(row.issued_at),
            expires_at: (row.expires_at != 0).then(|| clock::rfc3339(row.expires_at)),
            revoked_at: None,
            blocked_until: None,
            created_at: clock::rfc3339(row.created_at),
        })
    }

    /// With what keeps its credential out.
    fn refused_by(mut self, refusals: &Refusals, issued_at: i64) -> Self {
        let of_key = refusals.get(self.public_key.as_str()).into_iter();
        let of_all = refusals.get(EVERYBODY).into_iter();
        let refusals = of_key.chain(of_all).flatten();
        for refusal in refusals.filter(|refusal| refusal.refused_at >= issued_at) {
            let field = match refusal.ends_at {
                None => (&mut self.revoked_at, refusal.refused_at),
                Some(end) => (&mut self.blocked_until, end),
            };
            *field.0 = Some(clock::rfc3339(field.1));
        }
        self
    }
}

/// What keeps credentials out, by the key that they are for.
type Refusals = HashMap<String, Vec<RefusalRow>>;

/// What keeps credentials of these users out.
async fn refusals(
    tx: &mut Tx,
    account: &AccountRow,
    users: &[UserRow],
) -> Result<Refusals, StoreError> {
    let keys: Vec<&str> = users.iter().map(|row| row.public_key.as_str()).collect();
    let rows = store::issuances::refusals(tx, &account.id, &keys, clock::now()).await?;
    let mut refusals = Refusals::new();
    for row in rows {
        refusals.entry(row.user_key.clone()).or_default().push(row);
    }
    Ok(refusals)
}

/// A user's credential: shown now and never again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreatedUser {
    #[serde(flatten)]
    pub(super) user: User,
    /// The creds file; absent when the key was the caller's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "-----BEGIN NATS USER JWT-----\n…")]
    creds: Option<String>,
    /// The user's JWT, when the key was the caller's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    jwt: Option<String>,
    /// Whether the user can log in on every server now.
    pub(super) live: bool,
    /// What the replay of an answer that is older than ten minutes does not show any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    withheld: Vec<String>,
}

/// Members of [`CreatedUser`] that are shown once.
pub(super) const SECRETS: [&str; 2] = ["creds", "jwt"];

impl CreatedUser {
    pub(super) fn new(user: User, key: &UserKey, jwt: String, live: bool) -> Self {
        let (creds, jwt) = key.credential(jwt);
        Self {
            user,
            creds,
            jwt,
            live,
            withheld: Vec::new(),
        }
    }
}

/// A new user.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUser {
    /// One literal subject token, unique in the account.
    #[schema(example = "orders")]
    pub(super) name: String,
    /// The caller's own user nkey (`U…`). Then no seed is made and `jwt` is answered.
    pub(super) public_key: Option<String>,
    /// Id or name of a role. Then the role says what the user may do, and nothing else may.
    pub(super) role: Option<String>,
    #[serde(default)]
    pub(super) permissions: UserPermissions,
    #[serde(default)]
    pub(super) limits: UserLimits,
    #[serde(default)]
    pub(super) conditions: Conditions,
    /// Let the JWT alone log in, without a signature.
    #[serde(default)]
    pub(super) bearer: bool,
    /// `value` or `key:value`; roles may use them as `{{tag(key)}}`.
    #[serde(default)]
    pub(super) tags: Vec<String>,
    /// A year when absent, and at most.
    #[schema(minimum = 1, maximum = 31_536_000, default = 31_536_000)]
    pub(super) expires_in_seconds: Option<u32>,
    /// The credential does not expire. Its revocation would stay in the account's claims for good.
    #[serde(default)]
    pub(super) never_expires: bool,
}

/// The key of a credential: made here, or the caller's own.
pub(super) enum UserKey {
    Made(KeyPair),
    Own(PublicKey),
}

impl UserKey {
    pub(super) fn of(own: Option<&str>) -> Result<Self, Problem> {
        match own {
            None => Ok(UserKey::Made(mint::new_key(KeyKind::User))),
            Some(text) => PublicKey::parse_as(text, KeyKind::User)
                .map(UserKey::Own)
                .map_err(|error| Problem::invalid("/public_key", error.to_string())),
        }
    }

    /// The creds file, or the JWT alone when the key is the caller's own.
    pub(super) fn credential(&self, jwt: String) -> (Option<String>, Option<String>) {
        match self {
            UserKey::Made(pair) => {
                let creds = accounts::creds::format(&jwt, &pair.seed());
                (Some(creds.to_string()), None)
            }
            UserKey::Own(_) => (None, Some(jwt)),
        }
    }

    pub(super) fn public(&self) -> PublicKey {
        match self {
            UserKey::Made(pair) => pair.public(),
            UserKey::Own(key) => *key,
        }
    }
}

pub(super) fn check_name(name: &str) -> Result<(), Problem> {
    if names::is_user_name(name) {
        return Ok(());
    }
    Err(Problem::invalid(
        "/name",
        "must be one literal subject token: no dots, spaces or wildcards, \
         128 characters at most, and not in the shape of an id or nkey",
    ))
}

/// Checks the rights of a user: of its role if it has one, else its own.
pub(super) fn check_rights(
    account: &AccountRow,
    role: Option<&RoleRow>,
    rights: &Rights,
) -> Result<(), Problem> {
    match role {
        None => {
            rights.check(&stored_ceilings(account)?)?;
            rights.permissions.check_no_template()
        }
        Some(_) if *rights == Rights::default() => Ok(()),
        Some(_) => Err(Problem::invalid(
            "/role",
            "says what the user may do: leave out permissions, limits, conditions and bearer",
        )),
    }
}

/// The role that is named; a disabled one signs nobody.
pub(super) async fn usable_role(
    tx: &mut Tx,
    account: &AccountRow,
    reference: &str,
) -> Result<RoleRow, Problem> {
    let reference = super::validate::reference(reference, "/role")?;
    let role = store::account_roles::find(tx, &account.id, &reference).await?;
    let role = role.ok_or_else(|| Problem::invalid("/role", "is no role of the account"))?;
    if role.disabled {
        return Err(Problem::invalid("/role", "is disabled"));
    }
    Ok(role)
}

/// The role of a user, if it has one.
pub(super) async fn role_of(tx: &mut Tx, row: &UserRow) -> Result<Option<RoleRow>, Problem> {
    match &row.role_id {
        None => Ok(None),
        Some(id) => Ok(store::account_roles::find(tx, &row.account_id, id).await?),
    }
}

impl NewUser {
    /// Checks everything but whether its name and its key are free; gives when it expires.
    pub(super) fn check(&self, work: &Work<'_>, role: Option<&RoleRow>) -> Result<i64, Problem> {
        check_name(&self.name)?;
        settings::tags(&self.tags)?;
        let rights = Rights {
            permissions: self.permissions.clone(),
            limits: self.limits,
            conditions: self.conditions.clone(),
            bearer: self.bearer,
        };
        check_rights(&work.account, role, &rights)?;
        rights.check_engines(work.installation.has_cluster)?;
        let lifetime = Lifetime {
            seconds: self.expires_in_seconds,
            never_expires: self.never_expires,
        };
        lifetime.end(work.app, &work.account, work.now)
    }

    /// The row of the user, without what [`issue::sign`] fills in.
    async fn row(
        &self,
        work: &mut Work<'_>,
        key: &UserKey,
    ) -> Result<(UserRow, Option<RoleRow>), Problem> {
        let role = match &self.role {
            None => None,
            Some(role) => Some(usable_role(&mut work.tx, &work.account, role).await?),
        };
        let expires_at = self.check(work, role.as_ref())?;
        let row = UserRow {
            id: new_id(IdKind::User),
            account_id: work.account.id.clone(),
            name: self.name.clone(),
            public_key: key.public().to_string(),
            bearer: self.bearer,
            permissions: json(&self.permissions),
            limits: json(&self.limits),
            conditions: json(&self.conditions),
            tags: json(&self.tags),
            role_id: role.as_ref().map(|role| role.id.clone()),
            issuer_key: String::new(),
            jwt_id: String::new(),
            issued_at: work.now,
            expires_at,
            created_at: work.now,
            version: 1,
        };
        Ok((row, role))
    }

    /// Stores the user with its first credential.
    pub(super) async fn make(
        &self,
        work: &mut Work<'_>,
    ) -> Result<(User, UserKey, String), Problem> {
        let key = UserKey::of(self.public_key.as_deref())?;
        let (mut row, role) = self.row(work, &key).await?;
        let (vault, account, now) = (&work.app.vault, &work.account, work.now);
        let jwt = issue::sign(&mut work.tx, vault, account, role.as_ref(), &mut row, now).await?;
        let first = issue::issued(&row, Reason::Created, &work.caller.actor, now);
        store::users::insert(&mut work.tx, &row, &first)
            .await
            .map_err(user_exists)?;
        Ok((User::new(row, role.as_ref())?, key, jwt))
    }
}

pub(super) fn user_exists(error: StoreError) -> Problem {
    Problem::if_taken(
        "user_exists",
        "A user with this name or public key exists in the account.",
    )(error)
}

/// Makes a user and answers its credential, once.
#[utoipa::path(post, path = "/accounts/{account}/users", operation_id = "create_user",
    tag = "users",
    params(InAccount<may::WriteUsers>),
    request_body = NewUser,
    responses((status = 201, body = CreatedUser), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteUsers>,
    mode: Mode,
    Json(new): Json<NewUser>,
) -> Result<Reply<CreatedUser>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let (user, key, jwt) = new.make(&mut work).await?;
    let id = user.id.clone();
    if work.is_tried() {
        let row = find(&mut work.tx, &work.account, &id).await?;
        work.show_user(&row).await?;
    }
    let done = work.finish("user.create", &id, Diff::made(&user)).await?;
    let view = CreatedUser::new(user, &key, jwt, done.live);
    Ok(done.reply(Reply::made(view).version(1).secrets(&SECRETS)))
}

pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts and numbers always have a JSON form")
}

/// The account's users.
#[utoipa::path(get, path = "/accounts/{account}/users", operation_id = "list_users",
    tag = "users",
    params(InAccount<may::ReadUsers>, PageRequest<UserRow>),
    responses((status = 200, body = Page<User>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadUsers>,
    page: PageRequest<UserRow>,
) -> Result<Answer<Page<User>>, Problem> {
    let mut tx = app.db.read().await?;
    let roles = store::account_roles::of_account(&mut tx, &scope.account.id).await?;
    let roles: HashMap<&str, &RoleRow> =
        roles.iter().map(|role| (role.id.as_str(), role)).collect();
    let role_of = |row: &UserRow| roles.get(row.role_id.as_deref()?).copied();
    let users = store::users::of(&scope.account.id);
    let (rows, total) = page.rows(&mut tx, users).await?;
    let refusals = refusals(&mut tx, &scope.account, &rows).await?;
    let view = |row: UserRow| {
        let (role, issued_at) = (role_of(&row), row.issued_at);
        Ok::<_, StoreError>(User::new(row, role)?.refused_by(&refusals, issued_at))
    };
    Ok(Answer(page.cut(&app, rows, total, view)?))
}

/// One user.
#[utoipa::path(get, path = "/accounts/{account}/users/{user}", operation_id = "get_user",
    tag = "users",
    params(InAccount<may::ReadUsers>,
           ("user" = String, Path, description = "Id, nkey or name")),
    responses((status = 200, body = User, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadUsers>,
    Path(path): Path<(String, String)>,
) -> Result<Reply<User>, Problem> {
    let (_, user) = path;
    let mut tx = app.db.read().await?;
    let row = find(&mut tx, &scope.account, &user).await?;
    let role = role_of(&mut tx, &row).await?;
    let refusals = refusals(&mut tx, &scope.account, std::slice::from_ref(&row)).await?;
    let (version, issued_at) = (row.version, row.issued_at);
    let user = User::new(row, role.as_ref())?.refused_by(&refusals, issued_at);
    Ok(Reply::ok(user).version(version))
}

/// The user that the path names.
pub(super) async fn find(
    tx: &mut Tx,
    account: &AccountRow,
    reference: &str,
) -> Result<UserRow, Problem> {
    let row = store::users::find(tx, &account.id, reference).await?;
    row.ok_or_else(Problem::not_found)
}

/// Deletes a user: its credential is revoked everywhere and its connections are closed.
#[utoipa::path(delete, path = "/accounts/{account}/users/{user}", operation_id = "delete_user",
    tag = "users",
    params(InAccount<may::WriteUsers>,
           ("user" = String, Path, description = "Id, nkey or name"), IfMatch),
    responses((status = 200, body = Deleted), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteUsers>,
    mode: Mode,
    if_match: IfMatch,
    Path(path): Path<(String, String)>,
) -> Result<Reply<Deleted>, Problem> {
    let (_, user) = path;
    let mut work = Work::begin(&app, &scope, mode).await?;
    let row = find(&mut work.tx, &work.account, &user).await?;
    if_match.check(row.version)?;
    let role = role_of(&mut work.tx, &row).await?;
    let keys = remove(&mut work, &row).await?;
    work.republish().await?;
    let before = User::new(row, role.as_ref())?;
    let id = before.id.clone();
    let account_key = work.account.public_key.clone();
    let done = work.finish("user.delete", &id, Diff::was(&before)).await?;
    if done.is_made() {
        kick_all(&app, &account_key, &keys).await;
    }
    let view = Deleted {
        id,
        live: done.live,
    };
    Ok(done.reply(Reply::ok(view)))
}

/// Deletes a user of the account in work, and answers the keys whose connections must go.
pub(super) async fn remove(work: &mut Work<'_>, row: &UserRow) -> Result<Vec<String>, Problem> {
    store::users::mark_deleted(&mut work.tx, &work.account.id, &row.id, work.now).await?;
    Ok(issue::revoke_all(&mut work.tx, row, work.now).await?)
}

/// Servers close revoked connections themselves; this is for those that do so lazily.
pub(super) async fn kick_all(app: &App, account_key: &str, user_keys: &[String]) {
    for user_key in user_keys.iter().take(KICKED_KEYS_MAX) {
        app.reconciler.kick(account_key, user_key).await;
    }
}
