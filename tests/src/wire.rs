//! A raw client: sends bytes as given, reads the server's operations one by one, with deadlines.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use bytes::{Buf, BytesMut};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::mint::{User, merge};
use crate::wait::within;

/// One operation from the server.
#[derive(Debug, Clone, PartialEq)]
pub enum Frame {
    Info(Value),
    Message(Message),
    Ping,
    Pong,
    Ok,
    /// The text between the quotes.
    Error(String),
}

/// MSG or HMSG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub subject: String,
    pub sid: String,
    pub reply: Option<String>,
    /// The header block with its closing blank line, where there is one.
    pub headers: Option<String>,
    pub payload: Vec<u8>,
}

impl Message {
    /// Subject and payload as text.
    pub fn brief(&self) -> (&str, std::borrow::Cow<'_, str>) {
        (&self.subject, String::from_utf8_lossy(&self.payload))
    }
}

/// What carries the bytes: TCP, or something on top of it.
pub trait Carrier: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug> Carrier for T {}

/// A raw connection.
#[derive(Debug)]
pub struct Wire {
    stream: Box<dyn Carrier>,
    buffer: BytesMut,
    info: Value,
    answers_pings: bool,
}

/// Asks for a page over a connection; returns its body. The oldest HTTP is enough, and brings the
/// body in one piece.
pub async fn get(mut stream: impl Carrier, path: &str) -> Result<String> {
    let request = format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    match within("a page", stream.read_to_end(&mut answer)).await? {
        Err(error) if !is_end(&error) => return Err(error.into()),
        _ => {}
    }
    let answer = String::from_utf8(answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("a head")?;
    ensure!(head.contains(" 200 "), "{head}");
    Ok(body.to_owned())
}

/// A reset counts as an end, and so does TLS that ends without saying so.
fn is_end(error: &io::Error) -> bool {
    let kinds = [io::ErrorKind::ConnectionReset, io::ErrorKind::UnexpectedEof];
    kinds.contains(&error.kind())
}

async fn tcp(addr: SocketAddr) -> Result<TcpStream> {
    let stream = within("a connection", TcpStream::connect(addr)).await??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// TLS over a connection, as a client of `host`.
pub async fn secured<S: Carrier>(
    stream: S,
    tls: &Arc<ClientConfig>,
    host: &str,
) -> Result<TlsStream<S>> {
    let name = ServerName::try_from(host.to_owned())?;
    let connector = TlsConnector::from(Arc::clone(tls));
    within("a TLS handshake", connector.connect(name, stream))
        .await?
        .context("TLS handshake")
}

impl Wire {
    /// Connects and reads the INFO.
    pub async fn open(addr: SocketAddr) -> Result<Self> {
        Self::greeted(tcp(addr).await?).await
    }

    /// A connection that somebody else made, and whose INFO has been read.
    pub fn already_greeted(stream: impl Carrier + 'static) -> Self {
        Self {
            stream: Box::new(stream),
            buffer: BytesMut::new(),
            info: Value::Null,
            answers_pings: true,
        }
    }

    /// Reads the INFO of a connection that somebody else made.
    pub async fn greeted(stream: impl Carrier + 'static) -> Result<Self> {
        let mut wire = Self::already_greeted(stream);
        match wire.frame().await? {
            Frame::Info(info) => wire.info = info,
            other => bail!("expected INFO first, got {other:?}"),
        }
        Ok(wire)
    }

    /// Connects, reads the INFO, and goes on with TLS.
    pub async fn open_tls(addr: SocketAddr, tls: &Arc<ClientConfig>) -> Result<Self> {
        let mut plain = Self::open(addr).await?;
        ensure!(plain.buffer.is_empty(), "the server said more than INFO");
        let stream = secured(plain.stream, tls, "localhost").await?;
        plain.stream = Box::new(stream);
        Ok(plain)
    }

    /// Connects with TLS from the first byte on.
    pub async fn open_tls_first(addr: SocketAddr, tls: &Arc<ClientConfig>) -> Result<Self> {
        Self::greeted(secured(tcp(addr).await?, tls, "localhost").await?).await
    }

    /// Logs in without credentials, over whatever the connection goes.
    pub async fn enter(mut self) -> Result<Self> {
        self.connect(&json!({})).await?;
        Ok(self)
    }

    async fn connect(&mut self, more: &Value) -> Result<()> {
        let mut options = json!({
            "verbose": false, "pedantic": false, "lang": "tests", "version": "1", "protocol": 0,
            "headers": true, "no_responders": true,
        });
        merge(&mut options, more);
        self.send(format!("CONNECT {options}\r\n")).await?;
        self.settle().await
    }

    /// Logs in to a server without authentication.
    pub async fn anonymous(addr: SocketAddr) -> Result<Self> {
        Self::anonymous_with(addr, &json!({})).await
    }

    /// The same with CONNECT options changed; null removes one.
    pub async fn anonymous_with(addr: SocketAddr, more: &Value) -> Result<Self> {
        let mut wire = Self::open(addr).await?;
        wire.connect(more).await?;
        Ok(wire)
    }

    /// Logs in with a JWT and the signed nonce.
    pub async fn login(addr: SocketAddr, user: &User) -> Result<Self> {
        Self::login_with(addr, user, &json!({})).await
    }

    /// The same with CONNECT options changed; null removes one.
    pub async fn login_with(addr: SocketAddr, user: &User, more: &Value) -> Result<Self> {
        let mut wire = Self::open(addr).await?;
        wire.send(user.connect_operation(wire.nonce(), more))
            .await?;
        wire.settle().await?;
        Ok(wire)
    }

    /// What a login with these credentials is answered: `Ok(())`, or the text of the error.
    pub async fn try_login(addr: SocketAddr, user: &User) -> Result<Result<(), String>> {
        let mut wire = Self::open(addr).await?;
        wire.send(user.connect_operation(wire.nonce(), &json!({})) + "PING\r\n")
            .await?;
        loop {
            match wire.frame().await? {
                Frame::Pong => return Ok(Ok(())),
                Frame::Error(text) => return Ok(Err(text)),
                _ => {}
            }
        }
    }

    async fn settle(&mut self) -> Result<()> {
        let before = self.sync().await.context("log in")?;
        match before.iter().find(|frame| matches!(frame, Frame::Error(_))) {
            Some(refusal) => bail!("log in: {refusal:?}"),
            None => Ok(()),
        }
    }

    /// The server's first INFO.
    pub fn info(&self) -> &Value {
        &self.info
    }

    /// The nonce of the INFO; empty where there was none.
    pub fn nonce(&self) -> &str {
        self.info["nonce"].as_str().unwrap_or_default()
    }

    /// From now on PINGs of the server are neither answered nor hidden.
    pub fn ignore_pings(&mut self) {
        self.answers_pings = false;
    }

    /// Sends bytes as they are.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> Result<()> {
        within("the server to read", self.stream.write_all(bytes.as_ref()))
            .await?
            .context("send")
    }

    /// Sends, and does not mind that the server may have hung up already.
    pub async fn send_to_the_end(&mut self, bytes: impl AsRef<[u8]>) -> Result<()> {
        let _ = within("the server to read", self.stream.write_all(bytes.as_ref())).await?;
        Ok(())
    }

    /// Ends our side of the stream.
    pub async fn finish(&mut self) -> Result<()> {
        Ok(self.stream.shutdown().await?)
    }

    /// Publishes text.
    pub async fn publish(&mut self, subject: &str, payload: &str) -> Result<()> {
        self.send(format!("PUB {subject} {}\r\n{payload}\r\n", payload.len()))
            .await
    }

    /// Publishes text that asks for an answer.
    pub async fn request(&mut self, subject: &str, reply: &str, payload: &str) -> Result<()> {
        self.send(format!(
            "PUB {subject} {reply} {}\r\n{payload}\r\n",
            payload.len()
        ))
        .await
    }

    /// Subscribes and waits until the server knows.
    pub async fn subscribe(&mut self, subject: &str, sid: &str) -> Result<()> {
        self.send(format!("SUB {subject} {sid}\r\n")).await?;
        let before = self.sync().await?;
        ensure!(before.is_empty(), "SUB {subject} was answered {before:?}");
        Ok(())
    }

    /// The next operation. PINGs are answered and passed over, unless [`Self::ignore_pings`].
    pub async fn frame(&mut self) -> Result<Frame> {
        self.next_frame()
            .await?
            .context("the server closed the connection")
    }

    /// The next message; anything else is an error.
    pub async fn message(&mut self) -> Result<Message> {
        match self.frame().await? {
            Frame::Message(message) => Ok(message),
            other => bail!("expected a message, got {other:?}"),
        }
    }

    /// The next error's text; anything else is an error.
    pub async fn error(&mut self) -> Result<String> {
        match self.frame().await? {
            Frame::Error(text) => Ok(text),
            other => bail!("expected -ERR, got {other:?}"),
        }
    }

    /// Sends PING and returns what came before the PONG: everything that the server had put
    /// into this connection's queue by then.
    pub async fn sync(&mut self) -> Result<Vec<Frame>> {
        self.send("PING\r\n").await?;
        let mut before = Vec::new();
        loop {
            match self.frame().await? {
                Frame::Pong => return Ok(before),
                frame => before.push(frame),
            }
        }
    }

    /// [`Self::sync`], where only messages may have come: their subjects and texts.
    pub async fn messages(&mut self) -> Result<Vec<(String, String)>> {
        let frames = self.sync().await?;
        let brief = |frame: &Frame| match frame {
            Frame::Message(message) => {
                let (subject, text) = message.brief();
                Ok((subject.to_owned(), text.into_owned()))
            }
            other => bail!("expected messages only, got {other:?}"),
        };
        frames.iter().map(brief).collect()
    }

    /// Reads until the server closes; returns what came before.
    pub async fn until_closed(&mut self) -> Result<Vec<Frame>> {
        let mut before = Vec::new();
        while let Some(frame) = self.next_frame().await? {
            before.push(frame);
        }
        Ok(before)
    }

    /// Returns when the server closes, however long that takes, and whatever it says before.
    pub async fn end(mut self) -> Result<()> {
        loop {
            self.buffer.clear();
            match self.stream.read_buf(&mut self.buffer).await {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(e) if is_end(&e) => return Ok(()),
                Err(e) => return Err(e).context("read"),
            }
        }
    }

    /// [`Self::until_closed`], reduced to the texts of the errors.
    pub async fn errors_until_closed(&mut self) -> Result<Vec<String>> {
        let frames = self.until_closed().await?;
        let text = |frame| {
            if let Frame::Error(text) = frame {
                Some(text)
            } else {
                None
            }
        };
        Ok(frames.into_iter().filter_map(text).collect())
    }

    /// The account that the server puts these credentials into, as the INFO after login says.
    pub async fn account_of(addr: SocketAddr, user: &User) -> Result<String> {
        let mut wire = Self::open(addr).await?;
        let operation = user.connect_operation(wire.nonce(), &json!({ "protocol": 1 }));
        wire.send(operation + "PING\r\n").await?;
        loop {
            match wire.frame().await? {
                Frame::Info(info) => {
                    let account = info["remote_account"].as_str();
                    return Ok(account.context("INFO names no account")?.to_owned());
                }
                Frame::Error(text) => bail!("log in: {text}"),
                _ => {}
            }
        }
    }

    /// The next operation, or `None` at the end of the stream.
    pub async fn next_frame(&mut self) -> Result<Option<Frame>> {
        loop {
            let Some(frame) = self.read().await? else {
                return Ok(None);
            };
            if frame == Frame::Ping && self.answers_pings {
                self.send_to_the_end("PONG\r\n").await?;
                continue;
            }
            return Ok(Some(frame));
        }
    }

    async fn read(&mut self) -> Result<Option<Frame>> {
        let Some(line) = self.line().await? else {
            return Ok(None);
        };
        let (verb, rest) = line.split_once([' ', '\t']).unwrap_or((line.as_str(), ""));
        Ok(Some(match verb {
            "INFO" => Frame::Info(serde_json::from_str(rest.trim()).context("read INFO")?),
            "PING" => Frame::Ping,
            "PONG" => Frame::Pong,
            "+OK" => Frame::Ok,
            "-ERR" => Frame::Error(rest.trim().trim_matches('\'').to_owned()),
            "MSG" | "HMSG" => Frame::Message(self.body(verb, rest).await?),
            _ => bail!("the server sent {line:?}"),
        }))
    }

    async fn body(&mut self, verb: &str, head: &str) -> Result<Message> {
        let words: Vec<&str> = head.split_whitespace().collect();
        let sizes = if verb == "HMSG" { 2 } else { 1 };
        ensure!(
            (2..=3).contains(&(words.len() - sizes)),
            "a bad head: {verb} {head}"
        );
        let number = |word: &str| {
            word.parse::<usize>()
                .with_context(|| format!("size {word:?}"))
        };
        let total = number(words[words.len() - 1])?;
        let header = if sizes == 2 {
            number(words[words.len() - 2])?
        } else {
            0
        };
        ensure!(header <= total, "headers longer than the message: {head}");
        while self.buffer.len() < total + 2 {
            ensure!(self.fill().await?, "closed inside a message");
        }
        let headers = String::from_utf8(self.buffer.split_to(header).to_vec())?;
        let payload = self.buffer.split_to(total - header).to_vec();
        ensure!(
            self.buffer.starts_with(b"\r\n"),
            "a message without its line end: {head}"
        );
        self.buffer.advance(2);
        Ok(Message {
            subject: words[0].to_owned(),
            sid: words[1].to_owned(),
            reply: (words.len() - sizes == 3).then(|| words[2].to_owned()),
            headers: (sizes == 2).then_some(headers),
            payload,
        })
    }

    async fn line(&mut self) -> Result<Option<String>> {
        loop {
            if let Some(end) = self.buffer.iter().position(|&byte| byte == b'\n') {
                let line = self.buffer.split_to(end + 1);
                return Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned()));
            }
            if !self.fill().await? {
                return Ok(None);
            }
        }
    }

    /// More bytes, or `false` at the end of the stream. A reset counts as an end.
    async fn fill(&mut self) -> Result<bool> {
        let read = within(
            "the server to say something",
            self.stream.read_buf(&mut self.buffer),
        );
        match read.await? {
            Ok(n) => Ok(n > 0),
            Err(e) if is_end(&e) => Ok(false),
            Err(e) => Err(e).context("read"),
        }
    }
}
