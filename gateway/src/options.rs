//! What the directives mean: typed options out of a configuration tree.
//!
//! Reading goes on after a mistake so that one run shows them all, each with its place. Nothing is
//! passed over in silence: a directive is served, or refused by name, or unknown. Bounds and
//! defaults are nats-server's (`server/opts.go`, `server/const.go`).

mod accounts;
mod directives;
mod fields;
mod node;
mod onboarding;
pub(crate) mod otel;
mod proxies;
mod resolver;
#[cfg(test)]
mod tests;
mod tls;
mod transport;
mod trust;
mod websocket;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::accounts::configured::Setup;
use ::accounts::nkeys::PublicKey;
use data_encoding::HEXLOWER;
use ipnet::IpNet;
use sha2::{Digest, Sha256};

use crate::config::{self, ConfigError, Problem};

pub(crate) use node::Advertised;
pub(crate) use onboarding::{OnboardingOptions, host_of};
pub(crate) use otel::OtelOptions;
pub(crate) use resolver::{FETCH_TIMEOUT, ResolverKind, ResolverTls};
pub(crate) use tls::{CertPair, TlsOptions};
pub(crate) use trust::TrustOptions;
pub(crate) use websocket::{HANDSHAKE_TIMEOUT, WebSocketBlock};

/// Which program reads the file: a few directives belong to one of them only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    /// `tidegate serve`: makes an operator of its own and runs the control plane.
    Serve,
    /// `tidegate server`: the broker alone, in the place of a nats-server.
    Server,
}

/// A port to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Port {
    /// Whichever is free.
    Any,
    Fixed(u16),
}

/// Where a further listener stands; without a host it takes the main one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) host: Option<String>,
    pub(crate) port: Port,
}

/// Bounds that replace the broker's defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) max_connections: Option<usize>,
    pub(crate) max_payload: Option<usize>,
    pub(crate) max_control_line: Option<usize>,
    pub(crate) max_pending: Option<usize>,
    /// 0 is no limit.
    pub(crate) max_subscriptions: Option<usize>,
    pub(crate) ping_interval: Option<Duration>,
    pub(crate) ping_max: Option<u32>,
    pub(crate) write_deadline: Option<Duration>,
    /// Time for a client to log in, and for an auth callout to answer.
    pub(crate) auth_timeout: Option<Duration>,
    /// Tokens that the subject of a subscription may have.
    pub(crate) max_sub_tokens: Option<u8>,
}

/// What becomes of a client that does not read what it is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum WriteTimeout {
    /// For clients, the same as `Close`.
    #[default]
    Default,
    Close,
    /// It is waited for, for as long as its queue has room.
    Retry,
}

/// What to log and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogOptions {
    pub(crate) debug: bool,
    pub(crate) trace: bool,
    /// Also what the system account says.
    pub(crate) trace_verbose: bool,
    /// Of messages only their headers.
    pub(crate) trace_headers: bool,
    /// Bytes of a payload that are shown.
    pub(crate) traced_len_max: Option<usize>,
    pub(crate) file: Option<PathBuf>,
    /// Bytes of the file after which it is put aside.
    pub(crate) size_limit: Option<u64>,
    /// Log files that are kept, the one in use included.
    pub(crate) files_max: Option<usize>,
    pub(crate) syslog: bool,
    pub(crate) remote_syslog: Option<String>,
    pub(crate) with_time: bool,
    pub(crate) utc: bool,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            debug: false,
            trace: false,
            trace_verbose: false,
            trace_headers: false,
            traced_len_max: None,
            file: None,
            size_limit: None,
            files_max: None,
            syslog: false,
            remote_syslog: None,
            with_time: true,
            utc: false,
        }
    }
}

/// The `admin_api` block of `serve`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AdminApiOptions {
    pub(crate) listen: Option<Endpoint>,
    pub(crate) database_url: Option<String>,
    pub(crate) vault_key_file: Option<PathBuf>,
    pub(crate) tls: Option<TlsOptions>,
    /// Names that it answers to.
    pub(crate) allowed_hosts: Vec<String>,
    /// Proxies whose word about clients is taken.
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// Private networks that webhooks may lead to.
    pub(crate) webhook_networks: Vec<IpNet>,
    /// Of one credential.
    pub(crate) requests_per_second: Option<NonZeroU32>,
    /// Where an existing cluster is: there is no broker here then.
    pub(crate) system: Option<String>,
    /// A creds file of that cluster's system account.
    pub(crate) creds: Option<PathBuf>,
}

/// Everything that a file can say. What it does not say is absent, so that flags and each program
/// can have their own defaults.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) host: Option<String>,
    pub(crate) port: Option<Port>,
    pub(crate) server_name: Option<String>,
    /// What clients are told to connect to, as it was written.
    pub(crate) client_advertise: Option<String>,
    /// Shown in monitoring and with everything that the system account says.
    pub(crate) tags: Vec<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    /// Put before the paths of monitoring.
    pub(crate) http_base_path: Option<String>,
    /// Monitoring over HTTP; off when absent.
    pub(crate) http: Option<Endpoint>,
    /// The same with TLS; never both.
    pub(crate) https: Option<Endpoint>,
    /// TLS of the listener for clients.
    pub(crate) tls: Option<TlsOptions>,
    /// Clients may do without it.
    pub(crate) allow_non_tls: bool,
    pub(crate) websocket: Option<WebSocketBlock>,
    /// A load balancer in front says where clients come from.
    pub(crate) proxy_protocol: bool,
    pub(crate) limits: Limits,
    pub(crate) write_timeout: WriteTimeout,
    /// Fast producers are not held back.
    pub(crate) no_producer_stall: bool,
    /// Messages have no headers.
    pub(crate) no_headers: bool,
    /// Connections remember no routes.
    pub(crate) no_cache: bool,
    /// A user JWT for clients that bring none.
    pub(crate) default_sentinel: Option<String>,
    pub(crate) lame_duck_duration: Option<Duration>,
    pub(crate) lame_duck_grace: Option<Duration>,
    /// How long an account stays in memory after its last use; ours alone.
    pub(crate) account_idle_time: Option<Duration>,
    /// Keys of proxies whose word is taken.
    pub(crate) trusted_proxies: Vec<PublicKey>,
    /// Operator mode.
    pub(crate) trust: Option<TrustOptions>,
    /// Whom the configuration itself names, without operators; empty: everybody.
    pub(crate) setup: Setup,
    pub(crate) pid_file: Option<PathBuf>,
    pub(crate) ports_file_dir: Option<PathBuf>,
    pub(crate) log: LogOptions,
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) admin_api: AdminApiOptions,
    pub(crate) onboarding: OnboardingOptions,
    pub(crate) otel: Option<OtelOptions>,
    /// What was accepted but should be written differently.
    pub(crate) warnings: Vec<Problem>,
    /// SHA-256 of the parsed file in hexadecimal, so that an operator sees which one is loaded.
    pub(crate) digest: Option<String>,
}

/// Reads a configuration file for one of the programs.
pub(crate) fn load(path: &Path, face: Face) -> Result<Options, ConfigError> {
    let tree = config::load(path, &|name| std::env::var(name).ok())?;
    let mut options = directives::read(&tree, face).map_err(ConfigError::Meaning)?;
    if tree.entries().next().is_none() {
        let warning = Problem::of_file(path, "config has no values or is empty");
        options.warnings.push(warning);
    }
    let digest = Sha256::digest(tree.canonical());
    options.digest = Some(HEXLOWER.encode(&digest));
    Ok(options)
}
