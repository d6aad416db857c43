//! The decision on a `CONNECT`: who is it, and may it come in?
//!
//! It may have to wait: for an account that is not live, for somebody else's word. It owns all that
//! it looks at, and the connection's task polls it between its other work: meanwhile nothing more
//! is read, and the time for authentication runs.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use accounts::{
    identity::{self, AuthError, ConnectFacts, ConnectionType, Identity, Proof},
    jwt::JwtError,
    nkeys::PublicKey,
    policy::AccountPolicy,
};
use protocol::ConnectOptions;

use super::client::Client;
use crate::{account::Hold, server::Server};

/// Why a connection was not let in. For the log: the client only hears "Authorization Violation".
#[derive(Debug, thiserror::Error)]
pub(super) enum LoginError {
    #[error("CONNECT carries no user JWT")]
    NoCredentials,
    #[error("user JWT: {0}")]
    Jwt(#[from] JwtError),
    #[error("{0}")]
    Auth(#[from] AuthError),
    #[error("no usable JWT of the user's account is known here")]
    UnknownAccount,
    #[error("this listener is for another account")]
    WrongListener,
    #[error("this server has no accounts")]
    NoAccounts,
}

/// Who comes in, and where to.
pub(super) struct Entry {
    pub(super) account: Hold,
    /// The account's policy that this was decided by.
    pub(super) policy: Arc<AccountPolicy>,
    pub(super) identity: Identity,
}

/// What the decision is made by.
pub(super) struct Attempt {
    pub(super) server: Arc<Server>,
    pub(super) client: Arc<Client>,
    /// The only account that the connection's listener admits.
    pub(super) only_account: Option<PublicKey>,
    /// What the client had to sign.
    pub(super) nonce: Box<str>,
    pub(super) options: ConnectOptions,
}

impl Attempt {
    async fn decide(&self) -> Result<Entry, LoginError> {
        let tenants = self.server.tenants.as_ref();
        let tenants = tenants.ok_or(LoginError::NoAccounts)?;
        let token = self.options.jwt.as_deref();
        let user = tenants.verify_user(token.ok_or(LoginError::NoCredentials)?)?;
        let key = identity::account_of(&user)?;
        if self.only_account.is_some_and(|only| only != key) {
            return Err(LoginError::WrongListener);
        }
        let account = tenants.get(&key).await;
        let account = account.ok_or(LoginError::UnknownAccount)?;
        let policy = account.policy().ok_or(LoginError::UnknownAccount)?;
        let facts = ConnectFacts {
            now: crate::clock::unix_seconds(),
            proof: Proof::Nonce {
                nonce: self.nonce.as_bytes(),
                signature: self.options.sig.as_deref(),
            },
            client_ip: Some(self.client.ip),
            connection_type: ConnectionType::Standard,
            local_zone: &self.server.config.local_zone,
        };
        let identity = identity::authenticate(tenants.trust(), &policy, &user, &facts)?;
        Ok(Entry {
            account,
            policy,
            identity,
        })
    }
}

type Decision = (ConnectOptions, Result<Entry, LoginError>);

/// A decision in the making.
pub(super) struct Deciding(Pin<Box<dyn Future<Output = Decision> + Send>>);

impl Deciding {
    pub(super) fn new(attempt: Attempt) -> Self {
        Self(Box::pin(async move {
            let decision = attempt.decide().await;
            (attempt.options, decision)
        }))
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Decision> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for Deciding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deciding")
    }
}
