//! Scoped signing keys: what their users get, in whose name, and what is refused; strict operators.

use accounts::{Claims, KeyKind, KeyPair, OperatorBody, SigningKey, jwt};
use anyhow::Result;
use serde_json::{Value, json};
use tests::mint::{Operator, Tenant, User, keys, now};
use tests::{Broker, Frame, Which, Wire};

use super::{Pusher, broker_with};
use crate::both::on_both;

on_both![
    a_role_gives_what_its_template_says,
    a_role_knows_user_and_account_by_name_key_and_tags,
    every_combination_of_tag_values_is_allowed,
    what_has_no_value_drops_out_of_an_allow_list,
    what_has_no_value_in_a_deny_list_refuses_the_login,
    templates_that_cannot_be_read_refuse_the_login,
    a_template_that_grows_without_measure_refuses_the_login,
    a_user_of_a_role_carries_no_rights_of_its_own,
    a_limit_that_a_template_leaves_out_is_unlimited,
    a_changed_role_ends_its_users_and_no_others,
    a_role_can_ask_for_bearers_networks_and_types,
    a_strict_operator_wants_signing_keys_everywhere,
];

const REFUSED: &str = "Authorization Violation";

/// A tenant with one role of this template, and the role's key.
pub(super) fn tenant_with(template: &Value) -> Result<(Tenant, KeyPair)> {
    let mut tenant = Tenant::new("acme");
    let role = keys(KeyKind::Account);
    set_role(&mut tenant, &role, template)?;
    Ok((tenant, role))
}

fn set_role(tenant: &mut Tenant, role: &KeyPair, template: &Value) -> Result<()> {
    let scope = json!({
        "kind": "user_scope", "key": role.public(), "role": "role", "template": template,
    });
    tenant.body.signing_keys = vec![serde_json::from_value::<SigningKey>(scope)?];
    Ok(())
}

fn start(which: Which, tenant: &Tenant) -> Result<Broker> {
    broker_with(which, &Operator::default(), &[tenant])
}

/// Which of `subjects` the connection may publish.
pub(super) async fn publishable(wire: &mut Wire, subjects: &[&str]) -> Result<Vec<String>> {
    let mut allowed = Vec::new();
    for &subject in subjects {
        wire.publish(subject, "x").await?;
        let refusal = format!("Permissions Violation for Publish to \"{subject}\"");
        match wire.sync().await?.as_slice() {
            [] => allowed.push(subject.to_owned()),
            [Frame::Error(text)] if *text == refusal => {}
            other => anyhow::bail!("{subject}: {other:?}"),
        }
    }
    Ok(allowed)
}

async fn a_role_gives_what_its_template_says(which: Which) -> Result<()> {
    let template = json!({
        "pub": {"allow": ["orders.>"], "deny": ["orders.secret"]},
        "sub": {"allow": ["news"]}, "subs": 1, "payload": 8,
    });
    let (tenant, role) = tenant_with(&template)?;
    let broker = start(which, &tenant)?;
    let user = tenant.role_user(&role, "one", |_| {});
    assert_eq!(
        Wire::account_of(broker.addr(), &user).await?,
        tenant.public().to_string()
    );
    let mut wire = Wire::login(broker.addr(), &user).await?;
    let subjects = ["orders.new", "orders.secret", "other"];
    assert_eq!(publishable(&mut wire, &subjects).await?, ["orders.new"]);
    wire.subscribe("news", "1").await?;
    wire.send("SUB news 2\r\nSUB other 3\r\n").await?;
    let expected = [
        "maximum subscriptions exceeded",
        "Permissions Violation for Subscription to \"other\"",
    ];
    let got = wire.sync().await?;
    assert_eq!(got, expected.map(|text| Frame::Error(text.to_owned())));
    wire.publish("orders.new", "123456789").await?;
    assert_eq!(
        wire.errors_until_closed().await?,
        ["Maximum Payload Violation"]
    );
    Ok(())
}

async fn a_role_knows_user_and_account_by_name_key_and_tags(which: Which) -> Result<()> {
    let template = json!({"pub": {"allow": [
        "name.{{name()}}", "subject.{{Subject()}}", "an.{{ account-name() }}",
        "as.{{account-subject()}}", "tag.{{tag(team)}}.x", "at.{{account-tag(Region)}}",
        "two.{{name()}}.{{tag(team)}}", "plain",
    ]}});
    let (mut tenant, role) = tenant_with(&template)?;
    tenant.body.tags = vec!["region:eu".to_owned(), "other:x".to_owned()];
    let broker = start(which, &tenant)?;
    let user = tenant.role_user(&role, "bob", |claims| {
        claims.nats.tags = vec!["team:red".to_owned()];
    });
    let mut wire = Wire::login(broker.addr(), &user).await?;
    let subject = format!("subject.{}", user.public());
    let account = format!("as.{}", tenant.public());
    let allowed = [
        "name.bob",
        &subject,
        "an.acme",
        &account,
        "tag.red.x",
        "at.eu",
        "two.bob.red",
        "plain",
    ];
    assert_eq!(publishable(&mut wire, &allowed).await?, allowed);
    let denied = [
        "name.eve",
        "subject.x",
        "an.other",
        "as.x",
        "tag.blue.x",
        "at.x",
        "two.red.bob",
        "name.{{name()}}",
        "tag.team:red.x",
    ];
    assert_eq!(publishable(&mut wire, &denied).await?, [""; 0]);
    Ok(())
}

async fn every_combination_of_tag_values_is_allowed(which: Which) -> Result<()> {
    let template = json!({"pub": {"allow": ["{{tag(a)}}.{{tag(b)}}"], "deny": ["no.{{tag(a)}}"]}});
    let (tenant, role) = tenant_with(&template)?;
    let broker = start(which, &tenant)?;
    let user = tenant.role_user(&role, "u", |claims| {
        claims.nats.tags = ["a:1", "a:2", "b:x", "b:y"].map(str::to_owned).to_vec();
    });
    let mut wire = Wire::login(broker.addr(), &user).await?;
    let allowed = ["1.x", "1.y", "2.x", "2.y"];
    assert_eq!(publishable(&mut wire, &allowed).await?, allowed);
    let denied = ["x.1", "1.1", "3.x", "1.z", "no.1", "no.2"];
    assert_eq!(publishable(&mut wire, &denied).await?, [""; 0]);
    Ok(())
}

async fn what_has_no_value_drops_out_of_an_allow_list(which: Which) -> Result<()> {
    let template = json!({
        "pub": {"allow": ["x.{{tag(team)}}", "y.{{tag(none)}}", "z"]},
        "sub": {"allow": ["only.{{tag(none)}}"]},
    });
    let (tenant, role) = tenant_with(&template)?;
    let broker = start(which, &tenant)?;
    // A bad value before a good one takes nothing away from it.
    let user = tenant.role_user(&role, "u", |claims| {
        claims.nats.tags = vec!["team:not good".to_owned(), "team:red".to_owned()];
    });
    let mut wire = Wire::login(broker.addr(), &user).await?;
    let subjects = ["x.red", "x.good", "y.x", "y", "z", "other"];
    assert_eq!(publishable(&mut wire, &subjects).await?, ["x.red", "z"]);
    for subject in ["only.x", "only", "other", ">", "_INBOX.x"] {
        wire.send(format!("SUB {subject} 1\r\n")).await?;
        let text = format!("Permissions Violation for Subscription to \"{subject}\"");
        assert_eq!(
            wire.sync().await?,
            [Frame::Error(text)],
            "an emptied list allows nothing"
        );
    }
    Ok(())
}

async fn refused(broker: &Broker, user: &User, case: &str) -> Result<()> {
    let answer = Wire::try_login(broker.addr(), user).await?;
    assert_eq!(answer, Err(REFUSED.to_owned()), "{case}");
    Ok(())
}

async fn what_has_no_value_in_a_deny_list_refuses_the_login(which: Which) -> Result<()> {
    for list in ["pub", "sub"] {
        let template = json!({list: {"deny": ["secret.{{tag(team)}}"]}});
        let (tenant, role) = tenant_with(&template)?;
        let broker = start(which, &tenant)?;
        let tagged = |tags: &[&str]| {
            tenant.role_user(&role, "u", |claims| {
                claims.nats.tags = tags.iter().map(|&tag| tag.to_owned()).collect();
            })
        };
        refused(&broker, &tagged(&[]), "no tag").await?;
        refused(&broker, &tagged(&["other:x"]), "another tag").await?;
        refused(&broker, &tagged(&["team:"]), "an empty value").await?;
        refused(&broker, &tagged(&["team:red", "team:b c"]), "one bad value").await?;
        let good = tagged(&["team:red"]);
        assert_eq!(Wire::try_login(broker.addr(), &good).await?, Ok(()));
    }
    Ok(())
}

async fn templates_that_cannot_be_read_refuse_the_login(which: Which) -> Result<()> {
    for entry in [
        "a.{{what()}}",
        "a.{{name}}",
        "a.{{tag(x}}",
        "a.{{tag()x}}",
        "a.{{ }}",
    ] {
        for rule in ["allow", "deny"] {
            let (tenant, role) = tenant_with(&json!({"pub": {rule: [entry]}}))?;
            let broker = start(which, &tenant)?;
            let user = tenant.role_user(&role, "u", |_| {});
            refused(&broker, &user, &format!("{rule} {entry}")).await?;
        }
    }
    Ok(())
}

async fn a_template_that_grows_without_measure_refuses_the_login(which: Which) -> Result<()> {
    let template = json!({"sub": {"allow": ["{{tag(t)}}.{{tag(t)}}.{{tag(t)}}.{{tag(t)}}"]}});
    let (tenant, role) = tenant_with(&template)?;
    let broker = start(which, &tenant)?;
    let with_tags = |count: usize| {
        tenant.role_user(&role, "u", |claims| {
            claims.nats.tags = (0..count).map(|n| format!("t:{n}")).collect();
        })
    };
    // 4^4 is 256, 9^4 is 6561, 15^4 is 50625: the bound is 4096.
    assert_eq!(Wire::try_login(broker.addr(), &with_tags(4)).await?, Ok(()));
    refused(&broker, &with_tags(9), "6561").await?;
    refused(&broker, &with_tags(15), "50625").await?;
    Ok(())
}

async fn a_user_of_a_role_carries_no_rights_of_its_own(which: Which) -> Result<()> {
    let (tenant, role) = tenant_with(&json!({}))?;
    let broker = start(which, &tenant)?;
    let plain = tenant.role_user(&role, "zero", |_| {});
    assert_eq!(Wire::try_login(broker.addr(), &plain).await?, Ok(()));
    let with = |shape: fn(&mut accounts::UserPermissionLimits)| {
        tenant.role_user(&role, "own", |claims| shape(&mut claims.nats.rights))
    };
    for (case, user) in [
        ("unlimited subscriptions", with(|rights| rights.subs = -1)),
        ("a payload", with(|rights| rights.payload = 1)),
        ("bytes", with(|rights| rights.data = -1)),
        ("a bearer", with(|rights| rights.bearer_token = true)),
        (
            "an empty list of networks",
            with(|rights| rights.src = Some(vec![])),
        ),
        (
            "an empty list of hours",
            with(|rights| rights.times = Some(vec![])),
        ),
        (
            "a zone",
            with(|rights| rights.times_location = "UTC".to_owned()),
        ),
        (
            "types",
            with(|rights| rights.allowed_connection_types = Some(vec![])),
        ),
        ("a proxy", with(|rights| rights.proxy_required = true)),
        (
            "responses",
            with(|rights| rights.responses = Some(Default::default())),
        ),
        (
            "an empty allow list",
            with(|rights| rights.publish.allow = Some(vec![])),
        ),
        (
            "a deny",
            with(|rights| rights.subscribe.deny = Some(vec!["x".to_owned()])),
        ),
    ] {
        refused(&broker, &user, case).await?;
    }
    let unnamed = tenant.role_user(&role, "u", |claims| claims.nats.issuer_account = None);
    refused(&broker, &unnamed, "it does not name its account").await
}

async fn a_limit_that_a_template_leaves_out_is_unlimited(which: Which) -> Result<()> {
    // Written by hand: what we write ourselves leaves nothing out.
    let (tenant, role) = tenant_with(&json!({}))?;
    let operator = Operator::default();
    let token = operator.account_jwt(&tenant);
    let mut claims = jwt::decode::<accounts::AccountBody>(&token)?;
    let [SigningKey::Scoped(scope)] = claims.nats.signing_keys.as_slice() else {
        anyhow::bail!("one role");
    };
    let mut scope = serde_json::to_value(scope)?;
    scope["template"] = json!({"pub": {"allow": ["x"]}});
    claims
        .nats
        .extra
        .insert("signing_keys".to_owned(), json!([scope]));
    claims.nats.signing_keys.clear();
    let token = jwt::encode(&claims, &operator.keys)?;
    let text = operator.memory_config(&[]);
    let entry = format!("  {}: {token}\n}}\n", tenant.public());
    let broker = Broker::start(
        which,
        &(text.trim_end().trim_end_matches('}').to_owned() + &entry),
    )?;
    let user = tenant.role_user(&role, "u", |_| {});
    let mut wire = Wire::login(broker.addr(), &user).await?;
    wire.subscribe("a", "1").await?;
    wire.publish("x", "some text").await?;
    assert_eq!(wire.sync().await?, []);
    Ok(())
}

async fn a_changed_role_ends_its_users_and_no_others(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (mut tenant, role) = tenant_with(&json!({"pub": {"allow": ["a"]}}))?;
    let broker = Broker::start(which, &operator.directory_config(&[&tenant], false))?;
    let of_role = tenant.role_user(&role, "u", |_| {});
    let mut leaves = Wire::login(broker.addr(), &of_role).await?;
    let mut stays = Wire::login(broker.addr(), &tenant.user("own")).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    tenant.body.description = "nothing that matters".to_owned();
    tenant.issued_at = Some(now() + 1);
    pusher.push(&operator, &tenant).await?;
    assert_eq!(leaves.sync().await?, [], "the role is as it was");

    set_role(&mut tenant, &role, &json!({"pub": {"allow": ["b"]}}))?;
    tenant.issued_at = Some(now() + 2);
    pusher.push(&operator, &tenant).await?;
    assert_eq!(leaves.errors_until_closed().await?, [""; 0]);
    assert_eq!(stays.sync().await?, []);
    let mut again = Wire::login(broker.addr(), &of_role).await?;
    assert_eq!(publishable(&mut again, &["a", "b"]).await?, ["b"]);

    tenant.body.signing_keys.clear();
    tenant.issued_at = Some(now() + 3);
    pusher.push(&operator, &tenant).await?;
    again.until_closed().await?;
    refused(&broker, &of_role, "the role is gone").await
}

async fn a_role_can_ask_for_bearers_networks_and_types(which: Which) -> Result<()> {
    let unsigned = json!({ "sig": null });
    for (template, signed, bare) in [
        (json!({"bearer_token": true}), true, true),
        (json!({}), true, false),
        (json!({"src": ["127.0.0.1/32"]}), true, false),
        (json!({"src": ["10.0.0.0/8"]}), false, false),
        (json!({"src": ["nonsense"]}), false, false),
        (
            json!({"allowed_connection_types": ["WEBSOCKET"]}),
            false,
            false,
        ),
        (
            json!({"times": [{"start": "00:00:00", "end": "00:00:00"}]}),
            false,
            false,
        ),
    ] {
        let (tenant, role) = tenant_with(&template)?;
        // Our broker refuses to load a role with such a network, which is as good.
        let Ok(broker) = start(which, &tenant) else {
            assert_eq!((which, signed), (Which::Tidegate, false), "{template}");
            continue;
        };
        let user = tenant.role_user(&role, "u", |_| {});
        let with = Wire::login(broker.addr(), &user).await;
        assert_eq!(with.is_ok(), signed, "{template}");
        let without = Wire::login_with(broker.addr(), &user, &unsigned).await;
        assert_eq!(without.is_ok(), bare, "{template}");
    }
    Ok(())
}

async fn a_strict_operator_wants_signing_keys_everywhere(which: Which) -> Result<()> {
    let (identity, signing) = (keys(KeyKind::Operator), keys(KeyKind::Operator));
    let system = Tenant::new("SYS");
    let body = OperatorBody {
        signing_keys: vec![signing.public()],
        system_account: Some(system.public()),
        strict_signing_key_usage: true,
        ..OperatorBody::default()
    };
    let claims = Claims::new(identity.public(), "strict", now(), body);
    let operator_jwt = jwt::encode(&claims, &identity)?;
    let by = |keys: &KeyPair| -> Result<Operator> {
        Ok(Operator {
            keys: KeyPair::from_seed(&keys.seed())?,
            system: Tenant::new("unused"),
        })
    };
    let (good, bad) = (by(&signing)?, by(&identity)?);
    let user_signer = keys(KeyKind::Account);
    let mut tenant = Tenant::new("acme");
    tenant.body.signing_keys = vec![SigningKey::Plain(user_signer.public())];
    let config = |accounts: &[(&Operator, &Tenant)]| {
        let lines: String = accounts
            .iter()
            .map(|(operator, tenant)| {
                format!("  {}: {}\n", tenant.public(), operator.account_jwt(tenant))
            })
            .collect();
        format!(
            "operator: {operator_jwt}\nsystem_account: {}\nresolver: MEMORY\n\
             resolver_preload: {{\n{lines}}}\n",
            system.public()
        )
    };
    let broker = Broker::start(which, &config(&[(&good, &system), (&good, &tenant)]))?;
    let by_signing_key = tenant.role_user(&user_signer, "u", |claims| {
        claims.nats.rights = accounts::UserPermissionLimits::unlimited();
    });
    assert_eq!(
        Wire::try_login(broker.addr(), &by_signing_key).await?,
        Ok(())
    );
    refused(
        &broker,
        &tenant.user("u"),
        "signed by the account's identity",
    )
    .await?;

    let lone = Tenant::new("lone");
    match Broker::start(which, &config(&[(&good, &system), (&bad, &lone)])) {
        Ok(broker) => {
            refused(
                &broker,
                &lone.user("u"),
                "signed by the operator's identity",
            )
            .await
        }
        // To refuse such a config at once is as good.
        Err(_) => Ok(()),
    }
}

/// nats-server 2.15.1 lets the user's name widen the role: a user called `*` reads every box.
#[tokio::test]
async fn a_name_is_one_literal_token() -> Result<()> {
    let template = json!({"sub": {"allow": ["box.{{name()}}"]}});
    let (tenant, role) = tenant_with(&template)?;
    let broker = start(Which::Tidegate, &tenant)?;
    for name in ["*", ">", "a.b", "a b", "", "a.*"] {
        let user = tenant.role_user(&role, name, |_| {});
        let mut wire = Wire::login(broker.addr(), &user).await?;
        for subject in ["box.*", "box.>", "box.bob", "box.a.b", "box"] {
            wire.send(format!("SUB {subject} 1\r\n")).await?;
            let text = format!("Permissions Violation for Subscription to \"{subject}\"");
            assert_eq!(wire.sync().await?, [Frame::Error(text)], "{name:?}");
        }
    }
    Ok(())
}
