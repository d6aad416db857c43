//! Real nats-server clusters as engines, and several processes of ours that drive them.

use std::collections::BTreeSet;
use std::fs;
use std::mem::ManuallyDrop;
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use admin_api::{AdminApi, Engine, Storage, bootstrap};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::harness::{
    Answer, Database, NatsServer, Stack, config_for, eventually, http, listener, on_both_databases,
    settled, storage,
};
use crate::postgres::Postgres;

pub(crate) const NODES: usize = 3;

/// Servers that know each other, and may be away.
pub(crate) struct Cluster {
    /// What the API says that their configuration must have.
    pub(crate) conf: String,
    pub(crate) ports: Vec<[u16; 2]>,
    nodes: Vec<Option<NatsServer>>,
    dir: TempDir,
}

/// Ports that stay the servers' own while they are away: all different, and none of those that
/// the system gives to whoever asks for any (32768 and above).
fn own_ports() -> Vec<[u16; 2]> {
    const FIRST: u32 = 10_000;
    const COUNT: u32 = 22_000;
    // Tests run side by side, each in a process of its own.
    let begin = std::process::id().wrapping_mul(2_654_435_761);
    let tried = (0..COUNT).map(|n| FIRST + begin.wrapping_add(n) % COUNT);
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let free = tried
        .map(|port| u16::try_from(port).unwrap())
        .filter(is_free);
    let ports: Vec<_> = free.take(2 * NODES).collect();
    ports.chunks(2).map(|two| [two[0], two[1]]).collect()
}

impl Cluster {
    /// Nothing runs yet.
    pub(crate) fn new() -> Self {
        Self {
            conf: String::new(),
            ports: own_ports(),
            nodes: (0..NODES).map(|_| None).collect(),
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn url(&self, node: usize) -> String {
        format!("nats://127.0.0.1:{}", self.ports[node][0])
    }

    fn urls(&self) -> Vec<String> {
        (0..NODES).map(|node| self.url(node)).collect()
    }

    fn accounts_dir(&self, node: usize) -> PathBuf {
        self.dir.path().join(format!("accounts-{node}"))
    }

    async fn start(&mut self, node: usize) {
        let [clients, routes] = self.ports[node];
        let others = self
            .ports
            .iter()
            .map(|[_, port]| format!("nats://127.0.0.1:{port}"));
        let others: Vec<_> = others.collect();
        let accounts = self.accounts_dir(node).display().to_string();
        let conf = self.conf.replace("./accounts", &accounts);
        let conf = format!(
            "server_name: node-{node}\nlisten: \"127.0.0.1:{clients}\"\n\
             cluster {{ name: c, listen: \"127.0.0.1:{routes}\", routes: [{}] }}\n{conf}",
            others.join(", ")
        );
        self.nodes[node] = Some(NatsServer::start(&conf).await);
    }

    pub(crate) async fn start_all(&mut self) {
        for node in 0..NODES {
            self.start(node).await;
        }
    }

    fn kill(&mut self, node: usize) {
        self.nodes[node] = None;
    }

    /// Whether this node lets the creds in.
    pub(crate) async fn admits(&self, node: usize, creds: &str) -> bool {
        self.connect(node, creds).await.is_ok()
    }

    pub(crate) async fn connect(
        &self,
        node: usize,
        creds: &str,
    ) -> Result<async_nats::Client, async_nats::ConnectError> {
        async_nats::ConnectOptions::with_credentials(creds)
            .unwrap()
            .max_reconnects(1)
            .connect(self.url(node))
            .await
    }
}

/// One process of ours, without a broker of its own.
pub(crate) struct Replica {
    pub(crate) api: AdminApi,
    pub(crate) token: String,
    _dir: Option<TempDir>,
}

impl Replica {
    pub(crate) async fn send(&self, method: Method, path: &str, body: Value) -> Answer {
        let url = format!("http://{}/api/v1{path}", self.api.addr());
        let mut request = http().request(method, url).bearer_auth(&self.token);
        request = request.header("if-match", "*");
        if !body.is_null() {
            request = request.json(&body);
        }
        Answer::read(request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, Value::Null).await
    }

    /// Makes something that is live at once.
    pub(crate) async fn make(&self, path: &str, body: Value) -> Value {
        let made = self.send(Method::POST, path, body).await;
        made.expect(StatusCode::CREATED);
        assert_eq!(made.body["live"], true, "{}", made.text);
        made.body
    }

    pub(crate) async fn user(&self, account: &str, name: &str) -> String {
        let path = format!("/accounts/{account}/users");
        let made = self.make(&path, json!({ "name": name })).await;
        made["creds"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn wait_until_ready(&self) {
        eventually("the API is ready", || async { self.api.is_ready() }).await;
    }

    async fn engine(&self) -> Value {
        self.get("/engines/cluster").await.body
    }

    pub(crate) async fn wait_for_servers(&self, count: usize) {
        eventually("the servers of the cluster are counted", || async {
            self.engine().await["servers"].as_array().map(Vec::len) == Some(count)
        })
        .await;
    }
}

/// An installation whose engine is the cluster, which does not run yet.
pub(crate) async fn install(
    cluster: &mut Cluster,
    database_url: Option<String>,
) -> (Replica, Storage) {
    let dir = tempfile::tempdir().unwrap();
    let storage = storage(dir.path(), database_url);
    let founding = bootstrap::found(&storage).await.unwrap();
    let token = fs::read_to_string(storage.data_dir.join("run/admin.token")).unwrap();
    let mut replica = start(cluster, &storage, &founding.operator_jwt, token).await;
    replica._dir = Some(dir);
    let conf = replica.get("/engines/nats-server.conf").await;
    conf.expect(StatusCode::OK);
    cluster.conf = conf.text;
    (replica, storage)
}

pub(crate) async fn start(
    cluster: &Cluster,
    storage: &Storage,
    operator: &str,
    token: String,
) -> Replica {
    start_as(cluster, storage, operator, token, None).await
}

/// With a creds file of the system account, or without.
async fn start_as(
    cluster: &Cluster,
    storage: &Storage,
    operator: &str,
    token: String,
    creds: Option<String>,
) -> Replica {
    let urls = cluster.urls().join(",");
    let engine = Engine::Cluster { urls, creds };
    let config = config_for(storage, operator, &cluster.url(0), engine);
    Replica {
        api: admin_api::start(config, listener().await).await.unwrap(),
        token,
        _dir: None,
    }
}

async fn database(database: Database) -> Option<String> {
    match database {
        Database::Sqlite => None,
        Database::Postgres => Some(Postgres::shared().await.database().await),
    }
}

/// Three nodes, driven end to end; one is killed and comes back as it was, then all come back
/// with nothing.
async fn a_cluster_is_driven(kind: Database) {
    let mut cluster = Cluster::new();
    let (api, _storage) = install(&mut cluster, database(kind).await).await;
    assert!(!api.api.is_ready());
    cluster.start_all().await;
    api.wait_until_ready().await;
    api.wait_for_servers(NODES).await;
    api.make("/accounts", json!({ "name": "acme" })).await;
    let [stays, goes] = [
        api.user("acme", "stays").await,
        api.user("acme", "goes").await,
    ];
    for node in 0..NODES {
        assert!(
            cluster.admits(node, &stays).await,
            "live is every node: {node}"
        );
    }
    lists_and_counts_every_node(&cluster, &api, &stays).await;
    kicks_on_every_node(&cluster, &api, &stays).await;

    // A node is away. Its part is missing until it is known to be gone; then live is true again.
    let held = cluster.connect(0, &goes).await.unwrap();
    settled(&held).await;
    cluster.kill(2);
    let gone = api
        .send(Method::DELETE, "/accounts/acme/users/goes", Value::Null)
        .await;
    gone.expect(StatusCode::OK);
    eventually("the others refuse the deleted user", || async {
        !cluster.admits(0, &goes).await && !cluster.admits(1, &goes).await
    })
    .await;
    api.wait_for_servers(NODES - 1).await;
    api.make("/accounts", json!({ "name": "globex" })).await;
    let late = api.user("globex", "late").await;

    cluster.start(2).await;
    eventually("the node that was away has it all", || async {
        cluster.admits(2, &late).await && !cluster.admits(2, &goes).await
    })
    .await;

    // All of them lose everything.
    for node in 0..NODES {
        cluster.kill(node);
        fs::remove_dir_all(cluster.accounts_dir(node)).unwrap();
    }
    eventually("the loss is noticed", || async { !api.api.is_ready() }).await;
    cluster.start_all().await;
    eventually("what was lost is given again", || async {
        let mut admitted = 0;
        for node in 0..NODES {
            let both = cluster.admits(node, &stays).await && cluster.admits(node, &late).await;
            admitted += usize::from(both && !cluster.admits(node, &goes).await);
        }
        admitted == NODES
    })
    .await;
    eventually("nothing is behind", || async {
        api.engine().await["accounts_behind"] == 0
    })
    .await;
    api.api.shutdown().await;
}

/// A page has as many rows as were asked for, from however many nodes, and nobody comes twice.
async fn pages_go_through_all_nodes(api: &Replica, all: &Value) {
    let all = all.as_array().unwrap();
    let ids =
        |rows: &[Value]| -> Vec<String> { rows.iter().map(|it| it["id"].to_string()).collect() };
    for limit in 1..=2 {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/accounts/acme/connections?limit={limit}{cursor}");
            let page = api.get(&path).await;
            page.expect(StatusCode::OK);
            let rows = page.body["data"].as_array().unwrap();
            assert!(rows.len() <= limit, "{}", page.text);
            seen.extend(ids(rows));
            match page.body["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen, ids(all));
    }
}

/// Who is connected, and what they use, is told of all nodes together.
async fn lists_and_counts_every_node(cluster: &Cluster, api: &Replica, creds: &str) {
    const EACH: usize = 10;
    let mut clients = Vec::new();
    for node in 0..NODES {
        let client = cluster.connect(node, creds).await.unwrap();
        for _ in 0..EACH {
            client.publish("a", "x".into()).await.unwrap();
        }
        settled(&client).await;
        clients.push(client);
    }
    let listed = api.get("/accounts/acme/connections").await;
    listed.expect(StatusCode::OK);
    let servers = listed.body["data"].as_array().unwrap().iter();
    let servers: BTreeSet<&str> = servers.map(|it| it["server"].as_str().unwrap()).collect();
    assert_eq!(servers.len(), NODES, "{}", listed.text);
    pages_go_through_all_nodes(api, &listed.body["data"]).await;
    let now = api.get("/accounts/acme/usage/now").await;
    let connections = &now.body["limits"][0];
    assert_eq!(
        (&connections["limit"], &connections["used"]),
        (&json!("connections"), &json!(NODES)),
    );
    // Servers are asked every ten seconds.
    let begun = Instant::now();
    loop {
        let usage = api.get("/accounts/acme/usage?grain=day").await.body;
        let messages = usage["data"][0]["messages_in"].as_u64();
        if messages >= Some((NODES * EACH) as u64) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{usage}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn kicks_on_every_node(cluster: &Cluster, api: &Replica, creds: &str) {
    let mut clients = Vec::new();
    for node in 0..NODES {
        let client = cluster.connect(node, creds).await.unwrap();
        settled(&client).await;
        clients.push(client);
    }
    let path = "/accounts/acme/users/stays/kick";
    let kicked = api.send(Method::POST, path, json!({})).await;
    kicked.expect(StatusCode::OK);
    assert_eq!(kicked.body["connections"], NODES);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_is_driven_on_sqlite() {
    a_cluster_is_driven(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_is_driven_on_postgres() {
    a_cluster_is_driven(Database::Postgres).await;
}

/// Another signing key for the operator: the servers learn it one after the other, and nothing is
/// signed with it before the last one has.
#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_learns_the_operators_new_key() {
    let mut cluster = Cluster::new();
    let (api, storage) = install(&mut cluster, None).await;
    cluster.start_all().await;
    api.wait_until_ready().await;
    api.wait_for_servers(NODES).await;
    api.make("/accounts", json!({ "name": "acme" })).await;
    let before = api.user("acme", "before").await;
    let seed = fs::read_to_string(storage.data_dir.join("recovery/operator.seed")).unwrap();
    let seed = json!({ "identity_seed": seed });
    let begun = api.send(Method::POST, "/operator/rotation", seed).await;
    begun.expect(StatusCode::CREATED);
    for (waits, then) in [("trusting", "retiring"), ("retiring", "done")] {
        cluster.conf = api.get("/engines/nats-server.conf").await.text;
        for node in 0..NODES {
            let rotation = api.get("/operator/rotation").await.body;
            assert_eq!(rotation["stage"], waits, "{rotation}");
            let to_do = rotation["engines"][0]["to_do"].as_str().unwrap();
            assert!(
                to_do.contains("restart them one after the other"),
                "{to_do}"
            );
            cluster.kill(node);
            cluster.start(node).await;
            api.wait_for_servers(NODES).await;
        }
        eventually("the next stage", || async {
            api.get("/operator/rotation").await.body["stage"] == then
        })
        .await;
    }
    let after = api.user("acme", "after").await;
    for node in 0..NODES {
        assert!(cluster.admits(node, &before).await && cluster.admits(node, &after).await);
    }
    api.api.shutdown().await;
}

/// Two processes on one database: both make changes that are live when they answer, one pushes,
/// and the other takes over.
#[tokio::test(flavor = "multi_thread")]
async fn several_processes_drive_one_cluster() {
    let mut cluster = Cluster::new();
    let url = database(Database::Postgres).await;
    let (first, founded) = install(&mut cluster, url.clone()).await;
    cluster.start_all().await;
    first.wait_until_ready().await;
    let dir = tempfile::tempdir().unwrap();
    let mut second_storage = storage(dir.path(), url);
    second_storage.vault_key_file = Some(founded.data_dir.join("vault.key"));
    let founding = bootstrap::found(&second_storage).await.unwrap();
    let token = first.token.clone();
    let second = start(&cluster, &second_storage, &founding.operator_jwt, token).await;
    second.wait_until_ready().await;
    let leads = async |replica: &Replica| replica.engine().await["leads"] == true;
    assert!(leads(&first).await && !leads(&second).await);

    second.make("/accounts", json!({ "name": "acme" })).await;
    let creds = second.user("acme", "u").await;
    assert!(cluster.admits(1, &creds).await);
    first.make("/accounts", json!({ "name": "globex" })).await;

    // Many changes of one account, by both at a time: each is minted once, and the last one holds.
    let changes = (0..20).map(|at| {
        let replica = [&first, &second][at % 2];
        async move {
            let body = json!({ "limits": { "connections": 10 + at } });
            let changed = replica.send(Method::PATCH, "/accounts/acme", body).await;
            changed.expect(StatusCode::OK);
        }
    });
    futures_util::future::join_all(changes).await;
    eventually("both say the same, and that it is live", || async {
        let one = first.get("/accounts/acme").await.body;
        one["live"] == true && one == second.get("/accounts/acme").await.body
    })
    .await;

    first.api.shutdown().await;
    eventually("the second process takes over", || leads(&second)).await;
    second.make("/accounts", json!({ "name": "initech" })).await;
    second.api.shutdown().await;
}

/// A creds file of the system account is all that is needed to drive a cluster; one of a tenant is
/// not.
#[tokio::test(flavor = "multi_thread")]
async fn a_creds_file_drives_a_cluster() {
    let mut cluster = Cluster::new();
    let (first, storage) = install(&mut cluster, None).await;
    cluster.start_all().await;
    first.wait_until_ready().await;
    first.wait_for_servers(NODES).await;
    first.make("/accounts", json!({ "name": "acme" })).await;
    let tenant = first.user("acme", "u").await;
    let made = first
        .send(Method::POST, "/system/creds", json!({ "name": "driver" }))
        .await;
    made.expect(StatusCode::CREATED);
    let system = made.body["creds"].as_str().unwrap().to_owned();
    let token = first.token.clone();
    first.api.shutdown().await;

    let operator = bootstrap::found(&storage).await.unwrap().operator_jwt;
    let with = async |creds| {
        let token = token.clone();
        start_as(&cluster, &storage, &operator, token, Some(creds)).await
    };
    let wrong = with(tenant).await;
    let made = wrong
        .send(Method::POST, "/accounts", json!({ "name": "globex" }))
        .await;
    assert_eq!(made.body["live"], false, "{}", made.text);
    assert!(!wrong.api.is_ready());
    wrong.api.shutdown().await;

    let right = with(system).await;
    right.wait_until_ready().await;
    assert_eq!(right.engine().await["has_creds"], true);
    eventually("what waited is live", || async {
        right.get("/accounts/globex").await.body["live"] == true
    })
    .await;
    let late = right.user("globex", "late").await;
    assert!(cluster.admits(2, &late).await);
    right.api.shutdown().await;
}

/// What others push to running servers, with a stock tool say, is put right at once: an older
/// version of an account would undo what was revoked since.
#[tokio::test(flavor = "multi_thread")]
async fn claims_of_strangers_are_put_right() {
    let mut cluster = Cluster::new();
    let (api, _storage) = install(&mut cluster, None).await;
    cluster.start_all().await;
    api.wait_until_ready().await;
    api.wait_for_servers(NODES).await;
    let acme = api.make("/accounts", json!({ "name": "acme" })).await;
    let key = acme["public_key"].as_str().unwrap();
    let [stays, goes] = [
        api.user("acme", "stays").await,
        api.user("acme", "goes").await,
    ];
    let made = api
        .send(Method::POST, "/system/creds", json!({ "name": "tool" }))
        .await;
    made.expect(StatusCode::CREATED);
    let system = made.body["creds"].as_str().unwrap();
    let stranger = cluster.connect(1, system).await.unwrap();
    let lookup = format!("$SYS.REQ.ACCOUNT.{key}.CLAIMS.LOOKUP");
    let older = stranger.request(lookup, "".into()).await.unwrap().payload;
    let gone = api
        .send(Method::DELETE, "/accounts/acme/users/goes", Value::Null)
        .await;
    assert_eq!(gone.body["live"], true, "{}", gone.text);

    let as_we_say = async || {
        let mut right = 0;
        for node in 0..NODES {
            let is_right = cluster.admits(node, &stays).await && !cluster.admits(node, &goes).await;
            right += usize::from(is_right);
        }
        right == NODES
    };
    assert!(as_we_say().await);
    let pushed = stranger.request("$SYS.REQ.CLAIMS.UPDATE", older).await;
    let pushed = String::from_utf8(pushed.unwrap().payload.to_vec()).unwrap();
    assert!(pushed.contains("\"code\":200"), "{pushed}");
    eventually("the deleted user is out again", as_we_say).await;

    eventually("nothing is behind", || async {
        api.engine().await["accounts_behind"] == 0
    })
    .await;
    api.api.shutdown().await;
}

const ACCOUNTS: usize = 20;

/// Two hundred changes, during which a process dies: the generation of each account after them.
async fn changed_while_it_dies(other: &Replica, doomed: Runtime) -> [u64; ACCOUNTS] {
    const CHANGES: usize = 200;
    let mut waiting: FuturesUnordered<_> = (0..CHANGES)
        .map(|n| async move {
            let body = json!({ "limits": { "exports": n + 1 } });
            let path = format!("/accounts/tenant-{}", n % ACCOUNTS);
            (n, other.send(Method::PATCH, &path, body).await)
        })
        .collect();
    let mut doomed = Some(doomed);
    let mut answered = 0;
    let mut last = [0; ACCOUNTS];
    while let Some((n, answer)) = waiting.next().await {
        answer.expect(StatusCode::OK);
        let generation = answer.body["generation"].as_u64().unwrap();
        last[n % ACCOUNTS] = last[n % ACCOUNTS].max(generation);
        answered += 1;
        if answered == CHANGES / 4
            && let Some(doomed) = doomed.take()
        {
            doomed.shutdown_background();
        }
    }
    last
}

/// The process that pushes dies in the middle of many changes, as if killed: nothing of it runs on,
/// nothing is given back. The other one takes over, and every change that was answered holds.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_dies_loses_no_change() {
    let mut cluster = Cluster::new();
    let url = database(Database::Postgres).await;
    let (founder, storage) = install(&mut cluster, url.clone()).await;
    cluster.start_all().await;
    founder.wait_until_ready().await;
    let token = founder.token.clone();
    founder.api.shutdown().await;

    let operator = bootstrap::found(&storage).await.unwrap().operator_jwt;
    let (urls, creds) = (cluster.urls().join(","), None);
    let engine = Engine::Cluster { urls, creds };
    let config = config_for(&storage, &operator, &cluster.url(0), engine);
    let doomed = Runtime::new().unwrap();
    let started = doomed.spawn(async { admin_api::start(config, listener().await).await });
    // Nobody shuts it down.
    let doomed_api = ManuallyDrop::new(started.await.unwrap().unwrap());
    eventually("it is ready", || async { doomed_api.is_ready() }).await;

    let dir = tempfile::tempdir().unwrap();
    let mut second = self::storage(dir.path(), url);
    second.vault_key_file = Some(storage.data_dir.join("vault.key"));
    bootstrap::found(&second).await.unwrap();
    let other = start(&cluster, &second, &operator, token).await;
    other.wait_until_ready().await;
    assert_eq!(other.engine().await["leads"], false);
    let mut keys = Vec::new();
    for n in 0..ACCOUNTS {
        let body = json!({ "name": format!("tenant-{n}") });
        let made = other.make("/accounts", body).await;
        keys.push(made["public_key"].as_str().unwrap().to_owned());
    }

    let last = changed_while_it_dies(&other, doomed).await;
    eventually("the other one leads", || async {
        other.engine().await["leads"] == true
    })
    .await;
    eventually("nothing is behind", || async {
        other.engine().await["accounts_behind"] == 0
    })
    .await;
    let made = other
        .send(Method::POST, "/system/creds", json!({ "name": "look" }))
        .await;
    let system = made.body["creds"].as_str().unwrap();
    let client = cluster.connect(2, system).await.unwrap();
    for (n, key) in keys.iter().enumerate() {
        let held = format!("$SYS.REQ.ACCOUNT.{key}.CLAIMS.LOOKUP");
        let held = client.request(held, "".into()).await.unwrap().payload;
        let held = std::str::from_utf8(&held).unwrap();
        let held = accounts::jwt::decode::<accounts::AccountBody>(held).unwrap();
        assert_eq!(held.nats.tidegate.unwrap().generation, last[n], "{key}");
    }
    other.api.shutdown().await;
}

on_both_databases!(engines_are_added_and_forgotten);

/// A second engine beside the first: it gets what is there, and counts for `live`.
async fn engines_are_added_and_forgotten(stack: Stack) {
    let acme = stack.account("acme").await;
    let creds = stack.user("acme", json!({ "name": "u" })).await;
    let mut cluster = Cluster::new();
    cluster.conf = stack.get("/engines/nats-server.conf").await.text;
    wrong_engines_are_refused(&stack).await;
    let far = json!({ "name": "far", "urls": [cluster.url(0)] });
    let made = stack.post("/engines", far.clone()).await;
    made.expect(StatusCode::CREATED);
    stack
        .post("/engines", far)
        .await
        .expect_problem(409, "name_taken");
    eventually(
        "the account is no longer live: one engine lacks it",
        || async { stack.get("/accounts/acme").await.body["live"] == false },
    )
    .await;
    let open = stack.get("/accounts/acme/connections").await;
    assert_eq!(
        (&open.body["data"], &open.body["unanswered"]),
        (&json!([]), &json!(["far"])),
        "one engine is enough for an answer, and the other is named"
    );
    cluster.start(0).await;
    eventually("the account is live on both", || async {
        stack.get("/accounts/acme").await.body["live"] == true
    })
    .await;
    assert!(cluster.admits(0, &creds).await);
    let moved = json!({ "urls": [cluster.url(0), cluster.url(1)] });
    let moved = stack.send(Method::PATCH, "/engines/far", Some(moved)).await;
    moved.expect(StatusCode::OK);
    assert_eq!(moved.body["urls"][1], cluster.url(1));
    stack
        .send(
            Method::PATCH,
            "/engines/local",
            Some(json!({ "urls": [cluster.url(0)] })),
        )
        .await
        .expect_problem(409, "embedded_engine");
    stack
        .delete("/engines/local")
        .await
        .expect_problem(409, "embedded_engine");
    stack
        .delete("/engines/far")
        .await
        .expect(StatusCode::NO_CONTENT);
    stack
        .get("/engines/far")
        .await
        .expect_problem(404, "not_found");
    eventually("only the first engine is left", || async {
        stack.get("/system").await.body["engines"]
            .as_array()
            .map(Vec::len)
            == Some(1)
    })
    .await;
    let id = acme["id"].as_str().unwrap();
    assert_eq!(
        stack.get(&format!("/accounts/{id}")).await.body["live"],
        true
    );
    stack.account("globex").await;
}

async fn wrong_engines_are_refused(stack: &Stack) {
    for (field, wrong) in [
        ("/urls", json!({ "name": "far", "urls": ["http://a"] })),
        (
            "/ca",
            json!({ "name": "far", "urls": ["nats://a"], "ca": "nonsense" }),
        ),
        (
            "/creds",
            json!({ "name": "far", "urls": ["nats://a"], "creds": "nonsense" }),
        ),
    ] {
        let refused = stack.post("/engines", wrong).await;
        refused.expect_problem(422, "invalid");
        assert_eq!(refused.body["errors"][0]["pointer"], field);
    }
}
