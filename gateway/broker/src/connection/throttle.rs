//! Rate quotas on what a connection publishes.
//!
//! Who publishes more than its account or its user may is held back: nothing is read from it until
//! there is quota again, so that its own socket fills up and nothing is lost. Others are not
//! slowed, and what it is sent still reaches it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use accounts::{policy::AccountPolicy, quotas::Rates};

use super::session::Session;
use crate::meter::{Amount, Debt, Meter};

/// How long after it was held back last a client is not asked whether it lives: its answers are
/// queued behind what it publishes.
const SILENCE: Duration = Duration::from_secs(10);

/// The rate quotas of one connection.
#[derive(Debug)]
pub(super) struct Throttle {
    /// Of the account, of the user.
    shares: Vec<Share>,
    /// What the turn in hand may publish.
    allowed: Amount,
    /// Until when the connection is held back, or was.
    until: Option<Instant>,
    held: bool,
    /// Whether it has waited since its last turn.
    waited: bool,
}

/// One of the quotas.
#[derive(Debug)]
struct Share {
    meter: Arc<Meter>,
    rates: Rates,
    /// What was published and could not be charged yet.
    debt: Debt,
}

impl Share {
    fn new(meter: Arc<Meter>, rates: Rates) -> Self {
        Self {
            meter,
            rates,
            debt: Debt::default(),
        }
    }
}

impl Throttle {
    fn new(shares: Vec<Share>) -> Self {
        let mut throttle = Self {
            shares,
            allowed: (0, 0),
            until: None,
            held: false,
            waited: false,
        };
        throttle.begin(crate::clock::instant());
        throttle
    }

    /// Begins a turn.
    pub(super) fn begin(&mut self, now: Instant) {
        let waited = std::mem::take(&mut self.waited);
        let allowances = self
            .shares
            .iter()
            .map(|share| share.meter.allowance(&share.rates, now, waited));
        self.allowed = allowances.fold((u64::MAX, u64::MAX), |least, it| {
            (least.0.min(it.0), least.1.min(it.1))
        });
    }

    /// Whether the turn has published all that it may.
    pub(super) fn is_spent(&self, spent: Amount) -> bool {
        spent.0 >= self.allowed.0 || spent.1 >= self.allowed.1
    }

    /// Ends a turn that has published something.
    pub(super) fn settle(&mut self, spent: Amount, now: Instant) {
        let charges = self.shares.iter_mut().map(|share| {
            let charged = share.meter.charge(&share.rates, spent, now);
            // Who may publish nothing is slowed down, and need not pay for what was refused.
            share.debt = match share.rates.allow_nothing() {
                true => Debt::default(),
                false => charged.left,
            };
            charged.until
        });
        let until = charges.max();
        self.hold(until, now);
    }

    fn hold(&mut self, until: Option<Instant>, now: Instant) {
        let until = until.filter(|until| *until > now);
        self.held = until.is_some();
        self.until = until.or(self.until);
    }

    /// Until when nothing is to be read.
    pub(super) fn held_until(&self) -> Option<Instant> {
        self.until.filter(|_| self.held)
    }

    /// The time has come, unless there is debt left to pay.
    pub(super) fn release(&mut self, now: Instant) {
        let owing = self.shares.iter_mut().filter(|it| !it.debt.is_paid());
        let payments = owing.map(|share| {
            let charged = share.meter.pay(&share.rates, share.debt, now);
            share.debt = charged.left;
            charged.until
        });
        let until = payments.max();
        self.hold(until, now);
        self.waited = !self.held;
    }

    /// Whether what the client says may be long on its way, through no fault of its own.
    pub(super) fn delays_answers(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| until + SILENCE > now)
    }
}

impl Session {
    /// Takes over the quotas as they stand.
    pub(super) fn obey_quotas(&mut self, policy: &AccountPolicy) {
        let identity = self.login.as_ref().and_then(|login| login.identity.clone());
        let Some(identity) = identity else { return };
        let (of_account, of_user) = policy.quotas_in_force(identity.quotas);
        let Some(login) = &mut self.login else { return };
        login.account_subscriptions_max = of_account.subscriptions;
        login.muted = of_account.rates.allow_nothing() || of_user.rates.allow_nothing();
        let mut shares = Vec::new();
        if !of_account.rates.are_unlimited() {
            let meter = Arc::clone(&login.account.meter);
            shares.push(Share::new(meter, of_account.rates));
        }
        if !of_user.rates.are_unlimited() {
            let meter = login.account.user_meter(identity.seat());
            shares.push(Share::new(meter, of_user.rates));
        }
        if shares.is_empty() {
            self.throttle = None;
            return;
        }
        let rates =
            |shares: &[Share]| -> Vec<Rates> { shares.iter().map(|share| share.rates).collect() };
        let is_same = |old: &Throttle| rates(&old.shares) == rates(&shares);
        if !self.throttle.as_deref().is_some_and(is_same) {
            self.throttle = Some(Box::new(Throttle::new(shares)));
        }
    }

    /// Counts what a turn has published, in messages and bytes.
    pub(super) fn end_turn_of_throttle(&mut self, spent: Amount) {
        if let Some(throttle) = &mut self.throttle {
            throttle.settle(spent, crate::clock::instant());
            if let (Some(_), Some(login)) = (throttle.held_until(), &self.login) {
                login.account.note_held_back();
            }
        }
    }
}
