//! The admin API from the command line: `tidegate <noun> <verb>`.
//!
//! Commands are not written down here: they are read out of the OpenAPI document that this very
//! binary serves, so that every endpoint has its command, with a flag for each field.

mod answer;
mod api;
mod backup;
mod call;
mod catalogue;
mod completion;
mod contexts;
mod drawing;
mod expirations;
mod fields;
mod flags;
mod login;
mod manifest;
mod table;
mod transfer;
mod validate;

use std::process::ExitCode;

use clap::{ArgMatches, Command, Subcommand};
use serde_json::Value;

pub(crate) use answer::{Form, PrivateFile, refusal};
pub(crate) use api::connection_flags;
pub(crate) use backup::BackupArgs;
pub(crate) use catalogue::Catalogue;
pub(crate) use completion::Shell;
pub(crate) use contexts::ContextCommand;
pub(crate) use expirations::ExpirationsArgs;
pub(crate) use login::{LoginArgs, LogoutArgs};
pub(crate) use manifest::{ApplyArgs, DiffArgs};
pub(crate) use validate::ValidateArgs;

use crate::console;
use crate::device::{self, DeviceCommand};
use crate::startup;

/// A command that is carried out by the API.
#[derive(Debug)]
pub(crate) struct ApiRequest {
    catalogue: Catalogue,
    noun: String,
    matches: ArgMatches,
}

impl ApiRequest {
    /// The request that `matches` of `noun` stand for.
    pub(crate) fn new(catalogue: Catalogue, noun: &str, matches: ArgMatches) -> Self {
        Self {
            catalogue,
            noun: noun.to_owned(),
            matches,
        }
    }
}

/// Adds a command for every noun of the API.
pub(crate) fn augment(command: Command, catalogue: &Catalogue) -> Command {
    let nouns = catalogue.nouns().map(|noun| {
        let command = flags::noun(noun, catalogue);
        match noun {
            device::NOUN => DeviceCommand::augment_subcommands(command),
            _ => transfer::augment(noun, command),
        }
    });
    nouns.fold(command, Command::subcommand)
}

/// Carries out a command of the API.
pub(crate) fn run(request: &ApiRequest) -> anyhow::Result<()> {
    let ApiRequest {
        catalogue,
        noun,
        matches,
    } = request;
    startup::run(async {
        match transfer::run(noun, matches).await? {
            true => Ok(()),
            false => call::run(catalogue, noun, matches).await,
        }
    })
}

/// Carries out `tidegate context …`.
pub(crate) fn context(command: ContextCommand) -> anyhow::Result<()> {
    contexts::run(command)
}

/// Carries out `tidegate backup`.
pub(crate) fn backup(args: &BackupArgs, matches: &ArgMatches) -> anyhow::Result<()> {
    startup::run(async { backup::run(args, matches).await })
}

/// Carries out `tidegate apply`.
pub(crate) fn apply(args: &ApplyArgs, matches: &ArgMatches) -> anyhow::Result<()> {
    startup::run(async { manifest::apply(args, matches).await })
}

/// Carries out `tidegate expirations`.
pub(crate) fn expirations(args: &ExpirationsArgs, matches: &ArgMatches) -> anyhow::Result<()> {
    startup::run(async { expirations::run(args, matches).await })
}

/// Carries out `tidegate validate`.
pub(crate) fn validate(args: &ValidateArgs, matches: &ArgMatches) -> anyhow::Result<()> {
    startup::run(async { validate::run(args, matches).await })
}

/// Carries out `tidegate login`.
pub(crate) fn login(args: &LoginArgs) -> anyhow::Result<()> {
    startup::run(async { login::login(args).await })
}

/// Carries out `tidegate logout`.
pub(crate) fn logout(args: &LogoutArgs) -> anyhow::Result<()> {
    startup::run(async { login::logout(args).await })
}

/// Carries out `tidegate diff`: whether anything differs.
pub(crate) fn diff(args: &DiffArgs, matches: &ArgMatches) -> anyhow::Result<bool> {
    startup::run(async { manifest::diff(args, matches).await })
}

/// Prints something that holds no secrets.
pub(crate) fn show(answer: Value, form: Form) -> anyhow::Result<()> {
    answer::show(answer, form, None, &[])
}

/// Prints the completions of `command` for a shell.
pub(crate) fn completion(shell: Shell, command: &mut Command) -> ExitCode {
    console::say(completion::text(shell, command));
    ExitCode::SUCCESS
}
