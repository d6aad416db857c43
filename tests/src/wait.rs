//! Waiting: for a level, with a deadline, never for a time.

use std::future::Future;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::time::{Instant, sleep, timeout};

/// How long a test waits for something that must happen.
pub const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(25);

/// Asks `probe` until it answers `Ok(Some(_))`. At the deadline the last error, if any, is told.
pub async fn eventually<T>(
    what: &str,
    mut probe: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let until = Instant::now() + PATIENCE;
    loop {
        let last = match timeout(PATIENCE, probe()).await {
            Ok(Ok(Some(found))) => return Ok(found),
            Ok(Ok(None)) => None,
            Ok(Err(error)) => Some(error),
            Err(_) => Some(anyhow::anyhow!("one look took longer than {PATIENCE:?}")),
        };
        if Instant::now() >= until {
            let why = format!("waited {PATIENCE:?} for {what}");
            return Err(
                last.map_or_else(|| anyhow::anyhow!(why.clone()), |e| e.context(why.clone()))
            );
        }
        sleep(POLL).await;
    }
}

/// Lets `future` take no longer than [`PATIENCE`].
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> Result<T> {
    timeout(PATIENCE, future)
        .await
        .with_context(|| format!("waited {PATIENCE:?} for {what}"))
}
