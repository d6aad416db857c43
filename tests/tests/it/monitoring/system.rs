//! What the system account may ask this server, and what it is told unasked.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::mint::{Operator, Tenant};
use tests::wait::eventually;
use tests::{Broker, Frame, Which, Wire};

use super::{Allowed, compare};
use crate::both::on_both;

on_both![
    filters_choose_who_answers,
    one_client_is_kicked_or_told_to_leave,
    questions_that_cannot_be_read_are_refused,
    figures_come_early_and_on_demand,
    accounts_are_asked_about_by_name,
    a_reload_without_anything_new_is_answered,
    answers_are_packed_for_those_who_ask,
    accounts_of_a_configuration_go_by_their_names,
    subscriptions_of_the_system_account_are_counted,
];

/// A broker in operator mode, a tenant in it, and a connection of the system account.
struct Scene {
    broker: Broker,
    tenant: Tenant,
    system: Wire,
    id: String,
}

impl Scene {
    async fn start(which: Which) -> Result<Self> {
        let (operator, tenant) = (Operator::default(), Tenant::new("acme"));
        let config = operator.memory_config(&[&tenant]);
        let broker = Broker::start(which, &config)?;
        let user = operator.system.user("asks");
        let mut system = Wire::login(broker.addr(), &user).await?;
        system.subscribe("inbox", "i").await?;
        let id = system.info()["server_id"].as_str();
        let id = id.context("server_id")?.to_owned();
        Ok(Self {
            broker,
            tenant,
            system,
            id,
        })
    }

    /// What is answered, as it is.
    async fn ask(&mut self, subject: &str, body: &str) -> Result<Value> {
        self.system.request(subject, "inbox", body).await?;
        let answer = self.system.message().await?;
        serde_json::from_slice(&answer.payload)
            .with_context(|| format!("{subject}: {:?}", answer.headers))
    }

    /// The same of this server's own subject.
    async fn ask_server(&mut self, verb: &str, body: &str) -> Result<Value> {
        let subject = format!("$SYS.REQ.SERVER.{}.{verb}", self.id);
        self.ask(&subject, body).await
    }

    /// Whether this server answers at all.
    async fn is_silent(&mut self, subject: &str, body: &str) -> Result<bool> {
        self.system.request(subject, "inbox", body).await?;
        // What comes after has been answered when this one was not.
        self.system
            .request("$SYS.REQ.SERVER.PING.IDZ", "inbox", "")
            .await?;
        let first: Value = serde_json::from_slice(&self.system.message().await?.payload)?;
        let is_silent = first.get("id").is_some();
        if !is_silent {
            self.system.message().await?;
        }
        Ok(is_silent)
    }
}

#[tokio::test]
async fn answers_have_the_originals_fields() -> Result<()> {
    let mut original = Scene::start(Which::NatsServer).await?;
    let mut ours = Scene::start(Which::Tidegate).await?;
    let mut clients = Vec::new();
    for scene in [&original, &ours] {
        let mut client = Wire::login(scene.broker.addr(), &scene.tenant.user("u")).await?;
        client.subscribe("a", "1").await?;
        clients.push(client);
    }
    let same = Allowed {
        missing: &["git_commit", "feature_flags", "jwt"],
        added: &[],
    };
    for (verb, body) in [
        ("IDZ", ""),
        ("STATSZ", ""),
        ("VARZ", ""),
        ("CONNZ", r#"{"auth":true,"subscriptions":true}"#),
        ("SUBSZ", ""),
        ("ROUTEZ", ""),
        ("GATEWAYZ", ""),
        ("LEAFZ", ""),
        ("ACCOUNTZ", ""),
        ("JSZ", ""),
        ("HEALTHZ", ""),
        ("HEALTHZ", r#"{"stream":"s","details":true}"#),
        ("CONNZ", r#"{"sort":"bogus"}"#),
        ("ACCOUNTZ", r#"{"account":"nobody"}"#),
    ] {
        for subject in ["PING", "own"] {
            let to = |scene: &Scene| match subject {
                "PING" => format!("$SYS.REQ.SERVER.PING.{verb}"),
                _ => format!("$SYS.REQ.SERVER.{}.{verb}", scene.id),
            };
            let (subject, mine) = (to(&original), to(&ours));
            let (first, second) = (
                original.ask(&subject, body).await?,
                ours.ask(&mine, body).await?,
            );
            assert_eq!(first["error"], second["error"], "{subject} {body}");
            // Beside an error the original says that there is no data.
            let missing: &[&str] = if first["error"].is_null() {
                &[]
            } else {
                &["data"]
            };
            let allowed = Allowed {
                missing: &[same.missing, missing].concat(),
                added: &[],
            };
            let complaints = compare(&first, &second, &allowed).join("\n");
            assert!(complaints.is_empty(), "{subject} {body}:\n{complaints}");
        }
    }
    let ping = (
        original.ask("$SYS.REQ.SERVER.PING", "").await?,
        ours.ask("$SYS.REQ.SERVER.PING", "").await?,
    );
    let complaints = compare(&ping.0, &ping.1, &same).join("\n");
    assert!(complaints.is_empty(), "PING:\n{complaints}");
    Ok(())
}

async fn filters_choose_who_answers(which: Which) -> Result<()> {
    let mut scene = Scene::start(which).await?;
    for (body, answers) in [
        (r#"{"server_name":"test"}"#, true),
        (r#"{"server_name":"test","exact_match":true}"#, false),
        (r#"{"server_name":"tested","exact_match":true}"#, true),
        (r#"{"server_name":"other"}"#, false),
        (r#"{"host":"127."}"#, true),
        (r#"{"host":"10."}"#, false),
        (r#"{"cluster":"c"}"#, false),
        (r#"{"tags":["a"]}"#, false),
        (r#"{"tags":[]}"#, true),
        (r#"{"domain":"d"}"#, false),
    ] {
        for verb in ["VARZ", "CONNZ", "HEALTHZ"] {
            let subject = format!("$SYS.REQ.SERVER.PING.{verb}");
            let is_silent = scene.is_silent(&subject, body).await?;
            assert_eq!(!is_silent, answers, "{verb} {body}");
        }
    }
    Ok(())
}

async fn one_client_is_kicked_or_told_to_leave(which: Which) -> Result<()> {
    let mut scene = Scene::start(which).await?;
    let more = json!({ "protocol": 1 });
    let addr = scene.broker.addr();
    let mut client = Wire::login_with(addr, &scene.tenant.user("u"), &more).await?;
    client.sync().await?;
    let cid = client.info()["client_id"].as_u64().context("client_id")?;
    let own = json!({ "cid": cid }).to_string();
    let answer = scene.ask_server("LDM", &own).await?;
    assert_eq!(
        (answer.get("error"), answer.get("data")),
        (None, None),
        "{answer}"
    );
    loop {
        match client.frame().await? {
            Frame::Info(info) if info["ldm"] == true => break,
            _ => {}
        }
    }
    let answer = scene.ask_server("KICK", &own).await?;
    assert_eq!(
        (answer.get("error"), answer.get("data")),
        (None, None),
        "{answer}"
    );
    client.until_closed().await?;
    let none = json!({ "cid": 99_999 }).to_string();
    let answer = scene.ask_server("KICK", &none).await?;
    let expected = json!({ "code": 500, "description": "no such client or leafnode id" });
    assert_eq!(answer["error"], expected);
    let answer = scene.ask_server("LDM", &none).await?;
    let expected = json!({ "code": 500, "description": "no such client id" });
    assert_eq!(answer["error"], expected);
    Ok(())
}

async fn questions_that_cannot_be_read_are_refused(which: Which) -> Result<()> {
    let mut scene = Scene::start(which).await?;
    for verb in ["VARZ", "CONNZ", "SUBSZ", "STATSZ"] {
        for body in ["{", "[]", r#"{"server_name":1}"#] {
            let answer = scene
                .ask(&format!("$SYS.REQ.SERVER.PING.{verb}"), body)
                .await?;
            assert_eq!(answer["error"]["code"], 400, "{verb} {body}: {answer}");
            assert!(answer["server"]["id"].is_string());
        }
    }
    Ok(())
}

async fn figures_come_early_and_on_demand(which: Which) -> Result<()> {
    let mut scene = Scene::start(which).await?;
    let subject = format!("$SYS.SERVER.{}.STATSZ", scene.id);
    scene.system.subscribe(&subject, "s").await?;
    // The first few follow each other fast: within this test's patience, not in ten seconds.
    for _ in 0..2 {
        let event = scene.system.message().await?;
        let event: Value = serde_json::from_slice(&event.payload)?;
        assert_eq!(event["statsz"]["connections"], 1, "{event}");
        assert!(event["statsz"]["received_from_clients"]["msgs"].is_u64());
    }
    // Without a place for the answer everybody is told.
    scene.system.publish("$SYS.REQ.SERVER.PING", "").await?;
    let event = scene.system.message().await?;
    assert_eq!((event.subject, event.sid.as_str()), (subject, "s"));
    Ok(())
}

async fn accounts_are_asked_about_by_name(which: Which) -> Result<()> {
    let mut scene = Scene::start(which).await?;
    let mut client = Wire::login(scene.broker.addr(), &scene.tenant.user("u")).await?;
    client.send("SUB a.b 1\r\nSUB c 2\r\n").await?;
    client.sync().await?;
    let key = scene.tenant.public();
    let about = |verb: &str| format!("$SYS.REQ.ACCOUNT.{key}.{verb}");
    let asked = r#"{"filter_subject":"a.*"}"#;
    let connz = eventually("the subscription to be seen", async || {
        let connz = scene.ask(&about("CONNZ"), asked).await?;
        Ok((connz["data"]["num_connections"] == 1).then_some(connz))
    })
    .await?;
    assert_eq!(connz["data"]["total"], 1);
    let none = scene
        .ask(&about("CONNZ"), r#"{"filter_subject":"x"}"#)
        .await?;
    assert_eq!(none["data"]["num_connections"], 0);
    let subsz = scene.ask(&about("SUBSZ"), r#"{"test":"a.b"}"#).await?;
    assert_eq!(subsz["data"]["total"], 1);
    let leafz = scene.ask(&about("LEAFZ"), "").await?;
    assert_eq!(leafz["data"]["leafnodes"], 0);
    let jsz = scene.ask(&about("JSZ"), "").await?;
    assert_eq!(jsz["error"]["code"], 500, "{jsz}");
    let info = scene.ask("$SYS.REQ.ACCOUNT.nobody.INFO", "").await?;
    let expected = json!({ "code": 500, "description": "Account nobody does not exist" });
    assert_eq!(info["error"], expected);
    let all = scene.ask("$SYS.REQ.SERVER.PING.CONNZ", asked).await?;
    assert_eq!(all["error"]["code"], 500, "only of one account: {all}");
    Ok(())
}

async fn a_reload_without_anything_new_is_answered(which: Which) -> Result<()> {
    let mut scene = Scene::start(which).await?;
    let answer = scene.ask_server("RELOAD", "").await?;
    assert!(answer["server"]["id"].is_string(), "{answer}");
    assert_eq!(answer.get("data"), None);
    Ok(())
}

async fn answers_are_packed_for_those_who_ask(which: Which) -> Result<()> {
    let mut scene = Scene::start(which).await?;
    for (asked, packed) in [
        ("gzip", "gzip"),
        ("snappy", "snappy"),
        ("s2, gzip", "snappy"),
        ("br", "identity"),
    ] {
        let block = format!("NATS/1.0\r\nAccept-Encoding: {asked}\r\n\r\n");
        let (subject, len) = ("$SYS.REQ.SERVER.PING.VARZ", block.len());
        let request = format!("HPUB {subject} inbox {len} {len}\r\n{block}\r\n");
        scene.system.send(request).await?;
        let answer = scene.system.message().await?;
        let headers = answer.headers.unwrap_or_default();
        assert!(
            headers.contains(&format!("Content-Encoding: {packed}\r\n")),
            "{asked}: {headers:?}"
        );
        let begins_with: &[u8] = match packed {
            "gzip" => &[0x1f, 0x8b],
            "snappy" => b"\xff\x06\x00\x00sNaPpY",
            _ => b"{",
        };
        assert!(answer.payload.starts_with(begins_with), "{asked}");
    }
    Ok(())
}

/// Whatever a tenant asks for, it sees its own connections only: open, closed or by number.
#[tokio::test]
async fn tenants_see_nothing_of_others() -> Result<()> {
    let (acme, globex) = (Tenant::new("acme"), Tenant::new("globex"));
    let config = Operator::default().memory_config(&[&acme, &globex]);
    let broker = Broker::start(Which::Tidegate, &config)?;
    let foreign = Wire::login(broker.addr(), &globex.user("stays")).await?;
    let cid = foreign.info()["client_id"].as_u64().context("client_id")?;
    drop(Wire::login(broker.addr(), &globex.user("leaves")).await?);
    drop(Wire::login(broker.addr(), &acme.user("leaves")).await?);
    let mut asks = Wire::login(broker.addr(), &acme.user("asks")).await?;
    asks.subscribe("inbox", "i").await?;
    let mut ask = async |body: Value| -> Result<Value> {
        let subject = "$SYS.REQ.ACCOUNT.PING.CONNZ";
        asks.request(subject, "inbox", &body.to_string()).await?;
        Ok(serde_json::from_slice(&asks.message().await?.payload)?)
    };
    let both = json!({ "state": 2, "auth": true, "acc": globex.public() });
    let seen = eventually("its own closed one to be seen", async || {
        let seen = ask(both.clone()).await?;
        Ok((seen["data"]["num_connections"] == 2).then_some(seen))
    })
    .await?;
    for connection in seen["data"]["connections"].as_array().context("a list")? {
        assert_eq!(connection["account"], json!(acme.public()));
    }
    assert_eq!(seen["data"]["total"], 2);
    for more in [json!({ "cid": cid }), json!({ "cid": cid, "state": 2 })] {
        assert_eq!(ask(more).await?["data"]["num_connections"], 0);
    }
    Ok(())
}

async fn accounts_of_a_configuration_go_by_their_names(which: Which) -> Result<()> {
    const CONFIG: &str = "accounts {
        SYS { users [{ user: sys, password: s }] }
        A { users [{ user: a, password: a }] }
    }
    system_account: SYS";
    let broker = Broker::start(which, CONFIG)?;
    let login = json!({ "user": "sys", "pass": "s" });
    let mut system = Wire::anonymous_with(broker.addr(), &login).await?;
    system.subscribe("$SYS.ACCOUNT.A.CONNECT", "e").await?;
    let login = json!({ "user": "a", "pass": "a" });
    let mut client = Wire::anonymous_with(broker.addr(), &login).await?;
    let event: Value = serde_json::from_slice(&system.message().await?.payload)?;
    assert_eq!(
        (&event["client"]["acc"], &event["client"]["user"]),
        (&json!("A"), &json!("a"))
    );
    system.subscribe("inbox", "i").await?;
    client.subscribe("inbox", "i").await?;
    let auth = r#"{"auth":true}"#;
    for (asks, subject) in [
        (&mut system, "$SYS.REQ.ACCOUNT.A.CONNZ"),
        (&mut client, "$SYS.REQ.ACCOUNT.PING.CONNZ"),
    ] {
        asks.request(subject, "inbox", auth).await?;
        let connz: Value = serde_json::from_slice(&asks.message().await?.payload)?;
        let seen = &connz["data"]["connections"];
        assert_eq!(seen.as_array().map(Vec::len), Some(1), "{subject}: {connz}");
        assert_eq!(seen[0]["account"], "A");
        assert_eq!(seen[0]["authorized_user"], "a");
    }
    for (subject, body, place) in [
        ("$SYS.REQ.ACCOUNT.A.INFO", "", "/data/account_name"),
        ("$SYS.REQ.ACCOUNT.A.STATZ", "", "/data/account_statz/0/acc"),
        (
            "$SYS.REQ.ACCOUNT.PING.STATZ",
            r#"{"accounts":["A"]}"#,
            "/data/account_statz/0/acc",
        ),
        (
            "$SYS.REQ.SERVER.PING.ACCOUNTZ",
            r#"{"account":"A"}"#,
            "/data/account_detail/account_name",
        ),
        ("$SYS.REQ.ACCOUNT.A.CONNS", "", "/acc"),
    ] {
        system.request(subject, "inbox", body).await?;
        let answer: Value = serde_json::from_slice(&system.message().await?.payload)?;
        assert_eq!(
            answer.pointer(place),
            Some(&json!("A")),
            "{subject}: {answer}"
        );
    }
    Ok(())
}

async fn subscriptions_of_the_system_account_are_counted(which: Which) -> Result<()> {
    let mut scene = Scene::start(which).await?;
    scene.system.subscribe("q.a", "1").await?;
    scene
        .system
        .send("SUB q.a group 2\r\nSUB q.b 3\r\n")
        .await?;
    for (asked, count) in [
        ("q.a", 2),
        ("q.a group", 1),
        ("q.*", 3),
        ("other", 0),
        ("", 0),
    ] {
        let answer = scene.ask("$SYS.DEBUG.SUBSCRIBERS", asked).await?;
        assert_eq!(answer, json!(count), "{asked}");
    }
    Ok(())
}
