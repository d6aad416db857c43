//! What both programs do when they start: the broker's configuration, the runtime, the files that
//! tell others about this process.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;
use std::time::Duration;

use accounts::configured::Setup;
use anyhow::Context;
use broker::{Auth, Config, LameDuck, Live, PROTOCOL_VERSION, Resolver, ServerLimits, Tracing};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};
use tokio::runtime::Builder;

use crate::account_url::AccountUrl;
use crate::data_dir::write_whole;
use crate::local_zone;
use crate::options::{Advertised, Options, ResolverKind, TrustOptions, WriteTimeout};

/// Anybody may read them.
const PUBLIC_FILE: u32 = 0o644;

/// Time to log in after a TLS handshake that took all of its own.
const AUTH_AFTER_TLS: Duration = Duration::from_secs(1);

/// What a stop waits for threads that are still in a file operation.
const THREADS_WAIT_MAX: Duration = Duration::from_secs(1);

/// Runs a program's life in a runtime of its own.
pub(crate) fn run<T>(life: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    raise_file_limit();
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("start the runtime")?;
    let outcome = runtime.block_on(life);
    runtime.shutdown_timeout(THREADS_WAIT_MAX);
    outcome
}

/// A connection is an open file, and shells commonly allow 1,024 of them unless asked for more.
fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "cannot raise the limit of open files, which bounds connections");
    }
}

/// The broker's configuration, of which `INFO` announces `host` and `port`.
pub(crate) fn broker_config(options: &Options, auth: Auth, host: &str, port: u16) -> Config {
    let (advertise_host, advertise_port) = advertised(options, host, port);
    let log = &options.log;
    Config {
        server_name: server_name(options),
        version: PROTOCOL_VERSION.to_owned(),
        advertise_host,
        advertise_port,
        tags: options.tags.clone(),
        metadata: options.metadata.clone(),
        limits: limits(options),
        headers: !options.no_headers,
        remember_routes: !options.no_cache,
        tracing: Tracing {
            headers_only: log.trace_headers,
            payload_max: log.traced_len_max,
        },
        auth,
        trusted_proxies: options.trusted_proxies.clone(),
        lame_duck: lame_duck(options),
        local_zone: local_zone::read(),
        account_idle_time: options
            .account_idle_time
            .unwrap_or(broker::ACCOUNT_IDLE_TIME),
    }
}

/// Operator mode out of a configuration file, or whom the configuration names itself. Waits for a
/// server that accounts are to come from, to see whether it answers.
pub(crate) async fn auth(
    trust: Option<TrustOptions>,
    setup: Setup,
    default_sentinel: Option<String>,
) -> anyhow::Result<Auth> {
    let Some(TrustOptions {
        trusted,
        system_account,
        resolver,
        preload,
        pinned,
    }) = trust
    else {
        return Ok(Auth::Configured(Box::new(setup)));
    };
    let resolver = match resolver {
        ResolverKind::Memory => Resolver::Memory { preload },
        ResolverKind::Directory {
            path,
            deletion,
            limit,
        } => Resolver::Directory {
            path,
            preload,
            deletion,
            limit,
        },
        ResolverKind::Cache {
            path,
            limit,
            ttl,
            timeout,
        } => Resolver::Cache {
            path,
            preload,
            limit,
            ttl,
            timeout,
        },
        ResolverKind::Url { url, tls } => {
            let source = AccountUrl::new(&url, &tls)?;
            source.check().await?;
            Resolver::Remote {
                source: Arc::new(source),
            }
        }
    };
    Ok(Auth::Operator {
        trusted,
        system_account,
        resolver,
        default_sentinel: default_sentinel.map(String::into_boxed_str),
        pinned,
    })
}

/// The part of it that a reload may change.
pub(crate) fn live(options: &Options, host: &str, port: u16) -> Live {
    Live {
        default_sentinel: options.default_sentinel.as_deref().map(Box::from),
        ..Live::of(&broker_config(options, Auth::open(), host, port))
    }
}

pub(crate) fn lame_duck(options: &Options) -> LameDuck {
    let default = LameDuck::default();
    let duration = options.lame_duck_duration.unwrap_or(default.duration);
    let grace = options
        .lame_duck_grace
        .unwrap_or(default.grace.min(duration / 2));
    LameDuck { duration, grace }
}

/// What `INFO` announces: where it listens, unless clients are to be told otherwise. A text that
/// makes no sense was refused when it was read.
fn advertised(options: &Options, host: &str, port: u16) -> (String, u16) {
    let told = options.client_advertise.as_deref();
    match told.and_then(|text| Advertised::parse(text).ok()) {
        Some(told) => (told.host, told.port.unwrap_or(port)),
        None => (host.to_owned(), port),
    }
}

pub(crate) fn limits(options: &Options) -> ServerLimits {
    let default = ServerLimits::default();
    // The handshake takes its time first; nats-server gives a second on top of it.
    let auth_timeout = match &options.tls {
        Some(tls) => tls.timeout + AUTH_AFTER_TLS,
        None => default.auth_timeout,
    };
    let stall_producers = !options.no_producer_stall;
    let write_timeout = match options.write_timeout {
        WriteTimeout::Default | WriteTimeout::Close => broker::WriteTimeout::Close,
        WriteTimeout::Retry => broker::WriteTimeout::Retry,
    };
    let options = &options.limits;
    ServerLimits {
        max_connections: options.max_connections.unwrap_or(default.max_connections),
        max_payload: options.max_payload.unwrap_or(default.max_payload),
        max_control_line: options.max_control_line.unwrap_or(default.max_control_line),
        max_pending: options.max_pending.unwrap_or(default.max_pending),
        max_subscriptions: options
            .max_subscriptions
            .unwrap_or(default.max_subscriptions),
        max_sub_tokens: options.max_sub_tokens.unwrap_or(default.max_sub_tokens),
        ping_interval: options.ping_interval.unwrap_or(default.ping_interval),
        ping_max: options.ping_max.unwrap_or(default.ping_max),
        auth_timeout: options.auth_timeout.unwrap_or(auth_timeout),
        write_deadline: options.write_deadline.unwrap_or(default.write_deadline),
        write_timeout,
        stall_producers,
    }
}

/// The configured name, or the machine's.
pub(crate) fn server_name(options: &Options) -> String {
    let host = || {
        rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned()
    };
    options
        .server_name
        .clone()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(host)
}

/// Where nats-server would write the ports file of this process.
pub(crate) fn ports_file(folder: &Path) -> PathBuf {
    let called = env::args_os().next().unwrap_or_default();
    let program = Path::new(&called)
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    folder.join(format!("{program}_{}.ports", process::id()))
}

/// A file that says something about the running process and goes when it stops.
#[derive(Debug)]
pub(crate) struct Notice {
    path: PathBuf,
}

impl Notice {
    pub(crate) fn json(path: PathBuf, content: &Value) -> anyhow::Result<Self> {
        write_whole(&path, content.to_string().as_bytes(), PUBLIC_FILE)?;
        Ok(Self { path })
    }
}

impl Drop for Notice {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = fs::remove_file(&self.path);
    }
}

/// What a ports file says: URLs of listeners, by the names that they have there.
pub(crate) fn ports(listening: &[(&str, Option<String>)]) -> Value {
    let given = listening.iter();
    given
        .filter_map(|(name, url)| Some(((*name).to_owned(), json!([url.as_ref()?]))))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Where a server listens, for a ports file that can be moved.
#[derive(Debug)]
pub(crate) struct Places {
    host: String,
    port: u16,
    ports: Value,
    notice: Option<Notice>,
}

impl Places {
    /// The listener for clients, and what the file says of all.
    pub(crate) fn new(host: &str, port: u16, ports: Value) -> Self {
        Self {
            host: host.to_owned(),
            port,
            ports,
            notice: None,
        }
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Writes the ports file, if it has a folder.
    pub(crate) fn publish(&mut self, folder: Option<&Path>) -> anyhow::Result<()> {
        if let Some(folder) = folder {
            self.notice = Some(Notice::json(ports_file(folder), &self.ports)?);
        }
        Ok(())
    }

    /// Removes it.
    pub(crate) fn withdraw(&mut self) {
        self.notice = None;
    }
}

/// The process id in digits only; nats-server leaves this file behind, and so do we.
pub(crate) fn write_pid_file(path: &Path) -> anyhow::Result<()> {
    write_whole(path, process::id().to_string().as_bytes(), PUBLIC_FILE)
}
