//! The decision on a `CONNECT`: who is it, and may it come in?
//!
//! It may have to wait: for an account that is not live, for somebody else's word. It owns all that
//! it looks at, and the connection's task polls it between its other work: meanwhile nothing more
//! is read. Who is not let in by the end of the time for authentication is refused.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
};

use accounts::{
    callout::CalloutError,
    claims::user::UserBody,
    devices,
    identity::{self, AuthError, ConnectFacts, Identity, Proof},
    jwt::{Claims, JwtError},
    nkeys::PublicKey,
    policy::AccountPolicy,
    xkeys::SealError,
};
use protocol::{ClosedReason, ConnectOptions};

use super::client::Client;
use crate::{account::Hold, server::Server, tenants::Tenants};

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
    #[error("only users of pinned accounts may log in here")]
    NotPinned,
    #[error("the proxy that the client comes by is not trusted")]
    ProxyNotTrusted,
    #[error("it was not decided in time")]
    Late,
    #[error("nobody answers the account's auth callout")]
    NobodyAnswers,
    #[error("too many logins wait for auth callouts")]
    CalloutBusy,
    #[error("the auth callout: {0}")]
    Callout(#[from] CalloutError),
    #[error("the auth callout's curve key: {0}")]
    CalloutKey(SealError),
}

/// Who comes in, and where to.
pub(super) struct Entry {
    pub(super) account: Hold,
    /// The account's policy that this was decided by.
    pub(super) policy: Arc<AccountPolicy>,
    pub(super) identity: Identity,
    /// The account whose auth callout let it in, and the policy that this was decided by.
    pub(super) vouched: Option<(Hold, Arc<AccountPolicy>)>,
}

/// What the decision is made by.
pub(super) struct Attempt {
    pub(super) server: Arc<Server>,
    pub(super) client: Arc<Client>,
    /// The only account that the connection's listener admits, besides the installation's own.
    pub(super) only_account: Option<PublicKey>,
    /// What the client had to sign.
    pub(super) nonce: Box<str>,
    /// The token of a client that brings none.
    pub(super) sentinel: Option<Box<str>>,
    /// Whether the client comes by a trusted proxy.
    pub(super) proxied: bool,
    pub(super) options: ConnectOptions,
}

impl LoginError {
    /// Why the connection ends, where it is not the credentials.
    pub(super) fn closed_reason(&self) -> Option<ClosedReason> {
        match self {
            Self::ProxyNotTrusted => Some(ClosedReason::ProxyNotTrusted),
            Self::Auth(AuthError::ProxyRequired)
            | Self::Callout(CalloutError::Account(AuthError::ProxyRequired)) => {
                Some(ClosedReason::ProxyRequired)
            }
            _ => None,
        }
    }
}

impl Attempt {
    async fn decide(&self) -> Result<Entry, LoginError> {
        let tenants = &self.server.tenants;
        if let Some(configured) = tenants.configured() {
            return self.decide_by_configuration(tenants, &configured).await;
        }
        if let Some(chain) = self.device_chain() {
            return self.decide_device(tenants, &chain).await;
        }
        let (token, user) = self.token(tenants)?;
        let key = identity::account_of(&user)?;
        let account = self.find_account(tenants, &key).await?;
        let policy = account.policy().ok_or(LoginError::UnknownAccount)?;
        let shown = self.shown();
        let facts = self.facts(self.proof(), &shown);
        let decided = identity::authenticate(&tenants.trust(), &policy, &user, &facts);
        if matches!(decided, Ok(_) | Err(AuthError::CalloutRequired)) {
            tenants.remember_user(token, &user);
        }
        match decided {
            Ok(identity) => Ok(Entry {
                account,
                policy,
                identity,
                vouched: None,
            }),
            Err(AuthError::CalloutRequired) => self.ask(tenants, account, (token, &user)).await,
            Err(error) => Err(error.into()),
        }
    }

    /// What a client showed in its TLS handshake that is a device by its certificate and brings no
    /// token: then nothing else counts.
    fn device_chain(&self) -> Option<Vec<&[u8]>> {
        let token = self.options.jwt.as_deref().unwrap_or_default();
        let shown = self.shown();
        let is_login =
            token.is_empty() && shown.first().is_some_and(|leaf| devices::is_device(leaf));
        is_login.then_some(shown)
    }

    /// What the client showed in its TLS handshake.
    pub(super) fn shown(&self) -> Vec<&[u8]> {
        let peer = self.client.tls.get();
        let certificates = peer.into_iter().flat_map(|peer| &peer.certificates);
        certificates.map(AsRef::as_ref).collect()
    }

    async fn decide_device(
        &self,
        tenants: &Arc<Tenants>,
        chain: &[&[u8]],
    ) -> Result<Entry, LoginError> {
        let leaf = chain.first().copied().unwrap_or_default();
        let name = devices::name_in(leaf).map_err(AuthError::from)?;
        let account = self.find_account(tenants, &name.account).await?;
        let policy = account.policy().ok_or(LoginError::UnknownAccount)?;
        let facts = self.facts(self.proof(), chain);
        let identity = identity::admit_device(&tenants.trust(), &policy, chain, &facts)?;
        Ok(Entry {
            account,
            policy,
            identity,
            vouched: None,
        })
    }

    /// The client's user token, or the default sentinel for a client that has none.
    fn token<'a>(
        &'a self,
        tenants: &Tenants,
    ) -> Result<(&'a str, Arc<Claims<UserBody>>), LoginError> {
        let sentinel = self.sentinel.as_deref();
        let own = self.options.jwt.as_deref();
        match own.map(|token| (token, tenants.verify_user(token))) {
            Some((token, Ok(user))) => Ok((token, user)),
            Some((_, Err(error))) if sentinel.is_none() => Err(error.into()),
            // What is no user's token may mean something to an auth callout.
            _ => {
                let token = sentinel.ok_or(LoginError::NoCredentials)?;
                Ok((token, tenants.verify_user(token)?))
            }
        }
    }

    /// An account that this connection may come into.
    pub(super) async fn find_account(
        &self,
        tenants: &Arc<Tenants>,
        key: &PublicKey,
    ) -> Result<Hold, LoginError> {
        if !tenants.admits(key) {
            let fails = &self.server.pinned_account_fails;
            fails.fetch_add(1, Ordering::Relaxed);
            return Err(LoginError::NotPinned);
        }
        let account = tenants.get_for(key, Some(self.client.ip)).await;
        let account = account.ok_or(LoginError::UnknownAccount)?;
        let is_own = || {
            account
                .policy()
                .is_some_and(|policy| policy.of_installation)
        };
        match self.only_account.is_some_and(|only| only != *key) && !is_own() {
            true => Err(LoginError::WrongListener),
            false => Ok(account),
        }
    }

    /// What the client gave for its token.
    pub(super) fn proof(&self) -> Proof<'_> {
        Proof::Nonce {
            nonce: self.nonce.as_bytes(),
            signature: self.options.sig.as_deref(),
        }
    }

    pub(super) fn facts<'a>(
        &'a self,
        proof: Proof<'a>,
        certificates: &'a [&'a [u8]],
    ) -> ConnectFacts<'a> {
        ConnectFacts {
            now: crate::clock::unix_seconds(),
            proof,
            client_ip: Some(self.client.ip),
            connection_type: self.client.listener.connection_type(),
            proxied: self.proxied,
            certificates,
            local_zone: &self.server.config.local_zone,
        }
    }
}

type Decision = (ConnectOptions, Result<Entry, LoginError>);

/// A decision in the making.
pub(super) struct Deciding(Pin<Box<dyn Future<Output = Decision> + Send>>);

impl Deciding {
    pub(super) fn new(attempt: Attempt) -> Self {
        Self(Box::pin(async move {
            let limit = attempt.server.live().limits.auth_timeout;
            let decision = tokio::time::timeout(limit, attempt.decide()).await;
            (attempt.options, decision.unwrap_or(Err(LoginError::Late)))
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
