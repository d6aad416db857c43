//! The handle by which the binary starts, watches and stops a broker.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use accounts::{
    callout::{self, SentinelError},
    claims::operator::OperatorBody,
    configured::{Configured, Setup, SetupError},
    jwt::{self, Claims, JwtError},
    nkeys::PublicKey,
    trust::{AcceptError, Trust, TrustError},
};
use parking_lot::RwLock;
use protocol::{ClosedReason, ServerError, ServerInfo};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    runtime::Handle,
    time::MissedTickBehavior,
};

use crate::{
    clock,
    config::{Auth, Config, ListenOptions, Resolver, Trusted},
    connection::{client::Control, opening},
    resolver::{Cache, Directory, Store, StoreError},
    routing::deliver::Courier,
    server::Server,
    system::{self, Note, Peers},
    tenants::Tenants,
    transport::listener::Listener,
};

/// The pause after a failed accept, which means that the process is out of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Time between two looks for a system account that is not there; nats-server's rhythm.
const SYSTEM_ACCOUNT_PAUSE: Duration = Duration::from_secs(1);
/// Time between two looks for idle accounts: as short as their grace, between these.
const IDLE_LOOKS_MIN: Duration = Duration::from_millis(5);
const IDLE_LOOKS_MAX: Duration = Duration::from_secs(1);
/// How long [`Broker::reconfigure`] waits for connections to take over what is theirs.
const RECONFIGURE_WAIT_MAX: Duration = Duration::from_secs(2);
/// How long [`Broker::shutdown`] waits for connections to say goodbye.
const SHUTDOWN_WAIT_MAX: Duration = Duration::from_secs(3);
/// Time to tell a client that there is no room for it.
const REFUSAL_WAIT_MAX: Duration = Duration::from_secs(1);

/// Why a broker did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An operator JWT is not usable.
    #[error("operator JWT: {0}")]
    Operator(#[from] JwtError),
    /// The operators do not make a trust chain.
    #[error("operators: {0}")]
    Trust(#[from] TrustError),
    /// The default sentinel is not usable.
    #[error("{0}")]
    Sentinel(#[from] SentinelError),
    /// Accounts and users of the configuration are not usable.
    #[error("{0}")]
    Configured(#[from] SetupError),
    /// A preloaded account JWT is not usable.
    #[error("preloaded account JWT: {0}")]
    Preload(#[from] AcceptError),
    /// The account directory is not usable.
    #[error("account directory: {0}")]
    Store(#[from] StoreError),
    /// An operator asks for a newer server.
    #[error("operator {0} asserts server version {1}, and this one serves {2}")]
    Version(PublicKey, String, String),
    /// Two system accounts.
    #[error("the configured system account {0} is not the one that an operator names")]
    SystemAccount(PublicKey),
}

/// Why another configuration was not put into force.
#[derive(Debug, thiserror::Error)]
pub enum ReconfigureError {
    /// It is not usable.
    #[error("{0}")]
    Setup(#[from] SetupError),
    /// Operators decide about accounts and users here.
    #[error("accounts and users are the operator's: they cannot be configured")]
    Operators,
    /// The system account cannot become another one while the server runs.
    #[error("the system account cannot be changed while the server runs: restart it")]
    SystemAccount,
}

/// A configuration of accounts and users that [`Broker::prepare`] has checked.
#[derive(Debug)]
pub struct Prepared(Configured);

/// A running broker. Clones are handles to the same one.
#[derive(Debug, Clone)]
pub struct Broker {
    pub(crate) server: Arc<Server>,
}

impl Broker {
    /// Starts a broker that listens nowhere yet. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When the operators, the preloaded accounts or the account directory are not usable.
    pub fn start(config: Config) -> Result<Self, StartError> {
        let tenants = match &config.auth {
            Auth::Configured(setup) => Tenants::of_configuration(Configured::compile(setup, None)?),
            Auth::Operator {
                trusted,
                system_account,
                resolver,
                default_sentinel,
                pinned,
            } => {
                if let Some(token) = default_sentinel {
                    callout::check_sentinel(token)?;
                }
                let mut tenants = tenants(&config.version, trusted, *system_account, resolver)?;
                if let Some(pinned) = pinned {
                    tenants.pin(pinned.clone());
                }
                tenants
            }
        };
        let is_configured = tenants.configured().is_some();
        let server = Arc::new(Server::new(config, Arc::new(tenants)));
        start_system(&server, &server.tenants);
        server.tasks.spawn(keep_time(Arc::clone(&server)));
        // What is configured stays.
        if !is_configured {
            let tenants = Arc::clone(&server.tenants);
            server
                .tasks
                .spawn(dismiss_idle(Arc::clone(&server), tenants));
        }
        Ok(Self { server })
    }

    /// Accepts clients on a bound socket, until the broker stops.
    ///
    /// # Errors
    /// When the socket cannot be used.
    pub fn listen(
        &self,
        listener: std::net::TcpListener,
        options: ListenOptions,
    ) -> std::io::Result<SocketAddr> {
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        let server = Arc::clone(&self.server);
        self.server.tasks.spawn(accept_all(
            server,
            listener,
            Arc::new(Listener::new(options)),
        ));
        Ok(address)
    }

    /// Checks another configuration of accounts and users. May take long: passwords may have to be
    /// hashed to tell whether they are the same.
    ///
    /// # Errors
    /// When it is not usable. With operators it never is.
    pub fn prepare(&self, setup: &Setup) -> Result<Prepared, ReconfigureError> {
        self.server.tenants.prepare(setup).map(Prepared)
    }

    /// Puts it into force, for everybody at once. Connections whose user is gone, or has other
    /// credentials, are closed as nats-server closes them; others get what is theirs now. Blocks
    /// until all of them have it: not for a worker of the runtime.
    pub fn reconfigure(&self, Prepared(configured): Prepared) {
        let mut applied = self.server.tenants.reconfigure(configured);
        // Nothing is ever sent: it ends when the last one has dropped its end. One that ends by
        // itself just now may never do so.
        let wait = async {
            let _ = tokio::time::timeout(RECONFIGURE_WAIT_MAX, applied.recv()).await;
        };
        Handle::current().block_on(wait);
    }

    /// The server's public key, new at each start.
    #[must_use]
    pub fn server_id(&self) -> String {
        self.server.id.to_string()
    }

    /// What the configuration calls the server.
    #[must_use]
    pub fn server_name(&self) -> &str {
        &self.server.config.server_name
    }

    /// Whether new connections are taken.
    #[must_use]
    pub fn is_accepting(&self) -> bool {
        !self.server.stop_accepting.is_cancelled()
    }

    /// Stops gently: takes no new connection, tells clients to go elsewhere, and closes those that
    /// stay one by one over the configured time. Everything is closed when it returns.
    pub async fn lame_duck(&self) {
        let server = &self.server;
        if server.lame_duck.swap(true, Ordering::AcqRel) {
            return server.stopped.cancelled().await;
        }
        server.stop_accepting.cancel();
        server.note(Note::LameDuck);
        for client in server.clients() {
            client.control(Control::LameDuck);
        }
        let pace = &server.config.lame_duck;
        self.wait_until_empty(pace.grace).await;
        let clients = server.clients();
        let time = pace.duration.saturating_sub(pace.grace);
        let gap = time / u32::try_from(clients.len().max(1)).unwrap_or(u32::MAX);
        for client in clients {
            client.close(None, ClosedReason::ServerShutdown);
            self.wait_until_empty(gap.min(Duration::from_secs(1))).await;
        }
        self.shutdown().await;
    }

    /// Closes everything now. What clients were sent already is still written, within a few
    /// seconds.
    pub async fn shutdown(&self) {
        let server = &self.server;
        server.stop_accepting.cancel();
        for client in server.clients() {
            client.close(None, ClosedReason::ServerShutdown);
        }
        server.stopped.cancel();
        server.tasks.close();
        if tokio::time::timeout(SHUTDOWN_WAIT_MAX, server.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                connections = server.connections(),
                "some connections did not end in time"
            );
        }
    }

    async fn wait_until_empty(&self, at_most: Duration) {
        let deadline = tokio::time::Instant::now() + at_most;
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        while self.server.connections() > 0 && tokio::time::Instant::now() < deadline {
            tick.tick().await;
        }
    }
}

/// The operators' claims. One that asks for a newer server than we announce is not served; what
/// else is odd about their hints to tools is told and does no harm.
pub(crate) fn operators_for(
    version: &str,
    tokens: &[String],
) -> Result<Vec<Claims<OperatorBody>>, StartError> {
    let mut operators = Vec::with_capacity(tokens.len());
    for token in tokens {
        let claims = jwt::decode::<OperatorBody>(token)?;
        let operator = claims.subject();
        if !claims.nats.permits_server(version) {
            let asked = claims.nats.assert_server_version.clone();
            return Err(StartError::Version(operator, asked, version.to_owned()));
        }
        for issue in claims.validate(Some(clock::unix_seconds())) {
            tracing::warn!(operator.id = %operator, reason = issue.text, "about the operator JWT");
        }
        operators.push(claims);
    }
    Ok(operators)
}

fn tenants(
    version: &str,
    trusted: &Trusted,
    system_account: Option<PublicKey>,
    resolver: &Resolver,
) -> Result<Tenants, StartError> {
    let (operators, trust) = match trusted {
        Trusted::Keys(keys) => (Vec::new(), Trust::from_keys(keys)?),
        Trusted::Operators(tokens) => {
            let operators = operators_for(version, tokens)?;
            let trust = Trust::from_operators(&operators)?;
            (operators, trust)
        }
    };
    let mut named = operators
        .iter()
        .filter_map(|claims| claims.nats.system_account)
        .peekable();
    if let Some(key) = system_account
        && named.peek().is_some()
        && !named.any(|other| other == key)
    {
        return Err(StartError::SystemAccount(key));
    }
    let system_account = system_account.or(trust.system_account());
    let store = match resolver {
        Resolver::Memory { preload } => Store::memory(checked(&trust, preload)?),
        Resolver::Directory {
            path,
            preload,
            deletion,
            limit,
        } => {
            let directory = Directory::open(path, *deletion, *limit)?;
            with_preload(Store::Directory(directory), checked(&trust, preload)?)?
        }
        Resolver::Cache {
            path,
            preload,
            limit,
            ttl,
            timeout: _,
        } => {
            let cache = Cache::open(path, *limit, *ttl)?;
            with_preload(Store::Cache(cache), checked(&trust, preload)?)?
        }
        Resolver::Remote { source: _ } => Store::Fetched(RwLock::default()),
    };
    Ok(Tenants::new(trust, store, system_account))
}

/// Writes what is not there yet. Of an account that is given twice, the last one counts.
fn with_preload(store: Store, preload: Vec<(PublicKey, String)>) -> Result<Store, StartError> {
    let mut missing: BTreeMap<_, _> = preload.into_iter().collect();
    missing.retain(|key, _| !store.contains(key));
    let batch: Vec<_> = missing
        .iter()
        .map(|(key, token)| (*key, token.as_str()))
        .collect();
    if !batch.is_empty() {
        store.keep(&batch)?;
    }
    Ok(store)
}

/// Starts what lives in the system account, now or as soon as that account is known.
fn start_system(server: &Arc<Server>, tenants: &Arc<Tenants>) {
    match &server.config.auth {
        Auth::Operator {
            resolver: Resolver::Remote { source },
            ..
        } => tenants.ask_there(Arc::clone(source)),
        Auth::Operator {
            resolver: Resolver::Cache { timeout, .. },
            ..
        } => tenants.ask_there(Arc::new(Peers {
            server: Arc::downgrade(server),
            timeout: *timeout,
        })),
        _ => {}
    }
    let Some(key) = tenants.system_account() else {
        return;
    };
    if let Some(account) = tenants.get_blocking(&key) {
        return system::start(server, &account);
    }
    tracing::warn!(
        account.id = %key,
        "the system account's JWT is not there yet: account updates are not possible"
    );
    let (server, tenants) = (Arc::clone(server), Arc::clone(tenants));
    server.tasks.clone().spawn(async move {
        let mut tick = tokio::time::interval(SYSTEM_ACCOUNT_PAUSE);
        loop {
            tokio::select! {
                () = server.stopped.cancelled() => return,
                _ = tick.tick() => {}
            }
            if let Some(account) = tenants.get(&key).await {
                return system::start(&server, &account);
            }
        }
    });
}

fn checked(trust: &Trust, tokens: &[String]) -> Result<Vec<(PublicKey, String)>, StartError> {
    let check = |token: &String| Ok((trust.accept_account(token)?.policy.key, token.clone()));
    tokens.iter().map(check).collect()
}

/// Does what becomes due by time alone.
async fn keep_time(server: Arc<Server>) {
    let mut courier = Courier::default();
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = server.stopped.cancelled() => return,
            _ = tick.tick() => {}
        }
        server.watch.usage.sample();
        let now = clock::unix_seconds();
        if server.tenants.is_due(now) {
            let tenants = Arc::clone(&server.tenants);
            let work = tokio::task::spawn_blocking(move || tenants.run_due(now));
            if let Err(error) = work.await {
                tracing::error!(%error, "accounts were not linked again in time");
            }
        }
        server.tenants.fetch_absent_exporters();
        for account in server.accounts() {
            courier.end_exchanges(&account, clock::instant());
        }
        courier.end_turn(0);
    }
}

/// Lets accounts leave memory that nobody uses.
async fn dismiss_idle(server: Arc<Server>, tenants: Arc<Tenants>) {
    let grace = server.config.account_idle_time;
    let mut tick = tokio::time::interval(grace.clamp(IDLE_LOOKS_MIN, IDLE_LOOKS_MAX));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = server.stopped.cancelled() => return,
            _ = tick.tick() => {}
        }
        let tenants = Arc::clone(&tenants);
        let work = tokio::task::spawn_blocking(move || {
            tenants.dismiss_idle(clock::instant(), grace);
        });
        if let Err(error) = work.await {
            tracing::error!(%error, "idle accounts stay in memory");
        }
    }
}

async fn accept_all(server: Arc<Server>, socket: TcpListener, listener: Arc<Listener>) {
    let (stop, tasks) = (server.stop_accepting.clone(), server.tasks.clone());
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = socket.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::error!(%error, "cannot accept connections: raise the limit of open files");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection was gone before it was served");
            continue;
        }
        if listener.proxy_protocol {
            let server = Arc::clone(&server);
            let opening = opening::behind_proxy((stream, peer), server, Arc::clone(&listener));
            tasks.spawn(opening);
            continue;
        }
        match server.register(peer, &listener) {
            Some(client) if listener.is_plain() => {
                let connection = opening::plain(stream, Arc::clone(&server), client);
                server.tasks.spawn(connection);
            }
            Some(client) => {
                let opening = opening::open(stream, Arc::clone(&server), client);
                server.tasks.spawn(opening);
            }
            None if listener.speaks_plainly_first() => {
                let mut info = server.info();
                listener.describe(&mut info, None);
                server.tasks.spawn(turn_away(stream, info));
            }
            None => {}
        }
    }
}

/// Says why, and closes.
async fn turn_away(mut stream: TcpStream, info: ServerInfo) {
    let mut text = Vec::new();
    info.write(&mut text);
    ServerError::MaximumConnectionsExceeded.write(&mut text);
    // A client that does not take it in time learns it from the close.
    let _ = tokio::time::timeout(REFUSAL_WAIT_MAX, stream.write_all(&text)).await;
}

#[cfg(test)]
mod tests {
    use accounts::nkeys::{KeyKind, KeyPair};
    use tokio::io::{AsyncBufReadExt, BufReader};

    use super::*;

    /// The control plane's client believes the first `INFO` and publishes nothing larger.
    #[tokio::test]
    async fn the_system_accounts_own_listener_announces_what_account_tokens_need() {
        let operator = KeyPair::from_entropy(KeyKind::Operator, [1; 32]);
        let system = KeyPair::from_entropy(KeyKind::Account, [2; 32]).public();
        let body = OperatorBody {
            system_account: Some(system),
            ..OperatorBody::default()
        };
        let claims = Claims::new(operator.public(), "operator", 1, body);
        let auth = Auth::Operator {
            trusted: Trusted::Operators(vec![jwt::encode(&claims, &operator).unwrap()]),
            system_account: None,
            resolver: Resolver::Memory {
                preload: Vec::new(),
            },
            default_sentinel: None,
            pinned: None,
        };
        let config = Config {
            auth,
            ..Config::default()
        };
        let broker = Broker::start(config).unwrap();
        let other = KeyPair::from_entropy(KeyKind::Account, [3; 32]).public();
        for (only_account, max) in [
            (Some(system), system::PAYLOAD_MAX),
            (Some(other), 1 << 20),
            (None, 1 << 20),
        ] {
            let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let options = ListenOptions {
                only_account,
                ..ListenOptions::default()
            };
            let address = broker.listen(socket, options).unwrap();
            let stream = TcpStream::connect(address).await.unwrap();
            let mut info = String::new();
            BufReader::new(stream).read_line(&mut info).await.unwrap();
            assert!(info.contains(&format!("\"max_payload\":{max}")), "{info}");
        }
        broker.shutdown().await;
    }
}
