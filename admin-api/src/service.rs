//! Starts and stops the control plane: listener, gate, reconciler.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::HEXLOWER;
use ipnet::IpNet;
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::{App, STREAMS_MAX};
use crate::auth::oidc::{self, Discovery};
use crate::auth::password::Passwords;
use crate::bootstrap::Storage;
use crate::engine::Engine;
use crate::events::{self, Bell};
use crate::files;
use crate::http::{self, Door, Onboarding, Rates, RevocationLists, ShowsCertificates};
use crate::installation::{self, Gate, OpenError};
use crate::operator::{self, OnOperator};
use crate::random::random_bytes;
use crate::reconciler;
use crate::store::StoreError;
use crate::sweeper;
use crate::vault::{Vault, VaultError, rotation};
use crate::webhooks;

/// How long a stop waits for requests in work.
const STOP_WAIT: Duration = Duration::from_secs(10);

/// What the control plane needs to run.
#[derive(Debug)]
pub struct Config {
    /// Data directory, database and vault key.
    pub storage: Storage,
    /// The JWT of the operator that the data plane runs with. The database must belong to it.
    pub operator_jwt: String,
    /// How clients reach the API and the console.
    pub door: Door,
    /// Requests a second that one API key may send.
    pub requests_per_second: NonZeroU32,
    /// Private networks that webhooks may lead to.
    pub webhook_networks: Vec<IpNet>,
    /// How devices reach the onboarding listener, without a slash at its end.
    pub onboarding_url: Option<String>,
    /// The public URL that users see, for example `nats://127.0.0.1:4222`.
    pub nats_url: String,
    /// The broker or cluster that this process drives.
    pub engine: Engine,
    /// The broker's name.
    pub server_name: String,
    /// Who is told when the operator's claims have changed.
    pub on_operator: OnOperator,
    /// This product's version.
    pub version: String,
}

/// Why the control plane did not start. A database that is merely away is no reason.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The vault key cannot be used.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database URL cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database is there but cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The listener cannot be used.
    #[error("use the HTTP listener")]
    Listen(#[source] io::Error),
    /// The data directory cannot be written.
    #[error("write to the data directory")]
    DataDir(#[source] io::Error),
}

/// The running control plane.
#[derive(Debug)]
pub struct AdminApi {
    addr: SocketAddr,
    app: Arc<App>,
    cancel: CancellationToken,
    tasks: TaskTracker,
}

/// Starts the control plane on `listener`, where the API and the console are served.
///
/// With a database that is away it starts nevertheless, answers 503, and opens by itself when the
/// database is back.
///
/// # Errors
/// When waiting cannot mend it: a wrong vault key, a database of another operator, an empty
/// database beside an existing operator.
pub async fn start<L>(config: Config, listener: L) -> Result<AdminApi, StartError>
where
    L: ShowsCertificates,
{
    start_with_onboarding(config, listener, None::<(Onboarding, TcpListener)>).await
}

/// The same with a second listener, where devices enrol.
///
/// # Errors
/// As [`start`].
pub async fn start_with_onboarding<L, M>(
    config: Config,
    listener: L,
    onboarding: Option<(Onboarding, M)>,
) -> Result<AdminApi, StartError>
where
    L: ShowsCertificates,
    M: ShowsCertificates,
{
    let (onboarding, devices) = onboarding.unzip();
    let storage = &config.storage;
    let is_key_beside_data = storage.is_key_beside_data();
    if is_key_beside_data {
        tracing::warn!(
            "the vault key lies in the data directory: keep it elsewhere with --vault-key-file"
        );
    }
    oidc::install_signatures();
    let vault = Vault::open(&storage.vault_key())?;
    let db = storage.open_database()?;
    let addr = listener.local_addr().map_err(StartError::Listen)?;
    let instance = instance_id(&storage.data_dir).map_err(StartError::DataDir)?;

    let (gate, gate_view) = watch::channel(Gate::Closed("starting".to_owned()));
    let cancel = CancellationToken::new();
    let app = Arc::new(App {
        db,
        vault,
        is_key_beside_data,
        passwords: Passwords::default(),
        discovery: Discovery::default(),
        data_dir: storage.data_dir.clone(),
        operator_jwt: config.operator_jwt,
        nats_url: config.nats_url,
        server_name: config.server_name,
        version: config.version,
        gate: gate_view,
        reconciler: reconciler::Handle::new(),
        bell: Bell::default(),
        queue: Notify::new(),
        streams: Arc::new(Semaphore::new(STREAMS_MAX)),
        closing: cancel.clone(),
        engine: config.engine,
        instance,
        door: config.door,
        onboarding,
        webhook_networks: config.webhook_networks,
        rates: Rates::new(config.requests_per_second),
        metrics: Arc::default(),
        revocation_lists: RevocationLists::default(),
        onboarding_url: config.onboarding_url,
    });
    let is_open = installation::try_open_gate(&app, &gate).await?;

    let tasks = TaskTracker::new();
    if !is_open {
        let (app, cancel) = (Arc::clone(&app), cancel.clone());
        tasks.spawn(async move { installation::keep_opening(&app, &gate, &cancel).await });
    }
    run_beside(&tasks, &app, config.on_operator, &cancel);
    let api = http::router(Arc::clone(&app));
    tasks.spawn(http::serve(listener, api, cancel.clone()));
    if let (Some(listener), Some(onboarding)) = (devices, &app.onboarding) {
        let router = http::onboarding_router(Arc::clone(&app), onboarding.door.clone());
        tasks.spawn(http::serve(listener, router, cancel.clone()));
    }
    tasks.close();
    Ok(AdminApi {
        addr,
        app,
        cancel,
        tasks,
    })
}

/// What goes on while nobody asks for anything.
fn run_beside(
    tasks: &TaskTracker,
    app: &Arc<App>,
    on_operator: OnOperator,
    cancel: &CancellationToken,
) {
    let own = reconciler::Own {
        instance: app.instance.clone(),
        system_url: app.engine.system_url().map(str::to_owned),
    };
    tasks.spawn(reconciler::run(own, Arc::clone(app), cancel.clone()));
    tasks.spawn(events::run(Arc::clone(app), cancel.clone()));
    tasks.spawn(webhooks::run(Arc::clone(app), cancel.clone()));
    tasks.spawn(operator::run(Arc::clone(app), on_operator, cancel.clone()));
    tasks.spawn(rotation::run(Arc::clone(app), cancel.clone()));
    tasks.spawn(http::work_on_operations(Arc::clone(app), cancel.clone()));
    tasks.spawn(sweeper::run(Arc::clone(app), cancel.clone()));
}

/// Names this data directory as the holder of leases, also after a restart.
fn instance_id(data_dir: &Path) -> io::Result<String> {
    let path = data_dir.join("instance.id");
    files::create_private(&path, HEXLOWER.encode(&random_bytes::<16>()).as_bytes())?;
    Ok(fs::read_to_string(&path)?.trim().to_owned())
}

impl AdminApi {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Whether the database was reachable since the start and the engine is connected now.
    pub fn is_ready(&self) -> bool {
        matches!(&*self.app.gate.borrow(), Gate::Open(_)) && self.app.reconciler.status().is_ok()
    }

    /// Stops: no new requests, those in work end (bounded), the database is closed.
    pub async fn shutdown(self) {
        self.cancel.cancel();
        if tokio::time::timeout(STOP_WAIT, self.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!("requests were still in work when the admin API stopped");
        }
        self.app.db.close().await;
    }
}
