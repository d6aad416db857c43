//! The walks of README and docs from nothing to a message, pasted as they stand.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tests::{Daemon, paths};

const READY_WITHIN: Duration = Duration::from_secs(30);
/// Ports as the documents have them, and the listeners that they belong to.
const PORTS: [(&str, &str); 4] = [
    ("localhost:8080", "http"),
    ("localhost:4222", "nats"),
    ("localhost:8443", "onboarding"),
    ("localhost:4223", "devices"),
];

/// The shell blocks of a section of a document, in order.
fn pasted(file: &str, section: &str) -> Result<String> {
    let text = fs::read_to_string(paths::root().join(file))?;
    let (_, section) = text
        .split_once(section)
        .with_context(|| format!("{file} has lost its walk"))?;
    let section = section.split("\n## ").next().unwrap_or_default();
    let blocks = section.split("```sh\n").skip(1);
    let blocks: Vec<_> = blocks
        .filter_map(|block| block.split("\n```").next())
        .collect();
    ensure!(
        blocks.len() >= 4,
        "the walk of {file} has only {} blocks",
        blocks.len()
    );
    Ok(blocks.join("\n"))
}

/// The port at the end of the first URL of `ports[kind]`.
fn port(ports: &Value, kind: &str) -> Result<String> {
    let url = ports[kind][0]
        .as_str()
        .with_context(|| format!("ports.json names no listener for {kind}"))?;
    Ok(url.rsplit(':').next().unwrap_or_default().to_owned())
}

/// Runs the lines beside a server of their own, and gives what they print.
fn run(lines: &str) -> Result<String> {
    let dir = tempfile::tempdir()?;
    let data = dir.path().join("tidegate-data");
    let tidegate = paths::tidegate()?;
    let mut serve = Command::new(&tidegate);
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
    let built = tidegate.parent().context("the binary has a directory")?;
    // Whatever still runs when a line fails would keep the output open.
    let lines = format!("trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{lines}");
    let mut script = lines
        .replace("$PWD/target/release", &built.display().to_string())
        .replace(
            "npm install --no-save --silent @nats-io/transport-node",
            &format!("ln -s {} node_modules", modules.display()),
        );
    for (written, kind) in PORTS {
        script = script.replace(written, &format!("localhost:{}", port(&ports, kind)?));
    }
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(dir.path())
        .output()
        .context("run the lines")?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "a line failed:\n{said}\n{told}");
    Ok(said)
}

#[test]
fn every_line_of_the_readme_works_when_pasted() -> Result<()> {
    let said = run(&pasted("README.md", "## Five minutes to a message")?)?;
    for expected in [
        "acme.creds got orders.eu first order",
        "acme.creds got orders.new an order from next door",
        "no answer: ",
    ] {
        ensure!(said.contains(expected), "no {expected:?} in:\n{said}");
    }
    ensure!(
        said.matches("answer: thanks").count() == 2,
        "an answer is missing:\n{said}"
    );
    ensure!(
        !said.contains("globex.creds got"),
        "a message leaked to globex:\n{said}"
    );
    Ok(())
}

#[test]
fn every_line_of_the_devices_walk_works_when_pasted() -> Result<()> {
    let said = run(&pasted("docs/devices.md", "## Five minutes")?)?;
    for expected in [
        "pump-7 is enrolled",
        "the office got from.pump-7.temperature 21.5",
        "not let in: ",
        "the key is worth nothing any more",
    ] {
        ensure!(said.contains(expected), "no {expected:?} in:\n{said}");
    }
    ensure!(
        said.matches("pump-7 has published").count() == 2,
        "a login is missing:\n{said}"
    );
    ensure!(
        !said.contains("got from.pump-8"),
        "a device spoke for another:\n{said}"
    );
    Ok(())
}
