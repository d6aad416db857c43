//! Where accounts come from: an HTTP server, other servers by way of a cache, a directory with
//! limits; and which of them are let in.

use std::collections::HashMap;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use accounts::{Claims, ExportClaim, GenericBody, ImportClaim, ShareKind, jwt};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use sha2::{Digest, Sha256};
use tests::mint::{Operator, Tenant, now};
use tests::wait::eventually;
use tests::{Broker, Frame, Which, Wire};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

mod tls;

use super::Pusher;
use crate::both::on_both;

on_both![
    accounts_come_from_a_url,
    a_url_that_does_not_answer_stops_the_start,
    an_exporter_is_fetched_with_its_importer,
    only_used_accounts_of_a_url_resolver_are_updated,
    a_cache_asks_other_servers,
    only_used_accounts_of_a_cache_are_updated,
    a_revocation_reaches_an_account_in_use_that_the_cache_has_dropped,
    only_pinned_accounts_log_in,
    a_full_directory_refuses_new_accounts,
    a_hard_delete_leaves_nothing,
    a_pack_is_empty_for_who_has_everything,
];

/// What the HTTP server says.
#[derive(Debug, Clone)]
enum Says {
    Jwt(String),
    /// After a while.
    Late(String),
    Moved(String),
    /// More than any JWT has.
    TooMuch,
}

/// An HTTP server with account JWTs, which counts what it is asked.
#[derive(Debug, Clone)]
struct Accounts {
    addr: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    says: HashMap<String, Says>,
    asked: HashMap<String, usize>,
}

impl Accounts {
    /// Serves from a thread of its own: a test waits for a broker that waits for this.
    fn serve(operator: &Operator) -> Result<Self> {
        Self::serve_with(operator, None)
    }

    fn serve_with(operator: &Operator, tls: Option<TlsAcceptor>) -> Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        let this = Self {
            addr: listener.local_addr()?,
            state: Arc::default(),
        };
        this.put(operator, &operator.system);
        listener.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let served = this.clone();
        std::thread::spawn(move || runtime.block_on(served.accept(listener, tls)));
        Ok(this)
    }

    async fn accept(self, listener: std::net::TcpListener, tls: Option<TlsAcceptor>) -> Result<()> {
        let listener = TcpListener::from_std(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            let (this, tls) = (self.clone(), tls.clone());
            tokio::spawn(async move {
                match tls {
                    Some(tls) => this.converse(tls.accept(stream).await?).await,
                    None => this.converse(stream).await,
                }
            });
        }
    }

    fn put(&self, operator: &Operator, tenant: &Tenant) {
        let jwt = operator.account_jwt(tenant);
        self.say(tenant, Says::Jwt(jwt));
    }

    fn say(&self, tenant: &Tenant, says: Says) {
        let key = tenant.public().to_string();
        self.state().says.insert(key, says);
    }

    /// How often it was asked for the tenant.
    fn asked(&self, tenant: &Tenant) -> usize {
        let key = tenant.public().to_string();
        self.state().asked.get(&key).copied().unwrap_or(0)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn config(&self, operator: &Operator) -> String {
        format!(
            "operator: {}\nsystem_account: {}\nresolver: URL(http://{}/accounts/)\n",
            operator.jwt(),
            operator.system.public(),
            self.addr
        )
    }

    async fn converse(self, stream: impl AsyncRead + AsyncWrite + Unpin) -> Result<()> {
        let mut stream = BufReader::new(stream);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
            while line.trim() != "" {
                line.clear();
                stream.read_line(&mut line).await?;
            }
            let answer = self.answer(&path).await;
            stream.write_all(answer.as_bytes()).await?;
        }
    }

    async fn answer(&self, path: &str) -> String {
        let ok = |body: &str| {
            let length = body.len();
            format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}")
        };
        let Some(name) = path.strip_prefix("/accounts/") else {
            return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned();
        };
        let says = {
            let mut state = self.state();
            *state.asked.entry(name.to_owned()).or_default() += 1;
            state.says.get(name).cloned()
        };
        match says {
            Some(Says::Jwt(jwt)) => ok(&jwt),
            Some(Says::Late(jwt)) => {
                tokio::time::sleep(Duration::from_millis(500)).await;
                ok(&jwt)
            }
            Some(Says::Moved(to)) => {
                format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
            }
            Some(Says::TooMuch) => ok(&"a".repeat(3 << 20)),
            None if name.is_empty() => ok("welcome"),
            None => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned(),
        }
    }
}

fn refused() -> Result<(), String> {
    Err("Authorization Violation".to_owned())
}

async fn accounts_come_from_a_url(which: Which) -> Result<()> {
    let operator = Operator::default();
    let accounts = Accounts::serve(&operator)?;
    let (acme, unknown) = (Tenant::new("acme"), Tenant::new("unknown"));
    accounts.put(&operator, &acme);
    let broker = Broker::start(which, &accounts.config(&operator))?;
    let user = acme.user("u");
    assert_eq!(Wire::try_login(broker.addr(), &user).await?, Ok(()));
    assert_eq!(Wire::try_login(broker.addr(), &user).await?, Ok(()));
    assert_eq!(accounts.asked(&acme), 1);
    let stranger = Wire::try_login(broker.addr(), &unknown.user("u")).await?;
    assert_eq!(stranger, refused());
    // The system account came from there, too.
    Pusher::new(&broker, &operator).await?;
    Ok(())
}

async fn a_url_that_does_not_answer_stops_the_start(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut accounts = Accounts::serve(&operator)?;
    let nobody = TcpListener::bind("127.0.0.1:0").await?;
    accounts.addr = nobody.local_addr()?;
    drop(nobody);
    let started = Broker::start(which, &accounts.config(&operator));
    ensure!(started.is_err(), "{which:?} started without its accounts");
    Ok(())
}

async fn an_exporter_is_fetched_with_its_importer(which: Which) -> Result<()> {
    let operator = Operator::default();
    let accounts = Accounts::serve(&operator)?;
    let (mut acme, mut globex) = (Tenant::new("acme"), Tenant::new("globex"));
    let export = ExportClaim::new(ShareKind::Stream, "orders.>");
    acme.body.exports.push(export);
    let mut import = ImportClaim::new(ShareKind::Stream, acme.public(), "orders.>");
    import.name = "orders".to_owned();
    globex.body.imports.push(import);
    accounts.put(&operator, &acme);
    accounts.put(&operator, &globex);
    let broker = Broker::start(which, &accounts.config(&operator))?;
    let mut listener = Wire::login(broker.addr(), &globex.user("l")).await?;
    listener.subscribe("orders.>", "1").await?;
    let mut publisher = Wire::login(broker.addr(), &acme.user("p")).await?;
    publisher.publish("orders.eu", "x").await?;
    publisher.sync().await?;
    assert_eq!(listener.message().await?.subject, "orders.eu");
    Ok(())
}

async fn only_used_accounts_of_a_url_resolver_are_updated(which: Which) -> Result<()> {
    let operator = Operator::default();
    let accounts = Accounts::serve(&operator)?;
    let (mut acme, idle) = (Tenant::new("acme"), Tenant::new("idle"));
    accounts.put(&operator, &acme);
    accounts.put(&operator, &idle);
    let broker = Broker::start(which, &accounts.config(&operator))?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let user = acme.user("u");
    let mut wire = Wire::login(broker.addr(), &user).await?;
    let answer = pusher.update(&idle, &operator).await?;
    assert_eq!(answer["data"]["message"], "jwt update skipped", "{answer}");
    acme.revoke(&user.public(), now());
    let answer = pusher.update(&acme, &operator).await?;
    assert_eq!(answer["data"]["message"], "jwt updated", "{answer}");
    assert_eq!(
        wire.errors_until_closed().await?,
        ["User Authentication Revoked"]
    );
    Ok(())
}

impl Pusher {
    /// Pushes an account to the subject with its name.
    async fn update(&mut self, tenant: &Tenant, operator: &Operator) -> Result<serde_json::Value> {
        let subject = format!("$SYS.REQ.ACCOUNT.{}.CLAIMS.UPDATE", tenant.public());
        self.ask_json(&subject, &operator.account_jwt(tenant)).await
    }
}

/// A broker that keeps two accounts and asks others for the rest.
fn cache(which: Which, operator: &Operator) -> Result<Broker> {
    let config = operator.directory_config(&[], false).replace(
        "{ type: full, dir: \"jwt\", allow_delete: false }",
        "{ type: cache, dir: \"jwt\", limit: 3, ttl: \"1h\", timeout: \"1s\" }",
    );
    ensure!(config.contains("type: cache"), "{config}");
    Broker::start(which, &config)
}

/// Another server's answers to lookups, given by a user of the system account.
struct Peer {
    wire: Wire,
}

impl Peer {
    async fn new(broker: &Broker, operator: &Operator) -> Result<Self> {
        let user = operator.system.user("peer");
        let mut wire = Wire::login(broker.addr(), &user).await?;
        wire.subscribe("$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP", "1")
            .await?;
        Ok(Self { wire })
    }

    /// Answers the next question with this text; returns the subject of the question.
    async fn answer(&mut self, text: &str) -> Result<String> {
        let question = self.wire.message().await?;
        let reply = question.reply.context("a question asks for an answer")?;
        self.wire.publish(&reply, text).await?;
        Ok(question.subject)
    }
}

fn kept(broker: &Broker) -> Result<Vec<PathBuf>> {
    let files = fs::read_dir(broker.dir().join("jwt"))?;
    let paths = files.map(|file| Ok(file?.path()));
    let paths: Vec<PathBuf> = paths.collect::<Result<_>>()?;
    let is_jwt = |path: &PathBuf| path.extension().is_some_and(|end| end == "jwt");
    Ok(paths.into_iter().filter(is_jwt).collect())
}

async fn a_cache_asks_other_servers(which: Which) -> Result<()> {
    let operator = Operator::default();
    let broker = cache(which, &operator)?;
    let mut peer = Peer::new(&broker, &operator).await?;
    for round in 0..4 {
        let tenant = Tenant::new(&format!("t{round}"));
        let user = tenant.user("u");
        let token = operator.account_jwt(&tenant);
        let login = Wire::try_login(broker.addr(), &user);
        let (login, question) = tokio::join!(login, peer.answer(&token));
        assert_eq!(login?, Ok(()));
        let subject = format!("$SYS.REQ.ACCOUNT.{}.CLAIMS.LOOKUP", tenant.public());
        assert_eq!(question?, subject);
        // Now it is here.
        assert_eq!(Wire::try_login(broker.addr(), &user).await?, Ok(()));
        assert_eq!(peer.wire.sync().await?, [], "asked again");
    }
    assert_eq!(kept(&broker)?.len(), 3, "the limit");
    let stranger = Tenant::new("stranger").user("u");
    let (login, question) =
        tokio::join!(Wire::try_login(broker.addr(), &stranger), peer.answer(""));
    assert_eq!(login?, refused());
    question?;
    Ok(())
}

async fn only_used_accounts_of_a_cache_are_updated(which: Which) -> Result<()> {
    let operator = Operator::default();
    let broker = cache(which, &operator)?;
    let mut peer = Peer::new(&broker, &operator).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let (mut acme, other) = (Tenant::new("acme"), Tenant::new("other"));
    acme.issued_at = Some(now() - 10);
    let user = acme.user("u");
    let token = operator.account_jwt(&acme);
    let login = Wire::login(broker.addr(), &user);
    let (login, question) = tokio::join!(login, peer.answer(&token));
    question?;
    let answer = pusher.update(&other, &operator).await?;
    assert_eq!(answer["data"]["message"], "jwt update cache skipped");
    acme.revoke(&user.public(), now());
    acme.issued_at = None;
    let answer = pusher.update(&acme, &operator).await?;
    assert_eq!(answer["data"]["message"], "jwt updated cache", "{answer}");
    let told = login?.errors_until_closed().await?;
    assert_eq!(told, ["User Authentication Revoked"]);
    Ok(())
}

/// What is in use counts, not what there is room for.
async fn a_revocation_reaches_an_account_in_use_that_the_cache_has_dropped(
    which: Which,
) -> Result<()> {
    let operator = Operator::default();
    let broker = cache(which, &operator)?;
    let mut peer = Peer::new(&broker, &operator).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let mut acme = Tenant::new("acme");
    acme.issued_at = Some(now() - 10);
    let user = acme.user("u");
    let token = operator.account_jwt(&acme);
    let login = Wire::login(broker.addr(), &user);
    let (login, question) = tokio::join!(login, peer.answer(&token));
    let mut wire = login?;
    question?;
    for round in 0..3 {
        let other = Tenant::new(&format!("t{round}"));
        let (user, token) = (other.user("u"), operator.account_jwt(&other));
        let login = Wire::try_login(broker.addr(), &user);
        let (login, question) = tokio::join!(login, peer.answer(&token));
        assert_eq!(login?, Ok(()));
        question?;
    }
    let key = acme.public().to_string();
    let is_acme = |path: &PathBuf| path.to_string_lossy().contains(&key);
    assert!(!kept(&broker)?.iter().any(is_acme), "it had to make room");
    acme.revoke(&user.public(), now());
    acme.issued_at = None;
    let answer = pusher.update(&acme, &operator).await?;
    assert_eq!(answer["data"]["message"], "jwt updated cache", "{answer}");
    let told = wire.errors_until_closed().await?;
    assert_eq!(told, ["User Authentication Revoked"]);
    Ok(())
}

async fn only_pinned_accounts_log_in(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (acme, other) = (Tenant::new("acme"), Tenant::new("other"));
    let pinned = format!("resolver_pinned_accounts: [{}]\n", acme.public());
    let config = operator.memory_config(&[&acme, &other]) + &pinned;
    let broker = Broker::start(which, &config)?;
    let login = async |tenant: &Tenant| Wire::try_login(broker.addr(), &tenant.user("u")).await;
    assert_eq!(login(&acme).await?, Ok(()));
    assert_eq!(login(&operator.system).await?, Ok(()));
    assert_eq!(login(&other).await?, refused());
    Ok(())
}

fn directory(which: Which, operator: &Operator, fields: &str) -> Result<Broker> {
    let config = operator.directory_config(&[], true).replace(
        "allow_delete: true",
        &format!("allow_delete: true, {fields}"),
    );
    Broker::start(which, &config)
}

async fn a_full_directory_refuses_new_accounts(which: Which) -> Result<()> {
    let operator = Operator::default();
    let broker = directory(which, &operator, "limit: 2")?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let (mut first, second) = (Tenant::new("first"), Tenant::new("second"));
    first.issued_at = Some(now() - 10);
    pusher.push(&operator, &first).await?;
    let answer = pusher.push_jwt(&operator.account_jwt(&second)).await?;
    assert_eq!(answer["error"]["code"], 500, "{answer}");
    let told = answer["error"]["description"].as_str().unwrap_or_default();
    assert!(told.contains("full"), "{told}");
    first.issued_at = None;
    pusher.push(&operator, &first).await
}

async fn a_hard_delete_leaves_nothing(which: Which) -> Result<()> {
    let operator = Operator::default();
    let broker = directory(which, &operator, "hard_delete: true")?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let acme = Tenant::new("acme");
    pusher.push(&operator, &acme).await?;
    let mut body = GenericBody::default();
    let listed = json!([acme.public().to_string()]);
    body.data.insert("accounts".to_owned(), listed);
    let claims = Claims::new(operator.keys.public(), "delete", now(), body);
    let order = jwt::encode(&claims, &operator.keys)?;
    pusher.ask_json("$SYS.REQ.CLAIMS.DELETE", &order).await?;
    let names: Vec<_> = fs::read_dir(broker.dir().join("jwt"))?
        .map(|file| Ok(file?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_>>()?;
    let key = acme.public().to_string();
    assert!(!names.iter().any(|name| name.contains(&key)), "{names:?}");
    Ok(())
}

/// One account that cannot be deleted does not save those that are listed after it. Ours only:
/// nats-server's own errors here are others.
#[tokio::test]
async fn what_cannot_be_deleted_does_not_stop_the_rest() -> Result<()> {
    let operator = Operator::default();
    let broker = directory(Which::Tidegate, &operator, "hard_delete: false")?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let (stuck, acme) = (Tenant::new("stuck"), Tenant::new("acme"));
    for tenant in [&stuck, &acme] {
        pusher.push(&operator, tenant).await?;
    }
    // In the way of the file that is put aside.
    let aside = format!("jwt/{}.jwt.deleted", stuck.public());
    fs::create_dir_all(broker.dir().join(aside).join("x"))?;
    let mut body = GenericBody::default();
    let listed = json!([stuck.public().to_string(), acme.public().to_string()]);
    body.data.insert("accounts".to_owned(), listed);
    let claims = Claims::new(operator.keys.public(), "delete", now(), body);
    let order = jwt::encode(&claims, &operator.keys)?;
    let mut user = Wire::login(broker.addr(), &acme.user("u")).await?;
    let answer = pusher.ask_json("$SYS.REQ.CLAIMS.DELETE", &order).await?;
    let told = answer["error"]["description"].as_str().unwrap_or_default();
    assert!(told.contains(&stuck.public().to_string()), "{answer}");
    assert!(!told.contains(&acme.public().to_string()), "{answer}");
    let told = user.errors_until_closed().await?;
    assert_eq!(told, ["Account Authentication Expired"]);
    Ok(())
}

async fn a_pack_is_empty_for_who_has_everything(which: Which) -> Result<()> {
    let operator = Operator::default();
    let broker = directory(which, &operator, "limit: 100")?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    for n in 0..3 {
        pusher
            .push(&operator, &Tenant::new(&format!("t{n}")))
            .await?;
    }
    let hash = |broker: &Broker| -> Result<[u8; 32]> {
        let mut sum = [0; 32];
        for path in kept(broker)? {
            let digest = Sha256::digest(fs::read(path)?);
            sum.iter_mut()
                .zip(digest)
                .for_each(|(sum, byte)| *sum ^= byte);
        }
        Ok(sum)
    };
    let before = hash(&broker)?;
    assert_eq!(pack(&mut pusher, &before).await?, 0);
    assert_eq!(pack(&mut pusher, &[7; 32]).await?, 4);
    pusher.push(&operator, &Tenant::new("one more")).await?;
    assert_eq!(pack(&mut pusher, &before).await?, 5);
    assert_eq!(pack(&mut pusher, &hash(&broker)?).await?, 0);
    Ok(())
}

/// How many accounts come for this hash, before the empty message.
async fn pack(pusher: &mut Pusher, hash: &[u8; 32]) -> Result<usize> {
    let mut request = b"PUB $SYS.REQ.CLAIMS.PACK _INBOX.push 32\r\n".to_vec();
    request.extend_from_slice(hash);
    request.extend_from_slice(b"\r\n");
    pusher.wire.send(request).await?;
    let mut count = 0;
    while !pusher.wire.message().await?.payload.is_empty() {
        count += 1;
    }
    Ok(count)
}

#[tokio::test]
async fn many_logins_of_one_missing_account_make_one_fetch() -> Result<()> {
    let operator = Operator::default();
    let accounts = Accounts::serve(&operator)?;
    let (acme, unknown) = (Tenant::new("acme"), Tenant::new("unknown"));
    accounts.say(&acme, Says::Late(operator.account_jwt(&acme)));
    let broker = Broker::start(Which::Tidegate, &accounts.config(&operator))?;
    let users: Vec<_> = (0..20).map(|n| acme.user(&format!("u{n}"))).collect();
    let addr = broker.addr();
    let logins = users.iter().map(|user| Wire::login(addr, user));
    let mut wires = futures_util::future::try_join_all(logins).await?;
    assert_eq!(accounts.asked(&acme), 1);
    // All of them are in the same account.
    wires[0].subscribe("a", "1").await?;
    wires[19].publish("a", "x").await?;
    assert_eq!(wires[0].message().await?.subject, "a");

    // "No" holds for a moment: ten logins within it ask once, or twice if the moment ends.
    let user = unknown.user("u");
    for _ in 0..10 {
        assert_eq!(Wire::try_login(addr, &user).await?, refused());
    }
    assert!((1..=2).contains(&accounts.asked(&unknown)));
    // And not for ever.
    accounts.put(&operator, &unknown);
    eventually("the account to be found", async || {
        Ok(Wire::try_login(addr, &user).await?.ok())
    })
    .await
}

/// While one login waits for its account, the others of its broker go on; and who waits may say
/// what it likes, it is read afterwards.
#[tokio::test]
async fn a_login_that_waits_holds_up_nobody() -> Result<()> {
    let operator = Operator::default();
    let accounts = Accounts::serve(&operator)?;
    let (slow, quick) = (Tenant::new("slow"), Tenant::new("quick"));
    accounts.say(&slow, Says::Late(operator.account_jwt(&slow)));
    accounts.put(&operator, &quick);
    let broker = Broker::start(Which::Tidegate, &accounts.config(&operator))?;
    let mut wire = Wire::open(broker.addr()).await?;
    let connect = slow.user("u").connect_operation(wire.nonce(), &json!({}));
    let all = connect + "SUB a 1\r\nPUB a 2\r\nhi\r\nPING\r\n";
    wire.send(all).await?;
    for n in 0..20 {
        let user = quick.user(&format!("u{n}"));
        assert_eq!(Wire::try_login(broker.addr(), &user).await?, Ok(()));
    }
    assert_eq!(wire.message().await?.brief(), ("a", "hi".into()));
    assert_eq!(wire.frame().await?, Frame::Pong);
    Ok(())
}

#[tokio::test]
async fn what_is_fetched_is_checked_like_an_update() -> Result<()> {
    let operator = Operator::default();
    let stranger = Operator::default();
    let accounts = Accounts::serve(&operator)?;
    let broker = Broker::start(Which::Tidegate, &accounts.config(&operator))?;
    let (acme, other) = (Tenant::new("acme"), Tenant::new("other"));
    let elsewhere = Accounts::serve(&operator)?;
    elsewhere.put(&operator, &acme);
    let moved = format!("http://{}/accounts/{}", elsewhere.addr, acme.public());
    for says in [
        Says::Jwt(operator.account_jwt(&other)),
        Says::Jwt(stranger.account_jwt(&acme)),
        Says::Jwt("not a token".to_owned()),
        Says::Moved(moved),
        Says::TooMuch,
    ] {
        let before = accounts.asked(&acme);
        accounts.say(&acme, says);
        eventually("it to be asked for", async || {
            let login = Wire::try_login(broker.addr(), &acme.user("u")).await?;
            assert_eq!(login, refused());
            Ok((accounts.asked(&acme) > before).then_some(()))
        })
        .await?;
    }
    assert_eq!(elsewhere.asked(&acme), 0, "a redirect was followed");
    accounts.put(&operator, &acme);
    eventually("the right one to be taken", async || {
        Ok(Wire::try_login(broker.addr(), &acme.user("u")).await?.ok())
    })
    .await
}

/// A fetched account leaves memory like any other, and comes back by another fetch. What was in
/// force before must not be undone by an older answer then.
#[tokio::test]
async fn an_older_answer_never_replaces_a_newer_one() -> Result<()> {
    let operator = Operator::default();
    let accounts = Accounts::serve(&operator)?;
    let mut acme = Tenant::new("acme");
    let config = accounts.config(&operator) + "account_idle_time: 1ms\n";
    let broker = Broker::start(Which::Tidegate, &config)?;
    let user = acme.user("u");
    let mut login = async |generation: u64| {
        acme.set_generation(generation);
        accounts.put(&operator, &acme);
        let asked = accounts.asked(&acme);
        eventually("the account to be fetched again", async || {
            let login = Wire::try_login(broker.addr(), &user).await?;
            Ok((accounts.asked(&acme) > asked).then_some(login))
        })
        .await
    };
    assert_eq!(login(2).await?, Ok(()));
    assert_eq!(login(1).await?, refused());
    assert_eq!(login(2).await?, Ok(()));
    assert_eq!(login(3).await?, Ok(()));
    assert_eq!(login(2).await?, refused());
    Ok(())
}
