//! Tokens of every kind, the policies and logins that they lead to, and creds files.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, LazyLock};

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value, json};

use crate::claims::account::{AccountBody, AccountLimits, SigningKey};
use crate::claims::activation::ActivationBody;
use crate::claims::generic::GenericBody;
use crate::claims::operator::OperatorBody;
use crate::claims::user::{UserBody, UserPermissionLimits};
use crate::claims::validate::Issue;
use crate::creds as creds_file;
use crate::explain::{Action, Question, explain};
use crate::identity::{
    AuthError, ConnectFacts, ConnectionType, Identity, Proof, Recheck, authenticate, recheck,
};
use crate::jwt::{self, ClaimBody, ClaimKind, Claims};
use crate::nkeys::{KeyKind, KeyPair, PublicKey};
use crate::policy::AccountPolicy;
use crate::sharing::{authorize_import, find_cycle};
use crate::trust::Trust;
use crate::zone::Zone;

const NOW: i64 = 1_700_000_000;
const NONCE: &[u8] = b"nonce";

/// An operator, its account and a user, with keys that never change.
struct World {
    operator: KeyPair,
    account: KeyPair,
    /// A signing key of the account.
    role: KeyPair,
    user: KeyPair,
    /// The user's answer to [`NONCE`].
    signature: String,
    trust: Trust,
    policy: AccountPolicy,
}

static WORLD: LazyLock<World> = LazyLock::new(World::new);

impl World {
    fn new() -> Self {
        let key = |kind, n| KeyPair::from_entropy(kind, [n; 32]);
        let operator = key(KeyKind::Operator, 1);
        let account = key(KeyKind::Account, 2);
        let role = key(KeyKind::Account, 3);
        let user = key(KeyKind::User, 4);
        let claims = Claims::new(operator.public(), "operator", NOW, OperatorBody::default());
        let trust = Trust::from_operators(&[claims]).expect("an operator with its own key");
        let mut body = AccountBody {
            limits: AccountLimits::unlimited(),
            ..AccountBody::default()
        };
        body.signing_keys = vec![SigningKey::Plain(role.public())];
        let mut claims = Claims::new(account.public(), "account", NOW, body);
        claims.iss = operator.public();
        Self {
            policy: AccountPolicy::compile(&claims).expect("plain claims compile"),
            signature: BASE64URL_NOPAD.encode(&user.sign(NONCE)),
            operator,
            account,
            role,
            user,
            trust,
        }
    }

    fn log_in(
        &self,
        policy: &AccountPolicy,
        user: &Claims<UserBody>,
        signature: Option<&str>,
    ) -> Result<Identity, AuthError> {
        let facts = ConnectFacts {
            now: NOW,
            proof: Proof::Nonce {
                nonce: NONCE,
                signature,
            },
            client_ip: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            connection_type: ConnectionType::Standard,
            proxied: false,
            certificates: &[],
            local_zone: &Zone::utc(),
        };
        authenticate(&self.trust, policy, user, &facts)
    }
}

/// Fuzz target: the first byte picks a kind, the rest is its token, or the `nats` object of one
/// that is signed here. An object `top` in it goes into the payload beside `nats`.
pub fn tokens(data: &[u8]) {
    let [mode, rest @ ..] = data else { return };
    let Ok(text) = std::str::from_utf8(rest) else {
        return;
    };
    let Ok(Value::Object(body)) = serde_json::from_str(text) else {
        return check_text(text);
    };
    let old = mode & 8 != 0;
    match mode & 7 {
        0 => drop(read_back::<OperatorBody>(
            &body,
            &WORLD.operator,
            WORLD.operator.public(),
            old,
        )),
        1 | 2 => check_account(&body, old),
        3 => drop(read_back::<ActivationBody>(
            &body,
            &WORLD.account,
            WORLD.role.public(),
            old,
        )),
        4 => drop(read_back::<GenericBody>(
            &body,
            &WORLD.user,
            WORLD.user.public(),
            old,
        )),
        5 => check_role(&body),
        _ => check_user(&body, old),
    }
}

/// A text that may be a token of anybody.
fn check_text(text: &str) {
    let _ = jwt::kind_of(text);
    let _ = (
        jwt::decode::<OperatorBody>(text),
        jwt::decode::<GenericBody>(text),
    );
    let _ = jwt::decode::<ActivationBody>(text);
    let _ = WORLD.trust.accept_account(text);
    if let Ok(user) = jwt::decode::<UserBody>(text) {
        let _ = WORLD.log_in(&WORLD.policy, &user, None);
    }
}

/// Signs `body` as a token of either version.
fn sign(
    kind: ClaimKind,
    body: &Map<String, Value>,
    keys: (&KeyPair, PublicKey),
    old: bool,
) -> String {
    let (signer, subject) = keys;
    let mut body = body.clone();
    let mut top = Map::new();
    top.insert("iss".to_owned(), signer.public().to_string().into());
    top.insert("sub".to_owned(), subject.to_string().into());
    top.insert("iat".to_owned(), NOW.into());
    if let Some(Value::Object(more)) = body.remove("top") {
        top.extend(more);
    }
    let algorithm = if old {
        top.insert("type".to_owned(), kind.as_str().into());
        "ed25519"
    } else {
        body.insert("type".to_owned(), kind.as_str().into());
        body.insert("version".to_owned(), 2.into());
        "ed25519-nkey"
    };
    top.insert("nats".to_owned(), Value::Object(body));
    let header = json!({"typ": "JWT", "alg": algorithm}).to_string();
    let encode = |text: String| BASE64URL_NOPAD.encode(text.as_bytes());
    let payload = encode(Value::Object(top).to_string());
    let both = format!("{}.{payload}", encode(header));
    let signed = if old { &payload } else { &both };
    let signature = BASE64URL_NOPAD.encode(&signer.sign(signed.as_bytes()));
    format!("{both}.{signature}")
}

/// Signs, reads, writes and reads again: nothing may change on the way.
fn read_back<T: ClaimBody + PartialEq + std::fmt::Debug>(
    body: &Map<String, Value>,
    signer: &KeyPair,
    subject: PublicKey,
    old: bool,
) -> Option<Claims<T>> {
    let token = sign(T::KIND, body, (signer, subject), old);
    let claims = jwt::decode::<T>(&token).ok()?;
    // Numbers with a fraction, which no claim has, are read to the nearest place but one.
    if body.values().any(has_fraction) {
        return Some(claims);
    }
    if let Ok(written) = jwt::encode(&claims, signer) {
        let again = jwt::decode::<T>(&written);
        let again = again.expect("what is written can be read");
        assert_eq!(again.nats, claims.nats, "writing changes nothing");
        assert_eq!((again.exp, again.nbf), (claims.exp, claims.nbf));
    }
    Some(claims)
}

fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(items) => items.iter().any(has_fraction),
        Value::Object(map) => map.values().any(has_fraction),
        _ => false,
    }
}

fn is_blocked(issues: Vec<Issue>) -> bool {
    issues.iter().any(Issue::is_blocking)
}

fn check_account(body: &Map<String, Value>, old: bool) {
    let world = &*WORLD;
    let keys = (&world.operator, world.account.public());
    let Some(claims) = read_back::<AccountBody>(body, keys.0, keys.1, old) else {
        return;
    };
    let blocked = is_blocked(claims.validate(Some(NOW)));
    let token = sign(ClaimKind::Account, body, keys, old);
    let accepted = world.trust.accept_account(&token).is_ok();
    assert_eq!(accepted, !blocked, "accepted is what nothing blocks");
    if !accepted {
        return;
    }
    let policy = AccountPolicy::compile(&claims).expect("what is accepted compiles");
    for import in &policy.imports {
        let _ = authorize_import(&policy, &policy.key, import, NOW);
    }
    let policy = Arc::new(policy);
    let own = |key: &PublicKey| (*key == policy.key).then(|| Arc::clone(&policy));
    let _ = find_cycle(&policy.key, own);
    for (signer, rights) in [
        (&world.account, UserPermissionLimits::unlimited()),
        (&world.role, UserPermissionLimits::default()),
    ] {
        check_login(&policy, &user_of(signer, rights));
    }
}

fn user_of(signer: &KeyPair, rights: UserPermissionLimits) -> Claims<UserBody> {
    let world = &*WORLD;
    let body = UserBody {
        rights,
        issuer_account: Some(world.account.public()),
        tags: vec!["a:1".to_owned(), "a:2".to_owned(), "b:x y".to_owned()],
        ..UserBody::default()
    };
    let mut claims = Claims::new(world.user.public(), "user", NOW, body);
    claims.iss = signer.public();
    claims
}

fn check_user(body: &Map<String, Value>, old: bool) {
    let world = &*WORLD;
    let user = world.user.public();
    if let Some(claims) = read_back::<UserBody>(body, &world.account, user, old) {
        check_login(&world.policy, &claims);
    }
}

/// `body` as the template of a role.
fn check_role(body: &Map<String, Value>) {
    let world = &*WORLD;
    let scope = json!({"kind": "user_scope", "key": world.role.public(), "template": body});
    let Ok(scope) = serde_json::from_value::<SigningKey>(scope) else {
        return;
    };
    let body = AccountBody {
        signing_keys: vec![scope],
        limits: AccountLimits::unlimited(),
        tags: vec!["c:3".to_owned()],
        ..AccountBody::default()
    };
    let mut claims = Claims::new(world.account.public(), "account", NOW, body);
    claims.iss = world.operator.public();
    let policy = AccountPolicy::compile(&claims).expect("roles do not matter for compiling");
    check_login(
        &policy,
        &user_of(&world.role, UserPermissionLimits::default()),
    );
}

/// Whoever gets in had every right to.
fn check_login(policy: &AccountPolicy, user: &Claims<UserBody>) {
    let world = &*WORLD;
    let Ok(identity) = world.log_in(policy, user, Some(&world.signature)) else {
        assert!(
            world.log_in(policy, user, None).is_err(),
            "less proof lets nobody in"
        );
        return;
    };
    assert!(
        !is_blocked(user.validate(Some(NOW))),
        "a login with unusable claims"
    );
    assert!(user.exp == 0 || user.exp > NOW, "an expired login");
    assert!(
        identity.expires_at.is_none_or(|at| at > NOW),
        "a login without a future"
    );
    assert!(
        !policy.is_revoked(&identity.user, user.iat),
        "a revoked login"
    );
    assert_eq!(identity.account, policy.key);
    let unsigned = world.log_in(policy, user, None);
    assert_eq!(
        unsigned.is_ok(),
        identity.bearer,
        "only bearers need no signature"
    );
    let stays = recheck(&identity, &world.trust, policy, None, NOW);
    assert_eq!(stays, Ok(Recheck::Unchanged), "who may log in may stay");
    check_explained(policy, &identity);
}

/// What is explained is what is decided.
fn check_explained(policy: &AccountPolicy, identity: &Identity) {
    let permissions = &identity.permissions;
    for subject in [&b"a"[..], b"a.b", b"x.user"] {
        for (action, may) in [
            (Action::Publish, permissions.may_publish(subject)),
            (Action::Subscribe, permissions.may_subscribe(subject, None)),
        ] {
            let question = Question {
                action,
                subject,
                queue: None,
                now: NOW,
            };
            let answer = explain(policy, Some(identity), &question, |_| None);
            assert_eq!(answer.allowed, may, "{}", answer.text);
        }
    }
}

/// Fuzz target: texts as creds files, and their lines as keys.
pub fn creds(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(found) = creds_file::parse(text) {
        let file = creds_file::format(&found.jwt, &found.key.seed());
        let again = creds_file::parse(&file).expect("what is written can be read");
        assert_eq!(again.jwt, found.jwt);
        assert_eq!(again.key.public(), found.key.public());
    }
    for line in text.lines() {
        if let Ok(key) = PublicKey::parse(line) {
            assert_eq!(key.to_string(), line, "a key has one text");
        }
        if let Ok(pair) = KeyPair::from_seed(line) {
            assert_eq!(pair.seed().as_str(), line, "a seed has one text");
        }
    }
}
