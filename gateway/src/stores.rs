//! Stores of other tools on disk: nsc's, and the directory of a nats-server resolver.

pub(crate) mod nsc;
pub(crate) mod resolver;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use accounts::{KeyKind, KeyPair};
use anyhow::{Context, bail};
use zeroize::Zeroizing;

/// A store is no deeper, and a folder that is was not meant.
const DEPTH_MAX: usize = 6;
const FILES_MAX: usize = 2_000_000;

/// What a store holds. Seeds of users stay where they are: nobody else needs them.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) tokens: Vec<String>,
    pub(crate) seeds: Vec<Zeroizing<String>>,
}

/// All files below a folder whose names end in `.<extension>`, in the order of their names.
fn files(folder: &Path, extension: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    walk(folder, extension, DEPTH_MAX, &mut found)
        .with_context(|| format!("look through {}", folder.display()))?;
    found.sort();
    Ok(found)
}

fn walk(
    folder: &Path,
    extension: &str,
    depth: usize,
    found: &mut Vec<PathBuf>,
) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_dir() && depth > 0 {
            walk(&path, extension, depth - 1, found)?;
        } else if !kind.is_dir() && path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
        if found.len() > FILES_MAX {
            bail!("it has more than {FILES_MAX} files; is it the right folder?");
        }
    }
    Ok(())
}

/// The token in a file.
fn token(path: &Path) -> anyhow::Result<String> {
    let text = fs::read_to_string(path);
    let text = text.with_context(|| format!("read {}", path.display()))?;
    match token_in(&text) {
        Some(token) => Ok(token.to_owned()),
        None => bail!(
            "{} holds no JWT; remove it if it is left over",
            path.display()
        ),
    }
}

/// The first token in a text: tools keep it bare, and what people copy around is often in armour.
pub(crate) fn token_in(text: &str) -> Option<&str> {
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| line.split('.').count() == 3 && !line.contains(' '))
}

/// The seeds of operators and accounts in a folder of keys; other keys are passed over.
fn seeds(folder: &Path) -> anyhow::Result<Vec<Zeroizing<String>>> {
    let mut seeds = Vec::new();
    for path in files(folder, "nk")? {
        let text = fs::read_to_string(&path);
        let text = Zeroizing::new(text.with_context(|| format!("read {}", path.display()))?);
        let seed = text.trim();
        let wanted = match KeyPair::from_seed(seed) {
            Ok(key) => [KeyKind::Operator, KeyKind::Account].contains(&key.public().kind()),
            // A key that only encrypts, or that was damaged: neither signs anything.
            Err(_) => false,
        };
        if wanted {
            seeds.push(Zeroizing::new(seed.to_owned()));
        }
    }
    Ok(seeds)
}

/// Makes a folder that its owner alone can enter.
fn private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

/// Writes a new file that its owner alone can read.
fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let shown = path.display();
    if let Some(folder) = path.parent() {
        private_folder(folder).with_context(|| format!("create {}", folder.display()))?;
    }
    let mut options = fs::OpenOptions::new();
    let file = options.create_new(true).write(true).mode(0o600).open(path);
    let mut file = file.with_context(|| format!("create {shown}"))?;
    file.write_all(text.as_bytes())
        .with_context(|| format!("write {shown}"))
}

/// A folder to export into: new, or empty.
pub(crate) fn empty_folder(path: &Path) -> anyhow::Result<()> {
    let shown = path.display();
    private_folder(path).with_context(|| format!("create {shown}"))?;
    let mut entries = fs::read_dir(path).with_context(|| format!("open {shown}"))?;
    match entries.next() {
        None => Ok(()),
        Some(_) => bail!("{shown} is not empty: choose a new folder"),
    }
}
