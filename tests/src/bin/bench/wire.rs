//! Raw client connections of the load: handshake, then bytes in and bytes out.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

const HANDSHAKE_WITHIN: Duration = Duration::from_secs(20);
const CONNECT: &[u8] =
    b"CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":true,\"lang\":\"bench\",\
      \"version\":\"1\",\"protocol\":0}\r\nPING\r\n";

/// Connects and logs in to an open server; returns when it has answered the PING.
pub(crate) fn connect(addr: SocketAddr) -> Result<TcpStream> {
    let mut stream = dial(addr)?;
    read_line(&mut stream)?;
    stream.write_all(CONNECT)?;
    expect_pong(&mut stream)?;
    Ok(stream)
}

/// Opens the socket only.
pub(crate) fn dial(addr: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(addr).context("connect to the server")?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(HANDSHAKE_WITHIN))?;
    Ok(stream)
}

/// Sends `ops` and waits until the server has worked through them.
pub(crate) fn send_and_wait(stream: &mut TcpStream, ops: &[u8]) -> Result<()> {
    stream.write_all(ops)?;
    stream.write_all(b"PING\r\n")?;
    expect_pong(stream)
}

/// Reads up to the answer to our PING. A PING of the server's own is stepped over: it allows
/// two of them to go unanswered, for minutes.
pub(crate) fn expect_pong(stream: &mut TcpStream) -> Result<()> {
    loop {
        let line = read_line(stream)?;
        match line.as_slice() {
            b"PONG" => return Ok(()),
            b"PING" => {}
            other => bail!("expected PONG, got {:?}", String::from_utf8_lossy(other)),
        }
    }
}

/// One line, without its end. Looks ahead first, because what follows belongs to the load.
pub(crate) fn read_line(stream: &mut TcpStream) -> Result<Vec<u8>> {
    let mut line = Vec::new();
    let mut ahead = [0; 2048];
    loop {
        let seen = stream.peek(&mut ahead).context("wait for a line")?;
        ensure!(
            seen > 0,
            "the server closed: {}",
            String::from_utf8_lossy(&line)
        );
        let end = ahead[..seen].iter().position(|&byte| byte == b'\n');
        let take = end.map_or(seen, |end| end + 1);
        stream.read_exact(&mut ahead[..take])?;
        line.extend_from_slice(&ahead[..take]);
        if end.is_some() {
            line.truncate(line.trim_ascii_end().len());
            return Ok(line);
        }
    }
}

/// What a non-blocking read brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Bytes(usize),
    NotReady,
}

pub(crate) fn read_some(stream: &mut TcpStream, into: &mut [u8]) -> Result<Progress> {
    match stream.read(into) {
        Ok(0) => bail!("the server closed a connection under load"),
        Ok(n) => Ok(Progress::Bytes(n)),
        Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
            Ok(Progress::NotReady)
        }
        Err(e) => Err(e).context("read under load"),
    }
}

pub(crate) fn write_some(stream: &mut TcpStream, from: &[u8]) -> Result<Progress> {
    match stream.write(from) {
        Ok(n) => Ok(Progress::Bytes(n)),
        Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
            Ok(Progress::NotReady)
        }
        Err(e) => Err(e).context("write under load"),
    }
}
