//! Who may import what, and which imports lead back.

use std::collections::HashMap;

use super::*;
use crate::claims::account::{AccountBody, ExportClaim, ImportClaim, SigningKey, WeightedMapping};
use crate::jwt;
use crate::testing::{NOW, account, policy};

const EXPORTER: u8 = 1;
const IMPORTER: u8 = 2;
const OTHER: u8 = 3;

fn export(subject: &str, change: impl FnOnce(&mut ExportClaim)) -> ExportClaim {
    let mut export = ExportClaim::new(ShareKind::Stream, subject);
    change(&mut export);
    export
}

fn exporter(exports: &[ExportClaim]) -> AccountPolicy {
    policy(EXPORTER, |body| body.exports = exports.to_vec())
}

/// The import of account `IMPORTER`, with the activation token of `token` if any.
fn import(subject: &str, token: Option<String>) -> Import {
    let mut claim = ImportClaim::new(ShareKind::Stream, account(EXPORTER).public(), subject);
    claim.token = token.unwrap_or_default();
    crate::policy::compile_import(&claim).unwrap()
}

fn ask(exporter: &AccountPolicy, import: &Import) -> Result<(), SharingError> {
    authorize_import(exporter, &account(IMPORTER).public(), import, NOW).map(|_| ())
}

fn activation(change: impl FnOnce(&mut Claims<ActivationBody>), signer: u8) -> Option<String> {
    let body = ActivationBody {
        subject: "a.>".to_owned(),
        kind: ShareKind::Stream,
        issuer_account: None,
        tags: Vec::new(),
        extra: serde_json::Map::new(),
    };
    let mut claims = Claims::new(account(IMPORTER).public(), "act", NOW - 10, body);
    change(&mut claims);
    Some(jwt::encode(&claims, &account(signer)).unwrap())
}

#[test]
fn public_exports_give_what_they_contain() {
    let exporter = exporter(&[export("a.*", |_| {}), export("b.>", |_| {})]);
    for good in ["a.*", "a.x", "b.>", "b.x.*"] {
        assert_eq!(ask(&exporter, &import(good, None)), Ok(()), "{good}");
    }
    for bad in ["a.>", ">", "*", "a", "c", "*.x"] {
        assert_eq!(
            ask(&exporter, &import(bad, None)),
            Err(SharingError::NotExported),
            "{bad}"
        );
    }
    let service = ImportClaim::new(ShareKind::Service, account(EXPORTER).public(), "a.x");
    let service = crate::policy::compile_import(&service).unwrap();
    assert_eq!(
        ask(&exporter, &service),
        Err(SharingError::NotExported),
        "another kind"
    );
    let elsewhere = ImportClaim::new(ShareKind::Stream, account(OTHER).public(), "a.x");
    let elsewhere = crate::policy::compile_import(&elsewhere).unwrap();
    assert_eq!(ask(&exporter, &elsewhere), Err(SharingError::OtherExporter));
}

#[test]
fn an_expired_exporter_gives_nothing() {
    let mut claims = crate::testing::account_claims(EXPORTER, |body| {
        body.exports = vec![export("a", |_| {})];
    });
    claims.exp = NOW;
    let exporter = AccountPolicy::compile(&claims).unwrap();
    assert_eq!(
        ask(&exporter, &import("a", None)),
        Err(SharingError::ExporterExpired)
    );
}

/// An exporter of `a.>` to holders of a token.
fn private(change: impl FnOnce(&mut ExportClaim)) -> AccountPolicy {
    exporter(&[export("a.>", |export| {
        export.token_req = true;
        change(export);
    })])
}

/// Asks for `a.b` with a token.
fn ask_with(exporter: &AccountPolicy, token: Option<String>) -> Result<(), SharingError> {
    ask(exporter, &import("a.b", token))
}

#[test]
fn a_private_export_wants_a_token_of_its_account() {
    use SharingError::{TokenIssuer, TokenMissing};
    let private = private(|_| {});
    let signing = 100 + EXPORTER;
    let named = |claims: &mut Claims<ActivationBody>| {
        claims.nats.issuer_account = Some(account(EXPORTER).public());
    };
    let elsewhere = |claims: &mut Claims<ActivationBody>| {
        claims.nats.issuer_account = Some(account(OTHER).public());
    };
    for (token, expected) in [
        (None, Err(TokenMissing)),
        (activation(|_| {}, EXPORTER), Ok(())),
        (activation(named, EXPORTER), Ok(())),
        (activation(named, signing), Ok(())),
        (activation(|_| {}, signing), Err(TokenIssuer)),
        (activation(|_| {}, OTHER), Err(TokenIssuer)),
        (activation(named, OTHER), Err(TokenIssuer)),
        (activation(elsewhere, EXPORTER), Err(TokenIssuer)),
    ] {
        assert_eq!(ask_with(&private, token), expected);
    }
}

/// A token is for one importer, kind and subject, and for a time.
#[test]
fn a_token_is_good_for_what_it_says() {
    use SharingError as E;
    let private = private(|_| {});
    let stolen = activation(|c| c.sub = account(OTHER).public().to_string(), EXPORTER);
    assert_eq!(ask_with(&private, stolen), Err(E::TokenImporter));
    let kind = activation(|c| c.nats.kind = ShareKind::Service, EXPORTER);
    assert_eq!(ask_with(&private, kind), Err(E::TokenKind));
    for subject in ["a.c", "b.>", "", "a..b"] {
        let narrow = activation(|c| c.nats.subject = subject.to_owned(), EXPORTER);
        assert_eq!(
            ask_with(&private, narrow),
            Err(E::TokenSubject),
            "{subject}"
        );
    }
    for (exp, nbf, expected) in [
        (NOW, 0, Err(E::TokenTime)),
        (NOW + 1, NOW, Ok(())),
        (0, NOW + 1, Err(E::TokenTime)),
    ] {
        let token = activation(|c| (c.exp, c.nbf) = (exp, nbf), EXPORTER);
        assert_eq!(ask_with(&private, token), expected);
    }
}

#[test]
fn tokens_are_revoked_by_importer_or_all() {
    let revoking = |who: String, at| private(|export| export.revocations.extend([(who, at)]));
    let importer = account(IMPORTER).public().to_string();
    // The token was issued ten seconds ago.
    for (exporter, expected) in [
        (
            revoking(importer.clone(), NOW - 10),
            Err(SharingError::TokenRevoked),
        ),
        (revoking(importer, NOW - 11), Ok(())),
        (
            revoking("*".to_owned(), NOW),
            Err(SharingError::TokenRevoked),
        ),
        (revoking(account(OTHER).public().to_string(), NOW), Ok(())),
    ] {
        assert_eq!(ask_with(&exporter, activation(|_| {}, EXPORTER)), expected);
    }
}

#[test]
fn a_scoped_key_activates_nothing() {
    let scoped: SigningKey = serde_json::from_value(serde_json::json!({
        "kind": "user_scope", "key": account(9).public(), "template": {},
    }))
    .unwrap();
    let exporter = policy(EXPORTER, |body| {
        body.signing_keys = vec![scoped];
        body.exports = vec![export("a.>", |export| export.token_req = true)];
    });
    let token = activation(
        |c| c.nats.issuer_account = Some(account(EXPORTER).public()),
        9,
    );
    assert_eq!(
        ask(&exporter, &import("a.b", token)),
        Err(SharingError::TokenIssuer)
    );
}

#[test]
fn an_account_token_must_be_the_importer_and_literal() {
    let exporter = exporter(&[export("a.*.x", |export| export.account_token_position = 2)]);
    let own = format!("a.{}.x", account(IMPORTER).public());
    let others = format!("a.{}.x", account(OTHER).public());
    assert_eq!(ask(&exporter, &import(&own, None)), Ok(()));
    for bad in [others.as_str(), "a.*.x"] {
        assert_eq!(
            ask(&exporter, &import(bad, None)),
            Err(SharingError::AccountToken)
        );
    }
}

/// A public export does not open the part of a private one that it overlaps.
#[test]
fn all_covering_exports_must_agree() {
    let private = export("*.b", |export| export.token_req = true);
    let exporter = exporter(&[export("a.*", |_| {}), private]);
    assert_eq!(
        ask(&exporter, &import("a.b", None)),
        Err(SharingError::TokenMissing)
    );
    assert_eq!(ask(&exporter, &import("a.c", None)), Ok(()));
}

/// Imports are written as (importer, local subject, exporter, exporter's subject).
fn cycle(kind: ShareKind, start: u8, imports: &[(u8, &str, u8, &str)]) -> Option<Vec<PublicKey>> {
    mapped_cycle(kind, start, imports, &[])
}

/// Mappings are written as (account, source, destination).
fn mapped_cycle(
    kind: ShareKind,
    start: u8,
    imports: &[(u8, &str, u8, &str)],
    mappings: &[(u8, &str, &str)],
) -> Option<Vec<PublicKey>> {
    let mut bodies: HashMap<u8, AccountBody> = HashMap::new();
    for (account, source, destination) in mappings {
        let destination = WeightedMapping {
            subject: (*destination).to_owned(),
            ..WeightedMapping::default()
        };
        let mappings = &mut bodies.entry(*account).or_default().mappings;
        mappings.insert((*source).to_owned(), vec![destination]);
    }
    for (importer, local, exporter, remote) in imports {
        let mut import = ImportClaim::new(kind, account(*exporter).public(), *remote);
        import.local_subject = (*local).to_owned();
        bodies.entry(*importer).or_default().imports.push(import);
    }
    let policies: HashMap<PublicKey, Arc<AccountPolicy>> = bodies
        .into_iter()
        .map(|(n, body)| {
            (
                account(n).public(),
                Arc::new(policy(n, |into| *into = body)),
            )
        })
        .collect();
    find_cycle(&account(start).public(), |key| policies.get(key).cloned())
}

#[test]
fn cycles_are_found() {
    for kind in [ShareKind::Service, ShareKind::Stream] {
        for imports in [
            &[(1, "a", 1, "a")][..],
            &[(1, "a", 2, "a"), (2, "a", 1, "a")],
            &[(1, "a", 2, "b"), (2, "b", 3, "c"), (3, "c", 1, "a")],
            &[(1, "a.*", 2, "b.*"), (2, "b.x", 1, "a.y")],
            &[(1, "a.>", 2, "b.>"), (2, "b.>", 1, "a.x.>")],
            &[(1, "x", 2, "x"), (1, "a", 2, "b"), (2, "b", 1, "a")],
            // The start is not on the cycle, but leads to it.
            &[(1, "a", 2, "b"), (2, "b", 3, "c"), (3, "c", 2, "b")],
            &[(1, "a.$2.$1", 2, "b.*.*"), (2, "b.*.*", 1, "a.*.*")],
        ] {
            assert!(cycle(kind, 1, imports).is_some(), "{imports:?}");
        }
    }
    let path = cycle(ShareKind::Service, 1, &[(1, "a", 2, "b"), (2, "b", 1, "a")]).unwrap();
    assert_eq!(path, [account(1).public(), account(2).public()]);
}

#[test]
fn chains_that_do_not_come_back_are_fine() {
    for imports in [
        &[][..],
        &[(1, "a", 1, "b")],
        &[(1, "a", 2, "a"), (2, "b", 1, "b")],
        &[(1, "a", 2, "b"), (2, "b", 3, "c")],
        &[(1, "a", 2, "b"), (2, "c", 1, "a")],
        &[(1, "a.x", 2, "b.x"), (2, "b.*", 1, "c.*")],
        &[(1, "a", 2, "b"), (2, "b", 1, "c"), (1, "c", 2, "d")],
    ] {
        assert_eq!(cycle(ShareKind::Service, 1, imports), None, "{imports:?}");
    }
}

#[test]
fn cycles_that_a_mapping_closes_are_found() {
    let service = ShareKind::Service;
    // A request on `a` comes into 2 as `b`, which goes on as the mapping has it.
    for (mapped, back) in [
        (("b", "c"), ("c", "a")),
        (("b", "c.{{random(9)}}"), ("c.*", "a.*")),
        (("*", "c.$1"), ("c.b", "a")),
        (("*", "c.{{partition(3,1)}}"), ("c.*", "a.*")),
        (("*", "{{split(1,-)}}"), ("b", "a")),
    ] {
        let first = if back.1 == "a" {
            ("a", "b")
        } else {
            ("a.*", "*")
        };
        let imports = [(1, first.0, 2, first.1), (2, back.0, 1, back.1)];
        let mappings = [(2, mapped.0, mapped.1)];
        let found = mapped_cycle(service, 1, &imports, &mappings);
        let path = [account(1).public(), account(2).public()];
        assert_eq!(found.as_deref(), Some(&path[..]), "{mapped:?} {back:?}");
    }
    // The importer's own mapping brings the request back under the imported name.
    let imports = [(1, "a", 2, "b"), (2, "b", 1, "x.y")];
    assert!(mapped_cycle(service, 1, &imports, &[(1, "x.*", "a")]).is_some());
    assert!(mapped_cycle(service, 1, &imports, &[(1, "x.*", "z")]).is_none());
    // Streams are mapped where they are published.
    let imports = [(1, "a", 2, "b"), (2, "c", 1, "a")];
    assert!(mapped_cycle(ShareKind::Stream, 1, &imports, &[(2, "b", "c")]).is_none());
    // A mapping may also lead out of a cycle; and one of a part leaves the rest.
    let imports = [(1, "a.*", 2, "b.*"), (2, "b.*", 1, "a.*")];
    assert!(mapped_cycle(service, 1, &imports, &[(2, "b.>", "out.>")]).is_none());
    assert!(mapped_cycle(service, 1, &imports, &[(2, "b.x", "out")]).is_some());
}

#[test]
fn long_searches_end() {
    let long: Vec<(u8, &str, u8, &str)> = (1..=99).map(|n| (n, "a", n + 1, "a")).collect();
    assert!(
        cycle(ShareKind::Service, 1, &long).is_some(),
        "too long counts as a cycle"
    );
    assert!(cycle(ShareKind::Service, 60, &long).is_none());
    // Each layer doubles the ways through it; they are walked once.
    let layers: Vec<(u8, &str, u8, &str)> = (1..40)
        .flat_map(|n| {
            [
                (n, "a", n + 1, "a"),
                (n, "*", n + 1, "b"),
                (n, "b", n + 1, "a"),
            ]
        })
        .map(|(n, local, next, remote)| (n, if local == "*" { "c" } else { local }, next, remote))
        .collect();
    assert!(cycle(ShareKind::Service, 1, &layers).is_none());
}
