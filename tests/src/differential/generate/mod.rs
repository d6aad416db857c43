//! Makes a graph from a seed: accounts that share, users, and what all of them do.
//!
//! Most of it is right, so that messages flow; a part of it is wrong, so that rules are met.

mod changes;
mod claims;
mod sharing;
mod subjects;
mod traffic;
mod users;

use accounts::{KeyKind, KeyPair, PublicKey, Trust};

use super::case::{Case, Signer, Step, User, Version, World};
use super::random::Random;

/// What is being made.
#[derive(Debug)]
struct Maker {
    random: Random,
    /// Makes the keys, and nothing else.
    secrets: Random,
    now: i64,
    world: World,
    trust: Trust,
    keys: Vec<KeyPair>,
    drafts: Vec<Draft>,
    users: Vec<User>,
    steps: Vec<Step>,
}

/// An account as it stands at this point of the script.
#[derive(Debug)]
struct Draft {
    /// Its own key, and its signing keys without and with a scope: places in [`Maker::keys`].
    key: usize,
    plain: Vec<usize>,
    scopes: Vec<usize>,
    version: Version,
}

impl Case {
    /// The graph of `seed`, as it is at `now` (unix seconds). Another `salt` gives it other keys,
    /// so that it can be played on the same servers again.
    pub fn generate(seed: u64, salt: u64, now: i64) -> Self {
        let world = World::new(World::is_strict(seed));
        let mut maker = Maker {
            random: Random::new(seed),
            secrets: Random::new(seed.rotate_left(32) ^ salt),
            now,
            trust: world.trust(),
            world,
            keys: Vec::new(),
            drafts: Vec::new(),
            users: Vec::new(),
            steps: Vec::new(),
        };
        maker.make_accounts();
        maker.make_users();
        maker.make_steps();
        Self {
            seed,
            now,
            accounts: maker.accounts(),
            keys: maker.keys,
            users: maker.users,
            steps: maker.steps,
        }
    }
}

impl Maker {
    fn accounts(&self) -> Vec<usize> {
        self.drafts.iter().map(|draft| draft.key).collect()
    }

    fn new_key(&mut self) -> usize {
        self.keys.push(self.secrets.key(KeyKind::Account));
        self.keys.len() - 1
    }

    fn public(&self, key: usize) -> PublicKey {
        self.keys[key].public()
    }

    /// The key of the account in place `at`.
    fn account(&self, at: usize) -> PublicKey {
        self.public(self.drafts[at].key)
    }

    /// Changes an account's claims; what would have them refused as a whole is done otherwise,
    /// nearly always.
    fn sensibly(&mut self, at: usize, mut change: impl FnMut(&mut Self)) {
        let before = self.drafts[at].version.clone();
        for _ in 0..8 {
            change(self);
            let mut version = self.drafts[at].version.clone();
            version.signer = Signer::SigningKey;
            let accepted = self.trust.accept_account(&version.token(&self.world));
            if accepted.is_ok() || self.random.chance(1) {
                return;
            }
            self.drafts[at].version = before.clone();
        }
    }

    fn make_users(&mut self) {
        for account in 0..self.drafts.len() {
            for _ in 0..self.random.between(1, 3) {
                let user = self.user(account);
                self.users.push(user);
            }
        }
    }

    /// Who signs new claims of an account: mostly somebody who may.
    fn operator_signer(&mut self) -> Signer {
        match self.random.below(200) {
            0 => Signer::Stranger,
            1..100 => Signer::SigningKey,
            // Under a strict operator its identity key signs no accounts.
            _ if self.world.strict && !self.random.chance(10) => Signer::SigningKey,
            _ => Signer::Operator,
        }
    }
}
