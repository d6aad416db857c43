//! The scenarios: what is connected, what is sent, what is counted.

use std::fmt::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::cores::Cores;
use crate::flow::{Flow, Measured};
use crate::logins;
use crate::options::Options;
use crate::report::{Metric, Sample};
use crate::server::{Program, Server};
use crate::wire::{connect, read_line, send_and_wait};

const SUBJECT: &str = "bench.subject";
const SUBSCRIPTIONS: usize = 100_000;
/// How many PUB operations are prepared; small ones are repeated to fill writes.
const OPERATIONS_BYTES: usize = 256 * 1024;
const SETTLE_WITHIN: Duration = Duration::from_secs(8);
const SETTLE_STEP: Duration = Duration::from_millis(250);

/// One thing to measure.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    FanOut { subscribers: usize, payload: usize },
    Queue { members: usize, payload: usize },
    RequestReply { payload: usize },
    ManySubscriptions { payload: usize },
    Logins,
    Idle,
}

/// Every scenario, in the order of the report.
pub(crate) fn all() -> Vec<Scenario> {
    let mut list = Vec::new();
    for subscribers in [1, 10, 100, 1000] {
        for (payload, size) in [
            (16, "16 B"),
            (128, "128 B"),
            (1024, "1 KiB"),
            (65536, "64 KiB"),
        ] {
            let kind = Kind::FanOut {
                subscribers,
                payload,
            };
            list.push(Scenario {
                name: format!("1:{subscribers} {size}"),
                kind,
            });
        }
    }
    let more = [
        (
            "queue of 10, 128 B",
            Kind::Queue {
                members: 10,
                payload: 128,
            },
        ),
        (
            "100k subscriptions, 16 B",
            Kind::ManySubscriptions { payload: 16 },
        ),
        ("request-reply 128 B", Kind::RequestReply { payload: 128 }),
        ("JWT connects", Kind::Logins),
        ("idle connections", Kind::Idle),
    ];
    list.extend(more.map(|(name, kind)| Scenario {
        name: name.to_owned(),
        kind,
    }));
    list
}

impl Scenario {
    /// Starts the server, runs this scenario against it once, stops it.
    pub(crate) fn run(
        &self,
        program: &Program,
        cores: &Cores,
        options: &Options,
    ) -> Result<Sample> {
        if matches!(self.kind, Kind::Logins) {
            return logins::run(program, cores, options);
        }
        let mut server = program.start(cores, "")?;
        let duration = options.duration();
        match self.kind {
            Kind::FanOut {
                subscribers,
                payload,
            } => {
                let flow = fan_out(server.addr(), subscribers, None, payload)?;
                flow.run(&mut server, duration).map(throughput)
            }
            Kind::Queue { members, payload } => {
                let flow = fan_out(server.addr(), members, Some("workers"), payload)?;
                flow.run(&mut server, duration).map(throughput)
            }
            Kind::RequestReply { payload } => request_reply(&server, payload, duration),
            Kind::ManySubscriptions { payload } => {
                many_subscriptions(&mut server, payload, duration)
            }
            Kind::Idle => idle(&server, options.idle),
            Kind::Logins => unreachable!("handled above"),
        }
    }
}

fn throughput(measured: Measured) -> Sample {
    let messages = measured.delivered as f64;
    vec![
        (
            Metric::MessagesPerSecond,
            messages / measured.elapsed.as_secs_f64(),
        ),
        (
            Metric::CpuPerMessage,
            measured.cpu_ns as f64 / 1000.0 / messages,
        ),
        (Metric::Rss, measured.rss as f64 / f64::from(1 << 20)),
    ]
}

/// One publisher; subscribers on the same subject, all plain or all in one queue group.
fn fan_out(
    addr: SocketAddr,
    subscribers: usize,
    queue: Option<&str>,
    payload: usize,
) -> Result<Flow> {
    let subscribe = match queue {
        Some(queue) => format!("SUB {SUBJECT} {queue} 1\r\n"),
        None => format!("SUB {SUBJECT} 1\r\n"),
    };
    let mut streams = Vec::with_capacity(subscribers);
    for _ in 0..subscribers {
        let mut stream = connect(addr)?;
        send_and_wait(&mut stream, subscribe.as_bytes())?;
        streams.push(stream);
    }
    let body = "x".repeat(payload);
    let operation = format!("PUB {SUBJECT} {payload}\r\n{body}\r\n");
    let message = format!("MSG {SUBJECT} 1 {payload}\r\n{body}\r\n");
    let copies = (OPERATIONS_BYTES / operation.len()).max(1);
    Ok(Flow {
        publisher: connect(addr)?,
        fan_out: if queue.is_some() {
            1
        } else {
            subscribers as u64
        },
        subscribers: streams,
        operation_len: operation.len(),
        operations: operation.repeat(copies).into_bytes(),
        message_len: message.len(),
        first_message: Some(message.into_bytes()),
    })
}

/// One subscriber with 100,000 literal subjects, published to in a scattered order: larger than
/// any cache of match results.
fn many_subscriptions(server: &mut Server, payload: usize, duration: Duration) -> Result<Sample> {
    let mut subscriber = connect(server.addr())?;
    let before = server.rss()?;
    let mut operations = String::new();
    for n in 0..SUBSCRIPTIONS {
        let _ = write!(
            operations,
            "SUB {} {}\r\n",
            scattered_subject(n),
            SUBSCRIPTIONS + n
        );
    }
    let began = Instant::now();
    send_and_wait(&mut subscriber, operations.as_bytes())?;
    let subscribing = began.elapsed();
    let per_subscription = server.rss()?.saturating_sub(before) as f64 / SUBSCRIPTIONS as f64;

    let body = "x".repeat(payload);
    let mut publishes = String::new();
    for n in 0..SUBSCRIPTIONS {
        // 7919 is prime to 100,000: every subject once, never in the order of subscribing.
        let subject = scattered_subject(n * 7919 % SUBSCRIPTIONS);
        let _ = write!(publishes, "PUB {subject} {payload}\r\n{body}\r\n");
    }
    let message = format!(
        "MSG {} {SUBSCRIPTIONS} {payload}\r\n{body}\r\n",
        scattered_subject(0)
    );
    let flow = Flow {
        publisher: connect(server.addr())?,
        subscribers: vec![subscriber],
        operation_len: publishes.len() / SUBSCRIPTIONS,
        operations: publishes.into_bytes(),
        message_len: message.len(),
        first_message: Some(message.into_bytes()),
        fan_out: 1,
    };
    let mut sample = throughput(flow.run(server, duration)?);
    let per_second = SUBSCRIPTIONS as f64 / subscribing.as_secs_f64();
    sample.push((Metric::SubscribesPerSecond, per_second));
    sample.push((Metric::RssPerSubscription, per_subscription));
    Ok(sample)
}

fn scattered_subject(n: usize) -> String {
    format!("site.{:02}.device.{:04}.up", n % 20, n / 20)
}

/// One request after the other between two connections.
fn request_reply(server: &Server, payload: usize, duration: Duration) -> Result<Sample> {
    let mut requester = connect(server.addr())?;
    let mut responder = connect(server.addr())?;
    send_and_wait(&mut responder, b"SUB service.echo 1\r\n")?;
    send_and_wait(&mut requester, b"SUB _INBOX.bench 1\r\n")?;
    let body = "x".repeat(payload);
    let request = format!("PUB service.echo _INBOX.bench {payload}\r\n{body}\r\n");
    let reply = format!("PUB _INBOX.bench {payload}\r\n{body}\r\n");
    let mut exchange = || -> Result<Duration> {
        let began = Instant::now();
        send(&mut requester, request.as_bytes())?;
        receive_message(&mut responder)?;
        send(&mut responder, reply.as_bytes())?;
        receive_message(&mut requester)?;
        Ok(began.elapsed())
    };
    for _ in 0..500 {
        exchange()?;
    }
    let mut latencies = Vec::new();
    let (began, cpu) = (Instant::now(), server.cpu_ns()?);
    while began.elapsed() < duration {
        latencies.push(exchange()?.as_nanos() as f64 / 1000.0);
    }
    let (elapsed, cpu) = (began.elapsed(), server.cpu_ns()? - cpu);
    latencies.sort_by(f64::total_cmp);
    let messages = latencies.len() * 2;
    let measured = Measured {
        delivered: messages as u64,
        elapsed,
        cpu_ns: cpu,
        rss: server.rss()?,
    };
    let mut sample = throughput(measured);
    sample.push((Metric::LatencyMedian, percentile(&latencies, 50)));
    sample.push((Metric::LatencyP99, percentile(&latencies, 99)));
    Ok(sample)
}

fn percentile(sorted: &[f64], percent: usize) -> f64 {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

fn send(stream: &mut TcpStream, bytes: &[u8]) -> Result<()> {
    use std::io::Write;
    stream.write_all(bytes).context("send a message")
}

/// Reads one message: its head in the first line, then payload and line end.
fn receive_message(stream: &mut TcpStream) -> Result<()> {
    use std::io::Read;
    let mut buffer = [0; 4096];
    let mut filled = 0;
    loop {
        let n = stream
            .read(&mut buffer[filled..])
            .context("receive a message")?;
        anyhow::ensure!(n > 0, "the server closed");
        filled += n;
        let mut seen = &buffer[..filled];
        while let Some(rest) = seen.strip_prefix(b"PING\r\n") {
            seen = rest;
        }
        let Some(head) = seen.iter().position(|&b| b == b'\n') else {
            continue;
        };
        let line = String::from_utf8_lossy(&seen[..head]);
        let size = line
            .trim_end()
            .rsplit(' ')
            .next()
            .and_then(|size| size.parse::<usize>().ok());
        let size = size.with_context(|| format!("not a message: {line:?}"))?;
        if seen.len() >= head + 1 + size + 2 {
            return Ok(());
        }
    }
}

/// Memory of connections that are logged in, have one subscription and say nothing.
fn idle(server: &Server, connections: usize) -> Result<Sample> {
    // The first one pays for what is shared.
    let mut held = vec![connect(server.addr())?];
    let before = settled_rss(server)?;
    for n in 0..connections {
        let mut stream = connect(server.addr())?;
        send_and_wait(&mut stream, format!("SUB inbox.{n} 1\r\n").as_bytes())?;
        held.push(stream);
    }
    // The server's first PING is part of a connection's settling down.
    if let Some(last) = held.last_mut() {
        let _ = read_line(last).context("wait for the first PING of the server")?;
    }
    let grown = settled_rss(server)?.saturating_sub(before);
    drop(held);
    Ok(vec![(
        Metric::RssPerConnection,
        grown as f64 / connections as f64,
    )])
}

/// Resident memory once it has stopped changing.
fn settled_rss(server: &Server) -> Result<u64> {
    let until = Instant::now() + SETTLE_WITHIN;
    let mut last = server.rss()?;
    loop {
        std::thread::park_timeout(SETTLE_STEP);
        let now = server.rss()?;
        if now.abs_diff(last) < 64 * 1024 || Instant::now() >= until {
            return Ok(now);
        }
        last = now;
    }
}
