//! Signed-in browsers, and the links and failures around signing in.

use super::list::{Conditions, Kind, List, Listed, Value, field};
use super::{Scope, StoreError, Tx, affected, each};
use crate::ids::IdKind;

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct SessionRow {
    pub(crate) id: String,
    pub(crate) member_id: String,
    /// The membership that it acts under; absent when that one ended.
    pub(crate) membership_id: Option<String>,
    pub(crate) token_hash: String,
    pub(crate) second_factor: bool,
    pub(crate) client_ip: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) last_seen_at: i64,
    pub(crate) expires_at: i64,
}

/// An invitation or a password reset that was handed out as a link.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct LinkRow {
    pub(crate) id: String,
    /// `invitation` or `reset`.
    pub(crate) kind: String,
    pub(crate) token_hash: String,
    /// Whose password it resets.
    pub(crate) member_id: Option<String>,
    pub(crate) email: String,
    pub(crate) role: String,
    pub(crate) org_id: Option<String>,
    pub(crate) account_id: Option<String>,
    pub(crate) created_by: String,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
}

macro_rules! select_sessions {
    ($where:literal) => {
        concat!(
            "SELECT id, member_id, membership_id, token_hash, second_factor, client_ip, \
             user_agent, created_at, last_seen_at, expires_at FROM sessions ",
            $where,
        )
    };
}

macro_rules! select_links {
    ($where:literal) => {
        concat!(
            "SELECT id, kind, token_hash, member_id, email, role, org_id, account_id, \
             created_by, created_at, expires_at FROM sign_in_links ",
            $where,
        )
    };
}

/// Stores a new session.
pub(crate) async fn insert(tx: &mut Tx, row: &SessionRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO sessions (id, member_id, membership_id, token_hash, \
                       second_factor, client_ip, user_agent, created_at, last_seen_at, \
                       expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.member_id,
        row.membership_id.as_deref(),
        &row.token_hash,
        row.second_factor,
        row.client_ip.as_deref(),
        row.user_agent.as_deref(),
        row.created_at,
        row.expires_at,
    );
    Ok(())
}

/// The open session with this hash, last seen after `seen_after`, of a person not disabled.
pub(crate) async fn authenticate(
    tx: &mut Tx,
    token_hash: &str,
    now: i64,
    seen_after: i64,
) -> Result<Option<SessionRow>, StoreError> {
    const SQL: &str = select_sessions!(
        "WHERE token_hash = $1 AND revoked_at IS NULL AND expires_at > $2 AND last_seen_at > $3 \
         AND EXISTS (SELECT 1 FROM members p WHERE p.id = member_id AND p.disabled_at IS NULL)"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(token_hash)
        .bind(now)
        .bind(seen_after)
        .fetch_optional(c))?)
}

impl Listed for SessionRow {
    const ID: Option<IdKind> = Some(IdKind::Session);
    const LIST: List = List {
        select: select_sessions!(""),
        from: "FROM sessions",
        id: "id",
        newest_first: false,
        sorts: &[],
        filters: &[],
        search: None,
    };

    fn id(&self) -> &str {
        &self.id
    }

    fn sort_value(&self, _: &str) -> Value {
        Value::from(&*self.id)
    }
}

/// The person's open sessions.
pub(crate) fn open(member_id: &str, now: i64, seen_after: i64) -> Conditions {
    Conditions::default()
        .equal("member_id", member_id)
        .that("revoked_at IS NULL")
        .above("expires_at", now)
        .above("last_seen_at", seen_after)
}

/// Notes that the session was used.
pub(crate) async fn touch(tx: &mut Tx, id: &str, now: i64) -> Result<(), StoreError> {
    affected!(
        tx,
        "UPDATE sessions SET last_seen_at = $2 WHERE id = $1",
        id,
        now
    );
    Ok(())
}

/// Lets the session act under another membership.
pub(crate) async fn set_membership(
    tx: &mut Tx,
    id: &str,
    membership_id: &str,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE sessions SET membership_id = $2 WHERE id = $1";
    affected!(tx, SQL, id, membership_id);
    Ok(())
}

/// Gives the session another token, now that a second factor was shown.
pub(crate) async fn raise(tx: &mut Tx, id: &str, token_hash: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE sessions SET second_factor = $2, token_hash = $3 WHERE id = $1";
    affected!(tx, SQL, id, true, token_hash);
    Ok(())
}

/// Ends one session of the person. `false` when there is none.
pub(crate) async fn revoke(
    tx: &mut Tx,
    member_id: &str,
    id: &str,
    now: i64,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE sessions SET revoked_at = $3 \
                       WHERE id = $1 AND member_id = $2 AND revoked_at IS NULL";
    Ok(affected!(tx, SQL, id, member_id, now) == 1)
}

/// Ends the person's sessions except the one to keep.
pub(crate) async fn revoke_others(
    tx: &mut Tx,
    member_id: &str,
    keep: &str,
    now: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE sessions SET revoked_at = $3 \
                       WHERE member_id = $1 AND id <> $2 AND revoked_at IS NULL";
    affected!(tx, SQL, member_id, keep, now);
    Ok(())
}

/// Whether the person was signed in from this address since then.
pub(crate) async fn knows_address(
    tx: &mut Tx,
    member_id: &str,
    client_ip: &str,
    since: i64,
) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM sessions \
                       WHERE member_id = $1 AND client_ip = $2 AND created_at > $3";
    let count: i64 = each!(tx, c => sqlx::query_scalar(SQL)
        .bind(member_id)
        .bind(client_ip)
        .bind(since)
        .fetch_one(c))?;
    Ok(count > 0)
}

/// Stores a new link.
pub(crate) async fn insert_link(tx: &mut Tx, row: &LinkRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO sign_in_links (id, kind, token_hash, member_id, email, role, \
                       org_id, account_id, created_by, created_at, expires_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.kind,
        &row.token_hash,
        row.member_id.as_deref(),
        &row.email,
        &row.role,
        row.org_id.as_deref(),
        row.account_id.as_deref(),
        &row.created_by,
        row.created_at,
        row.expires_at,
    );
    Ok(())
}

/// The open link of this kind with this hash.
pub(crate) async fn open_link(
    tx: &mut Tx,
    kind: &str,
    token_hash: &str,
    now: i64,
) -> Result<Option<LinkRow>, StoreError> {
    const SQL: &str = select_links!(
        "WHERE kind = $1 AND token_hash = $2 AND ended_at IS NULL AND expires_at > $3"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(kind)
        .bind(token_hash)
        .bind(now)
        .fetch_optional(c))?)
}

/// The open invitation with this id, if the scope reaches it.
pub(crate) async fn find_invitation(
    tx: &mut Tx,
    scope: &Scope,
    id: &str,
    now: i64,
) -> Result<Option<LinkRow>, StoreError> {
    const SQL: &str = select_links!(
        "WHERE kind = 'invitation' AND id = $1 AND ended_at IS NULL AND expires_at > $2 \
         AND (CAST($3 AS TEXT) IS NULL OR org_id = $3) \
         AND (CAST($4 AS TEXT) IS NULL OR account_id = $4)"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(id)
        .bind(now)
        .bind(scope.org_id.as_deref())
        .bind(scope.account_id.as_deref())
        .fetch_optional(c))?)
}

impl Listed for LinkRow {
    const ID: Option<IdKind> = Some(IdKind::Invitation);
    const LIST: List = List {
        select: select_links!(""),
        from: "FROM sign_in_links",
        id: "id",
        newest_first: false,
        sorts: &[field("email", "email", Kind::Text)],
        filters: &[
            field("email", "email", Kind::Text),
            field("org", "org_id", Kind::Text),
            field("account", "account_id", Kind::Text),
        ],
        search: Some(field("email", "email", Kind::Text)),
    };

    fn id(&self) -> &str {
        &self.id
    }

    fn sort_value(&self, _: &str) -> Value {
        Value::from(&*self.email)
    }
}

/// The open invitations that the scope reaches.
pub(crate) fn open_invitations(scope: &Scope, now: i64) -> Conditions {
    Conditions::default()
        .that("kind = 'invitation' AND ended_at IS NULL")
        .above("expires_at", now)
        .reached_by(scope)
}

/// Ends a link. `false` when it was used or withdrawn meanwhile.
pub(crate) async fn end_link(tx: &mut Tx, id: &str, now: i64) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE sign_in_links SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
    Ok(affected!(tx, SQL, id, now) == 1)
}

/// Ends the links whose time has passed, so that lists need not pass over them.
pub(crate) async fn end_expired_links(tx: &mut Tx, now: i64) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE sign_in_links SET ended_at = expires_at \
                       WHERE ended_at IS NULL AND expires_at <= $1";
    affected!(tx, SQL, now);
    Ok(())
}

/// Ends all open links that reset the person's password.
pub(crate) async fn end_resets(tx: &mut Tx, member_id: &str, now: i64) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE sign_in_links SET ended_at = $2 \
                       WHERE kind = 'reset' AND member_id = $1 AND ended_at IS NULL";
    affected!(tx, SQL, member_id, now);
    Ok(())
}

/// Counts one more failure in the bucket, and gives how many there are since it was last empty.
/// One that began before `empty_before` begins anew.
pub(crate) async fn count_failure(
    tx: &mut Tx,
    bucket: &str,
    now: i64,
    empty_before: i64,
) -> Result<i64, StoreError> {
    const SQL: &str = "INSERT INTO sign_in_failures (bucket, failures, since) \
                       VALUES ($1, 1, $2) ON CONFLICT (bucket) DO UPDATE SET \
                       failures = CASE WHEN sign_in_failures.since < $3 THEN 1 \
                       ELSE sign_in_failures.failures + 1 END, \
                       since = CASE WHEN sign_in_failures.since < $3 THEN $2 \
                       ELSE sign_in_failures.since END RETURNING failures";
    Ok(each!(tx, c => sqlx::query_scalar(SQL)
        .bind(bucket)
        .bind(now)
        .bind(empty_before)
        .fetch_one(c))?)
}

/// Takes one failure back: the attempt was a good one.
pub(crate) async fn uncount_failure(tx: &mut Tx, bucket: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE sign_in_failures SET failures = failures - 1 \
                       WHERE bucket = $1 AND failures > 0";
    affected!(tx, SQL, bucket);
    Ok(())
}

/// Forgets what lies back far enough to mean nothing any more.
pub(crate) async fn clear_old(tx: &mut Tx, empty_before: i64, now: i64) -> Result<(), StoreError> {
    affected!(
        tx,
        "DELETE FROM sign_in_failures WHERE since < $1",
        empty_before
    );
    affected!(
        tx,
        "DELETE FROM provider_sign_ins WHERE expires_at < $1",
        now
    );
    Ok(())
}
