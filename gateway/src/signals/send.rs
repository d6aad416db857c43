//! `--signal COMMAND[=PID]`: sends a signal to another process, and says in nats-server's words why
//! it cannot.

use std::fs;
use std::process::{self, Command};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};

use crate::cli::program_name;

/// Sends what `text` says. The process is named by its id, by a file that holds the id, by the
/// start of some ids and a `*`, or not at all when only one of this name runs.
pub(crate) fn send(text: &str) -> anyhow::Result<()> {
    send_to(text, running).map_err(anyhow::Error::msg)
}

fn send_to(text: &str, running: impl Fn() -> Result<Vec<u32>, String>) -> Result<(), String> {
    let parts: Vec<_> = text.split('=').collect();
    let (command, target) = match parts[..] {
        [command] => (command, String::new()),
        [command, target] => (command, from_file(target)),
        _ => return Err(format!("invalid signal parameters: {:?}", &parts[2..])),
    };
    let (start, is_pattern) = match target.strip_suffix('*') {
        Some(start) => (start, true),
        None => (target.as_str(), false),
    };
    if !start.is_empty() && start.parse::<i32>().is_err() {
        return Err(format!("invalid pid: {start}"));
    }
    let ids = if start.is_empty() || is_pattern {
        let mut ids = running()?;
        ids.retain(|id| id.to_string().starts_with(start));
        ids.iter().map(ToString::to_string).collect()
    } else {
        vec![start.to_owned()]
    };
    if ids.len() > 1 && !is_pattern {
        let program = program_name();
        return Err(format!(
            "multiple {program} processes running:\n{}",
            ids.join("\n")
        ));
    }
    if ids.is_empty() {
        return Err(format!("no {} processes running", program_name()));
    }
    let signal = signal(command).ok_or_else(|| format!("unknown signal {command:?}"))?;
    let failures: String = ids
        .iter()
        .filter_map(|id| Some((id, kill(id, signal).err()?)))
        .map(|(id, why)| format!("\nsignal {command:?} {id}: {why}"))
        .collect();
    if failures.is_empty() {
        Ok(())
    } else {
        Err(failures)
    }
}

fn signal(command: &str) -> Option<Signal> {
    let signal = match command {
        "stop" => Signal::KILL,
        "quit" => Signal::INT,
        "term" => Signal::TERM,
        "reopen" => Signal::USR1,
        "ldm" => Signal::USR2,
        "reload" => Signal::HUP,
        _ => return None,
    };
    Some(signal)
}

/// Never to a group of processes, and never to all of them.
fn kill(id: &str, signal: Signal) -> Result<(), String> {
    let number = id.parse::<i32>().ok().filter(|number| *number > 0);
    let Some(pid) = number.and_then(Pid::from_raw) else {
        return Err("not a process id".to_owned());
    };
    kill_process(pid, signal).map_err(|error| match error {
        Errno::SRCH => "no such process".to_owned(),
        Errno::PERM => "operation not permitted".to_owned(),
        error => error.to_string(),
    })
}

/// What a pid file says, or the text itself when there is no such file.
fn from_file(target: &str) -> String {
    fs::read_to_string(target).map_or_else(|_| target.to_owned(), |text| text.trim().to_owned())
}

/// The other processes that have this program's name.
fn running() -> Result<Vec<u32>, String> {
    let unknown = || "unable to resolve pid, try providing one".to_owned();
    let found = Command::new("pgrep").arg(program_name()).output();
    let found = found.map_err(|_| unknown())?.stdout;
    let found = String::from_utf8(found).map_err(|_| unknown())?;
    let ids: Result<Vec<u32>, _> = found.split_whitespace().map(str::parse).collect();
    let mut ids = ids.map_err(|_| unknown())?;
    ids.retain(|id| *id != process::id());
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No process has an id as large as these.
    const NOBODY: [u32; 3] = [1_999_999_990, 1_999_999_991, 2_000_000_000];

    fn failure(text: &str, running: &[u32]) -> String {
        send_to(text, || Ok(running.to_vec())).expect_err(text)
    }

    #[test]
    fn why_nothing_is_sent_is_told_as_the_original_tells_it() {
        for (text, why) in [
            ("dance=1999999990", "unknown signal \"dance\""),
            ("ldm=1=2", "invalid signal parameters: [\"2\"]"),
            ("ldm=x", "invalid pid: x"),
            ("ldm=x*", "invalid pid: x"),
            ("ldm=/nowhere/pid", "invalid pid: /nowhere/pid"),
            ("ldm", "no tidegate processes running"),
            ("ldm=7*", "no tidegate processes running"),
            (
                "ldm=1999999990",
                "\nsignal \"ldm\" 1999999990: no such process",
            ),
            ("stop=0", "\nsignal \"stop\" 0: not a process id"),
            ("stop=-1", "\nsignal \"stop\" -1: not a process id"),
        ] {
            assert_eq!(failure(text, &[]), why, "{text}");
        }
    }

    #[test]
    fn without_an_id_there_must_be_one_process_and_a_pattern_means_all_that_fit() {
        assert_eq!(
            failure("ldm", &NOBODY[..2]),
            "multiple tidegate processes running:\n1999999990\n1999999991"
        );
        assert_eq!(
            failure("ldm", &NOBODY[..1]),
            "\nsignal \"ldm\" 1999999990: no such process"
        );
        assert_eq!(
            failure("ldm=19*", &NOBODY),
            "\nsignal \"ldm\" 1999999990: no such process\
             \nsignal \"ldm\" 1999999991: no such process"
        );
        assert_eq!(failure("ldm=*", &NOBODY).lines().count(), 4);
    }

    #[test]
    fn a_file_may_hold_the_id() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("pid");
        fs::write(&path, "1999999990\n").expect("a file");
        let text = format!("reload={}", path.display());
        let why = "\nsignal \"reload\" 1999999990: no such process";
        assert_eq!(failure(&text, &[]), why);
    }
}
