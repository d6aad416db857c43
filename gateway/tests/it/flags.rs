//! nats-server's flags as programs see them: what is printed where, and the exit code.

use std::fs;
use std::net::UdpSocket;
use std::time::Duration;

use rustix::process::Signal;

use crate::program::{Program, info, run, text};

const LOCAL: [&str; 5] = ["server", "-a", "127.0.0.1", "-p", "-1"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&LOCAL[..], more].concat()
}

#[test]
fn flags_that_are_not_understood_are_answered_with_the_help_and_exit_0() {
    for (args, reason) in [
        (
            &["server", "--nosuch"][..],
            "flag provided but not defined: -nosuch\n",
        ),
        (
            &["server", "-p", "x"],
            "invalid value \"x\" for flag -p: parse error\n",
        ),
        (
            &["server", "-D=maybe"],
            "invalid boolean value \"maybe\" for -D: parse error\n",
        ),
        (&["server", "-p"], "flag needs an argument: -p\n"),
        (&["server", "---p"], "bad flag syntax: ---p\n"),
    ] {
        let output = run(args);
        assert_eq!(text(&output.stderr), reason, "{args:?}");
        assert!(
            text(&output.stdout).contains("-c, --config FILE"),
            "{args:?}"
        );
        assert_eq!(output.status.code(), Some(0), "{args:?}");
    }
}

#[test]
fn what_clients_are_told_to_connect_to_can_be_another_place() {
    let mut server = Program::start(&with(&["--client_advertise", "nats.example.com:4333"]));
    let told = info(server.client_port());
    assert_eq!(told["host"], "nats.example.com");
    assert_eq!(told["port"], 4333);
    let mut server = Program::start(&with(&["--client_advertise", "nats.example.com"]));
    let port = server.client_port();
    assert_eq!(info(port)["port"], port);
    let refused = run(&with(&["--client_advertise", "a:b:c"]));
    assert_eq!(refused.status.code(), Some(1));
}

#[test]
fn a_signal_reaches_the_process_that_a_file_names() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pid_file = folder.path().join("pid").display().to_string();
    let mut server = Program::start(&with(&["-P", &pid_file]));
    server.line("Server is ready");
    let sent = |command: &str| {
        let sent = run(&["server", "--signal", &format!("{command}={pid_file}")]);
        assert!(sent.status.success(), "{}", text(&sent.stderr));
    };
    sent("reopen");
    server.line("[INF] Trapped \"user defined signal 1\" signal");
    server.line("[INF] File log re-open ignored, not a file logger");
    sent("reload");
    server.line("[INF] Trapped \"hangup\" signal");
    sent("quit");
    server.line("[INF] Trapped \"interrupt\" signal");
    assert_eq!(server.wait().code(), Some(0));
    let id = fs::read_to_string(&pid_file).expect("the file stays");
    let gone = run(&["server", "-sl", &format!("stop={id}")]);
    assert_eq!(gone.status.code(), Some(1));
    let said = text(&gone.stderr);
    let expected = format!("tidegate: \nsignal \"stop\" {id}: no such process\n");
    assert_eq!(said, expected);
}

#[test]
fn a_killed_process_is_gone_at_once() {
    let mut server = Program::start(&LOCAL);
    server.line("Server is ready");
    let sent = run(&["server", "--signal", &format!("stop={}", server.pid())]);
    assert!(sent.status.success());
    assert_eq!(server.wait().code(), None);
}

#[test]
fn a_full_log_file_is_put_aside() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("x.log");
    let mut server = Program::start(&with(&[
        "-l",
        &log.display().to_string(),
        "--log_size_limit",
        "1000",
        "-T=false",
    ]));
    server.poll("a start", |_| {
        let log = fs::read_to_string(&log).ok()?;
        log.contains("Server is ready").then_some(())
    });
    server.poll("a full file", |server| {
        server.signal(Signal::USR1);
        let names = fs::read_dir(folder.path()).expect("a folder").flatten();
        let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
        (names.filter(|name| name.starts_with("x.log.20")).count() > 1).then_some(())
    });
    let fresh = fs::read_to_string(&log).expect("the file in use");
    let start = format!("[{}] [INF] Rotated log, backup saved as \"", server.pid());
    assert!(fresh.starts_with(&start), "{fresh}");
}

#[test]
fn the_log_goes_to_a_syslog_elsewhere() {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let wait = Some(Duration::from_secs(20));
    socket.set_read_timeout(wait).expect("a bounded wait");
    let url = format!("udp://{}", socket.local_addr().expect("an address"));
    let server = Program::start(&with(&["-r", &url]));
    let mut buffer = [0; 2000];
    let len = socket.recv(&mut buffer).expect("a line");
    let line = text(&buffer[..len]);
    assert!(line.starts_with("<5>20"), "{line}");
    let end = format!("tidegate[{}]: Starting tidegate\n", server.pid());
    assert!(line.ends_with(&end), "{line}");
    let refused = run(&with(&["-r", "http://x"]));
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stderr);
    assert!(said.contains("connect to the syslog at http://x"), "{said}");
}
