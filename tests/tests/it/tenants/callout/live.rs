//! What new claims and time do to those whom a callout let in.

use anyhow::Result;
use serde_json::json;
use tests::mint::{Tenant, now};
use tests::{Broker, Which, Wire};

use super::service::{Asked, REFUSED, Service, World, admitting, copy, response, user};
use crate::both::on_both;
use crate::tenants::Pusher;

on_both![
    a_login_ends_with_the_users_token,
    a_revocation_closes_the_live_connection,
    a_removed_signing_key_ends_its_users,
    a_deleted_target_takes_its_clients_along,
    a_new_callout_is_asked_from_then_on,
];

/// A client that the callout's account placed in `target`, and what it was asked.
struct Placed {
    broker: Broker,
    pusher: Pusher,
    wire: Wire,
    asked: Asked,
    _service: Service,
}

async fn place(which: Which, world: &World, target: &Tenant) -> Result<Placed> {
    let answer = admitting(&world.auth.keys, &target.keys);
    place_by(which, world, target, answer).await
}

async fn place_by(
    which: Which,
    world: &World,
    target: &Tenant,
    answer: impl FnMut(&Asked) -> Vec<Vec<u8>> + Send + 'static,
) -> Result<Placed> {
    let broker = world.broker(which, &[target])?;
    let mut service = world.service(&broker, answer).await?;
    let pusher = Pusher::new(&broker, &world.operator).await?;
    let wire = world.enter(&broker, &json!({"user": "dlc"})).await?;
    let asked = service.asked().await?;
    Ok(Placed {
        broker,
        pusher,
        wire: wire.expect("it is let in"),
        asked,
        _service: service,
    })
}

async fn a_login_ends_with_the_users_token(which: Which) -> Result<()> {
    let target = Tenant::new("target");
    let world = World::placing_in(&[&target]);
    let (auth, keys) = (copy(&world.auth.keys), copy(&target.keys));
    let answer = move |asked: &Asked| {
        let user = user(&keys, asked, |claims| claims.exp = now() + 2);
        vec![response(&auth, asked, user, |_| {})]
    };
    let mut placed = place_by(which, &world, &target, answer).await?;
    let errors = placed.wire.errors_until_closed().await?;
    assert_eq!(errors, ["User Authentication Expired"]);
    Ok(())
}

async fn a_revocation_closes_the_live_connection(which: Which) -> Result<()> {
    let mut target = Tenant::new("target");
    let world = World::placing_in(&[&target]);
    let mut placed = place(which, &world, &target).await?;
    target.revoke(&placed.asked.key(), now() + 1);
    placed.pusher.push(&world.operator, &target).await?;
    let errors = placed.wire.errors_until_closed().await?;
    assert_eq!(errors, ["User Authentication Revoked"]);
    Ok(())
}

async fn a_removed_signing_key_ends_its_users(which: Which) -> Result<()> {
    let mut target = Tenant::new("target");
    let role = tests::mint::keys(accounts::KeyKind::Account);
    let listed = accounts::SigningKey::Plain(role.public());
    target.body.signing_keys.push(listed);
    let world = World::placing_in(&[&target]);
    let (auth, of) = (copy(&world.auth.keys), target.public());
    let answer = move |asked: &Asked| {
        let user = user(&role, asked, |claims| claims.nats.issuer_account = Some(of));
        vec![response(&auth, asked, user, |_| {})]
    };
    let mut placed = place_by(which, &world, &target, answer).await?;
    target.body.signing_keys.clear();
    placed.pusher.push(&world.operator, &target).await?;
    assert!(placed.wire.errors_until_closed().await?.is_empty());
    Ok(())
}

async fn a_deleted_target_takes_its_clients_along(which: Which) -> Result<()> {
    let target = Tenant::new("target");
    let world = World::placing_in(&[&target]);
    let mut placed = place(which, &world, &target).await?;
    let request = world.operator.delete_request(&[&target]);
    placed
        .pusher
        .ask_json("$SYS.REQ.CLAIMS.DELETE", &request)
        .await?;
    let errors = placed.wire.errors_until_closed().await?;
    assert_eq!(errors, ["Account Authentication Expired"]);
    Ok(())
}

async fn a_new_callout_is_asked_from_then_on(which: Which) -> Result<()> {
    let mut world = World::new();
    let callout = std::mem::take(&mut world.auth.body.authorization);
    let broker = world.broker(which, &[])?;
    assert!(
        world.enter(&broker, &json!({})).await?.is_ok(),
        "nobody is asked"
    );
    let mut pusher = Pusher::new(&broker, &world.operator).await?;
    world.auth.body.authorization = callout;
    pusher.push(&world.operator, &world.auth).await?;
    let entered = world.enter(&broker, &json!({})).await?;
    assert_eq!(entered.err().as_deref(), Some(REFUSED), "nobody answers");
    let keys = &world.auth.keys;
    let mut service = world.service(&broker, admitting(keys, keys)).await?;
    assert!(world.enter(&broker, &json!({})).await?.is_ok());
    service.asked().await?;
    Ok(())
}

/// nats-server leaves such connections alone: it does not remember who let them in.
#[tokio::test]
async fn a_placement_ends_with_the_callouts_leave() -> Result<()> {
    type Change = fn(&mut World);
    let changes: [(&str, Change); 3] = [
        ("another account is allowed", |world| {
            let other = Tenant::new("other").public().to_string();
            world.auth.body.authorization.allowed_accounts = vec![other];
        }),
        ("no callout", |world| {
            world.auth.body.authorization = accounts::AccountBody::default().authorization;
        }),
        ("an expired account", |world| {
            world.auth.expires_at = now() - 1
        }),
    ];
    for (case, change) in changes {
        let target = Tenant::new("target");
        let mut world = World::placing_in(&[&target]);
        let mut placed = place(Which::Tidegate, &world, &target).await?;
        // A change that leaves it allowed leaves it connected.
        world.auth.name = "renamed".to_owned();
        placed.pusher.push(&world.operator, &world.auth).await?;
        assert_eq!(placed.wire.sync().await?, [], "{case}");
        change(&mut world);
        placed.pusher.push(&world.operator, &world.auth).await?;
        assert_eq!(
            placed.wire.errors_until_closed().await?,
            [REFUSED],
            "{case}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_placement_ends_with_the_account_that_was_asked() -> Result<()> {
    let target = Tenant::new("target");
    let world = World::placing_in(&[&target]);
    let mut placed = place(Which::Tidegate, &world, &target).await?;
    let request = world.operator.delete_request(&[&world.auth]);
    placed
        .pusher
        .ask_json("$SYS.REQ.CLAIMS.DELETE", &request)
        .await?;
    assert_eq!(placed.wire.errors_until_closed().await?, [REFUSED]);
    drop(placed.broker);
    Ok(())
}

#[tokio::test]
async fn a_placement_ends_when_the_account_that_was_asked_expires() -> Result<()> {
    let target = Tenant::new("target");
    let mut world = World::placing_in(&[&target]);
    world.auth.expires_at = now() + 3;
    let mut placed = place(Which::Tidegate, &world, &target).await?;
    let errors = placed.wire.errors_until_closed().await?;
    assert_eq!(errors, ["User Authentication Expired"]);
    Ok(())
}

/// Whom its own callout let in goes when the account has none any more.
#[tokio::test]
async fn without_a_callout_its_users_go() -> Result<()> {
    let mut world = World::new();
    let broker = world.broker(Which::Tidegate, &[])?;
    let keys = &world.auth.keys;
    let _service = world.service(&broker, admitting(keys, keys)).await?;
    let mut pusher = Pusher::new(&broker, &world.operator).await?;
    let entered = world.enter(&broker, &json!({})).await?;
    let mut wire = entered.expect("it is let in");
    world.auth.body.authorization = accounts::AccountBody::default().authorization;
    pusher.push(&world.operator, &world.auth).await?;
    assert_eq!(wire.errors_until_closed().await?, [REFUSED]);
    Ok(())
}

/// The credential that a client came with counts as long as the client stays.
#[tokio::test]
async fn a_login_ends_with_what_it_was_asked_about() -> Result<()> {
    let target = Tenant::new("target");
    let mut world = World::placing_in(&[&target]);
    let mut placed = place(Which::Tidegate, &world, &target).await?;
    world.auth.revoke(&world.sentinel.public(), now() + 1);
    placed.pusher.push(&world.operator, &world.auth).await?;
    let errors = placed.wire.errors_until_closed().await?;
    assert_eq!(errors, ["User Authentication Revoked"]);

    let mut world = World::placing_in(&[&target]);
    world.sentinel = world.auth.user_with("short", |claims| {
        claims.nats.rights.bearer_token = true;
        claims.exp = now() + 3;
    });
    let mut placed = place(Which::Tidegate, &world, &target).await?;
    let errors = placed.wire.errors_until_closed().await?;
    assert_eq!(errors, ["User Authentication Expired"]);
    Ok(())
}
