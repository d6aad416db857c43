//! WebSocket on the wire: the upgrade, frames, compression, and what is refused.

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
    requests_that_are_no_upgrade_are_refused,
    pages_of_other_origins_are_refused,
    compressed_messages_go_both_ways,
    a_bomb_is_refused,
    browsers_get_short_frames,
    frames_without_masks_are_agreed_on,
    the_reason_of_an_end_is_told,
    cookies_stand_for_what_connect_leaves_out,
    users_may_be_bound_to_a_kind_of_connection,
    a_door_may_have_its_own_guest,
    it_goes_over_tls_as_well,
    headers_of_the_answer_and_ports_are_configured,
    monitoring_shows_what_carries_a_connection,
];

const HELLO: &str = "CONNECT {\"verbose\":false,\"pedantic\":false}\r\nPING\r\n";

/// A broker with a plain WebSocket listener.
pub(super) fn with_websocket(which: Which, block: &str, more: &str) -> Result<Broker> {
    let block = format!("websocket {{\n host: 127.0.0.1\n port: -1\n{block}\n}}\n{more}");
    Broker::start(which, &block)
}

/// Where it listens for WebSocket.
pub(super) fn web_addr(broker: &mut Broker) -> Result<SocketAddr> {
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

async fn status_of(addr: SocketAddr, request: &str) -> Result<String> {
    let stream = TcpStream::connect(addr).await?;
    let wire = WebWire::over(stream, request).await?;
    Ok(wire.answer[9..12].to_owned())
}

async fn requests_that_are_no_upgrade_are_refused(which: Which) -> Result<()> {
    let mut broker = with_websocket(which, " no_tls: true", "")?;
    let addr = web_addr(&mut broker)?;
    let good = upgrade_request("");
    assert_eq!(status_of(addr, &good).await?, "101");
    assert_eq!(
        status_of(addr, &good.replace("GET /", "GET /any/path?x=1")).await?,
        "101"
    );
    for (from, to, status) in [
        ("GET", "POST", "405"),
        ("Host: localhost\r\n", "", "400"),
        (": websocket", ": h2c", "400"),
        ("Connection: Upgrade", "Connection: close", "400"),
        ("dGhl", "dG", "400"),
        ("-Version: 13", "-Version: 12", "400"),
        ("GET /", "GET /mqtt", "404"),
    ] {
        assert_eq!(
            status_of(addr, &good.replace(from, to)).await?,
            status,
            "{to}"
        );
    }
    if which == Which::Tidegate {
        assert_eq!(
            status_of(addr, &good.replace("GET /", "GET /leafnode")).await?,
            "404"
        );
        let long = upgrade_request(&format!("X: {}\r\n", "y".repeat(100_000)));
        assert_eq!(status_of(addr, &long).await?, "431");
        let early = good.clone() + "\u{2}";
        assert_eq!(status_of(addr, &early).await?, "400");
    }
    Ok(())
}

async fn pages_of_other_origins_are_refused(which: Which) -> Result<()> {
    let block = " no_tls: true\n allowed_origins: [ \"https://app.test\", \"http://b.test:99\" ]";
    let mut broker = with_websocket(which, block, "")?;
    let addr = web_addr(&mut broker)?;
    for (origin, status) in [
        ("https://app.test", "101"),
        ("https://app.test:443", "101"),
        ("http://b.test:99", "101"),
        ("http://app.test", "403"),
        ("https://app.test.evil", "403"),
        ("null", "403"),
    ] {
        let request = upgrade_request(&format!("Origin: {origin}\r\n"));
        assert_eq!(status_of(addr, &request).await?, status, "{origin}");
    }
    let mut broker = with_websocket(which, " no_tls: true\n same_origin: true", "")?;
    let addr = web_addr(&mut broker)?;
    for (origin, status) in [("http://localhost", "101"), ("https://localhost", "403")] {
        let request = upgrade_request(&format!("Origin: {origin}\r\n"));
        assert_eq!(status_of(addr, &request).await?, status, "{origin}");
    }
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

async fn cookies_stand_for_what_connect_leaves_out(which: Which) -> Result<()> {
    let (operator, tenant) = (Operator::default(), Tenant::new("acme"));
    let config = operator.memory_config(&[&tenant]);
    let mut broker = with_websocket(which, " no_tls: true\n jwt_cookie: \"session\"", &config)?;
    let addr = web_addr(&mut broker)?;
    let bearer = tenant.user_with("page", |claims| claims.nats.rights.bearer_token = true);
    let cookie = format!("Cookie: theme=dark; session={}\r\n", bearer.jwt);
    let mut wire = WebWire::open(addr, &cookie).await?;
    wire.until("INFO ").await?;
    wire.say(HELLO).await?;
    wire.until("PONG\r\n").await?;
    // What CONNECT says itself counts.
    let mut wire = WebWire::open(addr, &cookie).await?;
    wire.say("CONNECT {\"jwt\":\"nonsense\"}\r\nPING\r\n")
        .await?;
    assert_eq!(wire.closed().await?.map(|(code, _)| code), Some(1008));
    let mut wire = WebWire::open(addr, "Cookie: other=x\r\n").await?;
    wire.say(HELLO).await?;
    assert_eq!(wire.closed().await?.map(|(code, _)| code), Some(1008));
    Ok(())
}

async fn users_may_be_bound_to_a_kind_of_connection(which: Which) -> Result<()> {
    let (operator, tenant) = (Operator::default(), Tenant::new("acme"));
    let config = operator.memory_config(&[&tenant]);
    let mut broker = with_websocket(which, " no_tls: true", &config)?;
    let addr = web_addr(&mut broker)?;
    let only = |kind: &str| {
        tenant.user_with("bound", |claims| {
            claims.nats.rights.bearer_token = true;
            claims.nats.rights.allowed_connection_types = Some(vec![kind.to_owned()]);
        })
    };
    for (kind, is_in) in [("WEBSOCKET", true), ("STANDARD", false)] {
        let user = only(kind);
        let plain = Wire::try_login(broker.addr(), &user).await?;
        assert_eq!(plain.is_ok(), !is_in, "{kind} in plain");
        let mut wire = WebWire::open(addr, "").await?;
        wire.until("INFO ").await?;
        let connect = format!(
            "CONNECT {{\"jwt\":\"{}\",\"verbose\":false}}\r\nPING\r\n",
            user.jwt
        );
        wire.say(&connect).await?;
        assert_eq!(
            wire.until("PONG\r\n").await.is_ok(),
            is_in,
            "{kind} in WebSocket"
        );
    }
    Ok(())
}

async fn a_door_may_have_its_own_guest(which: Which) -> Result<()> {
    let users = r#"authorization { users: [
        { user: "staff", password: "secret" }
        { user: "guest", password: "x", permissions: { subscribe: "news" } }
    ] }"#;
    let block = " no_tls: true\n no_auth_user: guest";
    let mut broker = with_websocket(which, block, users)?;
    let addr = web_addr(&mut broker)?;
    let mut wire = logged_in(addr, "").await?;
    wire.say("SUB news 1\r\nSUB other 2\r\nPING\r\n").await?;
    let said = wire.until("PONG\r\n").await?;
    assert_eq!(said.matches("Permissions Violation").count(), 1, "{said}");
    let mut wire = WebWire::open(addr, "").await?;
    wire.say("CONNECT {\"user\":\"staff\",\"pass\":\"secret\",\"verbose\":false}\r\n")
        .await?;
    wire.say("SUB other 2\r\nPING\r\n").await?;
    let said = wire.until("PONG\r\n").await?;
    assert!(!said.contains("Permissions Violation"), "{said}");
    Wire::anonymous(broker.addr())
        .await
        .expect_err("at the other door nobody is a guest");
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

async fn headers_of_the_answer_and_ports_are_configured(which: Which) -> Result<()> {
    let block = " no_tls: true\n headers { \"X-Served-By\": \"me\" }";
    let mut broker = with_websocket(which, block, "ports_file_dir: \".\"")?;
    let addr = web_addr(&mut broker)?;
    let wire = WebWire::open(addr, "").await?;
    ensure!(
        wire.answer.contains("\r\nX-Served-By: me\r\n"),
        "{}",
        wire.answer
    );
    broker.daemon().wait_for_line("Server is ready", PATIENCE)?;
    let dir = broker.dir().to_owned();
    let text = tests::wait::eventually("a ports file", async || {
        let entries = std::fs::read_dir(&dir)?.flatten();
        let mut paths = entries.map(|entry| entry.path());
        let ports = paths.find(|path| path.extension().is_some_and(|it| it == "ports"));
        Ok(ports.and_then(|path| std::fs::read_to_string(path).ok()))
    });
    let ports: Value = serde_json::from_str(&text.await?)?;
    assert_eq!(ports["websocket"][0], format!("ws://{addr}"), "{ports}");
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

/// Who begins and does not go on is not kept.
#[tokio::test]
async fn half_a_request_has_its_time() -> Result<()> {
    let block = " no_tls: true\n handshake_timeout: \"300ms\"";
    let mut broker = with_websocket(Which::Tidegate, block, "")?;
    let addr = web_addr(&mut broker)?;
    let request = upgrade_request("");
    let half = &request[..request.len() - 2];
    let stream = TcpStream::connect(addr).await?;
    WebWire::over(stream, half)
        .await
        .expect_err("no answer to half a request");
    logged_in(addr, "").await?;
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
