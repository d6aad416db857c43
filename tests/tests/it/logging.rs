//! What the log says of connections, the same on both servers: trace and details, and no secrets.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use serde_json::json;
use tests::wait::eventually;
use tests::{Broker, Which, Wire};

use crate::both::on_both;

on_both![
    a_trace_shows_what_clients_say_and_hear,
    a_trace_of_headers_shows_no_bodies,
    no_credential_reaches_the_log,
    a_reload_begins_and_ends_the_trace,
    limits_change_by_a_reload_as_on_the_original,
    settings_of_this_server_hold,
];

const LINE_WITHIN: Duration = Duration::from_secs(30);

/// The lines of one level, without what differs from run to run.
fn lines(broker: &mut Broker, level: &str) -> Vec<String> {
    let output = broker.daemon().output();
    let of_level = output.lines().filter_map(|line| {
        let (_, text) = line.split_once(&format!("[{level}] "))?;
        let (name, text) = text.split_once(" - cid:")?;
        let (_, text) = text.split_once(" - ")?;
        name.starts_with("127.0.0.1:").then(|| text.to_owned())
    });
    of_level.collect()
}

async fn wait_for(broker: &mut Broker, part: &str) -> Result<()> {
    broker
        .daemon()
        .wait_for_line(part, LINE_WITHIN)
        .with_context(|| format!("wait for {part:?}"))?;
    Ok(())
}

async fn a_trace_shows_what_clients_say_and_hear(which: Which) -> Result<()> {
    let mut broker = Broker::start(which, "debug: true\ntrace: true\nmax_traced_msg_len: 8")?;
    let mut wire = Wire::open(broker.addr()).await?;
    wire.send(
        "CONNECT {\"verbose\":false,\"name\":\"me\",\"lang\":\"tests\",\"version\":\"1\",\
         \"headers\":true}\r\n\
         PING\r\nSUB a q 1\r\nSUB b 2\r\nUNSUB 2 1\r\nPUB a 5\r\nhello\r\n\
         HPUB a r 12 17\r\nNATS/1.0\r\n\r\nhello\r\nPUB b 0\r\n\r\nUNSUB 1\r\nPONG\r\nPING\r\n",
    )
    .await?;
    wire.sync().await?;
    wire.send("NONSENSE\r\n").await?;
    wire.until_closed().await?;
    wait_for(&mut broker, "Client connection closed: Protocol Violation").await?;
    let name = "\"v1:tests:me\" - ";
    let found = lines(&mut broker, "TRC");
    let found: Vec<_> = found
        .iter()
        .map(|line| line.strip_prefix(name).unwrap_or(line))
        .collect();
    // When the server pings for the round-trip time is its own affair.
    let found: Vec<_> = found
        .into_iter()
        .filter(|line| !line.ends_with("->> [PING]"))
        .collect();
    let expected = [
        "<<- [CONNECT {\"verbose\":false,\"name\":\"me\",\"lang\":\"tests\",\"version\":\"1\",\
         \"headers\":true}]",
        "<<- [PING]",
        "->> [PONG]",
        "<<- [SUB a q 1]",
        "<<- [SUB b 2]",
        "<<- [UNSUB 2 1]",
        "<<- [PUB a 5]",
        "<<- MSG_PAYLOAD: [\"hello\"]",
        "->> [MSG a 1 5]",
        "->> MSG_PAYLOAD: [\"hello\"]",
        "<<- [HPUB a r 12 17]",
        "<<- MSG_PAYLOAD: [\"NATS/1.0...\"]",
        "->> [HMSG a 1 r 12 17]",
        "->> MSG_PAYLOAD: [\"NATS/1.0...\"]",
        "<<- [PUB b 0]",
        "->> [MSG b 2 0]",
    ];
    ensure!(found.starts_with(&expected), "{found:#?}");
    for line in [
        "<-> [DELSUB 2]",
        "<<- [UNSUB 1]",
        "<-> [DELSUB 1]",
        "<<- [PONG]",
    ] {
        ensure!(found.contains(&line), "no {line:?} in {found:#?}");
    }
    let error = "->> [-ERR Unknown Protocol Operation]";
    ensure!(found.last() == Some(&error), "{found:#?}");
    let details = lines(&mut broker, "DBG");
    ensure!(
        details
            .first()
            .is_some_and(|it| it == "Client connection created"),
        "{details:?}"
    );
    Ok(())
}

async fn a_trace_of_headers_shows_no_bodies(which: Which) -> Result<()> {
    let mut broker = Broker::start(which, "trace_headers: true")?;
    let mut wire = Wire::anonymous(broker.addr()).await?;
    wire.send("PUB a 5\r\nhello\r\nHPUB a 18 23\r\nNATS/1.0\r\nA: b\r\n\r\nhello\r\n")
        .await?;
    wire.sync().await?;
    wait_for(&mut broker, "MSG_PAYLOAD: [\"NATS/1.0").await?;
    let found = lines(&mut broker, "TRC").join("\n");
    ensure!(!found.contains("hello"), "{found}");
    ensure!(
        found.contains("MSG_PAYLOAD: [\"NATS/1.0\\r\\nA: b\"]"),
        "{found}"
    );
    Ok(())
}

async fn no_credential_reaches_the_log(which: Which) -> Result<()> {
    let mut broker = Broker::start(which, "debug: true\ntrace: true")?;
    let mut wire = Wire::open(broker.addr()).await?;
    wire.send(
        "CONNECT {\"verbose\":false,\"user\":\"somebody\",\"pass\":\"hidden1\",\
         \"auth_token\":\"hidden2\",\"sig\":\"hidden3\"}\r\nPING\r\n",
    )
    .await?;
    wire.sync().await?;
    wait_for(&mut broker, "somebody").await?;
    let output = broker.daemon().output();
    ensure!(!output.contains("hidden"), "{output}");
    ensure!(output.contains("\"pass\":\"[REDACTED]\""), "{output}");
    Ok(())
}

async fn a_reload_begins_and_ends_the_trace(which: Which) -> Result<()> {
    let mut broker = Broker::start(which, "")?;
    let mut wire = Wire::anonymous(broker.addr()).await?;
    wire.send("PUB silent 0\r\n\r\n").await?;
    wire.sync().await?;
    reload(&mut broker, "trace: true", "Reloaded: trace = true").await?;
    wire.send("PUB traced 0\r\n\r\n").await?;
    wire.sync().await?;
    wait_for(&mut broker, "[PUB traced 0]").await?;
    reload(&mut broker, "# nothing", "Reloaded: trace = false").await?;
    wire.send("PUB silent 0\r\n\r\n").await?;
    wire.sync().await?;
    let output = broker.daemon().output();
    ensure!(!output.contains("silent"), "{output}");
    Ok(())
}

async fn limits_change_by_a_reload_as_on_the_original(which: Which) -> Result<()> {
    let mut broker = Broker::start(which, "max_payload: 100")?;
    let mut wire = Wire::anonymous(broker.addr()).await?;
    let more = "max_payload: 5\nmax_control_line: 512\nping_interval: \"1m\"\nping_max: 5\n\
                write_deadline: \"1m30s\"\nmax_connections: 10\nno_fast_producer_stall: true\n\
                client_advertise: \"h:1\"\nserver_tags: [a]\nserver_metadata { b: c }\n\
                max_traced_msg_len: 7\nlogtime_utc: true";
    reload(&mut broker, more, "Reloaded server configuration (sha256:").await?;
    let output = broker.daemon().output();
    for line in [
        "Reloaded: max_payload = 5",
        "Reloaded: max_control_line = 512",
        "Reloaded: ping_interval = 1m0s",
        "Reloaded: ping_max = 5",
        "Reloaded: write_deadline = 1m30s",
        "Reloaded: max_connections = 10",
        "Reloaded: fast producers will not be stalled",
        "Reload: client_advertise = h:1",
        "Reloaded: tags",
        "Reloaded: metadata",
        "Reloaded: max_traced_msg_len = 7",
        "Reloaded: logtime_utc = true",
    ] {
        ensure!(output.contains(line), "no {line:?} in\n{output}");
    }
    let other = Wire::open(broker.addr()).await?;
    ensure!(
        other.info()["host"] == "h" && other.info()["port"] == 1,
        "{}",
        other.info()
    );
    wire.send("PUB a 6\r\n123456\r\n").await?;
    let errors = wire.errors_until_closed().await?;
    ensure!(errors == ["Maximum Payload Violation"], "{errors:?}");
    let refused = "config reload not supported for MaxSubs: old=0, new=5";
    reload(&mut broker, &format!("{more}\nmax_subs: 5"), refused).await
}

async fn settings_of_this_server_hold(which: Which) -> Result<()> {
    let broker = Broker::start(which, "max_sub_tokens: 2\nno_header_support: true")?;
    let more = json!({ "no_responders": null });
    let mut wire = Wire::anonymous_with(broker.addr(), &more).await?;
    ensure!(wire.info()["headers"] != true, "{}", wire.info());
    wire.send("SUB a.b 1\r\nSUB a.b.c 2\r\n").await?;
    let said = wire.sync().await?;
    ensure!(said.len() == 1, "{said:?}");
    wire.send("HPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n").await?;
    wire.until_closed().await?;
    Ok(())
}

/// Changes the file, asks for a reload, and waits for what the log says of it.
async fn reload(broker: &mut Broker, extra: &str, said: &str) -> Result<()> {
    let before = broker.daemon().output().matches(said).count();
    broker.configure(extra)?;
    broker.daemon().signal(Signal::HUP);
    eventually(said, async || {
        let now = broker.daemon().output().matches(said).count();
        Ok((now > before).then_some(()))
    })
    .await
}
