//! How long a revoked device stays connected, while all others are connected too.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tests::{Tidegate, Wire};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};

use crate::device::{Device, Place};
use crate::{Rows, say};

/// Handshakes at a time.
const AT_A_TIME: usize = 32;

pub(crate) async fn measure(
    tidegate: &Tidegate,
    place: &Place,
    devices: Vec<Device>,
    count: usize,
    rows: &mut Rows,
) -> Result<()> {
    let root = CertificateDer::from_pem_file(tidegate.data("tls/root.pem"))?;
    let (addr, total) = (tidegate.place("devices")?, devices.len());
    let places = Arc::new(Semaphore::new(AT_A_TIME));
    let mut work = JoinSet::new();
    for device in devices {
        let (tls, places) = (device.tls(&root)?, Arc::clone(&places));
        work.spawn(async move {
            let _place = places.acquire().await?;
            let wire = Wire::open_tls(addr, &tls).await?.enter().await?;
            anyhow::Ok((device.id, wire))
        });
    }
    let mut connected = Vec::with_capacity(total);
    while let Some(done) = work.join_next().await {
        connected.push(done??);
    }
    say(&format!("{total} devices are connected"))?;
    let mut stays: Vec<(String, JoinHandle<Result<Instant>>)> = connected
        .into_iter()
        .map(|(id, wire)| (id, end_of(wire)))
        .collect();
    let mut times = Vec::with_capacity(count);
    for (id, ended) in stays.drain(..count) {
        let begun = Instant::now();
        place
            .api
            .delete(&format!("/accounts/fleet/devices/{id}"))
            .await?;
        times.push(ended.await??.duration_since(begun));
    }
    let lost = stays
        .iter()
        .filter(|(_, ended)| ended.is_finished())
        .count();
    anyhow::ensure!(lost == 0, "{lost} devices that were not revoked are gone");
    times.sort_unstable();
    let at = |part: f64| {
        let index = (times.len() as f64 * part) as usize;
        times.get(index.min(times.len() - 1)).copied()
    };
    let shown = |time: Option<Duration>| {
        let time = time.context("nothing was revoked")?;
        anyhow::Ok(format!("{:.1} ms", time.as_secs_f64() * 1000.0))
    };
    let text = format!(
        "p50 {}, p99 {}, max {} ({count})",
        shown(at(0.5))?,
        shown(at(0.99))?,
        shown(at(1.0))?
    );
    say(&format!("a device is revoked: {text}"))?;
    let what = format!("a device is revoked among {total} connected ones: request to EOF");
    rows.push((what, text));
    Ok(())
}

/// When the server closes it.
fn end_of(wire: Wire) -> JoinHandle<Result<Instant>> {
    tokio::spawn(async move {
        wire.end().await?;
        Ok(Instant::now())
    })
}
