//! Who gets in. Every refusal reads the same and closes; nobody lands anywhere by default.

use accounts::{Claims, KeyKind, KeyPair, UserBody, UserPermissionLimits, jwt};
use anyhow::Result;
use serde_json::json;
use tests::mint::{Operator, Tenant, User, keys, now};
use tests::{Broker, Frame, Which, Wire};

use super::{broker_with, login_is_refused};
use crate::both::on_both;

const REFUSED: &str = "Authorization Violation";

on_both![
    a_user_of_a_known_tenant_gets_in,
    operations_before_connect_are_refused,
    a_wrong_or_missing_signature_is_refused,
    expired_and_not_yet_valid_users_are_refused,
    tokens_of_the_wrong_kind_or_shape_are_refused,
    a_user_signed_by_a_stranger_or_for_another_account_is_refused,
    an_account_of_another_operator_is_refused,
    an_expired_account_lets_nobody_in,
    an_account_that_is_not_valid_yet_lets_nobody_in,
    a_bearer_token_needs_no_signature_unless_the_account_forbids_it,
    revoked_users_are_refused_and_later_credentials_are_not,
    connect_fields_never_choose_the_account,
    a_signing_key_counts_only_while_it_is_listed,
    who_says_nothing_is_timed_out,
    a_login_ends_when_its_token_expires,
    a_megabyte_jwt_is_cut_off_and_harms_nobody,
    a_connection_that_was_closed_counts_no_more,
];

fn setup(which: Which) -> Result<(Operator, Tenant, Broker)> {
    let operator = Operator::default();
    let tenant = Tenant::new("acme");
    let broker = broker_with(which, &operator, &[&tenant])?;
    Ok((operator, tenant, broker))
}

/// Expects that `operation` on a fresh connection is refused with the one text.
async fn refused(broker: &Broker, operation: &str, case: &str) -> Result<()> {
    let mut wire = Wire::open(broker.addr()).await?;
    wire.send_to_the_end(operation).await?;
    assert_eq!(wire.errors_until_closed().await?, [REFUSED], "{case}");
    Ok(())
}

async fn user_refused(broker: &Broker, user: &User, case: &str) -> Result<()> {
    let answer = Wire::try_login(broker.addr(), user).await?;
    assert_eq!(answer, Err(REFUSED.to_owned()), "{case}");
    Ok(())
}

async fn a_user_of_a_known_tenant_gets_in(which: Which) -> Result<()> {
    let (_, tenant, broker) = setup(which)?;
    let user = tenant.user("one");
    let wire = Wire::login(broker.addr(), &user).await?;
    assert_eq!(wire.info()["auth_required"], true);
    assert!(
        wire.nonce().len() >= 15,
        "a nonce of 11 bytes: {:?}",
        wire.nonce()
    );
    assert_eq!(
        Wire::account_of(broker.addr(), &user).await?,
        tenant.public().to_string()
    );
    Ok(())
}

async fn operations_before_connect_are_refused(which: Which) -> Result<()> {
    let (_, _, broker) = setup(which)?;
    for operation in [
        "PING\r\n",
        "SUB > 1\r\n",
        "PUB a 1\r\nx\r\n",
        "CONNECT {}\r\n",
    ] {
        refused(&broker, operation, operation).await?;
    }
    refused(
        &broker,
        "CONNECT {\"user\":\"a\",\"pass\":\"b\"}\r\n",
        "a password",
    )
    .await?;
    refused(&broker, "CONNECT {\"auth_token\":\"a\"}\r\n", "a token").await
}

async fn a_wrong_or_missing_signature_is_refused(which: Which) -> Result<()> {
    let (_, tenant, broker) = setup(which)?;
    let user = tenant.user("one");
    let other = tenant.user("two");
    let signatures = [
        ("by another key", json!(other.sign("x"))),
        ("of another nonce", json!(user.sign("not the nonce"))),
        ("no base64", json!("***")),
        ("too short", json!("AAAA")),
        ("empty", json!("")),
        ("missing", json!(null)),
    ];
    for (case, signature) in signatures {
        let mut wire = Wire::open(broker.addr()).await?;
        let more = json!({ "sig": signature });
        wire.send(user.connect_operation(wire.nonce(), &more))
            .await?;
        assert_eq!(wire.errors_until_closed().await?, [REFUSED], "{case}");
    }
    Ok(())
}

async fn expired_and_not_yet_valid_users_are_refused(which: Which) -> Result<()> {
    let (_, tenant, broker) = setup(which)?;
    let expired = tenant.user_with("old", |claims| claims.exp = now() - 1);
    user_refused(&broker, &expired, "expired").await?;
    let early = tenant.user_with("early", |claims| claims.nbf = now() + 3600);
    user_refused(&broker, &early, "not yet valid").await?;
    let valid = tenant.user_with("valid", |claims| claims.exp = now() + 3600);
    assert_eq!(Wire::try_login(broker.addr(), &valid).await?, Ok(()));
    Ok(())
}

async fn tokens_of_the_wrong_kind_or_shape_are_refused(which: Which) -> Result<()> {
    let (operator, tenant, broker) = setup(which)?;
    let good = tenant.user("one");
    let (head, rest) = good.jwt.split_once('.').expect("a token has three parts");
    let (body, signature) = rest.split_once('.').expect("a token has three parts");
    let tampered = format!(
        "{head}.{}.{signature}",
        body.replacen(&body[20..21], "A", 1)
    );
    let tokens = [
        ("an operator token", operator.jwt()),
        ("an account token", operator.account_jwt(&tenant)),
        ("empty", String::new()),
        ("no token at all", "hello".to_owned()),
        ("two parts", format!("{head}.{body}")),
        ("four parts", format!("{}.x", good.jwt)),
        ("no signature", format!("{head}.{body}.")),
        ("tampered", format!("{tampered}A")),
        (
            "algorithm none",
            format!("eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.{body}.{signature}"),
        ),
        ("cut off", good.jwt[..good.jwt.len() - 10].to_owned()),
    ];
    for (case, jwt) in tokens {
        let user = User {
            keys: KeyPair::from_seed(&good.keys.seed())?,
            jwt,
        };
        user_refused(&broker, &user, case).await?;
    }
    assert_eq!(Wire::try_login(broker.addr(), &good).await?, Ok(()));
    Ok(())
}

async fn a_user_signed_by_a_stranger_or_for_another_account_is_refused(which: Which) -> Result<()> {
    let (_, tenant, broker) = setup(which)?;
    let stranger = Tenant::new("stranger");
    user_refused(&broker, &stranger.user("one"), "an unknown account").await?;
    let forged = stranger.user_with("two", |claims| {
        claims.nats.issuer_account = Some(tenant.public());
    });
    user_refused(
        &broker,
        &forged,
        "signed by a key that is not the account's",
    )
    .await?;
    Ok(())
}

async fn an_account_of_another_operator_is_refused(which: Which) -> Result<()> {
    let (operator, _, _) = setup(which)?;
    let foreign = Operator::default();
    let tenant = Tenant::new("foreign");
    // The account is known to the server, but signed by an operator that it does not trust.
    let config = operator.memory_config(&[&operator.system]);
    let entry = format!(
        "  {}: {}\n}}\n",
        tenant.public(),
        foreign.account_jwt(&tenant)
    );
    let config = config.trim_end().trim_end_matches('}').to_owned() + &entry;
    match Broker::start(which, &config) {
        Ok(broker) => user_refused(&broker, &tenant.user("one"), "an untrusted operator").await,
        // To refuse such a config at once is as good.
        Err(_) => Ok(()),
    }
}

async fn an_account_that_is_not_valid_yet_lets_nobody_in(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    tenant.starts_at = now() + 3600;
    let broker = Broker::start(which, &operator.directory_config(&[&tenant], false))?;
    user_refused(&broker, &tenant.user("one"), "the account is not valid yet").await
}

async fn an_expired_account_lets_nobody_in(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    tenant.expires_at = now() + 5;
    let broker = broker_with(which, &operator, &[&tenant])?;
    let mut wire = Wire::login(broker.addr(), &tenant.user("one")).await?;
    assert_eq!(
        wire.errors_until_closed().await?,
        ["Account Authentication Expired"]
    );
    user_refused(&broker, &tenant.user("two"), "the account has expired").await
}

async fn a_bearer_token_needs_no_signature_unless_the_account_forbids_it(
    which: Which,
) -> Result<()> {
    let operator = Operator::default();
    let open = Tenant::new("open");
    let mut strict = Tenant::new("strict");
    strict.body.limits.disallow_bearer = true;
    let broker = broker_with(which, &operator, &[&open, &strict])?;
    let bearer = |tenant: &Tenant| {
        tenant.user_with("bearer", |claims| claims.nats.rights.bearer_token = true)
    };
    let unsigned = json!({ "sig": null });
    Wire::login_with(broker.addr(), &bearer(&open), &unsigned).await?;
    user_refused(
        &broker,
        &bearer(&strict),
        "the account disallows bearer tokens",
    )
    .await
}

async fn revoked_users_are_refused_and_later_credentials_are_not(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    let issued_at = |tenant: &Tenant, at: i64| tenant.user_with("u", |claims| claims.iat = at);
    let at = now() - 100;
    let (same, other) = (issued_at(&tenant, at), issued_at(&tenant, at));
    tenant.revoke(&same.public(), at);
    let broker = broker_with(which, &operator, &[&tenant])?;
    user_refused(&broker, &same, "issued in the second of the revocation").await?;
    assert_eq!(Wire::try_login(broker.addr(), &other).await?, Ok(()));

    let mut all = Tenant::new("all");
    all.body.revocations.insert("*".to_owned(), at);
    let broker = broker_with(which, &operator, &[&all])?;
    user_refused(&broker, &issued_at(&all, at), "everybody up to then").await?;
    assert_eq!(
        Wire::try_login(broker.addr(), &issued_at(&all, at + 1)).await?,
        Ok(())
    );
    Ok(())
}

async fn connect_fields_never_choose_the_account(which: Which) -> Result<()> {
    let (operator, tenant, broker) = setup(which)?;
    let user = tenant.user("one");
    for target in [
        operator.system.public().to_string(),
        "$SYS".to_owned(),
        "$G".to_owned(),
    ] {
        for more in [
            json!({"account": target}),
            json!({"account": target, "new_account": true}),
        ] {
            let mut wire = Wire::open(broker.addr()).await?;
            wire.send(user.connect_operation(wire.nonce(), &more))
                .await?;
            assert_eq!(wire.errors_until_closed().await?, [REFUSED], "{more}");
        }
    }
    Ok(())
}

/// A user signed by `signer` in the name of `tenant`.
fn user_by(signer: &KeyPair, tenant: &Tenant) -> Result<User> {
    let keys = keys(KeyKind::User);
    let rights = UserPermissionLimits::unlimited();
    let body = UserBody {
        rights,
        issuer_account: Some(tenant.public()),
        ..UserBody::default()
    };
    let claims = Claims::new(keys.public(), "by a signing key", now(), body);
    Ok(User {
        jwt: jwt::encode(&claims, signer)?,
        keys,
    })
}

async fn a_signing_key_counts_only_while_it_is_listed(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    let (listed, unlisted) = (keys(KeyKind::Account), keys(KeyKind::Account));
    tenant
        .body
        .signing_keys
        .push(accounts::SigningKey::Plain(listed.public()));
    let broker = broker_with(which, &operator, &[&tenant])?;
    let user = user_by(&listed, &tenant)?;
    assert_eq!(
        Wire::account_of(broker.addr(), &user).await?,
        tenant.public().to_string()
    );
    user_refused(
        &broker,
        &user_by(&unlisted, &tenant)?,
        "by a key that is not listed",
    )
    .await
}

async fn who_says_nothing_is_timed_out(which: Which) -> Result<()> {
    let (_, _, broker) = setup(which)?;
    let mut wire = Wire::open(broker.addr()).await?;
    let frames = wire.until_closed().await?;
    assert_eq!(frames, [Frame::Error("Authentication Timeout".into())]);
    Ok(())
}

async fn a_login_ends_when_its_token_expires(which: Which) -> Result<()> {
    let (_, tenant, broker) = setup(which)?;
    let mut stays = Wire::login(broker.addr(), &tenant.user("stays")).await?;
    let user = tenant.user_with("leaves", |claims| claims.exp = now() + 3);
    let mut leaves = Wire::login(broker.addr(), &user).await?;
    assert_eq!(
        leaves.errors_until_closed().await?,
        ["User Authentication Expired"]
    );
    // In the very second of its expiry a login may still come through, to be ended at once.
    login_is_refused(&broker, &user).await?;
    assert_eq!(stays.sync().await?, []);
    Ok(())
}

async fn a_megabyte_jwt_is_cut_off_and_harms_nobody(which: Which) -> Result<()> {
    let (_, tenant, broker) = setup(which)?;
    let mut bystander = Wire::login(broker.addr(), &tenant.user("bystander")).await?;
    let good = tenant.user("big");
    let huge = User {
        jwt: "A".repeat(1 << 20),
        keys: KeyPair::from_seed(&good.keys.seed())?,
    };
    let mut wire = Wire::open(broker.addr()).await?;
    wire.send_to_the_end(huge.connect_operation(wire.nonce(), &json!({})))
        .await?;
    // The server may hang up on the rest of it: then the error can be lost on the way.
    let errors = wire.errors_until_closed().await?;
    assert!(
        errors.is_empty() || errors == ["maximum control line exceeded"],
        "{errors:?}"
    );
    assert_eq!(bystander.sync().await?, []);
    assert_eq!(Wire::try_login(broker.addr(), &good).await?, Ok(()));

    // With room for it on the line, it is a bad token like any other.
    let config = Operator::default().memory_config(&[]) + "max_control_line: 4MB\n";
    let broker = Broker::start(which, &config)?;
    user_refused(&broker, &huge, "a megabyte of nothing").await
}

/// Also while the client has not closed its own end yet.
async fn a_connection_that_was_closed_counts_no_more(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    tenant.body.limits.conn = 1;
    let broker = broker_with(which, &operator, &[&tenant])?;
    let mut closed = Wire::login(broker.addr(), &tenant.user("closed")).await?;
    closed.send_to_the_end("NONSENSE\r\n").await?;
    closed.until_closed().await?;
    Wire::login(broker.addr(), &tenant.user("next")).await?;
    drop(closed);
    Ok(())
}
