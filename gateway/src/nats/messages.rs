//! Messages from the command line and to it.

use std::io::{self, IsTerminal, Read, Write};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use async_nats::{HeaderMap, Request, RequestErrorKind, Subscriber};
use futures_util::StreamExt as _;

use super::{Link, LinkArgs, Message, PubArgs, ReplyArgs, RequestArgs, RttArgs, SubArgs};
use crate::console;

/// A message has this many bytes at most on any server.
const PAYLOAD_BYTES_MAX: u64 = 64 << 20;

impl Message {
    fn payload(&self) -> anyhow::Result<Vec<u8>> {
        match self.payload.as_deref() {
            Some("-") => stdin(),
            Some(text) => Ok(text.as_bytes().to_vec()),
            None if io::stdin().is_terminal() => Ok(Vec::new()),
            None => stdin(),
        }
    }

    fn headers(&self) -> anyhow::Result<HeaderMap> {
        let mut headers = HeaderMap::new();
        for text in &self.header {
            let split = text.split_once(':');
            let (name, value) = split.with_context(|| format!("{text:?} is no `Name: value`"))?;
            let name: async_nats::HeaderName = name.trim().parse().context("a header's name")?;
            let value: async_nats::HeaderValue = value.trim().parse().context("a header")?;
            headers.append(name, value);
        }
        Ok(headers)
    }
}

fn stdin() -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = io::stdin().take(PAYLOAD_BYTES_MAX).read_to_end(&mut bytes);
    read.context("read the payload from stdin")?;
    Ok(bytes)
}

pub(super) async fn publish(args: PubArgs) -> anyhow::Result<()> {
    let (payload, headers) = (args.message.payload()?, args.message.headers()?);
    let link = Link::open(&args.link).await?;
    let subject = args.message.subject;
    for _ in 0..args.count {
        let client = &link.client;
        let (subject, payload) = (subject.clone(), payload.clone().into());
        match headers.is_empty() {
            true => client.publish(subject, payload).await?,
            false => {
                let headers = headers.clone();
                client
                    .publish_with_headers(subject, headers, payload)
                    .await?;
            }
        }
    }
    link.end().await
}

pub(super) async fn request(args: RequestArgs) -> anyhow::Result<()> {
    let (payload, headers) = (args.message.payload()?, args.message.headers()?);
    let mut link = Link::open(&args.link).await?;
    let subject = args.message.subject;
    let mut request = Request::new().payload(payload.into());
    if !headers.is_empty() {
        request = request.headers(headers);
    }
    let client = link.client.clone();
    let asked = client.send_request(subject.clone(), request);
    let answer = tokio::select! {
        biased;
        answer = asked => answer,
        trouble = link.trouble(true) => return Err(trouble),
    };
    match answer {
        Ok(answer) => {
            show(&answer, None, args.raw);
            Ok(())
        }
        Err(error) if error.kind() == RequestErrorKind::NoResponders => {
            bail!("nobody answers on {subject}")
        }
        Err(error) if error.kind() == RequestErrorKind::TimedOut => {
            bail!("no answer within {:?}", link.timeout)
        }
        Err(error) => Err(error.into()),
    }
}

/// Listens, and knows at the end whether it may.
async fn listen(
    args: &LinkArgs,
    subject: String,
    queue: Option<String>,
) -> anyhow::Result<(Link, Subscriber)> {
    let mut link = Link::open(args).await?;
    let messages = match queue {
        Some(queue) => link.client.queue_subscribe(subject, queue).await?,
        None => link.client.subscribe(subject).await?,
    };
    link.settle().await?;
    console::complain("listening");
    Ok((link, messages))
}

/// The next message; `None` when somebody ends it.
async fn next(
    link: &mut Link,
    messages: &mut Subscriber,
) -> anyhow::Result<Option<async_nats::Message>> {
    tokio::select! {
        biased;
        message = messages.next() => match message {
            Some(message) => Ok(Some(message)),
            None => Err(link.trouble(false).await),
        },
        trouble = link.trouble(false) => Err(trouble),
        _ = tokio::signal::ctrl_c() => Ok(None),
    }
}

pub(super) async fn subscribe(args: SubArgs) -> anyhow::Result<()> {
    let (mut link, mut messages) = listen(&args.link, args.subject, args.queue).await?;
    for number in 1..=args.count.unwrap_or(u64::MAX) {
        let Some(message) = next(&mut link, &mut messages).await? else {
            break;
        };
        show(&message, Some(number), args.raw);
    }
    Ok(())
}

pub(super) async fn reply(args: ReplyArgs) -> anyhow::Result<()> {
    let (mut link, mut messages) = listen(&args.link, args.subject, args.queue).await?;
    let mut answered = 0;
    while answered < args.count.unwrap_or(u64::MAX) {
        let Some(message) = next(&mut link, &mut messages).await? else {
            break;
        };
        let Some(to) = message.reply.clone() else {
            continue;
        };
        answered += 1;
        show(&message, Some(answered), false);
        let payload = match &args.payload {
            Some(text) => text.clone().into(),
            None => message.payload,
        };
        link.client.publish(to, payload).await?;
    }
    link.end().await
}

pub(super) async fn rtt(args: RttArgs) -> anyhow::Result<()> {
    let mut link = Link::open(&args.link).await?;
    // The first one also sets up where answers come to.
    link.settle().await?;
    let mut all = Vec::new();
    for _ in 0..args.count {
        let begun = Instant::now();
        link.settle().await?;
        all.push(begun.elapsed());
    }
    let sum: Duration = all.iter().sum();
    let (least, most) = (all.iter().min(), all.iter().max());
    let average = sum / args.count;
    let server = link.client.server_info().server_name;
    console::say(format_args!(
        "{server}: {average:.1?} on average, {:.1?} to {:.1?}, of {}",
        least.unwrap_or(&sum),
        most.unwrap_or(&sum),
        args.count
    ));
    Ok(())
}

/// A message on stdout. What others have written must not play with the terminal.
fn show(message: &async_nats::Message, number: Option<u64>, raw: bool) {
    let mut out = io::stdout().lock();
    if raw {
        let _ = out
            .write_all(&message.payload)
            .and_then(|()| out.write_all(b"\n"));
        let _ = out.flush();
        return;
    }
    drop(out);
    let number = number
        .map(|number| format!("[{number}] "))
        .unwrap_or_default();
    console::say(format_args!("{number}{}", harmless(&message.subject)));
    for (name, values) in message.headers.iter().flat_map(HeaderMap::iter) {
        for value in values {
            let (name, value) = (name.to_string(), value.as_str());
            console::say(format_args!("{}: {}", harmless(&name), harmless(value)));
        }
    }
    let text = String::from_utf8_lossy(&message.payload);
    let lines: Vec<String> = text.lines().map(harmless).collect();
    console::say(format_args!("{}\n", lines.join("\n")));
}

fn harmless(text: &str) -> String {
    match text.contains(char::is_control) {
        true => text.escape_debug().to_string(),
        false => text.to_owned(),
    }
}
