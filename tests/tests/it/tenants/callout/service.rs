//! The service behind an account's auth callout, and the world that it decides in.

use accounts::claims::authorization::{AuthorizationRequestBody, AuthorizationResponseBody};
use accounts::{
    Claims, CurveKeyPair, KeyPair, PublicKey, UserBody, UserPermissionLimits, callout, jwt,
};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::mint::{Operator, Tenant, User, now};
use tests::wait::within;
use tests::{Broker, Frame, Message, Which, Wire};
use tokio::sync::mpsc;

/// What callouts and sentinels are for, in nats-server's words.
pub(super) const REFUSED: &str = "Authorization Violation";
/// Refusals by silence take this long; whoever is asked answers well within it.
const LOGIN_TIME: &str = "authorization { timeout: 3 }\n";

/// An operator with an account that has a callout.
#[derive(Debug)]
pub(super) struct World {
    pub(super) operator: Operator,
    pub(super) auth: Tenant,
    /// Answers, and logs in without being asked about.
    pub(super) answering: User,
    /// A bearer who may do nothing: by it, clients find the callout.
    pub(super) sentinel: User,
}

impl World {
    pub(super) fn new() -> Self {
        let mut auth = Tenant::new("auth");
        let answering = auth.user("answering");
        auth.body.authorization.auth_users = vec![answering.public().to_string()];
        let sentinel = auth.user_with("sentinel", |claims| {
            claims.nats.rights.bearer_token = true;
            claims.nats.rights.publish.deny = Some(vec![">".to_owned()]);
            claims.nats.rights.subscribe.deny = Some(vec![">".to_owned()]);
            claims.nats.tags = vec!["door:front".to_owned()];
        });
        Self {
            operator: Operator::default(),
            auth,
            answering,
            sentinel,
        }
    }

    /// The same, where users may be placed in `others`.
    pub(super) fn placing_in(others: &[&Tenant]) -> Self {
        let mut world = Self::new();
        let keys = others.iter().map(|tenant| tenant.public().to_string());
        world.auth.body.authorization.allowed_accounts = keys.collect();
        world
    }

    /// A broker that knows the callout's account and `others`, and takes updates.
    pub(super) fn broker(&self, which: Which, others: &[&Tenant]) -> Result<Broker> {
        self.broker_with(which, others, "")
    }

    pub(super) fn broker_with(
        &self,
        which: Which,
        others: &[&Tenant],
        more: &str,
    ) -> Result<Broker> {
        let tenants: Vec<_> = [&self.auth]
            .into_iter()
            .chain(others.iter().copied())
            .collect();
        let config = self.operator.directory_config(&tenants, true);
        Broker::start(which, &format!("{config}{LOGIN_TIME}{more}"))
    }

    /// A client with these CONNECT options, which comes by the sentinel.
    pub(super) async fn enter(&self, broker: &Broker, more: &Value) -> Result<Entered> {
        enter(broker, Some(&self.sentinel), more).await
    }

    pub(super) async fn service(
        &self,
        broker: &Broker,
        answer: impl FnMut(&Asked) -> Vec<Vec<u8>> + Send + 'static,
    ) -> Result<Service> {
        Service::start(broker, &self.answering, answer).await
    }
}

/// What became of a login: a connection, or the text of the error.
pub(super) type Entered = Result<Wire, String>;

/// Connects with the sentinel's token (or none) and `more`.
pub(super) async fn enter(
    broker: &Broker,
    sentinel: Option<&User>,
    more: &Value,
) -> Result<Entered> {
    let mut wire = Wire::open(broker.addr()).await?;
    let mut options = json!({
        "verbose": false, "pedantic": false, "lang": "tests", "version": "1", "protocol": 0,
        "headers": true, "no_responders": true, "name": "a client",
    });
    let fields = options.as_object_mut().expect("an object");
    if let Some(sentinel) = sentinel {
        fields.insert("jwt".to_owned(), json!(sentinel.jwt));
    }
    fields.extend(more.as_object().cloned().unwrap_or_default());
    wire.send(format!("CONNECT {options}\r\nPING\r\n")).await?;
    loop {
        match wire.frame().await? {
            Frame::Pong => return Ok(Ok(wire)),
            Frame::Error(text) => {
                // Whatever a service says, the client hears this and no more.
                let rest = wire.errors_until_closed().await?;
                assert!(rest.is_empty(), "{rest:?}");
                return Ok(Err(text));
            }
            _ => {}
        }
    }
}

/// A request that was read.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) claims: Claims<AuthorizationRequestBody>,
    /// As it came.
    pub(super) message: Message,
}

impl Asked {
    pub(super) fn key(&self) -> PublicKey {
        self.claims.nats.user_nkey
    }
}

/// A connection that answers requests, and tells what it was asked.
#[derive(Debug)]
pub(super) struct Service {
    asked: mpsc::UnboundedReceiver<Asked>,
    task: tokio::task::JoinHandle<Result<()>>,
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Service {
    async fn start(
        broker: &Broker,
        user: &User,
        answer: impl FnMut(&Asked) -> Vec<Vec<u8>> + Send + 'static,
    ) -> Result<Self> {
        Self::start_sealed(broker, user, None, answer).await
    }

    /// With the seed of the curve key that requests are sealed for.
    pub(super) async fn start_sealed(
        broker: &Broker,
        user: &User,
        curve: Option<CurveKeyPair>,
        mut answer: impl FnMut(&Asked) -> Vec<Vec<u8>> + Send + 'static,
    ) -> Result<Self> {
        let mut wire = Wire::login(broker.addr(), user).await?;
        wire.subscribe(callout::SUBJECT, "1").await?;
        let (sender, asked) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            loop {
                // Between questions may be any time.
                let message = match wire.message().await {
                    Ok(message) => message,
                    Err(_) => continue,
                };
                let reply = message.reply.clone().context("a request has a reply")?;
                let question = read(message, curve.as_ref())?;
                for text in answer(&question) {
                    let head = format!("PUB {reply} {}\r\n", text.len()).into_bytes();
                    let whole = [head.as_slice(), &text, b"\r\n"].concat();
                    wire.send(whole).await?;
                }
                let _ = sender.send(question);
            }
        });
        Ok(Self { asked, task })
    }

    /// The next request that was answered.
    pub(super) async fn asked(&mut self) -> Result<Asked> {
        let asked = within("a request", self.asked.recv()).await?;
        asked.context("the service ended")
    }

    /// Whether it was asked anything more.
    pub(super) fn was_asked(&mut self) -> bool {
        self.asked.try_recv().is_ok()
    }
}

fn read(message: Message, curve: Option<&CurveKeyPair>) -> Result<Asked> {
    let text = match curve {
        None => message.payload.clone(),
        Some(curve) => curve.open(&message.payload, &server_key(&message)?)?,
    };
    let claims = jwt::decode::<AuthorizationRequestBody>(std::str::from_utf8(&text)?)?;
    Ok(Asked { claims, message })
}

/// The server's curve key, from the header of a sealed request.
pub(super) fn server_key(message: &Message) -> Result<PublicKey> {
    let headers = message.headers.as_deref().unwrap_or_default();
    let start = format!("{}: ", callout::XKEY_HEADER);
    let key = headers.lines().find_map(|line| line.strip_prefix(&start));
    Ok(PublicKey::parse(
        key.context("no key in the headers")?.trim(),
    )?)
}

/// A second handle to a key, for a closure that outlives the test's own.
pub(super) fn copy(keys: &KeyPair) -> KeyPair {
    KeyPair::from_seed(&keys.seed()).expect("a seed reads back")
}

/// An unrestricted user `name` with the key that was asked for, in the account of `keys`.
pub(super) fn user(
    keys: &KeyPair,
    asked: &Asked,
    shape: impl FnOnce(&mut Claims<UserBody>),
) -> String {
    let body = UserBody {
        rights: UserPermissionLimits::unlimited(),
        ..UserBody::default()
    };
    let name = asked.claims.nats.connect.user.clone();
    let mut claims = Claims::new(asked.key(), name, now(), body);
    claims.exp = now() + 3600;
    shape(&mut claims);
    jwt::encode(&claims, keys).expect("encode a user")
}

/// An answer that carries `user`, signed by `keys`.
pub(super) fn response(
    keys: &KeyPair,
    asked: &Asked,
    user: String,
    shape: impl FnOnce(&mut Claims<AuthorizationResponseBody>),
) -> Vec<u8> {
    let body = AuthorizationResponseBody {
        jwt: user,
        ..AuthorizationResponseBody::default()
    };
    let mut claims = Claims::new(asked.key(), "", now(), body);
    claims.aud = Some(asked.claims.nats.server.id.to_string());
    shape(&mut claims);
    let token = jwt::encode(&claims, keys).expect("encode an answer");
    token.into_bytes()
}

/// Lets everybody into the account of `target`, with answers signed by `auth`.
pub(super) fn admitting(
    auth: &KeyPair,
    target: &KeyPair,
) -> impl FnMut(&Asked) -> Vec<Vec<u8>> + Send + use<> {
    let (auth, target) = (copy(auth), copy(target));
    move |asked| vec![response(&auth, asked, user(&target, asked, |_| {}), |_| {})]
}

/// An answer with an error.
pub(super) fn refusing(auth: &KeyPair, asked: &Asked, why: &str) -> Vec<u8> {
    response(auth, asked, String::new(), |claims| {
        claims.nats.error = why.to_owned();
    })
}

/// Who the broker says that a connection is: user and account.
pub(super) async fn whoami(wire: &mut Wire) -> Result<(String, String)> {
    wire.subscribe("who", "who").await?;
    wire.request("$SYS.REQ.USER.INFO", "who", "").await?;
    let answer: Value = serde_json::from_slice(&wire.message().await?.payload)?;
    wire.send("UNSUB who\r\n").await?;
    let text = |name: &str| answer["data"][name].as_str().unwrap_or_default().to_owned();
    Ok((text("user"), text("account")))
}

/// A fresh curve key pair.
pub(super) fn curve_keys() -> CurveKeyPair {
    let mut entropy = [0; 32];
    getrandom::fill(&mut entropy).expect("the system has entropy");
    CurveKeyPair::from_entropy(entropy)
}
