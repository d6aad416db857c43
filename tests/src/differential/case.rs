//! What one graph is: keys, users and a script of steps. Everything follows from the seed and the
//! time at which it was made.

use accounts::{
    AccountBody, AccountLimits, Claims, GenericBody, KeyKind, KeyPair, OperatorBody, PublicKey,
    SigningKey, Trust, UserBody, UserPermissionLimits, jwt,
};
use serde_json::json;

use crate::mint;

/// One graph and what happens in it.
#[derive(Debug)]
pub struct Case {
    pub seed: u64,
    /// The time (unix seconds) that all times in the claims are relative to.
    pub now: i64,
    /// Every key pair of accounts and their signing keys.
    pub keys: Vec<KeyPair>,
    /// The accounts, by the place of their keys.
    pub accounts: Vec<usize>,
    pub users: Vec<User>,
    pub steps: Vec<Step>,
}

/// Who signs an account's claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    /// The operator's identity key.
    Operator,
    /// A signing key of the operator.
    SigningKey,
    /// An operator key that the servers do not know.
    Stranger,
}

/// The operator of a graph's world. Its keys are no secret.
#[derive(Debug)]
pub struct World {
    pub strict: bool,
    operator: KeyPair,
    signing: KeyPair,
    stranger: KeyPair,
    system: KeyPair,
    system_signing: KeyPair,
}

impl World {
    /// One of the two worlds: with strict signing keys or without.
    pub fn new(strict: bool) -> Self {
        let operator = |byte| KeyPair::from_entropy(KeyKind::Operator, [byte; 32]);
        Self {
            strict,
            operator: operator(1),
            signing: operator(2),
            stranger: operator(3),
            system: KeyPair::from_entropy(KeyKind::Account, [4; 32]),
            system_signing: KeyPair::from_entropy(KeyKind::Account, [5; 32]),
        }
    }

    fn operator(&self, now: i64) -> Claims<OperatorBody> {
        let body = OperatorBody {
            signing_keys: vec![self.signing.public()],
            system_account: Some(self.system.public()),
            strict_signing_key_usage: self.strict,
            ..OperatorBody::default()
        };
        Claims::new(self.operator.public(), "operator", now, body)
    }

    /// What a server of this world trusts.
    pub fn trust(&self) -> Trust {
        Trust::from_operators(&[self.operator(0)]).expect("a good operator")
    }

    /// Config lines for a server of this world.
    pub fn config(&self, now: i64) -> String {
        let operator = jwt::encode(&self.operator(now), &self.operator);
        let operator = operator.expect("encode an operator");
        let account = AccountBody {
            limits: AccountLimits::unlimited(),
            signing_keys: vec![SigningKey::Plain(self.system_signing.public())],
            ..AccountBody::default()
        };
        let system = self.system.public();
        let account = Claims::new(system, "SYS", now, account);
        let account = jwt::encode(&account, &self.signing).expect("encode the system account");
        format!(
            "operator: {operator}\nsystem_account: {system}\n\
             resolver: {{ type: full, dir: \"jwt\", allow_delete: true, timeout: \"20ms\" }}\n\
             resolver_preload: {{ {system}: {account} }}\n"
        )
    }

    /// A user of the system account.
    pub fn system_user(&self, now: i64) -> mint::User {
        let keys = KeyPair::from_entropy(KeyKind::User, [6; 32]);
        let body = UserBody {
            rights: UserPermissionLimits::unlimited(),
            issuer_account: Some(self.system.public()),
            ..UserBody::default()
        };
        let claims = Claims::new(keys.public(), "system", now, body);
        let jwt = jwt::encode(&claims, &self.system_signing).expect("encode a system user");
        mint::User { keys, jwt }
    }

    /// A request to delete an account.
    pub fn deletion(&self, account: PublicKey, now: i64) -> String {
        let mut body = GenericBody::default();
        body.data
            .insert("accounts".to_owned(), json!([account.to_string()]));
        let claims = Claims::new(self.signing.public(), "deletion", now, body);
        jwt::encode(&claims, &self.signing).expect("encode a deletion")
    }

    /// A quarter of all graphs lives under a strict operator.
    pub fn is_strict(seed: u64) -> bool {
        seed & 3 == 3
    }

    /// The key of a signer.
    pub fn key(&self, signer: Signer) -> &KeyPair {
        match signer {
            Signer::Operator => &self.operator,
            Signer::SigningKey => &self.signing,
            Signer::Stranger => &self.stranger,
        }
    }
}

/// An account's claims at one time.
#[derive(Debug, Clone)]
pub struct Version {
    pub claims: Claims<AccountBody>,
    pub signer: Signer,
}

impl Version {
    /// The token.
    pub fn token(&self, world: &World) -> String {
        jwt::encode(&self.claims, world.key(self.signer)).expect("encode an account's claims")
    }
}

/// A user's credentials.
#[derive(Debug)]
pub struct User {
    pub keys: KeyPair,
    pub claims: Claims<UserBody>,
    /// The account that it wants into, as a place in [`Case::accounts`].
    pub account: usize,
    /// The key that signs its token, as a place in [`Case::keys`].
    pub signer: usize,
}

/// How a client shows that it has the user's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    Right,
    Missing,
    Wrong,
}

/// What a client says in `CONNECT`.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    pub proof: Proof,
    pub echo: bool,
    pub headers: bool,
    pub no_responders: bool,
    pub verbose: bool,
}

/// How a subscriber answers what asks for an answer: these payloads, in order.
pub type Answers = &'static [&'static str];

/// One step of the script. Connections are numbered; a step of one that is not there is skipped.
#[derive(Debug)]
pub enum Step {
    /// Logs a user in on a connection of its own.
    Connect {
        conn: usize,
        user: usize,
        options: Options,
    },
    /// Ends a connection from the client's side.
    Leave { conn: usize },
    Subscribe {
        conn: usize,
        subject: String,
        queue: Option<String>,
        sid: String,
        answers: Answers,
    },
    Unsubscribe {
        conn: usize,
        sid: String,
        max: Option<u64>,
    },
    Publish {
        conn: usize,
        subject: String,
        reply: Option<String>,
        headers: Option<&'static str>,
        payload: String,
    },
    /// Pushes claims of an account.
    Update {
        account: usize,
        version: Box<Version>,
    },
    /// Deletes an account.
    Delete { account: usize },
}
