//! Reads what a load balancer says about the client, and not a byte more.

use std::{io, net::SocketAddr, time::Duration};

use protocol::proxy::{self, HEAD_BYTES, LINE_MAX, START_BYTES, Start};
use tokio::{
    io::AsyncReadExt,
    net::TcpStream,
    time::{sleep, timeout},
};

/// Time for the header; nats-server's.
const HEADER_WAIT_MAX: Duration = Duration::from_secs(5);
/// The pause while less is there than tells a header from a client's own words.
const START_PAUSE: Duration = Duration::from_millis(2);

/// Where the client comes from. `None` when the client itself has connected, or nobody said.
pub(crate) async fn read_header(socket: &mut TcpStream) -> io::Result<Option<SocketAddr>> {
    let read = async {
        match start_of(socket).await? {
            Start::Line => read_line(socket).await,
            Start::Binary => read_binary(socket).await,
            Start::Other | Start::NeedMore => Ok(None),
        }
    };
    let late = |_| Err(io::ErrorKind::TimedOut.into());
    timeout(HEADER_WAIT_MAX, read).await.unwrap_or_else(late)
}

/// Looks, and leaves it to be read.
async fn start_of(socket: &TcpStream) -> io::Result<Start> {
    let mut seen = [0; START_BYTES];
    loop {
        let count = socket.peek(&mut seen).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match proxy::start(&seen[..count]) {
            // What is there is there: the socket tells of no more.
            Start::NeedMore => sleep(START_PAUSE).await,
            start => return Ok(start),
        }
    }
}

async fn read_line(socket: &mut TcpStream) -> io::Result<Option<SocketAddr>> {
    let mut line = Vec::with_capacity(LINE_MAX);
    while !line.ends_with(b"\r\n") {
        if line.len() == LINE_MAX {
            return Err(io::Error::other("the line is too long"));
        }
        line.push(socket.read_u8().await?);
    }
    proxy::line(&line).map_err(io::Error::other)
}

async fn read_binary(socket: &mut TcpStream) -> io::Result<Option<SocketAddr>> {
    let mut head = [0; HEAD_BYTES];
    socket.read_exact(&mut head).await?;
    let len = proxy::following(&head).map_err(io::Error::other)?;
    let mut rest = vec![0; len];
    socket.read_exact(&mut rest).await?;
    proxy::binary(&head, &rest).map_err(io::Error::other)
}
