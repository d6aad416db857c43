//! What a dry run says is what then happens, on the product's own broker: with devices, callouts,
//! and quotas that no other server knows. `admin-api`'s table has all other changes.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use async_nats::{Client, ConnectOptions, Event};
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use tests::wait::{eventually, within};
use tests::{Api, Tidegate};

use super::clients::arrived;
use super::on_both_databases;

on_both_databases![
    quotas_and_templates,
    a_callout_that_begins_and_ends,
    devices,
];

/// A client, and whether it was ever cut off.
struct Watched {
    nats: Client,
    dropped: Arc<AtomicBool>,
}

impl Watched {
    async fn connect(options: ConnectOptions, url: &str) -> Result<Self> {
        let dropped = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&dropped);
        let options = options.event_callback(move |event| {
            if event == Event::Disconnected {
                seen.store(true, Ordering::SeqCst);
            }
            std::future::ready(())
        });
        // Who was cut off stays away, and takes no room of others.
        let connects = AtomicUsize::new(0);
        let options = options.reconnect_delay_callback(move |_| {
            match connects.fetch_add(1, Ordering::SeqCst) {
                0 => Duration::ZERO,
                _ => Duration::from_secs(3600),
            }
        });
        let nats = within("a login", options.connect(url)).await??;
        let watched = Self { nats, dropped };
        watched.settle().await?;
        Ok(watched)
    }

    async fn with_creds(tidegate: &Tidegate, creds: &str) -> Result<Self> {
        let options = ConnectOptions::with_credentials(creds)?;
        Self::connect(options, &tidegate.nats_url()).await
    }

    /// A round trip: the server has seen all that was sent.
    async fn settle(&self) -> Result<()> {
        let mut own = self.nats.subscribe("settle").await?;
        arrived(&self.nats, &mut own).await?;
        own.unsubscribe().await?;
        self.nats.flush().await?;
        Ok(())
    }

    fn is_dropped(&self) -> bool {
        self.dropped.load(Ordering::SeqCst)
    }
}

/// Tries a change and makes it: `closes` of these clients must be told, and be cut off.
async fn comes_true(
    api: &Api,
    (method, path, body): (&str, &str, Option<Value>),
    clients: &[&Watched],
    closes: usize,
) -> Result<Value> {
    let before = clients.iter().filter(|client| client.is_dropped()).count();
    let path = format!("/api/v1{path}");
    let dry = format!("{path}?dry_run=true");
    let tried = api.ask(method, &dry, body.as_ref()).await?;
    let told = &tried.body["impact"]["connections_closed"];
    ensure!(*told == closes, "{method} {path} {body:?}: {tried:?}");
    let dropped = || clients.iter().filter(|client| client.is_dropped()).count() - before;
    ensure!(dropped() == 0, "a look closes nobody");
    let made = api.ask(method, &path, body.as_ref()).await?;
    ensure!(made.status < 300, "{method} {path}: {made:?}");
    let what = format!("{method} {path} to close {closes}");
    eventually(&what, async || Ok((dropped() >= closes).then_some(()))).await?;
    for client in clients.iter().filter(|client| !client.is_dropped()) {
        client.settle().await?;
    }
    ensure!(dropped() == closes, "{what}: {}", dropped());
    Ok(tried.body)
}

async fn quotas_and_templates(tidegate: Tidegate) -> Result<()> {
    let api = tidegate.api();
    for (number, (limits, closes)) in [
        (json!({ "user_connections": 1 }), 1),
        (json!({ "subscriptions": 4 }), 1),
        (json!({ "total_subscriptions": 6 }), 1),
        (json!({ "connections": 1 }), 2),
        (json!({ "messages_per_second": 1000 }), 0),
    ]
    .into_iter()
    .enumerate()
    {
        let account = format!("acme{number}");
        api.make_account(&account).await?;
        let one = api.make_user(&account, "one").await?;
        let two = api.make_user(&account, "two").await?;
        let first = Watched::with_creds(&tidegate, &one.creds).await?;
        let second = Watched::with_creds(&tidegate, &two.creds).await?;
        let third = Watched::with_creds(&tidegate, &one.creds).await?;
        let mut held = Vec::new();
        for subject in ["a", "b", "c", "d", "e", "f"] {
            held.push(third.nats.subscribe(subject).await?);
        }
        held.push(second.nats.subscribe("a").await?);
        for client in [&first, &second, &third] {
            client.settle().await?;
        }
        let change = Some(json!({ "limits": limits }));
        let path = format!("/accounts/{account}");
        let all = [&first, &second, &third];
        comes_true(&api, ("PATCH", &path, change), &all, closes).await?;
    }

    api.make_account("globex").await?;
    let subject = "{{account-tag(team)}}.>";
    let role = json!({ "name": "r", "permissions": { "publish": { "deny": [subject] } } });
    let tags = |team: &str| Some(json!({ "tags": [format!("team:{team}")] }));
    let settings = "/accounts/globex/settings";
    comes_true(&api, ("PATCH", settings, tags("a")), &[], 0).await?;
    api.post("/accounts/globex/roles", &role).await?;
    let of_role = json!({ "name": "of-role", "role": "r" });
    let of_role = api.make_user_with("globex", &of_role).await?;
    let plain = api.make_user("globex", "plain").await?;
    let of_role = Watched::with_creds(&tidegate, &of_role.creds).await?;
    let plain = Watched::with_creds(&tidegate, &plain.creds).await?;
    let all = [&of_role, &plain];
    let tried = comes_true(&api, ("PATCH", settings, tags("b")), &all, 1).await?;
    let effective = &tried["impact"]["effective"];
    ensure!(effective["source"] == "account", "{tried}");
    Ok(())
}

async fn a_callout_that_begins_and_ends(tidegate: Tidegate) -> Result<()> {
    let api = tidegate.api();
    api.make_account("acme").await?;
    let auth = api.make_user("acme", "auth").await?;
    let door = api.make_user("acme", "door").await?;
    let auth = Watched::with_creds(&tidegate, &auth.creds).await?;
    let door = Watched::with_creds(&tidegate, &door.creds).await?;
    let path = "/accounts/acme/auth-callout";
    let spec = Some(json!({ "auth_users": ["auth"] }));
    comes_true(&api, ("PUT", path, spec), &[&auth, &door], 1).await?;
    ensure!(door.is_dropped());
    comes_true(&api, ("DELETE", path, None), &[&auth], 0).await?;
    Ok(())
}

/// A device that has enrolled with a token.
struct Device {
    cert: PathBuf,
    key: PathBuf,
}

struct Fleet {
    tidegate: Tidegate,
    api: Api,
}

impl Fleet {
    async fn token(&self, name: &str) -> Result<(String, String)> {
        let body = json!({ "role": "sensor", "device_name": name });
        let path = "/accounts/acme/enrolment-tokens";
        let made = self.api.post(path, &body).await?;
        let text = |field: &str| made[field].as_str().map(str::to_owned).context("a text");
        Ok((text("id")?, text("token")?))
    }

    async fn enrol(&self, name: &str, token: &str) -> Result<Device> {
        let key = KeyPair::generate()?;
        let params = CertificateParams::new(Vec::new())?;
        let csr = params.serialize_request(&key)?.pem()?;
        let body = json!({ "token": token, "csr": csr });
        let given = self.api.post("/enroll", &body).await?;
        let certificate = given["certificate"].as_str().context("a certificate")?;
        let file = |kind: &str| self.tidegate.data(&format!("{name}.{kind}"));
        let device = Device {
            cert: file("pem"),
            key: file("key"),
        };
        std::fs::write(&device.cert, certificate)?;
        std::fs::write(&device.key, key.serialize_pem())?;
        Ok(device)
    }

    async fn connect(&self, device: &Device) -> Result<Watched> {
        let url = format!("tls://localhost:{}", self.tidegate.place("devices")?.port());
        let options = ConnectOptions::new()
            .add_root_certificates(self.tidegate.data("tls/root.pem"))
            .add_client_certificate(device.cert.clone(), device.key.clone())
            .require_tls(true);
        Watched::connect(options, &url).await
    }

    /// A new device that is connected, and the id of its token.
    async fn join(&self, name: &str) -> Result<(Watched, String)> {
        let (id, token) = self.token(name).await?;
        let device = self.enrol(name, &token).await?;
        Ok((self.connect(&device).await?, id))
    }

    async fn first_id(&self, path: &str) -> Result<String> {
        let list = self.api.get(path).await?;
        let all = list["data"].as_array().context("a list")?;
        let is_over = |one: &Value| {
            let state = one["state"].as_str().unwrap_or_default();
            ["retired", "ended", "revoked"].contains(&state)
        };
        let id = all.iter().find(|one| !is_over(one));
        let id = id.and_then(|one| one["id"].as_str());
        id.map(str::to_owned).context("an id")
    }
}

async fn devices(tidegate: Tidegate) -> Result<()> {
    let api = tidegate.api();
    api.make_account("acme").await?;
    let role = json!({ "name": "sensor" });
    api.post("/accounts/acme/roles", &role).await?;
    let of_role = json!({ "name": "of-role", "role": "sensor" });
    let of_role = api.make_user_with("acme", &of_role).await?;
    let user = Watched::with_creds(&tidegate, &of_role.creds).await?;
    let fleet = Fleet { tidegate, api };
    let api = &fleet.api;
    let (pump, _) = fleet.join("pump").await?;
    let (valve, _) = fleet.join("valve").await?;
    let (tank, token) = fleet.join("tank").await?;
    let (gauge, _) = fleet.join("gauge").await?;
    let disable = "/accounts/acme/devices/pump/disable";
    let all = [&user, &pump, &valve, &tank, &gauge];
    comes_true(api, ("POST", disable, None), &all, 1).await?;
    ensure!(pump.is_dropped());
    let enable = "/accounts/acme/devices/pump/enable";
    comes_true(api, ("POST", enable, None), &[&user], 0).await?;
    let valve_path = "/accounts/acme/devices/valve";
    comes_true(
        api,
        ("DELETE", valve_path, None),
        &[&user, &valve, &tank],
        1,
    )
    .await?;
    let path = format!("/accounts/acme/enrolment-tokens/{token}/revoke");
    let with_devices = Some(json!({ "devices": true }));
    comes_true(
        api,
        ("POST", &path, with_devices),
        &[&user, &tank, &gauge],
        1,
    )
    .await?;
    let path = "/accounts/acme/devices/gauge/certificates";
    let path = format!("{path}/{}/revoke", fleet.first_id(path).await?);
    comes_true(api, ("POST", &path, None), &[&user, &gauge], 1).await?;

    // The end of an authority ends all of its devices, and nobody else.
    let authorities = "/accounts/acme/device-authorities";
    for (number, end) in ["rotate", "revoke"].into_iter().enumerate() {
        let (one, _) = fleet.join(&format!("one-{number}")).await?;
        let (two, _) = fleet.join(&format!("two-{number}")).await?;
        let path = format!("{authorities}/{}/{end}", fleet.first_id(authorities).await?);
        let at_once = (end == "rotate").then(|| json!({ "overlap_seconds": 0 }));
        comes_true(api, ("POST", &path, at_once), &[&user, &one, &two], 2).await?;
    }
    ensure!(!user.is_dropped());
    Ok(())
}
