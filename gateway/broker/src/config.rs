//! What a broker is started with. Everything here is a plain value: files and flags are read by the
//! binary.

use std::{collections::BTreeMap, fmt, path::PathBuf, pin::Pin, sync::Arc, time::Duration};

use accounts::{Zone, configured::Setup, nkeys::PublicKey};

use crate::transport::{listener::WebSocketOptions, tls::TlsCell};

/// The protocol version that `INFO` announces.
///
/// Clients switch features on by it (JetStream details from 2.10 on), so it names what is served
/// and no more.
pub const PROTOCOL_VERSION: &str = "2.9.25";

/// Everything a broker needs to start.
#[derive(Debug, Clone)]
pub struct Config {
    /// Name shown to clients and in monitoring; need not be unique.
    pub server_name: String,
    /// The version in `INFO`; normally [`PROTOCOL_VERSION`].
    pub version: String,
    /// Host that `INFO` names.
    pub advertise_host: String,
    /// Port that `INFO` names.
    pub advertise_port: u16,
    /// Labels of this server, shown in monitoring and by the system account.
    pub tags: Vec<String>,
    /// The same with names.
    pub metadata: BTreeMap<String, String>,
    /// Bounds of every connection.
    pub limits: ServerLimits,
    /// Whether messages may have headers.
    pub headers: bool,
    /// Whether connections remember the routes of subjects that they publish on.
    pub remember_routes: bool,
    /// How messages look in the trace.
    pub tracing: Tracing,
    /// Who may connect.
    pub auth: Auth,
    /// Keys of the proxies whose word is taken that a client comes by them.
    pub trusted_proxies: Vec<PublicKey>,
    /// How a graceful stop is paced.
    pub lame_duck: LameDuck,
    /// The zone in which users' hours are read that name none.
    pub local_zone: Zone,
    /// How long an account stays in memory after its last use.
    pub account_idle_time: Duration,
}

/// The default of [`Config::account_idle_time`].
///
/// Long enough that a client which reconnects finds its account, short enough that a day's tenants
/// do not pile up.
pub const ACCOUNT_IDLE_TIME: Duration = Duration::from_secs(60);

impl Default for Config {
    fn default() -> Self {
        Self {
            server_name: String::new(),
            version: PROTOCOL_VERSION.to_owned(),
            advertise_host: "127.0.0.1".to_owned(),
            advertise_port: 4222,
            tags: Vec::new(),
            metadata: BTreeMap::new(),
            limits: ServerLimits::default(),
            headers: true,
            remember_routes: true,
            tracing: Tracing::default(),
            auth: Auth::open(),
            trusted_proxies: Vec::new(),
            lame_duck: LameDuck::default(),
            local_zone: Zone::utc(),
            account_idle_time: ACCOUNT_IDLE_TIME,
        }
    }
}

/// Who may connect.
#[derive(Debug, Clone)]
pub enum Auth {
    /// Whom a configuration names: an empty one lets everybody into one account.
    Configured(Box<Setup>),
    /// Holders of user JWTs in a trust chain of operators.
    Operator {
        /// Who may sign accounts.
        trusted: Trusted,
        /// The system account; overrides what the operator JWT says.
        system_account: Option<PublicKey>,
        /// Where account JWTs come from.
        resolver: Resolver,
        /// A bearer's user JWT for clients that bring none; its account's auth callout then
        /// decides about them.
        default_sentinel: Option<Box<str>>,
        /// The only accounts whose users may log in, besides the system account's.
        pinned: Option<Vec<PublicKey>>,
    },
}

impl Auth {
    /// Everybody, into one account. For benches and for drop-in use without credentials.
    #[must_use]
    pub fn open() -> Self {
        Self::Configured(Box::default())
    }

    pub(crate) fn default_sentinel(&self) -> Option<&str> {
        match self {
            Self::Configured(_) => None,
            Self::Operator {
                default_sentinel, ..
            } => default_sentinel.as_deref(),
        }
    }
}

/// Who may sign accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trusted {
    /// Operators, by their JWT texts; the first one also names the default system account.
    Operators(Vec<String>),
    /// Bare keys of operators.
    Keys(Vec<PublicKey>),
}

/// Where account JWTs come from.
#[derive(Debug, Clone)]
pub enum Resolver {
    /// Fixed at start; updates act on what is preloaded and are lost at a stop.
    Memory {
        /// Account JWT texts.
        preload: Vec<String>,
    },
    /// A directory of `<account>.jwt` files; updates are on disk before they are answered.
    Directory {
        /// The directory; made when missing. One broker at a time may hold it.
        path: PathBuf,
        /// Account JWT texts that are written when the directory has none for that account.
        preload: Vec<String>,
        /// What `$SYS.REQ.CLAIMS.DELETE` does.
        deletion: Deletion,
        /// Accounts that it may hold; a further one is refused.
        limit: Option<usize>,
    },
    /// A directory that keeps the accounts used last; others are asked for from other servers of
    /// the system account, by `$SYS.REQ.ACCOUNT.<id>.CLAIMS.LOOKUP`.
    Cache {
        /// The directory; made when missing.
        path: PathBuf,
        /// Account JWT texts that are written when the directory has none for that account.
        preload: Vec<String>,
        /// Accounts that it holds; with one more, the one that was unused for longest goes.
        limit: usize,
        /// An account that was not used for this long goes.
        ttl: Option<Duration>,
        /// How long the others have to answer.
        timeout: Duration,
    },
    /// Asked for when needed, and again when the account has left memory in between.
    Remote {
        /// Whom to ask.
        source: Arc<dyn AccountSource>,
    },
}

/// What becomes of an account that is to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Deletion {
    /// It stays: deletion is not allowed.
    #[default]
    Refused,
    /// It is set aside as `<account>.jwt.deleted`.
    Aside,
    /// Its file is removed.
    ForGood,
}

/// A place elsewhere that has account JWTs. What it gives is checked like everything else.
pub trait AccountSource: fmt::Debug + Send + Sync {
    /// Asks for an account's JWT; `None` when there is none. Ends by itself, in time for a login.
    fn fetch(&self, account: PublicKey) -> Fetching;
}

/// A fetch under way. The error is a text for the log.
pub type Fetching = Pin<Box<dyn Future<Output = Result<Option<String>, String>> + Send>>;

/// How messages look in the trace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tracing {
    /// Only the headers are shown.
    pub headers_only: bool,
    /// Bytes of a payload that are shown; all when absent.
    pub payload_max: Option<usize>,
}

/// What becomes of a client that takes nothing for the whole write deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WriteTimeout {
    /// It is a slow consumer and is closed.
    #[default]
    Close,
    /// It is waited for; its queue has an end all the same.
    Retry,
}

/// Bounds of every connection. The defaults are nats-server's (`server/const.go`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerLimits {
    /// Client connections at a time.
    pub max_connections: usize,
    /// Bytes of headers and body of one message.
    pub max_payload: usize,
    /// Bytes of one control line, `CONNECT` included.
    pub max_control_line: usize,
    /// Bytes that may wait for one client before it counts as a slow consumer.
    pub max_pending: usize,
    /// Subscriptions per connection; 0 is no limit.
    pub max_subscriptions: usize,
    /// Tokens in the subject of a subscription; 0 is no limit of this server's own.
    pub max_sub_tokens: u8,
    /// Time between pings of an idle client.
    pub ping_interval: Duration,
    /// Unanswered pings before a connection counts as stale.
    pub ping_max: u32,
    /// Time from accept until `CONNECT` must have been processed.
    pub auth_timeout: Duration,
    /// Time without any progress of a write before a client counts as a slow consumer.
    pub write_deadline: Duration,
    /// What happens then.
    pub write_timeout: WriteTimeout,
    /// Whether who publishes faster than others read is held back for a moment.
    pub stall_producers: bool,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            max_connections: 64 * 1024,
            max_payload: 1024 * 1024,
            max_control_line: 4096,
            max_pending: 64 * 1024 * 1024,
            max_subscriptions: 0,
            max_sub_tokens: 0,
            ping_interval: Duration::from_secs(120),
            ping_max: 2,
            auth_timeout: Duration::from_secs(2),
            write_deadline: Duration::from_secs(10),
            write_timeout: WriteTimeout::Close,
            stall_producers: true,
        }
    }
}

/// Pace of a graceful stop. The defaults are nats-server's.
#[derive(Debug, Clone)]
pub struct LameDuck {
    /// Time over which the remaining clients are closed, `grace` included.
    pub duration: Duration,
    /// Time between the notice to clients and the first close.
    pub grace: Duration,
}

impl Default for LameDuck {
    fn default() -> Self {
        Self {
            duration: Duration::from_secs(120),
            grace: Duration::from_secs(10),
        }
    }
}

/// What a listener admits and offers.
#[derive(Debug, Clone, Default)]
pub struct ListenOptions {
    /// Only users of this account, and of others that the operator calls the installation's own;
    /// everybody else fails authentication.
    pub only_account: Option<PublicKey>,
    /// Its TLS; none as long as the cell holds none.
    pub tls: TlsCell,
    /// A load balancer in front says first where the client comes from.
    pub proxy_protocol: bool,
    /// The protocol comes inside WebSocket.
    pub websocket: Option<WebSocketOptions>,
}
