//! Enrolments a second.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::device::{Device, Newcomer, Place};
use crate::say;

/// Devices that enrol at a time.
const AT_A_TIME: usize = 32;

pub(crate) async fn measure(place: &Place, count: usize) -> Result<(String, Vec<Device>)> {
    let waiting: Vec<Newcomer> = (0..count).map(|_| Newcomer::new()).collect::<Result<_>>()?;
    let waiting = Arc::new(Mutex::new(waiting));
    let begun = Instant::now();
    let mut work = JoinSet::new();
    for _ in 0..AT_A_TIME {
        let (place, waiting) = (place.clone(), Arc::clone(&waiting));
        work.spawn(async move {
            let mut enrolled = Vec::new();
            loop {
                let next = waiting.lock().await.pop();
                let Some(next) = next else {
                    return anyhow::Ok(enrolled);
                };
                enrolled.push(next.enrol(&place).await?);
            }
        });
    }
    let mut devices = Vec::with_capacity(count);
    while let Some(done) = work.join_next().await {
        devices.extend(done??);
    }
    let rate = count as f64 / begun.elapsed().as_secs_f64();
    say(&format!("{count} devices enrolled: {rate:.0} a second"))?;
    Ok((format!("{rate:.0} ({count} devices)"), devices))
}
