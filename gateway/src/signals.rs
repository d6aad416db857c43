//! Signals that reach this process. `signals/send.rs` sends them to others.

mod send;

use anyhow::Context;
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};
use tracing::{error, info, warn};

pub(crate) use send::send;

use crate::logs::Log;

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    Interrupt,
    Terminate,
    LameDuck,
    Reload,
}

/// The signals of this process. From `listen` on none of them has its default effect.
#[derive(Debug)]
pub(crate) struct Signals {
    log: Log,
    interrupt: Stream,
    terminate: Stream,
    hangup: Stream,
    user1: Stream,
    user2: Stream,
}

impl Signals {
    /// `log` is what SIGUSR1 reopens. Must run inside a tokio runtime.
    pub(crate) fn listen(log: Log) -> anyhow::Result<Self> {
        let open = |kind| signal(kind).context("listen for signals");
        Ok(Self {
            log,
            interrupt: open(SignalKind::interrupt())?,
            terminate: open(SignalKind::terminate())?,
            hangup: open(SignalKind::hangup())?,
            user1: open(SignalKind::user_defined1())?,
            user2: open(SignalKind::user_defined2())?,
        })
    }

    /// The next wish. The one for a fresh log file is granted here.
    pub(crate) async fn next(&mut self) -> Wish {
        loop {
            let (name, wish) = tokio::select! {
                _ = self.interrupt.recv() => ("interrupt", Some(Wish::Interrupt)),
                _ = self.terminate.recv() => ("terminated", Some(Wish::Terminate)),
                _ = self.hangup.recv() => ("hangup", Some(Wish::Reload)),
                _ = self.user2.recv() => ("user defined signal 2", Some(Wish::LameDuck)),
                _ = self.user1.recv() => ("user defined signal 1", None),
            };
            info!("Trapped {name:?} signal");
            match wish {
                Some(wish) => return wish,
                None => self.reopen_log(),
            }
        }
    }

    fn reopen_log(&self) {
        match self.log.reopen() {
            Ok(true) => info!("File log re-opened"),
            Ok(false) => info!("File log re-open ignored, not a file logger"),
            Err(error) => error!(%error, "cannot reopen the log file; the old one stays"),
        }
    }

    /// Waits for a wish to stop, in whichever way, while nothing can be reloaded.
    pub(crate) async fn stop(&mut self) {
        while self.next().await == Wish::Reload {
            warn!("nothing is reloaded while the process starts or stops; try again");
        }
    }
}
