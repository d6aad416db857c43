//! The program `tidegate`: the data plane, the control plane beside it, and their life.

mod account_url;
mod cli;
mod client;
mod config;
mod console;
mod data_dir;
mod device;
mod http_listener;
mod listeners;
mod local_zone;
mod logs;
mod monitoring;
mod nats;
mod options;
mod passphrase;
mod reload;
mod restore;
mod serve;
mod server;
mod server_root;
mod signals;
mod startup;
mod stores;
mod telemetry;
mod tls;
mod tokens;
mod transport;

use std::process::ExitCode;

use cli::{CliError, Request};

fn main() -> ExitCode {
    logs::local_offset();
    let request = match cli::parse(std::env::args_os().collect()) {
        Ok(request) => request,
        Err(error) => return explain(&error),
    };
    let outcome = match request {
        Request::Serve(args) => serve::run(*args),
        Request::Server(request) => server::run(*request),
        Request::Api(request) => client::run(&request),
        Request::Context(command) => client::context(command),
        Request::Backup(args, matches) => client::backup(&args, &matches),
        Request::Apply(args, matches) => client::apply(&args, &matches),
        Request::Diff(args, matches) => return differ(client::diff(&args, &matches)),
        Request::Expirations(args, matches) => client::expirations(&args, &matches),
        Request::Validate(args, matches) => client::validate(&args, &matches),
        Request::Login(args) => client::login(&args),
        Request::Logout(args) => client::logout(&args),
        Request::Nats(command) => nats::run(*command),
        Request::Restore(args) => restore::run(&args),
        Request::Device(command) => device::run(*command),
        Request::Nkey(args) => tokens::nkey(&args),
        Request::Describe(args) => tokens::describe(&args),
        Request::Completion(shell, mut command) => {
            return client::completion(shell, &mut command);
        }
        Request::Version => {
            console::say(format_args!("tidegate {}", env!("CARGO_PKG_VERSION")));
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// As `diff` does: 0 is the same, 1 is different, 2 is trouble.
fn differ(outcome: anyhow::Result<bool>) -> ExitCode {
    match outcome {
        Ok(false) => ExitCode::SUCCESS,
        Ok(true) => ExitCode::from(1),
        Err(error) => {
            fail(&error);
            ExitCode::from(2)
        }
    }
}

/// The command line was not understood, or asked for help.
fn explain(error: &CliError) -> ExitCode {
    match error {
        CliError::Usage(usage) => {
            let _ = usage.print();
            if usage.use_stderr() {
                ExitCode::from(2)
            } else {
                ExitCode::SUCCESS
            }
        }
        // nats-server calls this a success, and scripts take it as they find it.
        CliError::ServerUsage(reason) => {
            console::complain(reason);
            console::say(cli::SERVER_HELP);
            ExitCode::SUCCESS
        }
        CliError::ServerFlag(text) => {
            console::complain(format_args!("{}: {text}", cli::program_name()));
            ExitCode::FAILURE
        }
    }
}

/// Says why the program ends, in the log and to whoever started it.
fn fail(error: &anyhow::Error) -> ExitCode {
    let reason = format!("{error:#}");
    if !logs::fatal(&reason) {
        console::complain(format_args!("{}: {reason}", cli::program_name()));
    }
    ExitCode::FAILURE
}
