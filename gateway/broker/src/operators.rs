//! Other operators, or the same ones with other keys, while the broker runs.

use accounts::trust::Trust;

use crate::config::Auth;
use crate::handle::{Broker, StartError, operators_for};

/// Why other operators are not trusted in the place of those from the start.
#[derive(Debug, thiserror::Error)]
pub enum TrustOthersError {
    /// Their claims are not usable.
    #[error("{0}")]
    Operators(#[from] StartError),
    /// There are none here.
    #[error("accounts and users are configured here: no operator is trusted")]
    Configured,
    /// The system account cannot become another one while the server runs.
    #[error("the system account cannot be changed while the server runs: restart it")]
    SystemAccount,
}

impl Broker {
    /// Trusts these operators from now on: the same ones with other keys, as a rule. Who is
    /// connected
    /// stays; accounts that are read or come from now on are judged by the new ones.
    ///
    /// # Errors
    /// When their claims are not usable or name another system account; nothing is changed then.
    pub fn trust_operators(&self, tokens: Vec<String>) -> Result<(), TrustOthersError> {
        let server = &self.server;
        if !matches!(server.config.auth, Auth::Operator { .. }) {
            return Err(TrustOthersError::Configured);
        }
        let operators = operators_for(&server.config.version, &tokens)?;
        let trust = Trust::from_operators(&operators).map_err(StartError::from)?;
        if let (Some(old), Some(new)) = (server.tenants.system_account(), trust.system_account())
            && old != new
        {
            return Err(TrustOthersError::SystemAccount);
        }
        server.tenants.set_trust(trust);
        *server.operators.write() = tokens;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use accounts::claims::operator::OperatorBody;
    use accounts::jwt::{self, Claims};
    use accounts::nkeys::{KeyKind, KeyPair, PublicKey};

    use super::*;
    use crate::config::{Config, Resolver, Trusted};

    fn key(byte: u8) -> PublicKey {
        KeyPair::from_entropy(KeyKind::Operator, [byte; 32]).public()
    }

    fn token(signing_keys: &[PublicKey], system: u8) -> String {
        let operator = KeyPair::from_entropy(KeyKind::Operator, [1; 32]);
        let system = KeyPair::from_entropy(KeyKind::Account, [system; 32]).public();
        let body = OperatorBody {
            system_account: Some(system),
            signing_keys: signing_keys.to_vec(),
            strict_signing_key_usage: true,
            ..OperatorBody::default()
        };
        let claims = Claims::new(operator.public(), "operator", 1, body);
        jwt::encode(&claims, &operator).unwrap()
    }

    #[tokio::test]
    async fn keys_come_and_go_while_the_broker_runs() {
        let auth = Auth::Operator {
            trusted: Trusted::Operators(vec![token(&[key(2)], 9)]),
            system_account: None,
            resolver: Resolver::Memory {
                preload: Vec::new(),
            },
            default_sentinel: None,
            pinned: None,
        };
        let config = Config {
            auth,
            ..Config::default()
        };
        let broker = Broker::start(config).unwrap();
        let trusts = |key| broker.server.tenants.trust().trusts(&key);
        assert!(trusts(key(2)) && !trusts(key(3)));
        let both = token(&[key(2), key(3)], 9);
        broker.trust_operators(vec![both.clone()]).unwrap();
        assert!(trusts(key(2)) && trusts(key(3)));
        assert_eq!(*broker.server.operators.read(), [both]);
        for (tokens, expected) in [
            (vec![token(&[key(3)], 8)], "system account"),
            (vec!["nonsense".to_owned()], "operator"),
            (Vec::new(), "operator"),
        ] {
            let error = broker.trust_operators(tokens).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            assert!(trusts(key(2)), "nothing has changed");
        }
        broker.trust_operators(vec![token(&[key(3)], 9)]).unwrap();
        assert!(!trusts(key(2)) && trusts(key(3)));
    }
}
