//! A small world for tests: an operator, accounts and users with fixed keys.

use crate::claims::account::{AccountBody, AccountLimits, SigningKey};
use crate::claims::operator::OperatorBody;
use crate::claims::user::{UserBody, UserPermissionLimits};
use crate::jwt::{self, ClaimBody, Claims};
use crate::nkeys::{KeyKind, KeyPair, PublicKey};
use crate::policy::AccountPolicy;
use crate::trust::Trust;

/// The time in tests, unix seconds; 2023-11-14 22:13:20 UTC.
pub(crate) const NOW: i64 = 1_700_000_000;

pub(crate) fn key(kind: KeyKind, n: u8) -> KeyPair {
    KeyPair::from_entropy(kind, [n; 32])
}

/// The operator's identity is operator key 1, its signing key is operator key 2.
pub(crate) fn operator() -> KeyPair {
    key(KeyKind::Operator, 2)
}

pub(crate) fn account(n: u8) -> KeyPair {
    key(KeyKind::Account, n)
}

pub(crate) fn user(n: u8) -> KeyPair {
    key(KeyKind::User, n)
}

pub(crate) fn trust(strict: bool) -> Trust {
    let identity = key(KeyKind::Operator, 1);
    let body = OperatorBody {
        signing_keys: vec![operator().public()],
        strict_signing_key_usage: strict,
        ..OperatorBody::default()
    };
    let claims = signed(&Claims::new(identity.public(), "op", NOW, body), &identity);
    Trust::from_operators(&[claims]).unwrap()
}

/// What a reader of the signed token gets.
pub(crate) fn signed<T: ClaimBody>(claims: &Claims<T>, signer: &KeyPair) -> Claims<T> {
    jwt::decode(&jwt::encode(claims, signer).unwrap()).unwrap()
}

/// Claims of account `n`: unlimited, account key 100 + n as signing key.
pub(crate) fn account_claims(n: u8, change: impl FnOnce(&mut AccountBody)) -> Claims<AccountBody> {
    let mut body = AccountBody {
        limits: AccountLimits::unlimited(),
        signing_keys: vec![SigningKey::Plain(account(100 + n).public())],
        ..AccountBody::default()
    };
    change(&mut body);
    signed(
        &Claims::new(account(n).public(), format!("account-{n}"), NOW, body),
        &operator(),
    )
}

pub(crate) fn policy(n: u8, change: impl FnOnce(&mut AccountBody)) -> AccountPolicy {
    AccountPolicy::compile(&account_claims(n, change)).unwrap()
}

/// User `n` of account `of`, signed by `signer`.
pub(crate) fn user_claims(
    n: u8,
    of: PublicKey,
    signer: &KeyPair,
    rights: UserPermissionLimits,
) -> Claims<UserBody> {
    let issuer_account = (of != signer.public()).then_some(of);
    let body = UserBody {
        rights,
        issuer_account,
        ..UserBody::default()
    };
    let mut claims = Claims::new(user(n).public(), format!("user-{n}"), NOW, body);
    claims.exp = NOW + 3600;
    signed(&claims, signer)
}
