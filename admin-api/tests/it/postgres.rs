//! A PostgreSQL server of our own: a throw-away cluster on a Unix socket, no TCP, no fsync.
//!
//! One per process ([`Postgres::shared`]) with a database per test, or one per test when the test
//! stops it. The server dies with the process that started it, whatever that dies of.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, mpsc};
use std::time::{Duration, Instant};

const START_TIMEOUT: Duration = Duration::from_secs(30);
const MISSING: &str = "PostgreSQL is needed for this test: `apt-get install postgresql`";

/// A running cluster.
#[derive(Debug)]
pub(crate) struct Postgres {
    dir: PathBuf,
    child: Mutex<Option<Child>>,
}

static CLUSTERS: AtomicU32 = AtomicU32::new(0);
static DATABASES: AtomicU32 = AtomicU32::new(0);

impl Postgres {
    /// The one server of this process.
    pub(crate) async fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        // Its own thread, which never ends: the server is bound to the thread that started it.
        let server = SHARED.get_or_init(|| {
            let (ready, started) = mpsc::channel();
            std::thread::spawn(move || {
                ready
                    .send(Self::create())
                    .expect("the test waits for its server");
                loop {
                    std::thread::park();
                }
            });
            started.recv().expect("the server's thread answers")
        });
        server.wait_until_ready().await;
        server
    }

    /// A server that nobody else uses; wait for it with [`Postgres::wait_until_ready`].
    pub(crate) fn create() -> Self {
        remove_leftovers();
        let number = CLUSTERS.fetch_add(1, Ordering::Relaxed);
        let dir = PathBuf::from(format!("/tmp/tidegate-pg-{}-{number}", std::process::id()));
        fs::create_dir(&dir).expect("make the cluster's folder");
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&dir));
        }
        run(Command::new("cp")
            .arg("-a")
            .arg(template())
            .arg(dir.join("data")));
        let server = Self {
            dir,
            child: Mutex::new(None),
        };
        server.start();
        server
    }

    /// Starts the server again after [`Postgres::stop`]; connections are accepted a little later.
    pub(crate) fn start(&self) {
        let log = fs::File::create(self.dir.join("log")).expect("make the log");
        // SIGQUIT is the immediate shutdown, which gives shared memory back.
        let child = as_postgres(&binary("postgres"), "QUIT")
            .arg("-D")
            .arg(self.dir.join("data"))
            .args([
                "-c",
                "listen_addresses=",
                "-c",
                "fsync=off",
                "-c",
                "shared_buffers=16MB",
            ])
            .args(["-c", "max_connections=50", "-c"])
            .arg(format!("unix_socket_directories={}", self.dir.display()))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("start postgres");
        *self.child.lock().expect("no test panics with this lock") = Some(child);
    }

    /// Stops the server at once, as an outage would.
    pub(crate) fn stop(&self) {
        if let Some(mut child) = self
            .child
            .lock()
            .expect("no test panics with this lock")
            .take()
        {
            run(Command::new("kill").args(["-QUIT", &child.id().to_string()]));
            child.wait().expect("the server ends");
        }
    }

    /// A new, empty database.
    pub(crate) async fn database(&self) -> String {
        let name = format!("t{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        let pool = sqlx::PgPool::connect(&self.url("postgres"))
            .await
            .expect("connect");
        let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(create)
            .execute(&pool)
            .await
            .expect("make a database");
        pool.close().await;
        self.url(&name)
    }

    fn url(&self, database: &str) -> String {
        let socket = self.dir.display().to_string().replace('/', "%2F");
        format!("postgres://postgres@localhost/{database}?host={socket}")
    }

    pub(crate) async fn wait_until_ready(&self) {
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            match sqlx::PgPool::connect(&self.url("postgres")).await {
                Ok(pool) => return pool.close().await,
                Err(error) if Instant::now() > deadline => {
                    let log = fs::read_to_string(self.dir.join("log")).unwrap_or_default();
                    panic!("PostgreSQL does not start: {error}\n{log}");
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// A fresh cluster to copy: `initdb` takes longer than most tests. Made once per target folder.
fn template() -> PathBuf {
    let executable = std::env::current_exe().expect("a test has an executable");
    let target = executable
        .ancestors()
        .nth(3)
        .expect("it lies in target/<profile>/deps");
    let template = target.join("tmp").join("postgres-template");
    if template.exists() {
        return template;
    }
    let made = PathBuf::from(format!("/tmp/tidegate-pg-{}-template", std::process::id()));
    let mut init = as_postgres(&binary("initdb"), "KILL");
    init.args([
        "-U",
        "postgres",
        "-A",
        "trust",
        "-N",
        "--no-locale",
        "-E",
        "UTF8",
        "-D",
    ]);
    run(init.arg(&made));
    // Beside the template first: the rename then is whole or nothing, and one of many wins.
    let beside = template.with_extension(std::process::id().to_string());
    fs::create_dir_all(target.join("tmp")).expect("make the target's folder");
    run(Command::new("cp").arg("-a").arg(&made).arg(&beside));
    if fs::rename(&beside, &template).is_err() {
        assert!(template.exists(), "another test made the template");
        let _ = fs::remove_dir_all(&beside);
    }
    let _ = fs::remove_dir_all(&made);
    template
}

/// Shared servers are never dropped: their folders are removed by a later process.
fn remove_leftovers() {
    for entry in fs::read_dir("/tmp").into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name
            .strip_prefix("tidegate-pg-")
            .and_then(|rest| rest.split('-').next());
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// PostgreSQL refuses to run as root. Whatever user it runs as, it gets `signal` when we die.
fn as_postgres(program: &Path, signal: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.current_dir("/tmp").args(["--pdeathsig", signal]);
    if is_root() {
        command.args([
            "--reuid",
            "postgres",
            "--regid",
            "postgres",
            "--init-groups",
        ]);
    }
    command.arg("--").arg(program);
    command
}

fn binary(name: &str) -> PathBuf {
    let folder = Command::new("pg_config").arg("--bindir").output();
    let folder = folder
        .ok()
        .and_then(|out| String::from_utf8(out.stdout).ok());
    let configured = folder.map(|folder| Path::new(folder.trim()).join(name));
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    configured
        .into_iter()
        .chain(debian.map(|version| version.path().join("bin").join(name)))
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("{MISSING}"))
}

fn run(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?} failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
