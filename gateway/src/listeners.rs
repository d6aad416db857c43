//! Sockets to listen on, and errors that say which flag to change.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, ToSocketAddrs};

use anyhow::{Context, bail};
use tokio::net::TcpSocket;

use crate::options::Port;

/// Connections that may wait to be accepted: what a reconnect storm needs.
const BACKLOG: u32 = 1024;

/// What a listener is for, as error texts name it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Purpose {
    /// For instance `NATS clients`.
    pub(crate) what: &'static str,
    /// The flag that chooses another port.
    pub(crate) port_flag: &'static str,
}

/// Listens on the first address of `host`. Must run inside a tokio runtime.
pub(crate) fn bind(host: &str, port: Port, purpose: Purpose) -> anyhow::Result<TcpListener> {
    let Purpose { what, port_flag } = purpose;
    let number = match port {
        Port::Any => 0,
        Port::Fixed(number) => number,
    };
    let address = resolve(host, number)?
        .next()
        .with_context(|| format!("the host {host:?} has no address; name another one"))?;
    match listen(address) {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => bail!(
            "cannot listen for {what}: port {number} of {host} is in use; stop the program that \
             uses it, or choose another port with {port_flag}"
        ),
        Err(error) => {
            Err(error).with_context(|| format!("listen for {what} on port {number} of {host}"))
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// Refuses a host that others can reach.
pub(crate) fn require_loopback(host: &str) -> anyhow::Result<()> {
    if resolve(host, 0)?.all(|address| address.ip().is_loopback()) {
        return Ok(());
    }
    bail!(
        "{host} can be reached from outside, without TLS: listen on 127.0.0.1, or add --insecure \
         if something in front protects the traffic"
    )
}

fn resolve(host: &str, port: u16) -> anyhow::Result<impl Iterator<Item = SocketAddr>> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port)].into_iter());
    }
    let addresses = (host, port)
        .to_socket_addrs()
        .with_context(|| format!("resolve the host {host:?} to listen on"))?;
    Ok(addresses.collect::<Vec<_>>().into_iter())
}

/// `host:port` with brackets around an IPv6 address.
pub(crate) fn authority(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// The host that somebody on this machine connects to.
pub(crate) fn local_host(host: &str) -> &str {
    match host {
        "" | "0.0.0.0" | "::" => "127.0.0.1",
        host => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PURPOSE: Purpose = Purpose {
        what: "NATS clients",
        port_flag: "--port",
    };

    #[tokio::test]
    async fn a_port_in_use_names_the_flag_to_change() {
        let first = bind("127.0.0.1", Port::Any, PURPOSE).expect("a free port");
        let port = first.local_addr().expect("an address").port();
        let error = bind("127.0.0.1", Port::Fixed(port), PURPOSE).expect_err("a used port");
        let text = error.to_string();
        assert!(
            text.contains(&format!("port {port} ")) && text.contains("--port"),
            "{text}"
        );
    }

    #[test]
    fn only_loopback_is_safe_in_plain_text() {
        for host in ["127.0.0.1", "127.8.0.1", "::1", "localhost"] {
            require_loopback(host).expect(host);
        }
        for host in ["0.0.0.0", "::", "192.0.2.1"] {
            require_loopback(host).expect_err(host);
        }
    }

    #[test]
    fn addresses_are_written_for_urls() {
        assert_eq!(authority("::1", 1), "[::1]:1");
        assert_eq!(authority("h", 1), "h:1");
        assert_eq!(local_host("0.0.0.0"), "127.0.0.1");
    }
}
