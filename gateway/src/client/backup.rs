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
    /// Take the backup that this operation has made; it is gone from there then.
    #[arg(long, value_name = "ID", conflicts_with_all = ["recipient", "passphrase_file"])]
    operation: Option<String>,
}

pub(super) async fn run(args: &BackupArgs, matches: &ArgMatches) -> anyhow::Result<()> {
    let request = request(args)?;
    let api = Api::chosen(matches)?;
    let bytes = api.download(&request, &args.file).await?;
    let shown = args.file.display();
    console::say(format_args!(
        "wrote {bytes} bytes to {shown}\nThe vault key is not in it; keep a copy of that elsewhere."
    ));
    Ok(())
}

fn request(args: &BackupArgs) -> anyhow::Result<Request> {
    if let Some(operation) = &args.operation {
        let is_id = operation
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !is_id {
            bail!("`{operation}` is no operation's id");
        }
        let path = format!("/api/v1/operations/{operation}/file");
        return Ok(Request::new("POST", path));
    }
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
    Ok(Request::new("POST", "/api/v1/backup").with_body(body))
}
