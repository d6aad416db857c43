//! Whom we trust, and which token may replace which.

use super::*;
use crate::claims::account::{ExportClaim, ImportClaim, ShareKind, TidegateExtra};
use crate::claims::activation::ActivationBody;
use crate::nkeys::KeyPair;
use crate::testing::{NOW, account, account_claims, key, operator, signed, trust};

fn operator_claims(
    signer: &KeyPair,
    change: impl FnOnce(&mut OperatorBody),
) -> Claims<OperatorBody> {
    let mut body = OperatorBody::default();
    change(&mut body);
    signed(
        &Claims::new(key(KeyKind::Operator, 1).public(), "op", NOW, body),
        signer,
    )
}

fn token(n: u8, generation: Option<u64>, iat: i64) -> String {
    let mut claims = account_claims(n, |body| {
        body.tidegate = generation.map(|generation| TidegateExtra {
            generation,
            ..TidegateExtra::default()
        });
    });
    claims.iat = iat;
    jwt::encode(&claims, &operator()).unwrap()
}

#[test]
fn operators_must_stand_on_their_own_keys() {
    let identity = key(KeyKind::Operator, 1);
    assert_eq!(
        Trust::from_operators(&[]).unwrap_err(),
        TrustError::NoOperator
    );
    let foreign = operator_claims(&key(KeyKind::Operator, 9), |_| {});
    assert!(matches!(
        Trust::from_operators(&[foreign]),
        Err(TrustError::ForeignIssuer(_))
    ));
    let wrong = operator_claims(&identity, |body| {
        body.signing_keys = vec![account(1).public()]
    });
    assert!(matches!(
        Trust::from_operators(&[wrong]),
        Err(TrustError::SigningKey(..))
    ));
    let wrong = operator_claims(&identity, |body| {
        body.system_account = Some(identity.public());
    });
    assert!(matches!(
        Trust::from_operators(&[wrong]),
        Err(TrustError::SystemAccount(_))
    ));
    let good = operator_claims(&identity, |body| {
        body.system_account = Some(account(9).public())
    });
    let trust = Trust::from_operators(&[good]).unwrap();
    assert!(trust.trusts(&identity.public()) && !trust.is_strict());
    assert_eq!(trust.system_account(), Some(account(9).public()));
}

#[test]
fn a_strict_operator_signs_with_signing_keys_only() {
    let trust = trust(true);
    assert!(trust.is_strict() && trust.is_strict_for(&operator().public()));
    assert!(trust.trusts(&operator().public()));
    assert!(!trust.trusts(&key(KeyKind::Operator, 1).public()));
}

#[test]
fn only_trusted_and_valid_accounts_are_accepted() {
    let trust = trust(false);
    let claims = account_claims(1, |_| {});
    let by = |signer: &KeyPair| trust.accept_account(&jwt::encode(&claims, signer).unwrap());
    assert_eq!(
        by(&operator()).unwrap().claims.subject(),
        account(1).public()
    );
    assert!(by(&key(KeyKind::Operator, 1)).is_ok());
    for signer in [key(KeyKind::Operator, 8), account(1)] {
        assert!(matches!(by(&signer), Err(AcceptError::NotTrusted { .. })));
    }
    let invalid = account_claims(1, |body| {
        body.exports
            .push(ExportClaim::new(ShareKind::Stream, "a..b"));
    });
    let error = trust
        .accept_account(&jwt::encode(&invalid, &operator()).unwrap())
        .unwrap_err();
    assert!(matches!(error, AcceptError::Invalid { .. }), "{error}");
    assert!(matches!(
        trust.accept_account("junk"),
        Err(AcceptError::Token(_))
    ));
}

/// An activation for somebody else is refused before the token is stored.
#[test]
fn foreign_activations_block() {
    let trust = trust(false);
    let offer = |importer: u8, subject: &str, signer: u8| {
        let body = ActivationBody {
            subject: subject.to_owned(),
            kind: ShareKind::Stream,
            issuer_account: None,
            tags: Vec::new(),
            extra: serde_json::Map::new(),
        };
        let activation = Claims::new(account(importer).public(), "act", NOW, body);
        let claims = account_claims(1, |body| {
            let mut import = ImportClaim::new(ShareKind::Stream, account(2).public(), "a.b");
            import.token = jwt::encode(&activation, &account(signer)).unwrap();
            body.imports.push(import);
        });
        trust.accept_account(&jwt::encode(&claims, &operator()).unwrap())
    };
    assert!(offer(1, "a.>", 2).is_ok());
    for (importer, subject, signer) in [(3, "a.>", 2), (1, "b.>", 2), (1, "a.>", 3)] {
        assert!(matches!(
            offer(importer, subject, signer),
            Err(AcceptError::Invalid { .. })
        ));
    }
}

fn replaces(trust: &Trust, current: &str, offered: &str) -> Result<(), AcceptError> {
    let current = trust.accept_account(current)?.claims;
    may_replace(&current, &trust.accept_account(offered)?.claims)
}

#[test]
fn generations_only_grow() {
    let trust = trust(false);
    let stored = token(1, Some(5), NOW);
    let update = |new: &str| replaces(&trust, &stored, new);
    assert_eq!(update(&stored), Ok(()), "the same token again");
    assert_eq!(update(&token(1, Some(6), NOW - 100)), Ok(()));
    let older = AcceptError::OlderGeneration {
        current: 5,
        offered: 4,
    };
    assert_eq!(update(&token(1, Some(4), NOW + 100)), Err(older));
    let same = AcceptError::SameGeneration { generation: 5 };
    assert_eq!(update(&token(1, Some(5), NOW - 1)), Err(same));
    assert_eq!(
        update(&token(1, Some(5), NOW + 1)),
        Ok(()),
        "signed again, later"
    );
}

#[test]
fn without_generations_the_time_of_issue_counts() {
    let trust = trust(false);
    for (stored, offered) in [(None, None), (Some(5), None), (None, Some(1))] {
        let current = token(1, stored, NOW);
        let update = |iat| replaces(&trust, &current, &token(1, offered, iat));
        let older = AcceptError::OlderIssue {
            current: NOW,
            offered: NOW - 1,
        };
        assert_eq!(update(NOW - 1), Err(older));
        assert_eq!(update(NOW), Ok(()));
        assert_eq!(update(NOW + 1), Ok(()));
    }
}

#[test]
fn another_account_never_replaces_one() {
    let trust = trust(false);
    let error = replaces(&trust, &token(1, None, NOW), &token(2, Some(9), NOW + 9));
    assert!(matches!(error, Err(AcceptError::OtherAccount { .. })));
}
