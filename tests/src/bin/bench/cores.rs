//! Which cores the server and the load run on.
//!
//! A child inherits the affinity of the thread that spawns it, and Go sizes itself by it: so the
//! thread pins itself to the server's core, spawns, and moves over to the load's core.

use anyhow::{Context, Result};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The two disjoint halves of the cores that this process may use.
#[derive(Debug, Clone)]
pub(crate) struct Cores {
    server: CpuSet,
    load: CpuSet,
    described: String,
}

impl Cores {
    /// The first allowed core is the server's, the second the load's. With a single core both
    /// share it.
    pub(crate) fn split() -> Result<Self> {
        let allowed = sched_getaffinity(None).context("read the allowed cores")?;
        let cores: Vec<usize> = (0..CpuSet::MAX_CPU)
            .filter(|&cpu| allowed.is_set(cpu))
            .collect();
        let first = *cores.first().context("no core is allowed")?;
        let second = *cores.get(1).unwrap_or(&first);
        let described = format!("server on core {first}, load on core {second}");
        Ok(Self {
            server: only(first),
            load: only(second),
            described,
        })
    }

    pub(crate) fn enter_server(&self) -> Result<()> {
        sched_setaffinity(None, &self.server).context("pin to the server's core")
    }

    pub(crate) fn enter_load(&self) -> Result<()> {
        sched_setaffinity(None, &self.load).context("pin to the load's core")
    }

    pub(crate) fn describe(&self) -> &str {
        &self.described
    }
}

fn only(cpu: usize) -> CpuSet {
    let mut set = CpuSet::new();
    set.set(cpu);
    set
}

/// Raises the number of open files to the hard limit; returns it. Children inherit it.
pub(crate) fn raise_open_files() -> Result<u64> {
    let limit = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, wanted).context("raise the open file limit")?;
    Ok(limit.maximum.unwrap_or(u64::MAX))
}
