//! The decision on a `CONNECT` where the configuration names the users, as a part of its
//! [`Attempt`].

use std::sync::Arc;

use accounts::{
    configured::{Claimed, Configured, Credentials, User},
    identity::{self, AuthError, Way},
    x509::CertificateNames,
};

use super::attempt::{Attempt, Entry, LoginError};
use crate::tenants::Tenants;

impl Attempt {
    /// Who the configuration's users are is told by what the client gave; where there is an auth
    /// callout, it has the last word.
    pub(super) async fn decide_by_configuration(
        &self,
        tenants: &Arc<Tenants>,
        configured: &Configured,
    ) -> Result<Entry, LoginError> {
        let names = self.certificate_names(configured);
        let given = self.credentials(names.as_deref());
        let error = match self.admitted(tenants, configured, &given).await {
            Ok(entry) => return Ok(entry),
            // Nobody else's word is good for the proxy.
            Err(error) if error.closed_reason().is_some() => return Err(error),
            Err(error) => error,
        };
        match configured.callout_for(&given) {
            Some(callout) => self.ask_about_stranger(tenants, callout).await,
            None => Err(error),
        }
    }

    async fn admitted(
        &self,
        tenants: &Arc<Tenants>,
        configured: &Configured,
        given: &Credentials<'_>,
    ) -> Result<Entry, LoginError> {
        let claimed = configured.logins().claimed(given)?;
        let user = self.proven(claimed).await?;
        let account = self.find_account(tenants, &user.account).await?;
        let policy = account.policy().ok_or(LoginError::UnknownAccount)?;
        let identity = identity::admit(&policy, &user, given.way)?;
        Ok(Entry {
            account,
            policy,
            identity,
            vouched: None,
        })
    }

    /// Looks at the proof; at a hashed password where nobody's messages wait for it.
    async fn proven(&self, claimed: Claimed) -> Result<Arc<User>, LoginError> {
        if !claimed.is_slow() {
            return Ok(claimed.prove()?);
        }
        let turn = self.server.hashing.turn(self.client.ip).await;
        let work = tokio::task::spawn_blocking(move || {
            let proven = claimed.prove();
            // It is kept to the end, although nobody may wait for that any more.
            drop(turn);
            proven
        });
        let proven = work.await.map_err(|_| AuthError::BadCredentials)?;
        Ok(proven?)
    }

    /// What users the client may be by its certificate, where certificates say that. Without one
    /// that can be read it is nobody.
    fn certificate_names(&self, configured: &Configured) -> Option<Vec<String>> {
        let settings = self.client.listener.tls.current();
        settings.filter(|settings| settings.map)?;
        let peer = self.client.tls.get();
        let Some(leaf) = peer.and_then(|peer| peer.certificates.first()) else {
            return Some(Vec::new());
        };
        match CertificateNames::read(leaf) {
            Ok(names) => Some(names.candidates(configured.logins().names())),
            Err(error) => {
                tracing::info!(conn.id = self.client.cid, %error, "nobody by this certificate");
                Some(Vec::new())
            }
        }
    }

    fn credentials<'a>(&'a self, certificate: Option<&'a [String]>) -> Credentials<'a> {
        let options = &self.options;
        Credentials {
            user: options.user.as_deref(),
            password: options.pass.as_deref(),
            token: options.auth_token.as_deref(),
            nkey: options.nkey.as_deref(),
            signature: options.sig.as_deref(),
            nonce: self.nonce.as_bytes(),
            way: Way {
                connection_type: self.client.listener.connection_type(),
                proxied: self.proxied,
            },
            certificate,
        }
    }
}
