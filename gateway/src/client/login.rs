//! `tidegate login` and `logout`: a person's own key as a context. The password is used once, for a
//! session that makes the key and ends.

use std::fs::File;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::api::{Api, Request};
use super::call::escape;
use super::contexts::{self, Target};
use crate::console;

const SECONDS_PER_DAY: u32 = 24 * 3600;

/// `tidegate login`.
#[derive(Debug, clap::Args)]
pub(crate) struct LoginArgs {
    /// What the context is called. One that is there says where to sign in again.
    name: String,
    /// Where the admin API is, for example `https://tidegate.example:8080`.
    #[arg(long)]
    url: Option<String>,
    /// Who signs in; asked for when absent.
    #[arg(long)]
    email: Option<String>,
    /// The account that commands are about when they name none.
    #[arg(long, short)]
    account: Option<String>,
    /// The membership (id) to act under, for people who have several.
    #[arg(long)]
    membership: Option<String>,
    /// How many days the key holds.
    #[arg(long, default_value = "30", value_parser = clap::value_parser!(u32).range(1..=365))]
    days: u32,
    /// Certificate authorities to believe instead of the system's.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Send password and key unencrypted over the network.
    #[arg(long)]
    insecure: bool,
}

/// `tidegate logout`.
#[derive(Debug, clap::Args)]
pub(crate) struct LogoutArgs {
    /// The context; the one in use when absent.
    name: Option<String>,
    /// Forget the context even when its key cannot be revoked.
    #[arg(long)]
    force: bool,
}

/// Carries out `tidegate login`.
pub(super) async fn login(args: &LoginArgs) -> anyhow::Result<()> {
    let mut target = target(args)?;
    target.check()?;
    let api = Api::new(target.clone())?.without_key();
    let (api, identity) = sign_in(api, args).await?;
    let made = make_key(&api, args, &identity).await;
    // Whatever became of the key: nobody needs the session any more.
    let left = api.send(&Request::new("DELETE", "/api/v1/session")).await;
    let made = made?;
    if let Err(error) = left {
        console::complain(format_args!(
            "the session goes on until it expires: {error:#}"
        ));
    }
    let text = |name: &str| made[name].as_str().map(str::to_owned);
    target.token = text("token").context("the answer holds no key")?;
    target.key = text("id");
    contexts::keep(&args.name, target)?;
    let (who, until) = (&identity["session"]["email"], &made["expires_at"]);
    console::say(format_args!(
        "signed in as {} ({}) until {}",
        who.as_str().unwrap_or_default(),
        identity["role"].as_str().unwrap_or_default(),
        until.as_str().unwrap_or_default(),
    ));
    Ok(())
}

/// Where to sign in: as the flags say, or the context that is there.
fn target(args: &LoginArgs) -> anyhow::Result<Target> {
    let mut target = match &args.url {
        Some(url) => Target::new(url, String::new()),
        None => {
            let (_, known) = contexts::named(Some(&args.name))
                .context("say where the admin API is: --url URL")?;
            known
        }
    };
    target.insecure |= args.insecure;
    if args.account.is_some() {
        target.account.clone_from(&args.account);
    }
    if let Some(ca) = &args.ca {
        let file = std::fs::canonicalize(ca);
        target.ca_file = Some(file.with_context(|| format!("open {}", ca.display()))?);
    }
    Ok(target)
}

/// Signs in, with the second factor where there is one, under the membership that is wanted.
async fn sign_in(api: Api, args: &LoginArgs) -> anyhow::Result<(Api, Value)> {
    let email = match &args.email {
        Some(email) => email.clone(),
        None => line("Email: ", false)?.to_string(),
    };
    let password = line("Password: ", true)?;
    let body = json!({ "email": email, "password": *password });
    let answer = api
        .send(&Request::new("POST", "/api/v1/session").with_body(body))
        .await?;
    let (mut api, mut identity) = enter(api, answer)?;
    if identity["session"]["second_factor"] == "enrolment" {
        bail!(
            "this role needs a second factor, and you have none: sign in with a browser first and \
             set one up"
        );
    }
    if identity["session"]["totp"] == true {
        let code = line("Code of your second factor: ", false)?;
        let verify = Request::new("POST", "/api/v1/session/totp/verify");
        let answer = api
            .send(&verify.with_body(json!({ "code": *code })))
            .await?;
        (api, identity) = enter(api, answer)?;
    }
    if let Some(membership) = &args.membership {
        let mut change = Request::new("PATCH", "/api/v1/session");
        change.body = Some(json!({ "membership": membership }));
        let answer = api.send(&change).await?;
        identity = answer.body;
    }
    Ok((api, identity))
}

/// Goes on in the session that an answer begins.
fn enter(api: Api, answer: super::api::Answer) -> anyhow::Result<(Api, Value)> {
    let csrf = answer.body["session"]["csrf_token"]
        .as_str()
        .map(str::to_owned);
    let (Some(cookie), Some(csrf)) = (answer.cookie, csrf) else {
        bail!("the answer begins no session: is this the admin API?");
    };
    Ok((api.in_session(&cookie, &csrf)?, answer.body))
}

async fn make_key(api: &Api, args: &LoginArgs, identity: &Value) -> anyhow::Result<Value> {
    let host = rustix::system::uname();
    let host = host.nodename().to_string_lossy();
    let body = json!({
        "name": format!("tidegate login at {host}"),
        "expires_in_seconds": args.days * SECONDS_PER_DAY,
    });
    let request = Request::new("POST", "/api/v1/session/api-keys").with_body(body);
    let made = api.send(&request.once(None)?).await;
    let memberships = identity["session"]["memberships"].as_array();
    let made = made.with_context(|| match memberships.map_or(0, Vec::len) {
        0 => "you have no membership: ask somebody to invite you".to_owned(),
        _ => "make a key".to_owned(),
    })?;
    Ok(made.body)
}

/// Carries out `tidegate logout`.
pub(super) async fn logout(args: &LogoutArgs) -> anyhow::Result<()> {
    let (name, target) = contexts::named(args.name.as_deref())?;
    let Some(key) = target.key.clone() else {
        bail!(
            "the key of {name} was not made by `tidegate login`: `tidegate context rm {name}` \
             forgets it, `tidegate key rm` revokes it"
        );
    };
    let path = format!("/api/v1/api-keys/{}", escape(&key));
    let revoked = Api::new(target)?.send(&Request::new("DELETE", path)).await;
    match revoked {
        Ok(_) => {}
        Err(error) if args.force => {
            console::complain(format_args!("the key goes on until it expires: {error:#}"));
        }
        Err(error) => {
            return Err(error.context("revoke the key (--force forgets the context all the same)"));
        }
    }
    contexts::forget(&name)
}

/// A line that somebody types. Secrets are not shown; scripts give a line on stdin.
fn line(question: &str, is_secret: bool) -> anyhow::Result<Zeroizing<String>> {
    let stdin = io::stdin();
    let is_asked = stdin.is_terminal();
    if is_asked {
        let mut terminal = io::stderr();
        let asked = write!(terminal, "{question}").and_then(|()| terminal.flush());
        asked.context("ask on the terminal")?;
    }
    let hidden = match is_asked && is_secret {
        true => Some(Hidden::begin()?),
        false => None,
    };
    let mut text = Zeroizing::new(String::new());
    let read = stdin.lock().read_line(&mut text);
    if hidden.is_some() {
        console::complain("");
    }
    drop(hidden);
    read.context("read the answer")?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => bail!("{} was left empty", question.trim_end_matches([':', ' '])),
        text => Ok(Zeroizing::new(text.to_owned())),
    }
}

/// What is typed is not shown as long as this lives.
struct Hidden {
    terminal: File,
    before: rustix::termios::Termios,
}

impl Hidden {
    fn begin() -> anyhow::Result<Self> {
        let terminal = File::open("/dev/tty").context("open the terminal")?;
        let before = tcgetattr(&terminal).context("ask how the terminal is set")?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&terminal, OptionalActions::Now, &silent).context("hide what is typed")?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // A terminal that is gone has nothing to show.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}
