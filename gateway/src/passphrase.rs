//! Passphrases: from a file or from the environment, never from the command line, where others
//! could read them.

use std::env;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use zeroize::Zeroizing;

const VARIABLE: &str = "TIDEGATE_BACKUP_PASSPHRASE";

/// The first line of the file, or what the environment says, or nothing.
pub(crate) fn read(file: Option<&Path>) -> anyhow::Result<Option<Zeroizing<String>>> {
    let Some(file) = file else {
        return Ok(env::var(VARIABLE).ok().map(Zeroizing::new));
    };
    let shown = file.display();
    let text = fs::read_to_string(file).with_context(|| format!("read {shown}"))?;
    let text = Zeroizing::new(text);
    match text.lines().next().unwrap_or_default() {
        "" => bail!("{shown} begins with an empty line; a passphrase must be there"),
        line => Ok(Some(Zeroizing::new(line.to_owned()))),
    }
}
