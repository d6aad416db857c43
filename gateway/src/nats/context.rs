//! Contexts of the `nats` command line: a file each, which names server and credentials.

use std::env;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;

use super::LinkArgs;
use super::link::servers;
use crate::client::PrivateFile;
use crate::console;

/// `tidegate nats context`.
#[derive(Debug, Args)]
pub(crate) struct ContextArgs {
    /// What the context is called.
    name: String,
    /// For people.
    #[arg(long, default_value = "")]
    description: String,
    /// Make it the one that `nats` uses.
    #[arg(long)]
    select: bool,
    /// Put it in the place of one of this name.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    link: LinkArgs,
}

/// Where `nats` keeps its contexts.
fn folder() -> anyhow::Result<PathBuf> {
    let set = |name: &str| {
        env::var_os(name)
            .filter(|it| !it.is_empty())
            .map(PathBuf::from)
    };
    let folder = set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config")));
    let folder = folder.context("neither XDG_CONFIG_HOME nor HOME says where contexts are kept")?;
    Ok(folder.join("nats"))
}

/// The file as a path from the root: `nats` is called from anywhere.
fn whole(file: Option<&PathBuf>) -> anyhow::Result<PathBuf> {
    let Some(file) = file else {
        return Ok(PathBuf::new());
    };
    fs::canonicalize(file).with_context(|| format!("open {}", file.display()))
}

pub(super) fn make(args: &ContextArgs) -> anyhow::Result<()> {
    let name = &args.name;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
        bail!("the name of a context may have letters, digits, `-`, `_` and `.`");
    }
    let said = json!({
        "description": args.description,
        "url": servers(&args.link)?.join(","),
        "creds": whole(args.link.creds.as_ref())?,
        "ca": whole(args.link.ca.as_ref())?,
    });
    let folder = folder()?;
    let contexts = folder.join("context");
    fs::create_dir_all(&contexts).with_context(|| format!("create {}", contexts.display()))?;
    let file = contexts.join(format!("{name}.json"));
    if args.force && file.exists() {
        fs::remove_file(&file).with_context(|| format!("replace {}", file.display()))?;
    }
    let made = PrivateFile::create(&file);
    let made = made.context("--force replaces a context that is there")?;
    made.fill(serde_json::to_string_pretty(&said)?.as_bytes())?;
    if args.select {
        let chosen = folder.join("context.txt");
        let written = fs::write(&chosen, name);
        written.with_context(|| format!("write {}", chosen.display()))?;
    }
    console::say(file.display());
    Ok(())
}
