//! Which account tokens are accepted: the operators' keys, and when a token replaces another.

use std::collections::HashSet;

use crate::claims::account::AccountBody;
use crate::claims::operator::OperatorBody;
use crate::claims::validate::Issue;
use crate::configured;
use crate::jwt::{self, Claims, JwtError};
use crate::nkeys::{KeyKind, PublicKey};
use crate::policy::{AccountPolicy, PolicyError};

/// Why operators cannot be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    #[error("no operator is configured")]
    NoOperator,
    #[error("operator {0}: its token is signed by a key that is not its own")]
    ForeignIssuer(PublicKey),
    #[error("operator {0}: signing key {1} is not an operator key")]
    SigningKey(PublicKey, PublicKey),
    #[error("operator {0}: the system account is not an account key")]
    SystemAccount(PublicKey),
    #[error("trusted key {0} is not an operator key")]
    TrustedKey(PublicKey),
}

/// Why an account token is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AcceptError {
    #[error("the account token cannot be read: {0}")]
    Token(#[from] JwtError),
    #[error("account {account}: its issuer {issuer} is not a trusted operator key")]
    NotTrusted {
        account: PublicKey,
        issuer: PublicKey,
    },
    #[error("account {account}: {problem}")]
    Invalid { account: PublicKey, problem: String },
    #[error("account {account}: {error}")]
    Policy {
        account: PublicKey,
        error: PolicyError,
    },
    #[error("the token is about {offered}, expected account {current}")]
    OtherAccount {
        current: PublicKey,
        offered: PublicKey,
    },
    #[error("generation {offered} is older than the stored generation {current}")]
    OlderGeneration { current: u64, offered: u64 },
    #[error("another token of generation {generation} is stored already, mint a newer one")]
    SameGeneration { generation: u64 },
    #[error("issued at {offered}, before the stored token ({current})")]
    OlderIssue { current: i64, offered: i64 },
}

/// An account token that may be stored and used.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// What it says.
    pub claims: Claims<AccountBody>,
    /// The same, compiled.
    pub policy: AccountPolicy,
}

/// The trusted operators.
#[derive(Debug, Clone)]
pub struct Trust {
    operators: Vec<Operator>,
    system_account: Option<PublicKey>,
}

#[derive(Debug, Clone)]
struct Operator {
    /// Keys that may sign accounts.
    keys: HashSet<PublicKey>,
    strict: bool,
}

impl Trust {
    /// Trusts operators whose tokens were configured. The identity key of a strict operator is
    /// left out: only its signing keys count. Of several operators the first one names the system
    /// account.
    pub fn from_operators(claims: &[Claims<OperatorBody>]) -> Result<Self, TrustError> {
        if claims.is_empty() {
            return Err(TrustError::NoOperator);
        }
        let operators = claims.iter().map(Operator::new).collect::<Result<_, _>>()?;
        let system_account = claims[0].nats.system_account;
        Ok(Self {
            operators,
            system_account,
        })
    }

    /// Trusts nothing but the configuration's own accounts.
    pub fn configuration() -> Self {
        let operator = Operator {
            keys: HashSet::from([configured::issuer()]),
            strict: false,
        };
        Self {
            operators: vec![operator],
            system_account: None,
        }
    }

    /// Trusts keys without a word of their operator: none is strict, none names a system account.
    pub fn from_keys(keys: &[PublicKey]) -> Result<Self, TrustError> {
        let foreign = keys.iter().find(|key| key.kind() != KeyKind::Operator);
        match foreign {
            _ if keys.is_empty() => Err(TrustError::NoOperator),
            Some(key) => Err(TrustError::TrustedKey(*key)),
            None => Ok(Self {
                operators: vec![Operator {
                    keys: keys.iter().copied().collect(),
                    strict: false,
                }],
                system_account: None,
            }),
        }
    }

    /// Whether `issuer` may sign accounts.
    pub fn trusts(&self, issuer: &PublicKey) -> bool {
        self.operators
            .iter()
            .any(|operator| operator.keys.contains(issuer))
    }

    /// Whether some operator is strict.
    pub fn is_strict(&self) -> bool {
        self.operators.iter().any(|operator| operator.strict)
    }

    /// Whether accounts signed by `issuer` must use signing keys for their users.
    pub fn is_strict_for(&self, issuer: &PublicKey) -> bool {
        self.operators
            .iter()
            .any(|operator| operator.strict && operator.keys.contains(issuer))
    }

    /// The system account that an operator names.
    pub fn system_account(&self) -> Option<PublicKey> {
        self.system_account
    }

    /// Reads an account token that may be stored and used: signature, trusted issuer, no
    /// blocking issue, and it compiles. The clock is not asked: an expired token is accepted.
    pub fn accept_account(&self, token: &str) -> Result<Accepted, AcceptError> {
        let claims = jwt::decode::<AccountBody>(token)?;
        let account = claims.subject();
        if !self.trusts(&claims.iss) {
            return Err(AcceptError::NotTrusted {
                account,
                issuer: claims.iss,
            });
        }
        if let Some(issue) = claims.validate(None).into_iter().find(Issue::is_blocking) {
            return Err(AcceptError::Invalid {
                account,
                problem: issue.text,
            });
        }
        match AccountPolicy::compile(&claims) {
            Ok(policy) => Ok(Accepted { claims, policy }),
            Err(error) => Err(AcceptError::Policy { account, error }),
        }
    }
}

impl Operator {
    fn new(claims: &Claims<OperatorBody>) -> Result<Self, TrustError> {
        let identity = claims.subject();
        let body = &claims.nats;
        if claims.iss != identity && !body.signing_keys.contains(&claims.iss) {
            return Err(TrustError::ForeignIssuer(identity));
        }
        let foreign = |key: &&PublicKey| key.kind() != KeyKind::Operator;
        if let Some(key) = body.signing_keys.iter().find(foreign) {
            return Err(TrustError::SigningKey(identity, *key));
        }
        if body
            .system_account
            .is_some_and(|key| key.kind() != KeyKind::Account)
        {
            return Err(TrustError::SystemAccount(identity));
        }
        let strict = body.strict_signing_key_usage;
        let mut keys: HashSet<_> = body.signing_keys.iter().copied().collect();
        if !strict {
            keys.insert(identity);
        }
        Ok(Self { keys, strict })
    }
}

/// Whether claims that were accepted may replace others of the same account:
///
/// - both carry a generation: a lower one is refused; an equal one is accepted for the same
///   claims (a repeated push) or ones that were issued later (the same state signed again);
/// - otherwise claims that were issued earlier are refused.
pub fn may_replace(
    current: &Claims<AccountBody>,
    offered: &Claims<AccountBody>,
) -> Result<(), AcceptError> {
    if current == offered {
        return Ok(());
    }
    if current.sub != offered.sub {
        let (current, offered) = (current.subject(), offered.subject());
        return Err(AcceptError::OtherAccount { current, offered });
    }
    let generation = |claims: &Claims<AccountBody>| claims.nats.generation();
    match (generation(current), generation(offered)) {
        (Some(current), Some(offered)) if offered < current => {
            Err(AcceptError::OlderGeneration { current, offered })
        }
        (Some(stored), Some(generation)) if stored < generation => Ok(()),
        (Some(_), Some(generation)) if offered.iat <= current.iat => {
            Err(AcceptError::SameGeneration { generation })
        }
        _ if offered.iat < current.iat => Err(AcceptError::OlderIssue {
            current: current.iat,
            offered: offered.iat,
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
