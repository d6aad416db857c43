//! New claims for tenants that are connected: what is stored, what is refused, what changes live.

use std::fs;
use std::path::PathBuf;

use accounts::{
    Claims, ExportClaim, GenericBody, ImportClaim, KeyKind, KeyPair, ShareKind, SubjectRules, jwt,
};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::mint::{Operator, Tenant, keys, now};
use tests::wait::eventually;
use tests::{Broker, Frame, Which, Wire};

use super::{Pusher, broker_with, login_is_refused};
use crate::both::on_both;

on_both![
    a_pushed_account_can_log_in_and_is_looked_up_listed_and_packed,
    a_revocation_closes_the_live_connection,
    a_new_import_and_export_act_on_live_subscriptions,
    lower_limits_close_the_connections_that_exceed_them,
    new_default_permissions_act_on_live_connections,
    a_removed_signing_key_ends_its_users,
    untrusted_and_broken_claims_are_refused,
    tenants_cannot_push_claims,
    claims_survive_a_kill,
    a_deleted_account_is_gone_at_once,
    a_corrupt_file_in_the_resolver_directory_harms_only_its_own_account,
    a_connection_can_be_kicked,
];

fn directory(which: Which, operator: &Operator, tenants: &[&Tenant]) -> Result<Broker> {
    Broker::start(which, &operator.directory_config(tenants, true))
}

async fn a_pushed_account_can_log_in_and_is_looked_up_listed_and_packed(
    which: Which,
) -> Result<()> {
    let operator = Operator::default();
    let (known, fresh) = (Tenant::new("known"), Tenant::new("fresh"));
    let broker = directory(which, &operator, &[&known])?;
    let user = fresh.user("u");
    assert!(
        Wire::try_login(broker.addr(), &user).await?.is_err(),
        "not known yet"
    );
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let token = operator.account_jwt(&fresh);
    let answer = pusher.push_jwt(&token).await?;
    assert_eq!(answer["data"]["account"], fresh.public().to_string());
    assert_eq!(answer["data"]["code"], 200);
    assert_eq!(answer["data"]["message"], "jwt updated");
    assert_eq!(Wire::try_login(broker.addr(), &user).await?, Ok(()));

    let lookup = format!("$SYS.REQ.ACCOUNT.{}.CLAIMS.LOOKUP", fresh.public());
    assert_eq!(pusher.ask(&lookup, "").await?, token.as_bytes());
    let stranger = format!(
        "$SYS.REQ.ACCOUNT.{}.CLAIMS.LOOKUP",
        Tenant::new("x").public()
    );
    assert_eq!(pusher.ask(&stranger, "").await?, b"");
    let list = pusher.ask_json("$SYS.REQ.CLAIMS.LIST", "").await?;
    let mut ids: Vec<&str> = list["data"]
        .as_array()
        .context("a list")?
        .iter()
        .filter_map(Value::as_str)
        .collect();
    ids.sort_unstable();
    let mut expected: Vec<String> = [&operator.system, &known, &fresh]
        .map(|tenant| tenant.public().to_string())
        .to_vec();
    expected.sort_unstable();
    assert_eq!(ids, expected);

    pusher
        .wire
        .request("$SYS.REQ.CLAIMS.PACK", "_INBOX.push", "")
        .await?;
    let mut packed = Vec::new();
    loop {
        let message = pusher.wire.message().await?;
        if message.payload.is_empty() {
            break;
        }
        packed.push(String::from_utf8(message.payload)?);
    }
    assert!(
        packed.contains(&format!("{}|{token}", fresh.public())),
        "{packed:?}"
    );
    Ok(())
}

async fn a_revocation_closes_the_live_connection(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    let broker = directory(which, &operator, &[&tenant])?;
    let (revoked, other) = (tenant.user("revoked"), tenant.user("other"));
    let mut gone = Wire::login(broker.addr(), &revoked).await?;
    let mut stays = Wire::login(broker.addr(), &other).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    tenant.revoke(&revoked.public(), now());
    pusher.push(&operator, &tenant).await?;
    assert_eq!(
        gone.errors_until_closed().await?,
        ["User Authentication Revoked"]
    );
    assert_eq!(stays.sync().await?, []);
    assert_eq!(
        login_is_refused(&broker, &revoked).await?,
        "Authorization Violation"
    );
    Ok(())
}

async fn a_new_import_and_export_act_on_live_subscriptions(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (mut acme, mut globex) = (Tenant::new("acme"), Tenant::new("globex"));
    let broker = directory(which, &operator, &[&acme, &globex])?;
    let mut publisher = Wire::login(broker.addr(), &acme.user("p")).await?;
    let mut listener = Wire::login(broker.addr(), &globex.user("l")).await?;
    listener.subscribe("orders.>", "1").await?;
    publisher.publish("orders.before", "x").await?;
    publisher.sync().await?;
    assert_eq!(listener.messages().await?, []);

    let mut pusher = Pusher::new(&broker, &operator).await?;
    acme.body
        .exports
        .push(ExportClaim::new(ShareKind::Stream, "orders.*"));
    let mut import = ImportClaim::new(ShareKind::Stream, acme.public(), "orders.*");
    import.name = "orders".to_owned();
    globex.body.imports.push(import);
    pusher.push(&operator, &acme).await?;
    pusher.push(&operator, &globex).await?;
    eventually("the import to be live", async || {
        publisher.publish("orders.now", "x").await?;
        publisher.publish("secret.now", "x").await?;
        publisher.sync().await?;
        let got = listener.messages().await?;
        assert!(
            got.iter().all(|(subject, _)| subject == "orders.now"),
            "{got:?}"
        );
        Ok((!got.is_empty()).then_some(()))
    })
    .await?;

    acme.body.exports.clear();
    acme.issued_at = Some(now() + 1);
    pusher.push(&operator, &acme).await?;
    eventually("the export to be gone", async || {
        publisher.publish("orders.later", "x").await?;
        publisher.sync().await?;
        Ok(listener.messages().await?.is_empty().then_some(()))
    })
    .await
}

async fn lower_limits_close_the_connections_that_exceed_them(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    let broker = directory(which, &operator, &[&tenant])?;
    let user = tenant.user("u");
    let mut first = Wire::login(broker.addr(), &user).await?;
    let mut second = Wire::login(broker.addr(), &user).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    tenant.body.limits.conn = 1;
    pusher.push(&operator, &tenant).await?;
    let expected = ["maximum account active connections exceeded"];
    assert_eq!(
        second.errors_until_closed().await?,
        expected,
        "the newest goes"
    );
    assert_eq!(first.sync().await?, []);

    tenant.body.limits.conn = 0;
    tenant.issued_at = Some(now() + 1);
    pusher.push(&operator, &tenant).await?;
    assert_eq!(
        first.errors_until_closed().await?,
        expected,
        "a suspended account has none"
    );
    Ok(())
}

async fn new_default_permissions_act_on_live_connections(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    let broker = directory(which, &operator, &[&tenant])?;
    let mut wire = Wire::login(broker.addr(), &tenant.user("u")).await?;
    wire.subscribe("closed.>", "1").await?;
    wire.subscribe("open.>", "2").await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let only_open = SubjectRules {
        allow: Some(vec!["open.>".to_owned()]),
        deny: None,
    };
    tenant.body.default_permissions.publish = only_open.clone();
    tenant.body.default_permissions.subscribe = only_open;
    pusher.push(&operator, &tenant).await?;
    eventually("the publish to be refused", async || {
        wire.publish("closed.a", "x").await?;
        let frames = wire.sync().await?;
        let text = "Permissions Violation for Publish to \"closed.a\"";
        Ok(frames
            .contains(&Frame::Error(text.to_owned()))
            .then_some(()))
    })
    .await?;
    wire.publish("open.a", "x").await?;
    let got = wire.messages().await?;
    assert_eq!(got, [("open.a".to_owned(), "x".to_owned())]);
    let mut free = Wire::login(broker.addr(), &operator.system.user("s")).await?;
    assert_eq!(free.sync().await?, [], "other accounts are untouched");
    Ok(())
}

async fn a_removed_signing_key_ends_its_users(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    let signer = keys(KeyKind::Account);
    tenant
        .body
        .signing_keys
        .push(accounts::SigningKey::Plain(signer.public()));
    let broker = directory(which, &operator, &[&tenant])?;
    let user = {
        let proxy = Tenant {
            keys: KeyPair::from_seed(&signer.seed())?,
            ..Tenant::new("proxy")
        };
        proxy.user_with("by the signing key", |claims| {
            claims.nats.issuer_account = Some(tenant.public());
        })
    };
    let mut wire = Wire::login(broker.addr(), &user).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    tenant.body.signing_keys.clear();
    pusher.push(&operator, &tenant).await?;
    wire.until_closed().await?;
    assert_eq!(
        login_is_refused(&broker, &user).await?,
        "Authorization Violation"
    );
    Ok(())
}

async fn untrusted_and_broken_claims_are_refused(which: Which) -> Result<()> {
    let operator = Operator::default();
    // Signed twice below, to the same bytes: once for the server, once to compare.
    let tenant = Tenant {
        issued_at: Some(now()),
        ..Tenant::new("acme")
    };
    let broker = directory(which, &operator, &[&tenant])?;
    let mut bystander = Wire::login(broker.addr(), &tenant.user("bystander")).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let lookup = format!("$SYS.REQ.ACCOUNT.{}.CLAIMS.LOOKUP", tenant.public());
    let good = String::from_utf8(pusher.ask(&lookup, "").await?)?;
    let mut broken = vec![
        ("empty", String::new()),
        ("no token", "hello".to_owned()),
        ("cut off", good[..good.len() - 20].to_owned()),
        ("a user", tenant.user("u").jwt),
        ("an operator", operator.jwt()),
        ("a megabyte", "A".repeat(1_000_000)),
    ];
    if which == Which::Tidegate {
        // The original stores these; refusing them first is our rule.
        let stranger = Operator::default();
        broken.push(("signed by another operator", stranger.account_jwt(&tenant)));
        let own = Operator {
            keys: tenant_keys(&tenant)?,
            system: Tenant::new("s"),
        };
        broken.push(("signed by itself", own.account_jwt(&tenant)));
    }
    for (case, token) in broken {
        let answer = pusher.push_jwt(&token).await?;
        assert!(
            answer["error"]["description"].is_string(),
            "{case}: {answer}"
        );
        assert!(answer["data"].is_null(), "{case}: {answer}");
        assert_eq!(
            pusher.ask(&lookup, "").await?,
            good.as_bytes(),
            "{case}: nothing changed"
        );
    }
    assert_eq!(bystander.sync().await?, []);
    Ok(())
}

fn tenant_keys(tenant: &Tenant) -> Result<KeyPair> {
    Ok(KeyPair::from_seed(&tenant.keys.seed())?)
}

async fn tenants_cannot_push_claims(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (tenant, fresh) = (Tenant::new("acme"), Tenant::new("fresh"));
    let broker = directory(which, &operator, &[&tenant])?;
    let mut wire = Wire::login(broker.addr(), &tenant.user("u")).await?;
    let token = operator.account_jwt(&fresh);
    for subject in [
        "$SYS.REQ.CLAIMS.UPDATE".to_owned(),
        format!("$SYS.REQ.ACCOUNT.{}.CLAIMS.UPDATE", fresh.public()),
        format!("$SYS.ACCOUNT.{}.CLAIMS.UPDATE", fresh.public()),
    ] {
        wire.publish(&subject, &token).await?;
        wire.sync().await?;
    }
    assert!(
        Wire::try_login(broker.addr(), &fresh.user("u"))
            .await?
            .is_err()
    );
    Ok(())
}

async fn claims_survive_a_kill(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (mut tenant, fresh) = (Tenant::new("acme"), Tenant::new("fresh"));
    let mut broker = directory(which, &operator, &[&tenant])?;
    let (user, revoked) = (fresh.user("u"), tenant.user("revoked"));
    let mut pusher = Pusher::new(&broker, &operator).await?;
    pusher.push(&operator, &fresh).await?;
    tenant.revoke(&revoked.public(), now());
    tenant.issued_at = Some(now() + 1);
    pusher.push(&operator, &tenant).await?;
    broker.kill_and_restart()?;
    assert_eq!(Wire::try_login(broker.addr(), &user).await?, Ok(()));
    assert!(
        Wire::try_login(broker.addr(), &revoked).await?.is_err(),
        "an older preload does not undo a revocation"
    );
    Ok(())
}

async fn a_deleted_account_is_gone_at_once(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (tenant, stays) = (Tenant::new("acme"), Tenant::new("stays"));
    let broker = directory(which, &operator, &[&tenant, &stays])?;
    let user = tenant.user("u");
    let mut wire = Wire::login(broker.addr(), &user).await?;
    let mut other = Wire::login(broker.addr(), &stays.user("u")).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let request = |signer: &KeyPair| -> Result<String> {
        let mut body = GenericBody::default();
        body.data
            .insert("accounts".to_owned(), json!([tenant.public().to_string()]));
        let claims = Claims::new(signer.public(), "delete", now(), body);
        Ok(jwt::encode(&claims, signer)?)
    };
    let forged = request(&keys(KeyKind::Operator))?;
    let answer = pusher.ask_json("$SYS.REQ.CLAIMS.DELETE", &forged).await?;
    assert!(!answer["error"].is_null(), "{answer}");
    assert_eq!(wire.sync().await?, []);

    let answer = pusher
        .ask_json("$SYS.REQ.CLAIMS.DELETE", &request(&operator.keys)?)
        .await?;
    assert!(answer["error"].is_null(), "{answer}");
    wire.until_closed().await?;
    assert_eq!(
        login_is_refused(&broker, &user).await?,
        "Authorization Violation"
    );
    assert_eq!(other.sync().await?, []);
    Ok(())
}

/// The stored file of a tenant, however the directory is laid out.
fn stored(broker: &Broker, tenant: &Tenant) -> Result<PathBuf> {
    let name = format!("{}.jwt", tenant.public());
    let mut open = vec![broker.dir().join("jwt")];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir)?.flatten() {
            if entry.path().is_dir() {
                open.push(entry.path());
            } else if entry.file_name().to_string_lossy() == name {
                return Ok(entry.path());
            }
        }
    }
    anyhow::bail!("no file of that account in the resolver directory")
}

async fn a_corrupt_file_in_the_resolver_directory_harms_only_its_own_account(
    which: Which,
) -> Result<()> {
    let operator = Operator::default();
    let (acme, globex) = (Tenant::new("acme"), Tenant::new("globex"));
    let mut broker = directory(which, &operator, &[])?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    pusher.push(&operator, &acme).await?;
    pusher.push(&operator, &globex).await?;
    broker.stop()?;
    let good = fs::read(stored(&broker, &acme)?)?;
    let file = stored(&broker, &acme)?;
    let (acme_user, globex_user) = (acme.user("u"), globex.user("u"));
    for damage in [
        &b""[..],
        &b"not a token"[..],
        &good[..good.len() / 2],
        &[0xff; 4096][..],
    ] {
        fs::write(&file, damage)?;
        broker.start_again()?;
        assert!(Wire::try_login(broker.addr(), &acme_user).await?.is_err());
        assert_eq!(Wire::try_login(broker.addr(), &globex_user).await?, Ok(()));
        // A fresh push repairs it; ours wants the unreadable file out of the way first, since it
        // cannot know which generation it held.
        let mut pusher = Pusher::new(&broker, &operator).await?;
        let answer = pusher.push_jwt(&operator.account_jwt(&acme)).await?;
        if let Some(refusal) = answer["error"]["description"].as_str() {
            assert!(refusal.contains("remove it"), "{refusal}");
            fs::remove_file(&file)?;
            pusher.push(&operator, &acme).await?;
        }
        if which == Which::Tidegate {
            assert_eq!(Wire::try_login(broker.addr(), &acme_user).await?, Ok(()));
        }
        broker.stop()?;
    }
    Ok(())
}

async fn a_connection_can_be_kicked(which: Which) -> Result<()> {
    let operator = Operator::default();
    let tenant = Tenant::new("acme");
    let broker = broker_with(which, &operator, &[&tenant])?;
    let mut kicked = Wire::login(broker.addr(), &tenant.user("kicked")).await?;
    let mut stays = Wire::login(broker.addr(), &tenant.user("stays")).await?;
    let (server, cid) = (
        kicked.info()["server_id"].clone(),
        kicked.info()["client_id"].clone(),
    );
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let subject = format!(
        "$SYS.REQ.SERVER.{}.KICK",
        server.as_str().context("server_id")?
    );
    pusher
        .ask(&subject, &json!({ "cid": cid }).to_string())
        .await?;
    kicked.until_closed().await?;
    assert_eq!(stays.sync().await?, []);
    Ok(())
}

/// Generations are ours alone: nats-server takes whatever comes.
#[tokio::test]
async fn a_lower_generation_is_refused_and_undoes_no_revocation() -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    tenant.set_generation(5);
    let old = operator.account_jwt(&tenant);
    let mut broker = directory(Which::Tidegate, &operator, &[&tenant])?;
    let user = tenant.user("u");
    let mut pusher = Pusher::new(&broker, &operator).await?;
    tenant.set_generation(6);
    tenant.revoke(&user.public(), now());
    pusher.push(&operator, &tenant).await?;
    assert!(Wire::try_login(broker.addr(), &user).await?.is_err());

    let answer = pusher.push_jwt(&old).await?;
    let description = answer["error"]["description"]
        .as_str()
        .context("an error")?;
    assert!(description.contains("generation"), "{description}");
    assert!(Wire::try_login(broker.addr(), &user).await?.is_err());
    broker.kill_and_restart()?;
    assert!(Wire::try_login(broker.addr(), &user).await?.is_err());
    Ok(())
}
