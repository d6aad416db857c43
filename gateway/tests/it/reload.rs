//! A running server takes over a changed configuration: all of it or nothing.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::program::{Program, info};

struct Server {
    folder: TempDir,
    program: Program,
}

impl Server {
    fn start(config: &str, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("server.conf");
        fs::write(&file, complete(config)).expect("a file");
        let shown = file.display().to_string();
        let args = [&["server", "-c", &shown][..], flags].concat();
        let mut program = Program::start(&args);
        program.line("Server is ready");
        Self { folder, program }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn change(&self, config: &str) {
        fs::write(self.path("server.conf"), complete(config)).expect("a file");
        self.program.signal(Signal::HUP);
    }

    fn client(&mut self) -> Client {
        let stream =
            TcpStream::connect(("127.0.0.1", self.program.client_port())).expect("connect");
        let wait = Some(Duration::from_secs(20));
        stream.set_read_timeout(wait).expect("a bounded wait");
        let mut client = Client(BufReader::new(stream));
        client.until("INFO ");
        client.say("CONNECT {\"verbose\":false}\r\nPING\r\n");
        client.until("PONG");
        client
    }
}

fn complete(config: &str) -> String {
    format!("host: 127.0.0.1\nport: -1\n{config}\n")
}

struct Client(BufReader<TcpStream>);

impl Client {
    fn say(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).expect("write");
    }

    /// Reads up to a line that starts like this.
    #[track_caller]
    fn until(&mut self, start: &str) -> String {
        loop {
            let mut line = String::new();
            let len = self.0.read_line(&mut line).expect("a line in time");
            assert!(len > 0, "the connection ended before {start:?}");
            if line.starts_with(start) {
                return line;
            }
        }
    }
}

#[test]
fn limits_hold_for_clients_that_are_there() {
    let mut server = Server::start("", &[]);
    let mut client = server.client();
    server.change("max_payload: 5, ping_max: 3, ping_interval: 60s, server_tags: [a, b]");
    for line in [
        "[INF] Trapped \"hangup\" signal",
        "[INF] Reloaded: max_payload = 5",
        "[INF] Reloaded: ping_max = 3",
        "[INF] Reloaded: ping_interval = 1m0s",
        "[INF] Reloaded: tags",
        "[INF] Reloaded server configuration (sha256:",
    ] {
        server.program.line(line);
    }
    assert_eq!(info(server.program.client_port())["max_payload"], 5);
    client.say("PUB a 6\r\n123456\r\n");
    client.until("-ERR 'Maximum Payload Violation'");
}

#[test]
fn who_came_last_goes_when_fewer_may_stay() {
    let mut server = Server::start("", &[]);
    let (mut first, mut second) = (server.client(), server.client());
    server.change("max_connections: 1");
    second.until("-ERR 'maximum connections exceeded'");
    server
        .program
        .line("[INF] Closed 1 connections to fall within max_connections");
    first.say("PING\r\n");
    first.until("PONG");
}

#[test]
fn what_cannot_change_refuses_everything() {
    let mut server = Server::start("max_payload: 100", &[]);
    for (config, reason) in [
        (
            "max_payload: 5, max_pending: 1000",
            "MaxPending: old=67108864, new=1000",
        ),
        ("max_payload: 5, server_name: x", "ServerName: old=, new=x"),
        (
            "max_payload: 5, lame_duck_duration: 60s",
            "LameDuckDuration: old=2m0s, new=1m0s",
        ),
    ] {
        server.change(config);
        server.program.line(&format!(
            "[ERR] Failed to reload server configuration: config reload not supported for {reason}"
        ));
    }
    server.change("max_payload: [");
    server
        .program
        .line("[ERR] Failed to reload server configuration: read the configuration: Parse");
    server.change("max_payload: 5, log_file: /nowhere/x.log");
    server
        .program
        .line("configuration: open the log file /nowhere/x.log");
    assert_eq!(info(server.program.client_port())["max_payload"], 100);
}

#[test]
fn flags_beat_a_changed_file_too() {
    let mut server = Server::start("", &["--client_advertise", "flag:1"]);
    server.change("client_advertise: \"file:2\", max_payload: 5");
    server.program.line("Reloaded server configuration");
    assert_eq!(info(server.program.client_port())["host"], "flag");
}

#[test]
fn the_log_moves_and_its_level_changes() {
    let mut server = Server::start("", &[]);
    let log = server.path("x.log");
    server.change(&format!(
        "log_file: \"{}\", debug: true, logtime: false",
        log.display()
    ));
    let pid = server.program.pid();
    let mut contains = |part: String| {
        server.program.poll(&part, |_| {
            fs::read_to_string(&log).ok()?.contains(&part).then_some(())
        });
    };
    contains(format!(
        "[{pid}] [INF] Reloaded: log_file = {}\n",
        log.display()
    ));
    contains(format!("[{pid}] [INF] Reloaded: debug = true\n"));
    drop(server.client());
    let mut contains = |part: &str| {
        server.program.poll(part, |_| {
            fs::read_to_string(&log).ok()?.contains(part).then_some(())
        });
    };
    contains("[DBG] ");
}

#[test]
fn the_files_that_name_the_process_move() {
    let mut server = Server::start("", &[]);
    let (pid_file, ports) = (server.path("pid"), server.path("ports"));
    fs::create_dir(&ports).expect("a folder");
    server.change(&format!(
        "pid_file: \"{}\", ports_file_dir: \"{}\"",
        pid_file.display(),
        ports.display()
    ));
    server.program.line("Reloaded server configuration");
    let pid = server.program.pid().to_string();
    assert_eq!(fs::read_to_string(&pid_file).expect("a pid file"), pid);
    let ports_file = ports.join(format!("tidegate_{pid}.ports"));
    assert!(ports_file.exists());
    server.change("");
    server.program.poll("the ports file gone", |_| {
        (!ports_file.exists()).then_some(())
    });
}

#[test]
fn without_a_file_there_is_nothing_to_reload() {
    let mut program = Program::start(&["server", "-a", "127.0.0.1", "-p", "-1"]);
    program.line("Server is ready");
    program.signal(Signal::HUP);
    program.line(
        "[ERR] Failed to reload server configuration: can only reload config when a file is \
         provided using -c or --config",
    );
}
