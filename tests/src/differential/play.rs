//! Plays a graph's script on both servers in lockstep, and says where they part.
//!
//! After each step every connection of the graph is asked for what it has (`PING` … `PONG`),
//! answers are given and asked for again, until both servers show the same. What differs until
//! the deadline is a difference; nothing is ever waited for by a fixed time.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use accounts::{jwt, subject};
use anyhow::{Context, Result};

use super::case::{Case, Step};
use super::pair::{Pair, Server};
use super::peer::{Peer, Request};

/// How long two servers may take to show the same.
pub(super) const AGREE_WITHIN: Duration = Duration::from_millis(1_500);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Where two servers parted.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The place of the step in the script.
    pub step: usize,
    pub ours: Vec<String>,
    pub theirs: Vec<String>,
}

/// What came of the messages and logins of a graph, on the original.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    pub steps: usize,
    pub logins: usize,
    pub logins_refused: usize,
    pub updates: usize,
    pub closed: usize,
    pub published: usize,
    /// Somebody got it.
    pub delivered: usize,
    /// Refused with an error.
    pub denied: usize,
    /// Somebody listens on the subject, and a rule kept the message from everybody.
    pub kept_back: usize,
}

impl Tally {
    /// Adds another graph's.
    pub fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        self.logins += other.logins;
        self.logins_refused += other.logins_refused;
        self.updates += other.updates;
        self.closed += other.closed;
        self.published += other.published;
        self.delivered += other.delivered;
        self.denied += other.denied;
        self.kept_back += other.kept_back;
    }
}

/// Plays a graph. The difference, if any, ends it.
pub async fn play(
    pair: &Pair,
    case: &Case,
    agree_within: Duration,
) -> Result<(Tally, Option<Difference>)> {
    let users: Vec<String> = case
        .users
        .iter()
        .map(|user| jwt::encode(&user.claims, &case.keys[user.signer]).expect("encode a user"))
        .collect();
    let mut ours = Player::new(&pair.ours, case, &users);
    let mut theirs = Player::new(&pair.theirs, case, &users);
    let mut tally = Tally::default();
    for (at, step) in case.steps.iter().enumerate() {
        if ours.skips(step) && theirs.skips(step) {
            continue;
        }
        let claims = token(pair, case, step);
        let (one, other) = tokio::join!(ours.act(step, &claims), theirs.act(step, &claims));
        one.with_context(|| pair.ours.last_words())?;
        other.with_context(|| pair.theirs.last_words())?;
        let until = Instant::now() + agree_within;
        loop {
            let (one, other) = tokio::join!(ours.settle(), theirs.settle());
            one.with_context(|| pair.ours.last_words())?;
            other.with_context(|| pair.theirs.last_words())?;
            let (more, less) = compare(&ours.events, &theirs.events);
            if more.is_empty() && less.is_empty() {
                break;
            }
            if Instant::now() >= until {
                let difference = Difference {
                    step: at,
                    ours: more,
                    theirs: less,
                };
                return Ok((tally, Some(difference)));
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        count(&mut tally, step, &theirs);
        ours.events.clear();
        theirs.events.clear();
    }
    Ok((tally, None))
}

/// What a step sends to the system account; empty for one that sends nothing.
fn token(pair: &Pair, case: &Case, step: &Step) -> String {
    match step {
        Step::Update { version, .. } => version.token(&pair.world),
        Step::Delete { account } => {
            let key = case.keys[case.accounts[*account]].public();
            pair.world.deletion(key, case.now)
        }
        _ => String::new(),
    }
}

/// What only one side has seen: ours, theirs.
fn compare(ours: &[String], theirs: &[String]) -> (Vec<String>, Vec<String>) {
    let ours = without_last_words(ours);
    let mut left = without_last_words(theirs);
    let mut more = Vec::new();
    for event in ours {
        match left.iter().position(|other| *other == event) {
            Some(at) => drop(left.swap_remove(at)),
            None => more.push(event),
        }
    }
    (more, left)
}

/// Leaves out what a connection is told about its subscriptions when it is closed in the same
/// step: a change of claims may take both from it, and which comes first is of no importance.
fn without_last_words(events: &[String]) -> Vec<String> {
    let ends = |who: &str| events.iter().any(|event| *event == format!("{who} closed"));
    let last_words = |event: &str| {
        let about = event.split_once(" -ERR Permissions Violation for Subscription");
        about.is_some_and(|(who, _)| ends(who))
    };
    let kept = events.iter().filter(|event| !last_words(event));
    kept.cloned().collect()
}

fn count(tally: &mut Tally, step: &Step, player: &Player<'_>) {
    tally.steps += 1;
    let events = &player.events;
    tally.closed += events
        .iter()
        .filter(|event| event.ends_with(" closed"))
        .count();
    match step {
        Step::Connect { conn, .. } => {
            tally.logins += 1;
            tally.logins_refused += usize::from(!player.is_open(*conn));
        }
        Step::Update { .. } | Step::Delete { .. } => tally.updates += 1,
        Step::Publish {
            conn,
            subject,
            payload,
            ..
        } => {
            tally.published += 1;
            let own = format!("c{conn} -ERR");
            if events
                .iter()
                .any(|event| event.ends_with(&format!(" {payload}")))
            {
                tally.delivered += 1;
            } else if events.iter().any(|event| event.starts_with(&own)) {
                tally.denied += 1;
            } else if player.somebody_listens(subject) {
                tally.kept_back += 1;
            }
        }
        _ => {}
    }
}

/// One server's side of a graph.
#[derive(Debug)]
struct Player<'a> {
    server: &'a Server,
    case: &'a Case,
    users: &'a [String],
    peers: BTreeMap<usize, Peer>,
    /// What was seen since the step began.
    events: Vec<String>,
}

impl<'a> Player<'a> {
    fn new(server: &'a Server, case: &'a Case, users: &'a [String]) -> Self {
        Self {
            server,
            case,
            users,
            peers: BTreeMap::new(),
            events: Vec::new(),
        }
    }

    fn is_open(&self, conn: usize) -> bool {
        self.peers.get(&conn).is_some_and(|peer| peer.open)
    }

    fn somebody_listens(&self, published: &str) -> bool {
        let open = self.peers.values().filter(|peer| peer.open);
        open.flat_map(Peer::subjects)
            .any(|pattern| subject::matches(pattern.as_bytes(), published.as_bytes()))
    }

    /// Whether the step belongs to a connection that is not there.
    fn skips(&self, step: &Step) -> bool {
        match step {
            Step::Connect { .. } | Step::Update { .. } | Step::Delete { .. } => false,
            Step::Leave { conn }
            | Step::Subscribe { conn, .. }
            | Step::Unsubscribe { conn, .. }
            | Step::Publish { conn, .. } => !self.is_open(*conn),
        }
    }

    async fn act(&mut self, step: &Step, claims: &str) -> Result<()> {
        let lane = self.case.seed;
        match step {
            Step::Connect {
                conn,
                user,
                options,
            } => {
                let of = &self.case.users[*user];
                let (addr, token) = (self.server.broker.addr(), &self.users[*user]);
                let mut peer = Peer::connect(addr, (*conn, of.account)).await?;
                peer.log_in(of, token, *options).await?;
                self.peers.insert(*conn, peer);
            }
            Step::Update { .. } => {
                let taken = self
                    .server
                    .push(lane, "$SYS.REQ.CLAIMS.UPDATE", claims)
                    .await?;
                self.events.push(format!("update {}", verdict(taken)));
            }
            Step::Delete { .. } => {
                let taken = self
                    .server
                    .push(lane, "$SYS.REQ.CLAIMS.DELETE", claims)
                    .await?;
                self.events.push(format!("deletion {}", verdict(taken)));
            }
            Step::Leave { conn } => drop(self.peers.remove(conn)),
            Step::Subscribe { conn, .. }
            | Step::Unsubscribe { conn, .. }
            | Step::Publish { conn, .. } => {
                if let Some(peer) = self.peers.get_mut(conn) {
                    peer.say(step).await?;
                    peer.hear().await?;
                }
            }
        }
        Ok(())
    }

    /// Asks every connection for what it has, and lets those answer that were asked.
    async fn settle(&mut self) -> Result<()> {
        for peer in self.peers.values_mut() {
            peer.ask().await?;
        }
        for peer in self.peers.values_mut() {
            peer.hear().await?;
        }
        let mut asked: Vec<(usize, Request)> = Vec::new();
        for (conn, peer) in &mut self.peers {
            asked.extend(
                peer.take_requests()
                    .into_iter()
                    .map(|request| (*conn, request)),
            );
        }
        asked.sort_by(|a, b| (a.0, &a.1.order).cmp(&(b.0, &b.1.order)));
        let answered = !asked.is_empty();
        for (conn, request) in asked {
            if let Some(peer) = self.peers.get_mut(&conn) {
                peer.answer(&request).await?;
                peer.hear().await?;
            }
        }
        if answered {
            for peer in self.peers.values_mut() {
                peer.ask().await?;
            }
            for peer in self.peers.values_mut() {
                peer.hear().await?;
            }
        }
        for peer in self.peers.values_mut() {
            self.events.append(&mut peer.events);
        }
        Ok(())
    }
}

fn verdict(taken: bool) -> &'static str {
    if taken { "taken" } else { "refused" }
}
