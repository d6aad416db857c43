//! Auth callouts: an account's own service decides who comes in, as whom, and where.

mod live;
mod paths;
mod service;
mod stock;

use accounts::claims::authorization::AuthorizationRequestBody;
use accounts::{Claims, KeyKind, KeyPair, callout, jwt};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use tests::mint::{Tenant, keys, now};
use tests::{Frame, Which, Wire};

use self::service::{
    Asked, REFUSED, Service, World, admitting, copy, curve_keys, enter, refusing, response,
    server_key, user, whoami,
};
use crate::both::on_both;

on_both![
    a_service_decides_who_comes_in,
    a_request_says_who_asks_and_for_whom,
    a_signed_nonce_is_told_with_its_nonce,
    operations_wait_for_the_answer,
    users_go_into_the_accounts_that_are_allowed,
    any_account_may_be_allowed,
    a_scoped_key_gives_the_role,
    sealed_requests_are_answered_sealed_or_not,
    an_answer_sealed_by_another_key_is_refused,
    answers_that_are_not_for_this_question_are_refused,
    expired_answers_are_refused,
    nobody_answers,
    a_silent_service_lets_nobody_in,
    clients_cannot_ask,
    clients_without_a_token_come_by_the_default_sentinel,
    a_default_sentinel_must_be_a_bearer,
];

async fn a_service_decides_who_comes_in(which: Which) -> Result<()> {
    let world = World::new();
    let broker = world.broker(which, &[])?;
    let auth = copy(&world.auth.keys);
    let service = world.service(&broker, move |asked| {
        let said = &asked.claims.nats.connect;
        if (said.user.as_str(), said.pass.as_str()) != ("dlc", "right") {
            return vec![refusing(&auth, asked, "a secret of the house")];
        }
        let user = user(&auth, asked, |claims| {
            claims.nats.rights.publish.allow = Some(vec!["open".to_owned(), "$SYS.>".to_owned()]);
        });
        vec![response(&auth, asked, user, |_| {})]
    });
    let _service = service.await?;
    let right = json!({"user": "dlc", "pass": "right"});
    let entered = world.enter(&broker, &right).await?;
    let mut wire = entered.expect("the right password");
    let (who, account) = whoami(&mut wire).await?;
    assert_eq!(
        (who, account),
        ("dlc".to_owned(), world.auth.public().to_string())
    );
    wire.subscribe(">", "1").await?;
    wire.publish("open", "x").await?;
    assert_eq!(wire.message().await?.brief().0, "open");
    wire.publish("closed", "x").await?;
    let refused = wire.error().await?;
    assert_eq!(refused, "Permissions Violation for Publish to \"closed\"");

    let wrong = json!({"user": "dlc", "pass": "wrong"});
    let entered = world.enter(&broker, &wrong).await?;
    assert_eq!(entered.err().as_deref(), Some(REFUSED));
    // A sentinel that is no good is not asked about.
    let stranger = Tenant::new("stranger").user("nobody");
    let entered = enter(&broker, Some(&stranger), &right).await?;
    assert_eq!(entered.err().as_deref(), Some(REFUSED));
    Ok(())
}

async fn a_request_says_who_asks_and_for_whom(which: Which) -> Result<()> {
    let world = World::new();
    let broker = world.broker(which, &[])?;
    let keys = &world.auth.keys;
    let mut service = world.service(&broker, admitting(keys, keys)).await?;
    let said = json!({
        "user": "dlc", "pass": "right", "auth_token": "t", "nkey": "", "lang": "l", "version": "v",
        "protocol": 1,
    });
    let before = now();
    let wire = world.enter(&broker, &said).await?.expect("it is let in");
    let Asked { claims, message } = service.asked().await?;
    assert_eq!(message.headers, None);
    assert!(
        message
            .reply
            .is_some_and(|reply| reply.starts_with("$SYS._INBOX."))
    );
    let server = wire.info()["server_id"].as_str().context("a server id")?;
    assert_eq!(claims.iss.to_string(), server);
    assert_eq!(claims.subject(), world.auth.public());
    assert_eq!(claims.aud.as_deref(), Some(callout::AUDIENCE));
    ensure!(
        (before + 2..=now() + 3).contains(&claims.exp),
        "{}",
        claims.exp
    );
    let asked = &claims.nats;
    assert_eq!(asked.user_nkey.kind(), KeyKind::User);
    assert_eq!(asked.server.id.to_string(), server);
    assert_eq!(asked.server.name, "tested");
    assert_eq!(wire.info()["version"], asked.server.version);
    assert_eq!(wire.info()["host"], asked.server.host);
    assert_eq!(asked.server.xkey, None);
    let client = &asked.client;
    assert_eq!(client.host, "127.0.0.1");
    assert_eq!(wire.info()["client_id"], client.id);
    assert_eq!(
        (client.user.as_str(), client.name.as_str()),
        ("dlc", "a client")
    );
    assert_eq!(
        (client.kind.as_str(), client.protocol.as_str()),
        ("Client", "nats")
    );
    assert_eq!(client.name_tag, "sentinel");
    assert_eq!(client.tags, ["door:front"]);
    assert_eq!((client.nonce.as_str(), client.mqtt_id.as_str()), ("", ""));
    let connect = &asked.connect;
    assert_eq!(connect.jwt, world.sentinel.jwt);
    assert_eq!(
        (connect.user.as_str(), connect.pass.as_str()),
        ("dlc", "right")
    );
    assert_eq!((connect.auth_token.as_str(), connect.protocol), ("t", 1));
    assert_eq!(
        (connect.name.as_str(), connect.lang.as_str()),
        ("a client", "l")
    );
    assert_eq!((connect.version.as_str(), connect.sig.as_str()), ("v", ""));
    assert_eq!(asked.tls, None);
    Ok(())
}

/// Each question has a key of its own.
async fn a_signed_nonce_is_told_with_its_nonce(which: Which) -> Result<()> {
    let world = World::new();
    let broker = world.broker(which, &[])?;
    let keys = &world.auth.keys;
    let mut service = world.service(&broker, admitting(keys, keys)).await?;
    world
        .enter(&broker, &json!({}))
        .await?
        .expect("it is let in");
    let first = service.asked().await?;
    let mut signing = Wire::open(broker.addr()).await?;
    let operation = world
        .sentinel
        .connect_operation(signing.nonce(), &json!({}));
    signing.send(operation + "PING\r\n").await?;
    let second = service.asked().await?.claims.nats;
    assert_eq!(second.client.nonce, signing.nonce());
    assert_eq!(second.connect.sig, world.sentinel.sign(signing.nonce()));
    assert_eq!(second.client.user, world.sentinel.public().to_string());
    assert_ne!(second.user_nkey, first.key());
    Ok(())
}

/// What a client sends behind its CONNECT is done after the answer, as the user that it became.
async fn operations_wait_for_the_answer(which: Which) -> Result<()> {
    let target = Tenant::new("target");
    let world = World::placing_in(&[&target]);
    let broker = world.broker(which, &[&target])?;
    let answer = admitting(&world.auth.keys, &target.keys);
    let _service = world.service(&broker, answer).await?;
    let mut watching = Wire::login(broker.addr(), &target.user("watching")).await?;
    watching.subscribe("early", "1").await?;
    let mut wire = Wire::open(broker.addr()).await?;
    let connect = world
        .sentinel
        .connect_operation(wire.nonce(), &json!({"sig": null}));
    let rest = "SUB early 7\r\nPUB early 3\r\none\r\nPING\r\n";
    wire.send(connect + rest).await?;
    assert_eq!(watching.message().await?.brief().1, "one");
    assert_eq!(wire.message().await?.sid, "7");
    wire.sync().await?;
    Ok(())
}

async fn users_go_into_the_accounts_that_are_allowed(which: Which) -> Result<()> {
    let (allowed, other) = (Tenant::new("allowed"), Tenant::new("other"));
    let world = World::placing_in(&[&allowed]);
    let broker = world.broker(which, &[&allowed, &other])?;
    let into = |tenant: &Tenant| admitting(&world.auth.keys, &tenant.keys);
    {
        let _service = world.service(&broker, into(&allowed)).await?;
        let entered = world.enter(&broker, &json!({"user": "a"})).await?;
        let (_, account) = whoami(&mut entered.expect("an allowed account")).await?;
        assert_eq!(account, allowed.public().to_string());
    }
    {
        let _service = world.service(&broker, into(&world.auth)).await?;
        let entered = world.enter(&broker, &json!({"user": "a"})).await?;
        let (_, account) = whoami(&mut entered.expect("its own account")).await?;
        assert_eq!(account, world.auth.public().to_string());
    }
    for tenant in [&other, &Tenant::new("unknown")] {
        let _service = world.service(&broker, into(tenant)).await?;
        let entered = world.enter(&broker, &json!({"user": "a"})).await?;
        assert_eq!(entered.err().as_deref(), Some(REFUSED), "{}", tenant.name);
    }
    Ok(())
}

async fn any_account_may_be_allowed(which: Which) -> Result<()> {
    let target = Tenant::new("target");
    let mut world = World::new();
    world.auth.body.authorization.allowed_accounts = vec!["*".to_owned()];
    let broker = world.broker(which, &[&target])?;
    let answer = admitting(&world.auth.keys, &target.keys);
    let _service = world.service(&broker, answer).await?;
    let mut wire = world
        .enter(&broker, &json!({}))
        .await?
        .expect("any account");
    assert_eq!(whoami(&mut wire).await?.1, target.public().to_string());
    Ok(())
}

/// The user's rights are the role's; and only a key of the account makes users of it.
async fn a_scoped_key_gives_the_role(which: Which) -> Result<()> {
    let mut target = Tenant::new("target");
    let role = keys(KeyKind::Account);
    target.body.signing_keys.push(serde_json::from_value(json!({
        "kind": "user_scope", "key": role.public(), "role": "r", "template": {
            "pub": {"allow": ["box.{{name()}}"]}, "sub": {"allow": [">"]},
            "subs": -1, "data": -1, "payload": -1,
        },
    }))?);
    let world = World::placing_in(&[&target]);
    let broker = world.broker(which, &[&target])?;
    let of = target.public();
    let (auth, stranger) = (copy(&world.auth.keys), keys(KeyKind::Account));
    let service = world.service(&broker, move |asked| {
        let name = asked.claims.nats.connect.user.clone();
        let signer = if name == "stranger" { &stranger } else { &role };
        let user = user(signer, asked, |claims| {
            claims.nats.issuer_account = Some(of);
            if name != "greedy" {
                claims.nats.rights = accounts::UserPermissionLimits::default();
            }
        });
        vec![response(&auth, asked, user, |_| {})]
    });
    let _service = service.await?;
    let entered = world.enter(&broker, &json!({"user": "me"})).await?;
    let mut wire = entered.expect("the role's user");
    wire.subscribe("box.*", "1").await?;
    wire.publish("box.me", "x").await?;
    assert_eq!(wire.message().await?.brief().0, "box.me");
    wire.publish("box.you", "x").await?;
    let refused = wire.error().await?;
    assert_eq!(refused, "Permissions Violation for Publish to \"box.you\"");
    for name in ["greedy", "stranger"] {
        let entered = world.enter(&broker, &json!({"user": name})).await?;
        assert_eq!(entered.err().as_deref(), Some(REFUSED), "{name}");
    }
    Ok(())
}

async fn sealed_requests_are_answered_sealed_or_not(which: Which) -> Result<()> {
    let mut world = World::new();
    let curve = curve_keys();
    let sealing = accounts::CurveKeyPair::from_seed(&curve.seed())?;
    world.auth.body.authorization.xkey = curve.public().to_string();
    let broker = world.broker(which, &[])?;
    let auth = copy(&world.auth.keys);
    let answer = move |asked: &Asked| {
        let open = response(&auth, asked, user(&auth, asked, |_| {}), |_| {});
        if asked.claims.nats.connect.user == "open" {
            return vec![open];
        }
        let server = server_key(&asked.message).expect("a curve key");
        let nonce = [b'n'; 24];
        vec![sealing.seal(&open, &server, nonce).expect("seal")]
    };
    let mut service = Service::start_sealed(&broker, &world.answering, Some(curve), answer).await?;
    let mut sealed = Vec::new();
    for user in ["sealed", "open"] {
        let entered = world
            .enter(&broker, &json!({"user": user, "pass": "hush"}))
            .await?;
        let wire = entered.expect(user);
        let asked = service.asked().await?;
        let key = server_key(&asked.message)?;
        assert_eq!(wire.info()["xkey"], key.to_string());
        assert_eq!(asked.claims.nats.server.xkey, Some(key));
        assert_eq!(asked.claims.nats.connect.pass, "hush");
        let payload = asked.message.payload;
        assert!(payload.starts_with(b"xkv1"));
        sealed.push(payload);
    }
    // Fresh nonces: two texts share no part.
    assert_ne!(sealed[0][4..28], sealed[1][4..28]);
    assert_ne!(sealed[0][28..60], sealed[1][28..60]);
    Ok(())
}

async fn an_answer_sealed_by_another_key_is_refused(which: Which) -> Result<()> {
    let mut world = World::new();
    let (curve, other) = (curve_keys(), curve_keys());
    world.auth.body.authorization.xkey = curve.public().to_string();
    let broker = world.broker(which, &[])?;
    let auth = copy(&world.auth.keys);
    let answer = move |asked: &Asked| {
        let open = response(&auth, asked, user(&auth, asked, |_| {}), |_| {});
        let server = server_key(&asked.message).expect("a curve key");
        vec![other.seal(&open, &server, [7; 24]).expect("seal")]
    };
    let _service = Service::start_sealed(&broker, &world.answering, Some(curve), answer).await?;
    let entered = world.enter(&broker, &json!({})).await?;
    assert_eq!(entered.err().as_deref(), Some(REFUSED));
    Ok(())
}

async fn answers_that_are_not_for_this_question_are_refused(which: Which) -> Result<()> {
    let world = World::new();
    let broker = world.broker(which, &[])?;
    let auth = copy(&world.auth.keys);
    let service = world.service(&broker, move |asked| {
        let other_user = keys(KeyKind::User).public().to_string();
        let other_server = keys(KeyKind::Server).public().to_string();
        let case = asked.claims.nats.connect.user.as_str();
        let user = user(&auth, asked, |claims| {
            if case == "user" {
                claims.sub.clone_from(&other_user);
            }
        });
        let stranger = keys(KeyKind::Account);
        let signer = if case == "signer" { &stranger } else { &auth };
        let answer = response(signer, asked, user.clone(), |claims| match case {
            "subject" => claims.sub = other_user,
            "server" => claims.aud = Some(other_server),
            "no server" => claims.aud = None,
            "both" => claims.nats.error = "no".to_owned(),
            "neither" => claims.nats.jwt.clear(),
            "no user" => claims.nats.jwt = "eyJ".to_owned(),
            _ => {}
        });
        match case {
            "empty" => vec![Vec::new()],
            "noise" => vec![b"\x00\xff yes".to_vec()],
            "bare user" => vec![user.into_bytes()],
            _ => vec![answer],
        }
    });
    let _service = service.await?;
    assert!(
        world
            .enter(&broker, &json!({"user": "good"}))
            .await?
            .is_ok()
    );
    let cases = [
        "user",
        "signer",
        "subject",
        "server",
        "no server",
        "both",
        "neither",
        "no user",
        "empty",
        "noise",
        "bare user",
    ];
    for case in cases {
        let entered = world.enter(&broker, &json!({"user": case})).await?;
        assert_eq!(entered.err().as_deref(), Some(REFUSED), "{case}");
    }
    Ok(())
}

async fn expired_answers_are_refused(which: Which) -> Result<()> {
    let world = World::new();
    let broker = world.broker(which, &[])?;
    let auth = copy(&world.auth.keys);
    let service = world.service(&broker, move |asked| {
        let case = asked.claims.nats.connect.user.as_str();
        let user = user(&auth, asked, |claims| match case {
            "user" => claims.exp = now() - 10,
            "early user" => claims.nbf = now() + 100,
            _ => {}
        });
        vec![response(&auth, asked, user, |claims| match case {
            "answer" => claims.exp = now() - 10,
            "early answer" => claims.nbf = now() + 100,
            _ => claims.exp = now() + 10,
        })]
    });
    let _service = service.await?;
    assert!(
        world
            .enter(&broker, &json!({"user": "good"}))
            .await?
            .is_ok()
    );
    for case in ["user", "early user", "answer", "early answer"] {
        let entered = world.enter(&broker, &json!({"user": case})).await?;
        assert_eq!(entered.err().as_deref(), Some(REFUSED), "{case}");
    }
    Ok(())
}

async fn nobody_answers(which: Which) -> Result<()> {
    let world = World::new();
    let broker = world.broker(which, &[])?;
    let entered = world.enter(&broker, &json!({"user": "dlc"})).await?;
    assert_eq!(entered.err().as_deref(), Some(REFUSED));
    Ok(())
}

/// It is refused when its time is over; others come and go meanwhile.
async fn a_silent_service_lets_nobody_in(which: Which) -> Result<()> {
    let other = Tenant::new("other");
    let world = World::new();
    let broker = world.broker(which, &[&other])?;
    let mut service = world.service(&broker, |_| Vec::new()).await?;
    let mut events = Wire::login(broker.addr(), &world.operator.system.user("s")).await?;
    events
        .subscribe("$SYS.SERVER.*.CLIENT.AUTH.ERR", "1")
        .await?;
    let mut waiting = Wire::open(broker.addr()).await?;
    let connect = world
        .sentinel
        .connect_operation(waiting.nonce(), &json!({"sig": null}));
    waiting.send(connect).await?;
    let asked = service.asked().await?;
    assert_eq!(
        Wire::try_login(broker.addr(), &other.user("quick")).await?,
        Ok(())
    );
    assert_eq!(waiting.errors_until_closed().await?, [REFUSED]);
    ensure!(now() >= asked.claims.exp - 1, "its time was not over");
    let event = events.message().await?;
    let event: serde_json::Value = serde_json::from_slice(&event.payload)?;
    assert_eq!(event["reason"], "Authentication Failure");
    assert_eq!(event["client"]["id"], waiting.info()["client_id"]);
    Ok(())
}

/// nats-server acts on every answer: a refusal that comes after the admission cuts the client off.
#[tokio::test]
async fn the_first_answer_counts() -> Result<()> {
    let world = World::new();
    let broker = world.broker(Which::Tidegate, &[])?;
    let auth = copy(&world.auth.keys);
    let service = world.service(&broker, move |asked| {
        let yes = response(&auth, asked, user(&auth, asked, |_| {}), |_| {});
        let no = refusing(&auth, asked, "no");
        match asked.claims.nats.connect.user.as_str() {
            "yes" => vec![yes, no],
            _ => vec![no, yes],
        }
    });
    let mut service = service.await?;
    let entered = world.enter(&broker, &json!({"user": "no"})).await?;
    assert_eq!(entered.err().as_deref(), Some(REFUSED));
    let entered = world.enter(&broker, &json!({"user": "yes"})).await?;
    let mut wire = entered.expect("yes came first");
    service.asked().await?;
    service.asked().await?;
    assert_eq!(wire.sync().await?, []);
    assert!(!service.was_asked());
    Ok(())
}

/// Whoever could ask would get tokens for keys of its own.
async fn clients_cannot_ask(which: Which) -> Result<()> {
    let world = World::new();
    let broker = world.broker(which, &[])?;
    let keys = &world.auth.keys;
    let mut service = world.service(&broker, admitting(keys, keys)).await?;
    let placed = world.enter(&broker, &json!({"user": "placed"})).await?;
    service.asked().await?;
    let answering = Wire::login(broker.addr(), &world.answering).await?;
    for mut wire in [placed.expect("it is let in"), answering] {
        wire.subscribe("reply", "1").await?;
        wire.request(callout::SUBJECT, "reply", "forged").await?;
        let refused = wire.error().await?;
        let expected = format!(
            "Permissions Violation for Publish to \"{}\"",
            callout::SUBJECT
        );
        assert_eq!(refused, expected);
        assert_eq!(wire.sync().await?, []);
    }
    assert!(!service.was_asked());
    Ok(())
}

async fn clients_without_a_token_come_by_the_default_sentinel(which: Which) -> Result<()> {
    let world = World::new();
    let sentinel = format!("default_sentinel: {}\n", world.sentinel.jwt);
    let broker = world.broker_with(which, &[], &sentinel)?;
    let keys = &world.auth.keys;
    let mut service = world.service(&broker, admitting(keys, keys)).await?;
    // A token of somebody else's making is none.
    for said in [
        json!({"user": "dlc", "pass": "p"}),
        json!({"jwt": "opaque", "user": "dlc"}),
    ] {
        let mut wire = enter(&broker, None, &said)
            .await?
            .expect("let in by the sentinel");
        assert_eq!(whoami(&mut wire).await?.0, "dlc");
        let connect = service.asked().await?.claims.nats.connect;
        assert_eq!(
            (connect.user.as_str(), connect.jwt),
            ("dlc", world.sentinel.jwt.clone())
        );
    }
    // A good token is its own way in.
    assert_eq!(
        Wire::try_login(broker.addr(), &world.answering).await?,
        Ok(())
    );
    assert!(!service.was_asked());
    Ok(())
}

async fn a_default_sentinel_must_be_a_bearer(which: Which) -> Result<()> {
    let world = World::new();
    let plain = world.auth.user("plain");
    for token in [plain.jwt.as_str(), "eyJ.no.token"] {
        let line = format!("default_sentinel: {token}\n");
        assert!(world.broker_with(which, &[], &line).is_err(), "{token}");
    }
    let alone = format!("default_sentinel: {}\n", world.sentinel.jwt);
    assert!(
        tests::Broker::start(which, &alone).is_err(),
        "without an operator"
    );
    Ok(())
}

/// nats-server lets a sentinel past the callout when it *says* that it is an auth user: it looks
/// at the name in CONNECT first. Here the token's own key counts.
#[tokio::test]
async fn naming_an_auth_user_does_not_make_one() -> Result<()> {
    let world = World::new();
    let broker = world.broker(Which::Tidegate, &[])?;
    let auth = copy(&world.auth.keys);
    let service = world.service(&broker, move |asked| vec![refusing(&auth, asked, "no")]);
    let mut service = service.await?;
    let name = world.answering.public().to_string();
    for said in [json!({"user": name}), json!({"nkey": name})] {
        let entered = world.enter(&broker, &said).await?;
        assert_eq!(entered.err().as_deref(), Some(REFUSED), "{said}");
        service.asked().await?;
    }
    // And who is one may call itself what it likes.
    let said = json!({"user": "me"});
    Wire::login_with(broker.addr(), &world.answering, &said).await?;
    assert!(!service.was_asked());
    Ok(())
}

/// nats-server takes an answer by its issuer_account, whoever signed it; and a sealed one from any
/// key at all. Here the signer is a key of the account that was asked.
#[tokio::test]
async fn only_keys_of_the_account_sign_answers() -> Result<()> {
    let mut world = World::new();
    let curve = curve_keys();
    let sealing = accounts::CurveKeyPair::from_seed(&curve.seed())?;
    world.auth.body.authorization.xkey = curve.public().to_string();
    let signing = keys(KeyKind::Account);
    world
        .auth
        .body
        .signing_keys
        .push(accounts::SigningKey::Plain(signing.public()));
    let broker = world.broker(Which::Tidegate, &[])?;
    let (auth, stranger) = (copy(&world.auth.keys), keys(KeyKind::Account));
    let account = world.auth.public();
    let answer = move |asked: &Asked| {
        let case = asked.claims.nats.connect.user.clone();
        let user = user(&auth, asked, |_| {});
        let good = case.starts_with("good");
        let signer: &KeyPair = if good { &signing } else { &stranger };
        let open = response(signer, asked, user, |claims| {
            claims.nats.issuer_account = case.contains("named").then_some(account);
        });
        let server = server_key(&asked.message).expect("a curve key");
        match case.contains("sealed") {
            true => vec![sealing.seal(&open, &server, [1; 24]).expect("seal")],
            false => vec![open],
        }
    };
    let _service = Service::start_sealed(&broker, &world.answering, Some(curve), answer).await?;
    for case in ["good", "good named", "good sealed", "good named sealed"] {
        assert!(
            world.enter(&broker, &json!({"user": case})).await?.is_ok(),
            "{case}"
        );
    }
    for case in ["bad", "bad named", "bad sealed", "bad named sealed"] {
        let entered = world.enter(&broker, &json!({"user": case})).await?;
        assert_eq!(entered.err().as_deref(), Some(REFUSED), "{case}");
    }
    Ok(())
}

/// nats-server forgets these for users that a callout lets in.
#[tokio::test]
async fn conditions_of_the_user_hold() -> Result<()> {
    let world = World::new();
    let broker = world.broker(Which::Tidegate, &[])?;
    let auth = copy(&world.auth.keys);
    let service = world.service(&broker, move |asked| {
        let case = asked.claims.nats.connect.user.as_str();
        let user = user(&auth, asked, |claims| {
            let rights = &mut claims.nats.rights;
            match case {
                "network" => rights.src = Some(vec!["192.0.2.0/24".to_owned()]),
                "type" => rights.allowed_connection_types = Some(vec!["MQTT".to_owned()]),
                "proxy" => rights.proxy_required = true,
                _ => rights.src = Some(vec!["127.0.0.0/8".to_owned()]),
            }
        });
        vec![response(&auth, asked, user, |_| {})]
    });
    let _service = service.await?;
    assert!(
        world
            .enter(&broker, &json!({"user": "good"}))
            .await?
            .is_ok()
    );
    for case in ["network", "type", "proxy"] {
        let entered = world.enter(&broker, &json!({"user": case})).await?;
        assert_eq!(entered.err().as_deref(), Some(REFUSED), "{case}");
    }
    Ok(())
}

/// Another client of the account cannot answer: the subject of the answer is not to be guessed, and
/// what it sees of the question makes no answer without a key of the account.
#[tokio::test]
async fn a_forged_answer_is_refused() -> Result<()> {
    let world = World::new();
    let broker = world.broker(Which::Tidegate, &[])?;
    let forger = keys(KeyKind::Account);
    let service = world.service(&broker, move |asked| {
        vec![response(
            &forger,
            asked,
            user(&forger, asked, |_| {}),
            |_| {},
        )]
    });
    let _service = service.await?;
    let entered = world.enter(&broker, &json!({})).await?;
    assert_eq!(entered.err().as_deref(), Some(REFUSED));
    Ok(())
}

/// A question is a token of the server; what reads it needs no more than its public key.
#[tokio::test]
async fn requests_are_signed_by_the_server() -> Result<()> {
    let world = World::new();
    let broker = world.broker(Which::Tidegate, &[])?;
    let mut service = world.service(&broker, |_| Vec::new()).await?;
    let mut wire = Wire::open(broker.addr()).await?;
    let connect = world.sentinel.connect_operation(wire.nonce(), &json!({}));
    wire.send(connect).await?;
    let asked = service.asked().await?;
    let text = String::from_utf8(asked.message.payload)?;
    let read: Claims<AuthorizationRequestBody> = jwt::decode(&text)?;
    assert_eq!(read.iss.to_string(), wire.info()["server_id"]);
    // Gone before the answer: nothing is left behind that others would notice.
    wire.finish().await?;
    assert!(matches!(
        wire.until_closed().await?.as_slice(),
        [] | [Frame::Error(_)]
    ));
    Ok(())
}
