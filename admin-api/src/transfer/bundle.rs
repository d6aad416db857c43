//! Tokens and seeds from elsewhere, in any order, sorted by what they are.

use std::collections::{BTreeMap, HashMap};

use accounts::jwt::{decode, kind_of};
use accounts::{
    AccountBody, ClaimBody, ClaimKind, Claims, JwtError, KeyKind, KeyPair, OperatorBody, PublicKey,
    SigningKey, UserBody,
};

/// A token, decoded, with its own text.
#[derive(Debug)]
pub(crate) struct Brought<T> {
    pub(crate) claims: Claims<T>,
    pub(crate) jwt: String,
}

/// What somebody brings along: at most one operator, its accounts, their users, and seeds.
#[derive(Debug, Default)]
pub struct Bundle {
    pub(crate) operator: Option<Brought<OperatorBody>>,
    pub(crate) accounts: BTreeMap<PublicKey, Brought<AccountBody>>,
    /// By account, which need not be in the bundle.
    pub(crate) users: BTreeMap<PublicKey, Vec<Brought<UserBody>>>,
    seeds: HashMap<PublicKey, KeyPair>,
}

/// What in a bundle cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// A token.
    #[error("token {at}: {reason}")]
    Token {
        /// Which one, from 0.
        at: usize,
        /// Why.
        reason: String,
    },
    /// A seed. Says nothing of its text.
    #[error("seed {at}: {reason}")]
    Seed {
        /// Which one, from 0.
        at: usize,
        /// Why.
        reason: String,
    },
}

impl Bundle {
    /// Sorts tokens and seeds. Of several tokens about one key the newest counts.
    ///
    /// # Errors
    /// When a token or seed is none, is of a kind that is of no use here, or when there are several
    /// operators.
    pub fn read<T: AsRef<str>, S: AsRef<str>>(
        tokens: &[T],
        seeds: &[S],
    ) -> Result<Self, BundleError> {
        let mut bundle = Self::default();
        for (at, token) in tokens.iter().enumerate() {
            let added = bundle.add(token.as_ref().trim());
            added.map_err(|reason| BundleError::Token { at, reason })?;
        }
        for (at, seed) in seeds.iter().enumerate() {
            let reason = |text: &str| BundleError::Seed {
                at,
                reason: text.to_owned(),
            };
            let key = KeyPair::from_seed(seed.as_ref().trim());
            let key = key.map_err(|error| reason(&error.to_string()))?;
            if ![KeyKind::Operator, KeyKind::Account].contains(&key.public().kind()) {
                return Err(reason("only seeds of operators and accounts are taken"));
            }
            bundle.seeds.insert(key.public(), key);
        }
        Ok(bundle)
    }

    fn add(&mut self, token: &str) -> Result<(), String> {
        match kind_of(token).map_err(text)? {
            ClaimKind::Operator => {
                let brought = brought::<OperatorBody>(token)?;
                match &self.operator {
                    Some(old) if old.claims.sub != brought.claims.sub => {
                        return Err("there are several operators; bring one at a time".to_owned());
                    }
                    Some(old) if old.claims.iat > brought.claims.iat => {}
                    _ => self.operator = Some(brought),
                }
            }
            ClaimKind::Account => {
                let brought = brought::<AccountBody>(token)?;
                let key = brought.claims.subject();
                let newer = |old: &Brought<AccountBody>| old.claims.iat > brought.claims.iat;
                if !self.accounts.get(&key).is_some_and(newer) {
                    self.accounts.insert(key, brought);
                }
            }
            ClaimKind::User => {
                let brought = brought::<UserBody>(token)?;
                let account = brought.claims.nats.issuer_account;
                let account = account.unwrap_or(brought.claims.iss);
                let users = self.users.entry(account).or_default();
                match users
                    .iter_mut()
                    .find(|old| old.claims.sub == brought.claims.sub)
                {
                    Some(old) if old.claims.iat > brought.claims.iat => {}
                    Some(old) => *old = brought,
                    None => users.push(brought),
                }
            }
            other => return Err(format!("a token of type {other} cannot be brought along")),
        }
        Ok(())
    }

    /// The seed of a key, if it was brought.
    pub(crate) fn seed(&self, key: &PublicKey) -> Option<&KeyPair> {
        self.seeds.get(key)
    }

    /// The first key that the operator may sign accounts with and whose seed was brought.
    pub(crate) fn operator_signer(&self) -> Option<&KeyPair> {
        let operator = &self.operator.as_ref()?.claims;
        let identity = (!operator.nats.strict_signing_key_usage).then(|| operator.subject());
        let keys = operator.nats.signing_keys.iter().copied().chain(identity);
        keys.filter_map(|key| self.seed(&key)).next()
    }

    /// The first key that signs any user of the account and whose seed was brought.
    pub(crate) fn account_signer(
        &self,
        account: &Claims<AccountBody>,
        is_strict: bool,
    ) -> Option<&KeyPair> {
        let plain = account
            .nats
            .signing_keys
            .iter()
            .filter_map(|key| match key {
                SigningKey::Plain(key) => Some(*key),
                SigningKey::Scoped(_) => None,
            });
        let identity = (!is_strict).then(|| account.subject());
        plain
            .chain(identity)
            .filter_map(|key| self.seed(&key))
            .next()
    }
}

fn brought<T: ClaimBody>(token: &str) -> Result<Brought<T>, String> {
    Ok(Brought {
        claims: decode(token).map_err(text)?,
        jwt: token.to_owned(),
    })
}

fn text(error: JwtError) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use accounts::jwt::encode;

    use super::*;

    fn keys(kind: KeyKind, byte: u8) -> KeyPair {
        KeyPair::from_entropy(kind, [byte; 32])
    }

    fn account(signer: &KeyPair, iat: i64, body: AccountBody) -> String {
        let key = keys(KeyKind::Account, 2).public();
        encode(&Claims::new(key, "acme", iat, body), signer).unwrap()
    }

    #[test]
    fn tokens_are_sorted_and_the_newest_counts() {
        let operator = keys(KeyKind::Operator, 1);
        let signer = keys(KeyKind::Account, 3);
        let old = account(&operator, 10, AccountBody::default());
        let body = AccountBody {
            signing_keys: vec![SigningKey::Plain(signer.public())],
            ..AccountBody::default()
        };
        let new = account(&operator, 20, body);
        let claims = Claims::new(operator.public(), "op", 1, OperatorBody::default());
        let token = encode(&claims, &operator).unwrap();
        let user = Claims::new(keys(KeyKind::User, 4).public(), "u", 1, UserBody::default());
        let user = encode(&user, &keys(KeyKind::Account, 2)).unwrap();
        let seeds = [signer.seed(), operator.seed()];
        for order in [[&new, &old], [&old, &new]] {
            let tokens = [order[0], &user, order[1], &token];
            let bundle = Bundle::read(&tokens, &seeds).unwrap();
            let key = keys(KeyKind::Account, 2).public();
            assert_eq!(bundle.accounts[&key].jwt, new);
            assert_eq!(bundle.users[&key].len(), 1);
            let claims = &bundle.accounts[&key].claims;
            let found = bundle.account_signer(claims, false).unwrap();
            assert_eq!(found.public(), signer.public());
            assert_eq!(
                bundle.operator_signer().unwrap().public(),
                operator.public()
            );
        }
    }

    #[test]
    fn what_is_of_no_use_is_named_and_not_quoted() {
        let user = keys(KeyKind::User, 4);
        let none: [&str; 0] = [];
        let error = Bundle::read(&none, &[user.seed()]).unwrap_err().to_string();
        assert_eq!(
            error,
            "seed 0: only seeds of operators and accounts are taken"
        );
        let error = Bundle::read(&none, &[format!("{}x", user.seed().as_str())]).unwrap_err();
        assert!(!error.to_string().contains(&user.seed()[10..20]), "{error}");
        assert!(Bundle::read(&["a.b.c"], &none).is_err());
    }
}
