//! Conditions of a login that are neither keys nor subjects: networks and hours of the day.
//!
//! Whatever cannot be read refuses the login.

use std::net::IpAddr;

use jiff::civil::{DateTime, Time};

use crate::claims::user::TimeRange;
use crate::zone::Zone;

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

/// Whether `text` is a network as claims name one: `address/bits`.
pub fn is_network(text: &str) -> bool {
    parse_cidr(text).is_some()
}

/// Whether both ends are times of the day, written as `15:04:05`.
pub fn is_time_range(range: &TimeRange) -> bool {
    parse_range(range).is_some()
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
/// are exclusive, and are read on the clocks of `zone`, so a day may be longer or shorter than
/// usual. A window whose start is after its end crosses midnight.
pub(crate) fn window_end(
    times: &[TimeRange],
    zone: &Zone,
    now: i64,
) -> Result<i64, ConditionError> {
    let shown = zone.shown_at(now).ok_or(ConditionError::Outside)?;
    let mut latest = None;
    for range in times {
        let (start, end) = parse_range(range).ok_or_else(|| {
            ConditionError::Unreadable(format!("{} to {}", range.start, range.end))
        })?;
        let end = end_of_window(zone, shown, (start, end), now);
        latest = latest.max(end);
    }
    latest.ok_or(ConditionError::Outside)
}

fn end_of_window(
    zone: &Zone,
    shown: DateTime,
    (start, end): (Time, Time),
    now: i64,
) -> Option<i64> {
    let from = zone.second_of(shown, start)?;
    let until = zone.second_of(shown, end)?;
    if start <= end {
        return (from < now && now < until).then_some(until);
    }
    if now < until {
        return Some(until);
    }
    let tomorrow = shown.tomorrow().ok()?;
    let until = zone.second_of(tomorrow, end)?;
    (from < now && now < until).then_some(until)
}

/// The zone that a user's hours are in: a name, or the server's own.
pub(crate) fn zone_of(name: &str, local: &Zone) -> Result<Zone, ConditionError> {
    match name {
        "" | "Local" => Ok(local.clone()),
        name => Zone::named(name).ok_or_else(|| ConditionError::UnknownZone(name.to_owned())),
    }
}

/// Both ends.
pub(crate) fn parse_range(range: &TimeRange) -> Option<(Time, Time)> {
    Some((parse_time(&range.start)?, parse_time(&range.end)?))
}

fn parse_time(text: &str) -> Option<Time> {
    let mut parts = text.split(':');
    let mut part = |digits: std::ops::RangeInclusive<usize>| {
        let part = parts.next()?;
        let plain = digits.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        part.parse::<i8>().ok().filter(|_| plain)
    };
    let (hours, minutes, seconds) = (part(1..=2)?, part(2..=2)?, part(2..=2)?);
    match parts.next() {
        None => Time::new(hours, minutes, seconds, 0).ok(),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn range(start: &str, end: &str) -> TimeRange {
        TimeRange {
            start: start.to_owned(),
            end: end.to_owned(),
        }
    }

    fn at(hours: i64, minutes: i64) -> i64 {
        1_700_000_000 / DAY * DAY + hours * 3600 + minutes * 60
    }

    fn end_in_utc(times: &[TimeRange], now: i64) -> Result<i64, ConditionError> {
        window_end(times, &Zone::utc(), now)
    }

    fn zone(name: &str) -> Zone {
        Zone::named(name).unwrap()
    }

    /// Unix seconds of a time in UTC.
    fn utc(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_second()
    }

    #[test]
    fn windows_end_when_they_say() {
        let day = [range("08:00:00", "17:00:00")];
        assert_eq!(end_in_utc(&day, at(9, 0)), Ok(at(17, 0)));
        assert_eq!(end_in_utc(&day, at(8, 0)), Err(ConditionError::Outside));
        assert_eq!(end_in_utc(&day, at(17, 0)), Err(ConditionError::Outside));
        let night = [range("22:00:00", "06:00:00")];
        assert_eq!(end_in_utc(&night, at(23, 0)), Ok(at(30, 0)));
        assert_eq!(end_in_utc(&night, at(5, 0)), Ok(at(6, 0)));
        assert_eq!(end_in_utc(&night, at(6, 0)), Err(ConditionError::Outside));
        assert_eq!(end_in_utc(&night, at(22, 0)), Err(ConditionError::Outside));
        assert_eq!(end_in_utc(&night, at(12, 0)), Err(ConditionError::Outside));
    }

    #[test]
    fn of_several_windows_the_longest_remaining_one_counts() {
        let two = [range("08:00:00", "10:00:00"), range("09:00:00", "12:00:00")];
        assert_eq!(end_in_utc(&two, at(9, 30)), Ok(at(12, 0)));
        let turned = [range("09:00:00", "12:00:00"), range("08:00:00", "10:00:00")];
        assert_eq!(end_in_utc(&turned, at(9, 30)), Ok(at(12, 0)));
        let over_midnight = [range("20:00:00", "23:00:00"), range("22:00:00", "02:00:00")];
        assert_eq!(end_in_utc(&over_midnight, at(22, 30)), Ok(at(26, 0)));
        assert_eq!(end_in_utc(&over_midnight, at(21, 0)), Ok(at(23, 0)));
        // One that cannot be read refuses, whatever the others say.
        let broken = [range("08:00:00", "10:00:00"), range("9", "12:00:00")];
        assert!(end_in_utc(&broken, at(9, 30)).is_err());
    }

    #[test]
    fn hours_are_those_of_the_zone() {
        let day = [range("08:00:00", "17:00:00")];
        assert_eq!(
            window_end(&day, &zone("Etc/GMT-2"), at(6, 30)),
            Ok(at(15, 0))
        );
        assert_eq!(
            window_end(&day, &zone("Asia/Kolkata"), at(3, 0)),
            Ok(at(11, 30))
        );
        assert!(window_end(&day, &zone("Asia/Kolkata"), at(2, 0)).is_err());
        // The day in the zone is not the day in UTC.
        let early = [range("01:00:00", "03:00:00")];
        assert_eq!(
            window_end(&early, &zone("Asia/Tokyo"), at(17, 0)),
            Ok(at(18, 0))
        );
        let late = [range("22:00:00", "02:00:00")];
        assert_eq!(
            window_end(&late, &zone("America/New_York"), at(4, 0)),
            Ok(at(7, 0)),
            "23:00 of the day before"
        );
    }

    #[test]
    fn the_zone_is_named_or_the_servers() {
        let local = zone("Asia/Tokyo");
        assert_eq!(zone_of("", &local), Ok(local.clone()));
        assert_eq!(zone_of("Local", &local), Ok(local.clone()));
        assert_eq!(zone_of("UTC", &local), Ok(Zone::utc()));
        for unknown in ["Etc/GMT+13", "Etc/GMT+", "Etc/GMT-15", "nowhere", "utc"] {
            assert_eq!(
                zone_of(unknown, &local),
                Err(ConditionError::UnknownZone(unknown.to_owned()))
            );
        }
    }

    /// Clocks in Berlin went from 02:00 to 03:00 on 31 March 2024 at 01:00 UTC, and from 03:00 back
    /// to 02:00 on 27 October at 01:00 UTC.
    #[test]
    fn windows_follow_the_clocks_when_they_change() {
        let berlin = zone("Europe/Berlin");
        let end =
            |start: &str, end: &str, now: &str| window_end(&[range(start, end)], &berlin, utc(now));
        let night = |now| end("22:00:00", "06:00:00", now);
        assert_eq!(
            night("2024-03-30T22:00:00Z"),
            Ok(utc("2024-03-31T04:00:00Z"))
        );
        assert_eq!(
            night("2024-03-31T03:59:59Z"),
            Ok(utc("2024-03-31T04:00:00Z"))
        );
        assert!(night("2024-03-31T04:00:00Z").is_err());
        assert_eq!(
            night("2024-10-26T21:00:00Z"),
            Ok(utc("2024-10-27T05:00:00Z"))
        );
        // 02:30 does not exist on that day: the window goes on until 03:30.
        let skipped = |now| end("01:00:00", "02:30:00", now);
        assert_eq!(
            skipped("2024-03-31T00:30:00Z"),
            Ok(utc("2024-03-31T01:30:00Z"))
        );
        assert_eq!(
            skipped("2024-03-31T01:29:59Z"),
            Ok(utc("2024-03-31T01:30:00Z"))
        );
        assert!(skipped("2024-03-31T01:30:00Z").is_err());
        // 02:30 comes twice: the window ends at the first, and does not open again.
        let twice = |now| end("01:00:00", "02:30:00", now);
        assert_eq!(
            twice("2024-10-27T00:00:00Z"),
            Ok(utc("2024-10-27T00:30:00Z"))
        );
        assert!(twice("2024-10-27T00:30:00Z").is_err());
        assert!(twice("2024-10-27T01:15:00Z").is_err(), "02:15 again");
    }

    #[test]
    fn unreadable_times_refuse() {
        for bad in [
            "",
            "8",
            "24:00:00",
            "08:60:00",
            "08:00:60",
            "08:00",
            "+8:00:00",
            "08:00:00:00",
            "a:b:c",
        ] {
            let times = [range(bad, "17:00:00")];
            assert!(matches!(
                end_in_utc(&times, at(9, 0)),
                Err(ConditionError::Unreadable(_))
            ));
        }
        // A window of no length never opens.
        assert!(end_in_utc(&[range("09:00:00", "09:00:00")], at(9, 0)).is_err());
        let all_day = [range("00:00:00", "23:59:59")];
        for beyond_all_calendars in [i64::MAX, i64::MIN] {
            assert!(end_in_utc(&all_day, beyond_all_calendars).is_err());
        }
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
