//! A manifest in work: one transaction through all that it says. What is wrong is collected and
//! told together; then nothing is kept.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::diff::{Action, ManifestChange, ResourceChange, Thing};
use crate::app::App;
use crate::auth::{Caller, Right};
use crate::clock;
use crate::http::auth_callout::Cut;
use crate::http::dry_run::{Impact, Mode};
use crate::http::impact::Tried;
use crate::http::record::{Change, append};
use crate::http::users::kick_all;
use crate::http::work::Work;
use crate::plans;
use crate::problem::Problem;
use crate::reconciler::Waiter;
use crate::store::accounts::AccountRow;
use crate::store::manifests::OwnedRow;
use crate::store::{self, Scope, Tx};
use crate::trail;

/// How long an answer waits for servers and for accounts that follow their plans.
const FOLLOW_WAIT: Duration = Duration::from_secs(5);
/// Hexadecimal digits of what was looked at.
const PLAN_CHARS: usize = 32;

/// How a manifest is applied.
#[derive(Debug, Clone, Copy)]
pub(super) struct How {
    pub(super) mode: Mode,
    /// Delete what the manifest made and does not say any more.
    pub(super) prune: bool,
    /// Let what it says belong to it, whoever made it.
    pub(super) adopt: bool,
}

/// How many things it is about.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Summary {
    created: usize,
    changed: usize,
    deleted: usize,
    /// Other accounts that were asked for something.
    requested: usize,
    unchanged: usize,
}

/// The credential of a user that was made or changed: together with its seed, which its owner has.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IssuedUser {
    /// The account's slug.
    pub(super) account: String,
    pub(super) name: String,
    pub(super) public_key: String,
    pub(super) jwt: String,
}

/// What a manifest has changed, or on a dry run would change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Applied {
    /// The manifest's.
    name: String,
    /// Stands for these changes: with `If-Match: "<plan>"` they are made, or nothing is.
    plan: String,
    /// Whether they were made: not on a dry run.
    applied: bool,
    summary: Summary,
    changes: Vec<ResourceChange>,
    /// JWTs of the users that were made or changed: shown now and never again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    credentials: Vec<IssuedUser>,
    /// Whether every server has followed.
    live: bool,
    /// What the replay of an answer that is older than ten minutes does not show any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    withheld: Vec<String>,
}

/// An entry of the audit trail that is written at the end: chains of several accounts are locked
/// in one order only.
#[derive(Debug)]
struct Note {
    action: &'static str,
    target: String,
    org: Option<String>,
    account: Option<String>,
    before: Option<Value>,
    after: Option<Value>,
}

/// What a change is about, while it is told.
#[derive(Debug)]
pub(super) struct Subject<'t> {
    pub(super) kind: Thing,
    pub(super) account: Option<&'t AccountRow>,
    pub(super) org: Option<&'t str>,
    pub(super) id: &'t str,
    pub(super) name: String,
    /// Where the manifest says it.
    pub(super) at: Option<&'t str>,
}

impl<'t> Subject<'t> {
    /// Something in an account.
    pub(super) fn within(
        kind: Thing,
        account: &'t AccountRow,
        id: &'t str,
        name: impl Into<String>,
        at: &'t str,
    ) -> Self {
        Self {
            kind,
            account: Some(account),
            org: None,
            id,
            name: name.into(),
            at: Some(at).filter(|at| !at.is_empty()),
        }
    }
}

#[derive(Debug)]
pub(super) struct Run<'a> {
    pub(super) app: &'a App,
    pub(super) caller: &'a Caller,
    /// What it may reach: what the caller may, or the account of the path.
    pub(super) scope: Scope,
    pub(super) how: How,
    pub(super) credentials: Vec<IssuedUser>,
    /// Accounts' keys, and keys of users whose connections must go.
    pub(super) kicks: Vec<(String, Vec<String>)>,
    /// Accounts' keys, and whom a callout that was changed has not let in.
    pub(super) cuts: Vec<(String, Cut)>,
    /// Plans that their accounts have to follow.
    pub(super) plans_changed: Vec<String>,
    /// Ids of what the manifest says and what is there already.
    pub(super) named: HashSet<String>,
    pub(super) name: String,
    place: String,
    now: i64,
    /// Absent while an account is in work, which has it then.
    tx: Option<Tx>,
    changes: Vec<ResourceChange>,
    notes: Vec<Note>,
    problems: Vec<Problem>,
    /// Whether something was given to the manifest.
    claimed: bool,
    /// On a dry run: how the accounts were that were entered.
    entered: BTreeMap<String, AccountRow>,
}

impl<'a> Run<'a> {
    pub(super) async fn begin(
        app: &'a App,
        caller: &'a Caller,
        scope: Scope,
        name: &str,
        how: How,
    ) -> Result<Self, Problem> {
        let mut tx = app.db.write().await?;
        let now = clock::now();
        // Manifests take turns with each other, and with whatever else concerns several accounts.
        store::foundation::lock_sharing(&mut tx, now).await?;
        let place = scope.account_id.clone().or_else(|| scope.org_id.clone());
        Ok(Self {
            app,
            caller,
            scope,
            how,
            entered: BTreeMap::new(),
            credentials: Vec::new(),
            kicks: Vec::new(),
            cuts: Vec::new(),
            plans_changed: Vec::new(),
            named: HashSet::new(),
            name: name.to_owned(),
            place: place.unwrap_or_default(),
            now,
            tx: Some(tx),
            changes: Vec::new(),
            notes: Vec::new(),
            problems: Vec::new(),
            claimed: false,
        })
    }

    pub(super) fn tx(&mut self) -> Result<&mut Tx, Problem> {
        self.tx.as_mut().ok_or_else(Problem::internal)
    }

    pub(super) fn take_tx(&mut self) -> Result<Tx, Problem> {
        self.tx.take().ok_or_else(Problem::internal)
    }

    pub(super) fn give_tx(&mut self, tx: Tx) {
        self.tx = Some(tx);
    }

    /// Goes on inside an account whose row is locked.
    pub(super) fn enter(&mut self, account: AccountRow) -> Result<Work<'a>, Problem> {
        let tx = self.take_tx()?;
        if self.how.mode == Mode::DryRun && !self.entered.contains_key(&account.id) {
            self.entered.insert(account.id.clone(), account.clone());
        }
        Work::over(self.app, self.caller, tx, account, self.how.mode)
    }

    /// Comes out of the account, whose row it gives.
    pub(super) fn leave(&mut self, work: Work<'a>) -> AccountRow {
        self.tx = Some(work.tx);
        work.account
    }

    /// What there is, or nothing when it was a problem of what the manifest says at `at`: that is
    /// kept and told with the others. An error ends it all.
    pub(super) fn keep<T>(
        &mut self,
        at: &str,
        outcome: Result<T, Problem>,
    ) -> Result<Option<T>, Problem> {
        let problem = match outcome {
            Ok(value) => return Ok(Some(value)),
            Err(problem) if problem.is_ours() => return Err(problem),
            Err(problem) => problem,
        };
        let ends = problem.ends_transaction();
        self.problems.push(problem.at(at));
        match ends {
            true => Err(self.refusal().unwrap_or_else(Problem::internal)),
            false => Ok(None),
        }
    }

    /// Whether the caller has a right that what stands at `at` needs.
    pub(super) fn may(&mut self, at: &str, right: Right) -> bool {
        match self.caller.need(right) {
            Ok(()) => true,
            Err(problem) => {
                self.problems.push(problem.at(at));
                false
            }
        }
    }

    /// All that is wrong so far.
    pub(super) fn refusal(&mut self) -> Option<Problem> {
        Problem::together(std::mem::take(&mut self.problems))
    }

    /// Gives something that was just made to the manifest.
    pub(super) async fn claim(
        &mut self,
        tx: &mut Tx,
        kind: Thing,
        id: &str,
        account: Option<&str>,
    ) -> Result<(), Problem> {
        let row = OwnedRow {
            object_id: id.to_owned(),
            kind: kind.as_str().to_owned(),
            account_id: account.map(str::to_owned),
            manifest: self.name.clone(),
            place: self.place.clone(),
        };
        self.named.insert(id.to_owned());
        self.claimed = true;
        Ok(store::manifests::claim(tx, &row, self.now).await?)
    }

    /// Whether the manifest may change something: not when another one made it, unless it takes
    /// over.
    pub(super) async fn own(
        &mut self,
        tx: &mut Tx,
        (kind, id, account): (Thing, &str, Option<&str>),
        at: &str,
        changes: bool,
    ) -> Result<bool, Problem> {
        let owner = store::manifests::owner(tx, id).await?;
        let is_ours = |row: &OwnedRow| row.manifest == self.name && row.place == self.place;
        if owner.as_ref().is_some_and(is_ours) {
            return Ok(true);
        }
        // An account is not a thing of its own manifest, which could not even delete it.
        if self.how.adopt && self.place != id {
            self.claim(tx, kind, id, account).await?;
            return Ok(true);
        }
        let Some(owner) = owner.filter(|_| changes) else {
            return Ok(true);
        };
        let text = format!(
            "The manifest `{}` made it: change it there, or take it over with `adopt`.",
            owner.manifest
        );
        self.keep::<()>(at, Err(Problem::conflict("managed_elsewhere", text)))?;
        Ok(false)
    }

    /// What the manifest made.
    pub(super) async fn owned(&mut self) -> Result<Vec<OwnedRow>, Problem> {
        let (name, place) = (self.name.clone(), self.place.clone());
        Ok(store::manifests::owned(self.tx()?, &name, &place).await?)
    }

    fn tell(&mut self, action: Action, subject: &Subject<'_>, fields: Vec<ManifestChange>) {
        let is_known = action != Action::Create && action != Action::Request;
        self.changes.push(ResourceChange {
            action,
            kind: subject.kind,
            account: subject
                .account
                .filter(|_| !subject.kind.is_one_in_account())
                .map(|account| account.slug.clone()),
            name: subject.name.clone(),
            id: Some(subject.id.to_owned()).filter(|_| is_known || self.how.mode == Mode::Commit),
            pointer: subject.at.map(str::to_owned),
            fields,
        });
    }

    pub(super) fn unchanged(&mut self, subject: &Subject<'_>) {
        self.tell(Action::Unchanged, subject, Vec::new());
    }

    /// Tells a change, and notes it for the trail: how it was and how it is.
    pub(super) fn changed(
        &mut self,
        action: Action,
        subject: &Subject<'_>,
        fields: Vec<ManifestChange>,
        noted: (&'static str, Option<Value>, Option<Value>),
    ) {
        self.tell(action, subject, fields);
        let (action, before, after) = noted;
        let account = subject.account;
        self.notes.push(Note {
            action,
            target: subject.id.to_owned(),
            org: account
                .map(|account| account.org_id.clone())
                .or_else(|| subject.org.map(str::to_owned)),
            account: account.map(|account| account.id.clone()),
            before,
            after,
        });
    }

    fn summary(&self) -> Summary {
        let count = |action| {
            let all = self.changes.iter();
            all.filter(|change| change.action == action).count()
        };
        Summary {
            created: count(Action::Create),
            changed: count(Action::Change),
            deleted: count(Action::Delete),
            requested: count(Action::Request),
            unchanged: count(Action::Unchanged),
        }
    }

    /// What stands for the changes: the same before and after they are made, and not when there is
    /// anything else to do.
    fn plan(&self) -> String {
        let changes: Vec<_> = self
            .changes
            .iter()
            .filter(|change| change.action != Action::Unchanged)
            .map(|change| {
                let known = change.pointer.is_none() || change.action == Action::Change;
                json!([
                    change.action,
                    change.kind,
                    change.account,
                    change.name,
                    change.id.as_ref().filter(|_| known),
                    change.fields,
                ])
            })
            .collect();
        let whole = json!([
            self.place,
            self.name,
            self.how.prune,
            self.how.adopt,
            changes
        ]);
        let mut plan = HEXLOWER.encode(&Sha256::digest(whole.to_string()));
        plan.truncate(PLAN_CHARS);
        plan
    }

    /// Ends it: all of it is made and live, or nothing was. `seen` is the plan that was looked at.
    pub(super) async fn finish(
        mut self,
        seen: Option<&str>,
        touched: Vec<(String, i64)>,
    ) -> Result<(Applied, Option<Impact>), Problem> {
        if let Some(problem) = self.refusal() {
            return Err(problem);
        }
        let (plan, summary) = (self.plan(), self.summary());
        if seen.is_some_and(|seen| seen != plan) {
            return Err(Problem::precondition_failed(
                "Something else would be changed than what you looked at: look again.",
            ));
        }
        let mut answer = Applied {
            name: self.name.clone(),
            plan,
            applied: self.how.mode == Mode::Commit,
            summary,
            changes: std::mem::take(&mut self.changes),
            credentials: std::mem::take(&mut self.credentials),
            live: false,
            withheld: Vec::new(),
        };
        let mut tx = self.take_tx()?;
        let nothing = self.notes.is_empty() && !self.claimed;
        if nothing && self.how.mode == Mode::Commit {
            tx.rollback().await?;
            answer.live = true;
            return Ok((answer, None));
        }
        let tried = match self.how.mode {
            Mode::DryRun => Some(Box::pin(self.tried(&mut tx)).await?),
            Mode::Commit => None,
        };
        let waiter = self.end(tx, &answer).await?;
        if let Some((tried, is_whole)) = tried {
            let kicked = is_whole.then_some(&[][..]);
            let impact = Box::pin(tried.impact(self.app, kicked)).await?;
            return Ok((answer, Some(impact)));
        }
        let waiter = waiter.ok_or_else(Problem::internal)?;
        answer.live = self.follow(waiter, touched).await?;
        Ok((answer, None))
    }

    /// Writes the trail and commits.
    async fn end(&mut self, mut tx: Tx, answer: &Applied) -> Result<Option<Waiter<'a>>, Problem> {
        if self.how.mode == Mode::Commit {
            // As the trail's own checkpoints do: the platform's chain first.
            store::audit::lock_head(&mut tx, trail::PLATFORM).await?;
            self.notes
                .sort_by(|one, other| one.account.cmp(&other.account));
            for note in std::mem::take(&mut self.notes) {
                let (org, account) = (note.org.as_deref(), note.account.as_deref());
                let mut change = Change::new(note.action, &note.target, org, account);
                if let Some(before) = &note.before {
                    change = change.before(before);
                }
                if let Some(after) = &note.after {
                    change = change.after(after);
                }
                append(&mut tx, self.caller, change, false).await?;
            }
        }
        let (org, account) = (&self.scope.org_id, &self.scope.account_id);
        let change = Change::new(
            "manifest.apply",
            &self.name,
            org.as_deref(),
            account.as_deref(),
        );
        let said = json!({ "plan": answer.plan, "summary": answer.summary });
        let change = change.after(&said);
        self.how.mode.end(self.app, tx, self.caller, change).await
    }

    /// Sees to what follows the commit, and says whether every server has followed in time.
    async fn follow(
        &self,
        waiter: Waiter<'a>,
        touched: Vec<(String, i64)>,
    ) -> Result<bool, Problem> {
        let until = Instant::now() + FOLLOW_WAIT;
        for (account_key, user_keys) in &self.kicks {
            kick_all(self.app, account_key, user_keys).await;
        }
        let mut live = true;
        let mut touched = touched.into_iter().rev();
        // When the last one is live the others most likely are.
        if let Some((id, generation)) = touched.next() {
            live = waiter.wait(self.app, &id, generation).await;
        }
        for (id, generation) in touched {
            let waiter = self.app.reconciler.waiter();
            let mut tx = self.app.db.read().await?;
            let row = store::accounts::by_id(&mut tx, &id).await?;
            drop(tx);
            let follows = row.is_none_or(|row| row.applied_generation >= generation);
            let has_time = live && Instant::now() < until;
            live = follows || (has_time && waiter.wait(self.app, &id, generation).await);
            if !live {
                break;
            }
        }
        // By now they are asked about when they come back.
        for (account_key, cut) in &self.cuts {
            cut.close(self.app, account_key).await;
        }
        if !self.plans_changed.is_empty() {
            // Those that take longer follow by themselves.
            plans::follow(self.app, || Instant::now() > until).await?;
        }
        Ok(live)
    }

    /// What others would notice: of accounts that are named, and of those that follow a plan.
    async fn tried(&mut self, tx: &mut Tx) -> Result<(Tried, bool), Problem> {
        let mut before = std::mem::take(&mut self.entered);
        let (installation, mut is_whole) = (self.app.installation()?, true);
        for plan in &self.plans_changed {
            let followed = plans::try_out(self.app, tx, &installation, plan).await?;
            is_whole &= followed.is_whole;
            for account in followed.moved {
                before.entry(account.id.clone()).or_insert(account);
            }
        }
        let before = before.into_values().collect();
        let tried = Tried::of(self.app, self.caller, tx, before).await?;
        Ok((tried, is_whole))
    }
}
