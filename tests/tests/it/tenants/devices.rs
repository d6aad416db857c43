//! Devices: a certificate and nothing else is a login into its account, with the role of its
//! authority. No other server does this, so that only ours is asked.

use std::sync::Arc;
use std::time::{Duration, Instant};

use accounts::devices::DeviceName;
use accounts::{DeviceAnchor, KeyKind, KeyPair, PublicKey, SigningKey};
use anyhow::{Context, Result, ensure};
use data_encoding::BASE64;
use futures_util::StreamExt;
use rcgen::{CertificateParams, SanType};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, HandshakeKind};
use serde_json::json;
use tests::certs::{Leaf, device_params};
use tests::mint::{Operator, Tenant, now};
use tests::wait::within;
use tests::websocket::{WebWire, upgrade_request};
use tests::wire::secured;
use tests::{Broker, Certs, Which, Wire, scripts};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::Pusher;
use super::roles::{publishable, tenant_with};
use crate::transport::websocket::{web_addr, with_websocket};

const REFUSED: &str = "Authorization Violation";
const SECOND: Duration = Duration::from_secs(1);

/// A broker that asks for certificates, a tenant with devices, and their authority.
struct World {
    broker: Broker,
    operator: Operator,
    tenant: Tenant,
    role: KeyPair,
    authority: Certs,
    server: Certs,
    /// Whether the handshake comes before `INFO`.
    is_first: bool,
}

/// Lets the authority's devices have the role.
fn trust(tenant: &mut Tenant, authority: &Certs, role: &KeyPair) {
    tenant.tidegate().device_anchors.push(DeviceAnchor {
        certificate: BASE64.encode(authority.authority()),
        role: role.public(),
    });
}

impl World {
    fn new(more: &str) -> Result<Self> {
        let template = json!({
            "pub": {"allow": ["up.{{name()}}", "orders.>", "_INBOX.>"]},
            "sub": {"allow": ["down.{{name()}}", "orders.>", "_INBOX.>"]},
        });
        let (mut tenant, role) = tenant_with(&template)?;
        let (server, authority) = (Certs::new()?, Certs::new()?);
        trust(&mut tenant, &authority, &role);
        let operator = Operator::default();
        let block = server.block(&format!(" client_certs: true\n{more}"));
        let config = block + &operator.memory_config(&[&tenant]);
        Ok(Self {
            broker: Broker::start(Which::Tidegate, &config)?,
            operator,
            tenant,
            role,
            authority,
            server,
            is_first: more.contains("handshake_first"),
        })
    }

    fn device(&self, name: &str) -> Result<Leaf> {
        let name = DeviceName::new(self.tenant.public(), name)?;
        self.authority.issue_device(&name)
    }

    /// Logs in with a certificate alone.
    async fn login(&self, leaf: &Leaf) -> Result<Wire> {
        enter(&self.broker, &self.server.client(Some(leaf))?).await
    }

    /// The system account has no certificate: it comes by its token.
    async fn pusher(&self) -> Result<Pusher> {
        let tls = self.server.client(None)?;
        let addr = self.broker.addr();
        let mut wire = match self.is_first {
            true => Wire::open_tls_first(addr, &tls).await?,
            false => Wire::open_tls(addr, &tls).await?,
        };
        let user = self.operator.system.user("pusher");
        wire.send(user.connect_operation(wire.nonce(), &json!({})))
            .await?;
        Pusher::over(wire).await
    }

    async fn is_refused(&self, leaf: &Leaf) -> Result<()> {
        is_refused(&self.broker, &self.server.client(Some(leaf))?).await
    }
}

async fn enter(broker: &Broker, tls: &Arc<ClientConfig>) -> Result<Wire> {
    Wire::open_tls(broker.addr(), tls).await?.enter().await
}

async fn is_refused(broker: &Broker, tls: &Arc<ClientConfig>) -> Result<()> {
    let mut wire = Wire::open_tls(broker.addr(), tls).await?;
    wire.send("CONNECT {\"verbose\":false}\r\n").await?;
    assert_eq!(wire.errors_until_closed().await?, [REFUSED]);
    Ok(())
}

/// The user key of a device that has this certificate.
fn key_of(leaf: &Leaf) -> Result<PublicKey> {
    let pin = data_encoding::HEXLOWER.decode(leaf.pin.as_bytes())?;
    let hash: [u8; 32] = pin.as_slice().try_into()?;
    Ok(PublicKey::from_bytes(KeyKind::User, hash))
}

#[tokio::test]
async fn a_certificate_alone_is_a_login_with_the_role_of_its_authority() -> Result<()> {
    for order in ["", " handshake_first: true"] {
        let world = World::new(order)?;
        let leaf = world.device("pump-7")?;
        for versions in [&[&TLS12][..], &[&TLS13]] {
            let tls = world.server.client_of(Some(&leaf), versions)?;
            let addr = world.broker.addr();
            let wire = match order {
                "" => Wire::open_tls(addr, &tls).await?,
                _ => Wire::open_tls_first(addr, &tls).await?,
            };
            let mut wire = wire.enter().await?;
            let subjects = ["up.pump-7", "up.pump-8", "other"];
            assert_eq!(publishable(&mut wire, &subjects).await?, ["up.pump-7"]);
            wire.subscribe("_INBOX.me", "1").await?;
            wire.request("$SYS.REQ.USER.INFO", "_INBOX.me", "").await?;
            let refused = wire.error().await?;
            ensure!(refused.contains("Permissions Violation"), "{refused}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn others_come_in_as_ever_on_the_same_listener() -> Result<()> {
    let world = World::new("")?;
    let addr = world.broker.addr();
    let user = world.tenant.user("one");
    let foreign = Certs::new()?.issue("foreign", &["client"])?;
    // Nobody is a device without saying so: these certificates mean nothing, with a token or not.
    for leaf in [None, Some(&foreign)] {
        let tls = world.server.client(leaf)?;
        let mut wire = Wire::open_tls(addr, &tls).await?;
        wire.send(user.connect_operation(wire.nonce(), &json!({})))
            .await?;
        assert_eq!(wire.sync().await?, []);
        is_refused(&world.broker, &tls).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_token_counts_more_than_a_certificate_of_another_tenant() -> Result<()> {
    let mut world = World::new("")?;
    let other = Tenant::new("other");
    let tls = world.server.client(Some(&world.device("d")?))?;
    let config = world.server.block(" client_certs: true")
        + &world.operator.memory_config(&[&world.tenant, &other]);
    world
        .broker
        .reload(&config, tests::broker::RELOADED)
        .await?;
    let user = other.user("one");
    let mut wire = Wire::open_tls(world.broker.addr(), &tls).await?;
    wire.send(user.connect_operation(wire.nonce(), &json!({})))
        .await?;
    wire.subscribe("who", "1").await?;
    wire.request("$SYS.REQ.USER.INFO", "who", "").await?;
    let info: serde_json::Value = serde_json::from_slice(&wire.message().await?.payload)?;
    assert_eq!(info["data"]["account"], other.public().to_string());
    Ok(())
}

#[tokio::test]
async fn a_failed_device_gets_no_second_chance() -> Result<()> {
    let world = World::new("")?;
    let account = world.tenant.public();
    let leaf = |params: CertificateParams| world.authority.issue_with("leaf", params);
    let stranger = Certs::new()?;
    let unknown = DeviceName::new(Tenant::new("unknown").public(), "d")?;
    let mut twice = device_params(&format!("tidegate://{account}/d"))?;
    let second = format!("tidegate://{account}/e");
    twice
        .subject_alt_names
        .push(SanType::URI(second.as_str().try_into()?));
    let mut expired = device_params(&format!("tidegate://{account}/d"))?;
    expired.not_before = rcgen::date_time_ymd(2020, 1, 1);
    expired.not_after = rcgen::date_time_ymd(2021, 1, 1);
    let leaves = [
        stranger.issue_device(&DeviceName::new(account, "d")?)?,
        leaf(device_params(&unknown.to_string())?)?,
        leaf(device_params(&format!("tidegate://{account}/*"))?)?,
        leaf(twice)?,
        leaf(expired)?,
    ];
    for leaf in &leaves {
        world.is_refused(leaf).await?;
    }
    // Not even by the token that all others get who have none.
    let guest = world.tenant.user_with("guest", |claims| {
        claims.nats.rights.bearer_token = true;
    });
    let config = world.server.block(" client_certs: true")
        + &format!("default_sentinel: {}\n", guest.jwt)
        + &world.operator.memory_config(&[&world.tenant]);
    let broker = Broker::start(Which::Tidegate, &config)?;
    enter(&broker, &world.server.client(None)?)
        .await
        .context("a guest")?;
    for leaf in &leaves {
        let tls = world.server.client(Some(leaf))?;
        is_refused(&broker, &tls).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_certificate_without_its_key_is_worth_nothing() -> Result<()> {
    let world = World::new("")?;
    let (mut stolen, own) = (world.device("one")?, world.device("two")?);
    stolen.key = own.key.clone_key();
    for versions in [&[&TLS12][..], &[&TLS13]] {
        // rustls would notice it on this side, too: it is made to look away.
        let tls = unchecked(&world.server, &stolen, versions)?;
        enter(&world.broker, &tls).await.err().context("came in")?;
    }
    Ok(())
}

/// A client that does not look whether its key fits its certificate.
fn unchecked(
    server: &Certs,
    leaf: &Leaf,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> Result<Arc<ClientConfig>> {
    let provider = rustls::crypto::ring::default_provider();
    let key = provider
        .key_provider
        .load_private_key(leaf.key.clone_key())?;
    let pair = rustls::sign::CertifiedKey::new(vec![leaf.cert.clone()], key);
    let mut config = (*server.client_of(None, versions)?).clone();
    config.client_auth_cert_resolver = Arc::new(rustls::sign::SingleCertAndKey::from(pair));
    Ok(Arc::new(config))
}

#[tokio::test]
async fn what_ends_a_device_ends_its_connection_within_a_second() -> Result<()> {
    let mut world = World::new("")?;
    let mut system = world.pusher().await?;
    let (leaf, other) = (world.device("gone")?, world.device("stays")?);
    let (mut live, mut stays) = (world.login(&leaf).await?, world.login(&other).await?);
    world.tenant.revoke(&key_of(&leaf)?, now() + 3600);
    let began = Instant::now();
    system.push(&world.operator, &world.tenant).await?;
    let told = live.errors_until_closed().await?;
    ensure!(began.elapsed() < SECOND, "{:?}", began.elapsed());
    assert_eq!(told, ["User Authentication Revoked"]);
    world.is_refused(&leaf).await?;
    assert_eq!(stays.sync().await?, []);
    // Without its authority nobody stays, and nobody comes.
    world.tenant.tidegate().device_anchors.clear();
    let began = Instant::now();
    system.push(&world.operator, &world.tenant).await?;
    stays.errors_until_closed().await?;
    ensure!(began.elapsed() < SECOND, "{:?}", began.elapsed());
    world.is_refused(&other).await
}

#[tokio::test]
async fn a_token_that_needs_a_certificate_counts_only_with_one() -> Result<()> {
    let mut world = World::new("")?;
    let mut system = world.pusher().await?;
    let stranger = World::new("")?;
    let user = world.tenant.user_with("careful", |claims| {
        let extra = json!({ "require_certificate": true });
        claims.nats.extra.insert("tidegate".to_owned(), extra);
    });
    let enter = async |leaf: Option<&Leaf>| {
        let tls = world.server.client(leaf)?;
        let mut wire = Wire::open_tls(world.broker.addr(), &tls).await?;
        wire.send(user.connect_operation(wire.nonce(), &json!({})))
            .await?;
        anyhow::Ok(wire)
    };
    let leaf = world.device("d")?;
    let other = stranger.device("d")?;
    let foreign = Certs::new()?.issue("foreign", &["client"])?;
    for bad in [None, Some(&foreign), Some(&other)] {
        let told = enter(bad).await?.errors_until_closed().await?;
        assert_eq!(told, [REFUSED]);
    }
    let mut live = enter(Some(&leaf)).await?;
    // It is the user still, with the user's rights.
    live.subscribe("who", "1").await?;
    live.request("$SYS.REQ.USER.INFO", "who", "").await?;
    let info: serde_json::Value = serde_json::from_slice(&live.message().await?.payload)?;
    assert_eq!(info["data"]["user"], user.public().to_string());
    // What ends the device ends the login.
    world.tenant.revoke(&key_of(&leaf)?, now() + 3600);
    system.push(&world.operator, &world.tenant).await?;
    live.errors_until_closed().await?;
    let told = enter(Some(&leaf)).await?.errors_until_closed().await?;
    assert_eq!(told, [REFUSED]);
    Ok(())
}

#[tokio::test]
async fn a_changed_role_ends_its_devices_which_come_back_with_the_new_one() -> Result<()> {
    let mut world = World::new("")?;
    let mut system = world.pusher().await?;
    let leaf = world.device("d")?;
    let mut live = world.login(&leaf).await?;
    let (changed, _) = tenant_with(&json!({ "pub": {"allow": ["other.{{name()}}"]} }))?;
    let mut signing_keys = changed.body.signing_keys;
    if let Some(SigningKey::Scoped(scope)) = signing_keys.first_mut() {
        scope.key = world.role.public();
    }
    world.tenant.body.signing_keys = signing_keys;
    system.push(&world.operator, &world.tenant).await?;
    live.until_closed().await?;
    let mut wire = world.login(&leaf).await?;
    let subjects = ["up.d", "other.d"];
    assert_eq!(publishable(&mut wire, &subjects).await?, ["other.d"]);
    Ok(())
}

#[tokio::test]
async fn a_renewed_certificate_counts_at_once_since_no_session_is_resumed() -> Result<()> {
    let mut world = World::new(" handshake_first: true")?;
    let mut system = world.pusher().await?;
    for version in [&TLS12, &TLS13] {
        let old = world.device("d")?;
        let tls = world.server.client_of(Some(&old), &[version])?;
        for _ in 0..3 {
            assert_eq!(handshake(&world, &tls).await?, Some(HandshakeKind::Full));
        }
        // The same session store with the renewed certificate: it is the one that counts.
        let renewed = world.device("d")?;
        let mut config = (*tls).clone();
        let both = (
            world.server.client_of(Some(&renewed), &[version])?,
            &mut config,
        );
        both.1.client_auth_cert_resolver = Arc::clone(&both.0.client_auth_cert_resolver);
        let again = Arc::new(config);
        assert_eq!(handshake(&world, &again).await?, Some(HandshakeKind::Full));
        world.tenant.revoke(&key_of(&old)?, now() + 3600);
        system.push(&world.operator, &world.tenant).await?;
        let addr = world.broker.addr();
        Wire::open_tls_first(addr, &again).await?.enter().await?;
        let old = Wire::open_tls_first(addr, &tls).await?.enter().await;
        old.err().context("the old one came in")?;
    }
    Ok(())
}

/// Connects, and takes what a server may give for a later session.
async fn handshake(world: &World, tls: &Arc<ClientConfig>) -> Result<Option<HandshakeKind>> {
    let stream = TcpStream::connect(world.broker.addr()).await?;
    let mut stream = secured(stream, tls, "localhost").await?;
    let mut some = [0; 64];
    within("INFO", stream.read(&mut some)).await??;
    Ok(stream.get_ref().1.handshake_kind())
}

#[tokio::test]
async fn stock_clients_need_nothing_but_the_certificate() -> Result<()> {
    let world = World::new("")?;
    let leaf = world.device("pump")?;
    let authority = world.server.authority_file();
    let url = format!("tls://localhost:{}", world.broker.addr().port());
    let texts = [&authority, &leaf.cert_file, &leaf.key_file].map(|it| it.display().to_string());
    let arguments = [&url, &texts[0], "info", &texts[1], &texts[2]];
    for said in [
        scripts::python("tls.py", &arguments).await?,
        scripts::node("tls.mjs", &arguments).await?,
    ] {
        ensure!(said.contains("all as expected"), "{said}");
    }
    let options = async_nats::ConnectOptions::new()
        .add_root_certificates(authority)
        .add_client_certificate(leaf.cert_file, leaf.key_file)
        .require_tls(true);
    let client = within("a login", options.connect(url)).await??;
    let mut orders = client.subscribe("orders.*").await?;
    client.publish("orders.new", "1".into()).await?;
    let message = within("a message", orders.next()).await?;
    assert_eq!(&message.context("a message")?.payload[..], b"1");
    Ok(())
}

#[tokio::test]
async fn over_websocket_it_is_the_same() -> Result<()> {
    let mut world = World::new("")?;
    let block = world.server.block(" client_certs: true");
    let config = world.operator.memory_config(&[&world.tenant]);
    world.broker = with_websocket(Which::Tidegate, &block, &config)?;
    let addr = web_addr(&mut world.broker)?;
    let stranger = Certs::new()?;
    let name = DeviceName::new(world.tenant.public(), "d")?;
    for (authority, comes_in) in [(&world.authority, true), (&stranger, false)] {
        let tls = world.server.client(Some(&authority.issue_device(&name)?))?;
        let stream = secured(TcpStream::connect(addr).await?, &tls, "localhost").await?;
        let mut wire = WebWire::over(stream, &upgrade_request("")).await?;
        wire.until("INFO").await?;
        let hello = "CONNECT {\"verbose\":false}\r\nPUB up.d 1\r\nx\r\nPING\r\n";
        wire.say(hello).await?;
        match comes_in {
            true => ensure!(!wire.until("PONG").await?.contains("-ERR")),
            false => ensure!(wire.until("\r\n").await?.contains(REFUSED)),
        }
    }
    Ok(())
}

#[test]
fn a_listener_asks_in_one_way_only() -> Result<()> {
    let certs = Certs::new()?;
    let block = certs.block(" verify: true\n client_certs: true");
    let error = Broker::start(Which::Tidegate, &block).err();
    let error = format!("{:#}", error.context("it starts")?);
    ensure!(error.contains("client_certs and verify exclude"), "{error}");
    Ok(())
}
