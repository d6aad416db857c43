//! Conditions of a login that are neither keys nor subjects: networks and hours of the day.
//!
//! Whatever cannot be read refuses the login.

use std::net::IpAddr;

use crate::claims::user::TimeRange;

const DAY: i64 = 86_400;

/// Why a condition is not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConditionError {
    /// It was understood, and the login lies outside.
    Outside,
    /// It cannot be read.
    Unreadable(String),
    /// The time zone is not one that we know.
    UnknownZone(String),
}

/// Whether `ip` lies in one of the networks (CIDR).
pub(crate) fn check_networks(
    networks: &[String],
    ip: Option<IpAddr>,
) -> Result<(), ConditionError> {
    let mut inside = false;
    for network in networks {
        let (base, bits) =
            parse_cidr(network).ok_or_else(|| ConditionError::Unreadable(network.clone()))?;
        inside |= ip.is_some_and(|ip| contains(base, bits, ip.to_canonical()));
    }
    if inside {
        Ok(())
    } else {
        Err(ConditionError::Outside)
    }
}

/// Reads `address/bits`; an IPv4 address inside an IPv6 one is read as IPv4.
pub(crate) fn parse_cidr(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = text.trim().split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let width: u8 = if address.is_ipv4() { 32 } else { 128 };
    let bits: u8 = bits.parse().ok().filter(|bits| *bits <= width)?;
    let canonical = address.to_canonical();
    let bits = if canonical.is_ipv4() && width == 128 {
        bits.checked_sub(96)?
    } else {
        bits
    };
    Some((canonical, bits))
}

fn contains(base: IpAddr, bits: u8, ip: IpAddr) -> bool {
    match (base, ip) {
        (IpAddr::V4(base), IpAddr::V4(ip)) => {
            let differing = base.to_bits() ^ ip.to_bits();
            differing.checked_shr(32 - u32::from(bits)).unwrap_or(0) == 0
        }
        (IpAddr::V6(base), IpAddr::V6(ip)) => {
            let differing = base.to_bits() ^ ip.to_bits();
            differing.checked_shr(128 - u32::from(bits)).unwrap_or(0) == 0
        }
        _ => false,
    }
}

/// The moment (unix seconds) at which the current window ends; of several, the latest. Bounds
/// are exclusive.
pub(crate) fn window_end(times: &[TimeRange], zone: &str, now: i64) -> Result<i64, ConditionError> {
    let second = now.saturating_add(zone_offset(zone)?).rem_euclid(DAY);
    let mut latest = None;
    for range in times {
        let (start, end) = parse_range(range).ok_or_else(|| {
            ConditionError::Unreadable(format!("{} to {}", range.start, range.end))
        })?;
        let left = if start <= end {
            (start < second && second < end).then(|| end - second)
        } else if second > start {
            Some(end + DAY - second)
        } else {
            (second < end).then(|| end - second)
        };
        latest = latest.max(left);
    }
    latest
        .map(|left| now.saturating_add(left))
        .ok_or(ConditionError::Outside)
}

/// Both ends as seconds of the day.
pub(crate) fn parse_range(range: &TimeRange) -> Option<(i64, i64)> {
    Some((parse_time(&range.start)?, parse_time(&range.end)?))
}

fn parse_time(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let mut part = |digits: std::ops::RangeInclusive<usize>, max: i64| {
        let part = parts.next()?;
        let plain = digits.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        part.parse::<i64>()
            .ok()
            .filter(|value| plain && *value <= max)
    };
    let (hours, minutes, seconds) = (part(1..=2, 23)?, part(2..=2, 59)?, part(2..=2, 59)?);
    parts
        .next()
        .is_none()
        .then_some(hours * 3600 + minutes * 60 + seconds)
}

/// Seconds to add to UTC. Zones without a fixed offset need a database that is not here.
fn zone_offset(zone: &str) -> Result<i64, ConditionError> {
    let unknown = || ConditionError::UnknownZone(zone.to_owned());
    match zone {
        "" | "UTC" | "Etc/UTC" | "GMT" | "Etc/GMT" => return Ok(0),
        _ => {}
    }
    // In these names the sign is reversed: `Etc/GMT-2` is two hours ahead of UTC.
    let hours: i64 = zone
        .strip_prefix("Etc/GMT")
        .filter(|rest| rest.starts_with(['+', '-']) && (2..=3).contains(&rest.len()))
        .and_then(|rest| rest.parse().ok())
        .ok_or_else(unknown)?;
    if (-14..=12).contains(&hours) {
        Ok(-hours * 3600)
    } else {
        Err(unknown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: &str, end: &str) -> TimeRange {
        TimeRange {
            start: start.to_owned(),
            end: end.to_owned(),
        }
    }

    fn at(hours: i64, minutes: i64) -> i64 {
        1_700_000_000 / DAY * DAY + hours * 3600 + minutes * 60
    }

    #[test]
    fn windows_end_when_they_say() {
        let day = [range("08:00:00", "17:00:00")];
        assert_eq!(window_end(&day, "", at(9, 0)), Ok(at(17, 0)));
        assert_eq!(window_end(&day, "", at(8, 0)), Err(ConditionError::Outside));
        assert_eq!(
            window_end(&day, "", at(17, 0)),
            Err(ConditionError::Outside)
        );
        let night = [range("22:00:00", "06:00:00")];
        assert_eq!(window_end(&night, "UTC", at(23, 0)), Ok(at(30, 0)));
        assert_eq!(window_end(&night, "UTC", at(5, 0)), Ok(at(6, 0)));
        assert_eq!(
            window_end(&night, "UTC", at(12, 0)),
            Err(ConditionError::Outside)
        );
        let two = [range("08:00:00", "10:00:00"), range("09:00:00", "12:00:00")];
        assert_eq!(window_end(&two, "", at(9, 30)), Ok(at(12, 0)));
    }

    #[test]
    fn zones_with_a_fixed_offset_are_known() {
        let day = [range("08:00:00", "17:00:00")];
        assert_eq!(window_end(&day, "Etc/GMT-2", at(6, 30)), Ok(at(15, 0)));
        for zone in [
            "Europe/Berlin",
            "Etc/GMT+13",
            "Etc/GMT+",
            "Etc/GMT-15",
            "nowhere",
        ] {
            assert_eq!(
                window_end(&day, zone, at(9, 0)),
                Err(ConditionError::UnknownZone(zone.to_owned()))
            );
        }
    }

    #[test]
    fn unreadable_times_refuse() {
        for bad in [
            "",
            "8",
            "24:00:00",
            "08:60:00",
            "08:00",
            "+8:00:00",
            "08:00:00:00",
            "a:b:c",
        ] {
            let times = [range(bad, "17:00:00")];
            assert!(matches!(
                window_end(&times, "", at(9, 0)),
                Err(ConditionError::Unreadable(_))
            ));
        }
        // A window of no length never opens.
        assert!(window_end(&[range("09:00:00", "09:00:00")], "", at(9, 0)).is_err());
        assert!(window_end(&[range("00:00:00", "23:59:59")], "", i64::MAX).is_ok());
    }

    #[test]
    fn networks_contain_their_addresses() {
        let check = |networks: &[&str], ip: &str| {
            let networks: Vec<String> = networks.iter().map(|n| (*n).to_owned()).collect();
            check_networks(&networks, Some(ip.parse().unwrap()))
        };
        assert_eq!(check(&["10.0.0.0/8"], "10.255.1.1"), Ok(()));
        assert_eq!(
            check(&["10.0.0.0/8"], "11.0.0.1"),
            Err(ConditionError::Outside)
        );
        assert_eq!(check(&["0.0.0.0/0"], "1.2.3.4"), Ok(()));
        assert_eq!(
            check(&["1.2.3.4/32"], "1.2.3.5"),
            Err(ConditionError::Outside)
        );
        assert_eq!(check(&["1.2.3.4/32", "::1/128"], "::1"), Ok(()));
        assert_eq!(check(&["::/0"], "2001:db8::1"), Ok(()));
        assert_eq!(check(&["127.0.0.1/32"], "::ffff:127.0.0.1"), Ok(()));
        assert_eq!(check(&["::ffff:10.0.0.0/104"], "10.9.9.9"), Ok(()));
        for bad in [
            "10.0.0.0",
            "10.0.0.0/33",
            "x/8",
            "::/129",
            "10.0.0.0/-1",
            "",
        ] {
            assert!(matches!(
                check(&[bad], "10.0.0.1"),
                Err(ConditionError::Unreadable(_))
            ));
        }
        assert_eq!(
            check_networks(&["0.0.0.0/0".to_owned()], None),
            Err(ConditionError::Outside)
        );
    }
}
