//! Signals: those that reach this process, and `--signal` that sends one to another.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};
use tracing::{error, info, warn};

use crate::logs::Output;

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
    log: Output,
    interrupt: Stream,
    terminate: Stream,
    hangup: Stream,
    user1: Stream,
    user2: Stream,
}

impl Signals {
    /// `log` is what SIGUSR1 reopens. Must run inside a tokio runtime.
    pub(crate) fn listen(log: Output) -> anyhow::Result<Self> {
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
            tokio::select! {
                _ = self.interrupt.recv() => return Wish::Interrupt,
                _ = self.terminate.recv() => return Wish::Terminate,
                _ = self.hangup.recv() => return Wish::Reload,
                _ = self.user2.recv() => return Wish::LameDuck,
                _ = self.user1.recv() => match self.log.reopen() {
                    Ok(()) => info!("File log re-opened"),
                    Err(error) => error!(%error, "cannot reopen the log file; the old one stays"),
                },
            }
        }
    }

    /// Waits for a wish to stop, in whichever way.
    pub(crate) async fn stop(&mut self) {
        while self.next().await == Wish::Reload {
            warn!("reload is not supported by this version; restart the process");
        }
    }
}

/// Sends what `COMMAND=PID` says; PID is a process id or the path of a pid file.
pub(crate) fn send(text: &str) -> anyhow::Result<()> {
    let (command, target) = text.split_once('=').unwrap_or((text, ""));
    let signal = match command {
        "stop" => Signal::KILL,
        "quit" => Signal::INT,
        "term" => Signal::TERM,
        "reopen" => Signal::USR1,
        "ldm" => Signal::USR2,
        "reload" => Signal::HUP,
        _ => {
            bail!("unknown signal {command:?}; known are stop, quit, term, reopen, ldm and reload")
        }
    };
    if target.is_empty() {
        bail!("name the process, as in --signal {command}=PID or --signal {command}=PIDFILE");
    }
    let number = match target.parse::<i32>() {
        Ok(number) => number,
        Err(_) => pid_from_file(Path::new(target))?,
    };
    let pid = (number > 0)
        .then(|| Pid::from_raw(number))
        .flatten()
        .with_context(|| format!("{number} is not a process id"))?;
    kill_process(pid, signal).with_context(|| format!("signal process {number}"))
}

fn pid_from_file(path: &Path) -> anyhow::Result<i32> {
    let shown = path.display();
    let text = fs::read_to_string(path).with_context(|| format!("read the pid file {shown}"))?;
    text.trim()
        .parse()
        .with_context(|| format!("find a process id in {shown}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_known_signal_to_a_named_process_is_sent() {
        for text in [
            "ldm",
            "ldm=",
            "dance=1",
            "ldm=0",
            "ldm=-5",
            "ldm=/nowhere/pid",
            "",
        ] {
            send(text).expect_err(text);
        }
    }
}
