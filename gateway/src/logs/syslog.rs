//! Lines for a syslog: this machine's, or one elsewhere.

use std::env;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::Path;
use std::process;
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::nats_line::local_offset;

/// Where the syslog of a machine listens.
const LOCAL: [&str; 3] = ["/dev/log", "/var/run/syslog", "/var/run/log"];
/// Facility "daemon"; a syslog elsewhere is sent "kern", as nats-server does.
const DAEMON: u8 = 3 << 3;
/// The log must not hold up the server for long.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// How bad it is, in the syslog's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Severity {
    Critical = 2,
    Error = 3,
    Warning = 4,
    Notice = 5,
    Debug = 7,
}

#[derive(Debug)]
pub(super) struct Syslog {
    target: Target,
    socket: Socket,
    /// What this program was called by, and its number.
    tag: String,
    /// This machine's name, which a syslog elsewhere is told.
    host: Option<String>,
}

#[derive(Debug)]
enum Target {
    Local,
    Udp(String),
    Tcp(String),
    Unix(String),
}

#[derive(Debug)]
enum Socket {
    Udp(UdpSocket),
    Tcp(TcpStream),
    Datagrams(UnixDatagram),
    Stream(UnixStream),
}

impl Syslog {
    pub(super) fn local() -> io::Result<Self> {
        Self::new(Target::Local, None)
    }

    /// `udp://host:port`, `tcp://host:port` or `unix:///path`.
    pub(super) fn remote(url: &str) -> io::Result<Self> {
        let wrong = || {
            let text = "expected udp://HOST:PORT, tcp://HOST:PORT or unix:///PATH";
            io::Error::new(io::ErrorKind::InvalidInput, text)
        };
        let (scheme, place) = url.split_once("://").ok_or_else(wrong)?;
        let target = match scheme {
            "udp" => Target::Udp(place.to_owned()),
            "tcp" => Target::Tcp(place.to_owned()),
            "unix" => Target::Unix(place.to_owned()),
            _ => return Err(wrong()),
        };
        let name = rustix::system::uname();
        Self::new(target, Some(name.nodename().to_string_lossy().into_owned()))
    }

    fn new(target: Target, host: Option<String>) -> io::Result<Self> {
        let called = env::args_os().next().unwrap_or_default();
        let program = Path::new(&called).file_name().unwrap_or_default();
        Ok(Self {
            socket: target.connect()?,
            target,
            tag: format!("{}[{}]", program.to_string_lossy(), process::id()),
            host,
        })
    }

    /// Sends one line. After an error the connection is made anew, once; then the line is lost.
    pub(super) fn send(&mut self, severity: Severity, line: &[u8]) -> io::Result<()> {
        let text = String::from_utf8_lossy(line);
        let message = self.message(severity, text.trim_end());
        if self.socket.send(message.as_bytes()).is_ok() {
            return Ok(());
        }
        self.socket = self.target.connect()?;
        self.socket.send(message.as_bytes())
    }

    fn message(&self, severity: Severity, text: &str) -> String {
        let now = OffsetDateTime::now_utc().to_offset(local_offset());
        let tag = &self.tag;
        let severity = severity as u8;
        match &self.host {
            Some(host) => {
                let now = now.replace_nanosecond(0).unwrap_or(now);
                let now = now.format(&Rfc3339).unwrap_or_default();
                format!("<{severity}>{now} {host} {tag}: {text}\n")
            }
            None => {
                let month = &now.month().to_string()[..3];
                let (day, time) = (now.day(), now.time());
                let (hour, minute, second) = time.as_hms();
                let priority = DAEMON | severity;
                format!(
                    "<{priority}>{month} {day:>2} {hour:02}:{minute:02}:{second:02} {tag}: {text}\n"
                )
            }
        }
    }
}

impl Target {
    fn connect(&self) -> io::Result<Socket> {
        match self {
            Self::Local => {
                let sockets = LOCAL.iter().map(|path| unix(path));
                let missing = || io::Error::new(io::ErrorKind::NotFound, "no syslog listens");
                sockets.flatten().next().ok_or_else(missing)
            }
            Self::Unix(path) => unix(path),
            Self::Udp(place) => {
                let to = address(place)?;
                let any = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
                let socket = UdpSocket::bind(any)?;
                socket.connect(to)?;
                Ok(Socket::Udp(socket))
            }
            Self::Tcp(place) => {
                let stream = TcpStream::connect_timeout(&address(place)?, WAIT_MAX)?;
                stream.set_write_timeout(Some(WAIT_MAX))?;
                Ok(Socket::Tcp(stream))
            }
        }
    }
}

fn address(place: &str) -> io::Result<SocketAddr> {
    let missing = || io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    place.to_socket_addrs()?.next().ok_or_else(missing)
}

fn unix(path: &str) -> io::Result<Socket> {
    let datagrams = UnixDatagram::unbound()?;
    if datagrams.connect(path).is_ok() {
        datagrams.set_write_timeout(Some(WAIT_MAX))?;
        return Ok(Socket::Datagrams(datagrams));
    }
    let stream = UnixStream::connect(path)?;
    stream.set_write_timeout(Some(WAIT_MAX))?;
    Ok(Socket::Stream(stream))
}

impl Socket {
    fn send(&mut self, message: &[u8]) -> io::Result<()> {
        match self {
            Self::Udp(socket) => socket.send(message).map(drop),
            Self::Datagrams(socket) => socket.send(message).map(drop),
            Self::Tcp(stream) => stream.write_all(message),
            Self::Stream(stream) => stream.write_all(message),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn another_machine_is_told_when_and_where() {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let address = socket.local_addr().expect("an address");
        let mut syslog = Syslog::remote(&format!("udp://{address}")).expect("a syslog");
        syslog.send(Severity::Warning, b"hello\n").expect("a line");
        let mut buffer = [0; 500];
        let len = socket.recv(&mut buffer).expect("a datagram");
        let text = String::from_utf8_lossy(&buffer[..len]).into_owned();
        assert!(text.starts_with("<4>20"), "{text}");
        assert!(
            text.ends_with(&format!("[{}]: hello\n", process::id())),
            "{text}"
        );
        assert_eq!(text.split(' ').count(), 4, "{text}");
    }

    #[test]
    fn a_lost_connection_is_made_anew() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
        let address = listener.local_addr().expect("an address");
        let mut syslog = Syslog::remote(&format!("tcp://{address}")).expect("a syslog");
        drop(listener.accept().expect("a connection"));
        let mut lines = 0;
        // The first words after the other side went away may vanish without an error.
        listener
            .set_nonblocking(true)
            .expect("a listener that does not wait");
        let stream = loop {
            let _ = syslog.send(Severity::Error, b"hello\n");
            lines += 1;
            assert!(lines < 10_000, "no second connection");
            if let Ok((stream, _)) = listener.accept() {
                break stream;
            }
        };
        stream.set_nonblocking(false).expect("a stream that waits");
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).expect("a line");
        assert!(line.ends_with(": hello\n"), "{line}");
    }

    #[test]
    fn this_machine_is_told_by_a_datagram() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("log");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        let url = format!("unix://{}", path.display());
        let mut syslog = Syslog::remote(&url).expect("a syslog");
        syslog.host = None;
        syslog.send(Severity::Notice, b"hello\n").expect("a line");
        let mut buffer = [0; 500];
        let len = socket.recv(&mut buffer).expect("a datagram");
        let text = String::from_utf8_lossy(&buffer[..len]).into_owned();
        assert!(text.starts_with("<29>"), "{text}");
        assert!(text.ends_with(": hello\n"), "{text}");
    }

    #[test]
    fn only_known_networks_are_spoken() {
        for url in ["", "h:1", "http://h:1", "udp://", "unix:///nowhere/log"] {
            Syslog::remote(url).expect_err(url);
        }
    }
}
