//! The broker as its connections see it: what it is, who is connected, what was counted.

use std::{
    net::SocketAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Instant, SystemTime},
};

use accounts::{
    configured::Configured,
    identity::ConnectionType,
    nkeys::{KeyKind, KeyPair, PublicKey},
    xkeys::CurveKeyPair,
};
use parking_lot::{Mutex, RwLock};
use protocol::{ClosedReason, ServerInfo};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    account::Account,
    callouts::Asked,
    config::{Auth, Config, Trusted},
    connection::{
        client::{Client, Traffic},
        trace,
    },
    hash::IdMap,
    hashing::Hashing,
    live::{Live, ReloadWish},
    monitoring::Watch,
    system::{self, Note, Notes, Questions},
    tenants::Tenants,
    transport::listener::Listener,
};

/// State that all connections share. Nothing here is locked per message.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) config: Config,
    /// The part of the configuration that may have changed since the start.
    pub(crate) live: RwLock<Arc<Live>>,
    /// Who reads the configuration again when asked to.
    pub(crate) reloader: Mutex<Option<mpsc::Sender<ReloadWish>>>,
    /// New at each start.
    pub(crate) keys: KeyPair,
    /// Its public half.
    pub(crate) id: PublicKey,
    /// What the configuration calls it.
    pub(crate) name: Arc<str>,
    /// Seals questions to auth callouts. New at each start.
    pub(crate) curve: CurveKeyPair,
    /// Questions to auth callouts that are under way.
    pub(crate) asked: Arc<Asked>,
    pub(crate) tenants: Arc<Tenants>,
    /// The claims of the operators that are trusted now; empty without any.
    pub(crate) operators: RwLock<Vec<String>>,
    pub(crate) hashing: Arc<Hashing>,
    clients: Mutex<IdMap<Arc<Client>>>,
    next_cid: AtomicU64,
    pub(crate) started: SystemTime,
    pub(crate) started_at: Instant,
    pub(crate) received: Traffic,
    pub(crate) total_connections: AtomicU64,
    pub(crate) slow_consumers: AtomicU64,
    pub(crate) stale_connections: AtomicU64,
    /// Logins of users whose account is not among the pinned ones.
    pub(crate) pinned_account_fails: AtomicU64,
    pub(crate) lame_duck: AtomicBool,
    /// Cancelled when no new connection is taken any more.
    pub(crate) stop_accepting: CancellationToken,
    /// Cancelled when everything ends.
    pub(crate) stopped: CancellationToken,
    /// Where news is left; empty without a system account.
    pub(crate) notes: OnceLock<Notes>,
    /// Where tenants' questions about themselves go; empty without a system account.
    pub(crate) questions: OnceLock<Questions>,
    /// Numbers what is said in the system account.
    pub(crate) said: AtomicU64,
    /// What was sent to clients that are gone.
    pub(crate) sent_before: Traffic,
    pub(crate) watch: Watch,
    pub(crate) tasks: TaskTracker,
}

fn operators(auth: &Auth) -> Vec<String> {
    match auth {
        Auth::Operator {
            trusted: Trusted::Operators(tokens),
            ..
        } => tokens.clone(),
        _ => Vec::new(),
    }
}

impl Server {
    pub(crate) fn new(config: Config, tenants: Arc<Tenants>) -> Self {
        trace::set(&config.tracing);
        let keys = KeyPair::from_entropy(KeyKind::Server, crate::token::random());
        Self {
            name: config.server_name.as_str().into(),
            reloader: Mutex::default(),
            live: RwLock::new(Arc::new(Live::of(&config))),
            operators: RwLock::new(operators(&config.auth)),
            config,
            id: keys.public(),
            keys,
            curve: CurveKeyPair::from_entropy(crate::token::random()),
            asked: Arc::default(),
            tenants,
            hashing: Arc::default(),
            clients: Mutex::default(),
            next_cid: AtomicU64::new(1),
            started: crate::clock::wall(),
            started_at: crate::clock::instant(),
            received: Traffic::default(),
            total_connections: AtomicU64::new(0),
            slow_consumers: AtomicU64::new(0),
            stale_connections: AtomicU64::new(0),
            pinned_account_fails: AtomicU64::new(0),
            lame_duck: AtomicBool::new(false),
            stop_accepting: CancellationToken::new(),
            stopped: CancellationToken::new(),
            notes: OnceLock::new(),
            questions: OnceLock::new(),
            said: AtomicU64::new(0),
            sent_before: Traffic::default(),
            watch: Watch::default(),
            tasks: TaskTracker::new(),
        }
    }

    /// What `INFO` says to everybody.
    pub(crate) fn info(&self) -> ServerInfo {
        let (config, live) = (&self.config, self.live());
        ServerInfo {
            server_id: self.id.to_string(),
            server_name: config.server_name.clone(),
            version: config.version.clone(),
            proto: 1,
            host: live.advertise_host.clone(),
            port: live.advertise_port,
            headers: config.headers,
            auth_required: self.asks_for_credentials(ConnectionType::Standard),
            xkey: Some(self.curve.public().to_string()),
            max_payload: i64::try_from(live.limits.max_payload).unwrap_or(i64::MAX),
            ..ServerInfo::default()
        }
    }

    /// Whether clients are told that they need credentials.
    pub(crate) fn asks_for_credentials(&self, by: ConnectionType) -> bool {
        let configured = self.configured();
        configured.is_none_or(|configured| configured.asks_for_credentials(by))
    }

    /// The accounts and users of the configuration, where there is no operator.
    pub(crate) fn configured(&self) -> Option<Arc<Configured>> {
        self.tenants.configured()
    }

    /// Registers a new connection. `None` when the server has as many as it may.
    pub(crate) fn register(
        &self,
        peer: SocketAddr,
        listener: &Arc<Listener>,
    ) -> Option<Arc<Client>> {
        self.register_as(self.next_cid(), peer, listener)
    }

    /// The number of one more connection.
    pub(crate) fn next_cid(&self) -> u64 {
        self.next_cid.fetch_add(1, Ordering::Relaxed)
    }

    /// The same for a connection that has its number already.
    pub(crate) fn register_as(
        &self,
        cid: u64,
        peer: SocketAddr,
        listener: &Arc<Listener>,
    ) -> Option<Arc<Client>> {
        let max_connections = self.live().limits.max_connections;
        let mut clients = self.clients.lock();
        if clients.len() >= max_connections {
            return None;
        }
        let max_pending = self.config.limits.max_pending;
        let client = Arc::new(Client::new(cid, peer, max_pending, Arc::clone(listener)));
        clients.insert(cid, Arc::clone(&client));
        self.total_connections.fetch_add(1, Ordering::Relaxed);
        Some(client)
    }

    /// Takes a connection that ended off the books.
    pub(crate) fn forget(&self, client: &Client, reason: Option<ClosedReason>) {
        self.clients.lock().remove(&client.cid);
        let (messages, bytes) = client.sent();
        self.sent_before.add(messages, bytes);
        match reason {
            Some(
                ClosedReason::SlowConsumerPendingBytes | ClosedReason::SlowConsumerWriteDeadline,
            ) => {
                self.slow_consumers.fetch_add(1, Ordering::Relaxed);
                let account = client.details.lock().account.clone();
                tracing::warn!(
                    conn.id = client.cid,
                    account.id = account,
                    "slow consumer cut off"
                );
            }
            Some(ClosedReason::StaleConnection) => {
                self.stale_connections.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
        if let Some(reason) = reason {
            tracing::debug!(
                "{} - Client connection closed: {reason}",
                trace::Name(client)
            );
        }
    }

    /// Leaves news for the system account.
    pub(crate) fn note(&self, note: Note) {
        if let Some(notes) = self.notes.get() {
            notes.leave(note);
        }
    }

    pub(crate) fn client(&self, cid: u64) -> Option<Arc<Client>> {
        self.clients.lock().get(&cid).map(Arc::clone)
    }

    /// All connections, oldest first.
    pub(crate) fn clients(&self) -> Vec<Arc<Client>> {
        let mut clients: Vec<_> = self.clients.lock().values().map(Arc::clone).collect();
        clients.sort_by_key(|client| client.cid);
        clients
    }

    pub(crate) fn connections(&self) -> usize {
        self.clients.lock().len()
    }

    /// Messages and bytes that clients were sent, also those that are gone.
    pub(crate) fn sent(&self) -> (u64, u64) {
        let clients: Vec<_> = self.clients.lock().values().map(Arc::clone).collect();
        let add = |(messages, bytes): (u64, u64), client: &Arc<Client>| {
            let sent = client.sent();
            (messages + sent.0, bytes + sent.1)
        };
        clients.iter().fold(self.sent_before.get(), add)
    }

    pub(crate) fn is_system(&self, account: &Account) -> bool {
        self.is_system_key(account.key)
    }

    /// The system account as people know it.
    pub(crate) fn system_account_shown(&self) -> Option<String> {
        let key = self.tenants.system_account()?;
        let account = self.tenants.find_live(&key);
        Some(account.map_or_else(|| key.to_string(), |account| account.name.to_string()))
    }

    fn is_system_key(&self, account: Option<PublicKey>) -> bool {
        account.is_some() && account == self.tenants.system_account()
    }

    /// Bytes that one message of an account's user may have, as far as the server is concerned.
    /// The system account's users push account JWTs, which may be larger than messages.
    pub(crate) fn payload_max(&self, account: Option<PublicKey>) -> usize {
        let usual = self.live().limits.max_payload;
        match self.is_system_key(account) {
            true => usual.max(system::PAYLOAD_MAX),
            false => usual,
        }
    }

    /// The accounts in use.
    pub(crate) fn accounts(&self) -> Vec<Arc<Account>> {
        self.tenants.live()
    }
}
