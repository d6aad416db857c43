//! What a change would do to live connections and to imports.
//!
//! No handler says so itself, so none can forget to: whatever a change does to either it does by
//! the claims of accounts. Those that are in force are compared with those that were minted and
//! are not kept, and the broker's own rules judge who would stay. What cannot be known is absent,
//! and never 0.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use accounts::{AccountBody, AccountPolicy, Trust};
use serde::Serialize;
use utoipa::ToSchema;

use super::effective::EffectiveRights;
use crate::app::App;
use crate::auth::Caller;
use crate::claims::trust_of;
use crate::clock;
use crate::problem::Problem;
use crate::reconciler::Connection;
use crate::store::accounts::AccountRow;
use crate::store::{self, Scope, StoreError, Tx};

mod closing;
mod imports;
mod seen;

/// The most imports of the caller's own accounts that a preview names.
const NAMED_MAX: usize = 100;
/// How long engines are asked for one preview; what is not known then is absent.
const ASK_WITHIN: Duration = Duration::from_secs(5);

/// What a change would do.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(crate) struct Impact {
    /// Live connections that would be closed. Absent where it cannot be known: an engine does not
    /// answer in time, or there is too much to look at, or it depends on what servers do not show.
    #[serde(skip_serializing_if = "Option::is_none")]
    connections_closed: Option<u64>,
    imports_broken: BrokenImports,
    /// What the user may do then, or the role's users, or users of the account that have no
    /// permissions of their own; absent where the change is about none of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    effective: Option<EffectiveRights>,
}

/// Imports that would stop.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct BrokenImports {
    /// All of them, other tenants' too.
    count: usize,
    /// The first hundred of those in accounts that the key reaches.
    own: Vec<String>,
}

impl BrokenImports {
    fn add(&mut self, import: &str, is_own: bool) {
        self.count += 1;
        if is_own && self.own.len() < NAMED_MAX {
            self.own.push(import.to_owned());
        }
    }
}

impl Impact {
    /// Nobody is cut off, and nothing stops: for changes of what no claims say.
    pub(crate) fn none() -> Self {
        Self {
            connections_closed: Some(0),
            ..Self::default()
        }
    }

    /// The same with what may be done then.
    pub(super) fn with(mut self, effective: Option<EffectiveRights>) -> Self {
        self.effective = effective;
        self
    }
}

/// Claims, as they are signed and as servers read them.
#[derive(Debug)]
struct Claims {
    body: AccountBody,
    policy: AccountPolicy,
}

impl Claims {
    fn of(account: &AccountRow) -> Result<Self, StoreError> {
        let corrupt = || StoreError::corrupt("accounts.jwt", &account.id);
        let claims = accounts::jwt::decode::<AccountBody>(&account.jwt).map_err(|_| corrupt())?;
        Ok(Self {
            policy: AccountPolicy::compile(&claims).map_err(|_| corrupt())?,
            body: claims.nats,
        })
    }
}

/// An account whose claims a change mints anew.
#[derive(Debug)]
struct Changed {
    account: AccountRow,
    before: Claims,
    after: Claims,
}

/// A change that was tried, before it is taken back.
#[derive(Debug)]
pub(crate) struct Tried {
    changed: Vec<Changed>,
    imports_broken: BrokenImports,
    trust: Trust,
}

impl Tried {
    /// Looks at what `tx` has made of the claims of accounts that were as `before` has them.
    pub(super) async fn of(
        app: &App,
        caller: &Caller,
        tx: &mut Tx,
        before: Vec<AccountRow>,
    ) -> Result<Self, Problem> {
        // Other tenants are counted too, and only that.
        store::tenant::lift(tx).await?;
        let mut kept = app.db.read().await?;
        store::tenant::lift(&mut kept).await?;
        let operator = store::foundation::the_operator(&mut kept).await?;
        let mut tried = Self {
            changed: Vec::new(),
            imports_broken: BrokenImports::default(),
            trust: trust_of(&operator)?,
        };
        for account in before {
            let is_new = store::accounts::by_id(&mut kept, &account.id)
                .await?
                .is_none();
            let after = store::accounts::by_id(tx, &account.id).await?;
            let after = after.filter(|after| !is_new && account.jwt != after.jwt);
            let Some(after) = after else { continue };
            tried.changed.push(Changed {
                before: Claims::of(&account)?,
                after: Claims::of(&after)?,
                account,
            });
        }
        let mut policies = HashMap::new();
        for one in &tried.changed {
            let mut look = imports::Look {
                kept: &mut kept,
                tried: tx,
                policies: &mut policies,
                now: clock::now(),
            };
            look.count(one, &caller.scope, &mut tried.imports_broken)
                .await?;
        }
        Ok(tried)
    }

    /// Asks the engines whom that would close, besides those that are closed by name.
    /// `kicked` is `None` when not all of those are known.
    pub(super) async fn impact(
        self,
        app: &App,
        kicked: Option<&[Connection]>,
    ) -> Result<Impact, Problem> {
        let until = Instant::now() + ASK_WITHIN;
        let mut closed = kicked.map(closing::Closed::of);
        for one in &self.changed {
            let look = closing::Look {
                app,
                changed: one,
                trust: &self.trust,
                until,
            };
            closed = match closed {
                Some(closed) => look.add_to(closed).await?,
                None => None,
            };
        }
        Ok(Impact {
            connections_closed: closed.map(|closed| closed.count()),
            imports_broken: self.imports_broken,
            effective: None,
        })
    }
}

fn reaches(scope: &Scope, org_id: &str, account_id: &str) -> bool {
    let covers = |bound: &Option<String>, id: &str| bound.as_deref().is_none_or(|own| own == id);
    covers(&scope.org_id, org_id) && covers(&scope.account_id, account_id)
}
