//! Operators, accounts and users made here, for suites that need a broker but no API.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use accounts::{
    AccountBody, AccountLimits, Claims, GenericBody, KeyKind, KeyPair, OperatorBody, PublicKey,
    TidegateExtra, UserBody, UserPermissionLimits, creds, jwt,
};
use data_encoding::BASE64URL_NOPAD;
use serde_json::json;

/// The time now, in Unix seconds.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.expect("the clock is past 1970").as_secs();
    i64::try_from(seconds).expect("seconds fit for a long time")
}

/// A fresh key pair.
pub fn keys(kind: KeyKind) -> KeyPair {
    let mut entropy = [0; 32];
    getrandom::fill(&mut entropy).expect("the system has entropy");
    KeyPair::from_entropy(kind, entropy)
}

/// An operator with its system account.
#[derive(Debug)]
pub struct Operator {
    pub keys: KeyPair,
    pub system: Tenant,
}

impl Default for Operator {
    fn default() -> Self {
        Self {
            keys: keys(KeyKind::Operator),
            system: Tenant::new("SYS"),
        }
    }
}

impl Operator {
    /// The operator's own JWT.
    pub fn jwt(&self) -> String {
        let body = OperatorBody {
            system_account: Some(self.system.public()),
            ..OperatorBody::default()
        };
        let claims = Claims::new(self.keys.public(), "test operator", now(), body);
        jwt::encode(&claims, &self.keys).expect("encode an operator JWT")
    }

    /// The JWT of `tenant` as it stands, signed by this operator.
    pub fn account_jwt(&self, tenant: &Tenant) -> String {
        jwt::encode(&tenant.claims(), &self.keys).expect("encode an account JWT")
    }

    /// A signed wish that these accounts be deleted.
    pub fn delete_request(&self, tenants: &[&Tenant]) -> String {
        let keys: Vec<_> = tenants.iter().map(|tenant| tenant.public()).collect();
        let mut body = GenericBody::default();
        body.data.insert("accounts".to_owned(), json!(keys));
        let claims = Claims::new(self.keys.public(), "delete", now(), body);
        jwt::encode(&claims, &self.keys).expect("encode a request")
    }

    /// Config lines for a server that knows these tenants from memory.
    pub fn memory_config(&self, tenants: &[&Tenant]) -> String {
        let mut text = format!("operator: {}\nresolver: MEMORY\n", self.jwt());
        text.push_str(&self.preload(tenants));
        text
    }

    /// Config lines for a server with a resolver directory (relative to where it runs).
    pub fn directory_config(&self, tenants: &[&Tenant], allow_delete: bool) -> String {
        let resolver = format!("{{ type: full, dir: \"jwt\", allow_delete: {allow_delete} }}");
        let mut text = format!("operator: {}\nresolver: {resolver}\n", self.jwt());
        text.push_str(&self.preload(tenants));
        text
    }

    /// The config lines that name the system account and these tenants.
    pub fn preload(&self, tenants: &[&Tenant]) -> String {
        let mut text = format!(
            "system_account: {}\nresolver_preload: {{\n",
            self.system.public()
        );
        for tenant in [&self.system].into_iter().chain(tenants.iter().copied()) {
            let _ = writeln!(text, "  {}: {}", tenant.public(), self.account_jwt(tenant));
        }
        text.push_str("}\n");
        text
    }
}

/// An account that this process holds the keys of. Change `body` and sign it anew to update it.
#[derive(Debug)]
pub struct Tenant {
    pub name: String,
    pub keys: KeyPair,
    pub body: AccountBody,
    /// When it expires; 0 = never.
    pub expires_at: i64,
    /// When it begins to hold; 0 = at once.
    pub starts_at: i64,
    /// When it says that it was issued; `None` = when it is signed.
    pub issued_at: Option<i64>,
}

impl Tenant {
    /// A tenant without limits.
    pub fn new(name: &str) -> Self {
        let body = AccountBody {
            limits: AccountLimits::unlimited(),
            ..AccountBody::default()
        };
        let keys = keys(KeyKind::Account);
        Self {
            name: name.to_owned(),
            keys,
            body,
            expires_at: 0,
            starts_at: 0,
            issued_at: None,
        }
    }

    /// The account's public key.
    pub fn public(&self) -> PublicKey {
        self.keys.public()
    }

    /// Puts the generation into the claims that our broker compares.
    pub fn set_generation(&mut self, generation: u64) {
        self.tidegate().generation = generation;
    }

    /// What the claims say to Tidegate alone.
    pub fn tidegate(&mut self) -> &mut TidegateExtra {
        self.body.tidegate.get_or_insert_default()
    }

    /// Revokes `user`'s JWTs that were issued up to `at`.
    pub fn revoke(&mut self, user: &PublicKey, at: i64) {
        self.body.revocations.insert(user.to_string(), at);
    }

    fn claims(&self) -> Claims<AccountBody> {
        let issued_at = self.issued_at.unwrap_or_else(now);
        let mut claims = Claims::new(
            self.public(),
            self.name.clone(),
            issued_at,
            self.body.clone(),
        );
        claims.exp = self.expires_at;
        claims.nbf = self.starts_at;
        claims
    }

    /// A user without restrictions.
    pub fn user(&self, name: &str) -> User {
        self.user_with(name, |_| {})
    }

    /// A user whose claims `shape` has changed before they are signed.
    pub fn user_with(&self, name: &str, shape: impl FnOnce(&mut Claims<UserBody>)) -> User {
        let rights = UserPermissionLimits::unlimited();
        sign_user(name, rights, None, &self.keys, shape)
    }

    /// A user of the role that `signer` stands for: all that it may do is in the role's template.
    pub fn role_user(
        &self,
        signer: &KeyPair,
        name: &str,
        shape: impl FnOnce(&mut Claims<UserBody>),
    ) -> User {
        let rights = UserPermissionLimits::default();
        sign_user(name, rights, Some(self.public()), signer, shape)
    }
}

fn sign_user(
    name: &str,
    rights: UserPermissionLimits,
    issuer_account: Option<PublicKey>,
    signer: &KeyPair,
    shape: impl FnOnce(&mut Claims<UserBody>),
) -> User {
    let keys = keys(KeyKind::User);
    let body = UserBody {
        rights,
        issuer_account,
        ..UserBody::default()
    };
    let mut claims = Claims::new(keys.public(), name, now(), body);
    shape(&mut claims);
    let jwt = jwt::encode(&claims, signer).expect("encode a user JWT");
    User { keys, jwt }
}

/// A user's credentials.
#[derive(Debug)]
pub struct User {
    pub keys: KeyPair,
    pub jwt: String,
}

impl User {
    /// Reads a creds file's text.
    pub fn from_creds(text: &str) -> anyhow::Result<Self> {
        let creds = creds::parse(text)?;
        Ok(Self {
            keys: creds.key,
            jwt: creds.jwt,
        })
    }

    /// The text of a creds file.
    pub fn creds(&self) -> String {
        creds::format(&self.jwt, &self.keys.seed()).to_string()
    }

    /// The public key.
    pub fn public(&self) -> PublicKey {
        self.keys.public()
    }

    /// The base64 text that answers the server's nonce.
    pub fn sign(&self, nonce: &str) -> String {
        BASE64URL_NOPAD.encode(&self.keys.sign(nonce.as_bytes()))
    }

    /// A CONNECT operation that logs this user in.
    pub fn connect_operation(&self, nonce: &str, more: &serde_json::Value) -> String {
        let mut options = json!({
            "verbose": false, "pedantic": false, "lang": "tests", "version": "1", "protocol": 0,
            "headers": true, "no_responders": true, "jwt": self.jwt, "sig": self.sign(nonce),
        });
        merge(&mut options, more);
        format!("CONNECT {options}\r\n")
    }
}

/// Overwrites fields of the object `into` with those of `from`; null removes one.
pub(crate) fn merge(into: &mut serde_json::Value, from: &serde_json::Value) {
    let (Some(into), Some(from)) = (into.as_object_mut(), from.as_object()) else {
        return;
    };
    for (key, value) in from {
        if value.is_null() {
            into.remove(key);
        } else {
            into.insert(key.clone(), value.clone());
        }
    }
}

/// The URL that clients use for a broker at `addr`.
pub fn url(addr: SocketAddr) -> String {
    format!("nats://{addr}")
}
