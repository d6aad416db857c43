//! Makes a graph that differs small: steps, claims and users go as long as a difference stays.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use accounts::{AccountLimits, UserPermissionLimits};
use anyhow::Result;
use serde_json::json;

use super::case::{Case, Step, World};
use super::known;
use super::pair::Pair;
use super::play::{Difference, play};
use crate::mint;

/// Time that one difference may take.
const SHRINK_WITHIN: Duration = Duration::from_secs(60);
/// Plays that a pair of servers sees: accounts whose exporters were left out slow nats-server down.
const PLAYS_PER_PAIR: u64 = 16;
/// How long the servers may take to agree: a play alone is faster than one among many.
const AGREE_WITHIN: Duration = Duration::from_millis(150);

/// Something to leave out. Numbers count in what earlier cuts have left.
#[derive(Debug, Clone, Copy)]
enum Cut {
    Steps {
        from: usize,
        to: usize,
    },
    /// The `part`-th removable part of the claims that step `step` pushes.
    Claims {
        step: usize,
        part: usize,
    },
    User {
        user: usize,
        part: usize,
    },
}

/// Parts of account claims besides the entries of its lists.
const ACCOUNT_PARTS: usize = 7;
const USER_PARTS: usize = 5;

impl Cut {
    /// Applies it; `false` when there is nothing to cut.
    fn apply(self, case: &mut Case) -> bool {
        match self {
            Self::Steps { from, to } => {
                let to = to.min(case.steps.len());
                from < to && case.steps.drain(from..to).count() > 0
            }
            Self::Claims { step, part } => match case.steps.get_mut(step) {
                Some(Step::Update { version, .. }) => cut_account(&mut version.claims, part),
                _ => false,
            },
            Self::User { user, part } => match case.users.get_mut(user) {
                Some(user) => cut_user(&mut user.claims.nats.rights, part),
                None => false,
            },
        }
    }
}

fn cut_account(claims: &mut accounts::Claims<accounts::AccountBody>, part: usize) -> bool {
    let body = &mut claims.nats;
    let before = body.clone();
    match part {
        0 => body.revocations.clear(),
        1 => body.default_permissions = Default::default(),
        2 => body.limits = AccountLimits::unlimited(),
        3 => body.tags.clear(),
        4 => body.tidegate = None,
        5 => body.trace = None,
        6 => {
            body.description.clear();
            body.info_url.clear();
            body.cluster_traffic.clear();
        }
        _ => {
            let mut at = part - ACCOUNT_PARTS;
            if at < body.imports.len() {
                body.imports.remove(at);
                return true;
            }
            at -= body.imports.len();
            if at < body.exports.len() {
                body.exports.remove(at);
                return true;
            }
            at -= body.exports.len();
            if at < body.signing_keys.len() {
                body.signing_keys.remove(at);
                return true;
            }
            return false;
        }
    }
    *body != before
}

fn cut_user(rights: &mut UserPermissionLimits, part: usize) -> bool {
    let before = rights.clone();
    match part {
        0 => rights.publish = Default::default(),
        1 => rights.subscribe = Default::default(),
        2 => rights.responses = None,
        3 => (rights.src, rights.times, rights.allowed_connection_types) = (None, None, None),
        4 if before.subs != 0 => (rights.subs, rights.data, rights.payload) = (-1, -1, -1),
        _ => return false,
    }
    *rights != before
}

/// Plays the graph again with things left out.
struct Shrinker {
    pair: Pair,
    seed: u64,
    until: Instant,
    plays: u64,
    cuts: Vec<Cut>,
    /// The smallest graph so far that differs, and how.
    best: Option<(Case, Difference)>,
}

impl Shrinker {
    /// Whether the graph still differs with one more cut; then the cut stays.
    async fn try_cut(&mut self, cut: Option<Cut>) -> Result<bool> {
        if Instant::now() >= self.until {
            return Ok(false);
        }
        self.plays += 1;
        if self.plays.is_multiple_of(PLAYS_PER_PAIR) {
            self.pair = Pair::start(World::is_strict(self.seed)).await?;
        }
        let mut case = Case::generate(self.seed, self.plays - 1, mint::now());
        for done in &self.cuts {
            done.apply(&mut case);
        }
        if cut.is_some_and(|cut| !cut.apply(&mut case)) {
            return Ok(false);
        }
        let (_, difference) = play(&self.pair, &case, AGREE_WITHIN).await?;
        let Some(difference) = difference else {
            return Ok(false);
        };
        if known::classify(&case, &difference).is_some() {
            return Ok(false);
        }
        self.cuts.extend(cut);
        let rest = Cut::Steps {
            from: difference.step + 1,
            to: usize::MAX,
        };
        if rest.apply(&mut case) {
            self.cuts.push(rest);
        }
        self.best = Some((case, difference));
        Ok(true)
    }

    fn steps(&self) -> usize {
        self.best.as_ref().map_or(0, |(case, _)| case.steps.len())
    }

    /// Leaves out ever smaller runs of steps.
    async fn cut_steps(&mut self) -> Result<()> {
        let mut size = self.steps() / 2;
        while size > 0 {
            let mut end = self.steps().saturating_sub(1);
            while end > 0 {
                let from = end.saturating_sub(size);
                self.try_cut(Some(Cut::Steps { from, to: end })).await?;
                end = from.min(self.steps().saturating_sub(1));
            }
            size /= 2;
        }
        Ok(())
    }

    async fn cut_claims(&mut self) -> Result<()> {
        let Some((case, _)) = &self.best else {
            return Ok(());
        };
        let mut cuts = Vec::new();
        for (step, of) in case.steps.iter().enumerate() {
            let Step::Update { version, .. } = of else {
                continue;
            };
            let body = &version.claims.nats;
            let parts = body.imports.len() + body.exports.len() + body.signing_keys.len();
            for part in (0..parts + ACCOUNT_PARTS).rev() {
                cuts.push(Cut::Claims { step, part });
            }
        }
        for user in 0..case.users.len() {
            cuts.extend((0..USER_PARTS).map(|part| Cut::User { user, part }));
        }
        for cut in cuts {
            self.try_cut(Some(cut)).await?;
        }
        Ok(())
    }
}

/// The smallest form of a graph that differs, as text; `None` when it does not differ again.
pub async fn shrink(seed: u64) -> Result<Option<String>> {
    let mut shrinker = Shrinker {
        pair: Pair::start(World::is_strict(seed)).await?,
        seed,
        until: Instant::now() + SHRINK_WITHIN,
        plays: 0,
        cuts: Vec::new(),
        best: None,
    };
    if !shrinker.try_cut(None).await? && !shrinker.try_cut(None).await? {
        return Ok(None);
    }
    shrinker.cut_steps().await?;
    shrinker.cut_claims().await?;
    shrinker.cut_steps().await?;
    Ok(shrinker
        .best
        .map(|(case, difference)| tell(&case, &difference)))
}

/// A graph and its difference in words, with short names for keys.
fn tell(case: &Case, difference: &Difference) -> String {
    let mut text = format!(
        "seed {}, strict {}\n",
        case.seed,
        World::is_strict(case.seed)
    );
    let mut users: Vec<usize> = Vec::new();
    for step in &case.steps {
        let _ = match step {
            Step::Connect { user, .. } => {
                if !users.contains(user) {
                    users.push(*user);
                    let of = &case.users[*user];
                    let claims = json!({
                        "name": of.claims.name, "exp": of.claims.exp, "nbf": of.claims.nbf,
                        "iat": of.claims.iat - case.now, "aud": of.claims.aud,
                        "nats": of.claims.nats,
                    });
                    let _ = writeln!(
                        text,
                        "  user {user} of account {} signed by key {}: {claims}",
                        of.account, of.signer
                    );
                }
                writeln!(text, "  {step:?}")
            }
            Step::Update { account, version } => writeln!(
                text,
                "  account {account} by {:?}, iat {}, exp {}: {}",
                version.signer,
                version.claims.iat - case.now,
                version.claims.exp,
                json!(version.claims.nats)
            ),
            step => writeln!(text, "  {step:?}"),
        };
    }
    let _ = writeln!(text, "  ours alone:   {:#?}", difference.ours);
    let _ = write!(text, "  theirs alone: {:#?}", difference.theirs);
    for (at, key) in case.keys.iter().enumerate() {
        text = text.replace(&key.public().to_string(), &format!("KEY{at}"));
    }
    for (at, user) in case.users.iter().enumerate() {
        text = text.replace(&user.keys.public().to_string(), &format!("USER{at}"));
    }
    text
}
