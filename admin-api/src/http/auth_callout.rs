//! `/accounts/{account}/auth-callout`: leaves it to a service of the account who is let in, and as
//! whom.

use std::collections::HashSet;
use std::sync::Arc;

use accounts::{AccountBody, KeyKind, PublicKey};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::Json;
use super::conditional::IfMatch;
use super::dry_run::Mode;
use super::reply::Reply;
use super::users::kick_all;
use super::validate::reference;
use super::work::{Diff, Work};
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::callout::Callout;
use crate::problem::{Problem, ProblemBody};
use crate::store::accounts::AccountRow;
use crate::store::{self, Scope, StoreError, Tx};
use crate::transfer::Carried;

const USERS_MAX: usize = 16;
const KEYS_MAX: usize = 16;
const ACCOUNTS_MAX: usize = 64;
/// Stands for every account.
pub(super) const ANY: &str = "*";

/// To whom an account leaves logins.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuthCallout {
    /// Ids of the users that answer; nobody is asked where there are none.
    auth_users: Vec<String>,
    /// Ids of further accounts in which users may be placed, or `*` for all.
    allowed_accounts: Vec<String>,
    /// The curve key that requests are sealed for.
    #[serde(skip_serializing_if = "Option::is_none")]
    xkey: Option<String>,
    /// Public keys whose seeds a service holds: it signs users of this account with them.
    signing_keys: Vec<String>,
    /// Counts its changes; 0 before the first.
    version: i64,
    /// Whether every server knows of it.
    live: bool,
}

impl AuthCallout {
    pub(super) fn of(callout: Callout, version: i64, live: bool) -> Self {
        Self {
            auth_users: callout.auth_users,
            allowed_accounts: callout.allowed_accounts,
            xkey: callout.xkey,
            signing_keys: callout.signing_keys,
            version,
            live,
        }
    }
}

/// To whom logins are left from now on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuthCalloutSpec {
    /// Ids, nkeys or names of users of the account, which subscribe to `$SYS.REQ.USER.AUTH` and
    /// come in without being asked about. Everybody else is asked about; nobody is, when empty.
    #[serde(default)]
    pub(super) auth_users: Vec<String>,
    /// Ids, nkeys or slugs of accounts of the same organisation in which users may be placed, too;
    /// others, and `*` for all, only a platform admin can add. Such an account must have the
    /// service's key among its own `signing_keys`.
    #[serde(default)]
    pub(super) allowed_accounts: Vec<String>,
    /// The public curve key (`X…`) that requests are sealed for; they hold passwords.
    pub(super) xkey: Option<String>,
    /// Public account keys (`A…`) that the caller made, whose seeds its service holds: they sign
    /// its answers, and users of this account with any right.
    #[serde(default)]
    pub(super) signing_keys: Vec<String>,
}

impl From<Callout> for AuthCalloutSpec {
    fn from(callout: Callout) -> Self {
        Self {
            auth_users: callout.auth_users,
            allowed_accounts: callout.allowed_accounts,
            xkey: callout.xkey,
            signing_keys: callout.signing_keys,
        }
    }
}

/// The callout as it is, and its version; from the claims where it came along with the account.
pub(super) async fn current(tx: &mut Tx, account: &AccountRow) -> Result<(Callout, i64), Problem> {
    if let Some(row) = store::callouts::find(tx, &account.id).await? {
        return Ok((Callout::stored(&row)?, row.version));
    }
    let claims = accounts::jwt::decode::<AccountBody>(&account.jwt);
    let claims = claims.map_err(|_| StoreError::corrupt("accounts.jwt", &account.id))?;
    let brought = claims.nats.authorization;
    let callout = Callout {
        auth_users: brought.auth_users,
        allowed_accounts: brought.allowed_accounts,
        xkey: Some(brought.xkey).filter(|key| !key.is_empty()),
        signing_keys: Vec::new(),
    };
    Ok((callout, 0))
}

/// To whom the account leaves logins.
#[utoipa::path(get, path = "/accounts/{account}/auth-callout", operation_id = "get_auth_callout",
    tag = "accounts",
    params(InAccount<may::ReadAccounts>),
    responses((status = 200, body = AuthCallout, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadAccounts>,
) -> Result<Reply<AuthCallout>, Problem> {
    let mut tx = app.db.read().await?;
    let (callout, version) = current(&mut tx, &scope.account).await?;
    let view = AuthCallout::of(callout, version, scope.account.is_live());
    Ok(Reply::ok(view).version(version))
}

/// Leaves it to a service of the account who is let in. When that begins or ends, connections that
/// were not let in that way are closed.
#[utoipa::path(put, path = "/accounts/{account}/auth-callout", operation_id = "set_auth_callout",
    tag = "accounts",
    params(InAccount<(may::WriteRoles, may::WriteUsers)>, IfMatch),
    request_body = AuthCalloutSpec,
    responses((status = 200, body = AuthCallout, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn set(
    State(app): State<Arc<App>>,
    scope: InAccount<(may::WriteRoles, may::WriteUsers)>,
    mode: Mode,
    if_match: IfMatch,
    Json(spec): Json<AuthCalloutSpec>,
) -> Result<Reply<AuthCallout>, Problem> {
    change(&app, &scope, mode, &if_match, &spec, "auth_callout.set").await
}

/// Asks nobody any more: credentials alone decide, and the keys of the service sign no users.
#[utoipa::path(delete, path = "/accounts/{account}/auth-callout",
    operation_id = "delete_auth_callout", tag = "accounts",
    params(InAccount<(may::WriteRoles, may::WriteUsers)>, IfMatch),
    responses((status = 200, body = AuthCallout), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    scope: InAccount<(may::WriteRoles, may::WriteUsers)>,
    mode: Mode,
    if_match: IfMatch,
) -> Result<Reply<AuthCallout>, Problem> {
    let none = AuthCalloutSpec::default();
    change(&app, &scope, mode, &if_match, &none, "auth_callout.delete").await
}

async fn change(
    app: &App,
    scope: &InAccount<(may::WriteRoles, may::WriteUsers)>,
    mode: Mode,
    if_match: &IfMatch,
    spec: &AuthCalloutSpec,
    action: &'static str,
) -> Result<Reply<AuthCallout>, Problem> {
    let mut work = Work::begin(app, scope, mode).await?;
    let (before, version) = current(&mut work.tx, &work.account).await?;
    if_match.check(version)?;
    let (after, cut) = put(&mut work, spec, (&before, version)).await?;
    work.republish().await?;
    let account_key = work.account.public_key.clone();
    let was = AuthCallout::of(before, version, false);
    let mut view = AuthCallout::of(after, version + 1, false);
    let id = work.account.id.clone();
    let done = work
        .finish(action, &id, Diff::was(&was).after(&view))
        .await?;
    if done.is_made() {
        // Our broker has closed them; others ask about new connections only.
        cut.close(app, &account_key).await;
    }
    view.live = done.live;
    Ok(done.reply(Reply::ok(view).version(version + 1)))
}

/// Puts what is wanted in the place of what was. The caller mints the account's claims.
pub(super) async fn put(
    work: &mut Work<'_>,
    spec: &AuthCalloutSpec,
    (before, version): (&Callout, i64),
) -> Result<(Callout, Cut), Problem> {
    let wanted = Checked::of(work, spec, before).await?;
    let row = wanted.callout.row(&work.account.id, work.now, version + 1);
    store::callouts::set(&mut work.tx, &row).await?;
    forget_brought(work).await?;
    let cut = Cut::of(work, before, &wanted).await?;
    Ok((wanted.callout, cut))
}

/// A callout that came along with the account is this row's from now on.
async fn forget_brought(work: &mut Work<'_>) -> Result<(), Problem> {
    let mut carried = Carried::stored(&mut work.tx, &work.account.id).await?;
    if carried.forget_callout() {
        let (id, text) = (&work.account.id, carried.to_json());
        store::transfer::set_carried(&mut work.tx, id, &text).await?;
    }
    Ok(())
}

/// A callout whose parts are all known, and the keys of its users.
struct Checked {
    callout: Callout,
    user_keys: Vec<String>,
}

impl Checked {
    async fn of(
        work: &mut Work<'_>,
        spec: &AuthCalloutSpec,
        before: &Callout,
    ) -> Result<Self, Problem> {
        bound(&spec.auth_users, USERS_MAX, "/auth_users")?;
        bound(&spec.allowed_accounts, ACCOUNTS_MAX, "/allowed_accounts")?;
        bound(&spec.signing_keys, KEYS_MAX, "/signing_keys")?;
        if spec.auth_users.is_empty() && !(spec.allowed_accounts.is_empty() && spec.xkey.is_none())
        {
            let text = "must name who answers, where there are allowed accounts or an xkey";
            return Err(Problem::invalid("/auth_users", text));
        }
        if let Some(xkey) = &spec.xkey
            && PublicKey::parse_as(xkey, KeyKind::Curve).is_err()
        {
            return Err(Problem::invalid("/xkey", "must be a public curve key (X…)"));
        }
        check_keys(&work.account, spec, before)?;
        let (mut auth_users, mut user_keys) = (Vec::new(), Vec::new());
        for (at, user) in spec.auth_users.iter().enumerate() {
            let pointer = format!("/auth_users/{at}");
            let user = reference(user, &pointer)?;
            let found = store::users::find(&mut work.tx, &work.account.id, &user).await?;
            let none = || Problem::invalid(pointer, "is no user of the account");
            let found = found.ok_or_else(none)?;
            auth_users.push(found.id);
            user_keys.push(found.public_key);
        }
        let allowed_accounts = allowed(work, &spec.allowed_accounts, before).await?;
        let callout = Callout {
            auth_users: unique(auth_users, "/auth_users")?,
            allowed_accounts: unique(allowed_accounts, "/allowed_accounts")?,
            xkey: spec.xkey.clone(),
            signing_keys: unique(spec.signing_keys.clone(), "/signing_keys")?,
        };
        Ok(Self { callout, user_keys })
    }
}

fn bound(list: &[String], most: usize, pointer: &str) -> Result<(), Problem> {
    match list.len() > most {
        true => Err(Problem::invalid(
            pointer,
            format!("may have {most} entries at most"),
        )),
        false => Ok(()),
    }
}

fn unique(list: Vec<String>, pointer: &str) -> Result<Vec<String>, Problem> {
    let mut seen = HashSet::new();
    match list.iter().position(|one| !seen.insert(one)) {
        Some(at) => Err(Problem::invalid(
            format!("{pointer}/{at}"),
            "is there twice",
        )),
        None => Ok(list),
    }
}

/// Keys of the account's own are not given away: one of a role would sign beyond its template.
fn check_keys(
    account: &AccountRow,
    spec: &AuthCalloutSpec,
    before: &Callout,
) -> Result<(), Problem> {
    let claims = accounts::jwt::decode::<AccountBody>(&account.jwt);
    let claims = claims.map_err(|_| StoreError::corrupt("accounts.jwt", &account.id))?;
    let named = claims
        .nats
        .signing_keys
        .iter()
        .map(|key| key.key().to_string());
    let mut own: HashSet<String> = named.collect();
    own.retain(|key| !before.signing_keys.contains(key));
    own.extend([account.public_key.clone(), account.signing_key.clone()]);
    for (at, key) in spec.signing_keys.iter().enumerate() {
        let pointer = format!("/signing_keys/{at}");
        if PublicKey::parse_as(key, KeyKind::Account).is_err() {
            return Err(Problem::invalid(
                pointer,
                "must be a public account key (A…)",
            ));
        }
        if own.contains(key) {
            return Err(Problem::invalid(pointer, "is a key of the account already"));
        }
    }
    Ok(())
}

/// The accounts in which users may be placed: of the same organisation, or as a platform admin has
/// allowed. What does not exist and what may not be named are told alike.
async fn allowed(
    work: &mut Work<'_>,
    names: &[String],
    before: &Callout,
) -> Result<Vec<String>, Problem> {
    let is_platform = work.caller.scope == Scope::default();
    let mut ids = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let pointer = format!("/allowed_accounts/{at}");
        if name == ANY {
            let may = is_platform || before.allowed_accounts.contains(name);
            if names.len() > 1 || !may {
                let text = "stands alone, and only a platform admin can allow all accounts";
                return Err(Problem::invalid(pointer, text));
            }
            ids.push(name.clone());
            continue;
        }
        let name = reference(name, &pointer)?;
        let found = store::accounts::find(&mut work.tx, &Scope::default(), &name).await?;
        let found = found.filter(|other| {
            let had = &before.allowed_accounts;
            is_platform
                || other.org_id == work.account.org_id
                || had.contains(&other.id)
                || had.contains(&other.public_key)
        });
        let text = "is no account of the organisation; others a platform admin can allow";
        let other = found.ok_or_else(|| Problem::invalid(pointer.clone(), text))?;
        if other.id == work.account.id {
            return Err(Problem::invalid(
                pointer,
                "is the account itself, which is allowed",
            ));
        }
        ids.push(other.id);
    }
    Ok(ids)
}

/// Connections that were let in by what does not hold any more: the removed users', and where the
/// callout begins or ends all but those of its users.
#[derive(Debug)]
pub(super) struct Cut {
    removed: Vec<String>,
    all_but: Option<Vec<String>>,
}

impl Cut {
    async fn of(
        work: &mut Work<'_>,
        before: &Callout,
        after: &Checked,
    ) -> Result<Self, StoreError> {
        let now = &after.callout.auth_users;
        let mut removed = Vec::new();
        for id in before.auth_users.iter().filter(|id| !now.contains(id)) {
            let user = store::users::find(&mut work.tx, &work.account.id, id).await?;
            removed.extend(user.map(|user| user.public_key));
        }
        let switches = before.auth_users.is_empty() != now.is_empty();
        Ok(Self {
            removed,
            all_but: switches.then(|| after.user_keys.clone()),
        })
    }

    pub(super) async fn close(&self, app: &App, account_key: &str) {
        match &self.all_but {
            Some(kept) => app.reconciler.kick_others(account_key, kept).await,
            None => kick_all(app, account_key, &self.removed).await,
        }
    }
}
