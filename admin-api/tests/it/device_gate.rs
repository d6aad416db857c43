//! Devices at a real nats-server cluster: a node verifies certificates, we answer its callout.

use std::fs;
use std::path::{Path, PathBuf};

use futures_util::StreamExt as _;
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::cluster::{Cluster, NODES, Replica, install};
use crate::devices::request_for;
use crate::harness::{NatsServer, eventually, settled};

/// A node of the cluster for devices.
struct Node {
    _server: NatsServer,
    url: String,
    dir: tempfile::TempDir,
}

impl Node {
    async fn start(cluster: &Cluster, api: &Replica) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name).display().to_string();
        let (root, certificate, key) = server_certificate();
        fs::write(at("root.pem"), root).unwrap();
        fs::write(at("server.pem"), certificate).unwrap();
        fs::write(at("server-key.pem"), key).unwrap();
        let authorities = api.get("/device-gate/authorities.pem").await;
        authorities.expect(StatusCode::OK);
        fs::write(at("device-authorities.pem"), &authorities.text).unwrap();
        let conf = api.get("/device-gate/nats-server.conf").await;
        let conf = conf
            .expect(StatusCode::OK)
            .text
            .replace("\"./", &format!("\"{}/", at("")));
        let base = cluster.conf.replace("./accounts", &at("accounts"));
        let routes: Vec<_> = cluster
            .ports
            .iter()
            .map(|[_, port]| format!("nats://127.0.0.1:{port}"))
            .collect();
        let server = NatsServer::start(&format!(
            "server_name: devices\nlisten: \"127.0.0.1:-1\"\n\
             cluster {{ name: c, listen: \"127.0.0.1:-1\", routes: [{}] }}\n{base}\n{conf}",
            routes.join(", ")
        ))
        .await;
        Self {
            url: format!("tls://localhost:{}", server.port),
            _server: server,
            dir,
        }
    }

    /// Logs in with a certificate and nothing else.
    async fn login(&self, device: &Device) -> Result<async_nats::Client, async_nats::ConnectError> {
        async_nats::ConnectOptions::new()
            .require_tls(true)
            .add_root_certificates(self.dir.path().join("root.pem"))
            .add_client_certificate(device.certificate.clone(), device.key.clone())
            .max_reconnects(1)
            .connect(&self.url)
            .await
    }
}

fn server_certificate() -> (String, String, String) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate().unwrap();
    let root = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap().pem();
    (root, certificate, key.serialize_pem())
}

/// What a device holds.
struct Device {
    certificate: PathBuf,
    key: PathBuf,
}

impl Device {
    async fn enrol(api: &Replica, name: &str, dir: &Path) -> Self {
        let path = "/accounts/acme/enrolment-tokens";
        let body = json!({ "role": "sensor", "device_name": name });
        let token = api.send(Method::POST, path, body).await;
        token.expect(StatusCode::CREATED);
        let key = KeyPair::generate().unwrap();
        let body = json!({ "token": token.body["token"], "csr": request_for(&key) });
        let given = api.send(Method::POST, "/enroll", body).await;
        given.expect(StatusCode::CREATED);
        let device = Self {
            certificate: dir.join(format!("{name}.pem")),
            key: dir.join(format!("{name}.key")),
        };
        let certificate = given.body["certificate"].as_str().unwrap();
        fs::write(&device.certificate, certificate).unwrap();
        fs::write(&device.key, key.serialize_pem()).unwrap();
        device
    }
}

async fn closed(client: &async_nats::Client) {
    eventually("the connection is closed", || async {
        client.connection_state() != async_nats::connection::State::Connected
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_alone_is_a_login_at_a_nats_server_too() {
    let mut cluster = Cluster::new();
    let (api, _storage) = install(&mut cluster, None).await;
    cluster.start_all().await;
    api.wait_until_ready().await;
    api.wait_for_servers(NODES).await;
    let none = api.get("/device-gate/nats-server.conf").await;
    none.expect_problem(409, "no_device_gate");
    api.make("/device-gate", Value::Null).await;
    api.make("/accounts", json!({ "name": "acme" })).await;
    let own = json!({ "allow": ["from.{{name()}}", "_INBOX.>"] });
    let role = json!({ "name": "sensor", "permissions": {
        "publish": own, "subscribe": { "allow": ["to.{{name()}}", "_INBOX.>"] } } });
    api.make("/accounts/acme/roles", role).await;
    let dir = tempfile::tempdir().unwrap();
    let pump = Device::enrol(&api, "pump", dir.path()).await;
    let node = Node::start(&cluster, &api).await;
    api.wait_for_servers(NODES + 1).await;

    eventually("the responder answers", || async {
        node.login(&pump).await.is_ok()
    })
    .await;
    let client = node.login(&pump).await.unwrap();
    settled(&client).await;
    // It has the role of its authority, with its own name, in its own account.
    let listener = api
        .send(
            Method::POST,
            "/accounts/acme/users",
            json!({ "name": "all" }),
        )
        .await;
    let creds = listener.body["creds"].as_str().unwrap();
    let listener = cluster.connect(0, creds).await.unwrap();
    let mut heard = listener.subscribe("from.*").await.unwrap();
    settled(&listener).await;
    client.publish("from.other", "no".into()).await.unwrap();
    client.publish("from.pump", "yes".into()).await.unwrap();
    let first = heard.next().await.unwrap();
    assert_eq!(
        (first.subject.as_str(), &first.payload[..]),
        ("from.pump", &b"yes"[..])
    );
    let seen = api.get("/accounts/acme/devices/pump").await;
    assert_eq!(seen.body["last_address"], "127.0.0.1", "{}", seen.text);

    comes_and_goes(&api, &node, &pump, client).await;
    goes_with_its_authority(&api, &node, dir.path()).await;
    api.api.shutdown().await;
}

async fn comes_and_goes(api: &Replica, node: &Node, pump: &Device, client: async_nats::Client) {
    // Disabled, it goes and stays out; enabled, it comes back; revoked, it goes for good.
    let path = "/accounts/acme/devices/pump";
    let dry = format!("{path}/disable?dry_run=true");
    let tried = api.send(Method::POST, &dry, Value::Null).await;
    let told = &tried.body["impact"]["connections_closed"];
    let open = api.get("/accounts/acme/connections").await;
    let shown = open.body["data"].as_array().unwrap().iter();
    let pumps = shown.filter(|one| one["user_key"] == "pump").count();
    assert_eq!(*told, pumps, "{} {}", tried.text, open.text);
    assert!(pumps > 0, "{}", open.text);
    let off = api
        .send(Method::POST, &format!("{path}/disable"), Value::Null)
        .await;
    off.expect(StatusCode::OK);
    closed(&client).await;
    assert!(node.login(pump).await.is_err());
    let on = api
        .send(Method::POST, &format!("{path}/enable"), Value::Null)
        .await;
    on.expect(StatusCode::OK);
    let client = node.login(pump).await.unwrap();
    settled(&client).await;
    let gone = api.send(Method::DELETE, path, Value::Null).await;
    gone.expect(StatusCode::OK);
    closed(&client).await;
    assert!(node.login(pump).await.is_err());
}

async fn goes_with_its_authority(api: &Replica, node: &Node, dir: &Path) {
    // The end of an authority ends what it has let in.
    let valve = Device::enrol(api, "valve", dir).await;
    let client = node.login(&valve).await.unwrap();
    settled(&client).await;
    let list = api.get("/accounts/acme/device-authorities").await;
    let id = list.body["data"][0]["id"].as_str().unwrap();
    let path = format!("/accounts/acme/device-authorities/{id}/revoke");
    let revoked = api.send(Method::POST, &path, Value::Null).await;
    revoked.expect(StatusCode::OK);
    closed(&client).await;
    assert!(node.login(&valve).await.is_err());
}
