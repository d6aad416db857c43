//! What the process uses of the machine.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use rustix::time::{ClockId, clock_gettime};

use crate::clock;

/// The share of a processor that the process used of late, in percent: taken each second.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    last: Mutex<Option<(Instant, Duration)>>,
    /// Bits of an `f64`.
    percent: AtomicU64,
}

impl Usage {
    /// Takes the share since the last call. To be called once a second.
    pub(crate) fn sample(&self) {
        let (now, used) = (clock::instant(), cpu_time());
        let before = self.last.lock().replace((now, used));
        let Some((then, used_then)) = before else {
            return;
        };
        let passed = now.saturating_duration_since(then).as_secs_f64();
        if passed > 0.0 {
            let share = used.saturating_sub(used_then).as_secs_f64() / passed;
            let percent = (share * 1000.0).round() / 10.0;
            self.percent.store(percent.to_bits(), Ordering::Relaxed);
        }
    }

    pub(crate) fn percent(&self) -> f64 {
        f64::from_bits(self.percent.load(Ordering::Relaxed))
    }
}

/// Processor time that the process has used.
pub(super) fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or(0);
    Duration::new(seconds, nanos)
}

/// Resident memory of this process; 0 where the system does not say.
pub(super) fn resident_bytes() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split_whitespace().nth(1)?.parse::<u64>().ok());
    pages.unwrap_or(0) * rustix::param::page_size() as u64
}

pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
