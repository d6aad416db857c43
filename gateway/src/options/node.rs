//! Directives about this one server: how it is named and advertised, what it logs, and the ones
//! that only mean something beside features that it does not have.

use super::fields;
use super::{Options, WriteTimeout};
use crate::config::{Entry, Node, Problem, Value};

/// What clients are told to connect to: `HOST`, `HOST:PORT`, `[IPV6]:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Advertised {
    pub(crate) host: String,
    /// The listener's own when absent.
    pub(crate) port: Option<u16>,
}

impl Advertised {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "expected HOST:PORT to tell clients, as in nats.example.com:4222, \
                                found {text:?}"
            )
        };
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.starts_with('[') => {
                let port = port.parse::<i32>().map_err(|_| wrong())?;
                // nats-server takes 0 and -1 for the port that it listens on.
                let port = match port {
                    0 | -1 => None,
                    port => Some(u16::try_from(port).map_err(|_| wrong())?),
                };
                (host, port)
            }
            Some(_) => return Err(wrong()),
            None => (text, None),
        };
        let host = match host.strip_prefix('[') {
            Some(rest) => rest.strip_suffix(']').ok_or_else(wrong)?,
            None => host,
        };
        if host.is_empty() || host.contains(char::is_whitespace) {
            return Err(wrong());
        }
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }
}

/// Reads `entry` if it is one of these.
pub(super) fn directive(options: &mut Options, name: &str, entry: &Entry) -> Result<bool, Problem> {
    Ok(about_the_server(options, name, entry)?
        || about_the_log(options, name, &entry.node)?
        || about_clients(options, name, &entry.node)?
        || without_effect(name, entry)?)
}

fn about_the_server(options: &mut Options, name: &str, entry: &Entry) -> Result<bool, Problem> {
    let node = &entry.node;
    match name {
        "client_advertise" => {
            let text = fields::text(node)?;
            options.client_advertise = Some(text.to_owned()).filter(|text| !text.is_empty());
            if let Some(text) = &options.client_advertise {
                Advertised::parse(text).map_err(|why| node.problem(why))?;
            }
        }
        "http_base_path" => options.http_base_path = Some(fields::text(node)?.to_owned()),
        "server_tags" => {
            for tag in fields::one_or_more(node) {
                let tag = fields::text(tag)?.trim().to_lowercase();
                if !tag.is_empty() && !options.tags.contains(&tag) {
                    options.tags.push(tag);
                }
            }
        }
        "server_metadata" => {
            for entry in fields::map(node)?.entries() {
                let value = fields::text(&entry.node)?.to_owned();
                options.metadata.insert(entry.key.clone(), value);
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn about_the_log(options: &mut Options, name: &str, node: &Node) -> Result<bool, Problem> {
    let log = &mut options.log;
    let text = |node| fields::text(node).map(|text| Some(text).filter(|it| !it.is_empty()));
    match name {
        "debug" => log.debug = fields::flag(node)?,
        "trace" => log.trace = fields::flag(node)?,
        // Each of these two is a kind of trace.
        "trace_verbose" => {
            log.trace_verbose = fields::flag(node)?;
            log.trace = log.trace_verbose;
        }
        "trace_headers" => {
            log.trace_headers = fields::flag(node)?;
            log.trace = log.trace_headers;
        }
        "max_traced_msg_len" => log.traced_len_max = fields::bound(node)?,
        "logtime" => log.with_time = fields::flag(node)?,
        "logtime_utc" => log.utc = fields::flag(node)?,
        "log_file" | "logfile" => log.file = fields::path(node)?,
        "log_size_limit" | "logfile_size_limit" => {
            log.size_limit = fields::bound(node)?.map(|limit| limit as u64);
        }
        "log_max_num" | "logfile_max_num" => log.files_max = fields::bound(node)?,
        "syslog" => log.syslog = fields::flag(node)?,
        "remote_syslog" => log.remote_syslog = text(node)?.map(str::to_owned),
        _ => return Ok(false),
    }
    Ok(true)
}

fn about_clients(options: &mut Options, name: &str, node: &Node) -> Result<bool, Problem> {
    match name {
        "max_sub_tokens" | "max_subscription_tokens" => {
            let tokens = u8::try_from(fields::integer(node)?).ok();
            let tokens = tokens.filter(|tokens| *tokens > 0);
            let wrong = || node.problem("expected a number of tokens from 1 to 255");
            options.limits.max_sub_tokens = Some(tokens.ok_or_else(wrong)?);
        }
        "no_fast_producer_stall" => options.no_producer_stall = fields::flag(node)?,
        "no_header_support" => options.no_headers = fields::flag(node)?,
        "disable_sublist_cache" | "no_sublist_cache" => options.no_cache = fields::flag(node)?,
        "write_timeout" => {
            options.write_timeout = match fields::text(node)? {
                "default" => WriteTimeout::Default,
                "close" => WriteTimeout::Close,
                "retry" => WriteTimeout::Retry,
                _ => return Err(node.problem("expected one of default, close and retry")),
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// What asks for nothing here, or for nothing at all.
fn without_effect(name: &str, entry: &Entry) -> Result<bool, Problem> {
    let node = &entry.node;
    match name {
        // How often failed connections to other servers are told.
        "connect_error_reports" | "reconnect_error_reports" => {
            fields::integer(node)?;
        }
        // Harnesses give a store directory whether or not there is anything to store.
        "store_dir" | "storedir" => {
            fields::text(node)?;
        }
        // All flags that nats-server has are about JetStream.
        "feature_flags" => {
            for flag in fields::map(node)?.entries() {
                fields::flag(&flag.node)?;
            }
        }
        "jetstream" if is_switched_off(node) => {}
        "ocsp" | "ocsp_cache" if is_switched_off(node) => {}
        "default_js_domain" if is_empty_map(node) => {}
        "prof_port" | "prof_block_rate"
            if matches!(node.value, Value::Integer { value: 0, .. }) => {}
        _ => return Ok(false),
    }
    Ok(true)
}

fn is_empty_map(node: &Node) -> bool {
    matches!(&node.value, Value::Map(map) if map.entries().next().is_none())
}

/// `jetstream: false`, `jetstream: disabled`, `jetstream { enabled: false }`.
pub(super) fn is_switched_off(node: &Node) -> bool {
    match &node.value {
        Value::Bool { value, .. } => !value,
        Value::Text(text) => {
            text.eq_ignore_ascii_case("disabled") || text.eq_ignore_ascii_case("disable")
        }
        Value::Map(map) => map.entries().any(|entry| {
            let switch = match entry.node.value {
                Value::Bool { value, .. } => value,
                _ => return false,
            };
            match entry.name().as_str() {
                "enabled" | "enable" => !switch,
                "disabled" | "disable" => switch,
                _ => false,
            }
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_are_told_has_a_host_and_perhaps_a_port() {
        let parsed = |text| {
            let Advertised { host, port } = Advertised::parse(text).ok()?;
            Some((host, port))
        };
        assert_eq!(parsed("h:1"), Some(("h".to_owned(), Some(1))));
        assert_eq!(parsed("h"), Some(("h".to_owned(), None)));
        assert_eq!(parsed("h:-1"), Some(("h".to_owned(), None)));
        assert_eq!(parsed("[::1]:1"), Some(("::1".to_owned(), Some(1))));
        for text in ["", ":1", "::1", "h:x", "h:70000", "[::1:1", "a b:1"] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
