//! Every option, and what a change of it means for a running server.
//!
//! Names and sentences are nats-server's (`server/reload.go`): tools search logs for them.

use std::fmt::Debug;
use std::time::Duration;

use accounts::nkeys::PublicKey;

use crate::options::{AdminApiOptions, Endpoint, OnboardingOptions, Options, Port, WebSocketBlock};
use crate::startup;

/// An option as it is compared and shown.
struct Row {
    /// What it is called in a refusal (a field of nats-server's options) or in the log.
    name: &'static str,
    /// Its value, defaults filled in.
    show: fn(&Options) -> String,
    change: Change,
}

/// What becomes of a change.
enum Change {
    /// It is taken: `Reloaded: <name> = <new value>`.
    Taken,
    /// It is taken, and its value is not for the log.
    TakenInSilence,
    /// It is taken and told in words of its own, which end in the new value.
    TakenAs(fn(&Options) -> String),
    /// It is taken, and what to say depends on what was before.
    TakenInDetail(fn(&Options, &Options) -> Vec<String>),
    /// The server has to be restarted.
    Refused,
    /// The same, except where this holds.
    RefusedUnless(fn(&Options, &Options) -> bool),
    /// The same, and its value is not for the log.
    RefusedInSilence,
}

/// What to say about each change from `old` to `new`, or why they cannot be taken.
pub(super) fn compare(old: &Options, new: &Options) -> Result<Vec<String>, String> {
    let mut said = Vec::new();
    for Row { name, show, change } in ROWS {
        let (was, is) = (show(old), show(new));
        if was == is {
            continue;
        }
        match change {
            Change::Taken => said.push(format!("Reloaded: {name} = {is}")),
            Change::TakenInSilence => said.push(format!("Reloaded: {name}")),
            Change::TakenAs(text) => said.push(text(new)),
            Change::TakenInDetail(texts) => said.extend(texts(old, new)),
            Change::RefusedUnless(is_taken) if is_taken(old, new) => {}
            Change::RefusedInSilence => {
                return Err(format!("config reload not supported for {name}"));
            }
            Change::Refused | Change::RefusedUnless(_) => {
                return Err(format!(
                    "config reload not supported for {name}: old={was}, new={is}"
                ));
            }
        }
    }
    Ok(said)
}

const fn taken(name: &'static str, show: fn(&Options) -> String) -> Row {
    let change = Change::Taken;
    Row { name, show, change }
}

const fn silent(name: &'static str, show: fn(&Options) -> String) -> Row {
    let change = Change::TakenInSilence;
    Row { name, show, change }
}

const fn refused(name: &'static str, show: fn(&Options) -> String) -> Row {
    let change = Change::Refused;
    Row { name, show, change }
}

const fn refused_silently(name: &'static str, show: fn(&Options) -> String) -> Row {
    let change = Change::RefusedInSilence;
    Row { name, show, change }
}

const ROWS: &[Row] = &[
    // What holds for as long as the process runs.
    refused("ServerName", |it| text(&it.server_name)),
    refused("Host", |it| text(&it.host)),
    refused("Port", |it| port(it.port.as_ref())),
    refused("HTTPHost", |it| {
        text(&it.http.as_ref().and_then(|http| http.host.clone()))
    }),
    refused("HTTPPort", |it| endpoint(it.http.as_ref())),
    refused("HTTPSPort", |it| endpoint(it.https.as_ref())),
    refused("ProxyProtocol", |it| it.proxy_protocol.to_string()),
    refused("AllowNonTLS", |it| it.allow_non_tls.to_string()),
    refused("Websocket", |it| {
        let block = it.websocket.clone();
        debug(&block.map(|block| WebSocketBlock { tls: None, ..block }))
    }),
    refused_silently("Websocket", |it| it.setup.websocket.secrets_digest()),
    refused("DataDir", |it| path(it.data_dir.as_deref())),
    refused_silently("AdminApi", |it| {
        let block = it.admin_api.clone();
        debug(&AdminApiOptions { tls: None, ..block })
    }),
    refused("Onboarding", |it| {
        let block = it.onboarding.clone();
        debug(&OnboardingOptions { tls: None, ..block })
    }),
    refused_silently("Otel", |it| {
        let headers = it.otel.as_ref().and_then(|otel| otel.headers.as_ref());
        let values = headers.map(|it| it.0.iter().map(|(_, value)| value.as_bytes()));
        let values = values.map(Iterator::collect::<Vec<_>>);
        format!("{:?} {values:?}", it.otel)
    }),
    refused("HTTPBasePath", |it| text(&it.http_base_path)),
    refused("MaxPending", |it| {
        startup::limits(it).max_pending.to_string()
    }),
    refused("MaxSubs", |it| {
        startup::limits(it).max_subscriptions.to_string()
    }),
    refused("MaxSubTokens", |it| {
        startup::limits(it).max_sub_tokens.to_string()
    }),
    refused("WriteTimeout", |it| debug(&it.write_timeout).to_lowercase()),
    refused("LameDuckDuration", |it| {
        duration(startup::lame_duck(it).duration)
    }),
    refused("LameDuckGracePeriod", |it| {
        duration(startup::lame_duck(it).grace)
    }),
    refused("NoHeaderSupport", |it| it.no_headers.to_string()),
    refused("NoSublistCache", |it| it.no_cache.to_string()),
    refused("LogSizeLimit", |it| {
        it.log.size_limit.unwrap_or(0).to_string()
    }),
    refused("LogMaxFiles", |it| {
        it.log.files_max.unwrap_or(0).to_string()
    }),
    refused("AccountIdleTime", |it| debug(&it.account_idle_time)),
    refused_silently("TrustedOperators", |it| {
        debug(&it.trust.as_ref().map(|trust| &trust.trusted))
    }),
    refused("SystemAccount", |it| {
        let trust = it.trust.as_ref();
        let key = trust.and_then(|trust| trust.system_account);
        key.map_or_else(|| text(&it.setup.system_account), |key| key.to_string())
    }),
    refused("NoSystemAccount", |it| {
        it.setup.no_system_account.to_string()
    }),
    refused("AccountResolver", |it| {
        debug(&it.trust.as_ref().map(|trust| &trust.resolver))
    }),
    refused_silently("ResolverPinnedAccounts", |it| {
        debug(&it.trust.as_ref().map(|trust| &trust.pinned))
    }),
    silent("default_sentinel", |it| text(&it.default_sentinel)),
    silent("accounts", |it| {
        debug(&it.trust.as_ref().map(|trust| &trust.preload))
    }),
    // The log.
    taken("trace", |it| it.log.trace.to_string()),
    taken("trace_verbose", |it| it.log.trace_verbose.to_string()),
    taken("trace_headers", |it| it.log.trace_headers.to_string()),
    taken("max_traced_msg_len", |it| {
        it.log.traced_len_max.unwrap_or(0).to_string()
    }),
    taken("debug", |it| it.log.debug.to_string()),
    taken("logtime", |it| it.log.with_time.to_string()),
    taken("logtime_utc", |it| it.log.utc.to_string()),
    taken("log_file", |it| path(it.log.file.as_deref())),
    taken("syslog", |it| it.log.syslog.to_string()),
    taken("remote_syslog", |it| text(&it.log.remote_syslog)),
    // Clients.
    taken("max_connections", |it| {
        startup::limits(it).max_connections.to_string()
    }),
    taken("max_control_line", |it| {
        startup::limits(it).max_control_line.to_string()
    }),
    taken("max_payload", |it| {
        startup::limits(it).max_payload.to_string()
    }),
    taken("ping_interval", |it| {
        duration(startup::limits(it).ping_interval)
    }),
    taken("ping_max", |it| startup::limits(it).ping_max.to_string()),
    taken("write_deadline", |it| {
        duration(startup::limits(it).write_deadline)
    }),
    taken("authorization timeout", |it| {
        startup::limits(it).auth_timeout.as_secs_f64().to_string()
    }),
    // Who may connect, without operators.
    silent("accounts", |it| debug(&it.setup.accounts)),
    silent("authorization users", |it| {
        debug(&(&it.setup.users, it.setup.secrets_digest()))
    }),
    silent("authorization defaults", |it| {
        debug(&it.setup.default_permissions)
    }),
    Row {
        name: "NoAuthUser",
        show: |it| text(&it.setup.no_auth_user),
        change: Change::RefusedUnless(guest_is_gone),
    },
    refused("ProxyRequired", |it| it.setup.proxy_required.to_string()),
    refused_silently("AuthCallout", |it| debug(&it.setup.callout)),
    Row {
        name: "proxies",
        show: |it| debug(&it.trusted_proxies),
        change: Change::TakenInDetail(changed_proxies),
    },
    Row {
        name: "no_fast_producer_stall",
        show: |it| it.no_producer_stall.to_string(),
        change: Change::TakenAs(|it| {
            let not = if it.no_producer_stall { "not " } else { "" };
            format!("Reloaded: fast producers will {not}be stalled")
        }),
    },
    Row {
        name: "tls",
        show: |it| debug(&it.tls),
        change: Change::TakenAs(|it| {
            let state = if it.tls.is_some() {
                "enabled"
            } else {
                "disabled"
            };
            format!("Reloaded: tls = {state}")
        }),
    },
    Row {
        name: "websocket tls",
        show: |it| debug(&it.websocket.as_ref().and_then(|block| block.tls.as_ref())),
        change: Change::TakenAs(|_| "Reloaded: websocket tls".to_owned()),
    },
    Row {
        name: "admin_api tls",
        show: |it| debug(&it.admin_api.tls),
        change: Change::RefusedUnless(|old, new| {
            old.admin_api.tls.is_some() == new.admin_api.tls.is_some()
        }),
    },
    Row {
        name: "onboarding tls",
        show: |it| debug(&it.onboarding.tls),
        change: Change::RefusedUnless(|old, new| {
            old.onboarding.tls.is_some() == new.onboarding.tls.is_some()
        }),
    },
    // The server.
    Row {
        name: "client_advertise",
        show: |it| text(&it.client_advertise),
        change: Change::TakenAs(|it| {
            format!("Reload: client_advertise = {}", text(&it.client_advertise))
        }),
    },
    silent("tags", |it| debug(&it.tags)),
    silent("metadata", |it| debug(&it.metadata)),
    taken("pid_file", |it| path(it.pid_file.as_deref())),
    taken("ports_file_dir", |it| path(it.ports_file_dir.as_deref())),
];

/// Whether nobody is a guest any more since the user is not there either.
fn guest_is_gone(old: &Options, new: &Options) -> bool {
    let mut users = new.setup.users.iter();
    let guest = old.setup.no_auth_user.as_deref();
    new.setup.no_auth_user.is_none() && !users.any(|user| Some(&*user.login.shown()) == guest)
}

fn changed_proxies(old: &Options, new: &Options) -> Vec<String> {
    let (old, new) = (&old.trusted_proxies, &new.trusted_proxies);
    let told = |these: &[PublicKey], others: &[PublicKey], what| {
        let only = these.iter().filter(|key| !others.contains(key));
        let only: Vec<_> = only.map(|key| format!("\"{key}\"")).collect();
        let keys = only.join(" ");
        (!only.is_empty()).then(|| format!("Reloaded: proxies trusted keys [{keys}] were {what}"))
    };
    let said = [told(old, new, "removed"), told(new, old, "added")];
    said.into_iter().flatten().collect()
}

fn text(value: &Option<String>) -> String {
    value.clone().unwrap_or_default()
}

fn path(value: Option<&std::path::Path>) -> String {
    value.map_or_else(String::new, |path| path.display().to_string())
}

fn debug(value: &impl Debug) -> String {
    format!("{value:?}")
}

/// A free port was chosen once and stays.
fn port(value: Option<&Port>) -> String {
    match value {
        Some(Port::Any) => "-1".to_owned(),
        Some(Port::Fixed(port)) => port.to_string(),
        None => "0".to_owned(),
    }
}

fn endpoint(value: Option<&Endpoint>) -> String {
    port(value.map(|endpoint| &endpoint.port))
}

/// As Go writes durations: `1m30s`, `300ms`.
fn duration(value: Duration) -> String {
    let (seconds, nanos) = (value.as_secs(), value.subsec_nanos());
    if seconds == 0 {
        let small = |unit: u32, name| format!("{}{name}", f64::from(nanos) / f64::from(unit));
        return match nanos {
            0 => "0s".to_owned(),
            1..1_000 => small(1, "ns"),
            1_000..1_000_000 => small(1_000, "µs"),
            _ => small(1_000_000, "ms"),
        };
    }
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let rest = Duration::new(seconds % 60, nanos).as_secs_f64();
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m{rest}s"),
        _ => format!("{hours}h{minutes}m{rest}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_as_the_original_tells_it() {
        let old = Options::default();
        let mut new = Options::default();
        new.limits.max_payload = Some(1000);
        new.limits.write_deadline = Some(Duration::from_secs(90));
        new.client_advertise = Some("h:1".to_owned());
        new.no_producer_stall = true;
        new.tags = vec!["a".to_owned()];
        let expected = [
            "Reloaded: max_payload = 1000",
            "Reloaded: write_deadline = 1m30s",
            "Reloaded: fast producers will not be stalled",
            "Reload: client_advertise = h:1",
            "Reloaded: tags",
        ];
        assert_eq!(
            compare(&old, &new),
            Ok(expected.map(str::to_owned).to_vec())
        );
        assert_eq!(compare(&new, &new), Ok(Vec::new()));
    }

    #[test]
    fn one_change_that_cannot_be_taken_refuses_all() {
        let old = Options::default();
        let mut new = Options::default();
        new.limits.max_payload = Some(1000);
        new.limits.max_subscriptions = Some(5);
        let refusal = "config reload not supported for MaxSubs: old=0, new=5";
        assert_eq!(compare(&old, &new), Err(refusal.to_owned()));
    }

    #[test]
    fn durations_are_written_as_go_writes_them() {
        for (nanos, text) in [
            (0, "0s"),
            (1_500, "1.5µs"),
            (300_000_000, "300ms"),
            (1_500_000_000, "1.5s"),
            (90_000_000_000, "1m30s"),
            (120_000_000_000, "2m0s"),
            (3_600_000_000_000, "1h0m0s"),
        ] {
            assert_eq!(duration(Duration::from_nanos(nanos)), text);
        }
    }
}
