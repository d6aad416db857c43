//! People and their memberships: who they are, and what they may do where.

use super::list::{Conditions, Kind, List, Listed, Value, field};
use super::{Scope, StoreError, Tx, affected, each};
use crate::ids::IdKind;

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct MemberRow {
    pub(crate) id: String,
    /// Who vouches for them; absent for those with a password of ours.
    pub(crate) provider_id: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) password_hash: Option<String>,
    pub(crate) totp_seed: Option<Vec<u8>>,
    pub(crate) totp_confirmed: bool,
    pub(crate) created_at: i64,
    pub(crate) last_sign_in_at: Option<i64>,
    pub(crate) disabled_at: Option<i64>,
    pub(crate) version: i64,
}

/// A membership with the rights of its role, where that is no built-in.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct MembershipRow {
    pub(crate) id: String,
    pub(crate) member_id: String,
    pub(crate) role: String,
    pub(crate) org_id: Option<String>,
    pub(crate) account_id: Option<String>,
    pub(crate) from_provider: bool,
    pub(crate) created_at: i64,
    pub(crate) role_rights: Option<String>,
    pub(crate) version: i64,
}

impl MembershipRow {
    pub(crate) fn scope(&self) -> Scope {
        Scope::of(self.org_id.as_deref(), self.account_id.as_deref())
    }
}

macro_rules! members {
    () => {
        "SELECT id, provider_id, subject, email, name, password_hash, totp_seed, \
         totp_confirmed, created_at, last_sign_in_at, disabled_at, version"
    };
}

macro_rules! select_members {
    ($where:literal) => {
        concat!(members!(), " FROM members ", $where)
    };
}

/// People by their memberships, as if it were the table of people.
macro_rules! memberships {
    () => {
        "FROM (SELECT m.member_id AS id, m.provider_id, p.subject, m.email, m.name, \
         p.password_hash, p.totp_seed, p.totp_confirmed, p.created_at, p.last_sign_in_at, \
         p.disabled_at, p.version, m.org_id, m.account_id, m.id AS membership_id \
         FROM memberships m JOIN members p ON p.id = m.member_id) members"
    };
}

macro_rules! select_memberships {
    ($where:literal) => {
        concat!(
            "SELECT m.id, m.member_id, m.role, m.org_id, m.account_id, m.from_provider, \
             m.created_at, m.version, r.rights AS role_rights FROM memberships m \
             LEFT JOIN access_roles r ON r.id = m.role ",
            $where,
        )
    };
}

/// Stores a new person; [`StoreError::Duplicate`] when the email or the subject is taken.
pub(crate) async fn insert(tx: &mut Tx, row: &MemberRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO members (id, provider_id, subject, email, name, \
                       password_hash, totp_confirmed, totp_last_step, created_at, updated_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $8)";
    affected!(
        tx,
        SQL,
        &row.id,
        row.provider_id.as_deref(),
        row.subject.as_deref(),
        &row.email,
        &row.name,
        row.password_hash.as_deref(),
        false,
        row.created_at,
    );
    Ok(())
}

/// The person with this id, wherever they are a member.
pub(crate) async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<MemberRow>, StoreError> {
    const SQL: &str = select_members!("WHERE id = $1");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(id).fetch_optional(c))?)
}

/// The person who signs in with this email and a password.
pub(crate) async fn by_email(tx: &mut Tx, email: &str) -> Result<Option<MemberRow>, StoreError> {
    const SQL: &str = select_members!("WHERE email = $1 AND provider_id IS NULL");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(email).fetch_optional(c))?)
}

/// The person whom the provider calls `subject`.
pub(crate) async fn by_subject(
    tx: &mut Tx,
    provider_id: &str,
    subject: &str,
) -> Result<Option<MemberRow>, StoreError> {
    const SQL: &str = select_members!("WHERE provider_id = $1 AND subject = $2");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(provider_id).bind(subject).fetch_optional(c))?)
}

/// The person with this id, if they have a membership that the scope reaches.
pub(crate) async fn find(
    tx: &mut Tx,
    scope: &Scope,
    id: &str,
) -> Result<Option<MemberRow>, StoreError> {
    const SQL: &str = select_members!(
        "WHERE id = $1 AND (CAST($2 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM memberships m \
         WHERE m.member_id = members.id AND m.org_id = $2 \
         AND (CAST($3 AS TEXT) IS NULL OR m.account_id = $3)))"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(id)
        .bind(scope.org_id.as_deref())
        .bind(scope.account_id.as_deref())
        .fetch_optional(c))?)
}

impl Listed for MemberRow {
    const ID: Option<IdKind> = Some(IdKind::Member);
    const LIST: List = List {
        select: select_members!(""),
        from: "FROM members",
        id: "id",
        newest_first: false,
        sorts: &[
            field("email", "email", Kind::Text),
            field("name", "name", Kind::Text),
        ],
        filters: &[
            field("email", "email", Kind::Text),
            field("name", "name", Kind::Text),
            field("provider", "provider_id", Kind::Text),
        ],
        search: Some(field("email", "email", Kind::Text)),
    };

    fn id(&self) -> &str {
        &self.id
    }

    fn sort_value(&self, name: &str) -> Value {
        match name {
            "email" => Value::from(&*self.email),
            _ => Value::from(&*self.name),
        }
    }
}

/// The people with a membership that the scope reaches. Memberships know what people are sorted and
/// filtered by, so that nobody else's people are looked at.
pub(crate) fn within(scope: &Scope) -> Conditions {
    const SELECT: &str = concat!(members!(), " ", memberships!());
    let all = Conditions::default();
    let Some(org) = &scope.org_id else {
        return all;
    };
    let all = all.out_of(SELECT, memberships!()).reached_by(scope);
    match scope.account_id {
        Some(_) => all,
        // In several accounts of the organisation, and listed once.
        None => all.with(
            "membership_id = (SELECT MIN(o.id) FROM memberships o \
             WHERE o.member_id = members.id AND o.org_id = {})",
            &[org],
        ),
    }
}

/// Changes name, email and whether the person may sign in.
pub(crate) async fn update(tx: &mut Tx, row: &MemberRow, now: i64) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE members SET name = $2, email = $3, disabled_at = $4, \
                       updated_at = $5, version = version + 1 WHERE id = $1";
    affected!(
        &mut *tx,
        SQL,
        &row.id,
        &row.name,
        &row.email,
        row.disabled_at,
        now
    );
    const LISTED: &str = "UPDATE memberships SET name = $2, email = $3 WHERE member_id = $1";
    affected!(tx, LISTED, &row.id, &row.name, &row.email);
    Ok(())
}

/// Sets the password.
pub(crate) async fn set_password(
    tx: &mut Tx,
    id: &str,
    hash: &str,
    now: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE members SET password_hash = $2, updated_at = $3 WHERE id = $1";
    affected!(tx, SQL, id, hash, now);
    Ok(())
}

/// Keeps a sealed TOTP seed that still has to be confirmed, or forgets it.
pub(crate) async fn set_totp(
    tx: &mut Tx,
    id: &str,
    sealed: Option<&[u8]>,
    now: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE members SET totp_seed = $2, totp_confirmed = $3, \
                       totp_last_step = 0, updated_at = $4 WHERE id = $1";
    affected!(tx, SQL, id, sealed, false, now);
    Ok(())
}

/// Takes the code of a time step, and confirms the seed. `false` when that step or a later one
/// was used before.
pub(crate) async fn use_totp_step(tx: &mut Tx, id: &str, step: i64) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE members SET totp_last_step = $2, totp_confirmed = $3 \
                       WHERE id = $1 AND totp_last_step < $2";
    Ok(affected!(tx, SQL, id, step, true) == 1)
}

/// Notes a sign-in.
pub(crate) async fn note_sign_in(tx: &mut Tx, id: &str, now: i64) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE members SET last_sign_in_at = $2 WHERE id = $1";
    affected!(tx, SQL, id, now);
    Ok(())
}

/// Deletes a person with sessions, memberships and keys.
pub(crate) async fn delete(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    affected!(tx, "DELETE FROM members WHERE id = $1", id);
    Ok(())
}

/// Stores a membership; [`StoreError::Duplicate`] when the person has one at this place.
pub(crate) async fn insert_membership(tx: &mut Tx, row: &MembershipRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO memberships (id, member_id, role, org_id, account_id, \
                       from_provider, created_at, updated_at, email, name, provider_id) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $7, \
                       COALESCE((SELECT p.email FROM members p WHERE p.id = $2), ''), \
                       COALESCE((SELECT p.name FROM members p WHERE p.id = $2), ''), \
                       (SELECT p.provider_id FROM members p WHERE p.id = $2))";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.member_id,
        &row.role,
        row.org_id.as_deref(),
        row.account_id.as_deref(),
        row.from_provider,
        row.created_at,
    );
    Ok(())
}

/// The person's memberships, the widest first, without those in deleted accounts.
pub(crate) async fn memberships(
    tx: &mut Tx,
    member_id: &str,
) -> Result<Vec<MembershipRow>, StoreError> {
    const SQL: &str = select_memberships!(
        "WHERE m.member_id = $1 AND (m.account_id IS NULL OR EXISTS (SELECT 1 FROM accounts a \
         WHERE a.id = m.account_id AND a.state = 'active')) \
         ORDER BY CASE WHEN m.org_id IS NULL THEN 0 WHEN m.account_id IS NULL THEN 1 ELSE 2 END, \
         m.id"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(member_id).fetch_all(c))?)
}

/// The membership with this id, if the scope reaches it.
pub(crate) async fn find_membership(
    tx: &mut Tx,
    scope: &Scope,
    member_id: &str,
    id: &str,
) -> Result<Option<MembershipRow>, StoreError> {
    const SQL: &str = select_memberships!(
        "WHERE m.id = $1 AND m.member_id = $2 \
         AND (CAST($3 AS TEXT) IS NULL OR m.org_id = $3) \
         AND (CAST($4 AS TEXT) IS NULL OR m.account_id = $4)"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(id)
        .bind(member_id)
        .bind(scope.org_id.as_deref())
        .bind(scope.account_id.as_deref())
        .fetch_optional(c))?)
}

/// Gives the membership another role.
pub(crate) async fn set_role(
    tx: &mut Tx,
    id: &str,
    role: &str,
    now: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE memberships SET role = $2, updated_at = $3, \
                       version = version + 1 WHERE id = $1";
    affected!(tx, SQL, id, role, now);
    Ok(())
}

/// Ends a membership with the keys that hang on it.
pub(crate) async fn delete_membership(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    affected!(tx, "DELETE FROM memberships WHERE id = $1", id);
    Ok(())
}

/// How many people can administer the platform now: with a second factor, as that takes.
pub(crate) async fn count_platform_admins(tx: &mut Tx) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM memberships m JOIN members p ON p.id = m.member_id \
                       WHERE m.role = 'platform_admin' AND p.disabled_at IS NULL \
                       AND p.totp_confirmed = $1";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(true).fetch_one(c))?)
}
