//! One connection to the admin API: where it is, who asks, and how answers are read.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, Method, Response, Uri, header};
use clap::{Arg, ArgMatches, Command, value_parser};
use data_encoding::HEXLOWER;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use super::answer::{self, PrivateFile};
use super::contexts::{self, Target};
use crate::account_url::client_config;
use crate::console;
use crate::options::ResolverTls;

/// Longer than the API takes for anything.
const PATIENCE: Duration = Duration::from_secs(120);
/// Pauses before a request whose answer was lost is sent again: longer in all than the API works on
/// one, since the first may still be in work.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(10),
    Duration::from_secs(20),
];
/// An answer may hold everything that an installation has.
const ANSWER_BYTES_MAX: usize = 1 << 30;

const CONTEXT: &str = "context";
const URL: &str = "url";
const TOKEN_FILE: &str = "token-file";
const DATA: &str = "data";

/// Flags that say where the API is.
pub(crate) fn connection_flags(command: Command) -> Command {
    let arg = |name: &'static str, value: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name(value)
            .help_heading("Where the API is")
    };
    command
        .arg(
            arg(CONTEXT, "NAME")
                .env("TIDEGATE_CONTEXT")
                .help("A context of `tidegate context add`, instead of the one in use"),
        )
        .arg(
            arg(URL, "URL")
                .env("TIDEGATE_URL")
                .help("The API itself, without a context; the key comes from TIDEGATE_TOKEN"),
        )
        .arg(
            arg(TOKEN_FILE, "FILE")
                .value_parser(value_parser!(PathBuf))
                .help("A file with the API key for --url"),
        )
        .arg(
            arg(DATA, "DIR")
                .env("TIDEGATE_DATA")
                .value_parser(value_parser!(PathBuf))
                .help("Data directory of a running `tidegate serve` on this machine"),
        )
}

/// The data directory of the flags, if they name one.
pub(super) fn data(matches: &ArgMatches) -> Option<&Path> {
    matches.get_one::<PathBuf>(DATA).map(PathBuf::as_path)
}

/// A request, ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(super) method: String,
    /// From the root.
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Option<Value>,
    /// A body as it is, JSON or YAML, so that errors name the lines of the file.
    pub(super) text: Option<String>,
    pub(super) if_match: Option<String>,
    /// The API carries it out once, however often it is sent with this key.
    pub(super) idempotency_key: Option<String>,
}

impl Request {
    pub(crate) fn new(method: &str, path: impl Into<String>) -> Self {
        Self {
            method: method.to_owned(),
            path: path.into(),
            query: Vec::new(),
            body: None,
            text: None,
            if_match: None,
            idempotency_key: None,
        }
    }

    /// Gives it a key of its own, unless there is one, so that it may be sent again.
    pub(crate) fn once(mut self, key: Option<&str>) -> anyhow::Result<Self> {
        self.idempotency_key = Some(match key {
            Some(key) => key.to_owned(),
            None => {
                let mut random = [0; 16];
                getrandom::fill(&mut random).context("ask the system for randomness")?;
                HEXLOWER.encode(&random)
            }
        });
        Ok(self)
    }

    fn may_be_repeated(&self) -> bool {
        self.method == "GET" || self.idempotency_key.is_some()
    }

    /// The same with a body.
    pub(crate) fn with_body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }
}

/// What the API answered, well.
#[derive(Debug)]
pub(crate) struct Answer {
    /// JSON, or the text when it is none.
    pub(crate) body: Value,
    pub(super) etag: Option<String>,
    /// The cookie that it sets, as it is sent back.
    pub(super) cookie: Option<String>,
}

/// How a request says who sends it.
enum Credential {
    Key,
    /// Nobody is known yet.
    Nobody,
    /// A session's cookie, and the token that its changes carry.
    Session {
        cookie: HeaderValue,
        csrf: HeaderValue,
    },
}

/// Why there is no answer.
struct Failed {
    reason: anyhow::Error,
    /// Whether the request may have been carried out all the same.
    is_open: bool,
}

impl From<anyhow::Error> for Failed {
    fn from(reason: anyhow::Error) -> Self {
        Self {
            reason,
            is_open: false,
        }
    }
}

impl Failed {
    fn open(reason: anyhow::Error) -> Self {
        Self {
            reason,
            is_open: true,
        }
    }

    /// Who cannot be reached has not got the request.
    fn of_exchange(reason: anyhow::Error) -> Self {
        let error = reason.downcast_ref::<hyper_util::client::legacy::Error>();
        let is_open = error.is_some_and(|error| !error.is_connect());
        Self { reason, is_open }
    }
}

/// The API as one caller reaches it.
pub(crate) struct Api {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    target: Target,
    credential: Credential,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api")
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

impl Api {
    /// What the flags, the environment, the contexts or a local data directory say, in this order.
    pub(crate) fn chosen(matches: &ArgMatches) -> anyhow::Result<Self> {
        let text = |id: &str| matches.get_one::<String>(id).map(String::as_str);
        let path = |id: &str| matches.get_one::<PathBuf>(id).map(PathBuf::as_path);
        let target = match text(URL) {
            Some(url) => Target::given(url, path(TOKEN_FILE))?,
            None => contexts::chosen(text(CONTEXT), path(DATA))?,
        };
        Self::new(target)
    }

    /// The API that a context names.
    pub(super) fn new(target: Target) -> anyhow::Result<Self> {
        target.check()?;
        let tls = ResolverTls {
            ca_file: target.ca_file.as_deref().map(Path::to_owned),
            ..ResolverTls::default()
        };
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(client_config(target.is_https(), &tls)?)
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            target,
            credential: Credential::Key,
        })
    }

    /// Asks as nobody from now on: to sign in.
    pub(super) fn without_key(mut self) -> Self {
        self.credential = Credential::Nobody;
        self
    }

    /// Asks as a person in a session from now on.
    pub(super) fn in_session(mut self, cookie: &str, csrf: &str) -> anyhow::Result<Self> {
        let secret = |text: &str| -> anyhow::Result<HeaderValue> {
            let mut value = HeaderValue::from_str(text).context("the session is not one")?;
            value.set_sensitive(true);
            Ok(value)
        };
        self.credential = Credential::Session {
            cookie: secret(cookie)?,
            csrf: secret(csrf)?,
        };
        Ok(self)
    }

    /// The account that the context is about, if it is about one.
    pub(super) fn account(&self) -> Option<&str> {
        self.target.account.as_deref()
    }

    /// Sends it; anything but success is an error that says what the API said. When the connection
    /// breaks before the answer is there it is sent again, if that does no harm.
    pub(crate) async fn send(&self, request: &Request) -> anyhow::Result<Answer> {
        let mut pauses = PAUSES.iter();
        loop {
            let failed = match self.attempt(request).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            match pauses.next() {
                Some(pause) if failed.is_open && request.may_be_repeated() => {
                    tokio::time::sleep(*pause).await;
                }
                _ => return Err(failed.reason),
            }
        }
    }

    async fn attempt(&self, request: &Request) -> Result<Answer, Failed> {
        let url = &self.target.url;
        let sent = tokio::time::timeout(PATIENCE, self.exchange(request)).await;
        let sent = sent.with_context(|| format!("{url} did not answer within {PATIENCE:?}"))?;
        let answer = sent.map_err(Failed::of_exchange)?;
        let status = answer.status();
        let etag = answer.headers().get(header::ETAG);
        let etag = etag.and_then(|tag| Some(tag.to_str().ok()?.to_owned()));
        let cookie = answer.headers().get(header::SET_COOKIE);
        let cookie = cookie.and_then(|it| it.to_str().ok()?.split(';').next().map(str::to_owned));
        let body = whole(answer).await.map_err(Failed::open)?;
        let text = String::from_utf8(body.into()).context("the answer is not a text")?;
        if !status.is_success() {
            return Err(Failed {
                // An earlier attempt is still in work, and its answer comes to this one.
                is_open: answer::code(&text) == "request_in_flight",
                reason: anyhow!(answer::refusal(status.as_u16(), &text)),
            });
        }
        let body = match text.is_empty() {
            true => Value::Null,
            false => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        };
        Ok(Answer { body, etag, cookie })
    }

    /// Sends it and writes the answer to a new private file as it comes; gives its size.
    pub(super) async fn download(&self, request: &Request, file: &Path) -> anyhow::Result<u64> {
        let mut out = PrivateFile::create(file)?;
        let mut answer = self.exchange(request).await?;
        let status = answer.status();
        if !status.is_success() {
            let text = String::from_utf8_lossy(&whole(answer).await?).into_owned();
            bail!(answer::refusal(status.as_u16(), &text));
        }
        let mut bytes = 0;
        while let Some(frame) = answer.body_mut().frame().await {
            let frame = frame.context("the answer ended too early; make it again")?;
            if let Ok(data) = frame.into_data() {
                bytes += data.len() as u64;
                out.write(&data)?;
            }
        }
        out.keep()?;
        Ok(bytes)
    }

    /// Prints server-sent events as they come, one JSON object a line, until the API ends it.
    pub(super) async fn follow(&self, request: &Request) -> anyhow::Result<()> {
        let mut answer = self.exchange(request).await?;
        let status = answer.status();
        if !status.is_success() {
            let text = String::from_utf8_lossy(&whole(answer).await?).into_owned();
            bail!(answer::refusal(status.as_u16(), &text));
        }
        let mut unread = Vec::new();
        while let Some(frame) = answer.body_mut().frame().await {
            let frame = frame.context("the stream broke off")?;
            unread.extend_from_slice(&frame.into_data().unwrap_or_default());
            while let Some(end) = unread.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = unread.drain(..=end).collect();
                if let Some(data) = line.strip_prefix(b"data: ") {
                    console::say(String::from_utf8_lossy(data).trim_end());
                }
            }
        }
        bail!("the stream has ended: the credential is no good any more, or the server stops")
    }

    async fn exchange(&self, request: &Request) -> anyhow::Result<Response<Incoming>> {
        let url = &self.target.url;
        let json = request.body.as_ref().map(Value::to_string);
        let (kind, body) = match &request.text {
            Some(text) if !is_json(text) => ("application/yaml", Some(text.clone())),
            text => ("application/json", text.clone().or(json)),
        };
        let mut builder = axum::http::Request::builder()
            .method(Method::from_bytes(request.method.as_bytes())?)
            .uri(self.uri(request)?)
            .header(
                header::USER_AGENT,
                concat!("tidegate/", env!("CARGO_PKG_VERSION")),
            );
        builder = match &self.credential {
            Credential::Nobody => builder,
            Credential::Key => builder.header(header::AUTHORIZATION, self.target.bearer()?),
            Credential::Session { cookie, csrf } => builder
                .header(header::COOKIE, cookie)
                .header("x-csrf-token", csrf),
        };
        if body.is_some() {
            builder = builder.header(header::CONTENT_TYPE, kind);
        }
        if let Some(version) = &request.if_match {
            builder = builder.header(header::IF_MATCH, version);
        }
        if let Some(key) = &request.idempotency_key {
            builder = builder.header("idempotency-key", key);
        }
        let message = builder.body(Full::new(Bytes::from(body.unwrap_or_default())))?;
        let answer = self.client.request(message).await;
        let answer = answer.with_context(|| format!("reach the admin API at {url}"))?;
        if let Some(warning) = farewell(answer.headers()) {
            console::complain(warning);
        }
        Ok(answer)
    }

    fn uri(&self, request: &Request) -> anyhow::Result<Uri> {
        let mut text = format!("{}{}", self.target.url, request.path);
        for (at, (name, value)) in request.query.iter().enumerate() {
            let separator = if at == 0 { '?' } else { '&' };
            text.push(separator);
            text.push_str(&format!(
                "{}={}",
                super::call::escape(name),
                super::call::escape(value)
            ));
        }
        text.parse().with_context(|| format!("{text} is not a URL"))
    }
}

/// What to tell of a deprecated endpoint: when it goes, and where to read on.
fn farewell(headers: &HeaderMap) -> Option<String> {
    let said = |name: &str| headers.get(name)?.to_str().ok();
    said("deprecation")?;
    let end = said("sunset").unwrap_or("some day");
    let page = said("link").and_then(|link| Some(link.strip_prefix('<')?.split_once('>')?.0));
    let page = page.map_or_else(String::new, |page| format!("; see {page}"));
    Some(format!(
        "warning: this command uses something of the API that goes away on {end}: use a newer \
         tidegate{page}"
    ))
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

async fn whole(answer: Response<Incoming>) -> anyhow::Result<Bytes> {
    let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX)
        .collect()
        .await;
    let body = body.map_err(|error| anyhow::anyhow!("read the answer: {error}"))?;
    Ok(body.to_bytes())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn what_goes_away_is_told() {
        let mut headers = HeaderMap::new();
        assert_eq!(farewell(&headers), None);
        let mut say = |name: &'static str, value: &'static str| {
            headers.insert(name, HeaderValue::from_static(value));
            farewell(&headers)
        };
        assert_eq!(say("link", "<https://a.b/c>; rel=\"sunset\""), None);
        let told = say("deprecation", "@1796083200").unwrap_or_default();
        assert!(
            told.contains("some day") && told.ends_with("; see https://a.b/c"),
            "{told}"
        );
        let told = say("sunset", "Wed, 30 Jun 2027 23:59:59 GMT").unwrap_or_default();
        assert!(told.contains("on Wed, 30 Jun 2027 23:59:59 GMT:"), "{told}");
    }
}
