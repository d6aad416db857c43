//! Values of one type out of a node, or what to write instead.

use std::path::PathBuf;
use std::time::Duration;

use super::{Endpoint, Port};
use crate::config::{Map, Node, Problem, Value};

/// nats-server keeps these sizes in 32 bits.
const SIZE_MAX: i64 = i32::MAX as i64;

pub(super) fn text(node: &Node) -> Result<&str, Problem> {
    match &node.value {
        Value::Text(text)
        | Value::Integer { text, .. }
        | Value::Float { text, .. }
        | Value::Bool { text, .. } => Ok(text),
        Value::Array(_) | Value::Map(_) => {
            Err(node.problem(format!("expected a text, found {}", node.describe())))
        }
    }
}

pub(super) fn non_empty(node: &Node) -> Result<&str, Problem> {
    match text(node)? {
        "" => Err(node.problem("expected a text that is not empty")),
        text => Ok(text),
    }
}

pub(super) fn flag(node: &Node) -> Result<bool, Problem> {
    match node.value {
        Value::Bool { value, .. } => Ok(value),
        _ => Err(node.problem(format!("expected true or false, found {}", node.describe()))),
    }
}

pub(super) fn integer(node: &Node) -> Result<i64, Problem> {
    match node.value {
        Value::Integer { value, .. } => Ok(value),
        _ => {
            let message = format!(
                "expected a whole number without quotes, found {}",
                node.describe()
            );
            Err(node.problem(message))
        }
    }
}

/// A size or count where 0 (or nothing) means the default.
pub(super) fn size(node: &Node) -> Result<Option<usize>, Problem> {
    let value = integer(node)?;
    if !(0..=SIZE_MAX).contains(&value) {
        let message = format!(
            "expected a number from 0 (the default) to {SIZE_MAX}, as in 65536, 64KB or 8MB"
        );
        return Err(node.problem(message));
    }
    Ok(usize::try_from(value).ok().filter(|value| *value > 0))
}

/// The same for what nats-server keeps in 64 bits.
pub(super) fn large_size(node: &Node) -> Result<Option<usize>, Problem> {
    let value = usize::try_from(integer(node)?);
    let wrong = |_| node.problem("expected a number from 0 (the default), as in 65536 or 64MB");
    Ok(Some(value.map_err(wrong)?).filter(|value| *value > 0))
}

/// A path; an empty text is none.
pub(super) fn path(node: &Node) -> Result<Option<PathBuf>, Problem> {
    Ok(Some(text(node)?)
        .filter(|it| !it.is_empty())
        .map(PathBuf::from))
}

/// A count where 0 and everything below it counts as 0.
pub(super) fn count(node: &Node) -> Result<usize, Problem> {
    let value = integer(node)?;
    if value > SIZE_MAX {
        return Err(node.problem(format!("expected a number up to {SIZE_MAX}")));
    }
    Ok(usize::try_from(value).unwrap_or(0))
}

/// A bound where 0 and everything below it is none.
pub(super) fn bound(node: &Node) -> Result<Option<usize>, Problem> {
    let value = integer(node)?;
    Ok(usize::try_from(value).ok().filter(|value| *value > 0))
}

pub(super) fn map(node: &Node) -> Result<&Map, Problem> {
    match &node.value {
        Value::Map(map) => Ok(map),
        _ => Err(node.problem(format!(
            "expected a block {{ ... }}, found {}",
            node.describe()
        ))),
    }
}

pub(super) fn list(node: &Node) -> Result<&[Node], Problem> {
    match &node.value {
        Value::Array(items) => Ok(items),
        _ => Err(node.problem(format!(
            "expected a list [ ... ], found {}",
            node.describe()
        ))),
    }
}

/// One item, or a list of them.
pub(super) fn one_or_more(node: &Node) -> &[Node] {
    match &node.value {
        Value::Array(items) => items,
        _ => std::slice::from_ref(node),
    }
}

/// `0s`, or 0 in another unit.
pub(super) fn is_zero_duration(node: &Node) -> bool {
    match &node.value {
        Value::Text(text) => parse_duration(text) == Some(Duration::ZERO),
        Value::Integer { value, .. } => *value == 0,
        _ => false,
    }
}

/// `2s`, `"1h30m"`; also plain seconds, which are reported as `true` to be warned about.
pub(super) fn duration(node: &Node) -> Result<(Duration, bool), Problem> {
    let plain = |seconds: f64| {
        Duration::try_from_secs_f64(seconds)
            .ok()
            .map(|it| (it, true))
    };
    let found = match &node.value {
        Value::Text(text) => parse_duration(text).map(|it| (it, false)),
        Value::Integer { value, .. } => u64::try_from(*value)
            .ok()
            .map(|seconds| (Duration::from_secs(seconds), true)),
        Value::Float { value, .. } => plain(*value),
        _ => None,
    };
    found
        .filter(|(duration, _)| *duration > Duration::ZERO && *duration <= DURATION_MAX)
        .ok_or_else(|| {
            let message = format!(
                "expected a duration longer than zero, as in 300ms, 2s or 1h30m, found {}",
                node.describe()
            );
            node.problem(message)
        })
}

/// What a signed 64-bit count of nanoseconds can hold.
const DURATION_MAX: Duration = Duration::from_secs(292 * 365 * 24 * 3600);

/// Numbers with units, one after the other: `1h30m`, `1.5s`.
pub(super) fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(number_end);
        let unit_end = tail
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let seconds = match unit {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        let part = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?;
        total = total.checked_add(part)?;
        rest = tail;
    }
    (!text.is_empty()).then_some(total)
}

/// -1 is any free port. 0 is the default, as nats-server has it, hence `None`.
pub(super) fn port(node: &Node) -> Result<Option<Port>, Problem> {
    match integer(node)? {
        -1 => Ok(Some(Port::Any)),
        0 => Ok(None),
        value => match u16::try_from(value) {
            Ok(port) => Ok(Some(Port::Fixed(port))),
            Err(_) => Err(node.problem("expected a port from 1 to 65535, or -1 for any free one")),
        },
    }
}

/// `4222`, `:4222`, `host:4222`, `"[::1]:4222"`.
pub(super) fn endpoint(node: &Node) -> Result<Endpoint, Problem> {
    if matches!(node.value, Value::Integer { .. }) {
        let port = port(node)?.ok_or_else(|| {
            node.problem("expected a port from 1 to 65535, or -1 for any free one")
        })?;
        return Ok(Endpoint { host: None, port });
    }
    parse_endpoint(text(node)?).ok_or_else(|| {
        let message = format!(
            "expected HOST:PORT or a port, as in 127.0.0.1:4222 or \"[::1]:4222\", found {}",
            node.describe()
        );
        node.problem(message)
    })
}

fn parse_endpoint(text: &str) -> Option<Endpoint> {
    let (host, port) = text.rsplit_once(':')?;
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']')?,
        None if host.contains(':') => return None,
        None => host,
    };
    let port = match port {
        "-1" => Port::Any,
        port => Port::Fixed(port.parse().ok().filter(|port| *port > 0)?),
    };
    Some(Endpoint {
        host: (!host.is_empty()).then(|| host.to_owned()),
        port,
    })
}
