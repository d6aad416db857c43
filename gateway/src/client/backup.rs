//! `tidegate backup`: asks the API for a backup and keeps it in a private file.

use std::path::PathBuf;

use anyhow::bail;
use clap::ArgMatches;
use serde_json::json;

use super::api::{Api, Request};
use crate::console;
use crate::passphrase;

/// `tidegate backup FILE`.
#[derive(Debug, clap::Args)]
pub(crate) struct BackupArgs {
    /// The new file.
    file: PathBuf,
    /// Encrypt it with the passphrase in this file (or in TIDEGATE_BACKUP_PASSPHRASE).
    #[arg(long, value_name = "FILE", conflicts_with = "recipient")]
    passphrase_file: Option<PathBuf>,
    /// Encrypt it for this public key of age-keygen (`age1…`); may be given again.
    #[arg(long, value_name = "KEY")]
    recipient: Vec<String>,
}

pub(super) async fn run(args: &BackupArgs, matches: &ArgMatches) -> anyhow::Result<()> {
    let body = match args.recipient.as_slice() {
        [] => match passphrase::read(args.passphrase_file.as_deref())? {
            Some(text) => json!({ "passphrase": text.as_str() }),
            None => bail!(
                "say who can open it: --passphrase-file FILE, TIDEGATE_BACKUP_PASSPHRASE, or \
                 --recipient KEY"
            ),
        },
        keys => json!({ "recipients": keys }),
    };
    let api = Api::chosen(matches)?;
    let request = Request::new("POST", "/api/v1/backup").with_body(body);
    let bytes = api.download(&request, &args.file).await?;
    let shown = args.file.display();
    console::say(format_args!(
        "wrote {bytes} bytes to {shown}\nThe vault key is not in it; keep a copy of that elsewhere."
    ));
    Ok(())
}
