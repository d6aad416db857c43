//! The README's walk from nothing to a shared message, pasted as it stands.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tests::{Daemon, paths};

const SECTION: &str = "## Five minutes to a message";
const READY_WITHIN: Duration = Duration::from_secs(30);

/// The shell blocks of the section, in order.
fn pasted(readme: &str) -> Result<String> {
    let (_, section) = readme
        .split_once(SECTION)
        .context("the README has lost its walk")?;
    let section = section.split("\n## ").next().unwrap_or_default();
    let blocks = section.split("```sh\n").skip(1);
    let blocks: Vec<_> = blocks
        .filter_map(|block| block.split("\n```").next())
        .collect();
    ensure!(
        blocks.len() >= 4,
        "the README's walk has only {} blocks",
        blocks.len()
    );
    Ok(blocks.join("\n"))
}

/// The port at the end of the first URL of `ports[kind]`.
fn port(ports: &Value, kind: &str) -> Result<String> {
    let url = ports[kind][0]
        .as_str()
        .context("ports.json names no listener")?;
    Ok(url.rsplit(':').next().unwrap_or_default().to_owned())
}

#[test]
fn every_line_of_the_readme_works_when_pasted() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let data = dir.path().join("tidegate-data");
    let mut serve = Command::new(paths::tidegate()?);
    serve
        .arg("serve")
        .arg("--data")
        .arg(&data)
        .args(tests::tidegate::FREE_PORTS);
    let mut daemon = Daemon::spawn("tidegate", serve)?;
    daemon.wait_for_line(" ready", READY_WITHIN)?;
    let ports = fs::read(data.join("run/ports.json")).context("read ports.json")?;
    let ports: Value = serde_json::from_slice(&ports)?;

    // Only what a machine of its own would not need: free ports, packages that are here already.
    let modules = paths::root().join("tests/clients/node_modules");
    let script = pasted(&fs::read_to_string(paths::root().join("README.md"))?)?
        .replace(
            "localhost:8080",
            &format!("localhost:{}", port(&ports, "http")?),
        )
        .replace(
            "localhost:4222",
            &format!("localhost:{}", port(&ports, "nats")?),
        )
        .replace(
            "npm install --no-save --silent @nats-io/transport-node",
            &format!("ln -s {} node_modules", modules.display()),
        );
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(dir.path())
        .output()
        .context("run the README's lines")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let told = format!("{said}\n{}", String::from_utf8_lossy(&output.stderr));
    ensure!(
        output.status.success(),
        "a line of the README failed:\n{told}"
    );
    for expected in [
        "acme.creds got orders.eu first order",
        "acme.creds got orders.new an order from next door",
        "no answer: ",
    ] {
        ensure!(
            said.contains(expected),
            "the README's lines did not print {expected:?}:\n{told}"
        );
    }
    ensure!(
        said.matches("answer: thanks").count() == 2,
        "an answer is missing:\n{told}"
    );
    ensure!(
        !said.contains("globex.creds got"),
        "a message leaked to globex:\n{told}"
    );
    Ok(())
}
