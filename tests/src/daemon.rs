//! A server process under test: its output is kept, and it dies with its handle.
//!
//! The two reader threads end when the process closes its output. Nobody waits without a
//! deadline, and nobody sleeps: waits hang on a condition variable that each new line rings.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// How often a wait looks whether the process has died without saying anything.
const EXIT_POLL: Duration = Duration::from_millis(25);

/// How long the last words of an ended process are waited for; a child of it may hold the pipes.
const LAST_WORDS_WITHIN: Duration = Duration::from_secs(2);

/// A running process and what it has printed so far.
#[derive(Debug)]
pub struct Daemon {
    name: String,
    child: Child,
    output: Arc<Output>,
}

#[derive(Debug, Default)]
struct Output {
    lines: Mutex<Vec<String>>,
    grew: Condvar,
}

impl Output {
    fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn collect(self: Arc<Self>, from: impl Read) {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while matches!(from.read_until(b'\n', &mut line), Ok(1..)) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            self.lines().push(text);
            self.grew.notify_all();
            line.clear();
        }
        self.grew.notify_all();
    }
}

impl Daemon {
    /// Starts `command` with its output captured. `name` is how messages call it.
    pub fn spawn(name: &str, mut command: Command) -> Result<Self> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .with_context(|| format!("start {name}: {:?}", command.get_program()))?;
        let output = Arc::new(Output::default());
        let pipes: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|pipe| Box::new(pipe) as _),
            child.stderr.take().map(|pipe| Box::new(pipe) as _),
        ];
        for pipe in pipes.into_iter().flatten() {
            let output = Arc::clone(&output);
            thread::spawn(move || output.collect(pipe));
        }
        Ok(Self {
            name: name.to_owned(),
            child,
            output,
        })
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything printed so far, on both streams, a line each.
    pub fn output(&self) -> String {
        self.output.lines().join("\n")
    }

    /// Waits for the first line that contains `needle`.
    ///
    /// Fails at the deadline, or at once when the process has ended without printing it.
    pub fn wait_for_line(&mut self, needle: &str, within: Duration) -> Result<String> {
        let until = Instant::now() + within;
        loop {
            let ended = self.child.try_wait()?;
            if ended.is_some() {
                self.hear_last_words();
            }
            let lines = self.output.lines();
            if let Some(line) = lines.iter().find(|line| line.contains(needle)) {
                return Ok(line.clone());
            }
            if let Some(status) = ended {
                let said = lines.join("\n");
                bail!(
                    "{} ended ({status}) before it printed {needle:?}:\n{said}",
                    self.name
                );
            }
            if Instant::now() >= until {
                let said = lines.join("\n");
                bail!(
                    "{} did not print {needle:?} in {within:?}:\n{said}",
                    self.name
                );
            }
            drop(self.output.grew.wait_timeout(lines, EXIT_POLL));
        }
    }

    /// Whether the process has ended, and how.
    pub fn exited(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits for the process to end by itself.
    pub fn wait_exit(&mut self, within: Duration) -> Result<ExitStatus> {
        let until = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait()? {
                self.hear_last_words();
                return Ok(status);
            }
            if Instant::now() >= until {
                bail!(
                    "{} still runs after {within:?}:\n{}",
                    self.name,
                    self.output()
                );
            }
            drop(
                self.output
                    .grew
                    .wait_timeout(self.output.lines(), EXIT_POLL),
            );
        }
    }

    /// Waits until the readers of both streams have come to their end and let go of the output.
    fn hear_last_words(&self) {
        let until = Instant::now() + LAST_WORDS_WITHIN;
        while Arc::strong_count(&self.output) > 1 && Instant::now() < until {
            drop(
                self.output
                    .grew
                    .wait_timeout(self.output.lines(), EXIT_POLL),
            );
        }
    }

    /// Sends a signal. An already ended process is not an error.
    pub fn signal(&self, signal: Signal) {
        if let Some(pid) = i32::try_from(self.pid()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, signal);
        }
    }

    /// Ends the process the hard way (SIGKILL) and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill();
        if thread::panicking() {
            use std::io::Write;
            let said = self.output();
            let _ = writeln!(std::io::stderr(), "--- {} printed:\n{said}\n---", self.name);
        }
    }
}
