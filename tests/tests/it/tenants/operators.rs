//! Operators: which servers they permit, several of them, and the system account that they name.

use accounts::{Claims, OperatorBody, jwt};
use anyhow::Result;
use tests::mint::{Operator, Tenant, now};
use tests::{Broker, Which, Wire};

use super::Pusher;
use crate::both::on_both;

on_both![
    a_server_that_is_older_than_asserted_does_not_start,
    accounts_of_several_operators_are_served,
    the_configured_system_account_is_the_operators,
    bare_keys_sign_accounts,
];

/// The operator's own JWT with this body.
fn operator_jwt(operator: &Operator, shape: impl FnOnce(&mut OperatorBody)) -> Result<String> {
    let mut body = OperatorBody {
        system_account: Some(operator.system.public()),
        ..OperatorBody::default()
    };
    shape(&mut body);
    let claims = Claims::new(operator.keys.public(), "operator", now(), body);
    Ok(jwt::encode(&claims, &operator.keys)?)
}

fn preload(accounts: &[(&Operator, &Tenant)]) -> String {
    let line = |(operator, tenant): &(&Operator, &Tenant)| {
        format!("  {}: {}\n", tenant.public(), operator.account_jwt(tenant))
    };
    let lines: String = accounts.iter().map(line).collect();
    format!("resolver: MEMORY\nresolver_preload: {{\n{lines}}}\n")
}

async fn a_server_that_is_older_than_asserted_does_not_start(which: Which) -> Result<()> {
    let operator = Operator::default();
    let tenant = Tenant::new("acme");
    for (version, starts) in [
        ("", true),
        ("1.99.99", true),
        ("2.9.25", true),
        ("3.0.0", false),
        ("99.0.0", false),
        ("2.9", false),
        ("newest", false),
    ] {
        let token = operator_jwt(&operator, |body| {
            body.assert_server_version = version.into()
        })?;
        let accounts = preload(&[(&operator, &operator.system), (&operator, &tenant)]);
        let broker = Broker::start(which, &format!("operator: {token}\n{accounts}"));
        assert_eq!(broker.is_ok(), starts, "{version:?}");
        if let Ok(broker) = broker {
            assert_eq!(
                Wire::try_login(broker.addr(), &tenant.user("u")).await?,
                Ok(())
            );
        }
    }
    Ok(())
}

async fn accounts_of_several_operators_are_served(which: Which) -> Result<()> {
    let (first, second, third) = (
        Operator::default(),
        Operator::default(),
        Operator::default(),
    );
    let tenants = [Tenant::new("one"), Tenant::new("two"), Tenant::new("three")];
    let accounts = preload(&[
        (&first, &first.system),
        (&second, &second.system),
        (&first, &tenants[0]),
        (&second, &tenants[1]),
    ]);
    let accounts = accounts.replace("MEMORY", "{ type: full, dir: \"jwt\" }");
    let config = format!(
        "operators: [{}, {}]\nsystem_account: {}\n{accounts}",
        first.jwt(),
        second.jwt(),
        first.system.public()
    );
    let broker = Broker::start(which, &config)?;
    for tenant in &tenants[..2] {
        let user = tenant.user("u");
        assert_eq!(
            Wire::account_of(broker.addr(), &user).await?,
            tenant.public().to_string()
        );
    }
    // The second operator's idea of a system account is an account like any other.
    let mut stranger = Wire::login(broker.addr(), &second.system.user("s")).await?;
    stranger.subscribe("$SYS.>", "1").await?;
    stranger.subscribe("inbox", "2").await?;
    let mut pusher = Pusher::new(&broker, &first).await?;
    pusher.push(&second, &tenants[1]).await?;
    stranger
        .request("$SYS.REQ.SERVER.PING", "inbox", "")
        .await?;
    let answers = stranger.sync().await?;
    let told = answers
        .iter()
        .any(|frame| format!("{frame:?}").contains("server_id"));
    assert!(!told, "{answers:?}");
    let unknown = &tenants[2];
    let answer = pusher.push_jwt(&third.account_jwt(unknown)).await?;
    if which == Which::Tidegate {
        assert!(answer["error"]["description"].is_string(), "{answer}");
    }
    assert!(
        Wire::try_login(broker.addr(), &unknown.user("u"))
            .await?
            .is_err()
    );
    Ok(())
}

async fn bare_keys_sign_accounts(which: Which) -> Result<()> {
    let [first, second, stranger] = [(); 3].map(|()| Operator::default());
    let tenants = [Tenant::new("one"), Tenant::new("two")];
    let accounts = preload(&[
        (&first, &first.system),
        (&first, &tenants[0]),
        (&second, &tenants[1]),
    ]);
    let config = format!(
        "trusted_keys: [{}, {}]\nsystem_account: {}\n{accounts}",
        first.keys.public(),
        second.keys.public(),
        first.system.public()
    );
    let broker = Broker::start(which, &config)?;
    for tenant in &tenants {
        let account = Wire::account_of(broker.addr(), &tenant.user("u")).await?;
        assert_eq!(account, tenant.public().to_string());
    }
    // A directory that outlives the server needs an operator's JWT on nats-server.
    if which == Which::Tidegate {
        let in_directory = config.replace("MEMORY", "{ type: full, dir: \"jwt\" }");
        let broker = Broker::start(which, &in_directory)?;
        let mut pusher = Pusher::new(&broker, &first).await?;
        let [later, foreign] = [Tenant::new("later"), Tenant::new("foreign")];
        pusher.push(&second, &later).await?;
        let login = Wire::try_login(broker.addr(), &later.user("u")).await?;
        assert_eq!(login, Ok(()));
        let answer = pusher.push_jwt(&stranger.account_jwt(&foreign)).await?;
        assert!(answer["error"]["description"].is_string(), "{answer}");
    }
    let with = |more: &str| Broker::start(which, &format!("{config}\n{more}")).is_ok();
    assert!(!with(&format!("operator: {}", first.jwt())), "both");
    assert!(
        !with(&format!("trusted: {}", tenants[0].public())),
        "no operator key"
    );
    Ok(())
}

async fn the_configured_system_account_is_the_operators(which: Which) -> Result<()> {
    let operator = Operator::default();
    let other = Tenant::new("other");
    let accounts = preload(&[(&operator, &operator.system), (&operator, &other)]);
    let with = |token: &str, system: &Tenant| {
        let system = system.public();
        let config = format!("operator: {token}\nsystem_account: {system}\n{accounts}");
        Broker::start(which, &config).is_ok()
    };
    let named = operator.jwt();
    assert!(with(&named, &operator.system));
    assert!(!with(&named, &other), "another than the operator names");
    let unnamed = operator_jwt(&operator, |body| body.system_account = None)?;
    assert!(with(&unnamed, &other), "an operator that names none");
    Ok(())
}
