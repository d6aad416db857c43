//! `tidegate import nsc|resolver` and `tidegate export nsc|resolver`: files of other tools; beside
//! them `tidegate export manifest`.

use std::path::{Path, PathBuf};

use accounts::{KeyKind, KeyPair};
use admin_api::{Bundle, Exported, Storage, bootstrap};
use anyhow::{Context, bail};
use clap::{ArgMatches, Args, FromArgMatches, Subcommand};
use serde_json::{Value, json};

use super::answer::{self, Form};
use super::api::{self, Api, Request};
use super::manifest::{self, ExportArgs};
use crate::console;
use crate::data_dir::DataDir;
use crate::stores::{self, Found, nsc, resolver};

const DEFAULT_DATA: &str = "tidegate-data";

/// Verbs of the noun `import` beside those of the API.
#[derive(Debug, Subcommand)]
pub(super) enum ImportCommand {
    /// Take accounts and users of an nsc store; old credentials stay good.
    Nsc {
        /// The operator's folder in nsc's stores, or the stores themselves.
        dir: PathBuf,
        /// Which operator, when the stores have several.
        #[arg(long, value_name = "NAME")]
        operator: Option<String>,
        #[command(flatten)]
        how: How,
    },
    /// Take the accounts in the directory of a nats-server resolver.
    Resolver {
        /// The `dir` of the resolver.
        dir: PathBuf,
        /// The file with the operator's JWT.
        #[arg(long, value_name = "FILE")]
        operator: Option<PathBuf>,
        #[command(flatten)]
        how: How,
    },
}

/// How things are taken.
#[derive(Debug, Args)]
pub(super) struct How {
    /// Folder with the seeds (*.nk) [default for nsc: where nsc keeps them].
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
    /// Leave all seeds where they are: accounts are read-only then, unless adopted.
    #[arg(long, conflicts_with = "keys")]
    without_seeds: bool,
    /// Give accounts whose seeds are missing a signing key of Tidegate's own.
    #[arg(long)]
    adopt: bool,
    /// The organisation that the accounts will belong to.
    #[arg(long, value_name = "ORG")]
    org: Option<String>,
    /// Found a new installation on this very operator, before the first start of `serve`.
    #[arg(long, conflicts_with = "org")]
    found: bool,
    /// Check it and show what would come, but take nothing.
    #[arg(long, conflicts_with = "found")]
    dry_run: bool,
    /// With --found: PostgreSQL to use instead of SQLite in the data directory.
    #[arg(
        long,
        value_name = "URL",
        env = "TIDEGATE_DATABASE_URL",
        hide_env_values = true
    )]
    database_url: Option<String>,
    /// With --found: the vault key, made when there is none.
    #[arg(long, value_name = "FILE", env = "TIDEGATE_VAULT_KEY_FILE")]
    vault_key_file: Option<PathBuf>,
    /// How the outcome is printed.
    #[arg(long, short, default_value = "table", value_parser = ["table", "json", "yaml"])]
    output: String,
}

/// Verbs of the noun `export` beside those of the API.
#[derive(Debug, Subcommand)]
pub(super) enum ExportCommand {
    /// Write operator, accounts and users as an nsc store.
    Nsc(Out),
    /// Write the accounts as a directory that a nats-server resolver serves.
    Resolver(Out),
    /// Print what is there as a manifest for `tidegate apply`.
    Manifest(ExportArgs),
}

#[derive(Debug, Args)]
pub(super) struct Out {
    /// A new folder.
    dir: PathBuf,
    /// Seeds too, in the open: of the operator's signing key, of accounts and of roles.
    #[arg(long)]
    with_seeds: bool,
}

/// Adds what is written here to a noun that the API has.
pub(super) fn augment(noun: &str, command: clap::Command) -> clap::Command {
    let about = command.get_about().cloned().unwrap_or_default();
    let (command, verbs): (_, &[&str]) = match noun {
        "import" => (
            ImportCommand::augment_subcommands(command),
            &["nsc", "resolver"],
        ),
        "export" => (
            ExportCommand::augment_subcommands(command),
            &["nsc", "resolver", "manifest"],
        ),
        _ => return command,
    };
    let command = verbs.iter().copied().fold(command, |command, verb| {
        command.mut_subcommand(verb, api::connection_flags)
    });
    command.about(format!("{about}, {}", verbs.join(", ")))
}

/// Carries out a verb that is written here; `false` when it is not.
pub(super) async fn run(noun: &str, matches: &ArgMatches) -> anyhow::Result<bool> {
    let Some((verb, inner)) = matches.subcommand() else {
        return Ok(false);
    };
    match (noun, verb) {
        ("import", "nsc" | "resolver") => {
            import(ImportCommand::from_arg_matches(matches)?, inner).await?;
        }
        ("export", "nsc" | "resolver" | "manifest") => {
            export(ExportCommand::from_arg_matches(matches)?, inner).await?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

async fn import(command: ImportCommand, matches: &ArgMatches) -> anyhow::Result<()> {
    let (mut found, how) = match command {
        ImportCommand::Nsc { dir, operator, how } => {
            let found = nsc::read(&dir, operator.as_deref(), how.keys.as_deref())?;
            (found, how)
        }
        ImportCommand::Resolver { dir, operator, how } => {
            let found = resolver::read(&dir, operator.as_deref(), how.keys.as_deref())?;
            (found, how)
        }
    };
    if how.without_seeds {
        found.seeds.clear();
    }
    if found.tokens.is_empty() {
        bail!("there is no JWT in that folder");
    }
    let imported = match how.found {
        true => found_on(&found, &how, matches).await?,
        false => send(&found, &how, matches).await?,
    };
    let form = Form::of(&how.output);
    let Form::Table = form else {
        return answer::show(imported, form, None, &[]);
    };
    for note in imported["notes"].as_array().into_iter().flatten() {
        console::complain(note.as_str().unwrap_or_default());
    }
    answer::show(imported["accounts"].clone(), form, None, &[])
}

async fn send(found: &Found, how: &How, matches: &ArgMatches) -> anyhow::Result<Value> {
    // An operator's seeds are of use only to found on it.
    let is_of_account = |seed: &&zeroize::Zeroizing<String>| {
        KeyPair::from_seed(seed).is_ok_and(|key| key.public().kind() == KeyKind::Account)
    };
    let seeds: Vec<&str> = found
        .seeds
        .iter()
        .filter(is_of_account)
        .map(|seed| seed.as_str())
        .collect();
    let mut body = json!({ "tokens": found.tokens, "seeds": seeds, "adopt": how.adopt });
    if let Some(org) = &how.org {
        body["org"] = json!(org);
    }
    let mut request = Request::new("POST", "/api/v1/transfer/import").with_body(body);
    match how.dry_run {
        true => request
            .query
            .push(("dry_run".to_owned(), "true".to_owned())),
        false => request = request.once(None)?,
    }
    Ok(Api::chosen(matches)?.send(&request).await?.body)
}

/// Founds an installation offline.
async fn found_on(found: &Found, how: &How, matches: &ArgMatches) -> anyhow::Result<Value> {
    let bundle = Bundle::read(&found.tokens, &found.seeds)?;
    let root = api::data(matches).unwrap_or(Path::new(DEFAULT_DATA));
    let data = DataDir::open(root)?;
    let shown = data.root().display().to_string();
    if data.operator_file().exists() {
        bail!("{shown} has an operator already: import into it without --found, or choose another");
    }
    let storage = Storage {
        data_dir: data.root().to_owned(),
        database_url: how.database_url.clone(),
        vault_key_file: how.vault_key_file.clone(),
    };
    let imported = bootstrap::found_on(&storage, &bundle, how.adopt).await;
    let imported = imported.with_context(|| format!("found an installation in {shown}"))?;
    console::complain(format_args!(
        "founded; start it with `tidegate serve --data {shown}`"
    ));
    Ok(serde_json::to_value(imported)?)
}

async fn export(command: ExportCommand, matches: &ArgMatches) -> anyhow::Result<()> {
    let (out, write): (_, fn(&Path, &Exported) -> anyhow::Result<()>) = match command {
        ExportCommand::Nsc(out) => (out, nsc::export),
        ExportCommand::Resolver(out) if out.with_seeds => {
            bail!("the directory of a resolver has no place for seeds: use `export nsc`")
        }
        ExportCommand::Resolver(out) => (out, resolver::export),
        ExportCommand::Manifest(args) => return manifest::export(&args, matches).await,
    };
    stores::empty_folder(&out.dir)?;
    let body = json!({ "seeds": out.with_seeds });
    let request = Request::new("POST", "/api/v1/transfer/export").with_body(body);
    let answer = Api::chosen(matches)?.send(&request).await?.body;
    let exported: Exported = serde_json::from_value(answer).context("read the export")?;
    write(&out.dir, &exported)?;
    let users: usize = exported
        .accounts
        .iter()
        .map(|account| account.users.len())
        .sum();
    console::say(format_args!(
        "wrote {} accounts, {users} users and {} seeds to {}",
        exported.accounts.len(),
        exported.seeds.len(),
        out.dir.display()
    ));
    Ok(())
}
