//! The program as scripts, supervisors and people see it: flags, files, output, signals and
//! exit codes.

mod program;
mod serve;
mod server;
