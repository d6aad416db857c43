//! Timers, limits and ends: pings, stale and slow connections, lame duck, stop signals.

use std::time::Duration;

use anyhow::{Result, ensure};
use rustix::process::Signal;
use serde_json::json;
use tests::wait::eventually;
use tests::{Broker, Frame, Which, Wire};
use tokio::net::TcpStream;

use crate::both::on_both;

on_both![
    the_server_pings_and_gives_up_on_the_silent,
    who_answers_pings_stays,
    connections_over_the_limit_are_told_so,
    a_slow_consumer_is_cut_off_and_the_others_get_everything,
    lame_duck_tells_clients_and_takes_no_new_ones,
    a_stop_signal_ends_connections_and_the_process_cleanly,
];

async fn the_server_pings_and_gives_up_on_the_silent(which: Which) -> Result<()> {
    let broker = Broker::start(which, "ping_interval: \"300ms\"\nping_max: 2")?;
    let mut wire = Wire::anonymous(broker.addr()).await?;
    wire.ignore_pings();
    let frames = wire.until_closed().await?;
    let pings = frames.iter().filter(|frame| **frame == Frame::Ping).count();
    assert_eq!(
        frames.last(),
        Some(&Frame::Error("Stale Connection".into())),
        "{frames:?}"
    );
    assert_eq!(pings, frames.len() - 1, "{frames:?}");
    assert!((1..=3).contains(&pings), "{frames:?}");
    Ok(())
}

async fn who_answers_pings_stays(which: Which) -> Result<()> {
    let broker = Broker::start(which, "ping_interval: \"400ms\"\nping_max: 2")?;
    let mut wire = Wire::anonymous(broker.addr()).await?;
    wire.ignore_pings();
    for _ in 0..6 {
        assert_eq!(wire.frame().await?, Frame::Ping);
        wire.send("PONG\r\n").await?;
    }
    Ok(())
}

async fn connections_over_the_limit_are_told_so(which: Which) -> Result<()> {
    let broker = Broker::start(which, "max_connections: 2")?;
    let mut first = Wire::anonymous(broker.addr()).await?;
    let second = Wire::anonymous(broker.addr()).await?;
    // What comes first, INFO or the error, is nobody's contract.
    let refusal = match Wire::open(broker.addr()).await {
        Ok(mut third) => third.errors_until_closed().await?,
        Err(error) => vec![error.to_string()],
    };
    let text = refusal.join("; ");
    assert!(text.contains("maximum connections exceeded"), "{text}");
    assert_eq!(first.sync().await?, [], "those who are in stay in");

    drop(second);
    eventually("a free place", async || {
        Ok(Wire::anonymous(broker.addr()).await.ok())
    })
    .await?;
    Ok(())
}

async fn a_slow_consumer_is_cut_off_and_the_others_get_everything(which: Which) -> Result<()> {
    const MESSAGES: usize = 2_500;
    const PAYLOAD: usize = 16 * 1024;
    let broker = Broker::start(which, "max_pending: 4MB\nmax_payload: 64KB")?;
    let mut slow = Wire::anonymous(broker.addr()).await?;
    slow.subscribe("flood", "1").await?;
    let mut quick = Wire::anonymous(broker.addr()).await?;
    quick.subscribe("flood", "1").await?;
    let mut publisher = Wire::anonymous(broker.addr()).await?;
    let sending = tokio::spawn(async move {
        let payload = "x".repeat(PAYLOAD);
        for _ in 0..MESSAGES {
            publisher.publish("flood", &payload).await?;
        }
        publisher.sync().await
    });
    for n in 0..MESSAGES {
        let length = quick.message().await?.payload.len();
        assert_eq!(length, PAYLOAD, "message {n}");
    }
    assert_eq!(sending.await??, [], "the publisher goes on");
    // The slow one never read: what the kernel held for it comes, then the end, without -ERR.
    // It may end in the middle of a message.
    let mut got = 0;
    while let Ok(frame) = slow.frame().await {
        ensure!(matches!(frame, Frame::Message(_)), "{frame:?}");
        got += 1;
    }
    assert!(got < MESSAGES, "the slow consumer was cut off");
    assert_eq!(quick.sync().await?, []);
    Ok(())
}

async fn lame_duck_tells_clients_and_takes_no_new_ones(which: Which) -> Result<()> {
    let config = "lame_duck_duration: \"30s\"\nlame_duck_grace_period: \"20s\"";
    let mut broker = Broker::start(which, config)?;
    let mut told = Wire::open(broker.addr()).await?;
    told.send("CONNECT {\"verbose\":false,\"protocol\":1}\r\nPING\r\n")
        .await?;
    assert_eq!(told.frame().await?, Frame::Pong);
    assert!(matches!(told.frame().await?, Frame::Info(_)));
    let mut old = Wire::anonymous_with(broker.addr(), &json!({"protocol": 0})).await?;

    broker.daemon().signal(Signal::USR2);
    let Frame::Info(info) = told.frame().await? else {
        anyhow::bail!("no INFO")
    };
    assert_eq!(info["ldm"], true);
    assert_eq!(old.sync().await?, [], "a client of protocol 0 is not told");
    let addr = broker.addr();
    eventually("the listener to close", async || {
        Ok(TcpStream::connect(addr).await.is_err().then_some(()))
    })
    .await?;
    assert_eq!(told.sync().await?, [], "and is still served meanwhile");
    Ok(())
}

async fn a_stop_signal_ends_connections_and_the_process_cleanly(which: Which) -> Result<()> {
    for signal in [Signal::INT, Signal::TERM] {
        let mut broker = Broker::start(which, "")?;
        let mut wire = Wire::anonymous(broker.addr()).await?;
        broker.daemon().signal(signal);
        assert_eq!(wire.errors_until_closed().await?, Vec::<String>::new());
        let status = broker.daemon().wait_exit(Duration::from_secs(20))?;
        // nats-server reports SIGTERM as 1, like a process that dies of it would not be 0.
        let expected = match which {
            Which::NatsServer => status.code().is_some(),
            Which::Tidegate => status.success(),
        };
        assert!(expected, "{signal:?}: {status}");
    }
    Ok(())
}
