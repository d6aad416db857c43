//! `tidegate device enroll|renew|run|pack`: what a device does to have a certificate, for devices
//! that run this program beside their stock NATS client.
//!
//! The key is made here and stays here. Everything lies in one directory: key, certificate, the
//! authorities of the servers, and a context for the `nats` command.

mod home;
mod pack;
mod renewal;
mod roots;
mod server;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use zeroize::Zeroizing;

use crate::console;
use crate::startup;
use home::{Home, Memory};
pub(crate) use roots::fingerprint;
use server::{Answer, Server, Trust};

/// The noun of these commands, which has verbs of the API, too.
pub(crate) const NOUN: &str = "device";
const DEFAULT_DIR: &str = "tidegate-device";
/// What is waited between two questions whether a device was approved, if the server says nothing.
const POLL: Duration = Duration::from_secs(30);
const POLL_MAX: Duration = Duration::from_secs(600);

/// What a device does.
#[derive(Debug, Subcommand)]
pub(crate) enum DeviceCommand {
    /// Get this device its first certificate, with an enrolment token.
    Enroll(EnrollArgs),
    /// Get the next certificate, when two thirds of this one's life are over.
    Renew(RenewArgs),
    /// Keep the certificate renewed until SIGTERM.
    Run(RunArgs),
    /// Put key, certificate, roots and snippets for five languages into one file.
    Pack(PackArgs),
}

/// Where everything lies.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Directory for key, certificate and what belongs to them.
    #[arg(long, value_name = "DIR", env = "TIDEGATE_DEVICE_DIR", default_value = DEFAULT_DIR)]
    dir: PathBuf,
}

/// `tidegate device enroll URL`.
#[derive(Debug, Args)]
pub(crate) struct EnrollArgs {
    /// Where devices enrol, as `https://devices.example.com`, or the link that came with the token.
    url: String,
    /// The enrolment token; better in a file or the environment, where others do not see it.
    #[arg(long, env = "TIDEGATE_ENROLMENT_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// A file with the enrolment token.
    #[arg(long, value_name = "FILE", conflicts_with = "token")]
    token_file: Option<PathBuf>,
    /// What the device is to be called, if the token lets it choose.
    #[arg(long)]
    name: Option<String>,
    /// The root of the server's certificate, in PEM form; else those of the system.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// SHA-256 of that root, which is then fetched from the server.
    #[arg(long, value_name = "SHA256", conflicts_with = "ca")]
    fingerprint: Option<String>,
    /// Do not wait until the device is approved: run the same command again later.
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    place: Place,
}

/// `tidegate device renew`.
#[derive(Debug, Args)]
pub(crate) struct RenewArgs {
    /// Renew it now.
    #[arg(long)]
    force: bool,
    /// Keep the key, instead of making a new one.
    #[arg(long)]
    same_key: bool,
    #[command(flatten)]
    place: Place,
}

/// `tidegate device run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// A command for the shell after each renewal, with NATS_URL, NATS_CERT, NATS_KEY and NATS_CA.
    #[arg(long, value_name = "COMMAND")]
    exec: Option<String>,
    /// Keep the key, instead of making a new one each time.
    #[arg(long)]
    same_key: bool,
    #[command(flatten)]
    place: Place,
}

/// `tidegate device pack`.
#[derive(Debug, Args)]
pub(crate) struct PackArgs {
    /// The archive (zip), which must not be there yet.
    #[arg(long, value_name = "FILE", default_value = "device.zip")]
    output: PathBuf,
    #[command(flatten)]
    place: Place,
}

/// Does it.
pub(crate) fn run(command: DeviceCommand) -> anyhow::Result<()> {
    startup::run(async {
        match command {
            DeviceCommand::Enroll(args) => enroll(args).await,
            DeviceCommand::Renew(args) => {
                let home = Home::open(&args.place.dir)?;
                renewal::once(&home, args.force, args.same_key).await
            }
            DeviceCommand::Run(args) => {
                let home = Home::open(&args.place.dir)?;
                renewal::keep(&home, args.exec.as_deref(), args.same_key).await
            }
            DeviceCommand::Pack(args) => {
                let home = Home::open(&args.place.dir)?;
                pack::write(&home, &args.output)?;
                let shown = args.output.display();
                console::say(format!("wrote {shown}: whoever has it is the device"));
                Ok(())
            }
        }
    })
}

/// A link that came with a token says all three: `https://host/enroll#token=…&root=…`.
struct Link {
    base: String,
    token: Option<Zeroizing<String>>,
    root: Option<String>,
}

impl Link {
    fn read(text: &str) -> anyhow::Result<Self> {
        let (url, fragment) = text.split_once('#').unwrap_or((text, ""));
        let base = url.trim_end_matches('/');
        let base = base.strip_suffix("/enroll").unwrap_or(base);
        if !base.starts_with("https://") {
            bail!("{base:?} is no address to enrol at: it begins with https://");
        }
        let part = |name: &str| {
            let mut parts = fragment.split('&').filter_map(|part| part.split_once('='));
            parts.find_map(|(key, value)| (key == name).then(|| value.to_owned()))
        };
        Ok(Self {
            base: base.to_owned(),
            token: part("token").map(Zeroizing::new),
            root: part("root"),
        })
    }
}

async fn enroll(args: EnrollArgs) -> anyhow::Result<()> {
    let link = Link::read(&args.url)?;
    let token = token(&args, link.token)?;
    let home = Home::make(&args.place.dir)?;
    if home.has_certificate() {
        bail!(
            "{} has a certificate already: renew it with `tidegate device renew`, or choose \
             another --dir",
            home.shown()
        );
    }
    let trust = match (&args.ca, args.fingerprint.or(link.root)) {
        (Some(file), _) => Trust::File(file.clone()),
        (None, Some(fingerprint)) => {
            let root = roots::by_fingerprint(&link.base, &fingerprint).await?;
            home.keep_roots(&[root])?;
            Trust::File(home.roots_file())
        }
        (None, None) => Trust::System,
    };
    let server = Server::new(&link.base, &trust, None)?;
    // The token belongs to the first key that comes with it: it is the same when tried again.
    let key = home.first_key()?;
    let csr = home::request(&key)?;
    let body = json!({ "token": token.as_str(), "csr": csr, "name": args.name });
    loop {
        match server.post("/api/v1/enroll", &body).await? {
            Answer::Done(issued) => {
                let roots = roots::current(&server).await?;
                let memory = Memory::new(&link.base, &issued)?;
                home.keep_first(&issued, &memory, &roots)?;
                tell(&home, &memory);
                return Ok(());
            }
            Answer::Pending { name, retry_after } if args.no_wait => bail!(
                "the device {name} waits for approval: run the same command again; the server \
                 suggests in {} seconds",
                retry_after.unwrap_or(POLL).as_secs()
            ),
            Answer::Pending { name, retry_after } => {
                let pause = retry_after.unwrap_or(POLL).min(POLL_MAX);
                let seconds = pause.as_secs();
                console::say(format_args!(
                    "the device {name} waits for approval; asking again in {seconds} s"
                ));
                tokio::time::sleep(pause).await;
            }
        }
    }
}

fn token(args: &EnrollArgs, link: Option<Zeroizing<String>>) -> anyhow::Result<Zeroizing<String>> {
    if let Some(token) = &args.token {
        return Ok(Zeroizing::new(token.trim().to_owned()));
    }
    if let Some(file) = &args.token_file {
        let text = std::fs::read_to_string(file);
        let text = text.with_context(|| format!("read the token in {}", file.display()))?;
        return Ok(Zeroizing::new(text.trim().to_owned()));
    }
    link.context(
        "an enrolment token is needed: --token-file FILE, TIDEGATE_ENROLMENT_TOKEN, or the whole \
         link that came with it",
    )
}

/// What to do next.
fn tell(home: &Home, memory: &Memory) {
    let context = home.context_file();
    console::say(format_args!(
        "{} is enrolled; its certificate is good until {}.\n\n  \
         key          {}\n  certificate  {}\n  connect to   {}\n\n\
         Keep it renewed:   tidegate device run --dir {}\n\
         Use it:            nats --context {} pub hello world\n\
         or in a shell:     . {}",
        memory.name,
        memory.not_after,
        home.key_file().display(),
        home.certificate_file().display(),
        memory.nats_url,
        home.shown(),
        context.display(),
        home.environment_file().display(),
    ));
}

/// A path as others can use it from elsewhere.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::Link;

    #[test]
    fn a_link_says_all_that_is_needed() {
        let link = Link::read("https://a.example:8443/enroll#token=tg_enr_x&root=ab12");
        let link = link.expect("a link");
        assert_eq!(link.base, "https://a.example:8443");
        assert_eq!(link.token.as_ref().map(|it| it.as_str()), Some("tg_enr_x"));
        assert_eq!(link.root.as_deref(), Some("ab12"));
        let bare = Link::read("https://a.example/").expect("an address");
        assert_eq!(bare.base, "https://a.example");
        assert!(bare.token.is_none() && bare.root.is_none());
        assert!(Link::read("http://a.example").is_err());
    }
}
