//! The program as scripts, supervisors and people see it: flags, files, output, signals and
//! exit codes.

mod flags;
mod nsc;
mod program;
mod reload;
mod serve;
mod server;
