//! Connections: order, pages, filters, and those that are gone.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::mint::{Operator, Tenant};
use tests::wait::eventually;
use tests::{Which, Wire};

use super::Monitored;
use crate::both::on_both;

on_both![
    connections_are_sorted_and_paged,
    connections_are_found_by_account_user_and_number,
    subscriptions_are_shown_when_asked_for,
    the_closed_are_remembered_with_their_reason,
];

fn numbers(connz: &Value) -> Vec<u64> {
    let list = connz["connections"].as_array();
    let list = list.into_iter().flatten();
    list.filter_map(|it| it["cid"].as_u64()).collect()
}

async fn connections_are_sorted_and_paged(which: Which) -> Result<()> {
    let server = Monitored::start(which, "")?;
    let mut clients = Vec::new();
    for count in [1_u64, 3, 2] {
        let mut client = Wire::anonymous(server.broker.addr()).await?;
        for at in 0..count {
            let subject = format!("own.{}.{at}", clients.len());
            client.send(format!("SUB {subject} {at}\r\n")).await?;
            client.publish(&subject, &"x".repeat(10)).await?;
        }
        client.sync().await?;
        clients.push(client);
    }
    // A publish is counted at the end of its read.
    eventually("all to be counted", async || {
        let varz = server.json("varz").await?;
        Ok((varz["in_msgs"] == 6 && varz["out_msgs"] == 6).then_some(()))
    })
    .await?;
    let all = numbers(&server.json("connz").await?);
    let [first, second, third] = all[..] else {
        anyhow::bail!("not three: {all:?}");
    };
    for (sort, expected) in [
        ("cid", [first, second, third]),
        ("start", [first, second, third]),
        ("subs", [second, third, first]),
        ("msgs_to", [second, third, first]),
        ("msgs_from", [second, third, first]),
        ("bytes_to", [second, third, first]),
        ("bytes_from", [second, third, first]),
        ("uptime", [third, second, first]),
    ] {
        let shown = server.json(&format!("connz?sort={sort}")).await?;
        assert_eq!(numbers(&shown), expected, "{sort}");
    }
    for sort in ["pending", "last", "idle", "rtt"] {
        let shown = server.json(&format!("connz?sort={sort}")).await?;
        assert_eq!(numbers(&shown).len(), 3, "{sort}");
    }
    let shown = server.json("connz?sort=subs&offset=1&limit=1").await?;
    assert_eq!(numbers(&shown), [third]);
    assert_eq!(
        (&shown["total"], &shown["num_connections"]),
        (&json!(3), &json!(1))
    );
    let shown = server.json("connz?offset=9").await?;
    assert_eq!(
        (&shown["total"], &shown["num_connections"]),
        (&json!(3), &json!(0))
    );
    Ok(())
}

async fn connections_are_found_by_account_user_and_number(which: Which) -> Result<()> {
    let (acme, globex) = (Tenant::new("acme"), Tenant::new("globex"));
    let config = Operator::default().memory_config(&[&acme, &globex]);
    let server = Monitored::start(which, &config)?;
    let (user, other) = (acme.user("u"), acme.user("v"));
    let addr = server.broker.addr();
    let first = Wire::login(addr, &user).await?;
    let _second = Wire::login(addr, &other).await?;
    let _foreign = Wire::login(addr, &globex.user("w")).await?;
    let (account, key) = (acme.public(), user.public());
    let cid = first.info()["client_id"].as_u64().context("client_id")?;
    let shown = server.json(&format!("connz?auth=1&acc={account}")).await?;
    assert_eq!(
        (&shown["num_connections"], &shown["total"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(shown["connections"][0]["account"], json!(account));
    assert_eq!(shown["connections"][0]["name_tag"], "acme");
    let shown = server.json(&format!("connz?auth=1&user={key}")).await?;
    assert_eq!(numbers(&shown), [cid]);
    assert_eq!(shown["connections"][0]["authorized_user"], json!(key));
    let shown = server.json(&format!("connz?cid={cid}")).await?;
    assert_eq!(numbers(&shown), [cid]);
    assert_eq!(shown["limit"], 1);
    // Who they are is shown on demand.
    assert_eq!(shown["connections"][0].get("authorized_user"), None);
    assert_eq!(shown["connections"][0].get("account"), None);
    assert_eq!(
        numbers(&server.json("connz?cid=99999").await?),
        [] as [u64; 0]
    );
    Ok(())
}

async fn subscriptions_are_shown_when_asked_for(which: Which) -> Result<()> {
    let server = Monitored::start(which, "")?;
    let mut client = Wire::anonymous(server.broker.addr()).await?;
    client
        .send("SUB a 1\r\nSUB b crew 2\r\nUNSUB 2 9\r\n")
        .await?;
    client.sync().await?;
    let _other = Wire::anonymous(server.broker.addr()).await?;
    let plain = server.json("connz").await?;
    let first = &plain["connections"][0];
    assert_eq!(first["subscriptions"], 2);
    assert_eq!(first.get("subscriptions_list"), None);
    let shown = server.json("connz?subs=1").await?;
    let mut subjects = shown["connections"][0]["subscriptions_list"].clone();
    let list = subjects.as_array_mut().context("a list")?;
    list.sort_by_key(ToString::to_string);
    assert_eq!(subjects, json!(["a", "b"]));
    assert_eq!(shown["connections"][1].get("subscriptions_list"), None);
    let shown = server.json("connz?subs=detail").await?;
    let list = shown["connections"][0]["subscriptions_list_detail"].as_array();
    let queue = list.context("a list")?.iter().find(|it| it["sid"] == "2");
    let cid = &first["cid"];
    let expected =
        json!({ "subject": "b", "qgroup": "crew", "sid": "2", "msgs": 0, "max": 9, "cid": cid });
    assert_eq!(queue, Some(&expected));
    Ok(())
}

async fn the_closed_are_remembered_with_their_reason(which: Which) -> Result<()> {
    let acme = Tenant::new("acme");
    let config = Operator::default().memory_config(&[&acme]);
    let server = Monitored::start(which, &config)?;
    let addr = server.broker.addr();
    let mut leaves = Wire::login_with(addr, &acme.user("u"), &json!({ "name": "leaves" })).await?;
    leaves.send("SUB a 1\r\nSUB b 2\r\n").await?;
    leaves.sync().await?;
    drop(leaves);
    let stranger = Tenant::new("stranger").user("s");
    assert!(Wire::try_login(addr, &stranger).await?.is_err());
    let mut errs = Wire::login(addr, &acme.user("errs")).await?;
    errs.send_to_the_end("NONSENSE\r\n").await?;
    errs.until_closed().await?;
    let closed = eventually("three to be closed", async || {
        let closed = server
            .json("connz?state=closed&sort=stop&auth=1&subs=1")
            .await?;
        Ok((closed["num_connections"] == 3).then_some(closed))
    })
    .await?;
    let list = closed["connections"].as_array().context("a list")?;
    let reason = |reason: &str| {
        list.iter()
            .find(|it| it["reason"] == reason)
            .context("reason")
    };
    let left = list
        .iter()
        .find(|it| it["name"] == "leaves")
        .context("who left")?;
    assert_eq!(left["reason"], "Client Closed");
    assert_eq!(left["subscriptions"], 2);
    assert_eq!(left["subscriptions_list"].as_array().map(Vec::len), Some(2));
    assert_eq!(left["account"], json!(acme.public()));
    assert!(left["stop"].is_string() && left["uptime"].is_string());
    reason("Authentication Failure")?;
    reason("Protocol Violation")?;
    let by_reason = server.json("connz?state=closed&sort=reason").await?;
    let reasons: Vec<_> = by_reason["connections"]
        .as_array()
        .context("a list")?
        .iter()
        .map(|it| it["reason"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(
        reasons,
        [
            "Authentication Failure",
            "Client Closed",
            "Protocol Violation"
        ]
    );
    let _open = Wire::login(addr, &acme.user("open")).await?;
    let all = server.json("connz?state=all").await?;
    assert_eq!(
        (&all["num_connections"], &all["total"]),
        (&json!(4), &json!(4))
    );
    let key = acme.public();
    let of_account = server.json(&format!("connz?state=any&acc={key}")).await?;
    assert_eq!(of_account["num_connections"], 3);
    assert_eq!(server.json("connz").await?["num_connections"], 1);
    Ok(())
}
