//! The configuration language, case by case, through `-t` of our server and of the real one.
//!
//! Both must accept, or both refuse; what they accept must mean the same, as the digest of the
//! parsed tree shows. Known differences are listed with their reasons in
//! `corpus/config/differences.txt`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use tests::mint::{Operator, Tenant};
use tests::wait::eventually;
use tests::{Certs, Daemon, Which, paths};

const MARK: &str = "=== ";
/// How often nats-server is asked about one case: of an even chance, both sides show.
const ASKED_MAX: usize = 24;

/// What the cases find in the environment; nothing else is there.
const ENVIRONMENT: [(&str, &str); 13] = [
    ("CORPUS_NAME", "named"),
    ("CORPUS_NUMBER", "64KB"),
    ("CORPUS_MAP", "{a: b}"),
    ("CORPUS_LIST", "[a, b]"),
    ("CORPUS_EMPTY", ""),
    ("CORPUS_BLANK", "a b"),
    ("CORPUS_NEST", "$CORPUS_NAME"),
    ("CORPUS_LOOP", "$CORPUS_LOOP"),
    ("CORPUS_QUOTED", "'a'"),
    (
        "CORPUS_BCRYPT",
        "$2a$11$W2zko751KUvVy59mUTWmpOdWjpEm5qhcCZRd05GjI/sSOT.xtiHyG",
    ),
    ("CORPUS_KEYS", "a\nport: -1"),
    ("CORPUS_COMMENT", "a # b"),
    ("CORPUS_DATE", "2006-01-02T15:04:05Z"),
];

#[test]
fn both_servers_accept_and_refuse_the_same() -> Result<()> {
    let corpus = paths::root().join("tests/corpus/config");
    let folder = furnished(&corpus)?;
    let known = known(&corpus)?;
    let (mut count, mut found, mut wrong) = (0, BTreeSet::new(), Vec::new());
    for (name, text) in cases(&corpus)? {
        count += 1;
        let file = folder.path().join(format!("{name}.conf"));
        fs::write(&file, text).context("write a case")?;
        let ours = check(Which::Tidegate, &file)?;
        let reason = known.iter().find(|known| fits(known, &name));
        let theirs = original(&file, |it| {
            (it.accepted == ours.accepted) == reason.is_none()
        })?;
        found.extend(reason.cloned());
        match (ours.accepted == theirs.accepted, reason) {
            (true, Some(_)) => wrong.push(format!("{name} does not differ any more")),
            (true, None) if ours.digest != theirs.digest => wrong.push(format!(
                "{name} means something else:\n  {}\n  {}",
                ours.said, theirs.said
            )),
            (false, None) => {
                wrong.push(format!(
                    "{name} differs:\n  {}\n  {}",
                    ours.said, theirs.said
                ));
            }
            _ => {}
        }
    }
    let unknown = known.iter().filter(|known| !found.contains(*known));
    wrong.extend(unknown.map(|known| format!("differences.txt names no case: {known}")));
    ensure!(count > 500, "only {count} cases were found");
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// What our server says against a case names file, line and column.
#[test]
fn every_refusal_has_a_place() -> Result<()> {
    let corpus = paths::root().join("tests/corpus/config");
    let folder = furnished(&corpus)?;
    for (name, text) in cases(&corpus)? {
        let file = folder.path().join(format!("{name}.conf"));
        let is_empty = text.lines().all(|line| {
            let line = line.trim();
            line.is_empty() || line.starts_with('#') || line == "{}"
        });
        fs::write(&file, text).context("write a case")?;
        let check = check(Which::Tidegate, &file)?;
        if check.accepted || is_empty {
            continue;
        }
        let has_place = check.said.lines().any(|line| {
            let numbers = line
                .split(':')
                .filter(|part| part.trim().parse::<u32>().is_ok());
            numbers.count() >= 2
        });
        ensure!(has_place, "{name}: {}", check.said);
    }
    Ok(())
}

/// What the pages of a manual show, in files of our own: both servers start with each of them, or
/// ours says why not.
#[tokio::test]
async fn what_manuals_show_starts_or_is_refused_with_the_reason() -> Result<()> {
    let corpus = paths::root().join("tests/corpus/config");
    let folders = [furnished(&corpus)?, furnished(&corpus)?];
    let known = known(&corpus)?;
    let (mut count, mut wrong) = (0, Vec::new());
    for (name, text) in cases(&corpus)? {
        if !name.starts_with("page-") {
            continue;
        }
        count += 1;
        for (which, folder) in [Which::Tidegate, Which::NatsServer]
            .into_iter()
            .zip(&folders)
        {
            let file = folder.path().join(format!("{name}.conf"));
            fs::write(&file, &text).context("write a case")?;
            let is_known = known.iter().any(|known| fits(known, &name));
            let refused = is_known && which == Which::Tidegate;
            let started = start(which, &file).await?;
            if started.is_err() != refused {
                wrong.push(format!("{name} on {which:?}: {started:?}"));
            }
        }
    }
    ensure!(count > 40, "only {count} pages were found");
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// Starts a server, and stops it when it is ready; what it said instead, if it never is.
async fn start(which: Which, file: &Path) -> Result<Result<(), String>> {
    // A page may put the log elsewhere; this comes when all is ready, too.
    let ports = tempfile::tempdir().context("make a folder")?;
    let mut command = prepared(which, file)?;
    command.args(["-a", "127.0.0.1", "-p", "-1", "--ports_file_dir"]);
    command.arg(ports.path());
    let mut daemon = Daemon::spawn("a server", command)?;
    let started = eventually("a server that is ready, or ends", async || {
        let is_ready = fs::read_dir(ports.path())?.next().is_some();
        let ended = daemon.exited()?.map(|_| false);
        Ok(is_ready.then_some(true).or(ended))
    });
    Ok(match started.await? {
        true => Ok(()),
        false => Err(daemon.output()),
    })
}

struct Check {
    accepted: bool,
    digest: Option<String>,
    said: String,
}

fn check(which: Which, file: &Path) -> Result<Check> {
    let mut command = prepared(which, file)?;
    command.arg("-t");
    let output = command.output().context("run a server")?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    let digest = said
        .split_once("(sha256:")
        .map(|(_, rest)| rest.trim_end_matches(')'));
    Ok(Check {
        accepted: output.status.success(),
        digest: digest.map(str::to_owned),
        said,
    })
}

/// A server that reads this file, in its folder.
fn prepared(which: Which, file: &Path) -> Result<Command> {
    let mut command = which.command()?;
    command.env_clear().envs(ENVIRONMENT).arg("-c").arg(file);
    if let Some(folder) = file.parent() {
        command.current_dir(folder);
    }
    Ok(command)
}

/// A folder with what the cases name: files, certificates, and an operator with an account.
fn furnished(corpus: &Path) -> Result<TempDir> {
    let folder = tempfile::tempdir().context("make a folder")?;
    copy(&corpus.join("files"), folder.path())?;
    let certs = Certs::new()?;
    for file in ["server.pem", "server.key", "ca.pem"] {
        fs::copy(certs.dir().join(file), folder.path().join(file))?;
    }
    let (operator, tenant) = (Operator::default(), Tenant::new("acme"));
    for (file, text) in [
        ("operator.jwt", operator.jwt()),
        ("trust.inc", operator.memory_config(&[&tenant])),
        ("preload.inc", operator.preload(&[&tenant])),
    ] {
        fs::write(folder.path().join(file), text)?;
    }
    Ok(folder)
}

/// What nats-server says. Some of its verdicts hang on the order of a Go map, which is chance: it
/// is asked again until it says what is expected, if it ever does.
fn original(file: &Path, is_expected: impl Fn(&Check) -> bool) -> Result<Check> {
    let mut said = check(Which::NatsServer, file)?;
    for _ in 1..ASKED_MAX {
        if is_expected(&said) {
            break;
        }
        said = check(Which::NatsServer, file)?;
    }
    Ok(said)
}

/// Names and texts, of all files of cases.
fn cases(corpus: &Path) -> Result<Vec<(String, String)>> {
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(corpus).context("list the corpus")? {
        files.push(entry?.path());
    }
    files.retain(|path| path.extension().is_some_and(|it| it == "cases"));
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).context("read cases")?;
        let text = format!("\n{text}");
        for case in text.split(&format!("\n{MARK}")).skip(1) {
            let (name, text) = case.split_once('\n').unwrap_or((case, ""));
            cases.push((name.to_owned(), text.to_owned()));
        }
    }
    cases.extend(in_bytes());
    Ok(cases)
}

/// Cases that an editor would spoil.
fn in_bytes() -> [(String, String); 3] {
    let case = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    [
        case(
            "lines-end-in-two",
            "server_name: a\r\nserver_tags: [\r\na\r\n]\r\nport: -1\r\n",
        ),
        case(
            "lines-end-in-one",
            "port: -1\rserver_name: a # b\rserver_tags: [a\rb]",
        ),
        case(
            "escapes",
            "server_metadata { a: \"<&>\\t\\x41\\\\\", b: x\\ty }",
        ),
    ]
}

fn known(corpus: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(corpus.join("differences.txt")).context("read differences")?;
    let names = text.lines().map(str::trim);
    let names = names.filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(names.map(str::to_owned).collect())
}

fn fits(known: &str, name: &str) -> bool {
    match known.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == known,
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).context("list included files")? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
