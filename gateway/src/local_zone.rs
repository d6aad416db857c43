//! The time zone of this machine, read once at the start: users' hours that name no zone are in it.
//!
//! The rules are those of Go programs, so that hours mean what they meant under nats-server: the
//! variable `TZ` (a zone's name, or a zone file's path, after an optional `:`; empty is UTC),
//! without it `/etc/localtime`. What cannot be read is UTC.

use std::env;
use std::fs;

use accounts::Zone;

const SYSTEM_FILE: &str = "/etc/localtime";

/// The zone of this process.
pub(crate) fn read() -> Zone {
    let wanted = env::var("TZ").ok();
    zone_of(wanted.as_deref()).unwrap_or_else(|| {
        if let Some(name) = wanted {
            tracing::warn!(
                zone = name,
                "TZ names no time zone that is known here: UTC it is"
            );
        }
        Zone::utc()
    })
}

fn zone_of(wanted: Option<&str>) -> Option<Zone> {
    match wanted.map(|text| text.strip_prefix(':').unwrap_or(text)) {
        None => from_file(SYSTEM_FILE),
        Some("") => Some(Zone::utc()),
        Some(path) if path.starts_with('/') => from_file(path),
        Some(name) => Zone::named(name),
    }
}

fn from_file(path: &str) -> Option<Zone> {
    Zone::from_file(&fs::read(path).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_named_or_a_file() {
        assert_eq!(zone_of(Some("Asia/Tokyo")), Zone::named("Asia/Tokyo"));
        assert_eq!(zone_of(Some(":Asia/Tokyo")), Zone::named("Asia/Tokyo"));
        assert_eq!(zone_of(Some("")), Some(Zone::utc()));
        assert_eq!(zone_of(Some(":")), Some(Zone::utc()));
        assert_eq!(zone_of(Some("Nowhere/AtAll")), None);
        assert_eq!(zone_of(Some("/no/such/file")), None);
        assert_eq!(zone_of(Some("/dev/null")), None);
    }
}
