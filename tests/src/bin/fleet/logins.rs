//! Logins by certificate a second, at our broker and at a bare server.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tests::wait::eventually;
use tests::{Tidegate, Wire};
use tokio::task::JoinSet;

use crate::device::Device;
use crate::{Rows, say};

/// Logins at a time.
const AT_A_TIME: usize = 16;
/// Both servers are measured in turns, so that what else the machine does hits them alike.
const ROUNDS: usize = 3;

pub(crate) async fn measure(
    tidegate: &Tidegate,
    devices: &[Device],
    count: usize,
    rows: &mut Rows,
) -> Result<()> {
    let root = CertificateDer::from_pem_file(tidegate.data("tls/root.pem"))?;
    let all = devices.iter().take(count.min(2_000));
    let all: Vec<_> = all.map(|device| device.tls(&root)).collect::<Result<_>>()?;
    let all = Arc::new(all);
    let authority = devices.first().context("a device")?.authority.clone();
    let bare = Bare::start(&tidegate.data("tls/server.pem"), &authority).await?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let each = count / ROUNDS;
    for _ in 0..ROUNDS {
        ours.push(round(tidegate.place("devices")?, &all, each).await?);
        theirs.push(round(bare.addr, &all, each).await?);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    let part = ours / theirs;
    say(&format!("logins: {ours:.0} and {theirs:.0} a second"))?;
    rows.push((
        "logins by certificate a second, TLS 1.3".to_owned(),
        format!("{ours:.0}"),
    ));
    rows.push((
        "the same at a bare rustls server".to_owned(),
        format!("{theirs:.0} (ratio {part:.2})"),
    ));
    Ok(())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

async fn round(addr: SocketAddr, all: &Arc<Vec<Arc<ClientConfig>>>, count: usize) -> Result<f64> {
    let next = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let mut work = JoinSet::new();
    for _ in 0..AT_A_TIME {
        let (all, next) = (Arc::clone(all), Arc::clone(&next));
        work.spawn(async move {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= count {
                    return anyhow::Ok(());
                }
                // Until the first answer: then it is let in.
                Wire::open_tls(addr, &all[n % all.len()])
                    .await?
                    .enter()
                    .await?;
            }
        });
    }
    while let Some(done) = work.join_next().await {
        done??;
    }
    Ok(count as f64 / begun.elapsed().as_secs_f64())
}

/// The bare server in a process of its own, as ours is.
struct Bare {
    child: Child,
    addr: SocketAddr,
    _dir: tempfile::TempDir,
}

impl Bare {
    async fn start(server: &Path, authority: &CertificateDer<'_>) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let (authorities, port) = (dir.path().join("ca.der"), dir.path().join("port"));
        std::fs::write(&authorities, authority)?;
        let mut child = Command::new(std::env::current_exe()?)
            .arg("bare")
            .arg(server)
            .arg(&authorities)
            .arg(&port)
            .stdin(Stdio::null())
            .spawn()?;
        let addr = eventually("the bare server", async || {
            ensure!(child.try_wait()?.is_none(), "it has ended");
            let text = std::fs::read_to_string(&port).unwrap_or_default();
            Ok(text.parse().ok())
        })
        .await?;
        Ok(Self {
            child,
            addr,
            _dir: dir,
        })
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
