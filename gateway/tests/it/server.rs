//! `tidegate server`: what programs around a nats-server rely on.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;

use accounts::nkeys::{KeyKind, KeyPair};
use accounts::{AccountBody, OperatorBody, jwt};
use rustix::process::Signal;

use crate::program::{Program, command, get, info, json_file, run, text};

const LOCAL: [&str; 5] = ["server", "-a", "127.0.0.1", "-p", "-1"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&LOCAL[..], more].concat()
}

#[test]
fn it_says_where_it_listens_and_greets_clients() {
    let mut server = Program::start(&with(&["-n", "edge"]));
    let port = server.client_port();
    let ready = server.line("Server is ready");
    let start = format!("[{}] ", server.pid());
    assert!(ready.starts_with(&start), "{ready}");
    let info = info(port);
    assert_eq!(info["port"], port);
    assert_eq!(info["host"], "127.0.0.1");
    assert_eq!(info["server_name"], "edge");
    assert_eq!(info["max_payload"], 1 << 20);
}

#[test]
fn every_way_to_stop_exits_with_0() {
    for signal in [Signal::INT, Signal::TERM, Signal::USR2] {
        let mut server = Program::start(&LOCAL);
        server.line("Server is ready");
        server.signal(signal);
        assert_eq!(server.wait().code(), Some(0), "{signal:?}");
    }
    let mut server = Program::start(&LOCAL);
    server.line("Server is ready");
    let sent = run(&["server", "--signal", &format!("ldm={}", server.pid())]);
    assert!(sent.status.success(), "{}", text(&sent.stderr));
    server.line("Entering lame duck mode");
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn it_leaves_a_pid_file_and_takes_its_ports_file_away() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let pid_file = path("pid");
    let mut server = Program::start(&with(&[
        "-m",
        "-1",
        "-P",
        &pid_file,
        "--ports_file_dir",
        &path(""),
    ]));
    let port = server.client_port();
    server.line("Server is ready");
    assert_eq!(
        fs::read_to_string(&pid_file).expect("a pid file"),
        server.pid().to_string()
    );
    let ports_file = folder
        .path()
        .join(format!("tidegate_{}.ports", server.pid()));
    let ports = json_file(&ports_file).expect("a ports file");
    assert_eq!(ports["nats"][0], format!("nats://127.0.0.1:{port}"));
    let (status, _) = get(ports["monitoring"][0].as_str().expect("a URL"));
    assert_eq!(status, 200);
    server.signal(Signal::TERM);
    server.wait();
    assert!(!ports_file.exists());
}

#[test]
fn monitoring_answers_with_indented_json() {
    let mut server = Program::start(&with(&["-m", "-1"]));
    let line = server.line("Starting http monitor on ");
    let (_, address) = line.rsplit_once(' ').expect("an address");
    let ask = |path: &str| get(&format!("http://{address}/{path}"));
    server.line("Server is ready");

    let (status, body) = ask("varz");
    assert_eq!(status, 200);
    assert!(body.starts_with("{\n  \""), "{body}");
    let varz: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(varz["http_req_stats"]["/varz"], 1);
    assert_eq!(ask("healthz"), (200, "{\"status\":\"ok\"}".to_owned()));
    assert_eq!(ask("").0, 200);
    assert_eq!(ask("connz?limit=5&auth=1&sort=cid").0, 200);
    for path in ["subsz", "subscriptionsz", "accountz"] {
        assert_eq!(ask(path).0, 200, "{path}");
    }
    let (status, body) = ask("connz?limit=x");
    assert_eq!(status, 400);
    assert!(body.starts_with("Error decoding int for 'limit'"), "{body}");
    assert_eq!(ask("connz?state=closed&sort=stop").0, 200);
    assert_eq!(ask("connz?state=gone").0, 400);
    assert_eq!(ask("nosuch").0, 404);
}

#[test]
fn a_file_configures_it_and_flags_beat_the_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("server.conf");
    let shown = file.display().to_string();
    fs::write(folder.path().join("limits.conf"), "max_payload: 64KB").expect("a file");
    fs::write(
        &file,
        "listen: 127.0.0.1:1, server_name: a\ninclude limits.conf\n",
    )
    .expect("a file");
    let mut server = Program::start(&["server", "-c", &shown, "-p", "-1"]);
    let port = server.client_port();
    let info = info(port);
    assert_eq!(info["max_payload"], 65536);
    assert_eq!(info["server_name"], "a");
}

#[test]
fn operator_mode_asks_for_credentials() {
    let operator = KeyPair::from_entropy(KeyKind::Operator, [1; 32]);
    let account = KeyPair::from_entropy(KeyKind::Account, [2; 32]).public();
    let body = OperatorBody {
        system_account: Some(account),
        ..OperatorBody::default()
    };
    let claims = jwt::Claims::new(operator.public(), "O", 1_700_000_000, body);
    let operator_jwt = jwt::encode(&claims, &operator).expect("a token");
    let claims = jwt::Claims::new(account, "SYS", 1_700_000_000, AccountBody::default());
    let account_jwt = jwt::encode(&claims, &operator).expect("a token");

    let folder = tempfile::tempdir().expect("a temporary folder");
    let accounts = folder.path().join("accounts");
    let file = folder.path().join("server.conf");
    let config = format!(
        "listen: \"127.0.0.1:-1\"\noperator: {operator_jwt}\n\
         resolver {{ type: full, dir: \"{}\" }}\n\
         resolver_preload: {{ {account}: {account_jwt} }}\n",
        accounts.display()
    );
    fs::write(&file, config).expect("a file");
    let mut server = Program::start(&["server", "-c", &file.display().to_string()]);
    let port = server.client_port();
    let info = info(port);
    assert_eq!(info["auth_required"], true);
    assert!(
        info["nonce"]
            .as_str()
            .is_some_and(|nonce| !nonce.is_empty()),
        "{info}"
    );
    assert!(accounts.is_dir());
}

#[test]
fn a_config_can_be_checked_without_a_start() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("c.conf");
    let shown = file.display().to_string();
    let check = |config: &str| {
        fs::write(&file, config).expect("a file");
        let output = run(&["server", "-t", "-c", &shown]);
        (output.status.code(), text(&output.stderr))
    };
    let (code, said) = check("port: 4222");
    assert_eq!(code, Some(0));
    let expected = format!("tidegate: configuration file {shown} is valid (sha256:");
    assert!(said.starts_with(&expected), "{said}");
    let (code, said) = check("port: [");
    assert_eq!(code, Some(1));
    assert!(
        said.contains("Parse error") && said.contains(":1:7: "),
        "{said}"
    );
    let (code, said) = check("port: 1\nhots: x\ngateway {}");
    assert_eq!(code, Some(1));
    assert!(said.contains(":2:1: unknown field \"hots\""), "{said}");
    assert!(
        said.contains(":3:1: \"gateway\" is not supported by this version"),
        "{said}"
    );
    let output = run(&["server", "-t"]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn mistakes_end_it_with_1_and_a_reason() {
    let refused = |args: &[&str], part: &str| {
        let output = run(args);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {said}");
        assert!(said.contains(part), "{args:?}: {said}");
    };
    refused(&["server", "-js"], "JetStream is not served");
    refused(&["server", "foo"], "unrecognized command: \"foo\"");
    refused(&["server", "-sl", "dance=1"], "unknown signal \"dance\"");
    refused(&["server", "-sl", "ldm=/nowhere"], "invalid pid: /nowhere");
    refused(
        &["server", "-c", "/nowhere/x.conf"],
        "cannot read the configuration file",
    );
    refused(
        &["server", "-a", "no.such.host.invalid"],
        "[FTL] resolve the host",
    );
    refused(&["server", "-a", "192.0.2.1", "-p", "-1"], "[FTL] ");
    refused(
        &with(&["-l", "/nowhere/x.log"]),
        "open the log file /nowhere/x.log",
    );
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    refused(
        &["server", "-a", "127.0.0.1", "-p", &port],
        &format!("port {port} of 127.0.0.1"),
    );
    refused(&with(&["-m", &port]), "choose another port with -m");
}

#[test]
fn the_log_goes_to_a_file_that_is_reopened_on_request() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("x.log");
    let moved = folder.path().join("x.log.1");
    let mut server = Program::start(&with(&["-l", &log.display().to_string()]));
    let contains = |path: &std::path::Path, part: &str| {
        fs::read_to_string(path)
            .is_ok_and(|text| text.contains(part))
            .then_some(())
    };
    server.poll("ready", |_| contains(&log, "[INF] Server is ready"));
    fs::rename(&log, &moved).expect("rotate");
    server.signal(Signal::USR1);
    server.poll("a fresh file", |_| contains(&log, "File log re-opened"));
}

#[test]
fn it_answers_to_the_name_nats_server() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let link = folder.path().join("nats-server");
    symlink(env!("CARGO_BIN_EXE_tidegate"), &link).expect("a link");
    let output = std::process::Command::new(&link)
        .arg("-v")
        .output()
        .expect("run");
    let said = text(&output.stdout);
    assert!(said.starts_with("nats-server: v2."), "{said}");

    let mut called_so = command(&["-a", "127.0.0.1", "-p=-1"]);
    called_so.arg0("/usr/bin/nats-server");
    let mut server = Program::spawn(called_so);
    server.line("[INF] Starting nats-server");
    server.line("Server is ready");
}

#[test]
fn help_and_version_need_nothing() {
    for args in [
        &["server", "--help"][..],
        &["--help"],
        &["version"],
        &["server", "-v"],
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert!(text(&output.stdout).contains("tidegate"), "{args:?}");
    }
    assert_eq!(run(&[]).status.code(), Some(2));
    assert_eq!(run(&["nosuch"]).status.code(), Some(2));
    assert_eq!(run(&["serve", "--nosuch"]).status.code(), Some(2));
}
