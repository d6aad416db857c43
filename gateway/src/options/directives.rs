//! The table of directives: served ones, ones of one program only, and nats-server's others.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use accounts::callout;
use ipnet::IpNet;

use super::accounts::{Read, SetupReader};
use super::trust::TrustReader;
use super::{AdminApiOptions, Endpoint, Face, Options};
use super::{fields, node, onboarding, otel, proxies, transport};
use crate::config::{Entry, Map, Node, Position, Problem, Value};

/// nats-server's directives that this version does not serve. To pass over one of them could open
/// what its author meant to close, so each is refused by name.
const UNSUPPORTED: &[&str] = &[
    "cluster",
    "default_js_domain",
    "gateway",
    "jetstream",
    "leaf",
    "leafnodes",
    "mqtt",
    "ocsp",
    "ocsp_cache",
    "prof_block_rate",
    "prof_port",
];

const MAX_PAYLOAD_DEFAULT: usize = 1 << 20;
const MAX_PENDING_DEFAULT: usize = 64 << 20;

pub(super) fn read(tree: &Map, face: Face) -> Result<Options, Vec<Problem>> {
    let mut reader = Reader {
        face,
        options: Options::default(),
        trust: TrustReader::default(),
        setup: SetupReader::default(),
        system_account: None,
    };
    let mut problems = Vec::new();
    for entry in tree.entries() {
        if let Err(problem) = reader.directive(entry) {
            problems.push(problem);
        }
    }
    let Reader {
        mut options,
        trust,
        setup,
        system_account,
        ..
    } = reader;
    let has_operators = trust.has_operators();
    match trust.finish(system_account.as_ref()) {
        Ok(trust) => options.trust = trust,
        Err(problem) => problems.push(problem),
    }
    match setup.finish(system_account, has_operators) {
        Ok(Read {
            setup,
            timeout,
            warnings,
        }) => {
            options.setup = setup;
            options.limits.auth_timeout = timeout.or(options.limits.auth_timeout);
            options.warnings.extend(warnings);
        }
        Err(found) => problems.extend(found),
    }
    let websocket = options.websocket.as_ref().and_then(|it| it.tls.as_ref());
    let blocks = [options.tls.as_ref(), websocket];
    if let Some(block) = options.websocket.as_ref().filter(|it| it.port.is_some()) {
        options.setup.websocket = block.door.clone();
    }
    options.setup.maps_certificates = blocks.into_iter().flatten().any(|tls| tls.map);
    if face == Face::Server {
        check_sentinel_has_operator(&options, tree, &mut problems);
    }
    // `serve` has an operator of its own.
    let has_operators = has_operators || face == Face::Serve;
    transport::check_together(&options, tree, has_operators, &mut problems);
    check_together(&mut options, tree, &mut problems);
    if problems.is_empty() {
        Ok(options)
    } else {
        Err(problems)
    }
}

struct Reader {
    face: Face,
    options: Options,
    trust: TrustReader,
    setup: SetupReader,
    /// A key under operators, a name without.
    system_account: Option<(String, Position)>,
}

impl Reader {
    fn directive(&mut self, entry: &Entry) -> Result<(), Problem> {
        let name = entry.name();
        let node = &entry.node;
        if self.listener(&name, node)?
            || self.limit(&name, node)?
            || transport::directive(&mut self.options, &name, node)?
            || self.login(&name, entry)?
            || node::directive(&mut self.options, &name, entry)?
            || self.of_one_program(&name, entry)?
        {
            return Ok(());
        }
        if UNSUPPORTED.contains(&name.as_str()) {
            return Err(unsupported(&entry.key_at, &entry.key));
        }
        if entry.is_variable {
            return Ok(());
        }
        let message = format!(
            "unknown field {:?}; check its spelling, or remove it",
            crate::config::shorten(&entry.key)
        );
        Err(Problem::new(entry.key_at.clone(), message))
    }

    fn listener(&mut self, name: &str, node: &Node) -> Result<bool, Problem> {
        let options = &mut self.options;
        match name {
            "host" | "net" => options.host = Some(fields::text(node)?.to_owned()),
            "port" => options.port = fields::port(node)?,
            "listen" => {
                let Endpoint { host, port } = fields::endpoint(node)?;
                options.host = host.or(options.host.take());
                options.port = Some(port);
            }
            "http" => options.http = Some(fields::endpoint(node)?),
            "http_port" | "monitor_port" => {
                options.http = fields::port(node)?.map(|port| Endpoint { host: None, port });
            }
            "server_name" => options.server_name = Some(server_name(node)?),
            "pid_file" | "pidfile" => options.pid_file = fields::path(node)?,
            "ports_file_dir" => options.ports_file_dir = fields::path(node)?,
            "lame_duck_duration" => {
                self.options.lame_duck_duration = self.duration(name, node)?;
            }
            "lame_duck_grace_period" => {
                self.options.lame_duck_grace = self.duration(name, node)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn limit(&mut self, name: &str, node: &Node) -> Result<bool, Problem> {
        let limits = &mut self.options.limits;
        match name {
            "max_connections" | "max_conn" => limits.max_connections = Some(fields::count(node)?),
            "max_payload" => limits.max_payload = fields::size(node)?,
            "max_control_line" => limits.max_control_line = fields::size(node)?,
            "max_pending" => limits.max_pending = fields::large_size(node)?,
            "max_subscriptions" | "max_subs" => {
                limits.max_subscriptions = Some(fields::count(node)?);
            }
            "ping_max" => {
                limits.ping_max = fields::size(node)?.and_then(|value| u32::try_from(value).ok());
            }
            "ping_interval" => {
                self.options.limits.ping_interval = self.duration(name, node)?;
            }
            "account_idle_time" => {
                self.options.account_idle_time = self.duration(name, node)?;
            }
            "write_deadline" => {
                self.options.limits.write_deadline = self.duration(name, node)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn login(&mut self, name: &str, entry: &Entry) -> Result<bool, Problem> {
        let node = &entry.node;
        match name {
            "proxies" => self.options.trusted_proxies = proxies::read(node)?,
            "default_sentinel" => {
                let token = fields::text(node)?.trim();
                let problem = |error| node.problem(format!("{error}"));
                callout::check_sentinel(token).map_err(problem)?;
                self.options.default_sentinel = Some(token.to_owned());
            }
            _ if self.face == Face::Serve => return self.refuse_setup(name, entry),
            _ => return Ok(self.setup.directive(name, entry)),
        }
        Ok(true)
    }

    /// `serve` has an operator, and accounts of its own; the time for a login can be set.
    fn refuse_setup(&mut self, name: &str, entry: &Entry) -> Result<bool, Problem> {
        let inner = match &entry.node.value {
            Value::Map(map) if name == "authorization" => map
                .entries()
                .find(|entry| entry.name() != "timeout" && !entry.is_variable),
            _ => None,
        };
        let is_one = self.setup.directive(name, entry);
        match inner.or_else(|| (is_one && name != "authorization").then_some(entry)) {
            Some(wrong) => {
                self.setup = SetupReader::default();
                Err(not_for_serve(wrong))
            }
            None => Ok(is_one),
        }
    }

    fn of_one_program(&mut self, name: &str, entry: &Entry) -> Result<bool, Problem> {
        let wrong = |message: String| Err(Problem::new(entry.key_at.clone(), message));
        match name {
            "operator"
            | "operators"
            | "roots"
            | "trusted"
            | "trusted_keys"
            | "resolver"
            | "account_resolver"
            | "accounts_resolver"
            | "resolver_preload"
            | "resolver_pinned_accounts"
            | "resolver_tls" => {
                if self.face == Face::Serve {
                    return Err(not_for_serve(entry));
                }
                self.trust.directive(name, entry)?;
            }
            "system_account" | "system" => {
                if self.face == Face::Serve {
                    return Err(not_for_serve(entry));
                }
                let name = fields::text(&entry.node)?.to_owned();
                self.system_account = Some((name, entry.node.at.clone()));
            }
            "admin_api" | "onboarding" | "otel" | "data_dir" => {
                if self.face == Face::Server {
                    return wrong(format!(
                        "{:?} is for `tidegate serve` only; remove it, or run `tidegate serve`",
                        entry.key
                    ));
                }
                let node = &entry.node;
                match name {
                    "admin_api" => self.options.admin_api = admin_api(node)?,
                    "onboarding" => self.options.onboarding = onboarding::read(node)?,
                    "otel" => self.options.otel = Some(otel::read(node)?),
                    _ => self.options.data_dir = Some(fields::non_empty(node)?.into()),
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// `None`, for the default, when it is zero.
    fn duration(&mut self, name: &str, node: &Node) -> Result<Option<Duration>, Problem> {
        let (duration, is_plain_number) = match fields::is_zero_duration(node) {
            true => (None, !matches!(node.value, Value::Text(_))),
            false => fields::duration(node).map(|(duration, plain)| (Some(duration), plain))?,
        };
        if is_plain_number {
            let message = format!("{name} is read as seconds; write it with a unit, as in 2s");
            self.options.warnings.push(node.problem(message));
        }
        Ok(duration)
    }
}

fn not_for_serve(entry: &Entry) -> Problem {
    let message = format!(
        "{:?} is not for `tidegate serve`, which has an operator of its own; remove it, or run \
         `tidegate server`",
        entry.key
    );
    Problem::new(entry.key_at.clone(), message)
}

fn admin_api(node: &Node) -> Result<AdminApiOptions, Problem> {
    let mut options = AdminApiOptions::default();
    for entry in fields::map(node)?.entries() {
        let node = &entry.node;
        match entry.name().as_str() {
            "listen" => options.listen = Some(fields::endpoint(node)?),
            "database_url" => options.database_url = Some(fields::non_empty(node)?.to_owned()),
            "vault_key_file" => options.vault_key_file = Some(fields::non_empty(node)?.into()),
            "system" => options.system = Some(cluster_urls(node)?),
            "creds" => options.creds = Some(fields::non_empty(node)?.into()),
            "tls" => options.tls = Some(super::tls::read(node)?),
            "allowed_hosts" => {
                let names = fields::one_or_more(node).iter();
                let names = names.map(|name| fields::non_empty(name).map(str::to_owned));
                options.allowed_hosts = names.collect::<Result<_, _>>()?;
            }
            "trusted_proxies" => options.trusted_proxies = networks(node)?,
            "webhook_networks" => options.webhook_networks = networks(node)?,
            "requests_per_second" => options.requests_per_second = Some(rate(node)?),
            _ if entry.is_variable => {}
            _ => {
                let message = format!(
                    "unknown field {:?} in admin_api; \
                     it has listen, tls, database_url, vault_key_file, system, creds, \
                     allowed_hosts, trusted_proxies, webhook_networks and requests_per_second",
                    crate::config::shorten(&entry.key)
                );
                return Err(Problem::new(entry.key_at.clone(), message));
            }
        }
    }
    Ok(options)
}

/// Addresses of a cluster's servers, a comma between two.
fn cluster_urls(node: &Node) -> Result<String, Problem> {
    let text = fields::non_empty(node)?;
    let urls: Vec<&str> = text.split(',').map(str::trim).collect();
    let is_url = |url: &&str| {
        let rest = url.strip_prefix("nats://").or(url.strip_prefix("tls://"));
        rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(['@', ' ']))
    };
    match urls.iter().all(is_url) {
        true => Ok(urls.join(",")),
        false => Err(node.problem(
            "write addresses like \"nats://a:4222, nats://b:4222\", without a login in them; \
             `creds` names a creds file",
        )),
    }
}

fn networks(node: &Node) -> Result<Vec<IpNet>, Problem> {
    fields::one_or_more(node).iter().map(network).collect()
}

fn network(node: &Node) -> Result<IpNet, Problem> {
    let text = fields::text(node)?;
    let network = text.parse::<IpNet>().ok();
    network
        .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
        .ok_or_else(|| node.problem("must be an address or a network like 10.0.0.0/8"))
}

fn rate(node: &Node) -> Result<NonZeroU32, Problem> {
    let number = u32::try_from(fields::integer(node)?).ok();
    number
        .and_then(NonZeroU32::new)
        .ok_or_else(|| node.problem("must be at least 1"))
}

pub(super) fn unsupported(at: &Position, name: &str) -> Problem {
    let message = format!(
        "{name:?} is not supported by this version of tidegate; remove it or run nats-server"
    );
    Problem::new(at.clone(), message)
}

/// A name goes into INFO, logs and subjects of events.
fn server_name(node: &Node) -> Result<String, Problem> {
    let name = fields::text(node)?;
    if name.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(node.problem("a server name has no blanks; write it in one word"));
    }
    Ok(name.to_owned())
}

/// Without an operator nobody needs a token, and the author meant otherwise.
fn check_sentinel_has_operator(options: &Options, tree: &Map, problems: &mut Vec<Problem>) {
    let named = |entry: &&Entry| entry.name() == "default_sentinel";
    if let Some(entry) = tree.entries().find(named)
        && options.trust.is_none()
        && problems.is_empty()
    {
        let message = "default_sentinel needs an operator; add `operator: <JWT or file>`";
        problems.push(Problem::new(entry.key_at.clone(), message));
    }
}

/// What only shows when everything is known.
fn check_together(options: &mut Options, tree: &Map, problems: &mut Vec<Problem>) {
    let place = |name: &str| {
        let entry = tree.entries().find(|entry| entry.name() == name)?;
        Some(entry.node.at.clone())
    };
    let limits = &options.limits;
    let max_payload = limits.max_payload.unwrap_or(MAX_PAYLOAD_DEFAULT);
    let max_pending = limits.max_pending.unwrap_or(MAX_PENDING_DEFAULT);
    if let Some(at) = place("max_payload").or_else(|| place("max_pending"))
        && max_payload > max_pending
    {
        let message = format!(
            "max_payload ({max_payload}) cannot be larger than max_pending ({max_pending})"
        );
        problems.push(Problem::new(at, message));
    }
    if let (Some(duration), Some(grace), Some(at)) = (
        options.lame_duck_duration,
        options.lame_duck_grace,
        place("lame_duck_grace_period"),
    ) && grace >= duration
    {
        let message = "lame_duck_grace_period must be shorter than lame_duck_duration";
        problems.push(Problem::new(at, message));
    }
}
