//! The command line: which program to run, and with what.

mod go_flags;
mod login_flags;
mod server_flags;
mod server_help;
mod tls_flags;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use server_flags::FlagError;
pub(crate) use server_flags::{ServerFlags, ServerRequest};
pub(crate) use server_help::{HELP as SERVER_HELP, TLS_HELP};

use crate::client::{
    self, ApiRequest, ApplyArgs, BackupArgs, Catalogue, ContextCommand, DiffArgs, ExpirationsArgs,
    LoginArgs, LogoutArgs, Shell, ValidateArgs,
};
use crate::device::{self, DeviceCommand};
use crate::nats::NatsCommand;
use crate::restore::RestoreArgs;
use crate::tokens::{DescribeArgs, NkeyArgs};

/// Called by this name, the binary is `tidegate server`.
const DROP_IN_NAME: &str = "nats-server";

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Request {
    Serve(Box<ServeArgs>),
    Server(Box<ServerRequest>),
    Api(Box<ApiRequest>),
    Context(ContextCommand),
    Backup(BackupArgs, Box<ArgMatches>),
    Apply(ApplyArgs, Box<ArgMatches>),
    Diff(DiffArgs, Box<ArgMatches>),
    Expirations(ExpirationsArgs, Box<ArgMatches>),
    Validate(ValidateArgs, Box<ArgMatches>),
    Login(Box<LoginArgs>),
    Logout(LogoutArgs),
    Nats(Box<NatsCommand>),
    Restore(Box<RestoreArgs>),
    Device(Box<DeviceCommand>),
    Nkey(NkeyArgs),
    Describe(DescribeArgs),
    /// For this shell, and the commands to complete.
    Completion(Shell, Box<clap::Command>),
    Version,
}

/// Why the command line cannot be followed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// clap's own text: an error, or the help that was asked for.
    #[error(transparent)]
    Usage(#[from] clap::Error),
    /// nats-server's flags, not understood: the help comes with the reason.
    #[error("{0}")]
    ServerUsage(String),
    /// Understood, and not served.
    #[error("{0}")]
    ServerFlag(String),
}

impl From<FlagError> for CliError {
    fn from(error: FlagError) -> Self {
        match error {
            FlagError::Usage(reason) => Self::ServerUsage(reason),
            FlagError::Refused(reason) => Self::ServerFlag(reason),
        }
    }
}

#[derive(Debug, Parser)]
#[command(
    name = "tidegate",
    about = "A multi-tenant messaging service that speaks the NATS protocol",
    version,
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything: the broker, the admin API and the console.
    Serve(Box<ServeArgs>),
    /// Run the broker alone, in the place of a nats-server: same flags and configuration file.
    #[command(disable_help_flag = true)]
    Server {
        /// nats-server's flags; `tidegate server --help` lists them.
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "FLAGS"
        )]
        flags: Vec<OsString>,
    },
    /// Remember installations and API keys for the other commands.
    #[command(subcommand)]
    Context(ContextCommand),
    /// Sign in with a password, and keep a key of one's own as a context.
    Login(Box<LoginArgs>),
    /// Revoke the key of a context that was made by `login`, and forget the context.
    Logout(LogoutArgs),
    /// Say whose credentials end soon.
    Expirations(ExpirationsArgs),
    /// Look for what is wrong: claims, engines, imports that lead nowhere, credentials that ended.
    Validate(ValidateArgs),
    /// Try out a credential with a plain client, or make a context for the `nats` command line.
    #[command(subcommand)]
    Nats(Box<NatsCommand>),
    /// Make things what a manifest says: all of it, or nothing.
    Apply(ApplyArgs),
    /// Show what applying a manifest would change: ends with 0 for nothing, 1 for something, 2 for
    /// an error.
    Diff(DiffArgs),
    /// Write everything in the database to an encrypted file.
    Backup(BackupArgs),
    /// Restore a backup, before the first start.
    Restore(Box<RestoreArgs>),
    /// Make a key pair, or show the public key of a seed.
    Nkey(NkeyArgs),
    /// Show what a JWT or a file with credentials says, and what is wrong with it.
    Describe(DescribeArgs),
    /// Print a script that completes commands in a shell.
    Completion { shell: Shell },
    /// Print the version.
    Version,
}

/// Flags of `tidegate serve`. A flag beats the configuration file.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// Directory for everything that is kept [default: ./tidegate-data].
    #[arg(long, value_name = "DIR", env = "TIDEGATE_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// Address for NATS and HTTP; one that others can reach needs --insecure [default: 127.0.0.1].
    #[arg(long, value_name = "HOST")]
    pub(crate) host: Option<String>,
    /// Port for NATS clients; 0 is any free one [default: 4222].
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// Port for the admin API and the console; 0 is any free one [default: 8080].
    #[arg(long, value_name = "PORT")]
    pub(crate) http_port: Option<u16>,
    /// Port where devices enrol, over HTTPS; 0 is any free one [default: 8443].
    #[arg(long, value_name = "PORT")]
    pub(crate) onboarding_port: Option<u16>,
    /// Port where devices connect with their certificate, NATS over TLS; 0 is any free one
    /// [default: 4223].
    #[arg(long, value_name = "PORT")]
    pub(crate) device_port: Option<u16>,
    /// Configuration file, in nats-server's language.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// PostgreSQL to use instead of SQLite in the data directory.
    #[arg(
        long,
        value_name = "URL",
        env = "TIDEGATE_DATABASE_URL",
        hide_env_values = true
    )]
    pub(crate) database_url: Option<String>,
    /// Key that seals the stored seeds; keep it outside the data directory and its backups.
    #[arg(long, value_name = "FILE", env = "TIDEGATE_VAULT_KEY_FILE")]
    pub(crate) vault_key_file: Option<PathBuf>,
    /// Allow plain-text listeners on addresses that others can reach.
    #[arg(long)]
    pub(crate) insecure: bool,
    /// How log lines on stderr look.
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
    /// Log details too.
    #[arg(long)]
    pub(crate) debug: bool,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// Reads the command line, the name of the program included.
pub(crate) fn parse(args: Vec<OsString>) -> Result<Request, CliError> {
    if args
        .first()
        .is_some_and(|program| file_name(program) == DROP_IN_NAME)
    {
        return server(args.into_iter().skip(1));
    }
    // Who starts a server does not wait for the commands of the API to be put together.
    if args
        .get(1)
        .is_some_and(|word| word == "serve" || word == "server")
    {
        return request(Cli::try_parse_from(args)?);
    }
    let catalogue = Catalogue::own();
    let command = ["backup", "apply", "diff", "expirations", "validate"]
        .into_iter()
        .fold(Cli::command(), |command, own| {
            command.mut_subcommand(own, client::connection_flags)
        });
    let command = client::augment(command, &catalogue);
    let matches = command.clone().try_get_matches_from(args)?;
    let is_device = |matches: &ArgMatches| {
        let verb = matches.subcommand_name();
        verb.is_some_and(DeviceCommand::has_subcommand)
    };
    match matches.subcommand() {
        Some((device::NOUN, matches)) if is_device(matches) => {
            let command = DeviceCommand::from_arg_matches(matches)?;
            Ok(Request::Device(Box::new(command)))
        }
        Some((noun, matches)) if catalogue.has(noun) => {
            let (noun, matches) = (noun.to_owned(), matches.clone());
            Ok(Request::Api(Box::new(ApiRequest::new(
                catalogue, &noun, matches,
            ))))
        }
        chosen => match (Cli::from_arg_matches(&matches)?.command, chosen) {
            (Command::Completion { shell }, _) => Ok(Request::Completion(shell, Box::new(command))),
            (Command::Backup(args), Some((_, matches))) => {
                Ok(Request::Backup(args, Box::new(matches.clone())))
            }
            (Command::Apply(args), Some((_, matches))) => {
                Ok(Request::Apply(args, Box::new(matches.clone())))
            }
            (Command::Diff(args), Some((_, matches))) => {
                Ok(Request::Diff(args, Box::new(matches.clone())))
            }
            (Command::Expirations(args), Some((_, matches))) => {
                Ok(Request::Expirations(args, Box::new(matches.clone())))
            }
            (Command::Validate(args), Some((_, matches))) => {
                Ok(Request::Validate(args, Box::new(matches.clone())))
            }
            (command, _) => request(Cli { command }),
        },
    }
}

fn request(cli: Cli) -> Result<Request, CliError> {
    match cli.command {
        Command::Serve(args) => Ok(Request::Serve(args)),
        Command::Server { flags } => server(flags.into_iter()),
        Command::Context(command) => Ok(Request::Context(command)),
        Command::Restore(args) => Ok(Request::Restore(args)),
        Command::Nkey(args) => Ok(Request::Nkey(args)),
        Command::Describe(args) => Ok(Request::Describe(args)),
        Command::Backup(args) => Ok(Request::Backup(args, Box::default())),
        Command::Login(args) => Ok(Request::Login(args)),
        Command::Logout(args) => Ok(Request::Logout(args)),
        Command::Expirations(args) => Ok(Request::Expirations(args, Box::default())),
        Command::Validate(args) => Ok(Request::Validate(args, Box::default())),
        Command::Nats(command) => Ok(Request::Nats(command)),
        Command::Apply(args) => Ok(Request::Apply(args, Box::default())),
        Command::Diff(args) => Ok(Request::Diff(args, Box::default())),
        Command::Completion { shell } => Ok(Request::Completion(shell, Box::new(Cli::command()))),
        Command::Version => Ok(Request::Version),
    }
}

/// What this program calls itself in texts for scripts: `nats-server` when called so.
pub(crate) fn program_name() -> String {
    let called = std::env::args_os()
        .next()
        .map(|program| file_name(&program));
    called
        .filter(|name| name == DROP_IN_NAME)
        .unwrap_or_else(|| "tidegate".to_owned())
}

fn server(flags: impl Iterator<Item = OsString>) -> Result<Request, CliError> {
    let flags = flags
        .map(|flag| flag.into_string())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|flag| CliError::ServerFlag(format!("the argument {flag:?} is not UTF-8")))?;
    Ok(Request::Server(Box::new(server_flags::parse(flags)?)))
}

fn file_name(program: &OsString) -> String {
    let name = Path::new(program).file_name();
    name.map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Commands in a document of ours: lines of its examples, and what stands between backticks,
    /// in tables in the last column only.
    fn commands(text: &str) -> impl Iterator<Item = &str> {
        text.lines().flat_map(|line| {
            let cell = line.trim_end_matches('|').rsplit(" | ").next();
            let spans = cell.unwrap_or_default().split('`').skip(1).step_by(2);
            let example = Some(line).filter(|line| line.starts_with("tidegate "));
            example.into_iter().chain(spans)
        })
    }

    #[test]
    fn commands_that_documents_name_exist() {
        let root = client::augment(Cli::command(), &Catalogue::own());
        let mut seen = 0;
        for document in ["apply.md", "cli.md", "nsc.md"] {
            let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
            let text = fs::read_to_string(docs.join(document)).expect("a document");
            for said in
                commands(&text).filter(|it| !it.contains(['<', '(']) && !it.ends_with("--help"))
            {
                let mut words = said.split_whitespace().peekable();
                let is_ours = words.next_if_eq(&"tidegate").is_some();
                let noun = words.next().unwrap_or_default();
                let Some(mut command) = root.find_subcommand(noun) else {
                    assert!(!is_ours, "{document}: there is no `{said}`");
                    continue;
                };
                if command.has_subcommands() && (is_ours || words.peek().is_some()) {
                    let verb = words.next().unwrap_or_default();
                    let found = command.find_subcommand(verb);
                    command = found.unwrap_or_else(|| panic!("{document}: there is no `{said}`"));
                }
                for flag in words.filter_map(|word| word.strip_prefix("--")) {
                    let name = flag.split('=').next().unwrap_or_default();
                    let name = name.trim_matches(|c: char| !c.is_alphanumeric());
                    let knows = |arg: &clap::Arg| {
                        let aliases = arg.get_visible_aliases().unwrap_or_default();
                        arg.get_long() == Some(name) || aliases.contains(&name)
                    };
                    assert!(
                        command.get_arguments().any(knows),
                        "{document}: `{said}` has no --{name}"
                    );
                }
                seen += 1;
            }
        }
        assert!(seen > 60, "only {seen} commands were seen");
    }
}
