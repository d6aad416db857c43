//! `tidegate serve` with an existing cluster for an engine: API and console alone, without a broker
//! here. The cluster's servers trust our operator; `GET /api/v1/engines/nats-server.conf` says how.

use admin_api::Engine;
use serde_json::json;
use tracing::{info, warn};

use super::control_plane::{ControlPlane, Plan};
use super::first_run::Foundation;
use super::follow;
use super::settings::Settings;
use super::welcome::Welcome;
use super::{API, FIRST_TRY_WAIT, ONBOARDING, Urls, bind_some, url_of};
use crate::console;
use crate::data_dir::DataDir;
use crate::listeners::{self, authority, local_host};
use crate::signals::{Signals, Wish};
use crate::startup::{self, Notice};
use crate::transport::Transport;

pub(super) async fn serve(
    settings: &Settings,
    data: &DataDir,
    engine: Engine,
    signals: &mut Signals,
) -> anyhow::Result<()> {
    let api = listeners::bind(&settings.api_host, settings.api_port, API)?;
    let onboarding = bind_some(settings.onboarding.as_ref(), ONBOARDING)?;
    let storage = settings.storage(data);
    let foundation = tokio::select! {
        foundation = Foundation::open(data, &storage) => foundation?,
        () = signals.stop() => return Ok(()),
    };
    let nats = match &engine {
        Engine::Cluster { urls, .. } => urls.clone(),
        Engine::Embedded { system_url } => system_url.clone(),
    };
    let port = api.local_addr()?.port();
    let host = authority(local_host(&settings.api_host), port);
    let urls = Urls {
        http: format!("{}://{host}", settings.api_scheme()),
        system: nats.clone(),
        nats,
        onboarding: url_of("https", settings.onboarding.as_ref(), onboarding.as_ref())?,
        devices: None,
        websocket: None,
        monitoring: None,
    };
    let transport = Transport::with_own(&settings.options, settings.server_root(data)?)?;
    let devices = onboarding
        .zip(urls.onboarding.clone())
        .map(|(socket, url)| settings.device_entrance(socket, &transport, (url, None)));
    let mut control = ControlPlane::start(Plan {
        storage,
        operator_jwt: foundation.operator_jwt,
        entrance: settings.entrance(api, &transport),
        devices,
        nats_url: urls.nats.clone(),
        engine,
        server_name: settings.server_name(),
        on_operator: follow::operator(data, None),
    });
    tokio::select! {
        () = control.first_try(FIRST_TRY_WAIT) => {}
        () = signals.stop() => {
            control.stop().await;
            return Ok(());
        }
    }
    let notices = write_notices(settings, data, &urls)?;
    let welcome = Welcome {
        urls: &urls,
        data,
        vault_key: &settings.vault_key(data),
        root: transport.root(),
    };
    console::say(welcome.text(console::is_terminal()));
    info!("ready; the engine is the cluster at {}", urls.nats);

    tokio::select! {
        () = until_stopped(settings, &transport, signals) => {}
        () = transport.keep_fresh() => {}
    }
    drop(notices);
    info!("stopping; a second signal stops at once");
    tokio::select! {
        () = control.stop() => {}
        () = signals.stop() => warn!("stopping at once"),
    }
    Ok(())
}

/// Waits for a wish to stop. On SIGHUP the certificates are read anew; nothing else of the file is:
/// that takes a restart.
async fn until_stopped(settings: &Settings, transport: &Transport, signals: &mut Signals) {
    while signals.next().await == Wish::Reload {
        match transport.prepare(&settings.options) {
            Ok(prepared) => {
                transport.change(prepared);
                info!("certificates were read anew; other changes of the file take a restart");
            }
            Err(error) => warn!("the certificates in force stay: {error:#}"),
        }
    }
}

/// The files that tell scripts where to connect.
fn write_notices(settings: &Settings, data: &DataDir, urls: &Urls) -> anyhow::Result<Vec<Notice>> {
    let options = &settings.options;
    if let Some(path) = &options.pid_file {
        startup::write_pid_file(path)?;
    }
    let nats: Vec<&str> = urls.nats.split(',').collect();
    let mut ports = json!({ "pid": std::process::id(), "nats": nats, "http": [urls.http] });
    if let Some(url) = &urls.onboarding {
        ports["onboarding"] = json!([url]);
    }
    let mut notices = vec![Notice::json(data.ports_file(), &ports)?];
    if let Some(folder) = &options.ports_file_dir {
        notices.push(Notice::json(startup::ports_file(folder), &ports)?);
    }
    Ok(notices)
}
