//! The broker's only source of time, so that every use of a clock is found by its name.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Monotonic time, for intervals.
pub(crate) fn instant() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Calendar time, for claims and monitoring.
pub(crate) fn wall() -> SystemTime {
    SystemTime::now()
}

/// Seconds since 1970, the unit of JWT claims. A clock before 1970 reads as 0.
pub(crate) fn unix_seconds() -> i64 {
    let since = wall().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// A time in the unit of JWT claims.
pub(crate) fn from_unix(seconds: i64) -> SystemTime {
    let since = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH)
}

/// A time as RFC 3339 text.
pub fn rfc3339(at: SystemTime) -> String {
    time::OffsetDateTime::from(at)
        .format(&time::format_description::well_known::Rfc3339)
        .unwrap_or_default()
}
