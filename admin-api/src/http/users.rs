//! `/accounts/{account}/users`: logins. A seed made here is shown once and never stored.

use std::sync::Arc;

use accounts::{KeyKind, KeyPair, PublicKey, UserBody};
use axum::Json as Answer;
use axum::extract::{Path, State};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Deleted;
use super::accounts::lock;
use super::body::Json;
use super::conditional::IfMatch;
use super::dry_run::{Impact, Mode};
use super::page::{Page, PageRequest};
use super::permissions::{UserLimits, UserPermissions};
use super::record::Change;
use super::reply::Reply;
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::claims::{republish, stored_ceilings};
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::mint::{self, MintError, UserFacts};
use crate::names;
use crate::problem::{Problem, ProblemBody};
use crate::store::accounts::AccountRow;
use crate::store::users::UserRow;
use crate::store::{self, StoreError};

/// Every credential expires; this is the default and the most.
const EXPIRES_IN_SECONDS_MAX: u32 = 365 * 24 * 3600;

/// A login of an account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct User {
    #[schema(example = "usr_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    /// The account's id.
    account: String,
    name: String,
    /// Its nkey.
    public_key: String,
    permissions: UserPermissions,
    limits: UserLimits,
    /// Whether the JWT alone logs in, without a signature.
    bearer: bool,
    /// Counts its changes; `If-Match: "<version>"` changes this one only.
    version: i64,
    #[schema(format = DateTime)]
    issued_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
    #[schema(format = DateTime)]
    created_at: String,
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        let corrupt = |column| StoreError::corrupt(column, &row.id);
        Ok(Self {
            permissions: serde_json::from_str(&row.permissions)
                .map_err(|_| corrupt("users.permissions"))?,
            limits: serde_json::from_str(&row.limits).map_err(|_| corrupt("users.limits"))?,
            id: row.id,
            account: row.account_id,
            name: row.name,
            public_key: row.public_key,
            bearer: row.bearer,
            version: row.version,
            issued_at: clock::rfc3339(row.issued_at),
            expires_at: clock::rfc3339(row.expires_at),
            created_at: clock::rfc3339(row.created_at),
        })
    }
}

/// A user that was just made, with its credential: shown now and never again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreatedUser {
    #[serde(flatten)]
    user: User,
    /// The creds file; absent when the key was the caller's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "-----BEGIN NATS USER JWT-----\n…")]
    creds: Option<String>,
    /// The user's JWT, when the key was the caller's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    jwt: Option<String>,
    /// Whether the user can log in on every server now.
    live: bool,
    /// What the replay of an answer that is older than ten minutes does not show any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    withheld: Vec<String>,
}

/// A new user.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUser {
    /// One literal subject token, unique in the account.
    #[schema(example = "orders")]
    name: String,
    /// The caller's own user nkey (`U…`). Then no seed is made and `jwt` is answered.
    public_key: Option<String>,
    #[serde(default)]
    permissions: UserPermissions,
    #[serde(default)]
    limits: UserLimits,
    /// Let the JWT alone log in, without a signature.
    #[serde(default)]
    bearer: bool,
    /// A year when absent, and at most.
    #[schema(minimum = 1, maximum = 31_536_000, default = 31_536_000)]
    expires_in_seconds: Option<u32>,
}

/// The key of a new user: made here, or the caller's own.
enum NewKey {
    Made(KeyPair),
    Own(PublicKey),
}

impl NewKey {
    fn of(new: &NewUser) -> Result<Self, Problem> {
        match new.public_key.as_deref() {
            None => Ok(NewKey::Made(mint::new_key(KeyKind::User))),
            Some(text) => PublicKey::parse_as(text, KeyKind::User)
                .map(NewKey::Own)
                .map_err(|error| Problem::invalid("/public_key", error.to_string())),
        }
    }

    fn public(&self) -> PublicKey {
        match self {
            NewKey::Made(pair) => pair.public(),
            NewKey::Own(key) => *key,
        }
    }
}

impl NewUser {
    fn check(&self) -> Result<(), Problem> {
        if !names::is_user_name(&self.name) {
            return Err(Problem::invalid(
                "/name",
                "must be one literal subject token: no dots, spaces or wildcards, \
                 128 characters at most, and not in the shape of an id or nkey",
            ));
        }
        if !(1..=i64::from(EXPIRES_IN_SECONDS_MAX)).contains(&self.lifetime_seconds()) {
            return Err(Problem::invalid(
                "/expires_in_seconds",
                "must be 1 to 31536000 (a year)",
            ));
        }
        self.permissions.to_claims()?;
        self.limits.to_claims().map(|_| ())
    }

    fn lifetime_seconds(&self) -> i64 {
        i64::from(self.expires_in_seconds.unwrap_or(EXPIRES_IN_SECONDS_MAX))
    }
}

/// Makes a user and answers its credential, once.
#[utoipa::path(post, path = "/accounts/{account}/users", operation_id = "create_user",
    tag = "users",
    params(("account" = String, Path, description = "Id, nkey or slug")),
    request_body = NewUser,
    responses((status = 201, body = CreatedUser), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteUsers>,
    mode: Mode,
    Json(new): Json<NewUser>,
) -> Result<Reply<CreatedUser>, Problem> {
    new.check()?;
    let key = NewKey::of(&new)?;
    let account = scope.account;
    if new.bearer && stored_ceilings(&account)?.limits.disallow_bearer {
        return Err(Problem::invalid(
            "/bearer",
            "the account forbids bearer users",
        ));
    }
    let mut tx = app.db.write().await?;
    let public_key = key.public().to_string();
    let revoked_at = store::users::revoked_at(&mut tx, &account.id, &public_key).await?;
    let (jwt, row) = sign(&app, &account, &new, key.public(), revoked_at)?;
    store::users::insert(&mut tx, &row)
        .await
        .map_err(|error| match error {
            StoreError::Duplicate(_) => Problem::conflict(
                "user_exists",
                "A user with this name or public key exists in the account.",
            ),
            error => error.into(),
        })?;
    let id = row.id.clone();
    let user = User::try_from(row)?;
    let change = Change::new("user.create", &id, Some(&account.org_id), Some(&account.id));
    let change = change.after(&user);
    let waiter = mode.end(&app, tx, &scope.caller, change).await?;
    let is_preview = waiter.is_none();

    // Nothing of the account's claims changed: it is live as soon as the account is.
    let generation = account.wanted_generation;
    let live = match waiter {
        None => false,
        Some(waiter) => account.is_live() || waiter.wait(&app, &account.id, generation).await,
    };
    let (creds, jwt) = match key {
        NewKey::Made(pair) => (
            Some(accounts::creds::format(&jwt, &pair.seed()).to_string()),
            None,
        ),
        NewKey::Own(_) => (None, Some(jwt)),
    };
    let created = CreatedUser {
        user,
        creds,
        jwt,
        live,
        withheld: Vec::new(),
    };
    let reply = Reply::made(created).secrets(&["creds", "jwt"]).version(1);
    Ok(if is_preview {
        reply.preview(Impact::none())
    } else {
        reply
    })
}

/// Signs the user's claims and makes the row that remembers them.
fn sign(
    app: &App,
    account: &AccountRow,
    new: &NewUser,
    public_key: PublicKey,
    revoked_at: Option<i64>,
) -> Result<(String, UserRow), Problem> {
    let now = clock::now();
    // What is issued in the second of a revocation or before is refused by servers.
    let issued_at = revoked_at.map_or(now, |at| now.max(at + 1));
    let expires_at = now + new.lifetime_seconds();
    let facts = UserFacts {
        public_key,
        name: &new.name,
        permissions: new.permissions.to_claims()?,
        limits: new.limits.to_claims()?,
        bearer: new.bearer,
        issued_at,
        expires_at,
    };
    let jwt = mint::user(&app.vault, account, facts)?;
    let row = UserRow {
        id: new_id(IdKind::User),
        account_id: account.id.clone(),
        name: new.name.clone(),
        public_key: public_key.to_string(),
        bearer: new.bearer,
        permissions: json(&new.permissions),
        limits: json(&new.limits),
        issuer_key: account.signing_key.clone(),
        jwt_id: jwt_id(&jwt)?,
        issued_at,
        expires_at,
        created_at: now,
        version: 1,
    };
    Ok((jwt, row))
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts and numbers always have a JSON form")
}

fn jwt_id(jwt: &str) -> Result<String, Problem> {
    let claims = accounts::jwt::decode::<UserBody>(jwt).map_err(MintError::from)?;
    Ok(claims.jti)
}

/// The account's users.
#[utoipa::path(get, path = "/accounts/{account}/users", operation_id = "list_users",
    tag = "users",
    params(("account" = String, Path, description = "Id, nkey or slug"), PageRequest<UserRow>),
    responses((status = 200, body = Page<User>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadUsers>,
    page: PageRequest<UserRow>,
) -> Result<Answer<Page<User>>, Problem> {
    let mut tx = app.db.read().await?;
    let users = store::users::of(&scope.account.id);
    Ok(Answer(
        page.read(&app, &mut tx, users, User::try_from).await?,
    ))
}

/// One user.
#[utoipa::path(get, path = "/accounts/{account}/users/{user}", operation_id = "get_user",
    tag = "users",
    params(("account" = String, Path, description = "Id, nkey or slug"),
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
    let row = store::users::find(&mut tx, &scope.account.id, &user).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let version = row.version;
    Ok(Reply::ok(User::try_from(row)?).version(version))
}

/// Deletes a user: its credential is revoked everywhere and its connections are closed.
#[utoipa::path(delete, path = "/accounts/{account}/users/{user}", operation_id = "delete_user",
    tag = "users",
    params(("account" = String, Path, description = "Id, nkey or slug"),
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
    let now = clock::now();
    let mut tx = app.db.write().await?;
    let mut account = lock(&mut tx, &scope.account.id).await?;
    let row = store::users::find(&mut tx, &account.id, &user)
        .await?
        .ok_or_else(Problem::not_found)?;
    if_match.check(row.version)?;
    store::users::mark_deleted(&mut tx, &account.id, &row.id, now).await?;
    let revoked_at = now.max(row.issued_at);
    let drop_after = row.expires_at;
    store::users::revoke(
        &mut tx,
        &account.id,
        &row.public_key,
        revoked_at,
        drop_after,
    )
    .await?;
    republish(&mut tx, &app.vault, &app.installation()?, &mut account, now).await?;
    let (id, user_key) = (row.id.clone(), row.public_key.clone());
    let before = User::try_from(row)?;
    let change = Change::new("user.delete", &id, Some(&account.org_id), Some(&account.id));
    let change = change.before(&before);
    let Some(waiter) = mode.end(&app, tx, &scope.caller, change).await? else {
        let impact = Impact::without_user(&app, &account, &user_key).await;
        return Ok(Reply::ok(Deleted::not_yet(id)).preview(impact));
    };
    let live = waiter
        .wait(&app, &account.id, account.wanted_generation)
        .await;
    // Servers close revoked connections themselves; this is for those that do so lazily.
    app.reconciler.kick(&account.public_key, &user_key).await;
    Ok(Reply::ok(Deleted { id, live }))
}

/// How many connections were closed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Kicked {
    connections: usize,
}

/// Closes a user's connections. Its credential stays valid, so a client is back at once.
#[utoipa::path(post, path = "/accounts/{account}/users/{user}/kick", operation_id = "kick_user",
    tag = "users",
    params(("account" = String, Path, description = "Id, nkey or slug"),
           ("user" = String, Path, description = "Id, nkey or name")),
    responses((status = 200, body = Kicked), (status = "4XX", body = ProblemBody)))]
pub(super) async fn kick(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteConnections>,
    mode: Mode,
    Path(path): Path<(String, String)>,
) -> Result<Reply<Kicked>, Problem> {
    let (_, user) = path;
    let mut tx = app.db.write().await?;
    let row = store::users::find(&mut tx, &scope.account.id, &user)
        .await?
        .ok_or_else(Problem::not_found)?;
    let change = Change::new(
        "user.kick",
        &row.id,
        Some(&scope.account.org_id),
        Some(&scope.account.id),
    );
    if mode.end(&app, tx, &scope.caller, change).await?.is_none() {
        let impact = Impact::without_user(&app, &scope.account, &row.public_key).await;
        return Ok(Reply::ok(Kicked { connections: 0 }).preview(impact));
    }
    match app
        .reconciler
        .kick(&scope.account.public_key, &row.public_key)
        .await
    {
        Some(connections) => Ok(Reply::ok(Kicked { connections })),
        None => Err(Problem::unavailable("The engine did not answer.")),
    }
}
