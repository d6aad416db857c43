//! `tidegate device`: from a token to a message and to the next certificate, with the real binary.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures_util::StreamExt;
use rustix::process::Signal;
use serde_json::{Value, json};
use tests::wait::{eventually, within};
use tests::{Cli, Daemon, Tidegate, paths};

/// An installation with a role that may have devices, and a device's machine.
struct World {
    tidegate: Tidegate,
    cli: Cli,
    url: String,
}

impl World {
    async fn new() -> Result<Self> {
        let tidegate = Tidegate::serve().await?;
        let api = tidegate.api();
        api.make_account("acme").await?;
        api.post("/accounts/acme/roles", &json!({ "name": "sensor" }))
            .await?;
        let port = tidegate.place("onboarding")?.port();
        Ok(Self {
            tidegate,
            cli: Cli::remote()?,
            url: format!("https://localhost:{port}"),
        })
    }

    async fn token(&self, more: &Value) -> Result<Value> {
        let mut body = json!({ "role": "sensor", "device_name": "pump-*" });
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let path = "/accounts/acme/enrolment-tokens";
        let made = self.tidegate.api().post(path, &body).await?;
        self.cli
            .write("token", made["token"].as_str().context("a token")?)?;
        Ok(made)
    }

    fn dir(&self) -> PathBuf {
        self.cli.home("device")
    }

    fn root(&self) -> String {
        self.tidegate.data("tls/root.pem").display().to_string()
    }

    /// A command of the device, in its directory.
    fn line(&self, verb: &str, more: &str) -> String {
        format!("device {verb} --dir {} {more}", self.dir().display())
    }

    async fn enroll(&self, name: &str) -> Result<String> {
        let (url, root) = (&self.url, self.root());
        let more = format!("{url} --token-file token --ca {root} --name {name}");
        self.cli.ok(&self.line("enroll", &more)).await
    }

    /// Connects as the context for the nats command says, and exchanges a message.
    async fn talks(&self) -> Result<()> {
        let context = fs::read(self.dir().join("nats.json")).context("nats.json")?;
        let context: Value = serde_json::from_slice(&context)?;
        let text = |name: &str| context[name].as_str().map(str::to_owned);
        let file = |name: &str| text(name).map(PathBuf::from).context("a file");
        let options = async_nats::ConnectOptions::new()
            .add_root_certificates(file("ca")?)
            .add_client_certificate(file("cert")?, file("key")?)
            .require_tls(true);
        let url = text("url").context("a URL")?;
        let client = within("a login", options.connect(url)).await??;
        let mut orders = client.subscribe("orders").await?;
        client.publish("orders", "1".into()).await?;
        let message = within("a message", orders.next()).await?;
        assert_eq!(&message.context("a message")?.payload[..], b"1");
        Ok(())
    }
}

#[tokio::test]
async fn a_device_enrols_talks_and_renews() -> Result<()> {
    let world = World::new().await?;
    world.token(&json!({})).await?;
    let said = world.enroll("pump-7").await?;
    ensure!(said.contains("pump-7 is enrolled"), "{said}");
    let read = |name: &str| fs::read_to_string(world.dir().join(name));
    let mode = fs::metadata(world.dir().join("device.key"))?
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(read("ca.pem")?, fs::read_to_string(world.root())?);
    let environment = read("device.env")?;
    for name in ["NATS_URL=", "NATS_CERT=", "NATS_KEY=", "NATS_CA="] {
        ensure!(environment.contains(name), "{environment}");
    }
    world.talks().await?;

    let again = format!("{} --token-file token --ca {}", world.url, world.root());
    let told = world
        .cli
        .run(&world.line("enroll", &again))
        .await?
        .refused()?;
    ensure!(told.contains("has a certificate already"), "{told}");
    let (old, key) = (read("device.pem")?, read("device.key")?);
    let said = world.cli.ok(&world.line("renew", "")).await?;
    ensure!(said.contains("nothing to do"), "{said}");
    assert_eq!(read("device.pem")?, old);
    world.cli.ok(&world.line("renew", "--force")).await?;
    ensure!(read("device.pem")? != old && read("device.key")? != key);
    world.talks().await?;
    // The same key again within a minute is an answer that got lost: the certificate stays, too.
    let key = read("device.key")?;
    world
        .cli
        .ok(&world.line("renew", "--force --same-key"))
        .await?;
    assert_eq!(read("device.key")?, key);
    world.talks().await
}

#[tokio::test]
async fn the_registry_sees_who_connects() -> Result<()> {
    let world = World::new().await?;
    world.token(&json!({})).await?;
    world.enroll("pump-7").await?;
    let device = async || {
        let api = world.tidegate.api();
        api.get("/accounts/acme/devices/pump-7").await
    };
    let enrolled = device().await?["last_seen_at"].clone();
    ensure!(enrolled.is_string(), "{enrolled}");
    // Each time for a moment only, which the next sample has to find among those who left.
    eventually("a sight of the device", async || {
        world.talks().await?;
        Ok(Some(device().await?).filter(|it| it["last_seen_at"] != enrolled))
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_link_is_enough_and_a_wrong_fingerprint_is_refused() -> Result<()> {
    let world = World::new().await?;
    let made = world.token(&json!({ "device_name": "pump-9" })).await?;
    let link = made["qr"].as_str().context("a link")?;
    ensure!(link.contains("&root="), "{link}");
    let wrong = format!(
        "{} --token-file token --fingerprint {}",
        world.url,
        "ab".repeat(32)
    );
    let told = world
        .cli
        .run(&world.line("enroll", &wrong))
        .await?
        .refused()?;
    ensure!(
        told.contains("has no root with this fingerprint, but sha256:"),
        "{told}"
    );
    let unknown = format!("{} --token-file token", world.url);
    let told = world
        .cli
        .run(&world.line("enroll", &unknown))
        .await?
        .refused()?;
    ensure!(told.contains("--ca FILE or --fingerprint"), "{told}");
    let said = world.cli.ok(&world.line("enroll", link)).await?;
    ensure!(said.contains("pump-9 is enrolled"), "{said}");
    world.talks().await
}

#[tokio::test]
async fn what_goes_wrong_is_said() -> Result<()> {
    let world = World::new().await?;
    let told = world.cli.run(&world.line("renew", "")).await?.refused()?;
    ensure!(told.contains("enrol first"), "{told}");
    let told = world
        .cli
        .run(&world.line("enroll", "http://localhost"))
        .await?
        .refused()?;
    ensure!(told.contains("begins with https://"), "{told}");
    let told = world
        .cli
        .run(&world.line("enroll", &world.url))
        .await?
        .refused()?;
    ensure!(told.contains("an enrolment token is needed"), "{told}");
    let with = |token: &str| format!("{} --token {token} --ca {}", world.url, world.root());
    let told = world
        .cli
        .run(&world.line("enroll", &with("x")))
        .await?
        .refused()?;
    ensure!(told.contains("unknown_token"), "{told}");
    world.token(&json!({})).await?;
    let more = format!(
        "{} --token-file token --ca {} --name valve-1",
        world.url,
        world.root()
    );
    let told = world
        .cli
        .run(&world.line("enroll", &more))
        .await?
        .refused()?;
    ensure!(told.contains("pump-*"), "{told}");
    // The token is not used up by that.
    world.enroll("pump-1").await?;
    let path = "/accounts/acme/devices/pump-1";
    world.tidegate.api().delete(path).await?;
    let told = world
        .cli
        .run(&world.line("renew", "--force"))
        .await?
        .refused()?;
    ensure!(told.contains("revoked"), "{told}");
    Ok(())
}

#[tokio::test]
async fn a_device_waits_for_approval() -> Result<()> {
    let world = World::new().await?;
    world.token(&json!({ "approval": true })).await?;
    let more = format!(
        "{} --token-file token --ca {} --no-wait",
        world.url,
        world.root()
    );
    let told = world
        .cli
        .run(&world.line("enroll", &more))
        .await?
        .refused()?;
    ensure!(told.contains("waits for approval"), "{told}");
    let devices = world.tidegate.api().get("/accounts/acme/devices").await?;
    let name = devices["data"][0]["name"].as_str().context("a name")?;
    let approve = format!("/accounts/acme/devices/{name}/approve");
    world.tidegate.api().post(&approve, &json!({})).await?;
    // The same key comes again, and with it the same device.
    let said = world.cli.ok(&world.line("enroll", &more)).await?;
    ensure!(said.contains(&format!("{name} is enrolled")), "{said}");
    world.talks().await
}

/// The agent in this directory, on a machine whose clock is this far ahead. The library of
/// `faketime` is used by itself: the command would stand between us and the agent.
fn agent(world: &World, ahead: &str) -> Result<(Daemon, PathBuf)> {
    let seen = world.cli.home("seen");
    let mut command = Command::new(paths::tidegate()?);
    command.args(["device", "run", "--dir"]).arg(world.dir());
    command.args(["--exec", &format!("echo $NATS_CERT >> {}", seen.display())]);
    command.env("LD_PRELOAD", clock()?).env("FAKETIME", ahead);
    Ok((Daemon::spawn("tidegate device run", command)?, seen))
}

pub(super) fn clock() -> Result<PathBuf> {
    let folders = fs::read_dir("/usr/lib")?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files = folders.map(|folder| folder.join("faketime/libfaketime.so.1"));
    let found = files.find(|file| file.exists());
    found.context("there is no libfaketime: run tests/setup.sh")
}

#[tokio::test]
async fn the_agent_renews_when_it_is_time_and_ends_when_told() -> Result<()> {
    let world = World::new().await?;
    world.token(&json!({})).await?;
    world.enroll("pump-7").await?;
    let read = || fs::read_to_string(world.dir().join("device.pem"));
    let before = read()?;
    let (mut early, seen) = agent(&world, "+3d")?;
    early.wait_for_line("next renewal in", tests::wait::PATIENCE)?;
    early.signal(Signal::TERM);
    ensure!(early.wait_exit(Duration::from_secs(10))?.success());
    ensure!(!seen.exists() && read()? == before, "it was not due");
    // Six days of a week are more than two thirds of it.
    let (mut late, seen) = agent(&world, "+6d")?;
    late.wait_for_line("renewed: good until", tests::wait::PATIENCE)?;
    eventually("the hook has run", async || Ok(seen.exists().then_some(()))).await?;
    late.signal(Signal::TERM);
    ensure!(late.wait_exit(Duration::from_secs(10))?.success());
    // With such a clock the next one seems late, too: it is left alone for a while.
    assert_eq!(fs::read_to_string(&seen)?.lines().count(), 1);
    ensure!(read()? != before);
    world.talks().await?;
    // A server that refuses is asked again, but not at once.
    world
        .tidegate
        .api()
        .delete("/accounts/acme/devices/pump-7")
        .await?;
    let (mut refused, _) = agent(&world, "+6d")?;
    refused.wait_for_line("trying again in 600 s", tests::wait::PATIENCE)?;
    Ok(())
}
