//! Client programs in other languages: run to their end, their exit code is the verdict.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::process::Command;
use tokio::time::timeout;

use crate::paths;

/// Starting a browser or an interpreter on a busy machine takes its time.
const PATIENCE: Duration = Duration::from_secs(240);

/// Runs `tests/clients/<script>` with the virtual environment's Python; returns what it printed.
pub async fn python(script: &str, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new(paths::python()?);
    command
        .arg(paths::root().join("tests/clients").join(script))
        .args(arguments);
    finish(command, script).await
}

/// Runs `tests/clients/<script>` with Node.
pub async fn node(script: &str, arguments: &[&str]) -> Result<String> {
    let folder = paths::root().join("tests/clients");
    if !folder.join("node_modules").is_dir() {
        bail!("tests/clients/node_modules is missing: run tests/setup.sh");
    }
    let mut command = Command::new("node");
    command.arg(folder.join(script)).args(arguments);
    finish(command, script).await
}

/// Runs a command to its end; anything but success is an error with everything that it said.
pub async fn finish(mut command: Command, name: &str) -> Result<String> {
    command.kill_on_drop(true).stdin(Stdio::null());
    let output = timeout(PATIENCE, command.output())
        .await
        .with_context(|| format!("{name} ran longer than {PATIENCE:?}"))?
        .with_context(|| format!("start {name}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let complained = String::from_utf8_lossy(&output.stderr);
        bail!("{name} ended with {}:\n{said}\n{complained}", output.status);
    }
    Ok(said)
}
