//! WebSocket on the wire: frames, compression, and what is refused.

mod logins;
mod upgrade;

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tests::mint::{Operator, Tenant};
use tests::wait::PATIENCE;
use tests::websocket::{WebWire, deflate, inflate, upgrade_request, web_frame};
use tests::wire::{get, secured};
use tests::{Broker, Certs, Which, Wire};
use tokio::net::TcpStream;

use crate::both::on_both;

on_both![
    info_and_messages_travel_in_frames,
    messages_may_be_cut_anywhere,
    pings_are_answered_and_a_close_is_closed,
    bad_frames_are_refused_with_the_reason,
    compressed_messages_go_both_ways,
    a_bomb_is_refused,
    browsers_get_short_frames,
    frames_without_masks_are_agreed_on,
    the_reason_of_an_end_is_told,
    it_goes_over_tls_as_well,
    monitoring_shows_what_carries_a_connection,
];

const HELLO: &str = "CONNECT {\"verbose\":false,\"pedantic\":false}\r\nPING\r\n";

/// A broker with a plain WebSocket listener.
pub(crate) fn with_websocket(which: Which, block: &str, more: &str) -> Result<Broker> {
    let block = format!("websocket {{\n host: 127.0.0.1\n port: -1\n{block}\n}}\n{more}");
    Broker::start(which, &block)
}

/// Where it listens for WebSocket.
pub(crate) fn web_addr(broker: &mut Broker) -> Result<SocketAddr> {
    let needle = "Listening for websocket clients on ";
    let line = broker.daemon().wait_for_line(needle, PATIENCE)?;
    let url = line.split(needle).nth(1).context("an address")?;
    let addr = url.split("://").nth(1).context("an address")?;
    Ok(addr.trim().parse()?)
}

async fn logged_in(addr: SocketAddr, more: &str) -> Result<WebWire> {
    let mut wire = WebWire::open(addr, more).await?;
    wire.until("INFO ").await?;
    wire.say(HELLO).await?;
    wire.until("PONG\r\n").await?;
    Ok(wire)
}

async fn info_and_messages_travel_in_frames(which: Which) -> Result<()> {
    let mut broker = with_websocket(which, " no_tls: true", "")?;
    let addr = web_addr(&mut broker)?;
    let mut wire = WebWire::open(addr, "").await?;
    ensure!(
        wire.answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        "{}",
        wire.answer
    );
    let info = wire.until("\r\n").await?;
    let info: Value = serde_json::from_str(info.trim_start_matches("INFO "))?;
    assert_eq!(info["port"], addr.port(), "{info}");
    assert_eq!(info.get("tls_required"), None, "{info}");
    wire.say(HELLO).await?;
    wire.until("PONG\r\n").await?;
    wire.say("SUB web.> 1\r\nPING\r\n").await?;
    wire.until("PONG\r\n").await?;
    let mut plain = Wire::anonymous(broker.addr()).await?;
    plain.publish("web.a", "hello").await?;
    assert_eq!(wire.until("hello\r\n").await?, "MSG web.a 1 5\r\nhello\r\n");
    plain.subscribe("back", "1").await?;
    wire.say("PUB back 2\r\nhi\r\nPING\r\n").await?;
    wire.until("PONG\r\n").await?;
    assert_eq!(plain.messages().await?, [("back".into(), "hi".into())]);
    Ok(())
}

async fn messages_may_be_cut_anywhere(which: Which) -> Result<()> {
    let mut broker = with_websocket(which, " no_tls: true", "")?;
    let mut wire = logged_in(web_addr(&mut broker)?, "").await?;
    wire.say("SUB a 1\r\n").await?;
    let big = "x".repeat(200_000);
    let text = format!("PUB a 3\r\none\r\nPUB a {}\r\n{big}\r\nPING\r\n", big.len());
    let (first, rest) = text.as_bytes().split_at(7);
    let (middle, last) = rest.split_at(100_000);
    let frames = [
        web_frame(0x01, first),
        web_frame(0x89, b"between"),
        web_frame(0x00, middle),
        web_frame(0x00, b""),
        web_frame(0x80, last),
    ];
    let stream = frames.concat();
    for piece in stream.chunks(33_333) {
        wire.send(piece).await?;
    }
    let said = wire.until("PONG\r\n").await?;
    assert_eq!(
        said,
        format!(
            "MSG a 1 3\r\none\r\nMSG a 1 {}\r\n{big}\r\nPONG\r\n",
            big.len()
        )
    );
    Ok(())
}

async fn pings_are_answered_and_a_close_is_closed(which: Which) -> Result<()> {
    let mut broker = with_websocket(which, " no_tls: true", "")?;
    let mut wire = logged_in(web_addr(&mut broker)?, "").await?;
    wire.send(web_frame(0x89, b"are you there")).await?;
    let pong = wire.frame().await?.context("a pong")?;
    assert_eq!(
        (pong.first, &pong.payload[..]),
        (0x8a, &b"are you there"[..])
    );
    wire.send(web_frame(0x8a, b"")).await?;
    wire.send(web_frame(0x88, b"\x03\xe8bye")).await?;
    assert_eq!(wire.closed().await?, Some((1000, "bye".into())));
    assert_eq!(wire.frame().await?, None);
    Ok(())
}

async fn bad_frames_are_refused_with_the_reason(which: Which) -> Result<()> {
    let mut broker = with_websocket(which, " no_tls: true", "")?;
    let addr = web_addr(&mut broker)?;
    let long = |first: u8| [&[0x82, 0xff, first][..], &[0; 7], &[1, 2, 3, 4]].concat();
    let cases = [
        (vec![0x82, 4, b'P', b'I', b'N', b'G'], "mask bit missing"),
        (web_frame(0xa2, b"x"), "RSV2 and RSV3 must be clear"),
        (
            web_frame(0xc2, b"x"),
            "compressed frame received without negotiated",
        ),
        (web_frame(0x83, b"x"), "unknown opcode 3"),
        (web_frame(0x80, b"x"), "invalid continuation frame"),
        (
            [web_frame(0x02, b"P"), web_frame(0x82, b"x")].concat(),
            "new message started",
        ),
        (
            web_frame(0x09, b"x"),
            "control frame does not have final bit set",
        ),
        (web_frame(0x89, &[0; 126]), "control frame length bigger"),
        (long(0x80), "invalid 64-bit payload length"),
        (
            web_frame(0x88, b"\x03"),
            "close frame payload cannot be 1 byte",
        ),
        (
            web_frame(0x88, b"\x03\xed"),
            "invalid close status code 1005",
        ),
    ];
    for (frames, reason) in cases {
        let mut wire = logged_in(addr, "").await?;
        wire.send(frames).await?;
        let told = wire.closed().await?;
        ensure!(told.is_some() || which == Which::NatsServer, "{reason}");
        if let Some((code, text)) = told {
            assert_eq!(code, 1002, "{text}");
            assert!(text.contains(reason), "{text}");
        }
    }
    let mut wire = logged_in(addr, "").await?;
    wire.send(web_frame(0x88, b"\x03\xe8\xff")).await?;
    let code = wire.closed().await?.map(|(code, _)| code);
    assert_eq!(code, Some(1007));
    Ok(())
}

const DEFLATE: &str = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";

async fn compressed_messages_go_both_ways(which: Which) -> Result<()> {
    let mut broker = with_websocket(which, " no_tls: true\n compression: true", "")?;
    let addr = web_addr(&mut broker)?;
    let mut plain = logged_in(addr, "").await?;
    ensure!(
        !plain.answer.contains("permessage-deflate"),
        "{}",
        plain.answer
    );
    plain.say("PING\r\n").await?;
    plain.until("PONG\r\n").await?;

    let mut wire = WebWire::open(addr, DEFLATE).await?;
    let agreed = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    ensure!(wire.answer.contains(agreed), "{}", wire.answer);
    let mut text = String::new();
    let body = "to be compressed ".repeat(3_000);
    let publish = format!("SUB a 1\r\nPUB a {}\r\n{body}\r\nPING\r\n", body.len());
    let sent = deflate(format!("{HELLO}{publish}").as_bytes());
    // Three pieces; only the first says that the message is compressed.
    wire.send(web_frame(0x42, &sent[..10])).await?;
    wire.send(web_frame(0x89, b"")).await?;
    wire.send(web_frame(0x00, &sent[10..50])).await?;
    wire.send(web_frame(0x80, &sent[50..])).await?;
    let mut pieces = Vec::new();
    let mut compressed = 0;
    while text.matches("PONG\r\n").count() < 2 {
        let frame = wire
            .frame()
            .await?
            .with_context(|| format!("closed after {text}"))?;
        match frame.first & 0x0f {
            0..=2 => pieces.push(frame.clone()),
            _ => continue,
        }
        if frame.first & 0x80 != 0 {
            let payload: Vec<u8> = pieces.iter().flat_map(|it| it.payload.clone()).collect();
            let is_compressed = pieces[0].first & 0x40 != 0;
            compressed += usize::from(is_compressed);
            let payload = if is_compressed {
                inflate(&payload)
            } else {
                payload
            };
            text += &String::from_utf8(payload)?;
            pieces.clear();
        }
    }
    assert!(text.contains(&format!("MSG a 1 {}\r\n{body}\r\n", body.len())));
    assert!(compressed > 0, "the broker compresses as well");
    Ok(())
}

async fn a_bomb_is_refused(which: Which) -> Result<()> {
    let config = "max_payload: 64KB";
    let mut broker = with_websocket(which, " no_tls: true\n compression: true", config)?;
    let addr = web_addr(&mut broker)?;
    let bomb = deflate("PING\r\n".repeat(2_000_000).as_bytes());
    assert!(bomb.len() < 60_000, "{}", bomb.len());
    for hello in [true, false] {
        let mut wire = WebWire::open(addr, DEFLATE).await?;
        if hello {
            wire.say(HELLO).await?;
        }
        wire.send(web_frame(0xc2, &bomb)).await?;
        let mut frames = 0;
        while let Ok(Some(frame)) = wire.frame().await {
            frames += 1;
            ensure!(
                frame.payload.len() < 1 << 20 && frames < 1_000,
                "it answers them all"
            );
        }
    }
    let mut wire = WebWire::open(addr, DEFLATE).await?;
    wire.say(HELLO).await?;
    wire.send(web_frame(0xc2, b"no deflate at all")).await?;
    while let Ok(Some(_)) = wire.frame().await {}
    logged_in(addr, "").await?;
    Ok(())
}

async fn browsers_get_short_frames(which: Which) -> Result<()> {
    let mut broker = with_websocket(which, " no_tls: true", "")?;
    let addr = web_addr(&mut broker)?;
    let mut wire = logged_in(addr, "User-Agent: Mozilla/5.0 (X11) Chrome/130\r\n").await?;
    let body = "b".repeat(50_000);
    wire.say(&format!(
        "SUB a 1\r\nPUB a {}\r\n{body}\r\nPING\r\n",
        body.len()
    ))
    .await?;
    let mut text = String::new();
    while !text.ends_with("PONG\r\n") {
        let frame = wire.frame().await?.context("a frame")?;
        assert!(frame.payload.len() <= 4096, "{}", frame.payload.len());
        text += &String::from_utf8(frame.payload)?;
    }
    assert!(text.contains(&body));
    Ok(())
}

async fn frames_without_masks_are_agreed_on(which: Which) -> Result<()> {
    let mut broker = with_websocket(which, " no_tls: true", "")?;
    let mut wire = WebWire::open(web_addr(&mut broker)?, "Nats-No-Masking: true\r\n").await?;
    ensure!(
        wire.answer.contains("Nats-No-Masking: true"),
        "{}",
        wire.answer
    );
    wire.until("INFO ").await?;
    let mut frame = vec![0x82, HELLO.len() as u8];
    frame.extend(HELLO.as_bytes());
    wire.send(frame).await?;
    wire.until("PONG\r\n").await?;
    Ok(())
}

async fn the_reason_of_an_end_is_told(which: Which) -> Result<()> {
    let mut broker = with_websocket(which, " no_tls: true", "max_payload: 1KB")?;
    let addr = web_addr(&mut broker)?;
    for (words, code) in [
        ("PUB a 5000\r\n", 1009),
        ("GARBAGE\r\n", 1002),
        ("SUB a b c d e\r\n", 1002),
    ] {
        let mut wire = logged_in(addr, "").await?;
        wire.say(words).await?;
        let told = wire.closed().await?;
        ensure!(told.is_some() || which == Which::NatsServer, "{words}");
        assert_eq!(told.map_or(code, |(code, _)| code), code, "{words}");
    }
    let (operator, tenant) = (Operator::default(), Tenant::new("acme"));
    let config = operator.memory_config(&[&tenant]);
    let mut broker = with_websocket(which, " no_tls: true", &config)?;
    let mut wire = WebWire::open(web_addr(&mut broker)?, "").await?;
    wire.say("CONNECT {}\r\n").await?;
    let told = (1008, "Authentication Failure".into());
    assert_eq!(wire.closed().await?, Some(told));
    Ok(())
}

async fn it_goes_over_tls_as_well(which: Which) -> Result<()> {
    let certs = Certs::new()?;
    let mut broker = with_websocket(which, &certs.block(""), "")?;
    let addr = web_addr(&mut broker)?;
    let tls = certs.client(None)?;
    let stream = secured(TcpStream::connect(addr).await?, &tls, "localhost").await?;
    let mut wire = WebWire::over(stream, &upgrade_request("")).await?;
    let info = wire.until("\r\n").await?;
    assert!(info.contains("\"tls_required\":true"), "{info}");
    wire.say(HELLO).await?;
    wire.until("PONG\r\n").await?;
    let body = "y".repeat(300_000);
    wire.say(&format!(
        "SUB a 1\r\nPUB a {}\r\n{body}\r\nPING\r\n",
        body.len()
    ))
    .await?;
    assert!(wire.until("PONG\r\n").await?.contains(&body));
    Ok(())
}

async fn monitoring_shows_what_carries_a_connection(which: Which) -> Result<()> {
    let certs = Certs::new()?;
    let more = certs.block(" handshake_first: auto") + "http: 127.0.0.1:-1";
    let mut broker = with_websocket(which, " no_tls: true", &more)?;
    let web = web_addr(&mut broker)?;
    let line = "Starting http monitor on ";
    let line = broker.daemon().wait_for_line(line, PATIENCE)?;
    let monitor = line.rsplit(' ').next().context("an address")?.to_owned();
    let _web = logged_in(web, "").await?;
    let tls = certs.client(None)?;
    let _tls = Wire::open_tls_first(broker.addr(), &tls)
        .await?
        .enter()
        .await?;
    let stream = TcpStream::connect(&monitor).await?;
    let said: Value = serde_json::from_str(&get(stream, "/connz").await?)?;
    let all = said["connections"].as_array().context("connections")?;
    let of = |kind: &str| all.iter().find(|it| it["type"] == kind);
    let (web, tls) = (of("websocket").context("ws")?, of("nats").context("nats")?);
    assert_eq!(web.get("tls_version"), None, "{web}");
    assert_eq!(tls["tls_version"], "1.3", "{tls}");
    assert_eq!(tls["tls_first"], true, "{tls}");
    let cipher = tls["tls_cipher_suite"].as_str().context("a cipher")?;
    ensure!(
        cipher.starts_with("TLS_") && cipher.contains("_SHA"),
        "{cipher}"
    );
    Ok(())
}

/// Resident memory of the broker, in MiB.
fn memory(broker: &mut Broker) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{}/statm", broker.daemon().pid()))?;
    let pages = text.split_whitespace().nth(1).context("a figure")?;
    Ok(pages.parse::<u64>()? * 4096 / (1 << 20))
}

/// However many pieces a message has, nothing of it waits for the last one.
#[tokio::test]
async fn fragments_are_not_kept() -> Result<()> {
    const PIECES: usize = 3_000;
    let block = " no_tls: true\n compression: true";
    let mut broker = with_websocket(Which::Tidegate, block, "")?;
    let addr = web_addr(&mut broker)?;
    let before = memory(&mut broker)?;
    // Stored blocks of nothing, which never inflate to anything; and empty lines.
    let nothing = [0x00, 0x00, 0x00, 0xff, 0xff].repeat(4_000);
    let cases = [
        (
            0x42,
            nothing.clone(),
            web_frame(0x80, &deflate(b"PING\r\n")),
        ),
        (0x02, Vec::new(), web_frame(0x80, b"PING\r\n")),
    ];
    for (first, piece, last) in cases {
        let mut wire = WebWire::open(addr, DEFLATE).await?;
        wire.say(HELLO).await?;
        wire.until("PONG\r\n").await?;
        wire.send(web_frame(first, &piece)).await?;
        for _ in 0..PIECES {
            wire.send(web_frame(0x00, &piece)).await?;
        }
        let grown = memory(&mut broker)?.saturating_sub(before);
        ensure!(grown < 20, "{grown} MiB for 60 MB of pieces");
        wire.send(last).await?;
        wire.until("PONG\r\n").await?;
    }
    Ok(())
}
