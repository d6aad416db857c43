//! `tidegate serve`: the first run, later runs, and what must not take the data plane down.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Program, command, get, info, json_file, run, text};

/// Nothing listens on port 1.
const NO_DATABASE: &str = "postgres://user:secret@127.0.0.1:1/none";

/// Whatever is free, for every listener that there is by default.
const FREE_PORTS: [&str; 8] = [
    "--port",
    "0",
    "--http-port",
    "0",
    "--onboarding-port",
    "0",
    "--device-port",
    "0",
];

struct Home {
    _folder: TempDir,
    data: PathBuf,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data = folder.path().join("data");
        Self {
            _folder: folder,
            data,
        }
    }

    fn file(&self, path: &str) -> PathBuf {
        self.data.join(path)
    }

    fn serve(&self, more: &[&str]) -> Program {
        let data = self.data.display().to_string();
        let args = ["serve", "--data", &data];
        Program::start(&[&args[..], &FREE_PORTS, more].concat())
    }
}

/// What ports.json of this process says, as soon as it is there.
fn ports(home: &Home, serve: &mut Program) -> Value {
    let path = home.file("run/ports.json");
    serve.poll("ports.json", |serve| {
        json_file(&path).filter(|ports| ports["pid"] == serve.pid())
    })
}

fn nats_port(ports: &Value) -> u16 {
    let url = ports["nats"][0].as_str().expect("a URL");
    let (_, port) = url.rsplit_once(':').expect("a port");
    port.parse().expect("a port")
}

fn url(ports: &Value, path: &str) -> String {
    format!("{}{path}", ports["http"][0].as_str().expect("a URL"))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

#[test]
fn the_first_run_makes_everything_and_a_later_one_finds_it() {
    let home = Home::new();
    let mut serve = home.serve(&[]);
    let listening = ports(&home, &mut serve);
    serve.line("Tidegate is running.");
    assert_eq!(info(nats_port(&listening))["auth_required"], true);
    assert_eq!(get(&url(&listening, "/healthz")).0, 200);
    serve.poll("readiness", |_| {
        (get(&url(&listening, "/readyz")).0 == 200).then_some(())
    });
    for secret in [
        "vault.key",
        "run/admin.token",
        "recovery/operator.seed",
        "broker/operator.jwt",
    ] {
        assert_eq!(mode(&home.file(secret)), 0o600, "{secret}");
    }
    assert_eq!(mode(&home.data), 0o700);
    let operator = fs::read_to_string(home.file("broker/operator.jwt")).expect("the operator");
    let token = fs::read_to_string(home.file("run/admin.token")).expect("the token");

    serve.signal(Signal::TERM);
    assert_eq!(serve.wait().code(), Some(0));
    assert!(!home.file("run/ports.json").exists());
    let said = serve.output();
    assert!(
        !said.contains(token.trim()),
        "the token was printed into a pipe"
    );
    assert!(said.contains("admin.token"), "{said}");

    let mut again = home.serve(&[]);
    ports(&home, &mut again);
    let kept = fs::read_to_string(home.file("broker/operator.jwt")).expect("the operator");
    assert_eq!(kept, operator);
    again.signal(Signal::INT);
    assert_eq!(again.wait().code(), Some(0));
}

#[test]
fn a_first_run_that_was_killed_is_continued() {
    let steps = [
        "lock",
        "tidegate.db",
        "vault.key",
        "recovery/operator.seed",
        "run/admin.token",
        "broker/system-account.jwt",
        "broker/operator.jwt",
        "broker/accounts",
    ];
    for step in steps {
        let home = Home::new();
        let mut killed = home.serve(&[]);
        let path = home.file(step);
        killed.poll(step, |_| path.exists().then_some(()));
        drop(killed);

        let mut serve = home.serve(&[]);
        let listening = ports(&home, &mut serve);
        info(nats_port(&listening));
        let ready = url(&listening, "/readyz");
        serve.poll("readiness", |_| (get(&ready).0 == 200).then_some(()));
        let token = fs::read_to_string(home.file("run/admin.token")).expect("a token");
        assert!(!token.trim().is_empty(), "after a kill at {step}");
    }
}

#[test]
fn a_second_process_on_the_same_data_is_told_who_holds_it() {
    let home = Home::new();
    let mut first = home.serve(&[]);
    let listening = ports(&home, &mut first);
    let mut second = home.serve(&[]);
    assert_eq!(second.wait().code(), Some(1));
    let said = second.output();
    assert!(
        said.contains(&format!("in use by process {}", first.pid())),
        "{said}"
    );
    info(nats_port(&listening));
}

#[test]
fn without_its_database_a_founded_data_plane_serves() {
    let home = Home::new();
    let mut first = home.serve(&[]);
    ports(&home, &mut first);
    drop(first);

    let mut serve = home.serve(&["--database-url", NO_DATABASE]);
    let listening = ports(&home, &mut serve);
    assert_eq!(info(nats_port(&listening))["auth_required"], true);
    assert_eq!(get(&url(&listening, "/healthz")).0, 200);
    assert_eq!(get(&url(&listening, "/readyz")).0, 503);
    serve.signal(Signal::TERM);
    assert_eq!(serve.wait().code(), Some(0));
    assert!(
        !serve.output().contains("secret"),
        "the database password was printed"
    );
}

#[test]
fn a_control_plane_that_cannot_start_leaves_the_data_plane_alone() {
    let home = Home::new();
    let mut first = home.serve(&[]);
    ports(&home, &mut first);
    drop(first);
    let key = home.file("vault.key");
    let aside = home.file("vault.key.aside");
    fs::rename(&key, &aside).expect("take the vault key away");

    let mut serve = home.serve(&[]);
    serve.line("the admin API is closed");
    let listening = ports(&home, &mut serve);
    info(nats_port(&listening));
    assert_eq!(get(&url(&listening, "/healthz")).0, 200);
    assert_eq!(get(&url(&listening, "/api/v1/accounts")).0, 503);

    fs::rename(&aside, &key).expect("bring the vault key back");
    serve.line("admin API and console on");
    serve.poll("readiness", |_| {
        (get(&url(&listening, "/readyz")).0 == 200).then_some(())
    });
}

#[test]
fn a_first_run_without_a_database_says_so_and_leaves_no_operator() {
    let home = Home::new();
    let mut serve = home.serve(&["--database-url", NO_DATABASE]);
    assert_eq!(serve.wait().code(), Some(1));
    let said = serve.output();
    assert!(said.contains("the first run needs its database"), "{said}");
    assert!(
        !said.contains("secret"),
        "the database password was printed"
    );
    assert!(!home.file("broker/operator.jwt").exists());
}

#[test]
fn plain_text_stays_on_this_machine_unless_asked() {
    let home = Home::new();
    let mut serve = home.serve(&["--host", "0.0.0.0"]);
    assert_eq!(serve.wait().code(), Some(1));
    assert!(serve.output().contains("--insecure"));
    assert!(!home.data.exists());

    let mut serve = home.serve(&["--host", "0.0.0.0", "--insecure"]);
    info(nats_port(&ports(&home, &mut serve)));
}

#[test]
fn a_damaged_operator_is_an_error_that_says_what_to_do() {
    let home = Home::new();
    let mut first = home.serve(&[]);
    ports(&home, &mut first);
    drop(first);
    fs::write(home.file("broker/operator.jwt"), "eyJ.broken").expect("damage");
    let mut serve = home.serve(&[]);
    assert_eq!(serve.wait().code(), Some(1));
    let said = serve.output();
    assert!(
        said.contains("operator.jwt is damaged; restore it"),
        "{said}"
    );

    fs::remove_file(home.file("broker/operator.jwt")).expect("move it away");
    let mut serve = home.serve(&[]);
    ports(&home, &mut serve);
}

#[test]
fn a_busy_port_names_the_flag_and_founds_nothing() {
    let home = Home::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let data = home.data.display().to_string();
    for flag in [
        "--port",
        "--http-port",
        "--onboarding-port",
        "--device-port",
    ] {
        let mut ports = FREE_PORTS;
        let place = ports.iter().position(|it| *it == flag).expect("a flag");
        ports[place + 1] = &port;
        let output = run(&[&["serve", "--data", &data], &ports[..]].concat());
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains(&format!("choose another port with {flag}")),
            "{said}"
        );
    }
    assert!(!home.file("vault.key").exists());
}

#[test]
fn a_file_configures_it_and_log_lines_can_be_json() {
    let home = Home::new();
    let config = home.data.with_extension("conf");
    let data = home.data.display();
    fs::write(
        &config,
        format!(
            "listen: \"127.0.0.1:-1\"\ndata_dir: \"{data}\"\nmax_payload: 32KB\n\
             admin_api {{ listen: \"127.0.0.1:-1\" }}\n\
             onboarding {{ listen: \"127.0.0.1:-1\", nats: -1 }}\n"
        ),
    )
    .expect("a file");
    let shown = config.display().to_string();
    let mut serve = Program::spawn(command(&["serve", "-c", &shown, "--log-format", "json"]));
    let listening = ports(&home, &mut serve);
    assert_eq!(info(nats_port(&listening))["max_payload"], 32768);
    let line = serve.line("\"ready\"");
    let entry: Value = serde_json::from_str(&line).expect("a JSON line");
    assert_eq!(entry["level"], "INFO");

    fs::write(&config, "operator: x").expect("a file");
    let output = run(&["serve", "-c", &shown]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("is not for `tidegate serve`"));
}

#[test]
fn a_changed_file_is_taken_over_or_refused_as_a_whole() {
    let home = Home::new();
    let config = home.data.with_extension("conf");
    let write = |more: &str| {
        let web = "websocket { listen: \"127.0.0.1:-1\", no_tls: true }";
        let text = format!("{web}\nhttp: \"127.0.0.1:-1\"\n{more}\n");
        fs::write(&config, text).expect("a file");
    };
    write("max_payload: 32KB");
    let mut serve = home.serve(&["-c", &config.display().to_string()]);
    let listening = ports(&home, &mut serve);
    for (name, scheme) in [
        ("websocket", "ws://127.0.0.1:"),
        ("monitoring", "http://127.0.0.1:"),
    ] {
        let url = listening[name][0].as_str().expect("a URL");
        assert!(url.starts_with(scheme), "{listening}");
    }
    write("max_payload: 64KB");
    serve.signal(Signal::HUP);
    serve.line("Reloaded server configuration");
    assert_eq!(info(nats_port(&listening))["max_payload"], 65536);
    write("max_payload: 16KB\nadmin_api { listen: \"127.0.0.1:1\" }");
    serve.signal(Signal::HUP);
    serve.line("config reload not supported for AdminApi");
    assert_eq!(info(nats_port(&listening))["max_payload"], 65536);
    serve.signal(Signal::TERM);
    assert_eq!(serve.wait().code(), Some(0));
}

#[test]
fn without_a_file_there_is_nothing_to_reload() {
    let home = Home::new();
    let mut serve = home.serve(&[]);
    let listening = ports(&home, &mut serve);
    serve.line("ready");
    serve.signal(Signal::HUP);
    serve.line("can only reload config when a file is provided");
    info(nats_port(&listening));
}
