//! `/accounts/{account}/permissions/check` and `/denials`: may a user do something, what was
//! refused, and which rule of which claim decided.
//!
//! The answers are those of [`accounts::explain`], which the broker gives as well. Of other
//! accounts they say only what an importing account may know.

use std::collections::HashMap;
use std::sync::Arc;

use accounts::explain::{self, Action, Applicant, Explanation, Question};
use accounts::{AccountPolicy, Identity, PublicKey, identify};
use axum::Json as Answer;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::Json;
use super::key_page::KeyPage;
use super::validate;
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::claims::{policy_of, trust_of};
use crate::clock;
use crate::issue;
use crate::problem::{Problem, ProblemBody};
use crate::reconciler::Denial;
use crate::store::accounts::AccountRow;
use crate::store::foundation::OperatorRow;
use crate::store::users::UserRow;
use crate::store::{self, Scope, Tx};

/// What is to be checked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PermissionCheck {
    /// Id, nkey or name. Without it: a user that carries no permissions of its own.
    user: Option<String>,
    action: CheckedAction,
    #[schema(example = "orders.new")]
    subject: String,
    /// The queue group of a subscription.
    queue: Option<String>,
}

/// What the user wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CheckedAction {
    Publish,
    Subscribe,
}

/// Whether it is allowed, and what decided.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PermissionVerdict {
    allowed: bool,
    /// What decided, for programs.
    #[schema(value_type = String, example = "denied_by_rule")]
    code: explain::Code,
    /// What decided, for people.
    #[schema(example = "denied by user U… pub.deny[2] \"foo.>\"")]
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<DecidingRule>,
    /// Deny rules that keep a part of an allowed subscription from being delivered.
    filters: Vec<DecidingRule>,
    /// The subjects that the account's mappings make of a published one.
    mapped: Vec<String>,
    /// What the account's imports make of the subject.
    imports: Vec<ImportWay>,
}

/// A rule as it stands in a claim.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DecidingRule {
    /// `user`, `account` or `signing_key`.
    #[schema(value_type = String)]
    claim: explain::ClaimName,
    /// The nkey of the user, the account or the signing key.
    key: String,
    /// The role of a scoped signing key.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    /// The place in the claim.
    #[schema(example = "pub.deny[2]")]
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<String>,
    /// What a role's entry became for this user.
    #[serde(skip_serializing_if = "Option::is_none")]
    filled_in: Option<String>,
}

/// An import that the subject falls under.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportWay {
    /// `service`: a request is carried there. `stream`: messages come from there.
    #[schema(value_type = String)]
    kind: accounts::ShareKind,
    /// The exporting account's nkey.
    account: String,
    local_subject: String,
    remote_subject: String,
    /// Whether anything goes this way.
    active: bool,
}

impl From<explain::Rule> for DecidingRule {
    fn from(rule: explain::Rule) -> Self {
        Self {
            claim: rule.claim,
            key: rule.key,
            role: rule.role,
            path: rule.path,
            entry: rule.entry,
            filled_in: rule.filled_in,
        }
    }
}

impl From<explain::Way> for ImportWay {
    fn from(way: explain::Way) -> Self {
        Self {
            kind: way.kind,
            account: way.account,
            local_subject: way.local,
            remote_subject: way.remote,
            active: way.allowed,
        }
    }
}

impl From<Explanation> for PermissionVerdict {
    fn from(answer: Explanation) -> Self {
        let answer = answer.for_tenant();
        Self {
            allowed: answer.allowed,
            code: answer.code,
            text: answer.text,
            rule: answer.rule.map(DecidingRule::from),
            filters: answer.filters.into_iter().map(DecidingRule::from).collect(),
            mapped: answer.mapped,
            imports: answer.ways.into_iter().map(ImportWay::from).collect(),
        }
    }
}

/// Says whether a user may publish or subscribe, and which rule of which claim decides.
#[utoipa::path(post, path = "/accounts/{account}/permissions/check",
    operation_id = "check_permission", tag = "users",
    params(InAccount<may::ReadAccounts>),
    request_body = PermissionCheck,
    responses((status = 200, body = PermissionVerdict), (status = "4XX", body = ProblemBody)))]
pub(super) async fn check(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadAccounts>,
    Json(asked): Json<PermissionCheck>,
) -> Result<Answer<PermissionVerdict>, Problem> {
    validate::subject(&asked.subject, "/subject")?;
    if let Some(queue) = &asked.queue {
        if asked.action == CheckedAction::Publish {
            return Err(Problem::invalid("/queue", "is for subscriptions only"));
        }
        validate::subject(queue, "/queue")?;
    }
    let now = clock::now();
    let policy = policy_of(&scope.account)?;
    let mut tx = app.db.read().await?;
    let who = match &asked.user {
        None => None,
        Some(user) => {
            let user = validate::reference(user, "/user")?;
            let row = store::users::find(&mut tx, &scope.account.id, &user).await?;
            let row = row.ok_or_else(|| Problem::invalid("/user", "is no user of the account"))?;
            let operator = store::foundation::the_operator(&mut tx).await?;
            match identity(&operator, &scope.account, &policy, &row, now)? {
                Ok(identity) => Some(identity),
                Err(refused) => return Ok(Answer(refused.into())),
            }
        }
    };
    let question = Question {
        action: match asked.action {
            CheckedAction::Publish => Action::Publish,
            CheckedAction::Subscribe => Action::Subscribe,
        },
        subject: asked.subject.as_bytes(),
        queue: asked.queue.as_deref().map(str::as_bytes),
        now,
    };
    // Asked twice: first for the accounts that it depends on.
    let mut wanted = Vec::new();
    let _ = explain::explain(&policy, who.as_ref(), &question, |key| {
        wanted.push(*key);
        None
    });
    let exporters = exporters(&mut tx, &wanted).await?;
    let answer = explain::explain(&policy, who.as_ref(), &question, |key| {
        exporters.get(key).map(Arc::clone)
    });
    Ok(Answer(answer.into()))
}

async fn exporters(
    tx: &mut Tx,
    wanted: &[PublicKey],
) -> Result<HashMap<PublicKey, Arc<AccountPolicy>>, Problem> {
    let mut found = HashMap::new();
    for key in wanted {
        if !found.contains_key(key)
            && let Some(row) =
                store::accounts::find(tx, &Scope::default(), &key.to_string()).await?
        {
            found.insert(*key, Arc::new(policy_of(&row)?));
        }
    }
    Ok(found)
}

/// Who a stored user is to a server, or why it is nobody.
pub(super) fn identity(
    operator: &OperatorRow,
    account: &AccountRow,
    policy: &AccountPolicy,
    row: &UserRow,
    now: i64,
) -> Result<Result<Identity, Explanation>, Problem> {
    let claims = issue::claims_of(account, row)?;
    let trust = trust_of(operator)?;
    Ok(identify(&trust, policy, &claims, now).map_err(|error| {
        let applicant = Applicant {
            user: claims.subject(),
            issuer: claims.iss,
            issued_at: row.issued_at,
        };
        explain::refused_login(policy, &applicant, &error)
    }))
}

/// What the account's users were refused lately. Gone when the engine restarts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Denials {
    /// The newest first.
    data: Vec<Denial>,
    /// Give it as `cursor` to get the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    has_more: bool,
    /// Refusals that were not looked at, since a connection had too many of them.
    left_out: u64,
    /// Names of engines that did not say; stock servers do not remember refusals.
    unanswered: Vec<String>,
}

/// The last refusals of the account's users, each with the rule that decided.
#[utoipa::path(get, path = "/accounts/{account}/denials", operation_id = "list_denials",
    tag = "users",
    params(InAccount<may::ReadAccounts>, KeyPage),
    responses((status = 200, body = Denials), (status = "4XX", body = ProblemBody)))]
pub(super) async fn denials(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadAccounts>,
    page: KeyPage,
) -> Result<Answer<Denials>, Problem> {
    let answer = app.reconciler.denials(&scope.account.public_key).await;
    let unknown = || Problem::unavailable("The engine did not say what it has refused.");
    let refusals = answer.ok_or_else(unknown)?;
    // They have no names: a page begins behind as many as were shown before.
    let numbered: Vec<(usize, Denial)> = refusals.denials.into_iter().enumerate().collect();
    let cut = page.cut(&app, numbered, |(at, _)| format!("{at:08}"));
    Ok(Answer(Denials {
        data: cut.data.into_iter().map(|(_, denial)| denial).collect(),
        next_cursor: cut.next_cursor,
        has_more: cut.has_more,
        left_out: refusals.left_out,
        unanswered: refusals.unanswered,
    }))
}
