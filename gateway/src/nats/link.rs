//! A connection that tells what the server refuses.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use async_nats::{Client, ConnectOptions, Event, RequestErrorKind, ServerError};
use serde_json::Value;
use tokio::sync::mpsc;

use super::LinkArgs;
use crate::account_url::client_config;
use crate::console;
use crate::options::ResolverTls;

const INBOX: &str = "_INBOX.";
const DEFAULT_DATA: &str = "tidegate-data";
/// What a server says while nobody listens is kept up to here.
const EVENTS_MAX: usize = 256;
/// A lost connection is tried again so often.
const RECONNECTS_MAX: usize = 10;

/// A connection, and what the server says of it.
pub(super) struct Link {
    pub(super) client: Client,
    events: mpsc::Receiver<Event>,
    pub(super) timeout: Duration,
}

impl Link {
    pub(super) async fn open(args: &LinkArgs) -> anyhow::Result<Self> {
        let servers = servers(args)?;
        let options = match &args.creds {
            Some(file) => {
                let text = fs::read_to_string(file);
                let text = text.with_context(|| format!("read {}", file.display()))?;
                ConnectOptions::with_credentials(&text)
                    .with_context(|| format!("{} is no creds file", file.display()))?
            }
            None => ConnectOptions::new(),
        };
        let tls = ResolverTls {
            ca_file: args.ca.clone(),
            ..ResolverTls::default()
        };
        // Whether the server wants TLS is known when it has spoken: where the system knows of no
        // authorities, those that speak plainly can be reached.
        let config = match &args.ca {
            Some(_) => client_config(true, &tls)?,
            None => client_config(true, &tls).or_else(|_| client_config(false, &tls))?,
        };
        let (sender, events) = mpsc::channel(EVENTS_MAX);
        let connecting = options
            .name("tidegate nats")
            .connection_timeout(args.timeout)
            .request_timeout(Some(args.timeout))
            .max_reconnects(RECONNECTS_MAX)
            .tls_client_config(config)
            .event_callback(move |event| {
                let sender = sender.clone();
                async move {
                    // Who floods us with refusals has told us enough.
                    let _ = sender.try_send(event);
                }
            })
            .connect(servers.as_slice());
        let client = tokio::time::timeout(args.timeout, connecting).await;
        let client = client.map_err(|_| anyhow!("no answer within {:?}", args.timeout));
        let client = client.and_then(|client| Ok(client?));
        let client = client.with_context(|| format!("connect to {}", servers.join(", ")))?;
        Ok(Self {
            client,
            events,
            timeout: args.timeout,
        })
    }

    /// What keeps this connection from going on, when the server says so. Only who `asks` needs an
    /// inbox; refusals of those that [`Link::settle`] used are no trouble.
    pub(super) async fn trouble(&mut self, asks: bool) -> anyhow::Error {
        loop {
            match self.events.recv().await {
                Some(Event::ServerError(ServerError::Other(text)))
                    if !asks && text.contains(INBOX) => {}
                Some(Event::ServerError(error)) => return refused(&error),
                Some(Event::Closed) | None => return anyhow!("the connection has ended"),
                Some(Event::Disconnected) => console::complain("disconnected; trying again"),
                Some(Event::LameDuckMode) => console::complain("the server is about to stop"),
                Some(Event::ClientError(error)) => return anyhow!("{error}"),
                Some(_) => {}
            }
        }
    }

    /// Waits until the server has seen to all that was sent; says what it refused of that.
    ///
    /// It is asked for what nobody answers: that nobody does, or that we may not ask, is said
    /// after everything that it had to say before.
    pub(super) async fn settle(&mut self) -> anyhow::Result<()> {
        let probe = self.client.new_inbox();
        let client = self.client.clone();
        let asked = client.request(probe.clone(), "".into());
        tokio::pin!(asked);
        loop {
            tokio::select! {
                biased;
                event = self.events.recv() => match event {
                    Some(Event::ServerError(ServerError::Other(text)))
                        if text.contains(INBOX) =>
                    {
                        // Otherwise it is an earlier probe's.
                        if text.contains(&probe) || text.contains("Subscription") {
                            return Ok(());
                        }
                    }
                    Some(Event::ServerError(error)) => return Err(refused(&error)),
                    Some(Event::Closed) | None => bail!("the connection has ended"),
                    Some(_) => {}
                },
                answer = &mut asked => return match answer {
                    Err(error) if error.kind() == RequestErrorKind::TimedOut => {
                        bail!("the server did not answer within {:?}", self.timeout)
                    }
                    _ => Ok(()),
                },
            }
        }
    }

    /// The same at the end. That the client has closed is the last that it tells: what the server
    /// has refused is known by then, however late that is told.
    pub(super) async fn end(mut self) -> anyhow::Result<()> {
        self.settle().await?;
        self.client.drain().await?;
        let timeout = self.timeout;
        let told = async {
            loop {
                match self.events.recv().await {
                    Some(Event::ServerError(ServerError::Other(text))) if text.contains(INBOX) => {}
                    Some(Event::ServerError(error)) => return Err(refused(&error)),
                    Some(Event::Closed) | None => return Ok(()),
                    Some(_) => {}
                }
            }
        };
        let told = tokio::time::timeout(timeout, told).await;
        told.unwrap_or_else(|_| bail!("the connection did not close within {timeout:?}"))
    }
}

fn refused(error: &ServerError) -> anyhow::Error {
    match error {
        ServerError::Other(text) => anyhow!("the server says: {text}"),
        error => anyhow!("the server says: {error}"),
    }
}

/// The servers of the flags, or the one that runs on this machine.
pub(super) fn servers(args: &LinkArgs) -> anyhow::Result<Vec<String>> {
    if !args.server.is_empty() {
        return Ok(args.server.clone());
    }
    let data = args.data.as_deref().unwrap_or(Path::new(DEFAULT_DATA));
    let shown = data.display();
    let ports = fs::read(data.join("run/ports.json")).with_context(|| {
        format!("say where the server is: --server URL; no `tidegate serve` runs in {shown}")
    })?;
    let ports: Value = serde_json::from_slice(&ports).context("read run/ports.json")?;
    let url = ports["nats"][0].as_str();
    Ok(vec![
        url.context("run/ports.json names no server")?.to_owned(),
    ])
}
