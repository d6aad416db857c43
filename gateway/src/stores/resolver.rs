//! The directory of a nats-server resolver: a token per account, named after its key.

use std::path::Path;

use admin_api::Exported;

use super::{Found, files, seeds, token, write};

const ACCOUNTS: &str = "jwt";
const CONFIG: &str = "nats-server.conf";

/// Reads the accounts in `dir` and the operator's token; seeds only when a folder has some.
pub(crate) fn read(
    dir: &Path,
    operator: Option<&Path>,
    keys: Option<&Path>,
) -> anyhow::Result<Found> {
    let mut tokens: Vec<String> = files(dir, "jwt")?
        .iter()
        .map(|path| token(path))
        .collect::<Result<_, _>>()?;
    tokens.extend(operator.map(token).transpose()?);
    let seeds = keys.map(seeds).transpose()?.unwrap_or_default();
    Ok(Found { tokens, seeds })
}

/// Writes the accounts into `<dir>/jwt`, and beside it a configuration that serves them.
pub(crate) fn export(dir: &Path, exported: &Exported) -> anyhow::Result<()> {
    for account in &exported.accounts {
        let file = dir
            .join(ACCOUNTS)
            .join(format!("{}.jwt", account.public_key));
        write(&file, &account.jwt)?;
    }
    let (operator, system) = (&exported.operator.jwt, &exported.system_account);
    let config = format!(
        "# Run with: nats-server -c {CONFIG}, in this folder.\n\
         operator: {operator}\n\
         system_account: {system}\n\
         resolver: {{\n  type: full\n  dir: \"./{ACCOUNTS}\"\n  allow_delete: false\n  \
         interval: \"2m\"\n}}\n"
    );
    write(&dir.join(CONFIG), &config)
}
