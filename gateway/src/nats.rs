//! `tidegate nats …`: a plain client for trying out a credential, and contexts for the `nats`
//! command line. It knows nothing of the admin API.

mod context;
mod link;
mod messages;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use crate::startup;
use link::Link;

/// `tidegate nats …`.
#[derive(Debug, Subcommand)]
pub(crate) enum NatsCommand {
    /// Publish a message.
    #[command(visible_alias = "publish")]
    Pub(PubArgs),
    /// Show messages as they come.
    #[command(visible_alias = "subscribe")]
    Sub(SubArgs),
    /// Ask, and show the answer.
    #[command(visible_alias = "req")]
    Request(RequestArgs),
    /// Answer requests.
    Reply(ReplyArgs),
    /// Measure how long a server takes to answer.
    Rtt(RttArgs),
    /// Make a context for the `nats` command line.
    Context(context::ContextArgs),
}

/// Where to connect, and as whom.
#[derive(Debug, Args)]
#[command(next_help_heading = "Where and as whom")]
pub(crate) struct LinkArgs {
    /// A NATS server; several are tried in turn. The `tidegate serve` of this machine when absent.
    #[arg(
        long,
        short,
        value_name = "URL",
        env = "NATS_URL",
        value_delimiter = ','
    )]
    server: Vec<String>,
    /// A creds file.
    #[arg(long, value_name = "FILE", env = "NATS_CREDS")]
    creds: Option<PathBuf>,
    /// Certificate authorities to believe instead of the system's.
    #[arg(long, value_name = "FILE", env = "NATS_CA")]
    ca: Option<PathBuf>,
    /// Data directory of a running `tidegate serve` on this machine.
    #[arg(long, value_name = "DIR", env = "TIDEGATE_DATA")]
    data: Option<PathBuf>,
    /// Wait this many seconds for a connection or an answer.
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    timeout: Duration,
}

/// What is published.
#[derive(Debug, Args)]
struct Message {
    subject: String,
    /// The payload; stdin when absent or `-`.
    payload: Option<String>,
    /// A header, as `Name: value`; may be repeated.
    #[arg(long, short = 'H', value_name = "HEADER")]
    header: Vec<String>,
}

/// `tidegate nats pub`.
#[derive(Debug, Args)]
pub(crate) struct PubArgs {
    #[command(flatten)]
    message: Message,
    /// Publish it this often.
    #[arg(long, default_value = "1", value_parser = clap::value_parser!(u64).range(1..))]
    count: u64,
    #[command(flatten)]
    link: LinkArgs,
}

/// `tidegate nats sub`.
#[derive(Debug, Args)]
pub(crate) struct SubArgs {
    subject: String,
    /// Share the messages with the others of this group.
    #[arg(long)]
    queue: Option<String>,
    /// End after this many messages.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Payloads alone, one after the other.
    #[arg(long)]
    raw: bool,
    #[command(flatten)]
    link: LinkArgs,
}

/// `tidegate nats request`.
#[derive(Debug, Args)]
pub(crate) struct RequestArgs {
    #[command(flatten)]
    message: Message,
    /// The payload of the answer alone.
    #[arg(long)]
    raw: bool,
    #[command(flatten)]
    link: LinkArgs,
}

/// `tidegate nats reply`.
#[derive(Debug, Args)]
pub(crate) struct ReplyArgs {
    subject: String,
    /// The answer; what was asked, when absent.
    payload: Option<String>,
    /// Share the requests with the others of this group.
    #[arg(long)]
    queue: Option<String>,
    /// End after this many answers.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    #[command(flatten)]
    link: LinkArgs,
}

/// `tidegate nats rtt`.
#[derive(Debug, Args)]
pub(crate) struct RttArgs {
    /// Measure this often.
    #[arg(long, default_value = "5", value_parser = clap::value_parser!(u32).range(1..=1000))]
    count: u32,
    #[command(flatten)]
    link: LinkArgs,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text
        .parse::<f64>()
        .ok()
        .filter(|it| (0.001..=86_400.0).contains(it));
    let seconds = seconds.ok_or("must be a number of seconds, a day at most")?;
    Ok(Duration::from_secs_f64(seconds))
}

/// Carries out `tidegate nats …`.
pub(crate) fn run(command: NatsCommand) -> anyhow::Result<()> {
    startup::run(async {
        match command {
            NatsCommand::Pub(args) => messages::publish(args).await,
            NatsCommand::Sub(args) => messages::subscribe(args).await,
            NatsCommand::Request(args) => messages::request(args).await,
            NatsCommand::Reply(args) => messages::reply(args).await,
            NatsCommand::Rtt(args) => messages::rtt(args).await,
            NatsCommand::Context(args) => context::make(&args),
        }
    })
}
