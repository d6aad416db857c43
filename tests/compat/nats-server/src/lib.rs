//! Starts servers for the tests that the published `async-nats` crate carries: whatever is called
//! `nats-server` on the PATH. Only what those tests call is here.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, net, process, thread};

/// How long a server has until it takes clients.
const START_WITHIN: Duration = Duration::from_secs(10);
/// How often its log is looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(5);
const LISTENING: &str = "Listening for client connections on ";

/// A running server; it ends with its handle.
#[derive(Debug)]
pub struct Server {
    child: Child,
    config: String,
    extra: Vec<String>,
    /// Log and store.
    folder: PathBuf,
    host: String,
    port: u16,
    uses_tls: bool,
}

/// Servers with routes between them.
#[derive(Debug)]
pub struct Cluster {
    pub servers: Vec<Server>,
}

/// A server with this config file on a free port.
pub fn run_server(config: &str) -> Server {
    run_server_with_port(config, None)
}

/// A server without a config file on a free port.
pub fn run_basic_server() -> Server {
    run_server("")
}

/// A server on this port; on the config file's, if it is an empty text.
pub fn run_server_with_port(config: &str, port: Option<&str>) -> Server {
    Server::start(config, port.unwrap_or("-1"), Vec::new())
}

/// Three servers of one cluster.
pub fn run_cluster(config: &str) -> Cluster {
    let routes: Vec<u16> = (0..3).map(|_| free_port()).collect();
    let urls: Vec<String> = routes
        .iter()
        .map(|port| format!("nats-route://127.0.0.1:{port}"))
        .collect();
    let servers = routes.iter().enumerate().map(|(number, port)| {
        let extra = [
            format!("--name=node{number}"),
            "--cluster_name=compat".to_owned(),
            format!("--cluster=nats://127.0.0.1:{port}"),
            format!("--routes={}", urls.join(",")),
        ];
        Server::start(config, "-1", extra.to_vec())
    });
    Cluster {
        servers: servers.collect(),
    }
}

/// Tells a server to send its clients away.
pub fn set_lame_duck_mode(server: &Server) {
    let told = Command::new("nats-server")
        .arg("--signal")
        .arg(format!("ldm={}", server.client_pid()))
        .status();
    assert!(
        told.is_ok_and(|status| status.success()),
        "nats-server --signal ldm failed"
    );
}

impl Cluster {
    /// The first server's.
    pub fn client_url(&self) -> String {
        self.servers[0].client_url()
    }
}

impl Server {
    fn start(config: &str, port: &str, extra: Vec<String>) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("compat-{}-{number}", process::id()));
        fs::create_dir_all(&folder).expect("make a folder for the server");
        let child = launch(config, port, &extra, &folder);
        let mut server = Self {
            child,
            config: config.to_owned(),
            extra,
            folder,
            host: String::new(),
            port: 0,
            uses_tls: false,
        };
        server.wait_until_ready();
        server
    }

    /// Ends it the hard way and starts it again: same port, same store.
    pub fn restart(&mut self) {
        self.end();
        fs::remove_file(log_of(&self.folder)).expect("remove the old log");
        self.child = launch(
            &self.config,
            &self.port.to_string(),
            &self.extra,
            &self.folder,
        );
        self.wait_until_ready();
    }

    /// Where clients find it.
    pub fn client_url(&self) -> String {
        let scheme = if self.uses_tls { "tls" } else { "nats" };
        format!("{scheme}://{}:{}", self.host, self.port)
    }

    /// The same with a user and a password.
    pub fn client_url_with(&self, user: &str, password: &str) -> String {
        format!("nats://{user}:{password}@{}:{}", self.host, self.port)
    }

    /// The same with a token.
    pub fn client_url_with_token(&self, token: &str) -> String {
        format!("nats://{token}@{}:{}", self.host, self.port)
    }

    pub fn client_port(&self) -> u16 {
        self.port
    }

    pub fn client_pid(&self) -> usize {
        self.child.id() as usize
    }

    fn wait_until_ready(&mut self) {
        let until = Instant::now() + START_WITHIN;
        loop {
            let log = fs::read_to_string(log_of(&self.folder)).unwrap_or_default();
            if log.contains("Server is ready") {
                return self.note_address(&log);
            }
            let ended = self.child.try_wait().expect("look after the server");
            assert!(
                ended.is_none() && Instant::now() < until,
                "the server with {:?} is not ready ({ended:?}):\n{log}",
                self.config
            );
            thread::park_timeout(LOOK_EVERY);
        }
    }

    fn note_address(&mut self, log: &str) {
        let address = log.lines().find_map(|line| line.split_once(LISTENING));
        let (_, address) = address.expect("the log names the client port");
        let (host, port) = address.rsplit_once(':').expect("host and port");
        self.port = port.parse().expect("a port");
        self.host = match host {
            "0.0.0.0" | "[::]" | "127.0.0.1" => "localhost".to_owned(),
            host => host.to_owned(),
        };
        self.uses_tls = log.contains("TLS required for client connections");
    }

    fn end(&mut self) {
        // Either fails only for a server that has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn launch(config: &str, port: &str, extra: &[String], folder: &Path) -> Child {
    let mut command = Command::new("nats-server");
    if !config.is_empty() {
        command.args(["-c", config]);
    }
    if !port.is_empty() {
        command.args(["-p", port]);
    }
    let names_host = fs::read_to_string(config).is_ok_and(|text| {
        let host = |line: &str| line.starts_with("listen") || line.starts_with("net:");
        text.lines().map(str::trim).any(host)
    });
    if !names_host {
        command.args(["-a", "127.0.0.1"]);
    }
    command.arg("-l").arg(log_of(folder));
    command.arg("-P").arg(folder.join("server.pid"));
    command.arg("--store_dir").arg(folder.join("store"));
    command
        .args(extra)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("start nats-server from the PATH")
}

fn log_of(folder: &Path) -> PathBuf {
    folder.join("server.log")
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let socket = net::TcpListener::bind("127.0.0.1:0").expect("bind a free port");
    socket.local_addr().expect("its address").port()
}
