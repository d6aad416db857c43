//! Contexts: the installations that somebody works with, each with an API key.
//!
//! They are kept in one file that its owner alone can read. Without any, a `tidegate serve` that
//! runs on this machine is found by its data directory.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use axum::http::{HeaderValue, Uri};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::{self, Form};
use crate::console;
use crate::data_dir::write_durably;

const FILE: &str = "contexts.json";
const PRIVATE_FILE: u32 = 0o600;
const DEFAULT_DATA: &str = "tidegate-data";
/// A key is one short line.
const TOKEN_BYTES_MAX: u64 = 4096;

/// `tidegate context …`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ContextCommand {
    /// Remember an installation and an API key for it.
    Add {
        name: String,
        /// Where its admin API is, for example `https://tidegate.example:8080`.
        #[arg(long)]
        url: String,
        /// A file with the API key; stdin when absent.
        #[arg(long, value_name = "FILE")]
        token_file: Option<PathBuf>,
        /// The account that commands are about when they name none.
        #[arg(long, short)]
        account: Option<String>,
        /// Certificate authorities to believe instead of the system's.
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
        /// Send the key unencrypted over the network.
        #[arg(long)]
        insecure: bool,
    },
    /// Choose the context that commands use.
    Use {
        name: Option<String>,
        /// The account that commands are about when they name none.
        #[arg(long, short)]
        account: Option<String>,
    },
    /// List the contexts.
    #[command(visible_alias = "list")]
    Ls {
        /// How they are printed.
        #[arg(long, short, default_value = "table", value_parser = ["table", "json", "yaml"])]
        output: String,
    },
    /// Forget a context.
    #[command(visible_alias = "delete")]
    Rm { name: String },
}

/// An installation as one caller reaches it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Target {
    /// Without a slash at its end.
    pub(super) url: String,
    pub(super) token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ca_file: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) insecure: bool,
    /// The id of the key, when `login` made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<String>,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl Target {
    /// A URL of the command line; the key is in a file or in the environment.
    pub(super) fn given(url: &str, token_file: Option<&Path>) -> anyhow::Result<Self> {
        let token = match (token_file, env::var("TIDEGATE_TOKEN")) {
            (Some(file), _) => read_token(Some(file))?,
            (None, Ok(token)) => token,
            (None, Err(_)) => bail!("--url needs a key: --token-file, or TIDEGATE_TOKEN"),
        };
        Ok(Self::new(url, token))
    }

    pub(super) fn new(url: &str, token: String) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
            token,
            account: None,
            ca_file: None,
            insecure: false,
            key: None,
        }
    }

    /// The `serve` that runs in a data directory.
    fn local(data: &Path) -> anyhow::Result<Self> {
        let shown = data.display();
        let ports = fs::read(data.join("run/ports.json")).with_context(|| {
            format!(
                "no context is in use, and no `tidegate serve` runs in {shown}: start one, say \
                 --data DIR, or make a context with `tidegate context add`"
            )
        })?;
        let ports: Value = serde_json::from_slice(&ports).context("read run/ports.json")?;
        let url = ports["http"][0]
            .as_str()
            .context("run/ports.json names no admin API")?;
        let token = data.join("run/admin.token");
        let token = fs::read_to_string(&token).with_context(|| {
            format!(
                "read {}: the first admin token is gone; make a context with an API key: \
                 `tidegate context add`",
                token.display()
            )
        })?;
        Ok(Self::new(url, token.trim().to_owned()))
    }

    pub(super) fn is_https(&self) -> bool {
        self.url.starts_with("https://")
    }

    /// Refuses what would send the key in the open, or cannot be a URL.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let url = &self.url;
        let uri: Uri = url.parse().with_context(|| format!("{url} is not a URL"))?;
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let is_local = host == "localhost"
            || host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|it| it.is_loopback());
        match uri.scheme_str() {
            Some("https") => Ok(()),
            Some("http") if is_local || self.insecure => Ok(()),
            Some("http") => bail!(
                "{url} is not encrypted, and the key would travel in the open: use https, or \
                 allow it with `tidegate context add --insecure`"
            ),
            _ => bail!("{url} must begin with https:// or http://"),
        }
    }

    pub(super) fn bearer(&self) -> anyhow::Result<HeaderValue> {
        let text = format!("Bearer {}", self.token.trim());
        let mut value = HeaderValue::from_str(&text).context("the API key is not one")?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// The file of contexts.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Contexts {
    /// The one in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<String>,
    contexts: BTreeMap<String, Target>,
}

impl Contexts {
    fn load() -> anyhow::Result<Self> {
        let path = file()?;
        let shown = path.display();
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text)
                .with_context(|| format!("{shown} is damaged; mend it or remove it")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("read {shown}")),
        }
    }

    fn save(&self) -> anyhow::Result<()> {
        let path = file()?;
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
        write_durably(&path, &serde_json::to_vec_pretty(self)?, PRIVATE_FILE)
    }

    fn get_mut(&mut self, name: &str) -> anyhow::Result<&mut Target> {
        let known: Vec<String> = self.contexts.keys().cloned().collect();
        self.contexts
            .get_mut(name)
            .with_context(|| match known.is_empty() {
                true => {
                    format!("there is no context {name}: `tidegate context add {name}` makes it")
                }
                false => format!("there is no context {name}; there are {}", known.join(", ")),
            })
    }
}

/// Where contexts are kept.
fn file() -> anyhow::Result<PathBuf> {
    let set = |name: &str| {
        env::var_os(name)
            .filter(|it| !it.is_empty())
            .map(PathBuf::from)
    };
    let folder = set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config")));
    let folder = folder.context("neither XDG_CONFIG_HOME nor HOME says where to keep contexts")?;
    Ok(folder.join("tidegate").join(FILE))
}

/// The named context, or the one in use, or a `serve` on this machine.
pub(super) fn chosen(name: Option<&str>, data: Option<&Path>) -> anyhow::Result<Target> {
    if let (None, Some(data)) = (name, data) {
        return Target::local(data);
    }
    let mut contexts = match (name, file()) {
        // A machine without a home can still reach its own server.
        (None, Err(_)) => Contexts::default(),
        _ => Contexts::load()?,
    };
    let current = contexts.current.clone();
    match name.or(current.as_deref()) {
        Some(name) => Ok(contexts.get_mut(name)?.clone()),
        None => Target::local(Path::new(DEFAULT_DATA)),
    }
}

/// Remembers an installation under this name, and uses it from now on.
pub(super) fn keep(name: &str, target: Target) -> anyhow::Result<()> {
    let mut contexts = Contexts::load()?;
    contexts.contexts.insert(name.to_owned(), target);
    contexts.current = Some(name.to_owned());
    contexts.save()
}

/// The context of this name, or the one in use, and what it is called.
pub(super) fn named(name: Option<&str>) -> anyhow::Result<(String, Target)> {
    let mut contexts = Contexts::load()?;
    let name = name.map(str::to_owned).or(contexts.current.clone());
    let name = name.context("no context is in use: say which one")?;
    let target = contexts.get_mut(&name)?.clone();
    Ok((name, target))
}

/// Forgets a context.
pub(super) fn forget(name: &str) -> anyhow::Result<()> {
    let mut contexts = Contexts::load()?;
    contexts.get_mut(name)?;
    contexts.contexts.remove(name);
    contexts.current = contexts.current.filter(|current| current != name);
    contexts.save()
}

pub(super) fn run(command: ContextCommand) -> anyhow::Result<()> {
    let mut contexts = Contexts::load()?;
    match command {
        ContextCommand::Add {
            name,
            url,
            token_file,
            account,
            ca,
            insecure,
        } => {
            let mut target = Target::new(&url, read_token(token_file.as_deref())?);
            target.account = account;
            target.insecure = insecure;
            target.ca_file = ca
                .map(|ca| fs::canonicalize(&ca).with_context(|| format!("open {}", ca.display())))
                .transpose()?;
            target.check()?;
            target.bearer()?;
            contexts.contexts.insert(name.clone(), target);
            contexts.current = Some(name);
        }
        ContextCommand::Use { name, account } => {
            let name = name.or_else(|| contexts.current.clone());
            let name = name.context("say which context to use")?;
            let target = contexts.get_mut(&name)?;
            if account.is_some() {
                target.account = account;
            }
            contexts.current = Some(name);
        }
        ContextCommand::Ls { output } => {
            return answer::show(listed(&contexts), Form::of(&output), None, &[]);
        }
        ContextCommand::Rm { name } => return forget(&name),
    }
    contexts.save()
}

fn listed(contexts: &Contexts) -> Value {
    let rows = contexts.contexts.iter().map(|(name, target)| {
        json!({
            "name": name,
            "in_use": contexts.current.as_ref() == Some(name),
            "url": target.url,
            "account": target.account,
        })
    });
    rows.collect()
}

/// A key from a file or from stdin.
fn read_token(file: Option<&Path>) -> anyhow::Result<String> {
    let mut text = String::new();
    match file {
        Some(file) => {
            let shown = file.display();
            let opened = fs::File::open(file).with_context(|| format!("open {shown}"))?;
            let read = opened.take(TOKEN_BYTES_MAX).read_to_string(&mut text);
            read.with_context(|| format!("read {shown}"))?;
        }
        None => {
            if io::stdin().is_terminal() {
                console::complain("paste the API key, then Enter and Ctrl-D:");
            }
            let read = io::stdin().take(TOKEN_BYTES_MAX).read_to_string(&mut text);
            read.context("read the API key from stdin")?;
        }
    }
    match text.trim() {
        "" => bail!("the API key is empty"),
        token => Ok(token.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_does_not_travel_in_the_open() {
        let check = |url: &str| Target::new(url, "x".to_owned()).check();
        for good in [
            "https://a.example",
            "http://127.0.0.1:1",
            "http://localhost:1",
            "http://[::1]:1",
        ] {
            check(good).unwrap_or_else(|error| panic!("{good}: {error:#}"));
        }
        for bad in [
            "http://a.example",
            "ftp://a",
            "a.example",
            "",
            "http://127.0.0.1.example",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
        let printed = format!("{:?}", Target::new("https://a", "secret".to_owned()));
        assert!(!printed.contains("secret"), "{printed}");
    }
}
