//! Tokens that other libraries wrote, through the public interface.
//!
//! The fixtures were made with npm `@nats-io/jwt` 0.0.11 and PyPI `nats-jwt`, from keys whose
//! entropy is one byte repeated (operators 1 and 2, accounts 3 to 6, users 7 to 9), and expire
//! in 2100.

use std::collections::HashMap;

use accounts::jwt::{decode, encode, kind_of};
use accounts::{
    AccountBody, AccountPolicy, ActivationBody, AuthError, ClaimKind, Claims, ConnectFacts,
    ConnectionType, GenericBody, Identity, KeyKind, KeyPair, OperatorBody, Proof, PublicKey,
    SharingError, Trust, UserBody, authenticate, authorize_import, creds, find_cycle,
};

const NPM: &str = include_str!("fixtures/npm-nats-io-jwt.json");
const PYPI: &str = include_str!("fixtures/pypi-nats-jwt.json");
/// After the fixtures were made, before they expire.
const NOW: i64 = 2_000_000_000;

struct Tokens(HashMap<String, String>);

impl Tokens {
    fn npm() -> Self {
        Self(serde_json::from_str(NPM).unwrap())
    }

    fn pypi() -> Self {
        Self(serde_json::from_str(PYPI).unwrap())
    }

    fn get(&self, name: &str) -> &str {
        &self.0[name]
    }

    fn trust(&self) -> Trust {
        Trust::from_operators(&[decode::<OperatorBody>(self.get("operator")).unwrap()]).unwrap()
    }

    fn policy(&self, name: &str) -> AccountPolicy {
        self.trust().accept_account(self.get(name)).unwrap().policy
    }

    fn login(&self, name: &str, key: &KeyPair) -> Result<Identity, AuthError> {
        let claims = decode::<UserBody>(self.get(name)).unwrap();
        let signature = data_encoding::BASE64URL_NOPAD.encode(&key.sign(b"nonce"));
        let facts = ConnectFacts {
            now: NOW,
            proof: Proof::Nonce {
                nonce: b"nonce",
                signature: Some(&signature),
            },
            client_ip: Some("127.0.0.1".parse().unwrap()),
            connection_type: ConnectionType::Standard,
            proxied: false,
            certificates: &[],
            local_zone: &accounts::Zone::utc(),
        };
        authenticate(&self.trust(), &self.policy("account"), &claims, &facts)
    }
}

fn key(kind: KeyKind, n: u8) -> KeyPair {
    KeyPair::from_entropy(kind, [n; 32])
}

fn public(kind: KeyKind, n: u8) -> PublicKey {
    key(kind, n).public()
}

#[test]
fn operator_and_accounts_of_npm_are_accepted() {
    let tokens = Tokens::npm();
    let trust = tokens.trust();
    assert_eq!(trust.system_account(), Some(public(KeyKind::Account, 6)));
    let policy = tokens.policy("account");
    assert_eq!(
        (policy.key, policy.name.as_str()),
        (public(KeyKind::Account, 3), "acme")
    );
    assert_eq!(policy.limits.conn, -1);
    assert_eq!(policy.exports.len(), 2);
    for (name, kind) in [
        ("operator", ClaimKind::Operator),
        ("account", ClaimKind::Account),
        ("user", ClaimKind::User),
        ("activation", ClaimKind::Activation),
        ("generic", ClaimKind::Generic),
        ("v1_user", ClaimKind::User),
    ] {
        assert_eq!(kind_of(tokens.get(name)), Ok(kind));
    }
}

#[test]
fn users_of_npm_log_in() {
    let tokens = Tokens::npm();
    let user = tokens.login("user", &key(KeyKind::User, 7)).unwrap();
    assert_eq!((user.limits.subs, user.limits.payload), (100, 1024));
    assert_eq!(user.tags, ["team:blue"]);
    assert!(user.permissions.may_publish(b"orders.1"));
    assert!(!user.permissions.may_publish(b"orders.secret"));
    assert!(user.permissions.may_subscribe(b"orders.1", Some(b"q")));
    assert!(!user.permissions.may_subscribe(b"orders.1", None));
    let wrong_key = tokens.login("user", &key(KeyKind::User, 8)).unwrap_err();
    assert_eq!(wrong_key, AuthError::BadSignature);
    let bearer = tokens.login("bearer", &key(KeyKind::User, 99)).unwrap();
    assert!(bearer.bearer && bearer.uses_default_permissions);
    assert!(!bearer.permissions.may_publish(b"secret.x"));
    let revoked = tokens.login("revoked", &key(KeyKind::User, 9)).unwrap_err();
    assert_eq!(revoked, AuthError::Revoked);
}

#[test]
fn the_role_of_npm_is_filled_in() {
    let scoped = Tokens::npm()
        .login("scoped", &key(KeyKind::User, 8))
        .unwrap();
    assert!(scoped.permissions.may_publish(b"work.w1.a"));
    assert!(!scoped.permissions.may_publish(b"work.w2.a"));
    assert!(
        scoped
            .permissions
            .may_subscribe(b"jobs.eu", Some(b"workers"))
    );
    assert_eq!(scoped.permissions.responses().unwrap().max, 2);
}

#[test]
fn imports_of_npm_are_authorised() {
    let tokens = Tokens::npm();
    let (exporter, importer) = (tokens.policy("account"), tokens.policy("importer"));
    for import in &importer.imports {
        assert!(authorize_import(&exporter, &importer.key, import, NOW).is_ok());
        let thief = public(KeyKind::Account, 77);
        let stolen = authorize_import(&exporter, &thief, import, NOW).map(|_| ());
        let private = import.token.is_some();
        assert_eq!(
            stolen,
            if private {
                Err(SharingError::TokenImporter)
            } else {
                Ok(())
            }
        );
    }
    let mut out = Vec::new();
    assert!(importer.imports[0].to_remote.apply(b"ask.1", &mut out));
    assert_eq!(out, b"q.1");
    let policies = [&exporter, &importer];
    let imports_of = |key: &PublicKey| {
        policies
            .iter()
            .find(|policy| policy.key == *key)
            .map(|policy| (*policy).clone().into())
    };
    assert_eq!(find_cycle(&importer.key, imports_of), None);
}

#[test]
fn version_one_of_npm_is_read() {
    let tokens = Tokens::npm();
    let operator: Claims<OperatorBody> = decode(tokens.get("v1_operator")).unwrap();
    assert_eq!(operator.nats.signing_keys, [public(KeyKind::Operator, 2)]);
    let account: Claims<AccountBody> = decode(tokens.get("v1_account")).unwrap();
    assert_eq!(account.nats.limits.conn, -1);
    let user: Claims<UserBody> = decode(tokens.get("v1_user")).unwrap();
    assert_eq!(
        user.nats.rights.publish.allow.as_deref(),
        Some(&["a".to_owned()][..])
    );
    let activation: Claims<ActivationBody> = decode(tokens.get("v1_activation")).unwrap();
    assert_eq!(activation.nats.subject, "q.*");
}

#[test]
fn generic_and_creds_of_npm_are_read() {
    let tokens = Tokens::npm();
    let generic: Claims<GenericBody> = decode(tokens.get("generic")).unwrap();
    let listed = generic.nats.data["accounts"][0].as_str().unwrap();
    assert_eq!(PublicKey::parse(listed), Ok(public(KeyKind::Account, 3)));
    let user = key(KeyKind::User, 7);
    let creds = creds::parse(&with_seed(tokens.get("creds"), &user)).unwrap();
    assert_eq!(creds.jwt, tokens.get("user"));
    assert_eq!(creds.key.public(), user.public());
}

/// The fixture holds `SEED` on a line of its own instead of the seed.
fn with_seed(fixture: &str, user: &KeyPair) -> String {
    let seed = user.seed();
    let line = |line: &str| {
        if line == "SEED" {
            seed.to_string()
        } else {
            line.to_owned()
        }
    };
    fixture.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn tokens_of_pypi_log_in() {
    let tokens = Tokens::pypi();
    let identity = tokens.login("user", &key(KeyKind::User, 7)).unwrap();
    assert_eq!(identity.account, public(KeyKind::Account, 3));
    assert_eq!(identity.issuer, public(KeyKind::Account, 4));
    assert!(identity.permissions.may_publish(b"anything"));
}

#[test]
fn foreign_tokens_lose_nothing_when_written_again() {
    fn again<T: accounts::ClaimBody + PartialEq + std::fmt::Debug>(token: &str, signer: &KeyPair) {
        let claims: Claims<T> = decode(token).unwrap();
        let back: Claims<T> = decode(&encode(&claims, signer).unwrap()).unwrap();
        assert_eq!(
            Claims {
                jti: claims.jti.clone(),
                ..back
            },
            claims
        );
    }
    let tokens = Tokens::npm();
    again::<OperatorBody>(tokens.get("operator"), &key(KeyKind::Operator, 1));
    again::<AccountBody>(tokens.get("account"), &key(KeyKind::Operator, 2));
    again::<AccountBody>(tokens.get("importer"), &key(KeyKind::Operator, 2));
    again::<UserBody>(tokens.get("user"), &key(KeyKind::Account, 4));
    again::<ActivationBody>(tokens.get("activation"), &key(KeyKind::Account, 4));
    again::<GenericBody>(tokens.get("generic"), &key(KeyKind::Operator, 1));
}
